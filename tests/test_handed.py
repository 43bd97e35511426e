"""What a model hands on to the class that a template is: the class built with any values together is what the text says
with these, or refuses them, though no model of the file has them together."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from torch import nn

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

from .honest.arms import differs

TEXTS: dict[str, tuple[str, dict[str, list[Any]], int]] = {
    "a template": (
        """
        block A(out, Act) { Conv2d(out, 3, padding=1) -> act: Act }
        block B(out, Act) { Conv2d(out, 1) -> BatchNorm2d -> act: Act -> Conv2d(out, 1) }
        model Net(w=8, Op=A, Act=ReLU) { input x: [N, 3, H, W]; for i in range(3) { "s{i}": Op(w, Act=Act) } }
        model NetB = Net(Op=B)
        model NetS = Net(Act=SiLU)
        """,
        {"Op": ["A", "B"], "Act": ["ReLU", "SiLU"]},
        4,
    ),
    "one that is bound": (
        """
        block A(out, Norm) { Conv2d(out, 3, padding=1) -> n: Norm }
        block B(out, Norm) { Conv2d(out, 1) -> n: Norm -> Conv2d(out, 1) }
        block Stage(out, Op, Norm) { Unit = Op(Norm=Norm); a: Unit(out) -> b: Unit(out) }
        model Net(Op=A, Norm=BatchNorm2d) { input x: [N, 3, H, W]; Stage(8, Op, Norm) -> Stage(16, Op, Norm) }
        model NetB = Net(B)
        model NetI = Net(Norm=InstanceNorm2d)
        """,
        {"Op": ["A", "B"], "Norm": ["BatchNorm2d", "InstanceNorm2d"]},
        4,
    ),
    "in an arm": (
        """
        block A(out, Norm=BatchNorm2d) { Conv2d(out, 1) -> n: Norm }
        block B(out, Norm=BatchNorm2d) { Conv2d(out, 1) -> n: Norm -> mul(2.0) }
        model Net(w=8, deep=False, Op=A, Norm=BatchNorm2d) {
            input x: [N, 3, H, W]
            if deep { Op(w, Norm) -> Op(w, Norm) } else { Op(w) }
        }
        model NetB = Net(Op=B, deep=True)
        model NetI = Net(Norm=InstanceNorm2d)
        """,
        {"deep": [False, True], "Op": ["A", "B"], "Norm": ["BatchNorm2d", "InstanceNorm2d"]},
        8,
    ),
    "a text": (
        """
        block A(out, mode) { Conv2d(out, 3, padding=1); if mode == "max" { MaxPool2d(2) } else { AvgPool2d(2) } }
        block B(out, mode) { Conv2d(out, 1); if mode == "max" { -> amax(3) } else { -> mean(3) } }
        model Net(Op=A, mode="max") { input x: [N, 3, H, W]; Op(8, mode) -> flatten(2) -> mean(2) }
        model NetB = Net(B)
        model NetM = Net(mode="mean")
        """,
        {"Op": ["A", "B"], "mode": ["max", "mean"]},
        4,
    ),
    "a size that rounds hand on as it is": (
        """
        block Plain { input x: [N, C, H, W]; Conv2d(C, 1) }
        block Table {
            input x: [N, C, H, W]
            buffer t = stack([for i in range(C) { pow(arange(C) * 0.1, i) }])
            permute(x, [0, 2, 3, 1]) @ t -> permute([0, 3, 1, 2])
        }
        model Net(dim=4, Op=Plain) {
            input x: [N, 3, H, W]
            stem: Conv2d(dim, 1)
            for _ in range(3) { Op -> Tanh }
        }
        model NetT = Net(Op=Table)
        model NetD = Net(dim=6)
        """,
        {"dim": [4, 6], "Op": ["Plain", "Table"]},
        3,
    ),
    "a list": (
        """
        block Plain(ws) { for w in ws { Conv2d(w, 1) } }
        block Apart(ws) { input x: [N, C, H, W]; ys = [for w in ws { x -> Conv2d(w, 1) }]; ys[0] -> Conv2d(8, 3) }
        model Net(ws=[4, 8], Op=Plain) { input x: [N, 3, H, W]; Op(ws) -> out: Conv2d(2, 1) }
        model NetP = Net(Op=Apart)
        model NetW = Net([4, 6, 8])
        """,
        {"ws": [[4, 8], [4, 6, 8]], "Op": ["Plain", "Apart"]},
        3,
    ),
    "a flag": (
        """
        block Plain(deep) { Conv2d(8, 3, padding=1); if deep { ReLU -> Conv2d(8, 3, padding=1) } }
        block Odd(deep) {
            input x: [N, C, H, W]
            n = 2 if deep else 1
            buffer s = stack([for i in range(n) { full([1], i + 1.0) }])
            x -> Conv2d(8, 1) -> mul(sum(s))
        }
        model Net(deep=False, Op=Plain) { input x: [N, 3, H, W]; Op(deep) }
        model NetO = Net(Op=Odd)
        model NetD = Net(deep=True)
        """,
        {"deep": [False, True], "Op": ["Plain", "Odd"]},
        3,
    ),
    "one that makes another size, through a block": (
        """
        block A(out) { Conv2d(out, 3) }
        block B(out) { Conv2d(out * 4, 3) }
        block Encoder(Block, width, depth) {
            stem: Conv2d(width, 3)
            for i in range(depth) { "s.{i}": Block(width * 2) }
            -> mean([2, 3])
        }
        model Net(Block=A, width=16, depth=2) { input a: [N, 3, 32, 32]; Encoder(Block, width, depth) -> fc: Linear(3) }
        model NetB = Net(Block=B)
        """,
        {"Block": ["A", "B"], "width": [8, 16], "depth": [1, 3]},
        8,
    ),
    "one that makes another size, in loops, beside a flag": (
        """
        block A(out, stride=1) { input x: [N, C, H, W]; y = Conv2d(out, 3, stride, 1); if C == out { y = y + 1 }; y }
        block B(out, stride=1) { Conv2d(out * 4, 3, stride, 1) }
        model Net(Block=A, width=16, depths=[1, 1], more=False) {
            input a: [N, 3, 32, 32]
            stem: Conv2d(width, 3)
            for i, d in enumerate(depths) {
                for j in range(d) { "s.{i}.{j}": Block(width * 2**i, 2 if j == 0 and i > 0 else 1) }
            }
            -> mean([2, 3]) -> fc: Linear(3)
            if more { -> Linear(4) }
        }
        model NetB = Net(Block=B, more=True)
        """,
        {"Block": ["A", "B"], "width": [8, 16], "depths": [[1, 1], [2, 1, 3]], "more": [False, True]},
        16,
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_handed_to_a_template_is_taken_or_refused(name: str) -> None:
    text, values, count = TEXTS[name]
    assert built_in(text, values) >= count


def test_a_size_that_a_template_gives_and_no_argument_says_is_refused_with_another_one() -> None:
    """What a block gives behind rounds of several widths has no spelling: the class takes it as it is in the models."""
    text = """
        block A(out) { Conv2d(out, 3) }
        block B(out) { Conv2d(out * 4, 3) }
        block Encoder(Block, width) { for i in range(3) { "s.{i}": Block(width * 2**i) }; -> mean([2, 3]) }
        model Net(Block=A, width=8) { input a: [N, 3, 32, 32]; Encoder(Block, width) -> fc: Linear(3) }
        model NetB = Net(Block=B)
    """
    assert built_in(text, {"Block": ["A", "B"]}) >= 1


def built_in(text: str, values: dict[str, list[Any]]) -> int:
    """How many of all ways to give these values the class takes; each is what the text says."""
    made: dict[str, Any] = {}
    exec(compiled(Source("text.cnn", text), None, {})[0], made)
    count = 0
    for row in product(*values.values()):
        given = dict(zip(values, row, strict=True))
        held = {
            key.lower(): made.get(value, getattr(nn, str(value), value)) if key[0].isupper() else value
            for key, value in given.items()
        }
        try:
            built = made["Net"](**held)
        except ValueError:
            continue
        words = {key: value if key[0].isupper() else repr(value).replace("'", '"') for key, value in given.items()}
        said = ", ".join(f"{key}={word}" for key, word in words.items())
        whole = cnndsl.loads(f"{text}\nmodel Asked = Net({said})\n", model="Asked")
        assert not differs(built, whole), said
        count += 1
    return count
