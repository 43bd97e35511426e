"""Reads command lines that hold options, by argparse: what is wrong with them, and the help."""

from __future__ import annotations

import argparse
import re
import sys

from .. import __version__
from ..limits import limits
from ..typed import Any, Callable, Iterator, Sequence
from . import FAILED, stop
from .options import ABOUT, COMMANDS, STATUS
from .ready import command, nearest


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options; exits with status 2 and a message if they make no sense."""
    refuse_unknown_command(arguments)
    found: tuple[argparse.Namespace, list[str]] = parser().parse_known_args(arguments)
    options, unknown = found
    if unknown:
        refuse(arguments, unknown[0])
    if options.run is None:
        parser().print_help()
        raise SystemExit(2)
    return options


def refuse_unknown_command(arguments: Sequence[str]) -> None:
    """Exits where the first word is no command, with the line that may have been meant."""
    if not arguments or arguments[0] in COMMANDS or arguments[0].startswith("-"):
        return
    meant = nearest(arguments[0], COMMANDS)
    hint = f"did you mean `{command([meant, *arguments[1:]])}`?" if meant else f"there are {', '.join(COMMANDS)}"
    raise SystemExit(stop(f"there is no command {arguments[0]!a}; {hint}", FAILED))


def refuse(arguments: Sequence[str], unknown: str) -> None:
    """Exits because of a word that a command does not take."""
    name = next((word for word in arguments if word in COMMANDS), None)
    if name is None:
        meant = nearest(unknown, ("--version", "--help"))
        hint = f"did you mean `cnndsl {meant}`?" if meant else "`cnndsl --help` lists the commands"
        raise SystemExit(stop(f"`cnndsl` has no option {unknown!a}; {hint}", FAILED))
    if not unknown.startswith("-"):
        raise SystemExit(stop(f"`cnndsl {name}` does not take {unknown!a}; `cnndsl {name} --help` tells more", FAILED))
    flag, sign, value = unknown.partition("=")
    made = Parser(add_help=True)
    COMMANDS[name][0](made)
    meant = nearest(flag, made.flags) if nearest(flag.strip("-"), [known.strip("-") for known in made.flags]) else None
    line = [meant + sign + value if meant and word == unknown else word for word in arguments]
    hint = f"did you mean `{command(line)}`?" if meant else f"`cnndsl {name} --help` lists them"
    raise SystemExit(stop(f"`cnndsl {name}` has no option {flag!a}; {hint}", FAILED))


class Layout(argparse.RawDescriptionHelpFormatter):
    """80 columns, as problems have; asking for the terminal's width would load compression libraries."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(narrow(text))


def narrow(text: str) -> Iterator[str]:
    """A description in 80 columns; what an example shows stands below it where it is too long to stand beside."""
    from textwrap import wrap

    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line and not line.startswith(" ") and not line.endswith(":"):
            paragraph.append(line)
            continue
        yield from wrap(" ".join(paragraph), 80, break_on_hyphens=False)
        paragraph = []
        if len(line) <= 80:
            yield line
            continue
        beside = re.fullmatch(r"(  \S.*?) {2,}(.*)", line)
        yield from [beside[1]] if beside else []
        yield from wrap(beside[2] if beside else line.strip(), 80, initial_indent=" " * 6, subsequent_indent=" " * 6)


class Parser(argparse.ArgumentParser):
    """A parser that gets its options by `fill` when it is asked to parse: of all commands only one ever is."""

    fill: Callable[[Any], None] | None = None

    @property
    def flags(self) -> list[str]:
        """The options by name."""
        return [flag for action in self._actions for flag in action.option_strings]

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.register("action", "limit", Limiting)
        self.register("action", "pairs", Collecting)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.fill is not None:
            self.fill(self)
            self.fill = None
        return super().parse_known_args(args, namespace)

    def print_help(self, file: Any = None) -> None:
        """Does not vanish without a word when it cannot be printed."""
        (file or sys.stdout).write(self.format_help())


class Limiting(argparse.Action):
    """`--limit NAME=NUMBER`: the limits with one of them changed."""

    def __call__(self, parser: Any, options: argparse.Namespace, text: Any, flag: str | None = None) -> None:
        name, _, value = str(text).partition("=")
        try:
            number = int(value)
        except ValueError:
            parser.error(f"argument {flag}: {text!r} is not of the form NAME=NUMBER")
        given = {**getattr(options, "given_limits", {}), name.strip(): number}
        try:
            options.limits = limits(given)
        except ValueError as error:
            parser.error(f"argument {flag}: {error}")
        options.given_limits = given


class Collecting(argparse.Action):
    """`--set NAME=VALUE`, or `--at H=225,W=300`: pairs, of which no name comes twice."""

    def __call__(self, parser: Any, options: argparse.Namespace, found: Any, flag: str | None = None) -> None:
        pairs = [*getattr(options, self.dest), *(found if isinstance(found, list) else [found])]
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                parser.error(f"argument {flag}: {name} is given twice")
        setattr(options, self.dest, pairs)


def parser() -> Parser:
    whole: Parser = described(Parser, prog="cnndsl", description=ABOUT, epilog=STATUS)
    whole.add_argument("--version", action="version", version=f"cnndsl {__version__}")
    whole.set_defaults(run=None)
    found = whole.add_subparsers(title="commands", metavar="COMMAND")
    for name, (fill, short, description) in COMMANDS.items():
        described(found.add_parser, name, help=short, description=description, epilog=STATUS).fill = fill
    return whole


def described(make: Any, *names: str, **options: Any) -> Any:
    return make(*names, formatter_class=Layout, allow_abbrev=False, **options)
