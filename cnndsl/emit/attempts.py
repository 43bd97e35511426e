"""Which classes are planned again: a name that a class turns out to lose is no argument of those that hold it, and what
was planned for it holds where that does not matter. What a model is sure to lose is seen before anything is planned.
"""

from __future__ import annotations

from ..graph import BlockModule, Choice, Graph, Instance, Known, LayerModule, Make, Model, Module, TapsModule
from ..lean import cached_property, partial
from ..loops import Entry, called
from ..records import dataclass
from ..typed import Any, Callable, Iterable, Iterator, Mapping, Sequence
from .arguments import keepable
from .defaults import settled_with
from .merge import Merger
from .plans import Plan
from .varying import (
    NONE,
    Names,
    Uses,
    are_plain,
    constant_parameters,
    names_of,
    symbols_of,
    untold,
    varying,
    without_lengths,
)


@dataclass(eq=False)
class Done:
    """What a group was planned for."""

    count: int  # of the plans before it
    mattered: set[str]  # names of which it mattered that they vary
    lost: list[Names | None]  # that was known to be lost, for each member


class Attempts:
    """A floor of `Planner`. `groups` are the instances of each definition, those that others hold first."""

    def __init__(self, graph: Graph, groups: Sequence[list[Instance]]) -> None:
        self.groups = groups
        self.plan_of: dict[int, Plan] = {}
        self.plans: list[Plan] = []
        self.taps: dict[int, Plan] = {}
        self.cuts: dict[tuple[object, ...], list[Plan]] = {}  # by the class that is cut, and where
        self.mattered: set[str] = set()  # names of the group at hand of which it mattered that they vary
        self.done: list[Done] = []  # groups that are planned
        self.uses: Uses = {}
        self.varying: dict[int, Names] = {}
        self.follows = any([p.behind for some in groups for member in some for p in member.parameters])
        self.lost = {id(model.instance): untold(model, self.given_beside(model, graph)) for model in graph.models}
        while self.attempted(graph):
            pass

    def given_beside(self, model: Model, graph: Graph) -> Names:
        """The parameters that some model of a definition gives: its class takes them."""
        group = next(some for some in self.groups if any(one is model.instance for one in some))
        held = {id(one) for one in group}
        return NONE.union(*(other.fixed for other in graph.models if id(other.instance) in held))

    def plan(self, members: list[Instance]) -> None:
        raise NotImplementedError

    def cut(self, module: TapsModule) -> Plan:
        raise NotImplementedError

    def lost_of(self, members: Sequence[Instance]) -> Names:
        """The names that these do not take: what they decided is decided once for all."""
        blocks = [member for member in members if member.kind != "model"]
        settled = [without_lengths(member.decided.settled) for member in blocks]
        if unsaid := NONE.union(*(member.decided.unsaid for member in blocks)):
            settled.append(unsaid & constant_parameters(members))
        lost = NONE.union(*settled, *(self.lost.get(id(member), NONE) for member in members))
        return settled_with(members, lost) if self.follows else lost

    def foresee(self) -> None:
        """Notes what the models are sure to lose that have a class of their own."""
        for member in (group[0] for group in self.groups if len(group) == 1 and group[0].kind == "model"):
            found: Names | None = None
            while found is None or found:
                lost = self.lost_of([member])
                kept = frozenset(keepable([member], lost))
                found = sure_to_lose(member, kept, partial(Merger, [member], {}, self.cut, kept, lost))
                self.lost[id(member)] = lost | found

    def attempted(self, graph: Graph) -> bool:
        """Plans what is left; True if a parameter turned out to be lost, so that some must be planned again."""
        self.foresee()
        free = {id(m.instance): frozenset(keepable([m.instance], self.lost_of([m.instance]))) for m in graph.models}
        before, self.varying = self.varying, varying(graph, free, self.uses)
        self.keep(before)
        lost = dict(self.lost)
        for members in self.groups[len(self.done) :]:
            count, self.mattered = len(self.plans), set()
            self.plan(members)
            self.done.append(Done(count, self.mattered, [lost.get(id(member)) for member in members]))
            for plan in self.plans[count:]:
                self.lose(plan, free)
            if any(
                self.lost[key] != lost[key] for key in free
            ):  # then most of what follows would be planned for nothing
                return True
        return self.lost != lost

    def keep(self, before: Mapping[int, Names]) -> None:
        """Forgets the first class for which something matters that is so no more, and all that are planned after it."""
        for place, (members, done) in enumerate(zip(self.groups, [*self.done], strict=False)):
            gone = NONE.union(*(before.get(id(m), NONE) - self.varying.get(id(m), NONE) for m in members))
            lost = [self.lost.get(id(member)) for member in members]
            if self.taps or lost != done.lost or not gone.isdisjoint(done.mattered):
                self.forget(place)
                return

    def forget(self, place: int) -> None:
        for done in self.done[place : place + 1]:
            del self.done[place:], self.plans[done.count :]
            self.taps, self.cuts = {}, {}

    def lose(self, plan: Plan, free: Mapping[int, Names]) -> None:
        """Notes what a class loses, and what the models then lose from which that comes."""
        taken = frozenset(slot.key for slot in plan.slots).union(*(free.get(id(m), ()) for m in plan.members))
        for member in plan.members if plan.lost & taken else ():
            free_sizes = self.varying.get(id(member), NONE) & dict(member.sizes).keys()
            self.lost[id(member)] = self.lost_of([member]) | (plan.lost - free_sizes)
        found: dict[int, Names] = {}

        def spread(instance: Instance, names: Names) -> None:
            for caller, given in self.callers.get(id(instance), ()):
                given_by = NONE.union(*(some for name, some in given if name in names))
                behind = self.varying.get(id(caller), NONE) & given_by
                behind -= self.refusable(caller, plan) if behind else NONE
                known = found.get(id(caller), NONE)
                if not behind <= known:
                    found[id(caller)] = known | behind
                    spread(caller, behind)

        for member in plan.members:
            if names := self.varying.get(id(member), NONE) & (plan.lost | plan.hidden):
                spread(member, names)
        for key in found.keys() & free.keys():
            self.lost[key] |= found[key] & free[key]

    def refusable(self, caller: Instance, plan: Plan) -> Names:
        """The parameters of one that holds a class which other uses of its definition have another one for: it may
        refuse what this class has settled."""
        if not any([p.name[:1].isupper() for p in caller.parameters]):  # no templates
            return NONE
        uses = next(some for some in self.groups if any(one is caller for one in some))
        holders = {id(one) for member in plan.members for one, _ in self.callers.get(id(member), ())}
        if len(uses) == 1 or all(id(one) in holders for one in uses):
            return NONE
        return frozenset(p.name for p in caller.parameters) - constant_parameters(uses)

    @cached_property
    def callers(self) -> dict[int, list[tuple[Instance, list[tuple[str, Names]]]]]:
        """For each instance those that hold it, with what they give it: the names that are behind that."""
        found: dict[int, list[tuple[Instance, list[tuple[str, Names]]]]] = {}
        for caller in (member for members in self.groups for member in members):
            for inner, given in self.uses.get(id(caller), ()):
                found.setdefault(id(inner), []).append((caller, given))
        return found


def sure_to_lose(model: Instance, kept: Names, merger: Callable[[], Merger]) -> Names:
    """The names behind numbers that a class of this model alone cannot write, wherever these stand. It would take the
    names in `kept`; what rounds of loops write in their own way is not looked at.
    """
    doubtful = [known for known in givens(model) if is_doubtful(known, kept)]
    merging = merger() if doubtful else None
    lost = (merging.free([known]) for known in doubtful if merging and not merging.shared_spellings([known]))
    return NONE.union(*lost)


def is_doubtful(known: Known, kept: Names) -> bool:
    """Whether a number hangs on some of these names, and other names are needed to write it."""
    names = names_of(known)
    if names.isdisjoint(kept) or not are_plain(names) or isinstance(known.value, (tuple, list)):
        return False
    return not any(symbols_of(spelling) <= kept for spelling in known.spellings)


def givens(model: Instance) -> Iterator[Known]:
    """The numbers that the model's author gives to layers and blocks, outside of loops."""
    return (known for step in model.body if isinstance(step, Make) for known in given_to(step.module))


def given_to(module: Module) -> Iterator[Known]:
    block = called(module) or module
    if isinstance(block, (LayerModule, BlockModule)):
        yield from (argument.value for argument in block.arguments)
    else:
        for inner in modules_among(module.layout) if module.layout else (child.module for child in module.children):
            yield from given_to(inner)


def modules_among(layout: Iterable[Any]) -> Iterator[Module]:
    for item in layout:
        if isinstance(item, Entry):
            yield item.module
        elif isinstance(item, Choice):
            yield from modules_among(item.body)
