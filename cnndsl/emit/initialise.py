"""`init { … }` at the end of a constructor: for each parameter the last rule that means it runs, and no other.

Parameters of the class's own layers are set one by one, where the rules name them. Where they are about layers of
unrelated types, a chain of `isinstance` says that; otherwise each parameter is
asked in turn, the last rule first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ..dims.calls import UNARY, level_of
from ..graph import DictModule, InitRule, Known, LayerModule, ListModule, Make, Own, Selector, SequentialModule
from ..layers import lookup
from ..records import dataclass
from ..typed import Any
from .expressions import node_of, quoted
from .held import inner_layers, own_layers, way_to
from .layout import WIDTH, Brackets, Chain, Node, call, flat, keyword, statement
from .names import names_in
from .plans import Construct, Decision, Either, Group, PartConstruct, Plan, Repeat, TapsConstruct

CONSTANT = frozenset({"zeros", "ones", "constant", "eye", "dirac"})  # these draw no random numbers
CONTAINERS = (SequentialModule, ListModule, DictModule, Group, Either)
ORDER = ("in_proj_weight", "weight", "bias")  # how layers register their parameters


@dataclass(frozen=True)
class Classes:
    """How the types of rules are called in the file: layers by torch's names, definitions by their classes."""

    classes: Mapping[str, Sequence[str]]

    def of(self, name: str) -> list[str]:
        layer = None if name in self.classes else lookup(name)
        return [layer.path or f"nn.{name}"] if layer else list(self.classes.get(name, (name,)))

    def test(self, names: Sequence[str], what: str = "module") -> str:
        found = [cls for name in names for cls in self.of(name)]
        return f"isinstance({what}, {found[0] if len(found) == 1 else '(' + ', '.join(found) + ')'})"


def init_lines(plan: Plan, arguments: Mapping[str, str], classes: Classes, indent: int = 8) -> list[str]:
    """The statements that follow the last module of the constructor."""
    if not plan.init:
        return []
    arguments = {**arguments, "module": "module", "fan_in": "fan_in", "fan_out": "fan_out"}
    writer = Writer(plan, arguments, classes)
    rules = [rule for rule in (present(rule, classes) for rule in plan.init) if rule.selectors]
    if (known := writer.directly(rules, indent)) is not None:
        return known
    if (known := writer.beside(rules, indent)) is not None:
        return known
    simple = [rule for rule in rules if is_simple(rule, classes)]
    rest = rules[len(simple) :]
    if rules[: len(simple)] == simple and unrelated(simple) and writer.may_follow(simple, rest):
        lines = writer.chain(simple, indent)
        for rule in rest:
            lines += writer.override(rule, indent)
        return lines
    return writer.general(rules, indent) if rules else []


def present(rule: InitRule, classes: Classes) -> InitRule:
    """The rule without what it says of blocks that no network of the file has."""
    kept = (s for s in rule.selectors if not s.type or s.type in classes.classes or lookup(s.type))
    return InitRule(tuple(kept), rule.initialiser)


def is_simple(rule: InitRule, classes: Classes) -> bool:
    """Whether the rule is about modules' own parameters, each named by one word."""
    return all(s.type and len(s.path) == 1 and (s.type in classes.classes or lookup(s.type)) for s in rule.selectors)


def unrelated(rules: Sequence[InitRule]) -> bool:
    """Whether no layer that the rules name is a subclass of another."""
    kinds = {s.type: lookup(s.type or "") for rule in rules for s in rule.selectors}
    classes = [cls for cls in kinds.values() if cls]
    return not any(a is not b and issubclass(a, b) and a.support for a in classes for b in classes)


class Writer:
    """Prints the rules of one class."""

    def __init__(self, plan: Plan, arguments: Mapping[str, str], classes: Classes):
        self.plan, self.arguments, self.classes = plan, arguments, classes

    # Parameters that are known

    def directly(self, rules: Sequence[InitRule], indent: int) -> list[str] | None:
        """A statement for each parameter, in the order of `named_parameters()`; None if not all are the class's own
        layers', which it always makes."""
        named = [(pattern, rule) for rule in rules for pattern in (s.pattern for s in rule.selectors)]
        layers = dict(own_layers(self.plan.body))
        owners = {(pattern or "").rpartition(".")[0] for pattern, _ in named}
        if not owners <= layers.keys() or any(set(pattern) & set("*?[") and not pattern.endswith(".*")
                                              for pattern, _ in named if pattern):  # fmt: skip
            return None
        lines: list[str] = []
        for path in (path for path in layers if path in owners):
            for weight in (weight for weight in layers[path].layer.weights() if weight.kind == "parameter"):
                for_it = [rule for pattern, rule in named if pattern in (f"{path}.{weight.name}", f"{path}.*")]
                if for_it:
                    lines += self.set_directly(for_it[-1], path, weight.name, layers[path], indent)
        return lines

    def set_directly(self, rule: InitRule, path: str, name: str, module: LayerModule, indent: int) -> list[str]:
        """One statement; a convolution's bias may be None to a type checker."""
        may_miss = name == "bias" and module.name.startswith("Conv")
        head = [f"{' ' * indent}if self.{path}.bias is not None:"] if may_miss else []
        inner = indent + 4 if may_miss else indent
        return [*head, *self.run(rule.initialiser, f"self.{path}.{name}", inner, f"self.{path}.weight")]

    # A chain of isinstance, in which some layers are told apart

    def beside(self, rules: Sequence[InitRule], indent: int) -> list[str] | None:
        """Rules by type, beside others for parameters of layers that the class always makes; None for other rules."""
        simple = [InitRule(tuple(s for s in rule.selectors if s.type), rule.initialiser) for rule in rules]
        if not unrelated(simple) or not all(is_simple(rule, self.classes) for rule in simple):
            return None
        layers = dict(inner_layers(self.plan.body))
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for rule in rules:
            for owner, _, field in ((s.pattern or "").rpartition(".") for s in rule.selectors):
                if field and (owner not in layers or set(owner) & set("*?[") or lookup(layers[owner].name) is None):
                    return None
            for selector in rule.selectors:
                self.note(selector, rule, layers, found)
        return self.chain([rule for rule in simple if rule.selectors], indent, found)

    @staticmethod
    def note(selector: Selector, rule: InitRule, layers: Mapping[str, LayerModule], found: Any) -> None:
        """What a rule says of single parameters; one by type takes back what was said of its parameters before."""
        if selector.type:
            found.get(selector.type, {}).pop(selector.path[0], None)
            return
        owner, _, field = (selector.pattern or "").rpartition(".")
        module = layers[owner]
        names = [weight.name for weight in module.layer.weights() if weight.kind == "parameter"]
        for name in (name for name in names if field in (name, "*")):
            found.setdefault(module.name, {}).setdefault(name, {})[owner] = rule.initialiser

    # A chain of isinstance

    def chain(self, rules: Sequence[InitRule], indent: int, single: Any = None) -> list[str]:
        single = single or {}
        if not rules and not single:
            return []
        by_type: dict[str, dict[str, Any]] = {}
        for rule in rules:
            for selector in rule.selectors:
                by_type.setdefault(selector.type or "", {})[selector.path[0]] = rule.initialiser
        by_type |= {name: {} for name in single if name not in by_type}
        groups: dict[str, list[str]] = {}
        for name, fields in by_type.items():
            body = "\n".join(self.of_type(name, fields, indent + 8, single.get(name, {})))
            groups.setdefault(body, []).append(name)
        branches: list[tuple[Node, str]] = [(self.classes.test(names), body) for body, names in groups.items()]
        branches[-1:] = [collapsed(*branches[-1], indent + 8)]
        if len(branches) > 1 and branches[-1][1] == branches[-2][1]:
            (first, body), (last, _) = branches[-2:]
            branches[-2:] = [(Chain((first, Brackets("(", (last,), ")", separator=" ")), ("or",)), body)]
        lines = [f"{' ' * indent}for module in self.modules():"]
        for number, (test, body) in enumerate(branches):
            lines += [self.head("elif " if number else "if ", test, indent + 4), body]
        return lines

    def head(self, word: str, test: Node, indent: int) -> str:
        if not isinstance(test, str):
            return statement(word, test, indent, ":")
        if indent + len(word) + len(test) + 1 <= WIDTH:
            return f"{' ' * indent}{word}{test}:"
        subject, _, rest = test.removeprefix("isinstance(").partition(", ")
        items = rest[:-1].strip("()").split(", ")
        inner = ",\n".join(" " * (indent + 8) + item for item in items)
        pad = " " * (indent + 4)
        tuple_line = f"{pad}{subject}, ({', '.join(items)})"
        if len(tuple_line) <= WIDTH:
            return f"{' ' * indent}{word}isinstance(\n{tuple_line}\n{' ' * indent}):"
        return f"{' ' * indent}{word}isinstance(\n{pad}{subject},\n{pad}(\n{inner},\n{pad}),\n{' ' * indent}):"

    def of_type(self, name: str, fields: Mapping[str, Any], indent: int, single: Mapping[str, Any]) -> Iterator[str]:
        """What is done to the parameters of a type; where it is one layer's alone, that is asked once."""
        paths = {path for found in single.values() for path in found}
        if fields or len(paths) != 1:
            yield from self.fields(name, fields, indent, single)
            return
        path = paths.pop()
        yield f"{' ' * indent}if module is {way_to(path)}:"
        yield from self.fields(name, {field: found[path] for field, found in single.items()}, indent + 4, {})

    def fields(self, name: str, fields: Mapping[str, Any], indent: int, single: Mapping[str, Any]) -> Iterator[str]:
        """The parameters of one type, in order; `single` are those of some layers, by field and path."""
        registered, wanted = (*ORDER, *self.owned(name)), {**fields, **single}
        order = [*(f for f in registered if f in wanted), *(f for f in wanted if f not in registered)]
        for field in order:
            may_miss = self.may_miss(name, field)
            inner = indent + 4 if may_miss else indent
            if may_miss:
                yield f"{' ' * indent}if module.{field} is not None:"
            yield from self.field(fields.get(field), f"module.{field}", inner, single.get(field, {}))

    def field(self, usual: Any, parameter: str, indent: int, single: Mapping[str, Any]) -> Iterator[str]:
        """What is done to a parameter of a type, and to that of some layers of it."""
        for number, (path, initialiser) in enumerate(single.items()):
            yield f"{' ' * indent}{'elif' if number else 'if'} module is {way_to(path)}:"
            yield from self.run(initialiser, parameter, indent + 4)
        if usual is not None and single:
            yield f"{' ' * indent}else:"
        if usual is not None:
            yield from self.run(usual, parameter, indent + 4 if single else indent)

    def owned(self, name: str) -> list[str]:
        """The parameters that a class of the file itself has, in order."""
        plans = [plan for plan in plans_in(self.plan) if plan.definition == name]
        return [step.name for plan in plans for step in plan.body if isinstance(step, Own)]

    def may_miss(self, name: str, field: str) -> bool:
        """Whether `module.<field>` can be None, here or in the eyes of a type checker."""
        if field == "bias" and name.startswith("Conv"):
            return True
        found = [layer for layer in self.layers() if type(layer).__name__ == name]
        return any(all(weight.name != field for weight in layer.weights()) for layer in found)

    def layers(self) -> Iterator[Any]:
        yield from layers_in(self.plan.body)

    def run(self, initialiser: Any, parameter: str, indent: int, fans: str = "module.weight") -> Iterator[str]:
        """The call, after the fans (of the weight beside it) if it speaks of them."""
        nodes = [self.argument(argument) for argument in initialiser.arguments]
        texts = " ".join(flat(node) for node in nodes)
        if names_in(texts) & {"fan_in", "fan_out"}:
            first = "fan_in" if "fan_in" in names_in(texts) else "_"
            second = "fan_out" if "fan_out" in names_in(texts) else "_"
            node = call("nn.init._calculate_fan_in_and_fan_out", fans)
            yield statement(f"{first}, {second} = ", node, indent)
        yield statement("", call(f"nn.init.{initialiser.function}_", parameter, *nodes), indent)

    def argument(self, argument: Any) -> Node:
        known: Known = argument.value
        texts = known.spellings if known.value is None else ()
        node: Node = str(texts[0]) if texts else node_of(known, self.arguments)
        return keyword(argument.name, node) if argument.keyword else node

    # Overrides

    def may_follow(self, simple: Sequence[InitRule], rest: Sequence[InitRule]) -> bool:
        """Whether later rules, for parameters inside blocks, can run after the chain without changing anything else."""
        return all(
            rule.initialiser.function in CONSTANT
            and all(s.type and s.path and len(s.path) > 1 and self.constant_before(simple, s) for s in rule.selectors)
            for rule in rest
        )

    def constant_before(self, simple: Sequence[InitRule], selector: Selector) -> bool:
        """Whether what the chain does to the parameter draws no random numbers."""
        field = selector.path[-1]
        rules = [
            rule for rule in simple if any(s.path == (field,) and self.may_be(selector, s) for s in rule.selectors)
        ]
        return all(rule.initialiser.function in CONSTANT for rule in rules)

    def may_be(self, selector: Selector, other: Selector) -> bool:
        """Whether the module at the selector's path can be of the other's type."""
        found = [
            dict(attributes(plan.body)).get(selector.path[0])
            for plan in plans_in(self.plan)
            if plan.definition == selector.type
        ]
        known = len(selector.path) == 2 and all(isinstance(module, LayerModule) for module in found) and found
        return not known or any(module.name == other.type for module in found if isinstance(module, LayerModule))

    def override(self, rule: InitRule, indent: int) -> list[str]:
        lines = [f"{' ' * indent}for module in self.modules():"]
        for number, selector in enumerate(rule.selectors):
            word = "elif" if number else "if"
            lines.append(self.head(f"{word} ", self.classes.test([selector.type or ""]), indent + 4))
            lines += self.run(rule.initialiser, f"module.{'.'.join(selector.path)}", indent + 8)
        return lines

    # The general way

    def general(self, rules: Sequence[InitRule], indent: int) -> list[str]:
        pad = " " * indent
        lines = []
        deep = [s for rule in rules for s in rule.selectors if s.type and len(s.path) > 1]
        for number, selector in enumerate(deep):
            lines += self.set_of(f"chosen{number + 1}", selector, indent)
        sets = {id(selector): f"chosen{number + 1}" for number, selector in enumerate(deep)}
        lines.append(f"{pad}for prefix, module in self.named_modules():")
        lines.append(f"{pad}    for name, parameter in module.named_parameters(prefix, False):")
        word = "if"
        for rule, selectors in joined(rules):
            tests = list(dict.fromkeys(self.means(selector, sets, selectors) for selector in selectors))
            test = tests[0] if len(tests) == 1 else " or ".join(map(bracketed, tests))
            lines.append(statement(f"{word} ", test, indent + 8, ":"))
            whole = all((s.pattern or "").endswith(".weight") for s in selectors)
            lines += self.run(rule.initialiser, "parameter", indent + 12, "parameter" if whole else "module.weight")
            word = "elif"
        return lines

    def set_of(self, name: str, selector: Selector, indent: int) -> list[str]:
        test = self.classes.test([selector.type or ""])
        parts = (f"id(module.{'.'.join(selector.path)})", "for module in self.modules()", f"if {test}")
        return [statement(f"{name} = ", Brackets("{", parts, "}", separator=" "), indent)]

    def means(self, selector: Selector, sets: Mapping[int, str], among: Sequence[Selector]) -> str:
        """The test for a selector; types whose parameter has the same name are asked for together."""
        if selector.pattern is not None:
            exact = not set(selector.pattern) & set("*?[")
            return f"name == {quoted(selector.pattern)}" if exact else f"fnmatchcase(name, {quoted(selector.pattern)})"
        if id(selector) in sets:
            return f"id(parameter) in {sets[id(selector)]}"
        types = [s.type or "" for s in among if s.pattern is None and id(s) not in sets and s.path == selector.path]
        return f'{self.classes.test(types)} and name.rpartition(".")[2] == {quoted(selector.path[0])}'


def collapsed(test: Node, body: str, indent: int) -> tuple[Node, str]:
    """`if a:` around nothing but `if b:` as `if a and b:`."""
    first, *rest = body.split("\n")
    inner = " " * indent
    if not first.startswith(f"{inner}if ") or not all(line.startswith(f"{inner} ") for line in rest):
        return test, body
    return Chain((test, first.strip()[3:-1]), ("and",)), "\n".join(line[4:] for line in rest)


def joined(rules: Sequence[InitRule]) -> Iterator[tuple[InitRule, list[Selector]]]:
    """The rules, last first; neighbours that do the same are one."""
    for _, group in groupby(reversed(rules), lambda rule: repr(rule.initialiser)):
        same = list(group)
        yield same[0], [selector for rule in same for selector in rule.selectors]


def bracketed(test: str) -> str:
    return f"({test})" if level_of(test) < UNARY and " and " in test else test


def attributes(body: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for step in body:
        if isinstance(step, Make):
            yield step.path, step.module
        elif isinstance(step, Decision):
            yield from attributes((*step.then, *step.otherwise))
        elif isinstance(step, Repeat):
            yield from attributes(step.body)


def layers_in(body: Sequence[Any]) -> Iterator[Any]:
    """The layers that a class holds, at any depth."""
    for _, module in attributes(body):
        yield from layers_of(module)


def layers_of(module: Any) -> Iterator[Any]:
    if isinstance(module, LayerModule):
        yield module.layer
    elif isinstance(module, CONTAINERS):
        for child in module.children:
            yield from layers_of(child.module)
    elif isinstance(module, Construct):
        yield from layers_in(module.plan.body)
    elif isinstance(module, (TapsConstruct, PartConstruct)):
        yield from layers_in(module.whole.plan.body)


def plans_in(plan: Plan) -> Iterator[Plan]:
    """The classes inside a class, itself included."""
    yield plan
    for _, module in attributes(plan.body):
        yield from plans_of(module)


def plans_of(module: Any) -> Iterator[Plan]:
    if isinstance(module, CONTAINERS):
        for child in module.children:
            yield from plans_of(child.module)
    elif isinstance(module, (TapsConstruct, PartConstruct)):
        yield from plans_in(module.whole.plan)
    elif isinstance(module, Construct):
        yield from plans_in(module.plan)
