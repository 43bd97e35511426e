"""What is shipped works: the wheel in an empty environment, the sdist, and an editable install. Needs pip's index."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NET = "model Net {\n    input x: [N, 3]\n    fc: Linear(10)\n}\n"
WITHOUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in WITHOUT}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made of it."""
    folder = tmp_path_factory.mktemp("dist")
    for target in ("sdist", "wheel"):
        run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=ROOT)
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def environment(folder: Path) -> Path:
    """A new environment with nothing but pip; returns its Python."""
    venv.create(folder, with_pip=True)
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def install(python: Path, *what: object, cwd: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt"]
    run(python, "-m", "pip", "install", *options, *what, cwd=cwd)


def compiles(python: Path, folder: Path) -> None:
    """The installed command compiles a file, from a folder that knows nothing of the checkout."""
    (folder / "net.cnn").write_text(NET)
    command = python.parent / "cnndsl"
    run(command, "compile", "net.cnn", "-o", "net.py", cwd=folder)
    assert "fc = nn.Linear(3, 10)" in (folder / "net.py").read_text()


def test_the_wheel_holds_the_grammar_and_the_types(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = set(wheel.namelist())
    assert {"cnndsl/grammar/cnn.lark", "cnndsl/py.typed", "cnndsl/__init__.py"} <= names
    assert not [name for name in names if not name.startswith(("cnndsl/", "cnndsl-"))]


def test_the_wheel_works_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install(python, only(built, "*.whl"), cwd=tmp_path)
    compiles(python, tmp_path)
    where = run(python, "-c", "import cnndsl; print(cnndsl.__file__)", cwd=tmp_path)
    assert str(tmp_path) in where


def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(only(built, "*.tar.gz")) as archive:
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    unpacked = only(tmp_path, "cnndsl-*")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=unpacked)
    first, second = (zipfile.ZipFile(only(folder, "*.whl")) for folder in (built, tmp_path))
    with first, second:
        assert first.namelist() == second.namelist()
        assert all(first.read(name) == second.read(name) for name in first.namelist())
    assert (unpacked / "tests" / "test_packaging.py").exists()
    assert (unpacked / "constraints.txt").exists()


def test_an_editable_install_works(tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install(python, "hatchling", "editables", "lark", cwd=tmp_path)
    install(python, "--no-build-isolation", "--no-deps", "--editable", ROOT, cwd=tmp_path)
    compiles(python, tmp_path)
    where = run(python, "-c", "import cnndsl; print(cnndsl.__file__)", cwd=tmp_path)
    assert str(ROOT) in where
