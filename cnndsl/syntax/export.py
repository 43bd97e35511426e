"""Lark's table for the grammar as text: what table.py reads instead of loading Lark. `python -m cnndsl.syntax.export`
writes it. Parses no `.cnn` file.

The text names its states in the order in which they are first reached, so that the same grammar gives the same text.
"""

from __future__ import annotations

from ..typed import TYPE_CHECKING, Any, Iterator
from .table import fingerprint, grammar_text, lark, table_path

if TYPE_CHECKING:
    from lark.grammar import Rule, Symbol

ASCII = 128  # the bit that stands for every other character
SIGNS = {ord(sign): f"\\x{ord(sign):02x}" for sign in "\n\r\t\f"}  # a pattern is one line


def exported() -> str:
    """The table of the grammar as it stands."""
    made = lark()
    actions = made.parser.parser._parse_table
    order = reached(actions)
    lines = [f"cnn-table 5 {fingerprint(grammar_text())}"]
    lines += [f"{name} {order.index(state)}" for name, state in sorted(actions.start_states.items())]
    lines += ["", *terminal_lines(made), "", *beginning_lines(made), "", *map(rule_line, made.rules), ""]
    rules = {rule: number for number, rule in enumerate(made.rules)}
    lines += [state_line(actions.states[state], order, rules) for state in order]
    return "\n".join(lines) + "\n"


def reached(actions: Any) -> list[Any]:
    """The states, breadth first from the start, symbols in alphabetical order."""
    found = dict.fromkeys(state for _, state in sorted(actions.start_states.items()))
    queue = list(found)
    for state in queue:
        for _, (action, target) in sorted(actions.states[state].items()):
            if is_shift(action) and target not in found:
                found[target] = None
                queue.append(target)
    return queue


def is_shift(action: Any) -> bool:
    return str(action) == "Shift"


def terminal_lines(made: Any) -> Iterator[str]:
    """Name, `ignored` or `-`, word and pattern of each terminal, in the order of trying."""
    lexer = made.parser.lexer.root_lexer
    assert lexer.scanner and not lexer.callback, "a string that a pattern matches too would need more than this order"
    for terminal in lexer.terminals:
        pattern = terminal.pattern.to_regexp()
        ignored = "ignored" if terminal.name in made.ignore_tokens else "-"
        word, rest = split(pattern)
        yield " ".join([terminal.name, ignored, word, rest.translate(SIGNS)])


def beginning_lines(made: Any) -> Iterator[str]:
    """A bit for each of some characters, and the numbers of the terminals that begin with them; the commonest first."""
    firsts = [first_characters(terminal.pattern.to_regexp()) for terminal in made.parser.lexer.root_lexer.terminals]
    characters: dict[str, int] = {}
    for place in range(ASCII + 1):
        numbers = " ".join(str(number) for number, bits in enumerate(firsts) if bits >> place & 1)
        characters[numbers] = characters.get(numbers, 0) | 1 << place
    for numbers, bits in sorted(characters.items(), key=lambda item: (-item[1].bit_count(), item)):
        yield f"{bits:x} {numbers}".rstrip()


def split(pattern: str) -> tuple[str, str]:
    """The letters and signs that a pattern begins with, and the pattern of the rest: few rests are left to compile."""
    items = parsed(pattern)
    word, at = "", 0
    for operator, argument in items:
        rest = pattern[at + 1 + (pattern[at] == "\\") :]
        if str(operator) != "LITERAL" or argument == ord(" ") or repr(parsed(rest)) != repr(items[len(word) + 1 :]):
            break
        word, at = word + chr(argument), len(pattern) - len(rest)
    return word, pattern[at:]


def parsed(pattern: str) -> Any:
    try:
        from re._parser import parse  # type: ignore[import-not-found, unused-ignore]
    except ImportError:  # Python 3.10
        from sre_parse import parse
    return parse(pattern)


def first_characters(pattern: str) -> int:
    """A bit for each ASCII character that a match may begin with, and one for all others: rather too many."""
    bits, ends = first_of(parsed(pattern))
    assert not ends, f"{pattern} may match nothing"
    return bits


def first_of(items: Any) -> tuple[int, bool]:
    """The first characters of a sequence of a parsed pattern, and whether it may match nothing."""
    bits = 0
    for operator, argument in items:
        more, empty = first_of_one(str(operator), argument)
        bits |= more
        if not empty:
            return bits, False
    return bits, True


def first_of_one(operator: str, argument: Any) -> tuple[int, bool]:
    if operator in ("ASSERT", "ASSERT_NOT", "AT"):
        return 0, True
    if operator == "LITERAL":
        return bit(argument), False
    if operator == "SUBPATTERN":
        return first_of(argument[-1])
    if operator == "MAX_REPEAT":
        bits, empty = first_of(argument[2])
        return bits, empty or argument[0] == 0
    if operator == "BRANCH":
        branches = [first_of(branch) for branch in argument[1]]
        return union(bits for bits, _ in branches), any(empty for _, empty in branches)
    if operator == "IN" and all(str(kind) in ("LITERAL", "RANGE") for kind, _ in argument):
        return union(span(kind, value) for kind, value in argument), False
    return (1 << ASCII + 1) - 1, False  # any character


def span(kind: Any, value: Any) -> int:
    return bit(value) if str(kind) == "LITERAL" else union(bit(code) for code in range(value[0], value[1] + 1))


def bit(code: int) -> int:
    return 1 << min(code, ASCII)


def union(sets: Iterator[int]) -> int:
    bits = 0
    for more in sets:
        bits |= more
    return bits


def rule_line(rule: Rule) -> str:
    """What it reduces to, how many symbols it takes, the name of its node and which symbols become its children.

    `?`: a single child stands for the node; `*`: the children of this symbol, not the symbol.
    """
    options: Any = rule.options
    expands = options.expand1 and not rule.alias
    kept = [kept_symbol(at, symbol) for at, symbol in enumerate(rule.expansion) if is_kept(symbol)]
    assert not options.keep_all_tokens
    name = rule.alias or options.template_source or rule.origin.name
    return " ".join([rule.origin.name, str(len(rule.expansion)), ("?" if expands else "") + name, *kept])


def is_kept(symbol: Symbol) -> bool:
    return not (symbol.is_term and symbol.filter_out)  # type: ignore[attr-defined]


def kept_symbol(at: int, symbol: Symbol) -> str:
    return f"{at}*" if not symbol.is_term and symbol.name.startswith("_") else str(at)


def state_line(row: Any, order: list[Any], rules: dict[Rule, int]) -> str:
    """`A B c = -3 -3 17`: before A or B reduce rule 2 (the first is 0), on c go to state 17. One number is for all; `-`
    is no symbol: nothing can come."""
    numbers = {
        symbol: order.index(target) if is_shift(action) else -1 - rules[target]
        for symbol, (action, target) in sorted(row.items())
    }
    told = numbers.values() if len(set(numbers.values())) > 1 else [*numbers.values()][:1]
    return f"{' '.join(numbers)} = {' '.join(map(str, told))}" if numbers else "- = 0"


if __name__ == "__main__":
    from ..files import write

    write(table_path(), exported())
