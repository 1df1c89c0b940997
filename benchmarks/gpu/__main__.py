"""``python -m benchmarks.gpu``: every part in a process of its own, so that none leaves anything on the device."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

NAMES = ("sampling", "serving", "training", "round", "devices")
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "deepspeed")
MARK = "RESULT "
"""Before the line that a part's process prints at its end."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks/gpu/run.sh", description=__doc__)
    parser.add_argument(
        "--model", default="", metavar="FOLDER", help="a Hugging Face folder; default: a tiny random one"
    )
    parser.add_argument("--vllm-python", default="", metavar="PATH", help="the environment with vLLM in it")
    parser.add_argument("--vllm", action="append", default=[], metavar="NAME=N", help="gpu_memory=0.5, length=4096")
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--new", type=int, default=64, help="tokens of an answer")
    parser.add_argument("--steps", type=int, default=4, help="of each training")
    parser.add_argument("--only", default=",".join(NAMES), metavar="PART,PART", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--timeout-s", type=float, default=1800.0, help="of a part")
    parser.add_argument("--out", default="", metavar="FILE")
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    parser.add_argument("--home", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.only.split(",")) - set(NAMES):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if asked.part:
        print(MARK + json.dumps(one(asked)), flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="lamarck-gpu-") as home:
        found = {**machine(), "model": asked.model or "made on the spot, random", "parts": every(asked, Path(home))}
    text = json.dumps(found, indent=1)
    if asked.out:
        Path(asked.out).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    sys.exit(int(any(is_failed(part) for part in cast("dict[str, Any]", found["parts"]).values())))


def every(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Run the parts one after the other, telling how it goes."""
    found = dict[str, Any]()
    for name in NAMES:
        if name in asked.only.split(","):
            print(f"{name} ...", file=sys.stderr, flush=True)
            found[name] = in_process(name, home, asked.timeout_s)
            print(f"{name}: {json.dumps(found[name])[:300]}", file=sys.stderr, flush=True)
    return found


def in_process(name: str, home: Path, seconds: float) -> dict[str, Any]:
    """What came of a part."""
    words = [sys.executable, "-m", "benchmarks.gpu", *sys.argv[1:], "--part", name, "--home", str(home)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"failed": f"not over after {seconds:g} s"}
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if told:
        return json.loads(told[-1].removeprefix(MARK))
    last: Sequence[str] = done.stderr.strip().splitlines()[-1:]
    return {"failed": f"exit code {done.returncode}: {last[0][:300] if last else 'no word'}"}


def one(asked: argparse.Namespace) -> dict[str, Any]:
    """Run a part here."""
    from benchmarks.gpu import folder, parts  # torch is loaded in the parts' own processes alone

    home = Path(asked.home)
    model = Path(asked.model).expanduser().absolute() if asked.model else home / "model"
    if not asked.model and not model.exists():
        folder.made(model)
    told = parts.Asked(
        model=model,
        home=home,
        vllm=asked.vllm_python,
        options=tuple(asked.vllm),
        prompts=asked.prompts,
        new=asked.new,
        steps=asked.steps,
    )
    try:
        return parts.PARTS[asked.part](told)
    except parts.Skipped as why:
        return {"skipped": str(why)}


def machine() -> dict[str, Any]:
    """When and where."""
    done = subprocess.run(
        [sys.executable, "-c", "import torch; n=torch.cuda.device_count();"
         "print('|'.join(torch.cuda.get_device_name(i) for i in range(n)))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "gpus": [name for name in done.stdout.strip().split("|") if name],
        "versions": {name: found for name in PACKAGES if (found := installed(name))},
    }


def installed(name: str) -> str:
    """A package's version, "" where it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def is_failed(part: dict[str, Any]) -> bool:
    """Whether anything in a part did."""
    return "failed" in part or any(isinstance(each, dict) and "failed" in each for each in part.values())


if __name__ == "__main__":
    main()
