"""Tensors, storages, operators, and the tape that they are written on."""

from __future__ import annotations

from ..records import dataclass
from ..shapes import Size, TensorType
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, TypeAlias
from .layout import Strides, channels_last, dense_like, is_channels_last, is_packed, packed, viewed

if TYPE_CHECKING:
    from typing_extensions import Self


class Storage:
    """A piece of memory. Its owner: "input", "parameter" (a buffer too) or "made" in the pass."""

    __slots__ = ("owner", "type")

    def __init__(self, type: TensorType, owner: str = "made") -> None:
        self.type = type
        self.owner = owner


class Held:
    """A tensor: its type, the storage it lies in, its strides there, and whether it requires a gradient."""

    __slots__ = ("apart", "grad", "storage", "type")

    def __init__(self, type: TensorType, storage: Storage, strides: Strides | None = None, grad: bool = False) -> None:
        self.type = type
        self.storage = storage
        self.apart = strides
        self.grad = grad

    @property
    def strides(self) -> Strides:
        """Those given, else the packed ones: of many free axes these are long, and few ask for them."""
        return packed(self.type.shape) if self.apart is None else self.apart

    @property
    def is_contiguous(self) -> bool:
        return self.apart is None or is_packed(self.type.shape, self.apart)


def parameter(type: TensorType) -> Held:
    """A parameter of the network."""
    return Held(type, Storage(type, "parameter"), None, type.is_float)


def constant(type: TensorType, owner: str = "parameter") -> Held:
    """A buffer of the network, or an input of it."""
    return Held(type, Storage(type, owner))


# A tensor that is there, or one that the operator makes in order to keep it.
Kept: TypeAlias = "Held | TensorType | None"


@dataclass(eq=False)
class Operator:
    """What one operator did, by storage, and the tensor that it wrote over. `place` is a number that whoever runs the
    pass counts."""

    place: int
    made: tuple[Storage, ...]
    read: tuple[Storage, ...]
    kept: tuple[Storage, ...]
    written: Held | None = None


class Recording:
    """The operators of a pass, in order. Without `training`, layers do what they do in evaluation, and, unless `grads`
    says otherwise, nobody asks for gradients."""

    def __init__(self, training: bool, grads: bool | None = None) -> None:
        self.training = training
        self.grads = training if grads is None else grads
        self.operators: list[Operator] = []
        self.place = 0

    def evaluating(self) -> Self:
        """The same tape, for what runs as in evaluation."""
        other = type(self)(False, self.grads)
        other.operators, other.place = self.operators, self.place
        return other

    def several(
        self,
        outputs: tuple[TensorType, ...],
        inputs: Iterable[Held | None],
        keeps: Iterable[Kept] = (),
        *,
        outputs_kept: tuple[int, ...] = (),
        trained: bool = False,
        strides: Strides | None = None,
    ) -> tuple[Held, ...]:
        """An operator and its outputs, in memory of their own. What it keeps, it keeps only if an output requires a
        gradient: if an input does, or if it is `trained` (it has parameters)."""
        read: list[Storage] = []
        grad = trained and self.grads
        for input in inputs:
            if input is not None:
                read.append(input.storage)
                grad = grad or input.grad
        made: list[Held] = []
        storages: list[Storage] = []
        for output in outputs:
            storages.append(Storage(output))
            made.append(Held(output, storages[-1], strides, grad and output.is_float))
        kept = [storages[index] for index in outputs_kept] if outputs_kept else []
        for one in keeps:
            if isinstance(one, TensorType):
                storages.append(Storage(one))
                kept.append(storages[-1])
            elif one is not None:
                kept.append(one.storage)
        keeping = tuple(kept) if kept and grad and any([one.grad for one in made]) else ()
        self.operators.append(Operator(self.place, tuple(storages), tuple(read), keeping))
        return tuple(made)

    def run(
        self,
        output: TensorType,
        inputs: Iterable[Held | None],
        keeps: Iterable[Kept] = (),
        *,
        output_kept: bool = False,
        trained: bool = False,
        strides: Strides | None = None,
    ) -> Held:
        """An operator with one output; see `several`."""
        index = (0,) if output_kept else ()
        return self.several((output,), inputs, keeps, outputs_kept=index, trained=trained, strides=strides)[0]

    def each(
        self,
        output: TensorType,
        inputs: Iterable[Held | None],
        keeps: Iterable[Kept] = (),
        *,
        output_kept: bool = False,
        trained: bool = False,
    ) -> Held:
        """An operator element by element: its output lies in memory as the first input of its shape does."""
        inputs = tuple(inputs)
        like = next((one for one in inputs if one is not None and one.type.shape == output.shape), None)
        strides = dense_like(output.shape, like.apart) if like and like.apart else None
        return self.run(output, inputs, keeps, output_kept=output_kept, trained=trained, strides=strides)

    def windowed(
        self, output: TensorType, inputs: Iterable[Held | None], keeps: Iterable[Kept], *, trained: bool = False
    ) -> Held:
        """An operator on windows of its first input; its output lies channels last if that does."""
        inputs = tuple(inputs)
        first = inputs[0]
        last = (
            first is not None and output.rank == first.type.rank and is_channels_last(first.type.shape, first.strides)
        )
        strides = channels_last(output.shape) if last else None
        return self.run(output, inputs, keeps, trained=trained, strides=strides)

    def inplace(self, held: Held, keeps: Iterable[TensorType] = (), *, output_kept: bool = False) -> Held:
        """An operator that writes over its input, and keeps what it made on the side, or the output."""
        extra = tuple(Storage(one) for one in keeps)
        kept = (*extra, *([held.storage] * output_kept)) if held.grad else ()
        self.operators.append(Operator(self.place, extra, (held.storage,), kept, held))
        return Held(held.type, held.storage, held.apart, held.grad)

    def parameter(self, type: TensorType) -> Held:
        """A parameter of the layer at hand, or of a definition."""
        return parameter(type) if self.grads else constant(type)

    def tensors(self, value: Any) -> Iterator[Held]:
        """The tensors in a value, nested as torch nests them."""
        return tensors(value)

    # The same memory

    def view(self, held: Held, type: TensorType, strides: Strides) -> Held:
        return Held(type, held.storage, strides, held.grad and type.is_float)

    def copy(self, held: Held, strides: Strides | None = None) -> Held:
        """`clone()`: it keeps nothing."""
        return self.run(held.type, (held,), strides=strides)

    def contiguous(self, held: Held) -> Held:
        return held if held.is_contiguous else self.copy(held)

    def reshape(self, held: Held, shape: tuple[Size, ...]) -> Held:
        """A view where torch can make one, else a view of a copy."""
        strides = viewed(held.type.shape, held.strides, shape)
        if strides is None:
            held, strides = self.copy(held), packed(shape)
        return self.view(held, TensorType(shape, held.type.dtype), strides)

    def permute(self, held: Held, axes: Iterable[int]) -> Held:
        axes = tuple(axes)
        shape = tuple(held.type.shape[axis] for axis in axes)
        return self.view(held, TensorType(shape, held.type.dtype), tuple(held.strides[axis] for axis in axes))

    def swap(self, held: Held, one: int, other: int) -> Held:
        axes = list(range(held.type.rank))
        axes[one], axes[other] = axes[other], axes[one]
        return self.permute(held, axes)

    def expand(self, held: Held, shape: tuple[Size, ...]) -> Held:
        """Axes of one element seen as many times as the shape asks for."""
        new = len(shape) - held.type.rank
        own = zip(held.type.shape, held.strides, shape[new:], strict=True)
        strides = (*(0 for _ in range(new)), *(stride if size == wide else 0 for size, stride, wide in own))
        return self.view(held, TensorType(shape, held.type.dtype), strides)

    def just_read(self, held: Any) -> bool:
        """Whether the last operator read this tensor, so that it is known to be there."""
        return isinstance(held, Held) and bool(self.operators) and held.storage in self.operators[-1].read

    def holds(self, *held: Held) -> None:
        """Something still refers to these tensors here."""
        self.operators.append(Operator(self.place, (), tuple(one.storage for one in held), ()))


def tensors(value: Any) -> Iterator[Held]:
    """The tensors in a value, nested as torch nests them."""
    if isinstance(value, Held):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from tensors(one)
