"""How a server is started: the words of `vllm serve`, and what its environment holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lamarck.core import UsageError
from lamarck.models.vllm.options import Options

ENTRY = "vllm.entrypoints.cli.main"
"""The module behind the command `vllm`."""
HOST = "127.0.0.1"
"""Nobody else can reach it."""
DROPPED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of this environment that would mislead another."""
SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")
"""In the name of a variable that the server has no use for: its model lies on the disk."""


def python(named: str) -> Path:
    """The Python of the environment that the user names. Raises: UsageError."""
    path = Path(named).expanduser()
    if path.is_dir():
        path = path / "bin" / "python"
    if not path.is_file() or not os.access(path, os.X_OK):
        raise UsageError(f"--vllm-python {named}: there is no python there; make one: {recipe(named)}")
    return path.absolute()


def recipe(folder: str) -> str:
    """What to type to get an environment with vLLM in it."""
    return f"python3 -m venv {folder} && {folder}/bin/pip install vllm, then --vllm-python {folder}"


def command(folder: Path, name: str, port: int, options: Options) -> list[str]:
    """In: the model's folder, what it is called by callers, and where it listens."""
    words = [str(python(options.python)), "-m", ENTRY, "serve", str(folder)]
    words += ["--host", HOST, "--port", str(port), "--served-model-name", name]
    # no pickles; and what to draw by is said with every call, none of it by the model's own file
    words += ["--load-format", "safetensors", "--generation-config", "vllm"]
    words += ["--max-logprobs", str(options.logprobs), "--tensor-parallel-size", str(options.gpus)]
    if options.lora:
        words += ["--enable-lora", "--max-lora-rank", str(options.rank), "--max-loras", str(options.adapters)]
        words += ["--max-cpu-loras", str(2 * options.adapters)]
    words += ["--gpu-memory-utilization", f"{options.gpu_memory:g}"] if options.gpu_memory else []
    words += ["--max-model-len", str(options.length)] if options.length else []
    words += ["--dtype", options.dtype] if options.dtype else []
    words += ["--enforce-eager"] if options.eager else []
    words += ["--enable-sleep-mode"] if options.release == "sleep" else []
    return [*words, *options.args]


def environment(secret: str, options: Options, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the server finds in its environment. In: the key that callers must have."""
    kept = {name: value for name, value in given.items() if name not in DROPPED and not _is_secret(name)}
    told = {
        "VLLM_API_KEY": secret,  # not among the words, which every user of the machine can read
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1" if options.lora else "0",
        "VLLM_HOST_IP": HOST,
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
    }
    return {**kept, **told, **({"VLLM_SERVER_DEV_MODE": "1"} if options.release == "sleep" else {})}


def _is_secret(name: str) -> bool:
    return any(part in name.upper() for part in SECRET)
