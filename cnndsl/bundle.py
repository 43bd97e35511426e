"""One file of byte code for the modules of the package that commands load, and for the patterns that they compile.

Compiling ResNet-50 loads 141 modules. To find, open and read each of them in Python's way takes 4 ms of 76, to load
`re` and compile patterns 6; here a module is one read from a file that stands open. The file lies beside Python's own
byte code, where Python would write that (PYTHONPYCACHEPREFIX included), and holds nothing but what lies there: who may
write one of them may write the other. Whatever is not in it is imported in Python's way, also a module whose source is
of another size or time than the one that was compiled. A command that had to do so writes the file anew, after its
work (`bundling.py`).

For a command's process alone (`cnndsl/cli/__init__.py`): `import cnndsl` in a program does without.
"""

from __future__ import annotations

import marshal
import os
import sys
from _imp import _fix_co_filename  # type: ignore[attr-defined]

from . import patterns
from .lean import ModuleType
from .typed import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec, SourceFileLoader

    from .lean import CodeType
else:  # the same, for to load importlib takes time
    from _frozen_importlib import ModuleSpec
    from _frozen_importlib_external import SourceFileLoader

Stamp = tuple[int, int]  # time and size of a source, by which Python tells whether byte code is of it
Piece = tuple[str, str, Stamp, int, int]
"""A module's source and its .pyc, from the package's folders on; its stamp; where its code begins, and its length."""

WORD = 4  # bytes of the head's length
MASK = 0xFFFFFFFF  # stamps have 32 bits
INIT = "__init__"
ASKED = f"{__package__}.syntax.tree"  # its names are read all the time, which is faster of Python's own modules
FOLDER = os.path.dirname(__file__)
package = sys.modules[__name__.rpartition(".")[0]].__spec__


class Bundle:
    """The open file, as a finder of modules."""

    def __init__(self, path: str) -> None:
        self.file = cast(BinaryIO, open(path, "rb", buffering=0))  # noqa: SIM115  (it stays open)
        self.folder = os.path.dirname(os.path.dirname(path))  # that of the package, where byte code is
        head = int.from_bytes(self.file.read(WORD), "little")
        version, length, self.pieces, self.numbers = marshal.loads(self.file.read(head))
        self.start = WORD + head
        if version != sys.version or os.fstat(self.file.fileno()).st_size != self.start + length:
            raise ValueError

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """What Python itself would find, if the source is still the one that was compiled."""
        piece: Piece | None = self.pieces.get(name)
        if piece is None or stamp(origin := FOLDER + piece[0]) != piece[2]:
            return None
        is_package = piece[0].endswith(f"{INIT}.py")
        spec = Spec(name, Bundled(name, origin), origin=origin, is_package=is_package)
        spec.parent = name if is_package else name.rpartition(".")[0]
        spec.has_location, spec.cached = True, self.folder + piece[1]
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(origin)]
        return spec

    def code(self, name: str) -> bytes:
        *_, start, length = self.pieces[name]
        self.file.seek(self.start + start)
        return self.file.read(length)


class Spec(ModuleSpec):
    """Python asks for the `parent` at each relative import: elsewhere a property, 2,000 calls for ResNet-50."""

    parent = ""


class Module(ModuleType):
    """Each import of names asks a module for its `__path__`, which but packages have: 2,800 times for ResNet-50. A
    module of Python's own puts a message together each time, which nobody reads; other objects do not."""

    __getattribute__ = object.__getattribute__


class Bundled(SourceFileLoader):
    """Python's own loader, but for where the byte code comes from."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None if spec.name == ASKED else Module(spec.name)

    def get_code(self, fullname: str) -> CodeType | None:
        if held is None:
            return super().get_code(fullname)
        code = cast("CodeType", marshal.loads(held.code(fullname)))
        _fix_co_filename(code, self.path)
        return code


held: Bundle | None = None
early: frozenset[str] = frozenset()  # what was loaded before there was a bundle to ask


def use() -> None:
    """Let imports of the package look into the bundle first, if there is one."""
    global held, early
    early, held = frozenset(sys.modules), opened()
    if held:
        for name in early:
            if name.startswith(f"{__package__}."):
                sys.modules[name].__class__ = Module
        patterns.NUMBERS.update(held.numbers)
        sys.meta_path.insert(0, held)


def keep() -> None:
    """Write a bundle, if this process had to import or to compile something without it."""
    new = [name for name in sys.modules if name.startswith(f"{__package__}.") and name not in early and not has(name)]
    if new or patterns.ANEW:
        from .bundling import bundled

        bundled(new, patterns.ANEW)


def has(name: str) -> bool:
    return type(getattr(sys.modules[name].__spec__, "loader", None)) is not SourceFileLoader


def place() -> str | None:
    """The path of the bundle for this interpreter and its level of optimisation, if Python loads the package."""
    if package is None or package.cached is None or type(package.loader) is not SourceFileLoader:
        return None
    return "bundled".join(package.cached.rsplit(INIT, 1))


def opened() -> Bundle | None:
    try:
        return Bundle(place() or "")
    except (OSError, ValueError, EOFError, TypeError):  # there is none, or what is there is none
        return None


def stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return int(found.st_mtime) & MASK, found.st_size & MASK
