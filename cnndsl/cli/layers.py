"""`cnndsl layers`: the catalogue, one of its pages, or all of it as docs/layers.md."""

from __future__ import annotations

from ..typed import TYPE_CHECKING
from . import FAILED, stop

if TYPE_CHECKING:
    from argparse import Namespace


def layers(options: Namespace) -> int:
    """Print the list of layers and functions, or what there is to know of one."""
    from ..emit import catalogue

    if options.markdown:
        print(catalogue.document(), end="")
        return 0
    if options.name is None:
        print(catalogue.listing())
        return 0
    found = catalogue.page(options.name)
    if found is None:
        return stop(f"there is no layer, function or initialiser {options.name!a}{hint(options.name)}", FAILED)
    print(found)
    return 0


def hint(name: str) -> str:
    from ..analysis.nearness import nearest_of
    from ..functions import initialisers
    from ..functions import names as function_names
    from ..layers import names as layer_names
    from ..layers.synonyms import NAMES, folded

    known = {candidate.lower(): candidate for candidate in (*initialisers.names(), *function_names(), *layer_names())}
    word = NAMES.get(folded(name), "").partition("(")[0]  # Keras' name, or another library's
    near = [word] if word else nearest_of(name.lower(), known)
    near = [known.get(one, one) for one in near]
    return f"; did you mean `cnndsl layers {near[0]}`?" if near else "; `cnndsl layers` lists them"
