"""One file per case, showing every stage: the source, then its problems, models and Python, as golden text.

The source says itself what is to be expected, on the line concerned: `# error: code`, `# warning: code`, and
`# shape: [N, 64, 8, 8]` for what the line's last step gives (several shapes, if it is visited several times, are
parted by `|`). `pytest tests/test_cases.py --update` writes the rest anew; look at the difference before keeping it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.graph import Apply, BlockModule, Instance, Make, Value
from cnndsl.loops import every
from cnndsl.problems import CnnError
from cnndsl.report.render import render
from cnndsl.source import Source

from .expectations import expected, problems

CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))
SHAPE = re.compile(r"#\s*shape:\s*(.+?)\s*$")
RULE = re.compile(r"^=== (\w+) ===\n", re.MULTILINE)


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


def source_of(path: Path) -> Source:
    """The part of a case above its golden text."""
    return Source("case.cnn", RULE.split(path.read_text())[0].rstrip("\n") + "\n")


def golden(source: Source) -> Iterator[str]:
    """All stages as text."""
    report = pipeline.report(source)
    if report.problems:
        yield f"=== problems ===\n{render(report.problems)}\n"
    if report.ok:
        models = "\n".join(map(str, report.models))
        yield f"=== models ===\n{models}\n"
        yield f"=== python ===\n{pipeline.compile(source, None, {})[0]}"


def test_case_says_what_it_shows(case: Path, request: pytest.FixtureRequest) -> None:
    source = source_of(case)
    text = "\n".join([source.text, *golden(source)])
    if request.config.getoption("--update"):
        case.write_text(text)
    assert case.read_text() == text, f"{case.name} differs; run with --update and look at the difference"


def test_problems_stand_on_the_lines_that_announce_them(case: Path) -> None:
    source = source_of(case)
    assert problems(pipeline.report(source)) == expected(source.text)
    assert not any(kind == "error" for _, kind, _ in expected(source.text)), "a case with errors belongs into errors/"


def test_shapes_are_those_announced(case: Path) -> None:
    source = source_of(case)
    wanted = dict(announced(source.text))
    if not wanted:
        return
    found = shapes(source)
    assert {line: found.get(line) for line in wanted} == wanted


def announced(text: str) -> Iterator[tuple[int, list[str]]]:
    """The shapes that lines announce."""
    for number, line in enumerate(text.splitlines(), 1):
        if mark := SHAPE.search(line):
            yield number, [shape.strip() for shape in mark[1].split("|")]


def shapes(source: Source) -> dict[int, list[str]]:
    """What the last step of each line gives, once for every shape that its visits give."""
    try:
        outcome = pipeline.analyse(source)
    except CnnError:
        return {}
    found: dict[int, list[str]] = {}
    for model in outcome.graph.models:
        for instance in instances(model.instance):
            for line, shape in last_steps(instance).items():
                seen = found.setdefault(line, [])
                seen += [shape] if shape not in seen else []
    return found


def instances(instance: Instance) -> Iterator[Instance]:
    """An instance and those that it runs, in the order of its steps."""
    yield instance
    for step in every(instance.body):
        if isinstance(step, Make):
            for block in blocks(step.module):
                yield from instances(block.instance)


def blocks(module: Any) -> Iterator[BlockModule]:
    if isinstance(module, BlockModule):
        yield module
    for child in getattr(module, "children", ()):
        yield from blocks(child.module)


def last_steps(instance: Instance) -> dict[int, str]:
    """Line → the shape of its last step."""
    found: dict[int, str] = {}
    for step in every(instance.body):
        span, target = getattr(step, "span", None), getattr(step, "target", None)
        if span is not None and isinstance(target, Value) and not isinstance(step, Make):
            end = span.source.position(span.end)[0] if isinstance(step, Apply) else span.line
            found[end] = shown(target.type)
    return found


def shown(kind: Any) -> str:
    return f"({', '.join(map(shown, kind))})" if isinstance(kind, tuple) else str(kind)


def test_there_are_cases() -> None:
    assert len(CASES) >= 25
