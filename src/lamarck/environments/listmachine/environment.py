"""Programs on a list of digits, to be run or to be found: the environment `listmachine`."""

from collections.abc import Mapping, Sequence
from random import Random

from lamarck.core import Experience, Feedback, Message, Objective, Origin, Reference, Solution, Split, Task
from lamarck.environments.aiming import split_of
from lamarck.environments.listmachine import backward
from lamarck.environments.listmachine.aim import Aim, Node, aimed, shares
from lamarck.environments.listmachine.generate import Problem, generate
from lamarck.environments.listmachine.invent import invented, wanted
from lamarck.environments.listmachine.reading import read
from lamarck.environments.listmachine.verify import Question, verify
from lamarck.environments.listmachine.words import words

UNSIZED = 1000
"""Tasks made where no number is asked for."""


class ListMachine:
    """Tasks without end on one skill: run a program (exec), or find one from input to output (synth).

    The objective's node ("synth 3") or parameters (the fields of `Aim`) say what is made; where neither names a kind
    and depth, both kinds in equal shares and each usual depth of a kind in equal shares.

    Tasks carry a reference: the last list, or the program that the task was made from. A found program needs none, it
    is run. Practice, selection and sealed tasks never share a problem, whatever the seeds.
    """

    name: str = "listmachine"
    ability: str = "list machine"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n new tasks (at most 1,000 where n is None). Raises: UsageError for a node or parameter there is not."""
        aim = aimed(objective)
        return [_task(problem, split) for problem in _problems(aim, split, n, seed)]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The machine's ruling; `details` says whether the text is a true trace, whether it is right
        by true steps alone, how many of its steps are true, and what it reached."""
        if backward.is_turned(task):
            return backward.ruled(task, solution.text)
        ruling = verify(_question(task), solution.text)
        return Feedback(
            score=float(ruling.right),
            passed=ruling.right,
            text=("right, but " if ruling.right and ruling.why else "right" if ruling.right else "") + ruling.why,
            source="verifier",
            details={
                "trace": ruling.trace,
                "sound": ruling.right and not ruling.why,
                "steps": ruling.steps,
                "reached": ruling.reached,
            },
        )

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """The last list or program that the solution states; None where none can be read. Needs no label."""
        if backward.is_turned(task):
            return backward.stated(task, solution.text)
        question = _question(task)
        return read(question.kind, question.letters, solution.text).answer

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n practice tasks of both kinds and all usual depths with their traces, like the small model's pretraining."""
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same for an objective. In random order; none is a held-out item. Raises: UsageError as `tasks`."""
        problems = _problems(aimed(objective), "practice", n, f"labelled {seed}")
        Random(f"listmachine order {seed}").shuffle(problems)
        return [_example(problem, at, seed) for at, problem in enumerate(problems)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Depth 2 of both kinds, of split selection; no two of a kind alike."""
        asked = (Node(kind="exec", depth=2), Node(kind="synth", depth=2))
        return {
            f"{node.kind} depth {node.depth}": [
                _task(problem, "selection") for problem in generate(node, Aim(), "selection", n, f"protected {seed}")
            ]
            for node in asked
        }

    def invented(self, text: str, objective: Objective, /) -> Task | None:
        """The practice task a model made up as `37859:td`; None where it is no new task under this objective."""
        problem = invented(text, aimed(objective))
        return None if problem is None else _task(problem, "practice")

    def stated(self, task: Task, solution: Solution, /) -> str:
        """The task as a model makes it up: `37859:td`, the program as the solution found it where the task hides it."""
        program = task.fields.get("program") or self.answer(task, solution) or ""
        return f"{task.fields.get('list', '')}:{program}"

    def brief(self, objective: Objective, seed: int, /) -> Mapping[str, str]:
        """Prompt fields that ask a model to invent a task: `want` is "S3" or "E2", what is open drawn by the seed."""
        return {"want": wanted(aimed(objective), seed).want}

    def masked(self, task: Task, answer: str, /) -> Sequence[Task]:
        """Of a task to run the one that asks for its list; of others none."""
        made = backward.turned(task, answer)
        return [made] if made else []

    def key(self, task: Task, /) -> str:
        """The small model's line, which says the whole problem: `E27253:scnd=`, `S46729>01325=`."""
        return task.fields["line"]

    def split(self, task: Task, /) -> Split:
        """The split of a problem, by the digest of its line. Raises: KeyError for a task that is no problem of ours."""
        Node(kind=task.kind, depth=int(task.fields["depth"]))
        return split_of(task.fields["line"])


def _problems(aim: Aim, split: Split, n: int | None, seed: int | str) -> list[Problem]:
    wanted, open_ = (UNSIZED, True) if n is None else (n, False)
    return [
        problem
        for node, share in shares(aim, wanted)
        for problem in generate(node, aim, split, share, seed, at_most=open_)
    ]


def _task(problem: Problem, split: Split) -> Task:
    node = Node(kind=problem.kind, depth=len(problem.program))
    shown = {"program": problem.program} if problem.kind == "exec" else {"target": problem.target}
    told = {} if problem.constant is None else {"constant": str(problem.constant)}
    return Task(
        id=f"listmachine/{problem.line.rstrip('=')}" + (f"@{problem.family}" if problem.family else ""),
        kind=problem.kind,
        messages=(Message(role="user", text=words(problem)),),
        fields={
            "line": problem.line,
            "direct": problem.direct,
            "list": problem.digits,
            "operations": problem.letters,
            "depth": str(node.depth),
            **shown,
            **told,
        },
        reference=Reference(problem.answer),
        split=split,
        source="listmachine",
        parameters={
            "kind": node.kind,
            "depth": node.depth,
            "node": str(node),
            **({"family": problem.family} if problem.family else {}),
        },
    )


def _question(task: Task) -> Question:
    fields = task.fields
    return Question(
        kind=task.kind,
        digits=fields["list"],
        asked=fields["program" if task.kind == "exec" else "target"],
        letters=fields["operations"],
        constant=int(fields["constant"]) if "constant" in fields else None,
    )


def _example(problem: Problem, index: int, seed: int) -> Experience:
    solution = Solution(messages=(Message(role="assistant", text=problem.trace, author="corpus"),), author="corpus")
    return Experience(
        task=_task(problem, "practice"),
        solution=solution,
        feedback=Feedback(score=1.0, passed=True, text="right", source="construction"),
        sample=index,
        origin=Origin(operator="corpus", seed=seed),
    )
