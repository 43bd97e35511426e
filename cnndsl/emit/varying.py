"""What hangs on the arguments of a class: which names of each instance follow from what a model's caller may still
choose, which arguments the free sizes inside hang on, and what uses of a class have in common.

A number that follows from such names must keep its spelling; elsewhere what never differs is a plain number. What is
required was found for the values that the file gives: the class looks at it only while it has these. Where the models
of a class require different things, it tells them apart by an argument in which they differ.
"""

from __future__ import annotations

from itertools import combinations

from ..dims import Condition, Dim, symbol
from ..dims.calls import Formula, as_part
from ..graph import BlockModule, Choice, Graph, Instance, Known, Make, Model, Module, PartModule, TapsModule
from ..lean import ChainMap, NoneType, lru_cache
from ..loops import MARK, Entry, Loop, called, every
from ..spelled import Spelled
from ..typed import Any, Collection, Container, Iterable, Iterator, Mapping, Sequence
from .arguments import hidden_sizes, simple
from .class_arguments import Is
from .expressions import Ways, node_of, plain_value
from .formulas import either, is_value, tested
from .layout import flat
from .names import names_in
from .plans import Plan
from .promised import hanging_on


def constant_parameters(members: Sequence[Instance]) -> Names:
    """The parameters that have one value in all members."""
    values: dict[str, set[Any]] = {}
    for parameter in (parameter for member in members for parameter in member.parameters):
        values.setdefault(parameter.name, set()).add(told_apart(parameter.value.value))
    return frozenset(name for name, found in values.items() if len(found) == 1)


def told_apart(value: Any) -> Any:
    """What is equal for values that are one number, text or list of these."""
    return (value.__class__, value) if value.__class__ in WHOLE else repr(plain_value(value))


def settled_numbers(members: Sequence[Instance], taken: Container[str]) -> dict[str, Any]:
    """The parameters and sizes that the class does not take, where they are one number or flag in all members."""
    found: dict[str, dict[Any, Any]] = {}
    for member in members:
        parameters = ((p.name, p.value.value) for p in member.parameters)
        for name, value in (*parameters, *hidden_sizes(member).items()):
            plain = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
            found.setdefault(name, {})[told_apart(plain) if isinstance(plain, (int, float)) else None] = plain
    alike = {name: next(iter(values.values())) for name, values in found.items() if len(values) == 1}
    return {n: value for n, value in alike.items() if n not in taken and isinstance(value, (bool, int, float))}


def settled_none(members: Sequence[Instance], taken: Container[str]) -> dict[str, None]:
    """The parameters that the class does not take, where they are None in all members."""
    absent = [p.name for p in members[0].parameters if p.value.value is None and p.name not in taken]
    same = constant_parameters(members) if absent else NONE
    return dict.fromkeys(name for name in absent if name in same)


def settled_lists(members: Sequence[Instance], kept: Sequence[str]) -> dict[str, Any]:
    """The lists that are no arguments of the class, and the same in all members: spellings say what is in them."""
    same = constant_parameters(members).difference(kept)
    lists = [p for p in members[0].parameters if p.name in same and isinstance(p.value.value, (list, tuple))]
    return {p.name: as_part(p.value.value) for p in lists if simple(p.value)}


def settled_as(name: str, numbers: Mapping[str, Any], lists: Mapping[str, Any]) -> Any:
    """What stands for a name that the class does not take, or for an item of such a list; None if it takes it."""
    base = name.partition("[")[0]
    return numbers[name] if name in numbers else item_of(lists[base], name) if base in lists else None


def with_settled(size: Any, numbers: Mapping[str, Any], lists: Mapping[str, Any]) -> Any:
    """A size with what stands for the names in it that the class does not take."""
    known = {name: settled_as(name, numbers, lists) for name in size.symbols} if isinstance(size, Dim) else {}
    known = {name: value for name, value in known.items() if value is not None}
    return size.subs(known) if known else size


def without_lengths(names: Names) -> Names:
    """The names; a class may take a list of which only `len(widths)` is settled, and refuse other lengths."""
    return frozenset(name for name in names if not name.startswith("len("))


Names = frozenset[str]
NONE: Names = frozenset()
WHOLE = frozenset({int, bool, str})  # values that are equal only where they are written alike
PLAIN = frozenset({int, Spelled, bool, float, str, NoneType})  # values in which there are no others


@lru_cache(maxsize=4096, typed=True)
def symbols_of(spelling: Dim | Condition | str) -> Names:
    """The names in a spelling; an item of a list (`widths[2]`) is spelled over the list's."""
    if isinstance(spelling, str) and not isinstance(spelling, Formula):
        return frozenset(names_in(spelling))
    found = spelling.symbols
    return found if all("[" not in name for name in found) else frozenset().union(*map(names_in, found))


@lru_cache(maxsize=4096)
def are_plain(names: Names) -> bool:
    """Whether none of these names is of a round, a size at run time or an item of a list."""
    return all(name.isidentifier() and MARK not in name for name in names)


def spellings_of(known: Known) -> tuple[Any, ...]:
    """A size or condition of forward() may be its own spelling, if it is of a loop or of what flows.

    The names of free sizes are the model's: inside of a class a parameter may be called like one.
    """
    value = known.value
    is_own = isinstance(value, (Dim, Condition)) and all("%" in name or MARK in name for name in value.symbols)
    return (*known.spellings, value) if is_own else known.spellings


def as_word(spelling: Any) -> Any:
    """A name or formula alone is that, whether it stands for a whole number or for something else."""
    if not isinstance(spelling, Dim):
        return spelling
    if len(spelling.symbols) == 1 and spelling == symbol(*spelling.symbols):
        return str(spelling)
    ((atoms, factor), *more) = spelling.terms
    return atoms[0].key if factor == 1 and len(atoms) == 1 and atoms[0].kind == "call" and not more else spelling


def names_of(value: Any) -> Names:
    """All names in the spellings of a compile-time value, nested ones too."""
    if value.__class__ is Known and value.value.__class__ in PLAIN:  # as most are
        spellings = value.spellings
        return symbols_of(spellings[0]) if len(spellings) == 1 else NONE.union(*map(symbols_of, spellings))
    own: Names = frozenset().union(*map(symbols_of, value.spellings)) if isinstance(value, Known) else frozenset()
    inner = value.value if isinstance(value, Known) else value
    if isinstance(inner, Is):
        return names_of(inner.subject)
    if isinstance(inner, Ways):
        return names_of([inner.then, inner.condition, inner.otherwise])
    return own.union(*map(names_of, inner)) if isinstance(inner, (list, tuple)) else own


def blocks_in(module: Module) -> Iterator[BlockModule]:
    """The blocks that a module is or holds, each with what it is given."""
    if block := called(module) or (module if isinstance(module, BlockModule) else None):
        yield block
        return
    if isinstance(module, (TapsModule, PartModule)):
        yield module.whole
    for child in module.children:
        yield from blocks_in(child.module)


def loops_in(module: Any) -> Iterator[Loop]:
    """The loops in the groups that a module is or holds, outer ones first."""
    if isinstance(module, (TapsModule, PartModule)) or called(module):
        return
    yield from loops_among(module.layout)
    for child in () if module.layout else module.children:
        yield from loops_in(child.module)


def loops_among(layout: tuple[Any, ...]) -> Iterator[Loop]:
    for item in layout:
        if isinstance(item, Entry):
            yield from loops_in(item.module)
        elif isinstance(item, Choice):
            yield from loops_among(item.body)
        else:
            yield item
            for made in {id(made): made for made in item.rounds}.values():
                yield from loops_among(made.body)


def origins(instance: Instance, held: Names = NONE) -> Mapping[str, Names]:
    """For each name that holds in one round of a loop of the instance's, the names of its class that are behind it.

    `held` are lengths of lists that cannot be others.
    """
    direct: dict[str, Names] = {}
    loops = list(loops_of(instance.layout.body if instance.layout else instance.body))
    seen: dict[tuple[int, int], set[int]] = {}
    for loop in loops:
        for place, values in enumerate(sizes_of(loop)):
            seen.setdefault((loop.site, place), set()).update(int(value.value) for value in values)
    for loop in loops:
        direct |= directly_behind(loop, seen, held)
    sources: Any = instance.sources  # what no loop here says
    return ChainMap(closed(direct, sources), sources) if direct else sources


def loops_of(steps: Iterable[Any]) -> Iterator[Loop]:
    """The loops of a body, and those in the groups that it makes."""
    for step in every(steps):
        if isinstance(step, (Make, Entry)):
            yield from loops_in(step.module)
        elif isinstance(step, Loop):
            yield step


def sizes_of(loop: Loop) -> Iterator[list[Known]]:
    """What each size that flows through a loop is, before, in and behind its rounds."""
    for place, leaf in enumerate(loop.leaves if loop.steady else ()):
        yield [leaf.value, *(known for m in loop.rounds for known in (m.sizes[place].value, m.after[place]))]


def directly_behind(loop: Loop, seen: Mapping[tuple[int, int], set[int]], held: Names) -> dict[str, Names]:
    """The names that a value of each name of the loop's is computed from, and those that decide how often it turns.

    `seen` are the sizes, by site and place, that flow through the loop in any round of those around it: where it does
    not turn in one, it could. `held` are lengths of lists that cannot be others.
    """
    rounds = list({id(made): made for made in loop.rounds}.values())
    is_held = not held.isdisjoint(map(str, loop.count.spellings))
    count = NONE if is_held else names_of(loop.count)  # other rounds have other values
    found = {local.key: names_of(local.value) | count for made in rounds for local in made.names}
    turns = count.union(*found.values())
    if not loop.steady:
        sizes = [local for locals_ in (loop.leaves, *(made.sizes for made in rounds)) for local in locals_]
        values = [*(local.value for local in sizes), *(size for made in rounds for size in made.after)]
        return found | dict.fromkeys((local.key for local in sizes), turns.union(*map(names_of, values)))
    for place, (leaf, values) in enumerate(zip(loop.leaves, sizes_of(loop), strict=True)):
        names = frozenset().union(*map(names_of, values))
        if len(seen[loop.site, place]) > 1:
            names |= turns
        found |= dict.fromkeys((leaf.key, *(made.sizes[place].key for made in rounds)), names)
    return found


def closed(direct: Mapping[str, Names], sources: Mapping[str, Names]) -> dict[str, Names]:
    """For each name the names of the class that are behind it, over any number of others; `sources` are known."""
    sets = {id(names): names for names in direct.values()}  # all rounds of a loop share one
    inner = {key: {id(direct[name]) for name in names if name in direct} for key, names in sets.items()}
    found = {
        key: frozenset().union(*(sources.get(name, (name,)) for name in names if name not in direct))
        for key, names in sets.items()
    }
    changed = True
    while changed:
        changed = False
        for key, others in inner.items():
            wider = found[key].union(*(found[other] for other in others))
            changed = changed or len(wider) > len(found[key])
            found[key] = wider
    return {key: found[id(names)] for key, names in direct.items()}


Uses = dict[int, "list[tuple[Instance, list[tuple[str, Names]]]]"]


def uses_in(instance: Instance) -> list[tuple[Instance, list[tuple[str, Names]]]]:
    """The instances that one holds, each with the names that are behind what it is given."""
    blocks = [block for step in every(instance.body) if isinstance(step, Make) for block in blocks_in(step.module)]
    held = frozenset(name for name in instance.decided.settled if name.startswith("len("))
    behind = origins(instance, held) if blocks else {}
    given = ((block.instance, (*block.arguments, *block.sizes)) for block in blocks)
    return [(inner, [(a.name, all_names(a.value, behind)) for a in some]) for inner, some in given]


def varying(graph: Graph, free: Mapping[int, Names], uses: Uses) -> dict[int, Names]:
    """For each instance (by identity) the names that vary, given the free parameters of the models' instances. What
    `uses` knows of instances is the same in each attempt."""
    found: dict[int, Names] = {}

    def spread(instance: Instance, names: Names) -> None:
        known = found.get(id(instance))
        if known is not None and names <= known:
            return
        found[id(instance)] = names | (known or frozenset())
        if id(instance) not in uses:
            uses[id(instance)] = uses_in(instance)
        for inner, given in uses[id(instance)]:
            here = found[id(instance)]
            spread(inner, frozenset([name for name, behind in given if not here.isdisjoint(behind)]))

    for model in graph.models:
        spread(model.instance, free[id(model.instance)])
    return found


def all_names(value: Any, behind: Mapping[str, Names]) -> Names:
    names = names_of(value)
    return names.union(*(behind[name] for name in names if name in behind)) if behind else names


LONGEST = 60  # of a test that anybody would read
ROWS = "list(map(list,"


def hanging(plan: Plan, models: Sequence[Model], names: Mapping[str, str]) -> str | None:
    """A test, Python over `names` of the arguments, of the values for which the models' requirements were found; the
    constructor has looked at some of them.

    '' if these hang on no argument, None if the models have too many values for one short test; that of one model
    alone may be long, as long as each part of it is readable (`untold`).
    """
    found: dict[str, dict[str, None]] = {}
    held = {f"len({names.get(key, key)})" for key in plan.lengths}
    some = {what for model in models for what, _ in values_of(model, names)} - held
    for what, value in (pair for model in models for pair in values_of(model, names, some) if pair[0] in some):
        found.setdefault(what, {})[value] = None
    found = {what: values for what, values in found.items() if values.keys() != {"True", "False"}}
    test = " and ".join(tested(what, list(values)) for what, values in found.items())
    several = sum(len(values) > 1 for values in found.values())
    rows = any(is_mixed(what, value) for what, values in found.items() for value in values)
    rows = rows or (ROWS in test and len(test.replace("self.", "")) > LONGEST)  # ruff would break its brackets
    return test if not rows and (not several or (several == 1 and len(test) <= LONGEST)) else None


def untold(model: Model, taken: Names) -> Names:
    """The parameters of a model that its caller may choose, and that what it requires hangs on, where nobody would read
    a test of what they are, but for those that its class has `taken` anyway."""
    if not model.requirements.marked and not (model.training_requirements and model.training_requirements.marked):
        return frozenset()
    names = {p.name: p.name for p in model.instance.parameters if p.name not in taken}
    return frozenset(n for n in names if any(is_unreadable(w, v) for w, v in values_of(model, {n: n})))


def is_unreadable(what: str, value: str) -> bool:
    """Whether nobody would read a test of a value."""
    return len(tested(what, [value])) > LONGEST or is_mixed(what, value)


def is_mixed(what: str, value: str) -> bool:
    """Whether there are lists in a list beside what is none, or in these."""
    plain = value.count("], [") + 2 if what.startswith(ROWS) else 1
    return value.count("[") > plain if value.startswith("[") else False


def telling_apart(plan: Plan, groups: Sequence[Sequence[Model]], names: Mapping[str, str]) -> list[str]:
    """For each group of the plan's models a test, Python over `names`, that is true of it alone; [] if none is short.

    It looks at as few arguments as do, at channels last, and at none that the caller of a model may choose.
    """
    models = [model for group in groups for model in group]
    kept = [s.key for s in plan.slots if s.kind != "parameter" or all(s.key in model.fixed for model in models)]
    shaped = models[0].instance.decided.shaped
    kept.sort(key=lambda key: (key not in shaped, names[key].endswith(("channels", "features"))))
    values = {id(model): given(plan, model) for model in models}
    usable = [key for key in kept if all(simple(values[id(model)][key]) for model in models)]
    for some in (some for count in (1, 2) for some in combinations(usable, count)):
        found = [[tuple(values[id(model)][key] for key in some) for model in group] for group in groups]
        if all(one.isdisjoint(other) for one, other in combinations([*map(texts_of, found)], 2)):
            tests = [either([test_of(*told, names) for told in least(some, n, found)]) for n in range(len(found))]
            if max(map(len, tests)) <= LONGEST:
                return tests
    return []


def texts_of(rows: Sequence[Any]) -> set[str]:
    return {repr(plain_value(row)) for row in rows}


def least(keys: Sequence[str], place: int, groups: Sequence[Sequence[Any]]) -> list[tuple[Sequence[str], Any]]:
    """The rows of one of the groups, of one key alone if that tells it from the others."""
    for n, key in enumerate(keys):
        first, *others = (
            [row[n : n + 1] for row in some] for some in (groups[place], *groups[:place], *groups[place + 1 :])
        )
        if texts_of(first).isdisjoint({text for some in others for text in texts_of(some)}):
            return [((key,), row) for row in first]
    return [(keys, row) for row in groups[place]]


def given(plan: Plan, model: Model) -> dict[str, Known]:
    """The arguments of the class that build a model."""
    return {p.name: p.value for p in model.instance.parameters} | plan.extras[id(model.instance)]


def test_of(keys: Sequence[str], row: Sequence[Known], names: Mapping[str, str]) -> str:
    return " and ".join(is_value(names[key], value) for key, value in zip(keys, row, strict=True))


def told_of(name: str, value: Any) -> str:
    """What of an argument is equal to a value: of lists, and of rows in them, a caller may give tuples."""
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return f"{ROWS} {name}))"
    return f"list({name})" if isinstance(value, list) else name


def values_of(model: Model, names: Mapping[str, str], others: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """What requirements hang on, and what it is in this model; so for `others`, on which those of its like hang."""
    shaped = model.instance.decided.shaped | (hanging_on(model) if model.promises else frozenset())
    for parameter in (p for p in model.instance.parameters if p.name in names and simple(p.value)):
        value, key, name = plain_value(parameter.value), parameter.name, names[parameter.name]
        if key in shaped or told_of(name, value) in others:
            yield told_of(name, value), flat(node_of(plain_value(parameter.value), {}))
            continue
        if isinstance(value, list) and (f"len({key})" in shaped or f"len({name})" in others):
            yield f"len({name})", str(len(value))
        whole = f"all({name})" if isinstance(value, list) else f"{name} > 0"
        if isinstance(value, (list, int, float)) and (f"all({key})" in shaped or whole in others):
            yield whole, str(all(value) if isinstance(value, list) else value > 0)


def item_of(whole: Any, text: str) -> Any:
    """`widths[2][0]` of what `widths` is."""
    for place in text.split("[")[1:]:
        whole = whole.parts[int(place.removesuffix("]"))]
    return whole
