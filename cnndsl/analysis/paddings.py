"""Which padding keeps a size, and where it is to be written: in a layer, or in the call of the block that asks for it.

Asked only where tensors do not fit; decides nothing.
"""

from __future__ import annotations

from ..graph import Apply, LayerModule, Value
from ..lean import suppress
from ..problems import Help, advise
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .provenance import Made, rank_of, size_at
from .sites import within

Passed = tuple[Any, Value, Value]  # a step, what it takes, what it gives


def not_keeping(made: Made, at: Passed, axis: int, body: Any) -> Help | None:
    """What is said of a convolution or a pooling that goes on by 1 and still gives another size."""
    step, before, given = at
    layer, have, now = layer_of(step), size_at(before.type, axis), size_at(given.type, axis)
    if layer is None or layer.enlarges or have is None or have == now:
        return None
    if along(layer, "stride", before, axis) != 1 or "(" not in step.span.text:
        return None
    if turned := changed_places(step, body):
        return turned
    keeping = padding_of(step, before, axis, body)
    if keeping is None and layer.kind == "pooling":
        return None
    odd: Any = max(along(layer, "kernel_size", before, axis) - 1, 3)
    *told, (place, name) = where_written(step, "padding", getattr(made, "calls", {}).get(given.number, ()), body)
    what = {**written(told[-1][0] if len(told) > 1 else place), "now": str(now), "have": str(have), "name": name}
    if len(told) > 1:
        what["given"] = place.line
    return advise("not-kept", padding=keeping, kernel=odd, half=odd // 2, **what)


def changed_places(step: Any, body: Any) -> Help | None:
    """`Conv2d(out, 3, 1, stride)`: a name that is that of another argument, which stands further in front or behind."""
    call, order = next(calls_at(step.span, body), None), type(layer_of(step)).authored_fields()
    if call is None:
        return None
    given = [one for one in call.arguments if not isinstance(one, t.Keyword)]
    texts = [one.span.text for one in given]
    for place, text in enumerate(texts[: len(order)]):
        other = order.index(text) if text in order else place
        if other != place and other < len(texts) and texts[other] != text:
            texts[place], texts[other] = texts[other], text
            kept = [one.span.text for one in call.arguments if isinstance(one, t.Keyword)]
            meant = f"{call.function.span.text}({', '.join((*texts, *kept))})"
            return advise("changed-places", name=text, place=order[place], meant=meant)
    return None


def where_written(step: Any, name: str, calls: tuple[Span, ...], body: Any) -> list[tuple[Span, str]]:
    """Where an argument of a layer is written, and under which name: where blocks hand it on, their calls, too."""
    found = [(step.span, name)]
    asked = argument(step, name, body)
    for call in calls:
        definition = around(found[-1][0], body)
        order = [one.name.id for one in definition.parameters] if definition else []
        if asked not in order:
            break
        found.append((call, str(asked)))
        asked = given_in(call, order, body).get(str(asked))
    return found


def around(place: Span, body: Any) -> t.Definition | t.Alias | None:
    """The definition in which something stands."""
    return next((one for one in body if isinstance(one, (t.Definition, t.Alias)) and place.is_within(one.span)), None)


def padding_of(step: Any, input: Value, axis: int, body: Any) -> str | None:
    """The padding with which a layer that goes on by 1 keeps a size, as it is to be written; None where none does."""
    layer = layer_of(step)
    kernel: Any = along(layer, "kernel_size", input, axis)
    spread: Any = along(layer, "dilation", input, axis) or 1
    if (half := half_of(layer, input, axis)) is None:
        return None
    if each := along_all(layer, input, axis):
        return each
    width, rate, given = (argument(step, name, body) for name in ("kernel_size", "dilation", "padding"))
    if (given or "").isidentifier() or (width is None and rate is None):
        return str(half)
    by = f"{bracketed(width)} // 2" if width else str(kernel // 2)
    rate = rate or str(spread)
    if "1" in (by, rate):
        return by if rate == "1" else rate
    return f"{bracketed(rate)} * ({by})" if width else f"{by} * {bracketed(rate)}"


def half_of(layer: Any, input: Value, axis: int) -> int | None:
    """The padding that keeps the size along one axis, if one does."""
    kernel: Any = along(layer, "kernel_size", input, axis)
    reach: int = (along(layer, "dilation", input, axis) or 1) * (kernel - 1)
    return None if reach % 2 or (layer.kind == "pooling" and reach > kernel) else reach // 2


def along_all(layer: Any, input: Value, axis: int) -> str | None:
    """The padding as a pair, where it differs by axis: an axis along which another one is no mistake keeps it."""
    found: list[Any] = []
    for at in range(2, rank_of(input.type)):
        half = half_of(layer, input, at)
        is_free = half is None or along(layer, "stride", input, at) != along(layer, "stride", input, axis)
        found.append(along(layer, "padding", input, at) if is_free and at != axis else half)
    is_plain = all(isinstance(one, int) for one in found) and len(set(found)) > 1
    return f"({', '.join(map(str, found))})" if is_plain else None


def layer_of(step: Any) -> Any:
    return step.module.layer if isinstance(step, Apply) and isinstance(step.module, LayerModule) else None


def along(layer: Any, field: str, input: Value, axis: int) -> Any:
    """An argument of a convolution or pooling for one axis of its input; None where it has none."""
    value = getattr(layer, field, None)
    if value is None and field == "stride":
        value = getattr(layer, "kernel_size", None)
    if isinstance(value, (list, tuple)):
        with suppress(IndexError):
            return value[axis - rank_of(input.type)]
        return None
    return value


def bracketed(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def argument(step: Any, name: str, body: Any) -> str | None:
    """What is written for an argument of a layer, where names are in it: it may be another number next time."""
    cls, place = type(layer_of(step)), step.span
    call = next(calls_at(place, body), None)
    order = cls.authored_fields() if getattr(getattr(call, "function", None), "id", "") == cls.__name__ else ()
    given = by_name(call, order)
    if name not in given or not any(isinstance(node, t.Name) for node in within(given[name])):
        return None
    return str(given[name].span.text)


def given_in(place: Span, order: Any, body: Any) -> dict[str, str]:
    """What a call of a block says for its parameters, as it is written."""
    given = by_name(next(calls_at(place, body), None), order)
    return {name: str(value.span.text) for name, value in given.items()}


def calls_at(place: Span, body: Any) -> Iterator[Any]:
    """The calls at a place, without what stands before them there, a label say."""
    calls = (node for statement in body for node in within(statement) if isinstance(node, t.Call))
    ends = place.source, place.end
    return (one for one in calls if (one.span.source, one.span.end) == ends and one.span.start >= place.start)


def by_name(call: Any, order: Any) -> dict[str, Any]:
    """The arguments of a call by their names."""
    if call is None:
        return {}
    plain = [one for one in call.arguments if not isinstance(one, t.Keyword)]
    given: dict[str, Any] = dict(zip(order, plain, strict=False))
    return given | {one.name: one.value for one in call.arguments if isinstance(one, t.Keyword)}


def written(place: Span, name: str = "step") -> dict[str, object]:
    """The facts of what is written at a place, under a name."""
    return {name: place.told, f"{name}_line": place.line}
