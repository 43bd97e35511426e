"""Gives every value of a method a variable: the author's name, or a short one that is free there. Prints nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..graph import Apply, Value
from ..typed import Any
from .blocks import Block, Line, Turn, is_first, values_in
from .comprehensions import Part
from .liveness import Liveness, Variable
from .members import word
from .names import TAKEN, is_plain, is_taken, safe
from .plans import Next
from .rendering import leaves

GENERIC = ("x", "out", "y", "h", "z", "u", "v", "w")
REACH = 64  # unnamed values that a name is looked for behind


class Naming:
    """Names for all values of a block, inputs first, then the author's, then the rest in order."""

    def __init__(self, block: Block, inputs: Iterable[Value], taken: Collection[str], inlined: Mapping[int, Any]):
        self.liveness = Liveness(block)
        self.taken = {*TAKEN, *taken}
        self.names: dict[int, str] = {}
        self.variables: dict[str, Variable] = {}
        self.crowds: dict[str, tuple[int, int, int]] = {}
        self.values: dict[int, Value] = {}
        self.hints: dict[int, list[int]] = {}  # values whose name would suit this one
        self.hinting: dict[int, list[int]] = {}  # the other way round: values that this one's name would suit
        self.led: set[int] = set()  # values whose hints lead to a name
        self.labels: dict[int, str] = {}
        self.scan(block)
        for number, step in inlined.items():
            self.follow(step, number)
        self.assign(list(inputs))

    def scan(self, block: Block) -> None:
        for line in block.lines:
            if isinstance(line, Line):
                self.scan_line(line)
            elif isinstance(line, Turn):
                self.scan(line.body)
                for flow in line.step.flows:
                    self.values[flow.target.number] = flow.target
                    self.tie(flow.target, flow.start, flow.end)
            else:
                self.scan(line.then)
                self.scan(line.otherwise)
                for join in line.joins:
                    self.values[join.target.number] = join.target
                    self.tie(join.target, join.then, join.otherwise)

    def tie(self, target: Value, *sources: Value) -> None:
        """One name would suit all of them."""
        self.hints.setdefault(target.number, []).extend(source.number for source in sources)
        for source in sources:
            self.hints.setdefault(source.number, []).append(target.number)

    def scan_line(self, line: Line) -> None:
        for value in values_in(line.target):
            self.values[value.number] = value
            if isinstance(line.step, Apply):
                self.labels[value.number] = getattr(line.step.path, "name", line.step.path)
            if isinstance(line.step, Part):
                self.labels[value.number] = word(Next(line.step.path))
            if isinstance(line.target, Value) and self.labels.get(value.number) != (value.name or ""):
                self.follow(line.step, value.number)  # what a tap gives has the name of the module, for itself alone

    def follow(self, step: Any, number: int) -> None:
        """Notes that a step goes on with its first operand, under the name of what it makes."""
        operands = list(values_in(tuple(leaves(step))))
        if operands and is_first(step, operands[0]):
            self.hints.setdefault(operands[0].number, []).append(number)

    def assign(self, inputs: list[Value]) -> None:
        for number, others in self.hints.items():
            for other in others:
                self.hinting.setdefault(other, []).append(number)
        for value in inputs:
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
        found = next((name for name in clean if self.is_free(name, value)), None) or self.numbered(clean[-1], value)
        self.names[value.number] = found
        self.lead(value.number)
        self.variables.setdefault(found, Variable(self.liveness, isinstance(value.type, tuple))).add(value.number)

    def lead(self, number: int) -> None:
        """A value has got its name: notes which others it is a hint for, if only by way of some without a name."""
        left = [number]
        while left:
            fresh = [other for other in self.hinting.get(left.pop(), ()) if other not in self.led]
            self.led.update(fresh)
            left += [other for other in fresh if other not in self.names]

    def is_free(self, name: str, value: Value) -> bool:
        """Whether no value alive at the same time has the name, and none of another kind."""
        variable = self.variables.get(name)
        if variable is None:
            return True
        return variable.holds_several == isinstance(value.type, tuple) and not variable.clashes(value.number)

    def numbered(self, name: str, value: Value) -> str:
        """The name with the first number that makes it free."""
        number = self.first_number(name, self.liveness.birth(value.number))
        while is_taken(f"{name}{number}", self.taken) or not self.is_free(f"{name}{number}", value):
            number += 1
        return f"{name}{number}"

    def first_number(self, name: str, gap: int) -> int:
        """A number below which all are busy in a gap, and remain so for some more: they are not tried again there."""
        number, first, last = self.crowds.get(name, (2, 0, 0))
        if not first <= gap <= last:
            number, last = 2, 0
        while (variable := self.variables.get(f"{name}{number}")) and (end := variable.busy_until(gap)) is not None:
            number, last = number + 1, min(last, end)
        self.crowds[name] = (number, gap, last)
        return number

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
        if number not in self.led:
            return found
        left = [*reversed(self.hints.get(number, ()))]
        while left and len(seen) < REACH:
            other = left.pop()
            if other in self.names:
                found.append(self.names[other])
            elif other not in seen and other in self.values and self.values[other].name is None:
                seen.add(other)
                left += reversed(self.hints.get(other, ()))
        return found
