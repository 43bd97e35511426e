"""What stays in forward(): `if training`, conditions on free sizes; and the functions of a file, run inline."""

from __future__ import annotations

from ..dims import Condition, both, negate
from ..graph import Branch, Choice, Join, Known, Make, Maker, Result, Step, Value
from ..lean import suppress
from ..loops import Loop
from ..loops import every as steps_in
from ..problems import CnnError, advise, fail
from ..shapes import Need
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .arithmetic import truth
from .gathering import all_of, called_from, every
from .reuse_layers import seen
from .signatures import complete
from .sites import is_capitalised
from .stages import Stages
from .state import Place, template_place
from .things import NoFlow, Routine, Thing, has_tensor, is_same, strip, two_ends

NOTHING = Result("tuple", ())
FLOW = "->"  # what flows, among what names hold


class Arm:
    """What one way of a run-time branch left behind."""

    def __init__(self, visit: Runtime) -> None:
        self.steps: list[Step] = visit.steps
        self.names = visit.names
        self.flow = visit.flow
        self.mode = visit.mode
        self.result, self.returned, self.is_still = visit.result, visit.returned, visit.is_still

    def unseen(self, there: dict[str, Thing], before: dict[str, Thing]) -> Arm:
        """What the arm has left as it was is what it was before, whatever it was seen as there."""
        if there is not before:
            same = {name for name, thing in self.names.items() if thing is there.get(name)}
            self.names = {name: before[name] if name in same else thing for name, thing in self.names.items()}
            self.flow = before[FLOW] if self.flow is there[FLOW] else self.flow
        return self


class Runtime(Stages):
    """Branches that the generated code takes, and inlined functions."""

    is_definition: bool = False  # the body of a model or block, not of a `def`
    result: Result | None = None
    returned: Span | None = None
    rest: Any = None  # what follows the statement at hand, to the end of the definition; None where more comes
    parts: bool = False  # whether a way that forward() takes has returned
    side_branch: str | None = None
    sidestepped: Any = None  # what flowed before the side branch
    last_static: Thing = None  # the value of the last statement that moved nothing
    input_values: list[Value] = []  # noqa: RUF012
    moded: dict[str, dict[str, Thing]] | None = None  # names that exist in one mode only

    def run_all(self, body: Any, beyond: Any = None) -> None:
        """The statements of a body, to its end; raises CnnError with all that is wrong. See recovery.py."""
        raise NotImplementedError

    def static_if(self, node: t.If, condition: Thing, place: Place) -> Thing:
        raise NotImplementedError

    # if training

    def mentions_training(self, node: Any) -> bool:
        if isinstance(node, t.Name):
            return node.id == "training" and "training" not in self.names
        if isinstance(node, t.Binary) and node.operator in ("and", "or"):
            return self.mentions_training(node.left) or self.mentions_training(node.right)
        return isinstance(node, t.Unary) and self.mentions_training(node.operand)

    def training_if(self, node: t.If, place: Place) -> Thing:
        """`if training`, `if training and flag`, `if not training`."""
        flag = self.training_flag(node.condition)
        if flag is False:
            return self.static_if(node, Known(False), place)
        positive = flag == "training"
        (here, there), beyond = self.ways(node)
        first, second = all_of(
            lambda: self.arm(here, place, "training" if positive else "evaluation", beyond),
            lambda: self.arm(there, place, "evaluation" if positive else "training", beyond),
        )
        then, otherwise = (first, second) if positive else (second, first)
        return self.joined(Known("training"), then, otherwise, node, place)

    def training_flag(self, node: Any) -> Any:
        """ "training" or "not training", or False when a compile-time flag rules the body out; raises CnnError."""
        if isinstance(node, t.Name):
            return "training"
        if isinstance(node, t.Unary) and isinstance(node.operand, t.Name) and node.operator == "not":
            return "not training"
        if isinstance(node, t.Binary) and node.operator == "and":
            sides = (node.left, node.right)
            first, second = sides if self.mentions_training(node.left) else (node.right, node.left)
            if not self.mentions_training(second):
                flag = self.condition(self.static(second), second.span)
                self.pin(flag)
                return self.training_flag(first) if truth(flag) else False
        raise fail("training-condition", node.span)

    # Conditions on free sizes

    def size_if(self, node: t.If, condition: Known, place: Place) -> Thing:
        """Both ways are elaborated; neither may make a module, and both must end in the same shape."""
        if not condition.spellings:
            raise fail("size-not-spellable", node.condition.span, size=str(condition.value))
        ways, beyond = self.ways(node)
        holds = {id(ways[0]): condition.value, id(ways[1]): negate(condition.value)}
        then, otherwise = every(ways, lambda body: self.arm(body, place, self.mode, beyond, holds[id(body)]))
        if any(isinstance(step, Make) for arm in (then, otherwise) for step in steps_in(arm.steps)):
            raise fail("module-on-free-size", node.condition.span, condition=node.condition.span.text)
        return self.joined(condition, then, otherwise, node, place)

    # Both ways

    def ways(self, node: t.If) -> tuple[Any, Any]:
        """Both ways, and what runs behind them: where a `def` returns in one, each goes on to its end, to be joined."""
        ways = (node.body, node.otherwise or ())
        if self.is_definition:
            return ways, None
        from .results import returns, returns_in

        found = returns_in(ways)
        if found and self.rest is None:
            raise fail("return-under-condition", found[0].span)
        return (tuple(way if returns(way) else (*way, *self.rest) for way in ways), ()) if found else (ways, None)

    def arm(self, body: Any, place: Place, mode: str, beyond: Any = None, given: Any = None) -> Arm:
        """Runs one way, to which sizes are as `given`, from the state at hand, which is left as it was."""
        outer = (self.steps, self.names, self.flow, self.result, self.returned, self.mode)
        need = self.session.need
        before = {**self.names_of(mode), **self.names, FLOW: place.flow}
        there = self.seen_in(mode, before)
        self.steps, self.names, self.flow = [], {name: there[name] for name in there if name != FLOW}, there[FLOW]
        self.result, self.returned, self.is_still = None, None, False
        self.mode = mode
        if mode != outer[5] or given is not None:
            self.session.need = Need(mode=mode, given=given)
        self.first_moves.append(True)
        try:
            self.run_all(body, beyond)
            arm = Arm(self).unseen(there, before)
        finally:
            self.first_moves.pop()
            if self.session.need is not need:
                need.adopt(self.session.need)
                self.session.need = need
            self.steps, self.names, self.flow, self.result, self.returned, self.mode = outer
        return arm

    def seen_in(self, mode: str, things: dict[str, Thing]) -> dict[str, Thing]:
        """Things as an arm sees them: in one of training, what is of another type there is of that type."""
        if mode != "training" or not self.by_mode:
            return things
        from .results import in_training

        return {name: in_training(thing, self.by_mode) for name, thing in things.items()}

    def names_of(self, mode: str) -> dict[str, Thing]:
        """Names bound in the earlier arms of a mode: each later arm of that mode runs after them."""
        if self.moded is None:
            self.moded = {"both": {}, "training": {}, "evaluation": {}}
        return self.moded[mode]

    def joined(self, condition: Known, then: Arm, otherwise: Arm, node: t.If, place: Place) -> Thing:
        """The branch as one step; names and the flow that differ after it become joins."""
        from .hoisting import hoisted

        self.is_still = then.is_still or otherwise.is_still
        for arm in (then, otherwise):
            built, arm.steps = hoisted(arm.steps)
            for step in built:
                self.emit(step)
            if arm.mode != self.mode:
                bound = {name: thing for name, thing in arm.names.items() if name not in self.names}
                self.names_of(arm.mode).update(bound)
        joins: list[Join] = []
        self.one_armed |= then.names.keys() ^ otherwise.names.keys()
        if then.returned is not None or otherwise.returned is not None:
            return (self.returned_from if self.is_definition else self.ended)(condition, then, otherwise, node)
        self.join_names(then, otherwise, joins, node.span)
        flow = self.join_flow(then, otherwise, joins, node.span)
        self.emit(Branch(condition, tuple(then.steps), tuple(otherwise.steps), tuple(joins), site=node.span.start))
        if not is_same(flow, place.flow):
            place.used = place.taken = True
        return flow

    def returned_from(self, condition: Known, then: Arm, otherwise: Arm, node: t.If) -> Thing:
        """One way (or both) has returned: what follows belongs to the other."""
        self.parts = True
        kept = otherwise if then.returned is not None else then
        results = (then.result, otherwise.result)
        if all(result is not None for result in results):
            self.emit(Branch(condition, tuple(then.steps), (), (), then.result, None, node.span.start))
            self.steps += otherwise.steps
            self.result, self.returned = otherwise.result, otherwise.returned
            return otherwise.flow
        steps = (tuple(then.steps), ()) if then.returned is not None else ((), tuple(otherwise.steps))
        self.emit(Branch(condition, steps[0], steps[1], (), results[0], results[1], node.span.start))
        self.steps += kept.steps
        self.names.update({name: kept.names[name] for name in self.names if name in kept.names})
        if self.mode == "both":
            self.mode = kept.mode  # what follows runs in one mode alone
        if isinstance(condition.value, Condition):  # so does it for some sizes alone
            holds = negate(condition.value) if kept is otherwise else condition.value
            need = self.session.need
            need.given = both(need.given, holds) if need.given is not None else holds
        there = self.seen_in(self.mode, {**self.names, FLOW: kept.flow})
        self.names.update({name: thing for name, thing in there.items() if name})
        return there[FLOW]

    def modes(self, steps: list[Step], result: Result, span: Span) -> tuple[Result, ...]:
        """What is given in either mode, where that is not of one type; raises CnnError if sizes decide what it is."""
        if not self.parts and not self.by_mode:
            return ()
        from .results import by_mode

        return by_mode(steps, result, span, self.by_mode)

    def ended(self, condition: Known, then: Arm, otherwise: Arm, node: t.If) -> Thing:
        """Both ways of a `def` have come to its end: it gives what they give, joined."""
        self.returned = node.span
        if then.result is None or otherwise.result is None:
            return otherwise.flow
        from .results import agree

        agree(then.result, otherwise.result, node.span)
        joins: list[Join] = []
        modes = (then.mode, otherwise.mode)
        pairs = zip(then.result.items, otherwise.result.items, strict=True)
        items = tuple((name, self.joined_thing(a, b, joins, modes)) for (name, a), (_, b) in pairs)
        self.emit(Branch(condition, tuple(then.steps), tuple(otherwise.steps), tuple(joins), site=node.span.start))
        self.result = Result(then.result.kind, items, otherwise.result.span)
        return otherwise.flow

    def joined_thing(self, then: Thing, otherwise: Thing, joins: list[Join], modes: tuple[str, str]) -> Any:
        """What either way gave, of one type in both."""
        if isinstance(then, (list, tuple)):
            return type(then)(self.joined_thing(a, b, joins, modes) for a, b in zip(then, otherwise, strict=True))
        if then is otherwise or not isinstance(then, Value):
            return then
        self.refuse_by_mode((then.number,), modes[0])
        self.refuse_by_mode((otherwise.number,), modes[1])
        value = next((join.target for join in joins if (join.then, join.otherwise) == (then, otherwise)), None)
        if value is None:
            value = self.new(then.type)
            joins.append(Join(value, then, otherwise))
        return value

    def join_names(self, then: Arm, otherwise: Arm, joins: list[Join], span: Span) -> None:
        """Names that were there before and now differ hold either value, if both have one shape."""
        for name in list(self.names):
            a, b = then.names.get(name), otherwise.names.get(name)
            if a is b:
                self.names[name] = a
            elif isinstance(a, Value) and isinstance(b, Value) and a.type == b.type:
                self.refuse_by_mode((a.number,), then.mode)
                self.refuse_by_mode((b.number,), otherwise.mode)
                value = self.new(a.type, name)
                joins.append(Join(value, a, b))
                self.names[name] = value
            else:
                self.names[name] = NoFlow("name-undefined", (span,), note=two_ends(a, b))

    def join_flow(self, then: Arm, otherwise: Arm, joins: list[Join], span: Span) -> Thing:
        a, b = then.flow, otherwise.flow
        if a is b:
            return a
        for flow in (a, b):
            self.settle_flow(flow)
        if isinstance(a, Value) and isinstance(b, Value) and a.type == b.type:
            return self.joined_thing(a, b, joins, (then.mode, otherwise.mode))
        return NoFlow("flow-undefined", (span,), note=two_ends(a, b))

    # def

    def run_routine(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Thing:
        """Runs a `def` here: its tensor steps become steps of this visit."""
        item, session = routine.item, self.session
        if session.beside and item in session.running:  # in the way that is not gone it would not end
            raise fail("too-deep", node.span, name=item.name.id, limit=session.limits.depth)
        maker = self.routine_arguments(routine, arguments, place, node, incoming)
        names = [parameter.name.id for parameter in item.parameters]
        if len(maker.positional) > len(names):
            help = advise("flow-comes-first", name=item.name.id) if incoming is not None else None
            facts: dict[str, object] = {"name": item.name.id, "most": len(names), "inferred": (), "help": help}
            raise fail("too-many-arguments", node.span, **facts)
        given = dict(zip(names, maker.positional, strict=False))
        for name, thing in maker.keywords.items():
            if name not in names or name in given:
                code = "argument-twice" if name in given else "unknown-argument"
                raise fail(code, node.span, layer=item.name.id, name=name, nearest=None)
            given[name] = thing
        session.enter(node.span, item.name.id)
        session.tick(node.span, 4)
        before, kept = len(self.steps), (set(self.pinned), set(self.settled), set(self.unsaid))
        arguments = complete(self, item, routine.scope, given, maker, node.span)
        with session.runs(item):
            inner = self.visited(routine, arguments, node.span)
        result = inner.routine_result(item, node)
        if has_tensor(result):
            return result
        from .helping import spelled_call

        self.steps[before:] = [step for step in self.steps[before:] if not isinstance(step, (Choice, Loop))]
        if spellings := spelled_call(self, routine, arguments, result):
            self.pinned, self.settled, self.unsaid = kept  # what was decided inside is decided again
            return Known(result.value, spellings)
        if not inner.pinned:
            return result
        self.pin_unsaid(*arguments.values())
        return strip(result)  # it may be another formula elsewhere

    def visited(self, routine: Routine, arguments: dict[str, Thing], span: Span) -> Any:
        """The visit to a `def`, at its end; of numbers that were given before, the one before."""
        session, key = self.session, None
        with suppress(NotImplementedError):
            key = id(routine.item), self.mode, *map(seen, arguments.values())
        inner, steps = session.visited.get(key, (None, 0))
        if inner is not None:
            session.leave()
            session.tick(span, steps)
            self.pin_as(inner)
            return inner
        inner = self.routine_visit(routine, arguments)
        steps, count, warned = session.steps, len(self.steps), len(session.warnings)
        try:
            inner.run_all(routine.item.body, ())
        except CnnError as error:
            raise called_from(error, span, routine.item.name.id) from None
        finally:
            session.leave()
            self.pin_as(inner)
        made = [*self.steps[count:], *(thing for _, thing in (inner.result or NOTHING).items)]
        if (
            key is not None
            and len(session.warnings) == warned
            and all(isinstance(one, (Choice, Known)) for one in made)
        ):
            session.visited[key] = inner, session.steps - steps
        return inner

    def rerun(self, routine: Routine, given: dict[str, Thing]) -> Thing:
        """The result of a `def` on other numbers, on the side."""
        side = type(self)(self.session, routine.scope, dict(given))
        side.makes_modules, side.flow, side.mode = False, NoFlow("no-flow-in-def"), self.mode
        self.session.tick(routine.item.span, 4)
        side.run_all(routine.item.body, ())
        return side.routine_result(routine.item, routine.item)

    def routine_arguments(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Maker:
        """Positional and keyword things; a capitalised parameter's argument is a template."""
        parameters = routine.item.parameters
        positional = [self.take(incoming, node.span)] if incoming is not None else []
        keywords: dict[str, Thing] = {}
        spans: dict[Any, Span] = {}

        def take(argument: Any) -> None:
            if isinstance(argument, t.Spread):
                positional.extend(self.spread(argument, place))
                return
            name = argument.name if isinstance(argument, t.Keyword) else None
            number = len(positional)
            spans[name or number] = argument.span
            target = name or (parameters[number].name.id if number < len(parameters) else "")
            value = argument.value if isinstance(argument, t.Keyword) else argument
            template = is_capitalised(t.Name(target, node.span))
            if name is None:
                positional.append(None)  # so that those behind a faulty one are at their places
            thing = self.evaluate(value, template_place() if template else place)
            if name is None:
                positional[number] = thing
            else:
                keywords[name] = thing

        every(arguments, take)
        return Maker(routine.item.name.id, routine, tuple(positional), keywords, spans)

    def routine_visit(self, routine: Routine, names: dict[str, Thing]) -> Any:
        inner = type(self)(self.session, routine.scope, dict(names))
        inner.steps, inner.numbers, inner.made, inner.taken = self.steps, self.numbers, self.made, self.taken
        inner.makes_modules, inner.renamed, inner.by_mode = False, self.renamed, self.by_mode
        inner.unsure, inner.must_turn = self.unsure, self.must_turn
        inner.flow, inner.mode = NoFlow("no-flow-in-def"), self.mode
        return inner

    def routine_result(self, item: t.Def, node: Any) -> Thing:
        if self.result is None:
            from .several import without_return

            raise without_return(item, node)
        if self.result.kind in ("named", "dict"):
            raise fail("def-named-return", item.span)
        things = tuple(thing for _, thing in self.result.items)
        return things[0] if len(things) == 1 else things
