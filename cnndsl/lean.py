"""What the package uses of `functools`, `collections`, `contextlib` and `types`: to load these, and what they load,
takes 2.5 ms, a twentieth of checking ResNet-50 and a thirtieth of compiling it.

Type checkers see the standard library's own. What is here does the same where the package uses it, and no more
(tests/test_lean.py holds it against them); what is written in C is theirs.
"""

from __future__ import annotations

import sys

from .typed import TYPE_CHECKING

__all__ = [
    "ChainMap",
    "CodeType",
    "Counter",
    "FunctionType",
    "ModuleType",
    "NoneType",
    "SimpleNamespace",
    "cache",
    "cached_property",
    "contextmanager",
    "lru_cache",
    "partial",
    "reduce",
    "suppress",
    "wraps",
]

if TYPE_CHECKING:
    from collections import ChainMap, Counter
    from contextlib import contextmanager, suppress
    from functools import cache, cached_property, lru_cache, partial, reduce, wraps
    from types import CodeType, FunctionType, ModuleType, NoneType, SimpleNamespace
else:
    from _collections import _count_elements
    from _functools import _lru_cache_wrapper, partial, reduce

    CodeType, FunctionType, ModuleType = type((lambda: None).__code__), type(lambda: None), type(sys)
    NoneType, SimpleNamespace = type(None), type(sys.implementation)

    def wraps(function):
        def named(made):
            for name in ("__module__", "__name__", "__qualname__", "__doc__"):
                setattr(made, name, getattr(function, name))
            made.__wrapped__ = function
            return made

        return named

    def lru_cache(maxsize, typed=False):
        return lambda function: wraps(function)(_lru_cache_wrapper(function, maxsize, typed, None))

    cache = lru_cache(None)

    class cached_property:  # noqa: N801
        """What a method gives, kept as an attribute of the object."""

        def __init__(self, function):
            self.function, self.__doc__ = function, function.__doc__

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            found = instance.__dict__[self.name] = self.function(instance)
            return found

    class contextmanager:  # noqa: N801
        """What a generator does before and behind its only `yield`, around a block."""

        def __init__(self, function):
            self.function, self.__doc__, self.__wrapped__ = function, function.__doc__, function

        def __get__(self, instance, owner=None):
            return self if instance is None else partial(self, instance)

        def __call__(self, *given, **named):
            return Around(self.function(*given, **named))

    class Around:
        def __init__(self, steps):
            self.steps = steps

        def __enter__(self):
            return next(self.steps)

        def __exit__(self, kind, error, trace):
            if error is None:
                next(self.steps, None)
            else:
                self.steps.throw(error)  # raises it again, or another one: none of ours takes it back

    class suppress:  # noqa: N801
        def __init__(self, *kinds):
            self.kinds = kinds

        def __enter__(self):
            pass

        def __exit__(self, kind, error, trace):
            return kind is not None and issubclass(kind, self.kinds)

    class Counter(dict):
        """How often each thing was met."""

        def __init__(self, things=()):
            self.update(things)

        def __missing__(self, key):
            return 0

        def update(self, things):
            if isinstance(things, dict) and not self:
                super().update(things)
            elif isinstance(things, dict):
                for key, count in things.items():
                    self[key] += count
            else:
                _count_elements(self, things)

        def subtract(self, things):
            for key, count in Counter(things).items():
                self[key] -= count

    class ChainMap(dict):
        """Entries before those of another mapping; to look things up in, and not to go through."""

        def __init__(self, above, below):
            super().__init__(above)
            self.below = below

        def __missing__(self, key):
            return self.below[key]

        def __contains__(self, key):
            return super().__contains__(key) or key in self.below

        def get(self, key, default=None):
            try:
                return self[key]
            except KeyError:
                return default

        def __bool__(self):
            return super().__len__() > 0 or bool(self.below)

        def __iter__(self):
            raise NotImplementedError

        items = keys = values = __len__ = __iter__
