"""What torch keeps for the backward pass, by `saved_tensors_hooks`; and what a tape says of the same call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from cnndsl.cost.memory import bytes_of, kept
from cnndsl.shapes import TensorType
from cnndsl.tape import Held, Storage, Tape


def saved(run: Callable[[], Any], own: Iterable[Tensor]) -> tuple[list[int], Any]:
    """The sizes of the unique storages that autograd keeps of a call, but for those of `own`; and the result."""
    there = {tensor.untyped_storage()._cdata for tensor in own}
    found: dict[int, tuple[int, Tensor]] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.nbytes() and storage._cdata not in there:
            found[storage._cdata] = (storage.nbytes(), tensor)
        return tensor

    with warnings.catch_warnings(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        warnings.simplefilter("ignore")
        result = run()
    return sorted(size for size, _ in found.values()), result


def of_module(module: nn.Module, inputs: tuple[Any, ...], options: Any) -> list[int]:
    return saved(lambda: module(*inputs, **options), [*module.parameters(), *module.buffers()])[0]


def told(tape: Tape, dtype: str = "float32") -> list[int]:
    return sorted(size for _, storage in kept(tape) if (size := int(bytes_of(storage.type, dtype))))


def held(value: Any, grad: bool) -> Any:
    """Inputs, as a tape has them."""
    if isinstance(value, TensorType):
        return Held(value, Storage(value, "input"), None, grad and value.is_float)
    return type(value)(held(one, grad) for one in value) if isinstance(value, (tuple, list)) else value


def asked(value: Any, grad: bool) -> Any:
    """The same in torch: real tensors that require a gradient."""
    if isinstance(value, Tensor):
        return value.requires_grad_(grad) if value.is_floating_point() else value
    return type(value)(asked(one, grad) for one in value) if isinstance(value, (tuple, list)) else value


def flat(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from flat(one)
