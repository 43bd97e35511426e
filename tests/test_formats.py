"""docs/checking.md: its tables name the keys of `--format json`, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cnndsl import pipeline
from cnndsl.source import Source

PAGE = (Path(__file__).parent.parent / "docs" / "checking.md").read_text(encoding="utf-8")
SOUND = "model A {\n    input x: [N, 3, H, W]\n    Conv2d(8, 3)\n}\n"


def keys(heading: str) -> set[str]:
    """The keys in the first table behind some words."""
    rows = PAGE.split(heading)[1].split("\n\n")[1].splitlines()[2:]
    return {key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])}


def report(text: str, **at: int) -> Any:
    return pipeline.report(Source("a.cnn", text), at or None).to_json()


def test_a_file() -> None:
    assert set(report(SOUND)) == keys("one object for each file:")


def test_a_problem_and_its_fix() -> None:
    (problem,) = report(SOUND.replace("Conv2d", "Conv2D"))["problems"]
    assert set(problem) == keys("A problem:")
    assert set(problem["fix"]) == {"applicability", "edits"}
    (edit,) = problem["fix"]["edits"]
    said = PAGE.split("A fix has")[1].split("\n\n")[0]
    assert {"applicability", "safe", "unsafe", "edits", *edit} == set(re.findall(r"`\"?(\w+)\"?`", said))


def test_a_model() -> None:
    (model,) = report(SOUND)["models"]
    (sized,) = report(SOUND, H=32, W=32)["models"]
    (promised,) = report(SOUND.replace("W]", "W] where H > 4"))["models"]
    (differing,) = report(SOUND.replace("}", "    if training { return x }\n}", 1))["models"]
    assert set(sized) == {*model, "at"}
    assert set(differing) == {*model, "outputs_in_training"}
    assert set(promised) == {*model, "promises"}
    assert keys("A model:") == {*sized, *differing, *promised}
