"""Random networks that mix what networks are made of: convolutions, norms, activations in place and not, dropout,
gates, pools, joins, functions, attention and linear layers. As text; every one is good.
"""

from __future__ import annotations

from random import Random

ACTIVATIONS = ["ReLU", "ReLU(inplace=True)", "GELU", "SiLU", "Sigmoid", "Tanh", "LeakyReLU(0.1)", "ELU", "Hardswish"]
ACTIVATIONS += ["ReLU6", "SiLU(inplace=True)", "Softplus", "Mish", "PReLU", "Softmax(1)", "Hardsigmoid", "Softsign"]
NORMS = ["BatchNorm2d", "GroupNorm(2)", "InstanceNorm2d(affine=True)", "InstanceNorm2d", "LayerNorm2d"]
NORMS += ["BatchNorm2d(affine=False)", "BatchNorm2d(track_running_stats=False)", "LocalResponseNorm(2)"]
KEEPS = [
    "Dropout(0.2)",
    "Dropout2d(0.2)",
    "Identity",
    'StochasticDepth(0.3, "row")',
    "ChannelShuffle(2)",
    "Dropout(0.0)",
]
FUNCTIONS = ["relu", "exp", "abs", "mul(0.5)", "clamp(-1, 1)", "softmax(1)", "square", "sigmoid", "sin", "gelu", "neg"]
POOLS = ["MaxPool2d(3, 1, 1)", "AvgPool2d(3, 1, 1)", "MaxPool2d(2)", "MaxPool2d(2, ceil_mode=True)", "LPPool2d(2, 2)"]
JOINS = ["x + y", "x * y", "x - 2 * y", "x / (1 + exp(y))", "maximum(x, y)", "where(x > y, x, y)", "lerp(x, y, 0.3)"]
HEADS = [
    "AdaptiveAvgPool2d(1) -> Flatten -> Linear(5)",
    "mean([2, 3]) -> Linear(7) -> Tanh -> Linear(3)",
    "AdaptiveMaxPool2d(2) -> Flatten -> Dropout(0.1) -> Linear(4)",
    "flatten(2) -> transpose(1, 2) -> LayerNorm -> TransformerEncoderLayer(2, 8, 0.1, batch_first=True) -> mean(1)",
    "flatten(2) -> permute(0, 2, 1) -> Linear(6) -> softmax(-1)",
]


def network(rng: Random) -> str:
    """A random network."""
    channels, pools = 2 * rng.randint(1, 4), 1
    lines = [f"x = Conv2d({channels}, 3, padding=1)"]
    for _ in range(rng.randint(2, 9)):
        kind = rng.choice(("layer", "layer", "layer", *STAGES))
        if kind == "widen":
            channels = 2 * rng.randint(1, 4)
        if kind == "pool" and pools == 0:
            kind = "layer"
        pools -= kind == "pool"
        lines += STAGES[kind](rng, channels)
    body = "\n".join(f"    {line}" for line in [*lines, f"x -> {rng.choice(HEADS)}"])
    return f"model Mixed {{\n    input image: [N, 3, {rng.randint(7, 12)}, {rng.randint(7, 12)}]\n{body}\n}}\n"


def layer(rng: Random, channels: int) -> list[str]:
    choices = (convolution(rng, channels), rng.choice(ACTIVATIONS), rng.choice(NORMS), rng.choice(KEEPS))
    return [f"x = x -> {rng.choice(choices)}"]


def widen(rng: Random, channels: int) -> list[str]:
    return [f"x = x -> {convolution(rng, channels)}"]


def join(rng: Random, channels: int) -> list[str]:
    return [f"y = x -> {convolution(rng, channels)} -> {rng.choice(ACTIVATIONS)}", f"x = {rng.choice(JOINS)}"]


def gate(rng: Random, channels: int) -> list[str]:
    return [f"x = x -> mul(AdaptiveAvgPool2d(1) -> Conv2d(2, 1) -> ReLU -> Conv2d({channels}, 1) -> Sigmoid)"]


def attention(rng: Random, channels: int) -> list[str]:
    """Over all places, of two heads."""
    options = rng.choice((", need_weights=False", ""))
    attended = f"u, _ = MultiheadAttention(2, {rng.choice((0.0, 0.1))}, batch_first=True)(t, t, t{options})"
    return ["t = x -> flatten(2) -> transpose(1, 2)", attended, "x = x * mean(u)"]


def nested(rng: Random, channels: int) -> list[str]:
    """Layers inside of one expression."""
    one, other = (f"(x -> {convolution(rng, channels)} -> {rng.choice(ACTIVATIONS)})" for _ in range(2))
    return [rng.choice((f"x = {one} {rng.choice('+*')} x", f"x = {one} - {other}", f"x = {one} * 2 + x * {other}"))]


def turns(rng: Random, channels: int) -> list[str]:
    """A loop; what its rounds hand on has a name, or none."""
    made = f"{convolution(rng, channels)} -> {rng.choice(ACTIVATIONS)}"
    body = rng.choice((f"y = x -> {made}; x = x + y", f"x = x + (x -> {made})", f"x -> {made}; y = BatchNorm2d; x = y"))
    return [f"for i in range({rng.randint(2, 4)}) {{ {body} }}"]


def pool(rng: Random, channels: int) -> list[str]:
    return [f"x = x -> {rng.choice(POOLS)}"]


def function(rng: Random, channels: int) -> list[str]:
    return [f"x = x -> {rng.choice(FUNCTIONS)}"]


STAGES = {
    "layer": layer,
    "widen": widen,
    "join": join,
    "gate": gate,
    "attention": attention,
    "nested": nested,
    "turns": turns,
    "pool": pool,
    "function": function,
}


def convolution(rng: Random, channels: int) -> str:
    groups = rng.choice((1, 1, 2)) if channels % 4 == 0 else 1
    mode = rng.choice(('"zeros"', '"zeros"', '"reflect"', '"circular"', '"replicate"'))
    bias = rng.choice(("True", "False"))
    return f"Conv2d({channels}, 3, padding=1, groups={groups if groups == 1 else 2}, bias={bias}, padding_mode={mode})"
