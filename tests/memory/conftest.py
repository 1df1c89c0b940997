"""Hundreds of small versions are written here, as in the tests of the store; and one Postgres server for all."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.memory.served import Served, served
from tests.store.conftest import tmp_path as tmp_path


@pytest.fixture(scope="session")
def server() -> Generator[Served]:
    """Skips where none is installed."""
    with served() as found:
        yield found
