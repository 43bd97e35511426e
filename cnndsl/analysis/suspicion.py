"""Layers that are legal where they stand, and most likely not what was meant: warnings that explain later errors.

Looks at one layer and what reaches it; what follows is lint.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..dims import Condition, Dim, at_least, requirements, symbol
from ..layers.base import Layer
from ..layers.conv import Convolution
from ..problems import CnnError, Problem
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..typed import Any

EXPLAINING = frozenset({"torch-order", "channels-last", "no-batch-axis"})  # said beside errors, too
COLOURS = (1, 3, 4)
LARGE = 4096  # of a map along one axis


def explains(warning: Problem, errors: tuple[Problem, ...]) -> bool:
    """Whether a warning is said beside errors: what may be behind any, and what stands in one, or led to it."""
    if warning.code != "label-as-operand" or warning.span is None:
        return warning.code in EXPLAINING
    return any(leads_to(warning.span, error) for error in errors)


def without_batch(error: CnnError, warnings: Iterable[Problem]) -> CnnError:
    """The error, without help for a tensor of too few dimensions where the batch was forgotten, which is told."""
    told = next((warning for warning in warnings if warning.code == "no-batch-axis"), None)
    if told is None or error.problems[0].code != "wrong-rank":
        return error
    help = f"declare what goes in with the batch first, `{told.facts['whole']}`"
    return CnnError([replace(problem, facts={**problem.facts, "help": help}) for problem in error.problems])


def leads_to(here: Span, error: Problem) -> bool:
    """Whether what stands here is part of what an error is about, or a step that led to it."""
    if error.span is None or error.span == here:  # then the error says it itself
        return False
    trace: Any = error.facts.get("trace") or ()
    is_step = (f"{here.source.path}:{here.line}", " ".join(here.text.split())) in {line[:2] for line in trace}
    places = (error.span, *(related.span for related in error.related if related.code == "shape-here"))
    return is_step or any(p.source == here.source and p.start <= here.start and here.end <= p.end for p in places)


def suspicions(cls: type[Layer], types: tuple[Any, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    """Code and facts of each warning about a layer on inputs of these types."""
    if not issubclass(cls, Convolution) or not types or not isinstance(types[0], TensorType):
        return
    shape = types[0].shape
    if len(shape) == cls.dimensions + 1 and isinstance(shape[0], int):
        yield "no-batch-axis", {"name": cls.__name__, "shape": str(types[0]), "whole": f"[N, {str(types[0])[1:]}"}
    if cls.dimensions == 2 and len(shape) == 4 and is_channels_last(shape):
        yield "channels-last", {"shape": str(types[0])}


def is_channels_last(shape: tuple[Any, ...]) -> bool:
    """`[N, 32, 32, 3]`, `[N, H, W, 3]`: two sizes of an image, then what looks like its colours."""
    _, high, wide, colours = shape
    both_free = isinstance(high, Dim) and isinstance(wide, Dim)
    return colours in COLOURS and (both_free or (high == wide and isinstance(high, int) and high > max(COLOURS)))


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
    """Whether two sizes that follow one free size must be equal, and are from 1 on, but for no large one."""
    size = condition.size
    if condition.kind != "zero" or not isinstance(size, Dim) or len(size.symbols) != 1 or size.linear() is not None:
        return False
    (name,) = size.symbols
    return condition.at({name: 1}) and not requirements([condition, at_least(symbol(name), LARGE)]).satisfiable


def batch_of(inputs: tuple[Any, ...]) -> Dim | None:
    """The free size that is axis 0 of every input."""
    batches = {value.type.shape[0] for value in inputs if isinstance(value.type, TensorType) and value.type.shape}
    batch = batches.pop() if len(batches) == 1 else None
    return batch if isinstance(batch, Dim) else None
