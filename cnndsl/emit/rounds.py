"""Merges the rounds of loops: what the loop runs over, and which sizes are carried from one round to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..dims import Dim, symbol
from ..graph import Instance, Known
from ..loops import Local, Loop, Round
from ..records import dataclass
from .expressions import Written, plain_value
from .flowing import Flowing
from .names import fresh, safe
from .numbers import Column, Frame, Unmergeable, same
from .plans import Body, Carry, Repeat, Source
from .varying import Names, names_of

TURNS = 3  # from which a loop reads better than its rounds


@dataclass(eq=False)
class Turning:
    """A loop under way: `row` are the loops of the threads outside, `rounds` the rounds of the threads inside."""

    row: Sequence[Loop]
    outer: list[int]
    rounds: dict[int, Round]
    threads: list[list[int]]  # for each thread outside, those of its rounds, in order
    frame: Frame
    names: list[str]  # of the loop's variables
    sizes: list[str]  # of the sizes that flow
    began: int = 0


class Rounds(Flowing):
    """Loops. `aliases` are sizes that start as another one: its name, and when it was read."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names) -> None:
        super().__init__(members, varying, lost)
        self.aliases: dict[str, tuple[str, int]] = {}
        self.carries: dict[str, Carry] = {}
        self.open: list[str] = []  # sizes of the loops around
        self.around: dict[str, frozenset[str]] = {}  # those around each

    def steps(self, columns: Sequence[tuple[Any, ...]]) -> Body:
        raise NotImplementedError

    def loop(self, row: Sequence[Loop]) -> list[Any]:
        """A loop that runs again, or, where its rounds have too little in common, what it did, written out."""
        if self.is_short(row):
            return self.written_out(row)
        saved, forks, around = self.saved(), list(self.forks), list(self.open)
        try:
            return self.turned(row)
        except Unmergeable:
            self.restore(saved)
            self.forks, self.open = forks, around
            return self.written_out(row)

    def is_short(self, row: Sequence[Loop]) -> bool:
        """Whether every loop turns as few times as nobody writes a loop for, whatever the caller chooses."""
        few = len({len(loop.rounds) for loop in row}) == 1 and len(row[0].rounds) < TURNS
        names = (self.behind(names_in_rounds(loop), i) for i, loop in zip(self.who, row, strict=True))
        return few and not self.varying.intersection(*[frozenset().union(*names)])

    def written_out(self, row: Sequence[Loop]) -> list[Any]:
        if len({len(loop.rounds) for loop in row}) > 1:
            raise Unmergeable("several numbers of rounds")
        for thread, loop in zip(self.who, row, strict=True):
            self.lost |= self.varying & self.behind(names_in_rounds(loop), thread)
        found: list[Any] = []
        for rounds in zip(*(loop.rounds for loop in row), strict=True):
            self.settle([made.sizes for made in rounds])
            found += self.steps([made.body for made in rounds])
        self.settle([loop.leaves for loop in row])
        return found

    def settle(self, columns: Sequence[tuple[Local, ...]]) -> None:
        """Sizes that have no name of their own here: they are what they are outside."""
        if len({len(column) for column in columns}) > 1:
            return
        for locals_ in zip(*columns, strict=True):
            values = [local.value for local in locals_]
            found = next((s for s in self.shared_spellings(values) if isinstance(s, Dim)), None)
            if found is None and self.free(values):
                continue
            for thread, local in zip(self.who, locals_, strict=True):
                self.keys[thread][local.key] = int(local.value.value) if found is None else found

    def turned(self, row: Sequence[Loop]) -> list[Any]:
        turning = self.threads_of(row)
        if not turning.rounds:
            return []
        self.enter(turning)
        with self.among(list(turning.rounds), turning.frame):
            body = self.steps([made.body for made in turning.rounds.values()])
        del self.open[len(self.open) - len(turning.sizes) :]
        carried = self.carry(turning)
        if not body:
            return []
        return [Repeat(*self.head(turning), body, carried)]

    # Entering

    def threads_of(self, row: Sequence[Loop]) -> Turning:
        """A thread for each round; rounds that are one and the same share it."""
        rounds: dict[int, Round] = {}
        threads: list[list[int]] = []
        frame = Frame({})
        for outer, loop in zip(self.who, row, strict=True):
            known: dict[int, int] = {}
            for made in loop.rounds:
                if id(made) not in known:
                    known[id(made)] = thread = len(self.member)
                    self.member.append(self.member[outer])
                    self.keys.append(dict(self.keys[outer]))
                    frame.outer[thread], rounds[thread] = outer, made
            threads.append([known[id(made)] for made in loop.rounds])
        return Turning(row, list(self.who), rounds, threads, frame, [], [])

    def local(self, name: str) -> str:
        taken = {safe(known) for known in (*self.parameters, *self.sizes)} | self.locals
        taken |= {column.name for frame in self.frames for column in frame.columns}
        found = fresh(safe(name), taken)
        self.locals.add(found)
        return found

    def enter(self, turning: Turning) -> None:
        """Says what the names of the rounds are called."""
        first = next(iter(turning.rounds.values()))
        turning.names = [self.local(local.name) for local in first.names]
        alike = {tuple(local.name for local in made.sizes) for made in turning.rounds.values()}
        alike |= {tuple(local.name for local in loop.leaves) for loop in turning.row}
        steady = [] if len(alike) > 1 else [self.steady(turning, n) for n in range(len(first.sizes))]
        for local, start in zip(first.sizes, steady, strict=False):
            turning.sizes.append(str(start) if start is not None else self.local(local.name))
        for thread, made in turning.rounds.items():
            for name, local in zip(turning.names, made.names, strict=True):
                self.keys[thread][local.key] = symbol(name)
            for name, size, local in zip(turning.sizes, steady, made.sizes, strict=False):
                self.keys[thread][local.key] = symbol(name) if size is None else size
        self.carried |= {name for name, size in zip(turning.sizes, steady, strict=False) if size is None}
        for thread, made in turning.rounds.items():
            origins = self.origins[self.member[thread]]
            for name, local in zip((*turning.names, *turning.sizes), (*made.names, *made.sizes), strict=False):
                if name in self.locals:
                    self.sources[name] = self.sources.get(name, frozenset()) | origins.get(local.key, frozenset())
        turning.began = self.clock
        self.around |= {name: frozenset(self.open) for name in turning.sizes}
        self.open += turning.sizes

    def steady(self, turning: Turning, place: int) -> Dim | None:
        """How a size that no round changes is written outside."""
        if any(symbol(m.sizes[place].key) not in m.after[place].spellings for m in turning.rounds.values()):
            return None
        starts = [self.start_of(loop, place) for loop in turning.row]
        found = next((s for s in self.shared_spellings(starts) if isinstance(s, Dim)), None)
        return found

    @staticmethod
    def start_of(loop: Loop, place: int) -> Known:
        return loop.rounds[0].sizes[place].value if loop.rounds else loop.leaves[place].value

    # What is carried

    def carry(self, turning: Turning) -> tuple[Carry, ...]:
        """The sizes that each round hands on to the next, and to what follows the loop."""
        found = []
        for place, name in enumerate(turning.sizes):
            if name not in self.carried:
                self.leave(turning, place, turning_size(turning, self.keys, place))
                continue
            after = self.is_wanted_after(turning, place)
            if not self.used[name] and not after:
                self.carried.discard(name)
                continue
            saved = self.saved()
            made = self.handed_on(turning, place, name)
            if made is not None:
                found.append(made)
                self.carries[name] = made
                self.leave(turning, place, symbol(name))
                continue
            self.restore(saved)
            self.carried.discard(name)
            if self.used[name]:
                values = {thread: Known(made.sizes[place].value.value) for thread, made in turning.rounds.items()}
                turning.frame.columns.append(Column(name, values))
            self.lose(turning)
        return tuple(found)

    def lose(self, turning: Turning) -> None:
        for thread, loop in zip(turning.outer, turning.row, strict=True):
            self.lost |= self.varying & self.behind(names_in_rounds(loop), thread)

    def leave(self, turning: Turning, place: int, size: Any) -> None:
        for thread, loop in zip(turning.outer, turning.row, strict=True):
            self.keys[thread][loop.leaves[place].key] = size

    def is_wanted_after(self, turning: Turning, place: int) -> bool:
        """Whether what follows the loop may have to ask for the size by name."""
        if any(not loop.leaves for loop in turning.row):
            return False
        behind = [loop.leaves[place] for loop in turning.row]
        values = {int(local.value.value) for local in behind}
        free = self.free([Known(0, (symbol(local.key),)) for local in behind])
        return len(values) > 1 or bool(free)

    def handed_on(self, turning: Turning, place: int, name: str) -> Carry | None:
        """The statements before the loop and at the end of a round, if they can be written."""
        last_use = dict(self.last_use)
        try:
            start = self.known([self.start_of(loop, place) for loop in turning.row], name)
        except Unmergeable:
            return None
        other = str(start.value.spelling) if isinstance(start.value, Written) else ""
        if other in self.carried and last_use.get(other, 0) <= turning.began:
            self.aliases[name] = other, self.clock
        with self.among(list(turning.rounds), turning.frame):
            update = self.settled([made.after[place] for made in turning.rounds.values()])
        return Carry(name, start, update) if update is not None else None

    def settled(self, items: Sequence[Known]) -> Known | None:
        """How a value is written without asking for anything new."""
        if spellings := self.shared_spellings(items):
            return self.write(spellings)
        if not self.free(items) and all(same(plain_value(item), plain_value(items[0])) for item in items):
            return items[0]
        found = None if self.free(items) else self.column_around(dict(zip(self.who, items, strict=True)))
        return self.write([symbol(found.name)]) if found else None

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

    def printed(self) -> dict[str, str]:
        """What the names of loops are called: a size that goes on where another one ends is that one."""
        same_as: dict[str, str] = {}

        def called(name: str) -> str:
            while name in same_as:
                name = same_as[name]
            return name

        last = {n: o for n, (o, clock) in self.aliases.items() if self.last_use[o] == clock and o in self.carries}
        inner = {name for name, other in last.items() if other in self.around[name]}
        same_as |= {name: other for name, other in last.items() if name not in inner}
        for name in (name for name in last if name in inner):
            update = self.carries[last[name]].update.value
            if isinstance(update, Written) and called(str(update.spelling)) == called(name):
                same_as[name] = last[name]
        return {name: called(name) for name in self.locals}

    # The head

    def head(self, turning: Turning) -> tuple[tuple[str, int] | None, Known | None, tuple[Source, ...]]:
        """The index, how often the loop turns if nothing else says so, and what it runs over."""
        frame, index = turning.frame, None
        mine = {name: n for n, name in enumerate(turning.names) if self.used[name]}
        spelled: dict[str, list[tuple[str, int | None]]] = {}
        for name, place in mine.items():
            start = self.counts_from(turning, place)
            if start is not None and index is None:
                index = (name, start)
            elif (found := self.source(turning, place)) is not None:
                spelled.setdefault(found[0], []).append((name, found[1]))
            else:
                values = {thread: strip(made.names[place].value) for thread, made in turning.rounds.items()}
                frame.columns.append(Column(name, values))
        sources = [self.spelled_source(turning, text, targets) for text, targets in spelled.items()]
        if frame.columns:
            sources.append(self.table(turning))
        if sources:
            return index, None, tuple(sources)
        count = self.known([loop.count for loop in turning.row], "depth")
        return index, count, ()

    def counts_from(self, turning: Turning, place: int) -> int | None:
        """Where a variable starts that counts the rounds."""
        starts = set()
        for some in turning.threads:
            values = [turning.rounds[thread].names[place].value.value for thread in some]
            if any(isinstance(v, bool) or not isinstance(v, int) for v in values):
                return None
            if values and values != list(range(values[0], values[0] + len(values))):
                return None
            starts |= set(values[:1])
        return int(starts.pop()) if len(starts) == 1 else None

    def source(self, turning: Turning, place: int) -> tuple[str, int | None] | None:
        """The list that a variable runs through, and which part of its rows it is."""
        found: set[tuple[str, int | None]] | None = None
        for outer, some in zip(turning.outer, turning.threads, strict=True):
            for number, thread in enumerate(some):
                here = set()
                for spelling in turning.rounds[thread].names[place].value.spellings:
                    text = self.renumbered(spelling, outer)
                    match = re.fullmatch(rf"(\w+)\[{number}\](?:\[(\d+)\])?", str(text))
                    if match and self.is_whole(match[1], outer, len(some)):
                        here.add((match[1], int(match[2]) if match[2] else None))
                found = here if found is None else found & here
        return min(found, key=str) if found else None

    def is_whole(self, name: str, thread: int, length: int) -> bool:
        """Whether a name of the class's is a list of that many items."""
        given = self.list_of(name, thread)
        return name in self.parameters and given is not None and len(given) == length

    def list_of(self, name: str, thread: int) -> list[Known] | None:
        parameters = self.members[self.member[thread]].parameters
        value = next((p.value.value for p in parameters if p.name == name), None)
        return value if isinstance(value, list) else None

    def spelled_source(self, turning: Turning, text: str, targets: list[tuple[str, int | None]]) -> Source:
        known = self.write([text])
        if targets[0][1] is None:
            return Source((targets[0][0],), known)
        rows = self.list_of(text, turning.outer[0])
        width = len(rows[0].value) if rows else 0
        names = {place: name for name, place in targets}
        return Source(tuple(names.get(n, "_") for n in range(width)), known)

    def table(self, turning: Turning) -> Source:
        """What no list of the author's says: a table, which may differ between the loops."""
        columns = turning.frame.columns
        order = [thread for some in turning.threads for thread in some]
        filled = [dict(zip(order, self.filled(column, order), strict=True)) for column in columns]
        self.lose(turning)
        tables = []
        for some in turning.threads:
            rows = [tuple(values[thread] for values in filled) for thread in some]
            tables.append(Known([row[0] if len(row) == 1 else Known(row) for row in rows]))
        names = tuple(column.name for column in columns)
        return Source(names, self.known(tables, plural(names)))


def plural(names: tuple[str, ...]) -> str:
    return "rows" if len(names) > 1 else f"{names[0]}s"


def strip(known: Known) -> Known:
    return Known(plain_value(known))


def turning_size(turning: Turning, keys: Any, place: int) -> Any:
    """What a size is called that no round changes."""
    thread, made = next(iter(turning.rounds.items()))
    return keys[thread][made.sizes[place].key]


def names_in_rounds(loop: Loop) -> frozenset[str]:
    """The names that decide what a loop does."""
    found = names_of(loop.count)
    return found.union(*(names_of(local.value) for made in loop.rounds for local in made.names))
