"""The functions on numbers of a file that its classes call, in a form that is ready to print. Runs nothing."""

from __future__ import annotations

from .records import dataclass
from .typed import Any


@dataclass(frozen=True)
class Let:
    """`name = value`."""

    name: str
    value: Any  # a part of a formula (dims/calls.py), as are all values here


@dataclass(frozen=True)
class Give:
    """`return value`."""

    value: Any


@dataclass(frozen=True)
class When:
    """`if condition: … else: …`."""

    condition: Any
    then: tuple[Any, ...]
    otherwise: tuple[Any, ...]


@dataclass(frozen=True)
class Turn:
    """`for name in range(…): …`; no name where no line of the body reads it."""

    name: str
    bounds: tuple[Any, ...]
    backwards: bool
    body: tuple[Any, ...]


@dataclass(eq=False)
class Helper:
    """One function. `kinds` are those of its parameters, and of what it returns."""

    name: str
    parameters: tuple[str, ...]
    kinds: tuple[str, ...]
    defaults: tuple[Any, ...]  # of the last parameters
    body: tuple[Any, ...]
    result: str
    calls: tuple[str, ...]  # the helpers that it calls
    comment: str
