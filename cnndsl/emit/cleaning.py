"""The author's comments as text of the generated file: as they are, but for what ends a docstring, hides, or is taken
for another character (ruff's RUF001 to RUF003).
"""

from __future__ import annotations

LOOK_ALIKES = str.maketrans("–−‐‑‒×∗∼∕∶‘’′´", "-----x*~/:''''")
MEANT = ("<super>", "<sub>", "<circle>", "<small>")  # 10² is no 102


def clean(text: str) -> str:
    """Text that may stand in a docstring."""
    if not text.isascii():
        text = "".join(c if c.isascii() else seen(c) for c in text.translate(LOOK_ALIKES))
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c for c in text if c == "\n" or c.isprintable() or not c.isascii())


def seen(char: str) -> str:
    """A character beyond ASCII as it is, if it can be seen; but that of ASCII which it is another form of."""
    from unicodedata import category, decomposition, normalize  # seldom needed

    kind, plain = category(char), normalize("NFKD", char)
    if kind[0] == "C" or kind in ("Zl", "Zp"):
        return ""
    if kind == "Zs":
        return " "
    return plain if len(plain) == 1 and plain.isascii() and not decomposition(char).startswith(MEANT) else char
