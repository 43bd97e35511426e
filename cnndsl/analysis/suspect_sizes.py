"""Conditions on free sizes that a sound network hardly asks: such as tie the batch to another axis, or hold for small
inputs alone.
"""

from __future__ import annotations

from ..dims import Condition, Dim
from ..dims.decide import solve
from ..lean import suppress
from ..shapes import TensorType
from ..typed import Any

LARGE = 4096  # of a map along one axis


def ties_batch(condition: Condition, inputs: tuple[Any, ...]) -> bool:
    """Whether a condition fixes the size that is axis 0 of every input, or makes it follow another size."""
    batch = batch_of(inputs)
    if batch is None or condition.kind != "zero" or not isinstance(condition.size, Dim):
        return False
    line = condition.size.linear()
    return line is not None and not batch.symbols.isdisjoint(line[0])


def splits_batch(condition: Condition, inputs: tuple[Any, ...]) -> bool:
    """Whether the size that is axis 0 of every input must be a multiple of a number: a reshape spreads the batch."""
    batch = batch_of(inputs)
    if batch is None or condition.kind != "zero" or not isinstance(condition.size, Dim):
        return False
    return condition.size.symbols == batch.symbols and condition.size.linear() is None


def grows_apart(condition: Condition) -> bool:
    """Whether two sizes that follow one free size must be equal, and are from 1 on, but for no large one.

    A part of a table, `table[:T]`, is as long as what it is added to for every T that the table has: that is no chance.
    """
    size = condition.size
    if condition.kind != "zero" or not isinstance(size, Dim) or len(size.symbols) != 1 or size.linear() is not None:
        return False
    if any(atom.kind == "min" for atoms, _ in size.terms for atom in atoms):
        return False
    (name,) = size.symbols
    with suppress(ZeroDivisionError):
        found = solve(condition) if condition.at({name: 1}) else None
        return found is not None and not any(found.cycle) and not any(found.head[LARGE - 1 :])
    return False


def batch_of(inputs: tuple[Any, ...]) -> Dim | None:
    """The free size that is axis 0 of every input."""
    batches = {value.type.shape[0] for value in inputs if isinstance(value.type, TensorType) and value.type.shape}
    batch = batches.pop() if len(batches) == 1 else None
    return batch if isinstance(batch, Dim) else None
