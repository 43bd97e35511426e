"""Parts of which each is looked at, whatever became of the others: one run tells the mistakes of all of them.

What a faulty part would have given is poisoned: whoever needs it is silent. One mistake, one message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..problems import CnnError, Problem

Part = TypeVar("Part")
Found = TypeVar("Found")

POISONED = "poisoned"
FATAL = frozenset({"too-many-steps", "too-many-modules", "too-deep"})  # going on would only meet the limit again
PLACE = "module-not-here"
MOST = 50  # mistakes told of one body


def every(parts: Iterable[Part], look: Callable[[Part], Found]) -> list[Found]:
    """What `look` gives for each part; raises CnnError with the mistakes of all of them."""
    found: list[Found] = []
    failed: list[Problem] = []
    left = iter(parts)
    while True:
        try:
            found.append(look(next(left)))
        except StopIteration:
            break
        except CnnError as error:  # of the part, or of what gives the next one, which then ends
            note(failed, error)
    if failed:
        raise CnnError(told(failed))
    return found


def all_of(*looks: Callable[[], Any]) -> list[Any]:
    """What each of these gives; raises CnnError with the mistakes of all of them."""
    return every(looks, lambda look: look())


def note(failed: list[Problem], error: CnnError) -> None:
    """Adds the mistakes of one more part; raises CnnError with all of them, where it is no use going on."""
    failed += error.problems
    if len(failed) > MOST or any(problem.code in FATAL for problem in error.problems):
        raise CnnError(told(failed)) from None


def told(failed: list[Problem]) -> list[Problem]:
    """The mistakes less their consequences; consequences alone, where the mistake was told elsewhere."""
    place = next((problem for problem in failed if problem.code == PLACE), None)  # is wrong for all that is there
    return [p for p in failed if p.code != POISONED and (p.code != PLACE or p is place)] or failed[:1]
