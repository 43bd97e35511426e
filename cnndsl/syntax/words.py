"""The words for tokens in messages: what a person would call each terminal of the grammar."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "TEXT": "a string",
    "CONSTANT": "`True`, `False` or `None`",
    "_NL": "a new line",
    "SEMICOLON": "`;`",
    "$END": "the end of the file",
    "_ARROW": "`->`",
    "_NL_ARROW": "`->`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "_COMMA": "`,`",
    "_COLON": "`:`",
    "_EQUAL": "`=`",
    "DOT": "`.`",
    "DTYPE": "a dtype",
    "SEQUENTIAL": "`Sequential {`",
    "ELLIPSIS": "`...`",
    "REST": "`...S`",
}
OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "TIMES", "POWER", "COMPARATOR", "IN", "NOT_IN", "OR", "AND"})
OPERANDS = frozenset({"NAME", "NUMBER", "TEXT", "CONSTANT", "LPAR", "LSQB"})
ITEMS = frozenset({"MODEL", "BLOCK", "CONST", "DEF", "FROM", "EXTERN"})


def expected(terminals: Iterable[str]) -> str:
    """`a name, a number or ...` for a set of terminals, the long lists summed up."""
    left = set(terminals)
    words: list[str] = []
    for group, word in ((OPERANDS, "a value"), (OPERATORS, "an operator"), (ITEMS, "`model`, `block` or another item")):
        if len(left & group) > 2:
            words.append(word)
            left -= group
    words += sorted(WORDS.get(name, f"`{name.lower().lstrip('_')}`") for name in left)
    words = list(dict.fromkeys(words))[:6]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
