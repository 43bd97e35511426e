"""Says that two modules are the same network: keys, weights, results, gradients and running statistics, bit for bit.

Knows no example. Inputs are given as shapes (float32) or as `Ints(shape, high)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Ints:
    """A tensor of whole numbers below `high`."""

    shape: tuple[int, ...]
    high: int


Input = Any  # a tuple of sizes, or Ints


def tensors(inputs: Sequence[Input], seed: int = 0) -> list[Tensor]:
    """Random tensors of these shapes."""
    source = torch.Generator().manual_seed(seed)
    return [
        torch.randint(shape.high, shape.shape, generator=source)
        if isinstance(shape, Ints)
        else torch.randn(shape, generator=source)
        for shape in inputs
    ]


def leaves(result: Any) -> list[Tensor]:
    """The tensors of a result, in order."""
    return list(walk(result))


def walk(result: Any) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, Mapping):
        for value in result.values():
            yield from walk(value)
    elif isinstance(result, (list, tuple)):
        for value in result:
            yield from walk(value)
    else:
        assert result is None, f"a {type(result).__name__} is no result"


def assert_equal(ours: Any, theirs: Any, what: str = "results") -> None:
    """The same tensors, bit for bit; a NaN equals itself."""
    left, right = leaves(ours), leaves(theirs)
    assert len(left) == len(right), f"{what}: {len(left)} tensors and {len(right)}"
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        assert a.dtype == b.dtype and a.shape == b.shape, f"{what}[{number}]: {a.dtype} {a.shape}, {b.dtype} {b.shape}"
        assert torch.equal(torch.nan_to_num(a), torch.nan_to_num(b)), f"{what}[{number}] differ"


def assert_same_state(ours: nn.Module, theirs: nn.Module) -> None:
    """The same state_dict: keys in order, shapes, dtypes, values."""
    left, right = ours.state_dict(), theirs.state_dict()
    assert list(left) == list(right)
    for key in left:
        assert_equal(left[key], right[key], key)


def assert_same_layout(ours: nn.Module, theirs: nn.Module) -> None:
    """The same keys in the same order, with the same shapes and dtypes; the same parameters among them."""
    left, right = ours.state_dict(), theirs.state_dict()
    assert list(left) == list(right)
    assert [(key, value.shape, value.dtype) for key, value in left.items()] == [
        (key, value.shape, value.dtype) for key, value in right.items()
    ]
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]


def assert_same_behaviour(ours: nn.Module, theirs: nn.Module, inputs: Sequence[Input], train: bool) -> None:
    """The same results, gradients and statistics in one mode, with the same random numbers inside."""
    ours.train(train)
    theirs.train(train)
    results = []
    for module in (ours, theirs):
        module.zero_grad()
        torch.manual_seed(7)
        result = module(*tensors(inputs))
        if (loss := torch.stack([leaf.float().square().mean() for leaf in leaves(result)]).sum()).requires_grad:
            loss.backward()
        results.append(result)
    assert_equal(*results)
    grads = [{name: p.grad for name, p in module.named_parameters()} for module in (ours, theirs)]
    assert list(grads[0]) == list(grads[1])
    for name in grads[0]:
        assert_equal(grads[0][name], grads[1][name], f"gradient of {name}")
    assert_same_state(ours, theirs)


def assert_same_network(ours: nn.Module, theirs: nn.Module, *inputs: Sequence[Input]) -> None:
    """All of it, after copying the weights, in both modes, for each tuple of inputs."""
    assert_same_layout(ours, theirs)
    theirs.load_state_dict(ours.state_dict())
    for one in inputs:
        assert_same_behaviour(ours, theirs, one, train=False)
        assert_same_behaviour(ours, theirs, one, train=True)
