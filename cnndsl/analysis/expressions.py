"""What an expression stands for: compile-time values, and tensor arithmetic. Modules are made in stages.py."""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import NUMBERS
from ..functions import lookup as function_named
from ..functions.rules import binary as operator_type
from ..functions.rules import negative
from ..graph import Apply, BlockModule, Cut, Known, Maker, Operate, Pick, Value
from ..layers import lookup as layer_named
from ..loops import Gathered
from ..problems import CnnError, Related, fail
from ..records import replace
from ..shapes import Misfit, TensorType
from ..source import Span
from ..spelled import Spelled
from ..syntax import tree as t
from ..typed import Any
from . import arithmetic
from .gathering import FATAL, every, is_silent
from .listing import Listing, measure
from .program import Scope
from .resolve import PYTHON, python_path
from .sites import factors, is_capitalised
from .state import Callee, Place, is_tensor, template_place
from .steady_uses import pin_unsteady_operator
from .things import (
    Label,
    Origin,
    Part,
    Tapped,
    Thing,
    describe,
    has_tensor,
    number_of,
    raw,
    strip,
)


class Expressions(Listing):
    """Evaluates expressions. Where a maker stands in a making position, `make_here` of stages.py takes over."""

    def evaluate(self, node: Any, place: Place) -> Thing:
        """The thing that an expression stands for in this place; raises CnnError."""
        return getattr(self, f"eval_{type(node).__name__}")(node, place)

    def constant(self, item: t.Const, home: Scope, span: Span) -> Thing:
        """A `const`, evaluated once, where it is written."""
        session, key = self.session, id(item)
        if key not in session.constants:
            if key in session.evaluating:
                raise fail("const-of-itself", span, Related("declared-here", item.name.span), name=item.name.id)
            session.enter(span, item.name.id)
            session.evaluating.add(key)
            try:
                session.constants[key] = self.constant_value(item, home)
            except CnnError as error:
                if any(problem.code in FATAL for problem in error.problems):  # no fault of the constant itself
                    raise
                session.constants[key] = error
            finally:
                session.evaluating.discard(key)
                session.leave()
        if isinstance(found := session.constants[key], CnnError):
            raise found
        return found

    def constant_value(self, item: t.Const, home: Scope) -> Thing:
        thing = type(self)(self.session, home).static(item.value)
        if isinstance(thing, Maker) and not is_capitalised(item.name):
            raise fail("template-not-capitalised", item.name.span, name=item.name.id)
        return strip(thing)

    # Overridden in stages.py

    def make_here(self, maker: Any, node: Any, place: Place) -> Thing:
        raise NotImplementedError

    def apply_label(self, label: Label, things: tuple[Thing, ...], node: Any, options: Any = ()) -> Thing:
        raise NotImplementedError

    def call(self, node: t.Call, place: Place, incoming: Thing = None) -> Thing:
        raise NotImplementedError

    def given(self, maker: Maker, node: t.Call, incoming: Place | None) -> Maker:
        raise NotImplementedError

    def pipeline(self, node: t.Pipeline, place: Place) -> Thing:
        raise NotImplementedError

    def stage(self, node: Any, place: Place, head: bool) -> Thing:
        raise NotImplementedError

    def run_if(self, node: t.If, place: Place) -> Thing:
        raise NotImplementedError

    def branches(self, node: t.List, place: Place) -> Thing:
        raise NotImplementedError

    def repeat(self, node: t.Binary, place: Place) -> Thing:
        raise NotImplementedError

    # Literals

    def eval_Number(self, node: t.Number, place: Place) -> Known:  # noqa: N802
        return Known(node.value)

    def eval_Constant(self, node: t.Constant, place: Place) -> Known:  # noqa: N802
        return Known(node.value)

    def eval_Rest(self, node: t.Rest, place: Place) -> Thing:  # noqa: N802
        raise fail("rest-outside-shape", node.span)

    def eval_Name(self, node: t.Name, place: Place) -> Thing:  # noqa: N802
        thing = self.find(node)
        if thing.__class__ is Value:
            return thing
        if isinstance(thing, Maker) and not place.template:
            return self.make_here(thing, node, place)
        if isinstance(thing, Label):
            if place.template:
                raise fail("label-as-value", node.span, name=node.id)
            return self.apply_label(thing, (self.take(place, node.span),), node)
        return thing

    def eval_Spread(self, node: t.Spread, _: Place) -> Thing:  # noqa: N802
        """`*values` where no list of several is: lists and calls take theirs apart themselves."""
        raise fail("syntax", node.span, found="*")

    def eval_Call(self, node: t.Call, place: Place) -> Thing:  # noqa: N802
        return self.call(node, place)

    def eval_Pipeline(self, node: t.Pipeline, place: Place) -> Thing:  # noqa: N802
        if place.template:
            raise fail("pipeline-as-template", node.span)
        return self.pipeline(node, place)

    def eval_If(self, node: t.If, place: Place) -> Thing:  # noqa: N802
        return self.run_if(node, place)

    def eval_Label(self, node: t.Label, place: Place) -> Thing:  # noqa: N802
        if place.template:
            raise fail("label-in-template", node.span)
        return self.stage(node, place, head=True)

    def eval_Group(self, node: t.Group, place: Place) -> Thing:  # noqa: N802
        if place.template:
            raise fail("group-as-template", node.span)
        return self.make_here(node, node, place)

    # Lists

    def eval_List(self, node: t.List, place: Place) -> Thing:  # noqa: N802
        return self.branches(node, place)

    # Operators

    def operand(self, node: Any, place: Place) -> Thing:
        """What is calculated with, or indexed."""
        try:
            return self.evaluate(node, place)
        except CnnError as error:
            if is_silent(error):
                raise
            from .hints import as_operand

            raise as_operand(error, node, self.labels) from None

    def eval_Unary(self, node: t.Unary, place: Place) -> Thing:  # noqa: N802
        if node.operator == "not":
            return self.kept(arithmetic.negation(thing := self.tested(node.operand, "not")), thing)
        thing = self.evaluate(node.operand, place)
        if is_tensor(thing) and node.operator == "-":
            kind = self.ruled(node, lambda: negative(self.session.need, thing.type))
            return self.operation("-", (thing,), kind, node.span)
        if is_tensor(thing) and node.operator == "+":
            from .hints import one_sided

            raise one_sided(node, place.arrived and not place.used)
        return self.kept(self.ruled(node, lambda: arithmetic.unary(node.operator, thing)), thing)

    def eval_Binary(self, node: t.Binary, place: Place) -> Thing:  # noqa: N802
        if node.operator in ("and", "or"):
            return self.connect(node, place)
        if node.operator == "*" and not place.template and self.is_chain(node.left) and self.is_count(node.right):
            return self.repeat(node, place)
        left, right = every((node.left, node.right), lambda side: self.operand(side, place))
        if is_tensor(left) or is_tensor(right):
            return self.tensor_binary(node, left, right)
        for side, thing in ((node.left, left), (node.right, right)):
            if isinstance(thing, (Value, Maker, Callee)):
                raise fail("not-an-operand", side.span, what=describe(thing), operator=node.operator)
        result = self.ruled(node, lambda: arithmetic.binary(node.operator, left, right))
        if (written := factors(node)) and isinstance(result, Known) and type(result.value) is int:
            sizes = tuple(number_of(self.evaluate(factor, place)) for factor in written)
            result = replace(result, value=Spelled(result.value, (), sizes))
        self.session.tick(node.span, len(result) // 100 if isinstance(result, list) else 0)  # a copy is work
        self.note_read(result, left, right)
        if isinstance(result, (list, tuple)):  # its items say what they are
            self.pin_unsaid(*map(measure, (left, right)))
        else:
            self.pin_lost(result, left, right)
        return result

    def is_chain(self, node: Any) -> bool:
        """Whether an expression is a maker, or a bracketed chain of makers: what `* n` repeats."""
        match node:
            case t.Name():
                return self.is_maker_name(node)
            case t.Call(function=t.Name() as name):
                return self.is_maker_name(name)
            case t.Label(value=value):
                return isinstance(value, t.Group) or self.is_chain(value)
            case t.Pipeline(from_flow=False):
                return all(self.is_chain(stage) for stage in node.stages)
            case t.Group():
                return True
        return False

    def is_count(self, node: Any) -> bool:
        """Whether `* node` repeats: times a tensor it is a product."""
        count = self.try_static(node, template_place())
        return not (count is None or has_tensor(count))

    def is_maker_name(self, node: t.Name) -> bool:
        if node.id not in self.names and node.id in self.written_labels:
            return False
        try:
            thing = self.find(node)
        except CnnError:
            is_unknown = node.id not in self.names and node.id not in PYTHON  # which is told where it is used
            return is_unknown and is_capitalised(node)
        return isinstance(thing, Maker) or (node.id[:1].isupper() and thing == Known(None))

    def ruled(self, node: Any, rule: Any, things: tuple[Thing, ...] = ()) -> Any:
        """The result of a rule, its refusal placed at the expression."""
        try:
            result = rule()
            self.session.mark(node.span)
            return result
        except Misfit as error:
            raise self.misfit_of(error, node.span, things) from None

    def tensor_binary(self, node: t.Binary, left: Thing, right: Thing) -> Value:
        self.session.tick(node.span)
        for side, thing, other in ((node.left, left, right), (node.right, right, left)):
            if not (is_tensor(thing) or (isinstance(thing, Known) and isinstance(thing.value, NUMBERS))):
                from .several import no_operand

                raise self.with_origin(no_operand(side, thing, node.operator, other), thing, node.span)
            self.note_number(side, thing)
        if node.operator == "*" and t.Number in (node.left.__class__, node.right.__class__):
            from .idle import copies_meant

            for facts in copies_meant(node, self.is_chain):
                self.warn("product-for-copies", node.span, None, **facts)
        sides = (raw(left), raw(right))
        try:
            need = self.session.need
            kind = self.ruled(node, lambda: need.storable(operator_type(need, node.operator, *sides)), (left, right))
        except CnnError as error:
            from .hints import loosest

            raise loosest(error, node) from None
        rule = lambda new, need: operator_type(need, node.operator, *new)  # noqa: E731
        pin_unsteady_operator(self, node.operator, sides, rule, kind)
        return self.operation(node.operator, (left, right), kind, node.span)

    def operation(self, sign: str, operands: tuple[Thing, ...], kind: TensorType, span: Span) -> Value:
        arithmetic.refuse_long(operands, span)
        value = self.new(kind)
        self.emit(Operate(value, sign, operands, span))
        return value

    # Indexing and attributes

    def eval_Index(self, node: t.Index, place: Place) -> Thing:  # noqa: N802
        names = [item for item in node.items if isinstance(item, t.Text)]
        if len(names) == len(node.items) and (maker := self.maybe_whole(node.value)) is not None:
            tapped = Maker(maker.name, Tapped(maker, tuple(map(self.text, names))))
            return tapped if place.template else self.make_here(tapped, node, place)
        source = self.operand(node.value, place)
        items = tuple(self.subscript(item, place) for item in node.items)
        self.session.tick(node.span, len(items))
        self.session.weigh(node.span, *([source] if any(isinstance(item, Cut) for item in items) else ()))
        if isinstance(source, Value) and isinstance(source.type, TensorType):
            need, picked = self.session.need, tuple(map(arithmetic.raw_item, items))
            from ..functions.indexing import free_bounds
            from ..functions.indexing import index as index_type
            from .sided import pin_unsteady_index

            self.session.tick(node.span, 4 * sum(map(free_bounds, picked)))  # each is held against the size

            kind = self.ruled(node, lambda: need.filled(index_type(need, source.type, picked)), (source,))
            pin_unsteady_index(self, source.type, items, node.items, kind)
            self.emit(Pick(value := self.new(kind), source, items, node.span))
            return value
        picked = self.pick_static(node, source, items)
        return self.make_here(picked, node, place) if isinstance(picked, Maker) and not place.template else picked

    def maybe_whole(self, node: Any) -> Maker | None:
        """What can be tapped: a model, or a child of one."""
        if isinstance(node, t.Attribute) and (maker := self.maybe_maker(node.value)) is not None:
            return Maker(maker.name, Part(maker, node.name))
        return self.maybe_maker(node)

    def maybe_maker(self, node: Any) -> Maker | None:
        if not self.is_chain(node) or not isinstance(node, (t.Name, t.Call)):
            return None
        thing = self.evaluate(node, template_place())
        return thing if isinstance(thing, Maker) else None

    def subscript(self, item: Any, place: Place) -> Thing:
        if isinstance(item, t.Slice):
            ends = (item.start, item.stop, item.step)
            return Cut(*(Known(None) if end is None else self.evaluate(end, place) for end in ends))
        return self.evaluate(item, place)

    def pick_static(self, node: t.Index, source: Thing, items: tuple[Thing, ...]) -> Thing:
        """An item or slice of a list, a tuple, a string or a module's several results."""
        if len(items) != 1:
            from .rows import list_beside_list

            told = list_beside_list(node, describe(source))
            told = told or self.with_origin(fail("index-too-many", node.span, what=describe(source)), source, node.span)
            raise told
        item = items[0]
        source = self.listed(source) if isinstance(item, Cut) else source
        sequence = source.value if isinstance(source, Known) and isinstance(source.value, str) else source
        if isinstance(source, Value):
            self.pin_unsaid(item)
            return self.pick_result(node, source, item)
        if isinstance(source, Gathered):
            from .consumed import listed_at

            if (found := listed_at(self, source, item, node.span)) is not None:
                return found
        if not isinstance(sequence, (list, tuple, str)):
            raise fail("not-indexable", node.value.span, what=describe(source))
        try:
            picked = sequence[arithmetic.python_index(item)]
        except (IndexError, TypeError, ValueError):
            from .of_values import no_entry

            raise no_entry(source, len(sequence), item, node, self.body) from None
        return self.picked(source, item, Known(picked) if isinstance(picked, str) else picked)

    def pick_result(self, node: t.Index | t.Attribute, source: Value, item: Thing, name: str | None = None) -> Value:
        kinds = source.type
        if not isinstance(item, Known) or not isinstance(item.value, int) or not -len(kinds) <= item.value < len(kinds):
            raise fail("bad-index", node.span, what=describe(source), index=describe(item))
        value = self.new(kinds[item.value])
        self.emit(Pick(value, source, (item,), node.span, name))
        return value

    def eval_Attribute(self, node: t.Attribute, place: Place) -> Thing:  # noqa: N802
        python = python_path(node, self.names)
        maker = None if python else self.maybe_maker(node.value)
        is_stage = function_named(node.name) is not None or layer_named(node.name) is not None
        is_method = maker and is_stage and not isinstance(maker.target, Origin)
        named = isinstance(node.value, t.Name) and node.value.id
        if is_method or python or (named not in self.names and named in self.written_labels):
            from .of_modules import refused

            raise refused(node, maker, python, self.labels.get(str(named)))
        if maker is not None:
            part = Maker(maker.name, Part(maker, node.name))
            return part if place.template else self.make_here(part, node, place)
        source = self.evaluate(node.value, place)
        if is_tensor(source) and node.name == "shape":
            self.refuse_by_mode((source.number,))
            return tuple(self.size(source, axis) for axis in range(source.type.rank))
        if node.name in (names := self.result_names(source)):
            return self.pick_result(node, source, Known(names.index(node.name)), node.name)
        from .of_values import no_attribute

        raise no_attribute(source, node, names, self.labels)

    def result_names(self, source: Thing) -> list[str]:
        """The names of several results, `return low=a, high=b`, in order."""
        step = self.made.get(source.number) if isinstance(source, Value) else None
        module = step.module if isinstance(step, Apply) and step.target == source else None
        if not isinstance(module, BlockModule):
            return []
        modes = module.instance.modes if self.mode == "training" else ()
        result = next(iter(modes), module.instance.result)
        return [str(name) for name, _ in result.items] if result.kind == "named" else []

    def size(self, value: Value, axis: int) -> Known:
        """The size of an axis: a number with its spellings, or a free size that forward() reads off the tensor."""
        size = value.type.shape[axis]
        run_time = symbol(f"%{value.number}.{axis}")
        if isinstance(size, Dim):
            return Known(size, (run_time,))
        return Known(size, getattr(size, "spellings", ()))
