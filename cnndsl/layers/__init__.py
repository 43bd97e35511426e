"""The catalogue of layers. Every class of this package's modules that does not decline is in it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .base import Layer

__all__ = ["all_layers", "lookup", "names"]


@cache
def catalogue() -> dict[str, type[Layer]]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = (value for module in modules for value in vars(module).values() if is_listed(value, module.__name__))
    return {layer.__name__: layer for layer in sorted(found, key=lambda layer: layer.__name__)}


def is_listed(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module and value.is_listed()


def lookup(name: str) -> type[Layer] | None:
    """The layer of that name, or None."""
    return catalogue().get(name)


def names() -> tuple[str, ...]:
    """The names of all layers, sorted."""
    return tuple(catalogue())


def all_layers() -> tuple[type[Layer], ...]:
    """All layers, by name."""
    return tuple(catalogue().values())
