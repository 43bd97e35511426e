"""Parameters that are ratios, though a file may give whole numbers for them: `int(D * ratio)`, `Mlp(ratio)`. Inside of
what takes one it is a fraction, for its class must make whole numbers of it again: `ratio: float = 4`.
"""

from __future__ import annotations

from ..graph import Known
from ..spelled import Reckoned
from ..syntax import tree as t
from ..typed import Any, Container, Iterator, Mapping
from .sites import children, within
from .things import Thing

ROUNDS = frozenset({"int", "round", "floor", "ceil"})
COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})
LARGEST = 1 << 24  # beyond, a product might be no number that a float holds


def ratios_in(session: Any, item: Any, scope: Any) -> frozenset[str]:
    """The parameters of a definition that can only be ratios: what they make is made whole wherever they are read."""
    if isinstance(item, t.Extern):
        return frozenset()  # what a class of somebody else's takes is as it is given
    if id(item) not in session.ratios:
        session.ratios[id(item)] = frozenset()  # where definitions stand in each other
        session.ratios[id(item)] = frozenset(found(session, item, scope))
    known: frozenset[str] = session.ratios[id(item)]
    return known


def found(session: Any, item: Any, scope: Any) -> Iterator[str]:
    names = {p.name.id: isinstance(item, t.Def) or is_fraction(p) for p in item.parameters if p.type in (None, "float")}
    sizes = {n.id for node in within(item) if isinstance(node, t.Input) for n in within(node) if isinstance(n, t.Name)}
    ways: dict[str, list[bool | None]] = {}
    for name, way in readings(session, item, scope, names, sizes - names.keys()):
        ways.setdefault(name, [names[name] or None]).append(way)
    yield from (name for name, some in ways.items() if True in some and False not in some)


def is_fraction(parameter: t.Parameter) -> bool:
    default = parameter.default
    return parameter.type == "float" or (isinstance(default, t.Number) and isinstance(default.value, float))


def readings(
    session: Any, item: Any, scope: Any, names: Container[str], sizes: set[str]
) -> Iterator[tuple[str, bool | None]]:
    """Where these parameters are read: whether as ratios; None where a fraction does as well as a whole number."""
    body = (item.value,) if isinstance(item, t.Alias) else item.body
    left: list[tuple[Any, bool | None]] = [(part, False) for part in body]
    left += ((p.default, False) for p in item.parameters if p.default is not None)
    while left:
        node, way = left.pop()
        if isinstance(node, t.Name):
            if node.id in names:
                yield node.id, way
        elif isinstance(node, t.Call):
            left += arguments(session, node, scope, way)
        elif isinstance(node, t.Binary) and way is not False and node.operator in ("+", "-", "*", "/"):
            left += ((side, of_size(node, side, sizes, way)) for side in (node.left, node.right))
        elif isinstance(node, t.Compare) and all(sign in COMPARED for sign, _ in node.rest):
            left += ((side, None) for side in (node.first, *(side for _, side in node.rest)))
        else:
            left += ((part, False) for part in children(node))


def of_size(node: t.Binary, side: Any, sizes: set[str], way: bool | None) -> bool | None:
    """What a factor is: that of a size of an input, which is then made whole, is a ratio."""
    if node.operator != "*" or not isinstance(side, t.Name):
        return way
    other = within(node.right if side is node.left else node.left)
    return True if any(isinstance(part, t.Name) and part.id in sizes for part in other) else way


def arguments(session: Any, node: t.Call, scope: Any, way: bool | None) -> Iterator[tuple[Any, bool | None]]:
    """What a call is given, and whether as a ratio."""
    name = node.function.id if isinstance(node.function, t.Name) else ""
    if name in ROUNDS and len(node.arguments) == 1:
        yield node.arguments[0], None
        return
    yield node.function, False
    called, where = scope.items.get(name, (None, scope))
    own: list[str] = []
    taken: Container[str] = ()
    if isinstance(called, (t.Definition, t.Alias, t.Def)):
        own, taken = [p.name.id for p in called.parameters], ratios_in(session, called, where)
    as_one = None if isinstance(called, t.Def) else True
    for place, argument in enumerate(node.arguments):
        key = argument.name if isinstance(argument, t.Keyword) else own[place] if place < len(own) else ""
        value = argument.value if isinstance(argument, (t.Keyword, t.Spread)) else argument
        yield value, as_one if key in taken else way if name in ("min", "max") else False


def as_fractions(session: Any, item: Any, scope: Any, given: Mapping[str, Thing]) -> dict[str, Thing]:
    """What the parameters of a definition are given, ratios as fractions that are written as whole numbers."""
    names = ratios_in(session, item, scope)
    return {name: as_fraction(thing) if name in names else thing for name, thing in given.items()}


def as_fraction(thing: Thing) -> Thing:
    if not isinstance(thing, Known) or not isinstance(thing.value, int) or isinstance(thing.value, bool):
        return thing
    if abs(thing.value) > LARGEST:
        return thing
    number = Reckoned(thing.value)
    number.reckoned = str(int(thing.value))
    return Known(number, tuple(thing.spellings))
