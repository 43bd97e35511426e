"""Problems as facts: a code, a place and the words that fill its message. The prose stands in report/."""

from __future__ import annotations

from .records import dataclass, field
from .source import Span
from .typed import Literal, Sequence, TypeAlias

Severity: TypeAlias = 'Literal["error", "warning"]'


@dataclass(frozen=True)
class Related:
    """A second place that explains a problem, with the code of its caption in report/."""

    code: str
    span: Span
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Help:
    """What to do about a problem: `code` picks the sentence in report/, `facts` fill it in."""

    code: str
    facts: dict[str, object] = field(default_factory=dict)


def advise(code: str, /, **facts: object) -> Help:
    return Help(code, facts)


class Leave(str):
    """Help to leave out what a problem is about, for which nothing stands in its place."""

    __slots__ = ()

    def __new__(cls, why: str) -> Leave:
        return super().__new__(cls, f"leave it out: {why}")


def leaves_out(help: object) -> bool:
    """Whether what helps is to leave out what a problem is about."""
    return isinstance(help, Leave) or (isinstance(help, Help) and help.code.startswith("leave-"))


@dataclass(frozen=True)
class Edit:
    """Other text for a place."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """Edits that put a problem right together. Safe: there is no doubt about what was meant, and nothing is lost."""

    edits: tuple[Edit, ...]
    is_safe: bool


@dataclass(frozen=True)
class Problem:
    """One mistake: `code` picks the message in report/, `facts` fill it in.

    `fix` is what the finder of the problem knows of its repair; what follows from the facts, report/fixes.py knows.
    """

    code: str
    span: Span | None
    facts: dict[str, object] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    severity: Severity = "error"
    fix: Fix | None = None


class CnnError(Exception):
    """A `.cnn` file that cannot be used. `problems` says why; `str()` prints like the command line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        from .report.render import render  # prose is upstairs; an exception must still print itself

        return render(self.problems)


def fail(code: str, span: Span | None, /, *related: Related, **facts: object) -> CnnError:
    """An error to raise: one problem of the given code."""
    return CnnError([Problem(code, span, facts, related)])


MOST = 200  # problems told of one file


def foremost(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The first MOST of them, and how many more there are."""
    if len(problems) <= MOST:
        return problems
    first, more = problems[MOST], f"{len(problems) - MOST:,}"
    return (*problems[:MOST], Problem("too-many-problems", first.span, {"count": more}, severity=first.severity))
