"""Finds all instances of each definition and makes of them as few classes as are equivalent. Prints nothing."""

from __future__ import annotations

from ..dims import Condition
from ..dims.calls import Formula
from ..graph import (
    Branch,
    Graph,
    Instance,
    Known,
    Make,
    TapsModule,
)
from ..limits import FILE
from ..problems import fail
from ..records import replace
from ..shapes import TensorType
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .arguments import given_whole, immutable, size_of, with_tuples
from .attempts import Attempts
from .contents import inner_instances, work
from .defaults import class_by_default, default_values, in_order, rules_of
from .empty import completed, has_idle
from .expressions import plain_value, requoted
from .forming import Unmergeable
from .keeping import parameter_of, strongest
from .merge import Merger
from .methods import is_whole
from .named_numbers import named
from .names import MODULE_ATTRIBUTES, claimed, plain_word, safe
from .plans import Decision, Plan, Repeat, Slot, as_taken, stated_type
from .rules import are_alike, field_texts
from .varying import NONE, Names, constant_parameters, symbols_of

Item = tuple[Any, ...]  # a definition: its name, and where it stands, for several files may use the same one
Key = tuple[Item, int]  # a definition, and its depth if it contains itself


class Planner(Attempts):
    """Plans for a graph: `plans` in the order in which classes must be defined."""

    def __init__(self, graph: Graph):
        self.graph, self.askable = graph, False
        self.collected(graph)
        super().__init__(graph, self.groups)

    def collected(self, graph: Graph) -> None:
        """What is to be planned, which is the same in every attempt."""
        self.kept: list[Instance] = []  # keeps every id alive and in order
        self.seen: dict[int, int] = {}
        self.within: dict[int, frozenset[Item]] = {}
        self.entries = {id(model.instance) for model in graph.models if model.name not in graph.comments}
        for model in graph.models:
            self.collect(model.instance)
        for instance in (*graph.combined, *(model.instance for model in graph.beside)):
            self.collect(instance)
        self.groups = list(self.ordered())
        if graph.taken.is_spent(sum(map(work, self.groups))):
            limit = FILE * graph.taken.limit
            raise fail("too-many-steps", graph.models[0].span, limit=limit, doing="writing the code of the file")

    def collect(self, instance: Instance) -> int:
        """Notes the instance and all inside it; gives its height."""
        if id(instance) not in self.seen:
            inner = list(inner_instances(instance))
            self.seen[id(instance)] = 1 + max(map(self.collect, inner), default=0)
            names = frozenset(map(item_of, inner)).union(*(self.within[id(i)] for i in inner))
            self.within[id(instance)] = names
            self.kept.append(instance)
        return self.seen[id(instance)]

    def ordered(self) -> Iterator[list[Instance]]:
        """The instances by key, those that others hold first."""
        recursive = {item_of(i) for i in self.kept if item_of(i) in self.within[id(i)]}
        heights = {id(i): self.seen[id(i)] if item_of(i) in recursive else 0 for i in self.kept}
        keys = {id(i): (item_of(i), heights[id(i)]) for i in self.kept}
        groups: dict[Key, list[Instance]] = {}
        for instance in self.kept:
            groups.setdefault(keys[id(instance)], []).append(instance)
        done: set[Key] = set()

        def visit(key: Key) -> Iterator[Key]:
            if key in done:
                return
            done.add(key)
            for instance in groups[key]:
                for inner in inner_instances(instance):
                    yield from visit(keys[id(inner)])
            yield key

        for key in groups:
            yield from (groups[found] for found in visit(key))

    def plan(self, members: list[Instance]) -> None:
        """One class for all of them if that can be, else as few as a greedy choice finds."""
        if found := self.attempt(members):
            self.plans.append(found)
            return
        from .outlines import grouped, outline  # most blocks are one class

        alike = grouped(members, lambda member: outline(member.body))
        for several in grouped(alike, lambda some: outline((some[0].layout or some[0]).body, written=True)):
            if 1 < len(several) < len(alike) and (found := self.joined(several)):
                self.plans.append(found)
                continue
            for some in several:
                self.plans += [found] if (found := self.attempt(some)) else self.split(some)

    def joined(self, several: Sequence[list[Instance]]) -> Plan | None:
        """One class for instances whose loops turn more or less often, if it takes just what a class of each would."""
        members = [member for some in several for member in some]
        apart = [self.attempt(some) for some in several]
        found = self.attempt(members)
        return found if found and all(plan and taken_by(plan) == taken_by(found) for plan in apart) else None

    def split(self, members: list[Instance]) -> list[Plan]:
        groups: list[list[Instance]] = []
        for member in members:
            home = next((group for group in groups if self.fits(group, member)), None)
            if home is None:
                groups.append([member])
            else:
                home.append(member)
        return [self.attempt(group) or self.alone(group[0]) for group in groups]

    def fits(self, group: list[Instance], member: Instance) -> bool:
        """Whether a class can be that of one more, and loses no argument by it."""
        apart = [self.attempt(some) for some in (group, [member])]
        kept = frozenset().union(*(plan.lost for plan in apart if plan))
        found = self.attempt([*group, member])
        return found is not None and found.lost <= kept

    def alone(self, member: Instance) -> Plan:
        """A class of one instance with every number and every loop written out: there is nothing to agree on."""
        bare = without_spellings(member)
        self.kept.append(bare)
        plan = self.merge([bare], "flat")
        plan.members, plan.extras = [member], {id(member): {}}
        self.plan_of[id(member)] = plan
        return plan

    def attempt(self, members: Sequence[Instance]) -> Plan | None:
        """One class: with loops that gather lists, without them, or with all loops of the bodies written out; and with
        arguments that who uses the class works out.

        A later way is taken where it keeps arguments that an earlier one would lose.
        """
        kinds = [member.layout for member in members if member.layout]
        ways = ["lists"] if any(layout.otherwise for layout in kinds) else []
        ways += ["loops", "flat"] if kinds else ["flat"]
        self.askable, found = False, None
        for way, asks in [(way, asks) for asks in (False, True) for way in ways]:
            if asks and not self.askable:
                break
            try:
                plan = self.merge(members, way, asks=asks)
            except Unmergeable:
                continue
            if found is None or plan.lost < found.lost:
                found = plan
            if not self.lost_by(found):
                break
        if found is not None:
            self.plan_of |= {id(member): found for member in members}
        return found

    def lost_by(self, plan: Plan) -> frozenset[str]:
        """The names that a caller may choose, and that one way of writing a class turned out to lose."""
        free = frozenset().union(*(self.varying.get(id(member), frozenset()) for member in plan.members))
        return (plan.lost & free) - self.lost_of(plan.members)

    def merge(
        self, members: Sequence[Instance], way: str = "lists", strict: frozenset[str] = frozenset(), asks: bool = False
    ) -> Plan:
        """The plan of one class. What hangs on a name is spelled by it if the class takes it: see Numbers.

        `way` is how bodies are written: with loops that gather `lists`, with `loops` that do not, or `flat`.
        """
        free = frozenset().union(*(self.varying.get(id(member), frozenset()) for member in members))
        merger = Merger(members, self.plan_of, self.cut, free, self.lost_of(members), strict)
        merger.mattered = self.mattered = self.mattered | merger.mattered
        merger.asks = asks
        merger.reserved = frozenset(helper.name for helper in self.graph.helpers)
        if len({(m.starred, m.version, len(m.inputs)) for m in members}) > 1:
            raise Unmergeable("several numbers of inputs")
        if any([m.init for m in members]) and not are_alike([field_texts(m.init) for m in members]):
            raise Unmergeable("several rules of initialisation")
        inputs = tuple(merger.define(column) for column in zip(*(m.inputs for m in members), strict=True))
        written = merger.write_out(way) if way != "lists" else [member.layout or member for member in members]
        written = completed(written) if way != "flat" else written
        body = merger.steps([layout.body for layout in written])
        body, result = merger.returned(body, [layout.result for layout in written])
        merger.refuse(body, result)
        init = merger.rules([member.init for member in members])
        if halfway := frozenset(merger.plain) & merger.used.keys():
            return self.merge(members, way, strict | halfway, asks)
        self.askable = self.askable or merger.askable
        merger.keep_handed()
        merger.drop_idle()
        merger.keep_as_used()
        plan = self.planned(merger, members, {"body": body, "inputs": inputs, "result": result, "init": init})
        if len(members) > 1 and forks_inside(body) and not is_whole(plan):
            raise Unmergeable("a value that one way through nested conditions lacks")
        if len(members) > 1 and has_idle(written) and self.lost_by(plan):
            raise Unmergeable("lists that only some uses fill would settle what these, by themselves, do not")
        return plan

    def planned(self, merger: Merger, members: Sequence[Instance], settled: dict[str, Any]) -> Plan:
        first, whole = members[0], given_whole(settled["body"])
        slots = slots_of(merger, members, [i for i, m in enumerate(members) if id(m) in self.entries])
        slots = tuple(with_tuples(slot, whole.get(slot.key, frozenset())) for slot in slots)
        shared = {name: getattr(first, name) for name in ("definition", "kind", "starred", "version", "comment")}
        plan = Plan(
            **shared,
            **settled,
            members=list(members),
            slots=slots,
            extras=extras_of(merger, members),
            folded=tuple(dict.fromkeys(requoted(text) for site, text in merger.folded if site not in merger.met)),
            lost=frozenset(merger.lost) | self.lost_of(members),
            hidden=hidden(merger.behind_some, slots, members),
            locals=merger.printed({word for slot in slots for word in (slot.name, slot.key)}),
            numbers=tuple(merger.numbers),
            came_to=tuple(merger.keys[: len(members)]),
            refused=tuple(strongest(merger.refused)),
            named=tuple(named(merger, members)),
        )
        plan.slots = tuple([as_taken(plan, s) if s.values[0].value.__class__ in HANDED else s for s in makeable(plan)])
        return plan

    def cut(self, module: TapsModule) -> Plan:
        """The plan of a cut model: its own forward, with every number written out."""
        if id(module.cut) not in self.taps:
            bare = without_spellings(module.cut)
            self.kept.append(bare)
            plan = self.merge([bare])
            plan.members = [module.cut]
            key = id(self.plan_of[id(module.whole.instance)]), module.taps, module.dropped
            twins = self.cuts.setdefault(key, [])
            twins.append(plan)
            self.taps[id(module.cut)] = next(twin for twin in twins if forward_of(twin) == forward_of(plan))
        return self.taps[id(module.cut)]


def item_of(instance: Instance) -> Item:
    span = instance.span
    return (instance.definition, span.source.path, span.start) if span else (instance.definition,)


def hidden(behind: Iterable[str], slots: Sequence[Slot], members: Sequence[Instance]) -> frozenset[str]:
    """The names that are no arguments, although something hangs on them that is not said by one that is."""
    taken = {slot.key for slot in slots}
    places = [(member, dict(member.sizes)) for member in members]
    left = (name for name in behind if name not in taken)
    return frozenset(name for name in left if not all(is_twin(m, own.get(name), taken) for m, own in places))


def is_twin(member: Instance, place: Any, taken: set[str]) -> bool:
    """Whether a size of an input is that of an earlier one, which the class takes."""
    kind = member.inputs[place[0]].type if isinstance(place, tuple) else None
    size = kind.shape[place[1]] if isinstance(place, tuple) and isinstance(kind, TensorType) else None
    return any(spelling.symbols <= taken for spelling in getattr(size, "spellings", ()))


def without_spellings(instance: Instance) -> Instance:
    """The instance with no names to spell by: what is cut off may have been what kept a parameter alive."""
    return replace(instance, parameters=(), sizes=())


def forward_of(plan: Plan) -> tuple[Any, ...]:
    """What a cut model does: it is built by the class that it cuts."""
    return plan.inputs, tuple(step for step in plan.body if not isinstance(step, Make)), plan.result


def taken_by(plan: Plan) -> set[str]:
    return {slot.key for slot in plan.slots}


def slots_of(merger: Merger, members: Sequence[Instance], entries: Sequence[int]) -> tuple[Slot, ...]:
    """The constructor's arguments: sizes, the author's parameters in his order, what differed; with defaults last.

    Where one model is the class itself, and no variant of it, the defaults are that model's values.
    """
    entry = entries[0] if len(entries) == 1 else None
    taken: set[str] = {"self", *merger.reserved}
    inside = {name for name, place in members[0].sizes if isinstance(place, Known)}  # of templates
    sizes = [name for name in merger.sizes if merger.used[name] > 0]
    first, last = [name for name in sizes if name not in inside], [name for name in sizes if name in inside]
    rules = rules_of(merger, members, entry)
    parameters = [name for name in merger.parameters if merger.used[name] > 0]
    called = claimed([*first, *parameters, *last], taken)
    found = [size_slot(name, called, members) for name in first]
    given: dict[str, list[Any]] = {}
    for parameter in (p for member in members for p in member.parameters):
        given.setdefault(parameter.name, []).append(parameter)
    found += [parameter_slot(name, given[name], called, entry, rules.get(name)) for name in parameters]
    found += [size_slot(name, called, members) for name in last]
    behind = {column.name: column.behind for column in merger.frames[0].columns}
    avoided = {*MODULE_ATTRIBUTES, *merger.locals_of_author()}
    for field, (key, column) in zip(merger.fields, merger.extras.items(), strict=True):
        place = class_by_default(members, field) if entry is None else entry
        default = immutable(Known(column[place].value)) if place is not None else None
        own = parameter_of(key, behind[key], members, column) if behind[key] else None
        field = own if own and own not in {*merger.parameters, *taken} else field
        name = plain_word(safe(field), {*taken, *avoided, "torch", "nn"})
        taken.add(name)
        found.append(Slot("slot", key, name, tuple(column), default, behind=behind[key]))
    return tuple(sorted(in_order(found, members[0]), key=lambda slot: slot.default is not None))


def size_slot(name: str, called: Mapping[str, str], members: Sequence[Instance]) -> Slot:
    return Slot("size", name, called[name], tuple(Known(size_of(member, name)) for member in members))


def parameter_slot(
    name: str, given: Sequence[Any], called: Mapping[str, str], entry: int | None, rule: Known | None
) -> Slot:
    values = [p.value for p in given]
    default = None if given[0].behind else given[0].default
    if rule is not None:
        default = Known(None)
    elif entry is not None:
        default = Known(given[entry].value.value)
    if default is not None and not plain(default):
        default = None
    default = default and immutable(default)
    had = (*values, *([default] if default and not isinstance(default.value, tuple) else []))
    stated = stated_type(given[0], had) if len({p.type for p in given}) == 1 else ""  # else known of some uses alone
    return Slot("parameter", name, called[name], had, default, stated, rule=rule)


def makeable(plan: Plan) -> tuple[Slot, ...]:
    """The arguments with defaults that the class does not itself refuse: those of a variant with a class of its own
    are what the variant gives, or none where several differ."""
    defaults = default_values([slot for slot in plan.slots if slot.kind == "parameter"])
    wrong: set[str] = set()
    for condition, way in plan.refused:
        asked = getattr(condition.value, "spelling", None)
        names = NONE if asked is None else symbols_of(asked)
        if names and names <= defaults.keys() and not is_taken(asked, way, names, defaults, plan.members):
            wrong |= names
    if not wrong:
        return plan.slots
    alike = wrong & constant_parameters(plan.members)
    given = {slot.key: immutable(slot.values[0]) for slot in plan.slots if slot.key in alike}
    wrong_ones = (slot for slot in plan.slots if slot.key in wrong)
    right = {slot.key: replace(slot, default=given.get(slot.key), rule=None) for slot in wrong_ones}
    found = (right.get(slot.key, slot) for slot in plan.slots)
    return tuple(sorted(found, key=lambda slot: slot.default is not None))


def is_taken(asked: Any, way: bool, names: Names, defaults: Mapping[str, Known], members: Sequence[Instance]) -> bool:
    """Whether a class takes these defaults, as what is asked must go this way; of text it is known by the uses."""
    if isinstance(asked, (Formula, Condition)):
        try:
            return bool(asked.at({name: plain_value(default) for name, default in defaults.items()})) is way
        except ArithmeticError:
            return False
        except KeyError:  # of an item of a list
            pass
    given = ({p.name: plain_value(immutable(p.value)) for p in member.parameters} for member in members)
    return any(all(some.get(name) == plain_value(defaults[name]) for name in names) for some in given)


HANDED = (str, type(None))  # what has the type that it has where it is handed on
PLAIN = (bool, int, float, str, type(None))


def plain(value: Any) -> bool:
    """Whether a default holds numbers and texts alone, all the way down: no layer and no function."""
    value = value.value if isinstance(value, Known) else value
    return all(map(plain, value)) if isinstance(value, (tuple, list)) else isinstance(value, PLAIN)


def extras_of(merger: Merger, members: Sequence[Instance]) -> dict[int, dict[str, Known]]:
    return {id(member): {key: column[i] for key, column in merger.extras.items()} for i, member in enumerate(members)}


def forks_inside(body: Sequence[Any], depth: int = 0) -> bool:
    """Whether a condition stands inside another one."""
    for step in body:
        arms = (step.then, step.otherwise) if isinstance(step, (Branch, Decision)) else ()
        loop = (step.body,) if isinstance(step, Repeat) else ()
        if (arms and depth) or any(forks_inside(arm, depth + bool(arms)) for arm in (*arms, *loop)):
            return True
    return False
