"""Indices that are no data, `arange(T)`: what is looked up by them is there, for all sizes that a model takes."""

from __future__ import annotations

import pytest
import torch

import cnndsl
from cnndsl.problems import CnnError

from .compare import graph_of

LOOKUPS = {
    "x + Embedding(6, 8)(arange(T))": "T <= 6",
    "param pos: [6, 8]; x + pos[arange(T)]": "T <= 6",
    "param pos: [6, 8]; x + embedding(arange(T), pos)": "T <= 6",
    "index_select(x, 1, arange(5))": "T >= 5",
    "x[:, arange(5)]": "T >= 5",
    "x[..., arange(5), None, :]": "T >= 5",
    "x[None, :, arange(5)]": "T >= 5",
    "x[:, arange(2, 9, 3)]": "T >= 9",
    "x[:, arange(0, 9, step=4)]": "T >= 9",
    "x[:, arange(7, 0, -2)]": "T >= 8",
    "x[:, arange(2) - 4]": "T >= 4",
    "x[:, arange(T - 2) + 2]": "T >= 3",
    "x[:, arange(T - 1, -1, -1)]": "",
    "x[:, arange(T)[None, :]]": "",
    "gather(x, 1, expand(arange(5)[None, :, None], N, 5, 8))": "T >= 5",
    "one_hot(arange(T), 6)": "T <= 6",
    "one_hot(arange(T)[:, None] -> expand(T, 2) -> flatten, 6)": "T <= 6",
    "ids = arange(512); x[:, ids[:3]]": "",  # of a part nothing is known
}


@pytest.mark.parametrize("body", LOOKUPS)
def test_what_is_looked_up_is_there(body: str) -> None:
    text = f"model Net {{ input x: [N, T, 8]; {body} }}"
    found = graph_of(text).models[0].requirements
    assert " and ".join(found.texts) == LOOKUPS[body]
    net = cnndsl.loads(text)
    for length in range(3, 12):
        x = torch.rand(2, length, 8)
        if found.holds({"N": 2, "T": length}):
            net(x)
        else:
            with pytest.raises(ValueError, match="must hold"):
                net(x)


@pytest.mark.parametrize(
    "body",
    [
        "Embedding(6, 8)(arange(7))",
        "x[:, :, arange(9)]",
        "x[:, :, arange(3) - 9]",
        "index_select(x, 2, arange(3) - 1)",
        "one_hot(arange(7), 6)",
        "gather(x, 2, expand(arange(9)[None, None], N, T, 9))",
    ],
)
def test_what_is_never_there_is_an_error(body: str) -> None:
    with pytest.raises(CnnError) as caught:
        graph_of(f"model Net {{ input x: [N, T, 8]; {body} }}")
    assert [problem.code for problem in caught.value.problems] == ["bad-index"]
