"""One generated class: its named tuple, docstring, constructor and forward. Knows nothing of the rest of the file."""

from __future__ import annotations

from ..graph import Apply, Known, Model, Result, Type, Value
from ..loops import Kinds, every
from ..patterns import re
from ..records import dataclass, replace
from ..shapes import TensorType
from ..typed import Any, Iterator, Mapping, Sequence
from .arms import Arms
from .blocks import Block
from .class_arguments import Kind
from .constructor import Constructor
from .defaults import default_lines
from .docstrings import class_paragraphs, docstring, folded, sentence
from .expressions import Called, annotation, negated, node_of, quoted
from .formulas import plainly
from .forward import Printer, results_in
from .guards import guard_lines
from .layout import WIDTH, Brackets, Node, Prefixed, call, flat, split_types, statement, type_node
from .methods import Method
from .named_numbers import definitions, with_names
from .names import fresh, is_plain
from .naming import Naming
from .plans import Construct, Plan, Slot, made_in
from .remarks import Remarks, shapes
from .rules import Classes


@dataclass(frozen=True)
class Context:
    """What a class needs to know of its file."""

    classes: Classes
    taken: frozenset[str]  # module-level names
    externs: Mapping[str, str]
    guards: bool = True  # whether forward() looks at the sizes of its inputs


def class_lines(plan: Plan, told: Sequence[Model], models: Sequence[Model], context: Context) -> list[str]:
    """The class of a plan that `models` share; its docstring speaks of those `told`."""
    writer = ClassWriter(plan, context, models)
    doc = docstring(class_paragraphs(plan, told, writer.remarks), 4)
    return writer.whole("nn.Module", doc, writer.constructor())


def function_lines(plan: Plan, context: Context, comment: str) -> list[str]:
    """A function that builds an nn.Sequential."""
    known = with_names(plan, names_of(plan), context.taken, lambda names: function_body(plan, names, context))
    doc = docstring([sentence(comment) or f"The block `{plan.definition}`.", *folded(plan)], 4)
    head = signature(plan.name, parameters(plan.slots), "nn.Sequential", 0, "")
    given = default_lines(plan.slots, names_of(plan), 4)
    body = [*definitions(plan, known, 4), *function_body(plan, known, context)]
    return [head, *doc, *given, *refusals(plan, known, 4), *strangers(plan, body, 4), *body]


def function_body(plan: Plan, names: Mapping[str, str], context: Context) -> list[str]:
    ((_, module),) = made_in(plan.body)
    writer = Constructor(names, context.taken, context.externs)
    return writer.stated(4, module, lambda node: statement("return ", node, 4))


def taps_lines(taps: Plan, whole: Plan, dropped: Sequence[str], names: Sequence[str], context: Context) -> list[str]:
    """A subclass of a whole model that ends after its last tap."""
    writer = ClassWriter(taps, context, (), overrides=True, built=dict(made_in(whole.body)))
    doc = docstring([f"`{whole.name}`, cut after {', '.join(names)}: gives their values."], 4)
    return writer.whole(whole.name, doc, taps_constructor(whole, dropped))


def taps_constructor(whole: Plan, dropped: Sequence[str]) -> list[str]:
    if not dropped:
        return []
    slots = whole.slots
    passed = ", ".join(slot.name for slot in slots)
    gone = [
        f"        del self.{name}" if is_plain(name) else f"        delattr(self, {quoted(name)})" for name in dropped
    ]
    return [signature("__init__", parameters(slots), "None"), f"        super().__init__({passed})", *gone]


def parameters(slots: Sequence[Slot], values: Mapping[str, Known] | None = None) -> list[Node]:
    found: list[Node] = []
    for slot in slots:
        default = (values or {}).get(slot.key, slot.default)
        typed, value = type_node(slot.type), None if default is None else node_of(default, {})
        if isinstance(typed, Brackets) and isinstance(value, str) and slot.type.startswith("Literal["):
            typed, value = replace(typed, closing=f"{typed.closing} = {value}"), None
        name = f"{slot.name}: " if value is None else f"{slot.name}: {slot.type} = "
        found.append(Prefixed(name, typed if value is None else value))
    return found


def signature(name: str, given: Sequence[Node], returns: str, indent: int = 4, first: str = "self") -> str:
    items = tuple(item for item in (first, *given) if item)
    brackets = Brackets(f"{name}(", items, ")", packed=len(items) > 1)  # one alone has a comma behind it
    text = statement("def ", brackets, indent, f" -> {returns}:")
    *lines, last = text.split("\n")
    found = re.fullmatch(r"\w+\[(.*)\]", returns) if len(last) > WIDTH else None
    if found is None:
        return text
    opening = returns.partition("[")[0] + "["
    node = Brackets(opening, tuple(split_types(found[1])), "]", packed=False)
    return "\n".join([*lines, statement(") -> ", node, indent, ":")])


class ClassWriter(Method):
    def __init__(self, plan: Plan, context: Context, models: Sequence[Model], overrides: bool = False,
                 built: Mapping[str, Any] | None = None):  # fmt: skip
        super().__init__(plan, context.taken, built)
        self.context, self.models, self.overrides = context, models, overrides
        self.output = fresh(f"{plan.name}Output", context.taken)
        self.remarks = None if overrides else Remarks(plan)
        self.known = Called({}, {}) if overrides else self.numbers()
        self.forward_lines = self.forward()

    def whole(self, base: str, doc: list[str], constructor: list[str]) -> list[str]:
        head = [f"class {self.plan.name}({base}):", *doc, ""]
        fields = self.fields()
        parts = [*([fields] if fields else []), *([constructor] if constructor else []), self.forward_lines]
        body = [line for part in parts for line in ("", *part)][1:]
        return [*self.named_tuple(), *head, *body]

    def fields(self) -> list[str]:
        """Class-level lines: the version, and types of buffers for type checkers."""
        lines = [f"    _version = {self.plan.version}"] if self.plan.version is not None else []
        buffers = [own.name for own in self.owns if own.kind == "buffer" and is_plain(own.name)]
        return [*lines, *(f"    {name}: torch.Tensor" for name in buffers)]

    # Constructor

    def numbers(self) -> Called:
        """What the constructor calls its numbers."""
        return with_names(self.plan, names_of(self.plan), self.context.taken, lambda names: self.made(names, None))

    def inits(self) -> list[str]:
        from .rule_chains import init_lines  # most classes have no rules

        return init_lines(self.plan, names_of(self.plan), self.context.classes, self.tested)

    def constructor(self) -> list[str]:
        lines = [*definitions(self.plan, self.known), *self.made(self.known, self.remarks)]
        inits = self.inits() if self.plan.init else []
        lines = [*refusals(self.plan, self.known), *strangers(self.plan, lines), *lines, *inits]
        lines = [*default_lines(self.plan.slots, names_of(self.plan), 8), *self.stored(), *lines]
        if not lines and not self.plan.slots:
            return []
        head = signature("__init__", parameters(self.plan.slots), "None")
        return [head, "        super().__init__()", *lines]

    def made(self, names: Mapping[str, str], remarks: Remarks | None) -> list[str]:
        arms = Arms()
        left = (dict(remarks.left), dict(remarks.inner)) if remarks else ({}, {})
        lines = self.written(names, remarks, arms)
        if arms.raised and remarks:
            remarks.left, remarks.inner = left
            lines = self.written(names, remarks, arms)
        return lines

    def written(self, names: Mapping[str, str], remarks: Remarks | None, arms: Arms) -> list[str]:
        writer = Constructor(names, self.context.taken, self.context.externs, remarks=remarks, tested=self.tested)
        writer.name, writer.slots, writer.arms = self.plan.name, self.plan.slots, arms
        return writer.lines(self.plan.body)

    def stored(self) -> Iterator[str]:
        """Arguments that forward() reads."""
        read = set(re.findall(r"\bself\.(\w+)", "\n".join(self.forward_lines)))
        for slot in self.plan.slots:
            attribute = self.attributes[slot.key]
            if attribute in read:
                yield f"        self.{attribute} = {slot.name}"

    # Forward

    def forward(self) -> list[str]:
        naming, block = self.naming, self.block
        printer = Printer(self.rendering, naming, self.output, self.remarks)
        printer.modules = self.modules
        inputs = () if self.plan.starred else self.plan.inputs
        if not self.overrides:
            variables = set(naming.names.values())
            called = {size: name for size, name in self.known.sizes.items() if name not in variables}
            printer.shapes = shapes(self.plan, self.models, called)
            printer.told = printer.shapes.get(inputs[0].number, "") if inputs else ""
        lines = printer.whole(block, 8)
        head = signature("forward", self.inputs(naming), self.returns(block))
        if self.overrides:
            first, *rest = head.split("\n")
            head = "\n".join([f"{first}  # type: ignore[override]", *rest])
        if self.rendering.sizes:
            from .named_sizes import lines_for

            lines = [*lines_for(self.rendering.sizes, inputs, naming.names), *lines]
        return [head, *self.guards(naming), *lines]

    def guards(self, naming: Naming) -> list[str]:
        """What the inputs must meet."""
        if not self.context.guards:
            return []
        own = self.plan.inputs
        variables = {
            theirs.number: naming.names[ours.number]
            for model in self.models
            for ours, theirs in zip(own, model.instance.inputs, strict=True)
        }
        return guard_lines(self.plan, self.models, variables, self.names_in_forward)

    def inputs(self, naming: Naming) -> list[Node]:
        if self.plan.starred:
            return [f"*{self.star()}: torch.Tensor"]
        return [f"{naming.names[value.number]}: {hint(value.type)}" for value in self.plan.inputs]

    # Results

    def returns(self, block: Block) -> str:
        found = list(dict.fromkeys(self.result_hint(result) for result in results_in(block)))
        return " | ".join(found)

    def result_hint(self, result: Result) -> str:
        if result.kind == "named":
            return self.output
        hints = [operand_hint(as_given(item, self.plan.body)) for _, item in result.items]
        if result.kind == "dict":
            return f"dict[str, {' | '.join(dict.fromkeys(hints))}]"
        return hints[0] if result.kind == "one" else f"tuple[{', '.join(hints)}]"

    def named_tuple(self) -> list[str]:
        """The class of `return a=…, b=…`; a field that one mode lacks is None there."""
        results = [result for result in results_in(self.block) if result.kind == "named"]
        if not results:
            return []
        fields: dict[str, list[str]] = {}
        for result in results:
            for name, item in result.items:
                fields.setdefault(name or "", []).append(operand_hint(item))
        lines = [f"class {self.output}(NamedTuple):", f'    """What `{self.plan.name}` gives."""', ""]
        for name, hints in sorted(fields.items(), key=lambda pair: len(pair[1]) < len(results)):
            missing = len(hints) < len(results)
            text = " | ".join(dict.fromkeys([*hints, *(["None"] if missing else [])]))
            lines.append(f"    {name}: {text}{' = None' if missing else ''}")
        return [*lines, "", ""]


def names_of(plan: Plan) -> dict[str, str]:
    """The names of a constructor: its arguments, and what its loops hand on."""
    return {**plan.renames, **{name: plan.renames.get(called, called) for name, called in plan.locals.items()}}


def refusals(plan: Plan, names: Mapping[str, str], indent: int = 8) -> Iterator[str]:
    """The class refuses what none of its uses is."""
    said: set[str] = set()
    for condition, way in plan.refused:
        text = flat(node_of(condition, names))
        other = negated(text) if way else text
        if other in said:
            continue
        said.add(other)
        yield statement("if ", other, indent, ":")
        held = plainly(text if way else negated(text))
        is_set = " and " in other and " or " not in held and not held.startswith("not ")  # `a in (1, 2)`
        is_plain = not other.startswith("not (") and " not in " not in other and not is_set
        word = f"is not made for {other}" if is_plain else f"is made only where {held}"
        yield statement("raise ", call("ValueError", quoted(f"{plan.name} {word}")), indent + 4)


def strangers(plan: Plan, lines: Sequence[str], indent: int = 8) -> Iterator[str]:
    """The class refuses classes that it would take for the last of those that its lines ask for."""
    text = "\n".join(lines)
    for slot in [slot for slot in plan.slots if slot.kind == "slot"]:
        kinds = [known.value for known in slot.values]
        if Kind not in map(type, kinds):
            continue
        names = dict.fromkeys("None" if kind is None else getattr(kind, "name", "") for kind in kinds)
        tests = (f"{before}{slot.name} is {name}" for name in names if name != "None" for before in " (")
        if all(names) and any(test in text for test in tests):
            known = f"({', '.join(names)})"
            yield statement("if ", f"{slot.name} not in {known}", indent, ":")
            word = f"{plan.name} is made only where {slot.name} in {known}"
            yield statement("raise ", call("ValueError", quoted(word)), indent + 4)


def hint(kind: Type) -> str:
    if isinstance(kind, Kinds):
        return f"list[{' | '.join(dict.fromkeys(map(hint, kind))) or 'torch.Tensor'}]"
    if isinstance(kind, tuple):
        return f"tuple[{', '.join(map(hint, kind))}]"
    return "torch.Tensor" if isinstance(kind, TensorType) else "None"


def as_given(item: Any, body: tuple[Any, ...]) -> Any:
    """What a block's `forward` returns, where the item is what a call of it gave: a list stays one."""
    if not (isinstance(item, Value) and isinstance(item.type, tuple)):
        return item
    path = next((step.path for step in every(body) if isinstance(step, Apply) and step.target == item), None)
    made = next((module for name, module in made_in(body) if name == path), None)
    if not isinstance(made, Construct) or made.plan.result is None or made.plan.result.kind != "one":
        return item
    return as_given(made.plan.result.items[0][1], made.plan.body)


def operand_hint(item: Any) -> str:
    if isinstance(item, Value):
        return hint(item.type)
    if isinstance(item, list):
        return f"list[{' | '.join(dict.fromkeys(map(operand_hint, item)))}]"
    if isinstance(item, tuple):
        return f"tuple[{', '.join(map(operand_hint, item))}]"
    return annotation([item])
