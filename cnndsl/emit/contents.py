"""What bodies hold: modules, steps, instances of definitions; those of the graph, and those of merged classes; and the
layers that a class makes whatever its arguments are, with the ways to them.
"""

from __future__ import annotations

from ..graph import (
    BlockModule,
    Call,
    DictModule,
    Graph,
    Instance,
    LayerModule,
    ListModule,
    Make,
    Module,
    Operate,
    Own,
    PartModule,
    SequentialModule,
    TapsModule,
    Value,
)
from ..loops import Loop, called, every
from ..patterns import re
from ..typed import Any, Iterator, Mapping, Sequence, TypeGuard
from .expressions import Written, quoted
from .names import is_plain
from .plans import Construct, Decision, Formatted, PartConstruct, Plan, Repeat, TapsConstruct, made_in, modules_in

CALLS = (Construct, TapsConstruct, PartConstruct)
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
LOOP = 16  # steps that are as much work as to make rounds one
TAKEN = 4  # that are as much as an argument


def steps_of(body: Sequence[Any]) -> Iterator[Any]:
    """The steps of a merged body, but for the decisions and loops around them."""
    return (step for step in every(body) if not isinstance(step, (Decision, Repeat)))


def work(group: Sequence[Instance]) -> int:
    """The steps that it takes to make a class of instances: to hold each step against the others, and to write one."""
    bodies = [every(instance.body) for instance in group]
    found = [len(body) + LOOP * [step.__class__ for step in body].count(Loop) for body in bodies]
    return (sum(found) + max(found)) * 2 // 3 + TAKEN * len(group[0].parameters)


def modules_of(module: Module) -> Iterator[Instance]:
    """The instances that a module is or holds, innermost groups included."""
    if block := called(module):
        yield block.instance
    elif isinstance(module, BlockModule):
        yield module.instance
    elif isinstance(module, (TapsModule, PartModule)):
        yield module.whole.instance
        if isinstance(module, TapsModule):
            yield from inner_instances(module.cut)
    else:
        for child in module.children:
            yield from modules_of(child.module)


def inner_instances(instance: Instance) -> Iterator[Instance]:
    """The instances built right inside this one."""
    for step in every(instance.body):
        if isinstance(step, Make):
            yield from modules_of(step.module)


def needed(graph: Graph, plans: Sequence[Plan], plan_of: Mapping[int, Plan]) -> list[Plan]:
    """The plans of what models are made of: uses that no model has may have come to classes of their own."""
    if not graph.combined and not graph.beside:
        return list(plans)
    found, left = set[int](), [model.instance for model in graph.models]
    while left:
        plan = plan_of[id(left.pop())]
        if id(plan) not in found:
            found.add(id(plan))
            left += [inner for member in plan.members for inner in inner_instances(member)]
    return [plan for plan in plans if id(plan) in found]


def as_operator(step: Call) -> Call | Operate:
    """`torch.add(x, y)` as people write it: `x + y` is the same to torch."""
    sign = OPERATORS.get(step.function, "")
    if not sign or step.keywords or len(step.arguments) != 2 or not isinstance(step.arguments[0], Value):
        return step
    return Operate(step.target, sign, step.arguments, step.span) if isinstance(step.target, Value) else step


OPTIONAL = frozenset({"bias", "affine", "elementwise_affine"})  # arguments that say which parameters there are


def inner_layers(body: Sequence[Any], path: str = "") -> Iterator[tuple[str, LayerModule]]:
    """The layers that a class always makes, and whose parameters are there whatever its arguments are, those in its
    groups and blocks included; by path, in the order of `named_modules()`."""
    for step in body:
        if not isinstance(step, Make) or not is_plain(step.path) or isinstance(step.path, Formatted):
            continue
        module = step.module
        if is_layer(module):
            yield f"{path}{step.path}", module
        elif isinstance(module, Construct) and module.plan.kind == "block":
            yield from inner_layers(module.plan.body, f"{path}{step.path}.")
        elif isinstance(module, (SequentialModule, ListModule, DictModule)):
            for child in module.children:
                if is_layer(inner := child.module):
                    yield f"{path}{step.path}.{child.name}", inner


def is_layer(module: Any) -> TypeGuard[LayerModule]:
    """Whether this is a layer whose parameters are there whatever the arguments of the class are."""
    return isinstance(module, LayerModule) and not optional(module)


def optional(module: LayerModule) -> set[str]:
    """Which of its arguments say, by arguments of the class, what parameters there are."""
    return {a.name for a in module.arguments if a.name in OPTIONAL and isinstance(a.value.value, Written)}


def may_lack(module: LayerModule, parameter: str) -> bool:
    """Whether the arguments of the class decide on whether the layer has this parameter."""
    open_for = optional(module)
    return bool(open_for) and (open_for != {"bias"} or "bias" in parameter)


def way_to(path: str) -> str:
    """A layer inside a class: of its own, or of a group or block of its."""
    first, *rest = path.split(".")
    if not all(part.isdigit() or is_plain(part) for part in rest):
        return f"self.get_submodule({quoted(path)})"
    return f"self.{first}" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)


def is_attribute(parameter: str) -> bool:
    """Whether a layer always has an attribute for this parameter, which type checkers know: not so recurrent ones."""
    return not re.search(r"_l\d+(_reverse)?$", parameter)


def layers_in(body: Sequence[Any]) -> Iterator[LayerModule]:
    """The layers that a class holds, at any depth."""
    for module in modules_in(body):
        if isinstance(module, LayerModule):
            yield module
        elif isinstance(module, CALLS):
            yield from layers_in(called_class(module).body)


def plans_in(plan: Plan) -> Iterator[Plan]:
    """The classes inside a class, itself included."""
    yield plan
    for module in modules_in(plan.body):
        if isinstance(module, CALLS):
            yield from plans_in(called_class(module))


def called_class(module: Construct | TapsConstruct | PartConstruct) -> Plan:
    return (module if isinstance(module, Construct) else module.whole).plan


def owner_at(body: Sequence[Any], path: Sequence[str], typed: bool = True) -> LayerModule | Own | None:
    """What has the parameter at this path, in a class that has it whatever its arguments are; if `typed`, where type
    checkers see it, who do not know what groups hold: there a layer may have None in its place (`may_lack`)."""
    first, *rest = path
    for step in body:
        if isinstance(step, Own) and step.name == first:
            return step if step.kind == "param" and not rest else None
        if isinstance(step, Make) and step.path == first and not isinstance(step.path, Formatted):
            return owner_in(step.module, rest, typed)
        if isinstance(step, Decision):
            then, other = (owner_at(arm, path, typed) for arm in (step.then, step.otherwise))
            if isinstance(then, LayerModule) and isinstance(other, LayerModule) and then.name == other.name:
                return min(then, other, key=lambda module: -len(optional(module)))
    return None


def kinds_at(body: Sequence[Any], path: Sequence[str]) -> set[str] | None:
    """Of which types what has the parameter at this path may be, whatever the class's arguments are; None if that is
    not known."""
    first, *rest = path
    if any(isinstance(step, Own) and step.name == first for step in steps_of(body)):
        return None
    found: set[str] = set()
    for made, module in made_in(body):
        is_open = isinstance(made, Formatted) and made.may_be(first)
        kinds = kinds_in(module, rest) if made == first and not is_open else None if is_open else set()
        if kinds is None:
            return None
        found |= kinds
    return found


def kinds_in(module: Any, path: Sequence[str]) -> set[str] | None:
    if isinstance(module, LayerModule):
        return {module.name} if len(path) == 1 else None
    if isinstance(module, Construct) and module.plan.kind == "block" and path:
        return kinds_at(module.plan.body, path)
    return None


def owner_in(module: Any, path: Sequence[str], typed: bool) -> LayerModule | Own | None:
    if isinstance(module, LayerModule):
        has_it = any(weight.kind == "parameter" and weight.name == ".".join(path) for weight in module.layer.weights())
        sure = is_attribute(path[-1]) if typed else not may_lack(module, path[-1])
        return module if has_it and sure else None
    if isinstance(module, Construct) and module.plan.kind == "block" and path:
        return owner_at(module.plan.body, path, typed)
    is_group = isinstance(module, (SequentialModule, ListModule, DictModule))
    children = module.children if is_group and path and not typed else ()
    return next((owner_in(child.module, path[1:], typed) for child in children if child.name == path[0]), None)
