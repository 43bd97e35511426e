"""Free sizes that forward() gets no name for: finds how it can say them over the axes of tensors.

They are in calls that the compiler makes up itself (`rearrange`), and in the arguments of a block.
"""

from __future__ import annotations

from ..dims import Condition, Dim, symbol
from ..graph import Known, Value
from ..problems import fail
from ..shapes import TensorType
from ..source import Span
from ..typed import Any, cast
from .things import Thing


def operands_of(
    visit: Any, arguments: tuple[Any, ...], value: Thing, source: Thing, given: tuple[Thing, ...], span: Span
) -> tuple[Thing, ...]:
    """Plain arguments as operands; a free size is spelled over the sizes that are given, and the tensors' at hand."""
    return tuple(operand(argument, (value, source, *given), span) for argument in arguments)


def operand(argument: Any, values: tuple[Thing, ...], span: Span) -> Thing:
    if isinstance(argument, (list, tuple)):
        return type(argument)(operand(item, values, span) for item in argument)
    if isinstance(argument, Dim):
        return Known(argument, (spelling(argument, values, span),))
    return Known(argument)


def read_off(thing: Thing, values: tuple[Value, ...], span: Span) -> Thing:
    """An argument of a block, what is free in it spelled over the block's inputs; raises CnnError where none tells."""
    if isinstance(thing, (list, tuple)):
        items = [read_off(item, values, span) for item in thing]
        if all(now is before for now, before in zip(items, thing, strict=True)):
            return thing
        return items if isinstance(thing, list) else tuple(items)
    if not isinstance(thing, Known) or not isinstance(thing.value, (Dim, Condition)):
        return thing
    if isinstance(thing.value, Dim):
        return Known(thing.value, (spelling(thing.value, values, span),))
    found: Any = by_symbols(thing.value, list(axes_of(values)))
    if found is None:
        raise fail("size-not-spellable", span, size=str(thing.value))
    return Known(thing.value, (found,))


def by_symbols(thing: Dim | Condition, axes: list[tuple[Dim, Dim]]) -> Any:
    """A size or condition over the axes that are linear in one symbol each; None if another symbol is in it."""
    parts: dict[str, Any] = {}
    for at, run_time in axes:
        factors, offset = at.linear() or ({}, 0)
        for name, slope in factors.items() if len(factors) == 1 else ():
            parts.setdefault(name, (run_time - offset) // slope)
    return thing.subs(parts) if thing.symbols <= parts.keys() else None


def spelling(size: Dim, values: tuple[Thing, ...], span: Span) -> Dim:
    """A size over the axes of tensors: an axis, a part of one, or a product of several."""
    axes = list(axes_of(values))
    for at, name in axes:
        if at == size:
            return cast("Dim", name)
    if (found := by_symbols(size, axes)) is not None:
        return cast("Dim", found)
    for factor in range(2, 4097):
        for at, name in axes:
            for found, text in ((at // factor, name // factor), (at * factor, name * factor)):
                if found == size and isinstance(text, Dim):
                    return text
    quotient = quotient_of(size, axes)
    if quotient is not None:
        return quotient
    for left, left_name in axes:
        for right, right_name in axes:
            if left * right == size:
                product = left_name * right_name
                assert isinstance(product, Dim)
                return product
    raise fail("size-not-spellable", span, size=str(size))


def quotient_of(size: Dim, axes: list[tuple[Dim, Dim]]) -> Dim | None:
    """An axis over another, or over a product of two: the `n` of `(n h w)`."""
    parts = [*axes, *((a * b, c * d) for a, c in axes for b, d in axes)]
    for whole, whole_name in axes:
        for part, part_name in parts:
            if part != 1 and whole == size * part:
                return cast("Dim", whole_name // part_name)
    return None


def axes_of(values: tuple[Thing, ...]) -> Any:
    for value in values:
        if isinstance(value, Known) and isinstance(value.value, Dim):
            yield from ((value.value, text) for text in value.spellings[:1] if isinstance(text, Dim))
        if isinstance(value, Value) and isinstance(value.type, TensorType):
            for axis, size in enumerate(value.type.shape):
                if isinstance(size, Dim):
                    yield size, symbol(f"%{value.number}.{axis}")
