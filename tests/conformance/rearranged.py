"""`rearrange` by the meaning of its pattern, element by element. Shares nothing with what it is compiled to."""

from __future__ import annotations

import math
import re
from typing import Any

import torch
from torch import Tensor

Groups = list[list[str]]


def rearranged(_: bool, tensor: Tensor, pattern: str, /, **given: int) -> Tensor:
    """The tensor whose element at each place is the one whose axes have the same coordinates on the left."""
    left, right = (groups(side) for side in pattern.split("->"))
    left, right = spread(left, right, tensor.dim())
    sizes: dict[str, int] = dict(given)
    for group, size in zip(left, tensor.shape, strict=True):
        unknown = [name for name in group if name not in sizes]
        known = math.prod(sizes[name] for name in group if name in sizes)
        sizes.update({name: size // known for name in unknown})
    shape = [math.prod(sizes[name] for name in group) for group in right]
    places = torch.meshgrid(*map(torch.arange, shape), indexing="ij") if shape else ()
    where: dict[str, Any] = {}
    for group, place in zip(right, places, strict=True):
        for name in reversed(group):
            where[name] = place % sizes[name]
            place = place // sizes[name]
    return tensor[tuple(flat_place(group, sizes, where, shape) for group in left)]


def flat_place(group: list[str], sizes: dict[str, int], where: dict[str, Any], shape: list[int]) -> Tensor:
    """The coordinate along an axis of several named ones."""
    result = torch.zeros(shape, dtype=torch.int64)
    for name in group:
        result = result * sizes[name] + where[name]
    return result


def groups(side: str) -> Groups:
    """The named axes of each axis; `1` and `()` name none."""
    found = re.findall(r"\(([^)]*)\)|(\S+)", side)
    return [[] if text == "1" else text.split() for inner, alone in found for text in [alone or inner]]


def spread(left: Groups, right: Groups, rank: int) -> tuple[Groups, Groups]:
    """`...` written out as axes of their own."""
    extra = [f"_{place}" for place in range(rank - len(left) + 1)] if ["..."] in left else []
    return written_out(left, extra), written_out(right, extra)


def written_out(side: Groups, extra: list[str]) -> Groups:
    return [group for each in side for group in ([[name] for name in extra] if each == ["..."] else [each])]
