"""What an operator may touch. ``generate`` is the one door to a model."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from lamarck.core.errors import CapabilityError, LabelError, UsageError
from lamarck.core.exchange import Continuation, Drop, Job, Limits, Merge, Phase, Request, Row, Sampling, Scoring, State
from lamarck.core.guarded import Guarded
from lamarck.core.leaks import Leaks
from lamarck.core.monitor import Monitor
from lamarck.core.offers import Labelling, Reading, offers
from lamarck.core.protocols import (
    Budget,
    Distributing,
    Embedding,
    Environment,
    Executor,
    Gate,
    Memories,
    Memory,
    Models,
    Store,
    Trainer,
)
from lamarck.core.sieve import Sieve
from lamarck.core.training import told
from lamarck.core.types import (
    Batch,
    Experience,
    Feedback,
    Learner,
    Message,
    ModelRef,
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
class Leg:
    """One stage on the way of a run; with ``Stages.repeat`` a stage is several legs of one name."""

    name: str
    rounds: int


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
    memories: Memories | None = None
    budget: Budget | None = None
    """What may still be spent on models; None = no limit was set."""
    leaks: Leaks | None = None
    """What tells a held-out item; None = nothing is looked at."""
    labels: Labels = "check"
    limits: Limits = field(default_factory=Limits)
    cadence: int = 1
    """A verdict every so many rounds of a gated stage, and one at its end; 0 = only there."""
    monitors: Sequence[Monitor] = ()
    """Who watches gated rounds."""
    seed_data: Sequence[Experience] = ()
    """The user's own labelled examples; () = the environment's."""
    feedback: Sequence[Experience] = ()
    """What people said of answers: rated ones, and pairs."""
    origins: Mapping[str, Learner] = field(default_factory=dict[str, Learner])
    """The learners the run began with, by role."""
    plan: tuple[Leg, ...] = ()
    """All stages of the run, in order."""
    number: int = 0
    """Of the stage, from 0."""
    updates: str = "learner"
    """The role whose learner this stage updates."""
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
        """Who plays a role: its champion, this round's where the stage updates it.

        "base" is what the stage began with, "origin" what the run began with, or who was named so. A helper that the
        learner carries for its way of answering, a whole model among its adapters under the role's name, goes before
        the run's champion: it answers alike in the run and after it. A role that nobody has is played by the learner.
        """
        origin = self.learners.get("origin") or self.origins.get("learner")
        special = {self.updates: self.learner, "base": self.base, "origin": origin}
        mine = self.learner if self.updates == "learner" else self.learners["learner"]
        carried = {role: Learner(model=ref) for role, ref in mine.adapters.items() if role == name}
        return special.get(name) or carried.get(name) or self.learners.get(name) or mine

    def learner_of(self, author: str) -> Learner:
        """The learner of a hash, one of a search's candidates. Raises: UsageError where the run made none such."""
        return self.store.learner(author)

    def generate(
        self,
        prompts: Sequence[Prompt],
        keys: Sequence[str],
        *,
        role: str | Learner = "learner",
        n: int = 1,
        sampling: Sampling | None = None,
        adapter: str = "",
    ) -> list[list[Solution]]:
        """Sample n solutions for each prompt.

        In: prompts and, for each, the key its seeds come from (its task's id). Out: n solutions a
        prompt, in order. A result depends on (run seed, stage, round, operator, key, index) and on
        nothing else, so neither shards nor order of completion change it. Raises: CapabilityError.
        """
        learner = role if isinstance(role, Learner) else self.role(role)
        requests = [
            Request(
                prompt=prompt,
                seeds=tuple(self.seeds(key, n)),
                sampling=sampling or Sampling(),
                system=learner.prompt,
                author=learner.hash,
                adapter=adapter,
            )
            for prompt, key in zip(prompts, keys, strict=True)
        ]
        model = self.models.open(learner)
        if requests and requests[0].sampling.among and "constrain" not in model.capabilities:
            raise CapabilityError(f"{model.name} cannot be held to given answers; take hf/... or vllm/...")
        return model.generate(requests)

    def score(
        self, prompts: Sequence[Prompt], texts: Sequence[str], *, role: str | Learner = "learner", adapter: str = ""
    ) -> list[tuple[float, ...]]:
        """Natural-log probability of each token of each text after its prompt, its end included, [texts][T]."""
        learner = role if isinstance(role, Learner) else self.role(role)
        asked = [
            Continuation(prompt=prompt, text=text, system=learner.prompt, adapter=adapter)
            for prompt, text in zip(prompts, texts, strict=True)
        ]
        return self.models.open(learner).score(asked)

    def distributions(
        self, prompts: Sequence[Prompt], texts: Sequence[str], k: int, *, role: str | Learner = "learner"
    ) -> list[list[Mapping[str, float]]]:
        """The k likeliest tokens at each token of each text, see ``Distributing``. Raises: CapabilityError."""
        learner = role if isinstance(role, Learner) else self.role(role)
        model = self.models.open(learner)
        if not isinstance(model, Distributing):
            raise CapabilityError(f"{model.name} does not show its distributions over tokens; take hf/... or vllm/...")
        asked = zip(prompts, texts, strict=True)
        return model.distributions([Continuation(prompt=p, text=t, system=learner.prompt) for p, t in asked], k)

    def embed(self, texts: Sequence[str], *, role: str | Learner = "learner") -> list[tuple[float, ...]]:
        """A vector of unit length for each text, [texts][D]. Raises: CapabilityError where the model has none."""
        model = self.models.open(role if isinstance(role, Learner) else self.role(role))
        if not isinstance(model, Embedding):
            raise CapabilityError(f"{model.name} makes no embeddings; take hf/..., or an endpoint that does")
        return model.embed(texts)

    def render(self, prompt: Prompt, learner: Learner) -> tuple[Message, ...]:
        """The prompt as this learner's model reads it, for training rows."""
        return self.models.open(learner).render(prompt)

    def train(
        self,
        loss: str,
        start: Learner,
        rows: Sequence[Row],
        settings: Mapping[str, Any],
        *,
        adapter: str = "",
        reference: ModelRef | None = None,
        score: Scoring | None = None,
    ) -> Learner:
        """Train ``start``, or its adapter of this name, on the rows that hold no held-out item. Out: a new learner
        whose parent is ``start``. Where no row is left, the update that asked ends here and changes nothing."""
        seed, begin = digest(*self.path, "train"), start.adapters.get(adapter)
        job = Job(loss=loss, rows=rows, settings=settings, seed=seed, adapter=adapter, begin=begin, reference=reference)
        job = self.sieve.job(replace(job, score=score))
        trained = self.trainer.fit(start.model, job, self.store.learners)
        if adapter:
            made = replace(start, adapters={**start.adapters, adapter: trained.model}, parent=start.hash)
        else:
            made = replace(start, model=trained.model, parent=start.hash)
        card = self.models.card(begin or start.model, loss)
        self.store.event("trained", **told(made, job, trained, card, leaked=len(rows) - len(job.rows)))
        return made

    def merge(self, start: Learner, plan: Merge) -> Learner:
        """Merge models into one. Out: ``start`` with the merge as its model, no adapters, and itself as parent."""
        made = replace(start, model=self.trainer.merge(plan, self.store.learners), adapters={}, parent=start.hash)
        sources = [source.digest for source in plan.sources]
        self.store.event("merged", learner=made.hash, parent=start.hash, method=plan.method, sources=sources)
        return made

    def settings(self, loss: str, start: Learner, *, adapter: str = "", **own: Any) -> dict[str, Any]:
        """Training values: the operator's own where given, else the card's of what is trained.

        In: the adapter of this name is trained instead of the model. A list on the card is a schedule by round (its
        last value stays).
        """
        card = dict(self.models.card(start.adapters.get(adapter, start.model), loss))
        card.pop("source", None)
        merged = card | {name: value for name, value in own.items() if value is not None}
        at = max(self.round, 1) - 1
        schedules = {name: cast("list[Any]", value) for name, value in merged.items() if isinstance(value, list)}
        return merged | {name: values[min(at, len(values) - 1)] for name, values in schedules.items()}

    @property
    def memory(self) -> Memory:
        """The memory of this round's champion, as it was when the learner was made. Raises: UsageError."""
        if self.memories is None:
            raise UsageError(f"{self.operator} reads memory, but this run keeps none")
        return self.memories.open(self.learner.memory)

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

    def examples(self, n: int, *key: object) -> Sequence[Experience]:
        """n labelled examples: of the user's own, drawn with replacement only where there are fewer, else the
        environment's under the round's objective. May be fewer or none; no held-out item is among them."""
        rng = self.rng(*key, "examples")
        if self.seed_data:
            whole, rest = divmod(n, len(self.seed_data))
            found = [*(list(self.seed_data) * whole), *rng.sample(list(self.seed_data), rest)]
        elif offers(self.environment, Labelling):
            found = self.environment.labelled(n, rng.getrandbits(63), self.objective)
        else:
            found = self.environment.examples(n, rng.getrandbits(63))
        return self.sieve.examples(found)

    def answer(self, task: Task, solution: Solution) -> str | None:
        """The solution's final answer: as an operator has set it, as the environment reads it, or its last line."""
        if solution.answer is not None:
            return solution.answer
        if offers(self.environment, Reading):
            return self.environment.answer(task, solution)
        return next((line.strip() for line in reversed(solution.text.splitlines()) if line.strip()), None)

    def key(self, task: Task) -> str:
        """Equal for two tasks that are one: the environment's canonical key, or the id of a task that is not of its
        form, as people send them in."""
        try:
            return self.environment.key(task)
        except (LookupError, AttributeError, TypeError, ValueError):
            return task.id

    def check(self, task: Task, solution: Solution) -> Feedback:
        """The environment's own verdict on a solution. Raises: LabelError under labels="none"."""
        if self.labels == "none":
            raise LabelError(f"{self.operator} asked for a verdict, but the recipe declares labels='none'")
        if task.reference is not None:
            task = replace(task, reference=task.reference.open())
        return self.environment.check(task, solution)

    # --- the run ---

    def earlier(self, phase: str, stage: str = "", *, last: bool = False) -> Batch:
        """What a phase gave before this round, oldest first: in this stage, or in all laps of a named one, or the
        last of them."""
        legs = [leg for leg in self._legs() if leg[1].name == stage] if stage else self._legs()[-1:]
        legs = legs[-1:] if last else legs
        return [experience for address in _rounds(legs, phase) for experience in self.store.batch(address)]

    def kept(self, name: str, first: Callable[[], State]) -> State:
        """The search state of this name as the latest round before this left it, of whatever stage.

        Where there is none yet, ``first`` makes it, and it counts as left by round 0.
        """
        for at in reversed(_rounds(self._legs(), f"state-{name}", start=0)):
            if found := self.store.read(at, State):
                return found
        return self.store.commit(Phase(stage=self.number, round=0, name=f"state-{name}"), State, first)

    def grown(self, name: str, first: Callable[[], State]) -> list[State]:
        """What every round before this kept under this name, oldest first: each is a part of what only grows.

        Where there is none yet, ``first`` makes the beginning, and it counts as left by round 0.
        """
        at = _rounds(self._legs(), f"state-{name}", start=0)
        return [found for one in at if (found := self.store.read(one, State))] or [self.kept(name, first)]

    def keep(self, name: str, state: State) -> None:
        """Commit search state for later rounds, whether or not the candidate is promoted.

        For updates and operators of scope "all". What a killed process had kept stays as it is.
        """
        self.store.commit(Phase(stage=self.number, round=self.round, name=f"state-{name}"), State, lambda: state)

    def _legs(self) -> list[tuple[int, Leg]]:
        """Stages so far by number, of the present one the rounds before this."""
        name = self.plan[self.number].name if self.plan else ""
        return [*enumerate(self.plan[: self.number]), (self.number, Leg(name=name, rounds=self.round - 1))]

    def due(self, round: int, rounds: int) -> bool:
        """Whether the gate speaks after this round of so many."""
        return round == rounds or (self.cadence > 0 and round % self.cadence == 0)

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

    def planned(self, plan: tuple[Leg, ...]) -> Context:
        """The context at the start of a run of these stages."""
        return replace(self, plan=plan, origins=self.learners)

    def stage(self, number: int, updates: str, start: str = "") -> Context:
        """The context at the start of a stage that updates one role and begins from its champion, or another's."""
        known = {**self.learners, "origin": self.origins.get("learner")}
        learner = known.get(start or updates) or self.learners["learner"]
        return replace(self, number=number, updates=updates, base=learner, learner=learner)

    def at(self, round: int, objective: Objective, learner: Learner) -> Context:
        """The context of one round."""
        return replace(self, round=round, objective=objective, learner=learner)

    def guarded(self) -> Context:
        """The context as operators and updates get it: no way past the labels that the recipe declares."""
        world = Guarded(self.environment, self.seal, verdicts=self.labels != "none")
        return replace(self, environment=cast("Environment", world), memories=self.sieve.memories(self.memories))

    @property
    def sieve(self) -> Sieve:
        """What keeps held-out items out of all that is written here."""
        return Sieve(leaks=self.leaks, store=self.store, stage=self.number, round=self.round, operator=self.operator)

    def within(self, operator: str) -> Context:
        """The context of one operator at work, with a fresh list for its reasons."""
        return replace(self, operator=operator, notes=[])

    def under(self, name: str) -> Context:
        """The context of an operator that the one at work holds: seeds of its own, the same list for reasons."""
        return replace(self, operator=f"{self.operator}.{name}")

    def crown(self, role: str, learner: Learner) -> Context:
        """The context with a new champion for a role."""
        return replace(self, learners={**self.learners, role: learner})


def _rounds(legs: Sequence[tuple[int, Leg]], name: str, start: int = 1) -> list[Phase]:
    return [Phase(stage=i, round=n, name=name) for i, leg in legs for n in range(start, leg.rounds + 1)]
