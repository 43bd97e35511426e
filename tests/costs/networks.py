"""One network, told and measured: parameters, operations, what is kept, what inference needs at once, every output."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from cnndsl import pipeline
from cnndsl.cost.summary import Options, Summary, at, summary
from cnndsl.cost.tree import NEVER, TRAINING
from cnndsl.emit.at_sizes import free_sizes
from cnndsl.graph import Model
from cnndsl.source import Source

from ..test_summary import example
from ..test_summary import shape_of as numbers
from .measure import flat, of_module

torch.backends.mha.set_fastpath_enabled(False)  # which keeps nothing, and is counted by nobody


@dataclass(frozen=True)
class Pair:
    """A figure as it is told, and as it is measured."""

    told: int
    measured: int

    @property
    def error(self) -> float:
        return self.told / self.measured - 1 if self.measured else float(self.told != 0)


@dataclass(frozen=True)
class Comparison:
    name: str
    parameters: Pair
    buffers: Pair
    saved: Pair  # bytes of the state_dict
    flops: Pair  # those that torch counts
    flops_by_formula: Pair  # told of free sizes, then put in
    kept: Pair
    kept_by_formula: Pair
    peak: Pair
    peak_by_formula: Pair
    wrong_outputs: tuple[str, ...]  # paths of layers whose output is not of the bytes told
    found: Summary
    module: nn.Module
    inputs: tuple[Tensor, ...]


class Unwatched(TorchFunctionMode):
    """`linear` as torch runs it when nobody watches: a bias is then added in place to the product of a tensor that
    lies in pieces, under a dispatch mode not (`isTensorSubclassLike` in aten/src/ATen/native/Linear.cpp)."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is nn.functional.linear:
            input, weight, bias = (*args, None)[:3]
            if bias is not None and input.dim() > 2 and not input.is_contiguous():
                return torch.matmul(input, weight.t()).add_(bias)
        return func(*args, **(kwargs or {}))


class Watch(TorchDispatchMode):
    """The largest number of bytes in tensors at once, those of `own` apart."""

    def __init__(self, own: list[Tensor], inputs: tuple[Tensor, ...]) -> None:
        super().__init__()
        self.own = {tensor.untyped_storage()._cdata for tensor in own}
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0
        for tensor in inputs:
            self.note(tensor)

    def note(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage.nbytes() and storage._cdata not in self.own:
            self.alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in flat(result):
            self.note(tensor)
        self.alive = {key: one for key, one in self.alive.items() if not one[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))
        return result


def good_sizes(model: Model, starts: tuple[int, ...] = (2, 3, 32, 64, 224, 299, 8192)) -> dict[str, int] | None:
    """Small sizes that meet the requirements, training's too; None if none are found."""
    needs = [needs for needs in (model.requirements, model.training_requirements) if needs]
    for start in starts:
        values = {name: needs[-1].nearest(name, start)[1] or start for name in free_sizes(model)}
        if all(need.holds(values) for need in needs):
            return values
    return None


def compared(
    source: Source, model: Model, values: dict[str, int], build: Callable[[], nn.Module] | None = None
) -> Comparison:
    """What is told of a model, put beside what torch does with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = build() if build else pipeline.load(source, model.name, True, {})
        formulas = summary(model)
        (found,) = pipeline.summaries(source, model.name, {}, Options(), values, None)
        inputs = tuple(example(value.type, values) for value in model.instance.inputs)
        kept = sum(of_module(module.train(), inputs, {}))
        own = [*module.parameters(), *module.buffers()]
        with torch.no_grad(), Unwatched(), Watch(own, inputs) as watch:
            module.eval()(*inputs)
        return Comparison(
            model.name,
            Pair(found.parameters, sum(p.numel() for p in module.parameters())),
            Pair(found.buffers, sum(b.numel() for b in module.buffers())),
            Pair(found.saved, sum(t.numel() * t.element_size() for t in module.state_dict().values())),
            Pair(2 * at(found.macs, values), counted(module, inputs)),
            Pair(2 * at(formulas.macs, values), counted(module, inputs)),
            Pair(at(found.kept, values), kept),
            Pair(at(formulas.kept, values), kept),
            Pair(max(at(size, values) for size in found.peak), watch.peak),
            Pair(max(at(size, values) for size in formulas.peak), watch.peak),
            tuple(wrong_outputs(found, module, inputs, values)),
            found,
            module,
            inputs,
        )


def counted(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    """What FlopCounterMode counts, attention written out and recurrent layers step by step: it counts no others."""
    plain = sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False)
    with FlopCounterMode(display=False) as counter, plain[0], plain[1], torch.no_grad():
        module(*inputs)
    return int(counter.get_total_flops())


def wrong_outputs(found: Summary, module: nn.Module, inputs: tuple[Tensor, ...], values: dict[str, int]) -> list[str]:
    """The layers that give something else than they are said to, call by call."""
    ran: dict[str, list[Any]] = {}
    handles = [part.register_forward_hook(noting(ran.setdefault(name, []))) for name, part in module.named_modules()]
    with torch.no_grad():
        module(*inputs)
    for handle in handles:
        handle.remove()
    wrong = []
    for row in found.layers:
        if row.kind == "layer" and row.runs not in (NEVER, TRAINING) and row.weights is not None:
            shape = ran[row.path].pop(0)
            if not isinstance(row.output, tuple) and numbers(row.output, values) != shape:
                wrong.append(row.path)
    return wrong


def noting(shapes: list[Any]) -> Any:
    def hook(_: nn.Module, __: Any, output: Any) -> None:
        shapes.append(tuple(output.shape) if isinstance(output, Tensor) else None)

    return hook
