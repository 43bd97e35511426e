"""Patterns of `init` that go through what one container holds, `"blocks.*.proj.weight"`: if that is blocks, and the
class has no others of theirs, that is what `Layer.proj.weight` means. Writes no rule.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..graph import LayerModule, Make, Own, Selector, SequentialModule
from ..typed import Any, Iterator
from .contents import CALLS, called_class, optional, plans_in, steps_of
from .plans import Construct, Either, Formatted, Plan, contained, modules_in
from .rule_layers import WILD

MANY = 4  # ways into blocks that a reader tells apart
Way = tuple[str, ...]


def in_blocks(pattern: str, plan: Plan, container: Any) -> list[Selector] | None:
    """What a pattern of the container's name, `*` and a path means in its blocks; None if that cannot be said so."""
    root, star, path = pattern.partition(".*.")
    if not star or set(root) & WILD or not all(map(is_of_no_round, path.split("."))):
        return None
    found: dict[Selector, None] = {}
    for name, selector in parameters_in(container, root, None, ()):
        if name is None or (selector is None and fnmatchcase(name, pattern)):
            return None
        if selector is not None and fnmatchcase(name, pattern):
            found[selector] = None
    kinds = {selector.type for selector in found}
    calls = (module for each in plans_in(plan) for module in modules_in(each.body) if isinstance(module, CALLS))
    others = sum(called_class(module).definition in kinds for module in calls)
    here = sum(isinstance(module, Construct) and module.plan.definition in kinds for module in contained(container))
    return [*found][::-1] if 0 < len(found) <= MANY and here == others and plan.definition not in kinds else None


def is_of_no_round(part: str) -> bool:
    """Whether part of a path fits no number: in which round a block was made must not matter."""
    return not any(sign.isdigit() for sign in part) or (not set(part) & WILD and not part.isdigit())


def parameters_in(module: Any, name: str, block: str | None, way: Way) -> Iterator[tuple[str | None, Selector | None]]:
    """The names of the parameters that a module may have, each with its way from the block around it, if there is one;
    None for names that are not known."""
    if isinstance(module, LayerModule):
        fields = [weight.name for weight in module.layer.weights() if weight.kind == "parameter"]
        for field in dict.fromkeys((*fields, *(("weight", "bias") if optional(module) else ()))):
            yield f"{name}.{field}", Selector(block, (*way, *field.split(".")), None) if block else None
    elif isinstance(module, Construct) and module.plan.kind == "block":
        inside, way = (block, way) if block else (module.plan.definition, ())
        for step in steps_of(module.plan.body):
            if isinstance(step, Own):
                yield f"{name}.{step.name}", Selector(inside, (*way, step.name), None)
            elif isinstance(step, Make) and isinstance(step.path, Formatted):
                yield None, None
            elif isinstance(step, Make):
                yield from parameters_in(step.module, f"{name}.{step.path}", inside, (*way, step.path))
    elif isinstance(module, Either):
        for child in module.children:
            yield from parameters_in(child.module, name, block, way)
    elif not module.children:  # nothing that is seen through
        yield None, None
    for child in module.children if not isinstance(module, Either) else ():
        is_plain = isinstance(module, SequentialModule) or block is None
        for inner, selector in parameters_in(child.module, f"{name}.{child.name}", block, (*way, child.name)):
            yield inner, selector if is_plain else None
