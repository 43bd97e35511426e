"""Numbers that the author gave a name: `inner = planes * width // 64`, as Python over the names of the class."""

from __future__ import annotations

from collections.abc import Mapping

from ..dims import Dim, symbol
from ..graph import Known
from ..loops import MARK
from ..syntax import tree as t
from ..typed import Any
from .things import Thing

LEVELS = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}
ATOM = 3

Numbered = tuple[str, Known, str]  # the name, its value with its spellings, the right side; "" where that says more


def numbered(node: t.Assign, thing: Thing, names: Mapping[str, Thing], before: list[Numbered]) -> Numbered | None:
    """What an assignment names, if it is a size that the class can compute. `names` are those before it."""
    target = node.targets[0] if len(node.targets) == 1 else None
    if not isinstance(target, t.Name) or not isinstance(thing, Known) or not computed(thing):
        return None
    still = {name: known for name, known, _ in before if names.get(name) is known}
    usable = {name: other for name, other in names.items() if name in still or is_plain(other)}
    return target.id, thing, written(node.value, usable) or ""


def computed(known: Known) -> bool:
    """Whether a value is a whole number that is spelled over names of the class, other than by one of them."""
    is_whole = isinstance(known.value, int) and not isinstance(known.value, bool)
    sizes = [s for s in known.spellings if isinstance(s, Dim)]
    kept = not any(MARK in name or name[0] == "%" for size in sizes for name in size.symbols)
    return is_whole and kept and bool(sizes) and not any(name_of(size) for size in sizes)


def name_of(size: Any) -> str | None:
    """The name that a size is, if it is no more than that."""
    (name, *others) = size.symbols or [""]
    return name if not others and size == symbol(name) else None


def written(node: Any, names: Mapping[str, Thing], level: int = 0) -> str | None:
    """An expression over parameters, sizes of inputs, numbers and other such names as Python; else None."""
    match node:
        case t.Number(value=int() as number):
            return str(number)
        case t.Name(id=name):
            return name_in(name, names.get(name))
        case t.Binary(operator=sign, left=left, right=right) if sign in LEVELS:
            own = LEVELS[sign]
            sides = written(left, names, own), written(right, names, own + 1)
            text = f"{sides[0]} {sign} {sides[1]}"
            return None if None in sides else f"({text})" if own < level else text
    return None


def is_plain(thing: Thing) -> bool:
    """Whether a thing is a number, or spelled by one name of the class."""
    if not isinstance(thing, Known) or isinstance(thing.value, bool) or not isinstance(thing.value, int):
        return False
    return not thing.spellings or any(isinstance(s, Dim) and name_of(s) for s in thing.spellings)


def name_in(name: str, thing: Thing) -> str | None:
    """How Python calls what the author calls so."""
    if not isinstance(thing, Known):
        return None
    if not thing.spellings:
        return str(int(thing.value))
    return next((found for s in thing.spellings if isinstance(s, Dim) and (found := name_of(s))), name)
