"""`re`, which is not loaded for patterns that a command has compiled before.

To load it, and what it loads, takes 3 ms of the 76 in which ResNet-50 is compiled, its 46 patterns take another 3. What
`re` makes of a pattern is a row of numbers that `_sre` takes, as the interpreter takes byte code; `bundle.py` keeps
these numbers, and gives them to a command as `NUMBERS`. To everybody else this is `re`.

Only for patterns that are the same for all files: one that is made of a file's names goes to `re` itself.
"""

from __future__ import annotations

from .typed import TYPE_CHECKING, Any

__all__ = ["re"]
Key = tuple[str, int]  # a pattern and its flags
NUMBERS: dict[Key, tuple[Any, ...]] = {}  # what `_sre.compile` takes behind the pattern
COMPILED: dict[Key, Any] = {}
ANEW: list[Key] = []  # what `re` had to compile

if TYPE_CHECKING:
    import re
else:

    class Expressions:
        """The functions of `re` that the package uses."""

        I, M, S, X = IGNORECASE, MULTILINE, DOTALL, VERBOSE = 2, 8, 16, 64  # noqa: E741

        def compile(self, pattern, flags=0):
            try:
                return COMPILED[pattern, flags]
            except KeyError:
                return made(pattern, flags)

        def match(self, pattern, text):
            return self.compile(pattern).match(text)

        def fullmatch(self, pattern, text):
            return self.compile(pattern).fullmatch(text)

        def search(self, pattern, text):
            return self.compile(pattern).search(text)

        def findall(self, pattern, text):
            return self.compile(pattern).findall(text)

        def finditer(self, pattern, text):
            return self.compile(pattern).finditer(text)

        def split(self, pattern, text):
            return self.compile(pattern).split(text)

        def sub(self, pattern, by, text):
            return self.compile(pattern).sub(by, text)

    re = Expressions()


def made(pattern: str, flags: int) -> Any:
    """A pattern that this process has not met before."""
    numbers = NUMBERS.get((pattern, flags))
    if numbers is None:
        import re

        ANEW.append((pattern, flags))
        found: Any = re.compile(pattern, flags)
    else:
        from _sre import compile  # type: ignore[import-not-found]

        found = compile(pattern, *numbers)
    COMPILED[pattern, flags] = found
    return found
