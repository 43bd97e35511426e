"""The parse tree of a text that is nearly one that was read before: what the change did not touch is not read again.

An item that begins a line is parsed as if it stood alone, whatever stands around it, and so is a statement of a body,
unless it begins with `->`. So the items around a change are taken over; of a definition that has changed inside, so are
its statements, but for those next to the change, which are read with it and must come out where they were: a line may
go on with the one before it. Where anything is not as expected, the whole text is read (tests/test_incremental.py).
"""

from __future__ import annotations

from itertools import takewhile

from ..records import dataclass
from ..typed import Any
from . import lalr
from .lalr import Node, Refused

KEPT = 8  # texts, each the last one under its path
LONGEST = 128_000  # of a text that is kept
kept: dict[str, tuple[str, list[Part]]] = {}


class Moved:
    """A node that stands elsewhere than where it was read, within what holds it: `by` is the difference."""

    __slots__ = ("by", "node")
    data = "moved"

    def __init__(self, node: Any, by: int) -> None:
        self.node = node
        self.by = by


@dataclass(eq=False)
class Part:
    """An item or statement, and its place in the text: as it was read, and `by` how much later."""

    node: Any
    by: int

    @property
    def start(self) -> int:
        return int(self.node.start_pos + self.by)

    @property
    def end(self) -> int:
        return int(self.node.end_pos + self.by)

    def moved(self, by: int) -> Part:
        return Part(self.node, self.by + by)

    def within(self, by: int) -> Any:
        """As a child of what has moved by so much itself."""
        return self.node if self.by == by else Moved(self.node, self.by - by)


def parts(nodes: Any, by: int) -> list[Part]:
    """The items of a file or the statements of a body."""
    found = (node for node in nodes if hasattr(node, "data"))
    return [Part(node.node, by + node.by) if node.__class__ is Moved else Part(node, by) for node in found]


@dataclass(eq=False)
class Change:
    """What became of a text: all up to `before` is as it was, and all from `after` on, which is now `by` later."""

    old: str
    new: str
    before: int
    after: int

    @property
    def by(self) -> int:
        return len(self.new) - len(self.old)


def parse(path: str, text: str) -> Node:
    """The parse tree of a file; raises Refused."""
    last = kept.pop(path, None)
    try:
        items = again(change(last[0], text), last[1]) if last and last[0] != text else last and last[1]
        items = items or parts(lalr.parse(text, "start").children, 0)
        last = (text, items)
    finally:
        if last and len(last[0]) <= LONGEST:
            kept[path] = last
            while len(kept) > KEPT:
                del kept[next(iter(kept))]
    return Node("start", [item.within(0) for item in items])


def change(old: str, new: str) -> Change:
    """The one stretch in which two texts differ."""
    most = min(len(old), len(new))
    before = alike(old, new, most)
    return Change(old, new, before, len(old) - alike(old[:-1:-1], new[:-1:-1], 0) - tail(old, new, most - before))


def alike(old: str, new: str, most: int) -> int:
    """How many characters two texts have in common at their beginning."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if old.startswith(new[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def tail(old: str, new: str, most: int) -> int:
    """How many characters two texts have in common at their end."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if old.endswith(new[len(new) - middle :]):
            low = middle
        else:
            high = middle - 1
    return low


def again(change: Change, items: list[Part]) -> list[Part] | None:
    """The items of the new text from those of the old one; None if they must all be read."""
    old, new = change.old, change.new
    first = sum(1 for _ in takewhile(lambda item: line_end(old, item.start) < change.before, items)) - 1
    starts = ((at, item.start) for at, item in enumerate(items) if item.start >= change.after)
    last = next((at for at, start in starts if begins_line(new, start + change.by)), len(items))
    first = max(first, 0)
    if first >= last:
        return None
    front, back = items[:first], [item.moved(change.by) for item in items[last:]]
    if last - first == 1 and (middle := inside(change, items[first])):
        return [*front, middle, *back]
    start = items[first].start if front else 0
    if front and not begins_line(new, start):
        return None
    end = back[0].start if back else len(new)
    try:
        return [*front, *parts(lalr.parse(new[start:end], "start").children, start), *back]
    except Refused:
        return None


def line_end(text: str, place: int) -> int:
    found = text.find("\n", place)
    return found if found >= 0 else len(text)


def begins_line(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] in "\r\n"


def inside(change: Change, item: Part) -> Part | None:
    """A definition that has changed inside its body; None if it must be read as a whole."""
    if item.node.data != "definition" or not item.start < change.before or change.after > item.end:
        return None
    old, new = parts(item.node.children[-1].children, item.by), change.new
    first = sum(1 for _ in takewhile(lambda part: part.start <= change.before, old)) - 2
    last = next((at for at, part in enumerate(old) if part.start >= change.after), None)
    begin, head = (old[first].start, new[item.start : old[0].start]) if first >= 0 else (item.start, "")
    end, foot = item.end + change.by, ""
    if last is not None:
        foot, end = new[old[-1].end + change.by : end], old[last].end + change.by
    elif first < 0:
        return None
    read = definition(head + new[begin:end] + foot)
    found = parts(read.children[-1].children, begin - len(head)) if read else []
    above = [old[first]] if first >= 0 else []
    below = [old[last].moved(change.by)] if last is not None else []
    if read is None or not fits(found, above, below):
        return None
    rest = [part.moved(change.by) for part in old[last + 1 :]] if last is not None else []
    return joined(read, item, [*old[: max(first, 0)], *found, *rest], item.end + change.by)


def definition(text: str) -> Node | None:
    try:
        found = lalr.parse(text, "start").children
    except Refused:
        return None
    return found[0] if len(found) == 1 and found[0].data == "definition" else None


def fits(found: list[Part], above: list[Part], below: list[Part]) -> bool:
    """Whether the statements beside a change are what they were. One that begins with `->` hangs on what is above."""
    if len(found) < len(above) + len(below):
        return False
    pairs = [*zip(found, above, strict=False), *zip(reversed(found), below, strict=False)]
    return all(seen(a) == seen(b) and a.node.data != "led" for a, b in pairs)


def seen(part: Part) -> tuple[str, int, int]:
    return part.node.data, part.start, part.end


def joined(read: Node, item: Part, statements: list[Part], end: int) -> Part:
    """A definition with other statements than those that it was read with."""
    by = item.start - read.start_pos
    *head, body = read.children
    inner = Node(body.data, [statement.within(by) for statement in statements])
    made = Node(read.data, [*head, inner])
    for node, start in ((inner, body.start_pos), (made, read.start_pos)):
        node.start_pos = node.outer_start = start
        node.end_pos = node.outer_end = end - by
        node.empty = False
    return Part(made, by)
