"""Where a tensor's shape comes from, for people: the steps that led to it, and the arithmetic of its sizes.

Asked only when something is wrong; decides nothing.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Apply, Call, LayerModule, Operate, Pick, Type, Value
from ..patterns import re
from ..problems import CnnError, Problem, Related
from ..records import replace
from ..shapes import Misfit, Need, TensorType
from ..source import Span
from ..typed import Any, Iterator, Mapping
from .things import Thing

Made = Mapping[int, Any]  # by the number of a value, the step that made it, or the statement of an input
Line = tuple[str, str, str]  # place, text and shape
TAKEN = ("inputs", "arguments", "operands", "source")  # what steps take
RESIZED = re.compile(r"(interpolate\((?:\w+,[ ]*)?)(?:size[ ]*=[ ]*)?(\d+)\)")
CLEARLY = 4  # times as long as wide is a sequence
LONGEST = 200  # steps that are followed


def traced(error: CnnError, made: Made, things: tuple[Thing, ...]) -> CnnError:
    """The error of what takes these things, with the steps that led to them put before those that it tells itself."""
    values = [value for thing in things for value in values_in(thing)]
    if not values or not any("trace" in problem.facts for problem in error.problems):
        return error
    before = tuple(lines(made, values[0]))
    told = [with_lines(problem, before) for problem in error.problems]
    more = {"free-argument": with_pooling, "too-small": with_turning}
    return CnnError([more[p.code](p, made, values[0]) if p.code in more else p for p in told])


def with_pooling(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of a size that is free, with what makes a number of it, before all axes become one."""
    source = source_of(made.get(value.number))
    kind = value.type if source is None or rank_of(source.type) <= rank_of(value.type) else source.type
    if not isinstance(kind, TensorType):
        return problem
    sizes: Any = problem.facts.get("free") or ()
    axes = [i for i, size in enumerate(kind.shape) if isinstance(size, Dim) and size.symbols & {*sizes}]
    over = "mean(1)" if axes == [1] else f"AdaptiveAvgPool{kind.rank - 2}d(1)"
    if 3 <= kind.rank <= 5 and axes and (axes == [1] == [kind.rank - 2] or axes[0] >= 2):
        return replace(problem, facts={**problem.facts, "pooling": over})
    return problem


def with_turning(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of a kernel that is longer than an input `[N, 16000, 1]`, which has its channels last."""
    is_input = rank_of(value.type) == 3 and source_of(made.get(value.number)) is None
    if not is_input or not str(problem.facts.get("message")).startswith("kernel of"):
        return problem
    batch, length, channels = value.type.shape
    if not isinstance(length, int) or not isinstance(channels, int) or length < CLEARLY * channels:
        return problem
    declared = f"`[{batch}, {channels}, {length}]`"
    help = f"torch's sequences are [N, channels, length]: declare {declared}, or write `-> transpose(1, 2)` before"
    return replace(problem, facts={**problem.facts, "help": help})


def rank_of(kind: Type) -> int:
    return kind.rank if isinstance(kind, TensorType) else 0


def with_lines(problem: Problem, before: tuple[Line, ...]) -> Problem:
    if "trace" not in problem.facts:
        return problem
    after: Any = problem.facts["trace"]
    known = {line[:2] for line in after}
    kept = tuple(line for line in before if line[:2] not in known)
    return replace(problem, facts={**problem.facts, "trace": kept + after})


def lines(made: Made, value: Value) -> list[Line]:
    """The steps that led to a value, first to last, each with the shape that it gives."""
    found: list[Line] = []
    here: Value | None = value
    while here is not None and len(found) < LONGEST:
        step = made.get(here.number)
        span = getattr(step, "span", None)
        if span is not None:
            found.append(line_of(span, here.type))
        here = source_of(step)
    return found[::-1]


def line_of(span: Span, kind: Type) -> Line:
    return (f"{span.source.path}:{span.line}", " ".join(span.text.split()), shown(kind))


def shown(kind: Type) -> str:
    return f"({', '.join(map(shown, kind))})" if isinstance(kind, tuple) else str(kind)


def source_of(step: Any) -> Value | None:
    """The first tensor that a step takes."""
    operands: Any = ()
    if isinstance(step, Apply):
        operands = step.inputs
    elif isinstance(step, Call):
        operands = step.arguments
    elif isinstance(step, Operate):
        operands = step.operands
    elif isinstance(step, Pick):
        operands = (step.source,)
    return next((value for operand in operands for value in values_in(operand)), None)


def operands_of(step: Any) -> Iterator[Any]:
    """All that a step takes, lists taken apart."""
    left: list[Any] = [getattr(step, name, ()) for name in ("inputs", "arguments", "keywords", "operands", "items")]
    while left:
        thing = left.pop()
        if isinstance(thing, (list, tuple)):
            left += thing
        else:
            yield thing


def values_in(thing: Any) -> Iterator[Value]:
    if isinstance(thing, Value):
        yield thing
    for part in thing if isinstance(thing, (list, tuple)) else ():
        yield from values_in(part)


def numbered(step: Any) -> Iterator[tuple[int, Any]]:
    """What a step makes, by number."""
    for value in values_in(getattr(step, "target", None)):
        yield value.number, step


def is_about_shape(message: str, kinds: tuple[Type, ...]) -> bool:
    """Whether a message speaks of a size that these tensors have (1 says nothing), or of their dimensions."""
    words = set(re.findall(r"\w+", message))
    sizes = {size for kind in kinds if isinstance(kind, TensorType) for size in kind.shape}
    free = {name for size in sizes if isinstance(size, Dim) for name in size.symbols}
    return bool(
        words
        & {
            "dimensions",
            "rank",
            "tensor",
            "fit",
            "left",
            *free,
            *(str(int(s)) for s in sizes if isinstance(s, int) and s > 1),
        }
    )


BATCH = "at axis 0,"  # in a message about the batch


def origins(made: Made, things: tuple[Thing, ...], span: Span, message: str = "") -> Iterator[Related]:
    """Where each of several tensors arose, or their batches, where a message is about these."""
    values = dict.fromkeys(value for thing in things for value in values_in(thing))
    for value in values if len(values) > 1 else ():
        yield from origin(made, value, span, BATCH in message)


def origin(made: Made, value: Value, span: Span, is_batch: bool = False) -> Iterator[Related]:
    """Where the shape of a tensor arose, or its batch."""
    step, kind = maker_of(made, value, is_batch)
    place = getattr(step, "span", None)
    if place is not None and place != span:
        yield Related("shape-here", place, {"shape": shown(kind), "arithmetic": "" if is_batch else arithmetic(step)})


def maker_of(made: Made, value: Value, is_batch: bool) -> tuple[Any, Type]:
    """The step that made a shape, or its batch, and what it gives: an activation, a norm only keeps it."""
    step, kind = made.get(value.number), value.type
    while (before := source_of(step)) is not None and before.number in made and is_kept(before.type, kind, is_batch):
        step, kind = made[before.number], before.type
    return step, kind


def is_kept(before: Type, after: Type, is_batch: bool) -> bool:
    """Whether a step leaves a shape as it is, or its batch."""
    if not is_batch or not isinstance(before, TensorType) or not isinstance(after, TensorType):
        return bool(before == after)
    return bool(before.shape[:1] == after.shape[:1] != ())


def hints(made: Made, things: tuple[Thing, ...], message: str) -> dict[str, object]:
    """What the layers that the tensors come from call for."""
    values = [value for thing in things for value in values_in(thing)]
    steps = [made.get(value.number) for value in values]
    if BATCH in message:
        places = (getattr(maker_of(made, value, True)[0], "span", None) for value in values)
        joined = next((place for place in places if place and re.match(r"(?:cat|concat\w*|stack)\b", place.text)), None)
        help = "axis 0 is the batch: line {} joins batches; `cat([a, b], 1)` joins channels"
        return {"help": help.format(joined.line)} if joined else {}
    layers = [step.module.layer for step in steps if isinstance(step, Apply) and isinstance(step.module, LayerModule)]
    for layer in layers:
        if type(layer).__name__.startswith("ConvTranspose"):
            return {"turned": type(layer).__name__}
        if getattr(layer, "size", None) is not None and type(layer).__name__.startswith("Upsampl"):
            return {"enlarger": type(layer).__name__, "size": vars(layer)["size"]}
    resized = (RESIZED.fullmatch(step.span.text) for step in steps if isinstance(step, Call) and step.span)
    if found := next(filter(None, resized), None):
        size = f"`{found[0]}` gives the size {found[2]}; for {found[2]} times the size write"
        return {"help": f"{size} `{found[1]}scale_factor={found[2]})`"}
    for kind, place in unused(made, values):
        text = " ".join(place.text.split())
        return {"help": f"`{text}` on line {place.line} gives {kind}, and that is used nowhere: name it, `x = ...`"}
    return {}


def unused(made: Made, values: list[Value]) -> Iterator[tuple[str, Span]]:
    """What modules give that is like one of these values, which another one does not fit, and is used nowhere."""
    used = {value.number for step in made.values() for value in values_in([getattr(step, at, ()) for at in TAKEN])}
    used |= {value.number for value in values}
    for number, step in made.items():
        is_like = isinstance(step, Apply) and any(value.type == getattr(step.target, "type", None) for value in values)
        if is_like and number not in used and step.span is not None:
            yield shown(step.target.type), step.span


def arithmetic(step: Any) -> str:
    """How a layer's output sizes are worked out: `height floor((32 + 2*0 - 1*(3 - 1) - 1) / 2) + 1 = 15`."""
    if not isinstance(step, Apply) or not isinstance(step.module, LayerModule):
        return ""
    need = Working()
    types = tuple(item.type if isinstance(item, Value) else item for item in step.inputs)
    try:
        step.module.layer.infer(need, *types)
    except (Misfit, TypeError):
        return ""
    return "; ".join(f"{' and '.join(axes)} = {text}" for text, axes in need.texts.items())


class Working(Need):
    """A need that lets rules show how they work out sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}

    def worked_out(self, axis: str, text: Any) -> None:
        self.texts.setdefault(text(), []).append(axis)


def called_from(error: CnnError, span: Span, name: str, types: tuple[Type, ...] = ()) -> CnnError:
    """The error with one more link of the chain of calls that led to it."""
    link = Related("instantiated-here", span, {"name": name, "on": ", ".join(map(shown, types))})
    return CnnError([replace(p, related=chained(p.related, link)) for p in error.problems])


def chained(related: tuple[Related, ...], link: Related) -> tuple[Related, ...]:
    """A long chain keeps its beginning and its end."""
    return (*related, link) if len(related) < 8 else (*related[:7], link)
