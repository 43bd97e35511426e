"""What a random program means: each piece is text of a `.cnn` file, and a function that does the same with plain torch.

Of the compiler it knows the names that modules get: `fc1` for the first unlabelled `Linear`, in a loop `fc1.0`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

SAFE = {"range": range, "enumerate": enumerate, "len": len, "zip": zip, "min": min, "max": max}


@dataclass
class Frame:
    """One definition at work: the author's names, what flows, and where its modules are in the state_dict."""

    names: dict[str, Any]
    state: Mapping[str, Tensor]
    training: bool
    prefix: str = ""
    flow: Tensor | None = None
    used: set[str] = field(default_factory=set)
    made: Counter[str] = field(default_factory=Counter)
    file: Mapping[str, Definition] = field(default_factory=dict)
    stats: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)  # of batch norms, as they ought to become
    rules: tuple[Rules, ...] = ()  # from the outermost definition on, each with the place of its instance
    starts: dict[str, float] = field(default_factory=dict)  # what parameters are, that a rule is for
    gave: dict[str, list[Any]] = field(default_factory=dict)  # by the name of a module, what it gave each time

    def number(self, text: str) -> Any:
        """A compile-time expression. In brackets of a label, and in conditions."""
        known = {**self.names, "training": self.training}
        return eval(text, SAFE, known)  # the program's own text, drawn here

    def place(self, label: Label) -> str:
        """The name of a module, counted if it is an unlabelled one in a loop."""
        if label.text is not None:
            return "".join(str(self.number(part)) if n % 2 else part for n, part in enumerate(label.text))
        name = label.site
        if label.in_loop:
            name = f"{label.site}.{self.made[label.site]}"
            self.made[label.site] += 1
        return name

    def linear(self, place: str, x: Tensor, out: int) -> Tensor:
        """`Linear(out)` under a name; its weights must be there, and have the right shapes."""
        weight, bias = self.state[f"{self.prefix}{place}.weight"], self.state[f"{self.prefix}{place}.bias"]
        assert tuple(weight.shape) == (out, x.shape[-1]), f"{place}: {tuple(weight.shape)}"
        self.used |= {f"{self.prefix}{place}.weight", f"{self.prefix}{place}.bias"}
        self.start("Linear", place, {"in_features": x.shape[-1], "out_features": out})
        return self.given(place, functional.linear(x, weight, bias))

    def batch_norm(self, place: str, x: Tensor) -> Tensor:
        """`BatchNorm1d`: what it has seen so far goes on in `stats`."""
        at = f"{self.prefix}{place}"
        parts = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        self.used |= {f"{at}.{part}" for part in parts}
        weight, bias, mean, var = (self.state[f"{at}.{part}"] for part in parts[:4])
        seen = self.stats.setdefault(at, (mean.clone(), var.clone()))
        self.start("BatchNorm1d", place, {})
        return self.given(place, functional.batch_norm(x, *seen, weight, bias, self.training))

    def start(self, kind: str, place: str, fields: Mapping[str, int]) -> None:
        """Notes what the parameters of a layer begin as: the outermost definition with a rule for one has its way."""
        for part in ("weight", "bias"):
            fitting = [
                value for found in self.rules for value in [found.value(kind, part, fields)] if value is not None
            ]
            if fitting:
                self.starts[f"{self.prefix}{place}.{part}"] = fitting[0]

    def block(self, place: str, name: str, x: Tensor, given: Mapping[str, Any]) -> Any:
        return self.given(place, self.file[name].run(x, given, self, f"{self.prefix}{place}."))

    def given(self, place: str, value: Any) -> Any:
        """What a module gives, noted."""
        self.gave.setdefault(f"{self.prefix}{place}", []).append(value)
        return value


@dataclass
class Rule:
    """`selector: constant(value)`, under a condition or none, or for each `q` of a list, the last of which stays."""

    selector: str
    value: str
    condition: str = ""
    each: str = ""

    @property
    def text(self) -> str:
        line = f"{self.selector}: constant({self.value})"
        if self.each:
            return f"for q in {self.each} {{ {line} }}"
        return f"if {self.condition} {{ {line} }}" if self.condition else line


@dataclass
class Rules:
    """The rules of one instance, with what its parameters are."""

    rules: list[Rule]
    names: Mapping[str, Any]

    def value(self, kind: str, part: str, fields: Mapping[str, int]) -> float | None:
        """What the last rule that fits gives."""
        for rule in reversed(self.rules):
            fits = rule.selector in (f"{kind}.{part}", f'"*{part}"')
            if fits and (not rule.condition or eval(rule.condition, SAFE, dict(self.names))):
                names = {**self.names, **fields}
                for names["q"] in eval(rule.each or "[0]", SAFE, dict(self.names)):
                    value = float(eval(rule.value, SAFE, names))
                return value
        return None


@dataclass
class Label:
    """`text` has literal parts and numbers in turn; without it the module has the name of its site."""

    text: tuple[str, ...] | None
    site: str = ""
    in_loop: bool = False

    def __str__(self) -> str:
        if self.text is None:
            return ""
        inner = "".join(f"{{{part}}}" if n % 2 else part for n, part in enumerate(self.text))
        return f"{inner}: " if inner.isidentifier() else f'"{inner}": '


Run = Callable[[Frame], Any]


@dataclass
class Piece:
    """Lines, and what they do; for an expression the lines are one, and `run` gives its value."""

    lines: list[str]
    run: Run

    @property
    def text(self) -> str:
        return self.lines[0]


@dataclass
class Definition:
    """A model or block of one input `x: [N, D]`, or `[N, H]` where the size is free."""

    kind: str
    name: str
    size: str
    parameters: dict[str, Any]
    body: list[Piece]
    result: Piece
    input: str = "x"
    rules: list[Rule] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        head = f"{self.kind} {self.name}({given}) {{"
        lines = [f"input {self.input}: [N, {self.size}]", *(line for piece in self.body for line in piece.lines)]
        lines += ["init {", *(f"    {rule.text}" for rule in self.rules), "}"] if self.rules else []
        return "\n".join([head, *(f"    {line}" for line in [*lines, *self.result.lines]), "}"])

    def run(self, x: Tensor, given: Mapping[str, Any], caller: Frame, prefix: str) -> Any:
        size = {"D": x.shape[-1]} if self.size == "D" else {"H": x.shape[-1]}
        names = {**self.parameters, **given, **size, self.input: x}
        rules = (*caller.rules, Rules(self.rules, {**self.parameters, **given}))
        frame = Frame(names, caller.state, caller.training, prefix, x, caller.used, file=caller.file,
                      stats=caller.stats, rules=rules, starts=caller.starts, gave=caller.gave)  # fmt: skip
        perform(self.body, frame)
        return self.result.run(frame)


def perform(body: list[Piece], frame: Frame) -> None:
    for piece in body:
        piece.run(frame)


def indented(pieces: list[Piece]) -> list[str]:
    return [f"    {line}" for piece in pieces for line in piece.lines]


@dataclass
class Program:
    """`meaning` gives what the model gives, and how it came about: which weights it read, among other things."""

    definitions: dict[str, Definition]
    helpers: str

    @property
    def text(self) -> str:
        return "\n".join([self.helpers, *(definition.text for definition in self.definitions.values())])

    def meaning(self, x: Tensor, state: Mapping[str, Tensor], training: bool, given: Mapping[str, Any]) -> Any:
        frame = Frame({}, state, training, file=self.definitions)
        with torch.no_grad():
            result = self.definitions["M"].run(x, given, frame, "")
        return result, frame
