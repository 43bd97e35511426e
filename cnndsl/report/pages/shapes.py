"""Pages on shapes: what a layer or a definition wants, and what it gets."""

from __future__ import annotations

SHAPES: dict[str, tuple[str, str, str]] = {
    "size-not-spellable": (
        "A free size is known when the network runs, so `forward` must be able to work it out of a tensor that it has"
        " there: the one of a block, out of the block's inputs.",
        "block Gate(n) {\n    input y\n    if n > 4 { y -> relu } else { y -> sigmoid }\n}\n"
        "model Net {\n    input x: [N, 3, H, W]\n    y = MaxPool2d(2)\n    y -> Gate(x.shape[2])\n}",
        "block Gate {\n    input y: [N, C, H, W]\n    if H > 4 { y -> relu } else { y -> sigmoid }\n}\n"
        "model Net {\n    input x: [N, 3, H, W]\n    MaxPool2d(2) -> Gate\n}",
    ),
    "size-too-long": (
        "A size has become an expression of a thousand parts, and nobody could read what it asks of the input. Or it"
        " holds numbers larger than any size, as behind a hundred layers of which each halves it.",
        "model Net {\n    input x: [N, 3, H, W]\n    n = H\n    for i in range(20) { n = n * n + W }\n"
        "    expect n > 0\n    ReLU\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    expect H * H + W > 0\n    ReLU\n}",
    ),
    "misfit": (
        "The layer or function cannot take this input: it is several values where one tensor is wanted, for example.",
        "chunk(x, 3, 1) -> Conv2d(8, 3)",
        "first, _, _ = chunk(x, 3, 1)\nfirst -> Conv2d(8, 3)",
    ),
    "too-small": (
        "There is too little along an axis. A kernel of size k, with stride s, padding p and dilation d, makes"
        " floor((size + 2*p - d*(k-1) - 1)/s) + 1 of it, and that must be at least 1. Each pooling or stride of 2"
        " halves an image: one of 32 x 32 is 1 x 1 after five of them.",
        "Conv2d(8, 40)",
        "Conv2d(8, 5)",
    ),
    "not-divisible": (
        "A size cannot be cut into equal parts: channels into groups, a width into heads, channels into pixels.",
        "Conv2d(8, 3, groups=2)",
        "Conv2d(9, 3, groups=3)",
    ),
    "one-value": (
        "A norm takes the mean and the variance of the values of each channel, or group. Of a single value they say"
        " nothing, and torch refuses it in training.",
        "model Net {\n    input x: [1, 3, 8, 8]\n    AdaptiveAvgPool2d(1) -> BatchNorm2d\n}",
        "model Net {\n    input x: [N, 3, 8, 8]\n    AdaptiveAvgPool2d(1) -> BatchNorm2d\n}",
    ),
    "not-one-tensor": (
        "A shape states what one tensor is like, but this is several values.",
        "chunk(x, 3, 1)\nexpect [N, 1, 32, 32]\n-> cat(1)",
        "y = [ReLU, Tanh] -> cat(1)\nexpect [N, 6, 32, 32]",
    ),
    "wrong-rank": (
        "The tensor has more or fewer dimensions than the layer takes, or than the shape that is stated. Convolutions"
        " and poolings of images take [N, C, H, W]; Flatten makes [N, features] of it.",
        "Flatten -> Conv2d(8, 3)",
        "Conv2d(8, 3) -> Flatten",
    ),
    "wrong-dtype": (
        "The tensor holds numbers of another kind than wanted: layers with weights take float32, an Embedding takes"
        ' whole numbers, a mask truth values. `-> cast("float32")` makes one of another.',
        "ReLU\nexpect [N, 3, 32, 32] int64",
        "ReLU\nexpect [N, 3, 32, 32] float32",
    ),
    "unknown-rest": (
        "`...S` stands for sizes that an input's shape has named before.",
        'extern block M: [N, C] -> [N, ...S] from "package:M"\nmodel Net {\n    input x: [N, 3]\n    M\n}',
        'extern block M: [N, ...S] -> [N, ...S] from "package:M"\nmodel Net {\n    input x: [N, 3]\n    M\n}',
    ),
    "rest-outside-shape": (
        "`...S` is a part of a shape, not a value.",
        "block B {\n    input x: [N, ...S]\n    ReLU\n    y = ...S\n}\nmodel Net {\n    input x: [N, 3]\n    B\n}",
        "block B {\n    input x: [N, ...S]\n    ReLU\n    expect [N, ...S]\n}\n"
        "model Net {\n    input x: [N, 3]\n    B\n}",
    ),
    "size-not-capitalised": (
        "A size that is free, and worked out for whatever comes, has a name that begins with a capital letter.",
        "model Net {\n    input x: [n, 3, h, w]\n    Conv2d(8, 3)\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    Conv2d(8, 3)\n}",
    ),
    "two-rests": (
        "With two `...` it would be open which sizes belong to which.",
        "ReLU\nexpect [..., 32, ...]",
        "ReLU\nexpect [..., 32, 32]",
    ),
    "not-a-size": (
        "A size is a whole number.",
        "ReLU\nexpect [N, 3.5, 32, 32]",
        "ReLU\nexpect [N, 3, 32, 32]",
    ),
    "size-below-one": (
        "A tensor without elements is never meant here: every size is at least 1.",
        "model Net {\n    input x: [N, 0]\n    ReLU\n}",
        "model Net {\n    input x: [N, 1]\n    ReLU\n}",
    ),
    "repeated-in-memory": (
        "`expand`, `expand_as`, `broadcast_to` and `meshgrid` repeat elements without a copy. What works in place would"
        " write several results to one place, which torch refuses.",
        "x -> mean(1, keepdim=True) -> expand(-1, 8, -1, -1) -> ReLU(inplace=True)",
        "x -> mean(1, keepdim=True) -> expand(-1, 8, -1, -1) -> ReLU",
    ),
    "weight-too-large": (
        "No machine holds a weight of this size: an argument is wrong, or a pooling is missing.",
        "Conv2d(1000000000000, 3)",
        "Conv2d(1000, 3)",
    ),
    "size-differs": (
        "A size is stated, and it is another one; or two sizes must agree and never do. What is added or concatenated"
        " needs the same sizes: a kernel of k (odd) keeps them with the stride 1 and the padding k // 2, and both ways"
        " of a residual block need the same strides and the same channels.",
        "y = Conv2d(3, 3)\nx + y",
        "y = Conv2d(3, 3, padding=1)\nx + y",
    ),
    "size-not-solvable": (
        "A new name in a shape is worked out from the size it stands for; from this expression it cannot be.",
        "model Net {\n    input x: [N, H * W]\n    ReLU\n}",
        "model Net {\n    input x: [N, H]\n    ReLU\n}",
    ),
    "starred-with-others": (
        "`input *x` takes all the inputs there are.",
        "block B {\n    input *maps\n    input y\n    cat(maps, 1)\n}\n"
        "model Net {\n    input x: [N, 3]\n    (x, x) -> B\n}",
        "block B {\n    input *maps\n    cat(maps, 1)\n}\nmodel Net {\n    input x: [N, 3]\n    (x, x) -> B\n}",
    ),
    "never-works": (
        "What the layers need together no input can have.",
        "model Net {\n    input x: [N, 3, H, W] where H < 3\n    Conv2d(8, 5)\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    Conv2d(8, 5)\n}",
    ),
    "model-input-rank": (
        "A model can only be checked for a known number of dimensions.",
        "model Net {\n    input x: [N, ...]\n    ReLU\n}",
        "model Net {\n    input x: [N, 3]\n    ReLU\n}",
    ),
    "rest-differs": (
        "`...S` stands for the same sizes throughout a definition.",
        "block Add {\n    input x: [N, ...S]\n    input y: [N, ...S]\n    x + y\n}\n"
        "model Net {\n    input x: [N, 4, 2]\n    input y: [N, 4, 1]\n    (x, y) -> Add\n}",
        "block Add {\n    input x: [N, ...S]\n    input y: [N, ...S]\n    x + y\n}\n"
        "model Net {\n    input x: [N, 4, 2]\n    input y: [N, 4, 2]\n    (x, y) -> Add\n}",
    ),
}
