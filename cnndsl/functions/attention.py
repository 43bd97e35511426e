"""Sums of products over named axes (einsum), attention, and the likeness of vectors."""

from __future__ import annotations

from ..shapes import BadArgument, Need, Size, SizeDiffers, TensorType, WrongDtype, WrongRank
from .base import Draws, Output, Tensor, Tensors, function
from .matrix import multiply
from .reducing import require_defined
from .rules import (
    as_float,
    axis,
    broadcast,
    broadcast_shapes,
    broadcast_two,
    promote,
    promote_dtypes,
    reduced,
    require_dtype,
    require_float,
    same,
)

samples = Draws("samples_nn")

Named = dict[str, Size]
EXACTLY = "donot_use_mm_for_euclid_dist"


@function("torch.einsum", draw=samples.for_einsum)
def einsum(need: Need, equation: str, *operands: Tensor) -> Output:
    """The sum of products that an equation names, as in "bij,bjk->bik"."""
    terms, result = parsed(equation, len(operands))
    sizes: Named = {}
    rest: tuple[Size, ...] = ()
    for term, operand in zip(terms, operands, strict=True):
        rest = broadcast_two(need, "einsum", rest, named(need, term, operand, sizes))
    dtype = product_dtype(terms, result, operands)
    before, dots, after = result.partition("...")
    if dots == "" and "..." not in result:
        return TensorType(tuple(sizes[letter] for letter in result), dtype)
    return TensorType((*(sizes[letter] for letter in before), *rest, *(sizes[letter] for letter in after)), dtype)


def parsed(equation: str, count: int) -> tuple[list[str], str]:
    """The axes of each operand and those of the result, which are worked out if the equation leaves them out."""
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != count:
        raise BadArgument(f"the equation {equation!r} names {len(terms)} tensors, but gets {count}", "equation")
    for term in (*terms, result):
        letters = term.replace("...", "", 1)
        if letters and not (letters.isalpha() and letters.isascii()):
            raise BadArgument(f"{term!r} in the equation {equation!r} names no axes", "equation")
    if not arrow:
        every = left.replace(",", "").replace("...", "")
        dots = "..." if "..." in left else ""
        result = dots + "".join(sorted(letter for letter in set(every) if every.count(letter) == 1))
    check_result(terms, result, equation)
    return terms, result


def check_result(terms: list[str], result: str, equation: str) -> None:
    letters = result.replace("...", "")
    for letter in letters:
        if letters.count(letter) > 1:
            raise BadArgument(f"{letter} stands twice in the result of {equation!r}", "equation")
        if not any(letter in term for term in terms):
            raise BadArgument(f"{letter} of the result of {equation!r} is no axis of a tensor", "equation")


def named(need: Need, term: str, operand: TensorType, sizes: Named) -> tuple[Size, ...]:
    """Enters the sizes of an operand under the letters of its axes; gives the sizes that `...` stands for."""
    before, dots, after = term.partition("...")
    letters = before + after
    if operand.rank < len(letters) or (not dots and operand.rank != len(letters)):
        raise WrongRank(f"{term!r} names {len(letters)} axes, but the tensor is {operand}", "equation")
    end = operand.rank - len(after)
    for letter, size in zip(letters, operand.shape[: len(before)] + operand.shape[end:], strict=True):
        enter(need, letter, size, sizes, letters.count(letter) > 1)
    return operand.shape[len(before) : end]


def enter(need: Need, letter: str, size: Size, sizes: Named, twice: bool) -> None:
    known = sizes.get(letter, size)
    if same(known, size) or (same(size, 1) and not twice):
        sizes[letter] = known
    elif same(known, 1) and not twice:
        sizes[letter] = size
    else:
        need.equal(known, size, f"the axis {letter} of einsum is both {known} and {size}", "equation")


def product_dtype(terms: list[str], result: str, operands: Tensors) -> str:
    """One dtype: where einsum sums, it multiplies matrices, which do not promote."""
    require_dtype("einsum", *operands)
    if not operands[0].is_float and operands[0].dtype != "int64":
        raise WrongDtype(f"einsum needs floating-point numbers or int64, not {operands[0].dtype}", "operands")
    return operands[0].dtype


@function("nn.functional.scaled_dot_product_attention", draw=samples.for_attention, effects=True)
def scaled_dot_product_attention(
    need: Need,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Output:
    """`softmax(query @ key.T * scale) @ value`, for [..., L, E], [..., S, E] and [..., S, V]."""
    check_attention(query, key, value, dropout_p)
    if enable_gqa:
        key, value = (grouped(need, query, tensor, name) for tensor, name in ((key, "key"), (value, "value")))
    turned = key.with_shape(*key.shape[:-2], key.shape[-1], key.shape[-2])
    scores = multiply(need, query, turned, "attention (query @ key.T)")
    if attn_mask:
        check_mask(need, attn_mask, scores, query.dtype)
        if is_causal:
            raise BadArgument("attention takes attn_mask or is_causal, not both", "is_causal")
    return multiply(need, scores, value, "attention (weights @ value)")


def check_attention(query: TensorType, key: TensorType, value: TensorType, dropout_p: float) -> None:
    require_dtype("attention", query, key, value)
    require_float(query, "attention", "query")
    for tensor, name in ((query, "query"), (key, "key"), (value, "value")):
        if tensor.rank < 2:
            raise WrongRank(f"attention needs a {name} of rank 2 at least, not {tensor}", name)
    if not 0 <= dropout_p <= 1:
        raise BadArgument(f"dropout_p is a probability, between 0 and 1, but it is {dropout_p}", "dropout_p")


def grouped(need: Need, query: TensorType, tensor: TensorType, name: str) -> TensorType:
    """A key or value whose heads (axis -3) serve several heads of the query each."""
    if query.rank < 3 or tensor.rank < 3:
        raise BadArgument("enable_gqa needs heads, at axis -3", "enable_gqa")
    heads, own = query.shape[-3], tensor.shape[-3]
    need.at_least(own, 1, f"the {name} has no heads", name)
    need.multiple(heads, own, f"{heads} heads of the query are no multiple of {own} heads of the {name}", name)
    return tensor.with_shape(*tensor.shape[:-3], heads, *tensor.shape[-2:])


def check_mask(need: Need, mask: TensorType, scores: TensorType, dtype: str) -> None:
    if mask.dtype not in ("bool", "float32", dtype):
        raise WrongDtype(f"attn_mask must be bool or {dtype}, not {mask.dtype}", "attn_mask")
    if not 2 <= mask.rank <= scores.rank:
        raise SizeDiffers(f"attn_mask {mask} does not fit the weights {scores}", "attn_mask")
    for a, b in zip(mask.shape[::-1], scores.shape[::-1], strict=False):
        if not same(a, 1):
            need.equal(a, b, f"attn_mask {mask} does not fit the weights {scores}: {a} is not {b}", "attn_mask")


@function("nn.functional.cosine_similarity")
def cosine_similarity(need: Need, x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Output:
    """The cosine of the angle between vectors along an axis, with broadcasting."""
    if eps < 0:
        raise BadArgument(f"eps must not be negative, but it is {eps}", "eps")
    dtype = promote_dtypes(x1.dtype, x2.dtype) or x1.dtype
    both = TensorType(broadcast(need, "cosine_similarity", x1, x2), dtype)
    require_float(both, "cosine_similarity", "x1")
    return reduced(both, (axis(dim, both.rank),), False)


@function("nn.functional.pairwise_distance")
def pairwise_distance(
    need: Need, x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Output:
    """The p-norm of the difference of vectors along the last axis, with broadcasting."""
    dtype = promote(x1, x2)
    shape = broadcast(need, "pairwise_distance", x1, x2)
    if "bool" in (x1.dtype, x2.dtype):
        raise WrongDtype("pairwise_distance is not defined on truth values", "x1")
    difference = TensorType(shape, as_float(dtype))
    last = tuple(range(len(shape)))[-1:]
    require_defined(difference, last, p)
    return reduced(difference, last, keepdim)


@function("torch.cdist", draw=samples.for_cdist)
def cdist(
    need: Need, x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Output:
    """The p-norm distance of every row of one matrix to every row of another, in batches."""
    for tensor, name in ((x1, "x1"), (x2, "x2")):
        require_float(tensor, "cdist", name)
        if tensor.dtype not in ("float32", "float64"):
            help = 'cast before: `cast("float32")`'
            raise WrongDtype(f"cdist takes no half precision, but {name} is {tensor.dtype}", name, help=help)
        if tensor.rank < 2:
            raise BadArgument(f"cdist needs matrices, not {tensor}", name)
    require_dtype("cdist", x1, x2)
    if p < 0:
        raise BadArgument(f"cdist needs a p of 0 at least, not {p}", "p")
    if compute_mode not in ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", EXACTLY):
        raise BadArgument(f"compute_mode cannot be {compute_mode!r}", "compute_mode")
    need.equal(x1.shape[-1], x2.shape[-1], f"cdist compares rows of {x1.shape[-1]} and of {x2.shape[-1]} numbers")
    batch = broadcast_shapes(need, "cdist", x1.shape[:-2], x2.shape[:-2])
    return x1.with_shape(*batch, x1.shape[-2], x2.shape[-2])
