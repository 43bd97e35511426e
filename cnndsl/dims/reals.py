"""Numbers worked out of free sizes that are no sizes: `D ** -0.5`, the scale of an attention. Only tensors meet them.

What they are is known when the network runs. So nothing is decided by them, and nothing is built of them; and they are
made only of what is a number for all sizes: no division by what may be 0, no root of what may be negative.
"""

from __future__ import annotations

from ..typed import Any
from .algebra import Dim
from .calls import Formula, Real, formula
from .conditions import at_least

LARGEST_POWER = 16  # beyond, what Python gives for large sizes is no number


def real_in(value: Any) -> Real | None:
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(real_in, value)), None)
    return value if isinstance(value, Real) else None


def part(value: Any) -> Any:
    return value.how if isinstance(value, Real) else value


def is_positive(value: Any) -> bool:
    if isinstance(value, Real):
        return value.is_positive
    return bool(at_least(value, 1).decide()) if isinstance(value, Dim) else value > 0


def calculated(sign: str, left: Any, right: Any) -> Real | None:
    """`left sign right`, of which one is a Dim or a Real; None where it may be no number for some sizes."""
    both = is_positive(left) and is_positive(right)
    if sign == "**":
        if not is_positive(left) or not isinstance(right, (int, float)) or abs(right) > LARGEST_POWER:
            return None
    elif sign == "/":
        if not is_positive(right) and not (isinstance(right, (int, float)) and right):
            return None
    elif sign not in ("+", "-", "*"):
        return None
    how = formula(sign, part(left), part(right))
    found = is_positive(left) if sign == "**" else both and sign != "-"
    return Real(how, found) if isinstance(how, Formula) else None


def negative(number: Real) -> Real:
    return Real(Formula("neg", (number.how,)), False)
