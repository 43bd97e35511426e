"""Text that the grammar does not take: each faulty statement is told once, and the rest is checked as if it were not
there. `tests/test_refusals.py` has what is said of each mistake alone.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from cnndsl import pipeline
from cnndsl.problems import CnnError
from cnndsl.source import Source
from cnndsl.syntax.format import print_tree
from cnndsl.syntax.parse import recovered
from cnndsl.syntax.recover import COUNTED, MOST

from .bounded import bounded
from .expectations import expected, holds, report
from .trees import Trees


def body(*lines: str) -> str:
    return "\n".join(["model A {", "    input x: [N, 4, 32, 32]", *(f"    {line}" for line in lines), "}"])


def test_every_faulty_statement_is_told_and_the_rest_is_checked() -> None:
    holds(body(
        "a: Conv2d(8, 3 3)  # error: syntax",
        "x -> Conv2d(8, 40)  # error: too-small",
        "b = x ->  # c",
        "-> relu  # error: syntax",
        "x -> Foo  # error: unknown-name",
        "c d  # error: syntax",
        '"e: ReLU  # error: unclosed-string',
        "for i  # error: unexpected-line-end",
        "x -> Conv2d(6, 3, groups=3)  # error: not-divisible",
    ))  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "-> a",
        "a(x)",
        "y + x",
        "x -> add(y)",
        "expect [N, y]",
        "ReLU",
        "return a",
        "y, z = y",
        "if y > 1 { ReLU }",
        "a.b",
    ],
)
def test_nothing_is_said_of_what_a_faulty_statement_names(line: str) -> None:
    holds(body("y = a: Conv2d(8, 3 3)  # error: syntax", line))


def test_the_statement_is_faulty_as_a_whole() -> None:
    """Also where its first words could stand alone."""
    holds(
        body(
            "x -> Foo bar  # error: syntax", "x -> Conv2d(8, 40) 3  # error: syntax", "expect [N, 9] x  # error: syntax"
        )
    )


def test_inside_bodies() -> None:
    holds(body(
        "for i in range(3) {",
        "    x -> Conv2d(8, 3 3)  # error: syntax",
        "    x -> Conv2d(8, 40)  # error: too-small",
        "}",
        "if True { x -> ReLU ReLU }  # error: syntax",
        "g: { Conv2d(3 }  # error: unclosed-bracket",
        "init { Conv2d.weight zeros }  # error: syntax",
            "x -> Foo  # error: unknown-name",
    ))  # fmt: skip


# Brackets


def test_two_operands_on_two_lines_close_a_bracket() -> None:
    holds(body(
        "a: Conv2d(8, 3  # error: unclosed-bracket",
        "b: ReLU",
        "y = cat([x, x  # error: unclosed-bracket",
        "x -> Foo  # error: unknown-name",
    ))  # fmt: skip


@pytest.mark.parametrize(
    "line", ["Conv2d(8,\n3)", "cat([x,\n\n# c\nx], 1)", "Conv2d(8, (3\n+ 0))", "Conv2d(3 if True\nelse 4, 3)"]
)
def test_other_lines_go_on_in_brackets(line: str) -> None:
    holds(body(line))


def test_an_item_closes_every_brace() -> None:
    holds(
        """
        block B(n) {  # error: unclosed-bracket
            input x
            g: {
                Conv2d(n, 3)
        model A {
            input x: [N, 4, 32, 32]
            x -> B(8)
            x -> Conv2d(8, 40)  # error: too-small
        }
    """.replace("block B(n) {  # error: unclosed-bracket", "block B(n) {").replace(
            "g: {", "g: {  # error: unclosed-bracket"
        )
    )


def test_of_two_braces_the_one_is_told_whose_end_stands_left_of_it() -> None:
    holds("""
        block B(n) {
            input x
            if n > 3 {  # error: unclosed-bracket
                Conv2d(n, 3)
            ReLU
        }
        model A {
            input x: [N, 4, 32, 32]
            x -> Foo  # error: unknown-name
        }
    """)


@pytest.mark.parametrize("end", ["\n", "", "  # c", "\r\n", "\r", ";", "\n\n# c"])
def test_the_end_of_the_file_closes_every_brace(end: str) -> None:
    start = "model A {\n    input x: [N, 4, 32, 32]\n    x -> Conv2d(8, 40)\n"
    for last in (
        "x -> Foo",
        "if True {\n        x -> Foo",
        "g: {\n        Foo",
        "init { Conv2d.weight: zeros }\n    x -> Foo",
    ):
        found = [problem.code for problem in report(start + last + end).problems]
        assert sorted(found) == ["too-small", "unclosed-bracket", "unknown-name"], last


def test_an_item_inside_a_body() -> None:
    holds("""
        model A {
            input x: [N, 4, 32, 32]
            const K = 3  # error: item-in-body
            block B(n) {  # error: item-in-body
                Conv2d(n, 3)
            }
            x -> B(K)
            x -> Conv2d(8, 40)  # error: too-small
        }
    """)


# Items


def test_heads_of_definitions() -> None:
    """Nothing is said of what they would have named; their bodies are read."""
    holds("""
        block B(x {  # error: unclosed-bracket
            Linear(10) -> -> f  # error: syntax
        }
        modle C(n) {  # error: syntax
            Conv2d(n, 3)
            a b  # error: syntax
        }
        const K 3  # error: syntax
        def f(v) { return v v }  # error: syntax
        from "none.cnn" import D E  # error: syntax
        model A {
            input x: [N, 4, 32, 32]
            x -> B(K) -> C(3) -> f -> D -> E
            x -> Foo  # error: unknown-name
        }
    """)


def test_what_stands_between_items_is_told_once() -> None:
    holds("""
        import torch  # error: syntax
        import torch.nn as nn

        class Net(nn.Module):  # error: syntax
            x = 3
        model A {
            input x: [N, 4, 32, 32]
            ReLU
        }
        }  # error: syntax
        ReLU
        }
        model B { input x: [N, 4]; Foo }  # error: unknown-name
    """)


def test_imports_that_fail_do_not_keep_the_rest_from_being_checked(tmp_path: Path) -> None:
    (tmp_path / "part.cnn").write_text("block P(n) { Conv2d(n, 3 }\nblock Q(n) { Conv2d(n, 40) }\n")
    text = dedent("""
        from "missing.cnn" import M  # error: import-unreadable
        from "part.cnn" import P, Q, R  # error: not-in-import
        model A { input x: [N, 4, 32, 32]; x -> M; x -> P(8); x -> R; x -> Foo }  # error: unknown-name
        model A { input x: [N, 4]; Bar }  # error: defined-twice, unknown-name
        block b { ReLU }  # error: name-not-capitalised
    """)
    path = tmp_path / "net.cnn"
    path.write_text(text)
    found = pipeline.check(str(path))
    here = [problem for problem in found.problems if problem.span and problem.span.source.path == str(path)]
    there = [(problem.code, problem.span.line) for problem in found.problems if problem not in here and problem.span]
    assert sorted((p.span.line, p.severity, p.code) for p in here if p.span) == expected(text)
    assert there == [("unclosed-bracket", 1)]


# What follows from all this


def test_problems_come_in_the_order_of_the_text() -> None:
    lines = ["Foo", "a b", "x -> Conv2d(8, 40)", "x -> Conv2d(8, 3", "Bar", "c d"]
    found = report(body(*lines)).problems
    assert [problem.span.line for problem in found if problem.span] == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("run", [pipeline.format, lambda source: pipeline.compile(source, None, {})])
def test_no_other_command_takes_the_file(run: object) -> None:
    assert callable(run)
    with pytest.raises(CnnError) as raised:
        run(Source("a.cnn", body("a b", "c d")))
    assert [problem.code for problem in raised.value.problems] == ["syntax", "syntax"]


def test_there_is_an_end_to_telling() -> None:
    for count, said in ((MOST, None), (MOST + 3, "3"), (MOST + COUNTED + 100, f"more than {COUNTED:,}")):
        found = report(body(*["a b"] * count)).problems
        assert [p.code for p in found[:MOST]] == ["syntax"] * MOST
        assert [p.facts["count"] for p in found[MOST:]] == ([said] if said else [])


GARBAGE = [
    ")\n",
    "(\n",
    "{",
    "}",
    "a b\n",
    "a: {\n",
    '"\n',
    "x = (a\n",
    "model A {\n",
    "for\n",
    "\\",
    "'",
    "é",
    "\x00",
    "x(a\n\n",
]


@pytest.mark.parametrize("piece", GARBAGE)
def test_garbage_takes_time_by_its_length(piece: str) -> None:
    """In a block, so much of it that anything quadratic would not end."""

    def codes() -> int:
        return len(report("block A {\n" + piece * (199_000 // len(piece.encode()))).problems)

    assert 1 <= bounded(codes, seconds=2) <= MOST + 1


PIECES = [
    *"{}()[];,:='\"\n#+-*é1x",
    "->",
    "if ",
    "else",
    "for ",
    "input ",
    "model X {\n",
    "\nblock Y {",
    "return ",
    "init {",
]


@pytest.mark.parametrize("seed", range(20))
def test_spoilt_texts(seed: int) -> None:
    """However a text is spoilt, the rest of it becomes a tree, and every message has a place."""
    random = Random(seed)
    whole = print_tree(Trees(seed).file(2))
    for _ in range(10):
        text = whole
        for _ in range(random.choice((1, 2, 4))):
            place = random.randrange(len(text) + 1)
            text = text[:place] + random.choice(PIECES) + text[place + random.choice((0, 0, 1, 5)) :]
        try:
            _, found = recovered(Source("x", text))
        except CnnError as error:
            found = list(error.problems)
        for problem in found:
            assert problem.span and 0 <= problem.span.start <= problem.span.end <= len(text)
