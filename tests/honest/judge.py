"""Builds each class of a generated file with other values, beside what the text says with these. Prints nothing."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, islice, product
from random import Random
from types import ModuleType
from typing import Any

import torch
from torch import nn

import cnndsl
from cnndsl.emit.arguments import size_of
from cnndsl.emit.class_arguments import Kind
from cnndsl.emit.defaults import is_default
from cnndsl.emit.expressions import plain_value
from cnndsl.emit.plans import Plan, Slot
from cnndsl.emit.python import File
from cnndsl.emit.variants import Variant
from cnndsl.graph import Instance, Known, Model
from cnndsl.loops import called
from cnndsl.pipeline import elaborate, load
from cnndsl.source import Source

from ..compare import assert_equal, assert_same_layout, assert_same_state
from .probes import OMITTED, PROBE, Unsayable, edges, others, probe, shapes

GENERATED = "tests.honest.generated"  # where the classes live
TEXT = "TEXT"  # and what they were made of
FREE = (8, 16, 32)  # free sizes, until the network takes them
APART = ((7, 16), (20, 9), (70, 5))  # free sizes beside the batch's, in turn
WEIGHTS = 3_000_000  # of larger networks only the layout is compared
TORCHS_OWN = ("bad-argument", "size-below-one", "return-without-tensor")  # whether what is of nothing is anything
IMPORTED = "unknown-name"  # a block of another file, which this one cannot name
Made = Callable[[], nn.Module]
Refused = (
    *(RuntimeError, ValueError, IndexError, TypeError, AttributeError, KeyError),
    *(NotImplementedError, AssertionError, ZeroDivisionError, OverflowError),
)


def findings(source: Source, values: int = 3, members: int = 3, pairs: int = 0) -> Iterator[str]:
    """What is wrong with the arguments of the classes that a text becomes; raises CnnError.

    `values` other values of each argument are tried, beside the arguments of the first `members` uses of each class,
    and `pairs` times two arguments at once, which may be as other uses have them.
    """
    file = File(elaborate(source, None, {}).graph)
    made = ModuleType(GENERATED)
    sys.modules[made.__name__], vars(made)[TEXT] = made, (text := file.text(""))
    exec(compile(text, "<generated>", "exec"), made.__dict__)
    for model in file.graph.models:
        yield from of_model(
            source, model, file.plan_of[id(model.instance)], getattr(made, file.entries[model.name]), values, pairs
        )
    for plan in file.plans:
        if plan.kind != "model":
            for member in plan.members[:members]:
                yield from of_block(source, plan, member, getattr(made, plan.name), values, pairs)


def of_model(source: Source, model: Model, plan: Plan, make: Any, values: int, pairs: int) -> Iterator[str]:
    variant = Variant(model, plan)
    taken, own = inspect.signature(make).parameters, variant.names
    by_rule = {slot.name for slot in (*plan.slots, *variant.own) if slot.rule is not None}
    names = {p.name: plan.renames.get(p.name, "") for p in model.instance.parameters} | own
    known: dict[str, list[Any]] = {}
    for parameter in {p.name: p for p in (*model.instance.parameters, *model.own)}.values():
        if names.get(parameter.name, "") in taken:
            elsewhere = [p.value for use in plan.members for p in use.parameters if p.name == parameter.name]
            known[parameter.name] = [parameter.value, *elsewhere]
    plain = {name: [plain_value(value) for value in values] for name, values in known.items()}
    for changed in changes(plain, values, pairs):
        settings = {name: value for name, value in changed.items() if value is not None or names[name] not in by_rule}
        said = partial(load, source, model.name, False, settings)
        arguments = {names[name]: value for name, value in changed.items()}
        if wrong := compared(partial(make, **arguments), said, shapes(model.instance, {})):
            yield f"{make.__name__}(**{arguments}): {wrong}"


def of_block(source: Source, plan: Plan, member: Instance, make: Any, values: int, pairs: int) -> Iterator[str]:
    given = {slot.name: None if is_left_out(slot, member) else argument(plan, member, slot) for slot in plan.slots}
    uses = [member, *(other for other in plan.members if other is not member)]
    open_slots = [slot for slot in plan.slots if slot.kind != "slot"]
    known = {slot.name: [argument(plan, use, slot) for use in uses] for slot in open_slots}
    for changed in changes(known, values, pairs):
        if wrong := next(iter(differences(source, plan, uses, {**given, **changed}, make)), ""):
            yield f"{make.__name__}(**{changed}), else {given}: {wrong}"


def changes(known: Mapping[str, Sequence[Any]], values: int, pairs: int) -> Iterator[dict[str, Any]]:
    """Other arguments, by name, than the first that each is known to have: one of them, and then two."""
    single = {name: [*islice(others(found[0]), values), *edges(found[0])] for name, found in known.items()}
    for name, tried in single.items():
        yield from ({name: value} for value in tried)
    wider = {name: [*tried, *(v for v in known[name][1:] if sayable(v))] for name, tried in single.items()}
    both = [
        {first: one, second: two}
        for first, second in combinations(wider, 2)
        for one, two in product(wider[first], wider[second])
    ]
    yield from Random(len(both)).sample(both, min(pairs, len(both)))


def sayable(value: Any) -> bool:
    """Whether it can be given from outside: a number, a word, a list of these."""
    if isinstance(value, (list, tuple)):
        return all(map(sayable, value))
    return value is None or isinstance(value, (bool, int, float, str))


def differences(source: Source, plan: Plan, uses: Sequence[Instance], taken: Mapping[str, Any], make: Any) -> list[str]:
    """How the class differs from what each use says with these arguments; nothing if it is what one of them says.

    What the class does not take differs between its uses, as long as nothing in the class hangs on it.
    """
    found: list[str] = []
    for use in uses:
        parameters = {slot.key: taken[slot.name] for slot in plan.slots if slot.kind == "parameter"}
        parameters |= {slot.key: OMITTED for slot in plan.slots if slot.rule and taken[slot.name] is None}
        sizes = {slot.key: taken[slot.name] for slot in plan.slots if slot.kind == "size"}
        if not all(sizes.values()):  # no tensor is so
            return []
        try:
            text, inputs = source.text + "\n" + probe(use, parameters, sizes), shapes(use, sizes)
        except Unsayable:
            return []
        probed = Source(source.path, text, source.reading)
        arguments = inferred(probed, plan, taken)
        if arguments is None or not (wrong := compared(partial(make, **arguments), partial(inner, probed), inputs)):
            return []
        found.append(wrong)
    return found


def inner(probed: Source) -> nn.Module:
    found = load(probed, PROBE, False, {}).inner
    assert isinstance(found, nn.Module)
    return found


def inferred(probed: Source, plan: Plan, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The arguments with what the compiler would infer for this use; None if it asks for other things then."""
    if not any(slot.kind == "slot" for slot in plan.slots):
        return given
    try:
        file = File(elaborate(probed, None, {}).graph)
    except cnndsl.CnnError:
        return None
    model = next(model for model in file.graph.models if model.name == PROBE)
    module = next(step.module for step in model.instance.body if hasattr(step, "module"))
    instance = (called(module) or module).instance
    other = file.plan_of[id(instance)]
    known = {slot.name: argument(other, instance, slot) for slot in other.slots}
    if known.keys() != given.keys() or len(other.members) <= len(plan.members):
        return None
    if body_of(other, file.text("")) != body_of(plan, vars(sys.modules[GENERATED])[TEXT]):
        return None  # it calls other things so
    return {name: known[name] for name in given}


def body_of(plan: Plan, text: str) -> str:
    """What a class makes of its arguments."""
    pattern = rf"^(class|def) {plan.name}\(.*?\n    (    super|layers|return)(.*?)(?=\n\n\n|\Z)"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    assert found
    return found[3]


def is_left_out(slot: Slot, member: Instance) -> bool:
    """Whether an argument is what its default comes to, which the class works out."""
    return slot.rule is not None and is_default(next(p for p in member.parameters if p.name == slot.key))


def argument(plan: Plan, member: Instance, slot: Slot) -> Any:
    if slot.kind == "size":
        return size_of(member, slot.key)
    values: dict[str, Known] = {p.name: p.value for p in member.parameters} | plan.extras[id(member)]
    return in_torch(plain_value(values[slot.key]))


def in_torch(value: Any) -> Any:
    """A value as the class takes it: where a class is an argument, this one."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(in_torch, value))
    return eval(value.name, {**vars(sys.modules[GENERATED]), "nn": nn}) if isinstance(value, Kind) else value


def compared(make: partial[nn.Module], say: Made, inputs: Any) -> str:
    """How the class differs from what the text says; '' if it does not, or if one of them is refused."""
    try:
        torch.manual_seed(0)
        wanted = say()
    except cnndsl.CnnError as error:
        code = error.problems[0].code
        if code in ("argument-twice", "unknown-argument"):
            return f"the file refuses it: {code}"
        lists = any(isinstance(value, (list, tuple)) for value in make.keywords.values())
        is_of_rounds = code == "negative-repeat" and lists  # `* (d - 1)` for each of a list: docs/generated.md
        return "" if is_of_rounds or code in (*TORCHS_OWN, IMPORTED) else unrefused(make, inputs, code)
    torch.manual_seed(0)
    allowed = (TypeError,) * (None in make.keywords.values())  # where its type does not allow it
    try:
        found = make()
    except (ValueError, *allowed):
        return ""
    except Refused as error:
        return f"{type(error).__name__}: {error}"
    try:
        same(found, wanted, inputs)
    except allowed:
        return ""
    except Refused as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


def unrefused(make: Made, inputs: Any, code: str) -> str:
    """How a class takes what the file refuses; '' if it cannot be built, or refuses what it is called with."""
    try:
        outcome(make(), tensors(inputs, FREE[1:2]))
    except Refused:
        return ""
    return f"the file refuses it: {code}"


def same(found: nn.Module, wanted: nn.Module, inputs: Any) -> None:
    order = list(wanted._modules)
    if order != list(found._modules) and {*order} == found._modules.keys():  # of lists, the first is as in the file
        found._modules = {name: found._modules[name] for name in order}
        found.load_state_dict(wanted.state_dict())  # for they are drawn in turn
    left, right = ([(key, tuple(v.shape)) for key, v in m.state_dict().items()] for m in (found, wanted))
    assert left == right, f"{left[:9]} where {right[:9]} is said"
    assert_same_layout(found, wanted)
    assert layers(found) == layers(wanted), f"{layers(found)[:9]} where {layers(wanted)[:9]} is said"
    if sum(weight.numel() for weight in wanted.parameters()) > WEIGHTS:
        return
    assert_same_state(found, wanted)
    next((free for free in FREE if agree(found, wanted, tensors(inputs, [free]))), None)
    several = len({size for shape, _ in inputs for size in shape if not isinstance(size, int)}) > 2
    for free in APART if several else ():
        agree(found, wanted, tensors(inputs, free))


def agree(found: nn.Module, wanted: nn.Module, given: list[torch.Tensor]) -> bool:
    """Whether they take these inputs; raises where they give different results."""
    try:
        results = outcome(wanted, given)
    except Refused:
        return False
    assert_equal(outcome(found, given), results)
    return True


def outcome(module: nn.Module, given: list[torch.Tensor]) -> Any:
    """What it gives in both modes."""
    torch.manual_seed(1)
    with torch.no_grad():
        return module.eval()(*given), module.train()(*given)


def layers(module: nn.Module) -> list[tuple[str, str]]:
    """Its layers, as torch shows them; a list and a tuple of numbers are the same to them, and empty lists are none."""
    held = [(name, one) for name, one in module.named_modules() if name and not list(one.children())]
    held = [(name, one) for name, one in held if type(one).__module__.startswith("torch.")]
    lists = (nn.ModuleList, nn.ModuleDict)
    return [(name, re.sub(r",?[])]", ")", repr(one)).replace("[", "(")) for name, one in held if type(one) not in lists]


def tensors(inputs: Any, free: Sequence[int]) -> list[torch.Tensor]:
    """Random inputs; the first free size is the batch, the others have these sizes in turn."""
    source = torch.Generator().manual_seed(5)
    found = []
    for shape, dtype in inputs:
        sizes = ["0" if isinstance(size, int) else size[1:] for size in shape]
        others = [2 if number == "0" else free[int(number) % len(free)] for number in sizes]
        numbers = [size if isinstance(size, int) else other for size, other in zip(shape, others, strict=True)]
        kind = getattr(torch, dtype)
        if kind.is_floating_point:
            found.append(torch.randn(numbers, generator=source, dtype=kind))
        else:
            found.append(torch.randint(0, 2, numbers, generator=source).to(kind))
    return found
