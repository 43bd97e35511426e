"""What went on inside of a block that gave a shape, for people: its steps, or those of the block in it that made that.

Asked only when the shape is refused behind the block; decides nothing.
"""

from __future__ import annotations

from ..graph import Apply, BlockModule, Child, Pick, SequentialModule, Type, Unpack, Value
from ..loops import every, numbered, values_in
from ..problems import CnnError, Help, advise
from ..records import replace
from ..source import Span
from ..typed import Any, Iterable
from .meeting import too_short
from .paddings import along, layer_of
from .provenance import MET, Line, Made, line_of, lines, maker_of, origin, size_at, source_of

Opened = tuple[Made, Value]  # what made the values of a body, and one of these


def with_trail(error: CnnError, trail: tuple[Line, ...]) -> CnnError:
    """The error of a shape that is not as it is wanted, with the steps inside of the block that gave it."""
    told, *others = error.problems
    if not trail or told.code not in MET or "trace" in told.facts or "trail" in told.facts:
        return error
    return CnnError([replace(told, facts={**told.facts, "trail": trail}), *others])


def with_origin(error: CnnError, made: Made, value: Value, span: Span) -> CnnError:
    """The error with the place where the shape of a tensor arose."""
    led = through_group(made, maker_of(made, value, None)[0])
    error = with_trail(error, trail_of(made, [value]) or (steps_of(*led) if led else ()))
    found = tuple(origin(made, value, span))
    return CnnError([replace(problem, related=(*problem.related, *found)) for problem in error.problems])


def trail_of(made: Made, values: Iterable[Value]) -> tuple[Line, ...]:
    """The steps inside of the block that gave the first of these values that a block gave, and what they came to."""
    for value in values:
        step, kind = maker_of(made, value, None)
        if (found := opened(made, step, kind)) and (span := applied(made, step).span):
            return (*steps_of(*found), line_of(span, kind))
    return ()


def through_group(made: Made, step: Any) -> Opened | None:
    """What a group gives, and what made that, its modules one by one."""
    source = source_of(step)
    if not isinstance(getattr(step, "module", None), SequentialModule) or source is None or step.span is None:
        return None
    from .ways import Ways

    links = [*Ways(None).parts(step.module, source, step.target, (step.span,))]
    return ({**made, **{link.target.number: link for link in links}}, step.target) if len(links) > 1 else None


def trail_behind(children: list[Child]) -> tuple[Line, ...]:
    """The same of the last children of a group, of which those that keep a shape are passed over."""
    kept = [n for n, child in enumerate(children) if child.output == children[-1].output]
    child = children[kept[0]] if kept else None
    found = inner(child.module, None) if child else None
    return (*steps_of(*found), line_of(child.span, child.output)) if child and child.span and found else ()


def steps_of(made: Made, value: Value) -> tuple[Line, ...]:
    """The steps in a body that led to a value and changed a shape, or those of the block there that gave it."""
    found = lines(made, value)
    changing = (line for n, line in enumerate(found) if not n or line[2] != found[n - 1][2])
    return trail_of(made, [value]) or tuple(changing)


def opened(made: Made, step: Any, kind: Type) -> Opened | None:
    """The body of the block that a step applies, and the value in it that this step, or what took it apart, gave."""
    place: Any = None
    if isinstance(step, (Apply, Unpack)) and isinstance(step.target, tuple):
        place = next((n for n, one in enumerate(step.target) if isinstance(one, Value) and one.type == kind), None)
    elif isinstance(step, Pick):
        place = step.name
    before = applied(made, step)
    return inner(before.module, place) if isinstance(before, Apply) else None


def applied(made: Made, step: Any) -> Any:
    """What gave several results, where a step takes these apart."""
    is_part = isinstance(step, Unpack) or (isinstance(step, Pick) and step.name is not None)
    return made.get(step.source.number) if is_part else step


def inner(module: Any, place: int | str | None) -> Opened | None:
    """The body of a block, or of the last child of a group that is one, and what it gives; of several, at a place."""
    while isinstance(module, SequentialModule) and module.children:
        last = module.children[-1].output
        module = next(child.module for child in module.children if child.output == last)
    if not isinstance(module, BlockModule):
        return None
    items = module.instance.result.items
    given = [thing for n, (name, thing) in enumerate(items) if len(items) == 1 or place in (n, name)]
    value = next(values_in(given), None)
    steps = every(module.instance.body)
    made = {number: one for step in steps for number, one in numbered(step)}
    return (made, value) if value is not None else None


def falls_short(made: Made, value: Value, wanted: Any, axis: int) -> Help | None:
    """What gives a transposed convolution on the way the size that is wanted in the end, inside of blocks, too."""
    step, kind = maker_of(made, value, axis)
    if (found := opened(made, step, kind)) is not None:
        return falls_short(*found, wanted, axis)
    if (led := through_group(made, step)) is not None:
        return falls_short(*led, wanted, axis)
    if help := too_short(made, value, wanted, axis):
        return help
    layer, before = layer_of(step), source_of(step)
    if layer is None or before is None or not layer.enlarges or layer.kind != "convolution":
        return None
    stride: Any = along(layer, "stride", before, axis)
    now, have = size_at(value.type, axis), size_at(before.type, axis)
    is_even = isinstance(wanted, int) and now == stride * have and wanted % stride == 0
    return falls_short(made, before, wanted // stride, axis) if is_even else None


def fall_short(visit: Any, value: Value, wanted: Any, axis: int) -> Help | None:
    """The same of several transposed convolutions in a row, each of which gives less than is wanted."""
    from .ways import Ways

    made, steps = Ways(visit).to([value]), list[Any]()
    while wanted != (now := size_at(value.type, axis)):
        step, _ = maker_of(made, value, axis)
        layer, before = layer_of(step), source_of(step)
        if layer is None or before is None or not layer.enlarges or layer.kind != "convolution":
            return None
        stride: Any = along(layer, "stride", before, axis)
        padding, have = along(layer, "output_padding", before, axis), size_at(before.type, axis)
        if not all(isinstance(size, int) for size in (stride, padding, have, now, wanted)) or wanted % stride:
            return None
        needed = wanted - now - stride * (wanted // stride - have) + padding
        if needed != padding:
            steps.append((step.span, needed))
        value, wanted = before, wanted // stride
        if not 0 <= needed < stride or len({padding for _, padding in steps}) > 1:
            return None
    if len(steps) < 2:
        return None
    told = [f"`{span.told}` on line {span.line}" for span, _ in steps[::-1]]
    return advise("output-paddings", steps=told, padding=steps[0][1])
