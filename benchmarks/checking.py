"""Figures of checking and compiling: whole processes, a file open in an editor, growth. Torch is a floor alone."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median

from networks import SHAPES, chain, definitions
from timing import ROOT, Figure, Figures, Task, elsewhere, interleaved, process, timed

FAMILY = ROOT / "examples" / "torchvision" / "resnet.cnn"
COMMAND = "import sys; from cnndsl.cli import process; sys.exit(process())"  # what the installed `cnndsl` runs
SIZES = (100, 1_000, 10_000, 100_000)
MOST = {"wide": 99_000}  # a list has 100,000 entries at most
TURNS = 3  # in which each size is compiled once


def cold(folder: Path, runs: int) -> Figures:
    """CPU time of whole processes, byte code cached as in an installed package, against `import lark`."""
    resnet50, resnet152 = (alone(folder, name) for name in ("ResNet50", "ResNet152"))
    commands = {
        "lark": ["-c", "import lark"],
        "pass": ["-c", "pass"],
        "torch": ["-c", "import torch"],
        "check": ["-c", COMMAND, "check", str(resnet50)],
        "compile": ["-c", COMMAND, "compile", str(resnet50)],
        "family": ["-c", COMMAND, "check", str(FAMILY)],
        "check 152": ["-c", COMMAND, "check", str(resnet152)],
        "summary 152": ["-c", COMMAND, "summary", str(resnet152)],
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "cache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times = interleaved({name: process(command, environment) for name, command in commands.items()}, runs)
    return {
        "cold: import lark, ms": Figure(times["lark"] * 1e3),
        "cold: python -c pass / import lark": Figure(times["pass"] / times["lark"]),
        "cold: check ResNet-50 / import lark": Figure(times["check"] / times["lark"], 1.6),
        "cold: compile ResNet-50 / import lark": Figure(times["compile"] / times["lark"], 1.8),
        "cold: check the 9 ResNets / import lark": Figure(times["family"] / times["lark"]),
        "cold: summary of ResNet-152 / check of it": Figure(times["summary 152"] / times["check 152"], 1.5),
        "cold: import torch / check ResNet-50": Figure(times["torch"] / times["check"], 15, more=True),
        "cold: import torch / compile ResNet-50": Figure(times["torch"] / times["compile"], 15, more=True),
    }


def alone(folder: Path, name: str) -> Path:
    """A file with one of the ResNets."""
    lines = FAMILY.read_text(encoding="utf-8").splitlines(keepends=True)
    others = ("model ResNe", "model Wide")
    kept = (
        line for line in lines if not line.startswith(others) or line.startswith(("model ResNet(", f"model {name} "))
    )
    path = folder / f"{name.lower()}.cnn"
    path.write_text("".join(kept), encoding="utf-8")
    return path


def warm(runs: int) -> Figures:
    """A file checked again and again in one process, as an editor does: as it is, and with one line changed."""
    figures = {
        "warm: check 50 lines, ms": (checked([chain(50)]), 15),
        "warm: check 1,000 lines in one model, ms": (checked([chain(1_000)]), None),
        "warm: one line of these changed, ms": (checked(edits(chain(1_000)), "model.cnn"), 60),
        "warm: check 1,000 lines in many blocks, ms": (checked([definitions(1_000)]), None),
        "warm: one line of these changed, ms (blocks)": (checked(edits(definitions(1_000)), "blocks.cnn"), 60),
    }
    times = interleaved({name: task for name, (task, _) in figures.items()}, runs)
    return {name: Figure(times[name] * 1e3, wanted) for name, (_, wanted) in figures.items()}


def edits(text: str) -> list[str]:
    """Texts each of which differs from the one before it in one number, in the middle."""
    at = text.index("padding=1", len(text) // 2)
    return [f"{text[:at]}padding=({1 + turn}, 1){text[at + 9 :]}" for turn in range(50)]


def checked(texts: list[str], path: str = "") -> Task:
    """Seconds to check the next of some texts: of one file, or each as a file that was never seen."""
    from cnndsl import pipeline
    from cnndsl.source import Source

    turn = 0

    def check() -> object:
        nonlocal turn
        turn += 1
        report = pipeline.report(Source(path or f"{turn}.cnn", texts[turn % len(texts)]))
        assert report.ok, report
        return report

    return timed(check)


def growth(largest: int) -> Figures:
    """Networks of more and more layers, each in a process of its own; time and memory for each layer."""
    found: Figures = {}
    for shape in SHAPES:
        before = 0.0
        for layers, taken in grown(shape, [size for size in SIZES if size <= largest]).items():
            name = f"growth: {shape}, {layers:,} layers"
            each = (taken["parsed"] + taken["elaborated"] + taken["emitted"]) / layers
            found[f"{name}, elaborated a second"] = Figure(layers / taken["elaborated"], 8_000, more=True)
            if shape in ("chain", "wide"):  # a layer is a statement
                found[f"{name}, statements a second from text to source"] = Figure(1 / each, 2_500, more=True)
            if before:
                found[f"{name}, time a layer / that of a tenth"] = Figure(each / before, 1.1)
            if layers >= 10_000:
                found[f"{name}, kB a layer"] = Figure(taken["kb"] / layers, 6)
            before = each
    return found


def grown(shape: str, sizes: list[int]) -> dict[int, dict[str, float]]:
    """What each size takes: medians, all sizes taken in turn."""
    every = [min(size, MOST.get(shape, size)) for size in sizes]
    taken = [{layers: elsewhere("growing.py", shape, str(layers)) for layers in every} for _ in range(TURNS)]
    return {
        layers: {what: median(turn[layers][what] for turn in taken) for what in taken[0][layers]} for layers in every
    }
