"""Where a tensor's shape comes from, for people: the steps that led to it, and the arithmetic of its sizes.

Asked only when something is wrong; decides nothing.
"""

from __future__ import annotations

from math import isqrt

from ..dims import Dim
from ..graph import Apply, Call, LayerModule, Operate, Pick, Type, Unpack, Value
from ..loops import values_in
from ..patterns import re
from ..problems import CnnError, Help, Problem, Related, advise
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .lint import ONES
from .sites import within
from .things import Thing
from .worked_out import arithmetic

Made = Mapping[int, Any]  # by the number of a value, the step that made it, or the statement of an input
Line = tuple[str, str, str]  # place, text and shape
CLEARLY = 4  # times as long as wide is a sequence
LONGEST = 200  # steps that are followed


def traced(error: CnnError, visit: Any, things: tuple[Thing, ...]) -> CnnError:
    """The error of what takes these things, with the steps that led to them put before those that it tells itself."""
    made: Made = visit.made
    values = [value for thing in things for value in values_in(thing)]
    if len(values) == 1 and isinstance(values[0].type, tuple):
        from .several import one_of_several

        error = one_of_several(error, values[0])
    if len(values) == 1 and error.problems[0].code == "size-differs":
        from .several import unequal

        error = unequal(error, made, values[0])
    if values and (made_here := made.get(values[0].number)) is not None:
        error = after_a_factory(error, visit, made_here, values[0])
    error = with_inputs(error, made, values)
    if error.problems[0].code in MET:
        from .inside import trail_of, with_trail

        error = with_trail(error, trail_of(made, values))
    if not values or not any("trace" in problem.facts for problem in error.problems):
        return error
    before = tuple(lines(made, values[0]))
    told = [with_lines(problem, before) for problem in error.problems]
    more = {
        "free-argument": with_pooling,
        "too-small": with_turning,
        "wrong-rank": with_maps,
        "bad-argument": with_flatten,
    }
    return CnnError([more[p.code](p, made, values[0]) if p.code in more else p for p in told])


def with_inputs(error: CnnError, made: Made, values: list[Value]) -> CnnError:
    """The error of what takes several tensors, of which two sizes do not go together, with where these arose."""
    told, *others = error.problems
    if told.code not in MET or told.span is None or told.related or len({value.number for value in values}) < 2:
        return error
    message = str(told.facts.get("message"))
    meant = [value for value in values if shown(value.type) in message] or values
    places = {one.span: one for value in meant for one in origin(made, value, told.span)}
    facts = {name: fact for name, fact in told.facts.items() if name != "trace"}  # of the first of them alone
    return CnnError([replace(told, facts=facts, related=tuple(places.values())), *others]) if places else error


MET = frozenset({"size-differs", "wrong-rank"})


def after_a_factory(error: CnnError, visit: Any, step: Any, value: Value) -> CnnError:
    """The error of a stage that does not take what flows, since a value named in between (`i = arange(4)`) is that; or
    since what takes indices stands behind what has made features of these.
    """
    told, first = error.problems[0], step
    while (source := source_of(first)) is not None and isinstance(first, (Call, Operate)):
        first = visit.made.get(source.number)
    is_of_none = isinstance(first, Call)
    takes_indices = told.code == "wrong-dtype" and "int64" in str(told.facts.get("message")) and not is_input(step)
    if not (is_of_none or takes_indices) or getattr(step, "span", None) is None or told.span is None:
        return error
    before = told.span.source.text[: told.span.start].rstrip()
    if told.code not in NOT_TAKEN or before.endswith("->") or ")(" in told.span.text:
        return error
    later = [name for name, one in visit.names.items() if isinstance(one, Value) and one.number > value.number]
    inputs = [one.name.id for one in visit.made.values() if isinstance(one, t.Input)]
    begin = advise("begin-with", either=tuple(f"`{name} -> ...`" for name in later or inputs or ["x"]))
    help = naming(step, visit.body) or begin
    flows = Related("flows-here", step.span, {"shape": shown(value.type)})
    return CnnError([replace(told, related=(flows, *told.related), facts={**told.facts, "help": help})])


def naming(step: Any, body: Any) -> Help | None:
    """`y == x`, a statement that only compares, where a name was to be given."""
    if not isinstance(step, Operate) or step.operator != "==":
        return None
    alone = (node.value for one in body for node in within(one) if isinstance(node, t.Do) and node.span == step.span)
    compared = next((node for node in alone if isinstance(node, t.Compare)), None)
    name = compared.first if compared else None
    return advise("equals-names", name=name.id) if isinstance(name, t.Name) else None


NOT_TAKEN = frozenset({"wrong-dtype", "wrong-rank", "free-argument"})


def is_input(step: Any) -> bool:
    return isinstance(step, t.Input)


def with_pooling(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of a size that is free, with what makes a number of it, before all axes become one."""
    if turned := turned_by_reshape(made, value):
        return replace(problem, facts={**problem.facts, "help": turned})
    step = made.get(value.number)
    source = source_of(step)
    if source and rank_of(value.type) == 1 and isinstance(step, Call) and step.span and step.function in MEANS:
        help = advise("only-batch-left", step=step.span.text, line=step.span.line, shape=shown(source.type))
        return replace(problem, facts={**problem.facts, "help": help})
    kind = value.type if source is None or rank_of(source.type) <= rank_of(value.type) else source.type
    if not isinstance(kind, TensorType):
        return problem
    sizes: Any = problem.facts.get("free") or ()
    axes = [i for i, size in enumerate(kind.shape) if isinstance(size, Dim) and size.symbols & {*sizes}]
    if kind.rank == 2 and axes:
        return replace(problem, facts={**problem.facts, "feature": axes[0]})
    over = "mean(1)" if axes == [1] else f"AdaptiveAvgPool{kind.rank - 2}d(1)"
    if kind is value.type and axes == [kind.rank - 1]:  # the last axis, of features
        if is_input(made.get(value.number)) and kind.rank == 3:
            return replace(problem, facts={**problem.facts, "feature": axes[0]})
        over = f"{over} -> Flatten"
    if 3 <= kind.rank <= 5 and axes and (axes == [1] == [kind.rank - 2] or axes[0] >= 2):
        return replace(problem, facts={**problem.facts, "pooling": over})
    return problem


def with_flatten(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of an axis that a tensor lacks, since `flatten` without an axis took the batch, too."""
    step: Any = made.get(value.number)
    source = source_of(step)
    is_flat = isinstance(step, Call) and step.function == "flatten" and rank_of(value.type) == 1
    if not is_flat or source is None or rank_of(source.type) < 3:
        return problem
    if not str(problem.facts.get("message")).startswith("axis "):
        return problem
    help = advise("batch-flattened", step=step.span.text, line=step.span.line)
    return replace(problem, facts={**problem.facts, "help": help})


def turned_by_reshape(made: Made, value: Value) -> Help | None:
    """What is said of `reshape(N, dim, T)` in front of what works on the last axis, where `[N, T, dim]` was meant."""
    step = maker_of(made, value, None)[0]
    if rank_of(value.type) != 3 or not isinstance(step, Call) or not step.span or step.function not in RESHAPES:
        return None
    _, number, free = value.type.shape
    if not isinstance(number, int) or not isinstance(free, Dim):
        return None
    return advise("last-axis", size=str(free), shape=shown(value.type), line=step.span.line, number=str(number))


MEANS = frozenset({"mean", "sum", "amax", "amin", "squeeze", "pairwise_distance", "cosine_similarity"})
RESHAPES = frozenset({"reshape", "view"})
SHAPE_GIVEN = re.compile(r"\w+\([ ]*(?:[a-z_]\w*,[ ]*)?[\[(]?[ ]*(?=\d)")
FEATURES = re.compile(r"\bLinear\([ ]*(?:out_features[ ]*=[ ]*)?(\w+(?:[ ]*\*\*?[ ]*\w+)+)[ ]*[,)]")


def with_turning(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of a kernel that is longer than an input `[N, 16000, 1]`, which has its channels last."""
    is_input = rank_of(value.type) == 3 and source_of(made.get(value.number)) is None
    if not is_input or not str(problem.facts.get("message")).startswith("kernel of"):
        return problem
    batch, length, channels = value.type.shape
    if not isinstance(length, int) or not isinstance(channels, int) or length < CLEARLY * channels:
        return problem
    help = advise("order-of-sequences", shape=f"[{batch}, {channels}, {length}]")
    return replace(problem, facts={**problem.facts, "help": help})


def with_maps(problem: Problem, made: Made, value: Value) -> Problem:
    """The problem of a vector where maps are wanted, with the step that made it one, or with what makes maps of it."""
    name = re.match(r"[A-Z]\w*2d\b", str(problem.facts.get("message")))
    if name and (help := without_batch(made.get(value.number), value)):
        return replace(problem, facts={**problem.facts, "help": help})
    if rank_of(value.type) != 2 or name is None:
        return problem
    if maps := maps_in(made, value):
        help = advise("maps-of-product", maps=maps, vectors=shown(value.type))
        return replace(problem, facts={**problem.facts, "help": help})
    if problem.facts.get("help"):
        return problem
    here: Value | None = value
    step: Any = None
    while here is not None and rank_of(here.type) == 2:
        step, here = made.get(here.number), source_of(made.get(here.number))
    if here is not None and rank_of(here.type) > 2:
        text = step.span.told
        shapes = {"made": shown(step.target.type), "of": shown(here.type)}
        help = advise("too-early", step=text, line=step.span.line, **shapes)
    else:
        batch, size = value.type.shape
        if batch == size or (str(batch), str(size)) == ("H", "W"):
            help = advise("axes-of-images", shape=f"[N, 1, {batch}, {size}]")
            return replace(problem, facts={**problem.facts, "help": help})
        side = isqrt(size) if isinstance(size, int) and size > 1 else 0
        is_image = side * side == size and not name[0].startswith("ConvTranspose")
        maps = f"1, {side}, {side}" if is_image else f"{size}, 1, 1"
        help = advise("maps-of-vectors", shape=f"[{batch}, {maps}]", maps=maps, vectors=shown(value.type))
    return replace(problem, facts={**problem.facts, "help": help})


def without_batch(step: Any, value: Value) -> Help | None:
    """What is said of `view(128, 7, 7)`, which leaves out the batch."""
    is_reshape = isinstance(step, Call) and step.function in RESHAPES and step.span
    begun = SHAPE_GIVEN.match(step.span.text) if is_reshape and rank_of(value.type) == 3 else None
    if begun is None:
        return None
    return advise("whole-shape", meant=f"{begun[0]}-1, {step.span.text[begun.end() :]}")


def maps_in(made: Made, value: Value) -> str | None:
    """The channels, height and width that `Linear(32 * 7 * 7)` says of what it makes."""
    span = getattr(maker_of(made, value, 1)[0], "span", None)
    found = FEATURES.search(span.text) if span else None
    factors = re.sub(r"(\w+)[ ]*\*\*[ ]*2\b", r"\1 * \1", found[1]).replace(" ", "").split("*") if found else []
    if len(factors) != 3:
        return None
    if factors[0] == factors[1] != factors[2]:  # `Linear(7 * 7 * 32)`
        factors = factors[::-1]
    return ", ".join(factors)


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


AXIS = re.compile(r"(?:at |^)axis (\d+)")


def named_values(made: Made) -> dict[str, Value]:
    """The values that have names of the author's, each by its last."""
    targets = (value for step in made.values() for value in values_in(getattr(step, "target", ())))
    return {value.name: value for value in targets if value.name}


def axis_of(message: str) -> int | None:
    """The axis that a message is about, where it is about one."""
    found = AXIS.search(message)
    return int(found[1]) if found else None


def origins(made: Made, things: tuple[Thing, ...], span: Span, message: str = "") -> Iterator[Related]:
    """Where each of several tensors arose, or their sizes along the one axis that a message is about."""
    values = dict.fromkeys(value for thing in things for value in values_in(thing))
    axis = axis_of(message)
    works = axis != 1 or len({maps_of(value.type) for value in values}) > 1  # that of maps says nothing of channels
    several = values if len(values) > 1 else ()
    found = [(told, value) for value in several for told in origin(made, value, span, axis, works)]
    for place in dict.fromkeys(told.span for told, _ in found):
        here = [pair for pair in found if pair[0].span == place]  # several, of the rounds of a loop
        met = {told.facts["shape"]: told for told, value in here if shown(value.type) in message}
        yield from met.values() or [here[-1][0]]


def maps_of(kind: Type) -> Any:
    return kind.shape[2:] if isinstance(kind, TensorType) else ()


def origin(made: Made, value: Value, span: Span, axis: int | None = None, works: bool = True) -> Iterator[Related]:
    """Where the shape of a tensor arose, or its size along an axis; with `works`, how it is worked out."""
    step, kind = maker_of(made, value, axis)
    place = getattr(step, "span", None)
    if place is not None and place != span:
        size = size_at(value.type, axis)
        sizes = [*value.type.shape] if isinstance(value.type, TensorType) else []
        is_both = sizes[1:2] == [size] and sizes.count(size) > 1  # of channels, and of maps
        of_one = f"the {size}{f' at axis {axis}' if is_both else ''} of {shown(value.type)}"
        shape = shown(kind) if axis == 0 or kind == value.type else of_one
        before = source_of(step)
        is_of_maps = axis != 1 or before is None or maps_of(before.type) != maps_of(kind)  # and not of channels alone
        worked_out = arithmetic(step) if works and axis != 0 and is_of_maps else ""
        yield Related("shape-here", place, {"shape": shape, "arithmetic": worked_out})


def maker_of(made: Made, value: Value, axis: int | None) -> tuple[Any, Type]:
    """The step that made a shape, or its size along an axis, and what it gives: an activation, a norm only keeps it."""
    step, kind = made.get(value.number), value.type
    step = made.get(step.source.number) if isinstance(step, Unpack) else step  # several results, of which it is one
    while (before := source_of(step)) is not None and before.number in made and is_kept(before.type, kind, axis):
        if isinstance(step, Apply) and axis is not None and axis == states(step.module, rank_of(kind)):
            break  # it states its channels, or features, though as many came in
        step, kind = made[before.number], before.type
    return step, kind


def states(module: Any, rank: int) -> int | None:
    """The axis of what a layer gives whose size its first argument is, and which it is there for."""
    layer: Any = module.layer if isinstance(module, LayerModule) else None
    if layer and layer.kind == "convolution" and rank > 2:
        return 1 if layer.kernel_size in ONES else None
    return rank - 1 if layer and layer.kind == "linear" else None


def is_kept(before: Type, after: Type, axis: int | None) -> bool:
    """Whether a step leaves a shape as it is, or its batch, or the size of its maps along an axis."""
    if axis == 0 or (axis is not None and axis > 1 and rank_of(before) == rank_of(after) > 3):
        return size_at(after, axis) is not None and bool(size_at(before, axis) == size_at(after, axis))
    return bool(before == after)


def size_at(kind: Type, axis: int | None) -> Any:
    """The size of a tensor along an axis, None where it has none."""
    return kind.shape[axis] if isinstance(kind, TensorType) and axis is not None and axis < kind.rank else None
