"""Torch as the judge of a whole network: on which sizes does the compiled module run, and what comes out.

The module runs on the meta device, without its guards; empty tensors inside and sizes that only happen to be 1 count
as refusals, as the language says.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnndsl import live
from cnndsl.emit.python import File
from cnndsl.graph import Graph

REFUSALS = (RuntimeError, ValueError, IndexError, TypeError)  # a check on the meta device raises the last
Shapes = tuple[tuple[int, ...], ...]


def unguarded(graph: Graph) -> nn.Module:
    """The compiled module, its weights on the meta device, that refuses nothing by itself."""
    file = File(graph)
    source = file.text("").replace("if holds is False:", "if False:")
    with torch.device("meta"):
        module = live.build(source, file.entries[graph.models[0].name])
    live.module_of.cache_clear()
    return module.eval()


class NotMeant(Exception):
    """What torch lets pass and the language does not."""


class Strict(TorchFunctionMode):
    """Refuses empty results, and sums of tensors that differ in shape."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and 0 in result.shape:
            raise NotMeant(f"{func} gives {list(result.shape)}")
        if func in (torch.add, torch.Tensor.add, torch.Tensor.__add__) and args[0].shape != args[1].shape:
            raise NotMeant(f"{list(args[0].shape)} + {list(args[1].shape)}")
        return result


class Judge:
    """Runs one module on sizes."""

    def __init__(self, module: nn.Module, batch: int, channels: int = 3) -> None:
        self.module, self.batch, self.channels = module, batch, channels

    def run(self, height: int, width: int) -> Shapes | None:
        """The shapes that come out; None if torch refuses."""
        x = torch.empty(self.batch, self.channels, height, width, device="meta")
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                return shapes(self.module(x))
        except REFUSALS:
            return None

    def is_meant(self, height: int, width: int) -> bool:
        """Whether nothing happens on the way that the language excludes."""
        try:
            with Strict():
                return self.run(height, width) is not None
        except NotMeant:
            return False


def shapes(result: Any) -> Shapes:
    if isinstance(result, torch.Tensor):
        return (tuple(result.shape),)
    return tuple(shape for part in result for shape in shapes(part))
