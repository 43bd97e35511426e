"""What stands beside the lines of a class: the comments of a definition, and the shapes of what forward() makes.

A comment about a statement that leaves no line (a number) is told above the next one that does; one in an arm that no
use takes stays in the `.cnn` file. A shape is told where one expression in the names of the class is true for every use
of it: over the constructor's arguments, and the names that the author gave to the axes of the inputs.
"""

from __future__ import annotations

from _bisect import bisect_left

from ..dims import Dim, Size, symbol
from ..graph import Apply, BlockModule, Branch, Instance, Make, Model, Own, Result, Value
from ..loops import MARK, every
from ..patterns import re
from ..shapes import TensorType
from ..source import Span
from ..spelled import Spelled
from ..typed import Any, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from .docstrings import wrap
from .expressions import Called, number, spelled
from .formulas import factors_of, of_fractions
from .layout import WIDTH, clean
from .plans import Decision, Plan, Repeat, contained
from .rendering import flattened
from .sizes import behind_loops, is_free
from .varying import settled_none, settled_numbers, symbols_of

TOOLS = frozenset(("allow", "type", "noqa", "fmt", "ruff", "flake8", "mypy", "pyright", "pylint", "isort", "pragma"))
TOOLS |= {"error", "warning", "shape"}
STEPS = {"->": 1, "}": -1}  # lines of nothing else: where what they belong to is
SKIPPED = ("", "->", "}")


class Remarks:
    """The comments of one class that have found no place yet, by line."""

    def __init__(self, plan: Plan) -> None:
        self.span = next((member.span for member in plan.members if member.span), None)
        self.left: dict[int, list[str]] = {}
        self.inner: dict[int, list[str]] = {}  # of a step of the constructor, by identity
        if self.span is not None:
            lines = range(self.span.line, self.span.end_line + 1)
            found = ((n, told(self.span.source.remarks.get(n, ()))) for n in lines)
            self.left = {n: kept for n, texts in found if (kept := [t for t in texts if not self.is_above(n, t)])}
        self.ran = {self.line_at(start) for member in plan.members for start in member.ran}
        code = {line for step in steps_in(plan.body) for line in self.lines(step.span)}
        code |= {self.line_at(site) for site in sites_in(plan.body)} - {0}
        code |= {line for result in results_in(plan) for line in self.lines(result.span)}
        first = self.statement_of(min(code, default=0))
        self.head = [  # before the first statement: about a parameter, an input, or the whole
            (self.word(line), text)
            for line in sorted(line for line in self.left if line < first)
            for text in self.left.pop(line)
        ]
        for step in steps_in(plan.body):
            if isinstance(step, (Make, Own)) and self.left:
                self.reserve(step)
        if self.left:
            self.gather([step.span for step in steps_in(plan.body)], code)
            self.lean(code)
            self.hand_on(code)

    def statement_of(self, line: int) -> int:
        """The line on which the statement begins that goes on to another one."""
        return max((begun for begun in self.ran if 0 < begun <= line), default=line)

    def gather(self, spans: Sequence[Span | None], code: Collection[int]) -> None:
        """What is said inside of a step that is written over several lines is said of it."""
        extents = [(line, span.end_line) for span in spans if span is not None for line in self.lines(span)]
        for line in [line for line in sorted(self.left) if line not in code and line not in self.ran]:
            if around := [first for first, last in extents if first < line <= last]:
                self.left.setdefault(max(around), []).extend(self.left.pop(line))

    def lean(self, code: Collection[int]) -> None:
        """What is said beside a lone arrow is said of the stage behind it, beside a brace of the statement before."""
        for line in [line for line in sorted(self.left) if line not in code and line not in self.ran]:
            way = STEPS.get(self.bare(line), 0)
            place = line + way
            while way and self.span and self.span.line < place < self.span.end_line and self.bare(place) in SKIPPED:
                place += way
            if way and (place in code or place in self.ran):
                said, there = self.left.pop(line), self.left.get(place, [])
                self.left[place] = [*said, *there] if way > 0 else [*there, *said]

    def bare(self, line: int) -> str:
        """A line without its comment."""
        return self.span.source.line(line).partition("#")[0].strip() if self.span else ""

    def hand_on(self, code: Collection[int]) -> None:
        """What is said of a statement that leaves no line is said of the next one that does."""
        lines = sorted(code)
        for line in sorted(self.left, reverse=True):
            place = bisect_left(lines, line)
            if line not in code and line in self.ran and place < len(lines):
                self.left[lines[place]] = [*self.left.pop(line), *self.left.get(lines[place], ())]

    def line_at(self, start: int) -> int:
        """The line of a place in the file, if it is one of this definition."""
        if self.span is None or not self.span.start <= start < self.span.end:
            return 0
        return self.span.source.position(start)[0]

    def reserve(self, step: Make | Own) -> None:
        """What is inside of a group, or about a tensor of the class itself, belongs to the constructor."""
        holders = () if isinstance(step, Own) else contained(step.module)
        spans = [step.span] if isinstance(step, Own) else [child.span for held in holders for child in held.children]
        lines = {line for span in spans for line in self.lines(span)}
        own = set(self.lines(step.span)) if isinstance(step, Make) else set()
        if step.span is not None and own:
            lines |= self.ran.intersection(range(step.span.line, step.span.end_line + 1))
        self.inner[id(step)] = self.taken(lines - own)

    def is_above(self, line: int, text: str) -> bool:
        """Whether the comment stands above the definition, and not beside its first line."""
        return self.span is not None and line == self.span.line and text not in self.span.source.line(line)

    def word(self, line: int) -> str:
        """The parameter or input that a line declares."""
        found = re.match(r"\s*(?:input\s+)?\*?(\w+)", self.span.source.line(line)) if self.span else None
        return found[1] if found else ""

    def about(self, names: Collection[str]) -> dict[str, str]:
        """What is said of some parameters or inputs."""
        said: dict[str, str] = {}
        for name, text in [pair for pair in self.head if pair[0] in names]:
            self.head.remove((name, text))
            said[name] = f"{said[name]} {text}" if name in said else text
        return said

    def lines(self, span: Span | None) -> Iterator[int]:
        """The line of a span, if it is one of this definition."""
        if span is not None and self.span is not None and span.source is self.span.source:
            line = span.line
            if self.span.line <= line <= self.span.end_line:
                yield line

    def taken(self, lines: Iterable[int]) -> list[str]:
        return [text for line in sorted(set(lines)) for text in self.left.pop(line, ())]

    def before(self, spans: Iterable[Span | None], indent: int) -> list[str]:
        """The comment lines above what these spans became."""
        if not self.left:
            return []
        return written(self.taken(line for span in spans for line in self.lines(span)), indent)

    def at(self, site: int, indent: int) -> list[str]:
        """The comment lines above a loop or condition."""
        return written(self.taken([self.line_at(site)]), indent) if self.left and site >= 0 else []

    def made(self, step: Make | Own, indent: int) -> list[str]:
        """Those above a line of the constructor: of what is inside, and what forward() had no place for."""
        return written(self.inner.pop(id(step), []), indent) + self.before([step.span], indent)


def told(texts: Sequence[str]) -> list[str]:
    """The comments that are for people."""
    return [text for text in texts if not is_for_tools(text.lower())]


def is_for_tools(text: str) -> bool:
    found = re.match(r"\w+", text)
    return "noqa" in text or (found is not None and (found[0] in TOOLS or found[0].startswith("pyre")))


def written(texts: Sequence[str], indent: int) -> list[str]:
    pad = " " * indent
    lines = wrap("\n".join(map(clean, texts)), WIDTH - indent + 1) if texts else []
    return [f"{pad}# {line}" for line in lines]


def steps_in(body: Sequence[Any]) -> Iterator[Any]:
    """The steps of a merged body that have a place in the file."""
    return (step for step in every(body) if hasattr(step, "span"))


def results_in(plan: Plan) -> Iterator[Result]:
    """What a class returns: at its end, and from the ways of an `if`."""
    ways = [step for step in every(plan.body) if isinstance(step, (Branch, Decision))]
    found = [plan.result, *(result for step in ways for result in (step.then_result, step.otherwise_result))]
    return (result for result in found if result is not None)


def sites_in(body: Sequence[Any]) -> Iterator[int]:
    """Where the loops and conditions of a merged body stand."""
    return (step.site for step in every(body) if isinstance(step, (Branch, Decision, Repeat)))


Change = Callable[[Any], Any]
CHANGES: tuple[Change, ...] = (lambda n: n, lambda n: n * 2, lambda n: n // 2, lambda n: (n + 1) // 2, lambda n: n * 4)


def shapes(plan: Plan, models: Sequence[Model], called: Mapping[Dim, str]) -> dict[int, str]:
    """For the values of a class of which that is true, their shape; of a model, under what it requires. Some sizes are
    called by the names that the constructor has for them."""
    found: dict[int, list[tuple[int, Value]]] = {}
    for which, (member, numbers) in enumerate(zip(plan.members, plan.numbers, strict=False)):
        for value in values_of(member):
            if value.number in numbers and isinstance(value.type, TensorType):
                found.setdefault(numbers[value.number], []).append((which, value))
    writer = Writer(plan, models, called)
    sure = {n: uses for n, uses in found.items() if all(is_sure(plan, plan.members[m], value) for m, value in uses)}
    texts = {n: writer.shape([(which, value.type) for which, value in uses]) for n, uses in sure.items()}
    return {number: text for number, text in texts.items() if text}


def is_sure(plan: Plan, member: Instance, value: Value) -> bool:
    """Whether no free size of a value hangs on what the class takes; it would be another one for other arguments."""
    if member.decided.shaped_from is None or value.number < member.decided.shaped_from:
        return True
    if not is_free(member, value.type):
        return True
    return not any(
        slot.key in member.decided.shaped or f"len({slot.key})" in member.decided.shaped for slot in plan.slots
    )


def values_of(member: Instance) -> Iterator[Value]:
    """The values of a member that are of one type in training and in evaluation."""
    yield from member.inputs
    for step in every(member.body):
        if isinstance(step, Apply) and isinstance(step.module, BlockModule) and step.module.instance.modes:
            continue
        yield from (value for value in flattened(getattr(step, "target", ())) if isinstance(value, Value))


class Writer:
    def __init__(self, plan: Plan, models: Sequence[Model], called: Mapping[Dim, str]) -> None:
        names = {**hidden_names(plan.members), **{s.key: s.name for s in plan.slots if s.kind != "slot"}}
        self.names = Called(names, dict(called))
        self.came_to = plan.came_to
        named = {name for m in plan.members for name, place in m.sizes if isinstance(place, tuple)}  # by the author
        taken = {slot.key for slot in plan.slots} | named
        numbers: dict[str, Any] = settled_numbers(plan.members, taken) | settled_none(plan.members, taken)
        self.settled = {name: value for name, value in numbers.items() if not isinstance(value, float)}
        self.axes = [axes_of(member) for member in plan.members]
        self.made: dict[tuple[Change, Size], Size] = {}  # what changes make of sizes
        self.is_model = bool(models)
        self.requirements = models[0].requirements if len(models) == 1 else None

    def shape(self, uses: Sequence[tuple[int, TensorType]]) -> str | None:
        """One text for all uses, each of the member with that number."""
        who, kinds = [which for which, _ in uses], [kind for _, kind in uses]
        if len({kind.rank for kind in kinds}) > 1:
            return None
        columns = list(zip(*(kind.shape for kind in kinds), strict=True))
        sizes = [self.size(who, column) for column in columns]
        return f"[{', '.join(map(str, sizes))}]" if sizes and None not in sizes else None

    def size(self, who: Sequence[int], column: Sequence[Size]) -> str | None:
        if all([size.__class__ is int for size in column]):  # which nothing spells
            return str(column[0]) if len(set(column)) == 1 else None
        if all(isinstance(size, Spelled) for size in column) and (text := self.spelled(who, column)):
            return text
        if any(MARK in name for size in column for s in getattr(size, "spellings", ()) for name in s.symbols):
            return None  # what a loop came to in this use
        if not self.is_model and (text := self.by_axis(who, column)):
            return text
        if any(symbols_of(s) & self.names.keys() for size in column for s in getattr(size, "spellings", ())):
            return None  # it hangs on an argument, in a way that its names do not say
        if not self.is_model and not all(isinstance(size, Dim) or self.is_settled(size) for size in column):
            return None  # or on a size of an input
        first = column[0]
        if any(size != first for size in column) or not (isinstance(first, int) or self.is_model):
            return None
        met = self.requirements.met(first) if self.requirements else first
        if len({getattr(size, "factors", ()) for size in column}) == 1 and met == first and isinstance(first, int):
            return number(first)
        return str(int(met) if isinstance(met, int) else met)

    def spelled(self, who: Sequence[int], column: Sequence[Any]) -> str | None:
        if (way := self.way(who, column)) is None:
            return None
        return spelled(way, self.names, factors_of(column, way, lambda sizes: self.factor(who, sizes)))

    def way(self, who: Sequence[int], column: Sequence[Any]) -> Dim | None:
        """A size over the names of the class that is true for every use."""
        sets = [
            [self.put(s, which) for s in getattr(size, "spellings", ())]
            for which, size in zip(who, column, strict=True)
        ]
        shared = [s for s in sets[0] if isinstance(s, Dim) and all(s in others for others in sets[1:])]
        shared = shared or (of_fractions(sets) if len(sets) > 1 else [])
        return next((s for s in shared if symbols_of(s) <= self.names.keys()), None)

    def factor(self, who: Sequence[int], column: Sequence[int]) -> Size | None:
        return self.way(who, column) or (int(column[0]) if len(set(column)) == 1 else None)

    def put(self, spelling: Dim, which: int) -> Size:
        """A spelling in the names of the class, what it settled as a number."""
        return behind_loops(spelling, self.came_to[which], self.settled)

    def is_settled(self, size: int) -> bool:
        spellings = getattr(size, "spellings", ())
        return not spellings or any(s.symbols <= self.settled.keys() for s in spellings)

    def by_axis(self, who: Sequence[int], column: Sequence[Size]) -> str | None:
        """What a free size is of an axis of the input, the same in every use: a number may be as long by chance."""
        for name in self.axes[who[0]]:
            wanted = [self.axes[which].get(name) for which in who]
            if not all(one and may_be_of(size, one) for one, size in zip(wanted, column, strict=True)):
                continue
            for change in CHANGES:
                if all(one and size == self.changed(change, one) for one, size in zip(wanted, column, strict=True)):
                    return str(change(symbol(name)))
        return None

    def changed(self, change: Change, size: Size) -> Size:
        if (change, size) not in self.made:
            self.made[change, size] = change(size)
        return self.made[change, size]


def hidden_names(members: Sequence[Instance]) -> dict[str, str]:
    """What the author calls the sizes of inputs that are no arguments."""
    places = [{place: name for name, place in member.axes} for member in members]
    found = {name: {here.get(place) for here in places} for name, place in members[0].sizes}
    return {name: texts.pop() or "" for name, texts in found.items() if len(texts) == 1 and None not in texts}


def may_be_of(size: Size, other: Dim) -> bool:
    """Whether a size can be what a change makes of another one: it has no symbols that this has not."""
    return isinstance(size, Dim) and size.symbols <= other.symbols


def axes_of(member: Instance) -> Mapping[str, Dim]:
    """The free sizes of a member's inputs by their author's names."""
    types = [value.type for value in member.inputs]
    sizes = ((name, types[at].shape[axis]) for name, (at, axis) in member.axes if at < len(types))
    return {name: size for name, size in sizes if isinstance(size, Dim)}
