"""Conditions and loops in blocks that are used in several ways: what was once accepted and compiled to something else.

Random ones are drawn by `tests/programs/`; these are the smallest of those that were found.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import Tensor

from cnndsl.pipeline import elaborate
from cnndsl.problems import CnnError
from cnndsl.source import Source

from ..compare import assert_equal
from ..expectations import report
from ..interpret import interpret
from .helpers import Plain, build, means


def uses(block: str, calls: str) -> str:
    return f"{block}\nmodel M {{ input x: [N, H]; return {calls} }}"


NESTED = """block C(a, b) {
    input x: [N, H]; y = x
    if a > 1 { if b > 1 { y = x * 2 } else { y = x * 3 } } else { y = x * 5 }
    y
}"""
IN_TRAINING = "block C(n) { input x: [N, H]; y = x + 1; if n > 2 { if training { y = y * 2 } }; y }"
ON_SIZE = """model M { input x: [N, H]; y = x
    if H > 3 { if training { y = x * 2 } else { y = x * 3 } } else { y = x * 5 }
    y }"""
ALIKE = "block C(n) { input x: [N, H]; y = x * 2; if n > 2 { y = x } else { y = x }; y + x }"

LATER = """model M(k=3) { input x: [N, H]
    z = tanh(x); y = x  # allow: unused
    for l in range(2) { y = z }
    for l in range(k) { y = z; z = relu(x) }
    return y }"""
ROTATED = """model M(k=3) { input x: [N, H]
    a = x; b = x * 2  # allow: unused
    for j in range(k) { a = b; b = x + 5 }
    return a }"""
NEVER = "block C(n) { input x: [N, H]; y = x; for i in range(n) { if n > 7 { y = y -> relu } }; y * 2 }"
FEW = "block C(n) { input x: [N, H]; y = x; if n == 2 { y = y * 3 }; for i in range(n) { z = y * 4 }; return z }"
EACH = """block C(n) {
    input *xs: [N, H]
    outs = []
    for i in range(n) {
        terms = []
        for j, x in enumerate(xs) { y = x; for k in range(i - j) { y = y * 2 }; terms = [*terms, y] }
        outs = [*outs, sum(terms)]
    }
    return outs
}"""
KEPT = """model M(n=4) {
    input x: [N, H]
    kept = [x]; y = x
    for i in range(n) { z = y * (i + 2); if i > 0 { y = kept[0] - z } else { y = z }; kept = [z] }
    y }"""
RENAMED = """block C(n) {
    input x: [N, H]
    y = x; z = tanh(x); ts = [x, z]
    for i in range(n) {
        for j in range(n) { for k in range(2) { y, z = (z, y); ts = [y, (y, z)]; h = y.shape[1]; y, z = (z, y) } }
        y = relu(y + ts[1][1] * h)
    }
    return y + ts[0]
}"""
DEAD = "block C(k) { input x: [N, H]; z = x * k; return x + 1 }  # allow: unused"


def each(a: Tensor, b: Tensor, n: int) -> list[Tensor]:
    return [a * 2**i + b * 2 ** max(i - 1, 0) for i in range(n)]


def kept(x: Tensor, n: int = 4) -> Tensor:
    held, y = x, x
    for i in range(n):
        z = y * (i + 2)
        y, held = (held - z if i > 0 else z), z
    return y


def renamed(x: Tensor, n: int) -> Tensor:
    y = x
    for _ in range(n):
        y = (y + y * x.shape[1]).relu()
    return y + x.tanh()


THREE_DEEP = """block C(k) {
    input x: [N, H]; y = x; z = tanh(x)
    if not training { if H > 3 { if k > 2 { z = x -> sigmoid } } else { y = y -> tanh } }
    return y - z * 2
}"""


def three_deep(x: Tensor, k: int, mode: bool) -> Tensor:
    y, z = x, x.tanh()
    if not mode and x.shape[1] > 3:
        z = x.sigmoid() if k > 2 else z
    elif not mode:
        y = y.tanh()
    return y - z * 2


CASES: dict[str, tuple[str, Plain]] = {
    "a condition in a condition in a mode": (
        uses(THREE_DEEP, "C(4)(x), C(2)(x)"), lambda x, mode: (three_deep(x, 4, mode), three_deep(x, 2, mode))
    ),
    "an if in an if": (uses(NESTED, "C(2, 2)(x), C(2, 1)(x), C(1, 2)(x), C(1, 1)(x)"),
                       lambda x, _: (x * 2, x * 3, x * 5, x * 5)),
    "training in an if": (uses(IN_TRAINING, "C(3)(x), C(2)(x)"), lambda x, t: ((x + 1) * (2 if t else 1), x + 1)),
    "training in an if on a size": (ON_SIZE, lambda x, t: x * 5 if x.shape[1] <= 3 else x * 2 if t else x * 3),
    "arms that do the same": (uses(ALIKE, "C(3)(x), C(2)(x)"), lambda x, _: (x + x, x + x)),
    "what only goes on as another": (LATER, lambda x, _: x.relu()),
    "values that rotate": (ROTATED, lambda x, _: x + 5),
    "an if that is never taken": (uses(NEVER, "C(2)(x), C(3)(x)"), lambda x, _: (x * 2, x * 2)),
    "a loop of one and of two turns": (uses(FEW, "C(2)(x), C(1)(x)"), lambda x, _: (x * 12, x * 4)),
    "a loop over tensors": (f"{EACH}\nmodel M {{ input x: [N, H]; a, b, c = C(3)(x, x + 1)\n"
                            "d, e = C(2)(x, x + 1); return a, b, c, d, e }",
                            lambda x, _: (*each(x, x + 1, 3), *each(x, x + 1, 2))),
    "what an earlier round made": (KEPT, lambda x, _: kept(x)),
    "a loop that only renames, in a loop": (
        "model M { input x: [N, H]; y = x; z = x; for i in range(2) { for j in range(1) { y, z = (z, y); y = z } } }",
        lambda x, _: x,
    ),
    "lists and sizes of a loop that only renames": (uses(RENAMED, "C(2)(x), C(3)(x)"),
                                                    lambda x, _: (renamed(x, 2), renamed(x, 3))),
    "an argument for a value that is not used": (uses(DEAD, "C(3)(x), C(2)(x)"), lambda x, _: (x + 1, x + 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    means(*CASES[name])


MODULES = {
    "arms of an else-if": """
block C(n, flag=False) {
    input x: [N, D]
    if flag { a: Linear(D) } else if n > 2 { b: Linear(D) -> c: Linear(D) } else { d: Linear(D) }
}
model M { input x: [N, 6]; C(3) -> C(2) -> C(2, True) }
""",
    "a loop in an if": """
model M(deep=True) { input x: [N, 4]; if deep { for i in range(3) { "cell{i}": Linear(4) } }; ReLU }
""",
    "an if in a loop of unlabelled modules": """
model M(flag=True) { input x: [N, 6]; for i in range(2) { if flag { ReLU -> Linear(4) } } }
""",
    "a training mode after a loop of unlabelled modules": """
model M { input x: [N, 6]; for w in [4, 5] { Linear(w) }; if training { -> mul(2) }
    -> relu }
""",
    "conditions and loops in a training mode": """
model M(n=3, flag=True) {
    input x: [N, 4]
    y = x
    if training {
        param g: [4] = 2
        if flag { y = y * g -> a: Linear(4) }
        for i in range(n) { y = y -> Linear(4) -> "b{i}": Linear(4) -> "c.{i}": Linear(4) }
    } else { for i in range(n) { y = y -> "e{i}": Linear(4) } }
    y
}
""",
    "a module of the first turn": """
block X(n) { input x: [N, C]; y = x; for i in range(n) { if i == 0 { y = cell: Linear(C) } else { y = cell(y) -> relu } }; y + x }
model M { input a: [N, 4]; a -> X(3) -> X(1) }
""",  # noqa: E501
    "a module of the first turn, or one of each": """
block X(n, share=True) {
    input x: [N, C]
    y = x
    if share { for i in range(n) { if i == 0 { y = cell: Linear(C) } else { y = cell(y) -> relu } } }
    else { for i in range(n) { y = y -> "cell{i}": Linear(C) } }
    y + x
}
model M { input a: [N, 4]; a -> X(3) -> X(2, False) -> X(1) -> X(2) }
""",
    "an argument that is called as a module of a round": """
model M(b0=3, n=3) { input x: [N, 4]; y = x; for i in range(n) { y = y * b0 -> "b{i}": Linear(4) }; y }
""",
    "a condition that is called as a module of a round": """
block X(n, k) {
    input x: [N, C]
    y = x
    for i in range(n) { if k == 2 { y = relu(y) -> "b{i}_": Linear(C) } else if k > 3 { y = y * 2 }; y = y -> tanh }
    y
}
model M { input a: [N, 4]; a -> X(3, 2) -> X(2, 4) }
""",
    "a list that a loop fills in one use, and a condition in another": """
block X(n, more, flag) {
    input x: [N, C]
    y = x
    if flag {
        for i in range(n) { y = y -> "fc.{i}": Linear(C) }
        if more { y = y -> "fc.0": Linear(C) }
    }
    y * 2
}
model M { input a: [N, 4]; a -> X(3, False, True) -> X(0, True, True) }
""",
}


FURTHER = {
    "a condition on the round": """
model M(n=2) { input x: [N, H]; y = x; for i in range(n) { if i > 1 { y = y * 5 } else { y = y * 3 } }; y }
""",
    "a number that a list gives to each round": """
const WS = [4, 8, 16, 32]
model M(n=2) { input x: [N, H]; y = x; for j in range(n) { y = y * WS[j] }; y }
""",
    "a flow that only a further round gives": """
block C(k=2, n=2) {
    input x: [N, H]
    z = tanh(x); y = if training { x - z * (k + 1) } else { x }
    for i in [1, 2] { for j in range(n - 1) { y = z } }
}
model M(n=2) { input x: [N, H]; C(n=n) -> mul(n) }
""",
    "a number for the first round": """
model M(n=2) { input x: [N, H]; y = x; for i in range(n) { w = 4 if i == 0 else 8; if i > 1 { w = 2 }; y = y * w }; y }
""",
}


@pytest.mark.parametrize("name", FURTHER)
def test_a_class_offers_no_rounds_that_it_has_not_seen(name: str) -> None:
    text = FURTHER[name]
    cls = type(build(text))
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    for n in (1, 3, 4) if "n" in inspect.signature(cls.__init__).parameters else ():
        assert_equal(cls(n=n)(x), build(text, n=n)(x))
    assert_equal(cls()(x), build(text, n=2)(x))


def test_a_size_behind_rounds_that_do_not_agree_follows() -> None:
    text = """
block E(n) {
    input x: [N, D]
    y = x; z = tanh(x)
    for i in range(n) { y, z = (z, y); y = x }
    y * 2 -> Linear(3)
}
model M(k=3) { input a: [N, 4]; Linear(k * 2) -> E(2) }
"""
    ours, theirs = type(build(text))(k=5), build(text, k=5)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    assert_equal(ours(x), theirs(x))


def test_a_label_of_a_round_is_one_where_there_is_but_one_round() -> None:
    text = """
block C(n) { input x: [N, D]; y = x; for i in range(n - 1) { y = y -> "fc{i}": Linear(D) }; y }
model M(n=2) { input a: [N, 4]; a -> C(n) }
"""
    cls = type(build(text))
    for n in (1, 2, 4):
        assert list(cls(n=n).state_dict()) == list(build(text, n=n).state_dict())


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    """Of blocks with weights the graph itself is the oracle."""
    text = MODULES[name]
    checked = report(text)
    net = build(text)
    assert checked.ok
    assert checked.models[0].weights == sum(weight.numel() for weight in net.parameters())
    oracle = interpret(graph_of(text))
    oracle.load_state_dict(net.state_dict())
    width = 4 if "a: [N, 4]" in text or "x: [N, 4]" in text else 6
    x = torch.randn(3, width, generator=torch.Generator().manual_seed(1))
    for mode in (True, False):
        assert_equal(net.train(mode)(x), oracle.train(mode)(x))


def graph_of(text: str) -> Any:
    return elaborate(Source("<test>", text), None, {}).graph.models[0]


def test_ways_of_forward_join_by_decisions_of_their_own() -> None:
    """In each way of `if training` the rounds of a loop decide otherwise what goes on."""
    text = """
        model Net(k=3) {
            input x: [N, 4]
            y = x
            z = tanh(x)
            for i in range(k) {
                if not training {
                    if i > 1 { z = sigmoid(y - x * 2) }
                } else if i == 0 {
                    y, z = (z, y)
                    if k > 1 { y = x * 3 }
                } else if k > 2 {
                    y, z = (z, y)
                }
            }
            return y - z * 2
        }
    """
    module, x = build(text), torch.randn(2, 4)
    for training in (True, False):
        y, z = x, torch.tanh(x)
        for i in range(3):
            if training:
                y, z = (x * 3 if i == 0 else z), y
            elif i > 1:
                z = torch.sigmoid(y - x * 2)
        assert torch.equal(module.train(training)(x), y - z * 2)


def test_free_sizes_may_be_worked_out_in_a_loop_of_numbers() -> None:
    text = """
    model M(w=2) {
        input x: [N, 3, H, W]
        a = H
        sizes = []
        for i in range(3) {
            a = max(a // 2, W // (i + 1)) + w
            sizes = [*sizes, a]
            for j in range(2) { a = a + j * i }
        }
        for s in sizes { x = interpolate(x, [s, a]) -> Conv2d(4, 3) }
        x
    }"""
    a, w, sizes = 9, 2, []
    for i in range(3):
        a = max(a // 2, 12 // (i + 1)) + w
        sizes.append(a)
        a += i
    assert build(text)(torch.ones(1, 3, 9, 12)).shape == (1, 4, sizes[-1] - 2, a - 2)


def test_a_free_size_that_doubles_in_each_round_is_refused_before_it_fills_the_memory() -> None:
    text = """
    model M {
        input x: [N, 3, H, W]
        a = H
        for i in range(60) { a = max(a // 2, W // (i + 1)) + min(a, W) }
        interpolate(x, [a, a])
    }"""
    with pytest.raises(CnnError) as caught:
        build(text)
    assert {problem.code for problem in caught.value.problems} == {"too-large"}


def test_no_value_is_called_what_a_loop_counts_by() -> None:
    """A value without a name, or with one inside of a `def`: what the round reads is the loop's."""
    text = """
    def scaled(v) { w = v * 3; return w + v }
    model M {
        input x: [N, 4]
        for w in range(3) { x = scaled(tanh(x)) * (w + 1) -> "fc{w}": Linear(4) }
        for h in range(3) { x = cat([tanh(x), relu(x), sigmoid(x), sin(x), cos(x)], 1)[:, 2:6] * (h + 1) }
        x
    }"""
    made, x = build(text), torch.linspace(-1, 1, 8).view(2, 4)
    y = x
    for n, fc in enumerate((made.fc0, made.fc1, made.fc2)):
        y = fc((y.tanh() * 3 + y.tanh()) * (n + 1))
    for n in range(3):
        y = torch.cat([y.tanh(), y.relu(), y.sigmoid(), y.sin(), y.cos()], 1)[:, 2:6] * (n + 1)
    assert_equal(made(x), y)
