"""A Block of named values as lines of Python. Knows nothing of constructors and classes."""

from __future__ import annotations

from itertools import zip_longest

from ..dims.calls import TERNARY, level_of
from ..graph import Apply, Call, Known, Result, Value
from ..loops import Kinds
from ..patterns import re
from ..records import replace
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .arms import Arms
from .blocks import Block, Fork, Line, Turn, returns, values_in
from .expressions import member, negated, quoted
from .formulas import turned
from .layout import WIDTH, Brackets, Node, Prefixed, call, fits, flat, keyword, list_of, statement, tuple_of
from .members import bracketed_clause, head, nexts_in, taken_by
from .naming import Naming
from .plans import Next, Take
from .remarks import Remarks
from .rendering import Rendering, flattened, leaves

SETS = r" *(\w+) = ([^\n]*)"


class Printer:
    """Prints one block. `output` is the name of the named tuple that `return a=…` makes."""

    def __init__(self, rendering: Rendering, naming: Naming, output: str = "", remarks: Remarks | None = None):
        self.rendering, self.naming, self.output, self.remarks = rendering, naming, output, remarks
        self.shapes: Mapping[int, str] = {}  # to be told beside their lines
        self.modules: Mapping[str, str] = {}  # what a module is called that a loop takes from a list
        self.begun: set[str] = set()  # the lists that iterators go through
        self.sums: set[str] = set()  # variables that began as numbers
        self.assigned: set[str] = set()
        self.first: list[Any] = []  # what a list begins with that a comprehension makes
        self.told = ""
        self.in_chain = False  # whether this is the last way of an `if` that sets one variable: no place for a ternary
        self.arms = Arms()
        self.needed = naming.liveness.needed

    def whole(self, block: Block, indent: int) -> list[str]:
        """The lines of a block that stands in no other; once more where some end up further left."""
        told, left = self.told, dict(self.remarks.left) if self.remarks else {}
        lines = self.lines(block, indent)
        if self.arms.raised:
            self.told, self.begun, self.sums, self.assigned = told, set(), set(), set()
            if self.remarks:
                self.remarks.left = left
            lines = self.lines(block, indent)
        return lines

    def lines(self, block: Block, indent: int) -> list[str]:
        found: list[str] = []
        forked: list[str] = []  # by the last line
        for line, after in zip_longest(block.lines, block.lines[1:]):
            if isinstance(after, Turn) and isinstance(line, Line) and after.fresh and self.is_one(after):
                self.first = list(line.step.operands)
                continue
            forked = self.fork(line, indent) if isinstance(line, Fork) else []
            if isinstance(line, Fork):
                found += forked
            elif isinstance(line, Turn):
                found += self.turn(line, indent)
            elif printed := self.line(line, indent):
                found += [*self.above([line.step], indent), *self.with_shape(line, printed, indent)]
        if block.result:
            inside = [item for _, item in block.result.items]
            above, text = self.above([*self.inside(inside), block.result], indent), self.returned(block.result, indent)
            short = returned_at_once(forked[-1], text) if forked and not above else None
            found = [*found[:-1], short] if short else [*found, *above, text]
        return found

    def with_shape(self, line: Line, printed: list[str], indent: int) -> list[str]:
        """The shape beside a line, where it is another one than before."""
        text = self.shapes.get(line.target.number) if isinstance(line.target, Value) and indent == 8 else None
        if not text or text == self.told or "\n" in printed[-1] or len(printed[-1]) + len(text) + 4 > WIDTH:
            return printed
        self.told = text
        return [*printed[:-1], f"{printed[-1]}  # {text}"]

    def above(self, steps: Iterable[Any], indent: int) -> list[str]:
        """The comments about steps, and about those that stand inside of them."""
        if self.remarks is None or not self.remarks.left:
            return []
        every = [each for step in steps for each in (*self.inside(leaves(step)), step)]
        return self.remarks.before([getattr(step, "span", None) for step in every], indent)

    def about(self, site: int, indent: int) -> list[str]:
        """The comments about a loop or condition."""
        return self.remarks.at(site, indent) if self.remarks else []

    def inside(self, operands: Any) -> list[Any]:
        """The steps that stand in the place of operands."""
        inlined = self.rendering.inlined
        numbers = [item.number for item in flattened(operands) if isinstance(item, Value)]
        found = [inlined[number] for number in numbers if number in inlined]
        return [each for step in found for each in (*self.inside(leaves(step)), step)]

    def line(self, line: Line, indent: int) -> list[str]:
        targets = list(values_in(line.target))
        if not any(value.number in self.needed for value in targets):
            return self.effect(line, indent)
        name = self.target(line.target, outer=True)
        if getattr(line.step, "operator", "") == "=":
            return [self.number(name, line.step, indent)]
        operator = getattr(line.step, "operator", "")
        if operator == "append" and name == self.naming.names.get(line.step.operands[0].number):
            return self.appended(name, line.step.operands[1:], indent)
        start = f"{name}: list[torch.Tensor] = " if operator == "list" and not line.step.operands else f"{name} = "
        if name in self.assigned:
            start = f"{name} = "
        self.assigned |= {name}
        return [statement(start, self.rendering.step(line.step)[0], indent)]

    def appended(self, name: str, items: Sequence[Any], indent: int) -> list[str]:
        """`skips.append(h)`, of a list that nothing else reads as it was."""
        nodes = [self.rendering.operand(item) for item in items]
        text = call(f"{name}.append", *nodes) if len(nodes) == 1 else call(f"{name}.extend", list_of(*nodes))
        return [statement("", text, indent)]

    def number(self, name: str, step: Any, indent: int) -> str:
        """What begins as a number, and goes on as a tensor."""
        text = flat(self.rendering.step(step)[0])
        declared = ": Any" if name not in self.sums else ""
        self.sums.add(name)
        return f"{' ' * indent}{name}{declared} = {text}"

    def effect(self, line: Line, indent: int) -> list[str]:
        """A step whose result nobody needs: a module may still count, a pure expression is left out."""
        if not isinstance(line.step, (Apply, Call)):
            return []
        return [statement("", self.rendering.step(line.step)[0], indent)]

    def target(self, target: Any, outer: bool = False) -> str:
        if isinstance(target, tuple):
            text = ", ".join(self.target(item) for item in target) + ("," if len(target) == 1 else "")
            return text if outer and len(target) > 1 else f"({text})"
        if target is None or target.number not in self.needed:
            return "_"
        return self.naming.names[target.number]

    def turn(self, turn: Turn, indent: int) -> list[str]:
        """A loop, around it what its rounds hand on."""
        if turn.fresh and self.is_one(turn):
            return self.comprehension(turn, indent)
        begun = [*self.about(turn.step.site, indent), *self.iterators(turn, indent)]
        flows = [flow for flow in turn.step.flows if flow.target.number in self.needed]
        first = self.copies([(flow.target, flow.start) for flow in flows], indent)
        ends = self.copies([(flow.target, flow.end) for flow in flows], indent + 4)
        if inner := gone_through(turn):
            return [*begun, *first, *self.turn(inner, indent), *ends]
        body = [*self.lines(turn.body, indent + 4), *ends]
        if not body:
            return first
        text = "\n".join(body)
        return [*begun, *first, head(turn.step, self.rendering.names(), indent, text, self.lists(turn)), *body]

    def lists(self, turn: Turn) -> list[tuple[str, str]]:
        """What a loop goes through, by the names of what each round takes."""
        found = [(self.modules[path.name], self.listed(path)) for path in taken_by(turn.step)]
        return [*found, *((self.target(take.target), self.part(take)) for take in turn.step.takes)]

    def is_one(self, turn: Turn) -> bool:
        """Whether a list that a loop fills has one name from its beginning on."""
        flow = turn.step.flows[0]
        values = (flow.start, flow.target, flow.end)
        return flow.target.number in self.needed and len({self.naming.names.get(value.number) for value in values}) == 1

    def comprehension(self, turn: Turn, indent: int) -> list[str]:
        """A loop that fills a list, in brackets."""
        (line,) = turn.body.lines
        step: Any = line.step  # type: ignore[union-attr]
        comments = [*self.about(turn.step.site, indent), *self.above([step], indent)]
        item = self.rendering.operand(step.operands[1])
        loop = bracketed_clause(turn.step, self.rendering.names(), flat(item), self.lists(turn))
        node = Brackets("[", (item, loop), "]", packed=False, separator=" ")
        if self.first:
            inner = replace(node, opening="(", closing=")")
            node = list_of(*map(self.rendering.operand, self.first), Prefixed("*", inner))
        self.first = []
        name = self.target(turn.step.flows[0].target)
        self.assigned |= {name}
        return [*comments, statement(f"{name} = ", node, indent)]

    def iterators(self, turn: Turn, indent: int) -> list[str]:
        """Those that give the modules which rounds do not take one by one, before the outermost loop."""
        fresh = [path for path, _ in nexts_in(turn.step.body) if not path.each and path.name not in self.begun]
        found = {path.name: f"iter({self.listed(path)})" for path in fresh}
        self.begun |= found.keys()
        return [f"{' ' * indent}{self.modules[name]} = {text}" for name, text in found.items()]

    @staticmethod
    def listed(path: Next) -> str:
        """The list, or what is left of it."""
        if path.named:
            return f"{member(path.name)}.values()"
        return member(path.name) + (f"[{path.start}:]" if path.start else "")

    def part(self, take: Take) -> str:
        """What a loop goes through of a list."""
        text = f"{self.rendering.variable(take.source)}{take.view}"
        return f"reversed({text[:-6]})" if text.endswith("[::-1]") else text

    def copies(self, pairs: list[tuple[Value, Value]], indent: int) -> list[str]:
        """Variables that get other variables' values, all at once."""
        named = [(self.naming.names[target.number], self.rendering.variable(source)) for target, source in pairs]
        changed = [(target, source) for target, source in dict.fromkeys(named) if target != source]
        lists = {self.naming.names[target.number] for target, _ in pairs if isinstance(target.type, Kinds)}
        changed = [(target, f"[*{source}]" if target in lists else source) for target, source in changed]
        if not changed:
            return []
        targets, sources = zip(*changed, strict=True)
        return [f"{' ' * indent}{', '.join(targets)} = {', '.join(sources)}"]

    # If

    def fork(self, fork: Fork, indent: int) -> list[str]:
        return [*self.about(fork.site, indent), *self.decided(fork, indent)]

    def decided(self, fork: Fork, indent: int) -> list[str]:
        in_chain = self.in_chain
        then = self.arm(fork, fork.then, True, indent)
        is_raised = id(fork.otherwise) in self.arms.raised and not returns(fork.then)
        is_chain = is_raised or re.fullmatch(SETS, "\n".join(then)) is not None
        self.in_chain = is_chain and len(fork.otherwise.lines) == 1
        otherwise = self.arm(fork, fork.otherwise, False, indent)
        self.in_chain = False
        if then == otherwise:
            self.arms.laid(fork.otherwise, otherwise, indent)
            return self.arms.laid(fork.then, then, indent)
        if not then:
            head = self.head(turned(negated(self.condition(fork))), indent)
            return self.arms.alone(head, fork.otherwise, otherwise, indent)
        if otherwise and not in_chain and (short := self.ternary(fork, then, otherwise, indent)):
            return [short]
        head = self.head(self.condition(fork), indent)
        if not otherwise:
            return self.arms.alone(head, fork.then, then, indent)
        if returns(fork.then):
            return [head, *then, *self.arms.laid(fork.otherwise, otherwise, indent)]
        return [head, *then, *self.arms.other(fork.otherwise, otherwise, indent)]

    def ternary(self, fork: Fork, then: list[str], otherwise: list[str], indent: int) -> str | None:
        """One line for two arms that set the same variable, where it fits."""
        first, second = (re.fullmatch(SETS, "\n".join(arm)) for arm in (then, otherwise))
        if (
            first is None
            or second is None
            or first[1] != second[1]
            or TERNARY in (level_of(first[2]), level_of(second[2]))
        ):
            return None
        line = f"{' ' * indent}{first[1]} = {first[2]} if {self.condition(fork)} else {second[2]}"
        return line if len(line) <= WIDTH else None

    def head(self, condition: str, indent: int) -> str:
        return statement("if ", condition, indent, ":")

    def condition(self, fork: Fork) -> str:
        text = fork.condition
        return flat(self.rendering.operand(text)) if isinstance(text, Known) else str(text)

    def arm(self, fork: Fork, block: Block, way: bool, indent: int) -> list[str]:
        indent = self.arms.inside(block, indent)
        shapes, self.shapes = self.shapes, {}
        lines = self.lines(block, indent)
        self.shapes = shapes
        if block.result:
            return lines
        joins = [join for join in fork.joins if join.target.number in self.needed]
        return [*lines, *self.copies([(j.target, j.then if way else j.otherwise) for j in joins], indent)]

    # Return

    def returned(self, result: Result, indent: int) -> str:
        node = self.result(result)
        if result.kind == "tuple" and isinstance(node, Brackets) and len(node.items) > 1:
            bare = ", ".join(map(flat, node.items))
            if fits(bare, indent, len("return ")):
                return f"{' ' * indent}return {bare}"
        return statement("return ", node, indent)

    def result(self, result: Result) -> Node:
        items = [(name, self.rendering.operand(item)) for name, item in result.items]
        if result.kind == "one":
            return items[0][1]
        if result.kind == "tuple":
            return tuple_of(*(node for _, node in items))
        if result.kind == "named":
            return call(self.output, *(keyword(name or "", node) for name, node in items))
        pairs = tuple(Prefixed(f"{quoted(name or '')}: ", node) for name, node in items)
        return Brackets("{", pairs, "}", packed=False)


def gone_through(turn: Turn) -> Turn | None:
    """The loop over lists that is all that the rounds do, if it goes through all of them: it stands for both."""
    inner = turn.body.lines[0] if len(turn.body.lines) == 1 else None
    return inner if isinstance(inner, Turn) and (taken_by(inner.step) or gone_through(inner)) else None


def returned_at_once(line: str, text: str) -> str | None:
    """One line for what sets a variable and what returns that, where it fits."""
    sets = re.fullmatch(SETS, line)
    if sets is None or text != f"{' ' * sets.start(1)}return {sets[1]}":
        return None
    short = f"{' ' * sets.start(1)}return {sets[2]}"
    return short if len(short) <= WIDTH else None


def results_in(block: Block) -> Iterator[Result]:
    """Every result that the block may return, in order."""
    for line in block.lines:
        if isinstance(line, Turn):
            yield from results_in(line.body)
        elif isinstance(line, Fork):
            yield from results_in(line.then)
            yield from results_in(line.otherwise)
    if block.result:
        yield block.result
