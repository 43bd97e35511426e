"""Legal but wrong: networks that run and are still mistakes, and layers that are most likely not what was meant where
they stand. Looks at a layer and what reaches it, and at the steps of a finished instance.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Apply, Branch, Call, Known, LayerModule, Make, Result, SequentialModule, Step, Value
from ..layers import file_of, lookup, names
from ..layers.base import Layer
from ..layers.conv import Convolution
from ..lean import Counter, cache, lru_cache
from ..loops import every
from ..patterns import re
from ..records import dataclass
from ..shapes import TensorType
from ..source import Source, Span
from ..typed import Any, Iterable, Iterator, TypeAlias
from .writing import BATCH_NORMS, may_fail

COLOURS = (1, 3, 4)
SAMPLES = 4000  # of a sound; hardly anybody has so many channels
LAID_OUT = {  # by the number of axes: what it looks like, torch's order, and the axes that come to that
    1: ("a sound", "sounds are [N, C, T]", "0, 2, 1"),
    2: ("an image", "images are [N, C, H, W]", "0, 3, 1, 2"),
    3: ("a video", "videos are [N, C, D, H, W]", "0, 4, 1, 2, 3"),
}


def suspicions(cls: type[Layer], types: tuple[Any, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    """Code and facts of each warning about a layer on inputs of these types."""
    if not issubclass(cls, Convolution) or not types or not isinstance(types[0], TensorType):
        return
    shape = types[0].shape
    if len(shape) == cls.dimensions + 1 and isinstance(shape[0], int):
        sizes = str(types[0])[1:-1]
        facts: dict[str, object] = {"name": cls.__name__, "shape": str(types[0])}
        if shape[-1] in COLOURS and is_channels_last(("N", *shape), cls.dimensions):  # `[28, 28, 1]`, as Keras has it
            *rest, colours = sizes.split(", ")
            facts["ordered"] = f"[{', '.join(['N', colours, *rest])}]"
        yield "no-batch-axis", facts | {"whole": f"[N, {sizes}]"}
    if shape and shape[-1].__class__ is not Dim and shape[-1] in COLOURS and is_channels_last(shape, cls.dimensions):
        what, order, axes = LAID_OUT[cls.dimensions]
        yield "channels-last", {"shape": str(types[0]), "what": what, "order": order, "axes": axes}


def is_channels_last(shape: tuple[Any, ...], dimensions: int) -> bool:
    """`[N, 32, 32, 3]`, `[N, H, W, 3]`: two sizes of an image, then what looks like its colours; `[N, 16000, 1]`: more
    samples than there are channels."""
    if len(shape) != dimensions + 2:
        return False
    *_, high, wide, colours = shape
    if dimensions == 1:
        return colours == 1 and isinstance(wide, int) and wide >= SAMPLES
    both_free = isinstance(high, Dim) and isinstance(wide, Dim)
    return both_free or (high == wide and isinstance(high, int) and high > max(COLOURS))


ATTENTION = "scaled_dot_product_attention"
JOINS = frozenset({"cat", "concat", "concatenate"})
SOFTMAXES = frozenset({"softmax", "logsoftmax", "softmin"})
OF_ONE = frozenset({"Softmax", "LogSoftmax", "Softmin", "LayerNorm", "LayerNorm2d", "GroupNorm"})  # perhaps
CALLED = frozenset({"softmax", "log_softmax", "softmin", "argmax", "argmin", "std", "var", "squeeze"})
ONES: tuple[Any, ...] = (1, (1,), (1, 1), (1, 1, 1), [1], [1, 1], [1, 1, 1])
AXES = frozenset({"recurrent", "attention", "interpolation"})  # kinds of layers that may take one axis for another
ACTIVATIONS = ("activation", "activation_rare", "softmax")  # files of the catalogue
Told: TypeAlias = "str | tuple[tuple[str, str], ...]"  # the fact `name`, or more of them
OPERANDS = ("inputs", "options", "arguments", "keywords", "operands", "source", "items")


@dataclass
class Node:
    """One layer or function as it is applied: what made its input, and what it gives."""

    layer: Layer | str
    span: Span
    source: Any  # the key of the value it takes
    target: Any  # the key of the value it gives
    input: Any  # the type it takes


class Collector:
    """Gathers warnings over all visits: what is right in one visit of a line is no mistake, unless training fails."""

    def __init__(self) -> None:
        self.visits: Counter[Span] = Counter()
        self.fired: Counter[tuple[str, Span, Told]] = Counter()
        self.failing: dict[tuple[str, Span, Told], None] = {}
        self.blocks: dict[int, Any] = {}  # visits that write over their inputs, by the identity of their steps

    def look(
        self, steps: tuple[Step, ...], inputs: Any, result: Result, excused: set[int], item: Any, sites: Any
    ) -> None:
        """One visit of a definition; raises CnnError for a stage that never works in place. `sites` are names of
        modules that have none, by place.
        """
        found: list[Node] = []
        done = list(every(steps))
        for step in done:
            if isinstance(step, Make):
                continue
            nodes = nodes_of(step)
            spans = [node.span for node in nodes]
            own = getattr(step, "span", None) if hasattr(step, "target") else None
            for span in spans if own is None or own in spans else [*spans, own]:
                self.visits[span] += 1
            found += nodes
        uses, makers = Counter([*used_values(done, result), *excused]), {node.target: node for node in found}
        self.fired.update(warnings(done, found, uses, makers))
        if item.kind == "model":
            self.look_at_ends(done, found, inputs, uses, [*given_last(result, uses, makers)])
        if [node for node in found if node.layer.__class__.__name__ == "Identity"]:
            from .identities import of_the_flow

            self.fired.update(of_the_flow(done, item))
        if left := [step for step in done if not is_used(step, uses)]:
            from .unread import unused

            self.fired.update(unused(left, done, uses, item, sites))
        if may_fail(done, found, uses, self.blocks):
            self.look_in_place(steps, inputs, result, item.kind == "model")

    def look_at_ends(self, done: list[Step], found: list[Node], inputs: Any, uses: Any, last: list[Node]) -> None:
        """What takes the inputs of a model, and what makes its results."""
        numbers = {value.number for value in inputs}
        if [node for node in found if node.source in numbers and node.layer.__class__.__name__ == "Linear"]:
            from .images import along_width

            self.fired.update(along_width(found, inputs, uses))
        if softmaxes := [node for node in last if activation(node.layer) in SOFTMAXES]:
            from .axes import over_batch

            self.fired.update(over_batch(softmaxes, done))

    def look_in_place(self, steps: tuple[Step, ...], inputs: Any, result: Result, is_model: bool) -> None:
        from .overwriting import Visit

        visit = Visit(steps, inputs, result, not is_model, self.blocks)
        self.failing |= dict.fromkeys(("overwritten", span, what) for span, what in visit.found)
        if not is_model:
            self.blocks[id(steps)] = visit

    def found(self) -> Iterator[tuple[str, Span, Told]]:
        """The mistakes that every visit of their line makes; each round of a loop has names of its own."""
        times, first = Counter[tuple[str, Span]](), dict[tuple[str, Span], Told]()
        for (code, span, name), fired in self.fired.items():
            times[code, span] += fired
            first.setdefault((code, span), name)
        for (code, span), name in first.items():
            if times[code, span] >= self.visits[span]:
                yield code, span, name
        yield from self.failing


def warnings(
    steps: list[Step], nodes: list[Node], uses: Counter[int], makers: dict[Any, Node]
) -> Iterator[tuple[str, Span, Told]]:
    """Code, place and the name of what is wrong, for each mistake in a definition."""
    made: Any = None
    for step in steps:
        if step.__class__ is Call and step.function in JOINS:
            yield from batches_joined(step)
        elif step.__class__ is Call and step.function == "interpolate":
            from .axes import shrunk

            yield from shrunk(step)
        elif step.__class__ is Call and step.function in CALLED:
            from .constant import of_call

            yield from of_call(step)
        several = getattr(step, "function", "") == ATTENTION or len(getattr(step, "inputs", ())) > 1
        if several or getattr(step, "options", ()):
            from .axes import makers_in, of_attention

            made = made or cache(lambda: makers_in(steps))
            yield from of_attention(step, made)
    normed: Any = None
    for node in nodes:
        before, kind = makers.get(node.source), node.layer.__class__.__name__
        yield from by_itself(node)
        is_flat = getattr(node.input, "rank", 0) == 2
        if before is not None and is_flat and (kind == "Flatten" or (kind == "str" and node.layer == "flatten")):
            from .constant import of_flatten

            yield from of_flatten(before, node, makers)
        if before is not None and (isinstance(node.source, tuple) or uses[node.source] == 1):
            for one in after_another(before, node, makers):
                if one[0] == "cancelled-bias":
                    from .normed import Normed

                    normed = normed or Normed(steps, nodes)
                if one[0] != "cancelled-bias" or normed.always(before.target):
                    yield one
            yield from on_maps(before, node, makers, uses)


def given_last(result: Result | None, uses: Counter[int], makers: dict[Any, Node]) -> Iterator[Node]:
    """What makes the results of a definition that nothing else takes."""
    for number in numbers_in([item for _, item in result.items] if result else ()):
        if uses[number] == 1 and number in makers:
            yield makers[number]


def batches_joined(step: Call) -> Iterator[tuple[str, Span, Told]]:
    """`cat([a, b])`: without an axis it is that of the batch."""
    tensors = step.arguments[0] if len(step.arguments) == 1 and not step.keywords else ()
    kinds = [getattr(tensor, "type", None) for tensor in tensors] if isinstance(tensors, (list, tuple)) else []
    shapes = [kind.shape for kind in kinds if isinstance(kind, TensorType) and kind.rank > 1]
    if step.span and len(shapes) == len(kinds) > 1 and all(isinstance(shape[0], Dim) for shape in shapes):
        yield "batches-joined", step.span, step.function


def nodes_of(step: Step) -> list[Node]:
    """A step's layers, those of a group in a chain."""
    if isinstance(step, Apply) and len(step.inputs) == 1 and isinstance(step.inputs[0], Value) and step.span:
        value = step.inputs[0]
        return list(chain(step.module, step.span, value.number, number_of(step.target), value.type))
    if isinstance(step, Call) and step.span and step.arguments and isinstance(step.arguments[0], Value):
        value = step.arguments[0]
        return [Node(step.function, step.span, value.number, number_of(step.target), value.type)]
    return []


def chain(module: Any, span: Span, source: Any, target: Any, kind: Any) -> Iterator[Node]:
    if isinstance(module, LayerModule):
        yield Node(module.layer, span, source, target, kind)
    if isinstance(module, SequentialModule):
        for place, child in enumerate(module.children):
            after = target if place == len(module.children) - 1 else (target, span.start, place)
            yield from chain(child.module, child.span or span, source, after, kind)
            source, kind = after, child.output


def number_of(target: Any) -> Any:
    return target.number if isinstance(target, Value) else id(target)


def used_values(steps: Iterable[Step], result: Result | None) -> Iterator[int]:
    """The numbers of all values that something takes. `steps` are all, those in bodies included."""
    for step in steps:
        yield from taken_by(step)
        if isinstance(step, Branch):
            yield from numbers_in([(join.then, join.otherwise) for join in step.joins])
            for inner in (step.then_result, step.otherwise_result):
                yield from numbers_in([item for _, item in inner.items] if inner else ())
    yield from numbers_in([item for _, item in result.items] if result else ())


def taken_by(step: Step) -> list[int]:
    """The numbers of the values that a step takes itself."""
    kind: Any = step.__class__
    return [number for name in operands_of(kind) for number in numbers_in(getattr(step, name))]


@cache
def operands_of(kind: Any) -> tuple[str, ...]:
    return tuple(name for name in OPERANDS if name in kind.__match_args__)


def numbers_in(thing: Any) -> list[int]:
    """The numbers of the values in an operand."""
    kind = thing.__class__
    if kind is Value:
        return [thing.number]
    if kind is Known or kind is str:
        return []
    if isinstance(thing, (list, tuple)):
        return [number for item in thing for number in numbers_in(item)]
    return numbers_in((thing.start, thing.stop, thing.step)) if hasattr(thing, "start") else []  # a slice


def by_itself(node: Node) -> Iterator[tuple[str, Span, Told]]:
    layer: Any = node.layer
    if not isinstance(layer, Layer):
        return
    name = layer.__class__.__name__
    may_idle = name in OF_ONE or (layer.kind == "dropout" and getattr(layer, "p", 0) == 1)
    if layer.kind in ("convolution", "pooling"):
        kernel, stride = getattr(layer, "kernel_size", None), getattr(layer, "stride", None)
        if kernel is not None and stride is not None and leaps(kernel, stride):
            yield "stride-over-kernel", node.span, name
        may_idle = layer.kind == "pooling" and kernel in ONES and (stride is None or stride in ONES)
    elif layer.kind in AXES:
        from .axes import alone, mixed_up

        yield from ((code, node.span, name) for code in mixed_up(layer, node.input))
        yield from alone(layer, node.input, node.span)
    if may_idle:
        from .constant import of_layer

        yield from of_layer(layer, node.input, node.span)


def leaps(kernel: Any, stride: Any) -> bool:
    """Whether a window jumps over inputs; a kernel of 1 is meant as a projection."""
    kernels = kernel if isinstance(kernel, (list, tuple)) else (kernel,)
    strides = stride if isinstance(stride, (list, tuple)) else (stride,) * len(kernels)
    kernels = kernels if len(kernels) == len(strides) else kernels * len(strides)
    return any(s > k > 1 for k, s in zip(kernels, strides, strict=False))


def after_another(before: Node, node: Node, makers: dict[Any, Node]) -> Iterator[tuple[str, Span, Told]]:
    first, second = before.layer, node.layer
    if activation(first) is not None and activation(second) is not None:
        from .in_a_row import of_activations

        yield from of_activations(before, node, makers)
    if not isinstance(first, Layer) or not isinstance(second, Layer):
        return
    if getattr(first, "bias", False) is True and type(second).__name__ in BATCH_NORMS:
        from .normed import adds_by_channel

        if adds_by_channel(first, node.input):
            yield "cancelled-bias", before.span, type(first).__name__


def on_maps(before: Node, node: Node, makers: dict[Any, Node], uses: Counter[int]) -> Iterator[tuple[str, Span, Told]]:
    """A linear layer, or a norm of one axis, that takes the maps of a convolution or pooling, with what works on each
    number in between."""
    layer: Any = node.layer
    kind = layer.__class__.__name__
    if kind not in ("Linear", "LayerNorm") or not isinstance(node.input, TensorType):
        return
    if kind == "LayerNorm" and not is_of_width(layer, node.input):
        return
    while is_between(before) and (isinstance(before.source, tuple) or uses[before.source] == 1):
        if (earlier := makers.get(before.source)) is None:
            return
        before = earlier
    if isinstance(before.layer, Layer) and before.layer.kind in ("convolution", "pooling"):
        meant = (("meant", "LayerNorm2d"),) if kind == "LayerNorm" else ()
        yield "linear-on-maps", node.span, (("name", type(before.layer).__name__), ("layer", kind), *meant)


def is_of_width(layer: Any, given: TensorType) -> bool:
    """Whether a norm is along the width of square maps alone; who works on spectra may mean one axis."""
    shape = layer.normalized_shape
    return given.rank == 4 and given.shape[2] == given.shape[3] and shape in (given.shape[3], given.shape[3:])


def is_between(node: Node) -> bool:
    """Whether maps stay maps: activations, dropout and the norms of channels."""
    layer = node.layer
    if not isinstance(layer, Layer) or layer.kind == "activation":
        return activation(layer) is not None or layer == "dropout"
    return layer.kind == "dropout" or (
        layer.kind == "normalisation" and type(layer).__name__ not in ("LayerNorm", "RMSNorm")
    )


def activation(layer: Layer | str) -> str | None:
    """One name for an activation, be it a layer or a function."""
    if isinstance(layer, str):
        return activation_called(layer)
    return type(layer).__name__.lower() if layer.kind == "activation" else None


@cache
def activation_called(function: str) -> str | None:
    plain = function.replace("_", "")
    found = layers_by_word().get(plain, "")
    return plain if file_of(found) in ACTIVATIONS and getattr(lookup(found), "kind", "") == "activation" else None


@cache
def layers_by_word() -> dict[str, str]:
    return {name.lower(): name for name in names()}


def is_used(step: Any, uses: Counter[int]) -> bool:
    """Whether something takes what a step gives, or it gives nothing that an author wrote."""
    target = getattr(step, "target", None)
    if target.__class__ is Value and uses[target.number]:
        return True
    given = isinstance(target, (Value, tuple)) and getattr(step, "span", None) is not None
    return not given or any(uses[number] for number in numbers_in(target))


def is_allowed(code: str, span: Span, definition: Span | None) -> bool:
    """Whether `# allow: code` stands on the line, or on the first line of the definition."""
    allowed = allowances(span.source)
    if not allowed and (definition is None or definition.source == span.source):
        return False
    beside = definition is not None and code in allowances(definition.source).get(definition.line, ())
    return beside or code in allowed.get(span.line, ())


@lru_cache(maxsize=8)
def allowances(source: Source) -> dict[int, frozenset[str]]:
    """The codes that `# allow: code` lets pass, line by line."""
    found: dict[int, frozenset[str]] = {}
    for match in written_allowances(source):
        found[source.position(match.start())[0]] = frozenset(re.split(r"[\s,]+", match[1]))
    return found


def written_allowances(source: Source) -> Iterator[Any]:
    if "allow:" in source.text:
        yield from re.finditer(r"#\s*allow:[ \t]*([\w, \t-]+)", source.text)
