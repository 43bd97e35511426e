"""How the numbers of instances that are merged are written: by a spelling, as they are, or as an argument or a column.

The rounds of a loop are merged as instances are: each is a thread. What differs between threads becomes a column of
the innermost frame: an argument of the class, or a variable of the loop. Walks no steps.
"""

from __future__ import annotations

from ..dims import Condition, Dim, Formula, Real, Size, symbol
from ..dims.calls import put
from ..graph import Instance, Known, Value
from ..lean import Counter, cached_property, contextmanager
from ..loops import MARK, Came, every
from ..typed import Any, Iterator, Mapping, Sequence
from .arguments import axes_named, hidden_sizes, keepable, simple
from .expressions import Written, plain_value
from .forming import Decided, Frame, Unmergeable, same
from .formulas import factors_of
from .names import safe
from .rendering import flattened
from .renumbering import Renumbering
from .varying import (
    NONE,
    Names,
    are_plain,
    constant_parameters,
    names_of,
    origins,
    settled_lists,
    settled_numbers,
    symbols_of,
)

SIZES = (Dim, Condition, Real)


class Origins(dict[int, Mapping[str, Names]]):
    """For each member, by its place, what is behind the names of its rounds; found when it is first asked for."""

    def __init__(self, members: Sequence[Instance]) -> None:
        self.members = members

    def __missing__(self, place: int) -> Mapping[str, Names]:
        self[place] = found = origins(self.members[place])
        return found


class Numbers(Renumbering):
    """One attempt to write the numbers of `members`. `who` are the threads that are walked just now.

    A number that is the same in all of them is printed as it is, however it is spelled: this may spare the class an
    argument. `plain` notes the names that it hangs on; those in `strict`, which the class takes anyway, are spelled.
    """

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members)
        self.varying, self.mattered, self.lost = varying, set[str](), set[str]()  # of which it mattered that they vary
        self.who: list[int] = list(range(len(members)))
        self.member: list[int] = list(range(len(members)))  # of a thread
        self.around_of: list[int] = list(range(len(members)))  # the thread that a thread is a round of; or itself
        self.decisions, self.open_ways = list[Decided](), list[tuple[Known, bool]]()
        self.keys: list[dict[str, Any]] = [dict(m.came_to) for m in members]  # what names of rounds are called
        self.renamed: list[tuple[int, str, Any]] = []  # what they were called before, for attempts that fail
        self.frames = [Frame({})]
        self.numbers: list[dict[int, int]] = [{} for _ in members]
        self.homes: list[dict[int, int]] = [{} for _ in members]  # the thread that made each value
        self.used: Counter[str] = Counter()
        self.last_use, self.clock = dict[str, int](), 0
        self.locals: set[str] = set()  # names of loops
        self.since: dict[str, int] = {}  # the numbers that they have got
        self.places: dict[str, tuple[int, ...]] = {}  # the loops that they are in
        self.reserved: Names = frozenset()  # names of the file's functions
        self.wanted: dict[str, str] = {}  # what they would be called if nothing else was
        self.sources: dict[str, Names] = {}  # the names of the class behind them
        self.carried: set[str] = set()  # those of them that are sizes of what flows
        self.folded: list[tuple[int, str]] = []  # conditions that were not met, each with its site
        self.met: set[int] = set()  # the sites of those that were
        self.in_forward = False  # what is written now stands in forward()
        self.parameters = keepable(members, lost)
        self.sizes, self.fixed = self.sizes_taken(lost)
        self.available = frozenset((*self.parameters, *self.sizes))
        self.takes = frozenset((*self.parameters, *(name for name in self.sizes if name not in self.fixed)))
        self.plain, self.strict = set[str](), strict
        self.lengths = set[str]()  # lists that the class takes, if they are as long as they are
        self.behind_some: set[str] = set()  # names that something hangs on, though it may not be spelled by them
        self.written_down, self.by_chance = set[Names](), set[str]()  # what numbers hang on that stand as they are
        known = settled_numbers(members, self.available)
        self.fractions = {n: x for n, x in known.items() if isinstance(x, (bool, float))}
        self.known_numbers = {n: x for n, x in known.items() if n not in self.fractions}
        self.authored = {name for m in members for name in (*(p.name for p in m.parameters), *dict(m.sizes))}
        self.constant = constant_parameters(members)
        self.origins = Origins(members)
        self.lists = settled_lists(members, self.parameters)

    @cached_property
    def authored_safe(self) -> set[str]:
        """What the author's names are called in code."""
        return set(map(safe, self.authored))

    @cached_property
    def choosable(self) -> Names:
        """The parameters that hold a template in some members, and None in others."""
        found: dict[str, set[bool]] = {}
        for parameter in (p for member in self.members for p in member.parameters if p.name[:1].isupper()):
            found.setdefault(parameter.name, set()).add(parameter.value.value is None)
        return frozenset(name for name, nothing in found.items() if len(nothing) > 1)

    def sizes_taken(self, lost: Names) -> tuple[list[str], dict[str, int]]:
        """The sizes of inputs that the class may take, and those of them that are one number."""
        known = list(map(hidden_sizes, self.members))
        found = {name: [each.get(name) for each in known] for name in known[0]}
        sizes = [name for name, numbers in found.items() if None not in numbers and name not in lost]
        alike = frozenset(name for name in sizes if len(set(found[name])) == 1)
        fixed = alike - self.may_vary(alike)
        return sizes, {name: int(found[name][0] or 0) for name in sizes if name in fixed}

    @cached_property
    def tensors(self) -> set[str]:
        """The names that the author gave to tensors: a loop in forward() calls nothing else so."""
        steps = (step for m in self.members for step in every(m.body))
        made = (getattr(step, "target", None) for step in steps)
        found = flattened([*made, *(m.inputs for m in self.members)])
        return {value.name for value in found if isinstance(value, Value) and value.name}

    @contextmanager
    def among(self, who: list[int], frame: Frame | None = None) -> Iterator[None]:
        """Inside, only these threads are walked."""
        kept = self.who
        self.who = who
        if frame:
            self.frames.append(frame)
        try:
            yield
        finally:
            self.who = kept
            if frame:
                self.frames.pop()

    @contextmanager
    def outside(self) -> Iterator[list[list[int]]]:
        """Around the innermost loop: gives, for each thread out there, where its rounds are in `who`."""
        frame, who = self.frames.pop(), self.who
        places: dict[int, list[int]] = {}
        for place, thread in enumerate(who):
            places.setdefault(frame.outer[thread], []).append(place)
        self.who = list(places)
        try:
            yield list(places.values())
        finally:
            self.who = who
            self.frames.append(frame)

    # Writing

    def known(self, items: Sequence[Known], field: str, may_ask: bool = True) -> Known:
        """How a compile-time value is written in the merged class."""
        spellings = self.shared_spellings(items)
        shy, reads = {*self.sizes, *self.carried}, self.in_forward
        if own := [s for s in spellings if not symbols_of(s) & shy or (reads and self.is_read_off(s))]:
            return self.factored(self.write(own), items)
        first = plain_value(items[0])
        equal = not isinstance(first, SIZES) and all(i is items[0] or same(plain_value(i), first) for i in items)
        if self.choosable and (found := self.by_template(items)):
            return found
        free, behind = self.free(items), self.behind_all(items) if equal else NONE
        offered = behind & self.takes
        plain = equal and not free and not (offered & self.strict or self.is_by_chance(offered))
        if not plain and spellings and (free or not equal or self.reads_well(spellings[0], offered)):
            return self.factored(self.write(spellings), items)
        before, self.behind_some = self.behind_some, self.behind_some | behind
        if plain and offered and not offered & shy and (found := self.elements(items, field)):
            return found
        if plain:
            return self.as_it_is(items[0], behind) if behind else items[0]
        if found := self.elements(items, field):
            return found
        if (free or not equal) and (found := self.by_decision(items)):
            return found
        if free and may_ask and len(self.frames) > 1 and (found := self.said_by_round(items, field)):
            return found
        if free and may_ask and (found := self.worked_out(items, field)):
            self.behind_some = before
            return found
        self.lost |= free
        if equal and (free or offered <= self.constant or not may_ask or not all(map(simple, items))):
            self.lost |= offered
            return items[0]
        if len(self.frames) == 1 and (whole := self.whole(items)):
            return self.write(whole)
        if not may_ask or not all(map(simple, items)):
            raise Unmergeable(f"{field} differs and cannot be an argument")
        self.lost |= self.offered(items) & self.constant  # one value, behind what the caller works out
        return self.ask(items, field)

    def as_it_is(self, item: Known, behind: Names) -> Known:
        """A number that is the same in all, with a note of what it hangs on."""
        self.plain |= behind & self.takes
        self.note_written(behind)
        return item

    def note_written(self, behind: Names) -> None:
        """What stands as it is hangs on these."""
        self.written_down.add(behind)
        self.by_chance |= behind if self.is_by_chance(behind) else NONE

    def is_by_chance(self, offered: Names) -> bool:
        """Whether what is the same in the uses that get here hangs on what is otherwise in others, which do not."""
        differing = offered - self.constant - self.fixed.keys()
        return bool(differing) and len({self.member[thread] for thread in self.who}) < len(self.members)

    def whole(self, items: Sequence[Known]) -> list[Any]:
        """Spellings in which fractions and flags that the class does not take stand as they are."""
        kept, self.known_numbers = self.known_numbers, self.known_numbers | self.fractions
        try:
            return self.shared_spellings(items)
        finally:
            self.known_numbers = kept

    def free(self, items: Sequence[Known]) -> Names:
        """The names behind these that a caller may choose."""
        if not self.varying:
            return frozenset()
        found = (self.behind(names_of(item), i) for i, item in zip(self.who, items, strict=True))
        return self.may_vary(frozenset().union(*found))

    def may_vary(self, names: Names) -> Names:
        """Those of these names that a caller may choose. What is planned holds while that is so of the same ones."""
        found = self.varying & names
        self.mattered |= found
        return found

    def offered(self, items: Sequence[Known]) -> Names:
        """The names behind these that the class takes, and that it could be given other values for."""
        self.behind_some |= (found := self.behind_all(items))
        return found & self.takes

    def behind_all(self, items: Sequence[Known]) -> Names:
        """The names of the class behind these."""
        if not any(item.spellings or isinstance(item.value, (list, tuple)) for item in items):
            return NONE
        return NONE.union(*(self.behind(names_of(item), i) for i, item in zip(self.who, items, strict=True)))

    def settles(self, names: Names) -> None:
        """What is written down here holds for these values of some names alone: the class does not take them."""
        self.lost |= self.may_vary(names)
        self.note_written(names)
        offered = names & self.takes
        if offered & self.strict:
            self.lost |= offered
        else:
            self.plain |= offered

    def reads_well(self, spelling: Any, offered: Names) -> bool:
        """Whether a spelling is worth more than a class that has fewer arguments."""
        size = spelling.subs(self.fixed) if isinstance(spelling, Dim) else spelling
        plain = not isinstance(size, Dim) or all(a.kind == "symbol" for atoms, _ in size.terms for a in atoms)
        return plain or not offered <= self.constant

    def behind(self, names: Names, thread: int) -> Names:
        """The names of the class behind names of the rounds of its loops."""
        if are_plain(names) and self.sources.keys().isdisjoint(names):
            return names
        keys = self.keys[thread]
        found: set[str] = set()
        for name in names:
            known = keys.get(name) if MARK in name else name
            if known is None or isinstance(known, Came):
                found |= self.origins[self.member[thread]].get(name, frozenset())
            elif not isinstance(known, int):
                for part in symbols_of(known):
                    found |= self.sources.get(part, frozenset((part,)))
        return frozenset(found)

    def elements(self, items: Sequence[Known], field: str) -> Known | None:
        """A tuple or list whose items can all be written without asking for more arguments."""
        if not isinstance(items[0].value, (tuple, list)):
            return None
        if len({(type(item.value), len(item.value)) for item in items if isinstance(item.value, (tuple, list))}) != 1:
            return None
        saved = self.saved()
        try:
            columns = zip(*(item.value for item in items), strict=True)
            return Known(type(items[0].value)([self.known(column, field, False) for column in columns]))
        except (Unmergeable, TypeError, AttributeError):
            self.restore(saved)
            return None

    def write(self, spellings: Sequence[Any]) -> Known:
        """The first spelling; a size in it that never differs is a plain number."""
        self.asks_for_turns(spellings[0])
        best = self.in_these_ways(spellings[0])
        best = best.subs(self.read_off(best.symbols)) if isinstance(best, Dim) and self.in_forward else best
        if isinstance(best, Dim) and (fixed := {name: self.fixed[name] for name in best.symbols & self.fixed.keys()}):
            best = best.subs(fixed)
            self.behind_some |= fixed.keys()
        if isinstance(best, Formula):
            best = put(best, self.fixed)
        if not isinstance(best, (Dim, Condition, str)):
            return Known(best)
        self.clock += 1
        self.used.update(symbols_of(best))
        self.last_use |= dict.fromkeys(symbols_of(best), self.clock)
        return Known(Written(best))

    def is_read_off(self, spelling: Any) -> bool:
        """Whether a size hangs on sizes of inputs alone, which forward() reads off these."""
        return isinstance(spelling, Dim) and spelling.symbols <= self.read_off(spelling.symbols).keys()

    def read_off(self, names: Names) -> dict[str, Size]:
        """How forward() reads sizes of inputs off these: the class need not be told them."""
        axes = axes_named(self.members[0], names)
        return {name: symbol(f"%{self.number_in(0, value.number)}.{axis}") for name, value, axis in axes}

    def factored(self, written: Known, items: Sequence[Known]) -> Known:
        """The product with its factors as they came about: `width * 2 * 6 * 6`."""
        if not isinstance(written.value, Written):
            return written
        whole = written.value.spelling
        return Known(Written(whole, factors_of([item.value for item in items], whole, self.factor)))

    def factor(self, sizes: Sequence[int]) -> Size | None:
        """One factor of a product, if all threads write it alike."""
        shared = self.shared_spellings([Known(int(size), getattr(size, "spellings", ())) for size in sizes])
        ways = [way.subs(self.fixed) for way in shared if isinstance(way, Dim)]
        return ways[0] if ways else int(sizes[0]) if len(set(sizes)) == 1 else None

    def said_by_round(self, items: Sequence[Known], field: str) -> Known | None:
        raise NotImplementedError

    def ask(self, items: Sequence[Known], field: str) -> Known:
        raise NotImplementedError

    def worked_out(self, items: Sequence[Known], field: str) -> Known | None:
        raise NotImplementedError

    def by_template(self, items: Sequence[Known]) -> Known | None:
        raise NotImplementedError

    # Attempts

    def note_key(self, thread: int, key: str, size: Any) -> None:
        """Notes what a name of a round is called."""
        self.renamed.append((thread, key, self.keys[thread].get(key, NONE)))
        self.keys[thread][key] = size

    def forget_keys(self, threads: int, renamed: int) -> None:
        """Forgets what was noted since there were so many threads, and so many names had been noted."""
        del self.keys[threads:]
        for thread, key, before in reversed(self.renamed[renamed:]):
            if thread < threads and before is NONE:  # it was called nothing
                self.keys[thread].pop(key, None)
            elif thread < threads:
                self.keys[thread][key] = before
        del self.renamed[renamed:]

    def saved(self) -> Any:
        columns = [[(c, dict(c.values)) for c in frame.columns] for frame in self.frames]
        keys = len(self.keys), len(self.renamed)
        names = set(self.lost), set(self.lengths), set(self.locals), set(self.carried), set(self.must_turn)
        sets = *names, list(self.folded), dict(self.since)
        return Counter(self.used), dict(self.last_use), columns, keys, (list(self.member), list(self.around_of)), sets

    def restore(self, saved: Any) -> None:
        """Forgets what an attempt that failed has asked for."""
        self.used, self.last_use, columns, keys, (self.member, self.around_of), sets = saved
        self.forget_keys(*keys)
        self.lost, self.lengths, self.locals, self.carried, self.must_turn, self.folded, self.since = sets
        for frame, found in zip(self.frames, columns, strict=True):
            frame.columns = [column for column, _ in found]
            for column, values in found:
                column.values = values
