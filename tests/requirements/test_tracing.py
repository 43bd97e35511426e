"""Guards and torch's tracers: fx keeps them, compile and export pass them without a break or a specialisation."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import nn
from torch.export import Dim, export

from cnndsl import live, pipeline
from cnndsl.emit.python import File
from cnndsl.source import Source

from .compare import graph_of
from .named import CASES

OTHERS = {
    "values": "a = MaxPool2d(2); b = x -> Conv2d(3, 5); a + b",
    "square": "x + permute(x, 0, 1, 3, 2)",
    "number": "y, z = split(Conv2d(4, 3), [2, 5], dim=2); y",
    "interval": "y, z = chunk(x[:, :, :9] -> Conv2d(4, 4), 2, dim=2); y -> Conv2d(3, (3, 1))",
    "two symbols": "InstanceNorm2d",
}
LONG = ("unpadded-u-net", "swin", "inception")  # torch takes a minute for these: `--networks 51` or more runs them
TEXTS = {name: case.text for name, case in CASES.items() if name != "vgg-fixed"}
TEXTS |= {name: f"model Net {{ input x: [N, 3, H, W]; {body} }}" for name, body in OTHERS.items()}
GOOD = {"values": (7, 8), "unpadded-u-net": (188, 204), "shuffles": (24, 36), "square": (24, 24), "number": (9, 10)}
# Where torch's range begins later than it must: it fixes sizes whose strides or padding it compares with 1.
NARROWER = {"shuffles": 24, "pyramid-resized": 9}


@pytest.fixture
def patient(request: pytest.FixtureRequest) -> None:
    long = request.node.callspec.params["name"] in LONG
    if long and int(request.config.getoption("--networks")) <= 50:
        pytest.skip("part of the long run")


def module(text: str, guards: bool = True) -> nn.Module:
    graph = graph_of(text)
    file = File(graph, guards=guards)
    return live.build(file.text(""), file.entries["Net"]).eval()


def images(name: str, batch: int = 2) -> torch.Tensor:
    return torch.zeros(batch, 3, *GOOD.get(name, (112, 112) if name == "swin" else (96, 112)))


def exported(model: nn.Module, x: torch.Tensor, shapes: Any = None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return export(model, (x,), dynamic_shapes=(shapes or {0: Dim.AUTO, 2: Dim.AUTO, 3: Dim.AUTO},), strict=False)


def constraints(program: Any) -> tuple[list[str], list[str]]:
    shape = next(node.meta["val"].shape for node in program.graph.nodes if node.name == "x")
    return [str(size) for size in shape], [str(limits) for limits in program.range_constraints.values()]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", TEXTS)
def test_export_is_the_same_with_and_without_guards(name: str) -> None:
    with_guards, without = (exported(module(TEXTS[name], guards), images(name)) for guards in (True, False))
    assert constraints(with_guards) == constraints(without)
    free = [size for size in constraints(with_guards)[0] if not size.isdigit()]
    assert len(free) == (2 if name == "number" else 3)
    if name in CASES:
        check_range(name, with_guards)


def check_range(name: str, program: Any) -> None:
    """Torch's range begins where it must, or is listed."""
    low = max(limits.lower for limits in program.range_constraints.values())
    ours = max(graph_of(TEXTS[name]).models[0].requirements.nearest("H", 1)[1] or 1, 2)
    assert (low if low > ours else None) == NARROWER.get(name)


@pytest.mark.parametrize(("name", "step"), [("u-net", 16), ("shuffles", 12)])
def test_multiples_are_accepted_where_a_divisor_is_needed(name: str, step: int) -> None:
    shapes = {0: Dim("n"), 2: step * Dim("h", min=2, max=64), 3: step * Dim("w", min=2, max=64)}
    program = exported(module(TEXTS[name]), torch.zeros(2, 3, 3 * step, 4 * step), shapes)
    shape = constraints(program)[0]
    assert [f"{step}*" in size for size in shape] == [False, False, True, True]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", TEXTS)
def test_compile_does_not_break(name: str) -> None:
    torch._dynamo.reset()
    plain = module(TEXTS[name])
    compiled = torch.compile(plain, fullgraph=True, dynamic=True, backend="eager")
    for batch in (2, 3):
        given, wanted = compiled(images(name, batch)), plain(images(name, batch))
        torch.testing.assert_close(given, wanted)


@pytest.mark.parametrize("name", TEXTS)
def test_fx_keeps_the_guards(name: str) -> None:
    model = module(TEXTS[name])
    traced = torch.fx.symbolic_trace(model)
    torch.testing.assert_close(traced(images(name)), model(images(name)))
    calls = [node for node in traced.graph.nodes if node.op == "call_function" and node.target.__name__ == "require"]
    guards = [node for node in calls if "ndim" not in node.args[1]]
    assert len(calls) == len(guards) + bool(guards)  # the rank comes first
    conditions = graph_of(TEXTS[name]).models[0].requirements.conditions
    # that one has a set for each mode, and a batch norm on a map of one
    assert len(guards) == (2 * len(conditions) + 1 if name == "inception" else len(conditions))
    if guards:
        with pytest.raises(ValueError, match="must hold, but the input's shape is"):
            traced(torch.zeros(1, 3, 1, 1) if name != "square" else torch.zeros(1, 3, 4, 5))
        with pytest.raises(ValueError, match="ndim == 4 must hold"):
            traced(torch.zeros(1, 3, 8))


def test_tracers_pass_guards_of_two_inputs() -> None:
    text = "model Net { input x: [N, 3, H]; input y: [N, 3, K]; Conv1d(4, 3)(x) + Conv1d(4, 1)(y) }"
    model, given = module(text), (torch.rand(2, 3, 7), torch.rand(2, 3, 5))
    traced = torch.fx.symbolic_trace(model)
    for made in (traced, torch.compile(model, fullgraph=True, dynamic=True, backend="eager")):
        torch.testing.assert_close(made(*given), model(*given))
    with pytest.raises(ValueError, match=r"the inputs' shapes are \[2, 3, 7\] and \[2, 3, 6\]"):
        traced(given[0], torch.rand(2, 3, 6))


def test_no_guards_leaves_them_out() -> None:
    source = Source("net.cnn", TEXTS["u-net"])
    texts = [pipeline.compile(source, None, {}, guards)[0] for guards in (True, False)]
    assert ["require(" in text for text in texts] == [True, False]
    assert ["--no-guards" in text for text in texts] == [False, True]
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        module(TEXTS["u-net"], guards=False)(torch.zeros(1, 3, 30, 32))


def test_one_error_before_any_work() -> None:
    model = module(TEXTS["u-net"])
    for child in model.children():
        child.register_forward_pre_hook(lambda *_: pytest.fail("work was done"))
    with pytest.raises(ValueError, match=r"W % 16 == 0 must hold, but the input's shape is \[1, 3, 32, 30\]"):
        model(torch.zeros(1, 3, 32, 30))
