"""Hundreds of small runs are written here: in memory where there is such a disk, since each waits for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path() -> Generator[Path]:
    home = MEMORY if os.access(MEMORY, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="lamarck-test-", dir=home))
    yield path
    shutil.rmtree(path)
