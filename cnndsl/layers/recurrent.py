"""Recurrent layers and their cells, with states given and returned as torch has them."""

from __future__ import annotations

from ..records import dataclass
from ..shapes import BadArgument, Misfit, Need, Size, SizeDiffers, TensorType, WrongDtype, elements, product, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, inferred, required
from .checks import FLOAT32, agree, copies, one_of, probability, whole
from .sampling import chance, some, tensor
from .workspace import workspace

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Held, Tape


@dataclass(frozen=True)
class Way:
    """What one direction of a layer leaves: its output, its states, what the next direction's first product frees, and
    what is there until the directions are joined."""

    made: Held
    states: tuple[Held, ...] = ()
    read: tuple[Held, ...] = ()
    loose: tuple[Held, ...] = ()


def check_state(need: Need, given: Any, wanted: tuple[Size, ...], name: str) -> None:
    try:
        agree(need, given, wanted, name)
    except Misfit as error:
        if wanted[:1] == (1,) and given.shape == wanted[1:]:
            error.help = "`unsqueeze(h, 0)` gives it the axis of the layers"
        raise
    if given.dtype != "float32":
        raise WrongDtype(f"{name} must be float32, not {given.dtype}")


class Stepwise(Layer):
    """What layers and cells have in common."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "recurrent"
    optional: ClassVar[tuple[str, ...]] = ("hx",)
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    gates: ClassVar[int] = 1
    has_cell: ClassVar[bool] = False  # two states, not one
    input_size: int = inferred(-1)
    hidden_size: int = required()

    def verify(self, need: Need, input: Any) -> None:
        self.check(input)
        whole(self.input_size, "input_size", 1)
        whole(self.hidden_size, "hidden_size", 1)
        message = f"input_size is {self.input_size}, but the input has {input.shape[-1]}"
        need.equal(input.shape[-1], self.input_size, message, "input_size")

    def step_weights(self, size: int, state: int, suffix: str) -> tuple[Weight, ...]:
        """The weights of one step of one layer, whose input has `size` values and whose state has `state`."""
        rows = self.gates * self.hidden_size
        shapes: tuple[tuple[int, ...], ...] = ((rows, size), (rows, state), (rows,), (rows,))
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
        return tuple(Weight(name + suffix, shape) for name, shape in zip(names, shapes, strict=False))

    if TYPE_CHECKING:
        bias: bool

    def states(self, need: Need, hx: Any, *wanted: tuple[Size, ...]) -> None:
        """The given states, if any, must have these shapes."""
        if hx is None:
            return
        given = hx if self.has_cell else (hx,)
        if not isinstance(given, tuple) or len(given) != len(wanted) or isinstance(given[0], tuple):
            name, count = type(self).__name__, "2 tensors" if self.has_cell else "1 tensor"
            shapes = ", ".join(str(TensorType(shape)) for shape in wanted)
            help = "give both in brackets: `(h, c)`" if self.has_cell else "give that of the hidden state alone"
            raise Misfit(f"{name} takes a state of {count}: {shapes}", help=help)
        for one, size, name in zip(given, wanted, ("the hidden state", "the cell state"), strict=False):
            check_state(need, one, size, name)


class Recurrent(Stepwise):
    """A recurrent layer: a cell walked along a sequence."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    formula: ClassVar[str] = (
        "[T, N, input_size] -> ([T, N, directions * hidden_size], [layers * directions, N, hidden_size])"
    )
    cost: ClassVar[str] = "steps * sum over layers of gates * hidden_size * (input of the layer + hidden_size)"
    if TYPE_CHECKING:
        num_layers: int
        batch_first: bool
        dropout: float
        bidirectional: bool

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def state_size(self) -> int:
        return getattr(self, "proj_size", 0) or self.hidden_size

    def slipped(self) -> bool:
        """`LSTM(512, 64)`: 64 layers."""
        return bool(self.num_layers >= 16)

    def infer(self, need: Need, input: Any, hx: Any = None) -> Any:
        self.verify(need, input)
        self.check_arguments()
        batch = () if input.rank == 2 else (input.shape[0 if self.batch_first else 1],)
        rows = self.num_layers * self.directions
        hidden, cell = (rows, *batch, self.state_size), (rows, *batch, self.hidden_size)
        try:
            self.states(need, hx, *((hidden, cell) if self.has_cell else (hidden,)))
        except SizeDiffers as error:
            from .unfit import other_states

            raise other_states(self, error, hx, hidden) from None
        width = self.state_size * 2 if self.bidirectional else self.state_size
        output = input.with_shape(*input.shape[:-1], width)
        last = input.with_shape(*hidden)
        return output, ((last, input.with_shape(*cell)) if self.has_cell else last)

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        """Of the gates, each an activation, a sum and a product."""
        rows: Size = elements(inputs[0].shape[:-1])
        return rows * (3 * self.gates * self.hidden_size * self.num_layers * self.directions)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """Layer by layer, in both directions; the steps of a direction as one operator."""
        sequence, hx = inputs[0], [*tape.tensors(inputs[1:] or options.get("hx"))]
        if self.batch_first and sequence.type.rank == 3:
            sequence = tape.swap(sequence, 0, 1)
        hx = hx or self.zeros(tape, sequence)
        states: list[Held] = []
        first = sequence = self.laid(tape, sequence)
        ways: list[Way] = []
        for layer in range(self.num_layers):
            below, ways = ways, []
            for way in range(self.directions):
                ways.append(self.walked(tape, sequence, hx, ways))
                tape.holds(*(one.made for one in below[way : way + 1] if self.fused))
            outputs = [way.made for way in ways]
            loose = [sequence, *(one for way in ways for one in way.loose), *ways[-1].read]
            states += [one for way in ways for one in way.states]
            sequence = outputs[0] if len(ways) == 1 else tape.run(self.widened(outputs[0].type), [*outputs, *loose])
            if layer < self.num_layers - 1:
                sequence = tape.dropout(sequence, self.dropout)
        last = tuple(tape.run(kind, [sequence, *states]) for kind in flat(output[1]))
        tape.holds(first, *(outputs if self.fused else ()), *hx)
        if self.batch_first and output[0].rank == 3:
            sequence = tape.swap(sequence, 0, 1)
        return sequence, (last if self.has_cell else last[0])

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import swallowed

        return swallowed

    def laid(self, tape: Tape, sequence: Held) -> Held:
        """The input of a layer, as all directions read it."""
        return sequence

    def zeros(self, tape: Tape, sequence: Held) -> list[Held]:
        """The states to begin with, of all layers and directions."""
        rows = (self.num_layers * self.directions, *sequence.type.shape[1:-1])
        return [tape.run(sequence.type.with_shape(*rows, size), []) for size in self.state_sizes]

    def widened(self, kind: TensorType) -> TensorType:
        return kind.with_shape(*kind.shape[:-1], kind.shape[-1] * 2)

    @property
    def fused(self) -> bool:
        """Whether a kernel of oneDNN's runs all steps."""
        return False

    def walked(self, tape: Tape, sequence: Held, hx: list[Held], before: list[Way]) -> Way:
        """One direction of one layer. The projection of the whole sequence is one product, which keeps it."""
        steps, *batch, size = sequence.type.shape
        flat_input = tape.reshape(sequence, (product((steps, *batch)), size))
        made = sequence.type.with_shape(steps, *batch, self.state_size)
        if not tape.grads:
            return self.stepped(tape, flat_input, made, hx, before)
        kept = TensorType((steps, *batch, self.kept_by_step()))
        later = TensorType((steps - 1, *batch, self.kept_of_states))
        return Way(tape.run(made, [flat_input, *hx], [flat_input, kept, later, *hx], trained=True))

    def stepped(self, tape: Tape, input: Held, made: TensorType, hx: list[Held], before: list[Way]) -> Way:
        """The same where nothing is kept: what all steps read, what the earlier ones made, and the last of them."""
        steps, *batch, _ = made.shape
        read = tape.run(made.with_shape(steps, *batch, self.gates * self.hidden_size), [input])
        tape.holds(*(one for way in before for one in way.read))
        earlier = tape.run(made.with_shape(steps - 1, *batch, self.state_size), [])
        spare = tuple(made.with_shape(*batch, size) for size in self.spare_of_step())
        tape.several(spare, [read, earlier, *hx])
        states = tape.several(tuple(made.with_shape(*batch, size) for size in self.state_sizes), [])
        stacked = tape.run(made, [input, read, earlier, *states])
        return Way(stacked, states, (read,), (input, earlier, *states))

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.state_size, self.hidden_size) if self.has_cell else (self.state_size,)

    def spare_of_step(self) -> tuple[int, ...]:
        """The sizes of what a step holds at most, what it makes among them: a plain one its sum, and its state."""
        return self.hidden_size, self.hidden_size

    def kept_by_step(self) -> int:
        """How many numbers the operators of one step keep of each sequence: a plain one the state it makes."""
        return self.hidden_size

    @property
    def kept_of_states(self) -> int:
        """And of the states before each step but the first."""
        return 0

    def check_arguments(self) -> None:
        copies(self.num_layers, "num_layers")
        probability(self.dropout, "dropout")
        if isinstance(self.dropout, bool):
            raise BadArgument(f"dropout must be a number between 0 and 1, not {self.dropout}", "dropout")
        for name in ("bias", "batch_first"):
            if not isinstance(getattr(self, name), bool):
                raise BadArgument(f"{name} must be True or False, not {shown(getattr(self, name))}", name)

    def weights(self) -> tuple[Weight, ...]:
        sizes = [self.input_size] + [self.state_size * self.directions] * (self.num_layers - 1)
        return tuple(
            weight
            for layer, size in enumerate(sizes)
            for direction in ("", "_reverse")[: self.directions]
            for weight in self.step_weights(size, self.state_size, f"_l{layer}{direction}")
        )

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        each = sum(product(weight.shape) for weight in self.weights() if weight.name.startswith("weight"))
        return elements(inputs[0].shape[:-1]) * each

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        flags = {name: chance(rng, 0.5) for name in ("bias", "batch_first", "bidirectional")}
        chosen = some(
            rng,
            0.5,
            num_layers=rng.randint(0 if chance(rng, 0.1) else 1, 3),
            dropout=rng.choice((0.0, 0.5, rng.choice((1.5, True, False)) if chance(rng, 0.1) else 1)),
            nonlinearity=rng.choice(("tanh", "relu", "relu", "gelu")),
            proj_size=rng.randint(0, 4),
            **flags,
        )
        arguments = {name: value for name, value in chosen.items() if name in cls.fields}
        input = tensor(rng, 2, 3, 3, high=5)
        arguments["hidden_size"] = rng.randint(1, 4)
        return Sample(arguments, (input, cls.random_state(rng, arguments, input)))

    @classmethod
    def random_state(cls, rng: Random, arguments: dict[str, Any], input: Any) -> Any:
        """No state, or one that mostly fits."""
        if chance(rng, 0.5) or input.rank not in (2, 3):
            return None
        rows = arguments.get("num_layers", 1) * (1 + arguments.get("bidirectional", False))
        batch = () if input.rank == 2 else (input.shape[0 if arguments.get("batch_first") else 1],)
        last = arguments["hidden_size"] + chance(rng, 0.1)
        hidden = TensorType((max(rows, 1), *batch, arguments.get("proj_size") or last))
        return (hidden, TensorType((max(rows, 1), *batch, last))) if cls.has_cell else hidden


class RNN(Recurrent):
    """A plain recurrent layer: h = tanh(W x + U h)."""

    nick: ClassVar[str] = "rnn"
    example: ClassVar[str] = "RNN(128, batch_first=True)"
    num_layers: int = 1
    nonlinearity: str = "tanh"
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False

    def check_arguments(self) -> None:
        one_of(self.nonlinearity, ("tanh", "relu"), "nonlinearity")
        super().check_arguments()


def flat(kind: Any) -> list[TensorType]:
    return list(kind) if isinstance(kind, tuple) else [kind]


class LSTM(Recurrent):
    """Long short-term memory; proj_size shrinks the hidden state by a linear map."""

    nick: ClassVar[str] = "lstm"
    example: ClassVar[str] = "LSTM(128, batch_first=True)"
    formula: ClassVar[str] = (
        "[T, N, input_size] -> ([T, N, directions * hidden_size], "
        "([layers * directions, N, hidden_size], [layers * directions, N, hidden_size]))"
    )
    gates: ClassVar[int] = 4
    has_cell: ClassVar[bool] = True
    num_layers: int = 1
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False
    proj_size: int = 0

    def check_arguments(self) -> None:
        if whole(self.proj_size, "proj_size", 0) >= self.hidden_size:
            raise BadArgument(
                f"proj_size must be below hidden_size: {self.proj_size} >= {self.hidden_size}", "proj_size"
            )
        super().check_arguments()

    def laid(self, tape: Tape, sequence: Held) -> Held:
        return sequence if self.proj_size else tape.contiguous(sequence)

    @property
    def fused(self) -> bool:
        return not self.proj_size

    def walked(self, tape: Tape, sequence: Held, hx: list[Held], before: list[Way]) -> Way:
        """oneDNN's kernel, which keeps its workspace, unless there are projections."""
        if self.proj_size:
            return super().walked(tape, sequence, hx, before)
        one = sequence
        steps, *batch, _ = one.type.shape
        space = (TensorType((workspace(steps, product(batch), self.width(one), self.hidden_size),), "uint8"),)
        state = one.type.with_shape(*(batch or [1]), self.hidden_size)
        made = one.type.with_shape(steps, *batch, self.hidden_size)
        rows = self.gates * self.hidden_size
        copies = [] if self.bias else [TensorType((rows, self.width(one))), TensorType((rows, self.hidden_size))]
        kept = [*copies, one, *hx, *(space if tape.training else ())]
        types = (made, state, state)
        output, *states = tape.several(types, [one, *hx], kept, outputs_kept=(0, 1, 2), trained=True)
        return Way(output, tuple(states))

    def spare_of_step(self) -> tuple[int, ...]:
        """Four gates, the cell before and after it, its tanh, and the state before it is projected."""
        return (self.hidden_size,) * 8

    def width(self, one: Held) -> int:
        return int(one.type.shape[-1])  # type: ignore[arg-type]  # weights have been made for it

    def kept_by_step(self) -> int:
        """The gates, the cell's tanh, and the state before it is projected."""
        return (self.gates + 2) * self.hidden_size

    @property
    def kept_of_states(self) -> int:
        return self.hidden_size + self.proj_size

    def step_weights(self, size: int, state: int, suffix: str) -> tuple[Weight, ...]:
        own = super().step_weights(size, state, suffix)
        if not self.proj_size:
            return own
        return (*own, Weight("weight_hr" + suffix, (self.proj_size, self.hidden_size)))


class GRU(Recurrent):
    """Gated recurrent units."""

    nick: ClassVar[str] = "gru"
    example: ClassVar[str] = "GRU(128, batch_first=True)"
    gates: ClassVar[int] = 3
    num_layers: int = 1
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False

    def spare_of_step(self) -> tuple[int, ...]:
        """Three gates, the new one, and the state."""
        return (self.hidden_size,) * 5

    def kept_by_step(self) -> int:
        """Three gates, the new state, and what two products in place replace."""
        return 6 * self.hidden_size

    @property
    def kept_of_states(self) -> int:
        return self.hidden_size
