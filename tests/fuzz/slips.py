"""Sound networks with slips of the pen, a token each, in statements of their own.

One is told once, in its statement; of several exactly that is told which is told of each alone. Only slips that the
grammar refuses are looked at: what follows from them for names and shapes must stay silent. Of several one alone adds
or takes a brace, for two may come out even.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any, NamedTuple

from cnndsl import pipeline
from cnndsl.source import Source
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse

from .mutations import TOKEN
from .texts import all_texts

LONG = 6000  # characters; longer texts would eat up the time of the others
SIGNS = ("(", ")", "[", "]", "{", "}", ",", ":", "=", "->", "+", "*", ".", "3", "for", "if", "and")
REFUSED = {"syntax", "unexpected-line-end", "unclosed-bracket", "bad-number", "unclosed-string", "item-in-body"}
Place = tuple[int, int]
Told = list[tuple[int, str]]  # the line and the code of each error


class Sound(NamedTuple):
    path: str
    text: str
    statements: tuple[Place, ...]


class Slip(NamedTuple):
    """Other text for a place, and what is told of it alone."""

    start: int
    end: int
    text: str
    told: Told
    braces: bool


@cache
def sound() -> tuple[Sound, ...]:
    found = []
    for path, text in all_texts():
        if len(text) < LONG and not errors(path, text):
            found.append(Sound(path, text, tuple(statements(parse(Source(path, text)).items))))
    return tuple(found)


def errors(path: str, text: str) -> Told:
    problems = pipeline.report(Source(path, text)).problems
    return sorted((p.span.line if p.span else 0, p.code) for p in problems if p.severity == "error")


def statements(items: Any) -> list[Place]:
    """Where heads of items and their statements begin and end."""
    found: list[Place] = []
    for item in items:
        body = item.body if isinstance(item, (t.Definition, t.Def)) else ()
        found.append((item.span.start, body[0].span.start if body else item.span.end))
        found += ((statement.span.start, statement.span.end) for statement in body)
    return found


def judged(rng: Random) -> tuple[str, str, str] | None:
    """Slips in one of the texts; where they are not told as they should be, its path, the text and what is wrong."""
    path, text, places = rng.choice(sound())
    slips: list[Slip] = []
    for place in rng.sample(places, min(3, len(places))):
        slip = slipped(path, text, place, rng)
        if slip is None or (slip.braces and any(other.braces for other in slips)):
            continue
        first, last = (text.count("\n", 0, at) + 1 for at in place)
        if len(slip.told) != 1 or not first <= slip.told[0][0] <= last:
            return path, with_slips(text, [slip]), f"told {slip.told}, in lines {first} to {last}"
        slips.append(slip)
    for count in range(2, len(slips) + 1):
        broken, wanted = with_slips(text, slips[:count]), sorted(one for slip in slips[:count] for one in slip.told)
        if (found := errors(path, broken)) != wanted:
            return path, broken, f"told {found}, each alone {wanted}"
    return None


def slipped(path: str, text: str, place: Place, rng: Random) -> Slip | None:
    """A slip that the grammar refuses, if one of a few is."""
    tokens = [match for match in TOKEN.finditer(text, *place) if match[0].strip() and match[0][0] != "#"]
    for _ in range(3):
        match, sign = rng.choice(tokens), rng.choice(SIGNS)
        start, end, new = rng.choice((
            (*match.span(), ""), (match.end(), match.end(), f" {match[0]}"), (match.end(), match.end(), f" {sign} "),
            (*match.span(), f" {sign} "),
        ))  # fmt: skip
        told = errors(path, text[:start] + new + text[end:])
        if any(code in REFUSED for _, code in told):
            return Slip(start, end, new, told, any(sign in new + match[0] for sign in "{}"))
    return None


def with_slips(text: str, slips: list[Slip]) -> str:
    for slip in sorted(slips, reverse=True):
        text = text[: slip.start] + slip.text + text[slip.end :]
    return text
