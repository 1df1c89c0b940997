"""The same experience in several forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Message, Names, Prompt, Scope, Solution, UsageError


@dataclass(frozen=True, kw_only=True)
class Formats:
    """Each experience in several forms of prompt and answer, so that the learner binds to none of them.

    In: experiences with a solution. Out: one for each form, in the order of ``prompts``, or one of a form drawn by
    chance; ``keep`` is the prompt that training shows. A form that asks for the bare answer gets the final answer
    as its text, and is dropped where none can be read. A form that the learner's model lacks stops the run.
    Raises: UsageError where ``answer_only`` names no form.
    Source: LMSI (arXiv:2210.11610), section 3.2; by chance, Self-Instruct (arXiv:2212.10560), section 2.3.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution", "keep"}

    prompts: tuple[str, ...]
    """Names of prompts, whose fields are the task's and "task" (its words); "" = the task as it stands."""
    answer_only: tuple[str, ...] = ()
    """Which of them ask for the bare answer."""
    choose: Literal["all", "random"] = "all"
    """Every form, or for each experience one, all equally likely."""

    def __post_init__(self) -> None:
        if strange := [name for name in self.answer_only if name not in self.prompts]:
            raise UsageError(f"Formats: answer_only names {', '.join(strange)}; prompts are {', '.join(self.prompts)}")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the forms, each experience's next to each other."""
        return [form for experience in batch for form in self._forms(experience, ctx)]

    def _forms(self, experience: Experience, ctx: Context) -> Batch:
        solution = experience.solution
        if solution is None:
            ctx.drop(experience, "no solution")
            return []
        forms, answer = list[Experience](), ctx.answer(experience.task, solution)
        drawn = self.prompts if self.choose == "all" else (ctx.rng(experience.id).choice(self.prompts),)
        for i, name in enumerate(drawn):
            form = replace(experience, keep=_asked(name, experience), sample=experience.sample * len(drawn) + i)
            if name not in self.answer_only:
                forms.append(form)
            elif answer is None:
                ctx.drop(form, f"no answer can be read, which {name or 'the task'} asks for")
            else:
                forms.append(replace(form, solution=_bare(solution, answer)))
        return forms


def _asked(name: str, experience: Experience) -> Prompt | None:
    task = experience.task
    return Prompt(name=name, fields={**task.fields, "task": task.messages[-1].text}) if name else None


def _bare(solution: Solution, answer: str) -> Solution:
    """The answer alone, by the same author."""
    said = Message(role="assistant", text=answer, author=solution.author)
    return Solution(messages=(said,), author=solution.author, answer=answer)
