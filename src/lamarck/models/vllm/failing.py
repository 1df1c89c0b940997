"""Why a server did not start or did not stay, from what it printed, and what to lower or change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lamarck.core import LamarckError
from lamarck.models.endpoint.faults import plain
from lamarck.models.vllm.command import recipe

READ = 256_000
"""Bytes of the end of a log that are looked at."""
MEMORY = (
    "lower --vllm gpu_memory=0.45 (the share it takes), --vllm length=4096 (tokens of a text) or --vllm adapters=1, "
    "set --vllm eager=true, take a smaller model, or more GPUs: --vllm gpus=2"
)
TAKEN = (
    "something else is on the GPU: end it, or lower --vllm gpu_memory=0.45 to what is free; "
    "a vLLM server of your own there can be used as it is: vllm/http://127.0.0.1:8000"
)
CURES: Mapping[str, str] = {
    r"No module named '?vllm\b": f"the environment has no vLLM; make one that has: {recipe('vllm-env')}",
    r"[Aa]ddress already in use|Errno 98": "another program listens there; give --vllm port=0 for one that is free",
    r"less than desired GPU memory utilization": TAKEN,
    r"out of memory|OutOfMemoryError|No available memory for the cache|larger than the available KV cache": MEMORY,
    r"No CUDA GPUs are available|Failed to infer device type|NVML|CUDA driver": (
        "vLLM sees no GPU; run where there is one (nvidia-smi shows it), or take hf/..., which also runs on the CPU"
    ),
    r"unrecognized arguments": "this vLLM knows another set of flags; update it: pip install --upgrade vllm",
    r"does not support LoRA|LoRA is not supported": (
        "this architecture takes no adapters in vLLM: --vllm lora=false, and train the whole model"
    ),
    r"greater than max_lora_rank": "give --vllm rank=N, as large as the adapter's",
    r"architectures? .*(not supported|failed to be inspected)|has no vLLM implementation": (
        "vLLM cannot serve this architecture; take hf/... for it, or another model"
    ),
    r"max_model_len .* is greater than": "lower --vllm length=N to what the model was made for",
    r"Permission denied": "the user who runs Lamarck must be able to read it",
}
"""What is looked for in a log -> what to do; the first that is found counts."""


class ServerFailed(LamarckError):
    """A vLLM server did not start, or ended and was started again in vain."""


def why(log: Path) -> str:
    """The telling line of a log, quoted, with what to do about it."""
    lines = [plain(line) for line in tail(log).splitlines() if line.strip()]
    for pattern, cure in CURES.items():
        for line in lines:
            if re.search(pattern, line):
                return f"it said: {_short(line)!r}; {cure}"
    errors = [line for line in lines if re.search(r"Error|error:|ERROR", line)]
    last = (errors or lines)[-1:] or ["nothing"]
    return f"the last it said: {_short(last[0])!r}"


def tail(log: Path) -> str:
    """The end of a log, "" where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - READ))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _short(line: str) -> str:
    """Without the prefix of process, level, date and file that vLLM's loggers put first."""
    return re.sub(r"^(\([^)]*\)\s*)?(INFO|WARNING|ERROR)\s+[\d-]+\s+[\d:.]+\s+\[[^\]]*\]\s*", "", line)[:240]
