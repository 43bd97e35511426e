"""Arguments: the parameters of models, blocks and layers, their types, and calls that do not fit."""

from __future__ import annotations

import pytest

import cnndsl

from .helpers import build, check, refuse


def test_parameter_defaults_see_the_parameters_before_them() -> None:
    made = build("model Net(a=2, b=a * 3) { input x: [N, 4]; fc: Linear(b) }")
    assert made.fc.out_features == 6


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "3", "3.5"),
        ("int", "-1", '"3"'),
        ("float", "0.5", '"x"'),
        ("float", "2", "[1]"),
        ("bool", "True", "1"),
        ("str", '"abc"', "3"),
        ("list", "[1, 2]", "3"),
        ("list", "(1, 2)", '"ab"'),
        ("int", "3", "True"),
    ],
)
def test_parameter_types(kind: str, good: str, bad: str) -> None:
    text = """
        block Unit(p: {kind}) {{  # allow: unused
            Linear(4)
        }}
        model Net {{
            input x: [N, 4]
            Unit({value}){mark}
        }}
    """
    check(text.format(kind=kind, value=good, mark=""))
    refuse(text.format(kind=kind, value=bad, mark="  # error: wrong-type"))


def test_parameter_type_layer() -> None:
    check("block U(A: layer) { A }\nmodel Net { input x: [N, 4]; U(ReLU) }")
    refuse("block U(A: layer) { A }\nmodel Net { input x: [N, 4]; U(3) }  # error: wrong-type")


def test_parameter_type_with_default() -> None:
    assert build("model Net(n: int = 5) { input x: [N, 4]; fc: Linear(n) }").fc.out_features == 5


def test_unknown_parameter_type() -> None:
    refuse("model Net(n: integer = 5) { input x: [N, 4]; fc: Linear(n) }  # error: unknown-type")


def test_setting_of_a_wrong_type_is_refused() -> None:
    with pytest.raises(cnndsl.CnnError) as caught:
        build("model Net(n: int = 5) { input x: [N, 4]; fc: Linear(n) }", n="5")
    assert [p.code for p in caught.value.problems] == ["wrong-type"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("Unit()", "missing-argument"),
        ("Unit(1, 2, 3)", "too-many-arguments"),
        ("Unit(1, out=2)", "argument-twice"),
        ("Unit(1, width=2)", "unknown-argument"),
    ],
)
def test_wrong_arguments_of_a_block(call: str, code: str) -> None:
    refuse(f"""
        block Unit(out, k=1) {{ Linear(out) }}
        model Net {{
            input x: [N, 4]
            {call}  # error: {code}
        }}
    """)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("Conv2d(4)", "missing-argument"),
        ("Conv2d(4, 3, 1, 1, 1, 1, True, 'zeros', 9, 9, 9)", "too-many-arguments"),
        ("Conv2d(4, 3, out_channels=2)", "argument-twice"),
        ("Conv2d(4, 3, strides=2)", "unknown-argument"),
        ("Conv2d(4, 3, in_channels=5)", "size-differs"),
        ("Conv2d(4, 9)", "too-small"),
        ("Conv2d(4, 3, groups=2)", "not-divisible"),
    ],
)
def test_wrong_arguments_of_a_layer(call: str, code: str) -> None:
    refuse(f"""
        model Net {{
            input x: [N, 3, 8, 8]
            {call}  # error: {code}
        }}
    """)


def test_stated_sizes_are_validated() -> None:
    check("model Net { input x: [N, 3, 32, 32]; Flatten -> fc1: Linear(10, in_features=3 * 32 * 32) }")
    refuse(
        "model Net { input x: [N, 3, 32, 32]; Flatten -> fc1: Linear(10, in_features=32 * 32) }  # error: size-differs"
    )
