"""Names for modules that have none: `conv1`, `bn1`, `fc1`, from the written name and its count, in written order.

Purely a matter of how a definition is written, so that a name does not depend on the way that conditions go.
"""

from __future__ import annotations

from ..layers import lookup as layer
from ..lean import Counter
from ..patterns import re
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable, Iterable, Iterator, Sequence

# The words of a camel-case name; an activation such as LeakyReLU or GELU keeps its last word whole, and a number the
# letters that belong to it: Res1d, Block2D, Conv1x1, Mixed5b.
COUNT = r"\d+(?:[a-zD]\d+)*(?:[a-zD](?![a-z]))?"
WORD = rf"[A-Z]+[a-z]*LU(?:{COUNT})?|[A-Z]+(?![a-z])(?:{COUNT})?|[A-Z]?[a-z]+(?:{COUNT})?|{COUNT}"


def nick(name: str) -> str:
    """What a person calls a module of this class: Conv2d → conv, DoubleConv → double_conv."""
    known = layer(name)
    if known is not None and known.nick:
        return known.nick
    base = "_".join(re.findall(WORD, name)).lower() or "module"
    return f"{base}_" if base[-1].isdigit() else base


def site_names(body: Iterable[t.Statement], taken: set[str], is_maker: Callable[[str], bool]) -> dict[int, str]:
    """A name for each unlabelled maker of a body, by the offset at which its text begins."""
    counts: Counter[str] = Counter()
    names: dict[int, str] = {}
    for start, base in Walker(is_maker).statements(body):
        counts[base] += 1
        while f"{base}{counts[base]}" in taken:
            counts[base] += 1
        names[start] = f"{base}{counts[base]}"
    return names


PLAIN = frozenset({"str", "bool", "int", "int | float", "str | None", "tuple[str, ...]", "Any", "Span"})


class Walker:
    """Finds the places of a body where an unlabelled module is made."""

    def __init__(self, is_maker: Callable[[str], bool]) -> None:
        self.is_maker = is_maker

    def statements(self, body: Iterable[t.Statement]) -> Iterator[tuple[int, str]]:
        for statement in body:
            match statement:
                case t.Do():
                    yield from self.expr(statement.value)
                case t.Assign() if not is_template(statement):
                    yield from self.expr(statement.value)
                case t.For():
                    yield from self.statements(statement.body)
                case t.Return():
                    for item in statement.items:
                        yield from self.expr(item.value)

    def expr(self, node: Any) -> Iterator[tuple[int, str]]:
        match node:
            case t.Name() if self.is_maker(node.id):
                yield node.span.start, nick(node.id)
            case t.Call(function=t.Name(id=name)) if self.is_maker(name):
                yield node.span.start, nick(name)
            case t.Call():
                yield from self.call(node)
            case t.Binary(operator="*") if (base := self.repeated(node.left)) is not None:
                yield node.span.start, base
            case t.Group():
                yield node.span.start, "sequential"
            case t.If():
                yield from self.expr(node.condition)
                yield from self.statements(node.body)
                yield from self.statements(node.otherwise or ())
            case t.For():
                yield from self.statements(node.body)
            case t.Index(value=value, items=items) if all(isinstance(item, t.Text) for item in items):
                yield from self.expr(value)
            case t.Label():
                return
            case _:
                for child in children(node):
                    yield from self.expr(child)

    def call(self, node: t.Call) -> Iterator[tuple[int, str]]:
        if not isinstance(node.function, t.Name):
            yield from self.expr(node.function)
        for argument in node.arguments:
            inner = argument.value if isinstance(argument, (t.Keyword, t.Spread)) else argument
            yield from self.expr(inner)

    def repeated(self, node: Any) -> str | None:
        """The name of a chain of makers that is repeated, or None when it is none."""
        match node:
            case t.Name() if self.is_maker(node.id):
                return nick(node.id)
            case t.Call(function=t.Name(id=name)) if self.is_maker(name):
                return nick(name)
            case t.Pipeline() if not node.from_flow and all(self.repeated(stage) for stage in node.stages):
                return "layers"
            case t.Label():
                return "layers"
        return None


def is_template(statement: t.Assign) -> bool:
    """Whether an assignment binds a capitalised name: its right side is a template position, if it can be one."""
    is_one = len(statement.targets) == 1 and is_capitalised(statement.targets[0])
    return is_one and not is_of_tensors(statement.value)


def is_capitalised(target: Any) -> bool:
    return isinstance(target, t.Name) and target.id.lstrip("_")[:1].isupper()


def is_of_tensors(node: Any) -> bool:
    """Whether this can be no template, but only what modules give: `x -> Linear(8)`, `Linear(8)(x)`."""
    if isinstance(node, t.Pipeline):
        head = node.stages[0]
        is_value = isinstance(head, t.Name) and not is_capitalised(head)
        return node.from_flow or is_value or isinstance(head, t.Label) or is_of_tensors(head)
    return isinstance(node, t.Call) and isinstance(node.function, t.Call)


def factors(node: Any) -> tuple[Any, ...]:
    """The factors of a product with two numbers in it: `32 * 7 * 7` and `width * 7 * 7` stay what they are."""
    found = [node]
    while isinstance(found[0], t.Binary) and found[0].operator == "*":
        found[:1] = (found[0].left, found[0].right)
    return tuple(found) if sum(map(is_positive, found)) > 1 else ()


def is_positive(node: Any) -> bool:
    return isinstance(node, t.Number) and type(node.value) is int and node.value > 0


def children(node: Any) -> list[Any]:
    """The expressions directly inside another."""
    found: list[Any] = []
    for name in fields_of(node.__class__) or ():
        value = getattr(node, name)
        kind = value.__class__
        if kind is not tuple:
            if kind is not str and value is not None and fields_of(kind) is not None:
                found.append(value)
            continue
        for item in value:
            if item.__class__ is tuple:
                found += (part for part in item if fields_of(part.__class__) is not None)
            elif fields_of(item.__class__) is not None:
                found.append(item)
    return found


class Fields(dict[type, "tuple[str, ...] | None"]):
    """For each class of nodes the fields that may hold nodes; None for what is no node."""

    def __missing__(self, kind: type) -> tuple[str, ...] | None:
        fields = vars(kind).get("__annotations__", {})
        found = tuple(name for name, what in fields.items() if what not in PLAIN) if "span" in fields else None
        self[kind] = found
        return found


fields_of = Fields().__getitem__


def within(node: Any) -> list[Any]:
    """A node and all that is inside it, as they are written."""
    found, left = [], [node]
    while left:
        node = left.pop()
        found.append(node)
        if fields_of(node.__class__):
            left += children(node)[::-1]
    return found


def is_behind_arrow(span: Span) -> bool:
    """Whether this stands behind `->`, be it on the line before."""
    text = span.source.text
    arrow = text.rfind("->", 0, span.start)
    return arrow >= 0 and not text[arrow + 2 : span.start].strip()


LONG = 10_000  # characters of a body, which is not looked through for each thing that is told of it


def is_long(body: Sequence[Any]) -> bool:
    return bool(body) and body[-1].span.end - body[0].span.start > LONG


def places_of(names: list[t.Name]) -> dict[str, list[Span]]:
    """Where each of these names is written."""
    found: dict[str, list[Span]] = {}
    for name in names:
        found.setdefault(name.id, []).append(name.span)
    return found


def labels(body: Any) -> list[t.Name | t.Text]:
    """Every label written in a body, groups left out: their labels are their own."""
    found: list[t.Name | t.Text] = []
    left = [*reversed(body)] if isinstance(body, tuple) else [body]
    while left:
        node = left.pop()
        if isinstance(node, t.Label):
            found.append(node.target)
        if fields_of(node.__class__) and not isinstance(node, t.Group):
            left += children(node)[::-1]
    return found


def written_in(item: t.Definition, scope: Any) -> tuple[dict[str, Span], dict[int, str]]:
    """The labels of a definition, and names for the modules that have none."""
    written: dict[str, Span] = {}
    for label in labels(item.body):
        if isinstance(label, t.Name):
            written.setdefault(label.id, label.span)
    return written, site_names(item.body, {*written, *written_names(item.body)}, maker_test(scope, item))


def maker_test(scope: Any, item: t.Definition) -> Any:
    """Whether a capitalised name makes modules in this definition: not one that names a size."""
    sizes = set(size_names(item.body))
    templates = {p.name.id for p in item.parameters if is_capitalised(p.name)}

    def test(name: str) -> bool:
        if name in templates:
            return True
        if name in sizes or not name.lstrip("_")[:1].isupper():
            return False
        found = scope.items.get(name, (None,))[0]
        return layer(name) is not None or not isinstance(found, (t.Def, t.Import))

    return test


def size_names(body: Any) -> Any:
    """Names in the shapes of inputs and expectations."""
    from .inputs import names_in

    for statement in body:
        shape = getattr(statement, "shape", None) or getattr(statement, "what", None)
        if isinstance(statement, (t.Input, t.Expect)) and isinstance(shape, t.Shape):
            for node in shape.sizes:
                yield from [node.name] if isinstance(node, t.Rest) else [name.id for name in names_in(node)]


def written_names(body: Any) -> Any:
    """Names that the author binds: automatic names keep clear of them."""
    for statement in body:
        match statement:
            case t.Assign():
                yield from (target.id for target in statement.targets if isinstance(target, t.Name))
            case t.Input():
                yield statement.name.id
            case t.ParamOf():
                yield statement.name.id
            case t.For():
                yield from written_names(statement.body)
            case t.Do(value=t.If(body=inner, otherwise=other)):
                yield from written_names(inner)
                yield from written_names(other or ())
