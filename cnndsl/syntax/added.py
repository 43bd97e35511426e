"""`y += x`, as in Python: what is said of it, and what stands for it. Knows texts, no tree; loaded only where the
grammar does not take one.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..source import Source, Span

BEFORE = re.compile(r"[ \t]*([A-Za-z_]\w*)[ \t]*(\*\*|//|[-+*/%@])\Z")
PAIRS = (("(", ")"), ("[", "]"))
BEHIND = re.compile(r"=[ \t]*([^\n#;{}]*?)[ \t]*(?=[\n#;}]|\Z)")  # on its line
GOES_ON = re.compile(r"[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*->")
ENDS_OPEN = re.compile(r"(?:->|[-+*/%@,=<>]|\b(?:and|or|not|in|if|else))\Z")
JOINED = re.compile(r"->|[-+*/%@<>=]|\b(?:if|and|or|not)\b")  # what needs brackets behind an operator


def added(source: Source, begin: int, at: int) -> tuple[re.Match[str], Problem] | None:
    """What stands in front of the `=` of such a statement, which begins at `begin`, and its problem."""
    found, behind = BEFORE.match(source.text, begin, at), BEHIND.match(source.text, at)
    if found is None or behind is None:
        return None
    (name, sign), value = found.groups(), behind[1]
    is_whole = value and not ENDS_OPEN.search(value) and all(value.count(one) == value.count(two) for one, two in PAIRS)
    is_whole = is_whole and not GOES_ON.match(source.text, behind.end())
    place = Span(source, found.start(2), at + 1)
    edits = [Edit(place, f"= {name} {sign}" + " " * (behind.start(1) == at + 1))]
    if JOINED.search(value):
        edits += [Edit(Span(source, end, end), bracket) for end, bracket in zip(behind.span(1), "()", strict=True)]
        value = f"({value})"
    facts: dict[str, object] = {
        "found": f"{sign}=",
        "help": f"write it out: `{name} = {name} {sign} {value if is_whole else '...'}`",
    }
    return found, Problem("syntax", place, facts, fix=Fix(tuple(edits), True) if is_whole else None)


def is_pipeline(source: Source, at: int) -> bool:
    """Whether an arrow stands behind the sign: `y = y + a -> A` would be another thing."""
    behind = BEHIND.match(source.text, at)
    return behind is not None and ("->" in behind[1] or GOES_ON.match(source.text, behind.end()) is not None)
