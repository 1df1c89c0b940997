"""The provider ``scripted``: models whose name is their error rate."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lamarck.core import Learner, ModelRef, Prompt, UsageError
from lamarck.likeness import NGrams
from lamarck.testing.scripted import Call, Rates, ScriptedModel, Write

CARD: Mapping[str, Any] = {"epochs": 1, "batch": 8, "lr": 0.001}
"""Training values of every scripted model, in place of a ``training.json``."""


@dataclass(kw_only=True)
class ScriptedModels:
    """Opens ``scripted/<error rate>``: ``scripted/0.5`` is wrong in half of its samples.

    All models it opens follow one script and log into one list, ``calls``.
    """

    answer: Write
    wrong: Write
    rates: Rates = field(default=lambda _prompt, rate: rate)
    likelihood: Callable[[str, Prompt, str], float] = field(default=lambda _model, _prompt, _text: -1.0)
    """(model's name, prompt, text) -> log-probability of a word."""
    reward: Callable[[str, Prompt, str], float] = field(default=lambda _model, _prompt, _text: 0.0)
    """(model's name, prompt, text) -> its number as a reward model."""
    place: Callable[[str, str], Sequence[float]] = field(default=lambda _model, text: NGrams()([text])[0].tolist())
    """(model's name, text) -> its vector."""
    settings: Mapping[str, Any] = field(default_factory=lambda: dict(CARD))
    """What :meth:`card` gives for every model and loss."""
    calls: list[Call] = field(default_factory=list[Call])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def learner(self, name: str, /) -> Learner:
        """The untouched learner of a name. Raises: UsageError where the rate is no number from 0 to 1."""
        rate(name)
        return Learner(model=ModelRef(name=name, digest=hashlib.sha256(name.encode()).hexdigest()))

    def open(self, learner: Learner, /) -> ScriptedModel:
        """The learner's model."""
        name = learner.model.name
        return ScriptedModel(
            name=name,
            rate=rate(name),
            answer=self.answer,
            wrong=self.wrong,
            rates=self.rates,
            likelihood=partial(self.likelihood, name),
            reward=partial(self.reward, name),
            place=partial(self.place, name),
            calls=self.calls,
            lock=self.lock,
        )

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """The same training values for every model and loss."""
        return self.settings


def rate(name: str) -> float:
    """The error rate in a name. Raises: UsageError where there is none."""
    provider, _, number = name.partition("/")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if provider != "scripted" or not 0 <= value <= 1:
        raise UsageError(f"'{name}' names no scripted model; type scripted/<error rate from 0 to 1>, as scripted/0.5")
    return value
