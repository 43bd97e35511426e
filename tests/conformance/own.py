"""torch's own modules and calls as modules that take tensors alone, one after another. Knows no `.cnn` text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cnndsl.functions.base import Function
from cnndsl.layers.base import Layer, Sample
from cnndsl.shapes import TensorType

from ..function_oracle import as_dtype, torch_function
from .oracle import real


class OwnLayer(nn.Module):
    """A module of torch's, made by hand, that gets its inputs and options from a flat list of tensors."""

    def __init__(self, layer: Layer, sample: Sample) -> None:
        super().__init__()
        self.m = real(layer)
        self.sample = sample

    def forward(self, *tensors: Tensor) -> Any:
        left = iter(tensors)
        inputs, options = put(self.sample.inputs, left), put(self.sample.options, left)
        return self.m(*inputs, **options)


class OwnCall(nn.Module):
    """A call of torch's; `call` gets the arguments, and the mode."""

    def __init__(self, call: Callable[..., Any], sample: Sample) -> None:
        super().__init__()
        self.call, self.sample = call, sample

    def forward(self, *tensors: Tensor) -> Any:
        left = iter(tensors)
        inputs, options = put(self.sample.inputs, left), put(self.sample.arguments, left)
        return self.call(self.training, *inputs, **options)


def put(value: Any, left: Iterator[Tensor]) -> Any:
    """The value with its types replaced by tensors, one after another."""
    if isinstance(value, TensorType):
        return next(left)
    if isinstance(value, Mapping):
        return {name: put(each, left) for name, each in value.items()}
    return type(value)(put(each, left) for each in value) if isinstance(value, (tuple, list)) else value


class OwnParameter(nn.Module):
    """A parameter that one of torch's initialisers has filled."""

    def __init__(self, fill: Callable[..., Any], sample: Sample) -> None:
        super().__init__()
        kind = sample.inputs[0]
        self.p = nn.Parameter(torch.empty(kind.shape, dtype=getattr(torch, kind.dtype)))
        fill(self.p, **sample.arguments)

    def forward(self, _: Tensor) -> Tensor:
        return self.p


def own_call(function: Function, training: bool, /, *inputs: Any, **options: Any) -> Any:
    """torch's own function; the names of dtypes are dtypes, and the mode is told to those that ask for it."""
    kinds = {parameter.name: parameter.annotation for parameter in function.parameters}
    by_place = [parameter.name for parameter in function.parameters if not parameter.keyword_only][: len(inputs)]
    placed = [as_dtype(value, kinds[name]) for name, value in zip(by_place, inputs, strict=False)]
    named = {name: as_dtype(value, kinds.get(name)) for name, value in options.items()}
    if function.training and "training" not in (*by_place, *named):
        named["training"] = training
    return torch_function(function)(*placed, *inputs[len(placed) :], **named)
