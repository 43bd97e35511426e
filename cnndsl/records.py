"""Dataclasses that cost next to nothing to define: the standard library's compile six methods for each class, and load
`inspect`; for all of ours that is a third of the time in which a small file is checked.

Type checkers see the standard library's own. What is here does the same for the options that the package uses, and
takes no others (tests/test_records.py compares every class with the standard library's).
"""

from __future__ import annotations

from _operator import attrgetter

from .lean import CodeType, FunctionType, cache
from .typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeVar

    Cls = TypeVar("Cls", bound=type)
    from dataclasses import dataclass, field, fields, is_dataclass, replace

__all__ = ["dataclass", "deferred", "field", "fields", "is_dataclass", "may_defer", "replace", "twin"]
MISSING: Any = object()
SOME = 4  # records of one class, from which on it is worth while to give it an `__init__` of its own,
MANY = 48  # or to compile one
put = object.__setattr__


class Field:
    """A field's name, default and part in `==` and `repr`."""

    name: str
    default: Any = MISSING
    default_factory: Any = MISSING
    compare = repr = hash = True


if not TYPE_CHECKING:

    def field(
        *,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        compare: bool = True,
        repr: bool = True,
        hash: bool = True,
    ) -> Any:
        made = Field()
        made.default, made.default_factory = default, default_factory
        made.compare, made.repr, made.hash = compare, repr, compare and hash
        return made

    def dataclass(cls: Any = None, /, *, frozen: bool = False, eq: bool = True) -> Any:
        return made(cls, frozen, eq) if cls is not None else lambda cls: made(cls, frozen, eq)

    def fields(record: Any) -> tuple[Field, ...]:
        return record.__record_fields__

    def is_dataclass(value: Any) -> bool:
        return hasattr(value, "__record_fields__")

    def replace(record: Any, /, **changes: Any) -> Any:
        cls, held = record.__class__, record.__dict__
        if len(held) == len(cls.__match_args__) and "deferred" not in held:  # nothing but the fields
            return cls(**{**held, **changes})
        for name in cls.__match_args__:
            if name not in changes:
                changes[name] = getattr(record, name)
        return cls(**changes)


def may_defer(cls: Cls) -> Cls:
    """Records of this class may be made by `deferred`."""
    setattr(cls, "__getattr__", asked_for)  # noqa: B010
    return cls


def deferred(cls: Any, name: str, make: Any, /, **others: Any) -> Any:
    """A record whose field `name` is what `make` gives; that is called when the field is first read."""
    made = cls.__new__(cls)
    made.__dict__.update(others, deferred=(name, make))
    return made


def asked_for(record: Any, name: str) -> Any:
    """What a record does not have may be a field that is not made yet."""
    held = record.__dict__
    field, make = held.get("deferred", ("", None))
    if name != field:
        raise AttributeError(f"{record.__class__.__name__} has no {name}")
    if name not in held:
        held[name] = make()
        del held["deferred"]
    return held[name]


def twin(record: Any) -> Any:
    """What `copy.copy` makes of an object like ours, without what that loads."""
    other = record.__class__.__new__(record.__class__)
    other.__dict__.update(record.__dict__)
    return other


def made(cls: Any, frozen: bool, eq: bool) -> Any:
    """Give a class the methods of a dataclass, but for those that it has."""
    own = declared(cls)
    cls.__record_fields__ = own
    setattr(cls, "__match_args__", tuple([found.name for found in own]))  # noqa: B010
    has = cls.__dict__
    if "__init__" not in has:
        cls.__init__ = initialiser(cls, own)
    if "__repr__" not in has:
        cls.__repr__ = shown
    if eq:
        compared = values_of([found.name for found in own if found.compare])
        if "__eq__" not in has:
            cls.__eq__ = equality(compared)
        if "__hash__" not in has or has["__hash__"] is None:  # which Python puts beside an `__eq__`
            cls.__hash__ = hashing(own, compared) if frozen else None
    if frozen:
        cls.__setattr__ = cls.__delattr__ = refuse
    return cls


def declared(cls: Any) -> tuple[Field, ...]:
    """The fields of a class, those of its bases first. A default stays as an attribute of the class."""
    found: dict[str, Field] = {}
    for base in cls.__mro__[-2:0:-1]:
        found |= {inherited.name: inherited for inherited in base.__dict__.get("__record_fields__", ())}
    held = cls.__dict__
    for name, annotation in held.get("__annotations__", {}).items():
        if not annotation.startswith("ClassVar"):
            found[name] = declared_field(cls, name) if name in held else PLAIN.get(name) or plain_field(name)
    return tuple(found.values())


PLAIN: dict[str, Field] = {}  # fields with nothing but a name, by which many classes have one alike


def plain_field(name: str) -> Field:
    made = PLAIN[name] = Field()
    made.name = name
    return made


def declared_field(cls: Any, name: str) -> Field:
    made = cls.__dict__[name]
    if made.__class__ is not Field:
        default, made = made, Field()
        made.default = default
    elif made.default is not MISSING:
        setattr(cls, name, made.default)
    else:
        delattr(cls, name)
    made.name = name
    return made


def initialiser(cls: Any, own: tuple[Field, ...]) -> Any:
    """An `__init__` that costs nothing to define. Of a class that is used much, it puts a faster one in its place."""
    finish, names, count = getattr(cls, "__post_init__", None), cls.__match_args__, len(own)
    made, many = 0, MANY if has_factories(own) or finish or count not in USUAL else SOME
    usual: tuple[dict[str, Any], dict[str, Any]] | None = None  # what has defaults, and what makes some

    def __init__(self: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807
        nonlocal made, usual
        made += 1
        if made == many:
            cls.__init__ = compiled(cls, own, finish)
        held = self.__dict__
        if len(values) != count:
            usual = usual or defaults(own)
            held.update(usual[0])
        held.update(zip(names, values))  # noqa: B905  (`strict` costs; who gives too many is refused below)
        if named:
            refuse_twice(cls, names[: len(values)], named)
            held.update(named)
        if usual and len(held) != count:
            for name in usual[1].keys() - held:
                held[name] = usual[1][name]()
        if len(held) != count or len(values) > count:
            refuse_fields(cls, held)
        if finish:
            finish(self)

    return __init__


def defaults(own: tuple[Field, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is put in for fields that are not given, and what makes it for the others."""
    usual = {found.name: found.default for found in own if found.default is not MISSING}
    return usual, {found.name: found.default_factory for found in own if found.default_factory is not MISSING}


def refuse_twice(cls: type, given: tuple[str, ...], named: dict[str, Any]) -> None:
    for name in () if named.keys().isdisjoint(given) else given:
        if name in named:
            raise TypeError(f"{cls.__name__}() is given {name} twice")


def refuse_fields(cls: Any, held: dict[str, Any]) -> None:
    """Raises TypeError for what a record lacks, or does not take."""
    names = cls.__match_args__
    lacking = [name for name in names if name not in held]
    raise TypeError(f"{cls.__name__}() {f'needs {lacking[0]}' if lacking else 'takes ' + ', '.join(names)}")


def has_factories(own: tuple[Field, ...]) -> bool:
    return any([found.default_factory is not MISSING for found in own])


def compiled(cls: Any, own: tuple[Field, ...], finish: Any) -> Any:
    """The `__init__` that the standard library makes of a class when it is defined."""
    names = {f"f{n}": found.name for n, found in enumerate(own)}
    made = [n for n, found in enumerate(own) if found.default_factory is not MISSING]
    code = template(len(own), tuple(made), cls.__setattr__ is refuse, finish is not None)
    consts = tuple([names.get(const, const) if const.__class__ is str else const for const in code.co_consts])
    attributes, locals_ = (tuple([names.get(n, n) for n in some]) for some in (code.co_names, code.co_varnames))
    code = code.replace(co_consts=consts, co_names=attributes, co_varnames=locals_)
    scope = {"put": put, "_MISSING": MISSING, "_finish": finish, "__name__": __name__}
    scope |= {f"_made{n}": own[n].default_factory for n in made}
    values = (MISSING if n in made else found.default for n, found in enumerate(own))
    defaults = tuple([value for n, value in enumerate(values) if n in made or value is not MISSING])
    return FunctionType(code, scope, "__init__", defaults)


@cache
def template(count: int, made: tuple[int, ...], is_frozen: bool, finishes: bool) -> CodeType:
    """The code of an `__init__` for so many fields, some of which a factory makes. In it they are called f0, f1, …"""
    if is_frozen and not made and not finishes and count in USUAL:
        return USUAL[count]
    lines = []
    for n in range(count):
        value = f"_made{n}() if f{n} is _MISSING else f{n}" if n in made else f"f{n}"
        lines.append(f"    put(self, 'f{n}', {value})\n" if is_frozen else f"    self.f{n} = {value}\n")
    lines += ["    _finish(self)\n"] if finishes else []
    scope: dict[str, Any] = {}
    exec(
        f"def __init__({', '.join(['self', *(f'f{n}' for n in range(count))])}):\n{''.join(lines) or '    pass'}", scope
    )
    code: CodeType = scope["__init__"].__code__
    return code


def one(self: Any, f0: Any) -> None:
    put(self, "f0", f0)


def two(self: Any, f0: Any, f1: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)


def three(self: Any, f0: Any, f1: Any, f2: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)
    put(self, "f2", f2)


def four(self: Any, f0: Any, f1: Any, f2: Any, f3: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)
    put(self, "f2", f2)
    put(self, "f3", f3)


def five(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)
    put(self, "f2", f2)
    put(self, "f3", f3)
    put(self, "f4", f4)


def six(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)
    put(self, "f2", f2)
    put(self, "f3", f3)
    put(self, "f4", f4)
    put(self, "f5", f5)


def seven(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any, f6: Any) -> None:
    put(self, "f0", f0)
    put(self, "f1", f1)
    put(self, "f2", f2)
    put(self, "f3", f3)
    put(self, "f4", f4)
    put(self, "f5", f5)
    put(self, "f6", f6)


INITS: tuple[Any, ...] = (one, two, three, four, five, six, seven)
USUAL: dict[int, CodeType] = {count: init.__code__ for count, init in enumerate(INITS, 1)}
"""What `template` would compile for frozen records without factories, which most are."""


def values_of(names: list[str]) -> Any:
    """What two records are compared by: the values of these fields, as a tuple if there are several."""
    return attrgetter(*names) if names else lambda record: ()


def hashing(own: tuple[Field, ...], compared: Any) -> Any:
    """A `__hash__` of the fields that are hashed: mostly those that are `compared`."""
    if any([found.hash is not found.compare for found in own]):
        compared = values_of([found.name for found in own if found.hash])
    return lambda self: hash(compared(self))


def equality(compared: Any) -> Any:
    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        if self.__class__ is not other.__class__:
            return NotImplemented
        left, right = compared(self), compared(other)
        return left is right or left == right

    return __eq__


def shown(self: Any) -> str:
    parts = (f"{found.name}={getattr(self, found.name)!r}" for found in self.__record_fields__ if found.repr)
    return f"{self.__class__.__qualname__}({', '.join(parts)})"


def refuse(self: Any, name: str, value: Any = None) -> None:
    raise AttributeError(f"{self.__class__.__name__} is immutable: {name}")
