"""Lists that loops gather are lists in forward(), and how many items there are stays an argument."""

from __future__ import annotations

import inspect

import pytest
import torch

import cnndsl
from cnndsl.pipeline import compile as compiled
from cnndsl.source import Source
from tests.honest.judge import findings

NETS = {
    "a U-Net": (
        """
        block Double(out) {
            input x
            x -> Conv2d(out, 3, padding=1, bias=False) -> GroupNorm(1) -> ReLU
        }
        model UNet(classes=2, width=4, depth=4) {
            input x: [N, 3, H, W]
            skips = []
            for i in range(depth) {
                h = x -> Double(width * 2**i)
                skips = [*skips, h]
                x = h -> MaxPool2d(2)
            }
            x -> Double(width * 2**depth)
            for i, skip in enumerate(reversed(skips)) {
                up = ConvTranspose2d(width * 2**(depth - 1 - i), 2, 2)
                cat([up, skip], 1) -> Double(width * 2**(depth - 1 - i))
            }
            head: Conv2d(classes, 1)
        }
        """,
        {"classes", "depth", "width"},
        ["skips.append(h)", "reversed(skips), strict=True"],
    ),
    "what a WaveNet skips": (
        """
        block Gated(residual, skip, dilation) {
            input x
            f = x -> filter: Conv1d(residual, 2, dilation=dilation, padding="same") -> tanh
            g = x -> gate: Conv1d(residual, 2, dilation=dilation, padding="same") -> sigmoid
            z = f * g
            s = z -> skip: Conv1d(skip, 1)
            r = z -> res: Conv1d(residual, 1)
            return r + x, s
        }
        model WaveNet(residual=4, skip=6, classes=5, layers=4) {
            input x: [N, 1, T]
            x = x -> Conv1d(residual, 1)
            skips = []
            for i in range(layers) {
                x, s = Gated(residual, skip, 2**i)(x)
                skips = [*skips, s]
            }
            y = sum(skips)
            y -> relu -> Conv1d(skip, 1) -> relu -> Conv1d(classes, 1)
        }
        """,
        {"classes", "layers", "residual", "skip"},
        ["y = sum(skips[1:], skips[0])"],
    ),
    "a DenseNet": (
        """
        block DenseLayer(growth) {
            input x
            x -> GroupNorm(1) -> ReLU -> Conv2d(growth, 3, padding=1, bias=False)
        }
        block DenseBlock(layers, growth) {
            input x
            features = [x]
            for i in range(layers) {
                y = cat(features, 1) -> "layer{i}": DenseLayer(growth)
                features = [*features, y]
            }
            cat(features, 1)
        }
        model DenseNet(growth=12, layers=4, classes=10) {
            input x: [N, 3, 16, 16]
            x = x -> Conv2d(growth * 2, 3, padding=1)
            x = x -> DenseBlock(layers, growth) -> AvgPool2d(2)
            x = x -> DenseBlock(layers, growth)
            x -> AdaptiveAvgPool2d(1) -> Flatten -> Linear(classes)
        }
        """,
        {"classes", "growth", "layers"},
        ["features = [x]", "y = torch.cat(features, 1)", "in_channels += growth"],
    ),
    "results in a list": (
        """
        model Pyramid(n=3, width=8) {
            input x: [N, 3, 16, 16]
            outs = []
            for i in range(n) {
                x = x -> Conv2d(width, 3, padding=1) -> ReLU
                outs = [*outs, x]
            }
            return outs
        }
        """,
        {"n", "width"},
        ["-> list[torch.Tensor]:", "return outs", "Outputs where n == 3:"],
    ),
    "heads added up": (
        """
        block Stage(out) {
            input x
            x -> Conv2d(out, 3, 2, 1) -> GroupNorm(1) -> ReLU
        }
        model Deep(classes=5, width=16, stages=4) {
            input x: [N, 3, 16, 16]
            outs = []
            for i in range(stages) {
                x = x -> Stage(width)
                outs = [*outs, x -> Conv2d(classes, 1) -> AdaptiveAvgPool2d(1) -> flatten(1)]
            }
            total = 0
            for o in outs { total = total + o }
            return total
        }
        """,
        {"classes", "stages", "width"},
        ["for o in outs:"],
    ),
    "an ensemble": (
        """
        model Ensemble(classes=10, width=4, heads=4) {
            input x: [N, 3, 16, 16]
            x = x -> Conv2d(width, 3, 2, 1) -> ReLU -> AdaptiveAvgPool2d(1) -> Flatten
            preds = []
            for i in range(heads) {
                p = x -> Linear(classes)
                preds = [*preds, p]
            }
            stack(preds) -> mean(0)
        }
        """,
        {"classes", "heads", "width"},
        ["torch.stack(preds)"],
    ),
    "experts side by side": (
        """
        block GRN(width) {
            input x
            y = x -> Linear(width) -> ELU -> Linear(width)
            y = y -> GLUish(width)
            x + y -> LayerNorm
        }
        block GLUish(width) {
            input x
            a = x -> Linear(width)
            b = x -> Linear(width) -> sigmoid
            a * b
        }
        model VSN(width=16, n=5, classes=3) {
            input x: [N, 8]
            x = x -> Linear(width)
            outs = []
            for i in range(n) {
                o = x -> "grn{i}": GRN(width)
                outs = [*outs, o]
            }
            stacked = stack(outs, 1)
            w = x -> weights: Linear(n) -> softmax(1)
            (stacked * w[:, :, None]) -> sum(1) -> Linear(classes)
        }
        """,
        {"classes", "n", "width"},
        ["stacked = torch.stack(outs, 1)", "self.weights = nn.Linear(width, n)"],
    ),
    "maps brought to one size": (
        """
        model Hyper(width=4, depth=4, classes=10) {
            input x: [N, 3, 16, 16]
            maps = []
            for i in range(depth) {
                x = x -> Conv2d(width * 2**i, 3, padding=1) -> ReLU
                maps = [*maps, x]
                x = x -> MaxPool2d(2)
            }
            ups = []
            for m in maps { ups = [*ups, m -> adaptive_avg_pool2d((8, 8))] }
            cat(ups, 1) -> Conv2d(classes, 1)
        }
        """,
        {"classes", "depth", "width"},
        ["channels += width * 2**i", " for m in maps]"],
    ),
    "items by their places": (
        """
        model Last(n=3, width=8, classes=4) {
            input x: [N, 3, 16, 16]
            outs = []
            for i in range(n) {
                x = x -> Conv2d(width * (i + 1), 3, padding=1) -> ReLU
                outs = [*outs, x]
            }
            a = outs[0] -> Conv2d(4, 1)
            b = outs[-1] -> Conv2d(4, 1)
            y = a + b
            for i in range(n) { y = y + (outs[i] -> Conv2d(4, 1)) }
            y
        }
        """,
        {"n", "width"},
        ["self.conv2(outs[0])", "self.conv3(outs[-1])", "conv(outs[i])"],
    ),
    "loops in loops": (
        """
        model WaveNet(blocks=2, layers=3, width=4, classes=5) {
            input x: [N, 1, T]
            x = x -> Conv1d(width, 1)
            skips = []
            for block in range(blocks) {
                for i in range(layers) {
                    x = x -> Conv1d(width, 3, padding=2**i, dilation=2**i) -> tanh
                    skips = [*skips, x -> Conv1d(width * 2, 1)]
                }
            }
            y = sum(skips)
            for s in reversed(skips) { y = cat([y, s], 1) -> Conv1d(width, 1) }
            y -> Conv1d(classes, 1)
        }
        """,
        {"blocks", "classes", "layers", "width"},
        [
            "for conv2, conv3 in zip(self.conv2, self.conv3, strict=True):",
            "skips.append(",
            "y = sum(skips[1:], skips[0])",
            "reversed(skips)",
        ],
    ),
    "as many as the author's list says, and others": (
        """
        block Dense(depths, growth) {
            input x
            hs = [x]
            for d in depths {
                for i in range(d) { hs = [*hs, cat(hs, 1) -> Conv2d(growth, 1)] }
                hs = [*hs, cat(hs, 1) -> Conv2d(growth * 2, 1)]
            }
            cat(hs, 1)
        }
        model Net(growth=4) { input x: [N, 3, 8, 8]; Dense([2, 1], growth) -> Dense([3, 1, 2], growth) }
        """,
        {"growth"},
        ["zip(self.conv2, self.depths, strict=True):", "            for _ in range(d):", "Dense(3, [2, 1], growth)"],
    ),
    "two in each round": (
        """
        model Net(n=3, w=4) {
            input x: [N, 3, 8, 8]
            hs = []
            for i in range(n) {
                x = x -> Conv2d(w, 1)
                y = x -> Conv2d(w * 2, 1)
                hs = [*hs, x, y]
            }
            cat(hs, 1) -> Conv2d(2, 1)
        }
        """,
        {"n", "w"},
        ["hs.extend([x, y])", "nn.Conv2d(n * w * 3, 2, 1)"],
    ),
    "a pyramid": (
        """
        block Bottom(out) {
            input x
            x -> Conv2d(out, 3, 2, 1) -> GroupNorm(1) -> ReLU
        }
        model FPN(widths=[3, 4, 5, 6], out=4) {
            input x: [N, 3, 16, 16]
            features = []
            for w in widths {
                x = x -> Bottom(w)
                features = [*features, x]
            }
            laterals = []
            for f in features {
                laterals = [*laterals, f -> Conv2d(out, 1)]
            }
            top = laterals[-1]
            outs = [top]
            for lateral in reversed(laterals[:-1]) {
                top = lateral + interpolate(top, scale_factor=2)
                outs = [*outs, top]
            }
            results = []
            for o in outs { results = [*results, o -> Conv2d(out, 3, padding=1)] }
            return results
        }
        """,
        {"out", "widths"},
        ["for lateral in reversed(laterals[:-1]):", "for conv, o in zip(self.conv2, outs, strict=True)"],
    ),
    "the columns of a U-Net++, written out": (
        """
        model Net(width=4, depth=3, classes=2) {
            input x: [N, 3, 16, 16]
            up = [x -> "x0_0": Conv2d(width, 3, padding=1)]
            for i in range(1, depth + 1) {
                now = [up[0] -> MaxPool2d(2) -> "x{i}_0": Conv2d(width * 2**i, 3, padding=1)]
                for j in range(1, i + 1) {
                    y = cat([up[j - 1], interpolate(now[j - 1], scale_factor=2.0)], 1)
                    now = now + [y -> "x{i - j}_{j}": Conv2d(width * 2 ** (i - j), 3, padding=1)]
                }
                up = now
            }
            up[depth] -> head: Conv2d(classes, 1)
        }
        """,
        {"width", "classes"},
        ["self.x1_1 = nn.Conv2d(width * 6, width * 2, 3, padding=1)"],
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_what_lists_hold_stays_an_argument(name: str) -> None:
    text, wanted, lines = NETS[name]
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert [line for line in lines if line not in code] == []
    assert set(inspect.signature(type(cnndsl.loads(text)).__init__).parameters) - {"self"} == wanted
    assert not list(findings(Source("net.cnn", text), 2))


def test_a_list_that_some_rounds_add_to() -> None:
    text = """
        block Sub(flag, w) {
            input x
            hs = [x]
            for i in range(3) { x = x -> Conv2d(w, 1); if flag and i > 0 { hs = [*hs, x] } }
            cat(hs, 1)
        }
        model Net(w=4) { input x: [N, 3, 8, 8]; Sub(True, w) -> Sub(False, w) -> Conv2d(4, 1) }
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "            if self.flag and i > 0:\n                hs.append(x)" in code
    assert "count" not in code
    assert not list(findings(Source("net.cnn", text), 3))


@pytest.mark.parametrize("way", ["if i > 0 { hs = [*hs, x] }", "hs = if i == 3 { hs } else { [*hs, x] }"])
def test_a_loop_whose_places_decide_what_it_adds_turns_as_often_as_it_does(way: str) -> None:
    text = f"""
        model Net(n=4, w=4) {{
            input x: [N, 3, 8, 8]
            hs = [x]
            for i in range(n) {{ x = x -> Conv2d(w, 1); {way} }}
            cat(hs, 1)
        }}
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "    hs.append(x)" in code and "Settled when this was compiled: n=4." in code
    assert not list(findings(Source("net.cnn", text), 2))


WRITTEN_OUT = {
    "begun anew": "hs = [x]",
}


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_other_lists_are_written_out(name: str) -> None:
    text = f"""
        model Net(n=4) {{
            input x: [N, 3, 8, 8]
            hs = [x]
            for i in range(n) {{ x = x -> Conv2d(3, 1); {WRITTEN_OUT[name]} }}
            cat(hs, 1)
        }}
    """
    assert "hs.append" not in compiled(Source("net.cnn", text), None, {})[0]
    assert not list(findings(Source("net.cnn", text), 2))


def test_a_list_that_goes_on_in_another_loop_stays_what_it_was() -> None:
    text = """
        model Net(n=3) {
            input x: [N, 3, 8, 8]
            hs = []
            for i in range(n) { x = x -> Conv2d(3, 1); hs = [*hs, x] }
            more = hs
            for h in hs { more = [*more, h -> relu] }
            cat(hs, 1) -> Conv2d(2, 1) -> mul(sum(more) -> mean)
        }
    """
    code = compiled(Source("net.cnn", text), None, {})[0]
    assert "more = [*hs]" in code
    assert not list(findings(Source("net.cnn", text), 2))


def test_what_a_list_keeps_is_not_written_over() -> None:
    text = """
        model Net(n=3) {
            input x: [N, 3, 8, 8]
            hs = []
            for i in range(n) { h = x -> Conv2d(3, 1); hs = [*hs, h]; x = h -> ReLU }
            cat([x, *hs], 1) + cat([*hs, x], 1)
        }
        model Sum(n=3) {
            input x: [N, 3, 8, 8]
            hs = []
            for i in range(n) { h = x -> Conv2d(3, 1); hs = [*hs, h]; x = h -> ReLU }
            x + sum(hs)
        }
    """
    for name in ("Net", "Sum"):
        torch.manual_seed(0)
        plain = cnndsl.loads(text, model=name)
        torch.manual_seed(0)
        sparing = cnndsl.loads(text, model=name, inplace=True)
        x = torch.rand(2, 3, 8, 8)
        assert torch.equal(plain(x), sparing(x))


def test_a_size_that_rounds_hand_on_as_it_was_has_the_name_that_its_author_gave_it() -> None:
    block = """block B(out, n=1) {
        input x: [N, C, H, W]
        h = out // 2 + 1
        a = Conv2d(h, 1)
        ys = [a]
        for i in range(n) { a = a -> Conv2d(h, 3, padding=1); ys = [*ys, a] }
        cat(ys, 1) -> Conv2d(out, 1)
    }"""
    text = f"{block}\nmodel M(w=8, n=2) {{ input x: [N, 3, H, W]; B(w, n) -> B(w * 2, 1) }}"
    assert "nn.Conv2d(h, h, 3, padding=1)" in compiled(Source("net.cnn", text), None, {})[0]


@pytest.mark.parametrize("pairs", ["zip(widths, hs)", "zip(reversed(widths), reversed(hs))", "zip(widths[1:], hs)"])
def test_zip_ends_with_the_shorter_list(pairs: str) -> None:
    text = f"""model M(widths=[4, 6, 5]) {{
        input x: [N, 6]
        hs = []; for w in [*widths, 3] {{ x = x -> Linear(w); hs = [*hs, x] }}
        for w, h in {pairs} {{ x = cat([x, h], 1) -> Linear(w) }}
        x
    }}"""
    model = cnndsl.loads(text)
    linears = [module for module in model.modules() if isinstance(module, torch.nn.Linear)]
    given = x = torch.randn(3, 6)
    hs = [x := linear(x) for linear in linears[:4]]
    rows = list(eval(pairs, {"widths": [4, 6, 5], "hs": hs}))
    assert [linear.out_features for linear in linears[4:]] == [w for w, _ in rows]
    for linear, (_, h) in zip(linears[4:], rows, strict=True):
        x = linear(torch.cat([x, h], 1))
    assert torch.equal(model(given), x)
