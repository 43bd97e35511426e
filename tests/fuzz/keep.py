"""Keeps what a fuzzer found: the text, and beside it what is wrong. Loads nothing of the package."""

from __future__ import annotations

from pathlib import Path


def keep(folder: Path, name: str, data: bytes, wrong: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.cnn").write_bytes(data)
    (folder / f"{name}.txt").write_text(wrong)
