"""What every tensor function of the catalogue is: a shape rule whose Python signature is torch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..layers.base import MISSING, Output, Sample
from ..shapes import Need

Tensor = Any  # annotation of a rule's parameter: TensorType
Tensors = Any  # a tuple of TensorTypes
Call = tuple[str, tuple[Any, ...], dict[str, Any]]  # function name, further arguments, keywords


@dataclass(frozen=True)
class Parameter:
    name: str
    default: Any = MISSING
    annotation: str = ""  # "Tensor", "Tensors", "int", "Sizes", …: as the rule's signature writes it
    keyword_only: bool = False
    variadic: bool = False  # `*sizes`

    @property
    def is_tensor(self) -> bool:
        return self.annotation.startswith("Tensor")


@dataclass(frozen=True)
class Function:
    """A function on tensors.

    `target` is what the generated source calls: "torch.cat", "nn.functional.relu", or ".view" for a
    method of the first argument. `training` functions get `training=self.training` unless the author says otherwise.
    A `lower` function is no call of torch's: it is compiled to a chain of other functions, each applied to the one before.
    """

    name: str
    target: str
    parameters: tuple[Parameter, ...]
    rule: Callable[..., Output]  # rule(need, *arguments) -> Output; raises Misfit
    doc: str
    training: bool = False
    lower: Callable[..., list[Call]] | None = None  # lower(*arguments) -> calls
    support: str = ""  # source text that the generated file must carry
    samples: Callable[[Random], Iterator[Sample]] | None = field(default=None, compare=False)

    def infer(self, need: Need, *arguments: Any, **keywords: Any) -> Output:
        """The result's type. Raises Misfit if torch would refuse, TypeError if the arguments do not fit the signature."""
        return self.rule(need, *arguments, **keywords)
