"""What is asked of every text: an answer in place, in time and in little memory; and torch runs what is accepted."""

from __future__ import annotations

import re
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from math import prod
from random import Random
from typing import Any

import torch

from cnndsl import analysis, files
from cnndsl.analysis.gathering import POISONED
from cnndsl.cost.summary import summary
from cnndsl.cost.table import table
from cnndsl.dims import Dim
from cnndsl.emit.at_sizes import free_sizes
from cnndsl.emit.python import File
from cnndsl.emit.summary import facts, rows, type_of
from cnndsl.graph import Instance, Model
from cnndsl.inplace import in_place
from cnndsl.limits import DEFAULT
from cnndsl.loops import every
from cnndsl.problems import CnnError, Problem
from cnndsl.quiet import undisturbed
from cnndsl.reading import Reading
from cnndsl.records import replace
from cnndsl.report import Report
from cnndsl.report.prose import advice, caption, message, notes
from cnndsl.report.render import concise
from cnndsl.shapes import tensors

from ..bounded import pace

CPU_SECONDS = 2.0
MEMORY = 500 * 2**20
LARGE = 2 * 10**9  # weights of a network that is not built
MANY = 60  # layers of a network that is built one time in four
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 20, 24, 32, 33, 48, 64, 65, 75, 96, 128, 160, 224, 256, 299)
TRIES = 300
OF_VALUES = ("invalid max index",)  # what torch refuses for numbers in a tensor, whatever its shape: no type tells


class TooLate(BaseException):
    """No Exception: nothing may swallow it."""


@dataclass
class Tally:
    """What was found, and how much was looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)  # generated sources that ran


def settled(wrong: str, path: str, data: bytes, name: str | int) -> bool:
    """Whether it was only too slow, and is not when tried again: other work on the machine takes its time."""
    tries = (judge(path, data, Tally(), Random(name), pace()) for _ in range(3))
    return wrong.startswith("longer") and any(found is None for found in tries)


def judge(path: str, data: bytes, tally: Tally, rng: Random, slower: float = 1) -> str | None:
    """What is wrong with the answer to these bytes; None if nothing is. It may take so many times longer."""
    tally.counts["texts"] += 1
    before = peak()
    try:
        with cpu_limit(CPU_SECONDS * slower):
            report, graph = answer(path, data)
    except TooLate:
        return f"longer than {CPU_SECONDS} s"
    except Exception:
        return traceback.format_exc()
    if peak() - before > MEMORY:
        return f"{(peak() - before) >> 20} MiB"
    if leaked := next(filter(None, map(leak, report.problems)), None):
        return leaked
    if not report.ok or graph is None:
        tally.counts["refused"] += 1
        return badly_placed(report)
    tally.counts["accepted"] += 1
    return next(filter(None, map(unsummed, graph.models)), None) or next(
        filter(None, (run(graph, model, tally, rng) for model in graph.models)), None
    )


@undisturbed
def unsummed(model: Model) -> str | None:
    """What `summary` says of a model; None if it gives its table, or says why it has none."""
    try:
        with cpu_limit(4 * CPU_SECONDS):
            table(summary(model))
    except TooLate:
        return f"summary: longer than {4 * CPU_SECONDS} s"
    except CnnError:
        return None
    except Exception:
        return traceback.format_exc()
    return None


@undisturbed  # as every command runs it: the heap of a long run is none of this text's
def answer(path: str, data: bytes) -> tuple[Report, Any]:
    """All that `check` does, its printing included."""
    graph = None
    try:
        source = files.decode(path, data, DEFAULT.size)
        outcome = analysis.elaborate(analysis.load(source, Reading().read_import))
        graph = outcome.graph
        report = Report(path, outcome.problems, tuple(facts(model) for model in graph.models))
    except CnnError as error:
        report = Report(path, error.problems, ())
    str(report), report.to_json(), [concise(problem) for problem in report.problems]
    return report, graph


def badly_placed(report: Report) -> str | None:
    """A refusal has a reason, and the reason a place in the text; that it follows from another one is none."""
    if not report.problems:
        return "refused without a problem"
    if all(problem.code == POISONED for problem in report.errors):
        return "refused for what follows from a mistake that is not told"
    for problem in report.errors:
        span = problem.span
        if span is None or not 0 <= span.start <= span.end <= len(span.source.text):
            return f"{problem.code} has no place"
    return None


def leak(problem: Problem) -> str | None:
    """A message is for people: none tells the name of a class of ours, with its fields."""
    said = " ".join([message(problem), advice(problem), *notes(problem), *map(caption, problem.related)])
    found = inner_names().search(said)
    return f"{problem.code} says {found[0]!r}: {said}" if found else None


@cache
def inner_names() -> re.Pattern[str]:
    """How Python shows a record of ours, a class or an object."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("cnndsl")]
    values = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    fields = {kind.__name__: found for kind in values if (found := getattr(kind, "__record_fields__", ()))}
    shown = [rf"\b{name}\((?:{'|'.join(f.name for f in found)})=" for name, found in fields.items()]
    return re.compile("|".join(["<class ", " object at 0x", "<function ", *sorted(shown)]))


def peak() -> int:
    """The most memory that this process has ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooLate

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


# What is accepted


def run(graph: Any, model: Model, tally: Tally, rng: Random) -> str | None:
    """Runs a model in torch, in both modes, on inputs within its requirements."""
    weights = facts(model).weights
    if weights > LARGE or (len(list(rows(model.instance))) > MANY and rng.random() < 0.75):
        tally.counts["too large to build"] += 1
        return None
    try:
        file = File(replace(graph, models=(model,)))
        text = file.text("fuzz")
    except Exception:
        return traceback.format_exc()
    if file.externs:
        tally.counts["from outside"] += 1
        return None
    digest = sha256(text.encode()).digest()
    if digest in tally.seen:
        tally.counts["the same module as before"] += 1
        return None
    tally.seen.add(digest)
    try:
        File(in_place(file.graph)).text("fuzz")
    except Exception:
        return traceback.format_exc()
    try:
        with cpu_limit(60):
            return trial(text, file.entries[model.name], model, weights, tally, rng)
    except TooLate:
        tally.counts["too slow to run"] += 1
        return None


def trial(text: str, entry: str, model: Model, weights: int, tally: Tally, rng: Random) -> str | None:
    modules: dict[str, Any] = {}
    for training in (False, True):
        sizes = some_sizes(model, training, rng)
        if sizes is None:
            tally.counts["no sizes found"] += 1
            continue
        small = weights < 200_000 and max(sizes.values(), default=1) <= 64
        device = "cpu" if small and elements(model, sizes) < 100_000 else "meta"
        try:
            with warnings.catch_warnings(), torch.device(device), torch.no_grad():
                warnings.simplefilter("ignore")
                module = modules[device] = modules.get(device) or built(text, entry, device)
                given = module.train(training)(*inputs(model, sizes))
        except Exception as error:
            if any(text in str(error) for text in OF_VALUES):
                tally.counts["wrong values"] += 1
                continue
            mode = "training" if training else "evaluation"
            return f"{model.name} in {mode} at {sizes} on {device}:\n{traceback.format_exc()}"
        tally.counts[f"run on {device}"] += 1
        if wrong := differs(model, sizes, given):
            return f"{model.name} at {sizes}: {wrong}"
    tally.counts["modules run"] += 1
    return None


def built(text: str, entry: str, device: str) -> Any:
    """The module, of a source that no one else gets to see."""
    space: dict[str, Any] = {"__name__": "fuzzed"}
    exec(compile(text.replace('torch.fx.wrap("require")', ""), "<fuzzed>", "exec"), space)
    module = space[entry]()
    if device == "meta":
        for part in module.modules():  # a cumulative average divides by a count that is read off a tensor
            if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and part.momentum is None:
                part.momentum = 0.1
    return module


def some_sizes(model: Model, training: bool, rng: Random) -> dict[str, int] | None:
    """Sizes within the stated requirements, small ones first; None if none are found."""
    names = free_sizes(model)
    needs = (training and model.training_requirements) or model.requirements
    conditions = (*model.promises, *needs.conditions)
    pools = {name: [*(n for n in needs.nearest(name, 8) if n), *SIZES] for name in names}
    for attempt in range(TRIES):
        reach = 2 + attempt // 8
        sizes = {name: rng.choice(pools[name][:reach]) for name in names}
        if all(condition.at(sizes) for condition in conditions):
            return sizes
    return None


def numbers(shape: Any, sizes: dict[str, int]) -> list[int]:
    return [int(size.at(sizes)) if isinstance(size, Dim) else int(size) for size in shape]


def inputs(model: Model, sizes: dict[str, int]) -> list[torch.Tensor]:
    return [
        torch.zeros(numbers(value.type.shape, sizes), dtype=getattr(torch, value.type.dtype))
        for value in model.instance.inputs
    ]


def elements(model: Model, sizes: dict[str, int]) -> int:
    """What goes in, what comes out and what is made on the way; what is larger runs on the meta device."""
    results = (kind for _, value in model.instance.result.items for kind in tensors(type_of(value)))
    made = (kind for found in made_in(model.instance, set()) for kind in tensors(found))
    kinds = (*(value.type for value in model.instance.inputs), *results, *made)
    return sum(prod(numbers(kind.shape, sizes)) for kind in kinds)


def made_in(instance: Instance, seen: set[int]) -> Iterator[Any]:
    """The types of all values of a definition, and once of those that it uses."""
    seen.add(id(instance))
    for step in every(instance.body):
        if getattr(step, "target", None) is not None:
            yield type_of(step.target)  # type: ignore[union-attr]
        yield from made_by(getattr(step, "module", None), seen)


def made_by(module: Any, seen: set[int]) -> Iterator[Any]:
    inner = getattr(module, "instance", None)
    if inner is not None and id(inner) not in seen:
        yield from made_in(inner, seen)
    for child in getattr(module, "children", ()):
        yield child.output
        yield from made_by(child.module, seen)


def differs(model: Model, sizes: dict[str, int], given: Any) -> str | None:
    """How what came out is not what was said."""
    if any("training" in str(getattr(step, "condition", "")) for step in every(model.instance.body)):
        return None  # what comes out may depend on the mode
    said = [
        (numbers(kind.shape, sizes), f"torch.{kind.dtype}")
        for _, value in model.instance.result.items
        for kind in tensors(type_of(value))
    ]
    found = [(list(tensor.shape), str(tensor.dtype)) for tensor in flat(given)]
    return None if said == found else f"{said} is said, {found} came out"


def flat(given: Any) -> Iterator[torch.Tensor]:
    if isinstance(given, torch.Tensor):
        yield given
    elif isinstance(given, (list, tuple)):
        for part in given:
            yield from flat(part)
    elif isinstance(given, dict):
        yield from flat(list(given.values()))
