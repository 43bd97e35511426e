"""Text to tree. lalr.py goes by the grammar's table, build.py makes our tree; here is the way and its limits."""

from __future__ import annotations

from ..limits import DEFAULT, MAX_LENGTH, Limits
from ..problems import CnnError, Problem, fail, foremost
from ..source import Source
from . import incremental
from . import tree as t
from .build import MAX_DEPTH, Builder
from .lalr import Refused

__all__ = ["parse", "recovered"]


def parse(source: Source, limits: Limits = DEFAULT) -> t.File:
    """The tree of a file; raises CnnError with the mistakes in its text."""
    tree, problems = recovered(source, limits)
    if problems:
        raise CnnError(foremost(tuple(problems)))
    return tree


def recovered(source: Source, limits: Limits = DEFAULT, *counted: int) -> tuple[t.File, list[Problem]]:
    """The tree of a file with `Faulty` where a statement cannot be read, and why; raises CnnError for garbage.

    `counted`: how many problems are, where there are too many to be told.
    """
    check_text(source, limits)
    depth = MAX_DEPTH + 3 * max(0, limits.nesting - DEFAULT.nesting)
    try:
        builder = Builder(source, most=depth)
        return builder.file(incremental.parse(source.path, source.text)), builder.problems
    except Refused:
        from .recover import recover

        node, problems, headless = recover(source, *counted)
    builder = Builder(source, headless=headless, most=depth)
    tree = builder.file(node)
    return tree, [*problems, *builder.problems]


def check_text(source: Source, limits: Limits) -> None:
    """Refuses what would exhaust the parser: too large, too long a list, or brackets nested too deeply."""
    if len(source.text) > limits.size:
        raise fail("file-too-large", None, path=source.path, limit=limits.size)
    text = source.text
    if text.count(",") > MAX_LENGTH or sum(map(text.count, "([{")) > limits.nesting:
        from .brackets import check_brackets

        check_brackets(source, limits)
