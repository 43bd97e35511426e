"""Steps with the rounds of their loops written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..dims import Condition, Dim, symbol
from ..dims.calls import Formula, put
from ..graph import Branch, Choice, Join, Known, Make, Value
from ..loops import Loop
from ..records import fields, is_dataclass, replace
from ..typed import Any
from .turning import is_tensor

EMPTY: Mapping[int, Value] = {}
KEPT = ("span", "module", "then", "otherwise", "target")  # what no value that a round takes is in


class Unrolling:
    """Writes out the loops that `opens` says; `names` are what stands for the values that their rounds take."""

    def __init__(self, opens: Callable[[Loop], bool] = lambda loop: True, names: Mapping[int, Value] = EMPTY) -> None:
        self.opens = opens
        self.names = dict(names)

    def steps(self, steps: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for step in steps:
            if not isinstance(step, Loop):
                found.append(self.put(step))
            elif self.opens(step):
                found += self.rounds(step)
            else:
                found.append(self.kept(step))
        return found

    def rounds(self, loop: Loop) -> list[Any]:
        found: list[Any] = []
        now = loop.starts
        for made in loop.rounds:
            self.take(made.values, now)
            found += self.steps(made.body)
            now = made.ends
        self.take(loop.exits, now)
        return found

    def kept(self, loop: Loop) -> Loop:
        rounds = (replace(m, body=tuple(self.steps(m.body)), ends=self.put(m.ends)) for m in loop.rounds)
        return replace(loop, rounds=tuple(rounds), starts=self.put(loop.starts))

    def take(self, values: tuple[Any, ...], sources: tuple[Any, ...]) -> None:
        """Notes what stands for the values that a round takes."""
        for value, source in zip(values, sources, strict=True):
            if is_tensor(value):
                self.names[value.number] = self.put(source)

    def put(self, thing: Any) -> Any:
        """A step, operand or result with other values in their places."""
        if isinstance(thing, Value):
            return self.names.get(thing.number, thing)
        if isinstance(thing, (tuple, list)):
            return type(thing)(self.put(item) for item in thing)
        if isinstance(thing, Choice):
            return replace(thing, body=tuple(self.steps(thing.body)))
        if isinstance(thing, Branch):
            then, otherwise = (tuple(self.steps(way)) for way in (thing.then, thing.otherwise))
            thing = replace(thing, then=then, otherwise=otherwise)
        if isinstance(thing, Join):
            return replace(thing, then=self.put(thing.then), otherwise=self.put(thing.otherwise))
        if isinstance(thing, Known):
            return respelled(thing, self.names)
        if isinstance(thing, Make) or not self.names or not is_dataclass(thing):
            return thing
        step: Any = thing
        return replace(step, **{f.name: self.put(getattr(step, f.name)) for f in fields(step) if f.name not in KEPT})


def respelled(known: Known, names: Mapping[int, Value]) -> Known:
    """A size that forward() reads off a value (`%7.2`), read off what stands for it."""
    return Known(known.value, tuple(reread(s, names) for s in known.spellings)) if known.spellings else known


def reread(spelling: Any, names: Mapping[int, Value]) -> Any:
    symbols = spelling.symbols if isinstance(spelling, (Dim, Condition, Formula)) else ()
    found = {name: read_off(name, names) for name in symbols if name[0] == "%"}
    if not found:
        return spelling
    return put(spelling, found) if isinstance(spelling, Formula) else spelling.subs(found)


def read_off(name: str, names: Mapping[int, Value]) -> Dim:
    number, axis = name[1:].split(".")
    value = names.get(int(number))
    return symbol(f"%{value.number}.{axis}" if value else name)
