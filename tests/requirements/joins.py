"""Random joins of two tensors, and random ways to take one apart, for the random networks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from .layers import MOST, Sizes, Tensor, cropped, mapped


class Joined(NamedTuple):
    """Statements of a network, and the tensor that the last one names."""

    lines: tuple[str, ...]
    channels: int
    height: Sizes
    width: Sizes


def both(a: Sizes, b: Sizes) -> Sizes:
    """Where two axes agree."""
    return tuple(x if x == y else 0 for x, y in zip(a, b, strict=True))


def within(a: Sizes, b: Sizes) -> Sizes:
    return tuple(min(x, y) for x, y in zip(a, b, strict=True))


def total(a: Sizes, b: Sizes) -> Sizes:
    return tuple(x + y if x and y else 0 for x, y in zip(a, b, strict=True))


def add(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    text = f"{name} = {a.name} + {b.name}"
    if a.channels != b.channels:
        text = f"{name} = {a.name} + ({b.name} -> Conv2d({a.channels}, 1))"
    return Joined((text,), a.channels, both(a.height, b.height), both(a.width, b.width))


def concatenate(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    text = f"{name} = cat([{a.name}, {b.name}], 1)"
    return Joined((text,), a.channels + b.channels, both(a.height, b.height), both(a.width, b.width))


def stack_rows(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """Below one another: the heights add up."""
    thin = f"({b.name} -> Conv2d({a.channels}, 1))"
    text = f"{name} = cat([{a.name}, {thin}], 2)"
    return Joined((text,), a.channels, total(a.height, b.height), both(a.width, b.width))


def crop_to(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """One cropped to the other's size, as far as it reaches, then both together."""
    crop = f"{a.name}[:, :, :{b.name}.shape[2], :{b.name}.shape[3]]"
    height, width = (both(within(x, y), y) for x, y in ((a.height, b.height), (a.width, b.width)))
    return Joined((f"{name} = cat([{crop}, {b.name}], 1)",), a.channels + b.channels, height, width)


def resize_to(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """As feature pyramids do."""
    resized = f"({a.name} -> interpolate(size=[{b.name}.shape[2], {b.name}.shape[3]]) -> Conv2d({b.channels}, 1))"
    alive = tuple(y if x else 0 for x, y in zip(a.height, b.height, strict=True))
    return Joined(
        (f"{name} = {b.name} + {resized}",),
        b.channels,
        alive,
        tuple(y if x else 0 for x, y in zip(a.width, b.width, strict=True)),
    )


def gate(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """Squeeze and excitation: a factor for each channel."""
    text = f"{name} = {a.name} * ({a.name} -> AdaptiveAvgPool2d(1) -> Conv2d({a.channels}, 1) -> Sigmoid)"
    return Joined((text,), a.channels, a.height, a.width)


def index(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    (rows, down), (columns, across) = cropped(rng, 0), cropped(rng, 0)
    height, width = mapped(down, a.height), mapped(across, a.width)
    return Joined((f"{name} = {a.name}[:, :, {rows}, {columns}]",), a.channels, height, width)


def chunks(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """Halves along an axis, joined again: they must be equal."""
    axis = rng.choice((2, 3))
    lines = (f"{name}a, {name}b = chunk({a.name}, 2, dim={axis})", f"{name} = cat([{name}a, {name}b], 1)")
    halves = tuple(n // 2 if n % 2 == 0 else 0 for n in (a.height if axis == 2 else a.width))
    height, width = (halves, a.width) if axis == 2 else (a.height, halves)
    return Joined(lines, 2 * a.channels, height, width)


def sections(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """Pieces of stated sizes: the whole must be their sum."""
    size = rng.choice([n for n in a.height if n > 3] or [4])
    one = rng.randint(1, size - 1)
    lines = (f"{name}, _ = split({a.name}, [{one}, {size - one}], dim=2)",)
    return Joined(lines, a.channels, tuple(one if n == size else 0 for n in a.height), a.width)


def outer_chunk(rng: Random, name: str, a: Tensor, b: Tensor) -> Joined:
    """The last of three pieces, which is smaller where they do not divide."""
    lines = (f"_, _, {name} = chunk({a.name}, 3, dim=3)",)
    return Joined(lines, a.channels, a.height, mapped(lambda n: n - 2 * -(-n // 3), a.width))


Join = Callable[[Random, str, Tensor, Tensor], Joined]
ALONE: dict[Join, int] = {gate: 2, index: 6, chunks: 3, outer_chunk: 1}
TOGETHER: dict[Join, int] = {add: 10, concatenate: 10, crop_to: 3, stack_rows: 1, resize_to: 2}
CERTAIN = tuple(range(1, MOST + 1))
