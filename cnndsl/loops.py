"""How a group is written: what its loops did in each round. The graph's modules carry it beside their children.

Inside a round, loop variables and the sizes of what flows into it are names, as parameters are inside a class: emit/
merges the rounds of a loop as it merges the instances of a definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .graph import BlockModule, Branch, Choice, Known, Module, Value
from .records import dataclass, field
from .typed import Any

MARK = "\u01c0"  # in the symbol of a name that holds in one round: no name of an author's has it


@dataclass(frozen=True)
class Entry:
    """One child in a layout. The label is in parts, of text and of numbers that the author put in braces; none: ()."""

    label: tuple[Known, ...]
    module: Module


def of_rounds(spelling: Any) -> bool:
    """Whether names of rounds are in a way to write a size."""
    return any(MARK in name for name in getattr(spelling, "symbols", ()))


@dataclass(frozen=True)
class Local:
    """A name that holds in one round of a loop: a loop variable, or a size of what flows into the round.

    `key` is the symbol that spellings inside the round use; `value` is spelled as it is outside of the round.
    """

    name: str
    key: str
    value: Known


@dataclass(frozen=True)
class Round:
    """One round of a loop. `sizes` are those of the flow before it, `after` (spelled over its names) those after it."""

    names: tuple[Local, ...]
    sizes: tuple[Local, ...]
    body: tuple[Any, ...]
    after: tuple[Known, ...]
    values: tuple[Value, ...] = ()  # in forward(): what it takes from the round before
    ends: tuple[Value, ...] = ()  # and what it hands on
    owners: tuple[frozenset[str | None], ...] = ()  # of which places each of `sizes` is one
    heirs: tuple[frozenset[str | None], ...] = ()  # and each of those after it


@dataclass(frozen=True)
class Loop:
    """A `for` or a repetition: its rounds as they ran, which may be one and the same several times.

    `leaves` are the sizes of the flow behind it, by the symbols that they have from there on.
    """

    site: int  # the same in all instances of the definition
    count: Known
    rounds: tuple[Round, ...]
    leaves: tuple[Local, ...]
    starts: tuple[Value, ...] = ()  # in forward(): what the first round takes
    exits: tuple[Value, ...] = ()  # and what there is behind the last
    behind: frozenset[str] = frozenset()  # the names that decide how often it turns, and over what
    steady: bool = True  # whether the same sizes flow into each round and out of it: else none is handed on
    places: tuple[str | None, ...] = ()  # the author's names for what starts and exits; None is what flows
    owners: tuple[frozenset[str | None], ...] = ()  # of which places each of `leaves` is one
    builds: bool = False  # whether it only makes modules: what they are applied to stands written out, for so many


@dataclass(frozen=True)
class Layout:
    """The body of an instance as it is written: its steps, Loops among them, and its result."""

    body: tuple[Any, ...]
    result: Any


@dataclass(frozen=True)
class Came:
    """What a size behind a loop is over the names of its class, as long as those that say how often it turns stay."""

    size: Any
    turns: frozenset[str]


@dataclass(frozen=True)
class Called:
    """A use of `block X(…) = { … }` as the call of a function. `uses` are all of its uses, by place, arguments
    and inputs; elaboration adds to them."""

    block: BlockModule
    uses: set[Any]
    leaves: Mapping[str, Came] = field(default_factory=dict)  # sizes behind the loops in it, by their symbols


def called(module: Any) -> BlockModule | None:
    """The call that stands for a group, where it is not the only one: then the group is a function."""
    call = getattr(module, "call", None)
    return call.block if call is not None and len(call.uses) > 1 else None


def every(steps: Iterable[Any]) -> Iterator[Any]:
    """All steps of a body or a layout, at any depth, as they are written."""
    for step in steps:
        yield step
        for body in bodies(step):
            yield from every(body)


def bodies(step: Any) -> Iterable[Any]:
    """The bodies that a step holds."""
    if isinstance(step, Choice):
        return (step.body,)
    if isinstance(step, Branch):
        return step.then, step.otherwise
    return (made.body for made in step.rounds) if isinstance(step, Loop) else ()
