"""Which arguments of a class the free sizes inside hang on, and so what it requires of its inputs.

What is required was found for the values that the file gives: the class looks at it only while it has these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..graph import Model
from .arguments import simple
from .expressions import node_of, plain_value
from .layout import flat

LONGEST = 60  # of a test that anybody would read


def hanging(models: Sequence[Model], names: Mapping[str, str]) -> str | None:
    """A test, Python over `names` of the arguments, of the values for which the models' requirements were found.

    '' if these hang on no argument, None if the models have too many values for one short test.
    """
    found = list(dict.fromkeys(tuple(values_of(model, names)) for model in models))
    if len(found) < 2:
        return " and ".join(tested(what, [value]) for what, value in (found or [()])[0])
    if any(len(pairs) != 1 or pairs[0][0] != found[0][0][0] for pairs in found):
        return None
    test = tested(found[0][0][0], [value for ((_, value),) in found])
    return test if len(test) <= LONGEST else None


def tested(what: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        return f"{what} in ({', '.join(values)})"
    flags = {"True": what, "False": f"not {what}", "None": f"{what} is None"}
    return flags.get(values[0], f"{what} == {values[0]}")


def values_of(model: Model, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What requirements hang on, and what it is in this model."""
    for parameter in (p for p in model.instance.parameters if p.name in names and simple(p.value)):
        value, name = plain_value(parameter.value), names[parameter.name]
        if parameter.name in model.instance.decided.shaped:
            what = f"list({name})" if isinstance(value, list) else name
            yield what, flat(node_of(plain_value(parameter.value), {}))
        elif f"len({parameter.name})" in model.instance.decided.shaped and isinstance(value, list):
            yield f"len({name})", str(len(value))
