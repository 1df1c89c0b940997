"""What the command line says about vLLM servers, as the options of their provider."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lamarck.core import UsageError

PROVIDER = "vllm"
"""Whose options these are."""


def said(
    python: str | None, options: Sequence[str] | None, configured: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The options of all providers; flags win over the configuration. Raises: UsageError for a text without "="."""
    found = {name: dict(each) for name, each in configured.items()}
    own: dict[str, Any] = dict(found.get(PROVIDER, {}))
    # as a whole path, so that the run goes on from another folder too
    own |= {"python": str(Path(python).expanduser().absolute())} if python else {}
    for part in (part for text in options or () for part in _parts(text)):
        name, equals, value = part.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--vllm {part}: give NAME=VALUE, such as --vllm gpu_memory=0.45,length=4096")
        own[name.replace("-", "_")] = _value(value)
    return {**found, PROVIDER: own} if own else found


def _parts(text: str) -> list[str]:
    """Several in one text, but for a list, which has commas of its own: args=["--max-num-seqs", "64"]."""
    return [text] if "[" in text else text.split(",")


def _value(text: str) -> Any:
    """true, 8, 0.5 and lists as what they are; anything else is a text."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return text
    return text if found is None or isinstance(found, str | dict) else found
