"""Networks that people know, written down, with what is known of the sizes that they take."""

from __future__ import annotations

from typing import NamedTuple

DOUBLE = """
block Double(out) { Conv2d(out, 3, padding=1) -> ReLU -> Conv2d(out, 3, padding=1) -> ReLU }
"""

U_NET = (
    DOUBLE
    + """
model Net(width=4) {
    input x: [N, 3, H, W]
    e1 = Double(width)
    e2 = MaxPool2d(2) -> Double(2 * width)
    e3 = MaxPool2d(2) -> Double(4 * width)
    e4 = MaxPool2d(2) -> Double(8 * width)
    MaxPool2d(2) -> Double(16 * width)
    cat([ConvTranspose2d(8 * width, 2, 2), e4], 1) -> Double(8 * width)
    cat([ConvTranspose2d(4 * width, 2, 2), e3], 1) -> Double(4 * width)
    cat([ConvTranspose2d(2 * width, 2, 2), e2], 1) -> Double(2 * width)
    cat([ConvTranspose2d(width, 2, 2), e1], 1) -> Double(width)
    head: Conv2d(2, 1)
}
"""
)

# Ronneberger et al. 2015: no padding; what comes from the left is cropped to its middle.
UNPADDED_U_NET = """
block Double(out) { Conv2d(out, 3) -> ReLU -> Conv2d(out, 3) -> ReLU }

def crop(skip, y) {
    top = (skip.shape[2] - y.shape[2]) // 2
    left = (skip.shape[3] - y.shape[3]) // 2
    return skip[:, :, top:top + y.shape[2], left:left + y.shape[3]]
}

model Net(width=4) {
    input x: [N, 3, H, W]
    e1 = Double(width)
    e2 = MaxPool2d(2) -> Double(2 * width)
    e3 = MaxPool2d(2) -> Double(4 * width)
    e4 = MaxPool2d(2) -> Double(8 * width)
    MaxPool2d(2) -> Double(16 * width)
    y = ConvTranspose2d(8 * width, 2, 2)
    cat([crop(e4, y), y], 1) -> Double(8 * width)
    y = ConvTranspose2d(4 * width, 2, 2)
    cat([crop(e3, y), y], 1) -> Double(4 * width)
    y = ConvTranspose2d(2 * width, 2, 2)
    cat([crop(e2, y), y], 1) -> Double(2 * width)
    y = ConvTranspose2d(width, 2, 2)
    cat([crop(e1, y), y], 1) -> Double(width)
    head: Conv2d(2, 1)
}
"""

VGG_BODY = """
    for width, depth in zip([4, 8, 8, 16, 16], [1, 1, 2, 2, 2]) {
        for _ in range(depth) { Conv2d(width, 3, padding=1) -> ReLU }
        MaxPool2d(2)
    }
"""
VGG = "model Net {\n    input x: [N, 3, H, W]" + VGG_BODY + "    AdaptiveAvgPool2d(7) -> Flatten -> fc: Linear(10)\n}\n"
VGG_FREE = "model Net {\n    input x: [N, 3, H, W]" + VGG_BODY + "    Flatten -> fc: Linear(10)\n}\n"
VGG_FIXED = VGG_FREE.replace("[N, 3, H, W]", "[N, 3, 224, 224]")

# The spatial skeleton of Inception v3: torchvision's layers that change sizes, narrow.
INCEPTION = """
block Conv(out, k=1, s=1, p=0) = { Conv2d(out, k, s, p, bias=False) -> BatchNorm2d -> ReLU }
block Same { [Conv(4), Conv(4) -> Conv(4, 3, 1, 1), AvgPool2d(3, 1, 1) -> Conv(4)] -> cat(1) }
block B { [Conv(4, 3, 2), Conv(4) -> Conv(4, 3, 1, 1) -> Conv(4, 3, 2), MaxPool2d(3, 2)] -> cat(1) }
block Aux(classes) {
    -> avg_pool2d(5, stride=3)
    Conv(8) -> Conv(16, 5) -> adaptive_avg_pool2d(1) -> flatten(1) -> fc: Linear(classes)
}

model Net(classes=10) {
    input x: [N, 3, H, W]
    Conv(4, 3, 2) -> Conv(4, 3) -> Conv(8, 3, 1, 1) -> MaxPool2d(3, 2) -> Conv(8) -> Conv(8, 3) -> MaxPool2d(3, 2)
    Same -> Same -> Same -> B
    y = Same -> Same -> Same -> Same
    if training { aux = y -> AuxLogits: Aux(classes) }
    z = y -> B -> Same -> Same -> AdaptiveAvgPool2d(1) -> Dropout -> Flatten -> fc: Linear(classes)
    if training { return logits=z, aux=aux }
    z
}
"""

SWIN = """
block Attention(heads, window) {
    input x: [N, H, W, C]
    w = x -> rearrange("n (h p) (w q) c -> (n h w) (p q) c", p=window, q=window)
    y, _ = attention: MultiheadAttention(heads, batch_first=True)(w, w, w)
    y -> rearrange("(n h w) (p q) c -> n (h p) (w q) c", h=H // window, w=W // window, p=window, q=window)
    -> add(x)
}

block Merge {
    input x: [N, H, W, C]
    cat([x[:, ::2, ::2], x[:, 1::2, ::2], x[:, ::2, 1::2], x[:, 1::2, 1::2]], -1) -> LayerNorm -> Linear(2 * C)
}

model Net {
    input x: [N, 3, H, W]
    Conv2d(8, 4, 4) -> permute(0, 2, 3, 1)
    Attention(2, 7) -> Merge -> Attention(2, 7)
    -> mean([1, 2]) -> head: Linear(10)
}
"""

SHUFFLES = """
model Net {
    input x: [N, 3, H, W]
    PixelUnshuffle(2) -> PixelUnshuffle(3) -> Conv2d(8, 3, padding=1) -> PixelUnshuffle(2)
    -> pixel_shuffle(4)
}
"""

PYRAMID = """
model Net {
    input x: [N, 3, H, W]
    c2 = Conv2d(4, 7, 4, 3)
    c3 = Conv2d(8, 3, 2, 1)
    c4 = Conv2d(16, 3, 2, 1)
    p4 = c4 -> Conv2d(8, 1)
    p3 = c3 -> Conv2d(8, 1) -> add(p4 -> Upsample(scale_factor=2))
    p2 = c2 -> Conv2d(8, 1) -> add(p3 -> Upsample(scale_factor=2))
    return p2, p3, p4
}
"""
PYRAMID_RESIZED = PYRAMID.replace(
    "p4 -> Upsample(scale_factor=2)", "p4 -> interpolate(size=[c3.shape[2], c3.shape[3]])"
).replace("p3 -> Upsample(scale_factor=2)", "p3 -> interpolate(size=[c2.shape[2], c2.shape[3]])")


class Case(NamedTuple):
    text: str
    needs: tuple[str, ...]
    outputs: tuple[str, ...]


def both(*texts: str) -> tuple[str, ...]:
    return (*texts, *(text.replace("H", "W") for text in texts))


CASES = {
    "u-net": Case(U_NET, both("H % 16 == 0"), ("[N, 2, H, W]",)),
    "vgg": Case(VGG, both("H >= 32"), ("[N, 10]",)),
    "vgg-fixed": Case(VGG_FIXED, (), ("[N, 10]",)),
    "swin": Case(SWIN, both("H % 56 <= 3 and H >= 56"), ("[N, 10]",)),
    "shuffles": Case(SHUFFLES, both("H % 12 == 0"), ("[N, 2, H // 3, W // 3]",)),
    "pyramid": Case(
        PYRAMID,
        both("H % 16 in {0, 13, 14, 15}"),
        (
            "[N, 8, 4 * ((H + 15) // 16), 4 * ((W + 15) // 16)]",
            "[N, 8, 2 * ((H + 15) // 16), 2 * ((W + 15) // 16)]",
            "[N, 8, (H + 15) // 16, (W + 15) // 16]",
        ),
    ),
    "pyramid-resized": Case(
        PYRAMID_RESIZED,
        (),
        (
            "[N, 8, (H + 3) // 4, (W + 3) // 4]",
            "[N, 8, (H + 7) // 8, (W + 7) // 8]",
            "[N, 8, (H + 15) // 16, (W + 15) // 16]",
        ),
    ),
    "unpadded-u-net": Case(
        UNPADDED_U_NET, both("H >= 188"), ("[N, 2, H - (H + 4) % 16 - 184, W - (W + 4) % 16 - 184]",)
    ),
    "inception": Case(INCEPTION, both("H >= 75"), ("[N, 10]",)),
}
