"""An environment of your own: give change in the fewest coins. Checked by rules, made from a seed.

lamarck run rest_em --environment examples/my_environment.py --learner ...
"""

from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Solution, Split, Task

COINS = (1, 2, 5, 10, 20, 50)
SPLITS: tuple[Split, ...] = ("practice", "selection", "sealed")


class Coins:
    name = "coins"
    ability = "giving change"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective) -> list[Task]:
        highest = int(objective.parameters.get("highest") or 999)
        amounts = [amount for amount in range(1, highest + 1) if SPLITS[amount % 3] == split]
        Random(seed).shuffle(amounts)
        return [self._task(amount, split) for amount in amounts[:n]]

    def check(self, task: Task, solution: Solution) -> Feedback:
        fewest, amount = 0, int(task.fields["amount"])
        for coin in sorted(COINS, reverse=True):
            fewest, amount = fewest + amount // coin, amount % coin
        words = solution.text.split()
        paid = [coin for coin in COINS for word in words if word == str(coin)]
        right = len(paid) == len(words) == fewest and sum(paid) == int(task.fields["amount"])
        why = "right" if right else f"{len(words)} words, coins worth {sum(paid)}; {fewest} coins are enough"
        return Feedback(score=float(right), passed=right, text=why, source="verifier")

    def examples(self, n: int, seed: int) -> list[Experience]:
        return []

    def protected(self, n: int, seed: int) -> dict[str, list[Task]]:
        return {}

    def key(self, task: Task) -> str:
        return task.fields["amount"]

    def _task(self, amount: int, split: Split) -> Task:
        text = f"Pay {amount} with the fewest coins of {COINS}. Answer with the coins alone, parted by spaces."
        message = Message(role="user", text=text)
        fields = {"amount": str(amount)}
        return Task(id=f"coins/{amount}", kind="coins", messages=(message,), fields=fields, split=split)
