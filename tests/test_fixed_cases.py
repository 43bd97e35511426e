"""`check --fix` on every golden error: what is left are fewer problems, none of a code that was not told before, but
on the line of one that was put right, or where a mistake hid it, as errors hide warnings. Each comment is still there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.cli.fix import Fixing
from cnndsl.problems import Problem

from .test_cases import source_of
from .test_errors import CASES, FOLDER

TRIALS = 30
COMMENT = re.compile(r"(?:#|//(?! \d))[^\n]*")
HIDDEN = {  # what is told on another line when what was put right had hidden it: nothing was known there
    "questions/input-without-its-word": {"free-argument"},
    "slip-in-a-list-of-branches": {"size-differs"},
}
COMMENTED = {"three-quotes"}  # where a repair makes comments of what was none


def name_of(case: Path) -> str:
    return str(case.relative_to(FOLDER).with_suffix(""))


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_fixes_leave_less(case: Path) -> None:
    source = source_of(case)
    before = pipeline.report(source)
    fixing = Fixing(source, pipeline.report, False, TRIALS)
    after = fixing.run(before)
    if not fixing.done:
        assert fixing.source.text == source.text
        return
    kind = "errors" if before.errors else "problems"  # beside errors, warnings are not told
    told, left = getattr(before, kind), getattr(after, kind)
    codes, lines = {problem.code for problem in told}, set(map(line_of, told))
    new = [problem for problem in left if problem.code not in codes]
    assert {problem.code for problem in new if line_of(problem) not in lines} == HIDDEN.get(name_of(case), set())
    assert len(left) - len(new) < len(told)
    written = comments(source.text)
    kept = [one for one in comments(fixing.source.text) if one in written or name_of(case) not in COMMENTED]
    assert kept == written


def line_of(problem: Problem) -> int:
    assert problem.span
    return problem.span.line


def comments(text: str) -> list[str]:
    return [found.strip("#/ ") for found in COMMENT.findall(text)]


def test_the_hidden_ones_are_cases() -> None:
    assert {*HIDDEN, *COMMENTED} <= set(map(name_of, CASES))
