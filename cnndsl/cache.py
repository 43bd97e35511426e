"""What took long to make, kept between processes in the user's own cache folder, as Python keeps byte code.

An entry is read only from a folder, and as a file, that is the user's own and that nobody else may write; it is whole
or it is not there. Whatever goes wrong, a full disk or a folder that cannot be written included, is no error: what is
asked for is not there, then. Knows nothing of what it keeps.

CNNDSL_CACHE=off switches it off, CNNDSL_CACHE=FOLDER puts it elsewhere.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from hashlib import sha256

from .lean import cache, contextmanager, suppress
from .typed import Any, Iterator

VARIABLE = "CNNDSL_CACHE"
FORMAT = 1
LARGEST = 4 * 2**20  # bytes of one entry
MOST = 64 * 2**20  # bytes in all, of which the oldest half goes where there are more
SWEPT = "0"  # the first digit of the names whose writing looks at how much there is: one in sixteen
EXTRA = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
PACKAGE = os.path.dirname(os.path.abspath(__file__))
SOURCES = (PACKAGE, os.path.join(os.path.dirname(PACKAGE), "grammar"))  # beside the package in a checkout alone


def fetch(key: object) -> Any:
    """What was kept under a key; None if there is nothing, or nothing that can be trusted."""
    try:
        with place(make=False) as folder:
            name = named(key)
            data = folder.read(name)
            digest, _, body = data.partition(b"\n")
            if digest.decode() != sha256(body).hexdigest():
                return None
            held, value = json.loads(body)
            folder.touch(name)
            return value if held == name else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def keep(key: object, value: Any) -> None:
    """Keep a value, of which JSON can be made, under a key."""
    with suppress(OSError, ValueError, TypeError, RecursionError), place(make=True) as folder:
        name = named(key)
        body = json.dumps([name, value]).encode()
        if len(body) <= LARGEST:
            folder.write(name, sha256(body).hexdigest().encode() + b"\n" + body)
            if name.startswith(SWEPT):
                folder.sweep()


def named(key: object) -> str:
    """The name of an entry, which tells the key, and the package as it stands, from all others."""
    text = repr((FORMAT, fingerprint(), sys.version_info[:2], key))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def fingerprint() -> str:
    """Tells the package as it stands from any other: where its files are, their sizes and when they were written."""
    found: list[str] = []
    left = [folder for folder in SOURCES if os.path.isdir(folder)]
    while left:
        for entry in os.scandir(left.pop()):
            if entry.is_dir():
                left += [entry.path] if entry.name != "__pycache__" else []
            elif not entry.name.endswith(".pyc"):
                seen = entry.stat()
                found.append(f"{entry.path} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}")
    return sha256("\n".join(sorted(found)).encode("utf-8", "surrogatepass")).hexdigest()


def folder_path() -> str | None:
    """Where entries are kept; None if they are not to be, or if there is no telling where."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen:
        return None if chosen.lower() in ("off", "0", "no", "false") else os.path.abspath(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
    return os.path.join(base, "cnndsl") if os.path.isabs(base) else None


@contextmanager
def place(make: bool) -> Iterator[Folder]:
    """The folder, if it may be trusted; raises OSError otherwise."""
    path = folder_path()
    if path is None:
        raise FileNotFoundError
    if make:
        os.makedirs(path, mode=0o700, exist_ok=True)
    if not hasattr(os, "O_DIRECTORY"):  # Windows, where a user's folders are the user's own
        yield Folder(path, None)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        trust(os.fstat(descriptor))
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


def trust(seen: os.stat_result) -> None:
    """Raises OSError for what another user owns or may write."""
    if hasattr(os, "geteuid") and (seen.st_uid != os.geteuid() or seen.st_mode & 0o022):
        raise PermissionError


class Folder:
    """A folder that is held open, so that it is the same in every step."""

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.at = descriptor

    def named(self, name: str) -> str:
        return os.path.join(self.path, name) if self.at is None else name

    def read(self, name: str) -> bytes:
        with open(os.open(self.named(name), os.O_RDONLY | EXTRA, dir_fd=self.at), "rb") as file:
            seen = os.fstat(file.fileno())
            trust(seen)
            if not stat.S_ISREG(seen.st_mode):
                raise OSError
            return file.read(2 * LARGEST)

    def write(self, name: str, data: bytes) -> None:
        """Whole or not at all."""
        beside = f"{name}.{os.getpid()}-{time.monotonic_ns()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | EXTRA
        try:
            with open(os.open(self.named(beside), flags, 0o600, dir_fd=self.at), "wb") as file:
                file.write(data)
            os.replace(self.named(beside), self.named(name), src_dir_fd=self.at, dst_dir_fd=self.at)
        except BaseException:  # Ctrl-C too leaves nothing behind
            self.drop(beside)
            raise

    def touch(self, name: str) -> None:
        """The entry was used."""
        with suppress(OSError):
            os.utime(self.named(name), dir_fd=self.at)

    def drop(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(self.named(name), dir_fd=self.at)

    def sweep(self) -> None:
        """Drops the entries that were not used for the longest time, if there is too much."""
        entries = []
        for name in os.listdir(self.path if self.at is None else self.at):
            with suppress(OSError):
                seen = os.stat(self.named(name), dir_fd=self.at, follow_symlinks=False)
                entries.append((seen.st_mtime_ns, seen.st_size, name))
        total = sum(size for _, size, _ in entries)
        if total > MOST:
            for _, size, name in sorted(entries):
                self.drop(name)
                total -= size
                if total <= MOST // 2:
                    break
