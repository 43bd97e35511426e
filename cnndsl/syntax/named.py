"""What is wrong with names of items and of what statements declare, with numbers that are none, and with words that are
most like keywords. Knows no tree."""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..source import Source, Span

DECLARED = re.compile(r"(?:model|block|def|const|input|param|buffer)[ \t]+(?=[^\s({=:\[*#])")
NAME = re.compile(r"[^\s({=:\[,;#\"']+")
QUOTED = re.compile(r"([\"'])([^\"'\n]*)\1")
FIRST = re.compile(r"\s*([A-Za-z]\w*)[ \t]+")
LONGEST = 300  # of what stands before a place that is looked at
KEYWORDS = (
    *("model", "block", "const", "def", "from", "extern", "input", "expect", "return", "order", "param", "buffer"),
    *("version", "for", "if", "else"),
)
WORDS = ("if", "else", "for", "in", "is", "and", "or", "not", "return", "True", "False", "None")


def misnamed(source: Source, begin: int, start: int) -> Problem | None:
    """The problem of such a name, where the statement is refused at its keyword, or at the name."""
    begin = start - len(source.text[begin:start].lstrip())
    head = DECLARED.match(source.text, begin)
    at = head.end() if head else 0
    if head is None or (start not in (begin, at) and source.text[at:start].strip() not in WORDS):
        return None
    if quoted := QUOTED.match(source.text, at):
        place, is_name = Span(source, *quoted.span()), quoted[2].isidentifier() and quoted[2].isascii()
        fix = Fix((Edit(place, quoted[2]),), True) if is_name else None
        help = f"a name stands without quotes: `{head[0]}{quoted[2] if is_name else 'Net'}`"
        return Problem("syntax", place, {"found": quoted[0], "help": help}, fix=fix)
    name = NAME.match(source.text, at)
    if name is None or (name[0].isidentifier() and name[0].isascii() and name[0] not in WORDS):
        return None
    place = Span(source, *name.span())
    if name[0] in WORDS:
        help = f"`{name[0]}` is a word of the language: take another name"
        return Problem("syntax", place, {"found": name[0], "help": help})
    strange = next((n for n, sign in enumerate(name[0]) if not sign.isascii()), None)
    if strange is not None:
        sign = Span(source, at + strange, at + strange + 1)
        return Problem("not-ascii", sign, {"found": sign.text, "codepoint": f"U+{ord(sign.text):04X}"})
    if not name[0][0].isdigit() or not name[0].isalnum():
        return None
    return Problem("syntax", place, {"found": name[0], "help": "a name begins with a letter, or with `_`"})


def bad_number(span: Span, is_size: bool = False) -> Problem:
    """`2nd`, `0x1g`; and `3x3`, as one says of a window, or in an input's shape of two sizes."""
    square = re.fullmatch(r"(\d+)[xX](\d+)", span.text)
    both = f"{square[1]}, {square[2]}" if square else ""
    both = f"({both})" if both and not is_size else both
    help = f"{'two sizes are' if is_size else 'a window of two sizes is'} `{both}`" if square else None
    if re.fullmatch(r"0[xXoObB][0-9a-fA-F]+", span.text):
        square, whole = None, based(span.text)
        help = f"numbers are written to the base of ten: `{whole}`" if whole else None
    if formatted := re.search(r"\{([^{}\"'\n]*):\Z", span.source.text[max(span.start - LONGEST, 0) : span.start]):
        help = f"what stands in the braces of a text has no format: `{{{formatted[1]}}}`"
    fix = Fix((Edit(span, both),), True) if square else None
    times = re.fullmatch(r"(\d+)([A-Za-z_]\w*)", span.text)
    if help is None and times and times[2] in span.source.words:
        help = f"times is `*`: `{times[1]} * {times[2]}`"
    return Problem("bad-number", span, {"text": span.text, "help": help}, fix=fix)


def digits_for_label(source: Source, begin: int, span: Span) -> Problem | None:
    """`2conv: …`, `layer.0.conv: …`: a label that is no plain word."""
    before = re.fullmatch(r"\s*((?:[a-z_]\w*\.)*)", source.text[begin : span.start][:LONGEST])
    if before is None or not re.compile(r"[ \t]*:").match(source.text, span.end):
        return None
    place = Span(source, span.start - len(before[1]), span.end)
    help = f'a label that is no plain word stands in quotes: `"{place.text}": ...`'
    return Problem(
        "syntax", place, {"found": place.text, "help": help}, fix=Fix((Edit(place, f'"{place.text}"'),), True)
    )


def based(text: str) -> int | None:
    """`0x10`, as Python reads it."""
    try:
        return int(text, 0)
    except ValueError:
        return None


def first_word(source: Source, begin: int, start: int) -> Span | None:
    """The word that begins a statement, where the next one is refused for it: no keyword, which takes words."""
    first = FIRST.fullmatch(source.text[begin:start][:LONGEST])
    is_meant = first is not None and first[1] not in KEYWORDS
    return Span(source, begin + first.start(1), begin + first.end(1)) if first and is_meant else None


def keyword_meant(source: Source, start: int) -> str | None:
    """The keyword that the first word of a line is most like, if that word or the next one is refused."""
    from difflib import get_close_matches

    first = re.match(r"\s*([A-Za-z]+)\s+", source.line(source.position(start)[0]))
    column = source.position(start)[1] - 1
    if not first or column not in (first.start(1), first.end()) or first[1] in KEYWORDS:
        return None
    return next(iter(get_close_matches(first[1].lower(), KEYWORDS, 1, 0.7)), None)
