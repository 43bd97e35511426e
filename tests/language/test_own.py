"""What a definition owns (parameters, buffers, initialisation, version), and what differs between the two modes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

import cnndsl

from ..expectations import report
from .helpers import assert_equal, body, build, check, children, image, keys, net, refuse, requirements, same


def test_param_with_a_number() -> None:
    made = build("""
        block Scale { input x: [N, C, H, W]; param gamma: [C, 1, 1] = 1e-6; x * gamma }
        model Net { input x: [N, 3, 8, 8]; a: Scale }
    """)
    gamma = made.a.gamma
    assert isinstance(gamma, nn.Parameter) and gamma.requires_grad
    assert_equal(gamma, torch.full((3, 1, 1), 1e-6))
    same(made, image() * gamma)


def test_param_with_an_initialiser() -> None:
    made = net("param w: [4, 5] = normal(std=0.02)\nx @ w", "[N, 4]")
    torch.manual_seed(1)
    assert_equal(made.w.detach(), nn.init.normal_(torch.empty(4, 5), std=0.02))


@pytest.mark.parametrize("name", ["zeros", "ones"])
def test_param_with_a_bare_initialiser(name: str) -> None:
    assert_equal(net(f"param w: [4] = {name}\nx * w", "[N, 4]").w.detach(), getattr(torch, name)(4))


def test_buffer() -> None:
    made = net("buffer b: [4] = 2\nx * b", "[N, 4]")
    assert keys(made) == ["b"] and not list(made.parameters())
    same(made, image(2, 4) * 2, image(2, 4))


def test_buffer_kept_out_of_the_state_dict() -> None:
    made = net("buffer(persistent=False) b: [1] = 0\nx + b", "[N, 4]")
    assert keys(made) == [] and [name for name, _ in made.named_buffers()] == ["b"]


def test_buffer_evaluated_once() -> None:
    made = build("""
        def steps(n) { return arange(n) * 2 }
        model Net { input x: [N, 4]; buffer b = steps(4); x + b }
    """)
    assert_equal(made.b, torch.arange(4) * 2)
    same(made, image(2, 4) + torch.arange(4) * 2, image(2, 4))


def test_buffer_of_named_tensors() -> None:
    text = """
    block Masked(k) {
        input x: [N, L]
        rows = arange(k)
        cols, _ = chunk(cat([rows, rows]) * 2, 2)
        both = [rows, rows + 1]
        buffer mask = rows * 2 + both[1] + cols
        x * mask + cols
    }
    model Net { input x: [N, 7]; Masked(7) -> Linear(5) -> Masked(5) }
    """
    found = build(text)
    for masked, k in ((found.get_submodule("masked1"), 7), (found.get_submodule("masked2"), 5)):
        rows = torch.arange(k)
        assert_equal([masked.get_buffer("mask")], [rows * 2 + rows + 1 + rows * 2])
        assert_equal([masked(torch.ones(2, k))], [(7.0 * rows + 1).expand(2, k)])
    assert not report(text).problems


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("a = arange(8); buffer b = a[:4] + a[4:]", lambda: torch.arange(4) * 2 + 4),
        ("a = arange(4); b = a[:, None] - a[None]; buffer c = b[0]", lambda: -torch.arange(4)),
        (
            'ys, xs = meshgrid(arange(2), arange(4), indexing="ij"); buffer b = ys[1] + xs[0]',
            lambda: torch.arange(4) + 1,
        ),
        ("_, i = max(arange(12)[None, :] + eye(4, 12), 1); buffer b = i + i", lambda: torch.full((4,), 22)),
        ("a = arange(4); for i in range(3) { a = a + i }; buffer b = a", lambda: torch.arange(4) + 3),
        ("a = arange(4); if True { a = a[:, None] }; buffer b = a[:, 0]", lambda: torch.arange(4)),
        ("ys = [for i in range(2) { arange(4) + i }]; buffer b = ys[0] + ys[1]", lambda: torch.arange(4) * 2 + 1),
    ],
)
def test_buffer_of_parts_rounds_and_decisions(lines: str, wanted: Callable[[], torch.Tensor]) -> None:
    """What indexing, loops and decisions make of numbers is made of numbers."""
    name = lines.rpartition("buffer ")[2][0]
    text = body(f"{lines}; x + {name}", "[N, 4]")
    assert not report(text).problems
    made = cnndsl.loads(text)
    assert_equal(made.get_buffer(name), wanted())
    same(made, image(2, 4) + wanted(), image(2, 4))


@pytest.mark.parametrize(
    "given", ["x * 2", "relu(x)", "gain + 1", "other", "made", "[x, x][0]", "rows * x", "rows + made"]
)
def test_buffer_of_what_runs(given: str) -> None:
    lines = f"buffer other: [4] = 1; param gain: [4] = 1; rows = arange(4); made = x -> Linear(4); buffer m = {given}"
    problems = report(f"model Net {{ input x: [2, 4]; {lines}; x * m }}").errors
    assert [problem.code for problem in problems] == ["bad-initial"]


def test_own_parameters_then_buffers_precede_children() -> None:
    made = net(
        """
        fc: Linear(4)
        buffer b: [4] = 0
        param w: [4] = 1
        (fc(x) + b) * w
        """,
        "[N, 4]",
    )
    assert keys(made) == ["w", "b", "fc.weight", "fc.bias"]


def test_own_dtype() -> None:
    made = net("buffer b: [4] int64 = 3\nx + b", "[N, 4]")
    assert made.b.dtype == torch.int64


def test_own_shape_must_be_known() -> None:
    refuse(body("param w: [C] = 1  # error: own-of-free-size\nx * w", "[N, C]"))
    refuse(body("param w = 1  # error: own-without-shape\nx * w", "[N, 4]"))
    refuse(body("buffer b: [3] = arange(4)  # error: own-shape-differs\nx * b", "[N, 4]"))


def test_an_own_name_is_no_labels() -> None:
    refuse(body("param w: [4] = 1  # error: label-is-value\nw: Linear(4)", "[N, 4]"))
    refuse(body("param forward: [4] = 1  # error: label-is-attribute\nLinear(4)", "[N, 4]"))
    refuse(body("param w: [4] = 1\nparam w: [4] = 1  # error: name-twice\nx * w", "[N, 4]"))


def test_buffer_takes_no_other_option() -> None:
    refuse(body("buffer(frozen=True) b: [4] = 1  # error: buffer-option\nx * b", "[N, 4]"))


# init


def weights_after(text: str, seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    return cnndsl.loads(text)


def test_init_by_type() -> None:
    made = net("a: Linear(4) -> b: Linear(4)\ninit { Linear.weight: constant(0.5); Linear.bias: zeros }", "[N, 4]")
    assert_equal([made.b.weight, made.b.bias], [torch.full((4, 4), 0.5), torch.zeros(4)])


def test_init_several_selectors_and_arguments() -> None:
    text = body(
        "a: Conv2d(4, 3) -> Flatten -> b: Linear(4)\ninit { Conv2d.weight, Linear.weight: trunc_normal(0, 0.1, -2, 2) }"
    )
    made = weights_after(text)
    torch.manual_seed(3)
    conv, fc = nn.Conv2d(3, 4, 3), nn.Linear(4 * 36, 4)
    nn.init.trunc_normal_(conv.weight, 0, 0.1, -2, 2)
    nn.init.trunc_normal_(fc.weight, 0, 0.1, -2, 2)
    assert_equal(list(made.parameters()), [*conv.parameters(), *fc.parameters()])


def test_init_with_a_layers_fields_and_fans() -> None:
    text = body(
        """
        a: Linear(9)
        init {
            Linear.weight: uniform(-1 / sqrt(out_features), 1 / sqrt(out_features))
            Linear.bias: uniform(-1 / fan_in, 1 / fan_in)
        }
        """,
        "[N, 4]",
    )
    made = weights_after(text)
    torch.manual_seed(3)
    fc = nn.Linear(4, 9)
    nn.init.uniform_(fc.weight, -1 / math.sqrt(9), 1 / math.sqrt(9))
    weight, bias = made.a.weight, made.a.bias
    assert_equal(weight, fc.weight)
    assert bias.abs().max() <= 0.25


def test_init_last_matching_rule_alone_runs() -> None:
    text = body("a: Linear(4)\ninit { Linear.weight: normal(0, 1); Linear.weight: constant(2) }", "[N, 4]")
    torch.manual_seed(3)
    made = cnndsl.loads(text)
    after = torch.rand(1)
    assert_equal(made.a.weight, torch.full((4, 4), 2.0))
    torch.manual_seed(3)
    nn.Linear(4, 4)
    assert_equal(after, torch.rand(1), "the first rule drew random numbers")


def test_init_by_pattern() -> None:
    made = net('body: { Linear(4) } -> head: { Linear(4) }\ninit { "head.*": zeros }', "[N, 4]")
    assert made.head[0].weight.abs().sum() == 0 and made.head[0].bias.abs().sum() == 0
    assert made.body[0].weight.abs().sum() > 0


def test_init_under_a_condition() -> None:
    text = """
        block Bottleneck { fc: Linear(4) -> bn3: BatchNorm1d }
        model Net(zero_init=%s) {
            input x: [N, 4]
            a: Bottleneck
            init { if zero_init { Bottleneck.bn3.weight: zeros } }
        }
    """
    assert build(text % "True").a.bn3.weight.sum() == 0
    assert build(text % "False").a.bn3.weight.sum() == 4


GATE = """
    block Gate(norm=True, bias=True) {
        input x: [N, C]
        fc: Linear(C) -> gate: Linear(C, bias=bias) -> g: { p: PReLU }
        if norm { n: BatchNorm1d }
    }
    block Outer { input x: [N, C]; inner: Gate -> mul(x) }
    model Net { input x: [N, 4]; a: Gate -> b: Outer -> c: Gate(False, False); init { %s } }
"""
GIVEN = (
    ("Gate.fc.weight, Gate.gate.weight: constant(7)", ("fc.weight", "gate.weight")),
    ("Gate.fc.weight: zeros; Gate.fc.weight: constant(7); Gate.gate.weight: constant(7)", ("fc.weight", "gate.weight")),
    ("Gate.gate.bias: constant(7)", ("gate.bias",)),
    ("Gate.n.weight, Gate.g.p.weight: constant(7)", ("n.weight", "g.p.weight")),
    ("Linear.bias: normal; Gate.n.weight, Gate.fc.bias: constant(7)", ("n.weight", "fc.bias")),
    ("Linear.bias: zeros; BatchNorm1d.weight: normal; Gate.n.weight: constant(7)", ("n.weight",)),
)


@pytest.mark.parametrize(("rules", "meant"), GIVEN)
def test_init_inside_blocks(rules: str, meant: tuple[str, ...]) -> None:
    """All that the rules mean, and nothing else; what some blocks lack does not count there."""
    parameters = dict(build(GATE % rules).named_parameters())
    said = {name for name, parameter in parameters.items() if (parameter == 7).all()}
    assert said == {name for name in parameters if name.endswith(tuple(f".{path}" for path in meant))}


def test_init_last_rule_for_a_parameter_that_two_ways_lead_to() -> None:
    outer_last = build(GATE % "Gate.fc.bias: ones; Outer.inner.fc.bias: zeros")
    assert outer_last.b.inner.fc.bias.sum() == 0 and outer_last.a.fc.bias.sum() == 4
    assert build(GATE % "Outer.inner.fc.bias: zeros; Gate.fc.bias: ones").b.inner.fc.bias.sum() == 4


def test_init_skips_a_parameter_that_is_none() -> None:
    check(body("a: Linear(4, bias=False)\ninit { Linear.bias: zeros }", "[N, 4]"))
    assert net("a: Linear(4, bias=False)\ninit { Linear.bias: zeros }", "[N, 4]").a.bias is None


def test_init_of_a_block_runs_before_its_owners() -> None:
    made = build("""
        block A { fc: Linear(4); init { Linear.weight: constant(1) } }
        model Net { input x: [N, 4]; a: A -> b: Linear(4); init { "b.weight": constant(3) } }
    """)
    assert made.a.fc.weight.mean() == 1 and made.b.weight.mean() == 3
    made = build("""
        block A { fc: Linear(4); init { Linear.weight: constant(1) } }
        model Net { input x: [N, 4]; a: A -> b: Linear(4); init { Linear.weight: constant(3) } }
    """)
    assert made.a.fc.weight.mean() == 3


def test_init_runs_module_by_module() -> None:
    text = body(
        "a: Linear(4) -> b: Linear(4)\ninit { Linear.bias: normal(0, 1); Linear.weight: normal(0, 1) }", "[N, 4]"
    )
    made = weights_after(text)
    torch.manual_seed(3)
    layers = [nn.Linear(4, 4), nn.Linear(4, 4)]
    for layer in layers:
        nn.init.normal_(layer.weight, 0, 1)
        nn.init.normal_(layer.bias, 0, 1)
    assert_equal(list(made.parameters()), [p for layer in layers for p in layer.parameters()])


def test_init_of_a_block_type() -> None:
    made = build("""
        block A { fc: Linear(4) }
        model Net { input x: [N, 4]; a: A -> b: Linear(4); init { A.fc.weight: zeros } }
    """)
    assert made.a.fc.weight.abs().sum() == 0 and made.b.weight.abs().sum() > 0


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("Linear.weight: normall(0, 1)", "unknown-initialiser"),
        ("Linear.weight: normal(0, 1, 2, 3)", "too-many-arguments"),
        ("Linear.weight: normal(sigma=1)", "unknown-argument"),
        ("Lineer.weight: zeros", "unknown-name"),
        ("Linear: zeros", "selector-no-parameter"),
        ("Linear.weight: normal_(0, 1)", "unknown-initialiser"),
    ],
)
def test_wrong_init_rules(rule: str, code: str) -> None:
    refuse(body(f"a: Linear(4)\ninit {{\n    {rule}  # error: {code}\n}}", "[N, 4]"))


def test_version() -> None:
    assert net("version 2\nLinear(4)", "[N, 4]")._version == 2
    assert net("Linear(4)", "[N, 4]")._version == 1


def test_same_weights_as_the_published_source() -> None:
    text = """
model Net {
    input x: [N, 3, 16, 16]
    stem: { Conv2d(8, 3) -> BatchNorm2d -> ReLU }
    Flatten -> head: Linear(5)
    init {
        Conv2d.weight: kaiming_normal(mode="fan_out", nonlinearity="relu")
        BatchNorm2d.weight: ones
        Linear.weight: xavier_uniform(gain=0.5)
        Linear.bias: zeros
    }
}
"""
    made = weights_after(text)
    torch.manual_seed(3)
    conv, bn, fc = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8 * 14 * 14, 5)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    nn.init.ones_(bn.weight)
    nn.init.xavier_uniform_(fc.weight, gain=0.5)
    nn.init.zeros_(fc.bias)
    assert_equal(list(made.parameters()), [p for m in (conv, bn, fc) for p in m.parameters()])


# if training


def modes(module: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        return module.train()(x), module.eval()(x)


def test_if_training_stays_in_the_generated_code() -> None:
    made = net("if training { x * 2 } else { x * 3 }", "[N, 4]")
    x = image(2, 4)
    assert_equal(modes(made, x), (x * 2, x * 3))


def test_if_not_training() -> None:
    made = net("if not training { -> softmax(1) }", "[N, 4]")
    x = image(2, 4)
    assert_equal(modes(made, x), (x, F.softmax(x, 1)))


def test_training_and_a_flag() -> None:
    text = "if training and flag { -> mul(2) }"
    x = image(2, 4)
    assert_equal(modes(net(text, "[N, 4]", "(flag=True)"), x), (x * 2, x))
    assert_equal(modes(net(text, "[N, 4]", "(flag=False)"), x), (x, x))
    assert_equal(modes(net("if flag and training { -> mul(2) }", "[N, 4]", "(flag=True)"), x), (x * 2, x))


def test_modules_inside_are_always_built() -> None:
    made = net("y = a: Linear(4)\nif training { y = y -> aux: Linear(4) }\ny", "[N, 4]")
    assert children(made) == ["a", "aux"]
    x = image(2, 4)
    assert_equal(modes(made, x), (made.aux(made.a(x)), made.a(x)))


def test_names_bound_inside_exist_only_there() -> None:
    refuse(body("if training { z = x * 2 }\nx + z  # error: unknown-name", "[N, 4]"))


def test_return_in_if_training() -> None:
    made = net("y = a: Linear(4)\nif training { return y, x -> aux: Linear(2) }\n-> relu", "[N, 4]")
    x = image(2, 4)
    made.train()
    same(made, (made.a(x), made.aux(x)), x)
    made.eval()
    same(made, made.a(x).relu(), x)


def test_flow_after_if_training_with_one_shape_is_defined() -> None:
    made = net("if training { x * 2 } else { x -> a: Linear(4) }\nb: Linear(2)", "[N, 4]")
    x = image(2, 4)
    assert_equal(modes(made, x), (made.b(x * 2), made.b(made.a(x))))


def test_flow_after_if_training_with_two_shapes_is_undefined() -> None:
    refuse(body("if training { a: Linear(3) }\nb: Linear(2)  # error: flow-undefined", "[N, 4]"))


def test_training_stands_alone_or_with_a_flag() -> None:
    refuse(body("if training or 1 > 2 { -> relu }  # error: training-condition", "[N, 4]"))
    refuse(body("n = training  # error: unknown-name\nLinear(4)", "[N, 4]"))


def test_functions_that_differ_in_training_follow_the_mode() -> None:
    made = net("-> dropout(0.5)", "[N, 4]")
    x = image(8, 4)
    torch.manual_seed(2)
    made.train()
    ours = made(x)
    torch.manual_seed(2)
    assert_equal(ours, F.dropout(x, 0.5))
    made.eval()
    same(made, x, x)


def test_requirements_are_told_per_mode() -> None:
    aux = "if training { return cat([MaxPool2d(2) -> Upsample(scale_factor=2), x], 1) }"
    text = body(f"{aux}\nx -> relu", "[N, 3, H, W]")
    found = report(text)
    assert found.ok, str(found)
    assert any("training" in line for line in requirements(text))


# Conditions on free sizes


def test_a_condition_on_a_free_size_stays_in_forward() -> None:
    made = net("if H > W { x * 2 } else { x * 3 }", "[N, 3, H, W]")
    for size, factor in (((1, 3, 5, 4), 2), ((1, 3, 4, 5), 3), ((1, 3, 4, 4), 3)):
        same(made, image(*size) * factor, image(*size))


def test_a_condition_on_a_free_size_makes_no_module() -> None:
    refuse(body("if H > W { Conv2d(3, 1) }  # error: module-on-free-size", "[N, 3, H, W]"))


def test_a_condition_on_a_free_size_applies_a_module_that_is_there() -> None:
    made = net("x = x -> c1: Conv2d(3, 1)\nif H > W { x = c1(x) } else { relu(x) }", "[N, 3, H, W]")
    wide, tall = image(1, 3, 4, 6), image(1, 3, 6, 4)
    same(made, torch.relu(made.c1(wide)), wide)
    same(made, made.c1(made.c1(tall)), tall)


def test_a_condition_on_a_free_size_that_is_always_true_is_decided() -> None:
    made = net("if H >= 1 { Conv2d(4, 1) }", "[N, 3, H, W]")
    assert children(made) == ["conv1"]


def test_a_condition_on_a_free_size_with_two_shapes_leaves_the_flow_undefined() -> None:
    refuse(body("if H > W { x[:, :1] } else { x * 3 }\n-> relu  # error: flow-undefined", "[N, 3, H, W]"))


def test_init_types_match_as_isinstance_does() -> None:
    """A convolution with TensorFlow's padding is a Conv2d too."""
    made = net('c: Conv2d(4, 3, 2, padding="same")\ninit { Conv2d.weight: constant(2) }')
    assert made.c.weight.mean() == 2


def test_init_in_a_loop() -> None:
    made = net('a: Linear(4) -> b: Linear(4)\ninit { for n in ["a", "b"] { "{n}.bias": constant(3) } }', "[N, 4]")
    assert made.a.bias.mean() == 3 and made.b.bias.mean() == 3


def test_param_of_a_block_in_a_loop_is_its_own() -> None:
    made = build("""
        block Scale { input x: [N, C]; param g: [C] = 1; x * g }
        model Net { input x: [N, 4]; for i in range(2) { "s{i}": Scale } }
    """)
    assert keys(made) == ["s0.g", "s1.g"] and made.s0.g is not made.s1.g


def test_rules_for_parameters_of_own_layers_are_statements() -> None:
    """The last rule for each, in the order of `named_parameters()`: as torch draws them one after another."""
    text = """
    model Net {
        input x: [N, 3]
        a: Linear(4) -> b: Linear(5)
        init { "b.*": normal(0, 0.01); "a.weight": normal(0, 1); "b.weight": uniform(0, 1 / fan_in) }
    }
    """
    torch.manual_seed(1)
    a, b = nn.Linear(3, 4), nn.Linear(4, 5)
    nn.init.normal_(a.weight, 0, 1)
    nn.init.uniform_(b.weight, 0, 1 / 4)
    nn.init.normal_(b.bias, 0, 0.01)
    found = build(text)
    for name, wanted in {"a": a, "b": b}.items():
        assert_equal(list(found.get_submodule(name).parameters()), list(wanted.parameters()))
    assert "named_modules" not in inspect.getsource(type(found))
