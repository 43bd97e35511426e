"""Every code block of the README does what it says: Python runs, networks are checked, consoles are compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import cnndsl
from cnndsl.cli import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
BLOCKS = [(kind, text) for kind, text in BLOCK.findall(README.read_text(encoding="utf-8"))]
SCRIPTS = ["sh scripts/quickstart\n", "sh scripts/test\n"]  # continuous integration and test_quickstart run these


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCKS if found == kind]


def test_every_block_is_run() -> None:
    assert {kind for kind, _ in BLOCKS} == {"cnn", "cnn error", "console", "python", "sh"}
    assert blocks("sh") == SCRIPTS


@pytest.mark.parametrize("text", blocks("cnn"))
def test_networks_are_sound_and_laid_out(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.cnn"
    path.write_text(text, encoding="utf-8")
    report = cnndsl.check(path)
    assert not report.problems, str(report)
    assert report.models
    assert main(["format", "--check", str(path)]) == 0


@pytest.mark.parametrize("text", blocks("python"))
def test_python_runs(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(text, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", text)


def test_the_class_that_is_shown_is_what_compile_writes(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn"
    path.write_text(blocks("cnn")[0], encoding="utf-8")
    without = re.sub(r' *""".*?"""\n', "", cnndsl.compile(path), flags=re.S)
    shown = blocks("python")[0]
    assert [line for line in without.splitlines() if line] == [line for line in shown.splitlines() if line]


@pytest.mark.parametrize("text", blocks("console"))
def test_consoles_say_what_is_shown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.cnn").write_text(blocks("cnn error")[0], encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    command, shown = text.split("\n", 1)
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "cnndsl"
    main(arguments)
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("path", re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text(encoding="utf-8")))
def test_links_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()
