"""What a caller gives beside a file, made plain: values of parameters, sizes, the name of a model. Refuses what no file
could hold. Knows nothing of the language.
"""

from __future__ import annotations

from .limits import DEFAULT, MAX_LENGTH
from .problems import CnnError, fail
from .typed import Any, Mapping

DIGITS = 400  # as of a number in a file


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a file could hold them, of plain types; raises CnnError for others."""
    return {name: plain(value, name, [MAX_LENGTH], DEFAULT.nesting) for name, value in given.items()}


def plain(value: Any, name: str, left: list[int], deeper: int) -> Any:
    """One value; `left` values in its lists, and `deeper` lists inside one another are allowed."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if is_long(value):
            raise fail("setting-too-large", None, name=name, most=DIGITS, what="digits")
        return int.__int__(value)  # of an enumeration, which writes itself in its own way, the number
    if isinstance(value, (float, str)):
        return float.__float__(value) if isinstance(value, float) else str.__str__(value)
    if not isinstance(value, (list, tuple)):
        raise fail("bad-setting", None, name=name, what=type(value).__name__)
    left[0] -= len(value)
    if left[0] < 0:
        raise fail("setting-too-large", None, name=name, most=MAX_LENGTH, what="values")
    if not deeper:
        raise fail("setting-too-large", None, name=name, most=DEFAULT.nesting, what="lists inside one another")
    items = [plain(item, name, left, deeper - 1) for item in value]
    return items if isinstance(value, list) else tuple(items)


def is_long(value: int) -> bool:
    return not -(10**DIGITS) < value < 10**DIGITS


def sizes(given: Mapping[str, int]) -> Mapping[str, int]:
    """Numbers for free sizes; raises CnnError for what is no size, TypeError if it is no mapping."""
    if not isinstance(given, Mapping):
        raise TypeError(f"sizes are given by their names, as {{'H': 224}}, not as {type(given).__name__}")
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise no_size(name, f"a value of type {type(value).__name__}")
        if value < 1 or is_long(value):
            raise no_size(name, f"a number of more than {DIGITS} digits" if is_long(value) else str(value))
    return given


def no_size(name: str, what: str) -> CnnError:
    return fail("bad-size", None, name=name, what=what)


def model_name(given: str | None) -> None:
    """Raises CnnError for what is no name."""
    if given is not None and not isinstance(given, str):
        raise fail("bad-model-name", None, what=type(given).__name__)
