"""Dotted labels: `"layers.{i}"` nests. Gathers them into containers once a definition has been visited."""

from __future__ import annotations

from ..graph import Child, Choice, DictModule, ListModule, Make, Step
from ..loops import Loop, every
from ..patterns import re
from ..problems import CnnError, Related, advise, fail
from ..records import replace
from ..typed import Any, Callable, Iterable, Mapping

LABEL = re.compile(r"\s*(?:\"[^\"\n]*\"|'[^'\n]*'|\w+)\s*:")


def root_of(path: str) -> str:
    """The container that a dotted path leads into; '' if it leads into none."""
    return path.partition(".")[0] if "." in path else ""


def numbered(children: tuple[Child, ...]) -> bool:
    return [child.name for child in children] == [str(n) for n in range(len(children))]


def contained(steps: list[Step]) -> list[Step]:
    """The steps with dotted paths gathered: one Make for each container, where its first child stood."""
    tree: dict[str, Any] = {}
    every_make = makes(steps)
    for step in every_make:
        node = tree
        *outer, last = step.path.split(".")
        for part in outer:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise one_inside_another(step, every_make)
        if last in node:
            raise one_inside_another(step, every_make)
        node[last] = step.module
    return gathered(steps, {first: container(node) for first, node in tree.items()}, set())


def one_inside_another(step: Make, steps: list[Make]) -> CnnError:
    """The problem of two modules of which one would be a child of the other, whoever named them."""
    other = next(one for one in steps if is_within(step.path, one.path) or is_within(one.path, step.path))
    unnamed = next((one for one in (step, other) if one.span and not LABEL.match(one.span.text)), None)
    related = [Related("module-here", other.span, {"name": other.path})] if other.span and other is not step else []
    help = unnamed and advise("name-of-unlabelled", path=unnamed.path)
    return fail("label-inside-module", step.span, *related, label=step.path, other=other.path, help=help)


def is_within(path: str, outer: str) -> bool:
    return path.startswith(f"{outer}.")


def makes(steps: Iterable[Any]) -> list[Make]:
    return [step for step in every(steps) if isinstance(step, Make)]


def gathered(steps: Iterable[Any], containers: Mapping[str, Any], seen: set[str]) -> list[Any]:
    """With a Make for each container before the condition or loop in which its first child stands."""
    result: list[Any] = []
    for step in steps:
        if isinstance(step, (Choice, Loop)):
            result += gathered(
                [s for s in makes([step]) if "." in s.path and root_of(s.path) in containers], containers, seen
            )
            result.append(changed(step, lambda body: gathered(body, containers, seen)))
        elif isinstance(step, Make) and "." in step.path and (first := root_of(step.path)) in containers:
            if first not in seen:
                seen.add(first)
                result.append(Make(first, containers[first], step.span))
        else:
            result.append(step)
    return result


def changed(step: Choice | Loop, change: Callable[[Any], Iterable[Any]]) -> Any:
    """A condition or loop with something else in it."""
    if isinstance(step, Choice):
        return replace(step, body=tuple(change(step.body)))
    return replace(step, rounds=tuple(replace(made, body=tuple(change(made.body))) for made in step.rounds))


def container(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    children = tuple(Child(name, container(child)) for name, child in node.items())
    return ListModule(children) if numbered(children) else DictModule(children)


def flowless(step: Choice | Loop) -> Choice | Loop:
    """A condition or loop in which nothing flows."""
    if isinstance(step, Choice):
        return step
    rounds = tuple(replace(made, values=(), ends=(), takes=()) for made in step.rounds)
    return replace(step, rounds=rounds, starts=(), exits=(), places=())
