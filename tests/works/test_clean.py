"""Every generated file is clean: ruff (rules and layout), mypy --strict, and pyrefly where it understands torch.

All examples, torchvision's families, the cases and the constructs of tests/generated, each tool called once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from cnndsl import pipeline
from cnndsl.emit.layout import call, flat, parted, statement
from cnndsl.files import read
from cnndsl.problems import CnnError
from cnndsl.source import Source

from ..test_cases import CASES, source_of
from .nets import ROOT

RULES = "E,F,I,N,UP,B,SIM,RUF"
FILES = sorted([*ROOT.glob("examples/**/*.cnn"), *ROOT.glob("tests/generated/*.cnn")])
EXTREME = """\
model Extreme {
    input x: [N, 3, H, W] where min(H, W, N) % 2 == 1 and max(H, 2 * W) // 7 + 3 * H * W // 11 == (H * W + 3 * H) % 5
    Conv2d(4, 3, padding=1)
}
"""
LAYER = """\
from torch import nn


class Layer(nn.Module):
    def __init__(self, *arguments: object) -> None: ...
"""


def sources() -> Iterator[tuple[str, Source]]:
    yield "extreme", Source("extreme.cnn", EXTREME)
    yield from ((f"file_{path.parent.name}_{path.stem}", read(str(path))) for path in FILES)
    yield from ((f"case_{path.stem.replace('-', '_')}", source_of(path)) for path in CASES)


def compiled(source: Source) -> str | None:
    """The generated text; None for a file without a model, or with mistakes."""
    try:
        return pipeline.compile(source, None, {})[0]
    except CnnError:
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All generated files in one folder; beside it, what their `extern` blocks import."""
    found: Path = tmp_path_factory.mktemp("clean")
    (found / "files").mkdir()
    for name, source in sources():
        if text := compiled(source):
            (found / "files" / f"{name}.py").write_text(text, encoding="utf-8")
            for module, cls in re.findall(r"^from (?!torch\b)([\w.]+) import ([A-Z]\w*)$", text, re.MULTILINE):
                declare(found / "outside", module, cls)
    return found


def declare(folder: Path, module: str, cls: str) -> None:
    """A module for the type checkers, unless Python has it."""
    if module in sys.stdlib_module_names or module.partition(".")[0] in sys.stdlib_module_names:
        return
    path = folder / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LAYER.replace("Layer", cls), encoding="utf-8")


def programs() -> str:
    """Where pyrefly's program lies."""
    files = metadata.distribution("pyrefly").files or []
    return str(next(Path(str(file.locate())).resolve().parent for file in files if file.stem == "pyrefly"))


def run(folder: Path, *command: str, fail: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder / "files",
        capture_output=True,
        text=True,
        check=False,
        env={"MYPYPATH": str(folder / "outside"), "PATH": programs()},
    )
    assert not fail or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_there_are_many(folder: Path) -> None:
    assert len(list((folder / "files").glob("*.py"))) > 80


def test_ruff_check(folder: Path) -> None:
    """A class is named as the author named it, even where that is no CapWords."""
    found = run(folder, "ruff", "check", "--isolated", "--select", RULES, "--output-format", "concise", ".", fail=False)
    names = {name for _, source in sources() for name in re.findall(r"(?:model|block) (\w+)", source.text)}
    lines = [line for line in found.splitlines() if re.match(r"\S+\.py:", line)]
    excepted = [line for line in lines if " N801 " in line and re.findall(r"`(\w+)`", line)[0] in names]
    assert not set(lines) - set(excepted)
    assert "All checks passed" in found or lines


def test_ruff_format(folder: Path) -> None:
    run(folder, "ruff", "format", "--isolated", "--check", ".")


def test_mypy_strict(folder: Path) -> None:
    run(folder, "mypy", "--strict", "--no-warn-return-any", "--cache-dir", "../cache", ".")


PYREFLY = (
    "Sequential.__init__",  # it does not see that an OrderedDict of layers is one of modules
    "may be uninitialized",  # nor that two `if self.training` go the same way
)


def test_pyrefly(folder: Path) -> None:
    """All but what pyrefly does not understand of torch, or of Python."""
    command = ["pyrefly", "check", "--preset", "default", "--python-interpreter-path", sys.executable]
    options = ["--search-path", str(folder / "outside"), "--output-format", "min-text", "."]
    found = [line for line in run(folder, *command, *options, fail=False).splitlines() if line.startswith("ERROR")]
    assert not [line for line in found if not any(text in line for text in PYREFLY)]
    assert found, "pyrefly understands it all now: the exceptions can go"


# Text that is broken into lines

LONG = "the_first_of_two_names", "another_name_that_is_long", "a_third_name_for_a_size"
TEXTS = (
    f"{LONG[0]} % 32 == 0 and {LONG[1]} >= 7 or {LONG[2]} < 1000",
    f"not self.training or ({LONG[0]} >= 2) | ({LONG[1]} >= 47) | ({LONG[2]} >= 47)",
    f"2 * f(f({LONG[0]} // 2, {LONG[1]} // 2), {LONG[2]} // 2) == ({LONG[0]} - 1) % 3",
    f"name == 'conv.weight' or fnmatchcase({LONG[0]}, 'heads.head.*{LONG[1]}, or')",
    f"isinstance({LONG[0]}, (nn.Conv2d, nn.Linear)) and name.rpartition('.')[2] == '{LONG[1]}'",
    f"f({LONG[0]}, [{LONG[1]}, {LONG[2]}], key=g({LONG[0]}, {LONG[1]}, {LONG[2]}))",
    f"not ({LONG[0]} + {LONG[1]} > {LONG[2]} * 3 and {LONG[0]} == 1)",
    f"({LONG[0]} + {LONG[1]}, {LONG[2]}[{LONG[0]}, :, None], -{LONG[1]})",
)


def test_broken_text_is_what_ruff_writes() -> None:
    lines = ["def f():"]
    for part in (text.replace("'", '"') for text in TEXTS):
        if "|" not in part:  # which stands in no other place
            lines += [statement("x = ", part, 4), statement("if ", part, 4, ":"), "        pass"]
        lines += [statement("", call("require", part, "x"), 4)]
    text = "\n".join(lines) + "\n"
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    assert subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout == text


NET = "model Net(width=3) { input x: [N, 8, H, W]; Conv2d(width, 3) }\n"
LINES = {  # NAME is of letters and blanks, NAMED of letters
    "one parameter": NET.replace("width", "a_parameter_that_has_a_long_name") + "model Variant_NAMED = Net",
    "docstring": NET + "# NAME NAME\nmodel Small = Net(width=1)",
    "docstring of a variant": NET + "model Small_NAMED_and_very_small_and_not_large = Net",
    "comments": NET.replace("3)", "3,  # NAME\n)", 1).replace("Conv", "\n # NAME\n Conv").replace(" }", "  # NAME\n}"),
    "texts": """block C(out, NAMED_) = { Conv2d(out, 3, padding_mode=NAMED_) -> ReLU }
model Net(NAMED="zeros") { input x: [N, 8, H, W]; Conv2d(8, 3, padding_mode=NAMED) -> C(4, NAMED) -> C(4, "reflect") }
model Small(NAMED_="zeros") = Net(NAMED=NAMED_)""",
    "labels": "model Net(NAMED=3) { input x: [N, 8, H, W]; NAMED_: Conv2d(NAMED, 3) -> b: { Conv2d(NAMED, 3) } }",
}


def test_lines_of_every_length_are_what_ruff_writes(tmp_path: Path) -> None:
    for what, text in LINES.items():
        for length in range(1, 30 if "NAMED" in text else 90):
            word = ("word " * 20)[:length].strip()
            source = text.replace("NAMED", word.replace(" ", "_")).replace("NAME", word)
            (tmp_path / f"{what.replace(' ', '_')}_{length}.py").write_text(str(compiled(Source("net.cnn", source))))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", RULES, "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout


@pytest.mark.parametrize("text", TEXTS)
def test_parts_make_the_text_again(text: str) -> None:
    assert flat(parted(text)) == text
