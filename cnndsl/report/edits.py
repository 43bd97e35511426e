"""What fixes are made of: edits of places, and whether a name leaves any doubt about what was meant."""

from __future__ import annotations

import re

from ..layers.synonyms import LOOSE, NAMES, WORDS, folded
from ..problems import Edit, Fix, Help, Problem
from ..source import Span
from ..typed import Sequence

QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[()\[\]{},]""")


def replaced(span: Span, text: str, is_safe: bool = True) -> Fix:
    return Fix((Edit(span, text),), is_safe)


def part(span: Span, start: int, end: int) -> Span:
    """A part of a span, by offsets from its start."""
    return Span(span.source, span.start + start, span.start + end)


def word(problem: Problem, fact: str) -> str:
    """A fact that is a name, or nothing."""
    found = problem.facts.get(fact)
    return found if isinstance(found, str) else ""


def is_advised(problem: Problem, code: str) -> bool:
    """Whether what helps is what tables/helps.py says under this code."""
    found = problem.facts.get("help")
    return isinstance(found, Help) and found.code == code


def is_sure(name: str, meant: str) -> bool:
    """Whether nobody could mean anything else: another case, another library's word, or one slip of the pen."""
    is_label = name[:1].islower() and meant[:1].isupper()  # `fc`, which nobody has declared
    if folded(name).removeprefix("lazy") == folded(meant) or WORDS.get(name) == meant:
        return True
    if folded(name) in LOOSE:
        return False
    if re.sub("[13]d", "2d", NAMES.get(folded(name), "")) == re.sub("[13]d", "2d", meant) and not is_label:
        return True
    if meant == "False" and WORDS.get(name) == "None":  # `bias=null`
        return True
    same_kind = name[:1].isupper() == meant[:1].isupper()
    is_inside = len(name) == 3 and len(meant) == 4 and not (meant.startswith(name) or meant.endswith(name))
    return same_kind and (len(name) > 3 or is_inside) and is_slip(name.lower(), meant.lower())


def is_slip(written: str, meant: str) -> bool:
    """Whether a letter is missing, too many, another, or has changed places with its neighbour. Digits are no slips."""
    head = next(
        (n for n, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(map(len, (written, meant)))
    )
    left, right = written[head:], meant[head:]
    if left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:]):
        changed = left[:1] + right[:1]
    else:
        changed = left[:1] if left[1:] == right else right[:1] if left == right[1:] else ""
    return changed != "" and not set(changed) & set("0123456789")


def arguments(text: str, place: int) -> tuple[list[str], int] | None:
    """The arguments of a call whose bracket opens at a place, and where it ends."""
    depth, start = 0, place + 1
    found: list[str] = []
    for match in QUOTED.finditer(text, place) if text[place : place + 1] == "(" else ():
        depth += (match[0] in "([{") - (match[0] in ")]}") if len(match[0]) == 1 else 0
        if (match[0] == "," and depth == 1) or depth == 0:
            found.append(text[start : match.start()].strip())
            start = match.end()
        if depth == 0:
            return [argument for argument in found if argument], match.end()
    return None


def together(first: Fix, others: Sequence[Fix | None]) -> Fix | None:
    """One repair of several, if each is there: arguments that are left out beside one another leave no comma."""
    made = [first, *(fix for fix in others if fix)]
    edits: list[Edit] = []
    for edit in sorted((edit for fix in made for edit in fix.edits), key=lambda edit: (edit.span.start, edit.span.end)):
        last = edits[-1] if edits else None
        if last and edit.span.start < last.span.end and not last.text and not edit.text:
            edits[-1] = Edit(Span(last.span.source, last.span.start, max(last.span.end, edit.span.end)), "")
        else:
            edits.append(edit)
    edits = [without_comma(edit) for edit in edits]
    return Fix(tuple(edits), all(fix.is_safe for fix in made)) if len(made) == len(others) + 1 else None


def without_comma(edit: Edit) -> Edit:
    """What takes out the last arguments of a call takes the comma before them with it."""
    text, span = edit.span.source.text, edit.span
    before = text[: span.start].rstrip(" \t")
    is_last = not edit.text and text[span.end : span.end + 1] == ")" and before.endswith(",")
    return Edit(Span(span.source, len(before) - 1, span.end), "") if is_last else edit


def applied(fix: Fix, span: Span) -> str:
    """The text of a place, and of what is changed behind it, with the edits."""
    text, at, found = span.source.text, span.start, []
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start):
        found += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*found, text[at : max(at, span.end)]])
