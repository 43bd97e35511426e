"""The sizes that the rounds of loops hand on, and what the names of loops are called once all are known."""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import put
from ..graph import Instance, Known, Make
from ..lean import Counter, contextmanager
from ..loops import Came, Loop, every
from ..typed import Any, Container, Iterator, Mapping, Sequence
from .expressions import Ways, Written
from .forming import Unmergeable, same
from .names import KINDS, Busy, Taken, plain_word
from .naming import written_in
from .plans import Carry, Repeat, said
from .tables import Tables, Turning, turned_by
from .varying import Names, names_of

FEW = 8  # rounds that can be read one by one


def names_read(carry: Carry) -> Counter[str]:
    """What is read to hand a size on, each name as often as it stands there."""
    parts = [*written_parts(carry.start), *written_parts(carry.update)]
    return Counter(name for part in parts for name in written_in(part))


def written_parts(known: Known) -> list[Known]:
    ways = known.value
    if not isinstance(ways, Ways):
        return [known]
    return [part for way in (ways.then, ways.condition, ways.otherwise) for part in written_parts(way)]


def spelled_with(known: Known, names: Mapping[str, Any]) -> tuple[str, ...]:
    """How a number is written, with others for some names."""
    values = [part.value for part in written_parts(known)]
    return tuple(str(put(value.spelling, names)) if isinstance(value, Written) else repr(value) for value in values)


class StillRead(Unmergeable):
    """A size is read that was not handed on."""


class Carried(Tables):
    """What is carried. `aliases` are sizes that start as another one: its name, and when it was read."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members, varying, lost, strict)
        self.aliases: dict[str, tuple[str, int]] = {}
        self.carries: dict[str, Carry] = {}
        self.settled_as: dict[str, str] = {}  # sizes that start as a name of what is around, and go on as that
        self.ended: dict[str, int] = {}  # when a round that carries a size last read it
        self.begun: dict[str, int] = {}  # when its first round began
        self.authors: set[str] = set()  # variables of the author's loops
        self.typed: dict[str, str] = {}  # the types of those that are no whole numbers
        self.around: dict[str, frozenset[str]] = {}  # those around each
        self.repeats: list[Repeat] = []
        self.idle: dict[
            str, Names
        ] = {}  # sizes of the loop at hand that nothing reads: what inner loops leave for them
        self.may_idle = True
        self.in_list = False  # whether this loop fills a list, and another one runs in forward()
        self.list_depth = 1  # the frames around such a list: in a round that names it, several
        self.makes_lists = False  # whether rounds do

    def known_of_carries(self) -> tuple[Any, ...]:
        return dict(self.aliases), dict(self.carries), dict(self.settled_as), dict(self.ended), list(self.repeats)

    def is_needed(self, turning: Turning, place: int) -> bool:
        """Whether a size is read in the rounds, or by what they hand on, or behind them."""
        wanted = self.is_wanted_after(turning, place) and not self.is_left(turning, place)
        return wanted or bool(self.used[turning.sizes[place]])

    def is_left(self, turning: Turning, place: int) -> bool:
        """Whether what follows has the size from elsewhere: from a loop that fills a list, or from the one after it."""
        if self.in_list:
            return len(self.frames) == self.list_depth
        return (self.makes_lists or len(self.frames) == 1) and self.is_known(turning, place)

    def note_idle(self, turning: Turning) -> None:
        """Sizes inside a loop that only come to what a loop before it has come to, one that fills another list."""
        rounds = turning.rounds.values()
        if len(self.frames) == 1:
            self.idle = {}
        elif self.in_list or not self.makes_lists:
            return
        makes = not self.in_list and any(isinstance(step, Make) for made in rounds for step in every(made.body))
        if makes or not self.may_idle:
            return
        for place, name in enumerate(turning.sizes):
            if name in turning.own and self.is_known(turning, place):
                self.idle[name] = frozenset().union(*(names_of(made.after[place]) for made in rounds))

    def refuse_idle(self) -> None:
        if len(self.frames) == 1 and any(self.used[name] for name in self.idle):
            raise StillRead("a size that was not to be handed on is read")

    @contextmanager
    def all_handed_on(self) -> Iterator[None]:
        """Inside, sizes are handed on whether or not something has come to them."""
        kept, self.may_idle = self.may_idle, False
        try:
            yield
        finally:
            self.may_idle = kept

    def is_known(self, turning: Turning, place: int) -> bool:
        """Whether what a size is behind a loop has been said."""
        pairs = zip(turning.outer, turning.row, strict=True)
        return all(loop.leaves[place].key in self.keys[thread] for thread, loop in pairs)

    def is_wanted_after(self, turning: Turning, place: int) -> bool:
        """Whether what follows the loop may have to ask for the size by name."""
        behind = [loop.leaves[place] for loop in turning.row if loop.leaves]
        idle = frozenset().union(*self.idle.values())
        if len(behind) < len(turning.row) or all(local.key in idle for local in behind):
            return False
        values = {int(local.value.value) for local in behind}
        free = self.free([Known(0, (symbol(local.key),)) for local in behind])
        return len(values) > 1 or bool(free)

    def refuse_table(self, turning: Turning, name: str) -> None:
        """A few sizes that hang on what a caller may choose are written out: a table would settle it."""
        behind = self.may_vary(self.sources.get(name, frozenset()))
        pairs = zip(self.who, turning.row, strict=True)
        turns = frozenset().union(*(self.behind(turned_by(loop), thread) for thread, loop in pairs))
        if behind - turns and max(map(len, turning.threads)) <= FEW:
            raise Unmergeable("a size that a caller may choose stands in a table")

    def steady(self, turning: Turning, place: int) -> Dim | None:
        """How a size is written outside that each round leaves as it was, or makes again what it was before; or what
        others were that are so, too."""
        found = self.begins_as(turning, place)
        if found is not None and not self.stay(turning, [place], found):
            count = min(len(made.sizes) for made in turning.rounds.values())
            alike = [n for n in range(count) if n == place or self.begins_as(turning, n) == found]
            while place in alike and (left := self.stay(turning, alike, found)) != alike:
                alike = left
            found = self.begins_as(turning, place) if place in alike else None
        self.asks_for_turns(found)
        return found

    def begins_as(self, turning: Turning, place: int) -> Dim | None:
        starts = [self.start_of(loop, place) for loop in turning.row]
        return next((s for s in self.shared_spellings(starts) if isinstance(s, Dim)), None)

    def stay(self, turning: Turning, places: Sequence[int], start: Dim) -> list[int]:
        """Those of these sizes, which begin as one, that each round makes of what one of them was, or as that again."""
        found = list(places)
        for thread, made in turning.rounds.items():
            own = {symbol(made.sizes[n].key) for n in places}
            ways = ((n, made.after[n].spellings) for n in found)
            found = [n for n, some in ways if own & {*some} or start in [self.renumbered(way, thread) for way in some]]
        return found

    @staticmethod
    def start_of(loop: Loop, place: int) -> Known:
        return loop.rounds[0].sizes[place].value if loop.rounds else loop.leaves[place].value

    def leave(self, turning: Turning, place: int, size: Any) -> None:
        for thread, loop in zip(turning.outer, turning.row, strict=True):
            self.note_key(thread, loop.leaves[place].key, size)

    def leave_as_begun(self, turning: Turning, carried: Sequence[Carry]) -> None:
        """Behind a loop whose rounds make nothing, and which is left out, sizes are what they were before it."""
        for carry in carried:
            size = carry.start.value.spelling if isinstance(carry.start.value, Written) else carry.start.value
            if not carry.stays or not isinstance(size, (Dim, int)):
                raise Unmergeable("a loop of sizes alone")
            self.leave(turning, turning.sizes.index(carry.name), size)

    def leave_number(self, turning: Turning, place: int) -> None:
        """A size that is one number behind all loops, and hangs on nothing that a caller may choose, is this number."""
        if not all(loop.leaves for loop in turning.row):
            return
        behind = [loop.leaves[place] for loop in turning.row]
        names = (self.behind(frozenset((local.key,)), i) for i, local in zip(turning.outer, behind, strict=True))
        hangs = frozenset().union(*names) & self.takes
        if len({int(local.value.value) for local in behind}) > 1 or self.may_vary(hangs) or hangs & self.strict:
            return
        for thread, local in zip(turning.outer, behind, strict=True):
            if local.key not in self.keys[thread]:
                self.note_key(thread, local.key, Came(int(local.value.value), hangs))

    def turns_by(self, turning: Turning) -> str | None:
        """What says whether a loop turns at all, or '' for what has no name; None if a caller cannot choose."""
        names = {loop.turns for loop in turning.row}
        if all(loop.rounds for loop in turning.row) and not self.may_vary(turning.frame.turns):
            return None
        return names.pop() if len(names) == 1 else ""

    def printed(self, taken: Container[str]) -> dict[str, str]:
        """What the names of loops are called: a size that goes on where another one ends is that one."""
        same_as = dict(self.settled_as)

        def called(name: str) -> str:
            while name in same_as:
                name = same_as[name]
            return name

        def join(name: str, other: str) -> None:
            if name not in same_as and called(other) != name:  # else they would be called after one another
                same_as[name] = other

        for other, name in self.handed_over():
            join(name, other)
        last = {n: o for n, (o, _) in self.aliases.items() if n not in same_as and self.is_last(n)}
        inner = {name for name, other in last.items() if other in self.around[name]}
        for name in (name for name in last if name not in inner):
            join(name, last[name])
        for name in (name for name in last if name in inner):
            ends = said(self.carries[last[name]].update)
            if called(ends) == called(name) or ends == said(self.carries[name].update) != "":
                join(name, last[name])
        words = self.words([name for name in self.wanted if called(name) == name], taken)
        return {name: words.get(called(name), called(name)) for name in self.wanted if name in self.locals}

    def handed_over(self) -> Iterator[tuple[str, str]]:
        """Sizes that end as one of a loop inside, and that nothing reads once this has begun."""
        for name, carry in self.carries.items():
            ends = said(carry.update)
            if ends in self.carries and name in self.around[ends] and self.ended[name] <= self.begun[ends]:
                yield name, ends

    def twins(self) -> dict[str, Any]:
        """The sizes that loops hand on, each as the first one that always is what it is: it begins and goes on alike.

        All of one loop are taken for one, until they are told apart.
        """
        kinds: dict[str, Any] = {c.name: n for n, loop in enumerate(self.repeats) for c in loop.carried}
        carries = [c for loop in self.repeats for c in loop.carried]
        for _ in carries:
            first: dict[Any, str] = {}
            same = {name: symbol(first.setdefault(kind, name)) for name, kind in kinds.items()}
            found = {c.name: (same[c.name], spelled_with(c.start, same), spelled_with(c.update, same)) for c in carries}
            if len(set(found.values())) == len(first):
                break
            kinds = found
        return same if carries else {}

    def begun_as(self, name: str) -> str:
        """What a size that stays what it starts as is called before the loop."""
        while name in self.settled_as:
            name = self.settled_as[name]
        return name

    def drop_idle(self) -> None:
        """Leaves out the sizes that nothing reads, and for lists those that stay what they are."""
        live = self.live({c.name: names_read(c) for loop in self.repeats for c in loop.carried})
        for loop in self.repeats:
            kept = (c for c in loop.carried if not (loop.in_list and c.name in self.settled_as))
            carried, loop.carried = loop.carried, tuple(c for c in kept if c.name in live)
            for idle in (c for c in carried if c.name not in live):
                self.used.subtract(names_read(idle))

    def live(self, reads: Mapping[str, Counter[str]]) -> set[str]:
        """The names that something reads which is not itself handed on for nothing."""
        others = Counter(self.used)
        for names in reads.values():
            others.subtract(names)
        found, left = set[str](), [name for name, count in others.items() if count > 0]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += reads.get(name, ())
        return found

    def locals_of_author(self) -> set[str]:
        return {self.wanted[name] for name in self.authors & self.locals if self.used[name]}

    def is_last(self, name: str) -> bool:
        """Whether nothing reads the size that this one starts as once it has."""
        other, clock = self.aliases[name]
        ends = self.ended if other in self.around[name] else self.last_use
        return ends.get(other) == clock and (other in self.carries or other in self.sizes)

    def words(self, names: Sequence[str], taken: Container[str]) -> dict[str, str]:
        """Plain words for names that are read, as far as there are any."""
        found: dict[str, str] = {}
        read = [name for name in names if name in self.locals and (self.used[name] or name in self.carries)]
        busy = Busy(Taken(taken, self.reserved))
        for name in sorted(read, key=lambda name: name != self.wanted[name]):
            busy.place = () if name in self.carries else self.places[name]
            busy.kind = self.typed.get(name, "int")
            others = KINDS.get(busy.kind, ()) if busy.differs(self.wanted[name]) else ()
            found[name] = plain_word(self.wanted[name], busy, others)
            busy.add(found[name])
        return found


def is_kept(name: str, start: Known, update: Known) -> bool:
    """Whether a size stays what it starts as."""
    return same(start, update) or (isinstance(update.value, Written) and str(update.value.spelling) == name)


def in_turn(carries: Sequence[Carry]) -> tuple[Carry, ...]:
    """Each before those that it reads are set anew; raises Unmergeable if they change places."""
    left, found = list(carries), list[Carry]()
    reads = {c.name: written_in(c.update) for c in left}
    while left:
        free = (c for c in left if not any(c.name in reads[other.name] for other in left if other is not c))
        following = next(free, None)
        if following is None:
            raise Unmergeable("sizes that change places")
        left.remove(following)
        found.append(following)
    return tuple(found)
