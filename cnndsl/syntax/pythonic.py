"""What lines of Python say, in the language: each line by itself. Loaded only for text that the grammar refuses."""

from __future__ import annotations

import re

from ..lean import lru_cache

PACKAGES = (
    r"(?:torch|torchvision|torchaudio|timm|einops|numpy|typing|typing_extensions|math|collections|functools|itertools|"
    r"dataclasses|abc|copy|os|sys|pathlib|enum|keras|tensorflow|jax|flax|__future__)\b"
)
IMPORTS = "leave it out: every layer and function of torch is known by its name"
HEAD = "its body stands in braces: `model Net { ... }`"
BODY = "a body stands in braces: `if flag { ReLU }`"
PYTHON = {  # what the first words of a Python statement are, and what stands for it here
    r"self\.(\w+) *= *(?:nn\.)?Parameter\((?:torch\.)?(zeros|ones)\(([^()]*)\)\)": (
        r"a parameter is declared: `param \1: [\3] = \2`"
    ),
    r"self\.(\w+) *=": r"a label names a module, which is made where it is applied: `x -> \1: ...`",
    rf"from (?!{PACKAGES})(\w+) import +(\w[\w, ]*?) *(?:#|$)": (
        r'the path of a file is a text: `from "\1.cnn" import \2`'
    ),
    rf"from (?!{PACKAGES})\.*\w[\w.]* import\b": 'the path of a file is a text: `from "blocks.cnn" import ConvBN`',
    r"import +([\"'][^\"']+[\"'])": r"what is taken of a file is named: `from \1 import Name`",
    r"(import|from \w)": IMPORTS,
    r"class \w": "a network is a model: `model Net(classes=10) {`",
    r"def (__init__|forward)\b": "leave it out: the body of a model says both what is made and how it is applied",
    r"init *: *\{": "`init { ... }` is no label, and has no colon",
    r"super\(": "leave it out: nothing has to be set up",
    r"return self\.": "a label stands alone: `-> conv1`",
    r"for\b[^{]*\brange\((\w+) *: *(\w+)\)": r"the numbers from \1 on, below \2, are `range(\1, \2)`",
    r"with +torch\b": "leave it out: gradients are turned off in Python, around the call of the network",
    r"(if +__name__|try *:|except\b|finally *:)": "leave it out: a body says what the network is",
    r"@ *\w": "leave it out: nothing is decorated here",
    r"(\"\"\"|''')": "a comment begins with `#`, on each line",
    r"(\w+)\[[^]:,]*\] *(?:[-+*@%]|//?|\*\*)?=(?!=)": (
        r"nothing is changed where it stands: a list is made anew, `\1 = [*\1, ...]`"
    ),
    r"(\w+)\[[^]]*\] *(?:[-+*@%]|//?|\*\*)?=(?!=)": (
        r"nothing is changed where it stands: a tensor is made anew, `\1 = where(mask, y, \1)`, or of parts, by `cat`"
    ),
    r"(\w+) *: *(?:int|float|str|bool|list|tuple|dict|(?:torch\.)?Tensor|[A-Z]\w*\[.*\]) *=": (
        r"a value has no type written beside it: `\1 = ...`"
    ),
    r"(if|elif|else|for|while|with|try)\b(?:[^#{:([]|\((?:[^(){]|\([^(){]*\))*\)|\[[^\]{]*\])*:(?= *(?:#|$))": (BODY),
    r"(model|block|def)(?: *:|( +\w+)?( *\([^{]*\))? *[:[(] *(?:#|$))": HEAD,
    r"(let|var|val|local|final|auto|int|float|bool|str|tensor|Tensor) +\w+ *(?:: *\w+ *)?=": (
        "the name stands first: `name = ...`"
    ),
    r"assert\b": "what must hold is stated with `expect`: `expect H % 8 == 0`",
    r"/\*": "a comment begins with `#`, on each line",
    r"(print|raise|del|yield|pass|break|continue|global|nonlocal)\b": "leave it out: a body says what the network is",
    r"[^#]*\blambda\b": "there is no `lambda`: write a `def` in front of the model",
    r"[^#]*?\[([^][#]*?[^][#,\s]) for (\w+(?:, ?\w+)*) in ((?:[^][#]|\[[^][#]*\])+)\]": (
        r"in a list, `for` comes first, and its body stands in braces: `[for \2 in \3 { \1 }]`"
    ),
    r"[^#]*?\[ *for (\w+(?:, ?\w+)*) in ([^][#{]+?) *: *([^][#{]+)\]": (
        r"in a list, the body of a `for` stands in braces: `[for \1 in \2 { \3 }]`"
    ),
    r"[^#]*\[[^\]]*[^\],\s]\s+for\b": (
        "in a list, `for` comes first, and its body stands in braces: `[for i in range(3) { i }]`"
    ),
    r"(param|buffer)\b[^:]*[\"']": "its name is a plain word: `param gamma: [C]`",
    r"version +[\"']": "a version is a whole number: `version 2`",
    r"//|--(?!>)": "a comment begins with `#`",
    r"input +(\w+) *: *(\(|\w+ *,)": "a shape stands in square brackets: `input x: [N, 3, 32, 32]`",
    r"input *\( *(\w+) *, *(\w+)(?: *, *\w+)* *\) *(: *\[[^]]*\])?": (
        r"each input has a statement of its own: `input \1\3; input \2\3`"
    ),
    r"input +\w+ *: *[\"']": "a shape is a list of sizes, in square brackets: `input x: [N, 3, 32, 32]`",
    r"input +(\w+) *: *\w+ *(?:$|[;}#])": (
        r"its shape stands there: `input \1: [N, C, H, W]`; a block may leave that out: `input \1`"
    ),
    r"input +\w+ *=? *\[": "a colon stands before the shape: `input x: [N, 3, 32, 32]`",
    r"input +(\w+) *, *(\w+)(?: *, *\w+)* *(: *\[[^]]*\])? *(?:$|[;}#])": (
        r"each input has a statement of its own: `input \1\3; input \2\3`"
    ),
    r"input +\w+ *(?:: *\[[^\]]*\] *)?,(?! *(?:$|#|dtype\b|(?:u?int|float|bool|complex)\d*\b))": (
        "each input has a statement of its own: `input x: [N, 3]; input y: [N, 3]`"
    ),
    r"extern block [^\"']*\] *from +([\w.]+):(\w+)": r'where the class is stands in quotes: `from "\1:\2"`',
    r"extern block (\w+)[^\"']*\] *from +([\w.]+?)(?:\.\1)? *(?:#.*)?$": (
        r'where the class is stands in quotes: `from "\2:\1"`'
    ),
    r"[^\"'#]*\] *from +\w": 'where the class is stands in quotes: `from "module:Class"`',
    r"extern block (\w+)[^\[]* from\b": (
        r'its shapes stand before: `extern block \1: [N, C] -> [N, C] from "module:Class"`'
    ),
    r"extern (?!block\b)(?:\w+ +)?([A-Z]\w*)": (
        r'such a class is a block: `extern block \1: [N, C] -> [N, C] from "module:Class"`'
    ),
    r"(?:foreach +(\w+) +(?:in|of)|for +(\w+) +of) +([^{#]+?) *\{": r"a loop is `for \1\2 in \3 { ... }`",
    r"for +(\w+) +in +(\w+(?: *, *\w+)+) *\{": r"a list stands in brackets: `for \1 in [\2] { ... }`",
    r"(?:repeat|loop) *(?:\( *(\w+) *\)|(\w+)) *\{": r"a loop runs over a list: `for i in range(\1\2) { ... }`",
    r"unless +([^{#]+?) *\{": r"the contrary is `if not (\1) { ... }`",
    r"(?:function|func|fun|fn) +(\w+) *\(": r"a function is a `def`: `def \1(x) { return ... }`",
    r"(?:layer|module|component) +([A-Z]\w*)[^{#]*\{": r"a part of a network is a block: `block \1 { ... }`",
    r"for *\((\w+(?: *, *\w+)*) in ([^{#]+)\) *\{": r"a loop has no round brackets: `for \1 in \2 { ... }`",
    r"for *\([^)]*;": "a loop runs over a list: `for i in range(4) { ... }`",
    r"for +\w+ +in +(\w+) *: *(\w+) *\{": r"the numbers from \1 on, below \2, are `range(\1, \2)`",
    r"for\b[^{]*\d *\.\. *\d": "a loop runs over a list: `range(1, 5)` has the numbers from 1 to 4",
    r"outputs? +\w": "what a body ends in is its result; `return ...` gives another",
    r"(network|net|module|nn) +\w+ *[({]": "a network is a `model`, a part of one a `block`: `model Net { ... }`",
    r"model *=": "a network is a body: `model Net { input x: [N, 3, 32, 32]; Conv2d(8, 3) -> ReLU }`",
    r"[^#\"']*[(,] *in *=": "`in` is a word of the language; what goes into a layer is read off its input",
    r"[^#\"']*\) *x *\d": "`* 3` makes three of a module, in sequence",
    r"(\} *)?elif\b": "another condition is `else if`",
    r"(while|with|try|do|switch|match|case)\b": "there is no such statement; there are `if`, `else` and `for`",
}

LOOKED_AT = 300  # characters of a line that are compared with Python's
ASKED = 64  # lines of which it is kept what they say


@lru_cache(ASKED)
def python_help(line: str) -> str | None:
    """How to say in the language what a line says in Python."""
    start = line[:LOOKED_AT].strip()
    found = ((re.match(pattern, start), help) for pattern, help in PYTHON.items())
    return next((match.expand(help) for match, help in found if match), None)
