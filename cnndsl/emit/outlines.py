"""What instances of one class have in common for certain, as a text: their steps, and the kinds of their modules."""

from __future__ import annotations

from ..graph import BlockModule, Child, DictModule, LayerModule, ListModule, Make, Module
from ..loops import Entry, Loop, called
from ..typed import Any, Callable, Iterable, Sequence


def grouped(items: Iterable[Any], key: Callable[[Any], str]) -> list[list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def outline(body: Sequence[Any], written: bool = False) -> str:
    """What bodies of one class have in common: their steps, not those inside an `if` or, as it is `written`, a loop."""
    return repr([outline_of(step, written) for step in body])


def outline_of(step: Any, written: bool) -> tuple[str, ...]:
    kinds = module_outline(step.module, written) if isinstance(step, Make) else ""
    if written and isinstance(step, Loop):  # the containers that its rounds make
        made = (inner.module for turn in step.rounds for inner in turn.body if isinstance(inner, Make))
        held = (module for module in made if isinstance(module, (ListModule, DictModule)))
        kinds = ",".join(sorted({module_outline(module, True) for module in held}))
    names = (str(getattr(step, name, "")) for name in ("path", "function", "operator", "name", "site"))
    return (type(step).__name__, *names, kinds)


def module_outline(module: Module, written: bool) -> str:
    if block := called(module) or (module if isinstance(module, BlockModule) else None):
        return block.instance.definition
    if isinstance(module, LayerModule):
        return module.name
    parts: Sequence[Any] = (getattr(module, "layout", ()) if written else ()) or module.children
    inner = (module_outline(p.module, written) if isinstance(p, (Entry, Child)) else type(p).__name__ for p in parts)
    return f"{type(module).__name__}({','.join(inner)})"
