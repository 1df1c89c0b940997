"""What the suite does before its first test.

What is collected stays to the end, so the collector of garbage need not look at it again and again. The longest file
goes first, so that at the end nobody waits for it.
"""

import gc

import pytest


def pytest_configure() -> None:
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name != "test_kill.py")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
