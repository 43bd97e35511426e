"""Labels and what they name: modules, groups, branches, lists, repetitions, shared modules, and unlabelled ones."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from .helpers import assert_equal, body, build, check, children, image, keys, net, refuse, same


def test_a_label_names_the_attribute_and_the_keys() -> None:
    made = net("conv1: Conv2d(4, 3)")
    assert keys(made) == ["conv1.weight", "conv1.bias"] and isinstance(made.conv1, nn.Conv2d)


def test_a_computed_label() -> None:
    made = net('for i in range(2) { "block{i + 1}-{i % 2}": Conv2d(4, 1) }')
    assert children(made) == ["block1-0", "block2-1"]
    x = image()
    same(made, getattr(made, "block2-1")(getattr(made, "block1-0")(x)), x)


def test_a_dotted_label_nests() -> None:
    made = net('for i in range(3) { "layers.{i}": Linear(4) }\n"heads.head": Linear(2)', "[N, 4]")
    assert keys(made) == [*(f"layers.{i}.{p}" for i in range(3) for p in ("weight", "bias")), "heads.head.weight",
                          "heads.head.bias"]  # fmt: skip
    x = image(2, 4)
    h = x
    for i in range(3):
        h = made.get_submodule(f"layers.{i}")(h)
    same(made, made.get_submodule("heads.head")(h), x)


def test_a_label_twice_is_refused() -> None:
    refuse(body("a: Linear(4)\na: Linear(4)  # error: label-twice", "[N, 4]"))
    refuse(body('for i in range(2) { "a": Linear(4) }  # error: label-twice', "[N, 4]"))


@pytest.mark.parametrize("label", ["a b", "a/b", "", "a..b", ".a", "a'", 'a\\"b', "a\\nb", "é", "a;b"])
def test_labels_are_made_of_letters_digits_underscore_and_hyphen(label: str) -> None:
    refuse(body(f'"{label}": Linear(4)  # error: bad-label', "[N, 4]"))


@pytest.mark.parametrize(
    "label",
    [
        "forward",
        "training",
        "parameters",
        "type",
        "half",
        "to",
        "apply",
        "modules",
        "children",
        "register_buffer",
        "state_dict",
        "train",
        "eval",
    ],
)
def test_a_label_that_is_an_attribute_of_a_module_is_refused(label: str) -> None:
    refuse(body(f"{label}: Linear(4)  # error: label-is-attribute", "[N, 4]"))
    refuse(body(f'"{label}": Linear(4)  # error: label-is-attribute', "[N, 4]"))
    refuse(body(f'"{label}.0": Linear(4)  # error: label-is-attribute', "[N, 4]"))


def test_every_attribute_of_a_module_is_refused() -> None:
    """What torch itself refuses, and what would break a module silently."""
    from cnndsl.analysis.operands import why_reserved

    free = {name for name in dir(nn.Module()) if why_reserved(name) is None and not name.startswith("_")}
    assert free == set()


@pytest.mark.parametrize("label", ["class", "def", "return", "lambda", "import", "while", "with", "is", "async"])
def test_a_label_that_is_a_python_keyword_is_refused(label: str) -> None:
    refuse(body(f'"{label}": Linear(4)  # error: label-is-keyword', "[N, 4]"))


@pytest.mark.parametrize("label", ["self", "__init__", "__class__", "__dict__", "a.__dict__", "a.b.__init__"])
def test_reserved_labels_are_refused(label: str) -> None:
    refuse(body(f'"{label}": Linear(4)  # error: label-is-reserved', "[N, 4]"))


def test_labels_and_tensors_do_not_share_a_name() -> None:
    refuse(body("a: Linear(4)\na = x + 1  # error: value-is-label", "[N, 4]"))
    refuse(body("a = x + 1  # error: value-is-label\na: Linear(4)", "[N, 4]"))
    refuse("model Net {\n    input fc: [N, 4]  # error: value-is-label\n    fc: Linear(4)\n}")


def test_a_label_may_share_a_parameters_or_numbers_name() -> None:
    """Position decides."""
    made = net("dropout: Dropout(dropout)\nn = 3\nn: Linear(n)\nx -> dropout -> n", "[N, 4]", "(dropout=0.25)")
    assert made.dropout.p == 0.25 and made.n.out_features == 3


def test_using_a_label_before_it_is_made_is_refused() -> None:
    refuse(body("x -> a  # error: label-before-made\na: Linear(4)", "[N, 4]"))


def test_a_function_that_is_a_label_with_arguments_is_refused() -> None:
    """A label means its module throughout its definition."""
    refuse(body("dropout: Dropout(0.1)\n-> dropout(0.5)  # error: label-with-arguments", "[N, 4]"))
    refuse(body("-> dropout(0.5)  # error: label-with-arguments\ndropout: Dropout(0.1)", "[N, 4]"))


def test_a_function_is_meant_where_no_label_has_its_name() -> None:
    check("block A { dropout: Dropout(0.1) }\nmodel Net { input x: [N, 4]; A -> dropout(0.5) }")


# Groups


def test_a_group_is_a_sequential() -> None:
    made = net("down: { Conv2d(4, 1) -> BatchNorm2d }")
    assert isinstance(made.down, nn.Sequential) and children(made.down) == ["0", "1"]
    same(made, made.down[1](made.down[0](image())))


def test_labelled_children_of_a_group_keep_their_names_and_places() -> None:
    made = net("a: { Conv2d(4, 1) -> norm: BatchNorm2d -> ReLU\n act: Tanh; Conv2d(2, 1) }")
    assert children(made.a) == ["0", "norm", "2", "act", "4"]


def test_groups_hold_loops_conditions_and_numbers() -> None:
    made = net(
        """
        a: {
            width = 4
            for i in range(3) {
                Conv2d(width * 2**i, 1)
                if i > 0 { ReLU } else { norm: BatchNorm2d }
            }
        }
        """
    )
    assert children(made.a) == ["0", "norm", "2", "3", "4", "5"]
    assert made.a[4].out_channels == 16


def test_groups_hold_groups() -> None:
    made = net("a: { inner: { Conv2d(4, 1) -> ReLU } -> Sequential { Conv2d(2, 1); ReLU } }")
    assert keys(made) == ["a.inner.0.weight", "a.inner.0.bias", "a.1.0.weight", "a.1.0.bias"]


def test_an_unlabelled_group() -> None:
    made = net("Sequential { Conv2d(4, 1) -> ReLU }")
    assert children(made) == ["sequential1"] and children(made.sequential1) == ["0", "1"]


def test_functions_may_not_stand_in_a_group() -> None:
    refuse(body("a: { Conv2d(4, 1) -> relu }  # error: function-in-group"))
    refuse(body("a: { Conv2d(4, 1) -> flatten(1) }  # error: function-in-group"))


def test_statements_that_may_not_stand_in_a_group() -> None:
    refuse(body("a: { return Conv2d(4, 1) }  # error: not-in-group"))
    refuse(body("a: { y = b: Conv2d(4, 1) }  # error: tensor-in-group"))
    refuse(body("a: { if training { Conv2d(4, 1) } }  # error: training-in-group"))


def test_expect_may_stand_in_a_group() -> None:
    check(body("a: { Conv2d(4, 3); expect [N, 4, 6, 6]; ReLU }"))
    refuse(body("a: { Conv2d(4, 3); expect [N, 4, 5, 6]; ReLU }  # error: size-differs"))


def test_a_child_twice_is_refused() -> None:
    refuse(body("a: { b: ReLU; b: ReLU }  # error: child-twice"))
    refuse(body('a: { "1": ReLU; ReLU }  # error: child-twice'))


# Repetition


def test_repetition_makes_fresh_copies_in_sequence() -> None:
    made = net("layer1: Linear(4) * 3", "[N, 5]")
    assert isinstance(made.layer1, nn.Sequential) and children(made.layer1) == ["0", "1", "2"]
    assert [layer.in_features for layer in made.layer1] == [5, 4, 4]
    assert made.layer1[0] is not made.layer1[1]


def test_repetition_of_a_chain_flattens() -> None:
    made = net("a: (Conv2d(4, 1) -> ReLU) * 2")
    assert [type(layer).__name__ for layer in made.a] == ["Conv2d", "ReLU", "Conv2d", "ReLU"]


def test_repetition_in_a_group_makes_children_of_the_group() -> None:
    made = net("a: { Conv2d(4, 1) -> (Conv2d(2, 1) -> ReLU) * 2; ReLU * 1 -> Conv2d(3, 1) }")
    assert children(made.a) == [str(n) for n in range(7)]


def test_repetition_of_a_block() -> None:
    made = build("""
        block B(n) { fc: Linear(n) }
        model Net { input x: [N, 4]; layers: { B(8) -> B(6) * (3 - 1) } }
    """)
    assert keys(made)[::2] == ["layers.0.fc.weight", "layers.1.fc.weight", "layers.2.fc.weight"]
    assert made.layers[1].fc.in_features == 8 and made.layers[2].fc.in_features == 6


def test_repetition_no_times() -> None:
    made = net("a: { Linear(4) * n; ReLU }", "[N, 4]", "(n=0)")
    assert children(made.a) == ["0"]


def test_repetition_times_must_be_whole_and_not_negative() -> None:
    refuse(body("a: Linear(4) * -1  # error: negative-repeat", "[N, 4]"))
    refuse(body("a: Linear(4) * 1.5  # error: bad-repeat", "[N, 4]"))
    refuse(body('a: Linear(4) * "2"  # error: bad-repeat', "[N, 4]"))


def test_times_a_tensor_is_a_product() -> None:
    made = net("Linear(4) * x", "[N, 4]")
    x = image(2, 4)
    same(made, made.fc1(x) * x, x)
    made = net("x * Linear(4)", "[N, 4]")
    same(made, x * made.fc1(x), x)


def test_a_bracketed_chain_with_a_function_is_multiplied() -> None:
    made = net("(Linear(4) -> relu) * x", "[N, 4]")
    x = image(2, 4)
    same(made, F.relu(made.fc1(x)) * x, x)


# Branches


def test_branches_take_the_flow_and_give_a_list() -> None:
    made = net("[b1: Conv2d(4, 1), b2: { Conv2d(2, 1) -> Conv2d(3, 1) }, MaxPool2d(3, 1, 1)] -> cat(1)")
    x = image()
    same(made, torch.cat([made.b1(x), made.b2(x), F.max_pool2d(x, 3, 1, 1)], 1), x)
    assert children(made) == ["b1", "b2", "pool1"]


def test_for_and_if_stand_in_branches() -> None:
    made = net(
        '[a: Conv2d(4, 1), for k in [1, 3, 5] { "b{k}": Conv2d(2, k, padding=k // 2) }, if pool { MaxPool2d(3, 1, 1) }]'
        " -> cat(1)",
        parameters="(pool=True)",
    )
    assert children(made) == ["a", "b1", "b3", "b5", "pool1"]
    x = image()
    same(made, torch.cat([made.a(x), made.b1(x), made.b3(x), made.b5(x), F.max_pool2d(x, 3, 1, 1)], 1), x)


def test_in_a_for_in_brackets_each_statement_is_a_branch() -> None:
    made = net('[for i in range(2) { "a{i}": Conv2d(2, 1); "b{i}": Conv2d(3, 1) -> relu }] -> cat(1)')
    x = image()
    parts = [made.a0(x), F.relu(made.b0(x)), made.a1(x), F.relu(made.b1(x))]
    same(made, torch.cat(parts, 1), x)


def test_a_list_of_modules() -> None:
    made = net("maps = convs: [Conv2d(2, 1), for k in [3, 5] { Conv2d(2, k, padding=k // 2) }]\ncat(maps, 1)")
    assert isinstance(made.convs, nn.ModuleList) and children(made.convs) == ["0", "1", "2"]
    x = image()
    same(made, torch.cat([conv(x) for conv in made.convs], 1), x)


def test_a_list_of_modules_in_a_pipeline() -> None:
    made = net("convs: [Conv2d(2, 1), Sequential { Conv2d(3, 1) -> ReLU }] -> cat(1)")
    assert keys(made) == ["convs.0.weight", "convs.0.bias", "convs.1.0.weight", "convs.1.0.bias"]


def test_branches_may_be_destructured_and_indexed() -> None:
    made = net("a, b = [p: Conv2d(4, 1), q: Conv2d(4, 1)]\na - b")
    x = image()
    same(made, made.p(x) - made.q(x), x)
    made = net("ys = [p: Conv2d(4, 1), q: Conv2d(4, 1)]\nys[1] * ys[0]")
    same(made, made.q(x) * made.p(x), x)


def test_template_position_decides_what_a_list_is() -> None:
    table = net('for i, Row in enumerate([Linear(8), Linear(4)]) { "r{i}": Row }', "[N, 4]")
    assert table.r1.in_features == 8
    results = net("y = [Linear(8), Linear(8)]\ny[0] + y[1]", "[N, 4]")
    assert results.fc2.in_features == 4


# Sharing and order


def test_a_label_applied_again_shares_its_weights() -> None:
    made = net("conv1: Conv2d(3, 1) -> relu -> conv1")
    assert keys(made) == ["conv1.weight", "conv1.bias"]
    same(made, made.conv1(F.relu(made.conv1(image()))))


def test_a_shared_module_on_another_width_is_refused() -> None:
    refuse(body("a: Conv2d(4, 1)\n-> a  # error: shared-differs"))


def test_a_shared_module_on_another_size_is_fine() -> None:
    made = net("y = a: Conv2d(3, 3)\nz = y -> a\nz")
    same(made, made.a(made.a(image())))


def test_modules_are_registered_in_the_order_in_which_they_are_written() -> None:
    made = net(
        """
        if flip { b: Linear(4) } else { a: Linear(4) }
        c: Linear(4)
        d = x -> e: Linear(4)
        f: Linear(4)
        """,
        "[N, 4]",
        "(flip=True)",
    )
    assert children(made) == ["b", "c", "e", "f"]


def test_order_says_otherwise() -> None:
    made = net("order c, a\nx -> a: Linear(4) -> b: Linear(4) -> c: Linear(4)", "[N, 4]")
    assert children(made) == ["b", "c", "a"]
    same(made, made.c(made.b(made.a(image(2, 4)))), image(2, 4))


def test_order_of_building_decides_the_weights() -> None:
    torch.manual_seed(1)
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    made = net("order b, a\na: Linear(4) -> b: Linear(4)", "[N, 4]")
    assert_equal([made.b.weight, made.a.weight], [first.weight, second.weight])


def test_order_of_an_unknown_label_is_refused() -> None:
    refuse(body("order a, z  # error: unknown-label\na: Linear(4)", "[N, 4]"))


def test_labels_from_the_checkpoint_of_another_network() -> None:
    """The state_dict is the author's: any layout can be written down."""
    made = net(
        """
        "0": { "weird-name": Linear(4) -> "_orig_mod": { Linear(4, bias=False) } }
        "a.0.b": Linear(4, bias=False)
        "a.1.b": Linear(4, bias=False)
        """,
        "[N, 4]",
    )
    assert keys(made) == ["0.weird-name.weight", "0.weird-name.bias", "0._orig_mod.0.weight", "a.0.b.weight",
                          "a.1.b.weight"]  # fmt: skip
    x = image(2, 4)
    group = getattr(made, "0")
    same(made, made.a[1].b(made.a[0].b(group(x))), x)


def test_a_dotted_label_inside_a_module_is_refused() -> None:
    refuse(body('a: Linear(4)\n"a.b": Linear(4)  # error: label-inside-module', "[N, 4]"))


def test_functions_may_follow_the_modules_of_a_labelled_list() -> None:
    made = net("""
        a, b, c = convs: [
            Conv2d(4, 1),
            for k in [3] { Conv2d(4, k, padding=1) -> mul(k) -> relu },
            AdaptiveAvgPool2d(1) -> Conv2d(4, 1) -> interpolate([8, 8]),
        ]
        return a, b, c
    """)
    assert keys(made) == [f"convs.{name}.{p}" for name in ("0", "1", "2.1") for p in ("weight", "bias")]
    x = image()
    pooled = made.convs[2](x).expand(-1, -1, 8, 8)
    same(made, (made.convs[0](x), (made.convs[1](x) * 3).relu(), pooled), x)


def test_an_entry_of_a_labelled_list_makes_one_module() -> None:
    refuse(body("y = convs: [Conv2d(4, 1) -> relu -> Conv2d(4, 1)]  # error: pipeline-as-template"))


def test_a_labelled_list_has_loops_in_loops_and_names_for_numbers() -> None:
    made = net(
        "y = x -> convs: [for i in range(2) { k = 2 * i + 1; for j in range(i + 1) { Conv2d(4, k, padding=i) } }]\n"
        "sum(y)"
    )
    assert [conv.kernel_size for conv in made.convs] == [(1, 1), (3, 3), (3, 3)]
    x = image()
    same(made, made.convs[0](x) + made.convs[1](x) + made.convs[2](x), x)
    refuse(
        body("y = x -> convs: [for i in range(2) { init { Conv2d.weight: zeros }  # error: not-a-branch\n}]\nsum(y)")
    )


def test_a_module_is_shared_whose_sizes_hung_on_arguments_when_it_was_made() -> None:
    made = build("""
        block Two(out) {
            input x: [N, C, ...]
            return x -> a: Conv2d(out, 1), x -> b: Conv2d(out, 3, 2, 1)
        }
        block Head(out, anchors) {
            input x: [N, C, H, W]
            conv: Conv2d(anchors * out, 3, padding=1) -> flatten(1)
        }
        model Net(width=4, classes=5, anchors=3) {
            input x: [N, 3, 8 * H, 8 * W]
            ps = x -> two: Two(width)
            y = ps[0] -> head: Head(classes, anchors)
            cat([y, head(ps[0]), head(ps[1])], 1)
        }
    """)
    large, small = made.two(image())
    wanted = torch.cat([made.head.conv(part).flatten(1) for part in (large, large, small)], 1)
    same(made, wanted, image())
