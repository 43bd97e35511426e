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
        places = [id(step) for step in steps]  # compared at once, as steps are not
        for label, path in zip(order.labels, paths, strict=True):
            if path not in made and path not in visit.written_labels:
                raise fail("unknown-label", label.span, name=path, **near(path, made))
        for before, after in pairwise(path for path in paths if path in made):
            if made[after] is made[before]:
                continue
            at = places.index(id(made[after]))
            step, place = steps.pop(at), places.pop(at)
            at = places.index(id(made[before])) + 1
            steps.insert(at, step)
            places.insert(at, place)
    return steps
