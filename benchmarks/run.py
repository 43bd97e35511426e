"""Measures cnndsl against floors in the same run, paired and interleaved; figures are ratios of medians.

`python benchmarks/run.py` writes docs/performance.md, `--json` prints the figures instead, and `--compare FILE` says
how they differ from those of an earlier `--json`. Only `load` needs torch and torchvision. Asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

from networks import LAYERS, SHAPES

ROOT = Path(__file__).resolve().parent.parent
FAMILY = ROOT / "examples" / "torchvision" / "resnet.cnn"
sys.path.insert(0, str(ROOT))
Figures = dict[str, float]


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        found = {**cold(Path(folder), options.runs), **warm(options.runs), **growth(options.layers)}
        found |= load(options.runs) if options.load else {}
    found = {name: round(value, 3) for name, value in found.items()}
    if options.json:
        print(json.dumps(found, indent=2))
    elif options.compare:
        compare(json.loads(Path(options.compare).read_text()), found)
    else:
        (ROOT / "docs" / "performance.md").write_text(page(found, options.runs), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--compare", metavar="FILE")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--layers", type=int, default=10_000, help="the largest network of the growth figures")
    parser.add_argument("--no-load", dest="load", action="store_false", help="leave out what needs torchvision")
    return parser.parse_args()


def interleaved(tasks: dict[str, Callable[[], float]], runs: int) -> Figures:
    """The median of each, all taken in turn; a first turn warms up."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(runs + 1):
        for name, task in tasks.items():
            value = task()
            if turn:
                taken[name].append(value)
    return {name: median(values) for name, values in taken.items()}


def cold(folder: Path, runs: int) -> Figures:
    """CPU time of whole processes, byte code cached as in an installed package, against `import lark`."""
    resnet50 = folder / "resnet50.cnn"
    lines = FAMILY.read_text(encoding="utf-8").splitlines(keepends=True)
    others = ("model ResNe", "model Wide")
    kept = [
        line for line in lines if not line.startswith(others) or line.startswith(("model ResNet(", "model ResNet50"))
    ]
    resnet50.write_text("".join(kept), encoding="utf-8")
    commands = {
        "lark": ["-c", "import lark"],
        "pass": ["-c", "pass"],
        "torch": ["-c", "import torch"],
        "check": ["-m", "cnndsl", "check", str(resnet50)],
        "compile": ["-m", "cnndsl", "compile", str(resnet50)],
        "family": ["-m", "cnndsl", "check", str(FAMILY)],
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "cache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times = interleaved({name: process(command, environment) for name, command in commands.items()}, runs)
    return {
        "cold: import lark, ms": times["lark"] * 1e3,
        "cold: python -c pass / lark": times["pass"] / times["lark"],
        "cold: check ResNet-50 / lark": times["check"] / times["lark"],
        "cold: compile ResNet-50 / lark": times["compile"] / times["lark"],
        "cold: check all ResNets / lark": times["family"] / times["lark"],
        "cold: import torch / check ResNet-50": times["torch"] / times["check"],
        "cold: import torch / compile ResNet-50": times["torch"] / times["compile"],
    }


def process(command: list[str], environment: dict[str, str]) -> Callable[[], float]:
    def run() -> float:
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, check=True)
        after = getrusage(RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def timed(task: Callable[[], Any]) -> Callable[[], float]:
    def run() -> float:
        begin = time.process_time()
        task()
        return time.process_time() - begin

    return run


def warm(runs: int) -> Figures:
    """A file checked again in one process, as an editor does."""
    from cnndsl import pipeline
    from cnndsl.source import Source

    texts = {f"warm: check {count} lines, ms": SHAPES["chain"](count) for count in (50, 1_000)}
    tasks = {name: timed(lambda text=text: pipeline.report(Source("x.cnn", text))) for name, text in texts.items()}
    return {name: seconds * 1e3 for name, seconds in interleaved(tasks, runs).items()}


def growth(largest: int) -> Figures:
    """Compiling networks of more and more layers: layers a second, and time against that of the size before."""
    found: Figures = {}
    for name, text in SHAPES.items():
        before, fewer = 0.0, 0
        for layers in [*(size for size in LAYERS if size < largest), largest]:
            elaborated, emitted = stages(text(layers))
            found[f"growth: {name}, {layers:,} layers, elaborated a second"] = layers / elaborated
            if before:
                found[f"growth: {name}, {layers:,} layers, time / that of {fewer:,}"] = (elaborated + emitted) / before
            before, fewer = elaborated + emitted, layers
    return found


def stages(text: str) -> tuple[float, float]:
    """Seconds from text to graph, and from graph to Python."""
    from cnndsl import pipeline
    from cnndsl.emit.python import emit
    from cnndsl.source import Source

    begin = time.process_time()
    graph = pipeline.elaborate(Source("x.cnn", text), None, {}).graph
    middle = time.process_time()
    emit(graph, command="")
    return middle - begin, time.process_time() - middle


def load(runs: int) -> Figures:
    """`cnndsl.load` against torchvision's constructor of the same network, torch imported."""
    import cnndsl
    from tests.zoo.original import builder

    resnet152 = builder("resnet152")
    tasks = {
        "torchvision": timed(resnet152),
        "cnndsl": timed(lambda: cnndsl.load(FAMILY, model="ResNet152")),
    }
    times = interleaved(tasks, max(3, runs // 3))
    return {"load: ResNet-152 / torchvision's constructor": times["cnndsl"] / times["torchvision"]}


def compare(old: Figures, new: Figures) -> None:
    for name, value in new.items():
        if name in old:
            print(f"{value / old[name]:6.2f} x  {name}: {old[name]:g} -> {value:g}")


def page(found: Figures, runs: int) -> str:
    rows = "\n".join(f"| {name} | {value:,g} |" for name, value in found.items())
    return f"""# Performance

Written by `python benchmarks/run.py` (medians of {runs} interleaved runs, CPU time). To see whether a change made
things slower, run `python benchmarks/run.py --json > before.json`, then, after it,
`python benchmarks/run.py --compare before.json`.

| figure | value |
|---|---|
{rows}
"""


if __name__ == "__main__":
    main()
