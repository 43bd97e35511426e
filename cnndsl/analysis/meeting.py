"""Why tensors that meet do not fit one another, for people: the layer that makes one size of another on the way.

Asked only when they do not; decides nothing.
"""

from __future__ import annotations

from itertools import permutations

from ..graph import Apply, Call, Type, Value
from ..loops import values_in
from ..patterns import re
from ..problems import CnnError, Help, Problem, Related, advise, fail
from ..shapes import Misfit, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .axes import IN_PARTS
from .lint import JOINS
from .paddings import along, layer_of, not_keeping, padding_of, written
from .provenance import (
    Made,
    axis_of,
    is_about_shape,
    maker_of,
    origins,
    rank_of,
    size_at,
    source_of,
    traced,
)
from .sites import within
from .state import types_of
from .things import Thing

JOINING = JOINS | {"stack"}
RESIZED = re.compile(r"(interpolate\((?:\w+,[ ]*)?)(?:size[ ]*=[ ]*)?(\d+)\)")
Passed = tuple[Any, Value, Value]  # a step, what it takes, what it gives


def placed(error: Misfit, place: Span, span: Span, types: tuple[Type, ...]) -> CnnError:
    """A shape rule's refusal of these types, at the argument at fault, or at `span`, where all of it stands."""
    related = () if place is span else (Related("applied-here", span),)
    facts: dict[str, object] = {"trace": ()} if is_about_shape(error.message, types) else {}
    facts |= {"message": error.message, "free": error.free, "help": error.help, "field": error.field}
    if place is span or error.code != "bad-argument":
        return fail(error.code, place, *related, **facts)
    from .hints import with_point

    return CnnError([with_point(Problem(error.code, place, facts, related))])


def refusal(visit: Any, error: Misfit, span: Span, things: tuple[Thing, ...]) -> CnnError:
    """The refusal of what takes these things, with where their shapes come from."""
    if not (related := tuple(origins(visit.made, things, span, error.message))):
        return traced(visit.misfit(error, span, None, types_of(things)), visit, things)
    told = by_what_led_there(visit, things, error.message)
    related += (Related("made-here", module),) if isinstance(module := told.get("module"), Span) else ()
    if not told:
        from .inside import trail_of

        trail = trail_of(visit.made, (value for thing in things for value in values_in(thing)))
        told = {"help": with_tensor(error.help, things, visit.names), "trail": trail}
    facts: dict[str, object] = {"message": error.message, "free": error.free, "field": error.field, **told}
    return fail(error.code, span, *related, **facts)


def by_what_led_there(visit: Any, things: tuple[Thing, ...], message: str) -> dict[str, object]:
    """The facts that help with tensors that do not fit, of the steps that made their sizes; empty where none do."""
    made, names, body = visit.made, visit.names, visit.body
    from .set_aside import not_used, skipped

    values = [value for thing in things for value in values_in(thing)]
    axis = axis_of(message)
    from .sharing import at_the_head

    if again := at_the_head(visit, values, axis):
        return again
    if axis == 0:
        from .ways import Ways

        return joined_batches(Ways(visit).to(values), values)
    if axis is not None and (help := uneven(made, values, axis) or gone_on(made, values, axis, body)):
        return {"help": help}
    if axis is not None and 1 < axis < rank_of(values[0].type) > 3:
        from .ways import Ways

        apart = (one for one in values[1:] if size_at(one.type, axis) != size_at(values[0].type, axis))
        other = next(apart, values[0])
        ways, texts = Ways(visit).to([values[0], other]), [item for item, _ in visit.scope.items.values()]
        if hint := resized(ways, [values[0], other], axis) or on_the_way(ways, values[0], other, axis, texts):
            return hint
        if not (help := not_used(made, values, names, body) or there_and_back(ways, values[0], other, axis, texts)):
            help = skipped(made, [values[0], other], axis, names)
    else:
        from .misused import declared, of_parts, over_all

        help = over_all(made, values) or (
            declared(made, values, axis) or of_parts(made, values, axis) if axis else None
        )
        help = help or not_used(made, values, names, body)
        help = help or (narrowed(made, values, axis, message) if " combine " in message else None)
    return {"help": help} if help else {}


def narrowed(made: Made, values: list[Value], axis: int | None, message: str) -> Help | None:
    """A projection, as it makes channels or features what another tensor has, that says another number."""
    for value, other in permutations(values[:2], 2):
        ranks = (rank_of(value.type), rank_of(other.type))
        is_last = max(ranks) < 4 and (axis == ranks[0] - 1 or "at axis -1," in message)
        last = ranks[0] - 1 if is_last else None
        place = last if last is not None else 1 if axis == 1 else None
        step, _ = maker_of(made, value, place)
        if place is None or step is None or not is_narrow(step, last) or step.span is None:
            continue
        before = [source for _, source, _ in passed(made, value)]
        if last is None and other in before:
            continue  # of a shortcut, which lacks one
        opposite = rank_of(other.type) - 1 if last is not None else 1
        sizes = {"makes": str(size_at(value.type, place)), "wanted": str(size_at(other.type, opposite))}
        what = {"what": "features" if last is not None else "channels", **sizes}
        back, _ = maker_of(made, other, opposite)
        if isinstance(back, Apply) and back.span and other not in before:
            return advise("sizes-of-both", **written(step.span), **written(back.span, "back"), **what)
        return advise("size-wanted", **written(step.span), **what)
    return None


def is_narrow(step: Any, last: int | None) -> bool:
    """Whether a step is there for the channels that it makes, or the features on the last axis."""
    layer, source = layer_of(step), source_of(step)
    if layer is None or source is None:
        return False
    if last is not None:
        return layer.kind == "linear" or type(layer).__name__ == "Embedding"
    return layer.kind == "convolution" and bool(along(layer, "kernel_size", source, 2) == 1)


def joined_batches(made: Made, values: list[Value]) -> dict[str, object]:
    steps = (maker_of(made, value, 0)[0] for value in values)
    joined = next((step.span for step in steps if isinstance(step, Call) and step.function in JOINING), None)
    return {"help": advise("joins-batches", line=joined.line)} if joined else {}


def uneven(made: Made, values: list[Value], axis: int) -> Help | None:
    """`a, b, c = chunk(x, 3, 1)` of 64 channels: the pieces of one tensor, of which the last is smaller."""
    step, *others = (maker_of(made, value, axis)[0] for value in values)
    source = source_of(step)
    if not isinstance(step, Call) or step.function not in IN_PARTS or any(one is not step for one in others):
        return None
    size, pieces = size_at(source.type, axis) if source else None, sorted({str(size_at(v.type, axis)) for v in values})
    if step.span is None or size is None or len(pieces) < 2:
        return None
    return advise("uneven-pieces", step=step.span.text, line=step.span.line, size=str(size), pieces=pieces[::-1])


def gone_on(made: Made, values: list[Value], axis: int, body: Any) -> Help | None:
    """`y = A -> B`, then `x = Conv2d(c, 1, 2)`, which goes on from `y`, and `y + x`: the layer was meant for `x`."""
    inputs = [one.name.id for one in made.values() if isinstance(one, t.Input)]
    for value, other in permutations(values[:2], 2):
        step, _ = maker_of(made, value, axis)
        source, span = source_of(step), getattr(step, "span", None)
        if not isinstance(step, Apply) or source != other or span is None or other.name is None:
            continue
        name, head = named_by(span, body)
        if head is not None and name in inputs:
            what = {"step": head.told, "line": span.line, "name": other.name, "meant": f"{name} -> {head.told}"}
            return advise("goes-on-from", **what)
    return None


def named_by(place: Span, body: Any) -> tuple[str, Span | None]:
    """The name of what begins with the module at a place, and how that is written; nothing if it has none."""
    inside = (node for one in body if one.span.start <= place.start < one.span.end for node in within(one))
    for node in (node for node in inside if isinstance(node, t.Assign)):
        value = node.value
        head = value.stages[0] if isinstance(value, t.Pipeline) and not value.from_flow else value
        if head.span == place and len(node.targets) == 1 and isinstance(node.targets[0], t.Name):
            return node.targets[0].id, head.span
    return "", None


def resized(made: Made, values: list[Value], axis: int) -> dict[str, object]:
    """`Upsample(2)`, `interpolate(x, 2)`: a size where the number of times is meant."""
    for step in (step for value in values for step in keeping(made, value, axis)):
        layer = layer_of(step)
        call = RESIZED.fullmatch(step.span.text) if isinstance(step, Call) and step.span else None
        if layer is not None and layer.enlarges and getattr(layer, "size", None) is not None:
            return {"help": advise("size-for-times", layer=type(layer).__name__, size=vars(layer)["size"])}
        if call:
            what = {"call": call[0], "size": call[2], "meant": f"{call[1]}scale_factor={call[2]})"}
            return {"help": advise("size-or-times", **what)}
    return {}


def keeping(made: Made, value: Value, axis: int) -> Iterator[Any]:
    """The step that made a size, and those after it that kept it: of a map of 2, `Upsample(2)` makes one of 2."""
    for step, before, _ in passed(made, value):
        yield step
        if size_at(before.type, axis) != size_at(value.type, axis):
            return


def on_the_way(made: Made, one: Value, other: Value, axis: int, body: Any) -> dict[str, object]:
    """What each of two sizes went through alone, that a person would not have meant to change it."""
    ways = alone(made, one, other)
    steps = sorted((*ways[0], *ways[1]), key=lambda at: at[0].span.start)
    if help := next((help for at in steps if (help := not_keeping(made, at, axis, body))), None):
        return {"help": help}
    for value, to, own, way in ((one, other, *ways), (other, one, *ways[::-1])):
        if facts := made_smaller(made, value, to, (own, way), axis, body):
            return facts
    return {}


def made_smaller(
    made: Made, value: Value, other: Value, ways: tuple[list[Passed], list[Passed]], axis: int, body: Any
) -> dict[str, object]:
    """What made the one size, and why the way of the other has not; `ConvTranspose2d(c, 3, 2)` is not twice."""
    step = maker_of(made, value, axis)[0]
    layer, before = layer_of(step), source_of(step)
    if layer is None or before is None:
        return {}
    have, now = size_at(before.type, axis), size_at(value.type, axis)
    stride: Any = along(layer, "stride", before, axis)
    if have is None or now is None:  # a step that adds axes or takes them away
        return {}
    if layer.enlarges:
        if layer.kind != "convolution" or now == stride * have:
            return {}
        help = too_short(made, value, size_at(other.type, axis), axis)
        return {"help": help or advise("doubles-exactly", layer=type(layer).__name__)}
    if stride is None or have != size_at(other.type, axis):
        return {}
    what, keeping = {**written(step.span), "now": str(now), "have": str(have)}, padding_of(step, before, axis, body)
    if layer.kind == "pooling" and "padding" in layer.fields and keeping is not None:
        return {"help": advise("goes-on-by", stride=stride, padding=keeping, **what)}
    beside = next((step for step, input, _ in ways[1] if along(layer_of(step), "kernel_size", input, axis) == 1), None)
    if beside is None:
        return {}
    places = [step.span for step, _, _ in ways[0]]
    label = re.match(r"(\w+)[ \t]*:", beside.span.text)
    is_shared = label is not None and any(re.match(rf"{label[1]}\b", place.text) for place in places)
    if beside.span in places or is_shared:
        return {"help": makes_both(beside.span, () if is_shared else other.type.shape[2:])}
    return {"help": advise("needs-stride", stride=stride, **written(beside.span, "other"), **what)}


def makes_both(place: Span, sizes: tuple[Any, ...]) -> Help:
    """A line in a loop, or a layer applied twice, makes maps of several sizes: a stride would make all smaller."""
    known = sizes and all(isinstance(size, int) for size in sizes)
    meant = f"{place.told} -> interpolate([{', '.join(map(str, sizes))}])" if known else None
    return advise("makes-both", **written(place, "other"), meant=meant)


def too_short(made: Made, value: Value, wanted: Any, axis: int) -> Help | None:
    """What gives a transposed convolution the size that is wanted, where it falls short by less than its stride."""
    step = maker_of(made, value, axis)[0]
    layer, before = layer_of(step), source_of(step)
    if layer is None or before is None or wanted is None or not layer.enlarges or layer.kind != "convolution":
        return None
    stride, have = along(layer, "stride", before, axis), along(layer, "output_padding", before, axis)
    needed = wanted - size_at(value.type, axis) + have if have is not None else None
    if not isinstance(needed, int) or not 0 < needed < stride or needed == have:
        return None
    return advise("output-padding", padding=needed, size=str(wanted), **written(step.span))


def there_and_back(made: Made, one: Value, other: Value, axis: int, body: Any) -> Help | None:
    """What made a size smaller, and what makes it larger again, but not to what it was."""
    for value, way in zip((one, other), alone(made, one, other), strict=True):
        back = maker_of(made, value, axis)[0]
        smaller = source_of(back) if is_enlarged(made, value, axis) else None
        size = size_at(smaller.type, axis) if smaller else None
        down = (at for at in way if is_smaller(*at, axis) and size_at(at[2].type, axis) == size)
        if (found := next(down, None)) is None:
            continue
        step, before, given = found
        have, now, again = (size_at(at.type, axis) for at in (before, given, value))
        if have == again:
            continue
        what: dict[str, object] = {**written(step.span), **written(back.span, "back")}
        what |= {"now": str(now), "have": str(have), "again": str(again)}
        stride: Any = along(layer_of(step), "stride", before, axis)
        if stride * now != again or not have % stride:
            return advise("there-and-back", **what)
        lost = (
            help for at in reversed(passed(made, before)) if at[0].span and (help := not_keeping(made, at, axis, body))
        )
        return next(lost, advise("there-and-back", stride=stride, **what))
    return None


def is_smaller(step: Any, before: Value, given: Value, axis: int) -> bool:
    """Whether a convolution or pooling makes a number of a larger one."""
    sizes = size_at(before.type, axis), size_at(given.type, axis)
    is_known = all(isinstance(size, int) for size in sizes) and along(layer_of(step), "stride", before, axis)
    return bool(is_known and sizes[0] > sizes[1])


def alone(made: Made, one: Value, other: Value) -> tuple[list[Passed], list[Passed]]:
    """The steps that led to each of two values and not to both."""
    ways = passed(made, one), passed(made, other)
    common = {given.number for _, _, given in ways[0]} & {given.number for _, _, given in ways[1]}
    first, second = ([at for at in way if at[2].number not in common and at[0].span] for way in ways)
    return first, second


def passed(made: Made, value: Value) -> list[Passed]:
    """The steps that led to a value, the last first."""
    found: list[Passed] = []
    while (step := made.get(value.number)) is not None and (before := source_of(step)) is not None:
        found.append((step, before, value))
        value = before
    return found


def with_tensor(help: object, things: tuple[Thing, ...], names: Mapping[str, Thing]) -> object:
    """What is said of a tensor of some shape, with the name of the one that is meant."""
    if not isinstance(help, Help) or "shape" not in help.facts:
        return help
    values = [value for thing in things for value in values_in(thing) if isinstance(value.type, TensorType)]
    shapes = [f"[{', '.join(map(str, value.type.shape))}]" for value in values]
    meant = next((value for value, shape in zip(values, shapes, strict=True) if shape == help.facts["shape"]), None)
    return advise(help.code, **help.facts, tensor=name_of(meant, names)) if meant else help


def name_of(value: Value, names: Mapping[str, Thing]) -> str | None:
    return next(
        (name for name, thing in names.items() if isinstance(thing, Value) and thing.number == value.number), None
    )


def is_enlarged(made: Made, value: Value, axis: int) -> bool:
    step = maker_of(made, value, axis)[0]
    layer = layer_of(step)
    is_resize = isinstance(step, Call) and step.function == "interpolate"
    return is_resize or (layer is not None and layer.enlarges)
