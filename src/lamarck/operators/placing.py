"""Texts as vectors: by the model that plays a role, or without any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamarck.core import CapabilityError, Context
from lamarck.likeness import Floats, NGrams


def vectors(texts: Sequence[str], ctx: Context, role: str) -> Floats:
    """A row of length 1 a text: the role's own where its model makes embeddings, else hashed n-grams of characters."""
    try:
        found = ctx.embed(texts, role=role)
    except CapabilityError:
        return NGrams()(texts)
    return np.array(found, np.float32).reshape(len(texts), -1)
