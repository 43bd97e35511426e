"""How the containers that dotted labels make are filled: by loops and conditions of their own, which are those of the
body. A container in another one (`"layers.{i}.{j}"`) is filled where all that its label counts is known.
"""

from __future__ import annotations

from ..graph import Apply, Branch, Choice, DictModule, Known, LayerModule, ListModule, Make, Own, Step
from ..lean import partial
from ..loops import MARK, Entry, Layout, Loop, bodies, every
from ..patterns import re
from ..records import replace
from ..typed import Any, Container, Iterable, Mapping
from .containers import changed, flowless, gathered, makes
from .things import symbols_in

Filling = tuple[Any, ...]
Pattern = tuple[str, ...]  # a container's path, by parts, with the author's names for what is counted
Children = tuple[dict[Pattern, None], dict[Pattern, None]]  # places in a container, and those of others in it


class Unfillable(Exception):
    """A container that loops do not fill as its children stand."""


def in_loops(layout: Layout, steps: list[Step], by_rounds: bool = False) -> Layout | None:
    """A layout whose containers are filled by loops of their own; None where modules are built in another order so.

    `steps` are the same ones without loops, their containers gathered; with `by_rounds`, rounds name some of these.
    """
    dotted = {step.path.partition(".")[0] for step in makes(layout.body) if "." in step.path}
    lists: dict[str, Any] = {step.path: step.module for step in makes(steps) if step.path in dotted}
    if dotted != lists.keys() or any(isinstance(step, Branch) and makes([step]) for step in every(layout.body)):
        return None
    body = layout.body
    try:
        if by_rounds:
            from .in_rounds import InRounds

            body = tuple(InRounds(body, lists).steps(body))
        containers = contained(body, lists)
    except Unfillable:
        return None
    body = tuple(gathered(labelled(body, {}), containers, set()))
    return Layout(body, layout.result) if registered(body) == registered(steps) else None


def contained(body: Iterable[Any], lists: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some containers that a body puts something into, with how it does."""
    under: dict[int, set[Pattern]] = {}
    note_sites(body := tuple(body), (), under)
    fill = filling(body, under)
    names = dict.fromkeys(step.path.partition(".")[0] for step in makes(body) if "." in step.path)
    return {name: Holder((name,), lists[name], under).filled(tuple(fill[name])) for name in names if name in lists}


def registered(steps: Iterable[Any]) -> list[str]:
    """What a constructor makes, in order; where a list of modules without weights stands is all the same."""
    made = (step for step in every(steps) if isinstance(step, (Make, Own)))
    kept = (step for step in made if not (isinstance(step, Make) and is_weightless(step.module)))
    return [step.path if isinstance(step, Make) else step.name for step in kept]


def is_weightless(module: Any) -> bool:
    """Whether a module is a container of layers that keep and draw nothing."""
    children = module.children if isinstance(module, (ListModule, DictModule)) else ()
    return bool(children) and all(isinstance(c.module, LayerModule) and not c.module.layer.weights() for c in children)


def note_sites(steps: Iterable[Any], around: tuple[int, ...], under: dict[int, set[Pattern]]) -> None:
    """Notes for each condition and loop which children of containers are made in it."""
    for step in steps:
        if isinstance(step, Make) and "." in step.path:
            for site in around:
                under.setdefault(site, set()).add(pattern(step))
        elif isinstance(step, (Choice, Loop)):
            for body in bodies(step):
                note_sites(body, (*around, step.site), under)


def filling(body: Iterable[Any], under: Mapping[int, set[Pattern]]) -> dict[str, list[Any]]:
    """The steps that put something into a container, by its name."""
    found: dict[str, list[Any]] = {}
    for step in body:
        inner = under.get(step.site, ()) if isinstance(step, (Choice, Loop)) else ()
        roots = {step.path.partition(".")[0]} if isinstance(step, Make) else {path[0] for path in inner}
        for name in roots:
            found.setdefault(name, []).append(step)
    return found


class Holder:
    """One container under way: `place` is its path as its author counts it, `under` what is made at which sites."""

    def __init__(self, place: Pattern, made: Any, under: Mapping[int, set[Pattern]]) -> None:
        self.place, self.made, self.under = place, made, under
        self.inner: dict[str, Any] = {}  # those in it that have been filled, by name
        self.known: dict[int, Children] = {}  # what is put into it, by site

    def filled(self, body: tuple[Any, ...]) -> Any:
        """The container, with how the steps of a body fill it."""
        layout = self.items(body, set())
        if isinstance(self.made, ListModule):
            layout = unlabelled(layout)
        elif not all(step.label for step in every(layout) if isinstance(step, Entry)):
            raise Unfillable
        children = [self.inner.get(child.name, child.module) for child in self.made.children]
        if [id(step.module) for step in every(layout) if isinstance(step, Entry)] != list(map(id, children)):
            raise Unfillable
        return replace(self.made, layout=layout)

    def items(self, steps: Iterable[Any], around: set[Pattern]) -> Filling:
        """What is put into the container; what is in those `around`, which are in it, is not."""
        found, body, begun = list[Any](), tuple(steps), set(around)
        fill: dict[Pattern, list[Any]] = {}  # the steps that put something there
        for step in body:
            for place in self.inside(step)[0]:
                fill.setdefault(place, []).append(step)
        for step in body:
            children, containers = self.inside(step)
            for place in containers:
                if place not in begun and self.is_filled_here(place, fill[place]):
                    begun.add(place)
                    found.append(self.nested(place, tuple(fill[place])))
            if isinstance(step, Make) and len(children) > len(containers):
                found.append(Entry(label(step, len(self.place)), step.module))
            elif step.__class__ is not Make and any(place not in begun for place in children):
                found.append(flowless(changed(step, partial(self.items, around=begun))))
        return tuple(found)

    def inside(self, step: Any) -> Children:
        """What a step puts into the container; a loop or a condition the same wherever it stands again."""
        if isinstance(step, Make):
            return self.children([pattern(step)] if "." in step.path else [])
        if not isinstance(step, (Choice, Loop)):
            return {}, {}
        if step.site not in self.known:
            self.known[step.site] = self.children(sorted(self.under.get(step.site, ())))
        return self.known[step.site]

    def children(self, paths: Iterable[Pattern]) -> Children:
        depth = len(self.place)
        inner = [path for path in paths if path[:depth] == self.place != path]
        deeper = [path for path in inner if len(path) > depth + 1]
        return dict.fromkeys(path[: depth + 1] for path in inner), dict.fromkeys(path[: depth + 1] for path in deeper)

    def is_filled_here(self, place: Pattern, steps: list[Any]) -> bool:
        """Whether a container in this one is filled by several steps of a body, or by one that does not count it."""
        if len(steps) > 1 or not isinstance(steps[0], (Choice, Loop)):
            return True
        rounds = steps[0].rounds if isinstance(steps[0], Loop) else ()
        own = {local.key for made in rounds for local in made.names}
        parts = (part for step in self.at(place, steps) for part in label(step, len(place) - 1))
        return isinstance(steps[0], Loop) and all(own.isdisjoint(symbols_in(part)) for part in parts)

    def at(self, place: Pattern, body: Iterable[Any]) -> list[Make]:
        """The steps that make what a container in this one holds."""
        return [step for step in makes(body) if "." in step.path and pattern(step)[: len(place)] == place]

    def nested(self, place: Pattern, body: tuple[Any, ...]) -> Entry:
        """A container in this one."""
        steps = self.at(place, body)
        names = {tuple(step.path.split(".")[: len(place)]) for step in steps}
        name = names.pop()[-1] if len(names) == 1 else ""
        child = next((child.module for child in self.made.children if child.name == name), None)
        if not isinstance(child, (ListModule, DictModule)) or name in self.inner:
            raise Unfillable
        self.inner[name] = made = Holder(place, child, self.under).filled(body)
        return Entry(label(steps[0], len(place) - 1), made)


def pattern(step: Make) -> Pattern:
    """The path of a module as its author counts it: `layers`, `{i}`, `blocks`, `{j}`."""
    parts = segments(step) or tuple((Known(part),) for part in step.path.split("."))
    counted = ("".join(map(told, part)) for part in parts[1:])
    return (step.path.partition(".")[0], *counted)


def label(step: Make, place: int) -> tuple[Known, ...]:
    """What a module, or a container around it, is called where it stands; nothing if it may be a number."""
    return next(iter(segments(step)[place : place + 1]), ())


def told(part: Known) -> str:
    """A part of a label, or the words that say it in any round."""
    words = re.sub(rf"{MARK}\d+", "", str(part.spellings[0])) if part.spellings else ""
    return f"{{{words}}}" if words else str(part.value)


def segments(step: Make) -> tuple[tuple[Known, ...], ...]:
    """A label by what stands between its dots; nothing where it does not say the path."""
    found: list[tuple[Known, ...]] = [()]
    for part in step.label:
        first, *others = part.value.split(".") if isinstance(part.value, str) else [part.value]
        if others and part.spellings:
            return ()
        pieces = [replace(part, value=text) if others else part for text in (first, *others)]
        found[-1] = (*found[-1], *(piece for piece in pieces[:1] if piece.value != ""))
        found += [(piece,) if piece.value != "" else () for piece in pieces[1:]]
    texts = ["".join(str(part.value) for part in parts) for parts in found]
    return tuple(found) if texts == step.path.split(".") else ()


def unlabelled(filling: Filling) -> Filling:
    return tuple(replace(s, label=()) if isinstance(s, Entry) else changed(s, unlabelled) for s in filling)


def labelled(steps: Iterable[Any], labels: dict[str, tuple[Known, ...]], named: Container[str] = ()) -> list[Any]:
    """Steps of which those that apply a module of a container in a container, or in one of those `named`, say how its
    path is counted."""
    found: list[Any] = []
    for step in steps:
        if isinstance(step, Make) and (step.path.count(".") > 1 or step.path.partition(".")[0] in named):
            labels[step.path] = step.label
        if isinstance(step, Apply) and step.path in labels:
            step = replace(step, label=labels[step.path])
        elif isinstance(step, Choice):
            step = replace(step, body=tuple(labelled(step.body, labels, named)))
        elif isinstance(step, Loop):
            step = changed(step, lambda body: labelled(body, dict(labels), named))
        found.append(step)
    return found
