"""Random trees for the tests of the syntax, and random ways to write a text that leave its tree as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from cnndsl.problems import CnnError
from cnndsl.source import Source, Span
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse

NOWHERE = Span(Source("<random>", ""), 0, 0)
NAMES = ["x", "y", "width", "Conv2d", "ReLU", "input", "model", "block", "const", "order", "init", "version", "param"]
NAMES += ["buffer", "expect", "where", "from", "import", "def", "as", "training", "a_rather_long_name_of_a_value"]
NUMBERS = ["0", "1", "64", "0.5", "1e-5", "2.", ".25", "1_000"]
TEXTS = ["", "same", 'a "quoted" word', "back\\slash", "lay{er}", "line\nbreak", "é", "#", "\0001\x7f"]
BINARY = ["+", "-", "*", "/", "//", "%", "**", "@", "and", "or"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]
TOKEN = re.compile(r"""\#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\w+|->|\s+|.""")


class Trees:
    """Makes trees that the parser could have made. `room` bounds the depth."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def some(self, make: Callable[[int], Any], room: int, least: int = 0, most: int = 3) -> tuple[Any, ...]:
        return tuple(make(room) for _ in range(self.random.randint(least, most)))

    def maybe(self, make: Callable[[int], Any], room: int) -> Any:
        return make(room) if self.random.random() < 0.4 else None

    def pick(self, room: int, leaves: list[Any], branches: list[Any]) -> Any:
        return self.random.choice(branches if room > 0 and self.random.random() < 0.8 else leaves)(room - 1)

    # Expressions

    def name(self, room: int = 0) -> t.Name:
        return t.Name(self.random.choice(NAMES), NOWHERE)

    def number(self, room: int) -> t.Number:
        text = self.random.choice(NUMBERS)
        return t.Number(float(text) if re.search(r"[.e]", text) else int(text), text, NOWHERE)

    def text(self, room: int) -> t.Text:
        plain = self.random.choice(TEXTS)
        parts = [plain, self.name()] if self.random.random() < 0.3 else [plain]
        return t.Text(tuple(part for part in parts if part != ""), NOWHERE)

    def constant(self, room: int) -> t.Constant:
        return t.Constant(self.random.choice([True, False, None, ...]), NOWHERE)

    def expression(self, room: int) -> Any:
        branches = [self.call, self.index, self.attribute, self.unary, self.binary, self.binary, self.compare]
        branches += [self.ternary, self.tuple, self.list, self.sequential, self.label, self.if_, self.pipeline]
        return self.pick(room, [self.name, self.name, self.number, self.text, self.constant], branches)

    def tight(self, room: int) -> Any:
        """An expression that a bracket or dot may follow."""
        return self.expression(room)

    def call(self, room: int) -> t.Call:
        arguments = sorted(self.some(self.argument, room), key=lambda one: isinstance(one, t.Keyword))
        return t.Call(self.tight(room), (*arguments,), NOWHERE)

    def argument(self, room: int) -> Any:
        return self.pick(room, [self.expression, self.keyword, self.spread], [self.expression])

    def keyword(self, room: int) -> t.Keyword:
        return t.Keyword(self.name().id, self.expression(room), NOWHERE)

    def spread(self, room: int) -> t.Spread:
        return t.Spread(self.expression(room), NOWHERE)

    def index(self, room: int) -> t.Index:
        return t.Index(self.tight(room), self.some(self.subscript, room, 1), NOWHERE)

    def subscript(self, room: int) -> Any:
        return self.random.choice([self.expression, self.slice])(room)

    def slice(self, room: int) -> t.Slice:
        return t.Slice(*(self.maybe(self.expression, room) for _ in range(3)), NOWHERE)

    def attribute(self, room: int) -> t.Attribute:
        return t.Attribute(self.tight(room), self.name().id, NOWHERE)

    def unary(self, room: int) -> t.Unary:
        return t.Unary(self.random.choice(["+", "-", "not"]), self.expression(room), NOWHERE)

    def binary(self, room: int) -> t.Binary:
        return t.Binary(self.random.choice(BINARY), self.expression(room), self.expression(room), NOWHERE)

    def compare(self, room: int) -> t.Compare:
        rest = self.some(lambda room: (self.random.choice(COMPARISONS), self.expression(room)), room, 1, 2)
        return t.Compare(self.expression(room), rest, NOWHERE)

    def ternary(self, room: int) -> t.Ternary:
        return t.Ternary(*(self.expression(room) for _ in range(3)), NOWHERE)

    def tuple(self, room: int) -> t.Tuple:
        return t.Tuple(self.some(self.item, room), NOWHERE)

    def list(self, room: int) -> t.List:
        return t.List(self.some(self.listed, room, 0, 5), NOWHERE)

    def item(self, room: int) -> Any:
        return self.random.choice([self.expression, self.expression, self.spread])(room)

    def listed(self, room: int) -> Any:
        return self.random.choice([self.item, self.item, self.item, self.for_])(room)

    # Stages

    def sequential(self, room: int) -> t.Group:
        return t.Group(self.statements(room), False, NOWHERE)

    def group(self, room: int) -> t.Group:
        return t.Group(self.statements(room), True, NOWHERE)

    def label(self, room: int) -> t.Label:
        target = self.random.choice([self.name, self.text])(room)
        return t.Label(target, self.random.choice([self.expression, self.group])(room), NOWHERE)

    def if_(self, room: int) -> t.If:
        return t.If(self.condition(room), self.statements(room), self.maybe(self.statements, room), NOWHERE)

    def condition(self, room: int) -> Any:
        return self.expression(min(room, 1))

    def for_(self, room: int) -> t.For:
        return t.For(self.targets(room, 1), self.condition(room), self.statements(room), NOWHERE)

    def target(self, room: int) -> Any:
        return self.targets(room, 1) if room > 0 and self.random.random() < 0.2 else self.name()

    def targets(self, room: int, least: int) -> Any:
        return self.some(self.target, room - 1, least, 2)

    def pipeline(self, room: int) -> t.Pipeline:
        return t.Pipeline(self.some(self.expression, room, 2, 4), False, NOWHERE)

    def led(self, room: int) -> t.Pipeline:
        return t.Pipeline(self.some(self.expression, room, 1, 3), True, NOWHERE)

    # Statements

    def statements(self, room: int) -> tuple[Any, ...]:
        made: list[Any] = []
        for _ in range(self.random.randint(0, 3)):
            may_lead = not made or isinstance(made[-1], (t.Input, t.Expect, t.For))
            kinds = [self.do, self.do, self.assign, self.for_, self.input, self.expect, self.return_, self.order]
            kinds += [self.param, self.init, self.version, *([self.do_led] * 6 * may_lead)]
            made.append(self.random.choice(kinds)(room - 1))
        return tuple(made)

    def do(self, room: int) -> t.Do:
        return t.Do(self.expression(room), NOWHERE)

    def do_led(self, room: int) -> t.Do:
        return t.Do(self.led(room), NOWHERE)

    def assign(self, room: int) -> t.Assign:
        targets = (self.name(), *self.some(self.target, room, 0, 2))
        return t.Assign(targets, self.random.choice([self.expression, self.expression, self.led])(room), NOWHERE)

    def shape(self, room: int) -> t.Shape:
        return t.Shape(self.some(self.size, min(room, 1)), self.random.choice([None, "int64", "bool"]), NOWHERE)

    def size(self, room: int) -> Any:
        size = self.random.choice([self.expression, self.expression, self.rest])(room)
        return t.Rest(None, NOWHERE) if isinstance(size, t.Constant) and size.value is ... else size

    def rest(self, room: int) -> t.Rest:
        return t.Rest(self.random.choice([None, "S"]), NOWHERE)

    def input(self, room: int) -> t.Input:
        starred = self.random.random() < 0.2
        shape, where = self.maybe(self.shape, room), self.maybe(self.expression, room)
        return t.Input(self.name(), starred, shape, where, NOWHERE)

    def expect(self, room: int) -> t.Expect:
        return t.Expect(self.random.choice([self.shape, self.compare])(room), NOWHERE)

    def return_(self, room: int) -> t.Return:
        is_dict = self.random.random() < 0.3
        is_named = is_dict or self.random.random() < 0.5
        name = lambda: self.name().id if is_named else None  # noqa: E731
        items = self.some(lambda room: t.ReturnItem(name(), self.expression(room), NOWHERE), room, 1)
        return t.Return(items, is_dict, NOWHERE)

    def order(self, room: int) -> t.Order:
        return t.Order(self.some(self.random.choice([self.name, self.text]), room, 1), NOWHERE)

    def param(self, room: int) -> t.ParamOf:
        shape, value = self.maybe(self.shape, room), self.maybe(self.expression, room)
        kind = self.random.choice(["param", "buffer"])
        option = t.Keyword("persistent", t.Constant(False, NOWHERE), NOWHERE)
        options = (option,) if kind == "buffer" and self.random.random() < 0.5 else ()
        return t.ParamOf(kind, self.name(), shape, value, options, NOWHERE)

    def version(self, room: int) -> t.Version:
        return t.Version(self.random.randint(0, 20), NOWHERE)

    def init(self, room: int) -> t.Init:
        return t.Init(self.rules(room), NOWHERE)

    def rules(self, room: int) -> tuple[Any, ...]:
        return self.some(lambda room: self.pick(room, [self.rule], [self.rule, self.init_if, self.init_for]), room)

    def rule(self, room: int) -> t.InitRule:
        return t.InitRule(self.some(self.selector, room, 1, 2), self.expression(room), NOWHERE)

    def selector(self, room: int) -> t.Selector:
        if self.random.random() < 0.3:
            return t.Selector((), self.text(room), NOWHERE)
        return t.Selector(self.some(lambda _: self.name().id, room, 1), None, NOWHERE)

    def init_if(self, room: int) -> t.InitIf:
        return t.InitIf(self.condition(room), self.rules(room), self.rules(room), NOWHERE)

    def init_for(self, room: int) -> t.InitFor:
        return t.InitFor(self.targets(room, 1), self.condition(room), self.rules(room), NOWHERE)

    # Items

    def parameter(self, room: int) -> t.Parameter:
        kind = self.random.choice([None, None, "int", "bool"])
        return t.Parameter(self.name(), kind, self.maybe(self.expression, room), NOWHERE)

    def parameters(self, room: int) -> tuple[t.Parameter, ...]:
        return self.some(self.parameter, room)

    def definition(self, room: int) -> t.Definition:
        kind = self.random.choice(["model", "block"])
        return t.Definition(kind, self.name(), self.parameters(room), self.statements(room), NOWHERE)

    def alias(self, room: int) -> t.Alias:
        kind = self.random.choice(["model", "block"])
        value = self.random.choice([self.expression, self.group])(room)
        return t.Alias(kind, self.name(), self.parameters(room), value, NOWHERE)

    def const(self, room: int) -> t.Const:
        return t.Const(self.name(), self.expression(room), NOWHERE)

    def def_(self, room: int) -> t.Def:
        return t.Def(self.name(), self.parameters(room), self.statements(room), NOWHERE)

    def import_(self, room: int) -> t.Import:
        return t.Import(self.text(room), self.some(lambda _: (self.name(), self.name()), room, 1), NOWHERE)

    def extern(self, room: int) -> t.Extern:
        inputs, outputs = self.some(self.shape, room, 1), self.some(self.shape, room, 1)
        return t.Extern(self.name(), self.parameters(room), inputs, outputs, self.text(room), NOWHERE)

    def file(self, room: int) -> t.File:
        kinds = [self.definition, self.definition, self.alias, self.const, self.def_, self.import_, self.extern]
        return t.File(self.some(lambda room: self.random.choice(kinds)(room), room, 1, 4), NOWHERE)


# Other ways to write the same


def nodes(node: Any) -> Iterator[Any]:
    """A node and all below it, in the order of the text."""
    if isinstance(node, tuple):
        for part in node:
            yield from nodes(part)
    elif hasattr(node, "span"):
        yield node
        for name in node.__match_args__:
            if name != "span":
                yield from nodes(getattr(node, name))


def tree_of(text: str) -> t.File | None:
    """The tree of a text, or None if it has none."""
    try:
        return parse(Source("x", text))
    except CnnError:
        return None


def mangled(text: str, random: Random, edits: int) -> str:
    """The text with blank space, comments, semicolons, commas and parentheses where they change nothing."""
    tree = parse(Source("x", text))
    for number in range(edits):
        edited = random.choice([edited_gap, edited_gap, edited_gap, with_comma, with_parentheses])(text, random, number)
        if tree_of(edited) == tree:
            text = edited
    return text


def edited_gap(text: str, random: Random, number: int) -> str:
    ends = [match.end() for match in TOKEN.finditer(text) if not match[0].startswith("#")]
    place = random.choice([0, *ends])
    blank = re.compile(r"\s*").match(text, place)
    end = blank.end() if blank and random.random() < 0.7 else place
    comments = [f"# {number}\n", f"\n  # {number}\n", f" #{number} x\n\n# {number} y {{\n\n", f"\n\n\n#{number}\n"]
    return text[:place] + random.choice(["\n", "  ", ";", ";\n", "\n\n\n", *comments, *comments]) + text[end:]


def with_comma(text: str, random: Random, number: int) -> str:
    places = [match.start() for match in re.finditer(r"[)\]]", text)]
    place = random.choice([0, *places])
    return text[:place] + random.choice([",", ",\n", "\n,"]) + text[place:]


def with_parentheses(text: str, random: Random, number: int) -> str:
    node = random.choice(list(nodes(parse(Source("x", text)))))
    opening, closing = random.choice([("(", ")"), ("(\n", "\n)"), (f"( # {number} (\n", f"# {number} )\n)")])
    return text[: node.span.start] + opening + node.span.text + closing + text[node.span.end :]


def deepest() -> list[str]:
    """Texts as deep as the parser takes."""
    brackets = [("f(a=", "a", ")"), ("(", "a", ")"), ("[", "a", "]"), ("if a {", "a", "}"), ("g: {", "a", "}")]
    texts = [nested(*bracket) for bracket in brackets]
    return [*texts, nested("", "a", "+a"), nested("-", "a", "", "x ="), nested("if a {} else ", "if a {}", "")]


def nested(before: str, middle: str, after: str, start: str = "") -> str:
    made = [f"block A {{ {start}{before * n}{middle}{after * n} }}" for n in range(1, 200)]
    return [text for text in made if tree_of(text)][-1]
