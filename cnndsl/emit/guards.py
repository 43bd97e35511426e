"""The first lines of a model's forward: what the sizes of its inputs must meet, so that a wrong call meets one error.

Sizes inside are not looked at: the graph's requirements say all that follows for the inputs. They are known for the
arguments of the models: those that free sizes hang on, and in which models differ, if they are not proven to be all the
same to these (a template, what stands in place of a parameter). Cases that differ in one thing alone are one, and say
nothing of it where they have all that it can be.
"""

from __future__ import annotations

from itertools import combinations

from ..dims import Condition, Dim, Size
from ..graph import Known, Model, Value
from ..lean import lru_cache
from ..shapes import TensorType
from ..typed import Any, Iterator, Mapping, Sequence
from .arguments import simple
from .class_arguments import Kind
from .expressions import node_of, plain_value, quoted
from .formulas import either, tested
from .layout import call, flat, statement
from .plans import Plan, Slot
from .varying import LONGEST, ROWS, is_mixed, is_unreadable, told_of, values_of

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
EXTREME = "sym_{kind}: Callable[[int, int], Any] = torch.sym_{kind}"  # which torch gives no types

Case = dict[str, tuple[str, ...]]  # what of an argument, and what it may be
FLAGS = {"True", "False"}
UNSHAPED = {"bias", "eps", "momentum", "p", "negative_slope"}  # arguments of layers that sizes never hang on
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
    tested = {id(model): guards(model, variables) for model in models}
    declared = shared([declarations(model, variables, tested[id(model)], names) for model in models])
    found = {key: [guard for guard in some if guard not in declared] for key, some in tested.items()}
    known = KnownFor(plan, names)
    common = shared(list(found.values()))
    test = known.test(models) if common else None
    common = [] if test is None or " or " in test else common
    lines = [*lines_of(declared, 8), *tested_lines(test or "", common)]
    rest = [(model, tuple(guard for guard in found[id(model)] if guard not in common)) for model in models]
    return [*lines, *arms(known, rest)]


def tested_lines(test: str, guards: Sequence[Guard], word: str = "if") -> list[str]:
    head = [statement(f"{word} ", test, 8, ":")] if test and guards else []
    return [*head, *lines_of(guards, 12 if test else 8)]


def arms(known: KnownFor, required: Sequence[tuple[Model, tuple[Guard, ...]]]) -> list[str]:
    """What some models alone require: one arm for those that require the same."""
    found: list[str] = []
    for guards in dict.fromkeys(some for _, some in required if some):
        others = [model for model, some in required if some != guards]
        test = known.test([model for model, some in required if some == guards], others)
        if test is not None:
            found += tested_lines(test, guards, "elif" if found else "if")
    return found


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
    always = [promise for promise, names in model.promises.items() if names.isdisjoint(taken)]
    found += [guard_of(promise, "", sizes) for promise in always if promise.symbols <= sizes.keys()]
    tests = " ".join(test for test, _, _ in (*found, *others))
    return [*ranks(model, variables, tests), *found]


def guards(model: Model, variables: Mapping[int, str]) -> list[Guard]:
    """The tests of one model, with the inputs that the sizes in each belong to."""
    found = list(named_alike(model, variables))
    sizes = sizes_read(model, variables)
    evaluation = [*model.promises, *model.requirements.conditions]
    training = evaluation
    if model.training_requirements:
        training = [*model.promises, *model.training_requirements.conditions]
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


class KnownFor:
    """What is known of models of one class, by the values of their arguments."""

    def __init__(self, plan: Plan, names: Mapping[str, str]) -> None:
        self.plan, self.names = plan, {slot.key: names[slot.key] for slot in plan.slots if slot.key in names}
        self.own = {slot.key: self.names[slot.key] for slot in self.slots() if slot.kind == "parameter"}
        self.held = {f"len({names.get(key, key)})" for key in plan.lengths}
        self.domains: dict[str, set[str]] = {}
        self.classes: set[str] = set()
        for slot, name in ((slot, self.names[slot.key]) for slot in self.slots()):
            values = outer(slot)
            if any(isinstance(value, Kind) for value in values):
                self.classes.add(name)
                self.domains[name] = set(map(written, values))
            elif all(value is True or value is False for value in values):
                self.domains[name] = FLAGS

    def slots(self) -> Iterator[Slot]:
        return (slot for slot in self.plan.slots if slot.key in self.names)

    def test(self, models: Sequence[Model], others: Sequence[Model] = ()) -> str | None:
        """A test that is true for arguments of which is known what is found of all of `models`, and of no others.

        '' if that hangs on no argument, None if nobody would read it.
        """
        cases = [case for model in models if (case := self.case(model, others)) is not None]
        found = together(cases, self.domains)
        texts = [self.text(case) for case in found]
        if None in texts:
            texts = [text for text in map(self.text, cases) if text is not None]
        if "" in texts:
            return ""
        return either([text for text in texts if text is not None]) or None

    def case(self, model: Model, others: Sequence[Model]) -> Case | None:
        """What the arguments are in a model; None if they are so in another one, of which something else is known."""
        found = self.values(model, bool(others))
        for other in others:
            if may_be_both(found, theirs := self.values(other, True)):
                more = self.differing(model, other)
                if may_be_both(found | more, theirs | self.differing(other, model)):
                    return None
                found |= more
        return found

    def values(self, model: Model, apart: bool) -> Case:
        """What must be as in this model; numbers in place of parameters must where they tell it `apart` from others."""
        found: Case = {what: (value,) for what, value in values_of(model, self.own)}
        values = given(self.plan, model)
        for slot in self.slots():
            if slot.kind == "parameter" or not may_matter(slot, model, apart):
                continue
            value = values[slot.key].value
            what, text = f"len({self.names[slot.key]})", str(len(value)) if isinstance(value, list) else ""
            if (apart or not text) and simple(value):
                told = told_of(self.names[slot.key], plain := plain_value(value)), written(plain)
                what, text = (what, text) if text and is_unreadable(*told) else told
            if text:
                found[what] = (text,)
        return {what: some for what, some in found.items() if what not in self.held}

    def differing(self, model: Model, other: Model) -> Case:
        """All in which a model differs from another one, but what who calls one of them may choose."""
        ours, theirs = ({k: plain_value(v) for k, v in given(self.plan, one).items()} for one in (model, other))
        fixed = model.fixed & other.fixed
        keys = [s.key for s in self.slots() if s.kind != "parameter" or s.key in fixed]
        keys = [key for key in keys if simple(ours[key]) and repr(ours[key]) != repr(theirs[key])]
        return {told_of(self.names[key], ours[key]): (written(ours[key]),) for key in keys}

    def text(self, case: Case) -> str | None:
        parts = {self.part(what, values): values for what, values in case.items()}
        test = " and ".join(parts)
        mixed = any(is_mixed(what, value) for what, values in case.items() for value in values)
        long = any(len(part) > LONGEST and len(values) > 1 for part, values in parts.items())
        rows = ROWS in test and len(test.replace("self.", "")) > LONGEST  # ruff would break its brackets
        return None if mixed or long or rows else test

    def part(self, what: str, values: tuple[str, ...]) -> str:
        if what in self.classes and len(values) == 1:
            return f"{what} is {values[0]}"
        return tested(what, values)


def written(value: Any) -> str:
    return flat(node_of(value, {}))


def outer(slot: Slot) -> list[Any]:
    """The values that an argument has had; what is in them is as it was."""
    return [known.value if isinstance(known, Known) else known for known in slot.values]


def given(plan: Plan, model: Model) -> dict[str, Known]:
    """The arguments of the class that build a model."""
    return {p.name: p.value for p in model.instance.parameters} | plan.extras[id(model.instance)]


def may_matter(slot: Slot, model: Model, apart: bool) -> bool:
    """Whether free sizes may hang on an argument that is none of the author's parameters.

    A number in which models differ that require the same is taken for none.
    """
    values = outer(slot)
    if all(isinstance(value, Kind) and keeps_shapes(value) for value in values):
        return False
    word = slot.key.rstrip("0123456789")
    if word.endswith(("channels", "features")) or word in UNSHAPED:
        return False
    if not apart and all(isinstance(value, (int, float, tuple)) and not isinstance(value, bool) for value in values):
        return False
    decided = model.instance.decided
    told = {word for name in slot.behind for word in (name, f"len({name})", f"all({name})")}
    return not slot.behind or not told.isdisjoint(decided.shaped | decided.pinned)


def keeps_shapes(kind: Kind) -> bool:
    """Whether a layer gives what it takes, of any sizes."""
    return kind.made in elementwise() if isinstance(kind.made, type) else False


@lru_cache(maxsize=1)
def elementwise() -> frozenset[type]:
    from ..layers.activation import Elementwise

    return frozenset(made for made in Elementwise.__subclasses__() if made.infer is Elementwise.infer)


def may_be_both(one: Case, other: Case) -> bool:
    """Whether arguments may be what they are in two cases."""
    return all(set(values) & set(other[what]) for what, values in one.items() if what in other)


def together(cases: Sequence[Case], domains: Mapping[str, set[str]]) -> list[Case]:
    """The cases, those that differ in one thing alone as one."""
    found = [case for i, case in enumerate(cases) if case not in cases[:i]]
    while True:
        for one, other in combinations(found, 2):
            if (whole := joined(one, other, domains)) is not None:
                found = [whole if case is one else case for case in found if case is not other]
                break
        else:
            return found


def joined(one: Case, other: Case, domains: Mapping[str, set[str]]) -> Case | None:
    """Two cases as one, if that says the same."""
    less, more = sorted((one, other), key=len)
    if all(what in more and set(more[what]) <= set(values) for what, values in less.items()):
        return less
    differing = [what for what in one if one[what] != other.get(what)]
    if one.keys() != other.keys() or len(differing) != 1:
        return None
    values = tuple(dict.fromkeys(one[differing[0]] + other[differing[0]]))
    every = domains.get(differing[0], FLAGS if differing[0].startswith("all(") or " > " in differing[0] else None)
    rest = {what: some for what, some in one.items() if what not in differing}
    return rest if every is not None and every <= set(values) else {**one, differing[0]: values}
