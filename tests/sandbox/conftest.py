"""One sandbox for the whole folder: starting it is what costs."""

from collections.abc import Iterator

import pytest

from lamarck.core import UsageError
from lamarck.sandbox import Layers, Sandbox


@pytest.fixture(scope="session")
def opened() -> Iterator[Sandbox]:
    with Sandbox(workers=2) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def layers(opened: Sandbox) -> Layers:
    try:
        found = opened.layers
    except UsageError as error:
        pytest.skip(f"no sandbox here: {error}")
    if found.tier != 1:
        pytest.skip(f"only tier {found.tier} here: {'; '.join(found.missing)}")
    return found


@pytest.fixture
def sandbox(opened: Sandbox, layers: Layers) -> Sandbox:
    return opened
