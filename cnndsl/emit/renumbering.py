"""How sizes that the members of a class have are spelled in its own names, and which loops must turn for that."""

from __future__ import annotations

from ..decided import Met
from ..dims import Dim, Formula, symbol
from ..dims.calls import put
from ..graph import Instance, Known
from ..lean import cached_property
from ..loops import MARK, Came
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .expressions import plain_value
from .forming import Forming
from .formulas import bracketed, of_fractions, picks_of_literal
from .names import Taken, rename
from .varying import NONE, Names, are_plain, as_word, settled_as, settled_none, spellings_of, symbols_of, with_settled


class Renumbering(Forming):
    """Spellings. `must_turn` are the names that say how often loops turn which must turn at least once.

    What the others are, `Numbers` says.
    """

    member: list[int]
    around_of: list[int]
    keys: list[dict[str, Any]]
    numbers: list[dict[int, int]]
    homes: list[dict[int, int]]
    locals: set[str]
    parameters: Sequence[str]
    sizes: list[str]
    available: Names  # parameters and sizes
    known_numbers: dict[str, Any]
    lists: Mapping[str, Any]

    def __init__(self, members: Sequence[Instance]) -> None:
        self.members = members
        self.written: dict[Any, Any] = {}  # spellings with what stands for their names
        self.must_turn: set[str] = set()
        self.leaning: set[str] | None = None  # of what is spelled just now, where that is noted
        self.if_turned: dict[Any, set[str]] = {}  # of what was spelled last, by way to write it

    @cached_property
    def absent(self) -> Mapping[str, None]:
        """The parameters that the class does not take, and that are None."""
        return settled_none(self.members, self.available)

    def shared_spellings(self, items: Sequence[Known]) -> list[Any]:
        """Spellings that every thread has, over names that the class may have, those of what flows last."""
        self.if_turned = {}
        sets = list(self.renumbered_all(items))
        distinct = {tuple(map(id, others)): others for others in sets[1:]}  # most threads have what others have
        words = [set(map(as_word, others)) for others in distinct.values()]
        shared = [s for s in sets[0] if s is not None and all(as_word(s) in others for others in words)]
        shared = shared or (of_fractions([sets[0], *distinct.values()]) if words else [])
        found = self.usable(shared)
        sure = [s for s in found if not self.if_turned.get(as_word(s))] if self.if_turned else found
        return sorted(sure or found, key=self.rank)

    def renumbered_all(self, items: Sequence[Known]) -> Iterator[list[Any]]:
        """The spellings of each thread's item; those that say nothing of rounds and run-time sizes once for all."""
        found: dict[tuple[Any, ...], list[Any]] = {}
        for thread, item in zip(self.who, items, strict=True):
            spellings = spellings_of(item)
            if spellings in found:
                yield found[spellings]
                continue
            self.leaning = set()
            made = [self.renumbered(spelling, thread) for spelling in spellings]
            if self.leaning:
                self.note_turns(spellings, made, thread)
            if all(spelling.__class__ is Dim and are_plain(spelling.symbols) for spelling in spellings):
                found[spellings] = made
            self.leaning = None
            yield made

    def usable(self, spellings: Iterable[Any]) -> list[Any]:
        """Those over names that the class may have."""
        taken = Taken(self.available, self.locals)
        return [s for s in spellings if all(name[0] == "%" or name in taken for name in symbols_of(s))]

    def renumbered(self, spelling: Any, thread: int) -> Any:
        """The spelling in the merged class's names: run-time sizes (`%7.2`), and names of a round, are its own."""
        changed: dict[str, Any] = {}
        for name in getattr(spelling, "symbols", None) or symbols_of(spelling):
            if name[0] == "%":
                number, axis = name[1:].split(".")
                if (own := self.number_in(thread, int(number))) is None:
                    return None
                changed[name] = symbol(f"%{own}.{axis}")
            elif MARK in name:
                if (found := self.in_round(name, thread)) is None:
                    return None
                changed[name] = with_settled(found, self.known_numbers, self.lists)
            elif (settled := settled_as(name, self.known_numbers, self.lists)) is not None:
                changed[name] = settled
            elif name in self.absent:
                changed[name] = None  # conditions on it are decided
        if not changed and spelling.__class__ is Dim:
            return spelling
        key = spelling.__class__, spelling, *[(name, size.__class__, size) for name, size in changed.items()]
        if key not in self.written:
            self.written[key] = self.put_in(spelling, changed)
        return self.written[key]

    def put_in(self, spelling: Any, changed: dict[str, Any]) -> Any:
        """The spelling with what stands for its names; None if it is none then."""
        if isinstance(spelling, Formula):
            found = put(spelling, changed) if changed else spelling
            return found if isinstance(found, Formula) and not picks_of_literal(found) else None
        if isinstance(spelling, str):
            if not changed.keys().isdisjoint((*self.known_numbers, *self.lists, *self.absent)):
                return None
            return rename(spelling, {name: bracketed(size) for name, size in changed.items()})
        found = spelling.subs(changed) if changed else spelling
        return None if isinstance(found, int) else found

    def number_in(self, thread: int, number: int) -> int | None:
        """The merged class's number for a value, where a thread can have it: from itself or from what is around it."""
        member = self.member[thread]
        home = self.homes[member].get(number)
        while thread != home:
            if self.around_of[thread] == thread:
                return None
            thread = self.around_of[thread]
        return self.numbers[member][number]

    def in_round(self, name: str, thread: int) -> Any:
        """What a name of a round, or an item of a list of that name, is called in the merged class."""
        base, _, rest = name.partition("[")
        found = self.keys[thread].get(base)
        met = self.members[self.member[thread]].decided.met.get(name) if found is None else None
        if met is not None:
            return self.as_left(met, thread)
        if isinstance(found, Came):
            self.settles(self.behind(found.turns, thread))
            found = found.size
        if found is None or not rest:
            return found
        return symbol(f"{found}[{rest}") if str(found).isidentifier() else None

    def behind(self, names: Names, thread: int) -> Names:
        raise NotImplementedError

    def may_vary(self, names: Names) -> Names:
        raise NotImplementedError

    def settles(self, names: Names) -> None:
        raise NotImplementedError

    # Loops that may not turn

    def as_left(self, met: Met, thread: int) -> Any:
        """What a size behind a decision or a loop is: if that is so only where the loop turns, the class refuses what
        it would not turn for, if its name can say that; else it is no way to write the size."""
        if self.may_vary(self.behind(met.behind, thread)):
            given = {p.name: plain_value(p.value) for p in self.members[self.member[thread]].parameters}.get(met.turns)
            if self.leaning is None or met.turns not in self.parameters or not always_turns(given):
                return None
            self.leaning.add(met.turns)
        sizes = (self.renumbered(spelling, thread) for spelling in met.spellings)
        return next((size for size in sizes if size is not None), None)

    def note_turns(self, spellings: Sequence[Any], made: Sequence[Any], thread: int) -> None:
        """Notes which ways to write a size lean on loops that turn: nothing, if the same comes of one that does not."""
        leaning: dict[Any, set[str]] = {}
        for spelling, size in zip(spellings, made, strict=True):
            self.leaning = set()
            self.renumbered(spelling, thread)
            word = as_word(size)
            leaning[word] = leaning.get(word, self.leaning) & self.leaning
        for word, names in leaning.items():
            self.if_turned.setdefault(word, set()).update(names)

    def asks_for_turns(self, spelling: Any) -> None:
        if self.if_turned:
            self.must_turn |= self.if_turned.get(as_word(spelling), NONE)


def always_turns(value: Any) -> bool:
    """Whether what says how often loops turn is, or holds, no number below 1."""
    counts = value if isinstance(value, (list, tuple)) else [value]
    return all(isinstance(count, int) and count > 0 for count in counts)
