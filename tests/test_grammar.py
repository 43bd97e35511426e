"""The grammar: without conflicts and dead rules, and its rules about newlines, comments and soft keywords."""

from __future__ import annotations

import logging

import pytest
from lark import Lark, logger

from cnndsl.problems import CnnError
from cnndsl.source import Source
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse
from cnndsl.syntax.table import grammar_text

MARKERS = {"_line", "_free", "_GAP"}  # arguments of rules, and a terminal that only others are made of


def log_of(grammar: str) -> list[str]:
    """What Lark says of a grammar when it may say everything."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        start = ["start", "interpolation"] if "interpolation" in grammar else "start"
        Lark(grammar, parser="lalr", lexer="contextual", start=start, debug=True)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return said


def conflicts(said: list[str]) -> list[str]:
    return [line for line in said if "onflict" in line]


def test_no_conflict_is_resolved_silently() -> None:
    assert conflicts(log_of(grammar_text())) == []


def test_a_conflict_would_be_seen() -> None:
    dangling_else = 'start: "if" "x" start | "if" "x" start "else" start | "y"'
    assert conflicts(log_of(dangling_else))


def test_no_rule_and_no_terminal_is_unused() -> None:
    unused = [line for line in log_of(grammar_text()) if "nused" in line]
    assert len(unused) == len(MARKERS)
    assert all(any(marker in line for marker in MARKERS) for line in unused)


# Newlines


def body(text: str) -> tuple[t.Statement, ...]:
    block = parse(Source("x", "block A(input) {\n" + text + "\n}")).items[0]
    assert isinstance(block, t.Definition)
    return block.body


def same(left: str, right: str) -> None:
    assert body(left) == body(right)


def refused(text: str) -> str:
    """The code of the one problem."""
    with pytest.raises(CnnError) as raised:
        body(text)
    (problem,) = raised.value.problems
    return problem.code


def test_statements_end_at_a_newline_or_semicolon() -> None:
    assert len(body("a\nb")) == 2
    same("a\nb", "a; b")
    same("a\nb", ";\n;a;;\n\n ; b;")
    assert refused("a b") == "syntax"


@pytest.mark.parametrize(
    "text",
    [
        "a\n-> b",
        "a\n\n   \n->\n\nb",
        "x = a\n-> b",
        "if a { b }\n-> c",
        "if a { b }\nelse { c }",
        "if a { b }\n\nelse\n\nif c { d }\n\nelse\n{ e }",
        "a if b\nelse c",
        "init { if a { b: c }\nelse { d: e } }",
        "return a\n-> b",
        "l: A\n-> b",
        "for x in a if b\nelse c { d }",
    ],
)
def test_a_line_may_begin_with_an_arrow_or_else(text: str) -> None:
    same(text, text.replace("\n", " "))


OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">=", "in", "is", "and", "or"]
OPERATORS += ["not in", "is not"]


@pytest.mark.parametrize("operator", [*OPERATORS, "->"])
def test_a_line_goes_on_after_an_operator(operator: str) -> None:
    same(f"a {operator}\n\n\n b", f"a {operator} b")
    same(f"a {operator} # c\n # d\n b", f"a {operator} b")


@pytest.mark.parametrize("operator", [operator for operator in OPERATORS if operator not in "+-"])
def test_a_line_that_begins_with_an_operator_is_an_error(operator: str) -> None:
    assert refused(f"a\n{operator} b") == "syntax"


@pytest.mark.parametrize("text", ["a\n- b", "a\n+ b", "- b", "-b -> c", "a\n\n# c\n-b", "l: a; -b"])
def test_a_line_that_begins_with_a_sign_is_an_error(text: str) -> None:
    assert refused(text) == "operator-starts-line"


def test_a_sign_may_begin_what_is_no_line() -> None:
    assert len(body("(-a)\n(-b) -> c\nx = -a\nf(\n-a\n)\nfor x in -a {}\nreturn -a")) == 6


@pytest.mark.parametrize(
    "text", ["x =\na", "x, y =\n\na", "x,\ny = a", "return a,\nb", "order a,\nb", "param a: [1] =\n0", "x = \n-> b"]
)
def test_a_line_goes_on_after_an_equals_sign_or_comma(text: str) -> None:
    same(text, text.replace("\n", " "))


def test_a_bracket_begins_a_statement() -> None:
    assert len(body("a\n(b)")) == 2
    assert len(body("a\n[b]")) == 2
    assert refused("a\n{ b }") == "syntax"
    assert refused("a\n.b") == "syntax"


ENDINGS = [
    "a",
    "f(a)",
    "x[1]",
    "'t'",
    "'t' 'u'",
    "x.y",
    "1",
    "True",
    "...",
    "...S",
    "()",
    "(a)",
    "[a]",
    "(a,)",
    "not a",
]
ENDINGS += [
    "-a",
    "a + b",
    "a**b",
    "a if b else c",
    "a < b",
    "a -> b",
    "f(a)(b)",
    "Sequential { A }",
    "l: { A }",
    "l: f(a)",
]
ENDINGS += ["if a { A }", "if a { A } else { B }"]


@pytest.mark.parametrize("text", ENDINGS)
@pytest.mark.parametrize(
    "frame", ["f({}\n)", "f(\n{}\n, b)", "[{}\n]", "[\n\n{}\n,\nb\n,\n]", "({}\n)", "({}\n-> b)", "x = (\n{}\n,)"]
)
def test_newlines_in_brackets_end_nothing(text: str, frame: str) -> None:
    framed = frame.format(text)
    same(framed, framed.replace("\n", " "))


@pytest.mark.parametrize("text", ENDINGS)
def test_newlines_in_brackets_end_nothing_before_an_operator(text: str) -> None:
    inside = text if "{" not in text and "->" not in text else f"({text})"
    same(f"(({inside})\n+ b)", f"(({inside}) + b)")
    same(f"(({inside})\n.b\n(c)\n[d])", f"(({inside}).b(c)[d])")


def test_newlines_count_in_braces_inside_brackets() -> None:
    (statement,) = body("[for x in y {\nA\nB\n}\n, C]")
    assert isinstance(statement, t.Do) and isinstance(statement.value, t.List)
    loop, _ = statement.value.items
    assert isinstance(loop, t.For) and len(loop.body) == 2
    same("f(l: {\nA\n(B)\n})", "f(l: { A; (B) })")
    assert refused("f(l: { A\n+ B })") == "operator-starts-line"


@pytest.mark.parametrize(
    "text", ["input x", "input x: [N] int64 where N == 1", "for x in y { A }", "expect [N]", "expect a == 1"]
)
def test_a_leading_arrow_starts_from_the_flow_after(text: str) -> None:
    for gap in ("\n", " ", "\n# c\n\n"):
        first, second = body(f"{text}{gap}-> relu")
        assert not isinstance(first, t.Do)
        assert second == t.Do(t.Pipeline((t.Name("relu", second.span),), True, second.span), second.span)


@pytest.mark.parametrize(
    "frame",
    ["{}", "l: {{{}}}", "Sequential {{\n{}}}", "if a {{ {} }}", "if a {{ {} }} else {{ {} }}", "for x in y {{\n\n{}}}"],
)
def test_a_leading_arrow_starts_from_the_flow_after_a_brace(frame: str) -> None:
    assert body(frame.format("-> relu", "-> relu")) == body(frame.format("\n# c\n-> relu", "# d\n\n-> relu"))


def test_no_leading_arrow_after_another_statement() -> None:
    assert len(body("a\n-> relu")) == 1
    assert refused("a; -> relu") == "syntax"
    assert refused("version 2\n-> relu") == "syntax"


def test_a_semicolon_is_a_line_end_to_a_leading_arrow() -> None:
    assert len(body("input x; -> relu")) == len(body("expect [N];\n\n;-> relu")) == 2


# Comments and line ends


def test_comments_at_every_place() -> None:
    bare = "const A = 1\nblock B ( x , y = 2 ) {\ninput x : [ N , 3 ]\nl : C ( x , k = [ 1 , 2 ] ) -> relu\n"
    bare += "if a {\nb\n} else {\nc\n}\n}\n"
    tree = parse(Source("x", bare))
    lines = bare.replace("\n", " # c, \"' ( [ {\n # d }\n")
    assert parse(Source("x", lines)) == tree
    for after in ("=", "(", ",", "[", "->", "else", ":"):
        commented = bare.replace(f"{after} ", f"{after} # c )\n\n # d\n", 1)
        assert parse(Source("x", commented)) == tree, after


@pytest.mark.parametrize("end", ["# c", "\n# c", "\n# c\n", "\n\n  ", ";", "; # c", "\r\n# c\r\n"])
def test_the_end_of_the_file(end: str) -> None:
    assert parse(Source("x", "const A = 1" + end)) == parse(Source("x", "const A = 1"))


@pytest.mark.parametrize("text", ["", "\n", "# c", "# c\n\n", "  "])
def test_a_file_may_be_empty(text: str) -> None:
    assert parse(Source("x", text)).items == ()


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_feeds_may_have_carriage_returns_or_be_such_and_a_mark_may_come_first(end: str) -> None:
    text = "# c\nblock A {\n  input x\n  # d\n  -> f(\n    a, # e\n  )\n  x = # f\n  1\n}\n"
    assert parse(Source("x", "\ufeff" + text.replace("\n", end))) == parse(Source("x", text))


# Soft keywords

WORDS = ["input", "model", "block", "const", "order", "init", "version", "param", "buffer", "expect", "where", "from"]
WORDS += ["import", "def", "as", "training", "extern", "Sequential"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "frame",
    [
        "{}: Linear(3)",
        "x.{}",
        "f({}=3)",
        "f({})",
        "{} = 3",
        "a, {} = b",
        "{}, b = c",
        "{} -> relu",
        "x -> {}",
        "{}(x)",
        "{}[1]",
        "{}.a",
        "{} + 1",
        "{} if a else b",
        "{} in b",
        "{} not in b",
        "{} and b",
        "x = {}",
        "return {}",
        "return {}=x",
        "return {{ {}: x }}",
        "for {} in xs {{ a }}",
        "order {}",
        "input {}",
        "param {} = 3",
        "init {{ {}.weight: zeros }}",
        "init {{ {}: zeros }}",
        "expect {} == 1",
    ],
)
def test_soft_keywords_are_names(word: str, frame: str) -> None:
    assert repr(body(frame.format(word))) == repr(body(frame.format("WORD"))).replace("WORD", word)


@pytest.mark.parametrize("word", WORDS)
def test_soft_keywords_name_items_and_parameters(word: str) -> None:
    frame = (
        "block {0}({0}, {0}=3) {{}}\nmodel {0} = B\nconst {0} = {0}\ndef {0}({0}: int) {{}}\nfrom 'a' import {0} as {0}"
    )
    found, wanted = (repr(parse(Source("x", frame.format(name)))) for name in (word, "WORD"))
    assert found == wanted.replace("WORD", word)


@pytest.mark.parametrize("word", ["if", "else", "for", "in", "is", "and", "or", "not", "return", "True", "None"])
def test_pythons_own_keywords_are_none(word: str) -> None:
    assert refused(f"{word} = 3") in ("syntax", "unexpected-line-end")
    assert refused(f"x.{word}") in ("syntax", "unexpected-line-end")
