"""What is put on the parser's stack where a text is not of the grammar: a node for a faulty statement, tokens that it
lacks. They are such as the machine's table takes there. Where a statement ends, and what is told, says recover.py.
"""

from __future__ import annotations

from ..typed import Any, Iterator
from .lalr import Machine, Node, Refused, Token
from .skip import DECLARES, GOES_ON, bodies_of
from .table import table

STARTS = ("do", "led", "init_rule", "definition")  # what a faulty statement or item is taken for
CONTEXT: dict[str, tuple[str, ...]] = {  # what stands in front of one in a text of its own
    "do": ("MODEL", "NAME", "LBRACE"),
    "led": ("MODEL", "NAME", "LBRACE"),
    "init_rule": ("MODEL", "NAME", "LBRACE", "INIT", "LBRACE"),
    "definition": (),
}
LISTS = frozenset({"_items", "_open", "_closed", "_init_entries"})
BODIED = frozenset({"definition", "def"})  # items that end in a brace: what follows on their line is another mistake
NOTHING = "\0"  # stands for a brace that closes or opens nothing


class Mending:
    """A machine that is set right where it refuses. `text` is the source's, but for some signs."""

    text: str
    machine: Machine
    place: int

    def mask(self, *places: int) -> None:
        """Let the braces at these places be nothing that could be read."""
        bounds = zip((0, *(at + 1 for at in places)), (*places, len(self.text)), strict=True)
        self.text = NOTHING.join(self.text[start:end] for start, end in bounds)

    def braces(self) -> bool:
        """Whether a brace is open."""
        tokens = [value.type for value in self.machine.values if isinstance(value, Token)]
        return tokens.count("LBRACE") > tokens.count("RBRACE")

    def open_braces(self) -> list[int]:
        found: list[int] = []
        for token in self.machine.values:
            kind = getattr(token, "type", "")
            if kind == "LBRACE":
                found.append(token.start_pos)
            elif kind == "RBRACE":
                found.pop()
        return found

    def symbol(self, frame: int) -> str:
        return next((symbol for symbol in STARTS if symbol in self.machine.states[frame].actions), "definition")

    def frame(self, *starts: str) -> int:
        """The place on the stack of the innermost state in which one of these may begin."""
        states = self.machine.states
        return next((at for at in reversed(range(len(states))) if any(s in states[at].actions for s in starts)), 0)

    def statement_start(self, at: int) -> int:
        """Where the statement, or item, begins that is refused at a place."""
        values = self.machine.values
        if found := self.finished():
            return start_of(found.children[-1]) if is_replaced(found) else at
        frame = self.frame(*STARTS)
        return start_of(values[frame]) if frame < len(values) else at

    def settle(self) -> None:
        """Let a body be one that has ended, and a statement, or the gap between two, where it may have."""
        machine = self.machine
        top = machine.values[-1] if machine.values else None
        kind = getattr(top, "type", "") or getattr(top, "data", "")
        if kind == "RBRACE":
            ended = next((action for action in machine.states[-1].actions.values() if action < 0), 0)
            if ended:
                machine.reduce(machine.table.rule(ended))
        is_gap = kind in ("_NL", "SEMICOLON") or kind.startswith("__seps")
        self.reduce_before(*(("NAME", "MODEL") if is_gap else ("_NL",)))

    def reduce_before(self, *names: str) -> None:
        """All that would be reduced if one of these terminals came, the first that may."""
        machine = self.machine
        for name in names:
            if machine.accepts(machine.states, name):
                while (action := machine.states[-1].actions[name]) < 0:
                    machine.reduce(machine.table.rule(action))
                return

    def finished(self) -> Node | None:
        """The list whose last statement has just ended."""
        top = self.machine.values[-1] if self.machine.values else None
        return top if isinstance(top, Node) and top.data in LISTS else None

    def put(self, start: int, end: int) -> None:
        """A faulty node for the statement at hand."""
        node = faulty(start, max(start, end))
        node.children += self.bodies(start, end)
        if found := self.finished():
            if is_replaced(found):
                found.children[-1] = node
            if is_replaced(found) or "\n" not in self.text[len(self.text[:start].rstrip()) : start]:
                return
            self.feed("_NL", start)  # an item of its own, behind one that ends in a brace
            self.settle()
        self.drop(self.frame(*STARTS))
        states = self.machine.states
        is_declared = "input" in states[-1].actions and DECLARES.match(self.text, start)
        symbol = "input" if is_declared else self.symbol(len(states) - 1)
        self.machine.values.append(node)
        states.append(self.machine.table.state(states[-1].actions[symbol]))

    def bodies(self, start: int, end: int) -> Iterator[Node]:
        """The bodies of a statement with a faulty head; one that cannot be read itself is left out."""
        for opener, closer in bodies_of(self.text, start, end):
            machine = primed(CONTEXT["do"], opener)
            try:
                machine.walk(self.text, opener + 1, closer + 1)
                yield machine.finish(closer + 1).children[0].children[-1]
            except Refused:
                continue

    def drop(self, frame: int) -> None:
        del self.machine.values[frame:], self.machine.states[frame + 1 :]

    def drop_item(self, start: int, last: Node | None) -> None:
        """Forget what was read of the item at hand; it may be complete, at the end of a list."""
        if last is None:
            self.drop(self.frame(*STARTS))
        elif len(last.children) > 1:
            last.children.pop()
            self.feed("_NL", start)
        else:
            self.drop(len(self.machine.values) - 1)

    def write_out(self, start: int, end: int, at: int, is_pipeline: bool) -> None:
        """Read `y += x`, whose name and `=` are at these places, as `y = y + x`; of a pipeline only what is added."""
        self.drop(self.frame(*STARTS))
        self.place = at + 1
        if not is_pipeline:
            self.machine.walk(self.text, start, end)
            self.feed("_EQUAL", at, "=")
            self.machine.walk(self.text, start, at)

    def end_line(self) -> None:
        """A new line, where one may stand."""
        if self.machine.accepts(self.machine.states, "_NL") and not GOES_ON.match(self.text, self.place):
            self.feed("_NL", self.place)

    def close_one(self, at: int) -> None:
        """Close the innermost brace; what may be missing in front of it is faulty."""
        self.settle()
        if self.finished():
            self.feed("_NL", at)
            self.settle()
        innermost = self.open_braces()[-1]
        self.put(self.statement_start(at), at)
        if innermost in self.open_braces():  # it is one of a body, and not of the statement
            self.feed("RBRACE", at)

    def feed(self, name: str, at: int, text: str = "") -> None:
        """A token that the text lacks."""
        token = Token(text)
        token.type, token.start_pos, token.end_pos = name, at, at + len(text)
        try:
            self.machine.step(name, token)
        except Refused:
            self.settle()
            self.put(self.statement_start(at), at)
            self.machine.step(name, token)


def primed(names: tuple[str, ...], at: int) -> Machine:
    """A machine that has read these tokens."""
    machine = Machine(table(), "start")
    for name in names:
        token = Token("x")
        token.type, token.start_pos, token.end_pos = name, at, at
        machine.step(name, token)
    return machine


def start_of(value: Any) -> int:
    return int(value.outer_start if isinstance(value, Node) else value.start_pos)


def is_replaced(found: Node) -> bool:
    """Whether what follows makes the last statement faulty; an item that ends in a brace stands by itself."""
    return found.data != "_items" or found.children[-1].data not in BODIED


def faulty(start: int, end: int) -> Node:
    """The node of what cannot be read; its children are the bodies in it that can."""
    node = Node("faulty", [])
    node.start_pos = node.outer_start = start
    node.end_pos = node.outer_end = end
    node.empty = False
    return node
