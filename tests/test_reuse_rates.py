"""A block that differs from another one in rates alone is made of it, and is what its own visit would have made it."""

from __future__ import annotations

from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import reuse_rates
from cnndsl.emit.python import emit
from cnndsl.source import Source

BODY = "\nmodel M { input x: [N, 6]; B(0.1, 6) -> B(0.2, 6) -> B(0.25, 6) -> B(0.25, 3) -> Linear(2) }"
MADE = {  # how many of the four blocks are made of another one
    "a stage": ("block B(p, n) { Linear(n) -> Dropout(p) }", 2),
    "under a label, on a condition": (
        "block B(p, n) { input x: [N, C]; Linear(n); if n == C { drop: Dropout(p) } }",
        2,
    ),
    "a condition that does not hold": ("block B(p, n) { Linear(n) -> ReLU; if n > 8 { Dropout(p, True) } }", 2),
    "by keyword, twice": ("block B(p, n) { Dropout(p=p); Linear(n); y = Dropout(p, inplace=True); y }", 2),
    "a template of the file": ("const Drop = Dropout(inplace=True)\nblock B(p, n) { Linear(n) -> Drop(p) }", 2),
    "a parameter's template": ("block B(p, n, Drop=Dropout) { Linear(n) -> Drop(p) }", 2),
    "handed on to a block": ("block A(p) { Dropout(p) }\nblock B(p, n) { Linear(n) -> A(p) }", 2),
    "of a function": ("block B(p, n) { Linear(n) -> dropout(p) }", 0),
    "in arithmetic": ("block B(p, n) { Linear(n) -> Dropout(p / 2) }", 0),
    "in a condition": ("block B(p, n) { Linear(n); if p > 0.15 { Dropout(p) } }", 0),
    "in a group": ("block B(p, n) { drop: { Dropout(p) -> Linear(n) } }", 0),
    "in a template of the body": ("block B(p, n) { Drop = Dropout(p); Linear(n) -> Drop }", 0),
    "bound anew": ("block B(p, n) { Linear(n); p = p; Dropout(p) }", 0),
    "used again": ("block B(p, n) { Linear(n); drop: Dropout(p); drop }", 0),
    "in a loop": ("block B(p, n) { Linear(n); for i in range(2) { Dropout(p) } }", 0),
    "in training": ("block B(p, n) { Linear(n); if training { Dropout(p) } }", 0),
    "in an expectation": ("block B(p, n) { Linear(n) -> Dropout(p); expect p < 0.3 }", 0),
}


def made(text: str, monkeypatch: Any, is_used: bool) -> tuple[Any, str, int]:
    """The outcome, the code and how many blocks were made of others."""
    kept, found = reuse_rates.like, []

    def like(*given: Any) -> Any:
        found.append(kept(*given) if is_used else None)
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(reuse_rates, "like", like)
        outcome = pipeline.elaborate(Source("x.cnn", text), None, {})
        pipeline.report(Source("x.cnn", text))
    return outcome, emit(outcome.graph, command=""), sum(one is not None for one in found) // 2


@pytest.mark.parametrize("name", MADE)
def test_blocks_that_differ_in_rates(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, count = MADE[name]
    outcome, code, several = made(block + BODY, monkeypatch, True)
    alone, own, _ = made(block + BODY, monkeypatch, False)
    instances, others = ([model.instance for model in found.graph.models] for found in (outcome, alone))
    assert (instances, outcome.problems, code) == (others, alone.problems, own)
    assert several == count


def test_a_rate_that_a_layer_refuses_is_told_where_it_is_given() -> None:
    text = "block B(p) { Linear(6) -> Dropout(p) }\nmodel M { input x: [N, 6]; B(0.5) -> B(1.5) }"
    (problem,) = pipeline.report(Source("x.cnn", text)).problems
    assert problem.code == "bad-argument" and "1.5" in str(problem.facts)
