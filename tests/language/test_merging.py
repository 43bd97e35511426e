"""Uses of one block become one class where they can. Whatever is made of them, the network is the same as if every
use had a block of its own: random blocks, used several times with random arguments, written in both ways.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator, Sequence

import pytest
import torch

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

from ..compare import assert_same_network, assert_same_state
from ..expectations import report
from .test_parameters import assert_heeded

PARAMETERS = "(out, k=3, stride=1, flag=False, n=1, Norm=BatchNorm2d, Act=ReLU)"
STATEMENTS = [
    "conv: Conv2d(out, k, padding=k // 2, bias=flag)",
    'y = "proj{n}": Conv2d(out, 1)\ny + 0',
    "Conv2d(out * n, 1) -> Norm -> Act",
    "if flag { act: Act } else { -> sigmoid }",
    "if flag { Conv2d(C + n, 1) }",
    "for i in range(n) { Conv2d(C * (i + 1), 1) -> Act }",
    'for i in range(n) { "step{i}": Conv2d(out + i, 1) }',
    "body: { for i in range(n) { Conv2d(out, 1); if flag { Norm } } }",
    "layers: Conv2d(out, 1) * (n + 1)",
    "-> mul(0.5 if flag else 2.0) -> add(n)",
    "-> dropout(0.1 * n)",
    "[a: Conv2d(out, 1), if flag { b: Conv2d(n, 1) }, for i in range(n) { \"c{i}\": Conv2d(2, 1) }] -> cat(1)",
    "s = -> mean([2, 3], keepdim=True)\nt = s -> squeeze: Conv2d(C // n, 1) -> excite: Conv2d(C, 1) -> sigmoid\nx * t",
    "z = x -> skip: Conv2d(out, 1, stride) if stride > 1 else x\nz -> last: Conv2d(out, 1)",
    "if stride != 1 or C != out { x = x -> down: Conv2d(out, 1, stride) }\nx -> relu",
    "param gamma: [C, 1, 1] = n\nx * gamma",
    "y = -> reshape([N, C, -1])\ny[:, :, ::n] -> reshape([N, -1, 1, 1])\n-> w: Conv2d(3, 1)",
    "buffer ramp = arange(C) * n\nx + ramp[:, None, None]",
    "MaxPool2d(stride + 1) if flag else AvgPool2d(2, stride)",
    "x[:, :n] -> pick: Conv2d(out, 1)",
    "y = -> reshape([N, C, -1])\ny[:, :, ::n] -> reshape([N, -1, 1, 1])",
    "shared: Conv2d(C, 1)\n-> relu -> shared",
    "if training { x * n } else { x / n }\n-> tanh",
    "y = x -> q: Conv2d(C, 1)\nx + y if flag else y",
    "old = x -> relu\nnew = old -> w: Conv2d(out, 1)\nnew -> Norm -> add(max(n, out))",
]  # fmt: skip


CONDITIONS = [  # that change the same names in turn
    "if stride != 1 { x = x -> pool: AvgPool2d(1, stride) }\nif C != out { x = x -> fit: Conv2d(out, 1) }\nx -> tanh",
    "old = x\nif flag { x = x -> tanh }\nif n > 1 { y = x; x = old -> relu } else { y = old }\nif k > 1 { x = x + y }\n"
    "if stride > 1 { old = x - y }\nx * old",
]


def block(rng: random.Random, name: str, statements: list[str]) -> str:
    lines = "\n".join(f"    {line}" for statement in statements for line in statement.split("\n"))
    return f"block {name}{PARAMETERS} {{\n    input x: [N, C, H, W]\n{lines}\n}}\n"


def arguments(rng: random.Random) -> str:
    given = [str(rng.choice([2, 3, 4, "width", "width * 2"]))]
    for name, values in (
        ("k", [1, 3, 5]),
        ("stride", [1, 2]),
        ("flag", [True, False]),
        ("n", [1, 2, 3, "depth"]),
        ("Norm", ["None", "BatchNorm2d", "GroupNorm(1)"]),
        ("Act", ["None", "Tanh", "LeakyReLU(0.2)", "ReLU"]),
    ):
        if rng.random() < 0.5:
            given.append(f"{name}={rng.choice(values)}")
    return ", ".join(given)


def programs(seed: int, count: int, known: Sequence[str] = STATEMENTS) -> Iterator[tuple[str, str]]:
    """Pairs of texts: with one block, and with one for each use."""
    rng = random.Random(seed)
    while count:
        statements = rng.sample(known, rng.randint(1, 3))
        uses = [arguments(rng) for _ in range(rng.randint(2, 4))]
        free = rng.random() < 0.5
        texts = []
        for names in (["Unit"] * len(uses), [f"Unit{chr(65 + n)}" for n in range(len(uses))]):
            calls = "\n".join(f"    u{n}: {name}({use})" for n, (name, use) in enumerate(zip(names, uses, strict=True)))
            shape = "[N, 4, H, W]" if free else "[N, 4, 8, 8]"
            items = "".join(block(rng, name, statements) for name in dict.fromkeys(names))
            texts.append(f"{items}model Net(width=3, depth=2) {{\n    input x: {shape}\n{calls}\n}}\n")
        if report(texts[0]).ok:
            count -= 1
            yield texts[0], texts[1]
        else:
            assert not report(texts[1]).ok, texts[0]


@pytest.mark.parametrize("seed", range(20))
def test_one_block_is_as_good_as_many(seed: int) -> None:
    for one, many in programs(seed, 4):
        try:
            compare(one, many)
        except Exception as error:
            raise AssertionError(one) from error


@pytest.mark.parametrize("seed", range(200, 206))
def test_conditions_that_change_the_same_names_are_as_good_as_many(seed: int) -> None:
    for one, many in programs(seed, 4, [*CONDITIONS, STATEMENTS[9]]):
        compare(one, many)


def compare(one: str, many: str) -> None:
    torch.manual_seed(1)
    merged = cnndsl.loads(one)
    torch.manual_seed(1)
    apart = cnndsl.loads(many)
    assert_same_state(merged, apart)
    with torch.enable_grad():
        assert_same_network(merged, apart, [(3, 4, 32, 32) if "H, W]\n    u0" in one else (3, 4, 8, 8)])


@pytest.mark.parametrize("seed", range(100, 115))
def test_the_class_takes_no_argument_that_it_would_not_heed(seed: int) -> None:
    """The class called with other arguments is what `load` gives for them."""
    for text, _ in programs(seed, 4):
        assert_heeded(text, {"width": 5, "depth": 1})


def test_a_dtype_is_no_argument_of_a_class() -> None:
    """Found by the compiled configurations: a constructor was given "float64", and torch a string."""
    made = cnndsl.loads("""
        block Total(kind) { input x; return x -> cumsum(0, dtype=kind) }
        model Net {
            input x: [N, 4] int32
            return x -> a: Total("float64"), x -> b: Total("float32"), x -> c: Total("float64")
        }
    """)
    x = torch.arange(8, dtype=torch.int32).reshape(2, 4)
    assert [result.dtype for result in made(x)] == [torch.float64, torch.float32, torch.float64]
    assert type(made.a) is type(made.c) is not type(made.b)


def test_rules_over_fields_keep_the_numbers_of_their_use() -> None:
    block = "block E(k=2) { a: Linear(4); init { Linear.bias: constant(out_features - k) } }\n"
    net = cnndsl.loads(f"{block}model M {{ input x: [N, 4]; e1: E; e2: E(k=3) }}")
    assert [net.e1.a.bias[0].item(), net.e2.a.bias[0].item()] == [2, 1]


def test_a_list_that_a_round_hands_on_settles_how_often_a_loop_turns() -> None:
    """What it holds after other rounds than the one that is looked at, nobody knows."""
    loop = "for i in range(n) { y = tanh(y); ts = [ts[1], y] }"
    text = f"model M(n=1) {{ input x: [N, 4]; ts = [x, x]; y = x; {loop}; y + ts[0] }}"
    assert "n" not in inspect.signature(type(cnndsl.loads(text))).parameters
    x = torch.randn(2, 4)
    assert torch.equal(cnndsl.loads(text, n=2)(x), torch.tanh(torch.tanh(x)) + torch.tanh(x))


TWO_WAYS = """
block Unit(out, stride=1) {
    input x: [N, C, H, W]
    y = Conv2d(out, 3, stride, 1)
    if stride != 1 { x = x -> pool: AvgPool2d(3, stride, 1) }
    if C != out { x = x -> fit: Conv2d(out, 1) }
    x + y
}
model M(w=4) {
    input x: [N, 3, 16, 16]
    Conv2d(w, 1)
    USES
}
"""


@pytest.mark.parametrize("uses", ["Unit(w, 2) -> Unit(w * 2, 2) -> Unit(w * 2)", "Unit(w * 2, 2) -> Unit(w * 2)"])
def test_what_two_conditions_change_in_turn_is_one_class(uses: str) -> None:
    """Also where no use goes one way of the first and the other of the second."""
    text = TWO_WAYS.replace("USES", uses)
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert code.count("class Unit") == 1 and "stride: int = 1" in code and "Settled" not in code
    assert_heeded(text, {"w": 5})
