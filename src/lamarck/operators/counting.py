"""How long a text is for a model."""

from __future__ import annotations

import math

from lamarck.core import Context, Learner
from lamarck.core.protocols import Counting

CHARACTERS = 3.0
"""Of one token, where a model does not count by itself. English has about four, so this errs to the safe side."""


def tokens(text: str, learner: Learner, ctx: Context) -> int:
    """The tokens of a text: by the learner's own tokenizer where its model shows it, otherwise by its characters."""
    model = ctx.models.open(learner)
    return model.count(text) if isinstance(model, Counting) else math.ceil(len(text) / CHARACTERS)
