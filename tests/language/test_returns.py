"""Returns under conditions that stay in forward(): what a caller gets, in each mode and for each size."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import Tensor

from cnndsl.report.prose import advice

from ..compare import assert_equal
from ..expectations import report
from .helpers import Plain, build, means, refuse


def calls(routine: str, call: str = "f(x)", after: str = "y + 1") -> str:
    return f"{routine}\nmodel M(k=2) {{ input x: [N, H]; y = {call}; {after} }}"


def chained(x: Tensor, training: bool) -> Tensor:
    if training:
        return x * 2
    return x * 3 if x.shape[1] > 3 else x * 5


NESTED = """def f(x) {
    y = x * 2
    if training {
        if x.shape[1] > 3 { return relu(y) }
        y = y + 1
    } else {
        y = y - 1
    }
    return y * 3
}"""


def nested(x: Tensor, training: bool) -> Tensor:
    y = x * 2
    if training and x.shape[1] > 3:
        return y.relu()
    return (y + 1 if training else y - 1) * 3


KNOWN = """def f(x, flag) {
    if flag {
        if not training { return x * 2 }
        x = x + 1
    }
    return x * 3
}"""
PAIR = "def f(x) { if x.shape[1] > 3 { return x, x * 2 }; return x, x }"
AGAIN = "def g(x) { if training { return x * 2 }; return x }\ndef f(x) { if x.shape[1] > 3 { return g(x) }; return -x }"
IN_BLOCK = """def f(x) { if training { return x * 2 }; return x }
block B { input x: [N, H]; if H > 3 { return x -> f }; y = f(x + 1); y }"""
VALUED = "block B(flag) { input x: [N, H]; y = if flag { return x } else { x * 2 }; y * 3 }"

CASES: dict[str, tuple[str, Plain]] = {
    "of a def, by the mode": (
        calls("def f(x) { if training { return x * 2 }; return x }"), lambda x, t: (x * 2 if t else x) + 1
    ),
    "of a def, not by the mode": (
        calls("def f(x) { if not training { return x * 2 }; return x }"), lambda x, t: (x if t else x * 2) + 1
    ),
    "of a def, by a size": (
        calls("def f(x) { if x.shape[1] > 3 { return x * 2 }; return x }"),
        lambda x, _: (x * 2 if x.shape[1] > 3 else x) + 1,
    ),
    "one after another": (
        calls("def f(x) { if training { return x * 2 }; if x.shape[1] > 3 { return x * 3 }; return x * 5 }"),
        lambda x, t: chained(x, t) + 1,
    ),
    "in one another": (calls(NESTED), lambda x, t: nested(x, t) + 1),
    "under a known condition": (
        calls(KNOWN, "f(x, k > 1) + f(x, k > 2)"), lambda x, t: ((x + 1) * 3 if t else x * 2) + x * 3 + 1
    ),
    "of two tensors": (calls(PAIR, "f(x)", "y[0] + y[1]"), lambda x, _: x + x * 2 if x.shape[1] > 3 else x + x),
    "of a def in a def": (
        calls(AGAIN), lambda x, t: (-x if x.shape[1] <= 3 else x * 2 if t else x) + 1
    ),
    "of a def in rounds": (
        calls("def f(x, i) { if training { return x * i }; return x }", "x", "for i in [2, 3, 4] { y = f(y, i) }; y"),
        lambda x, t: x * 24 if t else x,
    ),
    "of a block, by a size": (
        calls(IN_BLOCK, "x -> B"), lambda x, t: (x if x.shape[1] > 3 else x + 1) * (2 if t else 1) + 1
    ),
    "in a value, by what is known": (calls(VALUED, "B(True)(x) + B(False)(x)"), lambda x, _: x + x * 6 + 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    means(*CASES[name])


AUXILIARY = """
model Net {
    input x: [N, 3, H, W]
    y = a: Conv2d(4, 3, padding=1)
    if training { z: Dropout(0.5) }
    out = c: Conv2d(5, 3)
    if training { return out=out, early=y -> mean([2, 3]) }
    return out
}
"""


def test_a_model_may_give_more_in_training_and_all_say_so() -> None:
    found = report(AUXILIARY)
    (facts,) = found.models
    assert list(facts.outputs) == ["output"]
    assert facts.trained is not None
    assert {name: tuple(map(str, shape)) for name, shape in facts.trained.items()} == {
        "out": ("N", "5", "H - 2", "W - 2"),
        "early": ("N", "4"),
    }
    assert "\n    gives [N, 5, H - 2, W - 2], [N, 4] (when training)\n" in str(facts)
    docstring = str(inspect.getdoc(type(build(AUXILIARY))))
    assert "Outputs in training:\n    out: [N, 5, H - 2, W - 2]\n    early: [N, 4]" in docstring


def test_evaluation_is_told_first_where_it_returns_first() -> None:
    (facts,) = report("model Net { input x: [N, 4]; if not training { return x }; return a=x, b=x }").models
    assert (list(facts.outputs), list(facts.trained or ())) == (["output"], ["a", "b"])


def test_a_model_of_two_results_can_be_tapped_before_them() -> None:
    """What the whole gives does not matter to its parts; what they need in one mode is theirs."""
    part = 'model Part { input x: [N, 3, H, W]; u, v = t: Net["a", "c"]; return u, v }'
    net = build(AUXILIARY + part, model="Part")
    x = torch.randn(3, 3, 6, 6)
    u, v = net(x)
    assert_equal(v, net.t.c(u))
    torch.manual_seed(3)
    u, v = net.train()(x)
    torch.manual_seed(3)
    assert_equal(v, net.t.c(torch.nn.functional.dropout(u, 0.5)))


def test_a_model_that_gives_a_dict_can_be_tapped() -> None:
    net = build("""
        model Heads { input x: [N, 4]; y = a: Linear(2); return {low: y, high: y -> b: Linear(3)} }
        model Net { input x: [N, 4]; Heads["a"] -> relu }
    """, model="Net")  # fmt: skip
    assert net(torch.randn(2, 4)).shape == (2, 2)


def test_in_one_mode_all_ways_must_agree() -> None:
    refuse("""
        model Net {
            input x: [N, H]
            if training {
                if H > 3 { return x, x }  # error: returns-differ
                y = x * 2
            }
            return x
        }
    """)


def test_a_def_must_return_in_both_ways() -> None:
    refuse("""
        def f(x) {
            if training { return x * 2 } else { y = x }
        }
        model Net {
            input x: [N, 4]
            f(x)  # error: def-without-return
        }
    """)


HEAD = """
block Head(k) {
    input x: [N, C, H, W]
    y = conv: Conv2d(k, 1)
    if not training { return y -> flatten(1) }
    return y -> mean([2, 3], keepdim=True)
}
"""
BY_MODE = """
block Wrap { input x: [N, C, H, W]; h: Head(5) }
model Net(k=3) {
    input x: [N, 3, H, W]
    low = x -> h: Head(k)
    high = x * 2 -> w: Wrap
    return {low: low, high: high, again: h(x + 1)}
}
"""


def test_what_differs_by_mode_can_be_returned() -> None:
    """As detectors do: raw maps in training, boxes in evaluation."""
    net, x = build(HEAD + BY_MODE), torch.randn(2, 3, 4, 6)
    found = net(x)
    assert_equal(found["low"], net.h.conv(x).flatten(1))
    assert_equal(found["high"], net.w.h.conv(x * 2).flatten(1))
    found = net.train()(x)
    assert_equal(found["again"], net.h.conv(x + 1).mean([2, 3], keepdim=True))
    (facts,) = report(HEAD + BY_MODE).models
    assert facts.types[1] == "[N, 3 * H * W], [N, 5 * H * W], [N, 3 * H * W]"
    assert facts.trained_type == "[N, 3, 1, 1], [N, 5, 1, 1], [N, 3, 1, 1]"
    assert "Outputs in training:\n    low: [N, k, 1, 1]" in str(inspect.getdoc(type(net)))


@pytest.mark.parametrize(
    "statements",
    [
        "y = Head(4)  # error: differs-in-training\n    return y * 2",
        "y = Head(4)  # error: differs-in-training\n    return relu(y)",
        "y = Head(4)  # error: differs-in-training\n    return cat([y, y], 1)",
        "Head(4) -> Linear(3)  # error: differs-in-training",
        "y = Head(4)  # error: differs-in-training\n    n = y.shape[1]\n    return x * n",
        "Head(4)  # error: differs-in-training\n    expect [N, 256]",
        "g: { Head(4) }  # error: differs-in-training",
        "g: { Conv2d(4, 1) -> Head(4) * 2 }  # error: differs-in-training",
        "g: [Head(4), Conv2d(4, 1)]  # error: differs-in-training",
        "for i in range(2) { x -> Head(4) }  # error: differs-in-training",
        "y = Head(3)\n    if training { y = y * 2 }\n    return y  # error: name-undefined",
        "y = Two(3)  # error: differs-in-training\n    return x, y",
        "for i in [1] { y = x -> Head(4) }  # error: differs-in-training\n    if training { z = y * 2 }\n    return x",
        "for i in range(2) { x = Head(4) -> flatten(1) }  # error: differs-in-training",
        "if N > 2 { return x -> flatten(1) }  # error: returns-differ\n    x -> Head(3)",
        "y = Head(4)  # error: differs-in-training\n    return f(y)",
        "y = Head(4)  # error: differs-in-training\n    Take()(y)",
        'W["h"]  # error: differs-in-training',
        "W.h  # error: differs-in-training",
    ],
)
def test_and_nothing_else(statements: str) -> None:
    refuse(f"""
{HEAD}
def f(x) {{ return x * 2 }}
block Take {{ input x; x * 2 }}
model W {{ input x: [N, 3, H, W]; h: Head(4) }}
block Two(k) {{ input x; y = Conv2d(k, 1); if training {{ return y, x }}; return y }}
model Net {{
    input x: [N, 3, 8, 8]
    {statements}
}}
""")


TWO = """
block Two {
    input x: [N, C, H, W]
    y = conv: Conv2d(C, 1)
    if training { return y, x * 2 }
    return y
}
"""


def two(net: Any, x: Tensor) -> Tensor:
    """What is made of it: the sum of both in training, one of them else."""
    y: Tensor = net.conv(x)
    return y + x * 2 if net.training else y


@pytest.mark.parametrize(
    "statements",
    [
        "y = x -> two: Two; z = x\n    if training { a, b = y; z = a + b } else { z = y }\n    z",
        "y = x -> two: Two; z = x\n    if not training { z = y } else { a, b = y; z = a + b }\n    z",
        "y = x -> two: Two\n    if training { a, b = y; return a + b }\n    y -> mul(1)",
        "y = x -> two: Two\n    if not training { return y }\n    a, b = y\n    return a + b",
        "y = x -> two: Two\n    for i in range(3) { z = x + i }\n    if training { a, b = y; return a + b }\n    y",
        "z = x\n    if training { a, b = x -> two: Two; z = a + b } else { z = two(x) }\n    z",
    ],
)
def test_what_differs_by_mode_can_be_taken_where_the_mode_is_known(statements: str) -> None:
    net, x = build(f"{TWO}model Net {{\n    input x: [N, 3, H, W]\n    {statements}\n}}"), torch.randn(2, 3, 4, 6)
    for training in (True, False):
        assert_equal(net.train(training)(x), two(net.two.train(training), x))


def test_and_so_in_every_round_of_a_loop() -> None:
    text = """model Net {
        input x: [N, 3, H, W]
        for i in range(3) {
            y = x -> "heads.{i}": Two
            if training { a, b = y; x = a + b } else { x = y -> mul(1) }
            x = x -> sigmoid
        }
    }"""
    net, x = build(TWO + text), torch.randn(2, 3, 4, 6)
    assert "for head in self.heads:" in str(inspect.getsource(type(net)))
    for training in (True, False):
        wanted = x
        for head in net.train(training).heads:
            wanted = two(head, wanted).sigmoid()
        assert_equal(net(x), wanted)


NAMED = "block P(c) { input x; return low=x -> Conv2d(c, 1), high=x -> Conv2d(2 * c, 1) }\n"


def test_named_results_by_name() -> None:
    net = build(
        NAMED
        + """model Net {
            input x: [N, 3, H, W]
            p = first: P(4)
            y = p.low -> Conv2d(3, 1)
            for i in range(3) { q = y -> "more.{i}": P(2); y = cat([q.low, q.high[:, :1]], 1) }
            return y, p.high
        }"""
    )
    source, x = str(inspect.getsource(type(net))), torch.randn(2, 3, 4, 6)
    assert "p.low" in source and "= q.high" in source
    low, high = net.first(x)
    wanted = net.conv1(low)
    for block in net.more:
        found = block(wanted)
        wanted = torch.cat([found.low, found.high[:, :1]], 1)
    assert_equal(net(x), (wanted, high))


def test_a_name_that_no_result_has() -> None:
    (problem,) = report(NAMED + "model Net { input x: [N, 3, H, W]; p = P(4); p.left }").problems
    assert (problem.code, advice(problem)) == ("no-attribute", "its results are `low` and `high`")


def test_named_results_of_one_mode_alone_are_not_taken() -> None:
    block = "block P { input x; if training { return a=x, b=x }; return b=x }\n"
    statement = "p = P  # error: differs-in-training\n"
    refuse(f"{block}model Net {{\ninput x: [N, 3]\n{statement}if training {{ return p.a }}\nreturn x\n}}")


def test_a_comment_tells_no_shape_that_one_mode_alone_has() -> None:
    net = build(HEAD + "model Net { input x: [N, 3, H, W]; y = Head(4); if training { return x }; y }")
    assert "y = self.head1(x)\n" in str(inspect.getsource(type(net)))


RULES = 'init { for i in [0, 1] { "fc.bias": constant(i + 0.5) } }'


@pytest.mark.parametrize("order", ["{init}; y = fc: Linear(4); return y", "y = fc: Linear(4); return y; {init}"])
def test_a_return_ends_no_loop_of_rules(order: str) -> None:
    net = build("model M { input x: [N, 4]; " + order.replace("{init}", RULES) + " }")
    assert net.fc.bias.tolist() == [1.5] * 4
