"""How tightly an expression's text binds, by the operators of Python that stand outside of its brackets and texts."""

from __future__ import annotations

import re
from functools import lru_cache

TERNARY, OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(10)
SIGNS = {"if": TERNARY, "or": OR, "and": AND, **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "is"), COMPARE)}
SIGNS |= {"+": SUM, "-": SUM, **dict.fromkeys(("*", "/", "//", "%", "@"), PRODUCT)}
FIRST = {"not ": NOT, "-": UNARY, "**": POWER}
SIGN = r"(?<= )(?:if|or|and|[=!]=|[<>]=?|i[ns]|[-+*%@]|//?)(?= )|^not |^-|\*\*"


@lru_cache(maxsize=4096)
def level_of(text: str) -> int:
    """The level of the operator that binds least of all."""
    if " " not in text and "**" not in text and text[:1] != "-":
        return ATOM
    if '"' in text or "'" in text:
        text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    if "(" in text or "[" in text:
        while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text)) != text:
            text = shorter
    return min((SIGNS.get(sign, FIRST.get(sign, ATOM)) for sign in re.findall(SIGN, text)), default=ATOM)
