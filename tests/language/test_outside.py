"""Layers from outside, whole models cut at taps or to one child, and layers beyond torch.nn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

import cnndsl
from cnndsl import pipeline
from cnndsl.source import Source

from ..expectations import report
from .helpers import assert_equal, body, build, check, children, image, keys, net, refuse, same, shapes

MISH = """
import torch
from torch import nn
class Mish2(nn.Module):
    def __init__(self, alpha):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor(alpha))
    def forward(self, x):
        return x * torch.tanh(self.alpha * x)
class Halves(nn.Module):
    def __init__(self, dim=1):
        super().__init__()
        self.dim = dim
    def forward(self, x, y):
        return x.chunk(2, self.dim)[0] + y, y
"""

EXTERN = """
    extern block Mish2(alpha: float): [N, ...S] -> [N, ...S] from "outside_layers.acts:Mish2"
    extern block Halves: [N, 2*C], [N, C] -> [N, C], [N, C] from "outside_layers.acts:Halves"
    model Net { input x: [N, 4]; Linear(6) -> act: Mish2(0.5) -> Linear(3) }
    model Two { input x: [N, 4]; input y: [N, 2]; a, b = (x, y) -> halves: Halves; a * b }
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "outside_layers").mkdir()
    (tmp_path / "outside_layers" / "__init__.py").write_text("")
    (tmp_path / "outside_layers" / "acts.py").write_text(MISH)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("outside_layers", "outside_layers.acts"):
        sys.modules.pop(name, None)


def test_checking_an_extern_needs_nothing_but_the_file() -> None:
    check(EXTERN)
    assert "outside_layers" not in sys.modules


def test_extern_is_imported_only_when_asked(outside: None) -> None:
    with pytest.raises(cnndsl.CnnError, match=r"outside_layers\.acts"):
        build(EXTERN, model="Net")
    assert "outside_layers" not in sys.modules


def test_extern(outside: None) -> None:
    made = build(EXTERN, model="Net", extern=True)
    assert type(made.act).__module__ == "outside_layers.acts"
    assert keys(made)[2] == "act.alpha"
    x = image(2, 4)
    same(made, made.fc2(made.act(made.fc1(x))), x)


def test_extern_of_several_inputs_and_outputs(outside: None) -> None:
    made = build(EXTERN, model="Two", extern=True)
    x, y = image(2, 4), image(2, 2)
    with torch.no_grad():
        assert_equal(made(x, y), (x[:, :2] + y) * y)


def test_a_file_without_a_used_extern_class_is_refused_with_the_reason(outside: None) -> None:
    text = EXTERN.replace("acts:Mish2", "acts:Gone")
    with pytest.raises(ImportError, match="Gone"):
        build(text, model="Net", extern=True)
    with pytest.raises(ImportError, match="no_such_package"):
        build(EXTERN.replace("outside_layers.acts:Mish2", "no_such_package:Mish2"), model="Net", extern=True)


def test_extern_compiles_without_importing(outside: None) -> None:
    code, _ = pipeline.compile(Source("extern.cnn", EXTERN), "Net", {})
    assert "from outside_layers.acts import Mish2" in code
    assert "outside_layers" not in sys.modules


@pytest.mark.parametrize(
    "target",
    ["os", "os.system", "os:system:x", "os;import sys:x", "a b:C", "a.b:C()", ":C", "a:", "a..b:C", "a:C\\nimport os",
     "import:C", "a:class", "..a:C", "a:__import__('os')"],
)  # fmt: skip
def test_a_bad_path_is_refused(target: str) -> None:
    text = f'extern block A: [N] -> [N] from "{target}"  # error: bad-extern-path\nmodel Net {{ input x: [N]; A }}'
    assert [problem.code for problem in report(text).problems] == ["bad-extern-path"]


def test_the_shape_rule_of_an_extern_is_checked() -> None:
    refuse("""
        extern block A(c: int): [N, c, ...S] -> [N, c * 2, ...S] from "a.b:A"
        model Net {
            input x: [N, 3, 8, 8]
            A(4)  # error: size-differs
        }
    """)
    assert shapes("""
        extern block A(c: int): [N, c, ...S] -> [N, c * 2, ...S] from "a.b:A"
        model Net { input x: [N, 3, H, 8]; A(3) }
    """) == {"output": ["N", "6", "H", "8"]}


# Taps

BACKBONE = """
    model Back(width=4, classes=10) {
        input x: [N, 3, H, W]
        stem: Conv2d(width, 3, padding=1) -> relu
        layer1: { Conv2d(width, 3, padding=1) -> ReLU }
        layer2: { Conv2d(width * 2, 3, 2, 1) -> ReLU }
        layer3: { Conv2d(width * 4, 3, 2, 1) -> ReLU }
        AdaptiveAvgPool2d(1) -> Flatten -> fc: Linear(classes)
    }
"""


def test_taps_give_the_values_and_keep_what_they_need() -> None:
    made = build(
        BACKBONE
        + """
    model Net {
        input x: [N, 3, H, W]
        a, b = back: Back(classes=1)["layer1", "layer2"]
        return a, b
    }
    """,
        model="Net",
    )
    assert keys(made) == [f"back.{name}.{p}" for name in ("stem", "layer1.0", "layer2.0") for p in ("weight", "bias")]
    x = image()
    h = made.back.layer1(F.relu(made.back.stem(x)))
    same(made, (h, made.back.layer2(h)), x)


def test_one_tap_gives_one_value() -> None:
    made = build(BACKBONE + 'model Net { input x: [N, 3, H, W]; back: Back["layer2"] -> Conv2d(2, 1) }', model="Net")
    assert made.conv1.in_channels == 8


def test_taps_build_the_whole_model_first() -> None:
    """So that the random numbers are those of the published source, which builds it whole and cuts it."""
    torch.manual_seed(3)
    made = cnndsl.loads(
        BACKBONE + 'model Net { input x: [N, 3, H, W]; back: Back["layer1"] -> c: Conv2d(2, 1) }', model="Net"
    )
    torch.manual_seed(3)
    whole = cnndsl.loads(BACKBONE, model="Back")
    conv = nn.Conv2d(4, 2, 1)
    assert_equal([made.back.stem.weight, made.c.weight], [whole.stem.weight, conv.weight])


def test_taps_in_another_order() -> None:
    made = build(
        BACKBONE + 'model Net { input x: [N, 3, H, W]; a, b = back: Back["layer2", "layer1"]; return a, b }',
        model="Net",
    )
    x = image()
    h = made.back.layer1(F.relu(made.back.stem(x)))
    same(made, (made.back.layer2(h), h), x)


CONDITIONAL = """
    model Back(deep=True) {
        input x: [N, 4]
        first: Linear(4)
        if deep { for i in range(2) { "more{i}": Linear(4) } } else { other: Linear(4) }
        if deep { last: Linear(4) }
    }
    model Net { input x: [N, 4]; %s }
"""


def test_children_under_a_condition_that_is_known_are_children() -> None:
    made = build(CONDITIONAL % 'back: Back["more0"]', model="Net")
    assert keys(made) == [f"back.{name}.{p}" for name in ("first", "more0") for p in ("weight", "bias")]
    x = image(2, 4)
    same(made, made.back.more0(made.back.first(x)), x)
    assert keys(build(CONDITIONAL % 'back: Back(False)["other"]', model="Net"))[2:] == [
        "back.other.weight",
        "back.other.bias",
    ]
    refuse(CONDITIONAL % 'back: Back["other"]  # error: no-such-tap\n')


def test_a_wrong_tap_is_refused() -> None:
    refuse(BACKBONE + '    model Net { input x: [N, 3, H, W]; Back["layer9"] }  # error: no-such-tap')


def test_one_child_of_a_whole_model() -> None:
    made = build("""
        model Whole { input x: [N, 3, H, W]; features: { Conv2d(4, 3) -> ReLU }; head: Conv2d(2, 1) }
        model Net { input x: [N, 3, H, W]; f: Whole.features -> c: Conv2d(5, 1) }
    """, model="Net")  # fmt: skip
    assert keys(made) == ["f.0.weight", "f.0.bias", "c.weight", "c.bias"]
    x = image()
    same(made, made.c(made.f(x)), x)


def test_a_child_that_is_not_first_is_refused() -> None:
    text = """
        model Whole { input x: [N, 3, H, W]; features: { Conv2d(4, 3) -> ReLU }; head: Conv2d(2, 1) }
        model Net { input x: [N, 3, H, W]; f: Whole.%s }  # error: %s
    """
    refuse(text % ("head", "part-not-first"))
    refuse(text % ("tail", "no-such-tap"))


GROUP = """
    model Whole(width=4) {
        input x: [N, 3, H, W]
        features: { Conv2d(width, 3) -> mid: ReLU -> Conv2d(2 * width, 3, 2) -> Tanh } -> head: Conv2d(2, 1)
    }
"""


def test_taps_of_a_group() -> None:
    """The group alone, up to the last tap; its children keep their names."""
    made = build(
        GROUP + 'model Net { input x: [N, 3, H, W]; b, a = f: Whole(5).features["2", "mid"]; return b, a }', model="Net"
    )
    assert keys(made) == ["f.0.weight", "f.0.bias", "f.2.weight", "f.2.bias"]
    assert [name for name, _ in made.f.named_children()] == ["0", "mid", "2"]
    x = image()
    a = F.relu(made.f[0](x))
    same(made, (made.f[2](a), a), x)


def test_one_tap_of_a_group_is_the_group_up_to_it() -> None:
    made = build(GROUP + 'model Net { input x: [N, 3, H, W]; f: Whole.features["2"] -> Conv2d(2, 1) }', model="Net")
    assert type(made.f) is nn.Sequential and len(made.f) == 3
    assert made.conv1.in_channels == 8


@pytest.mark.parametrize(
    ("tapped", "code"), [('features["5"]', "no-such-tap"), ('head["0"]', "part-not-first"), ("conv", "no-such-tap")]
)
def test_wrong_taps_of_a_group_are_refused(tapped: str, code: str) -> None:
    refuse(GROUP + f"    model Net {{ input x: [N, 3, H, W]; f: Whole.{tapped} }}  # error: {code}")


def test_taps_of_a_child_that_is_no_group_are_refused() -> None:
    refuse("""
        model Whole { input x: [N, 3, H, W]; first: Conv2d(2, 1) -> head: Conv2d(2, 1) }
        model Net { input x: [N, 3, H, W]; Whole.first["0"] }  # error: taps-of-no-group
    """)


# Beyond torch.nn


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8, 9])
def test_same_padding_works_with_any_stride(stride: int, size: int) -> None:
    made = net(f'c: Conv2d(4, 3, {stride}, padding="same")', "[N, 3, H, W]")
    x = image(1, 3, size, size + 1)
    result = made(x)
    out = [-(-n // stride) for n in (size, size + 1)]
    assert list(result.shape[2:]) == out
    pads = [max((o - 1) * stride + 3 - n, 0) for o, n in zip(out, (size, size + 1), strict=True)]
    (top, left) = (p // 2 for p in pads)
    padded = F.pad(x, (left, pads[1] - left, top, pads[0] - top))
    assert_equal(result, F.conv2d(padded, made.c.weight, made.c.bias, stride))


def test_stochastic_depth() -> None:
    made = net('Linear(4) -> drop: StochasticDepth(0.5, "row")', "[N, 4]")
    x = image(64, 4)
    same(made, made.fc1(x), x)
    made.train()
    rows = made(x)
    kept = rows.abs().sum(1) > 0
    assert 0 < kept.sum() < 64
    assert torch.allclose(rows[kept], made.fc1(x)[kept] * 2)


def test_permute_and_reshape_as_modules() -> None:
    made = net("a: { Permute([0, 2, 3, 1]) -> Linear(5) -> Permute([0, 3, 1, 2]) }\nReshape([-1, 5 * 64])")
    x = image()
    same(made, made.a[1](x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).reshape(2, -1), x)


def test_layer_norm_2d() -> None:
    made = net("norm: LayerNorm2d(eps=1e-6)")
    x = image()
    same(made, F.layer_norm(x.permute(0, 2, 3, 1), (3,), made.norm.weight, made.norm.bias, 1e-6).permute(0, 3, 1, 2), x)
    assert keys(made) == ["norm.weight", "norm.bias"]


def test_rearrange() -> None:
    made = net('-> rearrange("n (h p) w c -> n h (p w) c", p=2)', "[N, 8, 3, 5]")
    x = image(2, 8, 3, 5)
    same(made, x.reshape(2, 4, 2, 3, 5).reshape(2, 4, 6, 5), x)


def test_a_generated_file_imports_only_torch() -> None:
    text = body(
        'Conv2d(4, 3, 2, padding="same") -> StochasticDepth(0.1, "row") -> LayerNorm2d -> Permute([0, 2, 3, 1])'
    )
    code, _ = pipeline.compile(Source("net.cnn", text), None, {})
    imported = {line.split()[1].split(".")[0] for line in code.splitlines() if line.startswith(("import ", "from "))}
    assert imported - sys.stdlib_module_names == {"torch"}
    assert children(build(text)) == ["conv1", "drop1", "norm1", "permute1"]
