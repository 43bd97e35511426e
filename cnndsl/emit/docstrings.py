"""Docstrings of the generated file: what a class is, takes, gives and requires. The author's comments travel here.

Types are told in sizes spelled by the class's parameters; a size that these cannot spell is told as the number that it
is, for the values that it was found for.
"""

from __future__ import annotations

from ..dims import Dim, Requirements, Size
from ..graph import Instance, Known, Maker, Model, Result, Type, Value
from ..loops import MARK
from ..patterns import re
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Sequence
from .arguments import simple
from .blocks import values_in
from .defaults import default_text
from .expressions import negated, node_of, plain_value, spelled
from .formulas import apart, either, is_value, of_all
from .guards import OF_THE_FILE, required
from .layout import WIDTH, clean, flat
from .names import safe, snake_case
from .plans import Demand, Plan, Slot
from .sizes import behind_loops, is_free, met_type
from .variants import Variant, written
from .varying import LONGEST, NONE, hanging, settled_numbers, symbols_of

if TYPE_CHECKING:
    from .constants import Constants
    from .remarks import Remarks

ALONE = r"\s|$|[-*+|] |\w+[.)] |\W{3}"  # begins a line that no other one goes on with: of a list, a table
INPUTS = "Inputs:\n"
SETTLED = "Settled when this was compiled"


def docstring(paragraphs: Sequence[str], indent: int) -> list[str]:
    """A docstring of paragraphs, wrapped; a paragraph's own lines are kept."""
    width = WIDTH - indent
    lines = lines_of(paragraphs, width)
    if len(lines) == 1 and len(lines[0]) + 6 > width:  # a formatter moves the quotes to a line that is alone
        lines = lines_of(paragraphs, width - 3)
    if len(lines) == 1 and len(lines[0]) + 6 <= width and not lines[0].endswith(('"', "\\")):
        return [f'{" " * indent}"""{lines[0]}"""']
    first, *rest = lines
    pad = " " * indent
    return [f'{pad}"""{first}'.rstrip(), *(f"{pad}{line}".rstrip() for line in rest), f'{pad}"""']


def lines_of(paragraphs: Sequence[str], width: int) -> list[str]:
    return [line for p in paragraphs for line in ("", *wrap(clean(p), width))][1:]


def wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in reflowed(text.splitlines() or [""], width - 3):
        lead = "    " if line.startswith("    ") else ""
        lines += wrapped(line, width - 3, lead + "  " if lead or line.startswith(("- ", "* ")) else "") or [""]
    return lines


def reflowed(lines: Sequence[str], width: int) -> list[str]:
    """The lines as they are, or, where one of a paragraph is too long, that paragraph as one line."""
    paragraphs: list[list[str]] = []
    for line in lines:
        goes_on = paragraphs and paragraphs[-1][-1].strip() and not re.match(ALONE, line)
        if goes_on and not paragraphs[-1][-1].endswith(":") and not paragraphs[-1][-1].startswith(" "):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    joins = ([" ".join(some)] if any(len(line) > width for line in some) else some for some in paragraphs)
    return [line for some in joins for line in some]


def wrapped(line: str, width: int, indent: str = "") -> list[str]:
    """The words of a line in lines of that width; `textwrap` is loaded only for what it would break inside a word."""
    words = line.split()
    if words and len(line) <= width and line.isprintable() and not line.endswith(" "):
        return [line]
    if line == " ".join(words) and "-" not in line and all(len(word) <= width - len(indent) for word in words):
        return filled(words, width, indent)
    from textwrap import wrap

    return wrap(line, width, subsequent_indent=indent)


def filled(words: list[str], width: int, indent: str) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}{word}" if lines else word)
    return lines


def sentence(text: str) -> str:
    return text if not (text := text.strip()) or text[-1] in ".!?:" else f"{text}."


def class_paragraphs(plan: Plan, models: Sequence[Model], remarks: Remarks | None) -> list[str]:
    """What a class's docstring says: of a block, or for these models."""
    comment = plan.comment.strip()
    renames = plan.renames
    said = remarks.about(renames) if remarks else {}
    inputs = remarks.about([value.name or "" for value in plan.inputs]) if remarks else {}
    lead = [f"The {plan.kind} `{plan.definition}`."] if not comment or is_dated(comment, plan) else []
    lead += [sentence(comment)] if comment else []
    if remarks and remarks.head:
        lead.append(sentence("\n".join(text for _, text in remarks.head)))
    told = in_common(models, plan, inputs)
    about = {} if told and told[0].startswith(INPUTS) else {safe(name): text for name, text in inputs.items()}
    parameters = parameter_lines(plan, said) if len(models) == 1 else []
    about = about if parameters else said | about
    where = "\n".join(f"    {renames.get(name, name)}: {text}" for name, text in about.items())
    last = [text for text in told if text.startswith(SETTLED)]
    found = [text for text in told if text not in last] + ([f"Where:\n{where}"] if where else [])
    return [*lead, *found, *parameters, *last, *folded(plan), *refused(plan)]


def in_common(models: Sequence[Model], plan: Plan, said: Mapping[str, str] | None = None) -> list[str]:
    """What is true for all models of a class: its docstring says it, with what is `said` of inputs."""
    if not models:
        return []
    told = alike(models, plan)
    texts = model_paragraphs(models[0], plan, said) if said else ["".join(some[:1]) for some in told]
    shared = (shared_by(some, text) for some, text in zip(told, texts, strict=True))
    return [*joined([*filter(None, shared)]), *settling(settled_in_all(models, plan))]


def alike(models: Sequence[Model], plan: Plan) -> list[list[str]]:
    """For each paragraph of the first model what all say so, be it for other arguments; nothing where some do not."""
    told = [{apart(text)[0]: text for text in model_paragraphs(model, plan)} for model in models]
    found = ([some.get(bare, "") for some in told] for bare in (told[0] if told else ()))
    return [some if all(some) else [] for some in found]


def shared_by(some: Sequence[str], text: str) -> str:
    """A paragraph of the first model, for the arguments of any; '' if nobody would read for which."""
    if len(set(some)) < 2:
        return text if some else ""
    tests = [apart(one)[1] for one in some]
    whole = either(tests)
    return text.replace(f" where {tests[0]}:", f" where {whole}:", 1) if all(tests) and len(whole) <= LONGEST else ""


def own_paragraphs(variant: Variant, plan: Plan, told: Sequence[Model]) -> list[str]:
    """What a model's function says: what the docstring of the class, which speaks of those `told`, does not."""
    model = variant.model
    known = {text for some in alike(told, plan) if some and shared_by(some, some[0]) for text in some}
    every = zip(model_paragraphs(model, plan), model_paragraphs(model, plan, given=variant), strict=True)
    texts = joined([text for of_class, text in every if of_class not in known])
    in_all = settled_in_all(told, plan)
    own = {name: text for name, text in settled(model, plan).items() if name not in model.fixed}
    return [*texts, *settling({name: text for name, text in own.items() if in_all.get(name) != text})]


def joined(texts: list[str]) -> list[str]:
    """Paragraphs, those of one heading together."""
    found: dict[str, list[str]] = {}
    for heading, *lines in (text.split("\n") for text in texts):
        found.setdefault(heading, [heading]).extend(lines)
    return ["\n".join(lines) for lines in found.values()]


def is_dated(comment: str, plan: Plan) -> bool:
    """Whether a comment speaks of parameters that the class has not kept: then it is not what the class is."""
    if "`" not in comment:
        return False
    given = {parameter.name for member in plan.members for parameter in member.parameters}
    return bool(given.difference(plan.renames).intersection(re.findall(r"`(\w+)`", comment)))


def parameter_lines(plan: Plan, said: Mapping[str, str]) -> list[str]:
    """The arguments: what their author says of them, and what they are if nobody does."""
    lines, renames = [], plan.renames
    for slot in plan.slots:
        text = ", ".join(filter(None, (said.get(slot.key, "").rstrip("."), default_text(slot, renames))))
        lines.append(f"    {slot.name}: {text}" if text else f"    {slot.name}")
    return ["Parameters:\n" + "\n".join(lines)] if lines else []


def own_slots(plan: Plan) -> list[Slot]:
    """The arguments that are the author's parameters, those included that a variant sets."""
    given = [{p.name: p.value for p in member.parameters} for member in plan.members]
    return [slot for slot in plan.slots if slot.kind == "parameter" or (slot.kind == "slot" and is_own(slot, given))]


def is_own(slot: Slot, given: Sequence[Mapping[str, Known]]) -> bool:
    """Whether an argument has been what a parameter of its name is, in each use."""
    return all(one.get(slot.key) == value for one, value in zip(given, slot.values, strict=True))


def settled(model: Model, plan: Plan) -> dict[str, str]:
    """The parameters that the class could not follow: what they decided is written out."""
    said = {*plan.renames, *(slot.name for slot in plan.slots)}  # a class is an argument under another name
    given = (p for p in model.instance.parameters if said.isdisjoint((p.name, snake_case(p.name))))
    texts = {p.name: value_text(plain_value(p.value)) for p in given}
    return {name: plan.tables.get(text, text) for name, text in texts.items() if text}


def settled_in_all(models: Sequence[Model], plan: Plan) -> dict[str, str]:
    """The parameters that have one value in all models, and in all uses of their class, and are no arguments of it."""
    first = settled(models[0], plan) if models else {}
    held = ((p.name, value_text(plain_value(p.value))) for member in plan.members for p in member.parameters)
    several = {name for name, text in held if first.get(name, text) not in (text, plan.tables.get(text))}
    told = NONE.union(several, *(slot.behind for slot in plan.slots))  # other arguments say what these decide
    return {name: text for name, text in first.items() if name not in told}


def settling(values: Mapping[str, str]) -> list[str]:
    texts = [f"{name}={text}" for name, text in values.items()]
    return [f"{SETTLED}: {', '.join(texts)}."] if texts else []


def described(variant: Variant, plan: Plan, constants: Constants) -> str:
    """What the function of a model says first: its class, and what the file gives this. Long tables stand below."""
    model = variant.model
    given = [p for p in model.instance.parameters if p.name in model.fixed]
    said = {p.name: constants.name_of(p.value) for p in given if p.name not in variant.given}
    said |= {name: flat(node_of(written(known), variant.names)) for name, known in variant.given.items()}
    texts = {p.name: said.get(p.name) or value_text(plain_value(p.value)) for p in given}
    own = [name for name in texts if said.get(name) == name]  # handed on as they are
    texts = {name: text for name, text in texts.items() if name not in own}
    short = [f"{name}={text}" for name, text in texts.items() if text and len(text) <= SHORT]
    tables = [name for name in texts if f"{name}={texts[name]}" not in short]
    parts = [*short, *([f"its own {listed(tables)}"] if tables else [])]
    return f"{model.name}: `{plan.name}` with {listed(parts or [f'its own {listed(own)}' if own else 'its defaults'])}."


def listed(words: Sequence[str], sign: str = "and") -> str:
    """`a, b and c`."""
    return f" {sign} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def value_text(value: Any) -> str:
    """A number, list or template as the author writes it; '' for what holds templates."""
    if isinstance(value, Maker):
        given = [value_text(plain_value(item)) for item in value.positional]
        given += [f"{name}={value_text(plain_value(item))}" for name, item in value.keywords.items()]
        return f"{value.name}({', '.join(given)})" if given else value.name
    return flat(node_of(value, {})) if simple(value) else ""


def folded(plan: Plan) -> list[str]:
    """Conditions that no use in the file meets."""
    conditions = dict.fromkeys(re.sub(rf"{MARK}\d+", "", text) for text in plan.folded)
    told = listed([f"when {condition}" for condition in conditions], "or")
    return [f"Left out, as no use of this class needs it: what follows {told}."] if told else []


def refused(plan: Plan) -> list[str]:
    """What the constructor insists on, where `folded` does not say it."""
    names = {slot.key: slot.name for slot in plan.slots}
    texts = {(flat(node_of(condition, names)), way) for condition, way in plan.refused}
    held = sorted(text if way else negated(text) for text, way in texts if way or text not in plan.folded)
    kept = [text for text in held if negated(text) not in plan.folded]
    kept += dict.fromkeys(f"`expect {step.text}` holds" for step in plan.body if isinstance(step, Demand))
    return [f"Made only where {of_all(kept)}."] if kept else []


def model_paragraphs(
    model: Model, plan: Plan, said: Mapping[str, str] | None = None, given: Variant | tuple[()] | None = None
) -> list[str]:
    """What a model takes, gives and requires, and what it could not follow: of the class, with or without arguments
    that only variants set (None, ()), or of the function of a variant.
    """
    variant = given or None
    slots = [slot for slot in own_slots(plan) if slot.kind == "parameter" or given is None]
    types = Types(model, variant.open if variant else slots, plan, variant)
    about = {name: f". {text}" for name, text in (said or {}).items()}
    inputs = [
        f"    {safe(value.name or 'x')}: {types.text(value.type)}{about.get(value.name or '', '')}"
        for value in model.instance.inputs
    ]

    def test_of(model: Model) -> str | None:
        test = hanging(plan, [model], types.of_class)
        if variant and test is not None and (more := variant.tests(variant.shaped(model))):
            return " and ".join([test, *more] if test else more)
        return test

    test = test_of(model)
    found = [INPUTS + "\n".join(inputs), *outputs(model, types, test or "")]
    own = {slot.key: slot.name for slot in own_slots(plan) if slot.kind == "parameter"} if model.promises else {}
    return [*found, *required(model, test, test_of, own)]


SHORT = 40  # what of a value a sentence tells
ONE_LINE = 72  # what fits beside the marks of a docstring's paragraph


class Types:
    """Types of one model as texts. `unsaid` are the parameters behind sizes that were told as numbers."""

    def __init__(self, model: Model, slots: Sequence[Slot], plan: Plan, variant: Variant | None = None) -> None:
        self.of_class = {slot.key: slot.name for slot in slots}
        self.variant, self.through = variant, variant.through() if variant else {}
        self.names = self.of_class | (variant.names if variant else {})
        which = next((i for i, member in enumerate(plan.members) if member is model.instance), 0)
        self.came_to: Mapping[str, Any] = plan.came_to[which] if plan.came_to else {}
        self.settled = settled_numbers([model.instance], {*self.names, *self.through})
        self.sources = model.instance.sources
        self.unsaid: set[str] = set()

    def text(self, kind: Type) -> str:
        """A type, its sizes spelled by the class's parameters where that is true whatever they are."""
        if isinstance(kind, TensorType):
            sizes = ", ".join(map(self.size, kind.shape))
            return f"[{sizes}]" if kind.dtype == "float32" else f"[{sizes}] {kind.dtype}"
        return f"({', '.join(map(self.text, kind))})" if isinstance(kind, tuple) else "None"

    def size(self, size: Size) -> str:
        if not isinstance(size, Spelled):
            return str(size)
        usable = [s for s in map(self.put, size.spellings) if isinstance(s, Dim) and symbols_of(s) <= self.names.keys()]
        if usable and len(text := spelled(usable[0], self.names)) <= ONE_LINE:
            return text
        for name in (name for spelling in size.spellings for name in spelling.symbols):
            self.unsaid |= set(self.sources.get(name, (name.partition("[")[0],)))
        return str(int(size))

    def put(self, spelling: Dim) -> Size:
        """A spelling in the names of the class, what it settled as a number."""
        found = behind_loops(spelling, self.came_to, self.settled)
        return found.subs(self.through) if self.through and isinstance(found, Dim) else found


def outputs(model: Model, types: Types, where: str) -> Iterator[str]:
    """The paragraphs about what a model gives; `where` is a test of the arguments that its free sizes hang on."""
    *training, evaluation = model.instance.modes or (model.instance.result,)
    needs = model.training_requirements or model.requirements
    for title, result, known in [
        ("Outputs", evaluation, model.requirements),
        *(("Outputs in training", result, needs) for result in training),
    ]:
        if lines := list(output_lines(result, known, types)):
            test = hangs(model, types, where if has_free_sizes(model.instance, result) else "")
            yield f"{title}{test}:\n" + "\n".join(f"    {line}" for line in lines)


def hangs(model: Model, types: Types, where: str) -> str:
    """For which arguments the types hold that were told."""
    tests = [where] if where else []
    hanging = types.unsaid | model.instance.decided.kinds
    values = {p.name: p.value for p in model.instance.parameters if p.name in hanging & types.of_class.keys()}
    more = [is_value(types.names[name], Known(value.value)) for name, value in values.items()]
    more += turned(model, types, [*tests, *more])
    more += types.variant.tests(hanging | types.variant.turning()) if types.variant else []
    tests += [test for test in more if test not in where.split(" and ")]
    test = " and ".join(tests)
    if not test:
        return ""
    return f" where {test}" if len(test) <= LONGEST else OF_THE_FILE


def turned(model: Model, types: Types, told: Sequence[str]) -> Iterator[str]:
    """How often loops must turn for fixed sizes to be those that they leave."""
    for parameter in (p for p in model.instance.parameters if p.name in types.of_class):
        name, value = types.names[parameter.name], parameter.value.value
        if parameter.name in model.instance.decided.ended:
            text = f"len({name}) == {len(value)}" if isinstance(value, list) else is_value(name, Known(value))
        elif f"last({parameter.name})" in model.instance.decided.ended and isinstance(value, list):
            text = f"len({name}) > 0"
        elif f"all({parameter.name})" in model.instance.decided.ended:
            text = f"{name} > 0"
        else:
            continue
        if not any(test.startswith((f"{name} ", f"list({name})", f"len({name})")) for test in told):
            yield text


def has_free_sizes(instance: Instance, result: Result) -> bool:
    """Whether a free size comes out, beside the number of samples."""
    values = (value for _, item in result.items for value in values_in(item))
    return any(is_free(instance, value.type) for value in values)


def output_lines(result: Result, requirements: Requirements, types: Types) -> Iterable[str]:
    for name, item in result.items:
        kinds = list(item_texts(item if isinstance(item, (list, tuple)) else (item,), requirements, types))
        text = ", ".join(kinds)
        if not name and len(result.items) > 1 and isinstance(item, (list, tuple)):  # a list beside other results
            lines = ["(", *(f"    {kind}" for kind in kinds), ")"]
            yield from lines if len(text) > ONE_LINE else [f"({text})"]
            continue
        if len(kinds) > 1 and len(text) > ONE_LINE:  # each on a line of its own
            yield from [f"{name}:", *(f"    {kind}" for kind in kinds)] if name else kinds
        elif kinds:
            yield f"{name}: {text}" if name else text


def item_texts(items: Iterable[Any], requirements: Requirements, types: Types) -> Iterator[str]:
    """The types of tensors, of those that stand in a list together in parentheses."""
    for item in items:
        if isinstance(item, (list, tuple)):
            yield f"({', '.join(item_texts(item, requirements, types))})"
        elif isinstance(item, Value):
            yield types.text(met_type(item.type, requirements))
