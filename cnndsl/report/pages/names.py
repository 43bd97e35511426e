"""Pages on names: items, models, labels, parts of models."""

from __future__ import annotations

NAMES: dict[str, tuple[str, str, str]] = {
    "tap-not-in-flow": (
        "What is tapped must be applied once, to one tensor, on the way that every pass takes.",
        "model Whole {\n    input x: [N, 4]\n    if training { noise: Dropout }\n    Tanh\n}\n"
        'model Net {\n    input x: [N, 4]\n    body: Whole["noise"]\n}',
        "model Whole {\n    input x: [N, 4]\n    noise: Dropout -> Tanh\n}\n"
        'model Net {\n    input x: [N, 4]\n    body: Whole["noise"]\n}',
    ),
    "tap-behind-return": (
        "A part of a model gives what its taps give in every pass, and this pass may end before it comes to them.",
        "model Whole {\n    input x: [N, 4]\n    if training { return x }\n    body: Tanh\n}\n"
        'model Net {\n    input x: [N, 4]\n    Whole["body"]\n}',
        "model Whole {\n    input x: [N, 4]\n    y = body: Tanh\n    if training { return x }\n    y\n}\n"
        'model Net {\n    input x: [N, 4]\n    Whole["body"]\n}',
    ),
    "import-path-computed": (
        "What a file imports is known before anything in it is evaluated.",
        'from "a{1}.cnn" import B\nmodel Net {\n    input x: [N, 3]\n    ReLU\n}',
        "model Net {\n    input x: [N, 3]\n    ReLU\n}",
    ),
    "defined-twice": (
        "Each item of a file has a name of its own.",
        "const K = 3\nconst K = 5\nmodel Net {\n    input x: [N, 3, 8, 8]\n    Conv2d(4, K)\n}",
        "const K = 3\nmodel Net {\n    input x: [N, 3, 8, 8]\n    Conv2d(4, K)\n}",
    ),
    "const-of-itself": (
        "A constant cannot be worked out from itself.",
        "const K = K + 1\nmodel Net {\n    input x: [N, 3, 8, 8]\n    Conv2d(4, K)\n}",
        "const K = 2 + 1\nmodel Net {\n    input x: [N, 3, 8, 8]\n    Conv2d(4, K)\n}",
    ),
    "alias-of-itself": (
        "A model or block that is another name for a second one needs that to be made of something else.",
        "block Conv3(out) = Conv(out, 3)\nblock Conv(out, k) = Conv3(out)\n"
        "model Net {\n    input x: [N, 3, 8, 8]\n    Conv3(4)\n}",
        "block Conv3(out) = Conv(out, 3)\nblock Conv(out, k) = Conv2d(out, k)\n"
        "model Net {\n    input x: [N, 3, 8, 8]\n    Conv3(4)\n}",
    ),
    "name-not-capitalised": (
        "Models and blocks become classes and are named like them.",
        "model net {\n    input x: [N, 3]\n    ReLU\n}",
        "model Net {\n    input x: [N, 3]\n    ReLU\n}",
    ),
    "def-capitalised": (
        "A capitalised name stands for a layer or block; functions begin with a small letter.",
        "def Half(n) { return n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(Half(8))\n}",
        "def half(n) { return n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(half(8))\n}",
    ),
    "unknown-name": (
        "Nothing has this name: no layer or function of torch, nothing in the file and nothing in this definition.",
        "Dense(10)",
        "Flatten -> Linear(10)",
    ),
    "python-prefix": (
        "Layers and functions are known by their names alone, and a label needs no `self`.",
        "nn.Conv2d(8, 3)",
        "Conv2d(8, 3)",
    ),
    "value-is-label": (
        "In one definition a name means a module or a value, not both.",
        "y = ReLU\ny: Tanh",
        "y = ReLU\nact: Tanh",
    ),
    "value-capitalised": (
        "A capitalised name holds a template; tensors and numbers have small letters.",
        "Y = x + x\nReLU",
        "y = x + x\nReLU",
    ),
    "template-not-capitalised": (
        "What holds a layer or block is capitalised, as the layer's own name is.",
        "const act = ReLU\nmodel Net {\n    input x: [N, 3]\n    act\n}",
        "const Act = ReLU\nmodel Net {\n    input x: [N, 3]\n    Act\n}",
    ),
    "model-of-no-model": (
        "A variant fixes parameters of a model or block of a file; a single layer is no model.",
        "model Net = ReLU",
        "model Base(n=4) {\n    input x: [N, 3]\n    Linear(n)\n}\nmodel Net = Base(8)",
    ),
    "model-without-input": (
        "A model says what goes in: everything else is worked out from that.",
        "model Net {\n    ReLU\n}",
        "model Net {\n    input x: [N, 3]\n    ReLU\n}",
    ),
    "model-starred-input": (
        "A model says how many inputs it has; `input *x` leaves that to the caller.",
        "model Net {\n    input *x\n    cat(x, 1)\n}",
        "model Net {\n    input a: [N, 3]\n    input b: [N, 3]\n    cat([a, b], 1)\n}",
    ),
    "model-input-without-shape": (
        "A model says the shape of its inputs. A capitalised name in it is a size that stays free.",
        "model Net {\n    input x\n    ReLU\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    ReLU\n}",
    ),
    "unknown-label": (
        "No module of this definition has the label.",
        "a: ReLU\nb: Tanh\norder a, c",
        "a: ReLU\nb: Tanh\norder b, a",
    ),
    "label-before-made": (
        "A label makes its module where it is written; before that there is none to use.",
        "-> act\nact: ReLU",
        "act: ReLU\nConv2d(8, 3) -> act",
    ),
    "label-as-value": (
        "A label names a module, and a number is wanted here.",
        "act: ReLU\nConv2d(act, 3)",
        "act: ReLU\nConv2d(8, 3)",
    ),
    "label-with-arguments": (
        "The module of this label is made already, with arguments of its own.",
        "dropout: Dropout(0.1)\n-> dropout(0.5)",
        "drop: Dropout(0.1)\n-> dropout(0.5)",
    ),
    "label-twice": (
        "Two modules cannot have one name in the state_dict.",
        "conv: Conv2d(8, 3)\nconv: Conv2d(8, 3)",
        "conv1: Conv2d(8, 3)\nconv2: Conv2d(8, 3)",
    ),
    "name-twice": (
        "The second would hide the first, which nothing could reach any more.",
        "a, a = chunk(x, 2, 1)\na",
        "a, b = chunk(x, 2, 1)\na + b",
    ),
    "two-meanings": (
        "An input of the name of a parameter, or of a size, would hide it: every line that says it means the input.",
        "model Net(image=8) {\n    input image: [N, 3, 32, 32]\n    ReLU\n}",
        "model Net(width=8) {\n    input image: [N, 3, 32, 32]\n    Conv2d(width, 1)\n}",
    ),
    "label-is-value": (
        "In one definition a name means a module or a value, not both.",
        "param gamma: [3, 1, 1] = 1\ngamma: ReLU",
        "param gamma: [3, 1, 1] = 1\nact: ReLU\n-> mul(gamma)",
    ),
    "label-is-keyword": (
        "The generated class has an attribute of this name, and Python keeps the word for itself.",
        "lambda: ReLU",
        "lambda_: ReLU",
    ),
    "label-is-attribute": (
        "Every torch.nn.Module has an attribute of this name already.",
        "train: ReLU",
        "act: ReLU",
    ),
    "label-is-reserved": (
        "The generated class uses this name for itself.",
        "self: ReLU",
        "act: ReLU",
    ),
    "bad-label": (
        "A label becomes a key of the state_dict: letters, digits, `_` and `-`, with dots between levels.",
        '"conv 1": Conv2d(8, 3)',
        '"conv1": Conv2d(8, 3)',
    ),
    "label-on-function": (
        "A function has no weights and no state, so there is nothing to name.",
        "act: relu",
        "act: ReLU",
    ),
    "label-on-value": (
        "A label names a module; a value is named with `=`.",
        "y: x + x",
        "y = x + x",
    ),
    "label-in-list": (
        "The modules of an nn.ModuleList are numbered.",
        "convs: [a: Conv2d(8, 3), Conv2d(8, 3)] -> cat(1)",
        "convs: [Conv2d(8, 3), Conv2d(8, 3)] -> cat(1)",
    ),
    "dict-result-inside": (
        "A block's result is taken apart by the network around it, and a dict cannot be.",
        "block B {\n    input x: [N, C]\n    y = ReLU\n    return {out: y}\n}\n"
        "model Net {\n    input x: [N, 3]\n    B\n}",
        "block B {\n    input x: [N, C]\n    y = ReLU\n    return y\n}\nmodel Net {\n    input x: [N, 3]\n    B\n}",
    ),
    "pattern-without-match": (
        "A rule of an `init` section names a parameter by its path, and no parameter has one like this.",
        'fc: Conv2d(8, 3)\ninit { "head.*": zeros }',
        'fc: Conv2d(8, 3)\ninit { "fc.*": zeros }',
    ),
    "unknown-parameter": (
        "A rule of an `init` section names a parameter that this layer does not have.",
        "Conv2d(8, 3)\ninit { Conv2d.weigth: zeros }",
        "Conv2d(8, 3)\ninit { Conv2d.weight: zeros }",
    ),
    "label-in-template": (
        "A template is no module yet, so it has no label.",
        "Act = act: ReLU\nAct",
        "Act = ReLU\nact: Act",
    ),
    "child-twice": (
        "Two children of a group cannot have one name.",
        "body: { a: ReLU -> a: Tanh }",
        "body: { a: ReLU -> b: Tanh }",
    ),
    "no-such-tap": (
        "The model has no child of this name to take a value from.",
        "model Base {\n    input x: [N, 3]\n    fc: Linear(4)\n}\n"
        'model Net {\n    input x: [N, 3]\n    base: Base["fcc"]\n}',
        "model Base {\n    input x: [N, 3]\n    fc: Linear(4)\n    ReLU\n}\n"
        'model Net {\n    input x: [N, 3]\n    base: Base["fc"]\n}',
    ),
    "taps-of-no-model": (
        "Only a model or block of a file has children by label.",
        'ReLU["a"]',
        "ReLU",
    ),
    "label-inside-module": (
        "A dotted label makes its own container; here another module stands in its place.",
        'a: Conv2d(8, 3)\n"a.b": Conv2d(8, 3)',
        '"a.a": Conv2d(8, 3)\n"a.b": Conv2d(8, 3)',
    ),
    "layer-argument-no-layer": (
        "A layer that takes another layer, like TransformerEncoder, takes one of torch's.",
        "block B { ReLU }\nmodel Net {\n    input x: [4, N, 8]\n    TransformerEncoder(B, 2)\n}",
        "const B = TransformerEncoderLayer(nhead=2)\n"
        "model Net {\n    input x: [4, N, 8]\n    TransformerEncoder(B, 2)\n}",
    ),
    "part-not-first": (
        "A part alone can be kept where it takes the model's own input; its shape is known only there.",
        "model Base {\n    input x: [N, 3]\n    a: Linear(4)\n    b: Linear(5)\n}\n"
        "model Net {\n    input x: [N, 3]\n    Base.b\n}",
        "model Base {\n    input x: [N, 3]\n    a: Linear(4)\n    b: Linear(5)\n}\n"
        "model Net {\n    input x: [N, 3]\n    Base.a\n}",
    ),
    "taps-of-no-group": (
        "Of a child of a model only a group can be cut: it has children of its own in sequence.",
        "model Base {\n    input x: [N, 3]\n    fc: Linear(4)\n}\n"
        'model Net {\n    input x: [N, 3]\n    Base.fc["a"]\n}',
        "model Base {\n    input x: [N, 3]\n    fc: { a: Linear(4) -> b: ReLU }\n}\n"
        'model Net {\n    input x: [N, 3]\n    Base.fc["a"]\n}',
    ),
}
