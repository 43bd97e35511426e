"""The file of byte code for commands: what comes from it is what Python would import, and it is never in the way."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from _sre import compile as compiled  # type: ignore[import-not-found]
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from cnndsl.bundling import numbers_of

ROOT = Path(__file__).parent.parent
NET = "model Net {\n    input x: [N, 3, H, W]\n    Conv2d(8, 3) -> ReLU\n}\n"
COMMAND = "import sys; from cnndsl.cli import process; process()"
WITHIN = """
import importlib, inspect, json, pickle, sys, traceback
from importlib.resources import files
from cnndsl import bundle
bundle.use()
from cnndsl.analysis import things
from cnndsl import layers, source
from cnndsl.syntax import parse, tree
from cnndsl.patterns import re
try:
    source.Source("x.cnn", None)
except Exception:
    told = traceback.format_exc()
def seen(module):
    spec = module.__spec__
    code = [value.__code__.co_filename for value in vars(module).values() if inspect.isfunction(value)]
    return [module.__file__, module.__cached__, module.__package__, module.__doc__, getattr(module, "__path__", None),
        spec.name, spec.origin, spec.cached, spec.parent, spec.has_location, spec.submodule_search_locations, code,
        inspect.getsource(module) if module.__doc__ else None]
whole = {name: seen(module) for name, module in sys.modules.items() if name.startswith("cnndsl.")}
span = pickle.loads(pickle.dumps(source.Span(source.Source("x.cnn", "model"), 0, 2)))
print(json.dumps({
    "whole": whole, "told": told, "span": span.text, "function": inspect.getsource(things.names_said),
    "table": len(files("cnndsl.syntax").joinpath("cnn.table").read_text()),
    "again": importlib.reload(things).__spec__.origin,
    "bundled": sorted(name for name in whole if bundle.has(name)),
}))
bundle.keep()
"""
SLOW = {"collections", "contextlib", "enum", "functools", "operator", "re", "types", "typing"}
ASKED = f"""
import sys
before = set(sys.modules)
from cnndsl import bundle
bundle.use()
from cnndsl.cli import main
main(sys.argv[1:])
found = {{name: bundle.has(name) for name in sys.modules if name.startswith("cnndsl.")}}
found["patterns"] = not {SLOW} & set(sys.modules) - before
import json
print()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package of which Python has written the byte code that these tests need."""
    folder = tmp_path_factory.mktemp("installed")
    copytree(ROOT / "cnndsl", folder / "cnndsl", ignore=ignore_patterns("__pycache__"))
    copytree(ROOT / "grammar", folder / "cnndsl" / "grammar")
    (folder / "net.cnn").write_text(NET)
    run(folder, "-c", COMMAND, "compile", "net.cnn")
    run(folder, "-c", WITHIN)
    kept(folder).unlink()
    return folder


@pytest.fixture
def folder(warm: Path, tmp_path: Path) -> Path:
    return copytree(warm, tmp_path / "installed")


def start(folder: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-E", *words]
    environment |= {"PYTHONPATH": str(folder), **variables}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(folder: Path, *words: str, **variables: str) -> str:
    process = start(folder, *words, **variables)
    out, error = process.communicate()
    assert not process.returncode and not error, error
    return out


def check(folder: Path, *options: str, **variables: str) -> None:
    assert "net.cnn: ok" in run(folder, *options, "-c", COMMAND, "check", "net.cnn", **variables)


def imported(folder: Path) -> dict[str, bool]:
    """What a check loads of the package, and whether it comes from the bundle; likewise patterns, from it or `re`.

    With them, nothing of the standard library is loaded that cnndsl/lean.py stands in for.
    """
    told = run(folder, "-c", ASKED, "check", "net.cnn").splitlines()[-1]
    return {name: held for name, held in json.loads(told).items() if name not in EARLY}


EARLY = {f"cnndsl.{n}" for n in ("bundle", "cli", "lean", "patterns", "typed")}


def kept(folder: Path, level: str = "") -> Path:
    cached = Path(importlib.util.cache_from_source(str(folder / "cnndsl" / "__init__.py"), optimization=level))
    return cached.with_name(cached.name.replace("__init__", "bundled"))


def described(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "-c", WITHIN))
    return found


def test_modules_are_those_that_python_imports(folder: Path) -> None:
    python, mixed, bundled = (described(folder) for _ in range(3))
    assert python.pop("bundled") == []
    assert mixed == bundled
    assert set(bundled.pop("bundled")) == set(bundled["whole"]) - EARLY and len(bundled["whole"]) > 40
    assert bundled == python


def test_a_command_writes_what_the_next_one_reads(folder: Path) -> None:
    check(folder)
    loaded = imported(folder)
    assert len(loaded) > 80 and all(loaded.values())
    before = kept(folder).stat()
    check(folder)
    assert kept(folder).stat() == before or kept(folder).stat().st_mtime_ns == before.st_mtime_ns
    run(folder, "-c", COMMAND, "compile", "net.cnn")  # needs more
    assert kept(folder).stat().st_size > before.st_size


@pytest.mark.parametrize("text", ["\nADDED = 1\n", ""], ids=["another size", "another time"])
def test_a_changed_module_is_compiled_again(folder: Path, text: str) -> None:
    check(folder)
    path = folder / "cnndsl" / "shapes.py"
    with path.open("a") as file:
        file.write(text)
    os.utime(path, (path.stat().st_mtime + 10,) * 2)
    assert [name for name, held in imported(folder).items() if not held] == ["cnndsl.shapes"]
    check(folder)
    assert all(imported(folder).values())


@pytest.mark.parametrize("harm", ["cut", "empty", "garbage", "other"])
def test_what_is_no_bundle_is_written_anew(folder: Path, harm: str) -> None:
    check(folder)
    whole = kept(folder).read_bytes()
    version = sys.version.encode()
    broken = {"cut": whole[:-1], "empty": b"", "garbage": b"\xff" * 99, "other": whole.replace(version, version[::-1])}
    kept(folder).write_bytes(broken[harm])
    assert not any(imported(folder).values())
    check(folder)
    assert kept(folder).read_bytes() == whole


def test_nothing_is_written_where_python_would_not(folder: Path) -> None:
    check(folder, "-B")
    check(folder, PYTHONDONTWRITEBYTECODE="1")
    assert not kept(folder).exists()
    kept(folder).mkdir()  # cannot be replaced
    check(folder)
    assert not any(imported(folder).values())
    kept(folder).rmdir()
    assert not [path for path in kept(folder).parent.iterdir() if path.name.startswith("bundled")]


def test_it_lies_where_python_keeps_byte_code(folder: Path, tmp_path: Path) -> None:
    check(folder, PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere"))
    assert not kept(folder).exists()
    assert len(list((tmp_path / "elsewhere").rglob("bundled.*.pyc"))) == 1
    check(folder, "-O")
    assert kept(folder, "1").exists() and not kept(folder).exists()


def test_byte_code_that_is_told_by_hashes_is_left_to_python(folder: Path) -> None:
    run(folder, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", "cnndsl")
    check(folder)
    assert [name for name, held in imported(folder).items() if held] == ["patterns"]


def test_commands_at_once_are_not_in_each_others_way(folder: Path) -> None:
    started = [start(folder, "-c", COMMAND, command, "net.cnn") for command in ("check", "compile", "check", "compile")]
    assert [process.communicate()[1] for process in started] == [""] * 4
    check(folder)
    assert all(imported(folder).values())
    assert [path.name for path in kept(folder).parent.glob("bundled*")] == [kept(folder).name]


def test_programs_do_without(folder: Path) -> None:
    check(folder)
    program = "import sys, cnndsl; cnndsl.check('net.cnn'); print('cnndsl.bundle' in sys.modules, 're' in sys.modules)"
    assert run(folder, "-c", program) == "False True\n"


def test_a_package_in_an_archive_has_none(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        for path in (folder / "cnndsl").rglob("*.py"):
            archive.write(path, path.relative_to(folder))
    asked = "from cnndsl import bundle; print(bundle.place())"
    assert run(tmp_path, "-c", asked, PYTHONPATH=str(tmp_path / "package.zip")) == "None\n"


@pytest.mark.parametrize("pattern", [r"(?P<a>\w+)(b)?|[^\n]*$", "", r"(?<!x)\b[A-Za-zäß_][\w.]*?(?=\s)", r"(?s:.)\Z"])
@pytest.mark.parametrize("flags", [0, re.I | re.M, re.X | re.S])
def test_numbers_are_those_of_re(pattern: str, flags: int) -> None:
    made = compiled(pattern, *numbers_of(pattern, int(flags)))
    assert made == re.compile(pattern, flags)
    assert made.groupindex == re.compile(pattern, flags).groupindex
