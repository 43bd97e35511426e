"""Compile-time decisions that a block's class makes again: what holds behind one, whichever way it goes.

A caller who may choose a number that a block decides by needs to know one thing of the block: what it gives. So the
way that is not gone is tried on the side, and behind the decision each size is spelled as both ways spell it. One that
they do not have in common gets a name of its own, behind which stands what was decided: only who uses it outside of the
block pins that. What both ways cannot have in common (a number, a rank) is pinned where it is decided, or, a rank in a
model, at its end (`apart_behind.py`); what they have in common is `in_common.py`'s business.
"""

from __future__ import annotations

from itertools import chain

from ..decided import Behind
from ..dims import Dim
from ..dims.calls import Formula, symbols_of, value_of
from ..graph import Known, Value
from ..lean import ChainMap, contextmanager
from ..loops import MARK, every
from ..problems import CnnError, advise, fail
from ..records import replace, twin
from ..shapes import Need, TensorType
from ..typed import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Mapping
from .arithmetic import truth
from .lint import Collector
from .resolve import bound_names
from .things import NoFlow, Thing, symbols_in, turns_in

if TYPE_CHECKING:
    from .state import State

DEEPEST = 4  # how many decisions inside one another are tried the other way, each in one definition once
COST = 2  # of the steps that a file may take, one in so many may be taken on the side


def is_open(visit: State, condition: Thing) -> bool:
    """Whether the class at hand decides this again, by names that it has: a block's any, a model's what hangs on the
    place of a round in its loop, or on what its variants give.
    """
    if not visit.session.for_code or not isinstance(condition, Known) or not condition.spellings:
        return False
    if visit.asks:
        return True
    names = {*symbols_in(condition)}
    if visit.told and names and names <= visit.told:
        return True
    rounds = {name for name in names if MARK in name}
    hangs = visit.session.behind(names) - rounds  # else each round goes the way that it goes here
    return bool(rounds and hangs) and visit.session.counted.issuperset(rounds)


def deciders(visit: State, condition: Thing) -> list[Thing]:
    """What suffices for a condition to be what it is: of `a or b` that holds, one that holds."""
    if not isinstance(condition, Known) or not condition.spellings:
        return [condition]
    values = visit.session.stands_for
    return [Known(condition.value, (part,)) for part in sufficient(condition.spellings[0], values)]


def sufficient(part: Any, values: Mapping[str, Any]) -> list[Any]:
    if not isinstance(part, Formula) or part.sign not in ("and", "or", "not"):
        return [part]
    try:
        alone = [sufficient(p, values) for p in part.parts if bool(value_of(p, values)) is (part.sign == "or")]
    except (ArithmeticError, KeyError):
        return [part]
    if part.sign != "not" and alone:
        return min(alone, key=lambda parts: sum(len(symbols_of(inner)) for inner in parts))
    return [inner for p in part.parts for inner in sufficient(p, values)]


def tried(visit: Any, condition: Thing, start: Any, run: Callable[[Any, Any], Any]) -> Any:
    """What `run` gives for a visit that stands where this one does, and leaves no trace; None if it is refused.

    It starts from `start`. Where the numbers at hand do not allow it, it runs on others, for which the condition goes
    this way. What is settled there holds for the class that goes this way, so it is settled here.
    """
    from .lasting import numbers_in
    from .supposing import Impossible, Supposition, fixed_by, supposed

    now = visit.session.stands_for
    for numbers in chain((now,), supposed(visit, condition)):
        side = aside(visit, condition)
        if side is None:
            return None
        there = visit.elsewhere.get(question(condition, not truth(condition)), {})
        side.names = {**there, **side.names}  # an earlier decision on the same has gone this way, too
        world = Supposition(now, numbers)
        try:
            world.enter(side)
            found = world.was(run(side, world.of(start)))
            visit.would_read.update(*map(numbers_in, every(side.steps)))
            visit.demanded |= side.demanded
        except (CnnError, RecursionError, Impossible):
            continue
        finally:
            visit.session.spent = max(visit.session.spent, side.session.spent, side.session.steps - visit.session.steps)
        forget_fixed(side, fixed_by(condition, not truth(condition)), visit)
        visit.pin_as(side)
        visit.apart = side.apart
        visit.session.reads = visit.session.reads or side.session.reads
        note_optional(visit, condition, everything(side.session.need))
        return found
    return None


@contextmanager
def in_way(visit: Any, condition: Thing, way: bool) -> Iterator[None]:
    """Around one way of a decision: what it settles of a name that is one number there is no matter outside."""
    before = twin(visit)
    before.pinned, before.settled, before.unsaid = set(visit.pinned), set(visit.settled), set(visit.unsaid)
    yield
    if is_open(visit, condition):
        from .supposing import fixed_by

        forget_fixed(visit, fixed_by(condition, way), before)


def forget_fixed(visit: State, fixed: frozenset[str], before: State) -> None:
    visit.pinned -= fixed - before.pinned
    visit.settled -= fixed - before.settled
    visit.unsaid -= fixed - before.unsaid


def aside(visit: Any, condition: Thing) -> Any:
    """A copy of a visit for the other way of a decision; None if enough was tried."""
    return copy_aside(visit, (visit.item_span, str(condition.spellings[0])))


def copy_aside(visit: Any, site: Any) -> Any:
    """A copy of a visit whose steps, names and problems are its own; None if enough was tried."""
    session = visit.session
    if len(session.aside) >= DEEPEST or site in session.aside or session.spent > session.limits.steps // COST:
        return None
    side = twin(visit)
    for name, value in vars(visit).items():
        if isinstance(value, (dict, list, set)):
            setattr(side, name, value.copy())
    side.session = twin(session)
    side.session.aside, side.session.need = (
        (*session.aside, site),
        Need(mode=session.need.mode, given=session.need.given),
    )
    budget = session.steps + session.limits.steps // COST - session.spent
    side.session.limits = replace(session.limits, steps=min(session.limits.steps, budget))
    side.session.looked, side.session.blocks = session.looked.copy(), None
    side.session.collector, side.session.warnings = Collector(), []
    side.session.instances, side.session.failures = ChainMap({}, session.instances), ChainMap({}, session.failures)
    return side


def note_optional(visit: Any, condition: Thing, asked: Iterable[Any], place: Any = None) -> None:
    """What one way asks; it hangs on the decision unless the definition asks it anyway."""
    if fresh := frozenset(condition for condition, _ in asked):
        visit.optional.append((deciders(visit, condition), fresh, place))


def settle_optional(visit: Any) -> None:
    """At the end of a definition: which of its decisions its requirements hang on."""
    if visit.apart:
        from .apart_behind import settle_apart

        settle_apart(visit)
    if not visit.optional:
        return
    gone: dict[int, set[int]] = {}
    for _, _, place in visit.optional:
        for shelf, start, end in place or ():
            gone.setdefault(shelf, set()).update(range(start, end))
    need = visit.session.need
    shelves = enumerate((need.conditions, need.training, need.evaluation))
    sure = {pair[0] for n, shelf in shelves for at, pair in enumerate(shelf) if at not in gone.get(n, ())}
    for things, fresh, _ in visit.optional:
        if not fresh <= sure:
            visit.shape(*things)


def everything(need: Need) -> tuple[Any, ...]:
    return (*need.conditions, *need.training, *need.evaluation)


class Watch:
    """Whether a stretch of a visit asks anything new, or changes the free sizes of what flows."""

    later: Watch | None = None  # from the second round of a loop on

    def __init__(self, visit: Any, kinds: Iterable[Any]) -> None:
        self.visit, self.free = visit, list(map(free_sizes, kinds))
        need = visit.session.need
        self.asked = [len(shelf) for shelf in (need.conditions, need.training, need.evaluation)]

    def saw(self, kinds: Iterable[Any]) -> bool:
        if not self.visit.session.for_code:
            return False
        if self.saw_free(kinds):
            return True
        need = self.visit.session.need
        shelves = list(zip((need.conditions, need.training, need.evaluation), self.asked, strict=True))
        fresh = {condition for shelf, count in shelves for condition, _ in shelf[count:]}
        return bool(fresh) and not fresh <= {condition for shelf, count in shelves for condition, _ in shelf[:count]}

    def turn(self, kinds: Iterable[Any]) -> None:
        """The first round of a loop has ended."""
        kinds = list(kinds)
        self.later = None if self.saw_free(kinds) else Watch(self.visit, kinds)

    def close(self, kinds: Iterable[Any], count: Known) -> None:
        """A loop has ended: does what it asks, or gives, hang on how often it turned, or only on whether it did?"""
        kinds = list(kinds)
        if not turns_in(count) or not self.saw(kinds):
            return
        session, name = self.visit.session, whole_of(self.visit, count)
        if name and self.later and not self.later.saw(kinds):
            self.visit.note_shaped([f"all({name})"])
        else:
            self.visit.note_shaped(session.behind(turns_in(count)))

    def saw_free(self, kinds: Iterable[Any]) -> bool:
        return list(map(free_sizes, kinds)) != self.free

    def note(self, condition: Thing) -> None:
        """What was asked since is asked on this condition."""
        need = self.visit.session.need
        shelves = list(enumerate(zip((need.conditions, need.training, need.evaluation), self.asked, strict=True)))
        asked = [pair for _, (shelf, count) in shelves for pair in shelf[count:]]
        if need is self.visit.need:
            note_optional(self.visit, condition, asked, [(n, count, len(shelf)) for n, (shelf, count) in shelves])
        elif asked:
            self.visit.shape(*deciders(self.visit, condition))


def whole_of(visit: State, thing: Thing) -> str:
    """The name that a number has in its class, or that of the list that it is an item of; '' if it is none of them."""
    text = str(thing.spellings[0]) if isinstance(thing, Known) and thing.spellings else ""
    name, _, place = str(visit.session.came_to.get(text, text)).partition("[")
    is_item = place[-1:] == "]" and place[:-1].isdecimal()
    return name if name.isidentifier() and MARK not in name and (not place or is_item) else ""


def free_sizes(kind: Any) -> tuple[Any, ...]:
    return tuple(size for size in kind.shape if isinstance(size, Dim)) if isinstance(kind, TensorType) else ()


def question(condition: Thing, way: bool) -> tuple[str, bool]:
    """What a condition asks, and how that goes one way of it."""
    part = condition.spellings[0] if isinstance(condition, Known) and condition.spellings else ""
    while isinstance(part, Formula) and part.sign == "not":
        part, way = part.parts[0], not way
    return str(part), way


def given_behind(visit: Any, node: Any, ways: Iterable[Any]) -> tuple[tuple[Behind, Value], ...]:
    """What the flow and the names that a way may give anew are at the end of one: behind, it is noted what they are.

    A merged class takes them for what they are called, whichever ways its uses went.
    """
    if not visit.session.for_code:
        return ()
    gives: list[tuple[Behind, Value]] = []
    if (named := visit.session.bound.get(id(node))) is None:
        named = frozenset(name for way in ways for statement in way for name in bound_names(statement))
        visit.session.bound[id(node)] = named
    for name in sorted(named & visit.names.keys()) if named else ():
        visit.names[name] = noted(visit.names[name], name, gives)
    flow = visit.flow
    visit.flow = replace(flow, value=noted(flow.value, "", gives)) if has_value(flow) else noted(flow, "", gives)
    return tuple(gives)


def of_tensors(visit: Any, node: Any, flow: Thing, code: str) -> Thing:
    """What an `if` in forward() leaves flowing; as a value it must be a tensor, whichever way it goes."""
    if id(node) in visit.valued and visit.is_still:
        condition = node.condition.span
        raise fail(code, condition, condition=condition.text, help=advise("tensor-in-ways"))
    return flow


def has_value(flow: Thing) -> bool:
    return isinstance(flow, NoFlow) and flow.value is not None


def noted(thing: Thing, name: str, gives: list[tuple[Behind, Value]]) -> Thing:
    """A tensor, or those in a list, as what has a name behind a decision."""
    if isinstance(thing, Value):
        mark = Behind(name)
        gives.append((mark, thing))
        return replace(thing, behind=(mark, *thing.behind))
    if type(thing) in (list, tuple):
        return type(thing)(noted(part, f"{name}.{place}", gives) for place, part in enumerate(thing))
    return thing
