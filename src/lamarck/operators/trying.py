"""A try at a task of a world that is acted in: what was done and seen so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lamarck.core import Episode, Experience, Message, Solution, Usage, action

WORLD = "world"
"""Who says what is seen."""
NOTHING = "(nothing)"
"""What stands in a prompt where there is nothing to say."""


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


def spoken(text: str, author: str) -> Solution:
    """A turn that nobody had to be asked for."""
    return Solution(messages=(Message(role="assistant", text=text, author=author),), author=author)


def turn(said: Solution) -> Message:
    """What was said, as the assistant's turn of a trajectory."""
    return Message(role="assistant", text=said.text, author=said.author)


def told(solution: Solution) -> str:
    """A solution as text: an answer's own, or a trajectory's whole story."""
    return solution.text if len(solution.messages) == 1 else story(solution.messages)


def story(turns: Sequence[Message]) -> str:
    """Turns as text: what was thought and done, and under each what was seen."""
    return "\n".join(m.text if m.role == "assistant" else f"Seen: {m.text}" for m in turns)
