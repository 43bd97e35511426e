"""What is known of a checked file, as data for programs."""

from __future__ import annotations

from ..problems import Fix, Problem
from ..records import dataclass
from ..typed import TYPE_CHECKING, Any, Iterable, Mapping
from .cells import safe

if TYPE_CHECKING:
    from ..emit.summary import Facts
    from ..source import Span


@dataclass(frozen=True)
class Report:
    """What `cnndsl.check` found: the problems of a file, and its models if it has no error."""

    path: str
    problems: tuple[Problem, ...]
    models: tuple[Facts, ...]
    fixable: int = 0  # how many problems `check --fix` would put right, where that was tried
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()  # models that lack values, and which parameters have none

    @property
    def ok(self) -> bool:
        """Whether the file can be compiled; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop the file from being compiled."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is legal and still looks like a mistake."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def to_json(self) -> dict[str, Any]:
        """The report as `cnndsl check --format json` prints it."""
        return {
            "path": self.path,
            "problems": [to_json(problem, self.path) for problem in self.problems],
            "models": [model_to_json(model) for model in self.models],
        }

    @property
    def verdict(self) -> str:
        """What is said of a file without errors: that it is sound, and what its models are."""
        count = len(self.warnings)
        first = f"{safe(self.path)}: ok" + (f", {count} warning{'s' if count > 1 else ''}" if count else "")
        models = [str(model) for model in self.models] or ["no model that can be built as it stands"]
        models += [unchecked(name, parameters) for name, parameters in self.lacking]
        return "\n  ".join([first, *(line for model in models for line in model.split("\n"))])

    def __str__(self) -> str:
        from .render import render

        parts = [render(self.problems)] if self.problems else []
        return "\n\n".join([*parts, *([self.verdict] if self.ok else [])])


def unchecked(name: str, parameters: tuple[str, ...]) -> str:
    """What is said of a model that is looked at with values for its parameters only."""
    values = " ".join(f"--set {parameter}=..." for parameter in parameters)
    return f"{name}: not built, as its parameters have no values" + (f": {values}" if values else "")


def to_json(problem: Problem, path: str = "") -> dict[str, Any]:
    """A problem with its place; lines and columns count from 1. One without a place stands at the file's start."""
    from .fixes import fix
    from .prose import advice, caption, message, notes

    made = fix(problem)
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": message(problem),
        **place_to_json(problem.span, path),
        "related": [{"message": caption(other), **place_to_json(other.span, path)} for other in problem.related],
        "notes": notes(problem),
        "help": advice(problem) or None,
        "fix": fix_to_json(made) if made else None,
    }


def place_to_json(span: Span | None, path: str) -> dict[str, Any]:
    start = (span.line, span.column) if span else (1, 1)
    end = (span.end_line, span.end_column) if span else (1, 1)
    return {
        "path": span.source.path if span else path,
        "line": start[0],
        "column": start[1],
        "end_line": end[0],
        "end_column": end[1],
    }


def fix_to_json(fix: Fix) -> dict[str, Any]:
    """The edits of a fix, each a place and its new text; "safe" ones are those that `--fix` applies."""
    edits = [
        {
            "path": edit.span.source.path,
            "line": edit.span.line,
            "column": edit.span.column,
            "end_line": edit.span.end_line,
            "end_column": edit.span.end_column,
            "text": edit.text,
        }
        for edit in fix.edits
    ]
    return {"applicability": "safe" if fix.is_safe else "unsafe", "edits": edits}


def model_to_json(model: Facts) -> dict[str, Any]:
    return {
        "name": model.name,
        "parameters": dict(model.parameters),
        "inputs": sizes(model.inputs),
        "outputs": sizes(model.outputs),
        "input_dtypes": dict(model.dtypes[0]),
        "output_dtypes": dict(model.dtypes[1]),
        **({"outputs_in_training": sizes(model.trained)} if model.trained is not None else {}),
        **({"promises": list(model.promises)} if model.promises else {}),
        "requirements": list(model.requirements),
        "weights": model.weights,
        **({"at": model.at.to_json()} if model.at else {}),
    }


def sizes(shapes: Mapping[str, Iterable[Any]]) -> dict[str, list[int | str]]:
    """Sizes as numbers, expressions as text."""
    return {
        name: [int(size) if isinstance(size, int) else str(size) for size in shape] for name, shape in shapes.items()
    }
