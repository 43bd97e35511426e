"""How requirements are stated: promises, redundancy, outputs under them, two symbols, the batch."""

from __future__ import annotations

import pytest
import torch

import cnndsl
from cnndsl.emit.summary import facts
from cnndsl.problems import CnnError

from .compare import graph_of, shapes_of
from .oracle import Judge, unguarded


def model_of(body: str, shape: str = "[N, 3, H, W]"):
    return graph_of(f"model Net {{ input x: {shape}; {body} }}").models[0]


def needs(body: str, shape: str = "[N, 3, H, W]") -> tuple[str, ...]:
    return model_of(body, shape).requirements.texts


def code(body: str, shape: str = "[N, 3, H, W]") -> str:
    with pytest.raises(CnnError) as caught:
        model_of(body, shape)
    return caught.value.problems[0].code


ARMS = {
    "y = if H > 4 { x[:, :, 4:] -> mean(2) } else { x -> mean(2) }; y -> mean(2)": (),
    "y = if H > 4 { x[:, :, 8:] -> mean(2) } else { x -> mean(2) }; y -> mean(2)": ("H not in {5, 6, 7, 8}",),
    "if H >= 3 and W >= 5 { return avg_pool2d(x, [3, 5]) -> mean([2, 3]) }; return x -> mean([2, 3])": (),
    "if H < 4 { return x -> mean([2, 3]) }; avg_pool2d(x, 4) -> mean([2, 3])": ("H <= 3 or W >= 4",),
    "if H < 4 or W < 4 { return x -> mean([2, 3]) }; avg_pool2d(x, 4) -> mean([2, 3])": (),
    "if H > 4 { if W > 4 { return x[:, :, 4:, 4:] -> mean([2, 3]) }; return x[:, :, 4:] -> mean([2, 3]) }; "
    "return mean(x, [2, 3])": (),
    "y = if H % 2 == 0 { x[:, :, ::2] + x[:, :, 1::2] } else { x[:, :, :H // 2] * 1 + x[:, :, H // 2:2 * (H // 2)] }; "
    "mean(y, [2, 3])": ("H >= 2",),
    "if training { return mean(x[:, :, 1:], [2, 3]) }; if H > 6 { return mean(x[:, :, 6:], [2, 3]) }; "
    "return mean(x, [2, 3])": (),
}


@pytest.mark.parametrize("body", ARMS)
def test_an_arm_needs_what_it_needs_where_it_is_taken(body: str) -> None:
    found = model_of(body).requirements
    assert found.texts == ARMS[body]
    net = cnndsl.loads(f"model Net {{ input x: [N, 3, H, W]; {body} }}").eval()
    for height in range(1, 11):
        for width in range(1, 7):
            x = torch.rand(2, 3, height, width)
            if found.holds({"N": 2, "H": height, "W": width}):
                assert net(x).shape == (2, 3)
            else:
                with pytest.raises(ValueError, match="must hold"):
                    net(x)


@pytest.mark.parametrize(("body", "texts"), [("P -> Linear(4)", ("H >= 2",)), ("halves(x) -> mean([2, 3])", ())])
def test_an_arm_of_a_block_asks_nothing_of_other_sizes(body: str, texts: tuple[str, ...]) -> None:
    text = f"""
        block P {{
            input x: [N, C, H, W]
            if H >= 8 and W >= 8 {{ return avg_pool2d(x, 8) -> mean([2, 3]) }}
            x[:, :, 1:] -> mean([2, 3])
        }}
        def halves(x) {{
            if x.shape[2] > 6 {{ return x[:, :, 6:] -> mean(2, keepdim=True) }}
            return mean(x, 2, keepdim=True)
        }}
        model Net {{ input x: [N, 3, H, W]; y = x; {body} }}
    """
    assert graph_of(text).models[0].requirements.texts == texts


@pytest.mark.parametrize(
    "body",
    [
        "x -> unfold(2, stride=2) -> fold([H, W], 2, stride=2)",
        "x -> unfold(3, padding=1) -> fold([H, W], 3, padding=1)",
        "x -> unfold(2) -> fold(H, 2)",
        "x -> unfold(3, 2, stride=3) -> fold([H, W + 2], 3, 2, stride=3)",
    ],
)
def test_columns_are_put_back_as_an_image_of_free_sizes(body: str) -> None:
    """What the requirements take and refuse, torch takes and refuses."""
    found = model_of(body).requirements
    judge = Judge(unguarded(graph_of(f"model Net {{ input x: [N, 3, H, W]; {body} }}")), 2)
    for height in range(1, 12):
        for width in range(1, 12):
            assert (judge.run(height, width) is not None) == found.holds({"N": 2, "H": height, "W": width})


def test_an_arm_that_never_works_is_an_error() -> None:
    assert code("y = if H < 4 { x[:, :, 8:] -> mean(2) } else { x -> mean(2) }; y") == "too-small"


TIMES_16 = "y = MaxPool2d(16) -> Upsample(scale_factor=16); x + y"


@pytest.mark.parametrize(
    ("shape", "left"),
    [
        ("[N, 3, H, W]", ("H % 16 == 0", "W % 16 == 0")),
        ("[N, 3, 16*H, W]", ("W % 16 == 0",)),
        ("[N, 3, 16*H, 32*W]", ()),
        ("[N, 3, 8*H, 16*W]", ("H % 2 == 0",)),
        ("[N, 3, H, W] where H % 16 == 0 and W % 32 == 0", ()),
        ("[N, 3, H, W] where H % 8 == 0 and H == W", ("H % 16 == 0",)),
        ("[N, 3, H, H]", ("H % 16 == 0",)),
    ],
)
def test_promises_are_checked_for_sufficiency(shape: str, left: tuple[str, ...]) -> None:
    assert needs(TIMES_16, shape) == left


def test_promises_are_guarded() -> None:
    model = cnndsl.loads(f"model Net {{ input x: [N, 3, 16*H, W] where W % 16 == 0; {TIMES_16} }}")
    assert model(torch.zeros(1, 3, 32, 48)).shape == (1, 3, 32, 48)
    for bad in ((24, 48), (32, 40)):
        with pytest.raises(ValueError, match="must hold"):
            model(torch.zeros(1, 3, *bad))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("MaxPool2d(2) -> InstanceNorm2d -> flatten(1) -> sum(1)", ("H >= 2", "W >= 2", "H >= 4 or W >= 4")),
        ("MaxPool2d(2) -> MaxPool2d(2)", ("H >= 4", "W >= 4")),
        ("Conv2d(4, 3) -> InstanceNorm2d(affine=True) -> Conv2d(4, 2)", ("H >= 4", "W >= 4")),
        ("PixelUnshuffle(2) -> PixelUnshuffle(2)", ("H % 4 == 0", "W % 4 == 0")),
        ("Conv2d(4, (33, 1)) -> sum([1, 2])", ("H >= 33",)),
        ("a = MaxPool2d(2); b = x -> Conv2d(3, 5); a + b", ("H in {7, 8}", "W in {7, 8}")),
        ("y, _ = split(x, [100, 124], dim=2); y", ("H == 224",)),
        ("x + permute(x, 0, 1, 3, 2)", ("H == W",)),
        ("x[:, :, 2:-2, ::2] -> Conv2d(2, 3)", ("H >= 7", "W >= 5")),
        ("Conv2d(4, 3, groups=1) -> chunk(2, dim=2) -> cat(1)", ("H % 2 == 0 and H >= 4", "W >= 3")),
    ],
)
def test_said_simply(body: str, said: tuple[str, ...]) -> None:
    assert needs(body) == said


@pytest.mark.parametrize(
    ("body", "output"),
    [
        (TIMES_16, "[N, 3, H, W]"),
        ("y = ConstantPad2d((0, 0, 0, 0), 0.0) -> MaxPool2d(8) -> Upsample(scale_factor=8); x + y", "[N, 3, H, W]"),
        ("PixelUnshuffle(4)", "[N, 48, H // 4, W // 4]"),
        ("x[:, :, :4, :4] + zeros([1, 1, 4, 4])", "[N, 3, 4, 4]"),
        ("Conv2d(2, 3) -> chunk(2, dim=2) -> cat(1)", "[N, 4, H // 2 - 1, W - 2]"),
        ("x + zeros([9, 1])[:H]", "[N, 3, H, W]"),
        ("table = zeros([9, 1])[:H]; y = x + table; y + 0; table", "[H, 1]"),
    ],
)
def test_outputs_are_said_under_the_requirements(body: str, output: str) -> None:
    """In check, in JSON, in the summary and in the docstring alike."""
    text = f"model Net {{ input x: [N, 3, H, W]; {body} }}"
    model = graph_of(text).models[0]
    assert [f"[{', '.join(map(str, shape))}]" for shape in shapes_of(model, True)] == [output]
    assert output in (type(cnndsl.loads(text)).__doc__ or "")


@pytest.mark.parametrize(
    ("body", "shape", "said"),
    [
        ("Flatten(0) -> Linear(4)", "[N, 3, 8, 8]", "free-argument"),
        ("reshape(x, [-1, 7]) -> Linear(4)", "[N, 3, 8, 8]", ("N % 7 == 0",)),
        ("reshape(x, [4, 48])", "[N, 3, 8, 8]", ("N == 1",)),
        ("y = x -> mean([2, 3]); z = x -> mean([1, 3]); y + z", "[N, 3, H, W]", ("H == 3",)),
        ("y = x -> mean([2, 3]); z = x -> mean([1, 2]) -> permute(1, 0); y + z", "[N, 3, H, W]", None),
    ],
)
def test_the_batch_is_a_size_like_others(body: str, shape: str, said: object) -> None:
    if isinstance(said, str):
        assert code(body, shape) == said
    elif said is not None:
        assert needs(body, shape) == said
    else:
        assert set(needs(body, shape)) == {"N == 3", "W == 3"}


def test_never_names_both_sides_and_their_places() -> None:
    with pytest.raises(CnnError) as caught:
        model_of("a = PixelUnshuffle(2)\n    x[:, :, 1:] -> PixelUnshuffle(2)")
    problem = caught.value.problems[0]
    assert problem.code == "never-works"
    assert [related.facts["condition"] for related in problem.related] == ["H % 2 == 0", "H % 2 == 1"]
    text = " ".join(str(caught.value).split())
    assert "the height H is no multiple of 2" in text and "the height H - 1 is no multiple of 2" in text


def test_undecided_is_marked() -> None:
    """Two symbols, not linear: stated as it stands, guarded, and marked."""
    model = model_of("reshape(x, [N, 3, 100])")
    assert model.requirements.texts == ("H * W == 100",)
    assert model.requirements.undecided
    assert str(facts(model)).endswith("needs H * W == 100 (undecided)")
    live = cnndsl.loads("model Net { input x: [N, 3, H, W]; reshape(x, [N, 3, 100]) }")
    assert live(torch.zeros(2, 3, 4, 25)).shape == (2, 3, 100)
    with pytest.raises(ValueError, match=r"H \* W == 100 must hold"):
        live(torch.zeros(2, 3, 4, 24))


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("y = Conv1d(4, 2); n = y.shape[2]; x[:, :, -n:] + y", 2),
        ("y = Conv1d(4, 2); y + mean(x[:, :, :-(y.shape[2] - 1)], 2, True)", 3),
        ("x[:, :, 1 - L:-1]", 3),
    ],
)
def test_a_free_bound_that_is_below_zero_is_counted_from_the_end(text: str, low: int) -> None:
    net = cnndsl.loads(f"model Net {{ input x: [N, 4, L]; {text} }}")
    with pytest.raises(ValueError):
        net(torch.rand(2, 4, low - 1))
    for length in range(low, 9):
        net(torch.rand(2, 4, length))
