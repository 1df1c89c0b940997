"""The provider `vllm`: models that a vLLM server answers for, found by its address or started in its environment."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from lamarck.core import CapabilityError, Model, ModelRef, UsageError
from lamarck.models.endpoint.address import Address, Key
from lamarck.models.endpoint.model import EndpointModel
from lamarck.models.endpoint.provider import EndpointProvider
from lamarck.models.hf import cards, files
from lamarck.models.host import Host
from lamarck.models.vllm import command, folders
from lamarck.models.vllm.control import Control, Served, Unreachable
from lamarck.models.vllm.fleet import Fleet
from lamarck.models.vllm.model import Vllm
from lamarck.models.vllm.options import PROVIDER, options
from lamarck.models.vllm.starting import key_of, to_stderr, where_of
from lamarck.models.vllm.target import VllmTarget

if TYPE_CHECKING:
    from lamarck.models.hf.reader import Reader

LOGS = "servers"
"""In the run's folder."""
READER = "lamarck.models.hf.reader:Reader"
"""Loads transformers, which a server of which only the address is known does without."""


class VllmProvider:
    """One server a base model, shared by all versions of a learner that are adapters on it."""

    def __init__(self, host: Host, tell: Callable[[str], None] = to_stderr) -> None:
        """In: what is told about servers that start."""
        self._options = options(host.of(PROVIDER))
        self._host, self._cache = host, self._options.cache or None
        self._calls = EndpointProvider(host, own=self._options.calls)
        self._fleet = Fleet(self._options, self._logs, self._target, tell)
        self._opened = dict[tuple[str, str], Model]()
        self._readers = dict[str, "Reader"]()
        self._lock = threading.Lock()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def find(self, name: str, /) -> ModelRef:
        """The untouched model of a hub id, a folder, an address, or ``MODEL@ADDRESS``. A server found by its address
        is asked what it has. Raises: UsageError."""
        model, url = folders.address_of(name)
        if url:
            return self._behind(model, url)
        if not self._options.python:
            raise UsageError(
                f"vllm/{name}: which server? Name an environment with vLLM in it, and one is started: "
                f"--vllm-python PATH; or give an address: vllm/{name or 'MODEL'}@http://127.0.0.1:8000"
            )
        command.python(self._options.python)
        return folders.reference(model, self._cache)

    def open(self, model: ModelRef, /) -> Model:
        """The model, ready to answer; the same object for the same content. No server is started before it is asked.

        Raises: UsageError, BrokenModel naming the file.
        """
        key = (model.digest, folders.address_of(model.name)[1])
        with self._lock:
            if key not in self._opened:
                self._opened[key] = self._made(model)
            return self._opened[key]

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Training values found to work. Raises: CapabilityError."""
        if folders.address_of(model.name)[1] and not model.folder:
            raise CapabilityError(
                f"{model.name} cannot be trained: its weights are behind a server; say which they are, "
                "--vllm base=./folder, or stop before: --until refinement"
            )
        return cards.card(folders.locate(model, self._cache), loss, self._options.base, self._cache)

    def release(self) -> None:
        """Give back the GPU once what was asked is answered, so that training may have it; the next request takes it
        again. Blocks."""
        self._fleet.release()

    def close(self) -> None:
        """End the calls under way and the servers started here. A second call does nothing."""
        self._calls.close()
        self._fleet.close()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def fleet(self) -> Fleet:
        """The servers."""
        return self._fleet

    def _made(self, model: ModelRef) -> Model:
        name, url = folders.address_of(model.name.removeprefix(f"{PROVIDER}/"))
        if url and not model.folder:
            return self._chat(model.name, name, url)
        found = folders.weights(model, self._options.base, self._cache)
        if url and not found.adapter:
            self._check(found)
        if found.digest not in self._readers:
            self._readers[found.digest] = resolve_name(READER)(found.folder, model.name)
        reader = self._readers[found.digest]
        return Vllm(model.name, found, reader, self._fleet, self._calls.caller, self._options)

    def _behind(self, model: str, url: str) -> ModelRef:
        """The model that a server has. Where its weights are known it can be trained."""
        base = model if model and files.is_path(model) else self._options.base
        served = self._served("" if base else model, url)
        if not base:
            digest = hashlib.sha256(f"{served.name}\n{served.root}".encode()).hexdigest()
            return ModelRef(name=f"{PROVIDER}/{served.name}@{url}", digest=digest)
        whole = folders.reference(base, self._cache)
        folder = folders.locate(whole, self._cache)
        self._check(folders.Weights(digest=whole.digest, folder=folder, url=url))
        name = whole.name.removeprefix(f"{PROVIDER}/")
        return replace(whole, name=f"{PROVIDER}/{name}@{url}", folder=str(folder))

    def _chat(self, name: str, served: str, url: str) -> EndpointModel:
        """A model of which only its server is known: asked by chats, as any endpoint."""
        return self._calls.model(name, [self._calls.target(served, where_of(url, self._options), name)])

    def _served(self, name: str, url: str) -> Served:
        """What a server has under a name; "" is its base. Raises: UsageError with the names there are."""
        try:
            there = Control(where_of(url, self._options), key_of(self._options)).models()
        except Unreachable as error:
            raise UsageError(f"{error}; start one: vllm serve MODEL --host 127.0.0.1 --port 8000") from None
        found = next((one for one in there if one.name == name or not name), None)
        if found is None:
            known = ", ".join(one.name for one in there) or "nothing"
            raise UsageError(f"the server at {url} has no model '{name}'; it has: {known}")
        return found

    def _check(self, weights: folders.Weights) -> None:
        """Nothing where the server has these weights. Raises: UsageError saying what it has."""
        root = self._served("", weights.url).root
        if Path(root).is_dir():
            same = files.digest(Path(root)) == weights.digest
        else:  # a hub id, whose copy here may be these weights
            same = root.replace("/", "--") in str(weights.folder) or Path(root).name == weights.folder.name
        if not same:
            raise UsageError(
                f"the server at {weights.url} has {root or 'a model'}, not {weights.folder}, and weights that were "
                "trained whole reach only servers that are started here: --vllm-python PATH, or train an adapter"
            )

    def _target(self, name: str, where: Address, key: Key) -> VllmTarget:
        calls = self._options.calls
        made = VllmTarget(model=name, name=f"{PROVIDER}/{name}", address=where, key=key, options=calls)
        self._calls.caller.adopt(made)
        return made

    def _logs(self) -> Path:
        """Where servers write what they print: with the run, once its folder is there."""
        run = self._host.folder
        if run and (run / "run.json").exists():
            place = run / LOGS
        else:
            self._temporary = self._temporary or tempfile.TemporaryDirectory(prefix="lamarck-vllm-")
            place = Path(self._temporary.name)
        place.mkdir(mode=0o700, exist_ok=True)
        return place


def provider(host: Host) -> VllmProvider:
    """Make the provider for a run."""
    return VllmProvider(host)
