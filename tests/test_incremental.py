"""A text read after one that it is nearly the same as gives the very tree, and the very report, that it gives alone.

CNNDSL_EDITS says how many edits are made in a row to each example and golden case.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import reuse_blocks, reuse_findings
from cnndsl.analysis.definitions import Visit
from cnndsl.problems import CnnError
from cnndsl.records import fields, is_dataclass
from cnndsl.source import Source, Span
from cnndsl.syntax import incremental, lalr
from cnndsl.syntax.parse import recovered

from .test_table import PIECES

ROOT = Path(__file__).parent.parent
PATTERNS = ("examples/*.cnn", "tests/cases/*.case", "tests/errors/*.case", "tests/errors/beginners/*.cnn")
TEXTS = [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
EDITS = int(os.environ.get("CNNDSL_EDITS", "4"))
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
    reuse_blocks.last.clear()


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


NESTED = """
const Wide = 12
def twice(a) { return a + a }
def half(n) { return n // 2 }
block Act(p=0.1) = { ReLU -> Dropout(p) }
block Conv(out, k=3) { input x: [N, C, H, W]; Conv2d(out, k, padding=half(k), bias=False) -> BatchNorm2d }
block Inner(out, Mid=ReLU) { Conv(out) -> Mid -> Conv(out, k=1) }
block Down(out) { input x: [N, C, H, W]
    y = x -> Conv(out) -> Act(0.2) -> MaxPool2d(2)
    if C == out { y + MaxPool2d(2)(x) } else { y } }
block Deep(depth, out) { input x; for i in range(depth) { x = x -> Inner(out + i, GELU) }
    if depth > 2 { x -> Deep(depth - 1, out) } else { x -> Act } }
block Alone(out) { Down(out) -> Conv(Wide) -> twice }
block Flip(n) { input x; if n > 1 { x -> Alone(n) } else { x -> Conv(n) -> expected(n) } }
def expected(x, n) { y = x + n; return y }
block Head(classes) { AdaptiveAvgPool2d(1) -> Flatten -> Linear(classes) }
model Net(classes=10) { input x: [N, 3, H, W]; Down(8) -> Down(8) -> Deep(3, 4) -> Head(classes) }
model Other { input x: [N, 3, 32, 32]; Conv(Wide) -> Inner(Wide) -> Inner(6, ReLU) -> Flip(2) -> twice }
"""


def numbers_changed(rng: random.Random, text: str) -> str:
    """The text with one number or name of a block in place of another one: mostly as sound as it was."""
    tokens = list(re.finditer(r"\b(\d+|Act|Conv|Inner|Down|Alone|Wide|ReLU|GELU|half|twice)\b", text))
    old = rng.choice(tokens)
    new = rng.choice([*"1234", "12", rng.choice(tokens)[0]]) if old[0].isdigit() else rng.choice(tokens)[0]
    return text[: old.start()] + new + text[old.end() :]


def test_blocks_that_use_each_other() -> None:
    """Of a block that has not changed, nor what it uses, what it came to is known: for what it is given, as it was."""
    rng, good, text, taken = random.Random("blocks"), NESTED, NESTED, 0
    kept = (incremental.kept, reuse_findings.last, reuse_blocks.last)
    for _ in range(20 * EDITS):
        text = numbers_changed(rng, text)
        found = pipeline.report(Source("a.cnn", text))
        taken += reuse_blocks.last["a.cnn"].taken if reuse_blocks.last else 0
        states = [dict(held) for held in kept]
        forget_all()
        assert found.to_json() == pipeline.report(Source("a.cnn", text)).to_json(), text
        for held, state in zip(kept, states, strict=True):
            held.clear()
            held.update(state)  # type: ignore[arg-type]
        good = text if not found.problems else good
        text = text if rng.random() < 0.3 else good
    assert taken > 10 * EDITS, taken


def test_blocks_that_did_not_change_are_not_visited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text with a mistake, everything is visited, and so it is of the one after it."""
    visited: list[str] = []
    usual = Visit.visit_definition

    def visit(self: Any, origin: Any, *given: Any) -> Any:
        visited.append(origin.item.name.id)
        return usual(self, origin, *given)

    monkeypatch.setattr(Visit, "visit_definition", visit)
    users = {"Conv", "Inner", "Down", "Deep", "Alone", "Flip"}
    for old, new, expected in (
        ("Linear(classes)", "Linear(classes + 1)", {"Head"}),
        ("half(k), bias", "half(k) * 1, bias", users),
        ("def half(n) { return n // 2 }", "def half(n) { return n // 2 * 1 }", users),
    ):
        forget_all()
        assert pipeline.report(Source("a.cnn", NESTED)).ok
        visited.clear()
        assert pipeline.report(Source("a.cnn", "# a comment\n" + NESTED.replace(old, new))).ok
        assert set(visited) == expected
        visited.clear()
        assert not pipeline.report(
            Source("a.cnn", NESTED.replace(old, new).replace("Inner(6, ReLU)", "Inner(0, ReLU)"))
        ).ok
        assert "Head" in visited
        visited.clear()
        assert pipeline.report(Source("a.cnn", NESTED)).ok
        assert "Head" in visited


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
