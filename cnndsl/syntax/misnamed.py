"""Results named in other ways: `return a: x, b: y`, `return (a=x, b=y)`, `return {"a": x}`.

Loaded only where they seem to be.
"""

from __future__ import annotations

import re

from ..problems import CnnError, Edit, Fix, Problem
from ..source import Source, Span
from . import tree as t

LONGEST = 60  # letters of results that are shown
OPENS = re.compile(r"\s*return[ \t]*([(\[])\s*")
OPENS_DICT = re.compile(r"\s*return[ \t]*(\{)\s*")
QUOTED = re.compile(r"([\"'])(\w+)\1(?=[ \t]*:)")
BRACKET = re.compile(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[(\[{}\])]")
BEHIND = re.compile(r"[ \t]*(?:[;}#\r\n]|\Z)")


def is_colon(label: t.Label) -> bool:
    return isinstance(label.target, t.Name) and is_value(label.value)


def refuse_colons(results: tuple[t.ReturnItem, ...]) -> None:
    """Raises CnnError, unless one of the results may be a module that is made here, under a label."""
    whole = results[0].value
    brackets = whole if len(results) == 1 and isinstance(whole, (t.Tuple, t.List)) else None
    items = brackets.items if brackets else tuple(result.value for result in results)
    named = [result for result in results if result.name]  # `return a: x, b=y`
    items = tuple(item for item in items if not any(item is result.value for result in named))
    labels = [item for item in items if isinstance(item, t.Label)]
    if not labels or len(labels) < len(items) or not all(map(is_colon, labels)):
        return
    edits = [Edit(Span(one.span.source, one.target.span.end, one.value.span.start), "=") for one in labels]
    parts = [f"{label.target.span.text}={label.value.span.text}" for label in labels]
    told = ", ".join([*parts, *(result.span.text for result in named)])
    colon = edits[0].span.start + edits[0].span.text.index(":")
    facts: dict[str, object] = {"found": ":", "help": named_by(told)}
    place = Span(edits[0].span.source, colon, colon + 1)
    around = unbracketed(brackets.span, labels[0].span.start, labels[-1].span.end) if brackets else ()
    fix = None if around is None else Fix((*edits, *around), True)
    raise CnnError([Problem("syntax", place, facts, fix=fix)])


def is_value(node: object) -> bool:
    """Whether this makes no module."""
    name = node.function if isinstance(node, t.Call) else node
    return isinstance(name, (t.Binary, t.Index)) or (isinstance(name, t.Name) and name.id[:1].islower())


def named_by(results: str) -> str:
    """How results are named."""
    return f"results are named by `=`: `return {shown(results) or 'logits=y, ...'}`"


def shown(results: str) -> str:
    """Results on one line, if they are no long text."""
    text = " ".join(results.split()).removesuffix(",")
    return text if len(text) <= LONGEST and "#" not in text else ""


def unbracketed(whole: Span, first: int, last: int) -> tuple[Edit, ...] | None:
    """Takes away the brackets around what stands between two places, if that may stand without them."""
    source = whole.source
    before, after = Span(source, whole.start, first), Span(source, last, whole.end)
    lines = source.text[first:last].splitlines()
    if "#" in before.text + after.text or not all(line.rstrip().endswith(",") for line in lines[:-1]):
        return None
    return Edit(before, "" if source.text[whole.start - 1].isspace() else " "), Edit(after, "")


def in_brackets(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`return (a=x, b=y)`, in a statement that begins at `begin`, where the first `=` is refused."""
    head, text = OPENS.match(source.text, begin), source.text
    if head is None or text[start] != "=" or not text[head.end() : start].strip().isidentifier():
        return None
    end = closing(text, head.start(1))
    inside = text[head.end() : end - 1].rstrip().removesuffix(",") if end else ""
    edits = unbracketed(Span(source, head.start(1), end), head.end(), head.end() + len(inside)) if inside else None
    return named_by(inside), Fix(edits, True) if edits and BEHIND.match(text, end) else None


def in_quotes(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`return {"a": x, "b": y}`, where the first of these names is refused."""
    head, text = OPENS_DICT.match(source.text, begin), source.text
    if head is None or head.end() != start or not (end := closing(text, head.start(1))):
        return None
    names = [match for match in QUOTED.finditer(text, start, end) if match[2].isidentifier()]
    edits = tuple(Edit(Span(source, *match.span()), match[2]) for match in names)
    plain = shown(QUOTED.sub(r"\2", text[start : end - 1]))
    help = f"its names are plain words: `return {{{plain or 'out: y, ...'}}}`"
    return help, Fix(edits, True) if edits and edits[0].span.start == start else None


def closing(text: str, opener: int) -> int:
    """Where the bracket ends that opens at a place; 0 if it is not closed."""
    depth = 0
    for match in BRACKET.finditer(text, opener):
        depth += (match[0] in "([{") - (match[0] in ")]}") if len(match[0]) == 1 else 0
        if not depth:
            return match.end()
    return 0
