"""What is asked of an accepted program: that it compiles, loads, runs and gives what it means, in both modes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

import cnndsl
from cnndsl.pipeline import elaborate
from cnndsl.source import Source

from ..expectations import report
from ..interpret import interpret
from .drawn import OTHERS, program
from .meaning import Program


class Finding(AssertionError):
    """What an accepted program does wrong."""


def judge(seed: int) -> str:
    """`refused`, or `fine`; raises Finding."""
    drawn = program(seed)
    text = drawn.text
    try:
        found = report(text)
        if not found.ok:
            return "refused"
        model = cnndsl.loads(text)
        source = cnndsl.pipeline.compile(Source("<program>", text), None, {})[0]
        changed = cnndsl.pipeline.compile(Source("<program>", text), None, {}, inplace=True)[0]
        look(drawn, model, found.models[-1].weights)
        if changed.count("inplace=True") > source.count("inplace=True"):
            compare(drawn, cnndsl.loads(text, inplace=True), {})
        arguments(drawn, type(model))
        taps(drawn, model, Random(seed))
    except Finding as error:
        raise Finding(f"seed {seed}: {error}\n{text}") from None
    except Exception as error:
        raise Finding(f"seed {seed}: {type(error).__name__}: {error}\n{text}") from error
    assert source
    return "fine"


def look(drawn: Program, model: nn.Module, weights: int) -> None:
    """The model of the defaults: its weights, the graph's, and what it gives."""
    counted = sum(weight.numel() for weight in model.parameters())
    if counted != weights:
        raise Finding(f"check counts {weights} weights, torch {counted}")
    graph = elaborate(Source("<program>", drawn.text), None, {}).graph
    theirs = interpret(graph.models[-1])
    if list(theirs.state_dict()) != list(model.state_dict()):
        raise Finding(f"keys: {list(model.state_dict())}, of the graph: {list(theirs.state_dict())}")
    compare(drawn, model, {})


def compare(drawn: Program, model: nn.Module, given: Mapping[str, Any]) -> None:
    """What a model gives, against what the program means."""
    model = model.double()
    state = model.state_dict()
    used: set[str] = set()
    for size in (4,) if "[N, 4]" in drawn.text else (2, 4, 6):
        x = torch.randn(3, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
        for mode in (True, False):
            wanted, frame = drawn.meaning(x, state, mode, given)
            used |= frame.used
            with torch.no_grad():
                same(model.train(mode)(x), wanted, f"{given}, training={mode}, size {size}")
            for place, (mean, var) in frame.stats.items():
                same(state[f"{place}.running_mean"], mean, f"{given}, training={mode}: the mean at {place}")
                same(state[f"{place}.running_var"], var, f"{given}, training={mode}: the variance at {place}")
            for place, value in frame.starts.items():
                same(state[place], torch.full_like(state[place], value), f"{given}: the start of {place}", 1e-6)
    follow_each_other(drawn.definitions["M"].ordered, list(state), given)
    if used != set(state) and "training" not in drawn.text:
        raise Finding(f"{given}: weights that no one reads {sorted(set(state) - used)}")


def follow_each_other(ordered: list[str], keys: list[str], given: Mapping[str, Any]) -> None:
    """`order a, b`: the weights of `b` come right after those of `a`."""
    if ordered and keys.index(f"{ordered[1]}.weight") != keys.index(f"{ordered[0]}.bias") + 1:
        raise Finding(f"{given}: {ordered} is the order, but there are {keys}")


def same(found: Tensor, wanted: Tensor, what: str, tolerance: float = 1e-7) -> None:
    scale = wanted.abs().max().nan_to_num(posinf=1e30).clamp(1e-9, 1e30)
    if found.shape != wanted.shape or not torch.allclose(found / scale, wanted / scale, rtol=tolerance, atol=1e-9,
                                                         equal_nan=True):  # fmt: skip
        raise Finding(f"another result: {what}")


def arguments(drawn: Program, cls: Any) -> None:
    """Each argument that the class offers does what `load` does with it."""
    offered = inspect.signature(cls.__init__).parameters
    if not isinstance(cls, type) or cls.__name__ != "M":
        return
    for given in OTHERS:
        if not given.keys() <= offered.keys() or not report_of(drawn, given):
            continue
        try:
            theirs, ours = cnndsl.loads(drawn.text, **given), cls(**given)
        except Exception as error:
            refused = "is not made for" in str(error) or "is made only where" in str(error)  # as its docstring says
            if isinstance(error, ValueError) and refused:
                continue
            raise Finding(f"M({given}): {type(error).__name__}: {error}") from error
        shapes = [{name: tuple(v.shape) for name, v in m.state_dict().items()} for m in (theirs, ours)]
        if list(shapes[0].items()) != list(shapes[1].items()):
            raise Finding(f"M({given}) has other weights than load: {shapes[1]}, {shapes[0]}")
        compare(drawn, ours, given)
        compare(drawn, theirs, given)


def taps(drawn: Program, model: nn.Module, rng: Random) -> None:
    """`M["a", "b"]` gives what these children of the whole model give, and has some of its weights, in its order."""
    whole = model.double().state_dict()
    x = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    _, frame = drawn.meaning(x, whole, False, {})
    once = [name for name, values in frame.gave.items() if "." not in name and len(values) == 1]
    names = rng.sample(once, min(len(once), 2))
    listed = ", ".join(f'"{name}"' for name in names)
    text = f"{drawn.text}\nmodel T {{ input a: [N, 4]; return a -> part: M[{listed}] }}"
    if not names or not report(text).ok:
        return
    tapped = cnndsl.loads(text, model="T").double()
    kept = [key for key in whole if f"part.{key}" in tapped.state_dict()]
    if [f"part.{key}" for key in kept] != list(tapped.state_dict()):
        raise Finding(f"keys: {list(tapped.state_dict())}, of the whole model: {list(whole)}")
    for mode in (True, False):
        tapped.load_state_dict({f"part.{key}": whole[key] for key in kept})
        _, frame = drawn.meaning(x, {key: value.clone() for key, value in whole.items()}, mode, {})
        with torch.no_grad():
            found = tapped.train(mode)(x)
        for name, value in zip(names, found if len(names) > 1 else [found], strict=True):
            for ours, theirs in zip(*(v if isinstance(v, tuple) else (v,) for v in (value, frame.gave[name][0])),
                                    strict=True):  # fmt: skip
                same(ours, theirs, f"M[{listed}]: {name}, training={mode}")


def report_of(drawn: Program, given: Mapping[str, Any]) -> bool:
    """Whether `load` takes these arguments."""
    try:
        elaborate(Source("<program>", drawn.text), None, dict(given), for_code=False)
    except cnndsl.CnnError:
        return False
    return True
