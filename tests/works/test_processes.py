"""Modules pickled to two spawned processes, and trained there together: DistributedDataParallel and FSDP2 over gloo."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp

from .nets import FOLDER, NETS, tensors
from .processes import WORLD, Job, reports, work

NAMES = ("digits", "unet", "vae", "lstm", "vit", "own", "modes", "shared", "shufflenet")


def test_two_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{FOLDER}:{Path(__file__).parent.parent.parent}")  # as an installed file would be
    jobs: list[Job] = []
    for net in NETS:
        for kind in ("compiled", "live") if net.name in NAMES else ():
            module, inputs = getattr(net, kind)().eval(), net.inputs()
            with torch.no_grad():
                jobs.append((f"{net} ({kind})", module, inputs, tensors(module(*inputs))))
    manager = mp.get_context("spawn").Manager()
    faults = manager.Queue()
    mp.spawn(work, (str(tmp_path), jobs, faults, manager.Barrier(WORLD)), nprocs=WORLD)
    assert not list(reports(faults))
