"""What must never be written: values of the environment that are nobody's business."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

NAMED = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
"""How the variables that hold them are called."""
SHORTEST = 8
"""Letters of a secret; a shorter value would be found in harmless words too."""


def hidden(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text with the secrets of the environment as ``***``: an error that nobody foresaw may quote anything."""
    values = {value for name, value in environment.items() if NAMED.search(name) and len(value) >= SHORTEST}
    for value in sorted(values, key=len, reverse=True):  # one may begin with another
        text = text.replace(value, "***")
    return text
