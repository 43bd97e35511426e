"""What is told of a body into which nothing known flows is wrong whatever does, and of sound ones nothing is told."""

from __future__ import annotations

import random

import pytest

from cnndsl.pipeline import report
from cnndsl.source import Source

UNKNOWN = "model Net { input x: [N, 3, 32, 32]; Conv2d(breadth, 3); Inner }\n"
WRONG = {
    "not-an-operand": "y = Conv2d(8, 3, padding=1) -> ReLU\n    z ++ y",
    "size-differs": "z -> flatten(1) -> Linear(728) -> Unflatten(1, (1, 28, 28))",
    "wrong-dtype": "Conv2d(8, 1) > 0 -> Conv2d(4, 1)",
    "not-divisible": "Conv2d(6, 3) -> Conv2d(9, 3, groups=4)",
}
SOUND = (
    "Linear(728) -> Unflatten(1, (1, 28, 28))",  # of a tensor [N, 784, T], too
    "y = z -> Conv2d(64, 3, padding=1)\n    y + z",
    "expect [N, 10, 7, 7]\n    Conv2d(4, 3)",
    "Embedding(10, 4) -> LSTM(8)",
    "GroupNorm(12) -> PixelShuffle(3)",
    "a, b, c = chunk(z, 3, dim=1)\n    a * b + c",
    "view_as_real",
)
DTYPES = ("float32", "float32", "float32", "int64", "bool", "complex64")


def block(body: str) -> str:
    return f"block Inner {{\n    input z\n    {body}\n}}\n"


def told(text: str) -> dict[str, int]:
    """The codes of the errors and their lines, but for the mistake that hides what flows."""
    problems = [p for p in report(Source("net.cnn", text)).problems if p.severity == "error"]
    return {p.code: p.span.line for p in problems if p.span and p.code != "unknown-name"}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_told_is_wrong_on_every_input(code: str) -> None:
    found = told(block(WRONG[code]) + UNKNOWN)
    assert list(found) == [code]
    rng = random.Random(code)
    for _ in range(12):
        sizes = [rng.choice((1, 3, 8, 48, 64, 784)) for _ in range(rng.randint(1, 5))]
        model = f"model Net {{ input x: {sizes} {rng.choice(DTYPES)}; Inner }}\n"
        lines = told(block(WRONG[code]) + model).values()
        assert lines, f"nothing is wrong on {sizes}"
        assert min(lines) <= found[code]


@pytest.mark.parametrize("body", SOUND)
def test_nothing_is_told_of_what_takes_some_input(body: str) -> None:
    assert not told(block(body) + UNKNOWN)
    assert not told(block(body) + "model Net { input x: [N, 3]; Linear(4) }\n")


def test_what_hangs_on_the_flow_before_a_mistake_is_not_told() -> None:
    y = "y = x -> Conv2d(7, 1); breadth -> add(1); cat([y, x], 1) -> Conv2d(4, 8) -> add(y[:, :1])"
    assert not told(f"model Net {{ input x: [N, 7, 8, 8]; {y} }}")
    assert list(told(f"model Net {{ input x: [N, 7, 8, 8]; {y} -> Dropout(2) }}")) == ["bad-argument"]


def test_what_stands_behind_a_mistake_is_told() -> None:
    behind = "breadth -> relu\n AdaptiveAvgPool2d(1) > Flatten\n Linear(4)"
    assert told(f"model Net {{ input x: [N, 7, 8, 8]\n {behind} }}") == {"wrong-dtype": 4}
