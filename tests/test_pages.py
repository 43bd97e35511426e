"""The pages of `cnndsl explain`: one for every code; its wrong example gives that code alone, the right one nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.report.pages import (
    COMMANDS,
    NEVER_ALONE,
    PAGES,
    asked,
    flow,
    names,
    shapes,
    text,
    values,
    warnings,
    weights,
    whole,
)
from cnndsl.report.tables import PROSE
from cnndsl.source import Source


def codes(example: str) -> list[str]:
    return [problem.code for problem in pipeline.report(Source("net.cnn", whole(example))).problems]


def test_every_code_has_a_page() -> None:
    assert {*PAGES, *COMMANDS, *NEVER_ALONE} == set(PROSE)


def test_a_code_has_one_page() -> None:
    tables: list[dict[str, Any]] = [
        asked.ASKED,
        asked.NEVER_ALONE,
        weights.WEIGHTS,
        text.TEXT,
        names.NAMES,
        flow.FLOW,
        values.VALUES,
        shapes.SHAPES,
        warnings.WARNINGS,
    ]
    assert sum(len(table) for table in tables) == len(PAGES) + len(COMMANDS) + len(NEVER_ALONE)


@pytest.mark.parametrize("code", PAGES)
def test_the_wrong_example_gives_the_code_alone(code: str) -> None:
    assert codes(PAGES[code][1]) == [code]


@pytest.mark.parametrize("code", PAGES)
def test_the_right_example_is_clean(code: str) -> None:
    assert codes(PAGES[code][2]) == []


@pytest.mark.parametrize("code", COMMANDS)
def test_the_commands_give_the_code(code: str, tmp_path: Path) -> None:
    own = f'cnndsl() {{ "{sys.executable}" -m cnndsl "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    line = ["sh", "-c", own + COMMANDS[code][1]]
    ran = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert f"[{code}]" in ran.stdout + ran.stderr


def test_what_has_no_example_is_no_matter_of_one_text() -> None:
    assert {code.split("-")[0] for code in weights.WEIGHTS} == {"weights"}
    files = {"file-not-found", "file-is-folder", "file-not-readable", "file-not-utf8", "file-too-large"}
    imports = {"imports-too-large", "import-cycle", "not-in-import"}  # take a second file
    models = {"several-models", "no-such-model", "no-model", "extern-declined", "too-many-problems"}
    sizes = {"refused-at", "no-batch", "unknown-size", "bad-size"}
    settings = {"bad-setting", "text-for-a-flag", "setting-too-large", "bad-model-name"}
    assert set(asked.ASKED) == files | imports | models | sizes | settings
    assert set(NEVER_ALONE) == {"poisoned"}


@pytest.mark.parametrize("code", [*PAGES, *COMMANDS, *NEVER_ALONE])
def test_meanings_are_sentences(code: str) -> None:
    meaning = NEVER_ALONE[code] if code in NEVER_ALONE else (PAGES | COMMANDS)[code][0]
    assert meaning[0].isupper() or meaning[0] == "`"
    assert meaning.endswith(".")
