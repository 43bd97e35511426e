"""`--inplace`: the same results and gradients bit for bit, less memory, nothing written over that is still needed."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

import cnndsl
from cnndsl import pipeline
from cnndsl.layers import all_layers
from cnndsl.source import Source

from .checks import loss, seeded
from .nets import NETS, Net, assert_same


def loaded(net: Net, inplace: bool) -> nn.Module:
    torch.manual_seed(0)
    options: dict[str, Any] = {"model": net.model, "inplace": inplace, **net.parameters}
    if "\n" in net.source:
        return cnndsl.loads(net.source, **options)
    return cnndsl.load(Path(__file__).parents[2] / net.source, **options)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_same_results_and_gradients(net: Net) -> None:
    plain, changed = loaded(net, False), loaded(net, True)
    for mode in (True, False):
        for module in (plain, changed):
            module.train(mode).zero_grad()
        results = [seeded(module, net.inputs()) for module in (changed, plain)]
        assert_same(*results)
        if list(plain.parameters()):
            for result in results:
                loss(result).backward()
        for ours, theirs in zip(changed.parameters(), plain.parameters(), strict=True):
            assert (ours.grad is None) == (theirs.grad is None)
            assert ours.grad is None or theirs.grad is None or torch.equal(ours.grad, theirs.grad)


GATHERED = {  # lists whose loops are written out
    "inputs of a block, ever more": "block Fuse(out) { input *xs: [N, _, L]; cat(xs, 1) -> Conv1d(out, 1) -> ReLU }\n"
    "model Net { input x: [N, 3, L]; ys = [x]; for i in range(3) { ys = [*ys, Fuse(4)(*ys)] }; cat(ys, 1) }",
    "one item of one": "block Conv(w) = { Conv1d(w, 3, padding=1) -> ReLU }\n"
    "model Net(depth=1) { input x: [N, 3, L]; h = x; hs = []; "
    "for i in range(depth) { h = h -> Conv(2); hs = [*hs, h] }; "
    "for i in range(depth) { h = cat([h, hs[-1 - i]], 1) -> Conv(2**(depth - i)) }; h }",
}


@pytest.mark.parametrize("text", GATHERED.values(), ids=GATHERED)
def test_lists_whose_loops_are_written_out(text: str) -> None:
    plain, changed = (cnndsl.loads(text, inplace=flag) for flag in (False, True))
    assert "inplace=True" in repr(changed)
    assert "inplace=True" not in repr(plain)
    changed.load_state_dict(plain.state_dict())
    x = torch.randn(2, 3, 9)
    assert torch.equal(plain(x), changed(x))


# Memory


def allocated(module: nn.Module, inputs: tuple[torch.Tensor, ...], train: bool) -> tuple[int, int]:
    """The bytes that one pass allocates, all together and at most at once."""
    module.train(train)
    seeded(module, inputs)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found, torch.set_grad_enabled(train):
        result = seeded(module, inputs)
        if train:
            loss(result).backward()
    events = [event for event in found.profiler.kineto_results.events() if event.name() == "[memory]"]
    sizes = [event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]
    now = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return sum(size for size in sizes if size > 0), max(now)


CHAIN = """\
model Chain {
    input x: [N, 3, 32, 32]
    Conv2d(16, 3, padding=1, bias=False) -> BatchNorm2d -> %s
    y = Conv2d(16, 3, padding=1, bias=False) -> BatchNorm2d
    y + (x -> Conv2d(16, 1)) -> %s
    AdaptiveAvgPool2d(1) -> Flatten -> Linear(2)
}
"""


def chain(stage: str, inplace: bool = True) -> nn.Module:
    torch.manual_seed(0)
    return cnndsl.loads(CHAIN % (stage, stage), inplace=inplace)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("stage", ["ReLU", "LeakyReLU(0.1)", "Hardtanh", "relu", "SiLU"])
def test_less_memory(stage: str, train: bool) -> None:
    """In evaluation each stage saves its output; in training where the output tells the gradient.

    LeakyReLU, which else keeps its input, saves it up to the backward pass.
    """
    x = torch.randn(8, 3, 32, 32)
    less, most = allocated(chain(stage), x.split(8), train)
    whole, peak = allocated(chain(stage, inplace=False), x.split(8), train)
    output = 8 * 16 * 32 * 32 * 4
    copies = train and stage in ("SiLU", "Hardtanh")  # torch copies what the backward pass needs
    assert whole - less == (0 if copies else 2 * output)
    assert most <= peak - (output if train and stage == "LeakyReLU(0.1)" else 0)


# Every activation


def stages() -> list[str]:
    found = [cls for cls in all_layers() if "inplace" in cls.fields and (not cls.ranks or 4 in cls.ranks)]
    return [cls.example or cls.__name__ for cls in found]


@pytest.mark.parametrize("stage", stages())
def test_every_activation_that_may_is_exact(stage: str) -> None:
    """ELU, CELU, SELU round otherwise; dropout draws otherwise on a GPU."""
    plain, changed = chain(stage, inplace=False), chain(stage)
    name = stage.partition("(")[0]
    flags = [getattr(module, "inplace", None) for module in changed.modules()]
    exact = not re.fullmatch("C?ELU|SELU|.*Dropout.*", name)
    assert flags.count(True) == 2 * exact
    x = torch.randn(4, 3, 32, 32)
    results = [seeded(module.train(), (x,)) for module in (plain, changed)]
    assert torch.equal(*results)
    for result in results:
        loss(result).backward()
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(plain.parameters(), changed.parameters(), strict=True))  # type: ignore[arg-type]


# What must stay as it is


def compiled(body: str, head: str = "input x: [N, 3, 8, 8]") -> str:
    return pipeline.compile(Source("net.cnn", f"model Net {{\n{head}\n{body}\n}}"), None, {}, inplace=True)[0]


SAFE = {
    "after a convolution": "Conv2d(4, 3) -> ReLU",
    "after a sum": "(x -> Conv2d(4, 1)) + (x -> Conv2d(4, 1)) -> ReLU",
    "after cat": "cat([x, x], 1) -> ReLU -> Conv2d(3, 1)",
    "a module that is used twice, safely": "Conv2d(3, 1) -> r: ReLU\ny = Conv2d(3, 1)\ny -> r",
    "in a group": "g: { Conv2d(4, 1) -> BatchNorm2d -> ReLU }",
    "in a loop": "g: { for i in range(3) { Conv2d(4, 3, padding=1) -> ReLU } }",
    "a function": "Conv2d(4, 1) -> relu",
    "in one mode": "y = Conv2d(4, 1)\ny = if training { y -> ReLU } else { y }",
}
UNSAFE = {
    "the input": "ReLU -> Conv2d(4, 1)",
    "used again": "y = Conv2d(4, 1)\nz = y -> ReLU\ny + z",
    "a result": "y = Conv2d(4, 1)\nz = y -> ReLU\nreturn y, z",
    "kept by a product": "y = Conv2d(4, 1)\nz = y * y\nw = y -> ReLU\nz + w",
    "kept by its maker": "Conv2d(4, 1) -> Sigmoid -> ReLU",
    "kept by softmax": "Conv2d(4, 1) -> softmax(1) -> ReLU",
    "made by another activation": "Conv2d(4, 1) -> GELU -> ReLU",
    "a view": "y = Conv2d(4, 1)\nz = y -> flatten(1) -> ReLU\nz -> mul(y -> flatten(1))",
    "one of several views": "a, b = x -> Conv2d(4, 1) -> chunk(2, 1)\na + (b -> ReLU)",
    "a parameter": "param p: [1, 3, 8, 8] = 1\nq = p -> relu\nx + q",
    "dropout hands its input on": "y = Conv2d(4, 1)\nz = y -> Dropout(0.5) -> ReLU\nz + y",
    "a module that is used twice, once unsafely": "y = Conv2d(3, 1) -> r: ReLU\nz = y -> r\ny + z",
    "its author says so": "Conv2d(4, 1) -> ReLU(inplace=False)",
    "its author says so of a function": "Conv2d(4, 1) -> relu(inplace=False)",
    "it rounds otherwise": "Conv2d(4, 1) -> ELU",
}


@pytest.mark.parametrize("what", SAFE)
def test_writes_over(what: str) -> None:
    assert "inplace=True" in compiled(SAFE[what])


@pytest.mark.parametrize("what", UNSAFE)
def test_leaves_alone(what: str) -> None:
    assert "inplace=True" not in compiled(UNSAFE[what])


ARMS = {  # of a condition on a size: how many stages may
    "y = Conv2d(4, 1)\nz = y -> ReLU\nif H > 9 { z = y + z }\nz": 0,
    "y = Conv2d(4, 1)\nz = y -> ReLU\nif H > 9 { z = z * 2 }\nz": 1,
    "y = Conv2d(4, 1)\nz = if H > 9 { y -> relu } else { y * y -> relu }\nz": 2,
    "y = Conv2d(4, 1)\nz = if H > 9 { y -> relu } else { y -> sigmoid }\nz": 1,
    "y = Conv2d(4, 1)\nz = if H > 9 { y -> relu } else { y * 2 -> relu }\nz + y": 1,
    "y = Conv2d(4, 1)\nif H > 9 { y = y -> relu }\nif W > 9 { y = y -> tanh }\ny -> Conv2d(3, 1) -> ReLU": 2,
}


@pytest.mark.parametrize("body", ARMS)
def test_each_way_of_a_condition_on_a_size_is_seen(body: str) -> None:
    head = "input x: [N, 3, H, W]"
    assert compiled(body, head).count("inplace=True") == ARMS[body]
    plain, changed = (cnndsl.loads(f"model Net {{\n{head}\n{body}\n}}", inplace=flag) for flag in (False, True))
    changed.load_state_dict(plain.state_dict())
    for sizes in ((8, 8), (12, 8), (8, 12), (12, 12)):
        x = torch.randn(2, 3, *sizes)
        results = [module(x) for module in (plain, changed)]
        assert torch.equal(*results)
        grads = [torch.autograd.grad(result.sum(), list(module.parameters())) for result, module in
                 zip(results, (plain, changed), strict=True)]  # fmt: skip
        assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))


def test_too_many_ways_are_not_gone() -> None:
    body = "\n".join(["y = Conv2d(4, 1)", *(f"if H > {n} {{ y = y * {n} }}" for n in range(9, 16)), "y -> ReLU"])
    assert "inplace=True" not in compiled(body, "input x: [N, 3, H, W]")


def test_code_from_outside_may_keep_its_input() -> None:
    text = """extern block Outer(): [N, C, H, W] -> [N, C, H, W] from "somewhere:Outer"
model Net { input x: [N, 3, 8, 8]; y = Conv2d(4, 1); z = y -> Outer; w = y -> ReLU; z + w }
model Other { input x: [N, 3, 8, 8]; Conv2d(4, 1) -> Outer -> ReLU }
"""
    for model in ("Net", "Other"):
        assert "inplace=True" not in pipeline.compile(Source("net.cnn", text), model, {}, inplace=True)[0]


def test_a_loop_stays_a_loop() -> None:
    assert "nn.ReLU(inplace=True)" in compiled(SAFE["in a loop"])
    assert "for _ in range(" in compiled("g: (Conv2d(3, 1) -> BatchNorm2d -> ReLU) * 4").replace("range(4)", "range(")


LOOPS = """
block Stage { input x: [N, C, H, W]; Conv2d(C, 3, padding=1) -> ReLU -> Conv2d(C, 1) }
model Net(depth=4) {
    input x: [N, 4, 8, 8]
    for i in range(depth) { "stage{i}": { Stage * 2 } }
    for i in range(3) { "step{i}": Conv2d(4, 1) -> "act{i}": ReLU }
    for i in range(depth) { Conv2d(4, 1) -> ReLU }
}
"""


def test_loops_of_a_body_stay_loops() -> None:
    plain, changed = (cnndsl.loads(LOOPS, inplace=flag) for flag in (False, True))
    changed.load_state_dict(plain.state_dict())
    x = torch.randn(2, 4, 8, 8)
    assert torch.equal(plain(x), changed(x))
    code = pipeline.compile(Source("net.cnn", LOOPS), None, {}, inplace=True)[0]
    assert "for i in range(depth)" in code and "nn.ReLU()" not in code
    assert "nn.ReLU(inplace=True) for _ in range(depth)" in code


def test_one_place_may_hold_other_layers() -> None:
    block = "block B(Last=ReLU) { Conv2d(4, 1) -> last: Last }\n"
    code = pipeline.compile(
        Source("net.cnn", block + "model Net { input x: [N, 4, 8, 8]; B -> B(Softplus) -> B(BatchNorm2d) }"),
        None,
        {},
        inplace=True,
    )[0]
    assert "nn.ReLU(inplace=True)" in code and "nn.Softplus()" in code and "nn.BatchNorm2d(4)" in code


def test_what_a_caller_no_longer_needs_may_be_written_over() -> None:
    block = "block Pre(out) { ReLU -> Conv2d(out, 1) }\nmodel Net { input x: [N, 3, 8, 8]; %s }"
    codes = [
        pipeline.compile(Source("net.cnn", block % body), None, {}, inplace=True)[0]
        for body in (
            "Conv2d(3, 1) -> Pre(3)",
            "Conv2d(3, 1) -> Pre(3) -> Pre(4)",
            "y = Conv2d(3, 1); y + (y -> Pre(3))",
            "Pre(3)",
        )
    ]
    assert ["inplace=True" in code for code in codes] == [True, True, False, False]


TAPPED = """
model Inner {
    input x: [N, 3, 8, 8]
    conv: Conv2d(4, 1) -> relu: ReLU
    features: { Conv2d(4, 1) -> ReLU -> Conv2d(4, 1) }
}
model Outer { input x: [N, 3, 8, 8]; a, b = inner: Inner["conv", "features"]; return a * 2, b }
"""


def test_a_tap_keeps_the_value_it_takes() -> None:
    code = pipeline.compile(Source("net.cnn", TAPPED), "Outer", {}, inplace=True)[0]
    assert "self.relu = nn.ReLU()" in code and "nn.ReLU(inplace=True)" in code


def test_the_command_is_told_and_the_flag_costs_no_class() -> None:
    path = str(Path(__file__).parents[2] / "examples/torchvision/shufflenet.cnn")
    plain, changed = (cnndsl.compile(path, inplace=flag) for flag in (False, True))
    assert "`cnndsl compile shufflenet.cnn --inplace`" in changed
    assert plain.count("\nclass ") == changed.count("\nclass ")
    module = copy.deepcopy(cnndsl.loads(CHAIN % ("ReLU", "ReLU"), inplace=True))
    assert sum(getattr(part, "inplace", False) for part in module.modules()) == 2


def test_what_a_round_gives_to_nobody_does_not_write() -> None:
    text = (
        "model M { input a: [N, 4]; x = a -> Linear(4); z = x; for i in range(3) { z = z + x; y = x -> relu }; y + z }"
    )
    plain, changed = cnndsl.loads(text), cnndsl.loads(text, inplace=True)
    changed.load_state_dict(plain.state_dict())
    x = torch.randn(3, 4)
    assert torch.equal(plain(x), changed(x))
