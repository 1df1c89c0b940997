"""What must never be written: secrets in texts that people bring along, and values of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

GONE = "[redacted]"
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic, Stripe
    r"|\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|hf|xox[abprs])[-_][A-Za-z0-9_-]{10,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",  # JSON web tokens
    re.DOTALL,
)
NAMED = re.compile(
    r"(?P<name>\b(?:api[_-]?key|secret|token|password|passwd|authorization)\b[\"']?\s*[:=]\s*[\"']?(?:Bearer\s+)?)"
    r"(?P<value>[^\s\"',;]{6,})",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"(?:^|_|^PG)(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
"""How the variables that hold them are called."""
SHORTEST = 8
"""Letters of a secret; a shorter value would be found in harmless words too."""


def redacted(text: str) -> tuple[str, int]:
    """The text without what looks like a key, a token or a password, and how many there were.

    By form alone, so it finds what has a known form or stands behind its name; it is no proof that none is left.
    """
    text, bare = SECRETS.subn(GONE, text)
    text, named = NAMED.subn(lambda found: found[0] if found["value"] == GONE else f"{found['name']}{GONE}", text)
    return text, bare + named


def hidden(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text with the secrets of the environment as ``***``: an error that nobody foresaw may quote anything."""
    values = {value for name, value in environment.items() if VARIABLE.search(name) and len(value) >= SHORTEST}
    for value in sorted(values, key=len, reverse=True):  # one may begin with another
        text = text.replace(value, "***")
    return text
