"""What emit/ writes: one small file for each construct, read as text, linted, typed, run and compared with the oracle.

`tests/generated/*.cnn` are the cases, `*.txt` beside them the expected text (`pytest --update` writes it anew).
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import live
from cnndsl.analysis.elaborate import elaborate
from cnndsl.analysis.program import load
from cnndsl.dims import Dim, requirements, symbol
from cnndsl.emit.attempts import Attempts
from cnndsl.emit.expressions import Unwritable, node_of
from cnndsl.emit.formulas import either
from cnndsl.emit.layout import Brackets, Chain, call, flat, keyword, list_of, statement, tuple_of
from cnndsl.emit.python import File, emit, entry_points
from cnndsl.graph import (
    Apply,
    Argument,
    Child,
    ExternModule,
    Graph,
    Instance,
    Known,
    LayerModule,
    Make,
    Model,
    Result,
    SequentialModule,
    Value,
)
from cnndsl.layers.linear import Linear
from cnndsl.loops import MARK
from cnndsl.pipeline import compile as compile_source
from cnndsl.reading import Reading
from cnndsl.shapes import TensorType
from cnndsl.source import Source
from cnndsl.spelled import Spelled

from .interpret import interpret

CASES = sorted((Path(__file__).parent / "generated").glob("*.cnn"))
RULES = "E,F,I,N,UP,B,SIM,RUF"
EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.cnn"))
SIZES = (2, 16, 32, 64, 8192)


@cache
def graph_of(path: Path) -> Graph:
    source = Source(str(path) if path in EXAMPLES else path.name, path.read_text())
    outcome = elaborate(load(source, Reading().read_import))
    assert not [problem for problem in outcome.problems if problem.severity == "error"], path
    return outcome.graph


def text_of(path: Path) -> str:
    return emit(graph_of(path), command=f"cnndsl compile {path.name}")


def inputs_for(model: Model) -> list[torch.Tensor]:
    """Random inputs of the first sizes that the model accepts."""
    symbols = sorted({name for value in model.instance.inputs for name in names_in(value.type.shape)})
    for size in SIZES:
        sizes = {name: 2 if name == "N" else size for name in symbols}
        if not all(promise.at(sizes) for promise in model.promises):
            continue
        if model.requirements.holds(sizes) and (model.training_requirements or model.requirements).holds(sizes):
            return [random_tensor(value.type, sizes) for value in model.instance.inputs]
    raise AssertionError("no sizes fit")


def names_in(shape: Any) -> set[str]:
    return {name for size in shape if isinstance(size, Dim) for name in size.symbols}


def random_tensor(kind: Any, sizes: dict[str, int]) -> torch.Tensor:
    shape = [size.at(sizes) if isinstance(size, Dim) else int(size) for size in kind.shape]
    return torch.randint(0, 9, shape) if "int" in kind.dtype else torch.randn(shape)


def tensors(result: Any) -> list[Any]:
    """The tensors of a result in order; what a named tuple lacks in this mode is left out."""
    if isinstance(result, dict):
        return [tensor for item in result.values() for tensor in tensors(item)]
    if isinstance(result, (tuple, list)):
        return [tensor for item in result if item is not None for tensor in tensors(item)]
    return [result]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_text(path: Path, request: pytest.FixtureRequest) -> None:
    expected = path.with_suffix(".txt")
    if request.config.getoption("--update"):
        expected.write_text(text_of(path))
    assert text_of(path) == expected.read_text()
    assert MARK not in text_of(path)  # which names of rounds have inside the compiler


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_runs_as_the_oracle_does(path: Path) -> None:
    file = File(graph_of(path))
    for model in graph_of(path).models:
        torch.manual_seed(0)
        compare(live.build(file.text(""), file.entries[model.name]), model)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs_as_the_oracle_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(path.parent)  # for the class of an `extern`
    file = File(graph_of(path))
    model = file.graph.models[0]
    torch.manual_seed(0)
    compare(live.build(file.text(""), file.entries[model.name]), model)


def compare(module: torch.nn.Module, model: Model, seeded: bool = True) -> None:
    """The same weights from the same seed, the same outputs in both modes, bit for bit."""
    torch.manual_seed(0)
    oracle = interpret(model)
    found, wanted = module.state_dict(), oracle.state_dict()
    assert list(found) == list(wanted)
    if not seeded:
        module.load_state_dict(wanted)
    assert all(torch.equal(tensor, wanted[key]) for key, tensor in found.items())
    inputs = inputs_for(model)
    for mode in (True, False):
        results = []
        for net in (module.train(mode), oracle.train(mode)):
            torch.manual_seed(1)
            results.append(tensors(net(*inputs)))
        assert len(results[0]) == len(results[1])
        assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_same_graph_same_text() -> None:
    path = CASES[0]
    first = text_of(path)
    graph_of.cache_clear()
    assert text_of(path) == first


def test_names_do_not_hang_on_where_things_lie_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "loops.cnn"
    path.write_text("""
        block B(ws) {
            input q: [N, C]
            for v in ws { Linear(v + 3) -> relu }
            g: { for v in ws { Linear(v) -> ReLU } }
        }
        model Net { input x: [N, 4]; B([1, 2]) -> B([2, 3, 4]) }
    """)
    assert len({cnndsl.compile(path) for _ in range(30)}) == 1


def test_linters(tmp_path: Path) -> None:
    """ruff check and ruff format on all of them at once; tests/works/test_clean.py does more, on many files more."""
    written = [tmp_path / f"{path.stem}_.py" for path in CASES]
    for path, target in zip(CASES, written, strict=True):
        target.write_text(text_of(path))
    run("ruff", "check", "--isolated", "--select", RULES, *written)
    run("ruff", "format", "--isolated", "--check", *written)


def run(tool: str, *arguments: object) -> None:
    command = [sys.executable, "-m", tool, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(str(arguments[-1])).parent, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_model_is_found_under_its_name() -> None:
    for path in CASES:
        space: dict[str, Any] = {"__name__": "generated"}
        exec(text_of(path), space)
        entries = entry_points(graph_of(path))
        assert set(entries) == {model.name for model in graph_of(path).models}
        assert all(callable(space[name]) for name in entries.values())


# Graphs made by hand: what no file can say must still not reach the text as code


def argument(name: str, value: Any) -> Argument:
    return Argument(name, Known(value), False)


IMAGE = TensorType((symbol("N"), 3))
LINEAR = LayerModule(Linear(in_features=3, out_features=3), (argument("in_features", 3), argument("out_features", 3)))
EVIL = '"""; import os; os.abort() #\n\\'


def graph_with(path: str, comment: str = "", module: Any = LINEAR, source: str = "net.cnn") -> Graph:
    """A model of one module."""
    x, y = Value(0, IMAGE, "x"), Value(1, IMAGE, "y")
    body = (Make(path, module), Apply(y, path, (x,)))
    instance = Instance("Net", "model", (), (x,), False, body, Result("one", ((None, y),)), comment=comment)
    return Graph((Model("Net", instance, requirements([])),), source, comment)


def test_hostile_names_and_comments_stay_text() -> None:
    path = EVIL.replace(".", "")
    graph = graph_with(path, EVIL, source=EVIL)
    module = live.build(emit(graph, command=EVIL), "Net")
    assert list(module.state_dict()) == [f"{path}.weight", f"{path}.bias"]
    assert formatted(emit(graph, command=EVIL)) == emit(graph, command=EVIL)
    compare(module, graph.models[0], seeded=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3… or 5, naïve", "3… or 5, naïve"),
        ("“odd” — 10² ≠ 4½", "“odd” — 10² ≠ 4½"),
        ("8 – 16 × 3, it’s −1", "8 - 16 x 3, it's -1"),
        ("a\u00a0b\u2028c\u200bd", "a bcd"),
        ("＂＂＂ ＼n", "''' \\\\n"),
    ],
)
def test_comments_travel_as_they_are(text: str, told: str) -> None:
    code = emit(graph_with("conv", f"{text}.", source="net.cnn"), command="")
    assert f"{told}." in code.splitlines()


def test_hostile_keys_of_a_result_stay_text() -> None:
    x = Value(0, IMAGE, "x")
    instance = Instance("Net", "model", (), (x,), False, (), Result("dict", ((EVIL, x),)))
    text = emit(Graph((Model("Net", instance, requirements([])),), "net.cnn"))
    assert list(live.build(text, "Net")(torch.ones(1, 3))) == [EVIL]


def test_a_class_from_outside_must_be_a_path() -> None:
    for target in ("os;abort:X", "a b:C", "a:b:C", "a.b"):
        with pytest.raises(Unwritable):
            emit(graph_with("layer", module=ExternModule(target, ())))


def test_equal_children_become_a_loop() -> None:
    group = SequentialModule(tuple(Child(str(n), LINEAR) for n in range(3)))
    assert "nn.Sequential(*(nn.Linear(3, 3) for _ in range(3)))" in emit(graph_with("layers", module=group))


@pytest.mark.parametrize(
    "number", [1, -1, 0.5, 1e-6, 1e30, float("inf"), float("-inf"), True, None, "a'b", 'a"b', "é\n"]
)
def test_literals_read_back_equal(number: Any) -> None:
    text = flat(node_of(Known((Known(number), [Known(number)])), {}))
    assert eval(text) == (number, [number])
    assert formatted(f"x = {text}\n") == f"x = {text}\n"


def test_products_are_written_out() -> None:
    assert flat(node_of(Known(Spelled(8192, (), (32, 16, 16))), {})) == "32 * 16 * 16"


# The layout


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "88", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


LONG = tuple(f"argument_number_{n}" for n in range(4))
NODES = {
    "call on one line": call("nn.Conv2d", "3", "64", keyword("padding", "1")),
    "call packed": call("nn.Conv2d", *LONG),
    "call spread": call("nn.Conv2d", *LONG, *LONG),
    "call in call": call("nn.Sequential", call("nn.Conv2d", *LONG, *LONG), call("nn.ReLU")),
    "list spread": call("torch.cat", list_of(*LONG, *LONG), "1"),
    "tuple of one": tuple_of("x"),
    "loop": call("nn.Sequential", Brackets("*(", (call("Block", *LONG), "for _ in range(3)"), ")", separator=" ")),
    "long loop": call("f", Brackets("*(", (call("Block", *LONG, "b"), "for _ in range(3)"), ")", separator=" ")),
    "sum": Chain((*LONG, *LONG), ("+",) * 7),
    "one sign": Chain(("a" * 50, "b" * 50), ("+",)),
    "rows": Chain((tuple_of("a", "b"), list_of(*(tuple_of(*LONG[:2]) for _ in range(3)))), ("in",)),
    "long rows": Chain((tuple_of(*LONG, *LONG), list_of(*(tuple_of(*LONG) for _ in range(3)))), ("not in",)),
}


def test_layout_is_ruffs() -> None:
    lines = [statement(f"{start} ", node, 4) for node in NODES.values() for start in ("self.layer =", "return")]
    text = "def f():\n" + "\n".join(lines) + "\n"
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("block", "comment"),
    [  # what a width of 4 makes equal by chance, and what is another shape in training
        ('input x: [N, H, W, C]\n    x -> rearrange("n h (b q) c -> n b h q c", q=p)', ""),
        ("input x: [N, H, W, C]\n    y = x + 0\n    if training { return x }\n    return flatten(y, 2)", ""),
    ],
)
def test_comments_of_shapes_hold_for_other_arguments_and_modes(block: str, comment: str) -> None:
    text = f"block B(p) {{\n    {block}\n}}\nmodel M(dim=4) {{ input x: [N, H, W, 3]; Linear(dim) -> B(2) }}"
    lines = compile_source(Source("net.cnn", text), None, {})[0].splitlines()
    found = [line for line in lines if "self.b1(" in line or "torch.unflatten(" in line]
    assert comment in found[0]
    assert comment or "#" not in found[0]


def test_a_comment_calls_no_number_by_an_axis_that_is_as_long_by_chance() -> None:
    text = """
        block Rel(size) {
            input x: [N, T, D]
            param table: [size * size, 1]
            reshape(x + table, N, T, D)
        }
        block Tokens(out, size, stride=1) {
            input x: [N, C, H, W]
            y = x
            s = x
            if stride > 1 {
                y = max_pool2d(y, 3, stride, 1)
                s = s -> pool: MaxPool2d(3, stride, 1)
            }
            if C != out { s = s -> proj: Conv2d(out, 1); y = y -> widen: Conv2d(out, 1) }
            t = y -> flatten(2) -> transpose(1, 2) -> norm: LayerNorm -> rel: Rel(size)
            flatten(s, 2) -> transpose(1, 2) -> add(t) -> transpose(1, 2) -> unflatten(2, [size, size])
        }
        model Net(widths=[32, 32]) {
            input image: [N, 3, 64, 64]
            stem: Conv2d(widths[0], 3, 8, 1)
            for i in range(2) { "s.{i}": Tokens(widths[1], 4, 2 if i == 0 else 1) }
        }
    """
    lines = compile_source(Source("net.cnn", text), None, {})[0]
    assert "t = torch.transpose(t, 1, 2)" in lines
    assert "C // 2" not in lines  # which is 16, as H * W is


@pytest.mark.parametrize(
    ("tests", "whole"),
    [
        (["k == 7 and list(d) == [3, 3]", "list(d) == [1, 1] and k == 7"], "k == 7 and list(d) in ([3, 3], [1, 1])"),
        (["k == 7 and flag", "k == 7 and not flag and n > 0"], "k == 7 and (flag or (not flag and n > 0))"),
        (["k == 7", "k == 7 and flag"], "k == 7"),
        (["k == 7", "k == 8", "k == 7"], "k in (7, 8)"),
        (["s == ' and ' and k == 7", "k == 7"], "(s == ' and ' and k == 7) or k == 7"),
        (["w == 1 and a", "w == 1 and not a"], "w == 1"),
        (["w == 1 and a", "w == 2 and a", "w == 1 and not a", "w == 2 and not a"], "w in (1, 2)"),
        (["a", "not a"], "a or not a"),
    ],
)
def test_what_several_tests_ask_is_asked_once(tests: list[str], whole: str) -> None:
    assert either(tests) == whole


DEAD = """
block Stage(c, depth) {
    input x: [N, C, H, W]
    proj: Conv2d(c, 1, bias=False)
    for i in range(depth) { "norms.{i}": BatchNorm2d -> mul(0.5 / (i + 1)) }
    return x
}
model M(n=3) {
    input x: [N, 4, H, W]
    x -> BatchNorm2d -> relu -> mul(0.5)
    for i in range(n) { x -> "b{i}": BatchNorm2d -> mul(0.5) }
    if training { y = -dropout(x, 0.5) } else { y = -x }
    z = sum(x) -> tanh
    x -> Stage(4, 3)
}
"""


def test_what_nobody_reads_is_run_for_its_effects_alone() -> None:
    text = compile_source(Source("net.cnn", DEAD), None, {})[0]
    forward = text[text.rindex("        self.bn1(x)") :]
    assert "tanh" not in text and "relu" not in text and "-x" not in text
    assert "            nn.functional.dropout(x, 0.5" in forward and "            self.get_submodule" in forward
    module = cnndsl.loads(DEAD).train()
    module(torch.ones(2, 4, 3, 3))
    counts = [value.item() for name, value in module.state_dict().items() if name.endswith("num_batches_tracked")]
    assert counts == [1] * 7


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        ("expand != 1", "nn.Conv2d(in_channels * expand, 8, 3, padding=1)"),
        ("k == 3 or expand != 1", "nn.Conv2d(in_channels * expand, 8, 3, padding=1)"),
        ("expand != 2", "in_channels * expand if expand != 2 else in_channels"),
        ("expand != 1 and k == 3", "in_channels * expand if expand != 1 and k == 3 else in_channels"),
    ],
)
def test_a_choice_that_gives_the_same_either_way_is_none(condition: str, line: str) -> None:
    text = f"""block B(expand, k) {{
        input x: [N, C, H, W]
        if {condition} {{ Conv2d(C * expand, k, padding=k // 2) }}
        conv: Conv2d(8, 3, padding=1)
    }}
    model M {{ input x: [N, 4, H, W]; B(1, 3) -> B(2, 5) -> B(4, 3) -> B(1, 5) -> B(3, 7) }}"""
    assert line in compile_source(Source("net.cnn", text), None, {})[0]


UNREAD = """
block Both(out) {
    input x: [N, C, H, W]
    a = p: Conv2d(out, 1) -> relu
    return a, x
}
block Writing { input x; y = x -> relu(inplace=True); return x }
model M(n=3) {
    input x: [N, 4, 8, 8]
    x -> head: Conv2d(8, 1) -> Flatten -> Linear(3)
    for i in range(n) { x -> Conv2d(2, 1) -> ReLU }
    c, d = x -> both: Both(3)
    _, (h, _) = x -> flatten(2) -> cell: LSTM(5, batch_first=True)
    y = x -> keep: Conv2d(4, 1)
    y -> relu(inplace=True)
    z = y -> writing: Writing
    v = y -> act: ReLU(inplace=True)
    y -> last: Conv2d(4, 1)
}
"""


@pytest.mark.parametrize(
    ("step", "is_one"),
    [
        ("x = x -> Linear(4)", True),
        ("x = x -> Linear(4) -> Tanh", True),
        ("x, y = ((x -> Linear(4)) + y, x)", True),
        ("x = (x -> Linear(4)) * (k + 1)", False),
        ("x = x -> Linear(4)\n if k == 0 { x = x -> Tanh }", False),
        ("x = x -> Linear(4)\n x = x -> Linear(4)", True),
    ],
)
def test_loops_in_loops_that_take_all_of_a_list_are_one(step: str, is_one: bool) -> None:
    text = f"""model M(depths=[2, 1, 3]) {{ input x: [N, 4]; y = x
    for d in depths {{ for k in range(d) {{
        {step}
    }} }}
    return x + y }}"""
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert code[code.index("def forward") :].count("for ") == 2 - is_one
    for depths in ([2, 1, 3], [3], [0, 2], []):
        model = cnndsl.loads(text, depths=depths)
        x = y = start = torch.randn(3, 4)
        lists = [some for name, some in model.named_children() if name.startswith("fc")]
        modules = [module for some in zip(*lists, strict=True) for module in some]
        for k in (k for d in depths for k in range(d)):
            made = modules.pop(0)(x)
            if "Tanh" in step and (is_one or k == 0):
                made = torch.tanh(made)
            made = modules.pop(0)(made) if step.count("Linear") == 2 else made * (k + 1) if "k + 1" in step else made
            x, y = (made + y, x) if "+ y" in step else (made, y)
        assert torch.equal(model(start), x + y)


def test_what_takes_the_next_module_of_a_list_stays() -> None:
    text = """model M(n=2) { input x: [N, 4]; y = x
    for i in range(n) { for t in [x, tanh(x)] { y = t -> Linear(4) } } ; return y }"""
    module = cnndsl.loads(text)
    x = torch.randn(3, 4)
    assert torch.equal(module(x), module.fc1[-1](torch.tanh(x)))


def test_modules_that_give_what_nobody_reads_are_left_out_but_what_writes_is_not() -> None:
    text = compile_source(Source("net.cnn", UNREAD), None, {})[0]
    lines = [line.partition("  #")[0].strip() for line in text[text.rindex("self.cell(") - 120 :].splitlines()]
    assert lines[-6:] == [
        "self.cell(out)",  # for all that is known of it, it draws numbers
        "y = self.keep(x)",
        "nn.functional.relu(y, inplace=True)",
        "self.writing(y)",
        "self.act(y)",
        "return self.last(y)",
    ]
    assert all(f"self.{name}(" not in text for name in ("head", "both", "fc1")) and "conv(x)" not in text
    module = cnndsl.loads(UNREAD)
    x = torch.randn(2, 4, 8, 8)
    assert torch.equal(module(x), module.last(torch.relu(module.keep(x))))
    assert {"head.weight", "fc1.bias", "both.p.weight", "conv1.2.bias"} <= module.state_dict().keys()


@pytest.mark.parametrize(
    ("loop", "outputs"),
    [
        ("for i in range(n) { Linear(w) }", "Outputs where n > 0:\n        [N, w]"),
        ("Linear(w); for i in range(n) { Linear(w) }", "Outputs:\n        [N, w]"),
        ("for i in range(n - 1) { Linear(w * 2**i) }", "Outputs where n == 3:\n        [N, w * 2]"),
        ("for i in range(n) { Linear(max(2, i + 1)) }", "Outputs where n > 0:\n        [N, max(2, n)]"),
        ("for v in ws { Linear(v) }", "Outputs where len(ws) > 0:\n        [N, ws[-1]]"),
    ],
)
def test_outputs_say_how_often_loops_turn(loop: str, outputs: str) -> None:
    text = f"model M(n=3, w=3, ws=[4, 8]) {{ input x: [N, 3]; {loop} }}"
    assert f"    {outputs}\n" in compile_source(Source("net.cnn", text), None, {})[0]


def test_outputs_say_how_results_are_nested() -> None:
    text = """model A { input x: [N, 3]; return x, (x * 2, (x, x + 1)) }
    model B { input x: [N, 4]; return low=(x, [x, x]), all=[x, x + 1] }"""
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert "Outputs:\n        [N, 3]\n        ([N, 3], ([N, 3], [N, 3]))\n" in code
    assert "Outputs:\n        low: [N, 4], ([N, 4], [N, 4])\n        all: [N, 4], [N, 4]\n" in code


def test_a_parameter_that_is_written_as_it_is_compiled_keeps_its_name() -> None:
    text = "model Net(K=3, k=2) { input x: [N, 3, L]; Conv1d(K + 1, k) }\nmodel V(M=1, m=2) = Net(K=M, k=m)"
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert "def __init__(self, k2: int = 3, k: int = 2)" in code and "def v(m2: int = 1, m: int = 2)" in code
    assert live.build(code, "Net", k=5).conv1.weight.shape == (4, 3, 5)
    assert live.build(code, "v", m=4).conv1.weight.shape == (2, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "def small(n) { return n * 2 + 1 }\nmodel Net(width=8) { input x: [N, 4]; Linear(small(width)) }\n",
        "block SMALL(n) = { Linear(n * 2 + 1) }\nmodel Net(width=8) { input x: [N, 4]; a: SMALL(width) -> SMALL(4) }\n",
        "model Net(width=8) { input x: [N, 4]; Linear(width * 2 + 1) }\n",
    ],
)
def test_what_makes_a_model_is_called_as_the_model_whatever_else_there_is(text: str) -> None:
    code = compile_source(Source("net.cnn", f"{text}model Small = Net(width=5)"), None, {})[0]
    assert code.count("def small(") == 1
    assert 11 in next(iter(live.build(code, "small").parameters())).shape


def test_a_class_that_a_variant_sets_says_for_which_value_its_outputs_are() -> None:
    up = "block Up(s) = { for _ in range(int(log2(s))) { Conv2d(16, 3, padding=1) -> PixelShuffle(2) } }"
    text = f"{up}\nmodel M(s=4) {{ input x: [N, 4, H, W]; tail: {{ Up(s) -> Conv2d(3, 1) }} }}\nmodel M2 = M(s=2)\n"
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert "Outputs where s == 4:\n        [N, 3, 4 * H, 4 * W]" in code
    assert "Outputs:\n        [N, 3, 2 * H, 2 * W]" in code and "        s: 4 by default" in code


def test_a_docstring_says_for_which_values_it_is_true_and_names_all_arguments() -> None:
    text = """model Net(widths=[8, 16], classes=0, Act: layer = ReLU) {
        input x: [N, 3]
        for w in widths { Linear(w) -> Act }
        if classes > 0 { y = -> Linear(classes); return low=x, high=y }
    }
    model Wide(w=4) = Net([w, w * 2, w * 4])
    model Sorted(n=10) = Net(classes=n)
    model Smooth = Net(Act=SiLU)"""
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert "widths: (8, 16) by default\n        classes: 0 by default\n        act: nn.ReLU by default\n" in code
    assert "high: [N, n]" in code and "w == 4" not in code


def test_a_class_takes_its_own_defaults() -> None:
    body = "for w in ws { for w in ws { Conv2d(w, 3, padding=1); BatchNorm2d }; Conv2d(w, 3, padding=1) }"
    model = f"model M(n=2, c=4, ws=[4, 8]) {{ input x: [N, 3, 8, 8]; Conv2d(c, 1) * n; {body} }}"
    text = f"{model}\nmodel M2 = M(ws=[4, 8, 4])\n"
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert [live.build(code, name)(torch.ones(1, 3, 8, 8)).shape[1] for name in ("M", "M2", "m2")] == [8, 4, 4]
    code = compile_source(Source("net.cnn", f"{text}model M3 = M(ws=[4, 8, 5])"), None, {})[0]
    assert "(self, ws: Sequence[int], n: int = 2, c: int = 4)" in code  # neither is the default of both


def test_a_list_that_a_block_gives_on_is_a_list() -> None:
    text = """block Each(w) { input *maps; ys = []; for m in maps { ys = [*ys, m -> Conv2d(w, 1)] }; return ys }
    block Both(w) { input *maps; return Each(w)(*maps) }
    model M { input x: [N, 3, H, W]; a, b = Both(4)(x, x); a + b }"""
    code = compile_source(Source("net.cnn", text), None, {})[0]
    assert code.count("-> list[torch.Tensor]") == 2 and "tuple" not in code


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("Conv2d(w // 2 * n + 2 * (w // 2), 1)", "nn.Conv2d(4, w // 2 * (n + 2), 1)"),
        ("Conv2d((w // 2) * (n // 2) + 3 * (n // 2), 1)", "(n // 2) * (w // 2 + 3)"),
        ("return x[:, :, :-n]", "x[:, :, : -self.n]"),
        ("return x[:, :, n:-1]", "x[:, :, self.n : -1]"),
        ("x + 1e9 -> mul(25e6)", "(x + 1e9) * 25000000.0"),
        ("x * -1e9", "return x * -1e9"),
        ("(x / -n) ** -0.5", "(x / -self.n) ** -0.5"),
        ("(-x) ** 2", "(-x) ** 2"),
    ],
)  # fmt: skip
def test_formulas_read_as_people_and_formatters_write_them(body: str, line: str) -> None:
    text = f"model M(w=9, n=3) {{ input x: [N, 4, H, 8]; {body} }}"
    assert line in compile_source(Source("net.cnn", text), None, {})[0]


@pytest.mark.parametrize("name", ["densenet", "efficientnet", "regnet"])
def test_what_stays_of_an_attempt_is_what_would_be_planned_anew(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(__file__).parent.parent / "examples" / "torchvision" / f"{name}.cnn"
    source = Source(str(path), path.read_text())
    for model in re.findall(r"(?m)^model (\w+) =", source.text)[-1:]:
        graph = cnndsl.pipeline.elaborate(source, model, {}).graph
        found = emit(graph)
        with monkeypatch.context() as patch:
            patch.setattr(Attempts, "keep", lambda attempts, before: attempts.forget(0))
            assert emit(graph) == found
