"""Modules that loops of forward() take from lists: where they are taken, and what they are called there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..graph import Apply, Branch, walk
from ..typed import Any
from .names import fresh, is_plain, is_taken
from .plans import Decision, Next, Repeat

ENDINGS = (("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ies", "y"), ("ss", "ss"), ("s", ""))


def nexts_in(body: Sequence[Any], sure: bool = True, inside: bool = False) -> Iterator[tuple[Next, bool]]:
    """What takes modules of lists, and whether each call of forward() goes that way."""
    for step in body:
        if isinstance(step, Apply) and isinstance(step.path, Next):
            yield step.path, sure
        elif isinstance(step, Repeat):
            yield from nexts_in(step.body, sure, inside=True)
        elif isinstance(step, (Decision, Branch)):  # a decision in a loop is the same where the list is filled
            for way in (step.then, step.otherwise):
                yield from nexts_in(way, sure and inside and isinstance(step, Decision), inside)


def taken_by(loop: Repeat) -> list[Next]:
    """Those that each round takes one of."""
    found = (step.path for step in walk(loop.body) if isinstance(step, Apply) and isinstance(step.path, Next))
    return [path for path in found if path.each]


def module_names(body: Sequence[Any], taken: Collection[str]) -> dict[str, str]:
    """A variable for each list that loops go through: `conv` for one of `self.conv1`, `convs` for what gives them."""
    names: dict[str, str] = {}
    for loop in outermost(body):
        paths = {path.name: path for path, _ in nexts_in([loop])}
        names |= chosen({name: word(path) for name, path in paths.items()}, taken)
    return names


def element_names(lists: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    """A variable for each list that a comprehension goes through."""
    return chosen({name: word(Next(name, each=True)) for name in lists}, taken)


def chosen(words: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """The word for a module of each list, or the name of the list, or another word."""
    names: dict[str, str] = {}
    for name, text in words.items():
        wanted = [text, name] if list(words.values()).count(text) == 1 else [name]
        busy = {*taken, *names.values()}
        free = (word for word in wanted if is_plain(word) and not is_taken(word, busy))
        names[name] = next(free, "") or fresh("layer", busy)
    return names


def outermost(body: Sequence[Any]) -> Iterator[Repeat]:
    for step in body:
        if isinstance(step, Repeat):
            yield step
        elif isinstance(step, (Decision, Branch)):
            yield from outermost((*step.then, *step.otherwise))


def word(path: Next) -> str:
    """What a person calls one of the modules, or the iterator over them."""
    base = re.sub(r"_?\d+$", "", path.name) or path.name
    ending = next((pair for pair in ENDINGS if base.endswith(pair[0]) and len(base) > len(pair[0]) + 1), ("", ""))
    one = base[: len(base) - len(ending[0])] + ending[1]
    if path.each:
        return one
    return base if base != one else f"{base}s"
