"""The command line as it may have been meant, ready to be typed: with a file, model, command or option that there is.

Suggests one name for one word; the rest of the line stays as it is.
"""

from __future__ import annotations

import shlex

from ..problems import Problem
from ..records import replace
from ..typed import Iterable, Sequence

MEANT = {"file-not-found": ("path", "suggestion"), "no-such-model": ("name", "nearest")}


def command(words: Sequence[str]) -> str:
    return shlex.join(["cnndsl", *words])


def nearest(written: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(written, list(known), 1, 0.6)), None)


def with_command(problem: Problem, words: Sequence[str]) -> Problem:
    """The problem with the command that would have worked, if it is clear which that is."""
    if problem.code not in MEANT or problem.facts.get("rival"):
        return problem
    written, meant = (problem.facts.get(fact) for fact in MEANT[problem.code])
    line = [with_other(word, str(written), str(meant), problem.code) for word in words] if meant else [*words]
    if line == [*words]:
        return problem
    return replace(problem, facts={**problem.facts, "command": command(line)})


def with_other(word: str, written: str, meant: str, code: str) -> str:
    """A word of the command line with another file, or another model: `NAME`, `--model=NAME`, `FILE:NAME`."""
    if word == written:
        return meant
    if code == "file-not-found" and word.startswith(f"{written}:"):
        return meant + word[len(written) :]
    model = code == "no-such-model" and (word.startswith("--model=") or ".cnn:" in word)
    return word.removesuffix(written) + meant if model and word[: -len(written)][-1:] in ("=", ":") else word
