"""`python -m tests.honest --texts 200 examples/*.cnn`: arguments of classes that do not hold; status 1 if any."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cnndsl
from cnndsl.files import read
from cnndsl.source import Source

from .judge import findings
from .options import option_text_of
from .texts import text_of
from .towers import tower_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.honest", description=__doc__)
    parser.add_argument("--values", type=int, default=3, help="other values of each argument")
    parser.add_argument("--texts", type=int, default=0, help="random texts beside the files")
    parser.add_argument("--towers", type=int, default=0, help="random models of blocks that decide")
    parser.add_argument("--options", type=int, default=0, help="random models of stages that are switched on and off")
    parser.add_argument("--pairs", type=int, default=0, help="times that two arguments change at once")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    sources = [read(str(path)) for path in options.files]
    sources += [Source(f"text{n}.cnn", text_of(n)) for n in range(options.first, options.first + options.texts)]
    towers = range(options.first, options.first + options.towers)
    sources += [Source(f"tower{n}.cnn", tower_of(n)) for n in towers]
    options_of = range(options.first, options.first + options.options)
    sources += [Source(f"options{n}.cnn", option_text_of(n)) for n in options_of]
    wrong = 0
    for source in sources:
        try:
            for line in findings(source, options.values, pairs=options.pairs):
                print(f"{source.path}: {line}", flush=True)
                wrong += 1
        except cnndsl.CnnError as error:
            print(f"{source.path}: refused: {error.problems[0].code}")
    print(f"{len(sources)} texts, {wrong} arguments that do not hold")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
