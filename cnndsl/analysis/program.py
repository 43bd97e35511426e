"""A file and what it imports: which names its items have. Reads through the caller's `read`; elaborates nothing."""

from __future__ import annotations

from ..files import similar
from ..limits import DEFAULT, LINE, READ, Limits, Taken
from ..problems import CnnError, Problem, Related, fail
from ..reading import OutsideProject
from ..records import dataclass, field
from ..source import Source, Span
from ..syntax import tree as t
from ..syntax.parse import recovered
from ..typed import Any, Callable, Iterable, Iterator

SOUGHT = 20  # files that are not there for which one of nearly the same name is looked for

Read = Callable[[str, str], Source]  # read(path as written, path of the importing file); raises OSError, CnnError


@dataclass
class Scope:
    """The items that a file can name: its own and the imported ones, each with the scope it was written in."""

    file: t.File
    source: Source
    items: dict[str, tuple[t.Item, Scope]] = field(default_factory=dict)
    unknown: int = 0  # names that nothing has, so far
    facts: dict[Any, dict[str, object]] = field(default_factory=dict)  # of these names, beside what was known there
    given: dict[int, Any] = field(default_factory=dict)  # where bodies give names, by their identity: see untaken.py
    counts: dict[str, set[int]] | None = None  # how many tensors the uses of each block give to it: see undeclared.py
    problems: list[Problem] = field(default_factory=list)  # of the text, here and in the files imported
    limits: Limits = DEFAULT
    size: int = 0  # characters of the file, with all that it imports; more, if it has many short lines
    seen: Any = None  # a seen.Seen: what is known of its items from the last check
    circles: dict[int, list[t.Name]] = field(default_factory=dict)  # the circles that aliases stand in, if any

    def taken(self, limits: Limits) -> Taken:
        """What reading it has taken of the steps that its networks may take together; some are always left for them."""
        return Taken(limits.steps, min(self.size // READ, limits.steps + limits.steps // 4))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def load(source: Source, read: Read, limits: Limits = DEFAULT) -> Scope:
    """Parses a file and all that it imports; raises CnnError if the file is garbage. See `Scope.problems`."""
    loader = Loader(read, limits, size=len(source.text))
    scope = loader.scope(source, ())
    scope.size = max(loader.size, LINE * sum([lines_of(read.source.text) for read in loader.done.values()]))
    return scope


def lines_of(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))


@dataclass
class Loader:
    read: Read
    limits: Limits
    done: dict[str, Scope] = field(default_factory=dict)
    size: int = 0  # characters of the file and those imported so far
    missing: int = 0  # files that are not there, so far

    def scope(self, source: Source, chain: tuple[str, ...]) -> Scope:
        """The scope of a file; `chain` are the paths of the files that are importing it."""
        if source.path in self.done:
            return self.done[source.path]
        tree, problems = recovered(source, self.limits)
        if "= {" in source.text or "={" in source.text:
            from ..syntax.misdeclared import without_equals

            tree = without_equals(tree, problems)
        scope = Scope(tree, source, problems=problems, limits=self.limits)
        for item in tree.items:
            try:
                self.add(scope, item, chain)
            except CnnError as error:
                problems += error.problems
        self.done[source.path] = scope
        return scope

    def add(self, scope: Scope, item: t.Item, chain: tuple[str, ...]) -> None:
        if isinstance(item, t.Import):
            self.bring(scope, item, (*chain, scope.source.path))
        elif isinstance(item, t.Faulty):
            poison(scope, item.names, item)
        else:
            declare(scope, item.name, item, scope)

    def bring(self, scope: Scope, item: t.Import, chain: tuple[str, ...]) -> None:
        """The names of one import statement; if it fails, nothing is said of them."""
        try:
            theirs = self.theirs(scope, item, chain)
        except CnnError:
            poison(scope, [here for _, here in item.names], item)
            raise
        for there, here in item.names:
            if there.id in theirs.items:
                declare(scope, here, *theirs.items[there.id])
                continue
            poison(scope, [here], item)
            known = sorted(name for name, (found, _) in theirs.items.items() if not isinstance(found, t.Faulty))
            facts = {"name": there.id, "path": item.path.plain, "known": known, "nearest": nearest(there.id, known)}
            scope.problems += fail("not-in-import", there.span, **facts).problems

    def theirs(self, scope: Scope, item: t.Import, chain: tuple[str, ...]) -> Scope:
        path = item.path.plain
        if path is None:
            raise fail("import-path-computed", item.path.span)
        theirs = self.scope(self.open(path, item.path.span, scope, chain), chain)
        scope.problems += [problem for problem in theirs.problems if problem not in scope.problems]
        return theirs

    def open(self, path: str, span: Span, scope: Scope, chain: tuple[str, ...]) -> Source:
        if not path.endswith(".cnn"):
            self.missing += 1
            is_plain = path.replace("_", "").isalnum() and self.missing <= SOUGHT  # beside the file, and not elsewhere
            meant = similar_import(f"{path}.cnn", scope.source.path) if is_plain else None
            reason = "only `.cnn` files are imported"
            raise fail("import-unreadable", span, path=path, reason=reason, nearest=meant)
        try:
            source = self.read(path, scope.source.path)
        except OutsideProject as error:
            raise fail("import-outside", span, path=path, folder=error.folder) from None
        except OSError as error:
            self.missing += isinstance(error, FileNotFoundError)
            looks = isinstance(error, FileNotFoundError) and self.missing <= SOUGHT
            meant = similar_import(path, scope.source.path) if looks else None
            reason = error.strerror or str(error)
            raise fail("import-unreadable", span, path=path, reason=reason, nearest=meant) from None
        except ValueError as error:
            if not isinstance(error, UnicodeDecodeError):
                raise fail("import-unreadable", span, path=path, reason="no file can have this name") from None
            raise fail("import-unreadable", span, path=path, reason="it is not UTF-8 text") from None
        if source.path in chain:
            raise fail("import-cycle", span, path=path, chain=[*chain, source.path])
        self.count(source, path, span, chain)
        return source

    def count(self, source: Source, path: str, span: Span, chain: tuple[str, ...]) -> None:
        """Refuses files that import one another too deep, or are too large together."""
        if len(chain) > self.limits.depth:
            raise fail("too-deep", span, name=path, limit=self.limits.depth)
        limit, before = self.limits.size, self.size
        if source.path not in self.done:
            self.size += len(source.text)
        if self.size > limit:  # said once
            raise fail("imports-too-large" if before <= limit else "poisoned", span, limit=f"{limit:,}")


def similar_import(path: str, importer: str) -> str | None:
    """A file beside the one that is not there, with nearly its name, as an import would name it."""
    from os.path import basename, dirname, join

    folder = "" if importer.startswith("<") else dirname(importer)
    found = similar(join(folder, path))
    return None if found is None else join(dirname(path), basename(found))


def nearest(name: str, known: list[str]) -> str | None:
    """The item that an import may have meant; suggest.py is not needed to read a sound file."""
    from .suggest import nearest

    return nearest(name, known)


def readable(file: t.File) -> Iterator[t.Item]:
    """The items of a file, and the definitions of which only the head is faulty."""
    for item in file.items:
        if isinstance(item, t.Faulty):
            yield from (inside for inside in item.body if isinstance(inside, t.Definition))
        else:
            yield item


def poison(scope: Scope, names: Iterable[t.Name], item: t.Item) -> None:
    """What these names stand for cannot be known."""
    for name in names:
        scope.items.setdefault(name.id, (t.Faulty((name,), (), (), item.span), scope))


def not_capitalised(scope: Scope, name: t.Name, item: t.Item) -> CnnError:
    """The problem of a block in small letters. Who writes the capital elsewhere writes it right."""
    from ..layers import lookup
    from .capitals import capitalised, everywhere

    meant, fix = capitalised(name.id), None
    facts: dict[str, object] = {"name": name.id}
    if meant[:1].isupper() and lookup(meant) is None and meant not in scope.items:
        poison(scope, [t.Name(meant, name.span)], item)
        facts["meant"], fix = meant, everywhere(name.id, meant, scope)
    return CnnError([Problem("name-not-capitalised", name.span, facts, fix=fix)])


def declare(scope: Scope, name: t.Name, item: t.Item, home: Scope) -> None:
    """Gives an item a name, however it is written; raises CnnError for a name that it cannot have."""
    earlier = scope.items.get(name.id, (None,))[0]
    if earlier is not None and not isinstance(earlier, t.Faulty):
        related = () if isinstance(earlier, t.Import) else (Related("first-here", earlier.name.span),)
        raise fail("defined-twice", name.span, *related, name=name.id, same=name.id if item == earlier else None)
    scope.items[name.id] = (item, home)
    if isinstance(item, (t.Definition, t.Alias, t.Extern)) and not name.id[:1].isupper():
        raise not_capitalised(scope, name, item)
    if isinstance(item, t.Def) and name.id[:1].isupper():
        from .capitals import as_block, block_for_def

        if block := as_block(item):  # which is what is looked at
            scope.items[name.id] = (block, home)
            raise block_for_def(item)
        raise fail("def-capitalised", name.span, name=name.id)


def circle(item: t.Alias, scope: Scope) -> list[t.Name]:
    """The names that an item leads to, if these lead to it again; more than may be inside one another are no circle."""
    known, way = scope.circles, dict[int, t.Name]()
    behind: tuple[Any, Scope] | None = (item, scope)
    while behind is not None and id(behind[0]) not in known and id(behind[0]) not in way:
        way[id(behind[0])] = behind[0].name
        behind = following(*behind)
    ring = list(way)[list(way).index(id(behind[0])) :] if behind and id(behind[0]) in way else []
    known.update({key: [] for key in way})
    if len(ring) <= scope.limits.depth:
        known.update((one, [way[other] for other in ring[n:] + ring[:n]]) for n, one in enumerate(ring))
    return known[id(item)]


def following(item: Any, scope: Scope) -> tuple[Any, Scope] | None:
    """What an item is but another name for, with or without arguments, if that is one of the file, too."""
    value = item.value.function if isinstance(item.value, t.Call) else item.value
    own = {parameter.name.id for parameter in getattr(item, "parameters", ())}
    found = scope.items.get(value.id) if isinstance(value, t.Name) and value.id not in own else None
    return found if found and isinstance(found[0], (t.Alias, t.Const)) else None
