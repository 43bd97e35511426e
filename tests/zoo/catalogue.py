"""What the zoo holds: a family is a `.cnn` file and the torchvision modules that it stands for; a model, a builder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnndsl import pipeline
from cnndsl.emit.python import File
from cnndsl.live import build
from cnndsl.source import Source

from .original import builder

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "torchvision"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Entry:
    """A builder of torchvision's: its name, inputs without the batch, and arguments where the two sides need some.

    `size` is the published resolution, `other` a second one. Training runs on `train`, a whole shape; where the network
    is too large to be trained in a test, `reduced` is a smaller one of the same classes: what cnndsl.load takes, and a
    function that builds torchvision's. `computes` says that torchvision's code works sizes out with tensors.
    """

    name: str
    size: Shape = (3, 224, 224)
    other: Shape = (3, 160, 201)
    train: Shape = (2, 3, 64, 64)
    ours: Mapping[str, Any] = field(default_factory=dict)
    theirs: Mapping[str, Any] = field(default_factory=dict)
    reduced: tuple[Mapping[str, Any], Callable[[], nn.Module]] | None = None

    computes: bool = False

    def original(self) -> nn.Module:
        return builder(self.name)(weights=None, **self.theirs)

    def weightless(self) -> nn.Module:
        """The original on the meta device."""
        with torch.device("cpu" if self.computes else "meta"):
            return self.original().to("meta")


@dataclass(frozen=True)
class Family:
    """A `.cnn` file, torchvision's modules for it (below torchvision.models), and its models."""

    name: str
    modules: tuple[str, ...]
    entries: tuple[Entry, ...]
    most: float = 0.40

    @property
    def path(self) -> Path:
        return EXAMPLES / f"{self.name}.cnn"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def model(self, entry: Entry) -> str:
        """The model of torchvision's name but for separators and case; of two, the one with its numbers."""
        names = re.findall(r"^model (\w+)", self.text, re.MULTILINE)
        same = [name for name in names if name.replace("_", "").lower() == entry.name.replace("_", "")]
        numbers = re.findall(r"\d+", entry.name)  # regnet_x_1_6gf is not regnet_x_16gf
        return next((name for name in same if re.findall(r"\d+", name) == numbers), same[0])

    def build(self, entry: Entry, parameters: Mapping[str, Any]) -> nn.Module:
        return build(*generated(self.path, self.model(entry), json.dumps(dict(parameters))))


@cache
def generated(path: Path, model: str, parameters: str) -> tuple[str, str]:
    """The source of one model, and what to call in it."""
    source = Source(str(path), path.read_text(encoding="utf-8"))
    file = File(pipeline.elaborate(source, model, json.loads(parameters)).graph)
    return file.text(""), file.entries[model]


@cache
def everything() -> tuple[Family, ...]:
    """All families, those that nobody has written yet included."""
    from . import convolutional, later

    return convolutional.FAMILIES + later.FAMILIES


def families() -> list[Family]:
    """Those that are written."""
    return [family for family in everything() if family.path.exists()]
