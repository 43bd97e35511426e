"""Where a faulty statement ends: at a new line, `;` or `}` that is its own, or in front of an item.

Knows brackets, strings, comments and words, no grammar. Inside brackets, two operands in a row across a newline close
the bracket. Each text is looked at once, so that a long one takes no longer than its length.
"""

from __future__ import annotations

import re

from ..typed import Iterator, Mapping

WORDS = r"(?!(?:if|else|for|in|is|and|or|not)\b)[A-Za-z_]"
ITEM = re.compile(rf"(?:(?:model|block|const|def)[ \t]+(?={WORDS})|from[ \t]+(?=[\"'])|extern[ \t]+(?=block\b))")
IN_BODY = r"(?:init|for|if|else|elif|while|with|return|input|expect|param|buffer|order|version)\b"
LIKE_ITEM = re.compile(
    r"(?:import|from|class|extern)\b|(?:model|block|def|const)[ \t]+(?!=|\.\w)"
    rf"|(?!{IN_BODY})[A-Za-z]+[ \t]+[A-Za-z_]\w*[ \t]*[({{=:]"
)
TOKEN = re.compile(
    r"""(?P<gap>[\r\n](?:[ \t\f\r\n]|\#[^\n]*(?:\n|\Z))*)
      | \#[^\n]* | "(?:[^"\\\n]|\\.)*"? | '(?:[^'\\\n]|\\.)*'? | \w+ | [^\s\w]""",
    re.X,
)
CONTINUES = frozenset({",", "=", "+", "-", "*", "/", "%", "@", "<", ">", "and", "or", "not", "in", "is"})
NO_OPERAND = frozenset({"if", "else", "for", "in", "is", "and", "or", "not"})
ENDS = re.compile(r"[)\]}]|->|else\b")  # what a line begins with that ends what began before
FIRST = re.compile(r"([ \t]*)(?=\S)")
GOES_ON = re.compile(r"->|else\b|\{")  # what cannot begin a statement, so that the line before goes on
HEAD = re.compile(r"[\s}]*(?:if|for|else|init|return|Sequential)\b")  # what a brace on the next line belongs to
STRAY = re.compile(r"(?:[^\w\s{}#\"'][^\w\s{}#\"';]*|(?:if|for|in|is|and|or|not)\b)[ \t]*(?=[\r\n#])")
NAME = r"[A-Za-z_]\w*"
DECLARES = re.compile(r"(?:input|expect)\b(?![ \t]*[:=])")  # after these a line that begins with `->` starts anew
BODIED = re.compile(  # what has bodies; of a loop, if it can be read over which names
    rf"[\s}}]*(?:[\w, \t]+=[ \t]*)?(?:(?:if|elif|else|while)\b|for[ \t]+{NAME}(?:[ \t]*,[ \t]*{NAME})*[ \t]+in\b)"
)
NO_HEAD = re.compile(rf"(?:from|import|extern|const)\b|{IN_BODY}|\W")
NO_BODY = re.compile(r"(?:from|import|const)[ \t]*\{")  # a sign too many
OPERAND = re.compile(rf"{WORDS}|[0-9\"']")
STATEMENT = re.compile(rf"(?:{IN_BODY}|{NAME}[ \t]*(?::|=(?!=)))")
LABEL = re.compile(rf"(?:{IN_BODY}|{NAME}[ \t]*:)")
VALUED = re.compile(
    rf"(?:const|block|model)\b[^{{\n]*=|{WORDS}\w*[ \t]*=(?!=)"
)  # an item that has no body of statements
ORPHAN = re.compile(  # an item whose keyword is lost, or something else
    rf"(?:(?:if|for|in|is|and|or|not|\d+|(?!->)[^\w\s)\]#]{{1,2}})[ \t]+)?{WORDS}\w*[ \t]*[(={{]"
)
ARROWED = re.compile(rf"->[ \t]*{NAME}[ \t]*[({{]")
KIND = re.compile(r"(?:model|block|def)\b")
PARAMETER = re.compile(rf"{NAME}[^\n{{}}#]*,[ \t]*(?:#|\r?\n)")  # on a line of its own
GAP = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
COMMA = re.compile(r",[ \t]*(?:#[^\n]*)?\r?\n")
FAR = 5000  # characters in which a bracket is looked for that closes one
SLACK = 1  # columns that a line may begin further right: what stood there left a space


def item_at(text: str, at: int) -> int | None:
    """Where the item keyword at the start of the line stands that a refusal at this place is about."""
    line = text.rfind("\n", 0, at) + 1
    start = line + len(text[line:at]) - len(text[line:at].lstrip())
    found = ITEM.match(text, start)
    return start if found and at <= found.end() else None


def column_of(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at) - 1


def is_beginning(text: str, start: int, line: int) -> bool:
    """Whether a line begins hardly further right than the statement before it, and with no bracket that closes."""
    words, before = FIRST.match(text, line), FIRST.match(text, text.rfind("\n", 0, start) + 1)
    if words is None or before is None:
        return False
    return len(words[1]) <= len(before[1]) + SLACK and ENDS.match(text, words.end()) is None


def is_stray(text: str, start: int) -> bool:
    """Whether a statement is signs alone, behind the brace that opens a body, at the end of its line."""
    return STRAY.match(text, start) is not None and text[:start].rstrip(" \t").endswith("{")


def is_arrowed(text: str, start: int) -> bool:
    """Whether an arrow stands for the word that a definition begins with."""
    return ARROWED.match(text, start) is not None and body_of(text, start) is not None


def body_of(text: str, start: int) -> int | None:
    """Where the body opens of the definition that may begin here, as far as its head can be read."""
    is_alias, before, opened, column = False, "=" if NO_HEAD.match(text, start) else "", 0, column_of(text, start)
    has_kind = (ITEM.match(text, start) or KIND.match(text, start)) is not None
    if NO_BODY.match(text, start):
        return None
    for match in TOKEN.finditer(text, start):
        if match["gap"]:
            after = match.end()
            is_flush = column_of(text, after) <= column and text[after : after + 1] not in ")]{"
            if has_kind and not is_alias and opened <= 0 and not is_flush and PARAMETER.match(text, after):
                opened = 1  # it closed too early, or its bracket is lost
            if is_flush or ITEM.match(text, after) or not (opened > 0 or before == ","):
                return None
        elif match[0][0] in "\"'" and match[0].rstrip().endswith("{"):  # one that is never closed
            return match.start() + match[0].rindex("{")
        elif match[0] in "{}":
            is_last = text[match.end() : text.find("\n", match.start())].split("#")[0].strip() == ""
            if match[0] == "{" and has_kind and opened > 0 and is_last:
                return match.start()
            is_group = before in ("=", "Sequential") or (before == ":" and not has_kind) or (is_alias and before == ">")
            is_group = is_group and not (before == "=" and text.startswith("def", start))  # which is never a group
            return match.start() if match[0] == "{" and not is_group else None
        elif not match[0].startswith("#"):
            if not opened and not is_alias and is_for_brace(text, match, before):
                return None
            before = match[0]
            opened += (before in "([") - (before in ")]")
            is_alias = is_alias or (before == "=" and not opened)
    return None


def is_for_brace(text: str, sign: re.Match[str], before: str) -> bool:
    """Whether a bracket stands where the brace of a body was to open: `model Net [`, `model Net(width=8) (`."""
    is_other = sign[0] == "[" or (sign[0] == "(" and before == ")")
    return is_other and GAP.match(text, sign.end()) is not None


def bodies_of(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pairs of braces, outermost, of a statement that runs or repeats bodies."""
    depth, opener = 0, start
    for match in TOKEN.finditer(text, start, end) if BODIED.match(text, start, end) else ():
        if match[0] == "{":
            opener = opener if depth else match.start()
            depth += 1
        elif match[0] == "}" and depth:
            depth -= 1
            if not depth:
                yield opener, match.start()


class Skipper:
    """Goes from the start of a statement to its end; `column` is where the item around it begins, `unclosed` are the
    braces that nothing closes, each with the end of the line that ends it."""

    def __init__(
        self,
        text: str,
        start: int,
        column: int,
        is_item: bool,
        unclosed: Mapping[int, int | None],
    ) -> None:
        self.text = text
        self.start = start
        self.column = column
        self.is_item = is_item
        self.unclosed = unclosed
        self.opened: list[tuple[str, int]] = []  # the brackets that are open
        self.last = ""  # the word or sign before
        self.last_end = start
        self.place = start
        self.found: int | None = None

    def broken_off(self, at: int) -> int | None:
        """Where the bracket opens that two operands in a row, on two lines, show to be broken off before `at`."""
        self.advance(at)
        line = self.text.rfind("\n", self.last_end, at) + 1
        is_new = line > 0 and is_beginning(self.text, self.start, line)
        if self.found is None and is_new and self.is_in_list() and self.is_two(at):
            self.found = self.last_end
            return self.opened[-1][1]
        return None

    def line_end(self, at: int) -> int | None:
        """Where the line ends in the middle of the statement, if the refusal is of the first word on the next."""
        gap = self.text[self.last_end : at]
        is_word = at < len(self.text) and not GOES_ON.match(self.text, at)
        if self.found is None and self.last and "\n" in gap and not self.opened and is_word:
            if self.is_item and column_of(self.text, at) > self.column:  # what belongs to the item all the same
                return self.last_end
            self.found = self.last_end
        return self.found

    def ends_with_comma(self, at: int) -> None:
        """End the statement behind a comma that is refused, if its line ends there, too, and no bracket is open."""
        self.advance(at)
        if self.found is None and not self.opened and not self.is_item and COMMA.match(self.text, at):
            self.found = at + 1

    def list_end(self, at: int) -> int | None:
        """Where the list closes that is not opened, if a comma that is refused parts the first two lines of one."""
        self.advance(at)
        depth, before = 0, ""
        may_close = not self.opened and self.text.find("]", at, at + FAR) >= 0 and COMMA.match(self.text, at)
        for match in TOKEN.finditer(self.text, at, at + FAR) if may_close else ():
            sign = match[0]
            is_open = depth or before == "," or ENDS.match(self.text, match.end())
            if match["gap"] and not is_open:
                return None
            if sign in (")", "]", "}") and not depth:
                return match.start() if sign == "]" and self.is_first(match.start()) else None
            depth += (sign in ("(", "[", "{")) - (sign in (")", "]", "}"))
            before = before if match["gap"] or sign[0] == "#" else sign
        return None

    def is_first(self, at: int) -> bool:
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()

    def cut(self, line: int) -> int | None:
        """End the statement at the end of a line that the parser has read past; the bracket that is open there."""
        self.advance(line)
        self.found = line
        return self.opened[-1][1] if self.is_in_list() else None

    def skip_string(self, at: int) -> None:
        """Past a string that is never closed; the brackets at the end of its line are taken for the statement's."""
        end = self.text.find("\n", at)
        line = self.text[at : end if end >= 0 else len(self.text)]
        self.advance(at)
        inside = line.rstrip("\r\t )]},;{")
        self.place = at + max(1, len(inside))
        for _ in range(inside.count("{") - inside.count("}")):  # whose closing ones are no one else's
            self.place = max(self.text.find("}", self.place, at + len(line)) + 1, self.place)

    def advance(self, until: int) -> None:
        """Past what the parser has read: the brackets count, ends of statements do not."""
        for match in TOKEN.finditer(self.text, self.place, until):
            if not match["gap"]:
                self.take(match[0], match.start(), match.end())
        self.place = until

    def end(self) -> int:
        """Where the parser can go on."""
        if self.found is not None:
            return self.found
        for match in TOKEN.finditer(self.text, self.place):
            is_end = self.ends_line(match.end()) if match["gap"] else self.ends(match[0])
            if is_end:
                return match.start()
            if not match["gap"]:
                self.take(match[0], match.start(), match.end())
        return len(self.text)

    def take(self, token: str, start: int, end: int) -> None:
        if token[0] == "#":
            return
        if token in "([{":
            self.opened.append((token, start))
        elif token == "}":
            self.close_lists()
            self.opened = self.opened[:-1]
        elif token in ")]" and self.is_in_list():
            self.opened.pop()
        self.last, self.last_end = token, end

    def ends(self, token: str) -> bool:
        """Whether a sign ends the statement."""
        if self.is_item or token not in (";", "}"):
            return False
        if token == "}" or (self.is_in_list() and not self.is_closed_behind()):
            self.close_lists()
        return not self.opened

    def is_closed_behind(self) -> bool:
        """Whether the bracket that is open is closed on the same line."""
        end, depth = self.text.find("\n", self.last_end), 0
        for match in TOKEN.finditer(self.text, self.last_end, end if end >= 0 else len(self.text)):
            depth += (match[0] in "([{") - (match[0] in ")]}")
            if depth < 0:
                return match[0] != "}"
        return False

    def ends_line(self, after: int) -> bool:
        """Whether a new line ends the statement; the next text stands at `after`."""
        column = column_of(self.text, after)
        if (ITEM.match(self.text, after) and column <= self.column) or is_stray(self.text, self.start):
            return True
        line = after - column - 1
        over = next((number for number, (_, at) in enumerate(self.opened) if self.unclosed.get(at) == line), None)
        del self.opened[len(self.opened) if over is None else over :]
        is_flush = is_beginning(self.text, self.start, line + 1) and self.last != ","
        begins = (LABEL if self.last == "(" else STATEMENT).match(self.text, after)
        is_new = self.ends_operand() or (self.last != "[" and begins is not None)
        if self.is_in_list() and is_flush and is_new:
            self.close_lists()
        if self.opened or (self.is_item and not self.is_item_at(after, column)):
            return False
        return (is_flush or self.last not in CONTINUES) and not self.goes_on(after)

    def is_item_at(self, after: int, column: int) -> bool:
        """Whether an item seems to begin at a place outside of all brackets, whatever became of its keyword."""
        is_lost = (
            VALUED.match(self.text, self.start) and ORPHAN.match(self.text, after) and column <= self.column + SLACK
        )
        return bool(is_lost) or (column <= self.column and LIKE_ITEM.match(self.text, after) is not None)

    def goes_on(self, after: int) -> bool:
        """Whether what begins a line belongs to the line before; a brace does if that can be the head of a body."""
        if self.text[after : after + 1] == "{" and self.last != ":" and not HEAD.match(self.text, self.start):
            return False
        return GOES_ON.match(self.text, after) is not None and not (
            DECLARES.match(self.text, self.start) and self.text.startswith("->", after)
        )

    def is_in_list(self) -> bool:
        return bool(self.opened) and self.opened[-1][0] != "{"

    def is_two(self, after: int) -> bool:
        """Whether an operand ends here and another begins at `after`."""
        return self.ends_operand() and OPERAND.match(self.text, after) is not None

    def ends_operand(self) -> bool:
        is_end = self.last and (self.last[-1] in "\"')]}_" or self.last[-1].isalnum())
        return bool(is_end) and self.last not in NO_OPERAND

    def close_lists(self) -> None:
        while self.is_in_list():
            self.opened.pop()
