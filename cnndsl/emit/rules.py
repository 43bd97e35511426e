"""Rules of `init { … }` beside one another: what they are about, which of them one loop can run, and what is done in
each way of conditions. Writes no rule itself."""

from __future__ import annotations

from itertools import groupby

from ..dims.calls import AND, level_of
from ..graph import Choice, InitRule, Selector
from ..layers import lookup
from ..records import dataclass, field, replace
from ..typed import Any, Callable, Container, Iterator, Mapping, Sequence
from .expressions import negated
from .layout import Node, statement
from .plans import Decision

Texts = Mapping[tuple[Any, ...], Sequence[Any]]


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


def passes(rules: Sequence[tuple[Selector, Any]], classes: Classes) -> Iterator[dict[Selector, Any]]:
    """What is done to parameters inside blocks, as much together as one loop over all modules can run: none may be one
    that another of them is by another way, for the last rule that means it is to run last."""
    selected: dict[Selector, Any] = {}
    for selector, initialiser in rules:
        if any(may_clash(selector, other, classes) for other in selected):
            yield selected
            selected = {}
        selected[selector] = initialiser
    if selected:
        yield selected


def may_clash(selector: Selector, other: Selector, classes: Classes) -> bool:
    """Whether two ways into blocks may lead to one parameter."""
    if selector.type != other.type and selector.path == other.path:
        return not {selector.type, other.type} & set(classes.classes)
    short, long = sorted((selector.path, other.path), key=len)
    return short != long and long[-len(short) :] == short


def present(init: Sequence[InitRule | Decision], blocks: Container[str]) -> tuple[Any, ...]:
    """The rules without what they say of blocks that are none of these."""
    found: list[Any] = []
    for item in init:
        if isinstance(item, Decision):
            then, otherwise = present(item.then, blocks), present(item.otherwise, blocks)
            found += [replace(item, then=then, otherwise=otherwise)] if then or otherwise else []
        elif kept := tuple(s for s in item.selectors if not s.type or s.type in blocks or lookup(s.type)):
            found.append(InitRule(kept, item.initialiser))
    return tuple(found)


def is_known(kind: str, classes: Classes) -> bool:
    """Whether it is a layer's name, or that of a class in the file."""
    return kind in classes.classes or lookup(kind) is not None


def unrelated(kinds: Sequence[str]) -> bool:
    """Whether no layer of these types is a subclass of another."""
    classes = [cls for cls in map(lookup, kinds) if cls]
    return not any(a is not b and issubclass(a, b) and a.support for a in classes for b in classes)


Ways = tuple[str, ...]  # conditions that hold


def under(init: Sequence[Any], text: Callable[[Decision], str], ways: Ways = ()) -> Iterator[tuple[Ways, InitRule]]:
    """The rules, each with the conditions under which it stands."""
    for item in init:
        if isinstance(item, Decision):
            condition = text(item)
            for arm, way in ((item.then, condition), (item.otherwise, negated(condition))):
                if negated(way) not in ways:
                    yield from under(arm, text, tuple(dict.fromkeys((*ways, way))))
        else:
            yield ways, item


def joined(rules: Sequence[tuple[Ways, InitRule]]) -> Iterator[tuple[Ways, InitRule, list[Selector]]]:
    """The rules, last first; neighbours that do the same are one, and what a later one has taken is no more said."""
    taken: set[Selector] = set()
    for (ways, _), group in groupby(reversed(rules), lambda one: (one[0], repr(one[1].initialiser))):
        same = [rule for _, rule in group]
        selectors = dict.fromkeys(selector for rule in same for selector in rule.selectors if selector not in taken)
        taken.update(() if ways else selectors)
        if selectors:
            yield ways, same[0], list(selectors)


def every_rule(init: Sequence[Any]) -> Iterator[InitRule]:
    """The rules, those of both ways of conditions, too."""
    for item in init:
        arms = (item.then, item.otherwise) if isinstance(item, Decision) else ()
        yield from (rule for arm in arms for rule in every_rule(arm)) if arms else (item,)


def field_texts(init: Sequence[InitRule | Choice], ways: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], list[Any]]:
    """What the rules in each way of their conditions say over the fields of layers: text in which all else is a number
    already."""
    found: dict[tuple[Any, ...], list[Any]] = {ways: []}
    for item in init:
        if isinstance(item, Choice):
            found |= field_texts(item.body, (*ways, (item.site, item.taken)))
            continue
        arguments = (argument.value for argument in item.initialiser.arguments)
        found[ways] += (known.spellings for known in arguments if known.value is None)
    return found


def are_alike(some: Sequence[Texts]) -> bool:
    """Whether those that go one way say the same there."""
    told: dict[tuple[Any, ...], Sequence[Any]] = {}
    return all(told.setdefault(way, texts) == texts for found in some for way, texts in found.items())


MANY = 3  # conditions, each pair of whose ways could be written


def in_ways(init: Sequence[InitRule | Decision], writer: Any, indent: int) -> list[str]:
    """What is done under conditions: each is asked where it decides, or, if that is shorter, around all that is done in
    its ways, but for what these begin and end with alike."""
    lines: list[str] = writer.lines(init, indent)
    place = next((n for n, item in enumerate(init) if isinstance(item, Decision)), None)
    if place is None or decisions(init) > MANY:
        return lines
    fork: Any = init[place]
    ways = [(*init[:place], *arm, *init[place + 1 :]) for arm in (fork.then, fork.otherwise)]
    then, other = (statements(in_ways(way, writer, indent), indent) for way in ways)
    first = alike(then, other)
    last = alike(then[first:][::-1], other[first:][::-1])
    inner = [statements(in_ways(way, writer, indent + 4), indent + 4) for way in ways]
    inside, beside = (found[first : len(found) - last] for found in inner)
    condition = writer.condition(fork)
    if len(inside) + len(beside) == 1 and (inside or beside)[0].lstrip().startswith("if "):
        return lines
    if inside:
        inside = [statement("if ", condition, indent, ":"), *inside]
    if beside:
        head = f"{' ' * indent}else:" if inside else statement("if ", negated(condition), indent, ":")
        beside = [head, *beside]
    apart = [*then[:first], *inside, *beside, *then[len(then) - last :]]
    return min(apart, lines, key=work)


def decisions(init: Sequence[InitRule | Decision]) -> int:
    arms = (arm for item in init if isinstance(item, Decision) for arm in (item.then, item.otherwise))
    return sum(isinstance(item, Decision) for item in init) + sum(map(decisions, arms))


def work(lines: Sequence[str]) -> int:
    """How many loops and calls there are to read."""
    text = "\n".join(lines)
    loops = ("for module in ", "for prefix, ", "in self.named_parameters")
    return text.count("nn.init.") + sum(map(text.count, loops))


def statements(lines: Sequence[str], indent: int) -> list[str]:
    """The lines, those of each statement together."""
    found: list[str] = []
    for line in "\n".join(lines).split("\n") if lines else ():
        rest = line[indent:]
        if found and (rest[:1] in " )]}" or rest.startswith(("elif ", "else:"))):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def alike(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of them are the same, from the first on."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


# Trees of tests: a Leaf (the initialiser that runs), None (nothing does), or a Fork

CONSTANT = frozenset({"zeros", "ones", "constant", "eye", "dirac"})  # these draw no random numbers


@dataclass(frozen=True)
class Test:
    """A condition of the class, or whether `module` is one of some layers: that at a path, or those that a selector
    means (its `place`). Where it is true, `implied` are, too."""

    text: str
    place: Any = field(default=None, compare=False)
    implied: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class Leaf:
    """An initialiser, and which rule (by number) says so."""

    function: str
    arguments: tuple[Node, ...]
    rule: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Fork:
    tests: tuple[Test, ...]  # all of them
    then: Tree
    otherwise: Tree


Tree = Any  # Leaf | Fork | None
Tests = tuple[Test, ...]


def contrary(test: Test) -> Test:
    return Test(negated(test.text))


def fork(tests: Tests, then: Tree, otherwise: Tree) -> Tree:
    """The tree that asks all tests first, as short as may be."""
    if not tests:
        return then
    if len(tests) > 1:
        return fork(tests[:1], fork(tests[1:], then, otherwise), otherwise)
    then = assuming(then, {tests[0].text, *tests[0].implied})
    otherwise = assuming(otherwise, {negated(tests[0].text)})
    if then == otherwise:
        return then
    if isinstance(then, Fork) and then.otherwise == otherwise:
        return Fork(all_of(tests[0], then.tests), then.then, otherwise)
    if isinstance(otherwise, Fork) and otherwise.otherwise == then:
        return Fork(all_of(contrary(tests[0]), otherwise.tests), otherwise.then, then)
    whole = Fork(tests, then, otherwise)
    if not isinstance(then, Fork):
        return whole
    by_layer = any(test.place for test in then.tests) and not tests[0].place
    if by_layer and asked(then) == asked(otherwise):
        return fork(
            then.tests, fork(tests, then.then, otherwise.then), fork(tests, then.otherwise, otherwise.otherwise)
        )
    shorter = Fork(all_of(tests[0], then.tests), then.then, fork(tests, then.otherwise, otherwise))
    return min((shorter, whole) if by_layer else (whole, shorter), key=size)


def all_of(first: Test, others: Tests) -> Tests:
    """All these tests; the first one need not be asked where another one implies it."""
    return others if any(first.text in other.implied for other in others) else (first, *others)


def assuming(tree: Tree, known: set[str]) -> Tree:
    """The tree where some texts are known to be true."""
    if not isinstance(tree, Fork):
        return tree
    if any(negated(test.text) in known for test in tree.tests):
        return assuming(tree.otherwise, known)
    tests = tuple(test for test in tree.tests if test.text not in known)
    then, otherwise = assuming(tree.then, known), assuming(tree.otherwise, known)
    return Fork(tests, then, otherwise) if tests and then != otherwise else then


def size(tree: Tree) -> int:
    return size(tree.then) + size(tree.otherwise) if isinstance(tree, Fork) else int(tree is not None)


def leaves(tree: Tree) -> Iterator[Leaf]:
    if isinstance(tree, Fork):
        yield from leaves(tree.then)
        yield from leaves(tree.otherwise)
    elif tree is not None:
        yield tree


def is_constant(tree: Tree) -> bool:
    """Whether it draws no random numbers, whichever way it goes."""
    return all(leaf.function in CONSTANT for leaf in leaves(tree))


def places(tree: Tree) -> Iterator[Any]:
    """The layers for which it asks."""
    if isinstance(tree, Fork):
        yield from (test.place for test in tree.tests if test.place)
        yield from places(tree.then)
        yield from places(tree.otherwise)


def peeled(tree: Tree) -> tuple[list[tuple[Tests, Tree]], Tree]:
    """What is done to single layers whatever else is done to others, the last rule first, and the rest."""
    found = []
    while isinstance(tree, Fork) and any(test.place for test in tree.tests) and not any(places(tree.then)):
        found.append((tree.tests, tree.then))
        tree = tree.otherwise
    return found, tree


@dataclass(frozen=True)
class Action:
    """What is done to one parameter; `write` gives the lines of a leaf, at an indent."""

    tree: Tree
    write: Callable[[Leaf, int], Sequence[str]]


def nested(actions: Sequence[Action], indent: int) -> list[str]:
    """The statements for parameters, one after another; neighbours that ask the same share the question."""
    actions = [action for action in actions if action.tree is not None]
    if not actions:
        return []
    if isinstance(actions[0].tree, Leaf):
        return [*actions[0].write(actions[0].tree, indent), *nested(actions[1:], indent)]
    condition, then, other, rest = opened(actions)
    branches = [(condition, nested(then, indent + 4))]
    while other:
        condition, then, more, left = opened(other) if isinstance(other[0].tree, Fork) else ("", other, [], other)
        if left:
            condition, then, more = "", other, []
        body, other = nested(then, indent + 4), more
        if condition and body == branches[-1][1]:
            condition = " or ".join(f"({c})" if level_of(c) == AND else c for c in (branches.pop()[0], condition))
        branches.append((condition, body))
    lines, word = [], "if "
    for condition, body in branches:
        lines += [statement(word, condition, indent, ":") if condition else f"{' ' * indent}else:", *body]
        word = "elif "
    return [*lines, *nested(rest, indent)]


def opened(actions: Sequence[Action]) -> tuple[str, list[Action], list[Action], Sequence[Action]]:
    """What the first actions ask, what they do where that is so, and where it is not, and the other actions."""
    group, tests = together(actions, actions[0].tree)
    then = [replace(action, tree=action.tree.then) for action in group if action.tree.then is not None]
    other = [replace(action, tree=action.tree.otherwise) for action in group if action.tree.otherwise is not None]
    rest, condition = actions[len(group) :], conjunction(tests)
    if not then:
        return negated(condition), other, [], rest
    if not other and len(tests) == 1:
        against = Fork((contrary(tests[0]),), None, None)
        count = next((n for n, action in enumerate(rest) if not goes_with(action.tree, against)), len(rest))
        other = [replace(action, tree=after(1, action.tree).then) for action in rest[:count]]
        rest = rest[count:]
    return condition, then, other, rest


def together(actions: Sequence[Action], tree: Fork) -> tuple[list[Action], Tests]:
    """The first actions that ask what a tree asks, be it beside more, and the tests that they share."""
    count = next((n for n, a in enumerate(actions) if asked(a.tree) != tree.tests), len(actions))
    alike = next((n for n, a in enumerate(actions) if not goes_with(a.tree, tree)), len(actions))
    if alike <= count:
        return [*actions[:count]], tree.tests
    group = actions[:alike]
    shared = beginning([action.tree.tests for action in group])
    return [replace(action, tree=after(shared, action.tree)) for action in group], tree.tests[:shared]


def asked(tree: Tree) -> Tests:
    return tree.tests if isinstance(tree, Fork) else ()


def goes_with(tree: Tree, other: Fork) -> bool:
    """Whether both do something only where one test holds, which each asks first."""
    is_alone = isinstance(tree, Fork) and tree.otherwise is None and other.otherwise is None
    return is_alone and tree.tests[0] == other.tests[0]


def beginning(many: Sequence[Tests]) -> int:
    """How many tests they begin with alike."""
    columns = enumerate(zip(*many, strict=False))
    return next((n for n, column in columns if len(set(column)) > 1), min(map(len, many)))


def after(count: int, tree: Fork) -> Fork:
    """The tree that asks its first tests by themselves."""
    rest = Fork(tree.tests[count:], tree.then, None) if len(tree.tests) > count else tree.then
    return Fork(tree.tests[:count], rest, None)


def conjunction(tests: Tests) -> str:
    if len(tests) == 1:
        return tests[0].text
    return " and ".join(f"({test.text})" if level_of(test.text) < AND else test.text for test in tests)
