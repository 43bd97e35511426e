"""`cnndsl diff`: random edits of networks, what is said of them, and whether the names it prints load the weights."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import cli, pipeline
from cnndsl.compare.layers import Difference
from cnndsl.compare.matching import match
from cnndsl.report.changes import text
from cnndsl.source import Source

from .test_examples import EXAMPLES

WORDS = ("stem", "conv", "down", "mix", "head", "proj", "late", "early")


def compared(a: str, b: str, **options: Any) -> Difference:
    return pipeline.diff((Source("a.cnn", a), None, {}), (Source("b.cnn", b), None, options))


def net(layers: list[tuple[str, str]]) -> str:
    body = "\n".join(f"    {name}: {layer}" for name, layer in layers)
    return f"model Net {{\n    input x: [N, 4, 16, 16]\n{body}\n}}\n"


def layer(rng: Random) -> str:
    return rng.choice(("Conv2d(4, 3, padding=1)", "Conv2d(8, 1)", "BatchNorm2d", "ReLU", "{ Conv2d(4, 1) -> ReLU }",
                       "Conv2d(4, 1, bias=False)", "GroupNorm(1)", "Conv2d(4, 3, padding=1) * 2"))  # fmt: skip


def network(rng: Random) -> list[tuple[str, str]]:
    names = rng.sample([f"{word}{n}" for word in WORDS for n in range(3)], rng.randint(2, 7))
    return [(name, layer(rng)) for name in names]


def edited(layers: list[tuple[str, str]], rng: Random) -> list[tuple[str, str]]:
    """With layers added, removed, renamed, changed or swapped."""
    found = list(layers)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(found))
        match rng.choice(("add", "remove", "rename", "change", "swap")):
            case "add":
                found.insert(place, (f"new{len(found)}{rng.randrange(99)}", layer(rng)))
            case "remove" if len(found) > 1:
                del found[place]
            case "rename":
                found[place] = (f"other{place}{rng.randrange(99)}", found[place][1])
            case "change":
                found[place] = (found[place][0], layer(rng))
            case "swap":
                other = rng.randrange(len(found))
                found[place], found[other] = found[other], found[place]
    return found


@pytest.mark.parametrize("part", range(4))
def test_random_edits(part: int, samples: int, seed: int) -> None:
    rng, good = Random(f"diff {part} {seed}"), 0
    for _ in range(max(samples // 2, 5)):
        before = network(rng)
        after = edited(before, rng) if rng.random() < 0.5 else renamed(before, rng)
        good += fits(net(before), net(after))
    assert good


def renamed(layers: list[tuple[str, str]], rng: Random) -> list[tuple[str, str]]:
    return [(f"r{place}" if rng.random() < 0.6 else name, kind) for place, (name, kind) in enumerate(layers)]


def fits(a: str, b: str) -> bool:
    """Holds what is said against torch; tells whether a renaming was found that loads."""
    found = compared(a, b)
    weights, wanted = cnndsl.loads(a).state_dict(), cnndsl.loads(b).state_dict()
    said = text(found, ("a", "b"))
    assert all(len(line) <= 80 for line in said.splitlines() if not line.startswith("    '")), said
    assert found.checkpoint.loads == loads(b, weights), said
    in_order = [t.shape for t in weights.values()] == [t.shape for t in wanted.values()]
    if not found.checkpoint.loads:
        rename = printed(said)
        assert found.checkpoint.loads_renamed == loads(b, {rename.get(name, name): t for name, t in weights.items()})
        assert found.checkpoint.loads_renamed or not in_order, said
    assert found.totals[0].change == parameters(b) - parameters(a)
    assert sum(change.parameters for change in found.changes) == found.totals[0].change, said
    return found.checkpoint.loads_renamed and not found.checkpoint.loads


def printed(said: str) -> dict[str, str]:
    """The Python dict in what is printed."""
    _, found, rest = said.partition("rename = ")
    value = ast.literal_eval(rest[: rest.index("}") + 1]) if found else {}
    assert isinstance(value, dict)
    return value


def loads(text: str, weights: dict[str, torch.Tensor]) -> bool:
    try:
        cnndsl.loads(text).load_state_dict(weights, strict=True)
    except RuntimeError:
        return False
    return True


def parameters(text: str) -> int:
    return sum(parameter.numel() for parameter in cnndsl.loads(text).parameters())


BEFORE = net([("a", "Conv2d(8, 3)"), ("b", "BatchNorm2d"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")])


@pytest.mark.parametrize(("after", "kinds"), [
    ([("a", "Conv2d(8, 3)"), ("b", "BatchNorm2d"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")], []),
    ([("a", "Conv2d(8, 3)"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")], [("removed", "b", None)]),
    ([("a", "Conv2d(8, 3)"), ("b", "BatchNorm2d"), ("c", "Conv2d(6, 1)"), ("d", "ReLU")], [("resized", "c", "c")]),
    ([("a", "Conv2d(8, 3)"), ("b", "GroupNorm(2)"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")], [("replaced", "b", "b")]),
    ([("a", "Conv2d(8, 3)"), ("n", "BatchNorm2d"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")], [("renamed", "b", "n")]),
    ([("a", "Conv2d(8, 3)"), ("b", "BatchNorm2d"), ("e", "Tanh"), ("c", "Conv2d(4, 1)"), ("d", "ReLU")],
     [("added", None, "e")]),
    ([("a", "Conv2d(8, 3)"), ("d", "ReLU"), ("b", "BatchNorm2d"), ("c", "Conv2d(4, 1)")], [("moved", "d", "d")]),
])  # fmt: skip
def test_what_became_of_a_layer(after: list[tuple[str, str]], kinds: list[Any]) -> None:
    found = compared(BEFORE, net(after))
    assert [(c.kind, c.was and c.was.path, c.now and c.now.path) for c in found.changes] == kinds
    assert found.same == (not kinds)


def test_automatic_names_shift_with_what_is_put_in() -> None:
    text = "model Net {{ input x: [N, 4, 16, 16]; Conv2d(8, 3) -> ReLU; {}Conv2d(2, 3) -> ReLU }}"
    found = compared(text.format(""), text.format("Conv2d(8, 1) -> ReLU; "))
    assert [c.kind for c in found.changes if c.was and "Conv" in c.was.layer] == ["renamed"]
    assert found.checkpoint.renamed == {"conv2.weight": "conv3.weight", "conv2.bias": "conv3.bias"}
    assert found.checkpoint.left_missing == ("conv2.weight", "conv2.bias")


def test_alike_layers_that_change_places_keep_their_names() -> None:
    first, act, second = ("first", "Conv2d(4, 1)"), ("act", "ReLU"), ("second", "Conv2d(4, 1)")
    found = compared(net([first, act, second]), net([second, act, first]))
    told = [(change.kind, change.was and change.was.path) for change in found.changes]
    assert {kind for kind, _ in told} == {"moved"} and len(told) == 2, told


def test_another_width_renames_nothing() -> None:
    source = Source("unet.cnn", (EXAMPLES / "unet.cnn").read_text(encoding="utf-8"))
    found = pipeline.diff((source, None, {}), (source, None, {"width": 32}))
    assert {change.kind for change in found.changes} == {"resized"}
    assert not found.checkpoint.renamed and found.checkpoint.shapes


def test_what_is_applied_twice_is_told_once() -> None:
    text = """model Net(width=8) {
    input x: [N, 4]
    y = if training { x + rand_like(x) } else { x }
    y -> fc: Linear(width)
    fc(x) -> out: Linear(4) -> last: Linear(4)
    last
}
"""
    found = compared(text, text.replace("    last\n", ""), width=6).changes
    told = [(change.kind, row.path) for change in found if (row := change.was) and row.kind != "function"]
    assert told == [("resized", "fc"), ("resized", "out"), ("removed", "last")]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.cnn")), ids=lambda path: path.stem)
def test_every_example_is_itself(path: Path) -> None:
    source = Source(str(path), path.read_text(encoding="utf-8"))
    for model in pipeline.analyse(source).graph.models:
        side = (source, model.name, {})
        found = pipeline.diff(side, side)
        assert found.same and text(found, ("a", "b")) == "a -> b: the same network"


def test_very_long_state_dicts_take_no_time() -> None:
    a = {f"a.{n}.weight": (n % 7, 3) for n in range(6000)}
    b = {f"b.{n}.weight": (n % 7, 3) for n in range(6000)} | {"last": (1,)}
    found = match(a, b)
    assert len(found.renamed) == 6000 and found.left_missing == ("last",)


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.cnn").write_text(BEFORE, encoding="utf-8")
    (tmp_path / "b.cnn").write_text(BEFORE.replace("    b:", "    norm:"), encoding="utf-8")
    sized = "model Net(width=8) { input x: [N, 3, H, W]; c: Conv2d(width, 3) }\nmodel Wide = Net(9)\n"
    (tmp_path / "sized.cnn").write_text(sized, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("arguments", "status"), [
    (["a.cnn", "a.cnn"], 0), (["a.cnn", "b.cnn"], 1), (["a.cnn", "no.cnn"], 2), (["sized.cnn"], 2),
    (["sized.cnn:Net", ":Wide"], 1), (["sized.cnn:Net", "sized.cnn:Net"], 0), (["sized.cnn:Net", ":Nets"], 2),
    (["sized.cnn:Net", "--set-b", "width=9"], 1), (["sized.cnn:Net", ":Wide", "--set-a", "width=9"], 0),
    (["sized.cnn:Net", "--set", "width=9"], 0), (["a.cnn", "b.cnn", "--at", "N=4"], 1), (["a.cnn"], 0),
    (["a.cnn", "b.cnn", "--at", "Q=4"], 2),
])  # fmt: skip
def test_exit_status(folder: Path, arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", *arguments]) == status
    said = capsys.readouterr()
    assert bool(said.err) == (status == 2) and bool(said.out) == (status != 2)


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", "a.cnn", "b.cnn", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["a"], found["b"], found["same"]) == ("a.cnn", "b.cnn", False)
    assert [(layer["change"], layer["was"]["path"], layer["now"]["path"]) for layer in found["layers"]] == [
        ("renamed", "b", "norm")
    ]
    assert found["checkpoint"]["rename"]["b.weight"] == "norm.weight"
    assert found["checkpoint"]["loads"] is False and found["checkpoint"]["loads_renamed"] is True
    assert found["totals"]["parameters"] == {"before": 348, "after": 348, "change": 0}
