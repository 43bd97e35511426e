"""What blocks decide stays open: widths, depths and kernels of a model that stacks them are arguments of its class."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl.emit.generalise import Planner

from ..compare import assert_same_layout
from .helpers import assert_equal

RESNET = Path(__file__).parent.parent.parent / "examples" / "torchvision" / "resnet.cnn"
BASIC = """
block Basic(out, stride=1) {
    input x: [N, C, H, W]
    y = conv: Conv2d(out, 3, stride, 1) -> bn: BatchNorm2d
    if stride != 1 or C != out { x = x -> down: Conv2d(out, 1, stride) }
    %s -> relu
}
"""
TOWER = """
model Net(width=4, depth=3, kernel=3) {
    input x: [N, 3, H, W]
    stem: Conv2d(width, kernel, padding=kernel // 2)
    for i in range(depth) { Basic(width * 2 ** i, 1 if i == 0 else 2) }
    AdaptiveAvgPool2d(1) -> Flatten -> fc: Linear(3)
}
"""
STAGES = """
model Net(width=4, depths=[2, 1]) {
    input x: [N, 3, H, W]
    for i, depth in enumerate(depths) {
        "stage{i}": { Basic(width * 2 ** i, 2) -> Basic(width * 2 ** i) * (depth - 1) }
    }
}
"""
GROUPS = """
block Unit(out, wide=False) = { Conv2d(out, 1) -> BatchNorm2d }
block Mix(out) { input x: [N, C, H, W]; g: { Unit(out); if C != out { Conv2d(out, 1) } else { ReLU } } }
model Net(width=4, depth=3) { input x: [N, 3, H, W]; for i in range(depth) { Mix(width) }; head: Conv2d(2, 1) }
"""
FOLDED = """
block Res(out) { input x: [N, C, H, W]; y = Conv2d(out, 1); if C == out { y = y + x }; y }
model Net(width=4) { input x: [N, 4, H, W]; Res(width) -> Res(width) }
"""
INVERTED = """
block Inverted(out, stride=1) {
    input x: [N, C, H, W]
    y = wide: Conv2d(C * 2, 3, stride, 1) -> narrow: Conv2d(out, 1)
    return x + y if stride == 1 and C == out else y
}
model Net(width=4, depth=3) {
    input x: [N, 3, H, W]
    Conv2d(width, 1) -> Inverted(width * 2, 2)
    for i in range(depth) { Inverted(width * 2) }
    Inverted(width * 3, 2)
}
"""
OPEN: list[tuple[str, dict[str, Any]]] = [
    *((BASIC % "y + x" + TOWER, {name: value}) for name, value in (("width", 6), ("depth", 1), ("kernel", 4))),
    *((BASIC % "x + y" + TOWER, {name: value}) for name, value in (("width", 3), ("depth", 4))),
    *((BASIC % "y + x" + STAGES, {"depths": value}) for value in ([1, 3], [2, 2, 2])),
    *((INVERTED, {name: value}) for name, value in (("width", 3), ("depth", 1), ("depth", 5))),
    *((GROUPS, {name: value}) for name, value in (("width", 3), ("width", 6), ("depth", 1))),
]


def made(text: str, **given: Any) -> tuple[Any, Any]:
    """The network that the class gives for other arguments, and that of the file."""
    first = cnndsl.loads(text, model="Net")
    make = getattr(sys.modules[type(first).__module__], "net", type(first))
    assert set(given) <= set(inspect.signature(make).parameters)
    return make(**given), cnndsl.loads(text, model="Net", **given)


def assert_same(ours: Any, theirs: Any, size: int = 16) -> None:
    assert_same_layout(ours, theirs)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, size, size)
    assert_equal(ours.eval()(x), theirs.eval()(x))


@pytest.mark.parametrize(("text", "given"), OPEN, ids=[f"{n}-{given}" for n, (_, given) in enumerate(OPEN)])
def test_the_class_follows(text: str, given: dict[str, Any]) -> None:
    assert_same(*made(text, **given))


SKIPS = """
block Unit { input x: [N, C, H, W]; Conv2d(C, 3, padding=1) -> add(x) }
model Net(width=4, encoders=[1, 1, 1], decoders=[1, 1, 1]) {
    input x: [N, 3, H, W]
    intro: Conv2d(width, 3, padding=1)
    skips = []
    for i, n in enumerate(encoders) {
        y = "encoders.{i}": Unit * n
        skips = [*skips, y]
        "downs.{i}": Conv2d(width * 2 ** (i + 1), 2, 2)
    }
    for i, (n, skip) in enumerate(zip(decoders, reversed(skips))) {
        "ups.{i}": { Conv2d(2 * width * 2 ** (len(decoders) - i), 1) -> PixelShuffle(2) } -> add(skip)
        "decoders.{i}": Unit * n
    }
}
"""
LEVELS = """
model Net(widths=[4, 5, 6], depths=[1, 2, 2]) {
    input x: [N, 3, H, W]
    levels = []
    for w, n in zip(widths, depths) {
        x = x -> Conv2d(w, 3, padding=1) -> ReLU * n
        levels = [*levels, x]
    }
    sum([for i, level in enumerate(levels) { level -> "lateral{i}": Conv2d(4, 1) }])
}
"""


@pytest.mark.parametrize("given", [{"width": 6}, {"encoders": [2, 1, 3], "decoders": [1, 3, 2]}])
def test_what_is_added_to_an_item_of_a_list_is_as_wide_whatever_the_width(given: dict[str, Any]) -> None:
    assert_same(*made(SKIPS, **given))


@pytest.mark.parametrize("given", [{"widths": [7, 3, 9]}, {"depths": [2, 1, 3], "widths": [5, 5, 5]}])
def test_rounds_that_are_written_out_settle_how_many_there_are_alone(given: dict[str, Any]) -> None:
    """What is taken of the list by its place is no loop over it."""
    assert_same(*made(LEVELS, **given))


COUNTED = """
block Waves(dim, step=1) {
    input t: [N]
    f = exp(arange(0, dim, step) * (-log(10000) / (dim - 1)))
    angles = t[:, None] * f
    cat([sin(angles), cos(angles)], 1) -> Linear(dim)
}
model Net(dim=16, step=2, n=7) {
    input t: [N]
    a = Waves(dim)(t)
    b = Waves(dim // 2, step)(t)
    c = t[:, None] * arange(n, 0, -3)
    cat([a, b, c, a + arange(dim)], 1) -> Linear(3)
}
"""


@pytest.mark.parametrize("given", [{"dim": 11}, {"step": 3}, {"n": 2}, {"dim": 20, "step": 1, "n": 9}])
def test_what_is_counted_is_followed(given: dict[str, int]) -> None:
    """`arange` gives as many numbers as its bounds and its step say."""
    ours, theirs = made(COUNTED, **given)
    assert_same_layout(ours, theirs)
    ours.load_state_dict(theirs.state_dict())
    assert_equal(ours(torch.ones(2)), theirs(torch.ones(2)))


HEADS = """
block Attention(heads=4, width=8) {
    input x: [N, T, D]
    x -> to_q: Linear(heads * width)
    -> rearrange("n t (h d) -> n h t d", h=heads) -> mul(width ** -0.5) -> rearrange("n h t d -> n t (h d)")
    -> to_out: Linear(D)
}
model Net(dim=12, heads=%d) { input x: [N, 5, dim]; Attention(heads) -> Attention(1, dim) }
"""
ONES = {
    " -> unflatten(1, [n, -1]) -> Linear(3)": {"n": 3},
    " -> reshape([N, n, -1]) -> Linear(3)": {"n": 4},
    " -> unsqueeze(1) -> Upsample(scale_factor=n) -> Linear(3)": {"n": 2},
    " -> repeat(1, n) -> Linear(3)": {"n": 2},
    " -> tile([n]) -> Linear(3)": {"n": 3},
    "[:, ::n] -> Linear(3)": {"n": 5},
    ' -> rearrange("b (h p) -> b p h", h=n) -> Linear(3)': {"n": 6},
    ' -> rearrange("b (h p) -> b h p", h=n) -> Linear(3)': {"n": 2},
}


@pytest.mark.parametrize("call", ONES)
def test_a_one_that_a_parameter_gave_may_be_another_number(call: str) -> None:
    ours, theirs = made(f"model Net(n=1) {{ input x: [N, 12]; x{call} }}", **ONES[call])
    assert_same_layout(ours, theirs)


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("given", [{"heads": 3}, {"dim": 8, "heads": 4}])
def test_heads_of_rearrange(heads: int, given: dict[str, int]) -> None:
    ours, theirs = made(HEADS % heads, **given)
    assert_same_layout(ours, theirs)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 5, given.get("dim", 12))
    assert_equal(ours(x), theirs(x))


def test_what_is_split_and_joined_again_is_one_size() -> None:
    """Where heads do not divide the width, `unflatten` refuses; so behind it they need not be spelled."""
    text = """
    model Net(width=8, heads=2) {
        input x: [N, 5, 6]
        Linear(width) -> rearrange("n t (h d) -> n h t d", h=heads) -> rearrange("n h t d -> n t (h d)")
        -> reshape(N, 5, -1, heads, 1) -> flatten(2) -> Linear(width)
    }
    """
    assert "nn.Linear(width, width)" in inspect.getsource(type(cnndsl.loads(text)))


def test_squares_of_sums_are_written_as_such() -> None:
    text = """
    block Table(size) {
        input x: [N, C]
        param bias: [(2 * size - 1) * (2 * size - 1)] = 0
        param more: [size * size + 2 * size + 2] = 0
        x + sum(bias) + sum(more)
    }
    model Net(size=3) { input x: [N, 4]; Table(size) -> Table(size + 1) }
    """
    source = inspect.getsource(type(cnndsl.loads(text).table1))
    assert "(size * 2 - 1) ** 2" in source and "size**2 + size * 2 + 2" in source


SCALED = {
    "Upsample(scale_factor=n)": 0.5,
    "interpolate(scale_factor=n)": 2.0,
    "interpolate(None, (n,))": 0.5,
}


@pytest.mark.parametrize("call", SCALED)
def test_a_fraction_that_makes_a_size_is_settled(call: str) -> None:
    """No spelling tells what it comes to; in a block neither."""
    block = f"block Scaled(n) {{ input x: [N, C, L]; -> {call} -> flatten(1) -> Linear(C) }}"
    net = cnndsl.loads(f"{block}; model Net(n={SCALED[call]}) {{ input x: [N, 6, 6]; a: Scaled(n) }}")
    assert not {"n"} & {*inspect.signature(type(net)).parameters, *inspect.signature(type(net.a)).parameters}


def test_depths_of_resnet() -> None:
    """As torchvision's: `ResNet(Bottleneck, [2, 3, 4, 2])`."""
    text = RESNET.read_text()
    code: dict[str, Any] = {"__name__": "resnet"}
    exec(cnndsl.compile(RESNET), code)
    ours = code["ResNet"](code["Bottleneck"], [1, 2, 1, 2], groups=1, width=64, classes=7)
    assert_same(ours, cnndsl.loads(text + "\nmodel R = ResNet(Bottleneck, [1, 2, 1, 2])", model="R", classes=7), 64)


def test_an_arm_that_no_use_takes_is_refused() -> None:
    """The class has what C == out asks for, and nothing else."""
    net = cnndsl.loads(FOLDED)
    with pytest.raises(ValueError, match="not made for in_channels != out"):
        type(net)(width=5)


def test_what_is_required_is_looked_at_for_the_depth_that_it_was_found_for() -> None:
    text = """
    model Net(depth=3) { input x: [N, 3, H, W]; for i in range(depth) { MaxPool2d(2) -> Conv2d(8, 3, padding=1) } }
    """
    ours, theirs = made(text, depth=1)
    assert_same(ours, theirs, 2)
    with pytest.raises(ValueError, match="H >= 8 must hold"):
        cnndsl.loads(text)(torch.randn(2, 3, 4, 4))


def test_a_list_may_be_longer_than_the_one_whose_places_decided() -> None:
    text = BASIC % "y + x" + "model Net(widths=[4, 4, 8]) { input x: [N, 3, H, W]; "
    text += "for i, w in enumerate(widths) { Basic(w); if i > 1 { BatchNorm2d } } }"
    for widths in ([4, 5, 6], [4, 4, 8, 8], [4], [5, 6, 7, 8, 9]):
        assert_same(*made(text, widths=widths))


@pytest.mark.parametrize("place", ["g: { %s Conv2d(c, 1) }", "%s Conv2d(c, 1)", "%s Conv2d(i + 1, 1)"])
def test_a_number_that_a_loop_leaves_behind_hangs_on_how_often_it_turns(place: str) -> None:
    loop = "for i in range(n) { c = 4 * (i + 1); Conv2d(c, 1) };"
    net = cnndsl.loads(f"model Net(n=3) {{ input x: [N, 3, H, W]; {place % loop} }}")
    assert "n" not in inspect.signature(type(net)).parameters


def test_a_number_of_each_round_alone_leaves_the_loop_open() -> None:
    text = "model Net(n=3) { input x: [N, 3, H, W]; for i in range(n) { c = 4 * (i + 1); Conv2d(c, 1) }; %s }"
    assert_same(*made(text % "ReLU", n=2))
    assert_same(*made(text % "for i in range(n) { c = i + 1; Conv2d(c, 1) }", n=4))


def test_a_list_that_a_loop_binds_anew_hangs_on_whether_it_turns() -> None:
    loop = "ts = [x, z]; for j in range(n) { ts = [z, z] }; ts[0] * n"
    text = f"model Net(n=2) {{ input x: [N, 4]; z = Linear(4); {loop} }}"
    assert "n" not in inspect.signature(type(cnndsl.loads(text))).parameters


def test_what_no_class_can_share_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keeps two uses of a block apart, each has a class."""
    wanted, text = cnndsl.loads(BASIC % "y + x" + TOWER), BASIC % "y + x * 1" + TOWER
    monkeypatch.setattr(Planner, "attempt", lambda self, members: None)
    found = cnndsl.loads(text)
    assert list(inspect.signature(type(found)).parameters) == []
    assert_same(found, wanted)
