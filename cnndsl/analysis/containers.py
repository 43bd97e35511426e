"""Dotted labels: `"layers.{i}"` nests. Gathers them into containers once a definition has been visited."""

from __future__ import annotations

from typing import Any

from ..graph import Child, Choice, DictModule, ListModule, Make, Module, Step, walk
from ..problems import fail
from ..records import replace


def numbered(children: tuple[Child, ...]) -> bool:
    return [child.name for child in children] == [str(n) for n in range(len(children))]


def contained(steps: list[Step]) -> list[Step]:
    """The steps with dotted paths gathered: one Make for each container, where its first child stood."""
    tree: dict[str, Any] = {}
    for step in makes(steps):
        node = tree
        *outer, last = step.path.split(".")
        for part in outer:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise fail("label-inside-module", step.span, label=step.path)
        if last in node:
            raise fail("label-inside-module", step.span, label=step.path)
        node[last] = step.module
    seen: set[str] = set()
    return gathered(steps, tree, seen)


def makes(steps: Any) -> list[Make]:
    return [step for step in walk(tuple(steps)) if isinstance(step, Make)]


def gathered(steps: Any, tree: dict[str, Any], seen: set[str]) -> list[Step]:
    result: list[Step] = []
    for step in steps:
        if isinstance(step, Choice):
            before = [s for s in makes(step.body) if "." in s.path]
            result += gathered(before, tree, seen)
            rest = tuple(s for s in gathered(step.body, tree, seen))
            result.append(replace(step, body=rest))
        elif isinstance(step, Make) and "." in step.path:
            first = step.path.split(".")[0]
            if first not in seen:
                seen.add(first)
                result.append(Make(first, container(tree[first]), step.span))
        else:
            result.append(step)
    return result


def container(node: Any) -> Module:
    if not isinstance(node, dict):
        return node  # type: ignore[no-any-return]
    children = tuple(Child(name, container(child)) for name, child in node.items())
    return ListModule(children) if numbered(children) else DictModule(children)
