"""Lists of modules that loops of the constructor fill, and that loops of forward() go through.

A loop that takes one module of a list in each round runs over that list. Where it takes them under conditions, or in
loops inside of it, an iterator gives the next one: what fills the list goes the same ways.
"""

from __future__ import annotations

from ..graph import Apply, Branch, Call, DictModule, Instance, Make, Operate, Own, Pick, SequentialModule, Unpack
from ..lean import Counter
from ..loops import Entry, Loop, every
from ..typed import Any, Sequence
from .flowing import has_lists
from .forming import Unmergeable
from .members import count_on_each_way, nexts_in, outermost, straight, taken_in_rounds
from .naming import forward_names
from .plans import Body, Next, Repeat
from .rounds import Rounds
from .tables import Turning
from .varying import Names

STRAIGHT = frozenset({Apply, Call, Operate, Pick, Unpack, Branch})  # steps of rounds that all do the same


class Listed(Rounds):
    """Loops over lists. `places_in` says where in each its modules are, for every member."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members, varying, lost, strict)
        self.places_in: dict[str, dict[int, dict[str, int]]] = {}
        self.named = set[str]()  # those that are dicts
        self.taken: dict[Next, dict[int, int]] = {}  # which one each thread takes
        self.single: dict[str, int] = {}  # how many were taken outside of loops

    def saved(self) -> Any:
        return super().saved(), dict(self.single)

    def restore(self, saved: Any) -> None:
        found, self.single = saved
        super().restore(found)

    def note_list(self, path: str, modules: Sequence[Any]) -> None:
        """Notes a list, or dict, that loops fill."""
        if any(module.layout for module in modules if not isinstance(module, SequentialModule)):
            places = ({child.name: n for n, child in enumerate(module.children)} for module in modules)
            self.places_in[path] = dict(zip(self.who, places, strict=True))
            self.named |= {path} if isinstance(modules[0], DictModule) else set()

    def loop(self, row: Sequence[Any]) -> list[Any]:
        """Two rounds stay a loop, too, if all that each does is to take the next module of some lists."""
        if len(self.frames) > 1 or not all(map(self.is_pair, row)) or not self.is_short(row):
            return super().loop(row)
        saved, plain = self.saved(), set(self.plain)
        try:
            found = self.turned(row)
            if found and goes_through_lists(found[-1]):
                return found
        except Unmergeable:
            pass
        self.restore(saved)
        self.plain = plain
        return self.written_out(row)

    def is_pair(self, step: Any) -> bool:
        """Whether a loop turns twice, decides nothing in it and gathers no list."""
        plain = isinstance(step, Loop) and len(step.rounds) == 2 and not self.in_list and not has_lists(step)
        return plain and all(inner.__class__ in STRAIGHT for inner in every(step.rounds[0].body))

    def next_of(self, paths: Sequence[str]) -> Next | None:
        """What takes these modules in a loop, if loops fill the list that they are in."""
        lists = {path.rpartition(".")[0] for path in paths}
        name = lists.pop()
        if lists or name not in self.places_in:
            return None
        if len(self.frames) == 1:
            self.single[name] = self.single.get(name, 0) + 1
            return None
        found = Next(name, named=name in self.named)
        places = self.places_in[name]
        numbers = (places[self.member[t]][p.rpartition(".")[2]] for t, p in zip(self.who, paths, strict=True))
        self.taken[found] = dict(zip(self.who, numbers, strict=True))
        return found

    def checked(self, turning: Turning, body: Body) -> None:
        super().checked(turning, body)
        for name, paths in taken_in_rounds(body).items() if len(self.frames) == 1 else ():
            once = count_on_each_way(body, name) == 1
            for path in paths:
                path.start = self.single.get(name, 0)
                path.each = once and self.is_rest(paths, turning)
        for path in self.gone_through(turning, body) if len(self.frames) == 1 else ():
            path.each = True

    def gone_through(self, turning: Turning, body: Body) -> list[Next]:
        """What takes modules in a loop that is all that the rounds do, if these are all in their lists, one by one, and
        nothing else differs from round to round: then forward() has one loop, over them."""
        names = {*turning.names}
        while (inner := only_loop(body)) is not None:
            names |= loop_names(inner)
            body = inner.body
        taken = taken_in_rounds(body)
        paths = [path for paths in taken.values() for path in paths]
        plain = all(step.__class__ in STRAIGHT for step in body if not isinstance(step, (Make, Entry, Own)))
        if not plain or any(isinstance(step, Apply) and not isinstance(step.path, Next) for step in body):
            return []
        is_all = all(len(some) == 1 and self.is_whole(some[0]) for some in taken.values())
        return paths if is_all and names.isdisjoint(forward_names(body)) else []

    def is_whole(self, path: Next) -> bool:
        """Whether the rounds of all loops around it take the modules of a list, all of them, in order."""
        found: dict[int, list[int]] = {member: [] for member in self.places_in[path.name]}
        for thread, number in sorted(self.taken[path].items()):
            found[self.member[thread]].append(number)
        sizes = {member: len(places) for member, places in self.places_in[path.name].items()}
        whole = all(numbers == [*range(sizes[member])] for member, numbers in found.items())
        return whole and not self.single.get(path.name)

    def is_led(self, body: Body) -> bool:
        makes = any(isinstance(step, (Make, Entry, Own)) for step in every(body))
        return not makes and any(paths[0].each for paths in taken_in_rounds(body).values())

    def is_rest(self, paths: Sequence[Next], turning: Turning) -> bool:
        """Whether the rounds take one module each, in order, and so all that are left in the list."""
        name, named, start = paths[0].name, paths[0].named, paths[0].start
        taken = {thread: number for path in paths for thread, number in self.taken[path].items()}
        for outer, some in zip(turning.outer, turning.threads, strict=True):
            size = len(self.places_in[name].get(outer, ()))
            if [taken.get(thread) for thread in some] != list(range(start, size)):
                return False
        return not (named and start)

    def refuse(self, body: Body, result: Any) -> None:
        """What forward() cannot say: sizes that the constructor knows, and iterators that could lose step."""
        self.refuse_sizes((*body, result))
        found: dict[str, list[tuple[Next, bool]]] = {}
        for path, sure in nexts_in(body):
            found.setdefault(path.name, []).append((path, sure))
        inside = ({path.name for path, _ in nexts_in([loop])} for loop in outermost(body)) if found else ()
        loops = Counter(name for names in inside for name in names)
        for name, several in found.items():
            paths, each = [path for path, _ in several], {path.each for path, _ in several}
            iterated = each == {False} and all(sure for _, sure in several) and self.begins_with(paths)
            if not (iterated or (loops[name] == 1 and each == {True})):
                raise Unmergeable("modules of a list are taken in several ways")

    def begins_with(self, paths: Sequence[Next]) -> bool:
        """Whether what is taken of a list, by these alone, is all that it begins with."""
        found: dict[int, set[int]] = {}
        for path in paths:
            for thread, number in self.taken[path].items():
                found.setdefault(self.member[thread], set()).add(number)
        return not self.single.get(paths[0].name) and all(some == {*range(len(some))} for some in found.values())


def only_loop(body: Sequence[Any]) -> Repeat | None:
    """The loop in the rounds of another that is all that forward() has of them."""
    steps = [step for step in body if not isinstance(step, (Make, Entry, Own))]
    return steps[0] if len(steps) == 1 and isinstance(steps[0], Repeat) else None


def loop_names(loop: Repeat) -> set[str]:
    """The names that are something else in each round."""
    return {*(loop.index or ())[:1], *(name for source in loop.sources for name in source.names)}


def goes_through_lists(step: Any) -> bool:
    """Whether a loop has its modules, and nothing else, from lists that it goes through."""
    paths = [inner.path for inner in straight(getattr(step, "body", ())) if isinstance(inner, Apply)]
    every_one = all(isinstance(path, Next) and path.each for path in paths)
    return bool(paths) and not step.sources and every_one
