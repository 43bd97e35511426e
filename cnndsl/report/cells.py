"""How text falls into terminal cells: tabs, wide characters, and what must not reach a terminal raw."""

from __future__ import annotations

from unicodedata import category, east_asian_width

TAB = "    "
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})  # escape sequences, bidirectional controls, …


def safe(text: str) -> str:
    """Text for a message: control characters by number, `\\x1b`."""
    return "".join(char if category(char) not in HIDDEN else ascii(char)[1:-1] for char in text)


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
    return 2 if east_asian_width(char) in "WF" else 1


class Window:
    """The part of a source line that fits in `room` cells and shows the character at `focus`."""

    def __init__(self, line: str, focus: int, room: int) -> None:
        self.first = 0
        if width("".join(map(cell, line[: room + 1]))) > room or len(line) > room:
            self.first = max(0, focus - room // 2) if focus > room * 2 // 3 else 0
        head = "..." if self.first else ""
        shown, used, last = [], len(head), self.first
        for char in line[self.first : self.first + room]:
            piece = cell(char)
            if used + width(piece) > room - 3 and self.rest_is_longer(line, last, room - used):
                break
            shown.append(piece)
            used += width(piece)
            last += 1
        self.cells = shown
        self.text = head + "".join(shown) + ("..." if last < len(line) else "")
        self.indent = len(head)

    @staticmethod
    def rest_is_longer(line: str, start: int, room: int) -> bool:
        return width("".join(map(cell, line[start : start + room + 1]))) > room

    def column(self, index: int) -> int:
        """The cell at which a character of the line begins; clamped to what is shown."""
        return self.indent + width("".join(self.cells[: max(0, index - self.first)]))
