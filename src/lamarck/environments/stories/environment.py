"""The environment `stories`: tell a short story as a plan of shots that can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Solution, Split, Task, UsageError, digest
from lamarck.environments.stories.drawing import frame
from lamarck.environments.stories.shots import Shot, shots

NAMES = ("Ada", "Bela", "Cato", "Dora", "Emil", "Fina", "Gero", "Hilde", "Igor", "Juna", "Kolya", "Lene")
PLACES = ("at the old pier", "in a snowed-in hut", "on the last tram", "in the glass house", "behind the theatre",
          "on the dike", "in the clock tower", "at the night market")  # fmt: skip
TROUBLES = ("a letter has come without a sender", "the lights go out", "somebody's dog is gone", "the key does not fit",
            "a stranger knows all their names", "the bridge is closed", "the music stops")  # fmt: skip
ENDS = ("They find it where nobody had looked.", "In the morning it has solved itself.", "They laugh, and stay.",
        "One of them leaves without a word.", "They promise to tell nobody.")  # fmt: skip
SPLITS: tuple[Split, ...] = ("practice", "practice", "selection", "sealed")
CAST = 4
"""People of a story."""
LONGEST_S = 60
"""Seconds that all shots may take."""
FORM = "shot NUMBER | wide, medium or close | SECONDS s | NAMES | WHAT HAPPENS"
Draw = Callable[[Shot], str | bytes]
"""A user's image tool: a shot -> a picture, or an error that says why not."""


@dataclass(kw_only=True)
class Stories:
    """Stories of four people, made without end from a seed; splits share no story.

    A solution's lines that begin with "shot" are its plan. It is right where the plan can be read, is numbered from 1,
    shows all people of the story and nobody else, opens wide, takes 60 seconds at most, and the image tool draws every
    shot of it. The score is the share of these seven that hold; the words name those that do not. ``draw`` is the
    user's own image tool; without one stick figures are drawn.
    """

    name: str = "stories"
    ability: str = "telling a story in shots"
    n: int = 24
    """Tasks where no number is asked for."""
    draw: Draw = frame

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n different stories. Raises: UsageError where the objective has a node or parameters."""
        if objective.node or objective.parameters:
            raise UsageError("stories knows no node or parameter; leave the objective without them")
        rng, found = Random(f"{split} {seed}"), dict[str, Task]()
        while len(found) < (self.n if n is None else n):
            people, place, trouble, end = rng.sample(NAMES, CAST), *map(rng.choice, (PLACES, TROUBLES, ENDS))
            told = f"{people[0]}, {people[1]}, {people[2]} and {people[3]} meet {place}, and {trouble}. {end}"
            if SPLITS[digest("split", told) % len(SPLITS)] == split:
                found[told] = self._task(told, people, split)
        return list(found.values())

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """What holds of the plan."""
        faults = self._faults(task, solution.text)
        said = [why for why in faults.values() if why]
        score = 1 - len(said) / len(faults)
        return Feedback(score=score, passed=not said, text="; ".join(said), source="verifier")

    def frames(self, solution: Solution, /) -> Sequence[str | bytes]:
        """The pictures of a solution's shots, in order. Raises: what the image tool raises."""
        return [self.draw(shot) for shot in shots(solution.text).shots]

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None."""
        return ()

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Nothing else is measured here."""
        return {}

    def key(self, task: Task, /) -> str:
        """The story."""
        return task.fields["story"]

    def _task(self, told: str, people: Sequence[str], split: Split) -> Task:
        words = f"Tell this story in shots: {told}\nA line each, in this form: {FORM}"
        fields = {"story": told, "people": ", ".join(people), "form": FORM}
        made = Message(role="user", text=words)
        name = f"{self.name}/{digest(told):016x}"
        return Task(id=name, kind="story", messages=(made,), fields=fields, split=split, source=self.name)

    def _faults(self, task: Task, text: str) -> dict[str, str]:
        """Why each of the seven does not hold, "" where it does."""
        plan, people = shots(text), task.fields["people"].split(", ")
        made, shown = plan.shots, {name for shot in plan.shots for name in shot.people}
        missing, strange = [one for one in people if one not in shown], sorted(shown - set(people))
        length = sum(shot.seconds for shot in made)
        is_ordered = [shot.number for shot in made] == list(range(1, len(made) + 1))
        undrawn = [why for shot in made if (why := self._refused(shot))]
        unread = f"cannot be read: {plan.unread[0][:80]}" if plan.unread else "" if made else "there is no shot"
        return {
            "form": unread,
            "numbers": "" if made and is_ordered else "shots are not numbered from 1 on",
            "people": f"never shown: {', '.join(missing)}" if missing else "",
            "nobody else": f"not in the story: {', '.join(strange)[:80]}" if strange else "",
            "opening": "" if made and made[0].size == "wide" else "the first shot is not wide",
            "length": f"takes {length} s of {LONGEST_S} at most" if length > LONGEST_S or not made else "",
            "frames": undrawn[0] if undrawn else "" if made else "nothing to draw",
        }

    def _refused(self, shot: Shot) -> str:
        """Why the image tool does not draw a shot, "" where it does."""
        try:
            self.draw(shot)
        except Exception as error:  # whatever a user's tool makes of what a model wrote
            return f"shot {shot.number} cannot be drawn: {error}"
        return ""
