"""Writes down which file each layer and each function stands in: `python -m cnndsl.functions.export`.

What is looked up then loads one file, and not the whole catalogue, which takes as long as checking a network.
"""

from __future__ import annotations

from os.path import dirname, join

from .. import functions, layers


def exported(what: str, places: dict[str, str]) -> str:
    """The text of an index."""
    about = f"Which file each {what} stands in. Written by `python -m cnndsl.functions.export`, never by hand."
    entries = "".join(f'    "{name}": "{file}",\n' for name, file in places.items())
    return f'"""{about}"""\n\nPLACES = {{\n{entries}}}\n'


def indices() -> dict[str, str]:
    """The path of each index, and its text as the catalogue stands."""
    pairs = (("layer", layers), ("function", functions))
    return {join(dirname(str(room.__file__)), "index.py"): exported(what, room.places()) for what, room in pairs}


if __name__ == "__main__":
    from ..files import write

    for path, text in indices().items():
        write(path, text)
