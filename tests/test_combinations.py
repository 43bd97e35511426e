"""A class that was made of several uses is, built with any arguments together, what the text says with all of these."""

from __future__ import annotations

import inspect
from itertools import product
from typing import Any

import pytest
import torch

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

from .compare import assert_equal, assert_same_layout

FLAGS = (False, True)
STAGES = """
block Stages(a=False, b=False, c=False) {
    input x: [N, C]
    if a { Tanh }
    if b { Sigmoid }
    if c { Softplus }
    Linear(2)
}
"""
NAMED = """
block Layer(k=3, norm=None, act=True) {
    input x: [N, C, L]
    y = Conv1d(C, k, padding=k // 2)
    if norm == "batch" { y = y -> BatchNorm1d } else if norm == "layer" { y = y -> GroupNorm(1) }
    if act { y = y -> ReLU }
    if k > 3 { y = y + x }
    y
}
"""
HEAD = """
block Head(hidden=None, drop=0.0) {
    input x: [N, D]
    if hidden is not None { Linear(hidden) -> ReLU }
    if drop > 0 { Hardtanh(-drop, drop) }
    Linear(2)
}
"""
PAIRS = """
block Pairs(a=False, b=False, c=False) {
    input x: [N, C]
    ys = [x, x -> Tanh]
    if a { ys = [x -> Sigmoid, x] }
    z = ys[0] if b else ys[1]
    if c { z = z -> Softplus -> add(ys[0]) }
    z -> Linear(2)
}
"""
INNER = """
block Inner(a=False, b=False, c=False) {
    input x: [N, C]
    y = x
    if a { y = y -> Tanh; if b { y = y -> Sigmoid } } else if b { y = y -> Softplus }
    if c { y = y -> mul(2) -> Hardtanh }
    if a { y = y + x }
    y -> Linear(2)
}
"""
COUNTED = """
block Counted(n=2) {
    input x: [N, C]
    y = x
    if n { y = y -> Linear(2 * C) }
    z = if n { y -> Linear(C) -> add(x) } else { x }
    if n > 1 { z = y -> Linear(C) -> add(z) }
    z -> Linear(2)
}
"""
BLOCKS: dict[str, tuple[str, str, dict[str, Any], dict[str, tuple[Any, ...]]]] = {
    "stages, one in each use": (
        STAGES + "model M { input x: [N, 4]; return Stages()(x), Stages(a=True)(x), Stages(b=True)(x), "
        "Stages(c=True)(x) }",
        "Stages",
        {},
        {"a": FLAGS, "b": FLAGS, "c": FLAGS},
    ),
    "stages, two in each use": (
        STAGES + "model M { input x: [N, 4]; return Stages(True, True)(x), Stages(False, True, True)(x), "
        "Stages(True, False, True)(x) }",
        "Stages",
        {},
        {"a": FLAGS, "b": FLAGS, "c": FLAGS},
    ),
    "a head": (
        HEAD + "model M(drop=0.0) { input x: [N, 4]; return Head()(x), Head(4, drop)(x), Head(drop=0.5)(x) }",
        "Head",
        {},
        {"hidden": (None, 4), "drop": (0.0, 0.2)},
    ),
    "a named value": (
        NAMED + "model M { input x: [N, 4, L]; Layer() -> Layer(5) -> Layer(act=False) -> "
        'Layer(norm="batch", act=False) -> Layer(norm="layer", act=False) }',
        "Layer",
        {},
        {"k": (1, 3, 5), "norm": (None, "batch", "layer"), "act": FLAGS},
    ),
    "lists, and one of two": (
        PAIRS + "model M { input x: [N, 4]; return Pairs()(x), Pairs(True)(x), Pairs(b=True)(x), Pairs(c=True)(x) }",
        "Pairs",
        {},
        {"a": FLAGS, "b": FLAGS, "c": FLAGS},
    ),
    "decisions in others": (
        INNER + "model M { input x: [N, 4]; return Inner()(x), Inner(True)(x), Inner(b=True)(x), Inner(c=True)(x), "
        "Inner(True, True)(x) }",
        "Inner",
        {},
        {"a": FLAGS, "b": FLAGS, "c": FLAGS},
    ),
    "a number that is asked whether it is 0": (
        COUNTED + "model M { input x: [N, 4]; return Counted(0)(x), Counted(1)(x), Counted(2)(x) }",
        "Counted",
        {},
        {"n": (0, 1, 2, 3)},
    ),
}
VARIANTS = """
model Net(a=False, b=False, c=False) {
    input x: [N, 4]
    if a { Linear(4) }
    if b { Tanh }
    if c { Sigmoid }
    Linear(2)
}
model A = Net(a=True)
model B = Net(b=True)
model C = Net(c=True)
"""
FACTORIES = """
block Head(classes, drop=0.0, hidden=None) {
    input x: [N, D]
    if hidden is not None { Linear(hidden) -> ReLU }
    if drop > 0 { Hardtanh(-drop, drop) }
    Linear(classes)
}
model Base(width=4, classes=3, drop=0.0, hidden=None) {
    input x: [N, 3]
    Linear(width) -> ReLU -> head: Head(classes, drop, hidden)
}
model Small = Base(hidden=8)
model Patch = Base(width=6, drop=0.5)
model Tiny = Small(width=2)
"""


def made_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "tests.combined"}
    exec(compiled(Source("combined.cnn", text), None, {})[0], found)
    return found


def compared(made: Any, said: Any, *shape: int) -> None:
    said.load_state_dict(made.state_dict())
    x = torch.randn(2, *shape)
    assert_equal(made.eval()(x), said.eval()(x))


@pytest.mark.parametrize("case", BLOCKS)
def test_a_block_with_any_arguments_together(case: str) -> None:
    text, name, sizes, arguments = BLOCKS[case]
    given = ", ".join(f"{parameter}={text_of(values[0])}" for parameter, values in arguments.items())
    shape = (4, 8) if "L]" in text else (4,)
    one = f"\nmodel One({given}) {{ input x: [N, {', '.join(map(str, shape))}]; only: {name}({', '.join(arguments)}) }}"
    block = made_of(text)[name]
    for row in product(*arguments.values()):
        values = dict(zip(arguments, row, strict=True))
        said = cnndsl.loads(text + one, model="One", **values)
        compared(block(**sizes, **values), said.only, *shape)


def text_of(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_a_class_of_variants_with_any_flags_together() -> None:
    made = made_of(VARIANTS)["Net"]
    for a, b, c in product(FLAGS, FLAGS, FLAGS):
        compared(made(a=a, b=b, c=c), cnndsl.loads(VARIANTS, model="Net", a=a, b=b, c=c), 4)


def test_what_variants_give_with_any_arguments_together() -> None:
    found = made_of(FACTORIES)
    for drop, hidden, width in product((0.0, 0.2), (None, 8), (4, 6)):
        values = {"drop": drop, "hidden": hidden, "width": width}
        compared(found["Base"](**values), cnndsl.loads(FACTORIES, model="Base", **values), 3)
    compared(found["small"](width=2), cnndsl.loads(FACTORIES, model="Small", width=2), 3)


PICKS = {
    "a list of other widths": "hs = [for w in [4, 6, 8] { x -> Linear(w) }]; y = hs[-k]",
    "rounds written out": "hs = []; for w in ws { h = Linear(w); hs = [*hs, h] }; y = hs[-k]",
    "rounds of one width": "hs = []; for w in [5, 5, 5] { h = Linear(w); hs = [*hs, h] }; y = hs[k]",
    "rounds that stay": "hs = [for i in range(3) { x -> Linear(w) }]; y = hs[k]",
}


@pytest.mark.parametrize("case", PICKS)
def test_which_item_of_a_list_is_picked(case: str) -> None:
    """It is no argument, or whichever it is that one is taken."""
    text = f"""model Net(ws=[4, 6, 8], w=5, k=1) {{
        input x: [N, 10]
        {PICKS[case]}
        y -> la: Linear(3) -> add(x[:, k:] -> Linear(3))
    }}"""
    made = made_of(text)["Net"]
    ks = (1, 2) if "k" in inspect.signature(made).parameters else (1,)
    assert len(ks) == 2 or case != "rounds that stay"
    for k in ks:
        compared(made(k=k) if len(ks) == 2 else made(), cnndsl.loads(text, k=k), 10)


SIZES = {
    "an axis": "x -> Linear(x.shape[k])",
    "an axis from the end": "x -> Linear(x.shape[-k])",
    "a named shape": "s = x.shape; x -> Linear(s[k] * k)",
    "a list of sizes": "x -> Linear([x.shape[0], 6, w][k])",
    "a list of a round": "for s in [[x.shape[0], 6], [x.shape[0], w]] { x -> Linear(s[k]) -> mul(s[0]) }",
    "nested lists of a round": "for s in [[(x.shape[0], 6)], [(x.shape[0], w)]] { x -> Linear(s[0][k]) }",
    "of a block": "x -> B(k) -> B(2)",
    "in forward": "x -> view(x.shape[0], -1, x.shape[k]) -> Linear(w)",
    "a shape asked": "x -> Linear(3, bias=w in x.shape)",
    "the smallest": "x -> Linear(min(x.shape[0], w, 1) + w)",
    "a power": "x -> Linear(x.shape[0] ** (k - 1) + w)",
    "a length": "x -> Linear(len([x.shape[0], w]) + w)",
}


@pytest.mark.parametrize("case", SIZES)
def test_what_is_worked_out_of_free_sizes_and_known(case: str) -> None:
    """The constructor works it out of other arguments, or takes none: it reads no size off a tensor."""
    text = f"""block B(k) {{ input x: [N, C, D]; s = [N, C, D]; Linear(s[k] + k) }}
    model Net(k=1, w=5) {{
        input x: [N, 6, 7]
        {SIZES[case]}
    }}"""
    made = made_of(text)["Net"]
    free = inspect.signature(made).parameters
    for k, w in product((1, 2) if "k" in free else (1,), (5, 7) if "w" in free else (5,)):
        given = {name: value for name, value in (("k", k), ("w", w)) if name in free}
        compared(made(**given), cnndsl.loads(text, k=k, w=w), 6, 7)


PLACES = {
    "items that differ": ("hs = [for i in range(n) { x -> Linear(4 * (i + 1)) }]; hs[k]", [0, 1, 2]),
    "items that differ, from the end": ("hs = [for i in range(n) { x -> Linear(4 * (i + 1)) }]; hs[-k]", [1, 2, 3]),
    "items that are alike": ("hs = [for i in range(n) { x -> Linear(4) }]; hs[k]", [-3, -2, -1, 0, 1, 2]),
    "alike, from the end": ("hs = [for i in range(n) { x -> Linear(4) }]; hs[-k]", [-2, -1, 0, 1, 2, 3]),
    "in a block": ("Picked(n, k) -> Picked(4, k + 1)", [0, 1, 2]),
}
PICKED = "block Picked(n, k) { input x: [N, C]; hs = [for i in range(n) { x -> Linear(4 * (i + 1)) }]; hs[k] }\n"


@pytest.mark.parametrize("case", PLACES)
def test_which_places_a_list_has(case: str) -> None:
    text = f"{PICKED}model Net(n=3, k=1) {{ input x: [N, 10]; {PLACES[case][0]} -> Linear(2) }}"
    assert [k for k in range(-5, 6) if is_made(text, 10, k=k)] == PLACES[case][1]


def test_a_place_beside_that_of_a_round() -> None:
    """What may take it to the other end is settled, where items differ; how often the loop turns is not."""
    text = """model Net(n=4, k=1, m=2) {
        input x: [N, 10]
        hs = [for i in range(n) { x -> Linear(4 * (i + 1)) }]
        y = x -> Linear(3)
        for i in range(m) { y = y + (hs[PLACE] -> Linear(3)) }
    }"""
    beside, back = (made_of(text.replace("PLACE", place))["Net"] for place in ("i + k", "m - 1 - i"))
    assert {*inspect.signature(beside).parameters} == {"n", "m"}
    assert {*inspect.signature(back).parameters} >= {"n", "m"}


PARTS = {
    "thirds": ("chunk(x, 3, 1)", [3, 5, 6, 7, 8, 9, 10, 11]),
    "halves": ("chunk(x, 2, 1)", [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    "as many as a size gives": ("split(x, w, 1)", [6, 7, 8, 9, 10]),
}
IN_BLOCK = "block Parted(w) { input x: [N, C]; ys = [for p in CALL { p -> Linear(3) }]; cat(ys, 1) }\n"


@pytest.mark.parametrize("in_block", FLAGS)
@pytest.mark.parametrize("case", PARTS)
def test_how_many_parts_a_size_has(case: str, in_block: bool) -> None:
    call, sizes = PARTS[case]
    body = "Parted(w)" if in_block else f"ys = [for p in {call} {{ p -> Linear(3) }}]; cat(ys, 1)"
    text = f"{IN_BLOCK.replace('CALL', call)}model Net(d=9, w=5) {{ input x: [N, d]; {body} -> Linear(2) }}"
    assert [d for d in range(2 if in_block else 1, 12) if is_made(text, d, d=d)] == sizes


@pytest.mark.parametrize("part", ["y -> sum(k)", "y -> mean([k])", "CosineSimilarity(k)(y, y)", "y -> transpose(k, 4)"])
def test_which_axis_is_meant_is_settled_where_one_of_few_gives_other_sizes(part: str) -> None:
    text = f"model Net(k=2, s=3) {{ input x: [N, 6, 6, 6]; y = x -> unsqueeze(1); {part} -> softmax(s) }}"
    assert {*inspect.signature(made_of(text)["Net"]).parameters} == {"s"}


def test_how_many_parts_each_round_takes() -> None:
    """The sizes are settled, as no test of what a round comes to stands before the loop."""
    text = """model Net(ws=[6, 9, 12]) {
        input x: [N, 6]
        for w in ws { y = Linear(w); ys = [for p in chunk(y, 3, 1) { p -> Linear(2) }]; x = cat(ys, 1) }
        x
    }"""
    assert not {*inspect.signature(made_of(text)["Net"]).parameters}


def is_made(text: str, width: int, **values: int) -> bool:
    """Whether the class takes what the file takes, as the file says; what the file refuses it refuses."""
    made = made_of(text)["Net"]
    try:
        found = made(**values)
    except ValueError:
        return False
    compared(found, cnndsl.loads(text, **values), width)
    return True


GATHERED = "input x: [N, 6]; hs = []; for w in ws { h = Linear(w); hs = [*hs, h] }; y = hs[-1]"
PICKING = {
    "by the items of a list": ("ws=[3, 5, 7], skips=[0, 1]", "for s in skips { y = cat([y, hs[s]], 1) }", {"ws"}),
    "by a number in a list": ("ws=[3, 5, 7], k=1", "for i in [k, 0] { y = cat([y, hs[i]], 1) }", {"ws"}),
    "by a number alone": ("ws=[3, 5, 7], k=1", "y = cat([y, hs[k]], 1)", {"ws"}),
}


@pytest.mark.parametrize("case", PICKING)
def test_what_picks_items_of_a_list_that_is_written_out_is_settled(case: str) -> None:
    parameters, body, taken = PICKING[case]
    text = f"model Net({parameters}) {{ {GATHERED}; {body}; y -> Linear(2) }}"
    net = made_of(text)["Net"]
    assert {*inspect.signature(net).parameters} == taken
    compared(net(ws=[4, 2, 9]), cnndsl.loads(text, ws=[4, 2, 9]), 6)
    with pytest.raises(ValueError, match=r"^Net is not made for len\(ws\) != 3$"):
        net(ws=[])


def test_how_often_a_loop_turns_makes_no_class_of_its_own() -> None:
    text = """
    model Net(widths=[8, 16], head=4, act=None) {
        input x: [N, 3]
        for w in widths { Linear(w); if act == "relu" { ReLU } }
        Linear(head)
    }
    model Deep = Net([4, 4, 4, 4], head=5)
    model Wide(k=2) = Net([8 * k, 16 * k, 32], act="relu")
    """
    found = made_of(text)
    assert [name for name in found if name.startswith("Net")] == ["Net"]
    compared(found["deep"](), cnndsl.loads(text, model="Deep"), 3)
    compared(found["wide"](3), cnndsl.loads(text, model="Wide", k=3), 3)


def test_a_number_of_forward_is_called_as_its_author_calls_it() -> None:
    text = """
    block Tapped(n, tap) {
        input x: [N, C]
        hs = [for i in range(n) { x -> Linear(4 * (i + 1)) }]
        hs[tap] -> Linear(2)
    }
    model Net { input x: [N, 10]; Tapped(3, 1) -> Tapped(3, -1) }
    """
    found = made_of(text)
    assert [*inspect.signature(found["Tapped"]).parameters] == ["in_features", "tap", "features"]
    compared(found["Net"](), cnndsl.loads(text), 10)


def test_what_another_bound_says_is_not_asked_for() -> None:
    text = """model Net(k=2, w=4) {
        input x: [N, 6, L]
        y = x[:, :, k:] -> Conv1d(w, 1)
        z = x[:, :, :-k] -> Conv1d(w, 1)
        y + z -> mean(2)
    }"""
    net = made_of(text)["Net"]
    assert "Made only where k > 0.\n" in net.__doc__
    with pytest.raises(ValueError, match=r"^Net is not made for k <= 0$"):
        net(k=-1)


TEMPLATES = """
block Unit(out, Norm=None, Act=ReLU, Last=None) {
    input x: [N, C]
    y = fc: Linear(out) -> norm: Norm -> Act
    z = y -> Last
    cat([y, x, z], 1)
    Norm
}
model Net { input x: [N, 6]; USES }
"""


def test_templates_that_are_none_make_no_classes_of_their_own() -> None:
    """Nor does a caller who asks for two that no use has together get less than both."""
    found = made_of(
        TEMPLATES.replace("USES", "a: Unit(4) -> b: Unit(5, BatchNorm1d, None) -> c: Unit(6, None, None, Tanh)")
    )
    assert "Unit2" not in found
    given = {"BatchNorm1d": torch.nn.BatchNorm1d, "ReLU": torch.nn.ReLU, "Tanh": torch.nn.Tanh, "None": None}
    for names in product(("BatchNorm1d", "None"), ("ReLU", "None"), ("Tanh", "None")):
        text = TEMPLATES.replace("USES", f"a: Unit(4, {', '.join(names)})")
        compared(found["Unit"](6, 4, *(given[name] for name in names)), cnndsl.loads(text).a, 6)


HELD = {
    "built by other arguments": ("x = x -> conv: { Linear(C) -> Norm }", "GroupNorm(2)"),
    "built alike": ("x = x -> fc: Linear(C) -> norm: Norm", "InstanceNorm1d"),
    "in a block inside": ("x = x -> row: Row(C, Norm)", "GroupNorm(2)"),
    "in a group inside": ("x = x -> row: Rows(C, Norm=Norm)", "GroupNorm(2)"),
    "none": ("x = x -> fc: Linear(C) -> norm: Norm", "None"),
    "none in a block inside": ("x = x -> row: Row(C, Norm)", "None"),
}
HOLDING = """
block Row(out, Norm=BatchNorm1d) { input x: [N, D, L]; fc: Linear(L); norm: Norm }
block Rows(out, Norm=BatchNorm1d) = { ReLU -> Norm }
block Unit(fast=False, Norm=BatchNorm1d) {
    input x: [N, D, C]
    if fast { BODY } else { x = x -> Tanh; BODY }
    x
}
model Net(fast=False, Norm=BatchNorm1d) { input x: [N, 4, 3]; one: Unit(fast, Norm) }
model Other = Net(fast=True, Norm=OTHER)
model Held(fast=False) = Net(fast=fast, Norm=OTHER)
"""


@pytest.mark.parametrize("case", HELD)
def test_a_template_that_changes_with_a_flag_hangs_on_itself(case: str) -> None:
    """What the file's models do not have together is refused, or as the file says."""
    body, other = HELD[case]
    text = HOLDING.replace("BODY", body).replace("OTHER", other)
    found = made_of(text.rpartition("model Held")[0])
    classes = {"BatchNorm1d": torch.nn.BatchNorm1d, other: getattr(torch.nn, other.partition("(")[0], None)}
    made = 0
    for fast, name in product(FLAGS, classes):
        said = cnndsl.loads(text, model="Net" if name == "BatchNorm1d" else "Held", fast=fast)
        try:
            net = found["Net"](fast=fast, norm=classes[name])
        except ValueError as error:
            assert "Unit is not made for" in str(error) and fast is not (name == other)
            continue
        compared(net, said, 4, 3)
        made += 1
    compared(found["other"](), cnndsl.loads(text, model="Other"), 4, 3)
    assert made >= 2


DECIDING = """
model Net(width=4, act="relu", pool=False, Norm=BatchNorm2d, hidden=None) {
    input x: [N, 3, H, W]
    y = conv: Conv2d(width, 3, padding=1) -> norm: Norm
    y = if act == "relu" { relu(y) } else if act == "gelu" { gelu(y) } else { tanh(y) }
    if pool { y = y -> p: MaxPool2d(4) }
    y = y -> mean([2, 3])
    if hidden is not None { y = y -> fc0: Linear(hidden) }
    y -> fc: Linear(2)
}
model NetB = Net(act="gelu", Norm=GroupNorm(2))
model NetC(w=3) = Net(w * 2, pool=True, act="tanh")
model NetD = NetB(hidden=5)
"""


def test_what_a_model_decides_by_what_its_variants_give_its_class_decides_again() -> None:
    found = made_of(DECIDING)
    assert "Net2" not in found
    for act, pool, hidden in product(("relu", "gelu", "tanh"), FLAGS, (None, 3)):
        values = {"act": act, "pool": pool, "hidden": hidden}
        compared(found["Net"](**values), cnndsl.loads(DECIDING, model="Net", **values), 3, 5, 5)
    compared(found["netd"](), cnndsl.loads(DECIDING, model="NetD"), 3, 5, 5)
    with pytest.raises(ValueError, match="H >= 4 must hold"):
        found["netc"]()(torch.zeros(2, 3, 1, 1))
    assert found["netb"]()(torch.zeros(2, 3, 1, 1)).shape == (2, 2)


KINDS = """
block Head(out, aux=False, squash=False) {
    input x: [N, C]
    y = x -> fc: Linear(out)
    if aux { return y, x }
    if squash { y = y -> Tanh }
    return y
}
model Net(width=4, aux=False, probs=False, token=True, classes=3) {
    input x: [N, 3, 8]
    param cls: [1, 1, 8] = ones
    if token { param extra: [1, 1, 8] = ones }
    c = expand(cls, N, 1, 8)
    if token { x = cat([c, expand(extra, N, 1, 8), x], 1) } else { x = cat([c, x], 1) }
    h, _ = x[:, 0] -> a: Head(width, aux=True)
    h = h -> b: Head(width) -> c2: Head(classes, squash=True)
    if token { t = x[:, 1] -> tok: Linear(classes); h = h + t }
    if aux {
        z = x -> mean(1) -> side: Linear(2)
        if probs { return {out: softmax(h, 1), aux: z} }
        return {out: h, aux: z}
    }
    if token { if training { return h, t } }
    if probs { return softmax(h, 1) }
    return h
}
model Aux = Net(aux=True)
model Both = Aux(probs=True)
model Probs = Net(probs=True)
model Bare = Net(token=False)
"""


def test_what_is_returned_may_be_of_another_kind_in_a_variant() -> None:
    found = made_of(KINDS)
    assert not {"Net2", "Head2"} & found.keys()
    for aux, probs, token in product(FLAGS, repeat=3):
        values: dict[str, Any] = {"aux": aux, "probs": probs, "token": token}
        if probs and not aux and not token:
            with pytest.raises(ValueError, match="not aux and not token and probs"):
                found["Net"](**values)
            continue
        made, said = found["Net"](**values), cnndsl.loads(KINDS, model="Net", **values)
        compared(made, said, 3, 8)
        x = torch.randn(2, 3, 8)
        assert_equal(made.train()(x), said.train()(x))
    assert "Outputs where not aux" in found["Net"].__doc__ and "aux: [N, 2]" in found["aux"].__doc__


APART = {
    "ranks": """
model Net(width=4, flag=True, k=2) {
    input x: [N, 4, 6]
    Conv1d(width * k, 3, padding=1)
    if flag { y = -> select(2, -1) } else { y = -> transpose(1, 2) }
    y -> relu -> fc: Linear(width)
}
model Other = Net(width=3, flag=False)
""",
    "other sizes": """
model Net(width=4, flag=True, k=2) {
    input x: [N, 4, 6]
    y = x -> Conv1d(width * k, 3, padding=1)
    if flag { y = y -> flatten(1) } else { y = y -> Conv1d(8, 1) -> transpose(1, 2) }
    zs = [for i in range(k) { y -> Linear(width) }]
    z = cat(zs, -1) -> Linear(3)
    if training { return z, y }
    z
}
model Other = Net(width=3, flag=False)
""",
    "one of three": """
model Net(width=4, flag=True, k=2) {
    input x: [N, 4, 6]
    for i in range(k) { Conv1d(width * 2**i, 3, padding=1) }
    if flag { y = -> mean(2) } else if k == 2 { y = -> transpose(1, 2) } else { y = -> mean(2) -> unsqueeze(1) }
    y -> Linear(3)
}
model Other = Net(width=3, flag=False)
model More = Net(flag=False, k=3)
""",
    "a size that is free": """
model Net(width=4, flag=True, k=2) {
    input x: [N, 4, T]
    y = Conv1d(width, k)
    if flag { y = y -> AdaptiveAvgPool1d(1) }
    y -> Conv1d(width * k, 1) -> relu
}
model Other = Net(flag=False)
model Wide = Net(width=8)
""",
}


@pytest.mark.parametrize("text", APART.values(), ids=APART)
def test_what_a_decision_of_a_model_leaves_may_be_of_several_ranks(text: str) -> None:
    found = made_of(text)
    assert "Net2" not in found
    for width, flag, k in product((2, 5), FLAGS, (1, 3)):
        values = {"width": width, "flag": flag, "k": k}
        compared(found["Net"](**values), cnndsl.loads(text, model="Net", **values), 4, 6)
    assert found["other"]().eval()(torch.zeros(2, 4, 6)).ndim == 3


@pytest.mark.parametrize("then", ["if k > 1 { y = softmax(y, 1) }", "y = y -> Scaled(k)"])
def test_where_a_rank_decides_more_it_is_settled(then: str) -> None:
    text = f"""
block Scaled(k) {{ input x; if k > 1 {{ return softmax(x, 1) }}; return x }}
model Net(width=4, flag=True, k=2) {{
    input x: [N, 4, T]
    for i in range(k) {{ Conv1d(width, 3, padding=1) }}
    if flag {{ y = -> mean(2) }} else {{ y = -> transpose(1, 2) }}
    {then}
    y -> Linear(3)
}}
model Seq = Net(flag=False)
model Other(w=3) = Net(w * 2, k=1)
"""
    found = made_of(text)
    assert "flag" not in inspect.signature(found["Net"]).parameters
    compared(found["seq"](), cnndsl.loads(text, model="Seq"), 4, 6)


GATED = """
model Net(tasks=[3, 1, 5], experts=2, gate=True) {
    input x: [N, 8]
    hs = [for e in range(experts) { x -> "experts.{e}": Linear(8) }]
    outs = []
    for t, n in enumerate(tasks) {
        if gate {
            w = x -> "gates.{t}": Linear(experts) -> softmax(1)
            h = sum(stack(hs, 1) * unsqueeze(w, 2), 1)
        } else { h = sum(hs) / experts }
        outs = [*outs, h -> "towers.{t}": Linear(n)]
    }
    return outs
}
model Mean = Net(gate=False, tasks=[2, 2])
model More = Net([4], experts=3)
"""


def test_a_flag_in_a_loop_of_a_model_and_how_many_results_there_are_make_no_classes_of_their_own() -> None:
    found = made_of(GATED)
    assert "Net2" not in found
    for tasks, experts, gate in product(([2], [3, 1, 4, 2]), (1, 3), FLAGS):
        values = {"tasks": tasks, "experts": experts, "gate": gate}
        compared(found["Net"](**values), cnndsl.loads(GATED, model="Net", **values), 8)
    for name, model in {"mean": "Mean", "more": "More"}.items():
        compared(found[name](), cnndsl.loads(GATED, model=model), 8)
    with pytest.raises(ValueError, match="experts <= 0"):
        found["Net"](experts=0)


JOINED = {
    "named": ("", "y = cat(hs, 1) if skip else y"),
    "last item": ("", "if skip { y = cat(hs, 1) } else { y = hs[-1] }"),
    "in a block": ("block Joined(widths, skip) { input x; BODY; if skip { return cat(hs, 1) }; return y }", ""),
}


@pytest.mark.parametrize(("block", "behind"), JOINED.values(), ids=JOINED)
def test_all_that_a_loop_gathers_and_its_last_tensor_are_chosen_from_by_a_flag(block: str, behind: str) -> None:
    body = "hs = []; for w in widths { y = Linear(w); hs = [*hs, y] }"
    text = f"""
{block.replace("BODY", body)}
model Net(widths=[4, 8, 8], skip=True) {{
    input x: [N, 4]
    {f"{body}; {behind}" if behind else "y = Joined(widths, skip)"}
    y -> head: Linear(3)
}}
model NoSkip = Net(skip=False)
model Wide = Net([8, 8, 8, 8])
"""
    found = made_of(text)
    assert "Net2" not in found and "Joined2" not in found
    for widths, skip in product(([5], [2, 6, 3, 4]), FLAGS):
        values = {"widths": widths, "skip": skip}
        compared(found["Net"](**values), cnndsl.loads(text, model="Net", **values), 4)
    compared(found["noskip"](widths=[2, 3]), cnndsl.loads(text, model="NoSkip", widths=[2, 3]), 4)
    with pytest.raises((ValueError, IndexError)):
        found["Net"]([])


NAMED_BY_ROUNDS = {
    "a list": """
model Net(n=2, m=3, w=4) {
    input x: [N, 4]
    for s in range(n) { for i in range(m) { "stack{s + 1}.{i}": Linear(w * 2**s) } }
    head: Linear(2)
}
model Small = Net(1, 2)
""",
    "named modules": """
model Net(n=2, m=3, w=4) {
    input x: [N, 4]
    for s in reversed(range(n)) {
        h = x -> "s{s}.a": Linear(w) -> relu
        for r in range(m) { h = h -> "s{s}.r{r}": Linear(w) }
        x = x + (h -> "s{s}.b": Linear(4))
    }
    x
    init { "s0.a.weight": ones }
}
model Small = Net(1, 2)
""",
    "loops in loops": """
model Net(n=2, m=3, w=4) {
    input x: [N, 4]
    for s in range(n) {
        hs = []
        for t in range(m) {
            y = x
            for i in range(2) { y = y -> "s{s}_{t}.{i}": Linear(w) }
            hs = [*hs, y]
        }
        x = cat(hs, 1) -> "fuse{s}": Linear(4)
    }
    x
}
model Small = Net(1, 2)
""",
}


@pytest.mark.parametrize("text", NAMED_BY_ROUNDS.values(), ids=NAMED_BY_ROUNDS)
def test_rounds_that_name_the_container_of_what_they_make_are_a_loop(text: str) -> None:
    found = made_of(text)
    assert "Net2" not in found
    for n, m, w in product((1, 3), (1, 4), (2, 5)):
        values = {"n": n, "m": m, "w": w}
        compared(found["Net"](**values), cnndsl.loads(text, model="Net", **values), 4)
    compared(found["small"](), cnndsl.loads(text, model="Small"), 4)


@pytest.mark.parametrize(
    "body",
    [
        'for i in range(n) { for j in range(m) { "s{j}.{i}": Linear(4) } }',
        'for i in range(n) { "s{i}.a": Linear(4) }; for i in range(m) { "s{i + 3}.a": Linear(4) }',
        'for i in range(n) { "s{i}.a": Linear(4) }; for i in range(n) { "s{i}.b": Linear(4) }',
        'for i in range(n) { for j in range(m) { "s{i}{j}.a": Linear(4) } }',
        'for i in range(n) { "s{i}.a": Linear(4) }; "s2.b": Linear(4)',
        'for i, w in enumerate([4, 4, 4][:n]) { "s{w}.{i}": Linear(w) }',
    ],
)
def test_where_other_rounds_may_fill_the_same_container_they_are_written_out(body: str) -> None:
    text = f"model Net(n=1, m=1) {{ input x: [N, 4]; {body} }}\nmodel More = Net(n=2)"
    found = made_of(text)
    taken = inspect.signature(found["Net"]).parameters
    for n, m in product((1, 3), (1, 4)):
        values = {name: value for name, value in (("n", n), ("m", m)) if name in taken}
        compared(found["Net"](**values), cnndsl.loads(text, model="Net", **values), 4)
    compared(found["more"](), cnndsl.loads(text, model="More"), 4)


ROUNDS = """
block Scales(width, first=False, dense=False, scale=4) {
    input x: [N, C, H, W]
    parts = x -> fc: Conv2d(width * scale, 1) -> chunk(scale, 1)
    ys = []
    sp = parts[0]
    s = parts[1]
    for i in range(scale - 1) {
        sp = parts[i] if i == 0 or first else sp + parts[i]
        sp = sp -> "convs.{i}": Conv2d(width, 3, padding=1) -> ReLU
        if dense { s = s + sp } else { s = sp }
        ys = [*ys, sp]
    }
    cat([*ys, parts[scale - 1] + s], 1)
}
model Net(w=2) { input x: [N, 3, H, W]; x -> Scales(w, True) -> Scales(w) -> Scales(w, dense=True) -> Conv2d(2, 1) }
"""


def test_what_goes_round_may_begin_anew_in_the_rounds_of_some_uses() -> None:
    found = made_of(ROUNDS)
    assert list(inspect.signature(found["Scales"]).parameters) == ["in_channels", "width", "first", "dense"]
    one = "\nmodel One(first, dense) { input x: [N, 4, H, W]; only: Scales(3, first, dense) }"
    for first, dense in product(FLAGS, repeat=2):
        said = cnndsl.loads(ROUNDS + one, model="One", first=first, dense=dense)
        compared(found["Scales"](4, 3, first, dense), said.only, 4, 5, 5)


def test_there_are_no_classes_but_those_that_models_are_made_of() -> None:
    found = made_of("""
block Unit(out, norm=False) { input x: [N, C, T]; y = Conv1d(out, 3); if norm { y = y -> BatchNorm1d }; relu(y) }
model Net(widths=[4, 4, 8], norm=False, last=True) {
    input x: [N, 4, T]
    for i, w in enumerate(widths) { "blocks.{i}": Unit(w, norm) }
    if last { y = -> select(2, -1) } else { y = -> transpose(1, 2) }
    if norm { y = softmax(y, 1) }
    y -> Linear(2)
}
model Deep = Net([8, 8, 8, 8], norm=True)
model Seq(w=8) = Net([w, w * 2], last=False)
""")
    assert {name for name in found if name.startswith("Net")} == {"Net", "Net2", "Net3"}


def test_a_class_that_the_file_does_not_name_is_taken_for_no_other_one() -> None:
    found = made_of(
        "block Unit(out, Norm=BatchNorm2d) { input x: [N, C, H, W]; x -> Conv2d(out, 3) -> norm: Norm }"
        "\nmodel Net(Norm=BatchNorm2d) { input x: [N, 3, H, W]; x -> Unit(4, Norm) -> Unit(4, Norm) }"
        "\nmodel Groups = Net(Norm=GroupNorm(2))"
    )
    assert isinstance(found["Net"](norm=torch.nn.GroupNorm).unit1.norm, torch.nn.GroupNorm)
    with pytest.raises(ValueError, match=r"only where norm in \(nn.BatchNorm2d, nn.GroupNorm\)"):
        found["Net"](norm=torch.nn.InstanceNorm2d)


TREND = """
block Generic(hidden, degree) { Linear(hidden) -> Linear(degree) -> Linear(8) }
block Trend(hidden, degree) {
    buffer powers = stack([for p in range(degree) { pow(arange(8) * 0.1, p) }])
    y = Linear(hidden) -> Linear(degree)
    y @ powers
}
model Net(hidden=16, degree=4, Basis=Generic) { input x: [N, 8]; Basis(hidden, degree) }
model NetTrend = Net(degree=3, Basis=Trend)
"""
WAYS = """
block Split(out, ways=2) { input x: [N, C]; y = Linear(out * ways); y -> reshape(N, ways, out) -> sum(1) }
block Apart(out, ways=2) {
    buffer powers = stack([for p in range(ways) { pow(arange(8) * 0.1, p) }])
    y = Linear(ways)
    y @ powers
}
block Cell(out, Op=Split, ways=2) { input x: [N, C]; x -> Linear(out) -> op: Op(out, ways) -> relu }
model Net(Op=Split, ways=2) { input x: [N, 4]; Cell(8, Op, ways) -> Cell(8, Op, ways) -> Linear(3) }
model NetApart = Net(Apart)
model NetOne = Net(ways=1)
"""
STACKED = TREND.replace("Basis(hidden, degree) }", "for _ in range(n) { Basis(hidden, degree) } }").replace(
    "Net(hidden=16", "Net(n=2, hidden=16"
)


@pytest.mark.parametrize(
    ("text", "given", "is_made"),
    [
        (STACKED, {"degree": 3, "basis": "Trend", "n": 3}, True),
        (STACKED, {"basis": "Trend"}, False),
        (STACKED, {"degree": 6}, True),
        (TREND, {"degree": 3, "basis": "Trend"}, True),
        (TREND, {"basis": "Trend"}, False),
        (TREND, {"degree": 6}, True),
        (WAYS, {"op": "Apart"}, True),
        (WAYS, {"op": "Apart", "ways": 3}, False),
        (WAYS, {"op": "Apart", "ways": 1}, False),
        (WAYS, {"ways": 3}, True),
    ],
)
def test_what_a_template_has_settled_is_refused_with_it(text: str, given: dict[str, Any], is_made: bool) -> None:
    made: dict[str, Any] = {}
    exec(compiled(Source("text.cnn", text), None, {})[0], made)
    templates = {name for name, value in given.items() if isinstance(value, str)}
    arguments = {name: made[value] if name in templates else value for name, value in given.items()}
    if not is_made:
        with pytest.raises(ValueError, match="is not made for"):
            made["Net"](**arguments)
        return
    said = ", ".join(f"{name.capitalize() if name in templates else name}={value}" for name, value in given.items())
    whole = cnndsl.loads(f"{text}model Asked = Net({said})\n", model="Asked")
    assert_same_layout(whole, made["Net"](**arguments))


BIAS = """
block Cell(out, Norm=None, Act=None, bias=True) {
    input x: [N, C, H, W]
    if Act is None { x = x -> pre: Conv2d(out * 2, 1) }
    x = x -> conv: Conv2d(out, 3 if Norm is None else 1, bias=bias and Norm is None) -> norm: Norm -> act: Act
    x -> last: Conv2d(out, 1, bias=Norm == None and Act is None)
}
model Net(w=8, Norm=BatchNorm2d, Act=ReLU, bias=True) { input x: [N, 4, H, W]; Cell(w, Norm, Act, bias) }
model Plain = Net(Norm=None)
model Straight = Net(Act=None)
"""


@pytest.mark.parametrize("norm", ["None", "BatchNorm2d"])
@pytest.mark.parametrize("act", ["None", "ReLU"])
@pytest.mark.parametrize("bias", FLAGS)
def test_what_hangs_on_whether_a_template_is_none_asks_the_class(norm: str, act: str, bias: bool) -> None:
    made: dict[str, Any] = {}
    exec(compiled(Source("text.cnn", BIAS), None, {})[0], made)
    given = {name: getattr(torch.nn, what, None) for name, what in (("norm", norm), ("act", act))}
    asked = f"{BIAS}model Asked = Net(Norm={norm}, Act={act}, bias={bias})\n"
    assert_same_layout(cnndsl.loads(asked, model="Asked"), made["Net"](bias=bias, **given))
    assert set(inspect.signature(made["Net"]).parameters) <= {"w", "norm", "act", "bias"}
