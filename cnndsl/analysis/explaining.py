"""Which warnings are said beside errors, for they are behind these, or led to them. Loaded only for errors."""

from __future__ import annotations

from ..patterns import re
from ..problems import CnnError, Help, Problem, advise
from ..records import replace
from ..source import Span
from ..typed import Any, Iterable
from .gathering import POISONED

EXPLAINING = frozenset({"torch-order", "channels-last", "no-batch-axis"})  # whatever the errors are

LEADING = frozenset({"label-as-operand", "linear-on-maps", "size-for-scale", "batch-tied", "batches-joined"})
AXIS_OF_BATCHES = re.compile(r"\baxis 0\b")


def with_those_behind(found: list[Problem]) -> list[Problem]:
    """The errors, less what only follows from one that is told, with the warnings that are said beside them."""
    errors = tuple(problem for problem in found if problem.severity == "error")
    sound = tuple(problem for problem in errors if problem.code != POISONED) or errors
    kept = {id(problem) for problem in sound}
    return [p for p in found if id(p) in kept or (p.severity == "warning" and explains(p, sound))]


def explains(warning: Problem, errors: tuple[Problem, ...]) -> bool:
    """Whether a warning is said beside errors: what may be behind any, and what stands in one, or led to it."""
    if warning.code == "batches-joined" and warning.span is not None:
        about = [error for error in errors if AXIS_OF_BATCHES.search(str(error.facts.get("message")))]
        if any(says_so(error, warning.span.line) for error in about):
            return False
        if about:
            return True
    if warning.code == "hidden-by-loop":
        return any(stands_by(related.span, error) for related in warning.related[1:] for error in errors)
    if warning.code not in LEADING or warning.span is None:
        return warning.code in EXPLAINING
    if warning.code == "batch-tied" and any(adds_batch(error, warning.span.text) for error in errors):
        return False
    return any(leads_to(warning, warning.span, error) for error in errors)


def without_batch(error: CnnError, warnings: Iterable[Problem]) -> CnnError:
    """The error, without help for a tensor of too few dimensions where the batch was forgotten, which is told."""
    told = next((warning for warning in warnings if warning.code == "no-batch-axis"), None)
    if told is None or error.problems[0].code != "wrong-rank":
        return error
    ordered = {"ordered": told.facts["ordered"]} if "ordered" in told.facts else {}
    help = advise("batch-first", shape=told.facts["whole"], **ordered)
    return CnnError([replace(problem, facts={**problem.facts, "help": help}) for problem in error.problems])


def says_so(error: Problem, line: int) -> bool:
    """Whether an error about batches says itself that they were joined on this line."""
    help = error.facts.get("help")
    return isinstance(help, Help) and help.code == "joins-batches" and help.facts["line"] == line


def adds_batch(error: Problem, shaped: str) -> bool:
    """Whether an error says itself that what is written so leaves out the batch."""
    help = error.facts.get("help")
    if not isinstance(help, Help) or help.code != "whole-shape":
        return False
    return str(help.facts["meant"]).replace("-1, ", "", 1) == shaped


def stands_by(here: Span, error: Problem) -> bool:
    """Whether an error is on the line of this place: it is told of a stage, and not of what reaches that."""
    return error.span is not None and (error.span.source, error.span.line) == (here.source, here.line)


def leads_to(warning: Problem, here: Span, error: Problem) -> bool:
    """Whether what stands here is a step that led to an error, or, an operand, part of what that is about."""
    if error.span is None or error.span == here:  # then the error says it itself
        return False
    trace: Any = error.facts.get("trace") or error.facts.get("trail") or ()
    is_step = (f"{here.source.path}:{here.line}", " ".join(here.text.split())) in {line[:2] for line in trace}
    if warning.code != "label-as-operand":
        return is_step
    places = (error.span, *(related.span for related in error.related if related.code == "shape-here"))
    return is_step or any(p.source == here.source and p.start <= here.start and here.end <= p.end for p in places)
