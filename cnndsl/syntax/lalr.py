"""Walks the grammar's table over a text: the parse tree, or where and why there is none.

Does what Lark's contextual LALR parser does with the grammar, token by token and position by position
(tests/test_table.py holds the two against each other), without the time it takes to load Lark.
"""

from __future__ import annotations

from ..typed import Any, Sequence
from .table import Rule, State, Table, table


class Token(str):
    """A piece of text of one terminal."""

    __slots__ = ("end_pos", "start_pos", "type")
    empty = False
    type: str
    start_pos: int
    end_pos: int


class Node:
    """What a rule made of its children. `outer_` positions include brackets that later rules put around it.

    `sound`, of a definition in which nothing is wrong: how deep it may be (build.py).
    """

    __slots__ = ("children", "data", "empty", "end_pos", "outer_end", "outer_start", "sound", "start_pos")

    def __init__(self, data: str, children: list[Any]) -> None:
        self.data = data
        self.children = children
        self.empty = True
        self.start_pos = self.end_pos = self.outer_start = self.outer_end = 0


class Refused(Exception):
    """The text is not of the grammar: at `start`, a token of `length` stands where only `expected` could."""

    def __init__(self, start: int, length: int, expected: frozenset[str], at_end: bool = False) -> None:
        super().__init__(start)
        self.start = start
        self.length = length
        self.expected = expected
        self.at_end = at_end


def parse(text: str, start: str) -> Node:
    """The parse tree; raises Refused."""
    machine = Machine(table(), start)
    machine.walk(text, 0)
    return machine.finish(len(text))


class Machine:
    """The two stacks of an LALR parser, and what moves them."""

    def __init__(self, table: Table, start: str) -> None:
        self.table = table
        self.states = [table.state(table.starts[start])]
        self.values: list[Any] = []

    def walk(self, text: str, place: int, end: int | None = None) -> int:
        """Read a text from a place to its end, or to the first token that ends at `end` or behind it; the place that is
        reached. Raises Refused, and can then be set right and walk on."""
        step, states, size = self.step, self.states, len(text) if end is None else end
        while place < size:
            state = states[-1]
            character = text[place]
            for word, rest, name in state.candidates.get(character) or self.table.candidates(state, character):
                if text.startswith(word, place):
                    end = place + len(word)
                    if rest:
                        found = rest(text, end)
                        if not found:
                            continue
                        end = found.end()
                    if name:
                        token = Token(text[place:end])
                        token.type, token.start_pos, token.end_pos = name, place, end
                        step(name, token)
                    place = end
                    break
            else:
                raise self.unreadable(text, place)
        return place

    def step(self, name: str, token: Token) -> None:
        """Reduce what ends before a token, then shift it."""
        states, rules, links = self.states, self.table.rules, self.table.links
        action = states[-1].actions.get(name)
        while action is not None and action < 0:
            rule = rules.get(action) or self.table.rule(action)
            if rule.is_link:
                key = states[-2], states[-1], name
                states[-1], action = links.get(key) or self.table.linked(*key)
            else:
                self.reduce(rule)
                action = states[-1].actions.get(name)
        if action is None:
            raise Refused(token.start_pos, len(token.split("\n")[0].rstrip()), self.acceptable())
        states.append(self.table.states[action] or self.table.state(action))
        self.values.append(token)

    def finish(self, size: int) -> Node:
        """Reduce to the start rule at the end of the text."""
        states, links = self.states, self.table.links
        while len(self.values) != 1 or not self.is_done():
            action = states[-1].actions.get("$END")
            if action is None:
                raise Refused(size, 0, self.acceptable(), at_end=True)
            if (rule := self.table.rule(action)).is_link:
                key = states[-2], states[-1], "$END"
                states[-1], _ = links.get(key) or self.table.linked(*key)
            else:
                self.reduce(rule)
        done: Node = self.values[0]
        return done

    def is_done(self) -> bool:
        return isinstance(self.values[0], Node) and self.values[0].data in self.table.starts

    def reduce(self, rule: Rule) -> None:
        states, values, size = self.states, self.values, rule.size
        if size == 1:
            values[-1] = made(rule, values[-1:])
            target = states[-2].actions[rule.origin]
            states[-1] = self.table.states[target] or self.table.state(target)
            return
        symbols = values[-size:] if size else []
        if size:
            del values[-size:], states[-size:]
        values.append(made(rule, symbols))
        target = states[-1].actions[rule.origin]
        states.append(self.table.states[target] or self.table.state(target))

    def acceptable(self) -> frozenset[str]:
        """The terminals that could come now, once all that they would reduce is reduced."""
        expected = self.states[-1].expected
        numbers = list(self.states)
        return frozenset(name for name in expected if self.accepts(numbers, name)) or expected

    def accepts(self, states: list[State], name: str) -> bool:
        """Whether a terminal would be shifted; at the end of the text, whether the start rule would be reached."""
        states = list(states)
        while True:
            action = states[-1].actions.get(name)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = self.table.rule(action)
            del states[len(states) - rule.size :]
            if name == "$END" and len(states) == 1 and rule.origin in self.table.starts:
                return True
            states.append(self.table.state(states[-1].actions[rule.origin]))

    def unreadable(self, text: str, place: int) -> Refused:
        """What to say where no terminal that may come next matches: another may, or none does."""
        state = self.states[-1]
        for terminal in self.table.terminals:
            end = terminal.end(text, place)
            if end is not None:
                return Refused(place, len(text[place:end].split("\n")[0].rstrip()), self.acceptable())
        return Refused(place, 1, state.expected - {"$END"})


def made(rule: Rule, symbols: list[Any]) -> Any:
    """The node of a rule, or the single child that stands for it, with the positions of all its symbols."""
    children = symbols if rule.plain else chosen(rule, symbols)
    node = children[0] if rule.expands and len(children) == 1 else Node(rule.name, children)
    if symbols and node.__class__ is Node:
        place(node, symbols)
    return node


def chosen(rule: Rule, symbols: list[Any]) -> list[Any]:
    children: list[Any] = []
    for at, is_spliced in rule.kept:
        symbol = symbols[at]
        if not is_spliced:
            children.append(symbol)
        elif children:
            children += symbol.children
        else:  # the list grows in place: a long body is not copied at each of its statements
            children = symbol.children
    return children


def place(node: Node, symbols: Sequence[Any]) -> None:
    """Give a node the extent of its symbols; one that has its own keeps that, and takes the outer one."""
    first, last = symbols[0], symbols[-1]
    if first.empty or last.empty:
        solid = [symbol for symbol in symbols if not symbol.empty]
        if not solid:
            return
        first, last = solid[0], solid[-1]
    start = first.start_pos if first.__class__ is Token else first.outer_start
    end = last.end_pos if last.__class__ is Token else last.outer_end
    if node.empty:
        node.start_pos, node.end_pos, node.empty = start, end, False
    node.outer_start, node.outer_end = start, end
