"""The commands, their options, what the words of these mean, and their help. Reads no command line, and loads argparse
for what it refuses alone.
"""

from __future__ import annotations

from ..limits import DEFAULT
from ..patterns import re
from ..records import fields
from ..typed import Any, Callable
from . import commands
from .output import PRINTERS

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
MOST_MEMORY = 2**63  # bytes
UNITS |= {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def wrong(message: str) -> Exception:
    """What tells argparse why it cannot take a word."""
    from argparse import ArgumentTypeError

    return ArgumentTypeError(message)


def setting(text: str) -> tuple[str, Any]:
    """`NAME=VALUE` of --set."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise wrong(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), literal(value.strip())


def sizes(text: str) -> list[tuple[str, int]]:
    """`H=225,W=300` of --at."""
    pairs = [part.partition("=") for part in text.split(",")]
    found = [(name.strip(), int(value)) for name, _, value in pairs if value.strip().isdecimal() and int(value)]
    if len(found) != len(pairs) or not all(name.isidentifier() for name, _ in found):
        raise wrong(f"{text!r} is not of the form H=225,W=300 (sizes are at least 1)")
    return found


def filled(text: str) -> str:
    """The name of a file to write; an empty one is a variable that nobody has set."""
    if not text:
        raise wrong("the name is empty")
    return text


def folder(text: str) -> str:
    from os.path import isdir

    if not isdir(text):
        raise wrong(f"{text!r} is no folder")
    return text


def literal(text: str) -> Any:
    """A number, string, True, False, None or a list of them; a plain word stands for itself."""
    from ast import literal_eval

    if re.fullmatch(r"(?!(?:True|False|None)$)[A-Za-z_][\w.-]*", text):
        return text
    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise wrong(f"{text!r} is neither a Python literal nor a plain word") from None
    if not is_plain(value):
        raise wrong(f"{text!r} is no number, string, True, False, None or list of them")
    return value


def is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def memory(text: str) -> int:
    """`24GB` or `16GiB` of --fits, in bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([kmgt]?i?)b?", text.strip().lower())
    if match is None or match[2] not in UNITS:
        raise wrong(f"{text!r} is no amount of memory, as 24GB or 16GiB is")
    amount = float(match[1]) * UNITS[match[2]]
    if amount > MOST_MEMORY:
        raise wrong(f"{match[0][:20]}... is more memory than there is")
    return int(amount)


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or not int(text):
        raise wrong(f"{text!r} is not a whole number from 1 on")
    return int(text)


ABOUT = """\
Compiles .cnn files, compact descriptions of neural networks, to plain PyTorch.

  cnndsl new lenet                        write a commented starter file, lenet.cnn
  cnndsl check lenet.cnn                  find mistakes before anything runs
  cnndsl summary lenet.cnn                every layer, its output shape and size
  cnndsl compile lenet.cnn -o lenet.py    write the PyTorch module
  cnndsl diff lenet.cnn wide.cnn          what changed, and whether the weights still load
  cnndsl format lenet.cnn                 lay the file out
  cnndsl explain too-small                tell what a code means
  cnndsl layers Conv2d                    tell about a layer or function

`cnndsl COMMAND --help` tells more. In Python: model = cnndsl.load("lenet.cnn").
"""
STATUS = (
    "exit status: 0 clean or done, 1 problems with a file (also one that is not there, or that would change), 2 wrong "
    "usage, or nothing can be written; of `diff`: 1 they differ, 2 one cannot be read"
)

FILES = ".cnn files; of a folder all those below it; - for standard input"

COMPILE = """\
Write the PyTorch source of a .cnn file: a module that imports torch alone and needs no cnndsl to run.

examples:
  cnndsl compile net.cnn                              print it
  cnndsl compile net.cnn -o net.py                    write it; net.py is replaced in one step, or not at all
  cnndsl compile net.cnn -o net.py --check            in CI: is net.py up to date?
  cnndsl compile zoo.cnn --model ResNet18             one of several models
  cnndsl compile net.cnn --set classes=100 --set "depths=[2, 2]"
                                                      with parameters fixed
  cat net.cnn | cnndsl compile -                      read standard input
"""
CHECK = """\
Check .cnn files: syntax, names, arguments and every shape, for all sizes that an input may have. Runs nothing.
Prints each problem with its place, and for each sound model its inputs and
outputs, what their sizes must fulfil, and the number of parameters.

examples:
  cnndsl check net.cnn
  cnndsl check nets/*.cnn --format concise            one line a problem: path:line:column: code message
  cnndsl check nets/ --deny warnings                  every .cnn file below a folder; a warning fails as an error does
  cnndsl check net.cnn --format json                  for programs: a list with one object per file
  cnndsl check nets/ --format sarif                   for code scanning: SARIF 2.1.0
  cnndsl check nets/ --format github                  in a workflow of GitHub's: shown beside the source
  cnndsl check nets/ --watch                          again whenever a file changes
  cnndsl check net.cnn --fix                          put right what there is no doubt about (--diff shows it first)
  cnndsl check net.cnn --set depth=50                 with a parameter that has no default
  cnndsl check net.cnn --weights net.safetensors      would these weights load? reads the header alone, runs nothing
  cnndsl check net.cnn --at H=225,W=300               at these sizes: what comes out, or what fails and what would do
"""
LAYERS = """\
List the layers by kind and the functions; of one tell its arguments, what is inferred, the shape, the cost, an example.

examples:
  cnndsl layers
  cnndsl layers Conv2d
  cnndsl layers interpolate
"""
SUMMARY = """\
Print what each layer and function costs: output shape, parameters, multiply-accumulates, bytes kept for the backward
pass; then the totals, with the memory that training needs. Blocks that repeat are one line (×3). Runs nothing.

examples:
  cnndsl summary net.cnn --set classes=100
  cnndsl summary net.cnn --at H=224,W=224 --batch 32  numbers instead of formulas
  cnndsl summary net.cnn --depth 1                    the outer blocks alone
  cnndsl summary net.cnn --format wide                with FLOPs, output bytes and receptive fields
  cnndsl summary net.cnn --format csv                 for programs (also json; markdown for documents)
  cnndsl summary net.cnn --optimizer adamw --dtype bfloat16 --fits 24GB
                                                      the largest batch that can be trained
"""
DIFF = """\
Compare two networks: which layers were added, removed, renamed or changed, what that costs, and whether the weights of
the first load into the second, perhaps under other names. Runs nothing.

examples:
  cnndsl diff old.cnn new.cnn
  cnndsl diff zoo.cnn:ResNet18 :ResNet34              two models of a file
  cnndsl diff net.cnn --set-b width=128               a model and a variant of it
  cnndsl diff old.cnn new.cnn --at N=1,H=224,W=224    in numbers, where sizes are free
  cnndsl diff old.cnn new.cnn --json                  for programs

exit status: 0 the same network, 1 another one, 2 a file that cannot be used
"""
FORMAT = """\
Lay .cnn files out in the one layout. Comments are kept, the meaning never changes.

examples:
  cnndsl format net.cnn                               rewrite the file
  cnndsl format --check nets/*.cnn                    in CI: exit status 1 if a file would change
  cnndsl format --diff net.cnn                        show the changes, write nothing
  cat net.cnn | cnndsl format -                       from standard input to standard output
"""
EXPLAIN = """\
Print what a code means, with a wrong example, what is said of it, and the right one. Without a code, list them.

examples:
  cnndsl explain too-small
  cnndsl explain                                      every code
"""
NEW = """\
Write a commented starter file: a small image classifier, ready to be checked, compiled and changed.

example:
  cnndsl new lenet                                    writes lenet.cnn with a model Lenet
"""


def add_run(made: Any, run: Callable[[Any], int]) -> None:
    """What the command does, and the option that all have."""
    made.set_defaults(run=run)
    made.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="color the problems (default: on a terminal)",
    )


def add_terms(made: Any) -> None:
    """The options that say how far a file may go."""
    names = ", ".join(field.name for field in fields(DEFAULT))
    made.add_argument(
        "--limit",
        metavar="NAME=NUMBER",
        dest="limits",
        action="limit",
        default=DEFAULT,
        help=f"raise a limit: {names} (repeatable)",
    )
    made.add_argument(
        "--project",
        metavar="FOLDER",
        type=folder,
        help="the folder that imports may not leave (default: the nearest with a .git, .hg or pyproject.toml)",
    )


def add_choice(made: Any) -> None:
    """The options that pick a model and fix its parameters."""
    made.add_argument("file", metavar="FILE", help="a .cnn file; - for standard input")
    add_model(made)


def add_model(made: Any) -> None:
    """Which model of a file, and how it is set."""
    made.add_argument("--model", metavar="NAME", help="the model to take, if the file has several")
    made.add_argument(
        "--set",
        metavar="NAME=VALUE",
        dest="settings",
        action="pairs",
        type=setting,
        default=[],
        help="fix a parameter; VALUE is a Python literal or a plain word (repeatable)",
    )


def add_compile(made: Any) -> None:
    add_run(made, commands.compile)
    add_choice(made)
    made.add_argument(
        "-o", "--output", metavar="FILE", type=filled, help="where to write (default, and -: standard output)"
    )
    made.add_argument("--check", action="store_true", help="write nothing; exit 1 if the output file would change")
    add_terms(made)
    made.add_argument("--no-guards", action="store_true", help="leave out the checks of input sizes in forward()")
    made.add_argument("--inplace", action="store_true", help="let activations write over their input where it is safe")


def add_check(made: Any) -> None:
    add_run(made, commands.check)
    made.add_argument("files", metavar="FILE", nargs="+", help=FILES)
    made.add_argument("--format", choices=tuple(PRINTERS), default="full", help="how to print (default: full)")
    made.add_argument("--deny", choices=("warnings",), help="let warnings count as errors do: exit status 1")
    add_terms(made)
    made.add_argument("--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C")
    made.add_argument("--fix", action="store_true", help="apply the fixes that are safe, then check what is left")
    made.add_argument("--unsafe-fixes", action="store_true", help="with --fix: apply those, too, that are guesses")
    made.add_argument("--diff", action="store_true", help="show what --fix would change; write nothing")
    made.add_argument("--at", metavar="SIZES", action="pairs", type=sizes, default=[], help="numbers for free sizes")
    made.add_argument(
        "--weights", metavar="WEIGHTS", help="a .safetensors, .pt or .pth file that the model should take"
    )
    add_model(made)


def add_summary(made: Any) -> None:
    from . import costs

    add_run(made, costs.summary)
    add_choice(made)
    add_terms(made)
    made.add_argument("--at", metavar="SIZES", action="pairs", type=sizes, default=[], help="numbers for free sizes")
    made.add_argument("--batch", metavar="N", type=positive, help="the size of the batch")
    made.add_argument("--depth", metavar="N", type=positive, help="show so many levels of blocks (default: all)")
    made.add_argument("--format", choices=costs.FORMATS, default="table", help="how to print (default: table)")
    kinds = ("float32", "bfloat16", "float16")
    made.add_argument("--dtype", choices=kinds, default="float32", help="of the parameters (default: float32)")
    rules = ("sgd", "momentum", "adam", "adamw")
    made.add_argument("--optimizer", choices=rules, default="adam", help="of the training (default: adam)")
    made.add_argument("--inplace", action="store_true", help="as compiled with --inplace")
    made.add_argument("--fits", metavar="MEMORY", type=memory, help="the largest batch that can be trained in it")


def add_diff(made: Any) -> None:
    from .diff import diff

    add_run(made, diff)
    made.add_argument("a", metavar="A", help="a .cnn file, or FILE:MODEL; - for standard input")
    made.add_argument("b", metavar="B", nargs="?", help="another; :MODEL is of the same file (default: A)")
    add_terms(made)
    for name, target, who in (("--set", "settings", "both"), ("--set-a", "first", "A"), ("--set-b", "second", "B")):
        made.add_argument(
            name,
            metavar="NAME=VALUE",
            dest=target,
            action="pairs",
            type=setting,
            default=[],
            help=f"fix a parameter of {who} (repeatable)",
        )
    made.add_argument("--at", metavar="SIZES", action="pairs", type=sizes, default=[], help="numbers for free sizes")
    made.add_argument("--json", action="store_true", help="print JSON")


def add_format(made: Any) -> None:
    add_run(made, commands.format)
    made.add_argument("files", metavar="FILE", nargs="+", help=FILES)
    made.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    made.add_argument("--diff", action="store_true", help="write nothing; print what would change, exit 1 if anything")


def add_explain(made: Any) -> None:
    from .explain import explain

    add_run(made, explain)
    made.add_argument("code", metavar="CODE", nargs="?", help="a code, as in error[CODE]")


def add_layers(made: Any) -> None:
    from .layers import layers

    add_run(made, layers)
    made.add_argument("name", metavar="NAME", nargs="?", help="a layer or a function")
    made.add_argument("--markdown", action="store_true", help="print the whole catalogue, as docs/layers.md")


def add_new(made: Any) -> None:
    add_run(made, commands.new)
    made.add_argument("name", metavar="NAME", help="the file's name; .cnn is added if it is missing")


COMMANDS: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "compile": (add_compile, "write the PyTorch source", COMPILE),
    "check": (add_check, "find mistakes", CHECK),
    "summary": (add_summary, "list the layers", SUMMARY),
    "diff": (add_diff, "compare two networks", DIFF),
    "format": (add_format, "lay files out", FORMAT),
    "explain": (add_explain, "tell what a code means", EXPLAIN),
    "layers": (add_layers, "list layers, or tell about one", LAYERS),
    "new": (add_new, "write a starter file", NEW),
}
