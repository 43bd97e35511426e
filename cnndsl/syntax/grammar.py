"""Finds grammar/cnn.lark, inside the package in a wheel and beside it in a checkout, and makes Lark's parser of it.

Reading a `.cnn` file needs neither: table.py holds what Lark made of the grammar.
"""

from __future__ import annotations

from functools import lru_cache
from os.path import abspath, dirname, exists, join

from ..typed import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

PRIME = 2**61 - 1
PACKAGE = dirname(dirname(abspath(__file__)))


def grammar_text() -> str:
    """The text of the one grammar."""
    inside = join(PACKAGE, "grammar", "cnn.lark")
    beside = join(dirname(PACKAGE), "grammar", "cnn.lark")
    return content(inside if exists(inside) else beside)


def content(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def table_path() -> str:
    """Where the table of the grammar is kept."""
    return join(PACKAGE, "syntax", "cnn.table")


def fingerprint(text: str) -> str:
    """Tells one grammar from another; a checksum that needs no library, for nothing here is a secret."""
    return f"{len(text)}-{int.from_bytes(text.encode(), 'big') % PRIME:x}"


@lru_cache(maxsize=1)
def lark() -> Lark:
    """The grammar as Lark reads it: what makes the table, and what the tests hold against it."""
    from lark import Lark

    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=["start", "interpolation"],
        propagate_positions=True,
        maybe_placeholders=False,
    )
