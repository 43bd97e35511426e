"""Lists of modules that loops of the constructor fill, and that loops of forward() go through.

A loop that takes one module of a list in each round runs over that list. Where it takes them under conditions, or in
loops inside of it, an iterator gives the next one: what fills the list goes the same ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Apply, Instance, ListModule, walk
from .members import nexts_in
from .numbers import Unmergeable
from .plans import Body, Next
from .rounds import Rounds
from .tables import Turning
from .varying import Names


class Listed(Rounds):
    """Loops over lists. `lengths` says of each how many modules every member has in it."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members, varying, lost, strict)
        self.lengths: dict[str, dict[int, int]] = {}
        self.taken: dict[Next, dict[int, int]] = {}  # which one each thread takes
        self.single: dict[str, int] = {}  # how many were taken outside of loops

    def saved(self) -> Any:
        return super().saved(), dict(self.single)

    def restore(self, saved: Any) -> None:
        found, self.single = saved
        super().restore(found)

    def note_list(self, path: str, modules: Sequence[Any]) -> None:
        """Notes a list that loops fill."""
        if any(isinstance(module, ListModule) and module.layout for module in modules):
            counts = (len(module.children) for module in modules)
            self.lengths[path] = dict(zip(self.who, counts, strict=True))

    def next_of(self, paths: Sequence[str]) -> Next | None:
        """What takes these modules in a loop, if loops fill the list that they are in."""
        lists = {path.rpartition(".")[0] for path in paths}
        name = lists.pop()
        if lists or name not in self.lengths:
            return None
        if len(self.frames) == 1:
            self.single[name] = self.single.get(name, 0) + 1
            return None
        found = Next(name)
        numbers = (int(path.rpartition(".")[2]) for path in paths)
        self.taken[found] = dict(zip(self.who, numbers, strict=True))
        return found

    def checked(self, turning: Turning, body: Body) -> None:
        super().checked(turning, body)
        found = [step.path for step in walk(body) if isinstance(step, Apply) and isinstance(step.path, Next)]
        for path in found if len(self.frames) == 1 else ():
            path.start = self.single.get(path.name, 0)
            path.each = [other.name for other in found].count(path.name) == 1 and self.is_rest(path, turning)

    def is_rest(self, path: Next, turning: Turning) -> bool:
        """Whether the rounds take one module each, in order, and so all that are left in the list."""
        for outer, some in zip(turning.outer, turning.threads, strict=True):
            size = self.lengths[path.name].get(outer)
            if size is None or [self.taken[path][thread] for thread in some] != list(range(path.start, size)):
                return False
        return True

    def refuse(self, body: Body, result: Any) -> None:
        """What forward() cannot say: sizes that the constructor knows, and iterators that could lose step."""
        self.refuse_sizes((*body, result))
        found = list(nexts_in(body))
        for path, sure in found:
            several = [other for other, _ in found if other.name == path.name]
            iterated = not any(other.each for other in several) and sure and not self.single.get(path.name)
            if not (iterated or (path.each and len(several) == 1)):
                raise Unmergeable("modules of a list are taken in several ways")
