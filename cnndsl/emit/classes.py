"""One generated class: its named tuple, docstring, constructor and forward. Knows nothing of the rest of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..graph import Branch, Call, Known, ListModule, Model, Own, Result, SequentialModule, Type, Value, walk
from ..records import dataclass
from ..shapes import TensorType
from .blocks import Block, Folding
from .constructor import Constructor
from .docstrings import class_paragraphs, docstring, sentence
from .expressions import annotation, member, node_of, quoted
from .forward import Printer, results_in
from .functions import Function
from .guards import guard_lines
from .heads import label_text
from .initialise import Classes, init_lines
from .layout import WIDTH, Brackets, Node, flat, statement
from .members import module_names
from .named import definitions, with_names
from .names import MODULE_ATTRIBUTES, TAKEN, fresh, is_plain, safe
from .naming import Naming
from .plans import Decision, Formatted, Group, Next, Plan, Repeat, Slot, made_in
from .remarks import Remarks
from .rendering import Rendering, flattened
from .shown import shapes
from .tested import Tested


@dataclass(frozen=True)
class Context:
    """What a class needs to know of its file."""

    classes: Classes
    taken: frozenset[str]  # module-level names
    externs: Mapping[str, str]
    guards: bool = True  # whether forward() looks at the sizes of its inputs


def class_lines(plan: Plan, model: Model | None, models: Sequence[Model], context: Context) -> list[str]:
    """The class of a plan: of `model`, if it is one model's own, and shared by `models`."""
    writer = ClassWriter(plan, context, models).written()
    doc = docstring(class_paragraphs(plan, model, writer.remarks), 4)
    return writer.whole("nn.Module", doc, writer.constructor())


def function_lines(function: Function, context: Context, comment: str = "") -> list[str]:
    """A function that builds an nn.Sequential."""
    names = {name: name for name, _ in function.parameters}
    given = [f"{name}: {kind}" for name, kind in function.parameters]
    module = Constructor(names, context.taken, context.externs).module(function.module)
    doc = docstring([sentence(comment) or f"The block `{function.definition}`."], 4)
    return [signature(function.name, given, "nn.Sequential", 0, ""), *doc, statement("return ", module, 4)]


def taps_lines(taps: Plan, whole: Plan, dropped: Sequence[str], names: Sequence[str], context: Context) -> list[str]:
    """A subclass of a whole model that ends after its last tap."""
    writer = taps_writer(taps, whole, context).written()
    doc = docstring([f"`{whole.name}`, cut after {', '.join(names)}: gives their values."], 4)
    return writer.whole(whole.name, doc, taps_constructor(whole, dropped))


def taps_writer(taps: Plan, whole: Plan, context: Context) -> ClassWriter:
    return ClassWriter(taps, context, (), overrides=True, built=dict(made_in(whole.body)))


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
        text = f"{slot.name}: {slot.type}"
        found.append(text if default is None else f"{text} = {flat(node_of(default, {}))}")
    return found


def signature(name: str, given: Sequence[Node], returns: str, indent: int = 4, first: str = "self") -> str:
    items = tuple(item for item in (first, *given) if item)
    text = statement("def ", Brackets(f"{name}(", tuple(items), ")"), indent, f" -> {returns}:")
    *lines, last = text.split("\n")
    found = re.fullmatch(r"\w+\[(.*)\]", returns)
    if len(last) <= WIDTH or found is None:
        return text
    opening = returns.partition("[")[0] + "["
    node = Brackets(opening, tuple(split_types(found[1])), "]", packed=False)
    return "\n".join([*lines, statement(") -> ", node, indent, ":")])


def split_types(text: str) -> list[str]:
    """The types between commas, those inside brackets left whole."""
    return re.findall(r"(?:[^,\[\]]|\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\])+", text.replace(", ", ","))


class ClassWriter:
    def __init__(self, plan: Plan, context: Context, models: Sequence[Model], overrides: bool = False,
                 built: Mapping[str, Any] | None = None):  # fmt: skip
        self.plan, self.context, self.models, self.overrides = plan, context, models, overrides
        self.built = built  # what the class that this one cuts makes, by path
        self.paths = dict(made_in(plan.body))
        self.tested = Tested(plan.body)
        self.owns = [step for step in steps_of(plan.body) if isinstance(step, Own)]
        self.attributes = {slot.key: self.attribute(slot.name) for slot in plan.slots}
        self.names_in_forward = {key: f"self.{name}" for key, name in self.attributes.items()} | plan.locals
        self.output = fresh(f"{plan.name}Output", context.taken)
        self.remarks = None if overrides else Remarks(plan)
        self.rendering = Rendering(self.access, self.names_in_forward, self.device())
        self.block, self.naming = self.folded()
        self.forward_lines: list[str] = []

    def attribute(self, name: str) -> str:
        """Where forward() finds a constructor argument."""
        taken = {*self.paths, *(own.name for own in self.owns), *MODULE_ATTRIBUTES}
        while name in taken:
            name += "_"
        return name

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

    def constructor(self) -> list[str]:
        names = self.plan.renames
        names = names | {name: names.get(called, called) for name, called in self.plan.locals.items()}
        known = with_names(self.plan, names, self.context.taken, lambda names: self.made(names, None))
        lines = [*definitions(self.plan, known), *self.made(known, self.remarks)]
        lines = [*self.stored(), *lines, *init_lines(self.plan, names, self.context.classes)]
        if not lines and not self.plan.slots:
            return []
        head = signature("__init__", parameters(self.plan.slots), "None")
        return [head, "        super().__init__()", *lines]

    def made(self, names: Mapping[str, str], remarks: Remarks | None) -> list[str]:
        writer = Constructor(names, self.context.taken, self.context.externs, remarks=remarks, tested=self.tested)
        return writer.lines(self.plan.body)

    def stored(self) -> Iterator[str]:
        """Arguments that forward() reads."""
        read = set(re.findall(r"\bself\.(\w+)", "\n".join(self.forward_lines)))
        for slot in self.plan.slots:
            attribute = self.attributes[slot.key]
            if attribute in read:
                yield f"        self.{attribute} = {slot.name}"

    # Forward

    def folded(self) -> tuple[Block, Naming]:
        """What stands on which line of forward(), and which variable holds each value."""
        plan, rendering = self.plan, self.rendering
        rendering.owned = {own.target.number: member(own.name) for own in self.owns}
        if plan.starred:
            rendering.owned |= {value.number: f"{self.star()}[{i}]" for i, value in enumerate(plan.inputs)}
        self.modules = module_names(plan.body, self.words())
        block = Folding(rendering, self.condition).block(plan.body, plan.result)
        inputs = () if plan.starred else plan.inputs
        taken = {*self.context.taken, *([self.star()] if plan.starred else []), *self.modules.values()}
        naming = Naming(block, inputs, taken, rendering.inlined)
        rendering.variables = naming.names
        return block, naming

    def written(self) -> ClassWriter:
        """The same with the lines of forward(), which decide what the constructor keeps and what comments are left."""
        self.forward_lines = self.forward()
        return self

    def forward(self) -> list[str]:
        naming, block = self.naming, self.block
        printer = Printer(self.rendering, naming, self.output, self.remarks)
        printer.modules = self.modules
        inputs = () if self.plan.starred else self.plan.inputs
        if not self.overrides:
            printer.shapes = shapes(self.plan, self.models)
            printer.told = printer.shapes.get(inputs[0].number, "") if inputs else ""
        lines = printer.lines(block, 8)
        head = signature("forward", self.inputs(naming), self.returns(block))
        if self.overrides:
            first, *rest = head.split("\n")
            head = "\n".join([f"{first}  # type: ignore[override]", *rest])
        return [head, *self.guards(naming), *lines]

    def words(self) -> set[str]:
        """The names that forward() has for what is no module."""
        values = [step for step in steps_of(self.plan.body) if hasattr(step, "target")]
        named = {value.name for value in flattened([*self.plan.inputs, *(s.target for s in values)]) if value}
        return {*self.context.taken, *self.plan.locals.values(), *TAKEN, *(safe(name) for name in named if name)}

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
        return guard_lines(self.models, variables)

    def star(self) -> str:
        return safe(self.plan.inputs[0].name or "inputs") if self.plan.inputs else "inputs"

    def device(self) -> Value | None:
        first = next((value for value in self.plan.inputs if isinstance(value.type, TensorType)), None)
        makes = any(isinstance(step, Call) for step in steps_of(self.plan.body))
        return first if makes else None

    def inputs(self, naming: Naming) -> list[Node]:
        if self.plan.starred:
            return [f"*{self.star()}: torch.Tensor"]
        return [f"{naming.names[value.number]}: {hint(value.type)}" for value in self.plan.inputs]

    def access(self, path: Any) -> str:
        """The expression for a module at a path: containers are indexed as torch types them."""
        if isinstance(path, Next):
            return self.modules[path.name] if path.each else f"next({self.modules[path.name]})"
        if isinstance(path, Formatted):
            return f"self.get_submodule({label_text(path.label, self.names_in_forward)})"
        first, *rest = path.split(".")
        in_loop = self.built is not None and first not in self.built
        if in_loop or len(rest) > 1:  # what a loop makes, and what a container holds, is any Module to a type checker
            return f"self.get_submodule({quoted(path)})"
        text, module = member(first), self.paths.get(first)
        for part in rest:
            children = {child.name: child.module for child in getattr(module, "children", ())}
            if isinstance(module, (ListModule, SequentialModule, Group)) and part.isdigit():
                text += f"[{part}]"
            elif isinstance(module, (SequentialModule, Group)):
                text += f".get_submodule({quoted(part)})"
            else:
                text = f"{text}[{quoted(part)}]" if children else member(part, text)
            module = children.get(part)
        return text

    def condition(self, step: Any) -> Known | str:
        """The test that forward() makes: the mode, a size, or whether the constructor made a module."""
        if isinstance(step, Branch):
            return "self.training" if step.condition.value == "training" else step.condition
        return self.tested.test(step) or step.condition

    # Results

    def returns(self, block: Block) -> str:
        found = list(dict.fromkeys(self.result_hint(result) for result in results_in(block)))
        return " | ".join(found)

    def result_hint(self, result: Result) -> str:
        if result.kind == "named":
            return self.output
        hints = [operand_hint(item) for _, item in result.items]
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


def steps_of(body: Sequence[Any]) -> Iterator[Any]:
    """All steps of a merged body."""
    for step in body:
        if isinstance(step, Decision):
            yield from steps_of((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield from steps_of(step.body)
        else:
            yield from walk((step,))


def hint(kind: Type) -> str:
    if isinstance(kind, tuple):
        return f"tuple[{', '.join(map(hint, kind))}]"
    return "torch.Tensor" if isinstance(kind, TensorType) else "None"


def operand_hint(item: Any) -> str:
    if isinstance(item, Value):
        return hint(item.type)
    if isinstance(item, list):
        return f"list[{' | '.join(dict.fromkeys(map(operand_hint, item)))}]"
    if isinstance(item, tuple):
        return f"tuple[{', '.join(map(operand_hint, item))}]"
    return annotation([item])
