"""One visit to a `model` or `block`: its parameters and inputs, its body, what it owns, what it returns."""

from __future__ import annotations

from ..decided import Decided
from ..dims import Condition, Dim, symbol
from ..functions import initialisers
from ..graph import Argument, Initialiser, Instance, Known, Own, Parameter, Result, Step, Type, Value
from ..loops import operands_of
from ..problems import Help, Related, advise, fail
from ..shapes import TensorType
from ..source import Span
from ..spelled import Spelled
from ..syntax import tree as t
from ..typed import Any, Mapping
from .arithmetic import refuse_long
from .comments import comment_above
from .containers import contained
from .deciding import settle_optional
from .initialise import check_fit, check_owned, init_rules, named_arguments, unpacked, when_built
from .inputs import Pattern, named_axes, read_early, take_promise
from .layouts import Unrolling, layout_of
from .recovery import Recovering
from .respelling import as_it_came, read_off, told_better
from .session import LOOKED
from .sites import written_in
from .state import Place, kind_of
from .statements import strangers
from .steady import Free
from .template_numbers import may_be_template, name_within
from .things import NoFlow, Origin, Thing, describe, has_tensor, own_spelling, size_names, strip, to_known


class Visit(Recovering):
    """Elaborates definitions. The whole of analysis/ meets here."""

    owned: dict[str, Span]  # parameters and buffers, and where they stand
    input_values: list[Value]
    starred: bool = False
    outer: Any = None  # the visit that a block is made in
    version: int | None = None
    orders: list[t.Order]
    inits: list[t.Init]
    hidden: dict[str, tuple[int, int] | Known]  # names of sizes of inputs, and of numbers in templates
    pending: list[Value]
    free: Free | None = None  # of a block whose arguments are known: those and the axes that are not settled outside
    twins: Mapping[Any, int] | None = None  # of axes of inputs, the first input that is given it alike

    def visit_definition(
        self, origin: Origin, given: Any, types: Any, span: Span, free: Free | None
    ) -> tuple[Instance, Type]:
        """A block's instance for these arguments and inputs, and the type of what it returns."""
        item = origin.item
        assert isinstance(item, t.Definition)
        self.session.enter(span, item.name.id)
        outer = self.session.stands_for
        visit = self.inside(origin, item, given, free)
        visit.outer = self
        try:
            visit.receive(types, item, span)
            return visit.finished(item, given)
        finally:
            self.session.stands_for = outer
            self.session.leave()

    def inside(self, origin: Origin, item: t.Definition, given: Mapping[str, Thing], free: Free | None) -> Visit:
        """A fresh visit for which it is known what of its arguments is free; numbers in templates have names there."""
        visit = self.definition_visit(origin, item, given)
        visit.asks, visit.need, visit.free = item.kind != "model", self.session.need, free
        visit.pinned = set(given if free is not None else ()).difference(free or ())
        visit.twins = {place[:2]: place[2] for place in free or () if place.__class__ is tuple and len(place) == 3}
        if free is not None:
            name_within(visit)
        return visit

    def definition_visit(self, origin: Origin, item: t.Definition, given: Mapping[str, Thing]) -> Visit:
        """A fresh visit with the parameters as names, spelled as the class's own arguments."""
        visit = type(self)(self.session, origin.scope)
        self.session.look(item)
        visit.names = {name: own_spelling(name, thing, self.session.for_code) for name, thing in given.items()}
        if id(item) not in self.session.written:
            known, scope = origin.scope.seen, origin.scope
            self.session.written[id(item)] = (
                known.written(item, scope, written_in) if known else written_in(item, scope)
            )
        visit.written_labels, visit.sites = self.session.written[id(item)]
        visit.item_span, visit.body = item.span, item.body
        visit.owned, visit.orders, visit.inits, visit.hidden = {}, [], [], {}
        visit.input_values, visit.pending, visit.is_definition = [], [], True
        self.session.stands_for = {}
        if self.session.for_code:
            visit.templates = frozenset(name for name, thing in given.items() if may_be_template(thing))
        self.session.stand(visit.names.values())
        return visit

    # Inputs

    def receive(self, types: tuple[Type, ...], item: t.Definition, span: Span) -> None:
        """Makes the values that the inputs stand for; without an `input` statement there is one, the flow."""
        statements = [s for s in item.body if isinstance(s, t.Input)]
        self.starred = any(s.starred for s in statements)
        if self.starred and len(statements) > 1:
            raise fail("starred-with-others", statements[-1].span)
        if not self.starred and len(types) != max(1, len(statements)):
            raise self.other_count(item, len(types), span, self.outer.feeding)
        if len(types) > LOOKED:  # each is a line of what is compiled
            self.session.tick(span, len(types) + sum(len(getattr(kind, "shape", ())) for kind in types))
        names = [s.name.id for s in statements] * (len(types) if self.starred else 1)
        axes: dict[int, dict[int, str]] = {}
        for axis, (place, at) in named_axes(item):
            axes.setdefault(place, {})[at] = axis
        if len(statements) > 1:
            self.begin = advise("begin-with-input", either=tuple(f"`{s.name.id} -> ...`" for s in statements))
        for number, kind in enumerate(types):
            name = names[number] if number < len(names) else None
            word = "" if self.starred else name or ""
            spelled = self.spell_input(number, kind, axes.get(number, {}), word)
            self.input_values.append(self.new(spelled, name or ("x" if not statements else None)))
        if not self.is_model:
            told = tuple(self.input_values)
            self.names = {name: read_off(thing, told, span) for name, thing in self.names.items()}
        read_early(self, statements if self.is_model else ())
        self.pending = list(self.input_values)
        if not statements:
            self.flow = self.input_values[0]
        elif statements[0] is not item.body[0]:
            written, line = statements[0].span.told, statements[0].span.line
            self.flow = NoFlow("no-input", help=advise("input-comes-first", input=written, line=line))
        self.call_span = span

    call_span: Span
    begin: Help | None = None

    def spell_input(self, number: int, kind: Type, own: Mapping[int, str], word: str = "") -> Type:
        """An input's type with each fixed size spelled by the constructor argument that may carry it; `own` are names.

        Those of the first are `in_channels` and the like; those of others say whose they are: `skip_channels`.
        """
        if not isinstance(kind, TensorType):
            return kind
        sizes: list[Any] = []
        names = size_names(kind.rank, own) if self.session.for_code and not self.is_model else []
        for axis, size in enumerate(kind.shape):
            if isinstance(size, Dim) or self.is_model or not self.session.for_code:
                sizes.append(int(size) if isinstance(size, Spelled) and not self.is_model else size)
                continue
            name = names[axis]
            if number:
                name = name.replace("in", word.lower(), 1) if word else f"{name}{number + 1}"
            while name in self.names or name in self.hidden:
                name += "_"
            self.hidden[name] = (number, axis)
            self.session.stands_for[name] = int(size)
            if self.free is not None and (number, axis) not in self.free:
                self.pinned.add(name)
            sizes.append(Spelled(int(size), (*self.twin(number, axis), symbol(name))))
        return kind.with_shape(*sizes)

    def twin(self, number: int, axis: int) -> tuple[Any, ...]:
        """The name of the same size of an earlier input, if whoever calls gives both alike."""
        other = (self.twins or {}).get((number, axis))  # an earlier input
        kind = None if other is None else self.input_values[other].type
        size = kind.shape[axis] if isinstance(kind, TensorType) else None
        return size.spellings[:1] if isinstance(size, Spelled) else ()

    def run_input(self, node: t.Input) -> None:
        """`input x: [N, C, H, W] where …`: names the tensor and its sizes."""
        pending = () if node.starred else getattr(self, "pending", None) or ()
        value = pending.pop(0) if pending else None  # its own, whatever is wrong with it
        if node.name.id in self.written_labels:
            raise fail("value-is-label", node.name.span, Related("made-here", self.written_labels[node.name.id]),
                       name=node.name.id)  # fmt: skip
        if value is None and not node.starred:
            raise fail("input-inside", node.span)
        held = self.names.get(node.name.id, value)
        if held is not value and not isinstance(held, NoFlow):  # of parameters, sizes and inputs it is told before
            is_twice = any(held is other for other in self.input_values)
            raise fail("name-twice" if is_twice else "two-meanings", node.name.span, name=node.name.id, kind="value")
        if node.starred:
            if node.shape is not None:
                starred = Pattern(self, name=f"*{node.name.id}")
                self.input_values = [starred.matched(node.shape, each, self.call_span) for each in self.input_values]
            self.names[node.name.id] = list(self.input_values)
            self.flow = self.input_values[0] if len(self.input_values) == 1 else NoFlow("several-inputs", (node.span,))
            return
        assert value is not None
        self.made[value.number] = node
        several = len(self.input_values) > 1
        if node.shape is not None and not self.is_model:
            place, pattern = self.input_values.index(value), Pattern(self, name=node.name.id * several)
            value = self.input_values[place] = pattern.matched(node.shape, value, self.call_span)
        if node.shape is not None and self.is_model:
            Pattern(self).read_off(node.shape, value)
        self.names[node.name.id] = value
        self.flow = NoFlow("several-inputs", (node.span,), help=self.begin) if several else value
        if node.where is not None:
            self.promise(node.where)

    promises: dict[Condition, tuple[frozenset[str], Any]] | None = None

    def promise(self, node: Any) -> None:
        """`where H % 16 == 0`: in a model a promise of the author's, in a block a need."""
        known = self.tested(node)
        if isinstance(known, Known) and isinstance(known.value, Condition):
            if self.promises is not None:
                self.session.tick(node.span, len(self.promises))  # all are solved together again
                take_promise(self, known, node.span)
            else:
                self.pin(known, told=True)
                self.session.need.that(known.value, f"where {node.span.text}")
                self.session.mark(node.span)
        elif isinstance(known, Known) and not known.value:
            raise self.expected(node, node)

    # What a definition owns

    def run_paramof(self, node: t.ParamOf) -> None:
        """`param gamma: [C] = 1e-6` and `buffer mask: [1] = 0`."""
        name = node.name.id
        if name in self.owned:
            first = Related("first-here", self.owned[name])
            raise fail("name-twice", node.name.span, first, kind="parameter or buffer", name=name)
        self.label_path(node.name)
        if name in self.written_labels:
            raise fail("label-is-value", node.name.span, name=name)
        persistent = self.persistence(node)
        shape = tuple(self.static(size) for size in node.shape.sizes) if node.shape else None
        kind = Pattern(self).build(node.shape) if node.shape else None
        value, found = self.initial(node, kind)
        if isinstance(value, Initialiser) and kind is not None and node.value is not None:
            check_fit(value, kind, node.value, node.value.span, name)
        kind = TensorType(kind.shape, found.dtype) if kind and found else kind or found
        if kind is None:
            raise fail("own-without-shape", node.span, name=name)
        sizes = tuple(map(to_known, shape)) if shape is not None else tuple(Known(size) for size in kind.shape)
        check_owned(kind, node.kind == "param", name, node.span)
        self.session.limit_weight(kind.shape, f"`{name}`", node.span)
        target = self.new(kind, name)
        own = Own("param" if node.kind == "param" else "buffer", name, target, sizes, value, persistent, node.span)
        self.owned[name] = node.span
        self.emit(own)
        self.names[name] = target

    def persistence(self, node: t.ParamOf) -> bool:
        for option in node.options:
            if not isinstance(option, t.Keyword) or option.name != "persistent":
                raise fail("buffer-option", option.span)
            return bool(getattr(self.static(option.value), "value", True))
        return True

    def initial(self, node: t.ParamOf, kind: TensorType | None) -> tuple[Any, TensorType | None]:
        """What a parameter or buffer starts as: a number, an initialiser, or a tensor computed once."""
        if node.value is None:
            return Known(0), None
        if (found := self.initialiser(node.value)) is not None:
            return found, None
        outer, self.steps = self.steps, []
        made, self.makes_modules = self.makes_modules, False
        thing = self.evaluate(node.value, Place(NoFlow("no-flow-in-own")))
        steps, self.steps, self.makes_modules = self.steps, outer, made
        if isinstance(thing, Known) and isinstance(thing.value, (int, float)):
            refuse_long(thing, node.value.span, kind is None or kind.dtype != "float64")
            return thing, None
        if isinstance(thing, Value) and isinstance(thing.type, TensorType):
            from .built import built

            start = built(self, steps, thing, node.value.span)
            if any(self.is_free(operand) for step in start.steps for operand in operands_of(step)):
                raise fail("own-of-free-size", node.span, name=node.name.id, shape=str(thing.type))
            self.same_shape(node, kind, thing.type)
            return start, thing.type
        raise fail("bad-initial", node.value.span, what=describe(thing))

    def same_shape(self, node: t.ParamOf, stated: TensorType | None, found: TensorType) -> None:
        has_dtype = node.shape is not None and node.shape.dtype is not None
        if stated is not None and (stated if has_dtype else TensorType(stated.shape, found.dtype)) != found:
            raise fail("own-shape-differs", node.span, name=node.name.id, stated=str(stated), found=str(found))

    def initialiser(self, node: Any) -> Initialiser | None:
        """`zeros`, `normal(std=0.02)`: one of torch.nn.init's, if the name is one and not a function of the file."""
        name = node.function if isinstance(node, t.Call) else node
        if not isinstance(name, t.Name) or name.id in self.names or name.id in self.scope.items:
            return None
        function = initialisers.initialiser(name.id)
        if function is None or (isinstance(node, t.Call) and name.id in ("zeros", "ones", "eye") and node.arguments):
            return None
        written = unpacked(self, getattr(node, "arguments", ()))
        return Initialiser(name.id, tuple(self.init_argument(*found) for found in named_arguments(name.id, written)))

    def init_argument(self, name: str, node: Any) -> Argument:
        keyword = isinstance(node, t.Keyword)
        thing = when_built(self, node.value if keyword else node, name)
        return Argument(name if keyword else "", to_known(thing), keyword)

    # The rest

    def run_order(self, node: t.Order) -> None:
        self.orders.append(node)

    def run_init(self, node: t.Init) -> None:
        self.inits.append(node)

    def run_version(self, node: t.Version) -> None:
        self.version = node.number

    def finished(self, item: t.Definition, given: Mapping[str, Thing]) -> tuple[Instance, Type]:
        """Runs the body and gathers what it left behind."""
        self.run_whole(item.body)
        result = self.result or self.flow_result(item)
        self.steps += {one.expected: one for one in self.must_turn if one.expected}.values()  # whichever way asked
        settle_optional(self)
        result = self.as_renamed(result)
        kind, unrolling = kind_of(result), Unrolling(lists="items" if self.session.gathers else "")
        steps = self.ordered(contained(unrolling.steps(self.steps)))
        layout, came_to = layout_of(self, result, steps)
        result = unrolling.put(result)
        rules = tuple(rule for node in self.inits for rule in init_rules(self, node, item.name.id, tuple(steps)))
        modes = self.modes(steps, result, item.name.span)
        body, inputs = tuple(steps), tuple(self.input_values)
        self.session.collector.look(body, inputs, result, self.excused, item, self.sites)
        self.session.definitions[item.span.source.path, item.span.start, item.span.end] = item.span
        instance = Instance(
            item.name.id,
            "model" if item.kind == "model" else "block",
            self.parameters(item, given),
            inputs,
            self.starred,
            body,
            as_it_came(result, kind, self.session) if self.is_model else result,
            rules,
            self.version,
            self.decided(kind),
            comment_above(item, self.scope),
            tuple(self.hidden.items()),
            item.span,
            tuple(named_axes(item)),
            layout,
            tuple(self.named),
            came_to,
            self.session.sources,
            self.session.came_to,
            frozenset(self.ran),
            modes,
        )
        return instance, kind_of(modes[1]) if modes else told_better(kind, kind_of(result), self.session.at_last)

    def flow_result(self, item: t.Definition) -> Result:
        result = flow_result(self, item)
        self.give_tensors([thing for _, thing in result.items], item.name.span)
        return result

    def as_renamed(self, result: Result) -> Result:
        """The result, it and the steps with the values that others stand for."""
        if self.renamed:
            known = Unrolling(lambda loop: False, self.renamed, lists="as they are")
            self.steps, result = known.steps(self.steps), known.put(result)
        return result

    def decided(self, kind: Type = None) -> Decided:
        read = {name[4:-1] if name.startswith("all(") else name for name in self.shaped if self.session.reads}
        sets = (self.pinned | read, self.settled | read, self.unsaid, self.shaped, self.kinds)
        pinned, settled, unsaid, shaped, kinds = map(frozenset, sets)
        ended = self.session.ended(kind) | self.many
        turning = tuple(s for asked in self.must_turn if not asked.expected for s in asked.condition.spellings[:1])
        return Decided(pinned, settled, unsaid, shaped, self.shaped_from, self.met, ended, kinds, turning)

    def ordered(self, steps: list[Step]) -> list[Step]:
        """The steps with modules built in the author's `order`."""
        if not self.orders:
            return steps
        from .hoisting import ordered

        return ordered(steps, self.orders, self)

    def parameters(self, item: Any, given: Mapping[str, Thing]) -> tuple[Parameter, ...]:
        """The parameters with what they are given; what their defaults say, code alone asks, and reports of models."""
        if self.session.for_code:
            from .defaults import declared

            return declared(self, item, given, self.would_be)
        reader = self.child_visit(self.scope, given)
        defaults = [self.is_model and p.default and to_known(strip(reader.static(p.default))) for p in item.parameters]
        values = (to_known(strip(given[p.name.id])) for p in item.parameters)
        columns = zip(item.parameters, values, defaults, strict=True)
        return tuple(Parameter(p.name.id, value, default or None, p.type) for p, value, default in columns)


def flow_result(visit: Any, item: t.Definition) -> Result:
    """The flow at the end of the body."""
    visit.settle_flow(flow := visit.flow)
    if isinstance(flow, NoFlow) and flow.value is not None:
        flow = flow.value
        visit.pin(*visit.unclear)
    if isinstance(flow, NoFlow) or not has_tensor(flow):
        related = (Related("see-here", span) for span in getattr(flow, "spans", ()))
        raise fail("no-result", item.name.span, *related, name=item.name.id)
    if (stranger := next(strangers(flow), None)) is not None:
        raise fail("return-without-tensor", item.body[-1].span, what=describe(stranger))
    several = isinstance(flow, (list, tuple))
    return Result("tuple", tuple((None, thing) for thing in flow)) if several else Result("one", ((None, flow),))
