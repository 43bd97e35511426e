"""What is proposed for a name or an argument that nothing has: each proposal is itself right.

The tables are held against the catalogue, and each habit of Keras, papers and Python against what is said of it.
"""

from __future__ import annotations

import re

import pytest

from cnndsl import pipeline
from cnndsl.analysis.nearness import apart
from cnndsl.analysis.suggest import argument_facts, name_facts, nearest
from cnndsl.functions import lookup as function_named
from cnndsl.functions import names as function_names
from cnndsl.layers import lookup as layer_named
from cnndsl.layers import names as layer_names
from cnndsl.layers.synonyms import ARGUMENT_ADVICE, ARGUMENTS, NAME_ADVICE, NAMES, folded
from cnndsl.problems import Problem
from cnndsl.report.fixes import fix as fix_of
from cnndsl.report.prose import advice, message
from cnndsl.source import Source

FIELDS = {name for layer in map(layer_named, layer_names()) if layer for name in layer.fields}
PARAMETERS = {p.name for f in map(function_named, function_names()) if f for p in f.parameters}


def problems(body: str) -> list[tuple[str, str, str]]:
    text = f"model A {{\n    input x: [N, 3, 32, 32]\n    {body}\n}}\n"
    return [(p.code, message(p), advice(p)) for p in pipeline.report(Source("a.cnn", text)).problems]


@pytest.mark.parametrize("table", [NAMES, NAME_ADVICE, ARGUMENTS, ARGUMENT_ADVICE])
def test_keys_are_folded(table: dict[str, object]) -> None:
    assert [key for key in table if key != folded(key)] == []


@pytest.mark.parametrize(("name", "meant"), NAMES.items())
def test_a_name_means_something_of_the_catalogue(name: str, meant: str) -> None:
    found = re.fullmatch(r"(\w+)(\(1\)( -> Flatten)?|\(scale_factor=2\))?", meant)
    assert found
    assert layer_named(found[1]) or function_named(found[1])
    assert name not in {known.lower() for known in (*layer_names(), *function_names())}
    assert name_facts(name, ())["nearest"] == meant


def test_a_name_has_one_entry() -> None:
    assert NAMES.keys() & NAME_ADVICE.keys() == set()
    assert ARGUMENTS.keys() & ARGUMENT_ADVICE.keys() == set()


@pytest.mark.parametrize(("name", "meant"), ARGUMENTS.items())
def test_an_argument_means_one_of_the_catalogue(name: str, meant: tuple[str, ...]) -> None:
    assert set(meant) <= FIELDS | PARAMETERS
    for layer in map(layer_named, layer_names()):
        if layer and not {folded(field) for field in layer.fields} & {name}:
            wanted = next((field for field in meant if field in layer.fields), None)
            assert wanted is None or argument_facts(name, layer.fields)["nearest"] == wanted


@pytest.mark.parametrize(
    ("body", "code", "help"),
    [
        ("Dense(10)", "unknown-name", "did you mean `Linear`?"),
        ("Conv2D(64, 3)", "unknown-name", "did you mean `Conv2d`?"),
        ("BatchNorm", "unknown-name", "did you mean `BatchNorm2d`?"),
        ("GlobalAvgPool", "unknown-name", "did you mean `AdaptiveAvgPool2d(1)`?"),
        ("MaxPooling2D(2)", "unknown-name", "did you mean `MaxPool2d`?"),
        ("Relu", "unknown-name", "did you mean `ReLU`?"),
        ("Convv2d(4, 3)", "unknown-name", "did you mean `Conv2d`?"),
        ('Activation("relu")', "unknown-name", NAME_ADVICE["activation"]),
        ("Conv2d(filters=4)", "unknown-argument", "did you mean `out_channels`?"),
        ("Conv2d(4, kernel=3)", "unknown-argument", "did you mean `kernel_size`?"),
        ("Conv2d(4, 3, strides=2)", "unknown-argument", "did you mean `stride`?"),
        ("MaxPool2d(pool_size=2)", "unknown-argument", "did you mean `kernel_size`?"),
        ("Dropout(rate=0.5)", "unknown-argument", "did you mean `p`?"),
        ("Conv2d(4, 3, rate=2)", "unknown-argument", "did you mean `dilation`?"),
        ("Conv2d(4, 3, in_planes=3)", "unknown-argument", "leave it out: `in_channels` is read off the input"),
        ('Conv2d(4, 3, activation="relu")', "unknown-argument", f"{ARGUMENT_ADVICE['activation']}: `-> ReLU`"),
        ('Linear(4, activation="softmax")', "unknown-argument", f"{ARGUMENT_ADVICE['activation']}: `-> Softmax(1)`"),
        ("UpSampling2D(2)", "unknown-name", "did you mean `Upsample(scale_factor=2)`?"),
        ("flatten(x, 2) -> Conv1d(8, 1) -> MaxPool(2)", "unknown-name", "did you mean `MaxPool1d` or `MaxPool2d`?"),
        ("nn.Conv2d(4, 3)", "python-prefix", "write `Conv2d`"),
        ("torch.nn.functional.relu(x)", "python-prefix", "write `relu`"),
        ("keras.layers.Dense(10)", "python-prefix", "write `Linear`"),
        ("c: ReLU\n    self.c(x)", "python-prefix", "write `c`"),
        (
            "x.flatten(1)",
            "no-attribute",
            "`flatten` is a function here: write `flatten(x, ...)`, or `x -> flatten(...)`",
        ),
    ],
)
def test_habits(body: str, code: str, help: str) -> None:
    assert [(found, text) for found, _, text in problems(body)] == [(code, help)]


@pytest.mark.parametrize("body", ["conv1 = Conv2d(4, 3)\n    conv1(x)", "conv1 = Conv2d(4, 3)\n    x -> conv1"])
def test_an_equals_sign_for_a_label(body: str) -> None:
    ((_, _, help),) = problems(body)
    assert help == "`conv1 = ...` names what a module gives; make it here, where it is applied: `conv1: ...`"


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("Conv2d(3, 64, 3)", "Conv2d(64, 3)"),
        ("Conv2d(3, 64, 3, padding=1)", "Conv2d(64, 3, padding=1)"),
        ("LayerNorm([3, 32, 32])", "LayerNorm(normalized_shape=[3, 32, 32])"),
        ("Conv2d(3, 64, kernel_size=3)", "Conv2d(64, kernel_size=3)"),
        ("BatchNorm2d(3)", "BatchNorm2d"),
        ("GroupNorm(3, 3)", "GroupNorm(3)"),
        ("Flatten -> Linear(3 * 32 * 32, 10)", "Linear(10)"),
    ],
)
def test_torchs_argument_order(body: str, meant: str) -> None:
    ((code, _, help),) = problems(body)
    assert (code, help.rpartition(": ")[2]) == ("size-of-the-input", f"`{meant}`")
    assert problems(body.replace(body.split("-> ")[-1], meant)) == []


def test_no_argument_order_is_guessed_that_would_not_work() -> None:
    ((code, text, help),) = problems("Conv2d(4, 64, 3)")
    assert (code, text[-11:]) == ("size-of-the-input", "is 3, not 4")
    assert help.startswith("leave it out, `Conv2d(64, 3)`; ")
    assert [code for code, _, _ in problems("Conv2d(8, 3, kernel_size=3)")] == ["argument-twice"]
    assert [code for code, _, _ in problems("Conv2d(8, 33, 3)")] == ["too-small"]


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("Conv2d(3, 32, 3)\n    Conv2d(32, 64, 3)", "Conv2d(64, 3)"),
        ("Conv2d(3, 16, 3) -> ReLU\n    Conv2d(16, 24, 5, padding=2)", "Conv2d(24, 5, padding=2)"),
    ],
)
def test_torchs_order_as_a_habit(body: str, meant: str) -> None:
    """The first call works by chance, and gives other sizes than those that the second one states."""
    warning, error = problems(body)
    assert (warning[0], error[0]) == ("torch-order", "size-of-the-input")
    assert error[2] == f"leave it out: `{meant}`"


@pytest.mark.parametrize(("call", "meant"), [("cat([x, x], axis=1)", "dim"), ("flatten(x, start=1)", "start_dim")])
def test_arguments_of_functions(call: str, meant: str) -> None:
    ((code, _, help),) = problems(call)
    assert (code, help) == ("unknown-argument", f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("self.conv1 = nn.Conv2d(3, 64, 3)", "a label names a module"),
        ("import torch", "leave it out"),
        ("class Net(nn.Module):", "a network is a model"),
        ("def forward(self, x):", "leave it out"),
        ("if x: ReLU", "a body stands in braces"),
        ("for i in range(3):", "a body stands in braces"),
    ],
)
def test_lines_of_python(line: str, part: str) -> None:
    ((code, _, help),) = problems(line)
    assert code == "syntax"
    assert part in help


def test_nearest_keeps_the_case_where_it_can() -> None:
    assert nearest("Bloc", {"block", "Block"}) == "Block"
    assert nearest("Relu", {"relu", "ReLU"}) in ("relu", "ReLU")
    assert nearest("BatchNorm", {"batch_norm", "BatchNormal"}) == "BatchNormal"
    assert nearest("xyz", {"abc"}) is None


@pytest.mark.parametrize(
    ("name", "meant", "is_safe"),
    [
        ("tahn", "tanh", True),
        ("csoh", "cosh", True),
        ("EGLU", "GELU", True),
        ("ESLU", "SELU", True),
        ("softmni(1)", "softmin", True),
        ("sofmax(1)", "softmax", True),
        ("flaten(1)", "flatten", True),
        ("reshpe(-1, 4)", "reshape", True),
        ("permtue(0, 2, 3, 1)", "permute", True),
        ("Dropuot(0.5)", "Dropout", True),
        ("Convd2(4, 1)", "Conv2d", False),
        ("Flatt", "Flatten", False),
        ("print(1)", None, False),
    ],
)
def test_slips_of_the_pen(name: str, meant: str | None, is_safe: bool) -> None:
    problem = only(f"x -> {name}")
    assert problem.facts["nearest"] == meant
    made = fix_of(problem)
    assert (made.is_safe if made else False) == is_safe


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("y = x * 2\n    cat([x, B], 1)", None),  # no name in two cases
        ("y = x * 2\n    cat([x, b], 1)", None),  # a value is no block
        ("feats: ReLU\n    x + feat", None),  # nor a label
        ("feats = x * 2\n    x + feat", "feats"),
        ("Model.foo", None),
        ("y = Meann.foo", None),
        ("x + relus", None),  # nor a function
        ("x -> Conv2d(widht, 1)", "width"),
        ("x -> bools", None),  # what takes no tensor is no stage
        ("x -> fmaxx", None),
        ("stem: ReLU\n    x -> sten", "stem"),
        ("x -> Sqeeze(4)", "Squeeze"),
    ],
)
def test_what_is_proposed_can_stand_there(body: str, meant: str | None) -> None:
    blocks = "block Bb { ReLU }\nblock Squeeze(n) { Conv2d(n, 1) }\n"
    text = f"{blocks}model A(width=4) {{\n    input x: [N, 3, 8, 8]\n    {body}\n}}\n"
    found = [p for p in pipeline.report(Source("a.cnn", text)).problems if p.code == "unknown-name"]
    assert [p.facts["nearest"] for p in found] == [meant]


def test_of_two_as_near_none_is_taken_for_sure() -> None:
    problem = only("alpha1 = x * 2\n    alpha2 = x * 3\n    alpha1 + alpha2 + alphaa")
    assert {problem.facts["nearest"], problem.facts["rival"]} == {"alpha1", "alpha2"}
    assert advice(problem) == "did you mean `alpha1` or `alpha2`?"
    assert (made := fix_of(problem)) and not made.is_safe


def only(body: str) -> Problem:
    text = f"model A {{\n    input x: [N, 3, 32, 32]\n    {body}\n}}\n"
    (problem,) = (p for p in pipeline.report(Source("a.cnn", text)).problems if p.severity == "error")
    return problem


@pytest.mark.parametrize(
    ("a", "b", "cost"),
    [("tahn", "tanh", 0.9), ("tahn", "tan", 1), ("convv", "conv", 0.9), ("cat", "cot", 1.1), ("eat", "cat", 1.4)],
)
def test_distance(a: str, b: str, cost: float) -> None:
    assert apart(a, b) == pytest.approx(cost)
    assert apart(b, a) == pytest.approx(cost)
