"""Shapes: inputs, symbolic sizes, promises, requirements, `expect`."""

from __future__ import annotations

import pytest
import torch

import cnndsl

from ..expectations import problems, report
from .helpers import body, build, check, image, net, refuse, requirements, same, shapes


def test_shapes_are_whole_and_batch_included() -> None:
    assert shapes(body("Conv2d(5, 3)", "[N, 3, 8, 9]")) == {"output": ["N", "5", "6", "7"]}


def test_a_name_is_introduced_once_and_equal_later() -> None:
    text = "model Net {\n    input a: [N, C]\n    input b: [N, C]\n    a + b\n}"
    assert requirements(text) == [] and shapes(text) == {"output": ["N", "C"]}
    made = build(text)
    with pytest.raises(ValueError):
        made(image(2, 3), image(2, 4))


def test_a_parameter_in_a_shape_is_a_number() -> None:
    made = build("model Net(channels=3, S=8) { input x: [N, channels, S, S]; Flatten -> fc: Linear(2) }")
    assert made.fc.in_features == 3 * 64
    assert build("model Net(S=8) { input x: [N, S]; fc: Linear(2) }", S=5).fc.in_features == 5


def test_a_lower_case_name_in_a_shape_must_be_known() -> None:
    refuse("model Net { input x: [N, channels]; Linear(2) }  # error: size-not-capitalised")


def test_a_free_size_is_in_no_list() -> None:
    refuse("model Net { input x: [N, T, 3] where T in [4, 8]; Linear(2) }  # error: not-an-operand")
    refuse("model Net { input x: [N, T, 3]; expect T not in [4]; Linear(2) }  # error: not-an-operand")


def test_a_constant_in_a_shape_is_a_number() -> None:
    assert shapes("const SIZE = 8\nmodel Net { input x: [N, SIZE]; x -> relu }") == {"output": ["N", "8"]}


def test_a_block_names_the_sizes_it_is_given() -> None:
    made = build("""
        block A { input x: [N, C, H, W]; conv: Conv2d(C + H * W, 1) }
        model Net { input x: [N, 3, 4, 5]; a: A }
    """)
    assert made.a.conv.out_channels == 3 + 20


def test_a_block_fixes_the_rank() -> None:
    refuse("""
        block A { input x: [N, C]; Linear(C) }
        model Net { input x: [N, 3, 8, 8]; A }  # error: wrong-rank
    """)


def test_a_block_of_any_rank() -> None:
    text = """
        block A { input x: [N, ...S]; x -> relu -> reshape([N, -1]) -> fc: Linear(2) }
        model Net { input x: %s; a: A }
    """
    for shape, width in (("[N, 4]", 4), ("[N, 3, 2, 2]", 12), ("[N, 5, 2]", 10)):
        assert build(text % shape).a.fc.in_features == width


def test_the_rest_of_a_shape_must_agree() -> None:
    text = """
        block Add { input a: [N, ...S]; input b: [N, ...S]; a + b }
        model Net { input x: [N, 4, 2]; input y: [N, 4, %s]; (x, y) -> Add }%s
    """
    check(text % ("2", ""))
    refuse(text % ("1", "  # error: rest-differs"))


def test_a_number_in_a_blocks_shape_is_checked() -> None:
    text = """
        block A {{ input x: [N, 3, H, W]; x -> relu }}
        model Net {{ input x: [N, {}, 8, 8]; A }}{}
    """
    check(text.format(3, ""))
    refuse(text.format(4, "  # error: size-differs"))


def test_an_expression_in_a_blocks_shape_is_solved() -> None:
    text = """
        block A {{ input x: [N, 2*C + 1]; Linear(C) }}
        model Net {{ input x: [N, {}]; A }}{}
    """
    assert shapes(text.format(9, "")) == {"output": ["N", "4"]}
    refuse(text.format(8, "  # error: size-differs"))


def test_dtypes() -> None:
    text = "model Net {{ input x: [N, T] {}; Embedding(10, 4) }}{}"
    check(text.format("int64", ""))
    refuse(text.format("float64", "  # error: wrong-dtype"))
    refuse("""
        block A { input x: [N, T] int64; Embedding(10, 4) }
        model Net { input x: [N, 5]; A }  # error: wrong-dtype
    """)


# Promises


def test_a_promise_by_factors() -> None:
    text = body("[MaxPool2d(16) -> Upsample(scale_factor=16), Conv2d(1, 1)] -> cat(1)", "[N, 3, {}]")
    assert requirements(text.replace("{}", "16*H, 16*W")) == []
    assert requirements(text.replace("{}", "H, W")) == ["H % 16 == 0", "W % 16 == 0"]


def test_a_promise_by_where() -> None:
    text = "model Net {{ input x: [N, 3, H, W]{}; cat([MaxPool2d(2) -> Upsample(scale_factor=2), x], 1) }}"
    assert requirements(text.format("")) == ["H % 2 == 0", "W % 2 == 0"]
    assert requirements(text.format(" where H % 16 == 0 and H == W")) == []


def test_what_is_promised_is_asked_when_called() -> None:
    made = net("-> relu", "[N, 3, 16*H, 16*W]")
    made(image(1, 3, 32, 16))
    with pytest.raises(ValueError):
        made(image(1, 3, 30, 16))
    made = build("model Net { input x: [N, 3, H, W] where H == W; x -> relu }")
    made(image(1, 3, 5, 5))
    with pytest.raises(ValueError):
        made(image(1, 3, 5, 6))


def test_an_impossible_promise_is_an_error() -> None:
    assert problems(report("model Net { input x: [N, H] where H < 1; x -> relu }")) != []


# Requirements


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ("Conv2d(4, 3)", ["H >= 3", "W >= 3"]),
        ("Conv2d(4, 3, padding=1)", []),
        ("MaxPool2d(2) -> MaxPool2d(2)", ["H >= 4", "W >= 4"]),
        ("-> add(MaxPool2d(2) -> Upsample(scale_factor=2))", ["H % 2 == 0", "W % 2 == 0"]),
        ("-> add(Conv2d(3, 3, 2, 1) -> Upsample(scale_factor=2))", ["H % 2 == 0", "W % 2 == 0"]),
    ],
)
def test_requirements(statements: str, wanted: list[str]) -> None:
    found = requirements(body(statements, "[N, 3, H, W]"))
    if "Upsample" in statements:  # adding broadcasts a size of 1 as well
        assert len(found) == 2
    else:
        assert found == wanted


def test_equal_for_all_values_is_accepted_silently() -> None:
    """(H - 1) // 2 + 1 == (H + 1) // 2."""
    text = body("cat([Conv2d(4, 3, 2, 1), MaxPool2d(2, ceil_mode=True)], 1)", "[N, 3, H, W]")
    assert requirements(text) == []


def test_equal_for_some_is_recorded() -> None:
    text = body("cat([MaxPool2d(2) -> Upsample(scale_factor=2), Conv2d(4, 1)], 1)", "[N, 3, H, W]")
    assert requirements(text) == ["H % 2 == 0", "W % 2 == 0"]


def test_never_equal_is_an_error_with_both_sides() -> None:
    text = body("cat([Conv2d(4, 3), Conv2d(4, 1)], 1)  # error: size-differs", "[N, 3, H, W]")
    refuse(text)
    message = str(report(text))
    assert "H - 2" in message or "H-2" in message


def test_never_equal_numbers_are_an_error() -> None:
    refuse(body("x + Conv2d(3, 3)  # error: size-differs", "[N, 3, 9, 9]"))


def test_requirements_that_exclude_each_other_are_an_error() -> None:
    text = """
        model Net {  # error: never-works
            input x: [N, 3, H, 8]
            a = x -> MaxPool2d((2, 1)) -> reshape([N, 3 * 7, 8])
            b = x -> reshape([N, 3, 10, 8])
            return a, b
        }
    """
    assert [code for _, _, code in problems(report(text))] == ["never-works"]


@pytest.mark.parametrize("size", [(1, 3, 15, 16), (1, 3, 16, 17), (1, 3, 1, 1)])
def test_a_wrong_call_meets_one_clear_error(size: tuple[int, ...]) -> None:
    made = net("cat([MaxPool2d(2) -> Upsample(scale_factor=2), Conv2d(4, 1)], 1)", "[N, 3, H, W]")
    made(image(1, 3, 16, 16))
    with pytest.raises(ValueError, match="% 2 == 0"):
        made(image(*size))


def test_a_requirement_is_in_the_docstring() -> None:
    made = net("cat([MaxPool2d(2) -> Upsample(scale_factor=2), Conv2d(4, 1)], 1)", "[N, 3, H, W]")
    assert "H % 2 == 0" in (type(made).__doc__ or "")


def test_a_layer_that_needs_a_number_says_which_size_is_free() -> None:
    text = body("Flatten -> Linear(3)  # error: free-argument", "[N, 3, H, W]")
    refuse(text)
    assert "H" in str(report(text)) and "in_features" in str(report(text))


def test_sizes_are_at_least_one() -> None:
    refuse(body("Conv2d(4, 9)  # error: too-small", "[N, 3, 8, 8]"))
    assert problems(report("model Net { input x: [N, 0]; x -> relu }")) == [(1, "error", "size-below-one")]
    assert requirements(body("x[:, 2:]", "[N, C]")) in (["C >= 3"], [])


def test_a_models_inputs_are_declared_whole() -> None:
    refuse("model Net {  # error: model-without-input\n    Linear(2)\n}")
    refuse("model Net {\n    input x  # error: model-input-without-shape\n    Linear(2)\n}")
    refuse("model Net {\n    input x: [N, ...S]  # error: model-input-rank\n    -> relu\n}")
    refuse("model Net {\n    input *x: [N, 4]  # error: model-starred-input\n    x[0]\n}")


# expect


def test_expect_checks_the_flow() -> None:
    check(body("Conv2d(4, 3)\nexpect [N, 4, 6, 6]"))
    refuse(body("Conv2d(4, 3)\nexpect [N, 4, 5, 6]  # error: size-differs"))
    refuse(body("Conv2d(4, 3)\nexpect [N, 4]  # error: wrong-rank"))


def test_expect_introduces_names() -> None:
    made = net("Conv2d(7, 3)\nexpect [N, C, ...]\nLinear(C)", "[N, 3, 8, 8]")
    assert made.fc1.out_features == 7


def test_expect_a_condition() -> None:
    text = """
        block A(dilation=1) {{
            expect dilation == 1{}
            Linear(4)
        }}
        model Net {{ input x: [N, 4]; A({}) }}
    """
    check(text.format("", 1))
    refuse(text.format("  # error: expectation-failed", 2))


def test_expect_a_dtype() -> None:
    check(body("-> argmax(1)\nexpect [N] int64", "[N, 4]"))
    refuse(body("-> argmax(1)\nexpect [N] float32  # error: wrong-dtype", "[N, 4]"))


def test_expect_a_symbolic_size_is_a_requirement() -> None:
    assert requirements(body("MaxPool2d(2)\nexpect [N, 3, 7, W // 2]", "[N, 3, H, W]"))[0].startswith("H ")


def test_the_design_says_unet_needs_multiples_of_8() -> None:
    text = """
        block DoubleConv(out) = { (Conv2d(out, 3, padding=1) -> ReLU) * 2 }
        model UNet(classes=2, width=64) {
            input x: [N, 1, H, W]
            e1 = DoubleConv(width)
            e2 = MaxPool2d(2) -> DoubleConv(width * 2)
            e3 = MaxPool2d(2) -> DoubleConv(width * 4)
            MaxPool2d(2) -> DoubleConv(width * 8)
            cat([ConvTranspose2d(width * 4, 2, 2), e3], 1) -> DoubleConv(width * 4)
            cat([ConvTranspose2d(width * 2, 2, 2), e2], 1) -> DoubleConv(width * 2)
            cat([ConvTranspose2d(width, 2, 2), e1], 1) -> DoubleConv(width)
            head: Conv2d(classes, 1)
        }
    """
    assert requirements(text) == ["H % 8 == 0", "W % 8 == 0"]


def test_report_of_a_model() -> None:
    (model,) = report("model Net(n=3, bias=True) { input x: [N, 4]; Linear(n, bias) }").models
    assert model.name == "Net" and model.parameters == {"n": 3, "bias": True} and model.weights == 15
    assert report("model Net { input x: [N, 4]; Linear(3) }").to_json()["models"] == [
        {"name": "Net", "parameters": {}, "inputs": {"x": ["N", 4]}, "outputs": {"output": ["N", 3]},
         "input_dtypes": {"x": "float32"}, "output_dtypes": {"output": "float32"}, "requirements": [], "weights": 15}
    ]  # fmt: skip


def test_report_of_dtypes() -> None:
    text = "model Net { input ids: [N, T] int64; y = Embedding(9, 4)(ids); return a=y, b=(ids, argmax(y, 2)) }"
    (model,) = report(text).to_json()["models"]
    assert model["input_dtypes"] == {"ids": "int64"}
    assert model["output_dtypes"] == {"a": "float32", "b.0": "int64", "b.1": "int64"}
    assert model["outputs"].keys() == model["output_dtypes"].keys()


def test_same_results_for_every_size() -> None:
    made = net("a: Conv2d(4, 3, 2, 1)\n-> interpolate(size=x.shape[2:]) -> add(1)", "[N, 3, H, W]")
    for size in ((1, 3, 8, 8), (2, 3, 7, 10)):
        x = image(*size)
        same(made, torch.nn.functional.interpolate(made.a(x), size=x.shape[2:]) + 1, x)


def test_errors_are_cnn_errors() -> None:
    with pytest.raises(cnndsl.CnnError) as caught:
        net("Conv2d(4, 9)")
    assert [problem.code for problem in caught.value.problems] == ["too-small"]


NORMED = "model Net { input x: [N, 3, H, W]; AdaptiveAvgPool2d(1) -> Conv2d(4, 1, bias=False) -> BatchNorm2d }"


def test_a_batch_norm_in_training_wants_more_than_one_value() -> None:
    model = build(NORMED)
    one, two = torch.rand(1, 3, 5, 5), torch.rand(2, 3, 5, 5)
    assert model.train()(two).shape == (2, 4, 1, 1)
    with pytest.raises(ValueError, match=r"^in training, N >= 2 must hold, but the input's shape is \[1, 3, 5, 5\]"):
        model(one)
    assert model.eval()(one).shape == (1, 4, 1, 1)


def test_a_refusal_names_all_inputs_that_it_is_about() -> None:
    model = build(
        "model Net { input x: [N, 3, H, W]; input y: [N, 3, K, W]; a = x -> Conv2d(4, 3, 2); "
        "b = y -> Conv2d(4, (3, 1), (1, 2)) -> pad([0, -1]); a + b }"
    )
    assert model(torch.rand(2, 3, 9, 9), torch.rand(2, 3, 6, 9)).shape == (2, 4, 4, 4)
    refusals = {
        (2, 3, 7, 9): r"K == \(H \+ 3\) // 2 must hold, but the inputs' shapes are \[2, 3, 9, 9\] and \[2, 3, 7, 9\]",
        (1, 3, 6, 9): r"y\S* == x\S* must hold, but the inputs' shapes are \[1, 3, 6, 9\] and \[2, 3, 9, 9\]",
        (2, 3, 2, 9): r"K >= 3 must hold, but the input's shape is \[2, 3, 2, 9\]",
    }
    for shape, said in refusals.items():
        with pytest.raises(ValueError, match=f"^{said}$"):
            model(torch.rand(2, 3, 9, 9), torch.rand(*shape))


@pytest.mark.parametrize(
    "text",
    [
        "model Net { input x: [1, 3, H, W]; AdaptiveAvgPool2d(1) -> BatchNorm2d }  # error: one-value",
        "model Net {  # error: never-works\n input x: [N, 3] where N == 1; BatchNorm1d }",
        "model Net { input x: [1, 3, 1, 1]; InstanceNorm2d(track_running_stats=True) }  # error: one-value",
        "model Net { input x: [1, 3, 1, 1]; if training { y = BatchNorm2d; return y }; x }  # error: one-value",
        "model Net { input x: [1, 3];buffer m: [3] = 0; buffer v: [3] = 1; x -> batch_norm(m, v) }  # error: one-value",
    ],
)
def test_what_could_never_be_trained_is_refused(text: str) -> None:
    refuse(text)


@pytest.mark.parametrize(
    "text",
    [
        "model Net { input x: [1, 3, 1, 1]; if not training { x = x -> BatchNorm2d }; x }",
        "block B { BatchNorm2d }\nmodel Net { input x: [1, 3, 1, 1]; if not training { x = x -> B }; x }",
        "model Net { input x: [1, 3]; buffer m: [3] = 0; buffer v: [3] = 1; x -> batch_norm(m, v, training=False) }",
        "model Net { input x: [1, 3, 7, 7]; BatchNorm2d }",
    ],
)
def test_a_batch_of_one_elsewhere_is_well(text: str) -> None:
    model = build(text)
    x = torch.rand([size for size in model_input(text)])
    model.train()(x)
    model.eval()(x)


def model_input(text: str) -> list[int]:
    return [int(size) for size in text.split("input x: [")[1].split("]")[0].split(",")]


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (8, 9)], ids=str)
def test_indices_of_a_pool_are_of_the_sizes_that_it_pooled(shape: tuple[int, int]) -> None:
    text = "model M { input x: [N, 1, H, W]; y, i = max_pool2d(x, 2, return_indices=True); max_unpool2d(y, i, 2) }"
    net, x = cnndsl.loads(text), 1 + torch.rand(2, 1, *shape)
    if shape[1] % 2:
        with pytest.raises(ValueError, match="W % 2 == 0"):
            net(x)
        return
    y = net(x)
    assert torch.equal(y[y != 0], x[:, :, : y.shape[2]][y != 0])
