"""Random networks as text: chains of layers with skips, in the ways of classifiers, U-Nets and pyramids.

A network is grown so that some sizes stay good, as the plain arithmetic of `layers.py` has it; now and then not.
"""

from __future__ import annotations

from random import Random

from .joins import ALONE, CERTAIN, TOGETHER, Joined, add, concatenate, sections
from .layers import (
    STAGES,
    WIDEST,
    Tensor,
    conv,
    double,
    halve,
    keep,
    mapped,
    pool,
    transposed,
    unshuffle,
    upsample,
)

WIDE = 40  # channels
HEADS = ("pool", "linear", "flat", "deep", "none", "none", "none")


def alive(tensor: Tensor | Joined) -> bool:
    """Whether some size gets here, in height and width, and no number is absurd."""
    return any(tensor.height) and any(tensor.width) and tensor.channels <= WIDE and sum(tensor.height) < WIDEST * 300


class Growing:
    """A network being written."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.values = [Tensor("x", 3, CERTAIN, CERTAIN)]
        self.count = 0

    @property
    def last(self) -> Tensor:
        return self.values[-1]

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def grow(self, weights: object = None) -> None:
        """One more layer, of those that leave something."""
        choice = STAGES if weights is None else weights
        for _ in range(8):
            make = self.rng.choices(list(choice), list(choice.values()))[0]  # type: ignore[attr-defined]
            stage = make(self.rng, self.last.channels)
            last = self.last
            made = Tensor(
                f"v{self.count + 1}", stage.channels, mapped(stage.height, last.height), mapped(stage.width, last.width)
            )
            if alive(made):
                self.lines.append(f"{self.name()} = {last.name} -> {stage.text}")
                self.values.append(made)
                return

    def join(self, makers: object, dead: bool = False) -> None:
        """A join of the last value and an earlier one; one that leaves nothing only if that is wanted."""
        for _ in range(12):
            make = self.rng.choices(list(makers), list(makers.values()))[0]  # type: ignore[call-overload, attr-defined]
            joined = make(self.rng, f"v{self.count + 1}", self.last, self.rng.choice(self.values))
            if alive(joined) != dead:
                self.lines += joined.lines
                self.values.append(Tensor(self.name(), *joined[1:]))
                return

    def text(self, end: str) -> str:
        body = "\n".join(f"    {line}" for line in [*self.lines, end])
        return f"model Net {{\n    input x: [N, 3, H, W]\n{body}\n}}\n"


def network(rng: Random) -> str:
    """A random network."""
    grow = rng.choice((wander, wander, u_net, u_net, u_net, u_net, pyramid, narrow, doomed))
    growing = Growing(rng)
    grow(growing)
    return growing.text(head(growing))


def wander(growing: Growing) -> None:
    """Layers and joins, as they come; up to 40 of them."""
    rng = growing.rng
    for _ in range(rng.choice((3, 6, 12, 25, 40))):
        growing.join(TOGETHER if rng.random() < 0.6 else ALONE) if rng.random() < 0.25 else growing.grow()


def u_net(growing: Growing) -> None:
    """Down in some steps, up again in as many, each joined with what was there before."""
    rng = growing.rng
    tidy = rng.random() < 0.6
    skips = []
    for _ in range(rng.randint(1, 5)):
        growing.grow({keep: 3, conv: 1} if tidy else {conv: 1})
        skips.append(growing.last)
        growing.grow({halve: 1} if tidy else {pool: 6, conv: 3, unshuffle: 1})
    for skip in reversed(skips):
        growing.grow({double: 1} if tidy else {transposed: 2, upsample: 1})
        attach(growing, skip)
        if rng.random() < 0.3:
            growing.grow({keep: 1} if tidy else None)


def attach(growing: Growing, skip: Tensor) -> None:
    """The skip beside the flow, where some sizes let it."""
    make = growing.rng.choice((add, concatenate))
    joined = make(growing.rng, f"v{growing.count + 1}", skip, growing.last)
    if alive(joined):
        growing.lines += joined.lines
        growing.values.append(Tensor(growing.name(), *joined[1:]))


def pyramid(growing: Growing) -> None:
    """Several scales, each resized to the one before and joined."""
    for _ in range(growing.rng.randint(2, 4)):
        growing.grow({conv: 1, pool: 2})
    for _ in range(growing.rng.randint(1, 4)):
        growing.join(TOGETHER)
        growing.grow()


def narrow(growing: Growing) -> None:
    """What only few or large sizes pass: unpadded layers, then paths of different slope that must meet."""
    rng = growing.rng
    for _ in range(rng.randint(1, 8)):
        growing.grow({conv: 3, pool: 2})
    growing.join({add: 2, concatenate: 2, sections: 1} if rng.random() < 0.7 else ALONE)
    if rng.random() < 0.5:
        wander(growing)


def doomed(growing: Growing) -> None:
    """A network that ends in a join that no size passes, if one is found."""
    for _ in range(growing.rng.randint(2, 10)):
        growing.grow()
    growing.join({add: 1, concatenate: 1}, dead=True)


def head(growing: Growing) -> str:
    """What is returned."""
    rng, last = growing.rng, growing.last
    kind = rng.choice(HEADS)
    ends = {
        "pool": f"{last.name} -> AdaptiveAvgPool2d(1) -> Flatten -> Linear(5)",
        "linear": f"{last.name} -> AdaptiveAvgPool2d((2, 3)) -> ZeroPad2d(1) -> Flatten -> Linear(5)",
        "flat": f"{last.name} -> flatten(2) -> transpose(1, 2) -> Linear(5)",
        "deep": f"return {last.name} -> Conv2d(2, 3, 2), {rng.choice(growing.values).name}",
        "none": f"{last.name}",
    }
    return ends[kind]
