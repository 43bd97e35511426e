"""`python -m tests.works.accelerator [PART…]`: generated modules on CUDA, one line each; takes some minutes.

Parts are `nets` (every check below on every network of `nets.py`), `files` (all examples and cases, in both modes, at
sizes within their requirements), `zoo` (torchvision's builders: the same results bit for bit) and `times`. Exit status
1 if one fails, 2 if there is no CUDA device.
"""

from __future__ import annotations

import copy
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import torch
from torch import nn

import cnndsl
from cnndsl import pipeline
from cnndsl.emit.python import File
from cnndsl.files import read

from ..compare import assert_equal
from ..fuzz.judge import elements, some_sizes
from ..fuzz.judge import inputs as zeros
from ..zoo.catalogue import families
from .checks import Check, loss, quiet, seeded
from .nets import NETS, ROOT, Net, assert_same, tensors

DEVICE = "cuda"
UNET = (ROOT / "examples" / "unet.cnn").read_text(encoding="utf-8").replace("ReLU(True)", "ReLU")
LARGE = 2**30  # elements of values that are not tried: some kept cases would take terabytes
NEAR = 1e-4  # how far apart results of the CPU and of CUDA may be, relatively: sums in other orders
Task = tuple[str, Callable[[], object]]


def given(net: Net) -> tuple[torch.Tensor, ...]:
    return tuple(tensor.to(DEVICE) for tensor in net.inputs())


def moved(net: Net, module: nn.Module) -> None:
    """Near the CPU's results; training gives finite gradients."""
    twin = copy.deepcopy(module).to(DEVICE)
    wanted, found = module.eval()(*net.inputs()), twin.eval()(*given(net))
    assert all(tensor.device.type == DEVICE for tensor in tensors(found))
    assert_same([tensor.cpu() for tensor in tensors(found)], wanted, NEAR)
    trains(twin, given(net))


def trains(module: nn.Module, images: tuple[torch.Tensor, ...]) -> None:
    if list(module.parameters()):
        torch.autograd.backward(loss(seeded(module.train(), images)))
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in module.parameters())


def built_there(net: Net, module: nn.Module) -> None:
    """All of it, buffers too, when the constructor runs under `torch.device("cuda")`."""
    with torch.device(DEVICE):
        there = net.live()
    assert all(tensor.device.type == DEVICE for tensor in (*there.parameters(), *there.buffers()))
    trains(there, given(net))


def mixed(dtype: torch.dtype) -> Check:
    def check(net: Net, module: nn.Module) -> None:
        """Autocast: near the float32 results, and trained."""
        module.to(DEVICE).eval()
        wanted = tensors(module(*given(net)))
        with torch.autocast(DEVICE, dtype):
            found = tensors(module(*given(net)))
        for ours, theirs in zip(found, wanted, strict=True):
            off = (ours.float() - theirs.float()).abs().max() / theirs.float().abs().max().clamp(min=1.0)
            assert float(off) < 0.05, float(off)
        with torch.autocast(DEVICE, dtype):
            trains(module, given(net))

    return check


def halved(net: Net, module: nn.Module) -> None:
    """Weights and inputs in half precision: no number of another dtype meets them."""
    images = tuple(t.bfloat16() if t.is_floating_point() else t for t in given(net))
    found = tensors(module.to(DEVICE).bfloat16().eval()(*images))
    assert all(tensor.dtype == torch.bfloat16 for tensor in found if tensor.is_floating_point())


def unsynchronised(net: Net, module: nn.Module) -> None:
    """Nothing in `forward` waits for the device."""
    images = given(net)
    module.to(DEVICE).eval()
    module(*images)
    torch.cuda.set_sync_debug_mode("error")
    try:
        module(*images)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def captured(net: Net, module: nn.Module) -> None:
    """A CUDA graph of it replays."""
    images = given(net)
    module.to(DEVICE).eval()
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    with torch.no_grad(), torch.cuda.stream(stream):
        for _ in range(2):
            wanted = module(*images)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.no_grad(), torch.cuda.graph(graph):
        found = module(*images)
    graph.replay()
    torch.cuda.synchronize()
    assert_same(found, wanted, NEAR)


def turned(net: Net, module: nn.Module) -> None:
    """channels_last."""
    twin = copy.deepcopy(module).to(DEVICE).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    images = [t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t for t in given(net)]
    assert_same(twin.eval()(*images), module.to(DEVICE).eval()(*given(net)), NEAR)


def inductor(net: Net, module: nn.Module) -> None:
    """torch.compile for the device, without a break."""
    torch._dynamo.reset()
    module.to(DEVICE).eval()
    fast = torch.compile(module, fullgraph=True)
    with torch.no_grad():
        assert_same(fast(*given(net)), module(*given(net)), NEAR)


CHECKS: dict[str, Check] = {
    "moved": moved,
    "built there": built_there,
    "float16": mixed(torch.float16),
    "bfloat16": mixed(torch.bfloat16),
    "halved": halved,
    "unsynchronised": unsynchronised,
    "captured": captured,
    "channels-last": turned,
    "compile": inductor,
}


def nets() -> Iterator[Task]:
    for net in NETS:
        for name, check in CHECKS.items():
            if name not in net.limits:
                yield f"{name:14} {net.name}", partial(tried, net, check)


def tried(net: Net, check: Check) -> None:
    check(net, net.compiled())


def files() -> Iterator[Task]:
    """Every model of every file, for which sizes are found that it takes."""
    for path in sorted([*(ROOT / "examples").rglob("*.cnn"), *(ROOT / "tests").rglob("*.cnn")]):
        yield f"file {path.relative_to(ROOT)}", partial(in_both_modes, path)


def in_both_modes(path: Path) -> None:
    try:
        graph = pipeline.elaborate(read(str(path)), None, {}).graph
        file = File(graph)
        space: dict[str, Any] = {"__name__": "tried"}
        exec(compile(file.text("tried").replace('torch.fx.wrap("require")', ""), str(path), "exec"), space)
    except (cnndsl.CnnError, ImportError):
        return
    for model in graph.models[:3]:
        for training in (False, True):
            sizes = some_sizes(model, training, Random(0))
            if sizes is not None and elements(model, sizes) < LARGE:
                with torch.device(DEVICE), torch.no_grad():
                    module = space[file.entries[model.name]]().train(training)
                    module(*zeros(model, sizes))
                torch.cuda.synchronize()


def zoo() -> Iterator[Task]:
    for family in families():
        for entry in family.entries:
            yield f"zoo {entry.name}", partial(same_there, family, entry)


def same_there(family: Any, entry: Any) -> None:
    """The same weights in both, and what comes out on the device, bit for bit; in evaluation at both sizes."""
    with torch.device(DEVICE):
        ours, theirs = family.build(entry, entry.ours), entry.original()
        images = [torch.randn(2, *size) for size in (entry.size, entry.other)]
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        for batch in images:
            assert_equal(ours.eval()(batch), theirs.eval()(batch))


def times() -> Iterator[Task]:
    for name in ("resnet50", "densenet201", "efficientnet_b0", "unet"):
        yield f"times {name}", partial(timed, name)


def timed(name: str) -> None:
    """Prints ratios to torchvision's, interleaved: milliseconds and peak memory; and of a U-Net, plain and in place."""
    if name == "unet":
        made = {kind: cnndsl.loads(UNET, inplace=kind == "in place") for kind in ("plain", "in place")}
        images = torch.randn(8, 1, 256, 256, device=DEVICE)
    else:
        family, entry = next((f, e) for f in families() for e in f.entries if e.name == name)
        made = {"by hand": entry.original(), "loaded": family.build(entry, entry.ours)}
        images = torch.randn(32, *entry.size, device=DEVICE)
    for module in made.values():
        module.to(DEVICE)
    for kind, run in {"forward": forwards, "step": steps}.items():
        taken: dict[str, list[float]] = {which: [] for which in made}
        peaks = {}
        for _ in range(12):
            for which, module in made.items():
                taken[which].append(milliseconds(run, module, images))
                peaks[which] = torch.cuda.max_memory_allocated()
        first, second = made
        ratio = median(taken[second][2:]) / median(taken[first][2:])
        print(f"  {name} {kind}: {median(taken[first][2:]):.2f} ms, {second} {ratio:.3f}; ", end="")
        print(f"memory {peaks[second] / peaks[first]:.4f} of {peaks[first] >> 20} MiB")


def forwards(module: nn.Module, images: torch.Tensor) -> None:
    with torch.no_grad():
        module.eval()(images)


def steps(module: nn.Module, images: torch.Tensor) -> None:
    torch.autograd.backward(loss(module.train()(images)))
    module.zero_grad(set_to_none=False)


def milliseconds(run: Callable[..., None], module: nn.Module, images: torch.Tensor) -> float:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    run(module, images)
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1000


def works(name: str, task: Callable[[], object]) -> bool:
    start, error = time.perf_counter(), ""
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            task()
    except Exception:
        error = traceback.format_exc()
    print(f"{'FAILS' if error else 'works'} {name:40} {time.perf_counter() - start:5.1f} s", flush=True)
    print(error, end="")
    return not error


PARTS = {"nets": nets, "files": files, "zoo": zoo, "times": times}


def main(names: list[str]) -> int:
    if not torch.cuda.is_available():
        print("No CUDA device.", file=sys.stderr)
        return 2
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    torch.manual_seed(0)
    results = [works(*task) for part in names or PARTS for task in PARTS[part]()]
    print(f"{sum(results)} of {len(results)} work")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
