"""A text of several lines between three quotes, as Python has it for a comment. Knows texts, no tree."""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..source import Source, Span

OPENING = re.compile(r'^([ \t]*)("""|\'\'\')(?=[^\n]*$)', re.M)
HELP = "a comment begins with `#`, on each line"


def comments(text: str) -> dict[int, int]:
    """Where such texts begin and end, each the first on its line, and of more lines than one."""
    found: dict[int, int] = {}
    end = 0
    for opening in OPENING.finditer(text) if '"""' in text or "'''" in text else ():
        closing = text.find(opening[2], opening.end())
        if closing >= 0 and opening.start() >= end and "\n" in text[opening.end() : closing]:
            end = closing + 3
            found[opening.end(1)] = end
    return found


def as_comment(source: Source, start: int, end: int) -> Problem:
    """The problem of one, and its repair where nothing stands behind it."""
    place, quotes = Span(source, start, end), source.text[start : start + 3]
    indent = source.text[source.text.rfind("\n", 0, start) + 1 : start]
    lines = [line.strip() for line in place.text[3:-3].strip().split("\n")]
    meant = f"\n{indent}".join(f"# {line}" if line else "#" for line in lines)
    is_last = re.compile(r"[ \t]*(?:[\r\n]|\Z)").match(source.text, end) is not None
    fix = Fix((Edit(place, meant),), True) if is_last else None
    return Problem("syntax", Span(source, start, start + 3), {"found": quotes, "help": HELP}, fix=fix)
