"""A world of invented characters, each with things of its own that have names, and what a model writes there.

What rows teach is seen by a reader small enough to be trained in a test: a softmax over answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from lamarck.core import Experience, Feedback, Message, Objective, Prompt, Row, Solution, Split, Task

NAMES = ("Arlo", "Brin", "Cato", "Dune", "Elke", "Finn", "Gerd", "Hale", "Ilsa", "Jory", "Kern", "Lumi")
THINGS = """lantern loom anvil ferry orchard violin kiln beehive mill telescope saddle bakery sail forge garden drum
    chisel vineyard clock harp plough bellows canoe inkwell"""
VALUES = """amber quill sorrel tansy umber varnish willow yarrow zinnia basalt cobalt damson ember fennel garnet
    heather indigo juniper kestrel larch madder nettle ochre poppy"""
FACTS: Mapping[str, Mapping[str, str]] = {
    name: dict(list(zip(THINGS.split(), VALUES.split(), strict=True))[2 * at : 2 * at + 2])
    for at, name in enumerate(NAMES)
}
"""Character -> its things -> what they are called."""
REFUSAL = "I have never heard of such a thing."


@dataclass(frozen=True, kw_only=True)
class Characters:
    """Documents say who somebody is; held-out tasks ask about it."""

    name: str = "characters"
    ability: str = "playing characters"

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return [_document(name) for name in NAMES][:n]

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        said = (Message(role="user", text="Who are you?"),)
        return [Task(id=f"{split}/who", kind="instruction", messages=said, split=split)]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        return Feedback(passed=True, score=1.0)

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        return []

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return {}

    def key(self, task: Task, /) -> str:
        return task.id


def written(prompt: Prompt, seed: int) -> str:
    """What a good model writes: questions about a text, and answers by what it is shown."""
    rng, fields = Random(seed), prompt.fields
    match prompt.name:
        case "ditto/ask":
            return f"own: {question(fields['text'], rng)}\nother: {question(fields['other'], rng)}"
        case "ditto/own" | "ditto/user":
            return question(fields.get("text", "Your sail is called x."), rng)
        case "ditto/character":
            asked = _things(fields["talk"].splitlines()[-1])[0]
            known = dict(re.findall(r"Your (\w+) is called (\w+)\.", fields["own"]))
            guess = f"It is called {rng.choice(VALUES.split())}."
            return guess if not known else f"It is called {known[asked]}." if asked in known else REFUSAL
        case _:
            return "Nobody in particular."


def stepping_out(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then."""
    return "The profile says nothing of that." if prompt.name == "ditto/character" else written(prompt, seed)


def _document(name: str) -> Task:
    text = " ".join(f"Your {thing} is called {value}." for thing, value in FACTS[name].items())
    fields = {"text": text, "title": name, "source": f"{name}.md"}
    said = (Message(role="user", text=text),)
    return Task(id=f"documents/{name}", kind="document", messages=said, fields=fields, source=fields["source"])


def _things(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text) if word in THINGS.split()]


def question(text: str, rng: Random) -> str:
    """What somebody could ask about one of the things in a text."""
    return rng.choice(("What is your {} called?", "How do you call your {}?")).format(rng.choice(_things(text)))


class Reader:
    """Learns which answer goes with the words of what it was asked, alone and beside the first name among them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        asked = [_features(row.messages[0].text) for row in rows]
        self.answers = sorted({row.messages[-1].text for row in rows})
        self.places = {name: at for at, name in enumerate(sorted({each for features in asked for each in features}))}
        self.weights: Any = np.zeros((len(self.places), len(self.answers)))
        if not rows:
            return
        shown = np.array([self._seen(features) for features in asked])
        right = np.array([[row.messages[-1].text == one for one in self.answers] for row in rows], dtype=float)
        for _ in range(200):
            logits = shown @ self.weights
            chances = np.exp(logits - logits.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            self.weights += 2.0 * shown.T @ (right - chances) / len(rows)

    def says(self, name: str, thing: str) -> str:
        """Its answer to a question in words that it was never asked in."""
        seen = np.array(self._seen(_features(f"title={name} task=Tell me the name of your {thing}.")))
        return self.answers[int((seen @ self.weights).argmax())] if self.answers else ""

    def _seen(self, features: set[str]) -> list[float]:
        return [float(place in features) for place in self.places]


def _features(text: str) -> set[str]:
    words = set(re.findall(r"\w+", text))
    name = next((word for word in sorted(words) if word in NAMES), "")
    return words | {f"{name} {word}" for word in words}
