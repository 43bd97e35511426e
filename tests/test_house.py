"""The house rules: imports point down only, files and functions are short, heavy imports stay at the edge."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnndsl import lean

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cnndsl"
PAGE = ROOT / "docs" / "architecture.md"
FILES = sorted(PACKAGE.rglob("*.py"))
RANKS = {
    **dict.fromkeys(("records", "quiet", "source", "dims", "spelled", "limits", "cache", "lean", "typed"), 0),
    **dict.fromkeys(("bundle", "bundling", "patterns"), 0),
    **dict.fromkeys(
        ("problems", "decided", "files", "reading", "shapes", "reach", "tape", "layers", "functions", "checkpoint"), 1
    ),
    "given": 1,
    **dict.fromkeys(("syntax", "graph", "loops", "kept", "helpers"), 2),
    **dict.fromkeys(("analysis", "emit", "cost", "compare"), 3),
    **dict.fromkeys(("live", "report", "inplace"), 4),
    "pipeline": 5,
    **dict.fromkeys(("cli", "importhook", "__init__", "__main__"), 6),
}
UNSEEN = {
    ("syntax", "layers"),
    ("syntax", "functions"),
    ("emit", "syntax"),
    ("cost", "syntax"),
    ("tape", "layers"),
    ("tape", "functions"),
    ("layers", "source"),
    ("functions", "source"),
}
EXCEPTIONS = {("problems", "report")}  # an exception must print itself
MAX_FILE, MAX_FUNCTION = 400, 40


def room(path: Path) -> str:
    """The room a file lies in: the first name below cnndsl."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The absolute name of every module a file imports, in functions too, with the line."""
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module or "").split(".")] if node.module else base
            yield from ((".".join([*module, alias.name]), node.lineno) for alias in node.names)


def rooms_used(path: Path) -> Iterator[tuple[str, int]]:
    for name, line in imported(path):
        parts = name.split(".")
        if parts[0] == "cnndsl":
            yield (parts[1] if len(parts) > 1 and parts[1] in RANKS else "__init__"), line


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("room", ["analysis", "emit"])
def test_the_page_shows_every_file_of_a_large_room(room: str) -> None:
    """docs/architecture.md lists the files of the two rooms that have too many to find one's way by their names."""
    table = PAGE.read_text(encoding="utf-8").split(f"| `cnndsl/{room}/` | |\n")[1].split("\n\n")[0]
    files = sorted(path.name for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py")
    assert sorted(re.findall(r"`(\w+\.py)`", table)) == files


def test_the_page_shows_the_ranks() -> None:
    rows = re.findall(r"^\| (\d) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.M)
    told = {name: int(rank) for rank, rooms in rows for name in re.findall(r"`cnndsl/(\w+)[./]", rooms)}
    assert told == {name: rank for name, rank in RANKS.items() if not name.startswith("__")}


def test_every_room_has_a_rank() -> None:
    assert {room(path) for path in FILES} <= set(RANKS)


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_imports_point_down(path: Path) -> None:
    here = room(path)
    for there, line in rooms_used(path):
        if here == there or (here, there) in EXCEPTIONS:
            continue
        where = f"{shown(path)}:{line}: {here} imports {there}"
        if there == "__init__":
            assert RANKS[here] == 6, where
            continue
        assert RANKS[there] <= RANKS[here], where
        assert (here, there) not in UNSEEN, where


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_only_live_imports_torch(path: Path) -> None:
    for name, line in imported(path):
        top = name.split(".")[0]
        assert top != "sympy", f"{shown(path)}:{line}"
        if top in ("torch", "numpy"):
            assert room(path) == "live" or is_for_types(path, line), f"{shown(path)}:{line}"


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_what_is_slow_to_load_is_stood_in_for(path: Path) -> None:
    """Names of collections.abc come from cnndsl/typed.py, those of functools and its like from cnndsl/lean.py."""
    stood_in = {"operator", "bisect", *(f"functools.{n}" for n in lean.__all__), *(f"types.{n}" for n in lean.__all__)}
    for name, line in imported(path):
        found = name.startswith("collections.abc.") or name.rpartition(".")[0] in stood_in or name in stood_in
        assert not found or room(path) in ("lean", "typed"), f"{shown(path)}:{line}: {name}"


def is_for_types(path: Path, line: int) -> bool:
    """Whether a line stands under `if TYPE_CHECKING:`."""
    return any(
        isinstance(node, ast.If)
        and ast.unparse(node.test) == "TYPE_CHECKING"
        and node.body[0].lineno <= line <= last(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def last(node: ast.If) -> int:
    return node.body[-1].end_lineno or 0


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_files_are_short_and_say_what_they_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_functions_are_short(path: Path) -> None:
    long = {node.name: length(node) for node in functions(path) if length(node) > MAX_FUNCTION}
    assert not long


def test_most_functions_are_very_short() -> None:
    lengths = sorted(length(node) for path in FILES for node in functions(path))
    assert lengths[len(lengths) // 2] <= 7
    assert lengths[len(lengths) * 9 // 10] <= 25


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


HEAVY = {"torch", "sympy", "numpy", "lark", "typing", "copy", "inspect", "dataclasses"}
CHECKED_COMMANDS = (["check"], ["compile"], ["summary"], ["format", "--check"])


@pytest.mark.parametrize("command", CHECKED_COMMANDS, ids=lambda command: command[0])
def test_commands_import_nothing_heavy(command: list[str]) -> None:
    example = str(ROOT / "examples" / "digits.cnn")
    code = (
        "import sys; from cnndsl.cli import main; status = main(sys.argv[1:]); "
        f"heavy = {HEAVY} & set(sys.modules); assert not heavy, heavy; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command, example], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_importing_cnndsl_is_light() -> None:
    code = "import sys, cnndsl; heavy = {'torch', 'lark', 'argparse'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
