"""Brackets: `[a, b]`, whose entries all start from the same flow, and `convs: [A, B]`, the modules of one list."""

from __future__ import annotations

from ..functions import lookup as function_named
from ..graph import Child, Known, ListModule, Module, Type
from ..layers import lookup as layer_named
from ..loops import Entry, Gathered, Local, Loop, Round
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable
from .arithmetic import FUNCTIONS
from .collecting import Sink, collected
from .gathering import POISONED, every
from .groups import Groups
from .lengths import builtin_len
from .modules import refuse_modes
from .resolve import PYTHON, bound_names, targets
from .session import LOOP, ROUND
from .sites import within
from .state import Place
from .things import Label, NoFlow, Thing, has_tensor

MANY = 10_000  # entries that are counted before they are looked at


class Branches(Groups):
    """Builds lists, entry by entry; `for` and `if` may stand in them."""

    sink: Any = None  # the Sink of the innermost brackets
    title: str | None = None  # what the next list is called

    def branches(self, node: t.List, place: Place) -> Thing:
        """`[a, b]`: a list; pipelines in it all start from the same flow. `for` and `if` may stand in it."""
        if len(node.items) > MANY and sum(len(item.items) for item in node.items if isinstance(item, t.List)) > MANY:
            self.grown([*node.items, *(one for item in node.items for one in getattr(item, "items", ()))], node.span)
        found = self.in_brackets(node.span, lambda: every(node.items, lambda item: self.branch(item, place)))
        self.grown(found, node.span)
        return found

    def in_brackets(self, span: Span, run: Callable[[], Any], title: str | None = None) -> Any:
        """The list of what running adds to it."""
        outer, self.sink = self.sink, Sink(self.title or title)
        self.title = None
        try:
            run()
            return self.sink.settled(self, span)
        finally:
            self.sink = outer

    def sum_of(self, things: Any, node: Any) -> Thing:
        """Python's `sum` of a list of tensors: `a + b + c`."""
        if isinstance(things, Gathered):
            from .consumed import summed

            return summed(self, things, lambda parts: self.sum_of(parts, node), node.span)
        total = things[0]
        for thing in things[1:]:
            total = self.tensor_binary(t.Binary("+", node, node, node.span), total, thing)
        return total

    def branch(self, item: Any, place: Place) -> None:
        """Adds what one entry of a list gives."""
        if isinstance(item, t.If):
            self.branch_statements(self.static_arm(item) or (), place)
        elif isinstance(item, t.For):
            self.loops += 1
            self.branch_for(item, place)
            self.loops -= 1
        elif isinstance(item, t.Spread):
            self.sink.spread(self, self.spreadable(item, place), item.span)
        else:
            self.sink.waiting.append(self.evaluate(item, place))

    def branch_for(self, node: t.For, place: Place) -> None:
        """A loop in brackets; what it makes of numbers is written out, spelled by the names around."""
        holds = any(map(self.may_hold_tensors, within(node)))
        if self.session.for_code and holds:
            iterable, run = self.iterable(node), lambda _: self.branch_statements(node.body, place)
            collected(self, node, iterable, self.sink, run)
            return
        self.session.tick(node.span, LOOP if holds else 0)  # as code takes
        for _ in self.each(node, place):
            self.session.tick(node.span, ROUND - 1 if holds else 0)
            self.branch_statements(node.body, place)
            self.session.weigh(node.span, *([self.sink.waiting] if holds else ()))

    def may_hold_tensors(self, part: Any) -> bool:
        """Whether part of an expression may be, or make, a tensor."""
        if not isinstance(part, t.Name):
            return isinstance(part, (t.Label, t.Group, t.Pipeline))
        if part.id not in self.names and function_named(part.id) is not None:
            return part.id not in FUNCTIONS
        return part.id in self.written_labels or self.is_maker_name(part) or has_tensor(self.names.get(part.id))

    def branch_statements(self, body: Any, place: Place) -> None:
        """In `[for …]` each statement is a branch; numbers may be named."""
        every(body, lambda statement: self.branch_statement(statement, place))

    def branch_statement(self, statement: Any, place: Place) -> None:
        try:
            if isinstance(statement, t.Do):
                self.branch(statement.value, place)
            elif isinstance(statement, t.For):
                self.branch(statement, place)
            else:
                self.name_branch(statement)
        except CnnError:
            self.poison_names(statement)
            raise

    def name_branch(self, statement: Any) -> None:
        """A number that is named among branches."""
        if isinstance(statement, t.Faulty):
            raise fail(POISONED, statement.span)
        if not isinstance(statement, t.Assign):
            raise fail("not-a-branch", statement.span)
        self.assign_static(statement)

    def poison_names(self, statement: Any) -> None:
        """Nothing is known of what a faulty statement names."""
        where = NoFlow(POISONED, (statement.span,))
        values = {*targets(statement.targets)} if isinstance(statement, t.Assign) else ()  # one may be a label's, too
        for name in bound_names(statement):
            if isinstance(statement, t.Faulty) and self.is_still_known(name, statement):
                continue
            if name in self.written_labels:
                self.poisoned.setdefault(name, statement)
            if name in values or name not in self.written_labels:
                self.names[name] = where

    def not_twice(self, path: str, node: t.Label) -> None:
        """A label given twice is told, whatever else is wrong with the two."""
        first = self.poisoned.get(path)
        if isinstance(first, t.Label) and first.span != node.span:
            raise fail("label-twice", node.span, Related("first-here", first.span), name=path)

    def is_still_known(self, name: str, statement: t.Faulty) -> bool:
        """Whether a faulty statement has most likely not given this name to something, though it may have."""
        if name in PYTHON:  # `nn.Conv2d`, but for an author's own `nn = ...`
            return re.match(rf"{name}\b(?![ \t]*[.(])", statement.span.text) is None
        is_guess = any(guess.id == name for guess in statement.guesses)
        return is_guess and (name in self.names or layer_named(name) is not None)

    # Lists of modules

    def labelled_list(self, path: str, node: t.Label, flow: Thing) -> Thing:
        """`convs: [A, B -> relu]`: an nn.ModuleList whose every module takes the flow; functions may follow in it."""
        assert isinstance(node.value, t.List)
        refuse_numbers(node)
        things, before = inputs_of(flow), len(self.steps)
        children, layout, items = list[Child](), list[Any](), node.value.items

        def make(item: Any) -> None:
            first, functions = self.maker_and_functions(item)
            maker = self.list_maker(first)
            if isinstance(maker, Known):
                return
            module, output = self.build(maker, things, first.span, {})
            refuse_modes(module, first.span)
            children.append(Child(str(len(children)), module, output))
            value = self.applied(f"{path}.{children[-1].name}", module, things, output, first.span)
            if functions:
                value = self.pipeline(t.Pipeline(functions, True, item.span), Place(value))
            self.sink.waiting.append(value)

        def run() -> None:
            layout.extend(self.list_layout(items, make, children))

        values = self.in_brackets(node.span, run, path)
        plain = all(isinstance(item, Entry) for item in layout)
        self.declare_module(path, ListModule(tuple(children), () if plain else tuple(layout)), node.span)
        self.steps.insert(before, self.steps.pop())
        self.labels[path] = Label(path, None, None, node.span)
        return values

    def list_layout(self, items: Any, make: Any, children: list[Child]) -> tuple[Any, ...]:
        """Makes the modules of a list; gives them as they are written, its loops as loops."""
        layout: list[Any] = []

        def entry(item: Any) -> None:
            before = len(children)
            if isinstance(item, t.For):
                layout.append(self.list_loop(item, make, children))
            elif isinstance(item, t.If):
                layout.extend(self.list_statements(self.static_arm(item) or (), make, children))
            else:
                make(item)
                layout.extend(Entry((), child.module) for child in children[before:])

        every(items, entry)
        return tuple(layout)

    def list_statements(self, body: Any, make: Any, children: list[Child]) -> tuple[Any, ...]:
        found = every(body, lambda statement: self.list_statement(statement, make, children))
        return tuple(item for items in found for item in items)

    def list_statement(self, statement: Any, make: Any, children: list[Child]) -> tuple[Any, ...]:
        """One statement of `convs: [for … { … }]`: a module, or a number that is named."""
        try:
            if isinstance(statement, t.Do):
                return self.list_layout((statement.value,), make, children)
            if isinstance(statement, t.For):
                return self.list_layout((statement,), make, children)
            self.name_branch(statement)
            return ()
        except CnnError:
            self.poison_names(statement)
            raise

    def list_loop(self, node: t.For, make: Any, children: list[Child]) -> Loop:
        iterable, rounds = self.iterable(node), list[Round]()

        def run(names: tuple[Local, ...]) -> None:
            rounds.append(Round(names, (), self.list_statements(node.body, make, children), ()))

        if self.session.for_code:
            collected(self, node, iterable, self.sink, run)
        else:
            for names in self.named_rounds(node, iterable):
                run(names)
        return Loop(node.span.start, builtin_len(iterable), tuple(rounds), ())

    def maker_and_functions(self, item: Any) -> tuple[Any, tuple[Any, ...]]:
        """What an entry of a labelled list makes, which is one module, and what follows it."""
        if not isinstance(item, t.Pipeline) or item.from_flow or self.is_chain(item):
            return item, ()
        head = item.stages[0]
        if isinstance(head, t.Name) and has_tensor(self.names.get(head.id)):
            rest = item.span.text[head.span.end - item.span.start :].strip().removeprefix("->").strip()
            raise fail("pipeline-as-template", item.span, help=advise("entry-of-list", head=head.id, rest=rest))
        count = next((n for n, stage in enumerate(item.stages) if n and not self.is_chain(stage)), len(item.stages))
        functions = item.stages[count:]
        if any(self.is_chain(stage) for stage in functions):
            raise fail("pipeline-as-template", item.span)
        return item.stages[0] if count == 1 else t.Pipeline(item.stages[:count], False, item.span), functions

    def list_maker(self, item: Any) -> Any:
        if isinstance(item, t.Label):
            raise fail("label-in-list", item.span)
        return self.maker_of(item, item)

    # Calls

    def callee(self, node: t.Call, place: Place) -> Thing:
        """What a call's brackets stand behind; where that is a mistake, its arguments are looked at all the same."""
        try:
            return self.evaluate(node.function, place)
        except CnnError as error:
            from .prefixes import with_arguments

            raise with_arguments(self, error, node) from None

    # Overridden in later floors

    def build(self, maker: Any, things: tuple[Thing, ...], span: Span, options: dict[str, Thing]) -> Any:
        raise NotImplementedError

    def applied(self, path: str, module: Any, things: Any, output: Type, span: Span, options: Any = ()) -> Thing:
        raise NotImplementedError

    def declare_module(self, path: str, module: Module, span: Span, label: tuple[Known, ...] = ()) -> None:
        raise NotImplementedError

    def each(self, node: t.For, place: Place) -> Any:
        raise NotImplementedError

    def iterable(self, node: t.For) -> Any:
        raise NotImplementedError

    def named_rounds(self, node: t.For, iterable: Any) -> Any:
        raise NotImplementedError

    def static_arm(self, node: t.If) -> Any:
        raise NotImplementedError

    def assign_static(self, statement: t.Assign) -> None:
        raise NotImplementedError


def inputs_of(flow: Thing) -> tuple[Thing, ...]:
    """What a module is applied to: a tuple feeds several inputs, anything else one."""
    return tuple(flow) if isinstance(flow, tuple) else (flow,)


def refuse_numbers(node: Any) -> None:
    """`widths: [16, 32]`: a list of plain values has a name, no label."""
    items = [item.operand if isinstance(item, t.Unary) else item for item in node.value.items]
    if not items or not all(isinstance(item, (t.Number, t.Text)) for item in items):
        return
    colon = Span(node.span.source, node.target.span.end, node.value.span.start)
    fix = Fix((Edit(colon, " = "),), True) if isinstance(node.target, t.Name) else None
    facts: dict[str, object] = {"what": f"a list of {len(items)} values"}
    raise CnnError([Problem("label-on-value", node.span, facts, fix=fix)])
