"""A short run of the mutation fuzzer, and what the fuzzers have found so far. Long runs: `python -m tests.fuzz`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from cnndsl.emit.python import File

from .fuzz.judge import Tally, TooLate, cpu_limit, judge, settled
from .fuzz.mutations import mutant
from .fuzz.texts import texts

KEPT = sorted((Path(__file__).parent / "fuzz" / "kept").iterdir())
MUTANTS = 100


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_was_found_stays_well(path: Path) -> None:
    wrong = judge(str(path), path.read_bytes(), Tally(), Random(0))
    assert wrong is None or settled(wrong, str(path), path.read_bytes(), 0), wrong


def test_mutants_are_refused_in_place_or_run() -> None:
    tally = Tally()
    for number in range(MUTANTS):
        path, data = mutant(f"default {number}", texts())
        wrong = judge(path, data, tally, Random(number))
        assert wrong is None or settled(wrong, path, data, number), f"{path}\n{data.decode(errors='replace')}"
    assert tally.counts["refused"] > MUTANTS // 4 and tally.counts["modules run"] > MUTANTS // 20


def test_a_mutant_is_told_by_its_seed() -> None:
    assert mutant("a", texts()) == mutant("a", texts()) != mutant("b", texts())


def test_the_judge_sees_what_fails_in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = File.text
    monkeypatch.setattr(File, "text", lambda self, *_: whole(self, "").replace("nn.Linear(3", "nn.Linear(4"))
    found = judge("net.cnn", b"model A { input x: [N, 3]; Linear(5) }", Tally(), Random(0))
    assert found is not None and "cannot be multiplied" in found


def test_the_judge_sees_what_takes_too_long() -> None:
    with pytest.raises(TooLate), cpu_limit(0.05):
        while True:
            pass
