"""The grammar's table, as export.py wrote it: states, rules and terminals, each read when it is first used. Where it is
not that of grammar/cnn.lark, inside the package in a wheel and beside it in a checkout, Lark makes the one that is.

Knows what may come next in a state; the machine that walks from state to state is lalr.py.
"""

from __future__ import annotations

from os.path import abspath, dirname, exists, join

from ..lean import cache, cached_property, lru_cache
from ..patterns import re
from ..typed import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from lark import Lark

PRIME = 2**61 - 1
PACKAGE = dirname(dirname(abspath(__file__)))


def grammar_text() -> str:
    """The text of the one grammar."""
    inside = join(PACKAGE, "grammar", "cnn.lark")
    beside = join(dirname(PACKAGE), "grammar", "cnn.lark")
    return content(inside if exists(inside) else beside)


def content(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def table_path() -> str:
    """Where the table of the grammar is kept."""
    return join(PACKAGE, "syntax", "cnn.table")


def fingerprint(text: str) -> str:
    """Tells one grammar from another; a checksum that needs no library, for nothing here is a secret."""
    return f"{len(text)}-{int.from_bytes(text.encode(), 'big') % PRIME:x}"


@lru_cache(maxsize=1)
def lark() -> Lark:
    """The grammar as Lark reads it: what makes the table, and what the tests hold against it."""
    from lark import Lark

    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=["start", "interpolation"],
        propagate_positions=True,
        maybe_placeholders=False,
    )


Match = Callable[[str, int], "re.Match[str] | None"]
Candidate = tuple[str, "Match | None", "str | None"]  # how it begins, what follows, its name if it is not ignored
ASCII = 128  # the bit of characters that stands for all others
compiled = cache(lambda pattern: re.compile(pattern).match)  # many terminals end alike


class Terminal:
    """A kind of token: a word, and a pattern for what follows it; one of them may be empty."""

    def __init__(self, line: str) -> None:
        self.name, ignored, self.word, self.pattern = line.split(" ", 3)
        self.ignored = ignored == "ignored"

    @cached_property
    def candidate(self) -> Candidate:
        """How to match it. What follows a keyword is compiled where the word is met: most words never are."""
        rest = self.rest if len(self.word) > 1 else compiled(self.pattern)
        return self.word, rest if self.pattern else None, None if self.ignored else self.name

    def rest(self, text: str, place: int) -> re.Match[str] | None:
        return compiled(self.pattern)(text, place)

    def end(self, text: str, place: int) -> int | None:
        """Where it ends if it stands at a place."""
        word, rest, _ = self.candidate
        if not text.startswith(word, place):
            return None
        found = rest(text, place + len(word)) if rest else None
        return found.end() if found else None if rest else place + len(word)


NUMBERS = [str(at) for at in range(20)]


class Rule:
    """What to do when its symbols are read: `kept` are the children, each with whether its own children replace it."""

    __slots__ = ("expands", "is_link", "kept", "name", "origin", "plain", "size")

    def __init__(self, line: str) -> None:
        self.origin, count, name, *kept = line.split(" ")
        self.size = size = int(count)
        self.expands = name[0] == "?"
        self.name = name[1:] if self.expands else name
        self.plain = len(kept) == size and kept == NUMBERS[:size]  # the symbols are the children
        if not self.plain:
            self.kept = [(int(at.rstrip("*")), at[-1] == "*") for at in kept]
        self.is_link = size == 1 and self.expands and self.plain  # its symbol stands for it, as it is


class State:
    """`actions`: for a symbol the state to go to, or -1 - the number of the rule to reduce."""

    __slots__ = ("actions", "candidates")

    def __init__(self, line: str) -> None:
        left, _, right = line.partition(" = ")
        symbols = left.split(" ")
        self.actions: dict[str, int]
        if " " in right:
            self.actions = dict(zip(symbols, map(int, right.split(" ")), strict=True))
        else:
            self.actions = dict.fromkeys(symbols, int(right))
        self.candidates: dict[str, tuple[Candidate, ...]] = {}

    @property
    def expected(self) -> frozenset[str]:
        """The terminals that may come."""
        return frozenset(symbol for symbol in self.actions if symbol.isupper())


class Table:
    def __init__(self, text: str) -> None:
        starts, terminals, beginnings, rules, states = text.rstrip("\n").split("\n\n")
        self.starts = {name: int(number) for name, number in (line.split(" ") for line in starts.split("\n")[1:])}
        self.terminals = [Terminal(line) for line in terminals.split("\n")]
        self.beginnings = [(int(bits, 16), numbers) for bits, *numbers in map(str.split, beginnings.split("\n"))]
        self.beginning: dict[str, list[Terminal]] = {}  # of the characters that were met
        self.rule_lines = rules.split("\n")
        self.rules: dict[int, Rule] = {}
        self.lines = states.split("\n")
        self.states: list[State | None] = [None] * len(self.lines)
        self.links: dict[tuple[State, State, str], tuple[State, int | None]] = {}

    def state(self, number: int) -> State:
        found = self.states[number]
        if found is None:
            found = self.states[number] = State(self.lines[number])
        return found

    def able(self, character: str) -> list[Terminal]:
        """The terminals that may begin so."""
        found = self.beginning.get(character)
        if found is None:
            bit = 1 << min(ord(character), ASCII)
            numbers: list[str] = next((numbers for bits, numbers in self.beginnings if bits & bit), [])
            found = self.beginning[character] = [self.terminals[int(number)] for number in numbers]
        return found

    def candidates(self, state: State, character: str) -> tuple[Candidate, ...]:
        """Those of them that may come in a state."""
        able, actions = self.able(character), state.actions
        found = tuple([one.candidate for one in able if one.ignored or one.name in actions])
        state.candidates[character] = found
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
        rules, states, targets = self.rules, self.states, below.actions
        action = state.actions.get(name)
        while action is not None and action < 0 and (rule := rules.get(action) or self.rule(action)).is_link:
            target = targets[rule.origin]
            state = states[target] or self.state(target)
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
    if not text.startswith(f"cnn-table 5 {fingerprint(grammar_text())}\n"):
        from .export import exported

        text = exported()
    return Table(text)
