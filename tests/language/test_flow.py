"""The flow: which tensor the next pipeline starts from, and what a body gives."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from .helpers import assert_equal, body, build, check, children, image, net, refuse, same


def test_input_starts_the_flow_and_its_end_is_the_result() -> None:
    made = net("a: Linear(4)\nb: Linear(3)", "[N, 4]")
    x = image(2, 4)
    same(made, made.b(made.a(x)), x)


def test_an_empty_body_gives_its_input() -> None:
    x = image(2, 4)
    same(net("", "[N, 4]"), x, x)


def test_several_stages_on_a_line() -> None:
    made = net("a: Linear(4) -> relu -> b: Linear(3) -> softmax(1)", "[N, 4]")
    x = image(2, 4)
    same(made, torch.softmax(made.b(F.relu(made.a(x))), 1), x)


def test_a_pipeline_that_begins_with_a_value_leaves_the_flow_behind() -> None:
    made = net("a: Linear(4)\nx -> b: Linear(3)\nc: Linear(2)", "[N, 4]")
    x = image(2, 4)
    same(made, made.c(made.b(x)), x)


def test_return_says_otherwise() -> None:
    made = net("y = a: Linear(4)\nb: Linear(3)\nreturn y", "[N, 4]")
    x = image(2, 4)
    same(made, made.a(x), x)


def test_what_leaves_the_flow_alone() -> None:
    """Numbers, lists, templates, `a, b = …`, `expect`, a false `if`, a loop of no turns."""
    made = net(
        """
        y = a: Linear(4)
        n = 3
        sizes = [1, 2, 3]
        Act = ReLU
        first, second = chunk(x, 2, dim=1)
        expect [N, 4]
        if n == 4 { -> mul(100) }
        for i in range(0) { -> mul(100) }
        b: Linear(n)
        """,
        "[N, 4]",
    )
    x = image(2, 4)
    same(made, made.b(made.a(x)), x)


def test_naming_a_value_moves_the_flow_too() -> None:
    made = net("y = x + 1\na: Linear(3)", "[N, 4]")
    x = image(2, 4)
    same(made, made.a(x + 1), x)


def test_a_name_may_be_bound_again() -> None:
    x = image(2, 4)
    same(net("y = x + 1\ny = y * 2\nx = y - 3\nx", "[N, 4]"), (x + 1) * 2 - 3, x)


def test_several_inputs_start_nowhere() -> None:
    text = """
        model Net {
            input a: [N, 4]
            input b: [N, 3]
            %s
        }
    """
    made = build(text % "a -> fc: Linear(3) -> add(b)")
    a, b = image(2, 4), image(2, 3)
    with torch.no_grad():
        assert_equal(made(a, b), made.fc(a) + b)
    refuse(text % "fc: Linear(3)  # error: several-inputs")
    refuse(text % "-> relu  # error: several-inputs")


def test_a_block_may_leave_input_out() -> None:
    made = build("block A { fc: Linear(3) -> relu }\nmodel Net { input x: [N, 4]; a: A }")
    x = image(2, 4)
    same(made, F.relu(made.a.fc(x)), x)


# Side branches


def test_a_bare_layer_after_a_side_branch_takes_it_and_is_warned_about() -> None:
    check(
        body(
            """
            y = a: Linear(2)
            skip = x -> proj: Linear(3)
            b: Linear(2)  # warning: after-side-branch
            -> add(y)
            """,
            "[N, 4]",
        )
    )


def test_the_side_branch_is_taken() -> None:
    made = net("a: Linear(4)\nskip = x -> proj: Linear(3)\nb: Linear(2)", "[N, 4]")
    assert made.b.in_features == 3


def test_no_warning_where_the_branch_is_the_way() -> None:
    check(body("y = a: Linear(4)\ny = y -> proj: Linear(4)\nb: Linear(2)", "[N, 4]"))
    check(body("a: Linear(2)\ny = -> relu\nskip = x -> proj: Linear(4)\nskip -> b: Linear(2) -> add(y)", "[N, 4]"))
    check(body("x = x -> proj: Linear(4)\nb: Linear(2)", "[N, 4]"))


# Undefined flows


def test_flow_after_an_arm_that_starts_from_a_named_value_is_undefined() -> None:
    refuse(
        body(
            """
            y = a: Linear(4)
            if side { x -> c: Linear(4) }
            b: Linear(2)  # error: flow-undefined
            """,
            "[N, 4]",
            "(side=True)",
        )
    )


def test_flow_after_an_arm_that_starts_from_the_flow_is_defined() -> None:
    made = net("a: Linear(4)\nif side { c: Linear(3) }\nb: Linear(2)", "[N, 4]", "(side=True)")
    x = image(2, 4)
    same(made, made.b(made.c(made.a(x))), x)


def test_an_if_at_the_end_of_a_way_of_a_value_is_what_that_way_gives() -> None:
    x = image(2, 3, 9)
    for s, wanted in ((2, x * 2), (1, x), (0, x - 1)):
        same(net("y = if s > 1 { x * 2 } else if s == 1 { x } else { x - 1 }\ny", "[N, 3, L]", f"(s={s})"), wanted, x)
        text = "y = (if s > 1 { x * 2 } else { if s == 1 { x } else { x - 1 } }) + 1\ny"
        same(net(text, "[N, 3, L]", f"(s={s})"), wanted + 1, x)
        block = "block B(s) { input x; y = if s > 1 { x * 2 } else if s == 1 { x } else { x - 1 }; y }\n"
        less = x - 1
        third = {2: less * 2, 1: less, 0: less - 1}[s]
        same(build(block + body(f"B(1) -> B(0) -> B({s})", "[N, 3, L]")), third, x)
    made = net("y = if training { if s == 1 { x * 2 } else { x } } else { x }\ny", "[N, 3, L]", "(s=1)")
    same(made, x, x)
    same(made.train(), x * 2, x)


def test_an_open_loop_at_the_end_of_a_way_leaves_the_value_open() -> None:
    refuse(
        body(
            """
            y = if training { if s { for i in range(2) { x -> Tanh } } else { x } } else { x }  # error: name-undefined
            y
            """,
            "[N, 4]",
            "(s=True)",
        )
    )


def test_flow_after_a_loop_that_starts_from_a_named_value_is_undefined() -> None:
    refuse(
        body(
            """
            a: Linear(4)
            for i in range(2) { x -> Linear(4) }
            b: Linear(2)  # error: flow-undefined
            """,
            "[N, 4]",
        )
    )


def test_flow_after_a_loop_that_starts_from_the_flow_is_defined() -> None:
    made = net("for i in range(2) { Linear(4) }\nb: Linear(2)", "[N, 4]")
    assert children(made) == ["fc1", "b"] and len(made.fc1) == 2


def test_naming_a_value_defines_the_flow_again() -> None:
    made = net(
        """
        y = a: Linear(4)
        if side { x = x -> c: Linear(4) }
        y + x -> relu
        b: Linear(2)
        """,
        "[N, 4]",
        "(side=True)",
    )
    x = image(2, 4)
    same(made, made.b(F.relu(made.a(x) + made.c(x))), x)


def test_a_named_value_may_be_used_after_an_undefined_flow() -> None:
    check(body("if side { x = x -> c: Linear(4) }\nx -> b: Linear(2)", "[N, 4]", "(side=True)"))


def test_a_body_that_ends_in_arms_that_start_from_names_gives_the_arms_value() -> None:
    x = image(2, 4)
    for side, wanted in ((True, x + 1), (False, x - 1)):
        same(net("if side { x + 1 } else { x - 1 }", "[N, 4]", f"(side={side})"), wanted, x)


# Pipelines


def test_an_arrow_binds_loosest() -> None:
    made = net("y = a: Linear(4)\ny + x -> relu", "[N, 4]")
    x = image(2, 4)
    same(made, F.relu(made.a(x) + x), x)


def test_a_pipeline_in_brackets_at_the_head_starts_from_the_flow_and_leaves_it_alone() -> None:
    made = net("a: Linear(4)\ncat([b: Linear(3) -> relu, c: Linear(2)], 1)", "[N, 4]")
    x = image(2, 4)
    h = made.a(x)
    same(made, torch.cat([F.relu(made.b(h)), made.c(h)], 1), x)


def test_a_pipeline_in_brackets_after_an_arrow_starts_from_what_reaches_the_stage() -> None:
    made = net("y = a: Conv2d(4, 3)\nx -> b: Conv2d(2, 1) -> mul(AdaptiveAvgPool2d(1) -> c: Conv2d(2, 1) -> Sigmoid)")
    x = image()
    h = made.b(x)
    same(made, h * torch.sigmoid(made.c(F.adaptive_avg_pool2d(h, 1))), x)


def test_branches_after_an_arrow() -> None:
    made = net("pool: MaxPool2d(2) -> [a: Conv2d(4, 1), b: Conv2d(2, 1)] -> cat(1)")
    h = F.max_pool2d(image(), 2)
    same(made, torch.cat([made.a(h), made.b(h)], 1))


def test_a_call_at_the_head_is_complete_as_written() -> None:
    x = image(2, 4)
    same(net("a: Linear(4)\nflatten(x, 0)", "[N, 4]"), x.flatten(0), x)
    refuse(body("a: Linear(4)\nmean(1)  # error: bad-argument", "[N, 4]"))


def test_a_function_without_brackets_needs_an_arrow() -> None:
    refuse(body("relu  # error: function-without-call", "[N, 4]"))
    x = image(2, 4)
    same(net("-> relu", "[N, 4]"), x.relu(), x)


def test_a_stage_that_is_a_value_is_refused() -> None:
    refuse(body("y = x + 1\nx -> y  # error: value-as-stage", "[N, 4]"))


def test_a_stage_that_ignores_the_flow_is_refused() -> None:
    refuse(body("y = x + 1\nx -> (y + 1)  # error: stage-ignores-flow", "[N, 4]"))


def test_a_named_led_pipeline() -> None:
    x = image(2, 4)
    same(net("x + 1\ny = -> relu\ny * 2", "[N, 4]"), (x + 1).relu() * 2, x)


def test_tuple_feeds_several_values() -> None:
    made = net("y = a: Linear(3)\n(x, y) -> fuse: Bilinear(5)", "[N, 4]")
    x = image(2, 4)
    same(made, made.fuse(x, made.a(x)), x)


def test_apply_a_label_by_name() -> None:
    made = net("y = a: Linear(4)\na(y) + a(x)", "[N, 4]")
    x = image(2, 4)
    same(made, made.a(made.a(x)) + made.a(x), x)


def test_second_brackets_apply_a_fresh_module() -> None:
    made = net("y, w = MultiheadAttention(2, batch_first=True)(x, x, x)\nreturn y, w", "[N, 5, 4]")
    assert children(made) == ["attn1"]
    x = image(2, 5, 4)
    same(made, made.attn1(x, x, x), x)


def test_second_brackets_with_a_label_and_options() -> None:
    made = net("y, _ = attention: MultiheadAttention(2, batch_first=True)(x, x, x, need_weights=False)\ny", "[N, 5, 4]")
    x = image(2, 5, 4)
    same(made, made.attention(x, x, x, need_weights=False)[0], x)


def test_statements_after_return_are_refused() -> None:
    refuse(body("return x\nLinear(4)  # error: after-return", "[N, 4]"))


def test_a_template_that_is_only_mentioned_makes_no_module() -> None:
    assert children(net("Act = ReLU\nx -> relu", "[N, 4]")) == []


def test_a_body_of_no_tensor_is_refused() -> None:
    refuse("model Net {  # error: no-result\n    input a: [N, 4]\n    input b: [N, 4]\n}")


def test_a_labelled_module_that_is_given_its_values_needs_no_flow() -> None:
    made = build("""
        model Net {
            input a: [5, N, 3]
            input b: [1, N, 4]
            y, _ = m: LSTM(4)(a, (b, b))
            m(y -> Linear(3))
        }
    """)
    a, b = image(5, 2, 3), image(1, 2, 4)
    with torch.no_grad():
        y = made.m(a, (b, b))[0]
        wanted = made.m(made.fc1(y))
    same(made, wanted, a, b)


def test_a_module_after_an_arrow_takes_what_arrives() -> None:
    for stage in ("c(y)", "Linear(3)(y)", "l: Linear(3)(y)"):
        refuse(body(f"y = c: Linear(4)\nx -> tanh -> {stage}  # error: stage-ignores-flow", "[N, 4]"))


def test_tensors_of_a_module_by_the_names_of_its_forward() -> None:
    """Torch's for a layer, in any order and behind those given by position; a block's own for a block."""
    made = build(
        """
        block Cross {
            input x: [N, T, D]
            input memory: [N, S, D]
            y, _ = attention: MultiheadAttention(2, batch_first=True)(x, value=memory, key=2 * memory)
            return y
        }
        model Net {
            input a: [N, T, 8]
            input b: [N, S, 8]
            y = cross: Cross()(memory=b, x=a)
            z = cross(b, memory=a)
            h, _ = lstm: LSTM(4, batch_first=True)(input=y)
            return h, z
        }
        """
    )
    a, b = image(2, 3, 8), image(2, 5, 8)
    attention = made.cross.attention
    y, z = attention(a, 2 * b, b)[0], attention(b, 2 * a, a)[0]
    same(made, (made.lstm(y)[0], z), a, b)
