"""How forward() knows which way a condition of the constructor went: by an attribute that is None otherwise.

That says something only of a module that is made and used there alone, once; else forward() asks the condition again.
"""

from __future__ import annotations

from ..graph import Apply, Make
from ..lean import Counter
from ..typed import Any, Iterator, Sequence
from .contents import steps_of
from .names import is_plain
from .plans import Decision, Formatted, made_in


class Tested:
    """For each Decision of a class (by identity) the way on which it makes such modules, and their paths."""

    def __init__(self, body: Sequence[Any]) -> None:
        self.made = Counter(path for path, _ in made_in(body))
        self.used = Counter(applied_in(body))
        self.ways: dict[int, tuple[bool, list[str]]] = {}
        self.look(body)

    def look(self, body: Sequence[Any]) -> None:
        for step in body:
            if isinstance(step, Decision):
                found = ((way, self.telling(arm)) for way, arm in ((True, step.then), (False, step.otherwise)))
                self.ways[id(step)] = next((pair for pair in found if pair[1]), (True, []))
                self.look(step.then)
                self.look(step.otherwise)

    def telling(self, arm: Sequence[Any]) -> list[str]:
        used = Counter(applied_in(arm))
        made = (step.path for step in arm if isinstance(step, Make) and not isinstance(step.path, Formatted))
        return [p for p in made if is_plain(p) and self.made[p] == 1 and self.used[p] == used[p]]

    def test(self, step: Decision) -> str:
        """The test in forward(), if attributes tell."""
        way, paths = self.ways.get(id(step), (True, []))
        word, sign = ("and", "is not") if way else ("or", "is")
        return f" {word} ".join(f"self.{path} {sign} None" for path in paths)

    def paths(self, step: Decision) -> set[str]:
        """The attributes that must be None where a way that makes them is not gone, inner conditions included."""
        inner = [item for item in (*step.then, *step.otherwise) if isinstance(item, Decision)]
        return set(self.ways.get(id(step), (True, []))[1]).union(*map(self.paths, inner))


def applied_in(body: Sequence[Any]) -> Iterator[str]:
    """The attributes whose modules run, each as often as it is called."""
    runs = (step for step in steps_of(body) if isinstance(step, Apply))
    yield from (run.path.split(".")[0] for run in runs if isinstance(run.path, str))
