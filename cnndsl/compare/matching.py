"""Which names of one state_dict are which of another, by shapes and order. Knows neither files nor networks."""

from __future__ import annotations

from ..records import dataclass
from ..typed import Any, Callable, Iterable, Iterator, Mapping, Sequence

Shape = tuple[int, ...]
MAX_CELLS = 1_000_000  # of the table in which the pairs that come to most are found
AHEAD = 200  # places that are looked at where that is not done


@dataclass(frozen=True)
class Match:
    """How the tensors of `a` fit those of `b`, both in the order of their state_dict.

    `missing` are names that b wants and a lacks, `unexpected` those that a has and b does not want, `shapes` those that
    both have in different shapes. `renamed` takes names of a to names of b, where that would help.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    shapes: tuple[str, ...]
    renamed: Mapping[str, str]

    @property
    def loads(self) -> bool:
        """Whether `b.load_state_dict(a)` takes a as it is."""
        return not (self.missing or self.unexpected or self.shapes)

    @property
    def left_missing(self) -> tuple[str, ...]:
        """What b would still want after the renaming."""
        given = set(self.renamed.values())
        return tuple(name for name in (*self.missing, *self.shapes) if name not in given)

    @property
    def left_over(self) -> tuple[str, ...]:
        """What a would still have and b not want after the renaming."""
        return tuple(name for name in (*self.unexpected, *self.shapes) if name not in self.renamed)

    @property
    def loads_renamed(self) -> bool:
        return not (self.left_missing or self.left_over)


def match(a: Mapping[str, Shape], b: Mapping[str, Shape], hints: Mapping[str, str] | None = None) -> Match:
    """Compares names and shapes; where they differ, looks for the renaming that keeps most.

    `hints` take names of a to names of b, where other things than shapes and order tell it.
    """
    missing = tuple(name for name in b if name not in a)
    unexpected = tuple(name for name in a if name not in b)
    shapes = tuple(name for name in b if name in a and a[name] != b[name])
    fits = not (missing or unexpected or shapes)
    return Match(missing, unexpected, shapes, {} if fits else renaming(a, b, hints or {}))


def renaming(a: Mapping[str, Shape], b: Mapping[str, Shape], hints: Mapping[str, str]) -> dict[str, str]:
    """Names of a whose tensors belong under other names in b: all of them, in order, if their shapes are the same."""
    if list(a.values()) == list(b.values()):
        return {old: new for old, new in zip(a, b, strict=True) if old != new}
    found = {old: new for old, new in hints.items() if old != new and old in a and new in b and a[old] == b[new]}
    found = {old: new for old, new in found.items() if a.get(new) != b[new] or new in found}
    for alike in (leaf_and_shape, lambda name, shape: shape):
        taken = {*found.values()}
        left = [name for name in a if name not in b and name not in found]
        free = [name for name in b if name not in a and name not in taken]
        found |= in_order([alike(name, a[name]) for name in left], [alike(name, b[name]) for name in free], left, free)
    return {name: found[name] for name in a if name in found}


def leaf_and_shape(name: str, shape: Shape) -> Any:
    """What two tensors share that are the same one: `weight`, and its shape."""
    return name.rpartition(".")[2], shape


def in_order(left: Sequence[Any], right: Sequence[Any], names: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Pairs of a longest common subsequence, by name."""
    rows, columns = len(left), len(right)
    start, end = ends(rows, columns, lambda i, j: left[i] == right[j])
    middle = common(left[start : rows - end], right[start : columns - end])
    pairs = whole(rows, columns, start, end, middle)
    return {names[i]: others[j] for i, j in pairs}


def common(left: Sequence[Any], right: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """A longest common subsequence, as pairs of places.

    A row of the table is one number: of its bits, those of the last n places that are 0 count what is common to them
    and to the rest of `left`. So a row follows from the one below by a sum, which carries along all places at once.
    """
    rows, columns = len(left), len(right)
    places: dict[Any, int] = {}
    for j, item in enumerate(right):
        places[item] = places.get(item, 0) | 1 << (columns - 1 - j)
    every = (1 << columns) - 1
    table = [every] * (rows + 1)
    for i in range(rows - 1, -1, -1):
        below = table[i + 1]
        found = below & places.get(left[i], 0)
        table[i] = ((below + found) | (below - found)) & every

    def best(i: int, j: int) -> int:
        return columns - j - (table[i] & ((1 << (columns - j)) - 1)).bit_count()

    i = j = 0
    while i < rows and j < columns:
        if left[i] == right[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best(i, j) == best(i + 1, j):
            i += 1
        else:
            j += 1


def trimmed(
    rows: int, columns: int, same: Callable[[int, int], bool], score: Callable[[int, int], int]
) -> list[tuple[int, int]]:
    """As `aligned`, where what is the same at the start and at the end is paired without ado."""
    start, end = ends(rows, columns, same)
    middle = aligned(rows - start - end, columns - start - end, lambda i, j: score(start + i, start + j))
    return whole(rows, columns, start, end, middle)


def ends(rows: int, columns: int, same: Callable[[int, int], bool]) -> tuple[int, int]:
    """How many are the same at the start, and at the end."""
    start = end = 0
    while start < min(rows, columns) and same(start, start):
        start += 1
    while end < min(rows, columns) - start and same(rows - 1 - end, columns - 1 - end):
        end += 1
    return start, end


def whole(rows: int, columns: int, start: int, end: int, middle: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """All pairs, of those in the middle."""
    return [
        *((place, place) for place in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((rows - place, columns - place) for place in range(end, 0, -1)),
    ]


def aligned(rows: int, columns: int, score: Callable[[int, int], int]) -> list[tuple[int, int]]:
    """Pairs of places, both growing, whose scores come to most; those of 0 never pair."""
    if rows * columns > MAX_CELLS:
        return greedy(rows, columns, score)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        here, below = best[i], best[i + 1]
        for j in range(columns - 1, -1, -1):
            worth = score(i, j)
            paired = worth + below[j + 1] if worth else 0
            here[j] = max(paired, below[j], here[j + 1])
    return list(path(best, rows, columns, score))


def path(best: list[list[int]], rows: int, columns: int, score: Callable[[int, int], int]) -> Any:
    i = j = 0
    while i < rows and j < columns:
        worth = score(i, j)
        if worth and best[i][j] == worth + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def greedy(rows: int, columns: int, score: Callable[[int, int], int]) -> list[tuple[int, int]]:
    """Each row with the next column that fits, looking a little ahead."""
    pairs, j, ahead = [], 0, min(AHEAD, MAX_CELLS // rows + 1)
    for i in range(rows):
        found = next((k for k in range(j, min(j + ahead, columns)) if score(i, k)), None)
        if found is not None:
            pairs.append((i, found))
            j = found + 1
    return pairs
