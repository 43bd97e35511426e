"""Parameters that stay arguments of the class that a block becomes."""

from __future__ import annotations

from inspect import signature

import pytest
import torch

from cnndsl import loads


def test_a_parameter_in_a_tuple_stays_an_argument() -> None:
    text = """
        block Side(out, k=3) { input x: [N, C, H, W]; conv: Conv2d(out, (1, k), padding=(0, k // 2)) -> ReLU }
        model Net(width=8) { input x: [N, 3, H, W]; side: Side(width) -> Side(width * 2) }
    """
    made = type(loads(text).side)
    assert [*signature(made).parameters] == ["in_channels", "out", "k"]
    conv = made(2, 4, 5).conv
    assert (conv.kernel_size, conv.padding) == ((1, 5), (0, 2))


def test_what_decides_one_way_in_all_uses_stays_an_argument_if_a_caller_may_choose_it() -> None:
    text = """
        block Cross(rank=0) {
            input x: [N, D]
            y = x
            if rank > 0 { y = x -> v: Linear(rank, bias=False) -> u: Linear(D) }
            return x * y
        }
        model Net(rank=32) { input x: [N, 5]; cross: Cross(rank) -> Cross(rank) }
    """
    model = loads(text)
    assert type(model)(rank=7).cross.v.out_features == 7
    with pytest.raises(ValueError, match="not made for rank <= 0"):
        type(model.cross)(0)
