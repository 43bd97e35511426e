"""THE CATALOGUE of tensor functions: `lookup` finds one by the name it has in a `.cnn` file."""

from __future__ import annotations

from .base import REGISTRY, Function

__all__ = ["Function", "lookup", "names"]


def catalogue() -> dict[str, Function]:
    """Every function by name, the modules that define them loaded."""
    from . import (  # noqa: F401
        activation,
        arithmetic,
        attention,
        convolving,
        creating,
        elementwise,
        joining,
        matrix,
        normalising,
        pooling,
        rearranging,
        reducing,
        reshape,
        resizing,
        selecting,
        shuffling,
    )

    return REGISTRY


def lookup(name: str) -> Function | None:
    """The function of this name, if there is one."""
    return catalogue().get(name)


def names() -> tuple[str, ...]:
    """The names of all functions, sorted."""
    return tuple(sorted(catalogue()))
