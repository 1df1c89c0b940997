"""Buy for people what they like, and ask them little: the environment `shop`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar

from lamarck.core import (
    Episode,
    Experience,
    Feedback,
    Message,
    Objective,
    Solution,
    Split,
    Task,
    UsageError,
    actions,
    digest,
    replayed,
)
from lamarck.environments.acted import Acted
from lamarck.environments.aiming import aimed, drawn, whole
from lamarck.environments.shop.episode import COMMANDS, ErrandEpisode, parsed
from lamarck.environments.shop.stock import PEOPLE, TRAITS, Errand, draw, read

NODES = {f"{wishes} wishes": {"wishes": wishes} for wishes in range(1, len(TRAITS) + 1)}
"""The ability tree below shop: how many traits a person cares about."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the errands look like; an objective's parameters are these fields."""

    wishes: int | None = None
    """Traits that count, 1 to 3; None = each number in equal shares."""
    people: int = 6
    """How many there are; each has one taste, in every split."""
    limit: int = 8
    """Actions that may be used."""
    price: float = 0.05
    """What a question costs of the score."""

    def __post_init__(self) -> None:
        whole("shop", "wishes", 1 if self.wishes is None else self.wishes, 1, len(TRAITS))
        whole("shop", "people", self.people, 1, len(PEOPLE))
        whole("shop", "limit", self.limit, 2, 100)
        if type(self.price) not in (int, float) or not 0 <= self.price <= 1:
            raise UsageError(f"shop parameter price={self.price!r}: it must be a number from 0 to 1")


class Shop(Acted):
    """Errands without end: somebody wants something, of a colour, size and style that only a question tells.

    A question costs, so full score is only for who knows the person already. All tasks of a person are one stream.
    The objective's node ("2 wishes") or parameters (the fields of `Aim`) say what is made. Shops rank their articles
    anew in every task. Practice, selection and sealed tasks share people, and never an errand.
    """

    name: str = "shop"
    ability: str = "shopping for people"
    hidden: ClassVar[str] = "errand"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n new errands (at most 100 where n is None). Raises: UsageError for a node or parameter there is not."""
        aim, rng = aimed(self.name, Aim, objective, NODES), Random(f"shop {split} {seed}")
        counts = [aim.wishes] if aim.wishes else list(range(1, len(TRAITS) + 1))

        def another(at: int) -> Task | None:
            return _task(draw(aim.people, counts[at % len(counts)], rng), aim, split)

        return drawn(f"{self.name} with {aim}", another, self.key, split, n)

    def begin(self, task: Task, /) -> Episode:
        """A new errand."""
        fields = task.fields
        return ErrandEpisode(
            errand=read(task.private["errand"]), limit=int(fields["limit"]), price=float(fields["price"])
        )

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The actions done again: the share of what was wanted, less the questions; ``details`` counts both."""
        found = replayed(self, task, solution)
        done = [parsed(each) for each in actions(solution)[: int(found.details["actions"] or 0)]]
        questions = sum(verb == "ask" and word in TRAITS for verb, word in done)
        return replace(found, details={**found.details, "questions": questions})

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n practice errands, each done as by one who knows the person."""
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same for an objective. Raises: UsageError as `tasks`."""
        found = self.tasks("practice", n, Random(f"shop labelled {seed}").getrandbits(63), objective)
        return [_shown(task, at, self.begin(task)) for at, task in enumerate(found)]


def _shown(task: Task, at: int, episode: Episode) -> Experience:
    errand = read(task.private["errand"])
    turns = list[Message]()
    for said in (f"search {' '.join([*errand.liked.values(), errand.wanted])}", "buy 1"):
        episode.act(said)
        turns += [Message(role="assistant", text=f"Action: {said}", author="corpus")]
        turns += [Message(role="user", text=episode.seen, author="shop")]
    right = Feedback(score=1.0, passed=True, text="right", source="construction")
    return Experience(task=task, solution=Solution(messages=tuple(turns), author="corpus"), feedback=right, sample=at)


def _task(errand: Errand, aim: Aim, split: Split) -> Task:
    number = digest(errand.text, aim.limit, aim.price)
    words = (
        f"{errand.person} wants a {errand.wanted} that is as {errand.person} likes it, and you go and buy it. What "
        f"counts: {', '.join(errand.wishes)}. You may ask, but each question costs {aim.price:g} of the score, and you "
        f"have {aim.limit} actions. Only the first thing that you buy counts.\n"
        f"The commands are: {COMMANDS}; TRAIT is one of {', '.join(TRAITS)}. Give one command a turn, in a last line "
        f"such as: Action: search {errand.wanted}\n"
        # what a shop has is not in the words: errands in different shops would be copies of each other
        f"This is errand {number % 10**6:06d}."
    )
    return Task(
        id=f"shop/{errand.person}-{number:016x}",
        kind="shop",
        messages=(Message(role="user", text=words),),
        fields={
            "person": errand.person,
            "wanted": errand.wanted,
            "wishes": ", ".join(errand.wishes),
            "limit": str(aim.limit),
            "price": f"{aim.price:g}",
        },
        private={"errand": errand.text},
        stream=errand.person,
        split=split,
        source="shop",
        parameters={"wishes": len(errand.wishes), "node": f"{len(errand.wishes)} wishes"},
    )
