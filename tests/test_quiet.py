"""Stages run without pauses to look for garbage, and a process that runs many of them does not grow."""

from __future__ import annotations

import gc
import weakref

import pytest

from cnndsl import pipeline, quiet
from cnndsl.quiet import undisturbed
from cnndsl.source import Source


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


def test_two_networks_are_looked_at_without_a_pause() -> None:
    side = Source("a.cnn", "model Net { input x: [N, 3, 8, 8]\nConv2d(8, 3) -> Flatten -> Linear(2) }"), None, {}
    heard: list[str] = []
    before = gc.get_threshold()
    pipeline.diff(side, side)  # what is loaded the first time is not looked at
    gc.callbacks.append(lambda phase, _: heard.append(phase))
    gc.set_threshold(1)
    try:
        pipeline.diff(side, side)
    finally:
        gc.set_threshold(*before)
        gc.callbacks.pop()
    assert len(heard) < 20
