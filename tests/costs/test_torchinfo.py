"""torchinfo beside the summary: the same parameters, and the same multiply-adds where it is right; what else it counts
follows from its own rule (`beside.py`). Here every example, and the first model of each file of the zoo;
`python -m tests.costs` has the rest.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.files import read
from cnndsl.source import Source

from .test_networks import EXAMPLES, ROOT

pytest.importorskip("torchinfo")

from .beside import beside

ZOO = sorted((ROOT / "examples" / "torchvision").glob("*.cnn"))


@pytest.fixture(autouse=True)
def examples_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])


@pytest.mark.parametrize("path", [*EXAMPLES, *ZOO], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_torchinfo_says_the_same(path: Path) -> None:
    source = read(str(path))
    models = pipeline.analyse(source).graph.models
    for model in models[: 1 if path in ZOO else None]:
        found = beside(source, model)
        assert found.is_explained, (model.name, found)


def test_convolutions_without_bias_agree() -> None:
    """Where torchinfo is right, both say the same number."""
    text = "model A {\n input x: [2, 3, 9, 9]\n Conv2d(8, 3, bias=False) -> ReLU -> Conv2d(4, 2, 2, bias=False)\n}"
    source = Source("a.cnn", text)
    (model,) = pipeline.analyse(source, None).graph.models
    assert beside(source, model).macs.error == 0
