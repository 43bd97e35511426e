"""Loops that may turn never: the class is what the file says with a count of 0 or an empty list, too, or refuses it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import pipeline
from cnndsl.source import Source

from ..compare import assert_same_layout
from ..honest.judge import findings

NETS: dict[str, tuple[str, dict[str, Any], tuple[dict[str, Any], str] | None]] = {
    "a second list": (
        """
        model Net(depths=[1, 2], widths=[4, 8]) {
            input x: [N, 3, 16, 16]
            for d, w in zip(depths, widths) {
                for i in range(d) { Conv2d(w, 3, padding=1) -> ReLU }
                Conv2d(w, 2, 2)
            }
        }
        """,
        {"depths": [2, 1]},
        ({"depths": [-1, 1]}, "count < 1 for count in depths"),
    ),
    "a second list, and one count for all": (
        """
        model Net(widths=[4, 8], n=2) {
            input x: [N, 3, 16, 16]
            for w in widths { Conv2d(w, 3, padding=1) * n -> Conv2d(w, 2, 2) }
        }
        """,
        {"widths": [], "n": 1},
        ({"n": 0}, "n < 1"),
    ),
    "what one loop in a loop leaves to another": (
        """
        model Net(depths=[1, 2], n=2, width=4) {
            input x: [N, 3, 16, 16]
            for d in depths { Conv2d(width, 3, padding=1) * n -> Conv2d(width, 1) * d }
        }
        """,
        {"depths": [2, 1], "n": 1},
        ({"n": 0}, "n < 1"),
    ),
    "one size": (
        """
        model Net(depths=[1, 2], width=4) {
            input x: [N, 3, 16, 16]
            for d in depths { for i in range(d) { Conv2d(width, 3, padding=1) -> ReLU } }
            Conv2d(5, 1)
        }
        """,
        {"depths": [0, 0]},
        None,
    ),
    "labels": (
        """
        model Net(depths=[1, 2], widths=[4, 8]) {
            input x: [N, 3, 16, 16]
            for i, d in enumerate(depths) {
                for j in range(d) { "b{i}_{j}": Conv2d(widths[i], 3, padding=1) }
                "down{i}": Conv2d(widths[i], 2, 2)
            }
        }
        """,
        {"depths": [0, 0]},
        None,
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_a_loop_that_does_not_turn_leaves_what_came_in(name: str) -> None:
    text, given, refused = NETS[name]
    net = type(cnndsl.loads(text))
    assert set(inspect.signature(net).parameters) >= {*given}
    assert_same_layout(net(**given), cnndsl.loads(text, **given))
    if refused:
        cnndsl.loads(text, **refused[0])(torch.zeros(1, 3, 16, 16))
        with pytest.raises(ValueError, match=refused[1]):
            net(**refused[0])
    assert not list(findings(Source("net.cnn", text), 12, pairs=6))


STAGE = "block B(depths, w) { input x: [N, C, T]; for d in depths { BODY } }\n"
NET = "model Net(depths=[1, 2], w=8) { input x: [N, 4, T]; B(depths, w) -> Conv1d(2, 1) }\n"
GOES_ON: dict[str, tuple[str, list[int]]] = {  # what the file takes, and who goes on from a block refuses
    "no loop of a list": (STAGE.replace("BODY", "for i in range(d) { Conv1d(w, 1) }; ReLU") + NET, [0, 0]),
    "less than none": (STAGE.replace("BODY", "for i in range(d) { Conv1d(w, 1) }; ReLU") + NET, [-1, -2]),
    "an empty list": (STAGE.replace("BODY", "Conv1d(w, 1) -> ReLU") + NET, []),
    "an empty list, for each item of another": (
        "block B(ds, es, w) { input x: [N, C, T]; for d in ds { for e in es { Conv1d(w, 1) } } }\n"
        "model Net(depths=[1, 2], w=8) { input x: [N, 4, T]; B([1, 2], depths, w) -> Conv1d(2, 1) }\n",
        [],
    ),
    "less than none, in a block of each item": (
        "block B(n, w) { input x: [N, C, T]; for i in range(n) { Conv1d(w, 1) } }\n"
        "model Net(depths=[1, 2], w=8) { input x: [N, 4, T]; for d in depths { B(d, w) -> ReLU }; Conv1d(2, 1) }\n",
        [-1, 1],
    ),
    "an empty list that decides what is required": (
        "block B(ks, w) { input x: [N, C, T]; "
        "for i, k in enumerate(ks) { y = Conv1d(w, k, padding=k // 2); if i > 0 { y = y + x }; x = y }; x }\n"
        "model Net(depths=[3, 5], w=8) { input x: [N, 4, T]; B(depths, w) -> mean(2) -> Linear(2) }\n"
        "model Long(w=4) = Net([3, 3, 3], w)\n",
        [],
    ),
}


@pytest.mark.parametrize("name", GOES_ON)
def test_who_goes_on_from_a_block_refuses_that_its_loops_do_not_turn(name: str) -> None:
    text, depths = GOES_ON[name]
    assert cnndsl.loads(text, model="Net", depths=depths)
    with pytest.raises(ValueError, match="Net is not made for"):
        type(cnndsl.loads(text, model="Net"))(depths=depths)
    assert not list(findings(Source("net.cnn", text), 4, pairs=3))


USES = {  # the arguments of uses of a block, which are all that its class takes beside the channels that it is given
    "a list that is empty first": (
        "ws, depth",
        "for w in ws { for i in range(depth) { Conv2d(w, 3, padding=1) } }",
        ["[], 2", "[4], 3"],
    ),
    "a list that is empty last": ("ws", "for w in ws { Conv2d(w, 3, padding=1) }", ["[7, 9, 2]", "[4]", "[]"]),
    "parts of a list": (
        "ws",
        "for w in ws[1:] { Conv2d(w, 1) }; for w in ws[::-1] { Conv2d(w, 1) }",
        ["[]", "[4]", "[7, 9, 2]"],
    ),
    "rows": (
        "rows",
        "for w, k in rows { Conv2d(w, k, padding=k // 2) }",
        ["[]", "[(4, 1)]", "[(4, 1), (3, 5), (2, 3)]"],
    ),
    "the shorter list": (
        "ws, ds",
        "for w, d in zip(ws, ds) { Conv2d(w, 3, padding=d, dilation=d) }",
        ["[], []", "[4], [1, 2]", "[7, 9, 2], [1, 2, 3]", "[], [1]"],
    ),
    "what a table has by chance": ("k", "for w in [4] if k == 1 else [] { Conv2d(w, 1) }", ["1", "2"]),
    "numbers that follow one another by chance": ("k", "for w in [4, 5, 9][:k] { Conv2d(w, 1) }", ["1", "2", "0"]),
    "two lists in one": ("a, b", "for w in [*a, *b] { Conv2d(w, 1) }", ["[], []", "[4], []", "[4, 5], [6]"]),
}


@pytest.mark.parametrize("name", USES)
def test_a_class_of_full_and_empty_lists_takes_lists(name: str) -> None:
    parameters, loop, uses = USES[name]
    pipeline = " -> ".join(f"b{n}: B({use})" for n, use in enumerate(uses))
    block = f"block B({parameters}) {{\n    input x: [N, C, H, W]\n    {loop}\n    Conv2d(5, 1)\n}}\n"
    text = f"{block}model Net {{ input x: [N, 3, 16, 16]; {pipeline} }}\n"
    net = cnndsl.loads(text)
    (made,) = {type(child) for child in net.children()}
    taken = [*inspect.signature(made).parameters]
    lists = {name for name, hint in inspect.get_annotations(made.__init__).items() if "Sequence" in str(hint)}
    assert lists and lists == {*taken} - {"in_channels", "depth"}
    for n, child in enumerate(net.children()):
        alone = cnndsl.loads(f"{block}model Net {{ input x: [N, {5 if n else 3}, 16, 16]; b{n}: B({uses[n]}) }}\n")
        assert_same_layout(child, next(alone.children()))
    assert not list(findings(Source("net.cnn", text), 12, pairs=6))


SUM = "total = 0; for i in range(n) { total = total + (x -> Conv1d(8, 3, padding=1)) }"
TAKEN = {  # a body, and what the class is made for: the file refuses the contrary, or is another network with it
    "a layer": (f"{SUM}; total -> ReLU", "n > 0"),
    "a number, which does not flow on": (f"{SUM}; total * 2", "n > 0"),
    "a result": (f"{SUM}; return x, total", "n > 0"),
    "a tensor that it is added to": (f"{SUM}; x + total -> ReLU", ""),
    "a tensor that it makes larger": (f"{SUM}; x[:, :1] + total -> ReLU", "n > 0"),
    "in each round": (f"for j in range(2) {{ {SUM}; x = total -> ReLU }}; x -> Tanh", "n > 0"),
    "two loops": (f"{SUM}; for i in range(m) {{ total = total + (x -> Conv1d(8, 1)) }}; total -> ReLU", "m + n > 0"),
    "loops in loops": (
        "total = 0; for i in range(m) { for j in range(n) { total = total + (x -> Conv1d(8, 1)) } }; total -> ReLU",
        "m > 0 and n > 0",
    ),
    "a list of counts": (
        "total = 0; for d in ds { for j in range(d) { x = x -> Conv1d(8, 1); total = total + x } }; total -> ReLU",
        "sum(ds) > 0",
    ),
    "a function of the file": ("f(x, n) -> Conv1d(8, 1)", "n > 0"),
    "a list that is returned": ("ys = [for i in range(n) { x -> Conv1d(8, 1) }]; return ys", "n > 0"),
    "a list that is joined": (
        "ys = []; for i in range(n) { x = x -> Conv1d(8, 1); ys = [*ys, x] }; cat(ys, 1)",
        "n > 0",
    ),
    "a list with others": ("ys = [for i in range(n) { x -> Conv1d(8, 1) }]; cat([x, *ys], 1)", ""),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_a_tensor_only_if_a_loop_turns_asks_for_rounds(name: str) -> None:
    body, told = TAKEN[name]
    text = f"""
        def f(x, n) {{ total = 0; for i in range(n) {{ total = total + x }}; return total * 2 }}
        model Net(n=3, m=2, ds=[1, 2]) {{ # allow: unused-parameter
            input x: [N, 8, T]
            {body}
        }}
    """
    net = type(cnndsl.loads(text))
    assert told in (inspect.getdoc(net) or "") and ("Made only" in (inspect.getdoc(net) or "")) is bool(told)
    none: dict[str, Any] = {name: [0, 0] if name == "ds" else 0 for name in inspect.signature(net).parameters}
    x = torch.zeros(1, 8, 4)
    if told:
        with pytest.raises(ValueError, match="is not made for"):
            net(**none)
    else:
        assert net(**none)(x).shape == cnndsl.loads(text, **none)(x).shape
    assert not list(findings(Source("net.cnn", text), 12, pairs=6))


BESIDE: dict[str, tuple[str, dict[str, Any]]] = {  # what is taken beside a parameter
    "a number of the round, where none may be": (
        "block B(k=None, s=0) { input x: [N, D]; y = x; if s > 0 { y = roll(x, [s], [1]) }; "
        "if k is not None { y = y -> Linear(D * k) -> Linear(D) } else { y = y -> LayerNorm }; x + y }\n"
        "model Net(depth=2, k=None) { input x: [N, 16]; "
        "for j in range(depth) { B(k, k // 2 if j % 2 == 1 and k is not None else 0) } }\nmodel V = Net(k=2)\n",
        {"k": 2},
    ),
    "the last row of a table": (
        "model Net(cfgs=[[16, 1], [24, 2]]) { input x: [N, 3, T]; for c, s in cfgs { Conv1d(c, 3, s) }; "
        "last: Conv1d(max(cfgs)[0], 1) }\nmodel V = Net([[16, 1]])\n",
        {"cfgs": [[8, 1], [12, 1]]},
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_taken_beside_a_parameter_goes_with_it_as_in_the_models(name: str) -> None:
    text, given = BESIDE[name]
    made: dict[str, Any] = {}
    exec(pipeline.compile(Source("net.cnn", text), None, {})[0], made)
    with pytest.raises(ValueError, match="Net is made only where"):
        made["Net"](**given)
