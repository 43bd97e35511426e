"""The grammar's table, as export.py wrote it: states, rules and terminals, each read when it is first used.

Knows what may come next in a state; the machine that walks from state to state is lalr.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import takewhile

from .grammar import content, fingerprint, grammar_text, table_path

Match = Callable[[str, int], "re.Match[str] | None"]
ASCII = 128  # the bit of a terminal's first characters that stands for all others


class Terminal:
    """A kind of token."""

    __slots__ = ("escaped", "first", "ignored", "matcher", "name")

    def __init__(self, line: str) -> None:
        self.name, ignored, first, self.escaped = line.split(" ", 3)
        self.ignored = ignored == "ignored"
        self.first = int(first, 16)
        self.matcher: Match | None = None

    def match(self) -> Match:
        """The `match` of its pattern, which is compiled when a text first needs it."""
        if self.matcher is None:
            self.matcher = matcher(self.escaped.encode().decode("unicode_escape"))
        return self.matcher

    def may_begin(self, character: str) -> bool:
        return bool(self.first >> min(ord(character), ASCII) & 1)


def matcher(pattern: str) -> Match:
    """The `match` of a pattern. That of a keyword is compiled where the word is met: most words never are."""
    word = "".join(takewhile(str.isalpha, pattern))
    if not word or not pattern[len(word) :].startswith(("(?=", "\\b")):
        return re.compile(pattern).match

    def match(text: str, place: int) -> re.Match[str] | None:
        return compiled(pattern)(text, place) if text.startswith(word, place) else None

    return match


@cache
def compiled(pattern: str) -> Match:
    return re.compile(pattern).match


class Rule:
    """What to do when its symbols are read: `kept` are the children, each with whether its own children replace it."""

    __slots__ = ("expands", "is_link", "kept", "name", "origin", "plain", "size")

    def __init__(self, line: str) -> None:
        self.origin, size, name, *kept = line.split(" ")
        self.size = int(size)
        self.expands = name.startswith("?")
        self.name = name.removeprefix("?")
        self.kept = tuple((int(at.rstrip("*")), at.endswith("*")) for at in kept)
        self.plain = kept == [str(at) for at in range(self.size)]  # the symbols are the children
        self.is_link = self.expands and self.plain and self.size == 1  # its symbol stands for it, as it is


class State:
    """`actions`: for a symbol the state to go to, or -1 - the number of the rule to reduce."""

    __slots__ = ("actions", "allowed", "candidates", "expected")

    def __init__(self, line: str, terminals: list[Terminal]) -> None:
        groups = (group.rsplit("=", 1) for group in line.split(" ") if group != "-")
        self.actions = {symbol: int(number) for symbols, number in groups for symbol in symbols.split(",")}
        self.allowed = [terminal for terminal in terminals if terminal.ignored or terminal.name in self.actions]
        self.expected = frozenset(symbol for symbol in self.actions if symbol.isupper())
        self.candidates: dict[str, tuple[tuple[Match, str | None], ...]] = {}

    def beginning(self, character: str) -> tuple[tuple[Match, str | None], ...]:
        """The terminals that may come here and begin so: how to match each and its name, None if it is ignored."""
        terminals = (terminal for terminal in self.allowed if terminal.may_begin(character))
        found = tuple((terminal.match(), None if terminal.ignored else terminal.name) for terminal in terminals)
        self.candidates[character] = found
        return found


class Table:
    def __init__(self, text: str) -> None:
        starts, terminals, rules, states = text.rstrip("\n").split("\n\n")
        self.starts = {name: int(number) for name, number in (line.split(" ") for line in starts.split("\n")[1:])}
        self.terminals = [Terminal(line) for line in terminals.split("\n")]
        self.rule_lines = rules.split("\n")
        self.rules: dict[int, Rule] = {}
        self.lines = states.split("\n")
        self.states: list[State | None] = [None] * len(self.lines)
        self.links: dict[tuple[State, State, str], tuple[State, int | None]] = {}

    def state(self, number: int) -> State:
        found = self.states[number]
        if found is None:
            found = self.states[number] = State(self.lines[number], self.terminals)
        return found

    def rule(self, action: int) -> Rule:
        """The rule that an action reduces, -1 the first of them."""
        found = self.rules.get(action)
        if found is None:
            found = self.rules[action] = Rule(self.rule_lines[-1 - action])
        return found

    def linked(self, below: State, state: State, name: str) -> tuple[State, int | None]:
        """Where a row of links leads before a terminal, above which state: the last state, and what to do there."""
        key = below, state, name
        action = state.actions.get(name)
        while action is not None and action < 0 and (rule := self.rule(action)).is_link:
            state = self.state(below.actions[rule.origin])
            action = state.actions.get(name)
        found = self.links[key] = state, action
        return found


@cache
def table() -> Table:
    """The table beside this file; where that is not of the grammar as it stands, Lark makes the one that is."""
    try:
        text = content(table_path())
    except OSError:
        text = ""
    if not text.startswith(f"cnn-table 1 {fingerprint(grammar_text())}\n"):
        from .export import exported

        text = exported()
    return Table(text)
