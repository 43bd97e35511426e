"""Free sizes cost little: a deep network is elaborated in at most twice the time that fixed sizes take."""

from __future__ import annotations

import time

from cnndsl import pipeline
from cnndsl.source import Source

RESNET_152 = """
const Conv = Conv2d(bias=False)

block Bottleneck(planes, stride=1) {
    input x: [N, C, H, W]
    y = conv1: Conv(planes, 1) -> bn1: BatchNorm2d -> relu: ReLU
        -> conv2: Conv(planes, 3, stride, 1) -> bn2: BatchNorm2d -> relu
        -> conv3: Conv(planes * 4, 1) -> bn3: BatchNorm2d
    if stride != 1 or C != planes * 4 {
        x = x -> downsample: { Conv(planes * 4, 1, stride) -> BatchNorm2d }
    }
    y + x -> relu
}

model Net {
    input x: SHAPE
    conv1: Conv(64, 7, 2, 3) -> bn1: BatchNorm2d -> relu: ReLU -> maxpool: MaxPool2d(3, 2, 1)
    for i, depth in enumerate([3, 8, 36, 3]) {
        for n in range(depth) { "layer{i + 1}.{n}": Bottleneck(64 * 2**i, 2 if i > 0 and n == 0 else 1) }
    }
    avgpool: AdaptiveAvgPool2d(1) -> Flatten -> fc: Linear(1000)
}
"""


def seconds(shape: str) -> float:
    """The best of a few tries; the batch is numbered differently in each, so that nothing is remembered."""
    best = float("inf")
    for turn in range(5):
        text = RESNET_152.replace("SHAPE", shape.replace("N", f"N{turn}").replace("H", f"H{turn}"))
        start = time.process_time()
        outcome = pipeline.analyse(Source("net.cnn", text))
        best = min(best, time.process_time() - start)
        assert not [problem for problem in outcome.problems if problem.severity == "error"]
    return best


def test_free_sizes_cost_at_most_twice_as_much() -> None:
    fixed, free = seconds("[N, 3, 224, 224]"), seconds("[N, 3, H, W]")
    assert free < 2 * fixed, f"{free:.3f} s with free sizes, {fixed:.3f} s with fixed ones"


def test_each_block_adds_little() -> None:
    """No two layers see the same sizes, and each asks for something."""
    text = "model Net { input x: [N, 4, H, W]; " + "; ".join(["Conv2d(4, 3) -> MaxPool2d(3, 1, 1)"] * 150) + " }"
    start = time.process_time()
    outcome = pipeline.analyse(Source("net.cnn", text))
    assert not outcome.problems
    assert outcome.graph.models[0].requirements.texts == ("H >= 301", "W >= 301")
    assert time.process_time() - start < 5
