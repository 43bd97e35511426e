"""Blocks that differ in nothing but a rate: a number that goes, as it is, to one of their layers and nowhere else.

Networks give each block a rate of dropout of its own. Such a block is elaborated once; of its likes only the layers
that take the rate are made anew. For which parameters that holds is read off the text.
"""

from __future__ import annotations

from ..graph import Apply, Branch, Choice, Instance, Make, Maker
from ..layers.base import Layer
from ..lean import Counter
from ..loops import every
from ..problems import CnnError
from ..records import replace
from ..shapes import Need
from ..syntax import tree as t
from ..typed import Any, Callable, Iterable, Iterator, Mapping
from .deciding import everything
from .resolve import bound_names
from .sites import is_capitalised, is_template, within
from .state import template_place, types_of
from .things import Origin, Thing, plain, strip, to_known

LITERAL = (t.Name, t.Number, t.Constant, t.Text, t.Keyword)  # what stands in the arguments of a layer that takes a rate
Sites = Mapping[int, t.Call]  # calls of layers, by what stands where a step was written


class Unlike(Exception):
    """A block is not like another one for all but its rates."""


def like(visit: Any, origin: Origin, given: Mapping[str, Thing], before: Mapping[str, Thing], made: Any) -> Any:
    """What `visit` gets for a block with other fractions than `before`, of what was made then: the instance, what it
    gives and needs, and how many modules it makes. None if that could differ in more than its rates.
    """
    item, (old, output, need, modules) = origin.item, made
    assert isinstance(item, t.Definition)
    changed = frozenset(name for name, thing in given.items() if plain(thing) != plain(before[name]))
    key = id(item), changed
    sites = visit.session.rates[key] if key in visit.session.rates else sites_of(item, changed)
    visit.session.rates[key] = sites
    if sites is None or old.layout or any(isinstance(step, Branch) for step in every(old.body)):
        return None

    def remade() -> Any:
        body = tuple(Remade(visit.definition_visit(origin, item, given), sites, old).steps(old.body))
        if asks_more(visit.session.need, need):
            raise Unlike
        values = {name: to_known(strip(given[name])) for name in changed}
        parameters = [replace(p, value=values[p.name]) if p.name in changed else p for p in old.parameters]
        return replace(old, parameters=tuple(parameters), body=body), output, need, modules

    return tried(visit.session, remade)


def tried(session: Any, make: Callable[[], Any]) -> Any:
    """What `make` gives, which asks with a need of its own; None for a block that is not like the other one."""
    outer, session.need, names = session.need, Need(mode=session.need.mode), session.stands_for
    try:
        return make()
    except (CnnError, Unlike):
        return None
    finally:
        session.need, session.stands_for = outer, names


def asks_more(need: Need, old: Need) -> bool:
    """Whether anything is required that was not."""
    return not {condition for condition, _ in everything(need)} <= {condition for condition, _ in everything(old)}


class Remade:
    """The steps of an instance with the layers at some sites made anew; raises CnnError, or Unlike if that cannot be.

    What stands at a site is a layer, or nothing is made there.
    """

    def __init__(self, visit: Any, sites: Sites, old: Instance) -> None:
        self.visit = visit
        self.makers = {place: visit.evaluate(call, template_place()) for place, call in sites.items()}
        if not all(isinstance(maker, Maker) and is_layer(maker.target) for maker in self.makers.values()):
            raise Unlike
        self.applied: dict[str, list[Apply]] = {}
        for step in every(old.body):
            if isinstance(step, Apply):
                self.applied.setdefault(step.path, []).append(step)
        self.made: dict[str, Any] = {}

    def steps(self, steps: Iterable[Any]) -> Iterator[Any]:
        for step in steps:
            if isinstance(step, Choice):
                yield replace(step, body=tuple(self.steps(step.body)))
            elif isinstance(step, Make) and id(step.span) in self.makers:
                self.made[step.path] = module = self.layer(step)
                yield replace(step, module=module)
            elif isinstance(step, Apply) and step.path in self.made:
                yield replace(step, module=self.made[step.path])
            else:
                yield step

    def layer(self, step: Make) -> Any:
        """The layer of a step with the arguments that it has now: it is used once, and gives what it gave."""
        maker, uses = self.makers[id(step.span)], self.applied.get(step.path, [])
        if len(uses) != 1 or uses[0].options:
            raise Unlike
        (use,) = uses
        module, output = self.visit.layer_module(maker, maker.target, types_of(use.inputs), step.span, {})
        if output != getattr(use.target, "type", None):
            raise Unlike
        return module


def is_layer(target: Any) -> bool:
    return isinstance(target, type) and issubclass(target, Layer)


def sites_of(item: t.Definition, names: frozenset[str]) -> Sites | None:
    """Where these parameters are given to layers, by the spans of the steps; None if they are used otherwise, too."""
    nodes = within(item)
    if any(isinstance(node, t.Faulty) for node in nodes):
        return None
    bound = Counter(bound_names(item))
    calls = {id(span): call for span, call in stages(item.body) if takes(call, names)}
    written = Counter(node.id for node in nodes if isinstance(node, t.Name))
    given = Counter(name.id for call in calls.values() for name in named(call))
    if any(bound[name] != 1 or written[name] != 1 + given[name] for name in names):
        return None
    parameters = {parameter.name.id for parameter in item.parameters}
    alone = all(name in parameters and bound[name] == 1 for name in given)
    makers = {call.function.id for call in calls.values() if isinstance(call.function, t.Name)}
    return calls if alone and all(bound[name] == (name in parameters) for name in makers) else None


def takes(call: t.Call, names: frozenset[str]) -> bool:
    return any(name.id in names for name in named(call))


def named(call: t.Call) -> list[t.Name]:
    """The names among the arguments of a call."""
    return [node for argument in call.arguments for node in within(argument) if isinstance(node, t.Name)]


def stages(body: Iterable[Any]) -> Iterator[tuple[Any, t.Call]]:
    """The calls that are stages of a body, those under its conditions included, with the spans of the steps that they
    make: calls by a capitalised name, whose arguments are names and literals.
    """
    for node in body:
        match node:
            case t.Do(value=value):
                yield from stages((value,))
            case t.Assign(value=value) if not is_template(node):
                yield from stages((value,))
            case t.Pipeline(stages=inner):
                yield from stages(inner)
            case t.If(body=inner, otherwise=otherwise):
                yield from stages((*inner, *(otherwise or ())))
            case t.Label(value=t.Call() as call) | (t.Call() as call) if is_plain(call):
                yield node.span, call


def is_plain(call: t.Call) -> bool:
    """Whether a call is by a capitalised name, and its arguments are names and literals."""
    nodes = [node for argument in call.arguments for node in within(argument)]
    plain_text = all(node.plain is not None for node in nodes if isinstance(node, t.Text))
    by_name = isinstance(call.function, t.Name) and is_capitalised(call.function)
    return by_name and plain_text and all(isinstance(node, LITERAL) for node in nodes)
