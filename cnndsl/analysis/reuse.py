"""Blocks that are made of an earlier one instead of being visited: which differ in nothing that their text reads.

Keeps what was elaborated by all but its fractions, and by all but the fixed sizes of its input; how one is made of the
other is a matter of reuse_rates.py and reuse_sizes.py. What an earlier check of the file came to: reuse_blocks.py.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Known
from ..shapes import TensorType
from ..source import Span
from ..spelled import Reckoned
from ..typed import Any, Mapping
from .things import Origin, Thing, plain


def found(visit: Any, origin: Origin, given: Mapping[str, Thing], types: Any, span: Span, key: Any) -> Any:
    """What `visit` gets for a block that is like an earlier one: the instance, what it gives and needs, and how many
    modules it makes. None if there is none, or if it could differ in more.
    """
    session = visit.session
    if session.blocks is not None and (made := session.blocks.take(session, origin.item, given, types, span)):
        return made
    rated, sized = keys(origin.item, given, types, key)
    if session.aside:
        return None
    if rated in session.rated:
        from .reuse_rates import like

        before = session.rated[rated]
        if made := like(visit, origin, given, *before):
            return looked_at(session, before[1], made)
    if before := session.unread.get(sized):
        from .reuse_sizes import like as resized

        if made := resized(visit, origin, given, types, span, sized):
            return looked_at(session, before, made)
        session.unread[sized] = None  # nor will the next one be
    return None


def looked_at(session: Any, before: Any, made: Any) -> Any:
    """What was made; if the earlier one writes in place, it is noted what this one writes over."""
    new = made[0]
    if id(before[0].body) in session.collector.blocks:
        session.collector.look_in_place(new.body, new.inputs, new.result, False)
    return made


def begun(session: Any) -> tuple[int, int]:
    """What tells, at the end of a visit, what it took: the steps, and the items looked at, before it."""
    return session.steps, len(session.blocks.trail) if session.blocks is not None else 0


def keep(
    session: Any, item: Any, given: Mapping[str, Thing], types: Any, key: Any, made: Any, begun: tuple[int, int]
) -> None:
    """Notes what a visit came to, for those like it."""
    if session.blocks is not None:
        session.blocks.keep(session, item, given, types, made, *begun)
    rated, sized = keys(item, given, types, key)
    if rated and not session.aside:
        session.rated[rated] = given, made
    if sized and not session.aside:
        session.unread.setdefault(sized, made)


def keys(item: Any, given: Mapping[str, Thing], types: Any, key: Any) -> tuple[Any, Any]:
    """What a block has in common with those that differ in fractions, and with those that differ in fixed sizes."""
    names_sizes = any(getattr(statement, "shape", None) is not None for statement in item.body)
    floats, shape = but_floats(given), None if names_sizes else but_sizes(types)
    return floats and (key[0], floats, *key[2:]), shape and (*key[:2], shape, *key[3:])


def but_floats(given: Mapping[str, Thing]) -> Any:
    """The arguments of a block with fractions left out; None if there are none."""
    values = {name: thing.value for name, thing in given.items() if isinstance(thing, Known)}
    floats = {name for name, value in values.items() if value.__class__ is float or value.__class__ is Reckoned}
    return tuple([float if name in floats else plain(thing) for name, thing in given.items()]) if floats else None


def but_sizes(types: tuple[Any, ...]) -> Any:
    """The type of the one input of a block with fixed sizes left out; None if it has several."""
    kind = types[0] if len(types) == 1 else None
    if not isinstance(kind, TensorType):
        return None
    return (*[size if isinstance(size, Dim) else int for size in kind.shape], kind.dtype)
