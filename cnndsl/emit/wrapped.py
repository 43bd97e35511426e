"""Breaks lines that are too wide where their reader would: between types, before the sign of a sum, after a comma.
Knows no terminal: the caller says how wide."""

from __future__ import annotations

from ..patterns import re
from ..typed import Iterable, Iterator

ROUNDED = re.compile(r"[⌊⌈][^⌊⌈]*?[⌋⌉]")
INSIDE = re.compile(r" (?=[+-] )|(?<=,) |  (?=\()")


def filled(parts: Iterable[str], width: int, indent: int) -> Iterator[str]:
    """The parts in as few lines as they fit into, all but the first indented."""
    line: str | None = None
    for part in parts:
        longer = part if line is None else f"{line} {part}"
        if line is not None and len(longer) > width:
            yield line
            longer = " " * indent + part
        line = longer
    if line is not None:
        yield line


def formula(line: str, width: int, indent: int) -> Iterator[str]:
    """A line with a sum or a list, broken only if it is too wide, and not inside a quotient that is rounded."""
    whole = ROUNDED.sub(lambda found: found[0].replace(" ", "\0"), line)
    parts = (part.replace("\0", " ") for part in INSIDE.split(whole))
    yield from filled(parts, width, indent) if len(line) > width else [line]


def signature(line: str, width: int = 78, indent: int = 8) -> Iterator[str]:
    """A line with types, broken between them; inside one, at commas and signs, only if it takes more than a line."""
    if len(line) <= width:
        yield line
        return
    for one in filled(outside(line, "[(", "])"), width, indent):
        text, start = one.lstrip(), " " * (len(one) - len(one.lstrip()))
        deeper = indent + 4
        if text.startswith("("):  # several results
            parts = outside(text[1:], "[(", "])")
            parts[0], deeper = f"({parts[0]}", indent + 1
        else:
            inner = re.split(r"\0(?=[+-]\0)|(?<=,)\0", "\0".join(outside(text, "(", ")")))
            parts = [part.replace("\0", " ") for part in inner]
        yield from [one] if len(one) <= width else filled([start + parts[0], *parts[1:]], width, deeper)


def outside(line: str, opening: str, closing: str) -> list[str]:
    """A text, split at its spaces outside of brackets."""
    depth, parts = 0, list[list[str]]()
    for word in line.split(" "):
        if depth:
            parts[-1].append(word)
        else:
            parts.append([word])
        depth += sum(map(word.count, opening)) - sum(map(word.count, closing))
    return [*map(" ".join, parts)]
