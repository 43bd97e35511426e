"""`cnndsl explain`: the page of a code. What is said of the wrong example is what checking it says."""

from __future__ import annotations

from textwrap import fill, indent

from .. import pipeline
from ..report.pages import COMMANDS, NEVER_ALONE, PAGES, whole
from ..source import Source
from ..typed import TYPE_CHECKING
from . import FAILED, stop
from .output import print_problems

if TYPE_CHECKING:
    from argparse import Namespace


def explain(options: Namespace) -> int:
    """Print the page of a code, or the list of all codes."""
    if options.code is None:
        print("\n".join(sorted({*PAGES, *COMMANDS, *NEVER_ALONE})))
        return 0
    return page(options.code, options.color)


def page(code: str, color: str) -> int:
    import sys
    from difflib import get_close_matches

    if code in NEVER_ALONE:
        print(f"{code}\n\n{fill(NEVER_ALONE[code], 80)}")
        return 0
    if code in COMMANDS:
        meaning, commands = COMMANDS[code]
        print(f"{code}\n\n{fill(meaning, 80)}\n\nIn an empty folder, this shows it:\n\n{indent(commands, '    ')}")
        return 0
    if code not in PAGES:
        near = get_close_matches(code, {*PAGES, *COMMANDS, *NEVER_ALONE}, 1)
        hint = f"; did you mean `cnndsl explain {near[0]}`?" if near else "; `cnndsl explain` lists the codes"
        return stop(f"there is no page for {code!a}{hint}", FAILED)
    meaning, wrong, right = PAGES[code]
    print(f"{code}\n\n{fill(meaning, 80)}\n\nWrong:\n\n{shown(wrong)}\n")
    print_problems(pipeline.report(Source("wrong.cnn", whole(wrong))).problems, color, sys.stdout)
    print(f"\nRight:\n\n{shown(right)}")
    return 0


def shown(example: str) -> str:
    return indent(whole(example).rstrip(), "    ")
