"""What differs between the uses of a class, or between the rounds of a loop in it. Decides nothing."""

from __future__ import annotations

from functools import partial
from itertools import count

from ..graph import Known
from ..records import dataclass, field
from ..typed import Any


def same(left: Any, right: Any) -> bool:
    return repr(left) == repr(right)


@dataclass(eq=False)
class Column:
    """What differs between the threads of a frame. Threads that do not care are left out of `values`."""

    name: str
    field: str
    values: dict[int, Known]
    is_said: bool = False  # whether they are written over names around the loop


@dataclass(eq=False)
class Frame:
    """A class, or a loop in it: its threads, each in one of the frame around it, and its columns."""

    outer: dict[int, int]
    index: tuple[str, int] | None = None  # the variable of a loop that counts, and from where
    first: frozenset[int] = frozenset()  # the threads of first rounds
    columns: list[Column] = field(default_factory=list)
    turns: frozenset[str] = frozenset()  # the names of the class that decide how often the loop turns, and over what
    rounds: dict[int, Any] = field(default_factory=dict)  # of each thread
    said: dict[int, dict[str, Any]] = field(default_factory=dict)  # of each: names of rounds over names around the loop
    lengths: frozenset[str] = frozenset()  # those of them that are lists, of which it takes one item in each round
    number: int = field(default_factory=partial(next, count()))  # one of its own, for as long as the process lives
