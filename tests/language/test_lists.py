"""Lists of sizes, named or not, forwards and backwards, whole and in part: what they hang on stays an argument."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source

from ..honest.judge import findings

DOUBLE = """
block Double(out) {
    input x: [N, C, H, W]
    Conv2d(out, 3, padding=1, bias=False) -> BatchNorm2d -> ReLU
}
"""
NETS = {
    "a U-Net over lists": (
        DOUBLE
        + """
        model Net(width=2, classes=2) {
            input x: [N, 1, 8, 8]
            widths = [width, width * 2, width * 4]
            skips = []
            for i, w in enumerate(widths) {
                if i > 0 { skips = [*skips, x]; x = x -> MaxPool2d(2) }
                x = x -> Double(w)
            }
            for w, skip in zip(widths[1::-1], skips[::-1]) {
                x = cat([x -> ConvTranspose2d(w, 2, 2), skip], 1) -> Double(w)
            }
            x -> head: Conv2d(classes, 1)
        }
        """,
        {"width", "classes"},
        ["nn.ConvTranspose2d(width * 4, width * 2, 2, 2)"],
    ),
    "an autoencoder": (
        """
        model Net(width=2) {
            input x: [N, 3, 16, 16]
            widths = [for i in range(3) { width * 2**i }]
            for w in widths { Conv2d(w, 3, 2, 1) -> ReLU }
            for w in reversed(widths) { ConvTranspose2d(w, 2, 2) -> ReLU }
            Conv2d(3, 1)
        }
        """,
        {"width"},
        ["widths = [width, width * 2, width * 4]", "for w in widths:", "for w in widths[::-1]:"],
    ),
    "stages with labels": (
        """
        model Net(width=2, classes=3) {
            input x: [N, 3, 8, 8]
            widths = [width, width * 2, width * 4]
            for i, w in enumerate(widths) { "stage{i}": { Conv2d(w, 3, padding=1) -> ReLU -> MaxPool2d(2) } }
            Flatten -> Linear(widths[-1]) -> Linear(classes)
        }
        """,
        {"width", "classes"},
        ["self.fc2 = nn.Linear(width * 4, classes)"],
    ),
    "a pyramid": (
        """
        model Net(width=2, out=4) {
            input x: [N, 3, 8, 8]
            levels = []
            for d in [width, width * 2, width * 4] { x = x -> Conv2d(d, 3, 2, 1) -> ReLU; levels = [*levels, x] }
            a = levels[0] -> lat0: Conv2d(out, 1)
            b = levels[1] -> lat1: Conv2d(out, 1)
            c = levels[2] -> lat2: Conv2d(out, 1)
            b = b + interpolate(c, b.shape[2:])
            return a + interpolate(b, a.shape[2:]), b, c
        }
        """,
        {"width", "out"},
        ["self.lat2 = nn.Conv2d(width * 4, out, 1)"],
    ),
    "a discriminator": (
        """
        model Net(base=2, n=3) {
            input x: [N, 3, 32, 32]
            widths = [for i in range(n) { min(base * 2**i, 6) }]
            Conv2d(base, 4, 2, 1) -> LeakyReLU(0.2)
            for w in widths { Conv2d(w, 4, 2, 1, bias=False) -> BatchNorm2d -> LeakyReLU(0.2) }
            Conv2d(1, 2)
        }
        """,
        {"base"},
        [],
    ),
    "a temporal network": (
        """
        block Temporal(out, dilation, k=3) {
            input x: [N, C, T]
            y = x -> pad([(k - 1) * dilation, 0]) -> Conv1d(out, k, dilation=dilation) -> ReLU
            if C != out { x = x -> down: Conv1d(out, 1) }
            y + x
        }
        model Net(width=2) {
            input x: [N, 4, 9]
            for i, c in enumerate([width, width, width * 2]) { Temporal(c, 2**i) }
        }
        """,
        {"width"},
        ["for i, c in enumerate([width, width, width * 2]):"],
    ),
    "stages of several depths": (
        """
        block Block(drop) {
            input x: [N, C, H, W]
            x + (x -> Conv2d(C, 3, padding=1, groups=C) -> Dropout(drop) -> Conv2d(C, 1))
        }
        model Net(depths=[1, 1, 2], dims=[2, 4, 6], drop=0.1) {
            input x: [N, 3, 32, 32]
            total = sum(depths)
            for i, (d, w) in enumerate(zip(depths, dims)) {
                start = sum(depths[:i])
                Conv2d(w, 2, 2)
                "stages.{i}": { for j in range(d) { Block(drop * (start + j) / (total - 1)) } }
            }
            AdaptiveAvgPool2d(1)
        }
        """,
        {"depths", "dims", "drop"},
        ["zip(depths, dims, strict=False)"],
    ),
    "an upscaler": (
        "model Net(scale=2) { input x: [N, 1, 6, 6]; Conv2d(scale**2, 3, padding=1) -> PixelShuffle(scale) }",
        {"scale"},
        ["nn.PixelShuffle(scale)"],
    ),
    "attention by hand": (
        """
        block Attention(heads) {
            input x: [N, T, D]
            y = x -> qkv: Linear(3 * D) -> reshape(N, T, 3, heads, D // heads)
            q, k, v = y -> permute(2, 0, 3, 1, 4) -> unbind(0)
            y = (q @ transpose(k, -2, -1)) * (D // heads) ** -0.5 -> softmax(-1)
            (y @ v) -> transpose(1, 2) -> reshape(N, T, D) -> proj: Linear(D)
        }
        model Net(dim=8, heads=2, depth=2) {
            input x: [N, 5, dim]
            y = Linear(dim) -> reshape(N, 5, heads, dim // heads) -> relu -> flatten(2) -> Linear(dim)
            for i in range(depth) { y = y -> "blocks.{i}": Attention(heads) }
        }
        """,
        {"dim", "heads", "depth"},
        ["nn.Linear(heads * (dim // heads), dim)"],
    ),
    "stages that a list of the class and one of the file say": (
        """
        block Block(dim) { input x: [N, C, H, W]; x + (x -> Conv2d(dim, 3, padding=1)) }
        model Net(depths=[1, 2, 1], width=2) {
            input x: [N, 3, 16, 16]
            dims = [width, width * 2, width * 4]
            for i, (d, w) in enumerate(zip(depths, dims)) {
                if i == 0 { x = x -> "down{i}": Conv2d(w, 4, 4) } else { x = x -> "down{i}": Conv2d(w, 2, 2) }
                x = x -> "stage{i}": { Block(w) * d }
            }
            x
        }
        """,
        {"depths", "width"},
        ["zip(depths, [width, width * 2, width * 4], strict=True)", "Net is not made for len(depths) != 3"],
    ),
    "a decoder": (
        """
        model Net(width=2, latent=5) {
            input z: [N, latent]
            widths = [width, width * 2, width * 4]
            Linear(widths[-1] * 4) -> Unflatten(1, (widths[-1], 2, 2))
            for w in reversed(widths) { ConvTranspose2d(w, 4, 2, 1) -> BatchNorm2d -> ReLU }
            Conv2d(3, 3, padding=1) -> Tanh
        }
        """,
        {"width", "latent"},
        ["self.fc1 = nn.Linear(latent, width * 16)", "nn.BatchNorm2d(w) for w in widths[::-1]"],
    ),
    "parts of a list": (
        """
        block B(widths) {
            input x: [N, C]
            for w in widths + [7] { Linear(w) }
            for w in widths[::-1] { Linear(w) }
            for a, b in zip(widths[:-1], widths[1:]) { Linear(a) -> Linear(b) }
            Linear(widths[-1])
        }
        model Net(widths=[3, 4, 5]) { input x: [N, 6]; B(widths); for w in widths[1:] { Linear(w) } }
        """,
        {"widths"},
        [
            "for w in widths[::-1]:",
            "for a, b in pairwise(widths)",
            "nn.Linear(in_features, widths[-1])",
            "for w in widths[1:]:",
        ],
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_what_lists_of_sizes_hang_on_stays_an_argument(name: str) -> None:
    text, wanted, lines = NETS[name]
    assert set(inspect.signature(type(cnndsl.loads(text)).__init__).parameters) - {"self"} == wanted
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert [line for line in lines if line not in code] == []
    assert not list(findings(Source("net.cnn", text), 2))


def test_a_block_whose_loop_does_not_turn_in_some_use_is_one_class() -> None:
    text = """
        block B(n) {
            input x: [N, C, H, W]
            y = x
            for i in range(n) { y = y -> Conv2d(C, 3, padding=1) -> ReLU }
            y + x
        }
        model Net(w=4) { input x: [N, 3, 8, 8]; Conv2d(w, 1) -> B(1) -> B(2) -> B(3) -> B(0) }
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert re.findall(r"^class (\w+)", code, re.MULTILINE) == ["B", "Net"]
    assert "self.b4 = B(w, 0)" in code
    assert not list(findings(Source("net.cnn", text), 2))


def test_a_size_goes_round_through_a_block_of_two_results() -> None:
    text = """
        block Layer(dilation, residual, skip) {
            input x: [N, C, T]
            g = x -> pad([dilation, 0]) -> Conv1d(residual, 2, dilation=dilation) -> tanh
            return g -> res: Conv1d(C, 1) -> add(x), g -> skip: Conv1d(skip, 1)
        }
        model Net(residual=3, skip=2, layers=3) {
            input x: [N, 1, 12]
            h = Conv1d(residual, 1)
            for i in range(layers) { h, _ = Layer(2**i, residual, skip)(h) }
            skips = []
            for s in range(2) {
                for i in range(2) { h, t = "layers.{s * 2 + i}": Layer(2**i, residual, skip)(h); skips = [*skips, t] }
            }
            sum(skips) -> Conv1d(2, 1)
        }
    """
    assert set(inspect.signature(type(cnndsl.loads(text)).__init__).parameters) > {"residual", "skip"}
    assert not list(findings(Source("net.cnn", text), 2))


def test_blocks_of_one_name_in_two_files_are_apart(tmp_path: Path) -> None:
    (tmp_path / "lib.cnn").write_text(
        "block Res(n=2) { input x: [N, C, H, W]; y = x; for i in range(n) { y = y -> Conv2d(C, 1) }; y + x }\n"
        "block Both { Res -> Res(3) }\n"
    )
    (tmp_path / "net.cnn").write_text(
        'from "lib.cnn" import Both\nblock Res(k) { Conv2d(k, 1) }\n'
        "model Net { input x: [N, 3, H, W]; Both -> Res(4) }\n"
    )
    code = cnndsl.compile(tmp_path / "net.cnn")
    assert re.findall(r"^class (\w+)", code, re.MULTILINE) == ["Res", "Both", "Res2", "Net"]


def test_how_many_results_a_call_gives_is_settled_in_its_block() -> None:
    split = "block Split(out, parts) { input x: [N, C, H, W]; sum(chunk(Conv2d(out * parts, 1), parts, 1)) }"
    text = f"{split}\nmodel M(w=4, parts=2) {{ input x: [N, 3, H, W]; Split(w, parts) -> Split(w * 2, parts) }}"
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "def __init__(self, in_channels: int, out: int) -> None:" in code and "torch.chunk(x, 2, 1)" in code
