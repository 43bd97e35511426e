"""Finds torchvision's models, also where its compiled operators are missing, which no model here needs."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

MODULES = ("torchvision.models", "torchvision.models.segmentation", "torchvision.models.video")


def module(name: str) -> ModuleType:
    """A module of torchvision's."""
    sys.modules.setdefault("torchvision._meta_registrations", ModuleType("_meta_registrations"))
    return import_module(name)


def builder(name: str) -> Any:
    """torchvision's function that builds a model."""
    return next(vars(module(where))[name] for where in MODULES if name in vars(module(where)))
