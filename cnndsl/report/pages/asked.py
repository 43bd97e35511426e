"""Pages on what no `.cnn` text alone can show, but files, settings and commands: lines for a shell show it instead.

They are run in an empty folder, with `cnndsl` and a `python` that has it.
"""

from __future__ import annotations

ASKED: dict[str, tuple[str, str]] = {
    "file-not-found": (
        "There is no file of this name. The name is relative to the folder that the command runs in.",
        "cnndsl check none.cnn",
    ),
    "file-is-folder": (
        "A file is wanted, but the path names a folder, or one without `.cnn` files below it.",
        "mkdir nets.cnn\ncnndsl check nets.cnn",
    ),
    "file-not-readable": (
        "The system refuses to read the file; the message ends in the reason that it gives.",
        "ln -s net.cnn net.cnn\ncnndsl check net.cnn",
    ),
    "file-not-utf8": (
        "A `.cnn` file is UTF-8 text. The mark stands at the first byte that is none.",
        "printf '\\377' > net.cnn\ncnndsl check net.cnn",
    ),
    "file-too-large": (
        "A `.cnn` file has a limit of size, so that a wrong file cannot fill the memory.",
        "head -c 400000 /dev/zero > net.cnn\ncnndsl check net.cnn",
    ),
    "imports-too-large": (
        "A file with what it imports, and what that imports, is more text together than the limit allows.",
        "for n in 1 2; do\n"
        "  (echo \"block P$n { ReLU }\"; printf '#%150000s' '') > $n.cnn\n"
        "  echo \"from '$n.cnn' import P$n\" >> net.cnn\n"
        "done\n"
        "cnndsl check net.cnn",
    ),
    "import-cycle": (
        "Two files import one another, so neither can be read first.",
        "echo 'from \"net.cnn\" import Net\nmodel Net { input x: [N, 3]; Linear(4) }' > net.cnn\ncnndsl check net.cnn",
    ),
    "not-in-import": (
        "The imported file has no item of this name.",
        "echo 'block Part { ReLU }' > parts.cnn\n"
        "echo 'from \"parts.cnn\" import Part2\nmodel Net { input x: [N, 3]; Linear(4) }' > net.cnn\n"
        "cnndsl check net.cnn",
    ),
    "extern-declined": (
        "An `extern` block names Python code. Loading runs it only where the caller allows that.",
        "echo 'extern block Gate: [N, C] -> [N, C] from \"gates:Gate\"\nmodel M { input x: [N, 3]; Gate }' > net.cnn\n"
        "python -c 'import cnndsl; cnndsl.load(\"net.cnn\")'",
    ),
    "several-models": (
        "A file with several models needs to be told which one is meant.",
        "echo 'model A { input x: [N, 3]; Linear(4) }\nmodel B { input x: [N, 3]; ReLU }' > net.cnn\n"
        "python -c 'import cnndsl; cnndsl.load(\"net.cnn\")'",
    ),
    "no-such-model": (
        "The model that is asked for is not in the file.",
        "echo 'model Net { input x: [N, 3]; Linear(4) }' > net.cnn\ncnndsl check net.cnn --model Nut",
    ),
    "no-model": (
        "No model of the file can be built: each has a parameter without a default, or there is none.",
        "echo 'block Part { ReLU }' > net.cnn\ncnndsl compile net.cnn",
    ),
    "refused-at": (
        "What a model asks of its input does not hold for the sizes that `--at` gives.",
        "echo 'model Net { input x: [N, 3, H, 32]; Conv2d(8, 7) }' > net.cnn\ncnndsl check net.cnn --at H=4",
    ),
    "no-batch": (
        "A batch size is given for a model whose first input does not begin with a free size, as in `[N, 3]`.",
        "echo 'model Net { input x: [3]; Linear(4) }' > net.cnn\ncnndsl summary net.cnn --batch 8",
    ),
    "unknown-size": (
        "No input of a model has a free size of the name that `--at` gives.",
        "echo 'model Net { input x: [N, 3]; Linear(4) }' > net.cnn\ncnndsl check net.cnn --at H=4",
    ),
    "too-many-problems": (
        "There are so many problems that only the first are shown.",
        "(echo 'model Net { input x: [N, 3]'; seq -f 'y = no%.0f' 300; echo 'x }') > net.cnn\ncnndsl check net.cnn",
    ),
    "bad-setting": (
        "A parameter is set from outside to a value that no `.cnn` file could write.",
        "echo 'model Net(n=4) { input x: [N, 3]; Linear(n) }' > net.cnn\n"
        "python -c 'import cnndsl; cnndsl.load(\"net.cnn\", n=object())'",
    ),
    "text-for-a-flag": (
        "A parameter that is True or False is set from outside to a text, which would always be true.",
        "echo 'model Net(b=True) { input x: [N, 3]; Linear(4, bias=b) }' > net.cnn\n"
        'python -c \'import cnndsl; cnndsl.load("net.cnn", b="no")\'',
    ),
    "setting-too-large": (
        "A parameter is set from outside to more than a `.cnn` file could write.",
        "echo 'model Net(n=4) { input x: [N, 3]; Linear(n) }' > net.cnn\n"
        "python -c 'import cnndsl; cnndsl.load(\"net.cnn\", n=10**999)'",
    ),
    "bad-size": (
        "A size that is given from outside, by `at` or `batch`, is no whole number from 1 on.",
        "echo 'model Net { input x: [N, 3]; Linear(4) }' > net.cnn\n"
        'python -c \'import cnndsl; cnndsl.summary("net.cnn", at={"N": 0})\'',
    ),
    "bad-model-name": (
        "`model=` in Python takes the name of a model of the file.",
        "echo 'model Net { input x: [N, 3]; Linear(4) }' > net.cnn\n"
        "python -c 'import cnndsl; cnndsl.load(\"net.cnn\", model=4)'",
    ),
}

NEVER_ALONE: dict[str, str] = {  # what they lead to is told elsewhere
    "poisoned": "This needs what another statement would have given, and that one is faulty: put that right first.",
}
