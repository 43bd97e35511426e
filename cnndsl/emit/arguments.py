"""What a class may ask for in its constructor, and what a call of it passes; which lists are given as they are, for
torch's types want tuples there. Walks no steps, decides on no spelling.

A path says which lists in a value are meant: (), the list itself; (None,), each item of it; (None, 2), the item at
place 2 of each.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import Formula, as_part
from ..dims.calls import name as name_of
from ..functions import lookup
from ..functions.base import Function
from ..graph import BlockModule, Call, Instance, Known, LayerModule, Value
from ..records import replace
from ..shapes import TensorType
from ..typed import Any, Collection, Iterator, Mapping, Sequence
from .class_arguments import Kind
from .expressions import Written, bare, kind_of, plain_value
from .plans import Construct, Decision, Either, Plan, Repeat, Slot, Source


def simple(value: Any) -> bool:
    """Whether a value can be a constructor argument."""
    value = value.value if isinstance(value, Known) else value
    if isinstance(value, (tuple, list)):
        return all(map(simple, value))
    return value is None or isinstance(value, (bool, int, float, str, Kind))


def keepable(members: Sequence[Instance], lost: frozenset[str]) -> list[str]:
    """The author's parameters that may stay constructor arguments.

    A model is called by strangers, so what decided something stays as it was, unless it may be refused by the template
    that it decided it for; a block is called by this file alone.
    """
    pinned = frozenset[str]().union(*(member.decided.pinned for member in members if member.kind == "model"))
    if len(members) > 1 and pinned:
        from .settling import settled_by_templates

        pinned -= settled_by_templates(members).keys()
    pinned |= lost
    values: dict[str, list[Known]] = {}
    for member in members:
        for parameter in member.parameters:
            values.setdefault(parameter.name, []).append(parameter.value)
    return [name for name, given in values.items() if name not in pinned and all(map(simple, given))]


def annotation_of(function: Function, place: int) -> str:
    """What kind of value a function takes at a place; the last of them may be variadic."""
    variadic = next((i for i, p in enumerate(function.parameters) if p.variadic), len(function.parameters))
    return function.parameters[min(place, variadic, len(function.parameters) - 1)].annotation


def literal_dtypes(step: Call) -> tuple[Call, tuple[Any, ...]]:
    """The call with its dtypes written out, and those: no constructor could be given `torch.float64` as a string."""
    function = lookup(step.function)
    if function is None or not any("Dtype" in parameter.annotation for parameter in function.parameters):
        return step, ()
    named = {parameter.name: parameter.annotation for parameter in function.parameters}
    found: list[Any] = []

    def literal(item: Any, annotation: str) -> Any:
        if "Dtype" not in annotation or not isinstance(item, Known):
            return item
        found.append(item.value)
        return Known(item.value)

    arguments = tuple(literal(item, annotation_of(function, place)) for place, item in enumerate(step.arguments))
    keywords = tuple((name, literal(item, named.get(name, ""))) for name, item in step.keywords)
    return replace(step, arguments=arguments, keywords=keywords), tuple(found)


def given_for(plan: Plan, item: BlockModule, slot: Slot) -> Known:
    """What a call of the class passes for an argument, spelled over the names of the caller."""
    if slot.kind == "slot":
        return over_caller(plan.extras[id(item.instance)][slot.key], item)
    found = argument_of(item, slot.key)
    if found is not None:
        return found
    if slot.kind == "size":
        return Known(size_of(item.instance, slot.key))
    return Known({p.name: p.value.value for p in item.instance.parameters}[slot.key])


def over_caller(known: Known, item: BlockModule) -> Known:
    """A size that hangs on what a class was given, over the names of who calls it."""
    found = []
    for way in (spelling for spelling in known.spellings if isinstance(spelling, Dim)):
        nothing = {name for name in way.symbols if (one := argument_of(item, name)) and one == Known(None)}
        absent: Any = dict.fromkeys(nothing)
        rest = way.subs(absent) if nothing else way  # conditions on these are decided
        given = {name: given_as(item, name) for name in getattr(rest, "symbols", ())}
        if None not in given.values():
            found.append(rest.subs(given) if isinstance(rest, Dim) else rest)
    return Known(known.value, tuple(size for size in found if isinstance(size, Dim))) if known.spellings else known


def given_as(item: BlockModule, name: str) -> Any:
    """How the caller writes a parameter or size, or an item of a list; None if it cannot."""
    base, *places = name.replace("]", "").split("[")
    known = argument_of(item, base)
    for place in places:
        known = known.value[int(place)] if known is not None and isinstance(known.value, (list, tuple)) else None
    if known is None:
        return None
    if known.spellings:
        first = known.spellings[0]
        if known.value is None and str(first).isidentifier():
            return symbol(str(first))
        return first if isinstance(first, (Dim, Formula)) else name_of(first, type(known.value).__name__)
    return as_part(known.value) if simple(known) else None


def argument_of(item: BlockModule, name: str) -> Known | None:
    """A parameter or size as the caller spells it."""
    for given in (item.arguments, item.sizes):
        for argument in given:
            if argument.name == name:
                return argument.value
    return None


def size_of(instance: Instance, name: str) -> int | None:
    """The number behind a hidden size, None where it is known at run time only."""
    return next((size_at(instance, place) for own, place in instance.sizes if own == name), None)


def value_in(name: str, member: Instance) -> Known:
    """A parameter or size of one use of a class."""
    given = (p.value for p in member.parameters if p.name == name)
    return bare(next(given, Known(size_of(member, name))))


def hidden_sizes(instance: Instance) -> dict[str, int | None]:
    """The numbers behind all its hidden sizes."""
    return {name: size_at(instance, place) for name, place in instance.sizes}


def size_at(instance: Instance, place: Any) -> int | None:
    if isinstance(place, Known):
        return place.value  # type: ignore[no-any-return]
    kind = instance.inputs[place[0]].type
    size = kind.shape[place[1]] if isinstance(kind, TensorType) else None
    return size if isinstance(size, int) else None


def axes_named(instance: Instance, names: Collection[str]) -> Iterator[tuple[str, Value, int]]:
    """The inputs that some of these names are sizes of, each with the axis."""
    for name, place in instance.sizes:
        if name in names and not isinstance(place, Known):
            yield name, instance.inputs[place[0]], place[1]


Paths = frozenset[tuple[int | None, ...]]
ITSELF: Paths = frozenset(((),))


def tupled(known: Any, paths: Paths) -> Any:
    """A value with the lists at these paths as tuples."""
    value = known.value if isinstance(known, Known) else known
    if not paths or not isinstance(value, (list, tuple)):
        return known
    kind = tuple if () in paths else type(value)
    inner = (frozenset(p[1:] for p in paths if p and p[0] in (None, place)) for place in range(len(value)))
    return Known(kind(tupled(item, found) for item, found in zip(value, inner, strict=True)))


def with_tuples(slot: Slot, paths: Paths) -> Slot:
    """An argument with the lists at these paths, and the rows of a table, as tuples."""
    paths |= {(None,)} if slot.kind == "parameter" and all(map(is_table, slot.values)) else frozenset()
    return replace(slot, values=tuple(tupled(value, paths) for value in slot.values), whole=paths) if paths else slot


def is_table(known: Known) -> bool:
    """Whether a list has rows of one length, and the places of these are of several kinds: `[[4, 24, True], …]`."""
    rows = [plain_value(row) for row in known.value] if isinstance(known.value, list) else []
    alike = all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows)
    return bool(rows) and alike and len({kind_of(each) for row in rows for each in row}) > 1


def immutable(known: Known) -> Known:
    """A default that nobody can change: a list as a tuple."""
    if isinstance(known.value, (list, tuple)):
        return Known(tuple(immutable(item) if isinstance(item, Known) else item for item in known.value))
    return known


def given_whole(body: Sequence[Any]) -> dict[str, Paths]:
    """The names of a merged body that are given whole, and which lists in them; writes its tables so."""
    found: dict[str, Paths] = {}
    for name, paths in uses(body):
        found[name] = found.get(name, frozenset()) | paths
    loops = list(repeats(body))
    before: dict[str, Paths] = {}
    while before != found:  # what a loop inside goes through may be an item of the loop around it
        before = dict(found)
        for source in (source for loop in loops for source in loop.sources):
            for name in named(source.iterable):
                found[name] = found.get(name, frozenset()) | paths_of(source, found)
    for loop in loops:
        loop.sources = tuple(replace(s, iterable=tupled(s.iterable, paths_of(s, found))) for s in loop.sources)
    return found


def paths_of(source: Source, found: Mapping[str, Paths]) -> Paths:
    """Those in what a loop runs over, by those in the names that its items are bound to."""
    alone = len(source.names) == 1
    steps = ((name, (None,) if alone else (None, place)) for place, name in enumerate(source.names))
    return frozenset((*step, *path) for name, step in steps for path in found.get(name, ()))


def uses(thing: Any) -> Iterator[tuple[str, Paths]]:
    """The names that are an argument as they are."""
    values: list[tuple[Any, Paths]] = []
    if isinstance(thing, LayerModule):
        values = [(argument.value, ITSELF) for argument in thing.arguments]
    elif isinstance(thing, Construct):
        values = [(value, slot.whole) for slot, value in thing.arguments]
    elif isinstance(thing, Call):
        values = [(value, ITSELF) for value in (*thing.arguments, *(value for _, value in thing.keywords))]
    yield from ((name, paths) for value, paths in values for name in named(value))
    for part in parts(thing):
        yield from uses(part)


def named(known: Any) -> Iterator[str]:
    """The name that a value is spelled by, if it is one."""
    name = str(known.value.spelling) if isinstance(known, Known) and isinstance(known.value, Written) else ""
    if name.isidentifier():
        yield name


def repeats(thing: Any) -> Iterator[Repeat]:
    if isinstance(thing, Repeat):
        yield thing
    for part in parts(thing):
        yield from repeats(part)


def parts(thing: Any) -> Iterator[Any]:
    """What stands in a body, a step or a module."""
    if isinstance(thing, (tuple, list)):
        yield from thing
    elif isinstance(thing, Repeat):
        yield from thing.body
    elif isinstance(thing, (Decision, Either)):
        yield thing.then
        yield thing.otherwise
    else:
        items = getattr(thing, "items", None)
        yield from items if isinstance(items, tuple) else ()
        yield from (child.module for child in getattr(thing, "children", ())) if items is None else ()
        if (module := getattr(thing, "module", None)) is not None:
            yield module
        if (whole := getattr(thing, "whole", None)) is not None:
            yield whole
