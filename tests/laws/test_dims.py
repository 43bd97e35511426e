"""Sizes and conditions against plain Python: canonical form, text, and verdicts never contradict the numbers."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest

from cnndsl.dims import (
    Dim,
    Size,
    at_least,
    both,
    bounds,
    ceil_div,
    differ,
    divides,
    either,
    equal,
    maximum,
    minimum,
    negate,
    symbol,
)
from cnndsl.spelled import Spelled

from .random_sizes import random_condition, random_size

H, W, C, N = (symbol(name) for name in "HWCN")
PLACES = {"H": [(h, 1) for h in range(1, 201)], "HW": [(h, w) for h in range(1, 15) for w in range(1, 15)]}


def numbers(text: str, names: str) -> list[Any]:
    """What Python makes of an expression at many places."""
    return eval(f"[{text} for H, W in places]", {"places": PLACES[names], "min": min, "max": max})  # type: ignore[no-any-return]


def at(size: Size, h: int, w: int) -> int:
    return size if isinstance(size, int) else size.at({"H": h, "W": w})


@pytest.mark.parametrize("names", ["H", "HW"])
def test_size_is_what_python_says(names: str, samples: int, seed: int) -> None:
    rng = Random(f"{names}{seed}")
    for _ in range(25 * samples):
        size, text = random_size(rng, names, rng.randint(1, 4))
        expected = numbers(text, names)
        assert numbers(str(size), names) == expected, f"{text} is printed {size}"
        for (h, w), value in list(zip(PLACES[names], expected, strict=True))[::17]:
            assert at(size, h, w) == value, f"{text} at H={h}, W={w}"


def test_put_in_size_is_put_in_number(samples: int, seed: int) -> None:
    rng = Random(seed)
    for _ in range(5 * samples):
        (size, text), (put, _) = random_size(rng, "HW", 3), random_size(rng, "W", 2)
        changed = size.subs({"H": put}) if isinstance(size, Dim) else size
        for w in range(1, 12):
            assert at(changed, 0, w) == at(size, at(put, 0, w), w), f"{text} with {put} for H"


def test_equal_structure_is_equal_value(samples: int, seed: int) -> None:
    rng = Random(seed)
    seen: dict[Size, list[int]] = {}
    hits = 0
    for _ in range(50 * samples):
        size, text = random_size(rng, "H", rng.randint(1, 3))
        values = numbers(text, "H")
        hits += size in seen
        assert seen.setdefault(size, values) == values, text
    assert hits > samples


def test_structure_sees_most_equalities(samples: int, seed: int) -> None:
    """Not a law, but what the canonical form is for."""
    rng = Random(seed)
    forms: dict[tuple[int, ...], set[Size]] = {}
    for _ in range(50 * samples):
        size, text = random_size(rng, "H", 2)
        forms.setdefault(tuple(numbers(text, "H")), set()).add(size)
    assert sum(len(group) == 1 for group in forms.values()) > 0.94 * len(forms)


@pytest.mark.parametrize("names", ["H", "HW"])
def test_verdict_and_text_agree_with_numbers(names: str, samples: int, seed: int) -> None:
    rng = Random(f"{names}{seed}")
    verdicts = {True: 0, False: 0, None: 0}
    for _ in range(40 * samples):
        condition, text = random_condition(rng, names)
        expected = numbers(text, names)
        assert [bool(value) for value in numbers(str(condition), names)] == expected, f"{text} is printed {condition}"
        verdict = condition.decide()
        verdicts[verdict] += 1
        assert verdict is None or set(expected) == {verdict}, f"{text} is said to be {verdict}"
        for (h, w), value in list(zip(PLACES[names], expected, strict=True))[::37]:
            assert condition.at({"H": h, "W": w}) == value, text
    assert min(verdicts.values()) > samples


def test_one_symbol_is_always_decided(samples: int, seed: int) -> None:
    """Undecided only if a trial far out shows both truths, as long as the tables stay small."""
    rng = Random(seed)
    places = [(h, 1) for h in range(1, 3000)]
    for _ in range(5 * samples):
        condition, text = random_condition(rng, "H")
        if condition.decide() is None:
            values = eval(f"{{bool({text}) for H, W in places}}", {"places": places, "min": min, "max": max})
            assert values == {True, False}, text


def test_shortcuts_of_bounds_lose_nothing(samples: int, seed: int) -> None:
    """A bound that is looked for in one way alone is the best of all ways, and what grows has none above."""
    rng = Random(seed)
    met = 0
    for _ in range(25 * samples):
        size, text = random_size(rng, "HW", rng.randint(1, 4))
        if isinstance(size, Dim) and bounds.is_atomic(size):
            met += 1
            ways = bounds.termwise(size), bounds.shifted(size), bounds.relaxed(size)
            assert bounds.lower_bound(size) == bounds.highest(*ways), text
            if bounds.grows(size):
                assert (
                    bounds.highest(*(way(-size) for way in (bounds.termwise, bounds.shifted, bounds.relaxed))) is None
                )
    assert met > samples


def test_canonical_form() -> None:
    assert H // 2 // 2 == H // 4
    assert (2 * H + 1) // 2 == H
    assert (H - 1) // 2 + 1 == (H + 1) // 2 == ceil_div(H, 2)
    assert (2 * H + 4) // 6 == (H + 2) // 3
    assert (C * H * W) // (H * W) == C
    assert (H * C + C) // (H + 1) == C
    assert (H + W) * (H - W) == H * H - W * W
    assert -H // 2 == -((H + 1) // 2) or equal(-H // 2, -((H + 1) // 2)).decide() is True
    assert minimum(H + 2, H, W) == minimum(W, H)
    assert maximum(minimum(H, 5), 1) == minimum(H, 5)
    assert hash((H - 1) // 2 + 1) == hash(ceil_div(H, 2))


def test_ceil_mode_of_a_pool() -> None:
    """torch: the last window must start inside the input or its left padding."""
    for kernel, stride, padding in [(2, 2, 0), (3, 2, 1), (3, 2, 0), (3, 1, 1), (2, 3, 1), (5, 4, 2)]:
        out = minimum(ceil_div(H + 2 * padding - kernel, stride) + 1, (H + padding - 1) // stride + 1)
        for h in range(1, 60):
            expected = -(-(h + 2 * padding - kernel) // stride) + 1
            assert at(out, h, 1) == expected - ((expected - 1) * stride >= h + padding)
    assert ceil_div(H - 2, 2) + 1 == minimum(ceil_div(H - 2, 2) + 1, (H - 1) // 2 + 1)


def test_constants_are_plain_numbers() -> None:
    assert [type(size) for size in (H - H, H * 0, (H + 1) // (H + 1), 4 * H % 2, minimum(3, 4))] == [int] * 5
    assert (H + 3 - H, 2 * H // H, minimum(7, 4), maximum(7, 4), ceil_div(7, 2)) == (3, 2, 4, 7, 4)


def test_spelled_numbers_are_numbers() -> None:
    width = Spelled(64, [symbol("width")])
    assert width * H == H * width == 64 * H
    assert (width + H, width - H, H - width, H // width) == (64 + H, 64 - H, H - 64, H // 64)
    assert minimum(H, width) == minimum(H, 64)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (64 * (H // 4) * (W // 4), "64 * (H // 4) * (W // 4)"),
        ((H - 1) // 2 + 1, "(H + 1) // 2"),
        ((H - 7) // 2 + 1, "(H - 5) // 2"),
        (8 * symbol("width"), "8 * width"),
        (H % 8, "H % 8"),
        (-H % 8, "-H % 8"),
        (7 - H % 8, "7 - H % 8"),
        (3 - H, "3 - H"),
        (-(H % 3), "-(H % 3)"),
        (1 - 2 * (H % 3), "1 - 2 * (H % 3)"),
        (H - W * (H // W), "H % W"),
        (H * H, "H**2"),
        ((H // 2) * (H // 2), "(H // 2) ** 2"),
        (64 * (H - 2) * (W - 2), "64 * (H - 2) * (W - 2)"),
        (2 * H + 2, "2 * H + 2"),
        (C * H * W + C * H, "C * H * (W + 1)"),
        (3 * H // 4, "(3 * H) // 4"),
        (H // C, "H // C"),
        (H % C, "H % C"),
        (minimum(H, 5) + 2, "min(H + 2, 7)"),
        (maximum(H - 3, 1), "max(H - 3, 1)"),
        (symbol("x.shape[2]") // 2, "x.shape[2] // 2"),
    ],
)
def test_text_of_size(size: Size, text: str) -> None:
    assert str(size) == text


def test_renamed_text() -> None:
    size = 64 * (H // 4) * (W // 4)
    assert isinstance(size, Dim)
    assert size.text({"H": "x.shape[2]"}) == "64 * (x.shape[2] // 4) * (W // 4)"
    assert equal(H, W).text({"H": "height", "W": "width"}) == "height == width"
    assert size.symbols == {"H", "W"}


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (divides(8, H), "H % 8 == 0"),
        (equal(H, H // 2 // 2 // 2 // 2 * 16), "H % 16 == 0"),
        (at_least(H, 33), "H >= 33"),
        (at_least(33, H), "H <= 33"),
        (at_least(H // 32, 2), "H >= 64"),
        (equal(H, W), "H == W"),
        (equal(N * H, N * W), "H == W"),
        (at_least(H - 1, W), "H > W"),
        (equal(H // 2, H - 4), "H == H // 2 + 4"),
        (equal(H % 32, 7), "H % 32 == 7"),
        (differ(H % 3, 0), "H % 3 != 0"),
        (both(at_least(H, 33), at_least(64, H)), "33 <= H <= 64"),
        (either(equal(H, 8), equal(H, 7)), "H in {7, 8}"),
        (either(equal(H % 32, 31), divides(32, H)), "H % 32 in {0, 31}"),
        (either(equal(H, W), equal(H, 1)), "H == W or H == 1"),
        (negate(both(equal(H, W), at_least(H, 3))), "H != W or H <= 2"),
        (at_least(minimum(H, W), 3), "H >= 3 and W >= 3"),
        (equal(1, 1), "True"),
        (equal(1, 2), "False"),
    ],
)
def test_text_of_condition(condition: Any, text: str) -> None:
    assert str(condition) == text


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (at_least(H + 2, 1), True),
        (at_least(-H, 0), False),
        (at_least(H, 2), None),
        (equal(H // 2 + (H + 1) // 2, H), True),
        (equal(2 * H, 2 * W + 1), False),
        (equal(2 * (H // 2) + H % 2, H), True),
        (equal(W * (H // 2) + W * ((H + 1) // 2), W * H), True),
        (equal(4 * (H // 2) * (H // 2) + 1, H * H), None),
        (equal(4 * (H // 2) * (H // 2) - 1, H * H), False),
        (equal((H - H % 2) * W % 2, 0), True),
        (equal(H * H + 2, 3 * H), None),
        (equal(H * H + 3, 3 * H), False),
        (at_least(H * H + 3, 3 * H), True),
        (equal(H // 2 // 50000, 3), None),
        (equal(H, W), None),
        (at_least(H * W, 1), True),
        (at_least((H + 7) // 8 * W, W), True),
    ],
)
def test_verdict(condition: Any, verdict: bool | None) -> None:
    assert condition.decide() is verdict


def test_verdict_under_assumptions() -> None:
    assert equal(H // 2 * 2, H).decide(given=[divides(16, H)]) is True
    assert equal(H % 16, 3).decide(given=[divides(16, H)]) is False
    assert divides(32, H).decide(given=[divides(16, H)]) is None
    assert equal(H // 2, W // 2).decide(given=[equal(H, W)]) is True


def test_wrong_operands_are_refused() -> None:
    with pytest.raises(TypeError):
        H + 1.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        2.5 // H  # type: ignore[operator]
    with pytest.raises(ZeroDivisionError):
        H // 0
    with pytest.raises(KeyError):
        H.at({"W": 3})


def test_long_chains_are_quick() -> None:
    start = time.perf_counter()
    size: Size = symbol("Q")
    for _ in range(60):
        size = (size + 2 - 1 * (3 - 1) - 1) // 2 + 1
    assert time.perf_counter() - start < 0.1  # 4 ms where this was written
    assert size == ceil_div(symbol("Q"), 2**60)


def test_verdicts_are_quick() -> None:
    conditions = [at_least(H + n, 1) for n in range(500)] + [equal(H // 2 * 2 + n, H) for n in range(20)]
    start = time.perf_counter()
    for condition in conditions:
        condition.decide()
    for _ in range(20):
        for condition in conditions:
            condition.decide()
    assert time.perf_counter() - start < 0.5
