"""The parser: the tree of each construct, and exact spans."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cnndsl.problems import CnnError
from cnndsl.source import Source, Span
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse

from .trees import Trees, nodes, tree_of

HERE = Span(Source("x", ""), 0, 0)


def n(id: str) -> t.Name:
    return t.Name(id, HERE)


def num(text: str) -> t.Number:
    return t.Number(float(text) if re.search(r"[.e]", text) else int(text), text, HERE)


def text(*parts: Any) -> t.Text:
    return t.Text(parts, HERE)


def call(function: str, *arguments: Any, **keywords: Any) -> t.Call:
    named = [t.Keyword(name, value, HERE) for name, value in keywords.items()]
    return t.Call(n(function), (*arguments, *named), HERE)


def pipe(*stages: Any) -> t.Pipeline:
    return t.Pipeline(stages, False, HERE)


def led(*stages: Any) -> t.Pipeline:
    return t.Pipeline(stages, True, HERE)


def do(value: Any) -> t.Do:
    return t.Do(value, HERE)


def op(sign: str, left: Any, right: Any) -> t.Binary:
    return t.Binary(sign, left, right, HERE)


def neg(value: Any) -> t.Unary:
    return t.Unary("-", value, HERE)


def compare(first: Any, *rest: tuple[str, Any]) -> t.Compare:
    return t.Compare(first, rest, HERE)


def shape(*sizes: Any, dtype: str | None = None) -> t.Shape:
    return t.Shape(sizes, dtype, HERE)


def label(name: Any, value: Any) -> t.Label:
    return t.Label(n(name) if isinstance(name, str) else name, value, HERE)


def group(*statements: Any) -> t.Group:
    return t.Group(statements, True, HERE)


def item(name: str | None, value: Any) -> t.ReturnItem:
    return t.ReturnItem(name, value, HERE)


def returned(*items: t.ReturnItem, is_dict: bool = False) -> t.Return:
    return t.Return(items, is_dict, HERE)


def rule(value: Any, *selectors: str) -> t.InitRule:
    found = tuple(t.Selector(tuple(selector.split(".")), None, HERE) for selector in selectors)
    return t.InitRule(found, value, HERE)


def items(source: str) -> tuple[t.Item, ...]:
    return parse(Source("x", source)).items


def body(source: str) -> tuple[t.Statement, ...]:
    (block,) = items("block A {\n" + source + "\n}")
    assert isinstance(block, t.Definition)
    return block.body


# Expressions

TRUE, NONE = t.Constant(True, HERE), t.Constant(None, HERE)
A, B, C = n("a"), n("b"), n("c")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a", A),
        ("12", num("12")),
        ("1e-5", num("1e-5")),
        ("1_000", num("1_000")),
        ("2.", num("2.")),
        (".5", num(".5")),
        ("True", TRUE),
        ("None", NONE),
        ("'same'", text("same")),
        ('""', text()),
        ('"a\\n\\u00e9\\""', text('a\né"')),
        ("'it\\'s \"x\"'", text('it\'s "x"')),
        ('"a" \'b\' "c{d}"', text("abc", n("d"))),
        ('"layer{i + 1}.x"', text("layer", op("+", n("i"), num("1")), ".x")),
        ('"{a}{b}"', text(A, B)),
        ('"{{a}}"', text("{a}")),
        ("\"{x['k']}\"", text(t.Index(n("x"), (text("k"),), HERE))),
        ("...", t.Constant(..., HERE)),
        ("...S", t.Rest("S", HERE)),
        ("()", t.Tuple((), HERE)),
        ("(a)", A),
        ("(a,)", t.Tuple((A,), HERE)),
        ("(a, b,)", t.Tuple((A, B), HERE)),
        ("(*a, b)", t.Tuple((t.Spread(A, HERE), B), HERE)),
        ("[]", t.List((), HERE)),
        ("[a, b -> c, *b]", t.List((A, pipe(B, C), t.Spread(B, HERE)), HERE)),
        ("[for a in b { c }]", t.List((t.For((A,), B, (do(C),), HERE),), HERE)),
        ("f()", call("f")),
        ("f(a, *b, c=a -> b,)", call("f", A, t.Spread(B, HERE), c=pipe(A, B))),
        ("f(a)(b)", t.Call(call("f", A), (B,), HERE)),
        ("a.b.c", t.Attribute(t.Attribute(A, "b", HERE), "c", HERE)),
        ("a[b, 1:, :, ::2, 1:2:3]", None),
        ("-a ** -b", None),
        ("a + b * c - a", op("-", op("+", A, op("*", B, C)), A)),
        ("a // b % c @ a / b", op("/", op("@", op("%", op("//", A, B), C), A), B)),
        ("a ** b ** c", op("**", A, op("**", B, C))),
        ("(-a) ** b", op("**", neg(A), B)),
        ("a < b <= c", compare(A, ("<", B), ("<=", C))),
        ("a not in b is not c", compare(A, ("not in", B), ("is not", C))),
        ("a  not   in b", compare(A, ("not in", B))),
        ("not a == b", t.Unary("not", compare(A, ("==", B)), HERE)),
        ("a or b and not c", op("or", A, op("and", B, t.Unary("not", C, HERE)))),
        ("a if b else c if a else b", t.Ternary(A, B, t.Ternary(C, A, B, HERE), HERE)),
        ("a + b -> c", pipe(op("+", A, B), C)),
        ("(a -> b) -> c", pipe(pipe(A, B), C)),
        ("(a -> b) * 3", op("*", pipe(A, B), num("3"))),
        ("conv: a * 3", label("conv", op("*", A, num("3")))),
        ('"l{a}.x": b', label(text("l", A, ".x"), B)),
        ("a: { b -> c; a }", label("a", group(do(pipe(B, C)), do(A)))),
        ("a: {}", label("a", group())),
        ("Sequential { b }", t.Group((do(B),), False, HERE)),
        ("if a { b }", t.If(A, (do(B),), None, HERE)),
        ("if a {} else {}", t.If(A, (), (), HERE)),
        ("if a {} else if b { c }", t.If(A, (), (do(t.If(B, (do(C),), None, HERE)),), HERE)),
        ("if a { b } -> c", pipe(t.If(A, (do(B),), None, HERE), C)),
    ],
)
def test_expressions(source: str, tree: Any) -> None:
    if source == "a[b, 1:, :, ::2, 1:2:3]":
        one, two, three = num("1"), num("2"), num("3")
        ends = [(one, None, None), (None, None, None), (None, None, two), (one, two, three)]
        tree = t.Index(A, (B, *(t.Slice(*end, HERE) for end in ends)), HERE)
    if source == "-a ** -b":
        assert body(f"x = {source}") == (t.Assign((n("x"),), neg(op("**", A, neg(B))), HERE),)
    else:
        assert body(source) == (do(tree),)


# Statements


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("-> a -> b", do(led(A, B))),
        ("-> (a -> b)", do(led(pipe(A, B)))),
        ("(-a)", do(neg(A))),
        ("(-a) -> b", do(pipe(neg(A), B))),
        ("a = b", t.Assign((A,), B, HERE)),
        ("a = b -> c", t.Assign((A,), pipe(B, C), HERE)),
        ("a = -> b", t.Assign((A,), led(B), HERE)),
        ("a = l: b", t.Assign((A,), label("l", B), HERE)),
        ("a, (b, c) = a", t.Assign((A, (B, C)), A, HERE)),  # type: ignore[arg-type]
        ("input a", t.Input(A, False, None, None, HERE)),
        ("input *a", t.Input(A, True, None, None, HERE)),
        ("input a: [N, 3, ...S]", t.Input(A, False, shape(n("N"), num("3"), t.Rest("S", HERE)), None, HERE)),
        ("input a: [N, ...] int64", t.Input(A, False, shape(n("N"), t.Rest(None, HERE), dtype="int64"), None, HERE)),
        (
            "input a: [16*H,] where a == b",
            t.Input(A, False, shape(op("*", num("16"), n("H"))), compare(A, ("==", B)), HERE),
        ),
        ("expect [N, ...]", t.Expect(shape(n("N"), t.Rest(None, HERE)), HERE)),
        ("expect [N] bool", t.Expect(shape(n("N"), dtype="bool"), HERE)),
        ("expect a == 1", t.Expect(compare(A, ("==", num("1"))), HERE)),
        ("expect -a < b", t.Expect(compare(neg(A), ("<", B)), HERE)),
        ("return a", returned(item(None, A))),
        ("return a -> b, c", returned(item(None, pipe(A, B)), item(None, C))),
        ("return a=b, b=c", returned(item("a", B), item("b", C))),
        ("return {\na: b,\nb: c -> a,\n}", returned(item("a", B), item("b", pipe(C, A)), is_dict=True)),
        ('order a, "b{c}"', t.Order((A, text("b", C)), HERE)),
        ("param a: [1] = 0", t.ParamOf("param", A, shape(num("1")), num("0"), (), HERE)),
        ("param a", t.ParamOf("param", A, None, None, (), HERE)),
        ("buffer a = f(b)", t.ParamOf("buffer", A, None, call("f", B), (), HERE)),
        (
            "buffer(persistent=False) a: [1]",
            t.ParamOf(
                "buffer", A, shape(num("1")), None, (t.Keyword("persistent", t.Constant(False, HERE), HERE),), HERE
            ),
        ),
        ("version 2", t.Version(2, HERE)),
        ("for a in b { c }", t.For((A,), B, (do(C),), HERE)),
        ("for a, (b, c) in a {}", t.For((A, (B, C)), A, (), HERE)),
        ("init {}", t.Init((), HERE)),
        ("init { a.b, c: a }", t.Init((rule(A, "a.b", "c"),), HERE)),
        ('init {\n"a.*": b\n}', t.Init((t.InitRule((t.Selector((), text("a.*"), HERE),), B, HERE),), HERE)),
        (
            "init { if a {} else if b { c: a } else {} }",
            t.Init((t.InitIf(A, (), (t.InitIf(B, (rule(A, "c"),), (), HERE),), HERE),), HERE),
        ),
        ("init { for a in b {} }", t.Init((t.InitFor((A,), B, (), HERE),), HERE)),
    ],
)
def test_statements(source: str, tree: Any) -> None:
    assert body(source) == (tree,)


# Items


def parameter(name: str, kind: str | None = None, default: Any = None) -> t.Parameter:
    return t.Parameter(n(name), kind, default, HERE)


PARAMETERS = (parameter("a"), parameter("b", None, num("3")), parameter("c", "int", pipe(A, B)))
FLOAT = (parameter("a", "float"),)
OUTPUTS = (shape(n("N")), shape(n("M")))


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("model M { a }", t.Definition("model", n("M"), (), (do(A),), HERE)),
        ("block M() {}", t.Definition("block", n("M"), (), (), HERE)),
        (
            "block M(a, b=3, c: int = a -> b,) {}",
            t.Definition("block", n("M"), PARAMETERS, (), HERE),
        ),
        ("model M = F(a)", t.Alias("model", n("M"), (), call("F", A), HERE)),
        ("model M(a=1) = a", t.Alias("model", n("M"), (parameter("a", None, num("1")),), A, HERE)),
        ("block M = { a -> b }", t.Alias("block", n("M"), (), group(do(pipe(A, B))), HERE)),
        ("const C = f(a)", t.Const(n("C"), call("f", A), HERE)),
        ("def f(a) { return a }", t.Def(n("f"), (parameter("a"),), (returned(item(None, A)),), HERE)),
        ('from "x.cnn" import a, b as c', t.Import(text("x.cnn"), ((A, A), (B, C)), HERE)),
        (
            'extern block E(a: float): [N, ...S] -> [N], [M] from "m:E"',
            t.Extern(n("E"), FLOAT, (shape(n("N"), t.Rest("S", HERE)),), OUTPUTS, text("m:E"), HERE),
        ),
    ],
)
def test_items(source: str, tree: Any) -> None:
    assert items(source) == (tree,)


# Spans


def spans(source: str, kind: type) -> list[str]:
    return [node.span.text for node in nodes(parse(Source("x", source))) if isinstance(node, kind)]


SPANNED = """\
# first
model M(a, b: int = f(1)) {  # c
    input x: [N, 3] int64 where N == 1  # d
    # e
    -> relu  # f
    y = conv: Conv2d(a, k="s{a + 1}")[0, 1:]  # g
        # h
        -> (bn: Norm) -> relu
    for i, j in xs { A }
    # j

    -> (B)
    return {a: x}
}
"""


@pytest.mark.parametrize(
    ("kind", "pieces"),
    [
        (t.File, [SPANNED]),
        (t.Definition, [SPANNED[SPANNED.index("model") : -1]]),
        (t.Parameter, ["a", "b: int = f(1)"]),
        (t.Input, ["input x: [N, 3] int64 where N == 1"]),
        (t.Shape, ["[N, 3] int64"]),
        (t.Compare, ["N == 1"]),
        (t.Do, ["-> relu", "A", "-> (B)"]),
        (t.Assign, ['y = conv: Conv2d(a, k="s{a + 1}")[0, 1:]  # g\n        # h\n        -> (bn: Norm) -> relu']),
        (t.Label, ['conv: Conv2d(a, k="s{a + 1}")[0, 1:]', "bn: Norm"]),
        (t.Call, ["f(1)", 'Conv2d(a, k="s{a + 1}")']),
        (t.Keyword, ['k="s{a + 1}"']),
        (t.Text, ['"s{a + 1}"']),
        (t.Binary, ["a + 1"]),
        (t.Slice, ["1:"]),
        (t.For, ["for i, j in xs { A }"]),
        (t.ReturnItem, ["a: x"]),
        (t.Number, ["1", "3", "1", "1", "0", "1"]),
    ],
)
def test_spans(kind: type, pieces: list[str]) -> None:
    found = spans(SPANNED, kind)
    assert found == pieces if kind is not t.Number else sorted(found) == sorted(pieces)


def test_spans_do_not_count_in_equality() -> None:
    assert body("f(a)") == body("\n\n  f( a )  # c")


def test_a_span_with_parentheses_and_line_ends() -> None:
    source = "block A {\r\n  (a + b) * c\r\n  x = (a)\r\n}"
    assert spans(source, t.Binary) == ["(a + b) * c", "a + b"]
    assert spans(source, t.Do) == ["(a + b) * c"]
    assert spans(source, t.Assign) == ["x = (a)"]


@pytest.mark.parametrize("seed", range(30))
def test_each_span_holds_what_its_node_says(seed: int) -> None:
    """The text of a span, alone, parses to the node again."""
    from cnndsl.syntax.format import print_tree

    source = Source("x", print_tree(Trees(seed).file(3)))
    for node in nodes(parse(source)):
        if isinstance(node, (t.Call, t.Index, t.Attribute, t.Ternary, t.Compare, t.Tuple, t.List, t.Text, t.Number)):
            made = tree_of(f"const X = (\n{node.span.text}\n)")
            assert made and made.items[0].value == node  # type: ignore[union-attr]
        elif isinstance(node, (t.Assign, t.Return, t.For, t.Input, t.Expect, t.ParamOf, t.Init, t.Order)):
            assert body(node.span.text) == (node,)


def test_of_very_many_mistakes_the_first_are_told() -> None:
    """All of what `cnndsl format` says is read by people, too."""
    with pytest.raises(CnnError) as raised:
        parse(Source("x", "model A {\n" + "n = 1e999\n" * 300 + "}\n"))
    *first, last = raised.value.problems
    assert len(first) == 200 and (last.code, last.facts) == ("too-many-problems", {"count": "100"})
