"""`python -m tests.fuzz mutate --mutants 100000 --seed 0`, `python -m tests.fuzz guided --minutes 10` and
`python -m tests.fuzz plant --texts 10000 --seed 0`, which plants known mistakes in sound networks, and `slips` with the
same options, which slips one token in each of up to three statements.

Findings are kept in a folder, one file each with what is wrong beside it; the status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

from .keep import keep


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="a folder for findings")
    commands = parser.add_subparsers(dest="command", required=True)
    mutate = commands.add_parser("mutate", help="random changes of tokens and bytes")
    mutate.add_argument("--mutants", type=int, default=1000)
    mutate.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    mutate.add_argument("--seed", default="0")
    plant = commands.add_parser("plant", help="sound networks with several known mistakes: are all told?")
    plant.add_argument("--texts", type=int, default=1000)
    plant.add_argument("--seed", default="0")
    slips = commands.add_parser(
        "slips", help="sound networks with a token wrong in several statements: is each told once?"
    )
    slips.add_argument("--texts", type=int, default=1000)
    slips.add_argument("--seed", default="0")
    guided = commands.add_parser("guided", help="changes that reach new code, by atheris")
    guided.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    if options.command == "mutate":
        return run_mutants(options)
    if options.command in ("plant", "slips"):
        return run_plants(options)
    from .guided import run_guided

    return run_guided(options.minutes, options.keep)


def run_mutants(options: argparse.Namespace) -> int:
    import torch

    from .judge import Tally, judge, settled
    from .mutations import mutant
    from .texts import texts

    torch.set_num_threads(1)  # the tensors are small: threads would wait for each other
    tally, found = Tally(), 0
    for number in range(options.first, options.first + options.mutants):
        name = f"{options.seed}-{number}"
        path, data = mutant(name, texts())
        wrong = judge(path, data, tally, Random(name))
        if wrong and not settled(wrong, path, data, name):
            found += 1
            keep(options.keep, name, data, f"{path}\n{wrong}")
            print(f"{name}: {wrong.strip().splitlines()[-1]}", flush=True)
        if (number + 1) % 1000 == 0:
            print(number + 1, dict(tally.counts), flush=True)
    print(f"{options.mutants} mutants, {found} findings: {dict(tally.counts)}")
    return 1 if found else 0


def run_plants(options: argparse.Namespace) -> int:
    from . import planted, slips

    found, texts = 0, planted.sound_texts()
    for number in range(options.texts):
        name = f"{options.seed}-{number}"
        rng = Random(name)
        if wrong := planted.judged(rng, texts) if options.command == "plant" else slips.judged(rng):
            found += 1
            path, text, said = wrong
            keep(options.keep, f"{options.command}-{name}", text.encode(), f"{path}\n{said}")
            print(f"{name}: {said}", flush=True)
    print(f"{options.texts} texts, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
