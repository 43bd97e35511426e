"""What differs between uses of a class, or between rounds of a loop: an argument, a variable, or something computed."""

from __future__ import annotations

from math import gcd

from ..dims import Dim, symbol
from ..graph import Instance, Known
from ..lean import contextmanager, suppress
from ..loops import MARK, Loop
from ..records import replace
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .arguments import hidden_sizes, value_in
from .expressions import Written, bare, plain_value
from .forming import Column, Frame, same
from .names import MODULE_ATTRIBUTES, fresh, safe
from .numbers import Numbers
from .varying import names_of, told_apart


def over(spellings: Sequence[Any], said: Mapping[str, Any]) -> list[Any]:
    """Sizes with what names of a loop are outside of it; without those that cannot be said there."""
    sizes = [size for size in spellings if isinstance(size, Dim)]
    found = [size.subs({n: said[n] for n in size.symbols if said.get(n) is not None}) for size in sizes]
    return [s for s in found if isinstance(s, int) or not any(n.partition("[")[0] in said for n in s.symbols)]


def said_outside(loop: Loop) -> dict[str, Any]:
    """For each name of a loop's rounds a size over names around it, or None."""
    found: dict[str, Any] = {x.key: None for made in loop.rounds for x in (*made.names, *made.sizes)}
    for local in (local for made in loop.rounds for local in (*made.names, *made.sizes)):
        is_whole = isinstance(local.value.value, int) and not isinstance(local.value.value, bool)
        ways = over(local.value.spellings, found) if is_whole else []
        plain = int(local.value.value) if is_whole and not local.value.spellings else None
        found[local.key] = next(iter(ways), plain)
    return found


def whole_factor(item: Known, part: Known) -> int:
    """How many times one number goes into another; 0 if it does not."""
    whole = isinstance(part.value, int) and part.value and item.value % part.value == 0
    return int(item.value // part.value) if whole else 0


def says_too(column: Column, items: Mapping[int, Known]) -> bool:
    both = items.keys() & column.values.keys()
    return bool(both) and all(items[t].spellings == column.values[t].spellings and
                              same(plain_value(items[t]), plain_value(column.values[t])) for t in both)  # fmt: skip


def author_word(items: Iterable[Known]) -> str:
    """What the author calls a number of forward(), if it is that alone in all uses: the `tap` of `hs[tap]`."""
    words = {str(way) for known in items for way in known.spellings[:1] or ("",)}
    return found if len(words) == 1 and (found := words.pop()).isidentifier() and MARK not in found else "number"


def came_to(member: Instance, names: Iterable[str]) -> dict[str, Any]:
    """What names of rounds came to: over names of the class, or a number that hangs on how often loops turn alone."""
    found = ((name, member.ends[name]) for name in names if name in member.ends)
    return {name: size for name, size in found if isinstance(size, Dim) or not member.sources.get(name)}


def for_another(known: Known, member: Instance) -> Known:
    """A size that one use is given, in a use that does not care: what it would be there, or the number that it is."""
    values = {parameter.name: parameter.value.value for parameter in member.parameters}
    values |= hidden_sizes(member)
    for way in (spelling for spelling in known.spellings if isinstance(spelling, Dim)):
        with suppress(ArithmeticError, KeyError, TypeError):
            return Known(way.at(values), (way,))
    return bare(known)


class Columns(Numbers):
    """Numbers that are asked for."""

    asks = False  # whether for sizes, too, that the class cannot say and who uses it can
    askable = False  # whether there are some

    @property
    def extras(self) -> dict[str, list[Known]]:
        """The arguments that the class takes beside the author's: for each the members' values."""
        whose = range(len(self.members))
        return {
            column.name: [
                known if n in column.values else for_another(known, self.members[n])
                for n, known in enumerate(self.filled(self.supplied(column), whose))
            ]
            for column in self.frames[0].columns
        }

    def supplied(self, column: Column) -> Column:
        """An argument of the class in the uses that do not care, too, where a parameter says what it would be there."""
        if len(column.values) < len(self.members) and (by := self.telling(column)):
            held = {n: told_apart(value_in(by, member).value) for n, member in enumerate(self.members)}
            said = {held[n]: known for n, known in column.values.items()}
            more = {n: said[held[n]] for n in held if held[n] in said}
            return replace(column, values=more | column.values)
        return column

    def telling(self, column: Column) -> str:
        """A parameter that says what an argument is: for each of its values that is another one, or not."""
        for name in (p.name for p in self.members[0].parameters):
            said: dict[Any, set[str]] = {}
            for n, known in column.values.items():
                said.setdefault(told_apart(value_in(name, self.members[n]).value), set()).add(repr(known.value))
            if all(len(some) == 1 for some in said.values()) and len(set().union(*said.values())) > 1:
                return name
        return ""

    @property
    def fields(self) -> list[str]:
        """What these arguments are for."""
        return [column.field for column in self.frames[0].columns]

    @staticmethod
    def filled(column: Column, threads: Sequence[int]) -> list[Known]:
        """A column's values; a thread that does not care has the one before."""
        last = next(iter(column.values.values()))
        found = []
        for thread in threads:
            last = column.values.get(thread, last)
            found.append(last)
        return found

    def ask(self, items: Sequence[Known], field: str) -> Known:
        """A constructor argument, or a variable of a loop; what is the same in all rounds is asked for outside."""
        frame = self.frames[-1]
        if len(self.frames) > 1 and self.is_steady(items, frame):
            with self.outside() as places:
                return self.known([items[some[0]] for some in places], field)
        given = dict(zip(self.who, items, strict=True))
        field = author_word(items) if field == "operands" else field
        told = any(given.keys() <= c.values.keys() and isinstance(items[0].value, str) for c in frame.columns)
        column = self.column(given, frame) if told else None
        if column is None and len(self.frames) > 1 and (found := self.computed(items, field)):
            return found
        column = column or self.column(given, frame, field)
        if column is None:
            column = Column(self.name(field, given), field, {})
            frame.columns.append(column)
        column.hangs |= self.offered(items)
        column.behind |= self.behind_all(items)
        for thread, item in zip(self.who, items, strict=True):
            column.values.setdefault(thread, bare(item))
        return self.write([symbol(column.name)])

    def worked_out(self, items: Sequence[Known], field: str) -> Known | None:
        """An argument that whoever uses the class works out, from what this use was given: where the class has no way
        to say it, each use of it has."""
        if any(member.kind == "model" for member in self.members):
            return None
        said = [self.over_own(item, thread) for item, thread in zip(items, self.who, strict=True)]
        given = {thread: known for thread, known in zip(self.who, said, strict=True) if known is not None}
        if len(given) < len(said):
            return None
        around: dict[int, Known] = {}
        for thread, known in given.items():
            while self.around_of[thread] != thread:
                thread = self.around_of[thread]
            if around.setdefault(thread, known) != known or around[thread].spellings != known.spellings:
                return None
        self.askable = True
        if not self.asks:
            return None
        columns = self.frames[0].columns
        column = next((c for c in columns if c.is_said and says_too(c, around)), None)
        if column is None:
            with self.in_class():
                column = Column(self.name(field), field, {}, is_said=True)
            columns.append(column)
        column.values |= around
        return self.write([symbol(column.name)])

    @contextmanager
    def in_class(self) -> Iterator[None]:
        """Around all loops."""
        frames, self.frames = self.frames, self.frames[:1]
        try:
            yield
        finally:
            self.frames = frames

    def over_own(self, item: Known, thread: int) -> Known | None:
        """A size as it hangs on what this use of the class was given; None if that cannot be said."""
        member = self.members[self.member[thread]]
        names = {*(parameter.name for parameter in member.parameters), *dict(member.sizes)}
        sizes = [s.subs(came_to(member, s.symbols)) for s in item.spellings if isinstance(s, Dim)]
        hanging = self.may_vary(self.behind(names_of(item), thread))  # in rounds, too, which a number may stand for
        said = [(s, {n.partition("[")[0] for n in s.symbols}) for s in sizes if isinstance(s, Dim)]
        own = [s for s, symbols in said if hanging & names <= symbols <= names]
        return Known(item.value, tuple(own)) if own else None

    def said_by_round(self, items: Sequence[Known], field: str) -> Known | None:
        """What hangs on names that a caller may choose, in each round of a loop in another way, if it can be said."""
        for way in (self.times_variable, self.computed, self.tabled):
            saved, lost = self.saved(), set(self.lost)
            found = way(items, field)
            if found is not None and self.lost == lost:
                return found
            self.restore(saved)
        return None

    def times_variable(self, items: Sequence[Known], _: str) -> Known | None:
        """So many times what a variable of the loop is, in all of its rounds: there are no other ones."""
        frame, outer = self.frames[-1], self.outside_names(items)
        if outer is None or self.may_vary(frame.turns):
            return None
        for place, local in enumerate(frame.rounds[self.who[0]].names):
            found = set[int]()
            for thread, item in zip(self.who, outer, strict=True):
                key = frame.rounds[thread].names[place].key
                around, times = frame.outer[thread], whole_factor(item, frame.rounds[thread].names[place].value)
                size = frame.said[thread].get(key)
                size = self.renumbered(size, around) if isinstance(size, Dim) else None
                ways = [self.renumbered(way, around) for way in item.spellings]
                found.add(times if size is not None and size * times in ways else 0)
            if len(found) == 1 and 0 not in found:
                return self.write([symbol(str(self.keys[self.who[0]][local.key])) * found.pop()])
        return None

    def tabled(self, items: Sequence[Known], field: str) -> Known | None:
        """A column of what is said, in each round, over names around the loop."""
        outer = self.outside_names(items)
        if outer is None or not self.sayable_outside(outer):
            return None
        frame = self.frames[-1]
        given = dict(zip(self.who, outer, strict=True))
        column = next((c for c in frame.columns if c.is_said and says_too(c, given)), None)
        if column is None:
            column = Column(self.name(field), field, {}, is_said=True)
            frame.columns.append(column)
        column.values |= given
        return self.write([symbol(column.name)])

    def outside_names(self, items: Sequence[Known]) -> list[Known] | None:
        """The items over names around the loop, as far as they are spelled; None if one that is cannot be."""
        found = []
        for thread, item in zip(self.who, items, strict=True):
            ways = over(item.spellings, self.frames[-1].said.get(thread, {}))
            if not isinstance(item.value, int) or isinstance(item.value, bool) or (item.spellings and not ways):
                return None
            found.append(Known(item.value, tuple(way for way in ways if isinstance(way, Dim))))
        return found

    def sayable_outside(self, items: Sequence[Known]) -> bool:
        """Whether, round by round, all loops can say them around it."""
        with self.outside() as places:
            rows = [[items[n] for n in row] for row in zip(*places, strict=False)]
            return len({len(some) for some in places}) == 1 and all(
                self.shared_spellings(row) or not (self.free(row) or len({int(item.value) for item in row}) > 1)
                for row in rows
            )

    def computed(self, items: Sequence[Known], field: str) -> Known | None:
        return self.formed(items) or self.multiple(items) or self.first_or_later(items, field)

    def multiple(self, items: Sequence[Known]) -> Known | None:
        """One size times a number that all rounds share: a block's channels, times what it expands them by."""
        parts = [self.parts_of(item, thread) for item, thread in zip(items, self.who, strict=True)]
        shared = set(parts[0]).intersection(*parts[1:])
        if len(self.frames) < 2 or not shared:
            return None
        size = min(shared, key=lambda size: (len(str(size)), str(size)))
        least = gcd(*(found[size] for found in parts))
        factors = [Known(found[size] // least) for found in parts]
        if not self.is_steady(factors, self.frames[-1]):
            return None
        with self.outside() as places:
            factor = self.known([factors[some[0]] for some in places], "expansion")
        spelling = factor.value.spelling if isinstance(factor.value, Written) else factor.value
        return self.write([size * least * spelling]) if isinstance(spelling, (int, Dim)) else None

    def parts_of(self, item: Known, thread: int) -> dict[Dim, int]:
        """The ways to write a size, each without its whole factor, and this."""
        found = {}
        for spelling in self.usable(s for s in (self.renumbered(s, thread) for s in item.spellings) if s is not None):
            if isinstance(spelling, Dim):
                factor = gcd(*(factor for _, factor in spelling.terms))
                found[Dim(tuple((atoms, n // factor) for atoms, n in spelling.terms))] = factor
        return found

    def fix_turns(self, frame: Frame) -> None:
        """What a further round has is not known: how many there are stays as it is."""
        names = self.may_vary(frame.turns)
        self.lengths |= names & frame.lengths
        self.lost |= names - frame.lengths

    def name(self, field: str, given: Mapping[int, Known] | None = None) -> str:
        field = field.partition(MARK)[0]  # a list that one round goes through is called as its author calls it
        taken = {column.name for frame in self.frames for column in frame.columns}
        taken |= (MODULE_ATTRIBUTES if len(self.frames) == 1 else set()) | self.reserved
        taken |= {safe(field)} if len(self.frames) == 1 and self.is_another(field, given or {}) else set()
        authored = self.authored | self.tensors if len(self.frames) > 1 else {*self.parameters, *self.sizes}
        found = fresh(safe(field), taken | {safe(known) for known in authored} | self.locals)
        if len(self.frames) > 1:
            self.note_local(found, found if safe(field) in self.tensors else field)
        return found

    def is_another(self, field: str, given: Mapping[int, Known]) -> bool:
        """Whether an argument that is called like a parameter of the author's would be something else."""
        for thread, known in given.items():
            held = next((p.value for p in self.members[self.member[thread]].parameters if p.name == field), None)
            if held is not None and not same(plain_value(held), plain_value(known)):
                return True
        return False

    def note_local(self, name: str, wanted: str) -> None:
        """A name of the loop at hand."""
        self.locals.add(name)
        self.wanted[name] = safe(wanted)
        self.places[name] = tuple(frame.number for frame in self.frames[1:])

    def is_steady(self, items: Sequence[Known], frame: Frame) -> bool:
        """Whether all rounds of each loop have the same."""
        found: dict[int, str] = {}
        texts = [repr(plain_value(item)) for item in items]
        pairs = zip(self.who, texts, strict=True)
        return all(found.setdefault(frame.outer[thread], text) == text for thread, text in pairs)

    def column(self, items: Mapping[int, Known], frame: Frame, field: str = "") -> Column | None:
        """A column of the frame that says the same already, or the same thing in threads that have not said it."""
        for column in frame.columns:
            both = items.keys() & column.values.keys()
            if (
                not column.is_said
                and (both or column.field == field)
                and all(same(plain_value(items[t]), plain_value(column.values[t])) for t in both)
            ):
                return column
        return None

    def column_around(self, items: Mapping[int, Known]) -> Column | None:
        """A column of this loop, of one around it or of the class that says the same in every thread."""
        for frame in reversed(self.frames):
            found = self.column(items, frame)
            if found and items.keys() <= found.values.keys():
                return found
            outer: dict[int, Known] = {}
            for thread, item in items.items():
                known = outer.setdefault(frame.outer.get(thread, thread), item)
                if not same(plain_value(known), plain_value(item)):
                    return None
            items = outer
        return None
