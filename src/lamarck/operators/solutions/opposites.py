"""Two answers to one task, one asked to be good and one asked to be bad."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Names,
    Origin,
    Prompt,
    Sampling,
    Scope,
    Solution,
    UsageError,
    unknown,
)

Renew = Literal["both", "solution"]


@dataclass(frozen=True, kw_only=True)
class Opposites:
    """Ask for one answer under a prompt for good ones and one under a prompt for bad ones: a pair without a judge.

    In: experiences; a solution is not needed. Out: the same ones with the good answer as solution and the bad one as
    ``rejected``; training shows the task as it stands, neither prompt. Dropped with the reason: pairs of two equal
    texts, with an answer that never came, or of lengths too far apart. Raises: UsageError.
    Source: RLCD (arXiv:2307.12950), section 3; DLMA (arXiv:2402.11907); for ``renew`` GRATH (arXiv:2401.12292).
    Differs: two prompts ask for the two answers, where GRATH reads both from one reply.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution", "rejected"}

    positive: str
    """Name of the prompt that asks for a good answer; fields: the task's and "task" (its words)."""
    negative: str
    """Name of the prompt that asks for a bad one, with the same fields."""
    renew: Renew = "both"
    """"solution": a pair that comes in keeps its rejected text bit by bit, only its solution is asked for anew."""
    ratio: float | None = None
    """Words of the longer text by those of the shorter, at most: else length alone tells the two apart. None = any."""
    role: str = "learner"
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.renew not in get_args(Renew):
            raise unknown("what to renew", self.renew, get_args(Renew), "give it as solutions.Opposites(renew=...)")
        if self.ratio is not None and self.ratio < 1:
            raise UsageError(f"Opposites: ratio is {self.ratio}; it is the longer by the shorter text, so 1 or more")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the pairs."""
        pairs = list[Experience]()
        for experience in batch:
            pair = self._pair(experience, ctx)
            if pair.solution and pair.rejected and (why := self._fault(pair.solution, pair.rejected)):
                ctx.drop(experience, why)
            else:
                pairs.append(pair)
        return pairs

    def _pair(self, experience: Experience, ctx: Context) -> Experience:
        author, old = ctx.role(self.role), experience.rejected if self.renew == "solution" else None
        key = experience.id if experience.sample else experience.task.id
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        names, keys = (self.positive, self.negative), (f"{key} good", f"{key} bad")
        prompts = [_asked(name, experience) for name in (names[:1] if old else names)]
        found = ctx.generate(prompts, keys[: len(prompts)], role=author, sampling=sampling)
        origin = Origin(
            operator=ctx.operator,
            learner=author.hash,
            seed=ctx.seeds(keys[0], 1)[0],
            temperature=self.temperature,
            round=ctx.round,
        )
        bad = old or found[1][0]
        return replace(experience, solution=found[0][0], rejected=bad, asked=prompts[0], keep=None, origin=origin)

    def _fault(self, good: Solution, bad: Solution) -> str:
        """Why a pair teaches nothing, "" where it does."""
        if missing := [one.stop for one in (good, bad) if one.stop not in ("stop", "length")]:
            return f"an answer never came ({missing[0]})"
        if good.text.strip() == bad.text.strip():
            return "both say the same"
        short, long = sorted((len(good.text.split()), len(bad.text.split())))
        if self.ratio is not None and long > self.ratio * max(short, 1):
            return f"one is more than {self.ratio:g} times as long as the other"
        return ""


def _asked(name: str, experience: Experience) -> Prompt:
    task = experience.task
    return Prompt(name=name, fields={**task.fields, "task": task.messages[-1].text})
