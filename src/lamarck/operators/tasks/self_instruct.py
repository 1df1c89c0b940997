"""New tasks, written by a model that sees some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Inventing,
    Names,
    Prompt,
    Sampling,
    Scope,
    State,
    offers,
)
from lamarck.operators.inventing import instruction, invitation, key, origin, read, words

SEEDS = 175
"""Labelled examples that those shown are drawn from: as many as the paper's seed tasks."""
STATE = "self_instruct"
"""Name of the search state that holds the pool."""


@dataclass(kw_only=True)
class Pool:
    """What is known so far: the labelled seeds, the tasks models have made, and what may not be made."""

    seeds: Sequence[str]
    """In words."""
    made: dict[str, str]
    """Of this round and the earlier ones: key -> words."""
    closed: set[str]
    """Keys of the seeds, and of the held-out items that can be listed."""
    new: list[Experience] = field(default_factory=list[Experience])
    """This round's."""


@dataclass(frozen=True, kw_only=True)
class SelfInstruct:
    """New tasks by few-shot prompting over a pool that grows from round to round.

    In: nothing, or tasks that shall not be made again. Out: these, and up to n new tasks under the round's objective,
    references sealed as the recipe declares.
    An environment that is ``Inventing`` briefs the model, reads its reply and gives the canonical key that tells
    what is new; else the reply itself is the task (kind "instruction"). Not kept, with the reason: replies that
    were cut off or state no task, held-out items, what is a seed or was made before. Where fewer than n come of it,
    the run says how many and why, and goes on with these.
    Without a task to show it samples freely, as from a model that ``updating.SFT(learn="proposal")`` made.
    Source: Self-Instruct (arXiv:2212.10560), section 2.2; freely Ada-Instruct (arXiv:2310.04484), section 3.
    Differs: one task a reply; free text is new where its
    normalised words are, not by ROUGE-L; no rules of length and wording; no test for classification.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = set[str]()
    writes: ClassVar[Names] = {"task"}

    n: int = 100
    human: int = 8
    """Labelled examples shown."""
    machine: int = 0
    """Tasks of the pool shown beside them, as far as there are so many."""
    role: str = "learner"
    prompt: str = "self_instruct/task"
    """Its fields: "examples" (numbered, in random order), "objective" (in words), "brief" (what the environment wants,
    in lines) and the environment's own fields."""
    temperature: float = 0.7
    top_k: int | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    tries: int = 10
    """Times that the tasks which are still lacking are asked for, at most."""
    idle: int = 20
    """Replies without a new task after which no more are asked for: such a model has no more to say."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks in the order they were made; ``--tasks-limit`` caps n. The pool is kept for later rounds."""
        n = self.n if ctx.limits.tasks is None else min(self.n, ctx.limits.tasks)
        pool = self._pool(ctx)
        pool.closed |= {key(e.task, ctx) for e in batch}
        asked = 0
        for time in range(self.tries):
            before, lacking = len(pool.new), n - len(pool.new)
            if lacking:
                self._ask([f"{time}.{i}" for i in range(lacking)], pool, ctx)
                asked += lacking
            if len(pool.new) == before and lacking >= self.idle:
                break
        if len(pool.new) < n:
            reasons = dict(Counter(drop.reason for drop in ctx.notes))
            ctx.store.event("lacking", stage=ctx.number, round=ctx.round, operator=ctx.operator, wanted=n,
                            made=len(pool.new), asked=asked, reasons=reasons)  # fmt: skip
        ctx.keep(STATE, State(data={"pool": pool.made}))
        return [*batch, *pool.new]

    def _pool(self, ctx: Context) -> Pool:
        world, seeds = ctx.environment, ctx.examples(SEEDS, "seeds") if self.human else ()
        closed = {key(e.task, ctx) for e in seeds}
        if not offers(world, Inventing):  # one that is refuses its held-out items itself
            held = [task for split in ("selection", "sealed") for task in world.tasks(split, None, 0, ctx.objective)]
            closed |= {key(task, ctx) for task in held}
        earlier: dict[str, str] = ctx.kept(STATE, State).data.get("pool", {})
        return Pool(seeds=list(dict.fromkeys(words(e.task) for e in seeds)), made=dict(earlier), closed=closed)

    def _ask(self, keys: Sequence[str], pool: Pool, ctx: Context) -> None:
        author = ctx.role(self.role)
        sampling = Sampling(
            temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, max_tokens=self.max_tokens
        )
        prompts = [self._asked(at, pool, ctx) for at in keys]
        replies = ctx.generate(prompts, keys, role=author, sampling=sampling)
        for at, (reply,) in zip(keys, replies, strict=True):
            found, why = read(reply, ctx, STATE)
            known = key(found, ctx) if found else ""
            if found and known in pool.closed:
                found, why = None, "a seed or a held-out item"
            if found and known in pool.made:
                found, why = None, "made before"
            if found is None:
                ctx.drop(Experience(task=instruction(f"{STATE}/{ctx.round}.{at}", reply.text, STATE)), why)
                continue
            pool.made[known] = words(found)
            made_by = origin(ctx, author, at, self.temperature)
            pool.new.append(Experience(task=ctx.seal(found), origin=made_by))

    def _asked(self, at: str, pool: Pool, ctx: Context) -> Prompt:
        rng, made = ctx.rng(at), list(pool.made.values())
        shown = rng.sample(pool.seeds, min(self.human, len(pool.seeds)))
        shown += rng.sample(made, min(self.machine, len(made)))
        rng.shuffle(shown)
        return invitation(self.prompt, shown, ctx, rng.getrandbits(63))
