"""Names of the generated file: which are taken, which must change, and how text that uses names is rewritten."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

MODULE_NAMES = frozenset({"torch", "nn", "math", "OrderedDict", "NamedTuple", "fnmatchcase"})
USED_BUILTINS = frozenset({"range", "getattr", "isinstance", "int", "float", "bool", "str", "tuple", "list", "dict"})
USED_BUILTINS |= {"min", "max", "super", "len", "abs", "sum", "round", "any", "all"}
TAKEN = MODULE_NAMES | USED_BUILTINS | {"self", "_", "module", "name", "parameter"}
IDENTIFIER = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.%])([A-Za-z_]\w*)(?!\s*\()""")
MODULE_ATTRIBUTES = frozenset(
    "forward training parameters type half to apply train eval buffers children modules float double cuda cpu "
    "state_dict compile register_buffer register_parameter add_module requires_grad_ zero_grad share_memory "
    "extra_repr named_children named_modules named_parameters named_buffers call_super_init dump_patches "
    "get_buffer get_parameter get_submodule load_state_dict bfloat16 ipu xpu mtia".split()
)


def is_plain(name: str) -> bool:
    """Whether `self.<name>` can be written."""
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


def safe(name: str, taken: Iterable[str] = TAKEN) -> str:
    """A variable's name: lower case, not a word of Python's, not one that the file itself uses."""
    name = name.lower()
    while keyword.iskeyword(name) or name in taken:
        name += "_"
    return name


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name, numbered from 2 if it is taken."""
    number, found = 2, name
    while found in taken or keyword.iskeyword(found) or hasattr(builtins, found):
        found, number = f"{name}{number}", number + 1
    return found


def names_in(text: str) -> set[str]:
    """The names that an expression reads (no attributes, no called functions, nothing inside strings)."""
    return {found[2] for found in IDENTIFIER.finditer(text) if found[2]} - set(keyword.kwlist)


def rename(text: str, names: Mapping[str, str]) -> str:
    """The expression with names put in for names."""

    def put(found: re.Match[str]) -> str:
        return found[1] or names.get(found[2], found[2])

    return IDENTIFIER.sub(put, text)
