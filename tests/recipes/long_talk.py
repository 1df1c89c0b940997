"""A dialogue that no window holds: facts, promises and nested boxes, told early, asked at the end; and who talks.

The user's lines are plain enough for a script: "Note: my TOPIC is VALUE.", "Box A holds B.", "Keep this: VALUE." and
much talk about nothing. What changed is told again on a later day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Prompt, Reference, Solution, Split, Task

TALK = "the weather turned and we spoke of bread, of the ferry, of nothing in particular, and laughed"
BOXES = ("amber", "birch", "cedar", "denim", "ember")
TOWNS = ("Oslo", "Porto", "Quito", "Riga", "Sofia", "Turin")
ASKED = {
    "told": "What is my harbour?",
    "changed": "What is my town?",
    "nested": "What is at the end of box amber?",
    "core": "What is my name?",
    "promise": "What was I to keep?",
}


@dataclass(frozen=True, kw_only=True)
class LongTalk:
    """Each user's days are practice, the last one is selection. ``turns`` of idle talk a day, ``length`` signs each."""

    name: str = "long talk"
    ability: str = "long dialogues"
    users: int = 1
    days: int = 12
    turns: int = 2
    length: int = 600

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """A task a day, or a question each on the last day."""
        return [task for user in range(self.users) for task in self._of(user, split)]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """Whether the answer is the right word and no other; a day of talk wants a reply only."""
        said = solution.text.strip(" .")
        right = said == task.reference.read() if task.reference else bool(said)
        return Feedback(score=float(right), passed=right, source="verifier")

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None."""
        return ()

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None."""
        return {}

    def key(self, task: Task, /) -> str:
        """Its id."""
        return task.id

    def facts(self, user: int) -> dict[str, str]:
        """What is right on the last day, by question."""
        old, new, harbour = Random(f"towns {user}").sample(TOWNS, 3)
        return {"old": old, "changed": new, "told": harbour, "nested": f"pearl{user}", "core": f"Ada{user}",
                "promise": f"ring{user}"}  # fmt: skip

    def _of(self, user: int, split: Split) -> list[Task]:
        facts, stream = self.facts(user), f"user {user}"
        if split != "practice":
            return [
                Task(id=f"{stream} {node}", kind="talk", messages=(Message(role="user", text=text),), stream=stream,
                     split=split, reference=Reference(facts[node]), parameters={"node": node, "day": self.days + 1})
                for node, text in ASKED.items()
            ]  # fmt: skip
        told = {2: [f"Keep this: {facts['promise']}."], 3: [f"Note: my harbour is {facts['told']}."]}
        told[1] = [f"Note: my name is {facts['core']}.", f"Note: my town is {facts['old']}."]
        told[self.days - 2] = [f"Note: my town is {facts['changed']}."]
        for at, (box, inner) in enumerate(zip(BOXES, (*BOXES[1:], facts["nested"]), strict=True)):
            told.setdefault(4 + at, []).append(f"Box {box} holds {inner}.")
        made = list[Task]()
        for day in range(1, self.days + 1):
            idle = [
                f"Day {day}, {i}: {TALK * (self.length // len(TALK) + 1)}"[: self.length] for i in range(self.turns)
            ]
            words = tuple(Message(role="user", text=text) for text in (*told.get(day, ()), *idle))
            made.append(Task(id=f"{stream} day {day}", kind="talk", messages=words, stream=stream,
                             parameters={"day": day}))  # fmt: skip
        return made


def call(name: str, *, again: bool = True, **arguments: object) -> str:
    return f"So I {name}.\n" + json.dumps({"call": name, **arguments, "again": again})


def say(text: str) -> str:
    return call("say", again=False, text=text)


def talks(prompt: Prompt, seed: int) -> str:
    """What a model does that follows the rules of its prompt, and keeps nothing that it is not shown."""
    if prompt.name == "memgpt/summary":
        return "They talked about this and that."
    if prompt.name != "memgpt/turn":
        return "I do not know."
    notes: list[dict[str, str]] = [json.loads(line) for line in prompt.fields["queue"].splitlines()]
    at = max(i for i, note in enumerate(notes) if note["from"] == "user")
    results = [note["text"] for note in notes[at:] if note["from"] == "result"]
    kept = [m[1] for note in notes if (m := re.fullmatch(r"Keep this: (\w+)\.", note["text"]))]
    filed = any('"about": "promise"' in note["text"] for note in notes)
    if kept and not filed and any(note["from"] == "system" for note in notes):
        return call("archive_add", text=f"Promised: {kept[-1]}", about="promise")
    return _reply(notes[at]["text"], results, prompt.fields)


def _reply(text: str, results: Sequence[str], fields: Mapping[str, str]) -> str:
    """To one line of the user, with what came back since."""
    if m := re.fullmatch(r"Note: my name is (\w+)\.", text):
        return say("Noted.") if results else call("core_append", block="human", text=f"name: {m[1]}")
    if m := re.fullmatch(r"Box (\w+) holds (\w+)\.", text):
        return say("Noted.") if results else call("archive_add", text=text, about=f"box {m[1]}")
    if text == ASKED["core"]:
        found = re.search(r"name: (\w+)", fields["core"])
        return say(found[1] if found else "I do not know.")
    if text == ASKED["promise"]:
        found = re.search(r"Promised: (\w+)", results[-1]) if results else None
        return say(found[1] if found else "I do not know.") if results else call("archive_search", query="Promised")
    if m := re.fullmatch(r"What is at the end of box (\w+)\?", text):
        found = re.search(r"holds (\w+)", results[-1]) if results else m
        if found is None or found[1] not in BOXES:
            return say(found[1] if found else "I do not know.")
        return call("archive_search", query=f"Box {found[1]} holds")
    if m := re.fullmatch(r"What is my (\w+)\?", text):
        if not results and "recall_search" in fields["functions"]:
            return call("recall_search", query=f"Note: my {m[1]} is")
        told = re.findall(rf"day (\d+), user\] Note: my {m[1]} is (\w+)", "\n".join(results))
        return say(max(told, key=lambda one: int(one[0]))[1] if told else "I do not know.")
    return say("I see.")
