"""Pages on files that cannot be read, and on text that is no `.cnn`."""

from __future__ import annotations

READING: dict[str, str] = {  # no example can show these: the file itself is at fault
    "file-not-found": "There is no file of this name. The name is relative to the folder that the command runs in.",
    "file-is-folder": "A file is wanted, but the path names a folder, or one without `.cnn` files below it.",
    "file-not-readable": "The system refuses to read the file; the message ends in the reason that it gives.",
    "file-not-utf8": "A `.cnn` file is UTF-8 text. The mark stands at the first byte that is none.",
    "file-too-large": "A `.cnn` file has a limit of size, so that a wrong file cannot fill the memory.",
    "poisoned": "This needs what another statement would have given, and that one is faulty: put that right first.",
    "module-not-here": "A module cannot be made in this place; make it in a statement of its own, and name it.",
    "template-position": "A module is applied where a template is wanted: nothing flows here that it could take.",
    "import-outside": "An import leads out of the project's folder, by `..`, by a link or by a whole path.",
    "import-unreadable": "The file that an import names cannot be read. Its path is relative to the importing file.",
    "imports-too-large": "What a file imports, and what that imports, is more text together than the limit allows.",
    "import-cycle": "Two files import one another, so neither can be read first.",
    "not-in-import": "The imported file has no item of this name.",
    "extern-declined": "An `extern` block names Python code. Loading runs it only where the caller allows that.",
    "several-models": "A file with several models needs to be told which one is meant.",
    "no-such-model": "The model that is asked for is not in the file.",
    "no-model": "No model of the file can be built: each has a parameter without a default, or there is none.",
    "refused-at": "What a model asks of its input does not hold for the sizes that `--at` gives.",
    "no-batch": "A batch size is given for a model whose first input does not begin with a free size, as in `[N, 3]`.",
    "unknown-size": "No input of a model has a free size of the name that `--at` gives.",
    "too-many-problems": "There are so many problems that only the first are shown.",
    "bad-setting": "A parameter is set from outside to a value that no `.cnn` file could write.",
    "text-for-a-flag": "A parameter that is True or False is set from outside to a text, which would always be true.",
    "setting-too-large": "A parameter is set from outside to more than a `.cnn` file could write.",
    "bad-size": "A size that is given from outside, by `at` or `batch`, is no whole number from 1 on.",
    "bad-model-name": "`model=` in Python takes the name of a model of the file.",
}

TEXT: dict[str, tuple[str, str, str]] = {
    "syntax": (
        "The text cannot go on like this. The note says what could stand here instead.",
        "conv1 Conv2d(8, 3)",
        "conv1: Conv2d(8, 3)",
    ),
    "unexpected-end": (
        "The file ends in the middle of something.",
        "model Net",
        "model Net {\n    input x: [N, 3, 32, 32]\n    ReLU\n}",
    ),
    "unexpected-line-end": (
        "The line ends in the middle of something. A line goes on after `->`, `=`, `,` or an operator.",
        "for i in range(3)\nReLU",
        "for i in range(3) { ReLU -> Tanh }",
    ),
    "unclosed-bracket": (
        "A bracket is opened and never closed, or closed by one of another kind.",
        "Conv2d(8, 3\nReLU",
        "Conv2d(8, 3)",
    ),
    "item-in-body": (
        "Models, blocks, constants and functions stand side by side in a file, never inside one another.",
        "ReLU\nconst WIDTH = 8\nConv2d(WIDTH, 3)",
        "ReLU\nwidth = 8\nConv2d(width, 3)",
    ),
    "unclosed-string": (
        "A string ends on the line it begins on, with the quote it began with.",
        '"conv: Conv2d(8, 3)',
        '"conv": Conv2d(8, 3)',
    ),
    "not-ascii": (
        "Names, operators and brackets are plain ASCII, so that two names that look alike are alike.",
        "größe: Conv2d(8, 3)",
        "size: Conv2d(8, 3)  # Größe",
    ),
    "nested-too-deep": (
        "Brackets lie within brackets beyond any need. Name the inner parts and use the names.",
        "y = " + "(" * 60 + "x" + ")" * 60,
        "y = (x)",
    ),
    "number-too-long": (
        "A number has more than 400 digits.",
        f"n = {'1' * 401}\nConv2d(8, 3)",
        "Conv2d(8, 3)",
    ),
    "number-too-large": (
        "The number is larger than any that a computer's floating point can hold.",
        "Dropout(1e999)",
        "Dropout(1e-3)",
    ),
    "leading-zero": (
        "A whole number does not begin with a zero, as in Python.",
        "Conv2d(08, 3)",
        "Conv2d(8, 3)",
    ),
    "bad-number": (
        "This begins like a number and is none.",
        "Conv2d(8px, 3)",
        "Conv2d(8, 3)",
    ),
    "bad-escape": (
        "A backslash in a string begins an escape, as in Python, and this one means nothing.",
        '"a\\q": ReLU',
        '"aq": ReLU',
    ),
    "lone-brace": (
        "Braces in a string insert a value. A plain brace is written twice.",
        '"conv{": ReLU',
        '"conv{1}": ReLU',
    ),
    "empty-braces": (
        "Braces in a string insert a value, and these hold none.",
        '"conv{}": ReLU',
        '"conv{1}": ReLU',
    ),
    "operator-starts-line": (
        "A line that begins with `+` or `-` could go on the line before or begin a statement. So it may do neither.",
        "y = x\n- x",
        "y = x -\n    x",
    ),
    "dtype-without-shape": (
        "A dtype belongs to a shape, behind its bracket.",
        "expect 3 int64",
        "expect [N, 3, 32, 32] float32\nReLU",
    ),
    "version-not-whole": (
        "The version of a class counts changes of its state_dict: 1, 2, 3.",
        "version 1.5\nReLU",
        "version 2\nReLU",
    ),
}
