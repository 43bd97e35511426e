"""What Keras, papers and older torch call the layers, functions and arguments that torch has under another name.

Tables alone, and two look-ups in them. Keys are folded: small letters, no underscores. The first argument in a row
that the layer or function at hand has is the one meant.
"""

from __future__ import annotations

from ..problems import Leave
from ..typed import Collection

NAMES: dict[str, str] = {  # what stands for it in a file: a name, or a call
    # Dense layers
    "dense": "Linear",
    "denselayer": "Linear",
    "fc": "Linear",
    "fullyconnected": "Linear",
    "innerproduct": "Linear",
    "affine": "Linear",
    # Convolutions
    "conv": "Conv2d",
    "convolution": "Conv2d",
    "convolution1d": "Conv1d",
    "convolution2d": "Conv2d",
    "convolution3d": "Conv3d",
    "convolutional": "Conv2d",
    "convlayer": "Conv2d",
    "spatialconvolution": "Conv2d",
    "convtranspose": "ConvTranspose2d",
    "conv1dtranspose": "ConvTranspose1d",
    "conv2dtranspose": "ConvTranspose2d",
    "conv3dtranspose": "ConvTranspose3d",
    "deconv": "ConvTranspose2d",
    "deconv2d": "ConvTranspose2d",
    "deconvolution": "ConvTranspose2d",
    "transposedconv": "ConvTranspose2d",
    "transposedconv2d": "ConvTranspose2d",
    "upconv": "ConvTranspose2d",
    # Pooling
    "pool": "MaxPool2d",
    "maxpool": "MaxPool2d",
    "maxpooling": "MaxPool2d",
    "maxpooling1d": "MaxPool1d",
    "maxpooling2d": "MaxPool2d",
    "maxpooling3d": "MaxPool3d",
    "spatialmaxpooling": "MaxPool2d",
    "avgpool": "AvgPool2d",
    "averagepool": "AvgPool2d",
    "averagepool2d": "AvgPool2d",
    "averagepooling1d": "AvgPool1d",
    "averagepooling2d": "AvgPool2d",
    "averagepooling3d": "AvgPool3d",
    "avgpooling": "AvgPool2d",
    "avgpooling2d": "AvgPool2d",
    "meanpool2d": "AvgPool2d",
    "gap": "AdaptiveAvgPool2d(1)",
    "globalavgpool": "AdaptiveAvgPool2d(1)",
    # Keras has these names beside its longer ones
    "globalavgpool1d": "AdaptiveAvgPool1d(1) -> Flatten",
    "globalavgpool2d": "AdaptiveAvgPool2d(1) -> Flatten",
    "globalavgpool3d": "AdaptiveAvgPool3d(1) -> Flatten",
    "globalavgpooling": "AdaptiveAvgPool2d(1)",
    "globalaveragepool": "AdaptiveAvgPool2d(1)",
    "globalaveragepool2d": "AdaptiveAvgPool2d(1)",
    "globalaveragepooling1d": "AdaptiveAvgPool1d(1) -> Flatten",
    "globalaveragepooling2d": "AdaptiveAvgPool2d(1) -> Flatten",
    "globalaveragepooling3d": "AdaptiveAvgPool3d(1) -> Flatten",
    "globalmaxpool": "AdaptiveMaxPool2d(1)",
    "globalmaxpool1d": "AdaptiveMaxPool1d(1) -> Flatten",
    "globalmaxpool2d": "AdaptiveMaxPool2d(1) -> Flatten",
    "globalmaxpool3d": "AdaptiveMaxPool3d(1) -> Flatten",
    "globalmaxpooling1d": "AdaptiveMaxPool1d(1) -> Flatten",
    "globalmaxpooling2d": "AdaptiveMaxPool2d(1) -> Flatten",
    "globalmaxpooling3d": "AdaptiveMaxPool3d(1) -> Flatten",
    "adaptiveavgpool": "AdaptiveAvgPool2d",
    "adaptiveaveragepool2d": "AdaptiveAvgPool2d",
    "adaptivemaxpool": "AdaptiveMaxPool2d",
    # Normalisation
    "batchnorm": "BatchNorm2d",
    "batchnormalization": "BatchNorm2d",
    "batchnormalisation": "BatchNorm2d",
    "spatialbatchnormalization": "BatchNorm2d",
    "bn": "BatchNorm2d",
    "layernormalization": "LayerNorm",
    "ln": "LayerNorm",
    "groupnormalization": "GroupNorm",
    "gn": "GroupNorm",
    "instancenorm": "InstanceNorm2d",
    "instancenormalization": "InstanceNorm2d",
    "lrn": "LocalResponseNorm",
    "rmsnormalization": "RMSNorm",
    # Activations
    "swish": "SiLU",
    "swishactivation": "SiLU",
    "hswish": "Hardswish",
    "hardswishactivation": "Hardswish",
    "hsigmoid": "Hardsigmoid",
    "lrelu": "LeakyReLU",
    "leaky": "LeakyReLU",
    "thresholdedrelu": "Threshold",
    "softmax1d": "Softmax(1)",
    # Dropout, padding, resizing
    "spatialdropout1d": "Dropout1d",
    "spatialdropout2d": "Dropout2d",
    "spatialdropout3d": "Dropout3d",
    "droppath": "StochasticDepth",
    "dropconnect": "StochasticDepth",
    "zeropadding1d": "ZeroPad1d",
    "zeropadding2d": "ZeroPad2d",
    "zeropadding3d": "ZeroPad3d",
    "reflectionpadding2d": "ReflectionPad2d",
    "upsampling": "Upsample(scale_factor=2)",
    "upsampling1d": "Upsample(scale_factor=2)",
    "upsampling2d": "Upsample(scale_factor=2)",
    "upsample1d": "Upsample(scale_factor=2)",
    "upsample2d": "Upsample(scale_factor=2)",
    "upsample3d": "Upsample(scale_factor=2)",
    "upsampling3d": "Upsample(scale_factor=2)",
    "resize": "Upsample",
    "depthtospace": "PixelShuffle",
    "spacetodepth": "PixelUnshuffle",
    # Sequences
    "simplernn": "RNN",
    "cudnnlstm": "LSTM",
    "cudnngru": "GRU",
    "mha": "MultiheadAttention",
    "mhsa": "MultiheadAttention",
    "multiheadselfattention": "MultiheadAttention",
    "selfattention": "MultiheadAttention",
    "embed": "Embedding",
    # Functions
    "noop": "Identity",
    "passthrough": "Identity",
    "flattenlayer": "Flatten",
    "expanddims": "unsqueeze",
    "reducemean": "mean",
    "reducesum": "sum",
    "reducemax": "amax",
    "reducemin": "amin",
    "batchmatmul": "bmm",
    "clipbyvalue": "clamp",
    "splitchannels": "chunk",
}

DRAWN = {"random.normal": "randn", "random.uniform": "rand"}  # NumPy's and TensorFlow's, by path

LOOSE = frozenset({"upsampling", "resize", "dropconnect", "depthtospace", "spacetodepth", "splitchannels"})
"""Of these, the words that mean several things, or what torch does otherwise: no fix is made of them unasked."""

WORDS: dict[str, str] = {  # other languages' words for Python's
    "true": "True",
    "false": "False",
    "none": "None",
    "null": "None",
    "nil": "None",
    "yes": "True",
    "no": "False",
    "on": "True",
    "off": "False",
    "inf": 'float("inf")',
    "nan": 'float("nan")',
    **{"TRUE": "True", "FALSE": "False", "NONE": "None", "NULL": "None"},
    "Training": "training",
}

CASED = {
    "Model": Leave("`input` says what goes in, and `return ...` what the network gives")
}  # Keras' class, no variable
NAME_ADVICE: dict[str, str] = {  # where no name alone would do
    "activation": 'write the activation itself as a stage: `-> ReLU` for `Activation("relu")`',
    "input": "declare what goes in with a statement, `input x: [N, 3, 32, 32]`, and go on from its name: `x -> ...`",
    "output": "what the last statement gives is the result; `return ...` gives another",
    "list": "a list stands in square brackets: `[]`, `[a, b]`",
    "inputlayer": "declare what goes in with a statement: `input x: [N, 3, 32, 32]`",
    "concat": "name the values and write `cat([a, b], 1)`",
    "concatenate": "name the values and write `cat([a, b], 1)`",
    "merge": "name the values and write `cat([a, b], 1)` or `a + b`",
    "add": "name the values and write `a + b`",
    "multiply": "name the values and write `a * b`",
    "residual": "name the value before, `skip = ...`, and add it after: `... -> add(skip)`",
    "shortcut": "name the value before, `skip = ...`, and add it after: `... -> add(skip)`",
    "skip": "name the value before, `skip = ...`, and add it after: `... -> add(skip)`",
    "registerbuffer": "a buffer is declared: `buffer mask: [16] = 0`",
    **dict.fromkeys(("registerparameter", "parameter", "param"), "a parameter is declared: `param gamma: [C] = ones`"),
    "separableconv2d": "write both parts: `Conv2d(C, 3, padding=1, groups=C) -> Conv2d(64, 1)`",
    "depthwiseconv2d": "a depthwise convolution has as many groups as channels: `Conv2d(C, 3, padding=1, groups=C)`",
    "bidirectional": "give the argument to the layer: `LSTM(64, bidirectional=True)`",
    "timedistributed": "`Linear` and the like work on the last axis of any tensor; maps of each step are one "
    "batch: `-> flatten(0, 1) -> Conv2d(8, 3) -> unflatten(0, [-1, T])`",
    "sequential": "a sequence is a group in braces: `Sequential { Conv2d(8, 3) -> ReLU }`",
    "size": "a tensor's size along axis 1 is `x.shape[1]`, or a name in its declaration: `input x: [N, C, H, W]`",
    "lambda": "write the operation itself as a stage or an expression",
    **dict.fromkeys(("break", "continue"), "a loop goes through its whole list; an `if` in it leaves stages out"),
    "print": Leave("`cnndsl summary` shows every shape; `expect [N, 8, 30, 30]` states one, and is checked"),
    "loss": Leave("a loss is no part of a network; apply it, in Python, to what the network gives"),
    **dict.fromkeys(
        ("binarycrossentropy", "binarycrossentropywithlogits", "kldiv"),
        Leave("a loss is no part of a network; apply it, in Python, to what the network gives"),
    ),
    **dict.fromkeys(
        ("crossentropy", "categoricalcrossentropy"),
        Leave("a loss is no part of a network; in Python, apply it to what the network gives without a softmax"),
    ),
    **dict.fromkeys(
        ("packpaddedsequence", "padpackedsequence", "packsequence"),
        Leave("sequences stay padded here; a mask, or an index of the last step of each, tells what counts"),
    ),
    **dict.fromkeys(
        ("weightnorm", "spectralnorm"),
        "the module is written without it; torch.nn.utils.parametrizations puts one on it, `weight_norm(net.conv)`",
    ),
    "modulelist": (
        "its modules are branches, `layers: [A, B]`, in sequence a group, `layers: { A -> B }`, or made by a loop: "
        '`for i in range(3) { "layers.{i}": Conv2d(8, 3) }`'
    ),
    "moduledict": 'each module has a label of its own, which may be computed: `"heads.{name}": Head`',
    "criterion": Leave("a loss is no part of a network; apply it, in Python, to what the network gives"),
    **dict.fromkeys(
        ("optimizer", "adam", "adamw", "sgd", "rmsprop", "adagrad"), Leave("the network is trained in Python")
    ),
    "optim": Leave("the network is trained in Python"),
    "manualseed": Leave("what draws numbers is seeded in Python"),
    "device": Leave("load the model, then move it with `model.to(device)`"),
    "model": Leave("what is done with it (`to`, `train`, `fit`) stands in Python; a layer to `add` is a stage"),
    "tensor": "numbers become a tensor one by one: `stack([for n in [0.5, 0.25] { full([1, 1], n) }])`",
    "super": Leave("nothing has to be set up"),
    "pass": Leave("a body may be empty"),
    "isinstance": Leave("what a template is, is known where it is given; `None` alone is asked for"),
    "subtract": "name the values and write `a - b`",
    "average": "name the values and write `(a + b) / 2`",
}

ARGUMENTS: dict[str, tuple[str, ...]] = {
    # Sizes
    "filters": ("out_channels",),
    "nfilters": ("out_channels",),
    "numfilters": ("out_channels",),
    "nbfilter": ("out_channels",),
    "channels": ("out_channels", "num_channels"),
    "out": ("out_channels", "out_features"),
    "features": ("out_channels", "out_features"),
    "outch": ("out_channels",),
    "outdim": ("out_features", "out_channels"),
    "outplanes": ("out_channels",),
    "noutputplane": ("out_channels",),
    "numoutput": ("out_channels", "out_features"),
    "outputdim": ("out_features", "embedding_dim", "out_channels"),
    "units": ("out_features", "hidden_size"),
    "numunits": ("hidden_size", "out_features"),
    "hiddenunits": ("hidden_size", "out_features"),
    "hidden": ("hidden_size",),
    "hiddendim": ("hidden_size", "dim_feedforward"),
    "inch": ("in_channels",),
    "indim": ("in_features", "in_channels"),
    "inplanes": ("in_channels",),
    "ninputplane": ("in_channels",),
    "inputdim": ("in_features", "num_embeddings", "input_size"),
    "inputchannels": ("in_channels",),
    "numfilterin": ("in_channels",),
    # Windows
    "kernel": ("kernel_size",),
    "kernelsize": ("kernel_size",),
    "ksize": ("kernel_size",),
    "filtersize": ("kernel_size",),
    "window": ("kernel_size",),
    "k": ("kernel_size",),
    "poolsize": ("kernel_size",),
    "s": ("stride",),
    "strides": ("stride",),
    "step": ("stride",),
    "subsample": ("stride",),
    "p": ("padding", "dropout"),
    "pad": ("padding",),
    "pads": ("padding",),
    "bordermode": ("padding",),
    "d": ("dilation",),
    "dilationrate": ("dilation",),
    "dilations": ("dilation",),
    "rate": ("p", "dilation"),
    "g": ("groups",),
    "group": ("groups",),
    "ngroups": ("groups", "num_groups"),
    "usebias": ("bias",),
    "biasterm": ("bias",),
    # Norms, dropout, activations
    "epsilon": ("eps",),
    "scale": ("scale_factor",),
    "dropout": ("p",),
    "dropoutrate": ("p", "dropout"),
    "droprate": ("p", "dropout"),
    "dropprob": ("p", "dropout"),
    "dropoutp": ("p", "dropout"),
    "prob": ("p",),
    "alpha": ("negative_slope",),
    "slope": ("negative_slope",),
    "negativeslope": ("negative_slope",),
    "leak": ("negative_slope",),
    "axis": ("dim", "normalized_shape"),
    "axes": ("dim", "dims"),
    "keepdims": ("keepdim",),
    # Others
    "size": ("scale_factor", "output_size"),
    "factor": ("scale_factor", "upscale_factor", "downscale_factor"),
    "interpolation": ("mode",),
    "heads": ("num_heads", "nhead"),
    "nheads": ("num_heads", "nhead"),
    "numhead": ("num_heads", "nhead"),
    "dmodel": ("embed_dim", "d_model"),
    "vocabsize": ("num_embeddings",),
    "layers": ("num_layers",),
    "nlayers": ("num_layers",),
    "start": ("start_dim",),
    "end": ("end_dim",),
    "a": ("input",),
    "x": ("input",),
    "y": ("other",),
    "tensor": ("input",),
}

ARGUMENT_ADVICE: dict[str, str] = {
    "activation": "write the activation as a stage of its own, behind this one",
    "inputshape": "say it once, in the model: `input x: [N, 3, 32, 32]`",
    "batchinputshape": "say it once, in the model: `input x: [N, 3, 32, 32]`",
    "name": "write the name before the layer: `conv1: Conv2d(64, 3)`",
    "kernelinitializer": "say it in a section of the body: `init { Conv2d.weight: kaiming_normal }`",
    "biasinitializer": "say it in a section of the body: `init { Conv2d.bias: zeros }`",
    **dict.fromkeys(("weightdecay", "l2"), Leave("the optimizer has it, in Python")),
    **dict.fromkeys(
        ("kernelregularizer", "biasregularizer", "activityregularizer"),
        Leave("the optimizer has it, in Python, as `weight_decay`"),
    ),
    **dict.fromkeys(("kernelconstraint", "biasconstraint"), Leave("weights are held within bounds in Python")),
    "init": "say it in a section of the body: `init { Conv2d.weight: kaiming_normal }`",
    "weightinit": "say it in a section of the body: `init { Conv2d.weight: kaiming_normal }`",
    "dataformat": Leave("sizes are in torch's order, channels before height and width"),
    "device": Leave("load the model, then move it with `model.to(device)`"),
    "training": Leave("the network knows its mode, by `model.train()` and `model.eval()` in Python"),
    "returnsequences": Leave("every step is given; `[:, -1]` takes the last one"),
    "returnstate": Leave("the states are always given: `y, (h, c) = ...`"),
    "maskzero": "`padding_idx=0` keeps the vector of 0 at zero; a mask is given where it is used",
    "recurrentdropout": "torch drops between layers alone: `num_layers=2, dropout=0.1`",
    "keepprob": "torch counts what is dropped: `p` is one minus the part kept",
    "decay": "torch counts what is new: `momentum` is one minus the decay",
    "nobias": "torch says the contrary: `bias=False`",
    "center": "factor and shift are there together or not at all: `affine=False`",
}


ACTIVATIONS: dict[str, str] = {  # what Keras calls them in a text, and in torch the stage; nothing if it does nothing
    **{"relu": "ReLU", "relu6": "ReLU6", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "ELU", "selu": "SELU"},
    **{"gelu": "GELU", "swish": "SiLU", "silu": "SiLU", "mish": "Mish", "softplus": "Softplus", "linear": ""},
    **{"leakyrelu": "LeakyReLU(0.2)", "hardswish": "Hardswish", "softsign": "Softsign", "softmax": "Softmax(1)"},
    **{"logsoftmax": "LogSoftmax(1)", "logsigmoid": "LogSigmoid", "hardtanh": "Hardtanh", "celu": "CELU"},
    **{"none": "", "identity": ""},
}


def activation_help(word: str) -> tuple[str, str | None]:
    """What to say of an activation in a text, and the stage that it is; None where that is not known."""
    from . import lookup

    stage = word if lookup(word) else ACTIVATIONS.get(folded(word))
    if stage is None:
        return ARGUMENT_ADVICE["activation"], None
    return (f"{ARGUMENT_ADVICE['activation']}: `-> {stage}`" if stage else Leave("it changes nothing")), stage


def is_otherwise(name: str, given: Collection[str]) -> bool:
    """Whether a layer's name is another library's, too, which means something else by it with these arguments.

    Flax' `Conv` pads; the momentum of Flax' `BatchNorm` and Paddle's `BatchNorm2D` is the part that is kept.
    """
    if name in ("Conv", "ConvTranspose"):
        return "features" in given and "padding" not in given
    is_norm = folded(name) in ("batchnorm", "batchnorm1d", "batchnorm2d", "batchnorm3d") and not name.endswith("d")
    return is_norm and "momentum" in given


def folded(name: str) -> str:
    return name.lower().replace("_", "")


def argument_meant(name: str, known: Collection[str]) -> str | None:
    """The argument among those known that is elsewhere called `name`."""
    plain = {folded(candidate): candidate for candidate in known}
    if folded(name) in plain:
        return plain[folded(name)]
    return next((candidate for candidate in ARGUMENTS.get(folded(name), ()) if candidate in known), None)
