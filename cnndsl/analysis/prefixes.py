"""Names with the prefix that Python's have, `nn.Conv2d`, `layers.Dense`: what stands for them here, and what is wrong
with their arguments beside that. Loaded only where there is one.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..layers import lookup as layer_named
from ..layers.synonyms import NAME_ADVICE, folded, is_otherwise
from ..problems import CnnError, Help, Problem, advise, fail
from ..records import replace
from ..syntax import tree as t
from ..typed import Any
from .gathering import note, told
from .signatures import keywords
from .state import Place, template_place

MODULES = {  # of torch.nn, that are no layers
    "Parameter": "parameter-declared",
    "ParameterList": "parameters-declared",
}
# The parts of torch and Keras that are no part of a network, and where what they do is said.
BESIDE: dict[str, str | Help] = {
    "init": advise("leave-weights-to-init"),
    "optim": "optimizer",
    "Loss": "loss",
    "register_buffer": "registerbuffer",
    "register_parameter": "registerparameter",
    "Input": "input",
    "Model": "model",
    "Sequential": "sequential",
}
NUMBERS = {"pi": "3.141592653589793", "e": "2.718281828459045"}


def python_prefix(prefix: str, name: str, node: t.Attribute) -> CnnError:
    """The problem for `nn.Conv2d`, `F.relu`, `self.training`."""
    code = "mode-by-statement" if node.name == "training" else MODULES.get(node.name, "") if prefix != "self" else ""
    help = advise(code) if code else beside(prefix, node.name)
    if node.name == "Parameter":
        from .by_form import parameter

        help = parameter(node.span) or help
    if node.name in NUMBERS and not help:
        help = advise("write", meant=NUMBERS[node.name])
    if name == "Sequential":
        from .by_form import in_sequence

        help = in_sequence(node.span) or help
    group = None if help or name != "Sequential" else "Sequential { Conv2d(8, 3) -> ReLU }"
    return fail("python-prefix", node.span, prefix=prefix, name=name, written=node.name, help=help, group=group)


def with_arguments(visit: Any, error: CnnError, node: t.Call) -> CnnError:
    """The error of what is called and, where it is only written as in Python, those of its arguments."""
    first = error.problems[0]
    name = str(first.facts.get("name"))
    is_there = layer_named(name) or function_named(name) or name == "Sequential" or name in visit.written_labels
    if first.code != "python-prefix" or not is_there:
        return error
    place = template_place() if name[:1].isupper() and not isinstance(node.function, t.Call) else Place(visit.flow)
    failed = [with_doubt(first, node), *error.problems[1:]]
    try:
        visit.tensor_arguments(node, place)
    except CnnError as more:
        note(failed, more)
    return CnnError(told(failed))


def with_doubt(problem: Problem, node: t.Call) -> Problem:
    """The problem of a prefix and, where a name means something else in other libraries, that it does."""
    given = {one.name for one in keywords(node)}
    if problem.facts.get("help") or not is_otherwise(str(problem.facts.get("written")), {*given, "features"}):
        return problem
    help = advise("kept-elsewhere" if "momentum" in given else "pads-elsewhere", name=problem.facts["name"])
    return replace(problem, facts={**problem.facts, "help": help})


def beside(prefix: str, name: str) -> str | Help:
    """What to say of what is neither layer nor function: `nn.init.zeros_`, `torch.optim.SGD`."""
    if prefix.startswith("self") and not name.startswith("register_"):
        return ""
    parts = (*prefix.split("."), name)
    last = next((word for word in BESIDE if word in parts or (word == "Loss" and name.endswith(word))), None)
    if last == "Sequential" and not prefix.startswith(("keras", "tf")):
        return ""
    found = BESIDE[last] if last else ""
    help = NAME_ADVICE.get(found, found) if isinstance(found, str) else found
    return help or ("" if function_named(name) is not None else NAME_ADVICE.get(folded(name), ""))
