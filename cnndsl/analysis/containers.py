"""Dotted labels: `"layers.{i}"` nests. Gathers them into containers once a definition has been visited."""

from __future__ import annotations

from ..graph import Branch, Child, Choice, DictModule, Known, LayerModule, ListModule, Make, Own, Step
from ..loops import Entry, Layout, Loop, bodies, every
from ..patterns import re
from ..problems import CnnError, Related, advise, fail
from ..records import replace
from ..typed import Any, Callable, Iterable, Mapping

Filling = tuple[Any, ...]
LABEL = re.compile(r"\s*(?:\"[^\"\n]*\"|'[^'\n]*'|\w+)\s*:")


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
            result += gathered([s for s in makes([step]) if "." in s.path], containers, seen)
            result.append(changed(step, lambda body: gathered(body, containers, seen)))
        elif isinstance(step, Make) and "." in step.path:
            first = step.path.split(".")[0]
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


# As it is written


def in_loops(layout: Layout, steps: list[Step]) -> Layout | None:
    """A layout whose containers are filled by loops of their own; None where modules are built in another order so.

    `steps` are the same ones without loops, their containers gathered.
    """
    dotted = {step.path.rpartition(".")[0] for step in makes(layout.body) if "." in step.path}
    lists: dict[str, Any] = {step.path: step.module for step in makes(steps) if step.path in dotted}
    if not dotted:
        return layout
    if dotted != lists.keys() or any(isinstance(step, Branch) and makes([step]) for step in every(layout.body)):
        return None
    under: dict[int, dict[str, None]] = {}
    note_sites(layout.body, (), under)
    filled = fillings(layout.body, under)
    for name, made in lists.items():
        if isinstance(made, ListModule):
            filled[name] = unlabelled(filled[name])
        elif not all(step.label for step in every(filled[name]) if isinstance(step, Entry)):
            return None
    containers = {name: replace(made, layout=filled[name]) for name, made in lists.items()}
    body = tuple(gathered(layout.body, containers, set()))
    return Layout(body, layout.result) if registered(body) == registered(steps) else None


def registered(steps: Iterable[Any]) -> list[str]:
    """What a constructor makes, in order; where a list of modules without weights stands is all the same."""
    made = (step for step in every(steps) if isinstance(step, (Make, Own)))
    kept = (step for step in made if not (isinstance(step, Make) and is_weightless(step.module)))
    return [step.path if isinstance(step, Make) else step.name for step in kept]


def is_weightless(module: Any) -> bool:
    """Whether a module is a container of layers that keep and draw nothing."""
    children = module.children if isinstance(module, (ListModule, DictModule)) else ()
    return bool(children) and all(isinstance(c.module, LayerModule) and not c.module.layer.weights() for c in children)


def note_sites(steps: Iterable[Any], around: tuple[int, ...], under: dict[int, dict[str, None]]) -> None:
    """Notes for each condition and loop which containers are filled in it."""
    for step in steps:
        if isinstance(step, Make) and "." in step.path:
            for site in around:
                under.setdefault(site, {})[step.path.rpartition(".")[0]] = None
        elif isinstance(step, (Choice, Loop)):
            for body in bodies(step):
                note_sites(body, (*around, step.site), under)


def fillings(steps: Iterable[Any], under: Mapping[int, Iterable[str]]) -> dict[str, Filling]:
    """How each container is filled: its modules, and the conditions and loops around them."""
    found: dict[str, list[Any]] = {}
    for step in steps:
        if isinstance(step, Make) and "." in step.path:
            found.setdefault(step.path.rpartition(".")[0], []).append(Entry(label_inside(step), step.module))
        elif isinstance(step, (Choice, Loop)):
            inner = [fillings(body, under) for body in bodies(step)]
            for name in under.get(step.site, ()):
                found.setdefault(name, []).append(filling(step, [each.get(name, ()) for each in inner]))
    return {name: tuple(items) for name, items in found.items()}


def label_inside(step: Make) -> tuple[Known, ...]:
    """What a module is called in its container: a label's parts behind the dot, or nothing if it may be a number."""
    prefix, first = f"{step.path.rpartition('.')[0]}.", step.label[0].value if step.label else None
    if not isinstance(first, str) or not first.startswith(prefix):
        return ()
    return (*([Known(first[len(prefix) :])] if first != prefix else ()), *step.label[1:])


def unlabelled(filling: Filling) -> Filling:
    return tuple(replace(s, label=()) if isinstance(s, Entry) else changed(s, unlabelled) for s in filling)


def filling(step: Choice | Loop, inner: list[Filling]) -> Choice | Loop:
    """A condition or loop around what it puts into one container. Nothing flows there."""
    found = iter(inner)
    return flowless(changed(step, lambda _: next(found)))


def flowless(step: Choice | Loop) -> Choice | Loop:
    """A condition or loop in which nothing flows."""
    if isinstance(step, Choice):
        return step
    rounds = tuple(replace(made, values=(), ends=(), takes=()) for made in step.rounds)
    return replace(step, rounds=rounds, starts=(), exits=(), places=())
