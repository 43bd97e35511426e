"""On what terms files are read: limits, and the folder that imports may not leave. Knows nothing of the language.

The project folder is the nearest folder, at or above the file that is asked for, which holds one of MARKERS; without
one, that file's own folder. Links are followed before anything is compared.
"""

from __future__ import annotations

import errno
import os

from . import files
from .limits import DEFAULT, Limits
from .records import replace
from .source import Source

MARKERS = (".git", ".hg", "pyproject.toml")


class OutsideProject(OSError):
    """An import that leads out of the project folder, which is `folder`."""

    def __init__(self, folder: str) -> None:
        super().__init__(errno.EACCES, "it lies outside the project")
        self.folder = folder


class Reading:
    """How one file, and what it imports, is read. `paths`: the files that were asked for."""

    def __init__(self, limits: Limits = DEFAULT, project: str | None = None) -> None:
        self.limits = limits
        self.project = project
        self.paths: list[str] = []
        self.imports: dict[tuple[str, str], Source] = {}

    def read(self, path: str) -> Source:
        """A file's text; raises CnnError if there is none to be had."""
        self.paths.append(path)
        return self.of(files.read(path, self.limits.size))

    def read_stdin(self) -> Source:
        """Standard input, shown as `<stdin>`."""
        return self.of(files.read_stdin(self.limits.size))

    def of(self, source: Source) -> Source:
        """A source that is read, and whose imports are read, on these terms."""
        return replace(source, reading=self)

    def read_import(self, written: str, importer: str) -> Source:
        """The file that another one names, relative to it; raises OSError or ValueError."""
        found = self.imports[written, importer] = self.imported(written, importer)
        return found

    def imported(self, written: str, importer: str) -> Source:
        folder = "" if importer.startswith("<") else os.path.dirname(importer)
        if self.project is None:
            self.project = project_of(folder)
        path = os.path.normpath(os.path.join(folder, written))
        self.paths.append(path)
        if not is_within(path, self.project):
            raise OutsideProject(self.project)
        return files.read_text(path, self.limits.size)

    def have_changed(self) -> bool:
        """Whether anything that was imported is not what it was."""
        try:
            return any(self.imported(*names) != source for names, source in self.imports.items())
        except (OSError, ValueError):
            return True


def project_of(folder: str) -> str:
    """The project folder of a file in a folder."""
    start = found = os.path.realpath(folder)
    while not any(os.path.exists(os.path.join(found, marker)) for marker in MARKERS):
        above = os.path.dirname(found)
        if above == found:
            return start
        found = above
    return found


def is_within(path: str, folder: str) -> bool:
    """Whether a file, wherever links lead, lies in a folder or in one of its folders."""
    inside = os.path.join(os.path.realpath(folder), "")
    return os.path.realpath(path).startswith(inside)
