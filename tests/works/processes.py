"""What runs in two other processes: it gets modules by multiprocessing's pickle, and says what went wrong there.

Not a test itself: a spawned process imports it by name.
"""

from __future__ import annotations

import copy
import faulthandler
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from .nets import assert_same, tensors

WORLD = 2
FLOAT = 1e-5
Job = tuple[str, nn.Module, tuple[torch.Tensor, ...], list[torch.Tensor]]  # a module, inputs, and what it gives


def work(rank: int, folder: str, jobs: list[Job], faults: Any, ended: Any) -> None:
    """All checks of all jobs in one of the processes; `faults` is a queue for what fails, `ended` a barrier for all.

    Both end at once and by force: gloo's and the store's own ways out race, and have aborted a process that was done.
    """
    faulthandler.enable()  # says where, should C++ abort
    torch.set_num_threads(1)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=WORLD)
    for name, module, inputs, wanted in jobs:
        for check in (arrives, distributes, shards):
            try:
                check(module, inputs, wanted)
            except Exception:
                faults.put(f"{name}, {check.__name__}, process {rank}:\n{traceback.format_exc()}")
    ended.wait()
    sys.stderr.flush()
    os._exit(0)


def arrives(module: nn.Module, inputs: tuple[torch.Tensor, ...], wanted: list[torch.Tensor]) -> None:
    """The module that was pickled does here what it did there (but for rounding: shared memory lies otherwise)."""
    with torch.no_grad():
        assert_same(module.eval()(*inputs), wanted, FLOAT)


def distributes(module: nn.Module, inputs: tuple[torch.Tensor, ...], wanted: list[torch.Tensor]) -> None:
    """The gradients of DistributedDataParallel are the means over both processes' inputs."""
    plain = copy.deepcopy(module).eval()
    parallel = DistributedDataParallel(copy.deepcopy(module).eval(), find_unused_parameters=True)
    loss(parallel(*own(inputs))).backward()
    compare(plain, dict(parallel.module.named_parameters()), inputs, lambda tensor: tensor)


def shards(module: nn.Module, inputs: tuple[torch.Tensor, ...], wanted: list[torch.Tensor]) -> None:
    """FSDP2, every child that has children of its own and the whole sharded: the same results and gradients."""
    plain = copy.deepcopy(module).eval()
    sharded = copy.deepcopy(module).eval()
    mesh = init_device_mesh("cpu", (WORLD,))
    for child in [c for c in sharded.children() if list(c.children()) and hasattr(c, "forward")]:
        if not isinstance(child, (nn.ModuleList, nn.ModuleDict)):
            fully_shard(child, mesh=mesh)
    fully_shard(sharded, mesh=mesh)
    result = sharded(*own(inputs))
    assert_same([t.detach() for t in tensors(result)], [t.detach() for t in tensors(plain(*own(inputs)))], FLOAT)
    loss(result).backward()
    compare(plain, dict(sharded.named_parameters()), inputs, lambda tensor: tensor.full_tensor())


def compare(
    plain: nn.Module,
    parameters: dict[str, nn.Parameter],
    inputs: tuple[torch.Tensor, ...],
    whole: Callable[[Any], torch.Tensor],
) -> None:
    """Whether the gradients are the mean of those that the plain module gets from each process's inputs."""
    for rank in range(WORLD):
        (loss(plain(*own(inputs, rank))) / WORLD).backward()
    for name, parameter in plain.named_parameters():
        found = parameters[name].grad
        if parameter.grad is not None and found is not None:
            assert_same(whole(found), parameter.grad, 10 * FLOAT)
        else:
            assert parameter.grad is None and (found is None or not whole(found).any()), name


def own(inputs: tuple[torch.Tensor, ...], rank: int | None = None) -> tuple[torch.Tensor, ...]:
    """This process's inputs: its half of the batch."""
    rank = dist.get_rank() if rank is None else rank
    return tuple(tensor[rank : rank + 1] for tensor in inputs)


def loss(result: Any) -> torch.Tensor:
    return torch.stack([t.square().mean() for t in tensors(result) if t.requires_grad]).sum()


def reports(faults: Any) -> Iterator[str]:
    while not faults.empty():
        yield faults.get()
