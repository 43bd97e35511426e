"""Defaults that a class works out of its other arguments: `h=w * 2` is None in its head, and its first lines say what
it is then. Which defaults can be spelled so, analysis knows.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.calls import Formula, put
from ..dims.calls import name as name_of
from ..graph import Instance, Known, Maker, Parameter
from ..typed import Any, Iterator, Mapping, Sequence
from .arguments import simple, tupled
from .expressions import Written, node_of, plain_value
from .forming import Unmergeable
from .layout import flat, statement
from .names import snake_case
from .numbers import Numbers
from .plans import Slot
from .varying import NONE, Names, constant_parameters, item_of, names_of, symbols_of


def rules_of(merger: Numbers, members: Sequence[Instance], entry: int | None) -> dict[str, Known]:
    """For parameters that a class takes, how their defaults are written over others, which it then takes, too."""
    found: dict[str, Known] = {}
    if not any([p.behind for p in members[0].parameters]):
        return found
    for column in reversed([*zip(*(member.parameters for member in members), strict=True)]):
        name = column[0].name
        if column[0].behind and name in merger.parameters and merger.used[name] > 0:
            at_hand = entry is None or is_default(column[entry])
            rule = rule_of(merger, column) if at_hand else None
            found |= {name: rule} if rule else {}
    return found


def rule_of(merger: Numbers, column: Sequence[Parameter]) -> Known | None:
    """A default over names of the class; None if that cannot be said, or if None is one of the values."""
    defaults = [p.default for p in column if p.default is not None and names_of(p.default)]
    known = {*merger.parameters, *merger.known_numbers, *merger.lists}
    if len(defaults) < len(column) or any(p.value.value is None for p in column):
        return None
    if not all(names_of(default) <= known for default in defaults):
        return None
    try:
        rule = merger.known(defaults, column[0].name, False)
    except Unmergeable:
        return None
    return rule if [*read_by(rule)] else None


def read_by(known: Any) -> Iterator[str]:
    """The names that a rule reads."""
    value = known.value if isinstance(known, Known) else known
    if isinstance(value, Written):
        yield from symbols_of(value.spelling)
    for item in value if isinstance(value, (list, tuple)) else ():
        yield from read_by(item)


def is_default(p: Parameter) -> bool:
    return p.default is not None and plain_value(p.value) == plain_value(p.default)


def class_by_default(members: Sequence[Instance], field: str) -> int | None:
    """Which of some models has the template that a parameter has where nobody gives one."""
    for n, member in enumerate(members if members[0].kind == "model" else ()):
        held = (p for p in member.parameters if snake_case(p.name) == field and isinstance(p.value.value, Maker))
        if any(map(is_default, held)):
            return n
    return None


def in_order(slots: Sequence[Slot], member: Instance) -> Iterator[Slot]:
    """Arguments, with the author's parameters in his order, also where a class stands for a template."""
    order = {word: n for n, p in enumerate(member.parameters) for word in (p.name, snake_case(p.name))}
    places = [None if slot.kind == "size" else order.get(slot.key, order.get(slot.name)) for slot in slots]
    own = sorted((place, n) for n, place in enumerate(places) if place is not None)
    left = iter(own)
    return (slot if place is None else slots[next(left)[1]] for slot, place in zip(slots, places, strict=True))


def settled_with(members: Sequence[Instance], lost: Names) -> Names:
    """The names that a class does not take: those that are lost, and those behind the default of one that is, or whose
    default a class could not work out. A block's is asked for then."""
    alike = NONE
    for member in (m for m in members if any(p.behind for p in m.parameters)):
        alike = alike or constant_parameters(members)
        is_model = member.kind == "model"
        gone = lost | member.decided.pinned if is_model else lost
        for p in reversed([p for p in member.parameters if p.behind and is_default(p)]):
            is_said = p.default is not None and names_of(p.default) and simple(p.value)
            if p.name in gone or (is_model and not is_said):
                gone |= p.behind if is_model else p.behind & alike
                lost |= p.behind if is_model else p.behind & alike
    return lost


def default_lines(slots: Sequence[Slot], names: Mapping[str, str], indent: int) -> Iterator[str]:
    """What the arguments are that nobody gives."""
    for slot in slots:
        if slot.rule is not None:
            yield f"{' ' * indent}if {slot.name} is None:"
            yield statement(f"{slot.name} = ", node_of(tupled(slot.rule, slot.whole), names), indent + 4)


def default_text(slot: Slot, names: Mapping[str, str]) -> str:
    """A default as it is told; '' if there is none."""
    value = slot.default if slot.rule is None else tupled(slot.rule, slot.whole)
    return "" if value is None else f"{flat(node_of(value, names))} by default"


def default_values(slots: Sequence[Slot]) -> dict[str, Known]:
    """What the defaults of a class come to, by the names of their parameters."""
    found: dict[str, Any] = {}
    for slot in slots:
        value = slot.default and as_part(slot.default) if slot.rule is None else applied(slot.rule, found)
        if slot.default is not None and value is not UNKNOWN:
            found[slot.key] = value
    return {key: Known(part.at({}) if isinstance(part, Formula) else part) for key, part in found.items()}


def is_left_out(slot: Slot, value: Known, arguments: Sequence[tuple[Slot, Known]]) -> bool:
    """Whether what a call gives for an argument is what the class makes of the others."""
    found = applied(slot.rule, {other.key: as_part(known) for other, known in arguments}) if slot.rule else UNKNOWN
    given = as_part(value)
    return found is not UNKNOWN and type(found) is type(given) and bool(found == given)


UNKNOWN = object()


def applied(rule: Known, values: Mapping[str, Any]) -> Any:
    """What a rule comes to where its names have these values, which may be spelled themselves."""
    try:
        part = as_part(rule)
        items = {name: item_of(values[name.partition("[")[0]], name) for name in symbols_in(part)}
        return put(part, items)
    except (KeyError, IndexError, AttributeError, ArithmeticError):
        return UNKNOWN


def symbols_in(part: Any) -> Names:
    return part.symbols if isinstance(part, (Dim, Formula)) else NONE


def as_part(known: Any) -> Any:
    """A value as a part of a formula."""
    value = known.value if isinstance(known, Known) else known
    if isinstance(value, (list, tuple)):
        return Formula("list" if isinstance(value, list) else "tuple", tuple(map(as_part, value)))
    if isinstance(value, Written):
        spelling = value.spelling
        return spelling if isinstance(spelling, (Dim, Formula)) else name_of(str(spelling), "")
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
