"""Operators and indexing against torch, on random operands and index expressions."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from cnndsl.dims import symbol
from cnndsl.functions import lookup
from cnndsl.functions.indexing import index
from cnndsl.functions.rules import binary, negative
from cnndsl.functions.samples import number, partner, tensor
from cnndsl.shapes import Misfit, Need, TensorType

from .function_oracle import REFUSED, is_empty, outcome, real, torch

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "@": lambda a, b: a @ b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def operands(rng: Random, op: str) -> tuple[Any, Any]:
    if op == "@":
        return lookup("matmul").samples(rng).__next__().inputs  # type: ignore[union-attr, misc, return-value]
    first = tensor(rng)
    other = partner(rng, first) if rng.random() < 0.6 else rng.choice((number(rng), True, 3))
    return (first, other) if rng.random() < 0.6 else (other, first)


@pytest.mark.parametrize("op", OPERATORS)
def test_operators_conform(op: str, samples: int, seed: int) -> None:
    rng = Random(zlib.crc32(f"{op} {seed}".encode()))
    for _ in range(samples * 3):
        left, right = operands(rng, op)
        ours = outcome(binary, Need(), op, left, right)
        theirs = outcome(OPERATORS[op], real(left), real(right))
        if theirs == "zero":
            continue  # whole numbers divided by a number 0 fail at run time by their values, not their types
        if theirs != REFUSED and ours == REFUSED and is_empty([left, right]):
            continue  # see UNSEEN
        assert ours == theirs, f"{left} {op} {right}"


def test_minus_sign_conforms() -> None:
    for dtype in ("bool", "uint8", "int64", "float32", "bfloat16"):
        value = TensorType((2, 3), dtype)
        assert outcome(negative, Need(), value) == outcome(torch.neg, real(value))


def index_item(rng: Random, size: int) -> Any:
    def bound() -> Any:
        return None if rng.random() < 0.35 else rng.randint(-size - 2, size + 2)

    kind = rng.random()
    if kind < 0.3:
        return rng.randint(-size - 1, size) if rng.random() < 0.15 or not size else rng.randrange(-size, size)
    if kind < 0.75:
        return slice(bound(), bound(), rng.choice((None, None, 1, 2, 3, -1 if rng.random() < 0.2 else 1)))
    if kind < 0.85:
        return TensorType(rng.choice(((), (3,), (1,), (2, 3), (2, 1))), rng.choice(("int64", "int64", "int32", "int8")))
    if kind < 0.9:
        return [rng.randint(-size, max(size - 1, 0)) for _ in range(rng.choice((1, 3)))]
    return slice(None)


def index_items(rng: Random, value: TensorType) -> tuple[Any, ...]:
    count = rng.randint(0, value.rank) if rng.random() < 0.95 else value.rank + 1
    sizes: list[Any] = [*value.shape, 3]
    items = [index_item(rng, size) for size in sizes[:count]]
    for extra in (None, None, Ellipsis):
        if rng.random() < 0.15:
            items.insert(rng.randint(0, len(items)), extra)
    return tuple(items)


def test_indexing_conforms(samples: int, seed: int) -> None:
    rng = Random(f"index {seed}")
    good = 0
    for _ in range(max(samples * 20, 600)):
        value = tensor(rng)
        items = index_items(rng, value)
        ours = outcome(index, Need(), value, items)
        theirs = outcome(torch.Tensor.__getitem__, real(value), real(items, 0))
        good += ours != REFUSED
        if ours == REFUSED and theirs != REFUSED and 0 in theirs[0]:
            continue  # torch does not look at the numbers that index when nothing is picked
        assert ours == theirs, f"{value} {[str(item) for item in items]}"
    assert good > 300


def conditions(need: Need) -> list[str]:
    return [str(condition) for condition, _ in need.conditions]


def test_broadcasting_of_free_sizes() -> None:
    height, width = symbol("H"), symbol("W")
    need = Need()
    image = TensorType((2, height, width))
    assert binary(need, "+", image, TensorType((height, 1))).shape == (2, height, width)
    assert binary(need, "*", image, 3).shape == image.shape
    assert binary(need, "*", image, height).shape == image.shape
    assert conditions(need) == []
    assert binary(need, "+", image, TensorType((2, 7, width))).shape == (2, 7, width)
    assert conditions(need) == ["H == 7"]
    with pytest.raises(Misfit, match=r"cannot combine the shapes \[2, H, W\] and \[H, W \+ 1\]"):
        binary(need, "+", image, TensorType((height, width + 1)))


@pytest.mark.parametrize(
    ("items", "shape", "wanted"),
    [
        ((slice(None), 3), "[2, W]", ["H >= 4"]),
        ((slice(None), -3), "[2, W]", ["H >= 3"]),
        ((Ellipsis, slice(1, None)), "[2, H, W - 1]", []),
        ((Ellipsis, slice(None, -1)), "[2, H, W - 1]", []),
        ((Ellipsis, None), "[2, H, W, 1]", []),
        ((slice(None), slice(None, None, 2)), "[2, (H + 1) // 2, W]", []),
        ((slice(None), slice(None, symbol("H") // 2)), "[2, H // 2, W]", []),
        ((slice(None), TensorType((4, 5), "int64")), "[2, 4, 5, W]", []),
        ((slice(None), symbol("W")), "[2, W]", ["H > W"]),
    ],
)
def test_indexing_of_free_sizes(items: tuple[Any, ...], shape: str, wanted: list[str]) -> None:
    need = Need()
    value = TensorType((2, symbol("H"), symbol("W")))
    assert str(index(need, value, items)) == shape
    assert conditions(need) == wanted


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ((TensorType((2, 3), "bool"),), "depends on the data"),
        ((2,), "index 2 is out of range for axis 0 of size 2"),
        ((0, 0, 0, 0), "too many indices: 4"),
        ((slice(None, None, -1),), "at least 1, not -1"),
        ((Ellipsis, Ellipsis), "one `...` only"),
        ((True,), "True is no index"),
        ((slice(0.5, None),), "whole numbers"),
        ((TensorType((2,), "float32"),), "int64 or int32"),
        (([0.5],), "whole numbers"),
    ],
)
def test_indexing_refuses(items: tuple[Any, ...], message: str) -> None:
    with pytest.raises(Misfit, match=message):
        index(Need(), TensorType((2, 3, 4)), items)
