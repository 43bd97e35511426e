"""Reading source files and writing results: whole files, UTF-8, atomically. Knows nothing of the language."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

from .limits import DEFAULT
from .problems import CnnError, Problem, fail
from .source import Source, Span
from .typed import BinaryIO

PATIENCE = 1.0  # seconds in which a pipe must give something
UNFINISHED: list[str] = []  # what is being written, for a process that ends at once (`__main__.py`)


def read(path: str, most: int = DEFAULT.size) -> Source:
    """A file's text, of at most so many bytes; raises CnnError if there is none to be had."""
    try:
        return decode(path, content(path, most), most)
    except FileNotFoundError:
        if os.path.islink(path):
            reason_ = f"it is a link to `{os.readlink(path)}`, which is not there"
            raise fail("file-not-readable", None, path=path, reason=reason_) from None
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
        stems = [entry[:-4] for entry in os.listdir(folder or os.curdir) if entry.endswith(".cnn")]
    except OSError:
        return None
    found = get_close_matches(name.removesuffix(".cnn"), stems, 1)
    return os.path.join(folder, f"{found[0]}.cnn") if found else None


def read_text(path: str, most: int) -> Source:
    """The same; raises OSError or ValueError."""
    data = content(path, most)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes; --limit size=... raises the limit")
    return Source(path, text_of(data))


def content(path: str, most: int) -> bytes:
    """The bytes of a file, one more than it may have at most: enough to tell. Never waits for a file that has none."""
    with opened(path) as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISFIFO(mode):
            return drained(file.fileno(), most)
        if stat.S_ISCHR(mode) and not os.path.samestat(os.fstat(file.fileno()), os.stat(os.devnull)):
            raise OSError(errno.EINVAL, "it is a device, not a file")
        return file.read(most + 1)


def opened(path: str) -> BinaryIO:
    """A file to read from; a pipe that nobody writes to is not waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return open(path, "rb", opener=lambda name, _: os.open(name, flags))


def drained(descriptor: int, most: int) -> bytes:
    """What comes through a pipe; raises OSError if nothing does."""
    from select import select

    found = b""
    while len(found) <= most:
        if not select([descriptor], [], [], PATIENCE)[0]:
            raise OSError(errno.ETIMEDOUT, f"nothing comes through this pipe for {PATIENCE} seconds")
        more = os.read(descriptor, 1 << 16)
        if not more:
            break
        found += more
    if not found:
        raise OSError(errno.EPIPE, "nothing comes through this pipe")
    return found


def read_stdin(most: int) -> Source:
    """Standard input, shown as `<stdin>`; raises CnnError if there is none to be had."""
    try:
        return decode("<stdin>", sys.stdin.buffer.read(most + 1), most)
    except OSError as error:
        raise fail("file-not-readable", None, path="<stdin>", reason=reason(error)) from None


def decode(path: str, data: bytes, most: int) -> Source:
    if len(data) > most:
        raise fail("file-too-large", None, path=path, limit=most)
    try:
        return Source(path, text_of(data))
    except UnicodeDecodeError as error:
        raise not_utf8(path, data, error) from None


def text_of(data: bytes) -> str:
    """The text, with the byte-order mark that `Source` takes off; the codec for it takes time to load."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8-sig")  # counts what is wrong from behind the mark


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
    UNFINISHED.append(beside)
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:  # an interrupt too leaves nothing behind
        if os.path.lexists(beside):
            os.unlink(beside)
        raise
    finally:
        UNFINISHED.remove(beside)
