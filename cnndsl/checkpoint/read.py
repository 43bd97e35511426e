"""Opens a file of weights and tells what kind it is. Knows the outside of each format; the inside is told elsewhere."""

from __future__ import annotations

import os
import stat

from ..files import opened
from ..typed import Any, BinaryIO
from .stored import MAX_HEADER, Stored, Unreadable, chosen

MAX_ENTRIES = 1_000_000  # of a zip file
LEGACY = "it is of the format before torch 0.1.10: load it in torch and save it again"
PICKLE = "it is a pickle, but none of torch.save: save `model.state_dict()` with that"
MAGIC = 0x1950A86A20F9469CFC6C  # torch.serialization.MAGIC_NUMBER


def read(path: str) -> Stored:
    """The tensors of a `.safetensors`, `.pt` or `.pth` file; raises Unreadable, or OSError."""
    with opened(path) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is a pipe or a device, not a file")
        size = status.st_size
        start = file.read(264)
        file.seek(0)
        if start.startswith(b"PK\x03\x04"):
            return read_zip(file, size)
        if start[8:9] == b"{":
            from .safetensors import read_safetensors

            return read_safetensors(file, size)
        if start[:1] == b"\x80":
            return read_pickles(file, size)
    raise Unreadable(what_it_is(start))


def what_it_is(start: bytes) -> str:
    if not start:
        return "it is empty"
    if start[257:262] == b"ustar":
        return LEGACY
    return "it is neither a safetensors file nor one of torch.save"


def read_pickles(file: BinaryIO, size: int) -> Stored:
    """A file of torch.save as it was before torch 1.6: a number that says so, the protocol, facts about the system,
    then what was saved, the names of its storages, and their bytes."""
    from io import BytesIO

    from .machine import Machine

    stream = BytesIO(file.read(MAX_HEADER))
    if Machine().load(stream) != MAGIC:
        raise Unreadable(PICKLE)
    for _ in range(2):
        Machine().load(stream)
    machine = Machine()
    saved = machine.load(stream)
    Machine().load(stream)
    behind = stream.tell() + sum(8 + length for length in machine.storages.values())
    if behind > size:
        raise Unreadable(f"it is cut off: its tensors end {behind - size:,} bytes behind its end")
    return chosen(saved)


def read_zip(file: BinaryIO, size: int) -> Stored:
    """A file of torch.save: a zip file, in which `…/data.pkl` tells of all tensors."""
    import zipfile
    import zlib

    from .machine import Machine

    try:
        check_directory(file, size)
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.count("/") <= 1 and name.endswith("data.pkl")]
            if not names:
                raise Unreadable("it is a zip file, but not one of torch.save: there is no data.pkl in it")
            data = content(archive, names[0])
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError, zlib.error) as error:
        raise Unreadable(f"it is cut off, or no zip file ({error})") from None
    return chosen(Machine().load(data))


def content(archive: Any, name: str) -> bytes:
    """The pickle, if it is not too large."""
    if archive.getinfo(name).compress_type not in (0, 8):
        raise Unreadable("its data.pkl is compressed as torch never does")
    with archive.open(name) as inner:
        data: bytes = inner.read(MAX_HEADER + 1)
    if len(data) > MAX_HEADER:
        raise Unreadable(f"its data.pkl has more than {MAX_HEADER:,} bytes")
    return data


def check_directory(file: BinaryIO, size: int) -> None:
    """Refuses a directory that would fill the memory: the end of a zip file tells how long it is."""
    file.seek(max(size - 65_557, 0))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0:
        raise ValueError("it has no end")
    length = int.from_bytes(tail[place + 12 : place + 16], "little")
    wide = tail.rfind(b"PK\x06\x06", 0, place)
    if wide >= 0:
        length = max(length if length < 2**32 - 1 else 0, int.from_bytes(tail[wide + 40 : wide + 48], "little"))
    if length > MAX_ENTRIES * 64:
        raise Unreadable(f"its directory claims {length:,} bytes")
    file.seek(0)
