"""What a user may say about vLLM servers: the environment they run in, how much they take, how they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from lamarck.core import UsageError, unknown
from lamarck.data.typed import of_value
from lamarck.models.endpoint.options import Options as Calls

PROVIDER = "vllm"
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The ranks that vLLM makes room for (vllm/config/lora.py)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """``providers={"vllm": {...}}``, on the command line ``--vllm NAME=VALUE``. Decides no result."""

    python: str = ""
    """Of the environment with vLLM in it: its python, or its folder. "" = servers are only found, not started."""
    base: str = ""
    """The model that a server found by its address has, as a folder or hub id; needed to train and to score with it."""
    cache: str = ""
    """Folder of the hub's cache, "" = the usual one."""
    port: int = 0
    """Of the server on 127.0.0.1, 0 = one that is free."""
    gpus: int = 1
    """That one server is spread over."""
    gpu_memory: float = 0.0
    """The share of a GPU that a server takes, 0 = vLLM's own, about nine tenths."""
    length: int = 0
    """Tokens of a prompt and its answer at most, 0 = as many as the model was made for."""
    dtype: str = ""
    """"bfloat16", "float16", "float32"; "" = as the model says."""
    eager: bool = False
    """Start sooner and take less memory, and answer slower: no compiled graphs."""
    lora: bool = True
    """Whether new versions may be adapters; some architectures have none."""
    rank: int = 64
    """Of an adapter at most."""
    adapters: int = 4
    """Versions that are adapters on the GPU at once; as many again wait beside it."""
    logprobs: int = 32
    """How many of the likeliest tokens a server shows at most."""
    release: Literal["stop", "sleep"] = "stop"
    """How the GPU is freed while training shares it. "sleep" comes back in a second, but opens vLLM's development
    endpoints to every user of this machine."""
    servers: int = 1
    """At work at once; one more that is needed ends the one longest unused."""
    restarts: int = 3
    """Of a server that ends by itself, over the whole run."""
    start_s: float = 1800.0
    """Until a server must answer."""
    args: tuple[str, ...] = ()
    """More of `vllm serve`'s own flags."""
    key: str = ""
    """The environment variable with the key of a server found by its address."""
    max_tokens: int = 512
    """Of an answer at most, where neither recipe nor model says."""
    limit: int = 256
    """Calls in flight at most; vLLM makes its batches of them."""
    timeout_s: float = 3600.0
    """A call's whole time at most."""
    tries: int = 6
    """How often a call is sent at most."""
    base_s: float = 1.0
    """The first wait before sending again is at most this."""
    allow_http: bool = False
    """Allow plain http to other machines."""

    def __post_init__(self) -> None:
        """Raises: UsageError for a number that cannot be."""
        for name in ("gpus", "adapters", "servers", "start_s", "limit", "timeout_s", "tries", "max_tokens"):
            if getattr(self, name) <= 0:
                raise UsageError(f"--vllm {name}={getattr(self, name)}: give a number above 0")
        for name in ("restarts", "length", "port", "logprobs"):
            if getattr(self, name) < 0:
                raise UsageError(f"--vllm {name}={getattr(self, name)}: give 0 or more")
        if not 0 <= self.gpu_memory <= 1:
            raise UsageError(f"--vllm gpu_memory={self.gpu_memory}: give a share of the GPU, such as 0.45")
        if not 0 <= self.port < 65536:
            raise UsageError(f"--vllm port={self.port}: give one from 1 to 65535, or 0 for any that is free")
        if self.rank not in RANKS:
            raise UsageError(f"--vllm rank={self.rank}: vLLM knows {', '.join(map(str, RANKS))}")

    @property
    def calls(self) -> Calls:
        """How its servers are called."""
        # no stream: an answer comes whole, as tokens
        return Calls(
            base_url="http://127.0.0.1/v1",
            keys={"": self.key} if self.key else {},
            limit=self.limit,
            timeout_s=self.timeout_s,
            first_s=self.timeout_s,
            tries=self.tries,
            base_s=self.base_s,
            allow_http=self.allow_http,
        )


KINDS: Mapping[str, Any] = get_type_hints(Options)
"""Option -> its type."""


def options(said: Mapping[str, Any]) -> Options:
    """The options a user gave. Raises: UsageError for one there is not, or of a wrong type."""
    found = dict[str, Any]()
    for name, value in said.items():
        if name not in Options.__dataclass_fields__:
            raise unknown("option of vllm", name, Options.__dataclass_fields__)
        whole = KINDS[name] is float and isinstance(value, int) and not isinstance(value, bool)
        found[name] = of_value(float(value) if whole else value, KINDS[name], f"option {name} of vllm")
    return Options(**found)
