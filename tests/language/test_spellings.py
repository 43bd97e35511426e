"""Random expressions over parameters: what the generated class computes is what `load` computes, for other values."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

import cnndsl

from ..compare import assert_same_layout
from .test_parameters import entry, takes

DEFS = """
def rounded(v, divisor=4) {
    n = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return n + divisor if n < 0.9 * v else n
}
def stepped(a, b) {
    if a > b { return a - b }
    c = rounded(b - a + 1, 2)
    return c
}
block Unit(out, k=1, drop=0.0) {
    input x: [N, C, H, W]
    y = Conv2d(max(1, out), k, padding=k // 2) -> Dropout(drop)
    if C != max(1, out) { x = x -> down: Conv2d(max(1, out), 1) }
    y + x
}
block Mid(ratio, ws) {
    input x: [N, C, H, W]
    inner = max(1, round(C * ratio))
    Conv2d(inner, 1) -> Conv2d(ws[0], 1) -> Conv2d(inner + len(ws), 1)
}
"""


class Writer:
    """Texts of expressions. `names` are whole numbers that are at hand."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def number(self, names: list[str], depth: int = 2) -> str:
        rng = self.rng
        if not depth or rng.random() < 0.25:
            return rng.choice([*names, str(rng.randint(1, 6))])
        a, b = (self.number(names, depth - 1) for _ in range(2))
        return rng.choice(
            [
                f"({a} + {b})", f"({a} * {b})", f"({a}) // 2", f"({a}) % 3", f"2**(({a}) % 4)", f"(({a}) % 3)**2",
                f"min({a}, {b})", f"max({a}, {b})", f"abs({a} - {b})", f"round({a} * p)", f"int({a} * 1.5)",
                f"({a} if {self.condition(names, depth - 1)} else {b})", "len(ws)", "sum(ws)", "max(ws)", "ws[0]",
                f"ws[({a}) % len(ws)]", f"rounded({a})", f"rounded({a} * p, 2)", f"stepped({a}, {b})",
                f"ceil({a} / 2)", f"[3, 5, 7][({a}) % 3]", f"(0 or {a})", f"({a} and {b})",
            ]
        )  # fmt: skip

    def condition(self, names: list[str], depth: int = 1) -> str:
        rng = self.rng
        a, b = (self.number(names, depth) for _ in range(2))
        first = rng.choice(
            [f"{a} {sign} {b}" for sign in ("<", ">=", "==", "!=")] + ["flag", "not flag", "opt is None"]
        )
        return rng.choice([first, f"({first} and {a} > 1)", f"({first} or {b} == 2)", f"not ({first})"])

    def stage(self, names: list[str]) -> str:
        n = self.number(names)
        return self.rng.choice(
            [
                f"Conv2d(max(1, {n}), 1)",
                f"Conv2d(max(1, {n}), 1) -> Dropout(p * {self.number(names, 1)} / 1000)",
                f"Unit({n}, drop=p / 9)",
                f"Unit({n}, 2 * (({self.number(names, 1)}) % 3) + 1)",
                f"Mid(p, [{self.number(names, 0)}, 2])",
            ]
        )

    def text(self) -> str:
        rng = self.rng
        names = ["n", "m"]
        body = [self.stage(names) for _ in range(rng.randint(1, 2))]
        if rng.random() < 0.4:
            body.append(f"inner = {self.number(names)}; Conv2d(max(1, inner), 1) -> Conv2d(max(1, inner * 2), 1)")
        if rng.random() < 0.6:
            inner = [self.stage([*names, "i", "w"]) for _ in range(rng.randint(1, 2))]
            group = rng.choice(["g: { %s }", "%s"])
            body.append(group % f"for i, w in enumerate(ws) {{ {'; '.join(inner)} }}")
        if rng.random() < 0.3:
            body.append(f"h: {{ Conv2d(3, 1) * (({self.number(names, 1)}) % 3) }}")
        if rng.random() < 0.4:
            body.append(f"if {self.condition(names)} {{ a: Conv2d(2, 1) }} else {{ b: Conv2d(2, 1) }}")
        body.append("Conv2d(2, 1)")
        head = "model Net(n=4, m=3, p=0.5, ws=[2, 3, 4], flag=True, opt=None)"
        return f"{DEFS}{head} {{\n    input x: [N, 3, H, W]\n    " + "\n    ".join(body) + "\n}\n"

    def values(self) -> dict[str, Any]:
        rng = self.rng
        return {
            "n": rng.randint(1, 9), "m": rng.randint(1, 9), "p": rng.choice([0.25, 0.75, 1.5]), "flag": False, "opt": 3,
            "ws": [rng.randint(1, 9) for _ in range(rng.randint(1, 5))],
        }  # fmt: skip


def tried(seed: int) -> Counter[str]:
    """Compares one random network with `load` for other values; gives how often each parameter was an argument."""
    writer = Writer(seed)
    text = writer.text()
    kept: Counter[str] = Counter()
    try:
        make = entry(cnndsl.loads(text, model="Net"))
    except cnndsl.CnnError:
        return kept
    for _ in range(3):
        given = {name: value for name, value in writer.values().items() if name in takes(make)}
        alone = [{name: value} for name, value in given.items()]
        for some in (*alone, given):
            try:
                wanted = cnndsl.loads(text, model="Net", **some)
            except cnndsl.CnnError:
                continue
            try:
                if (ours := made(make, some)) is None:
                    continue
                assert_same_layout(ours, wanted)
                assert repr(ours) == repr(wanted)
            except Exception as error:
                raise AssertionError(f"seed {seed}: {some}\n{text}") from error
            kept.update(list(some))
    return kept


def made(make: Any, values: dict[str, Any]) -> Any:
    """The module of a class; None where it says that no use in the file needed what these values want."""
    try:
        return make(**values)
    except ValueError as error:
        if "is not made for" in str(error) or "is made only where" in str(error):
            return None
        raise


@pytest.mark.parametrize("seed", range(12))
def test_what_a_class_computes_is_what_load_computes(seed: int) -> None:
    for number in range(seed * 4, seed * 4 + 4):
        tried(number)


def test_parameters_are_arguments() -> None:
    kept = sum(map(tried, (3, 4, 18, 47)), Counter[str]())
    assert kept.keys() >= {"n", "m", "p", "ws"}
