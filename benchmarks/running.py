"""Runs torchvision's ResNet-50 and ours: `python running.py times 5` prints ratios, `peak loaded` a peak."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import torch
from loading import TORCHVISION
from timing import interleaved, timed
from timing import peak as held
from torch.profiler import ProfilerActivity, profile

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


def made(which: str) -> tuple[Any, Any]:
    """A network, and images for it."""
    makers = networks() | {"plain": lambda: plain(False), "in place": lambda: plain(True)}
    return makers[which](), torch.randn(4 * BATCH, 3, SIZE, SIZE)


def peak(which: str, run: Callable[[Any, Any], None] = step) -> int:
    """The most bytes in tensors at once, those inside of operators included: torch's allocator tells its own events."""
    network, images = made(which)
    network.train(run is step)
    run(network, images)  # what is made once, gradients for one
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        run(network, images)
    events = [event for event in found.profiler.kineto_results.events() if event.name() == "[memory]"]
    sizes = [event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]
    kept = [*network.parameters(), *network.buffers(), *(p.grad for p in network.parameters() if p.grad is not None)]
    return sum(tensor.nbytes for tensor in kept) + max(accumulate(sizes))


def process_peak(which: str) -> int:
    """The peak of the process over two training steps, in kB: with what loading took, and what malloc keeps unused."""
    network, images = made(which)
    for _ in range(2):
        step(network, images)
    return held()


KINDS: dict[str, Callable[[str], Any]] = {
    "times": lambda runs: times(int(runs)),
    "peak": peak,
    "peak of a forward": lambda which: peak(which, forward),
    "process": process_peak,
}


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(json.dumps(KINDS[sys.argv[1]](sys.argv[2])))
