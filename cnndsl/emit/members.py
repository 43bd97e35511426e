"""How loops go through modules: the heads of loops and the labels in them, the modules that loops of forward() take
from lists, and what those of a list give of one value, `[expert(x) for expert in self.experts]`.
"""

from __future__ import annotations

from itertools import islice, pairwise

from ..dims import Dim
from ..dims.calls import TERNARY, level_of
from ..graph import Apply, Branch, Known, Value
from ..lean import Counter
from ..patterns import re
from ..records import dataclass, fields, is_dataclass, replace
from ..typed import Any, Container, Iterable, Iterator, Mapping, Sequence
from .expressions import Written, annotation, node_of, quoted
from .layout import WIDTH, Node, Prefixed, annotated, call, flat, keyword, statement
from .names import Taken, fresh, is_plain, is_taken, names_in
from .plans import Decision, Next, Repeat, Source

Names = Mapping[str, str]
Lists = Sequence[tuple[str, Node]]  # of modules that a loop runs over: a name for each one, and where they are


def clause(loop: Repeat, names: Names, body: str | None = None, lists: Lists = (), through: bool = False) -> Node:
    """What stands between `for` and the end of a loop's head; what the text of its body does not read has no name.

    It goes through lists that are not read only if it is to go `through` all, and no count does as well.
    """
    read = read_in(body) if body is not None else set(names.values())
    index = names[loop.index[0]] if loop.index and names[loop.index[0]] in read else "_"
    start = loop.index[1] if loop.index else 0
    sources = [(", ".join(called(name, names, read) for name in source.names), source) for source in loop.sources]
    shortest = any(source.shortest for source in loop.sources)
    if body is not None and (not through or (index != "_" and len(sources) == 1)) and not (shortest and not lists):
        sources = [(target, source) for target, source in sources if set(target) - set("_, ")]
    pairs = [*lists, *((target, node_of(source.iterable, names)) for target, source in sources)]
    if not pairs:
        rounds = counted(loop, names)
        measured = re.fullmatch(r"range\(len\((\w+(?:\.\w+)?)\)\)", flat(rounds)) if index == "_" else None
        return Prefixed(f"{index} in ", measured[1] if measured else rounds)
    text, node = pairs[0]
    if len(pairs) > 1:
        text = ", ".join(f"({target})" if "," in target else target for target, _ in pairs)
        text = text if set(text) - set("_, ()") else "_"
        strict = keyword("strict", str(not (shortest and sources)))
        node = neighbours(pairs) or call("zip", *(iterable for _, iterable in pairs), strict)
    if index != "_":
        text = f"{index}, ({text})" if "," in text else f"{index}, {text}"
        node = call("enumerate", node, *([str(start)] if start else []))
    return Prefixed(f"{text} in ", node)


def bracketed_clause(loop: Repeat, names: Names, body: str | None = None, lists: Lists = ()) -> Node:
    """The loop in a comprehension, where an `if` would be a test of its items."""
    node = clause(loop, names, body, lists)
    where, _, over = flat(node).partition(" in ")
    return Prefixed("for ", f"{where} in ({over})" if level_of(over) == TERNARY else node)


def neighbours(pairs: Lists) -> Node | None:
    """`zip(widths[:-1], widths[1:])` by its own name."""
    texts = [flat(iterable) for _, iterable in pairs]
    name = texts[0].removesuffix("[:-1]")
    return call("pairwise", name) if texts == [f"{name}[:-1]", f"{name}[1:]"] else None


OUTERMOST = 8  # the indentation of what stands in no loop, and under no condition


def head(
    loop: Repeat,
    names: Names,
    indent: int,
    body: str | None = None,
    lists: Lists = (),
    through: bool = False,
    known_tables: dict[str, str] | None = None,
) -> str:
    """`for … in …:`, its names one on a line where there are too many for one; a table of several types before it,
    unless it is one of the `known_tables`, texts with their names."""
    read = read_in(body) if body is not None else set(names.values())
    tables = [s for s in loop.sources if is_mixed(s.iterable) and (through or is_read(s, names, read))]
    if tables:
        there = {} if known_tables is None else known_tables
        node = node_of(tables[0].iterable, names)
        text, used = flat(node), {*names.values()}
        before = there.get(text, "")
        name = before or fresh("rows", used | {*there.values()})
        lasts = indent == OUTERMOST and names_in(text).isdisjoint(used)  # a size may be another one further down
        there[text if lasts else f"{text} in {len(there)}"] = name
        table = "" if before else annotated(name, annotation([tables[0].iterable]), node, indent) + "\n"
        known = Source(tables[0].names, Known(Written(name)))
        loop = replace(loop, sources=tuple(known if source is tables[0] else source for source in loop.sources))
        return table + head(loop, names, indent, body, lists, through, there)
    node = clause(loop, names, body, lists, through)
    text = flat(node)
    targets, _, iterable = text.partition(" in ")
    if indent + len(targets) + 4 + len(" in (") <= WIDTH or "," not in targets:
        return statement("for ", node, indent, ":")
    first, _, rest = targets.partition("(") if "(" in targets else ("", "", targets)
    pad = " " * indent
    inner = "".join(f"{pad}    {name},\n" for name in rest.rstrip(")").split(", "))
    return f"{pad}for {first}(\n{inner}{pad}) in {iterable}:"


def is_read(source: Source, names: Names, read: set[str]) -> bool:
    return any(called(name, names, read) != "_" for name in source.names)


def is_mixed(known: Known) -> bool:
    """Whether a type checker would find no good type for what a loop runs over, where it stands written out."""
    kind = annotation([known]) if isinstance(known.value, (list, tuple)) else ""
    return "Any" in kind or "type[" in kind


def called(name: str, names: Names, read: set[str]) -> str:
    found = names.get(name, name)
    return found if found in read else "_"


def counted(loop: Repeat, names: Names) -> Node:
    """The range of a loop that reads no item of what it runs over."""
    start = loop.index[1] if loop.index else 0
    count, number = count_of(loop, names)
    if not start:
        return call("range", count)
    spelling = getattr(getattr(loop.count, "value", None), "spelling", None)
    if isinstance(spelling, Dim) and not loop.sources and isinstance(stop := spelling + start, Dim):
        return call("range", str(start), node_of(Known(Written(stop)), names))
    end = str(number + start) if number is not None else f"{count} + {start}" if start > 0 else f"{count} - {-start}"
    return call("range", str(start), end)


def count_of(loop: Repeat, names: Names) -> tuple[str, int | None]:
    """How often a loop turns: as text, and as a number if it is one."""
    if not loop.sources:
        number = int(loop.count.value) if loop.count and isinstance(loop.count.value, int) else None
        return flat(node_of(loop.count, names)), number
    items = loop.sources[0].iterable.value
    if isinstance(items, (list, tuple)):
        return str(len(items)), len(items)
    return f"len({flat(node_of(loop.sources[0].iterable, names))})", None


def label_text(label: Sequence[Known], names: Names) -> str:
    """A label as Python: a text, or an f-string (with other quotes inside, as Python 3.11 wants it)."""
    parts, formatted = [], False
    for part in label:
        node = flat(node_of(part, names)).replace('"', "'") if isinstance(part.value, Written) else str(part.value)
        formatted = formatted or isinstance(part.value, Written)
        parts.append(f"{{{node}}}" if isinstance(part.value, Written) else node)
    return f'f"{"".join(parts)}"' if formatted else quoted("".join(parts))


def read_in(text: str) -> set[str]:
    """The names that lines of Python read, those included that they call."""
    return set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?!\w|=[^=])", unquoted(text)))


def unquoted(text: str) -> str:
    """A text of Python with what f-strings read standing free."""
    if 'f"' not in text:
        return text
    return re.sub(r'f"([^"]*)"', lambda found: " ".join(re.findall(r"{([^}]*)}", found[1])), text)


SINGULAR = ("res", "bias", "axis")  # though they end like many
ENDINGS = (("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ies", "y"), ("ss", "ss"), ("s", ""))


def nexts_in(body: Sequence[Any], sure: bool = True, inside: bool = False) -> Iterator[tuple[Next, bool]]:
    """What takes modules of lists, and whether each call of forward() goes that way."""
    for step in body:
        if isinstance(step, Apply) and isinstance(step.path, Next):
            yield step.path, sure
        elif isinstance(step, Repeat):
            yield from nexts_in(step.body, sure, inside=True)
        elif isinstance(step, (Decision, Branch)):  # a decision in a loop is the same where the list is filled
            for way in (step.then, step.otherwise):
                yield from nexts_in(way, sure and inside and isinstance(step, Decision), inside)


def straight(body: Sequence[Any]) -> Iterator[Any]:
    """The steps that are in no loop or decision of the body's."""
    for step in body:
        yield step
        if isinstance(step, Branch):
            yield from straight((*step.then, *step.otherwise))


def taken_in_rounds(body: Sequence[Any]) -> dict[str, list[Next]]:
    """What takes modules in each round, by list: on any way, but in no inner loop."""
    found: dict[str, list[Next]] = {}
    for step in body:
        if isinstance(step, Apply) and isinstance(step.path, Next):
            found.setdefault(step.path.name, []).append(step.path)
        elif isinstance(step, (Decision, Branch)):
            for name, paths in taken_in_rounds((*step.then, *step.otherwise)).items():
                found.setdefault(name, []).extend(paths)
    return found


def count_on_each_way(body: Sequence[Any], name: str) -> int | None:
    """How many modules of a list a round takes; None if that differs."""
    count = 0
    for step in body:
        if isinstance(step, Apply):
            count += isinstance(step.path, Next) and step.path.name == name
        elif isinstance(step, (Decision, Branch)):
            ways = [count_on_each_way(way, name) for way in (step.then, step.otherwise)]
            if None in ways or (isinstance(step, Decision) and ways[0] != ways[1]):
                return None  # an `if` that stays in forward() has modules of its own on either way
            count += sum(way or 0 for way in ways[: 1 if isinstance(step, Decision) else 2])
        elif isinstance(step, Repeat) and any(path.name == name for path, _ in nexts_in([step])):
            return None
    return count


def taken_by(loop: Repeat) -> list[Next]:
    """Those that each round takes one of, one for each list."""
    return [paths[0] for paths in taken_in_rounds(loop.body).values() if paths[0].each]


def module_names(body: Sequence[Any], taken: Container[str]) -> dict[str, str]:
    """A variable for each list that loops go through: `conv` for one of `self.conv1`, `convs` for what gives them."""
    loops = [{path.name: path for path, _ in nexts_in([loop])} for loop in outermost(body)]
    used = Counter(name for paths in loops for name, path in paths.items() if not path.each)
    lasting = {name: word(path) for paths in loops for name, path in paths.items() if used[name] > 1}
    names = chosen(lasting, taken)
    busy = Taken(taken, {*names.values()})  # others are begun meanwhile
    for paths in loops:
        names |= chosen({name: word(path) for name, path in paths.items() if used[name] < 2}, busy)
    return names


def element_names(lists: Sequence[str], taken: Container[str]) -> dict[str, str]:
    """A variable for each list that a comprehension goes through."""
    return chosen({name: word(Next(name, each=True)) for name in lists}, taken)


def chosen(words: Mapping[str, str], taken: Container[str]) -> dict[str, str]:
    """The word for a module of each list, or the name of the list, or another word."""
    names, own, since = dict[str, str](), set[str](), dict[str, int]()
    alike, busy = Counter(words.values()), Taken(taken, own)
    for name, text in words.items():
        free = (word for word in [text, name][alike[text] > 1 :] if is_plain(word) and not is_taken(word, busy))
        names[name] = next(free, "") or fresh("layer", busy, since)
        own.add(names[name])
    return names


def outermost(body: Sequence[Any]) -> Iterator[Repeat]:
    for step in body:
        if isinstance(step, Repeat):
            yield step
        elif isinstance(step, (Decision, Branch)):
            yield from outermost((*step.then, *step.otherwise))


def word(path: Next) -> str:
    """What a person calls one of the modules, or the iterator over them."""
    base = re.sub(r"_?\d+$", "", path.name) or path.name
    ending = next((pair for pair in ENDINGS if base.endswith(pair[0]) and len(base) > len(pair[0]) + 1), ("", ""))
    one = base if base in SINGULAR else base[: len(base) - len(ending[0])] + ending[1]
    if path.each:
        return one
    return base if base != one else f"{base}s"


FEWEST = 3  # results that read better so
MOST = 256  # in a list that is looked through for some


@dataclass(frozen=True)
class Comprehension:
    """The steps of the first result, each taking what the one before gives, and the lists that their modules are in."""

    steps: tuple[Any, ...]
    lists: tuple[str, ...]
    start: int = 0  # of the modules in each list
    stop: int | None = None

    @property
    def cut(self) -> str:
        """Which part of each list is meant."""
        return f"[{self.start or ''}:{self.stop or ''}]" if self.start or self.stop else ""


@dataclass(frozen=True)
class Part:
    """Some results in a list of more, a line of their own: `maps = [conv(x) for conv in self.convs[:3]]`."""

    made: Comprehension
    path: str


def part_of(items: Any, lines: Sequence[Any], lengths: Mapping[str, int]) -> tuple[int, int, int, Comprehension] | None:
    """Where results begin that modules of a list give side by side, how many, their first line, and what they are."""
    is_long = isinstance(items, list) and FEWEST <= len(items) <= MOST
    if not is_long or not lengths or sum([isinstance(one, Value) and one.name is None for one in items]) < FEWEST:
        return None
    places = {line.target.number: n for n, line in enumerate(lines) if isinstance(getattr(line, "target", None), Value)}
    at = [places.get(item.number) if isinstance(item, Value) and item.name is None else None for item in items]
    for begin, first in enumerate(at[: len(items) - FEWEST + 1]):
        steps = in_a_row(lines, islice(at, begin, None), lengths)
        if first is not None and len(steps) >= FEWEST:
            name, _, number = str(steps[0].path).rpartition(".")
            start, stop = int(number), int(number) + len(steps)
            made = Comprehension((steps[0],), (name,), start, stop if stop < lengths[name] else None)
            return begin, len(steps), first, made
    return None


def in_a_row(lines: Sequence[Any], places: Iterable[int | None], lengths: Mapping[str, int]) -> list[Apply]:
    """What the first of the lines at some places do, as many as stand one after the other and apply, all alike, modules
    that do so in a list."""
    found: list[Apply] = []
    line = number = 0
    name = ""
    for place in places:
        step = getattr(lines[place], "step", None) if place is not None else None
        if place is None or not isinstance(step, Apply):
            break
        if not found:
            name, _, first = str(step.path).rpartition(".")
            if not first.isdigit() or name not in lengths:
                break
            line, number = place, int(first)
        nth = len(found)
        if place != line + nth or str(step.path) != f"{name}.{number + nth}" or (nth and not alike(found[:1], [step])):
            break
        found.append(step)
    return found


def comprehended(items: Any, lines: Sequence[Any], lengths: Mapping[str, int]) -> tuple[Comprehension, int] | None:
    """What the last lines are together, if they make just these results; and how many lines they are."""
    count = len(items) if isinstance(items, list) else 0
    if count < FEWEST or not all(isinstance(item, Value) and item.name is None for item in items):
        return None
    places = {line.target.number: n for n, line in enumerate(lines) if isinstance(getattr(line, "target", None), Value)}
    found = [places.get(item.number, -1) for item in items]
    size = found[1] - found[0]
    if size < 1 or found[-1] != len(lines) - 1 or any(b - a != size for a, b in pairwise(found)) or found[0] < size - 1:
        return None
    start = found[0] - size + 1
    blocks = [[getattr(line, "step", None) for line in lines[n : n + size]] for n in range(start, len(lines), size)]
    lists = lists_of(blocks, lengths)
    if not lists or not all(chained(block) and alike(blocks[0], block) for block in blocks):
        return None
    return Comprehension(tuple(blocks[0]), lists), size * count


def lists_of(blocks: Sequence[Sequence[Any]], lengths: Mapping[str, int]) -> tuple[str, ...]:
    """The lists of which each block takes the next module, up to the last; none if a block applies something else."""
    found = []
    for column in zip(*blocks, strict=True):
        if not isinstance(column[0], Apply):
            continue
        name = str(column[0].path).rpartition(".")[0]
        paths = [getattr(step, "path", "") for step in column]
        if lengths.get(name) != len(blocks) or paths != [f"{name}.{n}" for n in range(len(blocks))]:
            return ()
        found.append(name)
    return tuple(found)


def chained(block: Sequence[Any]) -> bool:
    """Whether each step is a call that takes what the one before it gives, first of all."""
    inputs = [subject(step) for step in block]
    return all(later == earlier.target for earlier, later in zip(block, inputs[1:], strict=False))


def subject(step: Any) -> Any:
    operands = getattr(step, "inputs", None) or getattr(step, "arguments", None) or getattr(step, "operands", None)
    return operands[0] if operands else getattr(step, "source", None)


def alike(first: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two chains do the same, with modules of their own."""
    targets = [step.target for step in first]
    moved = {theirs.target.number: ours for ours, theirs in zip(targets, other, strict=True)}
    pairs = zip(first, other, strict=True)
    return all(type(a) is type(b) and outline(a, {}) == outline(b, moved) for a, b in pairs)


def outline(thing: Any, moved: Mapping[int, Value]) -> Any:
    """What a step does, as text, but for where its module is."""
    if isinstance(thing, Value):
        return f"%{moved.get(thing.number, thing).number}"
    if isinstance(thing, (list, tuple)):
        return [outline(item, moved) for item in thing]
    if isinstance(thing, Known):
        return repr(thing.value)
    if is_dataclass(thing):
        step: Any = replace(thing, path="") if isinstance(thing, Apply) else thing
        kept = [f.name for f in fields(step) if f.name not in ("span", "module")]
        return [type(thing).__name__, *(outline(getattr(step, name), moved) for name in kept)]
    return repr(thing)
