"""What is compiled gives what torch gives: every layer, function, initialiser, operator and index, bit for bit.

`python -m tests.conformance --samples 200 --seed 1` compares more of them, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from cnndsl.layers import all_layers
from cnndsl.layers.base import Layer

from .conformance import drawn
from .conformance.compiled import REFUSED, agree, fitting


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Several threads may add up in another order each time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("group", drawn.GROUPS)
def test_what_is_compiled_gives_what_torch_gives(group: str, compiled: int, seed: int) -> None:
    cases = drawn.GROUPS[group](compiled, seed)
    assert len(cases) == compiled
    assert agree(cases, seed).refused <= compiled // 2


GIVING = [layer for layer in all_layers() if not layer.effects]


@pytest.mark.parametrize("layer", GIVING, ids=lambda layer: layer.__name__)
def test_a_layer_without_effects_does_nothing_but_give(layer: type[Layer], seed: int) -> None:
    """It may be left out where nobody reads what it gives: it draws nothing, and its state stays."""
    for case in drawn.layers(layer, 4, seed):
        inputs, own = fitting(case, seed)
        before = {name: value.clone() for name, value in own.state_dict().items()}
        random = torch.get_rng_state()
        try:
            own.train()(*(tensor.clone() for tensor in inputs))
        except REFUSED:
            continue
        assert torch.equal(torch.get_rng_state(), random)
        assert all(torch.equal(value, before[name]) for name, value in own.state_dict().items())
