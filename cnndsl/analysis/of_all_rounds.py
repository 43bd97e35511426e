"""Loops of `init` that mean what each round of a loop of the body made: one rule with a pattern says the same, whatever
the number of rounds is. Loaded only where `init` has a loop.
"""

from __future__ import annotations

from ..graph import Known
from ..problems import CnnError
from ..records import replace
from ..syntax import tree as t
from ..typed import Any, Iterator
from .inputs import names_in
from .selectors import Made, fitting
from .sites import within

MANY = 200  # rounds that are compared one by one


def joined(visit: Any, rules: Any, made: Made) -> Iterator[Any]:
    """The rules, those of such loops without these."""
    for rule in rules:
        if isinstance(rule, t.InitFor):
            yield from without_loop(visit, rule, made) or (rule,)
        elif isinstance(rule, t.InitIf):
            body, otherwise = (tuple(joined(visit, part, made)) for part in (rule.body, rule.otherwise))
            yield replace(rule, body=body, otherwise=otherwise)
        else:
            yield rule


def without_loop(visit: Any, loop: t.InitFor, made: Made) -> list[t.InitRule]:
    """The rules of a loop over `range(n)` for all of its rounds at once; none if they are not the same."""
    match loop:
        case t.InitFor((t.Name(counter),), t.Call(t.Name("range"), (count,))):
            whole = [whole_rule(rule, counter) for rule in loop.body]
        case _:
            return []
    if not all(rule and is_of_loop(visit, loop, rule) for rule in whole):
        return []
    try:
        turns = visit.static(count)
        patterns = [visit.text(selector.pattern) for rule in whole if rule for selector in rule.selectors]
    except CnnError:  # which the loop tells
        return []
    if not isinstance(turns, Known) or not isinstance(turns.value, int) or not 0 < turns.value <= MANY:
        return []
    is_same = all(
        meant(pattern, made) == {name for i in range(turns.value) for name in meant(pattern.replace("*", str(i)), made)}
        for pattern in patterns
    )
    return [rule for rule in whole if rule] if is_same else []


def whole_rule(rule: Any, counter: str) -> t.InitRule | None:
    """A rule for `"blocks.{i}.proj.weight"` with `*` for the number, if it asks for that nowhere else."""
    if not isinstance(rule, t.InitRule) or any(one.id == counter for one in names_in(rule.initialiser)):
        return None
    selectors = []
    for selector in rule.selectors:
        match selector.pattern and selector.pattern.parts:
            case (str(before), t.Name(name), str(behind)) if name == counter and "*" not in before + behind:
                pattern = t.Text((before, "*", behind), selector.span)
                selectors.append(replace(selector, pattern=pattern))
            case _:
                return None
    return replace(rule, selectors=tuple(selectors))


def is_of_loop(visit: Any, loop: t.InitFor, rule: t.InitRule) -> bool:
    """Whether a loop of the body over as many rounds labels what the rule means by their numbers."""
    loops = (node for statement in visit.body for node in within(statement) if isinstance(node, t.For))
    found = set()
    for node in (node for node in loops if node.iterable == loop.iterable):
        for label in (one for statement in node.body for one in within(statement) if isinstance(one, t.Label)):
            match label.target:
                case t.Text((str(before), t.Name() as counter)) if (counter,) == node.targets:
                    found.add(before)
    return all(selector.pattern and selector.pattern.parts[0] in found for selector in rule.selectors)


def meant(pattern: str, made: Made) -> set[str]:
    return set(filter(fitting(pattern), made.names))
