"""Stages run without pauses to look for garbage, and a process that runs many of them does not grow."""

from __future__ import annotations

import gc
import weakref

import pytest

from cnndsl import quiet
from cnndsl.quiet import undisturbed


class Ring:
    """Refers to itself, so that only a look for garbage frees it."""

    def __init__(self) -> None:
        self.itself = self


@undisturbed
def stage(size: int) -> weakref.ref[Ring]:
    rings = [Ring() for _ in range(size)]
    return weakref.ref(rings[0])


def test_garbage_of_many_stages_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.enable()
    gc.collect()
    monkeypatch.setattr(quiet, "MUCH", 1000)
    monkeypatch.setattr(quiet.heap, "new", 0)
    monkeypatch.setattr(quiet.heap, "old", 0)
    monkeypatch.setattr(quiet.heap, "stages", 0)
    left = [stage(500) for _ in range(quiet.STAGES)]
    assert not any(ref() for ref in left)
    assert quiet.heap.new == quiet.heap.stages == 0


def test_a_process_of_few_stages_never_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "MUCH", 0)
    monkeypatch.setattr(quiet.heap, "stages", 0)
    assert all([stage(500) for _ in range(quiet.STAGES - 1)])


def test_it_is_left_alone_by_who_looks_for_none() -> None:
    gc.disable()
    try:
        before = quiet.heap.stages
        stage(1)
        assert quiet.heap.stages == before
        assert not gc.isenabled()
    finally:
        gc.enable()
