"""Texts of networks of any size, each shape of growth in its own way; measures nothing."""

from __future__ import annotations


def chain(layers: int) -> str:
    """One layer after the other, each in its own statement."""
    lines = "\n".join("    Conv2d(8, 3, padding=1)\n    ReLU" for _ in range(layers // 2))
    return f"model Chain {{\n    input x: [N, 8, 16, 16]\n{lines}\n}}\n"


def blocks(layers: int) -> str:
    """Blocks of ten layers, instantiated in statements."""
    body = "\n".join("    Conv2d(C, 3, padding=1) -> ReLU" for _ in range(5))
    lines = "\n".join("    Unit" for _ in range(layers // 10))
    block = f"block Unit {{\n    input x: [N, C, H, W]\n{body}\n}}\n"
    return f"{block}model Blocks {{\n    input x: [N, 8, 16, 16]\n{lines}\n}}\n"


def nested(layers: int) -> str:
    """Blocks within blocks: each level holds the one below ten times."""
    levels = len(str(layers)) - 1
    texts = ["block Level0 {\n    input x: [N, C, H, W]\n    Conv2d(C, 3, padding=1)\n}\n"]
    for level in range(1, levels + 1):
        lines = f"    Level{level - 1}\n" * 10
        texts.append(f"block Level{level} {{\n    input x: [N, C, H, W]\n{lines}}}\n")
    return "".join(texts) + f"model Nested {{\n    input x: [N, 8, 16, 16]\n    Level{levels}\n}}\n"


def wide(layers: int) -> str:
    """One concatenation of as many branches."""
    lines = "\n".join("        Conv2d(2, 1)," for _ in range(layers))
    return f"model Wide {{\n    input x: [N, 8, 16, 16]\n    [\n{lines}\n    ] -> cat(1)\n}}\n"


def deep(layers: int) -> str:
    """A short file that repeats."""
    return f"model Deep {{\n    input x: [N, 8, 16, 16]\n    (Conv2d(8, 3, padding=1) -> ReLU) * {layers // 2}\n}}\n"


def definitions(lines: int) -> str:
    """A file of that many lines: blocks of ten lines, and a model that runs through them."""
    count = lines // 11
    body = "    input x: [N, C, H, W]\n" + "    Conv2d(C, 3, padding=1) -> ReLU\n" * 7
    texts = [f"block Unit{n} {{\n{body}}}\n" for n in range(count)]
    calls = "".join(f"    Unit{n}\n" for n in range(count))
    return "".join(texts) + f"model Net {{\n    input x: [N, 8, 16, 16]\n{calls}}}\n"


SHAPES = {"chain": chain, "blocks": blocks, "nested": nested, "wide": wide, "deep": deep}
