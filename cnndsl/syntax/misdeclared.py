"""What was meant to declare a model's input and does not: `input [N, 3, 32, 32]`, `input(x)`, `input: [N, 3]`.

Looked for only in a model that declares none, which is a mistake in any case. Goes by the text alone.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..source import Span
from . import tree as t
from .faulty import faulty

DECLARED = re.compile(r"input\s*([\[(]|[:=](?=\s*[\[(]\s*[\w.*]+\s*[,\])])|\Z)")
USED = re.compile(r"\binput\b")
NAME = re.compile(r"\(\s*([a-z]\w*)\s*[:,)]")
SHAPE = re.compile(r"[\[(]\s*((?:[^][(),:]+,\s*)+[^][(),:]+?)\s*,?\s*[\])]")
WHOLE = re.compile(r"input\s*[:=]?\s*(?:\[[^][()]*\]|\([^][()]*\)|\([^][()]*\[[^][()]*\]\s*\))\Z")


def misdeclared(body: tuple[t.Statement, ...]) -> tuple[tuple[t.Statement, ...], list[Problem]]:
    """The body of a model that declares no input, with what was meant to as faulty, and the problems of these."""
    is_used = sum(len(USED.findall(statement.span.text)) for statement in body) > 1
    found = {at: problem for at, statement in enumerate(body) if (problem := problem_of(statement.span, is_used))}
    made = tuple(faulty(statement.span) if at in found else statement for at, statement in enumerate(body))
    return made, list(found.values())


def problem_of(span: Span, is_used: bool) -> Problem | None:
    """The problem of a statement that begins like a declaration, with the right one; `is_used`: also as a value."""
    match = DECLARED.match(span.text)
    if match is None:
        return None
    name, shape = NAME.search(span.text), SHAPE.search(span.text)
    right = f"input {name[1] if name else 'x'}: [{shape[1] if shape else 'N, 3, H, W'}]"
    facts: dict[str, object] = {"help": f"an input is declared with its name and its shape: `{right}`"}
    if not match[1]:
        return Problem("unexpected-line-end", Span(span.source, span.end, span.end), {"expected": "a name", **facts})
    place = Span(span.source, span.start + match.start(1), span.start + match.end(1))
    fix = Fix((Edit(span, right),), True) if shape and WHOLE.match(span.text) and not is_used else None
    return Problem("syntax", place, {"found": match[1], "expected": "a name", **facts}, fix=fix)
