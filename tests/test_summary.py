"""The summary against torch: on every example the same layers, parameters and output shapes as the module that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import cnndsl
from cnndsl import pipeline
from cnndsl.cost.summary import summary
from cnndsl.cost.table import table
from cnndsl.cost.tree import NEVER
from cnndsl.dims import Dim
from cnndsl.emit.summary import Row, facts, rows
from cnndsl.files import read
from cnndsl.graph import Model
from cnndsl.shapes import TensorType
from cnndsl.source import Source

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.cnn"))
OWN = ("Parameter", "Buffer")
CASES = {
    "shared": "model A {\n input x: [N, 4]\n a: Linear(4)\n a -> ReLU -> a\n}",
    "list": "model A {\n input x: [N, 3, 8, 8]\n b: [Conv2d(2, 1), Sequential { Conv2d(4, 1) -> ReLU }] -> cat(1)\n}",
    "own": "model A {\n input x: [N, 4]\n param g: [4] = 1\n buffer b: [1] = 0\n x * g + b -> Linear(2)\n}",
    "dotted": 'model A {\n input x: [N, 4]\n "a.b": Linear(4)\n "a.c": Linear(3)\n}',
    "repeat": "block B { Linear(4) -> ReLU }\nmodel A {\n input x: [N, 4]\n r: B * 3\n for i in range(2) { B }\n}",
    "tuple": "model A {\n input x: [T, N, 4]\n y, _ = lstm: LSTM(5, 2)\n y -> fc: Linear(2)\n return a=y, b=x\n}",
}


def models() -> list[Any]:
    found = [pytest.param(read(str(path)), id=path.stem) for path in EXAMPLES]
    return found + [pytest.param(Source(f"{name}.cnn", text), id=name) for name, text in CASES.items()]


def built(source: Source) -> list[tuple[Model, nn.Module]]:
    """Each model of a file with the module that it compiles to."""
    graph = pipeline.analyse(source).graph
    return [(model, pipeline.load(source, model.name, True, {})) for model in graph.models]


def sizes(model: Model) -> dict[str, int]:
    """Small sizes that meet the requirements."""
    names = {s for v in model.instance.inputs for size in v.type.shape if isinstance(size, Dim) for s in size.symbols}
    for start in (2, 3, 32, 64, 224, 8192):
        found = {name: model.requirements.nearest(name, start)[1] or start for name in names}
        if model.requirements.holds(found):
            return found
    raise AssertionError("no sizes are good")


def example(kind: TensorType, values: dict[str, int]) -> Tensor:
    shape = shape_of(kind, values)
    return torch.rand(shape) if kind.is_float else torch.randint(0, 2, shape)


def shape_of(kind: TensorType, values: dict[str, int]) -> tuple[int, ...]:
    return tuple(size.at(values) if isinstance(size, Dim) else int(size) for size in kind.shape)


def actual(output: Any) -> Any:
    """The shapes of a module's result, nested as it is."""
    if isinstance(output, dict):
        return [actual(item) for item in output.values()]
    if isinstance(output, (list, tuple)):
        return [actual(item) for item in output]
    return None if output is None else tuple(output.shape)


def remember(found: dict[str, Any], name: str) -> Any:
    def hook(_: nn.Module, __: Any, output: Any) -> None:
        found.setdefault(name, actual(output))

    return hook


def outputs(module: nn.Module, arguments: list[Tensor]) -> dict[str, Any]:
    """The shape that each submodule gave when it first ran."""
    found: dict[str, Any] = {}
    for name, part in module.named_modules():
        part.register_forward_hook(remember(found, name))
    with torch.no_grad():
        module.eval()(*arguments)
    return found


def layers(model: Model) -> list[Row]:
    return [row for row in rows(model.instance) if row.layer not in OWN]


@pytest.fixture(autouse=True)
def examples_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES[0].parent)  # what an `extern` block of theirs names lies beside them


@pytest.mark.parametrize("source", models())
def test_layers_are_those_of_the_module(source: Source) -> None:
    for model, module in built(source):
        paths = [row.path for row in layers(model)]
        inside = {name for name, _ in module.named_modules(remove_duplicate=False)}
        assert len(paths) == len(set(paths))
        assert set(paths) <= inside
        leaves = [name for name, part in module.named_modules() if name and not list(part.children())]
        assert not [name for name in leaves if not covered(name, paths)]


def covered(name: str, paths: list[str]) -> bool:
    """Whether a submodule is a layer of the list, or lies in one (as in a TransformerEncoder)."""
    return any(name == path or name.startswith(f"{path}.") for path in paths)


@pytest.mark.parametrize("source", models())
def test_parameters_and_buffers_are_counted(source: Source) -> None:
    for model, module in built(source):
        unknown = [row.path for row in layers(model) if row.weights is None]
        outside = sum(p.numel() for path in unknown for p in module.get_submodule(path).parameters())
        assert facts(model).weights == sum(p.numel() for p in module.parameters()) - outside
        kept = sum(b.numel() for b in module.buffers())
        found = [w for row in rows(model.instance) for w in row.weights or () if w.kind != "parameter"]
        assert sum(torch.Size(map(int, w.shape)).numel() for w in found) == kept


@pytest.mark.parametrize("source", models())
def test_shapes_are_those_that_come_out(source: Source) -> None:
    for model, module in built(source):
        values = sizes(model)
        ran = outputs(module, [example(value.type, values) for value in model.instance.inputs])
        unread = {row.path for row in summary(model).layers if row.runs == NEVER}
        for row in layers(model):
            assert row.path not in ran if row.path in unread else agrees(row.output, ran[row.path], values), row.path


def agrees(kind: Any, shape: Any, values: dict[str, int]) -> bool:
    """Whether a foretold type is the shape that came out; what the network does not use is not foretold."""
    if isinstance(kind, tuple):
        return len(kind) == len(shape) and all(agrees(*pair, values) for pair in zip(kind, shape, strict=True))
    return kind is None or shape_of(kind, values) == shape


@pytest.mark.parametrize("source", models())
def test_the_table_has_a_line_a_layer(source: Source) -> None:
    for model in pipeline.analyse(source).graph.models:
        found = summary(model)
        text = table(found, None)
        paths = [row.path for row in rows(model.instance)]
        assert len(text.splitlines()) >= 6 and f"{facts(model).weights:,} parameters" in text
        assert set(paths) == {row.path for row in found.layers if row.kind != "function"}
        assert all(len(line) <= 80 for line in table(found).splitlines() if " * " not in line), table(found)


def test_defaults_are_told_as_they_are_written() -> None:
    text = 'model A(n=3, Act=LeakyReLU(0.2), s="same", w=[1, (2, 3)], f=None) {\n input x: [N, n]\n Act -> Linear(n)\n}'
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    assert facts(model).parameters == {"n": 3, "Act": "LeakyReLU(0.2)", "s": "same", "w": [1, [2, 3]], "f": None}


def test_outputs_are_named() -> None:
    body = "model A {\n input x: [N, 4]\n a = Linear(2)\n b = x -> Linear(3)\n RETURN\n}"
    found = {}
    for result in ("return a, b", "return u=a, v=b", "return {out: a, aux: b}", "b", "return a, b + 1"):
        (model,) = pipeline.analyse(Source("a.cnn", body.replace("RETURN", result))).graph.models
        found[result] = list(facts(model).outputs)
    assert list(found.values()) == [["a", "b"], ["u", "v"], ["out", "aux"], ["output"], ["a", "output1"]]


def test_version_is_one() -> None:
    pyproject = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    assert f'version = "{cnndsl.__version__}"' in pyproject


def test_results_by_their_number() -> None:
    text = """
    block Two(c) {
        input x: [N, C, H, W]
        outs = [x -> Conv2d(c, 1), x -> Conv2d(c, 3, padding=1)]
        return outs
    }
    model Net {
        input x: [N, 8, 4, 4]
        parts = split(x, 4, 1)
        ys = parts[0] + parts[-1] -> Two(6)
        return max(cat([ys[1], ys[0]], 1), 1)[0], x / max(N - 1, 1)
    }
    """
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    assert facts(model).weights == summary(model).parameters == 252
    assert "two1: Two(6)" in table(summary(model))


def test_a_sum_that_is_too_long_is_a_problem() -> None:
    from cnndsl import CnnError, pipeline
    from cnndsl.cost.summary import Options
    from cnndsl.source import Source

    shape = ", ".join(f"D{number}" for number in range(200))
    source = Source("net.cnn", f"model Net {{\n    input x: [{shape}]\n    ReLU\n}}\n")
    with pytest.raises(CnnError) as caught:
        pipeline.summaries(source, None, {}, Options(), {}, None)
    assert [problem.code for problem in caught.value.problems] == ["size-too-long"]


@pytest.mark.parametrize("command", ["summary net.cnn", "summary net.cnn --at D0=1", "diff net.cnn net.cnn"])
def test_no_command_breaks_off_at_a_sum_that_is_too_long(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cnndsl.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnndsl.dims.algebra.LIMIT", 40)
    outputs = [f"x -> AvgPool1d({n + 2}) -> Conv1d(1, 1) -> Tanh -> mean(2)" for n in range(60)]
    text = f"model Net {{\n    input x: [D0, 3, H]\n    cat([{', '.join(outputs)}], 1)\n}}\n"
    (tmp_path / "net.cnn").write_text(text)
    assert main(command.split()) == (2 if command.startswith("diff") else 1)
    told = "".join(capsys.readouterr())
    assert "error[size-too-long]" in told and "net.cnn:1:7" in told
