"""What the parser refuses: with a place, readable words and quickly, however large the file."""

from __future__ import annotations

import re
import time
from random import Random

import pytest

from cnndsl.limits import DEFAULT
from cnndsl.problems import CnnError, Problem
from cnndsl.quiet import undisturbed
from cnndsl.source import Source
from cnndsl.syntax import tree as t
from cnndsl.syntax.build import MAX_DEPTH
from cnndsl.syntax.format import print_tree
from cnndsl.syntax.parse import parse
from cnndsl.syntax.words import expected

from .trees import Trees, tree_of


def problem(source: str) -> Problem:
    with pytest.raises(CnnError) as raised:
        parse(Source("x", source))
    (found,) = raised.value.problems
    return found


@pytest.mark.parametrize(
    ("source", "code", "marked"),
    [
        ("block A {", "unclosed-bracket", "{"),
        ("block A {\n\n# c\n", "unclosed-bracket", "{"),
        ("block A { f(a }", "unclosed-bracket", "("),
        ("block A {\nf(a,\n}\n", "unclosed-bracket", "("),
        ("block A { f(a] }", "unclosed-bracket", "("),
        ("block A { 'abc }", "unclosed-string", "'"),
        ('block A {\n"abc\n}', "unclosed-string", '"'),
        ('block A { "a{b" }', "lone-brace", "{"),
        ('block A { "a}b" }', "lone-brace", "}"),
        ('block A { "a{ }b" }', "empty-braces", "{ }"),
        ('block A { "a{b c}d" }', "syntax", "c"),
        ('block A { "a{b +}d" }', "syntax", "}"),
        ('block A { "a{f(b}d" }', "unclosed-bracket", "("),
        ('block A { "\\N" }', "bad-escape", '"\\N"'),
        ('block A { "a\\d" }', "bad-escape", '"a\\d"'),
        ('block A { "\\ud800" }', "bad-escape", '"\\ud800"'),
        ('block A { "\\U00110000" }', "bad-escape", '"\\U00110000"'),
        ('block A { "\\01" }', "bad-escape", '"\\01"'),
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
        ("block A { input x; y = x; -> relu }", "syntax", "->"),
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


def test_an_unclosed_bracket_says_where_it_should_have_been_closed() -> None:
    found = problem("block A {\n  f(a,\n}\n")
    (related,) = found.related
    assert found.span and (found.span.text, found.span.line, found.span.column) == ("(", 2, 4)
    assert (related.code, related.span.text, related.span.line, related.span.column) == ("still-open-here", "}", 3, 1)
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
    from cnndsl.syntax.table import table

    for terminal in table().terminals:
        if terminal.name not in ("BLANK", "NEWLINE", "COMMENT"):
            word = expected([terminal.name])
            assert re.fullmatch(r"`[^A-Z_]+`|`Sequential \{`|`\.\.\.S`|`True`.*|an? [a-z ]+", word), terminal.name


# Limits: refused, and quickly


@undisturbed  # as every command runs it: the heap of a long test run is none of this text's
def quickly(source: str, seconds: float = 2) -> Problem:
    begin = time.process_time()
    found = problem(source)
    assert time.process_time() - begin < seconds
    return found


@pytest.mark.parametrize("bracket", ["(", "[", "{", "f(", "x[", "a: {", "if a {", "[for a in b {"])
def test_too_many_brackets(bracket: str) -> None:
    found = quickly("block A { " + bracket * min(90_000, 99_000 // len(bracket)))
    assert (found.code, found.facts) == ("nested-too-deep", {"limit": DEFAULT.nesting, "what": "brackets are"})


CHAINS = [*"+-*/%@", "//", "**", " and ", " or ", "(b)", "[b]", ".b"]


@pytest.mark.parametrize("link", [*(f"{sign}a" if len(sign) < 3 or " " in sign else sign for sign in CHAINS), ".b"])
def test_too_long_chains(link: str) -> None:
    found = quickly("block A { a" + link * 10_000 + " }", 5)
    assert (found.code, found.facts) == ("nested-too-deep", {"limit": MAX_DEPTH, "what": "operators and calls are"})
    assert tree_of("block A { a" + link * 100 + " }")


@pytest.mark.parametrize("source", ["x = " + "-" * 10_000 + "a", "not " * 10_000 + "a", "if a {} else " * 7_000 + "{}"])
def test_too_long_chains_of_prefixes(source: str) -> None:
    assert quickly("block A { " + source + " }", 5).code == "nested-too-deep"


def test_too_deep_in_an_interpolated_string() -> None:
    assert quickly('block A { "{' + "(" * 10_000 + "a" + ")" * 10_000 + '}" }').code == "nested-too-deep"


@pytest.mark.parametrize(
    "line", ["conv: Conv2d(3, 4) -> relu\n", "x = a\n", "a;", "# c\n", "\n", "(a # c\n)\n", "'a' "]
)
def test_long_flat_files(line: str) -> None:
    """Ten times the lines take some ten times as long, and no recursion."""
    short, long = (min(seconds(line * count) for _ in range(3)) for count in (150, 1500))
    assert long < 40 * short + 0.2  # quadratic: a hundred times


@undisturbed
def seconds(body: str) -> float:
    """The CPU time to parse a block of this body."""
    begin = time.process_time()
    parse(Source("x", "block A {\n" + body + "\n}"))
    return time.process_time() - begin


def test_long_flat_lists() -> None:
    (statement,) = parse(Source("x", "const A = [" + "f(a, [1, 2]) -> b,\n# c\n" * 1500 + "]")).items
    assert isinstance(statement, t.Const) and isinstance(statement.value, t.List)
    assert len(statement.value.items) == 1500


def test_many_comments_in_brackets() -> None:
    begin = time.process_time()
    assert tree_of("const A = f(\n" + "# c\n" * 20_000 + ")") == tree_of("const A = f()")
    assert time.process_time() - begin < 2


def test_a_file_that_is_too_large() -> None:
    assert quickly("#" * (DEFAULT.size + 1)).code == "file-too-large"


PIECES = [
    *"{}()[];,:='\"\\\n\r\f\0#-+*é1x",
    "->",
    "# c\n",
    "{{",
    "if ",
    "else",
    "for ",
    "...",
    "input ",
    "Sequential {",
    "0x1",
]


@pytest.mark.parametrize("seed", range(60))
def test_spoilt_texts_are_refused_in_place_or_parsed(seed: int) -> None:
    random = Random(seed)
    whole = print_tree(Trees(seed).file(2))
    for _ in range(20):
        place = random.randrange(len(whole))
        text = whole[:place] + random.choice(PIECES) + whole[place + random.choice([0, 0, 1, 5]) :]
        try:
            parse(Source("x", text))
        except CnnError as error:
            places = {(found.code, found.span and found.span.start) for found in error.problems}
            assert len(places) == len(error.problems)
            for found in error.problems:
                assert found.span and 0 <= found.span.start <= found.span.end <= len(text)
