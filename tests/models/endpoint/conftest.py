"""Models behind servers of this process."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.models.endpoint.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Generator[Bench]:
    """Servers and models, with a run folder for their journal."""
    with ExitStack() as stack:
        yield Bench(stack, tmp_path / "run")
