"""Calls of functions: of tensors, of compile time, and of what the author defines."""

from __future__ import annotations

from ..dims import Dim, weight_of
from ..functions import lookup as function_named
from ..functions.base import Function
from ..graph import Call, Known, Maker, Value
from ..problems import CnnError, fail
from ..shapes import Misfit
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .arithmetic import FUNCTIONS, refuse_long
from .branches import Branches
from .gathering import every, is_poisoned
from .lengths import is_counter, is_told
from .rows import warn_of_rows
from .state import Callee, Place, is_tensor
from .steady_uses import pin_unsteady_call
from .things import Counted, Label, Routine, Thing, has_tensor, raw, split
from .wording import SAID, said

ON_LISTS = frozenset({"len", "zip", "enumerate", "reversed"})  # what takes lists of tensors, too
IN_PARTS = frozenset({"chunk", "split"})  # how many results they give hangs on a size
KEEPING = ON_LISTS - {"len"} | {"range"}  # what these give is spelled, item by item, as what they take


class FunctionCalls(Branches):
    """What a call's tensors and options are, and what a function makes of them."""

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
        if incoming is not None and arguments and tensor_function and is_poisoned(incoming.flow):
            from .by_themselves import behind_a_mistake

            behind_a_mistake(tensor_function, node, things, dict(keywords))
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
        self.session.tick(node.span, work(name, result, things))
        return self.grown(result, node.span, *things)

    def pin_whole(self, name: str, result: Thing, things: Any) -> None:
        """Pins what a function makes of lists, unless the result says it as they do."""
        if name == "range":
            kept = is_told(things)
        elif name == "reversed" and is_counter(getattr(result, "columns", None)):
            kept = True
        else:
            kept = len(things) == 1 if name == "enumerate" else not any(isinstance(thing, Counted) for thing in things)
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
        except (Misfit, TypeError) as error:
            raise self.not_taken(error, function, (things, named), is_head, span) from None
        self.keep_parts(function.name, given, output, span)
        is_wide = any(isinstance(thing, Value) and getattr(thing.type, "dtype", "") == "float64" for thing in things)
        refuse_long((things, tuple(named.values())), span, not is_wide)
        warn_of_rows(self, function.name, raw(things[0]) if things else None, output, span)
        value = self.new(respelled(output) if respelled else output)
        self.emit(Call(value, function.name, tuple(things), keywords, span))
        return value

    def not_taken(self, error: Any, function: Function, given: Any, is_head: bool, span: Span) -> CnnError:
        """The problem of a call whose arguments a function does not take."""
        from .loose_items import usage

        things, named = given
        help = usage(function, things, is_head, span)
        if isinstance(error, TypeError):
            return fail("bad-call", span, name=function.name, message=str(error), help=help)
        error.help = error.help or help
        return self.misfit_of(error, span, (*things, *named.values()))

    def keep_parts(self, name: str, given: dict[Any, Thing], output: Any, span: Span) -> None:
        if name in IN_PARTS:
            from .sided import keep_parts

            keep_parts(self, name, given, output, span)

    def lowered(self, function: Function, things: Any, named: dict[str, Thing], span: Span) -> Thing:
        """A function that is compiled to a chain of others, each applied to the one before; for what none of them asks,
        the class does."""
        assert function.lower is not None
        value = things[0]
        for name, arguments, keywords in function.lower(*map(raw, things), **{k: raw(v) for k, v in named.items()}):
            if name == "expect":
                if self.session.for_code:
                    from .sided import expected

                    self.steps += expected(arguments, span)
                continue
            step = function_named(name)
            assert step is not None
            from .respelling import operands_of

            rest = operands_of(self, arguments, value, things[0], tuple(named.values()), span)
            value = self.call_tensor_function(step, (value, *rest), tuple(keywords.items()), span)
        return value

    def call_routine(self, routine: Routine, arguments: Any, place: Place, node: Any, incoming: Any) -> Thing:
        raise NotImplementedError


def work(name: str, result: Thing, things: Any) -> int:
    """How many steps a function of numbers takes beyond one: a sum or an extreme by its entries, and of free
    sizes that are held against one another the cube of them."""
    if name not in ("sum", "min", "max"):
        return 0
    entries = sum(len(thing) for thing in things if isinstance(thing, list)) // 8
    size = result.value if isinstance(result, Known) and name != "sum" else 0
    return entries + (weight_of(size) ** 3 // 64 if isinstance(size, Dim) else 0)


def lacks_weights(function: Function, things: tuple[Thing, ...]) -> bool:
    """Whether a function that takes its weights as tensors gets none: `conv2d(8, 3)`."""
    needed = function.parameters[1:2]
    return bool(needed) and needed[0].is_tensor and needed[0].is_required and not any(map(has_tensor, things))
