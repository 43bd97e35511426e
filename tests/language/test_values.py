"""Values: operators and broadcasting, indexing, destructuring, shapes as numbers, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ..expectations import report
from .helpers import assert_equal, body, build, check, image, net, refuse, requirements, same, shapes


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("x + x", lambda x: x + x),
        ("x - 1", lambda x: x - 1),
        ("1 - x", lambda x: 1 - x),
        ("2 * x * 0.5", lambda x: 2 * x * 0.5),
        ("x / 3", lambda x: x / 3),
        ("1 / x", lambda x: 1 / x),
        ("x // 2", lambda x: x // 2),
        ("x % 2", lambda x: x % 2),
        ("x ** 2", lambda x: x**2),
        ("2 ** x", lambda x: 2**x),
        ("-x", lambda x: -x),
        ("-x ** 2", lambda x: -(x**2)),
        ("x @ transpose(x, 1, 2)", lambda x: x @ x.transpose(1, 2)),
        ("x > 0", lambda x: x > 0),
        ("x <= 0.5", lambda x: x <= 0.5),
        ("x == x", lambda x: x == x),
        ("x != 0", lambda x: x != 0),
        ("0 < x", lambda x: x > 0),
        ("(x > 0) * x", lambda x: (x > 0) * x),
        ("x + x * 2 - x / 4", lambda x: x + x * 2 - x / 4),
        ("(x + x) * 2", lambda x: (x + x) * 2),
        ("x - (x - 1)", lambda x: x - (x - 1)),
        ("x - x - 1", lambda x: x - x - 1),
        ("x / (x / 2)", lambda x: x / (x / 2)),
        ("(x ** 2) ** 0.5", lambda x: (x**2) ** 0.5),
        ("(-x) ** 2", lambda x: (-x) ** 2),
        ("-(x + 1)", lambda x: -(x + 1)),
    ],
)
def test_operators(text: str, reference: Callable[[Tensor], Tensor]) -> None:
    x = image(2, 3, 4)
    same(net(text if not text.startswith("-") else f"y = {text}\ny", "[N, 3, 4]"), reference(x), x)


def test_broadcasting() -> None:
    made = build("model Net { input a: [N, 3, 1, 5]; input b: [4, 5]; a + b * 2 }")
    a, b = image(2, 3, 1, 5), image(4, 5)
    with torch.no_grad():
        assert_equal(made(a, b), a + b * 2)
    assert shapes("model Net { input a: [N, 3, 1, 5]; input b: [4, 5]; a + b }") == {"output": ["N", "3", "4", "5"]}


def test_broadcasting_is_checked() -> None:
    refuse("model Net { input a: [N, 3]; input b: [N, 4]; a + b }  # error: size-differs")


def test_broadcasting_of_free_sizes_is_a_requirement() -> None:
    found = requirements("model Net { input a: [N, C]; input b: [N, D]; a @ transpose(b, 0, 1) }")
    assert found == ["C == D"] or found == ["D == C"]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("x[:, 0]", (slice(None), 0)),
        ("x[0]", 0),
        ("x[-1]", -1),
        ("x[..., None]", (..., None)),
        ("x[None]", None),
        ("x[::2]", slice(None, None, 2)),
        ("x[:, 1:]", (slice(None), slice(1, None))),
        ("x[:, :-1]", (slice(None), slice(None, -1))),
        ("x[..., 1:3, ::2]", (..., slice(1, 3), slice(None, None, 2))),
        ("x[:, [0, 2]]", (slice(None), [0, 2])),
        ("x[:, 0, None, 1]", (slice(None), 0, None, 1)),
        ("x[0, ..., 1]", (0, ..., 1)),
    ],
)
def test_indexing(text: str, index: Any) -> None:
    x = image(4, 3, 6)
    same(net(text, "[4, 3, 6]"), x[index], x)


def test_indexing_out_of_range_is_refused() -> None:
    refuse(body("x[:, 3]  # error: bad-index"))
    refuse(body("x[0, 0, 0, 0, 0]  # error: bad-index"))


def test_indexing_by_a_tensor() -> None:
    made = build("model Net { input x: [N, 5]; input i: [3] int64; x[:, i] }")
    x, i = image(2, 5), torch.tensor([4, 0, 2])
    with torch.no_grad():
        assert_equal(made(x, i), x[:, i])


def test_destructuring() -> None:
    made = net("a, b = chunk(x, 2, dim=1)\nb - a", "[N, 4]")
    x = image(2, 4)
    same(made, x[:, 2:] - x[:, :2], x)


def test_destructuring_nested_and_unused() -> None:
    made = net("y, (h, _) = LSTM(5, batch_first=True)\ny[:, -1] + h[0]", "[N, 6, 4]")
    x = image(2, 6, 4)
    y, (h, _) = made.lstm1(x)
    same(made, y[:, -1] + h[0], x)


def test_destructuring_the_wrong_count_is_refused() -> None:
    refuse(body("a, b, c = chunk(x, 2, dim=1)  # error: wrong-count", "[N, 4]"))
    refuse(body("a, b = x + 1  # error: not-several", "[N, 4]"))


def test_several_results_may_be_indexed() -> None:
    x = image(2, 4)
    same(net("y = chunk(x, 2, dim=1)\ny[1] * y[0]", "[N, 4]"), x[:, 2:] * x[:, :2], x)


def test_shape_is_a_number_where_it_is_known() -> None:
    made = net("y = Conv2d(6, 3)\nLinear(y.shape[1]) -> relu", "[N, 3, 8, 8]")
    assert made.fc1.out_features == 6


def test_shape_is_an_expression_elsewhere() -> None:
    text = body("y = MaxPool2d(2)\nreshape(y, [y.shape[0], 3 * y.shape[2], y.shape[3]])", "[N, 3, H, W]")
    assert shapes(text) == {"output": ["N", "3*(H//2)", "W//2"]} or shapes(text)["output"][0] == "N"
    made = build(text)
    for size in ((2, 3, 8, 8), (3, 3, 9, 12)):
        x = image(*size)
        y = torch.nn.functional.max_pool2d(x, 2)
        same(made, y.reshape(y.shape[0], 3 * y.shape[2], y.shape[3]), x)


def test_size_names_are_numbers_in_the_body() -> None:
    made = build("""
        block A { input x: [N, C, H, W]; conv: Conv2d(C * 2, 1) -> reshape([N, C, 2 * H * W]) }
        model Net { input x: [N, 3, H, W]; A }
    """)
    for size in ((2, 3, 4, 5), (1, 3, 7, 2)):
        x = image(*size)
        same(made, made.get_submodule("a1").conv(x).reshape(size[0], 3, -1), x)


def test_a_tensor_is_no_condition_and_no_number() -> None:
    refuse(body("if x > 0 { -> relu }  # error: tensor-condition", "[N, 4]"))
    refuse(body("Linear(x)  # error: tensor-not-known", "[N, 4]"))


def test_misused_operands() -> None:
    refuse(body('x + "a"  # error: not-an-operand', "[N, 4]"))
    refuse(body("x + None  # error: not-an-operand", "[N, 4]"))
    refuse(body("x + [1, 2]  # error: not-an-operand", "[N, 4]"))
    refuse(body("0 < x < 1  # error: chained-tensors", "[N, 4]"))


def test_no_other_attributes() -> None:
    refuse(body("x.T  # error: no-attribute", "[N, 4]"))
    refuse(body("x.view(1, 2)  # error: no-attribute", "[N, 4]"))
    refuse(body("x.__class__  # error: no-attribute", "[N, 4]"))


# Results


def test_a_tuple() -> None:
    x = image(2, 4)
    result = net("a = x + 1\nb = x * 2\nreturn a, b", "[N, 4]")(x)
    assert type(result) is tuple
    assert_equal(result, (x + 1, x * 2))


def test_a_named_tuple() -> None:
    x = image(2, 4)
    result = net("return logits=x + 1, aux=x * 2", "[N, 4]")(x)
    assert result._fields == ("logits", "aux")
    assert_equal(result.logits, x + 1)
    assert_equal(result[1], x * 2)


def test_a_dict() -> None:
    x = image(2, 4)
    result = net("return {out: x + 1, aux: x * 2}", "[N, 4]")(x)
    assert type(result) is dict and list(result) == ["out", "aux"]
    assert_equal(result["aux"], x * 2)


def test_a_dict_on_several_lines() -> None:
    check(body("return {\n    out: x + 1,\n    aux: x -> Linear(2),\n}", "[N, 4]"))


def test_results_may_be_pipelines() -> None:
    made = net("y = a: Linear(4)\nreturn y -> b: Linear(3) -> relu, y -> c: Linear(2)", "[N, 4]")
    x = image(2, 4)
    same(made, (made.b(made.a(x)).relu(), made.c(made.a(x))), x)


def test_a_block_of_several_results() -> None:
    made = build("""
        block Two { fc: Linear(3); y = -> relu; return y, y * 2 }
        model Net { input x: [N, 4]; a, b = two: Two; a + b }
    """)
    x = image(2, 4)
    h = made.two.fc(x).relu()
    same(made, h + h * 2, x)


def test_a_block_of_several_inputs() -> None:
    made = build("""
        block Fuse(n) { input a: [N, A]; input b: [N, B]; (a, b) -> Bilinear(n) }
        model Net { input x: [N, 4]; input y: [N, 5]; (x, y) -> fuse: Fuse(3) }
    """)
    x, y = image(2, 4), image(2, 5)
    with torch.no_grad():
        assert_equal(made(x, y), made.fuse.get_submodule("bilinear1")(x, y))


def test_a_block_of_any_number_of_inputs() -> None:
    made = build("""
        block Sum { input *maps; total = maps[0]; for m in maps[1:] { total = total + m }; total -> fc: Linear(2) }
        model Net { input x: [N, 4]; (x, x * 2, x * 3) -> sum3: Sum }
    """)
    x = image(2, 4)
    same(made, made.sum3.fc(x + x * 2 + x * 3), x)


def test_a_wrong_count_of_inputs_is_refused() -> None:
    refuse("""
        block Two { input a; input b; a + b }
        model Net { input x: [N, 4]; Two }  # error: wrong-input-count
    """)


def test_return_mixes_no_kinds() -> None:
    refuse(body("return a=x, x  # error: return-mixture", "[N, 4]"))
    refuse(body("return a=x, a=x  # error: return-name-twice", "[N, 4]"))
    refuse(body("return 3  # error: return-without-tensor", "[N, 4]"))


def test_inputs_by_keyword() -> None:
    made = build("model Net { input left: [N, 4]; input right: [N, 4]; left - right }")
    a, b = image(2, 4), image(2, 4) * 2
    with torch.no_grad():
        assert_equal(made(right=b, left=a), a - b)


def test_check_names_inputs_and_outputs() -> None:
    (model,) = report("model Net { input a: [N, 4]; input b: [N, 4] int64; return s=a, t=b }").models
    assert list(model.inputs) == ["a", "b"] and list(model.outputs) == ["s", "t"]


def test_values_have_no_capital() -> None:
    refuse(body("Y = x + 1  # error: value-capitalised", "[N, 4]"))
