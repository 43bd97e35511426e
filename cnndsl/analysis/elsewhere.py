"""A call in another library's words, `Conv2DTranspose(64, 3, strides=2)`: its name and its arguments are one mistake;
and so are a parameter and all uses of it under another spelling.

Loaded only where there is a name that nothing has.
"""

from __future__ import annotations

from ..layers import lookup as layer_named
from ..patterns import re
from ..problems import Edit, Fix, Problem, Related, advise
from ..records import replace
from ..syntax import tree as t
from ..typed import Any, Iterator
from .causes import same_here
from .program import Scope
from .signatures import faulty_calls, given
from .suggest import near
from .unknown import unknown

Names = list[t.Name]
MISSPELT = 20  # names that nothing has, of which one may stand for a parameter; of more, none is likely to
ELSEWHERE = frozenset({"unknown-argument", "bad-argument"})
WINDOW = ("kernel_size", "stride", "dilation")


def with_calls(
    lost: Names, used: Names, bound: set[str], scope: Scope, item: Any, nodes: list[Any]
) -> Iterator[Problem]:
    """The problems of names that nothing has, and of the arguments of calls."""
    yield from (slips := [*misspelt(item, lost, used, bound)])
    bound = bound | {str(problem.facts["name"]) for problem in slips}
    strange = unknown([name for name in lost if name.id not in bound], bound, scope, item)
    yield from with_arguments([*strange, *faulty_calls(nodes, bound, scope)], nodes)


def misspelt(item: Any, lost: list[t.Name], used: list[t.Name], bound: set[str]) -> Iterator[Problem]:
    """A parameter that nothing uses, `width`, where the body has another spelling, each time."""
    said, words = {name.id for name in used}, {name.id for name in lost if len(name.id) > 3}
    if t.NAMELESS in bound or len(words) > MISSPELT:
        return
    meant = {word: near(word, bound) for word in words}
    for parameter in getattr(item, "parameters", ()):
        name = parameter.name
        uses = [other for other in lost if meant.get(other.id) == {"nearest": name.id}]
        is_given = re.search(rf"\b{name.id}[ \t]*=(?!=)", name.span.source.text[item.span.end :])
        if name.id in said or is_given or len(uses) < 2 or len({other.id for other in uses}) > 1:
            continue
        fix = Fix(tuple(Edit(other.span, name.id) for other in uses), False)
        message = f"the body says `{uses[0].id}`, but the parameter is `{name.id}`, which nothing uses"
        help = advise("or-in-the-head-too", name=name.id, other=uses[0].id)
        places = frozenset(other.span for other in uses[1:])
        facts: dict[str, object] = {"name": uses[0].id, "message": message, "help": help, "places": places}
        others = (Related("declared-here", name.span), *same_here([other.span for other in uses[1:]]))
        yield Problem("unknown-name", uses[0].span, facts, others, fix=fix)


def with_arguments(problems: list[Problem], nodes: list[Any]) -> Iterator[Problem]:
    """The same, where what is told of the arguments of a call is told with its name, if torch has a word for each."""
    calls = {node.function.span: node for node in nodes if isinstance(node, t.Call)}
    named: dict[Any, t.Call] = {p.span: calls[p.span] for p in problems if p.code == "unknown-name" and p.span in calls}
    told: dict[Any, list[Problem]] = {}
    for problem in problems:
        told.setdefault(problem.span, []).append(problem)
    layers = {span: cls for span in named if (cls := torchs(told[span])) is not None}
    inside = {span: [*put_otherwise(named[span], cls, told)] for span, cls in layers.items()}
    gone = {id(one) for found in inside.values() for one in found}
    for problem in problems:
        also = inside.get(problem.span, ()) if problem.code == "unknown-name" else ()
        if also:
            places = {argument.span for argument in named[problem.span].arguments} - {one.span for one in also}
            is_all = all(map(is_known, also)) and told.keys().isdisjoint(places)
            more = {"also": tuple(also), "call": str(problem.facts["name"]) if is_all else None}
            yield replace(problem, facts={**problem.facts, **more})
        elif id(problem) not in gone:
            yield problem


def is_known(problem: Problem) -> bool:
    """Whether torch has something for an argument."""
    return problem.code != "bad-argument" or "put" in problem.facts or "stage" in problem.facts


def torchs(problems: list[Problem]) -> Any:
    """The layer of torch that is meant by the name at a place, if it is one alone."""
    facts = next(problem.facts for problem in problems if problem.code == "unknown-name")
    return None if facts.get("rival") else layer_named(str(facts.get("nearest") or "").partition("(")[0])


def put_otherwise(call: t.Call, cls: Any, told: dict[Any, list[Problem]]) -> Iterator[Problem]:
    """The problems of a call's arguments for which torch has something else."""
    places = dict.fromkeys(argument.span for argument in call.arguments)
    for problem in (one for place in places for one in told.get(place, ())):
        stage = problem.facts.get("stage")  # one with arguments of its own is a guess
        has_remedy = problem.facts.get("nearest") or (isinstance(stage, str) and "(" not in stage)
        if problem.code in ELSEWHERE and has_remedy and not problem.facts.get("rival"):
            yield problem
    yield from padded(call, cls)


def padded(call: t.Call, cls: Any) -> Iterator[Problem]:
    """The word for a padding of a pooling or transposed convolution, which torch has in numbers."""
    from ..layers.synonyms import argument_meant

    arguments = {argument_meant(name, cls.fields) or name: one for name, *one in given(call, cls.authored_fields())}
    value: Any
    value, span = arguments.get("padding", (None, call.span))
    window = {name: size_of(arguments[name][0]) for name in WINDOW if name in arguments}
    is_word = isinstance(value, t.Text) and value.plain in ("same", "valid")
    if not is_word or not (hasattr(cls, "in_numbers") or "ceil_mode" in cls.fields):
        return
    meant = None
    if "ceil_mode" in cls.fields:  # the last window hangs over
        is_even = len({*window.values()}) == 1 and "dilation" not in window
        meant = "padding=0" if value.plain == "valid" else "ceil_mode=True" if is_even else on_both_sides(cls, window)
    elif "kernel_size" in window and None not in window.values():
        meant = cls(in_channels=1, out_channels=1, **window).in_numbers(value.plain)
    yield Problem("bad-argument", span, {"put": meant} if meant else {})


def on_both_sides(cls: Any, window: dict[str, int | None]) -> str | None:
    """The padding with which a pooling of an odd window gives as many places as Keras's "same"."""
    kernel = window.get("kernel_size")
    is_odd = kernel is not None and kernel % 2 == 1 and "dilation" not in window
    return f"padding={kernel // 2}" if kernel and is_odd and cls.__name__.startswith("Max") else None


def size_of(node: Any) -> int | None:
    """The number that stands at a place, or in each place of a list."""
    items = getattr(node, "items", (node,))
    found = {getattr(one, "value", None) for one in items}
    return size if len(found) == 1 and type(size := found.pop()) is int else None
