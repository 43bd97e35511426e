"""A file is data: what its strings, labels and names say never becomes code, and building it runs nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import torch

import cnndsl
from cnndsl import pipeline
from cnndsl.source import Source

from ..expectations import report
from .helpers import body, build, children, image, net, same

NASTY = [
    '"; import os; os.system("x")',
    "'\\nimport os\\n'",
    '\\"\\"\\"\\nimport os\\n\\"\\"\\"',
    "\\\\",
    "{{__import__('os')}}",
    "%s %(x)s",
    "\\x00",
    "\\u202e",
    "a\\nb",
    "'''",
    '\\"',
    "\\\\'",
]


def code_of(text: str, name: str = "net.cnn") -> str:
    return pipeline.compile(Source(name, text), None, {})[0]


def names_called(code: str) -> set[str]:
    """Everything that a Python text names or reads from something."""
    tree = ast.parse(code)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("string", NASTY)
def test_a_string_argument_stays_a_string(string: str) -> None:
    """As a mode that torch would not know, it is refused or arrives as the string it is."""
    quoted = '"' + string.replace('"', '\\"').replace('\\\\"', '\\"') + '"'
    text = body(f"Conv2d(4, 3, padding_mode={quoted})")
    if report(text).ok:
        assert "os" not in names_called(code_of(text))


@pytest.mark.parametrize("string", NASTY)
def test_a_string_default_stays_a_string(string: str) -> None:
    quoted = '"' + string.replace('"', '\\"').replace('\\\\"', '\\"') + '"'
    text = f"model Net(mode={quoted}) {{\n    input x: [N, 4]\n    if mode == 'a' {{ ReLU }} else {{ Linear(4) }}\n}}\n"
    found = report(text)
    if found.ok:
        code = code_of(text)
        assert not {"os", "system", "__import__"} & names_called(code)
        assert children(build(text)) == ["fc1"]


@pytest.mark.parametrize("string", NASTY)
def test_a_label_is_checked(string: str) -> None:
    quoted = '"' + string.replace('"', '\\"').replace('\\\\"', '\\"') + '"'
    assert not report(body(f"{quoted}: Linear(4)", "[N, 4]")).ok


def test_a_label_from_a_parameter_is_checked() -> None:
    text = 'model Net(name="fc") { input x: [N, 4]; "{name}": Linear(4) }'
    assert children(build(text)) == ["fc"]
    for name in ("a b", "x = 1", "forward", "__init__", "fc'", "a\nb", "é", "class", "a..b", ""):
        with pytest.raises(cnndsl.CnnError):
            build(text, name=name)


def test_a_nasty_setting_stays_a_string() -> None:
    text = 'model Net(mode="a") { input x: [N, 4]; if mode == "b" { ReLU } else { Linear(4) } }'
    code = pipeline.compile(Source("net.cnn", text), None, {"mode": "'); import os; ('"})[0]
    assert "os" not in names_called(code)


def test_comments_and_paths_cannot_leave_the_docstring() -> None:
    """A comment above a definition becomes documentation; the file's name is in the header."""
    text = (
        '# """ + __import__("os").system("x") + """\\\n# \\N{BULLET} \\x \\\nmodel Net { input x: [N, 4]; Linear(4) }\n'
    )
    for name in ("net.cnn", 'a"""b.cnn', "a\\.cnn", "a\nimport os\n.cnn", "é\u202e.cnn", "a'b.cnn"):
        code = code_of(text, name)
        assert not {"os", "system", "__import__"} & names_called(code)


@pytest.mark.parametrize(
    "name",
    [
        *("torch", "nn", "self", "super", "int", "float", "print", "x", "out", "math", "require", "list", "len", "i"),
        *("module", "name", "parameter", "prefix", "forward", "training", "__class__", "bool", "tuple", "dict", "str"),
        *("range", "enumerate", "zip", "isinstance", "in_channels", "in_features", "inputs", "result", "y", "fc1"),
    ],
)
def test_names_that_the_generated_file_uses_itself(name: str) -> None:
    """As a label, a value, an input and a parameter: handled, or refused with an error; never a wrong network."""
    x = image(2, 4)
    torch.manual_seed(1)
    wanted = torch.nn.Linear(4, 4)
    for text in (
        body(f"{name}: Linear(4)", "[N, 4]"),
        body(f"{name} = Linear(4)\nif training {{ {name} * 2 }} else {{ {name} }}", "[N, 4]"),
        f"model Net {{ input {name}: [N, 4]; {name} -> Linear(4) }}",
        f"model Net({name}=4) {{ input x: [N, 4]; for q in range(1) {{ Linear({name}) }} }}",
        f"model Net({name}=4) {{ input x: [N, 4]; Linear({name}, {name} > 3) -> reshape([-1, {name}]) }}",
        f"block A({name}=4) {{ fc: Linear({name}) -> mul(1) }}\nmodel Net {{ input x: [N, 4]; A }}",
        f"def f({name}) {{ return {name} -> mul(1) }}\nmodel Net {{ input x: [N, 4]; Linear(4) -> f }}",
        f"model Net {{ input x: [N, 4]; buffer {name}: [4] = 0; Linear(4) -> add({name}) }}",
    ):
        if report(text).ok:
            same(build(text), wanted(x), x)


@pytest.mark.parametrize(
    "name", ["Net", "Conv2d", "Module", "Sequential", "NN", "Tensor", "Torch", "OrderedDict", "True_"]
)
def test_names_of_items_that_the_generated_file_uses_itself(name: str) -> None:
    x = image(2, 4)
    torch.manual_seed(1)
    wanted = torch.nn.Linear(4, 4)
    for text in (
        f"model {name} {{ input x: [N, 4]; Linear(4) }}",
        f"block {name} {{ fc: Linear(4) -> mul(1) }}\nmodel Main {{ input x: [N, 4]; a: {name} }}",
        f"block {name} = {{ Linear(4) -> Identity }}\nmodel Main {{ input x: [N, 4]; a: {name} -> b: Identity }}",
        f"const {name} = Linear(4)\nmodel Main {{ input x: [N, 4]; a: {name} -> b: Identity }}",
    ):
        if report(text).ok:
            same(build(text), wanted(x), x)


def test_a_block_may_have_the_name_of_a_class_that_is_used() -> None:
    """`OrderedDict` beside a group that needs torch's, `NetOutput` beside a named tuple, and the like."""
    made = build("""
        block OrderedDict { fc: Linear(4) }
        block NetOutput { fc: Linear(4) }
        model Net { input x: [N, 4]; g: { a: OrderedDict -> b: NetOutput }; y = -> relu; return p=y, q=x }
    """)
    x = image(2, 4)
    same(made, (made.g.b.fc(made.g.a.fc(x)).relu(), x), x)


def test_a_block_may_have_the_name_of_a_class_that_the_compiler_makes_up() -> None:
    made = build("""
        block Unit(n) { for i in range(n) { Linear(4) } }
        block Unit2 { fc: Linear(4) }
        block UnitB { fc: Linear(4) }
        block BackA { fc: Linear(4) }
        block StochasticDepth2 { fc: Linear(4) }
        block Require { fc: Linear(4) }
        model Back { input x: [N, 4]; a: Linear(4) -> b: Linear(4) }
        model Net {
            input x: [N, 4]
            a: Unit(1) -> b: Unit(2) -> c: Unit2 -> d: UnitB -> e: BackA -> f: Back["a"] -> g: StochasticDepth2
            h: StochasticDepth(0.1, "row") -> k: Require
        }
    """, model="Net")  # fmt: skip
    x = h = image(2, 4)
    for fc in (*made.a.fc1, *made.b.fc1, made.c.fc, made.d.fc, made.e.fc, made.f.a, made.g.fc, made.k.fc):
        h = fc(h)
    same(made, h, x)


def test_checking_and_compiling_import_and_open_nothing_else(tmp_path: Path) -> None:
    """No module is imported that a file names, and no other file is written."""
    before = set(sys.modules)
    text = 'extern block A: [N] -> [N] from "antigravity:A"\nmodel Net { input x: [N]; A }'
    report(text)
    code_of(text)
    assert not {"antigravity"} & (set(sys.modules) - before)


def test_there_is_no_eval() -> None:
    for call in (
        "eval('1')",
        "exec('1')",
        "__import__('os')",
        "open('x')",
        "print(1)",
        "getattr(x, 'y')",
        "lambda x: x",
    ):
        assert not report(body(f"n = {call}\nLinear(4)", "[N, 4]")).ok, call


def test_the_generated_source_is_what_runs() -> None:
    import inspect

    made = net("a: Linear(4) -> relu", "[N, 4]")
    source = inspect.getsource(type(made))
    assert source in code_of(body("a: Linear(4) -> relu", "[N, 4]"), "<string>")


def test_attribute_paths_are_refused() -> None:
    for text in ("x.data", "x.__class__.__init__", "x.grad_fn", "Linear(4).weight", "x.shape.__len__", "x.storage()"):
        assert not report(body(f"y = {text}\ny -> Linear(4)", "[N, 4]")).ok, text


def test_a_generated_file_is_written_atomically(tmp_path: Path) -> None:
    """A file that cannot be compiled leaves the old output as it was."""
    from cnndsl.cli import main

    (tmp_path / "net.cnn").write_text(body("Lineer(4)", "[N, 4]"))
    out = tmp_path / "net.py"
    out.write_text("# old\n")
    assert main(["compile", str(tmp_path / "net.cnn"), "-o", str(out)]) != 0
    assert out.read_text() == "# old\n" and sorted(p.name for p in tmp_path.iterdir()) == ["net.cnn", "net.py"]
