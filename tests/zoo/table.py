"""The table docs/zoo.md: measures what is asked for, keeps the other rows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cnndsl

from . import compare, measure
from .catalogue import Entry, Family, families

FAMILY = " (family)"  # alexnet is a family and a model
PATH = Path(__file__).parent.parent.parent / "docs" / "zoo.md"
HEAD = """# The zoo

torchvision's networks, written in the language: a file per family in `examples/torchvision`, all variants as models.
Each is compared with `torchvision==0.28.0`; `python -m tests.zoo` does it and writes this page
(`python -m tests.zoo resnet vgg16` does so for some). The default tests take a sample.

## Families

Tokens are counted by Python's tokenizer and the language's own, variants, builders, tables and a family's share of
common helpers included, comments, docstrings, imports, `__all__` and weight enums not. Classes and lines of code are
those of the file that `cnndsl compile` makes of all models of a family, and of torchvision's modules with all that
they use of its other ones.

"""
MODELS = """
## Models

- **state**: the same `state_dict` keys in order, shapes and dtypes; each side loads the other's with `strict=True`.
- **weights**: after `torch.manual_seed(0)`, the same weights bit for bit.
- **results**: in training mode the same results, gradients and running statistics bit for bit, from the same seed; in
  eval mode the same results bit for bit at the published resolution and at another one.

"""
FAMILY_HEAD = (
    "family",
    "models",
    "tokens",
    "torchvision's",
    "share",
    "classes",
    "torchvision's",
    "lines",
    "torchvision's",
)
MODEL_HEAD = ("model", "parameters", "state", "weights", "results", "eval at", "training at")


def refresh(wanted: list[str]) -> int:
    """Compares, writes and prints; whether any model differs."""
    failures = 0
    for family in families():
        chosen = [e for e in family.entries if not wanted or family.name in wanted or e.name in wanted]
        failures += sum(not compared(family, entry) for entry in chosen)
        if chosen:
            keep(family.name + FAMILY, family_cells(family))
    print(PATH.read_text(encoding="utf-8"))
    return min(failures, 1)


def compared(family: Family, entry: Entry) -> bool:
    """Whether a model is torchvision's."""
    start = time.perf_counter()
    cells, problems = model_cells(family, entry)
    keep(entry.name, cells)
    print(line(cells), f"{time.perf_counter() - start:.0f} s", *problems, flush=True)
    return not problems


def keep(name: str, cells: Iterable[str]) -> None:
    """Writes one row; the others stay as they are."""
    PATH.write_text(page(old_rows() | {name: line(cells)}), encoding="utf-8")


def old_rows() -> dict[str, str]:
    """The lines of the tables that are there, by model or family."""
    text = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    parts = zip(text.split("## Models"), (FAMILY, ""), strict=False)
    return {m[1] + mark: m[0] for part, mark in parts for m in re.finditer(r"^\| (\w+) .*\|$", part, re.MULTILINE)}


def page(rows: dict[str, str]) -> str:
    family_names = [family.name + FAMILY for family in families()]
    names = [entry.name for family in families() for entry in family.entries]
    family_rows, model_rows = ([rows[name] for name in some if name in rows] for some in (family_names, names))
    return "".join([HEAD, *table(FAMILY_HEAD, family_rows), MODELS, *table(MODEL_HEAD, model_rows)])


def table(head: tuple[str, ...], rows: Iterable[str]) -> list[str]:
    lines = [line(head), line(["---", *["---:"] * (len(head) - 1)]), *rows]
    return [text + "\n" for text in lines]


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def family_cells(family: Family) -> list[str]:
    ours, theirs = measure.ours_tokens(family), measure.original_tokens(family)
    classes, lines = measure.generated(cnndsl.compile(family.path))
    numbers = f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.1%}"
    counts = classes, measure.original_classes(family), lines, measure.original_lines(family)
    return [family.name, str(len(family.entries)), *numbers, *map(str, counts)]


def model_cells(family: Family, entry: Entry) -> tuple[list[str], list[str]]:
    """A row, and what went wrong."""
    problems: list[str] = []

    def check(run: Callable[[], object]) -> object:
        try:
            return run()
        except Exception as error:
            problems.append(f"{type(error).__name__}: {error}")
            return None

    parameters = check(lambda: compare.layout(family, entry))
    pair = check(lambda: compare.seeded(family, entry))
    same = isinstance(pair, tuple) and check(lambda: compare.results(family, entry, *pair) or True)
    said = ["same" if found else "**differ**" for found in (parameters, pair, same)]
    number = f"{parameters:,}" if isinstance(parameters, int) else "?"
    sizes = ", ".join("×".join(map(str, size[1:])) for size in (entry.size, entry.other))
    return [entry.name, number, *said, sizes, trained_at(entry)], problems


def trained_at(entry: Entry) -> str:
    size = "×".join(map(str, entry.train[2:]))
    return size if entry.reduced is None else f"{size}, reduced"
