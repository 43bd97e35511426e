"""`block X(…) = { … }` as a function of the generated file: the group, elaborated once more over names of its own."""

from __future__ import annotations

from ..graph import Argument, BlockModule, Instance, Make, Result, SequentialModule
from ..loops import Called, Came, Entry, Local, Loop, every
from ..problems import CnnError
from ..records import replace
from ..shapes import Need
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterator, Mapping
from .deciding import settle_optional
from .defaults import declared
from .read_behind import lengths_given
from .respelling import told_better
from .template_numbers import carried_in, name_within, others_in
from .things import Origin, Thing, own_spelling, plain, to_known

if TYPE_CHECKING:
    from .definitions import Visit
    from .layered import Made


def with_call(visit: Any, origin: Origin, given: Mapping[str, Thing], types: Any, span: Span, made: Made) -> Made:
    """The group with the call that could stand in its place."""
    module, output = made
    session = visit.session
    if not session.for_code or session.aside or not isinstance(module, SequentialModule):
        return made
    if (len(module.children) < 2 and not module.layout) or any(map(visit.is_unpinned, others_in(given))):
        return made
    instance = instance_of(visit, origin, given, types)
    if instance is None:
        return made
    arguments = tuple(Argument(name, to_known(thing), False) for name, thing in given.items())
    sizes = tuple(Argument(name, known, False) for name, known in carried_in(instance, given, types))
    uses = session.uses.setdefault(id(origin.item), set())
    uses.add((span.source.path, span.start, plain(tuple(given.values())), plain(types)))
    if origin.item.name.id not in span.text:  # called by another name: a template
        uses.add(None)
    leaves = {leaf.key: came for leaf in leaves_in(module) if (came := came_to(session, leaf.key)) is not None}
    lengths_given(visit, instance, given, span)
    call = Called(BlockModule(instance, arguments, sizes), uses, leaves)
    return replace(module, call=call), told_better(output, output, session.at_last)


def leaves_in(module: Any) -> Iterator[Local]:
    """The sizes behind the loops in a group."""
    for item in every(module.layout):
        yield from item.leaves if isinstance(item, Loop) else ()
        yield from leaves_in(item.module) if isinstance(item, Entry) else ()


def came_to(session: Any, key: str) -> Came | None:
    size = session.came_to.get(key)
    turns = () if key in session.once else session.turned.get(key, ())  # a loop that turns at all comes to the same
    return None if size is None else Came(size, frozenset(turns))


def instance_of(visit: Any, origin: Origin, given: Mapping[str, Thing], types: Any) -> Instance | None:
    """The group over the names of its parameters and of the sizes that flow in: once for the same of these."""
    session = visit.session
    free = frozenset(name for name, thing in given.items() if visit.is_unpinned(thing))
    key = (id(origin.item), plain(tuple(given.values())), plain(types), free)
    if key not in session.calls:
        saved = session.need, session.modules, session.steps, session.stands_for, len(session.warnings)
        together = session.together.steps
        session.need, session.modules, session.steps = Need(mode=session.need.mode), 0, 0
        try:
            session.calls[key] = elaborated(type(visit)(session, origin.scope), origin, given, types)
        except CnnError:  # what it says has been said of the group itself
            session.calls[key] = None
        finally:
            session.need, session.modules, session.steps, session.stands_for, warned = saved
            session.together.steps = together
            del session.warnings[warned:]
    found: Instance | None = session.calls[key]
    return found


def elaborated(inner: Visit, origin: Origin, given: Mapping[str, Thing], types: Any) -> Instance:
    item, session = origin.item, inner.session
    assert isinstance(item, t.Alias) and isinstance(item.value, t.Group)
    inner.names = {name: own_spelling(name, thing, True) for name, thing in given.items()}
    inner.hidden, session.stands_for = {}, {}
    name_within(inner)
    inner.asks, inner.need = True, session.need
    session.stand(inner.names.values())
    flow = tuple(inner.spell_input(number, kind, {}) for number, kind in enumerate(types))
    inputs = tuple(inner.new(kind) for kind in flow)
    module, kind = inner.group(item.value.body, flow, item.name.id)
    assert module is not None
    settle_optional(inner)
    return Instance(
        item.name.id,
        "group",
        declared(inner, item, given, inner.would_be),
        inputs,
        starred=False,
        body=(Make("", module),),
        result=Result("tuple", ()),
        decided=inner.decided(kind),
        sizes=tuple(inner.hidden.items()),
        span=item.span,
        named=tuple(inner.named),
        sources=session.sources,
        ran=frozenset(inner.ran),
    )
