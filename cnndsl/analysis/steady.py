"""Keeps constructor arguments honest: a parameter that shapes a tensor in a way that no spelling tells is pinned.

A number remembers its spelling only as far as arithmetic carries it. So a rule is asked again with other values of
the arguments that parameters gave: where its answer changes in a size that has no spelling, in a dtype or in what it
needs, the generated source could not follow the parameter, which therefore stays as it is.
"""

from __future__ import annotations

from itertools import islice

from ..dims import Condition, Dim, Formula
from ..graph import Choice, Cut, Known, Maker, Type
from ..layers.checks import NotOneOf
from ..lean import reduce, suppress
from ..shapes import Misfit, Need, TensorType
from ..source import Span
from ..spelled import Spelled
from ..syntax import tree as t
from ..typed import Any, Callable, Iterable, Iterator, Mapping
from .resizing import CHANGES, alike, along, apart, equal_to, leaves, names_of, resized, sizes_in, spelled_number
from .state import State
from .template_numbers import numbers_in
from .things import Counted, Thing, known_of, names_said, raw, symbols_in
from .wording import same_in_all_ways

SHAPELESS = frozenset({"out_channels", "out_features", "bias", "p", "eps", "momentum", "affine", "inplace"})
WIDELY = (*range(13), 16, 24, 32, 48, 64)  # tried of a number that seems to allow no other
MANY = 64  # names that a use is asked of one by one, at most
TRIES = 2  # other values that a rule must take before it counts as asked
REFUSALS = (Misfit, TypeError, ValueError, IndexError, AttributeError, KeyError)

Needed = tuple[list[Condition], list[Dim | None]]  # the conditions, and the free ones among the sizes of the result
Free = frozenset["str | tuple[Any, ...]"]
Rule = Callable[[Mapping[Any, Any], Need], Type]
Ruled = Callable[[Any, Need], Type]  # of arguments and types of inputs together


def free_in(visit: State, item: Any, given: Mapping[str, Thing], types: Any) -> Free | None:
    """The arguments of a block, and the axes of its inputs, behind which parameters of the class around it are free.

    Whether the others are pinned inside need not be asked: no argument of the model's hangs on it. None where it must
    be: a model inside another is built as it is by itself. `(1, 2, 0)`: an axis of input 1 is, for whoever calls, the
    same size as that of input 0. `(2,)`: the third number in templates.
    """
    if not visit.session.for_code or not isinstance(item, t.Definition) or item.kind == "model":
        return None
    names = [name for name, thing in given.items() if visit.is_unpinned(thing)]
    axes = [
        (number, axis)
        for number, kind in enumerate(types)
        for axis, size in enumerate(getattr(kind, "shape", ()))
        if isinstance(size, Spelled) and visit.is_unpinned(known_of(size))
    ]
    within = ((place,) for place, known in enumerate(numbers_in(given)) if visit.is_unpinned(known))
    return frozenset((*names, *axes, *twins(types, axes), *within))


def twins(types: Any, axes: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """These axes of inputs with the first of the earlier inputs whose size along that axis is written alike."""
    firsts: dict[tuple[int, Dim], int] = {}
    for number, kind in enumerate(types):
        for axis, size in enumerate(getattr(kind, "shape", ())):
            for way in getattr(size, "spellings", ()):
                firsts.setdefault((axis, way), number)
    for number, axis in axes:
        first = min(firsts[axis, way] for way in types[number].shape[axis].spellings)
        if first < number:
            yield number, axis, first


def answers(rule: Ruled, values: Any, mode: str) -> Iterator[tuple[Type, Need]]:
    """What a rule gives and needs, if it takes these values."""
    need = Need(mode=mode)
    with suppress(*REFUSALS):
        yield rule(values, need), need


def is_steady_together(
    visit: State, given: Iterable[Thing], values: Any, rule: Ruled, output: Type, usual: Needed
) -> bool:
    """Whether a rule, asked with every number changed at once that a parameter gave, needs the same and gives what the
    spellings of `output` tell. As most do, nothing is left to be asked of each of them. Those that are pinned stay.

    `given` are the arguments that stand in `values` as the rule takes them.
    """
    session, pinned = visit.session, visit.pinned
    if not all(map(is_number, filter(is_shaping, given))):
        return False
    behind = {name for size in sizes_in(values) for name in size.spellings[0].symbols}
    numbers = {name: session.stands_for[name] for name in behind if name in session.stands_for}
    names = {name for name in behind if not session.behind(names_said(name)) <= pinned}
    if not names:
        return True
    if not names <= numbers.keys():
        return False
    left = TRIES
    for changed, changing in resized(values, names, apart(numbers, names)):
        need = Need(mode=session.need.mode)
        try:
            found = rule(changed, need)
        except REFUSALS:
            continue
        if answer(need, found) != usual or not is_told(output, found, changing):
            return False
        left -= 1
        if not left:
            break
    return not left


def is_number(thing: Thing) -> bool:
    """Whether a thing is a number that is spelled, or a list of such ones and of others that come from no parameter."""
    if isinstance(thing, (list, tuple)):
        return all(map(is_number, filter(is_shaping, thing)))
    if isinstance(thing, Maker):
        return is_number(given_to(thing))
    return isinstance(thing, Known) and not isinstance(thing.value, bool) and isinstance(thing.spellings[0], Dim)


def is_told(output: Type, found: Type, numbers: Mapping[str, Any], but_free: bool = False) -> bool:
    """Whether an answer is what another one's spellings say for these numbers; `but_free`: in its fixed sizes."""
    return agree(output, found, lambda a, b: says(a, b, numbers) or (but_free and is_free(a) and is_free(b)))


def agree(output: Type, found: Type, may_differ: Callable[[Any, Any], bool]) -> bool:
    """Whether two answers are of one type but for sizes that may differ."""
    if isinstance(output, tuple) or isinstance(found, tuple):
        if not isinstance(output, tuple) or not isinstance(found, tuple) or len(output) != len(found):
            return False
        return all(agree(a, b, may_differ) for a, b in zip(output, found, strict=True))
    if not isinstance(output, TensorType) or not isinstance(found, TensorType):
        return output is found
    if output.rank != found.rank or output.dtype != found.dtype:
        return False
    return all(a == b or may_differ(a, b) for a, b in zip(output.shape, found.shape, strict=True))


def is_free(size: Any) -> bool:
    return isinstance(size, Dim)


def says(size: Any, number: Any, numbers: Mapping[str, Any]) -> bool:
    spellings = (s for s in getattr(size, "spellings", ()) if s.symbols <= numbers.keys())
    return any(spelled_number(spelling, numbers) == number for spelling in spellings)


def pin_unsteady(
    visit: State,
    given: Mapping[Any, Thing],
    rule: Rule,
    output: Type,
    values: Mapping[Any, Any] | None = None,
    usual: list[Condition] | None = None,
) -> None:
    """Pins the parameters behind those arguments that `rule` uses in a way that `output` does not spell.

    `values` are the arguments as the rule takes them, where `raw` would not give that, and `usual` what it asked of
    them, if that is known.
    """
    suspects = {name: thing for name, thing in given.items() if name not in SHAPELESS and is_shaping(thing)}
    for name, thing in suspects.items() if visit.session.for_code else ():
        names = set(symbols_in(thing))
        if names <= visit.pinned:
            continue
        values = values or {name: raw(thing) for name, thing in given.items()}
        usual = answered(rule, values)[1] if usual is None else usual
        answers = list(asked(rule, values, name, thing))
        if not answers or not all(follows(output, found, names) for found, _ in answers):
            visit.pin(thing, told=all(results_in(found) == results_in(output) for found, _ in answers))
        elif not all(needs == usual and are_free_alike(output, found) for found, needs in answers):
            visit.shape(thing)


def results_in(kind: Type) -> Any:
    """How many tensors a type holds, and where: what `forward` unpacks, whatever the arguments are."""
    return tuple(map(results_in, kind)) if isinstance(kind, tuple) else None


def pin_unsteady_sizes(
    visit: State,
    values: Any,
    rule: Ruled,
    usual: Needed | None = None,
    output: Type | None = None,
    known: Mapping[str, bool | None] | None = None,
    refuses: bool = False,
) -> None:
    """Pins the parameters behind those sizes that decide what a rule needs of free sizes, or gives for them.

    A guard is written with plain numbers. So the rule is asked again with each parameter changed, wherever `values`,
    types among them, are spelled by it. `usual` is what it answered, if that is known, and `output` what it gave, if
    each size is that of an input: a name that can be nothing else in this use of a block is then not settled. `known`:
    of some names, what is found where they change alone. A name of a round that comes to something over names of the
    class changes with these, which are asked for themselves. Torch `refuses` other free sizes than are needed, even 1.
    """
    links, behind = asked_for(visit, values) if visit.session.for_code else ({}, {})
    if all(names <= visit.pinned for names in behind.values()):
        return
    numbers = {n: visit.session.stands_for[n] for n in behind if n in visit.session.stands_for}
    mode = visit.session.need.mode
    usual = usual or next(needed(rule, mode, [values]), None)

    def follows(names: Iterable[str], tries: int = TRIES) -> bool | None:
        """Whether what is needed stays the same when these change; None if no change is taken."""
        changing, changes = along(links, alike(numbers, chosen := set(names)), chosen)
        return all_are(usual, islice(needed(rule, mode, (new for new, _ in resized(values, changing, changes))), tries))

    if len(numbers) == len(behind) and follows(numbers, 1):
        return
    numbers = numbers if len(behind) <= MANY else {}  # to ask for each takes too long
    for name, names in behind.items():
        steady = True if names <= visit.pinned else steady_alone(follows, name, numbers, known or {})
        if steady is None and output is not None and visit.asks:
            steady = told_widely(name, numbers, values, rule, (output, usual, mode))
        if steady is None or (not steady and not refuses and asks_equal(usual)):
            visit.pinned |= visit.session.turns([name]) if name in links else names
        elif not steady:
            visit.shape(Known(0, (name,)))


def asked_for(visit: State, values: Any) -> tuple[dict[str, Dim], dict[str, frozenset[str]]]:
    """The names of rounds in these values that come to something over names of the class, and that; all names to be
    asked about, and what is behind them.
    """
    said = {name: None for size in sizes_in(values) for name in names_of(size)}
    links = {name: came for name in said if isinstance(came := visit.session.came_to.get(name), Dim)}
    asked = [*said, *sorted(frozenset().union(*(came.symbols for came in links.values())).difference(said))]
    return links, {name: frozenset(visit.session.behind(names_said(name))) for name in asked}


def told_widely(name: str, numbers: Mapping[str, Any], values: Any, rule: Ruled, first: tuple[Any, ...]) -> bool | None:
    """Whether a rule, wherever it takes another value of a name, gives what spellings tell, and needs the same.

    `first` is what it gave and needed at first, and in which mode. None if it does not.
    """
    output, usual, mode = first
    if name not in numbers or asks_equal(usual):
        return None
    widely = resized(values, {name}, ({**numbers, name: n} for n in WIDELY))
    found = ((*pair, changing) for other, changing in widely for pair in answers(rule, other, mode))
    told = (is_told(output, kind, changing) and answer(need, kind) == usual for kind, need, changing in found)
    return all(told) or None


def asks_equal(usual: Needed | None) -> bool:
    """Whether a rule needs a free size to be one number: without a guard torch would broadcast a 1."""
    return any(condition.kind == "zero" for condition in usual[0]) if usual else False


def all_are(usual: Needed | None, found: Iterator[Needed]) -> bool | None:
    """Whether all answers are the usual one; None if there are none."""
    others = (answer == usual for answer in found)
    first = next(others, None)
    return first if first is None else first and all(others)


def steady_alone(
    follows: Callable[[Iterable[str]], bool | None],
    name: str,
    numbers: Mapping[str, Any],
    known: Mapping[str, bool | None],
) -> bool | None:
    """Whether a rule follows one name; None if it cannot be asked.

    Where that cannot change alone, what is equal now is taken to be meant to be.
    """
    if name not in numbers:
        return None
    alone = known[name] if name in known else follows([name])
    return follows(equal_to(name, numbers)) if alone is None else alone


def needed(rule: Ruled, mode: str, tried: Iterable[Any]) -> Iterator[Needed]:
    """What a rule needs for each of some values, and the free sizes that it gives, as far as it takes them."""
    for values in tried:
        need = Need(mode=mode)
        try:
            found = rule(values, need)
        except REFUSALS:
            continue
        yield answer(need, found)


def answer(need: Need, found: Type) -> Needed:
    asked = [condition for condition, _ in (*need.conditions, *need.training, *need.evaluation)]
    sizes = found.shape if isinstance(found, TensorType) else leaves(found)
    return asked, [size if isinstance(size, Dim) else None for size in sizes]


def shaped_by(thing: Thing) -> Iterator[str]:
    """The names behind a thing; of the template of a layer, those behind what is no fraction in it."""
    if not isinstance(thing, Maker):
        yield from symbols_in(thing)
        return
    for given in filter(is_shaping, given_to(thing)):
        yield from shaped_by(given)


def given_to(maker: Maker) -> list[Thing]:
    return [*maker.positional, *maker.keywords.values()]


def is_shaping(thing: Thing) -> bool:
    """Whether a thing comes from a parameter and is no fraction: those shape nothing."""
    if isinstance(thing, (list, tuple)):
        return any(is_shaping(item) for item in thing)
    if isinstance(thing, Maker):  # of a layer inside
        return is_shaping(given_to(thing))
    return isinstance(thing, Known) and bool(thing.spellings) and isinstance(thing.value, (int, str))


def answered(rule: Rule, values: Mapping[Any, Any]) -> tuple[Type, list[Condition]]:
    """What a rule gives, and what it needs."""
    need = Need(mode="evaluation")  # what training alone asks hangs on no argument
    found = rule(values, need)
    return found, [condition for condition, _ in need.conditions]


def asked(rule: Rule, values: Mapping[Any, Any], name: Any, thing: Thing) -> Iterator[tuple[Type, list[Condition]]]:
    """The rule's answers for other values of one argument, as far as it takes them; for all of a text."""
    for text in choices_of(rule, values, name) if isinstance(thing, Known) and isinstance(thing.value, str) else ():
        with suppress(*REFUSALS):
            yield answered(rule, {**values, name: text})
    left = TRIES
    for change in CHANGES:
        try:
            yield answered(rule, {**values, name: changed(thing, change)})
        except (Misfit, TypeError, ValueError, IndexError, AttributeError):
            continue
        left -= 1
        if not left:
            return


def choices_of(rule: Rule, values: Mapping[Any, Any], name: Any) -> Iterable[str]:
    """The texts that one argument may be, as far as the rule tells."""
    try:
        answered(rule, {**values, name: ""})
    except NotOneOf as error:
        return error.choices
    except REFUSALS:
        pass
    return ()


def changed(thing: Thing, change: Callable[[int], int]) -> Any:
    """The thing's value with each number that a parameter gave changed; a string cannot be, so it is refused."""
    if isinstance(thing, (list, tuple)):
        return type(thing)(changed(item, change) for item in thing)
    if not is_shaping(thing):
        return raw(thing)
    if isinstance(thing, Maker) or isinstance(thing.value, str):
        raise TypeError("no other value is known")
    return not thing.value if isinstance(thing.value, bool) else change(int(thing.value))


def follows(output: Type, found: Type, names: set[str]) -> bool:
    """Whether each difference between two answers is one that a spelling over `names` tells, or of sizes that are
    free: what that is, forward() asks the tensor."""
    return agree(output, found, lambda a, b: is_free(b) if is_free(a) else spells(a, names))


def are_free_alike(output: Type, found: Type) -> bool:
    return all(a == b for a, b in zip(leaves(output), leaves(found), strict=True) if isinstance(a, Dim))


def spells(size: Any, names: set[str]) -> bool:
    return any(not names.isdisjoint(spelling.symbols) for spelling in getattr(size, "spellings", ()))


def depends_on_length(source: Thing, item: Thing) -> bool:
    """Whether an item or slice of a list is another one in a longer list."""
    if isinstance(source, Counted) or not isinstance(item, (Known, Cut)):
        return True
    ends = [item] if isinstance(item, Known) else [item.start, item.stop]
    open_end = isinstance(item, Cut) and isinstance(item.stop, Known) and item.stop.value is None
    return open_end or any(isinstance(e, Known) and isinstance(e.value, int) and e.value < 0 for e in ends)


def equal_numbers(visit: State, span: Span | None) -> None:
    """Numbers of a model's class that a broadcast found equal: where one of two is 1, it would go by the other one.

    A block's class has what its callers agree on, and a guard of its own would ask for sizes that it needs for nothing.
    """
    pairs, visit.session.need.pairs = visit.session.need.pairs, []
    if visit.loops or span is None or not getattr(visit, "is_model", False) or not visit.session.for_code:
        return
    ways = [(getattr(a, "spellings", ()), getattr(b, "spellings", ())) for a, b in pairs]
    told = [(a[0], b[0]) for a, b in ways if a and b and set(a).isdisjoint(b)]
    found = [Formula("==", pair) for pair in told if not same_in_all_ways(*pair)]
    if found:
        whole = reduce(lambda one, other: Formula("and", (one, other)), dict.fromkeys(found))
        visit.emit(Choice(span.start, Known(True, (whole,)), True, (), needed=True))
