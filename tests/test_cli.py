"""The command line: what each command prints and writes, its exit status, and how it ends when it cannot go on."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cnndsl
from cnndsl import files
from cnndsl.cli import main

GOOD = """\
model Net(classes=10) {
    input image: [N, 1, H, 8] where H % 8 == 0
    conv1: Conv2d(4, 3, padding=1)
    pool1: AdaptiveAvgPool2d(1)
    Flatten
    fc: Linear(classes)
}
"""
TWO = GOOD + GOOD.replace("Net", "Other")
BAD = "model Net {\n    input x: [N, 3]\n    fc: Linaer(10)\n}\n"
UGLY = "model Net{\n  input x: [N,3]\n  fc:Linear( 10 ) # kept\n}"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, text in {"good": GOOD, "bad": BAD, "ugly": UGLY, "two": TWO}.items():
        (tmp_path / f"{name}.cnn").write_text(text)
    return tmp_path


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def spawn(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(cnndsl.__file__).parent.parent)}
    command = [sys.executable, "-m", "cnndsl", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, **options)  # type: ignore[call-overload, no-any-return]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".cnndsl-")]


# compile


def test_compile_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn"]) == 0
    found = capsys.readouterr()
    assert "class Net(nn.Module):" in found.out
    assert found.err == ""
    assert found.out == cnndsl.compile("good.cnn")


def test_compile_reads_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, GOOD)
    assert main(["compile", "-"]) == 0
    assert "class Net(nn.Module):" in capsys.readouterr().out


def test_a_dash_is_standard_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "-o", "-"]) == 0
    assert capsys.readouterr().out == cnndsl.compile("good.cnn")
    assert not (here / "-").exists()
    assert main(["compile", "good.cnn", "-o", "-", "--check"]) == 2


def test_compile_writes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "-o", "good.py"]) == 0
    assert capsys.readouterr().out == ""
    assert (here / "good.py").read_text() == cnndsl.compile("good.cnn")
    assert leftovers(here) == []


def test_compile_keeps_the_mode_and_the_link(here: Path) -> None:
    real = here / "real.py"
    real.write_text("old")
    real.chmod(0o750)
    (here / "link.py").symlink_to(real)
    assert main(["compile", "good.cnn", "-o", "link.py"]) == 0
    assert stat.S_IMODE(real.stat().st_mode) == 0o750
    assert (here / "link.py").is_symlink()
    assert "class Net" in real.read_text()


def test_a_new_file_has_the_usual_mode(here: Path) -> None:
    (here / "usual").touch()
    main(["compile", "good.cnn", "-o", "good.py"])
    assert (here / "good.py").stat().st_mode == (here / "usual").stat().st_mode


def test_a_failed_compile_leaves_the_old_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.py").write_text("old")
    assert main(["compile", "bad.cnn", "-o", "net.py"]) == 1
    assert (here / "net.py").read_text() == "old"
    assert capsys.readouterr().err.startswith("error[unknown-name]: nothing is named `Linaer`")


def test_compile_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "-o", "good.py", "--check"]) == 1
    assert not (here / "good.py").exists()
    main(["compile", "good.cnn", "-o", "good.py"])
    assert main(["compile", "good.cnn", "-o", "good.py", "--check"]) == 0
    assert main(["compile", "good.cnn", "-o", "good.py", "--check", "--set", "classes=3"]) == 1
    assert "good.py would change" in capsys.readouterr().err


def test_compile_check_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "--check"]) == 2


def test_compile_says_how_it_was_called(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("é.cnn", "it's one.cnn", "back\\slash.cnn"):
        (here / name).write_text(GOOD)
        assert main(["compile", name]) == 0
        said = ast.get_docstring(ast.parse(capsys.readouterr().out)) or ""
        (line,) = re.findall("^Compiled by `cnndsl (.*)`", said, re.MULTILINE)
        assert shlex.split(line) == ["compile", name]


def test_standard_input_is_not_watched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-", "--watch"]) == 2
    assert "--watch goes with files" in capsys.readouterr().err


def test_compile_refuses_to_write_over_its_input(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "link.cnn").symlink_to(here / "good.cnn")
    assert main(["compile", "good.cnn", "-o", "./good.cnn"]) == 2
    assert main(["compile", "link.cnn", "-o", "good.cnn"]) == 2
    assert (here / "good.cnn").read_text() == GOOD


def test_compile_one_model_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "two.cnn", "--model", "Other"]) == 0
    found = capsys.readouterr().out
    assert "class Other(" in found
    assert "class Net(" not in found
    assert main(["compile", "two.cnn", "--model", "Neither"]) == 1


def test_compile_with_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "--set", "classes=100"]) == 0
    assert "100" in capsys.readouterr().out
    assert main(["compile", "good.cnn", "--set", "clases=100"]) == 1
    assert "classes" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["classes", "=1", "9=1", "a b=1", "x={1: 2}", "x=[1,", "x=f()", "x=1j", "x=b'a'"])
def test_bad_settings_are_usage_errors(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "--set", text]) == 2
    assert "--set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1e-5", 1e-5),
        ("None", None),
        ("True", True),
        ("[2, (2, 'a')]", [2, (2, "a")]),
        ("same", "same"),
        ("'1'", "1"),
    ],
)
def test_settings(text: str, value: object) -> None:
    from cnndsl.cli.options import setting

    assert setting(f"name={text}") == ("name", value)


# check


@pytest.mark.parametrize(
    "line",
    ["", "check", "check a b", "check -", "compile a", "compile a b", "summary a", "diff a", "diff a b", "diff a b c",
     "format a b", "format", "explain", "explain a", "explain a b", "layers", "layers a", "new a", "new", "mend a",
     "check a --deny warnings", "--version", "check --help", "a check"],
)  # fmt: skip
def test_a_line_without_options_is_read_as_argparse_reads_it(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    from cnndsl.cli import arguments, parser

    try:
        wanted = vars(parser.parse(line.split()))
    except SystemExit:
        assert arguments.plain(line.split()) is None
    else:
        found = arguments.plain(line.split())
        assert found is None if "--" in line else found and vars(found) == wanted


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.cnn"]) == 0
    found = capsys.readouterr().out
    assert found.startswith("good.cnn: ok\n")
    assert "Net: [N, 1, H, 8] -> [N, 10], 90 parameters" in found


@pytest.mark.parametrize("word", ["false", "no", "true"])
def test_a_word_is_no_flag(here: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "flag.cnn").write_text("model M(flag=True) {\n input x: [N, 9]\n if flag { ReLU }\n}")
    assert main(["compile", "flag.cnn", "--set", f"flag={word}"]) == 1
    assert "write `flag=True` or `flag=False`" in capsys.readouterr().err
    assert main(["compile", "flag.cnn", "--set", "flag=False"]) == 0


def test_check_of_a_model_with_parameters(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mlp.cnn").write_text("model Mlp(widths) {\n input x: [N, 9]\n for w in widths { Linear(w) }\n}")
    assert main(["check", "mlp.cnn"]) == 0
    assert "no model that can be built as it stands\n  Mlp: not built, as its" in capsys.readouterr().out
    (here / "two.cnn").write_text("model A(n, k=2) {\n input x: [N, 9]\n Linear(n)\n}\nmodel B = A(3)\nmodel C = B\n"
                                  "model D(m) = A(m)\n")  # fmt: skip
    assert main(["check", "two.cnn"]) == 0
    assert capsys.readouterr().out.endswith("D: not built, as its parameters have no values: --set m=...\n")
    assert main(["check", "mlp.cnn", "--set", "widths=[3, 5]"]) == 0
    assert "Mlp: [N, 9] -> [N, 5], 50 parameters" in capsys.readouterr().out
    for arguments, status in ((["--set", "width=[3]"], 1), (["--set", "widths=[0]"], 1), (["--model", "Mpl"], 1)):
        assert main(["check", "mlp.cnn", *arguments]) == status
    assert main(["check", "mlp.cnn", "--fix", "--set", "widths=[3]"]) == 2
    assert "without --fix" in capsys.readouterr().err
    assert main(["check", "bad.cnn", "--unsafe-fixes"]) == 2
    assert "with --fix or --diff" in capsys.readouterr().err


def test_check_reports_all_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.cnn", "good.cnn", "none.cnn"]) == 1
    found = capsys.readouterr().out
    assert "bad.cnn:3:9" in found
    assert "good.cnn: ok" in found
    assert "there is no file `none.cnn`" in found
    assert found.endswith("found 2 errors; 1 can be put right with --fix\n")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("chek good.cnn", "check good.cnn"),
        ("check --modell Net good.cnn", "check --model Net good.cnn"),
        ("compile --outptu=x.py good.cnn", "compile --output=x.py good.cnn"),
        ("summary good.cnn --model Ne", "summary good.cnn --model Net"),
        ("summary good.cnn --model=net", "summary good.cnn --model=Net"),
        ("compile 'god.cnn' -o 'my net.py'", "compile good.cnn -o 'my net.py'"),
        ("diff good.cnn:Ne good.cnn", "diff good.cnn:Net good.cnn"),
        ("diff god.cnn:Net good.cnn", "diff good.cnn:Net good.cnn"),
        ("layers Dense", "layers Linear"),
    ],
)
def test_what_may_have_been_meant_is_ready_to_be_typed(
    line: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(shlex.split(line)) in (1, 2)
    said = capsys.readouterr()
    assert f"`cnndsl {meant}`" in " ".join((said.out + said.err).split())


def test_no_command_is_made_up(capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("frobnicate good.cnn", "check --foo good.cnn", "summary a.cnn b.cnn", "explain too small"):
        assert main(line.split()) == 2
        assert "did you mean" not in capsys.readouterr().err


def test_check_knows_similar_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "god.cnn"]) == 1
    assert "did you mean `good.cnn`? Then run `cnndsl check " in capsys.readouterr().out
    assert main(["check", "no/such/folder/good.cnn"]) == 1
    assert "did you mean" not in capsys.readouterr().out


def test_check_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.cnn", "bad.cnn", "--format", "json"]) == 1
    good, bad = json.loads(capsys.readouterr().out)
    assert good["problems"] == []
    assert good["models"] == [
        {
            "name": "Net",
            "parameters": {"classes": 10},
            "inputs": {"image": ["N", 1, "H", 8]},
            "outputs": {"output": ["N", 10]},
            "input_dtypes": {"image": "float32"},
            "output_dtypes": {"output": "float32"},
            "promises": ["H % 8 == 0"],
            "requirements": [],
            "weights": 90,
        }
    ]
    assert bad["models"] == []
    assert bad["problems"] == [
        {
            "code": "unknown-name",
            "severity": "error",
            "message": "nothing is named `Linaer`",
            "path": "bad.cnn",
            "line": 3,
            "column": 9,
            "end_line": 3,
            "end_column": 15,
            "related": [],
            "notes": [],
            "help": "did you mean `Linear`?",
            "fix": {
                "applicability": "safe",
                "edits": [
                    {"path": "bad.cnn", "line": 3, "column": 9, "end_line": 3, "end_column": 15, "text": "Linear"},
                ],
            },
        }
    ]


def test_what_breaks_a_promise_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.cnn", "--at", "H=12"]) == 1
    told = capsys.readouterr().out
    assert "Net does not take H=12: H % 8 == 0 does not hold" in told and "found 1 error\n" in told
    assert main(["check", "good.cnn"]) == 0
    assert "    promised H % 8 == 0\n" in capsys.readouterr().out


def test_check_concise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.cnn", "--format", "concise"]) == 1
    assert capsys.readouterr().out == "bad.cnn:3:9: unknown-name nothing is named `Linaer`\n"


def test_check_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, BAD)
    assert main(["check", "-", "--format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("<stdin>:3:9: ")


def test_check_what_is_no_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "binary.cnn").write_bytes(b"model\nA \xff\xfe")
    (here / "folder.cnn").mkdir()
    assert main(["check", "binary.cnn", "folder.cnn", "\0", "--format", "concise"]) == 1
    binary, folder, nul = capsys.readouterr().out.splitlines()
    assert binary == "binary.cnn:2:3: file-not-utf8 this is not UTF-8 text: byte 0xff"
    assert folder == "folder.cnn:1:1: file-is-folder `folder.cnn` is a folder, not a file"
    assert nul.startswith("\\x00:1:1: file-not-readable ")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n", b"# nothing\n"])
def test_check_a_file_without_items(here: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "empty.cnn").write_bytes(data)
    assert main(["check", "empty.cnn"]) == 0


def test_byte_order_mark_and_crlf(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "dos.cnn").write_bytes(b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode())
    assert main(["check", "dos.cnn", "--format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("dos.cnn:3:9: ")


def test_color(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    main(["check", "bad.cnn"])
    assert "\x1b" not in capsys.readouterr().out
    main(["check", "bad.cnn", "--color", "always"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["check", "bad.cnn"])
    assert "\x1b" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["check", "bad.cnn"])
    assert "\x1b" not in capsys.readouterr().out


# summary


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "good.cnn"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith("fc")] == [
        ["fc:", "Linear(4,", "10)", "[N,", "10]", "50", "40", "16", "B", "80"]
    ]
    assert "parameters   90" in lines


def test_summary_with_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "two.cnn", "--model", "Other", "--set", "classes=100"]) == 0
    found = capsys.readouterr().out
    assert "[N, 100]" in found
    assert "Net:" not in found


# format


def test_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["format", "--check", "ugly.cnn", "good.cnn"]) == 1
    assert (here / "ugly.cnn").read_text() == UGLY
    assert main(["format", "ugly.cnn", "good.cnn"]) == 0
    assert "fc: Linear(10)  # kept\n" in (here / "ugly.cnn").read_text()
    assert (here / "good.cnn").read_text() == GOOD
    assert main(["format", "--check", "ugly.cnn", "good.cnn"]) == 0
    assert capsys.readouterr().out == "ugly.cnn would change\n"


def test_format_diff(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["format", "--diff", "ugly.cnn"]) == 1
    found = capsys.readouterr().out
    assert "\n-  input x: [N,3]\n" in found
    assert "\n+    input x: [N, 3]\n" in found
    assert "\\ No newline at end of file\n" in found
    assert (here / "ugly.cnn").read_text() == UGLY
    assert main(["format", "--diff", "good.cnn"]) == 0
    assert capsys.readouterr().out == ""


def test_format_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, GOOD)
    assert main(["format", "-"]) == 0
    assert capsys.readouterr().out == GOOD


def test_format_goes_on_after_a_faulty_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "broken.cnn").write_text("model {")
    assert main(["format", "broken.cnn", "ugly.cnn"]) == 1
    assert (here / "broken.cnn").read_text() == "model {"
    assert (here / "ugly.cnn").read_text() != UGLY


# new


@pytest.mark.parametrize("name", ["lenet", "my-net2.cnn", "3d", "ünder", "None", "true", "Linear", "ReLU", "convBN"])
def test_new(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = name if name.endswith(".cnn") else f"{name}.cnn"
    assert main(["new", name]) == 0
    text = Path(path).read_text(encoding="utf-8")
    assert main(["check", path]) == 0
    assert main(["format", "--check", path]) == 0, text
    assert "warning" not in capsys.readouterr().out


def test_new_quotes_names_for_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "my net"]) == 0
    assert capsys.readouterr().out == "my net.cnn is written. Next: cnndsl check 'my net.cnn'\n"
    assert "compile 'my net.cnn' -o 'my net.py'" in Path("my net.cnn").read_text(encoding="utf-8")


def test_new_refuses_to_overwrite(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "good"]) == 2
    assert (here / "good.cnn").read_text() == GOOD
    assert capsys.readouterr().err == "cnndsl: good.cnn exists; choose another name\n"


# check: folders, formats, warnings


ODD = "model Net {\n    input x: [N, 3]\n    ReLU -> ReLU\n}\n"


def test_check_takes_folders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("nets/b.cnn", "nets/deep/a.cnn", "nets/.hidden/c.cnn", "nets/no.txt"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(BAD)
    assert main(["check", "nets", "nets/b.cnn", "--format", "concise"]) == 1
    found = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert found == [os.path.join("nets", "b.cnn"), os.path.join("nets", "deep", "a.cnn")]


def test_check_of_a_folder_without_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "empty").mkdir()
    assert main(["check", "empty", "good.cnn", "--format", "concise"]) == 1
    assert capsys.readouterr().out == "empty:1:1: file-is-folder `empty` is a folder, not a file\n"


def test_deny_warnings(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "odd.cnn").write_text(ODD)
    assert main(["check", "odd.cnn"]) == 0
    assert main(["check", "odd.cnn", "--deny", "warnings"]) == 1
    assert main(["check", "good.cnn", "--deny", "warnings"]) == 0
    assert main(["check", "odd.cnn", "--deny", "errors"]) == 2


def test_check_for_github(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a,b.cnn").write_text(BAD)
    (here / "odd.cnn").write_text(ODD)
    assert main(["check", "a,b.cnn", "odd.cnn", "good.cnn", "--format", "github"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "::error file=a%2Cb.cnn,line=3,endLine=3,col=9,endColumn=15,title=unknown-name"
        "::nothing is named `Linaer`%0Ahelp: did you mean `Linear`?",
        "::warning file=odd.cnn,line=3,endLine=3,col=13,endColumn=17,title=activation-twice"
        "::ReLU is applied twice in a row%0Ahelp: remove one of the two",
    ]


def test_check_as_sarif(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a b.cnn").write_text(BAD)
    (here / "twice.cnn").write_text("model Net {\n    input x: [N, 3]\n    a: ReLU\n    a: Tanh\n}\n")
    assert main(["check", "a b.cnn", "twice.cnn", "missing.cnn", "good.cnn", "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    assert log["runs"][0]["tool"]["driver"]["version"] == cnndsl.__version__
    results = log["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["unknown-name", "label-twice", "file-not-found"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.cnn"}
    assert place["region"] == {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 15}
    assert results[1]["relatedLocations"][0]["message"]["text"] == "first given here"


# explain


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "unknown-name"]) == 0
    found = capsys.readouterr().out
    assert found.startswith("unknown-name\n\nNothing has this name")
    assert "error[unknown-name]: nothing is named `Dense`\n --> wrong.cnn:3:5\n" in found
    assert found.endswith("\nRight:\n\n    model Net {\n        input x: [N, 3, 32, 32]\n"
                          "        Flatten -> Linear(10)\n    }\n")  # fmt: skip


def test_explain_lists_the_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert {"too-small", "unused", "file-not-found"} <= set(capsys.readouterr().out.split())


def test_explain_knows_what_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "unknown-nam"]) == 2
    assert (
        capsys.readouterr().err
        == "cnndsl: there is no page for 'unknown-nam'; did you mean `cnndsl explain unknown-name`?\n"
    )


# Usage


@pytest.mark.parametrize("command", ["compile", "check", "summary", "format", "explain", "new", "layers"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    found = capsys.readouterr().out
    assert f"cnndsl {command}" in found.split("example", 1)[1]
    assert "exit status" in found
    assert [line for line in found.splitlines() if len(line) > 80] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cnndsl {cnndsl.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["frobnicate"], ["check"], ["compile", "a", "b"], ["check", "a", "--form", "json"], ["-V"], ["--foo", "a"]],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2


# What goes wrong outside


def test_unwritable_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "good.cnn", "-o", "no/such/folder.py"]) == 2
    assert main(["compile", "good.cnn", "-o", "."]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "cnndsl: cannot write no/such/folder.py: No such file or directory"
    assert second == "cnndsl: cannot write .: Is a directory"


def test_full_disk(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.py").write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert main(["compile", "good.cnn", "-o", "net.py"]) == 2
    assert (here / "net.py").read_text() == "old"
    assert leftovers(here) == []
    assert capsys.readouterr().err == "cnndsl: cannot write net.py: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", [["compile", "good.cnn"], ["check", "good.cnn"], ["--help"]])
def test_full_standard_output(command: list[str], here: Path) -> None:
    with open("/dev/full", "wb") as full:
        process = spawn(*command, stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.decode() == "cnndsl: No space left on device\n"


def test_writes_to_a_device(here: Path) -> None:
    assert main(["compile", "good.cnn", "-o", os.devnull]) == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("command", [["compile", "good.cnn"], ["check", "good.cnn"], ["summary", "good.cnn"]])
def test_broken_pipe(command: list[str], here: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = spawn(*command, stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


def test_interrupt(here: Path) -> None:
    process = spawn("compile", "-", "-o", "net.py", stdin=subprocess.PIPE)
    time.sleep(1.0)  # until it waits for its input
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"cnndsl: interrupted\n")
    assert not (here / "net.py").exists()


def test_a_mistake_of_ours_is_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "net.cnn").write_text(GOOD)
    monkeypatch.setattr("cnndsl.pipeline.check", lambda *_, **__: 1 // 0)
    monkeypatch.delenv("CNNDSL_DEBUG", raising=False)
    assert main(["check", "net.cnn"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cnndsl: a mistake in cnndsl, not in what it was given: ZeroDivisionError at test_cli.py:")
    monkeypatch.setenv("CNNDSL_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["check", "net.cnn"])


def test_output_encoding_does_not_matter(here: Path) -> None:
    (here / "名.cnn").write_text(f"# 日本\n{GOOD}", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(cnndsl.__file__).parent.parent)}
    command = [sys.executable, "-m", "cnndsl"]
    done = subprocess.run([*command, "check", "名.cnn", "missing日.cnn"], capture_output=True, env=environment)
    assert done.returncode == 1
    assert b"a mistake in cnndsl" not in done.stderr
    done = subprocess.run([*command, "compile", "名.cnn"], capture_output=True, env=environment)
    assert done.stdout.decode("utf-8") == cnndsl.compile("名.cnn")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compile", "good.cnn", "-o", ""], "the name is empty"),
        (["new", ""], "the name of the file is empty"),
        (["check", "good.cnn", "--project", "nowhere"], "'nowhere' is no folder"),
        (["check", "good.cnn", "--project", "good.cnn"], "'good.cnn' is no folder"),
        (["check", "good.cnn", "--at", "H=3,H=4"], "H is given twice"),
        (["check", "good.cnn", "--at", "H=3", "--at", "H=4"], "H is given twice"),
        (["check", "good.cnn", "--set", "w=3", "--set", "w=4"], "w is given twice"),
    ],
)
def test_what_an_option_cannot_mean_is_refused(
    here: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err and not (here / ".cnn").exists()


def test_a_link_to_nothing_and_a_file_without_a_model(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "gone.cnn").symlink_to("elsewhere.cnn")
    assert main(["check", "gone.cnn", "--format", "concise"]) == 1
    assert "a link to `elsewhere.cnn`, which is not there" in capsys.readouterr().out
    (here / "empty.cnn").write_text("block B(out) { Conv2d(out, 3) }\n")
    assert main(["compile", "empty.cnn"]) == 1
    told = capsys.readouterr().err
    assert "has no model\n" in told and "defaults" not in told
    (here / "open.cnn").write_text("model M(out) { input x: [N, 3, 8, 8]; Conv2d(out, 3) }\n")
    assert main(["compile", "open.cnn"]) == 1
    assert "defaults" in capsys.readouterr().err
