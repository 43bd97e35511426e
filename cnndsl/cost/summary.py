"""What a model costs, as data: a tree of rows, and totals. Sizes are numbers, or expressions over the free sizes."""

from __future__ import annotations

from ..dims import Dim, TooLong
from ..emit.at_sizes import free_sizes
from ..emit.summary import Facts, facts, rows
from ..emit.variables import Variables
from ..graph import Model
from ..layers.base import Weight
from ..lean import Counter, cached_property
from ..limits import Taken
from ..problems import fail
from ..records import dataclass
from ..shapes import Size, TensorType
from ..tape import tensors
from ..typed import TYPE_CHECKING, Any, Mapping
from .memory import ITEM, actual, peak
from .running import Run
from .tree import Blocks, Row, counted, leaves, numbers_in, tree

if TYPE_CHECKING:
    from .field import Field

DTYPES = ("float32", "bfloat16", "float16")  # that parameters may have
OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}  # tensors of state for each parameter
STEP = 4  # bytes of the float32 in which Adam counts the steps of each parameter


@dataclass(frozen=True)
class Options:
    """How a network is to be used."""

    dtype: str = "float32"  # of its parameters, and of what is float32 in the file
    optimizer: str = "adam"
    inplace: bool = False  # as compiled with --inplace

    def check(self) -> None:
        """Raises ValueError for a dtype or an optimizer that is not known."""
        for what, value, known in (("dtype", self.dtype, DTYPES), ("optimizer", self.optimizer, (*OPTIMIZERS,))):
            if value not in known:
                raise ValueError(f"there is no {what} {value!r}; there are {', '.join(known)}")


@dataclass(frozen=True)
class Training:
    """The bytes that training holds between the forward and the backward pass."""

    weights: int
    buffers: int
    gradients: int
    optimizer: int
    activations: Size

    @property
    def total(self) -> Size:
        return self.activations + self.weights + self.buffers + self.gradients + self.optimizer


@dataclass(frozen=True)
class Summary:
    """A model: its rows, in the order in which forward() runs them, and what they come to.

    Operations are those of evaluation. `peak` is the bytes of tensors that are there at once in evaluation, parameters
    apart: the largest of several sizes, where it depends on the free ones which that is.
    """

    name: str
    facts: Facts
    batch: str | None  # the name of the size of the batch
    options: Options
    rows: tuple[Row, ...]
    macs: Size
    flops: Size
    kept: Size
    peak: tuple[Size, ...]
    unknown: tuple[str, ...]  # rows from outside, and conditions on free sizes: the totals are without these
    requirements: Any  # what the free sizes must fulfil
    run: Run  # the pass of evaluation
    batch_size: int | None = None  # where a number is given for it

    @cached_property
    def fields(self) -> dict[int, Field]:
        """The receptive field of each row's output, by the identity of its `leaf`; of those that have one."""
        from .field import fields

        return fields(self.run.inputs, self.run.leaves)

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """By the names of the state_dict."""
        return tuple([weight for row in self.layers for weight in row.weights or ()])

    @cached_property
    def own(self) -> tuple[Weight, ...]:
        """The same, as their layers call them."""
        return tuple([weight for row in self.layers for weight in row.own or ()])

    @cached_property
    def parameters(self) -> int:
        """Numbers that training changes."""
        return sum([row.parameters or 0 for row in self.layers])

    @property
    def buffers(self) -> int:
        return counted(self.own, ("buffer", "unsaved")) or 0

    @property
    def saved(self) -> int:
        """The bytes of the tensors in the state_dict: a file of it has a header beside them."""
        return self.bytes_of("parameter", "buffer")

    @cached_property
    def training(self) -> Training:
        """What training needs."""
        weights, options = self.bytes_of("parameter"), self.options
        states = OPTIMIZERS[options.optimizer]
        steps = STEP * sum([weight.kind == "parameter" for weight in self.own]) if states == 2 else 0
        return Training(weights, self.bytes_of("buffer", "unsaved"), weights, states * weights + steps, self.kept)

    def met(self, size: Size) -> Size:
        """A size, simplified by what the free sizes fulfil."""
        if isinstance(size, int) or not self.requirements.conditions:
            return size
        return self.requirements.met(size)  # type: ignore[no-any-return]

    def bytes_of(self, *kinds: str) -> int:
        return sum(size for kind, size in self.bytes_by_kind.items() if kind in kinds)

    @cached_property
    def bytes_by_kind(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for (kind, dtype, shape), times in Counter((one.kind, one.dtype, one.shape) for one in self.own).items():
            size = times * numbers_in(shape) * ITEM[actual(dtype, self.options.dtype)]
            found[kind] = found.get(kind, 0) + size
        return found

    def walk(self) -> list[Row]:
        """All rows, each before those inside it."""
        return [inner for row in self.rows for inner in row.walk()]

    @cached_property
    def layers(self) -> tuple[Row, ...]:
        """The rows that hold no others."""
        return tuple([row for row in self.walk() if row.kind != "block"])


def summary(
    model: Model,
    options: Options | None = None,
    compiled: tuple[Model, Mapping[str, int]] | None = None,
    taken: Taken | None = None,
) -> Summary:
    """What a model costs. One at given sizes is `compiled` as the model that it is without them. `taken`: the steps of
    its file so far.

    Raises CnnError where it takes more than a file may, or a sum over all layers is longer than any size of one may be.
    """
    options = options or Options()
    options.check()
    try:
        return measured(model, options, compiled, taken)
    except TooLong:
        raise fail("size-too-long", model.span) from None


def measured(
    model: Model, options: Options, compiled: tuple[Model, Mapping[str, int]] | None, taken: Taken | None
) -> Summary:
    source, sizes = compiled or (model, {})
    written = Variables(source.instance)
    evaluation = Run(model, training=False, written=written, taken=taken)
    training = Run(model, training=True)
    passed = Run(source, training=False, written=written, sizes=sizes) if compiled else evaluation
    owners = tuple(rows(model.instance))
    found = tuple(leaves(owners, evaluation, training, options.dtype))
    unknown = [row.path for row in found if row.macs is None]
    unknown += [str(condition) for condition in dict.fromkeys([*evaluation.undecided, *training.undecided])]
    modules = {**training.blocks, **evaluation.blocks}
    blocks = Blocks(modules, {**training.results, **evaluation.results}, options.dtype)
    results = [held.storage for held in tensors(passed.result)]
    top = tuple(tree(found, blocks))
    return Summary(
        model.name,
        facts(model, None, owners),
        batch_of(model),
        options,
        top,
        *blocks.sums(top),
        peak(passed.tape, results, options.dtype, lambda size: simplified(model, size)),
        tuple(unknown),
        model.requirements,
        evaluation,
    )


def simplified(model: Model, size: Size) -> Size:
    return model.requirements.met(size) if isinstance(size, Dim) and model.requirements.conditions else size


def batch_of(model: Model) -> str | None:
    """The free size that stands alone at the first axis of the first input."""
    first = next((value.type for value in model.instance.inputs), None)
    if not isinstance(first, TensorType) or not first.shape:
        return None
    return next((name for name in free_sizes(model) if str(first.shape[0]) == name), None)


__all__ = ["Options", "Row", "Summary", "Training", "summary"]


def at(size: Size, values: Mapping[str, int]) -> int:
    """A size at these numbers."""
    return int(size) if isinstance(size, int) else size.at(values)
