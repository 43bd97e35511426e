"""Rules of `init { … }` by types of modules: a loop over all of them, with a chain of `isinstance`.

Single layers are told apart in it; where nothing draws random numbers for a parameter, they are set behind it.
"""

from __future__ import annotations

from itertools import groupby

from ..dims.calls import AND, level_of
from ..graph import InitRule, Known, LayerModule, Own, Selector
from ..lean import cached_property
from ..records import replace
from ..typed import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Sequence
from .contents import inner_instances, is_attribute, layers_in, may_lack, owner_in, plans_in
from .expressions import node_of, quoted
from .layout import WIDTH, Brackets, Chain, Node, call, flat, keyword, parted, statement
from .names import names_in
from .plans import Decision, Plan
from .rules import (
    Action,
    Classes,
    Fork,
    Leaf,
    Test,
    Tests,
    Tree,
    asked,
    every_rule,
    fork,
    in_ways,
    is_constant,
    is_known,
    leaves,
    nested,
    passes,
    peeled,
    places,
    present,
    unrelated,
)
from .tested import Tested

if TYPE_CHECKING:
    from .rule_layers import Meant, Parameters, Place

ORDER = ("in_proj_weight", "weight", "bias")  # how layers register their parameters
Write = Callable[[Leaf, int], Sequence[str]]


def init_lines(plan: Plan, arguments: Mapping[str, str], classes: Classes, tested: Tested) -> list[str]:
    """The statements that follow the last module of the constructor."""
    arguments = {**arguments, "module": "module", "fan_in": "fan_in", "fan_out": "fan_out"}
    init = present(plan.init, held_in(plan)) if plan.init else ()
    if all(isinstance(item, InitRule) and all(s.type and len(s.path) == 1 for s in item.selectors) for item in init):
        lines = Chains(plan, arguments, classes, tested).chain(init, 8)
        if lines is not None:
            return lines
    from .initialise import Writer  # rules by types alone do without

    return in_ways(init, Writer(plan, arguments, classes, tested), 8)


def held_in(plan: Plan) -> set[str]:
    """The definitions of all that the uses of a class are made of."""
    found, left, seen = {plan.definition}, [*plan.members], set[int]()
    while left:
        inner = [one for one in inner_instances(left.pop()) if id(one) not in seen]
        seen.update(map(id, inner))
        found.update(one.definition for one in inner)
        left += inner
    return found


def may_be_none(owner: Any, parameter: str) -> bool:
    """Whether this parameter of a layer may be None, be it in the eyes of type checkers alone."""
    if not isinstance(owner, LayerModule):
        return False
    return may_lack(owner, parameter) or (parameter == "bias" and owner.name.startswith("Conv"))


class Chains:
    """What is done to the parameters of types of modules."""

    def __init__(self, plan: Plan, arguments: Mapping[str, str], classes: Classes, tested: Tested):
        self.plan, self.arguments, self.classes = plan, arguments, classes
        self.tested = tested
        self.numbers: dict[int, int] = {}  # of rules

    @cached_property
    def known(self) -> Parameters:
        from .rule_layers import Parameters  # rules by types alone do without

        return Parameters(self.plan, self.arguments, self.tested)

    def meant(self, selector: Selector, kinds: Sequence[str] = ()) -> Sequence[Meant] | None:
        """What a selector means, as names of types and of parameters that these have; None if that is not known."""
        if selector.type and len(selector.path) == 1:
            return [((selector.type, selector.path[0]), ())]
        return self.known.of_types(selector, kinds)

    # What is done

    def condition(self, decision: Decision) -> str:
        return flat(node_of(decision.condition, self.arguments))

    def leaf(self, rule: InitRule) -> Leaf:
        nodes = tuple(map(self.argument, rule.initialiser.arguments))
        return Leaf(rule.initialiser.function, nodes, self.numbers.setdefault(id(rule), len(self.numbers)))

    def argument(self, argument: Any) -> Node:
        known: Known = argument.value
        texts = known.spellings if known.value is None else ()
        node: Node = str(texts[0]) if texts else node_of(known, self.arguments)
        return keyword(argument.name, node) if argument.keyword else node

    def resolved(
        self, init: Sequence[Any], meant: Callable[[Selector], Sequence[Meant]], found: Mapping[Any, Tree] | None = None
    ) -> dict[Any, Tree]:
        """What is done to each parameter, by what a selector means."""
        found = dict(found or {})
        for item in init:
            if isinstance(item, Decision):
                then, other = (self.resolved(arm, meant, found) for arm in (item.then, item.otherwise))
                tests: Tests = (Test(self.condition(item)),)
                found = {key: fork(tests, then.get(key), other.get(key)) for key in {**then, **other}}
                continue
            for key, tests in (one for selector in item.selectors for one in meant(selector)):
                found[key] = fork(tests, self.leaf(item), found.get(key))
        return found

    def run(self, leaf: Leaf, parameter: str, indent: int, fans: str = "module.weight") -> list[str]:
        """The call, after the fans (of the weight beside it) if it speaks of them."""
        lines = []
        if said := fans_of(leaf):
            first = "fan_in" if "fan_in" in said else "_"
            second = "fan_out" if "fan_out" in said else "_"
            node = call("nn.init._calculate_fan_in_and_fan_out", fans)
            lines.append(statement(f"{first}, {second} = ", node, indent))
        return [*lines, statement("", call(f"nn.init.{leaf.function}_", parameter, *leaf.arguments), indent)]

    def runs(self, parameter: str, fans: str = "module.weight") -> Write:
        return lambda leaf, indent: self.run(leaf, parameter, indent, fans)

    # Outside of a loop

    def placed(self, place: Place, field: str, tree: Tree) -> Action:
        """What is done to a parameter of a layer; a convolution's bias may be None to a type checker."""
        parameter = self.seen(place, field)
        if field == "bias" and place.module.name.startswith("Conv") and parameter.endswith(".bias"):
            tree = checked(tree, parameter)
        return Action(fork(place.there, tree, None), self.runs(parameter, self.seen(place, "weight")))

    def seen(self, place: Place, field: str) -> str:
        """How a parameter of such a layer is written: type checkers do not know what groups hold."""
        root, *rest = place.path.split(".")
        if owner_in(self.known.roots[root][0], (*rest, *field.split(".")), True):
            return f"self.{place.path}.{field}"
        return f"self.get_parameter({quoted(f'{place.path}.{field}')})"

    # The chain

    def chain(self, init: Sequence[Any], indent: int) -> list[str] | None:
        """A loop over all modules, and behind it what is done to parameters for which nothing draws random numbers;
        None if the rules are not all about parameters that can be told apart so."""
        selectors = [selector for rule in every_rule(init) for selector in rule.selectors]
        kinds = [s.type or "" for s in selectors if s.type and len(s.path) == 1]
        known = [self.meant(selector) for selector in selectors]
        kinds += [kind for found in known if found for (kind, _), _ in found if kind]
        kinds = list(dict.fromkeys(kinds))
        if None in known or not unrelated(kinds) or not all(is_known(kind, self.classes) for kind in kinds):
            return None
        trees = self.resolved(init, lambda selector: self.meant(selector, kinds) or ())
        inside = {(kind, field): tree for kind in (*kinds, "") for (of, field), tree in trees.items() if of == kind}
        apart: dict[Any, Sequence[tuple[Tests, Tree]]] = {}
        for key, tree in trees.items():
            if is_constant(tree):
                apart[key], inside[key] = peeled(tree)
        apart |= self.late(inside)
        asked = (place for tree in inside.values() for place in places(tree))
        sets, behind = self.sets([s for s in asked if isinstance(s, Selector)], indent), self.behind(apart)
        if sets is None or behind is None:
            return None
        return [*sets, *self.by_types(inside, indent), *nested(behind, indent)]

    def late(self, trees: dict[Any, Tree]) -> dict[Any, Sequence[tuple[Tests, Tree]]]:
        """Takes out of the trees what draws for single layers alone, where these are made behind all others for which
        anything is drawn."""
        drawn = {key: peeled(tree) for key, tree in trees.items() if not is_constant(tree)}
        found: dict[Any, Sequence[tuple[Tests, Tree]]] = {}
        found |= {key: ones for key, (ones, rest) in drawn.items() if rest is None}
        alone = {place for key in found for place in places(trees[key])}
        kinds = frozenset(key[0] for key in drawn.keys() - found.keys())
        if not all(isinstance(place, str) and self.known.is_behind(place, kinds) for place in alone):
            return {}
        trees.update(dict.fromkeys(found))
        return found

    def by_types(self, trees: Mapping[tuple[str, str], Tree], indent: int, over: str = "self.modules()") -> list[str]:
        """A loop over modules that does what is said of types, and of parameters that these have."""
        fields: dict[str, dict[str, Tree]] = {}
        for (kind, field), tree in trees.items():
            if tree is not None:
                fields.setdefault(kind, {})[field] = tree
        return self.by_type(
            {kind: self.of_type(kind, found, indent + 8) for kind, found in fields.items()}, indent, over
        )

    def by_type(self, bodies: Mapping[str, str], indent: int, over: str = "self.modules()") -> list[str]:
        """A loop over modules that runs what belongs to the type of each."""
        groups: dict[str, list[str]] = {}
        for name, body in bodies.items():
            groups.setdefault(body, []).append(name)
        branches: list[tuple[Node, str]] = [(self.classes.test(names), body) for body, names in groups.items()]
        if not branches:
            return []
        branches[-1:] = [collapsed(*branches[-1], indent + 8)]
        if len(branches) > 1 and branches[-1][1] == branches[-2][1]:
            (first, body), (last, _) = branches[-2:]
            branches[-2:] = [(Chain((first, Brackets("(", (last,), ")", separator=" ")), ("or",)), body)]
        lines = [f"{' ' * indent}for module in {over}:"]
        for number, (test, body) in enumerate(branches):
            lines += [head("elif " if number else "if ", test, indent + 4), body]
        return lines

    def of_type(self, kind: str, trees: Mapping[str, Tree], indent: int) -> str:
        """What is done to the parameters of a type, in order."""
        registered = dict.fromkeys((*ORDER, *self.owned(kind)))
        order = [*(f for f in registered if f in trees), *(f for f in trees if f not in registered)]
        lines: list[str] = []
        actions: list[Action] = []
        for field in order:
            loop, parameter, is_sure = self.reached(kind, field)
            tree = trees[field] if is_sure else checked(trees[field], parameter)
            if not loop:
                actions.append(Action(tree, self.runs(parameter)))
                continue
            asked = fork((Test(f"name == {quoted(field)}"),), trees[field], None)
            lines += [*nested(actions, indent), f"{' ' * indent}{loop}"]
            lines += nested([Action(asked, self.runs("parameter"))], indent + 4)
            actions = []
        return "\n".join([*lines, *nested(actions, indent)])

    def reached(self, kind: str, field: str) -> tuple[str, str, bool]:
        """The head of a loop that finds a parameter of `module`, if it takes one, how it is called, and whether it is
        sure to be there."""
        is_sure = not self.may_miss(kind, field)
        if is_attribute(field):
            return "", f"module.{field}", is_sure
        if is_sure:
            return "", f"module.get_parameter({quoted(field)})", True
        return "for name, parameter in module.named_parameters():", "parameter", True

    def owned(self, kind: str) -> list[str]:
        """The parameters that a class of the file itself has, in order."""
        plans = [plan for plan in plans_in(self.plan) if plan.definition == kind]
        return [step.name for plan in plans for step in plan.body if isinstance(step, Own)]

    def may_miss(self, kind: str, field: str) -> bool:
        """Whether `module.<field>` can be None, here or in the eyes of a type checker."""
        if field == "bias" and kind.startswith("Conv"):
            return True
        found = [module for module in layers_in(self.plan.body) if module.name == kind]
        return any(may_lack(m, field) or all(weight.name != field for weight in m.layer.weights()) for m in found)

    def sets(self, selectors: Sequence[Selector], indent: int) -> list[str] | None:
        """The layers inside of blocks for which the chain asks; None if it cannot."""
        found: dict[str, str] = {}
        for selector in selectors:
            parameter = self.known.parameter(selector) or ""
            if not self.known.kinds_of(selector) or parameter != f"module.{'.'.join(selector.path)}":
                return None
            name, test = self.known.set_name(selector), self.classes.test([selector.type or ""])
            parts = (parameter.rpartition(".")[0], "for module in self.modules()", f"if {test}")
            found[name] = statement(f"{name} = ", Brackets("{", parts, "}", separator=" "), indent)
        return list(found.values())

    # Behind the chain

    def behind(self, trees: Mapping[Any, Sequence[tuple[Tests, Tree]]]) -> list[Action] | None:
        """What is done to single layers behind the loop, in the order of the rules; None if it cannot be said."""
        entries = []
        for (kind, field), found in trees.items():
            for place, group in groupby(reversed(found), lambda one: next(test.place for test in one[0] if test.place)):
                if isinstance(place, Selector) and kind and not self.known.kinds_of(place):
                    continue  # what may be of any type is among what is of none
                tree: Tree = None
                for tests, then in group:
                    tree = fork(tuple(test for test in tests if not test.place), then, tree)
                entries.append((max(leaf.rule for leaf in leaves(tree)), place, field, tree))
        inner = [entry for entry in entries if isinstance(entry[1], Selector)]
        if not all(self.may_override(entry[1], entry[3]) for entry in inner):
            return None
        entries.sort(key=self.in_order)
        if inner:
            entries.sort(key=lambda entry: entry[0] if is_constant(entry[3]) else len(self.numbers))
        return [action for _, group in groupby(entries, self.alike) for action in self.actions(list(group))]

    def in_order(self, entry: Any) -> tuple[int, ...]:
        """Where a parameter is among those of layers that are told apart."""
        _, path, field, _ = entry
        if isinstance(path, Selector):
            return ()
        fields = [weight.name for weight in self.known.layers[path].module.layer.weights()]
        return [*self.known.layers].index(path), fields.index(field)

    @staticmethod
    def alike(entry: Any) -> Any:
        """What is the same in entries that one loop can say."""
        _, place, _, tree = entry
        is_alone = isinstance(tree, Leaf) or (isinstance(tree.then, Leaf) and tree.otherwise is None)
        return (asked(tree), is_alone) if isinstance(place, Selector) else ()

    def actions(self, entries: Sequence[Any]) -> Iterator[Action]:
        if not isinstance(entries[0][1], Selector):
            yield from (self.placed(self.known.layers[path], field, tree) for _, path, field, tree in entries)
        elif self.alike(entries[0])[1]:
            selected = [(place, next(leaves(tree))) for _, place, _, tree in entries]
            yield Action(entries[0][3], lambda _, indent: self.overrides(selected, indent))
        else:
            yield from (Action(tree, self.override_for(place)) for _, place, _, tree in entries)

    def override_for(self, selector: Selector) -> Write:
        return lambda leaf, indent: self.overrides([(selector, leaf)], indent)

    def may_override(self, selector: Selector, tree: Tree) -> bool:
        return self.known.parameter(selector) is not None or not any(map(fans_of, leaves(tree)))

    def overrides(self, selected: Sequence[tuple[Selector, Leaf]], indent: int) -> list[str]:
        lines = []
        for one in passes(selected, self.classes):
            bodies: dict[str, list[str]] = {}
            for selector, leaf in one.items():
                bodies.setdefault(selector.type or "", []).extend(self.override(selector, leaf, indent + 8))
            lines += self.by_type({name: "\n".join(body) for name, body in bodies.items()}, indent)
        return lines

    def override(self, selector: Selector, leaf: Leaf, indent: int) -> list[str]:
        """What is done to one parameter inside of `module`; one that not every module has is looked for by its name."""
        parameter = self.known.parameter(selector)
        if parameter is None:
            asked: Tree = Fork((Test(f"name == {quoted('.'.join(selector.path))}"),), leaf, None)
            loop = f"{' ' * indent}for name, parameter in module.named_parameters():"
            return [loop, *nested([Action(asked, self.runs("parameter"))], indent + 4)]
        may_miss = any(may_be_none(owner, selector.path[-1]) for owner in self.known.owners(selector))
        tree = checked(leaf, parameter) if may_miss else leaf
        weight = self.known.parameter(replace(selector, path=(*selector.path[:-1], "weight"))) or ""
        return nested([Action(tree, self.runs(parameter, weight))], indent)


def checked(tree: Tree, parameter: str) -> Tree:
    """What is done to a parameter that may be None."""
    test = Test(f"{parameter} is not None")
    if isinstance(tree, Fork) and tree.otherwise is None:
        return Fork((*tree.tests, test), tree.then, None)
    return tree and Fork((test,), tree, None)


def fans_of(leaf: Leaf) -> set[str]:
    """Which of the two fans its arguments speak of."""
    return names_in(" ".join(map(flat, leaf.arguments))) & {"fan_in", "fan_out"}


def head(word: str, test: Node, indent: int) -> str:
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


def collapsed(test: Node, body: str, indent: int) -> tuple[Node, str]:
    """`if a:` around nothing but `if b:` as `if a and b:`."""
    lines, inner = body.split("\n"), " " * indent
    end = next((n for n, line in enumerate(lines) if line.endswith(":")), len(lines))
    if not lines[0].startswith(f"{inner}if ") or not all(line.startswith(f"{inner} ") for line in lines[end + 1 :]):
        return test, body
    text = " ".join(line.strip() for line in lines[: end + 1])[3:-1]
    if end:
        text = text.replace("( ", "(").replace(" )", ")")[1:-1]
    asked = parted(text)
    if isinstance(asked, Chain) and set(asked.signs) == {"and"}:
        test = Chain((test, *asked.operands), ("and", *asked.signs))
    else:
        test = Chain((test, f"({text})" if level_of(text) < AND else text), ("and",))
    return test, "\n".join(line[4:] for line in lines[end + 1 :])
