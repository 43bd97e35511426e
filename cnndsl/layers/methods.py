"""Methods that tensors and lists have in Python, and how the same is said here. Loaded only for such a thing."""

from __future__ import annotations

from ..problems import Leave

METHODS: dict[str, str] = {  # of tensors in Python, which are no functions: the dtype that one casts to, or advice
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "long": "int64",
    "int": "int32",
    "bool": "bool",
    "to": Leave("load the model, then move it with `model.to(device)`"),
    "cuda": Leave("load the model, then move it with `model.to(device)`"),
    "cpu": Leave("load the model, then move it with `model.to(device)`"),
    "contiguous": Leave("the layout in memory is no part of a network"),
    "numpy": Leave("what the network gives is turned into arrays in Python"),
    "item": Leave("what the network gives is read in Python"),
    "data": "write `detach({tensor})`, or leave `.data` away",
    "type": 'write `cast({tensor}, "float32")`',
    "dim": "the number of its dimensions is `len({tensor}.shape)`",
    "ndim": "the number of its dimensions is `len({tensor}.shape)`",
    "size": "its sizes are `{tensor}.shape`, that along axis 1 is `{tensor}.shape[1]`",
    "T": "write `transpose({tensor}, {axes})`: the two axes that change places",
    "mT": "write `transpose({tensor}, {axes})`: the two axes that change places",
    "append": "a list is made anew: `{tensor} = [*{tensor}, ...]`",
}
LIST_METHODS: dict[str, str] = {  # Python's, of lists: here they never change
    "append": METHODS["append"],
    "extend": "a list is made anew: `{list} = [*{list}, *others]`",
    "insert": "a list is made anew: `{list} = [first, *{list}]`, `[*{list}[:1], second, *{list}[1:]]`",
    "pop": "take the last one with `y = {list}[-1]`, and it is off the list with `{list} = {list}[:-1]`",
    "remove": "a list is made anew without it: `{list} = [*{list}[:1], *{list}[2:]]`",
    "clear": "write `{list} = []`",
    "copy": "a list never changes: `other = {list}` is enough",
    "reverse": "write `{list} = reversed({list})`",
}
