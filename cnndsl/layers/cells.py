"""Single steps of recurrent layers, with states given and returned as torch has them."""

from __future__ import annotations

from ..shapes import Need, Size, TensorType, elements
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Sample, Weight
from .checks import one_of
from .recurrent import Stepwise, flat
from .sampling import chance, shape, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class Cell(Stepwise):
    """One step of a recurrent layer."""

    listed: ClassVar[bool] = False
    nick: ClassVar[str] = "cell"
    ranks: ClassVar[tuple[int, ...]] = (1, 2)
    formula: ClassVar[str] = "[N, input_size], [N, hidden_size] -> [N, hidden_size]"
    cost: ClassVar[str] = "batch * gates * hidden_size * (input_size + hidden_size)"
    told_by_output: ClassVar[bool] = False  # its gradient follows from what it gives
    bias: bool = True

    def infer(self, need: Need, input: Any, hx: Any = None) -> Any:
        self.verify(need, input)
        wanted = (*input.shape[:-1], self.hidden_size)
        self.states(need, hx, *([wanted] * (1 + self.has_cell)))
        output = input.with_shape(*wanted)
        return (output, output) if self.has_cell else output

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        rows: Size = elements(inputs[0].shape[:-1])
        return rows * (3 * self.gates * self.hidden_size)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """One step: it keeps its input, the state before, and what its gates need."""
        rows = inputs[0].type.shape[:-1]
        given = [*tape.tensors(inputs[1:]), *tape.tensors(options.get("hx"))]
        states: list[Any] = list(given) or [TensorType((*rows, self.hidden_size))]
        space = TensorType((*rows, self.kept_by_step()))
        keeps = [inputs[0], *states, *([] if self.told_by_output else [space])]
        own = (0,) * self.told_by_output
        made = tape.several(tuple(flat(output)), [inputs[0], *given], keeps, outputs_kept=own, trained=True)
        return made if self.has_cell else made[0]

    def kept_by_step(self) -> int:
        return self.hidden_size

    def weights(self) -> tuple[Weight, ...]:
        return self.step_weights(self.input_size, self.hidden_size, "")

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        each = self.gates * self.hidden_size * (self.input_size + self.hidden_size)
        return elements(inputs[0].shape[:-1]) * each

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        kinds = {"nonlinearity": rng.choice(("tanh", "relu", "gelu"))} if "nonlinearity" in cls.fields else {}
        arguments = {"hidden_size": rng.randint(1, 4), **some(rng, 0.4, bias=chance(rng, 0.5), **kinds)}
        input = tensor(rng, 1, 2)
        last = arguments["hidden_size"] + chance(rng, 0.1)
        state = TensorType((*input.shape[:-1], last) if chance(rng, 0.9) else shape(rng, 2))
        given = None if chance(rng, 0.4) else (state, state) if cls.has_cell else state
        return Sample(arguments, (input, given))


class RNNCell(Cell):
    """One step of an RNN."""

    example: ClassVar[str] = "RNNCell(128)"
    told_by_output: ClassVar[bool] = True
    nonlinearity: str = "tanh"

    def infer(self, need: Need, input: Any, hx: Any = None) -> Any:
        one_of(self.nonlinearity, ("tanh", "relu"), "nonlinearity")
        return super().infer(need, input, hx)


class LSTMCell(Cell):
    """One step of an LSTM; gives the hidden state and the cell state."""

    example: ClassVar[str] = "LSTMCell(128)"
    formula: ClassVar[str] = (
        "[N, input_size], ([N, hidden_size], [N, hidden_size]) -> ([N, hidden_size], [N, hidden_size])"
    )
    gates: ClassVar[int] = 4
    has_cell: ClassVar[bool] = True

    def kept_by_step(self) -> int:
        """The gates, and the tanh of the cell."""
        return 5 * self.hidden_size


class GRUCell(Cell):
    """One step of a GRU."""

    example: ClassVar[str] = "GRUCell(128)"
    gates: ClassVar[int] = 3

    def kept_by_step(self) -> int:
        """Three gates, the new state, and what two products in place replace."""
        return 6 * self.hidden_size
