"""What is remembered of layers never shows: not in code, not in messages, not in places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.analysis import reuse_layers, steady_uses
from cnndsl.dims import symbol
from cnndsl.graph import Known
from cnndsl.layers import lookup
from cnndsl.problems import CnnError
from cnndsl.shapes import TensorType
from cnndsl.source import Source
from cnndsl.spelled import Spelled, product

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.cnn"))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES}
TWICE = """
block Fixed() { input x: [N, 8, H, W]; conv: Conv2d(8, 3, padding=1) }
block Given(width) { input x: [N, C, H, W]; conv: Conv2d(width, 3, padding=1) }
block Stepped(step=1) { input x: [N, C, H, W]; conv: Conv2d(8, 3, step, 1) }
model First { input x: [N, 8, H, W]; a: Fixed; b: Given(8) }
model Second(width=8) { input x: [N, width, H, W]; a: Given(width); b: Stepped(1); c: Conv2d(width, 3, padding=1) }
model Third { input x: [N, 8, 6, 6]; a: Given(8); b: Stepped(2); c: Conv2d(8, 7, padding=0) }
"""


def told(text: str) -> Any:
    """The code, or the problems with their places."""
    try:
        return pipeline.compile(Source("x.cnn", text), None, {})
    except CnnError as error:
        return [(found.code, found.span, dict(found.facts)) for found in error.problems]


@pytest.mark.parametrize("name", [*TEXTS, "twice"])
def test_what_was_compiled_before_does_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TEXTS.get(name, TWICE)
    with monkeypatch.context() as patched:
        for memory in (reuse_layers.remembered, reuse_layers.answers):
            memory.clear()
            memory.before = {}
        patched.setattr(reuse_layers.Memory, "keep", lambda *_: None)
        alone = told(text)
    for other in ("resnet18", "densenet", "mobilenet"):
        told(TEXTS[other])
    told(TWICE.replace("Third", "Fourth"))
    assert told(text) == told(text) == alone


def test_what_one_model_pins_another_may_choose() -> None:
    layer = "Conv1d(2, k)"
    first = f'model First(k=3) {{ input x: [N, 4, T]; "relu{{k}}": ReLU; {layer} }}'
    second = f"model Second(k=3) {{ input x: [N, 4, T]; {layer} }}"
    code = told(f"{first}\n{second}")[0]
    assert "Requires where k == 3:" in code[code.index("class Second") :]


def test_layers_that_are_written_alike_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(steady_uses, "ask_layer", lambda *given: asked.append(given[-1].__name__))
    block = "block Unit(out, step=1) { input x: [N, C, H, W]; Conv2d(out, 3, step, 1) -> BatchNorm2d -> ReLU }"
    units = " -> ".join(f"Unit({n} * width, {1 + n % 2})" for n in range(1, 30))
    told(f"{block}\nmodel Net(width=8) {{ input x: [N, width, H, W]; {units} }}")
    assert len(asked) < 6  # of 87


def test_a_mistake_is_told_in_each_place() -> None:
    text = "model Net {{ input x: [N, 3, 8, 8]; {}; b: Conv2d(4, 3); c: Conv2d(4, 9) }}"
    for first in ("a: Conv2d(4, 3)", "a: Conv2d(4, 3, padding=1)"):
        (code, span, _), *rest = told(text.format(first))
        assert (code, span.text, rest) == ("too-small", "9", [])


def test_values_are_told_apart() -> None:
    width, other = symbol("width"), symbol("other")
    values = [8, 8.0, True, 1, 1.0, 0.0, -0.0, "8", None, width, other, (8, 8), [8, 8], Known(8), Known("8")]
    values += [Known(8, (width,)), Known(8, (other,)), Spelled(8, (width,)), product([2, 4]), product([4, 2])]
    keys = [reuse_layers.seen(value) for value in values]
    alike = [(a, b) for n, a in enumerate(keys) for m, b in enumerate(keys[:n]) if a == b]
    assert alike == [(8, 8), ("8", "8")]  # a Known that has no spelling is its value


def test_what_is_no_plain_value_is_not_remembered() -> None:
    conv = lookup("Conv2d")
    assert conv is not None
    kind = TensorType((1, 8, 4, 4))
    assert reuse_layers.key_of(conv, {"out_channels": Known(8)}, {}, (kind,), "both") is not None
    assert reuse_layers.key_of(conv, {"out_channels": object()}, {}, (kind,), "both") is None
