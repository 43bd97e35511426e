"""Shapes as they are written: names of sizes introduced at their first use, equal at every later one."""

from __future__ import annotations

from ..dims import Dim, requirements, symbol
from ..dims.algebra import symbols_of
from ..dims.requirements import conjuncts
from ..graph import Known, Value
from ..lean import suppress
from ..problems import CnnError, Help, Problem, Related, advise, fail
from ..records import replace
from ..shapes import Misfit, TensorType
from ..shapes import shown as shown_type
from ..source import Span
from ..spelled import Spelled
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .expressions import Expressions
from .gathering import every
from .sites import children
from .things import Thing, describe, has_tensor, known_of, number_of, raw, symbols_in

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Pattern:
    """Matches written shapes against types; the names they introduce become numbers of the visit."""

    def __init__(self, visit: Expressions, introduces: bool = True, name: str = "") -> None:
        self.visit = visit
        self.name = f"`{name}` " if name else ""  # of the tensor, where several may be meant
        self.introduces = introduces
        self.met: list[tuple[Known, Known]] = []  # numbers that were to be equal: what was said, what came
        self.said: dict[int, Known] = {}  # what was said of them, by axes

    def match(self, shape: t.Shape, kind: Any, span: Span, value: Value | None = None) -> None:
        """Checks a tensor against a written shape and binds its new names; raises CnnError."""
        if not isinstance(kind, TensorType):
            others = ", ".join("_" for _ in kind[1:]) if isinstance(kind, tuple) else ""
            help = advise("name-results", others=others) if others else None
            raise fail("not-one-tensor", span, shape=shape.span.text, what=shown_type(kind), help=help)
        before, rest, after = split_rest(shape)
        fixed = len(before) + len(after)
        if kind.rank < fixed or (rest is None and kind.rank != fixed):
            told = fail("wrong-rank", span, wanted=shape.span.text, rank=kind.rank, shape=str(kind))
            raise self.of_input(told, shape, span)
        if shape.dtype and shape.dtype != kind.dtype:
            raise self.of_input(fail("wrong-dtype", span, wanted=shape.dtype, dtype=kind.dtype), shape, span)
        tail = kind.rank - len(after)
        for axis, node in [*enumerate(before), *enumerate(after, tail)]:
            self.size(node, kind, axis, span, value)
        if rest is not None and rest.name:
            middle = tuple(known_size(kind, axis, value) for axis in range(len(before), tail))
            self.rest(rest, middle, span)

    def of_input(self, error: CnnError, shape: t.Shape, span: Span) -> CnnError:
        """The error of a tensor that is not as a shape says, which may be that of a block's input."""
        if span.source is shape.span.source and span.start <= shape.span.start < span.end:
            return error
        from .misgiven import misgiven

        return misgiven(self.visit, error, shape)

    def rest(self, rest: t.Rest, sizes: tuple[Known, ...], span: Span) -> None:
        assert rest.name is not None
        earlier = self.visit.names.setdefault(rest.name, sizes)
        is_shape = isinstance(earlier, (list, tuple)) and all(isinstance(known, Known) for known in earlier)
        if not is_shape or [known.value for known in earlier] != [known.value for known in sizes]:
            first = shown(earlier) if is_shape else describe(earlier)
            raise fail("rest-differs", span, name=rest.name, first=first, then=shown(sizes))

    def size(self, node: Any, kind: TensorType, axis: int, span: Span, value: Value | None) -> None:
        """One size: a new name is bound, anything else must be equal."""
        if isinstance(node, t.Name) and node.id == "_" and "_" not in self.visit.names:
            return
        fresh = self.fresh_names(node)
        actual = known_size(kind, axis, value)
        if not fresh:
            wanted = self.visit.static(node)
            self.equal(wanted, actual, node, kind, axis, span, value)
        elif isinstance(node, t.Name):
            self.visit.names[node.id], self.visit.introduced[node.id] = actual, node.span
        elif len(fresh) == 1:
            self.solve(node, fresh[0], actual, span)
        else:
            raise fail("size-not-solvable", node.span, names=sorted(set(fresh)))

    def fresh_names(self, node: Any) -> list[str]:
        """The names in a size that are not known yet; raises CnnError where none may be introduced."""
        names = [name for name in names_in(node) if name.id not in self.visit.names]
        fresh = [name for name in names if not self.is_constant(name.id) and name.id[:1].isupper()]
        return [name.id for name in fresh]

    def is_constant(self, name: str) -> bool:
        """Whether a name is a `const` of the file, not a size to introduce; blocks of that name do not count."""
        return isinstance(self.visit.scope.items.get(name, (None,))[0], t.Const)

    def read_off(self, shape: t.Shape, value: Value) -> None:
        """In a model: how forward() reads the symbolic sizes off the input that introduced them."""
        for axis, node in enumerate(shape.sizes):
            size, run_time = value.type.shape[axis], symbol(f"%{value.number}.{axis}")
            for name in dict.fromkeys(n.id for n in names_in(node)) if isinstance(size, Dim) else ():
                known = self.visit.names.get(name)
                if known == Known(symbol(name)) and known.spellings == (symbol(name),):
                    slope, offset = linear(size, name, node)
                    spelling = (run_time - offset) // slope
                    self.visit.names[name] = Known(known.value, (spelling,) if isinstance(spelling, Dim) else ())

    def equal(
        self, wanted: Thing, actual: Known, node: Any, kind: TensorType, axis: int, span: Span, value: Value | None
    ) -> None:
        if has_tensor(wanted) or not isinstance(wanted, Known) or not isinstance(wanted.value, (int, Dim)):
            raise unsized("not-a-size", node, wanted, what=describe(wanted))

        def message() -> str:
            return f"axis {axis} of {self.name}{kind} must be {node.span.text}{worth(wanted.value, node)}"

        try:
            self.visit.session.need.equal(number_of(wanted), number_of(actual), message)
            if self.visit.session.mark(span):
                self.visit.pin(wanted, actual, told=True)
            self.met.append((wanted, actual))
            self.said[axis] = wanted
        except Misfit as error:
            related = () if span.start <= node.span.start < span.end else (Related("declared-here", node.span),)
            help = self.named_before(node)
            if help is None and value is not None:
                from .inside import fall_short, falls_short

                size = number_of(wanted)
                help = falls_short(self.visit.made, value, size, axis) or fall_short(self.visit, value, size, axis)
            if first := self.first_named(node):
                from .resolve import free_beside

                related = (*related, Related("size-first", first, {"name": node.id, "size": str(wanted.value)}))
                other = free_beside(node.id, self.visit.names)
                if help is None and (found := self.led_there(value, error.message, span)):
                    help, related = found[0], (*related, *found[1])
                help = help or (advise("size-of-its-own", name=node.id, other=other) if axis else None)
            raise fail("size-differs", span, *related, message=error.message, help=help) from None

    def matched(self, shape: t.Shape, value: Value, span: Span) -> Value:
        """An input that is as it is declared, by what says its sizes there."""
        self.said = {}
        self.match(shape, value.type, span, value)
        return self.as_said(value)

    def as_said(self, value: Value) -> Value:
        """What was matched, those of its sizes that were known already (`[N, hidden]`) spelled as they are there."""
        if not self.said or not self.visit.session.for_code:
            return value
        sizes = list(value.type.shape)
        for axis, known in self.said.items():
            if isinstance(size := sizes[axis], Spelled) and not isinstance(known.value, Dim):
                ways = [way for way in known.spellings if isinstance(way, Dim)]
                by_chance = len(size.spellings) - 1 if ways else 0  # as another input's, which is given it alike
                sizes[axis] = Spelled(size, (*ways, *size.spellings[by_chance:]))
        return replace(value, type=value.type.with_shape(*sizes))

    def named_before(self, node: Any) -> Help | None:
        """The help where the size's own name was introduced by this very shape, for another tensor."""
        here = [name.id for name in names_in(node) if self.visit.introduced.get(name.id) == name.span]
        if not here:
            return None
        if self.name.startswith("`*"):
            return advise("named-by-first", inputs=self.name.strip(), size=here[0])
        return advise("named-by-round", size=here[0])

    def led_there(self, value: Value | None, message: str, span: Span) -> tuple[Help, list[Related]] | None:
        """What is said of two inputs that do not fit, by what led to them, and where that is."""
        outer: Any = getattr(self.visit, "outer", None)
        inputs = getattr(self.visit, "input_values", [])
        given = outer.feeding if outer else ()
        if value is None or value not in inputs or len(given) != len(inputs):
            return None
        from .meeting import by_what_led_there
        from .provenance import origins, rank_of

        alike = tuple(one for one in given if isinstance(one, Value) and rank_of(one.type) == rank_of(value.type))
        help = by_what_led_there(outer, alike, message).get("help") if len(alike) > 1 else None
        return (help, [*origins(outer.made, alike, span, message)]) if isinstance(help, Help) else None

    def first_named(self, node: Any) -> Span | None:
        """Where another input of the same definition has named this size."""
        first = self.visit.introduced.get(node.id) if isinstance(node, t.Name) and self.name else None
        return first if first and first.source == node.span.source and first.start < node.span.start else None

    def solve(self, node: Any, name: str, actual: Known, span: Span) -> None:
        """`16*H` or `2*C + 1` given: the one unknown follows, if it divides."""
        self.visit.names[name] = Known(symbol(name))
        form = self.visit.static(node).value
        slope, offset = linear(form, name, node)
        rest = number_of(actual) - offset
        try:
            self.visit.session.need.multiple(rest, slope, f"{node.span.text} must be {actual.value}")
            if self.visit.session.mark(span):
                self.visit.pin(actual, self.visit.static(node), told=True)
        except Misfit as error:
            raise fail("size-differs", span, message=error.message) from None
        self.visit.names[name] = self.solved(actual, slope, offset)

    def solved(self, actual: Known, slope: int, offset: Any) -> Known:
        """The unknown of a linear form, and how the class spells it."""
        value = (number_of(actual) - offset) // slope
        if isinstance(value, Dim):
            found = [(s - offset) // slope for s in actual.spellings if isinstance(s, Dim)]
            return Known(value, tuple(s for s in found if isinstance(s, Dim)))
        return known_of(value)

    def declare(self, shape: t.Shape) -> TensorType:
        """The type of a model's input: names it introduces are symbolic sizes."""
        try:
            return TensorType(tuple(every(shape.sizes, self.declared)), shape.dtype or "float32")
        except CnnError as error:  # what one repair mends is told once
            fixes = [problem.fix for problem in error.problems]
            told = [one for n, one in enumerate(error.problems) if one.fix is None or one.fix not in fixes[:n]]
            raise CnnError(told) from None

    def declared(self, node: Any) -> Any:
        """One size of a model's input."""
        if isinstance(node, t.Rest):
            raise fail("model-input-rank", node.span)
        for name in self.fresh_names(node):
            number = self.visit.session.at.get(name)
            self.visit.names[name] = Known(number or symbol(name), () if number else (symbol(name),))
        size = self.known(node)
        if isinstance(size, Dim):  # how it is read off the input is written with plain numbers
            self.visit.pin(*(self.visit.names[name.id] for name in names_in(node) if name.id in self.visit.names))
        return size

    def build(self, shape: t.Shape) -> TensorType:
        """The type that a written shape gives when all its names are known."""
        sizes: list[Any] = []
        for node in shape.sizes:
            if isinstance(node, t.Rest):
                rest = self.visit.names.get(node.name or "")
                if not isinstance(rest, (list, tuple)):
                    raise fail("unknown-rest", node.span, name=node.name)
                sizes += [number_of(known) for known in rest]
            else:
                sizes.append(self.known(node))
        return TensorType(tuple(sizes), shape.dtype or "float32")

    def known(self, node: Any) -> Any:
        """A size that is a number or an expression; raises CnnError for less than 1."""
        thing = self.visit.static(node)
        if not isinstance(thing, Known) or isinstance(thing.value, bool) or not isinstance(thing.value, (int, Dim)):
            raise unsized("not-a-size", node, thing, what=describe(thing))
        if isinstance(thing.value, int) and thing.value < 1:
            raise unsized("size-below-one", node, thing, size=int(thing.value))
        return number_of(thing)


def read_early(visit: Any, statements: Iterable[Any]) -> None:
    """Has what stands above a model's inputs know how sizes are read off these; one that is too long is told there."""
    for node, value in zip(statements, visit.input_values, strict=False):
        with suppress(ArithmeticError):
            Pattern(visit).read_off(node.shape, value)


def unsized(code: str, node: Any, thing: Thing, **facts: object) -> CnnError:
    """The problem for what is no size; of what other libraries write for a free one, with help."""
    from .free_sizes import named

    value = thing.value if isinstance(thing, Known) else node
    help, fix = named(node.span) if value is None or value == -1 or isinstance(value, str) else (None, None)
    help = advise("whole-number") if isinstance(value, float) else help
    return CnnError([Problem(code, node.span, {**facts, "help": help}, fix=fix)])


def known_size(kind: TensorType, axis: int, value: Value | None) -> Known:
    size = kind.shape[axis]
    if isinstance(size, Dim):
        return Known(size, (symbol(f"%{value.number}.{axis}"),) if value else ())
    return Known(size, getattr(size, "spellings", ()))


def worth(size: Any, node: Any) -> str:
    """What a name comes to: where that has the same name in it, it is another one, of who uses the block."""
    if str(size) == node.span.text:
        return ""
    is_other = isinstance(node, t.Name) and isinstance(size, Dim) and node.id in size.symbols
    return f", which is {size} here" if is_other else f" = {size}"


def split_rest(shape: t.Shape) -> tuple[list[Any], t.Rest | None, list[Any]]:
    """The sizes before and after `...S`; raises CnnError for two of them."""
    places = [n for n, node in enumerate(shape.sizes) if isinstance(node, t.Rest)]
    if len(places) > 1:
        raise fail("two-rests", shape.sizes[places[1]].span)
    if not places:
        return list(shape.sizes), None, []
    rest = shape.sizes[places[0]]
    assert isinstance(rest, t.Rest)
    return list(shape.sizes[: places[0]]), rest, list(shape.sizes[places[0] + 1 :])


def names_in(node: Any) -> list[t.Name]:
    if isinstance(node, t.Name):
        return [node]
    return [name for child in children(node) for name in names_in(child)]


def linear(form: Any, name: str, node: Any) -> tuple[int, Any]:
    """Slope and offset of a size in one unknown; raises CnnError if it is not linear in it."""
    if isinstance(form, Dim):
        unknown = symbol(name)
        slope = dict(form.terms).get(unknown.terms[0][0], 0)
        offset = form - slope * unknown
        if slope > 0 and name not in getattr(offset, "symbols", ()):
            return slope, offset
    raise fail("size-not-solvable", node.span, names=[name])


def shown(sizes: tuple[Known, ...]) -> str:
    return "[" + ", ".join(str(known.value) for known in sizes) + "]"


def named_axes(item: t.Definition) -> Iterator[tuple[str, tuple[int, int]]]:
    """The sizes of the inputs that have a name of their own."""
    shapes = [node.shape for node in item.body if isinstance(node, t.Input) and not node.starred]
    for number, shape in enumerate(shapes):
        sizes = shape.sizes if shape and not any(isinstance(size, t.Rest) for size in shape.sizes) else ()
        yield from ((size.id, (number, axis)) for axis, size in enumerate(sizes) if isinstance(size, t.Name))


def take_promise(visit: Any, known: Thing, span: Span) -> None:
    """What an author promises, and by which parameters; raises CnnError if no input is as promised.

    What can be written over them and the sizes of the inputs is asked again, so that it pins nothing.
    """
    names = frozenset(visit.session.behind(symbols_in(known)))
    written = next((way for way in known.spellings if is_said(visit, way, names)), None)
    if written is None:
        visit.pin(known, told=True)
    visit.promises[raw(known)] = names, written
    if not requirements(visit.promises).satisfiable:
        said = [f"{promise} (promised)" for promise in conjuncts(visit.promises)]
        raise fail("never-works", span, name="the model", mode="", conditions=said)


def is_said(visit: Any, way: Any, names: frozenset[str]) -> bool:
    """Whether comparisons are written over parameters, and axes of inputs that are one free size each."""
    parts = way.parts if getattr(way, "sign", "") == "and" else (way,)
    sizes = [name for name in way.symbols if not (name in names and name.isidentifier())]
    compared = (getattr(part, "sign", "") in COMPARISONS and "(" not in part for part in parts)
    return all(compared) and all(is_free_axis(visit, name) for name in sizes)


def is_free_axis(visit: Any, name: str) -> bool:
    """Whether `%3.1` is an axis of an input that is one free size."""
    number, _, axis = name.removeprefix("%").partition(".")
    value = next((value for value in visit.input_values if str(value.number) == number), None)
    size = value.type.shape[int(axis)] if value is not None and name.startswith("%") else 0
    return bool(symbols_of(size) == {str(size)})
