"""Whatever stands where something else is meant, the message tells it in words: no name of a class of ours."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

import cnndsl
from cnndsl.problems import Problem
from cnndsl.report.prose import PROSE, message
from cnndsl.source import Source, Span

from .expectations import report
from .fuzz.judge import leak

THINGS = (
    *("relu", "ReLU", "B", "f", "x", "c", "n", "H", "nothing", "[x, x]", "(x, x)", "[ReLU, B]", "[relu]", "[n, 2]"),
    *("None", "True", '"a"', "3", "-1", "2.5", "x.shape", "chunk(x, 2, 1)", "Linear(3)", "Linear(ReLU)", "x[0]"),
    *("if H > 3 { x } else { x -> flatten(1) }", "B(3) -> ReLU", "{ ReLU }", "[]", "H > 3", "l: ReLU", "G.a"),
)
HOLES = (
    *("x -> Linear(@)", "x -> Conv2d(8, @)", "x -> Conv2d(8, 3, padding=@)", "x + @", "@ * 2", "x[@]", "@[0]", "@[1:]"),
    *(
        "cat([x, @], 1)",
        "cat(@, 1)",
        "relu(@)",
        "x -> flatten(@)",
        "x -> mean(dim=@)",
        "if @ { x }",
        "for i in @ { x }",
    ),
    *("y, z = @", "x -> @", "@.shape", "@(x)", "x -> B(@)", "f(@)", "min(@, 1)", "max(@)", "sum(@)"),
    *("range(@)", "order @", "B(@)(@)", "ls: [@]", "@ if @ else @"),
    *("zip(@, [1])", '"a{@}": ReLU', "expect [N, @]", "expect @", "x -> ReLU * @", "return @", "param p: [@] = 0"),
    *("param p: [3] = @", "Sequential { @ }", "[@ -> ReLU]", "l: @", "C = @", "-@", "not @", "@ < 3", "@ == @"),
    *(
        "x -> TransformerEncoder(@, 2)",
        "x -> interpolate(size=@)",
        "init { Conv2d.bias: constant(@) }",
        "@ if @ else @",
    ),
    *(
        "x -> BatchNorm2d(@)",
        "x -> Dropout(p=@)",
        "x -> Upsample(@)",
        "x -> LayerNorm(@)",
        "order @",
        "B(@)(@)",
        "ls: [@]",
    ),
    *("x -> LSTM(@)", "x -> rearrange(@)", "@ in [1]", "1 in @", "x ** @", "x @ @", "cat(tensors=@)", "relu(input=@)"),
)
HEAD = """
block B(n) {{ ReLU -> Dropout(n) }}
def f(v) {{ return v }}
model G {{ input x: [N, 4]; a: ReLU }}
model A(n=3) {{
    input x: [N, 4, H, 8]
    c: ReLU
    {}
}}
"""


@pytest.mark.parametrize("hole", HOLES)
def test_every_thing_in_every_place_is_told_in_words(hole: str) -> None:
    for thing in THINGS:
        found = report(HEAD.format(hole.replace("@", thing)))
        assert [said for said in map(leak, found.problems) if said] == [], thing


def test_a_leak_is_seen() -> None:
    span = Span(Source("a.cnn", "abc"), 0, 1)
    code = next(code for code, texts in PROSE.items() if texts[0] == "{message}")
    assert leak(Problem(code, span, {"message": f"not {span!r}"})) is not None
    assert leak(Problem(code, span, {"message": f"not {object()}"})) is not None
    assert leak(Problem(code, span, {"message": "not `Span(3)`"})) is None


@pytest.mark.parametrize("line", ["y = ws[5]", "y = ws < 3", "expect ws", "y = ws.size", "y = pair * 1.5", "y = ts[5]"])
def test_lists_are_called_so_whoever_asks(line: str) -> None:
    """Who makes code keeps more of a list than who checks, and says the same of it."""
    text = f"""
        model Net(ws=[1, 2, 3], pair=(1, 2)) {{
            input x: [N, 3]
            ts = []
            for i in range(2) {{ x = x -> Linear(4); ts = [*ts, x] }}
            {line}
        }}
    """
    with pytest.raises(cnndsl.CnnError) as caught:
        cnndsl.loads(dedent(text))
    said, checked = ([message(problem) for problem in found.problems] for found in (caught.value, report(text)))
    assert said == checked and not re.search("Named|Gathered|Whole", " ".join(said))
