"""How much one file may ask for before it is refused, by the names by which `--limit modules=200000` raises it."""

from __future__ import annotations

from .records import dataclass, fields
from .typed import Mapping


@dataclass(frozen=True)
class Limits:
    """The limits of one file and all that it imports."""

    size: int = 100_000  # bytes of a file with all that it imports
    nesting: int = 50  # brackets inside one another
    depth: int = 60  # blocks and functions inside one another
    modules: int = 100_000  # modules of a network
    steps: int = (
        20_000  # statements and stages run, rounds of loops for a network; FILE times as many for all of a file
    )
    weights: int = 2**36  # numbers in one parameter: 256 GiB


DEFAULT = Limits()
FILE = 2
READ = 8  # characters that are read in a step of those that a file may take
LINE = 10  # characters that a line of it counts for at least, on an average
MAX_LENGTH = 100_000  # of a list or string
MAX_DEEP = 100  # lists inside one another
MOST = {"nesting": 200, "depth": 200, "weights": 2**48}  # what Python's own stack bears, and memory's addresses reach


@dataclass
class Taken:
    """The steps that all networks of a file have taken so far, until they are code, or told what they cost."""

    limit: int = DEFAULT.steps
    steps: int = 0

    def is_spent(self, more: int = 0) -> bool:
        """Whether that is more than a file may ask for, or would be with some more."""
        return self.steps + more > FILE * self.limit


def limits(given: Mapping[str, int] | None) -> Limits:
    """The limits with some of them changed; raises ValueError for one that there is not, or that cannot be so high, and
    TypeError if they are no mapping."""
    if not given:
        return DEFAULT
    if not isinstance(given, Mapping):
        raise TypeError(f"limits are given by their names, as {{'modules': 200_000}}, not as {type(given).__name__}")
    names = [field.name for field in fields(DEFAULT)]
    for name, value in given.items():
        if name not in names:
            raise ValueError(f"there is no limit {name!r}; the limits are {', '.join(names)}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"the limit {name} is a whole number, at least 1, not {value!r}")
        if value > MOST.get(name, value):
            raise ValueError(f"the limit {name} can be raised to {MOST[name]}, not to {value}")
    return Limits(**{**{name: getattr(DEFAULT, name) for name in names}, **given})
