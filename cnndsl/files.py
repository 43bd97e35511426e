"""Reading source files and writing results: whole files, UTF-8, atomically. Knows nothing of the language."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

from .problems import CnnError, Problem, fail
from .source import Source, Span

MAX_BYTES = 10_000_000


def read(path: str) -> Source:
    """A file's text; raises CnnError if there is none to be had."""
    try:
        return decode(path, content(path))
    except FileNotFoundError:
        raise fail("file-not-found", None, path=path, suggestion=similar(path)) from None
    except IsADirectoryError:
        raise fail("file-is-folder", None, path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise fail("file-not-readable", None, path=path, reason=reason(error)) from None


def below(folder: str) -> list[str]:
    """The `.cnn` files in a folder and its folders, hidden ones apart, in order."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += (os.path.join(place, name) for name in sorted(names) if name.endswith(".cnn"))
    return found


def similar(path: str) -> str | None:
    """A `.cnn` file in the same folder with nearly this name."""
    from difflib import get_close_matches

    folder, name = os.path.split(path)
    try:
        names = [entry for entry in os.listdir(folder or os.curdir) if entry.endswith(".cnn")]
    except OSError:
        return None
    found = get_close_matches(name, names, 1)
    return os.path.join(folder, found[0]) if found else None


def read_import(written: str, importer: str) -> Source:
    """The file that another one names, relative to it; raises OSError or UnicodeDecodeError."""
    folder = "" if importer.startswith("<") else os.path.dirname(importer)
    path = os.path.normpath(os.path.join(folder, written))
    data = content(path)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MAX_BYTES:,} bytes")
    return Source(path, data.decode("utf-8-sig"))


class Imports:
    """Reads what a file imports, and knows later whether any of it has changed."""

    def __init__(self) -> None:
        self.sources: dict[tuple[str, str], Source] = {}

    def read(self, written: str, importer: str) -> Source:
        """As read_import."""
        found = self.sources[written, importer] = read_import(written, importer)
        return found

    def have_changed(self) -> bool:
        try:
            return any(read_import(*names) != source for names, source in self.sources.items())
        except (OSError, ValueError):
            return True


def content(path: str) -> bytes:
    """At most a byte more than a file may have: enough to tell."""
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def read_stdin() -> Source:
    """Standard input, shown as `<stdin>`."""
    return decode("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1))


def decode(path: str, data: bytes) -> Source:
    if len(data) > MAX_BYTES:
        raise fail("file-too-large", None, path=path, limit=f"{MAX_BYTES:,} bytes")
    try:
        return Source(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise not_utf8(path, data, error) from None


def not_utf8(path: str, data: bytes, error: UnicodeDecodeError) -> CnnError:
    """The problem, placed at the first byte that is no text."""
    start = len(data[: error.start].decode("utf-8-sig", "replace"))
    source = Source(path, data.decode("utf-8-sig", "replace"))
    return CnnError([Problem("file-not-utf8", Span(source, start, start + 1), {"byte": f"0x{data[error.start]:02x}"})])


def reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def write(path: str, text: str) -> None:
    """Write a file so that it is, at every moment, either the old one or the new one; raises OSError."""
    path = os.path.realpath(path)  # through a link, so that the link stays
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        replace(path, text.encode(), None)
        return
    if not stat.S_ISREG(mode):  # /dev/stdout, a pipe: there is nothing to replace
        with open(path, "wb") as file:
            file.write(text.encode())
        return
    with open(path, "r+b"):  # a file that may not be written must not be replaced either
        pass
    replace(path, text.encode(), stat.S_IMODE(mode))


def replace(path: str, data: bytes, mode: int | None) -> None:
    folder = os.path.dirname(path)
    beside = os.path.join(folder, f".cnndsl-{os.getpid()}-{time.monotonic_ns()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:  # Ctrl-C too leaves nothing behind
        os.unlink(beside)
        raise
