"""Totals: what optimizers hold and what a state_dict is, against torch; the batch that fits, by trying; sizes given as
numbers against formulas.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import cnndsl
from cnndsl import pipeline
from cnndsl.cli import main
from cnndsl.cost.fits import fit
from cnndsl.cost.formats import as_json, csv_text, markdown
from cnndsl.cost.summary import Options, Summary, at, summary
from cnndsl.cost.table import table
from cnndsl.cost.words import number, short
from cnndsl.dims import symbol
from cnndsl.files import read
from cnndsl.source import Source

from ..test_summary import example
from .measure import of_module
from .networks import good_sizes

EXAMPLES = Path(__file__).parents[2] / "examples"
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, 0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


def told(path: Path, **options: Any) -> Summary:
    (model,) = pipeline.analyse(read(str(path))).graph.models
    return summary(model, Options(**options))


def size(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors if isinstance(tensor, torch.Tensor))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_holds_what_torch_holds(name: str, dtype: str) -> None:
    path = EXAMPLES / "digits.cnn"
    module: nn.Module = cnndsl.load(path).to(getattr(torch, dtype))
    optimizer = OPTIMIZERS[name](module.parameters())
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    found = told(path, dtype=dtype, optimizer=name).training
    assert found.weights == found.gradients == size(module.parameters())
    assert found.buffers == size(module.buffers())
    assert found.optimizer == sum(size(state.values()) for state in optimizer.state.values())


def test_the_state_dict_is_as_large_as_told() -> None:
    text = "model A {\n input x: [N, 4]\n buffer(persistent=False) m: [9] = 0\n buffer k: [7] = 0\n x -> Linear(2)\n}"
    source = Source("a.cnn", text)
    (model,) = pipeline.analyse(source).graph.models
    module = pipeline.load(source, None, False, {})
    assert summary(model).saved == size(module.state_dict().values()) == 4 * (10 + 7)
    assert summary(model).training.buffers == 4 * (9 + 7)


ONE_SIDED = [
    'einsum("ntd,nsd->nts", x, y)',
    'einsum("ntd,ntd->nt", x, y)',
    'einsum("ntd,dk->ntk", x, u * 2)',
    'einsum("ntd,de,ef->ntf", x, u, v)',
    'einsum("ntd,nsd,nse->nte", y, y, y)',
    'einsum("ntd,nse->nts", y, x)',
    'einsum("ntd,ntd->n", y, x)',
    'einsum("ntd,dd->nt", y, u * 2)',
    'einsum("...d,...d->...", y, x)',
    'einsum("ntd,nsd->nst", y, mean(y, 0, keepdim=True))',
    'einsum("btd,bsd,bse->bte", sigmoid(y), sigmoid(y), y)',
    'einsum("ntd,nte", y, y * 2)',
    "bilinear(x, x, ones([4, 8, 8]) * reshape(u, 1, 8, 8))",
    "bilinear(y, x, ones([4, 8, 8]))",
    "bilinear(x, x * 2, ones([4, 8, 8]), u[0, :4])",
    "batch_norm(y, zeros([16]), ones([16]))",
    "batch_norm(x, zeros([16]), ones([16]), ones([16]), v[0, :1] * ones([16]))",
    "batch_norm(y, zeros([16]), ones([16]), ones([16]), training=False)",
]


@pytest.mark.parametrize("call", ONE_SIDED)
def test_what_needs_no_gradient_makes_torch_keep_less(call: str) -> None:
    text = f"""model M {{
        input x: [3, 16, 8]
        param u: [8, 8] = normal
        param v: [8, 8] = normal
        y = x @ u
        {call} + v[0, 0]
    }}"""
    (found,) = pipeline.summaries(Source("m.cnn", text), None, {}, Options(), {}, None)
    assert found.training.activations == sum(of_module(cnndsl.loads(text), (torch.randn(3, 16, 8),), {}))


def test_half_precision_keeps_half() -> None:
    whole, half = (told(EXAMPLES / "lenet5.cnn", dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert str(whole.kept) == str(half.kept * 2) and half.training.weights * 2 == whole.training.weights


@pytest.mark.parametrize("memory", [10**6, 10**8, 24 * 10**9])
def test_the_batch_that_fits_is_the_largest(memory: int) -> None:
    found = told(EXAMPLES / "digits.cnn", optimizer="adamw")
    batch = fit(found, memory).batch
    if batch is None:
        assert at(found.training.total, {"N": 1}) > memory
    else:
        assert at(found.training.total, {"N": batch}) <= memory < at(found.training.total, {"N": batch + 1})


def test_what_fits_needs_all_other_sizes() -> None:
    assert fit(told(EXAMPLES / "unet.cnn"), 10**10).free == ("H", "W")


def test_sizes_given_are_put_into_the_formulas() -> None:
    formulas = told(EXAMPLES / "unet.cnn")
    numbers = cnndsl.summary(EXAMPLES / "unet.cnn", at={"H": 64, "W": 96}, batch=3)
    values = {"N": 3, "H": 64, "W": 96}
    for name in ("macs", "flops", "kept"):
        assert getattr(numbers, name) == at(getattr(formulas, name), values), name
    assert numbers.peak == (max(at(one, values) for one in formulas.peak),)
    assert str(formulas.met(formulas.macs)) == "559808 * H * N * W"


@pytest.mark.parametrize("sizes", [{"H": 12, "W": 16}, {"Q": 3}])
def test_sizes_that_a_model_does_not_take_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(cnndsl.CnnError):
        cnndsl.summary(EXAMPLES / "unet.cnn", at=sizes)


def test_a_batch_needs_a_free_first_axis(tmp_path: Path) -> None:
    (tmp_path / "net.cnn").write_text("model A {\n input x: [2, 4]\n Linear(3)\n}\n")
    with pytest.raises(cnndsl.CnnError) as caught:
        cnndsl.summary(tmp_path / "net.cnn", batch=3)
    assert [problem.code for problem in caught.value.problems] == ["no-batch"]


BRANCH = """
model A {
    input x: [N, 3, H, W]
    y = if H > 8 { x -> relu } else { x -> exp }
    y -> Conv2d(2, 1)
}
"""


def test_what_free_sizes_decide_is_told_as_unknown() -> None:
    (model,) = pipeline.analyse(Source("a.cnn", BRANCH)).graph.models
    assert summary(model).unknown == ("H > 8",) or summary(model).unknown == ("H >= 9",)


def test_what_runs_in_training_alone_is_marked() -> None:
    arm = "if training {\n b = x -> aux: Linear(2)\n return h, b\n }"
    text = f"model A {{\n input x: [N, 4]\n h = x -> a: Linear(3)\n {arm}\n return h\n}}"
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    found = summary(model)
    assert [(row.path, row.runs) for row in found.layers] == [("a", "always"), ("aux", "training")]
    assert str(found.macs) == "12 * N" and "(training)" in table(found)


@pytest.mark.parametrize("name", ["mobilenet", "simple_cnn", "googlenet"])
def test_in_place_keeps_what_torch_keeps(name: str) -> None:
    path = EXAMPLES / f"{name}.cnn"
    source = read(str(path))
    for model in pipeline.analyse(source).graph.models:
        values = good_sizes(model) or {}
        module = pipeline.load(source, model.name, True, {}, inplace=True).train()
        inputs = tuple(example(value.type, values) for value in model.instance.inputs)
        (found,) = pipeline.summaries(source, model.name, {}, Options(inplace=True), values, None)
        plain = summary(pipeline.analyse(source, model.name, at=values).graph.models[0])
        assert found.kept == sum(of_module(module, inputs, {})) <= plain.kept


# Formats


def test_blocks_that_repeat_are_one_line() -> None:
    text = "block B { Linear(4) -> ReLU }\nmodel A {\n input x: [N, 4]\n stack: B * 3\n Linear(2)\n}"
    (model,) = pipeline.analyse(Source("a.cnn", text)).graph.models
    text = table(summary(model))
    assert "stack: Sequential" in text and text.count("1-2 ×2: B") == 1 and "2: B" not in text.replace("×2: B", "")
    assert "0: B" not in table(summary(model), depth=1)


def test_formats_agree() -> None:
    found = told(EXAMPLES / "digits.cnn")
    data = json.loads(json.dumps(as_json(found)))
    rows = list(csv.DictReader(io.StringIO(csv_text([found]))))
    assert [row["path"] for row in rows] == [row.path for row in found.layers]
    assert sum(int(row["parameters"]) for row in rows) == data["parameters"] == found.parameters
    assert [row["macs"] for row in rows] == [str(row.macs) for row in found.layers]
    assert data["training"]["total"] == str(found.training.total)
    assert len(markdown(found, None).splitlines()) == len(list(found.walk())) + 4


@pytest.mark.parametrize("format", ["table", "wide", "markdown", "csv", "json"])
def test_the_command_prints_every_format(format: str, capsys: Any) -> None:
    assert main(["summary", str(EXAMPLES / "digits.cnn"), "--format", format, "--fits", "1GB", "--batch", "2"]) in (0,)
    assert "Digits" in capsys.readouterr().out


def test_wrong_options_are_usage_errors(capsys: Any) -> None:
    for options in (
        ["--fits", "much"],
        ["--fits", "9" * 400 + "GB"],
        ["--batch", "0"],
        ["--depth", "x"],
        ["--dtype", "int8"],
    ):
        assert main(["summary", str(EXAMPLES / "digits.cnn"), *options]) == 2
    assert "24GB" in capsys.readouterr().err


def test_numbers_are_short() -> None:
    values = (0, 7, 999, 1000, 99_949, 999_500, 1_820_000_000)
    assert [number(value) for value in values] == ["0", "7", "999", "1.00 k", "99.9 k", "1.00 M", "1.82 G"]
    h, w = symbol("H"), symbol("W")
    assert short(9408 * ((h + 1) // 2) * (w // 2)) == "9.41 k·⌈H/2⌉·⌊W/2⌋"
    assert short(None) == "?" and short(12 * h, "B") == "12·H B"
