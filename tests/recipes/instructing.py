"""A world of instructions in free text, and what a model writes there that is asked to evolve and to judge them.

A task is ``Describe a river; in 30 words; without the letter e``: a topic and conditions that a program can count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Prompt, Reference, Solution, Split, Task

TOPICS: Mapping[str, Sequence[str]] = {
    "land": ("river", "hill", "lake", "field", "bay", "cave", "marsh", "dune"),
    "house": ("chair", "lamp", "door", "stair", "shelf", "clock", "stove", "roof"),
}
"""By node of the ability tree."""
RARE: Mapping[str, Sequence[str]] = {"land": ("fumarole", "esker", "polje"), "house": ("quoin", "corbel", "mullion")}
"""What nobody asks for by himself."""
CONDITIONS = ("in thirty words", "without a comma", "as a letter", "with one number", "in past tense",
              "with a question", "for a child", "in three parts", "with a proverb", "about its smell")  # fmt: skip
SPLITS: tuple[Split, ...] = (
    "practice",
    "practice",
    "practice",
    "practice",
    "practice",
    "practice",
    "selection",
    "sealed",
)


@dataclass(frozen=True, kw_only=True)
class Descriptions:
    """A fixed set of tasks; an answer is right where it is about the task's topic."""

    name: str = "descriptions"
    ability: str = "describing"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        nodes = [objective.node] if objective.node else TOPICS
        return [_task(topic, node, split) for node in nodes for topic, own in zip(TOPICS[node], SPLITS, strict=True)
                if own == split][:n]  # fmt: skip

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        right = topic(task.messages[-1].text) in solution.text
        return Feedback(passed=right, score=float(right))

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        found = self.tasks("practice", n, seed, Objective(ability=self.ability))
        said = (Message(role="assistant", text="It is as people know it.", author="corpus"),)
        return [Experience(task=task, solution=Solution(messages=said, author="corpus")) for task in found]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return {}

    def key(self, task: Task, /) -> str:
        return task.messages[-1].text


def topic(text: str) -> str:
    """What a task is about."""
    return text.partition(";")[0].split()[-1].strip(".")


def conditions(text: str) -> set[str]:
    """What it demands of an answer."""
    return {part.strip(" .") for part in text.split(";")[1:]}


def gained(old: str, new: str) -> bool:
    """Whether the new task asks for something that the old one does not."""
    return topic(old) != topic(new) or bool(conditions(new) - conditions(old))


def written(prompt: Prompt, seed: int) -> str:
    """What a good model writes: a harder or rarer task, a right verdict, an answer about the topic."""
    rng, text = Random(seed), prompt.fields.get("task") or prompt.messages[-1].text
    match prompt.name.rpartition("/")[2]:
        case "gain":
            return f"verdict: {'yes' if gained(prompt.fields['original'], text) else 'no'}"
        case "broaden":
            rare = [each for names in RARE.values() for each in names]
            return text.replace(topic(text), rng.choice(rare), 1)
        case "constrain" | "deepen" | "specify" | "reason" | "evolve":
            return f"{text}; {rng.choice([each for each in CONDITIONS if each not in conditions(text)])}"
        case _:
            return f"The {topic(text)} is well known for {rng.choice(('its age', 'its shape', 'its use'))}."


def spoilt(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then: nothing new, a leak, a refusal, nothing at all."""
    text = prompt.fields.get("task") or prompt.messages[-1].text
    if prompt.name.rpartition("/")[2] in ("broaden", "constrain", "deepen", "specify", "reason", "evolve"):
        return (f"Please do this: {text}", f"The rewritten task: {written(prompt, seed)}", text)[seed % 3]
    return ("Sorry, but I cannot help with that.", "...", "It is what it is.")[seed % 3]


def _task(about: str, node: str, split: Split) -> Task:
    said = (Message(role="user", text=f"Describe a {about}"),)
    return Task(id=f"{split}/{about}", kind="instruction", messages=said, reference=Reference(about), split=split,
                parameters={"node": node})  # fmt: skip
