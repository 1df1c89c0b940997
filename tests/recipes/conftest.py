"""The runs that the tests of a file share are let go with it."""

from collections.abc import Generator
from typing import Any

import pytest


@pytest.fixture(scope="module", autouse=True)
def let_go(request: pytest.FixtureRequest) -> Generator[None]:
    yield
    here: dict[str, Any] = vars(request.module)
    for each in list(here.values()):
        if hasattr(each, "cache_clear") and each.__module__ == request.module.__name__:
            each.cache_clear()
