"""The flow: pipelines and their stages, which make modules, apply them and call functions, step by step."""

from __future__ import annotations

from ..functions import lookup as function_named
from ..functions.base import Function
from ..graph import Apply, Call, Known, Make, Maker, Module, Type, Value
from ..problems import CnnError, Problem, Related, fail
from ..shapes import Misfit
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .arithmetic import FUNCTIONS, refuse_long
from .branches import Branches, inputs_of
from .gathered import listed_out
from .gathering import POISONED, every, is_poisoned, note, told
from .provenance import traced
from .rows import warn_of_rows
from .state import Callee, Place, is_tensor, lacks_weights, template_place, types_of, usage
from .steady_uses import pin_unsteady_call
from .things import Counted, Label, NoFlow, Routine, Thing, describe, has_tensor, raw, split
from .wording import SAID, said

ON_LISTS = frozenset({"len", "zip", "enumerate", "reversed"})  # what takes lists of tensors, too
KEEPING = ON_LISTS - {"len"} | {"range"}  # what these give is spelled, item by item, as what they take


class Stages(Branches):
    """Everything that moves data."""

    # Pipelines

    def pipeline(self, node: t.Pipeline, place: Place) -> Thing:
        """The value of `a -> b -> c`. Its head starts from the place's flow if it makes or names a module."""
        stages = node.stages if node.from_flow else node.stages[1:]
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
            raise CnnError(told(failed))
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
            return self.run_if(node, place)
        if head:
            value = self.evaluate(node, place)
            if isinstance(value, Callee):  # or what a faulty statement was to name
                code = POISONED if t.NAMELESS in self.names else "function-without-call"
                raise fail(code, node.span, name=value.name, **({"axes": 1} if value.name == "flatten" else {}))
            return value
        if isinstance(node, t.Call):
            return self.call(node, place, incoming=place)
        if isinstance(node, t.Name) and node.id in self.written_labels:
            return self.apply_label(self.label(node), (self.take(place, node.span),), node)
        value = self.evaluate(node, place)
        if isinstance(value, (Callee, Routine)):
            return self.call_function(value, (), place, node, place)
        if isinstance(node, t.Name) and not place.used and not (isinstance(value, Known) and value.value is None):
            from .hints import value_as_stage

            made = getattr(self.made.get(value.number), "span", None) if isinstance(value, Value) else None
            raise value_as_stage(node, value, made)
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
        things = inputs_of(self.reached(place, maker, node.span))
        return self.make_and_apply(maker, things, self.site_path(node.span), node.span)

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
                raise fail("not-module-input", span, what=describe(thing))
        try:
            return self.build_on(maker, types_of(things), span, options)
        except CnnError as error:
            raise traced(error, self.made, things, self.names) from None

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
            from .sharing import shared_differs

            raise shared_differs(label, self.made.values(), module, things, node.span)
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
            return things[0] if len(things) == 1 else things
        return self.make_and_apply(maker, things, path, node.span, options, label)

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
            return thing if place.template else self.take(place, node.span)
        if isinstance(thing, (Callee, Routine)):
            return self.call_function(thing, node.arguments, place, node, incoming)
        from .several import not_callable

        raise not_callable(function, thing)

    def given(self, maker: Maker, node: t.Call, incoming: Place | None) -> Maker:
        """The template with the arguments of a call."""
        try:
            return self.bound(maker, node.arguments)
        except CnnError as error:
            if not any(problem.code == "tensor-not-known" for problem in error.problems):
                raise
            from .hints import applied

            raise applied(error, node, maker.target, incoming is not None) from None

    def call_fresh(self, node: t.Call, place: Place) -> Thing:
        """`MultiheadAttention(8)(q, k, v)`: a fresh module, applied to given values."""
        maker = self.callee(node, template_place())
        if place.template or not isinstance(maker, Maker):
            raise fail("not-callable", node.function.span, what=describe(maker))
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

    def tensor_arguments(self, node: t.Call, place: Place, target: Any = None) -> tuple[Any, Any]:
        things: list[Thing] = []
        options: list[tuple[str, Thing]] = []

        def take(argument: Any) -> None:
            if isinstance(argument, t.Keyword):
                options.append((argument.name, self.option(argument, node, place)))
            else:
                things.extend(self.entry(argument, place))

        every(node.arguments, take)
        if options and isinstance(target, (Maker, Label)):
            from .forward_keywords import placed

            return placed(target, node, things, options)
        return tuple(things), tuple(options)

    def option(self, argument: t.Keyword, node: t.Call, place: Place) -> Thing:
        """What is given by keyword; a function is no value."""
        thing = self.evaluate(argument.value, place)
        if isinstance(thing, Callee):
            from .hints import as_option

            raise as_option(thing.name, argument, node)
        return thing

    def call_function(self, thing: Thing, arguments: Any, place: Place, node: Any, incoming: Place | None) -> Thing:
        """A function of the catalogue, of compile time, or a `def`; after `->` the flow is its first argument."""
        self.session.tick(node.span)
        if isinstance(thing, Routine):
            return self.call_routine(thing, arguments, place, node, incoming)
        things, keywords = self.tensor_arguments(t.Call(node, tuple(arguments), node.span), place)
        tensor_function = function_named(thing.name)
        if tensor_function and things and lacks_weights(tensor_function, things):
            from .hints import as_layer

            if error := as_layer(tensor_function, node):
                raise error
        if incoming is not None:
            things = (self.take(incoming, node.span), *things)
        static = not any(has_tensor(value) for value in (*things, *(value for _, value in keywords)))
        is_sum = thing.name == "sum" and len(things) == 1 and not static and not keywords
        if is_sum and isinstance(parts := self.listed(things[0]), (list, tuple)):
            return self.sum_of(parts, node)
        if thing.name == "len" and len(things) == 1 and isinstance(getattr(things[0], "type", None), tuple):
            return Known(len(things[0].type))
        on_lists = thing.name in ON_LISTS
        if on_lists and incoming is None and any(map(is_tensor, things)):
            from .hints import no_list

            raise no_list(thing.name, things, node)
        things = tuple(map(self.listed, things)) if on_lists else things
        if thing.name in FUNCTIONS and (static or on_lists) and incoming is None:
            return self.call_builtin(thing.name, things, keywords, node)
        if tensor_function is None:
            raise fail("not-a-tensor-function", node.span, name=thing.name)
        try:
            return self.call_tensor_function(tensor_function, things, keywords, node.span, is_head=incoming is None)
        except CnnError as error:
            from .forward_keywords import loose_or_unknown

            raise loose_or_unknown(error, tensor_function, node, things, keywords) from None

    def call_builtin(self, name: str, things: Any, keywords: Any, node: Any) -> Thing:
        try:
            result = FUNCTIONS[name](*things, **dict(keywords))
        except TypeError as error:
            message = name + str(error)[max(str(error).find("("), 0) :]
            raise fail("bad-call", node.span, name=name, message=message) from None
        except Misfit as error:
            raise self.misfit(error, node.span) from None
        if isinstance(result, Known) and name in SAID and not keywords:
            result = Known(result.value, result.spellings or said(name, result.value, *things))
        self.pin_whole(name, result, things)
        self.note_read(result, *things)
        return self.grown(result, node.span, *things)

    def pin_whole(self, name: str, result: Thing, things: Any) -> None:
        """Pins what a function makes of lists, unless the result says it as they do."""
        alone = len(things) == 1 or (name == "range" and len(things) == 2 and not things[0].spellings)
        kept = alone if name in ("range", "enumerate") else not any(isinstance(t, Counted) for t in things)
        if name not in KEEPING or not kept:
            self.pin_lost(result, *things)

    def call_tensor_function(
        self, function: Function, things: Any, keywords: Any, span: Span, is_head: bool = False
    ) -> Thing:
        respelled = None
        if self.session.gathers:
            from .consumed import joinable

            things, keywords, respelled = joinable(self, function.name, things, keywords, span)
        named = dict(keywords)
        try:
            options = {name: raw(value) for name, value in named.items()}
            output = function.infer_called(self.session.need, *map(raw, things), **options)
            self.session.need.filled(output)
            self.session.mark(span)
            if function.lower is not None:
                self.pin(*things[1:])  # the axes' sizes are those of the calls
                return self.lowered(function, things, named, span)
            given, rule = {**dict(enumerate(things)), **named}, function.infer_called
            pin_unsteady_call(
                self,
                function.name,
                given,
                lambda new, need: need.filled(rule(need, *split(new)[0], **split(new)[1])),
                output,
            )
        except Misfit as error:
            error.help = error.help or usage(function, things, is_head, span)
            raise self.misfit_of(error, span, (*things, *named.values())) from None
        except TypeError as error:
            help = usage(function, things, is_head, span)
            raise fail("bad-call", span, name=function.name, message=str(error), help=help) from None
        is_wide = any(isinstance(thing, Value) and getattr(thing.type, "dtype", "") == "float64" for thing in things)
        refuse_long((things, tuple(named.values())), span, not is_wide)
        warn_of_rows(self, function.name, raw(things[0]) if things else None, output, span)
        value = self.new(respelled(output) if respelled else output)
        self.emit(Call(value, function.name, tuple(things), keywords, span))
        return value

    def lowered(self, function: Function, things: Any, named: dict[str, Thing], span: Span) -> Thing:
        """A function that is compiled to a chain of others, each applied to the one before."""
        assert function.lower is not None
        value = things[0]
        for name, arguments, keywords in function.lower(*map(raw, things), **{k: raw(v) for k, v in named.items()}):
            step = function_named(name)
            assert step is not None
            from .respelling import operands_of

            rest = operands_of(self, arguments, value, things[0], tuple(named.values()), span)
            value = self.call_tensor_function(step, (value, *rest), tuple(keywords.items()), span)
        return value

    def repeat(self, node: t.Binary, place: Place) -> Thing:
        """`Block(64) * 3`, unlabelled: an nn.Sequential of fresh copies."""
        return self.make_here(node, node, place)

    def call_routine(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Thing:
        raise NotImplementedError
