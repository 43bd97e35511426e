"""What became of each layer between two networks: added, removed, renamed, changed. Compares no weights."""

from __future__ import annotations

from ..cost.summary import Summary, summary
from ..cost.tree import Row
from ..dims import TooLong
from ..emit.summary import saved
from ..graph import Model
from ..limits import Taken
from ..problems import fail
from ..records import dataclass
from ..shapes import Size
from ..typed import Any, Iterable, Iterator, Sequence
from .matching import Match, match, trimmed


@dataclass(frozen=True)
class Change:
    """One layer in both networks; None where it is not."""

    kind: str  # added | removed | renamed | resized | replaced | moved
    was: Row | None
    now: Row | None

    @property
    def parameters(self) -> int:
        return parameters(self.now) - parameters(self.was)

    @property
    def macs(self) -> Size:
        return macs(self.now) - macs(self.was)


@dataclass(frozen=True)
class Total:
    """A number of both networks: whole, or an expression over their free sizes."""

    name: str
    was: Size
    now: Size

    @property
    def change(self) -> Size:
        return self.now - self.was


@dataclass(frozen=True)
class Difference:
    """Two networks side by side: `a` became `b`."""

    a: Summary
    b: Summary
    changes: tuple[Change, ...]
    totals: tuple[Total, ...]
    checkpoint: Match  # how a's state_dict fits b

    @property
    def same(self) -> bool:
        return not self.changes and self.checkpoint.loads and all(total.was == total.now for total in self.totals)


def difference(first: Model, second: Model, taken: Taken | None = None) -> Difference:
    """What became of each layer of the first model in the second, and of its weights. `taken`: the steps so far."""
    a, b = summary(first, taken=taken), summary(second, taken=taken)
    changes = tuple(once(changed(a.layers, b.layers)))
    try:
        found = tuple(totals(a, b))
    except TooLong:  # of two long sums that have little in common
        raise fail("size-too-long", second.span) from None
    return Difference(a, b, changes, found, match(state(first), state(second), dict(renamed(changes))))


def renamed(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """The names of weights whose layers have other names in the second model."""
    for change in changes:
        if change.kind == "renamed" and change.was and change.now:
            yield from zip(names(change.was), names(change.now), strict=True)


def names(row: Row) -> list[str]:
    return [weight.name for weight in row.weights or ()]


def state(model: Model) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the state_dict, in torch's order."""
    return {weight.name: tuple(map(int, weight.shape)) for weight, _ in saved(model.instance)}


def totals(a: Summary, b: Summary) -> Iterator[Total]:
    yield Total("parameters", a.parameters, b.parameters)
    for name, was, now in (
        ("MACs", a.macs, b.macs),
        ("bytes of weights", a.saved, b.saved),
        ("bytes kept for backward", a.kept, b.kept),
        ("bytes of training (adam)", a.training.total, b.training.total),
    ):
        yield Total(name, a.met(was), b.met(now))


def once(changes: Iterable[Change]) -> Iterator[Change]:
    """What became of a module that is applied several times is told once."""
    seen = set()
    for change in changes:
        rows = [(row.path, row.layer) if row else None for row in (change.was, change.now)]
        key = (change.kind, *rows)
        if "function" in kinds(change) or key not in seen:
            seen.add(key)
            yield change


def kinds(change: Change) -> set[str]:
    return {row.kind for row in (change.was, change.now) if row}


def changed(old: Sequence[Row], new: Sequence[Row]) -> Iterator[Change]:
    """Each layer that is not the same in both, in the order in which they run."""
    a, b = labelled(old), labelled(new)
    both = {*a} & {*b}  # that one of these is called like another one is a matter of their order
    kept = [
        [label in both and row.kind != "function" for label, row in side]
        for side in (zip(a, old, strict=True), zip(b, new, strict=True))
    ]

    def score(i: int, j: int) -> int:
        return 0 if kept[0][i] and kept[1][j] and a[i] != b[j] else likeness(a[i], b[j])

    pairs = trimmed(len(a), len(b), lambda i, j: a[i] == b[j], score)
    rows, columns = {i for i, _ in pairs}, {j for _, j in pairs}
    stayed = {label for i, label in enumerate(a) if i not in rows}
    moved = {label: new[j] for j, label in enumerate(b) if j not in columns and label in stayed}
    i = j = 0
    for row, column in [*pairs, (len(a), len(b))]:
        for gone in range(i, row):
            there = moved.get(a[gone])
            yield Change("moved" if there else "removed", old[gone], there)
        yield from (Change("added", None, new[place]) for place in range(j, column) if b[place] not in moved)
        if row < len(a) and a[row] != b[column] and not only_counted(old[row], new[column]):
            yield Change(kind(a[row], b[column]), old[row], new[column])
        i, j = row + 1, column + 1


def only_counted(was: Row, now: Row) -> bool:
    """Whether two calls of one function in one block differ in their number alone."""
    return was.kind == "function" == now.kind and (was.path, was.layer) == (now.path, now.layer)


def labelled(rows: Sequence[Row]) -> list[tuple[str, str, str, Any]]:
    """Path, class, text and weights of each; calls of one function, or of one module, are counted."""
    found = []
    seen: dict[str, int] = {}
    for row in rows:
        name = f"{row.path}:{row.layer}" if row.kind == "function" else row.path
        count = seen[name] = seen.get(name, -1) + 1
        path = f"{name}:{count}" if row.kind == "function" or count else name
        weights = tuple((weight.name[len(row.path) :], weight.shape, weight.dtype) for weight in row.weights or ())
        found.append((path, row.layer.partition("(")[0], row.layer, weights))
    return found


def likeness(a: Any, b: Any) -> int:
    """How sure it is that one became the other; 0 if it is not at all. To resize all layers is likelier than to shift
    them all by one; a single one that was put in shifts the automatic names behind it.
    """
    if a[0] == b[0]:
        return 10 if a == b else 5 if a[1] == b[1] else 1
    return 8 if a[1:] == b[1:] else 0


def kind(a: Any, b: Any) -> str:
    if a[0] != b[0]:
        return "renamed"
    return "resized" if a[1] == b[1] else "replaced"


def parameters(row: Row | None) -> int:
    return (row.parameters or 0) if row else 0


def macs(row: Row | None) -> Size:
    return row.macs if row and row.macs is not None else 0
