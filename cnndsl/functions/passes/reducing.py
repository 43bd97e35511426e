"""Functions that reduce over axes, or normalise along them."""

from __future__ import annotations

from ...tape import Held, Tape
from ...typed import Any
from .base import Given, writes


@writes("sum mean", per_input=1)
def total(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"]])


@writes("prod amax amin logsumexp", per_input=1)
def both(tape: Tape, output: Any, given: Given) -> Held:
    one = given["input"]
    return tape.run(output, [one], [one], output_kept=True)


@writes("max min", per_input=1)
def extreme(tape: Tape, output: Any, given: Given) -> Any:
    """Of two tensors: both are kept. Along an axis: the indices. Of all: input and output."""
    one = given["input"]
    if isinstance(output, tuple):
        return tape.several(output, [one], outputs_kept=(1,))
    other = given.get("dim")
    if isinstance(other, Held):
        return tape.each(output, [one, other], [one, other])
    return tape.run(output, [one], [one], output_kept=True)


@writes("std", per_input=3)
def deviation(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"]], [given["input"]], output_kept=True)


@writes("var", per_input=3)
def variance(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"]], [given["input"]])


@writes("std_mean", per_input=3)
def deviation_and_mean(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    return tape.several(output, [given["input"]], [given["input"]], outputs_kept=(0,))


@writes("var_mean", per_input=3)
def variance_and_mean(tape: Tape, output: Any, given: Given) -> tuple[Held, ...]:
    return tape.several(output, [given["input"]], [given["input"]])


@writes("norm vector_norm", per_input=2)
def norm(tape: Tape, output: Any, given: Given) -> Held:
    one = next(iter(given.values()))
    return tape.run(output, [one], [one], output_kept=True)


@writes("normalize", per_input=3)
def normalize(tape: Tape, output: Any, given: Given) -> Held:
    """`input / norm(input).clamp_min(eps).expand_as(input)`."""
    one = given["input"]
    dims = given["dim"] if isinstance(given["dim"], (list, tuple)) else [given["dim"]]
    gone = {axis % one.type.rank for axis in dims} if one.type.rank else set()
    gone = gone or set(range(one.type.rank))
    size = output.with_shape(*(1 if axis in gone else size for axis, size in enumerate(output.shape)))
    length = tape.run(size, [one], [one], output_kept=True)
    kept = tape.each(size, [length], [length])
    return tape.each(output, [one, kept], [one, kept])


@writes("cumsum", per_input=1)
def running(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [given["input"]])


@writes("cumprod logcumsumexp", per_input=1)
def running_product(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [given["input"]], [given["input"]], output_kept=True)


@writes("softmax log_softmax", per_output=5)
def softmax(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [given["input"]], output_kept=True)


@writes("softmin", per_output=6)
def softmin(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [tape.each(output, [given["input"]])], output_kept=True)
