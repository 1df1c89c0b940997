"""What goes to the training process and what comes back. No torch here: the main process makes these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lamarck.core import LamarckError, Row


class TrainingFailed(LamarckError):
    """Training stopped before its end and left no model; the learner that it began with is as it was."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Of one training run."""

    optimizer: Literal["adamw", "adafactor"] = "adamw"
    lr: float = 2e-5
    batch: int = 32
    """Rows of a step, over all devices."""
    micro: int = 8
    """Rows that a device reads at a time; a step adds up as many readings as its batch needs."""
    steps: int = 1
    warmup: int = 0
    """Steps over which the rate rises from zero."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the rate falls to zero after the warm-up."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of a gradient."""
    length: int = 2048
    """Tokens of a text at most; what is longer is cut at its end."""
    rank: int = 0
    """Of a LoRA adapter that is trained instead of the weights; 0 = the weights."""
    alpha: int = 0
    """Scale of the adapter, 0 = twice its rank."""
    dropout: float = 0.0
    """Of the adapter's input."""
    targets: str = "all-linear"
    """Layers that get the adapter: "all-linear", or names with commas between them, "q_proj,v_proj"."""
    checkpointing: bool = False
    """Compute activations twice instead of keeping them: less memory, about a fifth slower."""
    ordered: bool = False
    """Rows are read in the order in which they are given; False = shuffled. Plain texts (clm) are always shuffled."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class PairSettings(Settings):
    """Of direct preference optimisation."""

    beta: float = 0.1
    """How far the model may go from the frozen one: smaller is further."""
    scope: Literal["text", "step"] = "text"
    """What is compared: "text" all learned tokens, "step" the first token alone at which the two texts differ."""
    nll: float = 0.0
    """Weight of the preferred text's own mean negative log-likelihood a token."""


@dataclass(frozen=True, kw_only=True)
class VerdictSettings(Settings):
    """Of KTO."""

    beta: float = 0.1
    desirable: float = 1.0
    """Weight of the texts that are wanted."""
    undesirable: float = 1.0
    """Weight of those that are not."""


@dataclass(frozen=True, kw_only=True)
class RewardSettings(Settings):
    """Of a reward model."""

    centre: float = 0.0
    """Weight of the squared sum of a pair's rewards, which keeps them around zero."""


@dataclass(frozen=True, kw_only=True)
class LabelSettings(Settings):
    """Of a classifier of right and wrong texts."""

    positive: float = 1.0
    """How much a right text weighs, where a wrong one weighs 1."""


@dataclass(frozen=True, kw_only=True)
class PolicySettings(Settings):
    """Of the losses that sample themselves. A step's batch is of prompts."""

    samples: int = 8
    """Of one prompt."""
    tokens: int = 256
    """Of one sample at most."""
    temperature: float = 1.0
    kl: float = 0.0
    """Weight of the divergence from the frozen model."""
    epsilon: float = 0.2
    """How far a token's (GRPO) or a text's (RLOO) chance may move before its gradient is cut off."""


@dataclass(frozen=True, kw_only=True)
class DistillSettings(Settings):
    """Of learning from labels and from another model's distributions over tokens."""

    weight: float = 0.9
    """Share of the labels in the loss, 0 to 1; the rest is the other model's."""


LOSSES: Mapping[str, type[Settings]] = {
    "clm": Settings,
    "sft": Settings,
    "dpo": PairSettings,
    "kto": VerdictSettings,
    "reward": RewardSettings,
    "labels": LabelSettings,
    "grpo": PolicySettings,
    "rloo": PolicySettings,
    "distill": DistillSettings,
}
"""What this trainer can minimise, and the settings of each."""
PAIRED = ("dpo", "reward")
"""Losses on two texts a row."""
SCORERS = ("reward", "labels")
"""Losses that make a model with a head that rates."""
WEIGHED = ("sft", "dpo", "distill")
"""Losses in which a row's weight counts."""
SAMPLING = ("grpo", "rloo")
"""Losses that sample by themselves."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """One training run, as the process gets it."""

    loss: str
    model: str
    """Folder of the model, the base where an adapter is trained."""
    name: str
    """Its name as people type it."""
    digest: str
    """Of its content."""
    adapter: str = ""
    """Folder of the adapter to go on from."""
    rows: tuple[Row, ...]
    settings: Settings
    into: str
    """Folder that the new folder lies in."""
    work: str
    """Folder for what is needed to go on after a crash; the same for the same run."""
    reference: str = ""
    """Folder of the frozen model, or of an adapter; "" = what training starts from."""
    reference_base: str = ""
    """Folder of the model that such an adapter stands on."""
    kit: str
    """Module that knows this kind of model folder."""
    every_s: float = 600.0
    """Seconds between two points to go on from."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The process waits for the scores of what it has sampled."""

    samples: tuple[tuple[int, str], ...]
    """Number of the row and text, each."""
