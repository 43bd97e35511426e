"""What is wrong with an argument of a layer or function whatever the others are: of several such, all are told.

Asked only where something is wrong already. What may follow from another argument is not told.
"""

from __future__ import annotations

from ..dims import Dim, Real
from ..functions.base import Function, Parameter, conform
from ..graph import Known, Maker
from ..layers.base import MISSING, Layer
from ..patterns import re
from ..problems import CnnError, Problem, Related
from ..records import replace
from ..shapes import BadArgument, Misfit, Need, WrongKind
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterator, Mapping, Sequence
from .initialise import named_arguments
from .layered import probe, refusal
from .signatures import keywords, layer_spans
from .things import Thing, raw
from .torch_order import Reading

if TYPE_CHECKING:
    from .layered import Layered

SHIFTED = frozenset({"size-of-the-input", "too-many-arguments"})  # what stands by position is meant for other places
FEW, MANY = 1, 7  # what others are: what hangs on them is right for one of these, or said in other words


def of_layer(
    visit: Layered, maker: Maker, cls: type[Layer], types: Any, told: Sequence[Problem], span: Span | None
) -> list[Problem]:
    """The problems of a layer's arguments, but for those of which something is told; `span` is that of the call."""
    reading = Reading(maker, cls, types)
    places, spans = {problem.span for problem in told}, layer_spans(maker, cls)
    is_shifted = any(problem.code in SHIFTED or reading.is_out_of_place(problem) for problem in told)
    fields = cls.authored_fields()
    given = {**dict(zip(fields, maker.positional, strict=False)), **maker.keywords}
    wrong = [given[name] for name in given if spans.get(name) in places]
    if is_shifted or any(isinstance(thing, Maker) for thing in wrong):  # `Dropout(Linear(5), 0.5)`
        given = dict(maker.keywords)
    found: list[Problem] = []
    for name, thing in given.items():
        is_other = name in spans and name in cls.fields and not any(thing is one for one in wrong)
        if is_other and thing is not None:  # None: nothing is known of that one
            found += of_one(visit, cls, (name, thing), types, spans, span)
    return [problem for problem in found if not reading.is_out_of_place(problem)]


def righted(maker: Maker, cls: type[Layer], others: Sequence[Problem]) -> Maker:
    """The template without the keywords that these problems are about: which order its arguments are in, is seen so."""
    wrong = {name for name, span in maker.spans.items() if span in {problem.span for problem in others}}
    usual = {name: Known(cls.fields[name].default) for name in wrong & maker.keywords.keys()}
    return replace(maker, keywords={**maker.keywords, **usual}) if usual else maker


def with_others(error: CnnError, others: Sequence[Problem], maker: Maker) -> CnnError:
    """The error and these problems or, where it is one of torch's order, those that are about keywords."""
    named = {maker.spans.get(name) for name in maker.keywords}
    is_shifted = any(problem.code in SHIFTED for problem in error.problems)
    places = {problem.span for problem in error.problems}
    kept = (one for one in others if one.span not in places and (one.span in named or not is_shifted))
    return CnnError([*error.problems, *kept])


def of_one(
    visit: Layered, cls: type[Layer], given: tuple[str, Thing], types: Any, spans: Mapping[Any, Span], span: Span | None
) -> Sequence[Problem]:
    """The problem of an argument, if it has one by itself; those of a layer's own arguments."""
    name, place = given[0], span or spans[given[0]]
    if isinstance(given[1], Maker) and (inside := of_template(visit, given[1])):
        return inside
    try:
        value = visit.layer_value(given[1], place)
    except CnnError as error:
        return error.problems
    if isinstance(value, (Dim, Real)):
        return ()  # that it is free is told of each
    for inputs in ([types] if types else []), [probe(cls, False), probe(cls, True)]:
        found = [refusal(cls, {**beside, name: value}, one) for one in inputs for beside in besides(cls, one)]
        said = {(one.message, one.field) if isinstance(one, BadArgument) else None for one in found}
        if len(said) == 1 and isinstance(first := found[0], BadArgument) and first.field == name:
            if any(one.help != first.help for one in found if isinstance(one, BadArgument)):
                first.help = None
            problems = visit.misfit(first, place, spans).problems
            return problems if span else [replace(problem, related=()) for problem in problems]
    return ()


def of_template(visit: Layered, maker: Maker) -> Sequence[Problem]:
    """The problems of the arguments of a layer that is an argument itself."""
    cls = maker.target
    return of_layer(visit, maker, cls, (), (), None) if isinstance(cls, type) and issubclass(cls, Layer) else ()


def besides(cls: type[Layer], inputs: Any) -> Iterator[dict[str, Any]]:
    """Values for all that a layer needs, and others for that and for what is counted, as far as they go together."""
    defaults = {name: declared.default for name, declared in cls.fields.items() if declared.axis is None}
    needed = [name for name, default in defaults.items() if default is MISSING]
    yield {**dict.fromkeys(needed, FEW), **cls.inner()}
    wide = {**dict.fromkeys(needed, MANY), **cls.inner()}
    for name, default in defaults.items():
        if type(default) is int and refusal(cls, {**wide, name: MANY}, inputs) is None:
            wide[name] = MANY
    yield wide


# Functions


def of_function(error: CnnError, function: Function, node: t.Call, things: Any, named: Mapping[str, Thing]) -> CnnError:
    """The error of a call, at the argument that it is about, and what is wrong with others of them."""
    first, given = error.problems[0], dict(arguments_of(function, node, things, named))
    field = str(first.facts.get("field"))
    tensors = {p.name: raw(given[p.name][0]) for p in function.parameters if p.name in given and p.is_tensor}
    if first.code != "bad-argument" or first.span != node.span or field in tensors:
        return error
    told = list(error.problems)
    if field in given:
        told[0] = replace(first, span=given[field][1], related=(*first.related, Related("applied-here", node.span)))
    for parameter in function.parameters:
        if parameter.name in given.keys() - tensors.keys() - {field}:
            thing, place = given[parameter.name]
            wrong = refusal_of(function, parameter, tensors, raw(thing))
            facts = {"message": wrong.message, "free": wrong.free, "help": wrong.help} if wrong else {}
            told += [Problem("bad-argument", place, facts, (Related("applied-here", node.span),))] if wrong else []
    return CnnError(told)


def behind_a_mistake(function: Function, node: t.Call, things: Any, named: Mapping[str, Thing]) -> None:
    """Raises CnnError for texts in the place of numbers, where what flows into a function is not known."""
    given = dict(arguments_of(function, node, (None, *things), named))
    problems: list[Problem] = []
    for parameter in function.parameters[1:]:
        thing, place = given.get(parameter.name, (None, node.span))
        if isinstance(thing, Known) and isinstance(thing.value, str) and not parameter.is_tensor:
            try:
                conform(function.name, parameter, thing.value)
            except BadArgument as wrong:
                facts = {"message": wrong.message, "free": wrong.free, "help": wrong.help}
                problems.append(Problem("bad-argument", place, facts, (Related("applied-here", node.span),)))
    if problems:
        raise CnnError(problems)


def arguments_of(
    function: Function, node: t.Call, things: Any, named: Mapping[str, Thing]
) -> Iterator[tuple[str, tuple[Thing, Span]]]:
    """What each parameter is given, and where that is written. `things` may begin with what flows, which is not."""
    written = [one for one in node.arguments if not isinstance(one, t.Keyword)]
    flowing = len(things) - len(written)
    if flowing in (0, 1) and not any(isinstance(one, t.Spread) for one in written):
        for parameter, thing, one in zip(function.parameters[flowing:], things[flowing:], written, strict=False):
            if parameter.variadic or parameter.keyword_only:
                break
            yield parameter.name, (thing, one.span)
    if flowing == 1 and function.parameters:
        yield function.parameters[0].name, (things[0], node.span)
    yield from ((one.name, (named[one.name], one.span)) for one in keywords(node) if one.name in named)


def of_initialiser(error: CnnError, function: Function, kind: Any, node: Any, given: Mapping[str, Any]) -> CnnError:
    """The error of an initialiser or, where it is about an argument, that one at its place; and what is wrong with
    others of them."""
    first, told = error.problems[0], list(error.problems)
    needed = {one.name: 0.5 for one in function.parameters[1:] if one.is_required}
    parameters = {one.name: one for one in function.parameters}
    for name, one in named_arguments(function.name, getattr(node, "arguments", ())):
        rest = {other: number for other, number in needed.items() if other != name}
        beside = {function.parameters[0].name: kind, **rest}
        known = name in given and name in parameters
        if known and (wrong := refusal_of(function, parameters[name], beside, given[name])) is not None:
            facts = {"message": wrong.message, "name": first.facts["name"], "help": wrong.help}
            told = [problem for problem in told if problem.facts["message"] != wrong.message]
            told.append(Problem(first.code, one.span, facts))
    return CnnError(told)


def refusal_of(function: Function, parameter: Parameter, tensors: dict[str, Any], value: Any) -> BadArgument | None:
    """Why a function takes this of no argument, where no other one is spoken of."""
    try:
        conform(function.name, parameter, value)
        function.infer_called(Need(), **tensors, **{parameter.name: value})
    except BadArgument as error:
        others = {one.name for one in function.parameters} - {parameter.name}
        is_said = isinstance(error, WrongKind) or not others & set(re.findall(r"\w+", error.message))
        is_own = error.field == parameter.name and is_said
        return error if is_own else None
    except (Misfit, TypeError):
        return None
    return None
