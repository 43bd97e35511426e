"""Sound networks with two to four independent mistakes: each is told, on its line, and nothing else. With tokens that
slipped, each faulty statement is told once, nearly always: where a brace slips, lines may mean one thing or another.

A short run; `python -m tests.fuzz plant --texts 10000` and `python -m tests.fuzz slips --texts 1000` have more.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from .fuzz import slips
from .fuzz.planted import judged, planted, sound_texts

TEXTS = 60
SLIPPED = 10  # texts with up to three slips; in the long run some 95 of 100 are told as they should be
AMISS = 3


def test_as_many_messages_as_mistakes() -> None:
    texts = sound_texts()
    wrong = [judged(Random(f"default {number}"), texts) for number in range(TEXTS)]
    assert [found[2] for found in wrong if found] == []


def test_slips_are_told_once_each() -> None:
    wrong = [found[2] for number in range(SLIPPED) if (found := slips.judged(Random(f"0-{number}")))]
    assert len(wrong) <= AMISS, wrong


def test_the_judge_of_slips_sees_what_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slips, "errors", lambda path, text, all=slips.errors: all(path, text)[:1])
    assert any(slips.judged(Random(f"0-{number}")) for number in range(10))


def test_mistakes_of_all_kinds_are_planted() -> None:
    texts, counts = sound_texts(), Counter[str]()
    for number in range(TEXTS):
        rng = Random(number)
        made = planted(*rng.choice(texts), rng, 3)
        counts.update(code for _, code in made[1] if made) if made else None
    assert {*counts} == {"unknown-layer", "unknown-name", "unknown-argument", "wrong-type", "syntax", "misfit"}
    assert min(counts.values()) > TEXTS // 10


def test_the_judge_sees_what_is_not_told() -> None:
    sound = "model A {\n    input x: [N, 4, 8, 8]\n    Conv2d(8, 3)\n    Tanh\n    GELU\n    ReLU\n}\n"
    faulty = sound.replace("ReLU", "x -> Conv2d(8, 99)")  # a mistake that nobody has planted
    assert [judged(Random(seed), (("a.cnn", sound),), 2) for seed in range(40)] == [None] * 40
    found = [judged(Random(seed), (("a.cnn", faulty),), 2) for seed in range(40)]
    assert any(one and "too-small" in one[2] for one in found)
