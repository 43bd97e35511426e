"""Where the comments of a definition go: beside the line of forward() or of the constructor that they are about.

A comment about a statement that leaves no line (a number) is told above the next one that does; one in an arm that no
use takes stays in the `.cnn` file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..graph import Make, Own
from ..source import Span
from ..typed import Any
from .docstrings import clean, wrap
from .layout import WIDTH
from .plans import Decision, Plan, Repeat

TOOLS = frozenset(("allow", "type", "noqa", "fmt", "ruff", "flake8", "mypy", "pyright", "pylint", "isort", "pragma"))
TOOLS |= {"error", "warning", "shape"}


class Remarks:
    """The comments of one class that have found no place yet, by line."""

    def __init__(self, plan: Plan) -> None:
        self.span = next((member.span for member in plan.members if member.span), None)
        self.left: dict[int, list[str]] = {}
        self.inner: dict[int, list[str]] = {}  # of a step of the constructor, by identity
        if self.span is not None:
            lines = range(self.span.line, self.span.end_line + 1)
            found = ((n, told(self.span.source.remarks.get(n, ()))) for n in lines)
            self.left = {n: kept for n, texts in found if (kept := [t for t in texts if not self.is_above(n, t)])}
        self.ran = {self.line_at(start) for member in plan.members for start in member.ran}
        code = {line for step in steps_in(plan.body) for line in self.lines(step.span)}
        code |= {self.line_at(site) for site in sites_in(plan.body)} - {0}
        first = min(code, default=0)
        self.head = [  # before the first statement: about a parameter, an input, or the whole
            (self.word(line), text)
            for line in sorted(line for line in self.left if line < first)
            for text in self.left.pop(line)
        ]
        for step in steps_in(plan.body):
            if isinstance(step, (Make, Own)) and self.left:
                self.reserve(step)
        self.hand_on(code)

    def hand_on(self, code: Collection[int]) -> None:
        """What is said of a statement that leaves no line is said of the next one that does."""
        lines = sorted(code)
        for line in sorted(self.left, reverse=True):
            place = bisect_left(lines, line)
            if line not in code and line in self.ran and place < len(lines):
                self.left[lines[place]] = [*self.left.pop(line), *self.left.get(lines[place], ())]

    def line_at(self, start: int) -> int:
        """The line of a place in the file, if it is one of this definition."""
        if self.span is None or not self.span.start <= start < self.span.end:
            return 0
        return self.span.source.position(start)[0]

    def reserve(self, step: Make | Own) -> None:
        """What is inside of a group, or about a tensor of the class itself, belongs to the constructor."""
        spans = [step.span] if isinstance(step, Own) else list(spans_in(step.module))
        lines = {line for span in spans for line in self.lines(span)}
        own = set(self.lines(step.span)) if isinstance(step, Make) else set()
        if step.span is not None and own:
            lines |= self.ran.intersection(range(step.span.line, step.span.end_line + 1))
        self.inner[id(step)] = self.taken(lines - own)

    def is_above(self, line: int, text: str) -> bool:
        """Whether the comment stands above the definition, and not beside its first line."""
        return self.span is not None and line == self.span.line and text not in self.span.source.line(line)

    def word(self, line: int) -> str:
        """The parameter or input that a line declares."""
        found = re.match(r"\s*(?:input\s+)?\*?(\w+)", self.span.source.line(line)) if self.span else None
        return found[1] if found else ""

    def about(self, names: Collection[str]) -> dict[str, str]:
        """What is said of some parameters or inputs."""
        said: dict[str, str] = {}
        for name, text in [pair for pair in self.head if pair[0] in names]:
            self.head.remove((name, text))
            said[name] = f"{said[name]} {text}" if name in said else text
        return said

    def lines(self, span: Span | None) -> Iterator[int]:
        """The line of a span, if it is one of this definition."""
        if span is not None and self.span is not None and span.source is self.span.source:
            line = span.line
            if self.span.line <= line <= self.span.end_line:
                yield line

    def taken(self, lines: Iterable[int]) -> list[str]:
        return [text for line in sorted(set(lines)) for text in self.left.pop(line, ())]

    def before(self, spans: Iterable[Span | None], indent: int) -> list[str]:
        """The comment lines above what these spans became."""
        if not self.left:
            return []
        return written(self.taken(line for span in spans for line in self.lines(span)), indent)

    def at(self, site: int, indent: int) -> list[str]:
        """The comment lines above a loop or condition."""
        return written(self.taken([self.line_at(site)]), indent) if self.left and site >= 0 else []

    def made(self, step: Make | Own, indent: int) -> list[str]:
        """Those above a line of the constructor: of what is inside, and what forward() had no place for."""
        return written(self.inner.pop(id(step), []), indent) + self.before([step.span], indent)


def told(texts: Sequence[str]) -> list[str]:
    """The comments that are for people."""
    return [text for text in texts if not is_for_tools(text.lower())]


def is_for_tools(text: str) -> bool:
    found = re.match(r"\w+", text)
    return "noqa" in text or (found is not None and (found[0] in TOOLS or found[0].startswith("pyre")))


def written(texts: Sequence[str], indent: int) -> list[str]:
    pad = " " * indent
    lines = wrap("\n".join(map(clean, texts)), WIDTH - indent + 1) if texts else []
    return [f"{pad}# {line}" for line in lines]


def steps_in(body: Sequence[Any]) -> Iterator[Any]:
    """The steps of a merged body that have a place in the file."""
    for step in body:
        if isinstance(step, Decision) or hasattr(step, "joins"):
            yield from steps_in((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield from steps_in(step.body)
        elif hasattr(step, "span"):
            yield step


def sites_in(body: Sequence[Any]) -> Iterator[int]:
    """Where the loops and conditions of a merged body stand."""
    for step in body:
        if isinstance(step, Decision) or hasattr(step, "joins"):
            yield getattr(step, "site", -1)
            yield from sites_in((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield step.site
            yield from sites_in(step.body)


def spans_in(module: Any) -> Iterator[Span | None]:
    for child in getattr(module, "children", ()):
        yield child.span
        yield from spans_in(child.module)
