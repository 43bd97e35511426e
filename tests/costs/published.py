"""The zoo at the resolutions that it is published for: fake tensors have shapes and storages on a CPU, but no numbers,
so the largest network takes seconds and no memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from cnndsl import pipeline
from cnndsl.cost.summary import Options, at
from cnndsl.dims import Dim
from cnndsl.graph import Model
from cnndsl.source import Source

from ..test_summary import example
from .measure import of_module
from .networks import Pair, Unwatched, Watch, counted, wrong_outputs

BATCH = 2


class Published(NamedTuple):
    name: str
    sizes: dict[str, int]
    flops: Pair
    kept: Pair
    peak: Pair
    wrong_outputs: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        return not self.wrong_outputs and self.flops.error == self.kept.error == self.peak.error == 0


@contextmanager
def unfilled() -> Iterator[None]:
    """Nothing is initialised: some initialisers ask for numbers."""
    with ExitStack() as stack:
        for name in (name for name in dir(nn.init) if name.endswith("_") and not name.startswith("_")):
            stack.enter_context(patch.object(nn.init, name, lambda tensor, *_, **__: tensor))
        yield


def sizes_of(model: Model, shape: tuple[int, ...]) -> dict[str, int]:
    """The free sizes of a model whose one input is a batch of this shape."""
    (image,) = model.instance.inputs
    pairs = zip(image.type.shape, (BATCH, *shape), strict=True)
    return {str(size): number for size, number in pairs if isinstance(size, Dim)}


def published(source: Source, name: str, shape: tuple[int, ...]) -> Published:
    """What is told of a model at a size, beside what torch does there."""
    (model,) = pipeline.analyse(source, name).graph.models
    sizes = sizes_of(model, shape)
    (found,) = pipeline.summaries(source, name, {}, Options(), sizes, None)
    with warnings.catch_warnings(), FakeTensorMode(allow_non_fake_inputs=True), unfilled():
        warnings.simplefilter("ignore")
        module: Any = pipeline.load(source, name, True, {})
        inputs = tuple(example(value.type, sizes) for value in model.instance.inputs)
        kept = sum(of_module(module.train(), inputs, {}))
        with torch.no_grad(), Unwatched(), Watch([*module.parameters(), *module.buffers()], inputs) as watch:
            module.eval()(*inputs)
        return Published(
            name,
            sizes,
            Pair(2 * at(found.macs, sizes), counted(module, inputs)),
            Pair(at(found.kept, sizes), kept),
            Pair(max(at(size, sizes) for size in found.peak), watch.peak),
            tuple(wrong_outputs(found, module, inputs, sizes)),
        )
