"""Random programs run right: see tests/programs. A longer run: `python -m tests.programs --samples 5000 --seed 1`."""

from __future__ import annotations

import pytest

from .programs.judge import judge

RUNS = 4
EACH = 6


@pytest.mark.parametrize("run", range(RUNS))
def test_accepted_programs_run_right(run: int) -> None:
    assert "fine" in [judge(seed) for seed in range(run * EACH, (run + 1) * EACH)]


@pytest.mark.parametrize("seed", [104])  # a loop that hands on a value which nothing behind it reads
def test_programs_that_once_failed(seed: int) -> None:
    assert judge(seed) == "fine"
