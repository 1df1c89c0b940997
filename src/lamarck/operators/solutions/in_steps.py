"""Several prompts, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Message, Names, Origin, Prompt, Sampling, Scope, Usage, UsageError


@dataclass(frozen=True, kw_only=True)
class InSteps:
    """Ask named prompts one after the other; each sees what the earlier ones wrote.

    In: experiences; a solution is not needed. Out: the same ones with the last reply as solution, or with all of them
    as one text. ``asked`` is the last prompt. A prompt's fields: the task's own, "task" (its words), and each earlier
    reply under the last part of its prompt's name: what "proagent/belief" wrote is ``belief``. A reply that is empty
    ends it, and what was said until then is the solution.
    Raises: UsageError for no prompt, or two whose names end alike.
    Source: SelfEvolve (arXiv:2306.02907), section 3; AMIE (arXiv:2401.05654), chain of reasoning. Differs: replies are
    shown as text, not as turns of a chat.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    prompts: tuple[str, ...]
    role: str = "learner"
    whole: bool = False
    """The solution is all replies, not the last alone: whoever reads it sees what the last one was made from."""
    temperature: float = 0.0
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        names = [called(prompt) for prompt in self.prompts]
        if not names or len(set(names)) < len(names):
            raise UsageError(
                f"InSteps(prompts={self.prompts!r}) needs prompts whose last parts differ: "
                "that is what each reply is called in the prompts after it"
            )

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: an answer each."""
        return [self._answered(experience, ctx) for experience in batch]

    def _answered(self, experience: Experience, ctx: Context) -> Experience:
        task, learner = experience.task, ctx.role(self.role)
        key = experience.id if experience.sample else task.id
        fields, said, used = {"task": task.messages[-1].text, **task.fields}, list[str](), list[Usage]()
        sampling = Sampling(temperature=self.temperature, max_tokens=self.max_tokens)
        asked, solution = None, None
        for name in self.prompts:
            asked = Prompt(name=name, fields=dict(fields))
            solution = ctx.under(called(name)).generate([asked], [key], role=learner, sampling=sampling)[0][0]
            used.append(solution.usage)
            if not solution.text.strip():
                break
            fields[called(name)] = solution.text
            said.append(solution.text)
        assert solution is not None
        text = "\n".join(said) if self.whole else solution.text
        usage = Usage(prompt=sum(u.prompt for u in used), completion=sum(u.completion for u in used))
        turn = Message(role="assistant", text=text, author=solution.author)
        origin = Origin(
            operator=ctx.operator,
            learner=learner.hash,
            seed=ctx.under(called(self.prompts[-1])).seeds(key, 1)[0],
            temperature=self.temperature,
            round=ctx.round,
        )
        made = replace(solution, messages=(turn,), usage=usage)
        return replace(experience, solution=made, asked=asked, origin=origin)


def called(prompt: str) -> str:
    """What a prompt's reply is called in the prompts after it."""
    return prompt.rpartition("/")[2]
