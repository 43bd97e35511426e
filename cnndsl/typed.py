"""The names of `typing` that annotations need: for type checkers alone, as no annotation is evaluated.

To load `typing` takes as long as to parse a network. What a program needs of it when it runs is imported from there.
"""

from __future__ import annotations

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "ClassVar",
    "Literal",
    "NoReturn",
    "TextIO",
    "TypeAlias",
    "TypeGuard",
    "cast",
]

TYPE_CHECKING = False  # type checkers take this name to be true

if TYPE_CHECKING:
    from typing import Any, BinaryIO, ClassVar, Literal, NoReturn, TextIO, TypeAlias, TypeGuard, cast
else:

    class Any:
        """Stands in aliases of types, which are evaluated."""

    def cast(kind: str, value: object) -> object:
        return value

    BinaryIO = ClassVar = Literal = NoReturn = TextIO = TypeAlias = TypeGuard = Any
