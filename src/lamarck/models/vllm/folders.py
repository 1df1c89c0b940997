"""Which weights a name means, and what they stand on. The folders are those of `hf/`, and so is their vetting."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from lamarck.core import ModelRef, UsageError
from lamarck.models.hf import files
from lamarck.models.hf.vetting import vet
from lamarck.models.vllm.options import PROVIDER

PLACED = re.compile(r"(?:(?P<model>.+)@)?(?P<url>https?://.+)")
"""``URL``, or ``MODEL@URL``."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What answers: a whole model, or an adapter on one."""

    digest: str
    """Of the whole model."""
    folder: Path
    url: str = ""
    """Where a server has it already; "" = a server is started for it."""
    adapter: Path | None = None
    version: str = ""
    """What servers call whoever answers: by its content, so no two versions share a name."""

    @property
    def base(self) -> Weights:
        """The whole model alone."""
        return replace(self, adapter=None, version=called(self.digest))


def called(digest: str) -> str:
    """A server's name for a version."""
    return f"lamarck-{digest[:16]}"


def address_of(name: str) -> tuple[str, str]:
    """The model and the address of a name without its provider; the address is "" where it has none."""
    placed = PLACED.fullmatch(name)
    return (placed["model"] or "", placed["url"]) if placed else (name, "")


def reference(name: str, cache: str | None) -> ModelRef:
    """The untouched model of a folder or hub id. Raises: UsageError with near names; BrokenModel."""
    found = files.reference(name, cache)
    return replace(found, name=f"{PROVIDER}/{found.name.removeprefix(f'{files.PROVIDER}/')}")


def locate(model: ModelRef, cache: str | None = None) -> Path:
    """The folder of a model, or of a base in the hub's cache. Raises: UsageError."""
    if model.provider == files.PROVIDER:
        return files.locate(model, cache)
    name, url = address_of(model.name.removeprefix(f"{PROVIDER}/"))
    if url and not model.folder:
        raise UsageError(f"{model.name} keeps its weights behind a server; name them too: vllm/./folder@{url}")
    return files.locate(replace(model, name=f"{files.PROVIDER}/{name}"), cache)


is_adapter = files.is_adapter
"""Whether a folder needs a base."""
base = files.base
"""The base of such a folder, as `hf/` names it."""


def weights(model: ModelRef, given: str, cache: str | None) -> Weights:
    """What is to answer for a model. In: an adapter's base as the user names it. Raises: UsageError, BrokenModel for
    a folder that must not be loaded."""
    folder, url = locate(model, cache), address_of(model.name.removeprefix(f"{PROVIDER}/"))[1]
    vet(folder)
    if not is_adapter(folder):
        return Weights(digest=model.digest, folder=folder, url=url, version=called(model.digest))
    below = base(folder, given, cache)
    whole = files.locate(below, cache)
    vet(whole)
    return Weights(digest=below.digest, folder=whole, url=url, adapter=folder, version=called(model.digest))
