"""What bodies hold: modules, steps, instances of definitions; those of the graph, and those of merged classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..graph import (
    BlockModule,
    Call,
    DictModule,
    Instance,
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
from ..typed import Any
from .plans import Decision, Repeat

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
