"""`import cnndsl.importhook`: `.cnn` files as modules."""

from __future__ import annotations

import importlib
import inspect
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import cnndsl.importhook
from cnndsl import CnnError

NET = "model LeNet(classes=10) {\n    input x: [N, 1, 8, 8]\n    Flatten -> fc: Linear(classes)\n}\n"
EXTERN = (
    'extern block Thing(): [N, ...S] -> [N, ...S] from "collections:OrderedDict"\n'
    "model Net {\n    input x: [N, 3]\n    Thing()\n}\n"
)


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder `nets` on the import path."""
    folder = tmp_path / "nets"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "nets"]:
        del sys.modules[name]


def test_import(nets: Path) -> None:
    (nets / "lenet.cnn").write_text(NET)
    from nets.lenet import LeNet  # type: ignore[import-not-found]

    model = LeNet(classes=3)
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    assert LeNet.__module__ == "nets.lenet"
    assert "class LeNet(nn.Module):" in inspect.getsource(LeNet)
    assert pickle.loads(pickle.dumps(model)).fc.out_features == 3


def test_subclassing(nets: Path) -> None:
    (nets / "lenet.cnn").write_text(NET)
    from nets.lenet import LeNet

    class Twice(LeNet):  # type: ignore[misc, valid-type]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(x)

    assert Twice()(torch.zeros(1, 1, 8, 8)).shape == (1, 10)


def test_python_comes_first(nets: Path) -> None:
    (nets / "lenet.cnn").write_text(NET)
    (nets / "lenet.py").write_text("LeNet = 1\n")
    assert importlib.import_module("nets.lenet").LeNet == 1


def test_no_such_network(nets: Path) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nets.none")


def test_errors_print_as_on_the_command_line(nets: Path) -> None:
    (nets / "lenet.cnn").write_text(NET.replace("Linear", "Linaer"))
    with pytest.raises(CnnError, match=r"error\[unknown-name\]: nothing is named `Linaer`"):
        importlib.import_module("nets.lenet")
    assert "nets.lenet" not in sys.modules


def test_extern_is_refused_unless_allowed(nets: Path) -> None:
    (nets / "outside.cnn").write_text(EXTERN)
    with pytest.raises(CnnError, match="collections:OrderedDict"):
        importlib.import_module("nets.outside")
    cnndsl.importhook.allow_extern()
    try:
        assert hasattr(importlib.import_module("nets.outside"), "Net")
    finally:
        cnndsl.importhook.allow_extern(False)


def test_uninstall(nets: Path) -> None:
    (nets / "lenet.cnn").write_text(NET)
    cnndsl.importhook.uninstall()
    try:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("nets.lenet")
    finally:
        cnndsl.importhook.install()
    importlib.invalidate_caches()
    assert importlib.import_module("nets.lenet").LeNet


def test_the_hook_itself_imports_no_torch() -> None:
    code = "import sys, cnndsl.importhook; assert not {'torch', 'lark'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
