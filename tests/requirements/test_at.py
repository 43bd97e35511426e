"""`cnndsl check --at`: what comes out at given sizes; if refused, which layer, why, and which sizes would do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnndsl.cli import main

from .named import INCEPTION, U_NET


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run(text: str, *options: str) -> tuple[int, str]:
        path = tmp_path / "net.cnn"
        path.write_text(text)
        status = main(["check", str(path), "--color", "never", *options])
        return int(status or 0), capsys.readouterr().out

    return run


def test_good_sizes_give_numbers(check) -> None:
    status, text = check(U_NET, "--at", "H=224,W=304")
    assert status == 0
    assert "at H=224, W=304: [N, 2, 224, 304]" in text


def test_bad_sizes_name_layer_reason_and_neighbours(check) -> None:
    status, text = check(U_NET, "--at", "H=225,W=300")
    assert status == 1
    assert "Net does not take H=225, W=300: H % 16 == 0 and W % 16 == 0 does not hold" in " ".join(text.split())
    assert "H=224 or 240 and W=288 or 304" in " ".join(text.split())
    assert "cat([ConvTranspose2d(8 * width, 2, 2), e4], 1)" in text
    assert "at axis 3, 36 is not 37" in " ".join(text.split())


def test_json(check) -> None:
    status, text = check(U_NET, "--at", "H=225,W=304", "--format", "json")
    said = json.loads(text)[0]["models"][0]["at"]
    assert status == 1
    assert said == {
        "sizes": {"H": 225, "W": 304},
        "accepted": False,
        "failed": ["H % 16 == 0"],
        "failed_in_training": [],
        "outputs": [],
        "nearest": ["H=224 or 240"],
    }


def test_two_sizes_that_must_agree(check) -> None:
    text = "model Net { input x: [N, 3, H, W]; x + permute(x, 0, 1, 3, 2) }"
    status, said = check(text, "--at", "H=10,W=12")
    assert status == 1
    assert "H == W does not hold" in said
    assert "H=12 beside the other" in said


def test_modes_are_told_apart(check) -> None:
    status, text = check(INCEPTION, "--at", "H=128,W=299")
    assert status == 0
    assert "at H=128, W=299: [N, 10] (in evaluation; training needs H >= 299)" in " ".join(text.split())


def test_unknown_sizes_are_refused(check) -> None:
    status, text = check(U_NET, "--at", "Q=3")
    assert status == 1
    assert "no model of this file has a free size Q" in text
    assert [check(U_NET, "--at", bad)[0] for bad in ("H=0", "H", "H=2.5", "=3")] == [2, 2, 2, 2]
