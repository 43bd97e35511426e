"""Whole networks against torch: every example, some of the zoo, and random ones.

`python -m tests.costs` compares all of the zoo and many more random networks, and writes the tables of docs/costs.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

from cnndsl import pipeline
from cnndsl.files import read
from cnndsl.graph import Model
from cnndsl.source import Source

from ..requirements.networks import network as chain
from . import mixed
from .networks import Comparison, compared, good_sizes
from .published import published

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.cnn"))
ZOO = [("squeezenet", "SqueezeNet1_1"), ("mobilenet_v3", "MobileNetV3Small"), ("shufflenet", "ShuffleNetV2_x0_5")]
EXACT = {
    "resnet18",
    "vgg",
    "lenet5",
    "unet",
    "densenet",
    "mobilenet",
    "simple_cnn",
    "digits",
    "autoencoder",
    "googlenet",
}
WITHIN = 0.02
RECURRENT = ("LSTM(6, 2)", "LSTM(6, 2, bidirectional=True, batch_first=True)", "LSTM(6, 2, proj_size=3)", "GRU(6, 2)")
RECURRENT += ("GRU(6, 2, bidirectional=True)", "RNN(5)", "RNN(5, 2, bidirectional=True)")
OUTSIDE = {"handwritten"}  # what comes from outside is not known, and told so


@pytest.fixture(autouse=True)
def examples_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])


def check(found: Comparison, exact: bool = False) -> None:
    assert found.parameters.error == found.buffers.error == found.saved.error == found.flops.error == 0, found.name
    assert found.flops_by_formula.error == 0 and abs(found.kept_by_formula.error) <= WITHIN, found.name
    assert abs(found.kept.error) <= (0 if exact else WITHIN), (found.name, found.kept)
    assert found.peak.error == found.peak_by_formula.error == 0, (found.name, found.peak, found.peak_by_formula)
    assert not found.wrong_outputs


def models(source: Source) -> tuple[Model, ...]:
    return pipeline.analyse(source).graph.models


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    source = read(str(path))
    for model in models(source):
        found = compared(source, model, good_sizes(model) or {})
        if path.stem in OUTSIDE:
            assert found.found.unknown and found.parameters.told < found.parameters.measured
        else:
            assert not found.found.unknown
            check(found, path.stem in EXACT)


@pytest.mark.parametrize(("file", "name"), ZOO)
def test_zoo(file: str, name: str) -> None:
    source = read(str(ROOT / "examples" / "torchvision" / f"{file}.cnn"))
    (model,) = [model for model in models(source) if model.name == name]
    check(compared(source, model, good_sizes(model) or {}))


def test_published_resolution() -> None:
    source = read(str(ROOT / "examples" / "torchvision" / "squeezenet.cnn"))
    assert published(source, "SqueezeNet1_1", (3, 224, 224)).is_exact


@pytest.mark.parametrize("layer", RECURRENT)
def test_recurrent_layers(layer: str) -> None:
    text = f"model M {{\n input x: [N, 7, 4]\n y, _ = x -> r: {layer}\n y -> fc: Linear(3)\n}}"
    source = Source("m.cnn", text)
    (model,) = models(source)
    check(compared(source, model, {"N": 2}))


def random_network(seed: str, write: object) -> Comparison | None:
    """The comparison of a random network; None if it takes no size that can be measured."""
    source = Source("random.cnn", write(Random(seed)))  # type: ignore[operator]
    found = models(source)
    values = good_sizes(found[0]) if found else None
    if values is None or max(values.values(), default=0) > 400:
        return None
    return compared(source, found[0], values)


def test_random_mixtures(samples: int, seed: int) -> None:
    for number in range(max(samples // 2, 8)):
        found = random_network(f"mixed {seed} {number}", mixed.network)
        assert found is not None, "each is good"
        check(found)


def test_random_chains_are_exact(samples: int, seed: int) -> None:
    """Convolutions, pools, joins and linear layers alone: bit for bit."""
    counted = 0
    for number in range(max(samples // 2, 8)):
        found = random_network(f"chain {seed} {number}", chain)
        if found is not None:
            check(found, exact=True)
            counted += 1
    assert counted > samples // 4
