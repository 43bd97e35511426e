"""Whether a reshape makes rows that cut across axes: `view(-1, 16)` of [N, 16, 5, 5]. Knows types alone."""

from __future__ import annotations

from math import prod

from ..dims import Dim
from ..shapes import TensorType
from ..source import Span
from ..typed import Any

RESHAPES = frozenset({"view", "reshape"})


def warn_of_rows(visit: Any, name: str, before: Any, after: Any, span: Span) -> None:
    if name in RESHAPES and isinstance(before, TensorType) and (facts := cut_rows(before, after)):
        visit.warn("cut-rows", span, **facts)


def cut_rows(before: TensorType, after: TensorType) -> dict[str, object] | None:
    """The facts about a reshape that makes several rows of each sample, none of which is a whole part of it.

    Rows that are parts are meant by who takes the positions of a sequence, or the maps of an image, one by one.
    """
    if before.rank < 3 or not isinstance(before.shape[0], Dim):
        return None
    axes, row = plain(before), plain(after)
    if len(axes) < before.rank - 1 or len(row) < after.rank - 1:
        return None
    sample, length = prod(axes), prod(row)
    if length >= sample or sample % length or is_part(length, axes):
        return None
    counts = {"sample": sample, "length": length, "rows": sample // length}
    return {"shape": str(before), "axes": " * ".join(map(str, axes)), **counts}


def plain(kind: TensorType) -> list[int]:
    """The sizes behind axis 0 that are numbers."""
    return [int(size) for size in kind.shape[1:] if isinstance(size, int) and size > 0]


def is_part(length: int, axes: list[int]) -> bool:
    """Whether so many elements in a row are some of the last axes, or an even share of one of them with all behind."""
    behind = 1
    for size in reversed(axes):
        if length % behind == 0 and size % (length // behind) == 0:
            return True
        behind *= size
    return False
