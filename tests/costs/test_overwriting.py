"""Which inputs and results of every layer and every function must not be written over before the backward pass: what
the tape says (`kept`, and with it the warning `overwritten`), against torch, which is made to write over them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import partial
from itertools import islice
from random import Random
from typing import Any

import pytest
import torch
from torch import Tensor

from cnndsl.analysis.writing import is_forgetful
from cnndsl.functions import lookup
from cnndsl.functions import names as function_names
from cnndsl.functions.passes import operation, passing
from cnndsl.layers import all_layers
from cnndsl.layers.base import Layer, Sample
from cnndsl.shapes import Misfit, Need, TensorType
from cnndsl.tape import Tape, tensors

from ..conformance import oracle
from ..function_oracle import REFUSED, as_dtype, by_rule, drawn, torch_function
from ..function_oracle import real as real_arguments
from .measure import asked, flat, held
from .test_layers import OVERLOOKED, plain

Answers = tuple[list[bool], list[bool]]  # of inputs and results: whether the backward pass needs what lies there


@pytest.mark.parametrize("layer", [layer for layer in all_layers() if not layer.__name__.startswith("Transformer")])
def test_of_layers(layer: type[Layer], samples: int, seed: int) -> None:
    compared = 0
    for sample in islice(layer.samples(Random(f"over {layer.__name__} {seed}")), 4 * samples):
        try:
            built = layer.build(sample.arguments, sample.inputs, Need())
            output = built.infer(Need(), *sample.inputs, **sample.options)
        except Misfit:
            continue
        if sample.options or not plain(sample):
            continue
        found = asked_of_torch(lambda built=built: oracle.real(built).train(), sample)
        if found is not None:
            inputs, tape = held(sample.inputs, True), Tape(training=True)
            assert told(tape, inputs, built.trace(tape, inputs, output, {})) == found, (built, sample)
            compared += 1
        if compared > samples // 20:
            return
    assert compared


def test_what_is_written_over_unseen_is_kept_by_nobody(samples: int, seed: int) -> None:
    """What `cnndsl/analysis/writing.py` takes for memory that nobody needs any more."""
    looked_at = set()
    for layer in all_layers():
        for sample in islice(layer.samples(Random(f"unseen {layer.__name__} {seed}")), samples):
            try:
                built = layer.build(sample.arguments, sample.inputs, Need())
                output = built.infer(Need(), *sample.inputs)
            except (Misfit, TypeError):
                continue
            if is_forgetful(built):
                inputs, tape = held(sample.inputs, True), Tape(training=True)
                are_free(tape, inputs, built.trace(tape, inputs, output, {}))
                looked_at.add(type(built).__name__)
    assert {"Conv1d", "Conv2d", "Conv3d", "BatchNorm1d", "BatchNorm2d", "SyncBatchNorm"} <= looked_at
    for sign in "+-":
        kinds = (TensorType((4, 3)), TensorType((4, 3)))
        inputs, tape = held(kinds, True), Tape(training=True)
        are_free(tape, inputs, operation(sign, list(inputs)).trace(tape, kinds[0]))


def are_free(tape: Tape, inputs: Any, made: Any) -> None:
    storages = {one.storage for one in tensors(made)}
    assert storages.isdisjoint(one.storage for one in tensors(inputs))
    assert all(storages.isdisjoint(operator.kept) for operator in tape.operators)


# Not batch_norm: its statistics are tensors that no gradient is asked of.
@pytest.mark.parametrize("name", [name for name in function_names() if name not in {*OVERLOOKED, "batch_norm"}])
def test_of_functions(name: str, samples: int, seed: int) -> None:
    function = lookup(name)
    assert function
    if function.lower:
        return
    compared = 0
    for sample in drawn(name, 8 * samples, seed + 3):
        if by_rule(function, sample)[0] == REFUSED or not plain(sample):
            continue
        kinds = {parameter.name: parameter.annotation for parameter in function.parameters}
        options = {key: as_dtype(real_arguments(value, 0), kinds.get(key)) for key, value in sample.arguments.items()}
        names = [parameter.name for parameter in function.parameters][: len(sample.inputs)]
        if function.training and "training" not in (*names, *options):
            options["training"] = True
        call = partial(torch_function(function), **options)
        found = asked_of_torch(lambda call=call: call, sample)
        if found is not None:
            inputs, tape = held(list(sample.inputs), True), Tape(training=True)
            output = function.infer(Need(), *sample.inputs, **sample.arguments)
            given = {key: held(value, False) for key, value in sample.arguments.items()}
            assert told(tape, inputs, passing(name, inputs, given).trace(tape, output)) == found, (name, sample)
            compared += 1
        if compared > samples // 20:
            return
    assert compared


def told(tape: Tape, inputs: Any, made: Any) -> Answers:
    kept = {storage for operator in tape.operators for storage in operator.kept}
    return [one.storage in kept for one in tensors(inputs)], [one.storage in kept for one in tensors(made)]


def asked_of_torch(make: Callable[[], Callable[..., Any]], sample: Sample) -> Answers | None:
    """None if torch does not train on this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            inputs, made = forward(make, sample)
            if not any(one.requires_grad for one in made):
                return [False] * len(inputs), [False] * len(made)
            total(made).backward()
        except oracle.REFUSALS:
            return None
        return (
            [fails(make, sample, lambda given, made, at=at: given[at]) for at in range(len(inputs))],
            [fails(make, sample, lambda given, made, at=at: made[at]) for at in range(len(made))],
        )


def forward(make: Callable[[], Callable[..., Any]], sample: Sample) -> tuple[list[Tensor], list[Tensor]]:
    given = asked(real_arguments(list(sample.inputs), 0), True)
    given = moved(given)
    return list(flat(given)), list(flat(make()(*given)))


def moved(value: Any) -> Any:
    """No leaves, which nothing may write over."""
    if isinstance(value, Tensor):
        return value.clone()
    return type(value)(map(moved, value)) if isinstance(value, (tuple, list)) else value


def total(made: list[Tensor]) -> Tensor:
    return torch.stack([one.sum() for one in made if one.requires_grad]).sum()


def fails(make: Any, sample: Sample, pick: Callable[[list[Tensor], list[Tensor]], Tensor]) -> bool:
    """Whether the backward pass finds that something was written there."""
    inputs, made = forward(make, sample)
    loss, there = total(made), pick(inputs, made)
    torch._C._autograd._unsafe_set_version_counter((there,), (there._version + 1,))
    try:
        loss.backward()
    except RuntimeError as error:
        assert re.search("(modified by an|been modified) inplace", str(error))
        return True
    return False
