"""`init { … }`: which parameters a rule means, and with which arguments. Runs nothing."""

from __future__ import annotations

from itertools import groupby, zip_longest
from math import prod

from ..dims import Dim
from ..functions.initialisers import initialiser, names
from ..graph import Argument, Choice, Initialiser, InitRule, Known, Step
from ..layers.base import Layer
from ..problems import CnnError, advise, fail
from ..records import replace
from ..shapes import Misfit, Need, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Callable, Iterator, Sequence
from .arithmetic import refuse_long, truth
from .gathering import all_of, every
from .selectors import Made, Placed, check_selectors, label_path, parameters_of, selector_of, tally
from .signatures import annotations_of
from .state import template_place
from .things import Thing, describe, raw, strip, to_known
from .wording import known_early

if TYPE_CHECKING:
    from .statements import Statements

FUNCTIONS = {name: f"math.{name}" for name in ("sqrt", "log2", "log", "exp", "floor", "ceil")}
Ways = tuple[Choice, ...]  # the conditions around a rule, from the outside
Entry = tuple[t.InitRule | None, bool, Ways]
COMPARED = 30  # names that a rule is compared with are as much work as a step
PROBE = TensorType((64, 64))  # for what is wrong with an initialiser's arguments whatever it is for
PLAIN_FUNCTIONS = frozenset({"min", "max", "abs", "int", "float", "round"})


def init_rules(visit: Statements, node: t.Init, own: str, steps: tuple[Step, ...]) -> Iterator[InitRule | Choice]:
    """The rules of an init section, loops unrolled; `steps` are what the definition `own` makes."""
    last: dict[str, tuple[TensorType, InitRule, t.InitRule]] = {}
    found: list[tuple[Ways, InitRule | None]] = []
    made = Made(steps)

    def look(entry: Entry) -> None:
        if entry[0] is None:
            return found.append((entry[2], None))
        node = without_spreads(visit, entry[0])
        looked_at = made.names if any(selector.pattern for selector in node.selectors) else made.modules
        visit.session.tick(node.span, len(node.selectors) * len(looked_at) // COMPARED)
        rule = one_rule(visit, node, lambda found: check_selectors(found, own, made, entry[1]))
        last.update((name, (kind, rule, node)) for name, kind in parameters_of(rule.selectors, own, made))
        found.append((entry[2], rule))
        tally(visit.session.collector, node.selectors[0].span, rule.selectors, own, made)

    rules = node.rules
    if any(isinstance(rule, (t.InitFor, t.InitIf)) for rule in rules):
        from .of_all_rounds import joined

        rules = tuple(joined(visit, rules, made))
    every(entries(visit, rules), look)
    alike = {(id(rule), kind): (rule, kind, node, name) for name, (kind, rule, node) in reversed(last.items())}

    def fit(one: tuple[InitRule, TensorType, t.InitRule, str]) -> None:
        rule, kind, node, name = one
        span, pattern = node.selectors[0].span, next((s.pattern for s in rule.selectors if s.pattern != name), None)
        initial = rule.initialiser
        if any(hangs_on_fields(argument) for argument in initial.arguments):
            initial = at_layer(visit, initial, node, made.layers.get(name))
        check_fit(initial, kind, node.initialiser, span, name, pattern)

    every(reversed(alike.values()), fit)
    return arranged(found)


def at_layer(visit: Statements, initial: Initialiser, node: t.InitRule, layer: Layer | None) -> Initialiser:
    """The initialiser with numbers for what hangs on the fields of a layer."""
    if layer is None or not isinstance(node.initialiser, t.Call):
        return initial
    names, weight = visit.names, next((w.shape for w in layer.weights() if w.name == "weight"), ())
    taps = prod(weight[2:])
    fans = {"fan_in": weight[1] * taps, "fan_out": weight[0] * taps} if len(weight) > 1 else {}
    fields = {name: getattr(layer, name) for name in layer.fields}
    visit.names = {
        **{name: Known(value) for name, value in (fields | fans).items() if isinstance(value, (int, float))},
        **names,
    }
    try:
        arguments = zip(initial.arguments, node.initialiser.arguments, strict=True)
        return replace(initial, arguments=tuple(with_numbers(visit, *one) for one in arguments))
    except CnnError as error:
        if any(problem.code not in ("unknown-name", "not-indexable") for problem in error.problems):
            raise
        return initial  # a field that torch's module has for each axis: `kernel_size[0]`
    finally:
        visit.names = names


def with_numbers(visit: Statements, argument: Argument, written: Any) -> Argument:
    """An argument that hangs on the fields of a layer, which are among the names now, with its number."""
    if not hangs_on_fields(argument):
        return argument
    thing = when_built(visit, written.value if isinstance(written, t.Keyword) else written, argument.name)
    return Argument(argument.name, to_known(thing), argument.keyword)


def check_alone(visit: Statements, node: t.Init, steps: tuple[Step, ...]) -> None:
    """The rules of a definition whose body is faulty, as far as they can be judged; raises CnnError."""

    made = Made(steps)

    def look(node: t.InitRule) -> None:
        node = without_spreads(visit, node)
        rule = one_rule(visit, node, lambda found: check_selectors(found, "", made, True))
        span = node.selectors[0].span
        try:
            check_fit(rule.initialiser, PROBE, node.initialiser, span, span.text.strip("\"'"))
        except CnnError as error:  # what it says of the tensor may be wrong for others
            if told := [problem for problem in error.problems if problem.span != span]:
                raise CnnError(told) from None

    every((rule for rule, *_ in entries(visit, node.rules) if rule), look)


def check_owned(kind: TensorType, has_gradient: bool, name: str, span: Span) -> None:
    """What torch could not make a parameter or buffer of; raises CnnError."""
    if has_gradient and not kind.dtype.startswith(("float", "bfloat", "complex")):
        help = advise("whole-numbers-in-buffer", name=name)
        raise fail("wrong-dtype", span, wanted="float32", dtype=kind.dtype, help=help)
    if any(isinstance(size, Dim) for size in kind.shape):
        raise fail("own-of-free-size", span, name=name, shape=str(kind))


def check_fit(initial: Initialiser, kind: TensorType, node: Any, span: Span, name: str, pattern: Any = None) -> None:
    """Refuses an initialiser, written as `node`, that torch would refuse for a tensor of this type; raises CnnError."""
    function = initialiser(initial.function)
    assert function is not None
    numbers = ("float", "int")  # what a field of a layer can stand for
    usual = {
        parameter.name: 0.5 if parameter.is_required or parameter.annotation not in numbers else parameter.default
        for parameter in function.parameters[1:]
    }
    given = [a for a in initial.arguments if not a.keyword]
    positional = [value_of(a, default) for a, default in zip_longest(given, [*usual.values()][: len(given)])]
    named = {a.name: value_of(a, usual.get(a.name)) for a in initial.arguments if a.keyword}
    try:
        function.infer(Need(), kind, *positional, **named)
    except (Misfit, TypeError) as error:
        from .by_themselves import of_initialiser

        told = fail("bad-initialiser", span, message=str(error), name=name, pattern=pattern)
        raise of_initialiser(
            told, function, kind, node, {**dict(zip(usual, positional, strict=False)), **named}
        ) from None


def value_of(argument: Argument, otherwise: Any) -> Any:
    """An argument's value; what hangs on a layer's fields is not known here, so the default stands in."""
    return otherwise if hangs_on_fields(argument) else raw(argument.value)


def hangs_on_fields(argument: Argument) -> bool:
    """Whether an argument of a rule is one number for one layer, and another one for the next."""
    return argument.value.value is None and bool(argument.value.spellings)


def entries(visit: Statements, rules: Any, names: Any = None, ways: Ways = ()) -> Iterator[Entry]:
    """The rules, loops and conditions unrolled, each with whether it hangs on one; also conditions by themselves. One
    that asks for the `names` of loops around it settles what it asks for."""
    from .inputs import names_in

    for rule in rules:
        visit.session.tick(rule.span)
        if isinstance(rule, t.InitIf):
            condition = visit.static(rule.condition)
            taken, spellings = truth(condition), known_early(getattr(condition, "spellings", ()))
            is_of_round = bool(names) and any(name.id in names for name in names_in(rule.condition))
            if is_of_round or not spellings:
                visit.pin(condition)
            asked = Choice(rule.condition.span.start, Known(taken, spellings), taken, ())
            inner = (*ways, asked) if spellings and not is_of_round else ways
            if inner != ways:
                yield None, True, inner
            yield from entries(visit, rule.body if taken else rule.otherwise, names or (), inner)
        elif isinstance(rule, t.InitFor):
            for _ in visit.each(rule, template_place()):  # type: ignore[arg-type]
                bound = {name.id for name in names_in(replace(rule, body=()))}
                yield from entries(visit, rule.body, bound.union(names or ()), ways)
        elif not isinstance(rule, t.Faulty):
            yield rule, names is not None, ways


def arranged(found: Sequence[tuple[Ways, InitRule | None]], depth: int = 0) -> Iterator[InitRule | Choice]:
    """The rules, those under a condition in its arm."""
    for head, group in groupby(found, lambda one: one[0][depth] if len(one[0]) > depth else None):
        if head is None:
            yield from (rule for _, rule in group if rule)
        else:
            yield replace(head, body=tuple(arranged(list(group), depth + 1)))


def one_rule(visit: Statements, rule: t.InitRule, check: Callable[[Placed], None]) -> InitRule:
    """A rule whose selectors pass the check; raises CnnError with all that is wrong with it."""
    placed, initial = all_of(lambda: selected(visit, rule, check), lambda: initialiser_of(visit, rule))
    return InitRule(tuple(selector for selector, _ in placed), initial)


def selected(visit: Statements, rule: t.InitRule, check: Callable[[Placed], None]) -> Placed:
    """The selectors of a rule with their places."""
    placed = every(rule.selectors, lambda node: (selector_of(visit, node), node.span))
    check(placed)
    return placed


def initialiser_of(visit: Statements, rule: t.InitRule) -> Initialiser:
    """The initialiser of a rule, in whose arguments stand the fields of the layers that it is for."""
    node = rule.initialiser
    name = node.function if isinstance(node, t.Call) else node
    if not isinstance(name, t.Name) or initialiser(name.id) is None:
        shown = name.id if isinstance(name, t.Name) else node.span.text
        raise fail("unknown-initialiser", node.span, name=shown, **initialiser_meant(shown))
    layers = every(rule.selectors, lambda selector: layer_of(visit, selector))
    written = getattr(node, "arguments", ())
    arguments = tuple(argument_of(visit, *found, layers) for found in named_arguments(name.id, written))
    check(name, arguments, written)
    return Initialiser(name.id, arguments)


def initialiser_meant(name: str) -> dict[str, object]:
    """The facts that help with an initialiser that there is not: torch's underscore, or one that is called so."""
    plain = name.rstrip("_")
    if name[:1].isdigit():  # `fc.bias: 0`
        return {"nearest": {"0": "zeros", "1": "ones"}.get(name, f"constant({name})")}
    if initialiser(plain) is not None:
        return {"nearest": plain}
    kinds = [known for known in sorted(names()) if known.startswith(f"{plain}_") and plain]
    from .suggest import near

    return {"nearest": kinds[-1], "rival": kinds[0]} if len(kinds) > 1 else near(plain, names())


OTHERWISE = {**dict.fromkeys(("stddev", "sigma", "scale"), "std"), "minval": "a", "maxval": "b", "value": "val"}


def check(name: t.Name, arguments: Sequence[Argument], written: Sequence[Any]) -> None:
    """The arguments' names, against torch's signature; raises CnnError with all that is wrong."""
    function = initialiser(name.id)
    assert function is not None
    known = [parameter.name for parameter in function.parameters][1:]
    positional = [node for argument, node in zip(arguments, written, strict=True) if not argument.keyword]
    if len(positional) > len(known):
        raise fail("too-many-arguments", positional[len(known)].span, name=name.id, most=len(known), inferred=())
    given: set[str] = set()

    def look(argument: Argument, node: Any) -> None:
        if argument.keyword and argument.name in given:
            raise fail("argument-twice", node.span, layer=name.id, name=argument.name)
        given.add(argument.name)
        if argument.keyword and argument.name not in known:
            from .suggest import nearest

            hint = nearest(OTHERWISE.get(argument.name.replace("_", ""), argument.name), known)
            raise fail("unknown-argument", node.span, layer=name.id, name=argument.name, nearest=hint)

    every(zip(arguments, written, strict=True), lambda pair: look(*pair))


def layer_of(visit: Statements, node: t.Selector) -> type[Layer] | None:
    """The layer whose fields the arguments of a rule may name."""
    if not node.path or label_path(visit, node):
        return None
    target = visit.find(t.Name(node.path[0], node.span))
    cls = getattr(target, "target", None)
    return cls if isinstance(cls, type) and issubclass(cls, Layer) else None


def without_spreads(visit: Statements, rule: t.InitRule) -> t.InitRule:
    node = rule.initialiser
    if not isinstance(node, t.Call) or not any(isinstance(given, t.Spread) for given in node.arguments):
        return rule
    return replace(rule, initialiser=replace(node, arguments=tuple(unpacked(visit, node.arguments))))


def unpacked(visit: Statements, written: Sequence[Any]) -> list[Any]:
    """The written arguments, with the numbers of a list or tuple in the place of `*it`."""
    found: list[Any] = []
    for node in written:
        if isinstance(node, t.Spread):
            found += (as_written(thing, node.span) for thing in visit.spread(node, template_place()))
        else:
            found.append(node)
    return found


def as_written(thing: Thing, span: Span) -> t.Number | t.Unary:
    """A number as it would be written; raises CnnError for another thing."""
    value = to_known(strip(thing)).value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fail("wrong-type", span, name=span.text, type="int or float", what=describe(thing))
    number = t.Number(abs(value), repr(abs(value)), span)
    return t.Unary("-", number, span) if value < 0 else number


def named_arguments(function: str, given: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The arguments of a call of an initialiser, each with its name in torch's signature, if it has one."""
    found = initialiser(function)
    names = [parameter.name for parameter in found.parameters[1:]] if found else []
    for argument, name in zip_longest(given, names[: len(given)], fillvalue=""):
        yield (argument.name if isinstance(argument, t.Keyword) else name), argument


def argument_of(visit: Statements, name: str, node: Any, layers: Sequence[Any]) -> Argument:
    """An argument: a compile-time value, or text over the module's own fields."""
    keyword = isinstance(node, t.Keyword)
    value, called = (node.value if keyword else node), (name if keyword else "")
    if uses_fields(visit, value, layers):
        return Argument(called, Known(None, (field_text(visit, value, layers),)), keyword)
    return Argument(called, to_known(when_built(visit, value, name)), keyword)


def when_built(visit: Statements, node: Any, name: str) -> Thing:
    """An argument of an initialiser, which is known when the network is built; raises CnnError for a free size."""
    thing = visit.static(node)
    if visit.is_free(thing):
        raise fail("free-argument", node.span, name=name or node.span.text, size=str(raw(thing)))
    refuse_long(thing, node.span, floats=True)
    return thing


def is_field(visit: Statements, name: str, layers: Sequence[Any]) -> bool:
    if name in visit.names:
        return False
    return name in ("fan_in", "fan_out") or any(layer is not None and name in layer.fields for layer in layers)


def uses_fields(visit: Statements, node: Any, layers: Sequence[Any]) -> bool:
    from .inputs import names_in

    return any(is_field(visit, name.id, layers) for name in names_in(node))


def field_text(visit: Statements, node: Any, layers: Sequence[Any]) -> str:
    """Python text over `module` (the module at hand), `fan_in` and `fan_out`; raises CnnError for anything else."""

    def text(inner: Any) -> str:
        return field_text(visit, inner, layers)

    match node:
        case t.Name() if is_field(visit, node.id, layers):
            check_field(node, layers, ("int", "float"))
            return node.id if node.id in ("fan_in", "fan_out") else f"module.{node.id}"
        case t.Number():
            return node.text
        case t.Unary(operator="-"):
            return f"-{bracketed(node.operand, text(node.operand))}"
        case t.Binary(operator="**"):
            return f"{bracketed(node.left, text(node.left))}**{bracketed(node.right, text(node.right))}"
        case t.Binary() if node.operator in ("+", "-", "*", "/", "//", "%"):
            left, right = text(node.left), bracketed(node.right, text(node.right))
            left = left if isinstance(node.left, t.Unary) else bracketed(node.left, left)
            return f"{left} {node.operator} {right}"
        case t.Call(function=t.Name(id=name)) if name in FUNCTIONS or name in PLAIN_FUNCTIONS:
            for given in (given for given in node.arguments if isinstance(given, t.Keyword)):
                raise fail("unknown-argument", given.span, layer=name, name=given.name, nearest=None)
            texts = [text(argument) for argument in unpacked(visit, node.arguments)]
            return call_text(name, texts, node.span)
        case t.Index(value=t.Name() as name, items=(t.Number() as item,)) if is_field(visit, name.id, layers):
            check_field(name, layers, ("Any",))
            return f"module.{name.id}[{item.text}]"
    thing = visit.static(node)
    visit.pin(thing)
    value = to_known(strip(thing)).value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fail("wrong-type", node.span, name=node.span.text, type="int or float", what=describe(thing))
    return repr(value)


def call_text(name: str, texts: list[str], span: Span) -> str:
    """A call of a function of numbers; raises CnnError for more or fewer than Python's takes."""
    least, most = (2, len(texts)) if name in ("min", "max") else (1, 2 if name in ("round", "log") else 1)
    if not least <= len(texts) <= most:
        wanted = "two or more numbers" if least > 1 else "one number"
        raise fail("bad-call", span, name=name, message=f"`{name}` takes {wanted} here, not {len(texts)}")
    return f"{FUNCTIONS.get(name, name)}({', '.join(texts)})"


def check_field(node: t.Name, layers: Sequence[Any], kinds: tuple[str, ...]) -> None:
    """A field that a rule names must be a number (or, for an index, several) in every layer that the rule is for."""
    if node.id in ("fan_in", "fan_out"):
        return
    for layer in layers:
        annotations = annotations_of(layer)
        if annotations.get(node.id) not in kinds:
            what = "what a path names" if layer is None else layer.__name__
            raise fail("field-not-a-number", node.span, name=node.id, what=what)


def bracketed(node: Any, text: str) -> str:
    """Operators inside operators keep their brackets."""
    return f"({text})" if isinstance(node, (t.Binary, t.Unary)) else text
