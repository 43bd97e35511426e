"""Forms of declarations that another language has, beside those of around.py, in the same columns: heads, the dtypes of
inputs, names of results.
"""

from __future__ import annotations

DECLARED: tuple[tuple[str, str, str, str], ...] = (  # before a place, behind it, help, repair
    (
        r"\A\s*([a-z_]\w*[ \t]*,[\w \t,()]*?)(?P<cut>[ \t]*)\Z",
        r":[ \t]*(?=[A-Za-z_])",
        "several results are named by `=`: `{0} = ...`",
        " = ",
    ),
    (
        r"\A\s*(?P<cut>\[[ \t]*([a-z_]\w*(?:[ \t]*,[ \t]*[a-z_]\w*)+)[ \t]*,?[ \t]*\][ \t]*)\Z",
        r"=(?!=)[ \t]*",
        "names before `=` need no brackets: `{1} = ...`",
        "{1} = ",
    ),
    (
        r"\A\s*(?:model|block|def)\b[^\n{]*=[ \t]*(\d+)(?P<cut>,)\Z",
        r"(\d+)(?=[ \t]*[,)])",
        "a number has a point: `{0}.{2}`",
        ".{2}",
    ),
    (
        r"\A\s*(?:model|block|def)\b[^\n{]*=[ \t]*(?P<cut>(\d+),[ \t]+)\Z",
        r"(\d+(?:[ \t]*,[ \t]*\d+)*)(?=[ \t]*[,)])",
        "a list stands in brackets: `[{1}, {2}]`",
        "[{1}, {2}]",
    ),
    (
        r"\A\s*input[ \t]+\w+(?P<cut>[ \t]+)\Z",
        r"((?:u?int|float|bool|complex)\d*)[ \t]*:[ \t]*(\[[^\]\n]*\])",
        "a dtype stands behind the shape: `{2} {1}`",
        ": {2} {1}",
    ),
)
