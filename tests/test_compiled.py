"""What is compiled gives what torch gives: every layer, function, initialiser, operator and index, bit for bit.

`python -m tests.conformance --samples 200 --seed 1` compares more of them, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from .conformance import drawn
from .conformance.compiled import agree


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
