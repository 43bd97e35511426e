"""Names and what they are bound to: by assignments, and by the rounds of loops."""

from __future__ import annotations

from ..graph import Branch, Choice, Known, Make, Maker, Step, Unpack, Value
from ..loops import MARK, Gathered, Local, Loop, Take, numbered
from ..problems import CnnError, Related, fail
from ..records import replace
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .gathered import taken
from .gathering import FaultyRounds
from .lengths import builtin_len, is_counter, is_turned, source_of, sources_in
from .lengths import items as items_of
from .locality import Loops
from .runtime import Runtime
from .session import LOOP, ROUND
from .sites import is_capitalised
from .state import Place, absent, template_place
from .things import NoFlow, Thing, describe, has_tensor, respelled_by, to_known, turns_in
from .turning import Turning, handed_on, type_of


def renamed(step: Step, name: str) -> Step:
    """The step with its value under the author's name."""
    target = getattr(step, "target", None)
    assert not isinstance(step, Make) and isinstance(target, Value)
    return replace(step, target=replace(target, name=name))  # type: ignore[arg-type]


def name_in(steps: list[Any], value: Value, name: str) -> bool:
    """Names a value in the step that made it, one of the last ones or in brackets there; whether there is one."""
    for place in range(len(steps) - 1, max(-1, len(steps) - 33), -1):
        step = steps[place]
        if getattr(step, "target", None) == value:
            steps[place] = renamed(step, name)
            return True
        if isinstance(step, Branch) and any(join.target == value for join in step.joins):
            named = replace(value, name=name)
            joins = (replace(join, target=named) if join.target == value else join for join in step.joins)
            steps[place] = replace(step, joins=tuple(joins))
            return True
        if isinstance(step, Choice) and step.template and name_in(body := list(step.body), value, name):
            steps[place] = replace(step, body=tuple(body))
            return True
        if isinstance(step, Loop) and step.brackets:
            bodies = [list(made.body) for made in step.rounds]
            if any(name_in(body, value, name) for body in bodies):
                pairs = zip(step.rounds, bodies, strict=True)
                steps[place] = replace(step, rounds=tuple(replace(made, body=tuple(body)) for made, body in pairs))
                return True
    return False


def holds_tensors(thing: Thing) -> bool:
    return isinstance(thing, (list, tuple)) and has_tensor(thing)


def is_place(known: Known, number: int) -> bool:
    """Whether what a name of a loop is in a round says which round it is."""
    return known.value == number and type(known.value) is int and not known.spellings


class Bindings(Runtime):
    """Binds names, one by one or by the places of a pattern."""

    takes: list[Take]  # of the round of a loop that begins

    def bind(self, targets: Any, thing: Thing, node: Any) -> Thing:
        """Binds names; a value gets the author's name. Returns the thing as named."""
        if len(targets) == 1:
            return self.bind_one(targets[0], thing, node)
        if isinstance(thing, Value):
            return self.unpack(targets, thing, node)
        if not isinstance(thing, (list, tuple)):
            raise fail("not-several", node.span, what=describe(thing), wanted=len(targets))
        if len(thing) != len(targets):
            raise fail("wrong-count", node.span, wanted=len(targets), given=len(thing))
        return tuple(self.bind_one(target, item, node) for target, item in zip(targets, thing, strict=True))

    def bind_one(self, target: Any, thing: Thing, node: Any) -> Thing:
        if isinstance(target, tuple):
            return self.bind(target, thing, node)
        self.check_name(target, thing)
        if isinstance(thing, Value) and thing.name is None:
            thing = self.name_value(thing, target.id)
        if target.id != "_":
            self.names[target.id] = thing
        return thing

    def name_value(self, value: Value, name: str) -> Value:
        """A value under the author's name, where the step that made it is still at hand."""
        return replace(value, name=name) if name_in(self.steps, value, name) else value

    def check_name(self, target: t.Name, thing: Thing) -> None:
        """Labels and tensors do not share a name; templates are capitalised, tensors are not."""
        if has_tensor(thing) and target.id in self.written_labels:
            raise fail("value-is-label", target.span, Related("made-here", self.written_labels[target.id]),
                       name=target.id)  # fmt: skip
        if has_tensor(thing) and is_capitalised(target):
            from .capitals import capital_value

            raise capital_value(target, self.scope, self.names)
        if isinstance(thing, Maker) and not is_capitalised(target):
            raise fail("template-not-capitalised", target.span, name=target.id)
        if target.id == "self":
            raise fail("label-is-reserved", target.span, name=target.id)

    def unpack(self, targets: Any, value: Value, node: Any) -> Thing:
        """`a, (b, c) = …`: a module's or function's several results."""
        named = self.pattern(targets, value.type, node)
        last: Any = self.steps[-1] if self.steps else None
        if getattr(last, "target", None) == value and value.name is None:
            self.steps[-1] = step = replace(last, target=named)
            self.made.update(numbered(step))
        else:
            self.emit(Unpack(named, value))
        return named

    def pattern(self, targets: Any, kinds: Any, node: Any) -> Thing:
        if not isinstance(kinds, tuple):
            from .several import one_value

            raise one_value(targets, kinds, node, self.steps[-1] if self.steps else None)
        if len(kinds) != len(targets):
            from .several import wrong_count

            raise wrong_count(targets, kinds, node, self.steps[-1] if self.steps else None)
        found = []
        for target, kind in zip(targets, kinds, strict=True):
            if isinstance(target, tuple) and not isinstance(kind, tuple):
                from .several import one_result

                raise one_result(targets, kinds, node)
            if isinstance(target, tuple):
                found.append(self.pattern(target, kind, node))
                continue
            value = self.new(kind, target.id)
            self.check_name(target, value)
            if target.id != "_":
                self.names[target.id] = value
            found.append(None if target.id == "_" else value)
        return tuple(found)

    # Loops

    def run_for(self, node: t.For) -> None:
        self.first_moves.append(None)
        self.settle_flow(self.flow)
        self.loops += 1
        self.session.copied(node.span, self.names)
        iterable = self.iterable(node)
        count = builtin_len(iterable)
        before, faulty = dict(self.names), FaultyRounds(iterable)
        turning = Turning(self, node, turns_in(count)) if self.session.for_code else None
        around, self.turning = self.turning, turning
        for names in self.named_rounds(node, iterable, taking=turning is not None):
            if self.returned is not None or faulty.are_enough:
                refuse_rounds(node, self.returned)
                break
            with faulty:
                self.forget_modes()
                if turning:
                    turning.round(names, tuple(self.takes), lambda: self.run_all(node.body))
                else:
                    self.run_all(node.body)
                    self.count_handed_on(node)
        self.turning = around
        faulty.tell()
        self.forget_modes()
        if turning:
            turning.close(count)
        if turning and (isinstance(self.flow, NoFlow) or None not in turning.places):
            self.unclear.append(count)
        lists = {name for name, thing in self.names.items() if isinstance(thing, Gathered)}
        self.forget_own(before, node)
        self.pin_bound(before, count, lists)
        pairs = [(then, self.names[name]) for name, then in before.items() if name not in lists]
        if any((holds_tensors(then) or holds_tensors(now)) and now is not then for then, now in pairs):
            self.pin_unsaid(count)  # what a list holds after other rounds is not known
        self.loops -= 1
        if self.first_moves.pop() is False:
            self.flow = NoFlow("flow-undefined", (node.span,), self.flow)

    def forget_modes(self) -> None:
        """At the border of a round: what it made goes on as what nothing can take in training."""
        for number, known in self.by_mode.items():
            if known.loops >= self.loops:
                self.by_mode[number] = replace(known, kind=None)

    def count_handed_on(self, node: t.For) -> None:
        """A check counts what a loop takes to be written: what it takes is compiled."""
        if self.session.wide:
            places = handed_on(self, node)
            self.session.hand_on(type_of(self.flow if place is None else self.names.get(place)) for place in places)

    def forget_own(self, before: Mapping[str, Thing], node: t.For) -> None:
        """Behind a loop its own numbers are forgotten: what is around it does not take them for what it left."""
        for name in self.own_names(node) if self.session.for_code else ():
            if name in before:
                self.names[name] = before[name]
            elif not isinstance(self.names.get(name), Value):
                self.names.pop(name, None)

    def own_names(self, node: t.For) -> frozenset[str]:
        """Names of a loop that mean nothing outside of a round."""
        known = self.session.own_names
        if id(node) not in known:
            whole, loops = self.session.loops.get(id(self.body), (None, None))
            if loops is None or id(node) not in loops.given:
                whole = self.body
                loops = Loops(whole)
                loops = loops if id(node) in loops.given else Loops((*whole, node))
                self.session.loops[id(whole)] = whole, loops
            known[id(node)] = node, loops.own_names(node)
        found: frozenset[str] = known[id(node)][1]
        return found

    def each(self, node: t.For, place: Place) -> Iterator[None]:
        """Binds the loop's names round by round."""
        iterable = self.iterable(node)
        self.pin(builtin_len(iterable))
        for item in iterable:
            self.session.tick(node.span)
            self.bind_round(node.targets, item, node)
            yield

    def iterable(self, node: t.For) -> list[Thing]:
        """What a loop runs over; a range knows how it is counted."""
        try:
            iterable = self.listed(self.evaluate(node.iterable, template_place()))
        except CnnError as error:
            from .hints import named_before

            raise named_before(error, node) from None
        found: list[Thing] = self.ruled(node.iterable, lambda: items_of(iterable))
        return found

    def named_rounds(self, node: t.For, iterable: list[Thing], taking: bool = False) -> Iterator[tuple[Local, ...]]:
        """Binds the loop's names round by round, to values that are spelled by these names.

        With `taking`, items of gathered lists are values of their own in each round: `takes`.
        """
        rounds, source = turns_in(builtin_len(iterable)), source_of(iterable)
        loop, turn = (0, 1) if self.session.running else (LOOP, ROUND)  # a `def` makes nothing
        self.session.tick(node.span, loop)
        for number, item in enumerate(iterable):
            self.session.tick(node.span, turn)
            names: list[Local] = []
            self.takes = []
            local = self.localised(node.targets, item, source, names, rounds) if self.session.for_code else item
            self.session.places.update(local.key for local in names if is_place(local.value, number))
            local = taken(self, node.targets, local, source, number, names, self.takes) if taking and source else local
            try:
                self.bind_round(node.targets, local, node)
            except CnnError as error:
                from .several import in_row

                raise in_row(error, node, number, self.scope) from None
            yield tuple(names)

    def localised(self, targets: Any, item: Thing, source: Any, names: list[Local], rounds: frozenset[str]) -> Thing:
        """An item of a loop, spelled by the names that it is bound to."""
        if len(targets) > 1:
            fits = isinstance(item, (list, tuple)) and len(item) == len(targets)
            triples = zip(targets, item, sources_in(source, len(targets)), strict=True) if fits else ()
            parts = ((t if isinstance(t, tuple) else (t,), part, each) for t, part, each in triples)
            return tuple(self.localised(some, part, each, names, rounds) for some, part, each in parts) or item
        if isinstance(targets[0], tuple):
            return self.localised(targets[0], item, source, names, rounds)
        if isinstance(item, (list, tuple)) and self.holds_free(item):
            return item  # no table could hold it; its items say what they are
        key = f"{targets[0].id}{MARK}{next(self.session.numbers)}"
        names.append(Local(targets[0].id, key, to_known(item), is_turned(source), is_counter(source)))
        self.session.note(key, to_known(item), also=rounds)
        named = respelled_by(key, item)
        self.session.stand([named])
        return named

    def holds_free(self, thing: Thing) -> bool:
        return any(map(self.holds_free, thing)) if isinstance(thing, (list, tuple)) else self.is_free(thing)

    def bind_round(self, targets: Any, item: Thing, node: Any) -> None:
        if len(targets) == 1:
            self.bind_target(targets[0], item, node)
            return
        if not isinstance(item, (list, tuple)) or len(item) != len(targets):
            from .several import wrong_round

            raise wrong_round(targets, item, node)
        for target, part in zip(targets, item, strict=True):
            self.bind_target(target, part, node)

    def bind_target(self, target: Any, item: Thing, node: Any) -> None:
        if isinstance(target, tuple):
            self.bind_round(target, item, node)
        else:
            self.check_name(target, item)
            self.names[target.id] = item


def refuse_rounds(node: t.For, returned: Any) -> None:
    """Rounds of a loop whose body ends the definition in the first of them."""
    if returned is not None and any(statement.__class__ is t.Return for statement in node.body):
        message = "this loop ends the body in its first round; the others never run"
        raise fail("after-return", node.span, Related("returned-here", returned), message=message, loop="the loop")


def without_value(thing: NoFlow, node: t.Assign) -> CnnError:
    """The problem of a name that is given what is nothing; where it is an `if` whose ways differ, it is the name's."""
    if thing.reason == "flow-undefined" and isinstance(node.value, t.If) and len(node.targets) == 1:
        name = node.targets[0]
        return absent(replace(thing, reason="name-undefined", spans=()), name.span, name=name.id)
    return absent(thing, node.value.span)
