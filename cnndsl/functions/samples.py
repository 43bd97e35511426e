"""Random arguments, good and bad, with which the conformance test compares functions with torch.

`generic` reads a function's signature; the other draws are for functions whose arguments must fit each other.
"""

from __future__ import annotations

from ..layers.base import Sample
from ..shapes import TensorType
from ..typed import TYPE_CHECKING, Any, Iterator, Sequence
from .base import Function, Parameter

if TYPE_CHECKING:
    from random import Random

SIZES = (1, 1, 2, 2, 3, 4, 4, 5, 6, 8)
DTYPES = ("float32",) * 12 + ("float64", "float16", "bfloat16", "int64", "int64", "int32", "uint8", "bool", "bool")
AXES = {"dim", "dims", "dim0", "dim1", "axis0", "axis1", "start_dim", "end_dim", "source", "destination"}
Shape = tuple[Any, ...]


def size(rng: Random) -> int:
    return 0 if rng.random() < 0.02 else rng.choice(SIZES)


def shape(rng: Random, rank: int | None = None) -> Shape:
    return tuple(size(rng) for _ in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5)) if rank is None else rank))


def dtype(rng: Random) -> str:
    return rng.choice(DTYPES)


def tensor(rng: Random, rank: int | None = None) -> TensorType:
    return TensorType(shape(rng, rank), dtype(rng))


def floats(rng: Random, rank: int | None = None) -> TensorType:
    return TensorType(shape(rng, rank), "float32" if rng.random() < 0.9 else dtype(rng))


def varied(rng: Random, sizes: Shape, chance: float) -> Shape:
    """The shape, with an axis changed now and then."""
    return tuple(size(rng) if rng.random() < chance else each for each in sizes)


def partner(rng: Random, other: TensorType) -> TensorType:
    """A tensor that broadcasts with another, mostly; of the same dtype, mostly."""
    sizes = tuple(1 if rng.random() < 0.25 else each for each in other.shape)
    sizes = sizes[rng.randint(0, len(sizes)) :] if rng.random() < 0.3 else sizes
    return TensorType(varied(rng, sizes, 0.06), other.dtype if rng.random() < 0.7 else dtype(rng))


def axis(rng: Random, rank: int) -> int:
    return rng.randint(-rank - 1, rank) if rng.random() < 0.15 or not rank else rng.randrange(-rank, rank)


def some_axes(rng: Random, rank: int) -> list[int]:
    if rng.random() < 0.1:
        return [axis(rng, rank) for _ in range(rng.randint(0, 3))]
    picked = rng.sample(range(rank), rng.randint(0, rank))
    return [place - rank if rng.random() < 0.4 else place for place in picked]


def number(rng: Random) -> float:
    return rng.choice((0, 1, 2, 3, -1, 0.5, 1.5, -0.25, 2.0, 0.1))


def generic(function: Function) -> Any:
    """A source of samples for a function, drawn from its signature."""

    def samples(rng: Random) -> Iterator[Sample]:
        while True:
            yield draw(function, rng)

    return samples


def draw(function: Function, rng: Random) -> Sample:
    inputs: list[Any] = []
    keywords: dict[str, Any] = {}
    first = tensor(rng)
    by_name = False
    for place, parameter in enumerate(function.parameters):
        if not parameter.is_required and rng.random() < 0.5:
            by_name = True
            continue
        value = first if place == 0 and parameter.is_tensor else draw_value(rng, parameter, first)
        by_name = by_name or parameter.keyword_only or (place > 0 and rng.random() < 0.2)
        if by_name:
            keywords[parameter.name] = value
        else:
            inputs.append(value)
    return Sample(keywords, tuple(inputs))


def draw_value(rng: Random, parameter: Parameter, first: TensorType) -> Any:
    word = rng.choice([word for word in parameter.annotation.split(" | ") if word != "None"])
    if word == "Tensor":
        return partner(rng, first)
    if parameter.name in AXES:
        one = word == "int" or (word == "Ints" and rng.random() < 0.4)
        return axis(rng, first.rank) if one else some_axes(rng, first.rank)
    return draw_plain(rng, word)


def draw_plain(rng: Random, word: str) -> Any:
    if word in ("int", "Size"):
        return rng.randint(-1, 5)
    if word in ("Ints", "IntList", "Sizes", "SizeList"):
        return [rng.randint(-1, 4) for _ in range(rng.randint(0, 3))]
    if word == "bool":
        return rng.random() < 0.5
    if word == "Dtype":
        return dtype(rng)
    if word == "Scalar" and rng.random() < 0.15:
        return rng.random() < 0.5
    if word in ("float", "Scalar"):
        return number(rng)
    raise ValueError(f"no sample for {word}: give the function a draw of its own")


def product_of(sizes: Sequence[Any]) -> int:
    result = 1
    for each in sizes:
        result *= each
    return result


def factored(rng: Random, total: int) -> list[int]:
    """Sizes whose product is `total`, mostly; one may be -1."""
    found: list[int] = []
    while total > 1 and len(found) < 4:
        found.append(rng.choice([part for part in range(1, total + 1) if total % part == 0]))
        total //= found[-1]
    found.append(total)
    rng.shuffle(found)
    if rng.random() < 0.5:
        found[rng.randrange(len(found))] = -1
    return list(varied(rng, tuple(found), 0.05))


def for_reshape(rng: Random) -> Sample:
    input = tensor(rng)
    sizes = factored(rng, product_of(input.shape))
    return Sample({}, (input, *sizes) if rng.random() < 0.5 else (input, sizes))


def for_reshape_as(rng: Random) -> Sample:
    input = tensor(rng)
    sizes = [max(each, 0) for each in factored(rng, product_of(input.shape))]
    return Sample({}, (input, TensorType(tuple(sizes), dtype(rng))))


def for_unflatten(rng: Random) -> Sample:
    input = tensor(rng)
    dim = axis(rng, input.rank)
    inside = -input.rank <= dim < input.rank
    total: Any = input.shape[dim] if inside else 4
    sizes = factored(rng, total)
    return Sample({"sizes": sizes}, (input, dim))


def for_permute(rng: Random) -> Sample:
    input = tensor(rng)
    dims = [place - input.rank if rng.random() < 0.3 else place for place in rng.sample(range(input.rank), input.rank)]
    if rng.random() < 0.15:
        dims = some_axes(rng, input.rank)
    return Sample({}, (input, *dims) if rng.random() < 0.5 else (input, dims))


def for_expand(rng: Random) -> Sample:
    goal = shape(rng)
    sizes = tuple(1 if rng.random() < 0.4 else each for each in goal[rng.choice((0, 0, len(goal) // 2)) :])
    wanted = [-1 if rng.random() < 0.2 else each for each in varied(rng, goal, 0.04)]
    return Sample({}, (TensorType(sizes, dtype(rng)), wanted))


def for_expand_as(rng: Random) -> Sample:
    input, wanted = for_expand(rng).inputs
    return Sample({}, (input, TensorType(tuple(abs(each) for each in wanted))))


def for_repeat(rng: Random) -> Sample:
    input = tensor(rng)
    count = input.rank + rng.choice((0, 0, 0, 1, 2)) if rng.random() < 0.85 else rng.randint(0, 3)
    return Sample({}, (input, [-1 if rng.random() < 0.03 else rng.randint(0, 3) for _ in range(count)]))


def for_movedim(rng: Random) -> Sample:
    input = tensor(rng)
    source = some_axes(rng, input.rank)
    places = rng.sample(range(input.rank), min(len(source), input.rank))
    return Sample({}, (input, source, places if rng.random() < 0.85 else some_axes(rng, input.rank)))


def for_roll(rng: Random) -> Sample:
    input = tensor(rng)
    dims = some_axes(rng, input.rank)
    shifts = [rng.randint(-9, 9) for _ in range(len(dims) if rng.random() < 0.85 else rng.randint(0, 3))]
    if rng.random() < 0.2:
        return Sample({}, (input, rng.choice((shifts, 2))))
    return Sample({}, (input, shifts, dims))


def for_join(rng: Random) -> Sample:
    first = tensor(rng)
    dim = axis(rng, first.rank + (rng.random() < 0.1))
    tensors = [first]
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        sizes = list(varied(rng, first.shape, 0.03))
        if -first.rank <= dim < first.rank:
            sizes[dim] = size(rng)
        sizes = sizes if rng.random() < 0.97 else [0]
        tensors.append(TensorType(tuple(sizes), first.dtype if rng.random() < 0.6 else dtype(rng)))
    return Sample({"dim": dim} if rng.random() < 0.5 else {}, (tensors if rng.random() < 0.98 else [],))


def for_stack(rng: Random) -> Sample:
    first = tensor(rng)
    others = [
        TensorType(varied(rng, first.shape, 0.04), first.dtype if rng.random() < 0.6 else dtype(rng))
        for _ in range(rng.choice((0, 1, 2, 3)))
    ]
    return Sample({"dim": axis(rng, first.rank + 1)}, ([first, *others],))


def for_split(rng: Random) -> Sample:
    input = tensor(rng)
    dim = axis(rng, input.rank)
    if rng.random() < 0.5:
        return Sample({"dim": dim}, (input, rng.randint(-1, 6)))
    left: Any = input.shape[dim] if -input.rank <= dim < input.rank else 4
    parts: list[int] = []
    while left > 0:
        parts.append(rng.randint(1, left))
        left -= parts[-1]
    return Sample({}, (input, list(varied(rng, tuple(parts), 0.08)), dim))


def for_tensor_split(rng: Random) -> Sample:
    input = tensor(rng)
    many = [rng.randint(-3, 8) for _ in range(rng.randint(0, 3))]
    return Sample({"dim": axis(rng, input.rank)}, (input, rng.choice((many, rng.randint(0, 6)))))


def for_matmul(rng: Random) -> Sample:
    inner, batch = size(rng), shape(rng, rng.randint(0, 2))
    left = TensorType((*batch, size(rng), inner)[-rng.choice((1, 2, 2, 4, 4, 4)) :], dtype(rng))
    right = (*(1 if rng.random() < 0.3 else each for each in batch), inner, size(rng))[-rng.choice((2, 2, 4, 4)) :]
    right = right if rng.random() < 0.8 else (inner,) if rng.random() < 0.8 else ()
    return Sample({}, (left, TensorType(varied(rng, right, 0.05), left.dtype if rng.random() < 0.9 else dtype(rng))))


def for_ranks(left: int, right: int) -> Any:
    """Two tensors of these ranks, mostly, whose inner sizes (and batch, at rank 3) mostly agree."""

    def drawn(rng: Random) -> Sample:
        batch, rows, inner, columns = shape(rng, 4)
        wide = (batch, rows, inner)[3 - left :]
        tall = ((batch, inner, columns) if right > 2 else (inner, columns))[:right]
        kind = dtype(rng)
        other = kind if rng.random() < 0.9 else dtype(rng)
        wide, tall = varied(rng, wide, 0.04), varied(rng, tall, 0.04)
        if rng.random() < 0.05:
            tall = (*tall, 2)
        return Sample({}, (TensorType(wide, kind), TensorType(tall, other)))

    return drawn


def for_linear(rng: Random) -> Sample:
    input = floats(rng, rng.choice((0, 1, 1, 2, 2, 3, 3, 4)))
    inner = input.shape[-1] if input.rank else 1
    out = size(rng)
    weight = TensorType(varied(rng, (out, inner) if rng.random() < 0.9 else (inner,), 0.05), input.dtype)
    bias = TensorType(varied(rng, (out,) if weight.rank == 2 else (), 0.08), input.dtype)
    return Sample({"bias": bias} if rng.random() < 0.6 else {}, (input, weight))


def for_prelu(rng: Random) -> Sample:
    input = floats(rng)
    channels = input.shape[1] if input.rank > 1 else 1
    weight = rng.choice(((1,), (channels,), (channels,), (size(rng),), (), (1, 1)))
    return Sample({}, (input, TensorType(weight, input.dtype if rng.random() < 0.95 else dtype(rng))))


def for_sizes(rng: Random) -> Sample:
    sizes = [rng.choice((0, 1, 2, 3, 4, -1)) if rng.random() < 0.2 else size(rng) for _ in range(rng.randint(0, 4))]
    options = {"dtype": dtype(rng)} if rng.random() < 0.6 else {}
    return Sample(options, tuple(sizes) if sizes and rng.random() < 0.5 else (sizes,))


def for_full(rng: Random) -> Sample:
    sizes = for_sizes(rng)
    listed = [each for each in sizes.inputs if not isinstance(each, list)] or sizes.inputs[0]
    return Sample(sizes.arguments, (listed, rng.choice((True, 2, 0, 1.5, -1.0))))


def for_arange(rng: Random) -> Sample:
    numbers = range(-4, 10) if rng.random() < 0.7 else (0, 1.5, 2.25, -3, 7, 4.0)
    options: dict[str, Any] = {"dtype": dtype(rng)} if rng.random() < 0.3 else {}
    if rng.random() < 0.2:
        options |= {"end": rng.choice(numbers)}
    found = [rng.choice(numbers) for _ in range(rng.choice((1, 2, 2, 3)) - ("end" in options))]
    return Sample(options, tuple(found) if "end" not in options else tuple(found[:1]))


def for_linspace(rng: Random) -> Sample:
    return Sample({}, (number(rng), number(rng), rng.randint(-1, 6)))


def for_pad(rng: Random) -> Sample:
    mode = rng.choice(("constant", "constant", "reflect", "replicate", "circular", "mirror"))
    input = floats(rng)
    count = rng.choice((1, 2, 2, 3)) if mode == "constant" or rng.random() < 0.2 else max(input.rank - 2, 1)
    pads = [rng.choice((0, 1, 1, 2, 3, -1)) for _ in range(2 * count - (rng.random() < 0.05))]
    options: dict[str, Any] = {} if mode == "constant" else {"mode": mode}
    return Sample(options | ({"value": number(rng)} if rng.random() < 0.1 else {}), (input, pads))


def for_interpolate(rng: Random) -> Sample:
    mode = rng.choice(("nearest", "linear", "bilinear", "trilinear", "bicubic", "area", "nearest-exact", "cubic"))
    usual = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}.get(mode, rng.choice((3, 4, 5)))
    input = floats(rng, usual if rng.random() < 0.9 else rng.randint(2, 5))
    grid = max(input.rank - 2, 1)
    options: dict[str, Any] = {"mode": mode} if mode != "nearest" else {}
    sizes = [rng.randint(0 if rng.random() < 0.05 else 1, 9) for _ in range(grid)]
    factors = [rng.choice((2, 0.5, 1.5, 2.0, 0.3, 1.7)) for _ in range(grid if rng.random() < 0.95 else 2)]
    if (by_size := rng.random() < 0.5) or rng.random() < 0.03:
        options["size"] = sizes if rng.random() < 0.6 else sizes[0]
    if not by_size:
        options["scale_factor"] = factors if rng.random() < 0.6 else factors[0]
    for name, chance in (("align_corners", 0.2), ("antialias", 0.1), ("recompute_scale_factor", 0.1)):
        if rng.random() < chance:
            options[name] = rng.random() < 0.6
    return Sample(options, (input,))


def for_where(rng: Random) -> Sample:
    condition = TensorType(shape(rng), "bool" if rng.random() < 0.9 else dtype(rng))
    sides = [
        number(rng) if rng.random() < 0.3 else partner(rng, TensorType(condition.shape, dtype(rng))) for _ in range(2)
    ]
    return Sample({}, (condition, *sides))


def for_masked_fill(rng: Random) -> Sample:
    input = tensor(rng)
    mask = TensorType(partner(rng, input).shape, "bool" if rng.random() < 0.92 else dtype(rng))
    value = TensorType(() if rng.random() < 0.6 else (1,), dtype(rng))
    return Sample({}, (input, mask, value if rng.random() < 0.3 else number(rng)))


def for_lerp(rng: Random) -> Sample:
    input = floats(rng)
    return Sample({}, (input, partner(rng, input), number(rng) if rng.random() < 0.5 else partner(rng, input)))


def for_norm(rng: Random) -> Sample:
    input = floats(rng)
    options: dict[str, Any] = {"keepdim": True} if rng.random() < 0.4 else {}
    if rng.random() < 0.6:
        options["dim"] = axis(rng, input.rank) if rng.random() < 0.5 else some_axes(rng, input.rank)
    if rng.random() < 0.2:
        options["dtype"] = dtype(rng)
    return Sample(options | {"p": rng.choice(("fro", 1, 2, 0, 3.5, "fr"))}, (input,))


def choosing(**choices: Sequence[Any]) -> Any:
    """A tensor, and keywords out of the choices given."""

    def drawn(rng: Random) -> Sample:
        given = {name: rng.choice(values) for name, values in choices.items() if rng.random() < 0.7}
        return Sample(given, (floats(rng),))

    return drawn


def for_div(rng: Random) -> Sample:
    input = tensor(rng)
    other = number(rng) if rng.random() < 0.4 else partner(rng, input)
    mode = {"rounding_mode": rng.choice((None, "trunc", "floor", "up"))} if rng.random() < 0.5 else {}
    return Sample(mode, (input, other))
