"""The runs that the tests of a file share are let go with it."""

from collections.abc import Generator

import pytest


@pytest.fixture(scope="module", autouse=True)
def let_go(request: pytest.FixtureRequest) -> Generator[None]:
    yield
    for each in list(vars(request.module).values()):
        if hasattr(each, "cache_clear") and each.__module__ == request.module.__name__:
            each.cache_clear()
