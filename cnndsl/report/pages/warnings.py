"""Pages on what is legal and still looks like a mistake."""

from __future__ import annotations

WARNINGS: dict[str, tuple[str, str, str]] = {
    "no-batch-axis": (
        "A convolution takes a single image, too. A network that has no batch axis is seldom meant: Flatten and"
        " batch norms take the channels for the batch, and no data loader gives such inputs.",
        "model Net {\n    input x: [3, 32, 32]\n    Conv2d(8, 3)\n}",
        "model Net {\n    input x: [N, 3, 32, 32]\n    Conv2d(8, 3)\n}",
    ),
    "channels-last": (
        "A convolution takes axis 1 as the channels; a height in `[N, 32, 32, 3]`, a length in `[N, 16000, 1]`.",
        "model Net {\n    input image: [N, 32, 32, 3]\n    Conv2d(8, 3)\n}",
        "model Net {\n    input image: [N, 32, 32, 3]\n    -> permute(0, 3, 1, 2)\n    Conv2d(8, 3)\n}",
    ),
    "batch-tied": (
        "Somewhere the batch must equal another size: the network runs for one size of batch only. Or a reshape to"
        " sizes that are no others of the tensor spreads the batch over other axes: it must be a multiple of a number.",
        "model Net {\n    input x: [N, 20, 8]\n    x[:, 0] + mean(x, 0)\n}",
        "model Net {\n    input x: [N, 20, 8]\n    x[:, 0] + mean(x, 1)\n}",
    ),
    "small-inputs": (
        "Two maps of different strides meet. For a few small inputs rounding makes them equal; larger ones are refused."
        " Often the second of two ways was to begin where the first one does.",
        "model Net {\n    input x: [N, 3, H, W]\n    a = Conv2d(8, 3, 2, 1)\n    b = Conv2d(8, 3, 2, 1)\n    a + b\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    a = x -> Conv2d(8, 3, 2, 1)\n    b = x -> Conv2d(8, 3, 2, 1)\n"
        "    a + b\n}",
    ),
    "label-as-operand": (
        "A label is a module, not what it gave: as an operand it is applied once more, to what flows there.",
        "conv: Conv2d(3, 1)\nx + conv",
        "y = conv: Conv2d(3, 1)\nx + y",
    ),
    "number-for-label": (
        "A label may share the name of a parameter: in front of a colon and as a stage it is the module, as an operand"
        " it is the number.",
        "block Smooth(pool=3) {\n    input x: [N, C, H, W]\n    pool: AvgPool2d(pool, 1, pool // 2)\n    pool - x\n}\n"
        "model Net {\n    input x: [N, 3, 32, 32]\n    Smooth\n}",
        "block Smooth(pool=3) {\n    input x: [N, C, H, W]\n    y = pool: AvgPool2d(pool, 1, pool // 2)\n    y - x\n}\n"
        "model Net {\n    input x: [N, 3, 32, 32]\n    Smooth\n}",
    ),
    "hidden-by-loop": (
        "A loop's variable is a name like others, and keeps its last value behind the loop. What had the name before, a"
        " parameter, an input, a size or a module, cannot be reached by it from there on.",
        "model Net(width=8) {\n    input x: [N, 3, 32, 32]\n    for width in [16, 32] { Conv2d(width, 3) -> ReLU }\n"
        "    Conv2d(width, 1)\n}",
        "model Net(width=8) {\n    input x: [N, 3, 32, 32]\n    for wide in [16, 32] { Conv2d(wide, 3) -> ReLU }\n"
        "    Conv2d(width, 1)\n}",
    ),
    "unknown-allowance": (
        "`# allow: code` silences the warnings of that code on its line, and on the first line of a definition those in"
        " it. A code that no warning has silences nothing. Errors cannot be allowed.",
        "side = x -> Conv2d(8, 3)  # allow: unused, overwriten\nx -> ReLU",
        "side = x -> Conv2d(8, 3)  # allow: unused\nx -> ReLU",
    ),
    "mask-of-ones": (
        "A mask of numbers is added to the scores of attention: 0 changes nothing, and only -inf shuts out. One of"
        " truth values says it: True is what layers do not look at, and what `scaled_dot_product_attention` does.",
        "model Net {\n    input x: [N, T, 16]\n    mask = triu(ones([T, T]), 1)\n"
        "    y, _ = MultiheadAttention(4, batch_first=True)(x, x, x, attn_mask=mask)\n    y\n}",
        "model Net {\n    input x: [N, T, 16]\n    mask = triu(ones([T, T]), 1) == 1\n"
        "    y, _ = MultiheadAttention(4, batch_first=True)(x, x, x, attn_mask=mask)\n    y\n}",
    ),
    "linear-on-maps": (
        "A Linear works on the last axis. Straight after a convolution or pooling that is the width of the maps, and"
        " their channels are left apart: nearly always a `Flatten` is missing, as it is before one that takes an image."
        " So does a LayerNorm; that of channels is `LayerNorm2d`.",
        "Conv2d(8, 3)\nLinear(10)",
        "Conv2d(8, 3)\nFlatten\nLinear(10)",
    ),
    "unused": (
        "A value, an input, a parameter or a module takes part in nothing that the network gives. Of a loop, it may be"
        " that only the last round does: the modules of the others are built for nothing.",
        "side = x -> Conv2d(8, 3)\nx -> ReLU",
        "side = x -> Conv2d(3, 1)\nx -> ReLU -> add(side)",
    ),
    "cancelled-bias": (
        "A batch norm takes the mean of each channel away, and with it the bias of the layer before.",
        "Conv2d(8, 3) -> BatchNorm2d",
        "Conv2d(8, 3, bias=False) -> BatchNorm2d",
    ),
    "activation-twice": (
        "The same activation stands twice in a row; one was probably left over.",
        "ReLU -> ReLU",
        "ReLU",
    ),
    "overwritten": (
        "The gradient of Sigmoid, Tanh, Softmax, ReLU or `exp` is worked out from what they gave, that of SiLU, GELU, a"
        " product or a convolution from what they took. A stage with `inplace=True` may not write over that, nor over a"
        " parameter or what `chunk`, `split` and `unbind` took apart: torch notices it in training, and raises.",
        "Conv2d(8, 3) -> Tanh -> Dropout(0.5, inplace=True)",
        "Conv2d(8, 3, bias=False) -> BatchNorm2d -> Tanh -> Dropout(0.5)",
    ),
    "batches-joined": (
        "`cat` joins along axis 0 where it is given no axis, and axis 0 is the batch: of two tensors of N samples it"
        " makes one of 2 * N. Most often the channels were to be joined.",
        "y = Conv2d(3, 3, padding=1)\ncat([x, y])",
        "y = Conv2d(3, 3, padding=1)\ncat([x, y], 1)",
    ),
    "batch-as-steps": (
        "Recurrent layers and layers of attention take [T, N, D] unless `batch_first=True` says that the batch is axis"
        " 0. Both are legal, so torch runs along the batch: each sample then goes on from the one before it.",
        "y, _ = x -> Flatten(2) -> GRU(8)\ny -> tanh",
        "y, _ = x -> Flatten(2) -> GRU(8, batch_first=True)\ny -> tanh",
    ),
    "blind-position": (
        "Layers of attention do not look where a mask is True, `scaled_dot_product_attention` looks nowhere else. One"
        " half of a square, taken for the other, shuts out all that is there for the first or the last position, and"
        " torch gives NaN or zeros for it.",
        "model Net {\n    input x: [N, T, 16]\n    mask = tril(ones([T, T])) == 1\n"
        "    y, _ = MultiheadAttention(4, batch_first=True)(x, x, x, attn_mask=mask)\n    y\n}",
        "model Net {\n    input x: [N, T, 16]\n    mask = triu(ones([T, T]), 1) == 1\n"
        "    y, _ = MultiheadAttention(4, batch_first=True)(x, x, x, attn_mask=mask)\n    y\n}",
    ),
    "label-of-one": (
        "Indentation means nothing: a label names the module behind its colon, and a line below that is a statement of"
        " its own. Several modules with one label are a group, in braces.",
        "body:\n    Conv2d(8, 3)\n    ReLU",
        "body: { Conv2d(8, 3) -> ReLU }",
    ),
    "softmax-taken": (
        "Behind a softmax stand probabilities, or their logarithms. What takes them for plain numbers once more,"
        " another softmax or a sigmoid, makes them nearly the same, and their gradients small.",
        "Flatten -> Linear(10) -> Softmax(dim=1) -> LogSoftmax(dim=1)",
        "Flatten -> Linear(10) -> LogSoftmax(dim=1)",
    ),
    "idle-choice": (
        "Both values of a choice are the same. Most often one of them was to go on: `->` binds loosest, so that what"
        " stands behind it is applied to either.",
        "flag = True\ny = x if flag else x -> Conv2d(3, 1)\ny",
        "flag = True\ny = x if flag else (x -> Conv2d(3, 1))\ny",
    ),
    "idle-dropout": (
        "The dropout of RNN, GRU and LSTM is applied to what each of their layers gives but the last. With one layer"
        " there is no such place, and torch warns when it is built.",
        "y, _ = x -> Flatten(2) -> GRU(8, dropout=0.5, batch_first=True)\ny -> tanh",
        "y, _ = x -> Flatten(2) -> GRU(8, batch_first=True)\ny -> Dropout(0.5) -> tanh",
    ),
    "constant-result": (
        "A softmax makes the numbers along an axis add up to 1; a norm takes their mean away; `argmax` says which of"
        " them is the largest. Of a single number that is 1, nothing, and 0, whatever the number is: what comes after"
        " learns nothing from what came before.",
        "Flatten -> Linear(1) -> Softmax(dim=1)",
        "Flatten -> Linear(1) -> Sigmoid",
    ),
    "drops-all": (
        "The number that a dropout is given is the share that becomes 0, not the share that is kept, as it is in some"
        " other libraries. Of 1 nothing is left in training.",
        "Flatten -> Dropout(1.0) -> Linear(10)",
        "Flatten -> Dropout(0.1) -> Linear(10)",
    ),
    "idle-flatten": (
        "A bare layer takes what flows, which is what the line before gave. Where two branches begin with `Flatten`,"
        " the second takes the vector that the first has made, and its `Flatten` does nothing.",
        "model Net {\n    input x: [N, 1, 28, 28]\n    Conv2d(8, 3) -> ReLU\n    a = Flatten -> Linear(8)\n"
        "    b = Flatten -> Linear(8)\n    return a, b\n}",
        "model Net {\n    input x: [N, 1, 28, 28]\n    y = Conv2d(8, 3) -> ReLU\n    a = y -> Flatten -> Linear(8)\n"
        "    b = y -> Flatten -> Linear(8)\n    return a, b\n}",
    ),
    "idle-pool": (
        "A pool takes the largest, or the mean, of each window; and moves it by its stride, which is the window's size"
        " if none is said. A window of one place changes nothing.",
        "Conv2d(8, 3) -> MaxPool2d(1)",
        "Conv2d(8, 3) -> MaxPool2d(2)",
    ),
    "idle-rule": (
        "A rule for a layer that the network does not make sets nothing; most often one of a similar name was meant. A"
        " rule for a layer that other arguments would make is not warned about.",
        "Conv2d(8, 3, bias=False) -> BatchNorm2d\ninit { BatchNorm1d.weight: zeros }",
        "Conv2d(8, 3, bias=False) -> BatchNorm2d\ninit { BatchNorm2d.weight: zeros }",
    ),
    "idle-squeeze": (
        "`squeeze` with an axis drops it where its size is 1, and does nothing where it is not; torch is silent then.",
        "AdaptiveAvgPool2d(1) -> squeeze(1)",
        "AdaptiveAvgPool2d(1) -> squeeze([2, 3])",
    ),
    "lone-position": (
        "Attention gives each position of a sequence a mean of all positions. Where there is one, that is itself: the"
        " softmax of its one score is 1. Most often an axis was added to make a shape fit.",
        "model Net {\n    input x: [N, 16]\n    x -> unsqueeze(1) -> TransformerEncoderLayer(2, batch_first=True)\n}",
        "model Net {\n    input x: [N, T, 16]\n    x -> TransformerEncoderLayer(2, batch_first=True)\n}",
    ),
    "identity-of-the-flow": (
        "One way of an `if` names what it makes of a value, the other names an `Identity`, which here takes what flows"
        " by then: most often the long way, so that the shortcut adds that to itself.",
        "y = Conv2d(3, 3, padding=1)\nif False { short = x -> Conv2d(3, 1) } else { short = Identity }\ny + short",
        "y = Conv2d(3, 3, padding=1)\nif False { short = x -> Conv2d(3, 1) } else { short = x }\ny + short",
    ),
    "if-without-else": (
        "An `if` that is a value gives what flows where it has no `else`: for a shortcut that begins from `x`, most"
        " often the long way, so that this is added to itself.",
        "y = Conv2d(3, 3, padding=1)\nshort = if False { x -> Conv2d(3, 1) }\ny + short",
        "y = Conv2d(3, 3, padding=1)\nshort = if False { x -> Conv2d(3, 1) } else { x }\ny + short",
    ),
    "pair-of-states": (
        "Beside what it gives at each step, an LSTM gives two states, the hidden and the cell state, each of all layers"
        " and directions; a GRU has the first alone. `h[-1]` of the pair is the cell state.",
        "Flatten(2) -> transpose(1, 2)\ny, h = LSTM(8, batch_first=True)\nh[-1] -> Linear(10)",
        "Flatten(2) -> transpose(1, 2)\ny, (h, c) = LSTM(8, batch_first=True)\nh[-1] -> Linear(10)",
    ),
    "size-for-scale": (
        "The first argument of Upsample is the size that the maps are to have; how many times they are to grow is"
        " `scale_factor`.",
        "Upsample(2)",
        "Upsample(scale_factor=2)",
    ),
    "not-transposed": (
        "A product of matrices goes along the features of the first and the positions of the second: `[N, T, 64] @ [N,"
        " S, 64]` is defined for S = 64 alone. To compare each position with each, the second is transposed. So it is"
        " with heads, which stand in front of the positions in all tensors that meet: `[N, heads, T, 16]`.",
        "model Net {\n    input q: [N, T, 64]\n    input k: [N, S, 64]\n    q @ k\n}",
        "model Net {\n    input q: [N, T, 64]\n    input k: [N, S, 64]\n    q @ transpose(k, -2, -1)\n}",
    ),
    "product-for-copies": (
        "Layers times a number, `Conv2d(8, 3) * 3`, are made so many times. A number that stands first multiplies what"
        " they give, and so does one behind a chain in which a function stands, such as `relu`.",
        "3 * Conv2d(8, 3)",
        "Conv2d(8, 3) * 3",
    ),
    "one-sample": (
        "A number as first index takes one sample of the batch: what follows works on that one alone, and the network"
        " gives nothing for the others. Most often one step of each sequence, or one token, is meant.",
        "Flatten(2) -> transpose(1, 2)\ny, _ = GRU(8, batch_first=True)\ny[0] -> Linear(10)",
        "Flatten(2) -> transpose(1, 2)\ny, _ = GRU(8, batch_first=True)\ny[:, -1] -> Linear(10)",
    ),
    "reshape-for-transpose": (
        "`reshape` and `view` lay the same numbers, in the same order, into other axes. Where heads are to stand in"
        " front of positions, or are put together again, two axes change places, which only a transpose does: without"
        " it, each head gets some positions, and parts of others.",
        "model Net(heads=4) {\n    input x: [N, T, 64]\n    x -> reshape(N, heads, T, 16)\n}",
        "model Net(heads=4) {\n    input x: [N, T, 64]\n    x -> reshape(N, T, heads, 16) -> transpose(1, 2)\n}",
    ),
    "cut-rows": (
        "A `view(-1, 16)` or `reshape(-1, 16)` goes through the numbers of each sample and begins a new row after every"
        " 16. Where that is neither the whole sample, nor some of its last axes, nor an even share of one, the rows mix"
        " channels and places, and the batch has become larger: most often, the size of a map was forgotten.",
        "Conv2d(16, 3, stride=2) -> MaxPool2d(3) -> view(-1, 16) -> Linear(10)",
        "Conv2d(16, 3, stride=2) -> MaxPool2d(3) -> flatten(1) -> Linear(10)",
    ),
    "stride-over-kernel": (
        "The window jumps farther than it is wide: some of the input is never looked at.",
        "Conv2d(8, 2, stride=3)",
        "Conv2d(8, 3, stride=3)",
    ),
    "guessed-axis": (
        "A Softmax or LogSoftmax without `dim` leaves the axis to torch, which warns, and takes axis 0 of tensors of 1"
        " or 3 dimensions, and axis 1 of others: of [N, T, D] it is the batch.",
        "Flatten -> Linear(10) -> Softmax",
        "Flatten -> Linear(10) -> Softmax(dim=1)",
    ),
    "softmax-over-batch": (
        "A softmax makes numbers along one axis add up to 1. Along axis 0 those are of different samples: what one gets"
        " hangs on which others are in the batch, and the probabilities of its classes add up to anything.",
        "Flatten -> Linear(10) -> Softmax(dim=0)",
        "Flatten -> Linear(10) -> Softmax(dim=1)",
    ),
    "torch-order": (
        "What torch wants first, the size of the input, is left out here: so three channels, sixteen wanted and a\n"
        "window of three became three channels wanted, and a window of sixteen.",
        "Conv2d(3, 16, 3)",
        "Conv2d(16, 3)",
    ),
    "after-side-branch": (
        "A bare layer takes the flow, and the flow is now the side branch, not what came before it.",
        "y = ReLU\nskip = x -> Conv2d(3, 1)\nConv2d(3, 1) -> add(skip)",
        "y = ReLU\nskip = x -> Conv2d(3, 1)\ny -> Conv2d(3, 1) -> add(skip)",
    ),
}
