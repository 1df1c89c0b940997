"""What is collected stays to the end, so the collector of garbage need not look at it again and again."""

import gc


def pytest_configure() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
