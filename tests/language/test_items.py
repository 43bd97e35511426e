"""Items of a file: models, blocks of all three kinds, variants, templates, functions, constants, imports."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

import cnndsl

from .helpers import assert_equal, build, children, image, keys, net, refuse, same


def test_model_is_a_module_class() -> None:
    made = build("model Net(classes=10) { input x: [N, 4]; fc: Linear(classes) }")
    assert isinstance(made, nn.Module) and type(made).__name__ == "Net"
    assert made.fc.in_features == 4 and made.fc.out_features == 10


def test_model_parameters_are_keywords_of_load() -> None:
    text = "model Net(classes=10, bias=True) { input x: [N, 4]; fc: Linear(classes, bias) }"
    made = build(text, classes=3, bias=False)
    assert made.fc.out_features == 3 and made.fc.bias is None


def test_model_parameters_stay_arguments_of_the_class() -> None:
    made = build("model Net(classes=10) { input x: [N, 4]; fc: Linear(classes) }")
    assert type(made)(7).fc.out_features == 7
    assert type(made)(classes=8).fc.out_features == 8


def test_block_is_a_class_of_its_own() -> None:
    made = build("""
        block Unit(out) { conv: Conv2d(out, 3) -> relu }
        model Net { input x: [N, 3, 8, 8]; a: Unit(4); b: Unit(5) }
    """)
    assert keys(made) == ["a.conv.weight", "a.conv.bias", "b.conv.weight", "b.conv.bias"]
    assert type(made.a) is type(made.b) and type(made.a).__name__ == "Unit"
    assert made.b.conv.in_channels == 4
    x = image()
    same(made, F.relu(made.b.conv(F.relu(made.a.conv(x)))), x)


def test_block_group_is_a_sequential() -> None:
    made = build("""
        block ConvBN(out, k=3, Act=ReLU) = { Conv2d(out, k, padding=k // 2, bias=False) -> BatchNorm2d -> Act }
        model Net { input x: [N, 3, 8, 8]; a: ConvBN(4); b: ConvBN(5, 1, Act=SiLU) }
    """)
    assert isinstance(made.a, nn.Sequential)
    assert children(made.a) == ["0", "1", "2"]
    assert isinstance(made.a[2], nn.ReLU) and isinstance(made.b[2], nn.SiLU)
    assert made.b[0].kernel_size == (1, 1)


def test_block_group_may_be_written_on_several_lines() -> None:
    made = build("""
        block ConvBN(out) = {
            Conv2d(out, 3)
            BatchNorm2d

            ReLU
        }
        model Net { input x: [N, 3, 8, 8]; a: ConvBN(4) }
    """)
    assert children(made.a) == ["0", "1", "2"]


def test_block_alias_adds_no_level() -> None:
    made = build("""
        block ConvBN(out, k=3) = { Conv2d(out, k, bias=False) -> BatchNorm2d }
        block Row(out) = ConvBN(out, 1)
        model Net { input x: [N, 3, 8, 8]; a: Row(4) }
    """)
    assert keys(made)[0] == "a.0.weight"
    assert made.a[0].kernel_size == (1, 1)


def test_block_alias_of_a_layer() -> None:
    made = build("""
        block Pointwise(out) = Conv2d(out, 1, bias=False)
        model Net { input x: [N, 3, 8, 8]; a: Pointwise(4) }
    """)
    assert isinstance(made.a, nn.Conv2d) and keys(made) == ["a.weight"]


def test_variant_fixes_parameters_and_leaves_the_others() -> None:
    text = """
        model Net(widths, classes=10, bias=True) {
            input x: [N, 4]
            for i, width in enumerate(widths) { "fc{i}": Linear(width, bias) }
            head: Linear(classes)
        }
        model Small = Net([8, 6])
    """
    made = build(text, model="Small", classes=3, bias=False)
    assert [made.fc0.out_features, made.fc1.out_features, made.head.out_features] == [8, 6, 3]
    assert made.fc0.bias is None


def test_variant_with_parameters_of_its_own() -> None:
    text = """
        model Big(widths, classes=10) {
            input x: [N, 4]
            for i, width in enumerate(widths) { "fc{i}": Linear(width) }
            head: Linear(classes)
        }
        model Small(tail=2) = Big([64, 128 // tail])
    """
    assert build(text, model="Small").fc1.out_features == 64
    assert build(text, model="Small", tail=4).fc1.out_features == 32
    assert build(text, model="Small", tail=4, classes=2).head.out_features == 2


def test_variant_of_a_variant() -> None:
    text = """
        model A(n, m) { input x: [N, 4]; fc: Linear(n) -> out: Linear(m) }
        model B = A(5)
        model C = B(m=6)
    """
    made = build(text, model="C")
    assert made.fc.out_features == 5 and made.out.out_features == 6


def test_variant_takes_templates() -> None:
    text = """
        block Wide(out) { fc: Linear(out * 2) }
        block Thin(out) { fc: Linear(out) }
        model Net(Block, depth) { input x: [N, 4]; layers: Block(8) * depth }
        model WideNet = Net(Wide, 2)
        model ThinNet = Net(Thin, 3)
    """
    assert build(text, model="WideNet").layers[1].fc.out_features == 16
    assert len(build(text, model="ThinNet").layers) == 3


def test_const_binds_arguments_of_a_template() -> None:
    made = build("""
        const Conv = Conv2d(bias=False)
        const WIDTHS = [4, 5]
        model Net { input x: [N, 3, 8, 8]; a: Conv(WIDTHS[0], 3) -> b: Conv(WIDTHS[-1], 1, bias=True) }
    """)
    assert keys(made) == ["a.weight", "b.weight", "b.bias"]
    assert made.b.out_channels == 5


def test_bound_positional_arguments_come_first() -> None:
    made = build("""
        const Conv = Conv2d(4)
        model Net { input x: [N, 3, 8, 8]; a: Conv(3, padding=1) }
    """)
    assert made.a.out_channels == 4 and made.a.kernel_size == (3, 3)


def test_repeated_keyword_overrides_a_bound_one() -> None:
    made = build("""
        const Norm = BatchNorm2d(eps=1e-3, momentum=0.2)
        model Net(Act=ReLU) { input x: [N, 3, 8, 8]; a: Norm(momentum=0.01) -> Norm -> Act }
    """)
    assert (made.a.eps, made.a.momentum) == (1e-3, 0.01)
    assert (made.bn1 if hasattr(made, "bn1") else made.norm1).momentum == 0.2


def test_each_use_of_a_template_is_a_fresh_module() -> None:
    made = net("a: Conv(3, 1) -> b: Conv(3, 1)", parameters="(Conv=Conv2d(bias=False))")
    assert made.a is not made.b and made.a.weight is not made.b.weight


def test_template_parameter_with_bound_arguments() -> None:
    made = build("""
        block Unit(Norm=BatchNorm2d(eps=1e-3)) { conv: Conv2d(4, 1) -> norm: Norm }
        model Net { input x: [N, 3, 8, 8]; a: Unit -> b: Unit(GroupNorm(2)) -> c: Unit(Norm=Identity) }
    """)
    assert made.a.norm.eps == 1e-3
    assert isinstance(made.b.norm, nn.GroupNorm) and made.b.norm.num_channels == 4
    assert isinstance(made.c.norm, nn.Identity)


def test_template_local_name() -> None:
    made = net("Conv = Conv2d(4, 1, bias=False)\na: Conv -> b: Conv(stride=2)")
    assert made.b.stride == (2, 2) and made.b.bias is None


def test_templates_in_a_table() -> None:
    made = build("""
        block A(out, width=1) { fc: Linear(out * width) }
        model Net(rows, width=2) { input x: [N, 4]; for i, Row in enumerate(rows) { "r{i}": Row(width=width) } }
        model Two = Net([A(8), A(3)])
    """, model="Two")  # fmt: skip
    assert made.r0.fc.out_features == 16 and made.r1.fc.out_features == 6


def test_templates_in_tuples_and_ternaries() -> None:
    made = net(
        """
        for Act, width in [(ReLU, 8), (SiLU, 6)] { "fc{width}": Linear(width) -> "act{width}": Act }
        Last = Tanh if final else Identity
        last: Last
        """,
        "[N, 4]",
        "(final=True)",
    )
    assert isinstance(made.act8, nn.ReLU) and isinstance(made.act6, nn.SiLU) and isinstance(made.last, nn.Tanh)


def test_none_template_does_nothing_and_takes_no_number() -> None:
    text = """
        model Net(Norm=None) {
            input x: [N, 3, 8, 8]
            a: { Conv2d(4, 3) -> Norm -> ReLU }
            Conv2d(4, 3) -> Norm -> ReLU
        }
    """
    made = build(text)
    assert children(made.a) == ["0", "1"]
    assert children(made) == ["a", "conv1", "relu1"]


def test_label_on_a_none_template_does_nothing_wherever_it_is_used() -> None:
    made = net("norm: Norm -> relu\ny = -> norm\nnorm(y) -> norm", parameters="(Norm=None)")
    assert children(made) == [] and keys(made) == []
    same(made, image().relu())


def test_def_on_numbers() -> None:
    made = build("""
        def make_divisible(v, divisor=8) {
            n = max(divisor, int(v + divisor / 2) // divisor * divisor)
            if n < 0.9 * v { n = n + divisor }
            return n
        }
        model Net { input x: [N, 4]; a: Linear(make_divisible(33.0)) -> b: Linear(make_divisible(7, divisor=4)) }
    """)

    def make_divisible(v: float, divisor: int = 8) -> int:
        n = max(divisor, int(v + divisor / 2) // divisor * divisor)
        return n + divisor if n < 0.9 * v else n

    assert made.a.out_features == make_divisible(33.0)
    assert made.b.out_features == make_divisible(7, divisor=4)


def test_def_on_lists() -> None:
    made = build("""
        def doubled(widths) { return [for w in widths { w * 2 }] }
        model Net { input x: [N, 4]; for i, w in enumerate(doubled([3, 5])) { "fc{i}": Linear(w) } }
    """)
    assert made.fc0.out_features == 6 and made.fc1.out_features == 10


def test_def_on_tensors() -> None:
    made = build("""
        def swish(x, beta=1.0) { return x * sigmoid(x * beta) }
        model Net { input x: [N, 4]; a: Linear(4) -> swish -> swish(beta=2.0); y = swish(x, 0.5); x + y }
    """)
    x = image(2, 4)
    same(made, x + x * torch.sigmoid(x * 0.5), x)


def test_def_after_an_arrow_takes_the_flow_first() -> None:
    made = build("""
        def scaled(x, factor) { return x * factor }
        model Net { input x: [N, 4]; Linear(4) -> scaled(3.0) }
    """)
    x = image(2, 4)
    same(made, made.fc1(x) * 3.0, x)


def test_def_with_a_template_argument() -> None:
    made = build("""
        def twice(Layer) { return [Layer, Layer] }
        model Net { input x: [N, 4]; for i, L in enumerate(twice(Linear(4))) { "l{i}": L } }
    """)
    assert keys(made) == ["l0.weight", "l0.bias", "l1.weight", "l1.bias"]


def test_def_makes_no_module() -> None:
    refuse("""
        def f(x) {
            return x -> Linear(4)  # error: module-in-def
        }
        model Net { input x: [N, 4]; f(x) }
    """)


def test_def_may_call_another() -> None:
    made = build("""
        def half(n) { return n // 2 }
        def quarter(n) { return half(half(n)) }
        model Net { input x: [N, 4]; fc: Linear(quarter(20)) }
    """)
    assert made.fc.out_features == 5


def test_def_may_return_several_values() -> None:
    made = build("""
        def both(x) { return x + 1, x * 2 }
        model Net { input x: [N, 4]; a, b = both(x); a * b }
    """)
    x = image(2, 4)
    same(made, (x + 1) * (x * 2), x)


def test_items_may_be_used_before_they_are_written() -> None:
    made = build("""
        model Net { input x: [N, 4]; a: Unit(WIDTH) }
        block Unit(n) { fc: Linear(n) }
        const WIDTH = 6
    """)
    assert made.a.fc.out_features == 6


# Names of items


@pytest.mark.parametrize(
    "text",
    [
        "block A { ReLU }\nblock A { ReLU }  # error: defined-twice",
        "const A = 1\ndef a() { return 1 }\nconst A = 2  # error: defined-twice",
        "block unit { ReLU }  # error: name-not-capitalised",
        "model net { input x: [N, 4]; ReLU }  # error: name-not-capitalised",
        "def F(x) { return x }  # error: def-capitalised",
    ],
)
def test_names_of_items(text: str) -> None:
    refuse(text)


def test_unknown_names_have_a_suggestion() -> None:
    with pytest.raises(cnndsl.CnnError, match="Conv2d"):
        net("Conv2D(4, 3)")


def test_own_block_may_take_a_layers_name() -> None:
    made = build("""
        block Linear(n) { fc: Conv2d(n, 1) }
        model Net { input x: [N, 3, 8, 8]; a: Linear(4) }
    """)
    assert keys(made) == ["a.fc.weight", "a.fc.bias"]


def test_load_picks_a_model() -> None:
    text = "model A { input x: [N, 4]; Linear(1) }\nmodel B { input x: [N, 4]; Linear(2) }"
    assert type(build(text, model="B")).__name__ == "B"
    for options in ({}, {"model": "C"}):
        with pytest.raises(cnndsl.CnnError):
            build(text, **options)


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(cnndsl.CnnError, match="clases"):
        build("model A(classes=3) { input x: [N, 4]; Linear(classes) }", clases=4)


def test_model_may_be_used_as_a_block() -> None:
    made = build("""
        model Inner(n=3) { input x: [N, 4]; fc: Linear(n) }
        model Outer { input x: [N, 4]; inner: Inner(5) -> head: Linear(2) }
    """, model="Outer")  # fmt: skip
    assert keys(made)[0] == "inner.fc.weight" and made.head.in_features == 5
    x = image(2, 4)
    with torch.no_grad():
        assert_equal(made(x), made.head(made.inner.fc(x)))


def test_template_positions() -> None:
    """Arguments of a maker, defaults, `const`, the right of a capitalised `=`, the `in` of a `for`."""
    made = build("""
        const Act = ReLU
        const TABLE = [Linear(3), (Linear(2) if 2 > 1 else Tanh)]
        block Unit(First, Second=Linear(5)) { a: First -> b: Second }
        model Net {
            input x: [N, 4]
            Last = [Sigmoid, Tanh][1]
            Unit(Linear(7)) -> Act
            for i, (T, n) in enumerate([(TABLE[0], 1), (TABLE[1], 2)]) { "t{i}": T; Linear(n) }
            last: Last
        }
    """)
    assert children(made) == ["unit1", "act1", "t0", "fc1", "t1", "last"]
    assert [made.unit1.a.out_features, made.unit1.b.out_features] == [7, 5]
    assert [made.t0.out_features, made.t1.out_features, made.fc1[1].out_features] == [3, 2, 2]
    assert isinstance(made.last, nn.Tanh) and isinstance(made.act1, nn.ReLU)


def test_an_alias_hands_other_keywords_on() -> None:
    made = build("""
        block ConvBN(out, k=3, bias=False) = { Conv2d(out, k, bias=bias) -> BatchNorm2d }
        block Row(out) = ConvBN(out, 1)
        model Net { input x: [N, 3, 8, 8]; a: Row(4, bias=True)  # allow: cancelled-bias
        }
    """)
    assert made.a[0].bias is not None and made.a[0].kernel_size == (1, 1)
