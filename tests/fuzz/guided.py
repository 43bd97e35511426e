"""The coverage-guided fuzzer: atheris mutates the start texts, and keeps what reaches new code of the package.

Runs in a process of its own, for atheris must see the package before anything else loads it.
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from .keep import keep as keep_finding

LONGEST = 4_096  # bytes of a text
SLOWER = 5  # times: what instrumenting costs


def run_guided(minutes: float, keep: Path) -> int:
    """Fuzzes for some minutes; 1 if there are findings."""
    before = set(keep.glob("*.cnn"))
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        command = [sys.executable, "-m", __name__, str(keep), folder, f"-max_total_time={int(minutes * 60)}",
                   f"-max_len={LONGEST}", "-rss_limit_mb=4096", "-timeout=120", f"-dict={words}"]  # fmt: skip
        status = subprocess.run(command, check=False).returncode
    found = set(keep.glob("*.cnn")) - before
    print(f"{len(found)} findings")
    return 1 if found or status else 0


def main(keep: Path, folder: Path, options: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["cnndsl"]):
        import cnndsl

        for module in pkgutil.walk_packages(cnndsl.__path__, "cnndsl."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    from . import judge, mutations
    from .texts import texts

    judge.CPU_SECONDS *= SLOWER
    corpus = folder / "corpus"
    corpus.mkdir()
    for path, some in texts():
        for number, text in enumerate(some):
            (corpus / f"{Path(path).stem}{number}").write_text(text)
    (folder / "words").write_text("".join(f'"{word}"\n' for word in mutations.vocabulary()))
    tally, said = judge.Tally(), set[str]()

    def one(data: bytes) -> None:
        wrong = judge.judge("net.cnn", data, tally, Random(0))
        last = wrong.strip().splitlines()[-1] if wrong else ""
        if wrong and last not in said:
            said.add(last)
            name = f"guided-{sha256(data).hexdigest()[:12]}"
            keep_finding(keep, name, data, wrong)
            print(f"{name}: {last}", flush=True)
        if tally.counts["texts"] % 5000 == 0:
            print(dict(tally.counts), flush=True)

    def mutate(data: bytes, most: int, seed: int) -> Any:
        rng = Random(seed)
        if rng.random() < 0.5:
            return atheris.Mutate(data, most)
        text = data.decode("utf-8", "replace")
        return mutations.mutant(seed, (("net.cnn", (text or "\n",)),))[1][:most]

    atheris.Setup([sys.argv[0], str(corpus), *options], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
