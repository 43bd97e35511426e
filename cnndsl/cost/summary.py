"""What a model costs, as data: a tree of rows, and totals. Sizes are numbers, or expressions over the free sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import add
from typing import Any

from ..emit.summary import call_text
from ..emit.summary import rows as registered
from ..graph import ExternModule, Instance, Model, Own, Type
from ..layers.base import Weight
from ..records import dataclass
from ..shapes import Size
from .running import Leaf, Run


@dataclass(frozen=True)
class Row:
    """A layer, a call of a function, a parameter of a definition's own, or a block with the rows inside it.

    Of a block the numbers are sums. What is not known, because it comes from outside, is None. Parameters are counted
    in the first row of their layer; a layer that this pass does not run has no output and costs nothing.
    """

    path: str
    kind: str  # block | layer | function | parameter | buffer | extern
    layer: str  # with its arguments
    output: Type
    weights: tuple[Weight, ...] | None
    macs: Size | None
    flops: Size | None
    rows: tuple[Row, ...] = ()
    leaf: int | None = None  # which call of the pass it is

    @property
    def name(self) -> str:
        """The last part of the path; of a function its own name."""
        return self.layer if self.kind == "function" else self.path.rpartition(".")[2]

    @property
    def parameters(self) -> int | None:
        """Numbers that training changes."""
        return counted(self.weights, ("parameter",))

    @property
    def buffers(self) -> int | None:
        return counted(self.weights, ("buffer", "unsaved"))

    def walk(self) -> Iterator[Row]:
        yield self
        for row in self.rows:
            yield from row.walk()


@dataclass(frozen=True)
class Summary:
    """A model: its rows, in the order in which forward() runs them, and what they come to."""

    name: str
    rows: tuple[Row, ...]
    weights: tuple[Weight, ...]  # by the names of the state_dict
    macs: Size
    flops: Size
    unknown: tuple[str, ...]  # rows from outside, and conditions on free sizes: the totals are without these

    @property
    def parameters(self) -> int:
        return counted(self.weights, ("parameter",)) or 0

    @property
    def buffers(self) -> int:
        return counted(self.weights, ("buffer", "unsaved")) or 0

    def walk(self) -> Iterator[Row]:
        """All rows, each before those inside it."""
        for row in self.rows:
            yield from row.walk()

    @property
    def layers(self) -> tuple[Row, ...]:
        """The rows that hold no others."""
        return tuple(row for row in self.walk() if row.kind != "block")


def summary(model: Model) -> Summary:
    run = Run(model, training=False)
    found = tuple(leaves(model.instance, run))
    unknown = [row.path for row in found if row.macs is None]
    unknown += [str(condition) for condition in run.undecided]
    weights = tuple(weight for row in found for weight in row.weights or ())
    macs, flops = total(row.macs for row in found), total(row.flops for row in found)
    return Summary(model.name, tuple(tree(found, run.blocks)), weights, macs, flops, tuple(unknown))


def total(sizes: Iterable[Size | None]) -> Size:
    return reduce(add, (size for size in sizes if size is not None), 0)


def counted(weights: Iterable[Weight] | None, kinds: tuple[str, ...]) -> int | None:
    """How many numbers there are in weights of these kinds."""
    if weights is None:
        return None
    return sum(product(weight.shape) for weight in weights if weight.kind in kinds)


def product(shape: Iterable[int]) -> int:
    result = 1
    for size in shape:
        result *= int(size)
    return result


# Rows without others


def leaves(instance: Instance, run: Run) -> Iterator[Row]:
    """What runs, in order, then what does not. A definition's own parameters stand where they are declared."""
    made = {row.path: row for row in registered(instance)}
    for number, leaf in enumerate(run.leaves):
        own = made.pop(leaf.path, None) if leaf.module else None
        if not isinstance(leaf.module, Own):
            yield ran(number, leaf, () if own is None else own.weights)
        elif own is not None:
            yield still(own)
    for row in made.values():
        yield still(row)


def still(row: Any) -> Row:
    """A row of what does not run."""
    kind = row.layer.lower() if row.layer in ("Parameter", "Buffer") else "layer"
    weights = None if row.weights is None else tuple(named(row.path, kind, weight) for weight in row.weights)
    return Row(row.path, kind, row.layer, row.output if kind != "layer" else None, weights, 0, 0)


def named(path: str, kind: str, weight: Weight) -> Weight:
    """A weight by its name in the state_dict."""
    return Weight(path, weight.shape, weight.dtype, weight.kind) if kind != "layer" else weight.under(path)


def ran(number: int, leaf: Leaf, weights: tuple[Weight, ...] | None) -> Row:
    kind = "function" if leaf.module is None else "extern" if isinstance(leaf.module, ExternModule) else "layer"
    text = (
        leaf.name
        if leaf.module is None or isinstance(leaf.module, Own)
        else call_text(leaf.name, leaf.module.arguments)
    )
    own = None if weights is None else tuple(weight.under(leaf.path) for weight in weights)
    flops = None if leaf.macs is None else 2 * leaf.macs + (leaf.operations or 0)
    return Row(leaf.path, kind, text, leaf.output, own, leaf.macs, flops, (), number)


# The tree


def tree(rows: Iterable[Row], blocks: Mapping[str, str], depth: int = 0) -> Iterator[Row]:
    """Rows whose paths begin alike, and which follow one another, in one."""
    together: list[Row] = []
    for row in rows:
        if together and key(row, depth) != key(together[0], depth):
            yield from joined(together, blocks, depth)
            together = []
        together.append(row)
    if together:
        yield from joined(together, blocks, depth)


def key(row: Row, depth: int) -> Any:
    """What a row shares with others of its block at this depth; itself, if it stands alone."""
    parts = row.path.split(".") if row.path else []
    inside = len(parts) if row.kind == "function" else len(parts) - 1
    return parts[depth] if depth < inside else row


def joined(rows: list[Row], blocks: Mapping[str, str], depth: int) -> Iterator[Row]:
    if not isinstance(key(rows[0], depth), str):
        yield from rows
        return
    path = ".".join(rows[0].path.split(".")[: depth + 1])
    inside = tuple(tree(rows, blocks, depth + 1))
    known = all(row.weights is not None for row in rows)
    weights = tuple(weight for row in rows for weight in row.weights or ()) if known else None
    output = next((row.output for row in reversed(rows) if row.output is not None), None)
    macs, flops = total(row.macs for row in rows), total(row.flops for row in rows)
    yield Row(path, "block", blocks.get(path, ""), output, weights, macs, flops, inside)
