"""Independent mistakes are told in one run, and the consequences of one are not told as well."""

from __future__ import annotations

import pytest

from .expectations import holds


def body(*lines: str) -> str:
    return "\n".join(["model A {", "input x: [N, 4, 32, 32]", *lines, "}"])


def test_each_mistake_is_told() -> None:
    holds(body(
        "a: Conv2d(8, 40)  # error: too-small",
        "x -> Conv2d(8, strides=2)  # error: unknown-argument",
        "y = x -> Conv2d(8, 3)",
        "y -> Conv2d(6, 3, groups=3)  # error: not-divisible",
    ))  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "ReLU -> Conv2d(8, 40)",
        "-> relu",
        "y + x",
        "a(x)",
        "-> a",
        "cat([x, y], 1)",
        "z = y\nz + 1",
        "if y.shape[1] > 3 { ReLU }",
        "for v in [y] { v -> ReLU }",
        "b, c = y\nb + c",
        "expect [N, 1]",
        "return y",
        "return x, y",
        "buffer m = arange(32)\nx * m + y",
        "Conv2d(y.shape[1], 3)",
        "g: { ReLU -> Tanh }",
        "[ReLU, Tanh] -> cat(1)",
        "(x, y) -> Bilinear(3)",
        "y[0]",
        "if training { ReLU }",
        "MultiheadAttention(2)(y, y, y)",
    ],
)
def test_consequences_are_not_told(line: str) -> None:
    holds(body("y = a: Conv2d(8, 40)  # error: too-small", line))


def test_a_name_given_anew_is_sound_again() -> None:
    holds(body(
        "y = Conv2d(8, 40)  # error: too-small",
        "y = x -> Conv2d(8, 3)",
        "y -> Conv2d(8, 40)  # error: too-small",
    ))  # fmt: skip


def test_blocks_tell_all_their_mistakes_once() -> None:
    holds("""
        block B(n) {
            input x: [N, C, H, W]
            Conv2d(n, 99)  # error: too-small
            x -> Conv2d(n, 3, groups=3)  # error: not-divisible
        }
        model A {
            input x: [N, 4, 32, 32]
            y = x -> B(6)
            z = x -> B(6)
            x -> Conv2d(8, 40)  # error: too-small
        }
    """)


def test_a_faulty_constant_is_told_once() -> None:
    holds("""
        const K = 3 + "a"  # error: not-an-operand
        model A {
            input x: [N, 4, 32, 32]
            x -> Conv2d(8, K)
            x -> Conv2d(8, K, 1)
        }
    """)


def test_a_mistake_in_a_loop_is_told_once() -> None:
    holds(
        body("for i in range(50) {", "x -> Conv2d(8, 40)  # error: too-small", "}", "x -> Foo  # error: unknown-name")
    )


def test_after_a_limit_nothing_more_is_told() -> None:
    holds(body("Conv2d(4, 1) * 10**9  # error: too-many-modules", "x -> Conv2d(4, 1) * 10**9"))


def test_blocks_that_fail_are_looked_at_once() -> None:
    """Else the time would double with each level."""
    levels = "\n".join(f"block B{n} {{ input x; a = x -> B{n - 1}; b = x -> B{n - 1}; a + b }}" for n in range(1, 40))
    holds(f"block B0 {{ Conv2d(8, 99) }}  # error: too-small\n{levels}\nmodel A {{ input x: [N, 4, 8, 8]; B39 }}")


def test_what_stands_behind_an_early_return_still_holds() -> None:
    text = body("fc: Conv2d(8, 3)", "if True { return x }", "init { Conv2d.weigth: zeros }  # error: unknown-parameter")
    holds(text)
