"""Which variable of the generated forward() holds each value of a graph: what is alive at a time follows from it.

Lines and names are those of the class (`methods.Method`), but for each instance on its own: the loops of its body
written out, and an `if` that other instances decide otherwise as a place that no line reaches across.
"""

from __future__ import annotations

from ..dims import Condition, Dim, Real
from ..graph import Apply, Branch, Call, Choice, Cut, Instance, Known, Make, Operate, Pick, Step
from ..loops import every
from ..records import fields, replace
from ..typed import Any, Iterator, Mapping
from .blocks import Block, Fork, Line, Turn, values_in
from .contents import as_operator, inner_instances
from .expressions import Written
from .methods import Method
from .names import MODULE_NAMES
from .plans import Decision, Plan
from .rendering import leaves

Site = tuple[str, int]  # a definition, and where an `if` of it is
Names = Mapping[int, str]  # of values; one without stands inside another one's line, or nothing reads it
READING = (Apply, Call, Operate, Pick)
OPERANDS = {"inputs", "options", "arguments", "keywords", "operands", "items", "start", "stop", "step"}
SEAM = Decision(Known(True), (), (), [])


class Variables:
    """Those of the instances of a model. A value that is one of several results, and that nothing reads, is `_`."""

    def __init__(self, whole: Instance) -> None:
        self.decided = decided(whole)
        self.known: dict[int, tuple[Instance, Names]] = {}
        self.plans: dict[str, list[tuple[Plan, Names]]] = {}  # of each definition

    def of(self, instance: Instance) -> Names:
        found = self.known.get(id(instance))
        if found is None:
            found = self.known[id(instance)] = (instance, self.names(self.plan(instance)))
        return found[1]

    def names(self, plan: Plan) -> Names:
        """Those of a class, or of another one with the same forward()."""
        known = self.plans.setdefault(plan.definition, [])
        found = next((names for other, names in known if forward_of(other) == forward_of(plan)), None)
        if found is None:
            found = names_of(Method(plan, MODULE_NAMES))
            known.append((plan, found))
        return found

    def plan(self, instance: Instance) -> Plan:
        """A class of this instance alone."""
        body = tuple(self.written(instance.body, instance.definition))
        shared = {name: getattr(instance, name) for name in ("definition", "kind", "inputs", "starred", "result")}
        return Plan(**shared, members=[instance], slots=(), body=body, init=(), version=None, comment="", extras={})

    def written(self, steps: tuple[Step, ...], definition: str) -> Iterator[Any]:
        for step in steps:
            if isinstance(step, Choice):
                seam = [SEAM] if (definition, step.site) in self.decided else []
                yield from (*seam, *self.written(step.body, definition), *seam)
            elif isinstance(step, Branch):
                then, otherwise = (tuple(self.written(way, definition)) for way in (step.then, step.otherwise))
                yield replace(step, condition=in_axes(step.condition), then=then, otherwise=otherwise)
            else:
                made = as_operator(step) if isinstance(step, Call) else step
                yield in_axes(made) if isinstance(made, READING) and any(map(is_free, leaves(made))) else made


def forward_of(plan: Plan) -> tuple[Any, ...]:
    """What decides on lines and names."""
    return plan.inputs, [step for step in plan.body if not isinstance(step, Make)], plan.result


def is_free(item: Any) -> bool:
    """Whether an operand is a number that forward() asks its tensors for."""
    value = item.value if isinstance(item, Known) else None
    return any(map(is_free, value)) if isinstance(value, (tuple, list)) else isinstance(value, (Dim, Real))


def in_axes(thing: Any) -> Any:
    """Numbers that forward() asks its tensors for, as it writes them."""
    if isinstance(thing, Known):
        if isinstance(thing.value, (Dim, Condition, Real)):
            return Known(Written(thing.spellings[0]) if thing.spellings else thing.value)
        return Known(in_axes(thing.value))
    if isinstance(thing, (tuple, list)):
        return type(thing)(map(in_axes, thing))
    if isinstance(thing, (Cut, *READING)):
        read = {one.name: in_axes(getattr(thing, one.name)) for one in fields(thing) if one.name in OPERANDS}
        return replace(thing, **read)
    return thing


def decided(whole: Instance) -> frozenset[Site]:
    """Every `if` that went both ways."""
    ways: set[tuple[Site, bool]] = set()
    seen: set[int] = set()
    left = [whole]
    while left:
        instance = left.pop()
        if id(instance) not in seen:
            seen.add(id(instance))
            choices = (step for step in every(instance.body) if isinstance(step, Choice))
            ways |= {((instance.definition, step.site), step.taken) for step in choices}
            left += inner_instances(instance)
    return frozenset(site for site, taken in ways if (site, not taken) in ways)


def names_of(method: Method) -> Names:
    """The variable of each value that has one."""
    needed = method.naming.liveness.needed
    unread = dict.fromkeys(unread_parts(method.block, needed), "_")
    return {number: name for number, name in method.naming.names.items() if number in needed} | unread


def unread_parts(block: Block, needed: set[int]) -> Iterator[int]:
    """The values that a line takes apart with others, and that nothing reads."""
    for line in lines_of(block):
        if isinstance(line, Line) and isinstance(line.target, tuple):
            parts = [value.number for value in values_in(line.target)]
            yield from (part for part in parts if part not in needed and any(other in needed for other in parts))


def lines_of(block: Block) -> Iterator[Line | Fork | Turn]:
    """All lines, those in arms included."""
    for line in block.lines:
        yield line
        if isinstance(line, Fork):
            yield from lines_of(line.then)
            yield from lines_of(line.otherwise)
