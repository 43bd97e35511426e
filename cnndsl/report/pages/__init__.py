"""What `cnndsl explain CODE` says: code → what it means, a wrong example, the right one; by subject, module by module.
What no text can show has commands instead of the examples.

An example that begins with no item is the body of a model whose input is `x: [N, 3, 32, 32]`.
"""

from __future__ import annotations

import re

from .asked import ASKED, NEVER_ALONE
from .flow import FLOW
from .names import NAMES
from .shapes import SHAPES
from .text import TEXT
from .values import VALUES
from .warnings import WARNINGS
from .weights import WEIGHTS

__all__ = ["COMMANDS", "NEVER_ALONE", "PAGES", "whole"]

COMMANDS: dict[str, tuple[str, str]] = ASKED | WEIGHTS  # what no example can show
PAGES: dict[str, tuple[str, str, str]] = TEXT | NAMES | FLOW | VALUES | SHAPES | WARNINGS
ITEM = re.compile(r"(#.*\n)*(model|block|const|def|from|extern)\b")


def whole(example: str) -> str:
    """An example as a file of its own."""
    if ITEM.match(example):
        return f"{example}\n"
    body = "\n".join(f"    {line}" if line else "" for line in example.split("\n"))
    return f"model Net {{\n    input x: [N, 3, 32, 32]\n{body}\n}}\n"
