"""Every code block of docs/language.md is run, and says what it does; every path that the docs name exists.

The conventions of the manual's blocks (the words after the three backticks):

    cnn                 a whole file: it is checked, and has no problem. Each of its models that can be built as it
                        stands is loaded and run on random inputs, and gives the shapes that the checker has foretold.
    cnn body            statements: they stand in `model Example { … }`, with `input x: [N, 3, 32, 32]` before them if
                        they have no `input` of their own. Items may stand before a line `---`.
    cnn error: CODE     exactly one problem, of that code. `# error` marks the line where it must be shown, if there is
                        one. Further words: `cnn body error: CODE`.
    cnn warning: CODE   exactly one warning; otherwise sound.
    cnn loose           not in the formatter's layout, which the others are in. Further words: `cnn body loose`.
    cnn file: NAME      a whole file that is also kept under this name, for the imports of the blocks that follow;
                        `python file: NAME` is only kept.

Comments in a block say what comes out, and are compared. Several of a kind are joined:

    # sizes: H=33                       the sizes to run the model with; where nothing is said, N is 2, the others 32
    # gives: [N, 10], [N, 4, H, W]      the results, as the checker tells them
    # needs: H % 8 == 0                 the requirements, one to a comment
    # keys: conv1.weight, conv1.bias    the whole state_dict, in order
    # weights: 1,234                    the number of parameters

What follows a `cnn` block belongs to it; the block lies in the current folder as `net.cnn`:

    text                the problem as it is printed after an error; else what `print(module)` shows
    python compiled     lines that stand, so and together, in the compiled source
    python              runs, torch and cnndsl imported; `print(…)  # …` prints what its comment says
    console             `$ cnndsl …` prints what is shown
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import pipeline
from cnndsl.analysis.arithmetic import FUNCTIONS
from cnndsl.cli import main
from cnndsl.graph import Model, Value
from cnndsl.limits import DEFAULT
from cnndsl.reading import Reading
from cnndsl.records import fields
from cnndsl.shapes import TensorType
from cnndsl.source import Source

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
MANUAL = DOCS / "language.md"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
REMARK = re.compile(r"#\s*(sizes|gives|needs|keys|weights):\s*(.+?)\s*$", re.M)
FOLLOWERS = {"text", "python", "python compiled", "console"}


@dataclass
class Block:
    """A `cnn` block with the blocks that belong to it, and the files that stand beside it."""

    line: int
    kind: str
    text: str
    files: dict[str, str]
    followers: list[tuple[str, str]] = field(default_factory=list)

    def word(self, name: str) -> str | None:
        """What follows `name:` after the backticks."""
        found = re.search(rf"\b{name}:\s*(\S+)", self.kind)
        return found[1] if found else None

    def remarks(self, kind: str) -> list[str]:
        return [text for found, text in REMARK.findall(self.text) if found == kind]

    @property
    def source(self) -> str:
        """The whole file."""
        if "body" not in self.kind.split():
            return self.text
        items, _, body = self.text.rpartition("\n---\n")
        has_input = re.search(r"^\s*input\b", body, re.M)
        start = "" if has_input else "    input x: [N, 3, 32, 32]\n"
        return f"{items}\n\nmodel Example {{\n{start}{indent(body, '    ')}}}\n".lstrip("\n")

    @property
    def sizes(self) -> dict[str, int]:
        pairs = (pair.split("=") for text in self.remarks("sizes") for pair in text.split(","))
        return {name.strip(): int(size) for name, size in pairs}

    def __str__(self) -> str:
        return f"line{self.line}"


def read_blocks(page: Path) -> tuple[list[Block], list[tuple[str, str]]]:
    """A page's `cnn` blocks, and what belongs to none of them."""
    blocks: list[Block] = []
    strays: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        kind, inner = found[1], dedent(found[2])
        if kind.split()[:1] == ["cnn"]:
            blocks.append(Block(text.count("\n", 0, found.start()) + 1, kind, inner, dict(files)))
            if name := blocks[-1].word("file"):
                files[name] = inner
        elif kind.startswith("python file: "):
            files[kind.removeprefix("python file: ")] = inner
        elif kind in FOLLOWERS and blocks:
            blocks[-1].followers.append((kind, inner))
        else:
            strays.append((kind, inner))
    return blocks, strays


BLOCKS, STRAYS = read_blocks(MANUAL)
for page in (DOCS / "requirements.md",):
    BLOCKS, STRAYS = BLOCKS + read_blocks(page)[0], STRAYS + read_blocks(page)[1]
SOUND = [block for block in BLOCKS if not block.word("error")]
REFUSED = [block for block in BLOCKS if block.word("error")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    return tmp_path


def written(block: Block) -> Path:
    """The block as a file, its neighbours beside it."""
    for name, text in block.files.items():
        Path(name).write_text(text, encoding="utf-8")
    Path("net.cnn").write_text(block.source, encoding="utf-8")
    return Path("net.cnn")


def split(text: str) -> list[str]:
    """A list with commas, those in brackets left alone."""
    return [part.strip() for part in re.split(r",\s*(?![^\[\](){}]*[\])}])", text) if part.strip()]


def test_every_block_is_run() -> None:
    assert STRAYS == []
    assert len(SOUND) > 60 and len(REFUSED) > 25


def test_every_remark_is_understood() -> None:
    words = {word for block in BLOCKS for word in re.findall(r"#\s*([a-z]+): ", block.text)}
    assert words <= {"sizes", "gives", "needs", "keys", "weights", "allow"}


@pytest.mark.parametrize("block", REFUSED, ids=str)
def test_what_is_refused_is_refused_as_told(block: Block, place: Path) -> None:
    report = cnndsl.check(written(block))
    assert [problem.code for problem in report.problems] == [block.word("error")], str(report)
    marked = [n for n, line in enumerate(block.source.splitlines(), 1) if line.endswith("# error")]
    span = report.problems[0].span
    assert not marked or (span is not None and marked == [span.line]), str(report)


@pytest.mark.parametrize("block", SOUND, ids=str)
def test_what_is_shown_is_sound(block: Block, place: Path) -> None:
    report = cnndsl.check(written(block))
    warning = block.word("warning")
    assert [problem.code for problem in report.problems] == ([warning] if warning else []), str(report)
    if needs := block.remarks("needs"):
        assert [text for model in report.models for text in model.requirements] == needs
    if weights := block.remarks("weights"):
        assert [f"{model.weights:,}" for model in report.models] == weights
    if gives := block.remarks("gives"):
        assert [model.types[1] for model in report.models] == [", ".join(gives)]


@pytest.mark.parametrize("block", SOUND, ids=str)
def test_what_is_shown_is_laid_out(block: Block) -> None:
    formatted = pipeline.format(Source("net.cnn", block.source))
    assert (formatted != block.source) if "loose" in block.kind.split() else (formatted == block.source)


@pytest.mark.parametrize("block", SOUND, ids=str)
def test_what_is_shown_runs(block: Block, place: Path) -> None:
    path = written(block)
    if "extern block" in block.text:
        return  # test_followers loads those whose class is shown
    for model in pipeline.analyse(Reading().read(str(path))).graph.models:
        module = cnndsl.load(path, model=model.name)
        results = [run(module.train(mode), model, {"N": 2, **block.sizes}) for mode in (True, False)]
        compare_all(model, results[-1], {"N": 2, **block.sizes})
        if keys := block.remarks("keys"):
            assert list(module.state_dict()) == [name for text in keys for name in split(text)]


def run(module: torch.nn.Module, model: Model, sizes: dict[str, int]) -> Any:
    """What a module gives for random inputs."""
    with torch.no_grad():
        return module(*(draw(value.type, sizes) for value in model.instance.inputs))


def compare_all(model: Model, results: Any, sizes: dict[str, int]) -> None:
    """The results in evaluation mode have the shapes of the graph."""
    result = model.instance.result
    if result.kind == "one":
        results = (results,)
    elif result.kind == "dict":
        results = tuple(results[name] for name, _ in result.items)
    for (_, thing), tensor in zip(result.items, results, strict=True):
        compare(thing.type if isinstance(thing, Value) else None, tensor, sizes)


def compare(kind: Any, tensor: Any, sizes: dict[str, int]) -> None:
    if isinstance(kind, TensorType):
        assert list(tensor.shape) == [number(size, sizes) for size in kind.shape]
        assert str(tensor.dtype) == f"torch.{kind.dtype}"


def number(size: Any, sizes: dict[str, int]) -> int:
    """A size with its symbols filled in; what is not told is 32."""
    if isinstance(size, int):
        return int(size)
    return int(size.subs({name: sizes.get(name, 32) for name in size.symbols}))


def draw(kind: TensorType, sizes: dict[str, int]) -> torch.Tensor:
    shape = [number(size, sizes) for size in kind.shape]
    if kind.is_float:
        return torch.randn(shape, dtype=getattr(torch, kind.dtype))
    return torch.randint(0, 2, shape).to(getattr(torch, kind.dtype))


FOLLOWED = [(block, kind, text) for block in BLOCKS for kind, text in block.followers]


@pytest.mark.parametrize(("block", "kind", "text"), FOLLOWED, ids=[f"{block}-{kind}" for block, kind, _ in FOLLOWED])
def test_followers(
    block: Block,
    kind: str,
    text: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written(block)
    monkeypatch.syspath_prepend(place)
    if kind == "text":
        shown = str(cnndsl.check(path)) if block.word("error") or block.word("warning") else str(cnndsl.load(path))
        assert shown.rstrip() == text.rstrip()
    elif kind == "python compiled":
        assert stands_in(source := cnndsl.compile(path), text), source
    elif kind == "python":
        exec(compile(text, "language.md", "exec"), {"__name__": "example", "torch": torch, "cnndsl": cnndsl})
        assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", text)
    else:
        command, shown = text.split("\n", 1)
        main(shlex.split(command.removeprefix("$ cnndsl ")))
        assert capsys.readouterr().out == shown


def stands_in(source: str, wanted: str) -> bool:
    """Whether these lines stand together in the source, however far to the right."""
    lines, size = source.splitlines(), len(wanted.splitlines())
    windows = ("\n".join(lines[start : start + size]) for start in range(len(lines)))
    return any(dedent(window) == wanted.rstrip("\n") for window in windows)


def test_the_manual_names_every_function_of_compile_time() -> None:
    line = next(line for line in MANUAL.read_text(encoding="utf-8").splitlines() if line.startswith("`len` `range`"))
    assert set(re.findall(r"`(\w+)`", line)) == set(FUNCTIONS)


@pytest.mark.parametrize("limit", [field.name for field in fields(DEFAULT)])
def test_the_manual_names_the_limits(limit: str) -> None:
    section = MANUAL.read_text(encoding="utf-8").split("## Limits and safety")[1].split("\n## ")[0]
    assert f"| `{limit}` | {getattr(DEFAULT, limit):,} |" in section


# The architecture's page


ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
SUFFIXES = r"(?:py|cnn|lark|md|toml|txt|typed)"
PATHS = re.findall(rf"`((?:[\w.-]+/)+[\w.-]+\.{SUFFIXES}|(?:[\w.-]+/)+)(?::(\w+))?`", ARCHITECTURE)


def test_the_architecture_names_paths() -> None:
    assert len(PATHS) > 40


@pytest.mark.parametrize(("path", "name"), sorted(set(PATHS)))
def test_every_path_exists(path: str, name: str) -> None:
    """`cnndsl/dims/` is a folder, `cnndsl/emit/merge.py:merge` a definition in a file."""
    found = ROOT / path
    assert found.exists()
    if name:
        assert re.search(rf"^\s*(?:def|class) {name}\b", found.read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in set(anchors(target.read_text(encoding="utf-8"))), link


def anchors(text: str) -> list[str]:
    """What a heading is called in a link, as GitHub does it."""
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.M)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def test_every_room_of_the_house_is_shown() -> None:
    rooms = {path.stem if path.suffix else path.name for path in (ROOT / "cnndsl").iterdir()}
    rooms -= {"__init__", "__main__", "__pycache__", "py"}
    missing = {room for room in rooms if not re.search(rf"\b{room}(?:\.py|/)?\b", ARCHITECTURE)}
    assert missing == set()
