"""What a model takes and gives, as its docstring says it: types whose sizes are spelled by the class's parameters.

A size that these cannot spell is told as the number that it is, for the values that it was found for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from ..dims import Dim, Requirements, Size
from ..graph import Known, Model, Result, Type
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import Any
from .blocks import values_in
from .expressions import spelled
from .hanging import LONGEST, is_value
from .plans import Plan
from .settled import settled_numbers
from .sizes import behind_loops, met_type
from .varying import symbols_of

OF_THE_FILE = " for the values of the file"
ONE_LINE = 72  # what fits beside the marks of a docstring's paragraph


class Types:
    """Types of one model as texts. `unsaid` are the parameters behind sizes that were told as numbers."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self.names = {slot.key: slot.name for slot in plan.slots if slot.kind == "parameter"}
        which = next((i for i, member in enumerate(plan.members) if member is model.instance), 0)
        self.came_to: Mapping[str, Any] = plan.came_to[which] if plan.came_to else {}
        self.settled = settled_numbers([model.instance], {*self.names})
        self.sources = model.instance.sources
        self.unsaid: set[str] = set()

    def text(self, kind: Type) -> str:
        """A type, its sizes spelled by the class's parameters where that is true whatever they are."""
        if isinstance(kind, TensorType):
            sizes = ", ".join(map(self.size, kind.shape))
            return f"[{sizes}]" if kind.dtype == "float32" else f"[{sizes}] {kind.dtype}"
        return f"({', '.join(map(self.text, kind))})" if isinstance(kind, tuple) else "None"

    def size(self, size: Size) -> str:
        if not isinstance(size, Spelled):
            return str(size)
        usable = [s for s in map(self.put, size.spellings) if isinstance(s, Dim) and symbols_of(s) <= self.names.keys()]
        if usable:
            return spelled(usable[0], self.names)
        for name in (name for spelling in size.spellings for name in spelling.symbols):
            self.unsaid |= self.names.keys() & set(self.sources.get(name, (name,)))
        return str(int(size))

    def put(self, spelling: Dim) -> Size:
        """A spelling in the names of the class, what it settled as a number."""
        found: Size = behind_loops(spelling, self.came_to)
        return found.subs(self.settled) if isinstance(found, Dim) and found.symbols & self.settled.keys() else found


def outputs(model: Model, types: Types, fixed: Set[str], where: str) -> Iterator[str]:
    """The paragraphs about what a model gives; `where` is a test of the arguments that its free sizes hang on."""
    *training, evaluation = model.instance.modes or (model.instance.result,)
    needs = model.training_requirements or model.requirements
    for title, result, known in [
        ("Outputs", evaluation, model.requirements),
        *(("Outputs in training", result, needs) for result in training),
    ]:
        if lines := list(output_lines(result, known, types)):
            test = hangs(model, types, fixed, where if has_free_sizes(result) else "")
            yield f"{title}{test}:\n" + "\n".join(f"    {line}" for line in lines)


def hangs(model: Model, types: Types, fixed: Set[str], where: str) -> str:
    """For which arguments the types hold that were told."""
    tests = [where] if where else []
    values = {p.name: p.value for p in model.instance.parameters if p.name in types.unsaid - fixed}
    more = [is_value(types.names[name], Known(value.value)) for name, value in values.items()]
    tests += [test for test in more if test not in where.split(" and ")]
    test = " and ".join(tests)
    if not test:
        return ""
    return f" where {test}" if len(test) <= LONGEST else OF_THE_FILE


def has_free_sizes(result: Result) -> bool:
    """Whether a free size comes out, beside the number of samples."""
    kinds = (value.type for _, item in result.items for value in values_in(item))
    return any(isinstance(size, Dim) for kind in kinds if isinstance(kind, TensorType) for size in kind.shape[1:])


def output_lines(result: Result, requirements: Requirements, types: Types) -> Iterable[str]:
    for name, item in result.items:
        kinds = [types.text(met_type(value.type, requirements)) for value in values_in(item)]
        text = ", ".join(kinds)
        if len(kinds) > 1 and len(text) > ONE_LINE:  # each on a line of its own
            yield from [f"{name}:", *(f"    {kind}" for kind in kinds)] if name else kinds
        elif kinds:
            yield f"{name}: {text}" if name else text
