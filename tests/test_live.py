"""Live modules are as good as classes written by hand: printed, copied, pickled to another process, subclassed."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import torch
from torch import nn

from cnndsl import live

TEXT = '''\
"""A network."""

from typing import NamedTuple

import torch
from torch import nn


class Block(nn.Module):
    """A block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.fc(x)) + x


class NetOutput(NamedTuple):
    """What `Net` gives."""

    out: torch.Tensor
    aux: torch.Tensor | None = None


class Net(nn.Module):
    """A network of two blocks."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Block(width), Block(width))

    def forward(self, x: torch.Tensor) -> NetOutput:
        if x.shape[1] > 100:
            raise ValueError("too wide")
        return NetOutput(self.blocks(x))
'''


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return live.build(TEXT, "Net", width=3)


class Wider(type(live.build(TEXT, "Net"))):  # type: ignore[misc]
    """A user's subclass."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x).out * 2


def same(a: nn.Module, b: nn.Module) -> bool:
    x = torch.randn(2, 3)
    return torch.equal(a(x)[0], b(x)[0])


def test_is_a_module_like_any_other(net: nn.Module) -> None:
    assert "(fc): Linear(in_features=3, out_features=3, bias=True)" in str(net)
    assert [name for name, _ in net.named_children()] == ["blocks"]
    assert next(iter(net.state_dict())) == "blocks.0.fc.weight"
    assert sum(p.numel() for p in net.parameters()) == 24


def test_source_is_shown(net: nn.Module) -> None:
    assert inspect.getsource(type(net)).startswith("class Net(nn.Module):")
    assert "raise ValueError" in inspect.getsource(type(net).forward)
    with pytest.raises(ValueError) as caught:
        net(torch.zeros(1, 101))
    assert 'raise ValueError("too wide")' in "".join(traceback.format_exception(caught.value))


def test_same_text_same_class(net: nn.Module) -> None:
    assert type(net) is type(live.build(TEXT, "Net"))
    assert type(net) is not type(live.build(TEXT.replace("A network.", "Another."), "Net"))


def test_deepcopy(net: nn.Module) -> None:
    twin = copy.deepcopy(net)
    assert type(twin) is type(net) and same(twin, net)
    next(twin.parameters()).data.zero_()
    assert not torch.equal(next(twin.parameters()), next(net.parameters()))


READ = """
import sys, torch
net = torch.load(sys.argv[1], weights_only=False)
torch.save(net(torch.ones(2, 3)).out, sys.argv[2])
assert "class Net" in __import__("inspect").getsource(type(net))
"""


def test_saved_and_read_in_another_process(net: nn.Module, tmp_path: Path) -> None:
    torch.save(net, tmp_path / "net.pt")
    command = [sys.executable, "-c", READ, str(tmp_path / "net.pt"), str(tmp_path / "out.pt")]
    subprocess.run(command, check=True, cwd=Path(__file__).parent.parent)
    assert torch.equal(torch.load(tmp_path / "out.pt"), net(torch.ones(2, 3)).out)


def test_a_block_alone_is_saved(net: nn.Module, tmp_path: Path) -> None:
    torch.save(net.blocks[0], tmp_path / "block.pt")  # type: ignore[index]
    block = torch.load(tmp_path / "block.pt", weights_only=False)
    assert type(block).__name__ == "Block"


def test_a_subclass_pickles_as_its_own_class(tmp_path: Path) -> None:
    wider = Wider(3)
    torch.save(wider, tmp_path / "wider.pt")
    again = torch.load(tmp_path / "wider.pt", weights_only=False)
    assert type(again) is Wider
    assert torch.equal(again(torch.ones(1, 3)), wider(torch.ones(1, 3)))


def work(net: nn.Module, box: object) -> None:
    box.put(net(torch.ones(2, 3)).out.tolist())  # type: ignore[attr-defined]


def test_spawned_process(net: nn.Module) -> None:
    context = multiprocessing.get_context("spawn")
    box = context.SimpleQueue()
    process = context.Process(target=work, args=(net, box))
    process.start()
    found = box.get()
    process.join()
    assert found == net(torch.ones(2, 3)).out.tolist()


def test_named_tuple_pickles(net: nn.Module, tmp_path: Path) -> None:
    result = net(torch.ones(2, 3))
    torch.save(result, tmp_path / "result.pt")
    again = torch.load(tmp_path / "result.pt", weights_only=False)
    assert type(again) is type(result) and torch.equal(again.out, result.out)


def test_compiles(net: nn.Module) -> None:
    compiled = torch.compile(net, fullgraph=True, backend="eager")
    assert torch.equal(compiled(torch.ones(2, 3)).out, net(torch.ones(2, 3)).out)


def test_broken_text_leaves_nothing_behind() -> None:
    before = set(sys.modules)
    with pytest.raises(ZeroDivisionError):
        live.build("1 / 0\n", "Net")
    assert not [name for name in set(sys.modules) - before if name.startswith("cnndsl_live_")]
