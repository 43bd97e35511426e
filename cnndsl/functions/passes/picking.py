"""Indexing, and functions that pick elements by their place or their rank."""

from __future__ import annotations

from ...shapes import Size, TensorType
from ...tape import Held, Tape
from ...typed import Any
from .base import Given, is_held, writes


@writes("[]")
def index(tape: Tape, output: Any, given: Given) -> Held:
    """Numbers, slices, None and `...` give views; lists and tensors a copy, which keeps the indices."""
    one, items = given["input"], spread(given["input"].type.rank, given["items"])
    picked = [item for item in items if isinstance(item, list) or is_held(item)]
    if picked:
        kept = [item if is_held(item) else TensorType((len(item),), "int64") for item in picked]
        return tape.run(output, [one, *filter(is_held, picked)], kept)
    return tape.view(one, output, tuple(strides(one, items)))


def spread(rank: int, items: list[Any]) -> list[Any]:
    """The items with `...`, and the axes that none speaks of, written out as full slices."""
    used = sum(item is not None and item is not Ellipsis for item in items)
    full = [slice(None)] * (rank - used)
    place = next((place for place, item in enumerate(items) if item is Ellipsis), len(items))
    return [*items[:place], *full, *items[place + 1 :]]


def strides(one: Held, items: list[Any]) -> list[Size]:
    found: list[Size] = []
    axes = iter(one.strides)
    for item in items:
        if item is None:
            found.append(0)
        elif isinstance(item, slice):
            found.append(next(axes) * (item.step or 1))
        else:
            next(axes)
    return found


@writes("index_select")
def select(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"], given["index"]], [given["index"]])


@writes("gather")
def gather(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"], given["index"]], [given["input"], given["index"]])


@writes("scatter scatter_add")
def scatter(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"], given["index"], given["src"]], [given["index"]])


@writes("embedding")
def embedding(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["weight"], given["input"]], [given["input"]])


@writes("topk sort mode")
def ranked(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    """Values and indices; the indices are kept."""
    return tape.several(output, [given["input"]], outputs_kept=(1,))


@writes("cummax cummin")
def running(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    return tape.several(output, [given["input"]], [given["input"]], outputs_kept=(1,))


@writes("median")
def median(tape: Tape, output: Any, given: Given) -> Any:
    one = given["input"]
    if isinstance(output, tuple):
        return tape.several(output, [one], outputs_kept=(1,))
    return tape.run(output, [one], [one], output_kept=True)


@writes("argsort argmax argmin count_nonzero all any")
def places(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"]])
