"""The returns of a definition under conditions that stay open: those that one caller may meet must give one thing.

A caller knows a block by one type. So in one mode all ways return alike, and what a block returns in training is what
it returns in evaluation; a model by itself may give another thing in training. Elaborates nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Result
from ..problems import CnnError, Related, fail
from ..records import dataclass
from ..source import Span
from ..typed import Any
from .state import type_of


@dataclass(frozen=True)
class Returned:
    """What a way gives, and in which mode it is gone."""

    mode: str  # both | training | evaluation
    result: Result
    span: Span

    @property
    def type(self) -> Any:
        """All that a caller sees of it."""
        return self.result.kind, tuple((name, type_of(thing)) for name, thing in self.result.items)

    def __str__(self) -> str:
        shown = [str(type_of(thing)) for _, thing in self.result.items]
        return shown[0] if self.result.kind == "one" else f"({', '.join(shown)})"


def differing(early: Sequence[Returned], last: Result, span: Span) -> tuple[Returned, Returned] | None:
    """What is returned in training and in evaluation, if that differs; raises CnnError for ways of one mode."""
    modes = {way.mode for way in early} - {"both"}
    mode = "both" if not modes else "training" if modes == {"evaluation"} else "evaluation"
    every = [*early, Returned(mode, last, span)]
    training, evaluation = ([way for way in every if way.mode in ("both", one)] for one in ("training", "evaluation"))
    for ways in (training, evaluation):
        for way in ways[1:]:
            if way.type != ways[0].type:
                related = Related("returned-here", ways[0].span)
                raise fail("returns-differ", way.span, related, first=str(ways[0]), then=str(way))
    different = bool(training and evaluation) and training[0].type != evaluation[0].type
    return (training[0], evaluation[0]) if different else None


def other_in_training(name: str, span: Span, found: tuple[Returned, Returned]) -> CnnError:
    """The problem for a network inside another that gives one thing in training and another in evaluation."""
    training, evaluation = found
    related = Related("returned-here", training.span)
    return fail("differs-in-training", span, related, name=name, first=str(training), then=str(evaluation))
