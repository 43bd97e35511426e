"""Indices that are no data: what is asked of the sizes that they count along is what torch needs."""

from __future__ import annotations

import pytest
import torch

import cnndsl

INDICES = {
    "arange(5)": 5,
    "arange(5) * 2": 9,
    "2 * arange(5) - 3": 6,
    "-arange(4) - 1": 4,
    "(arange(8) - 8) // 2": 4,
    "(arange(3) * -2)[None]": 4,
}


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("form", ("return x[:, {}]", "buffer table = {}\n return x[:, table]"))
def test_as_many_are_needed_as_torch_needs(form: str, index: str) -> None:
    text = f"model Net {{\n input x: [N, T]\n {form.format(index)}\n}}"
    net, least = cnndsl.loads(text), INDICES[index]
    net(torch.zeros(2, least))
    with pytest.raises(ValueError, match=f"T >= {least} must hold"):
        net(torch.zeros(2, least - 1))
    with pytest.raises(IndexError):
        torch.zeros(2, least - 1)[:, eval(index, {"arange": torch.arange})]
