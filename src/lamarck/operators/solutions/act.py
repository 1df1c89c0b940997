"""Act in a world, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Episode,
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

WORLD = "world"
"""Who says what is seen."""
NOTHING = "(nothing)"
"""What stands in a prompt where there is nothing to say."""


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
    temperature: float = 1.0
    max_tokens: int | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles beside the learner's that step and plan need."""
        held: list[frozenset[str]] = [getattr(part, "roles", frozenset[str]()) for part in (self.step, self.plan)]
        return frozenset[str]().union(*held)

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: a trajectory each."""
        world = ctx.environment
        if not offers(world, Interactive):
            raise UsageError(
                f"{ctx.operator} acts in a world, and {world.name} has tasks that are answered in one go; "
                "type --environment texthouse, or give yours a method begin(task), see lamarck.core.Interactive"
            )
        return [
            self._tried(Try(experience=e, episode=world.begin(e.task), plan=self._plan(e, ctx)), ctx) for e in batch
        ]

    def _tried(self, now: Try, ctx: Context) -> Experience:
        asked: Prompt | None = None
        for at in range(self.max_steps):
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


@dataclass(kw_only=True)
class Try:
    """A try under way."""

    experience: Experience
    episode: Episode
    plan: str
    turns: list[Message] = field(default_factory=list[Message])
    used: list[Usage] = field(default_factory=list[Usage])
    same: int = 0
    """How often the last action came with the last outcome, one after the other."""

    def do(self, said: Solution) -> None:
        """Do what a turn says, and see."""
        last = tuple(m.text for m in self.turns[-2:])
        self.episode.act(action(said.text))
        self.turns += [turn(said), Message(role="user", text=self.episode.seen, author=WORLD)]
        again = last and (action(last[0]), last[1]) == (action(said.text), self.episode.seen)
        self.same = self.same + 1 if again else 1


def turn(said: Solution) -> Message:
    """What was said, as the assistant's turn of a trajectory."""
    return Message(role="assistant", text=said.text, author=said.author)


def story(turns: Sequence[Message]) -> str:
    """Turns as text: what was thought and done, and under each what was seen."""
    return "\n".join(m.text if m.role == "assistant" else f"Seen: {m.text}" for m in turns)
