"""Numbers in the templates that a block is given: names for them in its class, as `in_channels` names a size.

In `Bottleneck(64, Attention=SE(reduction))` the class that makes the SE takes `reduction`. Makes no templates.
"""

from __future__ import annotations

from ..dims import symbol
from ..graph import Instance, Known, Maker
from ..records import replace
from ..typed import Any, Callable, Container, Iterator, Mapping
from .things import Named, Origin, Part, Tapped, Thing, Whole, known_of, makers_in, named, strip

Change = Callable[[str, str, Known], Thing]  # of the block's parameter, of the template's, and the number


def numbers_in(given: Mapping[str, Thing]) -> list[Known]:
    """The numbers in the templates among a block's arguments, in their order."""
    found: list[Known] = []

    def note(parameter: str, field: str, known: Known) -> Thing:
        found.append(known)
        return known

    for name, thing in given.items():
        if not isinstance(thing, Known):  # as most are
            exchanged(thing, name, note)
    return found


def name_within(visit: Any) -> None:
    """Names these numbers in the class that the visit is for, which may take them."""
    taken, numbers = {*visit.names, *visit.hidden}, dict[str, int]()

    def name(parameter: str, field: str, known: Known) -> Known:
        word, place = name_for(parameter, field, taken, numbers), len(visit.hidden)
        taken.add(word)
        spelling: Any = symbol(word) if isinstance(known.value, int) else word
        found = visit.hidden[word] = Known(known.value, (spelling,))
        if visit.free is not None and (place,) not in visit.free:
            visit.pinned.add(word)
        return found

    others = {key: thing for key, thing in visit.names.items() if not isinstance(thing, Known)}
    visit.names |= {key: exchanged(thing, key, name) for key, thing in others.items()}
    visit.session.stand(visit.hidden.values())


def others_in(given: Mapping[str, Thing]) -> Iterator[Maker]:
    """The templates without these numbers: what else hangs on names, no argument of a class could say."""
    for name, thing in given.items():
        yield from makers_in((exchanged(thing, name, lambda parameter, field, known: strip(known)),))


def carried_in(instance: Instance, given: Mapping[str, Thing], types: Any) -> Iterator[tuple[str, Known]]:
    """The names that a class has beside its author's, with what a caller gives for them."""
    within = iter(numbers_in(given))
    for name, place in instance.sizes:
        if isinstance(place, Known):
            yield name, next(within)
        else:
            source, axis = place
            yield name, known_of(types[source].shape[axis])


def states_sizes(instance: Instance) -> bool:
    """Whether inputs of a block say sizes over its parameters or earlier sizes."""
    places = [place for _, place in instance.sizes if place.__class__ is tuple]
    return any([len(instance.inputs[n].type.shape[axis].spellings) > 1 for n, axis in places])


def exchanged(thing: Thing, parameter: str, change: Change) -> Thing:
    """An argument of a block with other numbers in its templates."""
    if isinstance(thing, Maker):
        positional = tuple(
            inside(value, parameter, field_of(thing, at), change) for at, value in enumerate(thing.positional)
        )
        keywords = {name: inside(value, parameter, name, change) for name, value in thing.keywords.items()}
        target = thing.target
        if isinstance(target, (Tapped, Part)):
            target = replace(target, whole=exchanged(target.whole, parameter, change))
        return Maker(thing.name, target, positional, keywords, thing.spans, thing.held)
    if isinstance(thing, (list, tuple)) and any(True for _ in makers_in(thing)):
        items = [exchanged(item, parameter, change) for item in thing]
        if isinstance(thing, (Named, Whole)):
            return named(thing.name, items, type(thing))
        return items if isinstance(thing, list) else tuple(items)
    return thing


def inside(thing: Thing, parameter: str, field: str, change: Change) -> Thing:
    """The same of an argument of a template."""
    if isinstance(thing, Known) and type(thing.value) is not bool and isinstance(thing.value, (int, float)):
        return change(parameter, field, thing)
    if isinstance(thing, (list, tuple)):
        items = [inside(item, parameter, field, change) for item in thing]
        return items if isinstance(thing, list) else tuple(items)
    return exchanged(thing, parameter, change)


def field_of(maker: Maker, at: int) -> str:
    """What a positional argument of a template is called."""
    target = maker.target
    names: Any = ()
    if isinstance(target, Origin):
        names = [parameter.name.id for parameter in getattr(target.item, "parameters", ())]
    elif isinstance(target, type):
        names = target.authored_fields()  # type: ignore[attr-defined]
    return names[at] if at < len(names) else "value"


def name_for(parameter: str, field: str, taken: Container[str], numbers: dict[str, int]) -> str:
    """What the constructor argument is called that carries such a number; `numbers` are those last put to names."""
    name = field.lower()
    if name in taken:
        name = f"{parameter.lower()}_{name}"
    found, number = name, numbers.get(name, 1)
    while found in taken:
        number += 1
        found = f"{name}{number}"
    numbers[name] = number
    return found


def may_be_template(thing: Thing) -> bool:
    return isinstance(thing, Maker) or (thing.__class__ is Known and thing.value is None)
