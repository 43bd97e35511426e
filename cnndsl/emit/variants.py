"""The own parameters of a variant: which its function can take, and how it says by them what it gives the class."""

from __future__ import annotations

from ..dims import Dim, Formula, Size
from ..graph import Instance, Known, Model, Parameter
from ..records import replace
from ..typed import Any, Iterator, Mapping, Sequence, Set
from .arguments import immutable, tupled
from .defaults import is_default, read_by
from .expressions import Written, plain_value
from .formulas import is_value
from .names import claimed
from .plans import Plan, Slot, stated_type
from .varying import names_of


class Variant:
    """A model as a function: `own` are the arguments that it takes beside those of the class, `given` what it says by
    them."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self.model = model
        slots = {slot.key: slot for slot in plan.slots if slot.kind == "parameter"}
        self.given = self.sayable(plan, slots.keys())
        kept = own_taken(model.own, names_of(list(self.given.values())))
        gone = {p.name for p in model.own}
        taken = [s for s in slots.values() if s.key not in model.fixed and s.key not in gone]
        self.open = [*settled_rules(taken, self.given.keys(), model.instance)]
        self.names = claimed([parameter.name for parameter in kept], {slot.name for slot in self.open})
        self.own = [self.slot(parameter, slots) for parameter in kept]

    def sayable(self, plan: Plan, taken: Any) -> dict[str, Known]:
        """What the file gives the class by names that nothing else hangs on, which the class does not take."""
        given = {name: known for name, known in self.model.given.items() if name in taken}
        lost = names_of([known for name, known in self.model.given.items() if name not in given])
        for known in plan.extras[id(self.model.instance)].values():
            lost |= names_of([self.model.given[name] for name in names_of(known) & self.model.given.keys()])
        while gone := {name for name, known in given.items() if names_of(known) & lost}:
            lost |= names_of([given.pop(name) for name in gone])
        return given

    def slot(self, parameter: Parameter, slots: Mapping[str, Slot]) -> Slot:
        """An argument for one of its own parameters."""
        same = (slots[name] for name, known in self.given.items() if spelling_of(known) == parameter.name)
        found = next(same, None)
        whole = found.whole if found else frozenset()
        value = tupled(parameter.value, whole)
        literal = found.stated if found and found.stated.startswith("Literal[") else ""
        stated = literal or stated_type(parameter, (value,))
        name = self.names[parameter.name]
        rule = written(tupled(parameter.default, whole)) if follows(parameter) else None
        if rule is None:
            return Slot("parameter", parameter.name, name, (value,), immutable(value), stated, whole)
        had, nothing = (value, Known(None)), Known(None)
        return Slot("parameter", parameter.name, name, had, nothing, stated_type(parameter, had), whole, rule=rule)

    def through(self) -> dict[str, Size]:
        """What sizes over names of the class are over its own: each name, or item of a list, with what it is."""
        taken = {slot.key for slot in self.open}
        values = {p.name: p.value for p in self.model.instance.parameters if p.name not in taken} | self.given
        return dict(item for name, known in values.items() for item in parts_of(name, known))

    def shaped(self, model: Model) -> Set[str]:
        """The names of the class that requirements of its model hang on; how long a list is, the file says."""
        found = model.instance.decided.shaped
        return {name for name in self.given if not found.isdisjoint((name, f"all({name})"))}

    def turning(self) -> Set[str]:
        """The names of the class that decide how often loops turn which sizes of the result come from."""
        found = self.model.instance.decided.ended
        numbers = {name for name, known in self.given.items() if not isinstance(known.value, (list, tuple))}
        return {n for n in self.given if f"all({n})" in found or (n in numbers and n in found)}

    def tests(self, names: Any) -> list[str]:
        """The values that the file gives for what is behind some of the class's names."""
        behind = names_of([known for name, known in self.given.items() if name in names])
        return [is_value(self.names[p.name], Known(p.value.value)) for p in self.model.own if p.name in behind]


def follows(parameter: Parameter) -> bool:
    """Whether a parameter is what its default is, and that hangs on others."""
    return is_default(parameter) and bool(names_of(parameter.default))


def own_taken(own: Sequence[Parameter], behind: Set[str]) -> list[Parameter]:
    """The parameters of a variant that its function takes: those behind what it gives, and behind their defaults."""
    found: list[Parameter] = []
    for p in reversed(own):
        if p.name in behind:
            found.insert(0, p)
            behind = behind | names_of(p.default) if follows(p) else behind
    return found


def settled_rules(slots: Sequence[Slot], given: Set[str], instance: Instance) -> Iterator[Slot]:
    """Arguments of a class that are open, as numbers where their defaults hang on nothing that is, or are no defaults;
    `given` are those that the variant's own say."""
    values = {p.name: p for p in instance.parameters}
    free = {*given}
    for slot in slots:
        free.add(slot.key)
        if slot.rule is None or (is_default(values[slot.key]) and not free.isdisjoint(read_by(slot.rule))):
            yield slot
            continue
        had = tuple(value for value in slot.values if plain_value(value) is not None)
        default = immutable(tupled(Known(values[slot.key].value.value), slot.whole))
        yield replace(slot, values=had, default=default, stated=slot.stated.removesuffix(" | None"), rule=None)


def spelling_of(known: Known) -> str:
    """How a value is written, as text; '' for one that is not."""
    return str(known.spellings[0]) if known.spellings else ""


def written(known: Any) -> Any:
    """A value with its spellings put in the place of numbers."""
    if isinstance(known, Known) and known.spellings:
        return Known(Written(known.spellings[0]))
    value = known.value if isinstance(known, Known) else known
    return Known(type(value)(map(written, value))) if isinstance(value, (list, tuple)) else known


def parts_of(name: str, known: Any) -> Iterator[tuple[str, Any]]:
    """What stands for a name of the class, and for `name[0]`, where it is a list."""
    value = known.value if isinstance(known, Known) else known
    if isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from parts_of(f"{name}[{place}]", item)
        if value:
            yield from parts_of(f"{name}[-1]", value[-1])
        yield f"len({name})", len(value)
        if not any(isinstance(item, (list, tuple)) for item in value):
            parts = dict(part for place, item in enumerate(value) for part in parts_of(str(place), item))
            yield name, Formula("list", tuple(parts.values()))
    elif isinstance(known, Known) and isinstance(value, int):
        yield name, next((s for s in known.spellings if isinstance(s, Dim)), int(plain_value(known)))
