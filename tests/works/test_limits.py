"""What torch itself makes impossible, each shown by the smallest module written by hand that fails in the same way.

These are the reasons for the `limits` in nets.py, and are told in docs/generated.md. Where one of these tests fails,
torch has learnt to do it: take the limit away.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import torch
from torch import nn
from torch.export import Dim

from .checks import in_onnxruntime, quiet
from .nets import NETS

FREE = Dim.DYNAMIC


def fails(*arguments: Any, error: type[Exception], text: str, call: Any, **options: Any) -> None:
    with quiet(), pytest.raises(error, match=text):
        call(*arguments, **options)


class Decides(nn.Module):
    """Looks at a size."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.shape[1] > 4 else x


def test_tracing_by_symbols_cannot_decide_on_a_size() -> None:
    fails(
        Decides(),
        call=torch.fx.symbolic_trace,
        error=torch.fx.proxy.TraceError,
        text="inputs to control flow",
    )


def test_an_exported_program_keeps_one_way_of_a_condition() -> None:
    with quiet():
        program = torch.export.export(Decides(), (torch.ones(1, 8),), dynamic_shapes=({1: FREE},)).module()
        assert torch.equal(program(torch.ones(1, 9)), torch.full((1, 9), 2.0))
    fails(torch.ones(1, 3), call=program, error=AssertionError, text="Guard failed")


def test_onnx_keeps_one_way_of_a_condition_without_a_word() -> None:
    with quiet():
        program = torch.onnx.export(Decides(), (torch.ones(1, 8),), dynamo=True, dynamic_shapes=({1: Dim.AUTO},))
    assert torch.equal(in_onnxruntime(program, (torch.ones(1, 3),))[0], torch.full((1, 3), 2.0))


class Output(NamedTuple):
    out: torch.Tensor
    aux: torch.Tensor | None = None


class Lacks(nn.Module):
    """Has a result that it lacks in eval mode."""

    def forward(self, x: torch.Tensor) -> Output:
        return Output(x + 1)


def test_jit_traces_no_none() -> None:
    fails(Lacks(), torch.ones(1), call=torch.jit.trace, error=RuntimeError, text="Only tensors")


class Named(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": x + 1}


def test_jit_traces_a_dict_only_where_it_is_told_to() -> None:
    fails(Named(), torch.ones(1), call=torch.jit.trace, error=RuntimeError, text="strict=False")
    with quiet():
        assert torch.jit.trace(Named(), torch.ones(1), strict=False)(torch.ones(1))["out"] == 2


def test_dynamo_takes_no_recurrent_layer() -> None:
    fast = torch.compile(nn.LSTM(2, 2), fullgraph=True, backend="eager")
    fails(torch.ones(3, 2), call=fast, error=torch._dynamo.exc.Unsupported, text="RNN, GRU, or LSTM")


def test_export_fixes_the_length_of_a_recurrent_layer() -> None:
    inputs = (torch.ones(3, 2),)
    fails(
        nn.LSTM(2, 2),
        inputs,
        call=torch.export.export,
        dynamic_shapes=({0: FREE},),
        error=torch._dynamo.exc.UserError,
        text="specialized it to be a constant",
    )


def test_export_fixes_the_length_of_a_pooled_wave() -> None:
    fails(
        nn.MaxPool1d(2),
        (torch.ones(1, 1, 8),),
        call=torch.export.export,
        dynamic_shapes=({2: FREE},),
        error=torch._dynamo.exc.UserError,
        text="specialized it to be a constant",
    )


def test_onnx_pools_free_sizes_wrongly() -> None:
    pool, other = nn.AdaptiveAvgPool2d(2), torch.ones(1, 1, 12, 10)
    with quiet():
        program = torch.onnx.export(
            pool, (torch.ones(1, 1, 8, 8),), dynamo=True, dynamic_shapes=({2: Dim.AUTO, 3: Dim.AUTO},)
        )
    assert in_onnxruntime(program, (other,))[0].shape != pool(other).shape


class Kept(nn.Module):
    """Has a buffer outside its state_dict."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mask", torch.ones(1), persistent=False)


def test_a_buffer_outside_the_state_dict_is_lost_on_the_meta_device() -> None:
    with torch.device("meta"):
        empty = Kept()
    empty.load_state_dict(Kept().state_dict())
    assert empty.mask.is_meta  # nothing has said what it was


def test_limits_are_few() -> None:
    """A new limit needs a test here."""
    limits = {limit for net in NETS for limit in net.limits}
    assert limits == {"fx", "jit", "export-free", "onnx-free", "compile", "compile-gradients"}
