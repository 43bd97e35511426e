"""The one layout of a `.cnn` file: text to text, or tree to text. Changes blank space, quotes and needless brackets.

Statements and items are here, expressions in expressions.py, line breaking in layout.py, comments in written.py.
"""

from __future__ import annotations

from ..limits import DEFAULT
from ..patterns import re
from ..problems import fail
from ..source import Source
from ..typed import Any, Callable, Sequence
from . import tree as t
from .expressions import TERNARY, Entry, Expressions, joined, remarks
from .layout import LINE, Doc, Group, Indent, Line, flat, head, is_forced, layout
from .parse import parse
from .written import Written

PASSES = 10  # what one pass breaks stays broken, and may let its neighbours join in the next
NEARLY = ("+", "-", "input", "expect")
NOT_A_START = re.compile(r"[+-]|input \* ?[A-Za-z_]|expect -(?!>)")
ELSE = re.compile(r"\}(?:\s|#[^\n]*\n)*else\b")
EXPECTABLE = re.compile(r"[\w(\[\"'-]")


def format_source(source: Source) -> str:
    """The text of a file in the one layout; raises CnnError for a file that does not parse."""
    for _ in range(PASSES):
        tree = parse(source)  # first: a text that it takes has its brackets in pairs
        text = Printer(Written(source.text)).file(tree)
        if text == source.text:
            return text
        if len(text) > DEFAULT.size >= len(source.text):  # no command would read it
            what = f"`{source.path}` laid out has {len(text):,} characters; at most {DEFAULT.size:,} are allowed"
            raise fail("too-large", None, message=what)
        source = Source(source.path, text)
    raise AssertionError(f"the layout of {source.path} does not settle")


def print_tree(file: t.File) -> str:
    """The text of a tree that has none, in the one layout. Raises ValueError for a tree that no text can mean."""
    source = Source("<tree>", Printer(Written(None)).file(file))
    if parse(source) != file:
        raise ValueError("the tree says what no text can")
    return format_source(source)


def is_led(node: Any) -> bool:
    """Whether a statement begins with `->`, and so follows another without a `;`."""
    return isinstance(node, t.Do) and isinstance(node.value, t.Pipeline) and node.value.from_flow


def guarded(doc: Doc) -> Doc:
    """The first stage of a statement, in parentheses if its first word would be read as something else."""
    is_near = head(doc).startswith(NEARLY)  # few statements are; their texts are made twice
    return ("(", doc, ")") if is_near and NOT_A_START.match(flat(Group(doc))) else doc


class Printer(Expressions):
    """Statements and items."""

    # Bodies

    def body(self, after: int, nodes: Sequence[Any], is_short: bool = False) -> Doc:
        """`{ … }`, on one line where the author wrote it on one. Without an author, `is_short` decides."""
        written = self.written
        start = written.bracket("{", after)
        end = written.closing.get(start, 0)
        opening = self.opening(start)
        entries = [self.entry(node, self.expression, end) for node in nodes]
        tail = written.take(end)
        docs = tuple(entry.doc for entry in entries)
        if not entries and not opening and not tail:
            return "{}"
        has_comment = opening or tail or any(entry.has_comment for entry in entries)
        is_broken = written.is_broken(start) if written.is_known else not is_short
        if has_comment or is_broken or is_forced(docs):
            return self.block("{}", opening, self.lines(entries, tail))
        return Group(("{", Indent((LINE, self.in_line(nodes, entries))), LINE, "}"))

    def in_line(self, nodes: Sequence[Any], entries: Sequence[Entry]) -> tuple[Doc, ...]:
        """Statements with `;` between them where they share a line."""
        pairs = zip(nodes, entries, strict=True)
        return tuple(part for node, entry in pairs for part in (Line(" " if is_led(node) else "; "), entry.doc))[1:]

    def if_(self, node: t.If | t.InitIf) -> Doc:
        header = ("if ", self.value(node.condition), " ")
        return (*header, self.body(self.written.end(node.condition), node.body), *self.otherwise(node))

    initif_ = if_

    def otherwise(self, node: t.If | t.InitIf) -> tuple[Doc, ...]:
        """`else { … }` or `else if …`; an empty one is kept where it stands."""
        written = self.written
        close = written.closing.get(written.bracket("{", written.end(node.condition)), 0)
        word = ELSE.match(written.text, close)
        if not (node.otherwise or word or (isinstance(node, t.If) and node.otherwise is not None)):
            return ()
        place = word.end() if word else 0
        before = remarks(written.take(place)) or (" ",)
        only = node.otherwise[0] if node.otherwise and len(node.otherwise) == 1 else None
        inner = only.value if isinstance(only, t.Do) else only
        if isinstance(inner, (t.If, t.InitIf)) and (not word or written.start(inner) < written.bracket("{", place)):
            return (*before, "else ", self.expression(inner))
        return (*before, "else ", self.body(place, node.otherwise or ()))

    def for_(self, node: t.For | t.InitFor) -> Doc:
        targets = joined(map(self.target, node.targets), ", ")
        header = ("for ", *targets, " in ", self.value(node.iterable), " ")
        return (*header, self.body(self.written.end(node.iterable), node.body))

    initfor_ = for_

    def target(self, node: Any) -> Doc:
        """A name, or names in parentheses."""
        if isinstance(node, t.Name):
            return node.id
        comma = "," if len(node) == 1 else ""
        return ("(", *joined(map(self.target, node), ", "), comma, ")")

    # Statements

    def do_(self, node: t.Do) -> Doc:
        if isinstance(node.value, t.Pipeline):
            return self.pipeline_(node.value, guarded)
        return guarded(self.expression(node.value))

    def assign_(self, node: t.Assign) -> Doc:
        return (*joined(map(self.target, node.targets), ", "), " =", self.after(node.value))

    def input_(self, node: t.Input) -> Doc:
        shape = (": ", self.expression(node.shape)) if node.shape else ()
        where = (" where ", self.value(node.where)) if node.where else ()
        return ("input ", "*" if node.starred else "", node.name.id, *shape, *where)

    def shape_(self, node: t.Shape) -> Doc:
        dtype = f" {node.dtype}" if node.dtype else ""
        return (self.bracketed("[]", self.written.start(node), node.sizes, self.value), dtype)

    def expect_(self, node: t.Expect) -> Doc:
        doc = self.value(node.what)
        return ("expect ", doc if EXPECTABLE.match(head(doc)) else ("(", doc, ")"))

    def return_(self, node: t.Return) -> Doc:
        if node.is_dict:
            start = self.written.bracket("{", self.written.start(node))
            return ("return ", self.bracketed("{}", start, node.items, self.return_entry))
        return ("return ", self.listed(node.items, self.return_item))

    def return_entry(self, node: t.ReturnItem) -> Doc:
        return (node.name or "", ":", self.after(node.value))

    def return_item(self, node: t.ReturnItem) -> Doc:
        return (node.name, "=", self.after(node.value, "")) if node.name else self.expression(node.value)

    def listed(self, nodes: Sequence[Any], show: Callable[[Any], Doc]) -> Doc:
        """A list without brackets: it breaks after its commas."""
        first, *rest = nodes
        return Group((show(first), Indent(tuple(self.next_listed(node, show) for node in rest))))

    def next_listed(self, node: Any, show: Callable[[Any], Doc]) -> Doc:
        gap = self.gap(node, LINE)
        return (",", gap, show(node))

    def order_(self, node: t.Order) -> Doc:
        return ("order ", self.listed(node.labels, self.expression))

    def version_(self, node: t.Version) -> Doc:
        return f"version {node.number}"

    def paramof_(self, node: t.ParamOf) -> Doc:
        options = flat(joined(map(self.expression, node.options), ", "))
        shape = (": ", self.expression(node.shape)) if node.shape else ()
        value = (" =", self.after(node.value)) if node.value else ()
        return (node.kind, f"({options}) " if options else " ", node.name.id, *shape, *value)

    def init_(self, node: t.Init) -> Doc:
        return ("init ", self.body(self.written.start(node), node.rules))

    def initrule_(self, node: t.InitRule) -> Doc:
        return (self.listed(node.selectors, self.expression), ":", self.after(node.initialiser, at_least=TERNARY))

    def selector_(self, node: t.Selector) -> Doc:
        return self.expression(node.pattern) if node.pattern else ".".join(node.path)

    # Items

    def parameters(self, name: t.Name, nodes: Sequence[t.Parameter], empty: str = "") -> Doc:
        if not nodes:
            return empty
        start = self.written.bracket("(", self.written.end(name))
        return self.bracketed("()", start, nodes, self.expression)

    def parameter_(self, node: t.Parameter) -> Doc:
        kind = f": {node.type}" if node.type else ""
        equal = " =" if node.type else "="
        default = (equal, self.after(node.default, " " if node.type else "")) if node.default else ()
        return (node.name.id, kind, *default)

    def header_end(self, node: t.Definition | t.Def) -> int:
        return self.written.end(node.parameters[-1] if node.parameters else node.name)

    def definition_(self, node: t.Definition) -> Doc:
        header = (node.kind, " ", node.name.id, self.parameters(node.name, node.parameters), " ")
        return (*header, self.body(self.header_end(node), node.body))

    def def_(self, node: t.Def) -> Doc:
        header = ("def ", node.name.id, self.parameters(node.name, node.parameters, "()"), " ")
        return (*header, self.body(self.header_end(node), node.body))

    def alias_(self, node: t.Alias) -> Doc:
        header = (node.kind, " ", node.name.id, self.parameters(node.name, node.parameters), " =")
        return (*header, self.after(node.value, at_least=TERNARY))

    def const_(self, node: t.Const) -> Doc:
        return ("const ", node.name.id, " =", self.after(node.value, at_least=TERNARY))

    def import_(self, node: t.Import) -> Doc:
        return ("from ", self.expression(node.path), " import ", self.imported(node.names))

    def imported(self, names: Sequence[tuple[t.Name, t.Name]]) -> Doc:
        docs = [theirs.id if theirs.id == ours.id else f"{theirs.id} as {ours.id}" for theirs, ours in names]
        return Group(Indent(joined(docs, (",", LINE))))

    def extern_(self, node: t.Extern) -> Doc:
        name = ("extern block ", node.name.id, self.parameters(node.name, node.parameters), ": ")
        inputs = self.listed(node.inputs, self.expression)
        outputs = (" ->", LINE, *joined(map(self.expression, node.outputs), (",", LINE)))
        return (*name, Group((inputs, Indent((*outputs, " from ", self.expression(node.target))))))

    # The file

    def file(self, node: t.File) -> str:
        """Items, and a blank line around each that takes several lines."""
        end = len(self.written.text)
        entries = [self.entry(item, self.expression, end) for item in node.items]
        tail = self.written.take(end)
        pieces: list[tuple[bool, str]] = []
        was_long = False
        for entry in entries:
            text = layout(entry.with_remark())
            is_long = "\n" in text
            pieces += self.chunk(entry, text, is_long or was_long)
            was_long = is_long
        pieces += [(self.written.blank_before(comment.start), comment.text) for comment in tail]
        return "".join(f"{has_blank * chr(10)}{text}\n" for has_blank, text in pieces).lstrip("\n")

    def chunk(self, entry: Entry, text: str, is_apart: bool) -> list[tuple[bool, str]]:
        """An item and the comments above it, and whether a blank line precedes each; one does if `is_apart`."""
        blanks = [self.written.blank_before(comment.start) for comment in entry.above] + [entry.has_blank]
        blanks[0] = blanks[0] or (is_apart and not any(blanks))
        return list(zip(blanks, [*(comment.text for comment in entry.above), text], strict=True))
