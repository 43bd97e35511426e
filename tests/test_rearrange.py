"""`rearrange`: the elements it moves, the patterns it refuses."""

from __future__ import annotations

import itertools
import math

import pytest

from cnndsl.dims import symbol
from cnndsl.functions import lookup
from cnndsl.functions.rearranging import parse
from cnndsl.shapes import Misfit, Need, TensorType

from .function_oracle import found, torch, torch_function


def flat_place(groups: tuple[tuple[str, ...], ...], sizes: dict[str, int], place: dict[str, int]) -> tuple[int, ...]:
    """Where an element stands whose coordinates along the named axes are `place`."""
    result = []
    for group in groups:
        where = 0
        for name in group:
            where = where * sizes[name] + place[name]
        result.append(where)
    return tuple(result)


@pytest.mark.parametrize(
    ("pattern", "given", "sizes"),
    [
        ("n (h p) w c -> n h w (p c)", {"p": 2}, {"n": 2, "h": 3, "p": 2, "w": 4, "c": 5}),
        ("b (h p) (w q) c -> b (h w) (p q c)", {"p": 2, "q": 3}, {"b": 1, "h": 2, "p": 2, "w": 2, "q": 3, "c": 2}),
        ("b n (k h d) -> k b h n d", {"k": 3, "h": 2}, {"b": 2, "n": 4, "k": 3, "h": 2, "d": 2}),
        ("(a b) 1 c -> c 1 (b a)", {"b": 3}, {"a": 2, "b": 3, "c": 4}),
        ("a b -> () (a b)", {}, {"a": 2, "b": 3}),
        ("a b -> b a", {"a": 2}, {"a": 2, "b": 3}),
        ("a b -> a b", {}, {"a": 2, "b": 3}),
    ],
)
def test_rearrange_moves_the_right_elements(pattern: str, given: dict[str, int], sizes: dict[str, int]) -> None:
    """Element by element, by the meaning of the pattern: an oracle that shares nothing with the compilation."""
    sides = parse(pattern)
    shape = [math.prod(sizes[name] for name in group) for group in sides.left]
    value = torch.arange(math.prod(shape)).reshape(shape)
    function = lookup("rearrange")
    assert function and function.lower
    kind = TensorType(tuple(shape), "int64")
    result = value
    for name, arguments, options in function.lower(kind, pattern, **given):
        if name == "expect":
            assert arguments[0] == arguments[1]
            continue
        result = torch_function(lookup(name))(result, *arguments, **options)  # type: ignore[arg-type]
    assert found(function.infer(Need(), kind, pattern, **given)) == found(result)
    for numbers in itertools.product(*(range(size) for size in sizes.values())):
        place = dict(zip(sizes, numbers, strict=True))
        assert result[flat_place(sides.right, sizes, place)] == value[flat_place(sides.left, sizes, place)]


@pytest.mark.parametrize(
    ("pattern", "sizes", "message"),
    [
        ("a b", {}, "one `->`"),
        ("a b -> a", {}, "the same axes"),
        ("a a -> a", {}, "stands twice"),
        ("(a b -> a b", {}, "left open"),
        ("a b) -> a b", {}, "do not pair up"),
        ("(a b) c -> a b c", {}, "give all but one"),
        ("(a b) c -> a b c", {"a": 4}, "no multiple of 4"),
        ("(a b) c -> a b c", {"a": 2, "b": 2}, "is 4, but the axis has 6"),
        ("(a b) c -> a b c", {"d": 2}, "no axis d"),
        ("a b c -> c b a", {}, "names 3 axes, but the tensor has 2"),
        ("a-b c -> c", {}, "is no axis"),
    ],
)
def test_rearrange_refuses(pattern: str, sizes: dict[str, int], message: str) -> None:
    function = lookup("rearrange")
    assert function
    with pytest.raises(Misfit, match=message):
        function.infer(Need(), TensorType((6, 5)), pattern, **sizes)


def test_rearrange_of_a_free_size_records_a_requirement() -> None:
    need, size = Need(), symbol("H")
    function = lookup("rearrange")
    assert function
    result = function.infer(need, TensorType((2, size, 3)), "n (h p) c -> n h (p c)", p=4)
    assert result.shape == (2, size // 4, 12)
    assert [str(condition) for condition, _ in need.conditions] == ["H % 4 == 0"]
