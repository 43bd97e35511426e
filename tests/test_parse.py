"""The parser: the tree of each construct, exact spans, and refusals with a place and readable words."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from cnndsl.problems import CnnError, Problem
from cnndsl.source import Source, Span
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import MAX_DEPTH, MAX_NESTING, parse
from cnndsl.syntax.words import expected

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


def problem(source: str) -> Problem:
    with pytest.raises(CnnError) as raised:
        parse(Source("x", source))
    (found,) = raised.value.problems
    return found


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


# Refusals


@pytest.mark.parametrize(
    ("source", "code", "marked"),
    [
        ("block A {", "unclosed-bracket", ""),
        ("block A {\n\n# c\n", "unclosed-bracket", ""),
        ("block A { f(a }", "unclosed-bracket", "}"),
        ("block A {\nf(a,\n}\n", "unclosed-bracket", "}"),
        ("block A { f(a] }", "unclosed-bracket", "]"),
        ("block A { 'abc }", "unclosed-string", "'"),
        ('block A {\n"abc\n}', "unclosed-string", '"'),
        ('block A { "a{b" }', "lone-brace", "{"),
        ('block A { "a}b" }', "lone-brace", "}"),
        ('block A { "a{ }b" }', "empty-braces", "{ }"),
        ('block A { "a{b c}d" }', "syntax", "c"),
        ('block A { "a{b +}d" }', "syntax", "}"),
        ('block A { "a{f(b}d" }', "unclosed-bracket", "}"),
        ('block A { "\\N" }', "bad-escape", '"\\N"'),
        ("block A { é: B }", "not-ascii", "é"),
        ("block A { aé: B }", "not-ascii", "é"),
        ("block A { “a” }", "not-ascii", "“"),
        ("block A { $ }", "syntax", "$"),
        ("block A { 012 }", "leading-zero", "012"),
        ("block A { 1__0 }", "bad-number", "1__0"),
        ("block A { 1a }", "bad-number", "1a"),
        ("block A { 0x10 }", "bad-number", "0x10"),
        ("block A { 1e999 }", "number-too-large", "1e999"),
        ("block A { 1" + "0" * 400 + " }", "number-too-long", "1" + "0" * 400),
        ("block A { version 1.5 }", "version-not-whole", "1.5"),
        ("block A { version 01 }", "leading-zero", "01"),
        ("block A { expect a int64 }", "dtype-without-shape", "int64"),
        ("block A {\na\n- b\n}", "operator-starts-line", "-"),
        ("block A { a b }", "syntax", "b"),
        ("block A { a = }", "syntax", "}"),
        ("block A { {a} }", "syntax", "{"),
        ("block A { f(,) }", "syntax", ","),
        ("block A { a\n.b }", "syntax", "."),
        ("block A { input x; -> relu }", "syntax", "->"),
        ("block A {\nfor a in b\n{}\n}", "unexpected-line-end", "\n"),
        ("block A", "unexpected-end", ""),
        ("const A =", "unexpected-end", ""),
        ("blok A {}", "syntax", "blok"),
        ("block A {}}", "syntax", "}"),
        ("from a import b", "syntax", "from"),
    ],
)
def test_refusals(source: str, code: str, marked: str) -> None:
    found = problem(source)
    assert found.span is not None
    assert (found.code, found.span.text) == (code, marked)
    assert found.severity == "error"


def test_an_unclosed_bracket_says_where_it_was_opened() -> None:
    found = problem("block A {\n  f(a,\n}\n")
    (related,) = found.related
    assert (related.code, related.span.text, related.span.line, related.span.column) == ("opened-here", "(", 2, 4)
    assert found.facts == {"bracket": "("}


def test_a_place_in_an_interpolated_string() -> None:
    found = problem('block A {\n  "x{a}y{b + * c}": B\n}')
    assert found.span is not None
    assert (found.span.line, found.span.column, found.span.text) == (2, 14, "*")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("blok A {}", "`model`, `block` or another item"),
        ("block A { $ }", "a statement or `}`"),
        ("const A =", "a value"),
        ("block A", "`(`, `=` or `{`"),
        ("from 'a' import", "a name"),
        ("block A {} b", "the end of the statement"),
    ],
)
def test_what_was_expected_in_words(source: str, words: str) -> None:
    assert problem(source).facts["expected"] == words


def test_no_terminal_is_shown_by_its_name_in_the_grammar() -> None:
    from cnndsl.syntax.grammar import parser

    for terminal in parser().terminals:
        if terminal.name not in ("BLANK", "NEWLINE", "COMMENT"):
            word = expected([terminal.name])
            assert re.fullmatch(r"`[^A-Z_]+`|`Sequential \{`|`\.\.\.S`|`True`.*|an? [a-z ]+", word), terminal.name


# Limits: refused, and quickly


def quickly(source: str) -> Problem:
    begin = time.process_time()
    found = problem(source)
    assert time.process_time() - begin < 2
    return found


@pytest.mark.parametrize("bracket", ["(", "[", "{", "f(", "x[", "a: {", "if a {", "[for a in b {"])
def test_too_many_brackets(bracket: str) -> None:
    found = quickly("block A { " + bracket * 100_000)
    assert (found.code, found.facts) == ("nested-too-deep", {"limit": MAX_NESTING})


CHAINS = [*"+-*/%@", "//", "**", " and ", " or ", "(b)", "[b]", ".b"]


@pytest.mark.parametrize("link", [*(f"{sign}a" if len(sign) < 3 or " " in sign else sign for sign in CHAINS), ".b"])
def test_too_long_chains(link: str) -> None:
    found = quickly("block A { a" + link * 10_000 + " }")
    assert (found.code, found.facts) == ("nested-too-deep", {"limit": MAX_DEPTH})
    assert tree_of("block A { a" + link * 100 + " }")


@pytest.mark.parametrize(
    "source", ["x = " + "-" * 10_000 + "a", "not " * 10_000 + "a", "if a {} else " * 10_000 + "{}"]
)
def test_too_long_chains_of_prefixes(source: str) -> None:
    assert quickly("block A { " + source + " }").code == "nested-too-deep"


def test_too_deep_in_an_interpolated_string() -> None:
    assert quickly('block A { "{' + "(" * 10_000 + "a" + ")" * 10_000 + '}" }').code == "nested-too-deep"


@pytest.mark.parametrize(
    "line", ["conv: Conv2d(3, 4) -> relu\n", "x = a\n", "a;", "# c\n", "\n", "(a # c\n)\n", "'a' "]
)
def test_long_flat_files(line: str) -> None:
    """Ten times the lines take some ten times as long, and no recursion."""
    times = []
    for count in (150, 1500):
        begin = time.process_time()
        parse(Source("x", "block A {\n" + line * count + "\n}"))
        times.append(time.process_time() - begin)
    assert times[1] < 40 * times[0] + 0.2


def test_long_flat_lists() -> None:
    (statement,) = body("[" + "f(a, [1, 2]) -> b,\n# c\n" * 1500 + "]")
    assert isinstance(statement, t.Do) and isinstance(statement.value, t.List)
    assert len(statement.value.items) == 1500


def test_many_comments_in_brackets() -> None:
    begin = time.process_time()
    assert body("f(\n" + "# c\n" * 50_000 + ")") == body("f()")
    assert time.process_time() - begin < 2


def test_a_file_that_is_too_large() -> None:
    assert quickly("#" * 10_000_001).code == "file-too-large"
