"""What was found out about items by looking at their text alone, when this file was last checked.

It holds for as long as the item's text is the same, and so are the heads of all items that it can name. So a check of a
file in which one item has changed looks at that one. Only of texts without mistakes, in which nothing is allowed.
"""

from __future__ import annotations

from ..problems import Problem
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable, Iterable
from .program import Scope

KEPT = 8  # files
LONGEST = 128_000  # of a text of which anything is kept
Written = tuple[dict[str, Span], dict[int, str]]
Relative = tuple[dict[str, tuple[int, int]], dict[int, str]]
last: dict[Any, Seen] = {}


class Seen:
    """What is known of the items of one file, by their texts: which are sound, and the labels and sites of some."""

    def __init__(self, before: Seen | None) -> None:
        self.before = before
        self.sound: set[str] = set()
        self.relative: dict[str, Relative] = {}

    def problems(self, item: Any, scope: Scope, look: Callable[[Any, Scope], Iterable[Problem]]) -> list[Problem]:
        """The problems of an item, which are looked for unless it is known that there are none."""
        text = item.span.text
        found = [] if self.before and text in self.before.sound else [*look(item, scope)]
        if not found:
            self.sound.add(text)
        return found

    def written(self, item: t.Definition, scope: Scope, look: Callable[[Any, Scope], Written]) -> Written:
        """The labels and the sites of a definition, at the places where they are now."""
        text, source, begin = item.span.text, item.span.source, item.span.start
        known = self.before.relative.get(text) if self.before else None
        if known is None:
            labels, sites = look(item, scope)
            spans = {name: (span.start - begin, span.end - begin) for name, span in labels.items()}
            self.relative[text] = spans, {start - begin: name for start, name in sites.items()}
            return labels, sites
        self.relative[text] = known
        labels = {name: Span(source, start + begin, end + begin) for name, (start, end) in known[0].items()}
        return labels, {start + begin: name for start, name in known[1].items()}


def seen(scope: Scope) -> Seen | None:
    """What was found out when these items were last looked at; None where nothing is kept."""
    text = scope.source.text
    if scope.problems or len(text) > LONGEST or "allow:" in text:
        return None
    heads = (head(name, item, home, scope) for name, (item, home) in scope.items.items())
    key = (scope.source.path, scope.limits, *heads)
    before = last.pop(key, None)
    found = last[key] = Seen(before)
    if before:
        before.before = None
    while len(last) > KEPT:
        del last[next(iter(last))]
    return found


def head(name: str, item: Any, home: Scope, scope: Scope) -> Any:
    """What other items may learn from an item without elaborating it."""
    inside = item.span.text if isinstance(item, (t.Alias, t.Const)) else [p.name.id for p in parameters(item)]
    return name, item.__class__, str(inside), "" if home is scope else home.source.text


def parameters(item: Any) -> tuple[Any, ...]:
    return getattr(item, "parameters", ())
