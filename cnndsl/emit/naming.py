"""Gives every value of a method a variable: the author's name, or a short one that is free while it is needed.

A gap lies between two lines; gaps are counted in the order in which lines are written, those of arms included. A value
is alive in a gap if something after it takes the value, and two values clash if one is alive where the other is born.
Runs of gaps are looked up by bisection, so that a value among a hundred thousand costs little more than among ten.
Prints nothing.
"""

from __future__ import annotations

from _bisect import bisect_left, bisect_right, insort_right

from ..graph import Apply, Known, Make, Own, Value
from ..lean import NoneType
from ..loops import Entry, Kinds
from ..records import fields, is_dataclass
from ..typed import Any, Container, Iterable, Mapping, Sequence
from .blocks import Block, Fork, Line, Turn, is_first, values_in
from .class_arguments import Kind
from .expressions import Written
from .members import Part, taken_by, word
from .names import TAKEN, Taken, is_plain, is_taken, safe
from .plans import Decision, Formatted, Next, Repeat
from .rendering import leaves

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
        self.bear([take.target.number for take in turn.step.takes])
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


def kind_of(value: Value) -> str:
    """What a variable holds that is one kind of thing, and remains so."""
    return "list" if isinstance(value.type, Kinds) else "tuple" if isinstance(value.type, tuple) else "tensor"


class Variable:
    """The values that one name has been given; no two of them clash, so no two of their runs meet."""

    def __init__(self, liveness: Liveness, kind: str) -> None:
        self.liveness = liveness
        self.kind = kind  # of all of them: tensors, tuples or lists
        self.births: list[int] = []
        self.runs: list[Run] = []

    def add(self, value: int) -> None:
        insort_right(self.births, self.liveness.birth(value))
        for run in self.liveness.runs.get(value, ()):
            insort_right(self.runs, run)

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


NONE: frozenset[str] = frozenset()
NAMELESS = frozenset({Value, Kind, bool, int, float, str, NoneType})  # a class is not written over its own names


def written_in(thing: Any) -> frozenset[str]:
    """The names that a step of the merged class is written over."""
    while thing.__class__ is Known:
        thing = thing.value
    if thing.__class__ in NAMELESS:
        return NONE
    if isinstance(thing, Written):
        from .varying import symbols_of  # whoever asks for variables alone meets none

        return symbols_of(thing.spelling)
    if isinstance(thing, Formatted):
        return written_in(thing.label)
    if isinstance(thing, (tuple, list)):
        return frozenset().union(*map(written_in, thing)) if thing else NONE
    if is_dataclass(thing):
        return frozenset().union(*[written_in(getattr(thing, f.name)) for f in fields(thing)])
    return NONE


def forward_names(body: Sequence[Any]) -> frozenset[str]:
    """The names over which the lines of forward() are written; what only makes modules has none there."""
    found: frozenset[str] = frozenset()
    for step in body:
        if isinstance(step, (Decision, Repeat)):
            inside = (step.then, step.otherwise) if isinstance(step, Decision) else (step.body,)
            if any(runs(way) for way in inside):
                head = step.condition if isinstance(step, Decision) else (step.count, step.sources)
                found = found.union(written_in(head), *map(forward_names, inside))
        elif not isinstance(step, (Make, Entry, Own)):
            found |= written_in(step)
    return found


def runs(body: Sequence[Any]) -> bool:
    """Whether forward() has a line of it."""
    return any(not isinstance(step, (Make, Entry, Own)) for step in body)


GENERIC = ("x", "out", "y", "h", "z", "u", "v", "w")
REACH = 64  # unnamed values that a name is looked for behind


class Naming:
    """Names for all values of a block, inputs first, then the author's, then the rest in order."""

    def __init__(self, block: Block, inputs: Iterable[Value], taken: Container[str], inlined: Mapping[int, Any]):
        self.liveness = Liveness(block)
        self.taken = Taken(TAKEN, taken)
        self.names: dict[int, str] = {}
        self.variables: dict[str, Variable] = {}
        self.crowds: dict[str, tuple[int, int, int]] = {}
        self.values: dict[int, Value] = {}
        self.hints: dict[int, list[int]] = {}  # values whose name would suit this one
        self.hinting: dict[int, list[int]] = {}  # the other way round: values that this one's name would suit
        self.led: set[int] = set()  # values whose hints lead to a name
        self.labels: dict[int, str] = {}
        self.sums: set[int] = set()  # values that begin as a number, and go on as a tensor
        self.scan(block)
        for number, step in inlined.items():
            self.follow(step, number)
        self.assign(list(inputs))

    def scan(self, block: Block) -> None:
        for line in block.lines:
            if isinstance(line, Line):
                self.scan_line(line)
            elif isinstance(line, Turn):
                self.values |= {take.target.number: take.target for take in line.step.takes}
                for flow in line.step.flows:
                    if flow.start.number in self.sums:
                        self.sums |= {flow.target.number, flow.end.number}
                self.scan(line.body)
                for flow in line.step.flows:
                    self.values[flow.target.number] = flow.target
                    self.tie(flow.target, flow.start, flow.end)
                    if line.fresh and (lists := taken_by(line.step)):
                        label = word(Next(lists[0].name))
                        self.labels |= {value.number: label for value in (flow.start, flow.target, flow.end)}
            else:
                self.scan(line.then)
                self.scan(line.otherwise)
                for join in line.joins:
                    self.values[join.target.number] = join.target
                    if not self.sums.isdisjoint((join.then.number, join.otherwise.number)):
                        self.sums |= {join.target.number, join.then.number, join.otherwise.number}
                    self.tie(join.target, join.then, join.otherwise)

    def tie(self, target: Value, *sources: Value) -> None:
        """One name would suit all of them."""
        self.hints.setdefault(target.number, []).extend(source.number for source in sources)
        for source in sources:
            self.hints.setdefault(source.number, []).append(target.number)

    def scan_line(self, line: Line) -> None:
        for value in values_in(line.target):
            self.values[value.number] = value
            if self.is_sum(line.step, value):
                self.sums.add(value.number)
            if isinstance(line.step, Apply) and is_labelled(line.step):
                self.labels[value.number] = getattr(line.step.path, "name", line.step.path)
            if isinstance(line.step, Part):
                self.labels[value.number] = word(Next(line.step.path))
            if isinstance(line.target, Value) and self.labels.get(value.number) != (value.name or ""):
                self.follow(line.step, value.number)  # what a tap gives has the name of the module, for itself alone

    def is_sum(self, step: Any, value: Value) -> bool:
        """Whether a step begins with a number what goes on as a tensor, or goes on with it under the same name."""
        if getattr(step, "operator", "") == "=":
            return True
        operands = values_in(tuple(leaves(step))) if self.sums and value.name else ()
        return any(operand.number in self.sums and operand.name == value.name for operand in operands)

    def follow(self, step: Any, number: int) -> None:
        """Notes that a step goes on with its first operand, under the name of what it makes."""
        operands = list(values_in(tuple(leaves(step))))
        if operands and (is_first(step, operands[0]) or getattr(step, "operator", "") == "append"):
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
        self.variables.setdefault(found, Variable(self.liveness, self.kind(value))).add(value.number)

    def lead(self, number: int) -> None:
        """A value has got its name: notes which others it is a hint for, if only by way of some without a name."""
        left = [number]
        while left:
            fresh = [other for other in self.hinting.get(left.pop(), ()) if other not in self.led]
            self.led.update(fresh)
            left += [other for other in fresh if other not in self.names]

    def kind(self, value: Value) -> str:
        """What a variable of Python holds; one that begins as a number is no other's."""
        return "sum" if value.number in self.sums else kind_of(value)

    def is_free(self, name: str, value: Value) -> bool:
        """Whether no value alive at the same time has the name, and none of another kind."""
        variable = self.variables.get(name)
        if variable is None:
            return True
        return variable.kind == self.kind(value) and not variable.clashes(value.number)

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
        if not self.continues(value.number) or kind_of(value) == "list":
            found += [part for part in reversed(label) if is_plain(part)][:1]
        return [*found, *(name for name in GENERIC if not is_taken(name, self.taken)), GENERIC[-1]]

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


def is_labelled(step: Apply) -> bool:
    """Whether the author gave the module its name: a number behind the name of its class says nothing of a value."""
    if step.span is None:
        return True
    text, label = step.span.text, str(getattr(step.path, "name", step.path))
    return text.startswith(('"', "'")) or text.startswith(label.partition(".")[0])
