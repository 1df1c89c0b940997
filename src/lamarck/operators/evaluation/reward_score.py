"""How high a reward holds the learner's answers, with what tells whether the reward can still be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lamarck.core import Context, Learner, Names, Operator, Score, Scorecard, Split, Task, UsageError
from lamarck.operators.held_out import HeldOut, answers, first_look, further_look
from lamarck.operators.judging import player
from lamarck.operators.panel import several
from lamarck.operators.rewarding import Answers, Rewarded, Standard, characters, divergence, lowest, scored, values
from lamarck.operators.rulings import ruled

METRIC, SAMPLED = "reward", "reward@1"
"""At temperature 0, which decides, and at 1."""
BESIDE, CAPS = "second measure", "within caps"
"""Abilities of the scorecard beside the target; the gate protects them as it does the environment's."""


@dataclass(frozen=True, kw_only=True)
class RewardScore(HeldOut):
    """The reward of answers at temperatures 0 and 1, a second measure that must not fall, and caps that must hold.

    Out: a scorecard. The target's value of an item is a rank, 0 to 1: the share of the reference's answers to the same
    items, at the same temperature, whose reward is lower (equal ones half). So the reference has 0.5, rewards of
    different units compare, and the gate's test has outcomes in [0, 1]; of several rewards the lowest rank counts, and
    an answer without a score has 0. "second measure" is ``beside`` on the answers at temperature 0: a verdict as 1 or
    0, a bare score as its rank. "within caps" is 1 on every item where divergence and change of length are within
    their caps on this look, else 0, so that a learner beyond them is worse than any within. An event "rewarded" has
    mean, 10th percentile and spread in the reference's deviations, the divergence, both lengths and broken caps.
    Raises: UsageError for a role that nobody plays, or a reward that is not called with one experience.
    Source: the survey (arXiv:2404.14387), section 7.1, names the score of a reward model as a measure; an ensemble's
    lowest reward, Coste et al. 2023 (arXiv:2310.02743); one model of averaged weights, WARM (arXiv:2401.12187), is a
    role like any other.
    """

    by: tuple[Operator, ...]
    """Rewards, such as ``feedback.Reward(role="reward_model")``; several are an ensemble."""
    beside: Operator | None = None
    """Another measure that the learner was not trained by: feedback.Verifier(), feedback.Judge(...), a second reward
    model; None = no second measure."""
    against: str = "origin"
    """The role of the reference: what the run began with, what the stage began with ("base"), or another learner."""
    kl_cap: float | None = None
    """Most divergence from the reference, in nats an answer; None = no cap. Where no model tells it, it holds."""
    length_cap: float | None = 0.5
    """Most change of the mean length, as a share of the reference's; None = no cap."""
    samples: int = 1
    """Answers an item at temperature 1."""

    def __post_init__(self) -> None:
        if not self.by:
            raise UsageError('RewardScore needs a reward: by=(feedback.Reward(role="reward_model"),)')
        for one in (*self.by, *([self.beside] if self.beside else [])):
            if one.scope != "each":
                raise UsageError(
                    f"RewardScore scores answers one by one, but {type(one).__name__} needs all of a {one.scope}; give "
                    "it an operator of scope 'each', as feedback.Reward"
                )

    @property
    def role(self) -> str:
        """Who is asked, with commas between; "environment" where nobody is."""
        asked = [str(role) for one in (*self.by, self.beside) if (role := getattr(one, "role", ""))]
        return ",".join(dict.fromkeys(asked)) or "environment"

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the reward first, then its nodes' where tasks name one, the protected abilities, the second measure and
        the caps."""
        look = _Look(of=self)
        scores = first_look(look, learner, ctx)
        return Scorecard(learner=learner.hash, scores=(*scores, *look.beside), metric=METRIC)

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The same on fresh items of these abilities; target, second measure and caps come together."""
        look, mine = _Look(of=self), {BESIDE, CAPS} & set(abilities)
        wanted = {*abilities, *([ctx.environment.ability] if mine else [])}
        scores = further_look(look, learner, ctx, wanted, skip)
        return Scorecard(learner=learner.hash, scores=(*scores, *look.beside), metric=METRIC)

    def measured(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> tuple[Score, ...]:
        """The target's score on these tasks, then the second measure's and the caps'."""
        for role in several(self.role) if self.role != "environment" else ():
            player(role, ctx, "RewardScore")
        reference = player(self.against, ctx, "RewardScore")
        at = {0.0: 1, 1.0: self.samples}
        mine = {t: answers(tasks, learner, ctx, n, t) for t, n in at.items()}
        theirs = {t: answers(tasks, reference, ctx, n, t) for t, n in at.items()}
        found = {t: self._rewarded(tasks, mine[t], theirs[t], ctx) for t in at}
        items = tuple(task.id for task in tasks)
        metrics = {METRIC: tuple(found[0.0].ranks), SAMPLED: tuple(found[1.0].ranks)}
        within = float(not self._broken(tasks, mine, theirs, (learner, reference), found, ctx))
        caps = Score(
            ability=CAPS, metrics={"within": (within,) * len(items)}, items=items, split=self.split, protected=True
        )
        whole = Score(ability=ability, metrics=metrics, items=items, split=self.split)
        second = self._beside(tasks, mine[0.0], theirs[0.0], ctx)
        return (whole, *second, *([caps] if (self.kl_cap, self.length_cap) != (None, None) else []))

    def _rewarded(self, tasks: Sequence[Task], mine: Answers, theirs: Answers, ctx: Context) -> Rewarded:
        said = [[values(scored(tasks, given, one, ctx)) for one in self.by] for given in (mine, theirs)]
        return lowest(*said)

    def _beside(self, tasks: Sequence[Task], mine: Answers, theirs: Answers, ctx: Context) -> list[Score]:
        if self.beside is None:
            return []
        told = scored(tasks, mine, self.beside, ctx)
        standard = Standard.of(values(scored(tasks, theirs, self.beside, ctx)))
        outcomes = list[float | None]()
        for (one,), (answer,) in zip(told, mine, strict=True):
            if one is not None and one.passed is not None:
                outcomes.append(float(one.passed))
            elif one is not None and one.score is not None:
                outcomes.append(standard.rank(one.score))
            else:  # no answer is no success; an answer that nobody could judge has no value
                outcomes.append(None if answer else 0.0)
        name = type(self.beside).__name__.lower()
        return [replace(ruled(BESIDE, name, tasks, outcomes, self.split), protected=True)]

    def _broken(
        self,
        tasks: Sequence[Task],
        mine: dict[float, Answers],
        theirs: dict[float, Answers],
        who: tuple[Learner, Learner],
        found: dict[float, Rewarded],
        ctx: Context,
    ) -> list[str]:
        """The caps that do not hold; tells what was measured."""
        kl = divergence(tasks, mine[1.0], *who, ctx)
        sizes = [characters(side[0.0]) for side in (mine, theirs)]
        change = sizes[0] / sizes[1] - 1 if sizes[1] else 0.0
        broken = ["divergence"] if self.kl_cap is not None and kl is not None and kl > self.kl_cap else []
        broken += ["length"] if self.length_cap is not None and abs(change) > self.length_cap else []
        told: dict[str, Any] = {"greedy": found[0.0].figures, "sampled": found[1.0].figures}
        learner, reference = (one.hash for one in who)
        ctx.store.event(
            "rewarded",
            learner=learner,
            against=reference,
            split=self.split,
            **told,
            kl=kl,
            characters=sizes,
            broken=broken,
        )
        return broken


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One look at the target, as ``held_out`` makes it; keeps what is measured beside."""

    of: RewardScore
    beside: list[Score] = field(default_factory=list[Score])

    @property
    def split(self) -> Split:
        return self.of.split

    @property
    def limit(self) -> int | None:
        return self.of.limit

    @property
    def protected(self) -> int:
        return self.of.protected

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        whole, *beside = self.of.measured(ability, tasks, learner, ctx)
        self.beside.extend(beside)
        return whole
