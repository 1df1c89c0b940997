"""The run folder: what was committed is there after any crash, and nothing else is."""

from lamarck.store.events import Listener
from lamarck.store.folder import find, fresh, named
from lamarck.store.info import RunInfo
from lamarck.store.reader import RoundView, RunReader
from lamarck.store.run import RunStore

__all__ = [
    "Listener",
    "RoundView",
    "RunInfo",
    "RunReader",
    "RunStore",
    "find",
    "fresh",
    "named",
]
