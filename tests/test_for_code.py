"""What is checked is what is compiled: a graph of which no code will be made has the same problems, types and costs.

Only how code could be written is left out of it. Texts are every example and golden case, whole and with random edits.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.emit.summary import facts
from cnndsl.problems import CnnError
from cnndsl.reading import Reading
from cnndsl.report import Report
from cnndsl.source import Source

ROOT = Path(__file__).parent.parent
PATTERNS = ("examples/*.cnn", "tests/cases/*.case", "tests/errors/*.case", "tests/errors/beginners/*.cnn")
TEXTS = [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
EDITS = 2  # of each text


def report(path: Path, text: str, for_code: bool) -> str:
    source = Source(str(path), text, Reading())
    try:
        outcome = pipeline.analyse(source, for_code=for_code)
    except CnnError as error:
        return str(error)
    return str(Report(source.path, outcome.problems, tuple(facts(model, None) for model in outcome.graph.models)))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_check_says_what_a_compilation_would(path: Path) -> None:
    rng = random.Random(path.name)
    whole = path.read_text(encoding="utf-8").partition("\n=== ")[0]
    for text in [whole, *(edited(rng, whole) for _ in range(EDITS))]:
        assert report(path, text, for_code=False) == report(path, text, for_code=True), text


def edited(rng: random.Random, text: str) -> str:
    """The text with one of its numbers or names changed."""
    places = [found.span() for found in re.finditer(r"\b\d+\b|\b[A-Za-z_]\w*\b", text)]
    start, end = rng.choice(places)
    if text[start].isdigit():
        return text[:start] + rng.choice(("0", "1", "2", "3", "7", "64")) + text[end:]
    other, stop = rng.choice(places)
    return text[:start] + text[other:stop] + text[end:]
