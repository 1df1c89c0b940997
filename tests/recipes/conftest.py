"""The runs that the tests of a file share are let go with it."""

from collections.abc import Generator
from types import ModuleType

import pytest


@pytest.fixture(scope="module", autouse=True)
def let_go(request: pytest.FixtureRequest) -> Generator[None]:
    yield
    module: ModuleType = request.module  # pyright: ignore[reportUnknownVariableType]
    for each in list(vars(module).values()):
        if hasattr(each, "cache_clear") and each.__module__ == module.__name__:
            each.cache_clear()
