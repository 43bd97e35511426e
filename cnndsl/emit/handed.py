"""What a round of a constructor's loop hands on to the next one: said in one way for all rounds, by a name of its own
where the round writes it several times, and once. Prints nothing.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.quotients import divide_polynomial
from ..graph import Known, Make
from ..loops import Entry
from ..typed import Any, Container, Iterator, Mapping, Sequence
from .expressions import Called, Ways, Written
from .plans import Carry, Construct, Decision, Group, Repeat, said

LONG = 20  # characters of an expression that nobody reads twice


def in_every_round(value: Known, around: Sequence[Repeat]) -> Known:
    """A size that the first round has by another name, as the others say it: `width * 2**i if i > 0 else in_channels`
    is `width * 2**i` where `in_channels` begins as `width`."""
    ways: Any = value.value
    for loop in around if isinstance(ways, Ways) else ():
        index, first = loop.index or ("", 0)
        test = said(ways.condition)
        if test in (f"{index} > {first}", f"{index} != {first}"):
            later, before = ways.then, ways.otherwise
        elif test == f"{index} == {first}":
            later, before = ways.otherwise, ways.then
        else:
            continue
        start = next((carry.start for carry in loop.carried if carry.name == said(before)), before)
        size = size_of(later)
        if isinstance(size, Dim) and size.subs({index: first}) == size_of(start):
            return Known(later.value)
    return value


def size_of(known: Known) -> Any:
    return known.value.spelling if isinstance(known.value, Written) else known.value


def outcome(loop: Repeat, around: Sequence[Repeat], names: Mapping[str, str], taken: Container[str]) -> dict[Dim, str]:
    """What the rounds make of a size, and a name for it, if they write it several times."""
    if not isinstance(names, Called):
        return {}
    inner = list(loops_in(loop.body))
    changing = {name for other in inner for name in bound_by(other, names)}
    for carry in (carry for carry in loop.carried if names[carry.name].startswith("in_")):
        size, called = end_of(carry, inner, around), names[carry.name].replace("in_", "out_", 1)
        if not isinstance(size, Dim) or is_plain(size) or size in names.sizes:
            continue
        is_fixed = carry.name not in size.symbols and changing.isdisjoint(
            names.get(name, name) for name in size.symbols
        )
        uses = sum(holds(known, size, around) for known in numbers_in(loop.body))
        is_free = called not in {*names.values(), *names.sizes.values()} and called not in taken
        if is_fixed and is_free and uses > (len(str(size)) <= LONG):
            return {size: called}
    return {}


def bound_by(loop: Repeat, names: Mapping[str, str]) -> Iterator[str]:
    """What the names of a loop are called."""
    own = [*(carry.name for carry in loop.carried), *(name for source in loop.sources for name in source.names)]
    yield from (names.get(name, name) for name in [*own, *(loop.index or ())[:1]])


def end_of(carry: Carry, inner: Sequence[Repeat], around: Sequence[Repeat]) -> Any:
    """What a size comes to in a round, be it in a loop inside."""
    update = in_every_round(carry.update, around)
    within = next((other for loop in inner for other in loop.carried if other.name == said(update)), None)
    if within is None:
        return size_of(update)
    return size_of(in_every_round(within.start if within.stays else within.update, around))


def is_plain(size: Dim) -> bool:
    """Whether it is a name, or one beside a number."""
    return len(size.symbols) == 1 and all(atom.kind == "symbol" for atoms, _ in size.terms for atom in atoms)


def holds(known: Known, size: Dim, around: Sequence[Repeat]) -> bool:
    found = size_of(in_every_round(known, around))
    return found == size or (isinstance(found, Dim) and divide_polynomial(found, size)[0] != 0)


def numbers_in(items: Sequence[Any]) -> Iterator[Known]:
    """The numbers that a constructor writes for steps or for items of a group."""
    for item in items:
        if isinstance(item, (Make, Entry)):
            yield from numbers_of(item.module)
        elif isinstance(item, Repeat):
            yield from (known for carry in item.carried for known in given(carry))
            yield from numbers_in(item.body)
        elif isinstance(item, Decision):
            yield from numbers_in((*item.then, *item.otherwise))


def given(carry: Carry) -> list[Known]:
    return [carry.start] if carry.stays else [carry.start, carry.update]


def numbers_of(module: Any) -> Iterator[Known]:
    if isinstance(module, Group):
        yield from numbers_in(module.items)
    elif isinstance(module, Construct):
        yield from (value for _, value in module.arguments)
    else:
        yield from (argument.value for argument in getattr(module, "arguments", ()))
        for child in module.children:
            yield from numbers_of(child.module)


def loops_in(items: Sequence[Any], decided: bool = True) -> Iterator[Repeat]:
    """The loops inside, those in groups included, and those under conditions if `decided`."""
    for item in items:
        if isinstance(item, (Make, Entry)):
            yield from loops_of(item.module, decided)
        elif isinstance(item, Repeat):
            yield item
            yield from loops_in(item.body, decided)
        elif isinstance(item, Decision) and decided:
            yield from loops_in((*item.then, *item.otherwise))


def loops_of(module: Any, decided: bool) -> Iterator[Repeat]:
    if isinstance(module, Group):
        yield from loops_in(module.items, decided)
    else:
        for child in module.children:
            yield from loops_of(child.module, decided)


def changes(loop: Repeat, names: Mapping[str, str]) -> list[Carry]:
    """What the end of a round has to set: not what stays, nor what a loop inside has just set to the same."""
    last = {names[carry.name]: carry for inner in loops_in(loop.body) for carry in inner.carried}
    sure = [carry for inner in loops_in(loop.body, decided=False) if inner.turns is None for carry in inner.carried]
    found = []
    for carry in (carry for carry in loop.carried if not carry.stays):
        before = last.get(names[carry.name])
        size = size_of(carry.update)
        same = before is not None and any(before is other for other in sure) and size_of(before.update) == size
        if not same or not isinstance(size, Dim) or {names.get(name, name) for name in size.symbols} & last.keys():
            found.append(carry)
    return found
