"""Text to tree. read.py goes by the grammar's table, build.py makes our tree; here is the way and its limits."""

from __future__ import annotations

from ..problems import CnnError, Problem, fail
from ..source import Source, Span
from . import lalr
from . import tree as t
from .build import MAX_DEPTH, Builder
from .read import BRACKET, BRACKETS

__all__ = ["MAX_DEPTH", "MAX_NESTING", "MAX_SIZE", "parse", "recovered"]

MAX_NESTING = 50  # brackets
MAX_SIZE = 10_000_000  # characters


def parse(source: Source) -> t.File:
    """The tree of a file; raises CnnError with every mistake in its text."""
    tree, problems = recovered(source)
    if problems:
        raise CnnError(problems)
    return tree


def recovered(source: Source) -> tuple[t.File, list[Problem]]:
    """The tree of a file with `Faulty` where a statement cannot be read, and why; raises CnnError for garbage."""
    check_text(source)
    try:
        builder = Builder(source)
        return builder.file(lalr.parse(source.text, "start")), builder.problems
    except lalr.Refused:
        from .recover import recover

        node, problems, headless = recover(source)
    builder = Builder(source, headless=headless)
    tree = builder.file(node)
    return tree, [*problems, *builder.problems]


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
