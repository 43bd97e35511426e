"""Writes the bundle (`bundle.py`), as Python writes byte code: whole or not at all, and only where Python would do so.

Of modules that were imported without it, it takes the byte code that Python has written, if that tells its source by
time and size; of other modules, and patterns, what the bundle holds that is there by now.
"""

from __future__ import annotations

import marshal
import os
import sys

from .bundle import FOLDER, WORD, Bundled, Stamp, opened, place, stamp
from .patterns import Key
from .typed import Any, Iterable

HEADER = 16  # bytes of a .pyc before its code: magic number, flags, time and size of the source
Kept = tuple[str, str, Stamp, bytes]


def bundled(modules: Iterable[str], patterns: Iterable[Key]) -> None:
    """Put what was imported and compiled without the bundle into it."""
    path = place()
    if path is None or sys.dont_write_bytecode or not os.access(os.path.dirname(path), os.W_OK):
        return
    base = os.path.dirname(os.path.dirname(path))
    kept: dict[str, Kept] = {}
    if found := opened():  # another process may have written it meanwhile
        kept = {name: (*piece[:3], found.code(name)) for name, piece in found.pieces.items()}
    new = {name: made for name in modules if (made := compiled(sys.modules[name].__spec__, base))}
    numbers = {key: numbers_of(*key) for key in patterns}
    if new or numbers:
        write(path, kept | new, (found.numbers if found else {}) | numbers)


def compiled(spec: Any, base: str) -> Kept | None:
    """What to keep of a module that Python has imported."""
    try:
        with open(spec.cached, "rb") as file:
            header = file.read(HEADER)
            told = int.from_bytes(header[8:12], "little"), int.from_bytes(header[12:], "little")
            if any(header[4:8]) or told != stamp(spec.origin):  # flags: it tells its source by a hash
                return None
            code = file.read()
        return below(FOLDER, spec.origin), below(base, spec.cached), told, code
    except (OSError, TypeError, ValueError):
        return None


def below(folder: str, path: str) -> str:
    if not path.startswith(folder):
        raise ValueError
    return path[len(folder) :]


def write(path: str, kept: dict[str, Kept], numbers: dict[Key, tuple[Any, ...]]) -> None:
    pieces, length = {}, 0
    for name, (source, cached, told, code) in kept.items():
        pieces[name] = source, cached, told, length, len(code)
        length += len(code)
    head = marshal.dumps((sys.version, length, pieces, numbers))
    data = b"".join([len(head).to_bytes(WORD, "little"), head, *(code for *_, code in kept.values())])
    Bundled(__name__, __file__).set_data(path, data)


def numbers_of(pattern: str, flags: int) -> tuple[Any, ...]:
    """What `re` calls `_sre.compile` with, behind the pattern."""
    try:
        from re import _compiler as compiler  # type: ignore[attr-defined]
    except ImportError:  # before Python 3.11
        import sre_compile as compiler  # type: ignore[import-not-found, no-redef, unused-ignore]
    parse = getattr(compiler, "_parser", None) or compiler.sre_parse
    parsed = parse.parse(pattern, flags)
    groups = parsed.state.groupdict
    names: list[str | None] = [None] * parsed.state.groups
    for name, at in groups.items():
        names[at] = name
    code = [int(number) for number in compiler._code(parsed, flags)]  # some are named
    return flags | parsed.state.flags, code, parsed.state.groups - 1, groups, tuple(names)
