"""What a training process gives back, whichever loop it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lamarck.core import ModelRef, Trained


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A trained model in its folder, and what training saw. No torch here: the main process reads it."""

    folder: str
    digest: str
    losses: tuple[float, ...]
    """Mean loss of each step, of a token or a pair."""
    tokens: int
    """Read; by the lean loop with padding, by TRL without."""
    seconds: float
    """Of the processor; of a process that went on where another stopped, its own."""
    figures: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """What else each step saw, by name: "margin" and "accuracy" of pairs, "accuracy" of labels."""

    def trained(self, name: str) -> Trained:
        """The same as the cycle knows it, under the name of the model that training began from."""
        return Trained(
            model=ModelRef(name=name, digest=self.digest, folder=self.folder),
            steps=len(self.losses),
            tokens=self.tokens,
            losses=self.losses,
            seconds=self.seconds,
            figures=self.figures,
        )
