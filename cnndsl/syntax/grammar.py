"""Finds grammar/cnn.lark, inside the package in a wheel and beside it in a checkout, and makes its parser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

PACKAGE = Path(__file__).resolve().parent.parent


def grammar_text() -> str:
    """The text of the one grammar."""
    inside = PACKAGE / "grammar" / "cnn.lark"
    beside = PACKAGE.parent / "grammar" / "cnn.lark"
    return (inside if inside.exists() else beside).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def parser() -> Lark:
    from lark import Lark

    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=["start", "interpolation"],
        propagate_positions=True,
        maybe_placeholders=False,
    )
