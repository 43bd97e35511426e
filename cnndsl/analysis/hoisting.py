"""What arms of a run-time `if` make is always there: built before the branch, under its loops and conditions."""

from __future__ import annotations

from ..graph import Choice, Make, Own
from ..loops import Loop, every
from ..typed import Any, Iterable
from .containers import changed, flowless


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
