"""Act in a world, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Environment,
    Experience,
    Interactive,
    Message,
    Names,
    Operator,
    Origin,
    Prompt,
    Sampling,
    Scope,
    Solution,
    Task,
    Usage,
    UsageError,
    action,
    offers,
)
from lamarck.operators.shortcuts import Pipeline, found
from lamarck.operators.trying import NOTHING, WORLD, Try, spoken, story, turn


@dataclass(frozen=True, kw_only=True)
class Act:
    """Thought, action, observation, until the world ends it, the turns are spent, or it goes in circles.

    In: experiences of an environment that is ``Interactive``; a solution is not needed. Out: the same ones with the
    trajectory as solution: an assistant's turn for what was thought and done, a user's for what was then seen. Training
    learns the assistant's turns after the task's own words; the verifier does the actions again. ``stop`` is "length"
    where the turns were spent. A turn's action is its last line ``Action: ...``, else its last line.
    Raises: UsageError where the environment cannot be acted in.
    Source: ReAct (arXiv:2210.03629), section 2; Reflexion (arXiv:2303.11366), section 4.1 for the end of circles.
    Differs: what is read and what is refused is the world's; no examples are shown unless the prompt holds them.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    prompt: str = ""
    """Asked each turn. Its fields: the task's own, "task" (its words), "story" (what was done and seen since), "seen"
    (now), "plan", and "refused" (what of this turn could not be done, and why). "" = task and story as a chat."""
    role: str = "learner"
    max_steps: int = 30
    """Turns at most."""
    step: Operator | None = None
    """Writes one turn: it gets a task with the fields above, its solution is the turn. None = one sample."""
    plan: Operator | None = None
    """Solves the task in words before the first turn: the field "plan"."""
    repairs: int = 0
    """How often a turn is asked for again whose action the world refuses, with the reason; these cost no turn."""
    repeats: int = 3
    """The same action with the same outcome more often than this, one after the other, ends the try."""
    window: int | None = None
    """Turns that the story tells, the last ones; None = all."""
    thoughts: bool = True
    """False: the story tells what was done, and not what was thought."""
    shortcut: float | None = None
    """First do what a remembered pipeline says (``refinement.Consolidate``) of a task whose words are at least so like
    this one's, own values apart, 0 to 1; where it does not go on, turns are taken from there. None = no pipelines."""
    fill: str = "act/fill"
    """Asked for what a pipeline leaves open until it is seen. Its fields: those of ``prompt`` and "pattern"."""
    temperature: float = 1.0
    max_tokens: int | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles beside the learner's that step and plan need."""
        held: list[frozenset[str]] = [getattr(part, "roles", frozenset[str]()) for part in (self.step, self.plan)]
        return frozenset[str]().union(*held)

    def suits(self, world: Environment) -> Interactive:
        """The world as one that is acted in. Raises: UsageError where it is none; a run asks before it begins."""
        if not offers(world, Interactive):
            raise UsageError(
                f"Act needs a world that is acted in, and {world.name} has tasks that are answered in one go; "
                "type --environment texthouse, or give yours a method begin(task), see lamarck.core.Interactive"
            )
        return world

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: a trajectory each."""
        world = self.suits(ctx.environment)
        return [
            self._tried(Try(experience=e, episode=world.begin(e.task), plan=self._plan(e, ctx)), ctx) for e in batch
        ]

    def _tried(self, now: Try, ctx: Context) -> Experience:
        asked = self._hurried(now, ctx) if self.shortcut is not None else None
        for at in range(self.max_steps - len(now.turns) // 2):
            if now.episode.over or now.same > self.repeats:
                break
            made = self._turn(now, at, ctx)
            if made is None or made.solution is None:
                break
            asked = asked or made.asked
            now.do(made.solution)
        learner = ctx.role(self.role)
        ended = now.episode.over or now.same > self.repeats
        solution = Solution(
            messages=tuple(now.turns),
            author=learner.hash,
            usage=Usage(prompt=sum(u.prompt for u in now.used), completion=sum(u.completion for u in now.used)),
            stop="stop" if ended else "length" if len(now.turns) >= 2 * self.max_steps else "error",
        )
        origin = Origin(
            operator=ctx.operator,
            learner=learner.hash,
            seed=ctx.seeds(f"{now.experience.id} turn 0.0", 1)[0],
            temperature=self.temperature,
            round=ctx.round,
        )
        return replace(now.experience, solution=solution, asked=asked, origin=origin)

    def _hurried(self, now: Try, ctx: Context) -> Prompt | None:
        """Do what a pipeline says, as far as the world lets it. Out: what was asked first, if anything was."""
        task, asked = now.experience.task, None
        pipeline = found(task, self.shortcut or 0.0, ctx) or Pipeline()
        for at, pattern in enumerate(pipeline.filled(task)):
            said = pattern
            if pipeline.is_open(pattern):
                situation = self._situation(now, (), f"fill {at}")
                asking = Prompt(name=self.fill, fields={**situation.fields, "pattern": pattern})
                asked = asked or asking
                reply = ctx.generate([asking], [situation.id], role=self.role, sampling=Sampling(temperature=0.0))[0][0]
                now.used.append(reply.usage)
                said = action(reply.text)
            if now.episode.over or not pipeline.fits(pattern, said) or now.episode.refused(said):
                break
            now.do(spoken(f"Action: {said}", ctx.role(self.role).hash))
        return asked

    def _turn(self, now: Try, at: int, ctx: Context) -> Experience | None:
        """What is thought and done next; asked for again where the world refuses it. None where nothing came."""
        refused, made = list[Message](), None
        for again in range(self.repairs + 1):
            made = self._written(self._situation(now, refused, f"turn {at}.{again}"), ctx)
            if made is None or made.solution is None:
                return None
            now.used.append(made.solution.usage)
            if again == self.repairs or not (why := now.episode.refused(action(made.solution.text))):
                break
            refused += [turn(made.solution), Message(role="user", text=f"This cannot be done: {why}.", author=WORLD)]
        return made

    def _written(self, now: Task, ctx: Context) -> Experience | None:
        if self.step is not None:
            return next(iter(self.step([Experience(task=now)], ctx.under(type(self.step).__name__))), None)
        own = Prompt(name=self.prompt, fields=now.fields) if self.prompt else None
        sampling = Sampling(temperature=self.temperature, max_tokens=self.max_tokens)
        said = ctx.generate([own or now.prompt], [now.id], role=self.role, sampling=sampling)[0][0]
        return Experience(task=now, solution=said, asked=own)

    def _situation(self, now: Try, refused: Sequence[Message], name: str) -> Task:
        """Where one is, as a task: to say what to do next."""
        task = now.experience.task
        told = now.turns if self.window is None else now.turns[max(0, len(now.turns) - 2 * self.window) :]
        shown = [m if self.thoughts or m.author == WORLD else replace(m, text=action(m.text)) for m in told]
        fields = {
            **task.fields,
            "task": task.messages[-1].text,
            "story": story(shown) or NOTHING,
            "seen": now.episode.seen,
            "plan": now.plan or NOTHING,
            "refused": story(refused) or NOTHING,
        }
        messages = (*task.messages, *shown, *refused)
        return replace(task, id=f"{now.experience.id} {name}", fields=fields, messages=messages)

    def _plan(self, experience: Experience, ctx: Context) -> str:
        made = self.plan([experience], ctx.under(type(self.plan).__name__)) if self.plan else []
        return made[0].solution.text if made and made[0].solution else ""
