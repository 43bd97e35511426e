"""Forms of declarations that another language has, beside those of around.py, in the same columns: heads, the dtypes of
inputs, results, imports, rules for weights, names of arguments; several values without their brackets, and parts of
tensors.
"""

from __future__ import annotations

ENTERS = "what goes in is said by the body: `input {0}: {1}`"
DECLARED: tuple[tuple[str, str, str, str], ...] = (  # before a place, behind it, help, repair
    (
        r"\b(?:model|block)[ \t]+\w+[ \t]*\([^{]*?(\w+)[ \t]*:[ \t]*\Z",
        r"(\[(?=[^]\n]*[^]\d, -])(?![ \t]*(?:int|float|bool|str|layer)?[ \t]*\])[^\]\n]*\])",
        ENTERS,
        "",
    ),
    (  # beside these names numbers are a shape, no list
        r"\b(?:model|block)[ \t]+\w+[ \t]*\([^{]*?\b([xX]|images?|img|inputs?|inp|data)[ \t]*:[ \t]*\Z",
        r"(\[[^\]\n]*\])",
        ENTERS,
        "",
    ),
    (
        r"\b(?:model|block|def)[ \t]+\w+[ \t]*\([^{\n]*?\w(?P<cut>[ \t]*:[ \t]*)\Z",
        r"(?!\[[ \t]*(?:int|float|bool|str|layer)?[ \t]*\])(?=-?\d|[\"'\[(]|(?:True|False|None)\b)",
        "a default stands behind `=`",
        "=",
    ),
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
    (
        r"\A\s*(?:model|block)[ \t]+(\w+)[ \t]*\([^(){}]*\binput[ \t]+\Z",
        r"\w+[ \t]*:",
        "its body stands in braces: `model {0} {{ ... }}`",
        "",
    ),
    (
        r"(?P<cut>\b(?:nn\.init\.)?(\w+?)_?)\Z",
        r"\([ \t]*([a-z_]\w*(?:\.\w+)+)[ \t]*\)",
        'a rule first names what it sets: `"{2}": {1}`',
        '"{2}": {1}',
    ),
    (
        r"\A\s*(?P<cut>((?:\w+\.)+\w+)[ \t]*)\Z",
        r"->[ \t]*(?=[a-z_])",
        'a rule has a colon: `"{1}": ...`',
        '"{1}": ',
    ),
    (r"(?:\A|[^=!<>])(?P<cut>==)\Z", r"=(?!=)[ \t]*", "`==` compares", "== "),
    (
        r"[(,][ \t]*(?P<cut>([a-z]\w*)[ \t]*-[ \t]*([a-z]\w*)[ \t]*)\Z",
        r"=(?!=)[ \t]*",
        "a name is made of letters, digits and `_`: `{1}_{2}=...`",
        "{1}_{2}=",
    ),
    (
        r"\A\s*(?P<cut>((?:[a-z_]\w*\.)+))\Z",
        r"(\d+)[ \t]*(?=:)",
        'a label that is no plain word stands in quotes: `"{1}{2}": ...`',
        '"{1}{2}"',
    ),
    (
        r"\A\s*expect\b[^\n]*\Z",
        r",[ \t]*[\"']",
        "no text stands behind what is expected: what is wrong is told by itself",
        "",
    ),
    (
        r"\b(?:model|block|def)[ \t]+\w+[ \t]*\([^{]*?\w+[ \t]*:[ \t]*\Z",
        r"\[[ \t]*\w*[ \t]*\]",
        "the type of a list is `list`",
        "list",
    ),
    (r"(?P<cut>,)\Z", r",", "one comma is enough", ","),
    (r",[ \t]+\Z", r",", "a value is missing between the commas, or one of them is enough", ""),
    (r"[(\[][ \t]*\Z", r",", "a value is missing in front of the comma", ""),
    (
        r"\b(?:model|block)[ \t]+\w+[ \t]*(?:\([^{\n]*\)[ \t]*)?(?P<cut>[ \t]*)\Z",
        r"(?::|<:|extends\b)[ \t]*(?:[\w.]+\.)?(?:Module|Model|Layer|LightningModule)[ \t]*(?=\{)",
        "leave the class out: every model is a torch.nn.Module",
        " ",
    ),
    (
        r"\binput[ \t]+(\w+)[ \t]*:[ \t]*\Z",
        r"(?:torch\.)?[A-Z]\w*[ \t]*(\[[^\]\n]*\])",
        "the shape stands alone: `input {0}: {1}`",
        "{1}",
    ),
    (
        r"\binput[ \t]+\w+[ \t]*:[ \t]*(\[[^\]\n]*\])(?P<cut>[ \t]*)\Z",
        r":[ \t]*((?:u?int|b?float|complex)\d+|bool)\b",
        "a dtype follows the shape: `{0} {2}`",
        " {2}",
    ),
    (
        r"\bextern[ \t]+block\b[^\n]*(\[[^\]\n]*\])[ \t]*\Z",
        r"from\b",
        "what it gives stands behind what it takes: `{0} -> [N, C]`",
        "",
    ),
    (
        r"\A\s*(?:[a-z_]\w*[ \t]*=[ \t]*)?(?!(?:return|if|for|input|from|expect|order|else)\b)"
        r"(?P<cut>([a-z_]\w*)[ \t]*)\Z",
        r"((?:,[ \t]*[a-z_]\w*)+)[ \t]*->",
        "several values stand in brackets: `({1}{2}) -> ...`",
        "({1}{2}) ->",
    ),
    (
        r"\A\s*((?:model|block|def)[ \t]+\w+)(?P<cut>[ \t]+)\Z",
        r"(?!extends\b)([a-z_]\w*(?:[ \t]*=[ \t]*[\w.]+)?(?:[ \t]*,[ \t]*[a-z_]\w*(?:[ \t]*=[ \t]*[\w.]+)?)*)"
        r"[ \t]*(?==?[ \t]*\{)",
        "parameters stand in round brackets: `{0}({2})`",
        "({2}) ",
    ),
    (
        r"\A\s*return[ \t]+\{[ \t]*([a-z_]\w*)[ \t]*\Z",
        r"((?:,[ \t]*[a-z_]\w*)*)[ \t]*,?[ \t]*\}",
        "several results have no braces: `return {0}{1}`; by their names they are `return {{{0}: {0}, ...}}`",
        "",
    ),
    (
        r"\A\s*return[ \t]+(?:[\w.]+[ \t]*,[ \t]*)*([a-z_]\w*)(?P<cut>[ \t]+)\Z",
        r"([a-z_]\w*)(?=[ \t]*(?:[;}#\r\n,]|\Z))",
        "a comma is missing: `{0}, {2}`",
        "",
    ),
    (
        r"->[ \t]*(\[[^\[\]\n]*)\Z",
        r"(:[^\[\]\n]*\])",
        "a part of a tensor is taken behind its name: `y = ...`, then `y{0}{1}`",
        "",
    ),
    (
        r"\binput[ \t]+\w+[ \t]*:[ \t]*\[[^\]\n]*\Z",
        r":[ \t]*(?=[,\]])",
        "a free size has a name of its own, with a capital letter: `[N, 3, H, W]`",
        "",
    ),
    (
        r"\A\s*from[ \t]+([\"'][^\"'\n]+[\"'])[ \t]+import[ \t]*\Z",
        r"\*",
        "what is taken of a file is named: `from {0} import Name`",
        "",
    ),
    (
        r"[(,][ \t]*\Z",
        r"\{[ \t]*(\w+(?:[ \t]*,[ \t]*\w+)+)[ \t]*\}",
        "a list stands in square brackets: `[{0}]`",
        "[{0}]",
    ),
    (
        r"\A\s*(?P<cut>def([ \t]+[A-Z]\w*[ \t]*(?:\([^\n{#]*?\))?)[ \t]*)\Z",
        r"=[ \t]*(?=\{)",
        "what makes modules is a block: `block{1} = {{`",
        "block{1} = ",
    ),
    (
        r"\A\s*(?P<cut>def([ \t]+[A-Z]\w*[ \t]*(?:\([^\n{#]*?\))?)[ \t]*)\Z",
        r":[ \t]*(?=\{)",
        "what makes modules is a block: `block{1} {{`",
        "block{1} ",
    ),
)
