"""What a call of each function does on the tape (`cnndsl/tape/`): what it makes, what it keeps, what is a view; and its
multiply-accumulates and other operations. What torch keeps is told, by operator, in its `derivatives.yaml`.
"""

from __future__ import annotations

from ...shapes import Size, TensorType, elements
from ...tape import Held, Tape, tensors
from ...typed import Any, Sequence
from .. import lookup
from .base import WRITERS, Writer

__all__ = ["FILES", "Passing", "indexing", "operation", "passing", "writer"]

TRAINING: dict[bool, tuple[str, ...]] = {True: ("training",), False: ()}  # left out, it is the mode of the pass
FILES = ("pointwise", "moving", "layered", "reducing", "picking", "products")
OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "//": "floor_divide",
    "%": "remainder",
    "**": "pow",
    "@": "matmul",
    "==": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}


class Passing:
    """One call of a function: `given` are its arguments by name, tensors as they lie in memory."""

    def __init__(self, name: str, shown: str, given: dict[str, Any]) -> None:
        self.function = name
        self.name = shown
        self.given = given
        self.writer = writer(name)

    def trace(self, tape: Tape, output: Any) -> Any:
        """Write the call down; gives the output."""
        return self.writer.write(tape, output, self.given)

    def macs(self, output: Any) -> Size:
        return self.writer.macs(output, self.given) if self.writer.macs else 0

    def operations(self, output: Any) -> Size:
        """Floating-point operations that are no multiply-accumulates."""
        total: Size = 0
        first = next(tensors(list(self.given.values())), None)
        if self.writer.per_input and first is not None:
            total = elements(first.type.shape) * self.writer.per_input
        if self.writer.per_output:
            total = total + elements(whole(output)) * self.writer.per_output
        return total


def writer(name: str) -> Writer:
    """The entry of a function, the files loaded up to the one that has it."""
    for file in FILES:
        if name in WRITERS:
            break
        loaded: Any = __import__(f"{__name__}.{file}", fromlist=(file,))  # to load importlib takes as long as a file
        if file == "layered" and name in loaded.ALIKE:
            WRITERS[name] = loaded.as_layer(name)
    return WRITERS[name]


def whole(output: Any) -> tuple[Size, ...]:
    """The shape of an output, or of the first of several."""
    return output.shape if isinstance(output, TensorType) else whole(output[0])


def passing(name: str, arguments: Sequence[Any], keywords: dict[str, Any]) -> Passing:
    """A call of a function of the catalogue."""
    function = lookup(name)
    if function is None:
        raise KeyError(name)
    given: dict[str, Any] = {}
    left = list(arguments)
    for parameter in function.parameters:
        if parameter.variadic:
            rest = left[0] if len(left) == 1 and isinstance(left[0], (list, tuple)) else left
            given[parameter.name] = list(keywords.get(parameter.name, rest))
            left = []
        elif left and not parameter.keyword_only:
            given[parameter.name] = left.pop(0)
        elif parameter.name in keywords:
            given[parameter.name] = keywords[parameter.name]
        elif not parameter.is_required and not parameter.extra and parameter.name not in TRAINING[function.training]:
            given[parameter.name] = parameter.default
    return Passing(name, name, given)


def operation(operator: str, operands: Sequence[Any]) -> Passing:
    """An operator between operands."""
    if len(operands) == 1:
        return Passing("neg", "-", {"input": operands[0]})
    return Passing(OPERATORS[operator], operator, {"input": operands[0], "other": operands[1]})


def indexing(source: Held, items: Sequence[Any]) -> Passing:
    """`source[items]`."""
    return Passing("[]", "[…]", {"input": source, "items": list(items)})
