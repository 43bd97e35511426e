"""One random layer or join: its text in a `.cnn` file, and what it makes of each size, in plain Python.

The arithmetic only steers the generator, so that networks stay alive; torch alone is asked whether a network runs.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from random import Random
from typing import NamedTuple

MOST = 300  # sizes 1 … MOST are followed
WIDEST = 4 * MOST
Sizes = tuple[int, ...]  # for each input size, the size here; 0: it does not get here
Rule = Callable[[int], int]


class Tensor(NamedTuple):
    """A value of the network: its channels, and its height and width for each height and width of the input."""

    name: str
    channels: int
    height: Sizes
    width: Sizes


class Stage(NamedTuple):
    """What is applied to a tensor."""

    text: str
    channels: int
    height: Rule
    width: Rule


def mapped(rule: Rule, sizes: Sizes) -> Sizes:
    return tuple(found if size and 0 < (found := rule(size)) <= WIDEST else 0 for size in sizes)


def windows(kernel: int, stride: int, padding: int, dilation: int = 1) -> Rule:
    return lambda n: (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def ceil_windows(kernel: int, stride: int, padding: int) -> Rule:
    """The last window must start inside the input or its left padding."""

    def rule(n: int) -> int:
        out = -(-(n + 2 * padding - kernel) // stride) + 1
        return out - ((out - 1) * stride >= n + padding)

    return rule


def same(n: int) -> int:
    return n


def conv(rng: Random, channels: int) -> Stage:
    out = rng.choice((2, 3, 4, 8))
    if rng.random() < 0.35:
        return halving_conv(rng, out)
    kernel, stride, dilation = rng.choice((1, 2, 3, 3, 3, 5, 7)), rng.choice((1, 1, 1, 2, 3)), rng.choice((1, 1, 1, 2))
    padding = rng.choice((0, kernel // 2, kernel // 2 * dilation, rng.randint(0, 3)))
    rule = windows(kernel, stride, padding, dilation)
    text = f"Conv2d({out}, {kernel}, {stride}, {padding}, dilation={dilation})"
    return Stage(text, out, rule, rule)


def halving_conv(rng: Random, out: int) -> Stage:
    if rng.random() < 0.3:
        stride = rng.choice((1, 2, 3))
        rule: Rule = lambda n: -(-n // stride)  # noqa: E731
        return Stage(f'Conv2d({out}, {rng.choice((2, 3, 5))}, {stride}, padding="same")', out, rule, rule)
    tall, wide = rng.choice(((1, 3), (3, 1), (1, 5), (2, 3)))
    return Stage(f"Conv2d({out}, ({tall}, {wide}))", out, windows(tall, 1, 0), windows(wide, 1, 0))


def transposed(rng: Random, channels: int) -> Stage:
    out, kernel, stride = rng.choice((2, 3, 4)), rng.choice((2, 2, 3, 4)), rng.choice((1, 2, 2, 3))
    padding, more = rng.choice((0, 0, 1)), rng.choice((0, 0, rng.randint(0, max(0, stride - 1))))
    rule: Rule = lambda n: (n - 1) * stride - 2 * padding + kernel + more  # noqa: E731
    return Stage(f"ConvTranspose2d({out}, {kernel}, {stride}, {padding}, {more})", out, rule, rule)


def pool(rng: Random, channels: int) -> Stage:
    kernel, stride = rng.choice(((2, 2), (2, 2), (2, 2), (3, 2), (3, 1), (2, 1), (3, 3), (2, 3), (5, 4)))
    padding, ceiling = rng.choice((0, 0, kernel // 2)), rng.random() < 0.4
    rule = ceil_windows(kernel, stride, padding) if ceiling else windows(kernel, stride, padding)
    name = rng.choice(("MaxPool2d", "AvgPool2d"))
    return Stage(f"{name}({kernel}, {stride}, {padding}, ceil_mode={ceiling})", channels, rule, rule)


def halve(rng: Random, channels: int) -> Stage:
    return Stage(
        rng.choice(("MaxPool2d(2)", f"Conv2d({channels}, 2, 2)")), channels, lambda n: n // 2, lambda n: n // 2
    )


def double(rng: Random, channels: int) -> Stage:
    text = rng.choice(("ConvTranspose2d(4, 2, 2)", "Upsample(scale_factor=2) -> Conv2d(4, 1)"))
    return Stage(text, 4, lambda n: 2 * n, lambda n: 2 * n)


def keep(rng: Random, channels: int) -> Stage:
    return Stage("Conv2d(4, 3, padding=1)", 4, same, same)


def dilated_pool(rng: Random, channels: int) -> Stage:
    rule = windows(2, 2, 0, 3)
    return Stage("MaxPool2d(2, dilation=3)", channels, rule, rule)


def power_pool(rng: Random, channels: int) -> Stage:
    rule = windows(3, 2, 0)
    return Stage("LPPool2d(2, 3, 2)", channels, rule, rule)


def adaptive(rng: Random, channels: int) -> Stage:
    size = rng.choice((1, 2, 3, 5, 7))
    free = rng.random() < 0.3
    name = rng.choice(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"))
    return Stage(
        f"{name}({(None, size) if free else size})", channels, same if free else (lambda n: size), lambda n: size
    )


def upsample(rng: Random, channels: int) -> Stage:
    factor = rng.choice((2, 2, 2, 3, 4, 0.5, 1.5, 0.75, 2.5))
    rule: Rule = lambda n: floor(n * factor)  # noqa: E731
    text = rng.choice((f"Upsample(scale_factor={factor})", f"interpolate(scale_factor={factor})"))
    return Stage(text, channels, rule, rule)


def upsample_to(rng: Random, channels: int) -> Stage:
    size = rng.choice((4, 7, 16))
    return Stage(f"Upsample(({size}, {2 * size}))", channels, lambda n: size, lambda n: 2 * size)


def shuffle(rng: Random, channels: int) -> Stage:
    factor = rng.choice((2, 2, 3))
    if channels % factor**2:
        return unshuffle(rng, channels)
    rule: Rule = lambda n: n * factor  # noqa: E731
    return Stage(f"PixelShuffle({factor})", channels // factor**2, rule, rule)


def unshuffle(rng: Random, channels: int) -> Stage:
    factor = rng.choice((2, 2, 2, 3))
    rule: Rule = lambda n: n // factor if n % factor == 0 else 0  # noqa: E731
    return Stage(f"PixelUnshuffle({factor})", channels * factor**2, rule, rule)


def fold_back(rng: Random, channels: int) -> Stage:
    """Windows and back: sizes must divide."""
    size = rng.choice((2, 4, 7))
    rule: Rule = lambda n: n // size if n % size == 0 else 0  # noqa: E731
    return Stage(f'rearrange("n c (h p) (w q) -> n (c p q) h w", p={size}, q={size})', channels * size**2, rule, rule)


def pad(rng: Random, channels: int) -> Stage:
    by = rng.randint(1, 4)
    kind = rng.choice(("ZeroPad2d", "ReplicationPad2d", "ReflectionPad2d", "CircularPad2d"))
    least = {"ReflectionPad2d": by + 1, "CircularPad2d": by}.get(kind, 1)
    rule: Rule = lambda n: n + 2 * by if n >= least else 0  # noqa: E731
    return Stage(f"{kind}({by})", channels, rule, rule)


def crop_pad(rng: Random, channels: int) -> Stage:
    left, right, top, bottom = (rng.randint(-2, 2) for _ in range(4))
    return Stage(
        f"pad(({left}, {right}, {top}, {bottom}))", channels, lambda n: n + top + bottom, lambda n: n + left + right
    )


def instance_norm(rng: Random, channels: int) -> Stage:
    return Stage("InstanceNorm2d", channels, same, same)


def batch_norm(rng: Random, channels: int) -> Stage:
    return Stage("BatchNorm2d", channels, same, same)


def activation(rng: Random, channels: int) -> Stage:
    return Stage(rng.choice(("ReLU", "Tanh", "relu")), channels, same, same)


def cropped(rng: Random, channels: int) -> tuple[str, Rule]:
    """An index of an axis."""
    kind = rng.choice(("start", "ends", "step", "head"))
    size = rng.randint(1, 4)
    if kind == "step":
        return f"::{size}", lambda n: -(-n // size)
    if kind == "head":
        return f":{4 * size}", lambda n: min(n, 4 * size)
    return (f"{size}:", lambda n: n - size) if kind == "start" else (f"{size}:-{size}", lambda n: n - 2 * size)


STAGES: dict[Callable[[Random, int], Stage], int] = {
    conv: 30,
    pool: 20,
    transposed: 12,
    upsample: 10,
    shuffle: 4,
    unshuffle: 5,
    fold_back: 2,
    pad: 5,
    crop_pad: 3,
    dilated_pool: 1,
    power_pool: 1,
    adaptive: 1,
    upsample_to: 1,
    instance_norm: 1,
    batch_norm: 1,
    activation: 2,
}
