"""Rules of `init { … }` beside one another: what they are about, which of them one loop can run, and what is done in
each way of conditions. Writes no rule itself."""

from __future__ import annotations

from itertools import groupby

from ..graph import Choice, InitRule, Selector
from ..layers import lookup
from ..records import dataclass
from ..typed import Any, Iterator, Mapping, Sequence
from .expressions import negated, node_of
from .layout import flat, statement
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


def passes(rules: Sequence[InitRule], classes: Classes) -> Iterator[dict[Selector, Any]]:
    """The rules for parameters inside blocks, as many together as one loop over all modules can run: none may mean a
    parameter that another one of them means by another way, for the last rule that does is to run last."""
    selected: dict[Selector, Any] = {}
    for selector, initialiser in ((selector, rule.initialiser) for rule in rules for selector in rule.selectors):
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


def of_group(pattern: str) -> tuple[str, str]:
    """The group that a pattern is about, and what of its layers: "mlp" and "bias" for `mlp.*.bias`, "*" for all."""
    path, _, field = pattern.partition(".*")
    return path, field.removeprefix(".") or "*"


def joined(rules: Sequence[InitRule]) -> Iterator[tuple[InitRule, list[Selector]]]:
    """The rules, last first; neighbours that do the same are one, and what a later one has taken is no more said."""
    taken: set[Selector] = set()
    for _, group in groupby(reversed(rules), lambda rule: repr(rule.initialiser)):
        same = list(group)
        selectors = dict.fromkeys(selector for rule in same for selector in rule.selectors if selector not in taken)
        taken.update(selectors)
        if selectors:
            yield same[0], list(selectors)


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


def in_ways(init: Sequence[InitRule | Decision], writer: Any, indent: int) -> list[str]:
    """What is done under conditions: for each way all that is, but for what the ways begin and end with alike."""
    place = next((n for n, item in enumerate(init) if isinstance(item, Decision)), None)
    if place is None:
        return list(writer.lines(init, indent))
    fork: Any = init[place]
    ways = [(*init[:place], *arm, *init[place + 1 :]) for arm in (fork.then, fork.otherwise)]
    then, other = (statements(in_ways(way, writer, indent), indent) for way in ways)
    first = alike(then, other)
    last = alike(then[first:][::-1], other[first:][::-1])
    inner = [statements(in_ways(way, writer, indent + 4), indent + 4) for way in ways]
    inside, beside = (found[first : len(found) - last] for found in inner)
    condition = flat(node_of(fork.condition, writer.arguments))
    if inside:
        inside = [statement("if ", condition, indent, ":"), *inside]
    if beside:
        head = f"{' ' * indent}else:" if inside else statement("if ", negated(condition), indent, ":")
        beside = [head, *beside]
    return [*then[:first], *inside, *beside, *then[len(then) - last :]]


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
