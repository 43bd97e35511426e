"""Compiled configurations beside torch's own modules and calls, on the same real tensors, bit for bit.

A batch of configurations is one `.cnn` text of many models, compiled once; then each is built, trained and evaluated.
Draws no configuration.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from cnndsl import pipeline
from cnndsl.live import fill
from cnndsl.source import Source

from .oracle import REFUSALS
from .values import tensors
from .written import Unwritable, Written

REFUSED = (*REFUSALS, ArithmeticError)
HIGHS = (30, 7, 3, 2, 1)  # whole numbers below this; the first that torch takes


@dataclass
class Case:
    """A configuration: what to compile, and what torch itself makes of it."""

    written: Written
    own: Callable[[], nn.Module]  # its children are named as in the text
    what: str
    free: dict[int, str] | None = None  # the names of sizes that are free
    settle: Callable[[list[Tensor]], object] = list  # makes random tensors mean something


@dataclass
class Counts:
    """How configurations fared."""

    equal: int = 0  # in results, gradients and state, training and evaluating
    refused: int = 0  # of them, those that torch refused for the values, as the compiled class did

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.equal + other.equal, self.refused + other.refused)


def text_of(cases: Sequence[Case]) -> str:
    """One source for all: model `M3` is the fourth case."""
    blocks = dict.fromkeys(case.written.block for case in cases if case.written.block)
    models = (case.written.model(f"M{place}", case.free) for place, case in enumerate(cases))
    return "\n".join([*blocks, *models])


def writable(case: Case) -> bool:
    try:
        case.written.model("M", case.free)
    except Unwritable:
        return False
    return True


def compiled(cases: Sequence[Case]) -> tuple[list[type[nn.Module]], str]:
    """The class of each case, out of one file; fails if the compiler refuses one."""
    text = text_of(cases)
    outcome = pipeline.analyse(Source("cases.cnn", text))
    errors = [problem for problem in outcome.problems if problem.severity == "error"]
    assert not errors, f"{refusal(outcome.problems)}\n{text if len(cases) == 1 else ''}"
    module = ModuleType("cases")
    fill(module, outcome.graph)
    return [vars(module)[f"M{place}"] for place in range(len(cases))], text


def refusal(problems: Any) -> str:
    from cnndsl.report import Report

    return str(Report("cases.cnn", tuple(problems), ()))


def agree(cases: Sequence[Case], seed: int = 0) -> Counts:
    """Compiles the cases and compares each with torch's own; fails at the first that differs."""
    total = Counts()
    if cases:
        classes, _ = compiled(cases)
        for case, cls in zip(cases, classes, strict=True):
            total += compare(case, cls, seed)
    return total


def compare(case: Case, cls: type[nn.Module], seed: int) -> Counts:
    """The compiled class against torch's own module: the same weights from the same seed, then both modes."""
    inputs, own = fitting(case, seed)
    mine = seeded(cls, seed)
    same_state(case, own, mine)
    refused = True
    for training in (True, False):
        theirs, ours = (run(module, inputs, training, seed) for module in (own, mine))
        alike(case, theirs, ours, training)
        same_state(case, own, mine)
        refused = refused and isinstance(theirs, str)
    return Counts(1, int(refused))


def fitting(case: Case, seed: int) -> tuple[list[Tensor], nn.Module]:
    """Tensors that torch's own module takes, if it takes any, and the module, fresh."""
    for high in HIGHS:
        inputs = tensors(case.written.inputs, seed, high)
        case.settle(inputs)
        if not isinstance(run(seeded(case.own, seed), inputs, True, seed), str):
            break
    return inputs, seeded(case.own, seed)


def seeded(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def run(module: nn.Module, inputs: list[Tensor], training: bool, seed: int) -> Any:
    """Results, and when training the gradients, or why there are none.

    Without oneDNN, whose gradients of transposed convolutions write outside of their tensors for some paddings.
    """
    module.train(training).zero_grad(set_to_none=True)
    fed = [tensor.clone().requires_grad_(training and tensor.is_floating_point()) for tensor in inputs]
    torch.manual_seed(seed)
    with warnings.catch_warnings(), torch.set_grad_enabled(training), torch.backends.mkldnn.flags(enabled=False):
        warnings.simplefilter("ignore")
        try:
            results = spread(module(*(tensor.clone() for tensor in fed)))
            backward(results)
        except REFUSED as refusal:
            return f"{type(refusal).__name__}: {refusal}"
    gradients = [dense(tensor.grad) for tensor in (*fed, *module.parameters())] if training else []
    return [*(tensor.detach() for tensor in results), *gradients]


def dense(gradient: Tensor | None) -> Tensor | None:
    return gradient.to_dense() if gradient is not None and gradient.is_sparse else gradient


def spread(result: Any) -> list[Tensor]:
    """The tensors of a result, in order."""
    if isinstance(result, Tensor):
        return [result]
    return [] if result is None else [tensor for part in result for tensor in spread(part)]


def backward(results: list[Tensor]) -> None:
    """Gradients, for a loss that weighs each number differently."""
    reached = [tensor for tensor in results if tensor.requires_grad and tensor.numel()]
    weights = [torch.linspace(-1, 1.3, tensor.numel()).reshape(tensor.shape).to(tensor.dtype) for tensor in reached]
    if reached:
        torch.autograd.backward(reached, weights)


def alike(case: Case, theirs: Any, ours: Any, training: bool) -> None:
    """Both results are the same, or both were refused in the same words."""
    mode = "training" if training else "evaluating"
    if isinstance(theirs, str) or isinstance(ours, str):
        assert theirs == ours, f"{case.what} ({mode}):\n{case.written.body}\n  torch: {theirs}\n  ours: {ours}"
        return
    assert len(theirs) == len(ours), f"{case.what}: {len(theirs)} tensors, ours {len(ours)}"
    for a, b in zip(theirs, ours, strict=True):
        assert same(a, b), f"{case.what} ({mode}):\n{case.written.body}\n  torch: {a}\n  ours: {b}"


def same(a: Tensor | None, b: Tensor | None) -> bool:
    """The same numbers, bit for bit; NaN is NaN."""
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.is_floating_point():
        return torch.equal(a.nan_to_num(7), b.nan_to_num(7)) and torch.equal(a.isnan(), b.isnan())
    return torch.equal(a, b)


def same_state(case: Case, own: nn.Module, mine: nn.Module) -> None:
    """The same weights under the same names, apart from where the module stands."""
    theirs, ours = own.state_dict(), mine.state_dict()
    prefix = re.escape(case.written.prefix).replace(r"\*", r"\w+")
    names = [re.sub(f"^{prefix}", "", name) for name in ours]
    assert names == [name.removeprefix("m.") for name in theirs], f"{case.what}: {names}, torch has {[*theirs]}"
    for (name, a), b in zip(theirs.items(), ours.values(), strict=True):
        assert same(a, b), f"{case.what}: {name} differs"
