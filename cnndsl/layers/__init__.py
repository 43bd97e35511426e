"""The catalogue of layers. Every class of this package's modules that does not decline is in it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from os import listdir

from .base import Layer

__all__ = ["all_layers", "lookup", "names"]


@cache
def catalogue() -> dict[str, type[Layer]]:
    files = sorted(name for name in listdir(__path__[0]) if name.endswith(".py") and name != "__init__.py")
    modules = [import_module(f"{__name__}.{name[:-3]}") for name in files]
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
