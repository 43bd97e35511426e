"""Which masks of attention leave a position nothing to look at, as torch makes them."""

from __future__ import annotations

import pytest
import torch

from cnndsl import pipeline
from cnndsl.source import Source

LAYER = "y, _ = MultiheadAttention(2, batch_first=True)(x, x, x, attn_mask=m)"
FUNCTION = "y = scaled_dot_product_attention(x, x, x, attn_mask=m)"


@pytest.mark.parametrize("half", ["tril", "triu"])
@pytest.mark.parametrize("asked", [0, 1])
@pytest.mark.parametrize("shift", [-2, -1, 0, 1, 2])
def test_a_position_that_looks_at_nothing_is_told(half: str, asked: int, shift: int) -> None:
    looked = getattr(torch, half)(torch.ones(5, 5), shift) == asked
    for line, seen in ((LAYER, ~looked), (FUNCTION, looked)):
        text = f"model A {{ input x: [N, 5, 4]; m = {half}(ones([5, 5]), {shift}) == {asked}; {line}; y }}"
        told = [p.facts["which"] for p in pipeline.report(Source("x.cnn", text)).problems if p.code == "blind-position"]
        blind = [place for place, row in (("first", 0), ("last", -1)) if not seen[row].any()]
        assert told == blind, text
