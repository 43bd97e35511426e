"""Random texts whose blocks compute with their parameters in every way that the language has. A seed is a text."""

from __future__ import annotations

from random import Random

NUMBERS = (
    "k", "k + C", "2 * k", "k * k", "k ** 2", "max(k, 3)", "min(k, 6)", "C // k + 1", "int(k * r) + 1", "widths[0]",
    "widths[-1]", "len(widths)", "sum(widths)", "k if wide else C", "k % 3 + 1", "scaled(k, r)", "abs(k - C) + 1",
    "round(k * r) + 1", "widths[0] + k", "4 if k > 2 else 7", "max(widths)", "int(sqrt(k)) + 1", "C", "ceil(k / 2)",
)  # fmt: skip
FRACTIONS = (
    *("r", "r * 2", "k ** -0.5", "1 / k", "C ** -0.5", "r if wide else 0.5", "k / 4", "sqrt(k)"),
    "1 / len(widths)",
)
STATEMENTS = (
    "y = y -> Linear({n})",
    "y = y -> Linear({n}) -> Linear({n})",
    "y = y -> mul({f})",
    "y = y -> LayerNorm(eps={f})",
    "y = y -> Unit({n})",
    "y = y -> Unit({n}, r)",
    "for w in widths {{ y = y -> Linear(w) -> ReLU }}",
    "for i, w in enumerate(widths) {{ y = y -> Linear(w + i) }}",
    'for w in widths {{ y = y -> "a{{w}}_{{{{i}}}}": Linear(w) }}'.replace("_{{{{i}}}}", ""),
    "for i in range(k) {{ y = y -> Linear({n}) }}",
    "for i in range(2) {{ y = y -> Linear({n}) -> tanh }}",
    "g = [for i in range(k) {{ y -> Linear(4) }}]; y = sum(g)",
    "gs = [for w in widths {{ y -> Linear(w) }}]; y = cat([y, *gs], 1)",
    "gs = [y -> Linear({n}), for i in range(k) {{ y -> Linear({n}) -> relu }}]; y = cat([*gs, y], 1)",
    "gs = [for i in range(k) {{ y -> Linear(4) }}]; y = sum([for i, g in enumerate(gs) {{ g * (i + 1) }}])",
    "a, b = [for w in [k, {n}] {{ y -> Linear(w) -> Linear(3) }}]; y = a * b",
    "if wide {{ y = y -> Linear({n}) }}",
    "if k > 2 {{ y = y -> Linear({n}) }} else {{ y = y -> mul({f}) }}",
    "if r > 0.5 {{ y = y -> Linear({n}) }}",
    "if C != k {{ y = y -> Linear(k) }}",
    "m = {n}; y = y -> Linear(m) -> Linear(m + 1)",
    "if k > 2 {{ m = {n} }} else {{ m = 5 }}; y = y -> Linear(m)",
    "y = y -> Linear(widths[0]) -> Linear(widths[1])",
    "y = y -> {{ Linear({n}) * 2 -> ReLU }}".replace("y -> {{", "y -> Sequential {{"),
    "y = y -> Sequential {{ for w in widths {{ Linear(w) -> Act }} }}",
    "y = y -> Sequential {{ Linear({n}) * k }}",
    "y = y -> Act -> Linear({n})",
    "y = y -> Wrap(Linear({n}), k)",
    "y = y -> Wrap(Unit({n}, ratio=r), {n})",
    "for L in [Linear({n}), Unit(k)] {{ y = y -> Wrap(L, 2) }}",
    "param p: [{n}] = {f}; y = y -> Linear({n}) -> add(p)",
    "for w in [k, k * 2, {n}] {{ y = y -> Linear(w) }}",
    "for w in [k, {n}] {{ y = y -> Linear(w) -> Linear(w * 2) }}; y = y -> Linear({n})",
    "ws = [{n}, k, 7]; for i, w in enumerate(ws) {{ y = y -> Linear(w + i) }}; y = y -> Linear(ws[-1])",
    "ws = [k, {n}, 2 * k]; for v, w in zip(ws, reversed(ws)) {{ y = y -> Linear(v) -> Linear(v + w) }}",
    "for w in widths[::-1] {{ y = y -> Linear(w) }}",
    "for w in widths[1:] {{ y = y -> Linear(w) -> Linear(3) }}; y = y -> Linear(widths[-1])",
    "for v, w in zip(widths[:-1], widths[1:]) {{ y = y -> Linear(v) -> Linear(w) }}",
    "for w in reversed([*widths, {n}]) {{ y = y -> Linear(w) }}",
    "for w in widths + [{n}] {{ y = y -> Linear(w) }}",
    "ws = [for i in range(k) {{ {n} + i }}]; for w in ws {{ y = y -> Linear(w) }}",
    "ws = [for w in widths {{ 2 * w }}]; for w in ws {{ y = y -> Linear(w) }}",
    "hs = []; for w in widths {{ y = y -> Linear(w); hs = [*hs, y -> Linear({n})] }}; y = cat(hs, 1)",
    "hs = []; for w in [k, {n}, k + 1] {{ hs = [*hs, y]; y = y -> Linear(w) }}; for h in hs {{ y = cat([y, h], 1) }}",
    "y = y -> Sequential {{ for w in widths {{ if w > 4 {{ Linear(w) }} else {{ ReLU }} }} }}",
    "hs = []; for i in range(k) {{ y = y -> Linear(5); hs = [*hs, y] }}; y = sum(hs)",
    "hs = [y]; for i in range(k) {{ y = cat(hs, 1) -> Linear({n}); hs = [*hs, y] }}; y = cat(hs, 1)",
    "hs = []; for i in range(k) {{ hs = [*hs, y -> Linear({n})] }}; y = stack(hs, 1) -> flatten(1)",
    "hs = []; for i in range(k) {{ y = y -> Linear({n} + i); hs = [*hs, y] }}\n"
    "    for i, h in enumerate(reversed(hs)) {{ y = cat([y, h], 1) -> Linear(i + 2) }}",
    "hs = []; for w in widths {{ y = y -> Linear(w); hs = [*hs, y] }}\n"
    "    y = (hs[0] -> Linear({n})) + (hs[-1] -> Linear({n})); for h in hs[:-1] {{ y = y + (h -> Linear({n})) }}",
    "hs = []; for w in [*widths, {n}] {{ y = y -> Linear(w); hs = [*hs, y] }}\n"
    "    for w, h in zip(reversed(widths), reversed(hs)) {{ y = cat([y, h], 1) -> Linear(w) }}",
)
UNIT = """
block Unit(out, ratio=0.5) {
    input x: [N, D]
    a: Linear(out)
    if ratio > 0.4 { b: Linear(int(out * ratio) + 1) }
}
block Wrap(L, n) { L -> mul(n) -> L }
def scaled(v, by) {
    n = max(2, int(v * by + 1) // 2 * 2)
    if n < v { n = n + 1 }
    return n
}
"""
USES = (
    "k=3",
    "k=4, wide=True",
    "k=2, r=0.5",
    "k=3, widths=[5, 3]",
    "k=6, widths=[2, 4, 3]",
    "k=3, widths=[5, 6, 7]",
    "k=w",
    "k=3, Act=Tanh",
    "k=3, Act=LeakyReLU(s)",
    "k=w, Act=Unit(w, s)",
    "k=2, Act=Unit(4, ratio=s * 2)",
)


def text_of(seed: int) -> str:
    """One block of some statements, used in a model once to three times."""
    random = Random(seed)
    body = [
        random.choice(STATEMENTS).format(n=random.choice(NUMBERS), f=random.choice(FRACTIONS))
        for _ in range(random.randint(1, 3))
    ]
    lines = "".join(f"    {line}\n" for line in body)
    block = f"block B(k, r=0.25, widths=[4, 6], wide=False, Act=ReLU) {{\n    input x: [N, C]\n    y = x\n{lines}"
    uses = [random.choice(USES) for _ in range(random.randint(1, 3))]
    chain = " -> ".join(f"B({use})" for use in uses)
    return f"{UNIT}{block}    return y\n}}\nmodel M(w=5, s=0.2) {{\n    input x: [N, 6]\n    {chain} -> Linear(2)\n}}\n"
