"""Defaults of parameters: what each comes to, and whether a class can work it out again: `h=w * 2`. What a default
decides is none of the body's.
"""

from __future__ import annotations

from ..graph import Known, Parameter
from ..problems import CnnError
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Mapping
from .sites import within
from .things import Thing, is_static, makers_in, own_spelling, strip, symbols_in, to_known

if TYPE_CHECKING:
    from .modules import Modules

Names = frozenset[str]
NONE: Names = frozenset()


def declared(visit: Modules, item: Any, given: Mapping[str, Thing], kinds: Mapping[str, str]) -> tuple[Parameter, ...]:
    """The parameters of an item with what they are given; `kinds` are the types of those that are None here."""
    found: list[Parameter] = []
    for p in item.parameters:
        node, name, default, behind = p.default, p.name.id, None, NONE
        if node.__class__ in (t.Number, t.Constant):
            default = Known(node.value)
        elif node is not None:
            default, behind = default_of(visit, item, p, given)
        found.append(Parameter(name, to_known(strip(given[name])), default, p.type or kinds.get(name), behind))
    return tuple(found)


def default_of(visit: Modules, item: Any, p: t.Parameter, given: Mapping[str, Thing]) -> tuple[Known | None, Names]:
    """What a default comes to, and the parameters that it reads; spelled by these if nothing of it is lost so."""
    behind = frozenset([node.id for node in within(p.default) if node.__class__ is t.Name]) & given.keys()
    code = bool(behind) and visit.session.for_code
    reader = visit.child_visit(visit.scope, {name: own_spelling(name, given[name], code) for name in behind})
    try:
        thing = reader.static(p.default)
    except CnnError:  # another argument is given for which it has no value
        return None, behind
    if not is_static(thing):
        return None, behind
    is_said = code and not reader.pinned and behind.issuperset(symbols_in(thing)) and not any(makers_in([thing]))
    return to_known(thing if is_said and not asks_for_none(item, p.name.id) else strip(thing)), behind


def asks_for_none(item: Any, name: str) -> bool:
    """Whether a definition asks if a parameter is None: then a class that takes None for its default would lie."""
    for node in within(item):
        match node:
            case t.Compare(first=t.Name(id=word), rest=((sign, t.Constant(value=None)),)):
                if word == name and sign in ("is", "is not", "==", "!="):
                    return True
    return False
