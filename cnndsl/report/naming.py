"""Which edits put torch's word for another library's: the name, and what stands in its brackets where that means
something else there. Writes nothing.
"""

from __future__ import annotations

import re

from ..layers.synonyms import activation_help, folded, is_otherwise
from ..problems import Edit, Fix, Problem
from ..source import Span
from ..typed import Any
from .edits import applied, arguments
from .moving import OPERATOR_BEFORE, OPERATOR_BEHIND

EMPTY = re.compile(r"[ \t]*\([ \t]*\)")


def torchs(span: Span, name: str, meant: str, is_sure: bool) -> Fix | None:
    """`meant` in the place of another library's `name`."""
    text = span.source.text
    call = EMPTY.match(text, span.end)
    given, _ = arguments(text, span.end) or ((), 0)
    is_sure = is_sure and not is_otherwise(name, [one.partition("=")[0].strip() for one in given])
    whole = Span(span.source, span.start, call.end()) if call else span
    if folded(name) == "batchnormalization":
        return batch_norm(span, meant, is_sure)
    if not call and text[span.end : span.end + 1] == "(" and "(" in meant:
        return scaled(span, meant, is_sure) if "scale_factor" in meant else None
    if " -> " in meant:
        return in_sequence(whole, meant, is_sure)
    return Fix((Edit(whole if meant.endswith(")") else span, meant),), is_sure)


def in_sequence(whole: Span, meant: str, is_sure: bool) -> Fix | None:
    """Two stages for one: where nothing binds tighter than their arrow, and behind what they are applied to."""
    text = whole.source.text
    line = whole.source.line_starts[whole.line - 1]
    before = text[line : whole.start]
    applied = arguments(text, whole.end)
    is_alone = applied and len(applied[0]) == 1 and re.compile(r"[ \t]*(?:[;}#\r\n]|->|\Z)").match(text, applied[1])
    if applied and is_alone and re.fullmatch(r"[ \t]*(?:\w+[ \t]*=[ \t]*)?", before):
        return Fix((Edit(Span(whole.source, whole.start, applied[1]), f"{applied[0][0]} -> {meant}"),), is_sure)
    if applied or OPERATOR_BEFORE.search(before) or OPERATOR_BEHIND.match(text, whole.end):
        return None
    return Fix((Edit(whole, meant),), is_sure)


def scaled(span: Span, meant: str, is_sure: bool) -> Fix | None:
    """Keras' `UpSampling2D(2)`: its size is a factor, and 2 where none is given."""
    text = span.source.text
    call = arguments(text, span.end)
    positional = [one for one in call[0] if not re.match(r"\w+\s*=(?!=)", one)] if call else []
    if call is None or len(positional) > 1 or any(one.startswith("*") for one in positional):
        return None
    size = re.compile(r"\bsize(?=\s*=(?!=))").search(text, span.end, call[1])
    if size and positional:
        return None
    place = Span(span.source, *size.span()) if size else Span(span.source, span.end + 1, span.end + 1)
    factor = "scale_factor" if size else "scale_factor=" if positional else "scale_factor=2, "
    return Fix((Edit(span, meant.partition("(")[0]), Edit(place, factor)), is_sure)


def batch_norm(span: Span, meant: str, is_sure: bool) -> Fix:
    """Keras' momentum is the part that is kept, torch's the part that is new."""
    edits, text = [Edit(span, meant)], span.source.text
    call = arguments(text, span.end)
    found = re.compile(r"\bmomentum\s*=\s*").search(text, span.end, call[1]) if call else None
    number = re.compile(r"(0?\.\d+)\s*[,)]").match(text, found.end()) if found else None
    if number:
        edits.append(Edit(Span(span.source, *number.span(1)), f"{1 - float(number[1]):.6g}"))
    return Fix(tuple(edits), is_sure and (found is None or number is not None))


def activation(span: Span) -> Fix | None:
    """Keras' `Activation("relu")`: the stage itself."""
    found = re.compile(r"\(\s*[\"'](\w+)[\"']\s*\)").match(span.source.text, span.end)
    stage = activation_help(found[1])[1] if found else None
    if found is None or not stage:
        return None
    return Fix((Edit(Span(span.source, span.start, found.end()), stage),), "(" not in stage)


def arguments_of(problem: Problem) -> list[Problem]:
    """What is told of a call's arguments with its name, if something stands for them."""
    found: Any = problem.facts.get("also", ())
    return [one for one in found if one.facts]


def in_torch(problem: Problem) -> str | None:
    """A call as torch would have it, if all of it can be put so."""
    from .fixes import fix

    made, span = fix(problem), problem.span
    call = arguments(span.source.text, span.end) if span else None
    if made is None or span is None or call is None:
        return None
    text = re.sub(r"#[^\n]*", "", applied(made, Span(span.source, span.start, call[1])))
    return re.sub(r"(?<=\()\s+|,?\s+(?=\))", "", re.sub(r"\s+", " ", text))
