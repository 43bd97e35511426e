"""Uses of definitions that no model has, and that a caller of the generated classes may ask for: a part of a text that
is not always gone through, and that reads a parameter, is seen with what this is elsewhere.

Without them a class would be made of what such a part was seen with: one value, where each use that came there gave
this one. Nothing is told of these uses; one that is refused is left out.
"""

from __future__ import annotations

from ..graph import Instance
from ..limits import Taken
from ..problems import CnnError
from ..records import dataclass, replace
from ..shapes import Need
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .lint import Collector
from .session import Use, told_apart
from .sites import within
from .things import Thing, plain

MOST = 64  # of them in a file


@dataclass(eq=False)
class Part:
    """A part of a text that is not always gone through: the names behind what it reads, and, where the statements that
    ran do not tell whether it was, the names that decide, and the statement that it stands in."""

    start: int
    reads: set[str]
    by: set[str] | None = None
    inside: int | None = None
    is_template: bool = False  # whether it is decided by which template this is, so by no number


def combined(first: Any) -> Iterator[Instance]:
    """The instances of such uses, once the models of a file have been visited in sessions beside the `first`."""
    uses: list[Use] = first.combined
    tried: set[Any] = set()
    looked, known = 0, dict[int, list[Part]]()
    while looked < len(uses) and len(tried) < MOST:
        looked, groups = len(uses), dict[int, list[Use]]()
        for use in uses:
            groups.setdefault(id(use.origin.item), []).append(use)
        for key, some in groups.items():
            if key not in known and told_apart(some):
                known[key] = list(parts(some[0].origin.item))
            if key not in known:
                continue
            while known[key] and len(tried) < MOST and (found := lacking(some, known[key], tried)):
                use, name, value = found
                before = len(uses)
                try:
                    yield once_more(first, use, {**use.given, name: value})
                except (CnnError, RecursionError):
                    continue
                some += [use for use in uses[before:] if id(use.origin.item) == key]


def once_more(first: Any, use: Use, given: Mapping[str, Thing]) -> Instance:
    """The instance of a use with other arguments; raises CnnError."""
    from .definitions import Visit
    from .elaborate import Builder

    session = quiet(first)
    visit = Visit(session, use.origin.scope)
    if use.types is None:
        return Builder(session, use.origin.scope).instance(visit, use.origin, given, use.origin.item)[0]
    instance, _ = visit.visit_definition(use.origin, given, use.types, use.span, use.free)
    row = tuple(map(plain, given.values()))
    first.combined.append(replace(use, given=given, row=row, instance=instance))
    return instance


def quiet(first: Any) -> Any:
    """A session beside another one, of which nothing is told."""
    from .elaborate import beside

    session = beside(first, Need(mode=first.need.mode))
    session.collector, session.together, session.looked = Collector(), Taken(first.limits.steps), set()
    return session


def lacking(uses: Sequence[Use], parts: Sequence[Part], tried: set[Any]) -> tuple[Use, str, Thing] | None:
    """A use with another value of a parameter, with which a part of the text that reads this was not seen."""
    told = told_apart(uses)
    for part in parts:
        for name in part.reads & told.keys():
            for way, came in ways_to(part, uses, name, told):
                seen = {told[name][n] for n in came}
                for value in (value for value in dict.fromkeys(told[name]) if value not in seen):
                    key = id(uses[0].origin.item), part.start, way, name, value
                    if key not in tried:
                        tried.add(key)
                        return uses[came[0]], name, uses[told[name].index(value)].given[name]
    return None


def ways_to(part: Part, uses: Sequence[Use], name: str, told: Mapping[str, Any]) -> Iterator[tuple[Any, list[int]]]:
    """The uses that come to a part which reads a name, by what else may decide that they do."""
    place = part.start if part.by is None else part.inside
    came = [n for n, use in enumerate(uses) if place is None or place in use.instance.ran]
    if part.by is None:
        if came and len(came) < len(uses):
            yield None, came
        return
    by = part.by & told.keys() if part.is_template else part.by
    deciding = [n for n, other in enumerate(uses[0].given) if other in by and other != name]
    ways: dict[Any, list[int]] = {}
    for n in came:
        ways.setdefault(tuple([uses[n].row[place] for place in deciding]), []).append(n)
    if len(ways) > 1:
        yield from ways.items()


def parts(item: Any) -> Iterator[Part]:
    nodes = within(item)
    behind, inside = names_behind(nodes), dict[int, int]()
    for node in nodes:
        for statement in (*bodied(node, "body"), *bodied(node, "otherwise")):
            inside |= dict.fromkeys(map(id, within(statement)), statement.span.start)  # inner ones come later
            yield Part(statement.span.start, read_in([statement], behind))
        for reads, by in decided_in(node):
            read, decides, is_template = read_in(reads, behind), read_in([by], behind), isinstance(node, t.Call)
            yield Part(node.span.start, read, decides, inside.get(id(node)), is_template)


def decided_in(node: Any) -> Iterator[tuple[Sequence[Any], Any]]:
    """What may be read or not, and what decides that, where no statement does."""
    if isinstance(node, t.Ternary):
        yield (node.value, node.otherwise), node.condition
    elif isinstance(node, t.InitIf):
        yield (node,), node.condition
    elif isinstance(node, t.Call) and isinstance(node.function, t.Name) and is_made(node.function):
        yield node.arguments, node.function  # not all that a template is given need matter to what it makes
    elif isinstance(node, t.Binary) and node.operator == "*" and is_made(node.left):
        yield (node.left,), node.right


def names_behind(nodes: Iterable[Any]) -> dict[str, set[str]]:
    """For each name that a text gives to something, the names that it reads for that."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, (t.Assign, t.For)):
            source = node.value if isinstance(node, t.Assign) else node.iterable
            for target in names_in(node.targets):
                found.setdefault(target, set()).update(names_in(source))
    return found


def read_in(nodes: Iterable[Any], behind: Mapping[str, set[str]]) -> set[str]:
    """The names that these read, and those behind them."""
    found, left = set[str](), {name for node in nodes for name in names_in(node)}
    while left:
        found |= left
        left = {name for one in left for name in behind.get(one, ())} - found
    return found


def names_in(node: Any) -> set[str]:
    nodes = node if isinstance(node, tuple) else (node,)
    return {inner.id for one in nodes for inner in within(one) if isinstance(inner, t.Name)}


def bodied(node: Any, field: str) -> tuple[Any, ...]:
    body = getattr(node, field, None)
    return body if isinstance(body, tuple) else ()


def is_made(node: Any) -> bool:
    """Whether what stands before `*` makes something: the name of a layer, a block or a template is in it."""
    return any(isinstance(inner, t.Name) and inner.id[:1].isupper() for inner in within(node))
