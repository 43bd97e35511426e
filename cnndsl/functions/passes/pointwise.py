"""Element by element: functions of one tensor, of two that broadcast, and of three."""

from __future__ import annotations

from ...tape import Held, Tape
from ...typed import Any
from .base import Given, enter, is_held, wants, writes


def first(given: Given) -> Held:
    return next(iter(given.values()))  # type: ignore[no-any-return]


def held(given: Given) -> list[Held]:
    return [one for one in given.values() if isinstance(one, Held)]


def keeping_nothing(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given))


def keeping_input(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), [first(given)])


def keeping_output(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), output_kept=True)


def keeping_all(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), held(given))


def itself(tape: Tape, output: Any, given: Given) -> Held:
    return first(given)


enter("exp exp2 expm1 reciprocal rsqrt sigmoid sqrt tan tanh", keeping_output, per_output=1)
enter("abs acos acosh asin asinh atan atanh cos cosh erf erfc erfinv lgamma", keeping_input, per_output=1)
enter("log log10 log1p log2 logit sin sinc sinh nan_to_num square", keeping_input, per_output=1)
enter("ceil deg2rad floor frac neg rad2deg round sign trunc", keeping_nothing, per_output=1)
enter("isfinite isinf isnan logical_not signbit bitwise_not", keeping_nothing, per_output=1)
enter("eq ne lt le gt ge logical_and logical_or logical_xor", keeping_nothing, per_output=1)
enter("bitwise_and bitwise_or bitwise_xor floor_divide", keeping_nothing, per_output=1)
enter("positive", itself)
enter("maximum minimum fmax fmin atan2", keeping_all, per_output=1)


@writes("cast type_as")
def cast(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    return one if one.type.dtype == output.dtype else tape.each(output, [one])


@writes("clone")
def clone(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [first(given)])


@writes("contiguous")
def contiguous(tape: Tape, output: Any, given: Given) -> Held:
    return tape.contiguous(first(given))


@writes("detach")
def detach(tape: Tape, output: Any, given: Given) -> Held:
    one = first(given)
    return Held(one.type, one.storage, one.strides)


@writes("add sub rsub", per_output=1)
def add(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given))


@writes("mul multiply", per_output=1)
def mul(tape: Tape, output: Any, given: Given) -> Held:
    """Each factor is kept for the gradient of the other."""
    one, other = given["input"], given["other"]
    crossed = ((one, other), (other, one))
    return tape.each(output, held(given), [side for side, against in crossed if is_held(side) and wants(against)])


@writes("div true_divide", per_output=1)
def div(tape: Tape, output: Any, given: Given) -> Held:
    one, other = given["input"], given["other"]
    if not is_held(other):
        return tape.each(output, held(given))
    return tape.each(output, held(given), [other, *([one] * wants(other) * is_held(one))])


@writes("remainder fmod", per_output=1)
def remainder(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), held(given) if wants(given["other"]) else [])


@writes("pow", per_output=1)
def power(tape: Tape, output: Any, given: Given) -> Held:
    one = given["input"]
    exponent = given.get("exponent", given.get("other"))
    if not is_held(exponent):
        return tape.each(output, [one], [one])
    if not is_held(one):
        return tape.each(output, [exponent], [exponent], output_kept=True)
    return tape.each(output, [one, exponent], [one, exponent], output_kept=True)


@writes("lerp", per_output=3)
def lerp(tape: Tape, output: Any, given: Given) -> Held:
    weight = given["weight"]
    ends = [given["input"], given["end"]]
    if not is_held(weight):
        return tape.each(output, ends)
    return tape.each(output, [*ends, weight], [*([weight] * any(map(wants, ends))), *(ends if weight.grad else [])])


@writes("addcmul", per_output=3)
def addcmul(tape: Tape, output: Any, given: Given) -> Held:
    one, other = given["tensor1"], given["tensor2"]
    return tape.each(output, held(given), [*([other] * wants(one)), *([one] * wants(other))])


@writes("addcdiv", per_output=3)
def addcdiv(tape: Tape, output: Any, given: Given) -> Held:
    one, other = given["tensor1"], given["tensor2"]
    return tape.each(output, held(given), [other, *([one] * wants(other))])


@writes("where", per_output=1)
def where(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), [given["condition"]])


@writes("masked_fill", per_output=1)
def masked_fill(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), [given["mask"]])


@writes("clamp", per_output=1)
def clamp(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, held(given), held(given))
