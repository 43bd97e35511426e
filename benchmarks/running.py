"""Runs torchvision's ResNet-50 and ours: `python running.py times 5` prints ratios, `peak loaded` a peak in kB."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import torch
from loading import TORCHVISION
from timing import interleaved, timed
from timing import peak as held

import cnndsl
from tests.zoo.original import builder

BATCH, SIZE = 4, 96


def networks() -> dict[str, Callable[[], Any]]:
    return {
        "by hand": builder("resnet50"),
        "loaded": lambda: cnndsl.load(TORCHVISION / "resnet.cnn", model="ResNet50"),
    }


def step(network: Any, images: Any) -> None:
    """Forward and backward."""
    network(images).sum().backward()
    network.zero_grad(set_to_none=False)


def forward(network: Any, images: Any) -> None:
    with torch.no_grad():
        network(images)


def times(runs: int) -> dict[str, float]:
    """Seconds of the loaded network against those of the other, interleaved."""
    images = torch.randn(BATCH, 3, SIZE, SIZE)
    made = {name: make() for name, make in networks().items()}
    made["loaded"].load_state_dict(made["by hand"].state_dict())
    kinds: dict[str, tuple[Callable[[Any, Any], None], dict[str, Any]]] = {
        "forward": (forward, {name: network.eval() for name, network in made.items()}),
        "forward and backward": (step, made),
        "forward, torch.compile'd": (forward, {name: torch.compile(network) for name, network in made.items()}),
    }
    found = {}
    for kind, (run, which) in kinds.items():
        tasks = {name: timed(lambda run=run, network=network: run(network, images)) for name, network in which.items()}
        taken = interleaved(tasks, runs)
        found[kind] = taken["loaded"] / taken["by hand"]
    return found


def plain(inplace: bool) -> Any:
    """ResNet-50 whose author says nothing of working in place."""
    text = (TORCHVISION / "resnet.cnn").read_text(encoding="utf-8").replace("ReLU(inplace=True)", "ReLU")
    return cnndsl.loads(text, model="ResNet50", inplace=inplace)


def peak(which: str) -> int:
    """The peak of the process's memory over two training steps, in kB."""
    makers = networks() | {"plain": lambda: plain(False), "in place": lambda: plain(True)}
    network, images = makers[which](), torch.randn(4 * BATCH, 3, SIZE, SIZE)
    for _ in range(2):
        step(network, images)
    return held()


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(json.dumps(times(int(sys.argv[2])) if sys.argv[1] == "times" else peak(sys.argv[2])))
