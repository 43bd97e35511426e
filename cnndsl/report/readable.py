"""Whether a repair of text that the grammar does not take makes text that it takes. Writes nothing."""

from __future__ import annotations

import re

from ..limits import DEFAULT
from ..problems import CnnError, Fix, Problem
from ..records import replace
from ..source import Source
from ..typed import Callable
from .tables.syntax import SYNTAX

ITEM = re.compile(r"^(?:model|block|def|const|from|extern)\b", re.M)
LONGEST = 20_000  # characters that are read again; of more nothing is asked
ALL = 100_000  # characters that are read again of one file
read: dict[str, tuple[Problem, ...]] = {}  # what is wrong with the last few texts
KEPT = 128
AGAIN = ""  # the path of what is read again
spent: dict[Source, dict[str, int]] = {}  # the texts read again of the file that was asked about last, and their sizes


def readable(problem: Problem, made: Fix, fix: Callable[[Problem], Fix | None]) -> Fix | None:
    """The fix, if its lines have less that cannot be read then, or what is left there can be put right as surely.

    Else it is unsafe, and none at all where the very place of its edits is refused once more.
    """
    source = made.edits[0].span.source
    if problem.code not in SYNTAX or not made.is_safe or any(edit.span.source != source for edit in made.edits):
        return made
    edits = sorted(made.edits, key=lambda edit: edit.span.start)
    start, end = item(source.text, edits[0].span.start, edits[-1].span.end)
    if end - start > LONGEST:
        return made
    text = after = source.text[start:end]
    for edit in reversed(edits):
        after = after[: edit.span.start - start] + edit.text + after[edit.span.end - start :]
    first, last = edits[0].span.start - start, edits[-1].span.end - start
    if is_spent(source, text, after):
        return made
    was, place = on_lines(text, first, last), last + len(after) - len(text)
    left = on_lines(after, first, place)
    if len(left) < max(len(was), 1):
        return made
    if any(first <= one.span.start < place for one in left if one.span):
        return None
    others = [fix(one) for one in left if one.span and place <= one.span.start < len(after) - 1]
    is_sure = any(other.is_safe for other in others if other)
    return made if is_sure else replace(made, is_safe=False)


def item(text: str, first: int, last: int) -> tuple[int, int]:
    """Where the items begin and end that hold two places."""
    start = max((found.start() for found in ITEM.finditer(text, 0, first + 1)), default=0)
    after = ITEM.search(text, last + 1)
    return start, after.start() if after else len(text)


def is_spent(source: Source, *texts: str) -> bool:
    """Whether of a file so much was read again that no more is: it is full of mistakes. Asked again, it is the same."""
    if source not in spent and (source.path != AGAIN or not spent):  # what is left there is of the same file
        spent.clear()
        spent[source] = {"": 0}
    (taken,) = spent.values()
    new = {text: len(text) for text in texts if text not in taken}
    if taken[""] + sum(new.values()) > ALL:
        return True
    taken[""] += sum(new.values())
    taken.update(new)
    return False


def on_lines(text: str, first: int, last: int) -> list[Problem]:
    """What cannot be read on the lines of two places."""
    if text not in read:
        if len(read) == KEPT:
            read.clear()
        read[text] = refusals(text)
    lines = range(text.count("\n", 0, first), text.count("\n", 0, last) + 1)
    return [one for one in read[text] if one.span and one.span.line - 1 in lines]


def refusals(text: str) -> tuple[Problem, ...]:
    from ..syntax.parse import recovered

    try:
        return tuple(recovered(Source(AGAIN, text), DEFAULT, 0)[1])
    except CnnError as error:
        return error.problems
