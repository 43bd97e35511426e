"""What a statement or item that cannot be read may have named, so that nothing more is said of it. Guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..source import Span
from . import tree as t

BLANKED = re.compile(r"""\#[^\n]*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?""")
ITEM = re.compile(r"^[ \t]*[a-z]+[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
IMPORTED = re.compile(r"\bimport\b(.*)")
DECLARES = re.compile(r"\s*(?:input|param|buffer|for|expect)\b[^\n]*")
TARGETS = re.compile(r"[\s(]*[A-Za-z_]\w*(?:[\s),][\s(),]*[A-Za-z_]\w*)*[\s)]*=(?!=)")
NAMED = re.compile(r"\b([A-Za-z_]\w*)\s*(?::|=(?![=>]))")
NAME = re.compile(r"[A-Za-z_]\w*")


def faulty(span: Span) -> t.Faulty:
    """The faulty statement, or item, at a place."""
    text = BLANKED.sub(lambda match: " " * len(match[0]), span.text)
    found: dict[str, t.Name] = {}
    for match, group in names(text):
        start = span.start + match.start(group)
        name = t.Name(match[group], Span(span.source, start, start + len(match[group])))
        found.setdefault(name.id, name)
    return t.Faulty(tuple(found.values()), span)


def names(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Where names are given: items, imports, targets, labels, and all that a declaration mentions."""
    yield from ((match, 1) for match in ITEM.finditer(text))
    yield from ((match, 1) for match in NAMED.finditer(text))
    for whole in (*IMPORTED.finditer(text), DECLARES.match(text), TARGETS.match(text)):
        if whole:
            yield from ((match, 0) for match in NAME.finditer(text, whole.start(), whole.end()))
