"""THE CATALOGUE of tensor functions: `lookup` finds one by the name it has in a `.cnn` file.

A file is loaded when one of its functions is first looked up; index.py says which file that is.
"""

from __future__ import annotations

from os import listdir

from .base import REGISTRY, Function
from .index import PLACES

__all__ = ["Function", "lookup", "names", "places"]


def lookup(name: str) -> Function | None:
    """The function of this name, if there is one."""
    if name not in REGISTRY and name in PLACES:
        loaded(PLACES[name])
    return REGISTRY.get(name)


def loaded(stem: str) -> object:
    """A file of this package. As `importlib.import_module` does, which takes longer to load than the file."""
    return __import__(f"{__name__}.{stem}", fromlist=(stem,))


def names() -> tuple[str, ...]:
    """The names of all functions, sorted."""
    return tuple(sorted(PLACES))


def places() -> dict[str, str]:
    """The file of each function, as the files themselves say: what the index is made of."""
    for name in listdir(__path__[0]):
        if name.endswith(".py") and name != "__init__.py":
            loaded(name[:-3])
    found = {name: function.rule.__module__.rpartition(".")[2] for name, function in REGISTRY.items()}
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))
