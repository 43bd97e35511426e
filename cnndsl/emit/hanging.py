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
    found: dict[str, dict[str, None]] = {}
    for what, value in (pair for model in models for pair in values_of(model, names)):
        found.setdefault(what, {})[value] = None
    test = " and ".join(tested(what, list(values)) for what, values in found.items())
    several = sum(len(values) > 1 for values in found.values())
    return test if several < 2 and len(test) <= LONGEST else None


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
        if f"all({parameter.name})" in model.instance.decided.shaped:
            yield (f"all({name})", str(all(value))) if isinstance(value, list) else (f"{name} > 0", str(value > 0))
