"""Goes on after text that the grammar does not take, so that one run tells every faulty statement, each once.

The statement becomes a node of its own, `faulty`, and the machine walks on behind it: where the statement ends says
skip.py, which braces lack a partner braces.py, what is put on the stack mending.py. An item keyword at the
start of a line closes every open brace. The grammar stays the one grammar.
"""

from __future__ import annotations

import re

from ..problems import CnnError, Edit, Fix, Problem, Related
from ..records import replace
from ..source import Source, Span
from .added import added, is_pipeline
from .braces import unpaired
from .brackets import BRACKET, BRACKETS
from .endings import unclosed_at
from .lalr import Machine, Node, Refused
from .mending import CONTEXT, NOTHING, STARTS, Mending, is_replaced, primed, start_of
from .pythonic import IMPORTS
from .quotes import as_comment, comments
from .refusals import refused, unclosed
from .skip import FAR, KIND, NO_HEAD, Skipper, body_of, is_arrowed, is_beginning, is_stray, item_at
from .table import table

IF = re.compile(r"\s*(if|elif|else)\b[^{]*:\s*(#.*)?$")
ELSE = re.compile(r"\s*(elif|else)\b[^{\n]*:")
COMMENTS = re.compile(r"#[^\n]*")
AFTER = re.compile(r"->|(?:else|elif)\b")  # what goes on behind a closing brace
MOST = 25  # problems told of one file
COUNTED = 1000  # problems counted beyond these
ARROW = re.compile(r"[\r\n](?:[ \t\f\r\n]|#[^\n]*\n)*(?=->)")  # in front of one that goes on from a line before
LINES = 9  # of a statement, at which it is tried whether another one begins
INSTEAD = re.compile(
    r"\s*(?:->|\*\*|[^\w\s{}#\"']|\d+|(?:and|or|not|if|for|in|is|end|fi|done)\b)(?=[ \t]*(?:#|\r?\n|\Z))"
)
INIT = re.compile(r"[ \t]*(?:init|(?:[^\n#]*(?:->|:)[ \t]*)?Sequential)(?=[ \t]*(?:#|\r?\n))")
FOR_BRACE = re.compile(r":|[\[(][ \t]*(?:#|\r?\n)")
FOR_BODY = re.compile(r":[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*([ \t]+)(?=\S)")


class TooMany(Exception):
    """There is no point in reading on."""


class Recovery(Mending):
    """One walk over a file. `problems` are told; `untold` counts those that are too many to be told."""

    def __init__(self, source: Source, counted: int) -> None:
        self.source = source
        self.counted = counted
        self.text = source.text
        self.comments = comments(self.text)
        self.blank()
        braces = unpaired(self.text)
        self.strays, self.heads, self.unclosed = braces.strays | braces.crossing, braces.heads, braces.breaks
        self.crossing = braces.crossing
        self.problems: list[Problem] = []
        self.mask(*sorted(self.strays | braces.lost))
        self.open_init()
        self.breaks = sorted(((at, opener) for opener, at in self.unclosed.items() if at is not None), reverse=True)
        self.machine = Machine(table(), "start")
        self.untold = 0
        self.headless: dict[int, Span] = {}  # faulty heads of definitions, by where they begin
        self.place = 0

    def parse(self) -> Node:
        """The parse tree with its faulty nodes; raises TooMany."""
        while True:
            try:
                while self.breaks:
                    self.walk(self.breaks[-1][0])
                    self.break_off(self.breaks.pop()[1])
                self.walk(len(self.text))
                return self.machine.finish(len(self.text))
            except Refused as error:
                self.go_on(error)

    def walk(self, end: int) -> None:
        if self.place < end:
            self.place = self.machine.walk(self.text, self.place, end)

    def blank(self) -> None:
        """Let texts of several lines be one sign each, that nothing takes."""
        for start, end in self.comments.items():
            self.text = "".join((self.text[:start], NOTHING, " " * (end - start - 1), self.text[end:]))

    def open_init(self) -> None:
        """`init` without its brace: it is told, and its rules are read."""
        for head, stray in list(self.heads.items()):
            if not (found := INIT.match(self.text, head)):
                continue
            self.text = "".join(
                (self.text[: found.end()], "{", self.text[found.end() + 1 : stray], "}", self.text[stray + 1 :])
            )
            del self.heads[head]
            self.strays.discard(stray)
            self.tell(refused(self.source, found.end(), Refused(found.end(), 1, frozenset({"LBRACE"})), head))

    def tell(self, problem: Problem) -> None:
        """One mistake, one message: a bracket may be missed at several places."""
        if any(told.code == problem.code and told.span == problem.span for told in self.problems):
            return
        if self.is_other_way(problem) or self.is_import_again(problem):
            return
        if len(self.problems) < MOST:
            self.problems.append(problem)
            return
        self.untold += 1
        if self.untold > self.counted:
            raise TooMany

    def is_other_way(self, problem: Problem) -> bool:
        """Whether this is the `else:` of an `if flag:` that is told, or the end of a statement whose middle is."""
        before = self.problems[-1].span if self.problems else None
        if before and problem.span and problem.code == "unexpected-line-end" and before.line == problem.span.line:
            return re.search(r"[;{}]", self.text[before.end : problem.span.start]) is None
        if before is None or problem.span is None or not ELSE.match(self.text, problem.span.start):
            return False
        return IF.match(self.source.line(before.line)) is not None

    def is_import_again(self, problem: Problem) -> bool:
        """Whether this is one more import of Python's behind one that is told: all are told with the first."""
        told = self.problems[-1] if self.problems else None
        is_again = problem.facts.get("help") == IMPORTS and told is not None and told.facts.get("help") == IMPORTS
        if told is None or problem.span is None or not is_again or len(told.related) == MOST:
            return False
        self.problems[-1] = replace(told, related=(*told.related, Related("same-here", problem.span)))
        return True

    def go_on(self, error: Refused) -> None:
        """Set the machine right after a refusal, and find the place from where it can walk on."""
        at = min(error.start, len(self.text))
        at = arrow.end() if (arrow := ARROW.match(self.text, at)) else at
        item = item_at(self.text, at)
        if self.braces() and (at == len(self.text) or (item is not None and self.closes(item))):
            self.close_all(at if item is None else item)
            return
        self.settle()
        self.exchange(at)
        start = self.statement_start(at)
        start = arrow.end() if (arrow := ARROW.match(self.text, start)) else start
        if self.is_added(start, at):
            return
        line = self.statement_before(start, at)
        if line is None and self.text.startswith("{", at) and self.is_too_many(at):
            self.mask(at)
        skipper = Skipper(self.text, start, self.item_column(start), not self.braces(), self.unclosed)
        if line is not None:
            self.tell(self.cut_off(skipper, start, line, at, error))
        elif (opener := skipper.broken_off(at)) is not None:
            self.tell(unclosed_at(Span(self.source, opener, opener + 1), Span(self.source, at, at + error.length)))
        elif (end := skipper.line_end(at)) is not None:
            self.tell(refused(self.source, end, Refused(end, 1, error.expected), start))
        elif (closer := skipper.list_end(at)) is not None:
            self.tell_of_list(start, closer)
            skipper.advance(closer + 1)
        elif at in self.comments:
            self.tell(as_comment(self.source, at, self.comments[at]))
        elif not self.is_told(at):
            problem = self.of_brace(at) or refused(self.source, at, error, start, item)
            self.tell(self.with_brace(problem, at))
            skipper.ends_with_comma(at)
            if problem.code == "unclosed-string":
                skipper.skip_string(at)
        if not self.take_head(start, at):
            self.place = max(self.end_of(skipper, start), min(self.place + 1, len(self.text)))
            self.put(start, self.place)

    def is_added(self, start: int, at: int) -> bool:
        """Whether this is `y += x`, which is told, and read as what it means."""
        found = added(self.source, start, at) if self.text.startswith("=", at) else None
        if found is not None:
            self.tell(found[1])
            self.write_out(*found[0].span(1), at, is_pipeline(self.source, at))
        return found is not None

    def with_brace(self, problem: Problem, at: int) -> Problem:
        """The problem of a sign that stands for the opening brace of a body whose closing one is there."""
        is_sign = FOR_BRACE.match(self.text, at)
        is_head = is_sign and self.text.rfind("\n", 0, at) + 1 in self.heads
        edit = Edit(Span(self.source, at, at + 1), "{" if self.text[at : at + 1] in ("[", "(") else " {")
        return replace(problem, fix=Fix((edit,), True)) if is_head and problem.fix is None else problem

    def exchange(self, at: int) -> None:
        """Where one line has a closing brace too many, the one is meant that is refused."""
        end = self.text.find("\n", at)
        if self.text.startswith("}", at):
            other = next(
                (stray for stray in self.strays if at < stray < end and stray not in self.heads.values()), None
            )
            if other is not None:
                self.text = "".join((self.text[:at], NOTHING, self.text[at + 1 : other], "}", self.text[other + 1 :]))
                self.strays = self.strays - {other} | {at}

    def of_brace(self, at: int) -> Problem | None:
        """The problem of a closing brace that closes nothing."""
        if at not in self.strays:
            return None
        facts: dict[str, object] = {"found": "}", "help": "no `{` is open that it would close"}
        text, before = self.source.text, len(self.source.text[:at].rstrip())
        is_last = "\n" in text[before:at] and not COMMENTS.sub("", text[at + 1 :]).strip()
        fix = (
            Fix((Edit(Span(self.source, before, at + 1), ""),), True)
            if is_last and len(self.strays) == 1 and not self.problems
            else None
        )
        return Problem("syntax", Span(self.source, at, at + 1), facts, fix=fix)

    def tell_of_list(self, start: int, closer: int) -> None:
        """The problem of a list that nothing opens, if that is not what was told of the line in front of it."""
        first, before = (self.source.position(at)[0] for at in (start, max(len(self.text[:start].rstrip()) - 1, 0)))
        if not self.is_line_told(before):
            help = f"no `[` is open that it would close: write one in front of line {first}"
            self.tell(Problem("syntax", Span(self.source, closer, closer + 1), {"found": "]", "help": help}))

    def is_too_many(self, at: int) -> bool:
        """Whether an opening brace that is refused is the one of its line that nothing closes."""
        end = self.text.find("\n", at)
        line = self.text.rfind("\n", 0, at), end if end >= 0 else len(self.text)
        found = next((opener for opener in self.unclosed if line[0] < opener < line[1]), None)
        if found is not None:
            del self.unclosed[found]
            self.breaks = [one for one in self.breaks if one[1] != found]
        return found is not None

    def is_told(self, at: int) -> bool:
        """Whether a brace without a partner follows from a mistake that is told, on its line or where it belongs."""
        if AFTER.match(self.text, at):
            at = len(self.source.text[:at].rstrip()) - 1  # what the closing brace of a faulty head stands in front of
        heads = [head for head, stray in self.heads.items() if stray == at]
        lines = {self.source.position(place)[0] for place in (at, *heads)}
        return at in self.strays and self.is_line_told(*lines)

    def is_line_told(self, *lines: int) -> bool:
        return any(problem.span.line in lines for problem in self.problems if problem.span)

    def end_of(self, skipper: Skipper, start: int) -> int:
        """Where the faulty statement ends: with the brace that would close it, if its opening one is missing."""
        stray, end = self.heads.get(self.text.rfind("\n", 0, start) + 1, -1), skipper.end()
        return stray + 1 if stray >= max(end, self.place) else end

    # A line that would be a statement by itself

    def statement_before(self, start: int, at: int) -> int | None:
        """The end of the line before that of a refusal, if by its layout the statement may have ended there, and what
        is refused stands well in a statement that begins behind it.
        """
        end = self.text.find("\n", at)
        for line in self.lines_before(start, at):
            machine = primed(CONTEXT[self.symbol(self.frame(*STARTS))], line)
            try:
                machine.walk(self.text, line + 1, end if end >= 0 else len(self.text))
            except Refused as error:
                if error.start <= at and not self.begins_nameless(line, at) and not self.is_left_open(start, line):
                    continue
            return line
        return None

    def is_left_open(self, start: int, line: int) -> bool:
        """Whether a bracket of what stands before a line is closed nowhere: by its comma alone the line would go on."""
        before = brackets(self.text, start, line)
        if not before or before[-1] == "{" or INSTEAD.match(self.text, line):
            return False
        return "}" in (closer := brackets(self.text, line, line + FAR)) or not any(sign in ")]" for sign in closer)

    def begins_nameless(self, line: int, at: int) -> bool:
        """Whether a line begins with what is refused, and that is what follows a name."""
        return not self.text[line:at].strip() and self.text[at : at + 1] in (":", "=")

    def lines_before(self, start: int, at: int) -> list[int]:
        """The ends of lines behind which by the layout a statement may begin: of the first, and of some before `at`."""
        first = self.text.find("\n", start, at)
        if first < 0 or is_stray(self.text, start):
            return [first] if first >= 0 else []
        found, line = [first], self.text.rfind("\n", start, at)
        while line > first and len(found) < LINES:
            found.insert(1, line)
            line = self.text.rfind("\n", start, line)
        return [line for line in found if is_beginning(self.text, start, line + 1)]

    def cut_off(self, skipper: Skipper, start: int, line: int, at: int, error: Refused) -> Problem:
        """The problem of a statement that should have gone on behind its line."""
        opener = skipper.cut(line)
        if opener is not None:
            return unclosed_at(Span(self.source, opener, opener + 1), Span(self.source, at, at + error.length))
        end = skipper.last_end
        return refused(self.source, end, Refused(end, 1, error.expected), start)

    # Where things begin

    def item_column(self, start: int) -> int:
        """The column in which the item at hand begins: one that begins there, or left of it, ends it."""
        values = self.machine.values
        frame = self.frame("definition")
        first = start_of(values[frame]) if frame < len(values) else start
        line = self.text[self.text.rfind("\n", 0, first) + 1 : first]
        return 0 if line.strip() else len(line)

    def closes(self, item: int) -> bool:
        return item - self.text.rfind("\n", 0, item) - 1 <= self.item_column(item)

    # Heads, and braces that lack a partner

    def take_head(self, start: int, at: int) -> bool:
        """Where only the head of a definition is faulty, its body is read for mistakes of its own."""
        last = self.finished()
        if last and is_replaced(last) and not self.braces() and is_arrowed(self.text, at):
            self.feed("_NL", at)  # what ended before stands by itself
            self.settle()
            start, last = at, None
        if self.braces() or (last and not is_replaced(last)):
            return False
        body, first = body_of(self.text, start), self.text.rfind("\n", 0, start) + 1
        line = max((line for line in self.heads if first <= line <= at), default=first)  # where the head ends
        stray = self.heads.get(line)
        is_bare = stray is not None and stray > at and not NO_HEAD.match(self.text, start)
        if stray is None and body is None and self.is_in_python(start, at):
            is_bare = True  # what ends its body is the next item
        end = body if body is not None else self.text.find("\n", max(line, start)) if is_bare else -1
        if end < 0 or (not start <= at <= end and self.text[end:at].strip()):
            return False
        self.drop_item(start, last)
        self.feed("MODEL", start)
        self.feed("NAME", start)
        if body is None:
            self.feed("LBRACE", end, "{")
        if body is None and stray is not None:
            self.text = "}".join((self.text[:stray], self.text[stray + 1 :]))
        self.headless[start] = Span(self.source, start, end)
        self.place = end
        return True

    def is_in_python(self, start: int, at: int) -> bool:
        """Whether a head ends in a colon, and its body is what stands further right on the lines below it."""
        below = FOR_BODY.match(self.text, at)
        return (
            below is not None and KIND.match(self.text, start) is not None and len(below[1]) > self.item_column(start)
        )

    def break_off(self, opener: int) -> None:
        """Close a brace that should have been closed here."""
        if opener not in self.open_braces():
            return
        if found := INSTEAD.match(self.text, self.place):  # stands for the brace that is missing
            self.place = found.end()
        place = Span(self.source, opener, opener + 1)
        if not self.is_line_told(place.line):
            self.tell(unclosed_at(place, Span(self.source, self.place, self.place)))
        while opener in self.open_braces():
            self.close_one(self.place)
        if "\n" in self.text[len(self.text[: self.place].rstrip()) : self.place]:  # which ended nothing inside
            self.end_line()

    def close_all(self, at: int) -> None:
        """Close every open brace, in front of an item or of the end of the file."""
        while start_of(self.machine.values[-1]) >= at:  # the words of the item that were read as names
            self.drop(len(self.machine.values) - 1)
        self.settle()
        start = start_of(self.machine.values[self.frame("definition")])
        opener = unclosed(self.source, self.statement_start(at), at) or unclosed(self.source, start, at, "{")
        place = opener or Span(self.source, brace := self.open_braces()[-1], brace + 1)
        if not self.is_line_told(place.line):
            self.tell(unclosed_at(place, Span(self.source, at, at)))
        while self.braces():
            self.close_one(at)
        if at < len(self.text):
            self.feed("_NL", at)
        self.place = at


def brackets(text: str, start: int, end: int) -> str:
    """The brackets of a stretch that have no partner in it, up to a closing brace."""
    found = ""
    for match in BRACKET.finditer(text, start, min(end, len(text))):
        sign = match[0]
        if sign in BRACKETS:
            found += sign
        elif sign in ")]}" and found and BRACKETS.get(found[-1]) == sign:
            found = found[:-1]
        elif sign in ")]}":
            return found + sign
    return found


def recover(source: Source, counted: int = COUNTED) -> tuple[Node, list[Problem], dict[int, Span]]:
    """The parse tree of a file with its faulty statements, the problems, and the faulty heads of definitions, by where
    they begin; raises CnnError if there are too many problems to make sense of the file.
    """
    recovery = Recovery(source, counted)
    try:
        node = recovery.parse()
    except TooMany:
        node = None
    problems = recovery.problems
    if node is None or recovery.untold:
        count = f"more than {counted:,}" if node is None else f"{recovery.untold:,}"
        raise CnnError([*problems, Problem("too-many-problems", problems[-1].span, {"count": count})])
    return node, problems, recovery.headless
