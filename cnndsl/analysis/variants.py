"""Variants, `model Tiny(width=8) = Net([width, 2 * width])`: the definition behind one, what it gives that, and how its
own parameters say it; what a caller gives a model, and which models lack values. Builds nothing.
"""

from __future__ import annotations

from ..graph import Known, Maker, Parameter
from ..limits import DEFAULT
from ..problems import CnnError, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping
from .gathering import called_from
from .signatures import bind_parameters, extra_keywords
from .things import Origin, Part, Tapped, Thing, describe, makers_in, own_spelling, symbols_in, to_known

if TYPE_CHECKING:
    from .definitions import Visit
    from .program import Scope


class Variant:
    """What is found on the way from a model to the definition that it is built of."""

    def __init__(self) -> None:
        self.fixed = frozenset[str]()  # the parameters of the definition that are given
        self.own: tuple[Parameter, ...] = ()  # of the outermost variant, whose function may take them
        self.given: dict[str, Known] = {}  # the arguments that its parameters spell
        self.told = frozenset[str]()  # what decided something on the way, or is in a template

    def definition(self, visit: Visit, maker: Maker, span: Span, depth: int = 0) -> tuple[Origin, dict[str, Thing]]:
        """The definition behind a model's aliases, and the arguments it gets."""
        origin = maker.target
        if isinstance(origin, (Tapped, Part)) or not isinstance(origin, Origin):
            raise fail("model-of-no-model", span, what=describe(maker))
        given = bind_parameters(visit, origin.item, origin.scope, maker, span)
        if isinstance(origin.item, t.Definition):
            names = [parameter.name.id for parameter in origin.item.parameters]
            self.fixed = frozenset((*names[: len(maker.positional)], *maker.keywords))
            self.given = dict(self.spelled(given)) if self.own else {}
            return origin, given
        if not isinstance(origin.item, t.Alias) or isinstance(origin.item.value, t.Group):
            raise fail("model-of-no-model", span, what=describe(maker))
        session, item = visit.session, origin.item
        session.enter(span, item.name.id)
        session.tick(span, 4)
        if not depth and session.for_code:
            from .defaults import declared

            self.own = declared(type(visit)(session, origin.scope), item, given, {})
            given = {name: own_spelling(name, thing, True) for name, thing in given.items()}
            session.stands_for = {}
            session.stand(given.values())
        inner = type(visit)(session, origin.scope, dict(given))
        target = inner.alias_target(item, extra_keywords(item, maker))
        self.told |= {*inner.pinned, *inner.settled, *inner.unsaid, *behind_templates(target)}
        try:
            return self.definition(inner, target, item.value.span, depth + 1)
        except CnnError as error:
            raise called_from(error, item.value.span, item.name.id) from None

    def spelled(self, given: Mapping[str, Thing]) -> Iterator[tuple[str, Known]]:
        """The arguments that say by names of the variant what they are, and hang on nothing else of it."""
        for name in self.fixed & given.keys():
            behind = set(symbols_in(given[name]))
            if behind and not behind & self.told:
                yield name, to_known(given[name])


def behind_templates(maker: Any) -> Iterator[str]:
    """The names that numbers in the templates among some arguments are spelled by: no function could say these."""
    return symbols_in(list(makers_in((*maker.positional, *maker.keywords.values()))))


def given_settings(settings: Mapping[str, Any]) -> dict[str, Thing]:
    return {name: thing_of(value) for name, value in settings.items()}


def thing_of(value: Any) -> Thing:
    """A plain Python value as a thing."""
    return type(value)(map(thing_of, value)) if isinstance(value, (list, tuple)) else Known(value)


def refuse_words(item: Any, settings: Mapping[str, Thing]) -> None:
    """`--set flag=false`, where the default is True: a text that is not empty is true; raises CnnError."""
    for parameter in item.parameters:
        default, given = parameter.default, settings.get(parameter.name.id)
        is_flag = isinstance(default, t.Constant) and isinstance(default.value, bool)
        if is_flag and isinstance(given, Known) and isinstance(given.value, str):
            raise fail("text-for-a-flag", parameter.span, name=parameter.name.id, text=given.value)


def told_by(models: Iterable[Any]) -> dict[str, frozenset[str]]:
    """For each model the parameters that its variants, and theirs, give."""
    found: dict[str, frozenset[str]] = {}
    items = {item.name.id: item for item in models}
    for item in models:
        call, base = getattr(item, "value", None), base_of(item, items)
        if base is None or not isinstance(call, t.Call):
            continue
        names = [parameter.name.id for parameter in base.parameters]
        keywords = {argument.name for argument in call.arguments if isinstance(argument, t.Keyword)}
        given = keywords | {*names[: len(call.arguments) - len(keywords)]}
        for _ in items:
            found[base.name.id] = found.get(base.name.id, frozenset()) | given
            if (base := base_of(base, items)) is None:
                break
    return found


def base_of(item: Any, items: Mapping[str, Any]) -> Any:
    """The model that one is a variant of; None if it is none of this file."""
    call = getattr(item, "value", None)
    function = call.function if isinstance(call, t.Call) else call
    return items.get(function.id) if isinstance(function, t.Name) else None


def is_closed(scope: Scope, item: Any, given: set[str]) -> bool:
    """Whether a model can be built as it stands: every parameter has a value. A cycle is left to be refused later."""
    positional = 0
    for _ in range(DEFAULT.depth):
        parameters = item.parameters[positional:]
        if any(p.default is None and p.name.id not in given for p in parameters):
            return False
        call = getattr(item, "value", None)  # of a variant
        base, arguments = (call.function, call.arguments) if isinstance(call, t.Call) else (call, ())
        item = scope.items.get(base.id, (None, scope))[0] if isinstance(base, t.Name) else None
        if not isinstance(item, (t.Definition, t.Alias)) or any(isinstance(one, t.Spread) for one in arguments):
            break
        bound = {argument.name for argument in arguments if isinstance(argument, t.Keyword)}
        given, positional = bound | given, len(arguments) - len(bound)
    return True


def lacking(scope: Scope, models: list[Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The models of a file that no value of theirs builds, nor those of a variant, and their parameters without one."""
    calls = [getattr(item, "value", None) for item in models]
    bases = {getattr(getattr(call, "function", call), "id", None) for call in calls}
    left = (item for item in models if item.name.id not in bases and not is_closed(scope, item, set()))
    return tuple((item.name.id, tuple(p.name.id for p in item.parameters if p.default is None)) for item in left)
