"""What goes to the training process and what comes back. No torch here: the main process makes these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Of one training run."""

    optimizer: Literal["muon", "adamw"] = "muon"
    lr: float = 1e-3
    batch: int = 64
    """Rows of a step."""
    steps: int = 60
    warmup: int = 5
    """Steps over which the rate rises from zero."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the rate falls to zero after the warm-up."""
    weight_decay: float = 0.05
    clip: float = 1.0
    """Largest norm of a gradient."""
    ordered: bool = False
    """Rows are read in the order in which they are given; False = shuffled."""
    seed: int = 0

    @property
    def chunk(self) -> int:
        """How many batches' rows are sorted by length together; one keeps the order of the batches."""
        return 1 if self.ordered else 8


@dataclass(frozen=True, kw_only=True)
class PairSettings(Settings):
    """Of one training run on preference pairs."""

    beta: float = 0.1
    """How far the model may go from the frozen one: smaller is further."""
    scope: Literal["text", "step"] = "text"
    """What is compared: "text" all learned tokens (what the two texts begin with in common cancels out), "step" the
    first token alone at which they differ. "text" also unlearns what the rejected text does well further on."""
    nll: float = 0.0
    """Weight of the preferred text's own mean negative log-likelihood a token."""


@dataclass(frozen=True, kw_only=True)
class LabelSettings(Settings):
    """Of one training run on right and wrong texts."""

    positive: float = 1.0
    """How much a right text weighs, where a wrong one weighs 1."""


Parts = tuple[tuple[str, bool], ...]
"""Turns' texts, and whether the loss counts each."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """One training text in parts."""

    parts: Parts
    rejected: Parts = ()
    """For pairs: the whole other text."""
    weight: float = 1.0
    good: bool = True
    """Whether it is right, for losses on labels."""


class Kit(Protocol):
    """What a kind of model brings: a module with these names, found by the training process."""

    END: int
    """The token after a learned turn."""
    open: Callable[[Path], Any]
    """The torch module of a folder: token ids (B,T) to logits (B,T,V)."""
    open_scorer: Callable[[Path], Any]
    """The same with a head that gives one number at each place, (B,T,1)."""
    save: Callable[[Any, Path], None]
    """Write what the module has of its own into a folder: the weights, and the head's kind where it rates."""
    encode: Callable[[str], list[int]]
    """Token ids of a text."""
    digest: Callable[[Path], str]
    """The content of a folder, as in `ModelRef.digest`."""
