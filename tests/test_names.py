"""Names that an author may choose and that mean something else in the generated file, or to torch's containers."""

from __future__ import annotations

import builtins
import inspect

import pytest
import torch
from torch import nn

from cnndsl import CnnError, loads
from cnndsl.analysis.operands import HOLDERS
from cnndsl.emit.names import names_in, rename

FILE = """
block {block}(out, {name}=3) = {{ Conv2d(out, {name}, padding=1) -> ReLU }}
block Lone({name}, width) {{
    input x
    y = conv: Conv2d({name}, 3, padding=1)
    z = y -> {block}({name}) -> {block}(width)
    for {name}2 in [1, 3, 5, 7] {{ z = z -> Conv2d(width, {name}2, padding={name}2 // 2) }}
    z + (y -> Conv2d(width, 1))
}}
model Net({name}=6, classes=2) {{
    input x: [N, 3, H, W]
    Lone({name}, 4) -> Lone({name} + 1, 5) -> {block}({name}) -> {block}({name}) -> {block}(classes)
}}
"""
NAMES = [
    "torch",
    "nn",
    "math",
    "self",
    "x",
    "layers",
    "stage",
    "conv",
    "super",
    "require",
    "net",
    "lone",
    "width2",
    "i",
]
NAMES += [
    "cls",
    "down",
    "module",
    "weight",
    "y",
    "z",
    "forward",
    "training",
    "ordereddict",
    "callable",
    "any",
    "sequence",
]


@pytest.mark.parametrize(
    "name", [*NAMES, *(n for n in dir(builtins) if n.islower() and n.isidentifier() and n[0] != "_")]
)
def test_a_parameter_of_any_name(name: str) -> None:
    reference = loads(FILE.format(block="Down", name="plain"))
    try:
        made = loads(FILE.format(block="Down", name=name))
    except CnnError as error:  # some are words of the language
        assert not any(problem.code == "internal" for problem in error.problems)
        return
    made.load_state_dict(reference.state_dict())
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(made.eval()(x), reference.eval()(x))


@pytest.mark.parametrize(
    "block", ["Torch", "Layers", "Range", "List", "Super", "Isinstance", "Require", "Plain", "I", "NN"]
)
@pytest.mark.parametrize("name", ["plain", "range", "require", "layers"])
def test_a_block_whose_function_has_a_name_in_use(block: str, name: str) -> None:
    made = loads(FILE.format(block=block, name=name))
    assert made(torch.rand(2, 3, 8, 8)).shape == (2, 2, 8, 8)


def test_containers_have_attributes_of_their_own() -> None:
    """What torch's containers refuse as the name of a child is what is refused."""
    own = {
        "ModuleDict": {n for n in dir(nn.ModuleDict()) if refuses(nn.ModuleDict(), n)},
        "Sequential": {n for n in dir(nn.Sequential()) if refuses(nn.Sequential(), n)},
    }
    plain = {n for n in dir(nn.Module()) if refuses(nn.Module(), n)}
    for holder, names in own.items():
        assert {n for n in names - plain if not n.startswith("__")} == HOLDERS[holder]


def refuses(container: nn.Module, name: str) -> bool:
    try:
        container.add_module(name, nn.ReLU())
    except KeyError:
        return True
    return False


@pytest.mark.parametrize("holder", ["ModuleDict", "Sequential"])
def test_labels_that_a_container_cannot_hold(holder: str) -> None:
    for name in (
        "keys",
        "items",
        "values",
        "pop",
        "update",
        "clear",
        "append",
        "insert",
        "extend",
        "add",
        "get",
        "training",
    ):
        label = f'"outer.{name}": Linear(4)' if holder == "ModuleDict" else f"outer: {{ {name}: Linear(4) }}"
        text = f"model Net {{ input x: [N, 4]; {label} }}"
        if refuses(getattr(nn, holder)(), name):
            with pytest.raises(CnnError) as caught:
                loads(text)
            assert [problem.code for problem in caught.value.problems] == ["label-is-attribute"]
        else:
            assert list(loads(text).state_dict()) == [f"outer.{name}.weight", f"outer.{name}.bias"]


@pytest.mark.parametrize(
    ("block", "module", "function"),
    [
        ("DoubleConv", "double_conv1", "double_conv"),
        ("Res1d", "res1d1", "res1d"),
        ("Block2D", "block2d1", "block2d"),
        ("Conv3DNoTemporal", "conv3d_no_temporal1", "conv3d_no_temporal"),
        ("R2Dense", "r2_dense1", "r2_dense"),
        ("SE2Block", "se2_block1", "se2_block"),
        ("Conv1x1", "conv1x1_1", "conv1x1"),
        ("Conv3x3BN", "conv3x3_bn1", "conv3x3_bn"),
        ("Mixed_5b", "mixed_5b1", "mixed_5b"),
    ],
)
def test_a_number_keeps_its_letters(block: str, module: str, function: str) -> None:
    net = f"model Net {{ input x: [N, 3, 8, 8]; {block}(4) -> {block}(5) }}"
    made = loads(f"block {block}(c) = {{ Conv2d(c, 1) -> ReLU }}; {net}")
    assert next(name for name, _ in made.named_children()) == module
    assert f"def {function}(" in inspect.getsource(inspect.getmodule(type(made)))


def test_a_called_function_is_no_name() -> None:
    assert names_in("sum(x) + ceil(su) + 'le' + len(y)[0]") == {"x", "su", "y"}
    assert rename("sum(x) + su", {"su": "width"}) == "sum(x) + width"


def test_a_parameter_named_like_the_module_of_a_function() -> None:
    text = """
        block Scaled({math}) {{ y = Linear({math}); y * log2({math}) }}
        model Net({math}=2) {{
            input x: [N, 3]
            y = x -> Linear(4 * {math}) -> Scaled({math})
            y * sqrt({math})
        }}
    """
    reference, made = (loads(text.format(math=name)) for name in ("plain", "math"))
    made.load_state_dict(reference.state_dict())
    x = torch.rand(2, 3)
    assert torch.equal(made(x), reference(x))
    assert names_in("math.sqrt(math) * 2") == {"math"}
    assert rename("math.sqrt(math) + x.y", {"math": "math_", "x": "z"}) == "math.sqrt(math_) + z.y"
