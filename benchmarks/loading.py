"""Figures of loaded modules against networks written by hand: what loading, running and training take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from timing import ROOT, Figure, Figures, elsewhere, interleaved, timed

TORCHVISION = ROOT / "examples" / "torchvision"
NETWORKS = {
    "ResNet-152": (TORCHVISION / "resnet.cnn", "ResNet152", "resnet152"),
    "EfficientNet-B7": (TORCHVISION / "efficientnet.cnn", "EfficientNetB7", "efficientnet_b7"),
    "DenseNet-201": (TORCHVISION / "densenet.cnn", "DenseNet201", "densenet201"),
}
SIMPLE = ROOT / "examples" / "simple_cnn.cnn"


def load(runs: int) -> Figures:
    """`cnndsl.load`, the first time and again, against the same network's constructor in torchvision."""
    import cnndsl
    from tests.zoo.original import builder

    found: Figures = {}
    for name, (path, model, original) in NETWORKS.items():
        tasks = {
            "by hand": timed(builder(original)),
            "first": timed(fresh(lambda path=path, model=model: cnndsl.load(path, model=model))),
            "again": timed(lambda path=path, model=model: cnndsl.load(path, model=model)),
        }
        times = interleaved(tasks, runs)
        found[f"load: {name} / torchvision's constructor"] = Figure(times["first"] / times["by hand"], 1.05)
        found[f"load: {name} again / torchvision's constructor"] = Figure(times["again"] / times["by hand"], 1.05)
    times = interleaved({"by hand": timed(simple_by_hand), "first": timed(fresh(lambda: cnndsl.load(SIMPLE)))}, runs)
    found["load: SimpleCNN beyond its constructor, ms"] = Figure(1e3 * (times["first"] - times["by hand"]), 15)
    return found


def fresh(task: Callable[[], Any]) -> Callable[[], Any]:
    """The task as if for the first time."""
    from cnndsl import live, pipeline

    def run() -> Any:
        live.module_of.cache_clear()
        pipeline.loaded.clear()
        return task()

    return run


def simple_by_hand() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 16 * 16, 10)
    )


def running(runs: int) -> Figures:
    """Forward, forward and backward, compiled, and peaks of memory, against torchvision's ResNet-50."""
    found = elsewhere("running.py", "times", str(runs))
    figures = {f"run: {name} / by hand": Figure(value, 1.02) for name, value in found.items()}
    peaks = {which: elsewhere("running.py", "peak", which) for which in ("by hand", "loaded", "plain", "in place")}
    return figures | {
        "run: peak memory of a training step / by hand": Figure(peaks["loaded"] / peaks["by hand"], 1.02),
        "run: peak memory with --inplace / without": Figure(peaks["in place"] / peaks["plain"], 1),
    }
