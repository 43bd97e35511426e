"""`check --fix`: what is put right and what is left alone, and that nothing else of a file changes."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cnndsl import files, pipeline
from cnndsl.cli import main
from cnndsl.report.edits import is_slip
from cnndsl.report.fixes import fix
from cnndsl.report.pages import PAGES, whole
from cnndsl.report.signs import LETTERS, SIGNS, plain
from cnndsl.source import Source


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def model(body: str) -> str:
    return f"model A {{\n    input x: [N, 3, 32, 32]\n    {body}\n}}\n"


def fixed(text: str, *options: str) -> str:
    """What becomes of a file."""
    Path("net.cnn").write_bytes(text.encode())
    main(["check", "net.cnn", "--fix", "--format", "concise", *options])
    return Path("net.cnn").read_bytes().decode()


SAFE = [
    # Signs and forms of other languages
    ("Conv2d(8, 3) \\\n        -> ReLU", "Conv2d(8, 3)\n        -> ReLU"),
    ("conv1 := Conv2d(8, 3)", "conv1 : Conv2d(8, 3)"),
    ("y := x", "y = x"),
    ("conv1: new Conv2d(8, 3)", "conv1: Conv2d(8, 3)"),
    ("n = 4 > 3 && 2 == 0 ? 8 : 16\n    Conv2d(n, 3)", "n = 8 if 4 > 3 and 2 == 0 else 16\n    Conv2d(n, 3)"),
    ('"conv1" = Conv2d(8, 3)', '"conv1": Conv2d(8, 3)'),
    ("Conv2d 8 3", "Conv2d(8, 3)"),
    ("Conv2d{8, 3}", "Conv2d(8, 3)"),
    ("Conv2d[8, 3]", "Conv2d(8, 3)"),
    ("y, i = MaxPool2d(2)\n    y", "y, i = MaxPool2d(2, return_indices=True)\n    y"),
    ("y = x -> { Conv2d(8, 3) }", "y = x -> Sequential { Conv2d(8, 3) }"),
    ('"""\n    Text of\n\n    two lines.\n    """\n    ReLU', "# Text of\n    #\n    # two lines.\n    ReLU"),
    # Other libraries' names
    ("Flatten -> Dense(10)", "Flatten -> Linear(10)"),
    ("Conv2D(64, 3)", "Conv2d(64, 3)"),
    ("BatchNorm", "BatchNorm2d"),
    ("-> GlobalAvgPool", "-> AdaptiveAvgPool2d(1)"),
    ("-> GlobalAvgPool()", "-> AdaptiveAvgPool2d(1)"),
    ("-> GlobalAveragePooling2D()", "-> AdaptiveAvgPool2d(1) -> Flatten"),
    ("y = GlobalAveragePooling2D()(x)\n    y", "y = x -> AdaptiveAvgPool2d(1) -> Flatten\n    y"),
    ("-> GlobalAvgPool2D()", "-> AdaptiveAvgPool2d(1) -> Flatten"),
    ("-> GlobalMaxPool2D()", "-> AdaptiveMaxPool2d(1) -> Flatten"),
    ("-> GlobalMaxPooling2D()", "-> AdaptiveMaxPool2d(1) -> Flatten"),
    ("Conv2d(32, 1)\n    keras.layers.Conv2D(32, 3, 2)", "Conv2d(32, 1)\n    Conv2d(32, 3, 2)"),
    ("UpSampling2D(2)", "Upsample(scale_factor=2)"),
    ("UpSampling2D()", "Upsample(scale_factor=2)"),
    ("UpSampling2D()(x)", "Upsample(scale_factor=2)(x)"),
    ("tf.keras.layers.UpSampling2D(size=(2, 2))", "Upsample(scale_factor=(2, 2))"),
    ('UpSampling2D(interpolation="bilinear")', 'Upsample(scale_factor=2, mode="bilinear")'),
    ('Activation("relu")', "ReLU"),
    ("Conv2d(8, 3, activation=nn.ReLU)", "Conv2d(8, 3) -> ReLU"),
    ("LayerNorm(axis=-1)", "LayerNorm()"),
    ("Conv2d(4, 3, padding=same)", 'Conv2d(4, 3, padding="same")'),
    ("ReLU(Linear(5))", "Linear(5) -> ReLU"),
    ("Conv2d(4, kernel_size:3)", "Conv2d(4, kernel_size=3)"),
    ("ReLU -> + x", "ReLU -> add(x)"),
    ("-> / 255", "-> div(255)"),
    ("for i in range(1:3) { Linear(i) }", "for i in range(1, 3) { Linear(i) }"),
    ("x -> Conv2d(8, 3) -> y\n    y -> ReLU", "y = x -> Conv2d(8, 3)\n    y -> ReLU"),
    ("y == Conv2d(8, 3)\n    y -> ReLU", "y = Conv2d(8, 3)\n    y -> ReLU"),
    ("b: (\n        ReLU\n        Tanh\n    )", "b: {\n        ReLU\n        Tanh\n    }"),
    ("y, h, c = LSTM(4)(x[:, 0])\n    y", "y, (h, c) = LSTM(4)(x[:, 0])\n    y"),
    ("head { ReLU -> Tanh }", "head: { ReLU -> Tanh }"),
    ("a: { ReLU, Tanh, Conv2d(4, 3) }", "a: { ReLU -> Tanh -> Conv2d(4, 3) }"),
    ("Conv2d(4, 3 padding=1)", "Conv2d(4, 3, padding=1)"),
    ("out: Conv2d(4, 3) - Sigmoid", "out: Conv2d(4, 3) -> Sigmoid"),
    ("ReLU - > Tanh", "ReLU -> Tanh"),
    ("ReLU\n    .flatten(1).unsqueeze(2)", "ReLU\n    -> flatten(1) -> unsqueeze(2)"),
    ("-> GlobalAveragePooling2D", "-> AdaptiveAvgPool2d(1) -> Flatten"),
    ("BatchNormalization(momentum=0.99, epsilon=1e-3)", "BatchNorm2d(momentum=0.01, eps=1e-3)"),
    ("Convv2d(4, 3)", "Conv2d(4, 3)"),
    ("Cnov2d(4, 3)", "Conv2d(4, 3)"),
    ("y: relu", "y: ReLU"),
    # Arguments
    ("Conv2d(filters=4, kernel_size=3)", "Conv2d(out_channels=4, kernel_size=3)"),
    ("Conv2d(4, kernel=3)", "Conv2d(4, kernel_size=3)"),
    ("Dropout(rate=0.5)", "Dropout(p=0.5)"),
    ("Conv2d(4, 3, in_planes=3)", "Conv2d(4, 3)"),
    ("Conv2d(in_planes=3, out_channels=4, kernel_size=3)", "Conv2d(out_channels=4, kernel_size=3)"),
    ("y = cat([x, x], axis=1)", "y = cat([x, x], dim=1)"),
    # Python
    ("nn.Conv2d(3, 4, 3)", "Conv2d(4, 3, in_channels=3)"),
    ("nn.Conv2d(3, 4, kernel_size=(3, 3))", "Conv2d(4, kernel_size=(3, 3), in_channels=3)"),
    ("nn.ReLU(inplace=True)", "ReLU(inplace=True)"),
    ("act: leaky_relu(x, 0.1)", "act: LeakyReLU(0.1)(x)"),
    ("act: F.relu(y)", "act: ReLU()(y)"),
    ("torch.nn.functional.relu(x)", "relu(x)"),
    ("self.conv1 = nn.Conv2d(3, 4, 3)", "conv1: Conv2d(4, 3, in_channels=3)"),
    ("conv1: ReLU\n    self.conv1(x)", "conv1: ReLU\n    conv1(x)"),
    ("conv1 = Conv2d(4, 3)\n    x -> conv1", "x -> conv1: Conv2d(4, 3)"),
    ("conv1 = Conv2d(4, 3)\n    y = conv1(x)\n    y -> ReLU", "y = conv1: Conv2d(4, 3)(x)\n    y -> ReLU"),
    (
        "fc = Linear(\n        5,\n    )\n    x -> ReLU -> fc -> ReLU",
        "x -> ReLU -> fc: Linear(\n        5,\n    ) -> ReLU",
    ),
    (
        "c = Conv2d(8, 1, bias=False)\n    bn = BatchNorm2d(8)\n    y = c(x)\n    y = bn(y)\n    c(x) + y",
        "y = c: Conv2d(8, 1, bias=False)(x)\n    y = bn: BatchNorm2d()(y)\n    c(x) + y",
    ),
    # Errors that a sure change leaves are the author's
    ("nn.Conv2d(3, 32)", "Conv2d(3, 32)"),
    ("Linear(none)", "Linear(None)"),
    ("y = x.view(7, 9)", "y = view(x, 7, 9)"),
    ("if False { ReLU }\n    elif True { Tanh }", "if False { ReLU }\n    else if True { Tanh }"),
    ("let y = x * 2\n    y", "y = x * 2\n    y"),
    ("Conv2d 8, 3\n    ReLU", "Conv2d(8, 3)\n    ReLU"),
    ("c: Conv2d(8, 3) ReLU Tanh", "c: Conv2d(8, 3) -> ReLU -> Tanh"),
    ("x -> Conv2d(8, 3, padding=1) = a\n    a", "a = x -> Conv2d(8, 3, padding=1)\n    a"),
    ("init { kaiming_normal(Conv2d.weight) }\n    ReLU", "init { Conv2d.weight: kaiming_normal }\n    ReLU"),
    ("init { nn.init.zeros_(Linear.bias) }\n    ReLU", "init { Linear.bias: zeros }\n    ReLU"),
    ("for i in range(2) { conv{i}: ReLU }", 'for i in range(2) { "conv{i}": ReLU }'),
    ("param g: [32] ones\n    x * g", "param g: [32] = ones\n    x * g"),
    ("expect x.shape[1] = 3\n    ReLU", "expect x.shape[1] == 3\n    ReLU"),
    ("Conv2d(features=8, kernel_size=3)", "Conv2d(out_channels=8, kernel_size=3)"),
    ("while True { ReLU }", "while True { ReLU }"),
    ("var Act = ReLU", "Act = ReLU"),
    ("Conv2d(8, 99) => ReLU\n    Foo", "Conv2d(8, 99) -> ReLU\n    Foo"),
    ("conv1 Conv2d(4, 3)", "conv1: Conv2d(4, 3)"),
    ("Dropout(0.5, inplace=true)", "Dropout(0.5, inplace=True)"),
    ("Conv2d(4, 3, bias=false)", "Conv2d(4, 3, bias=False)"),
    ("y = none", "y = None"),
    ("if True { ReLU } elif False { Tanh }", "if True { ReLU } else if False { Tanh }"),
    ("Sequential(Conv2d(8, (3, 3)), ReLU())", "Sequential { Conv2d(8, (3, 3)) -> ReLU() }"),
    ("nn.Sequential([Conv2d(8, (3, 3)), ReLU()])", "Sequential { Conv2d(8, (3, 3)) -> ReLU() }"),
    ("Sequential([\n        ReLU,\n        Tanh,\n    ])", "Sequential {\n        ReLU\n        Tanh\n    }"),
    ("Sequential(\n        ReLU(),\n        Tanh(),\n    )", "Sequential {\n        ReLU()\n        Tanh()\n    }"),
    ("y = x.flatten(1)", "y = flatten(x, 1)"),
    ("y = x.relu()", "y = relu(x)"),
    ("y = Conv2d(8, 3).ReLU().flatten(1)", "y = Conv2d(8, 3) -> ReLU() -> flatten(1)"),
    ("x = layers.Conv2D(8, 3)(x)", "x = Conv2d(8, 3)(x)"),
    ("BatchNormalization(momentum=0.9)", "BatchNorm2d(momentum=0.1)"),
    ("y = (x + x).relu()", "y = relu(x + x)"),
    ("y = relu(x).flatten(1)", "y = flatten(relu(x), 1)"),
    ("import torch\n    ReLU", "ReLU"),
    ('Conv2D(4, 3, activation="relu", padding="same")', 'Conv2d(4, 3, padding="same") -> ReLU'),
    ('fc: Dense(4, activation="linear") -> Tanh', "fc: Linear(4) -> Tanh"),
    ("Dense(4, activation=None)", "Linear(4)"),
    ("init { Conv2d.weight: ones_ }\n    Conv2d(4, 3)", "init { Conv2d.weight: ones }\n    Conv2d(4, 3)"),
    ('Conv2d("4", 3, padding="SAME")', 'Conv2d(4, 3, padding="same")'),
    ("Conv2d(4, 3, bias=null)", "Conv2d(4, 3, bias=False)"),
    ("BatchNorm2d(affine=yes)", "BatchNorm2d(affine=True)"),
    ("y = x.float() / 255", 'y = cast(x, "float32") / 255'),
    ("y = x.view(x.size(0), -1)", "y = view(x, x.shape[0], -1)"),
    ("y = F.dropout(x, training=self.training)", "y = dropout(x)"),
    ("conv2d(4, 3) -> relu", "Conv2d(4, 3) -> relu"),
    ("y = Linear(x, 4)", "y = Linear(4)(x)"),
    ("ys = [x]\n    ys.append(relu(x))\n    cat(ys, 1)", "ys = [x]\n    ys = [*ys, relu(x)]\n    cat(ys, 1)"),
    ("self.width = 8\n    Conv2d(width, 3)", "width = 8\n    Conv2d(width, 3)"),
    ("out = x\n    out += x", "out = x\n    out = out + x"),
    ("import torch  # why\n    ReLU", "# why\n    ReLU"),
    ("y = x\n    y += x * 2\n    y", "y = x\n    y = y + (x * 2)\n    y"),
    ("y = x\n    y //= 2\n    y", "y = x\n    y = y // 2\n    y"),
    ("assert x.shape[1] == 3", "expect x.shape[1] == 3"),
    ('return {"out": x, "aux": x}', "return {out: x, aux: x}"),
    ("init { Conv2d.weight = zeros }", "init { Conv2d.weight: zeros }"),
    ("if !training { ReLU }", "if not training { ReLU }"),
    ("ReLU -> -> Tanh", "ReLU -> Tanh"),
    ("ReLU >> Tanh", "ReLU -> Tanh"),
    ("ReLU // first", "ReLU # first"),
    ("ReLU // the first", "ReLU # the first"),
    ("/* first */\n    ReLU", "# first\n    ReLU"),
    ("ReLU,\n    Tanh,", "ReLU\n    Tanh"),
    ("expect [N, C, h, _]\n    Flatten -> Linear(h)", "expect [N, C, H, _]\n    Flatten -> Linear(H)"),
    # Torch's order, where it fits and the other does not
    ("Conv2d(3, 64, 3)", "Conv2d(64, 3)"),
    ("Conv2d(3, 64, kernel_size=3)", "Conv2d(64, kernel_size=3)"),
    ("BatchNorm2d(3)", "BatchNorm2d"),
    ("Flatten -> Linear(3072, 10)", "Flatten -> Linear(10)"),
    # Signs and slips
    ("x => ReLU", "x -> ReLU"),
    ("x → ReLU", "x -> ReLU"),
    ("x –> ReLU", "x -> ReLU"),
    ("“a”: ReLU", '"a": ReLU'),
    ("y = x if True && False else x", "y = x if True and False else x"),
    ("// a comment\n    ReLU", "# a comment\n    ReLU"),
    ("\N{CYRILLIC CAPITAL LETTER ES}onv2d(4, 3)", "Conv2d(4, 3)"),
    ("Conv\u200b2d(4, 3)", "Conv2d(4, 3)"),
    ("ReLU\u00a0-> Tanh", "ReLU -> Tanh"),
    ("Conv2d（8， 3）", "Conv2d(8, 3)"),
    ("Conv2d(08, 3)", "Conv2d(8, 3)"),
    ("ReLU\n    retrun x", "ReLU\n    return x"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), SAFE)
def test_safe_fixes(wrong: str, right: str) -> None:
    text = fixed(model(wrong))
    assert text == model(right)
    assert [p.code for p in pipeline.report(Source("a.cnn", text)).errors if (made := fix(p)) and made.is_safe] == []
    assert fixed(text) == text


def test_small_letters_for_sizes() -> None:
    text = "model A {\n    input x: [n, 3, h, w]\n    expect [n, 3, h, w]\n    y = h + w\n    Conv2d(8, 3)\n}\n"
    assert fixed(text) == text.replace("n,", "N,").replace("h, w", "H, W").replace("h + w", "H + W")


def test_what_an_attribute_holds_is_made_where_it_is_called() -> None:
    lines = ["self.conv1 = nn.Conv2d(3, 8, 3)", "self.relu = nn.ReLU()", "self.fc = nn.Linear(8, 10)",
             "x = self.relu(self.conv1(x))", "x = x.mean([2, 3])", "return self.fc(x)"]  # fmt: skip
    told = ["x = relu: ReLU()(conv1: Conv2d(8, 3, in_channels=3)(x))", "x = mean(x, [2, 3])",
            "return fc: Linear(10, in_features=8)(x)"]  # fmt: skip
    assert fixed(model("\n    ".join(lines))) == model("\n    ".join(told))


MADE = "self.c = nn.Conv2d(3, 3, 1)\n    "
GROUP = "self.f = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())\n    "


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("c = Conv2d(3, 1)\n    b = BatchNorm2d\n    y = b(c(x))", "y = b: BatchNorm2d()(c: Conv2d(3, 1)(x))"),
        (MADE + "y = x + self.c(x)", "y = x + (x -> c: Conv2d(3, 1, in_channels=3))"),
        (MADE + "y = self.c(x * 2) - x", "y = (x * 2 -> c: Conv2d(3, 1, in_channels=3)) - x"),
        (MADE + "y = self.c(x).relu()", "y = relu(c: Conv2d(3, 1, in_channels=3)(x))"),
        (MADE + "y = self.c(x).flatten(1).relu()", "y = relu(flatten(c: Conv2d(3, 1, in_channels=3)(x), 1))"),
        (MADE + "y = F.relu(self.c(x)).flatten(1)", "y = flatten(relu(c: Conv2d(3, 1, in_channels=3)(x)), 1)"),
        (MADE + "y = self.c(x).relu()[0]", "y = relu(c: Conv2d(3, 1, in_channels=3)(x))[0]"),
        (GROUP + "y = self.f(x)", "y = x -> f: Sequential { Conv2d(3, 1, in_channels=3) -> ReLU() }"),
        (GROUP + "y = x\n    y += self.f(x)",
         "y = x\n    y = y + (x -> f: Sequential { Conv2d(3, 1, in_channels=3) -> ReLU() })"),
        (GROUP + "y = x + self.f(x)", "y = x + (x -> f: Sequential { Conv2d(3, 1, in_channels=3) -> ReLU() })"),
        (GROUP + "y = self.f(x).tanh()", "y = tanh(x -> f: Sequential { Conv2d(3, 1, in_channels=3) -> ReLU() })"),
        (GROUP + MADE + "y = self.c(self.f(x))",
         "y = c: Conv2d(3, 1, in_channels=3)(x -> f: Sequential { Conv2d(3, 1, in_channels=3) -> ReLU() })"),
    ],
)  # fmt: skip
def test_what_is_applied_inside_an_expression(wrong: str, right: str) -> None:
    text = fixed(model(wrong))
    assert text == model(right)
    assert pipeline.report(Source("a.cnn", text)).ok


@pytest.mark.parametrize(
    "body",
    [MADE + "y = c(x).shape", GROUP + "y = f(x, x)", GROUP + "y = f(x if True else x)", GROUP + "y = f(*x)"],
)
def test_what_cannot_stand_where_it_is_applied_stays_where_it_is_made(body: str) -> None:
    assert fixed(model(body)) == model(body)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (MADE + "for i in range(3) { x = self.c(x) }\n    x", MADE + "for i in range(3) { x = c(x) }\n    x"),
        (
            "self.unused = nn.Conv2d(8, 8, 3)\n    return relu(x)",
            "self.unused = nn.Conv2d(8, 8, 3)\n    return relu(x)",
        ),
        (
            "self.dropout = nn.Dropout(0.25)\n    x = self.dropout(x)\n    return F.dropout(x, 0.5)",
            "x = dropout: Dropout(0.25)(x)\n    return F.dropout(x, 0.5)",
        ),
        ("self.w = nn.Parameter(torch.randn(3, 1, 1))\n    x", "self.w = nn.Parameter(torch.randn(3, 1, 1))\n    x"),
        (
            "self.c = nn.Conv2d(1, 3, 1)\n    self.c = nn.Conv2d(3, 3, 1)\n    x = self.c(x)\n    return x",
            "self.c = nn.Conv2d(1, 3, 1)\n    x = c: Conv2d(3, 1, in_channels=3)(x)\n    return x",
        ),
    ],
)
def test_what_python_makes_and_nothing_applies_once_stays(wrong: str, right: str) -> None:
    assert fixed(model(wrong)) == model(right)


def test_who_wrote_the_order_of_torch_once_means_it_everywhere() -> None:
    wrong = "Conv2d(3, 16, kernel_size=3)\n    BatchNorm2d(16)\n    Conv2d(16, 24, 3)\n    BatchNorm2d(24)"
    right = "Conv2d(16, kernel_size=3)\n    BatchNorm2d\n    Conv2d(24, 3)\n    BatchNorm2d"
    assert fixed(model(wrong)) == model(right)
    assert fixed(model("Conv2d(3, 16, 3)\n    ReLU")) == model("Conv2d(3, 16, 3)\n    ReLU")
    assert fixed(model("Conv2d(3, 16, 3)\n    Conv2d(16, 24, 3)")) == model("Conv2d(16, 3)\n    Conv2d(24, 3)")


def test_what_makes_sense_in_either_order_is_told_where_others_were_in_torchs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = model("Conv2d(3, 64, 3)\n    Conv2d(64, 64, 3)\n    Conv2d(64, 3, 3)")
    right = model("Conv2d(64, 3)\n    Conv2d(64, 3)\n    Conv2d(64, 3, 3)")
    assert fixed(wrong) == right
    told = "net.cnn:5:5: torch-order this Conv2d makes sense in torch's order, too, which other calls of this file were"
    assert told in capsys.readouterr().out
    assert fixed(right) == right
    assert "torch-order" not in capsys.readouterr().out
    assert fixed(wrong, "--unsafe-fixes") == right.replace("64, 3, 3", "3, 3")
    assert "torch-order" not in capsys.readouterr().out
    mended = fixed(model("Conv2D(3, 3, 3, 1, padding=1)\n    Conv2d(3, 3, 3, 1, padding=1)"))
    assert mended == model("Conv2d(3, 3, 1, padding=1)\n    Conv2d(3, 3, 1, padding=1)")
    assert "torch-order" not in capsys.readouterr().out  # of the calls themselves nothing is in doubt
    named = "block B(out, stride) {\n    Conv2d(out, 3, stride, 1) -> BatchNorm2d(out)\n}\n" + model("B(8, 1)")
    assert fixed(named) == named.replace("2d(out)\n", "2d\n")
    assert "torch-order" not in capsys.readouterr().out  # `stride` stands where it belongs
    twice = "Conv2d(3, 16, 3)\n    Conv2d(3, 5, 5)"  # a warning that no fix takes away counts as well
    capsys.readouterr()
    assert fixed(model(twice)) == model(twice)
    assert capsys.readouterr().out.count("torch-order") == 2


def test_heads_of_items() -> None:
    text = "modle A {\n    input x: [N, 3]\n    ReLU\n}\nblok B(n) {\n    Conv2d(n, 3)\n}\n"
    assert fixed(text) == text.replace("modle", "model").replace("blok", "block")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("input: [N, 3, 8, 8]", "input x: [N, 3, 8, 8]"),
        ("input [N, 3, H, W]", "input x: [N, 3, H, W]"),
        ("input(image: [N, 3, 8, 8])", "input image: [N, 3, 8, 8]"),
        ("input = (N, 3, 8, 8)", "input x: [N, 3, 8, 8]"),
        ("input(x)", "input(x)"),  # of what shape?
        ("input = [N, 3, 8, 8]; input -> ReLU", "input = [N, 3, 8, 8]; input -> ReLU"),
    ],
)
def test_inputs_without_a_name(wrong: str, right: str) -> None:
    text = f"model A {{\n    {wrong}\n    Conv2d(8, 3)\n}}\n"
    assert fixed(text) == text.replace(wrong, right)


def test_conditions_of_an_input() -> None:
    text = "model A {\n    input x: [N, 3, H, W] where H % 8 = 0, W > 8\n    MaxPool2d(8)\n}\n"
    assert fixed(text) == text.replace("= 0, W", "== 0 and W")


def test_values_of_the_file() -> None:
    text = "width = 8\nWIDER = width * 2\n" + model("Conv2d(width, WIDER)")
    assert fixed(text) == text.replace("width = 8", "const width = 8").replace("WIDER =", "const WIDER =")


UNSAFE = [
    ("Conv2d(8, 3) -> BatchNorm2d", "Conv2d(8, 3, bias=False) -> BatchNorm2d"),
    ("Conv2d(3, 16, 3)", "Conv2d(16, 3)"),
    ("Conv2d(8, 3\n    ReLU", "Conv2d(8, 3)\n    ReLU"),
    ("Conv2d(8, 3, padding=(1, 1) -> Tanh\n    ReLU", "Conv2d(8, 3, padding=(1, 1)) -> Tanh\n    ReLU"),
    ("y = cat([x, x], 1\n    ReLU", "y = cat([x, x], 1)\n    ReLU"),
    ("conv1: ReLU\n    conv2: ReLU6\n    x -> conv3", "conv1: ReLU\n    conv2: ReLU6\n    x -> conv1"),
]


@pytest.mark.parametrize(("wrong", "right"), UNSAFE)
def test_guesses_are_made_when_asked_for(wrong: str, right: str) -> None:
    assert fixed(model(wrong)) == model(wrong)
    assert fixed(model(wrong), "--unsafe-fixes") == model(right)


@pytest.mark.parametrize(
    "body",
    [
        "Conv2d(8, 40)",
        "Conv2d(3, 3, 1)",  # torch's order, or not: both fit
        "Flatten -> BatchNorm",  # BatchNorm2d would not fit what stands there
        "GlobalAvgPool(7)",
        "ReLU -> Foo",
        "fc -> ReLU",
        "y = 2 * Conv2d(8, 3).relu()",
        "nn.BatchNorm2D(3, momentum=0.9)",
        "BatchNorm2D(momentum=0.9)",
        "nn.Conv(features=8, kernel_size=(3, 3))",
        "y = pool(relu(x))",
        "BatchNormalization(momentum=m)",
        "y = x\n    - x",
        "if (n := 3) > 2 { ReLU }",  # no sign alone would make this readable
        "if = 3",
        "!pip install",
    ],
)
def test_what_is_left_alone(body: str) -> None:
    assert fixed(model(body)) == model(body)


def test_a_guess_leaves_no_error_on_its_line() -> None:
    wrong = model("Conv2d(8, 99\n    ReLU")
    assert fixed(wrong, "--unsafe-fixes") == wrong


def test_a_fix_that_makes_things_worse_does_not_keep_others_from_being_made() -> None:
    assert fixed(model("Flatten -> BatchNorm\n    x -> Dense(10)")) == model(
        "Flatten -> BatchNorm\n    x -> Linear(10)"
    )


def test_several_rounds_and_fixes_side_by_side() -> None:
    wrong = "self.conv1 = nn.Conv2D(3, 4, kernel=3)  # one\n    -> Relu -> Dense(10)"
    assert fixed(model(wrong)) == model(
        "conv1: Conv2d(4, kernel_size=3, in_channels=3)  # one\n    -> ReLU -> Linear(10)"
    )


def test_nothing_else_changes() -> None:
    """Byte-order mark, line ends, comments, layout, and what cannot be fixed."""
    text = "\ufeff# c\r\nmodel A {\r\n\tinput x:[N,3,32,32]   # d\r\n   Dense( 10 ) # e\r\n\r\n  Foo bar\r\n}"
    assert fixed(text) == text.replace("Dense", "Linear")


def test_status_and_what_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "good.cnn").write_text(model("ReLU"))
    (here / "bad.cnn").write_text(model("Flatten -> Dense(10)"))
    (here / "worse.cnn").write_text(model("Flatten -> Dense(10)\n    Foo"))
    assert main(["check", "good.cnn", "--fix"]) == 0
    assert main(["check", "bad.cnn", "--fix"]) == 0
    found = capsys.readouterr()
    assert found.err == "bad.cnn: fixed 1 problem\n"
    assert found.out.count(": ok\n") == 2
    assert main(["check", "worse.cnn", "--fix", "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert [problem["code"] for problem in report["problems"]] == ["unknown-name"]
    assert main(["check", "missing.cnn", "--fix"]) == 1
    assert main(["check", "bad.cnn", "--fix"]) == 0


def test_how_many_could_be_fixed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> Dense(10) -> Foo -> Relu"))
    assert main(["check", "bad.cnn"]) == 1
    assert capsys.readouterr().out.endswith("found 3 errors; 2 can be put right with --fix\n")


def test_what_cannot_be_applied_is_not_counted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> BatchNorm"))
    for options in ([], ["--fix"]):
        assert main(["check", "bad.cnn", *options]) == 1
        assert capsys.readouterr().out.endswith("\nfound 1 error\n")


def test_diff_without_a_fix_tells_the_errors(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> BatchNorm"))
    assert main(["check", "bad.cnn", "--diff"]) == 1
    assert "nothing is named `BatchNorm`" in capsys.readouterr().out


def test_diff_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> Dense(10)"))
    assert main(["check", "bad.cnn", "--diff"]) == 1
    assert "\n-    Flatten -> Dense(10)\n+    Flatten -> Linear(10)\n" in capsys.readouterr().out
    assert (here / "bad.cnn").read_text() == model("Flatten -> Dense(10)")
    (here / "good.cnn").write_text(model("ReLU"))
    assert main(["check", "good.cnn", "--diff"]) == 0
    assert capsys.readouterr().out == ""


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(model("Flatten -> Dense(10)").encode())))
    assert main(["check", "-", "--fix"]) == 0
    assert capsys.readouterr().out == model("Flatten -> Linear(10)")


def test_imported_files_are_left_alone(here: Path) -> None:
    part = "block P(n) { Flatten -> Dense(n) }\n"
    (here / "part.cnn").write_text(part)
    text = 'from "part.cnn" import P\n' + model("P(3)")
    assert fixed(text) == text
    assert (here / "part.cnn").read_text() == part


def test_the_file_is_whole_at_every_moment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> Dense(10)"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert main(["check", "bad.cnn", "--fix"]) == 2
    assert (here / "bad.cnn").read_text() == model("Flatten -> Dense(10)")
    assert os.listdir(here) == ["bad.cnn"]


# The fixes themselves


def edits(text: str) -> Any:
    (problem,) = pipeline.report(Source("a.cnn", text)).problems
    return fix(problem)


def test_a_fix_as_data(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.cnn").write_text(model("Flatten -> Dense(10)"))
    main(["check", "bad.cnn", "--format", "json"])
    place = {"path": "bad.cnn", "line": 3, "column": 16, "end_line": 3, "end_column": 21}
    (report,) = json.loads(capsys.readouterr().out)
    assert report["problems"][0]["fix"] == {"applicability": "safe", "edits": [{**place, "text": "Linear"}]}
    main(["check", "bad.cnn", "--format", "sarif"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    region = {"startLine": 3, "startColumn": 16, "endLine": 3, "endColumn": 21}
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "Linear"}}]


@pytest.mark.parametrize("code", PAGES)
def test_every_safe_fix_of_a_page_leads_to_a_sound_example(code: str) -> None:
    text = whole(PAGES[code][1])
    after = fixed(text)
    assert after == text or pipeline.report(Source("net.cnn", after)).ok or code in ("import-unreadable",)


@pytest.mark.parametrize(
    ("written", "meant", "yes"),
    [("linaer", "linear", True), ("liner", "linear", True), ("linearr", "linear", True), ("linezr", "linear", True),
     ("conv2", "conv3", False), ("conv", "conv1", False), ("lnear", "linera", False), ("", "a", True)],
)  # fmt: skip
def test_a_slip_of_the_pen(written: str, meant: str, yes: bool) -> None:
    assert is_slip(written, meant) is yes


def test_signs_that_look_like_others() -> None:
    assert all(not sign.isascii() and meant.isascii() for sign, meant in (SIGNS | LETTERS).items())
    assert plain("größe") is None
    assert plain("abc") is None
    assert plain("\u202ex") == "x"


def test_imports(here: Path) -> None:
    (here / "blocks.cnn").write_text("block Double(n) { Conv2d(n, 3) }\n")
    wrong = 'from "bocks.cnn" import Double\n' + model("Double(3)")
    assert fixed(wrong) == wrong.replace("bocks", "blocks")
    wrong = 'from "blocks.cnn" import Duoble as D\n' + model("D(3)")
    assert fixed(wrong) == wrong.replace("Duoble", "Double")


def test_a_norm_that_fits_only_because_the_batch_was_forgotten_is_a_guess() -> None:
    text = "model A {\n    input x: [3, 32, 32]\n    Conv2d(8, 3)\n    BatchNormalization()\n}\n"
    assert fixed(text) == text


def test_a_guess_that_leads_to_more_errors_is_dropped(here: Path) -> None:
    body = "z = Conv2d({}, 1)\n    a = z + x\n    b = z -> GroupNorm(3)\n    a + b"
    text = model(body.format("widr")).replace("model A {", "model A(wider=64) {")
    assert fixed(text) == text
    sound = text.replace("wider=64", "wider=3")
    assert fixed(sound) == sound.replace("widr", "wider")


def test_a_long_text_is_checked_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is for another run, and told as such."""
    checked: list[int] = []
    report = pipeline.report

    def noted(source: Source, **named: Any) -> Any:
        checked.append(len(source.text))
        return report(source, **named)

    monkeypatch.setattr(pipeline, "report", noted)
    comment = f"# {'x' * 70_000}\n"
    assert "Linear(32)" in fixed(comment + model("Linaer(32)\n    " * 1_500))
    assert sum(checked) < 350_000
