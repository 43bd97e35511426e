"""Files of weights beside networks: what torch.save and safetensors write, what is broken, and what means harm."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import cnndsl
from cnndsl import cli, files, pipeline
from cnndsl.checkpoint import Unreadable, read
from cnndsl.checkpoint.stored import MAX_HEADER
from cnndsl.problems import CnnError
from cnndsl.report import Report

from .test_examples import EXAMPLES

NET = """model Net {
    input x: [N, 3, 8, 8]
    conv: Conv2d(4, 3) -> relu
    bn: BatchNorm2d
    Flatten -> fc: Linear(10)
}
"""


def models() -> list[tuple[Path, str]]:
    found = []
    for path in sorted(EXAMPLES.glob("*.cnn")):
        outcome = pipeline.analyse(files.read(str(path)))
        found += [(path, model.name) for model in outcome.graph.models]
    return found


def weigh(path: Path, weights: Path, model: str | None = None) -> Report:
    return pipeline.weigh(files.read(str(path)), str(weights), model, {})


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.cnn"
    path.write_text(NET, encoding="utf-8")
    return path


def state(path: Path, **changed: Tensor) -> dict[str, Tensor]:
    return {**cnndsl.load(path).state_dict(), **changed}


def told(report: Report) -> list[tuple[str, int]]:
    return [(problem.code, problem.span.line if problem.span else 0) for problem in report.problems]


@pytest.mark.parametrize(("path", "model"), models(), ids=lambda value: getattr(value, "stem", value))
def test_the_weights_of_every_example_fit(
    path: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent / "twins")
    with torch.device("meta"):
        meta = cnndsl.load(path, model=model, extern=True).state_dict()
    weights = {name: torch.zeros((), dtype=tensor.dtype).expand(tensor.shape) for name, tensor in meta.items()}
    torch.save(weights, tmp_path / "w.pt")
    kinds = {name: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for name, tensor in weights.items()}
    if not weights:
        with pytest.raises(Unreadable, match="no tensor"):
            read(str(tmp_path / "w.pt"))
        return
    small = sum(tensor.numel() for tensor in weights.values()) < 5_000_000
    if small:
        save_file({name: tensor.clone() for name, tensor in weights.items()}, tmp_path / "w.safetensors")
    for file in ("w.pt", "w.safetensors")[: 1 + small]:
        stored = read(str(tmp_path / file))
        assert {name: (entry.shape, entry.dtype) for name, entry in stored.tensors.items()} == kinds
        assert not [p for p in weigh(path, tmp_path / file, model).problems if p.code.startswith("weights")]


def test_the_format_before_torch_1_6(net: Path, tmp_path: Path) -> None:
    weights = {**state(net), "extra": torch.zeros(3, dtype=torch.bool)}
    for name, new in (("new.pt", True), ("old.pt", False)):
        torch.save(weights, tmp_path / name, _use_new_zipfile_serialization=new)
    assert read(str(tmp_path / "old.pt")) == read(str(tmp_path / "new.pt"))
    data = (tmp_path / "old.pt").read_bytes()
    (tmp_path / "old.pt").write_bytes(data[:-5])
    with pytest.raises(Unreadable, match="5 bytes behind its end"):
        read(str(tmp_path / "old.pt"))


def test_problems_stand_at_the_layer(net: Path, tmp_path: Path) -> None:
    weights = state(net)
    weights["bnorm.weight"] = weights.pop("bn.weight")
    weights["fc.weight"] = torch.zeros(10, 7)
    weights["conv.bias"] = weights["conv.bias"].half()
    torch.save(OrderedDict(weights), tmp_path / "w.pt")
    report = weigh(net, tmp_path / "w.pt")
    assert told(report)[:2] == [("weights-missing", 4), ("weights-shape", 5)]
    assert told(report)[2:] == [("weights-unexpected", 1), ("weights-dtype", 3)]
    text = " ".join(str(report).split())
    assert "it has `bnorm.weight` for `bn.weight`" in text
    assert "`fc.weight` is [10, 144] here, [10, 7] there" in text


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "module._orig_mod."])
def test_prefixes_of_wrappers(net: Path, tmp_path: Path, prefix: str) -> None:
    torch.save({prefix + name: tensor for name, tensor in state(net).items()}, tmp_path / "w.pt")
    report = weigh(net, tmp_path / "w.pt")
    assert told(report) == [("weights-prefix", 1)] and report.ok
    assert report.problems[0].facts["prefix"] == prefix


def test_a_whole_checkpoint(net: Path, tmp_path: Path) -> None:
    module = cnndsl.load(net)
    optimizer = torch.optim.Adam(module.parameters())
    sum(parameter.sum() for parameter in module.parameters()).backward()
    optimizer.step()
    saved = {"epoch": 3, "state_dict": module.state_dict(), "optimizer": optimizer.state_dict(), "args": Path("x")}
    torch.save(saved, tmp_path / "w.pt")
    assert told(weigh(net, tmp_path / "w.pt")) == [("weights-inside", 1)]


def test_far_inside(net: Path, tmp_path: Path) -> None:
    saved = {"run": {"model": {"state.dict": state(net)}, "args": {"lr": 0.1}}, "epoch": 3}
    torch.save(saved, tmp_path / "w.pt")
    report = weigh(net, tmp_path / "w.pt")
    assert told(report) == [("weights-inside", 1)]
    assert report.problems[0].facts["keys"] == "['run']['model']['state.dict']"


def test_parameters_and_what_is_no_tensor(net: Path, tmp_path: Path) -> None:
    weights = {name: nn.Parameter(t) if t.is_floating_point() else t for name, t in state(net).items()}
    torch.save({**weights, "epoch": 3, "when": (1, 2)}, tmp_path / "w.pt")
    assert told(weigh(net, tmp_path / "w.pt")) == [("weights-others", 1)]


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.bfloat16, torch.int8, torch.bool, torch.complex64, torch.uint16]
)
def test_dtypes(tmp_path: Path, dtype: torch.dtype) -> None:
    torch.save({"a": torch.zeros(2, 3).to(dtype), "b": torch.zeros(()).to(dtype)}, tmp_path / "w.pt")
    found = read(str(tmp_path / "w.pt")).tensors
    assert (found["a"].shape, found["b"].shape) == ((2, 3), ())
    assert {entry.dtype for entry in found.values()} == {str(dtype).removeprefix("torch.")}


def test_counters_of_batch_norms_may_be_missing_where_torch_starts_them(net: Path, tmp_path: Path) -> None:
    weights = state(net)
    full = OrderedDict(cnndsl.load(net).state_dict())
    del weights["bn.num_batches_tracked"]
    save_file(weights, tmp_path / "w.safetensors")
    assert told(weigh(net, tmp_path / "w.safetensors")) == []
    cnndsl.load(net).load_state_dict(dict(weights))
    torch.save(cnndsl.load(net).state_dict(), tmp_path / "full.pt")
    versioned = torch.load(tmp_path / "full.pt")
    del versioned["bn.num_batches_tracked"]
    torch.save(versioned, tmp_path / "w.pt")
    assert told(weigh(net, tmp_path / "w.pt")) == [("weights-missing", 4)]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        cnndsl.load(net).load_state_dict(torch.load(tmp_path / "w.pt"))
    assert full


# What is broken, and what means harm


class Harm:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


def archive(path: Path, pickled: bytes, name: str = "w/data.pkl", how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        file.writestr(name, pickled)
    return path


def test_nothing_in_a_pickle_is_executed(net: Path, tmp_path: Path) -> None:
    harm = tmp_path / "harmed"
    for found in (Harm(harm), {"conv.weight": Harm(harm)}, {**state(net), "x": Harm(harm)}, [Harm(harm)]):
        torch.save(found, tmp_path / "w.pt")
        try:
            weigh(net, tmp_path / "w.pt")
        except CnnError as error:
            assert error.problems[0].code == "weights-unreadable"
        assert not harm.exists()


@pytest.mark.parametrize("protocol", range(6))
def test_other_pickles_are_refused(tmp_path: Path, protocol: int) -> None:
    for value in ([1], (1,), "text", 3, None, {1: 2}, {"a": [1.5, b"x", {2}, frozenset()]}, object()):
        with pytest.raises(Unreadable):
            read(str(archive(tmp_path / "w.pt", pickle.dumps(value, protocol))))


def bombs() -> dict[str, bytes]:
    """Pickles that are small, and would be large, or slow, or deep."""
    deep = pickle.PROTO + b"\x04" + b")" * 1 + b"\x85" * 200_000 + b"}" + b"\x86\x85."
    shared = pickle.PROTO + b"\x04)" + b"2\x86" * 200 + b"}2."
    hashed = pickle.PROTO + b"\x04}(" + b")" + b"2\x86" * 100 + b"K\x01u."
    return {"deep": deep, "shared": shared, "hashed": hashed, "endless": b"\x80\x04" + b"K\x01" * 1_100_000 + b"."}


@pytest.mark.parametrize("name", bombs())
def test_bombs(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable):
        read(str(archive(tmp_path / "w.pt", bombs()[name])))


def test_a_compressed_bomb(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="more than"):
        read(str(archive(tmp_path / "w.pt", b"\0" * (MAX_HEADER + 10), how=zipfile.ZIP_DEFLATED)))
    with pytest.raises(Unreadable, match="compressed"):
        read(str(archive(tmp_path / "w.pt", b"\0" * 1000, how=zipfile.ZIP_LZMA)))


def header(found: Any, data: int = 0) -> bytes:
    text = found if isinstance(found, bytes) else json.dumps(found).encode()
    return struct.pack("<Q", len(text)) + text + b"\0" * data


A = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "it is empty"),
    (b"hello world, this is text", "neither"),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "its pickle is broken"),
    (b"\x80\x02}.", "none of torch.save"),
    (struct.pack("<Q", 2**60) + b"{", "claims"),
    (struct.pack("<Q", 100) + b"{}", "cut off within its header"),
    (header({"a": A}), "cut off: `a` ends 8 bytes behind its end"),
    (header(b'{"a": 1, "a": 2}'), "twice"),
    (header(b"{" + b'"a":[' * 100_000), "no safetensors header"),
    (header(b'{"a": 1' + b"0" * 5000 + b"}"), "too large"),
    (header({"a": 1}), "needs dtype"),
    (header({"a": {**A, "dtype": "F1"}}, 8), "F1"),
    (header({"a": {**A, "shape": [-2]}}, 8), "no lists of sizes"),
    (header({"a": {**A, "shape": [2**62, 2**62]}}, 8), "not those of its shape"),
    (header({"a": {**A, "shape": [True]}}, 8), "no lists of sizes"),
    (header({"__metadata__": {"format": "pt"}}), "no tensor"),
    (header(b"{\xff}"), "no safetensors header"),
    (b"PK\x03\x04" + b"\0" * 100, "no end"),
    (b"PK\x03\x04" + b"PK\x05\x06" + b"\0" * 8 + b"\xff\xff\xff\x7f" + b"\0" * 6, "directory claims"),
])  # fmt: skip
def test_broken_files_are_told(net: Path, tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(Unreadable, match=reason):
        read(str(tmp_path / "w"))
    with pytest.raises(CnnError) as caught:
        weigh(net, tmp_path / "w")
    assert caught.value.problems[0].code == "weights-unreadable"


def test_cut_off_and_damaged_files_never_crash(net: Path, tmp_path: Path) -> None:
    torch.save(state(net), tmp_path / "w.pt")
    save_file(state(net), tmp_path / "w.safetensors")
    rng, place = Random(0), tmp_path / "w"
    for whole in ((tmp_path / "w.pt").read_bytes(), (tmp_path / "w.safetensors").read_bytes()):
        for _ in range(150):
            data = bytearray(whole[: rng.randrange(len(whole))] if rng.random() < 0.4 else whole)
            for _ in range(rng.choice((0, 1, 3)) if data else 0):
                data[rng.randrange(len(data))] = rng.randrange(256)
            place.write_bytes(data)
            try:
                read(str(place))
            except Unreadable as error:
                assert str(error)


def test_damaged_pickles_never_crash(net: Path, tmp_path: Path) -> None:
    torch.save(state(net), tmp_path / "w.pt")
    with zipfile.ZipFile(tmp_path / "w.pt") as file:
        whole = file.read(next(name for name in file.namelist() if name.endswith("data.pkl")))
    rng = Random(1)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            read(str(archive(tmp_path / "x.pt", bytes(data))))
        except Unreadable as error:
            assert str(error)


def test_a_file_of_another_kind_of_zip(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("readme.txt", "hello")
    (tmp_path / "w.pt").write_bytes(held.getvalue())
    with pytest.raises(Unreadable, match=r"no data\.pkl"):
        read(str(tmp_path / "w.pt"))
    with pytest.raises(Unreadable, match="not a state_dict"):
        torch.save(nn.Linear(2, 3), tmp_path / "m.pt")
        read(str(tmp_path / "m.pt"))


# The command


@pytest.mark.parametrize(("arguments", "status"), [
    (["net.cnn", "--weights", "good.pt"], 0), (["net.cnn", "--weights", "bad.pt"], 1),
    (["net.cnn", "--weights", "net.cnn"], 1), (["net.cnn", "--weights", "no.pt"], 1),
    (["no.cnn", "--weights", "good.pt"], 1), (["net.cnn", "net.cnn", "--weights", "good.pt"], 2),
    (["net.cnn", "--weights", "good.pt", "--at", "N=1"], 2), (["net.cnn", "net.cnn", "--set", "n=1"], 2),
])  # fmt: skip
def test_exit_status(
    net: Path, arguments: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(net.parent)
    torch.save(state(net), "good.pt")
    torch.save(state(net, new=torch.zeros(2)), "bad.pt")
    assert cli.main(["check", *arguments, "--format", "json"]) == status
    said = capsys.readouterr()
    if status == 2:
        assert said.err and not said.out
    else:
        assert [bool(found["problems"]) for found in json.loads(said.out)] == [status == 1]
