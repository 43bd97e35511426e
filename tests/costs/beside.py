"""What torchinfo says of a network, and what it ought to say by its own rule.

What torchinfo 1.8 counts is worked out here from the rows, by its own rule (`LayerInfo.calculate_macs`), so that every
difference is explained by one of these, and no other is left:

- each weight counts, so biases and the weights of norms do, which multiply nothing with anything summed;
- what is no convolution counts once for each sample: a Linear on a sequence as if it were one step;
- a transposed convolution counts at the places of its output, not of its input;
- functions, operators, a definition's own parameters, layers of attention and modules from outside do not count at all;
- a recurrent layer counts its biases at each step.

It runs networks on the meta device: the largest take no memory.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import torch
import torchinfo

from cnndsl import pipeline
from cnndsl.cost.summary import Summary, summary
from cnndsl.cost.tree import NEVER, TRAINING, Row, numbers_in
from cnndsl.graph import Model
from cnndsl.layers.base import Weight
from cnndsl.shapes import TensorType
from cnndsl.source import Source

from ..test_summary import example
from .networks import Pair, good_sizes


class Beside(NamedTuple):
    """Parameters, those from outside among them, and multiply-adds, by torchinfo's rule and as they are told; each
    beside torchinfo's."""

    parameters: Pair
    by_its_rule: Pair
    macs: Pair

    @property
    def is_explained(self) -> bool:
        return self.parameters.error == self.by_its_rule.error == 0


def beside(source: Source, model: Model) -> Beside:
    values = good_sizes(model) or {}
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.simplefilter("ignore")
        module = pipeline.load(source, model.name, True, {})
        inputs = [example(value.type, values) for value in model.instance.inputs]
        theirs: Any = torchinfo.summary(module, input_data=inputs, verbose=0, device="meta", mode="eval")
    found = summary(pipeline.analyse(source, model.name, at=values).graph.models[0])
    counted = theirs.total_mult_adds
    parameters = Pair(found.parameters + from_outside(found, module), theirs.total_params)
    return Beside(parameters, Pair(by_its_rule(found.layers), counted), Pair(int(found.macs), counted))


def from_outside(found: Summary, module: torch.nn.Module) -> int:
    """The parameters of modules of which nothing is known."""
    paths = {row.path for row in found.layers if row.weights is None}
    return sum(one.numel() for path in paths for one in module.get_submodule(path).parameters())


def by_its_rule(rows: tuple[Row, ...]) -> int:
    """What torchinfo counts: of each layer at each call, in evaluation."""
    weights: dict[str, tuple[Weight, ...]] = {}
    for row in rows:
        weights.setdefault(row.path, row.weights or ())
    return sum(of_layer(row, weights[row.path]) for row in rows if row.runs not in (TRAINING, NEVER))


def of_layer(row: Row, weights: tuple[Weight, ...]) -> int:
    count = sum(numbers_in(weight.shape) for weight in weights if weight.kind == "parameter")
    if row.layer.startswith(("LSTM", "GRU", "RNN")):
        return count * torch.Size(map(int, row.output[0].shape[:-1])).numel()
    if row.kind != "layer" or not isinstance(row.output, TensorType):
        return 0
    batch, _, *places = row.output.shape if row.output.rank > 1 else (1, 1)
    spatial = torch.Size([int(size) for size in places]).numel() if row.layer.startswith("Conv") else 1
    return count * int(batch) * spatial  # type: ignore[arg-type]
