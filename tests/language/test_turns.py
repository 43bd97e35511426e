"""Loops that may turn never: the class is what the file says with a count of 0 or an empty list, too, or refuses it."""

from __future__ import annotations

import inspect

import pytest
import torch

import cnndsl
from cnndsl.source import Source

from ..compare import assert_same_layout
from ..honest.judge import findings

NETS = {
    "a second list": (
        """
        model Net(depths=[1, 2], widths=[4, 8]) {
            input x: [N, 3, 16, 16]
            for d, w in zip(depths, widths) {
                for i in range(d) { Conv2d(w, 3, padding=1) -> ReLU }
                Conv2d(w, 2, 2)
            }
        }
        """,
        {"depths": [2, 1]},
        ({"depths": [1, 0]}, "0 in depths"),
    ),
    "a second list, and one count for all": (
        """
        model Net(widths=[4, 8], n=2) {
            input x: [N, 3, 16, 16]
            for w in widths { Conv2d(w, 3, padding=1) * n -> Conv2d(w, 2, 2) }
        }
        """,
        {"widths": [], "n": 1},
        ({"n": 0}, "n < 1"),
    ),
    "one size": (
        """
        model Net(depths=[1, 2], width=4) {
            input x: [N, 3, 16, 16]
            for d in depths { for i in range(d) { Conv2d(width, 3, padding=1) -> ReLU } }
            Conv2d(5, 1)
        }
        """,
        {"depths": [0, 0]},
        None,
    ),
    "labels": (
        """
        model Net(depths=[1, 2], widths=[4, 8]) {
            input x: [N, 3, 16, 16]
            for i, d in enumerate(depths) {
                for j in range(d) { "b{i}_{j}": Conv2d(widths[i], 3, padding=1) }
                "down{i}": Conv2d(widths[i], 2, 2)
            }
        }
        """,
        {"depths": [0, 0]},
        None,
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_a_loop_that_does_not_turn_leaves_what_came_in(name: str) -> None:
    text, given, refused = NETS[name]
    net = type(cnndsl.loads(text))
    assert set(inspect.signature(net).parameters) >= {*given}
    assert_same_layout(net(**given), cnndsl.loads(text, **given))
    if refused:
        cnndsl.loads(text, **refused[0])(torch.zeros(1, 3, 16, 16))
        with pytest.raises(ValueError, match=refused[1]):
            net(**refused[0])
    assert not list(findings(Source("net.cnn", text), 12, pairs=6))
