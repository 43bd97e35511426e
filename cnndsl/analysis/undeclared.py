"""Inputs that a definition reads and does not declare: one mistake, whichever of their names and sizes it reads; and
what is imported under another name than it is read by.

Loaded only where there is a name that nothing has.
"""

from __future__ import annotations

from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..syntax import tree as t
from ..typed import Any
from .gathering import POISONED
from .program import Scope
from .sites import is_behind_arrow, within

FLOWS = ("x", "image", "images", "img", "inp", "features")
AXES = {1: ["N", "C", "L"], 2: ["N", "C", "H", "W"], 3: ["N", "C", "T", "H", "W"], 0: ["N", "T", "C"]}
OFTEN = frozenset({*FLOWS, *AXES[2], "T", "L"})  # what an input gives


def undeclared_inputs(
    lost: list[t.Name], item: Any, scope: Scope, dimensions: set[int]
) -> tuple[list[Problem], list[t.Name]]:
    """The problems of names that are read as if an input had given them, and the names that are left."""
    if not isinstance(item, t.Definition) or any(isinstance(node, t.Faulty) for node in item.body):
        return [], lost
    inputs = [node for node in item.body if isinstance(node, t.Input)]
    if item.kind == "model":  # of which it is told that it has no input
        is_told = not inputs and not any(map(is_input_of_keras, item.body))
        return [], [name for name in lost if not is_told or name.id not in OFTEN]
    problem = None if inputs else first_input(lost, item, dimensions)
    problem = problem or other_input(lost, item, scope, inputs)
    if problem is None:
        return [], lost
    places = {problem.span, *(related.span for related in problem.related)}
    return [problem], [name for name in lost if name.span not in places]


def without_input(item: t.Definition) -> CnnError:
    """The problem of a model in which nothing is declared."""
    if any(isinstance(node, t.Faulty) or is_input_of_keras(node) for node in item.body):  # which may be its input
        return fail(POISONED, item.name.span)
    names = {node.id for node in within(item) if isinstance(node, t.Name)}
    given = next((name for name in FLOWS if name in names), "image")
    return fail("model-without-input", item.name.span, name=item.name.id, given=given)


def is_input_of_keras(statement: Any) -> bool:
    """`Input(shape=(28, 28, 1))`, which is told as a name that there is not."""
    return any(isinstance(node, t.Name) and node.id in ("Input", "InputLayer") for node in within(statement))


def first_input(lost: list[t.Name], item: t.Definition, dimensions: set[int]) -> Problem | None:
    """`C`, and perhaps `x`, of a body without an input."""
    axes = AXES[next(iter(dimensions)) if len(dimensions) == 1 else 0]
    sizes = [name for name in lost if name.id in axes]
    if not sizes:
        return None
    flows = [name for name in lost if name.id in FLOWS]
    named = flows[0].id if flows else "x"
    names = sorted([*sizes, *(name for name in flows if name.id == named)], key=lambda name: name.span.start)
    help = advise("input-with-sizes", meant=f"input {named}: [{', '.join(axes)}]")
    return of_names(names, help)


def other_input(lost: list[t.Name], item: t.Definition, scope: Scope, inputs: list[t.Input]) -> Problem | None:
    """`skip`, of a block that is given one tensor more than it has inputs."""
    values = {name.id for name in lost if name.id[:1].islower()}
    if len(values) != 1:
        return None
    scope.counts = given_in(scope.file) if scope.counts is None else scope.counts
    if scope.counts.get(item.name.id) != {max(1, len(inputs)) + 1}:
        return None
    (named,) = values
    names = [name for name in lost if name.id == named]
    if any(is_called(name, item) for name in names):
        return None
    help = advise("input-declared", **({"meant": f"input {named}"} if inputs else {"other": named}))
    problem = of_names(names, help)
    problem.facts["input_of"] = item.name.id
    return problem


def is_called(name: t.Name, item: t.Definition) -> bool:
    """Whether a name is that of a module or function: `skip(x)`, `x -> skip`."""
    calls = (node for node in within(item) if isinstance(node, t.Call))
    return is_behind_arrow(name.span) or any(node.function is name for node in calls)


def given_in(file: t.File) -> dict[str, set[int]]:
    """How many tensors the uses of each block in a file give to it, where these are written out: `Up`, `Up(8)`,
    `up1: Up(8)` behind a tuple, and `Up(8)(x, y)`."""
    found: dict[str, set[int]] = {}
    for item in file.items:
        for node in within(item):
            if isinstance(node, t.Pipeline):
                for given, stage in zip(node.stages, node.stages[1:], strict=False):
                    if isinstance(given, t.Tuple) and (name := used(stage)):
                        found.setdefault(name, set()).add(len(given.items))
            elif isinstance(node, t.Call) and isinstance(node.function, t.Call) and (name := used(node.function)):
                found.setdefault(name, set()).add(len(node.arguments))
    return found


def used(node: Any) -> str:
    """The name of the block that a stage makes, if it makes one."""
    node = node.value if isinstance(node, t.Label) else node
    node = node.function if isinstance(node, t.Call) else node
    return node.id if isinstance(node, t.Name) else ""


def of_names(names: list[t.Name], help: Any) -> Problem:
    places = [name.span for name in names[1:]]
    facts: dict[str, object] = {"name": names[0].id, "nearest": None, "help": help, "places": frozenset(places)}
    return Problem("unknown-name", names[0].span, facts, tuple(Related("missing-here", place) for place in places))


def renamed_imports(scope: Scope) -> dict[str, str]:
    """What this file calls things that it imports under other names."""
    imports = (pair for one in scope.file.items if isinstance(one, t.Import) for pair in one.names)
    return {theirs.id: ours.id for theirs, ours in imports if theirs.id != ours.id}


def as_imported(name: t.Name, ours: str) -> Problem:
    facts: dict[str, object] = {"name": name.id, "help": advise("imported-as", name=ours)}
    return Problem("unknown-name", name.span, facts, fix=Fix((Edit(name.span, ours),), True))
