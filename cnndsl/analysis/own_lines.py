"""What the lines of a text tell: codes of warnings in comments, and a label on a line of its own with several deeper
lines below it, as where indentation makes a body: it names the first of these alone. Loaded only where a comment allows
something, or a line ends in a colon.
"""

from __future__ import annotations

from ..patterns import re
from ..problems import Problem, Related
from ..source import Source, Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .allowed import unknown_codes
from .lint import is_allowed

ALONE = re.compile(
    r"^(?P<outer>[ \t]*)(?P<label>\w+|\"[^\"\n]*\")[ \t]*:[ \t]*(?:#[^\n]*)?\r?\n"
    r"(?P<inner>[ \t]+)(?P<first>[A-Z\"'][^\n#]*?)[ \t]*(?:#[^\n]*)?\r?\n"
    r"(?P=inner)(?P<next>[\w\"'(\[][^\n#]*?)[ \t]*(?:#[^\n]*)?\r?$",
    re.M,
)


def of_layout(source: Source, items: Any) -> Iterator[Problem]:
    yield from unknown_codes(source) if "allow:" in source.text else ()
    yield from labels_of_one(source, items)


def labels_of_one(source: Source, items: Any) -> Iterator[Problem]:
    """A warning for each label that most likely was to name more than the line below it."""
    for found in ALONE.finditer(source.text):
        first, outer, inner = found["first"], found["outer"], found["inner"]
        if len(inner) <= len(outer) or first.endswith((",", "->", "(", "[", "{")):
            continue
        place, then = Span(source, *found.span("label")), Span(source, *found.span("next"))
        around = [
            one for one in items if isinstance(one, t.Definition) and one.span.start <= place.start < one.span.end
        ]
        if not around or is_allowed("label-of-one", place, around[0].span):
            continue
        facts: dict[str, object] = {"label": found["label"], "first": first, "next": found["next"]}
        yield Problem("label-of-one", place, facts, (Related("not-labelled", then),), severity="warning")
