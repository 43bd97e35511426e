"""What torch itself makes of a call, as plain data, and where the catalogue differs from it on purpose.

The oracle is the real call on real tensors. Whatever differs on purpose stands in `DIFFERENCES`, with its reason.
"""

from __future__ import annotations

import itertools
import warnings
import zlib
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from cnndsl.functions import lookup
from cnndsl.functions.base import Function
from cnndsl.layers.base import Sample
from cnndsl.shapes import Misfit, Need, TensorType

torch = pytest.importorskip("torch")
warnings.filterwarnings("ignore")

REFUSALS = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError, AssertionError, AttributeError)
REFUSED = "refused"

# Functions whose whole-number tensors are indices: they are filled with zeros, the others with ones.
INDEXED = {"index_select", "gather", "one_hot", "embedding", "scatter", "scatter_add"}
INDEXED |= {f"max_unpool{axes}d" for axes in (1, 2, 3)}

IMPLICIT = (("needs dim", "torch picks an axis by the rank, and warns"),)
EMPTY_CAT = (("axis", "torch looks at no axis when all tensors are of shape [0]"),)
MIXED = (("needs one dtype", "torch takes some mixtures of dtypes, by device and kernel"),)
WHOLE = (("needs floating-point numbers", "torch takes whole numbers in some cases, on the CPU alone"),)
CONVOLUTION = (
    ("needs floating-point numbers", "on the CPU alone torch convolves whole numbers"),
    ("nothing is left", "an empty output is a mistake"),
    ("must be at least 1", "torch lets a dilation of 0 pass in some cases"),
)
DILATED = (("steps over the whole", "a window may hold padding alone; torch corrupts memory"),)
UNPOOL = (
    ("does not take", "on the CPU alone torch unpools whole numbers"),
    ("must be ", "torch lets negative paddings, strides of 0 and lists of other lengths pass"),
)
FRACTIONAL = (
    ("kernel_size must be at least 1", "torch lets kernels of 0 pass"),
    ("exactly one of output_size and output_ratio", "torch ignores one of them"),
    ("leaves nothing", "an empty output is a mistake"),
    ("must be a list of numbers", "torch takes one number for volumes, though not for images"),
)
ADAPTIVE = (
    ("output_size must be at least 1", "an empty output is a mistake"),
    ("takes an input of", "torch averages to size 1 whatever the rank"),
)
PAIR = tuple((text, "torch takes a tensor of rank 0 for an axis") for text in ("no axis to keep", "by position"))
HOLDS = (("cannot hold", "torch silently makes another number of it"),)
TRAINING = (
    ("needs floating-point numbers", "fails in training, though not in evaluation"),
    ("needs a tensor of rank", "torch warns that it will not do what it says"),
)
# What torch refuses for the values in the tensors, or because the CPU lacks it; types do not show it.
BY_VALUE = ("ZeroDivisionError", "not implemented for 'Half'", "not implemented for 'BFloat16'")
# torch's kernels never look at the dtype of an empty tensor; some functions look at nothing then.
CARELESS = {
    "roll",
    "scatter",
    "scatter_add",
    "cummax",
    "cummin",
    "gather",
    "pad",
    "scaled_dot_product_attention",
    "cat",
    "affine_grid",
    "interpolate",
}
CARELESS |= {f"adaptive_{kind}_pool{axes}d" for kind in ("avg", "max") for axes in (1, 2, 3)}
CARELESS |= {f"max_unpool{axes}d" for axes in (1, 2, 3)}
CARELESS |= {f"fractional_max_pool{axes}d" for axes in (2, 3)}
CARELESS |= {f"conv_transpose{axes}d" for axes in (1, 2, 3)}
UNSEEN = (
    "floating-point numbers",
    "truth values",
    "divides whole numbers by 0",
    "needs one dtype",
    "needs an index",
    "cannot be repeated",
)
# What is refused although torch takes it, and why. Keyed by function; the text must be part of the message.
DIFFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "cumsum": (("truth values", "a tensor of rank 0 passes unseen"),),
    "cumprod": (("truth values", "a tensor of rank 0 passes unseen"),),
    "clamp": (
        *HOLDS,
        ("is above max", "torch makes one number of all elements"),
        ("truth values", "torch clamps them by tensors, not by numbers"),
        ("two numbers or two tensors", "torch takes a tensor of rank 0 for a number"),
    ),
    "cat": EMPTY_CAT,
    "concat": EMPTY_CAT,
    "pad": (
        *HOLDS,
        ("cannot make a size of 0", 'mode "circular" alone makes empty tensors'),
        ("cannot pad a size", "torch may cut first"),
    ),
    "affine_grid": (("cannot make", "torch looks at the sizes for some align_corners only"),),
    "diff": (("axis", "torch looks at no axis when n is 0"),),
    "full": HOLDS,
    "threshold": HOLDS,
    "addcmul": (("value must be a whole number", "torch silently rounds it"),),
    "lerp": (("lerp needs", "torch takes a weight of rank 0 for a number"),),
    "logsumexp": (("needs an axis to sum over", "torch gives a shape that fits by accident"),),
    "max": PAIR,
    "min": PAIR,
    "full_like": HOLDS,
    "masked_fill": HOLDS,
    "linear": (
        ("the bias must be", "torch broadcasts some biases by accident of the rank"),
        ("takes no bias with", "torch takes it for some ranks of the input only"),
    ),
    "interpolate": (("cannot make", 'mode "area" alone makes empty tensors'),),
    "rrelu": (("is above upper", "torch looks at the bounds in training only"),),
    "dropout": TRAINING,
    "dropout1d": TRAINING,
    "dropout2d": TRAINING,
    "dropout3d": TRAINING,
    "alpha_dropout": TRAINING,
    "feature_alpha_dropout": TRAINING,
    **{f"conv{axes}d": CONVOLUTION for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": CONVOLUTION for axes in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{axes}d": ADAPTIVE for kind in ("avg", "max") for axes in (1, 2, 3)},
    **{f"lp_pool{axes}d": WHOLE for axes in (1, 2, 3)},
    "layer_norm": MIXED,
    "rms_norm": MIXED,
    "group_norm": MIXED,
    "batch_norm": MIXED,
    "instance_norm": (*MIXED, ("rank 3", "torch looks at the rank in training only")),
    "local_response_norm": WHOLE,
    "bilinear": (("the bias must be", "torch broadcasts it"), *WHOLE),
    "addmm": (*MIXED, ("whole numbers for", "torch silently rounds them")),
    "baddbmm": (*MIXED, ("whole numbers for", "torch silently rounds them")),
    "einsum": (("numbers or int64", "torch gives another dtype by the axes that it happens to sum first"), *MIXED),
    "cdist": (("half precision", "torch has a kernel for more than 25 rows alone"),),
    "scaled_dot_product_attention": (
        ("attn_mask", "torch broadcasts some masks by accident of the kernel it picks"),
        ("columns meet", "a kernel of torch's does not see that keys and values differ in number"),
    ),
    **{f"max_pool{axes}d": DILATED for axes in (1, 2)},
    "max_pool3d": (*DILATED, ("takes an input of", "without a batch axis torch refuses some layouts in memory")),
    **{f"max_unpool{axes}d": UNPOOL for axes in (1, 2, 3)},
    **{f"fractional_max_pool{axes}d": FRACTIONAL for axes in (2, 3)},
    "softmax": IMPLICIT,
    "log_softmax": IMPLICIT,
    "softmin": IMPLICIT,
}

# Parameters of torch's signatures that the language leaves out.
LEFT_OUT = {"_stacklevel", "out", "generator"}


def real(value: Any, fill: int = 1) -> Any:
    """A type as a real tensor; other values as they are."""
    if isinstance(value, TensorType):
        whole = not value.is_float and value.dtype != "bool"
        return torch.full(value.shape, fill if whole else 1, dtype=getattr(torch, value.dtype))
    if isinstance(value, (list, tuple)):
        return type(value)(real(item, fill) for item in value)
    return value


def found(result: Any) -> Any:
    """Shapes and dtypes of what a call gives, as plain data."""
    if result is None:
        return None
    if isinstance(result, torch.Tensor):
        return tuple(result.shape), str(result.dtype).removeprefix("torch.")
    if isinstance(result, TensorType):
        return tuple(result.shape), result.dtype
    return [found(item) for item in result]


def torch_function(function: Function) -> Callable[..., Any]:
    if function.target.startswith("."):
        return lambda first, *rest, **options: getattr(first, function.target[1:])(*rest, **options)
    place = torch
    for name in function.target.split(".")[1 if function.target.startswith("torch.") else 0 :]:
        place = getattr(place, name)
    return place


def by_torch(function: Function, sample: Sample) -> Any:
    fill = 0 if function.name in INDEXED else 1
    kinds = {parameter.name: parameter.annotation for parameter in function.parameters}
    order = [parameter for parameter in function.parameters if not parameter.keyword_only]
    inputs = [
        as_dtype(value, kind)
        for value, kind in itertools.zip_longest(sample.inputs, [p.annotation for p in order][: len(sample.inputs)])
    ]
    options = {name: as_dtype(value, kinds.get(name)) for name, value in sample.arguments.items()}
    if function.lower:
        return by_chain(function, sample)
    try:
        result = torch_function(function)(*real(inputs, fill), **{k: real(v, fill) for k, v in options.items()})
    except (ZeroDivisionError, *REFUSALS) as error:
        return REFUSED, f"{type(error).__name__}: {error}"
    return found(result), ""


def by_chain(function: Function, sample: Sample) -> Any:
    """What the functions that one is compiled to make of a real tensor."""
    assert function.lower
    value = real(sample.inputs[0])
    try:
        for name, arguments, options in function.lower(*sample.inputs, **sample.arguments):
            if name == "expect" and arguments[0] != arguments[1]:
                return REFUSED, f"{arguments[0]} is not {arguments[1]}"
            if name == "expect":
                continue
            value = torch_function(lookup(name))(value, *arguments, **options)  # type: ignore[arg-type]
    except (Misfit, *REFUSALS) as error:
        return REFUSED, str(error)
    return found(value), ""


def as_dtype(value: Any, kind: str | None) -> Any:
    return getattr(torch, value) if kind and "Dtype" in kind and isinstance(value, str) else value


def by_rule(function: Function, sample: Sample) -> Any:
    need = Need()
    try:
        positional, named = function.bind(sample.inputs, dict(sample.arguments))
    except (Misfit, TypeError) as error:  # a rule itself raises Misfit alone
        return REFUSED, str(error)
    try:
        result = function.rule(need, *positional, **named)
    except Misfit as error:
        return REFUSED, str(error)
    assert not need.conditions, "plain numbers decide every condition"
    return found(result), ""


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return found(call(*arguments))
    except (Misfit, ZeroDivisionError, *REFUSALS) as error:
        return REFUSED if not isinstance(error, ZeroDivisionError) else "zero"


def drawn(name: str, count: int, seed: int) -> Iterator[Sample]:
    function = lookup(name)
    assert function
    return itertools.islice(function.examples(Random(zlib.crc32(f"{name} {seed}".encode()))), count)


def is_deliberate(name: str, sample: Sample, ours: Any, theirs: Any, why: str, reason: str) -> bool:
    if theirs == REFUSED:
        return ours != REFUSED and any(text in reason for text in BY_VALUE)
    careless = name in CARELESS or any(text in why for text in UNSEEN)
    if ours == REFUSED and careless and (is_empty(sample.inputs) or gives_nothing(theirs)):
        return True
    return ours == REFUSED and any(text in why for text, _ in DIFFERENCES.get(name, ()))


def gives_nothing(result: Any) -> bool:
    """Whether what torch gives, or a part of it, has no elements."""
    return any(map(gives_nothing, result)) if isinstance(result, list) else 0 in result[0]


def is_empty(values: Any) -> bool:
    """Whether a tensor has no elements."""
    return any(
        0 in value.shape if isinstance(value, TensorType) else isinstance(value, (list, tuple)) and is_empty(value)
        for value in values
    )


def show(sample: Sample) -> str:
    inputs = ", ".join(str(value) if isinstance(value, TensorType) else repr(value) for value in sample.inputs)
    return f"({inputs}; {dict(sample.arguments)})"
