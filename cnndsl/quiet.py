"""Runs a stage without pauses to look for garbage. Knows nothing of what runs."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps

from .typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ParamSpec, TypeVar

    Given = ParamSpec("Given")
    Result = TypeVar("Result")


def undisturbed(stage: Callable[Given, Result]) -> Callable[Given, Result]:
    """A stage makes much and drops next to nothing: looking for garbage meanwhile would take half of its time, and the
    more the larger the network is.
    """

    @wraps(stage)
    def run(*values: Given.args, **named: Given.kwargs) -> Result:
        collecting = gc.isenabled()
        gc.disable()
        try:
            return stage(*values, **named)
        finally:
            if collecting:
                if not gc.get_freeze_count():  # what was made counts as old, or all of it would be looked at now
                    gc.freeze()
                    gc.unfreeze()
                gc.enable()

    return run
