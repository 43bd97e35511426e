"""Each shape comment of generated code is true: whatever the sizes, in every use of the class."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
import torch

from cnndsl import pipeline
from cnndsl.emit.python import File

from .nets import NETS, Net, source_of

COMMENT = re.compile(r"^( +)(\w+) = (.*)  # (\[.*\])$", re.MULTILINE)
INIT = re.compile(r"^        super\(\).__init__\(\)$", re.MULTILINE)
FORWARD = re.compile(r"^    def forward\((?:.|\n)*?:\n(?=        )", re.MULTILINE)


def watched(text: str) -> str:
    """The source, with every comment turned into a check."""
    text = INIT.sub("        super().__init__()\n        self.given = dict(locals())", text)
    text = FORWARD.sub(lambda found: f"{found[0]}        entered_ = dict(locals())\n", text)
    return COMMENT.sub(r"\1\2 = \3\n\1check(self, entered_, \2, '\4')", text)


def checked(net: Net) -> int:
    """How many comments hold, each time that they are met."""
    file = File(pipeline.elaborate(source_of(net), net.model, net.parameters).graph)
    plans = {plan.name: plan for plan in file.plans}
    models = {file.entries[model.name] for model in file.graph.models}
    met: set[str] = set()
    sizes: dict[str, int] = {}

    def check(self: Any, inputs: dict[str, Any], found: torch.Tensor, text: str) -> None:
        name = type(self).__name__
        member, given = plans[name].members[0], getattr(self, "given", {})
        tensors = [value for key, value in inputs.items() if key != "self"]
        axes = {key: tensors[at].shape[axis] for key, (at, axis) in member.axes if name not in models}
        wanted = eval(text, {"min": min, "max": max}, {**(sizes if name in models else {}), **axes, **given})
        assert list(found.shape) == wanted, (name, text)
        met.add(f"{name} {text}")

    space: dict[str, Any] = {"check": check, "__name__": "watched"}
    exec(watched(file.text("")), space)
    module = space[file.entries[file.graph.models[0].name]]().eval()
    for sizes in (dict(net.first), dict(net.other)):
        module(*net.inputs(sizes))
    return len(met)


WANTED = {"unet": 10, "vit": 6, "googlenet": 12, "squeezenet": 1, "modes": 1, "lstm": 1}


@pytest.mark.parametrize("net", NETS, ids=str)
def test_shape_comments_are_true(net: Net) -> None:
    assert checked(net) >= WANTED.get(net.name, 0)


def test_no_shape_is_told_twice_in_a_row() -> None:
    net = next(net for net in NETS if net.name == "googlenet")
    text = File(pipeline.elaborate(source_of(net), net.model, net.parameters).graph).text("")
    for forward in text.split("def forward")[1:]:
        told = [found[4] for found in COMMENT.finditer(forward)]
        assert all(one != other for one, other in pairwise(told))
