"""Pages on text that is no `.cnn`, and on imports that bring nothing."""

from __future__ import annotations

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
    "import-outside": (
        "An import leads out of the project's folder, by `..`, by a link or by a whole path.",
        'from "../../../../../../../../parts.cnn" import Part\nmodel Net {\n    input x: [N, 3]\n    Part\n}',
        "block Part {\n    ReLU\n}\nmodel Net {\n    input x: [N, 3]\n    Part\n}",
    ),
    "import-unreadable": (
        "The file that an import names cannot be read. Its path is relative to the importing file.",
        'from "no/such/parts.cnn" import Part\nmodel Net {\n    input x: [N, 3]\n    Part\n}',
        "block Part {\n    ReLU\n}\nmodel Net {\n    input x: [N, 3]\n    Part\n}",
    ),
}
