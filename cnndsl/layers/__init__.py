"""The catalogue of layers: every class of this package's modules that does not decline.

A file is loaded when one of its layers is first looked up; index.py says which file that is.
"""

from __future__ import annotations

from os import listdir

from ..lean import cache
from ..typed import Any
from .base import Layer
from .index import PLACES

__all__ = ["all_layers", "file_of", "lookup", "names", "places"]


def lookup(name: str) -> type[Layer] | None:
    """The layer of that name, or None."""
    return known(name) if name in PLACES else None


def file_of(name: str) -> str | None:
    """The file in which the layer of that name stands, without loading it."""
    return PLACES.get(name)


@cache
def known(name: str) -> Any:
    return getattr(loaded(PLACES[name]), name)


def loaded(stem: str) -> Any:
    """A file of this package. As `importlib.import_module` does, which takes longer to load than the file."""
    return __import__(f"{__name__}.{stem}", fromlist=(stem,))


def names() -> tuple[str, ...]:
    """The names of all layers, sorted."""
    return tuple(sorted(PLACES))


def all_layers() -> tuple[type[Layer], ...]:
    """All layers, by name."""
    return tuple(map(known, names()))


def places() -> dict[str, str]:
    """The file of each layer, as the files themselves say: what the index is made of."""
    stems = sorted(name[:-3] for name in listdir(__path__[0]) if name.endswith(".py") and name != "__init__.py")
    modules = {stem: loaded(stem) for stem in stems}
    return {
        name: stem
        for stem, module in modules.items()
        for name, value in sorted(vars(module).items())
        if is_listed(value, module.__name__)
    }


def is_listed(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module and value.is_listed()
