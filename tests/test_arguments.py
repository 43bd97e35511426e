"""What a generated class offers as an argument works with other values: its sizes follow, its guards too."""

from __future__ import annotations

import re
from inspect import signature
from typing import Any

import pytest
import torch
from torch import nn

from cnndsl import CnnError, loads
from cnndsl.live import module_of
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

BLOCKS = {
    "tower": """
        block Tower(dim, width=8) { input x: [N, C, H, W]; Conv2d(width, 5) -> ReLU -> flatten(1) -> Linear(dim) }
        model Net(dim=16) { input x: [N, 1, 28, 28]; Tower(dim) }
    """,
    "a tower of two": """
        block Tower(dim, width=6) {
            input x: [N, C, H, W]
            Conv2d(width, 5) -> MaxPool2d(2) -> Conv2d(width * 3, 3) -> MaxPool2d(2) -> flatten(1) -> fc: Linear(dim)
        }
        model Net(dim=16) { input x: [N, 1, 20, 30]; Tower(dim) }
    """,
    "heads": """
        block L(heads) {
            input x: [N, T, D]
            q = Linear(D) -> reshape(N, T, heads, D // heads)
            y = q -> flatten(2)
            Linear(D)
        }
        model Net { input x: [N, 10, 16]; L(2) -> L(2) }
    """,
    "several heads": """
        block L(heads, dim) {
            input x: [N, T, D]
            Linear(dim * heads) -> reshape(N, T, heads, dim) -> flatten(2) -> Linear(dim)
        }
        model Net { input x: [N, 10, 16]; L(2, 8) -> L(4, 8) }
    """,
    "short cut": """
        block Unit(out, stride=1) {
            input x: [N, C, H, W]
            y = conv1: Conv2d(out, 3, stride, 1) -> ReLU
            s = if stride > 1 or C != out { x -> short: { Conv2d(out, 1, stride) -> BatchNorm2d } } else { x }
            y + s -> ReLU
        }
        model Net(width=8) { input x: [N, 8, 8, 8]; Unit(width) -> Unit(2 * width, 2) -> Unit(2 * width) }
    """,
    "short cut, one width": """
        block Unit(out, stride=1) {
            input x: [N, C, 8, 8]
            y = conv1: Conv2d(out, 3, 1, 1) -> ReLU
            s = if C != out { x -> short: Conv2d(out, 1) } else { x }
            y + s -> ReLU
        }
        model Net { input x: [N, 8, 8, 8]; Unit(8) -> Unit(16) -> Unit(16) }
    """,
}


GUARDED = {
    "slice": "model Net(length=32) { input x: [N, T, 4]; param pos: [length, 4]; x + pos[:T] }",
    "slice of a buffer in a block": """
        block Pos(length) { input x: [N, T, D]; param pos: [length, D]; x + pos[:T] }
        model Net(length=12) { input x: [N, T, 4]; Linear(6) -> Pos(length) -> Linear(4) }
    """,
    "equal sizes": "model Net(length=32) { input x: [N, T, 4]; param pos: [length, 4]; x + pos }",
    "a longer sequence": """
        model Net(length=5) {
            input x: [N, T, 4]
            param cls: [length, 4]
            y = cat([expand(cls[None], N, length, 4), x], 1)
            param pos: [20, 4]
            y + pos[:y.shape[1]]
        }
    """,
    "promise >=": "model Net(w=8) { input x: [N, T, 4] where T >= w; Linear(w) }",
    "promise !=": "model Net(w=8) { input x: [N, T, 4] where T != w; Linear(w) }",
    "promise of a product": "model Net(w=3) { input x: [N, T, 4] where T <= 2 * w + 1; Linear(w) }",
    "a need of a block": """
        block B(w) { input x: [N, T, D] where T > w; Linear(w) }
        model Net(w=6) { input x: [N, T, 4]; B(w) }
    """,
    "a multiple in the input": "model Net(w=4) { input x: [N, w * T, 4]; Linear(w) }",
    "expect": "model Net(w=4) { input x: [N, T, 4]; expect T > w; Linear(w) }",
    "expected shape": "model Net(w=9) { input x: [N, T, 4]; expect [N, w, 4]; Linear(w) }",
    "a flag": """
        model Net(up=False) {
            input x: [N, T, 4]
            x -> transpose(1, 2) -> MaxPool1d(3, 2, ceil_mode=up) -> Conv1d(2, 5)
        }
    """,
    "kernel": "model Net(k=3) { input x: [N, 4, T]; Conv1d(2, k) }",
    "reshape": "model Net(k=3) { input x: [N, T, 4]; x -> reshape(N, k, -1, 4) -> mean(1) }",
}
LENGTHS = range(1, 70)


def takes(module: nn.Module, length: int, axis: int) -> bool:
    shape = [2, length, 4] if axis == 1 else [2, 4, length]
    try:
        module(torch.zeros(shape))
    except (ValueError, RuntimeError):
        return False
    return True


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("factor", [2, 0.5])
def test_guards_follow_the_arguments(name: str, factor: float) -> None:
    """What the class takes with another argument is what the file takes with it."""
    source = Source("net.cnn", GUARDED[name])
    axis = 2 if name == "kernel" else 1
    cls = module_of(compiled(source, None, {})[0]).Net
    for parameter in signature(cls.__init__).parameters.values():
        if isinstance(parameter.default, int):
            is_flag = isinstance(parameter.default, bool)
            other = not parameter.default if is_flag else max(1, int(parameter.default * factor))
            ours = cls(**{parameter.name: other}).eval()
            theirs = loads(source.text, **{parameter.name: other}).eval()
            assert [takes(ours, n, axis) for n in LENGTHS] == [takes(theirs, n, axis) for n in LENGTHS]


def test_what_no_guard_hangs_on_stays_an_argument() -> None:
    text = "model Net(classes=10, width=8) { input x: [N, 3, H, W]; Conv2d(width, 3, 2, 1) -> BatchNorm2d -> ReLU"
    text += " -> Conv2d(2 * width, 3, 2) -> AdaptiveAvgPool2d(1) -> Flatten -> Linear(classes) }"
    module = module_of(compiled(Source("net.cnn", text), None, {})[0])
    assert module.Net(classes=7, width=5)(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def recorded(cls: Any, calls: list[Any]) -> None:
    """Lets the class note what it is made from, and called with."""
    init, forward = cls.__init__, cls.forward
    names = [p for p in signature(init).parameters.values() if p.name != "self"]

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        given = dict(zip([p.name for p in names], args, strict=False)) | kwargs
        self.__dict__["made_from"] = {p.name: given.get(p.name, p.default) for p in names}

    def called(self: Any, *inputs: Any) -> Any:
        calls.append((type(self), self.__dict__["made_from"], inputs))
        return forward(self, *inputs)

    cls.__init__, cls.forward = made, called


@pytest.mark.parametrize("name", BLOCKS)
def test_arguments_of_blocks_work_with_other_values(name: str) -> None:
    text = compiled(Source("net.cnn", BLOCKS[name]), None, {})[0]
    module, again = module_of(text), module_of(text + "\n# again")
    calls: list[Any] = []
    for cls in vars(module).values():
        if isinstance(cls, type) and issubclass(cls, nn.Module):
            recorded(cls, calls)
    net = module.Net()
    shape = re.findall(r"model Net.*?input x: \[N, (.*?)\]", BLOCKS[name], re.DOTALL)[0].replace("width", "8")
    net(torch.zeros([2, *map(int, shape.split(", "))]))
    assert {cls.__name__ for cls, _, _ in calls} > {"Net"}
    for cls, given, inputs in calls:
        for argument, value in given.items():
            if type(value) is int and not argument.startswith("in_"):
                vars(again)[cls.__name__](**{**given, argument: 2 * value})(*inputs)


def test_a_class_that_sums_a_list_is_not_made_for_an_empty_one() -> None:
    text = """
        model Net(n=3) {
            input x: [N, 3]
            ys = []
            for i in range(n) { ys = [*ys, x -> Linear(3)] }
            sum(ys) + x
        }
    """
    made = type(loads(text))
    assert made(n=1)(torch.ones(2, 3)).shape == (2, 3)
    with pytest.raises(ValueError, match="Net is not made for n <= 0"):
        made(n=0)


def test_a_class_that_joins_a_list_is_not_made_for_an_empty_one_where_the_flow_hangs_on_the_rounds() -> None:
    text = """
        block Steps(w, steps: int) {
            input x: [N, T, C]
            ys = []
            for t in range(steps) {
                if t == 0 { h = x[:, t] -> cell: Linear(w) } else { h = x[:, t] -> cell }
                ys = [*ys, h]
            }
            stack(ys, 1)
        }
        model Net { input x: [N, 4, 3]; Steps(5, 4) }
    """
    steps = type(loads(text).steps1)
    assert steps(5, 2)(torch.ones(2, 4, 3)).shape == (2, 2, 5)
    with pytest.raises(ValueError, match="Steps is not made for steps <= 0"):
        steps(5, 0)


def test_guards_hold_behind_a_long_test_of_lists() -> None:
    text = """
        block Unit(w) { Conv2d(w, 1, bias=False) -> BatchNorm2d }
        model Net(widths=[8, 16, 32], depths=[1, 2, 2]) {
            input image: [N, 3, H, W]
            for w, d in zip(widths[1:], depths[1:]) {
                Conv2d(w, 2, 2)
                for i in range(d) { Unit(w) }
            }
        }
    """
    with pytest.raises(ValueError, match="H >= 4"):
        loads(text).eval()(torch.zeros(1, 3, 3, 4))
    assert type(loads(text))(widths=[4, 8], depths=[1, 1]).eval()(torch.zeros(1, 3, 3, 4)).shape == (1, 8, 1, 2)


def test_what_no_round_of_an_inner_loop_has_seen_is_not_written_down() -> None:
    text = """
        block Unit(mid, out) { x -> Linear(mid) -> Linear(out) }
        model Net(mids=[4, 5, 6], outs=[8, 12, 16], repeats=[1, 1, 2]) {
            input x: [N, 3]
            Linear(8)
            for i in range(3) {
                Unit(mids[i], outs[i])
                for j in range(repeats[i] - 1) { Unit(mids[i], outs[i]) }
            }
        }
    """.replace("{ x ->", "{ input x: [N, C]; x ->")
    made, other = type(loads(text)), loads(text, repeats=[2, 1, 2])
    if "repeats" in signature(made).parameters:
        assert [(k, v.shape) for k, v in made(repeats=[2, 1, 2]).state_dict().items()] == [
            (k, v.shape) for k, v in other.state_dict().items()
        ]


def test_sizes_of_an_input_with_its_channels_last_are_called_so() -> None:
    text = """
        block Mix { input x: [N, H, W, D]; Linear(D) -> reshape(N, H * W, D) -> Linear(H) -> reshape(N, H, W, H) }
        model Net { input x: [N, 4, 6, 8]; y = Linear(3) -> Mix; x[:, :2, :3] -> Mix; return x, y }
    """
    code = compiled(Source("t.cnn", text), None, {})[0]
    assert "in_height: int, in_features: int" in code and "in_channels" not in code


ZIPS = {
    "both are read": "for w, k in zip(widths, others) { Conv1d(w, k) -> ReLU }",
    "one is read": "for w, k in zip(widths, others) { Conv1d(w, 1) -> GroupNorm(1) }",
    "the other one is read": "for k, w in zip(others, widths) { Conv1d(w, 1) -> PReLU(w) }",
    "none is read": "for w, k in zip(widths, others) { Conv1d(3, 1) }",
    "counted": "for i, (w, k) in enumerate(zip(reversed(widths), others)) { Conv1d(w + i, 1) }; Conv1d(2, 1)",
    "gathered": "ys = [for w, k in zip(widths, others) { x * k -> Conv1d(w, 1) }]; cat(ys, 1) -> Conv1d(2, 1)",
}


@pytest.mark.parametrize("loop", ZIPS)
@pytest.mark.parametrize("given", [{"widths": [4, 5]}, {"others": [1]}, {"widths": [2] * 5}, {"widths": [2] * 4}])
def test_zip_ends_with_the_shorter_list_in_a_class_too(loop: str, given: dict[str, Any]) -> None:
    text = f"model Net(widths=[4, 6, 8], others=[1, 1, 1]) {{ input x: [N, 3, T]; {ZIPS[loop]} }}"
    made, wanted = type(loads(text))(**given), loads(text, **given)
    assert [*map(str, wanted.modules())][1:] == [*map(str, made.modules())][1:]
    made.load_state_dict(wanted.state_dict())
    x = torch.randn(2, 3, 9)
    assert torch.equal(made(x), wanted(x))


def test_a_class_refuses_another_length_than_that_of_a_written_list() -> None:
    text = "model Net(widths=[4, 6, 8]) { input x: [N, 3]; for w, k in zip(widths, [1, 2, 3]) { Linear(w) } }"
    with pytest.raises(ValueError, match=r"not made for len\(widths\) != 3"):
        type(loads(text))(widths=[4, 6, 8, 10])


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("y = one: Linear(a); z = two: Linear(b); y + z -> fc: Linear(4)", {"a": 1}),
        ("y = one: Linear(a); z = two: Linear(b); mul(y, z) -> fc: Linear(4)", {"b": 1}),
        ("y = Linear((a + 1) // 2); y * (y -> Linear(a // 2)) -> fc: Linear(b)", {"a": 3}),
    ],
)
def test_a_class_that_broadcasts_by_one_of_two_sizes_asks_that_they_are_equal(body: str, given: dict[str, int]) -> None:
    text = f"model Net(a=8, b=8) {{ input x: [N, 5]; {body} }}"
    x = torch.rand(2, 5)
    made = loads(text)
    assert type(made)(a=16, b=16)(x).shape[0] == 2
    assert loads(text, **given)(x).shape[0] == 2
    with pytest.raises(ValueError, match=r"Net is (not made for|made only where)"):
        type(made)(**given)


def test_a_size_that_is_stated_of_a_whole_axis_is_asked_for_again() -> None:
    text = (
        'model Net(a=8, b=8, p=2) { input x: [N, 6, L]; Conv1d(a, 1) -> rearrange("n c (l p) -> n l p c", c=b, p=p) }'
    )
    made, x = loads(text), torch.rand(2, 6, 12)
    assert type(made)(a=4, b=4, p=3)(x).shape == (2, 4, 3, 4)
    for given in ({"a": 4}, {"b": 4}):
        with pytest.raises(CnnError):
            loads(text, **given)
        with pytest.raises(ValueError, match="Net is not made for a != b"):
            type(made)(**given)


@pytest.mark.parametrize("shape", ["-1, g, 8", "6 * N // g, g, 8"])
def test_samples_that_hang_on_an_argument_are_told_for_its_value(shape: str) -> None:
    text = f"model Net(g=2) {{ input x: [N, 6, 8]; x -> reshape({shape}) -> mean(1) }}"
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "Outputs where g == 2:\n        [3 * N, 8]" in code and "# [3 * N" not in code


def test_sizes_of_one_name_are_equal_whatever_the_arguments() -> None:
    text = """
        model Net(n=3) {
            input a: [N, 3, H, W]
            input b: [N, 3, H, W]
            a + b -> Conv2d(2, n, padding=n // 2)
        }
    """
    made = type(loads(text))(n=5)
    assert made(torch.zeros(2, 3, 5, 4), torch.zeros(2, 3, 5, 4)).shape == (2, 2, 5, 4)
    with pytest.raises(ValueError, match=re.escape("b.shape[0] == a.shape[0]")):
        made(torch.zeros(2, 3, 5, 4), torch.zeros(1, 3, 5, 4))


def test_numbers_of_an_expected_shape_are_asked_for_again() -> None:
    text = """
        block Half(w) { input x: [N, C]; Linear(w // 2 * 2); expect [N, w] }
        model Net(size=16, z=4, w=6) {
            input x: [N, z]
            Linear(size // 2 * 2)
            expect [N, size]
            -> Half(w) -> Linear(z)
            expect [N, z]
        }
    """
    made = type(loads(text))
    assert made(size=18, w=8)(torch.zeros(2, 4)).shape == (2, 4)
    for given in ({"size": 17}, {"w": 7}):
        with pytest.raises(ValueError, match=r"is (made only where|not made for)"):
            made(**given)
        with pytest.raises(CnnError):
            loads(text, **given)


def test_sizes_that_loops_come_to_are_asked_for_where_they_are_expected() -> None:
    text = """
        model Net(size=16, z=3, w=4, k=4) {
            input noise: [N, z]
            n = int(log2(size)) - 2
            fc: Linear(w * 2**n * 16) -> reshape(N, w * 2**n, 4, 4)
            for i in range(n) { ConvTranspose2d(w * 2**(n - i - 1), k, 2, 1) }
            expect [N, w, size, size]
            y = -> flatten(2) -> Conv1d(w, 3)
            expect y.shape[2] > 64
        }
    """
    made = type(loads(text))
    assert made(size=32)(torch.zeros(2, 3)).shape == (2, 4, 32 * 32 - 2)
    assert "Made only where `expect [N, w, size, size]` holds and `expect y.shape[2] > 64`" in (made.__doc__ or "")
    for given, said in {24: "[N, w, size, size]", 8: "y.shape[2] > 64"}.items():
        with pytest.raises(ValueError, match=rf"for .*size={given}.*, as it expects {re.escape(said)}"):
            made(size=given)
        with pytest.raises(CnnError):
            loads(text, size=given)
    with pytest.raises(ValueError, match="size=16"):
        made(k=3)


def test_a_function_of_a_group_refuses_counts_below_0() -> None:
    text = """
        block Stage(d, w) = { Linear(w) -> Linear(w) * (d - 1) }
        model Net(d=3, w=4) { input x: [N, 4]; Stage(d, w) -> Stage(d + 1, 2 * w) }
    """
    made = type(loads(text))
    assert [len(child) for child in made(d=1).children()] == [1, 2]
    with pytest.raises(ValueError, match="d < 1"):
        made(d=0)
    with pytest.raises(CnnError):
        loads(text, d=0)


def test_loops_whose_rounds_never_turn_another_one_leave_sizes_as_they_are() -> None:
    text = """
        def wider(w) { return max(8, w // 8 * 8) }
        model Net(w=20, d=2) {
            input x: [N, 3]
            layers: { Linear(wider(w)); for k in [1, 2, 3] { for j in range(d) { Linear(k * w) } }; Linear(4) }
        }
    """
    for d, widths in {0: [16, 4], 1: [16, 20, 40, 60, 4]}.items():
        assert [layer.out_features for layer in loads(text, d=d).layers] == widths


def test_a_number_that_is_none_in_other_rounds_may_be_behind_sizes() -> None:
    text = """
        block Down(out, pool=None) {
            input x: [N, C, H]
            y = if pool is not None { x -> MaxPool1d(pool) } else { x -> Conv1d(C, 2, 2) }
            y -> Conv1d(out, 1)
        }
        model Net(w=4, pool=2) {
            input x: [N, 3, 32]
            for i in range(2) { x = x -> Down(w + i, pool if i == 0 else None) }
            x -> flatten(1) -> Linear(2)
        }
    """
    made = type(loads(text))
    for w in (4, 6):
        assert made(w=w)(torch.zeros(2, 3, 32)).shape == (2, 2)
        assert [*made(w=w).state_dict()] == [*loads(text, w=w).state_dict()]


def test_a_default_of_none_is_of_its_type_whatever_is_given() -> None:
    text = """
        def pick(w, least=None) {
            if least is None { return w * 2 }
            return max(w, least)
        }
        model Net(w=4, least=6) { input x: [N, 3]; Linear(pick(w, least)) }
    """
    assert "def pick(w: int, least: int | None = None) -> int:" in compiled(Source("net.cnn", text), None, {})[0]
    assert type(loads(text))(w=8).fc1.out_features == 8


def test_a_class_takes_no_slice_in_which_nothing_is_left() -> None:
    text = """
        model Net(s=1, keep=4, w=8, e=2) {
            input x: [N, 8, T]
            b = x[:, :keep] -> Conv1d(w, 1)
            return x[:, s:], b, b[:, w // 2:], b[:, e:-1]
        }
    """
    made = type(loads(text))
    x = torch.zeros(2, 8, 5)
    assert [y.shape[1] for y in made(s=7, w=6, e=4)(x)] == [1, 6, 3, 1]
    for given in ({"s": 8}, {"keep": 0}, {"e": 7}, {"w": 3}):
        with pytest.raises(ValueError, match="not made for"):
            made(**given)
        with pytest.raises(CnnError):
            loads(text, **given)


def test_what_the_author_reads_off_an_input_is_read_off_it_where_all_uses_agree() -> None:
    text = """
        block Attn(heads, size) {
            input x: [N, T, D]
            param pos: [size * size, D]
            y = x + pos -> qkv: Linear(3 * D) -> reshape(N, T, 3, heads, D // heads)
            q, k, v = y -> permute(2, 0, 3, 1, 4) -> unbind(0)
            scaled_dot_product_attention(q, k, v) -> transpose(1, 2) -> reshape(N, T, D) -> proj: Linear(D)
        }
        model Net(size=4, dim=16, heads=2) {
            input x: [N, 3, size, size]
            embed: Conv2d(dim, 1) -> flatten(2) -> transpose(1, 2) -> attn: Attn(heads, size)
        }
    """
    made = type(loads(text).attn)(16, 2, 8)
    assert made(torch.zeros(2, 64, 16)).shape == (2, 64, 16)


def test_nothing_is_asked_for_that_is_so_whatever_the_arguments() -> None:
    text = """
        block In(out) {
            input x: [N, C, H, W]
            expect out % C == 0
            Conv2d(out, 3, padding=1)
        }
        block Up(out, up=True) {
            input x: [N, C, H, W]
            if up { x = x -> up: Upsample(scale_factor=2) }
            x = x -> conv: Conv2d(out, 3, padding=1)
            param strength: [1] = 0
            x + strength * randn([x.shape[0], 1, x.shape[2], x.shape[3]])
        }
        model Net(width=8) {
            input image: [N, 1, 8, 8]
            first: In(width)
            "b.0": Up(width, False)
            "b.1": Up(width)
        }
    """
    made = compiled(Source("net.cnn", text), None, {})[0]
    assert "def __init__(self, in_channels: int, out: int, up: bool = True) -> None:" in made
    assert "Made only" not in made and "raise" not in made  # of `out % 1 == 0`, and of `up in (False, True)`


def test_what_could_be_none_alone_is_no_argument() -> None:
    text = """
        block Head(out, hidden=None, p=0.0) {
            input x: [N, D]
            if hidden is not None { x = x -> fc1: Linear(hidden) -> relu }
            x -> drop: Dropout(p) -> fc2: Linear(out)
        }
        model Net(width=8, tasks=[1, 3, 5], head_hidden=None, p=0.1) {
            input x: [N, 4]
            y = Linear(width)
            ys = [for i, n in enumerate(tasks) { y -> "heads.{i}": Head(n, head_hidden, p) }]
            return ys
        }
    """
    made = compiled(Source("net.cnn", text), None, {})[0]
    assert "def __init__(self, in_features: int, out: int, p: float = 0.0) -> None:" in made
    assert "self.fc2 = nn.Linear(in_features, out)" in made
    assert "Settled when this was compiled: head_hidden=None." in made
    again = compiled(Source("net.cnn", text), None, {"head_hidden": 6})[0]
    assert "hidden: int" in again and "self.fc1 = nn.Linear(in_features, hidden)" in again


def test_loops_in_loops_that_must_turn_are_each_asked_for_rounds() -> None:
    text = """
        model Net(stacks=2, layers=3, width=8) {
            input x: [N, 8, T]
            total = 0
            for s in range(stacks) {
                for i in range(layers) { total = total + (x -> "c.{s}.{i}": Conv1d(width, 1)) }
            }
            relu(total)
        }
    """
    made = type(loads(text))
    assert "Made only where layers > 0 and stacks > 0." in (made.__doc__ or "")
    with pytest.raises(ValueError, match="Net is not made for layers <= 0"):
        made(stacks=-1, layers=-1)


def test_a_function_tells_what_its_class_tells_for_other_arguments_alone() -> None:
    text = """
        model Net(k=3, p=0, classes=10) {
            input x: [N, 3, H, W]
            Conv2d(8, k, padding=p) -> mean([2, 3]) -> fc: Linear(classes)
        }
        model Same = Net(classes=2)
        model Other = Net(k=5, p=1)
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "    Requires where k == 3 and p == 0:\n        H >= 3\n        W >= 3\n" in code
    assert "    Requires:\n        H >= 3\n        W >= 3\n" in code[code.index("def other(") :]
    assert code.count("H >= 3\n") == 2  # what the class tells of `same`, that does not tell again


def test_a_class_tells_what_all_its_models_require_for_the_arguments_of_any() -> None:
    text = """
        block Stages(depths) { input x: [N, C, H, W]; for n in depths { Conv2d(8, 3) * n -> BatchNorm2d } }
        model Net(depths, k=7, classes=4) {
            input x: [N, 3, H, W]
            Conv2d(8, k, 2, k // 2) -> Stages(depths) -> mean([2, 3]) -> fc: Linear(classes)
        }
        model One = Net([1, 2, 1])
        model Two = Net([2, 1, 1])
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "Requires where k == 7 and list(depths) in ([1, 2, 1], [2, 1, 1]):" in code
    assert code.count("H >= 17\n") == 1
