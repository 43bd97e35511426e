"""What bodies hold: modules, steps, instances of definitions; those of the graph, and those of merged classes; and the
layers that a class makes whatever its arguments are, with the ways to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..graph import (
    BlockModule,
    Call,
    DictModule,
    Instance,
    LayerModule,
    ListModule,
    Make,
    Module,
    Operate,
    PartModule,
    SequentialModule,
    TapsModule,
    Value,
    walk,
)
from ..loops import called
from ..typed import Any, TypeGuard
from .expressions import Written, quoted
from .names import is_plain
from .plans import Construct, Decision, Formatted, Repeat

OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def steps_of(body: Sequence[Any]) -> Iterator[Any]:
    """All steps of a merged body."""
    for step in body:
        if isinstance(step, Decision):
            yield from steps_of((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield from steps_of(step.body)
        else:
            yield from walk((step,))


def modules_of(module: Module) -> Iterator[Instance]:
    """The instances that a module is or holds, innermost groups included."""
    if block := called(module):
        yield block.instance
    elif isinstance(module, BlockModule):
        yield module.instance
    elif isinstance(module, (SequentialModule, ListModule, DictModule)):
        for child in module.children:
            yield from modules_of(child.module)
    elif isinstance(module, (TapsModule, PartModule)):
        yield module.whole.instance
        if isinstance(module, TapsModule):
            yield from inner_instances(module.cut)


def inner_instances(instance: Instance) -> Iterator[Instance]:
    """The instances built right inside this one."""
    for step in walk(instance.body):
        if isinstance(step, Make):
            yield from modules_of(step.module)


def as_operator(step: Call) -> Call | Operate:
    """`torch.add(x, y)` as people write it: `x + y` is the same to torch."""
    sign = OPERATORS.get(step.function, "")
    if not sign or step.keywords or len(step.arguments) != 2 or not isinstance(step.arguments[0], Value):
        return step
    return Operate(step.target, sign, step.arguments, step.span) if isinstance(step.target, Value) else step


OPTIONAL = frozenset({"bias", "affine", "elementwise_affine"})  # arguments that say which parameters there are


def own_layers(body: Sequence[Any]) -> Iterator[tuple[str, LayerModule]]:
    """The layers that a class always makes, and whose parameters are there whatever its arguments are."""
    made = (step for step in body if isinstance(step, Make))
    for step in (step for step in made if is_plain(step.path) and not isinstance(step.path, Formatted)):
        if is_layer(module := step.module):
            yield step.path, module


def inner_layers(body: Sequence[Any], path: str = "") -> Iterator[tuple[str, LayerModule]]:
    """The same, those included that are in its groups and blocks; by path."""
    yield from ((f"{path}{name}", module) for name, module in own_layers(body))
    for step in body:
        module = step.module if isinstance(step, Make) and is_plain(step.path) else None
        if isinstance(module, Construct) and module.plan.kind == "block":
            yield from inner_layers(module.plan.body, f"{path}{step.path}.")
        elif isinstance(module, (SequentialModule, ListModule, DictModule)):
            for child in module.children:
                if is_layer(inner := child.module):
                    yield f"{path}{step.path}.{child.name}", inner


def is_layer(module: Any) -> TypeGuard[LayerModule]:
    """Whether this is a layer whose parameters are there whatever the arguments of the class are."""
    arguments = module.arguments if isinstance(module, LayerModule) else ()
    return isinstance(module, LayerModule) and not any(
        isinstance(a.value.value, Written) for a in arguments if a.name in OPTIONAL
    )


def way_to(path: str) -> str:
    """A layer inside a class: of its own, or of a group or block of its."""
    first, *rest = path.split(".")
    if not all(part.isdigit() or is_plain(part) for part in rest):
        return f"self.get_submodule({quoted(path)})"
    return f"self.{first}" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)
