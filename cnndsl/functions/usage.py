"""How a function of the catalogue is called, for who called it in another way. Loaded only for errors."""

from __future__ import annotations

from ..dims import Dim
from ..patterns import re
from ..problems import Help, advise
from ..typed import Any
from .base import Function, is_tensor, is_whole


def usage(function: Function, things: tuple[Any, ...], call: str) -> str | Help | None:
    """How the function is called, where `call` was written: without a tensor, with several for a list."""
    first = function.parameters[0].annotation if function.parameters else ""
    if first == "Tensors" and things and (spread := re.search(r"\(\*(?=\w+[,)])", call)):
        return f"the list is given as it is: `{call[: spread.start() + 1]}{call[spread.end() :]}`"
    if first == "Tensors" and things and is_tensor(things[0]):
        return f"its tensors stand in brackets: `{function.name}([a, b])`"
    if first == "Tensors" and things and is_whole(things[0]):
        return f"to apply it to the branches that flow here, write `-> {call}`"
    if first == "Tensors" and things and isinstance(things[0], list):
        if any(isinstance(item, list) for item in things[0]):
            return f"a list among them is unpacked by `*`: `{function.name}([a, *several])`"
        return several_among(things[0])
    if first == "Tensor" and things and isinstance(things[0], list) and all(map(is_tensor, things[0])):
        is_of_two = sum(parameter.is_required and parameter.is_tensor for parameter in function.parameters) == 2
        each = ", ".join("abcdefgh"[: len(things[0])])
        if is_of_two and len(things[0]) == 2:
            return f"its tensors stand one by one: `{function.name}({each})`"
        return "`-> cat(1)` joins branches, `[A, B]`; modules in sequence stand in braces: `{ A -> B }`"
    if first == "Tensor" and len(things) > 1 and not is_tensor(things[0]) and is_tensor(things[1]):
        return "its tensor stands first"
    wanted = max(sum(parameter.is_required for parameter in function.parameters), 1)
    is_other = not things or isinstance(things[0], (int, float, str, list, tuple, Dim))
    if first == "Tensor" and (is_other or (len(things) < wanted and not is_tensor(things[0]))):
        return f"to apply it to what flows here, write `-> {call}`"
    return None


def several_among(items: list[Any]) -> Help | None:
    """What to say of a function's several results among tensors: `cat([mean(x, 1), max(x, 1)], 1)`."""
    found = next((item for item in items if isinstance(item, tuple)), ())
    return advise("one-of-several", others=", _" * (len(found) - 1)) if found else None
