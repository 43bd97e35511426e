"""What the words around a refused place tell: a form of another language, and the one that is meant. Knows no tree."""

from __future__ import annotations

import re

from ..problems import Edit, Fix
from ..source import Source, Span
from .declared import DECLARED

NEAR = 300  # characters on either side that are looked at
SHORTCUT = "name the value before, `skip = ...`, and add it after: `... -> add(skip)`"
WINDOW = "a window of two sizes is `({0}, {1})`, a product `{0} * {1}`"
REPEATED = "what is repeated stands in round brackets, its number behind it: `(A -> B) * {0}`"
END = r"(?=[ \t]*(?:->|[;}#\r\n]|\Z))"
END_OF_LINE = r"(?=[ \t]*(?:[;}#\r\n]|\Z))"
NO_DTYPE = r"(?!(?:int|uint|float|bool|long|short|double|half)\d*\b)"
COUNTED = 'a label that counts is a text: `"{0}{{{1}}}{2}": ...`'
WORDS = "if|else|for|model|block|def|const|input|return|expect|order|extern|from|import|param|buffer|and|or|not|in|is"
NO_KEYWORD = rf"(?!(?:{WORDS}|elif|init|while|do|try|with|switch|match|case|version|sequential|class)\b)"
FORMS = (  # what stands before, what follows, help, and text for what is cut out before and all that follows
    # Items
    (r"\A\s*\Z", r"(model|block)[ \t]*[({]", "a {0} has a name, with a capital letter: `{0} Name {{ ... }}`", ""),
    (r"\b(?:model|block)[ \t]+\w+\Z", r"[-.]\w", "a name is made of letters, digits and `_`", ""),
    (
        r"\b(?:model|block)\b[^{\n]*\Z",
        r"->[ \t]*(\[[^\]\n]*\])",
        "what comes out is worked out; a body may state it at its end: `expect {0}`",
        "",
    ),
    (
        r"\b(?:model|block)[ \t]+(?P<cut>(\w+)[ \t]*\([ \t]*(?:nn|torch|keras|tf|pl)\b[\w.]*?)\Z",
        r"\.[\w.]*(?:Module|Model|Layer)[ \t]*\)",
        "leave the class out: every model is a torch.nn.Module",
        "{1}",
    ),
    (
        r"\bmodel[ \t]+(\w+)[ \t]+\Z",
        r"extends[ \t]+(?![\w.]*(?:Module|Model|Layer)\b)(\w+)",
        "another model with other arguments is `model {0} = {1}(...)`; more than that is a body that applies `{1}`",
        "",
    ),
    (
        r"\bconst[ \t]+\w+[ \t]*=[ \t]*\Z",
        r"\{",
        "there are no dictionaries: each value has a constant of its own, or all are a list",
        "",
    ),
    (
        r"\b(?:model|block|def)[ \t]+\w+[ \t]*\([^{\n]*?\w[ \t]*=[ \t]*\Z",
        r"\{[ \t]*[\"'][^\"'\n]*[\"'][ \t]*:",
        "there are no dictionaries: each value has a parameter of its own, or all are a list",
        "",
    ),
    # Statements
    (
        r"\b(?:param|buffer)[ \t]+\w+[ \t]*:[ \t]*\Z",
        r"\([ \t]*([^()\n]*?)[ \t]*,?[ \t]*\)",
        "a shape stands in square brackets: `[{0}]`",
        "[{0}]",
    ),
    (
        r"\A\s*(?P<cut>((?:[a-z_]\w*[ \t]*->|[A-Z]\w*\()[^\n;{}]*?)[ \t]*)\Z",
        rf"=[ \t]*([a-z_]\w*){END}",
        "the name stands first: `{2} = ...`",
        "{2} = {1}",
    ),
    (r"(\w+)[ \t]*(?P<cut>:[ \t]*)\Z", r"=(?!=)[ \t]*(?=[A-Z]\w*\b)", "a module is named by a colon: `{0}: ...`", ": "),
    (r"\A\s*[a-z_]\w*(?P<cut>[ \t]*:)\Z", r"=(?!=)[ \t]*", "a value is named by `=`: `name = ...`", " = "),
    (r":[ \t]*\Z", r"=(?!=)", "there is no `:=`: a value is named by a statement of its own, `name = ...`", ""),
    (
        rf"(?:\A|[\s;{{}}])({WORDS})[ \t]*\Z",
        r"=(?!=)",
        "`{0}` is a word of the language: take another name",
        "",
    ),
    (r"\b(?:expect|where|if)\b[^;\n#]*[^=!<>]\Z", r"=(?!=)", "`==` compares, `=` names a value", "=="),
    (r"\bwhere\b[^;\n#]*\Z", r",[ \t]*(?=\S)", "conditions are joined by `and`", " and "),
    (
        r"\b(?:param|buffer)[ \t]+\w+[ \t]*:[ \t]*\[[^\]\n]*\](?P<cut>[ \t]*)\Z",
        rf"{NO_DTYPE}([A-Za-z_]\w*(?:\([^()\n]*\))?){END}",
        "its first value stands behind `=`: `= {1}`",
        " = {1}",
    ),
    (
        r"(?P<cut>\b(?:nn\.init\.)?(\w+?)_?)\Z",
        r"\([ \t]*([A-Z]\w*(?:\.\w+)+)[ \t]*\)",
        "a rule first names what it sets: `{2}: {1}`",
        "{2}: {1}",
    ),
    (
        r"\A\s*(?P<cut>\([ \t]*([a-z_]\w*(?:[ \t]*,[ \t]*[a-z_]\w*)+)[ \t]*,?[ \t]*\)[ \t]*)\Z",
        r"=(?!=)[ \t]*",
        "names before `=` need no brackets: `{1} = ...`",
        "{1} = ",
    ),
    (
        r"\A\s*\([ \t]*(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*,?[ \t]*\)[ \t]*\Z",
        r",[^=\n;#]*=(?!=)",
        "what stands first before `=` is one name: `first, ... = ...`, then `{0} = first`",
        "",
    ),
    (
        r"\binput[ \t]+\w+[ \t]*:[ \t]*\[[^\]\n]*\](?P<cut>[ \t]*)\Z",
        r",[ \t]*((?:u?int|float|bool|complex)\d*)\b",
        "no comma stands in front of a dtype",
        " {1}",
    ),
    (
        r"\A\s*([a-z_]\w*)[ \t]*=[ \t]*([a-z_]\w*)[ \t]*\Z",
        r"=(?!=)[ \t]*(?=[A-Z[({])",
        "a module, or a list of them, is named by a colon: `{0} = {1}: ...`",
        "",
    ),
    (
        r"\binput[ \t]+\w+[ \t]*:[ \t]*\[[^\]\n]*\Z",
        r"\*[ \t]*(?=[,\]])",
        "a free size has a name of its own, with a capital letter: `input x: [N, 3]`; any number of them is `...`",
        "",
    ),
    (
        r"\A\s*input[ \t]*(?P<cut>:[ \t]*(\w+)[ \t]*)\Z",
        r":[ \t]*(?=\[)",
        "no colon stands behind `input`: `input {1}: ...`",
        " {1}: ",
    ),
    # Stages
    (
        r"(?:\)|\b[A-Z]\w*)(?P<cut>[ \t]+)\Z",
        r"(?=[a-z_]\w*[ \t]*:[ \t]*[A-Z{])",
        "stages are joined by `->`",
        " -> ",
    ),
    (r"[(,=][ \t]*(\d+)[ \t]+\Z", r"x[ \t]*(\d+)(?=[ \t]*[,)])", WINDOW, ""),
    (
        r"\[[^\]\n]*,[ \t]*(\d+)[ \t]+\Z",
        r"x[ \t]*(\d+)(?=[ \t]*\])",
        "two sizes are `{0}, {1}`, a product `{0} * {1}`",
        "",
    ),
    (r"(\w+)(?P<cut>[ \t]+)\Z", r"x[ \t]*(\d+)(?=[ \t]*[-+*/%,)\]])", "times is `*`: `{0} * {2}`", " * {2}"),
    (r"\b(\d+)(?P<cut>[ \t]+)\Z", r"x[ \t]+([a-z_]\w*)(?=[ \t]*[-+*/%,)\]])", "times is `*`: `{0} * {2}`", " * {2}"),
    (r"\)[ \t]*\Z", rf"(\d+){END}", "`* {0}` makes so many of a module, in sequence", ""),
    (
        r"->[ \t]*\Z",
        r"for\b",
        "a loop goes on from what flows, as a statement of its own; behind an arrow it stands in a group with a name: "
        "`-> layers: {{ for ... }}`",
        "",
    ),
    (
        r"(?<![\w.\"'])(?P<cut>[a-z_][\w.]*)\Z",
        r"\{([^{}\n\"']+)\}((?:[\w.]|\{[^{}\n\"']+\})*)(?=[ \t]*:)",
        COUNTED,
        '"{0}{{{1}}}{2}"',
    ),
    (r"\A\s*forward[ \t]*\Z", r"\{", "a body is its own `forward`: write what is in the braces without these", ""),
    (r"\b(?:residual|skip|shortcut|identity|branch)[ \t]*\Z", r"\{", SHORTCUT, ""),
    (
        rf"\A\s*(?P<cut>{NO_KEYWORD}[a-z_]\w*)[ \t]*\Z",
        r"\{",
        "a label ends in a colon: `{0}: {{ ... }}`",
        "{0}: {{",
    ),
    (r"(?P<cut>>[ \t]*([a-z_]\w*)[ \t]*)\Z", r":[ \t]*(?=[A-Z])", "stages are joined by `->`", "-> {1}: "),
    (r"(\w+)[ \t]*\*[ \t]*\Z", r"\{", REPEATED, ""),
    (r"\}[ \t]*\Z", r"\*[ \t]*(\w+)", REPEATED, ""),
    (
        r"((?:\A\s*(?:for|if)\b[^\n{#]*?|\belse))(?P<cut>[ \t]+)\Z",
        rf"(?!if\b|[^\n]*\belse\b)([A-Za-z_][^\n{{}}#;]*?){END_OF_LINE}",
        "a body stands in braces: `{0} {{ {2} }}`",
        " {{ {2} }}",
    ),
    (
        r"\[[ \t]*(for[ \t]+\w+(?:[ \t]*,[ \t]*\w+)*[ \t]+in\b[^\n{#]*?)(?P<cut>[ \t]+)\Z",
        r"(?!if\b)(\w(?:[^][(){},\n#;]|\((?:[^()\n#;]|\([^()\n#;]*\))*\)|\[[^][\n#;]*\])*?)(?=[ \t]*[],])",
        "a body stands in braces: `[{0} {{ {2} }}]`",
        " {{ {2} }}",
    ),
    (
        r"(\A\s*(?:model|block|def(?![ \t]+[A-Z]))[ \t]+\w+[ \t]*(?:\([^\n{#]*?\))?)(?P<cut>[ \t]*)\Z",
        r"[:=][ \t]*(?=\{)",
        "the brace stands right behind the head: `{0} {{`",
        " ",
    ),
    (
        r"(\A\s*(?:(?:model|block)[ \t]+\w+[ \t]*|def[ \t]+\w+[ \t]*(?=\())(?:\([^\n{#]*?\))?)(?P<cut>[ \t]*)\Z",
        rf":[ \t]*([^\s{{}}#;][^\n{{}}#;]*?){END_OF_LINE}",
        "a body stands in braces: `{0} {{ {2} }}`",
        " {{ {2} }}",
    ),
    (
        r"(\A\s*def[ \t]+\w+[ \t]*\([^\n{#]*?\))(?P<cut>[ \t]*)\Z",
        rf"=[ \t]*([^\s{{}}#;][^\n{{}}#;]*?){END_OF_LINE}",
        "a function gives back by `return`: `{0} {{ return {2} }}`",
        " {{ return {2} }}",
    ),
    (
        r"(?:->[ \t]*|[(,][ \t]*\w+[ \t]*=[ \t]*)\Z",
        r"\{",
        "a group among values is `Sequential {{ ... }}`",
        "Sequential {{",
    ),
    (r"(?P<cut>[ \t]*\bnew[ \t]+)\Z", r"(?=[A-Z])", "leave `new` out: the name of a layer makes one", " "),
    (
        r"(?P<cut>(?<![\w.])([A-Z]\w*)[ \t]*)\Z",
        r"\{([ \t]*[\w.]+(?:[ \t]*(?:=[ \t]*[\w.]+)?[ \t]*,[ \t]*[\w.=]+)*[ \t]*)\}",
        "the arguments of a layer stand in round brackets: `{1}({2})`",
        "{1}({2})",
    ),
    (
        r"(?P<cut>(?<![\w.])([A-Z]\w*)[ \t]*<([^<>()\n]*))\Z",
        r"(,[^<>()\n]*)>",
        "the arguments of a layer stand in round brackets: `{1}({2}{3})`",
        "{1}({2}{3})",
    ),
    (
        r"((?:\A\s*(?:for|if)\b[^\n{#]*?|\belse))(?P<cut>[ \t]*)\Z",
        rf":[ \t]*([^\s{{}}#;][^\n{{}}#;]*?){END_OF_LINE}",
        "a body stands in braces: `{0} {{ {2} }}`",
        " {{ {2} }}",
    ),
    (
        r"((?:\A\s*(?:for|if)\b[^\n{#]*?|\belse))(?P<cut>[ \t]*)\Z",
        r":[ \t]*(?=\{)",
        "no colon stands in front of the brace: `{0} {{`",
        " ",
    ),
    (r"=(?P<cut>[ \t]*)\Z", r"\{[ \t]*\}", "an empty list is `[]`", " []"),
    (
        rf"\A\s*{NO_KEYWORD}([a-z_]\w*)(?P<cut>[ \t]*=[ \t]*)\Z",
        r"\{",
        "a group has a label: `{0}: {{ ... }}`",
        ": {{",
    ),
    (r"(?P<cut><)\Z", r">", "what differs is told by `!=`", "!="),
    (r"(?P<cut>-[ \t]*)\Z", r">", "`->` is one sign", "->"),
    (r"(?P<cut>-+)\Z", r"->", "one `->` is enough", "->"),
    (
        r"\A\s*((?:[a-z_]\w*[ \t]*,[ \t]*)+[a-z_]\w*)[ \t]*=(?!=)[ \t]*(?P<cut>[^\n#{}]*?)[ \t]*\Z",
        rf"(,[ \t]*[^\s,;#{{}}][^\n#{{}};]*?){END_OF_LINE}",
        "several values stand in brackets: `{0} = ({1}{2})`",
        "({1}{2})",
    ),
    (
        r"\A(?!\s*return\b)[^\n#]*(?:\)|\b[A-Z]\w*)[ \t]*\Z",
        r",[ \t]*[a-z_]\w*[ \t]*->[^\n]*",
        "each way is a statement of its own, or a branch: `[a -> A, b -> B]`",
        "",
    ),
    (
        r"(?:\)|\b[A-Z]\w*)(?P<cut>[ \t]*)\Z",
        r"(,)[ \t]*(?=[A-Z]\w*[ \t]*(?:[(,}};\r\n#]|->|\Z)|[a-z_]\w*[ \t]*\()",
        "stages are joined by `->`",
        "{0} -> ",
    ),
    (r"(?:\)|\b[A-Z]\w*)[ \t]*\Z", r",[ \t]*[a-z_]\w*", "stages are joined by `->`", ""),
    (
        r"(?<![\w.])(?P<cut>[A-Z]\w*)[ \t]+\Z",
        rf"(\d[\w.]*)[ \t]+(\d[\w.]*){END}",
        "the arguments of a layer stand in brackets: `{0}({1}, {2})`",
        "{0}({1}, {2})",
    ),
    (
        r"(?<![\w.])(?P<cut>[A-Z]\w*)[ \t]+\Z",
        rf"(\d[^\n#;{{}}>]*?){END}",
        "the arguments of a layer stand in brackets: `{0}({1})`",
        "{0}({1})",
    ),
    (r"(?:\)|\b[A-Z]\w*)(?P<cut>[ \t]+)\Z", r"(?=[A-Z]\w*)", "stages are joined by `->`", " -> "),
)


def arrow(before: str, begins: bool) -> str | None:
    """What is missing in front of a `->`, or too much; `begins` a line says whether it is the first sign of one."""
    if re.search(r"\w[ \t]*=[ \t]*\Z", before):
        return "what flows here is named where it comes about: `name = ...`, and stands for itself: `return name`"
    if re.search(r"\breturn[ \t]*\Z", before):
        return (
            "what flows at the end is the result by itself: `-> relu`; `return` begins with a name: `return x -> relu`"
        )
    if before.rstrip().endswith("("):
        return "in brackets a pipeline begins with what flows: `(x -> ...)`"
    if before.rstrip().endswith("->"):
        return "one `->` is enough"
    if begins:
        return "a line that begins with `->` goes on from the one before, which gives nothing; begin with what is meant"
    return None


def form(source: Source, begin: int, start: int, takes_arrow: bool) -> tuple[str, Fix | None] | None:
    """Help with a place, in a statement that begins at `begin`, and its repair. `takes_arrow`: `->` may stand there."""
    before, after = source.text[max(begin, start - NEAR) : start], source.text[start : start + NEAR]
    for left, right, help, text in (*FORMS, *DECLARED):
        found, follows = re.search(left, before), re.match(right, after)
        if found is None or follows is None or (text == " -> " and not takes_arrow):
            continue
        groups = (*found.groups(), *follows.groups())
        cut = start - len(before) + found.start("cut") if "cut" in found.re.groupindex else start
        place = Span(source, cut, start + follows.end())
        return help.format(*groups), Fix((Edit(place, text.format(*groups)),), True) if text else None
    return None


def closes_nothing(source: Source, start: int) -> tuple[str, Fix | None] | None:
    """`Conv2d(8, 3)) -> ReLU`: a closing bracket, which another one stands right in front of."""
    found = re.compile(r"[)\]]").match(source.text, start)
    if found is None or source.text[start - 1 : start] not in (")", "]"):
        return None
    opener = {")": "(", "]": "["}[found[0]]
    edit = Edit(Span(source, start, start + 1), "")
    return f"no `{opener}` is open that it would close", Fix((edit,), True)


SIGNED = {"**": "pow", "*": "mul", "/": "div", "//": "floor_divide", "%": "remainder", "@": "matmul"}
STAGE = re.compile(r"(\*\*|//|[*/%@])[ \t]*([\w.]+(?:\([^()\n]*\))?)(?=[ \t]*(?:->|[;}#\r\n]|\Z))")


def one_sided(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`-> * 2`: a sign that stands between two values, behind an arrow."""
    found = STAGE.match(source.text, start)
    if found is None or not source.text[begin:start].rstrip(" \t").endswith("->"):
        return None
    meant = f"{SIGNED[found[1]]}({found[2]})"
    return f"after `->` stands a function: `-> {meant}`", Fix((Edit(Span(source, *found.span()), meant),), True)


LISTED = re.compile(r"(?:[A-Z]\w*[ \t]*,[ \t]*)+[A-Z]\w*[ \t]*\Z")


def listed(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`ReLU, Tanh, Conv2d(8, 3)`: stages that are no names for anything."""
    found = LISTED.search(source.text, begin, start)
    if found is None or not re.compile(r"[(}\r\n;#]|->").match(source.text, start):
        return None
    commas = re.finditer(r"[ \t]*,[ \t]*", found[0])
    edits = [Edit(Span(source, found.start() + one.start(), found.start() + one.end()), " -> ") for one in commas]
    return "stages are joined by `->`", Fix(tuple(edits), True)


SHAPED = re.compile(r"\binput[ \t]+\w+[ \t]*:[ \t]*(\[[^\]\n]*\][ \t]*)?\Z")
PREFIXED = re.compile(r"(?:,[ \t]*dtype[ \t]*=[ \t]*)?(?:(?:torch|np|numpy|tf|jnp)\.)?(\w+)(?:[ \t]*(\[[^\]\n]*\]))?")
DTYPE = re.compile(r"(?:u?int|b?float|complex)\d+|bool")


def dtype(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`[N, T] torch.int64`, `long [N, T]`: a dtype of an input, with a prefix, or in front of the shape."""
    from .refusals import DTYPES

    before, found = SHAPED.search(source.text, begin, start), PREFIXED.match(source.text, start)
    meant = DTYPES.get(found[1], found[1]) if before and found else ""
    if before is None or found is None or not DTYPE.fullmatch(meant) or (found.start(1) == start and not found[2]):
        return None
    if before[1] and found[0][0] == ",":
        help = f"the dtype follows the shape: `{before[1].strip()} {meant}`"
        return help, Fix((Edit(Span(source, start, found.end(1)), f" {meant}"),), True)
    if before[1]:
        return f"a dtype has no prefix: `{meant}`", Fix((Edit(Span(source, start, found.end(1)), meant),), True)
    meant = f"{found[2]} {meant}"
    edit = Edit(Span(source, *found.span()), meant)
    return f"a dtype stands behind the shape: `{meant}`", Fix((edit,), True) if found[2] else None


CHAINED = re.compile(r"((?:\.\w+\((?:[^()\n]|\([^()\n]*\))*\))+)(?=[ \t]*(?:[;}#\r\n]|->|\Z))")


def methods(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """A line `.squeeze(2).permute(2, 0, 1)`, of what flows."""
    found = CHAINED.match(source.text, start)
    if found is None or source.text[source.text.rfind("\n", 0, start) + 1 : start].strip():
        return None
    meant = "-> " + re.sub(r"\)\.(?=\w+\()", ") -> ", found[1][1:])
    return f"a method is a function here: `{meant}`", Fix((Edit(Span(source, *found.span()), meant),), True)


def constant(source: Source, start: int) -> tuple[str, Fix | None] | None:
    """`width = 16`, where items stand. No constant holds `criterion = nn.CrossEntropyLoss()`, or a layer."""
    found = re.compile(r"(\w+)[ \t]*=(?!=)[ \t]*(?:((?:[A-Za-z_]\w*\.)+\w|[A-Z]\w*\()|[^\s{])").match(
        source.text, start
    )
    if found and found[2] and not found[1][0].isupper():
        return "leave it out: layers are written in the body of a model, and what trains them in Python", None
    edit = Edit(Span(source, start, start), "const ")
    return (f"a value of the file is a constant: `const {found[1]} = ...`", Fix((edit,), True)) if found else None
