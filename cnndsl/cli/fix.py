"""`cnndsl check --fix`: applies the fixes that problems come with, a round at a time, until none is left.

Each round is checked before it is kept: a fix that leaves an error on its lines that was not there before, and that no
other fix removes, is dropped. Only the files named are written, each in one step or not at all.
"""

from __future__ import annotations

import sys
from _bisect import bisect_left, bisect_right, insort_right
from collections import Counter

from .. import files, pipeline
from ..layers.synonyms import WORDS
from ..lean import partial
from ..problems import CnnError, Fix, Problem
from ..records import replace
from ..report import Report
from ..report.fixes import fix as fix_of
from ..source import Source
from ..typed import TYPE_CHECKING, Any, Callable, Iterable, Sequence
from . import FAULTY
from .commands import STDIN, expanded, print_diff, read, reading_of, save, tell
from .output import print_text

if TYPE_CHECKING:
    from argparse import Namespace

ROUNDS = 100
FIXED = 250_000  # characters that are checked for one file, all rounds together; the rest is for another run
TRIED = 150_000  # characters that are checked, all trials together, to tell what could be put right
CROWDED = 10  # checks that one counts for where there are more problems than are told
MARK = b"\xef\xbb\xbf"
Check = Callable[..., Report]  # of a Source
Found = tuple[Problem, Fix]


def fix(options: Namespace, seen: list[str]) -> int:
    """Put files right and tell what is left; with --diff show what would be done. `seen` gets the files looked at."""
    reports: list[Report] = []
    status = changed = 0
    for path in expanded(options.files):
        reading = reading_of(options)
        try:
            check = partial(pipeline.report, at=dict(options.at))
            source = read(path, reading)
            fixing = Fixing(source, check, options.unsafe_fixes, max(FIXED // max(len(source.text), 1), 1))
        except CnnError as error:
            reports.append(Report(path, error.problems, ()))
            continue
        original = fixing.source
        reports.append(fixing.run())
        seen += dict.fromkeys(reading.paths)
        if fixing.done and options.diff:
            changed += fixing.done
            print_diff(original, fixing.source.text)
        elif not options.diff and (fixing.done or path == STDIN):
            status = max(status, keep(path, fixing))
    faulty = any(report.errors for report in reports)
    if options.diff and (changed or not faulty):
        return max(status, FAULTY if changed or faulty else 0)
    if STDIN in options.files and not options.diff:  # the text is what is printed
        return max(status, FAULTY if faulty else 0)
    return max(status, tell(reports, options))


def keep(path: str, fixing: Fixing) -> int:
    """Write the text that came of it."""
    if path == STDIN:
        print_text(fixing.source.text)
        return 0
    mark = "\ufeff" if files.content(path, len(MARK)).startswith(MARK) else ""
    status = save(path, mark + fixing.source.text)
    if status == 0:
        sys.stdout.flush()
        print(f"{path}: fixed {fixing.done} problem{'s' if fixing.done > 1 else ''}", file=sys.stderr)
    return status


LAST = frozenset({"size-not-capitalised"})  # problems of which the repair is no sure one if an error comes of it


class Fixing:
    """One file on its way to fewer problems. `done` counts the problems put right."""

    def __init__(self, source: Source, check: Check, unsafe: bool, trials: int) -> None:
        self.source = source
        self.check = check
        self.unsafe = unsafe
        self.trials = trials  # how many are left
        self.done = 0
        self.mended: list[Problem] = []
        self.righted: set[int] = set()  # where sizes were left out that torch's order has
        self.dropped: set[tuple[str, str, tuple[str, ...]]] = set()

    def run(self, report: Report | None = None) -> Report:
        """The report on the text as it is in the end; `report` is the one on the text as it is now."""
        report = report or self.check(self.source)
        for _ in range(ROUNDS):
            found = apart(self.fixes(report)) if self.trials else []
            if not found:
                break
            report = self.all_or_each(report, found)
        report = self.as_it_stands(report)
        left = apart(self.fixes(report)) if self.trials == 0 else ()
        return replace(report, fixable=len(left))

    def as_it_stands(self, report: Report) -> Report:
        """The report, in which a doubt about a call beside others in torch's order says where these are."""
        doubts = [problem for problem in report.problems if problem.facts.get("is_doubtful")]
        if not doubts or not self.is_habit():
            return report
        left = {what(problem) for problem in self.check(self.source).problems}
        return replace(
            report, problems=tuple(was(p) if p in doubts and what(p) not in left else p for p in report.problems)
        )

    def fixes(self, report: Report) -> list[Found]:
        """What can be applied to this file, in the order of the text."""
        found = [(problem, fix_of(problem)) for problem in report.problems]
        is_habit = self.is_habit() or is_borne_out(report)
        own = [
            (problem, made)
            for problem, made in found
            if made
            and self.is_meant(problem, made, is_habit)
            and self.is_own(made)
            and key(problem, made) not in self.dropped
        ]
        return sorted(own, key=lambda one: one[1].edits[0].span.start)

    def is_meant(self, problem: Problem, made: Fix, is_habit: bool) -> bool:
        """Whether a fix leaves no doubt, or is asked for. Who wrote torch's order once means it elsewhere, too."""
        is_one_more = is_habit and is_torch_order(problem) and not problem.facts.get("is_doubtful")
        return made.is_safe or self.unsafe or is_one_more

    def is_habit(self, some: Iterable[Found] = ()) -> bool:
        """Whether arguments in torch's order were put right, or are by `some` more fixes."""
        return any(map(is_torch_order, (*self.mended, *(problem for problem, _ in some))))

    def is_own(self, made: Fix) -> bool:
        return all(edit.span.source == self.source for edit in made.edits)

    def all_or_each(self, report: Report, found: Sequence[Found]) -> Report:
        """Applies all fixes together or, where that makes something worse, the first that does not."""
        for some in (found, *([one] for one in found)):
            if self.trials == 0:
                break
            self.trials -= min(CROWDED if is_crowded(report) else 1, self.trials)
            source = replace(self.source, text=edited(self.source.text, [made for _, made in some]))
            after = self.check(source, torch_order=True) if self.is_habit(some) else self.check(source)
            if not is_worse(report, after, some, source):
                self.source = source
                self.done += len(some)
                self.mended += [problem for problem, _ in some]
                self.note_righted(some)
                left = tuple(problem for problem in after.problems if not self.is_righted(problem))
                return replace(after, problems=left)
            if len(some) == 1:
                self.dropped.add(key(*some[0]))
        return report

    def note_righted(self, some: Sequence[Found]) -> None:
        edits = [edit for _, made in some for edit in made.edits]
        cut = {edit.span.start for problem, made in some if is_torch_order(problem) for edit in made.edits}
        self.righted = {
            place + sum(len(e.text) - (e.span.end - e.span.start) for e in edits if e.span.start < place)
            for place in self.righted | cut
        }

    def is_righted(self, problem: Problem) -> bool:
        """Whether this doubts the order of a call that was put right, and so is no longer torch's."""
        made = fix_of(problem) if problem.facts.get("is_doubtful") else None
        return made is not None and any(edit.span.start in self.righted for edit in made.edits)


def is_crowded(report: Report) -> bool:
    """Whether there are more problems than are told: each round puts a few right, and counts all again."""
    return any(problem.code == "too-many-problems" for problem in report.errors)


def tried(report: Report, at: dict[str, int], named: dict[str, Any]) -> Report:
    """The report, with how many of its problems `--fix` would put right: that is tried, as far as it takes no time."""
    is_plain = is_borne_out(report)
    sources = [p.span.source for p in report.problems if p.span and (made := fix_of(p)) and (made.is_safe or is_plain)]
    own = next((source for source in sources if source.path == report.path), None)
    if own is None or len(own.text) > TRIED:
        return report
    fixing = Fixing(own, partial(pipeline.report, at=at, **named), False, TRIED // max(len(own.text), 1))
    after = fixing.run(report)
    told, mended = Counter(map(what, report.problems)), Counter(map(what, fixing.mended))
    gone = len(report.problems) - len(after.problems)  # also what follows from others
    return replace(report, fixable=max((told & mended).total(), gone))  # less those that only show up on the way


def what(problem: Problem) -> tuple[str, str]:
    """Tells a problem from others in another round, wherever it has moved."""
    return problem.code, problem.span.text if problem.span else ""


def was(problem: Problem) -> Problem:
    """A doubt about a call that no other one bears out any more."""
    message = str(problem.facts["message"]).replace(" are written in", " were written in")
    return replace(problem, facts={**problem.facts, "message": message})


def is_torch_order(problem: Problem) -> bool:
    return problem.code == "torch-order" or problem.facts.get("order") == "torch"


def is_borne_out(report: Report) -> bool:
    """Whether a call that is suspected of torch's order stands beside one that can have no other."""
    return any(map(is_torch_order, report.errors)) and any(map(is_torch_order, report.warnings))


def key(problem: Problem, made: Fix) -> tuple[str, str, tuple[str, ...]]:
    """Tells a fix from others, wherever its line has moved."""
    span = made.edits[0].span
    return problem.code, span.source.line(span.line), tuple(edit.text for edit in made.edits)


def apart(found: Iterable[Found]) -> list[Found]:
    """Those that do not touch one another; the others wait for the next round."""
    taken: list[Found] = []
    starts: list[int] = []  # of the edits taken, and their ends, both in order
    ends: list[int] = []
    for problem, made in found:
        spans = [edit.span for edit in made.edits]
        if all(bisect_right(starts, span.end) == bisect_left(ends, span.start) for span in spans):
            taken.append((problem, made))
            for span in spans:
                insort_right(starts, span.start)
                insort_right(ends, span.end)
    return taken


def edited(text: str, fixes: Iterable[Fix]) -> str:
    parts, end = list[str](), 0
    for edit in sorted((edit for made in fixes for edit in made.edits), key=lambda edit: edit.span.start):
        parts += text[end : edit.span.start], edit.text
        end = edit.span.end
    return "".join([*parts, text[end:]])


def is_worse(before: Report, after: Report, found: Sequence[Found], source: Source) -> bool:
    """Whether lines that were edited have more errors that nothing removes, or any left of what a guess was to mend;
    or whether a guess leads to more errors than there were.

    Errors that a sure change uncovers, such as another argument that is wrong, are the author's to put right.
    """
    edits = sorted((edit for _, made in found for edit in made.edits), key=lambda edit: edit.span.start)
    was, now, moved = set[int](), set[int](), 0
    unknown = {p.span.start for p in after.errors if p.code == "unknown-name" and p.span and p.span.source == source}
    for edit in edits:
        was |= {edit.span.line}
        start = edit.span.start + moved
        now |= {source.position(start)[0]}
        if edit.text and start in unknown and edit.text.isidentifier():
            return True  # one unknown name for another
        moved += len(edit.text) - (edit.span.end - edit.span.start)
    fixed = {id(problem) for problem, _ in found}
    is_guess = any(
        not made.is_safe or (problem.code == "unknown-name" and problem.facts.get("name") not in WORDS)
        for problem, made in found
    )
    if is_guess and len(after.errors) > len(before.errors):
        return True  # wherever they are
    if any(problem.code in LAST for problem, _ in found) and len(after.errors) >= len(before.errors):
        return True
    there = [problem for problem in before.errors if is_at(problem, was, source.path)]
    left = [problem for problem in after.errors if is_at(problem, now, source.path) and is_left(problem)]
    return len(left) > len(
        [problem for problem in there if not is_guess or (is_left(problem) and id(problem) not in fixed)]
    )


def is_at(problem: Problem, lines: set[int], path: str) -> bool:
    return problem.span is not None and problem.span.source.path == path and problem.span.line in lines


def is_left(problem: Problem) -> bool:
    made = fix_of(problem)
    return made is None or not made.is_safe
