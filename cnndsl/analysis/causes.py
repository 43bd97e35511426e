"""One value that is wrong wherever it goes is one mistake: it is told once, with the place that it comes from.

Goes by what is written, along the names that hand a value on. Asked only where something is wrong; finds no problem.
"""

from __future__ import annotations

from ..lean import cached_property
from ..patterns import re
from ..problems import Help, Problem, Related, advise
from ..records import replace
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .program import Scope
from .resolve import BINDING, bound_by
from .sites import children, within

BY_VALUE = frozenset({"bad-argument", "misfit", "not-divisible", "size-differs", "too-small", "wrong-type"})
MEETING = frozenset({"bad-call", "misfit", "not-an-operand", "size-differs"})  # of tensors that do not go together
FRACTION = re.compile(r" must be an integer\b.*, not \d+\.\d")
SHOWN = 4  # places where the same went wrong
LINKS = 20  # names that are followed
GIVING = BINDING - {t.Label}  # a label may be called like a value


def one_each(problems: list[Problem], scope: Scope) -> list[Problem]:
    """The problems in their order, the first alone of those that are one mistake."""
    file, found = Causes(scope), dict[Any, list[Problem]]()
    for problem in problems:
        found.setdefault(file.key(problem) or id(problem), []).append(problem)
    return [with_others(file, group) for group in found.values()]


def with_others(file: Causes, group: list[Problem]) -> Problem:
    """The first problem of several that are one mistake, with the place of its cause, and those of the others."""
    first, *others = group
    cause = file.cause(first)
    related = [Related("value-here", *cause)] if cause else []
    if quotient := file.quotient(first):
        related.append(Related("fraction-here", quotient.span))
        help = advise("whole-quotient", meant=f"{quotient.left.span.text} // {quotient.right.span.text}")
        first = replace(first, facts={**first.facts, "help": help})
    related += [Related("rounds-here", *rounds)] if (rounds := file.rounds(first)) else []
    related += same_here([problem.span for problem in others if problem.span])
    return replace(first, related=(*first.related, *related)) if related else first


def same_here(places: list[Span]) -> tuple[Related, ...]:
    """The places where a mistake is met again, or the first of many."""
    shown = places if len(places) <= SHOWN + 1 else places[:SHOWN]
    more = len(places) - len(shown) or None
    return tuple(Related("same-here", place, {"more": more} if place == shown[-1] else {}) for place in shown)


class Causes:
    """Where values come from, in a file and those that it imports."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.known: dict[int, Written] = {}

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        """The scopes of all files, by path."""
        found, left = dict[str, Scope](), [self.scope]
        while left:
            here = left.pop()
            if found.setdefault(here.source.path, here) is here:
                left += [other for _, other in here.items.values() if other.source.path not in found]
        return found

    def key(self, problem: Problem) -> Any:
        """What a problem has in common with those that are the same mistake; None if it is like no other."""
        message = problem.facts.get("message")
        if problem.severity != "error" or problem.span is None:
            return None
        if module := problem.facts.get("module"):  # taken for what it gave, or the other way round
            return problem.code, module
        if isinstance(help := problem.facts.get("help"), Help) and help.code == "several-values":
            return problem.code, str(help.facts), tuple(links_of(problem)[-1:])
        if problem.code == "free-argument" and "feature" in problem.facts:
            return problem.code, str(problem.facts.get("free"))
        origins = [related.span for related in problem.related if related.code == "shape-here"]
        if problem.code in MEETING and message and len(origins) > 1:
            words = str(message).split()[1:]  # all but what joins them, in whichever order
            return problem.code, tuple(sorted(words)), frozenset(origins)
        if quotient := self.quotient(problem):
            return problem.code, quotient.span
        if cause := self.cause(problem):
            what = message or str(sorted(facts for facts in problem.facts.items() if facts[0] != "trace"))
            return problem.code, what, cause[0]
        return None

    def cause(self, problem: Problem) -> tuple[Span, dict[str, object]] | None:
        """Where the value comes from that a problem is about, and its name there."""
        place = problem.span
        if problem.code not in BY_VALUE or place is None or (item := self.item_at(place)) is None:
            return None
        value = self.written(item).arguments.get((place.start, place.end))
        if not isinstance(value, t.Name):
            return None
        origin = self.origin(value, item, links_of(problem), LINKS)
        return (origin, {"name": value.id}) if origin else None

    def quotient(self, problem: Problem) -> t.Binary | None:
        """The `/` of a function of the file that gave a fraction where a whole number is wanted."""
        found = FRACTION.search(str(problem.facts.get("message"))) and self.cause(problem)
        outer = self.item_at(found[0]) if found else None
        if not found or outer is None:
            return None
        scope, calls = self.scopes[outer.span.source.path], self.written(outer).calls
        names = [one.function.id for one in calls if one.span == found[0] and isinstance(one.function, t.Name)]
        routine, _ = scope.items.get(names[0], (None, None)) if names else (None, None)
        returns = within(routine) if isinstance(routine, t.Def) else []
        values = [item.value for one in returns if isinstance(one, t.Return) for item in one.items]
        return next((quotient for value in values if (quotient := quotient_in(value))), None)

    def rounds(self, problem: Problem) -> tuple[Span, dict[str, object]] | None:
        """Where the number of rounds comes from, and its name there, if the first ones of a loop went well."""
        place, trace = problem.span, problem.facts.get("trace")
        if problem.code != "too-small" or not place or not isinstance(trace, tuple):
            return None
        applied = next((one.span for one in problem.related if one.code == "applied-here"), place)
        line = (f"{place.source.path}:{place.line}", " ".join(applied.text.split()))
        item = self.item_at(place)
        if item is None or not any(step[:2] == line for step in trace):
            return None
        for loop in self.written(item).loops:
            names = [node for node in within(loop.iterable) if isinstance(node, t.Name) and node.id != "range"]
            if is_inside(place, loop.span) and len(names) == 1:
                origin = self.origin(names[0], item, links_of(problem), LINKS)
                return (origin, {"name": names[0].id}) if origin else None
        return None

    def item_at(self, place: Span) -> Any:
        """The item of a file that a place lies in."""
        scope = self.scopes.get(place.source.path)
        items = scope.file.items if scope else ()
        return next((item for item in items if item.span.start <= place.start < item.span.end), None)

    def written(self, item: Any) -> Written:
        """What an item holds; it is looked through once."""
        if id(item) not in self.known:
            self.known[id(item)] = Written(item)
        return self.known[id(item)]

    def origin(self, value: Any, item: Any, links: list[Span], left: int) -> Span | None:
        """The place of the value that a name hands on; `links` are the calls that led here, the innermost first."""
        if not isinstance(value, t.Name) or not left:
            return value.span if left else None
        match givers := self.written(item).givers.get(value.id, ()):
            case [t.Parameter()]:
                return self.of_parameter(givers[0], item, links, left)
            case [t.Assign(targets=(_,))]:
                return self.origin(givers[0].value, item, links, left - 1)
            case [_, *_]:
                return None
        const, _ = self.scopes[item.span.source.path].items.get(value.id, (None, None))
        return self.origin(const.value, const, [], left - 1) if isinstance(const, t.Const) else None

    def of_parameter(self, parameter: t.Parameter, item: Any, links: list[Span], left: int) -> Span | None:
        """The same for a parameter: what the call gives for it, or its default."""
        default = parameter.default
        if not links:
            return self.origin(default, item, [], left - 1) if default else parameter.span
        outer = self.item_at(links[0])
        if outer is None or isinstance(item, t.Def):  # what arrives by `->` is an argument, too
            return None
        scope, written = self.scopes[outer.span.source.path], self.written(outer)
        names = [name for name in written.names if is_inside(name.span, links[0]) and is_of(name, item, scope)]
        calls = [node for node in written.calls if node.function in names and is_inside(node.span, links[0])]
        if len(names) != 1 or any(isinstance(part, t.Spread) for call in calls for part in call.arguments):
            return None
        found = next((value for call in calls for value in given_for(parameter, item, call)), None)
        if found is not None:
            return self.origin(found, outer, links[1:], left - 1)
        return self.origin(default, item, links, left - 1) if default else None


class Written:
    """What is written in an item: names, loops, calls, their arguments by place, and what gives each name its value."""

    def __init__(self, item: Any) -> None:
        nodes = within(item)
        self.names = [node for node in nodes if isinstance(node, t.Name)]
        self.loops = [node for node in nodes if isinstance(node, t.For)]
        self.calls = [node for node in nodes if isinstance(node, t.Call)]
        self.arguments: dict[tuple[int, int], Any] = {}
        self.givers: dict[str, list[Any]] = {}
        for argument in (argument for call in self.calls for argument in call.arguments):
            value = argument.value if isinstance(argument, t.Keyword) else argument
            self.arguments[argument.span.start, argument.span.end] = value
        for node in (node for node in nodes if node.__class__ in GIVING):
            for name in bound_by(node):
                self.givers.setdefault(name, []).append(node)


def quotient_in(node: Any) -> t.Binary | None:
    """The `/` in a value that makes it a fraction; what is rounded is none."""
    if isinstance(node, t.Binary) and node.operator == "/":
        return node
    is_kept = not isinstance(node, t.Call) or getattr(node.function, "id", "") in ("max", "min", "abs", "sum")
    parts = children(node) if is_kept and not (isinstance(node, t.Binary) and node.operator == "//") else ()
    return next((found for part in parts if (found := quotient_in(part))), None)


def links_of(problem: Problem) -> list[Span]:
    """The calls that led into a block, the innermost first."""
    return [related.span for related in problem.related if related.code == "instantiated-here"]


def is_of(node: Any, item: Any, scope: Scope) -> bool:
    return isinstance(node, t.Name) and scope.items.get(node.id, (None,))[0] is item


def is_inside(place: Span, other: Span) -> bool:
    return place.source is other.source and other.start <= place.start < other.end


def given_for(parameter: t.Parameter, item: Any, call: t.Call) -> Iterator[Any]:
    """What a call gives for a parameter of what it calls."""
    place = item.parameters.index(parameter)
    for number, argument in enumerate(call.arguments):
        if isinstance(argument, t.Keyword):
            if argument.name == parameter.name.id:
                yield argument.value
        elif number == place:
            yield argument
