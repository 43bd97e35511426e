"""Reads what a `.cnn` text says about itself: `# error: code` and `# warning: code` on the line they concern.

`problems` is what the compiler finds, in the same form; a text `holds` if the two are one.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cnndsl import pipeline
from cnndsl.report import Report
from cnndsl.source import Source

MARK = re.compile(r"#\s*(error|warning):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")
Found = tuple[int, str, str]  # line, severity, code


def expected(text: str) -> list[Found]:
    """The problems that a text announces."""
    return sorted(
        (number, mark[1], code.strip())
        for number, line in enumerate(text.splitlines(), 1)
        for mark in MARK.finditer(line)
        for code in mark[2].split(",")
    )


def report(text: str, path: str | Path = "test.cnn") -> Report:
    """What checking a text finds."""
    return pipeline.report(Source(str(path), dedent(text)))


def problems(found: Report) -> list[Found]:
    """The problems of a report by line; one without a place stands on line 0."""
    return sorted((p.span.line if p.span else 0, p.severity, p.code) for p in found.problems)


def holds(text: str) -> None:
    """A text has exactly the problems that its lines announce."""
    text = dedent(text)
    assert problems(report(text)) == expected(text)
