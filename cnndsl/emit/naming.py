"""Gives every value of a method a variable: the author's name, or a short one that is free there. Prints nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..graph import Apply, Value
from .blocks import Block, Fork, Line, is_first, values_in
from .names import TAKEN, fresh, is_plain, safe
from .rendering import leaves

GENERIC = ("x", "out", "y", "h", "z", "u", "v", "w")
REACH = 64  # unnamed values that a name is looked for behind


class Liveness:
    """Which values must be kept at the same time (`clashes`), which are ever needed (`needed`)."""

    def __init__(self, block: Block):
        self.clashes: dict[int, set[int]] = {}
        self.needed: set[int] = set()
        self.entry = self.block(block, frozenset())

    def block(self, block: Block, after: frozenset[int]) -> frozenset[int]:
        """What must be there before the block, given what is needed after it."""
        live = frozenset(block.uses) if block.result else after
        self.needed |= live
        for line in reversed(block.lines):
            live = self.fork(line, live) if isinstance(line, Fork) else self.line(line, live)
            self.needed |= live
        return live

    def line(self, line: Line, live: frozenset[int]) -> frozenset[int]:
        targets = [value.number for value in values_in(line.target)]
        for target in targets:
            self.clash(target, live.union(targets))
        return live.difference(targets).union(line.uses)

    def fork(self, fork: Fork, live: frozenset[int]) -> frozenset[int]:
        joined = [join for join in fork.joins if join.target.number in live]
        targets = {join.target.number for join in joined}
        for target in targets:
            self.clash(target, live)
        rest = live - targets
        then = self.block(fork.then, rest.union(join.then.number for join in joined))
        otherwise = self.block(fork.otherwise, rest.union(join.otherwise.number for join in joined))
        return then | otherwise | frozenset(fork.uses)

    def clash(self, target: int, others: Iterable[int]) -> None:
        for other in others:
            if other != target:
                self.clashes.setdefault(target, set()).add(other)
                self.clashes.setdefault(other, set()).add(target)


class Naming:
    """Names for all values of a block, inputs first, then the author's, then the rest in order."""

    def __init__(self, block: Block, inputs: Iterable[Value], taken: Collection[str], inlined: Mapping[int, Any]):
        self.liveness = Liveness(block)
        self.taken = {*TAKEN, *taken}
        self.names: dict[int, str] = {}
        self.kinds: dict[str, bool] = {}
        self.values: dict[int, Value] = {}
        self.hints: dict[int, list[int]] = {}  # values whose name would suit this one
        self.labels: dict[int, str] = {}
        self.scan(block)
        for number, step in inlined.items():
            self.follow(step, number)
        self.assign(list(inputs))

    def scan(self, block: Block) -> None:
        for line in block.lines:
            if isinstance(line, Line):
                self.scan_line(line)
            else:
                self.scan(line.then)
                self.scan(line.otherwise)
                for join in line.joins:
                    self.values[join.target.number] = join.target
                    ways = [join.then.number, join.otherwise.number]
                    self.hints.setdefault(join.target.number, []).extend(ways)
                    for way in ways:
                        self.hints.setdefault(way, []).append(join.target.number)

    def scan_line(self, line: Line) -> None:
        for value in values_in(line.target):
            self.values[value.number] = value
            if isinstance(line.step, Apply):
                self.labels[value.number] = line.step.path
            if isinstance(line.target, Value):
                self.follow(line.step, value.number)

    def follow(self, step: Any, number: int) -> None:
        """Notes that a step goes on with its first operand, under the name of what it makes."""
        operands = list(values_in(tuple(leaves(step))))
        if operands and is_first(step, operands[0]):
            self.hints.setdefault(operands[0].number, []).append(number)

    def assign(self, inputs: list[Value]) -> None:
        for value in inputs:
            self.liveness.clash(value.number, [other.number for other in inputs])
            self.name(value, [value.name or "x"])
        rest = [value for value in self.values.values() if value.number not in self.names]
        for value in (value for value in rest if value.name):
            self.name(value, [value.name or ""])
        for value in (value for value in rest if not value.name):
            self.name(value, self.suggestions(value))

    def name(self, value: Value, wanted: list[str]) -> None:
        """The first wanted name that no value alive at the same time has."""
        if value.number in self.names:
            return
        clean = [safe(name, self.taken) for name in wanted]
        busy = {self.names[other] for other in self.liveness.clashes.get(value.number, ()) if other in self.names}
        nested = isinstance(value.type, tuple)
        busy |= {name for name, kind in self.kinds.items() if kind != nested}
        found = next((name for name in clean if name not in busy), None) or fresh(clean[-1], busy | self.taken)
        self.names[value.number], self.kinds[found] = found, nested

    def suggestions(self, value: Value) -> list[str]:
        """For a value that the author did not name."""
        found = self.hinted(value.number)
        label = self.labels.get(value.number, "").split(".")
        if not self.continues(value.number):
            found += [part for part in reversed(label) if is_plain(part)][:1]
        return [*found, *GENERIC]

    def continues(self, number: int) -> bool:
        """Whether the next step goes on with this value, so that a reader follows it under one name."""
        return bool(self.hints.get(number))

    def hinted(self, number: int) -> list[str]:
        """The names of what the value becomes, or joins with; not followed for ever, for a chain may be long."""
        seen, found = {number}, list[str]()
        left = [*reversed(self.hints.get(number, ()))]
        while left and len(seen) < REACH:
            other = left.pop()
            if other in self.names:
                found.append(self.names[other])
            elif other not in seen and other in self.values and self.values[other].name is None:
                seen.add(other)
                left += reversed(self.hints.get(other, ()))
        return found


def returns(block: Block) -> bool:
    """Whether every way through the block ends in a return."""
    if block.result:
        return True
    last = block.lines[-1] if block.lines else None
    return isinstance(last, Fork) and returns(last.then) and returns(last.otherwise)
