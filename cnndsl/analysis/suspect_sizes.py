"""Conditions on free sizes that a sound network hardly asks: such as tie the batch to another axis, or hold for small
inputs alone.
"""

from __future__ import annotations

from ..dims import Condition, Dim, requirements
from ..dims.decide import solve
from ..functions.rules import ACROSS, HEADS, TURNED
from ..graph import Instance, Pick, Promises, Step, Value
from ..lean import suppress
from ..records import dataclass
from ..shapes import TensorType, said
from ..typed import Any
from .lint import is_allowed
from .program import Scope
from .session import Session

LARGE = 4096  # of a map along one axis


@dataclass(frozen=True)
class Begun:
    """What there is of a model whose body has a mistake."""

    inputs: tuple[Value, ...]
    body: tuple[Step, ...]


def warn_of_batch(session: Session, conditions: Any, promises: Promises, instance: Instance | Begun, item: Any) -> None:
    """A network that takes batches of some sizes only has most likely mixed up two axes; or it takes one sample."""
    if isinstance(instance, Instance):
        warn_of_sample(session, instance, item)
    for condition, message in (pair for pair in conditions if pair[0].kind == "zero"):
        ties, splits = (look(condition, instance.inputs) for look in (ties_batch, splits_batch))
        span = session.asked_at.get((condition, message)) if ties or splits else None
        if span and condition not in promises:
            text = " and ".join(requirements([condition]).texts) if splits else str(condition)
            if not is_allowed("batch-tied", span, item.span) and text:
                takes, multiple = ("some sizes", text) if splits else ("one size", None)
                batch, _, size = text.partition(" == ")
                from .axes import single, taken_apart
                from .rows import batch_in_shape, unlike

                help, fix = batch_in_shape(span, size) or (unlike(instance.body, span) if splits else None, None)
                help = help or with_names(getattr(message, "help", None), span.text)
                batch = batch if size == "1" and batch.isidentifier() else ""
                facts = {"condition": text, "takes": takes, "multiple": multiple, "batch": batch, "help": help}
                facts |= single(instance.body, span)
                session.warn("batch-tied", span, fix, *taken_apart(instance.body, span), **facts)
            return


def warn_of_sample(session: Session, instance: Instance, item: Any) -> None:
    """`y[0] -> head` takes one sample of a batch."""
    picks = [step for step in instance.body if step.__class__ is Pick]
    if picks and (batch := batch_of(instance.inputs)) is not None:
        from .axes import one_sample

        for span, facts in one_sample(picks, batch, instance):
            if not is_allowed("one-sample", span, item.span):
                session.warn("one-sample", span, None, **facts)


def with_names(help: Any, text: str) -> Any:
    """What is said of `q @ k`, with the names that the author has for them."""
    left, _, right = (part.strip() for part in text.partition("@"))
    is_named = help == TURNED and left.isidentifier() and right.isidentifier()
    return help.replace("(k,", f"({right},").replace("`q @", f"`{left} @") if is_named else help


def warn_of_small(
    session: Session, conditions: Any, promises: Promises, instance: Instance, item: Any, scope: Scope
) -> None:
    """Two sizes that agree for small inputs alone are most likely not meant to meet; nor the features of a matrix and
    the positions of another one that has as many features."""
    turned = set[Condition]()  # a product with what the first one gave asks the same
    for condition, message in conditions:
        help = getattr(message, "help", None)
        if condition.kind == "zero" and help in (TURNED, HEADS) and condition not in turned:
            span = session.asked_at.get((condition, message)) if not condition.decide(promises) else None
            turned.add(condition)
            is_told = span and ("batch-tied", span) in session.warned
            if span and not is_told and not is_allowed("not-transposed", span, item.span):
                mixed = ACROSS if help == TURNED else said(message)
                facts = {"mixed": mixed, "turned": with_names(help, span.text)}
                session.warn("not-transposed", span, condition=str(condition), **facts)
        if condition.kind != "zero" or not grows_apart(condition) or condition.decide(promises):
            continue
        span = session.asked_at.get((condition, message))
        if span and not is_allowed("small-inputs", span, item.span):
            from .apart import apart

            facts, related = apart(instance, span, scope)
            facts["condition"] = " and ".join(requirements([condition]).texts)
            session.warn("small-inputs", span, None, *related, **facts)


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


def grows_apart(condition: Condition, from_one: bool = True) -> bool:
    """Whether two sizes that follow one free size must be equal, and are (from 1 on), but for no large one.

    A part of a table, `table[:T]`, is as long as what it is added to for every T that the table has: that is no chance.
    """
    size = condition.size
    if condition.kind != "zero" or not isinstance(size, Dim) or len(size.symbols) != 1 or size.linear() is not None:
        return False
    if any(atom.kind == "min" for atoms, _ in size.terms for atom in atoms):
        return False
    (name,) = size.symbols
    with suppress(ZeroDivisionError):
        found = solve(condition) if not from_one or condition.at({name: 1}) else None
        return found is not None and not any(found.cycle) and not any(found.head[LARGE - 1 :])
    return False


def batch_of(inputs: tuple[Any, ...]) -> Dim | None:
    """The free size that is axis 0 of every input, or of some and is called as batches are."""
    shapes = [value.type.shape for value in inputs if isinstance(value.type, TensorType) and value.type.shape]
    batches = {shape[0] for shape in shapes}
    if len(batches) > 1:
        from .axes import is_batch

        behind = {size for shape in shapes for size in shape[1:]}  # `[N, T, 8]` and a mask `[T, N]`, not two batches
        batches = {size for size in batches if is_batch(size)} if batches & behind else set()
    batch = batches.pop() if len(batches) == 1 else None
    return batch if isinstance(batch, Dim) else None
