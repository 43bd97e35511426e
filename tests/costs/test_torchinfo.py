"""torchinfo beside the summary: the same parameters, and the same multiply-adds where it is right.

What torchinfo 1.8 counts is worked out here from the rows, by its own rule (`LayerInfo.calculate_macs`), so that every
difference is explained by one of these, and no other is left:

- each weight counts, so biases and the weights of norms do, which multiply nothing with anything summed;
- what is no convolution counts once for each sample: a Linear on a sequence as if it were one step;
- a transposed convolution counts at the places of its output, not of its input;
- functions, operators, a definition's own parameters and layers of attention do not count at all;
- a recurrent layer counts its biases at each step.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from cnndsl import pipeline
from cnndsl.cost.summary import summary
from cnndsl.cost.tree import Row, numbers
from cnndsl.files import read
from cnndsl.graph import Model
from cnndsl.layers.base import Weight
from cnndsl.shapes import TensorType
from cnndsl.source import Source

from ..test_summary import example
from .networks import good_sizes

torchinfo = pytest.importorskip("torchinfo")
ROOT = Path(__file__).parents[2]
OUTSIDE = {"handwritten"}  # what comes from outside is not known
LARGE = {"vgg"}  # and like the others
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.cnn") if path.stem not in OUTSIDE | LARGE)


def of_torchinfo(source: Source, model: Model, values: dict[str, int]) -> Any:
    module = pipeline.load(source, model.name, True, {})
    inputs = [example(value.type, values) for value in model.instance.inputs]
    return torchinfo.summary(module, input_data=inputs, verbose=0, device="cpu", mode="eval")


def by_its_rule(rows: tuple[Row, ...]) -> int:
    """What torchinfo counts: of each layer at each call."""
    weights: dict[str, tuple[Weight, ...]] = {}
    for row in rows:
        weights.setdefault(row.path, row.weights or ())
    return sum(of_layer(row, weights[row.path]) for row in rows)


def of_layer(row: Row, weights: tuple[Weight, ...]) -> int:
    count = sum(numbers(weight) for weight in weights if weight.kind == "parameter")
    if row.layer.startswith(("LSTM", "GRU", "RNN")):
        return count * torch.Size(map(int, row.output[0].shape[:-1])).numel()
    if row.kind != "layer" or not isinstance(row.output, TensorType):
        return 0
    batch, _, *places = row.output.shape if row.output.rank > 1 else (1, 1)
    spatial = torch.Size([int(size) for size in places]).numel() if row.layer.startswith("Conv") else 1
    return count * int(batch) * spatial  # type: ignore[arg-type]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_torchinfo_says_the_same(path: Path) -> None:
    source = read(str(path))
    for model in pipeline.analyse(source).graph.models:
        values = good_sizes(model) or {}
        theirs = of_torchinfo(source, model, values)
        found = summary(pipeline.analyse(source, model.name, at=values).graph.models[0])
        assert theirs.total_params == found.parameters
        assert theirs.total_mult_adds == by_its_rule(found.layers), model.name


def test_convolutions_without_bias_agree() -> None:
    """Where torchinfo is right, both say the same number."""
    text = "model A {\n input x: [N, 3, 9, 9]\n Conv2d(8, 3, bias=False) -> ReLU -> Conv2d(4, 2, 2, bias=False)\n}"
    source = Source("a.cnn", text)
    (model,) = pipeline.analyse(source, None, at={"N": 2}).graph.models
    assert of_torchinfo(source, model, {}).total_mult_adds == summary(model).macs
