"""Updates, evaluations and a next objective that the strain recipes need and nobody has written yet; they raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Choice, Context, Learner, Names, Objective, Operator, Scorecard, Split
from lamarck.operators import updating

NOTHING: Names = frozenset()


@dataclass(frozen=True, kw_only=True)
class OnLearner:
    """An update to come."""

    reads: ClassVar[Names] = NOTHING
    step: ClassVar[str] = "2"

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        raise NotImplementedError(f"{type(self).__name__} comes with step {self.step}")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """An evaluation to come."""

    step: ClassVar[str] = "2"

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        raise NotImplementedError(f"{type(self).__name__} comes with step {self.step}")


@dataclass(frozen=True, kw_only=True)
class SFT(updating.SFT):
    """What the real one lacks: an adapter of its own, several authors."""

    adapter: str = ""
    """Train this named adapter and nothing else; "" = the model."""
    rank: int | None = None
    kind: str = ""
    """Only experiences whose task is of this kind; "" = all."""
    authors: tuple[str, ...] = ()
    """Whose turns the loss counts; () = the assistant's."""


@dataclass(frozen=True, kw_only=True)
class DPO(OnLearner):
    """Prefer the solution to the rejected one; the reference is what training starts from."""

    reads: ClassVar[Names] = {"solution", "rejected"}
    beta: float | tuple[float, ...] = 0.1
    """One number, or one a round, the last of which stays."""


@dataclass(frozen=True, kw_only=True)
class PPO(OnLearner):
    """Policy gradient with a KL penalty on samples of its own; the reward is the product of several."""

    reads: ClassVar[Names] = {"task"}
    step: ClassVar[str] = "3"
    rewards: tuple[Operator, ...] = ()
    kl: float | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerWith(OnLearner):
    """Set how the learner answers; helpers of other roles that this needs become its named adapters."""

    answer: Operator


@dataclass(frozen=True, kw_only=True)
class Remember(OnLearner):
    """Write to the learner's memory: each experience, or what the dialogues themselves wrote."""

    reads: ClassVar[Names] = {"solution"}
    source: str = "solution"


@dataclass(frozen=True, kw_only=True)
class RememberWrites(Remember):
    """``Remember(source="writes")``: commit what the sessions wrote."""

    reads: ClassVar[Names] = {"writes"}
    step: ClassVar[str] = "8"
    source: str = "writes"


@dataclass(frozen=True, kw_only=True)
class EvolveMerge(OnLearner):
    """CMA-ES over merge weights: fitness = mean score by author; state is the run's. Out: the mean's merge."""

    reads: ClassVar[Names] = {"feedback", "author"}
    sources: tuple[str, ...]
    method: str = "dare_ties"
    population: int | None = None
    """None = 4 + floor(3 ln genes)."""
    sigma: float = 1 / 6


@dataclass(frozen=True, kw_only=True)
class EvolvePrompts(OnLearner):
    """Binary tournament over units of prompts and mutation prompts; the loser becomes the winner's mutated copy."""

    reads: ClassVar[Names] = {"feedback", "author"}
    step: ClassVar[str] = "7"
    population: int = 50
    crossover: float = 0.1
    shuffle: float = 0.1
    novelty: float = 0.95


@dataclass(frozen=True, kw_only=True)
class EvolveProfiles(OnLearner):
    """Keep the fittest profiles, cross and mutate the rest from them; the fittest is the candidate's prompt."""

    reads: ClassVar[Names] = {"feedback", "author"}
    step: ClassVar[str] = "8"
    population: int = 10
    survivors: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Elect(OnLearner):
    """The best candidate that a search has found becomes the learner."""

    step: ClassVar[str] = "7"
    of: OnLearner


# --- evaluation, objectives ---


@dataclass(frozen=True, kw_only=True)
class WinRate(Scores):
    """How often a judge prefers the learner, both orders asked, to a fixed opponent."""

    against: str = "origin"
    role: str = "judge"
    split: Split = "selection"


@dataclass(frozen=True, kw_only=True)
class Grade(Scores):
    """A judge's mean grade by a rubric."""

    prompt: str = ""
    role: str = "judge"
    split: Split = "selection"


@dataclass(frozen=True, kw_only=True)
class ShiftNorm:
    """The next objective carries a new norm, drawn from what most candidates did."""

    role: str = "teacher"
    rules: int = 10

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        raise NotImplementedError("ShiftNorm comes with step 8")
