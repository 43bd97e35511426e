"""Compares every example, every model of the zoo and many random networks with torch, and writes what came out into
docs/costs.md. Each model has a process of its own, which gives its memory back; what needs too much is told by name.

    python -m tests.costs [--random 200] [--memory 12]       all, and the page
    python -m tests.costs lenet5 resnet18 vith14             only these models, or those of these files; no page
"""

from __future__ import annotations

import multiprocessing
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from cnndsl import pipeline
from cnndsl.cost.words import number
from cnndsl.files import read

from .rows import KINDS, compare, prepare, random_line
from .test_networks import EXAMPLES, OUTSIDE, ROOT

PAGE = ROOT / "docs" / "costs.md"
START, END = "<!-- measured -->\n", "<!-- /measured -->"
ZOO = sorted((ROOT / "examples" / "torchvision").glob("*.cnn"))
HEADS = [
    "| model | parameters | weights, outputs | FLOPs | kept | kept, error | inference, error | published | torchinfo |"
]
HEADS += ["|:--|--:|:--|:--|--:|--:|--:|--:|:--|"]
RANDOM_HEADS = ["| random networks | weights | FLOPs | kept | inference |", "|:--|:--|:--|:--|:--|"]


class Models:
    """The models to compare, each in a process that may have so many bytes."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.context = multiprocessing.get_context("forkserver")  # torch is loaded once
        self.context.set_forkserver_preload(["tests.costs.rows"])
        self.without: list[str] = []  # those that need more

    def lines(self, names: list[str]) -> Iterator[str]:
        """A line of the table for each that is asked for."""
        for path in (*EXAMPLES, *ZOO):
            found = (
                [] if path.stem in OUTSIDE else [model.name for model in pipeline.analyse(read(str(path))).graph.models]
            )
            for name in found:
                if not names or {name.lower(), path.stem} & set(names):
                    yield from self.line(path, name)

    def line(self, path: Path, name: str) -> Iterator[str]:
        try:
            found = self.alone(compare, path, name)
        except (MemoryError, BrokenProcessPool):
            self.without.append(name)
            print(f"{name}: not compared, its process needs more memory", flush=True)
            return
        if found:
            print(found, flush=True)
            yield found

    def alone(self, run: Callable[..., Any], *arguments: Any) -> Any:
        with ProcessPoolExecutor(1, self.context, initializer=prepare, initargs=(self.memory,)) as pool:
            return pool.submit(run, *arguments).result()


def whole(models: Models, count: int) -> None:
    """Everything, and the page."""
    random = [*RANDOM_HEADS, *(models.alone(random_line, name, count) for name in KINDS)]
    print(*random[2:], sep="\n", flush=True)
    table = [*HEADS, *models.lines([])]
    gigabytes = number(models.memory, "B")
    note = (
        [f"Not compared, for they need more than {gigabytes}: {', '.join(models.without)}.", ""]
        if models.without
        else []
    )
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    body = "\n".join(["", *random, "", *table, "", *note, ""])
    PAGE.write_text(f"{before}{START}{body}{END}{after}", encoding="utf-8")


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.costs", description="Compares what is told with torch.")
    parser.add_argument("names", nargs="*", type=str.lower, help="models or files of the examples (default: all)")
    parser.add_argument("--random", type=int, default=200, help="random networks of each kind (default: 200)")
    parser.add_argument("--memory", type=float, default=12, help="gigabytes that one model may take (default: 12)")
    options = parser.parse_args()
    models = Models(int(options.memory * 10**9))
    if options.names:
        print(*HEADS, sep="\n")
        list(models.lines(options.names))
    else:
        whole(models, options.random)


if __name__ == "__main__":
    main()
