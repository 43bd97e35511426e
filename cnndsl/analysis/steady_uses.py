"""Keeps constructor arguments honest where layers are made, functions called and tensors indexed: see steady.py."""

from __future__ import annotations

from itertools import islice

from ..dims import Dim
from ..graph import Known, Type
from ..layers.base import Layer
from ..loops import MARK, values_in
from ..shapes import Need, TensorType, tensors
from ..typed import Any, Callable, Collection, Iterable, Iterator, Mapping
from .resizing import CHANGES, Free, alike, leaves, resized, said_outside, sizes_in, whole
from .reuse_layers import asked_once, written_alike
from .state import State
from .steady import (
    MANY,
    REFUSALS,
    SHAPELESS,
    TRIES,
    WIDELY,
    Needed,
    Rule,
    Ruled,
    all_are,
    answer,
    answers,
    follows,
    is_number,
    is_shaping,
    is_steady_together,
    is_told,
    needed,
    pin_unsteady,
    pin_unsteady_sizes,
    results_in,
    shaped_by,
)
from .things import Thing, names_said, raw, symbols_in

COUNTED = frozenset({"reshape", "view", "unflatten"})  # they take tensors of as many elements alone
SCALES = (0.5, 2.0, 1.25)  # by which a fraction is changed, to see whether it shapes anything


def pin_unsteady_layer(
    visit: State,
    given: Mapping[str, Thing],
    values: Any,
    rule: Ruled,
    output: Type,
    cls: type[Layer] | None,
) -> frozenset[str]:
    """Pins the parameters behind the arguments, and the sizes of inputs, that a layer uses in a way not spelled.

    `values` are its arguments and the types of its inputs, as its rule takes them. Gives what was not asked about, for
    it was pinned already. `cls` is the class of the layer if its rule hangs on nothing else: layers that are written
    alike hang on the same names, so that only the first is asked. `visit.shaped` is of this layer alone.
    """
    session = visit.session
    if not session.for_code:
        return frozenset()
    numbers, types = values
    pin_fractions(visit, given, numbers, lambda new, need: rule((new, types), need), output)
    given = {name: thing for name, thing in given.items() if name not in SHAPELESS and is_shaping(thing)}
    behind = names_behind(visit, given.values(), values)
    unasked = behind & visit.pinned
    if unasked == behind:
        return unasked
    usual = answer(session.need, output)
    key = key_of_use(visit, cls, values, output, usual, behind, (session.need.mode, unasked))
    ask_once(visit, key, given.values(), lambda: ask_layer(visit, given, values, rule, output, usual, cls))
    return unasked


def pin_fractions(
    visit: State, given: Mapping[Any, Thing], values: Mapping[Any, Any], rule: Rule, output: Type
) -> None:
    """Pins the parameters behind fractions that hold for a size, such as a scale: no spelling tells how."""
    for name, thing in given.items():
        if name in SHAPELESS or not is_fraction(thing) or visit.pinned.issuperset(symbols_in(thing)):
            continue
        others = (answers(rule, {**values, name: scaled(thing, factor)}, visit.session.need.mode) for factor in SCALES)
        if any(kind != output for found in others for kind, _ in found):
            visit.pin(thing)


def pin_axes(visit: State, types: Iterable[Any], values: Any, rule: Ruled, output: Type) -> None:
    """Pins the names behind numbers that may say which axis is meant, where one of few gives other sizes: `sum(x, k)`
    of `[N, 1, 6, 6]` is the same for most. `types` are those of the tensors among these values."""
    found = [kind for one in types for kind in tensors(tuple(one) if isinstance(one, list) else one)]
    rank = max((kind.rank for kind in found), default=0)
    names, numbers = numbers_in(visit, values)
    sizes = [*found, *(size for size in sizes_in(values) if isinstance(size, Free))]
    for name in sorted(names & numbers.keys() - numbers_in(visit, sizes)[0]):
        if type(numbers[name]) is int and not visit.session.behind(names_said(name)) <= visit.pinned:
            axes = ({**numbers, name: axis} for axis in range(-rank - 1, rank + 1))
            others = (kind for kind, _, _ in answered(visit, values, rule, {name}, axes))
            if not all(follows(output, kind, {name}) for kind in others if results_in(kind) == results_in(output)):
                visit.pin(Known(0, (name,)))


def is_fraction(thing: Thing) -> bool:
    """Whether a thing is or holds a fraction that a parameter gave."""
    if isinstance(thing, (list, tuple)):
        return any(map(is_fraction, thing))
    return isinstance(thing, Known) and isinstance(thing.value, float) and bool(thing.spellings)


def scaled(thing: Thing, factor: float) -> Any:
    if isinstance(thing, (list, tuple)):
        return type(thing)(scaled(item, factor) for item in thing)
    return raw(thing) * factor if is_fraction(thing) else raw(thing)


def names_behind(visit: State, given: Iterable[Thing], values: Any) -> frozenset[str]:
    """The names of the class behind what is given, and behind the sizes in these values."""
    said = {word for size in sizes_in(values) for name in size.spellings[0].symbols for word in names_said(name)}
    return frozenset(visit.session.behind(said.union(*map(symbols_in, given))))


def key_of_use(
    visit: State, what: Any, values: Any, output: Type, usual: Needed, behind: frozenset[str], terms: Any
) -> Any:
    """What is the same of all uses that are written alike; with whether names of rounds are behind it.

    Such names are others in each round, with the same names of the class behind them.
    """
    is_local = any(MARK in name for name in behind)

    def behind_round(name: str) -> frozenset[str]:
        return frozenset(said for said in visit.session.behind([name]) if MARK not in said)

    if is_local and any(MARK in name for name in behind & visit.pinned):
        return None
    key = written_alike(what, values, output, usual[0], terms, behind_round)
    return key and (is_local, key)


def ask_once(visit: State, key: Any, given: Iterable[Thing], ask: Callable[[], None]) -> None:
    """Asks what a use hangs on, unless one that is written alike was found to pin nothing.

    Of what is given, `key` tells numbers by their names, and nothing else. What is shaped by names of rounds is asked
    in each.
    """
    alike = visit.session.alike
    if key is None or not all(map(is_number, filter(is_shaping, given))):
        return ask()
    if key not in alike:
        pinned, before = len(visit.pinned), visit.shaped
        visit.shaped = set()
        try:
            ask()
        finally:
            found, visit.shaped = visit.shaped, before
        visit.note_shaped(found)
        if len(visit.pinned) == pinned and not (found and key[0]):
            alike[key] = frozenset(found)
    else:
        visit.note_shaped(alike[key])


def ask_layer(
    visit: State,
    given: Mapping[str, Thing],
    values: Any,
    rule: Ruled,
    output: Type,
    usual: Needed,
    cls: type[Layer] | None,
) -> None:
    """Pins what a layer uses in a way not spelled; asks for each name only if all of them at once change anything."""
    if "dim" in given:
        pin_axes(visit, values[1], values, rule, output)
    if is_steady_together(visit, given.values(), values, rule, output, usual):
        return
    if are_many_pinned(visit, given.values(), values):
        return
    rule = asked_once(rule, cls)
    numbers, types = values
    met = None if visit.session.need.mode == "training" else [asked for asked, _ in visit.session.need.conditions]
    alone = alone_changed(visit, values, rule)
    told = {name: found for name, found in alone.items() if found is not None}
    steady = steady_names(visit, values, rule, output, alone)
    left = {name: thing for name, thing in given.items() if not steady.issuperset(shaped_by(thing))}
    pin_unsteady(visit, left, lambda new, need: rule((new, types), need), output, numbers, met)
    known = {name: all_are(usual, (answer(need, kind) for kind, need, _ in found)) for name, found in told.items()}
    pin_unsteady_sizes(visit, values, rule, usual, known=known)


def are_many_pinned(visit: State, given: Iterable[Thing], values: Any) -> bool:
    """Pins all names behind a use that has very many: to ask for each of them what hangs on it alone takes too long."""
    names = {name for size in sizes_in(values) for name in size.spellings[0].symbols}
    if len(names) <= MANY:
        return False
    for thing in (*given, *(Known(0, (name,)) for name in sorted(names))):
        visit.pin(thing)
    return True


Told = tuple[Type, Need, dict[str, Any]]  # what a rule gives and needs, and what names stand for then


def alone_changed(visit: State, values: Any, rule: Ruled) -> dict[str, list[Told] | None]:
    """For each name that spells a number, what a rule first gives where it alone changes, wherever it is written.

    None for a name of which it is not known what it stands for.
    """
    names, numbers = numbers_in(visit, values)

    def told(name: str) -> Iterator[Told]:
        return answered(visit, values, rule, {name}, alike(numbers, {name}))

    return {name: list(islice(told(name), TRIES)) if name in numbers else None for name in names}


def numbers_in(visit: State, values: Any) -> tuple[set[str], dict[str, Any]]:
    """The names that spell numbers in these values, and what they stand for, as far as that is known."""
    names = {name for size in sizes_in(values) for name in size.spellings[0].symbols}
    return names, {name: visit.session.stands_for[name] for name in names if name in visit.session.stands_for}


def answered(
    visit: State, values: Any, rule: Ruled, names: set[str], others: Iterable[dict[str, Any]]
) -> Iterator[Told]:
    """What a rule gives where names are changed so."""
    for changed, changing in resized(values, names, others):
        yield from ((*found, changing) for found in answers(rule, changed, visit.session.need.mode))


def steady_names(
    visit: State, values: Any, rule: Ruled, output: Type, alone: Mapping[str, list[Told] | None]
) -> set[str]:
    """The names whose change, wherever they are written, changes what a rule gives as the spellings of `output` tell;
    of free sizes nothing is asked.

    A depth-wise convolution takes no other number of groups on the same input, but on one of as many channels; heads
    are what divides a size.
    """
    numbers = numbers_in(visit, values)[1]
    steady = set[str]()
    for name, found in alone.items():
        if found is None:
            return set()
        others = ({**numbers, name: n} for n in widely(numbers[name]))
        more = islice(answered(visit, values, rule, {name}, others), TRIES - len(found))
        several = [*found, *more]
        if not several:  # what is equal now is taken to be meant to be
            equal = {other for other, now in numbers.items() if now == numbers[name]}
            several = list(islice(answered(visit, values, rule, equal, alike(numbers, equal)), TRIES))
        if len(several) == TRIES and all(is_told(output, kind, changing, True) for kind, _, changing in several):
            steady.add(name)
    return steady


def widely(now: Any) -> Iterator[int]:
    """Other numbers for a number that seems to allow few."""
    whole = isinstance(now, int) and not isinstance(now, bool)
    yield from (n for n in WIDELY if whole and n not in (now, *(change(now) for change in CHANGES)))


def pin_unsteady_call(visit: State, name: str, given: Mapping[Any, Thing], rule: Rule, output: Type) -> None:
    """Pins the parameters that a call of a function uses in a way not spelled.

    Where its numbers are other ones, so may be its tensors: all are changed at once, before each is changed alone.
    """
    if not visit.session.for_code:
        return
    values = {key: given_free(visit, thing) for key, thing in given.items()}
    rule, refuses = asked_free(rule), name in COUNTED
    pin_fractions(visit, given, values, rule, output)

    def ask(usual: Needed | None) -> None:
        pin_axes(visit, values.values(), values, rule, output)
        if usual and is_steady_together(visit, given.values(), values, rule, output, usual):
            return
        outside = said_outside(values) if refuses else None
        if usual and outside and is_steady_together(visit, given.values(), outside, rule, output, usual):
            return
        if are_many_pinned(visit, given.values(), values):
            return
        alone = alone_changed(visit, values, rule)
        steady = steady_names(visit, values, rule, output, alone)
        left = {key: thing for key, thing in given.items() if not steady.issuperset(shaped_by(thing))}
        pin_unsteady(visit, left, rule, output, values)
        for name in alone.keys() - steady:  # what none of the results' sizes is spelled by
            if not all(follows(output, kind, {name}) for kind, _, _ in alone[name] or ()):
                visit.pin(Known(0, (name,)))
        same = output if is_elementwise(values.values(), output) else None
        pin_unsteady_sizes(visit, values, rule, usual, same, refuses=refuses)

    ask_of_use(visit, ("call", name), given.values(), values, rule, output, ask)


def given_free(visit: State, thing: Thing) -> Any:
    """A thing as a rule takes it, with what the free sizes in it hang on; pins that where it cannot be told."""
    if isinstance(thing, (list, tuple)):
        return type(thing)([given_free(visit, item) for item in thing])
    names = set(symbols_in(thing)) if visit.is_free(thing) and visit.is_unpinned(thing) else ()
    if not names:
        return raw(thing)
    way = thing.spellings[0]
    sizes = {name: size_at(visit, name) for name in way.symbols - names} if isinstance(way, Dim) else {"": None}
    if None in sizes.values():
        visit.pin(thing)
        return raw(thing)
    return Free(raw(thing), way.subs(sizes), names)


def size_at(visit: State, name: str) -> Any:
    """What `forward` reads off a tensor (`%7.2`), as far as it is known; None if it is not."""
    number, _, axis = name.removeprefix("%").partition(".")
    if not axis.isdecimal():
        return None
    made = getattr(visit.made.get(int(number)), "target", None)
    values = values_in([made, *getattr(visit, "input_values", ())])
    kind = next((value.type for value in values if value.number == int(number)), None)
    return kind.shape[int(axis)] if isinstance(kind, TensorType) else None


def asked_free(rule: Rule) -> Rule:
    """A rule that takes free sizes with what they hang on; where these are others, they may be any."""

    def asked(values: Mapping[Any, Any], need: Need) -> Type:
        inner = Need(mode=need.mode)
        try:
            found = rule(whole(values), inner)
        except REFUSALS:
            if not any(isinstance(leaf, Free) and leaf.moved for leaf in leaves(values)):
                raise
            found = rule(whole(values, True), inner := Need(mode=need.mode))
        need.adopt(inner)
        return found

    return asked


def pin_unsteady_operator(visit: State, sign: str, sides: Any, rule: Ruled, output: Type) -> None:
    """The same for the sizes of tensors that an operator combines."""
    if visit.session.for_code:
        ask = lambda usual: pin_unsteady_sizes(visit, sides, rule, usual, output)  # noqa: E731
        ask_of_use(visit, ("operator", sign), (), sides, rule, output, ask)


def ask_of_use(
    visit: State,
    what: Any,
    given: Collection[Thing],
    values: Any,
    rule: Ruled,
    output: Type,
    ask: Callable[[Needed | None], None],
) -> None:
    """Asks what a call or an operator hangs on, beside what is pinned already; `ask` is told what it needs as it is."""
    mode, behind = visit.session.need.mode, names_behind(visit, given, values)
    unasked = behind & visit.pinned
    if unasked and given and is_of_other_free_sizes(values, output):  # of these nothing is asked
        given_by = (name for thing in filter(is_shaping, given) for name in shaped_by(thing))
        visit.note_shaped(unasked.intersection(given_by))
    if unasked == behind:
        return
    usual = next(needed(rule, mode, [values]), None)
    key = usual and key_of_use(visit, what, values, output, usual, behind, (mode, unasked, visit.asks))
    ask_once(visit, key, given, lambda: ask(usual))


def is_of_other_free_sizes(values: Any, output: Type) -> bool:
    """Whether a result has free sizes, and no tensor that is given has the same ones in the same order."""
    found = free_sizes(output)
    tensors = (tensor for value in dict(values).values() for tensor in (value if isinstance(value, list) else [value]))
    return bool(found) and all(free_sizes(tensor) != found for tensor in tensors)


def free_sizes(kind: Any) -> list[Dim]:
    """The free sizes of a tensor, but for how many samples there are."""
    return [size for size in kind.shape[1:] if isinstance(size, Dim)] if isinstance(kind, TensorType) else []


def is_elementwise(values: Iterable[Any], output: Type) -> bool:
    """Whether each size of a result is that of one of the tensors, along the same axis from the last."""
    kinds = [value for value in values if isinstance(value, TensorType)]
    if not isinstance(output, TensorType) or any(isinstance(value, (list, tuple)) for value in values):
        return False
    return all(any(size in kind.shape[-n:][:1] for kind in kinds) for n, size in enumerate(reversed(output.shape), 1))
