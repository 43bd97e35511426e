"""Code → module: executes generated source and gives a genuine `nn.Module` that can be pickled, copied and inspected.

The classes belong to a module that is made of the text alone, so their pickles carry the text. Nothing else of the
project executes what it generates.
"""

from __future__ import annotations

import linecache
import sys
from hashlib import sha256
from typing import cast

from .lean import ModuleType, cache
from .problems import fail
from .typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from .emit.python import File
    from .graph import Graph


def written(graph: Graph, *, extern: bool = False) -> tuple[str, str]:
    """The source of a graph, and what builds its first model; raises CnnError where that needs a forbidden import."""
    file = allowed(graph, extern)
    return file.text("cnndsl.load"), file.entries[graph.models[0].name]


def allowed(graph: Graph, extern: bool) -> File:
    """The generated file; raises CnnError where executing it needs an import that was not allowed."""
    from .emit.python import File

    file = File(graph)
    if file.externs and not extern:
        raise fail("extern-declined", None, targets=list(file.externs))
    return file


def fill(module: ModuleType, graph: Graph, *, extern: bool = False) -> None:
    """Executes a graph's source as an imported module; each model is found under its own name. Raises CnnError."""
    file = allowed(graph, extern)
    text = file.text(f"import {module.__name__}")
    module.__file__ = path = f"<cnndsl {module.__name__}>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    exec(compile(text, path, "exec"), module.__dict__)
    for name, entry in file.entries.items():
        vars(module).setdefault(name, vars(module)[entry])


def build(text: str, entry: str, /, **parameters: Any) -> nn.Module:
    """What `entry` of a generated source gives for these parameters."""
    return cast("nn.Module", getattr(module_of(text), entry)(**parameters))


@cache
def module_of(text: str) -> ModuleType:
    """The generated source as a module: one for each text."""
    digest = sha256(text.encode()).hexdigest()[:16]
    name, path = f"cnndsl_live_{digest}", f"<cnndsl {digest}>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(compile(text, path, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    for cls in own_classes(module):
        cls.__reduce_ex__ = reduce_tuple if issubclass(cls, tuple) else reduce_module
    return module


def own_classes(module: ModuleType) -> list[Any]:
    found = [value for value in vars(module).values() if isinstance(value, type)]
    return [cls for cls in found if cls.__module__ == module.__name__]


def source_of(cls: type) -> str | None:
    """The generated text that a class came from; None for a class written by hand, a subclass of one included."""
    if not cls.__module__.startswith("cnndsl_live_"):
        return None
    path = cast(str, sys.modules[cls.__module__].__file__)
    return "".join(linecache.getlines(path))


def reduce_module(self: Any, protocol: Any) -> Any:
    """How a live module pickles: its source, the name of its class, its state."""
    usual = cast("tuple[Any, ...]", object.__reduce_ex__(self, protocol))
    text = source_of(type(self))
    return usual if text is None else (blank, (text, type(self).__qualname__), *usual[2:])


def reduce_tuple(self: Any, protocol: Any) -> Any:
    text = source_of(type(self))
    if text is None:
        return tuple.__reduce_ex__(self, protocol)
    return fields_again, (text, type(self).__qualname__, tuple(self))


def blank(text: str, name: str) -> Any:
    """An instance whose state is still to come; unpickling calls this."""
    cls = getattr(module_of(text), name)
    return cls.__new__(cls)


def fields_again(text: str, name: str, items: tuple[Any, ...]) -> Any:
    """A named tuple; unpickling calls this."""
    return getattr(module_of(text), name)(*items)
