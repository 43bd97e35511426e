"""The arms of an `if` as lines: what goes on as `elif`, what needs no level of its own, and where it then stands."""

from __future__ import annotations

from ..dims.calls import AND, level_of
from ..typed import Any
from .layout import WIDTH


class Arms:
    """The arms of the conditions of one text. One that ends up where its `if` stands is `raised`, by identity: whoever
    writes the text once more lays it out there.
    """

    def __init__(self) -> None:
        self.raised: set[int] = set()

    def inside(self, arm: Any, indent: int) -> int:
        """Where the lines of an arm are laid out, whose `if` stands at `indent`."""
        return indent if id(arm) in self.raised else indent + 4

    def laid(self, arm: Any, lines: list[str], indent: int) -> list[str]:
        """The lines of an arm where its `if` stands."""
        if any("\n" in line or line.lstrip() == "else:" for line in lines):
            self.raised.add(id(arm))
        return moved(lines, indent)

    def alone(self, head: str, arm: Any, body: list[str], indent: int) -> list[str]:
        """An `if` without an `else`; around nothing but another one, both are one."""
        if line := nested(head, body, indent):
            return [line, *self.laid(arm, body, indent)[1:]]
        return [head, *moved(body, indent + 4)]

    def other(self, arm: Any, lines: list[str], indent: int) -> list[str]:
        """The other way of an `if`; where it is one `if` itself, that goes on as `elif`."""
        if continues(lines):
            first, *rest = self.laid(arm, lines, indent)
            return [f"{' ' * indent}el{first.lstrip()}", *rest]
        return [" " * indent + "else:", *moved(lines, indent + 4)]


def moved(lines: list[str], indent: int) -> list[str]:
    """Statements, perhaps of several lines, as they stand at another place."""
    shift = level_at(lines[0]) - indent if lines else 0
    return ["\n".join(" " * -shift + line[max(shift, 0) :] for line in text.split("\n")) for text in lines]


def level_at(text: str) -> int:
    return len(text) - len(text.lstrip())


def continues(lines: list[str]) -> bool:
    """Whether lines are one `if`."""
    pad = " " * level_at(lines[0])
    first, *outer = [line for line in "\n".join(lines).split("\n") if not line.startswith(f"{pad} ")]
    return first.startswith(f"{pad}if ") and all(line[len(pad) :].startswith(("elif ", "else:", ")")) for line in outer)


def nested(head: str, body: list[str], indent: int) -> str | None:
    """The first line of `if a:` around nothing but `if b:`, as `if a and b:`."""
    inner = [line for line in body if not line.startswith(" " * (level_at(body[0]) + 1))]
    first = body[0].strip() if len(inner) == 1 else ""
    if not first.startswith("if ") or not first.endswith(":") or "\n" in first:
        return None
    tests = (head.strip()[3:-1], first[3:-1])
    parts = [f"({text})" if level_of(text) < AND else text for text in tests]
    line = f"{' ' * indent}if {' and '.join(parts)}:"
    return line if len(line) <= WIDTH else None
