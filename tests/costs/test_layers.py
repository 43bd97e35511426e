"""What every layer and every function keeps for the backward pass, against the storages that torch keeps of the same
call: in training, with inputs that require a gradient and with inputs that do not.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import islice, zip_longest
from random import Random
from typing import Any

import pytest
import torch

from cnndsl.functions import lookup, names
from cnndsl.functions.base import Function
from cnndsl.functions.passes import passing, writer
from cnndsl.layers import all_layers
from cnndsl.layers import names as layer_names
from cnndsl.layers.base import Layer, Sample
from cnndsl.shapes import Misfit, Need, TensorType
from cnndsl.tape import Tape

from ..conformance import oracle
from ..function_oracle import INDEXED, REFUSED, as_dtype, by_rule, drawn, torch_function
from ..function_oracle import real as real_arguments
from .measure import asked, flat, held, of_module, saved, told

OVERLOOKED = {
    # Torch keeps something and drops it before the call returns: the hooks see it, and nothing holds it.
    "argsort": "the indices of a sort whose values nobody gets",
    "isfinite": "the absolute value that is compared",
    # What no network of images meets.
    "einsum": "sums over axes before the product, and products of more than two operands",
    "gumbel_softmax": "the difference that makes a hard sample differentiable",
}


@pytest.mark.parametrize("layer", all_layers(), ids=layer_names())
def test_layers_keep_what_torch_keeps(layer: type[Layer], samples: int, seed: int) -> None:
    compared = 0
    for sample in islice(layer.samples(Random(f"kept {layer.__name__} {seed}")), 4 * samples):
        try:
            built = layer.build(sample.arguments, sample.inputs, Need())
            output = built.infer(Need(), *sample.inputs, **sample.options)
        except Misfit:
            continue
        grad = compared % 3 > 0
        theirs = torch_keeps(built, sample, grad)
        if theirs is not None:
            assert sum(layer_keeps(built, sample, output, grad)) == sum(theirs), (built, sample, grad)
            compared += 1
        if compared > samples // 3:
            return
    assert compared


def layer_keeps(built: Layer, sample: Sample, output: Any, grad: bool) -> list[int]:
    tape = Tape(training=True)
    options = {name: held(value, False) for name, value in sample.options.items()}
    built.trace(tape, held(sample.inputs, grad), output, options)
    return told(tape)


def torch_keeps(built: Layer, sample: Sample, grad: bool) -> list[int] | None:
    """None if torch does not train on this: a kernel is missing on the CPU, or one value is too few."""
    inputs = asked(tuple(map(oracle.real, sample.inputs)), grad)
    options = {name: oracle.real(value) for name, value in sample.options.items()}
    if any(
        tensor.is_floating_point() and tensor.dtype != torch.float32 for tensor in flat((*inputs, *options.values()))
    ):
        return None  # mixtures of precisions are told of as float32 is
    if any(isinstance(mask, torch.Tensor) and mask.numel() == 1 for mask in options.values()):
        return None  # torch looks whether a mask happens to be the causal one
    return attempt(lambda: of_module(oracle.real(built).train(), inputs, options))


def attempt(run: Callable[[], list[int]]) -> list[int] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run()
        except oracle.REFUSALS:
            return None


def test_every_function_has_an_entry() -> None:
    assert all(writer(name) for name in [*names(), "[]"] if name == "[]" or not getattr(lookup(name), "lower", None))


@pytest.mark.parametrize("name", [name for name in names() if name not in OVERLOOKED])
def test_functions_keep_what_torch_keeps(name: str, samples: int, seed: int) -> None:
    function = lookup(name)
    assert function
    if function.lower:
        return
    compared = 0
    for sample in drawn(name, 8 * samples, seed + 2):
        if by_rule(function, sample)[0] == REFUSED or not plain(sample):
            continue
        grad = compared % 3 > 0
        theirs = call_keeps(function, sample, grad)
        if theirs is not None:
            assert sum(function_keeps(function, sample, grad)) == sum(theirs), (name, sample, grad)
            compared += 1
        if compared > samples // 3:
            return
    assert compared


def plain(sample: Sample) -> bool:
    """No empty tensor, no tensor without axes, and float32 where it is a float."""
    tensors = [*types(sample.inputs), *types(tuple(sample.arguments.values()))]
    return all(one.rank and all(one.shape) and (not one.is_float or one.dtype == "float32") for one in tensors)


def types(value: Any) -> list[TensorType]:
    if isinstance(value, TensorType):
        return [value]
    return [one for part in value for one in types(part)] if isinstance(value, (tuple, list)) else []


def function_keeps(function: Function, sample: Sample, grad: bool) -> list[int]:
    tape = Tape(training=True)
    output = function.infer(Need(), *sample.inputs, **sample.arguments)
    options = {name: held(value, False) for name, value in sample.arguments.items()}
    passing(function.name, held(list(sample.inputs), grad), options).trace(tape, output)
    return told(tape)


def call_keeps(function: Function, sample: Sample, grad: bool) -> list[int] | None:
    fill = 0 if function.name in INDEXED else 1
    options = {name: real_arguments(value, fill) for name, value in sample.arguments.items()}
    names = [parameter.name for parameter in function.parameters][: len(sample.inputs)]
    kinds = {parameter.name: parameter.annotation for parameter in function.parameters}
    options = {name: as_dtype(value, kinds.get(name)) for name, value in options.items()}
    if function.training and "training" not in (*names, *options):
        options["training"] = True
    given = [as_dtype(value, kinds.get(name)) for name, value in zip_longest(names, sample.inputs)]
    inputs = [asked(value, grad) for value in real_arguments(given, fill)]
    return attempt(lambda: saved(lambda: torch_function(function)(*inputs, **options), [])[0])
