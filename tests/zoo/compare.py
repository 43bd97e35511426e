"""One model, ours and torchvision's: the same state, the same weights after the same seed, the same results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..compare import assert_equal, assert_same_behaviour, assert_same_layout, assert_same_state, leaves, tensors
from .catalogue import Entry, Family, Shape


def layout(family: Family, entry: Entry) -> int:
    """Keys, shapes and dtypes agree, and each loads the other's state; the number of parameters. Takes no memory."""
    with torch.device("meta"):
        ours, theirs = family.build(entry, entry.ours), entry.weightless()
    assert_same_layout(ours, theirs)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    return sum(parameter.numel() for parameter in ours.parameters())


def shapes(family: Family, entry: Entry) -> None:
    """Results have the same shapes at both resolutions. Takes no memory."""
    with torch.device("meta"):
        modules = [family.build(entry, entry.ours).eval(), entry.weightless().eval()]
        for size in (entry.size, entry.other):
            ours, theirs = (module(torch.empty(1, *size)) for module in modules)
            assert form(ours) == form(theirs)


def seeded(family: Family, entry: Entry) -> tuple[nn.Module, nn.Module]:
    """Both, after the same seed: the same weights, bit for bit, from as many random numbers."""
    torch.manual_seed(0)
    theirs, after_theirs = entry.original(), torch.rand(4)
    torch.manual_seed(0)
    ours, after_ours = family.build(entry, entry.ours), torch.rand(4)
    assert_same_state(ours, theirs)
    assert torch.equal(after_ours, after_theirs), "one of them draws more random numbers"
    return ours, theirs


def stir(ours: nn.Module, theirs: nn.Module) -> None:
    """Other weights, so that nothing hides behind zeros; the same in both."""
    source = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter += torch.randn(parameter.shape, generator=source) * 0.01
    ours.load_state_dict(theirs.state_dict())


def trained(ours: nn.Module, theirs: nn.Module, shape: Shape) -> None:
    """In training mode: results, gradients and statistics, with the same random numbers inside."""
    torch.manual_seed(7)
    left = ours.train()(*tensors([shape]))
    torch.manual_seed(7)
    right = theirs.train()(*tensors([shape]))
    assert form(left) == form(right)
    assert_same_behaviour(ours, theirs, [shape], train=True)


def evaluated(ours: nn.Module, theirs: nn.Module, sizes: Sequence[Shape]) -> None:
    """In eval mode: results."""
    for size in sizes:
        with torch.no_grad():
            left, right = (module.eval()(*tensors([(1, *size)])) for module in (ours, theirs))
        assert form(left) == form(right)
        assert all(bool(leaf.isfinite().all()) for leaf in leaves(left))
        assert_equal(left, right)


def form(result: Any) -> Any:
    """What a result is, values apart: shapes in tuples, named tuples or mappings."""
    if isinstance(result, Tensor):
        return tuple(result.shape), result.dtype
    if isinstance(result, Mapping):
        return {key: form(value) for key, value in result.items()}
    if isinstance(result, tuple):
        return getattr(result, "_fields", None), [form(value) for value in result]
    assert result is None
    return None


def results(family: Family, entry: Entry, ours: nn.Module, theirs: nn.Module) -> None:
    """Both modes; the training of what is too large for that, in a smaller network of the same classes."""
    stir(ours, theirs)
    if entry.reduced is None:
        trained(ours, theirs, entry.train)
    else:
        small = family.build(entry, entry.reduced[0]), entry.reduced[1]()
        stir(*small)
        trained(*small, entry.train)
    evaluated(ours, theirs, (entry.size, entry.other))
