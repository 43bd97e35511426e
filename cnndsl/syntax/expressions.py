"""Expressions to documents: precedence, brackets and the comments in them. Statements are format.py's."""

from __future__ import annotations

from ..patterns import re
from ..records import dataclass
from ..typed import Any, Callable, Iterable, Sequence
from . import tree as t
from .layout import HARD, LINE, SOFT, Block, Doc, Group, Hard, Indent, Line, Remark, flat
from .written import Comment, Written

PIPELINE, STAGE, TERNARY, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGNED, POWER, POSTFIX = range(12)
OPERATORS = {"or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}
OPERATORS |= {"@": PRODUCT, "**": POWER}
LITERAL = re.compile(r"""\#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "{": "{{", "}": "}}"}


def level(node: Any) -> int:
    """How tightly an expression holds together."""
    match node:
        case t.Pipeline():
            return PIPELINE
        case t.Label() | t.If():
            return STAGE
        case t.Ternary():
            return TERNARY
        case t.Binary():
            return OPERATORS[node.operator]
        case t.Compare():
            return COMPARE
        case t.Unary():
            return NOT if node.operator == "not" else SIGNED
    return POSTFIX


def is_simple(node: Any) -> bool:
    """Whether `**` hugs it: a name, a number, an attribute of these."""
    while isinstance(node, t.Attribute):
        node = node.value
    return isinstance(node, (t.Name, t.Number))


def joined(docs: Iterable[Doc], separator: Doc) -> tuple[Doc, ...]:
    return tuple(part for doc in docs for part in (separator, doc))[1:]


def remarks(found: Sequence[Comment]) -> tuple[Doc, ...]:
    """Comments in the midst of something: the first may end the line before."""
    docs = [(HARD, c.text) if c.alone or place else Remark(c.text) for place, c in enumerate(found)]
    return (*docs, HARD) if docs else ()


@dataclass(frozen=True)
class Entry:
    """A statement, an argument, … with the comments above it and the one that ends its line."""

    above: tuple[Comment, ...]
    doc: Doc
    beside: str
    is_inline: bool  # on one line, as the author wrote it
    has_blank: bool

    @property
    def has_comment(self) -> bool:
        return bool(self.above or self.beside)

    def with_remark(self, suffix: str = "") -> Doc:
        """The entry and what follows it. A comment on its only line is for its first line, should it take several."""
        remark = (Remark(self.beside),) if self.beside else ()
        return (*remark, self.doc, suffix) if self.is_inline else (self.doc, suffix, *remark)


class Expressions:
    """One method a class of the tree, and what they share. Nodes are visited in the order of the text."""

    def __init__(self, written: Written) -> None:
        self.written = written

    def expression(self, node: Any, at_least: int = PIPELINE) -> Doc:
        """The document of a node, in parentheses where its place needs a tighter one."""
        doc: Doc = getattr(self, f"{type(node).__name__.lower()}_")(node)
        return ("(", doc, ")") if level(node) < at_least else doc

    def value(self, node: Any) -> Doc:
        """An expression where a pipeline would need parentheses."""
        return self.expression(node, TERNARY)

    # Comments and brackets

    def gap(self, node: Any, line: Doc) -> Doc:
        """The place before a node: `line`, or the comments that stand there."""
        return remarks(self.written.take(self.written.start(node))) or line

    def after(self, node: Any, space: str = " ", at_least: int = PIPELINE) -> Doc:
        """A node after a `=` or `:`, indented if a comment comes between."""
        found = remarks(self.written.take(self.written.start(node)))
        doc = self.expression(node, at_least)
        return Indent((found, doc)) if found else (space, doc)

    def entry(self, node: Any, show: Callable[[Any], Doc], limit: int) -> Entry:
        written = self.written
        above = written.take(written.start(node))
        doc = show(node)
        end = written.end(node)
        inside = written.take(end) + written.take_beside(end, limit)
        beside = inside.pop().text if inside else ""
        is_inline = "\n" not in written.text[written.start(node) : end]
        return Entry((*above, *inside), doc, beside, is_inline, written.blank_before(written.start(node)))

    def lines(self, entries: Sequence[Entry], tail: Sequence[Comment], suffix: str = "") -> tuple[Doc, ...]:
        """Entries and comments, each on its own line, with the blank lines that the author put between them."""
        docs: list[Doc] = []
        for entry in entries:
            docs += self.comment_lines(entry.above, not docs)
            docs += [Hard(bool(docs) and entry.has_blank), entry.with_remark(suffix)]
        return (*docs, *self.comment_lines(tail, not docs))

    def comment_lines(self, found: Sequence[Comment], is_first: bool) -> list[Doc]:
        blank = self.written.blank_before
        return [(Hard(blank(c.start) and not (is_first and place == 0)), c.text) for place, c in enumerate(found)]

    def opening(self, start: int) -> list[Comment]:
        """The comments left over from before a bracket, and the one beside it."""
        written = self.written
        return written.take(start) + written.take_beside(start + 1, written.closing.get(start, 0))

    def block(self, kind: str, opening: list[Comment], lines: tuple[Doc, ...]) -> Doc:
        beside = (Remark(opening[0].text),) if opening else ()
        return Block((kind[0], *beside), (*((HARD, c.text) for c in opening[1:]), *lines), kind[1])

    def bracketed(
        self, kind: str, start: int, nodes: Sequence[Any], show: Callable[[Any], Doc], comma: str = ""
    ) -> Doc:
        """A list in brackets; `comma` is what follows the last entry on one line."""
        end = self.written.closing.get(start, 0)
        opening = self.opening(start)
        entries = [self.entry(node, show, end) for node in nodes]
        tail = self.written.take(end)
        if opening or tail or any(entry.has_comment for entry in entries) or self.written.is_broken_list(start):
            return self.block(kind, opening, self.lines(entries, tail, ","))
        if not entries:
            return kind
        inside = joined((entry.doc for entry in entries), (",", LINE))
        return Group((kind[0], Indent((SOFT, inside)), Line(comma, ","), kind[1]))

    def body(self, after: int, nodes: Sequence[Any], is_short: bool = False) -> Doc:
        """The statements in the next `{ … }`; see format.py."""
        raise NotImplementedError

    # Leaves

    def name_(self, node: t.Name) -> Doc:
        return node.id

    def number_(self, node: t.Number) -> Doc:
        return node.text

    def constant_(self, node: t.Constant) -> Doc:
        return "..." if node.value is ... else str(node.value)

    def rest_(self, node: t.Rest) -> Doc:
        return f"...{node.name or ''}"

    def text_(self, node: t.Text) -> Doc:
        """As written, but in double quotes where that changes nothing."""
        if not self.written.is_known:
            return f'"{"".join(map(self.text_part, node.parts))}"'
        literals = [literal for literal in LITERAL.findall(node.span.text) if literal[0] != "#"]
        return " ".join(literal if set(literal) & set('"\\') else f'"{literal[1:-1]}"' for literal in literals)

    def text_part(self, part: Any) -> str:
        if isinstance(part, str):
            return "".join(ESCAPES.get(c) or (c if c.isprintable() else ascii(c)[1:-1]) for c in part)
        return "{" + flat(Group(self.expression(part))).replace('"', "'") + "}"

    # Calls and the like

    def keyword_(self, node: t.Keyword) -> Doc:
        return (node.name, "=", self.after(node.value, ""))

    def spread_(self, node: t.Spread) -> Doc:
        return ("*", self.value(node.value))

    def call_(self, node: t.Call) -> Doc:
        function = self.expression(node.function, POSTFIX)
        start = self.written.opening.get(self.written.end(node) - 1, 0)
        return (function, self.bracketed("()", start, node.arguments, self.expression))

    def index_(self, node: t.Index) -> Doc:
        value = self.expression(node.value, POSTFIX)
        start = self.written.opening.get(self.written.end(node) - 1, 0)
        return (value, self.bracketed("[]", start, node.items, self.value))

    def slice_(self, node: t.Slice) -> Doc:
        start, stop, step = ("" if part is None else self.value(part) for part in (node.start, node.stop, node.step))
        return (start, ":", stop, *((":", step) if step else ()))

    def attribute_(self, node: t.Attribute) -> Doc:
        value = self.expression(node.value, POSTFIX)
        return ("(", value, ").", node.name) if isinstance(node.value, t.Number) else (value, ".", node.name)

    def tuple_(self, node: t.Tuple) -> Doc:
        comma = "," if len(node.items) == 1 else ""
        return self.bracketed("()", self.written.start(node), node.items, self.expression, comma)

    def list_(self, node: t.List) -> Doc:
        return self.bracketed("[]", self.written.start(node), node.items, self.expression)

    # Operators

    def unary_(self, node: t.Unary) -> Doc:
        word = "not " if node.operator == "not" else node.operator
        return (word, self.expression(node.operand, level(node)))

    def binary_(self, node: t.Binary) -> Doc:
        if node.operator == "**":
            return self.power(node)
        rest: list[t.Binary] = []
        first: Any = node
        while isinstance(first, t.Binary) and level(first) == level(node):
            rest.append(first)
            first = first.left
        head = self.expression(first, level(node))
        tail = [self.operand(step.operator, step.right, level(node) + 1) for step in reversed(rest)]
        return Group((head, Indent(tuple(tail))))

    def operand(self, operator: str, node: Any, at_least: int) -> Doc:
        gap = self.gap(node, LINE)
        return (" ", operator, gap, self.expression(node, at_least))

    def power(self, node: t.Binary) -> Doc:
        left = self.expression(node.left, POSTFIX)
        if is_simple(node.left) and is_simple(node.right):
            return (left, "**", self.expression(node.right))
        return Group((left, Indent(self.operand("**", node.right, SIGNED))))

    def compare_(self, node: t.Compare) -> Doc:
        first = self.expression(node.first, SUM)
        return Group((first, Indent(tuple(self.operand(sign, part, SUM) for sign, part in node.rest))))

    def ternary_(self, node: t.Ternary) -> Doc:
        value = self.expression(node.value, OR)
        condition = (" if ", self.expression(node.condition, OR))
        gap = self.gap(node.otherwise, LINE)
        return Group((value, condition, Indent((gap, "else ", self.expression(node.otherwise, TERNARY)))))

    # Stages

    def pipeline_(self, node: t.Pipeline, guard: Callable[[Doc], Doc] = lambda doc: doc) -> Doc:
        first, *rest = node.stages
        head = ("->", self.after(first, at_least=STAGE)) if node.from_flow else guard(self.expression(first, STAGE))
        return Group((head, Indent(tuple(map(self.next_stage, rest)))))

    def next_stage(self, node: Any) -> Doc:
        gap = self.gap(node, LINE)
        return (gap, "-> ", self.expression(node, STAGE))

    def label_(self, node: t.Label) -> Doc:
        return (self.expression(node.target), ":", self.after(node.value, at_least=TERNARY))

    def group_(self, node: t.Group) -> Doc:
        word = "" if node.labelled else "Sequential "
        return (word, self.body(self.written.start(node), node.body, is_short=len(node.body) == 1))
