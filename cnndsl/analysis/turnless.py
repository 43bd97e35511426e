"""What models require of their inputs, too, where their loops do not turn. Nothing is told of these; one that is
refused is left out."""

from __future__ import annotations

from ..dims import requirements
from ..graph import Known, Model
from ..lean import suppress
from ..problems import CnnError
from ..records import replace
from ..typed import Any, Iterator, Sequence
from .asked import model_of
from .session import Use, turning
from .things import raw


def with_always(first: Any, models: Sequence[Model]) -> Iterator[Model]:
    """The models, each with what it requires however often its loops turn, once all have been visited in sessions
    beside the `first`."""
    uses = {id(use.instance): use for use in first.combined}
    for model in models:
        yield replace(model, always=always(first, uses[id(model.instance)], model)) if turning(model) else model


def always(first: Any, use: Use, model: Model) -> tuple[Any, Any] | None:
    """The requirements, and those in training, of the model whose loops do not turn; None if the model itself does not
    require all of this."""
    given = {**use.given} | {name: nought(use.given[name]) for name in turning(model) if name in use.given}
    with suppress(CnnError, RecursionError):
        found = model_of(first, use, given, model.fixed)
        least, most = (pair(found), pair(model))
        if all(is_said(a, b, model) for a, b in zip(least, most, strict=True)):
            return found.requirements, found.training_requirements
    return None


def pair(model: Model) -> tuple[Any, Any]:
    return model.requirements, model.training_requirements or model.requirements


def is_said(some: Any, more: Any, model: Model) -> bool:
    """Whether requirements say nothing beside others."""
    both = requirements(dict.fromkeys([*more.conditions, *some.conditions]), model.promises)
    return {*both.conditions} == {*more.conditions}


def nought(thing: Any) -> Any:
    """How often a loop turns, or the loops of a list, as none."""
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(nought, thing))
    if isinstance(thing, Known) and isinstance(thing.value, (list, tuple)):
        return replace(thing, value=type(thing.value)(map(nought, thing.value)))
    if type(raw(thing)) is not int:
        return thing
    return replace(thing, value=0) if isinstance(thing, Known) else 0
