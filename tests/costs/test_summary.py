"""`cnndsl.summary` as data: the tree of rows, and parameters and operations against torch on every example."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cnndsl
from cnndsl import pipeline
from cnndsl.cost.summary import summary
from cnndsl.dims import Dim
from cnndsl.files import read
from cnndsl.source import Source

from ..test_summary import example, sizes

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.cnn"))


@pytest.fixture(autouse=True)
def examples_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(EXAMPLES[0].parent), *sys.path])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_parameters_and_operations_are_torchs(path: Path) -> None:
    source = read(str(path))
    for model in pipeline.analyse(source).graph.models:
        module = pipeline.load(source, model.name, True, {}).eval()
        found = summary(model)
        outside = [row.path for row in found.layers if row.weights is None]
        unknown = sum(p.numel() for path in outside for p in module.get_submodule(path).parameters())
        assert found.parameters == sum(p.numel() for p in module.parameters()) - unknown
        assert found.buffers == sum(b.numel() for b in module.buffers())
        assert sum(row.parameters or 0 for row in found.layers) == found.parameters
        values = sizes(model)
        inputs = [example(value.type, values) for value in model.instance.inputs]
        plain = sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False)
        with FlopCounterMode(display=False) as counter, plain[0], plain[1]:
            module(*inputs)
        assert 2 * at(found.macs, values) == counter.get_total_flops(), model.name


def at(size: Any, values: dict[str, int]) -> int:
    return size.at(values) if isinstance(size, Dim) else int(size)


TEXT = """
block Unit(out) { conv: Conv2d(out, 3, padding=1) -> ReLU }
model Net {
    input x: [N, 3, 8, 8]
    y = first: Unit(4)
    z = first -> relu
    z + y -> stage: { Unit(6) -> Unit(6) } -> head: Conv2d(2, 1)
}
"""


def test_rows_are_a_tree_in_the_order_of_forward(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(TEXT.replace("first -> relu", "y -> relu"))
    found = cnndsl.summary(tmp_path / "net.cnn")
    rows = [(row.path, row.kind, row.layer, row.parameters) for row in found.walk()]
    assert rows == [
        ("first", "block", "Unit(4)", 112),
        ("first.conv", "layer", "Conv2d(3, 4, 3, padding=1)", 112),
        ("first.relu1", "layer", "ReLU()", 0),
        ("", "function", "relu", 0),
        ("", "function", "+", 0),
        ("stage", "block", "Sequential", 552),
        ("stage.0", "block", "Unit(6)", 222),
        ("stage.0.conv", "layer", "Conv2d(4, 6, 3, padding=1)", 222),
        ("stage.0.relu1", "layer", "ReLU()", 0),
        ("stage.1", "block", "Unit(6)", 330),
        ("stage.1.conv", "layer", "Conv2d(6, 6, 3, padding=1)", 330),
        ("stage.1.relu1", "layer", "ReLU()", 0),
        ("head", "layer", "Conv2d(6, 2, 1)", 14),
    ]
    assert found.macs == found.rows[0].macs + sum(row.macs for row in found.rows[1:] if row.macs is not None)
    assert [weight.name for weight in found.weights][:2] == ["first.conv.weight", "first.conv.bias"]


def test_shared_weights_are_counted_once() -> None:
    text = "model A {\n input x: [N, 4]\n a: Linear(4) -> ReLU -> a\n}"
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    found = summary(model)
    assert [row.parameters for row in found.layers] == [20, 0, 0]
    assert str(found.macs) == "32 * N"


def test_several_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.cnn"
    path.write_text("model A { input x: [N, 4]; Linear(2) }\nmodel B { input x: [N, 4]; Linear(3) }\n")
    with pytest.raises(cnndsl.CnnError):
        cnndsl.summary(path)
    assert cnndsl.summary(path, model="B").parameters == 15
