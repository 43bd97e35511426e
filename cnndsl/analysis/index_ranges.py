"""Tensors of indices of which the least and the largest are known sizes: `arange(T)`, a buffer of these, `argsort(x)`.

What looks something up by them asks that it is there, as it does for a number that is written out. A tensor is followed
through what keeps all its elements, or counts on from them; of any other one nothing is known. Of the places of what is
largest each may come, so they are those of a fixed size: of a free one, some inputs would do.
"""

from __future__ import annotations

from ..dims import Dim, Size
from ..graph import Apply, Built, Call, Cut, Known, Operate, Own, Pick, Value
from ..shapes import BadIndex, Misfit
from ..typed import Any
from .things import COUNTING, raw

KEEPING = frozenset({"unsqueeze", "squeeze", "reshape", "view", "reshape_as", "view_as", "flatten", "unflatten"})
KEEPING |= {"transpose", "swapaxes", "t", "permute", "movedim", "expand", "expand_as", "broadcast_to", "repeat", "tile"}
KEEPING |= {"repeat_interleave", "flip", "roll", "clone", "contiguous", "detach"}
ALONG = frozenset({"index_select", "gather", "scatter", "scatter_add"})  # their indices count along an axis
Range = tuple[Size, Size]  # the least and the largest


def follow(visit: Any, step: Any) -> None:
    """Notes what a step makes of such indices, and asks what it needs of them; raises CnnError."""
    known: dict[int, Range] = visit.ranges
    if isinstance(step, Call):
        given = dict(enumerate(step.arguments)) | dict(step.keywords)
        called(visit, step, given, known)
    elif isinstance(step, Operate) and isinstance(step.target, Value):
        if found := operated(step.operator, [range_of(thing, known) for thing in step.operands]):
            known[step.target.number] = found
    elif isinstance(step, Pick):
        picked(visit, step, known)
    elif isinstance(step, Own):
        if isinstance(step.value, Built) and (found := range_of(step.value.result, known)):
            known[step.target.number] = found
    elif isinstance(step, Apply) and (found := range_of(step.inputs[0], known)) and step.module is not None:
        layer = getattr(step.module, "layer", None)
        if (count := getattr(layer, "num_embeddings", None)) is not None:
            ask(visit, step, found, count, f"{type(layer).__name__} of {count} vectors", False)


def called(visit: Any, step: Call, given: dict[Any, Any], known: dict[int, Range]) -> None:
    first = given.get(0)
    if step.function == "arange":
        found = counted(given)
    elif step.function in COUNTING:
        found = placed(step.function, first, raw(given.get(1, given.get("dim"))))
    elif step.function in KEEPING:
        found = known.get(getattr(first, "number", -1))
    else:
        found = None
        looked_up(visit, step, given, known)
    if found is not None and isinstance(step.target, Value):
        known[step.target.number] = found


def counted(given: dict[Any, Any]) -> Range | None:
    """The least and the largest number of an `arange` over whole numbers."""
    ends = [raw(given.get(place, given.get(name))) for place, name in enumerate(("start", "end", "step"))]
    start, end = (0, ends[0]) if ends[1] is None else (0 if ends[0] is None else ends[0], ends[1])
    step = 1 if ends[2] is None else ends[2]
    if not is_whole(start) or not is_whole(end) or not isinstance(step, int) or step == 0:
        return None
    if step > 0:
        return start, end - 1 if step == 1 else start + (end - start - 1) // step * step
    return start - (start - end - 1) // -step * -step, start


def placed(function: str, source: Any, axis: Any) -> Range | None:
    """The places along an axis: all of them come, or each may."""
    shape: Any = getattr(getattr(source, "type", None), "shape", ())
    axis = -1 if axis is None and function == "argsort" else axis
    if not isinstance(axis, int) or isinstance(axis, bool) or not shape:
        return None
    size = shape[axis]
    return (0, size - 1) if function == "argsort" or isinstance(size, int) else None


def is_whole(number: Any) -> bool:
    return isinstance(number, (int, Dim)) and not isinstance(number, bool)


def range_of(thing: Any, known: dict[int, Range]) -> Range | None:
    """What is known of an operand; a number is both ends."""
    if isinstance(thing, Value):
        return known.get(thing.number)
    value: Any = raw(thing) if isinstance(thing, Known) else None
    return (value, value) if is_whole(value) else None


def operated(sign: str, sides: list[Range | None]) -> Range | None:
    if None in sides:
        return None
    (low, high), (other_low, other_high) = sides[0] or (0, 0), sides[-1] or (0, 0)
    if len(sides) == 1:
        return (-high, -low) if sign == "-" else None
    if sign == "+" and (low is high or other_low is other_high):  # of two tensors, the largest may never meet
        return low + other_low, high + other_high
    if sign == "-" and other_low is other_high:
        return low - other_low, high - other_high
    if sign == "*" and low is high:
        (low, high), (other_low, other_high) = (other_low, other_high), (low, high)
    if other_low is other_high and isinstance(other_low, int):
        return scaled(sign, (low, high), other_low)
    return None


def scaled(sign: str, found: Range, factor: int) -> Range | None:
    """What becomes of indices that are multiplied, or divided, by a number."""
    low, high = found
    if sign == "*":
        return (low * factor, high * factor) if factor >= 0 else (high * factor, low * factor)
    if sign == "//" and factor > 0:
        return low // factor, high // factor
    return None


def picked(visit: Any, step: Pick, known: dict[int, Range]) -> None:
    """What is looked up by an index in brackets; the same indices where all of them stay."""
    found = known.get(step.source.number)
    if found is not None and all(map(keeps_all, step.items)) and isinstance(step.target, Value):
        known[step.target.number] = found
    axis = 0
    shape: Any = getattr(step.source.type, "shape", ())
    for item in step.items:
        value = item.value if isinstance(item, Known) else item
        if value is Ellipsis:
            axis = len(shape) - sum(takes_axis(other) for other in step.items[step.items.index(item) + 1 :])
            continue
        if (found := known.get(getattr(item, "number", -1))) is not None:
            ask(visit, step, found, shape[axis], f"axis {axis} of size {shape[axis]}", True)
        axis += takes_axis(item)


def takes_axis(item: Any) -> bool:
    return not (isinstance(item, Known) and (item.value is None or item.value is Ellipsis))


def keeps_all(item: Any) -> bool:
    if isinstance(item, Cut):
        return all(isinstance(end, Known) and end.value is None for end in (item.start, item.stop, item.step))
    return not takes_axis(item)


def looked_up(visit: Any, step: Call, given: dict[Any, Any], known: dict[int, Range]) -> None:
    """Asks of functions that take indices that these are in reach."""
    first, second = given.get(0), given.get(1, given.get("weight"))
    if step.function in ALONG:
        dim, index = raw(given.get(1, given.get("dim"))), given.get(2, given.get("index"))
        if (found := known.get(getattr(index, "number", -1))) is not None and isinstance(first, Value):
            axis = dim % len(first.type.shape)
            size = first.type.shape[axis]
            ask(visit, step, found, size, f"axis {axis} of size {size}", False)
    elif step.function == "one_hot" and (found := known.get(getattr(first, "number", -1))) is not None:
        count = raw(given.get(1, given.get("num_classes")))
        ask(visit, step, found, count, f"{count} classes", False)
    elif step.function == "embedding" and (found := known.get(getattr(first, "number", -1))) is not None:
        count = second.type.shape[0]  # type: ignore[union-attr]
        ask(visit, step, found, count, f"a table of {count} vectors", False)


def ask(visit: Any, step: Any, found: Range, size: Size, what: str, from_behind: bool) -> None:
    low, high = found
    need, least = visit.session.need, -size if from_behind else 0
    try:
        need.at_least(size, high + 1, lambda: f"index {high} is out of range for {what}", refusal=BadIndex)
        need.at_least(low - least, 0, lambda: f"index {low} is out of range for {what}", refusal=BadIndex)
    except Misfit as error:
        raise visit.misfit(error, step.span) from None
    visit.session.mark(step.span)
    visit.shape(*(Known(int(n), getattr(n, "spellings", ())) for n in (size, low, high) if isinstance(n, int)))
