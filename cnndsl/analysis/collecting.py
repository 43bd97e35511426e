"""Lists under way: `[a, for … { b }]`, whose loops add to them as `ys = [*ys, b]` in the body of a loop does."""

from __future__ import annotations

from ..loops import Gathered, Local
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable, Collection
from .gathered import added, preceded
from .lengths import builtin_len
from .things import Thing, turns_in
from .turning import Turning


class Sink:
    """The list of one pair of brackets, as far as it is made; `title` is what it is called."""

    def __init__(self, title: str | None) -> None:
        self.title = title
        self.things: list[Thing] = []
        self.waiting: list[Thing] = []  # what is still to be added

    def settled(self, visit: Any, span: Span) -> list[Thing]:
        """The list with all that was to be added."""
        if self.waiting:
            self.things = self.added(visit, self.things, self.waiting, span)
            self.waiting = []
        return self.things

    def added(self, visit: Any, things: list[Thing], others: list[Any], span: Span) -> list[Thing]:
        visit.session.weigh(span, things)  # each round keeps a list of its own
        longer = added(visit, things, others, span) if isinstance(things, Gathered) else None
        if longer is None:
            visit.pin(builtin_len(things))
        return [*things, *others] if longer is None else longer

    def spread(self, visit: Any, things: Any, span: Span) -> None:
        """Adds what `*things` gives."""
        before: Any = self.settled(visit, span)
        longer = None
        if isinstance(things, Gathered) and not isinstance(before, Gathered):
            from .consumed import whole

            things = whole(visit, things, span)
            longer = preceded(visit, before, things, span) if before else things
        if longer is None:
            visit.pin(builtin_len(things))
            longer = self.added(visit, before, [*things], span) if things else before
        self.things = longer


class Collecting(Turning):
    """A `for` in brackets. All that its rounds hand on is the list."""

    brackets = True

    def __init__(self, visit: Any, node: t.For, behind: frozenset[str], sink: Sink) -> None:
        self.sink, self.place = sink, f"[{node.span.start}"
        sink.settled(visit, node.span)
        super().__init__(visit, node, behind)

    def bound(self) -> Collection[str | None]:
        return (self.place,)

    def title(self, place: str) -> str | None:
        return self.sink.title

    def held(self, place: str | None) -> Thing:
        return self.sink.things

    def hold(self, place: str | None, thing: Thing) -> None:
        self.sink.things = thing


def collected(
    visit: Any, node: t.For, iterable: list[Thing], sink: Sink, run: Callable[[tuple[Local, ...]], None]
) -> None:
    """Turns a `for` in brackets; `run` adds to the sink what a round gives."""
    count, before = builtin_len(iterable), dict(visit.names)
    turning = Collecting(visit, node, turns_in(count), sink)

    def round(names: tuple[Local, ...]) -> None:
        run(names)
        sink.settled(visit, node.span)

    around, visit.turning = visit.turning, turning
    try:
        for names in visit.named_rounds(node, iterable, taking=True):
            turning.round(names, tuple(visit.takes), lambda names=names: round(names))  # type: ignore[misc]
    finally:
        visit.turning = around
    turning.close(count)
    visit.forget_own(before, node)
    visit.pin_bound(before, count)
