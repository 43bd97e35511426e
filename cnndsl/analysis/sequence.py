"""The children of one nn.Sequential, as they are written: its loops, repetitions and conditions."""

from __future__ import annotations

from ..dims import symbol
from ..graph import Child, Choice, Known, Maker, Module, SequentialModule, Type
from ..loops import Entry, Local, Loop, Round
from ..problems import CnnError, fail
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Callable, Iterable, Iterator
from . import deciding, in_common
from .arithmetic import truth
from .gathering import POISONED, every
from .lengths import builtin_len, stepwise
from .modules import refuse_modes
from .operands import why_reserved
from .read_behind import kept, made_alike, note_last, once
from .sites import is_template
from .state import Callee, template_place
from .things import NoFlow, describe, symbols_in, turns_in
from .turning import note_sizes, sizes_of, spelled_anew
from .wording import names_in_product, side_of

if TYPE_CHECKING:
    from .groups import Groups

LABEL_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Sequence:
    """Runs the statements of a group. `types` is what flows, `layout` what has been written so far."""

    def __init__(self, visit: Groups, types: tuple[Type, ...]) -> None:
        self.visit: Any = visit
        self.types = types
        self.children: list[Child] = []
        self.layout: list[Any] = []
        self.names: set[str] = set()

    def done(self, definition: str | None = None) -> tuple[SequentialModule, Type]:
        output = self.types[0] if len(self.types) == 1 else self.types
        plain = all(isinstance(item, Entry) for item in self.layout)
        layout = () if plain else tuple(self.layout)
        return SequentialModule(tuple(self.children), definition, layout), output

    def statements(self, body: Any) -> None:
        every(body, self.statement)

    def statement(self, statement: Any) -> None:
        """One statement; what flows after a faulty one is not known."""
        self.visit.session.tick(statement.span)
        self.visit.ran.add(statement.span.start)
        try:
            match statement:
                case t.Do():
                    self.traced(statement.value)
                case t.For():
                    self.loop(statement)
                case t.Assign():
                    self.assign(statement)
                case t.Expect():
                    self.expect(statement)
                case t.Faulty():
                    raise fail(POISONED, statement.span)
                case _:
                    raise fail("not-in-group", statement.span)
        except CnnError:
            self.poison(statement)
            raise

    def expect(self, statement: t.Expect) -> None:
        if isinstance(self.types[0], NoFlow) and isinstance(statement.what, t.Shape):
            self.types = (self.visit.taken_for(statement.what),)
        else:
            self.layout += self.visit.expect_type(statement, self.types)

    def poison(self, statement: Any) -> None:
        self.visit.poison_names(statement)
        if not isinstance(statement, (t.Assign, t.Expect)):
            self.types = (NoFlow(POISONED, (statement.span,)),)

    def assign(self, statement: t.Assign) -> None:
        if not is_template(statement) and isinstance(statement.value, (t.Pipeline, t.Label, t.Group)):
            raise fail("tensor-in-group", statement.span)
        self.visit.assign_static(statement)

    def traced(self, node: Any) -> None:
        """A refusal tells what the children before it gave."""
        try:
            self.expr(node)
        except CnnError as error:
            from .inside import trail_behind, with_trail
            from .provenance import line_of, with_lines

            error = with_trail(error, trail_behind(self.children))
            before = tuple(line_of(child.span, child.output) for child in self.children if child.span)
            raise CnnError([with_lines(problem, before) for problem in error.problems]) from None

    def expr(self, node: Any) -> None:
        """One or more children."""
        match node:
            case t.Pipeline():
                every(node.stages, self.stage)
            case t.If():
                self.choice(node)
            case t.Label():
                self.label(node)
            case t.Binary(operator="*") if self.visit.is_chain(node.left):
                self.repeat(node)
            case t.Group():
                self.put((), self.visit.group(node.body, self.types), node.span)
            case t.Tuple() | t.List():
                raise fail("not-in-group", node.span)
            case t.Binary():
                self.operation(node)
            case _:
                self.template(node)

    def stage(self, node: Any) -> None:
        try:
            self.traced(node)
        except CnnError:
            self.types = (NoFlow(POISONED, (node.span,)),)
            raise

    # Children

    def template(self, node: Any) -> None:
        name = node.function if isinstance(node, t.Call) and isinstance(node.function, t.Name) else None
        called = self.visit.evaluate(name, template_place()) if name is not None else None
        thing = called if isinstance(called, Callee) else self.visit.evaluate(node, template_place())
        if isinstance(thing, Callee):
            from .hints import function_in_group

            raise function_in_group(node.span, thing.name)
        none = isinstance(thing, Known) and thing.value is None
        if not isinstance(thing, Maker) and not none:
            raise fail("not-in-group-value", node.span, what=describe(thing))
        with self.maybe(node, not none):
            if not none:
                self.put((), self.visit.construct(thing, self.types, node.span, {}), node.span)

    def operation(self, node: t.Binary) -> None:
        """A choice of templates by `or`, `and`; mostly a slip."""
        try:
            self.template(node)
        except CnnError as error:
            from .hints import between_modules

            raise between_modules(error, node, self.visit.try_static(node.left, template_place())) from None

    def label(self, node: t.Label) -> None:
        parts = self.visit.label_parts(node.target)
        name = node.target.id if isinstance(node.target, t.Name) else self.visit.written_out(parts, node.target)
        if not name or not LABEL_LETTERS.issuperset(name):
            raise fail("bad-label", node.target.span, label=repr(name)[1:-1])
        if isinstance(node.value, t.List):
            raise fail("not-in-group", node.value.span)
        maker = self.visit.maker_of(node.value, node)
        none = isinstance(maker, Known)
        with self.maybe(node.value, not none):
            if not none:
                self.put(parts, self.visit.build_on(maker, self.types, node.span, {}), node.span)

    def put(self, label: tuple[Known, ...], made: tuple[Module | None, Type], span: Span) -> None:
        module, output = made
        if module is None:
            return
        refuse_modes(module, span)
        name = "".join(str(part.value) for part in label) if label else str(len(self.children))
        if name in self.names:
            raise fail("child-twice", span, name=name)
        if (code := why_reserved(name, "Sequential")) is not None:
            raise fail(code, span, name=name, holder="Sequential")
        self.names.add(name)
        self.children.append(Child(name, module, output, span))
        self.layout.append(Entry(label, module))
        self.types = (output,)

    # Conditions

    def choice(self, node: t.If) -> None:
        condition, arm = self.visit.decision(node, open=True)
        is_open, watch = deciding.is_open(self.visit, condition), deciding.Watch(self.visit, ())
        other = self.way_not_gone(node, condition) if is_open else None
        with deciding.in_way(self.visit, condition, truth(condition)):
            inside = self.inside(lambda: self.statements(arm or ()))
        self.layout.append(Choice(node.span.start, condition, truth(condition), inside))
        if is_open:
            watch.note(condition)
        if len(self.types) > 1 or not other or len(other) > 1:
            self.visit.pin(condition, told=True)
        elif (met := in_common.met_type(self.visit, condition, self.types[0], other[0])) is not None:
            self.types = (met,)

    def way_not_gone(self, node: t.If, condition: Known) -> tuple[Type, ...] | None:
        """What flows where the other way is gone."""
        arm = (node.otherwise if condition.value else node.body) or ()

        def run(side: Any, types: tuple[Type, ...]) -> tuple[Type, ...]:
            sequence = Sequence(side, types)
            sequence.statements(arm)
            return sequence.types

        found: tuple[Type, ...] | None = deciding.tried(self.visit, condition, self.types, run)
        return found

    def inside(self, run: Callable[[], None]) -> tuple[Any, ...]:
        """What is written by something that runs inside a loop or condition."""
        outer, self.layout = self.layout, []
        run()
        inner, self.layout = self.layout, outer
        return tuple(inner)

    def maybe(self, node: Any, there: bool) -> Maybe:
        """Around a template that a name of the author's holds: it may be None in another use."""
        function = node.function if isinstance(node, t.Call) else node
        named = isinstance(function, t.Name) and function.id in self.visit.names
        return Maybe(self, function if isinstance(function, t.Name) and named else None, there)

    # Loops

    def loop(self, node: t.For) -> None:
        visit = self.visit
        iterable = visit.iterable(node)
        rounds: list[Round] = []
        count = builtin_len(iterable)
        start, behind, types = self.sizes(), turns_in(count), self.types
        watch, before = deciding.Watch(visit, self.types), dict(visit.names)
        for names in visit.named_rounds(node, iterable):
            rounds.append(self.round(names, lambda: self.statements(node.body), bool(behind)))
            if len(rounds) == 1:
                watch.turn(self.types)
        if rounds and not any(made.body for made in rounds):
            self.types = types  # rounds of nothing hand on nothing
        else:
            self.close(node.span.start, count, rounds, start, behind)
        watch.close(self.types, count)
        visit.forget_own(before, node)
        visit.pin_bound(before, count)

    def round(self, names: tuple[Local, ...], run: Callable[[], None], alone: bool) -> Round:
        sizes = self.enter(alone)
        body = self.inside(run)
        return Round(names, sizes, body, tuple(known for _, known in self.sizes()))

    def sizes(self) -> list[tuple[str, Known]]:
        """The fixed sizes of what flows, by the names that a class would give them."""
        kind = self.types[0]
        return sizes_of(kind) if len(self.types) == 1 and isinstance(kind, TensorType) else []

    def enter(
        self,
        alone: bool,
        rounds: tuple[Round, ...] | list[Round] = (),
        turns: Iterable[str] = (),
        count: Known | None = None,
    ) -> tuple[Local, ...]:
        """Spells the sizes of what flows by names that hold from here on."""
        kind = self.types[0]
        if len(self.types) > 1 or not isinstance(kind, TensorType) or not self.visit.session.for_code:
            return ()
        spelled, found = spelled_anew(kind, self.visit.session, alone, stepwise(rounds, 0, count))
        self.types = (spelled,)
        note_sizes(self.visit.session, found, rounds, turns)
        return tuple(found)

    def close(self, site: int, count: Known, rounds: list[Round], start: Any, behind: frozenset[str]) -> None:
        """Ends a loop; what its rounds do not have in common is not carried from one to the next."""
        names = [name for name, _ in start]
        steady = all([local.name for local in r.sizes] == names and len(r.after) == len(names) for r in rounds)
        if [name for name, _ in self.sizes()] != names or not steady:
            self.layout.append(Loop(site, count, tuple(rounds), (), steady=False))
            return
        leaves = self.enter(bool(behind), rounds, behind, count)
        whole = deciding.whole_of(self.visit, count)
        self.visit.session.once.update(once(rounds, leaves, count, whole, self.visit.met))
        self.visit.met.update(made_alike(rounds, leaves, count, whole))
        self.visit.met.update(kept(rounds, leaves, self.visit.met))
        note_last(self.visit, rounds, leaves, count, whole)
        self.layout.append(Loop(site, count, tuple(rounds), leaves, turns=whole))

    def repeat(self, node: t.Binary) -> None:
        """Fresh copies, each a child; the limit is checked before the first is made."""
        count = self.visit.static(node.right)
        if not isinstance(count, Known) or isinstance(count.value, bool) or not isinstance(count.value, int):
            from .operands import times

            raise times(node, count)
        if count.value < 0:
            raise fail("negative-repeat", node.right.span, count=int(count.value))
        self.visit.session.count_module(node.span, 0)
        if count.value > self.visit.session.limits.modules:
            raise fail("too-many-modules", node.span, limit=self.visit.session.limits.modules)
        start, behind = self.sizes(), frozenset(symbols_in(count))
        watch = deciding.Watch(self.visit, self.types)
        rounds: list[Round] = []
        for made in self.copies(node, count.value, bool(behind)):
            rounds.append(made)
            if len(rounds) == 1:
                watch.turn(self.types)
        self.close(node.span.start, count, rounds, start, behind)
        # Python would take -1 for 0: the class refuses what `n - 2` may come to, while of `n` nobody gives that
        sides = side_of(count, set(names_in_product(count))) if self.visit.session.for_code else ()
        asked = tuple(Choice(node.right.span.start, side, True, (), needed=True) for side in sides)
        self.layout[-1] = replace(self.layout[-1], asked=asked) if asked else self.layout[-1]
        watch.close(self.types, count)

    def copies(self, node: t.Binary, count: int, alone: bool) -> Iterator[Round]:
        """Copies that leave the shape as it was are all alike: one is elaborated, the others are counted."""
        session = self.visit.session
        for number in range(count):
            types, before, modules = self.types, len(self.children), session.modules
            made = self.round((), lambda: self.expr(node.left), alone)
            yield made
            fresh = self.children[before:]
            kept = all(symbol(size.key) in now.spellings for size, now in zip(made.sizes, made.after, strict=False))
            alike = self.types == types and (kept or number > 0) and all(child.name.isdigit() for child in fresh)
            if alike and number < count - 1:
                rest = count - 1 - number
                session.count_module(node.span, max(rest * (session.modules - modules), rest))
                for child in fresh * rest:
                    name = str(len(self.children))
                    self.names.add(name)
                    self.children.append(Child(name, child.module, child.output, child.span or node.span))
                yield from (made for _ in range(rest))
                return


class Maybe:
    """Notes what is made inside as a choice on whether a template is there."""

    def __init__(self, sequence: Sequence, name: t.Name | None, there: bool) -> None:
        self.sequence, self.name, self.there = sequence, name, there
        self.outer = sequence.layout

    def __enter__(self) -> None:
        if self.name is not None:
            self.sequence.layout = []

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        made, self.sequence.layout = self.sequence.layout, self.outer
        if self.name is not None and error is None:
            asked = Choice(self.name.span.start, Known(self.there), self.there, tuple(made), holds=self.name.id)
            self.sequence.layout.append(asked)
