"""Runs a stage without pauses to look for garbage. Knows nothing of what runs."""

from __future__ import annotations

import gc

from .lean import wraps
from .typed import TYPE_CHECKING, Any, Callable

MUCH = 1_000_000  # objects: looking for garbage among so many takes some tenths of a second
STAGES = 8  # a process that runs fewer is soon at its end
ROOM = 33_000  # words, a little more than 256 kB: 512 are mapped, also for a stage inside another one

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
                heap.settle()
                gc.enable()

    give_room(run)
    return run


class Heap:
    """What the stages of a process have left behind: a process that checks text after text must not grow."""

    def __init__(self) -> None:
        self.new = self.old = self.stages = 0

    def settle(self) -> None:
        """Lets what a stage made count as old, or all of it would be looked at now; or looks, at last, for garbage,
        in the proportion that Python keeps: once there is a quarter more.
        """
        self.new += gc.get_count()[0]
        self.stages += 1
        if self.stages >= STAGES and self.new > max(MUCH, self.old // 4):
            gc.collect()
            self.old, self.new, self.stages = len(gc.get_objects()), 0, 0
        elif not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()


heap = Heap()


def give_room(function: Any) -> None:
    """Inside this function, calls are to reach the end of the memory that Python keeps for their frames but seldom.

    That memory comes in pieces of 16 kB, each of which is mapped for the call that needs it and unmapped when that
    returns: again and again, where a loop runs at the end of one. A large frame gets a large piece, and leaves half of
    it to those inside. What is not written to takes no memory.
    """
    function.__code__ = function.__code__.replace(co_stacksize=ROOM)
