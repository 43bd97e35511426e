"""The largest batch whose training fits into so much memory."""

from __future__ import annotations

from ..dims import Dim, Size
from ..records import dataclass
from .summary import Summary

MOST = 2**40  # no batch is larger


@dataclass(frozen=True)
class Fit:
    """Training with batches of `batch` needs `needed` bytes; None: not even one sample fits (it needs `needed`), or,
    if `free` is not empty, these sizes must be given first."""

    batch: int | None
    needed: int
    free: tuple[str, ...] = ()


def fit(summary: Summary, memory: int) -> Fit:
    need = summary.met(summary.training.total)
    free = tuple(sorted(need.symbols - {summary.batch})) if isinstance(need, Dim) else ()
    if free or summary.batch is None:
        return Fit(None, 0, free)
    if at(need, summary.batch, 1) > memory:
        return Fit(None, at(need, summary.batch, 1))
    low, high = 1, 2
    while high < MOST and at(need, summary.batch, high) <= memory:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at(need, summary.batch, middle) <= memory else (low, middle)
    return Fit(low, at(need, summary.batch, low))


def at(size: Size, name: str, value: int) -> int:
    return size.at({name: value}) if isinstance(size, Dim) else size
