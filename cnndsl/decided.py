"""Which names of a class decided something once, in one visit to its definition, and so may be no arguments of it; and
what is read behind a decision."""

from __future__ import annotations

from .records import dataclass, field
from .typed import Any, Mapping


@dataclass(frozen=True)
class Met:
    """How a size that an `if` or a loop left is written, where that has a name of its own.

    Of a loop that is so only if it turns: `turns` is the name that says how often, or the list of which an item does,
    `behind` are all such names.
    """

    spellings: tuple[Any, ...]
    turns: str = ""
    behind: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decided:
    """What was decided once, in a visit to a definition, by the names of its class."""

    pinned: frozenset[str] = frozenset()  # these decided what the code decides no more
    settled: frozenset[str] = frozenset()  # those of them of which nothing in the graph tells what
    unsaid: frozenset[str] = frozenset()  # those behind numbers that have no spelling
    shaped: frozenset[str] = frozenset()  # what free sizes and requirements hang on; of a list `len(x)` is its length
    # alone, and `all(x)` whether it, or an item of it, is 0
    shaped_from: int | None = None  # the number of the first value that may have such sizes
    met: Mapping[str, Met] = field(default_factory=dict)  # sizes that an `if` or a loop left, by their names
    ended: frozenset[str] = frozenset()  # how often loops turn that sizes of the result come from; `all(x)`: if ever
    kinds: frozenset[str] = frozenset()  # in a model, of what kind results are: how many, of which names and ranks
    turning: tuple[Any, ...] = ()  # what must hold for loops in blocks to turn


@dataclass(eq=False)
class Behind:
    """The flow (`name` is ""), or a name of the author's, behind one decision of one visit."""

    name: str
