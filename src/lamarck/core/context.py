"""What an operator may touch. ``generate`` is the one door to a model."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from lamarck.core.errors import LabelError
from lamarck.core.protocols import (
    Drop,
    Environment,
    Executor,
    Gate,
    Job,
    Limits,
    Memory,
    Models,
    Phase,
    Request,
    Row,
    Sampling,
    Store,
    Trainer,
)
from lamarck.core.types import (
    Batch,
    Experience,
    Feedback,
    Learner,
    Message,
    Objective,
    Prompt,
    Solution,
    Split,
    Task,
)

Labels = Literal["none", "check", "train"]
"""Who may read a task's reference: nobody, the environment's verifier, or operators too."""


def digest(*parts: object) -> int:
    """A 64-bit number from anything with a stable ``str``; equal on every machine."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


@dataclass(frozen=True, kw_only=True)
class Context:
    """The round as operators see it. Frozen: the loop makes a new one for each round and operator."""

    seed: int
    learners: Mapping[str, Learner]
    """Champions by role; a role that is missing is played by the learner."""
    environment: Environment
    models: Models
    trainer: Trainer
    executor: Executor
    store: Store
    gate: Gate
    objective: Objective
    memory: Memory | None = None
    labels: Labels = "check"
    limits: Limits = field(default_factory=Limits)
    number: int = 0
    """Of the stage, from 0."""
    round: int = 0
    """Of this stage, from 1; 0 is before the first."""
    base: Learner = field(default=None)  # type: ignore[assignment]
    """What this stage started from: where updates that restart begin."""
    learner: Learner = field(default=None)  # type: ignore[assignment]
    """The champion of the role this stage updates."""
    operator: str = ""
    """Path of the operator at work, "refinement.Filter"."""
    notes: list[Drop] = field(default_factory=list[Drop])

    # --- models ---

    def role(self, name: str) -> Learner:
        """Who plays a role: "learner" is this round's champion, "base" the stage's start, else the
        role's champion, else the learner."""
        special = {"learner": self.learner, "base": self.base}
        return special.get(name) or self.learners.get(name) or self.learner

    def generate(
        self,
        prompts: Sequence[Prompt],
        keys: Sequence[str],
        *,
        role: str | Learner = "learner",
        n: int = 1,
        sampling: Sampling | None = None,
    ) -> list[list[Solution]]:
        """Sample n solutions for each prompt.

        In: prompts and, for each, the key its seeds come from (its task's id). Out: n solutions a
        prompt, in order. A result depends on (run seed, stage, round, operator, key, index) and on
        nothing else, so neither shards nor order of completion change it.
        """
        learner = role if isinstance(role, Learner) else self.role(role)
        requests = [
            Request(
                prompt=prompt,
                seeds=tuple(self.seeds(key, n)),
                sampling=sampling or Sampling(),
                system=learner.prompt,
                author=learner.hash,
            )
            for prompt, key in zip(prompts, keys, strict=True)
        ]
        return self.models.open(learner).generate(requests)

    def render(self, prompt: Prompt, learner: Learner) -> tuple[Message, ...]:
        """The prompt as this learner's model reads it, for training rows."""
        return self.models.open(learner).render(prompt)

    def train(self, loss: str, start: Learner, rows: Sequence[Row], settings: Mapping[str, Any]) -> Learner:
        """Train ``start`` on the rows. Out: a new learner whose parent is ``start``."""
        job = Job(loss=loss, rows=rows, settings=settings, seed=digest(*self.path, "train"))
        trained = self.trainer.fit(start.model, job, self.store.learners)
        made = replace(start, model=trained.model, parent=start.hash)
        self.store.event(
            "trained",
            learner=made.hash,
            parent=start.hash,
            loss=loss,
            rows=len(rows),
            steps=trained.steps,
            tokens=trained.tokens,
            first=trained.losses[:1],
            last=trained.losses[-1:],
            seconds=trained.seconds,
            settings=dict(settings),
        )
        return made

    def settings(self, loss: str, start: Learner, **own: Any) -> dict[str, Any]:
        """Training values: the operator's own where given, else the model card's.

        A list on the card is a schedule by round (its last value stays).
        """
        card = dict(self.models.card(start.model, loss))
        merged = card | {name: value for name, value in own.items() if value is not None}
        at = max(self.round, 1) - 1
        schedules = {name: cast("list[Any]", value) for name, value in merged.items() if isinstance(value, list)}
        return merged | {name: values[min(at, len(values) - 1)] for name, values in schedules.items()}

    # --- environment ---

    def tasks(self, split: Split, n: int | None = None) -> Sequence[Task]:
        """Tasks of a split under the round's objective, references sealed as the recipe declares."""
        found = self.environment.tasks(split, n, digest(*self.path, "tasks"), self.objective)
        return [self.seal(task) for task in found]

    def seal(self, task: Task) -> Task:
        """The task as operators may see it."""
        if task.reference is None or self.labels == "train":
            return task
        return replace(task, reference=task.reference.seal(f"the recipe declares labels='{self.labels}'"))

    def check(self, task: Task, solution: Solution) -> Feedback:
        """The environment's own verdict on a solution. Raises: LabelError under labels="none"."""
        if self.labels == "none":
            raise LabelError(f"{self.operator} asked for a verdict, but the recipe declares labels='none'")
        if task.reference is not None:
            task = replace(task, reference=task.reference.open())
        return self.environment.check(task, solution)

    # --- the run ---

    def earlier(self, phase: str) -> Batch:
        """What this phase of this stage gave in all rounds before this one, oldest first."""
        rounds = (Phase(stage=self.number, round=number, name=phase) for number in range(1, self.round))
        return [experience for address in rounds for experience in self.store.batch(address)]

    def drop(self, experience: Experience, reason: str) -> None:
        """Say why an experience is left out; the run folder keeps it."""
        self.notes.append(Drop(experience=experience.id, operator=self.operator, reason=reason))

    @property
    def path(self) -> tuple[object, ...]:
        """Where we are, as seeds see it."""
        return (self.seed, self.number, self.round, self.operator)

    def seeds(self, key: str, n: int) -> list[int]:
        """n seeds of 64 bits for a key."""
        return [digest(*self.path, key, index) for index in range(n)]

    def rng(self, *key: object) -> random.Random:
        """A random source that depends on where we are and on the key, never on what ran before."""
        return random.Random(digest(*self.path, *key))

    def stage(self, number: int, start: str) -> Context:
        """The context at the start of a stage that begins from this role's champion."""
        learner = self.learners.get(start) or self.learners["learner"]
        return replace(self, number=number, base=learner, learner=learner)

    def at(self, round: int, objective: Objective, learner: Learner) -> Context:
        """The context of one round."""
        return replace(self, round=round, objective=objective, learner=learner)

    def within(self, operator: str) -> Context:
        """The context of one operator at work, with a fresh list for its reasons."""
        return replace(self, operator=operator, notes=[])

    def crown(self, role: str, learner: Learner) -> Context:
        """The context with a new champion for a role."""
        return replace(self, learners={**self.learners, role: learner})
