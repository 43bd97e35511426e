"""Makes layers: their arguments, what they infer and give, and which parameters they pin. Knows no block."""

from __future__ import annotations

from ..dims import Dim, Real
from ..graph import Argument, Known, LayerModule, Maker, Module, Type
from ..layers.base import Layer, Template
from ..layers.checks import MANY
from ..problems import CnnError, Problem, fail
from ..shapes import Misfit, Need, TensorType, TooLarge
from ..source import Span
from ..spelled import Reckoned
from ..typed import Any, Mapping, TypeAlias
from .arithmetic import LARGEST, refuse_long
from .expressions import Expressions
from .gathering import every
from .lint import suspicions
from .reuse_layers import Remembered, key_of, remembered
from .signatures import layer_refusal, layer_spans
from .steady_uses import pin_unsteady_layer
from .template_numbers import others_in
from .things import Thing, in_tuple, known_of, raw, to_known

Made: TypeAlias = "tuple[Module | None, Type]"


WEIGHTS = 8  # of a layer that are as much work as a step
ALONE = frozenset({"bad-argument", "not-divisible"})  # what may be wrong with an argument by itself


class Layered(Expressions):
    """Construction of layers. Works on types: no step is emitted."""

    def other_count(self, item: Any, count: int, span: Span, things: tuple[Thing, ...] = ()) -> CnnError:
        from .given_tensors import other_count

        return other_count(item, count, span, things)

    def layer_module(self, maker: Maker, cls: type[Layer], types: Any, span: Span, options: Any) -> Made:
        for code, facts in suspicions(cls, types):
            if code == "no-batch-axis" and any(told.code == code for told in self.session.warnings):
                continue  # true of all layers that follow
            self.warn(code, span, None, **facts)
        try:
            return self.layer_as_written(maker, cls, types, span, options)
        except CnnError as error:
            from .by_form import from_zero
            from .by_themselves import of_layer, righted, with_others
            from .explaining import without_batch
            from .texts import elsewhere
            from .torch_order import as_in_torch, inner_order

            is_habit = self.has_warned_of_order()
            error = without_batch(error, self.session.warnings)
            others = of_layer(self, maker, cls, types, error.problems, span)
            right = righted(maker, cls, others)
            error = as_in_torch(inner_order(error, right, types), right, cls, types, is_habit)
            raise with_others(elsewhere(from_zero(error), maker, cls), others, maker) from None

    def layer_as_written(self, maker: Maker, cls: type[Layer], types: Any, span: Span, options: Any) -> Made:
        given, outer = self.layer_arguments(maker, cls, span, types), self.session.need
        key = None if options else key_of(cls, given, maker.keywords, types, (outer.mode, *self.session.terms))
        known = remembered[key]
        if known is None or not known.unasked <= self.pinned:
            self.session.need, pinned = Need(mode=outer.mode), frozenset(self.pinned)
            self.shaped, shaped = set(), self.shaped
            try:
                module, output, unasked, weights = self.fresh_layer(maker, cls, given, types, span, options)
            finally:
                need, self.session.need = self.session.need, outer
                found, self.shaped = frozenset(self.shaped), shaped
            new = self.pinned.difference(pinned) if len(self.pinned) != len(pinned) else ()
            known = Remembered(module, output, need, frozenset(new), unasked, found, weights)
            if key is not None:
                remembered.keep(key, known)
        self.warn_of_order(maker, known.module.layer, types, span)
        if (axis := known.module.layer.guessed(*types)) is not None:
            batch = "the batch" if types[0].rank == 3 else None
            self.warn("guessed-axis", span, name=cls.__name__, axis=axis, shape=str(types[0]), batch=batch)
        outer.adopt(known.need)
        self.session.mark(span)
        self.session.tick(span, known.weights // WEIGHTS)
        self.pinned |= known.pinned
        self.shape_as(known.shaped)
        return known.module, known.output

    def fresh_layer(
        self, maker: Maker, cls: type[Layer], given: Mapping[str, Thing], types: Any, span: Span, options: Any
    ) -> tuple[LayerModule, Type, frozenset[str], int]:
        """The layer, what it gives, the pinned parameters of which it was not asked whether it pins them, and how many
        weights it has."""
        numbers = {name: self.layer_value(thing, span) for name, thing in given.items()}
        spans = layer_spans(maker, cls)
        try:
            refuse_huge(numbers, cls)
            layer = cls.build(numbers, types, self.session.need)
            output = layer.infer(self.session.need, *types, **{name: raw(value) for name, value in options.items()})
        except Misfit as error:
            from .hints import nested
            from .one_list import one_window

            if any(isinstance(one, Dim) for one in listed(numbers.get(str(error.field)))):
                error.help = cls.for_free(str(error.field)) or error.help

            told = nested(self.misfit(error, span, spans, types), maker, given, span, str(error.field))
            raise one_window(told, maker, cls, types) from None
        except (TypeError, IndexError, ValueError, AttributeError) as error:
            raise layer_refusal(maker, numbers, types, span, error, options) from None
        weights = self.limit_size(layer, output, span)
        for name, number in numbers.items():
            if (number.__class__ is float or number.__class__ is Reckoned) and not -LARGEST <= number <= LARGEST:
                refuse_long(given[name], spans.get(name, span), floats=True)
        rest = {name: raw(value) for name, value in options.items()}

        def rule(new: Any, need: Need) -> Type:
            return cls.build(new[0], new[1], need).infer(need, *new[1], **rest)

        flag = given.get("bidirectional")
        is_told = isinstance(flag, Known) and bool(flag.spellings) and len(types) == 1 and not options
        asked = {name: thing for name, thing in given.items() if thing is not flag} if is_told else given
        unasked = pin_unsteady_layer(self, asked, (numbers, types), rule, output, None if options else cls)
        output = two_ways(output, layer, flag) if is_told else output
        shown = {name: self.inner_module(thing, getattr(layer, name), span) for name, thing in given.items()}
        return LayerModule(layer, self.layer_printout(maker, layer, shown)), output, unasked, weights

    def warn_of_order(self, maker: Maker, layer: Layer, types: Any, span: Span) -> None:
        """Warns of arguments in torch's order that pass for others, those of a layer inside too."""
        if len(maker.positional) > 1 and layer.slipped():  # said even where an error follows
            from .torch_order import suspected

            if found := suspected(maker, type(layer), types):
                self.warn("torch-order", span, found[0], **found[1])
        elif len(maker.positional) > 1 and (self.session.torch_order or self.has_warned_of_order()):
            from .torch_order import doubtful

            if found := doubtful(maker, type(layer), types):
                self.warn("torch-order", span, found[0], **found[1])
        for thing in (*maker.positional, *maker.keywords.values()):
            if not isinstance(thing, Maker):
                continue
            inner = [own for own in vars(layer).values() if type(own) is thing.target]
            for own in inner[:1]:
                from .torch_order import written_inside

                self.warn_of_order(thing, own, types, written_inside(thing, span))

    def has_warned_of_order(self) -> bool:
        return any(problem.code == "torch-order" for problem in self.session.warnings)

    def check_layer_alone(self, maker: Maker, cls: type[Layer], span: Span) -> None:
        """The arguments of a layer of whose input nothing is known: what is wrong for one as for another; raises."""
        try:
            self.refuse_alone(maker, cls, span)
        except CnnError as error:
            from .by_themselves import of_layer, righted, with_others
            from .texts import elsewhere
            from .torch_order import whatever_comes

            others = of_layer(self, maker, cls, (), error.problems, span)
            error = whatever_comes(error, righted(maker, cls, others), cls, probe(cls, True))
            raise with_others(elsewhere(error, maker, cls), others, maker) from None
        if len(maker.positional) > 1 and slips(cls, self.numbers_of(maker, cls, span)):
            from .torch_order import is_whole, without

            if is_whole(maker, cls, probe(cls, True)):
                self.warn("torch-order", span, without(maker, (0,), False), name=cls.__name__)

    def refuse_alone(self, maker: Maker, cls: type[Layer], span: Span) -> None:
        """The same, with the words that the arguments deserve as they stand."""
        given = self.layer_arguments(maker, cls, span)
        numbers = self.numbers_of(maker, cls, span)
        first, second = (refusal(cls, numbers, probe(cls, last)) for last in (False, True))
        if isinstance(first, Misfit) and isinstance(second, Misfit):
            is_same = (first.message, first.field) == (second.message, second.field)
            if is_same and first.field not in cls.inferred_fields() and first.code in ALONE:
                from .hints import nested

                told = self.misfit(first, span, layer_spans(maker, cls))
                raise nested(told, maker, given, span, str(first.field))
        elif first is not None and second is not None:
            error = layer_refusal(maker, numbers, probe(cls, False), span, first)
            if error.problems[0].code == "missing-argument":
                raise error

    def with_each(self, error: CnnError, maker: Maker, cls: type[Layer]) -> CnnError:
        """The error of arguments that came to nothing, and what is wrong with others of them."""
        fields = cls.authored_fields()
        places = zip(fields, maker.positional, strict=False)
        good = {**{name: thing for name, thing in places if thing is not None}, **maker.keywords}
        needed = {name: Known(1) for name in fields if repr(cls.fields[name].default) == "<required>"}
        span = next(iter(maker.spans.values()), None)
        try:
            if span is not None:
                self.refuse_alone(Maker(maker.name, cls, (), {**needed, **good}, maker.spans), cls, span)
        except CnnError:
            from .by_themselves import of_layer

            return CnnError([*error.problems, *of_layer(self, maker, cls, (), error.problems, None)])
        return error

    def numbers_of(self, maker: Maker, cls: type[Layer], span: Span) -> dict[str, Any]:
        """The arguments as the layer takes them."""
        given = self.layer_arguments(maker, cls, span)
        return {name: self.layer_value(thing, span) for name, thing in given.items()}

    def layer_value(self, thing: Thing, span: Span) -> Any:
        """An argument as a layer takes it: a number, or the template of a layer inside it."""
        if not isinstance(thing, Maker):
            return raw(thing)
        cls = thing.target
        if not isinstance(cls, type) or not issubclass(cls, Layer):
            raise fail("layer-argument-no-layer", span, name=thing.name)
        self.pin(*others_in({"": thing}))
        inner = {name: self.layer_value(value, span) for name, value in self.layer_arguments(thing, cls, span).items()}
        return Template(cls, inner)

    def inner_module(self, thing: Thing, built: Any, span: Span) -> Thing:
        """What to print for an argument: a layer inside a layer is a module of its own."""
        if not isinstance(thing, Maker) or not isinstance(built, Layer):
            return thing
        given = self.layer_arguments(thing, type(built), span)
        shown = {name: self.inner_module(value, getattr(built, name), span) for name, value in given.items()}
        return Known(LayerModule(built, self.layer_printout(thing, built, shown)))

    def limit_size(self, layer: Layer, output: Type, span: Span) -> int:
        """Refuses weights and results that no machine holds; gives how many weights there are."""
        weights = [*layer.weights()]
        for weight in weights:
            self.session.limit_weight(weight.shape, f"a weight of this {type(layer).__name__}", span)
        self.limit_output(output, span)
        return len(weights)

    def limit_output(self, output: Type, span: Span) -> None:
        try:
            Need.storable(output)
        except Misfit as error:
            raise self.misfit(error, span) from None

    def layer_arguments(self, maker: Maker, cls: type[Layer], span: Span, types: Any = ()) -> dict[str, Thing]:
        """The authored arguments by torch's names; raises CnnError for unknown, repeated and superfluous ones."""
        fields = cls.authored_fields()
        if len(maker.positional) > len(fields):
            from .one_list import in_call, too_many

            help, fix = too_many(maker, cls, types)
            inferred, place = cls.inferred_fields(), in_call(maker, len(fields), span)
            beside = getattr((*maker.positional[len(inferred) :], None)[0], "value", None)
            if isinstance(beside, (bool, str)) or beside is None or len(maker.positional) > len(fields) + len(inferred):
                inferred = ()  # no order of torch's that has them
            facts = {"name": maker.name, "most": len(fields), "inferred": inferred, "help": help}
            raise CnnError([Problem("too-many-arguments", place, facts, fix=fix)])
        given = dict(zip(fields, maker.positional, strict=False))

        def take(name: str) -> None:
            if name not in cls.fields:
                from .suggest import argument_facts

                facts = argument_facts(name, cls.fields)
                raise fail("unknown-argument", maker.spans.get(name, span), layer=maker.name, **facts)
            if name in given:
                from .lacking import twice

                raise twice(maker, name, given, span)
            given[name] = maker.keywords[name]

        if maker.keywords:
            every(maker.keywords, take)
        free: list[Problem] = []
        for name, thing in given.items():
            if isinstance(thing, Known) and isinstance(thing.value, (Dim, Real)):
                told: dict[str, object] = {"name": name, "size": str(thing.value), "help": cls.for_free(name)}
                if isinstance(thing.value, Real):
                    what = f"it is {thing.value}, which hangs on a free size"
                    told["message"] = f"`{name}` must be a number, but {what}"
                free.append(Problem("free-argument", layer_spans(maker, cls).get(name, span), told))
        if free:
            raise CnnError(free)
        return given

    def layer_printout(self, maker: Maker, layer: Layer, given: Mapping[str, Thing]) -> tuple[Argument, ...]:
        """The constructor arguments to print: inferred and authored ones, positional as long as none is skipped."""
        printed, positional = [], True
        inferred = layer.inferred_fields()
        tuples = {name: in_tuple(thing) for name, thing in given.items() if name not in inferred}
        given = {**given, **tuples}
        for name in layer.fields:
            if name not in given and name not in inferred and getattr(layer, name) == layer.fields[name].default:
                positional = False
                continue
            keyword = not positional or name in maker.keywords
            positional = positional and not keyword
            value = to_known(given[name]) if name in given else known_field(getattr(layer, name))
            printed.append(Argument(name, value, keyword))
        return tuple(printed)


def probe(cls: type[Layer], last: bool) -> tuple[TensorType, ...]:
    """Inputs for a layer, of which there are two: of another rank, if it takes several, and of other sizes."""
    ranks = cls.ranks or (2, 5)
    size = MANY * 17 if last else MANY
    dtype = "float32" if "float32" in cls.dtypes else min(cls.dtypes)
    return (TensorType((size,) * ranks[-1 if last else 0], dtype),) * len(cls.inputs)


def refusal(cls: type[Layer], numbers: Mapping[str, Any], inputs: tuple[TensorType, ...]) -> Exception | None:
    """Why a layer is refused on these inputs."""
    need = Need(mode="evaluation")
    try:
        refuse_huge(numbers, cls)
        cls.build(numbers, inputs, need).infer(need, *inputs)
    except (Misfit, TypeError, IndexError, ValueError, AttributeError) as error:
        return error
    return None


def slips(cls: type[Layer], numbers: Mapping[str, Any]) -> bool:
    """Whether the arguments make more sense in torch's order, whatever comes."""
    try:
        return cls.build(numbers, probe(cls, False), Need(mode="evaluation")).slipped()
    except (Misfit, TypeError, IndexError, ValueError, AttributeError):
        return False


def two_ways(output: Type, layer: Layer, flag: Any) -> Type:
    from .directions import by_flag

    return by_flag(output, layer, flag)


def refuse_huge(numbers: Mapping[str, Any], cls: type[Layer]) -> None:
    """torch keeps arguments in 64 bits, and their sums and products, too."""
    for name, number in numbers.items():
        for part in listed(number):
            if isinstance(part, int) and abs(part) >= 2**40:
                raise TooLarge(f"{name} of {cls.__name__} is too large a number", name)


def listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def known_field(value: Any) -> Known:
    """An inferred field of a layer as a Known."""
    if isinstance(value, (list, tuple)):
        return Known(type(value)(known_of(item) for item in value))
    return known_of(value)


def arguments_of(item: Any, given: Mapping[str, Thing], maker: Maker) -> tuple[Argument, ...]:
    """What a definition's parameters are given; those that the text gives by name are written so."""
    names = [parameter.name.id for parameter in item.parameters]
    return tuple(Argument(name, to_known(given[name]), name in maker.keywords) for name in names)
