"""Graph → a Python module that imports torch alone. The rooms of this package meet here.

`emit` gives the text, `entry_points` the name under which each model is found in it.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..graph import Call, ExternModule, Graph, Known, LayerModule, Model
from ..layers import lookup as layer_named
from ..patterns import re
from ..typed import Iterator, Sequence, Set
from .arguments import immutable, tupled
from .classes import Context, class_lines, function_lines, parameters, signature, taps_lines
from .constants import Constants
from .constructor import TAPS, is_flag
from .contents import needed, steps_of
from .defaults import default_lines, default_values
from .docstrings import described, docstring, own_paragraphs, sentence
from .expressions import Unwritable, node_of, plain_value
from .generalise import Planner
from .guards import EXTREME, support
from .layout import WIDTH, Node, call, keyword, statement
from .names import AMBIGUOUS, MODULE_NAMES, USED_BUILTINS, Taken, fresh, is_plain, snake_case
from .plans import PartConstruct, Plan, TapsConstruct, modules_in
from .rules import Classes, every_rule
from .variants import Variant, written

IMPORTS = {
    "math.": "import math",
    "OrderedDict(": "from collections import OrderedDict",
    "OrderedDict[": "from collections import OrderedDict",
    "Callable[": "from collections.abc import Callable",
    "Sequence[": "from collections.abc import Sequence",
    "fnmatchcase(": "from fnmatch import fnmatchcase",
    "pairwise(": "from itertools import pairwise",
    "Any": "from typing import Any",
    "Any)": "from typing import Any",
    "Literal[": "from typing import Literal",
    "NamedTuple)": "from typing import NamedTuple",
}
READ = r"(?<![\w.])\w+[.(\[)]?"  # a name that is no attribute of something, and what is done with it
TEXTS = re.compile(r'"""[\s\S]*?"""|(?<!f)"(?:[^"\\\n]|\\.)*"|#[^\n]*')  # what is no code
SUPPORTED = r"(?m)^(?:class|def) (\w+)"


def emit(graph: Graph, *, command: str = "", guards: bool = True) -> str:
    """The file's models as Python source. The same graph gives the same text."""
    return File(graph, guards=guards).text(command)


def entry_points(graph: Graph) -> dict[str, str]:
    """For each model, the class or function of the generated file that builds it."""
    return File(graph).entries


class File:
    """The generated file of one graph: names first, then text."""

    def __init__(self, graph: Graph, *, guards: bool = True):
        self.graph, self.guards = graph, guards
        planner = Planner(graph)
        self.plan_of = planner.plan_of
        self.plans = needed(graph, planner.plans, self.plan_of)
        self.models_of: dict[int, list[Model]] = {}
        for model in graph.models:
            self.models_of.setdefault(id(self.plan_of[id(model.instance)]), []).append(model)
        self.taps: dict[int, TapsConstruct] = {}
        for plan in self.plans:
            self.taps |= {id(made.taps): made for made in cuts_in(plan)}
        self.supports = dict.fromkeys(part for plan in self.plans for text in supports(plan) for part in parted(text))
        self.externs: dict[str, str] = {}
        self.taken: set[str] = {*MODULE_NAMES, *USED_BUILTINS, *AMBIGUOUS}
        self.taken |= {name for text in self.supports for name in re.findall(SUPPORTED, text)}
        self.taken |= {helper.name for helper in graph.helpers}
        self.entries: dict[str, str] = {}
        self.name_everything()

    # Names

    def name_everything(self) -> None:
        """Models first: their names are those that others know. Last the functions that only the file itself calls."""
        for plan in self.plans:
            if plan.kind != "group":
                models = self.models(plan)
                alone = len(models) == 1 and not self.is_variant(models[0])
                plan.name = self.claim(models[0].name if alone else plan.definition)
        for model in self.graph.models:
            plan = self.plan_of[id(model.instance)]
            alone = len(self.models(plan)) == 1
            direct = not self.is_variant(model) and (alone or is_class_itself(model, plan))
            self.entries[model.name] = plan.name if direct else self.claim(model.name.lower())
        for made in self.taps.values():
            taps = "".join(re.sub(r"\W", "", tap.title()) for tap in made.names)
            made.taps.name = self.claim(f"{made.whole.plan.name}{taps}")
        for target in dict.fromkeys(t for plan in self.plans for t in externs(plan)):
            if not all(is_plain(part) for part in re.split(r"[.:]", target)) or target.count(":") != 1:
                raise Unwritable(f"{target} is no `package.module:Class`")
            self.externs[target] = self.claim(target.partition(":")[2])
        own = {name for plan in self.plans for name in (*plan.renames.values(), *plan.locals, *plan.locals.values())}
        for plan in self.plans:
            if plan.kind == "group":
                plan.name = self.claim(snake_case(plan.definition), own)
        self.constants = Constants(self.graph.tables, lambda name: self.claim(name, own))
        for plan in self.plans if self.graph.tables else ():
            self.constants.within(plan)

    def claim(self, name: str, own: Set[str] = frozenset()) -> str:
        """The name, or one like it: free in the file, and in the constructors that call it, whose names are `own`."""
        found = fresh(name, Taken(self.taken, own))
        self.taken.add(found)
        return found

    def models(self, plan: Plan) -> list[Model]:
        return self.models_of.get(id(plan), [])

    def is_variant(self, model: Model) -> bool:
        """Whether the file says `model X = Base(…)`: then X is a function, whatever else there is."""
        return model.name in self.graph.comments

    # Text

    def text(self, command: str) -> str:
        parts = ["\n".join(part) for part in self.parts()]
        parts = [*(self.helpers("\n".join(parts)) if self.graph.helpers else []), *parts]
        guard = [support(self.graph.models)] if any("require(" in part for part in parts) else []
        used = [kind for kind in ("max", "min") if any(f"sym_{kind}(" in part for part in parts)]
        guard += ["\n".join(EXTREME.format(kind=kind) for kind in used)] if used else []
        code = "\n\n\n".join([*(text.strip("\n") for text in (*self.supports, *guard)), *parts])
        tables = "\n\n".join("\n".join(lines) for lines in self.constants.lines(code))
        body = f"\n{tables}\n\n\n{code}" if tables else f"\n\n{code}"
        head = "\n".join(docstring(self.header(command), 0))
        imports = self.imports(body)
        return f"{head}\n\n{imports}\n{marked(body)}\n"

    def helpers(self, text: str) -> list[str]:
        """The author's functions that a text calls."""
        from .helping import called_in, helper_lines

        return ["\n".join(helper_lines(helper)) for helper in called_in(self.graph.helpers, text)]

    def header(self, command: str) -> list[str]:
        names = ", ".join(model.name for model in self.graph.models)
        source = self.graph.source_name.replace("\\", "/").rpartition("/")[2]
        by = f"Compiled by `{command}`" if command else "Compiled"
        comment = [sentence(self.graph.comment)] if self.graph.comment.strip() else []
        title = f"{names}, from {source}." if source else f"{names}."
        return [title, *comment, f"{by}. It needs torch alone."]

    def parts(self) -> Iterator[list[str]]:
        classes = [plan for plan in self.plans if plan.kind != "group"]
        order: dict[str, list[str]] = {}
        for plan in classes:
            order.setdefault(plan.definition, []).append(plan.name)
        context = Context(Classes(order), frozenset(self.taken), self.externs, self.guards)
        done: set[int] = set()
        for plan in self.plans:
            for made in cuts_in(plan):
                if id(made.taps) not in done:
                    done.add(id(made.taps))
                    yield taps_lines(made.taps, made.whole.plan, made.dropped, made.names, context)
            if plan.kind == "group":
                yield function_lines(plan, context, self.graph.comments.get(plan.definition, ""))
                continue
            models = self.models(plan)
            direct = [model for model in models if self.entries[model.name] == plan.name]
            told = direct[:1] or (models if len(models) == self.count(plan) else [])
            beside = [model for model in self.graph.beside if self.plan_of.get(id(model.instance)) is plan]
            yield class_lines(plan, told, [*models, *beside], context)
            for model in (model for model in models if self.entries[model.name] != plan.name):
                yield self.factory(model, plan, told)

    def count(self, plan: Plan) -> int:
        """How many uses of a class the file has."""
        others = {id(instance) for instance in self.graph.combined} | {id(m.instance) for m in self.graph.beside}
        return sum(id(member) not in others for member in plan.members)

    def factory(self, model: Model, plan: Plan, told: Sequence[Model]) -> list[str]:
        """A function that builds one of several models of a class, whose docstring says what they have in common."""
        values = {p.name: immutable(Known(p.value.value)) for p in (*model.instance.parameters, *model.own)}
        variant = Variant(model, plan)
        taken = [*variant.own, *variant.open]
        values = {name: self.constants.named(value) for name, value in values.items()}
        values |= {slot.key: Known(None) for slot in taken if slot.rule is not None}
        arguments = list(passed(plan, model, variant, self.constants))
        comment = [sentence(text)] if (text := self.graph.comments.get(model.name, "")) else []
        return [
            signature(self.entries[model.name], parameters(taken, values), plan.name, 0, ""),
            *docstring([described(variant, plan, self.constants), *comment, *own_paragraphs(variant, plan, told)], 4),
            *default_lines(variant.own, variant.names, 4),
            statement("return ", call(plan.name, *arguments), 4),
        ]

    def imports(self, body: str) -> str:
        read = set(re.findall(READ, TEXTS.sub("", body)))
        standard = list(dict.fromkeys(line for name, line in IMPORTS.items() if name in read))
        plain = [line for line in standard if line.startswith("import ")]
        standard = [*plain, *merged([line for line in standard if line not in plain])]
        froms = [f"from {t.partition(':')[0]} import {imported(t, name)}" for t, name in self.externs.items()]
        if "nn." in read:
            froms.append("from torch import nn")
        torch = ["import torch"] if "torch." in read else []
        groups = [standard, [*torch, *merged(froms)]]
        return "\n\n".join("\n".join(group) for group in groups if group)


def merged(froms: list[str]) -> list[str]:
    """Imports sorted as ruff sorts them, those from one module on one line."""
    by_module: dict[str, list[str]] = {}
    for line in froms:
        module, _, name = line.removeprefix("from ").partition(" import ")
        by_module.setdefault(module, []).append(name)
    return [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(by_module.items())]


def imported(target: str, name: str) -> str:
    cls = target.partition(":")[2]
    return cls if cls == name else f"{cls} as {name}"


def is_class_itself(model: Model, plan: Plan) -> bool:
    """Whether the shared class, built without arguments, is just this model."""
    values = {p.name: p.value for p in model.instance.parameters} | plan.extras[id(model.instance)]
    defaults = default_values(plan.slots)
    return model.name == plan.name and all(
        slot.key in defaults
        and plain_value(immutable(defaults[slot.key])) == plain_value(immutable(tupled(values[slot.key], slot.whole)))
        for slot in plan.slots
    )


def passed(plan: Plan, model: Model, variant: Variant, constants: Constants) -> Iterator[Node]:
    """What the function of a variant gives the class: arguments that it takes, and what the file says."""
    names = {slot.key for slot in variant.open}
    values = {p.name: Known(p.value.value) for p in model.instance.parameters} | plan.extras[id(model.instance)]
    by_name = False
    for slot in plan.slots:
        said = written(variant.given[slot.key]) if slot.key in variant.given else constants.named(values[slot.key])
        node = slot.name if slot.key in names else node_of(tupled(said, slot.whole), variant.names)
        by_name = by_name or (slot.key not in names and is_flag(values[slot.key]))
        yield keyword(slot.name, node) if by_name else node


def cuts_in(plan: Plan) -> list[TapsConstruct]:
    """The cut models that a class makes."""
    return [module for module in modules_in(plan.body) if isinstance(module, TapsConstruct)]


def supports(plan: Plan) -> Iterator[str]:
    """Source text that the file must carry for this class."""
    for module in modules_in(plan.body):
        if isinstance(module, LayerModule) and module.layer.support:
            yield module.layer.support
        if isinstance(module, PartConstruct) and len(module.taps) > 1:
            yield TAPS
    for step in steps_of(plan.body):
        function = function_named(step.function) if isinstance(step, Call) else None
        if function is not None and function.support:
            yield function.support
    for rule in every_rule(plan.init):
        found = (layer_named(selector.type) for selector in rule.selectors if selector.type)
        yield from (layer.support for layer in found if layer and layer.support)


def parted(text: str) -> list[str]:
    """The functions and classes of a support text: what two layers share is carried once."""
    return text.strip("\n").split("\n\n\n")


def externs(plan: Plan) -> Iterator[str]:
    yield from (module.target for module in modules_in(plan.body) if isinstance(module, ExternModule))


def marked(body: str) -> str:
    """Lines that no break could shorten say so to linters."""

    def mark(line: str) -> str:
        code = line.partition("  # type: ignore")[0]
        return f"{line}  # noqa: E501" if len(code) > WIDTH else line

    return "\n".join(map(mark, body.split("\n")))
