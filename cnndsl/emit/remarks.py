"""Where the comments of a definition go: beside the line of forward() or of the constructor that they are about.

A comment about something that leaves no line (a number, an arm never taken) stays in the `.cnn` file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ..graph import Make, Own
from ..source import Span
from .docstrings import clean, wrap
from .layout import WIDTH
from .plans import Decision, Plan, Repeat

TOOLS = re.compile(
    r"(allow|type|noqa|fmt|ruff|flake8|mypy|pyre\w*|pyright|pylint|isort|pragma|error|warning|shape)\b *:?", re.I
)


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
        first = min((line for step in steps_in(plan.body) for line in self.lines(step.span)), default=0)
        self.head = [  # before the first statement: about a parameter, an input, or the whole
            (self.word(line), text)
            for line in sorted(line for line in self.left if line < first)
            for text in self.left.pop(line)
        ]
        for step in steps_in(plan.body):
            if isinstance(step, (Make, Own)) and self.left:
                self.reserve(step)

    def reserve(self, step: Make | Own) -> None:
        """What is inside of a group, or about a tensor of the class itself, belongs to the constructor."""
        spans = [step.span] if isinstance(step, Own) else list(spans_in(step.module))
        lines = {line for span in spans for line in self.lines(span)}
        own = set(self.lines(step.span)) if isinstance(step, Make) else set()
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

    def made(self, step: Make | Own, indent: int) -> list[str]:
        """Those above a line of the constructor: of what is inside, and what forward() had no place for."""
        return written(self.inner.pop(id(step), []), indent) + self.before([step.span], indent)


def told(texts: Sequence[str]) -> list[str]:
    """The comments that are for people."""
    return [text for text in texts if not TOOLS.match(text) and "noqa" not in text.lower()]


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


def spans_in(module: Any) -> Iterator[Span | None]:
    for child in getattr(module, "children", ()):
        yield child.span
        yield from spans_in(child.module)
