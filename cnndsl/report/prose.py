"""Every sentence that cnndsl says about a file: code → message, then helps, filled in with a problem's facts.

Of several helps the first whose facts are all there is said; a line that begins with `note: ` is a note. The facts
`help` and `note` of a problem add to the table. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from ..problems import Problem, Related
from .cells import safe
from .tables import CAPTIONS, PROSE


def message(problem: Problem) -> str:
    """What is wrong, in one sentence."""
    return fill_in(PROSE[problem.code][0], problem.facts)


def advice(problem: Problem) -> str:
    """How to put it right; empty if there is nothing to say."""
    own = [str(problem.facts["help"])] if problem.facts.get("help") else []
    table = [text for text in PROSE[problem.code][1:] if not text.startswith("note: ")]
    said = own or [fill_in(text, problem.facts) for text in table if has_facts(text, problem.facts)]
    return said[0] if said else ""


def notes(problem: Problem) -> list[str]:
    """What else explains it."""
    own = [str(problem.facts["note"])] if problem.facts.get("note") else []
    table = [text.removeprefix("note: ") for text in PROSE[problem.code][1:] if text.startswith("note: ")]
    return own + [fill_in(text, problem.facts) for text in table if has_facts(text, problem.facts)]


def caption(related: Related) -> str:
    """What stands beside a second place."""
    return fill_in(CAPTIONS[related.code], related.facts)


def fields(template: str) -> set[str]:
    """The facts that a template needs."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def has_facts(template: str, facts: Mapping[str, object]) -> bool:
    return all(facts.get(name) not in (None, "", (), []) for name in fields(template))


def fill_in(template: str, facts: Mapping[str, object]) -> str:
    return template.format_map({name: spoken(facts.get(name, "?")) for name in fields(template)})


def spoken(fact: Any) -> str:
    """A fact as text: lists are enumerated, control characters shown by number."""
    if isinstance(fact, (list, tuple, set, frozenset)):
        items = [spoken(item) for item in (sorted(fact) if isinstance(fact, (set, frozenset)) else fact)]
        return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
    if isinstance(fact, int) and not isinstance(fact, bool):
        return str(int(fact))
    return "\n".join(map(safe, str(fact).split("\n")))
