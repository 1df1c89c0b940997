"""Texts in which events follow a hidden law: invented verbs, each of which always leads to another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lamarck.core import Message, Task

SYLLABLES = ("ga", "ble", "tru", "mo", "ski", "ra", "fe", "lu", "po", "vi")
FILLERS = (
    "Nothing else was heard that day.",
    "Because of the weather the gate was shut.",
    "It had been like this since the spring.",
    "The road was so long that nobody took it.",
    "Who would ask if not they?",
)
"""Sentences without two events, some of them with a connective."""


@dataclass(frozen=True, kw_only=True)
class EventCorpus:
    """n documents by seed, each with one sentence that ties two events, among others that do not.

    A verb has one effect, whatever it is said of; what is told of it names a cause or a result.
    """

    n: int = 100
    verbs: int = 8
    nouns: int = 20
    start: int = 0
    """Number of the first noun: another one gives the same law in texts about other things."""
    seed: int = 0

    @property
    def law(self) -> Mapping[str, str]:
        """Verb -> the verb that it leads to."""
        rng, made = Random(f"law {self.seed}"), list[str]()
        while len(made) < 2 * self.verbs:
            word = "".join(rng.sample(SYLLABLES, 2)) + "xed"
            made += [] if word in made else [word]
        return dict(zip(made[: self.verbs], made[self.verbs :], strict=True))

    @property
    def planted(self) -> Sequence[tuple[str, str, str]]:
        """(head, relation, tail) of each document's one sentence."""
        return [planted for planted, _ in self._made()]

    @property
    def documents(self) -> Sequence[Task]:
        """The texts as tasks."""
        return [
            Task(id=f"events/{i}", kind="document", messages=(Message(role="user", text=text),), source="events")
            for i, (_, text) in enumerate(self._made())
        ]

    def _made(self) -> Sequence[tuple[tuple[str, str, str], str]]:
        rng, law, made = Random(f"documents {self.seed}"), self.law, list[tuple[tuple[str, str, str], str]]()
        for _ in range(self.n):
            verb, noun = rng.choice(list(law)), f"noun{self.start + rng.randrange(self.nouns)}"
            first, second = f"The {noun} {verb}", f"everybody {law[verb]}"
            before, after = rng.sample(FILLERS, 2)
            if rng.random() < 0.5:
                planted, said = (first, "result", second), f"{first}, so {second}."
            else:
                head, tail = second.capitalize(), first[0].lower() + first[1:]
                planted, said = (head, "cause", tail), f"{head} because {tail}."
            made.append((planted, f"{before} {said} {after}"))
        return made
