"""Functions of several tensors that make one."""

from __future__ import annotations

from typing import Any

from ...tape import Held, Tape, tensors
from .base import Given, writes


@writes("cat concat stack")
def cat(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, tuple(tensors(given["tensors"])))
