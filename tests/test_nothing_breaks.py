"""Whatever a file holds, the command answers with problems that have a place, soon and in little memory; whatever goes
wrong outside, it says so in one line. All in processes of their own, with the limits of the operating system.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cnndsl
from cnndsl.limits import DEFAULT

SECONDS = 5  # of the processor: more than twice what it takes, on a machine that does other things as well
MEGABYTES = 500
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(cnndsl.__file__).parent.parent), "OMP_NUM_THREADS": "1"}
COMMAND = [sys.executable, "-m", "cnndsl"]
PLACED = re.compile(r".+?:\d+:\d+: [a-z0-9-]+ \S")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20,) * 2)


def check(path: str, *options: str) -> tuple[int, list[str]]:
    """Exit status and lines of a check within the limits."""
    command = [*COMMAND, "check", path, "--format", "concise", *options]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, preexec_fn=limited)
    assert done.returncode in (0, 1), (done.returncode, done.stderr[-500:])
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines()


DOWN = [f"l{n}" for n in range(2999, -1, -1)]


def body(text: str) -> bytes:
    return f"model A {{\n    input x: [N, 4, 8, 8]\n    {text}\n}}\n".encode()


def chain(count: int, line: str, last: str) -> bytes:
    """Blocks of which each uses the one before."""
    blocks = "".join(line.format(n=n, before=n - 1) for n in range(1, count))
    return f"block B0 {{ ReLU }}\n{blocks}".encode() + body(last)


def many(text: bytes, count: int) -> bytes:
    """So many of something, with numbers from 0 on."""
    return b"".join(text % n for n in range(count))


def sizes(step: str) -> bytes:
    """A size that becomes another again and again."""
    return f"model A {{ input x: [N, 3, H, W]; n = H; for i in range(60) {{ n = {step} }}; ReLU }}".encode()


def doubled(count: int) -> bytes:
    return b"const A0 = [1, 2]\n" + b"".join(b"const A%d = [A%d, A%d]\n" % (n, n - 1, n - 1) for n in range(1, count))


def chained(count: int) -> bytes:
    return b"".join(b"const A%d = A%d\n" % (n, n + 1) for n in range(count)) + b"const A%d = 1\n" % count


def variants(count: int) -> bytes:
    return b"".join(b"model M%d(n=1) = M%d(n + 1)\n" % (n, n - 1) for n in range(1, count))


def plain(count: int) -> bytes:
    return b"".join(b"model M%d = M%d\n" % (n, n - 1) for n in range(1, count))


def skip(k: int) -> bytes:
    """A connection that requires a multiple of k."""
    return b"z = y -> MaxPool2d(%d) -> Upsample(scale_factor=%d) -> add(x)\n" % (k, k)


FREE = b"model A { input x: [N, 3, H, W]\n"
LOOPS = b"model A%d { input x: [N, 3]; for i in range(9000) { n = i * 2 }; ReLU }\n"
GIVEN = b"block B0(n, l) { input x; ReLU }\n" + b"".join(
    b"block B%d(n, l=[1]) { a: B%d(n, l + l); b: B%d(n + 1, l + [n]) }\n" % (n, n - 1, n - 1) for n in range(1, 16)
)
NEAR = [f"value{n} = x + {n}" for n in range(2900)]
ALIKE = [f"valeu{n} -> ReLU" for n in range(1800)]
MOST = DEFAULT.size - 200
TWICE = "block B{n} {{ input x; a = x -> B{before}; a -> B{before} }}\n"
LINE = b"model A { input x: [N, 3]; "
WIDE = b"block B(" + many(b"p%d=3, ", 1500) + b") { input x; ReLU }\nmodel A { input x: [N, 3]\n"
TAKES = b"block B(" + many(b"par%d=3, ", 4600) + b") { input x; ReLU }\n"
OTHERS = TAKES + body(f"B({many(b'pra%d=3, ', 4600).decode()})")
NAMES = FREE + many(b"n%d = x\n", 3000)
INPUTS = b"".join(b"input x%d: [N, C%d, H%d]\n" % (n, n, n) for n in range(1900))
JOINED = b"model A {\n" + INPUTS + b"".join(b"y%d = x%d + x%d\n" % (n, n, n + 1) for n in range(1899)) + b"x0 }"
TEXTS: dict[str, tuple[bytes, str | None]] = {  # what the file holds, and the code of the first problem
    "empty": (b"", None),
    "nothing but a mark": (b"\xef\xbb\xbf", None),
    "NULs": (b"\0" * 1000, "syntax"),
    "all bytes": (bytes(range(256)) * 100, "file-not-utf8"),
    "UTF-16": ("model A { }".encode("utf-16"), "file-not-utf8"),
    "half of a surrogate pair": (b"\xed\xa0\x80", "file-not-utf8"),
    "10 MB on one line": (LINE + b"ReLU; " * 1_600_000 + b"}", "file-too-large"),
    "as much as may be on one line": (LINE + b"ReLU; " * (MOST // 6) + b"}", "activation-twice"),
    "a long pipeline": (LINE + b"ReLU" + b" -> ReLU" * (MOST // 8) + b"}", "activation-twice"),
    "a long name": (b"a" * MOST, "syntax"),
    "a long string": (b'"' + b"a" * MOST, "unclosed-string"),
    "a long number": (body(f"Conv2d({'9' * MOST}, 3)"), "number-too-long"),
    "lists in lists": (body("s = []; for i in range(9000) { s = [s] }; ReLU"), "too-large"),
    "a long escape": (body('"' + "\\" * (MOST - 100) + '": ReLU'), "bad-label"),
    "rules by patterns": (
        body('for i in range(4000) { "l{i}": Conv2d(4, 1) }; init { for i in range(4000) { "*{i}*.weight": zeros } }'),
        "too-many-steps",
    ),
    "lists compared": (body("a = range(60); " + "b = a == a; " * 7000 + "x"), "too-many-steps"),
    "a list that grows": (body("l = []; for i in range(9000) { l = l + [i] }; x * len(l)"), "too-many-steps"),
    "a long order": (body("; ".join(f"l{n}: Linear(2)" for n in range(3000)) + "; order " + ", ".join(DOWN)), None),
    "comments": (b"#\n" * (MOST // 2), None),
    "quotes": (b"'" * MOST, "syntax"),
    "parentheses": (body("y = " + "(" * 90_000), "nested-too-deep"),
    "closed brackets": (body("y = " + "[" * 49_000 + "]" * 49_000), "nested-too-deep"),
    "a long list written out": (b"const A = [" + b"," * 99_900 + b"]\n" + body("ReLU"), "syntax"),
    "a long list of lists": (body("y = [" + "[1]," * 22_000 + "]"), "unused"),
    "a long call": (body("cat(" + "," * 99_900 + ")"), "syntax"),
    "halved without end": (FREE + b"x" + b" -> Conv2d(8, 3, 2)" * 5_000 + b"}", "size-too-long"),
    "multiplied without end": (FREE + b"n = N; for i in range(9000) { n = n * N }; x }", "size-too-long"),
    "a sum of quotients": (FREE + b"n = N; for i in range(6000) { n = n + N // (i + 2) }; x }", "size-too-long"),
    "norms in a loop": (FREE + b"for i in range(6000) { -> Conv2d(8, 3) -> BatchNorm2d } }", "too-many-steps"),
    "many requirements": (FREE + b"y = x\n" + b"".join(map(skip, range(2, 1500))) + b"}", "too-many-steps"),
    "many names of Python's": (body("".join(f"nn.Conv2d({n}, 3)\n" for n in range(5_000))), "python-prefix"),
    "many names that nothing has": (body("".join(f"y{n} = z{n} + q{n}\n" for n in range(4500))), "unknown-name"),
    "many deep lists": (body(("y = " + "[" * 45 + "x" + "]" * 45 + "\n") * 1000 + "x"), "too-many-steps"),
    "many names with ==": (body("".join(f"y{n} == x\n" for n in range(8_500))), "unknown-name"),
    "many names with ==, read": (body("".join(f"y{n} == x\ny{n} -> ReLU\n" for n in range(4000))), "unknown-name"),
    "one name with ==": (body("y == x\n" * 14_000), "unknown-name"),
    "one name with ==, read": (body("y == x\ny -> ReLU\n" * 5_500), "unknown-name"),
    "one name that is given below": (body("y -> ReLU\n" * 6_000 + "y = x\n" * 6_000), "unknown-name"),
    "many calls of layers that nothing has": (body("".join(f"Unknown{n}(4)\n" for n in range(6000))), "unknown-name"),
    "many functions that nothing has": (body("".join(f"x = f{n}_1(x)\n" for n in range(6_300))), "unknown-name"),
    "many blocks that nothing uses": (b"".join(b"block B%d { ReLU }\n" % n for n in range(4_800)), None),
    "many blocks of nothing": (b"".join(b"block B%d { }\n" % n for n in range(6_200)), None),
    "many buffers": (body("".join(f"buffer b{n}: [3] = 0\n" for n in range(4_500)) + "x"), "unused"),
    "many inputs": (b"model A {" + many(b" input x%d: [N, 3]\n", 4500) + b" x0 }", "unused"),
    "many files that are not there": (many(b'from "a%d.cnn" import B\n', 3800), "import-unreadable"),
    "variants of variants of one": (b"model M0 { input x: [N]; ReLU }\n" + plain(5_000), "too-deep"),
    "a function without end": (b"def f(n) {\n return f(n - 1) + f(n - 2)\n}\n" + body("Linear(f(40))"), "too-deep"),
    "braces": (body("{" * 90_000), "nested-too-deep"),
    "all brackets": (body("([{" * 33_000), "nested-too-deep"),
    "ifs inside ifs": (body("if True { " * 45 + "ReLU" + " }" * 45), "nested-too-deep"),
    "else after else": (body("if False { ReLU }" + " else if False { ReLU }" * 4000), "nested-too-deep"),
    "a long sum": (body("n = " + "1 + " * 24_000 + "1"), "nested-too-deep"),
    "deep blocks": (chain(4000, "block B{n} {{ B{before} }}\n", "B3999"), "too-deep"),
    "blocks that double": (chain(55, TWICE, "B54"), "too-many-modules"),
    "deep aliases": (chain(4000, "block B{n} = B{before}()\n", "B3999"), "too-deep"),
    "names alone": (b"model A {\n" + b"    init\n" * 11_000 + b"}\n", "model-without-input"),
    "a block in itself": (b"block B { B }\n" + body("B"), "too-deep"),
    "blocks in one another": (b"block B { C }\nblock C { B }\n" + body("B"), "too-deep"),
    "a block that counts down": (b"block B(n) { ReLU; if n > 0 { B(n - 1) } }\n" + body("B(10**6)"), "too-deep"),
    "a variant of itself": (b"model A = A()\n", "alias-of-itself"),
    "variants of one another": (b"model A = B()\nmodel B = A()\n", "alias-of-itself"),
    "a function of itself": (b"def f(n) { return f(n) }\n" + body("n = f(1)"), "too-deep"),
    "a constant of itself": (b"const K = K\n" + body("Conv2d(K, 3)"), "const-of-itself"),
    "9**9**9": (body("Conv2d(9**9**9, 3)"), "too-large"),
    "2**2**40": (body("n = 2**(2**40)"), "too-large"),
    "1e999": (body("Dropout(1e999)"), "number-too-large"),
    "Conv2d(10**12)": (body("Conv2d(10**12, 1)"), "weight-too-large"),
    "a large kernel": (body("Conv2d(8, 10**12)"), "too-large"),
    "a large linear": (body("Flatten -> Linear(10**9)"), "weight-too-large"),
    "a large padding": (body("ZeroPad2d(10**18)"), "too-large"),
    "10**9 copies": (b"block B(n) { Conv2d(n, 1) }\n" + body("B(8) * 10**9"), "too-many-modules"),
    "10**9 copies in a group": (body("g: { ReLU * 10**9 }"), "too-many-modules"),
    "range(10**12)": (body("for i in range(10**12) { ReLU }"), "too-large"),
    "loops in loops": (body("for i in range(999) { for j in range(999) { " * 3 + "}} " * 3), "too-many-steps"),
    "a long list": (body("n = [1] * 10**12"), "too-large"),
    "many slices of a tensor": (b"model Net { input x: [N, 10**9]; ys = unbind(x, 1); ys[0] }", "bad-argument"),
    "many chunks": (b"model Net { input x: [N, 10**7]; ys = chunk(x, 10**7, 1); ReLU }", "bad-argument"),
    "many pieces": (b"model Net { input x: [N, 10**7]; ys = split(x, 1, 1); ReLU }", "bad-argument"),
    "many parts": (body("ys = tensor_split(x, 10**7, 1); ReLU"), "bad-argument"),
    "a long list looked through": (
        body("a = range(99999)\nfor i in range(19000) { b = -1 in a }\nReLU"), "too-many-steps"),
    "a long list added up": (body("a = range(99999)\nfor i in range(19000) { b = sum(a) }\nReLU"), "too-many-steps"),
    "a long list compared": (body("a = range(99999)\nfor i in range(19000) { b = a == a }\nReLU"), "too-many-steps"),
    "a long list cut": (body("a = range(99999)\nfor i in range(19000) { b = a[1:] }\nReLU"), "too-many-steps"),
    "many axes": (body("y = x\nfor i in range(3000) { y = y[None] }\nReLU"), "too-many-steps"),
    "many branches": (body("[" + "ReLU, " * 10_000 + "ReLU] -> cat(1)"), None),
    "a size that squares itself": (sizes("n * (n + W)"), "size-too-long"),
    "a size of high degree": (sizes("max(n, n * W + 1)"), "too-many-steps"),
    "a size of quotients": (sizes("n // W + n % H"), "size-too-long"),
    "many sizes": (b"model A { input x: [" + many(b"N%d, ", 3000) + b"]\n ReLU }\n", None),
    "many parameters": (b"model A(" + many(b"a%d=1, ", 10_500) + b") { input x: [N]; ReLU }", "unused"),
    "many models": (many(b"model A%d { input x: [N, 3]; ReLU }\n", 1500), None),
    "many mistakes": (many(b"block A%d { input x: [N, 3]; Foo }\n", 2700), "unknown-name"),
    "many side branches": (b"model A { input x: [N, 3]\n" + b"y = x -> Tanh\n" * 7_000 + b"}\n", "unused"),
    "many faulty statements": (b"model A {\n" + b"a b\n" * 24_000 + b"}\n", "syntax"),
    "constants that double": (doubled(60), "too-large"),
    "constants made of one another": (chained(3000), "too-deep"),
    "many networks with loops": (many(LOOPS, 200), "too-many-steps"),
    "variants of variants": (b"model M0(n=1) { input x: [N]; ReLU }\n" + variants(1000), "too-deep"),
    "many names nearly alike": (body("\n".join([*NEAR, *ALIKE])), "unknown-name"),
    "many mistakes that none can mend": (body("x -> Dense(3, foo=3)\n" * 150), "unknown-name"),
    "blocks that hand on lists": (GIVEN + body("x -> B14(1, [1]) -> relu"), "too-many-steps"),
    "a buffer of terabytes": (body("buffer b: [10**12] = 0"), "weight-too-large"),
    "many constants": (many(b"const A%d = 1\n", 6_200), None),
    "many strings in one": (body('"' + "{1}" * 20_000 + '": ReLU'), None),
    "a keyword as a label": (body("class: ReLU"), "label-is-keyword"),
    "a module's attribute as a label": (body("forward: ReLU"), "label-is-attribute"),
    "one that is its own": (body("_parameters: ReLU"), "label-is-attribute"),
    "one inside a container": (body('"a.b.forward": ReLU'), "label-is-attribute"),
    "a container's attribute": (body('"a.items": ReLU'), "label-is-attribute"),
    "a letter that looks like another": (body("\N{CYRILLIC CAPITAL LETTER ES}onv: ReLU"), "not-ascii"),
    "a bidirectional control": (body("a\u202eb: ReLU"), "not-ascii"),
    "one in a comment": (body("ReLU  # \u202e"), None),
    "a character without width": (body("a\u200bb: ReLU"), "not-ascii"),
    "blocks of many parameters": (WIDE + many(b"B(%d)\n", 3000) + b"}", "too-many-steps"),
    "many arguments that nothing has": (OTHERS, "unknown-argument"),
    "many loops behind many names": (NAMES + b"for i in range(2) { ReLU }\n" * 2000 + b"}", "too-many-steps"),
    "many ways behind many names": (NAMES + b"y = if H > 9 { x } else { x * 2 }\n" * 1900 + b"}", "too-many-steps"),
    "many loops": (body(many(b'for i in range(3) { "l%d_{i}": ReLU }\n', 2400).decode()), "too-many-steps"),
    "many computed buffers": (body(many(b"buffer b%d = zeros(3)\n", 4200).decode() + "x"), "unused"),
    "many sizes that must be one": (JOINED, "too-many-steps"),
    "minima of minima": (FREE + b"n = H\n" + many(b"n = min(n + 1, max(W, %d))\n", 3000) + b"x }", "too-many-steps"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_any_text(name: str, here: Path) -> None:
    data, code = TEXTS[name]
    (here / "net.cnn").write_bytes(data)
    status, lines = check("net.cnn")
    assert all(PLACED.match(line) for line in lines)
    assert (lines[0].split()[1] if lines else None) == code
    assert status == (1 if code not in (None, "unused", "activation-twice") else 0)
    assert len(lines) <= 201


LISTS = b"ys%d = []\nfor i in range(3) { ys%d = [*ys%d, i] }\nx = x + len(ys%d)\n"
ENCODER = b"TransformerEncoder(TransformerEncoderLayer(2, 8), 50)\n"
PARAMETERS = b"model A(" + many(b"p%d=1, ", 2500) + b") { input x: [N, 4]\n" + many(b"x = x + p%d\n", 2500) + b"x }"
WORK = {  # a command, what the file holds, and the code of the first problem, if there is one
    "loops that fill lists": ("compile", body("".join(LISTS.decode().replace("%d", str(n)) for n in range(1000)) + "x"),
                              "too-many-steps"),
    "loops that name layers": ("compile", body(many(b'for i in range(3) { "l%d.{i}": ReLU }\n', 1000).decode()),
                               "too-many-steps"),
    "rounds of loops in loops": ("compile", body("for i in range(20) { for j in range(20) { for k in range(20) "
                                                 "{ x = x + i * j + k } } }\nx"), "too-many-steps"),
    "a list of layers": ("compile", body("for F in [" + "Conv2d(4, 1), " * 7000 + "] { F }"), "too-many-steps"),
    "parameters that are all used": ("compile", PARAMETERS, None),
    "many results": ("compile", body("return " + ", ".join(["x"] * 33_000)), "too-many-steps"),
    "layers of many layers": ("summary", b"model A { input x: [N, 9, 4]\n" + ENCODER * 1800 + b"}", "too-many-steps"),
    "signs of C on all lines": ("check --fix --diff", body("y = x && x\n" * 1400), None),
    "slips on all lines": ("check --fix --diff", body("".join(f"y{n} = x -> Rleu\n" for n in range(5500))), None),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
def test_what_is_done_with_any_text(name: str, here: Path) -> None:
    command, data, code = WORK[name]
    (here / "net.cnn").write_bytes(data)
    done = subprocess.run(
        [*COMMAND, *command.split(), "net.cnn"], capture_output=True, env=ENVIRONMENT, preexec_fn=limited
    )
    assert done.returncode == (1 if code or "--diff" in command else 0), (done.returncode, done.stderr[-500:])
    assert code is None or f"error[{code}]".encode() in done.stderr
    assert b"a mistake in cnndsl" not in done.stderr


# Imports


def importing(path: str) -> bytes:
    return f'from "{path}" import P\n'.encode() + body("P")


def test_imports_without_end(here: Path) -> None:
    for n in range(300):
        (here / f"deep{n}.cnn").write_bytes(importing(f"deep{n + 1}.cnn"))
        (here / f"wide{n}.cnn").write_bytes(b"block P { ReLU }\n" + b"#" * (MOST // 3))
    assert [line.split()[1] for line in check("deep0.cnn")[1]] == ["too-deep"]
    (here / "net.cnn").write_bytes(b"".join(b'from "wide%d.cnn" import P as P%d\n' % (n, n) for n in range(300)))
    assert [line.split()[:2] for line in check("net.cnn")[1]] == [["net.cnn:3:6:", "imports-too-large"]]


def test_imports(here: Path) -> None:
    (here / "folder.cnn").mkdir()
    (here / "itself.cnn").write_bytes(importing("itself.cnn"))
    (here / "first.cnn").write_bytes(importing("second.cnn"))
    (here / "second.cnn").write_bytes(importing("first.cnn"))
    (here / "binary.cnn").write_bytes(bytes(range(256)))
    (here / "loop.cnn").symlink_to("loop.cnn")
    (here / "large.cnn").write_bytes(b"#" * 10_000_000)
    os.mkfifo("pipe.cnn")
    wanted = dict.fromkeys(
        ["missing.cnn", "folder.cnn", "binary.cnn", "loop.cnn", "large.cnn", "pipe.cnn", "/dev/zero"]
    )
    for path in wanted:
        (here / "net.cnn").write_bytes(importing(path))
        status, lines = check("net.cnn")
        assert (status, [line.split()[:2] for line in lines]) == (1, [["net.cnn:1:6:", "import-unreadable"]]), path
    for path in ("itself.cnn", "first.cnn"):
        status, (line,) = check(path)
        assert (status, line.split()[1]) == (1, "import-cycle")
    os.chmod("binary.cnn", 0)
    (here / "net.cnn").write_bytes(importing("../" * 50 + "etc/passwd.cnn"))
    assert check("net.cnn")[1][0].split()[1] == "import-outside"


# What is no file


@pytest.mark.parametrize("path", ["pipe.cnn", "/dev/zero", "/dev/full", "missing.cnn", ".", "\udcff.cnn", "a" * 5000])
def test_what_is_no_file(path: str, here: Path) -> None:
    os.mkfifo("pipe.cnn")
    status, (line,) = check(path)
    assert (status, PLACED.match(line) is not None) == (1, True)
    assert line.split()[1] in ("file-not-readable", "file-not-found", "file-is-folder")


@pytest.mark.parametrize("path", ["pipe.pt", "/dev/zero"])
def test_weights_that_are_no_file(path: str, here: Path) -> None:
    os.mkfifo("pipe.pt")
    (here / "net.cnn").write_bytes(body("ReLU"))
    status, (line,) = check("net.cnn", "--weights", path)
    assert (status, line.split()[1]) == (1, "weights-unreadable")
    assert line.endswith(": it is a pipe or a device, not a file")


def test_a_pipe_that_gives_something() -> None:
    command = " ".join(COMMAND) + " check /dev/stdin --format concise"
    done = subprocess.run(["sh", "-c", command], input=b"model A { Foo }", capture_output=True, env=ENVIRONMENT)
    assert done.stdout.startswith(b"/dev/stdin:1:")


def test_an_endless_standard_input(here: Path) -> None:
    with open("/dev/zero", "rb") as zeros:
        done = subprocess.run(
            [*COMMAND, "check", "-", "--format", "concise"], stdin=zeros, capture_output=True, env=ENVIRONMENT
        )
    assert done.stdout.startswith(b"<stdin>:1:1: file-too-large ")


# Outputs that fail


def spawned(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, env=ENVIRONMENT, **options)


@pytest.mark.parametrize("options", [["--fix"], ["--diff"], ["--format", "json"], ["--format", "sarif"], []])
def test_a_full_disk(options: list[str], here: Path) -> None:
    (here / "net.cnn").write_bytes(body("Flatten -> Dense(10)"))
    with open("/dev/full", "wb") as full:
        process = spawned("check", "net.cnn", *options, stdout=full)
        _, err = process.communicate(timeout=60)
    said = err.decode().splitlines()
    assert (process.returncode, said[-1]) == (2, "cnndsl: No space left on device")
    assert said[:-1] == (["net.cnn: fixed 1 problem"] if options == ["--fix"] else [])


def test_a_disk_that_is_full_in_the_middle_of_a_file(here: Path) -> None:
    """RLIMIT_FSIZE stands for it: writing more than so many bytes fails."""
    (here / "net.cnn").write_bytes(body("Flatten -> Dense(10)\n" + "# c\n" * 2000))
    before = (here / "net.cnn").read_bytes()

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    for arguments in (["check", "net.cnn", "--fix"], ["format", "net.cnn"]):
        process = spawned(*arguments, stdout=subprocess.DEVNULL, preexec_fn=small)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert err.decode() == "cnndsl: cannot write net.cnn: File too large\n"
        assert (here / "net.cnn").read_bytes() == before
        assert os.listdir() == ["net.cnn"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written(here: Path) -> None:
    (here / "net.cnn").write_bytes(body("Flatten -> Dense(10)"))
    os.chmod("net.cnn", stat.S_IRUSR)
    process = spawned("check", "net.cnn", "--fix", stdout=subprocess.DEVNULL)
    assert process.communicate(timeout=60)[1] == b"cnndsl: cannot write net.cnn: Permission denied\n"
    assert process.returncode == 2


def test_a_reader_that_has_seen_enough(here: Path) -> None:
    (here / "net.cnn").write_bytes(body("\n".join("Foo" for _ in range(150))))
    for options in ([], ["--format", "json"], ["--diff"]):
        process = spawned("check", "net.cnn", *options, stdout=subprocess.PIPE)
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) in (141, 1)


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("check net.cnn >&-", 2, "cnndsl: Bad file descriptor\n"),
        ("compile net.cnn >&-", 2, "cnndsl: Bad file descriptor\n"),
        ("compile net.cnn -o net.py >&-", 0, ""),
        ("format net.cnn <&- >&-", 0, ""),
        (
            "check - --format concise <&-",
            1,
            "<stdin>:1:1: file-not-readable cannot read `<stdin>`: Bad file descriptor\n",
        ),
        ("compile missing.cnn 2>&-", 1, ""),
        ("check net.cnn <&- >&- 2>&-", 2, ""),
    ],
)
def test_streams_that_are_closed_from_the_start(command: str, status: int, said: str, here: Path) -> None:
    (here / "net.cnn").write_bytes(body("ReLU"))
    line = f"{' '.join(COMMAND)} {command}"
    done = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT)
    assert (done.returncode, done.stdout.decode()) == (status, said)


LOADING = """
import os, runpy, signal, sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == {at!r}:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.{handler})
sys.meta_path.insert(0, Finder)
sys.argv[:] = ["cnndsl", "compile", "net.cnn", "-o", "net.py"]
runpy.run_module("cnndsl", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("at", ["cli", "bundle", "problems", "limits", "syntax.tree", "emit.python"])
@pytest.mark.parametrize("handler", ["default_int_handler", "SIG_IGN"])
def test_an_interrupt_while_the_command_is_loaded(at: str, handler: str, here: Path) -> None:
    (here / "net.cnn").write_bytes(body("ReLU"))
    command = [sys.executable, "-c", LOADING.format(at=f"cnndsl.{at}", handler=handler)]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT)
    ignored = handler == "SIG_IGN"
    assert (done.returncode, done.stderr) == ((0, b"") if ignored else (130, b"cnndsl: interrupted\n"))
    assert (here / "net.py").exists() == ignored


WRITING = """
import os, signal, sys
from cnndsl.__main__ import process
done = os.{call}
def interrupt(*given):
    found = done(*given)
    os.kill(os.getpid(), signal.SIGINT)
    return found
os.{call} = interrupt
sys.argv[:] = ["cnndsl", "compile", "net.cnn", "-o", "net.py"]
process()
"""


@pytest.mark.parametrize(("call", "left"), [("fsync", b"old"), ("chmod", b"old"), ("replace", b"import torch")])
def test_an_interrupt_while_a_result_is_written(call: str, left: bytes, here: Path) -> None:
    (here / "net.cnn").write_bytes(body("ReLU"))
    (here / "net.py").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", WRITING.format(call=call)], capture_output=True, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (130, b"cnndsl: interrupted\n")
    assert sorted(os.listdir(here)) == ["net.cnn", "net.py"]
    assert left in (here / "net.py").read_bytes()


IN_PASSING = """
import os, signal, sys
from cnndsl.__main__ import process
class Thing:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        [None for _ in range(100)]
import cnndsl.cli.arguments as arguments
parse = arguments.parse
def parsed(words):
    Thing()
    return parse(words)
arguments.parse = parsed
sys.argv[:] = ["cnndsl", "check", "net.cnn"]
process()
"""


def test_an_interrupt_where_python_takes_no_exception(here: Path) -> None:
    (here / "net.cnn").write_bytes(body("ReLU"))
    done = subprocess.run([sys.executable, "-c", IN_PASSING], capture_output=True, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (130, b"cnndsl: interrupted\n")


def test_importing_the_package_leaves_signals_alone_and_loads_next_to_nothing() -> None:
    text = (
        "import sys, signal; before = set(sys.modules), signal.getsignal(signal.SIGINT); import cnndsl; "
        "print(signal.getsignal(signal.SIGINT) == before[1], {*sys.modules} - before[0] <= {'cnndsl', '__future__'}); "
        "from cnndsl import CnnError; print(CnnError is cnndsl.CnnError, 'CnnError' in dir(cnndsl))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, env=ENVIRONMENT, check=True)
    assert done.stdout.split() == [b"True"] * 4


# check --watch


def until(stream: Any, start: str) -> list[str]:
    """The lines of a stream up to one that begins so."""
    lines: list[str] = []
    while not lines or not lines[-1].startswith(start):
        line = stream.readline().decode()
        assert line, lines
        lines.append(line)
    return lines


def test_watch(here: Path) -> None:
    (here / "part.cnn").write_text("block P { ReLU }\n")
    (here / "net.cnn").write_bytes(importing("part.cnn"))
    process = spawned("check", "--watch", "net.cnn", "--format", "concise", stdout=subprocess.PIPE)
    try:
        assert until(process.stdout, "watching") == ["watching 2 files; Ctrl-C ends\n"]
        (here / "part.cnn").write_text("block P { Foo }\n")
        found = until(process.stdout, "watching")
        assert found[:2] == ["\n", "part.cnn changed\n"]
        assert "part.cnn:1:11: unknown-name nothing is named `Foo`\n" in found
        os.remove("part.cnn")
        assert any("import-unreadable" in line for line in until(process.stdout, "watching"))
        (here / "net.cnn").write_bytes(body("ReLU"))
        assert until(process.stdout, "watching") == ["\n", "net.cnn changed\n", "watching 1 file; Ctrl-C ends\n"]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, err) == (130, b"cnndsl: interrupted\n")


def test_watch_takes_in_new_files(here: Path) -> None:
    (here / "nets").mkdir()
    (here / "nets" / "a.cnn").write_bytes(body("ReLU"))
    process = spawned("check", "--watch", "nets", "--format", "concise", stdout=subprocess.PIPE)
    try:
        until(process.stdout, "watching 1 file;")
        (here / "nets" / "b.cnn").write_bytes(body("Foo"))
        found = until(process.stdout, "watching 2 files;")
    finally:
        process.kill()
        process.communicate()
    assert os.path.join("nets", "b.cnn") + " changed\n" in found
