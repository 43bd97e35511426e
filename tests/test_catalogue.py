"""The catalogue in words: `cnndsl layers`, and docs/layers.md, which must be what the classes say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnndsl import check
from cnndsl.cli import main
from cnndsl.emit.catalogue import document, listing, page
from cnndsl.functions import names as function_names
from cnndsl.functions.export import indices
from cnndsl.layers import all_layers

ROOT = Path(__file__).parent.parent


def test_the_page_in_docs_is_not_stale() -> None:
    """If it is: `cnndsl layers --markdown > docs/layers.md`."""
    assert (ROOT / "docs" / "layers.md").read_text(encoding="utf-8") == document()


def test_the_indices_are_not_stale() -> None:
    """If they are: `python -m cnndsl.functions.export`."""
    for path, text in indices().items():
        assert Path(path).read_text(encoding="utf-8") == text


def test_a_network_loads_no_more_files_than_it_needs() -> None:
    code = (
        "import sys; from cnndsl.cli import main; main(['check', 'examples/digits.cnn']); "
        "print(*(name.rpartition('.')[2] for name in sys.modules if name.startswith('cnndsl.layers.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "conv" in loaded
    assert not loaded & {"recurrent", "transformer", "upsample", "embedding"}


def test_everything_is_listed_and_has_a_page() -> None:
    words = listing().split()
    for name in (*(layer.__name__ for layer in all_layers()), *function_names()):
        assert name in words
        assert page(name) is not None


def test_the_page_of_a_layer() -> None:
    text = page("Conv2d")
    assert text is not None
    for part in (
        "Conv2d(out_channels, kernel_size, stride=1",
        "inferred:  in_channels",
        "floor((H + 2*padding",
        "nn.Conv2d",
    ):
        assert part in text


def test_lines_are_short() -> None:
    assert max(map(len, listing().splitlines())) <= 80


def test_an_unknown_layer_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "conv2D"]) == 2
    assert "did you mean `cnndsl layers Conv2d`?" in capsys.readouterr().err


def test_a_layer_like_no_other_is_not_likened(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "Nope"]) == 2
    assert "`cnndsl layers` lists them" in capsys.readouterr().err


@pytest.mark.parametrize("layer", [layer for layer in all_layers() if layer.example], ids=lambda layer: layer.__name__)
def test_examples_parse(layer: type, tmp_path: Path) -> None:
    file = tmp_path / "net.cnn"
    file.write_text(f"model Net {{\n    input x: [N, 8, H, W]\n    {layer.example}\n}}\n")
    syntax = {"syntax", "unknown-argument", "too-many-arguments", "unexpected-end"}
    assert not syntax & {problem.code for problem in check(file).problems}


def test_the_page_of_differences_is_not_stale() -> None:
    """If it is: `python -m tests.differences`."""
    from .differences import PAGE
    from .differences import document as differences

    assert PAGE.read_text(encoding="utf-8") == differences()
