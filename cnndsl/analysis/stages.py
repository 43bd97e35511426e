"""The flow: pipelines and their stages, which make modules, apply them and call functions, step by step."""

from __future__ import annotations

from typing import Any

from ..functions import lookup as function_named
from ..functions.base import Function
from ..graph import Apply, Call, Child, Known, ListModule, Make, Maker, Module, Type, Value
from ..problems import CnnError, Related, fail
from ..shapes import Misfit
from ..source import Span
from ..syntax import tree as t
from .arithmetic import FUNCTIONS
from .groups import Groups
from .lowering import operands_of
from .provenance import traced
from .state import Callee, Place, template_place, types_of
from .steady import pin_unsteady, pin_unsteady_sizes
from .things import Counted, Label, Named, NoFlow, Routine, Thing, describe, has_tensor, raw, value_words

KEEPING = frozenset({"zip", "enumerate", "range"})  # what these give is spelled, item by item, as what they take


class Stages(Groups):
    """Everything that moves data."""

    # Pipelines

    def pipeline(self, node: t.Pipeline, place: Place) -> Thing:
        """The value of `a -> b -> c`. Its head starts from the place's flow if it makes or names a module."""
        stages = node.stages
        if node.from_flow:
            value = self.take(place, node.span)
        else:
            value = self.stage(stages[0], place, head=True)
            stages = stages[1:]
        for stage in stages:
            if not node.from_flow and not has_tensor(value) and not isinstance(value, NoFlow):
                raise fail("stage-without-tensor", stage.span, what=value_words(value))
            here = Place(value, arrived=True)
            value = self.stage(stage, here, head=False)
            if not here.used and not isinstance(stage, t.If):
                raise fail("stage-ignores-flow", stage.span, text=stage.span.text)
        return value

    def stage(self, node: Any, place: Place, head: bool) -> Thing:
        """One stage. After `->`, a function's first argument is the value that reaches it."""
        if isinstance(node, t.Label):
            return self.labelled(node, place)
        if isinstance(node, t.If):
            return self.run_if(node, place)
        if head:
            value = self.evaluate(node, place)
            if isinstance(value, Callee):
                raise fail("function-without-call", node.span, name=value.name)
            return value
        if isinstance(node, t.Call):
            return self.call(node, place, incoming=place)
        if isinstance(node, t.Name) and node.id in self.written_labels:
            return self.apply_label(self.label(node), (self.take(place, node.span),), node)
        value = self.evaluate(node, place)
        if isinstance(value, (Callee, Routine)):
            return self.call_function(value, (), place, node, place)
        if isinstance(node, t.Name) and not place.used and not (isinstance(value, Known) and value.value is None):
            tensor = node.id if has_tensor(value) else None
            made = getattr(self.made.get(value.number), "span", None) if isinstance(value, Value) else None
            related = (Related("given-here", made, {"name": node.id}),) if made else ()
            raise fail("value-as-stage", node.span, *related, name=node.id, what=describe(value), tensor=tensor)
        return self.through_none(value, node, place)

    def through_none(self, value: Thing, node: Any, place: Place) -> Thing:
        """A None template as a stage does nothing."""
        if isinstance(value, Known) and value.value is None and not isinstance(place.flow, NoFlow):
            return self.take(place, node.span)
        return value

    # Making and applying

    def make_here(self, maker: Any, node: Any, place: Place) -> Thing:
        """An unlabelled module: made where it stands, named by its site, applied to the flow."""
        if not self.makes_modules:
            if isinstance(place.flow, NoFlow) and isinstance(maker, Maker):
                return maker  # a `def` may hand templates on
            raise fail("module-in-def", node.span)
        things = inputs_of(self.take(place, node.span))
        return self.make_and_apply(maker, things, self.site_path(node.span), node.span)

    def site_path(self, span: Span) -> str:
        """The name of an unlabelled module; in a loop it takes an index."""
        name = self.sites.get(span.start)
        if name is None:
            is_told = span.text[:1].islower()  # a definition in small letters, where it stands
            raise fail("poisoned" if is_told else "module-not-here", span)
        if not self.loops:
            return name
        number = self.rounds.get(span.start, 0)
        self.rounds[span.start] = number + 1
        return f"{name}.{number}"

    def make_and_apply(
        self, maker: Any, things: tuple[Thing, ...], path: str, span: Span, options: Any = (), label: Any = ()
    ) -> Thing:
        module, output = self.build(maker, things, span, dict(options))
        if module is None:
            return things[0] if len(things) == 1 else things
        self.declare_module(path, module, span, label)
        self.labels[path] = Label(path, maker, module, span)
        return self.applied(path, module, things, output, span, options)

    def build(self, maker: Any, things: tuple[Thing, ...], span: Span, options: dict[str, Thing]) -> Any:
        """The module that a maker (a template, a group, branches or a repetition) gives for these inputs."""
        for thing in things:
            if isinstance(thing, list) or (isinstance(thing, Known) and thing.value is not None):
                raise fail("not-module-input", span, what=describe(thing))
        try:
            return self.build_on(maker, types_of(things), span, options)
        except CnnError as error:
            raise traced(error, self.made, things) from None

    def declare_module(self, path: str, module: Module, span: Span, label: tuple[Known, ...] = ()) -> None:
        if path in self.labels:
            raise fail("label-twice", span, Related("first-here", self.labels[path].span), name=path)
        self.emit(Make(path, module, span, label))

    def applied(self, path: str, module: Any, things: Any, output: Type, span: Span, options: Any = ()) -> Thing:
        value = self.new(output)
        self.emit(Apply(value, path, tuple(things), tuple(options), module, span))
        return value

    def apply_label(self, label: Label, things: tuple[Thing, ...], node: Any, options: Any = ()) -> Thing:
        """The module already made, applied again: shared weights."""
        label.used += 1
        if len(things) == 1:
            things = inputs_of(things[0])
        if label.module is None:
            return things[0]
        module, output = self.build(label.maker, things, node.span, dict(options))
        if module != label.module:
            raise fail("shared-differs", node.span, Related("made-here", label.span), name=label.path)
        return self.applied(label.path, module, things, output, node.span, options)

    # Labels

    def labelled(self, node: t.Label, place: Place) -> Thing:
        """`conv1: Conv2d(…)`: makes a module under the author's name and applies it."""
        path = self.label_path(node.target)
        if isinstance(node.value, t.List):
            return self.labelled_list(path, node, self.take(place, node.span))
        maker = self.maker_of(node.value, node)
        things, options = self.given_inputs(node, place)
        if isinstance(maker, Known):
            self.labels[path] = Label(path, None, None, node.span)
            return things[0] if len(things) == 1 else things
        return self.make_and_apply(maker, things, path, node.span, options, self.label_parts(node.target))

    def given_inputs(self, label: t.Label, place: Place) -> tuple[tuple[Thing, ...], Any]:
        """The flow, or what the second brackets of `attention: MultiheadAttention(8)(q, k, v)` hold."""
        node = label.value
        if not (isinstance(node, t.Call) and isinstance(node.function, t.Call)):
            return inputs_of(self.take(place, label.span)), ()
        found = self.tensor_arguments(node, place)
        place.passed_by()
        return found

    def labelled_list(self, path: str, node: t.Label, flow: Thing) -> Thing:
        """`convs: [A, B -> relu]`: an nn.ModuleList whose every module takes the flow; functions may follow in it."""
        assert isinstance(node.value, t.List)
        things, before = inputs_of(flow), len(self.steps)
        children: list[Child] = []
        values: list[Thing] = []
        for item in self.list_entries(node.value):
            first, functions = self.maker_and_functions(item)
            maker = self.list_maker(first)
            if isinstance(maker, Known):
                continue
            module, output = self.build(maker, things, node.span, {})
            children.append(Child(str(len(children)), module, output))
            values.append(self.applied(f"{path}.{children[-1].name}", module, things, output, node.span))
            if functions:
                values[-1] = self.pipeline(t.Pipeline(functions, True, item.span), Place(values[-1]))
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

    # Calls

    def call(self, node: t.Call, place: Place, incoming: Place | None = None) -> Thing:
        """`f(…)`: a module made or applied, or a function. `incoming` is the place when the call follows `->`."""
        function = node.function
        if isinstance(function, t.Call):
            return self.call_fresh(node, place)
        if isinstance(function, t.Name) and function.id in self.written_labels:
            return self.call_label(function, node, place)
        thing = self.evaluate(function, template_place())
        if isinstance(thing, Maker):
            bound = self.bound(thing, node.arguments)
            return bound if place.template else self.make_here(bound, node, place)
        if isinstance(thing, Known) and thing.value is None:
            return thing if place.template else self.take(place, node.span)
        if isinstance(thing, (Callee, Routine)):
            return self.call_function(thing, node.arguments, place, node, incoming)
        tensor = function.id if isinstance(function, t.Name) and has_tensor(thing) else None
        raise fail("not-callable", function.span, what=describe(thing), tensor=tensor)

    def call_fresh(self, node: t.Call, place: Place) -> Thing:
        """`MultiheadAttention(8)(q, k, v)`: a fresh module, applied to given values."""
        maker = self.evaluate(node.function, template_place())
        if place.template or not isinstance(maker, Maker):
            raise fail("not-callable", node.function.span, what=value_words(maker))
        things, options = self.tensor_arguments(node, place)
        place.passed_by()
        return self.make_and_apply(maker, things, self.site_path(node.span), node.span, options)

    def call_label(self, name: t.Name, node: t.Call, place: Place) -> Thing:
        things, options = self.tensor_arguments(node, place)
        if not things or not any(has_tensor(thing) for thing in things):
            raise fail("label-with-arguments", node.span, Related("made-here", self.written_labels[name.id]),
                       name=name.id)  # fmt: skip
        place.passed_by()
        return self.apply_label(self.label(name), things, node, options)

    def tensor_arguments(self, node: t.Call, place: Place) -> tuple[tuple[Thing, ...], tuple[tuple[str, Thing], ...]]:
        things: list[Thing] = []
        options: list[tuple[str, Thing]] = []
        for argument in node.arguments:
            if isinstance(argument, t.Keyword):
                options.append((argument.name, self.evaluate(argument.value, place)))
            elif isinstance(argument, t.Spread):
                things += self.spread(argument, place)
            else:
                things.append(self.evaluate(argument, place))
        return tuple(things), tuple(options)

    def call_function(self, thing: Thing, arguments: Any, place: Place, node: Any, incoming: Place | None) -> Thing:
        """A function of the catalogue, of compile time, or a `def`; after `->` the flow is its first argument."""
        self.session.tick(node.span)
        if isinstance(thing, Routine):
            return self.call_routine(thing, arguments, place, node, incoming)
        things, keywords = self.tensor_arguments(t.Call(node, tuple(arguments), node.span), place)
        if incoming is not None:
            things = (self.take(incoming, node.span), *things)
        tensor_function = function_named(thing.name)
        static = not any(has_tensor(value) for value in (*things, *(value for _, value in keywords)))
        if thing.name == "sum" and len(things) == 1 and isinstance(things[0], list) and not static and not keywords:
            return self.sum_of(things[0], node)
        on_lists = thing.name in ("len", "zip", "enumerate") and not any(isinstance(item, Value) for item in things)
        if thing.name in FUNCTIONS and (static or on_lists) and incoming is None:
            return self.call_builtin(thing.name, things, keywords, node)
        if tensor_function is None:
            raise fail("not-a-tensor-function", node.span, name=thing.name)
        return self.call_tensor_function(tensor_function, things, keywords, node.span)

    def sum_of(self, things: list[Thing], node: Any) -> Thing:
        """Python's `sum` of a list of tensors: `a + b + c`."""
        total = things[0]
        for thing in things[1:]:
            total = self.tensor_binary(t.Binary("+", node, node, node.span), total, thing)
        return total

    def call_builtin(self, name: str, things: Any, keywords: Any, node: Any) -> Thing:
        try:
            result = FUNCTIONS[name](*things, **dict(keywords))
        except TypeError as error:
            raise fail("bad-call", node.span, name=name, message=str(error)) from None
        except Misfit as error:
            raise self.misfit(error, node.span) from None
        self.pin_whole(name, result, things)
        return self.grown(result, node.span)

    def pin_whole(self, name: str, result: Thing, things: Any) -> None:
        """Pins what a function makes of lists, unless the result says it as they do."""
        kept = len(things) == 1 if name in ("range", "enumerate") else not any(isinstance(t, Counted) for t in things)
        if name not in KEEPING or not kept:
            self.pin_lost(result, *things)
        if name == "sum":
            self.pin(*(thing for thing in things if isinstance(thing, (Counted, Named))))

    def call_tensor_function(self, function: Function, things: Any, keywords: Any, span: Span) -> Thing:
        named = dict(keywords)
        try:
            options = {name: raw(value) for name, value in named.items()}
            output = function.infer_called(self.session.need, *map(raw, things), **options)
            self.session.need.filled(output)
            self.session.mark(span)
            if function.lower is not None:
                self.pin(*things[1:], *named.values())
                return self.lowered(function, things, named, span)
            given = {**dict(enumerate(things)), **named}
            pin_unsteady(self, given, lambda new, need: function.infer(need, *split(new)[0], **split(new)[1]), output)
            self.pin(*(thing for thing in given.values() if self.is_free(thing)))
            pin_unsteady_sizes(
                self,
                {key: raw(thing) for key, thing in given.items()},
                lambda new, need: need.filled(function.infer_called(need, *split(new)[0], **split(new)[1])),
            )
        except Misfit as error:
            raise self.misfit_of(error, span, (*things, *named.values())) from None
        except TypeError as error:
            meant = {"argument": getattr(error, "name", None), "nearest": getattr(error, "meant", None)}
            raise fail("bad-call", span, name=function.name, message=str(error), **meant) from None
        value = self.new(output)
        self.emit(Call(value, function.name, tuple(things), keywords, span))
        return value

    def lowered(self, function: Function, things: Any, named: dict[str, Thing], span: Span) -> Thing:
        """A function that is compiled to a chain of others, each applied to the one before."""
        assert function.lower is not None
        value = things[0]
        for name, arguments, keywords in function.lower(*map(raw, things), **{k: raw(v) for k, v in named.items()}):
            step = function_named(name)
            assert step is not None
            rest = operands_of(self, arguments, value, things[0], tuple(named.values()), span)
            value = self.call_tensor_function(step, (value, *rest), tuple(keywords.items()), span)
        return value

    # Brackets

    def branches(self, node: t.List, place: Place) -> Thing:
        """`[a, b]`: a list; pipelines in it all start from the same flow. `for` and `if` may stand in it."""
        found: list[Thing] = []
        for item in node.items:
            if isinstance(item, t.For):
                self.loops += 1
                for _ in self.each(item, place):
                    found += self.branch_statements(item.body, place)
                self.loops -= 1
            elif isinstance(item, t.If):
                found += self.branch_if(item, place)
            elif isinstance(item, t.Spread):
                found += self.spread(item, place)
            else:
                found.append(self.evaluate(item, place))
        return self.grown(found, node.span)

    def branch_statements(self, body: Any, place: Place) -> list[Thing]:
        """In `[for …]` each statement is a branch; numbers may be named."""
        found: list[Thing] = []
        for statement in body:
            if isinstance(statement, t.Do):
                inner = statement.value
                entry = t.List((inner,), statement.span) if isinstance(inner, (t.If, t.For)) else None
                found += self.branches(entry, place) if entry else [self.evaluate(inner, place)]
            elif isinstance(statement, t.For):
                found += self.branches(t.List((statement,), statement.span), place)
            elif isinstance(statement, t.Assign):
                self.assign_static(statement)
            else:
                raise fail("not-a-branch", statement.span)
        return found

    def branch_if(self, node: t.If, place: Place) -> list[Thing]:
        arm = self.static_arm(node)
        return self.branch_statements(arm or (), place)

    def repeat(self, node: t.Binary, place: Place) -> Thing:
        """`Block(64) * 3`, unlabelled: an nn.Sequential of fresh copies."""
        return self.make_here(node, node, place)

    def call_routine(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Thing:
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


def split(arguments: Any) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by place or name as positional ones and keywords."""
    positional = [value for key, value in arguments.items() if isinstance(key, int)]
    return positional, {key: value for key, value in arguments.items() if isinstance(key, str)}
