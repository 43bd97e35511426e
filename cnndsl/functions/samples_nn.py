"""Random arguments, good and bad, for the functions of networks: selections, attention, norms, convolutions."""

from __future__ import annotations

from ..layers.base import Sample
from ..shapes import TensorType
from ..typed import TYPE_CHECKING, Any
from .samples import axis, dtype, floats, number, partner, shape, size, tensor, varied

if TYPE_CHECKING:
    from random import Random


def indices(rng: Random, sizes: tuple[Any, ...]) -> TensorType:
    return TensorType(sizes, rng.choice(("int64",) * 8 + ("int32", "int16", "float32", "bool")))


def for_narrow(rng: Random) -> Sample:
    input = tensor(rng)
    dim = axis(rng, input.rank)
    room: Any = input.shape[dim] if -input.rank <= dim < input.rank else 3
    start = rng.randint(-room, room) if rng.random() < 0.9 else rng.randint(-9, 9)
    length = rng.randint(0, max(room - start % max(room, 1), 0)) if rng.random() < 0.8 else rng.randint(-1, 8)
    return Sample({}, (input, dim, start, length))


def for_index_select(rng: Random) -> Sample:
    input = tensor(rng)
    index = indices(rng, rng.choice(((3,), (1,), (), (2,), (2, 2))))
    return Sample({}, (input, axis(rng, input.rank), index))


def for_gather(rng: Random) -> Sample:
    input = tensor(rng)
    dim = axis(rng, input.rank)
    own: Any = input.shape
    sizes: list[Any] = [rng.randint(min(each, 1), each) if rng.random() < 0.95 else each + 1 for each in own]
    if -input.rank <= dim < input.rank and input.shape[dim]:
        sizes[dim] = size(rng)
    if rng.random() < 0.05:
        sizes.append(2)
    return Sample({}, (input, dim, indices(rng, tuple(sizes))))


def for_topk(rng: Random) -> Sample:
    input = tensor(rng)
    dim = axis(rng, input.rank)
    room: Any = input.shape[dim] if -input.rank <= dim < input.rank else 1
    k = rng.randint(0, room) if rng.random() < 0.85 else rng.randint(-1, 6)
    options: dict[str, Any] = {"dim": dim} | ({"largest": False} if rng.random() < 0.3 else {})
    return Sample(options, (input, k))


def for_diagonal(rng: Random) -> Sample:
    input = tensor(rng)
    options: dict[str, Any] = {"offset": rng.randint(-4, 4)} if rng.random() < 0.6 else {}
    if rng.random() < 0.6:
        options |= {"dim1": axis(rng, input.rank), "dim2": axis(rng, input.rank)}
    return Sample(options, (input,))


def for_one_hot(rng: Random) -> Sample:
    return Sample({}, (indices(rng, shape(rng)), rng.choice((3, 5, 1, 7, 0, -2))))


def for_embedding(rng: Random) -> Sample:
    input = indices(rng, shape(rng))
    weight = floats(rng, 2 if rng.random() < 0.9 else rng.randint(1, 3))
    own: Any = weight.shape
    weight = TensorType(tuple(max(each, 1) for each in own), weight.dtype)
    options = {"padding_idx": rng.randint(-6, 6)} if rng.random() < 0.4 else {}
    return Sample(options, (input, weight))


def for_meshgrid(rng: Random) -> Sample:
    kind = dtype(rng)
    vectors = [
        TensorType(shape(rng, rng.choice((1, 1, 1, 1, 0, 2)) if rng.random() < 0.3 else 1), kind)
        for _ in range(rng.randint(1, 3))
    ]
    if rng.random() < 0.05:
        vectors[0] = TensorType((2,), dtype(rng))
    return Sample({"indexing": rng.choice(("ij", "xy", "ij", "xy", "yx"))}, tuple(vectors))


EQUATIONS = (
    "ij,jk->ik",
    "ij,jk",
    "bij,bjk->bik",
    "...ij,...jk->...ik",
    "b h i d, b h j d -> b h i j",
    "ii->i",
    "ii",
    "ij->ji",
    "i,j->ij",
    "i,i",
    "nchw,oc->nohw",
    "...c,cd->...d",
    "ij...,jk",
    "ij,kl,jk->il",
    "ab,ab->",
    "ij->iij",
    "ij->ik",
    "i1->i",
    "Ab,bC",
)


def for_einsum(rng: Random) -> Sample:
    equation = rng.choice(EQUATIONS)
    sizes = {letter: size(rng) for letter in equation}
    extra, kind = shape(rng, 2), dtype(rng)
    operands = []
    for term in equation.replace(" ", "").partition("->")[0].split(","):
        before, _, after = term.partition("...")
        rest = extra[rng.randint(0, 2) :] if "..." in term else ()
        own = (*(sizes[letter] for letter in before), *rest, *(sizes[letter] for letter in after))
        own = tuple(1 if rng.random() < 0.05 else each for each in varied(rng, own, 0.02))
        operands.append(TensorType(own, kind if rng.random() < 0.96 else dtype(rng)))
    return Sample({}, (equation, *operands[: -1 if rng.random() < 0.03 and len(operands) > 1 else None]))


def for_attention(rng: Random) -> Sample:
    batch = shape(rng, rng.choice((0, 1, 2, 2, 2)))
    length, source, width, out = (rng.choice((1, 2, 3, 5, 8)) for _ in range(4))
    kind = "float32" if rng.random() < 0.9 else dtype(rng)
    groups: dict[str, Any] = {"enable_gqa": True} if rng.random() < 0.15 else {}
    heads = (*batch[:-1], batch[-1] * rng.choice((1, 2, 3))) if groups and batch else batch
    query = TensorType(varied(rng, (*heads, length, width), 0.01), kind)
    key = TensorType(varied(rng, (*batch, source, width), 0.01), kind if rng.random() < 0.97 else dtype(rng))
    value = TensorType(varied(rng, (*batch, source, out), 0.01), kind)
    if rng.random() < 0.3:
        masks = ((length, source), (*heads, length, source), (1, source), (length, 1), (source,))
        groups["attn_mask"] = TensorType(varied(rng, rng.choice(masks), 0.04), rng.choice((kind, "bool", "int64")))
    elif rng.random() < 0.3:
        groups |= {"is_causal": True, "dropout_p": rng.choice((0.0, 0.1, 1.5))}
    return Sample(groups, (query, key, value))


def for_cdist(rng: Random) -> Sample:
    batch, rows, width, other = shape(rng, rng.randint(0, 2)), size(rng), size(rng), size(rng)
    left = TensorType((*batch, rows, width), "float32" if rng.random() < 0.9 else dtype(rng))
    right = partner(rng, TensorType(batch, left.dtype))
    tall = TensorType(varied(rng, (*right.shape, other, width), 0.03), left.dtype)
    return Sample({"p": number(rng)} if rng.random() < 0.5 else {}, (left, tall if rng.random() < 0.97 else right))


def weights(rng: Random, input: TensorType, sizes: tuple[Any, ...], *names: str) -> dict[str, TensorType]:
    """Some of the weights, of the right shape and dtype, mostly."""
    kind = input.dtype if rng.random() < 0.95 else dtype(rng)
    return {name: TensorType(varied(rng, sizes, 0.03), kind) for name in names if rng.random() < 0.5}


def solid(rng: Random) -> TensorType:
    """A tensor that is not empty."""
    input: Any = floats(rng)
    return TensorType(tuple(max(each, 1) for each in input.shape), input.dtype)


def for_last_axes(*names: str) -> Any:
    def drawn(rng: Random) -> Sample:
        input = solid(rng)
        last = input.shape[input.rank - rng.randint(0, input.rank) :]
        last = last or input.shape[-1:]
        return Sample(weights(rng, input, last, *names), (input, list(varied(rng, last, 0.04))))

    return drawn


for_layer_norm = for_last_axes("weight", "bias")
for_rms_norm = for_last_axes("weight")


def channels_of(input: TensorType) -> Any:
    return input.shape[1] if input.rank > 1 else 3


def for_group_norm(rng: Random) -> Sample:
    input = solid(rng)
    channels = channels_of(input)
    divisors = [count for count in range(1, channels + 1) if channels % count == 0] or [1]
    groups = rng.choice(divisors) if rng.random() < 0.85 else rng.randint(-1, 4)
    return Sample(weights(rng, input, (channels,), "weight", "bias"), (input, groups))


def for_batch_norm(rng: Random) -> Sample:
    input = solid(rng)
    sizes = (channels_of(input),)
    statistics = [TensorType(varied(rng, sizes, 0.03), input.dtype) for _ in range(2)]
    training = {"training": rng.random() < 0.5} if rng.random() < 0.6 else {}
    return Sample(training | weights(rng, input, sizes, "weight", "bias"), (input, *statistics))


def for_instance_norm(rng: Random) -> Sample:
    input = solid(rng)
    given: dict[str, Any] = {**weights(rng, input, (channels_of(input),), "weight", "bias")}
    given |= weights(rng, input, (channels_of(input),), "running_mean", "running_var")
    if rng.random() < 0.2:
        given["use_input_stats"] = rng.random() < 0.5
    return Sample(given, (input,))


def for_response(rng: Random) -> Sample:
    return Sample({"k": 2.0} if rng.random() < 0.3 else {}, (solid(rng), rng.randint(0, 5)))


def for_pixels(rng: Random) -> Sample:
    factor = rng.choice((1, 2, 2, 3, 0, -1)) if rng.random() < 0.3 else rng.choice((1, 2, 3))
    times = max(factor, 1)
    sizes = (*shape(rng, rng.choice((0, 1, 1, 2))), *(each * times for each in shape(rng, 3)))
    sizes = (*sizes[:-3], sizes[-3] * times, *sizes[-2:]) if rng.random() < 0.8 else sizes[1:]
    varying = varied(rng, sizes, 0.05)
    return Sample({}, (TensorType(tuple(max(each, 1) for each in varying), dtype(rng)), factor))


def for_grid_sample(rng: Random) -> Sample:
    axes = rng.choice((2, 2, 3))
    input = floats(rng, axes + 2 if rng.random() < 0.95 else 3)
    grid = (input.shape[0], *shape(rng, axes), axes)
    options: dict[str, Any] = {"align_corners": False} if rng.random() < 0.5 else {}
    if rng.random() < 0.5:
        options["mode"] = rng.choice(("bilinear", "nearest", "bicubic", "cubic"))
    if rng.random() < 0.4:
        options["padding_mode"] = rng.choice(("zeros", "border", "reflection", "wrap"))
    kind = input.dtype if rng.random() < 0.95 else dtype(rng)
    return Sample(options, (input, TensorType(varied(rng, grid, 0.04), kind)))


def for_affine_grid(rng: Random) -> Sample:
    axes = rng.choice((2, 3))
    sizes = shape(rng, axes + 2 if rng.random() < 0.95 else 3)
    theta = TensorType(varied(rng, (sizes[0], axes, axes + 1), 0.04), "float32" if rng.random() < 0.9 else dtype(rng))
    return Sample({"align_corners": True} if rng.random() < 0.5 else {}, (theta, list(sizes)))


def of_layer(layer: Any) -> Any:
    """The samples of a layer, whose arguments the function shares."""

    def drawn(rng: Random) -> Sample:
        found: Sample = next(layer.samples(rng))
        return Sample({**found.arguments, **found.options}, found.inputs)

    return drawn


def for_convolution(layer: Any) -> Any:
    """The samples of a layer, with a weight of the shape that the layer would have."""
    turned = "Transpose" in layer.__name__

    def drawn(rng: Random) -> Sample:
        given: dict[str, Any] = dict(next(layer.samples(rng)).arguments)
        input = next(layer.samples(rng)).inputs[0]
        groups, out = given.get("groups", 1), given["out_channels"]
        count = layer.dimensions
        channels = input.shape[-count - 1] if input.rank > count else 2
        kernel = given["kernel_size"] if isinstance(given["kernel_size"], tuple) else (given["kernel_size"],) * count
        kernel = tuple(max(each, 1) for each in kernel)[:count]
        ends = (channels, out // groups) if turned else (out, max(channels // groups, 1))
        weight = TensorType(varied(rng, (*ends, *kernel), 0.01), input.dtype)
        keep = ("stride", "padding", "dilation", "groups", "output_padding")
        options = {name: value for name, value in given.items() if name in keep}
        if given.get("bias"):
            options["bias"] = TensorType((out if not turned else ends[1] * groups,), input.dtype)
        return Sample(options, (input, weight))

    return drawn


PATTERNS = (
    ("n (h p) w c -> n h w (p c)", "p"),
    ("b (h p) (w q) c -> b (h w) (p q c)", "pq"),
    ("b h w c -> b c h w", ""),
    ("b ... -> ... b", ""),
    ("b c h w -> b (h w) c", ""),
    ("b n (h d) -> b h n d", "h"),
    ("b n (three h d) -> three b h n d", "h three"),
    ("b 1 c -> b c 1", ""),
    ("... (a b) -> ... b a", "a"),
    ("(a b) -> a b", ""),
    ("a b -> a", ""),
    ("a (b c -> a b c", "b"),
    ("a b -> (a b) ()", ""),
)


def for_rearrange(rng: Random) -> Sample:
    pattern, given = rng.choice(PATTERNS)
    names = given.split() if " " in given else list(given)
    sizes = {name: rng.choice((1, 2, 2, 3)) for name in names if rng.random() < 0.95}
    left = pattern.partition("->")[0].replace("(h p)", "x").replace("(w q)", "y").replace("(h d)", "x")
    rank = len(left.replace("(three h d)", "x").replace("(a b)", "x").replace("...", "x x").split())
    input = shape(rng, rank) if rng.random() < 0.9 else shape(rng)
    many = 1
    for each in sizes.values():
        many *= each
    grown = tuple(1 if pattern.startswith("b 1") and rng.random() < 0.4 else max(each, 1) * many for each in input)
    return Sample(sizes, (TensorType(varied(rng, grown, 0.04), dtype(rng)), pattern))


def for_added(rank: int) -> Any:
    def drawn(rng: Random) -> Sample:
        batch, rows, inner, columns = shape(rng, 4)
        kind = floats(rng).dtype
        left = TensorType(varied(rng, (batch, rows, inner)[3 - rank :], 0.03), kind)
        right = TensorType(varied(rng, (batch, inner, columns)[3 - rank :], 0.03), kind)
        whole = TensorType((batch, rows, columns)[3 - rank :], kind)
        scales = {"beta": number(rng), "alpha": number(rng)} if rng.random() < 0.3 else {}
        return Sample(scales, (partner(rng, whole), left, right))

    return drawn


def for_bilinear(rng: Random) -> Sample:
    batch, kind = shape(rng, rng.randint(0, 2)), floats(rng).dtype
    out, first, second = shape(rng, 3)
    inputs = [TensorType(varied(rng, (*batch, each), 0.03), kind) for each in (first, second)]
    weight = TensorType(varied(rng, (out, first, second), 0.03), kind)
    bias = {"bias": TensorType(varied(rng, (out,), 0.05), kind)} if rng.random() < 0.5 else {}
    return Sample(bias, (*inputs, weight))


def for_scatter(rng: Random) -> Sample:
    input, dim, index = for_gather(rng).inputs
    index = TensorType(index.shape, index.dtype if rng.random() < 0.3 else "int64")
    grown = tuple(each + rng.choice((0, 0, 1)) for each in index.shape)
    return Sample({}, (input, dim, index, TensorType(varied(rng, grown, 0.02), input.dtype)))
