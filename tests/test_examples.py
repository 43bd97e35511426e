"""Every example, compiled, loaded and compared with the same network written by hand in torch (tests/twins)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import cnndsl
from cnndsl import pipeline
from cnndsl.source import Source

from .compare import Ints, assert_same_network, assert_same_state, tensors
from .twins import (
    audio,
    autoencoder,
    dcgan,
    densenet,
    googlenet,
    handwritten,
    lenet5,
    lstm,
    mobilenet,
    patches,
    pyramid,
    resnet18,
    senet,
    siamese,
    simple_cnn,
    unet,
    vae,
    vgg,
    video,
    vit,
)

EXAMPLES = Path(__file__).parent.parent / "examples"
WIDTH = 100


@dataclass(frozen=True)
class Case:
    """An example with parameters, its twin, and tuples of inputs (the second ones where sizes are free)."""

    file: str
    model: str
    twin: Callable[..., nn.Module]
    inputs: tuple[tuple[Any, ...], ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    twin_arguments: dict[str, Any] | None = None
    extern: bool = False

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.file}:{self.model}({given})"

    def load(self) -> nn.Module:
        path = EXAMPLES / f"{self.file}.cnn"
        return cnndsl.load(path, model=self.model, extern=self.extern, **self.parameters)

    def by_hand(self) -> nn.Module:
        return self.twin(**(self.parameters if self.twin_arguments is None else self.twin_arguments))


def one(*shapes: tuple[int, ...]) -> tuple[tuple[Any, ...], ...]:
    """Tuples of one input each."""
    return tuple((shape,) for shape in shapes)


CASES = [
    Case("simple_cnn", "SimpleCNN", simple_cnn.SimpleCNN, one((2, 3, 32, 32), (3, 3, 32, 32))),
    Case("simple_cnn", "SimpleCNN", simple_cnn.SimpleCNN, one((2, 3, 32, 32)), {"classes": 7}),
    Case("lenet5", "LeNet5", lenet5.LeNet5, one((2, 1, 32, 32), (5, 1, 32, 32))),
    Case(
        "vgg",
        "VGG11",
        vgg.VGG,
        one((2, 3, 64, 64), (1, 3, 39, 70)),
        {"hidden": 32, "classes": 11},
        {"config": vgg.CONFIG_A, "hidden": 32, "classes": 11},
    ),
    Case(
        "vgg",
        "VGG13",
        vgg.VGG,
        one((2, 3, 32, 32)),
        {"hidden": 16, "classes": 3, "dropout": 0.1},
        {"config": vgg.CONFIG_B, "hidden": 16, "classes": 3, "dropout": 0.1},
    ),
    Case("resnet18", "ResNet18", resnet18.ResNet18, one((2, 3, 64, 64), (2, 3, 45, 70)), {"classes": 10}),
    Case("unet", "UNet", unet.UNet, one((2, 1, 32, 32), (2, 1, 16, 40)), {"width": 8}),
    Case("unet", "UNet", unet.UNet, one((2, 1, 16, 16)), {"width": 4, "classes": 5}),
    Case("dcgan", "Generator", dcgan.Generator, one((2, 100, 1, 1)), {"width": 8}),
    Case("dcgan", "Generator", dcgan.Generator, one((2, 16, 1, 1)), {"latent": 16, "width": 4, "channels": 1}),
    Case("mobilenet", "MobileNet", mobilenet.MobileNet, one((2, 3, 64, 64), (2, 3, 47, 33)), {"classes": 10}),
    Case("mobilenet", "MobileNet", mobilenet.MobileNet, one((2, 3, 32, 32)), {"width": 0.3, "dropout": 0.5}),
    Case("video", "VideoNet", video.VideoNet, one((2, 3, 4, 16, 16), (2, 3, 5, 14, 23)), {"width": 8, "classes": 4}),
    Case("audio", "M5", audio.M5, one((2, 1, 16000), (3, 1, 12345))),
    Case("patches", "PatchFilter", patches.PatchFilter, one((2, 3, 32, 32))),
    Case("patches", "PatchFilter", patches.PatchFilter, one((2, 3, 24, 24)), {"size": 24, "patch": 4, "rank": 3}),
    Case("siamese", "Siamese", siamese.Siamese, (((2, 1, 28, 28), (2, 1, 28, 28)),)),
    Case("autoencoder", "Autoencoder", autoencoder.Autoencoder, one((2, 1, 28, 28)), {"code": 8}),
    Case(
        "handwritten",
        "Handwritten",
        handwritten.Handwritten,
        one((2, 3, 16, 16), (2, 3, 9, 20)),
        extern=True,
    ),
    Case("googlenet", "GoogLeNet", googlenet.GoogLeNet, one((2, 3, 64, 64), (2, 3, 71, 50)), {"classes": 10}),
    Case("densenet", "DenseNet", densenet.DenseNet, one((2, 3, 64, 64), (2, 3, 49, 70)), {"classes": 10}),
    Case(
        "densenet",
        "DenseNet",
        densenet.DenseNet,
        one((2, 3, 32, 32)),
        {"depths": [2, 1], "growth": 6, "classes": 3},
    ),
    Case("vit", "ViT", vit.ViT, one((2, 3, 32, 32)), {"dropout": 0.1}),
    Case("vit", "ViT", vit.ViT, one((1, 3, 24, 24)), {"size": 24, "patch": 4, "dim": 12, "depth": 3, "heads": 2}),
    Case("vae", "VAE", vae.VAE, one((2, 1, 28, 28)), {"latent": 4}),
    Case("senet", "SENet", senet.SENet, one((2, 3, 16, 16), (2, 3, 9, 22)), {"width": 16}),
    Case(
        "lstm",
        "Classifier",
        lstm.Classifier,
        ((Ints((2, 7), 50),), (Ints((3, 12), 50),)),
        {"vocabulary": 50, "dim": 8, "hidden": 6},
    ),
    Case("pyramid", "Pyramid", pyramid.Pyramid, one((2, 3, 64, 64), (2, 3, 96, 32)), {"width": 16}),
]
ALL = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(autouse=True)
def hand_written_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the examples, where handwritten.py is, can be imported from."""
    monkeypatch.syspath_prepend(str(EXAMPLES))


@ALL
def test_same_network_as_by_hand(case: Case) -> None:
    assert_same_network(case.load(), case.by_hand(), *case.inputs)


@ALL
def test_same_weights_after_the_same_seed(case: Case) -> None:
    torch.manual_seed(3)
    ours = case.load()
    torch.manual_seed(3)
    theirs = case.by_hand()
    assert_same_state(ours, theirs)


@ALL
def test_compiled_file_is_what_load_runs(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that `compile` gives, written to a file and imported: torch alone, and the same module."""
    text = cnndsl.compile(EXAMPLES / f"{case.file}.cnn", model=case.model, **case.parameters)
    assert imports(text) <= {"torch", "__future__", "typing", "collections"} | (
        {"handwritten"} if case.extern else set()
    )
    (tmp_path / "generated_net.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "generated_net", raising=False)
    import generated_net  # type: ignore[import-not-found]

    monkeypatch.delitem(sys.modules, "generated_net", raising=False)
    torch.manual_seed(3)
    name = case.model if hasattr(generated_net, case.model) else case.model.lower()  # a variant's
    compiled = getattr(generated_net, name)()
    torch.manual_seed(3)
    assert_same_network(compiled, case.load(), case.inputs[0])


def imports(text: str) -> set[str]:
    """The packages that a Python text imports."""
    words = [line.split() for line in text.splitlines()]
    return {line[1].split(".")[0] for line in words if line[:1] in (["import"], ["from"])}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.cnn")), ids=lambda path: path.stem)
def test_example_is_clean(path: Path) -> None:
    report = cnndsl.check(path)
    assert report.ok and not report.problems, str(report)
    assert report.models


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.cnn")), ids=lambda path: path.stem)
def test_example_is_in_the_one_layout(path: Path) -> None:
    text = path.read_text()
    assert pipeline.format(Source(str(path), text)) == text
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize(("name", "most"), [("lenet5", 10), ("resnet18", 18), ("unet", 18), ("simple_cnn", 8)])
def test_example_is_short(name: str, most: int) -> None:
    lines = [line.strip() for line in (EXAMPLES / f"{name}.cnn").read_text().splitlines()]
    assert len([line for line in lines if line and not line.startswith("#")]) <= most


def test_every_example_has_a_twin() -> None:
    """digits.cnn is trained by its own test."""
    assert {path.stem for path in EXAMPLES.glob("*.cnn")} - {case.file for case in CASES} == {"digits"}


@pytest.mark.parametrize(
    ("file", "model", "wanted"),
    [
        ("unet", "UNet", ("H % 8 == 0", "W % 8 == 0", "N >= 2 or H >= 16 or W >= 16 (when training)")),
        ("resnet18", "ResNet18", ("N >= 2 or H >= 33 or W >= 33 (when training)",)),
        ("audio", "M5", ("T >= ",)),
        ("simple_cnn", "SimpleCNN", ()),
        ("pyramid", "Pyramid", ("N >= 2 or H >= 2 or W >= 2 (when training)",)),
    ],
)
def test_requirements_of_examples(file: str, model: str, wanted: tuple[str, ...]) -> None:
    found = next(m for m in cnndsl.check(EXAMPLES / f"{file}.cnn").models if m.name == model)
    assert len(found.requirements) == len(wanted)
    for text, start in zip(found.requirements, wanted, strict=True):
        assert text.startswith(start)


def test_a_wrong_size_meets_one_clear_error() -> None:
    net = cnndsl.load(EXAMPLES / "unet.cnn", width=4)
    with pytest.raises(ValueError, match="H % 8 == 0"):
        net(*tensors([(1, 1, 20, 16)]))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_examples_work_in_other_dtypes(dtype: torch.dtype) -> None:
    """A network may be converted as any other; what it creates inside follows."""
    net = cnndsl.load(EXAMPLES / "resnet18.cnn", classes=3).to(dtype).eval()
    assert net(tensors([(1, 3, 32, 32)])[0].to(dtype)).dtype == dtype


def test_hand_written_layer_is_refused_unasked() -> None:
    monkeypatched = sys.modules.pop("handwritten", None)
    with pytest.raises(cnndsl.CnnError) as caught:
        cnndsl.load(EXAMPLES / "handwritten.cnn")
    assert "handwritten" in str(caught.value)
    assert "handwritten" not in sys.modules
    if monkeypatched:
        sys.modules["handwritten"] = monkeypatched
