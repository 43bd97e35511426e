"""Problems as people read them in a terminal: the source line, the place underlined, and what to do about it.

Says nothing of its own: every sentence is prose.py's.
"""

from __future__ import annotations

import re
from itertools import groupby
from textwrap import wrap

from ..problems import Problem
from ..source import Source, Span
from ..typed import Iterable
from .cells import Window, encodable, safe, width
from .prose import advice, caption, message, notes

COLUMNS = 80
GLUE = "\N{NO-BREAK SPACE}"
BRACKETED = re.compile(r"\[[^\[\]]{1,40}\]|\([^()]{1,12}\)")
STYLES = {"error": "1;31", "warning": "1;33", "frame": "1;34", "note": "1;36", "strong": "1"}


def render(problems: Iterable[Problem], color: bool = False, encoding: str = "utf-8") -> str:
    """All problems in full, a blank line between two, for a terminal of this encoding."""
    return "\n\n".join(Picture(problem, color, encoding).text() for problem in problems)


def concise(problem: Problem, path: str = "") -> str:
    """One line: `path:line:column: code message`. A problem without a place stands at the start of the file `path`."""
    span = problem.span
    place = f"{span.source.path}:{span.line}:{span.column}" if span else f"{path}:1:1"
    return f"{safe(place)}: {problem.code} {' '.join(message(problem).split())}"


class Picture:
    """One problem being drawn."""

    def __init__(self, problem: Problem, color: bool, encoding: str) -> None:
        self.problem = problem
        self.color, self.encoding = color, encoding
        spans = [mark[0] for mark in marks(problem)]
        self.gutter = max((len(str(span.line)) for span in spans), default=0)

    def text(self) -> str:
        lines = [*self.head(), *self.snippets(), *self.foot()]
        return "\n".join(line.rstrip() for line in lines)

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def head(self) -> list[str]:
        tag = f"{self.problem.severity}[{self.problem.code}]"
        first, *more = fill(f"{tag}: {message(self.problem)}", "  ")
        first = self.paint(self.problem.severity, tag) + self.paint("strong", first[len(tag) :])
        return [first, *(self.paint("strong", line) for line in more)]

    def foot(self) -> list[str]:
        """The notes, then the help."""
        said = [("note", text) for text in notes(self.problem)]
        said += [("help", text) for text in [advice(self.problem)] if text]
        lines = [] if not said or not self.gutter else [self.frame("|")]
        for kind, text in said:
            lead = f"{' ' * self.gutter} = {kind}: " if self.gutter else f"  = {kind}: "
            first, *more = fill(lead + text, " " * len(lead))
            lines += [self.paint("frame", first[: len(lead)]) + first[len(lead) :], *more]
        return lines

    def frame(self, sign: str, number: object = "") -> str:
        return self.paint("frame", f"{number!s:>{self.gutter}} {sign}")

    def snippets(self) -> list[str]:
        """The source lines concerned, file by file, the problem's own file first."""
        if not self.problem.span:
            return []
        own = self.problem.span.source
        by_file: dict[str, list[tuple[Span, str, bool]]] = {own.path: []}
        for mark in marks(self.problem):
            by_file.setdefault(mark[0].source.path, []).append(mark)
        return [line for path, found in by_file.items() for line in self.file(path, found, path == own.path)]

    def file(self, path: str, found: list[tuple[Span, str, bool]], is_own: bool) -> list[str]:
        at = next((span for span, _, primary in found if primary), found[0][0])
        arrow = self.paint("frame", " " * self.gutter + ("-->" if is_own else ":::"))
        lines = [f"{arrow} {safe(path)}:{at.line}:{at.column}", self.frame("|")]
        last = 0
        for number, group in groupby(sorted(found, key=order), key=lambda mark: mark[0].line):
            if last and number > last + 1:
                lines.append(self.paint("frame", "..."))
            lines += self.line(at.source, number, list(group))
            last = number
        return lines

    def line(self, source: Source, number: int, found: list[tuple[Span, str, bool]]) -> list[str]:
        text = encodable(source.line(number), self.encoding)
        room = COLUMNS - self.gutter - 3
        window = Window(text, found[0][0].column - 1, room)
        lines = [f"{self.frame('|', number)} {window.text}"]
        for span, label, primary in found:
            lines += self.underline(window, len(text), span, label, primary)
        return lines

    def underline(self, window: Window, length: int, span: Span, label: str, primary: bool) -> list[str]:
        """The marks below a line, with their label beside them or, where that is too long, below."""
        start = window.column(span.column - 1)
        end = window.column(span.end_column - 1 if span.end_line == span.line else length)
        style = self.problem.severity if primary else "frame"
        under = ("^" if primary else "-") * max(1, end - start)
        room = COLUMNS - self.gutter - 3
        beside = f"{under} {label}".rstrip()
        if start + width(beside) <= room:
            return [f"{self.frame('|')} {' ' * start}{self.paint(style, beside)}"]
        indent = min(start, max(room // 3, room - width(label)))
        lines = wrap(kept(label), room - indent, break_long_words=False) if label else []
        below = [self.paint(style, line.replace(GLUE, " ")) for line in lines]
        rows = [" " * start + self.paint(style, under), *(" " * indent + line for line in below)]
        return [f"{self.frame('|')} {row}" for row in rows]


def marks(problem: Problem) -> list[tuple[Span, str, bool]]:
    """Every place to show, once: span, label, whether it is the problem's own."""
    found = [(related.span, caption(related), False) for related in problem.related]
    if problem.span:
        same = next((mark for mark in found if mark[0] == problem.span), None)
        found = [(problem.span, same[1] if same else "", True), *(mark for mark in found if mark is not same)]
    places = {(span.source.path, span.start, span.end, label): (span, label, own) for span, label, own in found}
    return list(places.values())


def order(mark: tuple[Span, str, bool]) -> tuple[int, bool, int]:
    span, _, primary = mark
    return span.line, not primary, span.start


def fill(text: str, indent: str) -> list[str]:
    """A paragraph in 80 columns; the author's own line breaks are kept."""
    lines: list[str] = []
    for part in text.split("\n"):
        lead = (indent if lines else "") + kept(part)
        found = wrap(lead, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        lines += [line.replace(GLUE, " ") for line in found] or [""]
    return lines


def kept(text: str) -> str:
    """Shapes and other short brackets stay on one line."""
    return BRACKETED.sub(lambda found: found[0].replace(" ", GLUE), text)
