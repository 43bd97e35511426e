"""Dataclasses that cost next to nothing to define: the standard library's compile six methods for each class, and load
`inspect`; for all of ours that is a third of the time in which a small file is checked.

Type checkers see the standard library's own. What is here does the same for the options that the package uses, and
takes no others (tests/test_records.py compares every class with the standard library's).
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, is_dataclass, replace

__all__ = ["dataclass", "field", "fields", "is_dataclass", "replace"]
MISSING: Any = object()
MANY = 32  # records of one class, from which on it is worth while to compile its `__init__`
put = object.__setattr__


class Field:
    """A field's name, default and part in `==` and `repr`."""

    __slots__ = ("compare", "default", "default_factory", "hash", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, compare: bool, repr: bool, hash: bool) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr
        self.hash = compare and hash

    def value(self, cls: type) -> Any:
        """What the field holds when nothing is given for it."""
        if self.default_factory is not MISSING:
            return self.default_factory()
        if self.default is MISSING:
            raise TypeError(f"{cls.__name__}() needs {self.name}")
        return self.default


if not TYPE_CHECKING:

    def field(
        *,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        compare: bool = True,
        repr: bool = True,
        hash: bool = True,
    ) -> Any:
        return Field(default, default_factory, compare, repr, hash)

    def dataclass(cls: Any = None, /, *, frozen: bool = False, eq: bool = True) -> Any:
        return made(cls, frozen, eq) if cls is not None else lambda cls: made(cls, frozen, eq)

    def fields(record: Any) -> tuple[Field, ...]:
        return record.__record_fields__

    def is_dataclass(value: Any) -> bool:
        return hasattr(value, "__record_fields__")

    def replace(record: Any, /, **changes: Any) -> Any:
        cls = record.__class__
        names = [found.name for found in cls.__record_fields__]
        return cls(*[changes.pop(name) if name in changes else getattr(record, name) for name in names], **changes)


def made(cls: Any, frozen: bool, eq: bool) -> Any:
    """Give a class the methods of a dataclass, but for those that it has."""
    own = declared(cls)
    cls.__record_fields__ = own
    setattr(cls, "__match_args__", tuple(found.name for found in own))  # noqa: B010
    methods: dict[str, Any] = {"__init__": initialiser(cls, own), "__repr__": shown}
    if eq:
        compared = values_of([found.name for found in own if found.compare])
        methods["__eq__"] = equality(compared)
        if frozen:
            hashed = values_of([found.name for found in own if found.hash])
            methods["__hash__"] = lambda self: hash(hashed(self))
        elif "__hash__" not in cls.__dict__:
            cls.__hash__ = None
    if frozen:
        methods |= {"__setattr__": refuse, "__delattr__": refuse}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def declared(cls: Any) -> tuple[Field, ...]:
    """The fields of a class, those of its bases first. A default stays as an attribute of the class."""
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= {inherited.name: inherited for inherited in base.__dict__.get("__record_fields__", ())}
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if not annotation.startswith("ClassVar"):
            found[name] = declared_field(cls, name)
    return tuple(found.values())


def declared_field(cls: Any, name: str) -> Field:
    made = cls.__dict__.get(name, MISSING)
    if made.__class__ is not Field:
        made = Field(made, MISSING, True, True, True)
    elif made.default is not MISSING:
        setattr(cls, name, made.default)
    else:
        delattr(cls, name)
    made.name = name
    return made


def initialiser(cls: Any, own: tuple[Field, ...]) -> Any:
    """An `__init__` that costs nothing to define. Of a class that is used much, it puts a faster one in its place."""
    finish = getattr(cls, "__post_init__", None)
    made = 0

    def __init__(self: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807
        nonlocal made
        made += 1
        if made == MANY:
            cls.__init__ = compiled(cls, own, finish)
        if named or len(values) != len(own):
            values = completed(type(self), own, values, named)
        for found, value in zip(own, values):  # noqa: B905  (`strict` costs, and their lengths are equal)
            put(self, found.name, value)
        if finish:
            finish(self)

    return __init__


def compiled(cls: Any, own: tuple[Field, ...], finish: Any) -> Any:
    """The `__init__` that the standard library makes of a class when it is defined."""
    scope: dict[str, Any] = {"__name__": __name__, "_put": put, "_MISSING": MISSING, "_finish": finish}
    given, lines = ["self"], []
    is_frozen = cls.__setattr__ is refuse
    for found in own:
        name, has_factory = found.name, found.default_factory is not MISSING
        scope[f"_{name}"] = found.default_factory if has_factory else found.default
        required = found.default is MISSING and not has_factory
        given.append(name if required else f"{name}=_MISSING" if has_factory else f"{name}=_{name}")
        value = f"_{name}() if {name} is _MISSING else {name}" if has_factory else name
        lines.append(f"    _put(self, {name!r}, {value})\n" if is_frozen else f"    self.{name} = {value}\n")
    lines += ["    _finish(self)\n"] if finish else []
    exec(f"def __init__({', '.join(given)}):\n{''.join(lines) or '    pass'}", scope)
    return scope["__init__"]


def completed(cls: type, own: tuple[Field, ...], values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """The values of all fields, from those given and the defaults."""
    given = len(values)
    rest = tuple(named.pop(found.name) if found.name in named else found.value(cls) for found in own[given:])
    if named or given > len(own):
        raise TypeError(f"{cls.__name__}() takes {', '.join(found.name for found in own)}")
    return values + rest


def values_of(names: list[str]) -> Any:
    """What two records are compared by: the values of these fields, as a tuple if there are several."""
    return attrgetter(*names) if names else lambda record: ()


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
