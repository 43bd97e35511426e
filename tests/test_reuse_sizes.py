"""A block on other sizes, none of which it reads, is made of an earlier one, and is what its own visit would have made
of it, down to what no comparison of instances looks at."""

from __future__ import annotations

from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import reuse_sizes
from cnndsl.emit.python import emit
from cnndsl.source import Source
from cnndsl.spelled import Spelled

BODY = """
model M(width=8) {
    input x: [N, 6, H, H]
    B(8, 3) -> B(8, 3) -> Conv2d(width, 1) -> B(8, 3) -> Conv2d(5, 1) -> B(8, 3) -> MaxPool2d(2)
    B(8, 3) -> B(width, 3) -> B(width, 3) -> Conv2d(7, 1) -> B(width, 3)
}
"""
MADE = {  # how many of the eight blocks are made of another one
    "layers": ("block B(n, k) { BatchNorm2d -> Conv2d(n, k, padding=k // 2, bias=False) -> ReLU }", 3),
    "labels": ("block B(n, k) { input x; norm: BatchNorm2d; \"c{k}\": Conv2d(n, k, padding='same') }", 3),
    "a version": (
        "block B(n, k) { version 2; Conv2d(n * 2, k, padding=1) -> BatchNorm2d -> Conv2d(n, k, padding=1) }",
        3,
    ),
    "a condition of its parameters": ("block B(n, k) { Conv2d(n, k, padding=1); if k > 2 { BatchNorm2d } }", 3),
    "one that does not hold": ("block B(n, k) { Conv2d(n, k, padding=1); if k > 3 { Dropout2d } }", 3),
    "both ways give what they have in common": (
        "block B(n, k) { if k > 2 { Conv2d(n, 3, padding=1) } else { Conv2d(2 * n, 3, padding=1) } }",
        0,
    ),
    "a template of the file": (
        "const Conv = Conv2d(padding=1)\nblock B(n, k, Norm=BatchNorm2d) { Conv(n, k) -> Norm }",
        3,
    ),
    "a template that is None": ("block B(n, k, Act=None) { Conv2d(n, k, padding=1) -> Act }", 3),
    "no weights": ("block B(n, k) { MaxPool2d(k, 1, k // 2) -> ReLU }", 2),
    "a size that it names": ("block B(n, k) { input x: [N, C, H, W]; Conv2d(n, k, padding=1) -> Conv2d(C, 1) }", 0),
    "a size that it asks for": ("block B(n, k) { input x; Conv2d(n * x.shape[1], k, padding=1) }", 0),
    "an expectation": ("block B(n, k) { Conv2d(n, k, padding=1); expect [N, n, ...] }", 0),
    "its input by name": ("block B(n, k) { input x; x -> Conv2d(n, k, padding=1) }", 0),
    "a function": ("block B(n, k) { Conv2d(n, k, padding=1) -> relu }", 0),
    "a block inside": (
        "block A(n) { Conv2d(n, 1) }\nblock B(n, k) { A(n) -> Conv2d(n, k, padding=1) }",
        3,
    ),  # the inner one
    "a group": ("block B(n, k) { c: { Conv2d(n, k, padding=1) -> ReLU } }", 0),
    "a loop": ("block B(n, k) { for i in range(2) { Conv2d(n, k, padding=1) } }", 0),
    "weights that are shared": ("block B(n, k) { Conv2d(n, 1) -> c: Conv2d(n, k, padding=1); c }", 0),
    "rules of initialisation": ("block B(n, k) { Conv2d(n, k, padding=1); init { Conv2d.weight: zeros } }", 0),
    "in training": ("block B(n, k) { Conv2d(n, k, padding=1); if training { Dropout2d } }", 0),
}


def made(text: str, monkeypatch: Any, is_used: bool) -> tuple[Any, str, str, int]:
    """The outcome, the code, the report and how many blocks were made of others for the code."""
    kept, found = reuse_sizes.like, []

    def like(*given: Any) -> Any:
        found.append(kept(*given) if is_used else None)
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(reuse_sizes, "like", like)
        outcome = pipeline.elaborate(Source("x.cnn", text), None, {})
        several = sum(one is not None for one in found)
        report = str(pipeline.report(Source("x.cnn", text)))
    return outcome, emit(outcome.graph, command=""), report, several


def whole(value: Any) -> Any:
    """All that is in a value, spellings and what is left out of comparisons included."""
    if isinstance(value, Spelled):
        return int(value), *map(str, value.spellings)
    if isinstance(value, (tuple, list)):
        return [whole(item) for item in value]
    names = getattr(type(value), "__match_args__", ())
    return [type(value).__name__, *(whole(getattr(value, name)) for name in names)] if names else value


@pytest.mark.parametrize("name", MADE)
def test_blocks_that_differ_in_sizes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, count = MADE[name]
    outcome, code, report, several = made(block + BODY, monkeypatch, True)
    alone, own, told, _ = made(block + BODY, monkeypatch, False)
    instances, others = ([whole(model.instance) for model in found.graph.models] for found in (outcome, alone))
    assert (outcome.problems, code, report) == (alone.problems, own, told)
    assert instances == others
    assert several == count


def test_a_size_that_a_layer_refuses_is_told_where_it_is_used() -> None:
    text = (
        "block B(g) { Conv2d(4, 1, groups=g) }\nmodel M { input x: [N, 6, 8, 8]; B(2) -> B(2) -> Conv2d(5, 1) -> B(2) }"
    )
    (problem,) = pipeline.report(Source("x.cnn", text)).problems
    assert problem.code == "not-divisible" and "5" in str(problem.facts)


def test_what_is_written_over_is_told_of_all() -> None:
    """A block that was made of another one writes over what the layer before it keeps."""
    block = "block B(n) { ReLU(inplace=True) -> Conv2d(n, 1) }\nblock C { Conv2d(5, 1) -> Sigmoid -> B(8) }\n"
    text = block + "model M { input x: [N, 6, 8, 8]; Conv2d(6, 1) -> B(8) -> C }"
    (problem,) = pipeline.report(Source("x.cnn", text)).problems
    assert problem.code == "overwritten"
