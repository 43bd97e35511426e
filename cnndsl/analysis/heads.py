"""Axes that a reshape does not make change places: `reshape(N, heads, T, 16)` of [N, T, 64].

Loaded only where one makes four axes of three, or three of four.
"""

from __future__ import annotations

from ..dims import Dim
from ..shapes import TensorType
from ..source import Span
from ..syntax.brackets import BRACKETS
from ..typed import Any, Iterator
from .sites import is_behind_arrow


def warn_of_order(visit: Any, name: str, before: TensorType, after: TensorType, span: Span) -> None:
    """Heads that are taken apart in front of positions, or put together behind them, without a transpose."""
    if after.rank == 4:
        found = taken_apart(name, before.shape, after.shape, span)
    else:
        found = put_together(before.shape, after.shape, span)
    if found:
        taken, given, meant = found
        facts = {"name": name, "before": str(before), "after": str(after), "taken": taken, "given": given}
        visit.warn("reshape-for-transpose", span, **facts, meant=meant)


def taken_apart(name: str, before: Any, after: Any, span: Span) -> tuple[int, int, str] | None:
    """[N, T, 64] to [N, 4, T, 16]."""
    if after[2] != before[1] or after[1] in (1, before[1]) or before[1] == 1 or after[1] * after[3] != before[2]:
        return None
    sizes = sizes_of(span) or [str(size) for size in after]
    *others, batch, first, second, last = sizes
    listed = f"{name}({', '.join([*others, batch, second, first, last])}) -> transpose(1, 2)"
    return 1, 2, f"{'-> ' * (is_behind_arrow(span) or not others)}{listed}"


def put_together(before: Any, after: Any, span: Span) -> tuple[int, int, str] | None:
    """[N, 4, T, 16] to [N, T, 64], or to [N, 64, T]."""
    place = next((axis for axis in (1, 2) if after[axis] == before[2] and isinstance(before[2], Dim)), 0)
    if not place or before[1] in (1, before[2]) or after[3 - place] != before[1] * before[3]:
        return None
    if place == 1:
        stage = span.told.replace("view(", "reshape(") if is_behind_arrow(span) else "flatten(2)"
        return 2, 1, f"-> transpose(1, 2) -> {stage}"
    return 2, 2, "-> transpose(2, 3) -> flatten(1, 2)"


def sizes_of(span: Span) -> list[str]:
    """What stands in the brackets of a call that lists its sizes, a tensor in front of them among it."""
    name, _, inside = span.told.partition("(")
    parts = [*parted(inside.removesuffix(")"))] if inside.endswith(")") else []
    if len(parts) == 2 and parts[1].startswith(("[", "(")):  # `reshape(x, [N, heads, T, 16])`
        parts = [parts[0], *parted(parts[1][1:-1])]
    is_plain = len(parts) in (4, 5) and not any(part.startswith(("[", "(")) or "=" in part for part in parts)
    return parts if is_plain and name.isidentifier() else []


def parted(text: str) -> Iterator[str]:
    """The parts between commas, of which those in brackets are of one part."""
    depth, start = 0, 0
    for place, sign in enumerate(text):
        depth += (sign in BRACKETS) - (sign in ")]}")
        if sign == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()
