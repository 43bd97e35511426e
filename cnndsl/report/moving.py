"""Moves what Python makes in one place and applies in another to where it is applied. Writes nothing."""

from __future__ import annotations

import re

from ..functions import lookup as function_named
from ..problems import Edit, Fix
from ..source import Span
from .edits import arguments

OPERATOR_BEFORE = re.compile(r"(?:[-+*/%@<]|(?<!-)>|[=!<>]=|\b(?:and|or|not|in|if|else))\s*\Z")
OPERATOR_BEHIND = re.compile(r"[ \t]*(?:[.\[+*/%@<>=!]|-(?!>)|(?:and|or|if|else|for|in|is)\b)")
NO_FLOW = re.compile(r"#|\b(?:if|for)\b|^\(\s*(?:\*|\w+\s*=(?!=))")  # arguments that cannot begin a pipeline
AUGMENTED = re.compile(r"[-+*/%@]=\s*\Z")  # `y += name(x)` is written out first
BLANKED = re.compile(r"#[^\n]*|\"[^\"\n]*\"|'[^'\n]*'")
METHOD = re.compile(r"\.(\w+)(?=\()")
NEAR = 100  # characters before a place that are looked at


def made_where_applied(name: str, made: re.Match[str], use: Span) -> Fix | None:
    """The line that begins with `made`, an indentation and `name = Maker`, goes to where the name is first used."""
    text = use.source.text
    call = arguments(text, made.end())
    end = call[1] if call else made.end()
    rest = re.compile(r"[ \t]*;?[ \t]*(\r?\n)").match(text, end)
    if rest is None or re.search(rf"\b{name}\b", text[rest.end() : use.start]):
        return None
    maker = text[made.start() + made[0].index("=") + 1 : end].strip()
    edits = placed(use, f"{name}: {maker}")
    indent = re.match(r"[ \t]*", use.source.line(use.line))
    between = BLANKED.sub("", text[end : use.start])
    if re.search(r"\bfor\b", between) and between.count("{") > between.count("}"):
        return None  # a loop applies the one module in each round, and would make one in each
    line = Edit(Span(use.source, made.start(), rest.end()), "")
    return Fix((line, *edits), indent is not None and indent[0] == made[1]) if edits else None


def placed(use: Span, labelled: str) -> tuple[Edit, ...]:
    """A labelled maker for its name; nothing where it cannot stand. A label holds for all that follows it.

    `relu(name(x))` takes it as it is, `name(x).relu()` becomes `relu(name: Maker(x))`, `y + name(x)` a pipeline in
    brackets, and so does what makes a group, which takes no tensor in brackets.
    """
    text, before = use.source.text, use.source.text[max(use.start - NEAR, 0) : use.start]
    call = arguments(text, use.end)
    if call is None:
        return (Edit(use, labelled),)
    labelled += "" if labelled.endswith(")") else "()"  # the tensor stands in brackets of its own
    head, methods, end = behind(use, call[1])
    is_operand = bool(OPERATOR_BEFORE.search(before) or OPERATOR_BEHIND.match(text, end))
    is_group = re.match(r"\w+: (?:[\w.]+\.)?Sequential\(", labelled) is not None
    if text[end : end + 1] == "." or AUGMENTED.search(before):
        return ()
    if not is_group and (methods or not is_operand):
        return (Edit(use, head + labelled), *methods)
    if len(call[0]) != 1 or NO_FLOW.search(text[use.end : call[1]]) or before.endswith("-> "):
        return ()
    start, close = ("(", ")") if is_operand and not methods else ("", "")
    first = Edit(Span(use.source, use.start, use.end + 1), head + start)
    return (first, Edit(Span(use.source, call[1] - 1, call[1]), f" -> {labelled}{close}"), *methods)


def behind(use: Span, end: int) -> tuple[str, tuple[Edit, ...], int]:
    """Methods behind a call that are functions: what stands in front, what becomes of each, and where they end."""
    text, head, edits = use.source.text, "", list[Edit]()
    while (method := METHOD.match(text, end)) and function_named(method[1]) and (call := arguments(text, method.end())):
        head = f"{method[1]}({head}"
        edits.append(Edit(Span(use.source, end, method.end() + 1), ", " if call[0] else ""))
        end = call[1]
    return head, tuple(edits), end
