"""`init { … }` at the end of a constructor: for each parameter the last rule that means it runs, and no other.

Parameters of the class's own layers are set one by one, where the rules name them. Where they are about layers of
unrelated types, a chain of `isinstance` says that; otherwise each parameter is
asked in turn, the last rule first.
"""

from __future__ import annotations

from ..dims.calls import UNARY, level_of
from ..graph import InitRule, Known, LayerModule, ListModule, Make, Own, Selector, SequentialModule
from ..layers import lookup
from ..records import replace
from ..typed import Any, Iterator, Mapping, Sequence
from .contents import inner_layers, is_attribute, is_layer, layers_in, may_lack, owner_at, plans_in, way_to
from .expressions import node_of, quoted
from .layout import WIDTH, Brackets, Chain, Node, call, flat, keyword, statement
from .names import names_in
from .plans import Plan, made_in
from .rules import Classes, in_ways, is_simple, joined, of_group, passes, present, unrelated

CONSTANT = frozenset({"zeros", "ones", "constant", "eye", "dirac"})  # these draw no random numbers
ORDER = ("in_proj_weight", "weight", "bias")  # how layers register their parameters


def init_lines(plan: Plan, arguments: Mapping[str, str], classes: Classes) -> list[str]:
    """The statements that follow the last module of the constructor."""
    arguments = {**arguments, "module": "module", "fan_in": "fan_in", "fan_out": "fan_out"}
    return in_ways(plan.init, Writer(plan, arguments, classes), 8)


def may_be_none(owner: Any, parameter: str) -> bool:
    """Whether this parameter of a layer may be None, be it in the eyes of type checkers alone."""
    if not isinstance(owner, LayerModule):
        return False
    return may_lack(owner, parameter) or (parameter == "bias" and owner.name.startswith("Conv"))


class Writer:
    """Prints the rules of one class."""

    def __init__(self, plan: Plan, arguments: Mapping[str, str], classes: Classes):
        self.plan, self.arguments, self.classes = plan, arguments, classes

    def lines(self, rules: Sequence[InitRule], indent: int) -> list[str]:
        """All rules, in the first way that can say them."""
        rules = [rule for rule in (present(rule, self.classes) for rule in rules) if rule.selectors]
        for way in (self.directly, self.in_group, self.beside):
            if (lines := way(rules, indent)) is not None:
                return lines
        simple = [rule for rule in rules if is_simple(rule, self.classes)]
        rest = rules[len(simple) :]
        if rules[: len(simple)] == simple and unrelated(simple) and self.may_follow(simple, rest):
            lines = self.chain(simple, indent)
            for selected in passes(rest, self.classes):
                lines += self.overrides(selected, indent)
            return lines
        return self.general(rules, indent) if rules else []

    # Parameters that are known

    def directly(self, rules: Sequence[InitRule], indent: int) -> list[str] | None:
        """A statement for each parameter, in the order of `named_parameters()`; None if not all are those of layers
        which the class always makes."""
        named = [(pattern, rule) for rule in rules for pattern in (s.pattern for s in rule.selectors)]
        layers = dict(inner_layers(self.plan.body))
        owners = {(pattern or "").rpartition(".")[0] for pattern, _ in named}
        if not owners <= layers.keys() or any(set(pattern) & set("*?[") and not pattern.endswith(".*")
                                              for pattern, _ in named if pattern):  # fmt: skip
            return None
        lines: list[str] = []
        for path in (path for path in layers if path in owners):
            for name in parameters_of(layers[path]):
                if for_it := [rule for pattern, rule in named if pattern in (f"{path}.{name}", f"{path}.*")]:
                    lines += self.set_directly(for_it[-1], path, name, layers[path], indent)
        return lines

    def set_directly(self, rule: InitRule, path: str, name: str, module: LayerModule, indent: int) -> list[str]:
        """One statement; a convolution's bias may be None to a type checker."""
        parameter = self.seen(path, name)
        may_miss = name == "bias" and module.name.startswith("Conv") and parameter.endswith(".bias")
        head = [f"{' ' * indent}if {parameter} is not None:"] if may_miss else []
        inner = indent + 4 if may_miss else indent
        return [*head, *self.run(rule.initialiser, parameter, inner, self.seen(path, "weight"))]

    def seen(self, path: str, name: str) -> str:
        """How a parameter of such a layer is written: type checkers do not know what groups hold."""
        if owner_at(self.plan.body, (*path.split("."), name)):
            return f"self.{path}.{name}"
        return f"self.get_parameter({quoted(f'{path}.{name}')})"

    # All layers of a group

    def in_group(self, rules: Sequence[InitRule], indent: int) -> list[str] | None:
        """A loop over a group, for rules about nothing but what its layers have (`"mlp.*.bias"`); None for others."""
        said = [(rule, [of_group(selector.pattern or "") for selector in rule.selectors]) for rule in rules]
        fields = {field for _, asked in said for field in asked}
        layers = layers_of_group(self.plan.body, min(path for path, _ in fields))
        if len({path for path, _ in fields}) > 1 or any(set(name) & set(".?[") for _, name in fields) or not layers:
            return None
        typed = [InitRule(tuple(Selector(layer.name, (name,), None) for layer in layers for name in parameters_of(layer)
                                if any(wanted in (name, "*") for _, wanted in asked)), rule.initialiser)
                 for rule, asked in said]  # fmt: skip
        return self.chain(typed, indent, over=way_to(min(fields)[0])) if unrelated(typed) else None

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
        for name in (name for name in parameters_of(module) if field in (name, "*")):
            found.setdefault(module.name, {}).setdefault(name, {})[owner] = rule.initialiser

    # A chain of isinstance

    def chain(
        self, rules: Sequence[InitRule], indent: int, single: Any = None, over: str = "self.modules()"
    ) -> list[str]:
        single = single or {}
        if not rules and not single:
            return []
        by_type: dict[str, dict[str, Any]] = {}
        for rule in rules:
            for selector in rule.selectors:
                by_type.setdefault(selector.type or "", {})[selector.path[0]] = rule.initialiser
        by_type |= {name: {} for name in single if name not in by_type}
        return self.by_type({
            name: "\n".join(self.of_type(name, fields, indent + 8, single.get(name, {})))
            for name, fields in by_type.items()
        }, indent, over)  # fmt: skip

    def by_type(self, bodies: Mapping[str, str], indent: int, over: str = "self.modules()") -> list[str]:
        """A loop over modules, all of them as a rule, that runs what belongs to the type of each."""
        groups: dict[str, list[str]] = {}
        for name, body in bodies.items():
            groups.setdefault(body, []).append(name)
        branches: list[tuple[Node, str]] = [(self.classes.test(names), body) for body, names in groups.items()]
        branches[-1:] = [collapsed(*branches[-1], indent + 8)]
        if len(branches) > 1 and branches[-1][1] == branches[-2][1]:
            (first, body), (last, _) = branches[-2:]
            branches[-2:] = [(Chain((first, Brackets("(", (last,), ")", separator=" ")), ("or",)), body)]
        lines = [f"{' ' * indent}for module in {over}:"]
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
            heads, parameter = self.reached(name, field)
            yield from (f"{' ' * (indent + 4 * n)}{head}" for n, head in enumerate(heads))
            yield from self.field(fields.get(field), parameter, indent + 4 * len(heads), single.get(field, {}))

    def reached(self, name: str, field: str) -> tuple[list[str], str]:
        """The heads of the lines below which a parameter of `module` is there, and how these call it."""
        may_miss = self.may_miss(name, field)
        if is_attribute(field):
            return [f"if module.{field} is not None:"] if may_miss else [], f"module.{field}"
        if not may_miss:
            return [], f"module.get_parameter({quoted(field)})"
        return ["for name, parameter in module.named_parameters():", f"if name == {quoted(field)}:"], "parameter"

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
        found = self.layers_named(name)
        return any(may_lack(m, field) or all(weight.name != field for weight in m.layer.weights()) for m in found)

    def layers_named(self, name: str | None) -> list[LayerModule]:
        return [module for module in layers_in(self.plan.body) if module.name == name]

    def run(self, initialiser: Any, parameter: str, indent: int, fans: str = "module.weight") -> Iterator[str]:
        """The call, after the fans (of the weight beside it) if it speaks of them."""
        nodes = [self.argument(argument) for argument in initialiser.arguments]
        if said := self.fans_of(initialiser):
            first = "fan_in" if "fan_in" in said else "_"
            second = "fan_out" if "fan_out" in said else "_"
            node = call("nn.init._calculate_fan_in_and_fan_out", fans)
            yield statement(f"{first}, {second} = ", node, indent)
        yield statement("", call(f"nn.init.{initialiser.function}_", parameter, *nodes), indent)

    def fans_of(self, initialiser: Any) -> set[str]:
        """Which of the two fans its arguments speak of."""
        texts = " ".join(flat(self.argument(argument)) for argument in initialiser.arguments)
        return names_in(texts) & {"fan_in", "fan_out"}

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
            and (not self.fans_of(rule.initialiser) or all(map(self.parameter, rule.selectors)))
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
            dict(made_in(plan.body)).get(selector.path[0])
            for plan in plans_in(self.plan)
            if plan.definition == selector.type
        ]
        known = len(selector.path) == 2 and all(isinstance(module, LayerModule) for module in found) and found
        return not known or any(module.name == other.type for module in found if isinstance(module, LayerModule))

    def overrides(self, selected: Mapping[Selector, Any], indent: int) -> list[str]:
        bodies: dict[str, list[str]] = {}
        for selector, initialiser in selected.items():
            bodies.setdefault(selector.type or "", []).extend(self.override(selector, initialiser, indent + 8))
        return self.by_type({name: "\n".join(lines) for name, lines in bodies.items()}, indent)

    def override(self, selector: Selector, initialiser: Any, indent: int) -> Iterator[str]:
        """What is done to one parameter inside of `module`; one that not every module has is looked for by its name."""
        parameter = self.parameter(selector)
        if parameter is None:
            yield f"{' ' * indent}for name, parameter in module.named_parameters():"
            yield f"{' ' * indent}    if name == {quoted('.'.join(selector.path))}:"
            yield from self.run(initialiser, "parameter", indent + 8)
            return
        may_miss = any(may_be_none(owner, selector.path[-1]) for owner in self.owners(selector))
        if may_miss:
            yield f"{' ' * indent}if {parameter} is not None:"
        weight = self.parameter(replace(selector, path=(*selector.path[:-1], "weight"))) or ""
        yield from self.run(initialiser, parameter, indent + 4 if may_miss else indent, weight)

    def parameter(self, selector: Selector) -> str | None:
        """How a parameter inside of `module` is written, if each module of the type has it."""
        whole = ".".join(selector.path)
        layers = [module.layer for module in self.layers_named(selector.type)]
        if layers and all(any(weight.name == whole for weight in layer.weights()) for layer in layers):
            return f"module.{whole}"
        for typed, text in ((True, f"module.{whole}"), (False, f"module.get_parameter({quoted(whole)})")):
            owners = self.owners(selector, typed)
            if owners and all(owners):
                return text
        return None

    def owners(self, selector: Selector, typed: bool = True) -> list[Any]:
        """What has the parameter in each class of a definition."""
        plans = (plan for plan in plans_in(self.plan) if plan.definition == selector.type)
        return [owner_at(plan.body, selector.path, typed) for plan in plans]

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
        parts = [f"id({self.parameter(selector) or 'parameter'})", "for module in self.modules()", f"if {test}"]
        if self.parameter(selector) is None:
            parts.append("for name, parameter in module.named_parameters()")
            parts.append(f"if name == {quoted('.'.join(selector.path))}")
        return [statement(f"{name} = ", Brackets("{", tuple(parts), "}", separator=" "), indent)]

    def means(self, selector: Selector, sets: Mapping[int, str], among: Sequence[Selector]) -> str:
        """The test for a selector; types whose parameter has the same name are asked for together."""
        if selector.pattern is not None:
            exact = not set(selector.pattern) & set("*?[")
            return f"name == {quoted(selector.pattern)}" if exact else f"fnmatchcase(name, {quoted(selector.pattern)})"
        if id(selector) in sets:
            return f"id(parameter) in {sets[id(selector)]}"
        types = [s.type or "" for s in among if s.pattern is None and id(s) not in sets and s.path == selector.path]
        return f'{self.classes.test(types)} and name.rpartition(".")[2] == {quoted(selector.path[0])}'


def parameters_of(module: LayerModule) -> list[str]:
    return [weight.name for weight in module.layer.weights() if weight.kind == "parameter"]


def layers_of_group(body: Sequence[Any], path: str) -> list[LayerModule] | None:
    """What a group holds that the class always makes, if these are layers alone."""
    group = next((step.module for step in body if isinstance(step, Make) and step.path == path), None)
    children = group.children if isinstance(group, (SequentialModule, ListModule)) else ()
    layers = [child.module for child in children if is_layer(child.module)]
    return layers if len(layers) == len(children) else None


def collapsed(test: Node, body: str, indent: int) -> tuple[Node, str]:
    """`if a:` around nothing but `if b:` as `if a and b:`."""
    first, *rest = body.split("\n")
    inner = " " * indent
    if not first.startswith(f"{inner}if ") or not all(line.startswith(f"{inner} ") for line in rest):
        return test, body
    return Chain((test, first.strip()[3:-1]), ("and",)), "\n".join(line[4:] for line in rest)


def bracketed(test: str) -> str:
    return f"({test})" if level_of(test) < UNARY and " and " in test else test
