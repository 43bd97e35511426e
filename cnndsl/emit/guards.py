"""The first lines of a model's forward: what the sizes of its inputs must meet, so that a wrong call meets one error.

Sizes inside are not looked at: the graph's requirements say all that follows for the inputs.
"""

from __future__ import annotations

from itertools import combinations

from ..dims import Condition, Dim, Size
from ..graph import Model, Value
from ..records import replace
from ..shapes import TensorType
from ..typed import Any, Callable, Collection, Iterator, Mapping, Sequence
from .expressions import quoted
from .formulas import both, either
from .layout import call, statement
from .plans import Plan
from .promised import is_always, promise_over, sizes, texts, words
from .varying import hanging, telling_apart, values_of

SUPPORT = '''\
def require(holds: bool, what: str, x: torch.Tensor) -> None:
    """Refuses an input of a wrong size. Where sizes are not known yet, all pass."""
    if holds is False:
        raise ValueError(f"{what} must hold, but the input's shape is {list(x.shape)}")


torch.fx.wrap("require")
'''
OF_SEVERAL = '''\
def require(holds: bool, what: str, *inputs: torch.Tensor) -> None:
    """Refuses inputs of wrong sizes. Where sizes are not known yet, all pass."""
    if holds is False:
        shapes = " and ".join(str(list(x.shape)) for x in inputs)
        are = "input's shape is" if len(inputs) == 1 else "inputs' shapes are"
        raise ValueError(f"{what} must hold, but the {are} {shapes}")


torch.fx.wrap("require")
'''
WHEN = {"not self.training": "in training", "self.training": "in evaluation"}  # by what a test lets pass
OF_THE_FILE = " for the values of the file"
EXTREME = "sym_{kind}: Callable[[int, int], Any] = torch.sym_{kind}"  # which torch gives no types

Names = Mapping[str, str]
Guard = tuple[str, str, tuple[str, ...]]  # Python over variables, the words for people, and the inputs it is about


def support(models: Sequence[Model]) -> str:
    """The function that guards call."""
    return OF_SEVERAL if any(len(model.instance.inputs) > 1 for model in models) else SUPPORT


def guard_lines(plan: Plan, models: Sequence[Model], variables: Mapping[int, str], names: Names) -> list[str]:
    """One line for each requirement of the models of a class; `names` are those of its arguments.

    What hangs on arguments is looked at for those values of which it is known, and what only some models require where
    the class is one of them.
    """
    tested = {id(model): guards(model, variables, names) for model in models}
    declared = shared([declarations(model, variables, tested[id(model)], names) for model in models])
    found = {key: [guard for guard in some if guard not in declared] for key, some in tested.items()}
    own = {slot.key: names[slot.key] for slot in plan.slots if slot.kind == "parameter"}
    test = hanging(plan, models, own)
    least = whatever_turns(plan, models, variables, own, declared) if any([m.always for m in models]) else ("", [])
    if least[1] and (test is not None or not least[0]):
        found = {key: [guard for guard in some if guard not in least[1]] for key, some in found.items()}
    common = shared(list(found.values())) if test is not None else []
    rest = {key: [guard for guard in some if guard not in common] for key, some in found.items()}
    lines = [*lines_of(declared, 8), *tested_lines(*least), *tested_lines(test or "", common)]
    return [*lines, *arms(plan, [(model, rest[id(model)]) for model in models], names, own)]


def whatever_turns(
    plan: Plan, models: Sequence[Model], variables: Mapping[int, str], own: Names, declared: Sequence[Guard]
) -> tuple[str, list[Guard]]:
    """What is asked however often loops turn, where something else hangs on that, and for which arguments."""
    known = [some for some in map(however_turned, models) if some]
    test = hanging(plan, known, own) if len(known) == len(models) else None
    found = shared([guards(some, variables, own) for some in known]) if test is not None else []
    return test or "", [guard for guard in found if guard not in declared]


def tested_lines(test: str, guards: Sequence[Guard], word: str = "if") -> list[str]:
    head = [statement(f"{word} ", test, 8, ":")] if test and guards else []
    return [*head, *lines_of(guards, 12 if test else 8)]


def arms(plan: Plan, required: Sequence[tuple[Model, Sequence[Guard]]], names: Names, own: Names) -> list[str]:
    """What some models alone require: one arm for those that require the same."""
    groups: dict[tuple[Any, ...], list[Model]] = {}
    for model, some in required:
        groups.setdefault((hanging(plan, [model], own), *some), []).append(model)
    tests = telling_apart(plan, list(groups.values()), names) if len(groups) > 1 else [""]
    if not tests and are_apart([some[0] for some in groups.values()], own):
        tests = [""] * len(groups)
    tests = tests or with_one_more(plan, list(groups.values()), names, own)
    alike: dict[tuple[Guard, ...], list[str]] = {}
    for (hangs, *some), test in zip(groups, tests, strict=False):
        if some and hangs is not None:
            alike.setdefault(tuple(some), []).append(test if implies(test, hangs) else both(hangs, test))
    found: list[str] = []
    for guards, ways in alike.items():
        found += tested_lines(either(ways), guards, "elif" if found else "if")
    return found


def with_one_more(plan: Plan, groups: Sequence[Sequence[Model]], names: Names, own: Names) -> list[str]:
    """For each group a test that is true of it, and of none that requires something else for the same arguments; []
    if there is none for some."""
    found: list[str] = []
    for some in groups:
        others = [model for other in groups if other is not some for model in other]
        near = [model for model in others if not are_apart([some[0], model], own)]
        found += telling_apart(plan, [some, near], names)[:1] if near else [""]
    return found if len(found) == len(groups) else []


def are_apart(models: Sequence[Model], own: Names) -> bool:
    """Whether no two models require what they do for the same arguments: what it hangs on tells them apart."""
    found = [dict(values_of(model, own)) for model in models]
    return all(any(a.get(what, value) != value for what, value in b.items()) for a, b in combinations(found, 2))


def implies(test: str, other: str) -> bool:
    """Whether one says the other, too: what a list is says how long it is."""
    if other in ("", test):
        return True
    name = other.removeprefix("len(").partition(")")[0]
    return other.startswith("len(") and " and " not in other and f"list({name}) == " in test


def lines_of(guards: Sequence[Guard], indent: int) -> list[str]:
    return [statement("", call("require", test, quoted(words), *inputs), indent) for test, words, inputs in guards]


def shared(found: Sequence[Sequence[Guard]]) -> list[Guard]:
    return [guard for guard in found[0] if all(guard in others for others in found[1:])] if found else []


def declarations(model: Model, variables: Mapping[int, str], others: Sequence[Guard], taken: Names) -> list[Guard]:
    """What the shapes say that the author gave the inputs, and what was promised over none of the arguments that are
    `taken`, beside what else is tested."""
    found = [guard for value in model.instance.inputs for guard in multiples(value, variables)]
    found += named_alike(model, variables)  # hangs on no argument: what is in a free size's formula is settled
    sizes = sizes_read(model, variables)
    for promise in (p for p in model.promises if is_always(model, p, taken) and p.symbols <= sizes.keys()):
        over = promise_over(model, promise, taken)
        found += over_arguments(model, promise, taken, variables) if over else [guard_of(promise, "", sizes)]
    tests = " ".join(test for test, _, _ in (*found, *others))
    return [*ranks(model, variables, tests), *found]


def over_arguments(model: Model, promise: Condition, names: Names, variables: Mapping[int, str]) -> Iterator[Guard]:
    """What was promised by arguments, which are looked at."""
    read = {
        key: f"{variables[int(key[1:].partition('.')[0])]}.shape[{key.partition('.')[2]}]" for key, _ in sizes(model)
    }
    said = words(model, promise, {key: name.removeprefix("self.") for key, name in names.items()})
    for (test, axes), text in zip(texts(model, promise, names, read), said, strict=True):
        yield test, text, tuple(dict.fromkeys(read[axis].partition(".")[0] for axis in sorted(axes)))


def guards(model: Model, variables: Mapping[int, str], taken: Names) -> list[Guard]:
    """The tests of one model, with the inputs that the sizes in each belong to."""
    found = list(named_alike(model, variables))
    sizes = sizes_read(model, variables)
    promises = [promise for promise in model.promises if not promise_over(model, promise, taken)]
    evaluation = [*promises, *model.requirements.conditions]
    training = evaluation
    if model.training_requirements:
        training = [*promises, *model.training_requirements.conditions]
    for condition in dict.fromkeys([*evaluation, *training]):
        if condition.symbols and condition.symbols <= sizes.keys():
            mode = "" if condition in evaluation and condition in training else mode_of(condition in training)
            found.append(guard_of(condition, mode, sizes))
    return found


def sizes_read(model: Model, variables: Mapping[int, str]) -> dict[str, tuple[str, str]]:
    """How each free size is read off the inputs, where it stands first."""
    found: dict[str, tuple[str, str]] = {}
    for name, read in (pair for value in model.instance.inputs for pair in sizes_of(value, variables)):
        found.setdefault(name, read)
    return found


def named_alike(model: Model, variables: Mapping[int, str]) -> Iterator[Guard]:
    """One name on two axes."""
    sizes: dict[str, tuple[str, str]] = {}
    for name, read in (pair for value in model.instance.inputs for pair in sizes_of(value, variables)):
        first = sizes.setdefault(name, read)
        if first != read:
            told = f"{read[0]} == {first[0]}"
            yield told, told, inputs_of([read, first])


def ranks(model: Model, variables: Mapping[int, str], tests: str) -> Iterator[Guard]:
    """Before a size is looked at, the input must have the axes for it."""
    for value in model.instance.inputs:
        name = variables[value.number]
        if isinstance(value.type, TensorType) and f"{name}.shape[" in tests:
            yield f"{name}.ndim == {value.type.rank}", f"{name}.ndim == {value.type.rank}", (name,)


def mode_of(in_training: bool) -> str:
    return "not self.training" if in_training else "self.training"


def guard_of(condition: Condition, mode: str, sizes: Mapping[str, tuple[str, str]]) -> Guard:
    test = condition.text({name: place for name, (place, _) in sizes.items()}, traced=True)
    words = f"{WHEN[mode]}, {condition}" if mode else str(condition)
    inputs = inputs_of([read for name, read in sizes.items() if name in condition.symbols])
    return f"{mode} or {test}" if mode else test, words, inputs


def inputs_of(read: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The variables that sizes are read off, each once."""
    return tuple(dict.fromkeys(variable for _, variable in read))


def sizes_of(value: Value, variables: Mapping[int, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The symbolic sizes that an input's axes give: name → (how to read it, off which variable)."""
    for axis, name, factor, offset in linear_axes(value):
        place = f"{variables[value.number]}.shape[{axis}]"
        if offset:
            place = f"({place} - {offset})" if offset > 0 else f"({place} + {-offset})"
        yield name, (place if factor == 1 else f"({place} // {factor})", variables[value.number])


def multiples(value: Value, variables: Mapping[int, str]) -> Iterator[Guard]:
    """An axis declared as `32 * H` must be a multiple of 32."""
    for axis, _, factor, offset in linear_axes(value):
        if factor > 1:
            place = f"{variables[value.number]}.shape[{axis}]"
            yield (
                f"{place} % {factor} == {offset % factor}",
                f"{place} == {size_at(value, axis)}",
                (variables[value.number],),
            )


def linear_axes(value: Value) -> Iterator[tuple[int, str, int, int]]:
    """The axes that are one symbol, times a factor, plus a number."""
    sizes: Sequence[Size] = value.type.shape if isinstance(value.type, TensorType) else ()
    for axis, size in enumerate(sizes):
        linear = size.linear() if isinstance(size, Dim) else None
        if linear and len(linear[0]) == 1:
            ((name, factor),) = linear[0].items()
            if factor > 0:
                yield axis, name, factor, linear[1]


def size_at(value: Value, axis: int) -> str:
    return str(value.type.shape[axis])


def required(model: Model, test: str | None, test_of: Callable[[Model], str | None], taken: Names) -> list[str]:
    """The paragraphs, some of one heading. A test says for which arguments all was found; what is promised whatever
    those are that the class has `taken` stands apart."""
    always = [promise for promise in model.promises if is_always(model, promise, taken)]
    said = [text for promise in always for text in words(model, promise, taken)]
    parts = [("", said)]
    least = however_turned(model) if model.always else None
    for some, when in ((least, test_of(least)), (model, test)) if least else ((model, test),):
        where = f" where {when}" if when else "" if when is not None else OF_THE_FILE
        for mode, all_told in told(some, always):
            found = [text for text in all_told if text not in said]
            parts.append((mode + where, found))
            said = said + found
    return ["\n    ".join([f"Requires{when}:", *some]) for when, some in parts if some]


def told(model: Model, apart: Collection[Condition]) -> Iterator[tuple[str, Sequence[str]]]:
    rest = (str(promise) for promise in model.promises if promise not in apart)
    yield "", [*dict.fromkeys([*rest, *model.requirements.marked])]
    yield " in training", (model.training_requirements or model.requirements).marked


def however_turned(model: Model) -> Model | None:
    """The model with what it requires however often its loops turn alone; None if that is not known."""
    decided = model.instance.decided
    shaped = frozenset(name for name in decided.shaped if not name.startswith("all("))
    if model.always is None:
        return model if shaped == decided.shaped else None
    instance = replace(model.instance, decided=replace(decided, shaped=shaped))
    return replace(model, instance=instance, requirements=model.always[0], training_requirements=model.always[1])
