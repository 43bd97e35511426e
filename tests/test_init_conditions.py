"""An `if` in `init { … }`: one class asks it where it is built, whichever values its arguments have."""

from __future__ import annotations

from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from cnndsl import pipeline
from cnndsl.source import Source

from .honest.judge import findings
from .interpret import interpret

WAYS = (Path(__file__).parent / "generated" / "init_ways.cnn").read_text()

ADDED = """
block Temporal(out) {
    input x: [N, C, L]
    y = conv: Conv1d(out, 3, padding=1)
    y + (x if C == out else (x -> down: Conv1d(out, 1)))
    init { if C != out { "down.*": zeros } }
}
model Net(a=8, b=16) { input x: [N, 5, L]; Temporal(a) -> Temporal(a) -> Temporal(b) }
"""
FLAG = """
block Res(out, last=False) {
    input x: [N, C, H, W]
    y = conv: Conv2d(out, 1, bias=False) -> bn: BatchNorm2d
    y + x[:, :1]
    init { Conv2d.weight: normal(std=0.1); if last { "bn.weight": zeros } }
}
model Net(width=4, depth=2, zero=False) {
    input x: [N, 3, H, W]
    for j in range(depth) { Res(width, j == depth - 1) }
    -> mean([2, 3]) -> fc: Linear(4)
    init { if zero { "fc.weight": zeros } else { "fc.weight": normal(std=0.01) } }
}
model Zero = Net(zero=True)
"""
NESTED = """
block B(out, k=3) {
    input x: [N, C, H, W]
    conv: Conv2d(out, k, padding=k // 2) -> last: Conv2d(out, 1)
    init {
        if C != out { "conv.weight": zeros; if k > 1 { "conv.bias": ones } else { "last.bias": zeros } }
        else if k == 5 { "last.weight": zeros }
    }
}
model Net(a=8, b=8, k=3) { input x: [N, 3, H, W]; B(a) -> B(b) -> B(b * 2, k) -> B(a, 1) }
"""
ROUNDS = """
model Net(widths=[8, 16], big=12, n=2) {
    input x: [N, 3, H, W]
    for i, w in enumerate(widths) { "conv{i}": Conv2d(w, 1) }
    -> last: Conv2d(big, 1)
    init {
        for i, w in enumerate(widths) {
            if w > big { "conv{i}.weight": zeros } else if i == n - 1 { "conv{i}.bias": ones }
        }
        if big > 4 { "last.bias": ones }
    }
}
"""
TEMPLATE = """
block Cell(out, Norm=None) {
    input x: [N, C, H, W]
    conv: Conv2d(out, 1) -> norm: Norm
    init { if Norm == None { Conv2d.weight: zeros } else { Conv2d.weight: ones } }
}
model Net(w=8, Norm=BatchNorm2d) { input x: [N, 4, H, W]; Cell(w, Norm) -> Cell(w * 2) }
model Plain = Net(Norm=None)
"""
MANY = """
block B(a=1, b=1, c=1, d=1, e=1) {
    input x: [N, 4]
    fc: Linear(4) -> end: Linear(4)
    init {
        if a > 1 { "fc.weight": ones }
        if b > 1 { "fc.bias": ones }
        if c > 1 { "end.weight": ones }
        if d > 1 { "end.bias": ones }
        if e > 1 { "end.bias": zeros }
    }
}
model Net { input x: [N, 4]; B() -> B(2, 2, 2, 2, 2) }
"""

LOST = """
model Net(a=False, c=False) {
    input x: [N, 3]
    fc1: Linear(4)
    for i in range(2) { "blocks.{i}": Linear(4) }
    if c { late: Linear(4) }
    fc2: Linear(2)
    if a { if c { other: Linear(2) } else { other: Linear(2, bias=False) } }
    init { if a { if c { "fc1.weight": zeros } else { "fc1.weight": ones } } }
}
model V1 = Net(a=True, c=True)
model V3 = Net(c=True)
"""

ALL_ROUNDS = """
block Layer(wide=2) { input x: [N, D]; y = fc: Linear(D * wide) -> relu -> proj: Linear(D); x + y }
model Net(dim=4, depth=2, wide=2, small=True) {
    input x: [N, 8]
    embed: Linear(dim)
    for i in range(depth) { "blocks.{i}": Layer(wide) }
    init {
        Linear.weight: trunc_normal(std=0.02)
        for i in range(depth) { "blocks.{i}.proj.weight": normal(std=0.02 / sqrt(depth)); "blocks.{i}.proj.bias": ones }
        if small { for j in range(depth) { "blocks.{j}.fc.weight": xavier_uniform } }
    }
}
model Deep = Net(depth=3)
model Wide = Net(wide=3, small=False)
"""


def made(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(pipeline.compile(Source("text.cnn", text), None, {})[0], found)
    return found


@pytest.mark.parametrize("text", [ADDED, FLAG, NESTED, ROUNDS, TEMPLATE, LOST, ALL_ROUNDS])
def test_the_class_builds_what_the_file_says_or_refuses(text: str) -> None:
    assert not list(findings(Source("text.cnn", text), values=1, members=1, pairs=2))


@pytest.mark.parametrize(
    ("text", "block", "arguments"),
    [
        (ADDED, "Temporal", ["a", "b"]),
        (FLAG, "Res", ["width", "depth", "zero"]),
        (NESTED, "B", ["a", "b", "k"]),
        (TEMPLATE, "Cell", ["w", "norm"]),
        (ALL_ROUNDS, "Net", ["dim", "depth", "wide", "small"]),
    ],
)
def test_a_block_is_one_class(text: str, block: str, arguments: list[str]) -> None:
    code = made(text)
    assert block in code and f"{block}2" not in code
    assert list(signature(code["Net"]).parameters) == arguments


def test_many_conditions_beside_one_another_are_one_class() -> None:
    code = made(MANY)
    assert "B" in code and "B2" not in code
    some = code["B"](2, 2, 2, 2, 2)
    assert not some.end.bias.any() and bool((some.fc.weight == 1).all())


OPEN = {
    "TCN": {"zero": (False, True), "widths": ([8, 16, 16], [5, 8])},
    "Former": {"scaled": (False, True), "zero_head": (False, True), "depth": (3, 1)},
    "Generator": {"plain": (False, True)},
    "Critic": {"wgan": (False, True)},
    "Nested": {"a": (False, True), "b": (False, True), "k": (3, 5)},
    "After": {"zero": (False, True), "small": (False, True)},
    "Kind": {"zero": (False, True), "mode": (False, True)},
    "Else": {"kind": ("he", "xavier", "orthogonal"), "bias": (False, True), "gain": (1.0, 2.0)},
    "Pattern": {"proj": (False, True), "width": (8, 4)},
    "Switched": {"zero": (False, True), "preact": (False, True)},
    "Owned": {"zero": (False, True)},
    "Kinds": {"zero": (False, True)},
}


def same(text: str, name: str, code: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether the class draws what the text says with these values, and leaves the generator where that leaves it."""
    torch.manual_seed(0)
    found, state = code[name](**values).state_dict(), torch.get_rng_state()
    models = pipeline.elaborate(Source("text.cnn", text), name, values).graph.models
    torch.manual_seed(0)
    wanted = interpret(next(model for model in models if model.name == name)).state_dict()
    is_same = list(found) == list(wanted) and all(torch.equal(found[key], wanted[key]) for key in wanted)
    return is_same and torch.equal(state, torch.get_rng_state())


@pytest.fixture(scope="module")
def ways() -> dict[str, Any]:
    return made(WAYS)


@pytest.mark.parametrize("name", OPEN)
def test_all_ways_draw_the_same_numbers_in_the_same_order(name: str, ways: dict[str, Any]) -> None:
    for values in product(*OPEN[name].values()):
        assert same(WAYS, name, ways, dict(zip(OPEN[name], values, strict=True))), values


SUBCLASS = """
model Net(zero=False) {
    input x: [N, 3, H, W]
    conv: Conv2d(8, 3) -> norm: LayerNorm2d
    init { LayerNorm.weight: zeros; if zero { "norm.bias": ones }; "norm.weight": constant(0.3) }
}
model Zero = Net(zero=True)
"""


def test_a_rule_for_a_subclass_is_not_lost_behind_one_for_its_base() -> None:
    code = made(SUBCLASS)
    assert all(same(SUBCLASS, "Net", code, {"zero": zero}) for zero in (False, True))
