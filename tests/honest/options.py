"""Random blocks whose parameters switch stages on and off, in a model and its variants. A seed is a text."""

from __future__ import annotations

from random import Random

VALUES = {  # a parameter: its default, and what uses give
    "hidden": ("None", ("4", "w", "w + 1", "hid")),
    "drop": ("0.0", ("0.5", "p", "p * 2")),
    "norm": ("None", ('"layer"', '"batch"', "kind")),
    "act": ('"relu"', ('"tanh"', '"none"')),
    "n": ("0", ("1", "2", "depth")),
    "res": ("False", ("True", "flag", "not flag")),
    "pool": ("False", ("True", "flag")),
    "Act": ("ReLU", ("Tanh", "None", "LeakyReLU(p)", "Hardtanh(-p, p)")),
    "Norm": ("None", ("LayerNorm", "LayerNorm(eps=p)", "BatchNorm1d")),
    "widths": ("[]", ("[4]", "[w, 3]", "[5, 6, w]", "sizes")),
    "k": ("1", ("2", "w", "depth + 1")),
}
STATEMENTS = {  # what they need: what they do
    "hidden": (
        "if hidden is not None {{ y = y -> Linear(hidden) }}",
        "if hidden {{ y = y -> Linear(hidden) -> tanh }} else {{ y = y -> sigmoid }}",
        "y = y -> Linear(hidden if hidden is not None else C)",
        "m = C if hidden is None else hidden; y = y -> Linear(m) -> Linear(2 * m)",
    ),
    "drop": (
        "if drop > 0 {{ y = y -> Hardtanh(-drop, drop) }}",
        "if drop {{ y = y * drop }}",
        "y = y -> Hardtanh(-drop, drop + 1)",
    ),
    "norm": (
        'if norm == "layer" {{ y = y -> LayerNorm }} else if norm == "batch" {{ y = y -> BatchNorm1d }}',
        "if norm {{ y = y -> LayerNorm }}",
        'if norm is not None {{ y = y -> Linear(5 if norm == "layer" else 6) }}',
    ),
    "act": (
        'if act == "relu" {{ y = y -> ReLU }} else if act == "tanh" {{ y = y -> Tanh }}',
        'if act != "none" {{ y = y -> Softplus }}',
    ),
    "n": (
        "for i in range(n) {{ y = y -> Linear(4) }}",
        "if n > 0 {{ y = y -> Linear(n + 3) }}",
        "ys = [y, for i in range(n) {{ y -> Linear(3) }}]; y = cat(ys, 1)",
        "y = y -> Sequential {{ Linear(5) * n -> Tanh }}",
    ),
    "res": (
        "z = y -> Linear(C); y = z + x if res else z",
        "if res {{ y = cat([y, x], 1) }}",
        "if res {{ s = x -> Linear(3) }} else {{ s = x -> tanh }}; y = cat([s, y], 1)",
    ),
    "pool": (
        "if pool {{ return y -> Linear(3) }}",
        "if pool {{ y = y -> Inner(4) }} else {{ y = y -> Inner(5, wide=True) }}",
        "y = y -> Inner(4, wide=pool)",
    ),
    "Act": ("y = y -> Act", "y = y -> Linear(4) -> Act", "if Act is not None {{ y = y -> Act -> Linear(3) }}"),
    "Norm": ("y = y -> Norm", "if Norm {{ y = y -> Norm }} else {{ y = y -> tanh }}"),
    "widths": (
        "for v in widths {{ y = y -> Linear(v) }}",
        "for v in [*widths, 4] {{ y = y -> Linear(v) -> relu }}",
        "if len(widths) > 1 {{ y = y -> Linear(widths[0]) }}",
        "hs = [for v in widths {{ y -> Linear(v) }}]; y = cat([y, *hs], 1)",
    ),
    "k": (
        "if k > 1 {{ y = y -> Linear(2 * k) }}",
        "y = y -> Linear(k * C)",
        "for i in range(k) {{ if i > 0 {{ y = y -> tanh }}; y = y -> Linear(3) }}",
    ),
}
BOTH = (  # where one decision stands behind or inside of another
    ("if {a} {{ y = y -> Linear(4); if {b} {{ y = y -> Tanh }} }}"),
    ("if {a} and {b} {{ y = y -> Linear(5) }}"),
    ("if {a} or {b} {{ y = y -> Linear(5) }}"),
    ("if {a} {{ y = y -> tanh }} else if {b} {{ y = y -> Linear(4) }}"),
    ("u = (y -> Linear(4)) if {a} else (y -> Linear(4) -> Tanh); y = u * 2 if {b} else u"),
)
ASKED = {
    **{"hidden": "hidden is not None", "drop": "drop > 0", "norm": 'norm == "layer"', "act": 'act == "tanh"'},
    **{"n": "n > 1", "res": "res", "pool": "not pool", "Act": "Act is not None", "Norm": "Norm is None"},
    **{"widths": "widths", "k": "k != 1"},
}
INNER = """block Inner(out, wide=False, Last=None) {
    input x: [N, D]
    a: Linear(out)
    if wide { b: Linear(2 * out) }
    Last
}
"""
GIVEN = {
    **{"w": ("5", ("3", "6")), "p": ("0.25", ("0.5", "1.0")), "hid": ("None", ("4", "7")), "depth": ("1", ("2", "3"))},
    **{"flag": ("False", ("True",)), "kind": ("None", ('"layer"', '"batch"')), "sizes": ("[3, 4]", ("[3]", "[2, 5]"))},
}


def option_text_of(seed: int) -> str:
    """One block of some optional stages, used in a model up to three times; the model has up to two variants."""
    random = Random(seed)
    names = random.sample(sorted(VALUES), random.randint(2, 4))
    lines = [random.choice(STATEMENTS[name]).format() for name in names for _ in range(random.randint(0, 2))]
    for _ in range(random.randint(0, 2)):
        first, second = random.sample(names, 2)
        lines.append(random.choice(BOTH).format(a=ASKED[first], b=ASKED[second]))
    random.shuffle(lines)
    head = ", ".join(f"{name}={VALUES[name][0]}" for name in names)
    body = "".join(f"    {line}\n" for line in ["y = x", *lines, "y -> Linear(2)"])
    uses = []
    for _ in range(random.randint(1, 3)):
        given = random.sample(names, random.randint(0, len(names)))
        uses.append(f"B({', '.join(f'{name}={random.choice(VALUES[name][1])}' for name in given)})")
    own = [name for name in GIVEN if any(name in use for use in uses)] or ["w"]
    model = f"model M({', '.join(f'{name}={GIVEN[name][0]}' for name in own)}) {{\n    input x: [N, 6]\n"
    for _ in range(random.randint(0, 2)):
        first = random.choice(own)
        uses.append(f"if {first} {{ Linear(4) }}" if first in ("hid", "flag", "kind", "sizes") else f"Linear({own[0]})")
    if random.random() < 0.5:
        uses = [use if use.startswith(("if", "Linear(")) else f"for i in range(2) {{ {use} }}" for use in uses]
    model += "".join(f"    {use}\n" for use in uses if use != "Linear(p)") + "}\n"
    variants = ""
    for number in range(random.randint(0, 2)):
        some = random.sample(own, random.randint(1, len(own)))
        variants += f"model V{number} = M({', '.join(f'{name}={random.choice(GIVEN[name][1])}' for name in some)})\n"
    return f"{INNER}block B({head}) {{\n    input x: [N, C]\n{body}}}\n{model}{variants}"
