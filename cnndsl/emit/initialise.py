"""`init { … }` at the end of a constructor: for each parameter the last rule that means it runs, and no other.

Parameters of the class's own layers are set one by one, where the rules name them. Where they are about types of
layers, a chain of `isinstance` says that. Otherwise each parameter is asked in turn, the last rule first. A condition
is asked where it decides, or around all that hangs on it, if that is shorter.
"""

from __future__ import annotations

from ..dims.calls import UNARY, level_of
from ..graph import Selector
from ..layers import lookup
from ..typed import Any, Callable, Iterator, Mapping, Sequence
from .contents import way_to
from .expressions import quoted
from .layout import Brackets, statement
from .names import names_in
from .rule_chains import Chains
from .rule_layers import WILD, Meant, parameters_of
from .rules import (
    Action,
    Leaf,
    Test,
    Tree,
    conjunction,
    every_rule,
    fork,
    joined,
    nested,
    under,
)


class Writer(Chains):
    """Prints the rules of one class."""

    def lines(self, init: Sequence[Any], indent: int) -> list[str]:
        """All rules, in the first way that can say them."""
        if not any(True for _ in every_rule(init)):
            return []
        for way in (self.by_path, self.chain):
            if (lines := way(init, indent)) is not None:
                return lines
        return self.general(init, indent)

    # By paths

    def by_path(self, init: Sequence[Any], indent: int) -> list[str] | None:
        """A statement for each parameter, in the order of `named_parameters()`, or a loop over what a module has; None
        if the rules are not all about paths of which that is known."""
        roots: dict[str, list[str]] = {}
        for selector in (selector for rule in every_rule(init) for selector in rule.selectors):
            roots.setdefault((selector.pattern or "*").split(".")[0], []).append(selector.pattern or "")
        ways = {root: self.way_for(root, patterns) for root, patterns in roots.items()}
        if not all(ways.values()):
            return None
        trees = self.resolved(init, lambda selector: self.keys(selector.pattern or "", ways))
        actions = [Action(trees.get(name), self.runs(f"self.{name}")) for name in self.known.owned]
        for root, (_, there) in self.known.roots.items():
            if ways.get(root) == "all":
                actions.append(Action(fork(there, trees[root], None), self.for_all(f"self.{root}")))
            elif ways.get(root) == "group":
                kinds = {key[1:]: tree for key, tree in trees.items() if key[0] == root and isinstance(key, tuple)}
                actions.append(Action(fork(there, Leaf(root, ()), None), self.for_group(root, kinds)))
            elif root in ways:
                actions += self.one_by_one(root, trees)
        return nested(actions, indent)

    def way_for(self, root: str, patterns: Sequence[str]) -> str:
        """How the patterns that begin with a name are said: "all" that this has, a loop over a "group", or "one" by
        one; "" if not all of them can be."""
        if set(patterns) == {f"{root}.*"} and root in self.known.roots and root not in self.known.layers:
            return "all"
        fields = {pattern.removeprefix(f"{root}.*").removeprefix(".") for pattern in patterns}
        if not any(set(field) & {".", *WILD} for field in fields) and all(self.known.group(p) for p in patterns):
            return "group"
        return "one" if all(self.known.named(pattern) is not None for pattern in patterns) else ""

    def keys(self, pattern: str, ways: Mapping[str, str]) -> list[Meant]:
        root = pattern.split(".")[0]
        if ways[root] == "all":
            return [(root, ())]
        named = self.known.named(pattern) or ()
        if ways[root] == "group":
            return [((root, place.module.name, field), ()) for place, field in named if place]
        return [((place.path, field) if place else field, ()) for place, field in named]

    def one_by_one(self, root: str, trees: Mapping[Any, Tree]) -> Iterator[Action]:
        for path, place in self.known.layers.items():
            if path.split(".")[0] == root:
                fields = (field for field in parameters_of(place.module) if (path, field) in trees)
                yield from (self.placed(place, field, trees[path, field]) for field in fields)

    def for_all(self, module: str) -> Callable[[Leaf, int], list[str]]:
        def write(leaf: Leaf, indent: int) -> list[str]:
            head = f"{' ' * indent}for parameter in {module}.parameters():"
            return [head, *self.run(leaf, "parameter", indent + 4, "parameter")]

        return write

    def for_group(self, root: str, trees: Mapping[Any, Tree]) -> Callable[[Leaf, int], list[str]]:
        return lambda _, indent: self.by_types(trees, indent, way_to(root))

    # The general way

    def general(self, init: Sequence[Any], indent: int) -> list[str]:
        pad = " " * indent
        entries = [*joined([*under(init, self.condition)])]
        deep = [s for _, _, selectors in reversed(entries) for s in selectors if s.type and len(s.path) > 1]
        sets = {selector: f"chosen{number + 1}" for number, selector in enumerate(dict.fromkeys(deep))}
        lines = [line for selector, name in sets.items() for line in self.set_of(name, selector, indent)]
        inner = self.in_turn(entries, sets, indent + 4)
        if "module" not in names_in("\n".join(inner)):
            return [*lines, f"{pad}for name, parameter in self.named_parameters():", *inner]
        lines.append(f"{pad}for prefix, module in self.named_modules():")
        lines.append(f"{pad}    for name, parameter in module.named_parameters(prefix, False):")
        return [*lines, *self.in_turn(entries, sets, indent + 8)]

    def in_turn(self, entries: Sequence[Any], sets: Mapping[Selector, str], indent: int) -> list[str]:
        """The chain that asks what one parameter is."""
        branches: list[tuple[list[str], list[str]]] = []
        for ways, rule, selectors in entries:
            tests = list(dict.fromkeys(self.means(selector, sets, selectors) for selector in selectors))
            test = tests[0] if len(tests) == 1 else " or ".join(map(bracketed, tests))
            tests = [conjunction(tuple(map(Test, (*ways, test))))] if ways else tests
            whole = all((s.pattern or "").endswith(".weight") for s in selectors)
            body = self.run(self.leaf(rule), "parameter", indent + 4, "parameter" if whole else "module.weight")
            if branches and branches[-1][1] == body:
                branches[-1][0].extend(tests)
            else:
                branches.append((tests, body))
        lines: list[str] = []
        for tests, body in branches:
            test = tests[0] if len(tests) == 1 else " or ".join(map(bracketed, tests))
            lines += [statement("elif " if lines else "if ", test, indent, ":"), *body]
        return lines

    def set_of(self, name: str, selector: Selector, indent: int) -> list[str]:
        test = self.classes.test([selector.type or ""])
        parameter = self.known.parameter(selector)
        parts = [f"id({parameter or 'parameter'})", "for module in self.modules()", f"if {test}"]
        if parameter is None:
            parts.append("for name, parameter in module.named_parameters()")
            parts.append(f"if name == {quoted('.'.join(selector.path))}")
        return [statement(f"{name} = ", Brackets("{", tuple(parts), "}", separator=" "), indent)]

    def means(self, selector: Selector, sets: Mapping[Selector, str], among: Sequence[Selector]) -> str:
        """The test for a selector; names are asked for together, and types whose parameter has the same name."""
        if selector.pattern is not None:
            names = [quoted(s.pattern) for s in reversed(among) if s.pattern and not set(s.pattern) & WILD]
            if set(selector.pattern) & WILD:
                return fits(selector.pattern)
            return f"name in ({', '.join(names)})" if len(names) > 1 else f"name == {names[0]}"
        if selector in sets:
            return f"id(parameter) in {sets[selector]}"
        types = [s.type or "" for s in among if s.pattern is None and s not in sets and s.path == selector.path]
        field = selector.path[0]
        is_inside = all(map(lookup, types))  # the class itself is none of these
        which = f"name.endswith({quoted(f'.{field}')})" if is_inside else f'name.rpartition(".")[2] == {quoted(field)}'
        return f"{self.classes.test(types)} and {which}"


def fits(pattern: str) -> str:
    """The test for names that fit a pattern."""
    text = quoted(pattern.strip("*"))
    stars = pattern.startswith("*"), pattern.endswith("*")
    if pattern.strip("*") and not set(pattern.strip("*")) & WILD and pattern.count("*") == sum(stars):
        return f"{text} in name" if all(stars) else f"name.{'ends' if stars[0] else 'starts'}with({text})"
    return f"fnmatchcase(name, {quoted(pattern)})"


def bracketed(test: str) -> str:
    return f"({test})" if level_of(test) < UNARY and " and " in test else test
