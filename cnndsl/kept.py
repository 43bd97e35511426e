"""Generated code that an earlier process made of the same text: as long as all that was imported is what it was.

The key holds all that decides what code comes out: text, name, model, parameters, options, terms. Compiles nothing.
"""

from __future__ import annotations

from hashlib import sha256

from . import cache
from .reading import Reading
from .typed import Any

Code = tuple[str, str]  # the text, and the name in it that builds the model


def fetch(key: object, parameters: Any, reading: Reading) -> tuple[Reading, Code] | None:
    """The code kept under a key, and the terms on which its imports were read once more; None if there is none."""
    if not is_plain(parameters):
        return None
    try:
        imports, (text, entry) = cache.fetch(key)
        again = Reading(reading.limits, reading.project)
        for written, importer, digest in imports:
            if digest_of(again.read_import(written, importer).text) != digest:
                return None
        return (again, (text, entry)) if isinstance(text, str) and isinstance(entry, str) else None
    except (TypeError, ValueError, OSError):
        return None


def keep(key: object, parameters: Any, reading: Reading, code: Code) -> None:
    """Keep code for later processes."""
    if is_plain(parameters):
        imports = [[*names, digest_of(source.text)] for names, source in reading.imports.items()]
        cache.keep(key, [imports, code])


def digest_of(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_plain(value: Any) -> bool:
    """Whether the text of a value tells it from all others."""
    if type(value) in (list, tuple):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(map(is_plain, value.values()))
    return value is None or type(value) in (bool, int, float, str)
