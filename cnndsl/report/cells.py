"""How text falls into terminal cells: tabs, wide characters, and what must not reach a terminal raw."""

from __future__ import annotations

TAB = "    "
ELLIPSIS = "..."
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})  # escape sequences, bidirectional controls, …


def safe(text: str) -> str:
    """Text for a message: control characters by number, `\\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if category(char) not in HIDDEN else ascii(char)[1:-1] for char in text)


def encodable(text: str, encoding: str) -> str:
    """A source line as a terminal shows it that cannot write all signs: each of the others is one `?`."""
    return text if text.isascii() else text.encode(encoding, "replace").decode(encoding)


def category(char: str) -> str:
    from unicodedata import category  # seldom needed

    return category(char)


def cell(char: str) -> str:
    """What stands for one character of a source line."""
    if char == "\t":
        return TAB
    return "\N{REPLACEMENT CHARACTER}" if category(char) in HIDDEN else char


def width(text: str) -> int:
    """The number of cells that a text takes."""
    if text.isascii():
        return len(text)
    return sum(char_width(char) for char in text)


def char_width(char: str) -> int:
    if category(char) in ("Mn", "Me"):
        return 0
    from unicodedata import east_asian_width

    return 2 if east_asian_width(char) in "WF" else 1


class Window:
    """The part of a source line that fits in `room` cells and shows the character at `focus`."""

    def __init__(self, line: str, focus: int, room: int) -> None:
        self.first = 0 if fits(line, 0, room) else start_for(line, focus, room * 2 // 3)
        self.indent = len(ELLIPSIS) if self.first else 0
        left, end = room - self.indent, self.first
        if fits(line, self.first, left):
            end = len(line)
        else:
            left -= len(ELLIPSIS)
            while end < len(line) and (left := left - width(cell(line[end]))) >= 0:
                end += 1
        self.cells = [cell(char) for char in line[self.first : end]]
        tail = ELLIPSIS if end < len(line) else ""
        self.text = ELLIPSIS[: self.indent] + "".join(self.cells) + tail

    def column(self, index: int) -> int:
        """The cell at which a character of the line begins; clamped to what is shown."""
        return self.indent + width("".join(self.cells[: max(0, index - self.first)]))


def fits(line: str, start: int, room: int) -> bool:
    rest = line[start : start + 4 * room + 1]  # combining characters take no room, but so many are no line to show
    return len(line) - start <= 4 * room and width("".join(map(cell, rest))) <= room


def start_for(line: str, focus: int, room: int) -> int:
    """The first character to show, so that at most `room` cells stand before `focus`."""
    start = min(focus, len(line))
    while start and (room := room - width(cell(line[start - 1]))) >= 0:
        start -= 1
    return start
