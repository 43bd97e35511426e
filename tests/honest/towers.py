"""Random models that stack blocks which decide by their sizes: `ResNet`-like. A seed is a text."""

from __future__ import annotations

from random import Random

CONDITIONS = (
    "C != out", "stride != 1 or C != out", "stride == 1 and C == out", "expand != 1", "hidden != C", "C > out", "se",
    "k > 1", "C == out", "not se", "out > 8", "stride == 2",
)  # fmt: skip
SIZES = ("out", "hidden", "C", "2 * out", "C + out", "out // 2 + 1")
ARMS = (
    "y = y -> Conv2d({s}, 1)",
    "y = y -> Conv2d({s}, 3, stride, 1)",
    "y = y -> BatchNorm2d",
    "y = y -> MaxPool2d(3, 1, 1)",
    "y = y -> AvgPool2d(2)",
    "y = y -> Sequential {{ Conv2d({s}, 1) -> ReLU }}",
    "x = x -> Conv2d({s}, 1, stride)",
    "y = y -> Inner({s}, se)",
    "y = y -> dropout(0.5)",
)
STATEMENTS = (
    *ARMS,
    "if {c} {{ {a} }}",
    "if {c} {{ {a} }}",
    "if {c} {{ {a} }} else {{ {b} }}",
    "y = y -> Sequential {{ if {c} {{ Conv2d({s}, 1) }}; ReLU }}",
    "for i in range(2) {{ if {c} {{ {a} }} }}",
    "for i in range(k) {{ {a} }}",
    "y = (y -> Conv2d({s}, 1)) if {c} else y",
    "x = (x -> Conv2d({s}, 1)) if {c} else (x -> Conv2d({s}, 3, padding=1))",
    "y = (x + y if {c} else y)",
    "if {c} {{ {a}; return y }}",
    "if {c} {{ return x }} else {{ {a} }}",
    'x = x -> Conv2d(C, k, groups=C, padding="same")',
)
ENDS = ("y -> Conv2d(out, 1)", "y", "y = y -> Conv2d(out, 1, stride); x = x -> Conv2d(out, 1, stride); y + x",
        "if C != out or stride != 1 { x = x -> down: Conv2d(out, 1, stride) }; y = y -> Conv2d(out, 1, stride); y + x",
        "y = y -> Conv2d(out, 1); if stride == 1 and C == out { y = x + y }; y",
        "y = y -> Conv2d(out, 1, stride); x + y if stride == 1 and C == out else y",
        "y = y -> Conv2d(out, 1, stride); if stride == 1 and C == out { return x + y }; y",
        "if C == out { return x + (y -> Conv2d(out, 1)) }; y -> Conv2d(out, 1, stride)")  # fmt: skip
INNER = """
block Inner(out, wide=False) {
    input x: [N, D, H, W]
    a: Conv2d(out, 1)
    if wide { b: Conv2d(2 * out, 1) -> c: Conv2d(out, 1) }
    if D == out { -> add(x) }
}
"""
USES = (
    "B(width)", "B(width, 2)", "B(2 * width)", "B(width * 2 ** i, 1 if i == 0 else 2)", "B(width, expand=2)",
    "B(width, se=True)", "B(width, k=2)", "B(width, k=kernel)", "B(8)", "B(width, se=flag)", "B(out=width, k=1)",
)  # fmt: skip
STACKS = (
    "for i in range(depth) {{ {u} }}",
    "for i in range(depth) {{ {u} -> {v} }}",
    '"l": {{ for i in range(depth) {{ {u} }} }}',
    'for i in range(2) {{ "l{{i}}": {{ {u} -> {v} * (depth - 1) }} }}',
    'for i, d in enumerate(depths) {{ "l{{i}}": {{ {u} -> {v} * d }} }}',
    "for i, d in enumerate(depths) {{ for j in range(d) {{ {u} }}; {v} }}",
    "i = 1; {u} -> {v} -> {u}",
)
HEADS = ("AdaptiveAvgPool2d(1) -> Flatten -> Linear(3)", "Conv2d(3, 1)", "ReLU", "-> mean([2, 3]) -> Linear(width)")


def tower_of(seed: int) -> str:
    """A block that decides, in a stack whose widths, depths and kernels are arguments of the model."""
    random = Random(seed)

    def filled(form: str) -> str:
        return form.format(
            c=random.choice(CONDITIONS),
            s=random.choice(SIZES),
            a=random.choice(ARMS).format(s=random.choice(SIZES)),
            b=random.choice(ARMS).format(s=random.choice(SIZES)),
        )

    body = [filled(random.choice(STATEMENTS)) for _ in range(random.randint(1, 3))]
    lines = "".join(f"    {line}\n" for line in [*body, random.choice(ENDS)])
    block = "block B(out, stride=1, expand=1, k=1, se=False) {\n    input x: [N, C, H, W]\n    hidden = C * expand\n"
    stack = random.choice(STACKS).format(u=random.choice(USES), v=random.choice(USES).replace("i ", "1 "))
    model = (
        "model M(width=6, depth=3, depths=[2, 1, 2], kernel=3, flag=False) {\n    input x: [N, 3, H, W]\n"
        f"    Conv2d(width, 3, padding=1)\n    {stack}\n    {random.choice(HEADS)}\n}}\n"
    )
    return f"{INNER}{block}    y = x\n{lines}}}\n{model}"
