"""The words for tokens in messages: what a person would call each terminal of the grammar."""

from __future__ import annotations

from ..typed import Iterable

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
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "TIMES": "`/`",
    "POWER": "`**`",
    "COMPARATOR": "a comparison",
    "NOTIN": "`not in`",
}
OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "TIMES", "POWER", "COMPARATOR", "IN", "NOTIN", "OR", "AND"})
OPERANDS = frozenset({"NAME", "NUMBER", "TEXT", "CONSTANT", "LPAR", "LSQB"})
VALUES = OPERANDS | {"PLUS", "MINUS", "NOT", "ELLIPSIS", "REST", "SEQUENTIAL", "IF"}
BREAKS = frozenset({"_NL", "SEMICOLON", "$END"})
ITEMS = frozenset({"MODEL", "BLOCK", "CONST", "DEF", "FROM", "EXTERN"})
STATEMENTS = frozenset({"INPUT", "EXPECT", "RETURN", "ORDER", "INIT", "VERSION", "PARAM", "BUFFER", "FOR", "_ARROW"})
GROUPS = (  # what is summed up, once enough of it is there, what that takes in, and its word
    (ITEMS, ITEMS | BREAKS, "`model`, `block` or another item"),
    (STATEMENTS, STATEMENTS | VALUES | BREAKS | {"_NL_ARROW"}, "a statement"),
    (OPERANDS, VALUES, "a value"),
    (OPERATORS, OPERATORS, "an operator"),
    (BREAKS, BREAKS, "the end of the statement"),
)


def expected(terminals: Iterable[str]) -> str:
    """`a name, a number or ...` for a set of terminals, the long lists summed up."""
    left = set(terminals)
    words: list[str] = []
    for signs, takes, word in GROUPS:
        if len(left & signs) > 2:
            words.append(word)
            left -= takes
    words += sorted(WORDS.get(name, f"`{name.lower().lstrip('_')}`") for name in left)
    words = list(dict.fromkeys(words))[:6]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
