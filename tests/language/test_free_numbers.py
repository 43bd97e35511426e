"""Numbers that are worked out of free sizes and are none: what tensors meet, and what is refused."""

from __future__ import annotations

import inspect

import pytest
import torch

import cnndsl

from ..expectations import report
from .helpers import assert_equal, build

TAKEN = {
    "x / D ** 0.5": lambda x, t, d: x / d**0.5,
    "x / sqrt(D)": lambda x, t, d: x / d**0.5,
    "x * (1 / D)": lambda x, t, d: x * (1 / d),
    "x * D ** -0.5": lambda x, t, d: x * d**-0.5,
    "x + T / 2": lambda x, t, d: x + t / 2,
    "x * (D ** -1)": lambda x, t, d: x * d**-1,
    "x * (-D ** 0.5)": lambda x, t, d: x * -(d**0.5),
    "x * (0.5 - 1 / T)": lambda x, t, d: x * (0.5 - 1 / t),
    "x * (T // 2 + 0.5)": lambda x, t, d: x * (t // 2 + 0.5),
    "x * (1 / min(T, D))": lambda x, t, d: x * (1 / min(t, d)),
    "scale = D ** -0.5; x * scale": lambda x, t, d: x * d**-0.5,
    "x / x.shape[-1] ** 0.5": lambda x, t, d: x / d**0.5,
    "-> mul(D ** -0.5) -> add(1 / (T + D))": lambda x, t, d: x * d**-0.5 + 1 / (t + d),
    "where(x > 1 / T, x, 2 / T)": lambda x, t, d: torch.where(x > 1 / t, x, 2 / t),
    "full([N, T], 1 / T)": lambda x, t, d: torch.full((2, t), 1 / t),
    "y = if T > 2 { x / sqrt(T) } else { x }; y + 1 / D": lambda x, t, d: (x / t**0.5 if t > 2 else x) + 1 / d,
    "y = if T % 2 { x * 2 } else { x }; y": lambda x, t, d: x * 2 if t % 2 else x,
    "if D - 3 and not T - 1 { return x * 2 }; x": lambda x, t, d: x * 2 if d - 3 and not t - 1 else x,
    "n = D or 2; m = T and D; x * n + m * (3 if T else 0)": lambda x, t, d: x * d + d * 3,
    "a = 2; x * (a and T) * (False or D)": lambda x, t, d: x * t * d,
    "for i in range(2) { x = x / sqrt(D + i) }; x": lambda x, t, d: x / d**0.5 / (d + 1) ** 0.5,
}


@pytest.mark.parametrize("lines", TAKEN)
def test_tensors_meet_numbers_of_free_sizes(lines: str) -> None:
    model = cnndsl.loads(f"model Net {{ input x: [N, T, D]; {lines} }}")
    for t, d in ((5, 7), (1, 3)):
        x = torch.rand(2, t, d)
        assert_equal(model(x), TAKEN[lines](x, t, d))


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("x / (D - 4) ** 0.5", "no-such-number"),
        ("x * (D * 0.5 // 1)", "not-an-operand"),
        ("x * (D % 0.5)", "not-an-operand"),
        ("x * (1 / (D - 1))", "no-such-number"),
        ("x * 0.5 ** T", "no-such-number"),
        ("x * (5 // (T / 2))", "not-an-operand"),
        ("if D / 2 > 3 { return x * 2 }; x", "not-an-operand"),
        ("y = [1 / T] == [2]; x", "not-an-operand"),
        ("if D / 2 { return x }; x", "not-a-condition"),
        ("x * (T % 2 or 3)", "ternary-on-free-size"),
        ("x * (2 if T % 2 else 3)", "ternary-on-free-size"),
        ("if T % 2 { x = x -> Dropout(0.5) }; x", "module-on-free-size"),
        ("x * (1 if 1 / T else 2)", "not-a-condition"),
        ("Dropout(1 / D)", "free-argument"),
        ("dropout(x, 1 / D)", "free-argument"),
        ("-> reshape(N, T, D / 2, 2)", "free-argument"),
        ("x[:, T / 2]", "bad-index"),
        ("x[:, :T / 2]", "bad-index"),
        ("param a: [D / 2]; x", "not-a-size"),
        ("x * min(T / 2, 3)", "bad-argument"),
        ("x * min([T / 2])", "bad-argument"),
        ("x * int(T * 0.5)", "free-argument"),
        ('"a{T / 2}": ReLU', "not-text"),
        ("buffer b: [1] = 1 / T; x + b", "bad-initial"),
        ("buffer b = zeros(1) + 1 / T; x + b", "own-of-free-size"),
        ("Dropout(0.5) * (T / 2)", "bad-repeat"),
    ],
)
def test_nothing_is_decided_by_one_and_nothing_built(lines: str, code: str) -> None:
    assert [problem.code for problem in report(f"model Net {{ input x: [N, T, D]; {lines} }}").errors] == [code]


def test_in_blocks_they_are_read_off_their_tensors_or_made_of_their_arguments() -> None:
    made = build("""
        block A(h, on=True) {
            input x: [N, T, D]
            s = D ** -0.5 if on else h / T
            y = Linear(D)
            softmax(y @ transpose(y, 1, 2) * s, -1) @ x
        }
        block S(scale) { input x: [N, T, D]; x * scale }
        model Net(w=8) { input x: [N, T, 6]; a: Linear(w) -> A(2) -> S(1 / T); b: Linear(4) -> A(w, False) }
    """)
    x = torch.rand(2, 5, 6)

    def attended(x: torch.Tensor, fc: torch.nn.Module, scale: float) -> torch.Tensor:
        y = fc(x)
        return torch.softmax(y @ y.transpose(1, 2) * scale, -1) @ x

    h = attended(made.a(x), made.a1.fc1, 8**-0.5) * (1 / 5)
    torch.testing.assert_close(made(x), attended(made.b(h), made.a2.fc1, 8 / 5))
    assert "x.shape[1]" in inspect.getsource(type(made.a2).forward)
