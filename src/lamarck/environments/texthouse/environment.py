"""Find something in a house and bring it somewhere, turn by turn: the environment `texthouse`."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import ClassVar

from lamarck.core import (
    Episode,
    Experience,
    Feedback,
    Message,
    Objective,
    Origin,
    Solution,
    Split,
    Task,
    digest,
)
from lamarck.environments.acted import Acted
from lamarck.environments.aiming import aimed, drawn
from lamarck.environments.texthouse.aim import NODES, Aim
from lamarck.environments.texthouse.episode import COMMANDS, HouseEpisode
from lamarck.environments.texthouse.house import House, draw, read


class TextHouse(Acted):
    """Houses without end: what is looked for lies in a box, maybe a locked one whose key lies in another box.

    The objective's node ("6 steps") or parameters (the fields of `Aim`) say what is made. What is where only shows in
    trying: the task's words tell the goal and the first room, ``private`` holds the rest for the rules alone.
    The score is the share of the milestones reached.
    Practice, selection and sealed tasks never share a house, whatever the seeds.
    """

    name: str = "texthouse"
    ability: str = "acting in a house"
    hidden: ClassVar[str] = "house"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n new houses (at most 100 where n is None), in equal shares of the steps they take.

        Raises: UsageError for a node or parameter there is not, or where there are not that many.
        """
        aim, rng = aimed(self.name, Aim, objective, NODES), Random(f"texthouse {split} {seed}")

        def another(at: int) -> Task | None:
            house = draw(aim.all[at % len(aim.all)], aim.rooms, aim.boxes, rng)
            return house and _task(house, aim, split)

        return drawn(f"{self.name} with {aim}", another, self.key, split, n)

    def begin(self, task: Task, /) -> Episode:
        """A new try at a house."""
        return HouseEpisode(house=read(task.private["house"]), limit=int(task.fields["limit"]))

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n practice houses of all numbers of steps, each with the shortest way."""
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same for an objective. Raises: UsageError as `tasks`."""
        found = self.tasks("practice", n, Random(f"texthouse labelled {seed}").getrandbits(63), objective)
        return [self._shown(task, at, seed) for at, task in enumerate(found)]

    def _shown(self, task: Task, at: int, seed: int) -> Experience:
        episode, turns = self.begin(task), list[Message]()
        for each in read(task.private["house"]).plan:
            episode.act(each)
            turns += [Message(role="assistant", text=f"Action: {each}", author="corpus")]
            turns += [Message(role="user", text=episode.seen, author=self.name)]
        return Experience(
            task=task,
            solution=Solution(messages=tuple(turns), author="corpus"),
            feedback=Feedback(score=1.0, passed=True, text="right", source="construction"),
            sample=at,
            origin=Origin(operator="corpus", seed=seed),
        )


def _task(house: House, aim: Aim, split: Split) -> Task:
    steps, limit = len(house.plan), len(house.plan) + aim.spare
    first = HouseEpisode(house=house, limit=limit).seen
    words = (
        f"You are in a house. Your goal: {house.goal}.\nThe rooms are: {', '.join(house.rooms)}; from each you can go "
        f"to every other. Boxes may be locked; the key then lies in another box. You have {limit} actions.\n"
        f"The commands are: {COMMANDS}. Give one command a turn, in a last line such as: Action: go {house.rooms[0]}\n"
        f"{first}"
    )
    return Task(
        id=f"texthouse/{digest(house.text):016x}",
        kind="texthouse",
        messages=(Message(role="user", text=words),),
        fields={"goal": house.goal, "rooms": ", ".join(house.rooms), "limit": str(limit), "seen": first},
        private={"house": house.text},
        split=split,
        source="texthouse",
        parameters={"steps": steps, "node": f"{steps} steps"},
    )
