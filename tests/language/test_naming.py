"""The names that unlabelled modules get."""

from __future__ import annotations

import inspect

import pytest
from torch.nn import functional as F  # noqa: N812

from .helpers import build, children, image, keys, net, same


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("Conv2d(4, 1)", "conv1"),
        ("BatchNorm2d", "bn1"),
        ("ReLU", "relu1"),
        ("MaxPool2d(2)", "pool1"),
        ("Flatten", "flatten1"),
        ("Linear(4)", "fc1"),
        ("Dropout", "drop1"),
        ("GELU", "gelu1"),
        ("SiLU", "silu1"),
        ("LeakyReLU", "leaky_relu1"),
        ("LogSoftmax(1)", "log_softmax1"),
        ("Unit", "unit1"),
        ("DoubleConv", "double_conv1"),
        ("SE", "se1"),
    ],
)
def test_an_unlabelled_module_gets_the_name_a_person_would_give_it(layer: str, name: str) -> None:
    made = build(f"""
        block Unit {{ -> relu }}
        block DoubleConv {{ -> relu }}
        block SE {{ -> relu }}
        model Net {{ input x: [N, 3, 8, 8]; {layer} }}
    """)
    assert children(made) == [name]


def test_unlabelled_modules_are_counted_by_name() -> None:
    made = net("Conv2d(4, 1) -> BatchNorm2d -> ReLU -> Conv2d(4, 1) -> BatchNorm2d -> ReLU")
    assert children(made) == ["conv1", "bn1", "relu1", "conv2", "bn2", "relu2"]


def test_a_name_the_author_uses_is_skipped() -> None:
    made = net("conv1: Conv2d(4, 1) -> Conv2d(4, 1)\nconv3 = x + 1\nConv2d(4, 1)")
    assert children(made) == ["conv1", "conv2", "conv4"]


def test_in_a_loop_the_name_takes_an_index() -> None:
    made = net("for i in range(3) { Linear(4) -> ReLU }", "[N, 4]")
    assert keys(made)[::2] == ["fc1.0.weight", "fc1.1.weight", "fc1.2.weight"]
    x = h = image(2, 4)
    for fc in made.fc1:
        h = F.relu(fc(h))
    same(made, h, x)


def test_names_do_not_depend_on_which_way_conditions_go() -> None:
    text = "if deep { Conv2d(4, 1) }\nConv2d(4, 1)"
    assert children(net(text, parameters="(deep=True)")) == ["conv1", "conv2"]
    assert children(net(text, parameters="(deep=False)")) == ["conv2"]


def test_the_written_name_counts() -> None:
    made = net("Down = Conv2d(4, 1)\nDown -> Down", "[N, 3, 8, 8]")
    assert children(made) == ["down1", "down2"]


def test_an_unlabelled_repetition_is_a_group() -> None:
    made = net("Linear(4) * 3\n(Linear(5) -> ReLU) * 2", "[N, 4]")
    assert children(made) == ["fc1", "layers1"]
    assert [len(child) for child in made.children()] == [3, 4]


@pytest.mark.parametrize(("block", "one"), [("Res", "res"), ("Block", "block"), ("Axis", "axis"), ("Blocks", "block")])
def test_the_variable_of_a_loop_is_one_of_its_list(block: str, one: str) -> None:
    made = build(f"""
        block {block}(w) {{ -> Conv2d(w, 3) -> relu }}
        model Net(n=3) {{ input x: [N, 3, 32, 32]; for i in range(n) {{ x = x -> {block}(3 + i) }}; x }}
    """)
    assert f"for {one} in self." in inspect.getsource(type(made))
