"""What oneDNN's kernel for LSTMs keeps for the backward pass beside its inputs and outputs."""

from __future__ import annotations

from ..dims import ceil_div
from ..shapes import Size

PAGE = 4096


def workspace(steps: Size, batch: Size, width: int, hidden: int) -> Size:
    """The bytes that oneDNN keeps of an LSTM in training: `rnn_utils.cpp` there. Gates, states of this layer and the
    one below, cells, and the differences of all three, each rounded up to pages."""
    rows = steps * batch
    states = (steps + 1) * batch * 2
    parts = [rows * leading(4 * hidden), rows * leading(hidden)]
    parts += [states * leading(max(width, hidden))] * 3 + [states * hidden] * 2
    return sum((ceil_div(part * 4, PAGE) * PAGE for part in parts), 0)


def leading(size: int) -> int:
    """The length of a row in memory: whole cache lines, and no multiple of 256 numbers, which would share them."""
    rounded = -(-size // 16) * 16
    return rounded + 16 if rounded % 256 == 0 else rounded
