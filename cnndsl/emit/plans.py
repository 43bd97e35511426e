"""What generalise.py makes of the graph: one Plan per generated class, with every number's spelling settled."""

from __future__ import annotations

from typing import Any, Literal

from ..graph import InitRule, Instance, Join, Known, Result, Value
from ..records import dataclass, field

Kind = Literal["size", "parameter", "slot"]


@dataclass(frozen=True)
class Slot:
    """A constructor argument: an input size, a parameter of the author's, or a number that differed between uses."""

    kind: Kind
    key: str
    name: str = field(compare=False)
    type: str = field(compare=False)
    default: Known | None = field(default=None, compare=False)


@dataclass(eq=False)
class Plan:
    """One class: what its instances share, and for each of them (by identity) the values of `slots`."""

    definition: str
    kind: str
    members: list[Instance]
    slots: tuple[Slot, ...]
    body: tuple[Any, ...]
    inputs: tuple[Value, ...]
    starred: bool
    result: Result
    init: tuple[InitRule, ...]
    version: int | None
    comment: str
    extras: dict[int, dict[str, Known]]
    folded: tuple[str, ...] = ()  # conditions that went the same way in every use
    lost: frozenset[str] = frozenset()  # names that decided something which the class does not spell by them
    name: str = ""

    @property
    def renames(self) -> dict[str, str]:
        """The author's names of the arguments, and how the constructor calls them."""
        return {slot.key: slot.name for slot in self.slots}


@dataclass(frozen=True)
class Construct:
    """A call of a generated class: the BlockModule of a merged body."""

    plan: Plan
    arguments: tuple[tuple[Slot, Known], ...]


@dataclass(frozen=True)
class TapsConstruct:
    """A call of the subclass that cuts a whole model after its last tap."""

    whole: Construct
    taps: Plan  # its body is the cut instance's
    dropped: tuple[str, ...]
    names: tuple[str, ...]  # of the taps


@dataclass(frozen=True)
class PartConstruct:
    """One child of a whole model; with taps, a group cut to `length` children."""

    whole: Construct
    path: str
    taps: tuple[str, ...]
    length: int


@dataclass(eq=False)
class Decision:
    """A compile-time `if` that the constructor of the merged class makes again."""

    condition: Known
    then: tuple[Any, ...]
    otherwise: tuple[Any, ...]
    joins: list[Join]


Body = tuple[Any, ...]  # Steps of the graph (other than Choice) and Decisions
