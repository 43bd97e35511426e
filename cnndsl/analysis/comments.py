"""The comments above items: which item one is about, or the file. Reads the text alone, and changes nothing."""

from __future__ import annotations

from itertools import takewhile

from ..source import Span
from ..syntax import tree as t
from .program import Scope


def comment_above(item: t.Definition | t.Alias | t.Def | t.Const, scope: Scope) -> str:
    """The comment lines right above an item, unless they are about the file."""
    lines = lines_above(item.span)
    return "" if not lines or is_of_file(item, scope) else "\n".join(lines)


def is_of_file(item: t.Definition | t.Alias | t.Def | t.Const, scope: Scope) -> bool:
    """Whether the comment above an item is about the file: it begins that, stands above no model, and there is a model
    that no comment is about.
    """
    if not comment_begins(item.span):
        return False
    models = [other for other in scope.file.items if getattr(other, "kind", "") == "model"]
    told = bool(models) and all(lines_above(model.span) for model in models)
    return item not in models and not told


def header_comment(scope: Scope) -> str:
    """The comment that begins the file, unless it is about its first item."""
    source = scope.source
    first = source.next_code(1)
    item = next((item for item in scope.file.items if item.span.line == first), None)
    is_own = isinstance(item, (t.Definition, t.Alias, t.Def)) and comment_begins(item.span)
    if is_own and not is_of_file(item, scope):  # type: ignore[arg-type]
        return ""
    lines = takewhile(lambda line: line.startswith("#"), source.text.lstrip().splitlines())
    return "\n".join(line.lstrip("#").strip() for line in lines)


def comments(scope: Scope) -> dict[str, str]:
    """The comments above the aliases that a file can name, by name."""
    return {name: comment_above(item, own) for name, (item, own) in scope.items.items() if isinstance(item, t.Alias)}


def comment_begins(span: Span) -> bool:
    """Whether nothing stands before the comment right above, or before the item itself."""
    return not span.source.text[: span.source.line_starts[span.line - 1 - len(lines_above(span))]].strip()


def lines_above(span: Span) -> list[str]:
    source, line = span.source, span.line - 1
    found: list[str] = []
    while line >= 1 and source.line(line).lstrip().startswith("#"):
        found.insert(0, source.line(line).strip().lstrip("#").strip())
        line -= 1
    return found
