"""What a vLLM server is told beside its calls: whether it is well, which adapters it has, when to sleep.

Its answers to these are empty or plain words, so they do not go through the client of the calls. Nothing here is
recorded and nothing costs anything.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from lamarck.core import CapabilityError, LamarckError, UsageError
from lamarck.models.endpoint.address import Address, Key
from lamarck.models.endpoint.faults import message_of, plain

QUICK_S, LONG_S = 10.0, 600.0
"""That a question and a change may take."""
LARGEST = 4 << 20
"""Bytes of an answer at most."""
STARTED = "VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve MODEL --enable-lora --max-lora-rank 64"
"""How a server that takes adapters is started by hand."""


class Unreachable(LamarckError):
    """Nobody answers there."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A model that a server has."""

    name: str
    root: str = ""
    """The folder or hub id it was loaded from, as the server knows it."""
    parent: str = ""
    """Of an adapter: its base."""
    positions: int | None = None
    """Tokens of a text at most."""


class Control:
    """One server. Safe to call from many threads: each call is a connection of its own."""

    def __init__(self, address: Address, key: Key) -> None:
        """In: the address with or without its ``/v1``."""
        self.address, self._key = address, key
        self._parts = urlsplit(address.url.removesuffix("/v1"))

    def well(self) -> bool:
        """Whether it answers and its engine works."""
        try:
            return self._ask("GET", "/health", QUICK_S)[0] == 200
        except Unreachable:
            return False

    def models(self) -> Sequence[Served]:
        """What it serves, its base first. Raises: Unreachable, UsageError for another kind of server."""
        status, body = self._ask("GET", "/v1/models", QUICK_S)
        if status in (401, 403):
            raise UsageError(
                f"the server at {self.address.host} wants a key; put it into a variable: --vllm key=VARIABLE"
            )
        try:
            cards = [cast("dict[str, Any]", card) for card in json.loads(body)["data"]]
            found = [_served(card) for card in cards]
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{self.address.url} lists no models (HTTP {status}); is it a vLLM server?") from error
        return sorted(found, key=lambda served: bool(served.parent))

    def load(self, name: str, folder: str) -> None:
        """Have an adapter answer under a name. Raises: CapabilityError where the server does not take it."""
        status, body = self._ask("POST", "/v1/load_lora_adapter", LONG_S, {"lora_name": name, "lora_path": folder})
        said = _said(body)
        if status == 200 or "already been loaded" in said:  # names are contents, so it is the same one
            return
        if status in (404, 405) and "adapter" not in said.lower():
            raise CapabilityError(
                f"the server at {self.address.host} takes no adapters while it runs; start it with: {STARTED}"
            )
        cure = " start it with --max-lora-rank N, or --vllm rank=N;" if "max_lora_rank" in said else ""
        raise CapabilityError(
            f"the server at {self.address.host} does not take the adapter {folder} (HTTP {status}: {said});{cure} "
            "what it takes: LoRA without modules_to_save, in a folder that it can read"
        )

    def unload(self, name: str) -> None:
        """Forget an adapter; one it does not have is forgotten already."""
        self._ask("POST", "/v1/unload_lora_adapter", LONG_S, {"lora_name": name})

    def sleep(self) -> bool:
        """Free the GPU and keep the weights beside it. Out: whether the server can do that."""
        return self._ask("POST", "/sleep?level=1", LONG_S)[0] == 200

    def wake(self) -> None:
        """Take the GPU again. Raises: LamarckError where it does not."""
        status, body = self._ask("POST", "/wake_up", LONG_S)
        if status != 200:
            raise LamarckError(f"the server at {self.address.host} does not wake up (HTTP {status}: {_said(body)})")

    def _ask(self, method: str, path: str, seconds: float, body: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
        """Status and body. Raises: Unreachable."""
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            link: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=ssl.create_default_context()
            )
        else:
            link = http.client.HTTPConnection(host, port, timeout=seconds)
        headers = {**self._key.header(), "Content-Type": "application/json"}
        try:
            link.request(method, f"{self._parts.path}{path}", json.dumps(body) if body is not None else None, headers)
            reply = link.getresponse()
            return reply.status, self._key.hide(reply.read(LARGEST))
        except (TimeoutError, OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"no vLLM server answers at {self.address.url} ({type(error).__name__}: {plain(str(error), 100)})"
            ) from None
        finally:
            link.close()


def _served(card: Mapping[str, Any]) -> Served:
    longest = card.get("max_model_len")
    return Served(
        name=str(card["id"]),
        root=str(card.get("root") or ""),
        parent=str(card.get("parent") or ""),
        positions=longest if isinstance(longest, int) and longest > 0 else None,
    )


def _said(body: bytes) -> str:
    text = body.decode(errors="replace")
    try:
        return message_of(json.loads(text)) or plain(text)
    except ValueError:
        return plain(text)
