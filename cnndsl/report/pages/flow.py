"""Pages on the flow: what a stage takes, and where there is nothing to take."""

from __future__ import annotations

FLOW: dict[str, tuple[str, str, str]] = {
    "statement-without-effect": (
        "A statement moves the flow, or names something. This one does neither: probably its arguments are missing.",
        "def twice(v) { return v + v }\nmodel Net {\n    input x: [N, 4]\n    twice\n    ReLU\n}",
        "def twice(v) { return v + v }\nmodel Net {\n    input x: [N, 4]\n    twice(x)\n    ReLU\n}",
    ),
    "no-input": (
        "A layer takes what flows, and before the `input` statement nothing does.",
        "model Net {\n    ReLU\n    input x: [N, 3, 32, 32]\n    Tanh\n}",
        "model Net {\n    input x: [N, 3, 32, 32]\n    ReLU\n    Tanh\n}",
    ),
    "input-inside": (
        "What goes into a network is said in its body, not in a part of it that may run or not.",
        "model Net {\n    input x: [N, 3]\n    if True { input y: [N, 3] }\n    x -> ReLU\n}",
        "model Net {\n    input x: [N, 3]\n    input y: [N, 3]\n    x + y\n}",
    ),
    "not-in-def": (
        "A `def` computes. Parameters, buffers, `init`, `order` and `version` belong to what is built.",
        "def gain(v) {\n    param g: [4] = 1\n    return v * g\n}\nmodel Net {\n    input x: [N, 4]\n    gain(x)\n}",
        "block Gain {\n    input v\n    param g: [4] = 1\n    v * g\n}\nmodel Net {\n    input x: [N, 4]\n    Gain\n}",
    ),
    "several-inputs": (
        "With two inputs neither is the one that flows; the first statement says which is meant.",
        "model Net {\n    input a: [N, 3]\n    input b: [N, 3]\n    Linear(4)\n}",
        "model Net {\n    input a: [N, 3]\n    input b: [N, 3]\n    cat([a, b], 1) -> Linear(4)\n}",
    ),
    "flow-undefined": (
        "An arm of an `if`, or the body of a `for`, began from a named value: it is open which tensor flows on after.",
        "y = ReLU\nfor i in range(2) { x -> Tanh }\nReLU",
        "y = ReLU\nfor i in range(2) { Tanh }\nReLU -> add(y)",
    ),
    "returns-differ": (
        "A condition on a free size (or, in a `def`, on the mode) is decided when the network runs. Whoever takes the "
        "result is checked before, so it must be of one type whichever way is taken.",
        "model Net {\n    input x: [N, 3, H, W]\n    if H > 8 { return avg_pool2d(x, 2) }\n    return x\n}",
        "model Net {\n    input x: [N, 3, H, W]\n    if H > 8 { return x * 2 }\n    return x\n}",
    ),
    "return-under-condition": (
        "A `def` becomes lines of the forward() that calls it, and goes on: it can leave no loop half done.",
        "def f(x) {\n    for i in range(2) {\n        if training { return x * 2 }\n        x = x + 1\n    }\n"
        "    return x\n}\nmodel Net {\n    input x: [N, 4]\n    f(x)\n}",
        "def f(x) {\n    if training { return x * 2 }\n    return x + 2\n}\n"
        "model Net {\n    input x: [N, 4]\n    f(x)\n}",
    ),
    "differs-in-training": (
        "A network may give more in training than in evaluation, an auxiliary head's result, say. But what another "
        "network goes on from must be one thing in both modes, unless it stands under `if training` or its `else`.",
        "block B {\n    input x: [N, C]\n    y = ReLU\n    if training { return y, x }\n    return y\n}\n"
        "model Net {\n    input x: [N, 3]\n    B\n}",
        "block B {\n    input x: [N, C]\n    y = ReLU\n    if training { return y + x }\n    return y\n}\n"
        "model Net {\n    input x: [N, 3]\n    B\n}",
    ),
    "no-flow-in-def": (
        "A `def` is a function of its parameters; nothing flows into it.",
        "def twice(v) {\n    -> relu\n    return v\n}\nmodel Net {\n    input x: [N, 3]\n    twice(x)\n}",
        "def twice(v) { return relu(v) }\nmodel Net {\n    input x: [N, 3]\n    twice(x)\n}",
    ),
    "expectation-failed": (
        "An `expect` states what the author takes for granted, and it does not hold.",
        "n = 3\nexpect n == 4\nReLU",
        "n = 4\nexpect n == 4\nReLU",
    ),
    "no-result": (
        "A model or block gives what flows at its end, or what it returns. Here there is neither.",
        "model Net {\n    input a: [N, 3]\n    input b: [N, 3]\n}",
        "model Net {\n    input a: [N, 3]\n    input b: [N, 3]\n    a + b\n}",
    ),
    "after-return": (
        "Nothing after `return` runs.",
        "y = ReLU\nreturn y\nTanh",
        "y = ReLU\nreturn y",
    ),
    "return-without-tensor": (
        "A model gives tensors back, and this is none.",
        "ReLU\nreturn 3",
        "y = ReLU\nreturn y",
    ),
    "return-mixture": (
        "A `return` gives a tuple, or a named tuple where all of its values have names.",
        "y = ReLU\nreturn a=y, x",
        "y = ReLU\nreturn a=y, b=x",
    ),
    "bad-result-name": (
        "`return a=x, b=y` makes a named tuple: its fields are no keyword, no method's name, and begin with a letter.",
        "y = ReLU\nreturn count=y, b=x",
        "y = ReLU\nreturn counts=y, b=x",
    ),
    "return-name-twice": (
        "The names of a named tuple differ from one another.",
        "y = ReLU\nreturn a=y, a=x",
        "y = ReLU\nreturn a=y, b=x",
    ),
    "def-without-return": (
        "A function is there for what it gives back.",
        "def half(n) { m = n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(half(8))\n}",
        "def half(n) { return n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(half(8))\n}",
    ),
    "def-named-return": (
        "Only models and blocks give named tuples.",
        "def half(n) { return m=n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(half(8))\n}",
        "def half(n) { return n // 2 }\nmodel Net {\n    input x: [N, 3]\n    Linear(half(8))\n}",
    ),
    "training-condition": (
        "`training` is known only while the network runs, so it mixes with flags alone.",
        "if training or 3 > 2 { ReLU }",
        "if training { ReLU }",
    ),
    "training-as-value": (
        "Numbers and templates are known when the network is built; `training` changes while it runs. A statement may"
        " ask for it: the modules of both ways are built, and those of one are applied.",
        "Act = if training { ReLU } else { Tanh }\nAct",
        "y = if training { x -> ReLU } else { x -> Tanh }\ny",
    ),
    "training-in-group": (
        "A group is an `nn.Sequential`: the same layers in training and evaluation.",
        "body: { if training { ReLU } }",
        "body: { ReLU }",
    ),
    "module-on-free-size": (
        "A module is made when the network is built, and the size is known only when it runs.",
        "model Net {\n    input x: [N, 3, H, H]\n    if H > 8 { Conv2d(3, 1) }\n    ReLU\n}",
        "model Net {\n    input x: [N, 3, 32, 32]\n    if x.shape[2] > 8 { Conv2d(3, 1) }\n    ReLU\n}",
    ),
    "stage-without-tensor": (
        "An arrow brings a tensor to the stage on its right; this brings something else.",
        "n = 3\nn -> ReLU",
        "x -> ReLU",
    ),
    "stage-ignores-flow": (
        "What stands after an arrow takes what the arrow brings. This would leave it unused.",
        "ReLU -> x + x",
        "y = ReLU\ny + x",
    ),
    "value-as-stage": (
        "`name = ...` names a tensor, and a tensor takes no input. A label, `name: ...`, names the module.",
        "conv = Conv2d(3, 1)\nReLU -> conv",
        "conv: Conv2d(3, 1)\nReLU -> conv",
    ),
    "function-without-call": (
        "A function by itself, without an arrow before it, has nothing to work on.",
        "y = relu",
        "y = relu(x)",
    ),
    "not-callable": (
        "Only modules and functions can be called. `name = ...` names a tensor; a label names the module.",
        "conv = Conv2d(3, 1)\nconv(x)",
        "conv: Conv2d(3, 1)\n-> conv",
    ),
    "not-a-tensor-function": (
        "The function is one of compile time: it works on numbers and lists.",
        "ReLU -> range",
        "ReLU -> mean(1)",
    ),
    "bad-call": (
        "The arguments do not fit the function; torch would refuse the same call.",
        "max_pool2d(x)",
        "max_pool2d(x, 2)",
    ),
    "module-in-def": (
        "A `def` is a plain function. What owns modules is a `block`.",
        "def head(v) { return v -> Conv2d(8, 3) }\nmodel Net {\n    input x: [N, 3, 8, 8]\n    head(x)\n}",
        "block Head { Conv2d(8, 3) }\nmodel Net {\n    input x: [N, 3, 8, 8]\n    Head\n}",
    ),
    "not-module-input": (
        "A module works on tensors.",
        "(x, 3) -> Bilinear(4)",
        "(x, x) -> Bilinear(4)",
    ),
    "wrong-input-count": (
        "The module takes more or fewer tensors than it is given.",
        "block Sum {\n    input a: [N, C]\n    input b: [N, C]\n    a + b\n}\n"
        "model Net {\n    input x: [N, 3]\n    Sum\n}",
        "block Sum {\n    input a: [N, C]\n    input b: [N, C]\n    a + b\n}\n"
        "model Net {\n    input x: [N, 3]\n    (x, x) -> Sum\n}",
    ),
    "shared-differs": (
        "A module is built once, for one shape of input, and used again with another.",
        "conv: Conv2d(8, 3)\n-> conv",
        "conv: Conv2d(3, 3)\n-> conv",
    ),
    "not-a-branch": (
        "In brackets each branch is a pipeline that starts from the flow.",
        "[for i in range(2) { return x }] -> cat(1)",
        "[for i in range(2) { ReLU }] -> cat(1)",
    ),
    "not-in-group": (
        "A group holds modules one after another, and no statement of another kind.",
        "body: { input y: [N, C, H, W]; ReLU }",
        "body: { ReLU }",
    ),
    "not-in-group-value": (
        "A group holds modules.",
        "body: { 3 }",
        "body: { ReLU }",
    ),
    "tensor-in-group": (
        "A group is an `nn.Sequential`; what flows through it has no names. A block has them.",
        "body: { y = act: ReLU }",
        "y = ReLU\ny + x",
    ),
    "function-in-group": (
        "An `nn.Sequential` holds modules. Many functions have a module of the same effect.",
        "body: { Conv2d(8, 3) -> relu }",
        "body: { Conv2d(8, 3) -> ReLU }",
    ),
    "name-undefined": (
        "The name holds different things after the two ways of an `if`.",
        "y = ReLU\nif training { y = y -> Flatten }\ny -> ReLU",
        "y = ReLU\nif training { y = y -> Tanh }\ny -> ReLU",
    ),
    "module-not-here": (
        "A module cannot be made in this place; make it in a statement of its own, and name it.",
        "(Conv2d(4, 3) -> ReLU) * (ReLU).shape[1]",
        "y = Conv2d(4, 3) -> ReLU\ny * y.shape[1]",
    ),
}
