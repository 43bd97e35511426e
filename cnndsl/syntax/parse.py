"""Text to tree. read.py goes by the grammar's table, build.py makes our tree; here is the way and its limits."""

from __future__ import annotations

from ..problems import fail
from ..source import Source, Span
from . import tree as t
from .build import MAX_DEPTH, Builder
from .read import BRACKET, BRACKETS, read

__all__ = ["MAX_DEPTH", "MAX_NESTING", "MAX_SIZE", "parse"]

MAX_NESTING = 50  # brackets
MAX_SIZE = 10_000_000  # characters


def parse(source: Source) -> t.File:
    """The tree of a file; raises CnnError."""
    check_text(source)
    return Builder(source).file(read(source, source.text, "start", 0))


def check_text(source: Source) -> None:
    """Refuses what would exhaust the parser: too large, or brackets nested too deeply."""
    if len(source.text) > MAX_SIZE:
        raise fail("file-too-large", None, path=source.path, limit=MAX_SIZE)
    depth = 0
    for match in BRACKET.finditer(source.text):
        if match[0] in BRACKETS:
            depth += 1
            if depth > MAX_NESTING:
                raise fail("nested-too-deep", Span(source, match.start(), match.end()), limit=MAX_NESTING)
        elif match[0] in ")]}":
            depth -= 1
