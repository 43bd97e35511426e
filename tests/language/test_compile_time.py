"""What is known at compile time: numbers, strings, lists, conditions, loops, functions, with Python's exact meaning."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from cnndsl import analysis
from cnndsl.reading import Reading
from cnndsl.source import Source

from ..bounded import bounded
from ..expectations import problems, report
from .helpers import body, build, check, children, image, net, refuse, same


def codes(text: str) -> list[str]:
    """The codes of a text's errors."""
    return [problem.code for problem in report(text).errors]


NAMES = {name: getattr(math, name) for name in ("sqrt", "log2", "log", "exp", "floor", "ceil")}


@pytest.mark.parametrize(
    "expression",
    [
        "7 // 2",
        "-7 // 2",
        "7 % 3",
        "-7 % 3",
        "7 % -3",
        "7.5 // 2",
        "7 / 2",
        "6 / 2",
        "2 ** 10",
        "2 ** -1",
        "2 ** 0.5",
        "-2 ** 2",
        "(-2) ** 2",
        "2 ** 3 ** 2",
        "1 - 2 - 3",
        "2 * 3 + 4 * 5",
        "+3 - -3",
        "round(2.5)",
        "round(3.5)",
        "round(-2.5)",
        "round(2.675, 2)",
        "round(1234, -2)",
        "int(3.9)",
        "int(-3.9)",
        "int('12')",
        "float(3)",
        "floor(-1.5)",
        "ceil(-1.5)",
        "ceil(3)",
        "sqrt(16)",
        "sqrt(2)",
        "log2(8)",
        "log(8)",
        "log(8, 2)",
        "-log((1 - 0.01) / 0.01)",
        "exp(-0.5)",
        "abs(-3)",
        "abs(-2.5)",
        "min(3, 1, 2)",
        "max([3, 1, 2])",
        "max(3, 4.5)",
        "min((2, 1))",
        "sum([1, 2, 3])",
        "sum([1, 2], 10)",
        "sum([])",
        "len([1, 2, 3])",
        "len((1,))",
        "len('abc')",
        "len(range(0, 10, 3))",
        "[1, 2, 3][-1]",
        "[1, 2, 3, 4][1:3][0]",
        "[1, 2, 3, 4][::-1][0]",
        "(1, 2)[0]",
        "([1, 2] + [3])[2]",
        "len([0] * 5)",
        "'abc'[1]",
        "'a' + 'b'",
        "str(12) + 'x'",
        "1 if 0 else 2",
        "1 if [] else 2",
        "1 if [0] else 2",
        "1 if '' else 2",
        "1 if None else 2",
        "1 if 0.0 else 2",
        "3 or 4",
        "0 or 4",
        "0 and 4",
        "3 and 4",
        "None or 5",
        "not 3",
        "not []",
        "1 < 2 < 3",
        "1 < 3 < 2",
        "3 > 2 >= 2",
        "1 == 1.0",
        "1 == True",
        "'a' < 'b'",
        "[1, 2] == [1, 2]",
        "(1, 2) == [1, 2]",
        "[1, 2] < [1, 3]",
        "2 in [1, 2]",
        "3 not in (1, 2)",
        "'b' in 'abc'",
        "None is None",
        "1 is not None",
        "None == 0",
        "True + True",
        "True and False or True",
        "not 1 == 2",
        "1_000 + 0",
        "1e3",
        "5 // 0.3",
        "-(3) ** 2",
        "10 ** 3 % 7",
        "int(2.5 * 4) // 3 * 3",
        "max(8, int(33 + 8 / 2) // 8 * 8)",
        "len([])",
        "sum(range(5))",
        "max(range(7))",
    ],
)
def test_pythons_meaning_exactly(expression: str) -> None:
    """Value and type, as a tensor multiplied by it and a label that interpolates it show."""
    wanted = eval(expression, dict(NAMES))
    text = body(f'n = {expression}\nif n == wanted {{ "equal-{{str(n)}}": Identity }}', parameters="(wanted=None)")
    shown = str(wanted).replace(".", "_")
    if isinstance(wanted, float):  # a point would nest
        made = build(text.replace("{str(n)}", "float"), wanted=wanted)
        assert children(made) == ["equal-float"]
        x = image()
        same(net(f"n = {expression}\nx * n"), x * wanted, x)
    else:
        made = build(text, wanted=wanted)
        assert children(made) == [f"equal-{shown}"]


def test_whole_numbers_and_floats_differ() -> None:
    refuse(body("Linear(6 / 2)  # error: bad-argument", "[N, 4]"))
    assert net("fc: Linear(6 // 2)", "[N, 4]").fc.out_features == 3


@pytest.mark.parametrize(
    "expression",
    ["1 // 0", "1 % 0", "1 / 0", "'a' * 2.5", "'a' + 1", "None + 1", "[1] + (2,)", "(-8) ** 0.5", "'a' < 1",
     "[1][3]", "sqrt(-1)", "log2(0)", "log(0)", "exp(1000)", "min([])", "int('x')", "range(1, 2, 0)", "len(3)",
     "sum(3)", "1 in 2", "'abc' - 'a'", "[1, 2] - [1]", "max('a', 1)", "not_there", "3(4)", "[1, 2]['a']",
     "round('x')"],
)  # fmt: skip
def test_what_python_refuses_is_refused(expression: str) -> None:
    found = problems(report(body(f"n = {expression}\nLinear(4)", "[N, 4]")))
    assert len(found) == 1 and found[0][:2] == (3, "error"), found


# Lists, loops and conditions


def test_lists_are_built_with_for_and_if() -> None:
    made = net(
        """
        odd = [for i in range(6) { if i % 2 == 1 { i * 10 } }]
        all = [1, *odd, for i in [7, 8] { i; i + 100 }, if 1 > 2 { 5 } else { 6 }]
        "v{len(all)}-{all[1]}-{all[3]}-{all[4]}-{all[5]}-{all[8]}": Identity
        """
    )
    wanted = [1, 10, 30, 50, 7, 107, 8, 108, 6]
    assert children(made) == [f"v{len(wanted)}-{wanted[1]}-{wanted[3]}-{wanted[4]}-{wanted[5]}-{wanted[8]}"]


def test_loops_unpack_tuples() -> None:
    made = net('for (a, b), c in [((1, 2), 3), ((4, 5), 6)] { "v{a}{b}{c}": Identity }')
    assert children(made) == ["v123", "v456"]


def test_zip_and_enumerate() -> None:
    made = net('for i, (a, b) in enumerate(zip([1, 2, 3], "xy"), 5) { "v{i}{a}{b}": Identity }')
    assert children(made) == ["v51x", "v62y"]


def test_names_bound_in_if_and_for_are_visible_after_them() -> None:
    made = net("for i in range(3) { n = i * 2 }\nif 2 > 1 { m = 5 }\nfc: Linear(n + m + i)", "[N, 4]")
    assert made.fc.out_features == 4 + 5 + 2


def test_a_name_of_an_arm_that_was_not_taken_is_unknown() -> None:
    refuse(body("if 1 > 2 { m = 5 }\nLinear(m)  # error: unknown-name", "[N, 4]"))


def test_else_and_else_if() -> None:
    text = """
        if kind == "a" { Linear(1) }
        else if kind == "b" { Linear(2) }
        else { Linear(3) }
        """
    for kind, out in (("a", 1), ("b", 2), ("c", 3)):
        made = net(text, "[N, 4]", '(kind="a")', kind=kind)
        same(made, made.get_submodule(f"fc{out}")(image(2, 4)), image(2, 4))
        assert children(made) == [f"fc{out}"]


def test_if_as_a_value() -> None:
    made = net("n = if big { 8 } else { 4 }\nfc: Linear(n)", "[N, 4]", "(big=True)")
    assert made.fc.out_features == 8
    made = net("y = if big { a: Linear(4) } else { b: Linear(4) }\ny * 2", "[N, 4]", "(big=False)")
    x = image(2, 4)
    same(made, made.b(x) * 2, x)


def test_if_as_a_stage() -> None:
    made = net("a: Linear(4) -> if big { b: Linear(8) } else { c: Linear(2) } -> d: Linear(3)", "[N, 4]", "(big=True)")
    assert children(made) == ["a", "b", "d"]


def test_ternary_with_templates() -> None:
    made = net("ReLU if relu else Tanh", "[N, 4]", "(relu=False)")
    assert isinstance(next(made.children()), nn.Tanh)


def test_both_sides_of_a_ternary_need_not_be_sound() -> None:
    check(body("n = 1 if d == 0 else 4 // d\nLinear(n)", "[N, 4]", "(d=0)"))


# Torch's functions of the same name


def test_the_argument_decides_between_pythons_function_and_torchs() -> None:
    made = net("fc: Linear(max(3, 4))\ny = abs(x)\nmax(y, 1)[0] + sum(y, [1]) + sqrt(y)[:, 0]", "[N, 4]")
    assert made.fc.out_features == 4
    x = image(2, 4)
    y = x.abs()
    same(made, torch.max(y, 1)[0] + torch.sum(y, [1]) + torch.sqrt(y)[:, 0], x)


def test_after_an_arrow_torchs_is_meant() -> None:
    x = image(2, 4)
    same(net("-> abs -> sum(1)", "[N, 4]"), x.abs().sum(1), x)
    refuse(body("-> len  # error: not-a-tensor-function", "[N, 4]"))


def test_min_of_tensors_is_torchs() -> None:
    x = image(2, 4)
    same(net("min(x, x * 2)", "[N, 4]"), torch.min(x, x * 2), x)


# Parameters stay parameters where nothing was decided


@pytest.mark.parametrize(
    ("statements", "attribute"),
    [
        ("fc: Linear(n)", "fc.out_features"),
        ("fc: Linear(n * 2 + 1)", "fc.out_features"),
        ("fc: Linear(n // 2) -> relu -> g: Linear(n)", "g.out_features"),
        ("fc: Linear(4) -> d: Dropout(0.1 * n)", "d.p"),
        ('for i in range(2) { "fc{i}": Linear(n * 2**i) }', "fc1.out_features"),
    ],
)
def test_a_parameter_stays_an_argument(statements: str, attribute: str) -> None:
    made = net(statements, "[N, 4]", "(n=6)")
    other = type(made)(n=8)
    fresh = net(statements, "[N, 4]", "(n=6)", n=8)
    first, second = (getattr(m.get_submodule(attribute.split(".")[0]), attribute.split(".")[1]) for m in (other, fresh))
    assert first == second
    x = image(2, 4)
    other.eval().load_state_dict(fresh.state_dict())
    same(other, fresh(x), x)


def test_a_parameter_that_decided_something_cannot_be_changed_silently() -> None:
    """What the generated class would not decide again, it takes no more or refuses."""
    made = net('if n > 5 { "big-{n}": Linear(3) } else { small: Linear(2) }', "[N, 4]", "(n=6)")
    try:
        other = type(made)(n=2)
    except (TypeError, ValueError):
        return
    assert children(other) == ["small"]


# Limits


@pytest.mark.parametrize(
    "statements",
    [
        "a: Linear(4) * 10**9",
        "Linear(4) * 10**9",
        "a: { Linear(4) * 10**9 }",
        "a: { (Linear(4) -> ReLU) * 10**9 }",
        "a: { Sequential { ReLU * 10**5 } * 10**5 }",
        "Linear(9**9**9)",
        "n = 9**9**9",
        "n = 2**10**10",
        "n = 10**1000 * 10**1000",
        "n = 1 if 9**9**9 > 1 else 2",
        "n = 2.0 ** 100000",
        "for i in range(10**12) { ReLU }",
        "for i in range(10**12) { n = i }",
        "n = range(10**12)",
        "n = [0] * 10**12",
        "n = len([0] * 10**6 * 10)",
        "n = 'a' * 10**12",
        "for i in range(10**4) { for j in range(10**4) { n = j } }",
        "for i in range(1000) { for j in range(1000) { for k in range(1000) { ReLU } } }",
        "n = [1]\nfor i in range(100) { n = n + n }",
        "n = 'a'\nfor i in range(100) { n = n + n }",
        "n = 3\nfor i in range(100) { n = n * n }",
        "reshape(x, [10**30, -1])",
        "n = [for i in range(10**9) { i }]",
        "n = sum([for i in range(10**5) { [for j in range(10**5) { j }] }])",
        "Linear(10**30)",
        "n = enumerate(range(10**12))",
        "n = zip(range(10**12), range(10**12))",
        "n = '{9**9**9}'",
        "n = str(10**5000)",
        "n = [[[[0] * 999] * 999] * 999] * 999\nm = n == n",
    ],
)
def test_a_file_that_asks_for_too_much_is_refused_quickly(statements: str) -> None:
    assert bounded(lambda: codes(body(statements + "\nLinear(4)", "[N, 4]"))), "accepted"


@pytest.mark.parametrize(
    "text",
    [
        "block A { A }\nmodel Net { input x: [N, 4]; A }",
        "block A { a: A }\nmodel Net { input x: [N, 4]; A }",
        "block A { B }\nblock B { A }\nmodel Net { input x: [N, 4]; A }",
        "block A(n) { A(n + 1) }\nmodel Net { input x: [N, 4]; A(1) }",
        "block A = { ReLU -> A }\nmodel Net { input x: [N, 4]; A }",
        "block A(n) = A(n + 1)\nmodel Net { input x: [N, 4]; A(1) }",
        "block A = A\nmodel Net { input x: [N, 4]; A }",
        "model A = A",
        "model A = B\nmodel B = A",
        "model Net { input x: [N, 4]; Net }",
        "const A = A\nmodel Net { input x: [N, 4]; Linear(A) }",
        "const A = B + 1\nconst B = A + 1\nmodel Net { input x: [N, 4]; Linear(A) }",
        "def f(n) { return f(n) }\nmodel Net { input x: [N, 4]; Linear(f(1)) }",
        "def f(n) { return f(n - 1) + f(n - 1) }\nmodel Net { input x: [N, 4]; Linear(f(30)) }",
        "def f(n) { return 1 if n == 0 else f(n - 1) + f(n - 1) }\nmodel Net { input x: [N, 4]; Linear(f(40)) }",
        "def f(n, m=f(1)) { return n }\nmodel Net { input x: [N, 4]; Linear(f(1)) }",
        "block A(n) { if n > 0 { A(n - 1) -> A(n - 1) } else { Linear(2) } }\nmodel Net { input x: [N, 4]; A(40) }",
        "block A(B) { B(B) }\nmodel Net { input x: [N, 4]; A(A) }",
    ],
)
def test_recursion_is_refused_quickly(text: str) -> None:
    assert bounded(lambda: codes(text)), "accepted"


def test_recursion_that_ends_is_allowed() -> None:
    made = build(
        """
        def factorial(n) { return 1 if n < 2 else n * factorial(n - 1) }
        block Nest(n) { if n > 0 { inner: Nest(n - 1) } fc: Linear(4) }
        model Net { input x: [N, 4]; a: Nest(2) -> b: Linear(factorial(4)) }
    """.replace("} fc:", "}\n fc:")
    )
    assert made.b.out_features == 24
    assert made.a.inner.inner.fc.out_features == 4


@pytest.mark.parametrize(
    "text", ["(" * 5000 + ")" * 5000, "[" * 5000, "-" * 5000 + "1", "x -> " * 5000 + "relu", "1 + " * 20000 + "1"]
)
def test_deeply_nested_text_ends_quickly(text: str) -> None:
    bounded(lambda: codes(body(f"n = {text}\nLinear(4)", "[N, 4]")))


def test_too_large_a_file_is_refused_quickly() -> None:
    assert bounded(lambda: codes("#" * 20_000_000)) == ["file-too-large"]


def test_the_limits_are_configurable() -> None:
    source = Source("net.cnn", body("for i in range(50) { Linear(4) }", "[N, 4]"))
    scope = analysis.load(source, Reading().read_import)
    assert not analysis.elaborate(scope, limits=analysis.Limits(modules=50)).problems
    found = analysis.elaborate(scope, limits=analysis.Limits(modules=49)).problems
    assert [problem.code for problem in found] == ["too-many-modules"]
    found = analysis.elaborate(scope, limits=analysis.Limits(steps=100)).problems
    assert [problem.code for problem in found] == ["too-many-steps"]


def test_a_large_but_sensible_network_is_allowed() -> None:
    assert report(body("for i in range(500) { Linear(4) -> ReLU }\na: (Linear(4) -> ReLU) * 500", "[N, 4]")).ok
