"""A dialogue between roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Message,
    Names,
    Origin,
    Prompt,
    Sampling,
    Scope,
    Solution,
    State,
    UsageError,
    unknown,
)
from lamarck.operators.debating import words
from lamarck.operators.inventing import aim
from lamarck.operators.judging import guarded
from lamarck.operators.talking import JOIN, Step, Talk, by_intent, heard, in_turn

INTENTS = "intents"
"""The field of the task that holds the intents of its turns."""


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """Let roles take turns; each sees the dialogue so far and what it alone knows, which training does not keep.

    In: experiences; a task's words are the first role's first turn. Out: the same ones, the turns that followed as the
    solution. Each turn's author is its role; turns of ``last`` are the assistant's, all others the user's. A reply that
    goes on for another role is cut there; a turn that is empty then ends the dialogue, and one in which ``last`` has
    said nothing is dropped with the reason. The n-th turns of all dialogues are asked together, and their seeds depend
    on experience and turn. With ``plan="intents"`` each dialogue follows one of ``sequences``, and the task's field
    "intents" says what each of its turns was asked to be, a label that cost nothing. Raises: UsageError.
    Source: UltraChat (arXiv:2305.14233), section 3; Ditto (arXiv:2401.12474), section 3; for intents SOLID
    (arXiv:2402.11633), section 3.2.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution", "keep"}

    roles: tuple[str, ...] = ("user", "assistant")
    """Who speaks, in turn; the first has said the task's words. A role that nobody has is played by the learner."""
    prompts: tuple[str, ...] = ("", "")
    """Of each role the prompt for a turn; "" = the dialogue as a chat and nothing else. Fields: the task's, "task",
    "talk" (the dialogue so far), "own" (``Task.private`` of the role), "turn" (the instruction for this turn),
    "objective" and "fence"."""
    last: str = ""
    """Whose turns are the assistant's, and with whose the dialogue ends; "" = the last of ``roles``."""
    max_turns: int | tuple[int, int] = 1
    """Turns after the first, at most; from two numbers each dialogue draws its own."""
    plan: Literal["", "intents"] = ""
    sequences: tuple[str, ...] = ()
    """Intents of a dialogue's turns, such as ``OQ PA_GG FQ _NF``: several joined in the second turn, and before the
    last a mark that the same role speaks on. The first turn, the task's words, has the first."""
    instructions: Mapping[str, str] = field(default_factory=dict[str, str])
    """What each intent asks of a turn: the name of a prompt without slots, or words."""
    merge: str = ""
    """Prompt that makes one instruction of several joined ones, once for every combination of the run; field
    "instructions". "" = they are given in a row."""
    kept: str = ""
    """Prompt that training shows; fields: the task's and "task". "" = the task as it stands."""
    one_text: bool = False
    """The solution is the whole dialogue as one text, a turn a line, for a learner that shall write it in one pass."""
    alone: bool = True
    """Cut a reply where it goes on for another role; False is a control, never a method."""
    leak: bool = False
    """Train on what the last role was asked, private text and all. A control, never a method."""
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no dialogue could follow; a plan writes the task's intents, and the checker asks the instance."""
        if self.answering not in self.roles:
            raise unknown("role", self.answering, self.roles, "give it as solutions.Dialogue(last=...)")
        least, most = self._turns
        if not 1 <= least <= most:
            raise UsageError(f"Dialogue: max_turns={self.max_turns}; give a number from 1 on, or two, the lower first")
        if len(self.prompts) != len(self.roles):
            raise UsageError(f"Dialogue: {len(self.prompts)} prompts for {len(self.roles)} roles; give each role one")
        if bool(self.sequences) != (self.plan == "intents"):
            raise UsageError("Dialogue: sequences go with plan='intents', and it with them; give both or neither")
        for sequence in self.sequences:
            for intent in (one for word in sequence.split() for one in word.strip(JOIN).split(JOIN)):
                if intent not in self.instructions:
                    raise unknown("intent", intent, self.instructions, "say in instructions=... what it asks for")
        if self.plan:
            object.__setattr__(self, "writes", frozenset({"task", *self.writes}))

    @property
    def answering(self) -> str:
        """The role whose turns are the assistant's."""
        return self.last or self.roles[-1]

    @property
    def _turns(self) -> tuple[int, int]:
        return (self.max_turns, self.max_turns) if isinstance(self.max_turns, int) else self.max_turns

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the dialogues in order, without those that never came to anything."""
        talks = [Talk(experience=e, steps=self._steps(e, ctx)) for e in batch]
        told = self._merged({step.intents for talk in talks for step in talk.steps[1:]}, ctx)
        while waiting := [talk for talk in talks if talk.next]:
            speakers = [(talk.next.role, talk) for talk in waiting if talk.next]
            for role in self.roles:
                self._spoken(role, [talk for one, talk in speakers if one == role], told, ctx)
        return [made for talk in talks if (made := self._made(talk, ctx))]

    def _steps(self, e: Experience, ctx: Context) -> Sequence[Step]:
        rng = ctx.rng("plan", e.id)
        if self.plan:
            return by_intent(rng.choice(self.sequences), self.roles)
        return in_turn(self.roles, self.answering, rng.randint(*self._turns))

    def _merged(self, combinations: Iterable[str], ctx: Context) -> dict[str, str]:
        """The instruction of every combination of intents; those that no round has met yet are merged by a model."""
        wanted = [{one: words(self.instructions[one]) for one in all.split(JOIN)} for all in combinations if all]
        rows = {JOIN.join(parts): "\n".join(f"- {text}" for text in parts.values()) for parts in wanted}
        single = {name: next(iter(parts.values())) for name, parts in zip(rows, wanted, strict=True) if len(parts) == 1}
        if not self.merge or not rows.keys() - single.keys():
            return rows | single
        name = f"merged-{ctx.operator}".lower().replace(".", "-")
        known = {k: str(v) for part in ctx.grown(name, State) for k, v in part.data.items()}
        new = sorted(rows.keys() - single.keys() - known.keys())
        prompts = [Prompt(name=self.merge, fields={"instructions": rows[one]}) for one in new]
        replies = ctx.under("merge").generate(prompts, new, role=self.answering) if new else []
        found = {one: reply.text.strip() or rows[one] for one, (reply,) in zip(new, replies, strict=True)}
        ctx.keep(name, State(data=found))
        return rows | single | known | found

    def _spoken(self, role: str, talks: Sequence[Talk], told: Mapping[str, str], ctx: Context) -> None:
        """The next turn of these dialogues, all by one role."""
        keys = [f"{talk.experience.id}.{len(talk.turns) + 1}" for talk in talks]
        prompts = [self._prompt(role, talk, told, key, ctx) for talk, key in zip(talks, keys, strict=True)]
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        replies = ctx.generate(prompts, keys, role=role, sampling=sampling) if talks else []
        for talk, prompt, (reply,) in zip(talks, prompts, replies, strict=True):
            text, why = heard(reply, role, self.roles, alone=self.alone)
            talk.spent(reply.usage)
            if role == self.answering and talk.asked is None:
                talk.asked = prompt
            if why:
                talk.ended = why
            else:
                side = "assistant" if role == self.answering else "user"
                talk.turns.append(Message(role=side, text=text, author=role))

    def _prompt(self, role: str, talk: Talk, told: Mapping[str, str], key: str, ctx: Context) -> Prompt:
        task, name = talk.experience.task, self.prompts[self.roles.index(role)]
        if not name:
            return replace(task.prompt, messages=talk.seen_by(role))
        step = talk.next or talk.steps[-1]
        fields = {**task.fields, "turn": told.get(step.intents, ""), "objective": aim(ctx.objective)}
        own, asked = task.private.get(role, ""), task.messages[-1].text
        return guarded(name, fields, ctx, key, task=asked, talk=talk.told(), own=own)

    def _made(self, talk: Talk, ctx: Context) -> Experience | None:
        e = talk.experience
        while not self.plan and talk.turns and talk.turns[-1].author != self.answering:
            talk.turns.pop()
        if not any(turn.author == self.answering for turn in talk.turns):
            ctx.drop(e, talk.ended or "nobody had a turn")
            return None
        task, learner = e.task, ctx.role(self.answering)
        if self.plan:
            done = " ".join(step.word for step in talk.steps[: len(talk.whole)])
            task = replace(task, fields={**task.fields, INTENTS: done})
        said = Message(role="assistant", text=talk.told(flat=True), author=self.answering)
        turns = (said,) if self.one_text else tuple(talk.turns)
        shown = {**task.fields, "task": task.messages[-1].text}
        keep = talk.asked if self.leak else Prompt(name=self.kept, fields=shown) if self.kept else None
        seed = ctx.seeds(f"{e.id}.1", 1)[0]
        origin = Origin(
            operator=ctx.operator, learner=learner.hash, seed=seed, temperature=self.temperature, round=ctx.round
        )
        solution = Solution(messages=turns, author=self.answering, usage=talk.used)
        return replace(e, task=task, solution=solution, asked=talk.asked, keep=keep, origin=origin)
