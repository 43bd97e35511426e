"""What is done to a parameter, by the conditions and layers that decide it: trees of tests, and statements of them.

A tree is a Leaf (the initialiser that runs), None (nothing does), or a Fork. Knows no rules and no layers.
"""

from __future__ import annotations

from ..dims.calls import AND, level_of
from ..records import dataclass, field, replace
from ..typed import Any, Callable, Iterator, Sequence
from .expressions import negated
from .layout import Node, statement

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


# Statements


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
