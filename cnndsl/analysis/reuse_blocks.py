"""Blocks that were visited when this file was last checked, and are not visited again.

What a visit comes to hangs on what it is given, on the block's text, on those of the items that it names, and on what
they name. Where these are as they were, so is what it came to, but for the places in it. So nothing is kept of a file
of which there was anything to tell; and where there is now, everything is visited after all (elaborate.py).
"""

from __future__ import annotations

from ..graph import Known, Maker
from ..limits import Limits
from ..patterns import re
from ..problems import Problem
from ..records import dataclass
from ..shapes import TensorType
from ..source import Span
from ..typed import Any, Iterable, Mapping
from .program import Scope
from .session import Session
from .things import Thing

KEPT = 8  # files
MOST = 20_000  # steps of which anything is kept
PLAIN = (int, float, str, bool, type(None))
last: dict[str, Blocks] = {}


@dataclass(frozen=True)
class Visited:
    """What a visit came to: the instance, what it gives and needs and how many modules it makes; and what it took."""

    made: Any
    steps: int
    depth: int
    names: tuple[str, ...]  # of the items that were looked at
    asked_at: Mapping[Any, Span]


class Blocks:
    """The blocks of one file: those of its last check that hold, and those of this one."""

    def __init__(self, scope: Scope, limits: Limits, before: Blocks | None) -> None:
        self.scope: Any = scope
        self.limits = limits
        self.texts = {name: item.span.text for name, (item, _) in scope.items.items()}
        self.words: dict[str, frozenset[str]] = {}  # of each text; those of a first check are not looked for
        self.visited: dict[Any, Visited] = {}
        self.trail: list[str] = []  # of items that were looked at
        self.taken = 0
        self.known: dict[Any, Visited] = {}
        if before is not None and before.limits == limits:
            changed = self.changed(before)
            self.known = {key: found for key, found in before.visited.items() if key[0] not in changed}

    def changed(self, before: Blocks) -> set[str]:
        """The items that are not as they were, or that name one that is not, or is no more, or is there only now."""
        names = self.texts.keys() | before.texts.keys()
        left = [name for name in names if self.texts.get(name) != before.texts.get(name)]
        found, users = set(left), self.users(before, names)
        while left:
            more = users.get(left.pop(), set()) - found
            found |= more
            left += more
        return found

    def users(self, before: Blocks, names: Any) -> dict[str, set[str]]:
        """Of each name the items in whose text it stands."""
        users: dict[str, set[str]] = {}
        for name, text in self.texts.items():
            words = self.words[text] = before.words.get(text) or frozenset(re.findall(r"\w+", text))
            for word in words & names:
                users.setdefault(word, set()).add(name)
        return users

    def take(self, session: Session, item: Any, given: Mapping[str, Thing], types: Any, span: Span) -> Any:
        """What a block came to for these arguments and inputs; None if it must be visited."""
        key = key_of(session, item, given, types)
        found = self.known.get(key)
        if found is None or session.depth > found.depth or self.scope.items[key[0]][0] is not item:
            return None
        session.tick(span, found.steps)
        session.looked.update(id(self.scope.items[name][0]) for name in found.names)
        need = found.made[2]
        for asked in (*need.conditions, *need.training, *need.evaluation):
            if asked in found.asked_at:
                session.asked_at.setdefault(asked, found.asked_at[asked])
        self.trail += found.names
        self.visited[key] = found
        self.taken += 1
        return found.made

    def keep(
        self, session: Session, item: Any, given: Mapping[str, Thing], types: Any, made: Any, steps: int, since: int
    ) -> None:
        """Notes what a visit came to, before which so many steps were taken and the trail was so long."""
        key = key_of(session, item, given, types)
        if key is not None:
            names = tuple(dict.fromkeys(self.trail[since:]))
            self.visited[key] = Visited(made, session.steps - steps, session.depth, names, session.asked_at)

    def close(self, session: Session, problems: Iterable[Problem]) -> None:
        """At the end of a check: keeps what was visited, if there is nothing to tell."""
        path, seen = self.scope.source.path, session.collector
        self.scope, self.known, self.trail = None, {}, []
        if not (problems or seen.fired or seen.failing or seen.blocks) and session.together.steps <= MOST:
            last[path] = self
            while len(last) > KEPT:
                del last[next(iter(last))]


def blocks(scope: Scope, limits: Limits) -> Blocks | None:
    """The blocks of a file that is checked; None where nothing is kept: of what has mistakes, or imports."""
    before = last.pop(scope.source.path, None)
    if scope.seen is None or any(home is not scope for _, home in scope.items.values()):
        return None
    return Blocks(scope, limits, before)


def key_of(session: Session, item: Any, given: Mapping[str, Thing], types: Any) -> Any:
    """The name of a block, and what it is given; None if that is more than numbers, texts, layers and tensors."""
    values = tuple(map(told, given.values()))
    if None in values or any(kind.__class__ is not TensorType for kind in types):
        return None
    return item.name.id, session.need.mode, values, tuple([(kind.dtype, tuple(kind.shape)) for kind in types])


def told(thing: Thing) -> Any:
    """A value as it can be compared, its kind included; None for what holds an item of the file."""
    if isinstance(thing, Known):
        kind = thing.value.__class__
        return (kind, repr(thing.value)) if kind in PLAIN and not thing.spellings else None
    parts: Any = ()
    if isinstance(thing, Maker) and isinstance(thing.target, type):  # a layer
        parts = (thing.target, *thing.keywords), (*thing.positional, *thing.keywords.values())
    elif isinstance(thing, (list, tuple)):
        parts = thing.__class__, thing
    items = tuple(map(told, parts[1])) if parts else (None,)
    return None if None in items else (parts[0], items)
