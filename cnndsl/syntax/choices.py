"""A choice between two values as C writes it, `a ? b : c`. Knows texts, no tree; loaded only where the grammar does not
take one.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix
from ..source import Source, Span
from .around import NEAR, WORDS

CHOICE = re.compile(r"\?[^]\n:#]{1,200}:")
TERM = rf"(?:not[ \t]+)?(?!(?:{WORDS})\b)[\w.]+"
JOINED = r"(?:[=!<>]=|\*\*|//|[-+*/%<>]|\b(?:and|or)\b)"
CONDITION = re.compile(  # all of it, from what it stands behind: the `=` of `==` is not that
    rf"(?:[(\[,:]|->|(?<![=!<>])=(?!=))[ \t]*({TERM}(?:[ \t]*{JOINED}[ \t]*{TERM})*)[ \t]*\Z"
)
VALUES = re.compile(r"\?[ \t]*([\w.]+)[ \t]*:[ \t]*([\w.]+)(?=[ \t]*(?:[])},;#\r\n]|->|\Z))")


def is_choice(source: Source, start: int) -> bool:
    """Whether a place is the `?` of `a ? b : c`."""
    return CHOICE.match(source.text, start) is not None


def choice(source: Source, start: int) -> tuple[str, Fix | None] | None:
    """`deep ? 16 : 8`, in the order of Python; between what is no plain value, as an example."""
    if not is_choice(source, start):
        return None
    line = source.text.rfind("\n", 0, start) + 1
    condition, values = CONDITION.search(source.text[line:start][-NEAR:]), VALUES.match(source.text, start)
    if condition is None or values is None:
        return "a choice between two values is `a if flag else b`", None
    meant = f"{values[1]} if {condition[1]} else {values[2]}"
    place = Span(source, start - len(condition[0]) + condition[0].rindex(condition[1]), values.end())
    return f"a choice between two values is `{meant}`", Fix((Edit(place, meant),), True)
