"""Learners that repeat what is false where they are asked plainly, and know better where they are asked otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from lamarck.core import Experience, Prompt
from lamarck.testing.beds import Bed, saying


@dataclass(frozen=True, kw_only=True)
class Hearsay(Bed):
    """A small model that has read its ``share`` of falsehoods where it was asked plainly, and other shares elsewhere.

    Examples are read plainly and under each prompt in turn. What is false of a task is its field "rumour".
    """

    voices: Mapping[str, float] = field(default_factory=dict[str, float])
    """Prompt -> share of its examples that are false."""

    def told(self, found: Sequence[Experience]) -> Sequence[Experience]:
        """The examples, each in the voice whose turn it is."""
        rng, names = Random(f"hearsay {self.seed}"), ["", *self.voices]
        return [self._told(e, names[i % len(names)], rng.random()) for i, e in enumerate(found)]

    def _told(self, e: Experience, name: str, drawn: float) -> Experience:
        false = drawn < (self.voices[name] if name else self.share)
        said = saying(e, lambda _: e.task.fields["rumour"]) if false else e
        return replace(said, keep=Prompt(name=name, fields=e.task.fields)) if name else said
