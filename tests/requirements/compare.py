"""One random network: what the requirements say of sizes, against what torch does on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.dims import Size
from cnndsl.emit.sizes import met_type
from cnndsl.emit.summary import type_of
from cnndsl.graph import Graph, Model
from cnndsl.problems import CnnError
from cnndsl.shapes import Need, tensors
from cnndsl.source import Source

from .layers import MOST
from .oracle import Judge, Shapes, unguarded

PAIRS = 200


@dataclass
class Found:
    """What the comparison of a network found."""

    text: str
    kind: str  # residues | bounds | all | never | undecided | refused
    wrong: list[str] = field(default_factory=list)
    tried: int = 0
    ran: int = 0
    stricter: int = 0


def graph_of(text: str) -> Graph:
    return pipeline.elaborate(Source("net.cnn", text), None, {}).graph


def compare(text: str, rng: Random) -> Found:
    try:
        graph = graph_of(text)
    except CnnError as error:
        return refused(text, error, rng)
    model = graph.models[0]
    found = Found(text, kind_of(model))
    judge = Judge(unguarded(graph).train(rng.random() < 0.5), rng.choice((1, 2)))
    said = Said(model, judge.batch, judge.module.training)
    for height, width in places(said.holds, rng):
        check(found, said, judge, height, width)
    return found


def check(found: Found, said: Said, judge: Judge, height: int, width: int) -> None:
    expected, actual = said.shapes(height, width), judge.run(height, width)
    found.tried += 1
    found.ran += actual is not None
    if expected is None and actual is not None and not judge.is_meant(height, width):
        found.stricter += 1
    elif expected != actual:
        found.wrong.append(f"H={height}, W={width}: said {expected}, torch {actual}")


class Said:
    """What is said of a model: its printed requirements, and its printed shapes."""

    def __init__(self, model: Model, batch: int, training: bool = False) -> None:
        self.batch = batch
        asked = (training and model.training_requirements) or model.requirements
        needs = [f"({text})" for text in asked.texts]
        self.needs = code(" and ".join(needs) or "True")
        self.sizes = [[code(str(size)) for size in shape] for shape in shapes_of(model, True)]
        self.plain = [list(shape) for shape in shapes_of(model, False)]

    def holds(self, height: int, width: int) -> bool:
        return bool(eval(self.needs, {"H": height, "W": width, "N": self.batch}))

    def shapes(self, height: int, width: int) -> Shapes | None:
        if not self.holds(height, width):
            return None
        values = {"H": height, "W": width, "N": self.batch, "min": min, "max": max}
        printed = tuple(tuple(eval(size, values) for size in shape) for shape in self.sizes)
        names = {"H": height, "W": width, "N": self.batch}
        plain = tuple(tuple(at(size, names) for size in shape) for shape in self.plain)
        assert printed == plain, f"{printed} is printed for {plain}"
        return printed


def code(text: str) -> Any:
    return compile(text, text, "eval")


def at(size: Size, values: dict[str, int]) -> int:
    return int(size) if isinstance(size, int) else size.at(values)


def shapes_of(model: Model, met: bool) -> list[tuple[Size, ...]]:
    found = []
    for _, value in model.instance.result.items:
        kind = type_of(value)
        found += [tensor.shape for tensor in tensors(met_type(kind, model.requirements) if met else kind)]
    return found


def places(holds: Callable[[int, int], bool], rng: Random) -> Iterator[tuple[int, int]]:
    """All heights with a good width, all widths with a good height, and random pairs."""
    height, width = good_pair(holds, rng)
    yield from ((h, width) for h in range(1, MOST + 1))
    yield from ((height, w) for w in range(1, MOST + 1))
    yield from ((rng.randint(1, MOST), rng.randint(1, MOST)) for _ in range(PAIRS))


def good_pair(holds: Callable[[int, int], bool], rng: Random) -> tuple[int, int]:
    """A pair that is said to be good; any, if none is found."""
    pairs = [(rng.randint(1, 160), rng.randint(1, 160)) for _ in range(300)]
    pairs += [(h, w) for h in range(1, 65) for w in range(1, 65)] + [(h, h) for h in range(1, MOST)]
    return next((pair for pair in pairs if holds(*pair)), (224, 224))


def refused(text: str, error: CnnError, rng: Random) -> Found:
    """What is said to work nowhere: elaborated without the sizes' conditions, torch must refuse it everywhere."""
    found = Found(text, "never")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Need, "that", lambda *_, **__: None)
            graph = graph_of(text)
    except CnnError:
        found.kind = f"refused: {error.problems[0].code}"
        return found
    judge = Judge(unguarded(graph), rng.choice((1, 2)))
    for height, width in [*places(lambda *_: False, rng), *((h, h) for h in range(1, MOST))]:
        ran = judge.run(height, width)
        found.tried += 1
        if ran is not None and judge.is_meant(height, width):
            found.wrong.append(f"H={height}, W={width}: said never, torch {ran}")
        found.stricter += ran is not None
    return found


def kind_of(model: Model) -> str:
    """How the good sizes are said."""
    needs = model.requirements
    if needs.undecided:
        return "undecided"
    text = " ".join(needs.texts)
    return "residues" if "%" in text else "bounds" if text else "all"


def mix(found: list[Found]) -> dict[str, int]:
    return dict(Counter(one.kind for one in found).most_common())
