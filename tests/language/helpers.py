"""What the tests of the language share: building small networks, and checking that a text is refused as it says."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any

import torch
from torch import Tensor, nn

import cnndsl

from ..compare import assert_equal
from ..expectations import expected, problems, report

__all__ = ["assert_equal", "body", "build", "check", "image", "keys", "net", "requirements", "same", "shapes"]

Plain = Callable[[Tensor, bool], Any]  # what a model means, by hand: of an input [N, H], and whether in training


def build(text: str, **options: Any) -> nn.Module:
    """The module of a text, in evaluation mode, with the same weights every time."""
    torch.manual_seed(1)
    return cnndsl.loads(dedent(text), **options).eval()


def body(statements: str, shape: str = "[N, 3, 8, 8]", parameters: str = "") -> str:
    """A model `Net` with one input `x` and these statements."""
    inner = indent(dedent(statements).strip("\n"), "    ")
    return f"model Net{parameters} {{\n    input x: {shape}\n{inner}\n}}\n"


def net(statements: str, shape: str = "[N, 3, 8, 8]", parameters: str = "", **options: Any) -> nn.Module:
    """The module of a model with one input `x`."""
    return build(body(statements, shape, parameters), **options)


def image(*shape: int) -> Tensor:
    """A random tensor, the same every time."""
    return torch.randn(*(shape or (2, 3, 8, 8)), generator=torch.Generator().manual_seed(5))


def keys(module: nn.Module) -> list[str]:
    """The names in a module's state_dict, in order."""
    return list(module.state_dict())


def children(module: nn.Module) -> list[str]:
    """The names of a module's children, in order."""
    return [name for name, _ in module.named_children()]


def same(module: nn.Module, wanted: Any, *inputs: Tensor) -> None:
    """The module gives these tensors, bit for bit."""
    with torch.no_grad():
        result = module(*(inputs or (image(),)))
        assert_equal(result, wanted)


def means(text: str, plain: Plain) -> None:
    """The model of a text gives what was written by hand: of two widths, in both modes, bit for bit."""
    module = build(text)
    for size in (2, 5):
        x = torch.randn(3, size, generator=torch.Generator().manual_seed(size))
        for mode in (True, False):
            found = module.train(mode)(x)
            assert_equal(tuple(found) if isinstance(found, list) else found, plain(x, mode))


def check(text: str) -> None:
    """The problems of a text are exactly those that it announces, each on its line."""
    text = dedent(text)
    assert problems(report(text)) == expected(text), str(report(text))


def refuse(text: str) -> None:
    """Like `check`, for a text that announces at least one problem: a test that expects none would say nothing."""
    assert expected(dedent(text)), "the text announces no problem"
    check(text)


def shapes(text: str) -> dict[str, list[str]]:
    """The last model's outputs, sizes as text; the text has no error."""
    found = report(text)
    assert found.ok, str(found)
    return {name: [str(size) for size in shape] for name, shape in found.models[-1].outputs.items()}


def requirements(text: str) -> list[str]:
    """The last model's requirements; the text has no error."""
    found = report(text)
    assert found.ok, str(found)
    return list(found.models[-1].requirements)
