"""Arrays as the bytes of an .npy file.

numpy reads the head of such a file with ``ast.literal_eval``, and CPython 3.11 raises SystemError ("recursion depth
mismatch") when several threads do that at once; so it is read here.
"""

from __future__ import annotations

import io
import re
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamarck.data.strict import Malformed

MAGIC = b"\x93NUMPY\x01\x00"
HEAD = re.compile(rb"\{'descr': '(<f4|<i4|<i8)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n")
Array = NDArray[Any]


def npy(array: Array) -> tuple[bytes, memoryview]:
    """The head and the numbers, these without a copy."""
    into, plain = io.BytesIO(), np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(into, np.lib.format.header_data_from_array_1_0(plain))
    return into.getvalue(), plain.reshape(-1).view(np.uint8).data


def from_npy(data: bytes | mmap) -> Array:
    """The array, not to be written to, in the memory of ``data``. Raises: Malformed for what `npy` never makes."""
    view = memoryview(data).cast("B")
    start = len(MAGIC) + 2 + int.from_bytes(view[8:10], "little")
    head = HEAD.fullmatch(bytes(view[10:start])) if bytes(view[:8]) == MAGIC else None
    if not head:
        raise Malformed("is no file of numbers")
    shape = tuple(int(part) for part in head[2].split(b",") if part.strip())
    kind = np.dtype(head[1].decode())
    if len(view) - start != kind.itemsize * int(np.prod(shape)):
        raise Malformed("is longer or shorter than its head says")
    return np.frombuffer(view, kind, offset=start).reshape(shape)
