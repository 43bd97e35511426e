"""What a merged loop runs over: a list of the author's, a count, or a table of what differs between its rounds."""

from __future__ import annotations

from ..dims import Dim
from ..graph import Instance, Known
from ..loops import MARK, Local, Loop, Round, every
from ..patterns import re
from ..records import dataclass, field, replace
from ..typed import Any, Iterable, Iterator, Sequence
from .columns import came_to
from .expressions import annotation, plain_value
from .flowing import Flowing
from .forming import Column, Frame, same
from .plans import Body, Source
from .varying import NONE, loops_of, names_of

MEASURED = r"len\((\w+)(?:\[[-:\d]*\])?\)"
LENGTH = r"len\((\w+(?:\[[-:\d]*\])?)\)"  # the same, with the list or the part of it


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
    own: set[str] = field(default_factory=set)  # those of them that its rounds may change
    began: int = 0
    begun: list[Any] = field(default_factory=list)  # the steps before it that set what its rounds hand on


class Tables(Flowing):
    """The heads of loops. `typed` are the types of their variables, whole numbers left out."""

    typed: dict[str, str]
    settled_as: dict[str, str]  # names that are others

    def write_out(self, way: str) -> list[Any]:
        """The bodies with their loops written out, all of them (`flat`) or those that gather lists."""
        if way == "flat":
            self.write_out_loops()
            return list(self.members)
        written: list[Any] = []
        for thread, member in enumerate(self.members):
            otherwise = member.layout.otherwise if member.layout else None
            written.append((otherwise.layout if otherwise else member.layout) or member)
            if otherwise is not None:
                self.write_down(otherwise.settled)
                self.keys[thread] |= otherwise.came_to
        return written

    def write_down(self, names: frozenset[str]) -> None:
        """What is written hangs on these; of a list, on nothing but its length where this alone is named."""
        self.settles(names)
        self.lengths |= {name[4:-1] for name in names if name.startswith("len(")}

    def write_out_loops(self) -> None:
        """The loops of bodies are written out: what decides them stays as it is, and their names are what they are."""
        for thread, member in enumerate(self.members):
            body = member.layout.body if member.layout else ()
            self.write_down(member.layout.picked if member.layout else NONE)
            if not member.parameters and not member.sizes:  # nothing else hangs on its turns
                self.settles(self.behind(frozenset().union(*map(turned_by, loops_of(body))), thread))
                self.keys[thread] |= dict(turns_in(body))
                continue
            loops = [step for step in every(body) if isinstance(step, Loop)]
            behind = [(turned_in(member, loop), self.lengths_of([loop])) for loop in loops]
            counted = NONE.union(*(names - lengths for names, lengths in behind))
            self.lengths |= NONE.union(*(names for names, _ in behind)) - counted
            self.settles(counted)
            self.keys[thread] |= came_to(member, keys_of(loops))

    def lose(self, turning: Turning) -> None:
        """What is written down holds for no other number of rounds."""
        lengths = self.lengths_of(turning.row)
        for thread, loop in zip(turning.outer, turning.row, strict=True):
            names = self.may_vary(self.behind(turned_by(loop), thread))
            self.lengths |= names & lengths
            self.lost |= names - lengths

    def lengths_of(self, row: Sequence[Loop]) -> frozenset[str]:
        """The lists of the class of which a loop asks nothing but how long they are to know how often it turns."""
        texts = [str(s) for loop in row for s in loop.count.spellings[:1]]
        names = {name for text in texts for name in re.findall(MEASURED, text)}
        return frozenset(name for name in names if all(is_measured(name, text) for text in texts))

    def is_led(self, body: Body) -> bool:
        """Whether all that a loop does is to go through lists of modules: it turns as often as these are long."""
        raise NotImplementedError

    def head(self, turning: Turning, is_led: bool) -> tuple[tuple[str, int] | None, Known | None, tuple[Source, ...]]:
        """The index, how often the loop turns if nothing else says so, and what it runs over."""
        frame, index = turning.frame, None
        mine = {name: n for n, name in enumerate(turning.names) if self.used[name]}
        spelled: dict[str, list[tuple[str, int | None]]] = {}
        for name, place in mine.items():
            start = self.counts_from(turning, place)
            if start is not None and index is None:
                index = (name, start)
            elif (text := self.counts_down(turning, place)) is not None:
                spelled.setdefault(text, []).append((name, None))
            elif (found := self.source(turning, place)) is not None:
                self.note_target(spelled.setdefault(found[0], []), name, found[1])
            else:
                values = {thread: made.names[place].value for thread, made in turning.rounds.items()}
                frame.columns.append(Column(name, name, values, is_said=True))
        shortest = False
        if spelled or index is None:
            spelled, shortest = self.shortest(turning, spelled)
        pairs = ((text, part) for text, targets in spelled.items() for part in apart(targets))
        sources = [self.spelled_source(turning, text, targets) for text, targets in pairs]
        sources = [replace(source, shortest=True) for source in sources] if shortest else sources
        if frame.columns:
            sources.append(self.table(turning))
        if sources:
            return index, None, tuple(sources)
        if is_led:
            return index, None, ()
        counts = [loop.count for loop in turning.row]
        if not self.shared_spellings(counts) and (through := self.through(turning)) is not None:
            if any(self.ends(turning)):
                self.lose(turning)
            return index, None, (through,)
        return index, self.known(counts, "depth"), ()

    def note_target(self, targets: list[tuple[str, int | None]], name: str, part: int | None) -> None:
        """A variable of a loop that goes through a list, or through that part of its rows; one that does so already
        stands for it."""
        if (first := next((n for n, p in targets if p == part), None)) is not None:
            self.settled_as[name] = first
        else:
            targets.append((name, part))

    def shortest(
        self, turning: Turning, spelled: dict[str, list[tuple[str, int | None]]]
    ) -> tuple[dict[str, list[tuple[str, int | None]]], bool]:
        """The lists that a loop goes through, those included that it does not read and may end with, if there are
        several; whether these are all that it may end with. If not, how often it turns stays as it is."""
        ends = self.ends(turning)
        if not any(ends) or turning.frame.columns:
            return spelled, False
        found = [self.source(turning, place) for place in range(len(turning.names))]
        ordered = {source[0]: spelled.get(source[0], [("_", None)]) for source in found if source is not None}
        measured = {text.removesuffix("[::-1]") for text in ordered}
        if len(ends) == 1 and all(end in measured for end in min(ends)):
            return ordered, True
        if spelled:
            self.lose(turning)
        return spelled, False

    def ends(self, turning: Turning) -> set[tuple[str, ...]]:
        """The lists of which the shortest ends a loop, in each of the loops; none where one list, or a number, does."""
        found = set()
        for outer, loop in zip(turning.outer, turning.row, strict=True):
            texts = [str(self.renumbered(spelling, outer)) for spelling in loop.count.spellings]
            text = next((text for text in texts if text.startswith("min(")), "")
            lengths = (re.fullmatch(LENGTH, part) for part in text[4:-1].split(", ") if part)
            found.add(tuple(length[1] if length else "" for length in lengths))
        return found

    def through(self, turning: Turning) -> Source | None:
        """The list of the author's that a loop goes through without a look at its items."""
        found = (self.source(turning, place) for place in range(len(turning.names)))
        text = next((source[0] for source in found if source is not None), None)
        return Source(("_",), self.write([text])) if text else None

    def counts_from(self, turning: Turning, place: int) -> int | None:
        """Where a variable starts that counts the rounds, whatever the caller chooses."""
        starts = set()
        if not all(made.names[place].counts for made in turning.rounds.values()) and not self.turns_so_often(turning):
            return None
        for outer, some in zip(turning.outer, turning.threads, strict=True):
            if any(self.may_vary(self.behind(names_of(turning.rounds[t].names[place].value), outer)) for t in some):
                return None
            values = [turning.rounds[thread].names[place].value.value for thread in some]
            if any(isinstance(v, bool) or not isinstance(v, int) for v in values):
                return None
            if any(turning.rounds[thread].names[place].turned for thread in some):
                return None
            if values and values != list(range(values[0], values[0] + len(values))):
                return None
            starts |= set(values[:1])
        return int(starts.pop()) if len(starts) == 1 and self.are_plain(turning, place) else None

    def counts_down(self, turning: Turning, place: int) -> str | None:
        """What a variable runs through that counts down to the same number, however often the loop turns."""
        if not all(made.names[place].counts and made.names[place].turned for made in turning.rounds.values()):
            return None
        rows = [[turning.rounds[thread].names[place].value.value for thread in some] for some in turning.threads]
        lows = {row[-1] for row in rows if row}
        if len(lows) != 1:
            return None
        count: Any = plain_value(self.known([loop.count for loop in turning.row], "depth"))
        low, long = lows.pop(), getattr(count, "spelling", count)
        return f"reversed(range({f'{low}, ' if low else ''}{long + low}))" if isinstance(long, (int, Dim)) else None

    def turns_so_often(self, turning: Turning) -> bool:
        """Whether a loop turns as often in all uses, whatever a caller chooses."""
        return len({len(loop.rounds) for loop in turning.row}) == 1 and not self.may_vary(turning.frame.turns)

    def are_plain(self, turning: Turning, place: int) -> bool:
        """Whether what a variable is may be written down: notes the names it hangs on that the class may take."""
        pairs = [(outer, thread) for outer, some in zip(turning.outer, turning.threads, strict=True) for thread in some]
        names = (self.behind(names_of(turning.rounds[thread].names[place].value), outer) for outer, thread in pairs)
        offered = self.takes.intersection(frozenset().union(*names))
        self.plain |= offered - self.strict
        return not offered & self.strict

    def source(self, turning: Turning, place: int) -> tuple[str, int | None] | None:
        """The list that a variable runs through, or the part of one, and which part of its rows it is."""
        found: set[tuple[str, int | None]] | None = None
        idle = [row for row in zip(turning.outer, turning.threads, turning.row, strict=True) if not row[1]]
        for outer, some, loop in zip(turning.outer, turning.threads, turning.row, strict=True):
            locals_ = [turning.rounds[thread].names[place] for thread in some]
            items = [self.items_said(local.value, outer) for local in locals_]
            found_of = {key: [each.get(key) for each in items] for key in set().union(*items)}
            said = ((key, self.through_all(places, key[0], outer, loop, locals_)) for key, places in found_of.items())
            here = {(text, part) for (_, part), text in said if text}
            if some:
                found = here if found is None else found & here
        found = {key for key in found or () if all(self.is_measured_by(key[0], outer, loop) for outer, _, loop in idle)}
        return min(found, key=str) if found else None

    def is_measured_by(self, text: str, thread: int, loop: Loop) -> bool:
        """Whether a loop that does not turn goes through a list of the class, or that part of it."""
        given = self.list_of(text.partition("[")[0], thread)
        return given is not None and f"len({text.removesuffix('[::-1]')})" in self.counted(loop, thread)

    def counted(self, loop: Loop, thread: int) -> str:
        """The ways to say how often a loop turns, over the names of the class."""
        return " ".join(str(self.renumbered(spelling, thread)) for spelling in loop.count.spellings)

    def items_said(self, known: Known, thread: int) -> dict[tuple[str, int | None], int]:
        """Of which lists something is an item, by their names and by the part of a row: which one."""
        texts = (str(self.renumbered(spelling, thread)) for spelling in known.spellings)
        found = (re.fullmatch(r"(\w+)\[(\d+)\](?:\[(\d+)\])?", text) for text in texts if text[-1:] == "]")
        return {(match[1], int(match[3]) if match[3] else None): int(match[2]) for match in found if match}

    def through_all(
        self, places: Sequence[int | None], name: str, thread: int, loop: Loop, locals_: Sequence[Local]
    ) -> str | None:
        """A list of the class as a loop goes through it, whatever is in it; None where it turns for other reasons.

        One round does not tell which way the loop goes: its author does.
        """
        given = self.list_of(name, thread)
        if given is None or name not in self.parameters:
            return None
        first, last = places[:1] or [0], places[-1:] or [-1]
        ways = [(name, name, range(len(given))), (f"{name}[::-1]", name, range(len(given))[::-1])]
        ways += [(text, text, range(first[0], len(given))) for text in (f"{name}[{first[0]}:]",) if first[0]]
        behind = (last[0] or 0) + 1 - len(given)
        ways += [(text, text, range(len(given) + behind)) for text in (f"{name}[:{behind}]",) if behind]
        left = (first[0] or 0) + 1 - len(given)
        part = f"{name}[:{left}]"
        ways += [(f"{part}[::-1]", part, range(len(given) + left)[::-1])] if left < 0 else []
        if len(locals_) == 1:
            ways = [way for way in ways if way[0].endswith("[::-1]") is locals_[0].turned]
        count = self.counted(loop, thread)
        return next((t for t, measured, way in ways if list(way) == list(places) and f"len({measured})" in count), None)

    def list_of(self, name: str, thread: int) -> list[Known] | None:
        parameters = self.members[self.member[thread]].parameters
        value = next((p.value.value for p in parameters if p.name == name), None)
        return value if isinstance(value, list) else None

    def spelled_source(self, turning: Turning, text: str, targets: list[tuple[str, int | None]]) -> Source:
        known = self.write([text])
        if targets[0][1] is None:
            return Source((targets[0][0],), known)
        rows = next(filter(None, (self.list_of(text.partition("[")[0], thread) for thread in turning.outer)), ())
        width = len(rows[0].value) if rows else 0
        names = {place: name for name, place in targets}
        return Source(tuple(names.get(n, "_") for n in range(width)), known)

    def table(self, turning: Turning) -> Source:
        """What no list of the author's says: a table, which may differ between the loops."""
        columns = turning.frame.columns
        order = [thread for some in turning.threads for thread in some]
        filled = [dict(zip(order, self.filled(column, order), strict=True)) for column in columns]
        self.typed |= {column.name: annotation(list(column.values.values())) for column in columns}
        self.lose(turning)
        tables = []
        for some in turning.threads:
            rows = [tuple(values[thread] for values in filled) for thread in some]
            tables.append(Known([row[0] if len(row) == 1 else Known(row) for row in rows]))
        if all(same(table, tables[0]) for table in tables):
            self.settles(NONE.union(*(column.hangs for column in columns)))
            self.settle_turns(turning)
        names = tuple(column.name for column in columns)
        known = self.known(tables, self.table_name(turning, names))
        if isinstance(known.value, list):  # its rows are written one by one, over names perhaps: there are no others
            self.settle_turns(turning)
        return Source(names, known)

    def settle_turns(self, turning: Turning) -> None:
        """How often a loop turns stays as it is."""
        lengths = self.lengths_of(turning.row)
        for outer, loop in zip(turning.outer, turning.row, strict=True):
            behind = self.behind(turned_by(loop), outer)
            self.lengths |= behind & lengths
            self.settles(behind - lengths)

    def table_name(self, turning: Turning, names: tuple[str, ...]) -> str:
        """`depths` for one column; for more the author's list of rows, or what a loop over loops goes through."""
        if len(names) == 1:
            return f"{self.wanted.get(names[0], names[0])}s"
        made = next(iter(turning.rounds.values()))
        spelled = (str(text) for local in made.names for text in local.value.spellings)
        rows = next((found[1] for text in spelled if (found := re.fullmatch(r"(\w+)\[\d+\]\[\d+\]", text))), None)
        if rows and rows not in self.parameters:
            return rows.partition(MARK)[0]
        return "stages" if any(loops_of(made.body)) else "rows"


def apart(targets: Sequence[tuple[str, int | None]]) -> Iterator[list[tuple[str, int | None]]]:
    """The names that one way through a list binds: that of an item, or of the parts of one, each of another part."""
    left = list(targets)
    while left:
        of_parts = left[0][1] is not None
        one = [*{part: (name, part) for name, part in reversed(left) if (part is not None) is of_parts}.values()][::-1]
        yield one
        left = [target for target in left if target not in one]


def strip(known: Known) -> Known:
    return Known(plain_value(known))


def turns_in(steps: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """The whole numbers that the names of loops stand for, by their symbols, where all rounds are written out."""
    for loop in (step for step in every(steps) if isinstance(step, Loop)):
        values = ((local.key, local.value.value) for made in loop.rounds for local in made.names)
        yield from ((key, int(value)) for key, value in values if isinstance(value, int))


def keys_of(loops: Iterable[Loop]) -> Iterator[str]:
    """The names of the rounds of loops, and of the sizes behind them."""
    for loop in loops:
        yield from (local.key for local in loop.leaves)
        yield from (local.key for made in loop.rounds for local in (*made.names, *made.sizes))


def turned_in(member: Instance, loop: Loop) -> frozenset[str]:
    """The names of the class that decide how often a loop turns, where those around it are written out, too."""
    return NONE.union(*(member.sources.get(name, (name,)) for name in turned_by(loop)))


def is_measured(name: str, text: str) -> bool:
    """Whether a list, or slices of it, stand in a text only to say how long they are."""
    return re.findall(MEASURED, text).count(name) == re.findall(r"\w+", text).count(name)


def turned_by(loop: Loop) -> frozenset[str]:
    """The names that decide how often a loop turns."""
    return names_of(loop.count)
