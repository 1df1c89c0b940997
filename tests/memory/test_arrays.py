"""Arrays as the bytes of .npy files."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lamarck.data.strict import Malformed
from lamarck.memory.arrays import Array, from_npy, npy

SOME = (
    np.arange(12, dtype=np.float32).reshape(3, 4),
    np.zeros((0, 384), np.float32),
    np.array([7]),
    np.arange(5, dtype=np.int32),
)


def whole(array: Array) -> bytes:
    return b"".join(npy(array))


@pytest.mark.parametrize("array", SOME, ids=lambda array: f"{array.dtype}{array.shape}")
def test_it_comes_back_and_numpy_reads_and_writes_the_same(array: Array):
    data, into = whole(array), io.BytesIO()
    np.save(into, array)
    assert data == into.getvalue()
    found = from_npy(data)
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)
    assert not found.flags.writeable


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"text",
        whole(SOME[0])[:-1],
        whole(SOME[0]) + b"0",
        whole(np.zeros(2)),
        b"\x93NUMPY\x01\x00\xff\xff{",
    ],
)
def test_anything_else_is_refused(data: bytes):
    with pytest.raises(Malformed):
        from_npy(data)


def test_threads_may_read_at_once():
    """numpy's own reader fails here now and then in CPython 3.11."""
    data = whole(SOME[0])
    with ThreadPoolExecutor(8) as pool:
        assert all(found.shape == (3, 4) for found in pool.map(from_npy, [data] * 2000))
