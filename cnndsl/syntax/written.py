"""What a file's text says and its tree does not: comments, blank lines, and which brackets the author broke.

Knows brackets, strings and comments, no grammar. Places are offsets; a tree without text has none, and says nothing.
"""

from __future__ import annotations

from _bisect import bisect_left

from ..patterns import re
from ..records import dataclass
from ..typed import Any

SCAN = re.compile(r"""(?P<comment>\#[^\n]*) | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | \w+ | \S""", re.X)
BETWEEN = re.compile(r"[ \t\f);,]*")  # what may stand between a thing and the comment at the end of its line
BLANK_LINE = re.compile(r"\n[ \t\f\r;]*\n[ \t\f;]*\Z")


@dataclass(frozen=True)
class Comment:
    start: int
    text: str
    alone: bool  # nothing else stands on its line


class Written:
    """The text of a file, or nothing. Comments are handed out once each, in order."""

    def __init__(self, text: str | None) -> None:
        self.is_known = text is not None
        self.text = text or ""
        self.comments: list[Comment] = []
        self.taken = 0
        self.closing: dict[int, int] = {}
        self.opening: dict[int, int] = {}
        self.with_comma: set[int] = set()
        self.opened: dict[str, list[int]] = {"(": [], "[": [], "{": []}
        self.scan()

    def scan(self) -> None:
        stack: list[int] = []
        before = ""
        for match in SCAN.finditer(self.text):
            if match["comment"]:
                self.add_comment(match.start(), match[0])
                continue
            if match[0] in self.opened:
                stack.append(match.start())
                self.opened[match[0]].append(match.start())
            elif match[0] in ")]}":
                self.close(stack.pop(), match.start(), before)
            before = match[0]

    def add_comment(self, start: int, text: str) -> None:
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        self.comments.append(Comment(start, text.rstrip(), not line.strip()))

    def close(self, start: int, end: int, before: str) -> None:
        self.closing[start] = end
        self.opening[end] = start
        if before == ",":
            self.with_comma.add(start)

    # Places

    def start(self, node: Any) -> int:
        return int(node.span.start) if self.is_known else 0

    def end(self, node: Any) -> int:
        return int(node.span.end) if self.is_known else 0

    def bracket(self, kind: str, after: int) -> int:
        """The next bracket of a kind at or after a place."""
        places = self.opened[kind]
        return places[bisect_left(places, after)] if self.is_known else 0

    def is_broken(self, start: int) -> bool:
        """Whether the brackets that open here stand on several lines."""
        return "\n" in self.text[start : self.closing.get(start, 0)]

    def is_broken_list(self, start: int) -> bool:
        """The same, and a trailing comma says that it shall stay so."""
        return start in self.with_comma and self.is_broken(start)

    def blank_before(self, place: int) -> bool:
        """Whether a blank line stands above what begins here."""
        return BLANK_LINE.search(self.text, max(0, place - 400), place) is not None

    # Comments

    def take(self, until: int) -> list[Comment]:
        """The comments before a place that have not been handed out."""
        first = self.taken
        while self.taken < len(self.comments) and self.comments[self.taken].start < until:
            self.taken += 1
        return self.comments[first : self.taken]

    def take_beside(self, end: int, limit: int) -> list[Comment]:
        """The comment on whose line a thing ends, if it comes before `limit` and only commas and the like between."""
        match = BETWEEN.match(self.text, end, max(end, limit))
        place = match.end() if match else end
        is_there = self.taken < len(self.comments) and self.comments[self.taken].start == place < limit
        return self.take(place + 1) if is_there else []
