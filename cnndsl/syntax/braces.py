"""Which braces of a text have no partner, told by how its lines are indented. For texts that cannot be read only.

Indentation means nothing in the language; of a text whose braces do not come out even it is the best witness of what
its author meant. Where it does not explain just what is missing, it is not asked.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..records import dataclass
from ..typed import Iterator
from .brackets import BRACKET
from .skip import ITEM, LIKE_ITEM, column_of

LINE = re.compile(r"^([ \t]*)(?![ \t\r\n#])", re.MULTILINE)
GOES_ON = re.compile(r"}|[)\]](?![ \t]*(?:#|\r?\n|\Z))|->|else\b")  # what goes on with what is open
IN_HEAD = re.compile(  # `block { = {`, `model Net { (width=8) {`
    r"^[ \t]*(?:model|block|def)[ \t]+(?:\w+[ \t]*(?=\{[ \t]*\([^{}\n]*\)[ \t]*\{))?(\{)[^{}\n]*\{", re.MULTILINE
)
LONG = 1000  # characters of a line that is looked across
EMPTY = re.compile(r"[^\n\"'#{}]*\{[ \t]*(\})")
PAIRS = {"(": ")", "[": "]"}
MANY = 3  # braces of one item without a partner; where there are more, the lines are no witness


@dataclass(frozen=True)
class Unpaired:
    """`strays`: closing braces that close nothing. `heads`: for the beginning of a line whose opening brace is missing
    the stray one that would close it. `breaks`: for an opening brace the end of the line after which it should have
    been closed, None for the end of its item. `lost`: opening braces that their own lines show to open nothing,
    `crossing`: closing ones that these show to close nothing."""

    strays: set[int]
    heads: dict[int, int]
    breaks: dict[int, int | None]
    lost: set[int]
    crossing: set[int]


def unpaired(text: str) -> Unpaired:
    found = Unpaired(set(), {}, {}, set(), set())
    heads = {match.start(1) for match in IN_HEAD.finditer(text)}
    for start, end in segments(text):
        one = Item(text, start, end, heads)
        found.lost.update(one.lost)
        found.crossing.update(one.crossing)
        if 0 < one.excess == len(one.strays) <= MANY and not one.breaks:
            found.strays.update(one.strays)
            found.heads.update((head, stray) for stray, head in one.strays.items() if head is not None)
        elif 0 < -one.excess == len(one.breaks) + len(one.open) <= MANY and not one.strays:
            found.breaks.update(one.breaks)
            found.breaks.update((opener, None) for opener, _ in one.open)
    return found


def segments(text: str) -> Iterator[tuple[int, int]]:
    """From item to item, as far as their keywords can be read."""
    starts = [at for match in LINE.finditer(text) if ITEM.match(text, at := match.end())]
    column = min((column_of(text, at) for at in starts), default=0)
    places = [0, *(at for at in starts if at and column_of(text, at) == column), len(text)]
    yield from pairwise(places)


class Item:
    """The braces of a stretch of text, paired by indentation."""

    def __init__(self, text: str, start: int, end: int, in_heads: set[int]) -> None:
        self.text = text
        self.strays: dict[int, int | None] = {}  # each with the line that it would close
        self.breaks: dict[int, int] = {}
        self.open: list[tuple[int, int]] = []  # those that the end leaves open, each with the indentation of its line
        self.heads: dict[int, int] = {}  # by indentation, the last line that begins so
        self.excess = 0
        self.lost = {at for at in in_heads if start <= at < end}
        self.crossing: set[int] = set()  # closing braces inside of brackets of their line: `Dropout( } 0.5)`
        line = text.rfind("\n", 0, start) + 1
        while line < end:
            line_end = text.find("\n", line) + 1 or len(text)
            self.look(max(line, start), min(line_end, end))
            line = line_end

    def look(self, start: int, end: int) -> None:
        begin = LINE.match(self.text, self.text.rfind("\n", 0, start) + 1)
        if begin is None:
            return
        first, column = begin.end(), indentation(begin[1])
        goes_on = GOES_ON.match(self.text, first)
        while self.open and (self.open[-1][1] > column or (self.open[-1][1] == column and not goes_on)):
            if len(self.open) == 1 and not goes_on and not LIKE_ITEM.match(self.text, first):
                break  # a statement of the item, whatever its indentation
            self.breaks[self.open.pop()[0]] = max(begin.start() - 1, 0)
        self.look_across(start, end)
        for match in BRACKET.finditer(self.text, start, end):
            if match.start() in self.lost or match.start() in self.crossing:
                continue
            if match[0] == "{":
                self.open.append((match.start(), column))
                self.excess -= 1
            elif match[0] == "}":
                self.excess += 1
                self.close(match.start(), begin.start(), column, match.start() == first)
        if not goes_on:
            self.heads = {c: at for c, at in self.heads.items() if c < column} | {column: begin.start()}

    def look_across(self, start: int, end: int) -> None:
        """Braces that cross the other brackets of their line: `f( } x)` closes nothing, `f(g: { x)` opens nothing."""
        signs = [match for match in BRACKET.finditer(self.text, start, min(end, start + LONG)) if match[0] in "()[]{}"]
        inner: list[re.Match[str]] = []
        for place, sign in enumerate(signs):
            top = inner[-1][0] if inner else ""
            if sign[0] in "([{":
                inner.append(sign)
            elif sign[0] == "}" and top and top in "([" and closes(signs[place + 1 :], top):
                self.crossing.add(sign.start())
            elif sign[0] in ")]" and top == "{":
                self.drop(inner, sign[0], {other[0] for other in signs[place + 1 :]})
            elif top:
                inner.pop()

    def drop(self, inner: list[re.Match[str]], closer: str, behind: set[str]) -> None:
        """Take the innermost brace for lost that a bracket seems to close; `behind` are the signs that follow."""
        if "}" not in behind and len(inner) > 1 and PAIRS.get(inner[-2][0]) == closer:
            self.lost.add(inner.pop().start())
            inner.pop()
        elif "}" not in behind and "{" in behind and closer == ")" and all(one[0] != "(" for one in inner):
            self.lost.add(inner.pop().start())  # `range { 4) {`

    def close(self, at: int, line: int, column: int, is_first: bool) -> None:
        is_own = bool(self.open) and (self.open[-1][1] == column if is_first else self.open[-1][0] >= line)
        if is_own:
            self.open.pop()
            return
        head = self.heads.get(column) if is_first else None
        empty = EMPTY.match(self.text, line if head is None else head)
        if empty and empty.start(1) not in self.crossing:  # `model Net { }`, and what was to stand in it
            self.crossing.add(empty.start(1))
            self.excess -= 1
        else:
            self.strays[at] = head


def closes(signs: list[re.Match[str]], opener: str) -> bool:
    """Whether the first of these that closes nothing among them would close this one."""
    depth = 0
    for sign in signs:
        depth += 1 if sign[0] in "([{" else -1
        if depth < 0:
            return sign[0] == PAIRS[opener]
    return False


def indentation(space: str) -> int:
    """How far a line is indented; a single space is what is left of a sign that stood there."""
    return len(space) if "\t" in space else len(space) // 2 * 2
