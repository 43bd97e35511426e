"""Torch as the judge of one configuration: is it accepted, and what comes out. Knows nothing of how layers infer."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cnndsl.layers.base import Layer, Sample, Template
from cnndsl.shapes import TensorType

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, NotImplementedError, ZeroDivisionError)
REFUSALS = (*REFUSALS, KeyError, OverflowError, AttributeError)
NO_DEFAULTS = ("device", "dtype")

# The fast path of evaluation skips checks that training makes.
torch.backends.mha.set_fastpath_enabled(False)


@dataclass(frozen=True)
class Verdict:
    """What torch made of a configuration: the module and its output's type, or why it refused."""

    module: nn.Module | None
    output: Any = None
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return self.module is not None


def module_class(layer: type[Layer]) -> type[nn.Module]:
    """The class that the generated source would use."""
    if not layer.path:
        return getattr(nn, layer.__name__)
    space: dict[str, Any] = {"torch": torch, "nn": nn}
    exec(layer.support, space)
    return space[layer.path]


def real(value: Any) -> Any:
    """Real tensors, modules and values for types, layers and the like."""
    if isinstance(value, TensorType):
        dtype = getattr(torch, value.dtype)
        return torch.rand(value.shape).to(dtype) if dtype.is_floating_point else torch.zeros(value.shape, dtype=dtype)
    if isinstance(value, Layer):
        return module_class(type(value))(**arguments_of(value))
    if isinstance(value, tuple):
        return tuple(map(real, value))
    return value


def arguments_of(layer: Layer) -> dict[str, Any]:
    return {name: real(value) for name, value in vars(layer).items()}


def typed(value: Any) -> Any:
    """The type of what came out, nested as it is nested."""
    if isinstance(value, torch.Tensor):
        return TensorType(tuple(value.shape), str(value.dtype).removeprefix("torch."))
    return tuple(map(typed, value)) if isinstance(value, (tuple, list)) else value


def judge(layer: type[Layer], arguments: Mapping[str, Any], sample: Sample, trains: bool = True) -> Verdict:
    """Torch's verdict on a layer with all its arguments: in evaluation, and in training if it `trains`."""
    torch.manual_seed(0)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            module = module_class(layer)(**{name: real(value) for name, value in arguments.items()}).eval()
            found = {typed(run(module.train(mode), sample)) for mode in (False, True)[: 1 + trains]}
        except REFUSALS as refusal:
            return Verdict(None, reason=f"{type(refusal).__name__}: {refusal}")
        assert len(found) == 1, f"the modes differ: {found}"
        return Verdict(module, found.pop())


def run(module: nn.Module, sample: Sample) -> Any:
    return module(*map(real, sample.inputs), **{name: real(value) for name, value in sample.options.items()})


def flops(layer: Layer, sample: Sample) -> int:
    """The floating-point operations that torch counts; with attention written out, which it would not count."""
    inputs = tuple(map(real, sample.inputs))
    options = {name: real(value) for name, value in sample.options.items()}
    with warnings.catch_warnings(), torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        warnings.simplefilter("ignore")
        module = real(layer).eval()
        with FlopCounterMode(display=False) as counter, torch.backends.mkldnn.flags(enabled=False):
            module(*inputs, **options)
    return counter.get_total_flops()


def candidates(layer: type[Layer], sample: Sample) -> Iterator[dict[str, Any]]:
    """Arguments for what the layer could not infer: each size of the input in turn, for all inferred fields."""
    missing = [name for name in layer.inferred_fields() if name not in sample.arguments]
    sizes = {size for input in flat(sample.inputs) for size in input.shape} | {1}
    for size in sorted(sizes if missing or any(isinstance(v, Template) for v in sample.arguments.values()) else {0}):
        given = {name: sized(value, size) for name, value in sample.arguments.items()}
        yield {**dict.fromkeys(missing, size), **given}


def sized(value: Any, size: int) -> Any:
    """A template as a layer, its inferred fields all of one size."""
    if not isinstance(value, Template):
        return value
    inferred = dict.fromkeys(value.layer.inferred_fields(), size)
    return value.layer(**{**inferred, **value.arguments})


def told(value: Any) -> list[tuple[Any, ...]]:
    """What torch tells of the tensors in a value: their shapes and dtypes."""
    return [(one.shape, one.dtype) for one in flat(value)]


def flat(value: Any) -> list[TensorType]:
    if isinstance(value, TensorType):
        return [value]
    return [one for part in value for one in flat(part)] if isinstance(value, tuple) else []
