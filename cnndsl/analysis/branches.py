"""Brackets: `[a, b]`, whose entries all start from the same flow, and `convs: [A, B]`, the modules of one list."""

from __future__ import annotations

from ..graph import Child, Known, ListModule, Make, Module, Own, Type, Value
from ..layers import lookup as layer_named
from ..loops import Entry, Gathered, Loop, Round
from ..loops import every as all_steps
from ..problems import CnnError, Edit, Fix, Problem, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .gathered import added
from .gathering import POISONED, every
from .groups import Groups
from .lengths import builtin_len
from .modules import refuse_modes
from .resolve import bound_names
from .respelling import told_outside
from .sites import within
from .state import Place, template_place
from .suggest import PYTHON
from .things import Label, NoFlow, Thing, has_tensor


class Branches(Groups):
    """Builds lists, entry by entry; `for` and `if` may stand in them."""

    def branches(self, node: t.List, place: Place) -> Thing:
        """`[a, b]`: a list; pipelines in it all start from the same flow. `for` and `if` may stand in it."""
        source = self.gathered_first(node)
        items = node.items[1:] if source is not None else node.items
        found = [thing for things in every(items, lambda item: self.branch(item, place)) for thing in things]
        if source is None:
            return self.grown(found, node.span)
        self.grown([*source, *found], node.span)
        longer = added(self, source, found, node.span)
        if longer is not None:
            return longer
        self.pin(builtin_len(source))
        return [*source, *found]

    def sum_of(self, things: Any, node: Any) -> Thing:
        """Python's `sum` of a list of tensors: `a + b + c`."""
        if isinstance(things, Gathered):
            from .consumed import summed

            return summed(self, things, lambda parts: self.sum_of(parts, node), node.span)
        total = things[0]
        for thing in things[1:]:
            total = self.tensor_binary(t.Binary("+", node, node, node.span), total, thing)
        return total

    def gathered_first(self, node: t.List) -> Gathered | None:
        """The list that a loop gathers, of `[*skips, h]`."""
        first = node.items[0] if node.items else None
        name = first.value if isinstance(first, t.Spread) else None
        thing = self.names.get(name.id) if isinstance(name, t.Name) else None
        return thing if isinstance(thing, Gathered) and not thing.view else None

    def branch(self, item: Any, place: Place) -> list[Thing]:
        """What one entry of a list gives."""
        if isinstance(item, t.If):
            return self.branch_if(item, place)
        if not isinstance(item, t.For):
            return self.entry(item, place)
        self.loops += 1
        found = (self.branch_loop if makes_lists(item) else self.branch_by_branch)(item, place)
        self.loops -= 1
        return found

    def branch_by_branch(self, node: t.For, place: Place) -> list[Thing]:
        """Numbers, and what has labels of its own, are written out."""
        return [thing for _ in self.each(node, place) for thing in self.branch_statements(node.body, place)]

    def branch_loop(self, node: t.For, place: Place) -> list[Thing]:
        found, before = list[Thing](), len(self.steps)
        iterable, rounds = self.iterable(node), list[tuple[Any, int]]()
        self.pin(builtin_len(iterable))
        for names in self.named_rounds(node, iterable):
            rounds.append((names, len(self.steps)))
            found += [told_outside(thing, names) for thing in self.branch_statements(node.body, place)]
        if len(self.steps) == before and not any(isinstance(thing, Value) for thing in found):
            return self.branch_by_branch(node, place)  # numbers are spelled by the names around
        self.steps[before:] = building(node, builtin_len(iterable), rounds, self.steps, before)
        return found

    def branch_statements(self, body: Any, place: Place) -> list[Thing]:
        """In `[for …]` each statement is a branch; numbers may be named."""
        found = every(body, lambda statement: self.branch_statement(statement, place))
        return [thing for things in found for thing in things]

    def branch_statement(self, statement: Any, place: Place) -> list[Thing]:
        try:
            return self.sound_branch(statement, place)
        except CnnError:
            self.poison_names(statement)
            raise

    def sound_branch(self, statement: Any, place: Place) -> list[Thing]:
        if isinstance(statement, t.Do):
            return self.branch(statement.value, place)
        if isinstance(statement, t.For):
            return self.branch(statement, place)
        if isinstance(statement, t.Faulty):
            raise fail(POISONED, statement.span)
        if not isinstance(statement, t.Assign):
            raise fail("not-a-branch", statement.span)
        self.assign_static(statement)
        return []

    def branch_if(self, node: t.If, place: Place) -> list[Thing]:
        arm = self.static_arm(node)
        return self.branch_statements(arm or (), place)

    def poison_names(self, statement: Any) -> None:
        """Nothing is known of what a faulty statement names."""
        where = NoFlow(POISONED, (statement.span,))
        is_guess = isinstance(statement, t.Faulty)
        guesses = {name.id for name in statement.guesses} if is_guess else ()
        for name in bound_names(statement):
            if (is_guess and name in PYTHON) or (name in guesses and (name in self.names or layer_named(name))):
                continue
            if name in self.written_labels:
                self.poisoned.add(name)
            else:
                self.names[name] = where

    # Lists of modules

    def labelled_list(self, path: str, node: t.Label, flow: Thing) -> Thing:
        """`convs: [A, B -> relu]`: an nn.ModuleList whose every module takes the flow; functions may follow in it."""
        assert isinstance(node.value, t.List)
        refuse_numbers(node)
        things, before = inputs_of(flow), len(self.steps)
        children: list[Child] = []
        values: list[Thing] = []

        def make(item: Any) -> None:
            first, functions = self.maker_and_functions(item)
            maker = self.list_maker(first)
            if isinstance(maker, Known):
                return
            module, output = self.build(maker, things, node.span, {})
            refuse_modes(module, node.span)
            children.append(Child(str(len(children)), module, output))
            values.append(self.applied(f"{path}.{children[-1].name}", module, things, output, node.span))
            if functions:
                values[-1] = self.pipeline(t.Pipeline(functions, True, item.span), Place(values[-1]))

        layout = self.list_layout(node.value.items, make, children)
        plain = all(isinstance(item, Entry) for item in layout)
        self.declare_module(path, ListModule(tuple(children), () if plain else layout), node.span)
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
            return tuple(self.sound_branch(statement, template_place()))
        except CnnError:
            self.poison_names(statement)
            raise

    def list_loop(self, node: t.For, make: Any, children: list[Child]) -> Loop:
        iterable = self.iterable(node)
        self.pin(builtin_len(iterable))
        rounds = [
            Round(names, (), self.list_statements(node.body, make, children), ())
            for names in self.named_rounds(node, iterable)
        ]
        return Loop(node.span.start, builtin_len(iterable), tuple(rounds), (), builds=True)

    def maker_and_functions(self, item: Any) -> tuple[Any, tuple[Any, ...]]:
        """What an entry of a labelled list makes, which is one module, and what follows it."""
        if not isinstance(item, t.Pipeline) or item.from_flow or self.is_chain(item):
            return item, ()
        head = item.stages[0]
        if isinstance(head, t.Name) and has_tensor(self.names.get(head.id)):
            rest = item.span.text[head.span.end - item.span.start :].strip().removeprefix("->").strip()
            help = f'the entries of a labelled list all take what flows; alone this is `{head.id} -> "name.0": {rest}`'
            raise fail("pipeline-as-template", item.span, help=help)
        count = next((n for n, stage in enumerate(item.stages) if n and not self.is_chain(stage)), len(item.stages))
        functions = item.stages[count:]
        if any(self.is_chain(stage) for stage in functions):
            raise fail("pipeline-as-template", item.span)
        return item.stages[0] if count == 1 else t.Pipeline(item.stages[:count], False, item.span), functions

    def list_maker(self, item: Any) -> Any:
        if isinstance(item, t.Label):
            raise fail("label-in-list", item.span)
        return self.maker_of(item, item)

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


def building(node: t.For, count: Known, rounds: Any, steps: list[Any], before: int) -> list[Any]:
    """The steps of `[for …]`: a loop that makes its modules, then what they are applied to, one after the other."""
    ends = [*(start for _, start in rounds[1:]), len(steps)]
    bodies = [tuple(filter(makes, steps[start:end])) for (_, start), end in zip(rounds, ends, strict=True)]
    rest = [step for step in steps[before:] if not makes(step)]
    if not any(bodies) or any(makes_inside(step) for step in rest):
        return steps[before:]
    made = [Round(names, (), body, ()) for (names, _), body in zip(rounds, bodies, strict=True)]
    return [Loop(node.span.start, count, tuple(made), (), builds=True), *rest]


def makes_lists(node: t.For) -> bool:
    """Whether the branches of a loop may make modules, and all of them for lists."""
    parts = [part for statement in node.body for part in within(statement)]
    labels = [part.target.span.text for part in parts if isinstance(part, t.Label)]
    named = any(isinstance(part, t.Name) and part.id[:1].isupper() for part in parts)
    return named and all("." in label for label in labels)


def makes(step: Any) -> bool:
    return isinstance(step, Make) or (isinstance(step, Loop) and step.builds)


def makes_inside(step: Any) -> bool:
    return any(isinstance(inner, (Make, Own)) for inner in all_steps((step,)))


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
