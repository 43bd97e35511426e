"""`block X(…) = { … }` used more than once: a function that gives an nn.Sequential. Looks at merged classes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..dims import symbol
from ..graph import Argument, Child, DictModule, Known, LayerModule, ListModule, Make, SequentialModule
from ..loops import Entry
from ..records import dataclass, field, replace
from .expressions import Written, annotation, node_of
from .layout import flat
from .names import MODULE_ATTRIBUTES, TAKEN, fresh
from .plans import Construct, Decision, Either, Group, Plan, Repeat

USES = 2  # from which a function is worth its lines


@dataclass(eq=False)
class Function:
    """A function of the generated file. `module` is what it returns, over the names of `parameters`."""

    definition: str
    name: str = ""
    parameters: list[tuple[str, str]] = field(default_factory=list)  # name, type
    module: SequentialModule | None = None


@dataclass(frozen=True)
class FunctionCall(SequentialModule):
    """A SequentialModule that a function builds."""

    function: Function | None = None
    arguments: tuple[tuple[str, str, Known], ...] = ()  # name, type, value


@dataclass(frozen=True)
class Hole:
    """A place where sites may differ."""

    name: str
    type: str
    value: Known


def extract(plans: Sequence[Plan]) -> list[Function]:
    """Replaces what several places build alike by calls of functions, inner ones first."""
    found: list[Function] = []
    names = dict.fromkeys(site.definition for plan in plans for site in sites(plan.body) if site.definition)
    for definition in sorted(names, key=lambda name: depth(name, plans)):
        groups: dict[str, list[SequentialModule]] = {}
        for plan in plans:
            for site in sites(plan.body):
                if site.definition == definition and not isinstance(site, FunctionCall) and (key := skeleton(site)):
                    groups.setdefault(key, []).append(site)
        for group in (group for group in groups.values() if len(group) >= USES and len(group[0].children) > 1):
            function = Function(definition)
            calls = generalised(function, group)
            found.append(function)
            for plan in plans:
                plan.body = tuple(replaced(step, calls) for step in plan.body)
    return found


def depth(definition: str, plans: Sequence[Plan]) -> int:
    """How many levels of other such blocks a definition holds."""
    own = [site for plan in plans for site in sites(plan.body) if site.definition == definition]
    return max((nested(site) for site in own), default=0)


def nested(module: Any) -> int:
    inner = [nested(child.module) for child in getattr(module, "children", ())]
    return max(inner, default=0) + bool(getattr(module, "definition", None))


def sites(body: Sequence[Any]) -> Iterator[SequentialModule]:
    for step in body:
        if isinstance(step, Make):
            yield from sites_in(step.module)
        elif isinstance(step, Decision):
            yield from sites((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield from sites(step.body)


def sites_in(module: Any) -> Iterator[SequentialModule]:
    """Every nn.Sequential of a module, the inner ones first."""
    for child in getattr(module, "children", ()):
        yield from sites_in(child.module)
    if isinstance(module, SequentialModule):
        yield module


def skeleton(module: Any) -> str | None:
    """What must be alike for one function to build it; None for what no function builds."""
    if isinstance(module, LayerModule):
        return f"{module.name}({', '.join(f'{a.name}{a.keyword:d}' for a in module.arguments)})"
    if isinstance(module, Construct):
        return f"{id(module.plan)}"
    if isinstance(module, FunctionCall):
        return f"f{id(module.function)}"
    if not isinstance(module, (SequentialModule, ListModule, DictModule)):
        return None
    inner = [(child.name, skeleton(child.module)) for child in module.children]
    return None if any(key is None for _, key in inner) else f"{type(module).__name__}{inner}"


def holes(module: Any) -> Iterator[Hole]:
    """The values in a module, in order."""
    if isinstance(module, LayerModule):
        for argument in module.arguments:
            given = getattr(module.layer, argument.name, argument.value.value)
            yield Hole(argument.name, annotation([given]), argument.value)
    elif isinstance(module, Construct):
        yield from (Hole(slot.name, slot.type, value) for slot, value in module.arguments)
    elif isinstance(module, FunctionCall):
        yield from (Hole(*argument) for argument in module.arguments)
    else:
        for child in module.children:
            yield from holes(child.module)


def text_of(known: Known) -> str:
    return flat(node_of(known, {}))


def generalised(function: Function, group: Sequence[SequentialModule]) -> dict[int, FunctionCall]:
    """Fills in the function, and gives the call for each site, by identity."""
    columns = list(zip(*(list(holes(site)) for site in group), strict=True))
    parameters: dict[tuple[str, ...], str] = {}
    places: list[Known] = []
    asked: list[list[Hole]] = []
    for column in columns:
        texts = tuple(text_of(hole.value) for hole in column)
        if len(set(texts)) == 1 and not written(column[0].value):
            places.append(column[0].value)
            continue
        if texts not in parameters:
            taken = {*parameters.values(), *TAKEN, *MODULE_ATTRIBUTES}
            parameters[texts] = fresh(column[0].name.lower() or "value", taken)
            asked.append(list(column))
        places.append(Known(Written(symbol(parameters[texts]))))
    names = list(parameters.values())
    function.parameters = [(n, type_of(column)) for n, column in zip(names, asked, strict=True)]
    function.module = filled(group[0], iter(places))
    calls = {}
    for number, site in enumerate(group):
        given = ((n, kind, column[number].value) for (n, kind), column in zip(function.parameters, asked, strict=True))
        calls[id(site)] = FunctionCall(site.children, site.definition, function=function, arguments=tuple(given))
    return calls


def type_of(column: Sequence[Hole]) -> str:
    kinds = dict.fromkeys(part for hole in column for part in hole.type.split(" | "))
    return " | ".join(sorted(kinds, key=lambda kind: kind == "None"))


def written(known: Known) -> bool:
    """Whether a value is spelled over names, which a function does not know."""
    if isinstance(known.value, (list, tuple)):
        return any(isinstance(item, Known) and written(item) for item in known.value)
    return isinstance(known.value, Written)


def filled(module: Any, values: Iterator[Known]) -> Any:
    """The module with other values in its places."""
    if isinstance(module, LayerModule):
        return replace(module, arguments=tuple(Argument(a.name, next(values), a.keyword) for a in module.arguments))
    if isinstance(module, Construct):
        return replace(module, arguments=tuple((slot, next(values)) for slot, _ in module.arguments))
    if isinstance(module, FunctionCall):
        return replace(module, arguments=tuple((name, kind, next(values)) for name, kind, _ in module.arguments))
    children = tuple(Child(child.name, filled(child.module, values)) for child in module.children)
    return replace(module, children=children)


def replaced(step: Any, calls: dict[int, FunctionCall]) -> Any:
    if isinstance(step, Make):
        return replace(step, module=replaced_in(step.module, calls))
    if isinstance(step, Decision):
        then, otherwise = (tuple(replaced(s, calls) for s in way) for way in (step.then, step.otherwise))
        return replace(step, then=then, otherwise=otherwise)
    if isinstance(step, Repeat):
        body = tuple(replaced(inner, calls) for inner in step.body)
        return Repeat(step.index, step.count, step.sources, body, step.carried, step.flows)
    return step


def replaced_in(module: Any, calls: dict[int, FunctionCall]) -> Any:
    if id(module) in calls:
        return calls[id(module)]
    if isinstance(module, Either):
        ways = (replaced_in(way, calls) for way in (module.then, module.otherwise))
        return Either(module.condition, *ways)
    if isinstance(module, Group):
        return replace(module, items=tuple(replaced_item(item, calls) for item in module.items))
    if not isinstance(module, (SequentialModule, ListModule, DictModule)):
        return module
    children = tuple(replace(child, module=replaced_in(child.module, calls)) for child in module.children)
    same = all(new.module is old.module for new, old in zip(children, module.children, strict=True))
    return module if same else replace(module, children=children)


def replaced_item(item: Any, calls: dict[int, FunctionCall]) -> Any:
    """The same for what stands in a group."""
    if isinstance(item, Entry):
        return replace(item, module=replaced_in(item.module, calls))
    if isinstance(item, Repeat):
        body = tuple(replaced_item(part, calls) for part in item.body)
        return Repeat(item.index, item.count, item.sources, body, item.carried)
    then, otherwise = (tuple(replaced_item(part, calls) for part in way) for way in (item.then, item.otherwise))
    return replace(item, then=then, otherwise=otherwise)


def called(module: Any) -> Iterator[Function]:
    """The functions that a module calls, each after those that it calls itself."""
    if isinstance(module, FunctionCall) and module.function is not None:
        yield from called(module.function.module)
        yield module.function
        return
    for child in getattr(module, "children", ()):
        yield from called(child.module)
