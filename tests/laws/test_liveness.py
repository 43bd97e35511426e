"""Which values may share a variable: runs of gaps against sets of values, on random methods."""

from __future__ import annotations

from itertools import combinations, count
from random import Random
from typing import Any

import pytest

from cnndsl.emit.blocks import Block, Fork, Line
from cnndsl.emit.naming import Liveness, Variable
from cnndsl.graph import Join, Known, Result, Value
from cnndsl.shapes import TensorType

TYPE = TensorType(())
WAYS = ((False, False), (False, False), (True, False), (False, True), (True, True))  # whether each arm returns


class Maker:
    """Random blocks. Lines read any values made before them; some read none, and some values are never read."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.numbers = count()

    def value(self) -> Value:
        return Value(next(self.numbers), TYPE)

    def some(self, known: list[Value]) -> list[int]:
        return [value.number for value in self.rng.sample(known, min(len(known), self.rng.randint(0, 2)))]

    def block(self, known: list[Value], depth: int, returns: bool) -> tuple[Block, list[Value]]:
        known, lines = list(known), list[Any]()
        for _ in range(self.rng.randint(0, 5)):
            if depth and self.rng.random() < 0.4:
                lines.append(self.fork(known, depth - 1))
                known += [join.target for join in lines[-1].joins]
            else:
                targets = tuple(self.value() for _ in range(self.rng.choice((1, 1, 1, 2))))
                lines.append(Line(None, targets, self.some(known)))
                known += targets
        return Block(lines, Result("tuple", ()) if returns else None, self.some(known) if returns else []), known

    def fork(self, known: list[Value], depth: int) -> Fork:
        ways = self.rng.choice(WAYS)
        (then, first), (otherwise, second) = (self.block(known, depth, way) for way in ways)
        pairs = zip(self.rng.choices(first, k=2), self.rng.choices(second, k=2), strict=True) if known else ()
        joins = [Join(self.value(), *pair) for pair in pairs] if not any(ways) else []
        return Fork(Known(True), then, otherwise, joins, self.some(known))


class Sets:
    """The oracle: what is alive after each line, as sets."""

    def __init__(self, block: Block) -> None:
        self.clashes: set[frozenset[int]] = set()
        self.needed: set[int] = set()
        self.entry = self.block(block, set())

    def block(self, block: Block, after: set[int]) -> set[int]:
        live = set(block.uses) if block.result else after
        for line in reversed(block.lines):
            self.needed |= live
            live = self.fork(line, live) if isinstance(line, Fork) else self.line(line, live)
        self.needed |= live
        return live

    def line(self, line: Line, live: set[int]) -> set[int]:
        targets = {value.number for value in line.target}
        self.born(targets, live)
        return (live - targets) | set(line.uses)

    def fork(self, fork: Fork, live: set[int]) -> set[int]:
        joins = [join for join in fork.joins if join.target.number in live]
        targets = {join.target.number for join in joins}
        self.born(targets, live)
        then = self.block(fork.then, live - targets | {join.then.number for join in joins})
        otherwise = self.block(fork.otherwise, live - targets | {join.otherwise.number for join in joins})
        return then | otherwise | set(fork.uses)

    def born(self, targets: set[int], live: set[int]) -> None:
        self.clashes |= {frozenset((a, b)) for a in targets for b in live | targets if a != b}


@pytest.mark.parametrize("seed", range(300))
def test_values_clash_as_sets_say(seed: int) -> None:
    maker = Maker(Random(seed))
    inputs = [maker.value() for _ in range(maker.rng.randint(1, 3))]
    block, _ = maker.block(inputs, 3, True)
    sets, found = Sets(block), Liveness(block)
    sets.born({value.number for value in inputs}, sets.entry)
    assert found.needed == sets.needed
    born = {*found.births, *(value.number for value in inputs)}
    for a, b in combinations(born, 2):
        variable = Variable(found, False)
        variable.add(a)
        assert variable.clashes(b) == (frozenset((a, b)) in sets.clashes), (a, b)


@pytest.mark.parametrize("seed", range(100))
def test_a_variable_of_many_values_knows_them_all(seed: int) -> None:
    maker = Maker(Random(seed))
    inputs = [maker.value()]
    block, _ = maker.block(inputs, 3, True)
    found, sets = Liveness(block), Sets(block)
    variables: list[tuple[Variable, list[int]]] = []
    numbers = [0, *found.births]
    maker.rng.shuffle(numbers)
    for number in numbers:
        for variable, held in variables:
            clash = any(frozenset((number, other)) in sets.clashes for other in held)
            assert variable.clashes(number) == clash
            if not clash:
                variable.add(number)
                held.append(number)
                break
        else:
            variables.append((Variable(found, False), [number]))
            variables[-1][0].add(number)
