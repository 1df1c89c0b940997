"""What the command line says about endpoints, as the options of their provider."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lamarck.core import UsageError

PROVIDER = "openai"
"""Whose options these are."""


def said(
    base_url: str | None,
    fallback: Sequence[str] | None,
    key_env: Sequence[str] | None,
    endpoint: Sequence[str] | None,
    configured: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """The options of all providers; flags win over the configuration. Raises: UsageError for a text without "="."""
    found = {name: dict(options) for name, options in configured.items()}
    own: dict[str, Any] = dict(found.get(PROVIDER, {}))
    own |= {"base_url": base_url} if base_url else {}
    own |= {"fallbacks": list(fallback)} if fallback else {}
    own |= {"keys": {**own.get("keys", {}), **_keys(key_env)}} if key_env else {}
    for part in (part for text in endpoint or () for part in text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--endpoint {part}: give NAME=VALUE, such as --endpoint limit=32,tries=8")
        own[name.replace("-", "_")] = _value(value)
    return {**found, PROVIDER: own} if own else found


def _keys(texts: Sequence[str]) -> dict[str, str]:
    """Host -> the variable that holds its key; "" = the base URL's host."""
    keys = dict[str, str]()
    for text in texts:
        host, equals, name = text.rpartition("=")
        if not name.isidentifier():
            # not shown: it may be the key itself
            raise UsageError("--key-env: give the name of an environment variable, as MY_KEY or host=MY_KEY, not a key")
        keys[host if equals else ""] = name
    return keys


def _value(text: str) -> Any:
    """true, 8 and 0.5 as what they are; anything else is a text."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, bool | int | float) else text
