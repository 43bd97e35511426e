"""The text of a file: encoding, comments, where statements end, braces, and words that are keywords where meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

import cnndsl

from ..expectations import problems, report
from .helpers import body, build, check, children, image, keys, net, refuse, same


@pytest.mark.parametrize(("ending", "mark"), [("\n", ""), ("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff")])
def test_line_endings_and_byte_order_mark(ending: str, mark: str, tmp_path: Path) -> None:
    text = mark + "# Größe — 漢字\nmodel Net {\n    input x: [N, 4]\n    Linear(4) # then\n    -> relu\n}\n"
    path = tmp_path / "net.cnn"
    path.write_bytes(text.replace("\n", ending).encode())
    assert keys(cnndsl.load(path)) == ["fc1.weight", "fc1.bias"]


def test_not_utf8_is_a_problem_with_a_place(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn"
    path.write_bytes(b"model Net {\n  \xff }")
    assert [p.code for p in cnndsl.check(path).problems] == ["file-not-utf8"]


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert [p.code for p in cnndsl.check(tmp_path / "gone.cnn").problems] == ["file-not-found"]
    with pytest.raises(cnndsl.CnnError):
        cnndsl.load(tmp_path / "gone.cnn")


def test_comments_reach_to_the_end_of_the_line() -> None:
    made = net("a: Linear(4)  # -> b: Linear(5)\n# c: Linear(6)", "[N, 4]")
    assert children(made) == ["a"]


def test_hash_in_a_string_is_no_comment() -> None:
    refuse(body('"a#b": Linear(4)  # error: bad-label', "[N, 4]"))


def test_statements_end_at_a_newline_or_semicolon() -> None:
    assert children(net("a: Linear(4); b: Linear(4)\nc: Linear(4);", "[N, 4]")) == ["a", "b", "c"]


def test_newlines_in_brackets_do_not_count() -> None:
    made = net(
        """
        a: Linear(
            4,

            bias=False,  # with comments
        )
        [
            b: Linear(2),
            c: Linear(3),
        ] -> cat(
            1
        )
        """,
        "[N, 4]",
    )
    assert children(made) == ["a", "b", "c"] and made.a.bias is None


def test_newlines_count_again_in_braces_inside_brackets() -> None:
    made = net(
        """
        [
            b: {
                Linear(2)
                ReLU
            },
            c: Linear(3),
        ] -> cat(1)
        """,
        "[N, 4]",
    )
    assert children(made.b) == ["0", "1"]


def test_a_line_that_begins_with_an_arrow_continues() -> None:
    made = net(
        """
        y = a: Linear(4)

            # a comment between
            -> b: Linear(5)
        -> relu
        y * 2
        """,
        "[N, 4]",
    )
    x = image(2, 4)
    same(made, F.relu(made.b(made.a(x))) * 2, x)


@pytest.mark.parametrize(
    "text",
    [
        "y = x +\n    x\ny",
        "y =\n    x + x\ny",
        "y = (x\n    + x)\ny",
        "x ->\n    mul(2)",
        "y = x *\n\n    # two\n    2\ny",
        "y = 2 if True\n    else 3\nx * y",
        "y = if 1 > 2 { x + 1 }\nelse { x * 2 }\ny",
    ],
)
def test_lines_that_go_on(text: str) -> None:
    x = image(2, 4)
    same(net(text, "[N, 4]"), x * 2, x)


def test_a_leading_arrow_starts_from_the_flow_after_for_input_expect_and_brace() -> None:
    made = net(
        """
        -> add(1)
        for i in range(2) {
            -> mul(2)
        }
        -> add(3)
        expect [N, 4]
        -> mul(5)
        """,
        "[N, 4]",
    )
    x = image(2, 4)
    same(made, ((x + 1) * 2 * 2 + 3) * 5, x)


@pytest.mark.parametrize("sign", ["-", "+"])
def test_a_line_cannot_begin_with_plus_or_minus(sign: str) -> None:
    refuse(body(f"y = x\n{sign} x  # error: operator-starts-line"))


@pytest.mark.parametrize("sign", ["*", "/", "//", "%", "**", "@", "==", "<", "and", "or"])
def test_a_line_cannot_begin_with_a_binary_operator(sign: str) -> None:
    refuse(body(f"y = x\n{sign} x  # error: syntax"))


def test_a_minus_in_brackets_may_begin_a_line() -> None:
    x = image(2, 4)
    same(net("(-x)", "[N, 4]"), -x, x)


def test_round_and_square_brackets_begin_a_statement() -> None:
    x = image(2, 4)
    same(net("y = x\n(y + x) * 2\n[x, y] -> cat(1)", "[N, 4]"), torch.cat([x, x], 1), x)


def test_indentation_means_nothing() -> None:
    text = "   model Net {\ninput x: [N, 4]\n            a: Linear(4)\n  b: Linear(4)\n      }"
    assert children(build(text)) == ["a", "b"]


def test_a_bare_brace_is_never_a_stage() -> None:
    refuse(body("{ Linear(4) }  # error: syntax", "[N, 4]"))


def test_keywords_are_soft() -> None:
    """Labels, arguments, names and parameters may be called what keywords are called."""
    made = build("""
        block Unit(block=4, input=1, init=2, model=3) { fc: Linear(block + input + init + model) }
        model Net {
            input x: [N, 4]
            input: Unit(block=1)
            block: Unit(input=2, init=1)
            model: Linear(2)
            init: Linear(2)
            order: Linear(2)
            param: Linear(2)
            buffer: Linear(2)
            const: Linear(2)
            expect = 3
            version = 4
            Linear(expect + version)
        }
    """)
    names = ["input", "block", "model", "init", "order", "param", "buffer", "const"]
    assert children(made) == [*names, "fc1"]
    assert made.input.fc.out_features == 7 and made.block.fc.out_features == 10 and made.fc1.out_features == 7


@pytest.mark.parametrize("word", ["if", "else", "for", "in", "and", "or", "not", "True", "None"])
def test_pythons_own_words_are_no_labels(word: str) -> None:
    assert problems(report(body(f"{word}: Linear(4)", "[N, 4]"))), "accepted"


def test_strings_of_both_quotes_join_and_escape() -> None:
    made = net("\"a\" 'b': Linear(4)\n'c\\x64': Linear(3)", "[N, 4]")
    assert children(made) == ["ab", "cd"]


@pytest.mark.parametrize(
    ("number", "value"), [("1e1", 10.0), (".5", 0.5), ("2.", 2.0), ("1_000", 1000), ("1E-2", 0.01)]
)
def test_numbers_are_pythons(number: str, value: float) -> None:
    x = image(2, 4)
    same(net(f"x * {number}", "[N, 4]"), x * value, x)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("model Net {", "unclosed-bracket"),
        ("model Net { input x: [N, 4]; Linear(4 }", "unclosed-bracket"),
        ('model Net { input x: [N, 4]; "abc: Linear(4) }', "unclosed-string"),
        ("model Net { input x: [N, 4]; Linear(010) }", "leading-zero"),
        ("model Net { input x: [N, 4]; Linear(1e999) }", "number-too-large"),
        ("model Net { input x: [N, 4]; “a”: Linear(1) }", "not-ascii"),
        ("model Net { input x: [N, 4]; x → relu }", "not-ascii"),
        ('model Net { input x: [N, 4]; "a{": Linear(1) }', "lone-brace"),
        ('model Net { input x: [N, 4]; "a{}": Linear(1) }', "empty-braces"),
        ('model Net { input x: [N, 4]; "a\\xzz": Linear(1) }', "bad-escape"),
        ("model Net { input x: [N, 4]; version 1.5; Linear(1) }", "version-not-whole"),
        ("model Net { input x: [N, 4]; expect 3 int64; Linear(1) }", "dtype-without-shape"),
        ("import torch", "syntax"),
        ("class Net(nn.Module): pass", "syntax"),
    ],
)
def test_mistakes_of_syntax(text: str, code: str) -> None:
    assert [found[2] for found in problems(report(text))] == [code]


def test_an_empty_file_is_clean() -> None:
    check("")
    check("# nothing\n\n")


def test_the_python_word_self_and_prefixes_are_refused_kindly() -> None:
    refuse(body("nn.Conv2d(4, 3)  # error: python-prefix"))
    refuse(body("x -> F.relu  # error: python-prefix"))
    refuse(body("self.conv  # error: python-prefix"))


def test_first_file_of_the_design() -> None:
    made = build("""
        # The whole network. No in_channels, no 32 * 16 * 16.
        model SimpleCNN(classes=10) {
            input image: [N, 3, 32, 32]

            conv1: Conv2d(32, 3, padding=1)
            pool:  MaxPool2d(2)
            relu:  ReLU
            Flatten
            fc1:   Linear(classes)
        }
    """)
    assert isinstance(made.fc1, nn.Linear) and made.fc1.in_features == 32 * 16 * 16
    assert children(made) == ["conv1", "pool", "relu", "flatten1", "fc1"]


def test_a_line_after_one_that_ends_in_a_comma_goes_on() -> None:
    x = image(2, 4)
    same(net("return x + 1,\n    x * 2", "[N, 4]"), (x + 1, x * 2), x)
    assert children(net("order c,\n    a\na: Linear(4)\nb: Linear(4)\nc: Linear(4)", "[N, 4]")) == ["b", "c", "a"]
