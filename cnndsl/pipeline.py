"""The river on one screen: text → tree → graph → code → module. Every face of cnndsl is a stretch of it."""

from __future__ import annotations

from os.path import basename

from . import files, given
from .limits import Taken
from .problems import CnnError, Problem, Related, fail
from .quiet import undisturbed
from .reading import Reading
from .records import replace
from .source import Source
from .typed import TYPE_CHECKING, Any, Callable, Iterator, Mapping

if TYPE_CHECKING:
    from torch import nn

    from .analysis import Outcome
    from .compare.layers import Difference
    from .cost.summary import Options, Summary
    from .emit.summary import Facts
    from .graph import Graph, Model
    from .lean import ModuleType
    from .report import Report

Parameters = Mapping[str, Any]
Sizes = Mapping[str, int]
Side = tuple[Source, "str | None", Parameters]  # a text, which of its models, and how it is set
KEPT = 256  # loaded networks whose code is kept
loaded: dict[object, tuple[Reading, tuple[str, str]]] = {}  # what they import, their source and its entry


@undisturbed
def analyse(
    source: Source,
    model: str | None = None,
    parameters: Parameters | None = None,
    at: Sizes | None = None,
    for_code: bool = True,
    again: bool = False,
    torch_order: bool = False,
) -> Outcome:
    """Text → tree (with what it imports) → graph, and the problems on the way; raises CnnError if there is no tree."""
    from . import analysis

    given.model_name(model)
    settings, sizes = given.parameters(parameters or {}), given.sizes(at or {})
    reading = source.reading or Reading()
    scope = analysis.load(source, reading.read_import, reading.limits)
    how: dict[str, Any] = {"limits": reading.limits, "for_code": for_code, "again": again, "torch_order": torch_order}
    return analysis.elaborate(scope, model=model, settings=settings, at=sizes, **how)


class Contradiction(ValueError):
    """A size is given twice, and not alike."""


def elaborate(
    source: Source,
    model: str | None,
    parameters: Parameters,
    for_code: bool = True,
    at: Sizes | None = None,
    torch_order: bool = False,
) -> Outcome:
    """Text → sound graph of at least one model, perhaps with warnings; raises CnnError."""
    outcome = analyse(source, model, parameters, at, for_code, torch_order=torch_order)
    if any(problem.severity == "error" for problem in outcome.problems):
        raise CnnError(outcome.problems)
    if not outcome.graph.models:
        raise no_model(source)
    return outcome


def no_model(source: Source) -> CnnError:
    if "\nmodel" in f"\n{source.text}":
        help, what = "give its parameters defaults, or set them", "no model that can be built as it stands"
    else:
        help, what = "a network is a `model`: `model Net { input x: [N, 3, 32, 32]; Conv2d(8, 3) }`", "no model"
    return fail("no-model", None, path=source.path, what=what, help=help)


@undisturbed
def compile(
    source: Source, model: str | None, parameters: Parameters, guards: bool = True, inplace: bool = False
) -> tuple[str, tuple[Problem, ...]]:
    """Text → code, and the warnings on the way."""
    from .emit.python import emit

    outcome = elaborate(source, model, parameters)
    words = command(source, model, parameters) + ("" if guards else " --no-guards") + (" --inplace" if inplace else "")
    return emit(overwriting(outcome.graph, inplace), command=words, guards=guards), outcome.problems


def overwriting(graph: Graph, inplace: bool) -> Graph:
    """The graph in which activations write over their input, if that is asked for."""
    if not inplace:
        return graph
    from .inplace import in_place

    return in_place(graph)


@undisturbed
def load(source: Source, model: str | None, extern: bool, parameters: Parameters, inplace: bool = False) -> nn.Module:
    """Text → module. Of a file that is as it was, with all it imports, the class is built again that was made of it."""
    from . import kept
    from .live import build, written

    given.model_name(model)
    parameters = given.parameters(parameters)
    reading = source.reading or Reading()
    terms = reading.limits, reading.project
    key = (source.path, source.text, model, extern, repr(sorted(parameters.items())), inplace, terms)
    before, code = loaded.get(key, (None, ("", "")))
    if before is None or before.have_changed():
        if found := kept.fetch(key, dict(parameters), reading):
            reading, code = found
        else:
            outcome = elaborate(reading.of(source), model, parameters)
            single(source, outcome)
            code = written(overwriting(outcome.graph, inplace), extern=extern)
            kept.keep(key, dict(parameters), reading, code)
        if len(loaded) == KEPT:
            loaded.clear()
        loaded[key] = reading, code
    return build(*code)


@undisturbed
def report(
    source: Source,
    at: Sizes | None = None,
    model: str | None = None,
    parameters: Parameters | None = None,
    torch_order: bool = False,
) -> Report:
    """Text → what is wrong with it, what its models are (or one, with these parameters), and what they say to given
    sizes. `torch_order`: its author wrote arguments in that order, so that each call that it fits is told."""
    from .emit.summary import facts
    from .report import Report

    try:
        if model or parameters:  # then the file must have that model
            outcome = elaborate(source, model, parameters or {}, for_code=False, torch_order=torch_order)
        else:
            outcome = analyse(source, for_code=False, again=not torch_order, torch_order=torch_order)
    except CnnError as error:
        return Report(source.path, error.problems, ())
    models = tuple(facts(one, at) for one in outcome.graph.models)
    refused = refusals(source, outcome, models, at or {}, parameters)
    return Report(source.path, (*outcome.problems, *refused), models, lacking=outcome.lacking)


def refusals(
    source: Source, outcome: Outcome, models: tuple[Facts, ...], sizes: Sizes, parameters: Parameters | None = None
) -> Iterator[Problem]:
    """Why a sound model does not take some sizes: where it fails with these numbers, and what would do."""
    from .emit.at_sizes import free_sizes

    known = {name for model in outcome.graph.models for name in free_sizes(model)}
    if models:
        yield from (
            Problem("unknown-size", None, {"name": name, "known": sorted(known)}) for name in sizes if name not in known
        )
    for model, said in zip(outcome.graph.models, models, strict=True):
        if said.at and said.at.failed:
            failed: dict[str, object] = {"condition": said.at.failed, "nearest": said.at.nearest}
            inner = analyse(source, model.name, parameters, said.at.sizes, for_code=False).problems
            broken = [problem.span for problem in inner if is_of_promise(problem)]
            related = tuple(Related("needs-here", span, {"condition": span.text}) for span in broken if span)
            yield Problem("refused-at", model.span, {"name": model.name, "at": said.at.where, **failed}, related)
            yield from (one for one in inner if one.severity == "error" and one.span not in broken)


def is_of_promise(problem: Problem) -> bool:
    """Whether it says that what a `where` promises does not hold."""
    if problem.code != "expectation-failed" or problem.span is None:
        return False
    return problem.span.source.text[: problem.span.start].rstrip().endswith("where")


@undisturbed
def summaries(
    source: Source, model: str | None, parameters: Parameters, options: Options, at: Sizes, batch: int | None
) -> list[Summary]:
    """Text → what each model costs; with some sizes that are numbers, and batches of so many."""
    from .cost.summary import batch_of, summary

    outcome = elaborate(source, model, parameters, for_code=False)
    found = []
    for one in overwriting(outcome.graph, options.inplace).models:
        sizes = checked_sizes(source, outcome, one, at, batch)
        if not sizes:
            found.append(summary(one, options, taken=outcome.graph.taken))
            continue
        again = overwriting(elaborate(source, one.name, parameters, False, sizes).graph, options.inplace)
        told = summary(again.models[0], options, (one, sizes), again.taken)
        found.append(replace(told, batch_size=sizes.get(batch_of(one) or "")))
    return found


def checked_sizes(source: Source, outcome: Outcome, model: Model, at: Sizes, batch: int | None) -> Sizes:
    """The sizes of a model that are to be numbers, that of the batch among them; raises CnnError if it does not take
    them, Contradiction if there are two for the batch."""
    from .cost.summary import batch_of
    from .emit.summary import facts

    sizes, name = dict(given.sizes(at)), batch_of(model)
    if batch is not None:
        if name is None:
            raise fail("no-batch", model.span, name=model.name)
        given.sizes({name: batch})
        if sizes.setdefault(name, batch) != batch:
            raise Contradiction(f"{name} is {sizes[name]} by --at, and {batch} by --batch: give one of them")
    if sizes:
        refused = [*refusals(source, outcome, tuple(facts(one, sizes) for one in outcome.graph.models), sizes)]
        if refused:
            raise CnnError(tuple(refused))
    return sizes


def costs(
    source: Source, model: str | None, parameters: Parameters, options: Options, at: Sizes, batch: int | None
) -> Summary:
    """Text → what its one model costs."""
    found = summaries(source, model, parameters, options, at, batch)
    if len(found) > 1:
        raise fail("several-models", None, path=source.path, names=[one.name for one in found])
    return found[0]


@undisturbed
def format(source: Source) -> str:
    """Text → tree → text, in the one layout."""
    from .syntax.format import format_source

    return format_source(source)


@undisturbed
def weigh(source: Source, weights: str, model: str | None, parameters: Parameters) -> Report:
    """Text → graph of one model, beside the header of a file of weights; raises CnnError."""
    from .checkpoint import Unreadable, read
    from .compare.weights import weight_problems
    from .emit.summary import facts
    from .report import Report

    outcome = elaborate(source, model, parameters, for_code=False)
    only = single(source, outcome)
    try:
        stored = read(weights)
    except FileNotFoundError:
        raise fail("file-not-found", None, path=weights) from None
    except (OSError, Unreadable, ValueError) as error:
        reason = str(error) if isinstance(error, Unreadable) else files.reason(error)
        raise fail("weights-unreadable", None, path=weights, reason=reason) from None
    found = weight_problems(only, stored, basename(weights))
    return Report(source.path, (*outcome.problems, *found), (facts(only),))


def single(source: Source, outcome: Outcome) -> Model:
    """The one model of a file; raises CnnError if there are several."""
    models = outcome.graph.models
    if len(models) > 1:
        raise fail("several-models", None, path=source.path, names=[model.name for model in models])
    return models[0]


@undisturbed
def diff(a: Side, b: Side, at: Sizes | None = None) -> Difference:
    """Two texts → two graphs, side by side; raises CnnError."""
    from .compare.layers import difference

    most = (a[0].reading or Reading()).limits.steps
    first, second = (side_model(*side, at or {}) for side in (a, b))
    return difference(first, second, Taken(most, most))  # half of what a file may take is for what both cost


def side_model(source: Source, model: str | None, parameters: Parameters, at: Sizes) -> Model:
    """The one model of a text, at sizes that are numbers."""
    outcome = elaborate(source, model, parameters, for_code=False)
    only = single(source, outcome)
    sizes = checked_sizes(source, outcome, only, at, None)
    return elaborate(source, only.name, parameters, False, sizes).graph.models[0] if sizes else only


# From files


def check(path: str, at: Sizes | None = None, reading: Reading | None = None, **named: Any) -> Report:
    reading = reading or Reading()
    return checked(path, lambda: reading.read(path), at, **named)


def check_stdin(at: Sizes | None = None, reading: Reading | None = None, **named: Any) -> Report:
    return checked("<stdin>", (reading or Reading()).read_stdin, at, **named)


def checked(path: str, read: Callable[[], Source], at: Sizes | None = None, **named: Any) -> Report:
    """The report on a file, even if it cannot be read. `named`: the model and its parameters."""
    from .report import Report

    try:
        source = read()
    except CnnError as error:
        return Report(path, error.problems, ())
    return report(source, at, **named)


def compile_file(path: str, model: str | None, parameters: Parameters, inplace: bool, reading: Reading) -> str:
    return compile(reading.read(path), model, parameters, inplace=inplace)[0]


def load_file(
    path: str, model: str | None, extern: bool, parameters: Parameters, inplace: bool, reading: Reading
) -> nn.Module:
    return load(reading.read(path), model, extern, parameters, inplace)


def load_text(
    text: str, model: str | None, extern: bool, parameters: Parameters, inplace: bool, reading: Reading
) -> nn.Module:
    return load(Source("<string>", text, reading), model, extern, parameters, inplace)


def costs_file(
    path: str,
    model: str | None,
    parameters: Parameters,
    options: Options,
    at: Sizes,
    batch: int | None,
    reading: Reading,
) -> Summary:
    return costs(reading.read(path), model, parameters, options, at, batch)


def execute_file(path: str, module: ModuleType, extern: bool) -> None:
    """Text → the classes of an imported module."""
    from .live import fill

    fill(module, elaborate(Reading().read(path), None, {}).graph, extern=extern)


def command(source: Source, model: str | None, parameters: Parameters) -> str:
    """The command that makes the same code, for the header of a generated file: one line, whatever the names are."""
    words = ["cnndsl", "compile", basename(source.path)]
    words += ["--model", model] if model else []
    for name, value in parameters.items():
        words += ["--set", f"{name}={value}"]
    return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    if word.isascii() and word.replace(".", "").replace("_", "").replace("-", "").isalnum():
        return word
    from shlex import quote

    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in quote(word))
