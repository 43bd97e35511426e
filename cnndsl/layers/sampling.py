"""Random ingredients for `Layer.samples`: sizes, inputs, arguments. Seeded by the caller, never by itself."""

from __future__ import annotations

from ..shapes import TensorType
from ..typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

DTYPES = ("int64", "float64", "bfloat16", "bool", "uint8", "int32")


def chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def shape(rng: Random, rank: int, high: int = 7) -> tuple[int, ...]:
    return tuple(rng.randint(1, high) for _ in range(rank))


def dtype(rng: Random, share: float = 0.12) -> str:
    """Mostly float32."""
    return rng.choice(DTYPES) if chance(rng, share) else "float32"


def tensor(rng: Random, *ranks: int, high: int = 7, stray: float = 0.08) -> TensorType:
    """A tensor of one of the ranks; now and then of another, or of another dtype."""
    rank = rng.randint(1, 5) if chance(rng, stray) or not ranks else rng.choice(ranks)
    return TensorType(shape(rng, rank, high), dtype(rng))


def images(rng: Random, dimensions: int, channels: int | None = None, high: int = 9) -> TensorType:
    """A batch of images (or sequences, or volumes), sometimes without the batch, sometimes of a wrong rank or dtype."""
    if chance(rng, 0.08):
        return tensor(rng, *range(1, 6))
    channels = channels or rng.randint(1, 6)
    batch = () if chance(rng, 0.25) else (rng.randint(1, 3),)
    return TensorType((*batch, channels, *shape(rng, dimensions, high if dimensions < 3 else 6)), dtype(rng))


def spread(rng: Random, count: int, low: int, high: int, bad: float = 0.03) -> Any:
    """An integer for all axes or one for each, as tuple or list; now and then too small or of a wrong length."""
    low = low - rng.randint(1, 2) if chance(rng, bad) else low
    if chance(rng, 0.6):
        return rng.randint(low, high)
    length = count + rng.choice((-1, 1)) if chance(rng, bad) else count
    return tuple(rng.randint(low, high) for _ in range(max(length, 1)))


def some(rng: Random, share: float = 0.5, **makers: Any) -> dict[str, Any]:
    """Of the arguments given by name, a random part. Callables are called for their value."""
    chosen = {name: value for name, value in makers.items() if chance(rng, share)}
    return {name: value() if callable(value) else value for name, value in chosen.items()}
