"""The pages of `cnndsl explain`: one for every code; its wrong example gives that code alone, the right one nothing."""

from __future__ import annotations

from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.report.pages import PAGES, READING, flow, names, shapes, text, values, warnings, weights, whole
from cnndsl.report.tables import PROSE
from cnndsl.source import Source


def codes(example: str) -> list[str]:
    return [problem.code for problem in pipeline.report(Source("net.cnn", whole(example))).problems]


def test_every_code_has_a_page() -> None:
    assert {*PAGES, *READING} == set(PROSE)


def test_a_code_has_one_page() -> None:
    tables: list[dict[str, Any]] = [
        text.READING,
        weights.WEIGHTS,
        text.TEXT,
        names.NAMES,
        flow.FLOW,
        values.VALUES,
        shapes.SHAPES,
        warnings.WARNINGS,
    ]
    assert sum(len(table) for table in tables) == len(PAGES) + len(READING)


@pytest.mark.parametrize("code", PAGES)
def test_the_wrong_example_gives_the_code_alone(code: str) -> None:
    assert codes(PAGES[code][1]) == [code]


@pytest.mark.parametrize("code", PAGES)
def test_the_right_example_is_clean(code: str) -> None:
    assert codes(PAGES[code][2]) == []


@pytest.mark.parametrize("code", [*PAGES, *READING])
def test_meanings_are_sentences(code: str) -> None:
    meaning = PAGES[code][0] if code in PAGES else READING[code]
    assert meaning[0].isupper() or meaning[0] == "`"
    assert meaning.endswith(".")
