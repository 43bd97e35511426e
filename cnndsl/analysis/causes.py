"""One value that is wrong wherever it goes is one mistake: it is told once, with the place that it comes from.

Goes by what is written, along the names that hand a value on. Asked only where something is wrong; finds no problem.
"""

from __future__ import annotations

from itertools import takewhile

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
OF_VALUES = frozenset({"bad-argument", "wrong-type"})
READ_OFF = frozenset({"features-read-off", "read-off-in-blocks"})  # of a block's use, which has what comes in first
AGAIN = 20  # problems at places that are told that are looked at
MEETING = frozenset({"bad-call", "misfit", "not-an-operand", "size-differs"})  # of tensors that do not go together
FRACTION = re.compile(r" must be an integer\b.*, not \d+\.\d")
WRONG = re.compile(r", not (\S+)\Z")
SHOWN = 4  # places where the same went wrong
LINKS = 20  # names that are followed
GIVING = BINDING - {t.Label}  # a label may be called like a value


def one_each(problems: list[Problem], scope: Scope, again: list[Problem]) -> list[Problem]:
    """The problems, the first alone of those that are one mistake. `again` are those at the same places, on other ways:
    another value, which comes from elsewhere, is a mistake of its own.
    """
    file, found = Causes(scope), dict[Any, list[Problem]]()
    lacking = {problem.facts["input_of"] for problem in problems if "input_of" in problem.facts}
    problems = [p for p in problems if p.code != "wrong-input-count" or p.facts.get("name") not in lacking]
    for problem in without_shifted(file, problems):
        found.setdefault(file.key(problem) or id(problem), []).append(problem)
    found |= {id(problem): [problem] for problem in other_values(file, problems, again[:AGAIN])}
    return [with_others(file, group) for group in found.values()]


def without_shifted(file: Causes, problems: list[Problem]) -> list[Problem]:
    """The problems without those of torch's order in blocks whose use is told to be in it."""
    told = [problem for problem in problems if getattr(problem.facts.get("help"), "code", "") in READ_OFF]
    blocks = {id(file.item_at(one.span)) for problem in told for one in problem.related if one.code == "handed-here"}
    is_led_to = [
        bool(blocks) and p.code == "torch-order" and p.span is not None and id(file.item_at(p.span)) in blocks
        for p in problems
    ]
    return [problem for problem, led_to in zip(problems, is_led_to, strict=True) if not led_to]


def other_values(file: Causes, problems: list[Problem], again: list[Problem]) -> Iterator[Problem]:
    """Those that tell another value, from elsewhere, than any that is told."""
    values, origins = set[Any](), set[Span]()
    for place, problem in enumerate((*problems, *again)):
        cause = file.cause(problem) if problem.code in OF_VALUES else None
        value = (problem.span, str(problem.facts.get("message")))
        if cause and value not in values and cause[0] not in origins and place >= len(problems):
            yield problem
        if cause:
            values.add(value)
            origins.add(cause[0])


def with_others(file: Causes, group: list[Problem]) -> Problem:
    """The first problem of several that are one mistake, with the place of its cause, and those of the others."""
    first, *others = group
    cause = file.cause(first)
    related = [Related("value-here", *cause)] if cause else []
    first = file.as_list(first, *cause) if cause else first
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
        if help and problem.code == "never-works":  # of a model and its variants
            return problem.code, str(help)
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
            is_named = problem.code == "bad-argument"  # `dropout must be ...`, `p must be ...`: one value for both
            return problem.code, str(what).partition(" ")[2] if is_named else what, cause[0]
        return None

    def cause(self, problem: Problem) -> tuple[Span, dict[str, object]] | None:
        """Where the value comes from that a problem is about, and its name there."""
        place = problem.span
        if problem.code not in BY_VALUE or place is None or (item := self.item_at(place)) is None:
            return None
        value = self.written(item).arguments.get((place.start, place.end))
        if not isinstance(value, t.Name):
            return None
        wrong = WRONG.search(str(problem.facts.get("message")))
        origin = self.origin(value, item, links_of(problem), LINKS, wrong[1] if wrong else "")
        return (origin.span, {"name": value.id}) if origin else None

    def as_list(self, problem: Problem, given: Span, facts: dict[str, object]) -> Problem:
        """The problem, with the list that is meant if numbers are given for one: `ResNet(2, 2, 2)`."""
        help, item = problem.facts.get("help"), self.item_at(given)
        if not isinstance(help, Help) or help.code != "range-or-list" or item is None:
            return problem
        calls = (call for call in self.written(item).calls if any(is_at(one, given) for one in call.arguments))
        meant = next((listed(call, given) for call in calls), f"[{given.text}]")
        help = advise("list-is-wanted", name=facts["name"], meant=meant)
        return replace(problem, facts={**problem.facts, "help": help})

    def quotient(self, problem: Problem) -> t.Binary | None:
        """The `/` of a function of the file that gave a fraction where a whole number is wanted."""
        place = problem.span
        item = self.item_at(place) if place and FRACTION.search(str(problem.facts.get("message"))) else None
        value = self.written(item).arguments.get((place.start, place.end)) if item and place else None
        found = self.origin(value, item, links_of(problem), LINKS) if value else None
        outer = self.item_at(found.span) if found else None
        call = next(calls_of(found), None) if outer and not quotient_in(found) else None
        if outer is None or call is None:
            return None
        routine, _ = self.scopes[outer.span.source.path].items.get(call.function.id, (None, None))
        returns = within(routine) if isinstance(routine, t.Def) else []
        values = [item.value for one in returns if isinstance(one, t.Return) for item in one.items]
        named = [self.origin(value, routine, [], LINKS) if isinstance(value, t.Name) else value for value in values]
        return next((quotient for value in named if value and (quotient := quotient_in(value))), None)

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
                return (origin.span, {"name": names[0].id}) if origin else None
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

    def origin(self, value: Any, item: Any, links: list[Span], left: int, wrong: str = "") -> Any:
        """What gives the value that a name hands on; `links` are the calls that led here, the innermost first.

        Of the values that a loop goes through it is the one that is told like the `wrong` one.
        """
        if not isinstance(value, t.Name) or not left:
            return value if left else None
        givers = self.written(item).givers.get(value.id, ())
        if all(isinstance(giver, t.For) for giver in givers):
            givers = [loop for loop in givers if is_inside(value.span, loop.span)][-1:] or givers
        match givers:
            case [t.Parameter()]:
                return self.of_parameter(givers[0], item, links, left, wrong)
            case [t.Assign(targets=(_,))]:
                return self.origin(givers[0].value, item, links, left - 1, wrong)
            case [t.For()]:
                values = self.gone_through(givers[0].iterable, item, links, left)
                entries = [one for each in values for one in entries_of(givers[0].targets, each, value.id)]
                return next((one for one in entries if is_told(one, wrong)), None)
            case [_, *_]:
                return None
        const, _ = self.scopes[item.span.source.path].items.get(value.id, (None, None))
        return self.origin(const.value, const, [], left - 1, wrong) if isinstance(const, t.Const) else None

    def gone_through(self, iterable: Any, item: Any, links: list[Span], left: int) -> Iterator[Any]:
        """What each round of a loop takes, as far as it is written: `enumerate` and `zip` give tuples."""
        called = iterable.function.id if isinstance(iterable, t.Call) and isinstance(iterable.function, t.Name) else ""
        if called in ("enumerate", "zip"):
            parts = [[*self.gone_through(one, item, links, left)] for one in iterable.arguments]
            parts = [parts[0], parts[0]] if called == "enumerate" and parts else parts
            yield from (t.Tuple(each, iterable.span) for each in zip(*parts, strict=False))
        else:
            listed = self.origin(iterable, item, links, left - 1)
            yield from listed.items if isinstance(listed, (t.List, t.Tuple)) else ()

    def of_parameter(self, parameter: t.Parameter, item: Any, links: list[Span], left: int, wrong: str) -> Any:
        """The same for a parameter: what the call gives for it, or its default."""
        default = parameter.default
        if not links:
            return self.origin(default, item, [], left - 1, wrong) if default else parameter
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
            return self.origin(found, outer, links[1:], left - 1, wrong)
        return self.origin(default, item, links, left - 1, wrong) if default else None


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
        for loop in self.loops:
            self.arguments[loop.iterable.span.start, loop.iterable.span.end] = list_of(loop)
        for node in (node for node in nodes if node.__class__ in GIVING):
            for name in bound_by(node):
                self.givers.setdefault(name, []).append(node)


def list_of(loop: t.For) -> Any:
    """What a loop goes through: `depths` of `enumerate(depths)`."""
    node = loop.iterable
    is_same = isinstance(node, t.Call) and getattr(node.function, "id", "") in ("enumerate", "reversed")
    return node.arguments[0] if is_same and node.arguments else node  # type: ignore[union-attr]


def quotient_in(node: Any) -> t.Binary | None:
    """The `/` in a value that makes it a fraction; what is rounded is none."""
    if isinstance(node, t.Binary) and node.operator == "/":
        return node
    is_kept = not isinstance(node, t.Call) or getattr(node.function, "id", "") in ("max", "min", "abs", "sum")
    parts = children(node) if is_kept and not (isinstance(node, t.Binary) and node.operator == "//") else ()
    return next((found for part in parts if (found := quotient_in(part))), None)


def calls_of(node: Any) -> Iterator[Any]:
    """The calls in a value that it is a fraction by."""
    if isinstance(node, t.Call) and isinstance(node.function, t.Name):
        yield node
    if isinstance(node, t.Binary) and node.operator != "//":
        yield from (call for part in (node.left, node.right) for call in calls_of(part))


def entries_of(targets: tuple[Any, ...], each: Any, name: str) -> Iterator[Any]:
    """What a name of a loop is in a round that takes this; patterns may nest."""
    if len(targets) == 1 and isinstance(targets[0], t.Name):
        yield from (each,) if targets[0].id == name else ()
    elif isinstance(each, (t.List, t.Tuple)):
        for target, one in zip(targets, each.items, strict=False):
            yield from entries_of(target if isinstance(target, tuple) else (target,), one, name)


def is_told(node: Any, wrong: str) -> bool:
    """Whether a literal is what a message says to be wrong."""
    value = node.plain if isinstance(node, t.Text) else getattr(node, "value", None)
    return isinstance(node, (t.Text, t.Number)) and repr(value) == wrong


def is_at(argument: Any, place: Span) -> bool:
    """Whether an argument, by position or by keyword, is what stands at a place."""
    return (argument.value if isinstance(argument, t.Keyword) else argument).span == place


def listed(call: t.Call, first: Span) -> str:
    """A call whose numbers, from the first one on, are a list: `Stage([2, 2, 2], width=8)`."""
    before = [one.span.text for one in call.arguments if one.span.end <= first.start]
    numbers = [*takewhile(lambda one: isinstance(one, t.Number), call.arguments[len(before) :])]
    if not numbers:
        return f"[{first.text}]"
    rest = [one.span.text for one in call.arguments[len(before) + len(numbers) :]]
    values = f"[{', '.join(one.span.text for one in numbers)}]"
    return f"{call.function.span.text}({', '.join([*before, values, *rest])})"


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
