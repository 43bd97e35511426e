"""The initialisers of torch.nn.init against torch: signature, and what is accepted."""

from __future__ import annotations

import inspect
from random import Random
from typing import Any

import pytest

from cnndsl.functions import initialisers
from cnndsl.functions.base import Function
from cnndsl.functions.samples import dtype as random_dtype
from cnndsl.layers.base import Sample
from cnndsl.shapes import TensorType

from .function_oracle import LEFT_OUT, REFUSED, by_rule, by_torch, show, torch


def draw_initialiser(function: Function, rng: Random) -> Sample:
    tensor_type = TensorType(
        tuple(rng.choice((1, 2, 3, 4, 6)) for _ in range(rng.choice((0, 1, 2, 2, 2, 3, 4, 5, 6)))),
        "float32" if rng.random() < 0.9 else random_dtype(rng),
    )
    choices: dict[str, tuple[Any, ...]] = {
        "mode": ("fan_in", "fan_out", "fan"),
        "nonlinearity": ("relu", "leaky_relu", "tanh", "conv2d", "selu", "gelu"),
        "groups": (1, 2, 3, 0),
        "std": (1.0, 0.02, 0, -1),
        "sparsity": (0.1, 0.5, 1, 0),
        "val": (1, 0.5, -2),
    }
    given = {
        parameter.name: rng.choice(choices.get(parameter.name, (0.5, 1, 2.0, -1.0)))
        for parameter in function.parameters[1:]
        if parameter.is_required or rng.random() < 0.5
    }
    return Sample(given, (tensor_type,))


# What is refused although torch takes it, and why, as in `function_oracle.DIFFERENCES`.
INITIALISER_DIFFERENCES = {
    "trunc_normal": (("standard deviation", "torch takes a negative one, which is none"),),
}


@pytest.mark.parametrize("name", initialisers.names())
def test_initialiser_conforms(name: str, samples: int, seed: int) -> None:
    function, rng = initialisers.initialiser(name), Random(f"{name} {seed}")
    assert function
    theirs = inspect.signature(getattr(torch.nn.init, f"{name}_")).parameters
    assert [parameter.name for parameter in function.parameters] == [each for each in theirs if each not in LEFT_OUT]
    for parameter in function.parameters[1:]:
        default = theirs[parameter.name].default
        assert parameter.is_required if default is inspect.Parameter.empty else parameter.default == default
    outcomes = set()
    for _ in range(samples):
        sample = draw_initialiser(function, rng)
        ours, why = by_rule(function, sample)
        expected, reason = by_torch(function, sample)
        outcomes.add(ours == REFUSED)
        if expected != REFUSED and any(text in why for text, _ in INITIALISER_DIFFERENCES.get(name, ())):
            continue
        assert ours == expected, f"{name} {show(sample)} {why} / {reason}"
    assert outcomes == {True, False} or name in ("zeros", "ones", "constant")


def test_every_initialiser_of_torch_is_here() -> None:
    theirs = {name[:-1] for name in dir(torch.nn.init) if name.endswith("_") and not name.startswith("_")}
    assert theirs == set(initialisers.names())
