"""Compares every example, every model of the zoo and many random networks with torch, and writes what came out into
docs/costs.md: `python -m tests.costs [RANDOM]`, with so many random networks of each kind (200).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cnndsl import pipeline
from cnndsl.cost.words import number
from cnndsl.files import read
from cnndsl.source import Source

from . import mixed
from .networks import Comparison, compared, good_sizes
from .test_networks import EXAMPLES, OUTSIDE, ROOT, chain, random_network

PAGE = ROOT / "docs" / "costs.md"
START, END = "<!-- measured -->\n", "<!-- /measured -->"
ZOO = sorted((ROOT / "examples" / "torchvision").glob("*.cnn"))


def networks(paths: list[Path]) -> Iterator[Comparison]:
    for path in paths:
        source: Source = read(str(path))
        for model in pipeline.analyse(source).graph.models:
            values = good_sizes(model)
            if values is not None and path.stem not in OUTSIDE:
                found = compared(source, model, values)
                print(line(found), flush=True)
                yield found


def line(found: Comparison) -> str:
    same = all(pair.error == 0 for pair in (found.parameters, found.buffers, found.saved)) and not found.wrong_outputs
    cells = [found.name, f"{found.parameters.told:,}", "equal" if same else "DIFFERENT"]
    cells += ["equal" if found.flops.error == found.flops_by_formula.error == 0 else "DIFFERENT"]
    cells += [f"{number(found.kept.told, 'B')}", percent(found.kept.error), percent(found.peak.error)]
    return f"| {' | '.join(cells)} |"


def percent(error: float) -> str:
    return "exact" if error == 0 else f"{error:+.2%}"


def random_line(name: str, write: object, count: int) -> str:
    """The worst of so many random networks."""
    made = (random_network(f"{name} {number}", write) for number in range(count))
    found = [one for one in made if one is not None]
    exact = sum(one.kept.error == 0 for one in found)
    worst = max(found, key=lambda one: abs(one.kept.error)).kept.error
    peaks = sum(one.peak.error == 0 for one in found)
    farthest = max(found, key=lambda one: abs(one.peak.error)).peak.error
    flops = all(one.flops.error == one.flops_by_formula.error == 0 for one in found)
    same = all(one.parameters.error == one.buffers.error == one.saved.error == 0 for one in found)
    return (
        f"| {len(found)} {name} | {'equal' if same else 'DIFFERENT'} | {'equal' if flops else 'DIFFERENT'} "
        f"| {exact} exact, the worst {percent(worst)} | {peaks} exact, the worst {percent(farthest)} |"
    )


def main(count: int) -> None:
    table = ["| model | parameters | weights and outputs | FLOPs | kept | kept, error | inference, error |"]
    table += ["|:--|--:|:--|:--|--:|--:|--:|", *(line(found) for found in networks([*EXAMPLES, *ZOO]))]
    random = ["| random networks | weights | FLOPs | kept | inference |", "|:--|:--|:--|:--|:--|"]
    random += [random_line("chains", chain, count), random_line("mixtures", mixed.network, count)]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    body = "\n".join(["", *random, "", *table, "", ""])
    PAGE.write_text(f"{before}{START}{body}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "examples"))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
