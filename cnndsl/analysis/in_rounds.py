"""Containers that the rounds of a loop name, `"stack{s}.{i}"`: each round makes its own.

That is so only where no other round, of these or of others that there may be, puts anything into it, nor what stands
elsewhere: else the loop is written out.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..graph import Apply, Choice, Known, Make, Own
from ..lean import Counter, partial
from ..loops import MARK, Loop, every
from ..patterns import re
from ..records import replace
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .containers import changed, gathered, makes, root_of
from .fillings import Unfillable, contained, label, labelled
from .layouts import before_dot
from .things import symbols_in


def counting(step: Make) -> set[str]:
    """The names of rounds that say what the container of a module is called."""
    found = symbols_in([*before_dot(step.label)]) if "." in step.path else ()
    return {name for name in found if MARK in name}


class InRounds:
    """Goes through a body; `lists` are its containers, by their names."""

    def __init__(self, body: Iterable[Any], lists: Mapping[str, Any]) -> None:
        self.lists = lists
        steps = every(body)
        loops = [step for step in steps if isinstance(step, Loop)]
        sites = {local.key: loop.site for loop in loops for made in loop.rounds for local in made.names}
        self.used = Counter(roots_in(steps))
        self.forms: dict[str, set[Any]] = {}  # for each form of a name, the loops that count it, wherever it is given
        for step in steps:
            if isinstance(step, (Make, Own)):
                by = counting(step) if isinstance(step, Make) else ()
                name = step.path if isinstance(step, Make) else step.name
                self.forms.setdefault(form_of(root_of(name) or name), set()).add(frozenset(map(sites.get, by)))

    def steps(self, steps: Iterable[Any], around: Sequence[set[str]] = ()) -> list[Any]:
        """The steps; `around` are, for each loop that they stand in, the names that count its rounds."""
        found: list[Any] = []
        for step in steps:
            if isinstance(step, Choice):
                step = changed(step, partial(self.steps, around=around))
            elif isinstance(step, Loop):
                step = self.loop(step, [*around, counters(step)])
            found.append(step)
        return found

    def loop(self, loop: Loop, around: Sequence[set[str]]) -> Loop:
        rounds = []
        for made in loop.rounds:
            body, own = self.steps(made.body, around), {local.key for local in made.names}
            mine = [step for step in makes(body) if "." in step.path and not own.isdisjoint(counting(step))]
            for step in mine:
                self.expect_own(step, around)
            if mine:
                body = self.round(body, {root_of(step.path): label(step, 0) for step in mine})
            rounds.append(replace(made, body=tuple(body)))
        return replace(loop, rounds=tuple(rounds))

    def round(self, body: list[Any], labels: Mapping[str, tuple[Known, ...]]) -> list[Any]:
        """What a round does, with the containers that it names."""
        here = Counter(roots_in(every(body)))
        if any(here[name] != self.used[name] for name in labels):
            raise Unfillable
        made = contained(body, {name: self.lists[name] for name in labels})
        found = gathered(labelled(body, {}, labels), made, set())
        return [replace(s, label=labels[s.path]) if isinstance(s, Make) and s.path in labels else s for s in found]

    def expect_own(self, step: Make, around: Sequence[set[str]]) -> None:
        """Raises Unfillable unless the name of the container tells the rounds of all loops around from one another, and
        from what is made elsewhere."""
        form, counted = "", set[str]()
        for part in label(step, 0):
            names = {*symbols_in(part)}
            if names and (form.endswith("#") or not tells(part, names)):
                raise Unfillable
            form, counted = form_of(form + str(part.value)), counted | names
        known = set[str]().union(*around)
        if any(some.isdisjoint(counted) for some in around) or not counted <= known or len(self.forms[form]) > 1:
            raise Unfillable


def tells(part: Known, names: set[str]) -> bool:
    """Whether a number is another one for each value of its name: `{i}`, `{i + 1}`."""
    way = part.spellings[0]
    return len(names) == 1 and isinstance(way, Dim) and not isinstance(way - symbol(*names), Dim)


def counters(loop: Loop) -> set[str]:
    """The names that tell the rounds of a loop from one another, however often it turns: plain numbers."""
    columns = zip(*(made.names for made in loop.rounds), strict=False)
    plain = (c for c in columns if not any(local.value.spellings for local in c))
    return {local.key for c in plain if len({local.value.value for local in c}) == len(c) for local in c}


def roots_in(steps: Iterable[Any]) -> Iterator[str]:
    """The containers that steps put something into, or take something from."""
    yield from (root_of(step.path) for step in steps if isinstance(step, (Make, Apply)) and "." in step.path)


def form_of(name: str) -> str:
    """A name with what any number may stand for."""
    return re.sub(r"[\d#]+", "#", name)
