"""Printing problems and results to a terminal, a pipe or a program."""

from __future__ import annotations

import os
import sys

from ..problems import Problem
from ..typed import TYPE_CHECKING, Callable, Iterable, Sequence, TextIO

if TYPE_CHECKING:
    from ..report import Report


def wants_color(choice: str, stream: TextIO) -> bool:
    """Whether to color; NO_COLOR (https://no-color.org) turns it off unless it is asked for."""
    if choice != "auto":
        return choice == "always"
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def print_problems(problems: Iterable[Problem], color: str, stream: TextIO) -> None:
    from ..report.render import render

    print(render(problems, wants_color(color, stream), stream.encoding or "utf-8"), file=stream)


def print_text(text: str) -> None:
    """Generated text, byte for byte, whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def print_full(reports: Sequence[Report], color: str) -> None:
    """File by file, the problems in full, or the models; then how many problems there are."""
    for report in reports:
        if report.problems:
            print_problems(report.problems, color, sys.stdout)
            print()
        if report.ok:
            print(report.verdict)
    errors, warnings = (sum(len(getattr(r, kind)) for r in reports) for kind in ("errors", "warnings"))
    if errors:
        fixable = sum(report.fixable for report in reports)
        hint = f"; {fixable} can be put right with --fix" if fixable else ""
        print(f"found {plural(errors, '{} error')}{plural(warnings, ' and {} warning')}{hint}")


def plural(count: int, text: str) -> str:
    return text.format(count) + ("s" if count > 1 else "") if count else ""


def print_concise(reports: Iterable[Report], _: str) -> None:
    from ..report.render import concise

    for report in reports:
        for problem in report.problems:
            print(concise(problem, report.path))


def print_json(reports: Iterable[Report], _: str) -> None:
    import json

    print(json.dumps([report.to_json() for report in reports], indent=2))


def print_github(reports: Iterable[Report], _: str) -> None:
    from ..report.exchange import github

    for report in reports:
        for problem in report.problems:
            print(github(problem, report.path))


def print_sarif(reports: Iterable[Report], _: str) -> None:
    import json

    from .. import __version__
    from ..report.exchange import sarif

    print(json.dumps(sarif(reports, __version__), indent=2))


PRINTERS: dict[str, Callable[[Sequence[Report], str], None]] = {
    "full": print_full,
    "concise": print_concise,
    "json": print_json,
    "github": print_github,
    "sarif": print_sarif,
}
