"""`check --fix` on every golden error: what is left are fewer problems, none of a code that was not told before, unless
a mistake hid it; and each comment is still there.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.cli.fix import Fixing

from .test_cases import source_of
from .test_errors import CASES, FOLDER

TRIALS = 30
COMMENT = re.compile(r"(?:#|//)[^\n]*")
HIDDEN = {  # what is only told when what was put right is: behind a line that was not read, or beside no error
    "arrows-of-other-shapes": {"unused", "cancelled-bias"},
    "norm-given-its-channels": {"cancelled-bias"},
    "questions/comma-or-colon-forgotten": {"unused"},
    "questions/group-in-round-brackets": {"linear-on-maps"},
    "questions/input-without-its-word": {"free-argument"},
    "questions/names-given-behind": {"unused"},
    "questions/texts-without-quotes": {"unused"},
    "several-in-a-call": {"argument-twice"},  # `Conv2d(8, 3, kernel=5)`
    "signs-of-other-languages": {"tensor-condition"},
    "slip-in-a-list-of-branches": {"size-differs"},
    "tensor-not-known": {"missing-argument"},
    "words-of-other-languages": {"import-unreadable"},  # `from blocks import Other`
}


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
    told, left = (Counter(problem.code for problem in report.problems) for report in (before, after))
    hidden = HIDDEN.get(name_of(case), set())
    assert {*left} - {*told} == hidden
    assert sum(left[code] for code in left if code not in hidden) < told.total()
    assert comments(fixing.source.text) == comments(source.text)


def comments(text: str) -> list[str]:
    return [found.strip("#/ ") for found in COMMENT.findall(text)]


def test_the_hidden_ones_are_cases() -> None:
    assert {*HIDDEN} <= set(map(name_of, CASES))
