"""Loops in loops: random models with variants, whose class is for each the same network as if it were alone in its
file, and with other arguments what `load` gives for them.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import torch

import cnndsl

from ..compare import assert_same_network, assert_same_state
from ..expectations import report
from .test_parameters import assert_heeded

TORCHVISION = Path(__file__).parents[2] / "examples/torchvision"
UNITS = """
block Keep(scale) { input x: [N, C, H, W]; Conv2d(C, 1) -> mul(scale) }
block Grow(out, by=0) { input x: [N, C, H, W]; inner: Conv2d(C + by, 1) -> outer: Conv2d(out, 1) }
block Wide(out, by=0) { input x: [N, C, H, W]; Conv2d(out * 2, 1); if C == out { -> Conv2d(C, 1) } }
"""
STEPS = [
    "Conv2d(w * 2**i, 1)",
    "Unit(w + i)",
    "Unit(d, 1 if i == 0 else 2)",
    "Unit(w * 2**i) * d",
    "for j in range(d) { Unit(w * 2**i, j) }",
    "for j in range(d) { Unit(w + j) -> ReLU }",
    "for j in range(n) { Keep(0.1 * (i + j) / n) }",
    "for j in range(d) { Keep(w / (i + j + 1)) }",
    "for j in range(n) { for k in range(d) { Unit(w + k, j) } }",
    "if i > 0 { Grow(w * 2**i) }",
    "BatchNorm2d",
]


def program(rng: random.Random) -> tuple[str, list[str]]:
    """A model, and its variants."""
    steps = rng.sample(STEPS, rng.randint(1, 3))
    label = rng.choice(['"stage{i}": ', ""])
    stem = rng.choice(["Conv2d(w, 1)", "Conv2d(6, 1)", "ReLU"])
    body = f"for i, d in enumerate(ds) {{ {label}Sequential {{ {'; '.join(steps)} }} }}"
    body = body.replace(f"{label}Sequential", label) if label else f"g: {{ {body} }}"
    end = rng.choice(["", "; last: Conv2d(2, 1)", "; last: BatchNorm2d"])
    text = f"{UNITS}model Net(Unit=Grow, ds=[2, 3, 1], w=4, n=2) {{ input x: [N, 4, H, W]; {stem}; {body}{end} }}\n"
    given = [f"Unit={rng.choice(['Grow', 'Wide'])}", f"w={rng.randint(2, 6)}", "ds=[1, 4, 2]", "ds=[3, 1]", "n=3"]
    return text, [f"model Net{n} = Net({', '.join(rng.sample(given, 2))})\n" for n in "AB"]


def fits(text: str) -> bool:
    return bool(report(text).ok)


@pytest.mark.parametrize("seed", range(12))
def test_variants_are_what_they_are_alone(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3):
        text, variants = program(rng)
        whole = "".join([text, *variants])
        if not fits(whole):
            continue
        for variant in variants:
            name = variant.split()[1]
            torch.manual_seed(1)
            ours = cnndsl.loads(whole, model=name)
            torch.manual_seed(1)
            alone = cnndsl.loads(text + variant, model=name)
            try:
                assert_same_state(ours, alone)
                assert_same_network(ours, alone, [(3, 4, 5, 5)])
            except Exception as error:
                raise AssertionError(whole) from error


@pytest.mark.parametrize("seed", range(100, 112))
def test_the_class_is_what_load_gives(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3):
        text, _ = program(rng)
        if fits(text):
            assert_heeded(text, {"ds": [1, 0, 2], "w": 5, "n": 1})


@pytest.mark.parametrize("family", ["resnet", "convnext", "efficientnet"])
def test_names_are_words(family: str) -> None:
    """What flows on from round to round has one name, and no loop has a variable with a number behind it."""
    text = cnndsl.compile(TORCHVISION / f"{family}.cnn")
    heads = re.findall(r"^ +for (?:\(\n)?([\w, ()\n]+?) in ", text, re.M)
    names = {name for head in heads for name in re.findall(r"\w+", head)}
    assert not {name for name in names if re.search(r"\w{3}\d$", name)}
    assert "in_channels2" not in text
