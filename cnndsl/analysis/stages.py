"""The flow: pipelines and their stages, which make modules and apply them, step by step."""

from __future__ import annotations

from ..functions import lookup as function_named
from ..graph import Apply, Choice, Known, LayerModule, Make, Maker, Module, Type, Value
from ..problems import CnnError, Problem, Related, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable
from .branches import inputs_of
from .deciding import noted
from .function_calls import FunctionCalls
from .gathered import listed_out
from .gathering import POISONED, as_modules, is_poisoned, is_silent, note, told
from .state import Callee, Place, template_place, types_of
from .things import Label, NoFlow, Routine, Thing, describe, has_tensor


class Stages(FunctionCalls):
    """Everything that moves data."""

    feeding: tuple[Thing, ...] = ()  # what a module that is being made is given

    # Pipelines

    def pipeline(self, node: t.Pipeline, place: Place) -> Thing:
        """The value of `a -> b -> c`. Its head starts from the place's flow if it makes or names a module."""
        stages = node.stages if node.from_flow else node.stages[1:]
        self.session.tick(node.span, len(stages))
        failed: list[Problem] = []
        try:
            value = self.take(place, node.span) if node.from_flow else self.stage(node.stages[0], place, head=True)
        except CnnError as error:
            note(failed, error)
            value = NoFlow(POISONED, (node.stages[0].span,))
        for stage in stages:
            try:
                value = self.next_stage(stage, value, node.from_flow)
            except CnnError as error:
                note(failed, error)
                value = NoFlow(POISONED, (stage.span,))
        if failed:
            if failed[-1].code == "value-as-stage":
                from .hints import tensor_first

                failed = tensor_first(node, failed, self.written_labels)
            raise CnnError(told(failed if self.makes_modules else as_modules(failed)))
        return value

    def next_stage(self, stage: Any, value: Thing, from_flow: bool) -> Thing:
        """What a stage after `->` makes of the value that reaches it."""
        if not from_flow and not has_tensor(value) and not isinstance(value, NoFlow):
            begins = stage.span.source.line(stage.span.line)[: stage.span.column - 1].strip() == "->"
            text = stage.span.text if begins else None
            raise fail("stage-without-tensor", stage.span, what=describe(value), text=text)
        here = Place(value, arrived=True)
        found = self.stage(stage, here, head=False)
        if not here.used and not isinstance(stage, t.If):
            if isinstance(value, NoFlow):
                raise fail(value.reason, stage.span)
            from .hints import ignoring

            raise ignoring(stage)
        return found

    def stage(self, node: Any, place: Place, head: bool) -> Thing:
        """One stage. After `->`, a function's first argument is the value that reaches it."""
        if isinstance(node, t.Label):
            return self.labelled(node, place)
        if isinstance(node, t.If):
            if head and node.otherwise is None:
                from .identities import flows_instead

                flows_instead(self, node, place.flow)
            return self.run_if(node, place)
        if head:
            has_several = isinstance(getattr(place.flow, "type", None), tuple)  # what the label's module gave, perhaps
            value = self.operand(node, place) if has_several else self.evaluate(node, place)
            if isinstance(value, Callee):  # or what a faulty statement was to name
                is_faulty = t.NAMELESS in self.names or is_poisoned(self.names.get(value.name.capitalize()))
                code = POISONED if is_faulty else "function-without-call"
                raise fail(code, node.span, name=value.name, **({"axes": 1} if value.name == "flatten" else {}))
            return value
        if isinstance(node, t.Call):
            return self.call(node, place, incoming=place)
        if isinstance(node, t.Name) and node.id in self.written_labels:
            return self.apply_label(self.label(node), (self.take(place, node.span),), node)
        value = self.evaluate(node, place) if node.__class__ is not t.Index else self.indexed(node, place)
        if isinstance(value, (Callee, Routine)):
            return self.call_function(value, (), place, node, place)
        if isinstance(node, t.Name) and not place.used and not (isinstance(value, Known) and value.value is None):
            from .hints import value_as_stage

            made = getattr(self.made.get(value.number), "span", None) if isinstance(value, Value) else None
            raise value_as_stage(node, value, made)
        return self.through_none(value, node, place)

    def indexed(self, node: t.Index, place: Place) -> Thing:
        """What is picked by an index behind `->`: `-> LSTM(8)[0]`."""
        try:
            return self.evaluate(node, place)
        except CnnError as error:
            from .misused import index_behind

            raise index_behind(error, node, place.flow) from None

    def through_none(self, value: Thing, node: Any, place: Place) -> Thing:
        """A None template as a stage does nothing."""
        if isinstance(value, Known) and value.value is None and not isinstance(place.flow, NoFlow):
            return self.perhaps(node, lambda: self.take(place, node.span))
        return value

    def perhaps(self, node: Any, run: Callable[[], Thing]) -> Thing:
        """What a stage gives; where its template is a parameter, that may be None in another use: a choice, as an `if`
        is.
        """
        name = node.function if node.__class__ is t.Call else node
        if name.__class__ is not t.Name or name.id not in self.templates:
            return run()
        outer, self.steps = self.steps, []
        gives: list[Any] = []
        try:
            found = noted(run(), "", gives)
        finally:
            body, self.steps = self.steps, outer
        there = self.names[name.id] != Known(None)
        asked = Choice(name.span.start, Known(there), there, tuple(body), "", False, True, name.id, tuple(gives))
        self.emit(asked)
        return found

    def passed(self, thing: Thing, node: Any) -> Thing:
        """The flow behind a statement: a None template that stands alone does nothing."""
        flows = self.templates and not isinstance(self.flow, NoFlow)
        is_none = flows and thing.__class__ is Known and thing.value is None
        if is_none:
            self.settle_flow(self.flow)
            return self.perhaps(node, lambda: self.flow)
        return self.flow

    # Making and applying

    def make_here(self, maker: Any, node: Any, place: Place) -> Thing:
        """An unlabelled module: made where it stands, named by its site, applied to the flow."""
        if not self.makes_modules:
            if isinstance(place.flow, NoFlow) and isinstance(maker, Maker):
                return maker  # a `def` may hand templates on
            raise fail("module-in-def", node.span)
        things = inputs_of(self.reached(place, maker, node.span))
        return self.perhaps(node, lambda: self.make_and_apply(maker, things, self.site_path(node.span), node.span))

    def reached(self, place: Place, maker: Any, span: Span) -> Thing:
        """The flow, for a module; where nothing is known of it after a mistake, the arguments are looked at alone."""
        if is_poisoned(place.flow):
            if isinstance(maker, Maker):
                self.check_alone(maker, span)
            elif not isinstance(maker, Known):
                self.build_on(maker, (place.flow,), span, {})
        return self.take(place, span)

    def site_path(self, span: Span) -> str:
        """The name of an unlabelled module; in a loop it takes an index."""
        if (name := self.sites.get(span.start)) is None:
            called = span.text.partition("(")[0].strip()  # may be a definition in small letters
            is_told = called in self.scope.items and called[:1].islower()
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
                from .several import not_module_input

                raise not_module_input(self, maker, thing, span)
        self.feeding = things
        try:
            return self.build_on(maker, types_of(things), span, options)
        except CnnError as error:
            raise error if is_silent(error) else self.with_trace(error, things) from None

    def declare_module(self, path: str, module: Module, span: Span, label: tuple[Known, ...] = ()) -> None:
        if path in self.labels:
            from .hints import label_twice

            raise label_twice(path, span, self.labels[path].span, self.names)
        self.emit(Make(path, module, span, label))

    def applied(self, path: str, module: Any, things: Any, output: Type, span: Span, options: Any = ()) -> Thing:
        value = self.noted(self.new(output), module, span)
        self.emit(Apply(value, path, tuple(map(listed_out, things)), tuple(options), module, span))
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
            from .agreeing import same_but_asked
            from .sharing import shared_differs

            if not self.session.for_code or not same_but_asked(module, label.module):
                raise shared_differs(label, self, module, things, node.span)
        if self.session.for_code and may_differ(module):
            from .agreeing import keep_alike

            keep_alike(self, label.module, module, node.span)
        return self.applied(label.path, module, things, output, node.span, options)

    # Labels

    def labelled(self, node: t.Label, place: Place) -> Thing:
        """`conv1: Conv2d(…)`: makes a module under the author's name and applies it."""
        try:
            path, label = self.label_path(node.target)
            self.not_twice(path, node)
            return self.made_under(path, label, node, place)
        except CnnError:
            self.poison_names(node)
            raise

    def made_under(self, path: str, label: tuple[Known, ...], node: t.Label, place: Place) -> Thing:
        if isinstance(node.value, t.List):
            flow = place.flow if is_poisoned(place.flow) else self.take(place, node.span)
            return self.labelled_list(path, node, flow)
        maker = self.maker_of(node.value, node)
        things, options = self.given_inputs(node, place, maker)
        if isinstance(maker, Known):
            self.labels[path] = Label(path, None, None, node.span)
            return self.perhaps(node.value, lambda: things[0] if len(things) == 1 else things)
        return self.perhaps(node.value, lambda: self.make_and_apply(maker, things, path, node.span, options, label))

    def given_inputs(self, label: t.Label, place: Place, maker: Any) -> tuple[tuple[Thing, ...], Any]:
        """The flow, or what the second brackets of `attention: MultiheadAttention(8)(q, k, v)` hold."""
        node = label.value
        if not (isinstance(node, t.Call) and isinstance(node.function, t.Call)):
            return inputs_of(self.reached(place, maker, label.span)), ()
        found = self.tensor_arguments(node, place, maker)
        place.passed_by()
        return found

    # Calls

    def call(self, node: t.Call, place: Place, incoming: Place | None = None) -> Thing:
        """`f(…)`: a module made or applied, or a function. `incoming` is the place when the call follows `->`."""
        function = node.function
        if isinstance(function, t.Call):
            return self.call_fresh(node, place)
        if isinstance(function, t.Name) and function.id in self.written_labels:
            return self.call_label(function, node, place)
        is_method = isinstance(function, t.Attribute) and function_named(function.name) is not None
        thing = self.callee(node, place if is_method else template_place())
        if isinstance(thing, Maker):
            bound = self.given(thing, node, incoming)
            return bound if place.template else self.make_here(bound, node, place)
        if isinstance(thing, Known) and thing.value is None:
            return thing if place.template else self.perhaps(node, lambda: self.take(place, node.span))
        if isinstance(thing, (Callee, Routine)):
            return self.call_function(thing, node.arguments, place, node, incoming)
        from .several import not_callable

        raise not_callable(node, thing, self.body)

    def given(self, maker: Maker, node: t.Call, incoming: Place | None) -> Maker:
        """The template with the arguments of a call."""
        try:
            return self.bound(maker, node.arguments)
        except CnnError as error:
            if not any(problem.code == "tensor-not-known" for problem in error.problems):
                raise
            from .given_tensors import meant

            raise meant(error, node, maker, self.body, incoming is not None) from None

    def call_fresh(self, node: t.Call, place: Place) -> Thing:
        """`MultiheadAttention(8)(q, k, v)`: a fresh module, applied to given values."""
        maker = self.callee(node, template_place())
        if not isinstance(maker, Maker):
            raise fail("not-callable", node.function.span, what=describe(maker))
        if place.template:
            raise fail("tensor-not-known", node.span, what=f"what {maker.name} gives")
        things, options = self.tensor_arguments(node, place, maker)
        place.passed_by()
        return self.make_and_apply(maker, things, self.site_path(node.span), node.span, options)

    def call_label(self, name: t.Name, node: t.Call, place: Place) -> Thing:
        things, options = self.tensor_arguments(node, place, self.labels.get(name.id))
        if not things or not any(has_tensor(thing) for thing in things):
            raise fail("label-with-arguments", node.span, Related("made-here", self.written_labels[name.id]),
                       name=name.id)  # fmt: skip
        place.passed_by()
        return self.apply_label(self.label(name), things, node, options)

    def repeat(self, node: t.Binary, place: Place) -> Thing:
        """`Block(64) * 3`, unlabelled: an nn.Sequential of fresh copies."""
        return self.make_here(node, node, place)


def may_differ(module: Module) -> bool:
    """Whether a module is another one for other arguments of the class that it is made in."""
    return not isinstance(module, LayerModule) or any([argument.value.spellings for argument in module.arguments])
