"""Which arguments of a class the free sizes inside hang on, and so what it requires of its inputs.

What is required was found for the values that the file gives: the class looks at it only while it has these. Where the
models of a class require different things, it tells them apart by an argument in which they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from ..graph import Known, Model
from .arguments import simple
from .expressions import node_of, plain_value
from .kinds import Kind
from .layout import flat
from .plans import Plan

LONGEST = 60  # of a test that anybody would read


def hanging(plan: Plan, models: Sequence[Model], names: Mapping[str, str]) -> str | None:
    """A test, Python over `names` of the arguments, of the values for which the models' requirements were found; the
    constructor has looked at some of them.

    '' if these hang on no argument, None if the models have too many values for one short test.
    """
    found: dict[str, dict[str, None]] = {}
    held = {f"len({names.get(key, key)})" for key in plan.lengths}
    for what, value in (pair for model in models for pair in values_of(model, names) if pair[0] not in held):
        found.setdefault(what, {})[value] = None
    test = " and ".join(tested(what, list(values)) for what, values in found.items())
    several = sum(len(values) > 1 for values in found.values())
    return test if several < 2 and len(test) <= LONGEST else None


def untold(model: Model) -> frozenset[str]:
    """The parameters of a model that its caller may choose, and that what it requires hangs on, where nobody would read
    a test of what they are."""
    if not model.requirements.marked and not (model.training_requirements and model.training_requirements.marked):
        return frozenset()
    names = {p.name: p.name for p in model.instance.parameters if p.name not in model.fixed}
    return frozenset(n for n in names if any(len(tested(w, [v])) > LONGEST for w, v in values_of(model, {n: n})))


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
        tests = [either([test_of(some, row, names) for row in rows]) for rows in found]
        texts = [{repr(plain_value(row)) for row in rows} for rows in found]
        apart = all(one.isdisjoint(other) for one, other in combinations(texts, 2))
        if apart and max(map(len, tests)) <= LONGEST:
            return tests
    return []


def given(plan: Plan, model: Model) -> dict[str, Known]:
    """The arguments of the class that build a model."""
    return {p.name: p.value for p in model.instance.parameters} | plan.extras[id(model.instance)]


def test_of(keys: Sequence[str], row: Sequence[Known], names: Mapping[str, str]) -> str:
    return " and ".join(is_value(names[key], value) for key, value in zip(keys, row, strict=True))


def either(tests: Sequence[str]) -> str:
    """One test or another; alternatives of one name are `in`."""
    distinct = list(dict.fromkeys(tests))
    parts = [test.split(" == ") for test in distinct]
    if len(distinct) > 1 and all(
        len(part) == 2 and part[0] == parts[0][0] and " and " not in part[1] for part in parts
    ):
        return f"{parts[0][0]} in ({', '.join(part[1] for part in parts)})"
    return " or ".join(distinct)


def is_value(name: str, value: Known) -> str:
    plain = plain_value(value)
    text = flat(node_of(plain, {}))
    return (
        f"{name} is {text}"
        if isinstance(plain, Kind)
        else tested(f"list({name})" if isinstance(plain, list) else name, [text])
    )


def tested(what: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        return f"{what} in ({', '.join(values)})"
    flags = {"True": what, "False": f"not {what}", "None": f"{what} is None"}
    return flags.get(values[0], f"{what} == {values[0]}")


def values_of(model: Model, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What requirements hang on, and what it is in this model."""
    for parameter in (p for p in model.instance.parameters if p.name in names and simple(p.value)):
        value, name = plain_value(parameter.value), names[parameter.name]
        if parameter.name in model.instance.decided.shaped:
            what = f"list({name})" if isinstance(value, list) else name
            yield what, flat(node_of(plain_value(parameter.value), {}))
        elif f"len({parameter.name})" in model.instance.decided.shaped and isinstance(value, list):
            yield f"len({name})", str(len(value))
        if f"all({parameter.name})" in model.instance.decided.shaped:
            yield (f"all({name})", str(all(value))) if isinstance(value, list) else (f"{name} > 0", str(value > 0))
