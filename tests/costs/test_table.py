"""The table of a summary: its width, what is cut and what is not, its totals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnndsl import pipeline, summary
from cnndsl.cli import main
from cnndsl.cost.summary import Options
from cnndsl.cost.table import table
from cnndsl.cost.words import exact
from cnndsl.emit.at_sizes import free_sizes
from cnndsl.emit.wrapped import signature
from cnndsl.files import read
from cnndsl.source import Source

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.cnn")) + [EXAMPLES / "torchvision" / f"{name}.cnn" for name in ("resnet", "inception")]
TWO = """
block B { a = Linear(3); b = Linear(5); return a, b }
model M { input x: [N, 4]; p, q = x -> enc: B; cat([p, q], 1) }
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_tables_are_80_wide_and_tell_the_parameters(path: Path) -> None:
    for found in pipeline.summaries(read(str(path)), None, {}, Options(), {}, None):
        lines = table(found).splitlines()
        assert max(map(len, lines)) <= 80, found.name
        head = next(line for line in lines if line.startswith("layer "))
        assert head.split()[:3] == ["layer", "output", "parameters"]
        assert sum(line.startswith("inference") for line in lines) == 1


def test_a_block_shows_all_its_results(tmp_path: Path) -> None:
    (tmp_path / "two.cnn").write_text(TWO)
    found = summary(tmp_path / "two.cnn", at={"N": 2})
    (block,) = [row for row in found.rows if row.kind == "block"]
    assert block.bytes == 4 * 2 * (3 + 5) and [row.bytes for row in block.rows] == [4 * 2 * 3, 4 * 2 * 5]
    assert "enc: B               ([2, 3], [2, 5])" in table(found)


def test_of_several_expressions_the_table_says_how_to_get_the_number() -> None:
    wide = "x -> Linear(512) -> Linear(8)"
    source = Source(
        "m.cnn", f"model M {{ input x: [N, T, 8]; y = {wide}; matmul(y, transpose(y, 1, 2)) -> softmax(-1) }}"
    )
    (free,) = pipeline.summaries(source, None, {}, Options(), {}, None)
    assert len(free.peak) == 2 and "the largest of 2 expressions: --at T=… gives the number" in table(free)
    (found,) = pipeline.summaries(source, None, {}, Options(), {"T": 10, "N": 1}, None)
    assert len(found.peak) == 1


def test_formulas_round_as_the_outputs_do() -> None:
    text = "model A {\n input x: [N, 3, H, W]\n Conv2d(4, 3, stride=2, padding=1) -> MaxPool2d(3)\n}"
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    height = model.instance.result.items[0][1].type.shape[2]
    assert free_sizes(model) and str(height * 8) == "8 * ((H + 1) // 6)"
    assert exact(height * 8) == "8 * ⌊(H + 1)/6⌋"
    assert exact((height - height % 1) * 3 + 5).endswith("+ 5")


def test_outputs_are_written_as_by_check() -> None:
    text = "model A { input x: [N, 3, T]; Conv1d(4, 5, stride=2) -> MaxPool1d(2) }"
    (found,) = pipeline.summaries(Source("a.cnn", text), None, {}, Options(), {}, None)
    lines = table(found).splitlines()
    assert "(T - 3) // 4]" in lines[0] and any(line.endswith("⌊(T - 3)/4⌋]") for line in lines)


def test_lines_of_types_are_broken_between_them() -> None:
    types = ", ".join(f"[N, {number}, H, W]" for number in range(10, 20))
    lines = list(signature(f"Net: {types} -> [N, 2], 3 parameters"))
    assert max(map(len, lines)) <= 78 and " ".join(line.strip() for line in lines).count("[N, ") == 11
    assert all(line.count("[") == line.count("]") for line in lines)


def test_two_sizes_of_one_batch_contradict(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(EXAMPLES / "lenet5.cnn")
    assert main(["summary", path, "--batch", "8", "--at", "N=4"]) == 2
    assert capsys.readouterr().err == "cnndsl: N is 4 by --at, and 8 by --batch: give one of them\n"
    with pytest.raises(ValueError, match="give one of them"):
        summary(path, at={"N": 4}, batch=8)
    for given, told in ([], "N"), (["--batch", "8"], 8), (["--at", "N=8"], 8), (["--batch", "8", "--at", "N=8"], 8):
        assert main(["summary", path, "--format", "json", *given]) == 0
        assert json.loads(capsys.readouterr().out)[0]["batch"] == told


@pytest.mark.parametrize("last", ["else { x - 1 }", "else if H == W { x } else { x - 1 }"])
def test_a_number_in_place_of_a_free_size_leaves_the_flow_as_it_was(last: str) -> None:
    """Which way is gone is known then, but the file is the same."""
    source = Source("m.cnn", f"model M {{ input x: [N, 3, H, W]; if H > W {{ x * 2 }} {last}; Conv2d(4, 1) }}")
    (free,) = pipeline.summaries(source, None, {}, Options(), {}, None)
    (found,) = pipeline.summaries(source, None, {}, Options(), {"N": 18, "H": 9, "W": 33}, None)
    assert free.parameters == found.parameters == 16 and "[18, 4, 9, 33]" in table(found)


def test_blocks_that_differ_in_a_float_are_one_row() -> None:
    rates = "block B(p, n=8) { Linear(n) -> ReLU -> Dropout(p) }\nmodel M { input x: [N, 8]; "
    (drops,) = pipeline.summaries(
        Source("m.cnn", rates + "B(0.1) -> B(0.2) -> B(0.3) }"), None, {}, Options(), {}, None
    )
    told = table(drops)
    assert "b1 ×3: B(…)" in told and told.count("Linear(8, 8)") == 1 and "drop1: Dropout(…)" in told
    (equal,) = pipeline.summaries(Source("m.cnn", rates + "B(0.1) -> B(0.1) }"), None, {}, Options(), {}, None)
    assert "b1 ×2: B(0.1)" in table(equal) and "drop1: Dropout(0.1)" in table(equal)
    (wider,) = pipeline.summaries(Source("m.cnn", rates + "B(0.1) -> B(0.1, 9) }"), None, {}, Options(), {}, None)
    assert "×" not in table(wider), "they differ in more than a float"


def test_a_model_without_layers_has_no_rows() -> None:
    (empty,) = pipeline.summaries(
        Source("m.cnn", "model M { input x: [N, 4]; return y=x }"), None, {}, Options(), {}, None
    )
    assert "0 parameters" in table(empty)
