"""Reward models: what gives a text a number, and the door to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from lamarck.core.errors import CapabilityError
from lamarck.core.exchange import Continuation
from lamarck.core.types import Prompt

if TYPE_CHECKING:
    from lamarck.core.context import Context


@runtime_checkable
class Rating(Protocol):
    """A model that gives a text after its prompt one number, higher for the better of two."""

    def ratings(self, texts: Sequence[Continuation], /) -> list[float]:
        """A number for each text, in no unit that two models share; minus infinity for one that it cannot read whole.
        Blocks."""
        ...


def rate(ctx: Context, prompts: Sequence[Prompt], texts: Sequence[str], role: str) -> list[float]:
    """What the role's model makes of each text after its prompt. Raises: CapabilityError for one that rates none."""
    learner = ctx.role(role)
    model = ctx.models.open(learner)
    if not isinstance(model, Rating):
        raise CapabilityError(
            f"the {role} is {model.name}, which gives no text a number; train one by updating.RewardModel(), or name "
            f"one: --role {role}=hf/<a model ...ForSequenceClassification>"
        )
    asked = zip(prompts, texts, strict=True)
    return model.ratings([Continuation(prompt=prompt, text=text, system=learner.prompt) for prompt, text in asked])
