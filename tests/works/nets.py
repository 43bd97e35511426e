"""The networks that are tried, each as a compiled file that is imported, and as a live module; and inputs for them."""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

import cnndsl
from cnndsl import pipeline
from cnndsl.dims import Dim
from cnndsl.emit.python import File
from cnndsl.files import read
from cnndsl.graph import Model
from cnndsl.source import Source

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(tempfile.mkdtemp(prefix="cnndsl-works-"))  # of compiled files, importable by other processes too
Sizes = Mapping[str, int]


@dataclass(eq=False)
class Net:
    """A network: its file below the project, or its text; the sizes it runs on first, and others that it takes.

    `limits` are the checks that torch itself makes impossible for it; `test_limits.py` shows why.
    """

    name: str
    source: str
    first: Sizes = field(default_factory=lambda: {"N": 2})
    other: Sizes = field(default_factory=lambda: {"N": 3})
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name

    def compiled(self) -> nn.Module:
        """The network from its compiled file, imported as any module is."""
        name, entry = written(self)
        torch.manual_seed(0)
        return getattr(importlib.import_module(name), entry)()

    def live(self) -> nn.Module:
        """The network from cnndsl.load."""
        torch.manual_seed(0)
        if "\n" in self.source:
            return cnndsl.loads(self.source, model=self.model, **self.parameters)
        return cnndsl.load(ROOT / self.source, model=self.model, **self.parameters)

    def inputs(self, sizes: Sizes | None = None, seed: int = 1) -> tuple[torch.Tensor, ...]:
        """Random inputs at these sizes, or at the first."""
        generator = torch.Generator().manual_seed(seed)
        kinds = [value.type for value in graph_model(self).instance.inputs]
        return tuple(random_tensor(kind, sizes or self.first, generator) for kind in kinds)

    def free(self) -> list[dict[int, str]]:
        """For each input the axes whose sizes are free, and how they are called."""
        kinds = [value.type for value in graph_model(self).instance.inputs]
        return [{i: str(size) for i, size in enumerate(kind.shape) if isinstance(size, Dim)} for kind in kinds]


@cache
def written(net: Net) -> tuple[str, str]:
    """The compiled file as an importable module: its name, and what to call in it."""
    file = File(pipeline.elaborate(source_of(net), net.model, net.parameters).graph)
    name = f"works_{net.name}"
    (FOLDER / f"{name}.py").write_text(file.text(f"cnndsl compile {net.name}.cnn"), encoding="utf-8")
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    importlib.invalidate_caches()
    return name, file.entries[file.graph.models[0].name]


@cache
def graph_model(net: Net) -> Model:
    return pipeline.elaborate(source_of(net), net.model, net.parameters).graph.models[0]


def source_of(net: Net) -> Source:
    return Source(f"{net.name}.cnn", net.source) if "\n" in net.source else read(str(ROOT / net.source))


def random_tensor(kind: Any, sizes: Sizes, generator: torch.Generator) -> torch.Tensor:
    shape = [size.at(sizes) if isinstance(size, Dim) else int(size) for size in kind.shape]
    if "int" in kind.dtype:
        return torch.randint(0, 9, shape, generator=generator)
    return torch.randn(shape, generator=generator)


def tensors(result: Any) -> list[torch.Tensor]:
    """The tensors of a result in order; a field that this mode lacks is left out."""
    if isinstance(result, dict):
        return tensors(list(result.values()))
    if isinstance(result, (tuple, list)):
        return [tensor for item in result if item is not None for tensor in tensors(item)]
    return [result]


def assert_same(found: Any, wanted: Any, tolerance: float = 0.0) -> None:
    """The same tensors, at most so far apart (relative to the largest), none of them NaN."""
    ours, theirs = tensors(found), tensors(wanted)
    assert len(ours) == len(theirs) > 0
    for a, b in zip(ours, theirs, strict=True):
        largest = float(b.abs().max()) if b.is_floating_point() else 0.0
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance * max(1.0, largest))


MODES = """\
# Dropout, batch norm and an auxiliary result in training; a condition on a size; a buffer that is computed.
block Head(classes) { AdaptiveAvgPool2d(1) -> Flatten -> Dropout(0.5) -> Linear(classes) }

model Modes(classes=5, width=8) {
    input image: [N, 3, H, W]
    buffer ramp = linspace(0, 1, width) -> reshape(1, width, 1, 1)
    buffer(persistent=False) offset: [1] = 2
    param gain: [width, 1, 1] = 0.5
    conv1: Conv2d(width, 3, 2, 1, bias=False) -> bn1: BatchNorm2d -> relu: ReLU
    x = conv2: Conv2d(width, 3, padding=1) -> mul(ramp) -> relu
    y = x * gain + offset
    y = if H > 40 { y * 0.5 } else { y }
    if training {
        a = x -> aux: Head(classes)
        b = y -> head: Head(classes)
        return logits=b, aux=a
    }
    c = y -> head
    return logits=c
}
"""
SHARED = """\
block Join { input *maps; cat(maps, 1) -> Conv2d(4, 1) }

model Shared {
    input a: [N, 3, H, W]
    input b: [N, 3, H, W]
    c = a -> conv: Conv2d(4, 3, stride=2, padding="same")
    d = b -> conv -> add(ones(N, 1, c.shape[2], c.shape[3], dtype="int64"))
    e = (c, d) -> Join
    rows = e -> LayerNorm2d(eps=1e-6) -> Permute((0, 2, 3, 1)) -> mean([1, 2])
    return {maps: interpolate(e, size=(a.shape[2], a.shape[3])), rows: rows}
}
"""

IMAGES = {"N": 2, "H": 32, "W": 32}, {"N": 3, "H": 48, "W": 40}
PHOTOS = {"N": 2, "H": 64, "W": 64}, {"N": 3, "H": 96, "W": 80}
SMALL = {"width": 4}
RECURRENT = frozenset({"compile", "compile-gradients", "export-free"})  # nn.LSTM
POOLED = frozenset({"export-free"})  # nn.MaxPool1d
ADAPTIVE = frozenset({"onnx-free"})  # nn.AdaptiveAvgPool2d to more than one
DECIDED = frozenset({"fx", "export-free", "onnx-free"})  # an `if` on a size
NETS = [
    Net("digits", "examples/digits.cnn", parameters=SMALL),
    Net("unet", "examples/unet.cnn", *IMAGES, parameters=SMALL),
    Net("vae", "examples/vae.cnn"),
    Net("lstm", "examples/lstm.cnn", {"N": 2, "T": 7}, {"N": 3, "T": 11}, None, {"vocabulary": 10}, RECURRENT),
    Net("vit", "examples/vit.cnn", parameters={"dropout": 0.1}),
    Net("audio", "examples/audio.cnn", {"N": 2, "T": 9000}, {"N": 3, "T": 9600}, None, SMALL, POOLED),
    Net("patches", "examples/patches.cnn"),
    Net("siamese", "examples/siamese.cnn"),
    Net("pyramid", "examples/pyramid.cnn", {"N": 2, "H": 2, "W": 2}, {"N": 3, "H": 3, "W": 2}),
    Net("own", "tests/generated/own.cnn", *IMAGES),
    Net("support", "tests/generated/support.cnn", *IMAGES, limits=ADAPTIVE),
    Net("ops", "tests/generated/ops.cnn", *IMAGES),
    Net("modes", MODES, *IMAGES, limits=DECIDED | {"jit"}),
    Net("shared", SHARED, *IMAGES),
    Net("squeezenet", "examples/torchvision/squeezenet.cnn", *PHOTOS, "SqueezeNet1_1"),
    Net("shufflenet", "examples/torchvision/shufflenet.cnn", *PHOTOS, "ShuffleNetV2_x0_5"),
    Net("mobilenet", "examples/torchvision/mobilenet_v3.cnn", *PHOTOS, "MobileNetV3Small"),
    Net("googlenet", "examples/torchvision/googlenet.cnn", *PHOTOS),
]
