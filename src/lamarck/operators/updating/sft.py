"""Supervised fine-tuning on the refined experiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Learner, Names, Row

Start = Literal["learner", "base", "origin"]


@dataclass(frozen=True, kw_only=True)
class SFT:
    """Maximise the likelihood of the solutions given the tasks' own prompts.

    In: experiences with a solution. Out: a new learner; the same one where there is nothing to
    train on. Rows are (prompt kept for training, solution); the loss counts the assistant's turns.
    Optimiser, rate, batch and length of training come from the learner's ``training.json`` unless
    given here. ``steps`` there may be a schedule by round, fixed before the run; the rows are then
    repeated or cut to fill it, so that arms of a comparison make the same number of updates.
    Source: for ``start="base"`` STaR (arXiv:2203.14465, section 3.1) and ReST-EM (arXiv:2312.06585,
    section 3); for ``growth`` STaR, appendix.
    """

    needs: ClassVar[Names] = {"train"}
    reads: ClassVar[Names] = {"solution"}

    data: Literal["batch", "seed"] = "batch"
    """"seed": labelled examples (the user's own or the environment's) instead of the batch."""
    start: Start = "learner"
    """What is trained: the last learner, what the stage began with ("base"), or the run ("origin")."""
    examples: int = 1000
    """How many seed examples make an epoch."""
    replay: float = 0.0
    """Share of the rows, 0 to 1, that are labelled examples."""
    growth: float = 1.0
    """Factor on ``steps`` from round to round."""
    steps: int | None = None
    epochs: float | None = None
    lr: float | None = None
    batch: int | None = None

    def __post_init__(self) -> None:
        """Seed data needs nothing from the phases before; the checker asks the instance."""
        if self.data == "seed":
            object.__setattr__(self, "reads", frozenset[str]())

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one training began from."""
        start = learner
        if self.start != "learner":
            first = ctx.base if self.start == "base" else ctx.role("origin")
            start = replace(learner, model=first.model, adapters=first.adapters)
        settings = ctx.settings("sft", start, steps=self.steps, epochs=self.epochs, lr=self.lr, batch=self.batch)
        if self.growth != 1 and settings.get("steps"):
            settings["steps"] = round(int(settings["steps"]) * self.growth ** (ctx.round - 1))
        replay = 1.0 if self.data == "seed" else self.replay
        own = [row(e, ctx, start) for e in batch if e.solution] if replay < 1 else []
        if not own and replay < 1:
            return learner
        if settings.get("steps"):
            total = int(settings["steps"]) * int(settings["batch"])
        else:
            epoch = self.examples if self.data == "seed" else len(own) / (1 - replay) if own else len(batch)
            total = round(float(settings.get("epochs", 1)) * epoch)
        mixed = round(total * replay)
        examples = ctx.examples(mixed, "replay") if mixed else ()
        rows = [*_fill(own, total - mixed, ctx), *(row(e, ctx, start) for e in examples)]
        return ctx.train("sft", start, rows, settings) if rows else learner


def row(experience: Experience, ctx: Context, learner: Learner) -> Row:
    """The training row of an experience: its prompt as this learner reads it, then the solution."""
    prompt = ctx.render(experience.prompt, learner)
    answer = experience.solution.messages if experience.solution else ()
    learn = (*(False for _ in prompt), *(message.role == "assistant" for message in answer))
    return Row(messages=(*prompt, *answer), learn=learn, weight=experience.weight)


def _fill(rows: Sequence[Row], n: int, ctx: Context) -> list[Row]:
    """n rows: whole passes over all of them, then a random part of one more."""
    if not rows:
        return []
    passes, rest = divmod(n, len(rows))
    return [*(list(rows) * passes), *ctx.rng("fill").sample(list(rows), rest)]
