"""Requirements against plain Python: what is said is exactly what was asked, in the words that people use."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest

from cnndsl.dims import (
    Condition,
    Size,
    at_least,
    ceil_div,
    differ,
    divides,
    either,
    equal,
    minimum,
    requirements,
    symbol,
)

from .random_sizes import random_condition

H, W, C, N, T = (symbol(name) for name in "HWCNT")
PLACES = {"H": [(h, 1) for h in range(1, 401)], "HW": [(h, w) for h in range(1, 21) for w in range(1, 21)]}


def truths(texts: list[str], names: str) -> list[bool]:
    """Where Python says that all of them are true."""
    joint = " and ".join(f"({text})" for text in texts) or "True"
    return eval(f"[{joint} for H, W in places]", {"places": PLACES[names], "min": min, "max": max})  # type: ignore[no-any-return]


def random_conditions(rng: Random, names: str, most: int) -> tuple[list[Condition], list[str]]:
    pairs = [random_condition(rng, names) for _ in range(rng.randint(0, most))]
    return [condition for condition, _ in pairs], [text for _, text in pairs]


@pytest.mark.parametrize("names", ["H", "HW"])
def test_simplified_is_what_was_asked(names: str, samples: int, seed: int) -> None:
    """Wherever the promises hold, texts, holds() and the conditions asked all say the same."""
    rng = Random(f"{names}{seed}")
    partly = 0
    for _ in range(40 * samples):
        asked, texts = random_conditions(rng, names, 3)
        promises, promised = random_conditions(rng, names, 1)
        found = requirements(asked, promises)
        expected, domain = truths(texts, names), truths(promised, names)
        said = truths(list(found.texts), names)
        wrong = [place for place, a, b, d in zip(PLACES[names], expected, said, domain, strict=True) if d and a != b]
        assert not wrong, f"{texts} given {promised} became {found.texts}, differs at {wrong[:3]}"
        partly += 0 < sum(expected) < len(expected)
        assert found.satisfiable or not any(a and d for a, d in zip(expected, domain, strict=True))
        for (h, w), truth in list(zip(PLACES[names], said, strict=True))[::41]:
            assert found.holds({"H": h, "W": w}) == truth
    assert partly >= 4 * samples


def test_nearest_good_sizes(samples: int, seed: int) -> None:
    rng = Random(seed)
    for _ in range(20 * samples):
        asked, texts = random_conditions(rng, "H", 3)
        found, value = requirements(asked), rng.randint(1, 120)
        good = [h for (h, _), truth in zip(PLACES["H"], truths(texts, "H"), strict=True) if truth]
        below, above = found.nearest("H", value)
        assert below == max((h for h in good if h <= value), default=None), texts
        first = min((h for h in good if h >= value), default=None)
        assert above == first or (first is None and above is not None and above > 400), texts


def skips(size: Size, depth: int) -> list[Condition]:
    """A U-Net: what each level halves, and doubled again must equal what it was."""
    halves = [size]
    for _ in range(depth):
        halves.append(halves[-1] // 2)
    return [equal(small * 2, large) for large, small in pairwise(halves)]


CASES: list[tuple[list[Condition], tuple[str, ...]]] = [
    ([], ()),
    ([at_least(H + 2, 1)], ()),
    (skips(H, 4), ("H % 16 == 0",)),
    ([*skips(H, 3), *skips(W, 3)], ("H % 8 == 0", "W % 8 == 0")),
    ([equal(H // 2, H - 4)], ("H in {7, 8}",)),
    ([equal(H // 32, 7)], ("224 <= H <= 255",)),
    ([at_least(H // 32, 1)], ("H >= 32",)),
    ([at_least((H - 11) // 4 + 1, 1), at_least(64, H)], ("11 <= H <= 64",)),
    ([equal(H, 224)], ("H == 224",)),
    ([equal(H % 2, 1), at_least(H, 6)], ("H % 2 == 1 and H >= 7",)),
    ([equal(H // 32, (H + 1) // 32)], ("H % 32 != 31",)),
    ([equal(ceil_div(H, 32), (H + 1) // 32 + 1)], ("H % 32 not in {0, 31}",)),
    ([either(divides(32, H), equal(H % 32, 31))], ("H % 32 in {0, 31}",)),
    ([differ(H, 5)], ("H != 5",)),
    ([equal(H, W), divides(8, H), divides(12, W)], ("H % 24 == 0", "H == W")),
    ([equal(H, 2 * W), at_least(H, 10)], ("W >= 5", "H == 2 * W")),
    ([equal(H, W + 3), at_least(W, 2)], ("W >= 2", "H == W + 3")),
    ([equal(H, 14), equal(H * W, 196)], ("H == 14", "W == 14")),
    ([equal(2 * H, 5)], ("False",)),
    ([divides(2, H), equal(H % 4, 1)], ("False",)),
    ([equal(H // 2, W // 2), equal(W, H)], ("H == W",)),
    ([equal(N * C * H, N * C * 49)], ("H == 49",)),
    ([at_least(H, 70_000)], ("H >= 70000",)),
    ([divides(70_001, H)], ("H % 70001 == 0",)),
]


@pytest.mark.parametrize(("conditions", "texts"), CASES, ids=[str(texts) for _, texts in CASES])
def test_said_as_people_say_it(conditions: list[Condition], texts: tuple[str, ...]) -> None:
    assert requirements(conditions).texts == texts


@pytest.mark.parametrize(
    ("asked", "promised", "texts"),
    [
        ([divides(8, H)], [divides(16, H)], ()),
        ([divides(32, H)], [divides(16, H)], ("H % 32 == 0",)),
        ([divides(8, H), divides(8, W)], [equal(H, W), divides(8, H)], ()),
        ([divides(8, W)], [equal(H, W)], ("H % 8 == 0",)),
        ([at_least(H, 20)], [divides(16, H)], ("H >= 32",)),
        ([equal(H, W)], [equal(H, W)], ()),
        ([equal(H % 16, 1)], [divides(16, H)], ("False",)),
        ([equal(H * W, W * W)], [equal(H, W)], ()),
    ],
)
def test_promises_need_not_be_repeated(
    asked: list[Condition], promised: list[Condition], texts: tuple[str, ...]
) -> None:
    assert requirements(asked, promised).texts == texts


def test_ceil_mode_pool_beside_a_floor_mode_pool() -> None:
    """Inception's branches agree wherever the pools do."""
    ceiling = minimum(ceil_div(H - 3, 2) + 1, (H - 1) // 2 + 1)
    assert requirements([equal(ceiling, (H - 3) // 2 + 1)]).texts == ("H % 2 == 1",)
    assert equal(ceiling, H // 2).decide() is True


def test_what_is_out_of_reach_is_marked() -> None:
    """Never said to be all, never none."""
    for condition in (equal(H * W, 100), equal(H // 3 * W, 4), equal(H // 700 % 512, 3)):
        found = requirements([condition])
        assert found.texts == (str(condition),)
        assert found.undecided and found.satisfiable
        assert condition.decide() is None


@pytest.mark.parametrize(
    "conditions",
    [skips(H, 5), [at_least(H, W)], [equal(H, W)], [at_least(H, 70_000)], [at_least(H, 2), at_least(H + W, 9)]],
    ids=str,
)
def test_what_is_solved_is_not_marked(conditions: Any) -> None:
    assert not requirements(conditions).undecided


def test_nearest_sizes_follow_equations() -> None:
    found = requirements([*skips(H, 4), equal(W, H + 2)])
    assert found.nearest("H", 100) == (96, 112)
    assert found.nearest("W", 100) == (98, 114)
    assert found.nearest("H", 7) == (None, 16)
    assert found.nearest("C", 7) == (7, 7)
    assert requirements([equal(2 * H, 5)]).nearest("H", 3) == (None, None)
    assert found.nearest("H", 10**9 + 1) == (10**9, 10**9 + 16)


def test_conditions_guard_what_the_texts_say() -> None:
    found = requirements([*skips(H, 4), at_least(H, 33), equal(H, W)])
    assert found.texts == ("H % 16 == 0 and H >= 48", "H == W")
    assert [str(condition) for condition in found.conditions] == list(found.texts)
    assert found.holds({"H": 48, "W": 48})
    assert not found.holds({"H": 48, "W": 64})
    assert not found.holds({"H": 32, "W": 32})
