"""Types of `+ - * / // % ** @`, the comparisons and the minus sign on tensors. Knows no syntax."""

from __future__ import annotations

from ..shapes import Need, NoOperand, NoResult, TensorType, WrongDtype, shown
from ..typed import Any
from .rules import as_float, broadcast, promote

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")


def binary(need: Need, op: str, left: Any, right: Any) -> TensorType:
    """The type of `left op right`, at least one of them a tensor, the other a tensor or a number."""
    tensors = [side for side in (left, right) if isinstance(side, TensorType)]
    if op == "@":
        return product_of(need, left, right)
    if not tensors:
        raise TypeError(f"{op} on tensors needs a tensor")
    shape = broadcast(need, f"`{op}`", *tensors)
    return TensorType(shape, dtype_of(op, left, right))


def product_of(need: Need, left: Any, right: Any) -> TensorType:
    from .matrix import multiply

    for side in (left, right):
        if not isinstance(side, TensorType):
            raise NoOperand(f"`@` multiplies two tensors, but one side is {shown(side)}")
    return multiply(need, left, right, "`@`")


def dtype_of(op: str, left: Any, right: Any) -> str:
    """torch's dtype for an operation; refuses what torch does not define on truth values."""
    dtype = promote(left, right)
    if op in COMPARISONS:
        return "bool"
    if op not in ARITHMETIC:
        raise ValueError(f"no operator {op}")
    if op == "-" and (is_truth(left) or is_truth(right)):
        raise WrongDtype("`-` is not defined on truth values: use logical_not or logical_xor, or cast first")
    if op in ("//", "%", "**") and dtype == "bool" and not (op == "**" and isinstance(right, bool)):
        raise WrongDtype(f"`{op}` is not defined on truth values: cast first")
    if op in ("//", "%") and "int" in dtype and isinstance(right, int) and right == 0:
        raise NoResult(f"`{op}` divides whole numbers by 0")
    if op == "**" and "int" in dtype and isinstance(right, int) and right < 0:
        raise WrongDtype(f"whole numbers have no negative power: cast to a floating-point dtype before `** {right}`")
    return as_float(dtype) if op == "/" else dtype


def is_truth(operand: Any) -> bool:
    return isinstance(operand, bool) or (isinstance(operand, TensorType) and operand.dtype == "bool")


def negative(need: Need, tensor: TensorType) -> TensorType:
    """The type of `-tensor`."""
    if tensor.dtype == "bool":
        raise WrongDtype("`-` is not defined on truth values: use logical_not, or cast first")
    return tensor
