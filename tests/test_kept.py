"""Parameters that stay arguments of the class that a block becomes."""

from __future__ import annotations

from inspect import signature
from textwrap import dedent
from typing import Any

import pytest
import torch

from cnndsl import loads, pipeline
from cnndsl.emit.keeping import is_followed
from cnndsl.layers import all_layers
from cnndsl.live import module_of
from cnndsl.source import Source


def test_a_parameter_in_a_tuple_stays_an_argument() -> None:
    text = """
        block Side(out, k=3) { input x: [N, C, H, W]; conv: Conv2d(out, (1, k), padding=(0, k // 2)) -> ReLU }
        model Net(width=8) { input x: [N, 3, H, W]; side: Side(width) -> Side(width * 2) }
    """
    made = type(loads(text).side)
    assert [*signature(made).parameters] == ["in_channels", "out", "k"]
    conv = made(2, 4, 5).conv
    assert (conv.kernel_size, conv.padding) == ((1, 5), (0, 2))


def test_what_decides_one_way_in_all_uses_stays_an_argument_if_a_caller_may_choose_it() -> None:
    text = """
        block Cross(rank=0) {
            input x: [N, D]
            y = x
            if rank > 0 { y = x -> v: Linear(rank, bias=False) -> u: Linear(D) }
            return x * y
        }
        model Net(rank=32) { input x: [N, 5]; cross: Cross(rank) -> Cross(rank) }
    """
    model = loads(text)
    assert type(model)(rank=7).cross.v.out_features == 7
    with pytest.raises(ValueError, match="not made for rank <= 0"):
        type(model.cross)(0)


def test_what_is_left_of_a_size_that_is_divided_by_one_of_its_factors_stays_an_argument() -> None:
    text = """
        block Detect(classes, anchors=3) {
            input x: [N, C, H, W]
            input z: [N, C, H2, W2]
            maps = [x -> Conv2d(anchors * (5 + classes), 1), z -> Conv2d(anchors * (5 + classes), 1)]
            cat([for v in maps { v -> rearrange("n (a o) h w -> n (a h w) o", a=anchors) }], 1)
        }
        model Net(classes=80) { input x: [N, 8, 6, 6]; z = x -> MaxPool2d(2); Detect(classes)(x, z) }
    """
    assert type(loads(text))(classes=2)(torch.zeros(1, 8, 6, 6)).shape[2] == 7


def test_a_fraction_that_is_a_whole_number_in_some_uses_stays_an_argument() -> None:
    text = """
        block SE(r) {
            input x: [N, C, H, W]
            x * (x -> AdaptiveAvgPool2d(1) -> Conv2d(max(int(C * r), 8), 1) -> Conv2d(C, 1) -> Sigmoid)
        }
        block Rounded(r) { input x: [N, C, H, W]; Conv2d(round(r * C), 1) }
        model Net(w=32, ratios=[0.5, 1, 2]) {
            input x: [N, 3, H, W]
            for r in ratios { Conv2d(int(w * r), 3, padding=1) }
            a: SE(1) -> b: SE(0.25) -> c: Rounded(2) -> Rounded(0.5)
        }
    """
    model = loads(text)
    assert [conv.out_channels for conv in type(model)(8, (1.5, 1, 0.5, 2)).conv1] == [12, 8, 4, 16]
    assert signature(type(model.b)).parameters["r"].annotation in (float, "float")
    assert (type(model.a)(64, 0.5).conv1.out_channels, type(model.a)(64, 2).conv1.out_channels) == (32, 128)
    assert type(model.c)(10, 0.75).conv1.out_channels == 8


def test_a_size_that_an_input_states_is_not_another_input_s_that_is_given_it_alike() -> None:
    text = """
        block Cell(hidden) {
            input x: [N, C, H, W]
            input h: [N, hidden, H, W]
            cat([x, h], 1) -> gate: Conv2d(hidden, 3, padding=1)
        }
        model Net(hidden=16) {
            input x: [N, 3, H, W]
            e = x -> enc: Conv2d(hidden, 3, padding=1)
            h = cell: Cell(hidden)(e, e)
            cell(e, h)
        }
    """
    model = loads(text)
    assert type(model.cell)(in_channels=3, hidden=5).gate.in_channels == 8
    assert type(model)(hidden=6).cell.gate.in_channels == 12


def test_how_often_a_loop_turns_that_counts_down_stays_an_argument() -> None:
    text = """
        model Decoder(w=4, n=4) {
            input x: [N, 8, H, W]
            for i in reversed(range(1, n)) { Conv2d(w * 2**i, 3, padding=1) }
            body: { for i in range(n, 0, -1) { Conv2d(w * i, 1); if i > 1 { ReLU } } }
            for i in range(n - 1, -1, -1) { x = x -> "up{i}": Conv2d(w + i, 1) }
        }
    """
    made = type(loads(text))(2, 3)
    assert [conv.out_channels for conv in made.conv1] == [8, 4]
    assert [getattr(layer, "out_channels", None) for layer in made.body] == [6, None, 4, None, 2]
    assert [name for name, _ in made.named_children()][-3:] == ["up2", "up1", "up0"]
    assert made(torch.zeros(1, 8, 2, 2)).shape[1] == 2
    assert len(type(made)(2, 1).conv1) == 0
    once = type(loads(text.replace("n=4", "n=2")))(2, 4)
    assert [conv.out_channels for conv in once.conv1] == [16, 8, 4]


def test_what_counts_down_to_a_parameter_settles_it() -> None:
    for head in ("reversed(range(k, 4))", "range(4, k, -1)", "range(4, 0, -k)"):
        text = f"model Net(k=1) {{ input x: [N, 4, H, W]; for i in {head} {{ Conv2d(i, 1) }} }}"
        assert not signature(type(loads(text))).parameters
    text = (
        "model Net(ws=[3, 4]) { input x: [N, 4, H, W]; for w, i in zip(ws, reversed(range(2))) { Conv2d(w + i, 1) } }"
    )
    made = type(loads(text))
    with pytest.raises((TypeError, ValueError)):  # `zip` would end before the counter does
        made([3])


def test_a_text_that_a_layer_takes_stays_an_argument_where_no_shape_hangs_on_it() -> None:
    text = """
        block Up(out, mode="nearest") { Upsample(scale_factor=2, mode=mode) -> conv: Conv2d(out, 1) }
        model Net(mode="bilinear", edges="reflect", kind="tanh", pad="same") {
            input x: [N, 3, H, W]
            conv1: Conv2d(4, 3, padding=1, padding_mode=edges) -> act: GELU(kind) -> up: Up(8, mode)
            conv2: Conv2d(4, 3, padding=pad)
        }
        model Flat(pad="same") { input x: [N, 3, 8, 8]; Conv2d(4, 3, padding=pad) -> Flatten -> Linear(2) }
    """
    made = type(loads(text, model="Net"))("bicubic", "zeros", "none", "valid")
    found = made.conv1.padding_mode, made.act.approximate, made.up.up1.mode, made.conv2.padding
    assert found == ("zeros", "none", "bicubic", "valid")
    assert not signature(type(loads(text, model="Flat"))).parameters


STREAMS = """
block Shared { input a: [N, C, H, W]; input b: [N, C, ...]; return (a -> c1: Conv2d(C, 1)), b }
block Apart {
    input a: [N, C, H, W]
    input b: [N, D, ...]
    return (a + (b -> p: Conv2d(C, 1))), (b + (a -> q: Conv2d(D, 1)))
}
block Other(out) {
    input a: [N, _, H, W]
    input b: [N, _, ...]
    t = a -> p: Conv2d(out, 1)
    return (b -> q: Conv2d(out * 2, 1)), t
}
model Net(width=8, repeats=2) {
    input x: [N, 3, H, W]
    a = c1: Conv2d(width, 1)
    b = x -> c2: Conv2d(width * K, 1)
    for i in range(repeats) { a, b = "fpn.{i}": B(a, b) }
    cat([a, b], 1) -> head: Conv2d(2, 1)
}
model Wide = Net(16, 3)
"""


@pytest.mark.parametrize("block, times", [("Shared()", 1), ("Apart()", 2), ("Other(width)", 3)])
def test_what_flows_beside_the_tensors_that_rounds_name_is_not_one_of_them(block: str, times: int) -> None:
    text = STREAMS.replace("K,", f"{times},").replace("B(a", f"{block}(a")
    assert [*signature(type(loads(text, model="Net"))).parameters] == ["width", "repeats"]
    made, same = loads(text, model="Net", width=5, repeats=4), type(loads(text, model="Net"))(5, 4)
    assert str(made) == str(same)
    assert same(torch.zeros(1, 3, 2, 2)).shape[1] == 2


def namespace(text: str) -> dict[str, Any]:
    """What the generated file of all models has."""
    found: dict[str, Any] = {}
    exec(pipeline.compile(Source("net.cnn", dedent(text)), None, {})[0], found)
    return found


def test_what_a_model_takes_in_place_of_its_parameters_bears_their_names_and_goes_together() -> None:
    text = """
        model DLRM(dense=6, tables=[10, 20, 30], dim=4, tags=2, itself=False) {
            input numbers: [N, dense]
            input ids: [N, len(tables)] int64
            x = numbers -> bottom: Linear(dim)
            es = [for i, n in enumerate(tables) { ids[:, i] -> "embed.{i}": Embedding(n, dim) }]
            t = stack([x, *es], 1)
            z = t @ transpose(t, 1, 2)
            pairs = [for i in range(len(tables) + 1) { for j in range(i + (1 if itself else 0)) { z[:, i, j] } }]
            cat([x, stack(pairs, 1)], 1) -> top: Linear(tags)
        }
        model DLRMSelf = DLRM(itself=True)
        model DLRMWide = DLRM(dim=8, tables=[5, 6])
    """
    made = namespace(text)
    kind = made["DLRM"]
    taken = signature(kind).parameters
    assert {"tables", "dim", "tags"} <= {*taken}
    assert "Settled" not in str(kind.__doc__)
    assert kind(tags=5).top.out_features == 5
    wide = made["dlrmwide"]()
    assert (wide.embed[1].num_embeddings, wide.top.in_features) == (6, 11)
    for other in ({"dim": 8}, {"tables": [5, 6]}, {"itself": True} if "itself" in taken else {"offset": 1}):
        with pytest.raises(ValueError, match="is made only where"):
            kind(**other)


def test_a_layer_that_runs_both_ways_is_twice_as_wide_where_the_flag_says_so() -> None:
    text = """
        model Tagger(vocab=20, hidden=8, bi=True, tags=5, extra=0) {
            input words: [N, T] int64
            x = words -> embed: Embedding(vocab, hidden)
            if extra > 0 { x = x -> mix: Linear(extra) }
            y, _ = x -> rnn: LSTM(hidden, batch_first=True, bidirectional=bi)
            y -> emit: Linear(tags)
        }
        model One = Tagger(bi=False, extra=6)
    """
    kind = namespace(text)["Tagger"]
    words = torch.zeros(1, 3, dtype=torch.int64)
    for given in ({"bi": False}, {"extra": 6}, {"bi": False, "extra": 6}):
        assert kind(**given)(words).shape == (1, 3, 5)


PLACES = {
    "one becomes another": """
        block B { input a: [N, C, H, W]; input b: [N, C, ...]; a + b -> Conv2d(C, 1) }
        model Net(width=8, n=2) {
            input x: [N, 3, H, W]
            a = c1: Conv2d(width, 1)
            b = x -> c2: Conv2d(width, 1)
            for i in range(n) { t = "m.{i}": B()(a, b); a = b; b = t }
            a + b
        }
        model Wide = Net(16, 3)
    """,
    "all go on as the first": """
        block B { input *maps: [N, C, H, W]; s = sum([*maps]); return [for m in maps { m + s -> Conv2d(C, 1) }] }
        model Net(width=8, n=2) {
            input x: [N, 3, H, W]
            a = c1: Conv2d(width, 1)
            b = x -> c2: Conv2d(width, 1)
            for i in range(n) { a, b = "m.{i}": B()(a, b) }
            a + b
        }
        model Wide = Net(16, 3)
    """,
    "one grows": """
        block B(out) { Conv2d(out, 1) }
        model Net(width=8, n=2) {
            input x: [N, 3, H, W]
            a = c1: Conv2d(width, 1)
            b = x -> c2: Conv2d(width, 1)
            for i in range(n) { t = b -> "m.{i}": B(width * 2); a = b; b = t }
            cat([a, b], 1) -> head: Conv2d(4, 1)
        }
        model Wide = Net(16, 3)
    """,
}


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES)
def test_widths_that_go_round_among_several_tensors_stay_arguments(text: str) -> None:
    made = type(loads(text, model="Net"))
    assert [*signature(made).parameters] == ["width", "n"]
    for width, n in [(5, 1), (5, 2), (7, 4)]:
        assert str(made(width, n)) == str(loads(text, model="Net", width=width, n=n))
        made(width, n)(torch.zeros(1, 3, 2, 2))


def test_a_size_is_not_one_that_a_loop_in_the_loop_leaves_as_it_is() -> None:
    """What `y` is, behind each round, is what `x` was before the round's end."""
    text = """
        model Net(depths=[1, 2, 3], width=8) {
            input x: [N, 3]
            x = stem: Linear(width)
            y = x
            for i, d in enumerate(depths) {
                for j in range(d) { x = x + (x -> Linear(width * 2**i)) }
                y = x
                x = x -> Linear(width * 2**(i + 1))
            }
            cat([y, x], 1) -> head: Linear(4)
        }
    """
    for given in ({}, {"width": 3}):
        assert type(loads(text))(**given)(torch.zeros(1, 3)).shape == (1, 4)


BEHIND = {
    "the last of a list": (
        "block B(ws) { for w in ws { Linear(w) } }",
        "ws",
        [[8, 4], [3, 8, 4]],
        [[5], [4, 7], [2, 3, 6]],
    ),
    "a power": ("block B(n) { for i in range(n) { Linear(2**i) } }", "n", [2, 3], [1, 2, 4]),
    "one round": ("block B(n) { for i in range(n) { for j in range(2) { Linear(2**i) } } }", "n", [1, 2], [3, 4]),
    "a place and an item": (
        "block B(ws) { for i, w in enumerate(ws) { Linear(w + i) } }",
        "ws",
        [[8, 4], [3, 8, 3]],
        [[5], [7, 1]],
    ),
}


@pytest.mark.parametrize("block, name, given, others", BEHIND.values(), ids=BEHIND)
def test_who_goes_on_from_what_a_last_round_makes_does_so_however_many_there_are(
    block: str, name: str, given: list[Any], others: list[Any]
) -> None:
    """Though it comes to the same number in all models."""
    net = f"model Net({name}={given[0]}) {{ input x: [N, 6]; B({name}) -> out: Linear(3) }}\nmodel V = Net({given[1]})"
    text = f"{block}\n{net}"
    made = type(loads(text, model="Net"))
    for value in (*given, *others):
        said = loads(text, model="Net", **{name: value})
        made(value).load_state_dict(said.state_dict())
        made(value)(torch.zeros(1, 6))
    with pytest.raises(ValueError, match="not made for"):
        made([] if isinstance(given[0], list) else 0)


UNET = """
    model UNet(widths=[16, 32, 64], classes=2) {
        input image: [N, 1, H, W]
        skips = []
        for i, w in enumerate(widths) {
            if i > 0 { MaxPool2d(2) }
            y = Conv2d(w, 3, padding=1)
            skips = [*skips, y]
        }
        d = skips[-1]
        for w, s in zip(reversed(widths[:-1]), reversed(skips[:-1])) {
            d = d -> ConvTranspose2d(w, 2, 2)
            d = cat([s, d], 1) -> Conv2d(w, 3, padding=1)
        }
        d -> head: Conv2d(classes, 1)
    }
"""
BESIDE = """
    model UNet(widths=[4, 8, 16], classes=2) {
        input image: [N, 1, H, W]
        input other: [N, 1, H, W]
        for w in widths { y = image + other -> Conv2d(w, 3, padding=1); z = y -> Conv2d(classes, 1) }
        cat([z, y -> Conv2d(classes, 1)], 1)
    }
"""


BEHIND_THE_LOOP = UNET.replace("d = skips[-1]", "d = y") + "    model Large = UNet([2, 3, 4, 5])\n"


@pytest.mark.parametrize("text", [BEHIND_THE_LOOP, BESIDE])
def test_a_loop_of_which_a_tensor_of_the_last_round_is_read_stays_one(text: str) -> None:
    made = type(loads(text, model="UNet"))
    for widths in ([5], [3, 4], [2, 3, 4, 5]):
        net, said = made(widths, 3), loads(text, model="UNet", widths=widths, classes=3)
        net.load_state_dict(said.state_dict())
        given = [torch.rand(1, 1, 8, 8)] * text.count("input ")
        assert torch.equal(net(*given), said(*given))
    with pytest.raises(ValueError, match="not made for len"):
        made([])


def test_a_name_of_a_loop_that_is_given_anew_behind_it_asks_for_no_rounds() -> None:
    text = """
        model Net(n=2) {
            input x: [N, 4]
            for _ in range(n) { y = x -> Linear(4); x = x + y }
            y = x -> Linear(4)
            x + y
        }
    """
    type(loads(text))(0)(torch.zeros(1, 4))


def test_containers_that_rounds_name_are_filled_round_for_round() -> None:
    """Though one model has but one such round: how many there are stays an argument."""
    text = """
        model Net(layers=3, stacks=2) {
            input x: [N, 4]
            for s in range(stacks) { for i in range(layers) { "stack{s}.{i}": Linear(4) } }
        }
        model Small = Net(layers=2, stacks=1)
    """
    for name, keys in {"Net": ["stack0", "stack1"], "Small": ["stack0"]}.items():
        net = loads(text, model=name)
        assert [*dict(net.named_children())] == keys
        assert [*signature(type(net)).parameters] == ["layers", "stacks"]
        assert [*dict(type(net)(1, 3).named_children())] == ["stack0", "stack1", "stack2"]


def test_lists_that_are_made_of_one_parameter_go_together() -> None:
    text = """
        model Net(widths=[16, 32, 64]) {
            input x: [N, 3]
            for w in widths { Linear(w) -> ReLU }
            for w in reversed([3, *widths[:-1]]) { Linear(w) -> ReLU }
        }
        model Small = Net([8, 16])
    """
    made = vars(module_of(pipeline.compile(Source("net.cnn", text), None, {})[0]))["Net"]
    for widths in ([8, 4, 4], [8, 16]):
        with pytest.raises(ValueError, match="made only where"):
            made(widths)


def test_an_item_of_a_list_that_is_given_is_written_as_that_item() -> None:
    text = """
        block Mix(widths) {
            input *maps: [N, _, H, W]
            return [for i, m in enumerate(maps) { m -> "p{i}": Conv2d(widths[i], 1) }]
        }
        model Net(width=8) {
            input x: [N, 3, H, W]
            a = c1: Conv2d(width, 1)
            b = x -> c2: Conv2d(width * 2, 1)
            a, b = f2: Mix([width, width * 2])(a, b)
            c = b -> c3: Conv2d(width * 4, 1)
            a, b, c = f3: Mix([width, width * 2, width * 4])(a, b, c)
            cat([a, b, c], 1)
        }
        model Wide = Net(16)
    """
    code = pipeline.compile(Source("mix.cnn", text), None, {})[0]
    assert "][" not in code
    assert "nn.Conv2d(width * 2, width * 4, 1)" in code
    assert "Outputs:\n        [N, width * 7, H, W]" in code


def test_all_that_layers_read_off_what_flows_is_known_to_hang_on_it() -> None:
    assert not [(kind, field) for kind in all_layers() for field in kind.inferred_fields() if not is_followed(field)]


@pytest.mark.parametrize("p", ["p if layers > 1 else 0", "0 if layers == 1 else p", "0 if not layers > 1 else p / 2"])
def test_a_nought_beside_fractions_is_one(p: str) -> None:
    text = f"""
        model Tagger(hidden=8, layers=1, p=0.3) {{
            input x: [N, T, 16]
            y, _ = -> Dropout(p) -> gru: GRU(hidden, layers, batch_first=True, dropout={p})
            y -> tag: Linear(5)
        }}
        model Deep = Tagger(layers=2)
    """
    made = type(loads(text, model="Tagger"))
    assert [*signature(made).parameters] == ["hidden", "layers", "p"]
    for layers, dropout in ((1, 0.3), (2, 0.3), (3, 0.5), (1, 0.5)):
        net, file = made(8, layers, dropout), loads(text, model="Tagger", layers=layers, p=dropout)
        assert (net.gru.dropout, net.drop1.p) == (file.gru.dropout, file.drop1.p)
        assert file.gru.dropout == (0 if layers == 1 else dropout / 2 if "/" in p else dropout)


@pytest.mark.parametrize("more", ["", "model Large = UNet([8, 16, 32, 64])", "model Large = UNet([8, 16, 32, 65])"])
def test_a_list_gathered_over_widths_and_gone_back_beside_them_follows_them(more: str) -> None:
    made = type(loads(UNET + more, model="UNet"))
    assert [*signature(made).parameters] == ["widths", "classes"]
    for widths in ([4, 6], [3, 5, 7, 9, 11]):
        assert str(made(widths)) == str(loads(UNET + more, model="UNet", widths=widths))
        assert made(widths)(torch.zeros(1, 1, 16, 16)).shape == (1, 2, 16, 16)


@pytest.mark.parametrize(
    "part", ["feats", "feats[1:]", "feats[2:]", "feats[:-1]", "reversed(feats[:-1])", "feats[::-1]"]
)
@pytest.mark.parametrize("more", ["", "model Wide = Fpn([8, 16, 24, 32, 40])"])
def test_a_part_of_a_gathered_list_follows_that_part_of_the_widths(part: str, more: str) -> None:
    text = f"""
        model Fpn(widths=[16, 32, 64, 128], fpn=4) {{
            input image: [N, 3, 32, 32]
            feats = []
            for w in widths {{
                y = Conv2d(w, 3, 2, 1)
                feats = [*feats, y]
            }}
            tops = [for f in {part} {{ f -> Conv2d(fpn, 1) }}]
            sum([for t in tops {{ mean(t, [2, 3]) }}])
        }}
        {more}
    """
    made = type(loads(text, model="Fpn"))
    assert [*signature(made).parameters] == ["widths", "fpn"]
    widths = [5, 6, 7, 8, 9]
    asked = eval(part, {"feats": widths, "reversed": reversed})
    assert [conv.in_channels for conv in made(widths).conv2] == [*asked]
    assert made(widths)(torch.zeros(1, 3, 32, 32)).shape == (1, 4)
    least = next(n for n in range(5) if [*eval(part, {"feats": widths[:n], "reversed": reversed})])
    with pytest.raises(ValueError, match=rf"not made for len\(widths\) {'<= 0' if least == 1 else f'< {least}'}$"):
        made(widths[: least - 1])


@pytest.mark.parametrize(
    "choice",
    ["mid = C // 2\n if stride == 2 { mid = C }", "mid = 0\n if stride != 2 { mid = C // 2 } else { mid = C }"],
)
def test_a_number_that_an_if_gives_anew_is_what_either_way_gives(choice: str) -> None:
    text = f"""
        block Unit(out, stride=1) {{
            input x: [N, C, H, W]
            {choice}
            first: Conv2d(mid, 1, stride) -> Conv2d(out, 3, padding=1)
        }}
        model Net(width=16, stride=1) {{
            input x: [N, 3, H, W]
            stem: Conv2d(width, 3) -> a: Unit(width * 2, 2) -> b: Unit(width, stride)
        }}
    """
    net = loads(text)
    assert [*signature(type(net)).parameters] == ["width", "stride"]
    assert [*signature(type(net.a)).parameters] == ["in_channels", "out", "stride"]
    for stride, mid in ((1, 5), (2, 10), (3, 5)):
        assert type(net.a)(10, 4, stride).first.out_channels == mid
        file = loads(text, width=6, stride=stride)
        made = type(net)(6, stride)
        assert {k: v.shape for k, v in made.state_dict().items()} == {k: v.shape for k, v in file.state_dict().items()}


def test_numbers_of_ifs_one_after_another_and_of_other_types_are_kept() -> None:
    text = """
        block Cell(out, groups=1, wide=False, deep=False, mode="same") {
            input x: [N, C, H, W]
            mid = out
            k = 1
            p = 0
            if wide { mid = out * 2 }
            if groups > 1 { k = 3 }
            if deep { p = 0.5; mode = "valid" }
            conv1: Conv2d(mid, k, padding=mode) -> drop: Dropout(p) -> conv2: Conv2d(out, 1, groups=groups)
        }
        model Net(width=8, wide=False) {
            input x: [N, 3, H, W]
            a: Cell(width) -> b: Cell(width * 2, 2, wide) -> c: Cell(6, 3, True, True)
        }
        model Wide = Net(wide=True)
    """
    net = loads(text, model="Net")
    assert [*signature(type(net)).parameters] == ["width", "wide"]
    made = type(net.a)(4, 6, 3, True, True)
    assert (made.conv1.out_channels, made.conv1.kernel_size, made.conv1.padding) == (12, (3, 3), "valid")
    assert made.drop.p == 0.5
    assert type(net)(4, True).b.conv1.out_channels == loads(text, model="Wide", width=4).b.conv1.out_channels == 16


@pytest.mark.parametrize("more", ["", "model Small = Net(expand=2)"])
def test_what_a_group_decides_one_way_in_all_uses_is_asked_for(more: str) -> None:
    text = """
        block MB(out, expand=4) {
            input x: [N, C, H, W]
            conv: { if expand != 1 { Conv2d(C * expand, 1) }; Conv2d(out, 3) }
        }
        model Net(width=16, expand=4) { input x: [N, 3, 8, 8]; stem: Conv2d(width, 3) -> a: MB(width * 2, expand) }
    """
    made = type(loads(text + more, model="Net"))
    assert [*signature(made).parameters] == ["width", "expand"]
    assert str(made(5, 3)) == str(loads(text + more, model="Net", width=5, expand=3))
    with pytest.raises(ValueError, match="not made for expand == 1"):
        made(5, 1)


@pytest.mark.parametrize(
    "body", ["Conv2d(out, 1) * n", "c: { Conv2d(out, 1) * n }", "c: { for _ in range(n) { Conv2d(out, 1) } }"]
)
def test_who_goes_on_from_repeated_layers_does_so_however_many_there_are(body: str) -> None:
    text = (
        f"block C(out, n=1) {{ {body} }}"
        + """
        model Net(width=8, n=2) { input x: [N, 3, H, W]; a: C(width, n) -> b: C(width * 2, n * 2) }
    """
    )
    made = type(loads(text))
    assert [*signature(made).parameters] == ["width", "n"]
    assert str(made(5, 3)) == str(loads(text, width=5, n=3))


def test_what_models_of_one_class_have_in_several_ways_is_not_settled() -> None:
    text = """
        model CRNN(leaky=False, depth=2) {
            input image: [N, 1, 32, 32]
            Act = LeakyReLU(0.2) if leaky else ReLU
            cnn: { for i in range(depth) { Conv2d(8, 3) -> Act } }
            if depth % 2 == 0 { Conv2d(4, 1) }
        }
        model Leaky = CRNN(leaky=True)
    """
    code = pipeline.compile(Source("crnn.cnn", text), None, {})[0]
    assert "Settled when this was compiled" not in code or "leaky=False" not in code


def test_a_class_has_the_template_that_is_its_models_default() -> None:
    text = """
        model Net(layers, Norm=BatchNorm2d) { input x: [N, 3, H, W]; for w in layers { Conv2d(w, 3) -> Norm } }
        model A = Net([8], Norm=GroupNorm(4))
        model B = Net([8, 16])
    """
    code = pipeline.compile(Source("net.cnn", text), None, {})[0]
    assert "norm: type[nn.GroupNorm | nn.BatchNorm2d] = nn.BatchNorm2d,\n" in code


def test_a_loop_in_one_way_of_an_if_leaves_no_number_behind() -> None:
    text = """
        model Up(width=4, scale=2) {
            input x: [N, 3, H, W]
            Conv2d(width, 1)
            if scale == 3 { Conv2d(width * 9, 1) -> PixelShuffle(3) }
            else { for _ in range(int(log2(scale))) { Conv2d(width * 4, 1) -> PixelShuffle(2) } }
            -> Conv2d(3, 1)
        }
        model Up4 = Up(scale=4)
    """
    made = namespace(text)["Up"]
    assert [*signature(made).parameters] == ["width", "scale"]
    assert made(4, 8)(torch.zeros(1, 3, 2, 2)).shape == (1, 3, 16, 16)


TWO = "q, k = x -> fc: Linear(2 * D) -> reshape(N, T, 2, heads, D // heads) -> unbind(2)"
ALONE = "q = x -> reshape(N, T, heads, D // heads); k = 1"


@pytest.mark.parametrize("shape", ["width * len(kernels)", "-1"])
@pytest.mark.parametrize("first", ["-1", "N * T"])
def test_a_reshape_of_what_a_list_was_joined_to_follows_its_width_and_length(shape: str, first: str) -> None:
    text = f"""
        block Chars(width, kernels=[2, 3]) {{
            input x: [N, T, K, D]
            y = reshape(x, {first}, K, D) -> transpose(1, 2)
            ys = [for k in kernels {{ y -> Conv1d(width, k) -> amax(2) }}]
            cat(ys, 1) -> reshape(N, T, {shape})
        }}
        model Net(dim=6, chars=4, kernels=[2, 3]) {{ input x: [N, T, 5, dim]; Chars(chars, kernels) -> Linear(3) }}
    """
    assert [*signature(namespace(text)["Net"]).parameters] == ["dim", "chars", "kernels"]


@pytest.mark.parametrize("made, behind, arguments", [
    (TWO, "q * k", ["norm"]),
    (ALONE, "return q * k", ["norm"]),
    (ALONE, "-> fc2: Linear(D)\nq * k", []),  # who takes what flows would take another one
])  # fmt: skip
def test_what_flows_behind_a_decision_and_nobody_takes_leaves_it_open(
    made: str, behind: str, arguments: list[str]
) -> None:
    made_of = (
        dedent("""
        block Attention(heads, norm=False) {
            input x: [N, T, D]
            MADE
            if norm { q = q -> q_norm: LayerNorm }
            BEHIND
        }
        model Net(heads=2, norm=False) { input x: [N, 5, 8]; attn: Attention(heads, norm) }
        model A = Net(heads=4)
    """)
        .replace("MADE", made)
        .replace("BEHIND", behind)
    )
    text = made_of + ("model B = Net(norm=True)" if arguments else "")
    assert [*signature(namespace(text)["a"]).parameters] == arguments


def test_a_table_that_a_variant_gives_is_open_in_the_others() -> None:
    rows = "[[1, 16, 1, 1, 3, False], [4, 24, 2, 2, 3, False], [4, 40, 2, 2, 5, True]]"
    text = f"""
        model Net(rows={rows}, width=1, last=8) {{
            input x: [N, 3, H, W]
            for t, c, n, s, k, se in rows {{ for i in range(n) {{ Conv2d(c * width, k, s, k // 2) -> BatchNorm2d }} }}
            -> mean([2, 3]) -> Linear(last)
        }}
        model Tiny = Net([[1, 8, 1, 1, 3, True], [3, 16, 1, 2, 3, False]])
        model Half = Net(width=2)
    """
    made = namespace(text)
    assert [*signature(made["half"]).parameters] == ["rows", "last"]
    assert "rows: ((1, 16, 1, 1, 3, False)" in made["Net"].__doc__
    assert made["half"](rows=[[1, 4, 1, 1, 3, False]]).conv1[0].out_channels == 8


def test_flags_called_by_words_of_python_are_arguments_under_another_name() -> None:
    text = """
        block B(out, lambda=2, class=True) {
            input x: [N, C]
            Linear(out * lambda)
            if class and lambda > 1 { ReLU }
        }
        model Net(global=True, with=3, yield="relu") {
            input x: [N, 3]
            B(4, with) -> B(4, lambda=3, class=False)
            if global { Tanh }
            if yield == "relu" { ReLU } else { Sigmoid }
        }
        model Other = Net(global=False, yield="sigmoid")
    """
    made = namespace(text)
    assert [*signature(made["Net"]).parameters] == ["global_", "with_", "yield_"]
    assert [*signature(made["B"]).parameters][1:] == ["out", "lambda_", "class_"]
    assert [type(part).__name__ for part in made["other"]().children()] == ["B", "B", "Sigmoid"]


def test_a_named_table_that_no_argument_is_does_not_stand_at_the_top() -> None:
    text = """
        const ROWS = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2]]
        block Unit(out, e=6, s=1) {
            input x: [N, C, H, W]
            y = x -> up: Conv2d(C * e, 1) -> BatchNorm2d -> dw: Conv2d(out, 3, s, 1)
            if s == 1 and C == out { y = x + y }
            return y
        }
        model Net(rows=ROWS, width=1) {
            input x: [N, 3, H, W]
            for t, c, n, s in rows { for i in range(n) { Unit(c * width, t, s if i == 0 else 1) } }
        }
        model Wide = Net(width=2)
    """
    code, _ = pipeline.compile(Source("text.cnn", text), None, {})
    assert code.count("ROWS") != 1


def test_a_rule_of_a_block_that_some_models_lack_makes_no_class_of_its_own() -> None:
    text = """
        block A(w) { input x: [N, C, L]; norm1: LayerNorm -> fc: Linear(w) }
        block B(w) { input x: [N, C, L]; norm1: LayerNorm -> fc: Linear(w) -> norm2: LayerNorm }
        model Net(Block=A, width=16) { input x: [N, 3, 8]; Block(width); init { B.norm2.weight: zeros } }
        model NetB = Net(B)
        model Plain(width=16) { input x: [N, 3, 8]; A(width); init { B.norm2.weight: zeros; Linear.weight: ones } }
    """
    code = pipeline.compile(Source("net.cnn", dedent(text)), None, {})[0]
    assert code.count("class Net") == 1 and code.count("isinstance(module, B)") == 1
    assert [p.sum().item() for name, p in loads(text, model="NetB").named_parameters() if "norm2.weight" in name] == [0]


GROUPS: dict[str, tuple[str, Any, Any, Any, int]] = {  # one whose loop goes through its list, or turns that often
    "a list": ("{ for w in sizes { Linear(w) -> ReLU } }", [8, 6], [3, 4, 5], [], 5),
    "a number": ("{ for i in range(sizes) { Linear(8 * 2**i) } }", 2, 3, 0, 32),
    "copies": ("{ Linear(8) * sizes }", 2, 3, 0, 8),
}


@pytest.mark.parametrize("name", GROUPS)
def test_who_goes_on_from_a_group_goes_on_from_its_last_round(name: str) -> None:
    group, given, other, none, width = GROUPS[name]
    net = f"model Net(sizes={given}) {{ input x: [N, 3]; mlp: Mlp(sizes) -> out: Linear(2) }}"
    made = type(loads(f"block Mlp(sizes) = {group}\n{net}\nmodel Other = Net({other})\n", model="Net"))
    assert [*signature(made).parameters] == ["sizes"] and made(other).out.in_features == width
    with pytest.raises(ValueError, match="Net is not made for"):
        made(none)


def test_a_parameter_may_be_called_as_what_is_read() -> None:
    text = "model Net(path=0.1, text=8) { input x: [N, 4]; Linear(text) -> drop: Dropout(path) }"
    made = loads(text, path=0.5, text=3)
    assert (made.drop.p, made.fc1.out_features) == (0.5, 3)
