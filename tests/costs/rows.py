"""Rows of the tables of docs/costs.md, each made in a process of its own. Writes no page."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from cnndsl import pipeline
from cnndsl.cost.words import number
from cnndsl.files import read
from cnndsl.graph import Model
from cnndsl.source import Source

from ..zoo.catalogue import families
from . import mixed
from .beside import beside
from .networks import Comparison, compared, good_sizes
from .published import published
from .test_networks import ROOT, chain, random_network

KINDS = {"chains": chain, "mixtures": mixed.network}
FULL = ("allocate memory", "out of memory", "bad alloc")  # what torch says of too little


def prepare(memory: int) -> None:
    """A process may use so many bytes, and import what stands beside the examples."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    sys.path.insert(0, str(ROOT / "examples"))


def compare(path: Path, name: str) -> str | None:
    """The line of a model; None if it takes no small size."""
    source = read(str(path))
    (model,) = pipeline.analyse(source, name).graph.models
    values = good_sizes(model)
    try:
        return None if values is None else line(compared(source, model, values), at_published_size(source, model, path))
    except RuntimeError as error:
        if any(text in str(error) for text in FULL):
            raise MemoryError from None
        raise


def at_published_size(source: Source, model: Model, path: Path) -> list[str]:
    """The cell about the resolution that a model of the zoo is published for, and the one about torchinfo."""
    shapes = {
        family.model(entry): entry.size for family in families() if family.path == path for entry in family.entries
    }
    explained = "explained" if beside(source, model).is_explained else "DIFFERENT"
    if model.name not in shapes:
        return ["", explained]
    found = published(source, model.name, shapes[model.name])
    size = "×".join(map(str, shapes[model.name][1:]))
    return [f"{size}: {'exact' if found.is_exact else 'DIFFERENT'}", explained]


def line(found: Comparison, more: list[str]) -> str:
    same = all(pair.error == 0 for pair in (found.parameters, found.buffers, found.saved)) and not found.wrong_outputs
    cells = [found.name, f"{found.parameters.told:,}", "equal" if same else "DIFFERENT"]
    cells += ["equal" if found.flops.error == found.flops_by_formula.error == 0 else "DIFFERENT"]
    cells += [f"{number(found.kept.told, 'B')}", percent(found.kept.error), percent(found.peak.error), *more]
    return f"| {' | '.join(cells)} |"


def percent(error: float) -> str:
    return "exact" if error == 0 else f"{error:+.2%}"


def random_line(name: str, count: int) -> str:
    """The worst of so many random networks."""
    made = (random_network(f"{name} {number}", KINDS[name]) for number in range(count))
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
