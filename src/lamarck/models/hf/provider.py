"""The provider `hf`: models of the hub or of folders, and adapters on them, run in this process by transformers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from lamarck.core import ModelRef
from lamarck.models.hf import cards, files
from lamarck.models.hf.desk import Desk, Seat
from lamarck.models.hf.engine import Options
from lamarck.models.hf.model import HuggingFace
from lamarck.models.hf.rater import Rater
from lamarck.models.hf.reader import Reader
from lamarck.models.hf.vetting import vet
from lamarck.models.host import Host


class HuggingFaceProvider:
    """One thread computes for all its models; the versions of a learner that are adapters share one base in memory."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._desk = Desk(options)
        self._opened: dict[str, HuggingFace | Rater] = {}
        self._readers: dict[str, Reader] = {}
        self._lock = threading.Lock()

    def find(self, name: str, /) -> ModelRef:
        """The untouched model of a hub id or a folder. Raises: UsageError with near names; BrokenModel."""
        return files.reference(name, self._options.cache or None)

    def open(self, model: ModelRef, /) -> HuggingFace | Rater:
        """The model, ready to answer or to rate; the same object for the same digest.

        Raises: BrokenModel naming the file.
        """
        with self._lock:
            if model.digest not in self._opened:
                seat = self._seat(model)
                rates = files.rates(files.locate(model, self._options.cache or None))
                self._opened[model.digest] = (
                    Rater(model.name, seat, self._options)
                    if rates
                    else HuggingFace(model.name, seat, self._desk, self._options)
                )
            return self._opened[model.digest]

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Training values found to work."""
        cache = self._options.cache or None
        return cards.card(files.locate(model, cache), loss, self._options.base, cache)

    def release(self) -> None:
        """Give back the device's memory once what was asked is answered, so that training may have it; the next
        request loads again. Blocks."""
        self._desk.release()
        for model in self._opened.values():
            if isinstance(model, Rater):
                model.release()

    @property
    def loaded(self) -> int:
        """Whole models in memory."""
        return self._desk.loaded

    def _seat(self, model: ModelRef) -> Seat:
        cache = self._options.cache or None
        folder = files.locate(model, cache)
        if not files.is_adapter(folder):
            return Seat(model.digest, folder, self._reader(model.digest, model))
        vet(folder)
        base = files.base(folder, self._options.base, cache)
        return Seat(base.digest, files.locate(base, cache), self._reader(base.digest, base), (folder,))

    def _reader(self, digest: str, model: ModelRef) -> Reader:
        if digest not in self._readers:
            self._readers[digest] = Reader(files.locate(model, self._options.cache or None), model.name)
        return self._readers[digest]


def provider(host: Host) -> HuggingFaceProvider:
    """Make the provider for a run."""
    return HuggingFaceProvider(Options.of(host.of(files.PROVIDER)))
