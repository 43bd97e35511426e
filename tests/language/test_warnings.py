"""Networks that run and are still mistakes: each warning, where it must not be said, and how it is silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cnndsl.analysis.allowed import CODES

from ..expectations import expected, report
from .helpers import body, build, check, refuse

WARNED = {
    "linear-on-maps": "Conv2d(4, 3)\nLinear(5)  # warning: linear-on-maps",
    "linear-on-pool": "MaxPool2d(2)\nLinear(5)  # warning: linear-on-maps",
    "unused-value": "y = x + 1  # warning: unused\nx -> Conv2d(4, 3)",
    "unused-module": "y = a: Conv2d(4, 3)  # warning: unused\nx -> Conv2d(4, 3)",
    "cancelled-bias": "Conv2d(4, 3)  # warning: cancelled-bias\nBatchNorm2d",
    "activation-twice": "Conv2d(4, 3) -> ReLU -> ReLU  # warning: activation-twice",
    "stride-over-kernel": "Conv2d(4, 2, 3)  # warning: stride-over-kernel",
    "torch-order": "Conv2d(3, 6, 5)  # warning: torch-order",
    "after-side-branch": "a: Conv2d(4, 3)\ns = x -> b: Conv2d(4, 3)\nc: Conv2d(4, 3)  # warning: after-side-branch",
}


@pytest.mark.parametrize("name", WARNED)
def test_warned_and_still_built(name: str) -> None:
    refuse(body(WARNED[name]))
    build(body(WARNED[name]))


@pytest.mark.parametrize("name", WARNED)
def test_allowed_on_its_line(name: str) -> None:
    check(body(WARNED[name].replace("# warning:", "# allow:")))


@pytest.mark.parametrize("name", WARNED)
def test_allowed_for_the_whole_definition(name: str) -> None:
    text = WARNED[name]
    code = text.split("# warning: ")[1].split("\n")[0]
    stripped = "\n".join(line.split("  # warning")[0] for line in text.splitlines())
    check(body(stripped).replace("model Net {", f"model Net {{  # allow: {code}"))


def test_what_can_be_allowed_is_what_is_warned_of() -> None:
    """Whatever the golden cases warn of; `test_every_code_has_a_case` holds that these are all."""
    cases = (Path(__file__).parent.parent / "errors").rglob("*.case")
    announced = (expected(path.read_text(encoding="utf-8").split("\n=== ")[0]) for path in cases)
    assert {code for case in announced for _, severity, code in case if severity == "warning"} == CODES | {
        "unknown-allowance"
    }


def test_an_unused_parameter_is_warned_about() -> None:
    refuse("model Net(n=3) { input x: [N, 4]; Linear(2) }  # warning: unused")


@pytest.mark.parametrize(
    "statements",
    [
        "Conv2d(4, 3) -> Flatten -> Linear(5)",
        "Conv2d(4, 3, bias=False) -> BatchNorm2d",
        "Conv2d(4, 3) -> ReLU -> BatchNorm2d",
        "Conv2d(4, 3) -> ReLU -> Conv2d(4, 3) -> ReLU",
        "Conv2d(4, 1, 2)",
        "MaxPool2d(1, 2)",
        "Conv2d(3, 7, 2)",
        "Conv2d(3, 4, 2)",
        "Conv2d(3, kernel_size=6, stride=5)",
        "_ = x + 1\nx -> Conv2d(4, 3)",
        "y = a: Conv2d(4, 3)\nz = y -> b: Conv2d(4, 1)\nz + y",
        "Conv2d(4, 3) -> BatchNorm2d(affine=False)  # allow: cancelled-bias",
        "Linear(32) -> BatchNorm2d",
        "LayerNorm -> BatchNorm2d",
        "InstanceNorm2d -> BatchNorm2d",
    ],
)
def test_not_warned(statements: str) -> None:
    check(body(statements))


@pytest.mark.parametrize("layer", ["LSTM(64, 20)", "TransformerEncoderLayer(64, 8)", "Conv1d(64, 128, 3, padding=1)"])
def test_arguments_in_torchs_order_are_warned_about(layer: str) -> None:
    shape = "[N, 64, 300]" if layer.startswith("Conv") else "[5, N, 64]"
    refuse(body(f"{layer}  # warning: torch-order", shape))


@pytest.mark.parametrize("before", ["Sigmoid", "Tanh", "Softmax(1)", "LogSoftmax(1)", "Softmin(1)", "tanh", "sigmoid"])
@pytest.mark.parametrize("after", ["ReLU(inplace=True)", "Dropout(0.5, inplace=True)", "ELU(inplace=True)"])
def test_what_writes_over_a_kept_result_fails_in_training(before: str, after: str) -> None:
    text = f"model Net {{\n    input x: [N, 4]\n    Linear(4) -> {before} -> {after}\n}}"
    (problem,) = report(text).problems
    assert problem.code == "overwritten"
    with torch.enable_grad(), pytest.raises(RuntimeError, match="modified by an inplace operation"):
        build(text).train()(torch.randn(2, 4)).sum().backward()


@pytest.mark.parametrize(
    "before", ["Linear(4)", "BatchNorm1d", "LayerNorm", "Dropout(0.5)", "AvgPool1d(2)", "Identity"]
)
def test_and_what_keeps_no_result_does_not(before: str) -> None:
    text = f"model Net {{\n    input x: [N, 4]\n    Linear(4, bias=False) -> {before} -> ReLU(inplace=True)\n}}"
    assert report(text).problems == ()
    with torch.enable_grad():
        build(text).train()(torch.randn(2, 4)).sum().backward()
