"""Comments of the `.cnn` file travel: above definitions, inside of them, beside parameters and inputs; none twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.source import Source

ROOT = Path(__file__).parents[2]
TEXT = """\
# What the file is about.

# Three by three, normed.
block ConvBN(out) = { Conv2d(out, 3, padding=1, bias=False) -> BatchNorm2d -> ReLU }

# Halves.
block Down(out) {
    input x: [N, C, H, W]  # from above
    # Every second place.
    Conv2d(out, 3, 2, 1)
}

# The trunk.
model Trunk(
    width=8,  # of the first stage
    classes=4,
    extra=False,
) {
    input image: [N, 3, 32, 32]  # colours
    # The stem halves it.
    stem: Down(width) -> first: ConvBN(width)
    second: ConvBN(width * 2)  # widens
    h = rows: {
        # squeezes
        Conv2d(4, 1)
            -> Sigmoid  # gates
    }
    param gain: [1] = 0.5  # is learned
    # Scaled, "so that # it" is small.
    y = h * gain + 1
    if training {
        y = y + randn_like(y)  # as in the paper
    }
    if extra {
        y = y -> Dropout(0.5)  # never here
    }
    AdaptiveAvgPool2d(1) -> Flatten  # one vector
        -> head: Linear(classes)  # allow: nothing
}

# The wide one.
model Wide = Trunk(width=16)
"""
PLACES = {  # a comment, and what stands on the line below it (or around it, in a docstring)
    "The stem halves it.": r"h = self\.stem\(image\)",
    "widens": r"h = self\.second\(h\)",
    "squeezes": r"# gates",
    "gates": r"self\.rows = ",
    "is learned": r"self\.gain = ",
    'Scaled, "so that # it" is small.': r"y = ",
    "as in the paper": r"y = y \+ torch\.randn_like\(y\)",
    "one vector": r"x = self\.avgpool1\(y\)",
    "Every second place.": r"return self\.conv1\(x\)",
}


@pytest.fixture(scope="module")
def text() -> str:
    return pipeline.compile(Source("net.cnn", TEXT), None, {})[0]


@pytest.mark.parametrize("comment", PLACES)
def test_a_comment_stands_above_its_line(text: str, comment: str) -> None:
    assert re.search(rf"^ +# {re.escape(comment)}\n +{PLACES[comment]}", text, re.MULTILINE), text
    assert text.count(comment) == 1


def test_docstrings_say_what_the_author_says(text: str) -> None:
    assert text.startswith('"""Trunk, Wide, from net.cnn.\n\nWhat the file is about.\n')
    assert '"""Three by three, normed."""' in text
    assert "Halves.\n\n    Where:\n        x: from above\n" in text
    assert '"""The trunk.\n\n    Inputs:\n        image: [N, 3, 32, 32]. colours\n' in text
    assert "Parameters:\n        width: of the first stage, 8 by default\n        classes: 4 by default\n" in text
    assert "Wide: `Trunk` with width=16.\n\n    The wide one.\n" in text
    assert "[N, classes]" in text


def test_what_tools_read_and_what_is_never_run_stays(text: str) -> None:
    assert "allow" not in text and "never here" not in text


def compiled(text: str) -> str:
    return pipeline.compile(Source("net.cnn", text), None, {})[0]


PRAGMAS = ["type: ignore", "noqa", "noqa: E501", "fmt: off", "ruff: noqa", "mypy: ignore-errors"]


@pytest.mark.parametrize("pragma", PRAGMAS)
def test_a_comment_is_no_order_to_a_tool(pragma: str) -> None:
    assert pragma not in compiled(f"model Net {{\n input x: [N, 3]\n Linear(4)  # {pragma}\n}}")


def test_a_comment_cannot_leave_its_line() -> None:
    evil = 'x\x0b    import os\x0c"""\u2028' + "long " * 40
    code = compiled(f"model Net {{\n input x: [N, 3]\n Linear(4)  # {evil}\n}}")
    lines = code.splitlines()
    assert [line for line in lines if "import os" in line and not line.lstrip().startswith("#")] == []
    assert max(map(len, lines)) <= 88


def test_the_first_comment_is_the_models_where_that_comes_first() -> None:
    code = compiled("# My net.\nmodel Net { input x: [N, 3]; Linear(4) }")
    assert '"""My net.\n' in code and code.count("My net.") == 1


def test_the_first_comment_is_a_blocks_where_models_have_one_too() -> None:
    block, model = "# Halves.\nblock Down { Conv2d(4, 3, 2, 1) }\n\n", "model Net { input x: [N, 3, 8, 8]; d: Down }"
    assert '"""Halves."""' in compiled(f"{block}# Sees.\n{model}")
    assert compiled(block + model).startswith('"""Net, from net.cnn.\n\nHalves.\n')


@pytest.mark.parametrize("name", ["unet", "pyramid", "googlenet", "vit"])
def test_same_bytes_whatever_the_hashes(name: str) -> None:
    """Each in a fresh process, under two seeds of Python's hashes."""
    command = [sys.executable, "-m", "cnndsl", "compile", f"examples/{name}.cnn", "--inplace"]
    texts = {
        subprocess.run(
            command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(texts) == 1


def test_any_number_of_inputs_is_called_as_its_author_calls_it() -> None:
    block = "block F { input *x: [N, C, ...]; a, b = x; x = cat(x, 1) -> Conv2d(4, 1); x + a * b }\n"
    code = compiled(f"{block}model M {{ input x: [N, 4, 8, 8]; F()(x, x) }}")
    assert "def forward(self, *x: torch.Tensor)" in code and "return x_ + x[0] * x[1]" in code


def test_a_variant_that_sets_nothing_says_so() -> None:
    text = "model Net(n=3) { input x: [N, 4]; Linear(n) }\nmodel A = Net()\nmodel B = Net(n=2)"
    assert '"""A: `Net` with its defaults."""' in compiled(text)
