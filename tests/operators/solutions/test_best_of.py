from dataclasses import dataclass, replace
from typing import ClassVar

from tests.operators.given import task, texts

from lamarck import operators
from lamarck.core import Batch, Context, Experience, Feedback, Learner, Names, Operator, Prompt, Scope
from lamarck.data.codec import Codec
from lamarck.operators.evaluation import Accuracy
from lamarck.operators.feedback import Likelihood, Verifier, Vote
from lamarck.operators.solutions import BestOf, Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ONE, TWO = Experience(task=task("3+4")), Experience(task=task("2*5"))


@dataclass(frozen=True, kw_only=True)
class Longest:
    """Scores each solution by its length, and notes what it was called with."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}
    into: list[int]
    only: str = ""
    """Leave out solutions without this."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        self.into.append(len(batch))
        told = [
            replace(e, feedback=Feedback(score=float(len(text)))) for e, text in zip(batch, texts(batch), strict=True)
        ]
        return [e for e in told if e.solution and self.only in e.solution.text]


def drawn(experience: Experience, ctx: Context, n: int) -> list[str]:
    return [solution.text for solution in ctx.generate([experience.task.prompt], [experience.id], n=n)[0]]


def test_the_best_by_score_of_equals_the_first():
    ctx, calls = context(), list[int]()
    made = BestOf(n=8, by=Longest(into=calls))([ONE, TWO], ctx)
    candidates = drawn(ONE, ctx, 8)
    assert texts(made)[0] == max(candidates, key=len)
    assert [e.id for e in made] == [ONE.id, TWO.id]
    assert calls == [1] * 16


def test_what_passes_goes_before_what_does_not():
    ctx = context(learner="scripted/0.9")
    assert TOY.says(texts(Sample()([ONE], ctx))[0]) != "7"
    assert TOY.says(texts(BestOf(n=60, by=Verifier())([ONE], ctx))[0]) == "7"


def test_an_operator_of_a_task_judges_all_at_once():
    ctx = context(learner="scripted/0.3")
    (made,) = BestOf(n=40, by=Vote())([replace(ONE, sample=3)], ctx)
    assert TOY.says(texts([made])[0]) == "7"
    assert made.id == "toy/3+4#3"


def test_one_left_out_or_without_feedback_comes_last():
    ctx = context()
    candidates = drawn(ONE, ctx, 20)
    short = next(text for text in candidates[1:] if len(text) < len(max(candidates, key=len)))
    assert texts(BestOf(n=20, by=Longest(into=[], only=short))([ONE], ctx)) == [short]
    nobody = BestOf(n=20, by=Longest(into=[], only="nobody says this"))([ONE], ctx)
    assert texts(nobody) == candidates[:1]


def test_two_experiences_of_one_task_are_answered_apart():
    ctx = context()
    asked = [replace(ONE, sample=i) for i in range(6)]
    made = BestOf(n=1, by=Vote())(asked, ctx)
    assert len({e.origin.seed for e in made}) == 6
    assert len(set(texts(made))) > 1
    assert BestOf(n=1, by=Vote())(asked[3:4], ctx) == made[3:4]


def likely(name: str, prompt: Prompt, text: str) -> float:
    """The verifier, model 0.1, knows what is right."""
    wordings = {TOY.answer(prompt, seed) for seed in range(4)}
    return -0.5 if name == "scripted/0.1000" and text in wordings else -1.0


def carrying(answer: Operator) -> tuple[Learner, Context]:
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, likelihood=likely)
    ctx = context(models=models)
    refs = {
        role: models.learner(f"scripted/{rate}").model for role, rate in (("verifier", "0.1000"), ("reference", "0.2"))
    }
    return replace(ctx.learner, answer=answer, adapters=refs), ctx


def test_a_learner_that_carries_its_verifier_answers_better_wherever_it_is_evaluated():
    best = BestOf(n=8, by=Likelihood(role="verifier", against="reference"))
    assert best.roles == {"verifier", "reference"}
    learner, ctx = carrying(best)
    after = replace(ctx, learners={"learner": learner}, learner=learner)

    def right(one: Learner) -> float:
        at = replace(after, learner=one, learners={"learner": one})
        return sum(Accuracy(samples=0, protected=0)(one, at).scores[0].metrics["greedy"])

    assert right(learner) > right(ctx.learner) + 4
    assert right(replace(learner, adapters={})) < right(learner) - 4


def test_the_run_folder_keeps_it():
    learner, _ = carrying(BestOf(n=8, by=Likelihood(role="verifier", against="reference")))
    codec = Codec(known=operators.table())
    assert codec.load(Learner, codec.dump(learner)) == learner
