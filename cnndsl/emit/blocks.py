"""The statements of a method before they have names: which steps stand on a line of their own, which inside another.

A step stands inside another only if that keeps the order in which everything runs, and reads well.
"""

from __future__ import annotations

from ..functions import lookup
from ..graph import Apply, Branch, Call, Known, Make, Operate, Own, Pick, Result, Step, Unpack, Value
from ..lean import Counter
from ..loops import Entry, Kinds
from ..records import dataclass, field, replace
from ..typed import Any, Iterable, Iterator, Sequence
from .dead_code import living, wastes
from .layout import WIDTH, flat
from .members import Part, alike, chained, comprehended, is_mixed, part_of, subject
from .plans import Decision, Next, Repeat
from .rendering import ADDING, Rendering, axes_in, flattened, is_factory, leaves

SPARE = 14  # columns that an inlined line leaves for its indentation and target


@dataclass
class Line:
    """One statement: a step, and the values that it (with all that stands inside it) reads."""

    step: Any
    target: Any
    uses: list[int] = field(default_factory=list)


@dataclass
class Fork:
    """An `if`. The condition is a Known, or text."""

    condition: Any
    then: Block
    otherwise: Block
    joins: Sequence[Any]
    uses: list[int] = field(default_factory=list)
    site: int = -1  # of a Decision


@dataclass
class Turn:
    """A loop: a plans.Repeat, what stands in it, and the values from outside that each round reads.

    All that it does may be to fill a list that is `fresh`: then it may be a comprehension.
    """

    step: Any
    body: Block
    kept: list[int] = field(default_factory=list)
    fresh: bool = False


@dataclass
class Block:
    lines: list[Line | Fork | Turn]
    result: Result | None = None
    uses: list[int] = field(default_factory=list)  # of the result


def returns(block: Block) -> bool:
    """Whether every way through the block ends in a return."""
    if block.result:
        return True
    last = block.lines[-1] if block.lines else None
    return isinstance(last, Fork) and returns(last.then) and returns(last.otherwise)


def values_in(target: Any) -> Iterator[Value]:
    """The values that a target binds."""
    return (item for item in flattened(target) if isinstance(item, Value))


def born_in(block: Block) -> Iterator[Value]:
    for line in block.lines:
        if isinstance(line, Line):
            yield from values_in(line.target)
        elif isinstance(line, Turn):
            yield from (given.target for given in (*line.step.flows, *line.step.takes))
            yield from born_in(line.body)
        else:
            yield from (join.target for join in line.joins)
            yield from born_in(line.then)
            yield from born_in(line.otherwise)


def read_in(block: Block) -> Iterator[int]:
    for line in block.lines:
        if isinstance(line, Turn):
            yield from (value.number for flow in line.step.flows for value in (flow.start, flow.end))
            yield from line.kept
            continue
        yield from line.uses
        if isinstance(line, Fork):
            yield from (value.number for join in line.joins for value in (join.then, join.otherwise))
            yield from read_in(line.then)
            yield from read_in(line.otherwise)


class Folding:
    """Turns the steps of one method into a Block; notes in `rendering.inlined` what stands inside what."""

    def __init__(self, rendering: Rendering, condition_of: Any, sizes_of: Any = None):
        self.rendering, self.condition_of, self.sizes_of = rendering, condition_of, sizes_of
        self.uses: Counter[int] = Counter()
        self.sizes: Counter[tuple[int, str]] = Counter()  # how often they are read

    def block(self, steps: Sequence[Any], result: Result | None) -> Block:
        self.count(steps, result)
        if wastes(steps, self.uses):
            needed = set(self.result_reads(result)) if result else set()
            steps = living(steps, needed, self.all_reads, self.result_reads)
            self.recount(steps, result)
        if self.sizes and self.sizes_of and (sizes := self.sizes_of(self.sizes)):
            self.rendering.sizes = sizes
            self.recount(steps, result)
        self.rendering.default = "x"
        found = self.fold(steps, result)
        self.rendering.default = None
        return found

    # Uses

    def reads(self, items: Iterable[Any]) -> Iterator[int]:
        """The values that operands read; a size `%7.2` reads value 7."""
        for item in items:
            if isinstance(item, Value):
                yield item.number
            else:
                for name in axes_in(item):
                    number, axis = name[1:].split(".")
                    self.rendering.axes[name] = place = (int(number), axis)
                    self.sizes[place] += 1
                    if place not in self.rendering.sizes:
                        yield int(number)

    def step_reads(self, step: Any) -> list[int]:
        found = [n for n in self.reads(leaves(step)) if n not in self.rendering.owned]
        if is_factory(step) and self.rendering.device is not None:
            found.append(self.rendering.device.number)
        return found

    def all_reads(self, step: Any) -> list[int]:
        """What a step reads, and an `if` to go one way."""
        condition = getattr(step, "condition", None) if isinstance(step, (Branch, Decision)) else None
        return [*self.step_reads(step), *self.reads(iter([condition] if isinstance(condition, Known) else []))]

    def recount(self, steps: Sequence[Any], result: Result | None) -> None:
        self.uses.clear()
        self.sizes.clear()
        self.count(steps, result)

    def count(self, steps: Sequence[Any], result: Result | None) -> None:
        for step in steps:
            self.uses.update(self.step_reads(step))
            if isinstance(step, (Branch, Decision)):
                self.count_fork(step)
            if isinstance(step, Repeat):
                for flow in step.flows:
                    self.uses.update([flow.start.number, flow.end.number] * 2)  # neither stands inside another
                self.uses.update([take.source.number for take in step.takes] * 2)
                self.count(step.body, None)
        if result:
            self.uses.update(self.result_reads(result))

    def count_fork(self, step: Any) -> None:
        for join in step.joins:
            self.uses.update([join.then.number, join.otherwise.number, join.then.number])  # a join never inlines
        if isinstance(step.condition, Known):
            self.uses.update(self.reads(iter([step.condition])))
        self.count(step.then, getattr(step, "then_result", None))
        self.count(step.otherwise, getattr(step, "otherwise_result", None))

    def result_reads(self, result: Result) -> list[int]:
        return [n for n in self.reads(flattened([item for _, item in result.items])) if n not in self.rendering.owned]

    # Folding

    def fold(self, steps: Sequence[Any], result: Result | None) -> Block:
        lines: list[Line | Fork | Turn] = []
        for step in steps:
            if isinstance(step, (Branch, Decision)):
                lines.append(self.fork(step))
            elif isinstance(step, Repeat):
                lines += self.filling(lines, step) or self.turn(step)
            elif isinstance(step, Unpack) and lines and self.follows(lines[-1], step):
                lines[-1].target = step.target  # type: ignore[union-attr]
            elif not isinstance(step, (Make, Own)):
                self.add(lines, step)
        block = Block(lines, result)
        if result:
            self.pull(lines, [item for _, item in result.items], result_allows)
            block.uses = [n for item in self.expanded(flattened([i for _, i in result.items])) for n in item]
        return block

    def follows(self, line: Line | Fork | Turn, step: Unpack) -> bool:
        """Whether the line made just what the step takes apart, for that alone."""
        return isinstance(line, Line) and line.target == step.source and self.uses[step.source.number] == 1

    def turn(self, step: Repeat) -> Iterator[Turn]:
        body = self.fold(step.body, None)
        if body.lines or step.flows:
            made = {value.number for value in (*born_in(body), *(take.target for take in step.takes))}
            read = [*read_in(body), *(take.source.number for take in step.takes)]
            yield Turn(step, body, [n for n in dict.fromkeys(read) if n not in made])

    def filling(self, lines: list[Line | Fork | Turn], loop: Repeat) -> list[Turn]:
        """A loop that only fills the list that the last line begins."""
        steps, start = filling_steps(loop), lines[-1] if lines else None
        if not steps or not isinstance(start, Line) or start.target != loop.flows[0].start:
            return []
        if any(self.uses[step.target.number] != 1 for step in steps[:-1]):
            return []
        items = [self.unfolded(item, len(steps) - 1) for item in start.step.operands]
        whole = from_first(loop, steps, items) if items else None
        if whole is not None:
            start.step, start.uses = replace(start.step, operands=()), []
        whole = whole or loop
        self.rendering.inlined |= {step.target.number: step for step in steps[:-1]}
        line = Line(filling_steps(whole)[-1], steps[-1].target)
        self.rendering.inlined |= {step.target.number: step for step in filling_steps(whole)[:-1]}
        line.uses = [n for item in self.expanded(leaves(line.step)) for n in item]
        made = {loop.flows[0].target.number, line.target.number, *(take.target.number for take in loop.takes)}
        read = [*line.uses, *(take.source.number for take in loop.takes)]
        return [Turn(whole, Block([line]), [n for n in dict.fromkeys(read) if n not in made], True)]

    def unfolded(self, item: Any, count: int) -> list[Any]:
        """The last steps that make an item of a list, if all of them stand inside of it."""
        found: list[Any] = []
        while len(found) < count and isinstance(item, Value) and item.number in self.rendering.inlined:
            found.insert(0, self.rendering.inlined[item.number])
            item = subject(found[0])
        return found

    def fork(self, step: Any) -> Fork:
        condition = self.condition_of(step)
        then = self.fold(step.then, getattr(step, "then_result", None))
        otherwise = self.fold(step.otherwise, getattr(step, "otherwise_result", None))
        uses = list(self.reads(iter([condition]))) if isinstance(condition, Known) else []
        return Fork(condition, then, otherwise, step.joins, uses, getattr(step, "site", -1))

    def add(self, lines: list[Line | Fork | Turn], step: Any) -> None:
        self.gather(lines, step)
        self.pull(lines, leaves(step), lambda value, maker: allows(step, value, maker), step)
        line = Line(step, step.target)
        line.uses = [n for item in self.expanded(leaves(step)) for n in item]
        if is_factory(step) and self.rendering.device is not None:
            line.uses.append(self.rendering.device.number)
        lines.append(line)

    def gather(self, lines: list[Line | Fork | Turn], step: Any) -> None:
        """Takes in the lines that make a list of results, one with each module of a list."""
        for item in (*getattr(step, "inputs", ()), *getattr(step, "arguments", ())):
            found = comprehended(item, lines, self.rendering.lengths)
            made: list[Any] = lines[-found[1] :] if found else []
            if found and all(self.uses[line.target.number] == 1 for line in made):
                self.rendering.inlined |= {line.target.number: line.step for line in made}
                self.rendering.listed[tuple(value.number for value in item)] = found[0]
                del lines[-found[1] :]
            while not found and self.gather_part(lines, item):
                pass

    def gather_part(self, lines: list[Line | Fork | Turn], items: Any) -> bool:
        """Makes one line of those that give some of the items of a list, if there are such."""
        found = part_of(items, lines, self.rendering.lengths)
        if not found:
            return False
        begin, count, at, made = found
        values, gone = items[begin : begin + count], lines[at : at + count]
        if any(self.uses[value.number] != 1 for value in values):
            return False
        target = Value(-2 - values[0].number, tuple(value.type for value in values))
        line = Line(Part(made, made.lists[0]), target, [n for line in gone for n in getattr(line, "uses", ())])
        self.rendering.parts[values[0].number] = target
        self.rendering.gone |= {value.number for value in values[1:]}
        lines[at : at + count] = [line]
        return True

    def expanded(self, items: Iterable[Any]) -> Iterator[list[int]]:
        """What operands read, those of the steps that stand inside included."""
        for item in items:
            if isinstance(item, Value) and item.number in self.rendering.gone:
                yield []
            elif isinstance(item, Value) and item.number in self.rendering.parts:
                yield [self.rendering.parts[item.number].number]
            elif isinstance(item, Value) and item.number in self.rendering.inlined:
                inner = self.rendering.inlined[item.number]
                yield from self.expanded(leaves(inner))
                if is_factory(inner) and self.rendering.device is not None:
                    yield [self.rendering.device.number]
            else:
                yield [n for n in self.reads(iter([item])) if n not in self.rendering.owned]

    def pull(self, lines: list[Line | Fork | Turn], operands: list[Any], allowed: Any, step: Any = None) -> None:
        """Takes the last lines into the next one, as long as they are its operands, the last one last."""
        wanted = [item for item in flattened(operands) if isinstance(item, Value)]
        places, left = {item.number: at for at, item in enumerate(wanted)}, len(wanted)
        taken: list[Line] = []
        while left and lines and isinstance(line := lines[-1], Line):
            value = line.target
            if not isinstance(value, Value) or self.uses[value.number] != 1:
                break
            if places.get(value.number, left) >= left or not allowed(value, line.step):
                break
            self.rendering.inlined[value.number] = line.step
            lines.pop()
            taken.append(line)
            left = places[value.number]
        if taken and self.reads_badly(taken, wanted, step):
            for line in taken:
                del self.rendering.inlined[line.target.number]
            lines += reversed(taken)

    def reads_badly(self, taken: Sequence[Any], operands: list[Value], step: Any) -> bool:
        """Whether the line is better off with names for its operands: too long, or only some of several inside."""
        if step is not None and self.too_long(step):
            return True
        made = {line.target.number for line in taken}
        left = [v for v in operands if v.name is None and v.number not in made and v.number not in self.rendering.owned]
        return step is None and bool(left)

    def too_long(self, step: Any) -> bool:
        text = flat(self.rendering.step(step)[0])
        return len(text) > WIDTH - SPARE or text.count("(") + text.count("[") > 6


DEPTH = 3  # of calls in a comprehension


def filling_steps(loop: Repeat) -> list[Any]:
    """The steps of a loop each round of which adds one thing to the one list that goes round, and does nothing else."""
    steps = [step for step in loop.body if not isinstance(step, (Make, Entry, Own))]
    flow = loop.flows[0] if len(loop.flows) == 1 else None
    if flow is None or not 2 <= len(steps) <= DEPTH + 1:
        return []
    if not all(isinstance(step, (Apply, Call, Operate)) for step in steps):
        return []
    *others, last = steps
    if (
        getattr(last, "operator", "") != "append"
        or last.operands != (flow.target, others[-1].target)
        or flow.end != last.target
    ):
        return []
    plain = all(isinstance(step.target, Value) and step.target.name is None for step in others)
    paths = [step.path for step in steps if isinstance(step, Apply)]
    each = all(isinstance(path, Next) and path.each for path in paths)
    if not plain or not each or not chained(others) or any(is_mixed(source.iterable) for source in loop.sources):
        return []
    if any(flow.target in leaves(step) for step in others):  # which has no name yet in the brackets
        return []
    return steps


def from_first(loop: Repeat, steps: list[Any], items: list[list[Any]]) -> Repeat | None:
    """The loop that makes all of a list, where the items that it begins with are made by the first modules of those
    that the loop goes through."""
    calls: list[Any] = [step for step in steps if isinstance(step, Apply)]
    if not calls or loop.takes or loop.index or loop.sources or any(step.path.start != len(items) for step in calls):
        return None
    for place, item in enumerate(items):
        paths = [str(step.path) for step in item if isinstance(step, Apply)]
        if paths != [f"{step.path.name}.{place}" for step in calls] or len(item) != len(steps) - 1:
            return None
        if not alike(steps[:-1], item):
            return None
    whole = {id(step): replace(step, path=replace(step.path, start=0)) for step in calls}
    return replace(loop, body=tuple(whole.get(id(step), step) for step in loop.body))


def result_allows(value: Value, maker: Step) -> bool:
    return not isinstance(maker, Unpack)


def is_first(step: Any, value: Value) -> bool:
    """Whether the value is the step's subject: what a reader follows from line to line."""
    operands = step.inputs if isinstance(step, Apply) else step.arguments if isinstance(step, Call) else ()
    return bool(operands) and operands[0] == value


def allows(step: Any, value: Value, maker: Any) -> bool:
    """Whether `maker`, which gives `value`, reads well inside `step`."""
    if isinstance(value.type, Kinds) and not isinstance(step, Call):
        return {getattr(made, "operator", "") for made in (step, maker)} == ADDING
    if value.name is not None or isinstance(maker, Unpack) or isinstance(step, (Unpack, Pick)):
        return False
    if isinstance(step, Operate):
        if len(step.operands) == 1 and isinstance(maker, Operate) and len(maker.operands) == 1:
            return False  # `-(-x)`
        return not isinstance(maker, Call) or lookup(maker.function) is not None
    if isinstance(step, Call) and is_first(step, value):
        function = lookup(step.function)
        return isinstance(maker, (Operate, Pick)) and function is not None and not function.target.startswith(".")
    if (isinstance(step, Apply) and len(step.inputs) == 1) or is_first(step, value):
        return isinstance(maker, (Operate, Pick))
    return True
