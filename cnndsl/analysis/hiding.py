"""One name for two things of a definition: for an input and a parameter, which no line could tell apart, and for what a
loop gives anew, where the line that reads it behind the loop most likely means the first. Binds nothing.
"""

from __future__ import annotations

from ..problems import Problem, Related
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .lint import is_allowed
from .operands import targets
from .sites import within


def both_at_once(item: Any) -> Iterator[Problem]:
    """A problem for each input that has the name of a parameter, or of a size."""
    if not isinstance(item, t.Definition):
        return
    inputs = [node for node in item.body if node.__class__ is t.Input]
    known = {name: found for name, found in declared(item, inputs).items() if found[0] != "input"}
    for name in (node.name for node in inputs):
        if name.id in known:
            kind, first = known[name.id]
            facts: dict[str, object] = {"name": name.id, "kind": kind}
            yield Problem("two-meanings", name.span, facts, (Related("declared-here", first),))


def hidden_by_loops(item: Any, nodes: list[Any], used: list[t.Name]) -> Iterator[Problem]:
    """A warning for each loop whose variable has the name of something that is read behind it.

    `nodes` are the item's, `used` its names that stand for something.
    """
    loops = [node for node in nodes if node.__class__ is t.For]
    named = [(loop, name) for loop in loops for name in targets(loop.targets)]
    known = declared(item, nodes) if named else {}
    for loop, name in named:
        what, first = known.get(name.id, ("", None))
        if first is None or first.start > loop.span.start:
            continue
        reads = [use for use in used if use.id == name.id and (what != "module" or not is_module(use, nodes))]
        behind = next(read_behind(loop, name.id, nodes, loops, reads), None)
        if behind and not is_allowed("hidden-by-loop", name.span, item.span):
            related = (Related("declared-here", first), Related("read-here", behind.span))
            yield Problem("hidden-by-loop", name.span, {"name": name.id, "kind": what}, related, severity="warning")


def declared(item: Any, nodes: Iterable[Any]) -> dict[str, tuple[str, Any]]:
    """What a definition names once and for all: its parameters, and the sizes, inputs and labels among the nodes."""
    found: dict[str, tuple[str, Any]] = {}
    for parameter in getattr(item, "parameters", ()):
        found[parameter.name.id] = "parameter", parameter.name.span
    for node in nodes:
        if node.__class__ is t.Input:
            for size in node.shape.sizes if node.shape else ():
                if isinstance(size, t.Name):
                    found.setdefault(size.id, ("size", size.span))
            found.setdefault(node.name.id, ("input", node.name.span))
        elif node.__class__ is t.Label and isinstance(node.target, t.Name):
            found.setdefault(node.target.id, ("module", node.target.span))
    return found


def read_behind(loop: t.For, name: str, nodes: Any, loops: list[t.For], reads: list[t.Name]) -> Iterator[t.Name]:
    """The uses of a loop's variable that its last round reaches: up to where the name is given anew, and those of the
    next round of a loop around it."""
    anew = [end for node in nodes if (end := given_anew(node, name)) is not None and node.span.start >= loop.span.end]
    until = min(anew, default=len(loop.span.source.text))
    yield from (use for use in reads if loop.span.end <= use.span.start < until)
    for outer in loops:
        body = outer.iterable.span.end
        if outer is not loop and body <= loop.span.start < outer.span.end and given_anew(outer, name) is None:
            yield from (use for use in reads if body <= use.span.start < loop.span.start)


def given_anew(node: Any, name: str) -> int | None:
    """Where a node has given a name another value."""
    if node.__class__ is t.Assign and any(target.id == name for target in targets(node.targets)):
        return int(node.span.end)
    if node.__class__ is t.For and any(target.id == name for target in targets(node.targets)):
        return int(node.iterable.span.end)
    return None


def is_module(use: t.Name, nodes: Iterable[Any]) -> bool:
    """Whether a name stands where a label is meant: as a stage behind an arrow, or in front of brackets."""
    for node in nodes:
        if node.__class__ is t.Call and node.function is use:
            return True
        if node.__class__ is t.Pipeline and any(stage is use for stage in node.stages[not node.from_flow :]):
            return True
    return False


def outside_of_loops(item: Any, nodes: Iterable[Any], used: list[t.Name]) -> list[t.Name]:
    """The names that are used, less those in a loop that gives the name of a parameter to its variable."""
    names = {parameter.name.id for parameter in getattr(item, "parameters", ())}
    loops = [node for node in nodes if node.__class__ is t.For] if names else []
    hidden = [(name.id, loop) for loop in loops for name in targets(loop.targets) if name.id in names]
    return [use for use in used if not any(use.id == name and is_inside(use, loop) for name, loop in hidden)]


def is_read_before(item: Any, parameter: t.Name) -> bool:
    """Whether anything reads a parameter in front of the first statement of the body that gives its name anew."""
    name = parameter.id
    anew = next(node for node in item.body if node.__class__ is t.Assign and name in map(name_of, node.targets))
    uses = (node for node in within(item) if node.__class__ is t.Name and node.id == name)
    places = {use.span.start for use in uses} - {one.span.start for one in (parameter, *targets(anew.targets))}
    return any(place < anew.span.end for place in places)


def name_of(target: Any) -> str | None:
    return getattr(target, "id", None)


def is_inside(use: t.Name, loop: Any) -> bool:
    return bool(loop.iterable.span.end <= use.span.start < loop.span.end)
