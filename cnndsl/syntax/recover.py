"""Goes on after text that the grammar does not take, so that one run tells every faulty statement, each once.

The statement becomes a node of its own, `faulty`, and the machine walks on behind it: where the statement ends says
skip.py. An item keyword at the start of a line closes every open brace. The grammar stays the one grammar: what is put
on the machine's stack are nodes and tokens that its table takes there.
"""

from __future__ import annotations

import re

from ..problems import CnnError, Problem
from ..source import Source, Span
from ..typed import Any
from .lalr import Machine, Node, Refused, Token
from .refusals import refused, unclosed, unclosed_at
from .skip import Skipper, item_at
from .table import table

STARTS = ("do", "led", "init_rule", "definition")  # what a faulty statement or item is taken for
LISTS = frozenset({"_items", "_open", "_closed", "_init_entries"})
BODIED = frozenset({"definition", "def"})  # items that end in a brace: what follows on their line is another mistake
IF = re.compile(r"\s*(if|elif|else)\b[^{]*:\s*(#.*)?$")
ELSE = re.compile(r"\s*(elif|else)\b[^{\n]*:")
MOST = 25  # problems told of one file
COUNTED = 1000  # problems counted beyond these
HEAD = re.compile(r"(?P<kind>[a-z]+)[ \t]+(?P<name>[A-Za-z_]\w*)[^\n{]*\{(?=[ \t]*(?:#|\r?\n))")


class TooMany(Exception):
    """There is no point in reading on."""


class Recovery:
    """One walk over a file. `problems` are told; `untold` counts those that are too many to be told."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.machine = Machine(table(), "start")
        self.problems: list[Problem] = []
        self.untold = 0
        self.headless: set[int] = set()  # where the names of definitions stand whose heads are faulty
        self.place = 0

    def parse(self) -> Node:
        """The parse tree with its faulty nodes; raises TooMany."""
        while True:
            try:
                self.machine.walk(self.text, self.place)
                return self.machine.finish(len(self.text))
            except Refused as error:
                self.go_on(error)

    def tell(self, problem: Problem) -> None:
        """One mistake, one message: a bracket may be missed at several places."""
        if any(told.code == problem.code and told.span == problem.span for told in self.problems):
            return
        if self.is_other_way(problem):
            return
        if len(self.problems) < MOST:
            self.problems.append(problem)
            return
        self.untold += 1
        if self.untold > COUNTED:
            raise TooMany

    def is_other_way(self, problem: Problem) -> bool:
        """Whether this is the `else:` of an `if flag:` that is told."""
        before = self.problems[-1].span if self.problems else None
        if before is None or problem.span is None or not ELSE.match(self.text, problem.span.start):
            return False
        return IF.match(self.source.line(before.line)) is not None

    def go_on(self, error: Refused) -> None:
        """Set the machine right after a refusal, and find the place from where it can walk on."""
        at = min(error.start, len(self.text))
        item = item_at(self.text, at)
        if self.braces() and (at == len(self.text) or (item is not None and self.closes(item))):
            self.close_all(at if item is None else item)
            return
        self.settle()
        start = self.statement_start(at)
        skipper = Skipper(self.text, start, self.item_column(start), not self.braces())
        opener = skipper.broken_off(at)
        if opener is not None:
            self.tell(unclosed_at(Span(self.source, opener, opener + 1), Span(self.source, at, at + error.length)))
        elif (end := skipper.line_end(at)) is not None:
            self.tell(refused(self.source, end, Refused(end, 1, error.expected), start))
        else:
            self.tell(problem := refused(self.source, at, error, start, item))
            if problem.code == "unclosed-string":
                skipper.skip_string(at)
        if not self.take_head(start, at):
            self.place = max(skipper.end(), min(self.place + 1, len(self.text)))
            self.put(start, self.place)

    # Where things begin

    def braces(self) -> bool:
        """Whether a brace is open."""
        tokens = [value.type for value in self.machine.values if isinstance(value, Token)]
        return tokens.count("LBRACE") > tokens.count("RBRACE")

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

    def item_column(self, start: int) -> int:
        """The column in which the item at hand begins: one that begins there, or left of it, ends it."""
        values = self.machine.values
        frame = self.frame("definition")
        first = start_of(values[frame]) if frame < len(values) else start
        line = self.text[self.text.rfind("\n", 0, first) + 1 : first]
        return 0 if line.strip() else len(line)

    def closes(self, item: int) -> bool:
        return item - self.text.rfind("\n", 0, item) - 1 <= self.item_column(item)

    # What is put on the stack

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
        if found := self.finished():
            if is_replaced(found):
                found.children[-1] = node
            return
        self.drop(self.frame(*STARTS))
        states = self.machine.states
        symbol = next(symbol for symbol in STARTS if symbol in states[-1].actions)
        self.machine.values.append(node)
        states.append(self.machine.table.state(states[-1].actions[symbol]))

    def drop(self, frame: int) -> None:
        del self.machine.values[frame:], self.machine.states[frame + 1 :]

    def take_head(self, start: int, at: int) -> bool:
        """Where only the head of a definition is faulty, its body is read for mistakes of its own."""
        found = None if self.braces() or self.finished() else HEAD.match(self.text, start)
        kind = kind_meant(found["kind"]) if found else None
        if not found or not kind or not start <= at <= found.end():
            return False
        self.drop(self.frame(*STARTS))
        self.feed(kind.upper(), start, kind)
        self.feed("NAME", found.start("name"), found["name"])
        self.feed("LPAR", at, "(")
        self.feed("RPAR", at, ")")
        self.headless.add(found.start("name"))
        self.place = found.end() - 1
        return True

    def close_all(self, at: int) -> None:
        """Close every open brace, in front of an item or of the end of the file."""
        while start_of(self.machine.values[-1]) >= at:  # the words of the item that were read as names
            self.drop(len(self.machine.values) - 1)
        self.settle()
        start = start_of(self.machine.values[self.frame("definition")])
        opener = unclosed(self.source, self.statement_start(at), at) or unclosed(self.source, start, at, "{")
        self.tell(unclosed_at(opener or Span(self.source, start, start + 1), Span(self.source, at, at)))
        while self.braces():
            self.settle()
            if self.finished():
                self.feed("_NL", at)
                self.settle()
            self.put(self.statement_start(at), at)
            self.feed("RBRACE", at)
        if at < len(self.text):
            self.feed("_NL", at)
        self.place = at

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


def kind_meant(word: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, ("model", "block", "def"), 1, 0.6)), None)


def start_of(value: Any) -> int:
    return int(value.outer_start if isinstance(value, Node) else value.start_pos)


def is_replaced(found: Node) -> bool:
    """Whether what follows makes the last statement faulty; an item that ends in a brace stands by itself."""
    return found.data != "_items" or found.children[-1].data not in BODIED


def faulty(start: int, end: int) -> Node:
    node = Node("faulty", [])
    node.start_pos = node.outer_start = start
    node.end_pos = node.outer_end = end
    node.empty = False
    return node


def recover(source: Source) -> tuple[Node, list[Problem], frozenset[int]]:
    """The parse tree of a file with its faulty statements, the problems, and where the names of those definitions
    stand whose heads are faulty; raises CnnError if there are too many problems to make sense of the file.
    """
    recovery = Recovery(source)
    try:
        node = recovery.parse()
    except TooMany:
        node = None
    problems = recovery.problems
    if node is None or recovery.untold:
        count = f"more than {COUNTED:,}" if node is None else f"{recovery.untold:,}"
        raise CnnError([*problems, Problem("too-many-problems", problems[-1].span, {"count": count})])
    return node, problems, frozenset(recovery.headless)
