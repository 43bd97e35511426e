"""Work grows with the network, not faster: counted in function calls, for clocks tell other stories on other days."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import fillings, reuse_layers
from cnndsl.dims import symbol
from cnndsl.dims.text import size_text
from cnndsl.emit import listed, members, summary
from cnndsl.emit.members import MOST
from cnndsl.emit.names import is_taken
from cnndsl.emit.numbers import Numbers
from cnndsl.emit.python import emit
from cnndsl.emit.summary import module_rows
from cnndsl.files import read
from cnndsl.limits import DEFAULT, limits
from cnndsl.reading import Reading
from cnndsl.source import Source

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from networks import SHAPES

FEW = 40
LINEAR = 11.5  # times the work for ten times the layers
FAMILY = Path(__file__).parent.parent / "examples" / "torchvision" / "resnet.cnn"
COUNTED = """
import sys
calls = 0
def note(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(note)
from cnndsl.cli import main
main(sys.argv[1:])
sys.setprofile(None)
print(sum(name.startswith("cnndsl") for name in sys.modules), calls, file=sys.stderr)
"""


def calls(text: str) -> int:
    """How many functions are called, Python's and built-in ones, to compile a text."""
    return counted(lambda: compiled(text))


def counted(run: Callable[[], object]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


LARGE = Reading(limits({"size": 2 * DEFAULT.size}))


def compiled(text: str) -> str:
    return emit(pipeline.elaborate(Source("x.cnn", text, LARGE), None, {}).graph, command="")


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_ten_times_the_layers_are_ten_times_the_work(shape: str) -> None:
    compiled(SHAPES[shape](FEW))  # whatever is loaded on first use
    assert calls(SHAPES[shape](10 * FEW)) < LINEAR * calls(SHAPES[shape](FEW))


@pytest.mark.parametrize("shape", SHAPES)
def test_no_recursion_limit_is_met(shape: str) -> None:
    limit = sys.getrecursionlimit()
    assert len(compiled(SHAPES[shape](limit + 200))) > 100


def test_long_sums_are_linear() -> None:
    text = (
        "model A(n=COUNT) {\n    input x: [N, 4]\n    outs = []\n"
        "    for i in range(n) { x = x -> relu; outs = [*outs, x] }\n    sum(outs)\n}"
    )
    compiled(text.replace("COUNT", "3"))
    few, many = (calls(text.replace("COUNT", count)) for count in ("10", "100"))
    assert many < LINEAR * few


BLOCKS = {
    "layers that are concatenated": (
        "block L(growth) { BatchNorm2d -> ReLU -> Conv2d(growth, 1) }\n"
        "block D(depth, growth) { input x\n"
        '    for i in range(depth) { x = cat([x, x -> "l{i}": L(growth)], 1) } }\n'
        "model M(growth=4) { input x: [N, 8, H, W]; D(COUNT, growth) }"
    ),
    "blocks that decide, in rounds": (
        "block B(out) { input x: [N, C, H, W]; y = Conv2d(out, 3, 1, 1); if C == out { y = y + x }; y }\n"
        "model M(width=4) { input x: [N, 8, H, W]; all: { for i in range(COUNT) { B(width + i // 3) } } }"
    ),
    "blocks that differ in rates": (
        "block B(p) { input x: [N, C, H, W]; y = Conv2d(8, 3, 1, 1) -> BatchNorm2d; y -> Dropout(p) -> add(x) }\n"
        "model M(p=0.2) { input x: [N, 8, H, W]; all: { for i in range(COUNT) { B(p * i / COUNT) } } }"
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_of_which_no_two_are_alike_are_linear(name: str) -> None:
    compiled(BLOCKS[name].replace("COUNT", "5"))
    few, many = (calls(BLOCKS[name].replace("COUNT", count)) for count in ("20", "200"))
    assert many < 10.5 * few, many / few


@pytest.mark.parametrize(("stem", "model", "work"), [("efficientnet", "B7", 1_075_000), ("densenet", "201", 850_000)])
def test_large_networks_call_little(stem: str, model: str, work: int) -> None:
    """The calls for a network of some hundred layers; most of its blocks differ in little. They are as many where what
    is remembered of layers is full, of others."""
    for memory in (reuse_layers.remembered, reuse_layers.answers):
        for n in range(reuse_layers.KEPT - 100):
            memory.keep(n, n)
    source = read(str(FAMILY.with_name(f"{stem}.cnn")))
    name = {"efficientnet": "EfficientNet", "densenet": "DenseNet"}[stem] + model

    def compile_it() -> str:
        return emit(pipeline.elaborate(source, name, {}).graph, command="")

    compile_it()
    assert counted(compile_it) <= work


@pytest.mark.parametrize(("command", "files", "work"), [("check", 127, 210_000), ("compile", 174, 396_000)])
def test_a_cold_command_loads_little_and_calls_little(command: str, files: int, work: int) -> None:
    """How many files of the package ResNet-50 takes, and calls of functions, those of imports included."""
    words = [sys.executable, "-c", COUNTED, command, str(FAMILY), "--model", "ResNet50"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded, calls = map(int, done.stderr.split())
    assert loaded <= files and calls <= work, (loaded, calls)


def test_a_list_that_is_looked_through_is_linear() -> None:
    few, many = (calls(SHAPES["wide"](count)) for count in (MOST // 10, MOST))
    assert many < LINEAR * few


def test_what_an_unknown_name_means_is_looked_up_once() -> None:
    """Bodies around it are run again and again, to see what is wrong whatever goes in."""
    family = read(str(FAMILY.parent.parent / "googlenet.cnn"))
    renamed = family.text.replace("block BasicConv2d", "block relu")
    assert counted(lambda: pipeline.report(Source("net.cnn", renamed))) < 3_500_000


def test_many_comments_are_linear() -> None:
    few, many = (
        counted(lambda text=text: Source("net.cnn", text).remarks) for text in ("# about\n" * 200, "# about\n" * 2000)
    )
    assert many < LINEAR * few


def checked(text: str) -> object:
    return pipeline.report(Source("net.cnn", text))


def formatted(text: str) -> object:
    return pipeline.format(Source("net.cnn", text))


LONG: dict[str, tuple[Callable[[int], str], Callable[[str], object], int]] = {  # and calls for each of it
    "variants of variants": (
        lambda count: "".join(f"model V{n + 1}(w=4) = V{n}(w)\n" for n in range(count)) + "block V0(w) { ReLU }\n",
        checked,
        10_000,
    ),
    "rules for many layers": (
        lambda count: (
            "model Net { input x: [N, 3]\n"
            + "Linear(3)\n" * 300
            + "init {\n"
            + "Linear.weight: zeros\n" * count
            + "} }\n"
        ),
        checked,
        2_500,
    ),
    "loops one behind another": (
        lambda count: (
            "model Net { input x: [N, 4, 8, 8]\n"
            + "".join(f'for i in range(2) {{ "l{n}.{{i}}": ReLU }}\n' for n in range(count))
            + "}\n"
        ),
        lambda text: pipeline.elaborate(Source("net.cnn", text), None, {}),
        9_000,
    ),
    "expressions in a text": (
        lambda count: 'model Net { input x: [N, 3]\nw = "' + "{1}" * count + '"\nx }\n',
        checked,
        185,
    ),
    "statements that are laid out": (
        lambda count: "model Net {\n    input x: [N, 3]\n" + "    B(3)\n" * count + "}\n",
        formatted,
        550,
    ),
    "sums of quotients": (
        lambda count: " + ".join(f"H // {n + 2}" for n in range(count)),
        lambda text: size_text(eval(text.replace("H", "symbol('H')"), {"symbol": symbol})),
        200,
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_long_files_take_little_for_each_line(name: str) -> None:
    make, run, most = LONG[name]
    run(make(3))
    short, long = make(100), make(300)
    few, many = counted(lambda: run(short)), counted(lambda: run(long))
    assert (many - few) / 200 < most


def lines(run: Callable[[], object]) -> int:
    """How many lines are run, a round of a loop inside of one line as another: what calls of functions do not tell."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


WIDE = {  # much of something in one place, and times the work for four times of it
    "inputs of one block": (
        lambda count: (
            "block B { input *xs; cat(xs, 1) }\n"
            "model Net(w=3) { input x: [N, 3]\ny = Linear(w)(x)\n"
            f"({', '.join(['y'] * count)}) -> B\n}}\n"
        ),
        4.5,
    ),
    "parameters of a model": (
        lambda count: (
            f"model Net({', '.join(f'p{n}=3' for n in range(count))}) {{ input x: [N, 3]\n"
            + "".join(f"Linear(p{n})\n" for n in range(count))
            + "}\n"
        ),
        4.5,
    ),
    "loops that fill lists": (
        lambda count: (
            "model Net { input x: [N, 4]\n"
            + "".join(f'for i in range(2) {{ "l{n}.{{i}}": Linear(4) }}\n' for n in range(count // 2))
            + "}\n"
        ),
        4.3,
    ),
    "templates in a list": (
        lambda count: (
            "block B(rows) { input x; for Row in rows { Row } }\n"
            f"model Net {{ input x: [N, 4]; B([{', '.join(f'Linear({n + 1})' for n in range(count))}]) }}\n"
        ),
        4.2,
    ),
}


@pytest.mark.parametrize("name", WIDE)
def test_what_is_wide_is_linear(name: str) -> None:
    make, most = WIDE[name]
    compiled(make(3))
    few, many = (lines(lambda count=count: compiled(make(count))) for count in (200, 800))  # type: ignore[misc]
    assert many < most * few, many / few


def test_axes_that_a_loop_adds_are_not_asked_for_one_by_one_where_they_are_many() -> None:
    def text(count: int) -> str:
        return f"model Net {{ input x: [N, 3]\ny = x\nfor i in range({count}) {{ y = y[None] }}\ntanh(y) }}"

    few, many = (counted(lambda count=count: compiled(text(count))) for count in (60, 120))  # type: ignore[misc]
    assert many < 4 * few, many / few


def test_a_size_behind_which_very_many_names_are_is_not_asked_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of more names than a size may have is a number: the class takes none of them."""
    monkeypatch.setattr("cnndsl.dims.algebra.LIMIT", 70)

    def text(count: int) -> str:
        names = [f"p{n}" for n in range(count)]
        layers = ", ".join(f"Linear({name})(x)" for name in names)
        takes = ", ".join(f"{name}=3" for name in names)
        return f"model Net({takes}) {{ input x: [N, 3]\ncat([{layers}], 1)\nLinear(4) }}"

    assert "def __init__(self) -> None" in compiled(text(80))
    few, many = (counted(lambda count=count: compiled(text(count))) for count in (80, 320))  # type: ignore[misc]
    assert many < 6 * few, many / few


def entries(thing: Any) -> int:
    """How many things are in a container, and in those in it."""
    if not isinstance(thing, (dict, list, set, tuple)):
        return 0
    inner = thing.values() if isinstance(thing, dict) else thing
    return len(thing) + sum(map(entries, inner))


def loops(count: int) -> str:
    """A network of so many loops, each with names of its own."""
    loop = 'for i, a in enumerate([1, 2, 3]) {{ "l{}_{{i}}": Conv2d(a, 1) }}\n'
    return "model Net { input x: [N, 3, 32, 32]\n" + "".join(map(loop.format, range(count))) + "}\n"


def test_an_attempt_keeps_no_names_of_rounds_that_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept for an attempt that fails grows with the loops; with each times its rounds, all would be cubic."""
    kept = 0
    saved = Numbers.saved

    def noted(self: Numbers) -> Any:
        nonlocal kept
        found = saved(self)
        kept += entries(found) + entries(self.keys)
        return found

    def of(count: int) -> int:
        nonlocal kept
        kept = 0
        compiled(loops(count))
        return kept

    monkeypatch.setattr(Numbers, "saved", noted)
    few, many = of(15), of(60)
    assert few < many < 4 * 4 * few, many / few


def test_names_of_many_loops_are_not_looked_for_from_the_first_number_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def noted(name: str, taken: Container[str]) -> bool:
        nonlocal asked
        asked += 1
        return is_taken(name, taken)

    def of(count: int) -> int:
        nonlocal asked
        asked = 0
        compiled(loops(count))
        return asked

    monkeypatch.setattr("cnndsl.emit.names.is_taken", noted)
    few, many = of(15), of(60)
    assert few < many < 4.5 * few, many / few


def test_what_is_applied_is_not_copied_for_each_module_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[int, dict[str, Any]] = {}

    def noted(child: Any, above: str, prefix: str, applied: dict[str, Any]) -> Any:
        given[id(applied)] = applied
        return module_rows(child, above, prefix, applied)

    def of(count: int) -> int:
        given.clear()
        text = f"model Net {{ input x: [N, 3, 8, 8]\nfor i in range({count}) {{ Conv2d(3, 1) }} }}"
        graph = pipeline.elaborate(Source("net.cnn", text), None, {}, for_code=False).graph
        assert len([*summary.rows(graph.models[0].instance)]) == count
        return sum(map(dict.__len__, given.values()))

    monkeypatch.setattr(summary, "module_rows", noted)
    assert 0 < of(40) < 4.5 * of(10)


def test_modules_that_many_loops_take_of_a_dict_are_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought = 0

    def noted(body: Sequence[Any], *ways: bool) -> Iterator[Any]:
        nonlocal sought
        for found in members.nexts_in(body, *ways):
            sought += 1
            yield found

    def of(count: int) -> int:
        nonlocal sought
        sought = 0
        loops = "".join(f'for i in range(3) {{ "d.k{n}_{{i}}": Linear(4) }}\n' for n in range(count))
        compiled(f"model Net {{ input x: [N, 4]\n{loops}}}\n")
        return sought

    monkeypatch.setattr(listed, "nexts_in", noted)
    assert 0 < of(40) == 4 * of(10)


def test_what_loops_in_loops_put_into_a_list_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought = 0

    def noted(things: Iterable[Any]) -> list[Any]:
        nonlocal sought
        found = sorted(things)
        sought += len(found)
        return found

    def of(count: int) -> int:
        nonlocal sought
        sought = 0
        compiled(f"model Net {{ input x: [N, 8]\nfor a in range({count}) {{ for b in range(10) {{ Linear(8) }} }} }}")
        return sought

    monkeypatch.setattr(fillings, "sorted", noted, raising=False)
    assert 0 < 4 * of(5) == of(20)
