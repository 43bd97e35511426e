"""Documents and how they fall into lines of a given width. Knows no language and no comment's place.

A document is text, a tuple of documents, or one of the classes below. A group stands on one line where it fits, and
else breaks at its own Lines; the groups inside it decide for themselves. A Block is broken already, and so does not
keep the group around it from standing on one line, as far as its brackets go.
"""

from __future__ import annotations

from ..records import dataclass
from ..typed import TypeAlias

WIDTH = 100
INDENT = 4


@dataclass(frozen=True)
class Line:
    """A place to break: `flat` where its group stands on one line, and `broken` before the newline where not."""

    flat: str = " "
    broken: str = ""


@dataclass(frozen=True)
class Hard:
    """A newline in any case, after a comment for instance, or `blank` line and all."""

    blank: bool = False


@dataclass(frozen=True)
class Remark:
    """A comment, printed where the line ends. It takes no part in measuring."""

    text: str


@dataclass(frozen=True)
class Indent:
    doc: Doc


@dataclass(frozen=True)
class Group:
    doc: Doc


@dataclass(frozen=True)
class Block:
    """Brackets whose contents stand on lines of their own. `inside` begins with its first Hard."""

    start: Doc
    inside: Doc
    end: Doc


Doc: TypeAlias = "str | tuple[Doc, ...] | Line | Hard | Remark | Indent | Group | Block"
Command = tuple[int, bool, Doc]  # indentation, flat, what to print

LINE, SOFT, HARD = Line(), Line(""), Hard()


def is_forced(doc: Doc) -> bool:
    """Whether a document takes more than one line however wide the page."""
    left = [doc]
    while left:
        doc = left.pop()
        if isinstance(doc, (Hard, Block)):
            return True
        if isinstance(doc, tuple):
            left += doc
        elif isinstance(doc, (Indent, Group)):
            left.append(doc.doc)
    return False


def flat(doc: Doc) -> str:
    """The text of a document on one line, as far as it has one."""
    return layout(doc, 1 << 30)


def head(doc: Doc) -> str:
    """What the text of a document begins with: the first piece of it."""
    left = [doc]
    while left:
        doc = left.pop()
        if isinstance(doc, tuple):
            left += doc[::-1]
        elif isinstance(doc, (Indent, Group)):
            left.append(doc.doc)
        elif isinstance(doc, Block):
            left.append(doc.start)
        elif piece := "\n" if isinstance(doc, Hard) else doc if isinstance(doc, str) else getattr(doc, "flat", ""):
            return piece
    return ""


def layout(doc: Doc, width: int = WIDTH) -> str:
    """The text of a document, no line wider than `width` where that can be helped."""
    out: list[str] = []
    column = 0
    remark = ""
    commands: list[Command] = [(0, False, doc)]
    while commands:
        indent, is_flat, doc = commands.pop()
        if isinstance(doc, str):
            out.append(doc)
            column += len(doc)
        elif isinstance(doc, Remark):
            remark = f"  {doc.text}"
        elif isinstance(doc, Group):
            is_flat = is_flat or fits(doc.doc, indent, column, width, commands)
            commands.append((indent, is_flat, doc.doc))
        elif isinstance(doc, Line) and is_flat:
            out.append(doc.flat)
            column += len(doc.flat)
        elif isinstance(doc, (Line, Hard)):
            out.append(new_line(doc, remark, indent))
            column, remark = indent, ""
        else:
            commands += opened(indent, is_flat, doc)
    return "".join(out) + remark


def new_line(doc: Line | Hard, remark: str, indent: int) -> str:
    before = f"{doc.broken}{remark}" if isinstance(doc, Line) else f"{remark}{doc.blank * chr(10)}"
    return f"{before}\n{' ' * indent}"


def opened(indent: int, is_flat: bool, doc: tuple[Doc, ...] | Indent | Block) -> list[Command]:
    """What a document consists of, the first part last."""
    if isinstance(doc, Indent):
        return [(indent if is_flat else indent + INDENT, is_flat, doc.doc)]
    if isinstance(doc, Block):
        inside = (indent + INDENT, False, doc.inside)
        return [(indent, is_flat, doc.end), (indent, False, HARD), inside, (indent, is_flat, doc.start)]
    return [(indent, is_flat, part) for part in reversed(doc)]


def fits(doc: Doc, indent: int, column: int, width: int, after: list[Command]) -> bool:
    """Whether a group can stand on one line, with what follows it up to the next newline; Blocks break it freely."""
    commands: list[Command] = [(indent, True, doc)]
    following = len(after)
    while column <= width:
        if not commands:
            if not following:
                return True
            following -= 1
            commands.append(after[following])
        indent, is_flat, doc = commands.pop()
        if isinstance(doc, (Line, Hard)) and not is_flat:
            return True
        if isinstance(doc, Hard):
            return False
        if isinstance(doc, Block):
            if not is_flat or column + len(flat(doc.start)) > width:
                return column + len(flat(doc.start)) <= width
            column = indent
            commands.append((indent, True, doc.end))
        elif isinstance(doc, Group):
            commands.append((indent, is_flat, doc.doc))
        elif isinstance(doc, (str, Line)):
            column += len(doc if isinstance(doc, str) else doc.flat)
        elif not isinstance(doc, Remark):
            commands += opened(indent, is_flat, doc)
    return False
