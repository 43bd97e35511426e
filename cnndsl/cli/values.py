"""From the words of a command line to values. Knows no option, and loads argparse for what it refuses alone."""

from __future__ import annotations

import re

from ..typed import Any

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
UNITS |= {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def wrong(message: str) -> Exception:
    """What tells argparse why it cannot take a word."""
    from argparse import ArgumentTypeError

    return ArgumentTypeError(message)


def setting(text: str) -> tuple[str, Any]:
    """`NAME=VALUE` of --set."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise wrong(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), literal(value.strip())


def sizes(text: str) -> list[tuple[str, int]]:
    """`H=225,W=300` of --at."""
    pairs = [part.partition("=") for part in text.split(",")]
    found = [(name.strip(), int(value)) for name, _, value in pairs if value.strip().isdecimal() and int(value)]
    if len(found) != len(pairs) or not all(name.isidentifier() for name, _ in found):
        raise wrong(f"{text!r} is not of the form H=225,W=300 (sizes are at least 1)")
    return found


def literal(text: str) -> Any:
    """A number, string, True, False, None or a list of them; a plain word stands for itself."""
    from ast import literal_eval

    if re.fullmatch(r"(?!(?:True|False|None)$)[A-Za-z_][\w.-]*", text):
        return text
    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise wrong(f"{text!r} is neither a Python literal nor a plain word") from None
    if not is_plain(value):
        raise wrong(f"{text!r} is no number, string, True, False, None or list of them")
    return value


def is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def memory(text: str) -> int:
    """`24GB` or `16GiB` of --fits, in bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([kmgt]?i?)b?", text.strip().lower())
    if match is None or match[2] not in UNITS:
        raise wrong(f"{text!r} is no amount of memory, as 24GB or 16GiB is")
    return int(float(match[1]) * UNITS[match[2]])


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or not int(text):
        raise wrong(f"{text!r} is not a whole number from 1 on")
    return int(text)
