"""Parts of which each is looked at, whatever became of the others: one run tells the mistakes of all of them.

What a faulty part would have given is poisoned: whoever needs it is silent. One mistake, one message.
"""

from __future__ import annotations

from ..graph import Type
from ..problems import CnnError, Problem, Related
from ..records import replace
from ..source import Span
from ..typed import TYPE_CHECKING, Any, Callable, Iterable

if TYPE_CHECKING:
    from typing import TypeVar

    Part = TypeVar("Part")
    Found = TypeVar("Found")

POISONED = "poisoned"
FATAL = frozenset({"too-many-steps", "too-many-modules", "too-deep"})  # going on would only meet the limit again
PLACE, IN_DEF = "module-not-here", "module-in-def"
ROUNDS = 8  # faulty ones of a loop that are looked at
END = object()  # of what gives parts
MOST = 50  # mistakes told of one body


def every(parts: Iterable[Part], look: Callable[[Part], Found]) -> list[Found]:
    """What `look` gives for each part; raises CnnError with the mistakes of all of them."""
    found: list[Found] = []
    failed: list[Problem] = []
    left = iter(parts)
    while True:
        try:
            part: Any = next(left, END)
            if part is END:
                break
            found.append(look(part))
        except CnnError as error:  # of the part, or of what gives the next one, which then ends
            note(failed, error)
    if failed:
        raise CnnError(told(failed))
    return found


def all_of(*looks: Callable[[], Any]) -> list[Any]:
    """What each of these gives; raises CnnError with the mistakes of all of them."""
    return every(looks, lambda look: look())


def note(failed: list[Problem], error: CnnError) -> None:
    """Adds the mistakes of one more part; raises CnnError with all of them, where it is no use going on."""
    failed += error.problems
    if len(failed) > MOST or any(problem.code in FATAL for problem in error.problems):
        raise CnnError(told(failed)) from None


def is_silent(error: CnnError) -> bool:
    """Whether nothing is wrong but what was told elsewhere."""
    return all([problem.code == POISONED for problem in error.problems])


def is_of_call(error: CnnError, span: Span) -> bool:
    """Whether it is the call of a block that is wrong, and not its body: then the next call is wrong by itself."""
    return any([problem.span == span for problem in error.problems])


def is_poisoned(thing: Any) -> bool:
    """Whether a faulty part would have given this."""
    return getattr(thing, "reason", "") == POISONED


class FaultyRounds:
    """The mistakes of a loop's rounds: one that an earlier round met on the same line is not told again.

    Arguments of layers that the loop goes through may stand on one line, and are wrong each by itself.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = items
        self.failed: list[Problem] = []
        self.rounds = 0

    @property
    def are_enough(self) -> bool:
        return self.rounds >= ROUNDS

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if not isinstance(error, CnnError):
            return False
        self.rounds += 1
        places = set(map(self.place_of, self.failed))
        note(self.failed, CnnError([p for p in error.problems if p.code in FATAL or self.place_of(p) not in places]))
        return True

    def place_of(self, problem: Problem) -> object:
        from .things import makers_in

        is_items = any(problem.span in maker.spans.values() for maker in makers_in(self.items))
        return problem.span if is_items else problem.span and (problem.span.source.path, problem.span.line)

    def tell(self) -> None:
        """Raises CnnError with all of them, if there are any."""
        if self.failed:
            raise CnnError(told(self.failed))


def told(failed: list[Problem]) -> list[Problem]:
    """The mistakes less their consequences; consequences alone, where the mistake was told elsewhere."""
    first: dict[Any, Problem] = {}
    for problem in failed if any([problem.code in (PLACE, IN_DEF) for problem in failed]) else ():
        first.setdefault(told_once(problem), problem)
    return [p for p in failed if p.code != POISONED and first.get(told_once(p), p) is p] or failed[:1]


def told_once(problem: Problem) -> Any:
    """What is wrong for all of a place: of a `def`, by the call that led there; of another problem itself."""
    calls = [one.span for one in problem.related if one.code == "instantiated-here"] if problem.code == IN_DEF else []
    return (problem.code, *calls) if problem.code in (PLACE, IN_DEF) else id(problem)


def as_modules(failed: list[Problem]) -> list[Problem]:
    """The mistakes of a line in a `def`: the stages that would be modules are, each, that it makes none."""
    templates = ("value-as-stage", "stage-without-tensor")
    are_made = [p.code in templates and str(p.facts.get("what")).startswith("the template ") for p in failed]
    return [Problem("module-in-def", p.span) if made else p for p, made in zip(failed, are_made, strict=True)]


def called_from(error: CnnError, span: Span, name: str, types: tuple[Type, ...] = ()) -> CnnError:
    """The error with one more link of the chain of calls that led to it."""
    from .provenance import shown
    from .things import NoFlow

    on = ", ".join(shown(kind) for kind in types if not isinstance(kind, NoFlow))
    link = Related("instantiated-here", span, {"name": name, "on": on})
    return CnnError([replace(p, related=chained(p.related, link)) for p in error.problems])


def told_at_arguments(error: CnnError, maker: Any, item: Any, types: tuple[Type, ...] = ()) -> CnnError:
    """The error of a block's body on these types, told where what is wrong is given."""
    from .lacking import at_arguments

    return at_arguments(error, maker, item, types)


def chained(related: tuple[Related, ...], link: Related) -> tuple[Related, ...]:
    """A long chain keeps its beginning and its end."""
    return (*related, link) if len(related) < 8 else (*related[:7], link)
