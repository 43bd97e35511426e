"""Reads a command line. One that names a command and files alone is read here; argparse takes longer to load and to
set up than a small file takes to check.
"""

from __future__ import annotations

from ..lean import SimpleNamespace
from ..typed import Any, Sequence
from .options import COMMANDS


def parse(arguments: Sequence[str]) -> Any:
    """The command and its options; exits with status 2 and a message if they make no sense."""
    options = plain(arguments)
    if options is None:
        from .parser import parse

        return parse(arguments)
    return options


def plain(arguments: Sequence[str]) -> SimpleNamespace | None:
    """What argparse would make of a command line without options; None for one that it must look at."""
    name, *words = arguments or [""]
    if name not in COMMANDS or any(word.startswith("-") and word != "-" for word in words):
        return None
    usual = Usual()
    COMMANDS[name][0](usual)
    return usual.given(words)


class Usual:
    """What a command's options are where none is given; takes their definitions as argparse does."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.positional: list[tuple[str, str | None]] = []

    def set_defaults(self, **values: Any) -> None:
        self.values |= values

    def add_argument(self, *names: str, dest: str = "", default: Any = None, action: str = "", **how: Any) -> None:
        if names[0].startswith("-"):
            name = next(name for name in names if name.startswith("--"))
            self.values[dest or name[2:].replace("-", "_")] = False if action == "store_true" else default
        else:
            self.positional.append((names[0], how.get("nargs")))

    def given(self, words: list[str]) -> SimpleNamespace | None:
        """With these words for files and names; None if there are too many or too few."""
        left = list(words)
        for name, count in self.positional:
            if not left and count != "?":
                return None
            taken = left[:] if count == "+" else left[:1]
            del left[: len(taken)]
            self.values[name] = taken if count == "+" else taken[0] if taken else None
        return None if left else SimpleNamespace(**self.values)
