"""Receptive fields against gradients: every weight is one, every layer that picks or bends a value is made linear, and
the gradient of one place of the output shows from which places of the input it is made.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndsl import pipeline
from cnndsl.cost.summary import summary
from cnndsl.reach import Reach
from cnndsl.source import Source

SIZE = 96


def prepared(module: nn.Module) -> nn.Module:
    """The same network, linear and with ones for weights; averages of positive numbers stay positive."""
    for name, child in module.named_children():
        if isinstance(child, nn.MaxPool2d):
            average = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
            setattr(module, name, average if child.dilation == 1 else Dilated(child))
        elif isinstance(child, (nn.ReLU, nn.BatchNorm2d, nn.Sigmoid, nn.Hardswish)):
            setattr(module, name, nn.Identity())
        else:
            prepared(child)
    with torch.no_grad():
        for parameter in module.parameters(recurse=False):
            parameter.fill_(1.0)
    return module


class Dilated(nn.Module):
    """The sum over the places that a dilated max pool looks at."""

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        kernel = torch.ones(x.shape[1], 1, self.pool.kernel_size, self.pool.kernel_size, dtype=x.dtype)
        sizes = {"stride": self.pool.stride, "padding": self.pool.padding, "dilation": self.pool.dilation}
        return nn.functional.conv2d(x, kernel, groups=x.shape[1], **sizes)


def probed(module: nn.Module, path: str, place: tuple[int, int], size: int) -> list[tuple[int, int]]:
    """The first and last row and column that one place of a submodule's output is made from."""
    outputs: list[Tensor] = []
    handle = module.get_submodule(path).register_forward_hook(lambda _, __, output: outputs.append(output))
    image = torch.ones(1, 3, size, size, dtype=torch.float64, requires_grad=True)
    module(image)
    handle.remove()
    outputs[0][0, :, place[0], place[1]].sum().backward()
    assert image.grad is not None
    seen = image.grad[0].abs().sum(0) > 0
    ends = []
    for axis in (1, 0):
        hit = seen.any(axis).nonzero().flatten().tolist()
        ends.append((hit[0], hit[-1]))
    return ends


def clipped(reach: Reach | None, place: int, size: int) -> tuple[int, int]:
    if reach is None:
        return 0, size - 1
    low, high = reach.at(place)
    return max(low, 0), min(high, size - 1)


def compare(text: str, size: int = SIZE) -> int:
    """Every layer of a network that has a field: a few places inside. Tells how many layers were compared."""
    source = Source("field.cnn", text)
    (model,) = pipeline.analyse(source).graph.models
    found = summary(model)
    module = prepared(pipeline.load(source, None, False, {}).double().eval())
    count = 0
    for row in found.layers:
        field = found.fields.get(id(row.leaf))
        if field is None or row.kind != "layer":
            continue
        sizes = shape_of(module, row.path, size)
        for place in {(sizes[0] // 2, sizes[1] // 2), (sizes[0] // 2 + 1, sizes[1] // 2 - 1)}:
            if place[0] < sizes[0] and place[1] >= 0:
                told = [clipped(reach, at, size) for reach, at in zip(field.axes, place, strict=True)]
                assert told == probed(module, row.path, place, size), (row.path, place, field)
        count += 1
    return count


def shape_of(module: nn.Module, path: str, size: int) -> tuple[int, int]:
    shapes: list[Any] = []
    handle = module.get_submodule(path).register_forward_hook(lambda _, __, output: shapes.append(output.shape))
    with torch.no_grad():
        module(torch.ones(1, 3, size, size, dtype=torch.float64))
    handle.remove()
    return shapes[0][-2], shapes[0][-1]


HEAD = "model Net {\n    input image: [N, 3, H, W]\n"
CASES = {
    "plain": "Conv2d(4, 3) -> Conv2d(4, 5, 2, 1) -> MaxPool2d(2) -> Conv2d(2, 3, padding=1)",
    "dilated": "Conv2d(4, 3, padding=2, dilation=2) -> BatchNorm2d -> ReLU -> Conv2d(4, 3, dilation=(3, 1))",
    "same": 'Conv2d(4, 4, padding="same") -> Conv2d(4, 2, padding="same") -> AvgPool2d(3, 2, 1)',
    "transposed": "Conv2d(4, 3, 2, 1) -> ConvTranspose2d(4, 3, 2, 1) -> Conv2d(3, 3, padding=1)",
    "transposed often": "MaxPool2d(4) -> ConvTranspose2d(4, 5, 3, 1) -> ConvTranspose2d(2, 2, 2) -> Conv2d(2, 3)",
    "resized": 'MaxPool2d(2) -> Upsample(scale_factor=2) -> Conv2d(2, 3) -> Upsample(scale_factor=3, mode="bilinear")',
    "padded": "ZeroPad2d((3, 1, 0, 2)) -> Conv2d(4, 3) -> PixelUnshuffle(2) -> Conv2d(8, 3) -> PixelShuffle(2)",
    "branches": "[Conv2d(2, 1), Conv2d(2, 5, padding=2) -> Conv2d(2, 3, padding=1), MaxPool2d(3, 1, 1)] -> cat(1)",
    "residual": "x = Conv2d(4, 3, padding=1)\n    for i in range(3) { x = x + (x -> Conv2d(4, 3, padding=1) -> ReLU) }",
    "gate": "x = Conv2d(4, 3)\n    x * (x -> AdaptiveAvgPool2d(1) -> Conv2d(4, 1) -> Sigmoid) -> Conv2d(2, 3)",
    "adaptive": "Conv2d(4, 3, padding=1) -> AdaptiveAvgPool2d(1)",
}


@pytest.mark.parametrize("name", CASES)
def test_fields_are_those_of_the_gradient(name: str) -> None:
    assert compare(f"{HEAD}    {CASES[name]}\n}}\n") >= 2


def test_random_chains(samples: int, seed: int) -> None:
    for number in range(max(samples // 3, 8)):
        assert compare(f"{HEAD}    {chain(Random(f'field {seed} {number}'))}\n}}\n") >= 1


def chain(rng: Random) -> str:
    """Layers one after the other, none of which shrinks the image to nothing."""
    found = []
    for _ in range(rng.randint(1, 6)):
        kernel, dilation, stride = rng.randint(1, 4), rng.randint(1, 2), rng.choice((1, 1, 1, 2))
        padding = rng.randint(0, kernel)
        if rng.random() < 0.2:
            found.append(f"ConvTranspose2d(3, {kernel + stride}, {stride}, {min(padding, 1)})")
        elif rng.random() < 0.3:
            found.append(f"MaxPool2d({kernel}, {stride}, {min(padding, kernel // 2)})")
        else:
            found.append(f"Conv2d(3, {kernel}, {stride}, {padding}, {dilation})")
    return " -> ".join(found)


def test_what_mixes_everything_has_the_whole_input() -> None:
    source = Source("whole.cnn", f"{HEAD}    Conv2d(4, 3) -> GroupNorm(2) -> Conv2d(2, 3)\n}}\n")
    (model,) = pipeline.analyse(source).graph.models
    found = summary(model)
    assert [found.fields[id(row.leaf)].size_text for row in found.layers] == ["3", "whole", "whole"]
