"""Functions that see the elements of a tensor otherwise, or move or join them: views where torch makes views."""

from __future__ import annotations

from ...shapes import Size
from ...tape import Held, Tape, tensors
from ...typed import Any
from .base import Given, enter, writes
from .pointwise import first, keeping_nothing


@writes("flatten reshape view reshape_as view_as")
def reshape(tape: Tape, output: Any, given: Given) -> Held:
    return tape.reshape(first(given), output.shape)


@writes("unflatten")
def unflatten(tape: Tape, output: Any, given: Given) -> Held:
    """Always a view: one axis seen as several."""
    one = first(given)
    axis = given["dim"] % one.type.rank
    count = output.rank - one.type.rank + 1
    step, inner = one.strides[axis], list[Size]()
    for size in reversed(output.shape[axis : axis + count]):
        inner.append(step)
        step = step * size
    return tape.view(one, output, (*one.strides[:axis], *reversed(inner), *one.strides[axis + 1 :]))


def order_of(rank: int, given: Given) -> list[int]:
    """The axes in their new order."""
    if "dims" in given:
        return [axis % rank for axis in given["dims"]]
    axes = list(range(rank))
    if "source" in given:
        source, destination = (listed(given[name], rank) for name in ("source", "destination"))
        axes = [axis for axis in axes if axis not in source]
        for target, axis in sorted(zip(destination, source, strict=True)):
            axes.insert(target, axis)
        return axes
    pair = [given[name] % rank for name in ("dim0", "dim1", "axis0", "axis1") if name in given] or [0, 1]
    if rank > 1:
        axes[pair[0]], axes[pair[1]] = axes[pair[1]], axes[pair[0]]
    return axes


def listed(value: Any, rank: int) -> list[int]:
    return [axis % rank for axis in (value if isinstance(value, (list, tuple)) else [value])]


@writes("permute transpose swapaxes t movedim")
def permute(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    return tape.permute(one, order_of(one.type.rank, given)) if one.type.rank else one


@writes("squeeze")
def squeeze(tape: Tape, output: Any, given: Given) -> Held:
    one, dims = first(given), given.get("dim")
    rank = one.type.rank
    asked = range(rank) if dims is None else listed(dims, rank) if rank else []
    kept = [axis for axis in range(rank) if axis not in asked or one.type.shape[axis] != 1]
    return tape.view(one, output, tuple(one.strides[axis] for axis in kept))


@writes("unsqueeze")
def unsqueeze(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    axis = given["dim"] % output.rank
    step = one.strides[axis] * one.type.shape[axis] if axis < one.type.rank else 1
    return tape.view(one, output, (*one.strides[:axis], step, *one.strides[axis:]))


@writes("expand broadcast_to expand_as")
def expand(tape: Tape, output: Any, given: Given) -> Held:
    return tape.expand(first(given), output.shape)


@writes("narrow")
def narrow(tape: Tape, output: Any, given: Given) -> Held:
    return tape.view(first(given), output, first(given).strides)


@writes("select")
def select(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    axis = given["dim"] % one.type.rank
    return tape.view(one, output, one.strides[:axis] + one.strides[axis + 1 :])


@writes("diagonal")
def diagonal(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    pair = [given[name] % one.type.rank for name in ("dim1", "dim2")]
    kept = [stride for axis, stride in enumerate(one.strides) if axis not in pair]
    return tape.view(one, output, (*kept, one.strides[pair[0]] + one.strides[pair[1]]))


def pieces(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    one = first(given)
    return tuple(tape.view(one, kind, one.strides) for kind in output)


enter("chunk split tensor_split", pieces)


@writes("unbind")
def unbind(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    one = first(given)
    axis = given["dim"] % one.type.rank
    strides = one.strides[:axis] + one.strides[axis + 1 :]
    return tuple(tape.view(one, kind, strides) for kind in output)


@writes("meshgrid")
def meshgrid(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    found = []
    turned = given.get("indexing") == "xy"
    for place, (one, kind) in enumerate(zip(given["tensors"], output, strict=True)):
        axis = 1 - place if turned and place < 2 and len(output) > 1 else place
        found.append(tape.view(one, kind, tuple(1 if at == axis else 0 for at in range(kind.rank))))
    return tuple(found)


enter("tile repeat roll flip pixel_shuffle pixel_unshuffle channel_shuffle", keeping_nothing)
enter("zeros ones zeros_like ones_like rand randn rand_like randn_like full full_like", keeping_nothing)
enter("arange linspace eye tril triu one_hot diff unfold fold affine_grid", keeping_nothing)
enter("repeat_interleave", keeping_nothing)


@writes("cat concat stack")
def cat(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, tuple(tensors(given["tensors"])))
