"""Every test of the language ends: one that takes longer than it ever should is stopped and fails. No gradients."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
import torch

SECONDS = 20  # of this process, however busy the machine is
torch.set_num_threads(1)  # threads that wait for one another in turn take all of these


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"longer than {SECONDS} s")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    with torch.no_grad():
        yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
