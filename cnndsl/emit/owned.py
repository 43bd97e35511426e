"""The layers that a class makes whatever its arguments are, and the ways to them. Initialises nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..graph import DictModule, LayerModule, ListModule, Make, SequentialModule
from ..typed import Any, TypeGuard
from .expressions import Written, quoted
from .names import is_plain
from .plans import Construct, Formatted

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
