"""Loops of `init` that mean what each round of a loop of the body made: one rule with a pattern says the same, whatever
the number of rounds is. Loaded only where `init` has a loop or a condition.
"""

from __future__ import annotations

from ..graph import Known
from ..problems import CnnError
from ..records import replace
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .inputs import names_in
from .selectors import Made
from .sites import within

WILD = frozenset("*?[")


def joined(visit: Any, rules: Any, made: Made) -> Iterator[Any]:
    """The rules, those of such loops without these."""
    return without_loops(visit, rules, made, frozenset(labelled_rounds(visit.body)))


def without_loops(visit: Any, rules: Any, made: Made, rounds: frozenset[Any]) -> Iterator[Any]:
    for rule in rules:
        if isinstance(rule, t.InitFor):
            yield from of_all(visit, rule, made, rounds) or (rule,)
        elif isinstance(rule, t.InitIf):
            body, otherwise = (tuple(without_loops(visit, arm, made, rounds)) for arm in (rule.body, rule.otherwise))
            yield replace(rule, body=body, otherwise=otherwise)
        else:
            yield rule


def labelled_rounds(body: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Over what each loop of a body goes whose rounds label something by their number, and what stands before that."""
    for loop in (node for statement in body for node in within(statement) if isinstance(node, t.For)):
        for label in (one for statement in loop.body for one in within(statement) if isinstance(one, t.Label)):
            match label.target:
                case t.Text((str(before), t.Name() as counter)) if (counter,) == loop.targets:
                    yield loop.iterable.span.text, before


def of_all(visit: Any, loop: t.InitFor, made: Made, rounds: frozenset[Any]) -> list[t.InitRule]:
    """The rules of a loop over `range(n)` for all of its rounds at once; none if they are not the same."""
    match loop:
        case t.InitFor((t.Name(counter),), t.Call(t.Name("range"), (count,)) as iterable):
            whole = [whole_rule(rule, counter) for rule in loop.body]
        case _:
            return []
    found = [rule for rule in whole if rule]
    patterns: list[Any] = [selector.pattern for rule in found for selector in rule.selectors]
    if len(found) < len(whole) or any((iterable.span.text, pattern.parts[0]) not in rounds for pattern in patterns):
        return []
    try:
        turns = visit.static(count)
    except CnnError:  # which the loop tells
        return []
    number = turns.value if isinstance(turns, Known) and isinstance(turns.value, int) else 0
    return found if number > 0 and all(means_rounds(pattern, number, made) for pattern in patterns) else []


def whole_rule(rule: Any, counter: str) -> t.InitRule | None:
    """A rule for `"blocks.{i}.proj.weight"` with `*` for the number, if it asks for that nowhere else."""
    if not isinstance(rule, t.InitRule) or any(one.id == counter for one in names_in(rule.initialiser)):
        return None
    selectors = []
    for selector in rule.selectors:
        match selector.pattern and selector.pattern.parts:
            case (str(before), t.Name(name), str(behind)) if name == counter and WILD.isdisjoint(before + behind):
                selectors.append(replace(selector, pattern=t.Text((before, "*", behind), selector.span)))
            case _:
                return None
    return replace(rule, selectors=tuple(selectors))


def means_rounds(pattern: t.Text, number: int, made: Made) -> bool:
    """Whether all that a pattern means is named by a round below this number."""
    before, _, behind = map(str, pattern.parts)
    least = len(before) + len(behind)
    meant = (name for name in made.names if len(name) >= least and name.startswith(before) and name.endswith(behind))
    rounds = (name[len(before) : len(name) - len(behind)] for name in meant)
    return all(part.isdecimal() and int(part) < number for part in rounds)
