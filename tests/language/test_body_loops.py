"""Loops in the body of a model: random ones, each beside the same network with every round written out by hand, its
modules under the names that a loop gives them. So is the compiled class with other arguments than those of its file.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl import pipeline
from cnndsl.source import Source

from ..compare import assert_same_layout, assert_same_network, assert_same_state
from ..expectations import report
from .test_parameters import takes

ITEMS = """
block Unit(out) { input x: [N, C, H, W]; Conv2d(out, 1, bias=False) -> BatchNorm2d; if C == out { -> add(x) } }
def twice(x, by) { return x + x * by }
"""
DEFAULTS: dict[str, Any] = {"n": 3, "w": 4, "ds": [2, 1, 3], "flag": True}
OTHERS: list[dict[str, Any]] = [{"n": 4}, {"w": 5}, {"ds": [1, 4]}, {"n": 1, "w": 2}, {"n": 5, "ds": [3, 1, 2, 1]}]
NICKS = {"Conv2d": "conv", "ReLU": "relu", "BatchNorm2d": "bn", "Unit": "unit", "Dropout": "dropout", "Linear": "fc"}


@dataclass
class Make:
    """A module: unlabelled, or under a label that names the round."""

    kind: str
    arguments: tuple[str, ...] = ()
    label: str = ""
    start: str = ""
    end: str = ""
    site: str = ""


@dataclass
class Run:
    """Any other statement; numbers stand in `«…»`."""

    text: str


@dataclass
class If:
    condition: str
    then: list[Any]
    otherwise: list[Any] = field(default_factory=list)


@dataclass
class For:
    names: str
    iterable: str
    body: list[Any]


# As a loop, and written out


def looped(body: list[Any]) -> str:
    return "\n".join(line(step) for step in body)


def line(step: Any) -> str:
    if isinstance(step, Make):
        label = f'"{step.label}": ' if step.label else ""
        return plain(f"{step.start}{label}{step.kind}({', '.join(step.arguments)}){step.end}")
    if isinstance(step, Run):
        return plain(step.text)
    if isinstance(step, If):
        other = f" else {{\n{looped(step.otherwise)}\n}}" if step.otherwise else ""
        return f"if {step.condition} {{\n{looped(step.then)}\n}}{other}"
    return f"for {step.names} in {step.iterable} {{\n{looped(step.body)}\n}}"


def plain(text: str) -> str:
    return text.replace("«", "(").replace("»", ")")


def valued(text: str, names: Mapping[str, Any]) -> Any:
    return eval(text, {"range": range, "enumerate": enumerate, "len": len, "zip": zip}, dict(names))


class Writer:
    """Writes out every round."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    def written(self, body: list[Any], names: dict[str, Any], inside: bool = False) -> Iterator[str]:
        for step in body:
            if isinstance(step, Make):
                yield self.module(step, names, inside)
            elif isinstance(step, Run):
                yield filled(step.text, "«", "»", names)
            elif isinstance(step, If):
                yield from self.written(step.then if valued(step.condition, names) else step.otherwise, names, inside)
            else:
                for item in valued(step.iterable, names):
                    several = step.names.split(", ")
                    bound = dict(zip(several, item, strict=True)) if len(several) > 1 else {step.names: item}
                    yield from self.written(step.body, {**names, **bound}, True)

    def module(self, step: Make, names: dict[str, Any], inside: bool) -> str:
        label = filled(step.label, "{", "}", names) or step.site
        if inside and not step.label:
            label = f"{step.site}.{self.made[step.site]}"
            self.made[step.site] += 1
        arguments = ", ".join(str(valued(argument, names)) for argument in step.arguments)
        return f'{step.start}"{label}": {step.kind}({arguments}){filled(step.end, "«", "»", names)}'


def filled(text: str, left: str, right: str, names: Mapping[str, Any]) -> str:
    """The text with the numbers that stand in brackets in it."""
    first, *rest = text.split(left)
    return first + "".join(str(valued(part.split(right)[0], names)) + part.split(right)[1] for part in rest)


# Random ones

SIZES = ["w", "w + i", "w * (i + 1)", "3", "w * 2", "i + 2"]


def stage(rng: random.Random, depth: int, taken: Counter[str]) -> list[Any]:
    """One statement of a loop, or a few that belong together."""
    size = rng.choice(SIZES) if depth < 2 else rng.choice([*SIZES, "w + j", "w * (j + 1) + i"])
    conv = Make("Conv2d", (size, "1"))
    choices: list[Any] = [
        [conv],
        [conv, Make("ReLU")],
        [Make("BatchNorm2d")],
        [Make("Unit", (size,))],
        [conv, Run("-> relu")],
        [Make("Conv2d", (size, "1"), end=" -> relu -> mul(«i + 1»)")],
        [Make("Conv2d", (size, "1"), start="y = x -> ", end=" -> tanh"), Run("x = cat([x, y], 1)")],
        [Make("Unit", ("w",), start="x = x -> "), Run("x = twice(x, «1 / (i + 2)»)")],
        [If("i > 0", [conv])],
        [If("i % 2 == 0", [conv], [Make("Unit", ("w",))])],
        [If("flag", [Make("BatchNorm2d"), Make("ReLU")], [Make("ReLU")])],
        [Run("x = if training { x * 2 } else { x / 2 }")],
    ]
    number = taken["label"] = taken["label"] + 1
    if depth < 2:
        choices += [
            [Make("Conv2d", (size, "1"), label=f"layers{number}.{{i}}")],
            [Make("Conv2d", (size, "1"), label=f"plain{number}_{{i}}")],
            [Make("Conv2d", (size, "1"), label=f"named{number}.item_{{i}}")],
            [Make("Conv2d", (size, "1"), label=f"plain{number}_{{i}}"), conv, Make("ReLU")],
            [For("j", rng.choice(["range(2)", "range(n)", "range(i + 1)"]), stage(rng, 2, taken))],
        ]
    found: list[Any] = rng.choice(choices)
    return found


def program(rng: random.Random) -> list[Any]:
    taken: Counter[str] = Counter()
    body: list[Any] = []
    if rng.random() < 0.5:
        body.append(Make("Conv2d", (rng.choice(["w", "3"]), "1")))
    for _ in range(rng.randint(1, 2)):
        names, iterable = rng.choice([("i", "range(n)"), ("i, d", "enumerate(ds)"), ("i", "ds"), ("i", "range(4)")])
        inner = [step for _ in range(rng.randint(1, 2)) for step in stage(rng, 1, taken)]
        if names == "i, d":
            inner.append(Make("Conv2d", ("w + d", "1")))
        body += [Run("x = x -> relu"), For(names, iterable, inner)]
    by_name = rng.random() < 0.5
    body.append(Make("Conv2d", ("2", "1"), start="x -> " if by_name else ""))
    name(body, Counter(), "x = x -> " if by_name else "")
    return body


def name(body: list[Any], counts: Counter[str], start: str) -> None:
    """Gives modules without a label the names that they have in the order of writing; `start` says what flows."""
    for step in body:
        if isinstance(step, Make):
            step.start = step.start or start
            if not step.label:
                counts[step.kind] += 1
                step.site = f"{NICKS[step.kind]}{counts[step.kind]}"
        elif isinstance(step, Run):
            step.text = f"{start}relu" if start and step.text == "-> relu" else step.text
        elif isinstance(step, If):
            name(step.then, counts, start)
            name(step.otherwise, counts, start)
        elif isinstance(step, For):
            name(step.body, counts, start)


def texts(body: list[Any], given: Mapping[str, Any]) -> tuple[str, str]:
    """The model with loops, and without."""
    parameters = ", ".join(f"{key}={value}" for key, value in DEFAULTS.items())
    head = "input x: [N, 3, H, W]"
    out = "\n".join(Writer().written(body, {**DEFAULTS, **given}))
    return f"{ITEMS}model Net({parameters}) {{\n{head}\n{looped(body)}\n}}", f"{ITEMS}model Net {{\n{head}\n{out}\n}}"


def programs(seed: int, count: int) -> Iterator[list[Any]]:
    rng = random.Random(seed)
    while count:
        body = program(rng)
        if report(texts(body, {})[0]).ok:
            count -= 1
            yield body


def seeded(make: Any) -> Any:
    torch.manual_seed(1)
    return make()


def compare(body: list[Any], given: dict[str, Any], cls: Any = None) -> None:
    text, plain = texts(body, given)
    try:
        ours = seeded(lambda: cls(**given) if cls else cnndsl.loads(text, **given))
        theirs = seeded(lambda: cnndsl.loads(plain))
        assert_same_state(ours, theirs)
        assert_same_network(ours, theirs, [(3, 3, 5, 5)])
    except Exception as error:
        raise AssertionError(f"{given}\n{text}\n{plain}") from error


@pytest.mark.parametrize("seed", range(36))
def test_a_loop_is_what_its_rounds_are(seed: int) -> None:
    (body,) = programs(seed, 1)
    compare(body, {})
    cls = type(cnndsl.loads(texts(body, {})[0]))
    others = [given for given in OTHERS if given.keys() <= takes(cls) and report(texts(body, given)[1]).ok]
    for given in [given for given in others if not refuses(cls, given)][:2]:
        compare(body, given, cls)


def refuses(cls: Any, given: Mapping[str, Any]) -> bool:
    """Whether a class says that it is not made for these arguments."""
    try:
        cls(**given)
    except ValueError as error:
        assert "is not made for" in str(error) or "is made only where" in str(error)
        return True
    return False


# As people read it


def code_of(body: str, parameters: str = "n=4, w=8") -> str:
    head, tail = f"{ITEMS}model Net({parameters}) {{\ninput x: [N, 3, H, W]\n", "\n}"
    return compiled(head + body + tail).rpartition("class Net(")[2]


def compiled(text: str) -> str:
    return pipeline.compile(Source("net.cnn", text), None, {})[0]


READS = {
    "one list": (
        "for i in range(n) { Conv2d(w, 3, padding=1) -> relu }\nConv2d(w, 1)",
        ["self.conv1.append(nn.Conv2d(in_channels, w, 3, padding=1))", "for conv in self.conv1:"],
    ),
    "lists side by side": (
        "for i in range(n) { Conv2d(w, 1) -> ReLU }",
        ["nn.ModuleList(nn.ReLU() for _ in range(n))", "for conv, relu in zip(self.conv1, self.relu1, strict=True):"],
    ),
    "two rounds": (
        "for v in [8, 16] { Conv2d(v, 1) -> ReLU }",
        ["nn.ModuleList([nn.ReLU(), nn.ReLU()])", "for conv, relu in zip(self.conv1, self.relu1, strict=True):"],
    ),
    "two rounds that differ": (
        "for v in [1, 3] { x = x + (x -> Conv2d(3, 1)) * v }\nx -> tanh",
        ["x = x + self.conv1[0](x) * 1", "x = x + self.conv1[1](x) * 3"],
    ),
    "from one on": (
        "for i in range(1, n) { Conv2d(w * i, 1) }\nConv2d(w, 1)",
        ["for i in range(1, n):", "in_channels = w * i", "for conv in self.conv1:"],
    ),
    "a loop in one of two rounds": (
        "for i in range(2) { for j in range(n) { Conv2d(w, 1) -> relu } }\nConv2d(3, 1)",
        ["for _ in range(2):", "for _ in range(n):", "self.conv2 = nn.Conv2d(in_channels, 3, 1)"],
    ),
    "the round counts": (
        "for i in range(n) { x = x + (x -> Conv2d(3, 1)) * (i + 1) }\nx -> tanh",
        ["for i, conv in enumerate(self.conv1):", "x = x + conv(x) * (i + 1)"],
    ),
    "a list of the author's": (
        "for v in [1, 3, 5] { x = x + (x -> Conv2d(3, v, padding=v // 2)) * v }\nx -> tanh",
        ["for conv, v in zip(self.conv1, [1, 3, 5], strict=True):"],
    ),
    "under a condition": (
        "for i in range(n) { Conv2d(w, 1); if i > 0 { ReLU } }",
        ["relus = iter(self.relu1)", "if i > 0:", "x = next(relus)(x)", "self.relu1.append(nn.ReLU())"],
    ),
    "loops in loops": (
        "for i in range(n) { for j in range(3) { Unit(w) } }",
        ["for _ in range(3):", "for unit in self.unit1:", "x = unit(x)"],
    ),
    "by name": (
        'for i in range(n) { "layers.layer_{i}": Conv2d(w, 1) }',
        ['self.layers[f"layer_{i}"] = nn.Conv2d(in_channels, w, 1)', "for layer in self.layers.values():"],
    ),
    "after the first": (
        '"layers.0": Conv2d(w, 1)\nfor i in range(n) { "layers.{i + 1}": Conv2d(w, 1) }',
        ["for layer in self.layers[1:]:"],
    ),
    "results in a list": (
        "y = x -> experts: [for i in range(5) { Conv2d(w, 1) }]\ncat(y, 1)",
        ["y = [expert(x) for expert in self.experts]", "torch.cat(y, 1)"],
    ),
    "results of several modules": (
        "cat([for r in [1, 2, 3] { Conv2d(w, 3, padding=r, dilation=r) -> BatchNorm2d -> relu }], 1)",
        ["nn.functional.relu(bn(conv(x)))", "for conv, bn in zip(self.conv1, self.bn1, strict=True)"],
    ),
    "sizes that nothing makes": (
        "for i in range(n) { x = cat([x, x], 1) }\nx -> fc: Conv2d(w, 1)",
        ["in_channels *= 2", "self.fc = nn.Conv2d(in_channels, w, 1)"],
    ),
    "the same names": (
        "for i in range(n) { Conv2d(w + i, 1) }\nfor i in range(3) { Conv2d(w * (i + 1), 1) }",
        ["for i in range(n):", "for i in range(3):"],
    ),
    "names that are taken": (
        "conv = x -> tanh\nfor i in range(n) { conv = conv -> Conv2d(w, 1) }\nconv -> relu",
        ["for conv1 in self.conv1:", "conv = conv1(conv)"],
    ),
}


@pytest.mark.parametrize("what", READS)
def test_it_reads_as_people_write_it(what: str) -> None:
    body, lines = READS[what]
    code = code_of(body)
    assert [line for line in lines if line not in code] == [], code


def test_lists_without_their_ends_backwards() -> None:
    down = "for w in widths { Conv2d(w, 3, 2, 1) -> ReLU }"
    up = "for w in reversed(widths[:-1]) { ConvTranspose2d(w, 2, 2) }"
    end = "g: { for w in widths[:-2][::-1] { Conv2d(w, 1) } }"
    text = f"model Net(widths=[4, 5, 6, 7]) {{ input x: [N, 3, 8, 8]; {down}; {up}; {end} }}"
    code = compiled(text)
    assert "for w in widths[:-1][::-1]:" in code and "for w in widths[:-2][::-1]:" in code
    made = type(cnndsl.loads(text))
    for widths in ([], [2], [2, 3], [5, 4, 3, 2, 1]):
        assert_same_layout(made(widths=widths), cnndsl.loads(text, widths=widths))


@pytest.mark.parametrize("turns", ["range(n - 1)", "range(1, n)", "range(2, n)"])
def test_loops_that_would_turn_less_than_never(turns: str) -> None:
    body = f"for i in {turns} {{ y = x -> Conv2d(w, 1); x = cat([x, y], 1) }}\nx -> Conv2d(2, 1)"
    text = f"model Net(n=5, w=1) {{ input x: [N, 3, 4, 4]; {body} }}"
    made = type(cnndsl.loads(text))
    for n in range(4):
        assert_same_layout(made(n=n), cnndsl.loads(text, n=n))


def test_a_name_that_is_bound_anew_in_each_round_is_not_handed_on() -> None:
    body = "for i in range(n) { y = x -> Conv2d(3, 1); x = x + y -> relu }\n"
    code = code_of(f"{body}{body}x -> tanh")
    assert code.count("zip(") == 0 and code.count("for conv in self.conv") == 2 and "self.conv1[0]" not in code


def test_what_a_loop_made_last_may_be_used_behind_it() -> None:
    """Then the class refuses no rounds: there would be no such thing."""
    code = code_of("for i in range(n) { y = x -> Conv2d(3, 1); x = x + y -> relu }\ny + x -> tanh")
    assert "y = conv(x)" in code and "n: int" in code and "not made for n <= 0" in code


def test_a_network_without_rounds_has_empty_lists() -> None:
    text = "model Net(n=3) { input x: [N, 3]; for i in range(n) { Linear(3) -> ReLU } }"
    made = type(cnndsl.loads(text))(0)
    x = torch.randn(2, 3)
    assert not made.state_dict() and torch.equal(made(x), x)
