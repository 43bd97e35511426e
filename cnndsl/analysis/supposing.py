"""Other numbers for the names of a class, for which one of its conditions goes the other way; what a visit holds then.

`if C == out { y = x + y }` cannot be run where C is not out. So what it gives is found out where C is taken to be out:
whatever is spelled is worked out again, and the arm runs on that.
"""

from __future__ import annotations

from itertools import combinations, islice, product

from ..dims import Dim, symbol
from ..dims.calls import COMPARE, OPERATORS, Formula, symbols_of, value_of
from ..graph import Known, Maker, Value
from ..loops import MARK
from ..records import replace
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import Any, Iterator, Mapping
from .resizing import SOME, derived
from .state import Place
from .things import Thing
from .wording import Unsaid, part_of

TRIES = 3  # choices of numbers that an arm is tried for
SEARCHED = 400  # choices that are looked at
TOGETHER = 2  # names that change at once


class Impossible(Exception):
    """What is written in several ways would be several numbers."""


def supposed(visit: Any, condition: Thing) -> Iterator[dict[str, Any]]:
    """What the names stand for where a condition goes the other way, a few choices; those that are settled stay, if
    others are not."""
    values = visit.session.stands_for
    try:
        part = part_of(condition)
        now = bool(value_of(part, values))
    except (Unsaid, ArithmeticError, KeyError, TypeError):
        return
    names = sorted(name for name in part.symbols if name in values)
    open_names = [name for name in names if not visit.session.behind([name]) <= visit.pinned]
    found = changed(visit, open_names or names, part, values)
    yield from islice((new for new in found if differs(part, new, now)), TRIES)


def changed(visit: Any, names: list[str], part: Any, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The choices, one name changed at a time, then several."""
    sides = [side for side in compared(part, values) if side is not None]
    choices = (
        dict(zip(group, chosen, strict=True))
        for count in range(1, TOGETHER + 1)
        for group in combinations(names, count)
        for chosen in product(*(others(values[name], sides) for name in group))
    )
    known = visit.session.came_to
    came_to = {key: known[key] for key in values if MARK in key and isinstance(known.get(key), Dim)}
    for choice in islice(choices, SEARCHED):
        yield {**values, **choice, **derived(came_to, {**values, **choice}, choice)}


def compared(part: Any, values: Mapping[str, Any]) -> Iterator[Any]:
    """What the sides of the comparisons in a condition are now; of a list, what is in it."""
    if not isinstance(part, Formula):
        return
    for inner in part.parts:
        if OPERATORS.get(part.sign, (None,))[0] == COMPARE:
            side = value_of(inner, values)
            yield from side if isinstance(side, (list, tuple)) else (side,)
        yield from compared(inner, values)


def others(now: Any, sides: list[Any]) -> list[Any]:
    """The values that a name may take instead of the one that it has: first those that it is compared with."""
    if isinstance(now, bool):
        return [not now]
    if now is None:  # a width, a count, a rate
        return [*dict.fromkeys(side for side in sides if side is not None), SOME, 1, 0.5]
    alike = [side for side in sides if type(side) is type(now) or (isinstance(side, int) and isinstance(now, int))]
    if isinstance(now, int):
        near = [n + d for n in alike for d in (1, -1)]
        return [n for n in dict.fromkeys(map(int, (*alike, *near, 2 * now, now + 2))) if n > 0 and n != now]
    return [side for side in dict.fromkeys(alike) if side != now] if isinstance(now, (str, float)) else []


def differs(part: Any, values: Mapping[str, Any], now: bool) -> bool:
    try:
        return bool(value_of(part, values)) is not now
    except (ArithmeticError, KeyError, TypeError, ValueError, IndexError):
        return False


def fixed_by(condition: Thing, way: bool) -> frozenset[str]:
    """The names that are one value wherever a condition goes this way: `stride` where `stride == 1 and …` holds."""
    try:
        return frozenset(fixed_in(part_of(condition), way))
    except Unsaid:
        return frozenset()


def fixed_in(part: Any, way: bool) -> Iterator[str]:
    sign = getattr(part, "sign", "")
    if sign == "name" and part.parts[1] == "bool":
        yield part.parts[0]
    elif sign == ("and" if way else "or"):
        yield from (name for inner in part.parts for name in fixed_in(inner, way))
    elif sign == "not":
        yield from fixed_in(part.parts[0], not way)
    elif sign == ("==" if way else "!="):
        sides = [(side, str(side)) for side in part.parts if symbols_of(side)]
        yield from (text for side, text in sides if len(sides) == 1 and symbols_of(side) == {text})


class Supposition:
    """Things as they are where names stand for other numbers, and back."""

    def __init__(self, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self.values = values
        self.names = frozenset(name for name, value in values.items() if before.get(name) != value)
        self.known: dict[Any, tuple[Thing, Thing]] = {}  # by number or identity: what it was, and what it is here

    def enter(self, side: Any) -> None:
        """Makes a visit see all that it holds so."""
        if not self.names:
            return
        side.session.stands_for = dict(self.values)
        side.names = {name: self.of(thing) for name, thing in side.names.items()}
        side.flow = self.of(side.flow)

    def of(self, thing: Thing) -> Thing:
        """A thing, or a type; raises Impossible."""
        if not self.names:
            return thing
        key = thing.number if isinstance(thing, Value) else id(thing)
        if key not in self.known:
            now = self.worked_out(thing)
            if now is not thing:
                self.known[key] = thing, now
                if not isinstance(thing, Value):
                    self.known[id(now)] = thing, now
            return now
        return self.known[key][1]

    def was(self, found: Thing) -> Thing:
        """What stood there before, of things that the arm left as they were."""
        if isinstance(found, dict):
            return {name: self.was(thing) for name, thing in found.items()}
        before = self.known.get(found.number if isinstance(found, Value) else id(found))
        if before is not None:
            return before[0]
        return tuple(map(self.was, found)) if type(found) is tuple else found

    def worked_out(self, thing: Thing) -> Thing:
        match thing:
            case Known(value=list() | tuple()):
                return replace(thing, value=self.of(thing.value))
            case Known() if thing.spellings:
                found = self.number(thing.value, thing.spellings)
                return Known(found, self.written(found, thing.spellings))
            case Value():
                return replace(thing, type=self.of(thing.type))
            case TensorType():
                sizes = (self.number(s, s.spellings) if isinstance(s, Spelled) else s for s in thing.shape)
                return TensorType(tuple(sizes), thing.dtype)
            case Maker():
                keywords = {name: self.of(value) for name, value in thing.keywords.items()}
                return Maker(thing.name, thing.target, self.of(thing.positional), keywords)
            case Place():
                return replace(thing, flow=self.of(thing.flow))
            case list() | tuple():
                made = type(thing)(map(self.of, thing))
                for name, held in getattr(thing, "__dict__", {}).items():
                    setattr(made, name, self.of(held))
                return made
        return thing

    def number(self, value: Any, spellings: tuple[Any, ...]) -> Any:
        """A number that is written like this; one that says nothing of the names that changed stays."""
        found = {self.spelled(spelling, value) for spelling in spellings}
        if len(found) > 1:
            raise Impossible
        new = found.pop() if found else value
        return Spelled(new, spellings) if isinstance(value, Spelled) else new

    def written(self, value: Any, spellings: tuple[Any, ...]) -> tuple[Any, ...]:
        """How it is spelled here: the name of what was None before is that of a number."""
        if isinstance(value, bool) or not isinstance(value, int):
            return spellings
        return tuple(symbol(s) if isinstance(s, str) and s in self.values else s for s in spellings)

    def spelled(self, spelling: Any, value: Any) -> Any:
        symbols = getattr(spelling, "symbols", None) or frozenset((str(spelling),))
        if self.names.isdisjoint(symbols):
            return value
        try:
            return spelling.at(self.values) if isinstance(spelling, (Dim, Formula)) else self.values[str(spelling)]
        except (ArithmeticError, KeyError):
            raise Impossible from None
