"""The brackets of a text, those in strings and comments left out; for texts of many, how deep they go."""

from __future__ import annotations

import re

from ..limits import MAX_LENGTH, Limits
from ..problems import fail
from ..source import Source, Span

BRACKETS = {"(": ")", "[": "]", "{": "}"}
BRACKET = re.compile(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[(\[{}\])]")


def check_brackets(source: Source, limits: Limits) -> None:
    """Refuses too long a list, which would take seconds to read, and brackets nested too deeply."""
    text, end = source.text, 0
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
                place = Span(source, match.start(), match.end())
                raise fail("nested-too-deep", place, limit=limits.nesting, what="brackets are")
        elif match[0] in ")]}" and len(commas) > 1:
            open_at.pop()
            commas.pop()
    if commas[-1] + text.count(",", end) > MAX_LENGTH:
        message = f"this becomes too long; at most {MAX_LENGTH:,} entries are allowed"
        raise fail("too-large", Span(source, open_at[-1], open_at[-1] + 1), message=message)
