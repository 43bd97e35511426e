"""The rules of `init { … }` under their conditions, which the class asks again, and in loops. Runs nothing."""

from __future__ import annotations

from itertools import groupby

from ..graph import Choice, InitRule, Known
from ..records import replace
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterator, Sequence
from .arithmetic import truth
from .inputs import names_in
from .state import template_place
from .wording import known_early

if TYPE_CHECKING:
    from .statements import Statements

Ways = tuple[Choice, ...]  # the conditions around a rule, from the outside
Entry = tuple[t.InitRule | None, bool, Ways]


def entries(visit: Statements, rules: Any, names: Any = None, ways: Ways = ()) -> Iterator[Entry]:
    """The rules, loops and conditions unrolled, each with whether it hangs on one; also conditions by themselves. One
    that asks for the `names` of loops around it settles what it asks for."""
    for rule in rules:
        visit.session.tick(rule.span)
        if isinstance(rule, t.InitIf):
            condition = visit.static(rule.condition)
            taken, spellings = truth(condition), known_early(getattr(condition, "spellings", ()))
            is_of_round = bool(names) and not names.isdisjoint(name.id for name in names_in(rule.condition))
            if is_of_round or not spellings:
                visit.pin(condition)
            inner = ways
            if spellings and not is_of_round:
                inner = (*ways, Choice(rule.condition.span.start, Known(taken, spellings), taken, ()))
                yield None, True, inner
            yield from entries(visit, rule.body if taken else rule.otherwise, names or frozenset(), inner)
        elif isinstance(rule, t.InitFor):
            for _ in visit.each(rule, template_place()):  # type: ignore[arg-type]
                yield from entries(visit, rule.body, (names or frozenset()).union(words_of(rule.targets)), ways)
        elif not isinstance(rule, t.Faulty):
            yield rule, names is not None, ways


def words_of(targets: Any) -> set[str]:
    """The names that a loop binds."""
    return {targets.id} if isinstance(targets, t.Name) else {word for target in targets for word in words_of(target)}


def arranged(found: Sequence[tuple[Ways, InitRule | None]], depth: int = 0) -> Iterator[InitRule | Choice]:
    """The rules, those under a condition in its arm."""
    for head, group in groupby(found, lambda one: one[0][depth] if len(one[0]) > depth else None):
        if head is None:
            yield from (rule for _, rule in group if rule)
        else:
            yield replace(head, body=tuple(arranged(list(group), depth + 1)))
