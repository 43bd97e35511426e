"""Symbolic sizes: exact integer algebra with floor division, conditions on sizes, and what conditions ask together.

`algebra` holds the canonical form, with `quotients` and extremes; `bounds` and `periodic` reason about it, cheaply
and exactly; `decide` gives verdicts; `calls` is what all of these leave alone; `requirements` and `forms` simplify;
`reals` are numbers that are no sizes, and `text` writes. Knows no tensor and no file.
"""

from .algebra import Dim, Size, TooLong, symbol, weight_of
from .calls import Formula, Real
from .conditions import Condition, at_least, both, differ, divides, either, equal, negate, several
from .decide import effort
from .quotients import ceil_div, maximum, minimum
from .requirements import Requirements, requirements

__all__ = [
    "Condition",
    "Dim",
    "Formula",
    "Real",
    "Requirements",
    "Size",
    "TooLong",
    "at_least",
    "both",
    "ceil_div",
    "differ",
    "divides",
    "effort",
    "either",
    "equal",
    "maximum",
    "minimum",
    "negate",
    "requirements",
    "several",
    "symbol",
    "weight_of",
]
