"""The names of `typing` that annotations need: for type checkers alone, as no annotation is evaluated. And those of
`collections.abc`, as they are, without what Python loads for them.

To load `typing` takes as long as to parse a network. What a program needs of it when it runs is imported from there.
"""

from __future__ import annotations

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "Callable",
    "ClassVar",
    "Collection",
    "Container",
    "Hashable",
    "Iterable",
    "Iterator",
    "Literal",
    "Mapping",
    "NoReturn",
    "Sequence",
    "Set",
    "TextIO",
    "TypeAlias",
    "TypeGuard",
    "cast",
]

TYPE_CHECKING = False  # type checkers take this name to be true

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence, Set
    from typing import Any, BinaryIO, ClassVar, Literal, NoReturn, TextIO, TypeAlias, TypeGuard, cast
else:
    from _collections_abc import Callable, Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence, Set

    class Any:
        """Stands in aliases of types, which are evaluated."""

    def cast(kind: str, value: object) -> object:
        return value

    BinaryIO = ClassVar = Literal = NoReturn = TextIO = TypeAlias = TypeGuard = Any
