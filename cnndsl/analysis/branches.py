"""Brackets: `[a, b]`, whose entries all start from the same flow, and `convs: [A, B]`, the modules of one list."""

from __future__ import annotations

from ..graph import Child, Known, ListModule, Module, Type
from ..problems import CnnError, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .gathering import POISONED, every
from .groups import Groups
from .resolve import bound_names
from .state import Place
from .things import Label, NoFlow, Thing


class Branches(Groups):
    """Builds lists, entry by entry; `for` and `if` may stand in them."""

    def branches(self, node: t.List, place: Place) -> Thing:
        """`[a, b]`: a list; pipelines in it all start from the same flow. `for` and `if` may stand in it."""
        found = every(node.items, lambda item: self.branch(item, place))
        return self.grown([thing for things in found for thing in things], node.span)

    def branch(self, item: Any, place: Place) -> list[Thing]:
        """What one entry of a list gives."""
        if isinstance(item, t.If):
            return self.branch_if(item, place)
        if not isinstance(item, t.For):
            return self.entry(item, place)
        self.loops += 1
        found = [thing for _ in self.each(item, place) for thing in self.branch_statements(item.body, place)]
        self.loops -= 1
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
        guesses = {name.id for name in statement.guesses} if isinstance(statement, t.Faulty) else ()
        for name in bound_names(statement):
            if name in guesses and name in self.names:
                continue
            if name in self.written_labels:
                self.poisoned.add(name)
            else:
                self.names[name] = where

    # Lists of modules

    def labelled_list(self, path: str, node: t.Label, flow: Thing) -> Thing:
        """`convs: [A, B -> relu]`: an nn.ModuleList whose every module takes the flow; functions may follow in it."""
        assert isinstance(node.value, t.List)
        things, before = inputs_of(flow), len(self.steps)
        children: list[Child] = []
        values: list[Thing] = []

        def make(item: Any) -> None:
            first, functions = self.maker_and_functions(item)
            maker = self.list_maker(first)
            if isinstance(maker, Known):
                return
            module, output = self.build(maker, things, node.span, {})
            children.append(Child(str(len(children)), module, output))
            values.append(self.applied(f"{path}.{children[-1].name}", module, things, output, node.span))
            if functions:
                values[-1] = self.pipeline(t.Pipeline(functions, True, item.span), Place(values[-1]))

        every(self.list_entries(node.value), make)
        self.declare_module(path, ListModule(tuple(children)), node.span)
        self.steps.insert(before, self.steps.pop())
        self.labels[path] = Label(path, None, None, node.span)
        return values

    def maker_and_functions(self, item: Any) -> tuple[Any, tuple[Any, ...]]:
        """What an entry of a labelled list makes, which is one module, and what follows it."""
        if not isinstance(item, t.Pipeline) or item.from_flow or self.is_chain(item):
            return item, ()
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

    def static_arm(self, node: t.If) -> Any:
        raise NotImplementedError

    def assign_static(self, statement: t.Assign) -> None:
        raise NotImplementedError


def inputs_of(flow: Thing) -> tuple[Thing, ...]:
    """What a module is applied to: a tuple feeds several inputs, anything else one."""
    return tuple(flow) if isinstance(flow, tuple) else (flow,)
