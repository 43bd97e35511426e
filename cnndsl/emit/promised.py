"""What the author promised of a model's inputs by some of its parameters, written over the arguments of its class."""

from __future__ import annotations

from ..dims import Condition
from ..dims.calls import put, text_of
from ..graph import Model
from ..shapes import TensorType
from ..typed import Any, Collection, Iterator, Mapping
from .expressions import plain_value

Names = Mapping[str, str]


def is_always(model: Model, promise: Condition, taken: Collection[str]) -> bool:
    """Whether it holds for all arguments that are `taken`: it is over none, or written over them."""
    names, written = model.promises[promise]
    return written is not None or names.isdisjoint(taken)


def hanging_on(model: Model) -> frozenset[str]:
    """The parameters of promises under which the rest was worked out, where there is a rest."""
    more = model.training_requirements
    rest = model.requirements.marked or (more and more.marked)
    return frozenset().union(*(names for names, _ in model.promises.values())) if rest else frozenset()


def words(model: Model, promise: Condition, names: Names) -> list[str]:
    """The promise as people read it, over `names` of the arguments."""
    if promise_over(model, promise, names):
        return [text for text, _ in texts(model, promise, names, dict(sizes(model)))]
    return [str(promise)]


def promise_over(model: Model, promise: Condition, names: Collection[str]) -> bool:
    behind, written = model.promises[promise]
    return written is not None and not behind.isdisjoint(names)


def texts(model: Model, promise: Condition, names: Names, of_axes: Names) -> Iterator[tuple[str, frozenset[str]]]:
    """Each comparison as Python, over names of the arguments and of the axes, with the axes in it."""
    behind, written = model.promises[promise]
    values: dict[str, Any] = {p.name: plain_value(p.value) for p in model.instance.parameters if p.name in behind}
    fixed = {name: value for name, value in values.items() if name not in names}
    shown = {**names, **of_axes}
    for part in written.parts if written.sign == "and" else (written,):
        found = put(part, fixed)
        yield text_of(found, lambda size: size.text(shown), shown), found.symbols & of_axes.keys()


def sizes(model: Model) -> Iterator[tuple[str, str]]:
    """The axes of the inputs, and what their sizes are called."""
    for value in model.instance.inputs:
        shape = value.type.shape if isinstance(value.type, TensorType) else ()
        yield from ((f"%{value.number}.{axis}", str(size)) for axis, size in enumerate(shape))
