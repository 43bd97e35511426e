"""Signs that look like others: typographic ones, and letters of other alphabets. Knows characters alone."""

from __future__ import annotations

import re
from unicodedata import category, name, normalize

SIGNS = {
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{RIGHTWARDS DOUBLE ARROW}": "->",
    "\N{LONG RIGHTWARDS ARROW}": "->",
    "\N{HEAVY WIDE-HEADED RIGHTWARDS ARROW}": "->",
    "\N{HEAVY ROUND-TIPPED RIGHTWARDS ARROW}": "->",
    "\N{BLACK RIGHTWARDS ARROW}": "->",
    "\N{HYPHEN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{DIVISION SIGN}": "/",
    "\N{NOT EQUAL TO}": "!=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
    "\N{IDEOGRAPHIC FULL STOP}": ".",
    "\N{IDEOGRAPHIC COMMA}": ",",
}
LETTERS = dict(  # of Cyrillic and Greek
    zip(
        "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0430\u0435\u0441\u0456\u0458"
        "\u043e\u0455\u0440\u0445\u0443\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
        "ABESIJKMHOPCTXYaecijospxyABEZHIKMNOPTYXo",
        strict=True,
    )
)


def plain(text: str) -> str | None:
    """The same in ASCII, if each sign of it has a double there; invisible ones are left out."""
    found = "".join(sign(char) for char in text)
    return found if found.isascii() and found != text else None


def sign(char: str) -> str:
    if char.isascii():
        return char
    if category(char) in ("Cf", "Cc"):  # zero-width characters, bidirectional controls
        return ""
    return SIGNS.get(char) or LETTERS.get(char) or normalize("NFKC", char)


QUOTED_NUMBER = re.compile(r"[\u201c\u201d\u201e\u00ab\u2018](-?\d[\d._]*)[\u201c\u201d\u00bb\u2018\u2019]")
TIMES = re.compile(r"(\d+)[ \t]*\N{MULTIPLICATION SIGN}[ \t]*(\d+)")
DIGITS = 20  # around a sign that are looked at


def in_ascii(text: str, start: int, end: int) -> tuple[int, int, str] | None:
    """What is meant by a sign and those around it that go with it, if that leaves no doubt; and where they stand."""
    if number := QUOTED_NUMBER.match(text, start):
        return (*number.span(), number[1])
    if times(text, start):
        return None
    while start and text[start - 1].isidentifier() and text[end - 1].isidentifier():
        start -= 1
    while end < len(text) and (not text[end].isascii() or text[end].isidentifier()) and not text[end].isspace():
        end += 1
    meant = plain(text[start:end])
    return None if meant is None else (start, end, meant)


def times(text: str, start: int) -> re.Match[str] | None:
    """`3\N{MULTIPLICATION SIGN}3`, which is a window, or a product."""
    near = TIMES.finditer(text, max(start - DIGITS, 0), start + DIGITS)
    return next((found for found in near if found.start() < start < found.end()), None)


def remedy(text: str, start: int, end: int) -> str | None:
    """What is to be written for a sign."""
    if both := times(text, start):
        return f"a window of two sizes is `({both[1]}, {both[2]})`, a product `{both[1]} * {both[2]}`"
    found = in_ascii(text, start, end)
    if found is None:
        word = name(text[start], "").removeprefix("GREEK SMALL LETTER ").lower()
        return f"spell it out, `{word}`" if word.isalpha() and word != "lamda" else None
    meant = "->" if found[2] == "-" and text[found[1] : found[1] + 1] == ">" else found[2]
    rest = re.compile(r"\w*", re.A).match(text, found[1])
    meant += rest[0] if rest and meant.isidentifier() else ""
    return f"write `{meant}`" if meant.strip() else "write a blank" if meant else "leave it out"
