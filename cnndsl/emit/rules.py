"""Rules of `init { … }` beside one another: what they are about, which of them one loop can run, and what is done in
each way of conditions. Writes no rule itself."""

from __future__ import annotations

from itertools import groupby

from ..graph import Choice, InitRule, Selector
from ..layers import lookup
from ..records import dataclass, replace
from ..typed import Any, Callable, Iterator, Mapping, Sequence
from .expressions import negated
from .layout import statement
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


def present(init: Sequence[InitRule | Decision], classes: Classes) -> tuple[Any, ...]:
    """The rules without what they say of blocks that no network of the file has."""
    found: list[Any] = []
    for item in init:
        if isinstance(item, Decision):
            then, otherwise = present(item.then, classes), present(item.otherwise, classes)
            found += [replace(item, then=then, otherwise=otherwise)] if then or otherwise else []
        elif kept := tuple(s for s in item.selectors if not s.type or is_known(s.type, classes)):
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
    return text.count("nn.init.") + text.count("for module in ") + text.count("for prefix, ")


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
