"""What classes and functions take as arguments: what the author of `block X(…) = { … }` does; classes for templates."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl.emit.python import emit
from cnndsl.pipeline import elaborate
from cnndsl.source import Source

from ..honest.judge import findings

FUNCTION = """
    block CB(out, k=3, stride=1, Act=ReLU) = {
        Conv2d(out, k, stride, k // 2, bias=False) -> BatchNorm2d -> Act
    }
    block Pool(k=2, stride=2) = { MaxPool2d(k, stride) -> ReLU }
    block Two(out, n=2) = { for i in range(n) { CB(out * (i + 1)) }; if n > 2 { CB(out, 1, Act=None) } }
    model M(width=4, n=2) {
        input x: [N, 3, 16, 16]
        a: CB(width, 5, 2) -> b: CB(width * 2, Act=SiLU) -> c: CB(width, 1, Act=None)
        d: Two(width, n) -> e: Two(width + 1, 3) -> f: Pool(stride=1) -> g: Pool((1, 2), 1)
    }
"""
CLASSES = """
    block Basic(out) { input x: [N, C, H, W]; conv: Conv2d(out, 1) -> add(x) }
    block Deep(out, inner=2) { a: Conv2d(inner, 1) -> b: Conv2d(out, 1) }
    model Net(Block, widths, Norm=None, Act=ReLU(True), classes=3) {
        input x: [N, 4, 8, 8]
        for w in widths { Block(w) }
        body: { Conv2d(4, 1, bias=False) -> Norm -> Act } -> mean([2, 3]) -> fc: Linear(classes)
    }
    model A = Net(Basic, [4, 4, 4])
    model B = Net(Deep, [4, 4, 4], BatchNorm2d, GELU)
    model C = Net(Deep, [4, 8, 4], Act=ReLU(True))
"""


def source_of(text: str) -> Source:
    return Source("text.cnn", dedent(text))


def text_of(text: str) -> str:
    return emit(elaborate(source_of(text), None, {}).graph)


def test_a_function_takes_what_its_author_calls_it_with() -> None:
    text = text_of(FUNCTION)
    assert "def pool(k: int | tuple[int, int] = 2, stride: int = 2) -> nn.Sequential:" in text
    assert "self.a = cb(3, width, nn.ReLU, 5, 2)" in text
    assert "self.b = cb(width, width * 2, nn.SiLU)" in text
    assert "self.c = cb(width * 2, width, act=None, k=1)" in text
    assert "in_channels, out, k, stride, k // 2, bias=False" in text
    assert "self.d = two(width, width)" in text


def test_a_template_is_a_class() -> None:
    text = text_of(CLASSES)
    assert "block: type[Basic | Deep]" in text
    assert "norm: type[nn.BatchNorm2d] | None" in text
    assert "if norm is not None:\n            layers.append(norm(4))" in text
    assert "act: type[nn.ReLU | nn.GELU]" in text
    assert "self.block1.append(block(in_channels, w))" in text
    assert "if act is nn.ReLU:" in text  # they are built by other arguments
    assert "return Net(Basic, [4, 4, 4], norm=None, act=nn.ReLU, classes=classes)" in text


@pytest.mark.parametrize("text", [FUNCTION, CLASSES], ids=["functions", "classes"])
def test_no_argument_lies(text: str) -> None:
    assert not list(findings(source_of(text)))


def test_one_layer_is_told_apart_where_its_type_is_initialised() -> None:
    said = """
        model M(classes=3) {
            input x: [N, 2, 4, 4]
            conv: Conv2d(4, 1) -> head: { Dropout(0.1) -> Conv2d(classes, 1) } -> flatten(1) -> fc: Linear(2 * 3 * 4)
            init {
                Conv2d.weight: kaiming_uniform
                "head.1.weight": normal(std=0.01)
                "fc.*": zeros
            }
        }
    """
    text = text_of(said)
    assert (
        "                if module is self.head[1]:\n                    nn.init.normal_(module.weight, std=0.01)"
        in text
    )
    assert "                else:\n                    nn.init.kaiming_uniform_(module.weight)" in text
    assert "\n        nn.init.zeros_(self.fc.weight)\n        nn.init.zeros_(self.fc.bias)" in text
    assert "nn.Linear(classes * 4 * 4, 2 * 3 * 4)" in text
    torch.manual_seed(3)
    made: Any = cnndsl.loads(dedent(said))
    assert not made.fc.weight.any() and not made.fc.bias.any()
    assert made.conv.weight.std() > 0.1 > made.head[1].weight.std() > 0
