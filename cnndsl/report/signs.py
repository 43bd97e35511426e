"""Signs that look like others: typographic ones, and letters of other alphabets. Knows characters alone."""

from __future__ import annotations

from unicodedata import category, normalize

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
