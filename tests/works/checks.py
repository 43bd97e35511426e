"""What is tried with each network, a function for each tool: it gets the network, and a module made of it."""

from __future__ import annotations

import copy
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch._inductor.config
from torch import nn
from torch.export import Dim

from .nets import Net, assert_same, tensors

Check = Callable[[Net, nn.Module], None]
FLOAT = 1e-5  # how far apart, relatively, results of another order of summing may be


@contextmanager
def quiet() -> Iterator[None]:
    """Without what torch's tools say of themselves."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def compiles(backend: str) -> Check:
    def check(net: Net, module: nn.Module) -> None:
        """One graph without breaks, in both modes; other sizes get another one, or a common one."""
        torch._inductor.config.fallback_random = True  # inductor draws as torch does
        for mode in (False, True):
            torch._dynamo.reset()
            module.train(mode)
            twin = copy.deepcopy(module)
            fast = torch.compile(module, fullgraph=True, backend=backend)
            for sizes in (net.first, net.other):
                inputs = net.inputs(sizes)
                assert_same(seeded(fast, inputs), seeded(twin, inputs), FLOAT if backend != "eager" else 0.0)

    return check


def seeded(module: Any, inputs: tuple[torch.Tensor, ...]) -> Any:
    torch.manual_seed(2)
    return module(*inputs)


def trains_compiled(net: Net, module: nn.Module) -> None:
    """The gradients of a compiled module are the module's."""
    torch._dynamo.reset()
    twin = copy.deepcopy(module).train()
    if not list(module.parameters()):
        return
    fast = torch.compile(module.train(), fullgraph=True, backend="aot_eager")
    for net_ in (fast, twin):
        loss(seeded(net_, net.inputs())).backward()
    for (name, ours), theirs in zip(module.named_parameters(), twin.parameters(), strict=True):
        assert (ours.grad is None) == (theirs.grad is None), name
        if ours.grad is not None and theirs.grad is not None:
            assert_same(ours.grad, theirs.grad, 10 * FLOAT)


def loss(result: Any) -> torch.Tensor:
    """A number that every result that can be derived has a part in."""
    found = [tensor.float().square().mean() for tensor in tensors(result) if tensor.requires_grad]
    return torch.stack(found).sum()


def exports(net: Net, module: nn.Module) -> None:
    """At one size."""
    inputs = net.inputs()
    program = torch.export.export(module.eval(), inputs)
    assert_same(program.module()(*inputs), module(*inputs), FLOAT)


def exports_free(net: Net, module: nn.Module) -> None:
    """With free sizes: `DYNAMIC` is refused wherever the code would settle on one size."""
    inputs, others = net.inputs(), net.inputs(net.other)
    for how in (Dim.DYNAMIC, Dim.AUTO):
        program = torch.export.export(module.eval(), inputs, dynamic_shapes=shapes(net, how))
        assert_same(program.module()(*others), module(*others), FLOAT)


def shapes(net: Net, how: Any) -> tuple[dict[int, Any], ...]:
    return tuple({axis: how for axis in axes} for axes in net.free())


def onnx(net: Net, module: nn.Module) -> None:
    inputs = net.inputs()
    program = torch.onnx.export(module.eval(), inputs, dynamo=True, verbose=False)
    assert_close(in_onnxruntime(program, inputs), module(*inputs))


def onnx_free(net: Net, module: nn.Module) -> None:
    """With free sizes, run at others than it was exported with."""
    others = net.inputs(net.other)
    free = shapes(net, Dim.AUTO)
    program = torch.onnx.export(module.eval(), net.inputs(), dynamo=True, verbose=False, dynamic_shapes=free)
    assert_close(in_onnxruntime(program, others), module(*others))


def in_onnxruntime(program: Any, inputs: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net.onnx")
        program.save(path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [item.name for item in session.get_inputs()]
        feed = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        return [torch.from_numpy(array) for array in session.run(None, feed)]


def assert_close(found: Any, wanted: Any) -> None:
    """Equal to 1e-5."""
    for ours, theirs in zip(tensors(found), tensors(wanted), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=FLOAT, atol=FLOAT)


def fx(net: Net, module: nn.Module) -> None:
    """One trace for each mode serves every size, and can be trained."""
    for mode in (False, True):
        module.train(mode)
        twin = copy.deepcopy(module)
        traced = torch.fx.symbolic_trace(module)
        for sizes in (net.first, net.other):
            assert_same(seeded(traced, net.inputs(sizes)), seeded(twin, net.inputs(sizes)))


def jit(net: Net, module: nn.Module) -> None:
    """A dict is given only where the caller says `strict=False`: torch's rule."""
    inputs = net.inputs()
    traced = torch.jit.trace(module.eval(), inputs, strict=False, check_trace=False)
    stored = io.BytesIO()
    torch.jit.save(traced, stored)
    stored.seek(0)
    assert_same(torch.jit.load(stored)(*inputs), module(*inputs))


def autocast(net: Net, module: nn.Module) -> None:
    """In bfloat16, forwards and backwards: near the float32 result, and all gradients finite."""
    inputs = net.inputs()
    wanted = tensors(module.eval()(*inputs))
    with torch.autocast("cpu", torch.bfloat16):
        found = tensors(module(*inputs))
    for ours, theirs in zip(found, wanted, strict=True):
        off = (ours.float() - theirs.float()).abs().max() / theirs.float().abs().max().clamp(min=1.0)
        assert float(off) < 0.05
    if list(module.parameters()):
        with torch.autocast("cpu", torch.bfloat16):
            loss(module.train()(*inputs)).backward()
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in module.parameters())


FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


def channels_last(net: Net, module: nn.Module) -> None:
    """The same results and gradients from tensors that lie the other way round."""
    inputs = net.inputs()
    twin = copy.deepcopy(module).to(memory_format=torch.channels_last)
    turned = [t.contiguous(memory_format=FORMATS[t.ndim]) if t.ndim in FORMATS else t for t in inputs]
    assert_same(twin.eval()(*turned), module.eval()(*inputs), FLOAT)
    for net_, given in ((twin, turned), (module, inputs)) if list(module.parameters()) else ():
        loss(net_(*given)).backward()
    for ours, theirs in zip(twin.parameters(), module.parameters(), strict=True):
        if theirs.grad is not None and ours.grad is not None:
            assert_same(ours.grad, theirs.grad, 10 * FLOAT)


def meta(net: Net, module: nn.Module) -> None:
    """Built without memory, then given some, then weights: nothing is left that only the constructor knew."""
    with torch.device("meta"):
        empty = net.live() if is_live(module) else net.compiled()
    assert all(tensor.is_meta for tensor in (*empty.parameters(), *empty.buffers()))
    empty.to_empty(device="cpu")
    fill(empty, module)
    assert_same(empty.eval()(*net.inputs()), module.eval()(*net.inputs()))


def fill(empty: nn.Module, module: nn.Module) -> None:
    """Gives it the state_dict, and the buffers that are not part of one: these nobody else can restore."""
    empty.load_state_dict(module.state_dict())
    kept = dict(module.named_buffers())
    for name, buffer in empty.named_buffers():
        if name not in module.state_dict():
            buffer.copy_(kept[name])


def is_live(module: nn.Module) -> bool:
    return type(module).__module__.startswith("cnndsl_live_")


def deepcopy(net: Net, module: nn.Module) -> None:
    """The copy is the module, and has nothing in common with it."""
    twin = copy.deepcopy(module)
    assert type(twin) is type(module)
    assert_same(twin.eval()(*net.inputs()), module.eval()(*net.inputs()))
    shared = {p.data_ptr() for p in module.parameters()} & {p.data_ptr() for p in twin.parameters()}
    assert not shared


def saved(net: Net, module: nn.Module) -> None:
    """By torch.save, whole; and its state_dict alone, which loads with weights_only."""
    stored = io.BytesIO()
    torch.save(module, stored)
    stored.seek(0)
    twin = torch.load(stored, weights_only=False)
    assert_same(twin.eval()(*net.inputs()), module.eval()(*net.inputs()))
    stored = io.BytesIO()
    torch.save(module.state_dict(), stored)
    stored.seek(0)
    module.load_state_dict(torch.load(stored, weights_only=True))


CHECKS: dict[str, Check] = {
    "fx": fx,
    "jit": jit,
    "autocast": autocast,
    "channels-last": channels_last,
    "meta": meta,
    "deepcopy": deepcopy,
    "saved": saved,
    "export": exports,
    "export-free": exports_free,
    "compile": compiles("eager"),
    "compile-gradients": trains_compiled,
    "onnx": onnx,
    "onnx-free": onnx_free,
}
