"""A text read after one that it is nearly the same as gives the very tree, and the very report, that it gives alone.

CNNDSL_EDITS says how many edits are made in a row to each example and golden case.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import reuse_findings
from cnndsl.problems import CnnError
from cnndsl.records import fields, is_dataclass
from cnndsl.source import Source, Span
from cnndsl.syntax import incremental, lalr
from cnndsl.syntax.parse import recovered

from .test_table import PIECES

ROOT = Path(__file__).parent.parent
PATTERNS = ("examples/*.cnn", "tests/cases/*.case", "tests/errors/*.case", "tests/errors/beginners/*.cnn")
TEXTS = [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
EDITS = int(os.environ.get("CNNDSL_EDITS", "12"))
BLOCKS = "".join(
    f"block Unit{n}(out) {{\n    input x: [N, C, H, W]\n    Conv2d(out, 3) -> ReLU\n    y = x -> Conv2d(out, 3)\n"
    f"        -> ReLU  # one\n    -> bn: BatchNorm2d; ReLU\n    if out > 3 {{ GELU }}\n    else {{ ReLU }}\n"
    "    y\n}\n\n"
    for n in range(6)
)


def plain(thing: Any) -> Any:
    """All that there is to a tree, places included."""
    if isinstance(thing, Span):
        return thing.start, thing.end
    if isinstance(thing, (tuple, list)):
        return [plain(item) for item in thing]
    if is_dataclass(thing) and not isinstance(thing, Source):
        return type(thing).__name__, [plain(getattr(thing, field.name)) for field in fields(thing)]
    return repr(thing)


def tree(text: str) -> Any:
    try:
        file, problems = recovered(Source("x.cnn", text))
    except CnnError as error:
        return [(problem.code, plain(problem.span)) for problem in error.problems]
    return plain(file), [(problem.code, plain(problem.span), repr(problem.facts)) for problem in problems]


def edited(rng: random.Random, text: str) -> str:
    """One edit: a piece put in, taken out, or taken elsewhere; lines as often as letters."""
    at = rng.randrange(len(text) + 1)
    if rng.random() < 0.4:  # whole lines
        lines = text.splitlines(keepends=True) or [""]
        place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[place : place + rng.randrange(3)] = [lines[other]] if rng.random() < 0.6 else []
        return "".join(lines)
    until = at + rng.choice((0, 0, 1, 1, 2, 8, 40))
    return text[:at] + (rng.choice(PIECES) if rng.random() < 0.7 else "") + text[until:]


def series(seed: str, text: str, edits: int) -> Iterator[str]:
    """Texts, each an edit of the one before; what cannot be read is soon taken back, as by an author."""
    rng = random.Random(seed)
    good = text
    for _ in range(edits):
        new = edited(rng, text)
        yield new
        text = good if rng.random() < 0.8 and not is_read(new) else new
        good = text if text == new and is_read(new) else good


def is_read(text: str) -> bool:
    try:
        lalr.parse(text, "start")
    except lalr.Refused:
        return False
    return True


def forget_all() -> None:
    incremental.kept.clear()
    reuse_findings.last.clear()


@pytest.fixture(autouse=True)
def forget() -> None:
    forget_all()


@pytest.mark.parametrize("path", [*TEXTS, None], ids=lambda path: path.name if path else "blocks")
def test_a_tree_is_the_same_as_if_it_were_read_alone(path: Path | None) -> None:
    text = path.read_text(encoding="utf-8").partition("\n=== ")[0] if path else BLOCKS
    edits = EDITS if path else 25 * EDITS
    tree(text)
    for new in series(path.name if path else "blocks", text, edits):
        found = tree(new)
        kept = dict(incremental.kept)
        incremental.kept.clear()
        assert found == tree(new), new
        incremental.kept.clear()
        incremental.kept.update(kept)


def same_reports(name: str, text: str, edits: int) -> None:
    pipeline.report(Source(name, text))
    for new in series(name, text, edits):
        found = pipeline.report(Source(name, new)).to_json()
        forget_all()
        assert found == pipeline.report(Source(name, new)).to_json(), new


@pytest.mark.parametrize("path", TEXTS[::4], ids=lambda path: path.name)
def test_a_report_is_the_same_as_if_it_were_the_first(path: Path) -> None:
    same_reports(path.name, path.read_text(encoding="utf-8").partition("\n=== ")[0], 4)


def test_items_that_name_each_other() -> None:
    """Of an item that has not changed it is known that it was sound: beside these items, as they were."""
    calls = "".join(f"    Unit{n}({n + 2})\n" for n in range(6))
    text = f"const Five = 5\n{BLOCKS}block Two(out) = Unit1(out)\nmodel Net {{\n    input x: [N, 3, H, W]\n{calls}"
    same_reports("blocks", text + "    Two(out=Five)\n}\n", 6 * EDITS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("const Five", "const Six"),
        ("Two(out) =", "Two(width) ="),
        ("block Unit1(out)", "block Unit1(wide)"),
        ("block Unit1", "model Unit1"),
        ("block Unit1", "block unit1"),
        ("def twice(a)", "def twice(a, b)"),
        ("  # allow: unused", ""),
        ("H, W]", "H, W]  # allow: unused"),
    ],
)
def test_what_an_item_names_has_changed(old: str, new: str) -> None:
    text = (
        "const Five = 5\nblock Unit1(out) {\n    input x: [N, C, H, W]\n    Conv2d(out, 3)\n}\n"
        "block Two(out) = Unit1(out)\ndef twice(a) { a + a }\n"
        "block Odd(more) { ReLU }  # allow: unused\n"
        "model Net {\n    input x: [N, 3, H, W]\n    Two(out=Five) -> Unit1(out=3) -> twice -> Odd(1)\n}\n"
    )
    for first, second in ((text, text.replace(old, new)), (text.replace(old, new), text)):
        pipeline.report(Source("a.cnn", first))
        found = pipeline.report(Source("a.cnn", second)).to_json()
        forget_all()
        assert found == pipeline.report(Source("a.cnn", second)).to_json()


@pytest.mark.parametrize(
    ("old", "new"),
    [("Unit4(out) {\n    input x", "Unit4(out) {\n    input y"), ("GELU", "SiLU"), ("BatchNorm2d; ReLU", "ReLU")],
)
def test_what_did_not_change_is_not_read(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the tests above would show nothing: of six blocks one is read at most, after some lines of it."""
    tree(BLOCKS)
    read: list[int] = []
    usual = lalr.parse
    monkeypatch.setattr(lalr, "parse", lambda text, start: (read.append(len(text)), usual(text, start))[1])
    at = BLOCKS.index(old, len(BLOCKS) // 2)
    tree(BLOCKS[:at] + new + BLOCKS[at + len(old) :])
    assert 0 < sum(read) < len(BLOCKS) / 3


def test_a_long_body_is_read_around_the_change_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "model Net {\n    input x: [N, 3, H, W]\n" + "    Conv2d(3, 1)\n" * 300 + "}\n"
    tree(text)
    read: list[int] = []
    usual = lalr.parse
    monkeypatch.setattr(lalr, "parse", lambda text, start: (read.append(len(text)), usual(text, start))[1])
    for place in (0, 100, 297, 299):
        at = text.index("(3", 40 + 17 * place)
        text = text[:at] + "(4" + text[at + 2 :]
        tree(text)
    assert sum(read) < 4 * 300
