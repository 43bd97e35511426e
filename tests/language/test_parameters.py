"""A parameter that the generated class takes means what it means in the file: the class called with another value is
the network that `load` gives for that value. A parameter that cannot keep that promise is no argument of the class.
"""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

import cnndsl

from ..compare import assert_same_layout
from ..expectations import report
from .helpers import assert_equal, image, refuse

CASES: list[tuple[str, dict[str, Any]]] = [
    ("model Net(n=6) { input x: [N, 4]; Linear(n) -> Linear(n * 2 + 1) -> Linear(n // 2) }", {"n": 8}),
    ("model Net(n=6, bias=True) { input x: [N, 4]; Linear(n, bias) }", {"n": 3, "bias": False}),
    ("model Net(n=6) { input x: [N, 4]; Linear(n) -> Dropout(0.1 * n) -> LayerNorm(eps=1e-5 / n) }", {"n": 4}),
    ("model Net(n=6) { input x: [N, n]; Linear(n) }", {"n": 4}),
    ('model Net(n=6) { input x: [N, 4]; for i in range(2) { "fc{i}": Linear(n * 2**i) } }', {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; a: Linear(4) * n }", {"n": 4}),
    ("model Net(n=2) { input x: [N, 4]; for i in range(n) { Linear(4) } }", {"n": 4}),
    ("model Net(n=2) { input x: [N, 4]; Linear(8 if n > 3 else 7) }", {"n": 4}),
    ("model Net(n=2) { input x: [N, 4]; if n > 3 { a: Linear(3) } else { b: Linear(5) } }", {"n": 4}),
    ("model Net(n=2) { input x: [N, 4]; Linear(max(n, 3)) }", {"n": 5}),
    ("model Net(n=2) { input x: [N, 4]; Linear(min(n, 3)) }", {"n": 5}),
    ("model Net(n=2) { input x: [N, 4]; Linear(int(n * 1.5)) }", {"n": 5}),
    ("model Net(n=2) { input x: [N, 4]; Linear([10, 20, 30][n]) }", {"n": 1}),
    ("model Net(n=2) { input x: [N, 4]; Linear(n ** 2) }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; Linear(n % 2 + 1) }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; x * n + n }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; x[:, :n] }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; x[:, n] }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; reshape(x, [N, n, 4 // n]) }", {"n": 4}),
    ("model Net(n=2) { input x: [N, 4]; param w: [n, 4] = 1; x @ transpose(w, 0, 1) }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; buffer w = arange(n); x[:, :n] + w }", {"n": 3}),
    ("model Net(n=2) { input x: [N, 4]; a: Linear(4); init { Linear.weight: constant(n) } }", {"n": 3}),
    ("model Net(p=0.5) { input x: [N, 4]; x * p }", {"p": 0.25}),
    ("model Net(p=0.5) { input x: [N, 4]; Linear(4) -> LeakyReLU(p) }", {"p": 0.25}),
    ("model Net(widths=[3, 5]) { input x: [N, 4]; for w in widths { Linear(w) } }", {"widths": [6, 7, 8]}),
    ("model Net(widths=[3, 5]) { input x: [N, 4]; Linear(widths[0]) -> Linear(widths[1]) }", {"widths": [6, 7]}),
    ("model Net(n=2) { input x: [N, 4]; g: { for i in range(n) { Linear(4 + i) -> ReLU } } }", {"n": 4}),
    ("model Net(n=3) { input x: [N, 4]; g: { (Linear(6) -> ReLU) * n } -> Linear(2) }", {"n": 0}),
    ("model Net(n=1) { input x: [N, 4]; g: { (Linear(6) -> ReLU) * n } -> Linear(2) }", {"n": 4}),
    ("model Net(ws=[3, 5, 7]) { input x: [N, 4]; g: { for w in ws { Linear(w) -> ReLU } }; Linear(2) }", {"ws": [6]}),
    ("model Net(ws=[3, 5, 7]) { input x: [N, 4]; g: { for w in ws { Linear(w) -> ReLU } }; Linear(2) }", {"ws": []}),
    ('model Net(n=3, w=4) { input x: [N, 4]; for i in range(n) { "l{i}": Linear(w) }; Linear(2) }', {"n": 1, "w": 5}),
    ('model Net(n=3, w=4) { input x: [N, 4]; for i in range(n) { "l{i}": Linear(w) }; Linear(2) }', {"n": 0, "w": 5}),
    (
        """
        model Net(ds=[1, 2]) {
            input x: [N, 4]
            g: { for i, d in enumerate(ds) { Linear(3) * d; if i > 0 { ReLU } } }
        }
        """,
        {"ds": [2, 0, 3]},
    ),
    (
        """
        model Net(n=3, w=2) {
            input x: [N, 4]
            for i in range(n) { x = cat([x, x -> "l{i}": Linear(w)], 1) }
            x -> Linear(2)
        }
        """,
        {"n": 5, "w": 3},
    ),
    ('model Net(mode="a") { input x: [N, 4]; if mode == "a" { a: Linear(3) } else { b: Linear(2) } }', {"mode": "b"}),
    ('model Net(mode="nearest") { input x: [N, 4, 4]; Upsample(scale_factor=2, mode=mode) }', {"mode": "linear"}),
    ("model Net(k=3) { input x: [N, 3, 8, 8]; Conv2d(4, k, padding=k // 2) -> Conv2d(4, k) }", {"k": 5}),
    ("model Net(k=3) { input x: [N, 3, 8, 8]; Conv2d(4, k) -> Flatten -> Linear(5) }", {"k": 5}),
    ("model Net(s=1) { input x: [N, 3, 8, 8]; Conv2d(4, 3, s, 1) -> Flatten -> Linear(5) }", {"s": 2}),
    ("model Net(n=4) { input x: [N, 3, 8, 8]; Conv2d(n, 1) -> Flatten -> Linear(5) }", {"n": 6}),
    ("model Net(g=3) { input x: [N, 12, 4, 4]; Conv2d(12 // g * g, 1, groups=g) }", {"g": 4}),
    (
        """
        block Shuffle(groups) {
            input x: [N, C, H, W]
            -> reshape([N, groups, C // groups, H, W]) -> transpose(1, 2) -> reshape([N, C, H, W])
        }
        model Net(groups=3) { input x: [N, 12, 4, 4]; a: Shuffle(groups) }
        """,
        {"groups": 4},
    ),
    (
        """
        block Squeeze(ratio) { input x: [N, C]; Linear(C // ratio) -> Linear(C) }
        model Net(ratio=2, width=8) { input x: [N, 4]; Linear(width) -> Squeeze(ratio) }
        """,
        {"ratio": 4, "width": 16},
    ),
    *(
        (f"model Net(n=2) {{ input x: [N, 8]; y = {value}; y -> Linear(3) }}", {"n": 4})
        for value in (
            "x[:, ::n]",
            "x[:, :n]",
            "x[:, 1:-n]",
            "arange(n) * 1.0",
            "linspace(0, 1, n)",
            "eye(n)",
            "zeros([N, n])",
            "tile(x, (1, n))",
            "pad(x, (n, 0))",
            "chunk(x, n, 1)[0]",
            "split(x, [n, 8 - n], 1)[1]",
            "x[:, [0, n]]",
            "unflatten(x, 1, [n, -1])",
            "repeat_interleave(x, n, 1)",
            'rearrange(x, "b (h p) -> b h p", p=n)',
            "x -> unsqueeze(1) -> Upsample(scale_factor=n)",
            "x -> unsqueeze(1) -> interpolate(scale_factor=n)",
            "x -> unsqueeze(1) -> interpolate(size=n)",
            "x -> unsqueeze(1) -> Conv1d(4, n)",
            "x -> unsqueeze(1) -> ConvTranspose1d(4, n, n)",
            "x -> unsqueeze(1) -> MaxPool1d(n)",
            "x -> unsqueeze(1) -> AdaptiveAvgPool1d(n)",
            "x -> unsqueeze(1) -> ReflectionPad1d(n)",
            "x -> unsqueeze(1) -> Conv1d(4, 2, dilation=n)",
            "x -> Unflatten(1, (n, 8 // n))",
        )
    ),
    ("model Net(n=2) { input x: [N, 8]; y = stack([x, x], n - 1); y -> Linear(3) }", {"n": 1}),
    ("model Net(n=2) { input x: [N, 8]; mean(x[:, :, None], [-n], keepdim=True) -> Linear(3) }", {"n": 1}),
    ("model Net(n=2) { input x: [N, 8]; buffer w = arange(n); x[:, :1] + w -> Linear(3) }", {"n": 4}),
    (
        """
        block Unit(out, stride=1) {
            input x: [N, C, H, W]
            y = Conv2d(out, 3, stride, 1)
            if stride != 1 or C != out { x = x -> down: Conv2d(out, 1, stride) }
            y + x
        }
        model Net(width=4) { input x: [N, 3, 8, 8]; Unit(width) -> Unit(width) -> Unit(width * 2, 2) -> Unit(8) }
        """,
        {"width": 3},
    ),
    (
        """
        block Unit(out) { input x: [N, C]; if C == out { x } else { fc: Linear(out) } }
        model Net(width=4) { input x: [N, 4]; a: Unit(width) -> b: Linear(2) }
        """.replace("{ x }", "{ -> relu }"),
        {"width": 3},
    ),
    (
        """
        block Conv(out, k=3, Act=ReLU) = { Conv2d(out, k, padding=k // 2) -> Act }
        model Net(k=3, width=4, Act=SiLU) { input x: [N, 3, 8, 8]; a: Conv(width, k) -> b: Conv(width * 2, Act=Act) }
        """,
        {"k": 5, "width": 6},
    ),
    (
        """
        def scaled(n, ratio) { return max(8, int(n * ratio)) }
        model Net(ratio=1.0, n=16) { input x: [N, 4]; Linear(scaled(n, ratio)) -> Linear(n) }
        """,
        {"ratio": 0.25, "n": 40},
    ),
    (
        """
        model Base(n=3, m=5) { input x: [N, 4]; Linear(n) -> Linear(m) }
        model Net(k=2) = Base(k * 2)
        """,
        {"k": 4},
    ),
    (
        """
        model Base(n=3, m=5) { input x: [N, 4]; Linear(n) -> Linear(m) }
        model Net = Base(7)
        """,
        {"m": 4},
    ),
    (
        """
        block Grow(out) { input x: [N, C]; Linear(out) }
        model Net(w=4) { input x: [N, 4]; Linear(w); for i in range(3) { "s{i}": { if i > 0 { Grow(w * 2**i) } } } }
        """,
        {"w": 5},
    ),
    (
        """
        block First(ws) { input x: [N, C]; Linear(ws[0]) }
        model Net(w=4) { input x: [N, 4]; First([w, 2]) -> Linear(3) }
        """,
        {"w": 5},
    ),
    ("model Net(n=4) { input x: [N, 4]; Linear(n); for i in range(3) { Linear(6) }; Linear(2) }", {"n": 5}),
    ("model Net(ws=[2, 3]) { input x: [N, 4]; Linear(len(ws)); g: { for w in ws { Linear(6) } } }", {"ws": [1, 2, 3]}),
    ("model Net(n=2) { input x: [N, 4]; g: { for w in [n, n + 1, n + 2] { Linear(w) } } }", {"n": 5}),
    ("model Net(d=[2, 3]) { input x: [N, 4]; g: { for i, n in enumerate(d) { Linear(2**i) * n } } }", {"d": [1, 2, 3]}),
    ("model Net(flag=True, n=4) { input x: [N, 4]; Linear((n if flag else 2) % 3 + 1) }", {"flag": False, "n": 5}),
    ("model Net(n=None) { input x: [N, 4]; Linear(n or 3) }", {"n": 5}),
    *(
        (
            f"block B {{ input x: [N, C]; {text} -> Linear(3) }}\nmodel Net(n=4) {{ input x: [N, 8]; Linear(n) -> B }}",
            {"n": 6},
        )
        for text in (
            "x * C**-0.5",
            "x * (log2(C) + 1)",
            "x * (log(C) + exp(C - 7))",
            "x * int(C * 1.5)",
            "x * max(C, 5)",
            "x * round(C / 3)",
            "x * sum([C, 2]) + abs(C - 5)",
            "x * [1, 2, 3, 4, 5, 6, 7, 8, 9][C]",
            "x * (2 if C > 5 else 3)",
            "x * len([for i in range(C) { i }])",
            "x * C + C // 2",
        )
    ),
]


@pytest.mark.parametrize(("text", "arguments"), CASES, ids=[f"{n}-{list(a)}" for n, (_, a) in enumerate(CASES)])
def test_the_class_keeps_what_its_arguments_promise(text: str, arguments: dict[str, Any]) -> None:
    text = dedent(text)
    make = entry(cnndsl.loads(text, model="Net"))
    kept = {name: value for name, value in arguments.items() if name in takes(make)}
    wanted = cnndsl.loads(text, model="Net", **arguments)
    for given in (*({name: value} for name, value in kept.items()), *([arguments] if kept == arguments else [])):
        with refusing():
            same_network(make(**given), cnndsl.loads(text, model="Net", **given))
    same_network(entry(wanted)(), wanted)


@contextmanager
def refusing() -> Iterator[None]:
    """A list of another length than the class knows what to do with is refused."""
    try:
        yield
    except ValueError as error:
        assert "is not made for len(" in str(error)


def entry(made: nn.Module) -> Callable[..., nn.Module]:
    """What builds the model `Net` in the code of a module: its class, or the function of a variant."""
    found: Callable[..., nn.Module] = getattr(sys.modules[type(made).__module__], "net", type(made))
    return found


def takes(make: Callable[..., nn.Module]) -> set[str]:
    return set(inspect.signature(make).parameters)


def same_network(ours: nn.Module, theirs: nn.Module) -> None:
    """The same keys and shapes, and the same results from the same weights; or refused alike."""
    assert_same_layout(ours, theirs)
    assert repr(ours.eval()) == repr(theirs.eval()).replace(type(theirs).__name__, type(ours).__name__)
    ours.load_state_dict(theirs.state_dict())
    for shape in ((2, 4), (2, 6), (2, 8), (2, 3, 5), (2, 3, 8, 8), (2, 12, 4, 4), (2, 4, 4)):
        assert_equal(outcome(ours, image(*shape)), outcome(theirs, image(*shape)))


def assert_heeded(text: str, arguments: dict[str, Any]) -> None:
    """The class called with those of these arguments that it takes is what `load` gives for them, if it takes them."""
    cls = type(cnndsl.loads(text))
    given = {name: value for name, value in arguments.items() if name in takes(cls)}
    try:
        wanted = cnndsl.loads(text, **given)
    except cnndsl.CnnError:
        return
    try:
        same_network(cls(**given), wanted)
    except Exception as error:
        raise AssertionError(f"{given}\n{text}") from error


def outcome(module: nn.Module, x: torch.Tensor) -> Any:
    try:
        return module(x)
    except (RuntimeError, ValueError, IndexError):
        return torch.zeros(())


def test_a_sum_that_begins_as_a_number_takes_how_often_it_turns() -> None:
    """It is no tensor in the first round, and one in all others."""
    text = """
        block Gate(k) {
            input x: [N, C, L]
            gate = filter: Conv1d(C, k, padding=k // 2)
            return (x + gate, gate)
        }
        model Net(width=4, layers=3) {
            input x: [N, 2, L]
            h = stem: Conv1d(width, 1)
            total = 0
            for i in range(layers) {
                h, gate = Gate(2 * i + 1)(h)
                total = total + gate
            }
            return total
        }
    """
    assert takes(type(cnndsl.loads(text))) == {"width", "layers"}
    ours, wanted = type(cnndsl.loads(text))(width=6, layers=4), cnndsl.loads(text, width=6, layers=4)
    ours.load_state_dict(wanted.state_dict())
    x = image(2, 2, 5)
    assert_equal(ours(x), wanted(x))


def test_what_the_place_of_a_round_decides_stays_an_argument() -> None:
    text = """
        model Net(width=8, skips=[2]) {
            input points: [N, 3]
            h = points
            for i in range(5) {
                h = h -> "layers.{i}": Linear(width) -> relu
                if i in skips { h = cat([points, h], 1) }
            }
            return h
        }
    """
    assert takes(type(cnndsl.loads(text))) == {"width", "skips"}
    x = image(2, 3)
    for given in ({"width": 6}, {"skips": []}, {"skips": [0, 4], "width": 5}):
        ours, wanted = type(cnndsl.loads(text))(**given), cnndsl.loads(text, **given)
        ours.load_state_dict(wanted.state_dict())
        assert_equal(ours(x), wanted(x))


TWO = [
    "a + b -> Linear(C)",
    "cat([a, b], 1) -> Linear(3)",
    "b -> Linear(C + 1)",
    "b -> Linear(D * 2) -> add(1)",
    "a * b",
    "(b -> mine: Linear(C)) + a",
    "if C == D { a + b } else { -> Linear(5) }",
    "x = b -> relu\nx -> Linear(C) -> Linear(D)",
    "param gain: [D] = 1\nb * gain -> Linear(2)",
    "a -> norm: LayerNorm -> add(b)",
]


@pytest.mark.parametrize("seed", range(40))
def test_sizes_of_several_inputs_are_one_where_the_caller_says_so(seed: int) -> None:
    """Two inputs of a block may have one size because the caller wrote it so, or by chance."""
    rng = random.Random(seed)
    blocks = "\n".join(
        f"block Two{n} {{\ninput a: [N, C]\ninput b: [N, D]\n{body}\n}}" for n, body in enumerate(rng.sample(TWO, 2))
    )
    values = [rng.choice(["width", "other", "4", "width * 2", "other + width", "8"]) for _ in range(4)]
    lines = [f"v{n} = Linear({size})(x)" for n, size in enumerate(values)]
    lines += [f"u{n} = Two{rng.randrange(2)}()(v{rng.randrange(4)}, v{rng.randrange(4)})" for n in range(3)]
    body = "\n".join([*lines, "u0 -> end: Linear(2)", "return first = u0, second = u1, third = u2"])
    text = f"{blocks}\nmodel Net(width=4, other=4) {{\ninput x: [N, 4]\n{body}\n}}"
    if report(text).ok:
        for given in ({"width": 6}, {"other": 6}, {"width": 3, "other": 5}, {"width": 5, "other": 5}):
            assert_heeded(text, given)


CALLS = [
    "Linear(a) -> reshape([-1, a]) -> Linear(2)",
    "Linear(a) -> reshape([N, 3, a])",
    "Linear(a) -> reshape([N, 3, b]) -> Linear(2)",  # as large by chance
    "Linear(a) -> reshape([N, a, 3]) -> Linear(2)",
    "Linear(a * b) -> reshape([N, 3, a, b]) -> permute([0, 2, 1, 3]) -> Linear(2)",
    "Linear(a * b) -> reshape([N, 3, b, a]) -> transpose(1, 2) -> matmul(ones(a, 2))",
    "Linear(a) -> unsqueeze(1) -> expand([N, 5, 3, a]) -> Linear(2)",
    "Linear(a) -> unsqueeze(1) -> expand([N, b, 3, a]) -> Linear(2)",
    "Linear(a) -> flatten(1) -> unflatten(1, [3, a]) -> Linear(2)",
    "Linear(a) -> repeat([1, 1, b]) -> Linear(2)",
    "left, right = chunk(Linear(a * 2), 2, -1)\nleft * right -> Linear(2)",
    "left, right = split(Linear(a + b), [a, b], -1)\nright -> Linear(2)",
    "Linear(a) -> narrow(2, 0, a // 2) -> Linear(2)",
    "Linear(a) -> narrow(2, 1, 3) -> Linear(2)",
    "Linear(a) -> roll(b, 2)",
    "Linear(a) -> pad([0, b]) -> Linear(2)",
    "Linear(a) -> unfold(2, a // 2, 1) -> Linear(2)",
    "y = -> Linear(a)\ncat([y, ones(2, 3, b)], 2) -> Linear(2)",
    "y = -> Linear(a)\neinsum('ntc,cd->ntd', y, ones(a, b)) -> Linear(2)",
    "Linear(a) -> add(arange(a)) -> mul(zeros(b, 1, 1)) -> Linear(2)",
    "Linear(a) -> mean(-1, keepdim=True) -> tile([1, 1, a]) -> Linear(2)",
]


@pytest.mark.parametrize("body", CALLS)
def test_calls_follow_the_arguments_with_their_tensors(body: str) -> None:
    text = f"model Net(a=4, b=4) {{\ninput x: [N, 3, 5]\n{body}\n}}"
    if report(text).ok:
        for given in ({"a": 6}, {"b": 6}, {"a": 8, "b": 2}, {"a": 7, "b": 7}, {"a": 5}):
            assert_heeded(text, given)


@pytest.mark.parametrize("parameters", ["a=a", "a=a, b=a", "b=2, a=a + 1"])
def test_a_default_does_not_know_its_own_parameter(parameters: str) -> None:
    refuse(f"model Net({parameters}) {{ # error: unknown-name\n    input x: [N, 3]\n    Linear(a)\n}}")
