"""Supervised fine-tuning on the refined experiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Learner, Names, Row, UsageError
from lamarck.operators.rows import backward, filled, proposal, row
from lamarck.operators.tuning import Tuning

Start = Literal["learner", "base", "origin"]
BACKWARD = "from_text/task"
"""The prompt that a task is asked for with, of a text that answers it."""
PROPOSAL = "self_instruct/task"
"""The prompt that a new task is asked for with."""


@dataclass(frozen=True, kw_only=True)
class SFT(Tuning):
    """Maximise the likelihood of the solutions given the tasks' own prompts.

    In: experiences with a solution. Out: a new learner; the same one where there is nothing to
    train on. Rows are (prompt kept for training, solution); the loss counts the assistant's turns.
    Optimiser, rate, batch and length of training come from the learner's ``training.json`` unless
    given here. ``steps`` there may be a schedule by round, fixed before the run; the rows are then
    repeated or cut to fill it, so that arms of a comparison make the same number of updates.
    With ``learn="task"`` the rows are turned round: shown a solution, the learner learns to write its task; with
    "proposal" it learns the tasks alone, to write others like them.
    Source: for ``start="base"`` STaR (arXiv:2203.14465, section 3.1) and ReST-EM (arXiv:2312.06585,
    section 3); for ``growth`` STaR, appendix; for ``cooling`` ReST (arXiv:2308.08998), section 3; for
    ``learn="task"`` Humpback (arXiv:2308.06259), section 2.1, for "proposal" Ada-Instruct (arXiv:2310.04484).
    """

    reads: ClassVar[Names] = {"solution"}

    data: Literal["batch", "seed"] = "batch"
    """"seed": labelled examples (the user's own or the environment's) instead of the batch."""
    start: Start = "learner"
    """What is trained: the last learner, what the stage began with ("base"), or the run ("origin")."""
    learn: Literal["solution", "task", "proposal"] = "solution"
    """"task": the words of the task, after the solution as ``prompt`` shows it; "proposal": the task alone, after
    ``prompt`` as ``tasks.SelfInstruct`` asks it without examples."""
    prompt: str = ""
    """Name of that prompt. Of "task", "" = from_text/task; its fields: "text" (the solution), "title" (empty) and
    "fence". Of "proposal", "" = self_instruct/task."""
    examples: int = 1000
    """How many seed examples make an epoch."""
    replay: float = 0.0
    """Share of the rows, 0 to 1, that are labelled examples of the round's objective."""
    rehearse: float = 0.0
    """Share of the rows that are labelled examples of all that the environment has, against forgetting; ``replay`` is
    a share of the rest."""
    growth: float = 1.0
    """Factor on ``steps`` from round to round."""
    ordered: bool = False
    """Rows are trained on in the batch's order, again and again where they are repeated; where they are cut the order
    stays. Such as easy before hard."""
    cooling: tuple[float, ...] = (1.0,)
    """Factor on the learning rate, one a round, whose last value stays."""
    authors: tuple[str, ...] = ()
    """Whose turns the loss counts, as messages name their authors; () = all of the assistant's."""
    adapter: str = ""
    """Train an adapter of this name beside the frozen model; "" = the model itself."""

    def __post_init__(self) -> None:
        """Seed data needs nothing from the phases before; the checker asks the instance. Raises: UsageError."""
        if self.ordered and (self.data == "seed" or self.replay or self.rehearse):
            raise UsageError(
                "SFT(ordered=True) trains on the batch alone: labelled examples have no place in its order; "
                "take out data='seed', replay and rehearse, or ordered"
            )
        if not self.cooling:
            raise UsageError("SFT: cooling is an empty schedule; give a factor for each round, such as (1.0, 0.5)")
        if self.data == "seed":
            object.__setattr__(self, "reads", frozenset[str]())

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one training began from."""
        start = learner
        if self.start != "learner":
            first = ctx.base if self.start == "base" else ctx.role("origin")
            start = replace(learner, model=first.model, adapters=first.adapters)
        settings = ctx.settings("sft", start, adapter=self.adapter, ordered=self.ordered or None, **self.values)
        if self.epochs is not None and self.steps is None:
            settings.pop("steps", None)  # the card's, which say less about this method than its own number of passes
        if self.growth != 1 and settings.get("steps"):
            settings["steps"] = round(int(settings["steps"]) * self.growth ** (ctx.round - 1))
        cooled = self.cooling[min(max(ctx.round, 1), len(self.cooling)) - 1]
        if cooled != 1 and settings.get("lr"):
            settings["lr"] = float(settings["lr"]) * cooled
        replay = 1.0 if self.data == "seed" else self.replay
        mine = [self._row(e, start, ctx, self.authors) for e in batch if e.solution] if replay < 1 else []
        mine = [one for one in mine if any(one.learn)]
        if not mine and replay < 1:
            return learner
        if settings.get("steps"):
            total = int(settings["steps"]) * int(settings["batch"])
        else:
            epoch = self.examples if self.data == "seed" else len(mine) / (1 - replay) if mine else len(batch)
            total = round(float(settings.get("epochs", 1)) * epoch / (1 - self.rehearse))
        old = round(total * self.rehearse)
        mixed = round((total - old) * replay)
        examples = [*(ctx.examples(mixed, "replay") if mixed else ()), *self._old(old, ctx)]
        rows = [
            *filled(mine, total - mixed - old, ctx, ordered=self.ordered),
            *(self._row(e, start, ctx) for e in examples),
        ]
        return ctx.train("sft", start, rows, settings, adapter=self.adapter) if rows else learner

    def _row(self, experience: Experience, start: Learner, ctx: Context, authors: Sequence[str] = ()) -> Row:
        if self.learn == "task":
            return backward(experience, ctx, start, self.prompt or BACKWARD)
        if self.learn == "proposal":
            return proposal(experience, ctx, start, self.prompt or PROPOSAL)
        return row(experience, ctx, start, authors)

    def _old(self, n: int, ctx: Context) -> Sequence[Experience]:
        """Labelled examples whatever the round's objective."""
        wide = replace(ctx, objective=replace(ctx.objective, node="", parameters={}))
        return wide.examples(n, "rehearse") if n else ()
