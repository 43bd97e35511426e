"""How errors and warnings look: one file per case, its source, then its problems as text and as JSON, as golden text.

The source says what is to be expected, on the line that a teacher would point at: `# error: code`, `# warning: code`.
`errors/beginners/` holds one network, broken as beginners break it, `errors/questions/` what forums are asked. `pytest
tests/test_errors.py --update` writes the golden text anew; look at the difference before keeping it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.analysis.gathering import POISONED
from cnndsl.report.pages import COMMANDS, NEVER_ALONE
from cnndsl.report.record import Report, to_json
from cnndsl.report.render import render
from cnndsl.report.tables import PROSE

from .expectations import expected, problems
from .test_cases import source_of

FOLDER = Path(__file__).parent / "errors"
CASES = sorted(FOLDER.rglob("*.case"))
IMPORTS = {"import-outside", "import-unreadable"}  # other tests have them
BEGINNERS = [path for path in CASES if path.parent.name == "beginners"]


@pytest.fixture(params=CASES, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def case(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


def golden(report: Report) -> Iterator[str]:
    yield f"=== problems ===\n{render(report.problems)}\n"
    listed = ",\n".join(json.dumps(to_json(problem), ensure_ascii=False) for problem in report.problems)
    yield f"=== json ===\n[\n{listed}\n]\n"


def test_case_looks_as_it_did(case: Path, request: pytest.FixtureRequest) -> None:
    source = source_of(case)
    text = "\n".join([source.text, *golden(pipeline.report(source))])
    if request.config.getoption("--update"):
        case.write_text(text, encoding="utf-8")
    assert case.read_text(encoding="utf-8") == text, f"{case.name} differs; run with --update and see"


def test_problems_stand_where_a_teacher_would_point(case: Path) -> None:
    source = source_of(case)
    assert expected(source.text), "the case announces nothing"
    last = source.text.count("\n")  # what is missing at the end is told on the last line
    found = [(min(line, last), *rest) for line, *rest in problems(pipeline.report(source))]
    assert found == expected(source.text)


def test_what_a_mistake_leads_to_is_not_told_in_its_place(case: Path) -> None:
    assert {code for _, _, code in problems(pipeline.report(source_of(case)))} != {POISONED}


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 150 and len(BEGINNERS) >= 40


def test_every_code_has_a_case() -> None:
    shown = {code for path in CASES for _, _, code in expected(source_of(path).text)}
    assert set(PROSE) - shown - set(COMMANDS) - set(NEVER_ALONE) - IMPORTS == set()


def test_no_two_cases_are_alike() -> None:
    texts = Counter(source_of(path).text for path in CASES)
    assert [text for text, times in texts.items() if times > 1] == []
