"""What differs between the uses of a class, or between the rounds of a loop in it; and numbers that do, as an
expression of what these have in common: one formula for all, one number in the first round and another one in the later
ones, or one for each way of a decision that the class makes.
"""

from __future__ import annotations

from itertools import count

from ..dims import Dim
from ..dims.calls import Formula, decided, size_of
from ..graph import Instance, Known
from ..lean import Counter, cached_property, partial
from ..records import dataclass, field
from ..spelled import Spelled
from ..typed import TYPE_CHECKING, Any, Sequence
from .class_arguments import Kind
from .expressions import Ways, either, plain_value
from .formulas import PARTS, composed, is_formula, own_name, text_of
from .varying import Names, symbols_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

INTEGERS = frozenset({int, Spelled})  # no flags, which are written otherwise


def same(left: Any, right: Any) -> bool:
    """Whether two values are written alike."""
    if left.__class__ in INTEGERS and right.__class__ in INTEGERS:
        return bool(left == right)
    return repr(left) == repr(right)


@dataclass(eq=False)
class Column:
    """What differs between the threads of a frame. Threads that do not care are left out of `values`."""

    name: str
    field: str
    values: dict[int, Known]
    hangs: frozenset[str] = frozenset()  # the names of the class behind values that are written down
    is_said: bool = False  # whether they are written over names around the loop
    behind: frozenset[str] = frozenset()  # the names of the class behind them, those that it does not take included


@dataclass(eq=False)
class Frame:
    """A class, or a loop in it: its threads, each in one of the frame around it, and its columns."""

    outer: dict[int, int]
    index: tuple[str, int] | None = None  # the variable of a loop that counts, and from where
    first: frozenset[int] = frozenset()  # the threads of first rounds
    columns: list[Column] = field(default_factory=list)
    turns: frozenset[str] = frozenset()  # the names of the class that decide how often the loop turns, and over what
    rounds: dict[int, Any] = field(default_factory=dict)  # of each thread
    said: dict[int, dict[str, Any]] = field(default_factory=dict)  # of each: names of rounds over names around the loop
    lengths: frozenset[str] = frozenset()  # those of them that are lists, of which it takes one item in each round
    number: int = field(default_factory=partial(next, count()))  # one of its own, for as long as the process lives


class Unmergeable(Exception):
    """These instances need classes of their own."""


@dataclass(frozen=True)
class Decided:
    """A condition that the class looks at again, and the threads that went each way."""

    condition: Known
    ways: tuple[frozenset[int], frozenset[int]]

    @property
    def names(self) -> Names:
        return symbols_of(self.condition.value.spelling)


class Forming:
    """A floor of `Numbers`, which says what these are."""

    frames: list[Frame]
    who: list[int]
    lost: set[str]
    carried: set[str]
    used: Counter[str]
    varying: Names
    decisions: list[Decided]
    members: Sequence[Instance]
    member: list[int]
    open_ways: list[tuple[Known, bool]]  # the decisions under way, each with the way that is walked
    kind_ways: list[tuple[Known, bool]]  # those of which class a module is

    @cached_property
    def later(self) -> Names:
        """The names of sizes of other inputs than the first."""
        places = ((name, place) for name, place in self.members[0].sizes if not isinstance(place, Known))
        return frozenset(name for name, place in places if place[0] > 0)

    def rank(self, spelling: Any) -> tuple[bool, bool, int]:
        """What flows comes last, and a size of another input than the first: one that is the same is an argument."""
        names = symbols_of(spelling)
        return bool(names & self.carried), bool(names & self.later), len(str(spelling))

    def in_these_ways(self, spelling: Any) -> Any:
        """A spelling where the conditions under way have gone as they have: none asks for them again."""
        for condition, way in self.open_ways:
            spelling = decided(spelling, text_of(condition), way)
        return spelling

    def known(self, items: Sequence[Known], field: str, may_ask: bool = True) -> Known:
        raise NotImplementedError

    def behind(self, names: Names, thread: int) -> Names:
        raise NotImplementedError

    def shared_spellings(self, items: Sequence[Known]) -> list[Any]:
        raise NotImplementedError

    def write(self, spellings: Sequence[Any]) -> Known:
        raise NotImplementedError

    def among(self, who: list[int]) -> AbstractContextManager[None]:
        raise NotImplementedError

    def outside(self) -> AbstractContextManager[list[list[int]]]:
        raise NotImplementedError

    def fix_turns(self, frame: Frame) -> None:
        raise NotImplementedError

    def by_kind(self, items: Sequence[Known]) -> Known | None:
        raise NotImplementedError

    def saved(self) -> Any:
        raise NotImplementedError

    def restore(self, saved: Any) -> None:
        raise NotImplementedError

    def formed(self, items: Sequence[Known]) -> Known | None:
        """A number that is computed in the same way in every round: from what these ways have in common."""
        signs = {str(item.form[0]) if is_formula(item) else "" for item in items}
        if len(signs) != 1 or "" in signs:
            return None
        saved = self.saved()
        try:
            words = PARTS[next(iter(signs))]
            columns = [[item.form[side] for item in items] for side in (1, 2)]
            sides = [self.known(c, own_name(c) or word) for c, word in zip(columns, words, strict=True)]
        except Unmergeable:
            self.restore(saved)
            return None
        return self.write([composed(signs.pop(), *sides)])

    def first_or_later(self, items: Sequence[Known], field: str) -> Known | None:
        """A number that is one in the first round of a loop, and another one in all later rounds."""
        frame = self.frames[-1]
        if frame.index is None or any(map(has_class, items)):  # which has no name yet
            return None
        firsts: dict[int, Known] = {}
        laters: dict[int, Known] = {}
        for thread, item in zip(self.who, items, strict=True):
            side = firsts if thread in frame.first else laters
            outer = frame.outer[thread]
            if not same(plain_value(side.setdefault(outer, item)), plain_value(item)):
                return None
        if not firsts or not laters:
            return None
        saved = self.saved()
        texts = []
        try:
            with self.outside():
                for side, name in ((firsts, f"first_{field}"), (laters, field)):
                    with self.among(list(side)):
                        texts.append(bracketed_if(text_of(self.known(list(side.values()), name))))
        except Unmergeable:
            self.restore(saved)
            return None
        self.fix_turns(frame)
        return self.write([either(texts[0], f"{frame.index[0]} == {frame.index[1]}", texts[1])])

    def by_decision(self, items: Sequence[Known]) -> Known | None:
        """What is spelled in one way where a decision went one way, and in another where it went the other way.

        It must be one decision that tells them apart, or one class that is an argument, else which of several it hangs
        on is not known.
        """
        told: list[Decided] = []
        for one in filter(self.parts, self.decisions):
            saved = self.saved()
            told += [one] if self.ways_of(items, one) else []
            self.restore(saved)
        if not told:
            return self.by_kind(items) or self.by_decision_outside(items)
        if len(told) != 1 or self.is_told_apart_too(told[0]):
            return None
        then, otherwise = self.ways_of(items, told[0])
        texts, condition = (text_of(then), text_of(otherwise)), text_of(told[0].condition)
        if condition in (" != ".join(texts), " != ".join(texts[::-1])):
            return then
        return Known(Ways(then, told[0].condition, otherwise))

    def by_decision_outside(self, items: Sequence[Known]) -> Known | None:
        """The same of a number that is written alike in all rounds of a loop, as what is decided around it says."""
        if len(self.frames) == 1 or not self.decisions:
            return None
        with self.outside() as rounds:
            first = [items[places[0]] for places in rounds]
            alike = (has_spelling(items[n], one) for one, places in zip(first, rounds, strict=True) for n in places)
            return self.by_decision(first) if all(alike) else None

    def is_told_apart_too(self, decided: Decided) -> bool:
        """Whether another parameter of a model tells its variants apart as this decision does. One that is a number and
        decided nothing does not, for all that hangs on it is spelled by it.
        """
        if self.members[0].kind != "model":
            return False
        ways = [{self.member[i] for i in way} for way in decided.ways]
        asked = self.behind(decided.names, self.who[0])
        pinned = frozenset().union(*(member.decided.pinned for member in self.members))
        for column in zip(*(member.parameters for member in self.members), strict=True):
            then, otherwise = ({repr(plain_value(column[n].value)) for n in way} for way in ways)
            is_spelled = column[0].name not in pinned and all(p.value.value.__class__ in INTEGERS for p in column)
            if column[0].name not in asked and not is_spelled and then.isdisjoint(otherwise):
                return True
        return False

    def in_words(self, known: Known) -> Known:
        """A choice between two ways as one expression."""
        ways = known.value
        if not isinstance(ways, Ways):
            return known
        sides = [getattr(side.value, "spelling", side.value) for side in (ways.then, ways.otherwise)]
        for side in sides:  # written anew, together
            self.used.subtract(symbols_of(side) if isinstance(side, (Dim, str)) else ())
        shared = shared_terms(*sides)
        then, otherwise = (side - shared for side in sides) if shared else sides
        chosen = either(then, text_of(ways.condition), otherwise)
        return self.write([f"{shared} + ({chosen})" if shared else chosen])

    def parts(self, decided: Decided) -> bool:
        """Whether a decision goes both ways among the threads at hand, and is a matter of names that stay."""
        here = set(self.who)
        return (
            all(here & way for way in decided.ways)
            and here <= decided.ways[0] | decided.ways[1]
            and not decided.names & self.carried
        )

    def ways_of(self, items: Sequence[Known], decided: Decided) -> list[Known]:
        found, condition = [], text_of(decided.condition)
        for place, way in enumerate(decided.ways):
            side = [(thread, item) for thread, item in zip(self.who, items, strict=True) if thread in way]
            with self.among([thread for thread, _ in side]):
                spellings = self.shared_spellings([gone(item, condition, place == 0) for _, item in side])
            if " if " in str(spellings[:1]) or not (spellings or are_plainly_same([item for _, item in side])):
                return []
            found.append(self.write(spellings) if spellings else side[0][1])
        return found


def has_spelling(item: Known, other: Known) -> bool:
    return item.value == other.value and item.spellings == other.spellings


def are_plainly_same(items: Sequence[Known]) -> bool:
    """Whether these are one number, which hangs on nothing."""
    return all(
        item.value == items[0].value and item.value.__class__ in INTEGERS and not item.spellings for item in items
    )


def has_class(thing: Any) -> bool:
    """Whether a value is a class, or a list in which there is one."""
    value = thing.value if isinstance(thing, Known) else thing
    return isinstance(value, Kind) or (isinstance(value, (list, tuple)) and any(map(has_class, value)))


def bracketed_if(text: str) -> str:
    """A choice inside another one stands in brackets."""
    return f"({text})" if " if " in text else text


def gone(known: Known, condition: str, way: bool) -> Known:
    """A number where a condition went this way."""
    spellings = [went(spelling, condition, way) for spelling in known.spellings]
    return Known(known.value, tuple(spelling for spelling in spellings if not isinstance(spelling, int)))


def went(spelling: Any, condition: str, way: bool) -> Any:
    atoms = spelling.terms[0][0] if isinstance(spelling, Dim) and len(spelling.terms) == 1 else ()
    found: Any = atoms[0].key if len(atoms) == 1 and atoms[0].kind == "call" else None
    if isinstance(found, Formula) and found.sign == "if" and spelling == size_of(found) and found.parts[1] == condition:
        return size_of(found.parts[0 if way else 2])
    return spelling


def shared_terms(left: Any, right: Any) -> Any:
    """What two sums have in common, beside what each has alone; 0 if nothing."""
    if not isinstance(left, Dim) or not isinstance(right, Dim):
        return 0
    shared = tuple(term for term in left.terms if term in right.terms)
    return Dim(shared) if 0 < len(shared) < min(len(left.terms), len(right.terms)) else 0
