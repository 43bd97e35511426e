"""The author's functions on numbers that classes call, as Python."""

from __future__ import annotations

import re

from ..dims.calls import text_of
from ..helpers import Give, Helper, Let, Turn, When
from ..typed import Any, Iterator, Sequence
from .docstrings import docstring, sentence
from .expressions import number
from .layout import Brackets, statement

INDENT = 4


def called_in(helpers: Sequence[Helper], text: str) -> list[Helper]:
    """Those that a text calls, each after those that it calls itself."""
    by_name = {helper.name: helper for helper in helpers}
    found: list[Helper] = []

    def add(helper: Helper) -> None:
        for name in helper.calls:
            add(by_name[name])
        if helper not in found:
            found.append(helper)

    for helper in helpers:
        if re.search(rf"\b{helper.name}\(", text):
            add(helper)
    return found


def helper_lines(helper: Helper) -> list[str]:
    first = len(helper.parameters) - len(helper.defaults)
    given = [
        f"{name}: {kind}" + (f" = {literal(helper.defaults[n - first])}" if n >= first else "")
        for n, (name, kind) in enumerate(zip(helper.parameters, helper.kinds, strict=True))
    ]
    head = statement("def ", Brackets(f"{helper.name}(", tuple(given), ")"), 0, f" -> {helper.result}:")
    doc = docstring([sentence(helper.comment) or f"The function `{helper.name}`."], INDENT)
    return [head, *doc, *lines(helper.body, INDENT)]


def lines(body: Sequence[Any], indent: int) -> Iterator[str]:
    for item in body:
        if isinstance(item, Let):
            yield statement(f"{item.name} = ", text(item.value), indent)
        elif isinstance(item, Give):
            yield statement("return ", text(item.value), indent)
        elif isinstance(item, When):
            yield statement("if ", text(item.condition), indent, ":")
            yield from lines(item.then, indent + INDENT)
            if item.otherwise:
                yield " " * indent + "else:"
                yield from lines(item.otherwise, indent + INDENT)
        elif isinstance(item, Turn):
            rounds = f"range({', '.join(map(text, item.bounds))})"
            rounds = f"reversed({rounds})" if item.backwards else rounds
            yield statement(f"for {item.name or '_'} in ", rounds, indent, ":")
            yield from lines(item.body, indent + INDENT)


def text(part: Any) -> str:
    return text_of(part, str, {})


def literal(value: Any) -> str:
    return number(value) if isinstance(value, float) else repr(value)
