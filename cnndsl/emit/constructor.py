"""`__init__`: modules, parameters and buffers in the order in which they are written. Runs nothing."""

from __future__ import annotations

from ..graph import (
    Argument,
    Built,
    DictModule,
    ExternModule,
    Initialiser,
    Known,
    LayerModule,
    ListModule,
    Make,
    Own,
    Result,
    SequentialModule,
)
from ..loops import every
from ..patterns import re
from ..records import dataclass, field, replace
from ..shapes import TensorType
from ..typed import Any, Iterator, Mapping, Sequence
from .arguments import immutable, tupled
from .arms import Arms
from .blocks import Folding
from .class_arguments import class_name, class_names
from .containers import Containers, Round, holder, in_statements, with_change
from .defaults import is_left_out
from .expressions import negated, node_of, number, quoted, shape_of
from .formulas import turned
from .forward import Printer
from .handed import changes
from .layout import Brackets, Chain, Node, call, flat, keyword, statement
from .members import head, label_text
from .names import Taken, is_plain
from .naming import Naming
from .plans import (
    Construct,
    Decision,
    Demand,
    Either,
    Formatted,
    Group,
    PartConstruct,
    Repeat,
    Slot,
    TapsConstruct,
    made_in,
)
from .remarks import Remarks
from .rendering import Rendering
from .tested import Tested

TAPS = '''\
class Taps(nn.Sequential):
    """A sequence up to the last of some children, which gives what these give."""

    def __init__(self, layers: nn.Sequential, *taps: str) -> None:
        children = list(layers.named_children())
        length = 1 + max(i for i, (name, _) in enumerate(children) if name in taps)
        super().__init__(OrderedDict(children[:length]))
        self._taps = taps

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, ...]:
        values = {}
        for name, layer in self.named_children():
            input = layer(input)
            if name in self._taps:
                values[name] = input
        return tuple(values[name] for name in self._taps)
'''


@dataclass
class Constructor(Containers):
    """Prints the steps of one class's constructor. `arguments` are the names that compile-time values may use."""

    remarks: Remarks | None = None
    name: str = ""  # of the class
    slots: Sequence[Slot] = ()  # its arguments
    declared: set[str] = field(default_factory=set)  # attributes whose type has been said
    tested: Tested = field(default_factory=lambda: Tested(()))
    arms: Arms = field(default_factory=Arms)

    def lines(self, body: Sequence[Any], indent: int = 8) -> list[str]:
        found: list[str] = []
        for step in body:
            if self.remarks and isinstance(step, (Make, Own)):
                found += self.remarks.made(step, indent)
            if isinstance(step, Make):
                found += self.make(step, indent)
            elif isinstance(step, Own):
                found += self.own(step, indent)
            elif isinstance(step, Demand):
                alike = [other for other in body if isinstance(other, Demand) and other.site == step.site]
                found += self.demand(alike, indent) if step is alike[-1] else []
            elif isinstance(step, Decision):
                found += self.decision(step, indent)
            elif isinstance(step, Repeat):
                found += self.repeat(step, indent)
        return found

    def repeat(self, step: Repeat, indent: int) -> list[str]:
        """A loop that makes modules, or comes to a size; any other one is forward()'s alone."""
        starts = [line for carry in step.carried for line in self.start(carry, indent)]
        alone, body = self.first_alone(step)
        starts += self.lines(alone, indent)
        with Round(self, step, indent + 4) as named:
            inside = [*named, *self.lines(body, indent + 4)]
            for carry in changes(step, self.arguments):
                inside = with_change(inside, self.carry(carry.name, carry.update, indent + 4))
        text = "\n".join(inside)
        first = [head(step, self.arguments, indent, text, through=True, known_tables=self.tables)] if inside else []
        return [*starts, *first, *inside]

    def first_alone(self, step: Repeat) -> tuple[Sequence[Any], Sequence[Any]]:
        """What its first round alone makes, before all else, where that needs no `for` and no `if`; and the rest."""
        makers = list(filter(makes, step.body))
        arm = first_arm(step, makers[0]) if makers and step.turns is None else ()
        if not arm or {self.arguments.get(name, name) for name in changing(step)} & self.words_in(arm):
            return (), step.body
        return arm, [one for one in step.body if one is not makers[0]]

    def words_in(self, made: Sequence[Make]) -> set[str]:
        return {word for step in made for word in re.findall(r"\w+", flat(self.module(step.module)))}

    # Decisions

    def decision(self, step: Decision, indent: int) -> list[str]:
        found = self.declarations(step, indent)
        then = self.lines(step.then, self.arms.inside(step.then, indent))
        otherwise = self.lines(step.otherwise, self.arms.inside(step.otherwise, indent))
        condition = flat(node_of(step.condition, self.arguments))
        if not then and not otherwise:
            return found
        if then == otherwise:
            self.arms.laid(step.otherwise, otherwise, indent)
            return self.arms.laid(step.then, then, indent)
        head = statement("if ", condition if then else turned(self.contrary(condition)), indent, ":")
        if not then or not otherwise:
            arm = step.then if then else step.otherwise
            return [*found, *self.arms.alone(head, arm, then or otherwise, indent)]
        return [*found, head, *then, *self.arms.other(step.otherwise, otherwise, indent)]

    def demand(self, steps: Sequence[Demand], indent: int) -> list[str]:
        """Asks for what one `expect` says of sizes that loops came to, and tells for which arguments it does not."""
        others = dict.fromkeys(negated(flat(node_of(step.condition, self.arguments))) for step in steps)
        names = {self.arguments.get(name, name) for step in steps for name in step.by}
        called = list(self.arguments.values())  # some by the name of a size that loops hand on
        given = ", ".join(f"{{{name}=}}" for name in sorted(names) if called.count(name) == 1)
        expected = steps[0].text.replace("{", "{{").replace("}", "}}")
        error = call("ValueError", "f" + quoted(f"{self.name} is not made for {given}, as it expects {expected}"))
        return [statement("if ", " or ".join(others), indent, ":"), statement("raise ", error, indent + 4)]

    def declarations(self, step: Decision, indent: int) -> list[str]:
        """What a type checker must know of the attributes that are set inside: None before, for the other way."""
        types: dict[str, dict[str, None]] = {}
        for path, module in made_in((step,)):
            types.setdefault(path, {}).update(dict.fromkeys(self.types_of(module)))
        found, told = [], self.tested.paths(step)
        for path in (path for path in types if path not in self.declared and is_plain(path)):
            is_told = path in told
            if is_told or len(types[path]) > 1:
                self.declared.add(path)
                text = f"{' | '.join(types[path])}{' | None = None' * is_told}"
                found.append(f"{' ' * indent}self.{path}: {text}")
        return found

    def types_of(self, module: Any) -> list[str]:
        """The types of an attribute; one whose class is an argument may be of each class that this may be."""
        by = flat(node_of(module.by, self.arguments)) if isinstance(module, Either) and module.by else ""
        kinds = (known.value for slot in self.slots if slot.name == by for known in slot.values)
        return class_names(kinds) or [type_of(module)]

    # Modules

    def make(self, step: Make, indent: int) -> list[str]:
        module: Any = step.module
        held = isinstance(module, Group) and (module.is_list or module.is_dict)
        if held and in_statements(module) and is_plain(step.path) and not isinstance(step.path, Formatted):
            return self.held_at(f"self.{step.path}", module, indent)
        return self.stated(indent, step.module, lambda node: self.made(step, node, indent))

    def made(self, step: Make, node: Node, indent: int) -> str:
        if is_plain(step.path) and not isinstance(step.path, Formatted):
            return statement(f"self.{step.path} = ", node, indent)
        path = label_text(step.path.label, self.arguments) if isinstance(step.path, Formatted) else quoted(step.path)
        return statement("", call("self.add_module", path, node), indent)

    def module(self, module: Any) -> Node:
        if isinstance(module, LayerModule):
            return call(class_name(type(module.layer)), *self.given(module.arguments))
        if isinstance(module, Construct):
            return call(module.plan.name, *self.construct(module))
        if isinstance(module, TapsConstruct):
            return call(module.taps.name, *self.construct(module.whole))
        if isinstance(module, PartConstruct):
            return self.part(module)
        if isinstance(module, ExternModule):
            return call(self.externs[module.target], *self.given(module.arguments))
        if isinstance(module, Either):
            then = self.module(module.then)
            if module.by is not None and isinstance(then, Brackets):
                return replace(then, opening=f"{flat(node_of(module.by, self.arguments))}(")
            condition = node_of(module.condition, self.arguments)
            condition = f"({text})" if " if " in (text := flat(condition)) else condition
            other = self.module(module.otherwise)
            chain = other if isinstance(other, Chain) and other.signs[0] == "if" else Chain((other,), ())
            return Chain((then, condition, *chain.operands), ("if", "else", *chain.signs))
        return self.container(module)

    def part(self, module: PartConstruct) -> Node:
        """A child of a whole model, which may be cut."""
        whole = self.module(module.whole)
        path = child_path(module.path) + (f"[:{module.length}]" if len(module.taps) == 1 else "")
        part = replace(whole, closing=whole.closing + path) if isinstance(whole, Brackets) else f"{flat(whole)}{path}"
        return call("Taps", part, *map(quoted, module.taps)) if len(module.taps) > 1 else part

    def given(self, arguments: Sequence[Argument]) -> Iterator[Node]:
        for argument in arguments:
            inner = argument.value.value
            node = self.module(inner) if isinstance(inner, LayerModule) else node_of(argument.value, self.arguments)
            yield keyword(argument.name, node) if argument.keyword else node

    def construct(self, module: Construct) -> Iterator[Node]:
        """The arguments of a class of this file: by position up to the first that is left out."""
        by_name = False
        for slot, value in module.arguments:
            node = node_of(tupled(value, slot.whole), self.arguments)
            if slot.default is not None and self.is_default(slot, value, module):
                by_name = True
            else:
                by_name = by_name or is_flag(value)
                yield keyword(slot.name, node) if by_name else node

    def is_default(self, slot: Slot, value: Known, module: Construct) -> bool:
        if slot.rule is not None:
            return is_left_out(slot, value, module.arguments)
        return flat(node_of(immutable(value), self.arguments)) == flat(node_of(slot.default, {}))

    # Parameters and buffers

    def own(self, step: Own, indent: int) -> list[str]:
        lines, value = self.value(step, indent)
        if step.kind == "param":
            return [*lines, statement(f"self.{step.name} = ", call("nn.Parameter", value), indent)]
        options = [] if step.persistent else [keyword("persistent", "False")]
        node = call("self.register_buffer", quoted(step.name), value, *options)
        return [*lines, statement("", node, indent)]

    def value(self, step: Own, indent: int) -> tuple[list[str], Node]:
        if isinstance(step.value, Built):
            return self.built(step.value, step.name, indent)
        shape = shape_of(step.shape, self.arguments)
        if isinstance(step.value, Initialiser):
            return [], self.initialised(step.value, shape, step.target.type)
        return [], filled(step.value, shape, step.target.type, self.arguments)

    def initialised(self, rule: Initialiser, shape: Node, kind: TensorType) -> Node:
        if rule.function in ("zeros", "ones"):
            return call(f"torch.{rule.function}", shape, *dtype_of(kind))
        empty = call("torch.empty", shape, *dtype_of(kind))
        return call(f"nn.init.{rule.function}_", empty, *self.given(rule.arguments))

    def built(self, value: Built, name: str, indent: int) -> tuple[list[str], Node]:
        """The steps that compute a buffer, as statements before it."""
        rendering = Rendering(lambda path: path, self.arguments)
        block = Folding(rendering, None).block(value.steps, Result("one", ((None, value.result),)))
        result, block.result = block.result, None
        block_with_result = type(block)(block.lines, result, block.uses)
        taken = Taken(self.taken, set(self.arguments.values()))
        naming = Naming(block_with_result, (), taken, rendering.inlined)
        rendering.variables = naming.names
        lines = Printer(rendering, naming).lines(block, indent)
        return lines, rendering.operand(value.result)


def first_arm(loop: Repeat, step: Any) -> tuple[Make, ...]:
    """The modules with names of their own that a step of a loop makes if this is the first round, and no others."""
    if not isinstance(step, Decision) or loop.index is None:
        return ()
    name, start = loop.index
    told = {f"{name} == {start}": True, f"{name} != {start}": False, f"{name} > {start}": False}
    way = told.get(flat(node_of(step.condition, {})))
    arm, other = (step.then, step.otherwise) if way else (step.otherwise, step.then)
    made = tuple(filter(makes, arm))
    plain = all(isinstance(one, Make) and is_own(one) for one in made)
    return made if way is not None and plain and not any(map(makes, other)) else ()


def makes(step: Any) -> bool:
    """Whether the constructor has lines of a step."""
    return any(isinstance(one, (Make, Own, Demand)) for one in every((step,)))


def changing(loop: Repeat) -> set[str]:
    """The names that are something else in each round of a loop."""
    names = {name for source in loop.sources for name in source.names}
    names |= {loop.index[0]} if loop.index else set()
    return names | {carry.name for carry in loop.carried if not carry.stays}


def is_own(step: Make) -> bool:
    """Whether a module has a name of its own, and is made by an expression."""
    return is_plain(step.path) and not isinstance(step.path, Formatted) and not isinstance(step.module, Group)


def filled(value: Known, shape: Node, kind: TensorType, names: Mapping[str, str]) -> Node:
    """A tensor full of one number, of the dtype that was declared."""
    plain = value.value
    if isinstance(plain, (int, float)) and plain in (0, 1):
        return call("torch.zeros" if plain == 0 else "torch.ones", shape, *dtype_of(kind))
    node = node_of(value, names)
    if not isinstance(plain, float) and kind.is_float:  # torch.full would make whole numbers of a whole number
        node = number(float(plain)) if flat(node) == str(plain) else call("float", node)
    return call("torch.full", shape, node, *dtype_of(kind))


def dtype_of(kind: TensorType) -> list[Node]:
    return [] if kind.dtype == "float32" else [keyword("dtype", f"torch.{kind.dtype}")]


def is_flag(value: Known) -> bool:
    return isinstance(value.value, bool) or value.value is None


def child_path(path: str) -> str:
    """The way to a child of a whole model."""
    parts = path.split(".")
    if not all(part.isdigit() or is_plain(part) for part in parts):
        return f".get_submodule({quoted(path)})"
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def type_of(module: Any) -> str:
    """The annotation for an attribute that holds the module."""
    if isinstance(module, LayerModule):
        return class_name(type(module.layer))
    if isinstance(module, Construct):
        return "nn.Sequential" if module.plan.kind == "group" else module.plan.name
    if isinstance(module, TapsConstruct):
        return module.taps.name
    if isinstance(module, (SequentialModule, Group)):
        return holder(module) if isinstance(module, Group) else "nn.Sequential"
    if isinstance(module, Either):
        return " | ".join(dict.fromkeys((type_of(module.then), type_of(module.otherwise))))
    containers = {ListModule: "nn.ModuleList", DictModule: "nn.ModuleDict"}
    return containers.get(type(module), "nn.Module")
