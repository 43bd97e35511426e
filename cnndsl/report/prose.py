"""Every sentence that cnndsl says about a file: code → message, then helps, filled in with a problem's facts.

Of several helps the first whose facts are all there is said, and `{y}` is a name that the file does not use; a line
that begins with `note: ` is a note. Who finds a
problem and knows more gives it the fact `help`: a code of tables/helps.py with its facts, or what the catalogue says. A
`message` (a rule of the catalogue has its own) goes before the table's; the fact `note` adds to it. Draws nothing.
"""

from __future__ import annotations

from string import Formatter

from ..problems import Help, Problem, Related
from ..typed import Any, Mapping, Sequence
from .cells import safe
from .tables import CAPTIONS, HELPS, PROSE

UNUSED = ("y", "z", "u", "v", "w", "out", "out2")  # what a tensor may be called
MOST_ROWS = 7
MOST_ITEMS = 40
LONGEST_FACT = 1000
LONGEST_TEXT = 34
ROOM = 54  # characters of a text and a shape beside each other


def message(problem: Problem) -> str:
    """What is wrong, in one sentence."""
    template = PROSE[problem.code][0]
    if "message" in problem.facts and "{message}" not in template:
        template = "{message}"
    return fill_in(template, problem.facts)


def advice(problem: Problem) -> str:
    """How to put it right; empty if there is nothing to say."""
    own: Any = problem.facts.get("help")
    if isinstance(own, Help):
        return first_of(HELPS[own.code], with_name(own.facts, problem))
    table = [text for text in PROSE[problem.code][1:] if not text.startswith("note: ")]
    facts = with_remedy(problem) if problem.code == "not-ascii" else problem.facts
    if facts.get("also") and facts.get("call"):
        from .naming import in_torch

        facts = {**facts, "call": in_torch(problem)}
    return str(own) if own else first_of(table, with_name(facts, problem))


def with_remedy(problem: Problem) -> Mapping[str, object]:
    """The facts of a sign that cannot be read, and what is to be written for it."""
    from .signs import remedy

    place = problem.span
    return {**problem.facts, "remedy": remedy(place.source.text, place.start, place.end) if place else None}


def with_name(facts: Mapping[str, object], problem: Problem) -> Mapping[str, object]:
    """The facts and, as `y`, a name for a tensor that nothing in the file has: no help is to speak of another one."""
    words = problem.span.source.words if problem.span else ()
    return {"y": next((name for name in UNUSED if name not in words), "..."), **facts}


def first_of(templates: Sequence[str], facts: Mapping[str, object]) -> str:
    """The first of several texts whose facts are all there; empty if there is none."""
    return next((fill_in(text, facts) for text in templates if has_facts(text, facts)), "")


def notes(problem: Problem) -> list[str]:
    """What else explains it."""
    own = [str(problem.facts["note"])] if problem.facts.get("note") else []
    table = [text.removeprefix("note: ") for text in PROSE[problem.code][1:] if text.startswith("note: ")]
    own += [trail] if (trail := trace(problem)) else []
    return own + [fill_in(text, problem.facts) for text in table if has_facts(text, problem.facts)]


def trace(problem: Problem) -> str:
    """The shapes of the steps that led to a problem, if there are several; of many the first and the last."""
    found: Any = problem.facts.get("trace") or problem.facts.get("trail") or ()
    if len(found) < 2 or problem.span is None:
        return ""
    here = problem.span.source.path
    kept = found if len(found) <= MOST_ROWS else (found[0], (None, "", ""), *found[2 - MOST_ROWS :])
    room = ROOM - max(len(shape) for _, _, shape in kept)
    rows = [(where_from(place, here), shortened(spoken(text), room), spoken(shape)) for place, text, shape in kept]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    shown = (f"{place:<{first}}  {text:<{second}}  {shape}".rstrip() for place, text, shape in rows)
    return "\n".join(["the shape comes about like this:", *shown])


def where_from(place: str | None, here: str) -> str:
    if place is None:
        return "..."
    path, _, line = place.rpartition(":")
    return f"line {line}" if path == here else safe(place)


def shortened(text: str, room: int) -> str:
    longest = min(LONGEST_TEXT, max(room, 12))
    return text if len(text) <= longest else text[: longest - 3] + "..."


def caption(related: Related) -> str:
    """What stands beside a second place: the parts whose facts are all there."""
    parts = CAPTIONS[related.code].split("; ")
    return ", ".join(fill_in(part, related.facts) for part in parts if has_facts(part, related.facts))


def fields(template: str) -> set[str]:
    """The facts that a template needs."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def has_facts(template: str, facts: Mapping[str, object]) -> bool:
    return all(facts.get(name) not in (None, "", (), []) for name in fields(template))


def fill_in(template: str, facts: Mapping[str, object]) -> str:
    return template.format_map({name: spoken(facts.get(name, "?"), name) for name in fields(template)})


def spoken(fact: Any, name: str = "") -> str:
    """A fact as text: lists are enumerated, control characters shown by number; nothing goes on for pages.

    Of what is called `either`, one is meant.
    """
    if name == "either":
        return " or ".join(map(spoken, fact))
    if isinstance(fact, (list, tuple, set, frozenset)):
        every = sorted(fact) if isinstance(fact, (set, frozenset)) else list(fact)
        items = [spoken(item) for item in every[:MOST_ITEMS]]
        items += [f"{len(every) - MOST_ITEMS:,} more"] if len(every) > MOST_ITEMS else []
        return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
    if isinstance(fact, int) and not isinstance(fact, bool):
        return str(int(fact))
    text = str(fact)
    text = text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT * 3 // 4]}...{text[-LONGEST_FACT // 4 :]}"
    return "\n".join(map(safe, text.split("\n")))
