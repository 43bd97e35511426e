"""When modules are built: what arms of a run-time `if` make, before the branch, under its loops and conditions, for it
is always there; and what is to be built in the author's `order`.
"""

from __future__ import annotations

from itertools import pairwise

from ..graph import Choice, Make, Own, Step
from ..loops import Loop, every
from ..problems import fail
from ..syntax import tree as t
from ..typed import Any, Iterable
from .containers import changed, flowless
from .suggest import near


def hoisted(steps: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What the steps build, and what they run."""
    built: list[Any] = []
    run: list[Any] = []
    for step in steps:
        if isinstance(step, (Make, Own)):
            built.append(step)
        elif isinstance(step, (Choice, Loop)) and any(isinstance(inner, (Make, Own)) for inner in every([step])):
            built.append(flowless(changed(step, lambda body: hoisted(body)[0])))
            run.append(changed(step, lambda body: hoisted(body)[1]))
        else:
            run.append(step)
    return built, run


def ordered(steps: list[Step], orders: list[t.Order], visit: Any) -> list[Step]:
    """`order a, b`: each is built right after the one before it; what a condition leaves out is passed over."""
    for order in orders:
        paths = [label.id if isinstance(label, t.Name) else visit.text(label, told=True) for label in order.labels]
        made = {step.path: step for step in steps if isinstance(step, Make)}
        for label, path in zip(order.labels, paths, strict=True):
            if path not in made and path not in visit.written_labels:
                raise fail("unknown-label", label.span, name=path, **near(path, made))
        steps = moved(steps, [made[path] for path in paths if path in made])
    return steps


def moved(steps: list[Step], wanted: list[Make]) -> list[Step]:
    """The steps, of those wanted each put right behind the one before it."""
    places = {id(step): place for place, step in enumerate(steps)}
    behind = [*range(1, len(steps) + 1), 0]  # the place of the next step, of the last one that of the first
    before = [-1, *range(len(steps))]
    for first, second in pairwise(places[id(step)] for step in wanted):
        if first != second:
            behind[before[second]], before[behind[second]] = behind[second], before[second]
            before[second], behind[second] = first, behind[first]
            before[behind[first]] = behind[first] = second
    found, at = list[Step](), behind[-1]
    while at < len(steps):
        found.append(steps[at])
        at = behind[at]
    return found
