"""Numbers at the ends of dtypes and beyond: what is accepted runs."""

from __future__ import annotations

import pytest
import torch

import cnndsl

ENDS = {
    "uint8": (0, 255),
    "int8": (-128, 127),
    "int32": (-(2**31), 2**31 - 1),
    "float16": (-65504.0, 65504.0),
    "bfloat16": (-3.3895313892515355e38, 3.3895313892515355e38),
}
FORMS = (
    "masked_fill(x, x > 0, {v})",
    'x + full([4], {v}, dtype="{dtype}")',
    "full_like(x, {v})",
    "clamp(x, max={v})",
    "pad(x, [1, 1], value={v})",
    "where(x > 0, x, {v})",
    "x ** {v}",
    "sub(x, x, alpha={v})",
    "rsub(x, x, alpha={v})",
    "addcmul(x, x, x, value={v})",
    "hardtanh(x, {low}, {v})",
    "threshold(x, 0, {v})",
    "hardshrink(x, {v})",
    'x + linspace(0, {v}, 4, dtype="{dtype}")',
)


@pytest.mark.parametrize("dtype", ENDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_is_accepted_is_one_that_torch_takes(form: str, dtype: str) -> None:
    low, high = ENDS[dtype]
    beyond = (low - 1, high + 1) if isinstance(high, int) else (low * 1.001, high * 1.001)
    accepted = []
    for number in (low, high, *beyond):
        called = form.format(v=repr(number), dtype=dtype, low=min(number, 0))
        try:
            net = cnndsl.loads(f"model Net {{ input x: [N, 4] {dtype}; return {called} }}")
        except cnndsl.CnnError:
            continue
        net(torch.ones(2, 4, dtype=getattr(torch, dtype)))
        accepted.append(number)
    is_for_floats = form.startswith("hardshrink")
    assert (high in accepted) is (isinstance(high, float) or not is_for_floats)
