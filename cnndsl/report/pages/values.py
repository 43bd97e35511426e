"""Pages on compile-time values, arguments and templates."""

from __future__ import annotations

VALUES: dict[str, tuple[str, str, str]] = {
    "group-as-template": (
        "A group makes modules where it stands. What can be handed on and used again is a layer or a block.",
        "Act = Sequential { Conv2d(3, 1) -> ReLU }\nAct",
        "block Act = { Conv2d(3, 1) -> ReLU }\nmodel Net {\n    input x: [N, 3, 32, 32]\n    Act\n}",
    ),
    "no-flow-in-own": (
        "The value of a parameter or buffer is worked out before anything flows, so no module can take part in it.",
        "buffer scale: [3, 1, 1] = act: ReLU\nx * scale",
        "buffer scale: [3, 1, 1] = 1\nx * scale",
    ),
    "missing-argument": (
        "The layer or block cannot be made without this argument.",
        "Conv2d(8)",
        "Conv2d(8, 3)",
    ),
    "unknown-argument": (
        "The layer, function or block has no argument of this name. Arguments have torch's own names.",
        "Conv2d(8, kernel=3)",
        "Conv2d(8, kernel_size=3)",
    ),
    "bad-argument": (
        "The argument cannot have this value, whatever the input is: it is no number, too small, or none of the words"
        " that are known here. The arguments are torch's own; `cnndsl layers NAME` shows them.",
        "Conv2d(8, 3, stride=0)",
        "Conv2d(8, 3, stride=1)",
    ),
    "size-of-the-input": (
        "What torch wants first of such a layer, the size of its input (`in_features`, `in_channels`, ...), is read"
        " off the input here and left out. Who wants to have it checked gives it by keyword:"
        " `Linear(10, in_features=3072)`.",
        "Flatten -> Linear(3072, 10)",
        "Flatten -> Linear(10)",
    ),
    "argument-twice": (
        "The argument is given by position and once more by keyword.",
        "Conv2d(8, 3, kernel_size=3)",
        "Conv2d(8, kernel_size=3)",
    ),
    "position-after-keyword": (
        "As in Python, arguments by position come first: behind a keyword, nobody can tell which one is meant.",
        "model Net {\n    input x: [N, 3, 32, 32]\n    Conv2d(8, 3, stride=2, 1)\n}",
        "model Net {\n    input x: [N, 3, 32, 32]\n    Conv2d(8, 3, stride=2, padding=1)\n}",
    ),
    "too-many-arguments": (
        "There are more arguments than the layer takes. What is read off the input is left out.",
        "ReLU(True, False)",
        "ReLU(True)",
    ),
    "free-argument": (
        "The argument of a layer is a number when the network is built; a free size is known only when it runs.",
        "model Net {\n    input x: [N, 3, H, W]\n    Conv2d(H, 3)\n}",
        "model Net {\n    input x: [N, 3, 32, W]\n    Conv2d(x.shape[2], 3)\n}",
    ),
    "function-as-argument": (
        "An argument can be a template, a layer or block, but no function.",
        "block B(Act=ReLU) { Act }\nmodel Net {\n    input x: [N, 3]\n    B(relu)\n}",
        "block B(Act=ReLU) { Act }\nmodel Net {\n    input x: [N, 3]\n    B(Tanh)\n}",
    ),
    "wrong-type": (
        "The parameter is declared with a type, and the value is of another.",
        'block B(n: int) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B("8")\n}',
        "block B(n: int) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B(8)\n}",
    ),
    "unknown-type": (
        "A parameter's type is one of int, float, bool, str, list and layer.",
        "block B(n: integer) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B(8)\n}",
        "block B(n: int) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B(8)\n}",
    ),
    "bad-extern-path": (
        "An `extern` block names a Python class: the module, a colon, the class.",
        'extern block M: [N, C] -> [N, C] from "package.M"\nmodel Net {\n    input x: [N, 3]\n    M\n}',
        'extern block M: [N, C] -> [N, C] from "package:M"\nmodel Net {\n    input x: [N, 3]\n    M\n}',
    ),
    "own-without-shape": (
        "A parameter needs a shape; an initialiser alone does not tell it.",
        "param gamma = zeros\nReLU -> mul(gamma)",
        "param gamma: [3, 1, 1] = zeros\nReLU -> mul(gamma)",
    ),
    "own-of-free-size": (
        "A parameter is made when the network is built, so its sizes are numbers.",
        "model Net {\n    input x: [N, 3, H, W]\n    param gamma: [H, W] = 1\n    x * gamma\n}",
        "model Net {\n    input x: [N, 3, 8, 8]\n    param gamma: [8, 8] = 1\n    x * gamma\n}",
    ),
    "own-shape-differs": (
        "The value of the buffer has another shape than the one stated.",
        "buffer index: [4] = arange(3)\nReLU -> mul(index)",
        "buffer index: [32] = arange(32)\nReLU -> mul(index)",
    ),
    "buffer-option": (
        "A buffer is in the state_dict or, with `persistent=False`, is not.",
        "buffer(saved=False) mask: [32] = 1\nReLU -> mul(mask)",
        "buffer(persistent=False) mask: [32] = 1\nReLU -> mul(mask)",
    ),
    "bad-initial": (
        "A parameter starts as a number or by an initialiser of torch.nn.init.",
        'param gamma: [3, 1, 1] = "zeros"\nReLU -> mul(gamma)',
        "param gamma: [3, 1, 1] = zeros\nReLU -> mul(gamma)",
    ),
    "unknown-initialiser": (
        "The initialisers are those of torch.nn.init, without the underscore at the end.",
        "Conv2d(8, 3)\ninit { Conv2d.weight: he_normal }",
        "Conv2d(8, 3)\ninit { Conv2d.weight: kaiming_normal }",
    ),
    "bad-initialiser": (
        "The initialiser cannot fill a parameter of this shape: Kaiming's and Xavier's rules need weights of two axes.",
        'Conv2d(8, 3)\ninit { "*": kaiming_normal }',
        "Conv2d(8, 3)\ninit {\n    Conv2d.weight: kaiming_normal\n    Conv2d.bias: zeros\n}",
    ),
    "field-not-a-number": (
        "An argument of a rule may name a layer's own fields, where every layer of the rule has them as numbers.",
        "Conv2d(8, 3)\ninit { Conv2d.weight: uniform(-0.1, 1 / kernel_size) }",
        "Conv2d(8, 3)\ninit { Conv2d.weight: uniform(-0.1, 1 / kernel_size[0]) }",
    ),
    "selector-is-label": (
        "A rule of an `init` section names a type of module, or a path as a string.",
        "conv: Conv2d(8, 3)\ninit { conv.weight: zeros }",
        'conv: Conv2d(8, 3)\ninit { "conv.weight": zeros }',
    ),
    "selector-no-parameter": (
        "A rule of an `init` section says which parameter of the layer it is for.",
        "Conv2d(8, 3)\ninit { Conv2d: zeros }",
        "Conv2d(8, 3)\ninit { Conv2d.weight: zeros }",
    ),
    "pipeline-as-template": (
        "A template is one layer or block. Several in sequence make a block.",
        "block B(Act=ReLU) { Act }\nmodel Net {\n    input x: [N, 3]\n    B(ReLU -> Tanh)\n}",
        "block Two = { ReLU -> Tanh }\nblock B(Act=ReLU) { Act }\nmodel Net {\n    input x: [N, 3]\n    B(Two)\n}",
    ),
    "alias-of-no-maker": (
        "Another name is given to a layer or block.",
        "block B = 3\nmodel Net {\n    input x: [N, 3]\n    B\n}",
        "block B = Linear(3)\nmodel Net {\n    input x: [N, 3]\n    B\n}",
    ),
    "negative-repeat": (
        "A module is repeated zero times or more.",
        "n = -2\nConv2d(3, 1) * n\nReLU",
        "n = 2\nConv2d(3, 1) * n\nReLU",
    ),
    "tensor-not-known": (
        "The value of a tensor is known only when the network runs, and a layer's arguments when it is built. What a"
        " layer is applied to stands in brackets of its own; a size of a tensor may be an argument: `y.shape[1]`.",
        "y = ReLU\nLinear(y, 3)",
        "y = ReLU\nLinear(3)(y)",
    ),
    "not-a-list": (
        "A `*` hands on the entries of a list.",
        "n = 3\nConv2d(*n)",
        "n = [8, 3]\nConv2d(*n)",
    ),
    "not-several": (
        "Several names on the left need several values on the right.",
        "a, b = ReLU\na + b",
        "a, b = chunk(cat([x, x], 1), 2, 1)\na + b",
    ),
    "wrong-count": (
        "There are more or fewer values than names for them.",
        "a, b = chunk(x, 3, 1)\na + b",
        "a, b, c = chunk(x, 3, 1)\na + b + c",
    ),
    "not-text": (
        "Braces in a string insert a number or a string.",
        '"conv{[1]}": ReLU',
        '"conv{1}": ReLU',
    ),
    "no-such-number": (
        "The calculation has no result, as in Python; or none that is a whole number for every value of a free size.",
        "n = 8 // 0\nConv2d(n, 3)",
        "n = 8 // 2\nConv2d(n, 3)",
    ),
    "too-large": (
        "A number, a text, a list or a tensor becomes larger than any network needs, and than a machine holds.",
        "Conv2d(2**(2**40), 3)",
        "Conv2d(2**4, 3)",
    ),
    "not-an-operand": (
        "The operator cannot take this.",
        "ReLU + [1]",
        "y = ReLU\ny + 1",
    ),
    "not-indexable": (
        "Only tensors, lists, tuples and strings have entries.",
        "n = 3\nConv2d(n[0], 3)",
        "n = [3]\nConv2d(n[0], 3)",
    ),
    "index-too-many": (
        "A list or tuple takes one index; a tensor takes one for each axis.",
        "n = [3]\nConv2d(n[0, 0], 3)",
        "n = [3]\nConv2d(n[0], 3)",
    ),
    "bad-index": (
        "The list has no entry there.",
        "n = [8, 3]\nConv2d(n[2], 3)",
        "n = [8, 3]\nConv2d(n[0], n[1])",
    ),
    "no-attribute": (
        "A tensor has one attribute here, `shape`; what are methods in Python are functions. Named results have their"
        " names: `p.low` of `return low=a, high=b`.",
        "x.relu()",
        "relu(x)",
    ),
    "tensor-condition": (
        "A network has one shape of its own; what it does cannot depend on the numbers that flow through it.",
        "y = ReLU\nif y { Tanh }",
        "y = ReLU\nwhere(y > 0, y, x)",
    ),
    "not-a-condition": (
        "A condition is a flag, a number or a comparison.",
        "if relu { Tanh }\nReLU",
        "if True { Tanh }\nReLU",
    ),
    "ternary-on-free-size": (
        "A value is chosen when the network is built, and the size is known only when it runs.",
        "model Net {\n    input x: [N, 3, H, W]\n    Conv2d(8 if H > 8 else 4, 1)\n}",
        "model Net {\n    input x: [N, 3, 32, W]\n    Conv2d(8 if x.shape[2] > 8 else 4, 1)\n}",
    ),
    "if-without-value": (
        "An `if` that is used as a value ends both arms in one.",
        "N = if True { m = 8 }\nReLU",
        "n = 8 if True else 4\nConv2d(n, 1)",
    ),
    "chained-tensors": (
        "A chain of comparisons means `and`, which tensors do not have.",
        "y = 0 < x < 1\nwhere(y, x, -x)",
        "y = (0 < x) * (x < 1)\nwhere(y, x, -x)",
    ),
    "too-many-modules": (
        "The network would have more modules than the limit, which keeps a slip from filling the memory.",
        "Conv2d(3, 1) * 1000000000",
        "Conv2d(3, 1) * 10",
    ),
    "too-many-steps": (
        "Working the file out takes more steps than the limit, which keeps a slip from running for ever.",
        "for i in range(1000) { for j in range(1000) { n = j } }\nReLU",
        "for i in range(3) { ReLU -> Tanh }",
    ),
    "too-deep": (
        "Blocks or functions use one another without end.",
        "block B { B }\nmodel Net {\n    input x: [N, 3]\n    B\n}",
        "block B { ReLU }\nmodel Net {\n    input x: [N, 3]\n    B\n}",
    ),
    "bad-repeat": (
        "A module is repeated a whole number of times.",
        "Conv2d(3, 1) * 1.5",
        "Conv2d(3, 1) * 2",
    ),
    "options-of-block": (
        "A block takes tensors where it is applied; its parameters are given where it is made.",
        "block B(n=8) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B()(x, n=4)\n}",
        "block B(n=8) { Linear(n) }\nmodel Net {\n    input x: [N, 3]\n    B(n=4)(x)\n}",
    ),
    "not-known-statement": (
        "In an `if` that is used as a value, only names can be given before the value.",
        "Act = if True { relu(x); ReLU } else { Tanh }\nAct",
        "Act = if True { n = 0.1; LeakyReLU(n) } else { Tanh }\nAct",
    ),
    "selector-no-type": (
        "A rule of an `init` section is for a type of module: a layer or a block.",
        "n = 3\nConv2d(8, n)\ninit { n.weight: zeros }",
        "n = 3\nConv2d(8, n)\ninit { Conv2d.weight: zeros }",
    ),
}
