"""Merges the rounds of loops: which sizes and values go from one round to the next."""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import Formula
from ..graph import Instance, Known, Value
from ..loops import MARK, Local, Loop, Round, every
from ..records import replace
from ..typed import Any, Sequence
from .arguments import simple
from .carried import Carried, StillRead, in_turn, is_kept, written_parts
from .columns import said_outside
from .expressions import Ways, Written, annotation, plain_value
from .flowing import has_lists, needs_items
from .forming import Column, Frame, Unmergeable, same
from .formulas import text_of
from .names import Taken, fresh, safe
from .naming import forward_names, written_in
from .plans import Body, Carry, Flow, Repeat, said
from .tables import Turning, turned_by
from .varying import Names, names_of

TURNS = 3  # from which a loop reads better than its rounds


class Rounds(Carried):
    """Loops."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members, varying, lost, strict)
        self.open: list[str] = []  # sizes of the loops around

    def saved(self) -> Any:
        return super().saved(), list(self.forks), list(self.open), self.known_of_carries()

    def restore(self, saved: Any) -> None:
        numbers, self.forks, self.open, carries = saved
        self.aliases, self.carries, self.settled_as, self.ended, self.repeats = carries
        super().restore(numbers)

    def steps(self, columns: Sequence[tuple[Any, ...]]) -> Body:
        raise NotImplementedError

    def loop(self, row: Sequence[Loop]) -> list[Any]:
        """A loop that runs again, or, where its rounds have too little in common, what it did, written out."""
        if any(not isinstance(step, Loop) or step.site != row[0].site for step in row):
            raise Unmergeable("steps in another order")
        if self.is_short(row):
            return self.written_out(row)
        saved, values = self.saved(), len(self.values)
        try:
            return self.turned(row)
        except StillRead:
            self.restore(saved)
            self.forget_values(values)
            with self.all_handed_on():
                return self.loop(row)
        except Unmergeable:
            self.restore(saved)
            return self.written_out(row)

    def is_short(self, row: Sequence[Loop]) -> bool:
        """Whether every loop turns as few times as nobody writes a loop for, whatever the caller chooses."""
        few = len({len(loop.rounds) for loop in row}) == 1 and len(row[0].rounds) < TURNS
        inner = [s for loop in row for made in loop.rounds for s in every(made.body) if isinstance(s, Loop)]
        twice = len(row[0].rounds) > 1 and any(len(loop.rounds) >= TURNS for loop in inner)
        if twice or any(map(has_lists, inner)):
            return False
        names = (self.behind(turned_by(loop), i) for i, loop in zip(self.who, row, strict=True))
        behind = frozenset().union(*names)
        sums = any(isinstance(start, Known) for loop in row for start in loop.starts)
        return few and not sums and not self.may_vary(behind) and not (behind & self.strict) - self.constant

    def written_out(self, row: Sequence[Loop]) -> list[Any]:
        if len({len(loop.rounds) for loop in row}) > 1:
            raise Unmergeable("several numbers of rounds")
        if any(map(needs_items, row)):
            raise Unmergeable("a list whose items are known one by one")
        for thread, loop in zip(self.who, row, strict=True):
            self.settles(self.behind(turned_by(loop), thread))
        now = [loop.starts for loop in row]
        found = self.numbers_before(row)
        for rounds in zip(*(loop.rounds for loop in row), strict=True):
            self.settle([made.sizes for made in rounds])
            self.settle([made.names for made in rounds])
            self.go_on([made.values for made in rounds], now)
            found += self.steps([made.body for made in rounds])
            now = [made.ends for made in rounds]
        self.settle([loop.leaves for loop in row])
        self.go_on([loop.exits for loop in row], now)
        return found

    def go_on(self, values: Sequence[tuple[Any, ...]], sources: Sequence[tuple[Any, ...]]) -> None:
        """What a round takes is what there is, under another number."""
        for thread, column, given in zip(self.who, values, sources, strict=True):
            for value, source in zip(column, given, strict=True):
                if isinstance(value, Value) and not isinstance(source, Known):
                    self.note_number(thread, value.number, self.own_number(thread, source.number))

    def settle(self, columns: Sequence[tuple[Local, ...]]) -> None:
        """Sizes that have no name of their own here: they are what they are outside."""
        if len({len(column) for column in columns}) > 1:
            return
        for locals_ in zip(*columns, strict=True):
            values = [local.value for local in locals_]
            if not all(isinstance(value.value, int) and not isinstance(value.value, bool) for value in values):
                continue
            found = next((s for s in self.shared_spellings(values) if isinstance(s, Dim)), None)
            if found is None and self.free(values):
                continue
            if found is None:
                self.settles(self.offered(values))
            for thread, local in zip(self.who, locals_, strict=True):
                self.note_key(thread, local.key, int(local.value.value) if found is None else found)

    def turned(self, row: Sequence[Loop]) -> list[Any]:
        if not all(loop.steady for loop in row):
            row = [sizeless(loop) for loop in row]
        turning = self.threads_of(row)
        if not turning.rounds:
            return self.written_out(row)
        self.enter(turning)
        flows, lost = self.flows(turning), set(self.lost)
        self.note_idle(turning)
        with self.among(list(turning.rounds), turning.frame), self.inside():
            takes = self.items_taken(turning)
            body = self.steps([made.body for made in turning.rounds.values()])
            ends = [self.use(column) for column in zip(*(m.ends for m in turning.rounds.values()), strict=True)]
        del self.open[len(self.open) - len(turning.sizes) :]
        carried = self.carry(turning)
        for thread in turning.rounds:  # nothing asks for their names any more
            self.keys[thread] = {}
        if not body and all(end == value for (value, _), end in zip(flows, ends, strict=True)):
            self.leave_as_begun(turning, carried)
            self.go_on([loop.exits for loop in row], [loop.starts for loop in row])
            return []
        turns = tuple(Flow(value, start, end) for (value, start), end in zip(flows, ends, strict=True))
        self.checked(turning, body)
        if row[0].builds:
            if self.lost - lost:
                raise Unmergeable("a list of modules would settle what its items, one by one, would not")
            self.lengths |= turning.frame.turns & turning.frame.lengths
            self.settles(turning.frame.turns - turning.frame.lengths)
        turns = tuple(dict.fromkeys(turns))
        head = self.head(turning, not carried and self.is_led(body))
        made = Repeat(*head, body, carried, turns, row[0].site, self.in_list, takes, self.turns_by(turning))
        self.repeats.append(made)
        return [*turning.begun, made]

    def flows(self, turning: Turning) -> list[tuple[Value, Value]]:
        """What each round takes from the one before, as values of the merged class, and what the first one takes.

        Values that begin and go on alike are one.
        """
        found: list[tuple[Value, Value]] = []
        known: dict[Any, Value] = {}
        rounds = list(turning.rounds.values())
        if len({loop.places for loop in turning.row}) > 1:
            raise Unmergeable("not the same flows on in every use")
        for place in range(len(turning.row[0].starts)):
            starts = [loop.starts[place] for loop in turning.row]
            if not all(isinstance(value, Value) for m in rounds for value in (m.values[place], m.ends[place])):
                raise Unmergeable("what flows is not clear in every round")
            key = tuple(getattr(v, "number", -place) for v in starts), tuple(m.ends[place].number for m in rounds)
            begins = any(isinstance(start, (Known, list)) for start in starts)
            if begins:
                turning.begun.append(self.beginning(turning.row, place, rounds))
            start = turning.begun[-1].target if begins else self.use(starts)
            value = known.get(key) or self.new_value({}, [m.values[place] for m in rounds] or starts)
            known[key] = value
            for thread, made in turning.rounds.items():
                self.take(thread, made.values[place], value)
            for thread, loop in zip(turning.outer, turning.row, strict=True):
                self.take(thread, loop.exits[place], value)
            found.append((value, start))
        return found

    def take(self, thread: int, given: Value, value: Value) -> None:
        if self.number_in(thread, given.number) not in (None, value.number):
            raise Unmergeable("one value goes on as two")
        self.note_number(thread, given.number, value.number)

    def checked(self, turning: Turning, body: Body) -> None:
        """Looks at a loop as it will be."""
        self.refuse_sizes(body)

    def refuse_sizes(self, body: Body) -> None:
        """Sizes that are carried are the constructor's: forward() does not know them."""
        if self.carried & forward_names(body):
            raise Unmergeable("forward() needs a size that rounds carry")

    # Entering

    def threads_of(self, row: Sequence[Loop]) -> Turning:
        """A thread for each round; rounds that are one and the same share it."""
        rounds: dict[int, Round] = {}
        threads: list[list[int]] = []
        frame = Frame({})
        for outer, loop in zip(self.who, row, strict=True):
            known: dict[int, int] = {}
            said = said_outside(loop)
            for made in loop.rounds:
                if id(made) not in known:
                    known[id(made)] = thread = len(self.member)
                    self.member.append(self.member[outer])
                    self.around_of.append(outer)
                    self.keys.append(dict(self.keys[outer]))
                    frame.outer[thread], rounds[thread], frame.said[thread] = outer, made, said
            threads.append([known[id(made)] for made in loop.rounds])
        frame.rounds = rounds
        return Turning(row, list(self.who), rounds, threads, frame, [], [])

    def local(self, name: str) -> str:
        columns = {column.name for frame in self.frames for column in frame.columns}
        taken = Taken(self.locals, self.authored_safe, self.reserved, self.tensors, columns)
        found = fresh(safe(name), taken, self.since)
        self.note_local(found, found if safe(name) in self.tensors else name)
        return found

    def enter(self, turning: Turning) -> None:
        """Says what the names of the rounds are called."""
        first = next(iter(turning.rounds.values()))
        if any(len(made.names) != len(first.names) for made in turning.rounds.values()):
            raise Unmergeable("rounds with names of their own")
        pairs = zip(turning.outer, turning.row, strict=True)
        turning.frame.turns = frozenset().union(*(self.behind(turned_by(x), thread) for thread, x in pairs))
        turning.frame.lengths = self.lengths_of(turning.row)
        self.frames.append(turning.frame)
        turning.names = [self.local(local.name) for local in first.names]
        self.frames.pop()
        self.authors |= set(turning.names)
        for place, name in enumerate(turning.names):
            values = [made.names[place].value for made in turning.rounds.values()]
            self.typed[name] = annotation(values) if all(map(simple, values)) else "template"
        alike = {tuple(local.name for local in made.sizes) for made in turning.rounds.values()}
        alike |= {tuple(local.name for local in loop.leaves) for loop in turning.row}
        steady = [] if len(alike) > 1 else [self.steady(turning, n) for n in range(len(first.sizes))]
        for local, start in zip(first.sizes, steady, strict=False):
            turning.sizes.append(str(start) if start is not None else self.local(local.name))
        for thread, made in turning.rounds.items():
            for name, local in zip(turning.names, made.names, strict=True):
                self.note_key(thread, local.key, symbol(name))
            for name, size, local in zip(turning.sizes, steady, made.sizes, strict=False):
                self.note_key(thread, local.key, symbol(name) if size is None else size)
        turning.own = {name for name, size in zip(turning.sizes, steady, strict=False) if size is None}
        self.carried |= turning.own
        behind = {name: set(self.sources.get(name, ())) for name in (*turning.names, *turning.sizes)}
        for thread, made in turning.rounds.items():
            origins = self.origins[self.member[thread]]
            for name, local in zip((*turning.names, *turning.sizes), (*made.names, *made.sizes), strict=False):
                behind[name] |= origins.get(local.key, frozenset())
        self.sources |= {name: frozenset(found) for name, found in behind.items() if name in self.locals}
        turning.began = self.clock
        turning.frame.first = frozenset(some[0] for some in turning.threads if some)
        counting = ((name, self.counts_from(turning, place)) for place, name in enumerate(turning.names))
        turning.frame.index = next(((name, start) for name, start in counting if start is not None), None)
        self.begun |= dict.fromkeys(turning.own, turning.began)  # others are a loop's around
        self.around |= {name: frozenset(self.open) for name in turning.own}
        self.open += turning.sizes

    def lose_rounds(self, items: Sequence[Known]) -> None:
        """A decision is not asked again: a round that is not there could decide otherwise."""
        for thread, item in zip(self.who, items, strict=True):
            if any(MARK in name for name in names_of(item)):
                self.lost |= self.may_vary(self.behind(names_of(item), thread))
                for frame in self.frames:
                    self.fix_turns(frame)

    # What is carried

    def carry(self, turning: Turning) -> tuple[Carry, ...]:
        """The sizes that each round hands on to the next, and to what follows the loop."""
        found: list[Carry] = []
        self.refuse_idle()
        waiting = [place for place, name in enumerate(turning.sizes) if name in turning.own]
        for kept in sorted({*range(len(turning.sizes))}.difference(waiting)):
            self.leave(turning, kept, turning_size(turning, self.keys, kept))
        while (place := next((place for place in waiting if self.is_needed(turning, place)), None)) is not None:
            waiting.remove(place)
            if made := self.handed_on_or_lost(turning, place, turning.sizes[place]):
                found.append(made)
        self.carried.difference_update(turning.sizes[place] for place in waiting)
        for place in waiting:
            self.leave_number(turning, place)
        self.ended |= {made.name: self.last_use.get(made.name, 0) for made in found}
        return in_turn(found)

    def handed_on_or_lost(self, turning: Turning, place: int, name: str) -> Carry | None:
        """How a size is handed on; where that cannot be written, a table has it, and what decides it is settled."""
        saved, lost, is_read = self.saved(), set(self.lost), bool(self.used[name])
        made = self.handed_on(turning, place, name)
        if made is not None and (is_read or self.lost <= lost):
            self.carries[name] = made
            self.leave(turning, place, symbol(name))
            return made
        self.restore(saved)
        self.carried.discard(name)
        if not is_read:  # whoever reads it behind the loop loses what it hangs on
            return None
        self.refuse_table(turning, name)
        values = {thread: Known(made.sizes[place].value.value) for thread, made in turning.rounds.items()}
        hangs = self.takes & self.sources.get(name, frozenset())
        turning.frame.columns.append(Column(name, name, values, hangs))
        self.lose(turning)
        self.lost |= self.may_vary(self.sources.get(name, frozenset()))
        return None

    def handed_on(self, turning: Turning, place: int, name: str) -> Carry | None:
        """The statements before the loop and at the end of a round, if they can be written."""
        last_use = dict(self.last_use)
        try:
            start = self.known([self.start_of(loop, place) for loop in turning.row], self.start_name(name))
        except Unmergeable:
            return None
        other = str(start.value.spelling) if isinstance(start.value, Written) else ""
        if (other in self.carried or other in self.sizes) and last_use.get(other, 0) <= turning.began:
            self.aliases[name] = other, self.clock
        with self.among(list(turning.rounds), turning.frame):
            update = self.settled([made.after[place] for made in turning.rounds.values()], name)
        if update is None:
            return None
        if other.isidentifier() and other not in self.carried and is_kept(name, start, update):
            self.settled_as[name] = other
        return Carry(name, start, update)

    def start_name(self, name: str) -> str:
        """What a loop takes in is, inside of another one, what a module before it gives."""
        name = self.wanted[name]
        return f"out_{name[3:]}" if len(self.frames) > 1 and name.startswith("in_") else name

    def settled(self, items: Sequence[Known], name: str) -> Known | None:
        """How a size of that name is handed on without asking for anything new."""
        if spellings := self.shared_spellings(items):
            whole = self.write(spellings)
            ways = in_one_way(whole, name, {text_of(made.condition) for made in self.decisions})
            if ways is not whole:  # its parts are written one by one
                self.used.subtract(written_in(whole))
                self.used.update(name for part in written_parts(ways) for name in written_in(part))
            return ways
        if not self.free(items) and all(same(plain_value(item), plain_value(items[0])) for item in items):
            return self.same_in_all(items)
        if told := self.by_kind(items):
            return told
        if told := self.multiple(items) or self.by_decision(items):
            if not changed_one_way(told, name):
                return self.in_words(told)
            self.used.update(written_in(told.value.condition))  # which is written in its arm, and again here
            return told
        found = None if self.free(items) else self.column_around(dict(zip(self.who, items, strict=True)))
        return self.write([symbol(found.name)]) if found else None

    def same_in_all(self, items: Sequence[Known]) -> Known:
        """A number that is one in all rounds; what the class takes anyway is told, or the class does not take it."""
        offered = self.offered(items)
        if not offered & self.strict:
            self.plain |= offered
        elif whole := self.whole(items):
            return self.write(whole)
        else:
            self.lost |= offered
        return items[0]


def sizeless(loop: Loop) -> Loop:
    """A loop that hands on no sizes."""
    return replace(loop, rounds=tuple(replace(made, sizes=(), after=()) for made in loop.rounds), leaves=())


def changed_one_way(known: Known, name: str) -> bool:
    """Whether only one way of a decision makes something else of a size."""
    ways = known.value
    return isinstance(ways, Ways) and name in (said(ways.then), said(ways.otherwise))


def in_one_way(known: Known, name: str, conditions: set[str]) -> Known:
    """A size that is what it was unless a condition holds, as what that makes of it, if the class has arms for it."""
    size = known.value.spelling if isinstance(known.value, Written) else None
    atoms, factor = size.terms[0] if isinstance(size, Dim) and len(size.terms) == 1 else ((), 0)
    formula: Any = atoms[0].key if len(atoms) == 1 and factor == 1 and atoms[0].kind == "call" else None
    if not isinstance(formula, Formula) or formula.sign != "if" or str(formula.parts[1]) not in conditions:
        return known
    ways = Ways(*(Known(part if isinstance(part, int) else Written(part)) for part in formula.parts))
    return Known(ways) if name in (said(ways.then), said(ways.otherwise)) else known


def turning_size(turning: Turning, keys: Any, place: int) -> Any:
    """What a size is called that no round changes."""
    thread, made = next(iter(turning.rounds.items()))
    return keys[thread][made.sizes[place].key]
