"""Groups: `{ … }` after a label, `Sequential { … }`, repetitions: modules in sequence, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..graph import Child, Known, Maker, Module, SequentialModule, Type, Value
from ..layers import names as layer_names
from ..problems import fail
from ..source import Span
from ..syntax import tree as t
from .modules import Made, Modules
from .reserved import why_reserved
from .sites import is_template
from .state import Callee, nearest, template_place
from .things import Thing, describe, has_tensor

LABEL_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Groups(Modules):
    """Builds what a maker expression means: a template's module, a group's, a repetition's."""

    def build_on(self, maker: Any, types: tuple[Type, ...], span: Span, options: Mapping[str, Thing]) -> Made:
        """The module for inputs of these types. `maker` is a Maker, or the tree of a group or repetition."""
        if isinstance(maker, Maker):
            return self.construct(maker, types, span, options)
        if options:
            raise fail("options-of-block", span, name="a group", option=next(iter(options)))
        if isinstance(maker, t.Group):
            children, output = self.group(maker.body, types)
        else:
            sequence = Sequence(self, types)
            sequence.expr(maker)
            children, output = sequence.done()
        return SequentialModule(children), output

    def group(self, body: Any, types: tuple[Type, ...]) -> tuple[tuple[Child, ...], Type]:
        """The children of a group and what the last of them gives."""
        sequence = Sequence(self, types)
        sequence.statements(body)
        return sequence.done()

    def maker_of(self, node: Any, place: Any) -> Any:
        """What a label's right side makes: a Maker, a group or repetition (their trees), or Known None."""
        if isinstance(node, t.Group):
            return node
        if isinstance(node, t.Pipeline) and self.is_chain(node):
            return node
        if isinstance(node, t.Binary) and node.operator == "*" and self.is_chain(node.left):
            return node
        if isinstance(node, t.Call) and isinstance(node.function, t.Call):
            node = node.function
        if isinstance(node, t.Call) and isinstance(node.function, t.Name):
            callee = self.evaluate(node.function, template_place())
            if isinstance(callee, Callee):
                raise fail(
                    "label-on-function", node.span, name=callee.name, nearest=nearest(callee.name, layer_names())
                )
        thing = self.evaluate(node, template_place())
        if isinstance(thing, Maker) or (isinstance(thing, Known) and thing.value is None):
            return thing
        if isinstance(thing, Callee):
            raise fail("label-on-function", node.span, name=thing.name, nearest=nearest(thing.name, layer_names()))
        raise fail("label-on-value", node.span, what=describe(thing))

    def label_path(self, target: t.Name | t.Text) -> str:
        """The path that a label gives, checked: it becomes attribute names and state_dict keys."""
        path = target.id if isinstance(target, t.Name) else self.text(target)
        parts = path.split(".")
        for part in parts:
            if not part or not LABEL_LETTERS.issuperset(part):
                raise fail("bad-label", target.span, label=path)
        if (code := why_reserved(parts[0])) is not None:
            raise fail(code, target.span, name=parts[0])
        if has_tensor(self.names.get(parts[0])) and isinstance(self.names[parts[0]], Value):
            raise fail("label-is-value", target.span, name=parts[0])
        return path

    def list_entries(self, node: t.List) -> Any:
        raise NotImplementedError


class Sequence:
    """The children of one nn.Sequential as they are written, and the type that flows through them."""

    def __init__(self, visit: Groups, types: tuple[Type, ...]) -> None:
        self.visit = visit
        self.types = types
        self.children: list[Child] = []
        self.names: set[str] = set()

    def done(self) -> tuple[tuple[Child, ...], Type]:
        output = self.types[0] if len(self.types) == 1 else self.types
        return tuple(self.children), output

    def statements(self, body: Any) -> None:
        for statement in body:
            self.visit.session.tick(statement.span)
            match statement:
                case t.Do():
                    self.expr(statement.value)
                case t.For():
                    for _ in self.visit.each(statement, template_place()):  # type: ignore[attr-defined]
                        self.statements(statement.body)
                case t.Assign():
                    self.assign(statement)
                case t.Expect():
                    self.visit.expect_type(statement, self.types)  # type: ignore[attr-defined]
                case t.Faulty():
                    raise fail("poisoned", statement.span)
                case _:
                    raise fail("not-in-group", statement.span)

    def assign(self, statement: t.Assign) -> None:
        if not is_template(statement) and isinstance(statement.value, (t.Pipeline, t.Label, t.Group)):
            raise fail("tensor-in-group", statement.span)
        self.visit.assign_static(statement)  # type: ignore[attr-defined]

    def expr(self, node: Any) -> None:
        """One or more children."""
        match node:
            case t.Pipeline():
                for stage in node.stages:
                    self.expr(stage)
            case t.If():
                if (arm := self.visit.static_arm(node)) is not None:  # type: ignore[attr-defined]
                    self.statements(arm)
            case t.Label():
                self.label(node)
            case t.Binary(operator="*") if self.visit.is_chain(node.left):
                self.repeat(node)
            case t.Group():
                children, output = self.visit.group(node.body, self.types)
                self.add(None, SequentialModule(children), output, node.span)
            case t.Tuple() | t.List():
                raise fail("not-in-group", node.span)
            case _:
                self.template(node)

    def template(self, node: Any) -> None:
        name = node.function if isinstance(node, t.Call) and isinstance(node.function, t.Name) else None
        if name is not None and isinstance(self.visit.evaluate(name, template_place()), Callee):
            raise fail("function-in-group", node.span, name=name.id)
        thing = self.visit.evaluate(node, template_place())
        if isinstance(thing, Known) and thing.value is None:
            return
        if isinstance(thing, Callee):
            raise fail("function-in-group", node.span, name=thing.name)
        if not isinstance(thing, Maker):
            raise fail("not-in-group-value", node.span, what=describe(thing))
        self.add(None, *self.visit.construct(thing, self.types, node.span, {}), node.span)

    def label(self, node: t.Label) -> None:
        name = node.target.id if isinstance(node.target, t.Name) else self.visit.text(node.target)
        if not name or not LABEL_LETTERS.issuperset(name):
            raise fail("bad-label", node.target.span, label=name)
        if isinstance(node.value, t.List):
            raise fail("not-in-group", node.value.span)
        maker = self.visit.maker_of(node.value, node)
        if isinstance(maker, Known):
            return
        self.add(name, *self.visit.build_on(maker, self.types, node.span, {}), node.span)

    def repeat(self, node: t.Binary) -> None:
        """Fresh copies, each a child; the limit is checked before the first is made."""
        count = self.visit.static(node.right)
        if not isinstance(count, Known) or isinstance(count.value, bool) or not isinstance(count.value, int):
            raise fail("bad-repeat", node.right.span, what=describe(count))
        if count.value < 0:
            raise fail("negative-repeat", node.right.span, count=int(count.value))
        self.visit.pin(count)
        self.visit.session.count_module(node.span, 0)
        if count.value > self.visit.session.limits.modules:
            raise fail("too-many-modules", node.span, limit=self.visit.session.limits.modules)
        self.copies(node, count.value)

    def copies(self, node: t.Binary, count: int) -> None:
        """Copies that leave the shape as it was are all alike: one is elaborated, the others are counted."""
        session = self.visit.session
        for number in range(count):
            types, before, modules = self.types, len(self.children), session.modules
            self.expr(node.left)
            fresh = self.children[before:]
            alike = self.types == types and all(child.name.isdigit() for child in fresh)
            if alike and number < count - 1:
                rest = count - 1 - number
                session.count_module(node.span, max(rest * (session.modules - modules), rest))
                for child in fresh * rest:
                    self.add(None, child.module, child.output, child.span or node.span)
                return

    def add(self, label: str | None, module: Module | None, output: Type, span: Span) -> None:
        if module is None:
            return
        name = str(len(self.children)) if label is None else label
        if name in self.names:
            raise fail("child-twice", span, name=name)
        if (code := why_reserved(name)) is not None:
            raise fail(code, span, name=name)
        self.names.add(name)
        self.children.append(Child(name, module, output, span))
        self.types = (output,)
