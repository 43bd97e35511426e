"""Draws programs: blocks used in several ways, loops in loops, conditions in conditions, modules applied again.

What is drawn may be refused; the drawing keeps shapes together often enough that most of it is not.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

import torch

from .meaning import Definition, Frame, Label, Piece, Program, Rule, indented, perform

DEFAULTS: dict[str, Any] = {"k": 2, "n": 2, "ws": [1, 2], "flag": False}
OTHERS: list[dict[str, Any]] = [
    {"k": 3}, {"k": 1}, {"n": 3}, {"n": 1}, {"n": 0}, {"ws": [3, 1, 2]}, {"ws": [2]}, {"flag": True}, {"flag": False},
    {"k": 5, "n": 4}, {"k": 3, "ws": [2, 2, 2], "flag": True},
]  # fmt: skip
HELPERS = """def lifted(v, s) { w = v * s; if s > 2 { w = w + v }; return w }
def parted(v, s) {
    if training {
        if v.shape[1] > 3 { return v - s }
        v = v * s
    }
    if s > 2 { return v + 1 }
    if not training { return v * 2 }
    return v
}"""
RANGES = ["range(n)", "range(k)", "range(2)", "range(3)", "range(1, n + 1)", "ws", "[1, 2]", "range(n - 1)"]
FUNCTIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def lifted(v: Any, s: int) -> Any:
    w = v * s
    return w + v if s > 2 else w


def parted(v: Any, s: int, training: bool) -> Any:
    if training:
        if v.shape[1] > 3:
            return v - s
        v = v * s
    if s > 2:
        return v + 1
    return v if training else v * 2


class Drawing:
    """One definition. `modules` says whether it makes any; `free` that its input's size is free."""

    def __init__(self, rng: Random, blocks: list[str], modules: bool, prefix: str) -> None:
        self.rng, self.modules, self.free, self.prefix = rng, modules, not modules, prefix
        self.blocks, self.pairs = [name for name in blocks if name != "P"], [name for name in blocks if name == "P"]
        self.loops: list[str] = []
        self.labels = 0
        self.sites: dict[str, int] = {}
        self.reusable: list[Label] = []  # plain labels outside of conditions and loops
        self.depth = 0
        self.gathers = False  # whether a loop gathers a list, `gs`
        self.flows = False  # whether something flows for certain
        self.ordered: list[str] = []  # two labels, the second of which is built right after the first

    # Numbers

    def number(self) -> str:
        names = ["2", "3", "k", "n", "k + 1", "k * 2", "n + 1", *self.loops, *(f"{name} + 1" for name in self.loops)]
        return self.rng.choice(names)

    def width(self) -> str:
        """A size that is at least 1."""
        names = ["2", "3", "k", "k + 1", "k * 2", "D", "D", *(f"{name} + 1" for name in self.loops)]
        return self.rng.choice([name for name in names if name != "D" or not self.free])

    def condition(self, still: bool = False) -> str:
        """A test; `still` keeps it known when the file is compiled."""
        tests = ["k > 2", "n == 2", "flag", "not flag", "k > n", "flag and n > 1", "n > 1 or flag", "len(ws) > 2"]
        tests += [f"{name} > 1" for name in self.loops] + [f"{name} % 2 == 0" for name in self.loops]
        tests += [f"{name} == 0" for name in self.loops]
        if not still:
            tests += ["training", "training", "not training", "training and flag", "training and k > 2"]
            tests += ["H > 3", "H > 4"] if self.free else []
        return self.rng.choice(tests)

    def moment(self) -> str:
        """A test that stays in forward()."""
        return self.rng.choice(["training", "not training", *(["H > 3", "H > 4"] if self.free else [])])

    # Expressions

    def value(self, depth: int = 0) -> Piece:
        """A tensor of the shape of x."""
        draw = self.rng.random()
        if depth > 1 or draw < 0.3:
            name = self.rng.choice(["x", "y", "y", "z", "y", "z", "ts[0]", "ts[1]"])
            return Piece([name], lambda frame: frame.number(name))
        if draw < 0.6:
            left, right = self.value(depth + 1), self.value(depth + 1)
            sign = self.rng.choice("+-")
            return Piece([f"({left.text} {sign} {right.text})"], lambda f: added(left.run(f), right.run(f), sign))
        if draw < 0.75:
            left, number = self.value(depth + 1), self.number()
            return Piece([f"({left.text} * ({number}))"], lambda f: left.run(f) * f.number(number))
        if draw < 0.85:
            left, number = self.value(depth + 1), self.number()
            if draw < 0.82:
                return Piece([f"lifted({left.text}, {number})"], lambda f: lifted(left.run(f), f.number(number)))
            return Piece(
                [f"parted({left.text}, {number})"], lambda f: parted(left.run(f), f.number(number), f.training)
            )
        inner, name = self.value(depth + 1), self.rng.choice(list(FUNCTIONS))
        return Piece([f"{name}({inner.text})"], lambda frame: FUNCTIONS[name](inner.run(frame)))

    def label(self, nick: str) -> Label:
        """A label of its own, or none; in a loop one that names the round."""
        self.labels += 1
        draw = self.rng.random()
        if draw < 0.4:
            self.sites[nick] = self.sites.get(nick, 0) + 1
            return Label(None, f"{nick}{self.sites[nick]}", bool(self.loops))
        name = f"{self.prefix}{self.labels}"
        if not self.loops:
            return Label((name,))
        parts = [part for loop in self.loops for part in ("_", loop)]
        return Label((f"{name}.", parts[1]) if len(parts) == 2 and draw < 0.6 else (f"{name}{parts[0]}", *parts[1:]))

    def stage(self, last: bool) -> Piece:
        """One stage of a pipeline, a function of what comes to it; a last one keeps the shape of x."""
        draw = self.rng.random()
        if not self.modules or draw < 0.25:
            name = self.rng.choice(list(FUNCTIONS))
            return Piece([name], lambda frame: FUNCTIONS[name])
        if draw < 0.35:
            nick = self.rng.choice(["relu", "tanh"])
            label = self.label(nick)
            kind = {"relu": "ReLU", "tanh": "Tanh"}[nick]
            return Piece([f"{label}{kind}"], lambda frame: placed(frame, label, lambda place, x: FUNCTIONS[nick](x)))
        if draw < 0.6 and self.blocks:
            return self.use()
        width, label = ("D" if last else self.width()), self.label("fc")
        if draw < 0.64:
            return self.group(label, width)
        if draw < 0.7:
            return self.several(label, last)
        if draw < 0.74:
            return self.norm(label)
        if label.text and not self.loops and not self.depth and last:
            self.reusable.append(label)
        made = Piece([f"{label}Linear({width})"], lambda f: placed(f, label, lambda place, x: line(f, place, x, width)))
        return made

    def group(self, label: Label, width: str) -> Piece:
        """A labelled or unlabelled group with a loop and a condition in it."""
        if label.text is None:
            self.sites["fc"] -= 1
            label = Label((f"{self.prefix}g{self.labels}",)) if not self.loops else Label(
                (f"{self.prefix}g{self.labels}_", *(part for loop in self.loops for part in (loop, "_"))))  # fmt: skip
        number, test, inner = self.rng.choice(["n", "2", "k"]), self.condition(still=True), self.width()
        text = f"{label}{{ for q in range({number}) {{ Linear({inner}) }}; if {test} {{ ReLU }}; Linear({width}) }}"

        def run(frame: Frame) -> Any:
            place, child = frame.place(label), 0

            def body(x: Any) -> Any:
                nonlocal child
                for _ in range(frame.number(number)):
                    x, child = line(frame, f"{place}.{child}", x, inner), child + 1
                if frame.number(test):
                    x, child = torch.relu(x), child + 1
                return line(frame, f"{place}.{child}", x, width)

            return body

        return Piece([text], run)

    def several(self, label: Label, last: bool) -> Piece:
        """Branches that are joined, or copies in sequence: `name: (Linear(D) -> ReLU) * n`."""
        if self.rng.random() < 0.5 or label.text is None:
            return self.branches(label, "D" if last else self.width())
        count, chain = self.rng.choice(["n", "k", "2", "3"]), self.rng.random() < 0.5
        text = "(Linear(D) -> ReLU)" if chain else "Linear(D)"

        def run(frame: Frame) -> Any:
            place = frame.place(label)

            def body(x: Any) -> Any:
                for number in range(frame.number(count)):
                    x = line(frame, f"{place}.{number * (1 + chain)}", x, "D")
                    x = torch.relu(x) if chain else x
                return x

            return body

        return Piece([f"{label}{text} * {count}"], run)

    def branches(self, first: Label, width: str) -> Piece:
        """`[Linear(2), Tanh] -> cat(1) -> Linear(D)`: each branch takes what comes."""
        labels, sizes = [first, self.label("fc")], [self.width(), self.width()]
        texts = [f"{label}Linear({size})" for label, size in zip(labels, sizes, strict=True)]
        tanh, after = self.label("tanh"), self.label("fc")

        def run(frame: Frame) -> Any:
            places = [frame.place(label) for label in labels]
            _, joined = frame.place(tanh), frame.place(after)

            def body(x: Any) -> Any:
                parts = [line(frame, place, x, size) for place, size in zip(places, sizes, strict=True)]
                return line(frame, joined, torch.cat([*parts, torch.tanh(x)], 1), width)

            return body

        return Piece([f"[{', '.join(texts)}, {tanh}Tanh] -> cat(1) -> {after}Linear({width})"], run)

    def norm(self, label: Label) -> Piece:
        """A batch norm, whose name counts among the batch norms."""
        if label.text is None:
            self.sites["fc"] -= 1
            self.sites["bn"] = self.sites.get("bn", 0) + 1
            label = Label(None, f"bn{self.sites['bn']}", bool(self.loops))
        return Piece([f"{label}BatchNorm1d"], lambda f: placed(f, label, f.batch_norm))

    def use(self, name: str = "") -> Piece:
        """A block, with some of its arguments."""
        name = name or self.rng.choice(self.blocks)
        given = self.rng.choice(["", "k=3", "n=3", "n=1, flag=True", "flag=True", "ws=[3, 1, 2]", "ws=[2]", "k=k",
                                 "k=k + 1, n=n", "k=4, n=1", "flag=flag", "n=n", "ws=ws", "k=1",
                                 *(f"k={loop} + 1" for loop in self.loops)])  # fmt: skip
        label = self.label(name.lower())

        def run(frame: Frame) -> Any:
            place = frame.place(label)
            return lambda x: frame.block(place, name, x, frame.number(f"dict({given})"))

        return Piece([f"{label}{name}({given})"], run)

    def pipeline(self) -> Piece:
        head = self.value()
        stages = [self.stage(last=False) for _ in range(self.rng.randint(0, 1))]
        stages.append(self.stage(last=True))
        if self.modules and any("Linear(" in piece.text for piece in stages[:-1]) and "Linear(" not in stages[-1].text:
            stages.append(self.closing())
        return Piece([" -> ".join(piece.text for piece in (head, *stages))], lambda frame: piped(frame, head, stages))

    def closing(self) -> Piece:
        label = self.label("fc")
        return Piece([f"{label}Linear(D)"], lambda f: placed(f, label, lambda place, x: line(f, place, x, "D")))

    # Statements

    def body(self, least: int = 1) -> list[Piece]:
        found: list[Piece] = []
        self.flows = False
        for _ in range(self.rng.randint(least, 3)):
            found.append(self.statement())
            self.flows = re.match(r"[yz] = (?!if )", found[-1].text) is not None
        return found

    def statement(self) -> Piece:
        draw, deep = self.rng.random(), len(self.loops) + self.depth >= 3
        if draw < 0.42 or deep:
            target, made = self.rng.choice(["y", "y", "z"]), self.pipeline() if draw < 0.3 else self.value()
            return Piece([f"{target} = {made.text}"], lambda frame: bound(frame, target, made.run(frame)))
        if draw < 0.47 and self.reusable:
            return self.again()
        if draw < 0.5:
            return Piece(["y, z = (z, y)"], swap)
        if draw < 0.53 and not self.depth:
            text = self.rng.choice(["ts = [y, z]", "ts = [ts[1], y]", "ts = [z, ts[0]]"])
            return Piece([text], lambda frame: bound(frame, "ts", frame.number(text[5:])))
        if draw < 0.55 and self.modules and self.flows:
            return self.flowing()
        if draw < 0.553 and self.modules:
            return self.both()
        if draw < 0.56 and self.pairs:
            return self.pair()
        if draw < 0.565:
            return self.chosen()
        if draw < 0.58:
            return self.appended() if self.gathers else self.gathered()
        if draw < 0.6:
            return self.over()
        return self.loop() if draw < 0.78 else self.choice()

    def again(self) -> Piece:
        label = self.rng.choice(self.reusable)
        name = "".join(label.text or ())
        return Piece([f"y = {name}(z)"], lambda f: bound(f, "y", line(f, f"{name}", f.names["z"], "D")))

    def flowing(self) -> Piece:
        """A module that takes what flows."""
        made = self.closing() if self.rng.random() < 0.6 else self.stage(last=True)
        if made.text in FUNCTIONS:
            return Piece(["y = z"], lambda f: bound(f, "y", f.names["z"]))

        def run(frame: Frame) -> None:
            frame.flow = made.run(frame)(frame.flow)

        return Piece([made.text], run)

    def pair(self) -> Piece:
        """A block that gives two tensors."""
        use = self.use(self.rng.choice(self.pairs))

        def run(frame: Frame) -> None:
            frame.names["y"], frame.names["z"] = use.run(frame)(frame.names["y"] + frame.names["z"])

        return Piece([f"y, z = y + z -> {use.text}"], run)

    def both(self) -> Piece:
        """Two branches, taken apart."""
        labels = self.label("relu"), self.label("tanh")

        def run(frame: Frame) -> None:
            for label in labels:
                frame.place(label)
            frame.names["y"], frame.names["z"] = torch.relu(frame.names["z"]), torch.tanh(frame.names["z"])

        return Piece([f"y, z = z -> [{labels[0]}ReLU, {labels[1]}Tanh]"], run)

    def recursion(self, name: str) -> Piece:
        """The block, in itself, once more for each value of `k`."""
        label = Label((f"{self.prefix}again",))

        def run(frame: Frame) -> None:
            if frame.number("k > 1"):
                inner = frame.block(frame.place(label), name, frame.names["y"], {"k": frame.number("k - 1")})
                bound(frame, "y", inner)

        return Piece(["if k > 1 {", f"    y = y -> {label}{name}(k=k - 1)", "}"], run)

    def order(self) -> Piece | None:
        """Two modules, built in the other order than that in which they are written."""
        names = sorted({"".join(label.text or ()) for label in self.reusable})
        if len(names) < 2:
            return None
        self.ordered = self.rng.sample(names, 2)
        return Piece([f"order {', '.join(self.ordered)}"], lambda frame: None)

    def rules(self, body: list[Piece]) -> list[Rule]:
        """An `init` section, or none."""
        found = [
            Rule("Linear.weight", "1 / in_features"), Rule("Linear.weight", "k / 8", "flag"), Rule("Linear.bias", "n"),
            Rule("BatchNorm1d.weight", "len(ws)"), Rule("Linear.bias", "out_features - k"),
            Rule("Linear.bias", "q / 4", each="ws"), Rule("Linear.weight", "q / in_features", each="[1, k]"),
        ]  # fmt: skip
        found += [Rule('"*bias"', "0.25")] if any("Linear(D)" in piece.text for piece in body) else []
        return self.rng.sample(found, self.rng.randint(1, 3)) if self.modules and self.rng.random() < 0.3 else []

    def chosen(self) -> Piece:
        """`y = if … { … } else { … }`."""
        test, first, second = self.condition(), self.value(), self.value()

        def run(frame: Frame) -> None:
            bound(frame, "y", (first if frame.number(test) else second).run(frame))

        return Piece([f"y = if {test} {{ {first.text} }} else {{ {second.text} }}"], run)

    def over(self) -> Piece:
        """A loop over tensors."""
        name = "ijl"[len(self.loops)]
        self.loops.append(name)
        inner = self.body()
        self.loops.pop()

        def run(frame: Frame) -> None:
            for number, item in enumerate(frame.names["ts"]):
                frame.names[name] = number
                bound(frame, "y", frame.names["y"] - item)
                perform(inner, frame)

        return Piece([f"for {name}, t in enumerate(ts) {{", "    y = y - t", *indented(inner), "}"], run)

    def appended(self) -> Piece:
        """`gs = [*gs, y + z]`: one item more, or two."""
        items = [self.value() for _ in range(self.rng.choice([1, 1, 2]))]
        text = f"gs = [*gs, {', '.join(item.text for item in items)}]"
        return Piece([text], lambda f: bound(f, "gs", [*f.names["gs"], *(item.run(f) for item in items)]))

    def gathered(self) -> Piece:
        """A loop that gathers a list, perhaps in loops in it and under conditions, and what becomes of the list."""
        self.gathers, first = True, self.value()
        loop = self.loop(lambda: [*self.body(), self.appended()])
        self.gathers = False
        start = Piece([f"gs = [{first.text}]"], lambda f: bound(f, "gs", [first.run(f)]))
        pieces = [start, loop, self.consumed()]
        return Piece([line for piece in pieces for line in piece.lines], lambda frame: perform(pieces, frame))

    def consumed(self) -> Piece:
        """What is made of a list that was gathered."""
        ways: list[tuple[str, Any]] = [
            ("y = sum(gs)", lambda gs, y: sum(gs[1:], gs[0])),
            ("y = stack(gs) -> mean(0)", lambda gs, y: torch.mean(torch.stack(gs), 0)),
            ("y = gs[-1] - gs[0]", lambda gs, y: gs[-1] - gs[0]),
            ("y = stack([y, *gs]) -> mean(0)", lambda gs, y: torch.mean(torch.stack([y, *gs]), 0)),
            ("y = stack([for g in gs { tanh(g) }, y]) -> mean(0)", tanhs),
        ]
        draw = self.rng.random()
        if draw < 0.4:
            text, run = self.rng.choice(ways)
            return Piece([text], lambda f: bound(f, "y", run(f.names["gs"], f.names["y"])))
        if draw < 0.7 or not self.modules:
            return self.gone_through()
        label = self.label("fc")
        return Piece(
            [f"y = cat(gs, 1) -> {label}Linear(D)"],
            lambda f: bound(f, "y", line(f, f.place(label), torch.cat(f.names["gs"], 1), "D")),
        )

    def gone_through(self) -> Piece:
        """`for g in reversed(gs) { … }`, with modules in it, or not."""
        text, way = self.rng.choice([("gs", list), ("reversed(gs)", reversed), ("gs[:-1]", lambda gs: gs[:-1])])
        self.loops.append(name := "uvw"[len(self.loops) % 3])
        inner = self.body()
        self.loops.pop()

        def run(frame: Frame) -> None:
            for number, item in enumerate(way(frame.names["gs"])):
                frame.names[name] = number
                bound(frame, "y", frame.names["y"] - item)
                perform(inner, frame)

        return Piece([f"for {name}, g in enumerate({text}) {{", "    y = y - g", *indented(inner), "}"], run)

    def loop(self, drawn: Any = None) -> Piece:
        name, iterable = "ijl"[len(self.loops)] if len(self.loops) < 3 else "m", self.rng.choice(RANGES)
        pair = self.rng.random() < 0.15
        head = f"{name}, e in enumerate({iterable})" if pair else f"{name} in {iterable}"
        self.loops.append(name)
        inner = (drawn or self.body)()
        self.loops.pop()

        def run(frame: Frame) -> None:
            for item in frame.number(f"enumerate({iterable})" if pair else iterable):
                frame.names.update({name: item[0], "e": item[1]} if pair else {name: item})
                perform(inner, frame)

        return Piece([f"for {head} {{", *indented(inner), "}"], run)

    def choice(self) -> Piece:
        self.depth += 1
        tests = [self.condition() for _ in range(self.rng.choice([1, 1, 1, 2, 3]))]
        arms = [self.body() for _ in tests]
        other = self.body() if self.rng.random() < 0.6 else []
        self.depth -= 1
        lines = []
        for n, (test, arm) in enumerate(zip(tests, arms, strict=True)):
            lines += [f"{'} else ' if n else ''}if {test} {{", *indented(arm)]
        lines += ["} else {", *indented(other)] if other else []

        def run(frame: Frame) -> None:
            taken = (arm for test, arm in zip(tests, arms, strict=True) if frame.number(test))
            perform(next(taken, other), frame)

        return Piece([*lines, "}"], run)


def added(a: Any, b: Any, sign: str) -> Any:
    return a + b if sign == "+" else a - b


def line(frame: Frame, place: str, x: Any, width: str) -> Any:
    return frame.linear(place, x, frame.number(width))


def placed(frame: Frame, label: Label, run: Any) -> Any:
    place = frame.place(label)
    return lambda x: run(place, x)


def piped(frame: Frame, head: Piece, stages: list[Piece]) -> Any:
    x = head.run(frame)
    for stage in stages:
        x = stage.run(frame)(x)
    return x


def bound(frame: Frame, name: str, value: Any) -> None:
    frame.names[name] = value
    if isinstance(value, torch.Tensor):
        frame.flow = value


def swap(frame: Frame) -> None:
    frame.names["y"], frame.names["z"] = frame.names["z"], frame.names["y"]


def definition(rng: Random, kind: str, name: str, blocks: list[str], modules: bool) -> Definition:
    drawing = Drawing(rng, blocks, modules, f"l{name.lower()}")
    body = drawing.body(2)
    stem = kind == "model" and modules and rng.random() < 0.4
    if kind == "model":
        for _ in range(rng.randint(1, 3)):
            use = drawing.use()
            text = f"y = y + z -> {use.text}"
            body.append(Piece([text], lambda f, use=use: bound(f, "y", use.run(f)(f.names["y"] + f.names["z"]))))  # type: ignore[misc]
    if kind == "block" and name != "P" and modules and rng.random() < 0.2:
        body.append(drawing.recursion(name))
    if modules and rng.random() < 0.3 and (piece := drawing.order()):
        body.append(piece)
    start = ["y = x", "z = tanh(x)", "ts = [x, z]"]
    pieces = [assignment(text) for text in start]
    if stem:
        width = rng.choice(["k + 1", "k * 2", "4"])
        first = Piece(
            [f"x = a -> stem: Linear({width})"], lambda f: bound(f, "x", line(f, "stem", f.names["a"], width))
        )
        pieces = [assignment(f"D = {width}"), first, *pieces]
    elif modules and kind == "model":
        pieces.insert(0, assignment("D = 4"))
    size = ("4" if kind == "model" else "D") if modules else "H"
    parameters = dict(DEFAULTS)
    if kind == "model":
        parameters = {"k": 3, "n": 2, "ws": [2, 1], "flag": rng.random() < 0.5}
    result = "y, z - x" if name == "P" else rng.choice(["y", "y", "y + z", "y - z * 2"])
    last = Piece([f"return {result}"], lambda f: f.number(result))
    if name != "P" and rng.random() < 0.2 and re.match("[yz] = (?!if )", body[-1].text):
        last = Piece([], lambda f: f.flow)
    elif name != "P" and rng.random() < 0.2:
        test, early = drawing.moment(), rng.choice(["y", "z", "y * 2"])
        last = Piece(
            [f"if {test} {{ return {early} }}", *last.lines], lambda f: f.number(early if f.number(test) else result)
        )
    made = Definition(kind, name, size, parameters, [*pieces, *body], last, "a" if stem else "x")
    made.rules, made.ordered = drawing.rules(body), drawing.ordered
    return made


def assignment(text: str) -> Piece:
    name, _, value = text.partition(" = ")
    return Piece([text], lambda f: bound(f, name, torch.tanh(f.names["x"]) if "tanh" in value else f.number(value)))


def program(seed: int) -> Program:
    rng = Random(seed)
    modules = rng.random() < 0.6
    found = [definition(rng, "block", "C", [], modules)]
    if rng.random() < 0.2:
        found.append(definition(rng, "block", "P", ["C"], modules))
    if rng.random() < 0.4:
        found.append(definition(rng, "block", "E", [d.name for d in found], modules))
    found.append(definition(rng, "model", "M", [d.name for d in found], modules))
    return Program({made.name: made for made in found}, HELPERS)


def tanhs(gs: list[Any], y: Any) -> Any:
    """The mean over a list and one more."""
    return torch.mean(torch.stack([*map(torch.tanh, gs), y]), 0)
