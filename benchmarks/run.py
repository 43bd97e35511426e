"""Measures cnndsl against floors and rivals in the same run, paired and interleaved; figures are ratios of medians.

`python benchmarks/run.py` writes docs/performance.md and benchmarks/figures.json, `--json` prints the figures instead,
and `--compare` says how they differ from the stored ones. Asserts nothing about the time that anything takes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from checking import cold, growth, warm
from loading import load, running
from rivals import rivals
from timing import ROOT, Figure, Figures

sys.path.insert(0, str(ROOT))
STORED = ROOT / "benchmarks" / "figures.json"
PAGE = ROOT / "docs" / "performance.md"
NOTE = ROOT / "benchmarks" / "note.md"
WORSE = 1.15  # what a comparison counts as slower, for a ratio


def main() -> int:
    options = arguments()
    os.environ["CNNDSL_CACHE"] = "off"  # loading.py says where code is kept that it measures
    found = measured(options)
    if options.json:
        print(json.dumps(stored(found), indent=2))
    elif options.compare:
        return compare(json.loads(options.compare.read_text(encoding="utf-8")), found)
    else:
        STORED.write_text(json.dumps(stored(found), indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(page(found, options.runs), encoding="utf-8")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--compare", metavar="FILE", nargs="?", type=Path, const=STORED)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--layers", type=int, default=100_000, help="the largest network of the growth figures")
    parser.add_argument("--only", metavar="PARTS", default="cold,warm,growth,load,run,rivals", help="parts, by comma")
    return parser.parse_args()


def measured(options: argparse.Namespace) -> Figures:
    few = max(3, options.runs // 3)
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], Figures]] = {
            "cold": lambda: cold(Path(folder), options.runs),
            "warm": lambda: warm(options.runs),
            "growth": lambda: growth(options.layers),
            "load": lambda: load(few),
            "run": lambda: running(options.runs),
            "rivals": lambda: rivals(few),
        }
        return {name: figure for part in options.only.split(",") for name, figure in parts[part]().items()}


def stored(found: Figures) -> dict[str, float]:
    return {name: float(f"{figure.value:.4g}") for name, figure in found.items()}


def compare(old: dict[str, float], new: Figures) -> int:
    """Tells each figure's change; 1 if a ratio has become worse by more than noise explains."""
    slower = 0
    for name, figure in new.items():
        if name in old:
            change = figure.value / old[name] if old[name] else 1 + figure.value
            is_worse = " / " in name and (1 / change if figure.more else change) > WORSE
            slower += is_worse
            print(f"{'!' if is_worse else ' '} {change:6.2f} x  {name}: {old[name]:g} -> {figure.value:.4g}")
        else:
            print(f"    new     {name}: {figure.value:.4g}")
    print(f"{slower} ratios are worse by more than {WORSE - 1:.0%}")
    return int(slower > 0)


def page(found: Figures, runs: int) -> str:
    rows = "\n".join(f"| {name} | {number(figure.value)} | {wanted(figure)} |" for name, figure in found.items())
    missed = [name for name, figure in found.items() if not figure.holds]
    said = "All wanted figures are reached." if not missed else "Missed, and in bold: " + "; ".join(missed) + "."
    machine = f"Python {platform.python_version()} on {platform.machine()} ({platform.system()})"
    note = NOTE.read_text(encoding="utf-8")
    return f"""# Performance

Written by `python benchmarks/run.py`: medians of up to {runs} interleaved runs, CPU time, {machine}. {said}

| figure | value | wanted |
|---|---|---|
{rows}

{note}"""


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def wanted(figure: Figure) -> str:
    if figure.wanted is None:
        return ""
    text = f"at {'least' if figure.more else 'most'} {figure.wanted:,g}"
    return text if figure.holds else f"**{text}**"


if __name__ == "__main__":
    sys.exit(main())
