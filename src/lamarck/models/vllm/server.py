"""One vLLM server: what it serves, which versions it has taken in, and how it is called."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lamarck.core import CapabilityError
from lamarck.models.hf import files
from lamarck.models.vllm.control import Control, Served
from lamarck.models.vllm.folders import Weights
from lamarck.models.vllm.process import Process
from lamarck.models.vllm.target import VllmTarget

POLL_S = 0.1
SETTLE_S = 30.0
"""That a server which is not well may take to end by itself, or to be well again."""
KEPT = 16
"""Adapters that a server is left with; more, and those longest unused are taken out."""


class Server:
    """A server that answers. One that ended is not started again: another is made."""

    def __init__(
        self,
        base: Weights,
        control: Control,
        target: Callable[[str], VllmTarget],
        process: Process | None,
        rank: int = 0,
    ) -> None:
        """In: what it serves, what makes its endpoint of its name for its base, its process (None = somebody else's),
        and the rank it has room for (0 = not known)."""
        self.base, self.control, self.process = base, control, process
        self.users = 0
        """Calls under way; the fleet counts them."""
        self.asleep = False
        self._make, self._rank = target, rank
        self._lock = threading.Lock()
        self._worn = OrderedDict[str, None]()
        self._using = Counter[str]()
        self._read(control.models())

    @property
    def alive(self) -> bool:
        """Whether its process runs; of somebody else's server that is taken for granted."""
        return self.process is None or self.process.alive

    @contextmanager
    def wearing(self, adapters: Sequence[tuple[str, Path]]) -> Generator[None]:
        """With these adapters while the block lasts. Raises: CapabilityError for one it does not take."""
        names = [name for name, _ in adapters]
        with self._lock:
            for name, folder in adapters:
                if name not in self._worn:
                    self._fits(folder)
                    self.control.load(name, str(folder))
                self._worn[name] = self._worn.pop(name, None)
            self._using.update(names)
            for name in [name for name in self._worn if not self._using[name]][: max(0, len(self._worn) - KEPT)]:
                self.control.unload(name)
                del self._worn[name]
        try:
            yield
        finally:
            with self._lock:
                self._using.subtract(names)

    def renewed(self, names: Sequence[str]) -> bool:
        """Look again at what somebody else's server has. Out: whether it had lost any of these adapters."""
        with self._lock:
            had = set(self._worn)
            self._read(self.control.models())
            return bool(had & set(names) - set(self._worn))

    def lost(self) -> bool:
        """Whether our server no longer works, so that another is needed. One that is ending is waited for, and one
        that hangs is ended. Somebody else's is never lost: it may come back."""
        if self.process is None:
            return False
        until = time.monotonic() + SETTLE_S
        while self.process.alive and not self.control.well():
            if time.monotonic() > until:
                self.process.stop()
            time.sleep(POLL_S)
        return not self.process.alive

    def stop(self) -> None:
        """End it, if it is ours."""
        if self.process:
            self.process.stop()

    def _read(self, served: Sequence[Served]) -> None:
        whole = next((one for one in served if one.name == self.base.version), served[0] if served else None)
        if whole is None:
            raise CapabilityError(f"the server at {self.control.address.host} has no model")
        self.name, self.positions = whole.name, whole.positions
        self._worn = OrderedDict.fromkeys(one.name for one in served if one.parent)
        self.target = self._make(self.name)

    def _fits(self, folder: Path) -> None:
        config = files.read(folder / files.ADAPTER)
        rank = config.get("r")
        if self._rank and isinstance(rank, int) and rank > self._rank:
            raise CapabilityError(
                f"{folder} is an adapter of rank {rank}, and the server has room for {self._rank}; "
                f"give --vllm rank={rank}"
            )
        for name in ("modules_to_save", "use_dora"):
            if config.get(name):
                raise CapabilityError(
                    f"{folder / files.ADAPTER} has {name}, which vLLM does not serve; write it into its base: "
                    "lamarck export RUN FOLDER, then vllm/./FOLDER"
                )
