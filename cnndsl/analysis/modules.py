"""Makes modules: binds a template's arguments, infers what was left out, and says what the module gives."""

from __future__ import annotations

from ..graph import (
    Argument,
    BlockModule,
    ExternModule,
    Instance,
    Known,
    Maker,
    Module,
    PartModule,
    TapsModule,
    Type,
    Value,
)  # fmt: skip
from ..layers.base import Layer
from ..problems import CnnError, Related, fail
from ..records import replace
from ..shapes import Need
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Mapping
from . import reuse
from .deciding import whole_of
from .gathering import POISONED, called_from, every, is_of_call, told_at_arguments
from .layered import Layered, Made, arguments_of
from .lengths import builtin_len
from .operands import is_extern_path
from .read_behind import lengths_given
from .respelling import translated
from .session import Use
from .signatures import bind_parameters, extra_keywords, refuse_text, refuse_unknown, takes_text
from .state import ByMode, kind_of, template_place
from .steady import Free, free_in
from .template_numbers import carried_in, others_in, states_sizes
from .things import NoFlow, Origin, Part, Tapped, Thing, describe, makers_in, plain, symbols_in, turns_in

FRESH = 8  # steps that a definition costs by itself, whose arguments or inputs are new


class Modules(Layered):
    """Construction. Everything here works on types: no step is emitted."""

    def bound(self, maker: Maker, arguments: Any) -> Maker:
        """A template with more arguments bound: positional ones after those there, a repeated keyword overrides."""
        positional, keywords, spans = list(maker.positional), dict(maker.keywords), dict(maker.spans)
        here: set[str] = set()

        def bind(argument: Any) -> None:
            if isinstance(argument, t.Keyword):
                if argument.name in here:
                    raise fail("argument-twice", argument.span, layer=maker.name, name=argument.name)
                here.add(argument.name)
                refuse_unknown(maker, argument, len(positional))
                keywords[argument.name] = self.argument(argument.value, maker, argument.name)
                spans[argument.name] = argument.span
                refuse_text(maker, argument.name, keywords[argument.name], argument.span)
            elif isinstance(argument, t.Spread):
                positional.extend(self.spread(argument, template_place()))
            else:
                key = len(positional)
                spans[key] = argument.span
                positional.append(None)  # so that those behind a faulty one are at their places
                positional[key] = self.argument(argument, maker, key)
                refuse_text(maker, key, positional[key], argument.span)

        try:
            every(arguments, bind)
        except CnnError as error:
            raise self.with_others(error, Maker(maker.name, maker.target, tuple(positional), keywords, spans)) from None
        return Maker(maker.name, maker.target, tuple(positional), keywords, spans, maker.held)

    def with_others(self, error: CnnError, maker: Maker) -> CnnError:
        """The error of some arguments, with what is wrong with others of the same call."""
        if isinstance(maker.target, type) and issubclass(maker.target, Layer):
            return self.with_each(error, maker, maker.target)
        is_about_names = all(problem.code == "unknown-argument" for problem in error.problems)
        if not is_about_names or not error.problems[0].span or any(thing is None for thing in maker.positional):
            return error  # None: nothing is known of that one
        try:
            self.check_alone(maker, error.problems[0].span)
        except CnnError as other:
            return CnnError([*error.problems, *(one for one in other.problems if one.code != "missing-argument")])
        return error

    def argument(self, node: Any, maker: Maker, key: Any) -> Thing:
        if isinstance(node, t.Label):
            from .hints import labelled_argument

            raise labelled_argument(node, getattr(maker.target, "fields", ()))
        try:
            thing = self.static(node)
        except CnnError as error:
            if error.problems[0].code != "label-as-value":
                raise
            from .hints import label_as_template

            raise label_as_template(error, node, maker, self.labels) from None
        if type(thing).__name__ == "Callee":
            if t.NAMELESS in self.names:  # a value, which a faulty statement or head names
                raise fail(POISONED, node.span)
            from .hints import as_argument

            raise as_argument(thing.name, node, takes_text(maker.target, key), self.names)
        return thing

    def construct(self, maker: Maker, types: tuple[Type, ...], span: Span, options: Mapping[str, Any]) -> Made:
        """The module that a template makes for inputs of these types, and what it gives; raises CnnError."""
        module, output = self.made_of(maker, types, span, options)
        if isinstance(module, BlockModule):
            refuse_dict(module.instance, span)
        return module, output

    def made_of(self, maker: Maker, types: tuple[Type, ...], span: Span, options: Mapping[str, Any]) -> Made:
        """The same, where what it gives need not be what another definition can take."""
        target = maker.target
        if types and isinstance(types[0], NoFlow):
            self.check_alone(maker, span)
            raise fail(types[0].reason, span)
        if isinstance(target, type) and issubclass(target, Layer):
            self.session.count_module(span)
            return self.layer_module(maker, target, types, span, options)
        if options:
            raise fail("options-of-block", span, name=maker.name, option=next(iter(options)))
        if isinstance(target, Tapped):
            return self.taps_module(target, types, span)
        if isinstance(target, Part):
            return self.part_module(target, types, span)
        assert isinstance(target, Origin)
        if isinstance(target.item, t.Definition):
            return self.block_module(maker, target, types, span)
        if isinstance(target.item, t.Extern):
            return self.extern_module(maker, target, types, span)
        return self.alias_module(maker, target, types, span)

    def check_alone(self, maker: Maker, span: Span) -> None:
        """The arguments of a template, whatever it is applied to; raises CnnError."""
        target = maker.target
        if isinstance(target, type) and issubclass(target, Layer):
            self.check_layer_alone(maker, target, span)
        elif isinstance(target, Origin):
            given = bind_parameters(self, target.item, target.scope, maker, span)
            if not self.is_news(target.item, given):
                return
            if isinstance(target.item, t.Definition):
                try:
                    self.look_inside(target, given, span)
                except CnnError as error:
                    raise told_at_arguments(error, maker, target.item) from None
            elif isinstance(target.item, t.Alias):
                self.alias_module(maker, target, (NoFlow(POISONED, (span,)),), span)

    def is_news(self, item: Any, given: Mapping[str, Thing]) -> bool:
        """Whether a definition was not yet looked at with these arguments and without inputs; now it is."""
        key, looked = (id(item), plain(tuple(given.values()))), self.session.looked
        known = key in looked
        looked.add(key)
        return not known

    def look_inside(self, origin: Origin, given: Mapping[str, Thing], span: Span) -> None:
        raise NotImplementedError

    # Blocks and models of the file

    def block_module(self, maker: Maker, origin: Origin, types: tuple[Type, ...], span: Span) -> Made:
        item = origin.item
        assert isinstance(item, t.Definition)
        given = bind_parameters(self, item, origin.scope, maker, span)
        self.settle_free(*given.values())
        self.session.count_module(span)
        try:
            instance, output = self.instance(origin, given, types, span)
        except CnnError as error:
            raise told_at_arguments(error, maker, item, types) from None
        carried = tuple(carried_in(instance, given, types))
        named = any(isinstance(place, Known) for _, place in instance.sizes)
        self.pin_unsaid(*(others_in(given) if named else makers_in(given.values())))
        for parameter in instance.parameters:
            self.hang(parameter.name, given[parameter.name], instance, parameter.type)
        for name, known in carried:
            self.hang(name, known, instance)
        arguments = arguments_of(item, given, maker)
        sizes = tuple(Argument(name, known, False) for name, known in carried)
        written = tuple(p.name.id for n, p in enumerate(item.parameters) if n < len(maker.positional))
        block = BlockModule(instance, arguments, sizes, (*written, *maker.keywords))
        if self.session.for_code and states_sizes(instance):
            from .agreeing import keep_stated

            keep_stated(self, block, span)
        names = {a.name: a.value for a in (*arguments, *sizes)}
        return block, translated(output, names | lengths_given(self, instance, given, span), self)

    def hang(self, name: str, thing: Thing, instance: Instance, kind: str | None = None) -> None:
        """What a block decides by one of its names, whoever gives it decides; of what `kind` it would be."""
        if kind and thing == Known(None):
            self.would_be |= dict.fromkeys(map(str, thing.spellings), kind)
        length = turns_in(builtin_len(thing)) if isinstance(thing, list) else symbols_in(thing)
        if name in instance.decided.pinned:
            self.pin(thing, told=True)
        if name in instance.decided.shaped:
            self.shape(thing)
        elif f"all({name})" in instance.decided.shaped:
            whole = whole_of(self, thing)
            self.note_shaped([f"all({whole})"]) if whole else self.shape(thing)
        turned = name in instance.decided.ended  # a size that comes out hangs on how often a loop turned
        if turned and not isinstance(thing, list):
            self.pin(thing, told=True)
        if f"len({name})" in instance.decided.pinned or turned:
            self.pinned |= self.session.behind(length)
        if f"len({name})" in instance.decided.shaped:
            self.note_shaped(self.session.behind(length))

    def instance(self, origin: Origin, given: Mapping[str, Thing], types: Any, span: Span) -> tuple[Instance, Type]:
        """One elaboration of a definition; the same arguments and inputs are elaborated once."""
        free = free_in(self, origin.item, given, types)
        key = (id(origin.item), plain(tuple(given.values())), plain(types), self.session.need.mode, free)
        cached = self.session.instances.get(key)
        if key in self.session.failures:
            raise called_from(self.session.failures[key], span, origin.item.name.id, types)
        if cached is None:
            self.session.tick(span, FRESH + len(origin.item.parameters) // 4)
            cached = self.elaborated_once(origin, given, types, span, key)
            self.session.instances[key] = cached
        else:
            self.session.count_module(span, cached[3])
        self.session.need.adopt(cached[2])
        return cached[0], cached[1]

    def elaborated_once(self, origin: Origin, given: Mapping[str, Thing], types: Any, span: Span, key: Any) -> Any:
        """The instance, what it gives and needs, and how many modules it makes.

        One that is like an earlier one in all that its text reads may be made of that: see reuse.py.
        """
        session = self.session
        if found := reuse.found(self, origin, given, types, span, key):
            session.count_module(span, found[3])
            return found
        outer, session.need, before = session.need, Need(mode=session.need.mode), session.modules
        begun = reuse.begun(session)
        try:
            instance, output = self.visit_definition(origin, given, types, span, key[-1])
        except CnnError as error:
            session.failures |= {} if is_of_call(error, span) else {key: error}
            raise called_from(error, span, origin.item.name.id, types) from None
        finally:
            need, session.need = session.need, outer
        if session.combined is not None and not session.aside:
            session.combined.append(Use(origin, given, key[1][1:], types, key[-1], span, instance))
        made = instance, output, need, session.modules - before
        reuse.keep(session, origin.item, given, types, key, made, begun)
        return made

    def visit_definition(
        self, origin: Origin, given: Any, types: Any, span: Span, free: Free | None
    ) -> tuple[Instance, Type]:
        raise NotImplementedError

    def group(self, body: Any, types: tuple[Type, ...], definition: str | None = None) -> Made:
        raise NotImplementedError

    def noted(self, value: Value, module: Module, span: Span) -> Value:
        """What a module gives; if that is of another type in training, this is known of it, or all that it is."""
        if not isinstance(module, BlockModule) or not module.instance.modes:
            return value
        from .results import by_mode_refused, takable

        if not takable(module.instance.modes, self.mode):
            raise by_mode_refused(module.instance, span)
        names = {a.name: a.value for a in (*module.arguments, *module.sizes)}
        kind = translated(kind_of(module.instance.modes[0]), names, self)
        if self.mode == "training":
            return replace(value, type=kind)
        if self.mode == "evaluation":
            return value
        self.by_mode[value.number] = ByMode(kind, by_mode_refused(module.instance, span), self.loops)
        return value

    # Other names for layers and blocks

    def alias_module(self, maker: Maker, origin: Origin, types: tuple[Type, ...], span: Span) -> Made:
        """`block Row(out) = ConvBN(out, 1)` and `block ConvBN(…) = { … }`."""
        item = origin.item
        assert isinstance(item, t.Alias)
        self.session.enter(span, item.name.id)
        given = bind_parameters(self, item, origin.scope, maker, span)
        inner = self.alias_visit(item, origin.scope, given)
        try:
            if isinstance(item.value, t.Group):
                made = inner.group(item.value.body, types, item.name.id)
                if not self.session.for_code:
                    return made
                from .calling import with_call

                return with_call(self, origin, given, types, span, made)
            target = inner.alias_target(item, extra_keywords(item, maker))
            return inner.made_of(target, types, span, {})
        except CnnError as error:
            raise told_at_arguments(called_from(error, span, item.name.id, types), maker, item, types) from None
        finally:
            self.pin_as(inner)
            self.met |= inner.met
            self.optional += inner.optional
            self.asking += inner.asking
            self.session.leave()

    def alias_visit(self, item: t.Alias, scope: Any, given: Mapping[str, Thing]) -> Modules:
        self.session.look(item)
        inner = self.child_visit(scope, given)
        inner.body = (item.value,)
        return inner

    def alias_target(self, item: t.Alias, extra: Mapping[str, Thing]) -> Maker:
        """What an alias stands for, with the keywords that its own parameters do not take."""
        target = self.static(item.value)
        if not isinstance(target, Maker):
            raise fail("alias-of-no-maker", item.value.span, what=describe(target))
        return Maker(target.name, target.target, target.positional, {**target.keywords, **extra}, target.spans)

    def child_visit(self, scope: Any, names: Mapping[str, Thing]) -> Modules:
        """A visit of other text with names of its own, whose values are spelled as here."""
        return type(self)(self.session, scope, dict(names), asks=self.asks, need=self.need)

    # Whole models, cut

    def whole_model(self, maker: Maker, types: tuple[Type, ...], span: Span) -> BlockModule:
        module, _ = self.made_of(maker, types, span, {})
        if not isinstance(module, BlockModule):
            raise fail("taps-of-no-model", span, name=maker.name)
        return module

    def taps_module(self, target: Tapped, types: tuple[Type, ...], span: Span) -> Made:
        from .taps import cut_after

        if isinstance(target.whole.target, Part):
            return self.group_taps(target.whole.target, target.taps, types, span)
        whole = self.whole_model(target.whole, types, span)
        cut, dropped, kinds = cut_after(whole.instance, target.taps, span)
        names = {a.name: a.value for a in (*whole.arguments, *whole.sizes)}
        output = translated(kinds, names, self)
        return TapsModule(whole, target.taps, cut, dropped), output[0] if len(output) == 1 else output

    def group_taps(self, target: Part, taps: tuple[str, ...], types: tuple[Type, ...], span: Span) -> Made:
        from .taps import cut_group

        part, _ = self.part_module(target, types, span)
        assert isinstance(part, PartModule)
        group, kinds = cut_group(part.module, target.path, taps, span)
        names = {a.name: a.value for a in (*part.whole.arguments, *part.whole.sizes)}
        output = translated(kinds, names, self)
        return replace(part, module=group, taps=taps), output[0] if len(output) == 1 else output

    def part_module(self, target: Part, types: tuple[Type, ...], span: Span) -> Made:
        from .taps import child_named

        whole = self.whole_model(target.whole, types, span)
        part, output = child_named(whole.instance, target.path, span)
        names = {a.name: a.value for a in (*whole.arguments, *whole.sizes)}
        return PartModule(whole, target.path, part), translated(output, names, self)

    # Outside layers

    def extern_module(self, maker: Maker, origin: Origin, types: tuple[Type, ...], span: Span) -> Made:
        from .inputs import Pattern

        item = origin.item
        assert isinstance(item, t.Extern)
        self.session.count_module(span)
        self.session.tick(span)  # its patterns are read at each use
        given = bind_parameters(self, item, origin.scope, maker, span)
        if len(types) != len(item.inputs):
            raise self.other_count(item, len(types), span)
        pattern = Pattern(self.child_visit(origin.scope, given))
        for shape, kind in zip(item.inputs, types, strict=True):
            pattern.match(shape, kind, span)
        outputs = tuple(pattern.build(shape) for shape in item.outputs)
        self.limit_output(outputs, span)
        arguments = arguments_of(item, given, maker)
        path = item.target.plain
        if path is None or not is_extern_path(path):
            raise fail("bad-extern-path", item.target.span, path=path or item.target.span.text)
        return ExternModule(path, arguments), outputs[0] if len(outputs) == 1 else outputs


def refuse_dict(instance: Instance, span: Span) -> None:
    """Raises CnnError for what no other definition can take."""
    name, at = instance.definition, instance.span
    if instance.result.kind == "dict" and at:
        start = at.source.text.index(name, at.start)
        declared = Related("declared-here", Span(at.source, start, start + len(name)))
        raise fail("dict-result-inside", span, declared, name=name)


def refuse_modes(module: Module | None, span: Span) -> None:
    """Raises CnnError for a module that gives another thing in training, where something goes on from it."""
    if isinstance(module, BlockModule) and module.instance.modes:
        from .results import by_mode_refused

        raise by_mode_refused(module.instance, span)
