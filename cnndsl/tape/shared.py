"""Passes that several layers and functions share: products of matrices, attention, dropout, softmax."""

from __future__ import annotations

from ..shapes import Size, TensorType, elements
from .layout import dense_like
from .tape import Held, Recording

Shape = tuple[Size, ...]


def like(held: Held, *shape: Size) -> TensorType:
    return TensorType(shape, held.type.dtype)


def statistic(one: Held, trained: bool) -> str:
    """The dtype of means and deviations: that of the weights, if there are any."""
    return "float32" if trained else one.type.dtype


def fits_kernel(query: Held, key: Held, value: Held, mask: Held | None, p: float) -> bool:
    """The conditions of `use_flash_attention_cpp` in torch's `sdp_utils_cpp.cpp`."""
    tensors = (query, key, value)
    if p > 0 or any(one.type.rank != 4 or one.strides[-1] != 1 for one in tensors):
        return False
    if mask is not None and (mask.grad or mask.type.rank not in (2, 4)):
        return False
    sizes, batches = ({one.type.shape[-1] for one in tensors}, {one.type.shape[:2] for one in tensors})
    return len(sizes) == 1 and len(batches) == 1


def together(one: Held, other: Held) -> Shape:
    """The shape that two tensors take together."""
    return both(one.type.shape, other.type.shape)


def both(a: Shape, b: Shape) -> Shape:
    """Two shapes, broadcast."""
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    return tuple(right if left == 1 else left for left, right in pairs)


class Tape(Recording):
    """A tape with the passes that several layers and functions share."""

    def times(self, one: Held, other: Held, output: TensorType | None = None) -> Held:
        """The product, element by element: each factor is kept for the gradient of the other."""
        kept = [*([one] * other.grad), *([other] * one.grad)]
        return self.each(output or one.type, [one, other], kept)

    def over(self, one: Held, other: Held, output: TensorType | None = None) -> Held:
        """The quotient, element by element."""
        return self.each(output or one.type, [one, other], [other, *([one] * other.grad)])

    def scaled(self, one: Held) -> Held:
        """Something is done to each element that needs nothing for its gradient: a number is added, or a factor."""
        return self.each(one.type, [one])

    def mm(self, one: Held, other: Held) -> Held:
        """The product of two matrices, or of two batches of them."""
        output = like(one, *one.type.shape[:-1], other.type.shape[-1])
        return self.run(output, [one, other], [*([one] * other.grad), *([other] * one.grad)])

    def linear(self, input: Held, weight: Held, bias: Held | None = None) -> Held:
        """`input @ weight.T + bias`: all rows of the input as one matrix."""
        *rows, size = input.type.shape
        flat = input if len(rows) == 1 else self.reshape(input, (elements(tuple(rows)), size))
        kept = [*([flat] * weight.grad), *([weight] * input.grad)]
        out = weight.type.shape[:-1]
        made = self.run(like(input, flat.type.shape[0], *out), [flat, weight, bias], kept)
        return made if len(rows) == 1 else self.reshape(made, (*rows, *out))

    def matmul(self, one: Held, other: Held, output: TensorType) -> Held:
        """As torch multiplies: two matrices at once where one of them has no batch, else batches of one rank."""
        a, b = one.type.rank, other.type.rank
        if a < b > 2 and (a == 1 or (a == 2 and one.grad)):
            return self.turned_matmul(one, other, output)
        if a == 1 or b == 1:
            kept = [*([one] * other.grad), *([other] * one.grad)]
            return self.run(output, [one, other], kept)
        if b == 2:
            return self.reshape(self.mm(one if a == 2 else self.rows(one), other), output.shape)
        batch = output.shape[:-2]
        made = self.mm(self.batched(one, batch), self.batched(other, batch))
        return self.reshape(made, output.shape)

    def turned_matmul(self, one: Held, other: Held, output: TensorType) -> Held:
        """A vector or matrix times batches: their transposes, one below the other, times its own."""
        rows = self.rows(self.transpose(other))
        if one.type.rank == 1:
            return self.run(output, [rows, one], [*([rows] * one.grad), *([one] * other.grad)])
        made = self.mm(rows, self.transpose(one))
        turned = self.reshape(made, (*output.shape[:-2], output.shape[-1], output.shape[-2]))
        return self.contiguous(self.transpose(turned))

    def transpose(self, one: Held) -> Held:
        return self.swap(one, one.type.rank - 2, one.type.rank - 1)

    def rows(self, one: Held) -> Held:
        """All but the last axis as one."""
        return self.reshape(one, (elements(one.type.shape[:-1]), one.type.shape[-1]))

    def batched(self, one: Held, batch: Shape) -> Held:
        """Three axes, the first of them all of the batch."""
        last = one.type.shape[-2:]
        if one.type.shape[:-2] != batch:
            one = self.expand(one, (*batch, *last))
        return self.reshape(one, (elements(batch), *last)) if len(batch) != 1 else one

    def softmax(self, one: Held) -> Held:
        return self.each(one.type, [one], output_kept=True)

    def dropout(self, one: Held, p: float, shape: Shape | None = None) -> Held:
        """In training, times a mask of the input's own dtype; `shape` is that of the mask."""
        if not self.training or p == 0:
            return one
        return self.each(one.type, [one], [self.mask(one, p, one.type.shape if shape is None else shape)])

    def mask(self, one: Held, p: float, shape: Shape) -> TensorType:
        return like(one, *(() if p == 1 else shape))

    def masked(self, one: Held, shape: Shape) -> Held:
        """Times a mask of this shape, which is kept."""
        return self.each(one.type, [one], [like(one, *shape)])

    def layer_norm(self, one: Held, axes: int, trained: bool) -> Held:
        """Normalised over the last axes: mean and deviation of each row are kept beside the input."""
        rank = one.type.rank
        rows = TensorType((*one.type.shape[: rank - axes], *(1 for _ in range(axes))), statistic(one, trained))
        return self.run(one.type, [one], [one, rows, rows], trained=trained)

    def rms_norm(self, one: Held, axes: int, weight: Held | None) -> Held:
        """`input * rsqrt(mean(input ** 2) + eps) * weight`, as torch writes it out on the CPU."""
        shape, dtype = one.type.shape, one.type.dtype
        if dtype in ("float16", "bfloat16"):
            one = self.each(TensorType(shape, "float32"), [one])
        rows = like(one, *shape[: len(shape) - axes], *(1 for _ in range(axes)))
        squares = self.each(one.type, [one], [one])
        scale = self.each(rows, [self.run(rows, [squares])], output_kept=True)
        normed = self.times(one, scale, one.type)
        made = normed if weight is None else self.times(normed, weight, one.type)
        return made if one.type.dtype == dtype else self.each(TensorType(shape, dtype), [made])

    def attention(
        self, query: Held, key: Held, value: Held, mask: Held | None = None, p: float = 0.0, causal: bool = False
    ) -> Held:
        """Scaled dot-product attention as torch runs it on the CPU: in one kernel if it can, else written out."""
        if fits_kernel(query, key, value, mask, p):
            rows = TensorType(query.type.shape[:-1], "float32" if query.type.dtype != "float64" else "float64")
            added = like(query, *mask.type.shape) if mask is not None and mask.type.dtype == "bool" else mask
            strides = dense_like(query.type.shape, query.strides)
            inputs = [query, key, value, mask]
            return self.run(query.type, inputs, [query, key, value, rows, added], output_kept=True, strides=strides)
        return self.written_out(query, key, value, mask, p, causal)

    def written_out(self, query: Held, key: Held, value: Held, mask: Held | None, p: float, causal: bool) -> Held:
        """`_scaled_dot_product_attention_math`."""
        turned = self.swap(self.scaled(key), -1, -2)
        batch = both(query.type.shape[:-2], key.type.shape[:-2])
        shape = (*batch, query.type.shape[-2], key.type.shape[-2])
        scores = self.matmul(self.scaled(query), turned, like(query, *shape))
        if mask is not None or causal:
            scores = self.each(scores.type, [scores, mask])
        weights = self.dropout(self.softmax(scores), p)
        batch = both(batch, value.type.shape[:-2])
        return self.matmul(weights, value, like(query, *batch, query.type.shape[-2], value.type.shape[-1]))

    def similarity(self, one: Held, other: Held, dim: int) -> Held:
        """`sum(x1 / norm(x1) * x2 / norm(x2))` along an axis, both broadcast."""
        shape = together(one, other)
        axis = dim % len(shape)
        dtype = one.type.dtype if one.type.is_float else other.type.dtype
        one, other = (
            side if side.type.is_float else self.each(TensorType(side.type.shape, dtype), [side])
            for side in (one, other)
        )
        short = like(one, *shape[:axis], 1, *shape[axis + 1 :])
        parts = [self.unit(side, like(side, *shape), short) for side in (one, other)]
        made = self.times(parts[0], parts[1], parts[0].type)
        return self.run(like(made, *shape[:axis], *shape[axis + 1 :]), [made])

    def unit(self, one: Held, wide: TensorType, short: TensorType) -> Held:
        """Divided by its length, which is kept twice: as the norm found it, and as it is limited from below."""
        length = self.copy(self.run(short, [one], [one], output_kept=True))
        return self.over(one, length, wide)

    def distance(self, one: Held, other: Held, output: TensorType) -> Held:
        """The norm of the difference along the last axis."""
        wide = TensorType(together(one, other), output.dtype)
        difference = self.scaled(self.run(wide, [one, other]))
        return self.run(output, [difference], [difference], output_kept=True)
