"""Figures of loaded modules against networks written by hand: what loading, running and training take."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from timing import ROOT, Figure, Figures, Task, elsewhere, interleaved, timed

TORCHVISION = ROOT / "examples" / "torchvision"
NETWORKS = {
    "ResNet-152": (TORCHVISION / "resnet.cnn", "ResNet152", "resnet152"),
    "EfficientNet-B7": (TORCHVISION / "efficientnet.cnn", "EfficientNetB7", "efficientnet_b7"),
    "DenseNet-201": (TORCHVISION / "densenet.cnn", "DenseNet201", "densenet201"),
}
SIMPLE = ROOT / "examples" / "simple_cnn.cnn"


def load(runs: int) -> Figures:
    """`cnndsl.load`, never seen, seen by an earlier process, and again, against the constructor in torchvision.

    An earlier process leaves the code that it made in the user's cache folder (cnndsl/cache.py).
    """
    import cnndsl
    from tests.zoo.original import builder

    found: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, model, original) in NETWORKS.items():

            def ours(path: Path = path, model: str = model) -> Any:
                return cnndsl.load(path, model=model)

            alone = parts(path, model, ours())
            tasks = {
                "by hand": timed(builder(original)),
                "never seen": timed(fresh(ours)),
                "seen before": timed(fresh(ours, folder)),
                "again": timed(ours),
                **alone,
            }
            times = interleaved(tasks, runs)
            for how in ("never seen", "seen before", "again"):
                found[f"load: {name} {how} / torchvision's constructor"] = Figure(times[how] / times["by hand"], 1.05)
            for how in alone:
                found[f"load: {name}, {how} alone / torchvision's constructor"] = Figure(times[how] / times["by hand"])
    times = interleaved({"by hand": timed(simple_by_hand), "first": timed(fresh(lambda: cnndsl.load(SIMPLE)))}, runs)
    found["load: SimpleCNN beyond its constructor, ms"] = Figure(1e3 * (times["first"] - times["by hand"]), 15)
    return found


def parts(path: Path, model: str, network: Any) -> dict[str, Task]:
    """What the first load of a network cannot do without: each step alone, but for the constructor that ends it."""
    from cnndsl import live, pipeline
    from cnndsl.source import Source
    from cnndsl.syntax import lalr

    source = Source(str(path), path.read_text(encoding="utf-8"))
    made = live.source_of(type(network)) or ""
    return {
        "the grammar's parser": timed(lambda: lalr.parse(source.text, "start")),
        "a check": timed(lambda: pipeline.analyse(source, model, for_code=False)),
        "Python's compiling of the class": timed(lambda: compile(made, str(path), "exec")),
    }


def fresh(task: Callable[[], Any], kept: str = "off") -> Callable[[], Any]:
    """The task as if for the first time in a process; `kept` is the folder of what earlier ones left."""
    from cnndsl import cache, live, pipeline

    def run() -> Any:
        os.environ[cache.VARIABLE] = kept
        cache.fingerprint.cache_clear()
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
    peak = {which: elsewhere("running.py", "peak", which) for which in ("by hand", "loaded", "plain", "in place")}
    alone = {which: elsewhere("running.py", "peak of a forward", which) for which in ("plain", "in place")}
    whole = {which: [elsewhere("running.py", "process", which) for _ in range(3)] for which in ("by hand", "loaded")}
    return figures | {
        "run: peak memory of a training step / by hand": Figure(peak["loaded"] / peak["by hand"], 1.02),
        "run: peak memory of a training step with --inplace / without": Figure(peak["in place"] / peak["plain"], 1),
        "run: peak memory of a forward with --inplace / without": Figure(alone["in place"] / alone["plain"], 0.98),
        "run: peak memory of the process / by hand": Figure(median(whole["loaded"]) / median(whole["by hand"])),
    }
