"""Models with arms that only some of the file's values reach: what hands a parameter on there, and which values were
seen together. Each class, built with all combinations, is what the text says with these, or refuses."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from random import Random
from typing import Any, NamedTuple

import torch
from torch import nn

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

SHAPE = (2, 3, 12, 12)


class Kind(NamedTuple):
    """What is handed on: its name, two values, what reads it; and definitions that it needs."""

    name: str
    values: tuple[str, str]
    reads: str  # stages on `[N, C, H, W]`
    items: str = ""


KINDS = {
    "a layer": Kind("V", ("SiLU", "ReLU"), "Conv2d(out, 1) -> act: V"),
    "a norm": Kind("V", ("BatchNorm2d", "InstanceNorm2d"), "Conv2d(out, 1) -> n: V"),
    "None or a layer": Kind("V", ("None", "ReLU"), "Conv2d(out, 1) -> act: V"),
    "a layer or None": Kind("V", ("ReLU", "None"), "Conv2d(out, 1) -> act: V"),
    "asked for None": Kind("V", ("None", "ReLU"), "Conv2d(out, 1); if V is not None { V -> Conv2d(out, 1) }"),
    "other arguments": Kind("V", ("BatchNorm2d", "GroupNorm(2)"), "Conv2d(out, 1) -> n: V"),
    "a number in a template": Kind("V", ("LeakyReLU(0.1)", "LeakyReLU(0.2)"), "Conv2d(out, 1) -> V"),
    "several uses": Kind("V", ("SiLU", "ReLU"), "Conv2d(out, 1) -> V -> Conv2d(out, 1) -> V"),
    "a block": Kind(
        "V",
        ("P", "Q"),
        "Conv2d(out, 1) -> m: V",
        "block P { input x; Conv2d(8, 1) }\nblock Q { input x; Conv2d(8, 1) -> Tanh }\n",
    ),
    "a block with arguments": Kind(
        "V", ("P(3)", "P(1)"), "Conv2d(out, 1) -> m: V", "block P(k=3) { input x; Conv2d(8, k, padding=k // 2) }\n"
    ),
    "a group block": Kind(
        "V",
        ("P", "Q"),
        "Conv2d(out, 1) -> V",
        "block P = { Conv2d(8, 1) -> ReLU }\nblock Q = { Conv2d(8, 1) -> Tanh }\n",
    ),
    "an optional number": Kind("v", ("None", "0.5"), "Conv2d(out, 1); if v is not None { Hardtanh(-v, v) }"),
    "an optional number, given first": Kind(
        "v", ("0.5", "None"), "Conv2d(out, 1); if v is not None { Hardtanh(-v, v) }"
    ),
    "an optional width": Kind("v", ("None", "5"), "Conv2d(out if v is None else v, 1) -> Conv2d(out, 1)"),
    "a text that decides": Kind("v", ('"a"', '"b"'), 'Conv2d(out, 1); if v == "a" { ReLU } else { Tanh }'),
    "a text": Kind("v", ('"zeros"', '"reflect"'), "Conv2d(out, 3, padding=1, padding_mode=v)"),
    "a list": Kind("v", ("[8, 8]", "[4, 8, 8]"), "for w in v { Conv2d(w, 1) }; Conv2d(out, 1)"),
    "a list of as many": Kind("v", ("[8, 6]", "[4, 7]"), "for w in v { Conv2d(w, 1) }; Conv2d(out, 1)"),
    "a list of layers": Kind("v", ("[ReLU, Tanh]", "[SiLU, SiLU]"), "for A in v { Conv2d(out, 1) -> A }"),
    "a flag": Kind("v", ("True", "False"), "Conv2d(out, 1, bias=v); if v { ReLU }"),
    "a number": Kind("v", ("3", "5"), "Conv2d(out, v, padding=v // 2) -> mul(v)"),
    "a number that decides": Kind("v", ("1", "2"), "Conv2d(out, 1); if v > 1 { Tanh }"),
    "a count": Kind("v", ("1", "2"), "for i in range(v) { Conv2d(out, 1) }; Tanh"),
    "a parameter": Kind(
        "v", ("None", "0.5"), "y = Conv2d(out, 1); if v is not None { param g: [1] = v; y = y * g }; y -> Tanh"
    ),
    "a start": Kind("v", ("0.5", "0.1"), "Conv2d(out, 1); init { Conv2d.weight: constant(v) }"),
    "a maker of weights": Kind(
        "v",
        ('"a"', '"b"'),
        'Conv2d(out, 1); init { if v == "a" { Conv2d.weight: zeros } else { Conv2d.weight: ones } }',
    ),
}
DEEP = "block Deep(out, V) { input x: [N, C, H, W]; x -> READS }\n"
WAYS: dict[str, tuple[str, str]] = {  # definitions beside, and the arm
    "a block": (DEEP, "body: Deep(out, V)"),
    "by name": (DEEP, "body: Deep(out, V=V)"),
    "repeated": (DEEP, "body: Deep(out, V) * 2"),
    "in a loop": (DEEP, 'for i in range(2) { "body{i}": Deep(out, V) }'),
    "in a long loop": (DEEP, "for i in range(4) { Deep(out, V) }"),
    "in a group": (DEEP, "body: { Deep(out, V) -> Conv2d(out, 1) }"),
    "two levels": (DEEP + "block Mid(out, V) { input x; Deep(out, V) -> Conv2d(out, 1) }\n", "body: Mid(out, V)"),
    "a default between": (
        DEEP + "block Mid(out, V=A) { input x; Deep(out, V) -> Conv2d(out, 1) }\n",
        "body: Mid(out, V)",
    ),
    "flat": ("", "READS"),
    "a group block": ("block Deep(out, V) = { READS -> Conv2d(out, 1) }\n", "body: Deep(out, V)"),
    "a group block, twice": (
        "block Deep(out, V) = { READS -> Conv2d(out, 1) }\n",
        "a: Deep(out, V) -> b: Deep(out, V)",
    ),
    "in a template": (
        DEEP + "block Wrap(M) { input x; M -> Tanh }\n",
        "body: Wrap(Deep(out, V))",
    ),
    "a template of its own": (DEEP, "Row = Deep(V=V); a: Row(out) -> b: Row(out)"),
    "an alias": (DEEP + "block Row(out, V) = Deep(out, V)\n", "body: Row(out, V)"),
    "two decisions": (DEEP, "if out > 4 { body: Deep(out, V) } else { Conv2d(out, 1) }"),
    "in branches": (DEEP, "ys = [a: Deep(out, V), b: Conv2d(out, 1)]; sum(ys)"),
}
ARMS = {  # what decides, its two values, and the text around the arm and the other way
    "an if": ("deep", ("False", "True"), "if deep { ARM } else { OTHER }"),
    "an else": ("flat", ("True", "False"), "if flat { OTHER } else { ARM }"),
    "a loop that turns": ("n", ("0", "1"), "OTHER; for i in range(n) { ARM }"),
    "a text": ("how", ('"flat"', '"deep"'), 'if how == "deep" { ARM } else { OTHER }'),
    "None": ("p", ("None", "0.5"), "if p is not None { ARM -> Hardtanh(-p, p) } else { OTHER }"),
}
OTHERS = {"reads it, too": "READS", "does without": "conv0: Conv2d(out, 1)"}
PLACES = ("in a block", "in the model")
SEEN = {  # which of (arm, value) variants have beside the model itself, (0, 0)
    "each alone": [(1, 0), (0, 1)],
    "only together": [(1, 1)],
    "the arm with both": [(1, 0), (1, 1)],
    "the arm with the other": [(0, 1), (1, 1)],
}


class Net(NamedTuple):
    """A text, and what its variants give: places in the two values of the arm, and in those of what is handed on."""

    text: str
    arm: tuple[str, tuple[str, str]]
    kind: Kind
    seen: Sequence[tuple[int, int]]

    def given(self, arm: int, value: int) -> str:
        return f"{self.arm[0]}={self.arm[1][arm]}, {self.kind.name}={self.kind.values[value]}"

    @property
    def probed(self) -> str:
        """The text with a model for each combination."""
        return self.text + "".join(f"model Probe{a}{v} = Net({self.given(a, v)})\n" for a, v in product((0, 1), (0, 1)))


def every_net() -> list[tuple[str, ...]]:
    """The names that `net_of` takes."""
    return [*product(KINDS, WAYS, ARMS, OTHERS, SEEN, PLACES)]


def net_of(kind_name: str, way: str, arm: str, other: str, seen: str, place: str) -> Net:
    """A model with an arm, in a block or in itself."""
    kind, is_flat, (items, inside) = KINDS[kind_name], place == "in the model", WAYS[way]
    (decides, values, around), first = ARMS[arm], kind.values[0]
    body = around.replace("ARM", inside).replace("OTHER", OTHERS[other])
    params = f"{decides}={values[0]}, V={first}"
    unit = f"block Unit(out, {params}) {{ input x: [N, C, H, W]; h = x -> Conv2d(out, 1); {body} }}\n"
    inner = f"out = 8; Conv2d(out, 1); {body}" if is_flat else f"Unit(8, {decides}, V)"
    given = (f"{decides}={values[1]}", f"V={kind.values[1]}")
    text = kind.items + items + ("" if is_flat else unit)
    text += f"model Net({params}) {{ input x: [N, 3, H, W]; {inner} }}\n"
    for pair in SEEN[seen]:
        fixed = ", ".join(text for text, is_given in zip(given, pair, strict=True) if is_given)
        text += f"model Net{pair[0]}{pair[1]} = Net({fixed})\n"
    text = text.replace("READS", kind.reads).replace("A) {", f"{first}) {{")
    text = re.sub(r"\bV\b", kind.name, text)
    return Net(text, (decides, values), kind, SEEN[seen])


def wrong_in(net: Net) -> Iterator[str]:
    """What the class builds that is not what the text says, without a word."""
    made: dict[str, Any] = {"__name__": "tests.armed"}
    exec(compiled(Source("arms.cnn", net.text), None, {})[0], made)
    for a, v in product((0, 1), (0, 1)):
        said = None
        for how, make in ways_to(net, made, a, v):
            try:
                built = make()
            except (ValueError, TypeError, RuntimeError):
                continue
            said = said or cnndsl.loads(net.probed, model=f"Probe{a}{v}")
            if difference := differs(built, said):
                yield f"{how}: {difference}"


def ways_to(net: Net, made: Mapping[str, Any], arm: int, value: int) -> Iterator[tuple[str, Any]]:
    """The calls that ask for a combination: of the class, and of the functions of variants that leave it open."""
    asked = {net.arm[0]: (arm, net.arm[1]), net.kind.name: (value, net.kind.values)}
    for name, fixed in (("Net", (0, 0)), *((f"net{a}{v}", (a, v)) for a, v in net.seen)):
        if name not in made or any(is_fixed and not n for is_fixed, (n, _) in zip(fixed, asked.values(), strict=True)):
            continue
        taken, given, left = inspect.signature(made[name]).parameters, dict[str, Any](), False
        for is_fixed, (key, (n, texts)) in zip(fixed, asked.items(), strict=True):
            if is_fixed or (not n and key.lower() not in taken):
                continue
            found = value_of(texts[n], made)
            if key.lower() in taken and found is not Ellipsis:
                given[key.lower()] = found
            elif n:
                left = True
        if not left:
            yield f"{name}({', '.join(f'{k}={v}' for k, v in given.items())})", partial(made[name], **given)


def value_of(text: str, made: Mapping[str, Any]) -> Any:
    """A value in Python; ... where there is none, as of a template with arguments."""
    if text[0] == "[" and text[1].isalpha():
        return ...
    if text[0].isalpha() and text not in ("None", "True", "False"):
        return made.get(text, made.get(text.lower(), getattr(nn, text, ...)))
    return eval(text)


def differs(built: nn.Module, said: nn.Module) -> str:
    """How a module is another network than another one; '' if it is not."""
    ours, theirs = built.state_dict(), said.state_dict()
    if {k: v.shape for k, v in ours.items()} != {k: v.shape for k, v in theirs.items()}:
        return f"{sorted(ours)}, not {sorted(theirs)}"
    for key in (key for key in ours if "weight" in key and len({*ours[key].flatten().tolist()}) == 1):
        if not torch.equal(ours[key], theirs[key]):
            return f"{key} begins otherwise"
    said.load_state_dict(ours)
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))
    results = []
    for module in (built, said):
        try:
            results.append(module.eval()(x))
        except (ValueError, TypeError, RuntimeError) as error:
            results.append(error)
    if isinstance(results[0], Exception):
        return ""
    if isinstance(results[1], Exception):
        return f"runs, where the text has {results[1]}"
    a, b = results
    return "" if a.shape == b.shape and torch.equal(a, b) else "gives something else"


def main() -> None:
    """`python -m tests.honest.arms SEED COUNT [NAME…]`: what is wrong in random nets, of those with these names."""
    seed, count, *words = sys.argv[1:]
    drawn = [names for names in every_net() if all(word in names for word in words)]
    Random(seed).shuffle(drawn)
    for names in drawn[: int(count)]:
        try:
            for line in wrong_in(net_of(*names)):
                print(*names, line, sep=" | ", flush=True)
        except cnndsl.CnnError as error:
            print(*names, error.problems[0].code, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
