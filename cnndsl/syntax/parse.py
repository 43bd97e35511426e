"""Text to tree. lalr.py goes by the grammar's table, build.py makes our tree; here is the way and its limits."""

from __future__ import annotations

from ..limits import DEFAULT, MAX_LENGTH, Limits
from ..problems import CnnError, Problem, fail
from ..source import Source, Span
from . import incremental
from . import tree as t
from .build import MAX_DEPTH, Builder
from .lalr import Refused

__all__ = ["parse", "recovered"]


def parse(source: Source, limits: Limits = DEFAULT) -> t.File:
    """The tree of a file; raises CnnError with every mistake in its text."""
    tree, problems = recovered(source, limits)
    if problems:
        raise CnnError(problems)
    return tree


def recovered(source: Source, limits: Limits = DEFAULT) -> tuple[t.File, list[Problem]]:
    """The tree of a file with `Faulty` where a statement cannot be read, and why; raises CnnError for garbage."""
    check_text(source, limits)
    depth = MAX_DEPTH + 3 * max(0, limits.nesting - DEFAULT.nesting)
    try:
        builder = Builder(source, most=depth)
        return builder.file(incremental.parse(source.path, source.text)), builder.problems
    except Refused:
        from .recover import recover

        node, problems, headless = recover(source)
    builder = Builder(source, headless=headless, most=depth)
    tree = builder.file(node)
    return tree, [*problems, *builder.problems]


def check_text(source: Source, limits: Limits) -> None:
    """Refuses what would exhaust the parser: too large, too long a list, or brackets nested too deeply."""
    if len(source.text) > limits.size:
        raise fail("file-too-large", None, path=source.path, limit=limits.size)
    text, end = source.text, 0
    if text.count(",") <= MAX_LENGTH and sum(map(text.count, "([{")) <= limits.nesting:
        return
    from .refusals import BRACKET, BRACKETS

    open_at, commas = [0], [0]
    for match in BRACKET.finditer(text):
        commas[-1] += text.count(",", end, match.start())
        end = match.end()
        if commas[-1] > MAX_LENGTH:
            break
        if match[0] in BRACKETS:
            open_at.append(match.start())
            commas.append(0)
            if len(commas) > limits.nesting + 1:
                raise fail(
                    "nested-too-deep",
                    Span(source, match.start(), match.end()),
                    limit=limits.nesting,
                    what="brackets are",
                )
        elif match[0] in ")]}" and len(commas) > 1:
            open_at.pop()
            commas.pop()
    if commas[-1] + text.count(",", end) > MAX_LENGTH:  # which would take seconds to read, and is refused then
        message = f"this becomes too long; at most {MAX_LENGTH:,} entries are allowed"
        raise fail("too-large", Span(source, open_at[-1], open_at[-1] + 1), message=message)
