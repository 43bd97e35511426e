"""Code kept between processes: it is what would be made anew, and what is not surely the user's own is never used."""

from __future__ import annotations

import errno
import inspect
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import CnnError, cache, kept, live, pipeline

NET = """from "parts.cnn" import Unit
model Net(width=4) {
    input x: [N, 3, H, W]
    Unit(width) -> Unit(2 * width)
}
"""
PARTS = """block Unit(out) {
    input x: [N, C, H, W]
    Conv2d(out, 3, padding=1) -> ReLU
}
"""
HARM = "raise SystemExit('what was planted ran')\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where entries go; beside it lie two files, and the process is there."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(NET)
    Path("parts.cnn").write_text(PARTS)
    forget()
    return tmp_path / "kept"


def forget() -> None:
    """As in a new process."""
    pipeline.loaded.clear()
    live.module_of.cache_clear()


def anew(**options: Any) -> Any:
    forget()
    return cnndsl.load("net.cnn", **options)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is compiled, and not taken from the folder."""
    found: list[str] = []
    usual = pipeline.elaborate

    def elaborate(source: Any, *values: Any, **named: Any) -> Any:
        found.append(source.path)
        return usual(source, *values, **named)

    monkeypatch.setattr(pipeline, "elaborate", elaborate)
    return found


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def test_the_second_process_compiles_nothing(folder: Path) -> None:
    code = (
        "import cnndsl, inspect, sys, pickle; net = cnndsl.load('net.cnn', width=8);"
        "print(inspect.getsource(type(net)), net, type(pickle.loads(pickle.dumps(net))) is type(net));"
        "print('cnndsl.analysis' in sys.modules, file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cnndsl.__file__).parent.parent)}
    runs = [subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True) for _ in range(2)]
    assert [run.returncode for run in runs] == [0, 0], runs
    assert runs[0].stdout == runs[1].stdout
    assert [run.stderr.decode().strip() for run in runs] == ["True", "False"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in entries(folder))


def test_a_kept_network_is_the_same(folder: Path, compilations: list[str]) -> None:
    torch.manual_seed(0)
    first = anew()
    torch.manual_seed(0)
    second = anew()
    assert compilations == ["net.cnn"]
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(first(x), second(x))
    assert torch.equal(pickle.loads(pickle.dumps(second))(x), second(x))
    assert inspect.getsource(type(second)) == inspect.getsource(type(first))
    assert live.source_of(type(second)) == live.source_of(type(first))


@pytest.mark.parametrize(
    "change",
    [
        lambda: Path("net.cnn").write_text(NET + "# more\n"),
        lambda: Path("parts.cnn").write_text(PARTS.replace("ReLU", "GELU")),
        lambda: Path("parts.cnn").unlink(),
    ],
    ids=["text", "import", "import-gone"],
)
def test_what_changes_is_compiled_again(folder: Path, compilations: list[str], change: Callable[[], None]) -> None:
    anew()
    change()
    if Path("parts.cnn").exists():
        assert ("GELU" in str(anew())) == ("GELU" in Path("parts.cnn").read_text())
    else:
        with pytest.raises(CnnError):
            anew()
    assert len(compilations) == 2


def test_options_make_another_network(folder: Path, compilations: list[str]) -> None:
    for options in ({}, {"width": 5}, {"width": 6}, {"inplace": True}, {"model": "Net"}, {"limits": {"depth": 99}}):
        anew(**options)
        anew(**options)
    assert len(compilations) == len(entries(folder)) == 6


def test_what_may_look_like_something_else_is_kept_as_what_it_is(folder: Path) -> None:
    class Eight(int):
        def __repr__(self) -> str:
            return "4"

    anew(width=Eight(8))
    anew(width=8)
    assert len(entries(folder)) == 1
    anew(width=4)
    assert len(entries(folder)) == 2
    assert not kept.is_plain({"width": Eight(8)})
    assert kept.is_plain({"width": [8, (1.5, "a", None, True)]})


def test_a_refused_file_is_refused_again(folder: Path) -> None:
    Path("parts.cnn").write_text(PARTS.replace("out, 3", "out, 0"))
    for _ in range(2):
        with pytest.raises(CnnError):
            anew()
    assert not entries(folder)


def planted(name: str) -> bytes:
    """An entry that would do harm, and that is right in itself."""
    body = json.dumps([name, [[], [HARM, "Net"]]]).encode()
    return sha256(body).hexdigest().encode() + b"\n" + body


def loosened(path: Path) -> None:
    path.write_bytes(planted(path.name))
    path.chmod(0o666)


def linked(path: Path) -> None:
    other = path.parent.parent / "other"
    other.write_bytes(planted(path.name))
    path.unlink()
    path.symlink_to(other)


SPOILED: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "cut-early": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "changed": lambda path: path.write_bytes(path.read_bytes().replace(b"ReLU", b"GELU")),
    "not-text": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "of-another-key": lambda path: path.write_bytes(planted("0" * 64)),
    "of-another-kind": lambda path: path.write_bytes(sha256(b"[1]").hexdigest().encode() + b"\n[1]"),
    "writable-by-all": loosened,
    "link": linked,
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "folder-writable-by-all": lambda path: (path.write_bytes(planted(path.name)), path.parent.chmod(0o777)),
}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are POSIX's")
@pytest.mark.parametrize("name", SPOILED)
def test_what_is_spoiled_is_not_used(folder: Path, compilations: list[str], name: str) -> None:
    text = live.source_of(type(anew()))
    (entry,) = entries(folder)
    SPOILED[name](entry)
    assert live.source_of(type(anew())) == text
    assert compilations == ["net.cnn"] * 2


def test_the_planted_would_run_where_it_is_trusted(folder: Path) -> None:
    """Or the test above would show nothing."""
    anew()
    (entry,) = entries(folder)
    entry.write_bytes(planted(entry.name))
    with pytest.raises(SystemExit, match="planted"):
        anew()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are POSIX's")
def test_what_another_owns_is_not_used(folder: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    anew()
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    anew()
    assert len(compilations) == 2 and len(entries(folder)) == 1


def test_it_can_be_switched_off(folder: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, "off")
    anew()
    anew()
    assert len(compilations) == 2 and not folder.exists()


def test_a_folder_that_cannot_be_made_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(Path("net.cnn").absolute() / "kept"))
    anew()


def test_a_full_disk_is_no_error(folder: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "replace", full)
    anew()
    anew()
    assert len(compilations) == 2 and not entries(folder)


def test_the_users_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.folder_path() == "/home/ada/.cache/cnndsl"
    monkeypatch.setenv("XDG_CACHE_HOME", "elsewhere")  # which must be absolute
    assert cache.folder_path() == "/home/ada/.cache/cnndsl"
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache.folder_path() == "/elsewhere/cnndsl"


def test_it_does_not_grow_beyond_bounds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 10_000)
    monkeypatch.setattr(cache, "SWEPT", "")
    for number in range(100):
        cache.keep(number, "x" * 900)
    assert sum(path.stat().st_size for path in entries(folder)) <= 10_000
    assert cache.fetch(99) == "x" * 900 and cache.fetch(0) is None


def test_another_state_of_the_package_has_other_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    code = tmp_path / "inner" / "code.py"
    names = []
    monkeypatch.setattr(cache, "SOURCES", (str(tmp_path),))
    for text in ("a", "b", "bc"):
        code.write_text(text)
        cache.fingerprint.cache_clear()
        names.append(cache.named("key"))
    cache.fingerprint.cache_clear()
    assert len({*names, cache.named("other")}) == 4
    monkeypatch.undo()
    cache.fingerprint.cache_clear()
