"""Products of matrices and what is built on them: einsum, attention, distances."""

from __future__ import annotations

from ...shapes import Size, TensorType, product
from ...tape import Held, Tape
from ...typed import Any
from .base import Given, enter, wants, writes
from .contraction import contract, einsum_macs


def product_macs(output: TensorType, given: Given) -> Size:
    one: Held = next(iter(given.values()))
    return product(output.shape) * one.type.shape[-1]


@writes("matmul mm bmm mv dot", product_macs)
def multiply(tape: Tape, output: Any, given: Given) -> Held:
    one, other = list(given.values())[:2]
    return tape.matmul(one, other, output)


@writes("outer", per_output=1)
def outer(tape: Tape, output: Any, given: Given) -> Held:
    one, other = given.values()
    return tape.run(output, [one, other], [*([one] * wants(other)), *([other] * wants(one))])


def added_macs(output: Any, given: Given) -> Size:
    one: Held = list(given.values())[1]
    return product(output.shape) * one.type.shape[-1]


@writes("addmm baddbmm", added_macs)
def added(tape: Tape, output: Any, given: Given) -> Held:
    plus, one, other = list(given.values())[:3]
    return tape.run(output, [plus, one, other], [*([one] * wants(other)), *([other] * wants(one))])


def linear_macs(output: Any, given: Given) -> Size:
    weight: Held = given["weight"]
    return product(output.shape) * weight.type.shape[-1]


@writes("linear", linear_macs)
def apply_linear(tape: Tape, output: Any, given: Given) -> Held:
    return tape.linear(given["input"], given["weight"], given.get("bias"))


def bilinear_macs(output: Any, given: Given) -> Size:
    return product(output.shape) * product(given["weight"].type.shape[1:])


@writes("bilinear", bilinear_macs)
def bilinear(tape: Tape, output: Any, given: Given) -> Held:
    read = [given["input1"], given["input2"], given["weight"]]
    kept = [one for one in read if any(wants(other) for other in read if other is not one)]
    return tape.run(output, [*read, given.get("bias")], kept)


enter("einsum", contract, einsum_macs)


def attention_macs(output: Any, given: Given) -> Size:
    query, key, value = (given[name].type.shape for name in ("query", "key", "value"))
    total: Size = product(query[:-1]) * key[-2] * (query[-1] + value[-1])
    return total


@writes("scaled_dot_product_attention", attention_macs)
def attend(tape: Tape, output: Any, given: Given) -> Held:
    query, key, value = (given[name] for name in ("query", "key", "value"))
    if given.get("enable_gqa"):
        heads = query.type.shape[-3]
        key, value = (repeated(tape, one, heads) for one in (key, value))
    return tape.attention(query, key, value, given.get("attn_mask"), given["dropout_p"], given["is_causal"])


def repeated(tape: Tape, one: Held, heads: Size) -> Held:
    kind = one.type.with_shape(*one.type.shape[:-3], heads, *one.type.shape[-2:])
    return one if kind == one.type else tape.run(kind, [one])


@writes("cdist", per_output=1)
def cdist(tape: Tape, output: Any, given: Given) -> Held:
    read = [given["x1"], given["x2"]]
    return tape.run(output, read, read, output_kept=True)


@writes("cosine_similarity", per_input=3)
def cosine_similarity(tape: Tape, output: Any, given: Given) -> Held:
    x1, x2 = given["x1"], given["x2"]
    return tape.similarity(x1, x2, given["dim"])


@writes("pairwise_distance", per_input=3)
def pairwise_distance(tape: Tape, output: Any, given: Given) -> Held:
    return tape.distance(given["x1"], given["x2"], output)
