"""Sizes as they are once the requirements are met: under `H % 4 == 0`, `4 * (H // 4)` is `H`. Decides nothing."""

from __future__ import annotations

from ..dims import Dim, Requirements, Size, symbol
from ..graph import Type
from ..shapes import TensorType


def met_type(kind: Type, requirements: Requirements) -> Type:
    """A type, nested as it is, with all of its sizes met."""
    if isinstance(kind, TensorType):
        return TensorType(tuple(met(size, requirements) for size in kind.shape), kind.dtype)
    return tuple(met_type(item, requirements) for item in kind) if isinstance(kind, (tuple, list)) else kind


def met(size: Size, requirements: Requirements) -> Size:
    """An equal size for inputs that meet the requirements, without remainders where that is possible."""
    if not isinstance(size, Dim) or size.linear() is not None:
        return size
    steps = {name: found for name in size.symbols if (found := step_of(name, requirements))}
    turns = size.subs({name: step * symbol(f"%{name}") + rest for name, (step, rest) in steps.items()})
    line = turns.linear() if isinstance(turns, Dim) else ({}, turns)
    if line is None:
        return size
    factors, total = line
    result: Size = total
    for turn, factor in factors.items():
        name = turn.lstrip("%")
        step, rest = steps[name] if turn.startswith("%") else (1, 0)
        if factor % step:
            return size
        result = result + factor // step * (symbol(name) - rest)
    return result


def step_of(name: str, requirements: Requirements) -> tuple[int, int] | None:
    """`(m, r)` where the good values of a symbol are among `m * n + r` for n >= 1."""
    good = requirements.system.good.get(name)
    if good is None or sum(good.cycle) != 1:
        return None
    step, first = len(good.cycle), len(good.head) + 1 + good.cycle.index(1)
    odd = [n for n, is_good in enumerate(good.head, 1) if is_good and (first - n) % step]
    return None if odd else (step, -(-first % step))
