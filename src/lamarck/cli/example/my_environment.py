"""A world of your own: the game played in trains. Make 10 from the four digits of the carriage's number.

lamarck run rest_em --learner pupil/game24 --environment my_environment.py
"""

from itertools import combinations_with_replacement
from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Solution, Split, Task
from lamarck.environments.game24.puzzles import reaches
from lamarck.environments.game24.verify import verify

CARRIAGES = [digits for digits in combinations_with_replacement(range(1, 10), 4) if reaches(digits, 10)]
Random("carriages").shuffle(CARRIAGES)
SPLITS = {"practice": CARRIAGES[200:], "selection": CARRIAGES[:100], "sealed": CARRIAGES[100:200]}


class Carriages:
    """Tasks in splits that share none, and the rules that check an answer."""

    name = "carriages"
    ability = "making ten"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective) -> list[Task]:
        """Practice to learn from, selection for the gate, sealed for the end; a fixed set needs no seed."""
        return [_task(" ".join(map(str, digits)), split) for digits in SPLITS[split][:n]]

    def check(self, task: Task, solution: Solution) -> Feedback:
        """The verdict on whatever a model wrote; never raises."""
        ruling = verify([int(digit) for digit in task.fields["numbers"].split()], 10, solution.text)
        return Feedback(score=float(ruling.right), passed=ruling.right, text=ruling.why or "right", source="verifier")

    def examples(self, n: int, seed: int) -> list[Experience]:
        """Solved tasks, for recipes that mix some in; may be empty."""
        return []

    def protected(self, n: int, seed: int) -> dict[str, list[Task]]:
        """Abilities that must not get worse, each with n fresh tasks; may be empty."""
        return {}

    def key(self, task: Task) -> str:
        """Equal for two tasks that are the same problem."""
        return task.fields["numbers"]


def _task(numbers: str, split: Split) -> Task:
    words = f"Make 10 from {numbers} with + - * /, each number once. Write one step a line, such as `8 - 5 = 3`."
    return Task(
        id=f"carriages/{numbers.replace(' ', '-')}",
        kind="countdown",  # the format the small model was raised on; other models read the message
        messages=(Message(role="user", text=words),),
        fields={"numbers": numbers, "target": "10"},
        split=split,
    )
