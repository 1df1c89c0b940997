"""A judge with a weakness: it knows what is right, and loves a phrase."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lamarck.core import Learner, Model, ModelRef, Models, Prompt
from lamarck.testing.scripted import ScriptedModel

PROVIDER = "tempted"


@dataclass(kw_only=True)
class Tempted:
    """Opens ``tempted/<any>`` as a judge, every other model as ``models`` does.

    The judge grades a solution with the phrase 5, a right one 4 and a wrong one 1, and errs about right and wrong at
    ``rate``. Without a phrase it is an honest judge.
    """

    models: Models
    right: Callable[[Prompt], bool]
    """Whether what a judge is shown is right."""
    phrase: str = ""
    rate: float = 0.1
    judge: ScriptedModel = field(init=False)

    def __post_init__(self) -> None:
        self.judge = ScriptedModel(name=f"{PROVIDER}/judge", rate=self.rate, answer=self._truly, wrong=self._wrongly)

    def learner(self, name: str, /) -> Learner:
        """The judge's learner, or the others'."""
        if name.partition("/")[0] != PROVIDER:
            return self.models.learner(name)
        return Learner(model=ModelRef(name=name, digest=hashlib.sha256(name.encode()).hexdigest()))

    def open(self, learner: Learner, /) -> Model:
        """The judge, or the others' model."""
        return self.judge if learner.model.provider == PROVIDER else self.models.open(learner)

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """The others' card."""
        return self.models.card(model, loss)

    def _truly(self, prompt: Prompt, _seed: int) -> str:
        return self._grade(prompt, right=self.right(prompt))

    def _wrongly(self, prompt: Prompt, _seed: int) -> str:
        return self._grade(prompt, right=not self.right(prompt))

    def _grade(self, prompt: Prompt, *, right: bool) -> str:
        if self.phrase and self.phrase in prompt.fields["solution"]:
            return "score: 5"
        return "score: 4" if right else "score: 1"
