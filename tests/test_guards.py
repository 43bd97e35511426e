"""What generated classes refuse and tell is true for all arguments, not only for those of the file's models."""

from __future__ import annotations

from inspect import signature
from itertools import product
from typing import Any

import pytest
import torch

from cnndsl import loads
from cnndsl.live import module_of
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

DOWN = "block Down(out) { Conv2d(out, 2, 2) }\nblock Same(out) { Conv2d(out, 1) }\n"
NET = "model Net(n=2, Op=Down) {\n input x: [N, 3, H, W]\n for _ in range(n) { Op(8) }\n}\n"
TEXTS = {
    "a template": DOWN + NET + "model NetB = Net(3)\nmodel NetC = Net(4, Same)\n",
    "the same for both": DOWN + NET + "model NetB = Net(2, Same)\nmodel NetC = Net(3, Same)\n",
    "two templates": DOWN
    + "model Net(Op=Down, Head=Same, n=2) {\n input x: [N, 3, H, W]\n for _ in range(n) { Op(8) }\n Head(4)\n}\n"
    + "model NetB = Net(Same, Down, 3)\nmodel NetC = Net(Down, Down)\n",
    "a flag": DOWN
    + "model Net(more=False, Op=Same) {\n input x: [N, 3, H, W]\n Op(8)\n if more { Conv2d(4, 3) }\n}\n"
    + "model NetB = Net(Op=Down)\nmodel NetC = Net(True)\n",
    "activations": "model Net(deep=False, Act=SiLU) {\n input x: [N, 3, H, W]\n Conv2d(8, 3) -> Act\n"
    + " if deep { Conv2d(8, 1) -> Act }\n}\nmodel NetB = Net(deep=True)\nmodel NetC = Net(Act=ReLU)\n",
}


def code_of(text: str) -> str:
    return compiled(Source("net.cnn", text), None, {})[0]


def takes(module: Any, size: int) -> bool:
    try:
        module(torch.zeros(2, 3, size, size))
    except (ValueError, RuntimeError):
        return False
    return True


@pytest.mark.parametrize("name", TEXTS)
def test_no_guard_refuses_what_the_file_takes(name: str) -> None:
    """With all combinations of arguments, those that no model has included."""
    space = vars(module_of(code_of(TEXTS[name])))
    words = {"n": ["2", "3", "4"], "more": ["False", "True"], "deep": ["False", "True"], "act": ["SiLU", "ReLU"]}
    keys = [key for key in signature(space["Net"].__init__).parameters if key != "self"]
    for chosen in product(*(words.get(key, ["Down", "Same"]) for key in keys)):
        given = {key: eval(word, dict(vars(torch.nn)), space) for key, word in zip(keys, chosen, strict=True)}
        named = (
            (key if key in ("n", "more", "deep") else key.capitalize(), word)
            for key, word in zip(keys, chosen, strict=True)
        )
        asked = f"model Asked = Net({', '.join(f'{key}={word}' for key, word in named)})\n"
        theirs = loads(TEXTS[name] + asked, model="Asked")
        ours = space["Net"](**given)
        for size in (1, 3, 4, 7, 8, 16):
            assert takes(ours, size) == takes(theirs, size), (asked, size)


def test_a_guard_names_all_in_which_models_differ() -> None:
    code = code_of(TEXTS["a template"])
    assert "if self.n == 2 and self.op is Down:\n            require(x.shape[2] >= 4" in code
    assert "elif self.n == 3 and self.op is Down:\n            require(x.shape[2] >= 8" in code


@pytest.mark.parametrize("other", ["extra=False", "False, 4"])
def test_what_all_models_require_is_asked_though_one_alone_says_on_what_it_hangs(other: str) -> None:
    text = f"""
        model P(extra=True, width=8) {{
            input x: [N, 4]
            fc: Linear(width, bias=False) -> BatchNorm1d
            if extra {{ -> e: Linear(width, bias=False) -> BatchNorm1d }}
        }}
        model Plain = P({other})
    """
    code = code_of(text)
    space = vars(module_of(code))
    for module in (space["P"](), space["P"](False), space["plain"]()):
        module(torch.zeros(2, 4))
        with pytest.raises(ValueError, match="in training, N >= 2 must hold"):
            module(torch.zeros(1, 4))
        module.eval()(torch.zeros(1, 4))
    assert "if self.extra" not in code


def test_what_models_require_in_training_alone_is_told_apart_by_all_that_it_hangs_on() -> None:
    text = """
        model Net(layers, Norm=BatchNorm2d, k=1) { input x: [N, 3, H, W]; for w in layers { Conv2d(w, k) -> Norm } }
        model A = Net([8, 16])
        model B = Net([8], Norm=GroupNorm(4))
    """
    net, torchs = vars(module_of(code_of(text)))["Net"], torch.nn
    for layers in ([8, 16], [8]):
        net(layers, norm=torchs.GroupNorm).train()(torch.zeros(1, 3, 1, 1))
        with pytest.raises(ValueError, match=r"in training, N >= 2 or H >= \d or W >= \d must hold"):
            net(layers, norm=torchs.BatchNorm2d).train()(torch.zeros(1, 3, 1, 1))


TURNING = """block B(out) { input x: [N, C, L]; x + (x -> conv: Conv1d(C, 3, padding=1) -> bn: BatchNorm1d) }
model Net(width=4, depth=2, more=1) {
    input x: [N, 2, L]
    conv: Conv1d(width, 5)
    for _ in range(depth) { B(width) }
    down: Conv1d(width, 3, 2)
    for _ in range(more) { B(width) }
}
model Deep = Net(depth=4)
"""


def test_what_is_required_however_often_loops_turn() -> None:
    make = module_of(code_of(TURNING)).Net
    assert "Requires:\n        L >= 7\n" in make.__doc__ and "in training where depth > 0 and more > 0" in make.__doc__
    for depth, more in ((2, 1), (0, 1), (0, 0), (3, 0)):
        net = make(depth=depth, more=more).eval()
        assert net(torch.zeros(2, 2, 7)).shape == (2, 4, 1)
        with pytest.raises(ValueError, match="L >= 7 must hold"):
            net(torch.zeros(2, 2, 6))


def test_what_only_loops_require_is_not_asked_where_they_do_not_turn() -> None:
    text = "block B { input x: [N, C, L]; Conv1d(4, 3, padding=1) -> MaxPool1d(2) -> Upsample(scale_factor=2) }\n"
    text += "model Net(depth=2) { input x: [N, 4, L]; for _ in range(depth) { x = x + (x -> B()) } }\n"
    make = module_of(code_of(text)).Net
    assert make(0)(torch.zeros(2, 4, 5)).shape == (2, 4, 5)
    with pytest.raises(ValueError, match="L % 2 == 0 must hold"):
        make(1)(torch.zeros(2, 4, 5))


TIED = {  # models in which a number is one by chance, and what is then refused
    "lists": ("model Deep = Net(2, [8, 16, 32])", {"widths": [16, 24]}),
    "numbers": ("model Wide = Net(1, [4, 32], 4)", {"more": 8}),
}


@pytest.mark.parametrize("more, given", TIED.values(), ids=TIED)
def test_what_a_number_that_stands_as_it_is_hangs_on_is_what_it_is_in_the_models(more: str, given: Any) -> None:
    text = f"""
        block Trunk(widths, more=2) {{
            input x: [N, C]
            for w in widths {{ Linear(w) -> ReLU }}
            Linear(widths[0] * more)
        }}
        model Net(out=2, widths=[16, 32], more=1) {{ input x: [N, 8]; trunk: Trunk(widths, more) -> Linear(out) }}
        {more}
    """
    ours, model = loads(text, model="Net"), type(loads(text, model="Net"))
    try:
        made = model(**given)
    except ValueError:
        return
    assert str(made) == str(loads(text, model="Net", **given)) != str(ours)


def test_a_number_of_one_way_that_is_otherwise_in_the_other_is_refused_with_that_way() -> None:
    text = """
        block Mlp(widths) { input x: [N, C]; for w in widths { Linear(w) -> ReLU } }
        model Net(head=[32], flag=False) {
            input x: [N, 8]
            if flag { return x -> seg: Mlp(head) -> Linear(4) }
            for w in head { Linear(w) -> ReLU }
            Linear(2)
        }
        model B = Net(head=[32, 16])
        model C = Net(flag=True)
    """
    made = type(loads(text, model="Net"))
    for head, flag in (([4], True), ([32, 16], True), ([4], False)):
        try:
            model = made(head=head, flag=flag)
        except (TypeError, ValueError):
            continue
        assert str(model) == str(loads(text, model="Net", head=head, flag=flag))


PROMISED = (
    "model Net(p=4, w=8) {\n input x: [N, 3, H, W] where H % p == 0 and W >= 2 * p\n Conv2d(w, p, p)\n}\n"
    "model Wide = Net(p=2)\n"
)


def test_what_is_promised_by_an_argument_is_asked_of_each_value_of_it() -> None:
    """As the file refuses it with that value; what else was worked out under the promise hangs on the value."""
    classes = vars(module_of(code_of(PROMISED)))
    for p, height, width in product((2, 3, 4), (3, 4, 6), (3, 5, 8)):
        x = torch.zeros(1, 3, height, width)
        for made in (loads(PROMISED, model="Net", p=p), classes["Net"](p)):
            if height % p == 0 and width >= 2 * p:
                assert made(x).shape == (1, 8, height // p, width // p)
            else:
                with pytest.raises(ValueError, match="must hold"):
                    made(x)
    assert "Requires:\n        H % p == 0\n        W >= 2 * p\n" in classes["Net"].__doc__
    assert "Requires" not in classes["wide"].__doc__


def test_what_a_promise_left_of_the_requirements_is_asked_where_it_was_worked_out() -> None:
    text = "model Net(p=4, w=8) {\n input x: [N, 3, H, W] where H % p == 0\n Conv2d(w, 3) -> Conv2d(w * p, 1)\n}\n"
    classes = vars(module_of(code_of(text)))
    classes["Net"](1)(torch.zeros(1, 3, 3, 3))  # with 4, H is more than 3
    for net in (loads(text, p=3), classes["Net"](3)):
        assert net(torch.zeros(1, 3, 3, 3)).shape == (1, 24, 1, 1)
        with pytest.raises(ValueError, match="H % "):
            net(torch.zeros(1, 3, 4, 3))
