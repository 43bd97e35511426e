"""What is said about files that cannot be read, and text that is no `.cnn`."""

from __future__ import annotations

READING: dict[str, tuple[str, ...]] = {
    "file-not-found": (
        "there is no file `{path}`",
        "did you mean `{suggestion}`? Then run `{command}`",
        "did you mean `{suggestion}`?",
    ),
    "file-is-folder": (
        "`{path}` is a folder, not a file",
        "of a folder, `check` and `format` take the `.cnn` files below it, if there are any",
    ),
    "file-not-readable": ("cannot read `{path}`: {reason}",),
    "file-not-utf8": ("this is not UTF-8 text: byte {byte}", "save the file with the encoding UTF-8"),
    "file-too-large": (
        "`{path}` is too large: the limit is {limit} bytes",
        'raise the limit if that is meant: `--limit size=...`, or `limits={{"size": ...}}` in Python',
    ),
}

SYNTAX: dict[str, tuple[str, ...]] = {
    "syntax": ("`{found}` cannot stand here", "did you mean `{meant}`?", "note: expected {expected}"),
    "unexpected-end": ("the file ends in the middle of something", "note: expected {expected}"),
    "unexpected-line-end": (
        "the line ends in the middle of something",
        "note: expected {expected}",
    ),
    "unclosed-bracket": ("a `{bracket}` is never closed", "write `{closing}` for `{found}`"),
    "item-in-body": (
        "a `{keyword}` cannot stand inside a body",
        "move it out, in front of the `model`, `block` or `def` around it",
    ),
    "too-many-problems": (
        "there are {count} more problems; the first are shown",
        "put these right first, or is this no `.cnn` file?",
    ),
    "unclosed-string": (
        "this string is not closed, or stands where no string can stand",
        "a string begins and ends with the same quote, on one line",
    ),
    "not-ascii": (
        "`{found}` ({codepoint}) cannot stand here",
        "{remedy}: names, operators and brackets are plain ASCII",
        "names, operators and brackets are plain ASCII; other characters may stand in strings and comments",
    ),
    "nested-too-deep": (
        "{what} nested more than {limit} deep",
        "give parts of this names of their own, or raise the limit: `--limit nesting=...`",
    ),
    "number-too-long": ("this number has more than 400 digits",),
    "number-too-large": ("{text} is too large for a number",),
    "leading-zero": ("{text} begins with a zero", "write the number without leading zeros"),
    "bad-number": ("{text} is not a number",),
    "bad-escape": (
        "this string has an escape that means nothing",
        r"write a backslash as `\\`; the escapes are Python's: `\n`, `\t`, `\x41`, `\u00e9`",
    ),
    "lone-brace": (
        "a lone brace in a string",
        "in a string `{{i + 1}}` inserts a value; write a plain brace twice: `{{{{` or `}}}}`",
    ),
    "empty-braces": ("the braces in this string hold nothing", "write a value in them, or plain braces as `{{{{}}}}`"),
    "operator-starts-line": (
        "a line cannot begin with `{operator}`",
        "end the line before with the operator to go on, or write `({operator}x)` to begin a statement",
    ),
    "dtype-without-shape": ("a dtype may only follow a shape in brackets", "write `expect [N, 10] int64`"),
    "version-not-whole": ("a version is a whole number, not {text}",),
}

CAPTIONS: dict[str, str] = {
    "still-open-here": "still open here",
}
