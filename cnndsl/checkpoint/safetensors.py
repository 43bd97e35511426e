"""The header of a safetensors file: a length of eight bytes, then JSON. Reads no tensor.

The format is https://huggingface.co/docs/safetensors, whose own limits are checked.
"""

from __future__ import annotations

import json
from math import prod

from ..typed import Any, BinaryIO
from .stored import MAX_HEADER, Entry, Stored, Unreadable

DTYPES = {
    "BOOL": ("bool", 8), "U8": ("uint8", 8), "I8": ("int8", 8), "U16": ("uint16", 16), "I16": ("int16", 16),
    "U32": ("uint32", 32), "I32": ("int32", 32), "U64": ("uint64", 64), "I64": ("int64", 64),
    "F16": ("float16", 16), "BF16": ("bfloat16", 16), "F32": ("float32", 32), "F64": ("float64", 64),
    "F8_E4M3": ("float8_e4m3fn", 8), "F8_E5M2": ("float8_e5m2", 8), "F8_E8M0": ("float8_e8m0fnu", 8),
    "C64": ("complex64", 64),
}  # fmt: skip
WRONG = "its header is no safetensors header"


def read_safetensors(file: BinaryIO, size: int) -> Stored:
    """The tensors that the header tells of; raises Unreadable."""
    length = int.from_bytes(file.read(8), "little")
    if length > MAX_HEADER:
        raise Unreadable(f"its header claims {length:,} bytes, more than {MAX_HEADER:,}")
    text = file.read(length)
    if len(text) < length:
        raise Unreadable("it is cut off within its header")
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=once, parse_int=whole)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{WRONG}: {error}") from None
    if not isinstance(header, dict):
        raise Unreadable(WRONG)
    header.pop("__metadata__", None)
    tensors = {name: entry(name, value, size - 8 - length) for name, value in header.items()}
    if not tensors:
        raise Unreadable("there is no tensor in it")
    return Stored(tensors)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose names may stand there once only."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError("a number is too large")
    return int(text)


def entry(name: str, value: Any, room: int) -> Entry:
    """One tensor, whose bytes must lie in the `room` after the header."""
    if not isinstance(value, dict) or not {"dtype", "shape", "data_offsets"} <= value.keys():
        raise Unreadable(f"{WRONG}: `{name}` needs dtype, shape and data_offsets")
    dtype, shape, where = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise Unreadable(f"`{name}` is of the dtype {dtype!r}, which is not known")
    if not sizes(shape) or not sizes(where) or len(where) != 2:
        raise Unreadable(f"{WRONG}: the shape and data_offsets of `{name}` are no lists of sizes")
    known, bits = DTYPES[dtype]
    if where[1] - where[0] != prod(shape) * bits // 8:
        raise Unreadable(f"{WRONG}: the bytes of `{name}` are not those of its shape")
    if where[1] > room:
        raise Unreadable(f"it is cut off: `{name}` ends {where[1] - room:,} bytes behind its end")
    return Entry(tuple(shape), known)


def sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(size) is int and size >= 0 for size in value) and len(value) < 65
