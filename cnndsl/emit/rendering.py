"""Steps of forward() as expressions. Chooses no variable's name and breaks no line."""

from __future__ import annotations

from ..dims.calls import ATOM, COMPARE, POWER, PRODUCT, SUM, TERNARY, TURNED, UNARY, level_of
from ..functions import lookup
from ..functions.base import Function
from ..graph import Apply, Call, Cut, Known, Operate, Pick, Unpack, Value
from ..patterns import re
from ..records import dataclass, field
from ..typed import Any, Callable, Iterator, Mapping, Sequence
from .expressions import Unwritable, Ways, Written, dtype, member, node_of
from .layout import Brackets, Chain, Node, call, flat, keyword, list_of, tuple_of
from .members import Comprehension, Part
from .names import names_in

LEVELS = {"**": POWER, "@": PRODUCT, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "+": SUM, "-": SUM}
ADDING = frozenset({"append", "precede"})  # what makes a longer list of tensors of one
LISTS = ADDING | {"list", "sum", "view", "item"}  # operators on lists of tensors


@dataclass
class Rendering:
    """The names of one method: of its variables, of the class's own tensors, of the constructor's arguments."""

    access: Callable[[str], str]  # path of a module → the expression that reaches it
    arguments: Mapping[str, str]  # names that compile-time spellings use
    device: Value | None = None  # where tensors made in forward() belong
    variables: dict[int, str] = field(default_factory=dict)
    owned: dict[int, str] = field(default_factory=dict)
    inlined: dict[int, Any] = field(default_factory=dict)
    default: str | None = None  # stands for variables that have no name yet
    lengths: Mapping[str, int] = field(default_factory=dict)  # of lists of modules
    listed: dict[tuple[int, ...], Comprehension] = field(default_factory=dict)  # by the values in a list
    parts: dict[int, Value] = field(default_factory=dict)  # by the first of some values: their list
    gone: set[int] = field(default_factory=set)  # the others of them
    elements: dict[str, str] = field(default_factory=dict)  # modules that a comprehension at hand has a name for
    element_names: Callable[[Sequence[str]], dict[str, str]] = lambda lists: dict.fromkeys(lists, "layer")
    axes: dict[str, tuple[int, str]] = field(default_factory=dict)  # run-time sizes: `%7.2` → 7, "2"
    sizes: Mapping[tuple[int, str], str] = field(default_factory=dict)  # those that have names of their own

    # Operands

    def variable(self, value: Value) -> str:
        if value.number in self.owned:
            return self.owned[value.number]
        return self.variables.get(value.number) or self.default or self.missing(value)

    def missing(self, value: Value) -> str:
        raise Unwritable(f"{value} has no variable")

    def names(self) -> dict[str, str]:
        """What sizes may stand on: arguments, and axes of variables."""
        axes = {name: self.axis(number, axis) for name, (number, axis) in self.axes.items()}
        return {**self.arguments, **axes}

    def axis(self, number: int, axis: str) -> str:
        if named := self.sizes.get((number, axis)):
            return named
        name = self.owned.get(number) or self.variables.get(number) or self.default
        return f"{name}.shape[{axis}]"

    def operand(self, item: Any, level: int = TERNARY) -> Node:
        """An operand, in parentheses if it binds less tightly than `level`."""
        if isinstance(item, Value) and item.number in self.inlined:
            node, own = self.step(self.inlined[item.number])
            return node if own >= level else f"({flat(node)})"
        if isinstance(item, Value):
            return self.variable(item)
        if isinstance(item, (list, tuple)):
            if made := self.listed.get(tuple(getattr(part, "number", -1) for part in item)):
                return self.comprehension(made)
            parts = [part for part in item if getattr(part, "number", None) not in self.gone]
            items = [self.starred(part) or self.operand(part) for part in parts]
            return list_of(*items) if isinstance(item, list) else tuple_of(*items)
        if isinstance(item, Cut):
            return self.cut(item)
        return self.known(item, level)

    def known(self, item: Any, level: int) -> Node:
        node = node_of(item, self.names())
        return f"({node})" if isinstance(node, str) and level and level_of(node) < level else node

    def starred(self, part: Any) -> str:
        """The list of results that stands for these."""
        found = self.parts.get(getattr(part, "number", -1))
        return f"*{self.variable(found)}" if found else ""

    def comprehension(self, made: Comprehension) -> Node:
        """What the modules of lists give, one after the other."""
        names = self.element_names(made.lists)
        self.elements = {f"{name}.{made.start}": word for name, word in names.items()}
        node = self.step(made.steps[-1])[0]
        self.elements = {}
        lists = [f"{member(name)}{made.cut}" for name in names]
        over = lists[0] if len(lists) == 1 else f"zip({', '.join(lists)}, strict=True)"
        return Brackets("[", (node, f"for {', '.join(names.values())} in {over}"), "]", packed=False, separator=" ")

    def cut(self, item: Cut) -> str:
        bounds = [item.start, item.stop, item.step]
        texts = [
            "" if part is None or getattr(part, "value", part) is None else flat(self.operand(part)) for part in bounds
        ]
        complex_ = any(not re.fullmatch(r"-*[\w.]*", text) or re.match(r"-*[^\W\d].*\.", text) for text in texts)
        if not complex_:
            return f"{texts[0]}:{texts[1]}" + (f":{texts[2]}" if texts[2] else "")
        text = f"{texts[0]} :" if texts[0] else ":"
        text += f" {texts[1]}" if texts[1] else ""
        return text + (f" : {texts[2]}" if texts[2] else "")

    # Steps

    def step(self, step: Any) -> tuple[Node, int]:
        """The expression of a step, and how tightly it binds."""
        if isinstance(step, Apply):
            return self.apply(step), ATOM
        if isinstance(step, Call):
            return self.call(step), ATOM
        if isinstance(step, Operate):
            return self.operate(step)
        if isinstance(step, Pick):
            return self.pick(step), ATOM
        if isinstance(step, Unpack):
            return self.variable(step.source), ATOM
        if isinstance(step, Part):
            return self.comprehension(step.made), ATOM
        raise Unwritable(f"{type(step).__name__} is no expression")

    def apply(self, step: Apply) -> Node:
        options = (keyword(name, self.operand(value)) for name, value in step.options)
        return call(self.elements.get(step.path) or self.access(step.path), *map(self.operand, step.inputs), *options)

    def call(self, step: Call) -> Node:
        function = lookup(step.function)
        if function is None or function.lower is not None:
            raise Unwritable(f"no function {step.function}")
        arguments = [self.argument(function, i, item) for i, item in enumerate(step.arguments)]
        if function.target.startswith("."):
            receiver = flat(self.operand(step.arguments[0], ATOM))
            return call(f"{receiver}{function.target}", *arguments[1:], *self.keywords(function, step))
        if self.device is not None and function.parameters[0].variadic and any(map(is_worked_out, arguments)):
            arguments = [list_of(*arguments)]  # `torch.fx` follows no sizes that are given one by one
        return call(function.target, *arguments, *self.keywords(function, step))

    def argument(self, function: Function, place: int, item: Any) -> Node:
        from .arguments import annotation_of  # whoever asks for variables alone writes no call

        return self.typed(annotation_of(function, place), item, function.axes)

    def typed(self, annotation: str, item: Any, axes: int = 0) -> Node:
        """An argument where a dtype is written `torch.<name>`, and a window as a list where torch's stubs want one."""
        if "Dtype" in annotation and isinstance(item, Known) and isinstance(item.value, str):
            return dtype(item)
        if axes and "Window" in annotation and isinstance(item, Known) and isinstance(item.value, int):
            return list_of(*[self.operand(item)] * axes)
        return self.operand(item)

    def keywords(self, function: Function, step: Call) -> Iterator[Node]:
        annotations = {parameter.name: parameter.annotation for parameter in function.parameters}
        for name, item in step.keywords:
            yield keyword(name, self.typed(annotations.get(name, ""), item, function.axes))
        given = {name for name, _ in step.keywords} | set(list(annotations)[: len(step.arguments)])
        if function.training and "training" not in given:
            yield keyword("training", "self.training")
        if function.factory and self.device is not None:
            yield keyword("device", f"{self.variable(self.device)}.device")

    def operate(self, step: Operate) -> tuple[Node, int]:
        sign, level = step.operator, level_of_step(step)
        if sign in LISTS:
            return self.of_list(step), level
        if sign == "=":
            return self.operand(step.operands[0]), level
        if len(step.operands) == 1:
            return f"-{flat(self.operand(step.operands[0], ATOM))}", level
        left, right = step.operands
        if sign in TURNED and isinstance(left, Known) and isinstance(right, Value):
            sign, left, right = TURNED[sign], right, left
        if sign == "**":
            return self.power(left, right), level
        first = self.operand(left, COMPARE + 1 if level == COMPARE else level)
        second = self.operand(right, level + 1)
        if isinstance(first, Chain) and level in (SUM, PRODUCT) and self.level_of_operand(left) == level:
            return Chain((*first.operands, second), (*first.signs, sign)), level
        return Chain((first, second), (sign,)), level

    def of_list(self, step: Operate) -> Node:
        """What is made of, or taken from, a list of tensors."""
        if step.operator == "list":
            return list_of(*map(self.operand, step.operands))
        if step.operator in ADDING:
            return list_of(*self.entries(step))
        first, *others = step.operands
        text = flat(self.operand(first, ATOM))
        if step.operator == "sum":
            return call("sum", f"{text}[1:]", f"{text}[0]")
        index: Any = others[0]
        return f"{text}{index.value}" if step.operator == "view" else f"{text}[{flat(self.operand(index))}]"

    def entries(self, step: Any) -> list[Node]:
        """What stands in a list that is made of another one and more."""
        first, *others = step.operands
        inner = self.inlined.get(first.number)
        source = self.entries(inner) if inner is not None else [f"*{self.variable(first)}"]
        more = [self.operand(item) for item in others]
        return [*more, *source] if step.operator == "precede" else [*source, *more]

    def level_of_operand(self, item: Any) -> int:
        inner = self.inlined.get(item.number) if isinstance(item, Value) else None
        return level_of_step(inner)

    def power(self, left: Any, right: Any) -> Node:
        """`x**2` is close where both sides are simple, as ruff format has it."""
        first, second = flat(self.operand(left, ATOM)), flat(self.operand(right, UNARY))
        simple = all(re.match(r"-?[\w.]+(?=$| ?\*\*)", text) for text in (first, second))
        return f"{first}**{second}" if simple else f"{first} ** {second}"

    def pick(self, step: Pick) -> Node:
        if step.name is not None:
            return f"{flat(self.operand(step.source, ATOM))}.{step.name}"
        items = ", ".join(flat(self.operand(item)) for item in step.items)
        return f"{flat(self.operand(step.source, ATOM))}[{items}]"


def level_of_step(step: Any) -> int:
    """How tightly the expression of a step binds."""
    if not isinstance(step, Operate) or step.operator in LISTS:
        return ATOM
    if step.operator == "=":
        return TERNARY
    return UNARY if len(step.operands) == 1 else LEVELS.get(step.operator, COMPARE)


def leaves(step: Any) -> list[Any]:
    """The Values and Knowns that a step reads, in the order in which Python evaluates them."""
    if isinstance(step, Apply):
        parts: tuple[Any, ...] = (*step.inputs, *(value for _, value in step.options))
    elif isinstance(step, Call):
        parts = (*step.arguments, *(value for _, value in step.keywords))
    elif isinstance(step, Operate):
        parts = step.operands if step.operator != "precede" else (*step.operands[1:], step.operands[0])
    elif isinstance(step, Pick):
        parts = (step.source, *step.items)
    elif isinstance(step, Part):
        parts = tuple(leaves(step.made.steps[0]))
    else:
        parts = (step.source,) if isinstance(step, Unpack) else ()
    return flattened(parts)


def flattened(item: Any) -> list[Any]:
    if isinstance(item, Cut):
        item = item.start, item.stop, item.step
    elif not isinstance(item, (list, tuple)):
        return [item]
    found: list[Any] = []
    for part in item:
        if part.__class__ is Value or part.__class__ is Known:
            found.append(part)
        elif isinstance(part, (list, tuple, Cut)):
            found += flattened(part)
        else:
            found.append(part)
    return found


def axes_in(item: Any) -> Iterator[str]:
    """The run-time sizes (`%7.2`) that a compile-time value needs."""
    value = item.value if isinstance(item, Known) else item
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from axes_in(part)
        return
    if isinstance(value, Ways):
        for part in (value.then, value.condition, value.otherwise):
            yield from axes_in(part)
    if isinstance(value, Written):
        spelling = value.spelling
        found = names_in(spelling) if isinstance(spelling, str) else spelling.symbols
        yield from sorted(name for name in found if name.startswith("%"))


def is_worked_out(size: Node) -> bool:
    """Whether one of several sizes is no number; where they are a list, none is."""
    return isinstance(size, str) and not size.isdecimal()


def is_factory(step: Any) -> bool:
    function = lookup(step.function) if isinstance(step, Call) else None
    return function is not None and function.factory
