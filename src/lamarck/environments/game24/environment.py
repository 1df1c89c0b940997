"""Make a number from numbers: the environments `game24` and, open-ended, `countdown`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from lamarck.core import (
    Experience,
    Feedback,
    Message,
    Objective,
    Origin,
    Reference,
    Solution,
    Split,
    Task,
    UsageError,
    unknown,
)
from lamarck.environments.aiming import split_of
from lamarck.environments.game24 import corpus
from lamarck.environments.game24.generate import Problem, generate, key, shaped
from lamarck.environments.game24.puzzles import TARGET, dealt, splits
from lamarck.environments.game24.verify import verify

UNSIZED = 1000
"""Tasks a generator makes where no number is asked for."""

NODES = {"3 numbers": 3, "4 numbers": 4}
"""The ability tree below countdown: its nodes and how many numbers their problems have."""


class Countdown:
    """Problems without end: other numbers, counts and targets, steered by the objective.

    Its node ("3 numbers") or parameters (the fields of `Shape`) say what is made; with neither a
    count nor a node, all nodes in equal shares.

    Tasks carry a reference, the steps they were made from. Practice, selection and sealed tasks
    never share a problem, whatever the seeds; no task holds a real Game-of-24 puzzle.
    """

    name: str = "countdown"
    ability: str = "countdown"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n new tasks (at most 1,000 where n is None). Raises: UsageError for a node or parameter there is not."""
        shape = shaped(objective.parameters)
        if objective.node and objective.node not in NODES:
            raise unknown("node of countdown", objective.node, NODES)
        counts = [NODES[objective.node]] if objective.node else list(NODES.values())
        if "count" in objective.parameters and not objective.node:
            counts = [shape.count]
        wanted = UNSIZED if n is None else n
        shares = [wanted // len(counts) + (i < wanted % len(counts)) for i in range(len(counts))]
        return [
            _task(self.name, problem.numbers, problem.target, split, problem.trace, node=f"{count} numbers")
            for count, share in zip(counts, shares, strict=True)
            for problem in generate(replace(shape, count=count), split, share, seed, at_most=n is None)
        ]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The rules' ruling; `details` says whether the text is legal and canonical and what it reached."""
        ruling = verify(_numbers(task), int(task.fields["target"]), solution.text)
        return Feedback(
            score=float(ruling.right),
            passed=ruling.right,
            text=ruling.why or "right",
            source="verifier",
            details={
                "legal": ruling.legal,
                "canonical": ruling.canonical,
                "reached": None if ruling.reached is None else str(ruling.reached),
            },
        )

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n synthetic problems, each with a trace that solves it, like the small model's pretraining."""
        rng = Random(f"countdown examples {seed}")
        return [_example(_synthetic(rng, "practice"), i, seed) for i in range(n)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Three numbers instead of four, spread as in the synthetic problems; no two alike."""
        rng, found = Random(f"countdown protected {seed}"), dict[str, Problem]()
        while len(found) < n:
            problem = _synthetic(rng, "selection", sizes=(0, 1, 0), target_24=0.0)
            found[problem.key] = problem
        tasks = [_task("countdown", p.numbers, p.target, "selection", p.trace) for p in found.values()]
        return {"countdown with 3 numbers": tasks}

    def key(self, task: Task, /) -> str:
        """Sorted numbers and target, the same in both environments: `4 6 8 13>24`."""
        return key(_numbers(task), int(task.fields["target"]))

    def split(self, task: Task, /) -> Split:
        """The split of a problem in both environments: a real puzzle's by the fixed set, any other's by its key."""
        numbers, target = sorted(_numbers(task)), int(task.fields["target"])
        real = dealt().get(tuple(numbers)) if target == TARGET else None
        return real or split_of(key(numbers, target))


class Game24(Countdown):
    """The 1,362 solvable puzzles of the real game, a fixed set; no references, the rules are the check."""

    name: str = "game24"
    ability: str = "game of 24"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n puzzles of a split. Raises: UsageError where the objective has parameters."""
        if asked := [*objective.parameters, *([objective.node] if objective.node else [])]:
            raise UsageError(
                f"game24 is a fixed set and knows no parameter or node {', '.join(map(repr, asked))}; "
                "leave them empty or type --environment countdown"
            )
        return [_task(self.name, puzzle, TARGET, split) for puzzle in splits()[split][:n]]


def _task(source: str, numbers: Sequence[int], target: int, split: Split, trace: str = "", *, node: str = "") -> Task:
    spaced = " ".join(map(str, numbers))
    return Task(
        id=f"{source}/{spaced.replace(' ', '-')}={target}",
        kind="countdown",
        messages=(Message(role="user", text=_words(numbers, target)),),
        fields={"numbers": spaced, "target": str(target)},
        reference=Reference(trace) if trace else None,
        split=split,
        source=source,
        parameters={"count": len(numbers), "target": target} | ({"node": node} if node else {}),
    )


def _words(numbers: Sequence[int], target: int) -> str:
    return (
        f"Make {target} from the numbers {', '.join(map(str, numbers))}.\n"
        "Combine two numbers at a time with +, -, * or /; the result takes the place of the two. "
        f"Use every number exactly once, nothing else, and end on exactly {target}. Fractions on the way are allowed.\n"
        "End your answer with the steps, one per line, each written as `a op b = c`, or with a single expression on "
        "a line of its own, such as `(9 - 5) * 6`."
    )


def _numbers(task: Task) -> list[int]:
    return [int(number) for number in task.fields["numbers"].split()]


def _synthetic(
    rng: Random, split: Split, sizes: tuple[float, float, float] = (1, 3, 5), target_24: float = 0.3
) -> Problem:
    """A problem of the corpus whose key belongs to the split, so that examples meet no held-out item."""
    while True:
        prompt, trace = corpus.problem(rng, sizes, target_24)
        numbers, _, target = prompt.rstrip("|").partition(">")
        problem = Problem(numbers=tuple(map(int, numbers.split())), target=int(target), trace=trace)
        if split_of(problem.key) == split:
            return problem


def _example(problem: Problem, index: int, seed: int) -> Experience:
    return Experience(
        task=_task("countdown", problem.numbers, problem.target, "practice", problem.trace),
        solution=Solution(messages=(Message(role="assistant", text=problem.trace, author="corpus"),), author="corpus"),
        feedback=Feedback(score=1.0, passed=True, text="right", source="construction"),
        sample=index,
        origin=Origin(operator="corpus", seed=seed),
    )
