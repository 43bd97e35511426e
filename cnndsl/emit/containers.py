"""Groups and lists of modules in a constructor: as expressions where they can be, else as statements that fill a list.

Chooses no spelling: loops and decisions come settled from the merged class.
"""

from __future__ import annotations

from itertools import groupby

from ..dims import Dim, symbol
from ..graph import Child, DictModule, Known, ListModule, SequentialModule
from ..loops import Entry
from ..records import dataclass, field
from ..typed import Any, Callable, Iterator, Mapping, Sequence
from .arms import nested
from .expressions import Called, Ways, Written, negated, node_of, quoted
from .handed import changes, in_every_round, outcome
from .layout import Brackets, Node, Prefixed, call, flat, generator, keyword, list_of, statement, tuple_of
from .members import bracketed_clause, head, label_text
from .names import Taken, fresh, is_plain
from .plans import Carry, Decision, Group, Repeat, entries_of, said

LISTS = ("layers", "stage", "blocks", "unit", "inner", *(f"layers{n}" for n in range(2, 100)))  # names of lists
REPEATS = 3  # equal children from which a loop reads better


def in_statements(module: Any) -> bool:
    """Whether a module cannot be written as one expression."""
    if isinstance(module, Group):
        return module.is_dict or not all(map(is_element, module.items))
    return any(in_statements(child.module) for child in module.children)


def is_element(item: Any) -> bool:
    """Whether an item of a group can stand in the brackets of `nn.Sequential(…)`."""
    if isinstance(item, Entry):
        return not item.label and not in_statements(item.module)
    return isinstance(item, Repeat) and not item.carried and len(item.body) == 1 and is_element(item.body[0])


def is_headed(module: Any) -> bool:
    """Whether of what a container holds the first alone needs statements. It is built first, so the container can still
    be one expression behind these."""
    if isinstance(module, Group):
        first, *rest = module.items or (None,)
        is_plain = isinstance(first, Entry) and not first.label
        return is_plain and not module.is_dict and in_statements(first.module) and all(map(is_element, rest))
    return not any(in_statements(child.module) for child in module.children[1:])


@dataclass
class Containers:
    """`arguments` are the names that compile-time values may use, `before` the statements that come first."""

    arguments: Mapping[str, str]
    taken: frozenset[str]
    externs: Mapping[str, str]
    before: list[str] = field(default_factory=list)
    indent: int = 8
    lists: dict[str, bool] = field(default_factory=dict)  # names of lists that are being filled, or were
    busy: list[str] = field(default_factory=list)
    around: list[Repeat] = field(default_factory=list)  # the loops that are being written
    tables: dict[str, str] = field(default_factory=dict)  # what they run over, where it has a name

    def module(self, module: Any) -> Node:
        raise NotImplementedError

    def stated(self, indent: int, module: Any, use: Callable[[Node], str]) -> list[str]:
        """A statement that needs a module, after those that it needs itself."""
        outer, self.before, self.indent = self.before, [], indent
        node = self.module(module)
        found = [*self.before, use(node)]
        self.before = outer
        return found

    def start(self, carry: Carry, indent: int) -> list[str]:
        """A size before the loop; one that stays what the author has named a number is called that."""
        start = in_every_round(carry.start, self.around)
        named = flat(node_of(start, self.arguments)) if carry.stays else ""
        if isinstance(self.arguments, Called) and named in self.arguments.sizes.values():
            self.arguments[carry.name] = named
            return []
        return self.carry(carry.name, start, indent)

    def carry(self, name: str, value: Known, indent: int) -> list[str]:
        """A size that rounds hand on, unless it is there under its name."""
        value = in_every_round(value, self.around)
        if isinstance(value.value, Ways) and (lines := self.carry_one_way(name, value.value, indent)):
            return lines
        changed = grown(name, value)
        name, node = self.arguments[name], node_of(value, self.arguments)
        if changed is not None:
            return [statement(f"{name} {changed[0]}= ", node_of(Known(Written(changed[1])), self.arguments), indent)]
        return [statement(f"{name} = ", node, indent)] if flat(node) != name else []

    def contrary(self, condition: str) -> str:
        """A condition negated; a round that is no later one is the first."""
        counting = ((self.arguments.get(loop.index[0], ""), loop.index[1]) for loop in self.around if loop.index)
        first = {f"{name} > {start}": f"{name} == {start}" for name, start in counting}
        return first.get(condition) or negated(condition)

    def carry_one_way(self, name: str, ways: Ways, indent: int) -> list[str]:
        """A size that only one way of a decision changes."""
        for way, other in ((ways.then, ways.otherwise), (ways.otherwise, ways.then)):
            if said(way) == name:
                condition = flat(node_of(ways.condition, self.arguments))
                test = self.contrary(condition) if way is ways.then else condition
                return [statement("if ", test, indent, ":"), *self.carry(name, other, indent + 4)]
        return []

    def container(self, module: Any) -> Node:
        if isinstance(module, Group):
            return self.group(module)
        if in_statements(module) and not is_headed(module):
            return self.filled(module)
        if isinstance(module, DictModule):
            items = (Prefixed(f"{quoted(c.name)}: ", self.module(c.module)) for c in module.children)
            return call("nn.ModuleDict", Brackets("{", tuple(items), "}", packed=False))
        if isinstance(module, ListModule):
            return module_list(self.runs(module.children))
        numbered = [child.name for child in module.children] == [str(n) for n in range(len(module.children))]
        return call("nn.Sequential", *(self.runs(module.children) if numbered else [self.named(module.children)]))

    def runs(self, children: Sequence[Child]) -> list[Node]:
        """Numbered children; three or more equal ones in a row become a loop."""
        found: list[Node] = []
        for node, equal in groupby(self.module(child.module) for child in children):
            nodes = list(equal)
            count = len(nodes)
            found += [generator(node, f"for _ in range({count})")] if count >= REPEATS else nodes
        return found

    def named(self, children: Sequence[Child]) -> Node:
        if all(is_plain(child.name) for child in children):
            return call("OrderedDict", *(keyword(child.name, self.module(child.module)) for child in children))
        pairs = (tuple_of(quoted(child.name), self.module(child.module)) for child in children)
        return call("OrderedDict", list_of(*pairs))

    # Groups with loops and conditions

    def group(self, module: Group) -> Node:
        if not in_statements(module) or is_headed(module):
            items = [self.element(item) for item in module.items]
            return module_list(items) if module.is_list else call("nn.Sequential", *items)
        labelled = any(entry.label for entry in all_entries(module.items))
        name = self.fill(module.items, labelled)
        if module.is_list or module.is_dict:
            return call(holder(module), name)
        return call("nn.Sequential", name if labelled else f"*{name}")

    def element(self, item: Any) -> Node:
        if isinstance(item, Entry):
            return self.module(item.module)
        clauses, inner = [], item
        while isinstance(inner, Repeat):
            clauses.append(flat(bracketed_clause(inner, self.arguments)))
            inner = inner.body[0]
        return Brackets("*(", (self.module(inner.module), *clauses), ")", separator=" ")

    def filled(self, module: Any) -> Node:
        """A container of modules that need statements of their own, in the order in which they are built."""
        labelled = isinstance(module, DictModule) or not all(c.name == str(n) for n, c in enumerate(module.children))
        parts = tuple(Entry((Known(c.name),) if labelled else (), c.module) for c in module.children)
        name = self.fill(parts, labelled)
        if isinstance(module, SequentialModule):
            return call("nn.Sequential", name if labelled else f"*{name}")
        return call("nn.ModuleDict" if labelled else "nn.ModuleList", name)

    def fill(self, items: Sequence[Any], labelled: bool) -> str:
        """The statements that put modules into a list, or by name into a dict; gives its name."""
        taken = Taken(set(self.arguments.values()), self.taken)
        name = next(n for n in LISTS if n not in self.busy and (n in self.lists or n not in taken))
        if self.lists.get(name, labelled) != labelled:
            name = fresh(f"{name}_by_name", Taken(taken, self.busy))
        kind = "OrderedDict[str, nn.Module]" if labelled else "list[nn.Module]"
        typed = "" if name in self.lists else f": {kind}"
        self.lists[name] = labelled
        self.busy.append(name)
        writer = Filler(self, name, labelled)
        first = writer.leading(items)
        empty: Node = "OrderedDict()" if labelled else list_of(*(self.module(entry.module) for entry in first))
        self.before.append(statement(f"{name}{typed} = ", empty, self.indent))
        writer.write(items[len(first) :])
        self.busy.remove(name)
        return name

    def held_at(self, name: str, module: Group, indent: int) -> list[str]:
        """The statements that fill an nn.ModuleList or nn.ModuleDict where it is."""
        outer, self.before, self.indent = self.before, [], indent
        writer = Filler(self, name, module.is_dict)
        first = writer.leading(module.items)
        given = [list_of(*(self.module(entry.module) for entry in first))] if first else []
        self.before.append(statement(f"{name} = ", call(holder(module), *given), indent))
        writer.write(module.items[len(first) :])
        found, self.before = self.before, outer
        return found


def holder(module: Group) -> str:
    """The class of torch's that a group is."""
    return "nn.ModuleDict" if module.is_dict else "nn.ModuleList" if module.is_list else "nn.Sequential"


def module_list(items: Sequence[Node]) -> Node:
    if len(items) == 1 and isinstance(items[0], Brackets) and items[0].opening == "*(":
        return Brackets("nn.ModuleList(", items[0].items, ")", separator=" ")
    return call("nn.ModuleList", list_of(*items))


def grown(name: str, value: Known) -> tuple[str, Any] | None:
    """The sign and the number if a size is handed on as itself and more, as a multiple or as a part of itself."""
    if not isinstance(value.value, Written) or not isinstance(value.value.spelling, Dim):
        return None
    size, more = value.value.spelling, value.value.spelling - symbol(name)
    if isinstance(more, Dim) and name not in more.symbols and all(factor > 0 for _, factor in more.terms):
        return "+", more
    for atom in size.terms[0][0][:1]:
        if atom.kind == "//" and atom.parts[0] == symbol(name) and size == symbol(name) // atom.parts[1]:
            return "//", atom.parts[1]
    factor = size.subs({name: 1})
    several = not isinstance(factor, Dim) or len(factor.terms) == 1
    return ("*", factor) if several and factor != 1 and symbol(name) * factor == size else None


@dataclass
class Filler:
    """Writes the statements that fill one list."""

    owner: Containers
    name: str
    labelled: bool
    waiting: list[Node] = field(default_factory=list)

    def leading(self, items: Sequence[Any]) -> list[Entry]:
        """The first items, as far as they can stand in the list's own brackets."""
        count = 0
        while not self.labelled and count < len(items) and isinstance(items[count], Entry):
            if in_statements(items[count].module):
                break
            count += 1
        return list(items[:count])

    def write(self, items: Sequence[Any]) -> None:
        for item in items:
            if isinstance(item, Entry):
                self.entry(item)
                continue
            self.flush()
            if isinstance(item, Repeat):
                self.loop(item)
            else:
                self.decision(item)
        self.flush()

    def entry(self, entry: Entry) -> None:
        if in_statements(entry.module):
            self.flush()
        node = self.owner.module(entry.module)
        if self.labelled:
            key = label_text(entry.label, self.owner.arguments) if entry.label else f"str(len({self.name}))"
            self.line(f"{self.name}[{key}] = ", node)
        else:
            self.waiting.append(node)

    def flush(self) -> None:
        if len(self.waiting) == 1:
            self.line("", call(f"{self.name}.append", self.waiting[0]))
        elif self.waiting:
            self.line(f"{self.name} += ", list_of(*self.waiting))
        self.waiting = []

    def line(self, start: str, node: Node, end: str = "") -> None:
        self.owner.before.append(statement(start, node, self.owner.indent, end))

    def loop(self, loop: Repeat) -> None:
        for carry in loop.carried:
            self.owner.before += self.owner.start(carry, self.owner.indent)
        begun = len(self.owner.before)
        with Indented(self.owner), Round(self.owner, loop, self.owner.indent) as named:
            self.owner.before += named
            self.write(loop.body)
            for carry in changes(loop, self.owner.arguments):
                changed = self.owner.carry(carry.name, carry.update, self.owner.indent)
                self.owner.before[begun:] = with_change(self.owner.before[begun:], changed)
        text = "\n".join(self.owner.before[begun:])
        tables = self.owner.tables
        line = head(loop, self.owner.arguments, self.owner.indent, text, through=True, known_tables=tables)
        self.owner.before.insert(begun, line)

    def decision(self, item: Decision) -> None:
        condition = node_of(item.condition, self.owner.arguments)
        if not item.then or not item.otherwise:
            self.alone(condition if item.then else self.owner.contrary(flat(condition)), item)
            return
        self.line("if ", condition, ":")
        with Indented(self.owner):
            self.write(item.then)
        self.owner.before.append(" " * self.owner.indent + "else:")
        with Indented(self.owner):
            self.write(item.otherwise)

    def alone(self, test: Node, item: Decision) -> None:
        """An `if` without an `else`; around nothing but another one, both are one, if that is no long line."""
        arm = item.then or item.otherwise
        inner = arm[0] if len(arm) == 1 and isinstance(arm[0], Decision) else None
        if inner is not None and not (inner.then and inner.otherwise):
            asked = flat(node_of(inner.condition, self.owner.arguments))
            asked = asked if inner.then else self.owner.contrary(asked)
            line = nested(f"if {flat(test)}:", [f"if {asked}:"], self.owner.indent)
            if line is not None:
                self.alone(line.strip()[3:-1], inner)
                return
        self.line("if ", test, ":")
        with Indented(self.owner):
            self.write(arm)


def with_change(lines: list[str], changed: list[str]) -> list[str]:
    """The lines, and what `if a:` changes behind them: in the arm of an `if a:` that they end in, if there is one."""
    head = changed[0] if len(changed) > 1 else ""
    pad = head[: len(head) - len(head.lstrip())]
    outer = [line for line in "\n".join(lines).split("\n") if not line.startswith(f"{pad} ")]
    alternative = f"{pad}else:"
    test = outer[-2].strip()[3:-1] if outer[-1:] == [alternative] and outer[-2].strip().startswith("if ") else ""
    if test and head.strip() == f"if {test}:":
        at = len(lines) - lines[::-1].index(alternative) - 1
        return [*lines[:at], *changed[1:], *lines[at:]]
    ends = outer[-1:] == [head] and head
    return [*lines, *(changed[1:] if ends or (test and head.strip() == f"if {negated(test)}:") else changed)]


class Round:
    """Inside, what the rounds of a loop hand on has a name, if it is to have one; gives the line that says so."""

    def __init__(self, owner: Containers, loop: Repeat, indent: int) -> None:
        self.owner, self.loop, self.indent = owner, loop, indent
        self.named = outcome(loop, [*owner.around, loop], owner.arguments, owner.taken)

    def __enter__(self) -> list[str]:
        names = self.owner.arguments
        lines = [
            statement(f"{name} = ", node_of(Known(Written(size)), names), self.indent)
            for size, name in self.named.items()
        ]
        if isinstance(names, Called):
            names.sizes |= self.named
        self.owner.around.append(self.loop)
        return lines

    def __exit__(self, *_: object) -> None:
        self.owner.around.pop()
        if isinstance(self.owner.arguments, Called):
            for size in self.named:
                del self.owner.arguments.sizes[size]


class Indented:
    def __init__(self, owner: Containers) -> None:
        self.owner = owner

    def __enter__(self) -> None:
        self.owner.indent += 4

    def __exit__(self, *_: object) -> None:
        self.owner.indent -= 4


def all_entries(items: Sequence[Any]) -> Iterator[Entry]:
    yield from entries_of(tuple(items))
