"""Answer with what the learner remembers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from lamarck.core import Batch, Context, Entry, Experience, Names, Origin, Prompt, Sampling, Scope, Task, unknown

Choose = Literal["learner", "nearest", "random"]
Group = Sequence[Entry]
GREEDY = Sampling(temperature=0.0)
NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Recall one example from each cluster of the memory, then answer greedily with these in the prompt.

    In: experiences; a solution is not needed. Out: the same ones with a solution. A task is never
    shown itself: neither its own entry nor one of the same canonical key. With an empty memory the
    task is asked as it stands. ``asked`` is the prompt, with two fields more than a model is shown:
    "recalled" (sources of the examples) and "unread" (how many of the learner's choices could not
    be read; the nearest stood in for them).
    Source: MoT (arXiv:2305.05181), section 3.2. Differs: the memory decides what is near (the paper:
    all-mpnet-base-v2), no prompt is cut to a length, and a choice of one is not asked for.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    prompt: str = "mot/answer"
    """Its fields: the task's own, "task" (its words), "examples" (questions with their solutions) and
    "answers" (the examples' final answers, with commas)."""
    clusters: int = 4
    """Examples in the prompt."""
    nearest: int = 10
    """Candidates of a cluster: the nearest to the question."""
    choose: Choose = "learner"
    """Who picks among the candidates of a cluster: the learner, similarity, or chance."""
    choice_prompt: str = "mot/choose"
    """Its fields: the task's own, "task" and "candidates", their questions numbered from 1."""
    clustered: bool = True
    """False: as many candidates from the whole memory, dealt out by their nearness."""
    kind: str = "experience"
    """Of the entries that are recalled."""

    def __post_init__(self) -> None:
        if self.choose not in get_args(Choose):
            raise unknown("way to choose", self.choose, get_args(Choose), "give it as solutions.Recall(choose=...)")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: an answer each."""
        return [self._answered(experience, ctx) for experience in batch]

    def _answered(self, experience: Experience, ctx: Context) -> Experience:
        task = experience.task
        key = experience.id if experience.sample else task.id
        fields = {**task.fields, "task": task.messages[-1].text}
        groups = self._candidates(task, ctx)
        picks = self._picks(groups, fields, key, ctx)
        own = None
        if groups:
            entries = [pick or group[0] for pick, group in zip(picks, groups, strict=True)]
            own = Prompt(name=self.prompt, fields={**fields, **shown(entries), "unread": str(picks.count(None))})
        solution = ctx.generate([own or task.prompt], [key], sampling=GREEDY)[0][0]
        origin = Origin(
            operator=ctx.operator,
            learner=ctx.role("learner").hash,
            seed=ctx.seeds(key, 1)[0],
            temperature=0.0,
            round=ctx.round,
        )
        return replace(experience, solution=solution, asked=own, origin=origin)

    def _candidates(self, task: Task, ctx: Context) -> Sequence[Group]:
        """The entries to choose from, nearest first: a group for each example of the prompt."""
        memory, question, same = ctx.memory, task.messages[-1].text, ctx.key(task)

        def other(entry: Entry) -> bool:
            return entry.source != task.id and entry.key != same

        if self.clustered:
            return memory.spread(question, self.nearest, self.clusters, kind=self.kind, where=other)
        found = memory.search(question, self.nearest * self.clusters, kind=self.kind, where=other)
        return [found[i :: self.clusters] for i in range(min(self.clusters, len(found)))]

    def _picks(self, groups: Sequence[Group], fields: Mapping[str, str], key: str, ctx: Context) -> list[Entry | None]:
        """One entry of each group; None where the learner's choice cannot be read."""
        if self.choose == "nearest":
            return [group[0] for group in groups]
        # in a random order, so that the learner does not see which is the nearest
        mixed = [ctx.rng(key, i).sample(group, len(group)) for i, group in enumerate(groups)]
        if self.choose == "random":
            return [group[0] for group in mixed]
        prompts = [
            Prompt(name=self.choice_prompt, fields={**fields, "candidates": numbered(group)})
            for group in mixed
            if len(group) > 1
        ]
        replies = ctx.generate(prompts, [f"{key} {i}" for i in range(len(prompts))], sampling=GREEDY) if prompts else []
        texts = iter(samples[0].text for samples in replies)
        return [named(group, next(texts)) if len(group) > 1 else group[0] for group in mixed]


def shown(entries: Group) -> dict[str, str]:
    """Remembered experiences as fields of a prompt."""
    solutions = [entry.experience.solution if entry.experience else None for entry in entries]
    blocks = [f"Question: {e.text}\nAnswer: {s.text if s else ''}" for e, s in zip(entries, solutions, strict=True)]
    return {
        "examples": "\n\n".join(blocks),
        "answers": ",".join(s.answer for s in solutions if s and s.answer is not None),
        "recalled": " ".join(entry.source for entry in entries),
    }


def numbered(entries: Group) -> str:
    """Their questions, one after the other, numbered from 1."""
    return "\n".join(f"{i}. {entry.text}" for i, entry in enumerate(entries, start=1))


def named(entries: Group, reply: str) -> Entry | None:
    """The entry of the first number in a reply; None where it is no number of theirs."""
    found = NUMBER.search(reply)
    at = int(found.group()) if found else 0
    return entries[at - 1] if 1 <= at <= len(entries) else None
