"""The grammar's parse tree to ours, rule by rule. Refuses what a grammar cannot say of numbers, strings and depth."""

from __future__ import annotations

from ..patterns import re
from ..problems import CnnError, Problem, advise, fail
from ..records import deferred
from ..source import Source, Span
from ..typed import Any, Iterable, Mapping, cast
from . import tree as t
from .incremental import Moved
from .lalr import Node, Token
from .literals import Literals, in_order, operator

MAX_DEPTH = 120  # rules within rules: every later stage walks the tree by recursion


class Builder(Literals):
    """Each method is named after its rule. `headless`: the faulty heads of definitions, by where they begin."""

    def __init__(
        self,
        source: Source,
        offset: int = 0,
        depth: int = 0,
        headless: Mapping[int, Span] | None = None,
        most: int = MAX_DEPTH,
    ) -> None:
        self.source = source
        self.offset = offset
        self.depth = depth
        self.headless = headless or {}
        self.most = most
        self.problems: list[Problem] = []

    def __call__(self, node: Node | Token) -> Any:
        if self.depth == self.most:
            what = "operators and calls are"  # `a + b + c` is `(a + b) + c`
            raise fail("nested-too-deep", self.span(node), limit=self.most, what=what)
        self.depth += 1
        rule = node.data if isinstance(node, Node) else node.type
        made = getattr(self, f"{rule}_")(node)
        self.depth -= 1
        return made

    def span(self, node: Any) -> Span:
        if node.empty:
            return Span(self.source, self.offset, self.offset)
        text, start, end = self.source.text, node.start_pos + self.offset, node.end_pos + self.offset
        while end > start and text[end - 1] in " \t\r\n\f":
            end -= 1
        return Span(self.source, start, end)

    def span_from_arrow(self, node: Any) -> Span:
        """The span of what begins with `->`, without the newlines and comments before the arrow."""
        span = self.span(node)
        if self.source.text.startswith("->", span.start):
            return span
        blank = re.compile(r"(?:\s|#[^\n]*\n)*").match(self.source.text, span.start)
        return Span(self.source, blank.end() if blank else span.start, span.end)

    def all(self, nodes: Any) -> tuple[Any, ...]:
        return tuple(map(self, nodes))

    def each(self, nodes: Iterable[Any]) -> tuple[Any, ...]:
        """Statements or items; one that cannot be made leaves what it may have named."""
        made: list[Any] = []
        depth = self.depth
        offset = self.offset
        for node in nodes:
            if node.__class__ is Moved:
                self.offset, node = offset + node.by, node.node
            try:
                made.append(self(node))
            except CnnError as error:
                self.problems += error.problems
                self.depth = depth
                made.append(self.faulty_(node))
            self.offset = offset
        return tuple(made)

    def faulty_(self, node: Any) -> t.Faulty:
        from .faulty import faulty

        bodies = node.children if node.data == "faulty" else ()
        return faulty(self.span(node), tuple(statement for body in bodies for statement in self.body_(body)))

    def headed(self, head: Span, item: t.Definition) -> t.Faulty:
        from .faulty import faulty_head

        return faulty_head(head, item)

    def file(self, node: Any) -> t.File:
        return t.File(self.each(node.children), Span(self.source, 0, len(self.source.text)))

    # Tokens

    def NAME_(self, token: Token) -> t.Name:  # noqa: N802
        return t.Name(str(token), self.span(token))

    def name_(self, node: Any) -> t.Name:
        return self.NAME_(node.children[0])

    def constant_(self, node: Any) -> t.Constant:
        text = str(node.children[0])
        value = {"True": True, "False": False, "None": None, "...": ...}[text]
        return t.Constant(value, self.span(node))

    def rest_(self, node: Any) -> t.Rest:
        return t.Rest(str(node.children[0])[3:], self.span(node))

    # Expressions

    def ternary_(self, node: Any) -> t.Ternary:
        value, _, condition, _, otherwise = node.children
        return t.Ternary(self(value), self(condition), self(otherwise), self.span(node))

    def binary_(self, node: Any) -> t.Binary:
        left, sign, right = node.children
        return t.Binary(operator(sign), self(left), self(right), self.span(node))

    def unary_(self, node: Any) -> t.Unary:
        sign, operand = node.children
        return t.Unary(operator(sign), self(operand), self.span(node))

    def compare_(self, node: Any) -> t.Compare:
        signs = [operator(sign) for sign in node.children[1::2]]
        operands = self.all(node.children[2::2])
        return t.Compare(self(node.children[0]), tuple(zip(signs, operands, strict=True)), self.span(node))

    def call_(self, node: Any) -> t.Call:
        function, arguments = node.children
        return t.Call(self(function), in_order(self.all(arguments.children)), self.span(node))

    def keyword_(self, node: Any) -> t.Keyword:
        return t.Keyword(str(node.children[0]), self(node.children[1]), self.span(node))

    def spread_(self, node: Any) -> t.Spread:
        return t.Spread(self(node.children[1]), self.span(node))

    def index_(self, node: Any) -> t.Index:
        value, *items = self.all(node.children)
        return t.Index(value, tuple(items), self.span(node))

    def slice_(self, node: Any) -> t.Slice:
        ends = {child.data: self(child.children[0]) for child in node.children}
        return t.Slice(ends.get("slice_start"), ends.get("slice_stop"), ends.get("slice_step"), self.span(node))

    def attribute_(self, node: Any) -> t.Attribute:
        return t.Attribute(self(node.children[0]), str(node.children[1]), self.span(node))

    def paren_(self, node: Any) -> Any:
        return self(node.children[0])

    def tuple_(self, node: Any) -> t.Tuple:
        return t.Tuple(self.all(node.children), self.span(node))

    def list_(self, node: Any) -> t.List:
        return t.List(self.all(node.children), self.span(node))

    def sequential_(self, node: Any) -> t.Group:
        return t.Group(self.body_(node.children[1]), False, self.span(node))

    def group_(self, node: Any) -> t.Group:
        return t.Group(self.body_(node.children[0]), True, self.span(node))

    def pipeline_(self, node: Any) -> Any:
        stages = self.all(node.children)
        return stages[0] if len(stages) == 1 else t.Pipeline(stages, False, self.span(node))

    def led_(self, node: Any) -> t.Do:
        value = self.led_value_(node)
        return t.Do(value, value.span)

    def led_value_(self, node: Any) -> t.Pipeline:
        inner = self(node.children[-1])
        stages = inner.stages if isinstance(inner, t.Pipeline) and len(node.children[-1].children) > 1 else (inner,)
        return t.Pipeline(stages, True, self.span_from_arrow(node))

    def label_(self, node: Any) -> t.Label:
        target, value = self.all(node.children)
        return t.Label(target, value, self.span(node))

    def if_(self, node: Any) -> t.If:
        _, condition, body, *rest = node.children
        return t.If(self(condition), self.body_(body), self.otherwise(rest), self.span(node))

    def otherwise(self, rest: Any) -> tuple[Any, ...] | None:
        """The statements after `else`; `else if` is one statement."""
        if not rest:
            return None
        last = rest[-1]
        return self.body_(last) if last.data == "body" else (t.Do(self(last), self.span(last)),)

    def for_(self, node: Any) -> t.For:
        _, *targets, iterable, body = (child for child in node.children if getattr(child, "type", "") != "IN")
        return t.For(self.all(targets), self(iterable), self.body_(body), self.span(node))

    def targets_(self, node: Any) -> tuple[Any, ...]:
        return self.all(node.children)

    # Statements

    def body_(self, node: Any) -> tuple[t.Statement, ...]:
        return self.each(child for child in node.children if hasattr(child, "data"))

    def do_(self, node: Any) -> t.Do:
        """`a` newline `- b` reads as a continuation and is none."""
        span = self.span(node)
        if span.text[0] in "+-":
            is_comment = span.text.startswith("--")
            at = Span(self.source, span.start, span.start + (2 if is_comment else 1))
            help = advise("comment-by-sign") if is_comment else None
            raise fail("operator-starts-line", at, operator=at.text, help=help)
        return t.Do(self(node.children[0]), span)

    def assign_(self, node: Any) -> t.Assign:
        *targets, value = node.children
        return t.Assign(self.all(targets), self(value), self.span(node))

    def input_(self, node: Any) -> t.Input:
        shape = where = None
        starred = any(getattr(child, "type", "") == "STAR" for child in node.children)
        name = next(child for child in node.children if getattr(child, "type", "") == "NAME")
        after_where = False
        for child in node.children:
            if getattr(child, "type", "") == "WHERE":
                after_where = True
            elif after_where:
                where = self(child)
            elif getattr(child, "data", "") == "shape":
                shape = self(child)
        return t.Input(self(name), starred, shape, where, self.span(node))

    def shape_(self, node: Any) -> t.Shape:
        dtype = next((str(child) for child in node.children if getattr(child, "type", "") == "DTYPE"), None)
        sizes = [child for child in node.children if getattr(child, "type", "") != "DTYPE" and is_value(child)]
        return t.Shape(tuple(map(as_size, self.all(sizes))), dtype, self.span(node))

    def expect_(self, node: Any) -> t.Expect:
        value = self(node.children[1])
        dtype = str(node.children[2]) if len(node.children) > 2 else None
        if isinstance(value, t.List):
            value = t.Shape(tuple(map(as_size, value.items)), dtype, value.span)
        elif dtype:
            raise fail("dtype-without-shape", self.span(node.children[2]))
        return t.Expect(value, self.span(node))

    def return_(self, node: Any) -> t.Return:
        items = node.children[1:]
        is_dict = items[0].data == "return_dict"
        results = self.all(items[0].children if is_dict else items)
        first = results[0].value
        first = first.items[0] if isinstance(first, (t.Tuple, t.List)) and first.items else first
        if not is_dict and isinstance(first, t.Label):
            from .misnamed import refuse_colons

            refuse_colons(results)
        return t.Return(results, is_dict, self.span(node))

    def return_item_(self, node: Any) -> t.ReturnItem:
        *name, value = node.children
        return t.ReturnItem(str(name[0]) if name else None, self(value), self.span(node))

    return_entry_ = return_item_

    def order_(self, node: Any) -> t.Order:
        return t.Order(self.all(node.children[1:]), self.span(node))

    def version_(self, node: Any) -> t.Version:
        number = self.NUMBER_(node.children[1])
        if not number.text.isdigit():
            raise fail("version-not-whole", number.span, text=number.text)
        return t.Version(int(number.text), self.span(node))

    def param_(self, node: Any) -> t.ParamOf:
        kind, *rest = node.children
        options: tuple[Any, ...] = ()
        shape = value = name = None
        for child in rest:
            data = getattr(child, "data", "")
            if data == "arguments":
                options = self.all(child.children)
            elif data == "shape":
                shape = self(child)
            elif name is None:
                name = self(child)
            else:
                value = self(child)
        assert name is not None
        return t.ParamOf(str(kind), name, shape, value, options, self.span(node))

    def init_(self, node: Any) -> t.Init:
        return t.Init(self.init_body_(node.children[-1]), self.span(node))

    def init_body_(self, node: Any) -> tuple[Any, ...]:
        return self.each(child for child in node.children if hasattr(child, "data"))

    def init_rule_(self, node: Any) -> t.InitRule:
        *selectors, value = node.children
        return t.InitRule(self.all(selectors), self(value), self.span(node))

    def selector_(self, node: Any) -> t.Selector:
        first = self(node.children[0])
        if isinstance(first, t.Text):
            return t.Selector((), first, self.span(node))
        path = tuple(str(child) for child in node.children if child.type == "NAME")
        return t.Selector(path, None, self.span(node))

    def init_if_(self, node: Any) -> t.InitIf:
        _, condition, body, *rest = node.children
        otherwise: tuple[Any, ...] = ()
        if rest:
            last = rest[-1]
            otherwise = self.init_body_(last) if last.data == "init_body" else (self(last),)
        return t.InitIf(self(condition), self.init_body_(body), otherwise, self.span(node))

    def init_for_(self, node: Any) -> t.InitFor:
        _, *targets, iterable, body = (child for child in node.children if getattr(child, "type", "") != "IN")
        return t.InitFor(self.all(targets), self(iterable), self.init_body_(body), self.span(node))

    # Items

    def parameters_(self, node: Any) -> tuple[t.Parameter, ...]:
        return self.all(child for child in node.children if hasattr(child, "data"))

    def parameter_(self, node: Any) -> t.Parameter:
        name, *rest = node.children
        kind = default = None
        for child in rest:
            if child.data == "type":
                kind = str(child.children[0])
            else:
                default = self(child)
        return t.Parameter(self(name), kind, default, self.span(node))

    def definition_(self, node: Any) -> t.Definition | t.Faulty:
        """Of one in which nothing was wrong when an earlier text had it, the body is made when it is asked for."""
        kind, name, *parameters, _ = node.children
        found = self.parameters_(parameters[0]) if parameters else ()
        parts: dict[str, Any] = {"kind": str(kind), "name": self(name), "parameters": found, "span": self.span(node)}
        if getattr(node, "sound", 0) == self.most:
            later = Builder(self.source, self.offset, self.depth, most=self.most)
            return cast("t.Definition", deferred(t.Definition, "body", lambda: later.statements(node, found), **parts))
        known = len(self.problems)
        made = t.Definition(body=self.statements(node, found), **parts)
        if len(self.problems) == known and not self.headless:
            node.sound = self.most
        head = self.headless.get(name.start_pos)
        return made if head is None else self.headed(head, made)

    def statements(self, node: Any, parameters: tuple[t.Parameter, ...]) -> tuple[t.Statement, ...]:
        found = self.body_(node.children[-1])
        text = self.span(node).text.lower()
        if ("input" in text or ": [" in text) and not any(isinstance(s, t.Input) for s in found):
            from .misdeclared import misdeclared

            known = {parameter.name.id for parameter in parameters}
            is_model = self.source.text.startswith("model", self.span(node).start)  # of a faulty head there is no kind
            found, problems = misdeclared(found, "model" if is_model else "block", known)
            self.problems += problems
        return found

    def alias_(self, node: Any) -> t.Alias:
        kind, name, *parameters, value = node.children
        found = self.parameters_(parameters[0]) if parameters else ()
        return t.Alias(str(kind), self(name), found, self(value), self.span(node))

    def const_(self, node: Any) -> t.Const:
        return t.Const(self(node.children[1]), self(node.children[2]), self.span(node))

    def def_(self, node: Any) -> t.Def:
        _, name, parameters, body = node.children
        return t.Def(self(name), self.parameters_(parameters), self.body_(body), self.span(node))

    def import_(self, node: Any) -> t.Import:
        path = next(child for child in node.children if getattr(child, "data", "") == "text")
        names = [child for child in node.children if getattr(child, "data", "") == "imported"]
        pairs = [[self(name) for name in child.children if name.type == "NAME"] for child in names]
        return t.Import(self(path), tuple((pair[0], pair[-1]) for pair in pairs), self.span(node))

    def extern_(self, node: Any) -> t.Extern:
        children = [child for child in node.children if getattr(child, "type", "NAME") == "NAME"]
        name, *parameters, inputs, outputs, target = children
        found = self.parameters_(parameters[0]) if parameters else ()
        shapes = (self.all(inputs.children), self.all(outputs.children))
        return t.Extern(self(name), found, *shapes, self(target), self.span(node))


def is_value(child: Any) -> bool:
    return hasattr(child, "data") or getattr(child, "type", "") == "NAME"


def as_size(item: Any) -> Any:
    """An entry of a shape: `...` stands for any number of axes."""
    return t.Rest(None, item.span) if isinstance(item, t.Constant) and item.value is ... else item
