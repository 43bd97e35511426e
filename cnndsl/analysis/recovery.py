"""After a mistake: the rest of a definition is still looked at, so that one run tells every mistake there is.

What the faulty statement would have given is poisoned: whoever needs it is silent. One mistake, one message.
"""

from __future__ import annotations

from typing import Any

from ..problems import CnnError, Problem
from ..syntax import tree as t
from .resolve import bound_names
from .statements import Statements
from .things import NoFlow

POISONED = "poisoned"
FATAL = frozenset({"too-many-steps", "too-many-modules", "too-deep"})  # going on would only meet the limit again
STILL = (t.ParamOf, t.Order, t.Init, t.Version)  # statements that leave the flow alone
MOST = 50  # mistakes told of one body


class Recovering(Statements):
    """Runs a body to its end, whatever fails on the way."""

    def run_all(self, body: Any) -> None:
        """The statements of a body; raises CnnError with all their mistakes."""
        failed: list[Problem] = []
        for place, statement in enumerate(body):
            kept = self.steps, self.flow, list(self.first_moves), self.loops, self.makes_modules
            try:
                self.run(body[place:] if isinstance(statement, t.Return) else [statement])
                if failed and isinstance(statement, t.Input) and getattr(kept[1], "reason", "") == POISONED:
                    self.flow = kept[1]  # what goes wrong without a flow was told
                if self.returned is not None and not isinstance(statement, t.Return):
                    self.run_declarations(statement, body[place + 1 :])
            except CnnError as error:
                failed += error.problems
                if len(failed) > MOST or any(problem.code in FATAL for problem in error.problems):
                    raise CnnError(told(failed)) from None
                self.steps, self.flow, self.first_moves, self.loops, self.makes_modules = kept
                self.poison(statement)
            if self.returned is not None:
                break
        if failed:
            raise CnnError(told(failed))

    def poison(self, statement: Any) -> None:
        """Nothing is known of what this statement names, nor of what flows after it."""
        where = NoFlow(POISONED, (statement.span,))
        for name in bound_names(statement):
            if name in self.written_labels:
                self.poisoned.add(name)
            else:
                self.names[name] = where
        if not isinstance(statement, STILL):
            self.flow, self.side_branch = where, None


def told(failed: list[Problem]) -> list[Problem]:
    """The mistakes less their consequences; consequences alone, where the mistake was told elsewhere."""
    return [problem for problem in failed if problem.code != POISONED] or failed[:1]
