"""How long each value of a method is needed, and so which values must not share a variable. Knows no name's meaning.

A gap lies between two lines; gaps are counted in the order in which lines are written, those of arms included. A value
is alive in a gap if something after it takes the value, and two values clash if one is alive where the other is born.
Runs of gaps are looked up by bisection, so that a value among a hundred thousand costs little more than among ten.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from ..typed import Any
from .blocks import Block, Fork, Line, Turn, values_in

Run = tuple[int, int]  # its first gap and its last


class Liveness:
    """The `runs` of gaps in which each value is alive; `needed` are the values that are alive anywhere."""

    def __init__(self, block: Block) -> None:
        self.births: dict[int, int] = {}
        self.runs: dict[int, list[Run]] = {}
        self.needed: set[int] = set()
        self.gap = 0  # after the line at hand; lines are visited backwards, so it falls from 0
        self.open: dict[int, int] = {}  # what is alive there: the last gap of its run
        self.block(block)
        self.entering = frozenset(self.open)  # what nothing makes: inputs, and the class's own tensors
        self.shut()

    def birth(self, value: int) -> int:
        """The gap after the line that makes a value; an input is there from the first."""
        return self.births.get(value, self.gap)

    def block(self, block: Block) -> None:
        if block.result:
            self.need(block.uses)
        for line in reversed(block.lines):
            if isinstance(line, Fork):
                self.fork(line)
            elif isinstance(line, Turn):
                self.turn(line)
            else:
                self.line(line)

    def line(self, line: Line) -> None:
        self.bear([value.number for value in values_in(line.target)])
        self.gap -= 1
        self.need(line.uses)

    def fork(self, fork: Fork) -> None:
        joins = [join for join in fork.joins if join.target.number in self.open]
        self.bear([join.target.number for join in joins])
        behind = self.shut()
        entering = self.arm(fork.otherwise, [*behind, *(join.otherwise.number for join in joins)])
        entering += self.arm(fork.then, [*behind, *(join.then.number for join in joins)])
        self.gap -= 1
        self.need([*entering, *fork.uses])

    def turn(self, turn: Turn) -> None:
        """What each round reads must last through all of them; what it hands on is made anew at its end."""
        behind = self.shut()
        flows = flowing(turn, {*behind, *turn.kept})
        targets = [flow.target.number for flow in flows]
        lasting = [value for value in dict.fromkeys([*behind, *turn.kept]) if value not in targets]
        self.gap -= 1
        self.need([*lasting, *targets])
        self.bear(targets)
        self.gap -= 1
        self.need([*lasting, *(flow.end.number for flow in flows)])
        self.block(turn.body)
        self.need(lasting)
        entering = [value for value in self.shut() if value not in targets]
        self.births |= dict.fromkeys(targets, self.gap)
        self.gap -= 1
        self.need([*entering, *(flow.start.number for flow in flows)])

    def arm(self, arm: Block, behind: list[int]) -> list[int]:
        """What is alive where an arm begins; if it returns, nothing behind it is needed."""
        self.gap -= 1
        self.need(() if arm.result else behind)
        self.block(arm)
        return self.shut()

    def shut(self) -> list[int]:
        """Ends all runs, and gives what was alive."""
        alive = list(self.open)
        self.close(alive)
        return alive

    def need(self, values: Iterable[int]) -> None:
        for value in values:
            self.open.setdefault(value, self.gap)
            self.needed.add(value)

    def bear(self, values: list[int]) -> None:
        self.births |= dict.fromkeys(values, self.gap)
        self.close([value for value in values if value in self.open])

    def close(self, values: list[int]) -> None:
        for value in values:
            self.runs.setdefault(value, []).append((self.gap, self.open.pop(value)))


def flowing(turn: Turn, read: set[int]) -> list[Any]:
    """What goes round and is read: behind the loop, in a round, or as what another one goes on as."""
    found: list[Any] = []
    while len(more := [flow for flow in turn.step.flows if flow.target.number in read]) > len(found):
        found = more
        read = read | {flow.end.number for flow in found}
    return found


class Variable:
    """The values that one name has been given; no two of them clash, so no two of their runs meet."""

    def __init__(self, liveness: Liveness, holds_several: bool) -> None:
        self.liveness = liveness
        self.holds_several = holds_several  # tuples, and only such
        self.births: list[int] = []
        self.runs: list[Run] = []

    def add(self, value: int) -> None:
        insort(self.births, self.liveness.birth(value))
        for run in self.liveness.runs.get(value, ()):
            insort(self.runs, run)

    def clashes(self, value: int) -> bool:
        """Whether a further value clashes with one of these."""
        return self.busy_until(self.liveness.birth(value)) is not None or any(
            self.is_born_in(run) for run in self.liveness.runs.get(value, ())
        )

    def busy_until(self, gap: int) -> int | None:
        """The last gap of the run that this one lies in, if it lies in any; what nothing needs has its first gap."""
        at = bisect_right(self.runs, (gap, 0))
        if at and self.runs[at - 1][1] >= gap:
            return self.runs[at - 1][1]
        return gap if self.is_born_in((gap, gap)) else None

    def is_born_in(self, run: Run) -> bool:
        at = bisect_left(self.births, run[0])
        return at < len(self.births) and self.births[at] <= run[1]
