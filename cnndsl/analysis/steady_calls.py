"""Keeps constructor arguments honest where functions are called and tensors are indexed: see steady.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..graph import Cut, Type
from ..shapes import Need, TensorType
from ..typed import Any
from .state import State
from .steady import Rule, is_steady_together, needed, pin_unsteady, pin_unsteady_sizes
from .things import Thing, raw


def pin_unsteady_call(visit: State, given: Mapping[Any, Thing], rule: Rule, output: Type) -> None:
    """Pins the parameters that a call of a function uses in a way not spelled.

    Where its numbers are other ones, so may be its tensors: all are changed at once, before each is changed alone.
    """
    if not visit.session.for_code:
        return
    values = {key: raw(thing) for key, thing in given.items()}
    usual = next(needed(rule, visit.session.need.mode, [values]), None)
    if usual and is_steady_together(visit, given.values(), values, rule, output, usual):
        return
    pin_unsteady(visit, given, rule, output)
    pin_unsteady_sizes(visit, values, rule, usual, output if is_elementwise(values.values(), output) else None)


def is_elementwise(values: Iterable[Any], output: Type) -> bool:
    """Whether each size of a result is that of one of the tensors, along the same axis from the last."""
    tensors = [value for value in values if isinstance(value, TensorType)]
    if not isinstance(output, TensorType) or any(isinstance(value, (list, tuple)) for value in values):
        return False
    return all(any(size in kind.shape[-n:][:1] for kind in tensors) for n, size in enumerate(reversed(output.shape), 1))


def pin_unsteady_index(visit: State, source: TensorType, items: tuple[Thing, ...], output: Type) -> None:
    """The same for the items of an index, slices included, and for the sizes of what is indexed."""
    from ..functions.indexing import index as index_type

    given = {n: (i.start, i.stop, i.step) if isinstance(i, Cut) else i for n, i in enumerate(items)}

    def index(shape: TensorType, values: Any, need: Need) -> Type:
        picked = (slice(*values[n]) if isinstance(i, Cut) else values[n] for n, i in enumerate(items))
        return index_type(need, shape, tuple(picked))

    pin_unsteady(visit, given, lambda values, need: index(source, values, need), output)
    values = (source, {n: raw(item) for n, item in given.items()})
    pin_unsteady_sizes(visit, values, lambda new, need: need.filled(index(new[0], new[1], need)))
