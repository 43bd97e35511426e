"""Loops in brackets: what they gather is a list in forward(), and how many branches there are stays an argument."""

from __future__ import annotations

import inspect

import pytest

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source
from tests.honest.judge import findings

NETS = {
    "an ASPP": (
        """
        model Net(width=4, rates=[1, 2, 3]) {
            input x: [N, 3, H, W]
            pooled = AdaptiveAvgPool2d(1) -> pool: Conv2d(width, 1) -> interpolate([H, W])
            ys = x -> convs: [Conv2d(width, 1), for r in rates { Conv2d(width, 3, padding=r, dilation=r) }]
            cat([*ys, pooled], 1) -> project: Conv2d(5, 1)
        }
        """,
        {"width", "rates"},
        ["ys = [conv(x) for conv in self.convs]", "nn.Conv2d(width * (len(rates) + 2), 5, 1)"],
    ),
    "what came in stands first": (
        """
        model Net(width=4, bins=[1, 2]) {
            input x: [N, 3, 8, 8]
            ys = [for bin in bins { AdaptiveAvgPool2d(bin) -> Conv2d(width, 1) -> interpolate([8, 8]) }]
            cat([x, *ys], 1) -> Conv2d(5, 1)
        }
        """,
        {"width", "bins"},
        ["torch.cat([x, *ys], 1)", "nn.Conv2d(width * len(bins) + 3, 5, 1)"],
    ),
    "a dense block": (
        """
        model Net(n=3, growth=4) {
            input x: [N, 3, 8, 8]
            hs = []
            for i in range(n) { h = cat([x, *hs], 1) -> Conv2d(growth, 3, padding=1); hs = [*hs, h] }
            cat([x, *hs, x], 1) -> Conv2d(5, 1)
        }
        """,
        {"n", "growth"},
        ["h = torch.cat([x, *hs], 1)", "hs.append(h)", "torch.cat([x, *hs, x], 1)"],
    ),
    "loops in loops, gone through": (
        """
        model Net(n=3, m=2, w=4) {
            input x: [N, 3, 8, 8]
            ys = [for i in range(n) { for j in range(m) { Conv2d(w, 1) } }]
            sum([for i, y in enumerate(reversed(ys)) { y * i }]) -> Conv2d(5, 1)
        }
        """,
        {"n", "m", "w"},
        ["for i, y in enumerate(reversed(ys))]", "nn.Conv2d(w, 5, 1)"],
    ),
    "one by one": (
        """
        model Net(w=4) {
            input x: [N, 3, 8, 8]
            gate, value = [for r in [1, 2] { Conv2d(w, 3, padding=r, dilation=r) }]
            sigmoid(gate) * value -> Conv2d(5, 1)
        }
        """,
        {"w"},
        ["gate = self.conv1[0](x)", "value = self.conv1[1](x)"],
    ),
    "numbers are no tensors": (
        """
        def twice(v) { return 2 * v }
        model Net(w=4) {
            input x: [N, 3, 8, 8]
            widths = [for f in [1, 2] { twice(f * w) }]
            for v in widths { Conv2d(v, 1) }
        }
        """,
        {"w"},
        ["twice(w)"],
    ),
    "a module of the list on either way": (
        """
        model Net(widths=[4, 8, 6]) {
            input x: [N, 3, 8, 8]
            for i, w in enumerate(widths) {
                if i == 0 { "downs.{i}": Conv2d(w, 3, padding=1) } else { "downs.{i}": { ReLU -> Conv2d(w, 1) } }
                "stages.{i}": Conv2d(w, 1)
            }
        }
        """,
        {"widths"},
        ["for down, stage in zip(self.downs, self.stages, strict=True):"],
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_it_reads_as_people_write_it_and_holds(name: str) -> None:
    text, wanted, lines = NETS[name]
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert [line for line in lines if line not in code] == [], code
    assert set(inspect.signature(type(cnndsl.loads(text)).__init__).parameters) - {"self"} == wanted
    assert not list(findings(Source("net.cnn", text), 2))
