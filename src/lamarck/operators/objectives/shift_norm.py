"""What counts as good conduct moves on with what most do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lamarck.core import Choice, Context, Experience, Objective, Phase, Sampling, Scorecard, UsageError
from lamarck.operators.judging import guarded


@dataclass(frozen=True, kw_only=True)
class ShiftNorm:
    """The next objective carries a new norm, written in view of today's and of what the candidates did under it.

    Reads the round's graded conduct: as many answers as ``shown``, drawn evenly over the candidates. `feedback.Judge`
    and `evaluation.Grade` show the norm where they are told to (``norm=True``); nobody who acts or writes profiles
    does. Out: the objective with the new norm; the same one where the round is no shift's, or the reply is empty, cut
    off, or today's norm again. Raises: UsageError for an objective without a norm to begin with.
    Source: Evolving Social Norms (arXiv:2401.04620), section 3. Differs: one call writes the norm; the majority is what
    that call makes of the conduct it sees.
    """

    role: str = "judge"
    """Who writes norms."""
    rules: int = 10
    """Rules of a norm, at most; further lines of a reply are left out."""
    shown: int = 12
    """Answers that the one who writes sees."""
    every: int = 1
    """Rounds that a norm holds."""
    prompt: str = "evolutionary_agent/norm"
    """Its fields: "norm", "conduct", "rules", "fence"."""
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what would never shift."""
        for name in ("rules", "shown", "every"):
            if getattr(self, name) < 1:
                raise UsageError(f"ShiftNorm has {name}={getattr(self, name)}; give at least 1")

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        """Out: the objective with the next round's norm."""
        if not objective.norm:
            raise UsageError(
                "ShiftNorm: the objective has no norm to begin with; give Objective(norm=...) in the recipe"
            )
        if ctx.round % self.every:
            return Choice(objective=objective, reason=f"a norm holds {self.every} rounds")
        conduct = ctx.store.batch(Phase(stage=ctx.number, round=ctx.round, name="feedback"))
        told = [one for one in conduct if one.solution and one.feedback]
        some = ctx.rng("conduct").sample(told, min(self.shown, len(told)))
        shown = {"norm": objective.norm, "conduct": "\n\n".join(map(_told, some)) or "(nothing was done)"}
        asked = guarded(self.prompt, {"rules": str(self.rules)}, ctx, "norm", **shown)
        sampling = Sampling(temperature=self.temperature)
        ((reply,),) = ctx.generate([asked], ["norm"], role=self.role, sampling=sampling)
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        norm = "\n".join(lines[: self.rules])
        if reply.stop != "stop" or norm in ("", objective.norm):
            return Choice(objective=objective, reason="no new norm was written")
        new = [line for line in norm.splitlines() if line not in objective.norm.splitlines()]
        return Choice(objective=replace(objective, norm=norm), reason=f"{len(new)} rules of {len(lines)} are new")


def _told(experience: Experience) -> str:
    """What one candidate did, and what it was worth."""
    said = experience.solution.text if experience.solution else ""
    return f"Asked: {experience.task.messages[-1].text}\nDid: {said}\nRated: {experience.score:g}"
