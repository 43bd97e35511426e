"""A body as it is written: which of its loops can stay loops, and what these hand on from round to round.

A loop is written out, round for round, where something that it made last is used behind it, or where its modules would
be built in another order. A name that no round reads before it binds it anew is not handed on, whichever ways its
decisions go in other uses.
"""

from __future__ import annotations

from ..dims import Condition, Dim, symbol
from ..dims.calls import Formula, put
from ..graph import Branch, Choice, Join, Known, Make, Operate, Own, Result, Step, Value
from ..loops import MARK, Gathered, Layout, Listed, Local, Loop, Otherwise, Round, every
from ..records import fields, is_dataclass, replace
from ..typed import Any, Callable, Iterable, Iterator, Mapping, Sequence
from .containers import makes
from .lasting import FLAT, PLAIN, Lasting, homes_of, numbers_in, one_by_one
from .things import lengths_alone, symbols_in
from .turning import is_tensor

EMPTY: Mapping[int, Value] = {}
KEPT = ("span", "module", "then", "otherwise", "target", "item")  # what no value that a round takes is in


class Unrolling:
    """Writes out the loops that `opens` says; `names` are what stands for the values that their rounds take.

    `lists`: what becomes of gathered lists, if there are any: their items (`items`), values where they stay lists
    (`values`), or nothing (`as they are`). With `building`, the modules of loops in brackets are made by loops.
    """

    def __init__(
        self,
        opens: Callable[[Loop], bool] = lambda loop: True,
        names: Mapping[int, Value] = EMPTY,
        lists: str = "",
        building: bool = False,
    ) -> None:
        self.opens, self.lists, self.building = opens, lists, building
        self.names = dict(names)

    def steps(self, steps: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for step in steps:
            if step.__class__ is Make or (not self.names and not self.lists and step.__class__ in FLAT):
                found.append(step)
            elif isinstance(step, Listed):
                found += self.listed(step)
            elif not isinstance(step, Loop):
                found.append(self.put(step))
            elif self.opens(step):
                found += self.rounds(step)
            else:
                found.append(self.kept(step))
        return found

    def rounds(self, loop: Loop) -> list[Any]:
        bodies: list[list[Any]] = []
        now = loop.starts
        for made in loop.rounds:
            self.take(made.values, now)
            self.names.update((take.target.number, self.put(take.item)) for take in made.takes)
            bodies.append(self.steps(made.body))
            now = made.ends
        self.take(loop.exits, now)
        return built_first(loop, bodies) if loop.brackets and self.building else [step for b in bodies for step in b]

    def kept(self, loop: Loop) -> Loop:
        rounds = []
        for made in loop.rounds:
            values, takes = self.lists_of(made.values), tuple(map(self.put, made.takes))
            body = tuple(self.steps(made.body))
            rounds.append(replace(made, body=body, values=values, ends=self.put(made.ends), takes=takes))
        exits = self.lists_of(loop.exits)
        return replace(loop, rounds=tuple(rounds), starts=self.put(loop.starts), exits=exits)

    def lists_of(self, things: tuple[Any, ...]) -> tuple[Any, ...]:
        """What a round takes or a loop leaves, with lists as what becomes of them."""
        return tuple(self.put(thing) if isinstance(thing, Gathered) else thing for thing in things)

    def stays(self, thing: Gathered) -> bool:
        return self.lists == "values" and thing.home.kept

    def listed(self, step: Listed) -> list[Any]:
        """What is done with a gathered list: as it is one, or with its items."""
        if self.lists == "as they are":
            return [replace(step, operands=self.put(step.operands), plain=tuple(self.steps(step.plain)))]
        if self.stays(step.operands[0]):
            return [Operate(step.target, step.operator, self.put(step.operands), step.span)]
        if step.item is not None:
            self.names[step.target.number] = self.put(step.item)
        plain = self.steps(step.plain)
        return [replace(s, target=step.target) if getattr(s, "target", None) == step.target else s for s in plain]

    def take(self, values: tuple[Any, ...], sources: tuple[Any, ...]) -> None:
        """Notes what stands for the values that a round takes."""
        for value, source in zip(values, sources, strict=True):
            if is_tensor(value):
                self.names[value.number] = self.put(source)

    def put(self, thing: Any) -> Any:
        """A step, operand or result with other values in their places."""
        if thing.__class__ in PLAIN:
            return thing
        if isinstance(thing, Value):
            found = self.names.get(thing.number, thing)
            is_other = found is not thing and thing.behind
            return replace(found, behind=(*thing.behind, *found.behind)) if is_other else found
        if isinstance(thing, Gathered):
            items = [self.put(item) for item in thing]
            return thing.value if self.stays(thing) else thing.like(items) if self.lists == "as they are" else items
        if isinstance(thing, (tuple, list)):
            return type(thing)([self.put(item) for item in thing])
        if isinstance(thing, Choice):
            gives = tuple((mark, self.put(value)) for mark, value in thing.gives)
            return replace(thing, body=tuple(self.steps(thing.body)), gives=gives)
        if isinstance(thing, Branch):
            then, otherwise = (tuple(self.steps(way)) for way in (thing.then, thing.otherwise))
            thing = replace(thing, then=then, otherwise=otherwise)
        if isinstance(thing, Join):
            return replace(thing, then=self.put(thing.then), otherwise=self.put(thing.otherwise))
        if isinstance(thing, Known):
            return respelled(thing, self.names)
        if isinstance(thing, Make) or not (self.names or self.lists) or not is_dataclass(thing):
            return thing
        step: Any = thing
        return replace(step, **{f.name: self.put(getattr(step, f.name)) for f in fields(step) if f.name not in KEPT})


def built_first(loop: Loop, bodies: list[list[Any]]) -> list[Any]:
    """A loop that makes the modules of one that is written out, and then what they are applied to."""
    made = [tuple(filter(builds, body)) for body in bodies]
    rest = [step for body in bodies for step in body if not builds(step)]
    if not any(made) or makes(rest) or any(isinstance(step, Own) for step in every(rest)):
        return [step for body in bodies for step in body]
    rounds = tuple(Round(turn.names, (), body, ()) for turn, body in zip(loop.rounds, made, strict=True))
    return [Loop(loop.site, loop.count, rounds, (), builds=True), *rest]


def builds(step: Any) -> bool:
    return isinstance(step, Make) or (isinstance(step, Loop) and step.builds)


def respelled(known: Known, names: Mapping[int, Value]) -> Known:
    """A size that forward() reads off a value (`%7.2`), read off what stands for it."""
    ways = (reread(spelling, names) for spelling in known.spellings)
    return Known(known.value, tuple(way for way in ways if not isinstance(way, int))) if known.spellings else known


def reread(spelling: Any, names: Mapping[int, Value]) -> Any:
    symbols = spelling.symbols if isinstance(spelling, (Dim, Condition, Formula)) else ()
    found = {name: read_off(name, names) for name in symbols if name[0] == "%"}
    if not found:
        return spelling
    return put(spelling, found) if isinstance(spelling, Formula) else spelling.subs(found)


def read_off(name: str, names: Mapping[int, Value]) -> Dim:
    number, axis = name[1:].split(".")
    value = names.get(int(number))
    return symbol(f"%{value.number}.{axis}" if value else name)


def layout_of(visit: Any, result: Result, flat: list[Step]) -> tuple[Layout | None, dict[str, Any]]:
    """The body of a definition with its loops, if there are any, and what the names of the others' rounds come to.

    What decides those that are written out is pinned. `flat` are the steps without loops, as they are built.
    """
    loops = [step for step in every(visit.steps) if isinstance(step, Loop)]
    for home in one_by_one(visit.steps, result) if visit.session.gathers else ():
        home.kept = False
    may = loops and not visit.orders
    layout, opened = layout_with(visit, result, flat) if may else (None, set[int]())
    picks = picking(visit, layout is None)
    if layout is not None and any(has_lists(loop) for loop in loops if loop.site not in opened):
        picked = frozenset(picking(visit, True))
        layout = replace(layout, otherwise=without_lists(visit, result, flat, loops), picked=picked)
    gone = [loop for loop in loops if layout is None or loop.site in opened]
    turns, known = written_out(visit, loops, gone)
    turns |= picks | visit.session.turns(known)  # of other loops, that these go on from
    visit.settled |= turns
    unknown = [local.key for local in locals_of(visit, gone) if local.key not in known]
    visit.pinned |= turns | visit.session.behind(unknown)
    return layout, known


def written_out(visit: Any, loops: Sequence[Loop], gone: Sequence[Loop]) -> tuple[set[str], dict[str, Any]]:
    """The names of the class behind loops that are gone, and what those of their rounds come to."""
    behind = visit.session.behind(name for loop in gone for name in loop.behind)
    return behind, dict(came_to(visit.session, [*locals_of(visit, gone), *taken_from(visit, loops, gone)]))


def taken_from(visit: Any, loops: Sequence[Loop], gone: Sequence[Loop]) -> Iterator[Local]:
    """The names for sizes of single items of lists that no loop which is left gathers or goes through."""
    homes = {home for loop in loops if loop not in gone for home in homes_of(loop)}
    yield from (local for home, local in visit.single if home not in homes)


def came_to(session: Any, names: Iterable[Local]) -> Iterator[tuple[str, Any]]:
    """What the names of rounds that are written out come to, where that can be said over names of the class.

    A number that hangs on how often loops turn alone is said by itself: how often these did is settled.
    """
    for local in names:
        found = session.came_to.get(local.key)
        if isinstance(found, Dim) or (found is not None and local.key in session.counted):
            yield local.key, found


def layout_with(visit: Any, result: Result, flat: list[Step]) -> tuple[Layout | None, set[int]]:
    """The layout, if loops can stay, and the sites of those that do not."""
    mixed, named = set[int](), naming(visit.steps)
    for _ in range(3 if named else 2):
        lasting, known = Lasting(visit.demanded, mixed, visit.would_read), -1
        while lasting.known() > known:  # what one run of a loop hands on, all do
            known = lasting.known()
            if visit.session.gathers:  # what is read of a list hangs on whether it stays one
                lasting.read.clear()
            body = lasting.pruned(visit.steps, numbers_in(result))
        sites = lasting.sites
        opened = Unrolling(lambda loop, sites=sites: loop.site in sites, lists="values", building=True)  # type: ignore[misc]
        if layout := with_containers(Layout(tuple(opened.steps(body)), opened.put(result)), flat, bool(named)):
            return layout, sites
        loops = (step for step in body if isinstance(step, Loop))
        mixed |= named or {loop.site for loop in loops if len({"." in m.path for m in makes([loop])}) > 1}
        named = set()
    return None, set()


def naming(steps: Iterable[Any]) -> set[int]:
    """The sites of loops each round of which fills a container of another name (`"stack{s}.{i}"`)."""
    labels = [step.label for step in makes(steps) if "." in step.path]
    told = {name for label in labels for name in symbols_in([*before_dot(label)]) if MARK in name}
    loops = [step for step in every(steps) if isinstance(step, Loop)] if told else []
    return {loop.site for loop in loops for made in loop.rounds if not told.isdisjoint(n.key for n in made.names)}


def before_dot(label: tuple[Known, ...]) -> Iterator[Known]:
    """The parts of a label that say what the container is called."""
    for part in label:
        yield part
        if "." in str(part.value):
            return


def with_containers(layout: Layout, flat: list[Step], named: bool) -> Layout | None:
    """The layout with what dotted labels make gathered as it is in the plain steps, if loops can fill that, and make it
    where they have `named` it."""
    if not any("." in step.path for step in makes(layout.body)):
        return layout
    from .fillings import in_loops

    return in_loops(layout, flat, named)


def without_lists(visit: Any, result: Result, flat: list[Step], loops: Sequence[Loop]) -> Otherwise:
    """The layout in which no lists are gathered, what its loops that are gone turned by, and came to."""
    for loop in loops:
        for home in homes_of(loop):
            home.kept = False
    layout, opened = layout_with(visit, result, flat)
    gone = [loop for loop in loops if layout is None or loop.site in opened]
    behind, known = written_out(visit, loops, gone)
    return Otherwise(layout, frozenset(behind | picking(visit, layout is None)), known)


def picking(visit: Any, flat: bool) -> set[str]:
    """The names of the class that say which items are picked of lists that are gone: all of them, if it is flat."""
    picked = (step for step in every(visit.steps) if isinstance(step, Listed) and step.operator == "item")
    return {
        name
        for step in picked
        if flat or not step.operands[0].home.kept
        for name in visit.session.behind(lengths_alone(step.operands[1]))
    }


def has_lists(loop: Loop) -> bool:
    """Whether a loop gathers a list that stays one."""
    return any(home.kept for home in homes_of(loop))


def locals_of(visit: Any, loops: Iterable[Loop]) -> Iterator[Local]:
    """The names that hold in the rounds of loops and after them, but for sizes of lists that nothing asks for."""
    for loop in loops:
        yield from asked_for(visit, loop.leaves, loop.owners)
        for made in loop.rounds:
            yield from (*asked_for(visit, made.sizes, made.owners), *made.names)


def asked_for(visit: Any, sizes: tuple[Local, ...], owners: tuple[frozenset[Any], ...]) -> tuple[Local, ...]:
    if len(sizes) != len(owners):
        return sizes
    unasked = (all(isinstance(one, tuple) and one not in visit.demanded for one in some) for some in owners)
    return tuple(size for size, idle in zip(sizes, unasked, strict=True) if not idle)
