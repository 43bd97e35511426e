"""Legal but wrong: networks that run and are still mistakes. Looks at the steps of one definition's instance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from ..graph import Apply, Branch, Call, Choice, LayerModule, Make, Result, SequentialModule, Step, Value, walk
from ..layers import file_of, lookup, names
from ..layers.base import Layer
from ..records import dataclass
from ..shapes import TensorType
from ..source import Source, Span
from ..typed import Any

BATCH_NORMS = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"})
ACTIVATIONS = ("activation", "softmax")  # files of the catalogue
RESULT = "the result of "  # where the module itself is used
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
    """Gathers warnings over all visits: what is right in one visit of a line is no mistake."""

    def __init__(self) -> None:
        self.visits: Counter[Span] = Counter()
        self.fired: Counter[tuple[str, Span, str]] = Counter()

    def look(self, steps: tuple[Step, ...], result: Result, excused: set[int]) -> None:
        """One visit of a definition."""
        found: list[Node] = []
        every = list(walk(steps))
        for step in every:
            if isinstance(step, Make):
                continue
            nodes = list(nodes_of(step))
            spans = [node.span for node in nodes]
            own = getattr(step, "span", None) if hasattr(step, "target") else None
            for span in spans if own is None or own in spans else [*spans, own]:
                self.visits[span] += 1
            found += nodes
        self.fired.update(warnings(every, found, result, excused))

    def found(self) -> Iterator[tuple[str, Span, str]]:
        """The mistakes that every visit of their line makes."""
        for (code, span, name), times in self.fired.items():
            if times >= self.visits[span]:
                yield code, span, name


def warnings(
    steps: list[Step], nodes: list[Node], result: Result, excused: set[int]
) -> Iterator[tuple[str, Span, str]]:
    """Code, place and the name of what is wrong, for each mistake in a definition."""
    uses = Counter([*used_values(steps, result), *excused])
    makers = {node.target: node for node in nodes}
    for node in nodes:
        before = makers.get(node.source)
        yield from by_itself(node)
        if before is not None and (isinstance(node.source, tuple) or uses[node.source] == 1):
            yield from after_another(before, node)
            yield from on_maps(before, node, makers, uses)
    yield from unused(steps, uses)


def nodes_of(step: Step) -> Iterator[Node]:
    """A step's layers, those of a group in a chain."""
    if isinstance(step, Call) and step.span and step.arguments and isinstance(step.arguments[0], Value):
        value = step.arguments[0]
        yield Node(step.function, step.span, value.number, number_of(step.target), value.type)
    if isinstance(step, Apply) and len(step.inputs) == 1 and isinstance(step.inputs[0], Value) and step.span:
        value = step.inputs[0]
        yield from chain(step.module, step.span, value.number, number_of(step.target), value.type)


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


def taken_by(step: Step) -> Iterator[int]:
    """The numbers of the values that a step takes itself."""
    kind: Any = step.__class__
    for name in operands_of(kind):
        yield from numbers_in(getattr(step, name))


@cache
def operands_of(kind: Any) -> tuple[str, ...]:
    return tuple(name for name in OPERANDS if name in kind.__match_args__)


def numbers_in(thing: Any) -> list[int]:
    """The numbers of the values in an operand."""
    if isinstance(thing, Value):
        return [thing.number]
    if isinstance(thing, (list, tuple)):
        return [number for item in thing for number in numbers_in(item)]
    return numbers_in((thing.start, thing.stop, thing.step)) if hasattr(thing, "start") else []  # a slice


def names_in(target: Any) -> Iterator[str | None]:
    """The names of a target's values, nested as they may be."""
    if isinstance(target, Value):
        yield target.name
    for part in target if isinstance(target, tuple) else ():
        yield from names_in(part)


def by_itself(node: Node) -> Iterator[tuple[str, Span, str]]:
    layer = node.layer
    if isinstance(layer, Layer) and layer.kind in ("convolution", "pooling"):
        kernel, stride = getattr(layer, "kernel_size", None), getattr(layer, "stride", None)
        if kernel is not None and stride is not None and leaps(kernel, stride):
            yield "stride-over-kernel", node.span, type(layer).__name__


def leaps(kernel: Any, stride: Any) -> bool:
    """Whether a window jumps over inputs; a kernel of 1 is meant as a projection."""
    kernels = kernel if isinstance(kernel, (list, tuple)) else (kernel,)
    strides = stride if isinstance(stride, (list, tuple)) else (stride,) * len(kernels)
    kernels = kernels if len(kernels) == len(strides) else kernels * len(strides)
    return any(s > k > 1 for k, s in zip(kernels, strides, strict=False))


def after_another(before: Node, node: Node) -> Iterator[tuple[str, Span, str]]:
    first, second = before.layer, node.layer
    if (name := activation(first)) is not None and name == activation(second):
        yield "activation-twice", node.span, second if isinstance(second, str) else type(second).__name__
    if not isinstance(first, Layer) or not isinstance(second, Layer):
        return
    name = type(second).__name__
    if getattr(first, "bias", False) is True and name in BATCH_NORMS:
        yield "cancelled-bias", before.span, type(first).__name__


def on_maps(before: Node, node: Node, makers: dict[Any, Node], uses: Counter[int]) -> Iterator[tuple[str, Span, str]]:
    """A linear layer that takes the maps of a convolution or pooling, with what works on each number in between."""
    if (
        not isinstance(node.layer, Layer)
        or type(node.layer).__name__ != "Linear"
        or not isinstance(node.input, TensorType)
    ):
        return
    while is_between(before) and (isinstance(before.source, tuple) or uses[before.source] == 1):
        if (earlier := makers.get(before.source)) is None:
            return
        before = earlier
    if isinstance(before.layer, Layer) and before.layer.kind in ("convolution", "pooling"):
        yield "linear-on-maps", node.span, type(before.layer).__name__


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
        plain = layer.replace("_", "")
        found = layers_by_word().get(plain, "")
        return plain if file_of(found) in ACTIVATIONS and getattr(lookup(found), "kind", "") == "activation" else None
    return type(layer).__name__.lower() if layer.kind == "activation" else None


@cache
def layers_by_word() -> dict[str, str]:
    return {name.lower(): name for name in names()}


def unused(steps: list[Step], uses: Counter[int]) -> Iterator[tuple[str, Span, str]]:
    """Values that nothing takes; where a condition may bind their name anew, they are defaults."""
    rebound = {
        value.name
        for choice in steps
        if isinstance(choice, Choice)
        for step in choice.body
        if isinstance(value := getattr(step, "target", None), Value)
    }
    shared = Counter(step.path for step in steps if isinstance(step, Apply))
    for step in steps:
        target = getattr(step, "target", None)
        span = getattr(step, "span", None)
        if span is None or not isinstance(target, (Value, tuple)) or any(uses[n] for n in numbers_in(target)):
            continue
        names = list(names_in(target))
        if names and names != ["_"] and not (names[0] and names[0] in rebound):
            path = getattr(step, "path", "")
            name = names[0] or path
            found = f"`{name}`" if name else "this value"
            yield "unused", span, f"{RESULT}{found}" if path and shared[path] > 1 else found


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
    for match in re.finditer(r"#\s*allow:[ \t]*([\w, \t-]+)", source.text) if "allow:" in source.text else ():
        found[source.position(match.start())[0]] = frozenset(re.split(r"[\s,]+", match[1]))
    return found
