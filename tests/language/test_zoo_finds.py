"""What writing torchvision's networks found: names of one mode, declarations after a return, absent modules."""

from __future__ import annotations

import torch

from cnndsl import pipeline
from cnndsl.source import Source

from .helpers import body, build, check, image, keys, net, same

AUXILIARY = """
    y = conv: Conv2d(4, 3)
    if training and aux { z = y -> mean([2, 3]) -> head: Linear(2) -> drop1: Dropout(0.5) }
    out = y -> tail: Conv2d(5, 3) -> drop2: Dropout(0.5)
    if training and aux { return out, z }
    order conv, head
    return out
    init { Conv2d.weight: ones }
"""


def test_a_name_of_training_is_there_in_later_training() -> None:
    """And what it names is worked out where it stands: the random numbers are drawn in that order."""
    module = net(AUXILIARY, parameters="(aux=True)").train()
    torch.manual_seed(3)
    out, z = module(image())
    torch.manual_seed(3)
    y = module.conv(image())
    assert torch.equal(z, module.drop1(module.head(y.mean([2, 3]))))
    assert torch.equal(out, module.drop2(module.tail(y)))


def test_a_name_of_training_is_not_there_otherwise() -> None:
    text = """
    y = x
    if training { z = x + 1 }
    if not training { y = z }  # error: unknown-name
    y
"""
    check(body(text))


def test_declarations_may_follow_a_return() -> None:
    module = net(AUXILIARY, parameters="(aux=True)")
    assert keys(module) == ["conv.weight", "conv.bias", "head.weight", "head.bias", "tail.weight", "tail.bias"]
    assert bool((module.conv.weight == 1).all())


def test_order_passes_over_what_a_condition_left_out() -> None:
    module = build(body(AUXILIARY, parameters="(aux=True)"), aux=False)
    assert keys(module) == ["conv.weight", "conv.bias", "tail.weight", "tail.bias"]


def test_order_of_an_unknown_label_is_an_error() -> None:
    check(body("conv: Conv2d(4, 3)\norder conv, haed  # error: unknown-label"))


def test_a_chain_with_a_none_template_repeats() -> None:
    text = """
    block Net2(Norm=None) = { (Conv2d(4, 1) -> Norm -> ReLU) * 2 -> Conv2d(4, 1) }
    model Net { input x: [N, 3, 8, 8]; a: Net2; b: Net2(BatchNorm2d) }
    """
    module = build(text)
    assert [key for key in keys(module) if key.endswith("weight")] == [
        *(f"a.{i}.weight" for i in (0, 2, 4)),
        *(f"b.{i}.weight" for i in (0, 1, 3, 4, 6)),
    ]
    same(module, module.b(module.a(image())))


def test_a_rule_for_a_block_that_is_not_there() -> None:
    text = """
    block A { fc: Linear(2) }
    block B { fc: Linear(2) }
    model M(Unit) { input x: [N, 8]; Unit; init { A.fc.weight, B.fc.weight: zeros; B.fc.bias: ones } }
    model MA = M(A)
    """
    module = build(text)
    assert not module.unit1.fc.weight.any() and not (module.unit1.fc.bias == 1).any()


def test_a_rule_may_name_its_own_definition() -> None:
    text = """
        block B { input x: [N, C]; fc: Linear(2); init { B.fc.weight: zeros } }
        model Net {
            input x: [N, 3]
            fc: Linear(2) -> b: B
            init { Net.fc.weight: ones; Net.fc.%s: zeros  # error: unknown-parameter
            }
        }
    """
    made = build(text % "bias", model="Net")
    assert made.fc.weight.sum() == 6 and made.fc.bias.sum() == 0 and made.b.fc.weight.abs().sum() == 0
    check(text % "scale")


def test_two_models_share_a_cut() -> None:
    text = """
        model Back(width=4) { input x: [N, 3, H, W]; a: Conv2d(width, 1) -> b: Conv2d(width, 1) -> c: Conv2d(1, 1) }
        model One { input x: [N, 3, H, W]; a, b = back: Back["a", "b"]; return a + b }
        model Two { input x: [N, 3, 8, 8]; a, b = back: Back(2)["a", "b"]; return a - b }
        model Three { input x: [N, 3, 8, 8]; a, b = back: Back(2)["b", "a"]; return a - b }
    """
    generated, _ = pipeline.compile(Source("net.cnn", text), None, {})
    assert generated.count("(Back):") == 2
