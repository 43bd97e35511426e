"""`import cnndsl.importhook` lets Python import networks: `from nets.lenet import LeNet5` for `nets/lenet.cnn`.

A `.cnn` file is found where a `.py` file of that name would be, if there is none. Its module holds the classes that
`cnndsl compile` would write. Files with `extern` blocks are refused, unless `allow_extern()` was called before.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec

from .lean import ModuleType
from .typed import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from importlib.abc import Loader as Base
else:
    Base = object  # importlib.abc takes longer to import than all of this

__all__ = ["allow_extern", "install", "uninstall"]


class Finder:
    """Finds `.cnn` files on the import path, after everything else has been asked."""

    extern = False

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module that a `.cnn` file describes."""
        file_name = name.rpartition(".")[2] + ".cnn"
        for folder in sys.path if path is None else path:
            file = os.path.join(folder or os.curdir, file_name)
            if os.path.isfile(file):
                return ModuleSpec(name, Loader(file, self.extern), origin=file)
        return None


class Loader(Base):
    """Compiles a `.cnn` file and executes the result as the module."""

    def __init__(self, path: str, extern: bool) -> None:
        self.path = path
        self.extern = extern

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module with the classes of the file; raises CnnError, which prints as on the command line."""
        from .pipeline import execute_file

        execute_file(self.path, module, self.extern)


FINDER = Finder()


def install() -> None:
    """Make `.cnn` files importable; importing this module has done it already."""
    if FINDER not in sys.meta_path:
        sys.meta_path.append(FINDER)


def uninstall() -> None:
    """Undo `install`; what has been imported stays."""
    if FINDER in sys.meta_path:
        sys.meta_path.remove(FINDER)


def allow_extern(allowed: bool = True) -> None:
    """Let imported files bring in the Python classes that their `extern` blocks name."""
    FINDER.extern = allowed


install()
