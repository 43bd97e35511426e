"""Limits, and the project that imports may not leave: named in the message, and raised by an option.

`tests/test_nothing_breaks.py` has what happens at them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import cnndsl
from cnndsl.cli import main
from cnndsl.limits import DEFAULT, MOST, limits
from cnndsl.records import fields

EXAMPLES = Path(__file__).parent.parent / "examples"
HEAD = "model A {\n    input x: [N, 4, 8, 8]\n    "


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nested(count: int) -> str:
    return f"{HEAD}y = {'(' * count}x{')' * count}\n    y -> ReLU\n}}\n"


def deep(count: int) -> str:
    """Blocks inside one another."""
    blocks = "\n".join(f"block B{n} {{ B{n - 1} }}" for n in range(1, count))
    return f"block B0 {{ ReLU }}\n{blocks}\n{HEAD}B{count - 1}\n}}\n"


CASES = {  # what is refused, its code, what is enough
    "size": (f"# {'x' * DEFAULT.size}\n{HEAD}ReLU\n}}\n", "file-too-large", DEFAULT.size * 2),
    "nesting": (nested(100), "nested-too-deep", 110),
    "depth": (deep(80), "too-deep", 90),
    "modules": (f"{HEAD}l: ReLU * {DEFAULT.modules + 1}\n}}\n", "too-many-modules", DEFAULT.modules + 10),
    "steps": (
        f"{HEAD}for i in range({DEFAULT.steps}) {{ n = i }}\n    ReLU\n}}\n",
        "too-many-steps",
        DEFAULT.steps * 12,
    ),
    "weights": (f"{HEAD}-> Conv2d(2**36, 1)\n}}\n", "weight-too-large", 2**40),
}


@pytest.mark.parametrize("name", CASES)
def test_a_limit_is_named_and_can_be_raised(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, code, enough = CASES[name]
    (here / "a.cnn").write_text(text)
    assert main(["check", "a.cnn"]) == 1
    found = capsys.readouterr().out
    assert f"error[{code}]" in found
    assert f"--limit {name}=" in " ".join(found.split())
    assert main(["check", "a.cnn", "--limit", f"{name}={enough}"]) == 0
    assert cnndsl.check("a.cnn", limits={name: enough}).ok
    assert not cnndsl.check("a.cnn").ok


def test_every_limit_has_a_case() -> None:
    assert set(CASES) == {field.name for field in fields(DEFAULT)}


@pytest.mark.parametrize("name", ["nesting", "depth"])
def test_as_high_as_they_go(name: str, here: Path) -> None:
    make = {"nesting": nested, "depth": deep}[name]
    (here / "a.cnn").write_text(make(MOST[name] - 5))
    assert cnndsl.check("a.cnn", limits={name: MOST[name]}).ok


def test_a_circle_is_as_long_as_things_may_be_deep(here: Path) -> None:
    names = "\n".join(f"block A{n} = A{(n + 1) % 80}" for n in range(80))
    (here / "a.cnn").write_text(f"{names}\n{HEAD}A0\n}}\n")
    assert {problem.code for problem in cnndsl.check("a.cnn").problems} == {"too-deep"}
    assert {problem.code for problem in cnndsl.check("a.cnn", limits={"depth": 90}).problems} == {"alias-of-itself"}


def test_other_commands_take_limits(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.cnn").write_text(nested(100))
    for command in (["compile", "a.cnn"], ["summary", "a.cnn"]):
        assert main(command) == 1
        assert main([*command, "--limit", "nesting=110", "--limit", "steps=90000"]) == 0
    assert "class A" in cnndsl.compile("a.cnn", limits={"nesting": 110})


@pytest.mark.parametrize(
    "option", ["modules", "modules=", "modules=x", "modules=0", "steps=-1", "speed=3", "nesting=201"]
)
def test_limits_that_make_no_sense(option: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.cnn", "--limit", option]) == 2
    assert "--limit" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("given", [{"speed": 3}, {"modules": 0}, {"modules": 1.5}, {"modules": True}, {"depth": 10**6}])
def test_limits_in_python_that_make_no_sense(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        limits(given)


LAYERS = HEAD + "ReLU\n" * 70 + "ReLU * 150\n}\n"


@pytest.mark.parametrize("command", ["compile a.cnn", "summary a.cnn", "summary a.cnn --batch 2", "diff a.cnn a.cnn"])
def test_what_is_done_with_a_network_takes_steps_too(
    command: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.cnn").write_text(LAYERS)
    assert main(["check", "a.cnn", "--limit", "steps=100"]) == 0
    assert main([*command.split(), "--limit", "steps=100"]) != 0
    found = "".join(capsys.readouterr())
    assert "error[too-many-steps]" in found and "a.cnn:1:7" in found
    assert main([*command.split(), "--limit", "steps=500"]) == 0


@pytest.mark.parametrize(("file", "model"), [("efficientnet", "EfficientNetV2L"), ("densenet", "DenseNet201")])
def test_networks_five_times_as_large_as_any_that_people_use_are_within_the_limits(file: str, model: str) -> None:
    path, most = str(EXAMPLES / "torchvision" / f"{file}.cnn"), f"steps={DEFAULT.steps // 5}"
    assert main(["compile", path, "--model", model, "-o", "a.py", "--limit", most]) == 0
    assert main(["summary", path, "--model", model, "--limit", most]) == 0
    assert main(["diff", f"{path}:{model}", f"{path}:{model}", "--limit", most]) == 0


@pytest.mark.parametrize("command", ["check", "compile"])
def test_axes_that_a_loop_hands_on_take_the_same_steps_whatever_is_asked(command: str, here: Path) -> None:
    loop = "y = x\nfor i in range(90) { y = y[None] }\ntanh(y)\n}\n"
    (here / "a.cnn").write_text(HEAD + loop)
    assert main([command, "a.cnn", "--limit", "steps=3500"]) == 1
    assert main([command, "a.cnn", "--limit", "steps=5000"]) == 0


@pytest.mark.parametrize("command", ["check", "compile"])
def test_rounds_of_a_list_take_the_same_steps_whatever_is_asked(command: str, here: Path) -> None:
    (here / "a.cnn").write_text(HEAD + "ys = [for i in range(1000) { tanh(x) }]\ncat(ys, 1)\n}\n")
    assert main([command, "a.cnn", "--limit", "steps=8000"]) == 1
    assert main([command, "a.cnn", "--limit", "steps=20000"]) == 0


# The project


@pytest.fixture
def outside(here: Path) -> Path:
    """A project with a file that imports from beside it."""
    (here / "part.cnn").write_text("block P { ReLU }\n")
    project = here / "project"
    (project / "nets").mkdir(parents=True)
    (project / "part.cnn").write_text("block P { ReLU }\n")
    return project


def importing(path: str) -> str:
    return f'from "{path}" import P\n{HEAD}P\n}}\n'


def codes(path: Path, **options: str) -> list[str]:
    return [problem.code for problem in cnndsl.check(path, **options).problems]


@pytest.mark.parametrize("marker", [".git", ".hg", "pyproject.toml"])
def test_a_project_reaches_up_to_its_marker(marker: str, outside: Path) -> None:
    net = outside / "nets" / "net.cnn"
    net.write_text(importing("../part.cnn"))
    assert codes(net) == ["import-outside"]
    (outside / marker).mkdir()
    assert codes(net) == []
    net.write_text(importing("../../part.cnn"))
    assert codes(net) == ["import-outside"]


def test_escapes(outside: Path) -> None:
    net = outside / "net.cnn"
    (outside / "link.cnn").symlink_to(outside.parent / "part.cnn")
    (outside / "folder").symlink_to(outside.parent)
    escapes = ["../part.cnn", "nets/../../part.cnn", str(outside.parent / "part.cnn"), "link.cnn", "folder/part.cnn"]
    for path in escapes:
        net.write_text(importing(path))
        assert codes(net) == ["import-outside"], path
        assert codes(net, project=str(outside.parent)) == []
    for path in ("part.cnn", "nets/../part.cnn", str(outside / "part.cnn"), "../project/part.cnn"):
        net.write_text(importing(path))
        assert codes(net) == [], path


def test_what_is_said_of_an_escape(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (outside / "net.cnn").write_text(importing("../part.cnn"))
    os.chdir(outside)
    assert main(["check", "net.cnn"]) == 1
    found = capsys.readouterr().out
    assert "error[import-outside]: `../part.cnn` lies outside the project" in found
    assert "--project FOLDER" in " ".join(found.split())
    assert main(["check", "net.cnn", "--project", ".."]) == 0
    assert main(["compile", "net.cnn", "--project", ".."]) == 0


def test_nothing_is_said_of_what_lies_outside(outside: Path) -> None:
    """Neither whether it is there, nor what it holds."""
    net = outside / "net.cnn"
    said = set()
    for path in ("../part.cnn", "../missing.cnn"):
        net.write_text(importing(path))
        (problem,) = cnndsl.check(net).problems
        said.add((problem.code, problem.facts["folder"]))
    assert len(said) == 1


def test_a_definition_that_is_elaborated_anew_costs_steps_by_itself(tmp_path: Path) -> None:
    """A few lines can ask for thousands of blocks that differ, each of which takes as long as many statements."""
    path, block = tmp_path / "net.cnn", "block B(n) { Linear(n) }\nmodel Net { input x: [N, 4]\n"
    for arguments, status in (("4", 0), ("i + 1", 1)):
        path.write_text(f"{block}for i in range(50) {{ B({arguments}) }}\n}}\n")
        assert main(["check", str(path), "--limit", "steps=750"]) == status


AXES = "[N, 3, *([1] * 1600)]"


def test_a_tensor_of_many_axes_that_is_the_last_is_counted(here: Path) -> None:
    """No step comes behind it that could be refused."""
    (here / "a.cnn").write_text(f"model A {{\n    input x: [N, 3]\n    reshape(x, {AXES})\n}}\n")
    (problem,) = cnndsl.check("a.cnn", limits={"steps": 150}).problems
    assert problem.code == "too-many-steps" and problem.span and problem.span.line == 3
    assert cnndsl.check("a.cnn", limits={"steps": 300}).ok


def test_tensors_of_many_axes_are_counted_for_the_whole_file(here: Path) -> None:
    models = (f"model A{n} {{\n    input x: [N, 3]\n    reshape(x, {AXES})\n}}\n" for n in range(3))
    (here / "a.cnn").write_text("".join(models))
    assert [problem.code for problem in cnndsl.check("a.cnn", limits={"steps": 250}).problems] == ["too-many-steps"]
    assert cnndsl.check("a.cnn", limits={"steps": 400}).ok


COSTLY = {  # a file with so many of something, and the steps that are too few for them
    "ways that are gone": ("model A { input x: [N, 3]\n%s x }", "if True { n = 1 }\n", 50, 180),
    "models": ("%s", "model ANUMBER { input x: [N, 3]; ReLU }\n", 50, 290),
    "slices at free sizes": ("model A { input x: [N, H]\n%s x }", "y = x[:, NUMBER:H - NUMBER]\n", 50, 350),
    "requirements": ("model A { input x: [N, 3, H]\n%s x }", "y = AvgPool1d(NUMBER + 2)(x)\n", 50, 210),
    "parameters of new blocks": (
        f"block B({', '.join(f'p{n}=3' for n in range(400))}) {{ input x; ReLU }}\nmodel A {{ input x: [N, 3]\n%s }}",
        "B(NUMBER)\n",
        10,
        1300,
    ),
    "outside layers": (
        'extern block E: [N, ...S] -> [N, ...S] from "m:E"\nmodel A { input x: [N, 3]\n%s }',
        "E\n",
        100,
        160,
    ),
    "reading": ("model A { input x: [N, 3]\n%s x }", f"x = x + x # {'x' * 80}\n", 50, 125),
    "lines of a word": ("model A { input x: [N, 3]\n%s}", "ReLU\n", 100, 115),
    "sums of tensors": ("model A { input x: [N, 3]\n%s x }", "x = x + x\n", 50, 90),
    "extremes of lists": ("model A { input x: [N, 3]\na = range(64)\n%s x * n }", "n = max(a)\n", 20, 130),
    "promises": ("model A {\n%s x0 }", "input xNUMBER: [N, HNUMBER] where HNUMBER > 3\n", 30, 250),
    "lists that grow too long": ("model A { input x: [N, 3]\na = range(40000)\n%s x }", "b = enumerate(a)\n", 3, 4000),
    "results": ("model A { input x: [N, 3]\nreturn %s x }", "x, ", 80, 60),
    "extremes of free sizes": (
        "model A { input x: [N, A, B]\nn0 = A\n%s x }",
        "n0 = min(n0 + 1, max(B, NUMBER))\n",
        12,
        300,
    ),
}


def test_blocks_are_modules_wherever_they_are_used_again(here: Path) -> None:
    """One that is elaborated once may be made many thousand times, with all that is in it."""
    chain = "".join(f"block B{n} {{ B{n + 1} }}\n" for n in range(20))
    uses = "B0\n" * 50
    (here / "a.cnn").write_text(f"{chain}block B20 {{ ReLU }}\nmodel A {{ input x: [N, 3]\n{uses}}}\n")
    found = [[p.code for p in cnndsl.check("a.cnn", limits={"modules": most}).problems] for most in (1099, 1100)]
    assert found == [["too-many-modules"], []]


@pytest.mark.parametrize("name", COSTLY)
def test_what_takes_long_takes_steps(name: str, here: Path) -> None:
    frame, line, count, few = COSTLY[name]
    (here / "a.cnn").write_text(frame % "".join(line.replace("NUMBER", str(n)) for n in range(count)))

    def codes(steps: int) -> set[str]:
        return {problem.code for problem in cnndsl.check("a.cnn", limits={"steps": steps}).problems}

    assert "too-many-steps" in codes(few)
    assert "too-many-steps" not in codes(10 * few)
