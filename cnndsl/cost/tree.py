"""Rows: what each call of a pass costs, in a tree by path. Adds up, prints nothing."""

from __future__ import annotations

from math import prod

from ..emit.summary import call_text
from ..graph import BlockModule, ExternModule, Own, SequentialModule, Type
from ..layers.base import Weight
from ..lean import Counter, cache, cached_property
from ..records import dataclass, field
from ..shapes import Size
from ..typed import Any, Iterable, Iterator, Mapping
from .memory import Sizes, Sums, bytes_in, kept_by_place
from .running import Leaf, Run

ALWAYS, TRAINING, EVALUATION, NEVER = "always", "training", "evaluation", "never"


@dataclass(frozen=True)
class Row:
    """A layer, a call of a function, a parameter of a definition's own, or a block with the rows inside it.

    Of a block the numbers are sums. What is not known, because it comes from outside, is None. Parameters are counted
    in the first row of their layer. Operations are those of evaluation, what is kept is kept in training.
    """

    path: str
    kind: str  # block | layer | function | parameter | buffer | extern
    layer: str  # with its arguments
    output: Type
    own: tuple[Weight, ...] | None  # its weights, as its layer calls them; of a block none
    macs: Size | None
    flops: Size | None
    bytes: Size | None  # of the output
    kept: Size | None  # bytes that the backward pass needs, and no row before keeps
    runs: str = ALWAYS
    rows: tuple[Row, ...] = ()
    leaf: Leaf | None = None
    name: str = ""  # the path from the block that it stands in; of a function its own name

    @cached_property
    def weights(self) -> tuple[Weight, ...] | None:
        """Those of its layer, or of all rows inside, by their names in the state_dict."""
        if self.rows:
            inside = [row.weights for row in self.rows]
            return None if None in inside else tuple([weight for some in inside for weight in some or ()])
        return None if self.own is None else tuple([named(self.path, self.kind, weight) for weight in self.own])

    @cached_property
    def parameters(self) -> int | None:
        """Numbers that training changes."""
        if self.rows:
            inside = [row.parameters for row in self.rows]
            return None if None in inside else sum([count or 0 for count in inside])
        return counted(self.own, ("parameter",))

    @property
    def buffers(self) -> int | None:
        return counted(self.weights, ("buffer", "unsaved"))

    def called(self, name: str) -> Row:
        """The same row, under the name that it has in the tree; made for that, it is not copied."""
        object.__setattr__(self, "name", name)
        return self

    def walk(self) -> list[Row]:
        """It, and all rows inside it, each before those inside it."""
        found, left = [], [self]
        while left:
            row = left.pop()
            found.append(row)
            left += row.rows[::-1]
        return found


def counted(weights: Iterable[Weight] | None, kinds: tuple[str, ...]) -> int | None:
    """How many numbers there are in weights of these kinds."""
    if weights is None:
        return None
    return sum([numbers_in(weight.shape) for weight in weights if weight.kind in kinds])


@cache
def numbers_in(shape: tuple[int, ...]) -> int:
    return prod(map(int, shape))


# Rows without others


def leaves(owners: Iterable[Any], evaluation: Run, training: Run, dtype: str) -> Iterator[Row]:
    """What runs, in order, then what does not. A definition's own parameters stand where they are declared."""
    made = {row.path: row for row in owners}
    kept = kept_by_place(training.tape, dtype)
    known = Known(Sizes(dtype))
    for leaf, runs, place in merged(evaluation.leaves, training.leaves):
        own = made.pop(leaf.path, None) if leaf.module else None
        if not isinstance(leaf.module, Own):
            yield ran(leaf, runs, own, kept.get(place, 0), known)
        elif own is not None:
            yield still(own, ALWAYS)
    for row in made.values():
        yield still(row, NEVER)


class Known:
    """What many rows share, as blocks repeat: worked out once for each object that it is worked out of."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.flops: dict[tuple[int, int], tuple[Size, Any]] = {}
        self.texts: dict[tuple[str, int], tuple[str, Any]] = {}

    def twice(self, macs: Size, operations: Size) -> Size:
        """Two operations for each multiply-accumulate, and the others."""
        key = id(macs), id(operations)
        if key not in self.flops:
            self.flops[key] = (2 * macs + operations, (macs, operations))
        return self.flops[key][0]

    def text(self, name: str, arguments: Any) -> str:
        key = name, id(arguments)
        if key not in self.texts:
            self.texts[key] = (call_text(name, arguments), arguments)
        return self.texts[key][0]


def merged(evaluation: list[Leaf], training: list[Leaf]) -> Iterator[tuple[Leaf, str, int | None]]:
    """The calls of both modes in one order, each with when it runs, and its place in training."""
    if len(evaluation) == len(training) and all(map(same_call, evaluation, training)):
        yield from ((leaf, ALWAYS, place) for place, leaf in enumerate(evaluation))
        return
    left = Counter(map(identity, evaluation))
    behind = iter(evaluation)
    for place, leaf in enumerate(training):
        if not left[identity(leaf)]:
            yield leaf, TRAINING, place
            continue
        for other in behind:
            left[identity(other)] -= 1
            if identity(other) == identity(leaf):
                yield other, ALWAYS, place
                break
            yield other, EVALUATION, None
    for other in behind:
        yield other, EVALUATION, None


def same_call(one: Leaf, other: Leaf) -> bool:
    return one.path == other.path and one.name == other.name


def identity(leaf: Leaf) -> tuple[str, str]:
    return leaf.path, leaf.name


def still(row: Any, runs: str) -> Row:
    """A row of what does not run."""
    kind = row.layer.lower() if row.layer in ("Parameter", "Buffer") else "layer"
    return Row(row.path, kind, row.layer, row.output if kind != "layer" else None, row.weights, 0, 0, 0, 0, runs)


def named(path: str, kind: str, weight: Weight) -> Weight:
    """A weight by its name in the state_dict."""
    return Weight(path, weight.shape, weight.dtype, weight.kind) if kind != "layer" else weight.under(path)


def ran(leaf: Leaf, runs: str, owner: Any, kept: Size, known: Known) -> Row:
    """A row of a call; `owner` is the layer, if this is its first."""
    module, size = leaf.module, known.sizes.inside(leaf.output)
    own: tuple[Weight, ...] | None = () if owner is None else owner.weights
    if module is None or isinstance(module, Own):
        kind, text = "function", leaf.name
    else:
        kind, text = "layer", known.text(leaf.name, module.arguments if owner is None else owner.arguments)
    if isinstance(module, ExternModule):
        return Row(leaf.path, "extern", text, leaf.output, own, None, None, size, None, ALWAYS, (), leaf)
    macs, operations = (leaf.macs or 0, leaf.operations or 0) if runs != TRAINING else (0, 0)
    flops = known.twice(macs, operations)
    return Row(leaf.path, kind, text, leaf.output, own, macs, flops, size, kept, runs, (), leaf)


# The tree


Placed = tuple[Row, list[str], int]  # with the parts of its path, and how many of them are of blocks


@dataclass(frozen=True)
class Blocks:
    """What ran, by path, that holds others; and what its calls gave, as a run notes them."""

    modules: Mapping[str, Any]
    results: Mapping[tuple[str, int], Type]
    dtype: str
    add: Sums = field(default_factory=Sums)

    def sums(self, rows: tuple[Row, ...]) -> tuple[Size, Size, Size]:
        """Multiply-accumulates, operations, and bytes kept, of these rows."""
        add = self.add
        return add([row.macs for row in rows]), add([row.flops for row in rows]), add([row.kept for row in rows])

    def output(self, path: str, rows: list[Row]) -> tuple[Type, Size | None]:
        """The type and the bytes of what a block gives: if that is not known, those of its last row."""
        last = next((row for row in reversed(rows) if row.leaf is not None), None)
        if last is not None and (path, id(last.leaf)) in self.results:
            found = self.results[path, id(last.leaf)]
            return found, bytes_in(found, self.dtype)
        given = next((row for row in reversed(rows) if row.output is not None), rows[-1])
        return given.output, given.bytes


def tree(rows: Iterable[Row], blocks: Blocks) -> Iterator[Row]:
    """Rows whose paths begin alike, and which follow one another, in one."""
    return branches(list(map(placed, rows)), blocks, 0)


def placed(row: Row) -> Placed:
    parts = row.path.split(".") if row.path else []
    return row, parts, len(parts) - (row.kind != "function")


def branches(rows: Iterable[Placed], blocks: Blocks, depth: int) -> Iterator[Row]:
    together: list[Placed] = []
    last: Any = None
    for one in rows:
        _, parts, inside = one
        key = parts[depth] if depth < inside else None  # what it shares with others of its block
        if together and (key is None or key != last):
            yield from joined(together, last, blocks, depth)
            together = []
        together.append(one)
        last = key
    if together:
        yield from joined(together, last, blocks, depth)


def block_text(module: BlockModule | SequentialModule) -> str:
    """A block with the arguments that its author wrote."""
    if isinstance(module, SequentialModule):
        return module.definition or "Sequential"
    written = [argument for argument in module.arguments if argument.name in module.written]
    return call_text(module.instance.definition, written) if written else module.instance.definition


def joined(rows: list[Placed], key: str | None, blocks: Blocks, depth: int) -> Iterator[Row]:
    """Rows of one block as one; or a row that stands alone."""
    row, parts, _ = rows[0]
    if key is None:
        yield row.called(row.layer if row.kind == "function" else ".".join(parts[depth:]))
        return
    path = ".".join(parts[: depth + 1])
    inside = tuple(branches(rows, blocks, depth + 1))
    if path not in blocks.modules and len(inside) == 1:  # a list of modules, of which one runs here
        yield inside[0].called(f"{key}.{inside[0].name}")
        return
    output, size = blocks.output(path, [one[0] for one in rows])
    runs = {row.runs for row in inside if row.kind not in ("parameter", "buffer")}
    when = runs.pop() if len(runs) == 1 else ALWAYS
    text = block_text(blocks.modules[path]) if path in blocks.modules else ""
    macs, flops, kept = blocks.sums(inside)
    yield Row(path, "block", text, output, (), macs, flops, size, kept, when, inside, None, key)
