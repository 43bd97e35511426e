"""Source text, its comments, and places in it. Knows nothing else of the language."""

from __future__ import annotations

from _bisect import bisect_right

from .lean import cached_property
from .patterns import re
from .records import dataclass, field
from .typed import Any

REMARK = r"""(\#[^\n]*)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""


@dataclass(frozen=True)
class Source:
    """A file's text, without its byte-order mark, and the name it is shown under. A CR alone is a line end, too, and an
    LF here: nothing behind this knows of it.

    `reading` are the terms on which it was read, and what it imports is to be; see reading.py.
    """

    path: str
    text: str = field(repr=False)
    reading: Any = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.removeprefix("\ufeff"))
        if "\r" in self.text:
            lines = self.text.split("\r\n")
            object.__setattr__(self, "text", "\r\n".join([line.replace("\r", "\n") for line in lines]))

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its line break. It is kept: a whole file may stand in one."""
        if number not in self.lines:
            start = self.line_starts[number - 1]
            end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
            self.lines[number] = self.text[start:end].rstrip("\r\n")
        return self.lines[number]

    @cached_property
    def lines(self) -> dict[int, str]:
        """Those that were asked for."""
        return {}

    @cached_property
    def words(self) -> frozenset[str]:
        """What could be a name, wherever it stands."""
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def remarks(self) -> dict[int, list[str]]:
        """The comments, by the line that they are about: of one that stands alone, the next line that is none."""
        found: dict[int, list[str]] = {}
        code = 0  # the line that the last one is about: those before it hold comments alone
        for match in re.finditer(REMARK, self.text):
            if text := (match[1] or "").lstrip("#").strip():
                line, column = self.position(match.start())
                alone = not self.line(line)[: column - 1].strip()
                code = self.next_code(max(line, code)) if alone else code
                found.setdefault(code if alone else line, []).append(text)
        return found

    def next_code(self, line: int) -> int:
        while line <= len(self.line_starts) and self.line(line).strip()[:1] in ("", "#"):
            line += 1
        return line


@dataclass(frozen=True)
class Span:
    """The characters `start` to `end` (exclusive) of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    def __hash__(self) -> int:
        return hash((self.start, self.end))  # two files in one table are rare

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.end)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def told(self) -> str:
        """The text on one line, as a help says it; of a body that goes on below its brace only the braces."""
        text = self.text
        if "\n" in text:
            head, brace, rest = text.partition("{")
            text = f"{head}{{ ... }}{rest.rpartition('}')[2]}" if brace else text
            text = " ".join(line.partition("#")[0].strip() for line in text.splitlines())
            for loose, close in (("( ", "("), ("[ ", "["), (", )", ")"), (", ]", "]"), (" )", ")"), (" ]", "]")):
                text = text.replace(loose, close)
        return " ".join(text.split())

    def is_within(self, other: Span) -> bool:
        return self.source is other.source and other.start <= self.start and self.end <= other.end

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another."""
        return Span(self.source, self.start, other.end)
