"""The public face: `check`, `compile`, `load`, `loads`, and what they refuse."""

from __future__ import annotations

import ast
import enum
import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import cnndsl
from cnndsl import CnnError

NET = "model Net(classes=10) {\n    input x: [N, 3]\n    fc: Linear(classes)\n}\n"
EXTERN = (
    'extern block Thing(): [N, ...S] -> [N, ...S] from "nowhere_to_be_found:Thing"\n'
    "model Net {\n    input x: [N, 3]\n    Thing()\n}\n"
)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.cnn"
    path.write_text(NET)
    return path


def test_load(net: Path) -> None:
    model = cnndsl.load(net)
    assert isinstance(model, nn.Module)
    assert model(torch.zeros(2, 3)).shape == (2, 10)
    assert cnndsl.load(str(net), classes=4)(torch.zeros(2, 3)).shape == (2, 4)


def test_an_unchanged_file_is_not_compiled_again(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cnndsl.load(net, classes=7)
    with monkeypatch.context() as patched:
        patched.setattr("cnndsl.pipeline.analyse", None)
        second = cnndsl.load(net, classes=7)
        assert type(second) is type(first)
        assert second is not first and second.fc.weight is not first.fc.weight
        with pytest.raises(TypeError):  # it has to be compiled
            cnndsl.load(net, classes=True)
    net.write_text(NET.replace("3]", "4]"))
    assert cnndsl.load(net, classes=7).fc.in_features == 4


def test_what_a_file_imports_may_change(tmp_path: Path) -> None:
    parts, net = tmp_path / "parts.cnn", tmp_path / "net.cnn"
    parts.write_text("block Part {\n    fc: Linear(5)\n}\n")
    net.write_text('from "parts.cnn" import Part\nmodel Net {\n    input x: [N, 3]\n    part: Part\n}\n')
    first = cnndsl.load(net)
    assert type(cnndsl.load(net)) is type(first)
    parts.write_text("block Part {\n    fc: Linear(6)\n}\n")
    assert cnndsl.load(net).part.fc.out_features == 6
    parts.unlink()
    with pytest.raises(CnnError, match="parts"):
        cnndsl.load(net)


def test_loads() -> None:
    assert [*cnndsl.loads(NET, classes=4).state_dict()] == ["fc.weight", "fc.bias"]
    assert cnndsl.loads("\ufeff" + NET.replace("\n", "\r\n"))(torch.zeros(1, 3)).shape == (1, 10)


def test_loads_imports_from_the_current_folder(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(net.parent)
    (net.parent / "blocks.cnn").write_text("block Two { Linear(2) }\n")
    text = 'from "blocks.cnn" import Two\nmodel A {\n    input x: [N, 3]\n    Two\n}\n'
    assert cnndsl.loads(text)(torch.zeros(1, 3)).shape == (1, 2)


def test_load_shows_the_compiled_class(net: Path) -> None:
    assert inspect.getsource(type(cnndsl.load(net))).strip() in cnndsl.compile(net)


def test_which_model() -> None:
    two = NET + NET.replace("Net", "Other").replace("10", "20")
    assert cnndsl.loads(two, model="Other")(torch.zeros(1, 3)).shape == (1, 20)
    with pytest.raises(CnnError, match="several models: Net and Other"):
        cnndsl.loads(two)
    with pytest.raises(CnnError, match="did you mean `Other`"):
        cnndsl.loads(two, model="other")


@pytest.mark.parametrize(
    "body",
    [
        "input x: [N, 3, H]; Flatten -> Linear(2)",
        "input x: [N, 3, H]; -> flatten(3) -> Linear(2)",
        "input x: [N, 3, 8]; Conv1d(4, 9)",
        "input x: [N, 3, 8]; x + x[:, :, 1:]",
    ],
)
def test_a_model_is_built_whatever_the_shapes_of_another_one_are(body: str) -> None:
    text = f"model A {{ input x: [N, 3, H]; Conv1d(4, 1) }}\nmodel B {{ {body} }}"
    assert cnndsl.loads(text, model="A")(torch.zeros(1, 3, 5)).shape == (1, 4, 5)
    for other in ("B", None):
        with pytest.raises(cnndsl.CnnError):
            cnndsl.loads(text, model=other)
    with pytest.raises(cnndsl.CnnError):  # what nothing is named
        cnndsl.loads(
            text.replace("Conv1d(4, 9)", "Conv1D(4, 9)").replace("Linear", "Linaer").replace("x[", "y["), model="A"
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no model\n"),
        ("block B { ReLU }\n", "has no model\n"),
        ("model A(n) {\n    input x: [N, 3]\n    Linear(n)\n}\n", "no model that can be built as it stands"),
    ],
)
def test_no_model(text: str, told: str) -> None:
    with pytest.raises(CnnError, match=told):
        cnndsl.loads(text)


def test_unknown_parameters_are_refused(net: Path) -> None:
    with pytest.raises(CnnError, match="classes"):
        cnndsl.load(net, clases=3)
    with pytest.raises(CnnError, match="cannot be set"):
        cnndsl.load(net, classes={1: 2})


def endless() -> list[object]:
    found: list[object] = []
    found.append(found)
    return found


def shared(depth: int) -> list[object]:
    found: list[object] = [1]
    for _ in range(depth):
        found = [found, found]
    return found


class Kind(enum.IntEnum):
    SOME = 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"classes": 10**5000}, "is set to more than 400 digits"),
        ({"classes": endless()}, "is set to more than 50 lists inside one another"),
        ({"classes": shared(40)}, "is set to more than 100000 values"),
        ({"classes": [1] * 10**6}, "is set to more than 100000 values"),
        ({"model": 3}, "by its name, a string, not by a value of type int"),
        ({"model": [1]}, "by its name, a string"),
    ],
)
def test_what_no_file_could_write_is_refused(given: dict[str, Any], words: str, net: Path) -> None:
    for call in (cnndsl.load, cnndsl.compile, cnndsl.summary):
        with pytest.raises(CnnError) as caught:
            call(net, **given)
        assert words in " ".join(str(caught.value).split())


def test_values_become_plain(net: Path) -> None:
    assert cnndsl.compile(net, classes=Kind.SOME) == cnndsl.compile(net, classes=4)
    assert cnndsl.load(bytes(net), classes=Kind.SOME).fc.out_features == 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"batch": -1}, "N cannot be -1"),
        ({"batch": 0}, "N cannot be 0"),
        ({"batch": "a"}, "N cannot be a value of type str"),
        ({"at": {"N": "a"}}, "N cannot be a value of type str"),
        ({"at": {"N": True}}, "N cannot be a value of type bool"),
        ({"at": {"N": 3.0}}, "N cannot be a value of type float"),
        ({"at": {"N": 10**5000}}, "N cannot be a number of more than 400 digits"),
        ({"batch": 10**20}, "would have more than 281,474,976,710,656 elements"),
        ({"at": {"N": 10**20}}, "would have more than 281,474,976,710,656 elements"),
    ],
)
def test_sizes_that_are_none(given: dict[str, Any], words: str, net: Path) -> None:
    with pytest.raises(CnnError) as caught:
        cnndsl.summary(net, **given)
    assert words in " ".join(str(caught.value).split())


def test_mistakes_of_the_caller_are_told_in_words(net: Path) -> None:
    with pytest.raises(TypeError, match=r"the text of a \.cnn file is a str, not bytes"):
        cnndsl.loads(NET.encode())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="limits are given by their names"):
        cnndsl.check(net, limits=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="sizes are given by their names"):
        cnndsl.summary(net, at=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no dtype 'float8'; there are float32, bfloat16, float16"):
        cnndsl.summary(net, dtype="float8")
    with pytest.raises(ValueError, match="there is no optimizer 'adagrad'; there are sgd, momentum, adam, adamw"):
        cnndsl.summary(net, optimizer="adagrad")


def test_extern_is_shut() -> None:
    with pytest.raises(CnnError, match="nowhere_to_be_found:Thing"):
        cnndsl.loads(EXTERN)
    with pytest.raises(ModuleNotFoundError):
        cnndsl.loads(EXTERN, extern=True)


def test_check(net: Path) -> None:
    report = cnndsl.check(net)
    assert report.ok
    assert report.problems == ()
    assert str(report) == f"{net}: ok\n  Net: [N, 3] -> [N, 10], 40 parameters"
    assert report.to_json()["models"][0]["weights"] == 40


def test_check_never_raises(tmp_path: Path) -> None:
    assert [p.code for p in cnndsl.check(tmp_path / "none.cnn").problems] == ["file-not-found"]
    assert [p.code for p in cnndsl.check(tmp_path).problems] == ["file-is-folder"]
    assert [p.code for p in cnndsl.check("\0").problems] == ["file-not-readable"]


def test_errors_carry_the_problems(net: Path) -> None:
    net.write_text(NET.replace("Linear", "Linaer"))
    with pytest.raises(CnnError) as caught:
        cnndsl.compile(net)
    assert [problem.code for problem in caught.value.problems] == ["unknown-name"]
    assert str(caught.value) == str(cnndsl.check(net))


@pytest.mark.parametrize(
    "name", ['a"""\nimport os\nb.cnn', "a\\.cnn", "'; rm.cnn", "日.cnn", "a\u202eb.cnn", "a\rb.cnn"]
)
def test_file_names_cannot_write_code(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(NET)
    text = cnndsl.compile(path, classes=3)
    imports = [ast.unparse(node) for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert imports == ["import torch", "from torch import nn"] or imports == ["from torch import nn"]
    assert "\u202e" not in text
    assert "\r" not in text


def test_everything_public_is_documented_and_typed() -> None:
    for name in cnndsl.__all__:
        thing = getattr(cnndsl, name)
        if callable(thing):
            assert inspect.getdoc(thing)
        if inspect.isfunction(thing):
            assert set(thing.__annotations__) == {*inspect.signature(thing).parameters, "return"}
