"""Statements: the flow from one to the next, names, loops and conditions."""

from __future__ import annotations

from keyword import iskeyword

from ..dims import Condition, Dim, TooLong
from ..graph import Choice, Known, Maker, Result, Value
from ..patterns import re
from ..problems import CnnError, Related, advise, fail
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from . import deciding, in_common
from .arithmetic import compare, truth
from .bindings import Bindings, without_value
from .gathered import lengths_in
from .gathering import POISONED, every
from .inputs import Pattern
from .sites import is_template, within
from .state import Place, absent, is_tensor, template_place, type_of
from .things import NoFlow, Routine, Thing, describe, has_tensor, is_same, lists_measured, raw, strip, turns_in
from .wording import known_early, numbered

WAYS = 2  # steps that an `if` takes beside those of the way that is gone
DECLARED = (t.ParamOf, t.Order, t.Init, t.Version)  # what a model or block is, not what a function computes


class Statements(Bindings):
    """Runs a body, statement by statement."""

    is_model: bool = False

    def run(self, body: Any) -> None:
        """The statements of a body, in order; raises CnnError."""
        for place, statement in enumerate(body):
            self.session.tick(statement.span)
            self.ran.add(statement.span.start)
            self.is_still = False
            if not self.is_definition and isinstance(statement, DECLARED):
                raise fail("not-in-def", statement.span)
            try:
                getattr(self, f"run_{type(statement).__name__.lower()}")(statement)
            except TooLong:
                raise fail("size-too-long", statement.span) from None
            if self.returned is not None:
                self.run_declarations(statement, body[place + 1 :])
                return

    def run_declarations(self, last: Any, rest: Any) -> None:
        """What stands behind a return: only what holds for the whole definition, wherever it is written."""
        never = [statement for statement in rest if not isinstance(statement, (t.Order, t.Init, t.Version))]
        returned, told = self.returned or last.span, [one for one in never if not isinstance(one, t.Faulty)]
        if isinstance(last, t.Return) and told:
            raise fail("after-return", told[0].span, Related("returned-here", returned))
        self.returned = None
        self.run([statement for statement in rest if statement not in never])
        self.returned = returned

    def run_faulty(self, node: t.Faulty) -> None:
        raise fail("poisoned", node.span)

    def run_do(self, node: t.Do) -> None:
        place = Place(self.flow)
        if isinstance(node.value, t.If):
            self.run_if_statement(node.value, place)
            return
        thing = self.stage(node.value, place, head=True)
        self.move(thing, place, node.span)
        self.flow = self.passed(thing, node.value) if self.templates else self.flow

    def move(self, thing: Thing, place: Place, span: Span) -> None:
        """A statement whose value is a tensor moves the flow."""
        if not has_tensor(thing):
            self.last_static, self.is_still = thing, True
            if not isinstance(thing, (Known, list, tuple, NoFlow)) and not place.used:
                given = re.match(r"[a-z_]\w*\(", span.text) if isinstance(thing, Maker) else None
                help = advise("block-makes-modules") if given else None
                raise fail("statement-without-effect", span, what=describe(thing), help=help)
            self.flow = thing if place.used else self.flow
            return
        if self.first_moves and self.first_moves[-1] is None:
            self.first_moves[-1] = place.used
        if self.side_branch is not None and place.taken:
            self.warn("after-side-branch", span, name=self.side_branch)
            self.excused.add(self.sidestepped.number)
        self.side_branch = None
        self.flow = thing

    # Names

    def run_assign(self, node: t.Assign) -> None:
        if is_template(node):
            self.assign_static(node)
            return
        place, before, self.title = Place(self.flow), self.flow, title_of(node)
        thing = self.stage(node.value, place, head=True)
        if isinstance(thing, NoFlow):
            raise without_value(thing, node)
        if not has_tensor(thing):
            if not self.first_moves and (found := numbered(node, thing, self.names, self.named)):
                self.named.append(found)
            self.bind(node.targets, thing, node)
            return
        named = self.bind(node.targets, thing, node)
        if len(node.targets) == 1:
            if isinstance(named, Value):
                self.move(named, place, node.span)
            self.note_side_branch(node, place, before)

    def note_side_branch(self, node: t.Assign, place: Place, before: Thing) -> None:
        """`skip = x -> proj: …`: a bare layer that follows takes the branch, and what flowed before is lost."""
        target = node.targets[0]
        if not place.used and isinstance(node.value, t.Pipeline) and isinstance(before, Value):
            assert isinstance(target, t.Name)
            if before not in self.input_values and before.number not in self.taken:
                self.side_branch = target.id
                self.sidestepped = before

    def assign_static(self, node: t.Assign) -> None:
        """A number, a list or a template gets a name."""
        if isinstance(node.value, (t.Label, t.Pipeline)):
            from .capitals import no_template

            no_template(node, self.scope, self.names)
        thing = self.evaluate(node.value, template_place())
        if has_tensor(thing) and not is_template(node):
            raise fail("tensor-not-known", node.value.span, what=describe(thing))
        self.bind(node.targets, thing, node)

    # Conditions

    def run_if_statement(self, node: t.If, place: Place) -> None:
        """An `if` that stands alone. If its arm starts from a named value, the flow after it is undefined; but not of
        one that is a value's, nor at sizes that are numbers this time: of the file, which way is gone is open."""
        self.first_moves.append(None)
        is_value = id(node) in self.valued
        flow = self.run_if(node, place) if is_value else self.run_ways(node, place)
        named = self.first_moves.pop() is False and self.returned is None
        if not has_tensor(flow) and not isinstance(flow, NoFlow):
            return
        is_open = named and not is_value and not self.session.at and not isinstance(flow, NoFlow)
        self.flow = NoFlow("flow-undefined", (node.span,), flow) if is_open else flow
        if not is_same(flow, place.flow):
            self.note_move(not named)

    def run_if(self, node: t.If, place: Place) -> Thing:
        """An `if` that is a value; one at the end of a way of it is that way's."""
        ends = (way[-1] for way in (node.body, node.otherwise) if way)
        self.valued.update((id(node), *(id(end.value) for end in ends if isinstance(end, t.Do))))
        return self.run_ways(node, place)

    def run_ways(self, node: t.If, place: Place) -> Thing:
        """The value after an `if`: compile-time, unless it is on `training` or on a free size."""
        self.session.tick(node.span, WAYS)
        self.session.copied(node.span, self.names)
        if self.mentions_training(node.condition):
            if place.template:
                raise fail("training-as-value", node.condition.span)
            return deciding.of_tensors(self, node, self.training_if(node, place), "training-as-value")
        condition = self.tested(node.condition)
        if place.template:
            return self.if_value(node, condition)
        if isinstance(condition, Known) and isinstance(condition.value, Condition):
            return deciding.of_tensors(self, node, self.size_if(node, condition, place), "ternary-on-free-size")
        return self.static_if(node, condition, place)

    def if_value(self, node: t.If, condition: Thing) -> Thing:
        """`n = if big { 8 } else { 4 }`: the value of the arm's last statement."""
        if isinstance(condition, Known) and isinstance(condition.value, Condition):
            raise fail("ternary-on-free-size", node.condition.span, condition=node.condition.span.text)
        self.pin_unsaid(condition)
        arm = (node.body if truth(condition) else node.otherwise) or ()
        for statement in arm:
            if isinstance(statement, t.Faulty):
                self.run_faulty(statement)
        for statement in arm[:-1]:
            if not isinstance(statement, t.Assign):
                raise fail("not-known-statement", statement.span)
            self.assign_static(statement)
        if not arm or not isinstance(arm[-1], t.Do):
            raise fail("if-without-value", node.span)
        return self.evaluate(arm[-1].value, template_place())

    def static_arm(self, node: t.If) -> Any:
        """The statements of the arm that a compile-time condition takes, or None."""
        return self.decision(node)[1]

    def decision(self, node: t.If, open: bool = False) -> tuple[Known, Any]:
        """A compile-time condition, and the arm that it takes, or None; it is pinned, or left to who asks for it."""
        if self.mentions_training(node.condition):
            raise fail("training-in-group", node.condition.span)
        condition = self.tested(node.condition)
        if isinstance(condition, Known) and isinstance(condition.value, Condition):
            raise fail("module-on-free-size", node.condition.span, condition=node.condition.span.text)
        if not open:
            self.pin(condition, told=True)
        known = Known(truth(condition), getattr(condition, "spellings", ()))
        return known, node.body if known.value else node.otherwise

    def static_if(self, node: t.If, condition: Thing, place: Place) -> Thing:
        taken = truth(condition)
        outer, before, names = self.steps, self.flow, dict(self.names)
        is_open, watch = deciding.is_open(self, condition), deciding.Watch(self, ())
        if is_open:
            from . import results
        to_end = results.ways_to_end(self, node) if is_open else None
        beyond = None if self.is_definition else self.rest
        ways = (to_end or (node.body, node.otherwise or ()))[:: 1 if taken else -1]
        other = self.way_not_gone(ways[1], condition, place, to_end is not None) if is_open else None
        self.steps, self.flow, self.last_static = [], place.flow, None
        self.first_moves.append(None)
        with deciding.in_way(self, condition, taken):
            self.run_all(ways[0], () if to_end else beyond)
        said = in_common.meet(self, condition, other, watch, node.span.start) if is_open and not to_end else ()
        if to_end:
            results.meet_at_end(self, condition, other, watch, node)
        elif not is_open:
            self.pin(condition, told=True)
        gives = () if to_end else deciding.given_behind(self, node, ways)
        if not to_end or any(isinstance(statement, t.Init) for statement in self.body):
            self.pin_bound(names, condition, said)
        moved = self.first_moves.pop()
        body, self.steps = self.steps, outer
        known = Known(taken, known_early(getattr(condition, "spellings", ())))
        self.emit(Choice(node.span.start, known, taken, tuple(body), gives=gives))
        after, self.flow = self.flow, before
        if moved is not None:
            place.used = place.used or moved
            self.note_move(moved)
        elif self.last_static is not None and not to_end:
            self.pin_unsaid(condition)
            return self.last_static
        return after

    def way_not_gone(self, way: Any, condition: Thing, place: Place, last: bool) -> Any:
        """Its names, its flow and where it returned; what it gives, where it is the `last`."""
        from . import results

        def run(side: Any, flow: Thing) -> Any:
            side.steps, side.flow = [], flow
            side.first_moves.append(None)
            side.run_all(way, () if last else None)
            return results.ended(side) if last else (side.names, side.flow, side.returned)

        return deciding.tried(self, condition, place.flow, run)

    def note_move(self, used: bool) -> None:
        if self.first_moves and self.first_moves[-1] is None:
            self.first_moves[-1] = used

    # Expectations and results

    def run_expect(self, node: t.Expect) -> None:
        if isinstance(node.what, t.Shape):
            if isinstance(self.flow, NoFlow):
                if self.flow.reason != POISONED:
                    raise absent(self.flow, node.span)
                self.flow = self.new(self.taken_for(node.what))
                return
            try:
                self.refuse_by_mode([self.flow.number] if isinstance(self.flow, Value) else ())
                self.settle_flow(self.flow)
                pattern = Pattern(self)
                pattern.match(node.what, type_of(self.flow), node.span, self.flow)
            except CnnError as error:
                raise self.with_origin(error, self.flow, node.span) from None
            self.steps += self.asked_again(pattern, node)
            return
        self.steps += self.expect_condition(node)

    def asked_again(self, pattern: Pattern, node: t.Expect) -> Iterator[Choice]:
        """What a class asks for, so that other arguments meet an expected shape, too."""
        for wanted, actual in pattern.met if self.is_definition and self.session.for_code else ():
            ways = [] if {*wanted.spellings} & {*actual.spellings} else compare("==", wanted, actual).spellings
            if ways:
                yield Choice(node.span.start, Known(True, tuple(ways)), True, (), expected=said(node))

    def taken_for(self, shape: t.Shape) -> TensorType:
        """What flows after a mistake, where the author says it; raises CnnError if it cannot be known."""
        sizes = [size for size in shape.sizes if isinstance(size, t.Rest) or Pattern(self).fresh_names(size)]
        if sizes:
            raise fail(POISONED, shape.span)
        return Pattern(self).build(shape)

    def expect_type(self, node: t.Expect, types: Any) -> list[Choice]:
        """`expect` inside a group."""
        if not isinstance(node.what, t.Shape):
            return self.expect_condition(node)
        pattern = Pattern(self)
        pattern.match(node.what, types[0], node.span)
        return [*self.asked_again(pattern, node)]

    def expected(self, node: Any, condition: Any) -> CnnError:
        """The problem of a condition that does not hold, with what its names hold."""
        held = {part.id: self.names.get(part.id) for part in within(condition) if isinstance(part, t.Name)}
        values = [f"`{name}` is {strip(thing.value)}" for name, thing in held.items() if isinstance(thing, Known)]
        values += [f"`{name}` is {thing.type}" for name, thing in held.items() if thing and is_tensor(thing)]
        return fail("expectation-failed", node.span, text=condition.span.text, values=values)

    def expect_condition(self, node: t.Expect) -> list[Choice]:
        """`expect heads > 1`, met by the values at hand; gives what the class is to ask for again."""
        assert not isinstance(node.what, t.Shape)
        thing = self.evaluate(node.what, template_place())
        condition = self.condition(thing, node.what.span)
        if not isinstance(raw(condition), (bool, Condition)):
            meant = f"expect [{node.what.span.text.strip('()')}]"
            help = advise("write", meant=meant) if isinstance(thing, (tuple, list)) else None
            raise fail("not-a-condition", node.what.span, what=describe(thing), help=help)
        if isinstance(condition, Known) and isinstance(condition.value, Condition):
            self.pin(condition, told=True)
            self.session.need.that(condition.value, f"expect {node.what.span.text}")
            self.session.mark(node.span)
            return []
        if not truth(condition):
            self.pin(condition, told=True)
            raise self.expected(node, node.what)
        if not isinstance(condition, Known) or not condition.spellings or not self.is_definition:
            self.pin(condition, told=True)
            return []
        return [Choice(node.span.start, Known(True, condition.spellings), True, (), expected=said(node))]

    def run_return(self, node: t.Return) -> None:
        self.session.tick(node.span, len(node.items))
        items = every(node.items, self.result_item)
        if self.is_definition:
            things = [thing for _, thing in items]
            self.give_lists([*lengths_in(things)])
            self.give_tensors(things, node.span)
        self.result = Result(result_kind(node, items), tuple(items), node.span)
        self.returned = node.span

    def give_lists(self, lengths: list[Known]) -> None:
        """Who calls a block takes its results one by one; of a model's, the docstring says how many there are."""
        if self.is_model:
            self.many |= lists_measured(self.session.behind(frozenset().union(*map(turns_in, lengths))))
        else:
            self.pin_unsaid(*lengths)

    def give_tensors(self, things: list[Thing], span: Span) -> None:
        """What loops add up, or gather, is some only if they turn."""
        if self.unsure or self.session.gathers:
            from .turns_needed import look_at_result

            look_at_result(self, things, span)

    def result_item(self, item: Any) -> tuple[str | None, Thing]:
        thing = self.stage(item.value, Place(self.flow), head=True)
        if self.makes_modules and not has_tensor(thing):
            raise fail("return-without-tensor", item.span, what=describe(thing))
        if self.makes_modules and (stranger := next(strangers(thing), None)) is not None:
            raise fail("return-without-tensor", item.span, what=describe(stranger))
        return item.name, thing

    # Functions of the file

    def call_routine(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Thing:
        return self.run_routine(routine, arguments, place, node, incoming)


def title_of(node: t.Assign) -> str | None:
    """What a list is called that an assignment makes: `ys = [...]`, `ys = x -> convs: [...]`."""
    value, target = node.value, node.targets[0]
    last = value.stages[-1] if isinstance(value, t.Pipeline) else value
    is_list = isinstance(last.value if isinstance(last, t.Label) else last, t.List)
    return target.id if is_list and len(node.targets) == 1 and isinstance(target, t.Name) else None


def strangers(thing: Thing) -> Iterator[Thing]:
    """What stands in a list beside tensors and is no number either: templates, functions, labels."""
    if isinstance(thing, (list, tuple)):
        for part in thing:
            yield from strangers(part)
    elif not isinstance(thing, (Value, NoFlow)) and not isinstance(raw(thing), (Dim, int, float, str, type(None))):
        yield thing


def said(node: t.Expect) -> str:
    return node.what.span.told


def result_kind(node: t.Return, items: list[tuple[str | None, Thing]]) -> Any:
    """one, tuple, named or dict; raises CnnError for a mixture."""
    named = [name for name, _ in items if name is not None]
    if len(set(named)) != len(named):
        raise fail("return-name-twice", node.span)
    if node.is_dict:
        return "dict"
    for item, (name, _) in zip(node.items, items, strict=True):
        if name is not None and not is_field_name(name):
            raise fail("bad-result-name", item.span, name=name)
    if named and len(named) != len(items):
        raise fail("return-mixture", node.span)
    return "named" if named else ("one" if len(items) == 1 else "tuple")


def is_field_name(name: str) -> bool:
    """Whether a named tuple can have a field of this name."""
    return not (iskeyword(name) or name.startswith("_") or hasattr(tuple, name))
