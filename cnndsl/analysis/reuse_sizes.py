"""Blocks that differ in nothing but the fixed sizes of what they are given, of which their text reads none.

In a dense network each layer takes more channels than the one before, and does the same with them. Such a block is
visited once; for its likes the rules of its layers are asked again, in the order of its steps, and nothing else is. Of
which blocks that holds is read off the text: layers alone, on conditions of their parameters.
"""

from __future__ import annotations

from ..graph import Apply, Choice, Instance, Make, Maker, Type, Value
from ..records import replace
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping
from .reuse_rates import Unlike, is_layer, tried
from .sites import is_capitalised, within
from .state import kind_of, template_place
from .things import Origin, Thing

STATIC = (t.Name, t.Number, t.Constant, t.Text, t.Keyword, t.Call, t.Unary, t.Binary, t.Compare, t.Ternary)


def like(visit: Any, origin: Origin, given: Mapping[str, Thing], types: Any, span: Span, key: Any) -> Any:
    """What `visit` gets for a block with other fixed sizes than one that is kept under `key`: the instance, what it
    gives and needs, and how many modules it makes. None if it could differ in more than its sizes.
    """
    session, item = visit.session, origin.item
    assert isinstance(item, t.Definition)
    old, *_, modules = session.unread[key]
    if id(item) not in session.reads_none:
        session.reads_none[id(item)] = reads_no_size(item)
    if not session.reads_none[id(item)] or old.layout or old.modes or old.named or old.decided.met:
        return None

    def replayed() -> Any:
        inner = visit.inside(origin, item, given, key[-1])
        inner.receive(types, item, span)
        inner.pinned = set(old.decided.pinned)  # of these nothing is asked
        if key not in session.makers:
            session.makers[key] = dict(makers_of(inner, item.body))
        found = Replay(inner, session.makers[key], old).instance()
        return found, kind_of(found.result), session.need, modules

    return tried(session, replayed)


def reads_no_size(item: t.Definition) -> bool:
    """Whether a block's text reads no size of what it is given."""
    inputs = {node.name.id for node in item.body if isinstance(node, t.Input)}
    is_chained = item.kind == "block" and all(map(is_chain, item.body))
    return is_chained and not any(isinstance(node, t.Name) and node.id in inputs for node in names_below(item.body))


def names_below(body: Iterable[Any]) -> Iterator[Any]:
    return (node for statement in body if not isinstance(statement, t.Input) for node in within(statement))


def is_chain(node: Any) -> bool:
    """Whether a statement or stage is of layers alone, on conditions perhaps, whose arguments name no tensor."""
    match node:
        case t.Input(shape=None, where=None, starred=False) | t.Version():
            return True
        case t.Do(value=value):
            return is_chain(value)
        case t.Pipeline(stages=stages):
            return all(map(is_chain, stages))
        case t.If(condition=condition, body=body, otherwise=otherwise):
            return is_static(condition) and all(map(is_chain, (*body, *(otherwise or ()))))
        case t.Label(target=target, value=t.Name() | t.Call() as value):
            return is_static(target) and is_chain(value)
        case t.Name():
            return is_capitalised(node)
        case t.Call(function=function, arguments=arguments):
            return is_capitalised(function) and all(map(is_static, arguments))
    return False


def is_static(node: Any) -> bool:
    return all(isinstance(inner, STATIC) for inner in within(node))


def makers_of(visit: Any, body: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The templates of a body that is written so, by the spans of the steps that make their modules."""
    for node in body:
        match node:
            case t.Do(value=value):
                yield from makers_of(visit, (value,))
            case t.Pipeline(stages=stages):
                yield from makers_of(visit, stages)
            case t.If(body=inner, otherwise=otherwise):
                yield from makers_of(visit, (*inner, *(otherwise or ())))
            case t.Label(value=value) | (t.Name() | t.Call() as value):
                yield id(node.span), visit.evaluate(value, template_place())


class Replay:
    """The steps of an instance on inputs of other sizes; raises CnnError, or Unlike if there is more to them."""

    def __init__(self, visit: Any, makers: Mapping[int, Any], old: Instance) -> None:
        self.visit, self.makers, self.old = visit, makers, old
        pairs = zip(old.inputs, visit.input_values, strict=True)
        self.values = {id(before): replace(before, type=now.type) for before, now in pairs}
        self.types: dict[int, Type] = {value.number: value.type for value in old.inputs}  # that they had before
        self.made: dict[str, tuple[Any, Any]] = {}

    def instance(self) -> Instance:
        inputs = tuple(map(self.value, self.old.inputs))
        body = tuple(self.steps(self.old.body))
        items = tuple((name, self.value(value)) for name, value in self.old.result.items)
        return replace(self.old, inputs=inputs, body=body, result=replace(self.old.result, items=items))

    def value(self, old: Any) -> Value:
        """What stands for a value now; a value that was made and is of another type where it is used is none."""
        if id(old) in self.values:
            return self.values[id(old)]
        if not (old.instead or old.behind) or old.type is not self.types.get(old.number):
            raise Unlike
        now = next(value for value in self.values.values() if value.number == old.number)
        known: Value = replace(old, type=now.type)
        self.values[id(old)] = known
        return known

    def steps(self, steps: tuple[Any, ...]) -> Iterator[Any]:
        for place, step in enumerate(steps):
            if isinstance(step, Choice):
                body = tuple(self.steps(step.body))
                yield replace(step, body=body, gives=tuple((mark, self.value(value)) for mark, value in step.gives))
            elif isinstance(step, Make):
                yield self.make(step, steps[place + 1] if place + 1 < len(steps) else None)
            elif isinstance(step, Apply) and step.path in self.made and isinstance(step.target, Value):
                module, output = self.made.pop(step.path)
                self.values[id(step.target)] = target = replace(step.target, type=output)
                self.types[target.number] = step.target.type
                yield replace(step, target=target, inputs=tuple(map(self.value, step.inputs)), module=module)
            else:
                raise Unlike

    def make(self, step: Make, use: Any) -> Make:
        """A layer that is applied at once, and nowhere else."""
        maker = self.makers.get(id(step.span))
        if not isinstance(maker, Maker) or not is_layer(maker.target):
            raise Unlike
        if not isinstance(use, Apply) or use.path != step.path or use.options:
            raise Unlike
        types = tuple(self.value(value).type for value in use.inputs)
        self.made[step.path] = made = self.visit.layer_module(maker, maker.target, types, step.span, {})
        return replace(step, module=made[0])
