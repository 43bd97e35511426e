"""One module on several inputs, and blocks that state sizes: what a class refuses, as the file does."""

from __future__ import annotations

from inspect import signature
from textwrap import dedent
from typing import Any

import pytest

import cnndsl

TWO = "input x: [N, T, 5]; y = x -> fa: Linear(a); z = x -> fb: Linear(b);"
HEAD = "block Head(out) { input x: [N, T, D]; Linear(out) -> Tanh -> Linear(D) }\n"
SCALE = "block Scale { input x: [N, T, D]; x / sqrt(D) }\n"
BOTH = "block Both(w) { input x: [N, T, D]; input y: [N, T, E]; u = x -> fc: Linear(w); u + fc(y) }\n"
NORM = "block Norm(w) { input x: [N, T, w]; x / sqrt(w) }\n"
CROSS = "block Cross { input x: [N, T, D]; input y: [N, T, D]; x * (y -> mean(2, keepdim=True)) }\n"
FUSE = "block Fuse { input *xs: [N, T, D]; return [for x in xs { x / D }] }\n"
REFUSED = {  # for a=9; what is left of the arguments
    "inputs": ("model Net(a=8, b=8) { input x: [N, a]; input y: [N, b]; u = x -> fc: Linear(3); u + fc(y) }", "a b"),
    "a layer": (f"model Net(a=8, b=8) {{ {TWO} u = y -> fc: Linear(3); u + fc(z) }}", "a b"),
    "a norm": (f"model Net(a=8, b=8) {{ {TWO} u = y -> ln: LayerNorm; return u, ln(z) }}", "a b"),
    "a recurrent layer": (f"model Net(a=8, b=8) {{ {TWO} u, _ = y -> l: GRU(3); v, _ = l(z); u + v }}", "a b"),
    "a group": (f"model Net(a=8, b=8) {{ {TWO} u = y -> fc: {{ ReLU -> Linear(3) }}; u + fc(z) }}", "a b"),
    "a block": (f"{HEAD}model Net(a=8, b=8) {{ {TWO} u = y -> h: Head(3); return u, h(z) }}", "a b"),
    "a size computed with": (
        f"{SCALE}model Net(a=8, b=8) {{ {TWO} u = y -> s: Scale; return u, s(z) }}",
        "a b",
    ),
    "inside of a block": (f"{BOTH}model Net(a=8, b=8) {{ {TWO} Both(3)(y, z) }}", "a b"),
    "in training": (f"model Net(a=8, b=8) {{ {TWO} u = y -> f: Linear(3); if training {{ return f(z) }}; u }}", "a b"),
    "in a loop": (
        f"model Net(a=8, b=8, n=3) {{ {TWO} u = y -> f: Linear(3); for i in range(n) {{ u = u + f(z) }}; u }}",
        "a b n",
    ),
    "what goes round": (
        "model Net(a=8, b=8, n=3) { input x: [N, a]; h = x -> f: Linear(b); for i in range(n) { h = f(h) }; h }",
        "a b n",
    ),
    "in a way": (
        f"block B(a, b, on) {{ {TWO} u = y -> f: Linear(3); if on {{ u = u + f(z) }}; u }}\n"
        "model Net(a=8, b=8) { input x: [N, T, 5]; B(a, b, True)(x) + B(a, b + 1, False)(x) }",
        "a b",
    ),
    "what a block states": (f"{NORM}model Net(a=8, b=8) {{ {TWO} u = y -> Norm(b); return u, z }}", "a b"),
    "what groups state": (
        f"{NORM}model Net(a=8, b=8) {{ {TWO} u = y -> g: {{ Norm(b) -> Tanh }}; return u, z }}",
        "a b",
    ),
    "two inputs of a block": (f"{CROSS}model Net(a=8, b=8) {{ {TWO} Cross()(y, z) }}", "a b"),
    "a starred input": (f"{FUSE}model Net(a=8, b=8) {{ {TWO} Fuse()(y, y, z) }}", "a b"),
    "items of a list": (
        "model Net(a=[8, 8]) { input x: [N, 5]; ys = [for w in a { x -> Linear(w) }]; u = ys[0] -> f: Linear(3)\n"
        "for y in ys { u = u + f(y) }; u }",
        "",
    ),
}
KEPT = {  # arguments, with another value
    "one width": ("model Net(a=8) { input x: [N, 5]; y = x -> Linear(a); u = y -> f: Linear(a); f(u) }", {"a": 9}),
    "what a block does not look at": (
        "block Pool { input x: [N, T, D]; mean(x, [1, 2]) }\n"
        f"model Net(a=8, b=8) {{ {TWO} u = y -> p: Pool; u + p(z) }}",
        {"a": 9},
    ),
    "rounds that make the same": (
        "model Net(a=8, n=3) { input x: [N, 5]; h = x -> Linear(a); h = h -> f: Linear(a)\n"
        "for i in range(n) { h = h -> f -> tanh }; h }",
        {"a": 9, "n": 1},
    ),
    "what rounds give a block that states it": (
        f"{NORM}model Net(a=[8, 16], n=2) {{ input x: [N, T, 5]; y = x\n"
        "for w in a { y = y -> Linear(w) -> Norm(w) }; for i in range(n) { y = y -> Norm(a[-1]) -> Tanh }; y }",
        {"a": [9, 8, 7], "n": 3},
    ),
    "in a block": (f"{BOTH}model Net(a=8) {{ input x: [N, T, 5]; y = x -> Linear(a); Both(3)(y, y) }}", {"a": 9}),
}


@pytest.mark.parametrize(("text", "left"), REFUSED.values(), ids=REFUSED)
def test_what_one_module_cannot_take_is_refused(text: str, left: str) -> None:
    model = type(cnndsl.loads(dedent(text)))
    assert " ".join(signature(model).parameters) == left
    if left:
        with pytest.raises(cnndsl.CnnError):
            cnndsl.loads(text, a=9)
        with pytest.raises(ValueError, match="made"):
            model(a=9)
        model(a=9, b=9)


@pytest.mark.parametrize(("text", "others"), KEPT.values(), ids=KEPT)
def test_what_one_module_takes_is_not_refused(text: str, others: dict[str, Any]) -> None:
    model = type(cnndsl.loads(text))
    assert {*others} <= signature(model).parameters.keys()
    assert repr(model(**others)) == repr(cnndsl.loads(text, **others))


def test_the_class_of_a_block_takes_one_size_where_its_inputs_have_one() -> None:
    text, _ = KEPT["in a block"]
    both = type(cnndsl.loads(text).both1)
    assert list(signature(both).parameters) == ["in_features", "w"]
