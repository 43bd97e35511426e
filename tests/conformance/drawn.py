"""Random good configurations of everything in the catalogues, as cases to compile. Compares nothing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from random import Random
from typing import Any

import torch

from cnndsl.dims import symbol
from cnndsl.functions import initialisers as catalogue
from cnndsl.functions import lookup, names
from cnndsl.functions.base import Function
from cnndsl.functions.indexing import index
from cnndsl.functions.rules import binary, negative
from cnndsl.functions.samples import tensor
from cnndsl.layers import all_layers
from cnndsl.layers.base import Layer, Sample
from cnndsl.shapes import Misfit, Need, TensorType

from ..test_initialisers import draw_initialiser
from ..test_operators import OPERATORS as BINARY
from ..test_operators import index_items, operands
from . import written
from .compiled import Case, writable
from .own import OwnCall, OwnLayer, OwnParameter, own_call
from .rearranged import rearranged
from .values import offsets

OPERATORS = (*BINARY, "neg")
PATIENCE = 60  # draws for each good configuration


def good(found: Iterator[Case | None], count: int) -> list[Case]:
    """The first good ones."""
    return list(islice((case for case in islice(found, count * PATIENCE) if case and writable(case)), count))


def tried(call: Callable[[], Case]) -> Case | None:
    """The case, unless the rules refuse it or no file can say it."""
    try:
        return call()
    except (Misfit, written.Unwritable, TypeError):
        return None


def endless(draw: Callable[[], Case]) -> Iterator[Case | None]:
    while True:
        yield tried(draw)


def layers(layer: type[Layer], count: int, seed: int) -> list[Case]:
    rng = Random(f"compiled {layer.__name__} {seed}")
    samples = layer.samples(rng)
    return good(endless(lambda: layer_case(layer, next(samples), rng)), count)


def freed(inputs: Any, rng: Random, rule: Callable[[Need, Any], Any]) -> dict[int, str] | None:
    """Names for some of the sizes, where the rule takes them for free ones; mostly none."""
    sizes = {size for kind in written.flat(inputs) for size in kind.shape if size > 1}
    free = {size: f"S{size}" for size in sorted(sizes) if rng.random() < 0.4}
    if rng.random() < 0.6 or not free:
        return None
    need = Need()
    try:
        rule(need, with_free(inputs, free))
    except Misfit:
        return None
    values = {name: size for size, name in free.items()}
    return free if all(condition.at(values) for condition, _ in need.conditions) else None


def with_free(value: Any, free: dict[int, str]) -> Any:
    """The types with these sizes free."""
    if isinstance(value, TensorType):
        return value.with_shape(*(symbol(free[size]) if size in free else size for size in value.shape))
    if isinstance(value, dict):
        return {name: with_free(each, free) for name, each in value.items()}
    return type(value)(with_free(each, free) for each in value) if isinstance(value, (tuple, list)) else value


def layer_case(layer: type[Layer], sample: Sample, rng: Random) -> Case:
    need = Need()
    built = layer.build(sample.arguments, sample.inputs, need)
    output = built.infer(need, *sample.inputs, **sample.options)
    case = Case(written.layer_case(layer, sample, output, rng), partial(OwnLayer, built, sample), f"{built} {sample}")

    def rule(need: Need, given: Any) -> None:
        inputs, options = given
        layer.build(sample.arguments, inputs, need).infer(need, *inputs, **options)

    case.free = freed((sample.inputs, dict(sample.options)), rng, rule)
    if layer.__name__ == "EmbeddingBag":
        case.settle = partial(offsets, closed=sample.arguments.get("include_last_offset", False))
    return case


def functions(name: str, count: int, seed: int) -> list[Case]:
    function = lookup(name)
    assert function
    rng = Random(f"compiled {name} {seed}")
    samples = function.examples(rng)
    return good(endless(lambda: function_case(function, next(samples), rng)), count)


def function_case(function: Function, sample: Sample, rng: Random) -> Case:
    output = in_both_modes(function, Need(), sample.inputs, sample.arguments)
    call = rearranged if function.name == "rearrange" else partial(own_call, function)
    case = call_case(written.function_case(function.name, sample, output, rng), output, call, sample)
    given = (sample.inputs, dict(sample.arguments))
    case.free = freed(given, rng, lambda need, given: in_both_modes(function, need, *given))
    return case


def in_both_modes(function: Function, need: Need, inputs: Any, arguments: Any) -> Any:
    """The result's type; a function that asks for the mode must take these arguments in training, too."""
    output = function.infer(need, *inputs, **arguments)
    names = [parameter.name for parameter in function.parameters]
    if function.training and "training" not in (*names[: len(inputs)], *arguments):
        function.infer(need, *inputs, **arguments, training=True)
    return output


def call_case(text: written.Written, output: Any, call: Callable[..., Any], sample: Sample) -> Case:
    """A case of a call; empty results are no case, for sizes are at least 1."""
    if any(0 in kind.shape for kind in written.flat(output)):
        raise written.Unwritable("an empty result")
    return Case(text, partial(OwnCall, call, sample), str(sample))


def initialisers(name: str, count: int, seed: int) -> list[Case]:
    function = catalogue.initialiser(name)
    assert function
    rng = Random(f"compiled {name} {seed}")
    return good(endless(lambda: initialiser_case(function, draw_initialiser(function, rng))), count)


def initialiser_case(function: Function, sample: Sample) -> Case:
    function.infer(Need(), *sample.inputs, **sample.arguments)
    if not sample.inputs[0].is_float:
        raise Misfit("parameters are floating-point numbers")
    make = partial(OwnParameter, getattr(torch.nn.init, f"{function.name}_"), sample)
    return Case(written.initialiser_case(function.name, sample), make, f"{function.name} {sample}")


def operators(op: str, count: int, seed: int) -> list[Case]:
    rng = Random(f"compiled {op} {seed}")
    return good(endless(lambda: operator_case(op, rng)), count)


def operator_case(op: str, rng: Random) -> Case:
    sides = (tensor(rng),) if op == "neg" else operands(rng, op)
    output = negative(Need(), *sides) if op == "neg" else binary(Need(), op, *sides)
    call = operator.neg if op == "neg" else BINARY[op]
    text = written.operator_case("-" if op == "neg" else op, sides, output)
    return call_case(text, output, lambda _, *values: call(*values), Sample({}, sides))


def indexing(count: int, seed: int) -> list[Case]:
    rng = Random(f"compiled index {seed}")
    return good(endless(lambda: index_case(rng)), count)


def index_case(rng: Random) -> Case:
    value = tensor(rng)
    items = index_items(rng, value)
    if not items:
        raise written.Unwritable("x[]")
    output = index(Need(), value, items)
    return call_case(
        written.index_case(value, items, output), output, lambda _, x, items: x[items], Sample({}, (value, items))
    )


# Draws of everything there is: so many good configurations, from a seed.
GROUPS: dict[str, Callable[[int, int], list[Case]]] = {
    **{f"layer {layer.__name__}": partial(layers, layer) for layer in all_layers()},
    **{f"function {name}": partial(functions, name) for name in names()},
    **{f"initialiser {name}": partial(initialisers, name) for name in catalogue.names()},
    **{f"operator {op}": partial(operators, op) for op in OPERATORS},
    "indexing": indexing,
}
