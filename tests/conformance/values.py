"""Real tensors for types: random numbers of every dtype. The same seed gives the same tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cnndsl.shapes import TensorType


def tensors(kinds: Sequence[TensorType], seed: int, high: int) -> list[Tensor]:
    """A tensor for each type; whole numbers are below `high`."""
    source = torch.Generator().manual_seed(seed)
    return [tensor(kind, source, high) for kind in kinds]


def tensor(kind: TensorType, source: torch.Generator, high: int) -> Tensor:
    dtype = getattr(torch, kind.dtype)
    if kind.is_float:
        return torch.randn(kind.shape, generator=source).to(dtype)
    if kind.dtype == "bool":
        return torch.rand(kind.shape, generator=source) < 0.4
    return torch.randint(high, kind.shape, generator=source, dtype=dtype)


def offsets(inputs: list[Tensor], closed: bool) -> None:
    """Makes the second tensor say where bags begin in the first; `closed` ones also say where the last ends."""
    if len(inputs) > 1 and inputs[1].dim() == 1 and not inputs[1].is_floating_point():
        where = inputs[1].clamp_(max=len(inputs[0])).sort().values
        where[0] = 0
        if closed:
            where[-1] = len(inputs[0])
        inputs[1] = where
