"""`cnndsl.summary` as data: the tree of rows; and the page about it."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnndsl
from cnndsl import pipeline
from cnndsl.cli import main
from cnndsl.cost.summary import summary
from cnndsl.source import Source

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.cnn"))


def test_the_page_shows_what_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The consoles of docs/costs.md: whole, or their end."""
    monkeypatch.chdir(EXAMPLES[0].parents[1])
    page = (EXAMPLES[0].parents[1] / "docs" / "costs.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```console\n")[1:]]
    assert len(blocks) == 3
    command = ""
    for block in blocks:
        first, _, shown = block.partition("\n")
        command, shown = (first[2:], shown) if first.startswith("$ ") else ("cnndsl summary examples/unet.cnn", block)
        assert main(command.split()[1:]) == 0
        assert capsys.readouterr().out.endswith(shown.removeprefix("…\n")), command


TEXT = """
block Unit(out) { conv: Conv2d(out, 3, padding=1) -> ReLU }
model Net {
    input x: [N, 3, 8, 8]
    y = first: Unit(4)
    z = first -> relu
    z + y -> stage: { Unit(6) -> Unit(6) } -> head: Conv2d(2, 1)
}
"""


def test_rows_are_a_tree_in_the_order_of_forward(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text(TEXT.replace("first -> relu", "y -> relu"))
    found = cnndsl.summary(tmp_path / "net.cnn")
    rows = [(row.path, row.kind, row.layer, row.parameters) for row in found.walk()]
    assert rows == [
        ("first", "block", "Unit(4)", 112),
        ("first.conv", "layer", "Conv2d(3, 4, 3, padding=1)", 112),
        ("first.relu1", "layer", "ReLU()", 0),
        ("", "function", "relu", 0),
        ("", "function", "+", 0),
        ("stage", "block", "Sequential", 552),
        ("stage.0", "block", "Unit(6)", 222),
        ("stage.0.conv", "layer", "Conv2d(4, 6, 3, padding=1)", 222),
        ("stage.0.relu1", "layer", "ReLU()", 0),
        ("stage.1", "block", "Unit(6)", 330),
        ("stage.1.conv", "layer", "Conv2d(6, 6, 3, padding=1)", 330),
        ("stage.1.relu1", "layer", "ReLU()", 0),
        ("head", "layer", "Conv2d(6, 2, 1)", 14),
    ]
    assert found.macs == found.rows[0].macs + sum(row.macs for row in found.rows[1:] if row.macs is not None)
    assert [weight.name for weight in found.weights][:2] == ["first.conv.weight", "first.conv.bias"]


def test_shared_weights_are_counted_once() -> None:
    text = "model A {\n input x: [N, 4]\n a: Linear(4) -> ReLU -> a\n}"
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    found = summary(model)
    assert [row.parameters for row in found.layers] == [20, 0, 0]
    assert str(found.macs) == "32 * N"


def test_several_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.cnn"
    path.write_text("model A { input x: [N, 4]; Linear(2) }\nmodel B { input x: [N, 4]; Linear(3) }\n")
    with pytest.raises(cnndsl.CnnError):
        cnndsl.summary(path)
    assert cnndsl.summary(path, model="B").parameters == 15
