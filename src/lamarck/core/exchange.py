"""What the parts hand each other: requests, training jobs, what became of a batch, addresses in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lamarck.core.types import Batch, Experience, Learner, Message, ModelRef, Objective, Prompt


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Caps on what only money decides; None = the recipe's own number."""

    tasks: int | None = None
    samples: int | None = None
    until: str = ""
    """Last phase of every round, "" = all; the run ends with the first "updating" or "evaluation" that it stops at."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to draw; temperature 0 is greedy, ``None`` is the model's own default."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    """The answer is one of these texts: tokens that lead to none of them are not allowed. () = anything."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One prompt to sample ``len(seeds)`` times; each sample depends on its own seed alone."""

    prompt: Prompt
    seeds: tuple[int, ...]
    """64-bit, one a sample."""
    sampling: Sampling = Sampling()
    system: str = ""
    author: str = ""
    adapter: str = ""
    """Which of the learner's named adapters answers, "" = the model alone."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One training text: messages, and which of them the loss counts."""

    messages: tuple[Message, ...]
    learn: tuple[bool, ...]
    """One a message."""
    rejected: tuple[Message, ...] = ()
    """For pairs: what replaces the learned messages."""
    weight: float = 1.0
    good: bool = True
    """For losses on single verdicts: whether the learned messages are wanted."""


Scoring = Callable[[Sequence[tuple[int, str]]], Sequence[float]]
"""Scores of sampled texts, each with the number of the row it was sampled for."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training run: every row is used once, in an order drawn from the seed, or as given with ``ordered``."""

    loss: str
    rows: Sequence[Row]
    settings: Mapping[str, Any]
    """Resolved: optimizer, lr, batch, schedule, ... (paper, model card, user)."""
    seed: int
    adapter: str = ""
    """Train an adapter of this name on the frozen model; "" = the model itself."""
    begin: ModelRef | None = None
    """The adapter to go on from; None = a new one."""
    reference: ModelRef | None = None
    """The frozen model that losses compare with; None = what training starts from."""
    score: Scoring | None = None
    """For losses that sample by themselves: called here while training waits."""


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """A text after a prompt, whose likelihood is asked for."""

    prompt: Prompt
    text: str
    system: str = ""
    adapter: str = ""


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step of a path through the layers of several models."""

    source: int
    """Which of the merge's sources."""
    layer: int
    """Which of its layers, from 0."""
    scale: float = 1.0
    """Factor on what the layer reads."""


@dataclass(frozen=True, kw_only=True)
class Merge:
    """How models of one architecture become one: by their weights, or by a path through their layers.

    Weights and densities are [groups][sources]. Groups are consecutive blocks of layers of nearly the
    same size: the first has the embeddings too, the last the final norm and the head.
    """

    method: str
    """"linear", "slerp", "ties", "dare_linear", "dare_ties", or "path"."""
    sources: tuple[ModelRef, ...]
    base: ModelRef | None = None
    """What the sources' differences are taken from; None = zero."""
    weights: tuple[tuple[float, ...], ...] = ()
    densities: tuple[tuple[float, ...], ...] = ()
    """Share of each difference that is kept, 0 to 1."""
    path: tuple[Hop, ...] = ()
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training run gave."""

    model: ModelRef
    steps: int
    tokens: int
    losses: tuple[float, ...]
    """Mean loss a token of each step, [steps]."""
    seconds: float
    """CPU seconds of the training process."""
    figures: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """What else a loss measures at each step, by name: of pairs "margin" (mean, rewards) and "accuracy" (share)."""


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Why an experience went no further."""

    experience: str
    operator: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One operator's share of a phase: how many experiences went in and came out."""

    operator: str
    into: int
    out: int
    seconds: float
    """Wall time summed over its calls; more than the phase's where calls overlap."""


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """What a chain of operators gave, and what became of the rest."""

    batch: Batch
    drops: tuple[Drop, ...] = ()
    funnel: tuple[Passage, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The address of a committed result: stage and round count from 0."""

    stage: int
    round: int
    name: str


@dataclass(frozen=True, kw_only=True)
class State:
    """What a search knows (a population, a pool, CMA-ES): the run's, not the learner's."""

    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON."""
    learners: tuple[Learner, ...] = ()
    """Candidates that are out this round."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The next round's objective and the reason for it, for the event log."""

    objective: Objective
    reason: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing a learner remembers: an experience, a rule, a fact, a skill."""

    text: str
    kind: str = ""
    key: str = ""
    """Two entries of one key say something about the same thing."""
    source: str = ""
    """Where it came from, so that it can be found and removed by it."""
    experience: Experience | None = None
    stream: str = ""
    """Whose dialogue it is from, "" = nobody's."""
    round: int = 0
    """When it was learned; 0 = before the first."""
    support: float = 0.0
    """How often it was confirmed."""
    status: str = ""
    """"superseded: " and the reason, where another one holds instead; "" = it holds."""
